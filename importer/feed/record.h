/*
 * One record of a feed: a small tree in document order, whatever format it
 * came in. Valid during the sink call only; nothing may point into it after.
 */
#pragma once

#include "feed/names.h"

/* No node, no attribute. */
#define RECORD_NONE UINT32_MAX

/* What a node was in the feed. */
enum record_type {
	RECORD_ELEMENT, /* of XML */
	RECORD_OBJECT,
	RECORD_ARRAY,
	RECORD_STRING, /* of JSON; a cell of CSV */
	RECORD_NUMBER, /* text as written */
	RECORD_BOOL,   /* 'true', 'false' */
	RECORD_NULL,
};

struct record_attribute {
	uint32_t local;
	uint32_t space;
	struct slice value; /* entities resolved, not trimmed */
};

/*
 * JSON: the members of an object are its children by name, the items of an
 * array its children without one (NAME_NONE). CSV: a row has its cells as
 * children by column; a group of rows has its rows as children without name.
 */
struct record_node {
	uint32_t local;       /* name without prefix */
	uint32_t space;       /* namespace URI, or NAME_NONE */
	uint32_t parent;      /* index, RECORD_NONE at the top */
	uint32_t first_child; /* index, or RECORD_NONE */
	uint32_t next_sibling;
	uint32_t end; /* one past the last descendant: nodes are in document order */
	uint32_t first_attribute;
	uint32_t attribute_count;
	uint32_t text_before; /* bytes of the parent's text that stand before this element */
	enum record_type type;
	struct slice text; /* own character data joined, without that of children; not trimmed */
};

struct record {
	const struct record_node *nodes; /* [0] is the record's element */
	uint32_t node_count;
	const struct record_attribute *attributes;
	uint32_t attribute_count;
	uint64_t stream_offset; /* of its first byte in the decoded stream */
	uint64_t stream_size;
	const struct name_table *names;
	const struct hash128 *fingerprint; /* of its bytes and what they depend on; NULL = not taken, see feed_options.known */
};

/*
 * XPath's string value: the node's text and that of all descendants in document order; in `arena` if it had to be joined.
 * False without memory.
 */
must_use bool record_node_value(const struct record *record, uint32_t node, struct arena *arena, struct slice *ret_value);
