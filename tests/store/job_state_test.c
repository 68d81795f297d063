/* The state of jobs: pauses, problems that begin and end with the ledger's rows, notices that are given once, runs that do not come. */
#include "store/job_state.h"

#include "store_support.h"
#include "store_tests.h"

#include <stdio.h>
#include <string.h>

#define MINUTE INT64_C(60000)

/* A run of the job that begins at `now_ms` and ends a second later. */
static void run_job_as(struct world *world, const char *job, const char *trigger, const char *outcome, enum error_code code,
                       int64_t now_ms)
{
	struct run_start start = make_start(now_ms);
	struct error failure = ERROR_INIT, err = ERROR_INIT;
	struct run_end end = {.outcome = outcome, .finished_at_ms = now_ms + 1000, .bytes = -1, .error = &failure};
	struct run_ticket ticket;

	start.job = job;
	start.trigger = trigger;
	if (code != ERROR_NONE)
		(void)error_set(&failure, code, "it went wrong");
	assert_int_equal(store_run_begin(world->store, &start, &ticket, &err), 0);
	assert_int_equal(store_run_end(world->store, &ticket, &end, &err), 0);
}

static void run_job(struct world *world, const char *outcome, enum error_code code, int64_t now_ms)
{
	run_job_as(world, "acme", "manual", outcome, code, now_ms);
}

/* ---- Pauses ---- */

static bool is_paused(struct world *world, const char *job, int64_t now_ms, struct store_pause *ret_pause)
{
	struct error err = ERROR_INIT;
	const int result = store_job_is_paused(world->store, job, now_ms, ret_pause, &err);

	assert_true(result >= 0);
	return result == 1;
}

static void a_pause_lasts_until_it_is_over_or_ended(void **state)
{
	struct store_pause pause = {.paused_at_ms = 100, .until_ms = INT64_MAX, .reason = "the supplier moves"}, read;
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	world_open(&world);
	assert_false(is_paused(&world, "acme", 100, NULL));
	assert_int_equal(store_job_pause(world.store, "acme", &pause, &err), 0);
	assert_true(is_paused(&world, "acme", INT64_MAX, &read));
	assert_string_equal(read.reason, "the supplier moves");
	assert_int_equal(read.paused_at_ms, 100);
	assert_int_equal(read.until_ms, INT64_MAX);
	assert_false(is_paused(&world, "other", 100, NULL));
	/* Anew: what was said before is gone. */
	pause = (struct store_pause){.paused_at_ms = 200, .until_ms = 300};
	assert_int_equal(store_job_pause(world.store, "acme", &pause, &err), 0);
	assert_true(is_paused(&world, "acme", 299, &read));
	assert_string_equal(read.reason, "");
	assert_int_equal(read.until_ms, 300);
	assert_false(is_paused(&world, "acme", 300, NULL));
	assert_int_equal(store_job_resume(world.store, "acme", 250, &err), 1);
	assert_false(is_paused(&world, "acme", 251, NULL));
	assert_int_equal(store_job_resume(world.store, "acme", 252, &err), 0);
	assert_int_equal(store_job_resume(world.store, "nobody", 252, &err), 0);
	world_close(&world);
}

static void paused_jobs_are_listed_by_name(void **state)
{
	static const char *const names[] = {"zebra", "acme", "a-b", "Acme", "over"};
	struct error err = ERROR_INIT;
	const struct store_paused_job *jobs = NULL;
	size_t count = 1;
	struct world world;
	struct arena arena;

	(void)state;
	world_open(&world);
	arena_init(&arena, 65536);
	assert_int_equal(store_job_list_paused(world.store, 100, &arena, &jobs, &count, &err), 0);
	assert_int_equal(count, 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct store_pause pause = {
			.paused_at_ms = 100, .until_ms = i == 1 ? INT64_MAX : 200 + (int64_t)i, .reason = "x"};
		assert_int_equal(store_job_pause(world.store, names[i], &pause, &err), 0);
	}
	assert_int_equal(store_job_resume(world.store, "over", 150, &err), 1);
	assert_int_equal(store_job_list_paused(world.store, 200, &arena, &jobs, &count, &err), 0);
	assert_int_equal(count, 3);
	assert_string_equal(jobs[0].job, "Acme");
	assert_int_equal(jobs[0].until_ms, 203);
	assert_string_equal(jobs[1].job, "a-b");
	assert_int_equal(jobs[1].until_ms, 202);
	assert_string_equal(jobs[2].job, "acme");
	assert_int_equal(jobs[2].until_ms, INT64_MAX);
	arena_release(&arena);
	arena_init(&arena, 16);
	assert_int_equal(store_job_list_paused(world.store, 200, &arena, &jobs, &count, &err), -1);
	assert_int_equal(err.code, ERROR_MEMORY);
	arena_release(&arena);
	world_close(&world);
}

static void a_pause_is_kept_in_the_store(void **state)
{
	const struct store_pause pause = {.paused_at_ms = 100, .until_ms = INT64_MAX};
	struct error err = ERROR_INIT;
	struct world world;
	char location[96];

	(void)state;
	world_open(&world);
	assert_int_equal(store_job_pause(world.store, "acme", &pause, &err), 0);
	(void)snprintf(location, sizeof(location), "sqlite:%s", sqlite3_db_filename(world.store->database, "main"));
	store_close(world.store);
	assert_int_equal(store_open(location, STORE_WRITE, &world.store, &err), 0);
	assert_true(is_paused(&world, "acme", 100, NULL));
	/* Runs by hand do not end it. */
	run_job(&world, "failed", ERROR_FEED, 1000);
	run_job(&world, "unchanged", ERROR_NONE, 3000);
	assert_true(is_paused(&world, "acme", 4000, NULL));
	world_close(&world);
}

/* ---- Problems ---- */

#define STATE "SELECT problem, problem_at_ms, problem_run_id, problem_runs FROM job_state"

static void a_problem_begins_and_ends_with_runs(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	run_job(&world, "unchanged", ERROR_NONE, 1000);
	assert_query(&world, "SELECT count(*) FROM job_state", "0");
	run_job(&world, "failed", ERROR_FEED, 11000);
	assert_query(&world, STATE, "failed|11000|2|1");
	run_job(&world, "cancelled", ERROR_CANCELLED, 21000);
	run_job(&world, "planned", ERROR_NONE, 31000);
	run_job_as(&world, "acme", "undo", "applied", ERROR_NONE, 41000);
	assert_query(&world, STATE, "failed|11000|2|1");
	run_job(&world, "failed", ERROR_NETWORK, 51000);
	assert_query(&world, STATE, "temporary|11000|2|2");
	run_job(&world, "held", ERROR_NONE, 61000);
	assert_query(&world, STATE, "held|11000|2|3");
	run_job(&world, "applied", ERROR_NONE, 71000);
	assert_query(&world, STATE, "-|-|-|0");
	run_job(&world, "failed", ERROR_STORE_BUSY, 81000);
	assert_query(&world, STATE, "temporary|81000|9|1");
	world_close(&world);
}

/* The schema has the codes in its own words. */
static void what_is_temporary_for_errors_is_so_for_problems(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	for (enum error_code code = ERROR_MEMORY; code <= ERROR_TOO_EARLY; code++) {
		const struct error failure = {.code = code};

		run_job(&world, "failed", code, 1000 + code * INT64_C(2000));
		assert_query(&world, "SELECT problem FROM job_state", error_is_temporary(&failure) ? "temporary" : "failed");
	}
	world_close(&world);
}

static void a_run_that_was_killed_is_a_problem_too(void **state)
{
	struct process alive[] = {{100, 1}, {0, 0}};
	struct run_start start = make_start(1000);
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	world_open(&world);
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(alive), &ticket, &err), 0);
	start = make_start(2000);
	start.job = "other";
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(NULL), &ticket, &err), 0);
	assert_query(&world, "SELECT job, problem, problem_run_id FROM job_state JOIN job_name USING (job_key)", "acme|failed|1");
	world_close(&world);
}

/* ---- Notices ---- */

/* The next notice behind `job_key`, claimed and given; its words, or '-'. */
static const char *give(struct world *world, int64_t *job_key, int64_t now_ms, bool is_told)
{
	static char text[128];
	struct store_notice notice;
	struct error err = ERROR_INIT;
	struct arena arena;

	arena_init(&arena, 65536);
	const int result = store_notice_next(world->store, &(struct store_notice_place){.job_key = *job_key, .now_ms = now_ms},
	                                     &arena, &notice, &err);
	assert_true(result >= 0);
	(void)snprintf(text, sizeof(text), "-");
	if (result == 1) {
		const char *problem = store_problem_name(notice.problem);
		const char *told = store_problem_name(notice.told);

		*job_key = notice.job_key;
		(void)snprintf(text, sizeof(text), "%s %s after %s, run %lld of %lld", notice.job, problem ? problem : "well",
		               told ? told : "well", (long long)notice.problem_runs, (long long)notice.run_id);
		assert_int_equal(store_notice_claim(world->store, &notice, now_ms, 30000, &err), 1);
		assert_int_equal(store_notice_claim(world->store, &notice, now_ms, 30000, &err), 0);
		assert_int_equal(store_notice_finish(world->store, &notice, is_told ? STORE_TOLD : STORE_NOT_TOLD, &err), 0);
	}
	arena_release(&arena);
	return text;
}

static void assert_gives(struct world *world, int64_t now_ms, bool is_told, const char *expected)
{
	int64_t job_key = INT64_MIN;

	assert_string_equal(give(world, &job_key, now_ms, is_told), expected);
	if (expected[0] != '-')
		assert_string_equal(give(world, &job_key, now_ms, is_told), "-");
}

static void there_is_one_notice_for_each_problem_and_one_at_its_end(void **state)
{
	static const struct {
		const char *outcome;
		enum error_code code;
		const char *notice;
	} story[] = {
		{"applied", ERROR_NONE, "-"},
		{"failed", ERROR_FEED, "acme failed after well, run 1 of 2"},
		{"failed", ERROR_REFUSED, "-"},
		{"held", ERROR_NONE, "acme held after failed, run 3 of 4"},
		{"held", ERROR_NONE, "-"},
		{"cancelled", ERROR_CANCELLED, "-"},
		{"unchanged", ERROR_NONE, "acme well after held, run 0 of 7"},
		{"applied", ERROR_NONE, "-"},
		{"failed", ERROR_NETWORK, "acme temporary after well, run 1 of 9"},
		{"failed", ERROR_FEED, "acme failed after temporary, run 2 of 10"},
	};
	struct world world;

	(void)state;
	world_open(&world);
	for (size_t i = 0; i < sizeof(story) / sizeof(story[0]); i++) {
		const int64_t now_ms = (int64_t)(i + 1) * MINUTE;

		run_job(&world, story[i].outcome, story[i].code, now_ms);
		assert_gives(&world, now_ms, true, story[i].notice);
		assert_gives(&world, now_ms, true, "-");
	}
	world_close(&world);
}

static void a_notice_that_could_not_be_given_is_given_again(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	run_job(&world, "failed", ERROR_FEED, 1000);
	assert_gives(&world, 2000, false, "acme failed after well, run 1 of 1");
	run_job(&world, "failed", ERROR_FEED, 11000);
	assert_gives(&world, 12000, true, "acme failed after well, run 2 of 2");
	run_job(&world, "applied", ERROR_NONE, 21000);
	assert_gives(&world, 22000, false, "acme well after failed, run 0 of 3");
	/* People never heard of the end, and hear nothing of the new beginning. */
	run_job(&world, "failed", ERROR_FEED, 31000);
	assert_gives(&world, 32000, true, "-");
	world_close(&world);
}

static void nobody_gives_a_notice_that_another_is_giving(void **state)
{
	struct store_notice notice;
	struct error err = ERROR_INIT;
	struct arena arena;
	struct world world;

	(void)state;
	arena_init(&arena, 65536);
	world_open(&world);
	run_job(&world, "failed", ERROR_FEED, 1000);
	assert_int_equal(store_notice_next(world.store,
	                                   &(struct store_notice_place){.job = "acme", .job_key = INT64_MIN, .now_ms = 2000},
	                                   &arena, &notice, &err),
	                 1);
	assert_int_equal(store_notice_claim(world.store, &notice, 2000, 30000, &err), 1);
	assert_gives(&world, 31999, true, "-");
	/* Who told was killed over it; or its clock was ahead of ours. */
	assert_gives(&world, 32000, false, "acme failed after well, run 1 of 1");
	world_execute(&world, "UPDATE job_state SET telling_until_ms = 1000000000");
	assert_gives(&world, 32000, true, "acme failed after well, run 1 of 1");
	/* What is over meanwhile is not claimed. */
	run_job(&world, "held", ERROR_NONE, 41000);
	assert_int_equal(store_notice_next(world.store,
	                                   &(struct store_notice_place){.job = "acme", .job_key = INT64_MIN, .now_ms = 42000},
	                                   &arena, &notice, &err),
	                 1);
	run_job(&world, "failed", ERROR_FEED, 51000);
	assert_int_equal(store_notice_claim(world.store, &notice, 52000, 30000, &err), 0);
	arena_release(&arena);
	world_close(&world);
}

static void what_was_told_with_others_is_known_as_such(void **state)
{
	const struct store_notice_place all = {.job_key = INT64_MIN, .now_ms = 2000};
	struct store_notice notice;
	struct error err = ERROR_INIT;
	struct arena arena;
	struct world world;

	(void)state;
	arena_init(&arena, 65536);
	world_open(&world);
	run_job(&world, "failed", ERROR_FEED, 1000);
	assert_int_equal(store_notice_next(world.store,
	                                   &(struct store_notice_place){.job = "other", .job_key = INT64_MIN, .now_ms = 2000},
	                                   &arena, &notice, &err),
	                 0);
	assert_int_equal(store_notice_next(world.store, &all, &arena, &notice, &err), 1);
	assert_false(notice.was_told_with_others);
	assert_int_equal(store_notice_claim(world.store, &notice, 2000, 30000, &err), 1);
	assert_int_equal(store_notice_finish(world.store, &notice, STORE_TOLD_WITH_OTHERS, &err), 0);
	assert_int_equal(store_notice_next(world.store, &all, &arena, &notice, &err), 0);
	run_job(&world, "applied", ERROR_NONE, 11000);
	assert_int_equal(store_notice_next(world.store, &all, &arena, &notice, &err), 1);
	assert_true(notice.was_told_with_others);
	assert_int_equal(store_notice_finish(world.store, &notice, STORE_TOLD, &err), 0);
	assert_query(&world, "SELECT told, told_with_others FROM job_state", "-|0");
	arena_release(&arena);
	world_close(&world);
}

static void each_job_has_its_notices(void **state)
{
	int64_t job_key = INT64_MIN;
	struct world world;

	(void)state;
	world_open(&world);
	run_job_as(&world, "one", "manual", "failed", ERROR_FEED, 1000);
	run_job_as(&world, "two", "manual", "applied", ERROR_NONE, 2000);
	run_job_as(&world, "three", "manual", "held", ERROR_NONE, 3000);
	assert_string_equal(give(&world, &job_key, 5000, true), "one failed after well, run 1 of 1");
	assert_string_equal(give(&world, &job_key, 5000, true), "three held after well, run 1 of 3");
	assert_string_equal(give(&world, &job_key, 5000, true), "-");
	world_close(&world);
}

/* ---- Runs that do not come ---- */

static bool is_missed_by(struct world *world, const char *schedule, int64_t due_at_ms, int64_t now_ms)
{
	const struct store_due due = {.job = "acme", .schedule = schedule, .due_at_ms = due_at_ms, .now_ms = now_ms};
	struct error err = ERROR_INIT;
	const int result = store_job_watch(world->store, &due, &err);

	assert_true(result >= 0);
	return result == 1;
}

static bool is_missed(struct world *world, int64_t due_at_ms, int64_t now_ms)
{
	return is_missed_by(world, "@hourly", due_at_ms, now_ms);
}

static void a_run_that_does_not_come_is_missed(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	/* Seen for the first time: what was due before is nobody's. */
	assert_false(is_missed(&world, 10 * MINUTE, 20 * MINUTE));
	assert_false(is_missed(&world, 10 * MINUTE, 30 * MINUTE));
	assert_true(is_missed(&world, 70 * MINUTE, 90 * MINUTE));
	assert_query(&world, STATE, "missed|4200000|-|0");
	assert_gives(&world, 90 * MINUTE, true, "acme missed after well, run 0 of 0");
	assert_true(is_missed(&world, 130 * MINUTE, 150 * MINUTE));
	assert_query(&world, STATE, "missed|4200000|-|0");
	assert_gives(&world, 150 * MINUTE, true, "-");
	run_job(&world, "applied", ERROR_NONE, 160 * MINUTE);
	assert_gives(&world, 161 * MINUTE, true, "acme well after missed, run 0 of 1");
	assert_false(is_missed(&world, 130 * MINUTE, 170 * MINUTE));
	assert_true(is_missed(&world, 190 * MINUTE, 210 * MINUTE));
	world_close(&world);
}

static void what_counts_as_a_run_that_came(void **state)
{
	static const struct {
		const char *outcome;
		enum error_code code;
		bool counts;
	} rows[] = {
		{"applied", ERROR_NONE, true},         {"unchanged", ERROR_NONE, true}, {"held", ERROR_NONE, true},
		{"failed", ERROR_FEED, true},          {"failed", ERROR_NETWORK, true}, {"planned", ERROR_NONE, false},
		{"cancelled", ERROR_CANCELLED, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world world;

		world_open(&world);
		assert_false(is_missed(&world, MINUTE, 2 * MINUTE));
		run_job(&world, rows[i].outcome, rows[i].code, 61 * MINUTE);
		assert_int_equal(is_missed(&world, 61 * MINUTE, 80 * MINUTE), !rows[i].counts);
		world_close(&world);
	}
}

static void a_run_that_goes_on_is_waited_for(void **state)
{
	struct run_start start = make_start(60 * MINUTE);
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	world_open(&world);
	assert_false(is_missed(&world, MINUTE, 2 * MINUTE));
	assert_int_equal(store_run_begin(world.store, &start, &ticket, &err), 0);
	assert_int_equal(store_run_renew(world.store, &ticket, 80 * MINUTE, &err), 0);
	assert_false(is_missed(&world, 61 * MINUTE, 80 * MINUTE));
	/* It gives no sign of life any more. */
	assert_true(is_missed(&world, 61 * MINUTE, 90 * MINUTE));
	world_close(&world);
}

static void a_pause_or_another_schedule_is_no_missed_run(void **state)
{
	struct store_pause pause = {.paused_at_ms = 3 * MINUTE, .until_ms = 100 * MINUTE};
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	world_open(&world);
	assert_false(is_missed(&world, MINUTE, 2 * MINUTE));
	assert_int_equal(store_job_pause(world.store, "acme", &pause, &err), 0);
	assert_false(is_missed(&world, 61 * MINUTE, 80 * MINUTE));
	/* Due in the pause, looked for behind it. */
	assert_false(is_missed(&world, 61 * MINUTE, 110 * MINUTE));
	assert_true(is_missed(&world, 121 * MINUTE, 140 * MINUTE));
	world_execute(&world, "UPDATE job_state SET problem = NULL");
	pause = (struct store_pause){.paused_at_ms = 150 * MINUTE, .until_ms = INT64_MAX};
	assert_int_equal(store_job_pause(world.store, "acme", &pause, &err), 0);
	assert_int_equal(store_job_resume(world.store, "acme", 200 * MINUTE, &err), 1);
	assert_false(is_missed(&world, 181 * MINUTE, 220 * MINUTE));
	/* By the new schedule it was due before it had that. */
	assert_false(is_missed_by(&world, "@daily", 210 * MINUTE, 240 * MINUTE));
	assert_false(is_missed_by(&world, "@daily", 230 * MINUTE, 260 * MINUTE));
	assert_true(is_missed_by(&world, "@daily", 241 * MINUTE, 260 * MINUTE));
	world_close(&world);
}

static void missed_runs_are_looked_for_now_and_then(void **state)
{
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	world_open(&world);
	assert_int_equal(store_missed_begin(world.store, 100 * MINUTE, 5 * MINUTE, &err), 1);
	assert_int_equal(store_missed_begin(world.store, 104 * MINUTE, 5 * MINUTE, &err), 0);
	assert_int_equal(store_missed_begin(world.store, 105 * MINUTE, 5 * MINUTE, &err), 1);
	/* The clock has jumped back. */
	assert_int_equal(store_missed_begin(world.store, 50 * MINUTE, 5 * MINUTE, &err), 1);
	assert_int_equal(store_missed_begin(world.store, 51 * MINUTE, 5 * MINUTE, &err), 0);
	world_close(&world);
}

int job_state_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pause_lasts_until_it_is_over_or_ended),
		cmocka_unit_test(paused_jobs_are_listed_by_name),
		cmocka_unit_test(a_pause_is_kept_in_the_store),
		cmocka_unit_test(a_problem_begins_and_ends_with_runs),
		cmocka_unit_test(what_is_temporary_for_errors_is_so_for_problems),
		cmocka_unit_test(a_run_that_was_killed_is_a_problem_too),
		cmocka_unit_test(there_is_one_notice_for_each_problem_and_one_at_its_end),
		cmocka_unit_test(a_notice_that_could_not_be_given_is_given_again),
		cmocka_unit_test(nobody_gives_a_notice_that_another_is_giving),
		cmocka_unit_test(what_was_told_with_others_is_known_as_such),
		cmocka_unit_test(each_job_has_its_notices),
		cmocka_unit_test(a_run_that_does_not_come_is_missed),
		cmocka_unit_test(what_counts_as_a_run_that_came),
		cmocka_unit_test(a_run_that_goes_on_is_waited_for),
		cmocka_unit_test(a_pause_or_another_schedule_is_no_missed_run),
		cmocka_unit_test(missed_runs_are_looked_for_now_and_then),
	};

	return cmocka_run_group_tests_name("job_state", tests, NULL, NULL);
}
