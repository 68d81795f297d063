/* The plan as JSON Lines: what changed, what is new, and the complaints that are kept. */
#include "store/sqlite/apply_private.h"

#include <errno.h>

struct plan_writer {
	struct apply *apply;
	FILE *stream;
	struct json_writer json;
};

static void line_begin(struct plan_writer *plan, const char *what)
{
	buffer_clear(&plan->apply->plain);
	json_writer_init(&plan->json, &plan->apply->plain);
	json_object_begin(&plan->json);
	json_member_text(&plan->json, "plan", what);
}

static int line_end(struct plan_writer *plan, struct error *err)
{
	struct buffer *line = &plan->apply->plain;

	json_object_end(&plan->json);
	if (buffer_append_byte(line, '\n') < 0)
		return error_set_memory(err);
	if (fwrite(line->data, 1, line->size, plan->stream) != line->size)
		return error_set_system(err, errno, "cannot write the plan");
	return 0;
}

static void member_cell(struct plan_writer *plan, const char *name, enum column_form form, const struct cell *cell)
{
	const struct column column = {.name = name, .form = form, .field = FIELD_COUNT};

	json_key(&plan->json, name);
	change_append_cell(&plan->json, &column, cell);
}

static int write_changes(struct plan_writer *plan, struct error *err)
{
	static const char *const names[] = {"kind", "item_id", "action", "before", "after"};
	sqlite3_stmt *statement = apply_sql(plan->apply, SQL_CHANGES_OF_RUN, err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, plan->apply->ticket.run_id);
	while ((step = sqlite_step_row(plan->apply->store, statement, err)) == 1) {
		struct cell cells[5];

		row_read_cells(statement, 0, 5, cells);
		line_begin(plan, "change");
		for (size_t index = 0; index < 5; index++)
			member_cell(plan, names[index], index < 3 ? COLUMN_TEXT : COLUMN_JSON, &cells[index]);
		if (line_end(plan, err) < 0)
			return -1;
	}
	return step;
}

static int write_created(struct plan_writer *plan, enum item_kind kind, enum sql_id id, struct error *err)
{
	const struct row_shape *shape = row_shape(kind);
	sqlite3_stmt *statement = apply_sql(plan->apply, id, err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, plan->apply->ticket.run_id);
	while ((step = sqlite_step_row(plan->apply->store, statement, err)) == 1) {
		struct stored_row row;

		row_read(statement, kind, &row);
		line_begin(plan, "change");
		json_member_text(&plan->json, "kind", item_kind_name(kind));
		json_member_string(&plan->json, "item_id", sqlite_column_slice(statement, (int)shape->count + 3));
		json_member_text(&plan->json, "action", "created");
		json_member_text(&plan->json, "before", NULL);
		json_key(&plan->json, "after");
		json_object_begin(&plan->json);
		for (size_t index = 0; index < shape->count; index++)
			if (row.cells[index].type != CELL_NULL)
				member_cell(plan, shape->columns[index].name, shape->columns[index].form, &row.cells[index]);
		json_object_end(&plan->json);
		if (line_end(plan, err) < 0)
			return -1;
	}
	return step;
}

/* Definitions of custom fields: lines as they are. */
static int write_fields(struct plan_writer *plan, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(plan->apply, SQL_FIELD_CHANGES, err);
	int step;

	if (statement == NULL)
		return -1;
	while ((step = sqlite_step_row(plan->apply->store, statement, err)) == 1) {
		const struct slice line = sqlite_column_slice(statement, 0);

		if (fwrite(line.data, 1, line.size, plan->stream) != line.size || fputc('\n', plan->stream) == EOF)
			return error_set_system(err, errno, "cannot write the plan");
	}
	return step;
}

static int write_complaints(struct plan_writer *plan, struct error *err)
{
	static const char *const names[] = {"severity",    "code",  "kind", "item_id", "line_no",      "column_no",
	                                    "byte_offset", "field", "text", "record",  "stream_offset"};
	const size_t count = sizeof(names) / sizeof(names[0]);
	sqlite3_stmt *statement = apply_sql(plan->apply, SQL_COMPLAINTS_OF_RUN, err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, plan->apply->ticket.run_id);
	while ((step = sqlite_step_row(plan->apply->store, statement, err)) == 1) {
		struct cell cells[sizeof(names) / sizeof(names[0])];

		row_read_cells(statement, 0, count, cells);
		line_begin(plan, "complaint");
		for (size_t index = 0; index < count; index++)
			member_cell(plan, names[index], COLUMN_TEXT, &cells[index]);
		if (line_end(plan, err) < 0)
			return -1;
	}
	return step;
}

int apply_write_plan(struct apply *apply, FILE *stream, struct error *err)
{
	struct plan_writer plan = {.apply = apply, .stream = stream};

	if (apply->state != APPLY_FINISHED)
		return error_set(err, ERROR_STORE, "there is no plan yet: the run's transaction is not finished");
	if (write_fields(&plan, err) < 0 || write_changes(&plan, err) < 0 ||
	    write_created(&plan, ITEM_CATEGORY, SQL_CREATED_CATEGORIES, err) < 0 ||
	    write_created(&plan, ITEM_PRODUCT, SQL_CREATED_PRODUCTS, err) < 0 ||
	    write_created(&plan, ITEM_SKU, SQL_CREATED_SKUS, err) < 0 || write_complaints(&plan, err) < 0)
		return -1;
	if (fflush(stream) != 0)
		return error_set_system(err, errno, "cannot write the plan");
	return 0;
}
