/*
 * How a text table is laid out: what separates its cells and lines, found out
 * from its first bytes, and which of its rows is the header.
 */
#pragma once

#include "feed/csv_scan.h"
#include "feed/feed.h"

struct csv_layout {
	char delimiter;    /* '\0' = a table of one column */
	bool cr_is_line;   /* lines end in CR alone */
	bool has_hint;     /* the first line is Excel's 'sep=;' */
	bool is_plausible; /* more than one column, a header of names, and rows that mostly have as many cells */
};

/* `head`: the decoded first bytes of a table, or all of it. -1: memory. */
must_use int csv_layout_find(struct slice head, const struct csv_options *options, struct csv_layout *ret_layout,
                             struct error *err);

/* A scanner for the start of a table of this layout. */
struct csv_scanner csv_layout_scanner(const struct csv_layout *layout, const struct csv_options *options);

/* Which row is what. All zeroes is the start. */
struct csv_roles {
	uint64_t line; /* of the last row, behind comments */
	bool has_hint; /* the first line is none of the table */
	bool has_header;
};

enum csv_role { CSV_ROLE_NONE, CSV_ROLE_HEADER, CSV_ROLE_ROW };

/* What the row that `scanner` has just read is. From the header on, comments are no longer looked for. */
enum csv_role csv_roles_next(struct csv_roles *roles, const struct csv_options *options, struct csv_scanner *scanner);
