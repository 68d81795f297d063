/* Pauses of jobs, their problems and the notices of them; see store/job_state.h. */
#include "store/job_state.h"

#include "store/sqlite/sqlite_store.h"

#include <string.h>

static const char *const problem_names[] = {
	[STORE_PROBLEM_FAILED] = "failed",
	[STORE_PROBLEM_TEMPORARY] = "temporary",
	[STORE_PROBLEM_HELD] = "held",
	[STORE_PROBLEM_MISSED] = "missed",
};

#define PROBLEM_COUNT (sizeof(problem_names) / sizeof(problem_names[0]))

const char *store_problem_name(enum store_problem problem)
{
	return problem_names[problem];
}

/* What nobody here wrote is no problem. */
static enum store_problem column_problem(sqlite3_stmt *statement, int column)
{
	const struct slice name = sqlite_column_slice(statement, column);

	for (size_t problem = 1; problem < PROBLEM_COUNT; problem++)
		if (slice_equal_text(name, problem_names[problem]))
			return (enum store_problem)problem;
	return STORE_PROBLEM_NONE;
}

/* Make the rows that a job's state needs: of its name, and of the state. */
static int make_state(struct store *store, const char *job, struct error *err)
{
	static const char *const sql[] = {
		"INSERT INTO job_name (job) VALUES (?1) ON CONFLICT DO NOTHING",
		"INSERT INTO job_state (job_key) SELECT job_key FROM job_name WHERE job = ?1 ON CONFLICT DO NOTHING",
	};

	for (size_t index = 0; index < sizeof(sql) / sizeof(sql[0]); index++) {
		sqlite3_stmt *statement;

		if (sqlite_prepare(store, sql[index], &statement, err) < 0)
			return -1;
		sqlite_bind_text(statement, 1, job);
		if (sqlite_finish_change(store, statement, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- Pauses ---- */

#define IS_PAUSED(now) "paused_at_ms IS NOT NULL AND (paused_until_ms IS NULL OR paused_until_ms > " now ")"

struct pausing {
	const char *job;
	const struct store_pause *pause; /* NULL: resume */
	int64_t now_ms;
};

static int pause_job(struct store *store, void *context, struct error *err)
{
	const struct pausing *pausing = context;
	const struct store_pause *pause = pausing->pause;
	sqlite3_stmt *statement;

	if (make_state(store, pausing->job, err) < 0 ||
	    sqlite_prepare(store,
	                   "UPDATE job_state SET paused_at_ms = ?2, paused_until_ms = ?3, paused_reason = ?4"
	                   " WHERE job_key = (SELECT job_key FROM job_name WHERE job = ?1)",
	                   &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, pausing->job);
	(void)sqlite3_bind_int64(statement, 2, pause->paused_at_ms);
	if (pause->until_ms != INT64_MAX)
		(void)sqlite3_bind_int64(statement, 3, pause->until_ms);
	if (pause->reason[0] != '\0')
		sqlite_bind_text(statement, 4, pause->reason);
	return sqlite_finish_change(store, statement, err) < 0 ? -1 : 0;
}

int store_job_pause(struct store *store, const char *job, const struct store_pause *pause, struct error *err)
{
	struct pausing pausing = {.job = job, .pause = pause};

	return sqlite_write_work(store, (struct sqlite_work){.context = &pausing, .act = pause_job}, err);
}

static int resume_job(struct store *store, void *context, struct error *err)
{
	const struct pausing *pausing = context;
	sqlite3_stmt *statement;

	if (sqlite_prepare(
		    store,
		    "UPDATE job_state SET paused_at_ms = NULL, paused_until_ms = NULL, paused_reason = NULL, watched_at_ms = ?2"
		    " WHERE job_key = (SELECT job_key FROM job_name WHERE job = ?1) AND " IS_PAUSED("?2"),
		    &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, pausing->job);
	(void)sqlite3_bind_int64(statement, 2, pausing->now_ms);
	return sqlite_finish_change(store, statement, err);
}

int store_job_resume(struct store *store, const char *job, int64_t now_ms, struct error *err)
{
	struct pausing pausing = {.job = job, .now_ms = now_ms};

	return sqlite_write_work(store, (struct sqlite_work){.context = &pausing, .act = resume_job}, err);
}

static int64_t column_until(sqlite3_stmt *statement)
{
	return sqlite3_column_type(statement, 1) == SQLITE_NULL ? INT64_MAX : sqlite3_column_int64(statement, 1);
}

static void read_pause(sqlite3_stmt *statement, struct store_pause *ret_pause)
{
	const struct slice reason = sqlite_column_slice(statement, 2);
	const size_t size = reason.size < STORE_PAUSE_REASON_BYTES ? reason.size : STORE_PAUSE_REASON_BYTES;

	ret_pause->paused_at_ms = sqlite3_column_int64(statement, 0);
	ret_pause->until_ms = column_until(statement);
	if (size > 0)
		memcpy(ret_pause->reason, reason.data, size);
	ret_pause->reason[size] = '\0';
}

int store_job_is_paused(struct store *store, const char *job, int64_t now_ms, struct store_pause *ret_pause, struct error *err)
{
	sqlite3_stmt *statement;

	if (sqlite_prepare(store,
	                   "SELECT paused_at_ms, paused_until_ms, paused_reason FROM job_state"
	                   " WHERE job_key = (SELECT job_key FROM job_name WHERE job = ?1) AND " IS_PAUSED("?2"),
	                   &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, job);
	(void)sqlite3_bind_int64(statement, 2, now_ms);
	const int step = sqlite_step_row(store, statement, err);
	if (step == 1 && ret_pause != NULL)
		read_pause(statement, ret_pause);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step;
}

/* Every row says how many there are. */
static int read_paused(struct store *store, sqlite3_stmt *statement, struct arena *arena, const struct store_paused_job **ret_jobs,
                       size_t *ret_count, struct error *err)
{
	struct store_paused_job *jobs = NULL;
	size_t count = 0;
	int step;

	while ((step = sqlite_step_row(store, statement, err)) == 1) {
		if (!jobs)
			jobs = arena_alloc(arena, (size_t)sqlite3_column_int64(statement, 2) * sizeof(*jobs));
		const char *job = arena_text(arena, sqlite_column_slice(statement, 0));
		if (!jobs || !job)
			return error_set_memory(err);
		jobs[count++] = (struct store_paused_job){.job = job, .until_ms = column_until(statement)};
	}
	*ret_jobs = jobs;
	*ret_count = count;
	return step;
}

int store_job_list_paused(struct store *store, int64_t now_ms, struct arena *arena, const struct store_paused_job **ret_jobs,
                          size_t *ret_count, struct error *err)
{
	sqlite3_stmt *statement;

	if (sqlite_prepare(
		    store,
		    "SELECT j.job, s.paused_until_ms, count(*) OVER () FROM job_state s JOIN job_name j ON j.job_key = s.job_key"
		    " WHERE " IS_PAUSED("?1") " ORDER BY j.job",
		    &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, now_ms);
	const int result = read_paused(store, statement, arena, ret_jobs, ret_count, err);
	(void)sqlite3_finalize(statement); /* its failure is that of a step */
	return result;
}

/* ---- Notices ---- */

/* A claim that reaches further than this was made by a clock ahead of ours. */
#define IS_BEING_TOLD(now) "(telling_until_ms IS NOT NULL AND telling_until_ms > " now " AND telling_until_ms <= " now " + 3600000)"

static int copy_texts(sqlite3_stmt *statement, struct arena *arena, struct store_notice *notice, struct error *err)
{
	const struct {
		int column;
		const char **text;
	} texts[] = {{1, &notice->job},      {8, &notice->trigger}, {9, &notice->outcome},
	             {10, &notice->catalog}, {13, &notice->error},  {14, &notice->guard}};

	for (size_t index = 0; index < sizeof(texts) / sizeof(texts[0]); index++) {
		if (sqlite3_column_type(statement, texts[index].column) == SQLITE_NULL)
			continue;
		*texts[index].text = arena_text(arena, sqlite_column_slice(statement, texts[index].column));
		if (*texts[index].text == NULL)
			return error_set_memory(err);
	}
	return 0;
}

static int read_notice(sqlite3_stmt *statement, struct arena *arena, struct store_notice *ret_notice, struct error *err)
{
	*ret_notice = (struct store_notice){
		.job_key = sqlite3_column_int64(statement, 0),
		.problem = column_problem(statement, 2),
		.told = column_problem(statement, 3),
		.problem_at_ms = sqlite3_column_int64(statement, 4),
		.problem_run_id = sqlite3_column_int64(statement, 5),
		.problem_runs = sqlite3_column_int64(statement, 6),
		.run_id = sqlite3_column_int64(statement, 7),
		.started_at_ms = sqlite3_column_int64(statement, 11),
		.finished_at_ms = sqlite3_column_int64(statement, 12),
		.was_told_with_others = sqlite3_column_int64(statement, 15) != 0,
	};
	return copy_texts(statement, arena, ret_notice, err);
}

int store_notice_next(struct store *store, const struct store_notice_place *place, struct arena *arena,
                      struct store_notice *ret_notice, struct error *err)
{
	sqlite3_stmt *statement;

	if (sqlite_prepare(
		    store,
		    "SELECT s.job_key, j.job, s.problem, s.told, s.problem_at_ms, s.problem_run_id, s.problem_runs, r.run_id,"
		    " r.trigger, r.outcome, r.catalog, r.started_at_ms, r.finished_at_ms, r.error, r.guard, s.told_with_others"
		    " FROM job_state s INDEXED BY job_state_untold CROSS JOIN job_name j ON j.job_key = s.job_key"
		    " LEFT JOIN run r ON r.run_id = (SELECT max(run_id) FROM run INDEXED BY run_by_job WHERE job = j.job"
		    " AND outcome NOT IN ('running', 'planned', 'cancelled') AND trigger <> 'undo')"
		    " WHERE s.told IS NOT s.problem AND s.job_key > ?1 AND NOT " IS_BEING_TOLD(
			    "?2") " AND (?3 IS NULL OR j.job = ?3) ORDER BY s.job_key LIMIT 1",
		    &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, place->job_key);
	(void)sqlite3_bind_int64(statement, 2, place->now_ms);
	sqlite_bind_text(statement, 3, place->job);
	int result = sqlite_step_row(store, statement, err);
	if (result == 1 && read_notice(statement, arena, ret_notice, err) < 0)
		result = -1;
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

struct telling {
	const struct store_notice *notice;
	int64_t now_ms;
	int64_t until_ms;
	enum store_telling telling;
};

static int claim_notice(struct store *store, void *context, struct error *err)
{
	const struct telling *telling = context;
	sqlite3_stmt *statement;

	if (sqlite_prepare(store,
	                   "UPDATE job_state SET telling_until_ms = ?2 WHERE job_key = ?1 AND problem IS ?3 AND told IS ?4"
	                   " AND NOT " IS_BEING_TOLD("?5"),
	                   &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, telling->notice->job_key);
	(void)sqlite3_bind_int64(statement, 2, telling->until_ms);
	sqlite_bind_text(statement, 3, store_problem_name(telling->notice->problem));
	sqlite_bind_text(statement, 4, store_problem_name(telling->notice->told));
	(void)sqlite3_bind_int64(statement, 5, telling->now_ms);
	return sqlite_finish_change(store, statement, err);
}

int store_notice_claim(struct store *store, const struct store_notice *notice, int64_t now_ms, int64_t telling_ms,
                       struct error *err)
{
	struct telling telling = {.notice = notice, .now_ms = now_ms, .until_ms = now_ms + telling_ms};

	return sqlite_write_work(store, (struct sqlite_work){.context = &telling, .act = claim_notice}, err);
}

/* Nobody else tells meanwhile, so what was told is what the notice says, whatever the problem has become since. */
static int finish_notice(struct store *store, void *context, struct error *err)
{
	const struct telling *telling = context;
	sqlite3_stmt *statement;

	if (sqlite_prepare(store,
	                   "UPDATE job_state SET telling_until_ms = NULL, told = iif(?2, ?3, told),"
	                   " told_with_others = iif(?2, ?4, told_with_others) WHERE job_key = ?1",
	                   &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, telling->notice->job_key);
	(void)sqlite3_bind_int64(statement, 2, telling->telling != STORE_NOT_TOLD);
	sqlite_bind_text(statement, 3, store_problem_name(telling->notice->problem));
	(void)sqlite3_bind_int64(statement, 4, telling->telling == STORE_TOLD_WITH_OTHERS);
	return sqlite_finish_change(store, statement, err) < 0 ? -1 : 0;
}

int store_notice_finish(struct store *store, const struct store_notice *notice, enum store_telling outcome, struct error *err)
{
	struct telling telling = {.notice = notice, .telling = outcome};

	return sqlite_write_work(store, (struct sqlite_work){.context = &telling, .act = finish_notice}, err);
}

/* ---- Runs that do not come ---- */

struct check {
	int64_t now_ms;
	int64_t pause_ms;
};

/* An instant in the future was noted by a clock ahead of ours. */
static int begin_check(struct store *store, void *context, struct error *err)
{
	const struct check *check = context;
	sqlite3_stmt *statement;

	if (sqlite_prepare(store, "UPDATE missed_check SET checked_at_ms = ?1 WHERE checked_at_ms <= ?1 - ?2 OR checked_at_ms > ?1",
	                   &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, check->now_ms);
	(void)sqlite3_bind_int64(statement, 2, check->pause_ms);
	return sqlite_finish_change(store, statement, err);
}

int store_missed_begin(struct store *store, int64_t now_ms, int64_t pause_ms, struct error *err)
{
	struct check check = {.now_ms = now_ms, .pause_ms = pause_ms};

	return sqlite_write_work(store, (struct sqlite_work){.context = &check, .act = begin_check}, err);
}

/* A run is going on as long as its lease lasts. One that ended after the instant was its, or was why it was passed over. */
#define HAS_RUN                                                                                                                          \
	"(EXISTS (SELECT 1 FROM job_lease l WHERE l.job_key = s.job_key AND l.run_id IS NOT NULL AND l.expires_at_ms > ?3)"              \
	" OR EXISTS (SELECT 1 FROM json_each('[\"applied\",\"unchanged\",\"held\",\"failed\"]') w"                                       \
	" WHERE (SELECT finished_at_ms FROM run INDEXED BY run_by_outcome WHERE job = j.job AND outcome = w.value AND trigger <> 'undo'" \
	" ORDER BY run_id DESC LIMIT 1) >= ?4))"

enum watch { WATCH_NEW, WATCH_MISSED, WATCH_FINE };

static int look(struct store *store, const struct store_due *due, enum watch *ret_watch, struct error *err)
{
	sqlite3_stmt *statement;

	if (sqlite_prepare(store,
	                   "SELECT s.schedule IS NOT ?2, s.watched_at_ms <= ?4 AND NOT (" IS_PAUSED(
				   "?3") ")"
	                                 " AND coalesce(s.paused_until_ms, ?4) <= ?4 AND NOT " HAS_RUN
	                                 " FROM job_name j CROSS JOIN job_state s ON s.job_key = j.job_key WHERE j.job = ?1",
	                   &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, due->job);
	sqlite_bind_text(statement, 2, due->schedule);
	(void)sqlite3_bind_int64(statement, 3, due->now_ms);
	(void)sqlite3_bind_int64(statement, 4, due->due_at_ms);
	const int step = sqlite_step_row(store, statement, err);
	*ret_watch = WATCH_NEW;
	if (step == 1 && sqlite3_column_int64(statement, 0) == 0)
		*ret_watch = sqlite3_column_int64(statement, 1) != 0 ? WATCH_MISSED : WATCH_FINE;
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step < 0 ? -1 : 0;
}

/* Note since when the job is watched by these words. */
static int note_schedule(struct store *store, const struct store_due *due, struct error *err)
{
	sqlite3_stmt *statement;

	if (make_state(store, due->job, err) < 0 || sqlite_prepare(store,
	                                                           "UPDATE job_state SET schedule = ?2, watched_at_ms = ?3"
	                                                           " WHERE job_key = (SELECT job_key FROM job_name WHERE job = ?1)",
	                                                           &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, due->job);
	sqlite_bind_text(statement, 2, due->schedule);
	(void)sqlite3_bind_int64(statement, 3, due->now_ms);
	return sqlite_finish_change(store, statement, err) < 0 ? -1 : 0;
}

static int note_missed(struct store *store, const struct store_due *due, struct error *err)
{
	sqlite3_stmt *statement;

	if (sqlite_prepare(store,
	                   "UPDATE job_state SET problem = 'missed', problem_at_ms = coalesce(problem_at_ms, ?2)"
	                   " WHERE job_key = (SELECT job_key FROM job_name WHERE job = ?1) AND problem IS NOT 'missed'",
	                   &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, due->job);
	(void)sqlite3_bind_int64(statement, 2, due->due_at_ms);
	return sqlite_finish_change(store, statement, err) < 0 ? -1 : 1;
}

/* Inside the transaction: a run may have ended since it was looked. */
static int watch_job(struct store *store, void *context, struct error *err)
{
	const struct store_due *due = context;
	enum watch watch = WATCH_FINE;

	if (look(store, due, &watch, err) < 0)
		return -1;
	switch (watch) {
	case WATCH_NEW:
		return note_schedule(store, due, err);
	case WATCH_MISSED:
		return note_missed(store, due, err);
	case WATCH_FINE:
		break;
	}
	return 0;
}

int store_job_watch(struct store *store, const struct store_due *due, struct error *err)
{
	struct store_due copy = *due;
	enum watch watch = WATCH_FINE;

	if (look(store, due, &watch, err) < 0)
		return -1;
	if (watch == WATCH_FINE)
		return 0;
	return sqlite_write_work(store, (struct sqlite_work){.context = &copy, .act = watch_job}, err);
}
