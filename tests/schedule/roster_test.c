/* The roster: what the ledger, the configuration and the roster before it make of jobs. */
#include "schedule_tests.h"

#include "base/limits.h"
#include "schedule/roster.h"
#include "store/due.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define T0 INT64_C(1767225600000) /* 2026-01-01T00:00Z */
#define JOBS_MAX 4

/* A store, and a configuration of a few jobs that are due each hour. */
struct scene {
	char folder[64];
	struct store *store;
	struct job_config jobs[JOBS_MAX];
	struct config config;
	struct roster *roster;
};

static void scene_open(struct scene *scene, size_t jobs)
{
	static const char *const names[JOBS_MAX] = {"a", "b", "c", "d"};
	struct error err = ERROR_INIT;
	char location[128];

	*scene = (struct scene){.folder = "/tmp/feedmill-roster-XXXXXX"};
	assert_non_null(mkdtemp(scene->folder));
	(void)snprintf(location, sizeof(location), "sqlite:%s/market.db", scene->folder);
	if (store_open(location, STORE_CREATE, &scene->store, &err) < 0)
		fail_msg("%s", err.message);
	for (size_t i = 0; i < jobs; i++) {
		job_config_init(&scene->jobs[i], names[i]);
		scene->jobs[i].source = "https://feeds.example/feed.xml";
		scene->jobs[i].schedule.form = SCHEDULE_EVERY;
		scene->jobs[i].schedule.expression = "1h";
		scene->jobs[i].schedule.active_from_ms = INT64_MIN;
		scene->jobs[i].schedule.active_until_ms = INT64_MAX;
		scene->jobs[i].schedule.catch_up = CATCH_UP_ONCE;
		scene->jobs[i].schedule.retry_attempts = 3;
	}
	scene->config.jobs = scene->jobs;
	scene->config.job_count = jobs;
	scene->config.daemon = (struct daemon_config){.concurrency = 10, .per_host = 10};
}

static void scene_close(struct scene *scene)
{
	static const char *const files[] = {"market.db", "market.db-wal", "market.db-shm", "market.db-queue"};
	char path[128];

	roster_free(scene->roster);
	store_close(scene->store);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", scene->folder, files[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(scene->folder), 0);
}

/* Made anew, after the one before. */
static void make(struct scene *scene, int64_t now_ms)
{
	struct roster *roster = NULL;
	struct error err = ERROR_INIT;

	if (roster_new(&scene->config, scene->store, scene->roster, now_ms, &roster, &err) < 0)
		fail_msg("%s", err.message);
	roster_free(scene->roster);
	scene->roster = roster;
}

static void forget(struct scene *scene)
{
	roster_free(scene->roster);
	scene->roster = NULL;
}

static void run(struct scene *scene, const char *job, int64_t due_at_ms, const char *outcome, int64_t ends_at_ms,
                int64_t retry_at_ms)
{
	const struct run_start start = {.job = job,
	                                .catalog = "main",
	                                .trigger = "schedule",
	                                .due_at_ms = due_at_ms,
	                                .attempts = 3,
	                                .config_digest = "",
	                                .now_ms = due_at_ms,
	                                .host = "here",
	                                .pid = getpid()};
	const struct run_end end = {.outcome = outcome, .finished_at_ms = ends_at_ms, .retry_at_ms = retry_at_ms, .bytes = -1};
	struct error err = ERROR_INIT;
	struct run_ticket ticket;

	if (store_run_begin(scene->store, &start, &ticket, &err) < 0 || store_run_end(scene->store, &ticket, &end, &err) < 0)
		fail_msg("%s", err.message);
}

/* What is started at `now_ms`, as 'a@2 c@3': jobs and their instants in hours from T0. */
static void assert_started(struct scene *scene, int64_t now_ms, const char *expected)
{
	struct planner *planner = roster_planner(scene->roster);
	char text[256] = "";
	uint32_t number;
	int64_t due_ms;

	planner_step(planner, now_ms);
	while (planner_start(planner, now_ms, &number, &due_ms))
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s@%lld", text[0] ? " " : "",
		               roster_job(scene->roster, number)->name, (long long)((due_ms - T0) / HOUR));
	assert_string_equal(text, expected);
}

static void a_job_is_seen_to_from_when_it_is_first_seen(void **state)
{
	struct scene scene;

	(void)state;
	scene_open(&scene, 1);
	make(&scene, T0 + 10 * HOUR + MINUTE);
	assert_started(&scene, T0 + 10 * HOUR + MINUTE, "");
	forget(&scene); /* the next daemon, hours later */
	make(&scene, T0 + 15 * HOUR + MINUTE);
	assert_started(&scene, T0 + 15 * HOUR + MINUTE, "a@15");
	scene_close(&scene);
}

static void the_ledger_says_what_is_left_to_do(void **state)
{
	static const struct {
		const char *label;
		const char *outcome;
		int64_t retry_at_ms;
		enum catch_up_policy catch_up;
		int64_t now_ms;
		const char *expected;
	} rows[] = {
		{"done", "applied", 0, CATCH_UP_ONCE, T0 + HOUR + MINUTE, ""},
		{"failed for good", "failed", 0, CATCH_UP_ONCE, T0 + HOUR + MINUTE, ""},
		{"to be tried again", "failed", T0 + HOUR + MINUTE, CATCH_UP_ONCE, T0 + HOUR + MINUTE, "a@1"},
		{"to be tried again later", "failed", T0 + HOUR + 2 * MINUTE, CATCH_UP_ONCE, T0 + HOUR + MINUTE, ""},
		{"died", "interrupted", 0, CATCH_UP_ONCE, T0 + HOUR + MINUTE, "a@1"},
		{"died long ago", "interrupted", 0, CATCH_UP_NONE, T0 + HOUR + 30 * MINUTE, ""},
		{"died just now", "interrupted", 0, CATCH_UP_NONE, T0 + HOUR + MINUTE, "a@1"},
		{"missed", "applied", 0, CATCH_UP_ONCE, T0 + 5 * HOUR + 30 * MINUTE, "a@5"},
		{"missed, and no matter", "applied", 0, CATCH_UP_NONE, T0 + 5 * HOUR + 30 * MINUTE, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene scene;

		print_message("  %s\n", rows[i].label);
		scene_open(&scene, 1);
		scene.jobs[0].schedule.catch_up = rows[i].catch_up;
		run(&scene, "a", T0 + HOUR, rows[i].outcome, T0 + HOUR + 1000, rows[i].retry_at_ms);
		make(&scene, rows[i].now_ms);
		assert_started(&scene, rows[i].now_ms, rows[i].expected);
		scene_close(&scene);
	}
}

static void followers_know_whom_they_follow_and_what_they_have_missed(void **state)
{
	static const char *const after[] = {"a", "nobody", "a"};
	struct scene scene;

	(void)state;
	scene_open(&scene, 3);
	for (size_t i = 1; i < 3; i++) {
		scene.jobs[i].schedule.expression = NULL;
		scene.jobs[i].schedule.after = after;
		scene.jobs[i].schedule.after_count = 3;
	}
	scene.jobs[2].schedule.catch_up = CATCH_UP_NONE;
	make(&scene, T0);
	for (size_t i = 0; i < 2; i++) { /* a job without a schedule is run by hand, and followed all the same */
		const struct roster_leader *leader = roster_leader(scene.roster, after[i]);

		assert_non_null(leader);
		assert_string_equal(leader->name, after[i]);
		assert_int_equal(leader->follower_count, 2);
		assert_int_equal(leader->followers[0], 1);
		assert_int_equal(leader->followers[1], 2);
	}
	assert_null(roster_leader(scene.roster, "b"));
	forget(&scene);
	run(&scene, "a", T0 + HOUR, "unchanged", T0 + 2 * HOUR, 0);
	make(&scene, T0 + 3 * HOUR - 1);
	assert_started(&scene, T0 + 3 * HOUR - 1, "a@2 b@2");
	scene_close(&scene);
}

static void a_new_roster_takes_over_what_goes_on(void **state)
{
	struct scene scene;
	uint32_t number;

	(void)state;
	scene_open(&scene, 3);
	scene.jobs[1].schedule.overlap = OVERLAP_QUEUE;
	make(&scene, T0 + MINUTE);
	assert_started(&scene, T0 + HOUR, "a@1 b@1 c@1");
	planner_finish(roster_planner(scene.roster), 2, &(struct planner_end){.is_again = false}, T0 + HOUR);
	planner_step(roster_planner(scene.roster), T0 + 2 * HOUR); /* b has one more waiting */
	assert_started(&scene, T0 + 2 * HOUR, "c@2");
	/* a is gone, d is new. */
	memmove(&scene.jobs[0], &scene.jobs[1], 2 * sizeof(scene.jobs[0]));
	job_config_init(&scene.jobs[2], "d");
	scene.jobs[2].schedule = scene.jobs[1].schedule;
	make(&scene, T0 + 2 * HOUR + MINUTE);
	assert_int_equal(roster_count(scene.roster), 3);
	assert_int_equal(planner_figures(roster_planner(scene.roster)).running, 3);
	assert_true(roster_find(scene.roster, "a", &number));
	assert_true(roster_job(scene.roster, number)->is_gone);
	planner_finish(roster_planner(scene.roster), number, &(struct planner_end){.is_again = false}, T0 + 2 * HOUR + MINUTE);
	assert_true(roster_find(scene.roster, "b", &number));
	planner_finish(roster_planner(scene.roster), number, &(struct planner_end){.is_again = false}, T0 + 2 * HOUR + MINUTE);
	assert_started(&scene, T0 + 2 * HOUR + MINUTE, "b@2");
	assert_started(&scene, T0 + 3 * HOUR, "d@3");
	/* Once its run is over, nobody remembers a. */
	make(&scene, T0 + 3 * HOUR + MINUTE);
	assert_false(roster_find(scene.roster, "a", &number));
	scene_close(&scene);
}

static void a_schedule_at_fault_is_told(void **state)
{
	struct roster *roster = NULL;
	struct error err = ERROR_INIT;
	struct scene scene;

	(void)state;
	scene_open(&scene, 2);
	scene.jobs[1].schedule.expression = "often";
	assert_int_equal(roster_new(&scene.config, scene.store, NULL, T0, &roster, &err), -1);
	assert_int_equal(err.code, ERROR_CONFIG);
	assert_non_null(strstr(err.message, "the schedule of job 'b'"));
	scene_close(&scene);
}

/* However it is written, and whatever stands behind it. */
static void jobs_of_one_host_wait_for_one_another(void **state)
{
	static const struct {
		const char *sources[3];
		size_t started; /* of those, where a host may have one run */
	} rows[] = {
		{{"https://feeds.example/a.xml", "https://feeds.example/b.xml", "https://feeds.example?c"}, 1},
		{{"https://feeds.example/a.xml", "HTTPS://Feeds.Example/a.xml", "https://feeds.example:8443/a.xml"}, 1},
		{{"https://feeds.example#c", "https://feeds.example", "https://feeds.example/"}, 1},
		{{"https://feeds.example/a.xml", "https://other.example/a.xml", "https://feeds.example.other/a.xml"}, 3},
		{{"https://one.example/http://two.example/", "https://two.example/", "https://one.example/"}, 2},
		{{"/srv/a.xml", "b.xml", "-"}, 3},
		{{"https://", "https:///a.xml", "https://[/a.xml"}, 3},
		/* A run refuses credentials in a URL. */
		{{"https://user@feeds.example/a.xml", "https://feeds.example/a.xml", "https://user@feeds.example/b.xml"}, 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene scene;

		scene_open(&scene, 3);
		scene.config.daemon.per_host = 1;
		for (size_t job = 0; job < 3; job++)
			scene.jobs[job].source = rows[i].sources[job];
		make(&scene, T0 + MINUTE);
		struct planner *planner = roster_planner(scene.roster);
		planner_step(planner, T0 + HOUR);
		size_t started = 0;
		uint32_t number;
		int64_t due_ms;
		while (planner_start(planner, T0 + HOUR, &number, &due_ms))
			started++;
		assert_int_equal(started, rows[i].started);
		scene_close(&scene);
	}
}

/* From a configuration that has been read to a daemon that waits, with its ledger. */
static void a_hundred_thousand_jobs_are_on_the_roster_soon(void **state)
{
	static const size_t count = 100000;
	struct job_config *jobs = calloc(count, sizeof(*jobs));
	char(*names)[32] = calloc(count, sizeof(*names));
	char(*texts)[64] = calloc(count, sizeof(*texts));
	struct scene scene;

	(void)state;
	assert_true(jobs && names && texts);
	scene_open(&scene, 0);
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "job%06zu", i);
		(void)snprintf(texts[i], 16, "%zu %zu * * *", i % 60, i / 60 % 24);
		(void)snprintf(texts[i] + 16, 48, "https://host%zu.example/feed.xml", i % 1000);
		job_config_init(&jobs[i], names[i]);
		jobs[i].source = texts[i] + 16;
		jobs[i].schedule.expression = texts[i];
		jobs[i].schedule.time_zone = "Europe/Warsaw";
		jobs[i].schedule.active_from_ms = INT64_MIN;
		jobs[i].schedule.active_until_ms = INT64_MAX;
		jobs[i].schedule.retry_attempts = 3;
	}
	scene.config.jobs = jobs;
	scene.config.job_count = count;
	for (int round = 0; round < 2; round++) {
		const clock_t begin = clock();

		forget(&scene);
		make(&scene, T0);
		const double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
		print_message("a roster of 100,000 jobs, %s: %.2f s\n", round == 0 ? "all new to the store" : "known to the store",
		              seconds);
		assert_true(seconds < 30); /* on a slow machine under a sanitizer; the aim is 2 */
	}
	assert_int_equal(roster_count(scene.roster), count);
	scene_close(&scene);
	free(jobs);
	free(names);
	free(texts);
}

int roster_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_is_seen_to_from_when_it_is_first_seen),
		cmocka_unit_test(the_ledger_says_what_is_left_to_do),
		cmocka_unit_test(followers_know_whom_they_follow_and_what_they_have_missed),
		cmocka_unit_test(a_new_roster_takes_over_what_goes_on),
		cmocka_unit_test(a_schedule_at_fault_is_told),
		cmocka_unit_test(jobs_of_one_host_wait_for_one_another),
		cmocka_unit_test(a_hundred_thousand_jobs_are_on_the_roster_soon),
	};

	return cmocka_run_group_tests_name("roster", tests, NULL, NULL);
}
