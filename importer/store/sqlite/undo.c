/* Taking a run back: whether it can be, the order of the steps, and the commit. */
#include "store/sqlite/undo_private.h"

#include "base/number.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define JSON_MAX ((size_t)512 * 1024 * 1024)

/* The target */

int undo_run_find(struct store *store, const char *name, int64_t *ret_run_id, struct error *err)
{
	sqlite3_stmt *statement;
	int64_t number;
	int step;

	/* A number that is no run may be the name of a job. */
	if (number_parse_integer(slice_from(name), 1, INT64_MAX, &number))
		return store_run_find(store, name, ret_run_id, err);
	if (sqlite_prepare(
		    store,
		    "SELECT run_id FROM run INDEXED BY run_by_job WHERE job = ?1 AND outcome = 'applied' AND trigger <> 'undo'"
		    " ORDER BY run_id DESC LIMIT 1",
		    &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, name);
	step = sqlite_step_row(store, statement, err);
	if (step == 1)
		*ret_run_id = sqlite3_column_int64(statement, 0);
	else if (step == 0)
		(void)error_set(err, ERROR_NOT_FOUND, "there is no run '%s', and no run of a job of that name has been applied",
		                name);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step == 1 ? 0 : -1;
}

static int check_target(struct store *store, sqlite3_stmt *statement, int64_t run_id, struct error *err)
{
	const struct slice outcome = sqlite_column_slice(statement, 2);
	int64_t undo_run_id;

	if (!slice_equal_text(outcome, "applied"))
		return error_set(err, ERROR_NOT_FOUND,
		                 "run %" PRId64 " was not applied (its outcome is '%.*s'): there is nothing to undo", run_id,
		                 (int)(outcome.size < 32 ? outcome.size : 32), outcome.data != NULL ? outcome.data : "");
	if (undo_find_undo(store, run_id, &undo_run_id, err) < 0)
		return -1;
	if (undo_run_id != 0)
		return error_set(err, ERROR_NOT_FOUND,
		                 "run %" PRId64 " is undone already, by run %" PRId64 "; undo that one to redo it", run_id,
		                 undo_run_id);
	if (sqlite3_column_int(statement, 3) != 1)
		return error_set(err, ERROR_NOT_FOUND,
		                 "run %" PRId64 " can no longer be undone: what it changed is not kept any more", run_id);
	return 0;
}

static int read_target(struct store *store, int64_t run_id, struct undo_target *target, struct error *err)
{
	sqlite3_stmt *statement;
	int result;

	if (sqlite_prepare(store, "SELECT job, catalog, outcome, undoable FROM run WHERE run_id = ?1", &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, run_id);
	result = sqlite_step_row(store, statement, err);
	if (result == 0)
		result = error_set(err, ERROR_NOT_FOUND, "there is no run %" PRId64 " in the ledger", run_id);
	else if (result == 1)
		result = check_target(store, statement, run_id, err);
	if (result == 0) {
		const struct slice job = sqlite_column_slice(statement, 0);
		const struct slice catalog = sqlite_column_slice(statement, 1);

		target->run_id = run_id;
		target->job = strndup(job.data != NULL ? job.data : "", job.size);
		target->catalog = strndup(catalog.data != NULL ? catalog.data : "", catalog.size);
		if (target->job == NULL || target->catalog == NULL)
			result = error_set_memory(err);
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

int undo_target_find(struct store *store, int64_t run_id, struct undo_target *ret_target, struct error *err)
{
	*ret_target = (struct undo_target){.run_id = 0};
	if (read_target(store, run_id, ret_target, err) == 0)
		return 0;
	undo_target_release(ret_target);
	return -1;
}

void undo_target_release(struct undo_target *target)
{
	free(target->job);
	free(target->catalog);
	*target = (struct undo_target){.run_id = 0};
}

/* The steps */

int undo_scratch_create(struct store *store, struct error *err)
{
	return sqlite_execute(store,
	                      "DROP TABLE IF EXISTS temp.undo_told;"
	                      "DROP TABLE IF EXISTS temp.undo_going;"
	                      "DROP TABLE IF EXISTS temp.undo_staying;"
	                      "DROP TABLE IF EXISTS temp.undo_later;"
	                      "CREATE TEMP TABLE undo_told (kind, item_id, PRIMARY KEY (kind, item_id)) WITHOUT ROWID;"
	                      "CREATE TEMP TABLE undo_going (kind, item_id, PRIMARY KEY (kind, item_id)) WITHOUT ROWID;"
	                      "CREATE TEMP TABLE undo_staying (kind, item_id, run_id, PRIMARY KEY (kind, item_id)) WITHOUT ROWID;"
	                      "CREATE TEMP TABLE undo_later (run_id INTEGER PRIMARY KEY);",
	                      err);
}

/* The run may have been undone, or its log dropped, since it was looked at. */
static int check_again(struct undo *undo, struct error *err)
{
	struct undo_target target;

	if (undo_target_find(undo->apply->store, undo->options->run_id, &target, err) < 0)
		return -1;
	undo_target_release(&target);
	return 0;
}

static int take_back(struct undo *undo, struct error *err)
{
	struct apply *apply = undo->apply;

	if (check_again(undo, err) < 0 || undo_scratch_create(apply->store, err) < 0 ||
	    undo_sql_run(undo,
	                 "INSERT INTO temp.undo_later SELECT run_id FROM run WHERE run_id > ?1 AND outcome = 'applied'"
	                 " AND catalog = (SELECT catalog FROM catalog_name WHERE catalog_key = ?2)",
	                 err) < 0)
		return -1;
	if (undo_created_find(undo, err) < 0 || undo_sides_that_go(undo, err) < 0 || undo_items(undo, err) < 0 ||
	    undo_sides_that_return(undo, err) < 0 || undo_created_delete(undo, err) < 0 || undo_count_stock(apply, err) < 0)
		return -1;
	return apply_check_counts(apply, err);
}

int undo_plan(struct store *store, const struct run_ticket *ticket, const struct undo_options *options, struct apply **ret_apply,
              int64_t *ret_conflicts, struct error *err)
{
	/* Nothing of a policy decides over what was. */
	const struct apply_policy policy = {.missing = APPLY_MISSING_DELETE};
	struct undo undo = {.options = options};
	int result;

	if (apply_open(store, ticket, &policy, true, &undo.apply, err) < 0)
		return -1;
	arena_init(&undo.arena, JSON_MAX);
	buffer_init(&undo.to_be, JSON_MAX);
	buffer_init(&undo.is_now, JSON_MAX);
	buffer_init(&undo.seen.item_id, JSON_MAX);
	buffer_init(&undo.seen.detail, JSON_MAX);
	result = take_back(&undo, err);
	undo_statements_release(&undo);
	arena_release(&undo.arena);
	buffer_release(&undo.to_be);
	buffer_release(&undo.is_now);
	buffer_release(&undo.seen.item_id);
	buffer_release(&undo.seen.detail);
	if (result < 0) {
		apply_rollback(undo.apply);
		return -1;
	}
	undo.apply->state = undo.conflicts == 0 || options->keep_later ? APPLY_FINISHED : APPLY_FAILED;
	*ret_apply = undo.apply;
	*ret_conflicts = undo.conflicts;
	return 0;
}

/* The commit */

static int commit(struct apply *apply, const struct run_end *end, struct error *err)
{
	sqlite3_stmt *forget;

	if (apply->state != APPLY_FINISHED)
		return error_set(err, ERROR_STORE, "the undo cannot be committed: it has conflicts");
	forget = apply_sql_scoped(apply, SQL_MEMORY_FORGET, err);
	if (forget == NULL || sqlite_step_done(apply->store, forget, err) < 0 || undo_log_write(apply, err) < 0 ||
	    ledger_write_end(apply->store, &apply->ticket, end, err) < 0 || lease_release(apply->store, &apply->ticket, err) < 0)
		return -1;
	return sqlite_write_commit(apply->store, err);
}

int undo_commit(struct apply *apply, const struct run_end *end, struct error *err)
{
	return apply_close(apply, commit(apply, end, err));
}
