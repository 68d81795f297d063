/* Another name for a job: what goes along, and what keeps everything as it was. */
#include "store/job_rename.h"

#include "store/job_state.h"
#include "store_support.h"
#include "store_tests.h"

/* Stands for the move of the job's file. */
struct move {
	int calls;
	bool fails;
};

static int move_file(void *context, struct error *err)
{
	struct move *move = context;

	move->calls++;
	return move->fails ? error_set(err, ERROR_SYSTEM, "no file moves today") : 0;
}

static int rename_job(struct world *world, const char *from, const char *to, struct move *move, struct error *err)
{
	const struct store_rename renaming = {
		.from = from, .to = to, .host = "here", .now_ms = 5000, .context = move, .move = move != NULL ? move_file : NULL};

	return store_job_rename(world->store, &renaming, err);
}

/* A job with a run and a pause, and one that is only paused. */
static void make_jobs(struct world *world)
{
	const struct store_pause pause = {.paused_at_ms = 100, .until_ms = INT64_MAX};
	const struct run_end end = {.outcome = "applied", .finished_at_ms = 2000, .bytes = -1};
	struct error err = ERROR_INIT;
	struct run_ticket ticket;

	world_open(world);
	ticket = world_ticket(world, "acme", "main");
	assert_int_equal(store_run_end(world->store, &ticket, &end, &err), 0);
	assert_int_equal(store_job_pause(world->store, "acme", &pause, &err), 0);
	assert_int_equal(store_job_pause(world->store, "waiting", &pause, &err), 0);
}

#define NAMES                                                                                                     \
	"SELECT j.job, s.paused_at_ms, (SELECT count(*) FROM run r WHERE r.job = j.job), l.token FROM job_name j" \
	" LEFT JOIN job_state s USING (job_key) LEFT JOIN job_lease l USING (job_key) ORDER BY j.job_key"

static void all_that_a_job_has_goes_along(void **state)
{
	struct move move = {0};
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	make_jobs(&world);
	assert_query(&world, NAMES, "acme|100|1|1\nwaiting|100|0|-");
	assert_int_equal(rename_job(&world, "acme", "beta", &move, &err), 1);
	assert_int_equal(move.calls, 1);
	/* The token grows: whoever held the lease has lost it. */
	assert_query(&world, NAMES, "beta|100|1|2\nwaiting|100|0|-");
	/* A name that no run has is free, and nothing of it is left. */
	assert_int_equal(rename_job(&world, "beta", "waiting", NULL, &err), 1);
	assert_query(&world, NAMES, "waiting|100|1|3");
	assert_query(&world, "SELECT count(*) FROM job_state", "1");
	world_close(&world);
}

static void nothing_changes_where_it_cannot_be_done(void **state)
{
	struct move move = {.fails = true};
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	make_jobs(&world);
	assert_int_equal(rename_job(&world, "nobody", "beta", &move, &err), 0);
	assert_int_equal(move.calls, 0);
	assert_int_equal(rename_job(&world, "acme", "beta", &move, &err), -1);
	assert_error(&err, ERROR_SYSTEM, "no file moves today");
	assert_int_equal(move.calls, 1);
	assert_query(&world, NAMES, "acme|100|1|1\nwaiting|100|0|-");
	assert_int_equal(sqlite3_get_autocommit(world.store->database), 1);
	assert_int_equal(rename_job(&world, "waiting", "acme", &move, &err), -1);
	assert_error(&err, ERROR_USAGE, "the store has runs of a job 'acme' already");
	/* It runs: the process of this test lives. */
	ticket = world_ticket(&world, "acme", "main");
	world_execute(&world, "UPDATE job_lease SET host = 'elsewhere', expires_at_ms = 6000");
	assert_int_equal(rename_job(&world, "acme", "beta", &move, &err), -1);
	assert_error(&err, ERROR_LEASE, "job 'acme' is being run already: run 2");
	assert_int_equal(move.calls, 1);
	/* Its host is silent: it is dead, and if it were not, it could write no more. */
	world_execute(&world, "UPDATE job_lease SET expires_at_ms = 5000");
	assert_int_equal(rename_job(&world, "acme", "beta", NULL, &err), 1);
	assert_query(&world, "SELECT job, outcome FROM run ORDER BY run_id", "beta|applied\nbeta|interrupted");
	assert_int_equal(store_run_renew(world.store, &ticket, 5001, &err), -1);
	assert_int_equal(err.code, ERROR_LEASE);
	world_close(&world);
}

int job_rename_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_a_job_has_goes_along),
		cmocka_unit_test(nothing_changes_where_it_cannot_be_done),
	};

	return cmocka_run_group_tests_name("job_rename", tests, NULL, NULL);
}
