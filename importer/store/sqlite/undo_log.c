/* Watching what a run changes, and writing down what it was. */
#include "store/sqlite/undo_log.h"

#include "store/sqlite/undo_entry.h"

/* Columns of a comparison, before those of the table. */
enum { COMPARE_ITEM_ID, COMPARE_DETAIL, COMPARE_WAS_THERE, COMPARE_IS_THERE, COMPARE_COLUMNS };

int undo_log_begin(struct apply *apply, bool notes_inserts, struct error *err)
{
	struct buffer *sql = &apply->plain;

	buffer_clear(sql);
	for (enum undo_source source = 0; source < UNDO_SOURCE_COUNT; source++) {
		undo_sql_unwatch(source, sql);
		undo_sql_watch(source, apply->ticket.run_id, notes_inserts, sql);
	}
	if (buffer_text(sql) == NULL)
		return error_set_memory(err);
	return sqlite_execute(apply->store, sql->data, err);
}

/* One row as it was and as it is. */
struct comparison {
	enum undo_source source;
	bool was_there;
	bool is_there;
	struct cell before[UNDO_COLUMNS_MAX];
	struct cell now[UNDO_COLUMNS_MAX];
};

/* What of a row alone is told: all that says something, but for what a new row's key says. */
static uint64_t columns_of_row(const struct undo_table *table, const struct cell *cells, bool is_new)
{
	uint64_t mask = 0;

	for (size_t column = 0; column < table->count; column++)
		if (cells[column].type != CELL_NULL)
			mask |= UNDO_BIT(column);
	return is_new ? mask & ~table->keyed : mask;
}

static uint64_t columns_to_tell(const struct comparison *comparison)
{
	const struct undo_table *table = undo_table(comparison->source);
	uint64_t mask = 0;

	if (!comparison->is_there)
		return columns_of_row(table, comparison->before, false);
	if (!comparison->was_there)
		return columns_of_row(table, comparison->now, true);
	for (size_t column = 0; column < table->count; column++)
		if (!undo_cell_equal(&comparison->before[column], &comparison->now[column]))
			mask |= UNDO_BIT(column);
	return mask;
}

static void read_comparison(sqlite3_stmt *statement, enum undo_source source, struct comparison *ret_comparison)
{
	const size_t count = undo_table(source)->count;

	ret_comparison->source = source;
	ret_comparison->was_there = sqlite3_column_int(statement, COMPARE_WAS_THERE) != 0;
	ret_comparison->is_there = sqlite3_column_int(statement, COMPARE_IS_THERE) != 0;
	row_read_cells(statement, COMPARE_COLUMNS, count, ret_comparison->before);
	row_read_cells(statement, COMPARE_COLUMNS + (int)count, count, ret_comparison->now);
}

static void append_side(struct buffer *buffer, enum undo_source source, uint64_t mask, const struct cell *cells)
{
	struct json_writer json;

	buffer_clear(buffer);
	json_writer_init(&json, buffer);
	undo_append_columns(&json, source, mask, cells);
}

static int write_row(struct apply *apply, sqlite3_stmt *compared, enum undo_source source, struct error *err)
{
	struct comparison comparison;
	sqlite3_stmt *insert;
	uint64_t mask;

	read_comparison(compared, source, &comparison);
	mask = columns_to_tell(&comparison);
	if ((comparison.was_there && comparison.is_there && mask == 0) || (!comparison.was_there && !comparison.is_there))
		return 0;
	insert = apply_sql(apply, SQL_UNDO_ROW_INSERT, err);
	if (insert == NULL)
		return -1;
	append_side(&apply->before, source, mask, comparison.before);
	append_side(&apply->after, source, mask, comparison.now);
	if (apply->before.failed || apply->after.failed)
		return error_set_memory(err);
	(void)sqlite3_bind_int64(insert, 1, apply->ticket.run_id); /* a failure shows at the step */
	sqlite_bind_text(insert, 2, undo_table(source)->name);
	sqlite_bind_slice(insert, 3, sqlite_column_slice(compared, COMPARE_ITEM_ID));
	sqlite_bind_slice(insert, 4, sqlite_column_slice(compared, COMPARE_DETAIL));
	sqlite_bind_slice(insert, 5, comparison.was_there ? buffer_slice(&apply->before) : slice_make(NULL, 0));
	sqlite_bind_slice(insert, 6, comparison.is_there ? buffer_slice(&apply->after) : slice_make(NULL, 0));
	return sqlite_step_done(apply->store, insert, err);
}

static int write_source(struct apply *apply, enum undo_source source, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	buffer_clear(&apply->plain);
	undo_sql_compare(source, &apply->plain);
	if (buffer_text(&apply->plain) == NULL)
		return error_set_memory(err);
	if (sqlite_prepare(apply->store, apply->plain.data, &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key);
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		if (write_row(apply, statement, source, err) < 0) {
			step = -1;
			break;
		}
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step;
}

int undo_log_write(struct apply *apply, struct error *err)
{
	for (enum undo_source source = 0; source < UNDO_SOURCE_COUNT; source++)
		if (write_source(apply, source, err) < 0)
			return -1;
	return apply_run_with_key(apply, SQL_RUN_SET_UNDOABLE, apply->ticket.run_id, err);
}
