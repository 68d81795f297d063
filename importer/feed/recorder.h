/*
 * From elements to the sink: what the selection names is built and handed
 * over, what it does not is skipped at the cost of a counter.
 */
#pragma once

#include "feed/builder.h"
#include "feed/feed.h"
#include "feed/selection.h"

struct recorder {
	struct name_table *names;
	struct feed_sink sink;
	struct selection selection;
	struct builder builder;
	size_t depth;        /* of open elements */
	size_t skip_depth;   /* of the outermost element being skipped; 0 = none */
	size_t record_depth; /* of the record being built; 0 = none */
	uint64_t record_offset;
	int64_t record_count;
	const struct record *sample; /* told with the root where the reader tells none of its own; borrowed, may be NULL */
	bool members_are_unique;     /* JSON: of an object's members with one name the last counts, and the sink is told */
	bool root_closed;
};

struct recorder_element {
	struct builder_node
		node; /* its offset is that of its start tag, or its key within a record of JSON; see recorder_wants_place() */
	const struct record_attribute *attributes; /* values with references, see builder_add_attribute() */
	size_t attribute_count;
	uint64_t size; /* of its start tag */
};

/* All zeroes but `names` and `sink` is a recorder before the root. */
void recorder_release(struct recorder *recorder);

/* The root has come: asks the sink for its selection. Before the root's recorder_start(). */
must_use int recorder_root(struct recorder *recorder, const struct feed_root *root, struct error *err);

/* Would the next element need its place, because it may begin a record? */
bool recorder_wants_place(const struct recorder *recorder);

/* What an element of that name would be to the selection, where it would need its place. */
enum selection_match recorder_match(struct recorder *recorder, struct feed_step step);

must_use int recorder_start(struct recorder *recorder, const struct recorder_element *element, struct error *err);

/* A value without children, all at once. */
must_use int recorder_leaf(struct recorder *recorder, const struct recorder_element *element, struct slice text, struct error *err);

must_use int recorder_text(struct recorder *recorder, struct slice text, struct error *err);

/* The innermost element has ended; `end` is the stream offset behind it. */
must_use int recorder_end(struct recorder *recorder, uint64_t end, struct error *err);

/* The record being built, if any, goes beyond the limit that `text` names: it is left out. */
must_use int recorder_refuse(struct recorder *recorder, const char *text, struct error *err);

/* What was built of the first record, all of it taken to end here; no nodes where there is none. ERROR_MEMORY only. */
must_use int recorder_sample(struct recorder *recorder, struct record *ret_record, struct error *err);
