/* What fuzz targets of feed share: reading a feed into a number that stands for everything the sink was told. */
#pragma once

#include "feed/feed.h"

/* Says `what` and aborts unless `is_so`. */
void expect(bool is_so, const char *what);

bool errors_are_equal(const struct error *left, const struct error *right);

struct feed_digest {
	struct name_table names;
	struct feed_step steps[3];
	struct feed_selector selectors[3];
	uint32_t columns[2];
	void (*select)(struct feed_digest *digest, const struct feed_root *root, struct feed_selection *ret_selection);
	uint64_t number;
};

/* Read `text`, with what `select` wants of it. Checks that records are trees, and that the summary agrees with the result. */
uint64_t feed_digest_read(struct slice text, const struct feed_options *options,
                          void (*select)(struct feed_digest *digest, const struct feed_root *root,
                                         struct feed_selection *ret_selection),
                          struct feed_summary *ret_summary, struct error *err);
