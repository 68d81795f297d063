/* The ledger: a row for every run, from its begin to its last words. */
#include "base/json.h"
#include "store/sqlite/due.h"
#include "store/sqlite/last_words.h"
#include "store/sqlite/lease.h"

#include <inttypes.h>
#include <string.h>

#define JSON_BYTES_MAX (1024 * 1024)

/* ---- The begin ---- */

/* The key of a name, made where it is new: `sql_insert`, then `sql_select`, both with the name as ?1. */
static int find_key(struct store *store, const char *const sql[2], const char *name, int64_t *ret_key, struct error *err)
{
	for (size_t index = 0; index < 2; index++) {
		sqlite3_stmt *statement;
		int step;

		if (sqlite_prepare(store, sql[index], &statement, err) < 0)
			return -1;
		sqlite_bind_text(statement, 1, name);
		step = sqlite_step_row(store, statement, err);
		if (step == 1)
			*ret_key = sqlite3_column_int64(statement, 0);
		(void)sqlite3_finalize(statement); /* its failure is that of the step */
		if (step < 0)
			return -1;
	}
	return 0;
}

static int insert_run(struct store *store, const struct run_start *start, struct run_ticket *ticket, struct error *err)
{
	sqlite3_stmt *statement;
	int result;

	if (sqlite_prepare(store,
	                   "INSERT INTO run (job, catalog, trigger, started_at_ms, outcome, config_digest, parent_run_id,"
	                   " settings, connection, connection_revision, due_at_ms, attempt)"
	                   " VALUES (?1, ?2, ?3, ?4, 'running', ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	                   &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, start->job);
	sqlite_bind_text(statement, 2, start->catalog);
	sqlite_bind_text(statement, 3, start->trigger);
	(void)sqlite3_bind_int64(statement, 4, start->now_ms);
	sqlite_bind_text(statement, 5, start->config_digest);
	if (start->parent_run_id > 0)
		(void)sqlite3_bind_int64(statement, 6, start->parent_run_id);
	sqlite_bind_text(statement, 7, start->settings);
	sqlite_bind_text(statement, 8, start->connection);
	sqlite_bind_text(statement, 9, start->connection_revision);
	if (ticket->attempt > 0) {
		(void)sqlite3_bind_int64(statement, 10, start->due_at_ms);
		(void)sqlite3_bind_int64(statement, 11, ticket->attempt);
	}
	result = sqlite_step_done(store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	ticket->run_id = sqlite3_last_insert_rowid(store->database);
	return result;
}

/* The job's lease, and with it the instant that the run is for. */
static int claim(struct store *store, const struct run_start *start, struct lease_world world, struct run_ticket *ticket,
                 struct error *err)
{
	bool is_running = false;

	if (start->due_at_ms > 0 && due_check(store, start, &ticket->attempt, &is_running, err) < 0)
		return -1;
	if (lease_claim(store, start, ticket->job_key, world, &ticket->lease_token, err) < 0) {
		if (is_running && err->code == ERROR_LEASE)
			err->code = ERROR_NOT_DUE; /* whom the message names is at it */
		return -1;
	}
	/* The run that had it was another host's, and is dead. */
	return is_running ? due_check(store, start, &ticket->attempt, &is_running, err) : 0;
}

/* Inside the transaction. `ret_words`: for last_words_drop. */
static int begin(struct store *store, const struct run_start *start, struct lease_world world, struct run_ticket *ticket,
                 int64_t *ret_words, struct error *err)
{
	static const char *const catalog_sql[] = {"INSERT INTO catalog_name (catalog) VALUES (?1) ON CONFLICT DO NOTHING",
	                                          "SELECT catalog_key FROM catalog_name WHERE catalog = ?1"};
	static const char *const job_sql[] = {"INSERT INTO job_name (job) VALUES (?1) ON CONFLICT DO NOTHING",
	                                      "SELECT job_key FROM job_name WHERE job = ?1"};

	if (last_words_write(store, ret_words, err) < 0 || lease_heal(store, start, world, err) < 0 ||
	    find_key(store, catalog_sql, start->catalog, &ticket->catalog_key, err) < 0 ||
	    find_key(store, job_sql, start->job, &ticket->job_key, err) < 0 || claim(store, start, world, ticket, err) < 0 ||
	    insert_run(store, start, ticket, err) < 0 || lease_take(store, start, ticket, err) < 0)
		return -1;
	return sqlite_write_commit(store, err);
}

int ledger_run_begin(struct store *store, const struct run_start *start, struct lease_world world, struct run_ticket *ret_ticket,
                     struct error *err)
{
	struct run_ticket ticket = {.now_ms = start->now_ms};
	int64_t words = 0;

	if (sqlite_write_begin(store, err) < 0)
		return -1;
	if (begin(store, start, world, &ticket, &words, err) < 0) {
		sqlite_rollback(store);
		if (err->code == ERROR_LEASE)
			lease_bound(store, start);
		return -1;
	}
	last_words_drop(store, words);
	*ret_ticket = ticket;
	return 0;
}

int store_run_begin(struct store *store, const struct run_start *start, struct run_ticket *ret_ticket, struct error *err)
{
	return ledger_run_begin(store, start, lease_world_system(), ret_ticket, err);
}

/* ---- The end ---- */

static void append_error(struct buffer *buffer, const struct error *failure)
{
	struct json_writer json;

	if (failure == NULL || failure->code == ERROR_NONE)
		return;
	json_writer_init(&json, buffer);
	json_object_begin(&json);
	json_member_text(&json, "code", error_code_name(failure->code));
	json_member_text(&json, "message", failure->message);
	if (failure->line > 0)
		json_member_integer(&json, "line", failure->line);
	if (failure->column > 0)
		json_member_integer(&json, "column", failure->column);
	if (failure->byte >= 0)
		json_member_integer(&json, "byte", failure->byte);
	json_object_end(&json);
}

static void append_counts(struct buffer *buffer, const struct run_counts *counts)
{
	struct json_writer json;

	json_writer_init(&json, buffer);
	json_object_begin(&json);
	counts_append_json(counts, &json);
	json_object_end(&json);
}

static int write_end(struct store *store, const struct run_ticket *ticket, const struct run_end *end, const struct buffer texts[2],
                     struct error *err)
{
	const struct lock_times times = store_lock_times(store);
	sqlite3_stmt *statement;
	int result;

	if (sqlite_prepare(
		    store,
		    "UPDATE run SET outcome = ?2, finished_at_ms = ?3, source = ?4, feed_sha256 = ?5, bytes = ?6, dialect = ?7,"
		    " encoding = ?8, plan_digest = ?9, error = ?10, counts = ?11, guard = ?12, fetched = ?13, lock_wait_ms = ?14,"
		    " lock_held_ms = ?15, unsifted = ?16, records = ?17, retry_at_ms = ?18,"
		    " spooled = (?5 IS NOT NULL AND ?2 <> 'unchanged')"
		    " WHERE run_id = ?1",
		    &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, ticket->run_id);
	sqlite_bind_text(statement, 2, end->outcome);
	(void)sqlite3_bind_int64(statement, 3, end->finished_at_ms);
	sqlite_bind_text(statement, 4, end->source);
	sqlite_bind_text(statement, 5, end->feed_sha256);
	if (end->bytes >= 0)
		(void)sqlite3_bind_int64(statement, 6, end->bytes);
	sqlite_bind_text(statement, 7, end->dialect);
	sqlite_bind_text(statement, 8, end->encoding);
	sqlite_bind_text(statement, 9, end->plan_digest);
	sqlite_bind_slice(statement, 10, buffer_slice(&texts[0]));
	sqlite_bind_slice(statement, 11, buffer_slice(&texts[1]));
	sqlite_bind_text(statement, 12, end->guards);
	sqlite_bind_text(statement, 13, end->fetched);
	(void)sqlite3_bind_int64(statement, 14, times.wait_ms);
	(void)sqlite3_bind_int64(statement, 15, times.held_ms);
	sqlite_bind_text(statement, 16, end->unsifted);
	if (end->counts != NULL)
		(void)sqlite3_bind_int64(statement, 17, end->counts->records.read);
	if (end->retry_at_ms > 0)
		(void)sqlite3_bind_int64(statement, 18, end->retry_at_ms);
	result = sqlite_step_done(store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	if (result == 0 && sqlite3_changes(store->database) == 0)
		return error_set(err, ERROR_STORE, "run %" PRId64 " is gone from the ledger of store '%s'", ticket->run_id,
		                 store->path);
	return result;
}

int ledger_write_end(struct store *store, const struct run_ticket *ticket, const struct run_end *end, struct error *err)
{
	struct buffer texts[2]; /* error, counts; without content they are NULL */
	int result;

	buffer_init(&texts[0], JSON_BYTES_MAX);
	buffer_init(&texts[1], JSON_BYTES_MAX);
	append_error(&texts[0], end->error);
	if (end->counts != NULL)
		append_counts(&texts[1], end->counts);
	if (texts[0].failed || texts[1].failed)
		result = error_set_memory(err);
	else
		result = write_end(store, ticket, end, texts, err);
	buffer_release(&texts[0]);
	buffer_release(&texts[1]);
	return result;
}

/* Others write, and do not end soon enough: the next run puts it into the ledger. */
static int leave_words(struct store *store, const struct run_ticket *ticket, const struct run_end *end)
{
	struct buffer text;

	buffer_init(&text, JSON_BYTES_MAX);
	append_error(&text, end->error);
	const bool is_left = last_words_leave(store, ticket, end, text.failed ? slice_make("", 0) : buffer_slice(&text));
	buffer_release(&text);
	return is_left ? 0 : -1;
}

int store_run_end(struct store *store, const struct run_ticket *ticket, const struct run_end *end, struct error *err)
{
	if (sqlite_write_begin(store, err) < 0)
		return err->code == ERROR_STORE_BUSY || err->code == ERROR_CANCELLED ? leave_words(store, ticket, end) : -1;
	if (ledger_write_end(store, ticket, end, err) < 0 || lease_release(store, ticket, err) < 0 ||
	    sqlite_write_commit(store, err) < 0) {
		sqlite_rollback(store);
		return -1;
	}
	return 0;
}
