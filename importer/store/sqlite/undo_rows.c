/* What all steps of an undo take: rows of the log and of the store, and how a conflict is told. */
#include "store/sqlite/undo_private.h"

#include <inttypes.h>

/* Statements */

static void make_sql(enum undo_action action, enum undo_source source, struct buffer *sql)
{
	static void (*const item_sql[UNDO_ACTION_COUNT])(enum undo_source source, struct buffer * sql) = {
		[UNDO_GET] = undo_sql_get, [UNDO_PUT] = undo_sql_insert, [UNDO_REMOVE] = undo_sql_update_rest};
	const struct undo_table *table = undo_table(source);
	const char *const texts[UNDO_ACTION_COUNT] = {
		[UNDO_GET] = table->get, [UNDO_PUT] = table->put, [UNDO_REMOVE] = table->remove};

	buffer_clear(sql);
	if (undo_source_is_item(source))
		item_sql[action](source, sql);
	else
		(void)buffer_append_text(sql, texts[action]); /* failure sticks */
}

static void bind_keys(struct undo *undo, sqlite3_stmt *statement, const struct undo_entry *entry)
{
	const enum undo_key *keys = undo_table(entry->source)->keys;

	(void)sqlite3_bind_int64(statement, 1, undo->apply->ticket.catalog_key); /* a failure shows at the step */
	sqlite_bind_slice(statement, 2, entry->item_id);
	for (size_t key = 0; key < entry->key_count; key++) {
		const struct cell *cell = &entry->keys[key];

		if (keys[key] == UNDO_KEY_HASH)
			(void)sqlite3_bind_blob64(statement, (int)key + 3, cell->text.data, cell->text.size, SQLITE_STATIC);
		else
			row_bind(statement, (int)key + 3, cell, 1);
	}
}

sqlite3_stmt *undo_use(struct undo *undo, enum undo_action action, const struct undo_entry *entry, struct error *err)
{
	sqlite3_stmt **place = &undo->actions[entry->source][action];
	struct buffer *sql = &undo->apply->plain;

	if (*place != NULL) {
		(void)sqlite3_reset(*place); /* repeats the failure of its last step, which was told then */
	} else {
		make_sql(action, entry->source, sql);
		if (buffer_text(sql) == NULL) {
			(void)error_set_memory(err);
			return NULL;
		}
		if (sqlite_prepare(undo->apply->store, sql->data, place, err) < 0) {
			*place = NULL;
			return NULL;
		}
	}
	bind_keys(undo, *place, entry);
	return *place;
}

void undo_statements_release(struct undo *undo)
{
	for (size_t source = 0; source < UNDO_SOURCE_COUNT; source++) {
		for (size_t action = 0; action < UNDO_ACTION_COUNT; action++) {
			(void)sqlite3_finalize(undo->actions[source][action]); /* a failure was told at its step */
			undo->actions[source][action] = NULL;
		}
	}
}

int undo_get(struct undo *undo, const struct undo_entry *entry, struct undo_now *ret_now, struct error *err)
{
	const size_t count = undo_table(entry->source)->count;
	sqlite3_stmt *statement = undo_use(undo, UNDO_GET, entry, err);
	int step;

	if (statement == NULL)
		return -1;
	step = sqlite_step_row(undo->apply->store, statement, err);
	if (step != 1)
		return step;
	row_read_cells(statement, 0, count, ret_now->cells);
	ret_now->key = undo_source_is_item(entry->source) ? sqlite3_column_int64(statement, (int)count) : 0;
	return 1;
}

/* ?1 is the undone run, ?2 the catalogue's key. */
static int prepare(struct undo *undo, const char *sql, sqlite3_stmt **ret_statement, struct error *err)
{
	if (sqlite_prepare(undo->apply->store, sql, ret_statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(*ret_statement, 1, undo->options->run_id);
	(void)sqlite3_bind_int64(*ret_statement, 2, undo->apply->ticket.catalog_key); /* refused where there is no ?2 */
	return 0;
}

int undo_sql_run(struct undo *undo, const char *sql, struct error *err)
{
	sqlite3_stmt *statement;
	int result;

	if (prepare(undo, sql, &statement, err) < 0)
		return -1;
	result = sqlite_step_done(undo->apply->store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

/* The log */

/* The views join jobs: a row of a job that is none would be lost to sight. */
static int check_job(struct undo *undo, const struct cell *cell, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (cell->type == CELL_NULL || (cell->type == CELL_INTEGER && cell->integer == undo->job_key))
		return 0;
	statement = apply_sql(undo->apply, SQL_JOB_NAME, err);
	if (statement == NULL)
		return -1;
	row_bind(statement, 1, cell, 1);
	step = sqlite_step_row(undo->apply->store, statement, err);
	if (step < 0)
		return -1;
	if (step == 0 || cell->type != CELL_INTEGER)
		return error_set(err, ERROR_STORE,
		                 "the undo log of run %" PRId64 " is damaged: it names a job that the store does not know",
		                 undo->options->run_id);
	(void)sqlite3_reset(statement); /* no failure: it gave its row */
	undo->job_key = cell->integer;
	return 0;
}

static int check_jobs(struct undo *undo, const struct undo_entry *entry, struct error *err)
{
	const struct undo_table *table = undo_table(entry->source);
	const uint64_t columns = table->jobs & entry->before_mask;

	for (size_t key = 0; key < entry->key_count; key++)
		if (table->keys[key] == UNDO_KEY_JOB && check_job(undo, &entry->keys[key], err) < 0)
			return -1;
	for (size_t column = 0; columns != 0 && column < table->count; column++)
		if ((columns & UNDO_BIT(column)) != 0 && check_job(undo, &entry->before[column], err) < 0)
			return -1;
	return 0;
}

int undo_each(struct undo *undo, const char *sql,
              int (*visit)(struct undo *undo, const struct undo_entry *entry, struct error *err), struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (prepare(undo, sql, &statement, err) < 0)
		return -1;
	while ((step = sqlite_step_row(undo->apply->store, statement, err)) == 1) {
		struct undo_entry entry;

		arena_reset(&undo->arena);
		if (undo_entry_read(statement, &undo->arena, &entry, err) < 0 || check_jobs(undo, &entry, err) < 0 ||
		    visit(undo, &entry, err) < 0) {
			step = -1;
			break;
		}
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step;
}

int undo_tell_once(struct undo *undo, enum item_kind kind, struct slice id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(undo->apply, SQL_UNDO_TELL, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, kind);
	sqlite_bind_slice(statement, 2, id);
	if (sqlite_step_done(undo->apply->store, statement, err) < 0)
		return -1;
	return sqlite3_changes(undo->apply->store->database) > 0 ? 1 : 0;
}

/* Other runs */

int undo_find_undo(struct store *store, int64_t run_id, int64_t *ret_undo_run_id, struct error *err)
{
	sqlite3_stmt *statement;
	int64_t last = run_id;
	bool is_undone = false;
	int step;

	/* A run is undone again only after its last undo was undone: one chain of the newest ones tells. */
	if (sqlite_prepare(store,
	                   "SELECT run_id FROM run INDEXED BY run_by_parent WHERE parent_run_id = ?1 AND run_id > ?1"
	                   " AND trigger = 'undo' AND outcome = 'applied' ORDER BY run_id DESC LIMIT 1",
	                   &statement, err) < 0)
		return -1;
	*ret_undo_run_id = 0;
	do {
		(void)sqlite3_reset(statement);
		(void)sqlite3_bind_int64(statement, 1, last);
		step = sqlite_step_row(store, statement, err);
		if (step == 1) {
			if (last == run_id)
				*ret_undo_run_id = sqlite3_column_int64(statement, 0);
			last = sqlite3_column_int64(statement, 0);
			is_undone = !is_undone;
		}
	} while (step == 1);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	if (!is_undone)
		*ret_undo_run_id = 0;
	return step;
}

int undo_find_later(struct undo *undo, const struct undo_entry *entry, size_t column, int64_t *ret_run_id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(undo->apply, SQL_UNDO_LATER, err);

	if (statement == NULL)
		return -1;
	sqlite_bind_text(statement, 1, undo_table(entry->source)->name);
	sqlite_bind_slice(statement, 2, entry->item_id);
	sqlite_bind_slice(statement, 3, entry->detail);
	sqlite_bind_text(statement, 4, column == UNDO_ROW ? NULL : undo_column_name(entry->source, column));
	if (sqlite_step_row(undo->apply->store, statement, err) < 0)
		return -1;
	*ret_run_id = sqlite3_column_int64(statement, 0);
	(void)sqlite3_reset(statement); /* no failure: it gave its row */
	return 0;
}

/* ?1 the kind of the item, ?2 its id, ?3 the undone run. */
static sqlite3_stmt *use_for_item(struct undo *undo, enum sql_id id, enum item_kind kind, struct slice item_id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(undo->apply, id, err);

	if (statement == NULL)
		return NULL;
	sqlite_bind_text(statement, 1, undo_table((enum undo_source)kind)->name); /* a failure shows at the step */
	sqlite_bind_slice(statement, 2, item_id);
	(void)sqlite3_bind_int64(statement, 3, undo->options->run_id);
	return statement;
}

/* Who created the row that the run knew, when a later run removed it, or the run `or_run`: 1, 0 = none did, -1. */
static int find_removed_creator(struct undo *undo, enum item_kind kind, struct slice id, int64_t or_run, int64_t *ret_creator,
                                struct error *err)
{
	sqlite3_stmt *statement = use_for_item(undo, SQL_UNDO_REMOVED_CREATOR, kind, id, err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 4, or_run); /* a failure shows at the step */
	step = sqlite_step_row(undo->apply->store, statement, err);
	if (step == 1) {
		*ret_creator = sqlite3_column_int64(statement, 0);
		(void)sqlite3_reset(statement); /* no failure: it gave its row */
	}
	return step;
}

int undo_is_same_row(struct undo *undo, enum item_kind kind, struct slice id, const struct undo_now *now, struct error *err)
{
	const int64_t creator = now->cells[undo_table((enum undo_source)kind)->count - 1].integer;
	int64_t removed = 0;
	int found;

	/* No later run removes a row that a person deleted, so the log need not tell. */
	if (creator > undo->options->run_id)
		return 0;
	/* What the run itself removed is there again, or another one that was brought back before it was. */
	found = find_removed_creator(undo, kind, id, undo->options->run_id, &removed, err);
	return found < 0 ? -1 : found == 0 || removed == creator;
}

int undo_is_gone_rightly(struct undo *undo, enum item_kind kind, struct slice id, struct error *err)
{
	sqlite3_stmt *statement;
	int64_t creator = 0;
	const int found = find_removed_creator(undo, kind, id, 0, &creator, err);

	if (found < 0)
		return -1;
	if (found == 0 || creator == undo->options->run_id)
		return 1;
	statement = use_for_item(undo, SQL_UNDO_BROUGHT_BACK, kind, id, err);
	return statement == NULL ? -1 : sqlite_step_row(undo->apply->store, statement, err);
}

/* Conflicts */

static struct slice show(struct buffer *buffer, const struct cell *cell)
{
	struct json_writer json;

	buffer_clear(buffer);
	if (cell != NULL) {
		json_writer_init(&json, buffer);
		undo_append_cell(&json, cell);
	}
	return buffer_slice(buffer);
}

/* What people know the thing by, where it is no column of the item. */
static const char *field_of(const struct undo_entry *entry, size_t column)
{
	static const char *const names[UNDO_SOURCE_COUNT] = {[UNDO_HOLDER] = "holders",
	                                                     [UNDO_ABSENT] = "absent_runs",
	                                                     [UNDO_PART] = "parts",
	                                                     [UNDO_LEFT] = "skus",
	                                                     [UNDO_TEXT] = "texts"};

	if (names[entry->source] != NULL)
		return names[entry->source];
	return column == UNDO_ROW ? NULL : undo_column_name(entry->source, column);
}

int undo_report(struct undo *undo, const struct undo_entry *entry, const struct undo_obstacle *obstacle, struct error *err)
{
	enum item_kind kind;
	struct undo_conflict conflict = {
		.kind = undo_entry_kind(entry, &kind) ? item_kind_name(kind) : "field",
		.item_id = entry->item_id,
		.field = field_of(entry, obstacle->column),
		.to_be = show(&undo->to_be, obstacle->to_be),
		.is_now = show(&undo->is_now, obstacle->is_now),
		.run_id = obstacle->run_id,
		.reason = obstacle->reason,
	};

	if (undo->to_be.failed || undo->is_now.failed)
		return error_set_memory(err);
	if (conflict.run_id == 0 && undo_find_later(undo, entry, obstacle->column, &conflict.run_id, err) < 0)
		return -1;
	if (conflict.run_id == UNDO_BY_HAND)
		conflict.run_id = 0;
	undo->conflicts++;
	return undo->options->conflict == NULL ? 0 : undo->options->conflict(undo->options->context, &conflict, err);
}
