/* Where the sift stands on the paths to records, and what it finds there. */
#pragma once

#include "base/limits.h"
#include "feed/encoding.h"
#include "feed/selection.h"

/* A name or namespace that no selector asks for. */
#define SIFT_NAME_UNKNOWN (UINT32_MAX - 1)

struct sift_path {
	const struct name_table *names;
	struct decoder decoder; /* of names */
	struct selection selection;
	size_t depth;    /* of open elements that records may stand in */
	bool has_spaces; /* a selector asks for a namespace */
	char room[DECODER_ROOM(LIMIT_NAME_BYTES)];
};

/* What an element is to the selection. */
struct sift_match {
	enum selection_match match;
	bool is_record;     /* to be told */
	bool may_drop;      /* and left out */
	uint64_t selectors; /* a hash of those that it fits */
};

void sift_path_init(struct sift_path *path, const struct name_table *names, const struct encoding *encoding);
void sift_path_release(struct sift_path *path);

must_use int sift_path_select(struct sift_path *path, const struct feed_selection *selection, struct error *err);

/* A name as it stands in the feed, in UTF-8; false where it is longer than LIMIT_NAME_BYTES. Until the next call. */
bool sift_path_decode(struct sift_path *path, struct slice raw, struct slice *ret_name);

/* An element below the innermost open one, which may be opened by counting path->depth up. That is below LIMIT_DEPTH. */
struct sift_match sift_path_enter(struct sift_path *path, struct feed_step step);
