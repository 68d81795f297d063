/* Renaming a job: items, memory, state and lease have its key, the ledger has its name. */
#include "store/job_rename.h"

#include "store/sqlite/lease.h"

/* Run one statement with ?1 and ?2, the names. */
static int change(struct store *store, const char *sql, const struct store_rename *rename, struct error *err)
{
	sqlite3_stmt *statement;

	if (sqlite_prepare(store, sql, &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, rename->from);
	sqlite_bind_text(statement, 2, rename->to);
	const int result = sqlite_step_done(store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

/* The first row's integer of a query with ?1: 1, 0 = there is no row. */
static int find(struct store *store, const char *sql, const char *name, int64_t *ret_value, struct error *err)
{
	sqlite3_stmt *statement;

	if (sqlite_prepare(store, sql, &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, name);
	const int step = sqlite_step_row(store, statement, err);
	if (step == 1)
		*ret_value = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step;
}

/* No run of it is going on, and none that is taken for dead comes back. */
static int take_lease(struct store *store, const struct store_rename *rename, int64_t job_key, struct error *err)
{
	const struct run_start start = {.job = rename->from, .host = rename->host, .now_ms = rename->now_ms};
	int64_t token = 0;

	if (lease_claim(store, &start, job_key, lease_world_system(), &token, err) < 0)
		return -1;
	return change(store,
	              "UPDATE job_lease SET token = token + 1, run_id = NULL, host = NULL, pid = NULL, process_start = NULL,"
	              " expires_at_ms = NULL WHERE job_key = (SELECT job_key FROM job_name WHERE job = ?1)",
	              rename, err);
}

/* Whoever has run owns what those runs did; of one that was only paused or watched nothing is left. */
static int free_name(struct store *store, const struct store_rename *rename, struct error *err)
{
	static const char *const sql[] = {
		"DELETE FROM job_state WHERE job_key = (SELECT job_key FROM job_name WHERE job = ?2 AND ?1 IS NOT NULL)",
		"DELETE FROM job_schedule WHERE job_key = (SELECT job_key FROM job_name WHERE job = ?2 AND ?1 IS NOT NULL)",
		"DELETE FROM job_name WHERE job = ?2 AND ?1 IS NOT NULL",
	};
	int64_t job_key = 0;
	const int has_run = find(store,
	                         "SELECT job_key FROM job_name j WHERE job = ?1 AND (EXISTS (SELECT 1 FROM run WHERE job = j.job)"
	                         " OR EXISTS (SELECT 1 FROM job_lease l WHERE l.job_key = j.job_key))",
	                         rename->to, &job_key, err);

	if (has_run < 0)
		return -1;
	if (has_run == 1)
		return error_set(err, ERROR_USAGE, "the store has runs of a job '%s' already; choose another name", rename->to);
	for (size_t i = 0; i < sizeof(sql) / sizeof(sql[0]); i++)
		if (change(store, sql[i], rename, err) < 0)
			return -1;
	return 0;
}

/* Inside the transaction: 1, or 0 where there is nothing to rename. */
static int rename_job(struct store *store, const struct store_rename *rename, struct error *err)
{
	int64_t job_key = 0;
	const int is_known = find(store, "SELECT job_key FROM job_name WHERE job = ?1", rename->from, &job_key, err);

	if (is_known <= 0)
		return is_known;
	if (take_lease(store, rename, job_key, err) < 0 || free_name(store, rename, err) < 0 ||
	    change(store, "UPDATE run SET job = ?2 WHERE job = ?1", rename, err) < 0 ||
	    change(store, "UPDATE job_name SET job = ?2 WHERE job = ?1", rename, err) < 0)
		return -1;
	return rename->move != NULL && rename->move(rename->context, err) < 0 ? -1 : 1;
}

int store_job_rename(struct store *store, const struct store_rename *rename, struct error *err)
{
	if (sqlite_write_begin(store, err) < 0)
		return -1;
	const int result = rename_job(store, rename, err);
	if (result == 1 && sqlite_write_commit(store, err) == 0)
		return 1;
	sqlite_rollback(store);
	return result == 0 ? 0 : -1;
}
