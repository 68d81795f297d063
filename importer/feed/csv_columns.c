/* Names of columns. */
#include "feed/csv_columns.h"

#include <stdio.h>
#include <stdlib.h>

#define FIRST_COLUMNS 64

void csv_columns_release(struct csv_columns *columns)
{
	free(columns->columns);
	*columns = (struct csv_columns){.names = columns->names};
}

static bool holds_json(const struct csv_columns *columns, uint32_t name)
{
	for (size_t i = 0; i < columns->json_name_count; i++) {
		if (columns->json_names[i] == name)
			return true;
	}
	return false;
}

static int add(struct csv_columns *columns, struct slice text, struct error *err)
{
	char numbered[40];
	uint32_t name;

	if (columns->count == columns->capacity) {
		const size_t capacity = columns->capacity ? columns->capacity * 2 : FIRST_COLUMNS;
		struct csv_column *grown = realloc(columns->columns, capacity * sizeof(*grown));

		if (grown == NULL)
			return error_set_memory(err);
		columns->columns = grown;
		columns->capacity = capacity;
	}
	if (slice_is_empty(text)) {
		snprintf(numbered, sizeof(numbered), "column %zu", columns->count + 1);
		text = slice_from(numbered);
	}
	if (name_intern_bounded(columns->names, text, &name, err) < 0)
		return -1;
	columns->columns[columns->count++] = (struct csv_column){.name = name, .is_json = holds_json(columns, name)};
	return 0;
}

int csv_columns_read(struct csv_columns *columns, const struct csv_row *row, struct error *err)
{
	for (size_t i = 0; i < row->cell_count; i++) {
		if (add(columns, slice_trim(csv_row_cell(row, i)), err) < 0)
			return -1;
	}
	columns->header_count = columns->count;
	return 0;
}

void csv_columns_set_json(struct csv_columns *columns, const uint32_t *names, size_t count)
{
	columns->json_names = names;
	columns->json_name_count = count;
	for (size_t i = 0; i < columns->count; i++)
		columns->columns[i].is_json = holds_json(columns, columns->columns[i].name);
}

const struct csv_column *csv_columns_at(struct csv_columns *columns, size_t index, struct error *err)
{
	while (columns->count <= index) {
		if (add(columns, slice_make(NULL, 0), err) < 0)
			return NULL;
	}
	return &columns->columns[index];
}

size_t csv_columns_find(const struct csv_columns *columns, uint32_t name)
{
	for (size_t i = 0; i < columns->header_count; i++) {
		if (columns->columns[i].name == name)
			return i;
	}
	return SIZE_MAX;
}
