/* Paths as the language of dialects writes them (schema/dialects/README.md). */
#pragma once

#include "feed/feed.h"
#include "probe/report.h"
#include "probe/tree.h"

struct path_writer {
	const struct probe_tree *tree;
	const struct name_table *names;
	enum feed_format format;
	uint32_t top; /* the record's node */
	struct arena *arena;
	struct probe_report *report; /* takes the prefixes that were used */
};

/* From `from`, at or above `node`, to `node`: 'a/b/@c', 'variants[*].price', a column; '.' for itself. False without memory. */
must_use bool path_write(struct path_writer *writer, uint32_t from, uint32_t node, struct slice *ret_path);

/* From the root: '/a/b', '$.products[*]'; empty for tables. */
must_use bool path_write_absolute(struct path_writer *writer, uint32_t node, struct slice *ret_path);

/* A column's name as a path: quoted where it would mean something else. */
must_use bool path_write_column(struct arena *arena, struct slice name, struct slice *ret_path);
