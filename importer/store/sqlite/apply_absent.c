/* Items that are to be removed only when so many whole feeds in a row did not name them. */
#include "store/sqlite/apply_private.h"

static sqlite3_stmt *use_for_item(struct apply *apply, enum sql_id id, enum item_kind kind, int64_t key, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, id, err);

	if (statement != NULL) {
		(void)sqlite3_bind_int(statement, 3, (int)kind);
		(void)sqlite3_bind_int64(statement, 4, key);
	}
	return statement;
}

static int count_run(struct apply *apply, enum item_kind kind, int64_t key, int64_t *ret_runs, struct error *err)
{
	sqlite3_stmt *statement = use_for_item(apply, SQL_ABSENT_COUNT_RUN, kind, key, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 5, apply->ticket.run_id);
	if (sqlite_step_row(apply->store, statement, err) < 0)
		return -1;
	*ret_runs = sqlite3_column_int64(statement, 0);
	(void)sqlite3_reset(statement); /* no failure: it gave its row */
	return 0;
}

int absent_waits(struct apply *apply, enum item_kind kind, int64_t key, struct error *err)
{
	sqlite3_stmt *statement;
	int64_t runs;

	if (apply->policy.missing_after <= 1)
		return 0;
	if (count_run(apply, kind, key, &runs, err) < 0)
		return -1;
	if (runs < apply->policy.missing_after)
		return 1;
	statement = use_for_item(apply, SQL_ABSENT_FORGET, kind, key, err);
	return statement == NULL ? -1 : sqlite_step_done(apply->store, statement, err);
}

int absent_would_wait(struct apply *apply, enum item_kind kind, int64_t key, struct error *err)
{
	sqlite3_stmt *statement;
	int64_t runs = 0;
	int step;

	if (apply->policy.missing_after <= 1)
		return 0;
	statement = use_for_item(apply, SQL_ABSENT_RUNS_BEFORE, kind, key, err);
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 5, apply->ticket.run_id);
	step = sqlite_step_row(apply->store, statement, err);
	if (step < 0)
		return -1;
	if (step == 1) {
		runs = sqlite3_column_int64(statement, 0);
		(void)sqlite3_reset(statement); /* no failure: it gave its row */
	}
	return runs + 1 < apply->policy.missing_after;
}

int absent_forget_item(struct apply *apply, enum item_kind kind, int64_t key, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_ABSENT_FORGET_ITEM, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key); /* a failure shows at the step */
	(void)sqlite3_bind_int64(statement, 2, kind);
	(void)sqlite3_bind_int64(statement, 3, key);
	return sqlite_step_done(apply->store, statement, err);
}

/* A run that removes nothing of the kind does not count for it: only what it names is back, and nothing waits in it. */
static bool is_held(const struct apply *apply, enum item_kind kind)
{
	if (apply->policy.missing == APPLY_MISSING_KEEP)
		return true;
	if (kind == ITEM_CATEGORY)
		return apply->policy.categories == APPLY_CATEGORIES_IGNORE;
	return kind == ITEM_PRODUCT && apply->policy.scope != APPLY_SCOPE_ALL;
}

static int hold_absent(struct apply *apply, enum item_kind kind, struct error *err)
{
	struct key_piece piece = {.last = INT64_MIN};

	do {
		sqlite3_stmt *statement = apply_sql(apply, SQL_ABSENT_KEYS, err);

		if (statement == NULL)
			return -1;
		(void)sqlite3_bind_int(statement, 4, (int)kind);
		if (apply_keys_next(apply, SQL_ABSENT_KEYS, &piece, err) < 0)
			return -1;
		for (size_t index = 0; index < piece.count; index++) {
			if (marks_get(&apply->marks[kind], piece.keys[index]) != MARK_NONE)
				continue;
			statement = use_for_item(apply, SQL_ABSENT_TOUCH, kind, piece.keys[index], err);
			if (statement == NULL)
				return -1;
			(void)sqlite3_bind_int64(statement, 5, apply->ticket.run_id);
			if (sqlite_step_done(apply->store, statement, err) < 0)
				return -1;
		}
	} while (piece.count == APPLY_KEYS_MAX);
	return 0;
}

static int count_waiting(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, SQL_ABSENT_TOTALS, err);
	int step;

	if (statement == NULL)
		return -1;
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		const int64_t kind = sqlite3_column_int64(statement, 0);

		if (kind >= 0 && kind < ITEM_KIND_COUNT && !is_held(apply, (enum item_kind)kind))
			apply->counts.stock[kind].waiting = sqlite3_column_int64(statement, 1);
	}
	return step;
}

int absent_finish(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement;

	for (enum item_kind kind = 0; kind < ITEM_KIND_COUNT; kind++)
		if (is_held(apply, kind) && hold_absent(apply, kind, err) < 0)
			return -1;
	statement = apply_sql_scoped(apply, SQL_ABSENT_PURGE, err);
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 3, apply->ticket.run_id);
	if (sqlite_step_done(apply->store, statement, err) < 0)
		return -1;
	return count_waiting(apply, err);
}
