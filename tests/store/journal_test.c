/* How a store survives a crash: the log, and the one run that goes without it. */
#include "apply_support.h"
#include "apply_tests.h"
#include "store_support.h"

#include "base/limits.h"
#include "store/sqlite/journal.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKUS 40

static void add_skus(struct feed *feed, const char *prefix)
{
	feed_init(feed);
	for (int number = 0; number < SKUS; number++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "%s%d", prefix, number);
		(void)feed_sku(feed, id, id, PRODUCT_LINK_SELF, id);
	}
}

/* A run up to its end, without a commit. */
static struct apply *apply_all(struct world *world, const struct feed *feed)
{
	const struct apply_policy policy = {.missing = APPLY_MISSING_MARK};
	const struct run_ticket ticket = world_ticket(world, "acme", "main");
	struct apply *apply;
	struct error err = ERROR_INIT;

	assert_int_equal(apply_begin(world->store, &ticket, &policy, NULL, &apply, &err), 0);
	for (size_t index = 0; index < feed->count; index++)
		assert_int_equal(apply_entry(apply, feed->entries[index], &err), 0);
	assert_int_equal(apply_finish(apply, &err), 0);
	return apply;
}

static void a_first_run_goes_without_the_log_and_leaves_one(void **state)
{
	struct world world;
	struct feed feed;
	struct apply *apply;
	struct run_result result;

	(void)state;
	world_open(&world);
	add_skus(&feed, "a");
	assert_query(&world, "PRAGMA journal_mode", "wal");
	apply = apply_all(&world, &feed);
	assert_query(&world, "PRAGMA journal_mode", "delete");
	apply_rollback(apply);
	assert_query(&world, "PRAGMA journal_mode", "wal");
	assert_query(&world, "SELECT count(*) FROM sku", "0");
	feed_run(&world, &feed, &(struct run_options){.missing = APPLY_MISSING_MARK}, &result);
	assert_query(&world, "PRAGMA journal_mode", "wal");
	assert_query(&world, "SELECT count(*) FROM sku", "40");
	/* From then on it stays, also for another catalogue. */
	feed_run(&world, &feed, &(struct run_options){.missing = APPLY_MISSING_MARK, .catalog = "other", .is_dry = true}, &result);
	apply = apply_all(&world, &feed);
	assert_query(&world, "PRAGMA journal_mode", "wal");
	apply_rollback(apply);
	feed_release(&feed);
	world_close(&world);
}

static void the_log_stays_where_somebody_reads(void **state)
{
	struct world world;
	struct feed feed;
	struct apply *apply;
	struct store *reader;
	char location[128];

	(void)state;
	world_open(&world);
	add_skus(&feed, "a");
	(void)snprintf(location, sizeof(location), "sqlite:%s/market.db", world.folder);
	reader = open_well(location, STORE_READ);
	assert_list(reader, &(struct store_selection){.list = STORE_LIST_SKUS, .catalog = "main"}, "sku_id", "");
	apply = apply_all(&world, &feed);
	assert_query(&world, "PRAGMA journal_mode", "wal");
	assert_list(reader, &(struct store_selection){.list = STORE_LIST_SKUS, .catalog = "main"}, "sku_id", "");
	apply_rollback(apply);
	store_close(reader);
	feed_release(&feed);
	world_close(&world);
}

static void a_first_run_that_dies_leaves_nothing(void **state)
{
	struct world world;
	struct feed feed;
	char location[128];
	int status;

	(void)state;
	world_open(&world);
	add_skus(&feed, "a");
	(void)snprintf(location, sizeof(location), "sqlite:%s/market.db", world.folder);
	store_close(world.store);
	const pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		world.store = open_well(location, STORE_WRITE);
		/* Pages go to the file before the end. */
		world_execute(&world, "PRAGMA cache_size = 10");
		(void)apply_all(&world, &feed);
		_exit(7);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	world.store = open_well(location, STORE_WRITE);
	assert_query(&world, "PRAGMA journal_mode", "wal");
	assert_query(&world, "PRAGMA integrity_check", "ok");
	assert_query(&world, "SELECT (SELECT count(*) FROM sku), (SELECT count(*) FROM product), outcome FROM run", "0|0|running");
	feed_release(&feed);
	world_close(&world);
}

static void what_a_first_run_writes_is_on_its_way_to_the_disk_early(void **state)
{
	struct world world;
	struct feed feed;
	struct apply *apply;
	struct run_result result;
	struct stat file, status;

	(void)state;
	world_open(&world);
	add_skus(&feed, "a");
	assert_int_equal(world.store->fill_fd, -1);
	apply = apply_all(&world, &feed);
	assert_int_equal(stat(world.store->path, &file), 0);
	assert_int_equal(fstat(world.store->fill_fd, &status), 0);
	assert_true(status.st_dev == file.st_dev && status.st_ino == file.st_ino);
	assert_int_equal(world.store->filled_bytes, 0);
	/* Far more than the cache holds. */
	world_execute(&world, "INSERT INTO change VALUES (1, 'sku', 's', 'updated', zeroblob(67108864), NULL)");
	for (int call = 0; call < 64; call++)
		journal_fill_advance(world.store);
	assert_true(world.store->filled_bytes >= LIMIT_FILL_AHEAD_BYTES);
	assert_int_equal(fstat(world.store->fill_fd, &status), 0);
	assert_int_equal(world.store->filled_bytes, status.st_size);
	apply_rollback(apply);
	assert_int_equal(world.store->fill_fd, -1);
	assert_query(&world, "SELECT (SELECT count(*) FROM sku) + (SELECT count(*) FROM change)", "0");
	/* The descriptor was SQLite's, which goes on with it. */
	feed_run(&world, &feed, &(struct run_options){.missing = APPLY_MISSING_MARK}, &result);
	assert_query(&world, "SELECT count(*) FROM sku", "40");
	feed_release(&feed);
	world_close(&world);
}

int journal_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_run_goes_without_the_log_and_leaves_one),
		cmocka_unit_test(the_log_stays_where_somebody_reads),
		cmocka_unit_test(a_first_run_that_dies_leaves_nothing),
		cmocka_unit_test(what_a_first_run_writes_is_on_its_way_to_the_disk_early),
	};

	return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
