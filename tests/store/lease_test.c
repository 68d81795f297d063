/* Leases: one run of a job at a time, healed after its holder's death, with tokens that fence out the late. */
#include "store_support.h"
#include "store_tests.h"

#include "base/limits.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct run_ticket begin_well(struct world *world, const struct run_start *start, struct lease_world processes)
{
	struct error err = ERROR_INIT;
	struct run_ticket ticket = {.run_id = 0};

	if (ledger_run_begin(world->store, start, processes, &ticket, &err) < 0)
		fail_msg("%s", err.message);
	return ticket;
}

static void a_lease_is_free_when_its_holder_is_gone(void **state)
{
	static const struct {
		const char *label;
		const char *host; /* of the one who comes */
		int64_t wait_ms;
		struct process alive;
		bool is_free;
	} rows[] = {
		{"a living holder", "here", 1000, {100, 7}, false},
		{"the last moment of a living holder", "here", LIMIT_LEASE_MS - 1, {100, 7}, false},
		{"an expired lease of a living holder of this host", "here", LIMIT_LEASE_MS, {100, 7}, false},
		{"a living holder, years later", "here", INT64_C(5000000000000), {100, 7}, false},
		{"a living holder, years earlier", "here", -INT64_C(5000000000000), {100, 7}, false},
		{"a dead holder, years earlier", "here", -INT64_C(5000000000000), {0, 0}, true},
		{"another host's lease, years later", "there", INT64_C(5000000000000), {100, 7}, true},
		{"another host's lease, years earlier", "there", -INT64_C(5000000000000), {100, 7}, false},
		{"a dead holder", "here", 0, {0, 0}, true},
		{"another process of the same number", "here", 0, {100, 8}, true},
		{"a process that only one host can know", "there", 1000, {0, 0}, false},
		{"an unknown host", "", 1000, {0, 0}, false},
		{"an expired lease of another host", "there", LIMIT_LEASE_MS, {0, 0}, true},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct run_start start = make_start(50000);
		struct process alive = rows[row].alive;
		struct error err = ERROR_INIT;
		struct run_ticket first, second;
		struct world world;

		world_open(&world);
		first = begin_well(&world, &start, make_world(NULL));
		start = make_start(50000 + rows[row].wait_ms);
		start.host = rows[row].host;
		start.pid = 200;
		if ((ledger_run_begin(world.store, &start, make_world(&alive), &second, &err) == 0) != rows[row].is_free)
			fail_msg("%s: %s", rows[row].label, err.message);
		if (rows[row].is_free) {
			assert_true(second.lease_token > first.lease_token);
			assert_int_equal(second.job_key, first.job_key);
			assert_query(&world, "SELECT run_id, outcome FROM run ORDER BY run_id", "1|interrupted\n2|running");
			assert_query(
				&world,
				"SELECT r.finished_at_ms = s.started_at_ms FROM run r, run s WHERE r.run_id = 1 AND s.run_id = 2",
				"1");
		} else {
			assert_error(&err, ERROR_LEASE, "job 'acme' is being run already: run 1, process 100 on host 'here'");
			assert_query(&world, "SELECT run_id, outcome, finished_at_ms FROM run", "1|running|-");
			assert_query(&world, "SELECT run_id, pid FROM job_lease", "1|100");
		}
		assert_int_equal(sqlite3_get_autocommit(world.store->database), 1);
		world_close(&world);
	}
}

/* A clock that was years ahead when the lease was given must not block for years. */
static void a_lease_of_another_clock_ends_when_its_holder_is_silent(void **state)
{
	struct run_start start = make_start(INT64_C(5000000000000));
	struct error err = ERROR_INIT;
	struct run_ticket first, second;
	struct world world;

	(void)state;
	world_open(&world);
	first = begin_well(&world, &start, make_world(NULL));
	start.host = "there";
	for (int round = 0; round < 3; round++) {
		start.now_ms = 1000 + round * LIMIT_LEASE_MS;
		assert_int_equal(ledger_run_begin(world.store, &start, make_world(NULL), &second, &err), -1);
		assert_int_equal(err.code, ERROR_LEASE);
		error_clear(&err);
		/* It lives, and says so by its own clock. */
		assert_int_equal(store_run_renew(world.store, &first, INT64_C(5000000000000), &err), 0);
	}
	start.now_ms += LIMIT_LEASE_MS;
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(NULL), &second, &err), -1);
	error_clear(&err);
	start.now_ms += LIMIT_LEASE_MS - 1;
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(NULL), &second, &err), -1);
	error_clear(&err);
	start.now_ms++;
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(NULL), &second, &err), 0);
	assert_query(&world, "SELECT run_id, outcome FROM run", "1|interrupted\n2|running");
	world_close(&world);
}

static void any_run_that_begins_heals_the_leases_of_the_dead(void **state)
{
	struct process alive = {300, 7};
	struct run_start start = make_start(1000);
	struct world world;

	(void)state;
	world_open(&world);
	(void)begin_well(&world, &start, make_world(NULL));
	start.job = "living";
	start.pid = 300;
	(void)begin_well(&world, &start, make_world(&alive));
	start.job = "far";
	start.host = "there";
	(void)begin_well(&world, &start, make_world(&alive));
	start = make_start(1000 + 2 * LIMIT_LEASE_MS);
	start.job = "next";
	(void)begin_well(&world, &start, make_world(&alive));
	assert_query(&world, "SELECT job, outcome FROM run ORDER BY run_id",
	             "acme|interrupted\nliving|running\nfar|running\nnext|running");
	assert_query(&world, "SELECT count(*) FROM job_lease WHERE run_id IS NULL", "1");
	world_close(&world);
}

static void a_sign_of_life_never_waits(void **state)
{
	struct run_start start = make_start(1000);
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct store *other;
	struct world world;
	char location[128];

	(void)state;
	world_open(&world);
	(void)snprintf(location, sizeof(location), "sqlite:%s/market.db", world.folder);
	ticket = begin_well(&world, &start, make_world(NULL));
	other = open_well(location, STORE_WRITE);
	world_execute(&world, "BEGIN IMMEDIATE");
	assert_int_equal(store_run_renew(other, &ticket, 2000, &err), 1);
	assert_int_equal(err.code, ERROR_NONE);
	world_execute(&world, "ROLLBACK");
	assert_int_equal(store_run_renew(other, &ticket, 2000, &err), 0);
	assert_query(&world, "SELECT expires_at_ms FROM job_lease", "62000");
	store_close(other);
	world_close(&world);
}

/* The lease cannot be taken while its holder applies; that it still has it is looked at once more before the commit. */
static void a_lease_that_is_lost_fails_the_commit(void **state)
{
	const struct run_start start = make_start(1000);
	struct error err = ERROR_INIT;
	struct apply *apply;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	world_open(&world);
	ticket = begin_well(&world, &start, make_world(NULL));
	assert_int_equal(apply_begin(world.store, &ticket,
	                             &(struct apply_policy){.missing = APPLY_MISSING_DELETE, .missing_after = 1}, NULL, &apply,
	                             &err),
	                 0);
	assert_int_equal(apply_finish(apply, &err), 0);
	world_execute(&world, "UPDATE job_lease SET token = token + 1");
	assert_int_equal(apply_commit(apply, &(struct run_end){.outcome = "applied", .bytes = 1},
	                              &(struct job_memory){.is_clean = true}, &err),
	                 -1);
	assert_error(&err, ERROR_LEASE, "run 1 has lost its lease");
	assert_query(&world, "SELECT outcome, (SELECT count(*) FROM job_memory) FROM run", "running|0");
	world_close(&world);
}

static void an_empty_host_of_the_holder_is_no_host(void **state)
{
	struct run_start start = make_start(1000);
	struct run_ticket ticket;
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	world_open(&world);
	start.host = "";
	(void)begin_well(&world, &start, make_world(NULL));
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(NULL), &ticket, &err), -1);
	assert_int_equal(err.code, ERROR_LEASE);
	world_close(&world);
}

static void a_lease_is_given_back_at_the_end(void **state)
{
	static const char *const outcomes[] = {"unchanged", "planned", "failed", "cancelled"};
	struct process alive = {100, 7};
	struct error err = ERROR_INIT;
	struct world world;
	int64_t token = 0;

	(void)state;
	world_open(&world);
	for (size_t index = 0; index < sizeof(outcomes) / sizeof(outcomes[0]); index++) {
		const struct run_start start = make_start(1000);
		const struct run_end end = {.outcome = outcomes[index], .finished_at_ms = 2000, .bytes = -1};
		const struct run_ticket ticket = begin_well(&world, &start, make_world(&alive));

		assert_true(ticket.lease_token > token);
		token = ticket.lease_token;
		assert_int_equal(store_run_end(world.store, &ticket, &end, &err), 0);
		assert_query(&world,
		             "SELECT count(*) FROM job_lease WHERE run_id IS NULL AND pid IS NULL AND expires_at_ms IS NULL", "1");
	}
	assert_query(&world, "SELECT outcome FROM run ORDER BY run_id", "unchanged\nplanned\nfailed\ncancelled");
	world_close(&world);
}

static void a_sign_of_life_keeps_the_lease(void **state)
{
	struct run_start start = make_start(1000);
	struct error err = ERROR_INIT;
	struct run_ticket first, second;
	struct world world;

	(void)state;
	world_open(&world);
	first = begin_well(&world, &start, make_world(NULL));
	assert_int_equal(store_run_renew(world.store, &first, 1000 + LIMIT_LEASE_MS - 1, &err), 0);
	start.host = "there";
	start.now_ms = 1000 + 2 * LIMIT_LEASE_MS - 2;
	assert_int_equal(store_run_begin(world.store, &start, &second, &err), -1);
	assert_int_equal(err.code, ERROR_LEASE);
	start.now_ms++;
	assert_int_equal(store_run_begin(world.store, &start, &second, &err), 0);
	world_close(&world);
}

static void one_who_comes_late_is_fenced_out(void **state)
{
	struct run_start start = make_start(1000);
	const struct run_end end = {.outcome = "failed", .finished_at_ms = 90000, .bytes = -1};
	struct error err = ERROR_INIT;
	struct apply *apply = NULL;
	struct run_ticket first, second;
	struct world world;

	(void)state;
	world_open(&world);
	first = begin_well(&world, &start, make_world(NULL));
	start.now_ms += LIMIT_LEASE_MS;
	start.host = "there";
	second = begin_well(&world, &start, make_world(NULL));

	assert_int_equal(store_run_renew(world.store, &first, 70000, &err), -1);
	assert_error(&err, ERROR_LEASE, "run 1 has lost its lease");
	assert_int_equal(apply_begin(world.store, &first,
	                             &(struct apply_policy){.missing = APPLY_MISSING_DELETE, .missing_after = 1}, NULL, &apply,
	                             &err),
	                 -1);
	assert_error(&err, ERROR_LEASE, "run 1 has lost its lease");
	assert_int_equal(sqlite3_get_autocommit(world.store->database), 1);

	/* It may still say how it ended, but not give away what is another's. */
	assert_int_equal(store_run_end(world.store, &first, &end, &err), 0);
	assert_query(&world, "SELECT run_id, outcome FROM run", "1|failed\n2|running");
	assert_query(&world, "SELECT run_id FROM job_lease", "2");
	assert_int_equal(store_run_renew(world.store, &second, 70000, &err), 0);

	/* A ticket with the right run and an old token, or the reverse, is none. */
	first.run_id = second.run_id;
	assert_int_equal(lease_check(world.store, &first, &err), -1);
	first = second;
	first.run_id--;
	assert_int_equal(lease_check(world.store, &first, &err), -1);
	assert_int_equal(lease_check(world.store, &second, &err), 0);
	world_close(&world);
}

static void a_released_lease_holds_for_nobody(void **state)
{
	const struct run_start start = make_start(1000);
	const struct run_end end = {.outcome = "failed", .finished_at_ms = 2000, .bytes = -1};
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	world_open(&world);
	ticket = begin_well(&world, &start, make_world(NULL));
	assert_int_equal(store_run_end(world.store, &ticket, &end, &err), 0);
	assert_int_equal(store_run_renew(world.store, &ticket, 3000, &err), -1);
	assert_int_equal(err.code, ERROR_LEASE);
	assert_int_equal(lease_check(world.store, &ticket, &err), -1);
	world_close(&world);
}

static void jobs_do_not_wait_for_each_other(void **state)
{
	struct process alive = {100, 7};
	struct run_start start = make_start(1000);
	struct run_ticket ticket;
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	world_open(&world);
	(void)begin_well(&world, &start, make_world(&alive));
	start.job = "other";
	(void)begin_well(&world, &start, make_world(&alive));
	/* A lease is the job's, whatever catalogue it writes to. */
	start.catalog = "staging";
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(&alive), &ticket, &err), -1);
	assert_int_equal(err.code, ERROR_LEASE);
	assert_query(&world, "SELECT catalog FROM catalog_name", "main");
	world_close(&world);
}

/* The start time of a process that is known not to be the one it has. */
static int64_t another_start(int64_t pid)
{
	char path[64], text[1024];
	FILE *file;
	size_t size;
	const char *field;

	(void)snprintf(path, sizeof(path), "/proc/%" PRId64 "/stat", pid);
	file = fopen(path, "re");
	assert_non_null(file);
	size = fread(text, 1, sizeof(text) - 1, file);
	(void)fclose(file);
	text[size] = '\0';
	field = strrchr(text, ')');
	for (int number = 2; number < 22; number++) {
		assert_non_null(field);
		field = strchr(field + 1, ' ');
	}
	assert_non_null(field);
	return strtoll(field, NULL, 10) + 1;
}

static void the_system_tells_the_living_from_the_dead(void **state)
{
	const struct lease_world system = lease_world_system();
	siginfo_t info;
	int pid;

	(void)state;
	assert_true(system.is_alive(system.context, getpid(), 0));
	assert_true(system.is_alive(system.context, getpid(), another_start(getpid()) - 1));
	assert_false(system.is_alive(system.context, getpid(), another_start(getpid())));
	assert_true(system.is_alive(system.context, 1, 0)); /* another's, which we may not signal */
	assert_false(system.is_alive(system.context, 0, 0));
	assert_false(system.is_alive(system.context, -1, 0));
	assert_false(system.is_alive(system.context, INT64_MAX, 0));

	pid = fork();
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_false(system.is_alive(system.context, pid, 0)); /* dead, and nobody has asked for it yet */
	assert_child_succeeds(pid);
	assert_false(system.is_alive(system.context, pid, 0));
}

static int begin_and_be_killed(const char *location)
{
	struct error err = ERROR_INIT;
	struct run_start start = make_start(1000);
	struct run_ticket ticket;
	struct apply *apply;
	struct store *store;

	start.pid = getpid();
	start.process_start = 0;
	if (store_open(location, STORE_WRITE, &store, &err) < 0 || store_run_begin(store, &start, &ticket, &err) < 0 ||
	    apply_begin(store, &ticket, &(struct apply_policy){.missing = APPLY_MISSING_DELETE, .missing_after = 1}, NULL, &apply,
	                &err) < 0)
		_exit(1);
	(void)kill(getpid(), SIGKILL);
	return 1;
}

static void a_killed_run_does_not_block_the_next(void **state)
{
	struct run_start start = make_start(1001);
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct world world;
	char location[128];
	int pid, status;

	(void)state;
	world_open(&world);
	(void)snprintf(location, sizeof(location), "sqlite:%s/market.db", world.folder);
	store_close(world.store);
	pid = fork();
	if (pid == 0)
		_exit(begin_and_be_killed(location));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	world.store = open_well(location, STORE_WRITE);
	start.pid = getpid();
	assert_int_equal(store_run_begin(world.store, &start, &ticket, &err), 0);
	assert_query(&world, "SELECT run_id, outcome, finished_at_ms FROM run", "1|interrupted|1001\n2|running|-");
	world_close(&world);
}

static void a_lease_with_hostile_content_is_survived(void **state)
{
	static const char *const contents[] = {
		"UPDATE job_lease SET host = printf('%5000d', 1), expires_at_ms = 9223372036854775807",
		"UPDATE job_lease SET host = x'00ff', pid = 'many', process_start = x'', expires_at_ms = 'never'",
		"UPDATE job_lease SET run_id = -9223372036854775808, token = 0, pid = -1, expires_at_ms = NULL",
	};
	struct world world;

	(void)state;
	for (size_t index = 0; index < sizeof(contents) / sizeof(contents[0]); index++) {
		const struct run_start start = make_start(1000);
		struct run_ticket ticket;
		struct error err = ERROR_INIT;

		world_open(&world);
		(void)begin_well(&world, &start, make_world(NULL));
		world_execute(&world, contents[index]);
		if (store_run_begin(world.store, &start, &ticket, &err) < 0)
			assert_int_equal(err.code, ERROR_LEASE);
		world_close(&world);
	}
}

int lease_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lease_is_free_when_its_holder_is_gone),
		cmocka_unit_test(a_lease_of_another_clock_ends_when_its_holder_is_silent),
		cmocka_unit_test(any_run_that_begins_heals_the_leases_of_the_dead),
		cmocka_unit_test(a_sign_of_life_never_waits),
		cmocka_unit_test(a_lease_that_is_lost_fails_the_commit),
		cmocka_unit_test(an_empty_host_of_the_holder_is_no_host),
		cmocka_unit_test(a_lease_is_given_back_at_the_end),
		cmocka_unit_test(a_sign_of_life_keeps_the_lease),
		cmocka_unit_test(one_who_comes_late_is_fenced_out),
		cmocka_unit_test(a_released_lease_holds_for_nobody),
		cmocka_unit_test(jobs_do_not_wait_for_each_other),
		cmocka_unit_test(the_system_tells_the_living_from_the_dead),
		cmocka_unit_test(a_killed_run_does_not_block_the_next),
		cmocka_unit_test(a_lease_with_hostile_content_is_survived),
	};

	return cmocka_run_group_tests_name("lease", tests, NULL, NULL);
}
