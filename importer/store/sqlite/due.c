/* Which instants of a schedule have been taken by runs, and which may be taken again. */
#include "store/sqlite/due.h"

#include "base/instant.h"
#include "base/limits.h"
#include "base/slice.h"

#include <inttypes.h>
#include <stdlib.h>

/* The newest instant up to ?2 that a run of ?1 has taken, and its last run. */
#define FROM_NEWEST_TAKEN                                                                           \
	" FROM run INDEXED BY run_due WHERE job = ?1 AND due_at_ms IS NOT NULL AND due_at_ms <= ?2" \
	" ORDER BY due_at_ms DESC, attempt DESC LIMIT 1"

#define NEWEST_TAKEN "SELECT due_at_ms, attempt, outcome, retry_at_ms" FROM_NEWEST_TAKEN

/* With the store's word on the job itself. The run is joined by its number: a subquery would be a table of its own each time. */
#define STATE_SQL                                                                                                \
	"SELECT t.due_at_ms, t.attempt, t.outcome, t.retry_at_ms,"                                               \
	" (SELECT s.since_ms FROM job_schedule s JOIN job_name j ON j.job_key = s.job_key WHERE j.job = ?1),"    \
	" (SELECT max(finished_at_ms) FROM run INDEXED BY run_succeeded WHERE job = ?1 AND finished_at_ms <= ?2" \
	" AND outcome IN ('applied', 'unchanged'))"                                                              \
	" FROM (SELECT 1) LEFT JOIN run t ON t.run_id = (SELECT run_id" FROM_NEWEST_TAKEN ")"

/* The first four columns; whoever died or was stopped changed nothing, but what ends every run must not be begun for ever. */
static void read_standing(sqlite3_stmt *statement, int64_t attempts, int64_t now_ms, struct due_state *ret_state)
{
	const struct slice outcome = sqlite_column_slice(statement, 2);
	const int64_t retry_at_ms = sqlite3_column_int64(statement, 3);
	const int64_t starts = attempts > LIMIT_DUE_STARTS ? attempts : LIMIT_DUE_STARTS;

	*ret_state = (struct due_state){.standing = DUE_NEVER};
	if (sqlite3_column_type(statement, 0) == SQLITE_NULL)
		return;
	ret_state->due_at_ms = sqlite3_column_int64(statement, 0);
	ret_state->attempt = sqlite3_column_int64(statement, 1);
	ret_state->standing = DUE_DONE;
	if (slice_equal_text(outcome, "running")) {
		ret_state->standing = DUE_RUNNING;
	} else if (slice_equal_text(outcome, "failed") && retry_at_ms > 0) {
		ret_state->standing = ret_state->attempt < attempts ? DUE_AGAIN : DUE_DONE;
		/* What lies farther ahead than anybody may ask for was said by another clock. */
		ret_state->not_before_ms = retry_at_ms - now_ms > LIMIT_RETRY_AFTER_MS ? 0 : retry_at_ms;
	} else if ((slice_equal_text(outcome, "cancelled") || slice_equal_text(outcome, "interrupted")) &&
	           ret_state->attempt < starts) {
		ret_state->standing = DUE_AGAIN;
	}
}

/* ---- Taking ---- */

static int refuse_taken(const struct run_start *start, const struct due_state *state, struct error *err)
{
	char due[INSTANT_TEXT_SIZE];
	char taken[INSTANT_TEXT_SIZE];

	instant_format(start->due_at_ms, due);
	instant_format(state->due_at_ms, taken);
	if (state->due_at_ms > start->due_at_ms)
		return error_set(err, ERROR_NOT_DUE, "nothing is due: job '%s' was last due at %s, and has run for %s since",
		                 start->job, due, taken);
	return error_set(err, ERROR_NOT_DUE, "nothing is due: job '%s' was last due at %s, and %" PRId64 " %s seen to it",
	                 start->job, due, state->attempt, state->attempt == 1 ? "run has" : "runs have");
}

static int refuse_early(int64_t not_before_ms, struct error *err)
{
	char text[INSTANT_TEXT_SIZE];

	instant_format(not_before_ms, text);
	return error_set(err, ERROR_TOO_EARLY, "the last run failed, and the next is to wait until %s", text);
}

int due_check(struct store *store, const struct run_start *start, int64_t *ret_attempt, bool *ret_is_running, struct error *err)
{
	const int64_t now_ms = start->now_ms > start->due_at_ms ? start->now_ms : start->due_at_ms;
	struct due_state state = {.standing = DUE_NEVER};
	sqlite3_stmt *statement;
	int step;

	*ret_is_running = false;
	if (sqlite_prepare(store, NEWEST_TAKEN, &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, start->job);
	(void)sqlite3_bind_int64(statement, 2, now_ms);
	step = sqlite_step_row(store, statement, err);
	if (step == 1)
		read_standing(statement, start->attempts, now_ms, &state);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	if (step < 0)
		return -1;
	const bool is_new = state.standing == DUE_NEVER || state.due_at_ms < start->due_at_ms;
	*ret_attempt = is_new ? 1 : state.attempt + 1;
	if (!is_new && (state.due_at_ms > start->due_at_ms || state.standing == DUE_DONE))
		return refuse_taken(start, &state, err);
	if (state.not_before_ms > start->now_ms)
		return refuse_early(state.not_before_ms, err);
	*ret_is_running = !is_new && state.standing == DUE_RUNNING;
	return 0;
}

/* ---- Looking ---- */

struct due_reader {
	struct store *store;
	sqlite3_stmt *statement;
};

int due_reader_open(struct store *store, struct due_reader **ret_reader, struct error *err)
{
	struct due_reader *reader = malloc(sizeof(*reader));

	if (reader == NULL)
		return error_set_memory(err);
	reader->store = store;
	if (sqlite_prepare(store, STATE_SQL, &reader->statement, err) < 0) {
		free(reader);
		return -1;
	}
	*ret_reader = reader;
	return 0;
}

void due_reader_close(struct due_reader *reader)
{
	if (reader == NULL)
		return;
	(void)sqlite3_finalize(reader->statement); /* its failure was that of a step */
	free(reader);
}

int due_reader_read(struct due_reader *reader, const char *job, int64_t attempts, int64_t now_ms, struct due_state *ret_state,
                    struct error *err)
{
	int step;

	sqlite_bind_text(reader->statement, 1, job);
	(void)sqlite3_bind_int64(reader->statement, 2, now_ms);
	step = sqlite_step_row(reader->store, reader->statement, err);
	if (step == 1) {
		read_standing(reader->statement, attempts, now_ms, ret_state);
		ret_state->known_since_ms = sqlite3_column_int64(reader->statement, 4);
		ret_state->succeeded_at_ms = sqlite3_column_int64(reader->statement, 5);
	}
	(void)sqlite3_reset(reader->statement); /* its failure is that of the step */
	if (step == 0)
		return error_set(err, ERROR_STORE, "the ledger tells nothing of job '%s'", job);
	return step < 0 ? -1 : 0;
}

int due_reader_begin(struct due_reader *reader, struct error *err)
{
	return sqlite_execute(reader->store, "BEGIN", err);
}

void due_reader_end(struct due_reader *reader)
{
	struct error ignored = ERROR_INIT;

	(void)!sqlite_execute(reader->store, "ROLLBACK", &ignored); /* nothing was written */
}

/* Statements are prepared once for all jobs. */
struct enlisting {
	sqlite3_stmt *name;
	sqlite3_stmt *since;
};

static int enlisting_begin(struct store *store, struct enlisting *ret_enlisting, struct error *err)
{
	*ret_enlisting = (struct enlisting){.name = NULL};
	if (sqlite_prepare(store, "INSERT INTO job_name (job) VALUES (?1) ON CONFLICT DO NOTHING", &ret_enlisting->name, err) < 0)
		return -1;
	return sqlite_prepare(store,
	                      "INSERT INTO job_schedule (job_key, since_ms)"
	                      " SELECT job_key, ?2 FROM job_name WHERE job = ?1 ON CONFLICT DO NOTHING",
	                      &ret_enlisting->since, err);
}

static void enlisting_end(struct enlisting *enlisting)
{
	(void)sqlite3_finalize(enlisting->name); /* their failure was that of a step */
	(void)sqlite3_finalize(enlisting->since);
}

static int enlist(struct store *store, const struct enlisting *enlisting, const char *job, int64_t now_ms, struct error *err)
{
	sqlite_bind_text(enlisting->name, 1, job);
	if (sqlite_step_done(store, enlisting->name, err) < 0)
		return -1;
	sqlite_bind_text(enlisting->since, 1, job);
	(void)sqlite3_bind_int64(enlisting->since, 2, now_ms);
	return sqlite_step_done(store, enlisting->since, err);
}

int store_due_enlist(struct store *store, const char *const *jobs, size_t count, int64_t now_ms, struct error *err)
{
	struct enlisting enlisting;

	if (count == 0)
		return 0;
	if (sqlite_write_begin(store, err) < 0)
		return -1;
	int result = enlisting_begin(store, &enlisting, err);
	for (size_t index = 0; result == 0 && index < count; index++)
		result = enlist(store, &enlisting, jobs[index], now_ms, err);
	enlisting_end(&enlisting);
	if (result == 0 && sqlite_write_commit(store, err) == 0)
		return 0;
	sqlite_rollback(store);
	return -1;
}
