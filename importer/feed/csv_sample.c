/* The head of a table, built as records are. */
#include "feed/csv_sample.h"

struct sampling {
	struct builder *builder;
	struct csv_columns columns;
	size_t rows;
	bool is_full;
};

/* The head is smaller than the limits on a text, and the caller sees to the number of nodes: only memory can fail. */
static int settle(enum builder_outcome outcome, struct error *err)
{
	return outcome == BUILDER_DONE ? 0 : error_set_memory(err);
}

/* `row` is NULL for one without text. The first one has all columns; no row has more. */
static int add_row(struct sampling *sampling, const struct csv_row *row, struct error *err)
{
	const size_t columns = sampling->columns.header_count;
	const size_t told = row == NULL ? 0 : row->cell_count < columns ? row->cell_count : columns;
	const size_t wanted = sampling->rows == 0 ? columns : told;

	if (sampling->builder->node_count + wanted + 1 > LIMIT_RECORD_NODES)
		sampling->is_full = true;
	if (sampling->is_full)
		return 0;
	if (settle(builder_open(sampling->builder, &(struct builder_node){.type = RECORD_OBJECT}), err) < 0)
		return -1;
	for (size_t i = 0; i < wanted; i++) {
		const struct builder_node cell = {.local = sampling->columns.columns[i].name, .type = RECORD_STRING};
		const struct slice text = i < told ? csv_row_cell(row, i) : slice_make(NULL, 0);

		if (settle(builder_add_leaf(sampling->builder, &cell, text), err) < 0)
			return -1;
	}
	sampling->is_full = ++sampling->rows == CSV_SAMPLE_ROWS_MAX;
	return settle(builder_close(sampling->builder), err);
}

static int take_row(struct sampling *sampling, enum csv_role role, const struct csv_row *row, struct error *err)
{
	switch (role) {
	case CSV_ROLE_HEADER:
		return csv_columns_read(&sampling->columns, row, err);
	case CSV_ROLE_ROW:
		return add_row(sampling, row, err);
	case CSV_ROLE_NONE:
		break;
	}
	return 0;
}

/* A row that the head cuts is better than none. Faults are for the reading itself to tell. */
static int take_rows(struct sampling *sampling, struct csv_scanner *scanner, struct slice head, const struct csv_options *options,
                     struct csv_roles *roles, struct error *err)
{
	struct error fault = ERROR_INIT;
	int step = CSV_STEP_ROW;

	while (step == CSV_STEP_ROW && !sampling->is_full) {
		step = csv_scanner_next(scanner, &head, &fault);
		if (step == CSV_STEP_MORE && sampling->rows == 0 && roles->has_header)
			step = csv_scanner_finish(scanner, &fault);
		if (step == CSV_STEP_ROW && take_row(sampling, csv_roles_next(roles, options, scanner), &scanner->row, err) < 0)
			return -1;
	}
	return step < 0 && fault.code == ERROR_MEMORY ? error_set_memory(err) : 0;
}

int csv_sample_build(struct builder *builder, struct name_table *names, struct slice head, const struct csv_layout *layout,
                     const struct csv_options *options, bool *ret_has_sample, struct error *err)
{
	struct csv_scanner scanner = csv_layout_scanner(layout, options);
	struct csv_roles roles = {.has_hint = layout->has_hint};
	struct sampling sampling = {.builder = builder, .columns = {.names = names}};
	int result = settle(builder_open(builder, &(struct builder_node){.type = RECORD_ARRAY}), err);

	if (result == 0)
		result = take_rows(&sampling, &scanner, head, options, &roles, err);
	if (result == 0 && roles.has_header && sampling.rows == 0)
		result = add_row(&sampling, NULL, err);
	if (result == 0)
		result = settle(builder_close(builder), err);
	*ret_has_sample = sampling.rows > 0;
	csv_columns_release(&sampling.columns);
	csv_scanner_release(&scanner);
	return result;
}
