/* What is kept of runs and of category ids: which go, how much at a time, and the room that is given back. */
#include "store_support.h"
#include "store_tests.h"

#include "base/limits.h"
#include "store/retention.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define TODAY 1000 /* in days */
#define ALL STORE_KEEP_ALL

static const struct store_retention keep_all = {
	.job = "acme",
	.spool = {ALL, ALL},
	.spool_max_bytes = ALL,
	.changes = {ALL, ALL},
	.complaints = {ALL, ALL},
	.now_ms = TODAY * DAY_MS,
};

static void execute(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void execute(struct world *world, const char *format, ...)
{
	char sql[1024];
	va_list arguments;

	va_start(arguments, format);
	assert_true((size_t)vsnprintf(sql, sizeof(sql), format, arguments) < sizeof(sql));
	va_end(arguments);
	world_execute(world, sql);
}

/* assert_query with a name for the row of a table. */
static void expect(struct world *world, const char *label, const char *sql, const char *expected)
{
	char *text = world_query(world, sql);

	if (strcmp(text, expected) != 0)
		fail_msg("%s: %s gives '%s' instead of '%s'", label, sql, text, expected);
	free(text);
}

static void insert_run(struct world *world, int run_id, const char *job, const char *outcome, int day)
{
	execute(world,
	        "INSERT INTO run (run_id, job, catalog, trigger, started_at_ms, outcome, undoable)"
	        " VALUES (%d, '%s', 'main', 'manual', %" PRId64 ", '%s', '%s' = 'applied')",
	        run_id, job, day * DAY_MS, outcome, outcome);
}

static void insert_rows(struct world *world, int run_id, int changes, int undo_rows, int complaints)
{
	static const char numbers[] = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)";
	char with[128];

	(void)snprintf(with, sizeof(with), numbers, changes);
	if (changes > 0)
		execute(world, "%s INSERT INTO change (run_id, kind, item_id, action) SELECT %d, 'sku', i, 'updated' FROM n", with,
		        run_id);
	(void)snprintf(with, sizeof(with), numbers, undo_rows);
	if (undo_rows > 0)
		execute(world, "%s INSERT INTO undo_row (run_id, source, item_id, detail) SELECT %d, 'sku', i, '' FROM n", with,
		        run_id);
	(void)snprintf(with, sizeof(with), numbers, complaints);
	if (complaints > 0)
		execute(world, "%s INSERT INTO complaint (run_id, severity, code) SELECT %d, 'note', 'x' FROM n", with, run_id);
}

static struct store_pruned prune(struct world *world, const struct store_retention *retention, int64_t rows_max)
{
	struct error err = ERROR_INIT;
	struct store_pruned pruned;

	if (store_log_prune(world->store, retention, rows_max, &pruned, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(sqlite3_get_autocommit(world->store->database), 1);
	return pruned;
}

/* ---- Changes, undo log, complaints ---- */

static void rows_beyond_the_limits_go(void **state)
{
	/* Runs 1 to 5 on the days 996 to 1000; run 3 changed nothing, run 4 has no complaints. */
	static const struct {
		const char *label;
		struct store_limit changes;
		struct store_limit complaints;
		const char *changes_left; /* runs, of change and undo_row */
		const char *complaints_left;
		const char *undoable;
	} rows[] = {
		{"no limit", {ALL, ALL}, {ALL, ALL}, "1 2 4 5", "1 2 3 5", "1 2 3 4 5"},
		{"more than there are", {10, 90}, {10, 90}, "1 2 4 5", "1 2 3 5", "1 2 3 4 5"},
		{"the last two that left some", {2, ALL}, {2, ALL}, "4 5", "3 5", "4 5"},
		{"the last one", {1, ALL}, {1, ALL}, "5", "5", "5"},
		{"two days", {ALL, 2}, {ALL, 2}, "4 5", "3 5", "3 4 5"},
		{"whichever comes first", {3, 1}, {1, 3}, "4 5", "5", "4 5"},
		{"each kind by itself", {ALL, ALL}, {1, ALL}, "1 2 4 5", "5", "1 2 3 4 5"},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct store_retention retention = keep_all;
		struct world world;

		world_open(&world);
		for (int run = 1; run <= 5; run++) {
			insert_run(&world, run, "acme", "applied", TODAY - 5 + run);
			insert_rows(&world, run, run == 3 ? 0 : 2, run == 3 ? 0 : 3, run == 4 ? 0 : 1);
		}
		insert_run(&world, 6, "other", "applied", 1);
		insert_rows(&world, 6, 1, 1, 1);
		retention.changes = rows[row].changes;
		retention.complaints = rows[row].complaints;
		(void)prune(&world, &retention, ALL);
		expect(&world, rows[row].label,
		       "SELECT group_concat(run_id, ' ') FROM (SELECT DISTINCT run_id FROM change WHERE run_id < 6)",
		       rows[row].changes_left);
		expect(&world, rows[row].label,
		       "SELECT group_concat(run_id, ' ') FROM (SELECT DISTINCT run_id FROM undo_row WHERE run_id < 6)",
		       rows[row].changes_left);
		expect(&world, rows[row].label,
		       "SELECT group_concat(run_id, ' ') FROM (SELECT DISTINCT run_id FROM complaint WHERE run_id < 6)",
		       rows[row].complaints_left);
		assert_query(
			&world,
			"SELECT group_concat(run_id, ' ') FROM (SELECT run_id FROM run WHERE undoable AND run_id < 6 ORDER BY 1)",
			rows[row].undoable);
		/* Another job's are its own matter, and the ledger itself stays. */
		assert_query(
			&world,
			"SELECT (SELECT count(*) FROM change WHERE run_id = 6), (SELECT count(*) FROM undo_row WHERE run_id = 6),"
			" (SELECT count(*) FROM complaint WHERE run_id = 6), undoable FROM run WHERE run_id = 6",
			"1|1|1|1");
		assert_query(&world, "SELECT count(*) FROM run", "6");
		world_close(&world);
	}
}

static void much_goes_in_several_calls(void **state)
{
	struct store_retention retention = keep_all;
	struct store_pruned pruned;
	struct world world;

	(void)state;
	retention.changes.runs = 1;
	world_open(&world);
	insert_run(&world, 1, "acme", "applied", TODAY);
	insert_rows(&world, 1, 5000, 0, 0);
	insert_run(&world, 2, "acme", "applied", TODAY);
	insert_rows(&world, 2, 1000, 4500, 0);
	insert_run(&world, 3, "acme", "applied", TODAY);
	insert_rows(&world, 3, 1, 1, 0);

	pruned = prune(&world, &retention, 3000);
	/* By whole pieces: a little more than was asked for. The oldest first, and neither can be undone by halves. */
	assert_in_range(pruned.changes, 3000, 5000);
	assert_int_equal(pruned.undo_rows, 0);
	assert_query(&world, "SELECT count(*) > 0 FROM change WHERE run_id = 1", "1");
	assert_query(&world, "SELECT count(*) FROM change WHERE run_id = 2", "1000");
	assert_query(&world, "SELECT group_concat(undoable, ' ') FROM (SELECT undoable FROM run ORDER BY run_id)", "0 0 1");

	for (int call = 0; call < 10; call++)
		(void)prune(&world, &retention, 2000);
	assert_query(&world, "SELECT run_id, count(*) FROM change GROUP BY run_id", "3|1");
	assert_query(&world, "SELECT run_id, count(*) FROM undo_row GROUP BY run_id", "3|1");
	pruned = prune(&world, &retention, ALL);
	assert_int_equal(pruned.changes + pruned.undo_rows + pruned.complaints, 0);
	world_close(&world);
}

static void a_store_that_is_busy_says_so_and_loses_nothing(void **state)
{
	struct store_retention retention = keep_all;
	struct error err = ERROR_INIT;
	struct store_pruned pruned;
	struct world world;
	sqlite3 *other;
	char path[128];

	(void)state;
	retention.changes.runs = 1;
	world_open(&world);
	insert_run(&world, 1, "acme", "applied", TODAY);
	insert_rows(&world, 1, 1, 1, 0);
	insert_run(&world, 2, "acme", "applied", TODAY);
	insert_rows(&world, 2, 1, 1, 0);
	assert_true(snprintf(path, sizeof(path), "%s", world.store->path) > 0);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_busy_timeout(world.store->database, 0), SQLITE_OK);
	assert_int_equal(store_log_prune(world.store, &retention, ALL, &pruned, &err), -1);
	assert_int_equal(err.code, ERROR_STORE_BUSY);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	assert_query(&world, "SELECT count(*) FROM change", "2");
	assert_query(&world, "SELECT sum(undoable) FROM run", "2");
	world_close(&world);
}

/* ---- Category ids ---- */

/* Product 1 is in every tenth of so many categories. */
static void insert_category_ids(struct world *world, int count)
{
	execute(world,
	        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
	        " INSERT INTO category_name SELECT i, 1, 'c' || i FROM n",
	        count);
	world_execute(world, "INSERT INTO product_category_data SELECT 1, category_number, category_number FROM category_name"
	                     " WHERE category_number % 10 = 0");
}

static void prune_category_ids(struct world *world, int64_t turn, int64_t ids_max)
{
	struct error err = ERROR_INIT;

	if (store_category_ids_prune(world->store, turn, ids_max, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(sqlite3_get_autocommit(world->store->database), 1);
}

static void category_ids_that_no_product_is_in_go(void **state)
{
	static const struct {
		int count;
		int64_t turn;
		const char *left;
	} rows[] = {
		{0, 0, "0|0"},
		{1, 5, "0|0"},
		{9, 0, "0|0"},
		{10, 0, "1|0"},
		{5000, 0, "500|0"},
		{5000, 1, "500|0"},
		{8123, INT64_MAX, "812|0"},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct world world;

		world_open(&world);
		insert_category_ids(&world, rows[row].count);
		prune_category_ids(&world, rows[row].turn, ALL);
		assert_query(&world, "SELECT count(*), coalesce(sum(category_number % 10), 0) FROM category_name", rows[row].left);
		prune_category_ids(&world, rows[row].turn, ALL);
		assert_query(&world, "SELECT count(*), coalesce(sum(category_number % 10), 0) FROM category_name", rows[row].left);
		world_close(&world);
	}
}

/* However few are looked at each time, in the end all were. */
static void many_category_ids_go_in_several_turns(void **state)
{
	struct error err = ERROR_INIT;
	struct world world;
	int64_t before = 5000;
	int64_t left;

	(void)state;
	world_open(&world);
	insert_category_ids(&world, (int)before);
	for (int64_t turn = 1; turn <= 40; turn++) {
		prune_category_ids(&world, turn, 700);
		assert_int_equal(sqlite_integer(world.store, "SELECT count(*) FROM category_name", &left, &err), 0);
		assert_true(before - left <= 700);
		before = left;
	}
	assert_query(&world, "SELECT count(*), coalesce(sum(category_number % 10), 0) FROM category_name", "500|0");
	prune_category_ids(&world, 1, 0);
	world_execute(&world, "DELETE FROM product_category_data");
	prune_category_ids(&world, 1, 0);
	assert_query(&world, "SELECT count(*) FROM category_name", "500");
	world_close(&world);
}

static void category_ids_are_looked_at_without_the_write_lock(void **state)
{
	struct error err = ERROR_INIT;
	struct world world;
	sqlite3 *other;

	(void)state;
	world_open(&world);
	insert_category_ids(&world, 20);
	assert_int_equal(sqlite3_open(world.store->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_busy_timeout(world.store->database, 0), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_category_ids_prune(world.store, 1, ALL, &err), -1);
	assert_int_equal(err.code, ERROR_STORE_BUSY);
	assert_query(&world, "SELECT count(*) FROM category_name", "20");
	assert_int_equal(sqlite3_exec(other, "DELETE FROM category_name WHERE category_number % 10 <> 0; COMMIT; BEGIN IMMEDIATE",
	                              NULL, NULL, NULL),
	                 SQLITE_OK);
	prune_category_ids(&world, 1, ALL);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	world_close(&world);
}

/* ---- The spool ---- */

/* A run as one word: outcome (a, p, h, f, u), feed (a letter, '-' none), and how many days ago (a digit). */
static void insert_spooled(struct world *world, const char *job, const char *word, int64_t bytes)
{
	const char *outcome = *word == 'a'   ? "applied"
	                      : *word == 'p' ? "planned"
	                      : *word == 'h' ? "held"
	                      : *word == 'f' ? "failed"
	                                     : "unchanged";
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct run_start start = make_start((TODAY - (word[2] - '0')) * DAY_MS);
	char sha256[65] = "";

	start.job = job;
	assert_int_equal(store_run_begin(world->store, &start, &ticket, &err), 0);
	memset(sha256, word[1], sizeof(sha256) - 1);
	const struct run_end end = {
		.outcome = outcome, .finished_at_ms = 1, .feed_sha256 = word[1] != '-' ? sha256 : NULL, .bytes = bytes};
	if (store_run_end(world->store, &ticket, &end, &err) < 0)
		fail_msg("%s", err.message);
}

static void insert_all_spooled(struct world *world, const char *job, const char *words, int64_t bytes)
{
	for (const char *word = words; *word != '\0'; word += word[3] == ' ' ? 4 : 3)
		insert_spooled(world, job, word, bytes);
}

static void feeds_beyond_the_limits_are_let_go(void **state)
{
	static const struct {
		const char *runs; /* oldest first, of 10 bytes each */
		struct store_limit limit;
		int64_t bytes_max;
		const char *kept;
	} rows[] = {
		{"", {1, 1}, 1, "-"},
		{"aa0 ab0 ac0", {ALL, ALL}, ALL, "1 2 3"},
		{"aa0 ab0 ac0", {2, ALL}, ALL, "2 3"},
		{"aa0 ab0 ac0", {1, ALL}, ALL, "3"},
		/* The same feed counts once, by its newest run. */
		{"aa0 ab0 ab0 ab0", {2, ALL}, ALL, "1 2 3 4"},
		{"aa0 ab0 aa0 ac0", {2, ALL}, ALL, "3 4"},
		/* By age. */
		{"aa3 ab2 ac1 ad0", {ALL, 2}, ALL, "2 3 4"},
		{"aa3 ab2 ac1 ad0", {1, 2}, ALL, "4"},
		/* The last applied and the last failed stay, however old. */
		{"aa9 fb8", {ALL, 2}, ALL, "1 2"},
		{"aa9 ab9 fc8 fd8", {ALL, 2}, ALL, "2 4"},
		/* Counted by outcome: failures push out failures. */
		{"aa0 ab0 fc0 fd0 fe0 ff0", {2, ALL}, ALL, "1 2 5 6"},
		{"aa0 pb0 pc0 pd0", {2, ALL}, ALL, "1 3 4"},
		{"pa9", {ALL, 2}, ALL, "-"},
		/* Held ones wait, until something was applied. */
		{"aa9 hb8 hc8 hd8", {1, 2}, ALL, "1 2 3 4"},
		{"aa9 hb8 hc0 ad0", {1, 2}, ALL, "3 4"},
		{"hb8 ad0 hc8", {1, 2}, ALL, "2 3"},
		/* What fetched nothing, or nothing new, has nothing to keep. */
		{"aa0 f-0 ua0 f-0", {1, ALL}, ALL, "1"},
		/* The oldest go first; what is never let go counts, and stays. */
		{"aa0 ab0 ac0 ad0", {ALL, ALL}, 40, "1 2 3 4"},
		{"aa0 ab0 ac0 ad0", {ALL, ALL}, 39, "2 3 4"},
		{"aa0 ab0 ac0 ad0", {ALL, ALL}, 20, "3 4"},
		{"aa0 ab0 ac0 ad0", {ALL, ALL}, 1, "4"},
		{"aa0 pb0 hc0 fd0 pe0", {ALL, ALL}, 1, "1 3 4"},
		{"aa0 aa0 aa0 ab0", {ALL, ALL}, 20, "1 2 3 4"},
		{"ab0 ab0 ac0 ad0", {ALL, ALL}, 20, "3 4"},
		{"ab0 pb0 ac0 ad0", {ALL, ALL}, 29, "3 4"},
		/* A feed that a newer run let go of counts for an older one. */
		{"aa0 fa0 fb0", {1, ALL}, 19, "1 3"},
		{"aa0 ab0 pb0 pc0", {2, ALL}, 20, "2 3 4"},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct store_retention retention = keep_all;
		struct error err = ERROR_INIT;
		struct world world;

		world_open(&world);
		insert_all_spooled(&world, "acme", rows[row].runs, 10);
		retention.spool = rows[row].limit;
		retention.spool_max_bytes = rows[row].bytes_max;
		assert_int_equal(store_spool_release(world.store, &retention, &err), 0);
		assert_query(
			&world,
			"SELECT group_concat(run_id, ' ') FROM (SELECT run_id FROM run WHERE spooled AND job = 'acme' ORDER BY 1)",
			rows[row].kept);
		assert_int_equal(store_spool_release(world.store, &retention, &err), 0);
		assert_query(
			&world,
			"SELECT group_concat(run_id, ' ') FROM (SELECT run_id FROM run WHERE spooled AND job = 'acme' ORDER BY 1)",
			rows[row].kept);
		world_close(&world);
	}
}

static void a_held_run_waits_when_another_one_is_undone(void **state)
{
	struct store_retention retention = keep_all;
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	world_open(&world);
	insert_all_spooled(&world, "acme", "aa9 hb8 a-7", 10);
	world_execute(&world, "UPDATE run SET trigger = 'undo', parent_run_id = 1 WHERE run_id = 3");
	retention.spool = (struct store_limit){1, 1};
	assert_int_equal(store_spool_release(world.store, &retention, &err), 0);
	assert_query(&world, "SELECT group_concat(run_id, ' ') FROM run WHERE spooled", "1 2");
	world_close(&world);
}

static int keeps(struct world *world, char letter)
{
	struct error err = ERROR_INIT;
	char sha256[64];

	memset(sha256, letter, sizeof(sha256));
	return store_keeps_feed(world->store, slice_make(sha256, sizeof(sha256)), &err);
}

static void a_feed_is_kept_as_long_as_any_job_needs_it(void **state)
{
	struct store_retention retention = keep_all;
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	retention.spool.runs = 1;
	world_open(&world);
	insert_all_spooled(&world, "acme", "aa0 ab0 ac0", 10);
	insert_all_spooled(&world, "other", "ab0", 10);
	assert_int_equal(store_spool_release(world.store, &retention, &err), 0);
	assert_int_equal(keeps(&world, 'a'), 0);
	assert_int_equal(keeps(&world, 'b'), 1);
	assert_int_equal(keeps(&world, 'c'), 1);
	assert_int_equal(keeps(&world, 'd'), 0);
	/* What a job remembers is read again when its state is not clean. */
	execute(&world,
	        "INSERT INTO job_memory (job_key, catalog_key, is_clean, source_digest, seed, feed_sha256, etag, last_modified, charset,"
	        " categories_present, products_present, skus_present)"
	        " VALUES (1, 9, 1, '', '', replace(printf('%%64s', ''), ' ', 'a'), '', '', '', 0, 0, 0)");
	assert_int_equal(keeps(&world, 'a'), 1);
	world_close(&world);
}

static void a_plan_is_kept_with_its_run(void **state)
{
	struct store_retention retention = keep_all;
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	retention.spool.runs = 1;
	world_open(&world);
	insert_all_spooled(&world, "acme", "pa0 pb0 pc0", 10);
	assert_int_equal(store_spool_release(world.store, &retention, &err), 0);
	assert_int_equal(store_keeps_plan(world.store, 1, &err), 0);
	assert_int_equal(store_keeps_plan(world.store, 3, &err), 1);
	assert_int_equal(store_keeps_plan(world.store, 77, &err), 0);
	ticket = world_ticket(&world, "acme", "main"); /* it may have just written it */
	assert_int_equal(store_keeps_plan(world.store, ticket.run_id, &err), 1);
	world_close(&world);
}

/* ---- Room ---- */

static struct store_space space_of(struct world *world)
{
	struct error err = ERROR_INIT;
	struct store_space space;

	if (store_space_read(world->store, &space, &err) < 0)
		fail_msg("%s", err.message);
	return space;
}

static void room_is_given_back(void **state)
{
	(void)state;
	for (int is_copy = 0; is_copy <= 1; is_copy++) {
		struct store_retention retention = keep_all;
		struct store_space before, after;
		struct error err = ERROR_INIT;
		struct world world;

		retention.complaints.days = 1;
		world_open(&world);
		if (is_copy) { /* by a tool that does not ask how the original was made */
			sqlite3_limit(world.store->database, SQLITE_LIMIT_ATTACHED, 1);
			world_execute(&world, "PRAGMA auto_vacuum = NONE; VACUUM");
			sqlite3_limit(world.store->database, SQLITE_LIMIT_ATTACHED, 0);
			assert_query(&world, "PRAGMA auto_vacuum", "0");
		}
		insert_run(&world, 1, "acme", "applied", 1);
		insert_rows(&world, 1, 0, 0, 200000);
		(void)prune(&world, &retention, ALL);
		assert_query(&world, "SELECT count(*) FROM complaint", "0");
		assert_int_equal(store_log_truncate(world.store, &err), 0);
		before = space_of(&world);
		assert_true(before.bytes > 4 * 1024 * 1024);
		assert_true(before.free_bytes > before.bytes / 2);
		if (store_space_release(world.store, &err) < 0 || store_log_truncate(world.store, &err) < 0)
			fail_msg("%s", err.message);
		after = space_of(&world);
		assert_int_equal(after.free_bytes, 0);
		assert_int_equal(after.wal_bytes, 0);
		assert_true(after.bytes < 2 * 1024 * 1024);
		assert_query(&world, "PRAGMA auto_vacuum", "2");
		assert_query(&world, "PRAGMA integrity_check", "ok");
		assert_int_equal(sqlite3_limit(world.store->database, SQLITE_LIMIT_ATTACHED, -1), 0);
		world_close(&world);
	}
}

static void a_reader_keeps_the_log_and_nobody_waits_for_it(void **state)
{
	struct error err = ERROR_INIT;
	struct store *reader;
	struct world world;
	char location[128];

	(void)state;
	world_open(&world);
	insert_run(&world, 1, "acme", "applied", 1);
	(void)snprintf(location, sizeof(location), "sqlite:%s", world.store->path);
	reader = open_well(location, STORE_READ);
	assert_int_equal(sqlite_execute(reader, "BEGIN; SELECT count(*) FROM run", &err), 0);
	insert_rows(&world, 1, 0, 0, 1000);
	assert_int_equal(store_log_truncate(world.store, &err), 0);
	assert_true(space_of(&world).wal_bytes > 0);
	assert_int_equal(sqlite_execute(reader, "COMMIT", &err), 0);
	assert_int_equal(store_log_truncate(world.store, &err), 0);
	assert_int_equal(space_of(&world).wal_bytes, 0);
	store_close(reader);
	world_close(&world);
}

static void a_log_beyond_its_limit_is_cut_after_a_run(void **state)
{
	struct store_space space;
	struct world world;

	(void)state;
	world_open(&world);
	insert_run(&world, 1, "acme", "applied", 1);
	world_execute(&world, "PRAGMA wal_autocheckpoint = 0");
	insert_rows(&world, 1, 0, 0, 1000);
	space = space_of(&world);
	store_log_settle(world.store);
	assert_int_equal(space_of(&world).wal_bytes, space.wal_bytes); /* a small one is used again */
	while (space_of(&world).wal_bytes <= LIMIT_STORE_LOG_BYTES)
		insert_rows(&world, 1, 0, 0, 300000);
	store_log_settle(world.store);
	assert_int_equal(space_of(&world).wal_bytes, 0);
	world_close(&world);
}

static void a_run_that_is_going_on_is_named(void **state)
{
	struct run_start observer = {.host = "here", .now_ms = 2000};
	struct process alive = {100, 7};
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	world_open(&world);
	assert_int_equal(lease_check_idle(world.store, &observer, make_world(NULL), &err), 0);
	const struct run_start start = make_start(1000);
	assert_int_equal(ledger_run_begin(world.store, &start, make_world(&alive), &ticket, &err), 0);
	assert_int_equal(lease_check_idle(world.store, &observer, make_world(&alive), &err), -1);
	assert_error(&err, ERROR_LEASE, "job 'acme' is being run already: run 1, process 100 on host 'here'");
	error_clear(&err);
	/* Its holder is dead, or has been silent for too long and nobody here can tell. */
	assert_int_equal(lease_check_idle(world.store, &observer, make_world(NULL), &err), 0);
	observer.host = "there";
	observer.now_ms = 1000 + LIMIT_LEASE_MS;
	assert_int_equal(lease_check_idle(world.store, &observer, make_world(&alive), &err), 0);
	world_close(&world);
}

static void a_full_disk_says_how_much_is_free_and_what_to_do(void **state)
{
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	world_open(&world);
	insert_run(&world, 1, "acme", "applied", 1);
	world_execute(&world, "PRAGMA max_page_count = 1");
	assert_int_equal(sqlite_execute(world.store,
	                                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
	                                " INSERT INTO complaint (run_id, severity, code) SELECT 1, 'note', 'x' FROM n",
	                                &err),
	                 -1);
	assert_error(&err, ERROR_STORE, "market.db': the disk is full: ");
	assert_error(&err, ERROR_STORE, " bytes are free where it is");
	assert_error(&err, ERROR_STORE, "call 'feedmill vacuum'");
	world_close(&world);
}

int retention_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_beyond_the_limits_go),
		cmocka_unit_test(much_goes_in_several_calls),
		cmocka_unit_test(a_store_that_is_busy_says_so_and_loses_nothing),
		cmocka_unit_test(category_ids_that_no_product_is_in_go),
		cmocka_unit_test(many_category_ids_go_in_several_turns),
		cmocka_unit_test(category_ids_are_looked_at_without_the_write_lock),
		cmocka_unit_test(feeds_beyond_the_limits_are_let_go),
		cmocka_unit_test(a_held_run_waits_when_another_one_is_undone),
		cmocka_unit_test(a_feed_is_kept_as_long_as_any_job_needs_it),
		cmocka_unit_test(a_plan_is_kept_with_its_run),
		cmocka_unit_test(room_is_given_back),
		cmocka_unit_test(a_reader_keeps_the_log_and_nobody_waits_for_it),
		cmocka_unit_test(a_log_beyond_its_limit_is_cut_after_a_run),
		cmocka_unit_test(a_run_that_is_going_on_is_named),
		cmocka_unit_test(a_full_disk_says_how_much_is_free_and_what_to_do),
	};

	return cmocka_run_group_tests_name("retention", tests, NULL, NULL);
}
