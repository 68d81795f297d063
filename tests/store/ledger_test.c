/* The ledger: what a run's row says at its begin and at its end, and finding it again. */
#include "store_support.h"
#include "store_tests.h"

#include <stdio.h>

static void a_run_has_its_row_before_it_does_anything(void **state)
{
	const struct run_start start = make_start(1700000000000);
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	world_open(&world);
	assert_int_equal(store_run_begin(world.store, &start, &ticket, &err), 0);
	assert_int_equal(ticket.run_id, 1);
	assert_int_equal(ticket.now_ms, 1700000000000);
	assert_query(&world,
	             "SELECT run_id, job, catalog, trigger, outcome, started_at_ms, finished_at_ms, config_digest, counts FROM run",
	             "1|acme|main|manual|running|1700000000000|-|c0ffee|-");
	assert_query(&world, "SELECT catalog_key, catalog FROM catalog_name", "1|main");
	assert_query(&world, "SELECT job_key, job FROM job_name", "1|acme");
	world_close(&world);
}

static void a_run_that_read_nothing_has_null_counts(void **state)
{
	struct error failure = ERROR_INIT, err = ERROR_INIT;
	struct run_end end = {.outcome = "failed", .finished_at_ms = 5, .bytes = -1, .error = &failure};
	struct run_ticket ticket;
	struct world world;

	(void)state;
	world_open(&world);
	ticket = world_ticket(&world, "acme", "main");
	assert_int_equal(store_run_end(world.store, &ticket, &end, &err), 0);
	assert_query(
		&world,
		"SELECT outcome, finished_at_ms, source, feed_sha256, bytes, dialect, encoding, plan_digest, error, counts FROM run",
		"failed|5|-|-|-|-|-|-|-|-");
	world_close(&world);
}

static void an_end_says_everything(void **state)
{
	struct error failure = ERROR_INIT, err = ERROR_INIT;
	struct run_counts counts = {.records = {.read = 3, .parsed = 3, .mapped = 2, .rejected = 1}};
	struct run_end end = {
		.outcome = "failed",
		.finished_at_ms = 77,
		.source = "https://shop.example/feed?key=***",
		.feed_sha256 = "abc",
		.bytes = 0,
		.dialect = "yml",
		.encoding = "UTF-8",
		.counts = &counts,
		.plan_digest = "d1",
		.error = &failure,
	};
	struct run_ticket ticket;
	struct world world;

	(void)state;
	(void)error_set(&failure, ERROR_FEED, "tag 'x\"y' is not closed");
	error_locate(&failure, 12, 3, 4711);
	world_open(&world);
	ticket = world_ticket(&world, "acme", "main");
	assert_int_equal(store_run_end(world.store, &ticket, &end, &err), 0);
	assert_query(&world, "SELECT outcome, finished_at_ms, source, feed_sha256, bytes, dialect, encoding, plan_digest FROM run",
	             "failed|77|https://shop.example/feed?key=***|abc|0|yml|UTF-8|d1");
	assert_query(&world, "SELECT error FROM run",
	             "{\"code\":\"feed\",\"message\":\"tag 'x\\\"y' is not closed\",\"line\":12,\"column\":3,\"byte\":4711}");
	assert_query(&world, "SELECT json_extract(counts, '$.records.read'), json_extract(counts, '$.records.rejected') FROM run",
	             "3|1");
	world_close(&world);
}

static void a_row_that_was_taken_away_is_missed(void **state)
{
	const struct run_end end = {.outcome = "failed", .finished_at_ms = 5, .bytes = -1};
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	world_open(&world);
	ticket = world_ticket(&world, "acme", "main");
	world_execute(&world, "DELETE FROM run");
	assert_int_equal(store_run_end(world.store, &ticket, &end, &err), -1);
	assert_error(&err, ERROR_STORE, "run 1 is gone from the ledger");
	assert_int_equal(sqlite3_get_autocommit(world.store->database), 1);
	/* Its number is not given to another run. */
	world_execute(&world, "DELETE FROM job_lease");
	assert_int_equal(world_ticket(&world, "acme", "main").run_id, 2);
	world_close(&world);
}

static void names_are_taken_as_they_are(void **state)
{
	static const char *const names[] = {"it's", "a\"b", "100%", "x'; DROP TABLE run; --", "caf\xC3\xA9", "\xF0\x9F\x91\x9F",
	                                    " ",    "ACME", "acme"};
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	world_open(&world);
	for (size_t index = 0; index < sizeof(names) / sizeof(names[0]); index++) {
		const struct run_ticket ticket = world_ticket(&world, names[index], names[index]);
		char expected[128];
		int64_t run_id;

		assert_int_equal(ticket.run_id, index + 1);
		assert_int_equal(ticket.job_key, index + 1);
		assert_int_equal(ticket.catalog_key, index + 1);
		assert_int_equal(store_run_find(world.store, names[index], &run_id, &err), 0);
		assert_int_equal(run_id, index + 1);
		(void)snprintf(expected, sizeof(expected), "%zu|%s|%s", index + 1, names[index], names[index]);
		assert_list(world.store, &(struct store_selection){.list = STORE_LIST_RUNS, .job = names[index]},
		            "run_id job catalog", expected);
		assert_list(world.store, &(struct store_selection){.list = STORE_LIST_JOBS, .job = names[index]},
		            "run_id job catalog", expected);
	}
	world_close(&world);
}

static void a_run_is_found_by_number_or_by_job(void **state)
{
	static const struct {
		const char *name;
		int64_t run_id; /* 0 = not found */
	} rows[] = {
		{"1", 1},
		{"3", 3},
		{"acme", 3},
		{"other", 2},
		{"7", 4}, /* a job called 7 */
		{"4", 4},
		{"8", 0},
		{"0", 0},
		{"-1", 0},
		{"", 0},
		{"nobody", 0},
		{"1x", 0},
		{" 1", 0},
		{"99999999999999999999", 0},
		{"ACM%", 0},
		{"acme' OR 1=1 --", 0},
	};
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	world_open(&world);
	for (size_t index = 0; index < 4; index++) {
		static const char *const jobs[] = {"acme", "other", "acme", "7"};
		const struct run_ticket ticket = world_ticket(&world, jobs[index], "main");

		world_end_run(&world, &ticket, "unchanged");
	}
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		int64_t run_id = -5;
		const int result = store_run_find(world.store, rows[row].name, &run_id, &err);

		if (rows[row].run_id > 0) {
			assert_int_equal(result, 0);
			assert_int_equal(run_id, rows[row].run_id);
		} else {
			assert_int_equal(result, -1);
			assert_int_equal(err.code, ERROR_NOT_FOUND);
			assert_int_equal(run_id, -5);
		}
	}
	world_close(&world);
}

int ledger_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_has_its_row_before_it_does_anything),
		cmocka_unit_test(a_run_that_read_nothing_has_null_counts),
		cmocka_unit_test(an_end_says_everything),
		cmocka_unit_test(a_row_that_was_taken_away_is_missed),
		cmocka_unit_test(names_are_taken_as_they_are),
		cmocka_unit_test(a_run_is_found_by_number_or_by_job),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
