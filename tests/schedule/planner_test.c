/* The planner: order, places, overlap, missed times, clocks that jump, a simulated year, and what a job costs. */
#include "schedule_tests.h"

#include "year.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define T0 INT64_C(1767225600000) /* 2026-01-01T00:00Z */

/* A planner of jobs that are due each `every`. */
struct bench {
	struct arena arena;
	struct zones zones;
	struct planner *planner;
	const struct schedule *every;
};

static void bench_open(struct bench *bench, const char *every, size_t jobs, int64_t concurrency, int64_t per_host)
{
	const struct planner_limits limits = {.jobs = jobs, .hosts = 10, .concurrency = concurrency, .per_host = per_host};
	const struct schedule_rule rule = {.form = SCHEDULE_EVERY,
	                                   .expression = every,
	                                   .name = "job",
	                                   .active_from_ms = INT64_MIN,
	                                   .active_until_ms = INT64_MAX};
	struct error err = ERROR_INIT;

	arena_init(&bench->arena, (size_t)1 << 20);
	zones_init(&bench->zones, NULL);
	assert_int_equal(schedule_compile(&bench->arena, &bench->zones, &rule, &bench->every, &err), 0);
	assert_int_equal(planner_new(&limits, &bench->planner, &err), 0);
}

static void bench_close(struct bench *bench)
{
	planner_free(bench->planner);
	zones_release(&bench->zones);
	arena_release(&bench->arena);
}

static void add(struct bench *bench, uint32_t host, enum overlap_policy overlap, enum catch_up_policy catch_up)
{
	planner_add(bench->planner,
	            &(struct planner_job){
			    .schedule = bench->every, .host = host, .overlap = overlap, .catch_up = catch_up, .handled_at_ms = T0},
	            T0);
}

static void step(struct bench *bench, int64_t at_ms)
{
	planner_step(bench->planner, T0 + at_ms);
}

static void assert_starts(struct bench *bench, int64_t at_ms, uint32_t job, int64_t due_ms)
{
	int64_t due = 0;
	uint32_t number = 0;

	assert_true(planner_start(bench->planner, T0 + at_ms, &number, &due));
	assert_int_equal(number, job);
	assert_int_equal(due - T0, due_ms);
}

static void assert_starts_none(struct bench *bench, int64_t at_ms)
{
	int64_t due;
	uint32_t number;

	assert_false(planner_start(bench->planner, T0 + at_ms, &number, &due));
}

static void finish(struct bench *bench, uint32_t job, int64_t at_ms)
{
	planner_finish(bench->planner, job, &(struct planner_end){.is_again = false}, T0 + at_ms);
}

static void nothing_is_started_before_it_is_due(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, "1h", 1, 4, 4);
	add(&bench, 1, OVERLAP_SKIP, CATCH_UP_ONCE);
	assert_int_equal(planner_wake_ms(bench.planner), T0 + HOUR);
	step(&bench, HOUR - 1);
	assert_starts_none(&bench, HOUR - 1);
	step(&bench, HOUR);
	assert_starts(&bench, HOUR, 0, HOUR);
	assert_starts_none(&bench, HOUR);
	assert_int_equal(planner_wake_ms(bench.planner), T0 + 2 * HOUR);
	bench_close(&bench);
}

static void places_are_kept_and_who_waits_longest_comes_first(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, "1h", 6, 3, 2);
	for (uint32_t i = 0; i < 4; i++)
		add(&bench, 1, OVERLAP_SKIP, CATCH_UP_ONCE);
	add(&bench, 2, OVERLAP_SKIP, CATCH_UP_ONCE);
	add(&bench, 2, OVERLAP_SKIP, CATCH_UP_ONCE);
	planner_trigger(bench.planner, 5, T0 + MINUTE, T0 + MINUTE);
	planner_trigger(bench.planner, 3, T0 + 2 * MINUTE, T0 + 2 * MINUTE);
	planner_trigger(bench.planner, 1, T0 + 3 * MINUTE, T0 + 3 * MINUTE);
	planner_trigger(bench.planner, 2, T0 + 4 * MINUTE, T0 + 4 * MINUTE);
	planner_trigger(bench.planner, 4, T0 + 5 * MINUTE, T0 + 5 * MINUTE);
	assert_starts(&bench, 6 * MINUTE, 5, MINUTE);
	assert_starts(&bench, 6 * MINUTE, 3, 2 * MINUTE);
	assert_starts(&bench, 6 * MINUTE, 1, 3 * MINUTE);
	assert_starts_none(&bench, 6 * MINUTE); /* three in all */
	finish(&bench, 5, 7 * MINUTE);
	assert_starts(&bench, 7 * MINUTE, 4, 5 * MINUTE); /* 2 waits longer, but its host has two */
	finish(&bench, 4, 8 * MINUTE);
	assert_starts_none(&bench, 8 * MINUTE);
	finish(&bench, 3, 9 * MINUTE);
	assert_starts(&bench, 9 * MINUTE, 2, 4 * MINUTE);
	assert_int_equal(planner_figures(bench.planner).ready, 0);
	bench_close(&bench);
}

static void sources_without_a_host_have_no_places(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, "1h", 3, 10, 1);
	for (uint32_t i = 0; i < 3; i++)
		add(&bench, PLANNER_NO_HOST, OVERLAP_SKIP, CATCH_UP_ONCE);
	step(&bench, HOUR);
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t number;
		int64_t due;

		assert_true(planner_start(bench.planner, T0 + HOUR, &number, &due));
	}
	bench_close(&bench);
}

static void what_is_due_meanwhile_is_left_out_or_queued_once(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, "1h", 2, 4, 4);
	add(&bench, 1, OVERLAP_SKIP, CATCH_UP_ONCE);
	add(&bench, 2, OVERLAP_QUEUE, CATCH_UP_ONCE);
	step(&bench, HOUR);
	assert_starts(&bench, HOUR, 0, HOUR);
	assert_starts(&bench, HOUR, 1, HOUR);
	step(&bench, 2 * HOUR);
	step(&bench, 3 * HOUR);
	assert_starts_none(&bench, 3 * HOUR);
	finish(&bench, 0, 3 * HOUR + 1);
	finish(&bench, 1, 3 * HOUR + 1);
	assert_starts(&bench, 3 * HOUR + 1, 1, 3 * HOUR);
	assert_starts_none(&bench, 3 * HOUR + 1);
	assert_int_equal(planner_figures(bench.planner).skipped, 2);
	assert_int_equal(planner_wake_ms(bench.planner), T0 + 4 * HOUR);
	bench_close(&bench);
}

static void missed_times_are_caught_up_once_or_not(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, "1h", 2, 4, 4);
	add(&bench, 1, OVERLAP_SKIP, CATCH_UP_ONCE);
	add(&bench, 2, OVERLAP_SKIP, CATCH_UP_NONE);
	step(&bench, 50 * HOUR + PLANNER_LATE_MS + 1);
	assert_starts(&bench, 50 * HOUR + PLANNER_LATE_MS + 1, 0, 50 * HOUR);
	assert_starts_none(&bench, 50 * HOUR + PLANNER_LATE_MS + 1);
	assert_int_equal(planner_figures(bench.planner).missed, 1);
	step(&bench, 51 * HOUR + PLANNER_LATE_MS);
	assert_starts(&bench, 51 * HOUR + PLANNER_LATE_MS, 1, 51 * HOUR);
	bench_close(&bench);
}

static void a_failed_run_comes_again_when_it_may(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, "1h", 1, 4, 4);
	add(&bench, 1, OVERLAP_SKIP, CATCH_UP_NONE);
	step(&bench, HOUR);
	assert_starts(&bench, HOUR, 0, HOUR);
	planner_finish(bench.planner, 0, &(struct planner_end){.is_again = true, .not_before_ms = T0 + HOUR + 30 * MINUTE},
	               T0 + HOUR);
	assert_starts_none(&bench, HOUR + 29 * MINUTE);
	assert_int_equal(planner_wake_ms(bench.planner), T0 + HOUR + 30 * MINUTE);
	step(&bench, HOUR + 30 * MINUTE);
	assert_starts(&bench, HOUR + 30 * MINUTE, 0, HOUR);
	/* A later time waits too, and takes the place of the one before. */
	planner_finish(bench.planner, 0, &(struct planner_end){.is_again = true, .not_before_ms = T0 + 2 * HOUR + 5 * MINUTE},
	               T0 + HOUR + 31 * MINUTE);
	step(&bench, 2 * HOUR);
	assert_starts_none(&bench, 2 * HOUR);
	step(&bench, 2 * HOUR + 5 * MINUTE);
	assert_starts(&bench, 2 * HOUR + 5 * MINUTE, 0, 2 * HOUR);
	bench_close(&bench);
}

static void a_clock_that_is_set_back_makes_times_due_again(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, "1h", 1, 4, 4);
	add(&bench, 1, OVERLAP_SKIP, CATCH_UP_ONCE);
	step(&bench, 100 * HOUR);
	assert_starts(&bench, 100 * HOUR, 0, 100 * HOUR);
	finish(&bench, 0, 100 * HOUR + 1);
	step(&bench, 2 * HOUR + 1); /* it had been days ahead */
	assert_starts_none(&bench, 2 * HOUR + 1);
	assert_int_equal(planner_wake_ms(bench.planner), T0 + 3 * HOUR);
	step(&bench, 3 * HOUR);
	assert_starts(&bench, 3 * HOUR, 0, 3 * HOUR);
	/* By a little, while it waits for its place. */
	finish(&bench, 0, 3 * HOUR);
	step(&bench, 4 * HOUR);
	step(&bench, 4 * HOUR - 1);
	assert_starts_none(&bench, 4 * HOUR - 1);
	step(&bench, 4 * HOUR);
	assert_starts(&bench, 4 * HOUR, 0, 4 * HOUR);
	bench_close(&bench);
}

static void a_planner_takes_over_from_another(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, "1h", 2, 4, 4);
	planner_add(bench.planner,
	            &(struct planner_job){
			    .schedule = bench.every, .host = 1, .handled_at_ms = T0 + HOUR, .running_due_at_ms = T0 + HOUR},
	            T0 + HOUR + MINUTE);
	planner_add(bench.planner,
	            &(struct planner_job){.schedule = bench.every, .host = 1, .handled_at_ms = T0, .again_due_at_ms = T0},
	            T0 + MINUTE);
	assert_int_equal(planner_figures(bench.planner).running, 1);
	assert_starts(&bench, HOUR + MINUTE, 1, HOUR); /* the newest: its own waited and was overtaken */
	finish(&bench, 0, HOUR + 2 * MINUTE);
	assert_int_equal(planner_figures(bench.planner).running, 1);
	bench_close(&bench);
}

static void a_year_of_a_thousand_jobs_loses_and_doubles_nothing(void **state)
{
	struct year_figures sum;
	const clock_t begin = clock();

	(void)state;
	year_live(1, true, 1000, 365, &sum);
	print_message(
		"a year of 1000 jobs: %lld instants, %lld runs, %lld applied, %lld starts for nothing, %lld too early; %lld restarts,"
		" %lld sleeps, %lld clock changes; %lld left out while running, %lld missed; at most %lld at a time; %lld checks; %.1f s\n",
		(long long)sum.due, (long long)sum.runs, (long long)sum.applied, (long long)sum.idle, (long long)sum.too_early,
		(long long)sum.restarts, (long long)sum.sleeps, (long long)sum.jumps, (long long)sum.skipped, (long long)sum.missed,
		(long long)sum.most_running, (long long)sum.checks, (double)(clock() - begin) / CLOCKS_PER_SEC);
	assert_true(sum.due > 200000 && sum.restarts > 50 && sum.sleeps > 20 && sum.jumps > 20 && sum.checks > 100000);
	assert_true(sum.idle < sum.runs / 20);
}

static void short_lives_by_other_dice_keep_the_rules(void **state)
{
	struct year_figures sum;

	(void)state;
	for (uint32_t seed = 2; seed < 12; seed++) {
		year_live(seed, seed % 2 == 0, 40, 120, &sum);
		/* Without a clock that shows times twice, nothing is started in vain. */
		if (seed % 2 == 1 && sum.idle * 1000 > sum.runs)
			fail_msg("dice %u: %lld of %lld starts were for nothing", seed, (long long)sum.idle, (long long)sum.runs);
	}
}

static void a_hundred_thousand_jobs_are_ready_soon_and_take_little(void **state)
{
	static const size_t jobs = 100000;
	const struct planner_limits limits = {.jobs = jobs, .hosts = 1000, .concurrency = 8, .per_host = 2};
	struct planner *planner = NULL;
	struct error err = ERROR_INIT;
	struct zones zones;
	struct arena arena;
	uint32_t number;
	int64_t due;

	(void)state;
	arena_init(&arena, (size_t)256 << 20);
	zones_init(&zones, NULL);
	const clock_t begin = clock();
	assert_int_equal(planner_new(&limits, &planner, &err), 0);
	for (size_t i = 0; i < jobs; i++) {
		char expression[32], name[32];
		struct planner_job job = {.host = (uint32_t)(i % 1000), .catch_up = CATCH_UP_ONCE, .handled_at_ms = T0 - 30 * HOUR};
		const struct schedule_rule rule = {.form = SCHEDULE_CRON,
		                                   .expression = expression,
		                                   .time_zone = "Europe/Warsaw",
		                                   .name = name,
		                                   .active_from_ms = INT64_MIN,
		                                   .active_until_ms = INT64_MAX};

		(void)snprintf(expression, sizeof(expression), "%zu %zu * * *", i % 60, i / 60 % 24);
		(void)snprintf(name, sizeof(name), "job%zu", i);
		assert_int_equal(schedule_compile(&arena, &zones, &rule, &job.schedule, &err), 0);
		planner_add(planner, &job, T0);
	}
	planner_step(planner, T0); /* all have missed a day */
	assert_true(planner_start(planner, T0, &number, &due));
	const double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
	const size_t bytes = planner_figures(planner).bytes / jobs;
	print_message("100,000 jobs: ready in %.2f s, %zu bytes a job, %zu with its compiled schedule\n", seconds, bytes,
	              bytes + arena.used / jobs);
	assert_true(bytes < 200);
	assert_true(seconds < 20); /* on a slow machine under a sanitizer; the aim is 2 */
	planner_free(planner);
	zones_release(&zones);
	arena_release(&arena);
}

int planner_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_started_before_it_is_due),
		cmocka_unit_test(places_are_kept_and_who_waits_longest_comes_first),
		cmocka_unit_test(sources_without_a_host_have_no_places),
		cmocka_unit_test(what_is_due_meanwhile_is_left_out_or_queued_once),
		cmocka_unit_test(missed_times_are_caught_up_once_or_not),
		cmocka_unit_test(a_failed_run_comes_again_when_it_may),
		cmocka_unit_test(a_clock_that_is_set_back_makes_times_due_again),
		cmocka_unit_test(a_planner_takes_over_from_another),
		cmocka_unit_test(a_hundred_thousand_jobs_are_ready_soon_and_take_little),
		cmocka_unit_test(short_lives_by_other_dice_keep_the_rules),
		cmocka_unit_test(a_year_of_a_thousand_jobs_loses_and_doubles_nothing),
	};

	return cmocka_run_group_tests_name("planner", tests, NULL, NULL);
}
