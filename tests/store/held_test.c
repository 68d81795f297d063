/* Held runs in the ledger: which of them wait, and which were approved or overtaken. */
#include "store_support.h"
#include "store_tests.h"

#include <stdio.h>

#define RUN(id, job, catalog, trigger, outcome, parent, digest, feed)                                                      \
	"INSERT INTO run (run_id, job, catalog, trigger, started_at_ms, outcome, parent_run_id, plan_digest, feed_sha256)" \
	" VALUES (" #id ", '" job "', '" catalog "', '" trigger "', 1, '" outcome "', " parent ", '" digest "', '" feed "');"
#define HELD(id, digest, feed) RUN(id, "acme", "main", "manual", "held", "NULL", digest, feed)
#define MANUAL(id, outcome) RUN(id, "acme", "main", "manual", outcome, "NULL", "d", "f")

static void what_became_of_a_held_run_is_told_with_it(void **state)
{
	static const struct {
		const char *sql;
		const char *expected; /* of run 1: approved by, superseded by */
		const char *waiting;  /* held_run_id of the job */
	} rows[] = {
		{HELD(1, "d", "f"), "-|-", "1"},
		{HELD(1, "d", "f") MANUAL(2, "applied"), "-|2", "-"},
		{HELD(1, "d", "f") MANUAL(2, "unchanged") MANUAL(3, "applied"), "-|2", "-"},
		{HELD(1, "d", "f") MANUAL(2, "failed") MANUAL(3, "planned") MANUAL(4, "cancelled") MANUAL(5, "running"), "-|-",
	         "1"},
		{HELD(1, "d", "f") HELD(2, "d", "f"), "-|2", "2"},
		{HELD(1, "d", "f") HELD(2, "e", "f"), "-|-", "2"},
		{HELD(1, "d", "f") HELD(2, "d", "g"), "-|-", "2"},
		{HELD(1, "d", "f") HELD(2, "e", "f") MANUAL(3, "applied") MANUAL(4, "failed"), "-|3", "-"},
		{HELD(1, "d", "f") RUN(2, "other", "main", "manual", "applied", "NULL", "d", "f"), "-|-", "1"},
		{HELD(1, "d", "f") RUN(2, "acme", "staging", "manual", "applied", "NULL", "d", "f"), "-|-", "1"},
		{HELD(1, "d", "f") RUN(2, "acme", "main", "approve", "applied", "1", "d", "f"), "2|2", "-"},
		{HELD(1, "d", "f") RUN(2, "acme", "main", "approve", "failed", "1", "d", "f"), "-|-", "1"},
		{HELD(1, "d", "f") RUN(2, "acme", "main", "replay", "applied", "1", "d", "f"), "-|2", "-"},
		{HELD(1, "d", "f") RUN(2, "acme", "main", "undo", "applied", "NULL", "d", "f"), "-|-", "1"},
		{MANUAL(1, "applied") MANUAL(2, "applied"), "-|-", "-"},
	};
	const struct store_selection run = {.list = STORE_LIST_RUNS, .run_id = 1};
	const struct store_selection job = {.list = STORE_LIST_JOBS, .job = "acme"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world world;

		world_open(&world);
		world_execute(&world, "INSERT INTO job_name (job) VALUES ('acme')");
		world_execute(&world, rows[i].sql);
		assert_list(world.store, &run, "approved_by_run_id superseded_by_run_id", rows[i].expected);
		assert_list(world.store, &job, "held_run_id", rows[i].waiting);
		world_close(&world);
	}
}

static void the_command_line_and_the_fetch_of_a_run_are_kept(void **state)
{
	const struct store_selection run = {.list = STORE_LIST_RUNS, .run_id = 1};
	struct run_start start = make_start(1);
	const struct run_end end = {.outcome = "held", .finished_at_ms = 5, .bytes = 3, .fetched = "{\"bytes\":3}"};
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	start.settings = "{\"ad_hoc\":true}";
	world_open(&world);
	assert_int_equal(store_run_begin(world.store, &start, &ticket, &err), 0);
	assert_list(world.store, &run, "settings fetched", "={\"ad_hoc\":true}|-");
	assert_int_equal(store_run_end(world.store, &ticket, &end, &err), 0);
	assert_list(world.store, &run, "settings fetched", "={\"ad_hoc\":true}|={\"bytes\":3}");
	world_close(&world);
}

int held_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_became_of_a_held_run_is_told_with_it),
		cmocka_unit_test(the_command_line_and_the_fetch_of_a_run_are_kept),
	};

	return cmocka_run_group_tests_name("held", tests, NULL, NULL);
}
