/*
 * Gathers a feed's figures in the reader process: one reading finds the paths
 * and chooses what the record is, a second one looks into the records.
 */
#pragma once

#include "dialect/dialect.h"
#include "feed/feed.h"
#include "probe/report.h"

struct prober_source {
	struct byte_source bytes;
	/* From the first byte again; 0, or -1 with `err`. */
	int (*rewind)(void *context, struct error *err);
	void *rewind_context;
};

/*
 * Probe a feed. `set` are the dialects that might recognise it. The report's
 * text lives in `arena`. Memory is bounded by the record and by the limits
 * on paths and fields (probe/tree.h). Errors as of feed_read; a feed that no
 * dialect recognises, or without records, is none.
 */
must_use int probe_read(const struct prober_source *source, const struct feed_options *options, const struct dialect_set *set,
                        struct arena *arena, struct probe_report *ret_report, struct error *err);
