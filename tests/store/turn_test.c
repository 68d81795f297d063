/* Writers in order, those who wait in vain or are told to stop, and what they leave to be said. */
#include "store_support.h"
#include "store_tests.h"

#include "base/limits.h"
#include "store/changes.h"
#include "store/sqlite/last_words.h"
#include "store/sqlite/turn.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A clock that goes on with each look at it, and a watch that acts at the n-th call. */
struct watcher {
	int64_t steady_ms;
	int64_t step_ms;
	int calls;
	int stop_at;            /* 0 = never */
	struct store *leave[4]; /* whose turn ends, one after the other … */
	int leave_every;        /* … at every so many calls */
};

static int64_t watcher_now(void *context)
{
	(void)context;
	return 1000;
}

static int64_t watcher_steady(void *context)
{
	struct watcher *watcher = context;

	watcher->steady_ms += watcher->step_ms;
	return watcher->steady_ms;
}

static int watcher_check(void *context, bool is_waiting, struct error *err)
{
	struct watcher *watcher = context;

	(void)is_waiting;
	watcher->calls++;
	if (watcher->leave_every > 0 && watcher->calls % watcher->leave_every == 0) {
		const int index = watcher->calls / watcher->leave_every - 1;
		if (index < 4 && watcher->leave[index] != NULL)
			sqlite_rollback(watcher->leave[index]);
	}
	if (watcher->stop_at == 0 || watcher->calls < watcher->stop_at)
		return 0;
	(void)error_set(err, ERROR_CANCELLED, "stopped by signal 15");
	err->number = SIGTERM;
	return -1;
}

static void watch(struct store *store, struct watcher *watcher, int64_t patience_ms)
{
	store_watch(store, &(struct store_watch){
				   .context = watcher,
				   .clock = {.context = watcher, .now_ms = watcher_now, .steady_ms = watcher_steady},
				   .check = watcher_check,
				   .patience_ms = patience_ms,
			   });
}

static struct store *open_again(const struct world *world)
{
	char location[128];

	(void)snprintf(location, sizeof(location), "sqlite:%s/market.db", world->folder);
	return open_well(location, STORE_WRITE);
}

static const char *queue_path(const struct world *world)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/market.db-queue", world->folder);
	return path;
}

/* How many numbers were drawn. */
static int64_t drawn(const struct world *world)
{
	int64_t number = 0;
	const int fd = open(queue_path(world), O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!pread(fd, &number, sizeof(number), 0);
		(void)close(fd);
	}
	return number;
}

static void begin_well(struct store *store)
{
	struct error err = ERROR_INIT;

	if (sqlite_write_begin(store, &err) < 0)
		fail_msg("%s", err.message);
}

/* ---- Order ---- */

/* A child that writes its letter into `path` when it is told to come, and its turn has come. */
struct child {
	int pid;
	int told; /* write end of the pipe by which it is told */
};

static int write_letter(const char *location, const char *path, char letter)
{
	struct error err = ERROR_INIT;
	struct store *store;

	if (store_open(location, STORE_WRITE, &store, &err) < 0 || sqlite_write_begin(store, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	const int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	const bool is_written = fd >= 0 && write(fd, &letter, 1) == 1;
	sqlite_rollback(store);
	store_close(store);
	return is_written ? 0 : 1;
}

static struct child start_child(const char *location, const char *path, char letter)
{
	struct child child;
	int ends[2];
	char word;

	assert_int_equal(pipe(ends), 0);
	child.told = ends[1];
	child.pid = fork();
	if (child.pid == 0)
		_exit(read(ends[0], &word, 1) == 1 ? write_letter(location, path, letter) : 1);
	(void)close(ends[0]);
	return child;
}

static void who_asks_first_writes_first_and_the_dead_are_not_waited_for(void **state)
{
	static const char letters[] = "abcdef";
	char location[128], path[128], *text;
	struct child children[6];
	struct world world;
	size_t size;

	(void)state;
	world_open(&world);
	(void)snprintf(location, sizeof(location), "sqlite:%s/market.db", world.folder);
	(void)snprintf(path, sizeof(path), "%s/order", world.folder);
	store_close(world.store); /* SQLite does not survive a fork */
	for (int number = 0; number < 6; number++)
		children[number] = start_child(location, path, letters[number]);
	world.store = open_well(location, STORE_WRITE);
	begin_well(world.store);
	for (int number = 0; number < 6; number++) {
		const int64_t before = drawn(&world);

		assert_int_equal(write(children[number].told, "x", 1), 1);
		while (drawn(&world) == before)
			(void)sched_yield();
	}
	(void)kill(children[2].pid, SIGKILL);
	assert_int_equal(waitpid(children[2].pid, NULL, 0), children[2].pid);
	sqlite_rollback(world.store);
	for (int number = 0; number < 6; number++) {
		(void)close(children[number].told);
		if (number != 2)
			assert_child_succeeds(children[number].pid);
	}
	text = file_read(path, &size);
	assert_int_equal(size, 5);
	assert_memory_equal(text, "abdef", 5);
	free(text);
	assert_int_equal(unlink(path), 0);
	world_close(&world);
}

static int be_killed_while_writing(const char *location)
{
	struct error err = ERROR_INIT;
	struct store *store;

	if (store_open(location, STORE_WRITE, &store, &err) < 0 || sqlite_write_begin(store, &err) < 0)
		return 1;
	(void)kill(getpid(), SIGKILL);
	return 1;
}

static void a_writer_that_is_killed_ends_its_turn(void **state)
{
	char location[128];
	struct world world;
	int pid;

	(void)state;
	world_open(&world);
	(void)snprintf(location, sizeof(location), "sqlite:%s/market.db", world.folder);
	store_close(world.store);
	pid = fork();
	if (pid == 0)
		_exit(be_killed_while_writing(location));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	world.store = open_well(location, STORE_WRITE);
	begin_well(world.store);
	sqlite_rollback(world.store);
	world_close(&world);
}

/* ---- Patience ---- */

static void each_writer_ahead_is_waited_for_and_no_longer(void **state)
{
	static const struct {
		const char *label;
		int leave_every; /* calls of the watch between the ends of those ahead; 0 = they do not end */
		int64_t patience_ms;
		bool is_granted;
	} rows[] = {
		{"nobody ends", 0, 1000, false},
		{"each ends soon", 10, 1000, true},
		{"each ends soon, but all of them late", 90, 1000, true},
		{"the first ends too late", 150, 1000, false},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct watcher watcher = {.step_ms = 10, .leave_every = rows[row].leave_every};
		struct error err = ERROR_INIT;
		struct store *ahead[3], *last;
		struct world world;

		world_open(&world);
		last = open_again(&world);
		/* The first writes, the others have drawn their numbers. */
		for (int index = 0; index < 3; index++) {
			ahead[index] = index == 0 ? world.store : open_again(&world);
			watcher.leave[index] = ahead[index];
		}
		begin_well(ahead[0]);
		for (int index = 1; index < 3; index++) {
			struct watcher none = {.stop_at = 1};

			watch(ahead[index], &none, 0);
			assert_int_equal(turn_take(ahead[index], &err), -1); /* in vain, and gone again */
			error_clear(&err);
		}
		watch(last, &watcher, rows[row].patience_ms);
		const int result = sqlite_write_begin(last, &err);
		if ((result == 0) != rows[row].is_granted)
			fail_msg("%s: %s", rows[row].label, err.message);
		if (result == 0) {
			assert_true(store_lock_times(last).wait_ms >= 10);
			assert_true(store_lock_times(last).held_ms > 0);
		} else {
			assert_error(&err, ERROR_STORE_BUSY, "another run is writing to it and did not end within 1 seconds");
			assert_true(error_is_temporary(&err));
			assert_int_equal(last->turn_number, -1);
		}
		sqlite_rollback(last);
		store_close(last);
		for (int index = 1; index < 3; index++)
			store_close(ahead[index]);
		sqlite_rollback(world.store);
		world_close(&world);
	}
}

static void a_watch_ends_every_kind_of_waiting_and_work(void **state)
{
	static const char endless[] = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
	struct watcher watcher = {.stop_at = 3};
	struct error err = ERROR_INIT;
	struct store *other;
	struct world world;

	(void)state;
	world_open(&world);
	other = open_again(&world);
	watch(other, &watcher, 0);

	begin_well(world.store);
	assert_int_equal(sqlite_write_begin(other, &err), -1);
	assert_error(&err, ERROR_CANCELLED, "stopped by signal 15");
	assert_int_equal(err.number, SIGTERM);
	sqlite_rollback(world.store);

	/* Another program, which stands in no line. */
	world_execute(&world, "BEGIN IMMEDIATE");
	watcher.calls = 0;
	error_clear(&err);
	assert_int_equal(sqlite_write_begin(other, &err), -1);
	assert_error(&err, ERROR_CANCELLED, "stopped by signal 15");
	world_execute(&world, "ROLLBACK");

	watcher.calls = -1000;
	error_clear(&err);
	assert_int_equal(sqlite_write_begin(other, &err), 0);
	watcher.calls = 0;
	assert_int_equal(sqlite_execute(other, endless, &err), -1);
	assert_error(&err, ERROR_CANCELLED, "stopped by signal 15");
	sqlite_rollback(other);
	assert_int_equal(sqlite3_get_autocommit(other->database), 1);
	begin_well(world.store);
	sqlite_rollback(world.store);
	store_close(other);
	world_close(&world);
}

/* ---- The file ---- */

static void a_queue_file_that_is_no_good_costs_the_order_only(void **state)
{
	static const struct {
		const char *label;
		const char *content; /* NULL: a folder stands in its place */
		size_t size;
	} rows[] = {
		{"cut short", "abc", 3},
		{"a number below 0", "\xff\xff\xff\xff\xff\xff\xff\xff", 8},
		{"a number beyond all", "\xff\xff\xff\xff\xff\xff\xff\x7f", 8},
		{"not ours", "once upon a time there was a queue, and more than a few lines of text", 69},
		{"a folder", NULL, 0},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		const struct run_start start = make_start(1000);
		struct error err = ERROR_INIT;
		struct run_ticket ticket;
		struct store *store;
		struct world world;

		world_open(&world);
		(void)unlink(queue_path(&world));
		if (rows[row].content != NULL)
			file_write(queue_path(&world), rows[row].content, rows[row].size);
		else
			assert_int_equal(mkdir(queue_path(&world), 0700), 0);
		store = open_again(&world);
		if (store_run_begin(store, &start, &ticket, &err) < 0)
			fail_msg("%s: %s", rows[row].label, err.message);
		store_close(store);
		(void)rmdir(queue_path(&world));
		world_close(&world);
	}
}

static void the_queue_file_has_the_rights_of_the_store(void **state)
{
	struct stat status;
	struct world world;
	struct store *store;
	char path[128];

	(void)state;
	world_open(&world);
	(void)snprintf(path, sizeof(path), "%s/market.db", world.folder);
	assert_int_equal(chmod(path, 0660), 0);
	(void)unlink(queue_path(&world));
	store = open_again(&world);
	begin_well(store);
	sqlite_rollback(store);
	store_close(store);
	assert_int_equal(stat(queue_path(&world), &status), 0);
	assert_int_equal(status.st_mode & 0777, 0660);
	assert_int_equal(status.st_size, TURN_CONTENT_BYTES);
	world_close(&world);
}

/* ---- Last words ---- */

static void a_run_that_may_not_wait_leaves_its_end_to_the_next(void **state)
{
	struct watcher watcher = {.step_ms = 100};
	struct process alive = {100, 7};
	struct run_start start = make_start(1000);
	struct error failure = ERROR_INIT, err = ERROR_INIT;
	struct run_end end = {.outcome = "cancelled", .finished_at_ms = 2000, .bytes = -1, .error = &failure};
	struct run_ticket ticket, next;
	struct stat status;
	struct store *other;
	struct world world;

	(void)state;
	world_open(&world);
	other = open_again(&world);
	assert_int_equal(ledger_run_begin(other, &start, make_world(&alive), &ticket, &err), 0);
	(void)error_set(&failure, ERROR_CANCELLED, "stopped by signal 15");
	begin_well(world.store);
	watch(other, &watcher, 500);
	assert_int_equal(store_run_end(other, &ticket, &end, &err), 0);
	/* What changed something is never said in passing. */
	end.outcome = "unchanged";
	assert_int_equal(store_run_end(other, &ticket, &end, &err), -1);
	assert_int_equal(err.code, ERROR_STORE_BUSY);
	sqlite_rollback(world.store);
	store_close(other);
	assert_query(&world, "SELECT outcome FROM run", "running");

	/* The holder is dead only as far as its words go. */
	start = make_start(3000);
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(&alive), &next, &err), 0);
	assert_query(&world, "SELECT run_id, outcome, finished_at_ms, error ->> 'message' FROM run",
	             "1|cancelled|2000|stopped by signal 15\n2|running|-|-");
	assert_true(next.lease_token > ticket.lease_token);
	assert_int_equal(stat(queue_path(&world), &status), 0);
	assert_int_equal(status.st_size, TURN_CONTENT_BYTES);

	/* Words of a run that has had its row are no news, and take nobody's lease. */
	assert_true(last_words_leave(world.store, &ticket, &(struct run_end){.outcome = "failed", .finished_at_ms = 9},
	                             slice_make("", 0)));
	start.job = "other";
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(&alive), &next, &err), 0);
	assert_query(&world, "SELECT run_id, outcome, finished_at_ms FROM run", "1|cancelled|2000\n2|running|-\n3|running|-");
	assert_query(&world, "SELECT run_id FROM job_lease ORDER BY 1", "2\n3");
	world_close(&world);
}

static void words_are_checked_and_counted(void **state)
{
	struct run_start start = make_start(1000);
	const struct run_end end = {.outcome = "cancelled", .finished_at_ms = 2000, .bytes = -1};
	struct process alive = {100, 7};
	struct error err = ERROR_INIT;
	struct run_ticket ticket, next;
	struct world world;
	int left = 0;

	(void)state;
	world_open(&world);
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(&alive), &ticket, &err), 0);
	assert_false(last_words_leave(world.store, &ticket, &(struct run_end){.outcome = "an outcome of far too many letters"},
	                              slice_make("", 0)));
	assert_false(last_words_leave(world.store, &ticket, &(struct run_end){.outcome = "applied"}, slice_make("", 0)));
	start.job = "other";
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(&alive), &next, &err), 0);
	assert_query(&world, "SELECT outcome FROM run", "running\nrunning");
	while (last_words_leave(world.store, &ticket, &end, slice_make("", 0)))
		assert_true(++left < 5000);
	assert_int_equal(left, 1000);
	world_close(&world);
}

/* ---- Word of changes ---- */

static bool is_told(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

static void who_watches_is_told_of_every_turn_that_ends(void **state)
{
	struct error err = ERROR_INIT;
	struct world world;
	int fd = -1;

	(void)state;
	world_open(&world);
	struct store *other = open_again(&world);
	assert_int_equal(store_changes_open(world.store, &fd, &err), 0);
	assert_false(is_told(fd));
	for (int i = 0; i < 2; i++) {
		begin_well(other);
		assert_false(is_told(fd)); /* there is nothing to see yet */
		assert_int_equal(sqlite_write_commit(other, &err), 0);
		assert_true(is_told(fd));
		assert_int_equal(store_changes_take(world.store, fd, &err), 0);
		assert_false(is_told(fd));
	}
	assert_int_equal(unlink(queue_path(&world)), 0);
	assert_true(is_told(fd));
	assert_int_equal(store_changes_take(world.store, fd, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_int_equal(close(fd), 0);
	store_close(other);
	world_close(&world);
}

static void of_those_who_wait_to_read_one_is_enough(void **state)
{
	struct store *first = NULL, *second = NULL, *third = NULL;
	struct error err = ERROR_INIT;
	struct world world;
	char location[128];

	(void)state;
	world_open(&world);
	(void)snprintf(location, sizeof(location), "sqlite:%s/market.db", world.folder);
	assert_int_equal(store_open(location, STORE_READ, &first, &err), 0);
	assert_int_equal(store_open(location, STORE_READ, &second, &err), 0);
	assert_int_equal(store_open(location, STORE_WRITE, &third, &err), 0);
	assert_true(store_survey_announce(first));
	assert_false(store_survey_announce(second));
	store_survey_begin(second); /* which is none of its */
	assert_false(store_survey_announce(second));
	store_survey_begin(first);
	assert_true(store_survey_announce(second));
	assert_false(store_survey_announce(third));
	assert_false(store_survey_announce(first));
	store_close(second); /* as a death would */
	assert_true(store_survey_announce(third));
	store_close(first);
	store_close(third);
	world_close(&world);
}

int turn_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_asks_first_writes_first_and_the_dead_are_not_waited_for),
		cmocka_unit_test(a_writer_that_is_killed_ends_its_turn),
		cmocka_unit_test(each_writer_ahead_is_waited_for_and_no_longer),
		cmocka_unit_test(a_watch_ends_every_kind_of_waiting_and_work),
		cmocka_unit_test(a_queue_file_that_is_no_good_costs_the_order_only),
		cmocka_unit_test(the_queue_file_has_the_rights_of_the_store),
		cmocka_unit_test(a_run_that_may_not_wait_leaves_its_end_to_the_next),
		cmocka_unit_test(words_are_checked_and_counted),
		cmocka_unit_test(who_watches_is_told_of_every_turn_that_ends),
		cmocka_unit_test(of_those_who_wait_to_read_one_is_enough),
	};

	return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
