/* Instants of schedules: each is taken once, again only where it is worth it, and by one run at a time. */
#include "store_support.h"
#include "store_tests.h"

#include "base/limits.h"
#include "store/due.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DUE INT64_C(1700000000000)
#define NOW (DUE + 5000)

static struct run_start due_start(int64_t due_at_ms, int64_t now_ms, int64_t attempts)
{
	struct run_start start = make_start(now_ms);

	start.trigger = "schedule";
	start.due_at_ms = due_at_ms;
	start.attempts = attempts;
	return start;
}

static struct run_ticket take_well(struct world *world, const struct run_start *start)
{
	struct error err = ERROR_INIT;
	struct run_ticket ticket = {.run_id = 0};

	if (ledger_run_begin(world->store, start, make_world(NULL), &ticket, &err) < 0)
		fail_msg("%s", err.message);
	return ticket;
}

static void end_well(struct world *world, const struct run_ticket *ticket, const char *outcome, int64_t retry_at_ms)
{
	const struct run_end end = {.outcome = outcome, .finished_at_ms = NOW + 1000, .retry_at_ms = retry_at_ms, .bytes = -1};
	struct error err = ERROR_INIT;

	assert_int_equal(store_run_end(world->store, ticket, &end, &err), 0);
}

static struct due_state read_state(struct world *world, const char *job, int64_t attempts, int64_t now_ms)
{
	struct due_reader *reader;
	struct due_state state;
	struct error err = ERROR_INIT;

	assert_int_equal(due_reader_open(world->store, &reader, &err), 0);
	if (due_reader_read(reader, job, attempts, now_ms, &state, &err) < 0)
		fail_msg("%s", err.message);
	due_reader_close(reader);
	return state;
}

static void an_instant_is_taken_with_the_run_that_is_for_it(void **state)
{
	const struct run_start start = due_start(DUE, NOW, 3);
	struct world world;

	(void)state;
	world_open(&world);
	assert_int_equal(take_well(&world, &start).attempt, 1);
	assert_query(&world, "SELECT trigger, due_at_ms, attempt, retry_at_ms, outcome FROM run",
	             "schedule|1700000000000|1|-|running");
	world_close(&world);
}

static void a_run_by_hand_takes_none(void **state)
{
	const struct run_start start = make_start(NOW);
	struct world world;

	(void)state;
	world_open(&world);
	assert_int_equal(take_well(&world, &start).attempt, 0);
	assert_query(&world, "SELECT due_at_ms, attempt FROM run", "-|-");
	assert_int_equal(read_state(&world, "acme", 1, NOW).standing, DUE_NEVER);
	world_close(&world);
}

static void an_instant_is_taken_again_only_where_it_is_worth_it(void **state)
{
	static const struct {
		const char *label;
		const char *outcome;
		int64_t retry_at_ms;
		int64_t attempts;
		int64_t wait_ms;      /* from NOW, of the one who comes */
		int64_t due_later_ms; /* what he comes for, behind DUE */
		enum error_code code;
	} rows[] = {
		{"applied", "applied", 0, 3, 9000, 0, ERROR_NOT_DUE},
		{"unchanged", "unchanged", 0, 3, 9000, 0, ERROR_NOT_DUE},
		{"held", "held", 0, 3, 9000, 0, ERROR_NOT_DUE},
		{"failed for good", "failed", 0, 3, 9000, 0, ERROR_NOT_DUE},
		{"failed for a time", "failed", NOW + 2000, 3, 2000, 0, ERROR_NONE},
		{"failed for a time, too early", "failed", NOW + 2000, 3, 1999, 0, ERROR_TOO_EARLY},
		{"failed for a time, its only attempt", "failed", NOW + 2000, 1, 9000, 0, ERROR_NOT_DUE},
		{"failed by a clock that was ahead", "failed", NOW + LIMIT_RETRY_AFTER_MS + 3001, 3, 3000, 0, ERROR_NONE},
		{"to wait for a day", "failed", NOW + LIMIT_RETRY_AFTER_MS, 3, 3000, 0, ERROR_TOO_EARLY},
		{"cancelled", "cancelled", 0, 1, 1, 0, ERROR_NONE},
		{"interrupted", "interrupted", 0, 1, 1, 0, ERROR_NONE},
		{"the next instant", "applied", 0, 1, 9000, 1, ERROR_NONE},
		{"the next instant, while the last waits", "failed", NOW + 2000, 3, 1999, 1, ERROR_TOO_EARLY},
		{"the next instant, when the last has waited", "failed", NOW + 2000, 3, 2000, 1, ERROR_NONE},
		{"the next instant, while the server wants to be left alone", "failed", NOW + 2000, 1, 1999, 1, ERROR_TOO_EARLY},
		{"an instant before", "applied", 0, 3, 9000, -1, ERROR_NOT_DUE},
		{"an instant before, while the last waits", "failed", NOW + 2000, 3, 9000, -1, ERROR_NOT_DUE},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct run_start start = due_start(DUE, NOW, rows[row].attempts);
		struct error err = ERROR_INIT;
		struct run_ticket ticket;
		struct world world;

		world_open(&world);
		ticket = take_well(&world, &start);
		end_well(&world, &ticket, rows[row].outcome, rows[row].retry_at_ms);
		start = due_start(DUE + rows[row].due_later_ms, NOW + rows[row].wait_ms, rows[row].attempts);
		(void)!ledger_run_begin(world.store, &start, make_world(NULL), &ticket, &err); /* its error is looked at */
		if (err.code != rows[row].code)
			fail_msg("%s: %s", rows[row].label, err.message);
		if (err.code == ERROR_NONE && rows[row].due_later_ms == 0)
			assert_int_equal(ticket.attempt, 2);
		assert_query(&world, "SELECT count(*) FROM run", err.code == ERROR_NONE ? "2" : "1");
		world_close(&world);
	}
}

static void one_run_at_a_time_has_an_instant(void **state)
{
	struct process alive = {100, 7};
	struct run_start start = due_start(DUE, NOW, 1);
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	world_open(&world);
	(void)take_well(&world, &start);
	start.pid = 200;
	/* It lives: it has the instant. It does not: it changed nothing. */
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(&alive), &ticket, &err), -1);
	assert_error(&err, ERROR_NOT_DUE, "run 1, process 100");
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(NULL), &ticket, &err), 0);
	assert_int_equal(ticket.attempt, 2);
	assert_query(&world, "SELECT outcome, attempt FROM run ORDER BY run_id", "interrupted|1\nrunning|2");
	/* Another host's is known to be dead by its lease only. */
	start.host = "there";
	start.now_ms = NOW + LIMIT_LEASE_MS - 1;
	error_clear(&err);
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(NULL), &ticket, &err), -1);
	assert_int_equal(err.code, ERROR_NOT_DUE);
	start.now_ms = NOW + LIMIT_LEASE_MS;
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(NULL), &ticket, &err), 0);
	assert_int_equal(ticket.attempt, 3);
	world_close(&world);
}

static void a_run_by_hand_does_not_have_the_instant(void **state)
{
	struct process alive = {100, 7};
	struct run_start start = make_start(NOW);
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	world_open(&world);
	(void)take_well(&world, &start);
	start = due_start(DUE, NOW, 1);
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(&alive), &ticket, &err), -1);
	assert_int_equal(err.code, ERROR_LEASE);
	world_close(&world);
}

static void what_kills_every_run_is_not_begun_for_ever(void **state)
{
	const struct run_start start = due_start(DUE, NOW, 1);
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	world_open(&world);
	for (int64_t attempt = 1; attempt <= LIMIT_DUE_STARTS; attempt++)
		assert_int_equal(take_well(&world, &start).attempt, attempt);
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(NULL), &ticket, &err), -1);
	assert_error(&err, ERROR_NOT_DUE, "3 runs have seen to it");
	world_close(&world);
}

static void the_ledger_tells_how_a_job_stands(void **state)
{
	const char *const jobs[] = {"acme", "other"};
	struct run_start start = due_start(DUE, NOW, 2);
	struct error err = ERROR_INIT;
	struct due_state due;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	world_open(&world);
	due = read_state(&world, "acme", 2, NOW);
	assert_int_equal(due.standing, DUE_NEVER);
	assert_int_equal(due.known_since_ms, 0);
	assert_int_equal(due.succeeded_at_ms, 0);
	assert_int_equal(store_due_enlist(world.store, jobs, 2, 4711, &err), 0);
	assert_int_equal(store_due_enlist(world.store, jobs, 2, 4712, &err), 0);
	assert_int_equal(read_state(&world, "acme", 2, NOW).known_since_ms, 4711);
	ticket = take_well(&world, &start);
	due = read_state(&world, "acme", 2, NOW);
	assert_int_equal(due.standing, DUE_RUNNING);
	assert_int_equal(due.due_at_ms, DUE);
	/* By a clock that is behind, nothing has been taken yet. */
	assert_int_equal(read_state(&world, "acme", 2, DUE - 1).standing, DUE_NEVER);
	end_well(&world, &ticket, "failed", NOW + 7000);
	due = read_state(&world, "acme", 2, NOW);
	assert_int_equal(due.standing, DUE_AGAIN);
	assert_int_equal(due.attempt, 1);
	assert_int_equal(due.not_before_ms, NOW + 7000);
	assert_int_equal(due.succeeded_at_ms, 0);
	assert_int_equal(read_state(&world, "acme", 1, NOW).standing, DUE_DONE);
	start.now_ms = NOW + 7000;
	ticket = take_well(&world, &start);
	end_well(&world, &ticket, "unchanged", 0);
	due = read_state(&world, "acme", 2, NOW + 9000);
	assert_int_equal(due.standing, DUE_DONE);
	assert_int_equal(due.attempt, 2);
	assert_int_equal(due.succeeded_at_ms, NOW + 1000);
	assert_int_equal(read_state(&world, "nobody", 2, NOW).standing, DUE_NEVER);
	world_close(&world);
}

/* Two programs that cannot know of each other, many times. */
static void of_many_who_come_at_once_one_takes_it(void **state)
{
	char location[128];
	struct world world;
	pid_t children[6];

	(void)state;
	world_open(&world);
	(void)snprintf(location, sizeof(location), "sqlite:%s/market.db", world.folder);
	for (size_t i = 0; i < sizeof(children) / sizeof(children[0]); i++) {
		children[i] = fork();
		if (children[i] == 0) {
			struct run_start start = due_start(DUE, NOW, 1);
			const struct run_end end = {.outcome = "unchanged", .finished_at_ms = NOW, .bytes = -1};
			struct error err = ERROR_INIT;
			struct run_ticket ticket;
			struct store *store;

			start.pid = getpid();
			start.process_start = 0; /* the start made up is nobody's */
			if (store_open(location, STORE_WRITE, &store, &err) < 0)
				_exit(3);
			if (store_run_begin(store, &start, &ticket, &err) < 0)
				_exit(err.code == ERROR_NOT_DUE ? 1 : 2);
			_exit(store_run_end(store, &ticket, &end, &err) == 0 ? 0 : 3);
		}
	}
	int taken = 0;
	for (size_t i = 0; i < sizeof(children) / sizeof(children[0]); i++) {
		int status = 0;

		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status));
		assert_true(WEXITSTATUS(status) <= 1);
		taken += WEXITSTATUS(status) == 0;
	}
	assert_int_equal(taken, 1);
	assert_query(&world, "SELECT outcome, attempt FROM run", "unchanged|1");
	world_close(&world);
}

int due_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_instant_is_taken_with_the_run_that_is_for_it),
		cmocka_unit_test(a_run_by_hand_takes_none),
		cmocka_unit_test(an_instant_is_taken_again_only_where_it_is_worth_it),
		cmocka_unit_test(one_run_at_a_time_has_an_instant),
		cmocka_unit_test(a_run_by_hand_does_not_have_the_instant),
		cmocka_unit_test(what_kills_every_run_is_not_begun_for_ever),
		cmocka_unit_test(the_ledger_tells_how_a_job_stands),
		cmocka_unit_test(of_many_who_come_at_once_one_takes_it),
	};

	return cmocka_run_group_tests_name("due", tests, NULL, NULL);
}
