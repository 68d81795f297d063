/*
 * Builds one record at a time out of the parser's events. All memory is
 * reused for the next record and grows to the largest one, which the limits
 * on a record bound.
 */
#pragma once

#include "feed/record.h"

#include "base/limits.h"

enum builder_outcome {
	BUILDER_DONE,
	BUILDER_OVERSIZE, /* a limit, named by builder->oversize_text; the record can only be asked for its head now */
	BUILDER_MEMORY,
};

/* A run of a node's text; a node's runs stand together on top of the pile while it is the innermost open one. */
struct builder_run {
	size_t start;
	size_t size;
};

/* An element or value to be added. */
struct builder_node {
	uint32_t local;
	uint32_t space;
	enum record_type type;
	uint64_t offset; /* in the stream, for builder_next_repeated()'s caller */
};

/* An open element. */
struct builder_frame {
	uint32_t node;
	uint32_t last_child;
	size_t run_first;
	size_t text_size;
};

struct builder {
	char *text; /* attribute values and runs in document order, and texts joined */
	size_t text_size;
	size_t text_capacity;
	struct record_node *nodes;
	uint32_t node_count;
	uint64_t *offsets; /* of the nodes */
	uint32_t node_capacity;
	uint32_t *latest; /* by name: see builder_next_repeated() */
	struct record_attribute *attributes;
	uint32_t attribute_count;
	uint32_t attribute_capacity;
	struct builder_run *runs;
	size_t run_count;
	size_t run_capacity;
	struct builder_frame frames[LIMIT_DEPTH];
	size_t depth;
	size_t content_size; /* of all text and attribute values, without the joined copies */
	const char *oversize_text;
};

/* All zeroes is an empty builder. */
void builder_release(struct builder *builder);

/* Forget the record before. */
void builder_clear(struct builder *builder);

/* A child of the innermost open element, or the record's element. */
must_use enum builder_outcome builder_open(struct builder *builder, const struct builder_node *start);

/* The same, opened and closed at once: a value with a text and no children. */
must_use enum builder_outcome builder_add_leaf(struct builder *builder, const struct builder_node *leaf, struct slice text);

/* An attribute of the element opened last. Its value may hold references as the parser leaves them: '&#38;' and HTML entities. */
must_use enum builder_outcome builder_add_attribute(struct builder *builder, struct record_attribute attribute);

must_use enum builder_outcome builder_add_text(struct builder *builder, struct slice text);

/* The innermost open element has ended. */
must_use enum builder_outcome builder_close(struct builder *builder);

/*
 * Members of one name: the next child of `object` behind `child` (RECORD_NONE
 * = from the first) that has the name of an earlier one, which is hidden by
 * that; RECORD_NONE = no further one. All children of `object` are to be asked
 * for in one go. Memory for it is there once an object was opened.
 */
uint32_t builder_next_repeated(struct builder *builder, uint32_t object, uint32_t child);

/* Take the hidden children out of the innermost open object. */
void builder_remove_hidden(struct builder *builder);

/* What was built, valid until the next call. Elements still open have no text yet. */
struct record builder_record(const struct builder *builder, const struct name_table *names);

/*
 * Leave only the record's element with its attributes and its children that are closed, have no children and a small text, and
 * are not hidden. Of an array of objects its first one with such children is left.
 */
void builder_keep_head(struct builder *builder);
