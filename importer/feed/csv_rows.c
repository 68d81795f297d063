/* Rows as records, one by one or in groups. */
#include "feed/csv_rows.h"

#include "base/limits.h"
#include "feed/json_cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAULT_TEXT_MAX 400

/* A text of this file names it. */
#define MORE_CELLS_MAX ((size_t)1000)

/* A row's text is cut a byte beyond the limit on a record, and a key has at most as many cells as there are names. */
#define KEY_BYTES_MAX ((size_t)LIMIT_RECORD_BYTES + 1 + LIMIT_NAMES * sizeof(size_t))

void csv_rows_release(struct csv_rows *rows)
{
	csv_columns_release(&rows->columns);
	free(rows->group_places);
	buffer_release(&rows->key);
	*rows = (struct csv_rows){.recorder = rows->recorder, .columns = {.names = rows->columns.names}};
}

/* --- the root --- */

static int start_array(struct csv_rows *rows, uint64_t offset, struct error *err)
{
	return recorder_start(rows->recorder, &(struct recorder_element){.node = {.type = RECORD_ARRAY, .offset = offset}}, err);
}

/* Where the table has none of the columns to group by, each row is a group. */
static int read_selection(struct csv_rows *rows, struct error *err)
{
	const struct feed_selection *wanted = &rows->recorder->selection.wanted;

	csv_columns_set_json(&rows->columns, wanted->json_columns, wanted->json_column_count);
	if (wanted->group_column_count == 0)
		return 0;
	rows->is_grouped = true;
	buffer_init(&rows->key, KEY_BYTES_MAX);
	rows->group_places = calloc(wanted->group_column_count, sizeof(*rows->group_places));
	if (rows->group_places == NULL)
		return error_set_memory(err);
	for (size_t i = 0; i < wanted->group_column_count; i++) {
		const size_t place = csv_columns_find(&rows->columns, wanted->group_columns[i]);

		if (place != SIZE_MAX)
			rows->group_places[rows->group_place_count++] = place;
	}
	return 0;
}

int csv_rows_start(struct csv_rows *rows, const struct record *sample, struct error *err)
{
	const struct feed_root root = {.format = FEED_CSV, .sample = sample};

	if (recorder_root(rows->recorder, &root, err) < 0 || read_selection(rows, err) < 0)
		return -1;
	return start_array(rows, 0, err);
}

/* --- cells --- */

static int tell(const struct csv_rows *rows, enum feed_fault fault, uint64_t offset, struct slice text, struct error *err)
{
	const struct feed_sink *sink = &rows->recorder->sink;

	return sink->fault ? sink->fault(sink->context, fault, offset, text, err) : 0;
}

static int tell_length(const struct csv_rows *rows, const struct csv_row *row, struct error *err)
{
	char text[FAULT_TEXT_MAX];
	const int size = snprintf(text, sizeof(text), "%zu of %zu cells", row->cell_count, rows->columns.header_count);

	return tell(rows, FEED_FAULT_ROW_LENGTH, row->offset, slice_make(text, (size_t)size), err);
}

static int tell_cell(const struct csv_rows *rows, uint32_t column, uint64_t offset, const char *what, struct error *err)
{
	const struct slice name = name_text(rows->columns.names, column);
	char text[FAULT_TEXT_MAX];
	const int size = snprintf(text, sizeof(text), "column '%.*s': %s", (int)name.size, name.data, what);

	return tell(rows, FEED_FAULT_CELL_INVALID, offset, slice_make(text, (size_t)size), err);
}

static int add_cell(struct csv_rows *rows, const struct csv_row *row, size_t index, struct error *err)
{
	const struct csv_column *column = csv_columns_at(&rows->columns, index, err);
	const struct csv_cell *cell = &row->cells[index];
	const struct slice text = csv_row_cell(row, index);

	if (column == NULL)
		return -1;
	const struct recorder_element element = {.node = {.type = RECORD_STRING, .local = column->name, .offset = cell->offset}};

	if (cell->is_faulty && tell_cell(rows, column->name, cell->offset, "text follows the closing quote of its cell", err) < 0)
		return -1;
	if (column->is_json && !slice_is_empty(slice_trim(text))) {
		if (json_cell_is_valid(text))
			return json_cell_record(rows->recorder, &element, text, err);
		if (tell_cell(rows, column->name, cell->offset, "its cell holds no valid JSON", err) < 0)
			return -1;
	}
	return recorder_leaf(rows->recorder, &element, text, err);
}

/* Each cell behind the header's takes a new name out of those that a feed may have. */
static int add_cells(struct csv_rows *rows, const struct csv_row *row, struct error *err)
{
	const size_t count = rows->columns.header_count + MORE_CELLS_MAX;

	for (size_t i = 0; i < row->cell_count && i < count; i++) {
		if (add_cell(rows, row, i, err) < 0)
			return -1;
	}
	return row->cell_count > count ? recorder_refuse(rows->recorder, "the row has over 1000 cells more than the header", err)
	                               : 0;
}

static int add_row(struct csv_rows *rows, const struct csv_row *row, struct error *err)
{
	const struct recorder_element element = {.node = {.type = RECORD_OBJECT, .offset = row->offset}};

	if (row->cell_count != rows->columns.header_count && tell_length(rows, row, err) < 0)
		return -1;
	if (recorder_start(rows->recorder, &element, err) < 0)
		return -1;
	if (add_cells(rows, row, err) < 0)
		return -1;
	rows->end = row->end;
	return recorder_end(rows->recorder, row->end, err);
}

/* --- groups --- */

static struct slice key_cell(const struct csv_rows *rows, const struct csv_row *row, size_t i)
{
	const size_t place = rows->group_places[i];

	return place < row->cell_count ? slice_trim(csv_row_cell(row, place)) : slice_make(NULL, 0);
}

/* A key is its cells, each with its size before it. */
static void keep_key(struct csv_rows *rows, const struct csv_row *row)
{
	buffer_clear(&rows->key);
	for (size_t i = 0; i < rows->group_place_count; i++) {
		const struct slice cell = key_cell(rows, row, i);

		buffer_append(&rows->key, &cell.size, sizeof(cell.size));
		buffer_append_slice(&rows->key, cell);
	}
}

static bool has_same_key(const struct csv_rows *rows, const struct csv_row *row)
{
	struct slice rest = buffer_slice(&rows->key);

	for (size_t i = 0; i < rows->group_place_count; i++) {
		const struct slice cell = key_cell(rows, row, i);
		size_t size;

		memcpy(&size, rest.data, sizeof(size));
		rest = slice_make(rest.data + sizeof(size), rest.size - sizeof(size));
		if (!slice_equal(cell, slice_make(rest.data, size)))
			return false;
		rest = slice_make(rest.data + size, rest.size - size);
	}
	return rows->group_place_count > 0;
}

static int end_group(struct csv_rows *rows, struct error *err)
{
	if (!rows->is_open)
		return 0;
	rows->is_open = false;
	return recorder_end(rows->recorder, rows->end, err);
}

static int start_group(struct csv_rows *rows, const struct csv_row *row, struct error *err)
{
	keep_key(rows, row);
	if (rows->key.failed)
		return error_set_memory(err);
	rows->is_open = true;
	return start_array(rows, row->offset, err);
}

int csv_rows_add(struct csv_rows *rows, const struct csv_row *row, struct error *err)
{
	if (rows->is_grouped && !(rows->is_open && has_same_key(rows, row)) &&
	    (end_group(rows, err) < 0 || start_group(rows, row, err) < 0))
		return -1;
	return add_row(rows, row, err);
}

int csv_rows_finish(struct csv_rows *rows, struct error *err)
{
	if (end_group(rows, err) < 0)
		return -1;
	return recorder_end(rows->recorder, rows->end, err);
}
