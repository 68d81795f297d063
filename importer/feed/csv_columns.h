/* The columns of a text table, by the cells of its header. */
#pragma once

#include "feed/csv_scan.h"
#include "feed/names.h"

struct csv_column {
	uint32_t name;
	bool is_json; /* its cells are to be read as JSON */
};

struct csv_columns {
	struct name_table *names;
	struct csv_column *columns;
	size_t count; /* of the header, or more where rows had more cells */
	size_t capacity;
	size_t header_count;
	const uint32_t *json_names; /* borrowed */
	size_t json_name_count;
};

/* All zeroes but `names` is no columns. */
void csv_columns_release(struct csv_columns *columns);

/* `row` is the header. -1: memory, or ERROR_LIMIT for too many names. */
must_use int csv_columns_read(struct csv_columns *columns, const struct csv_row *row, struct error *err);

/* Which of the columns hold JSON. */
void csv_columns_set_json(struct csv_columns *columns, const uint32_t *names, size_t count);

/* The column of the cell at `index`; one behind the header is made up. NULL with `err` set as csv_columns_read(). */
must_use const struct csv_column *csv_columns_at(struct csv_columns *columns, size_t index, struct error *err);

/* The place of the first column called `name`, or SIZE_MAX. */
size_t csv_columns_find(const struct csv_columns *columns, uint32_t name);
