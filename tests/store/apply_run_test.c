/* The transaction around a run: fencing, rollback, the plan and its digest, complaints, and what fails it. */
#include "apply_scenario.h"
#include "apply_tests.h"

#include "base/limits.h"
#include "store/sqlite/statements.h"
#include "store/sqlite/undo_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONTENT                                                                                                              \
	"SELECT (SELECT count(*) FROM sku_data), (SELECT count(*) FROM product_data), (SELECT count(*) FROM category_data)," \
	" (SELECT count(*) FROM change), (SELECT count(*) FROM complaint)"

static const char small_feed[] =
	"sku a p group | name=A | categories=[\"c\"]\nsku a p group | name=A\ncategory c - | name=C\nsku b b self";

/* A run up to its end, which is the caller's. */
static struct apply *begin(struct world *world, const struct run_ticket *ticket, enum apply_missing missing, const char *text)
{
	struct error err = ERROR_INIT;
	struct apply *apply;
	struct feed feed;

	feed_init(&feed);
	feed_parse(&feed, text);
	assert_int_equal(apply_begin(world->store, ticket, &(struct apply_policy){.missing = missing, .missing_after = 1}, NULL,
	                             &apply, &err),
	                 0);
	for (size_t index = 0; index < feed.count; index++)
		assert_int_equal(apply_entry(apply, feed.entries[index], &err), 0);
	feed_release(&feed);
	return apply;
}

static void run_text(struct world *world, const char *text, const struct run_options *options, struct run_result *ret_result)
{
	struct feed feed;

	feed_init(&feed);
	feed_parse(&feed, text);
	feed_run(world, &feed, options, ret_result);
	feed_release(&feed);
}

static void run_commits_ledger_memory_and_lease_with_the_catalogue(void **state)
{
	struct run_result result;
	struct world world;

	(void)state;
	world_open(&world);
	run_text(&world, small_feed, &(struct run_options){.job = NULL}, &result);
	assert_query(&world, CONTENT, "2|2|1|0|1");
	assert_query(&world, "SELECT outcome, length(plan_digest), plan_digest <> '00000000000000000000000000000000' FROM run",
	             "applied|32|1");
	assert_query(&world, "SELECT is_clean, categories_present, products_present, skus_present FROM job_memory", "1|1|2|2");
	assert_query(&world, "SELECT count(*) FROM job_lease WHERE run_id IS NOT NULL", "0");
	assert_query(&world, "SELECT count(*) FROM sqlite_temp_schema", "0");
	world_close(&world);
}

static void run_that_is_rolled_back_leaves_nothing(void **state)
{
	struct run_result first;
	struct run_result dry;
	struct world world;

	(void)state;
	world_open(&world);
	run_text(&world, "sku z z self | name=Z", &(struct run_options){.job = NULL}, &first);
	run_text(&world, small_feed, &(struct run_options){.is_dry = true, .missing = APPLY_MISSING_DELETE}, &dry);
	assert_int_equal(dry.counts.stock[ITEM_SKU].removed, 1);
	assert_query(&world, CONTENT, "1|1|0|0|0");
	assert_query(&world, "SELECT group_concat(outcome) FROM run", "applied,planned");
	assert_query(&world, "SELECT is_clean, skus_present FROM job_memory", "1|1");
	assert_query(&world, "SELECT count(*) FROM sqlite_temp_schema", "0");
	apply_rollback(NULL);
	world_close(&world);
}

static void run_that_lost_its_lease_is_fenced_out(void **state)
{
	static const char *const losses[] = {
		"UPDATE job_lease SET token = token + 1",
		"UPDATE job_lease SET run_id = run_id + 1",
		"UPDATE job_lease SET run_id = NULL",
		"DELETE FROM job_lease",
	};

	(void)state;
	for (size_t index = 0; index < sizeof(losses) / sizeof(losses[0]); index++) {
		struct error err = ERROR_INIT;
		struct run_ticket ticket;
		struct apply *apply = NULL;
		struct world world;

		world_open(&world);
		ticket = world_ticket(&world, NULL, NULL);
		world_execute(&world, losses[index]);
		assert_int_equal(apply_begin(world.store, &ticket,
		                             &(struct apply_policy){.missing = APPLY_MISSING_MARK, .missing_after = 1}, NULL,
		                             &apply, &err),
		                 -1);
		assert_int_equal(err.code, ERROR_LEASE);
		assert_null(apply);
		/* No transaction is left open. */
		world_execute(&world, "BEGIN IMMEDIATE; ROLLBACK");
		world_close(&world);
	}
}

static void run_waits_for_another_writer_and_gives_up(void **state)
{
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct apply *apply;
	struct world world;
	sqlite3 *other;
	char path[128];

	(void)state;
	world_open(&world);
	ticket = world_ticket(&world, NULL, NULL);
	(void)snprintf(path, sizeof(path), "%s/market.db", world.folder);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_busy_timeout(world.store->database, 1);
	assert_int_equal(apply_begin(world.store, &ticket,
	                             &(struct apply_policy){.missing = APPLY_MISSING_MARK, .missing_after = 1}, NULL, &apply, &err),
	                 -1);
	assert_int_equal(err.code, ERROR_STORE_BUSY);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(other);
	assert_int_equal(apply_begin(world.store, &ticket,
	                             &(struct apply_policy){.missing = APPLY_MISSING_MARK, .missing_after = 1}, NULL, &apply, &err),
	                 0);
	apply_rollback(apply);
	world_close(&world);
}

/* A full disk, by the greatest number of pages the database may have. */
static void run_on_a_full_disk_leaves_the_store_as_it_was(void **state)
{
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct run_result result;
	struct apply *apply;
	struct world world;
	char *pages;
	char sql[64];
	int failed = 0;

	(void)state;
	world_open(&world);
	run_text(&world, small_feed, &(struct run_options){.job = NULL}, &result);
	ticket = world_ticket(&world, NULL, NULL);
	pages = world_query(&world, "PRAGMA page_count");
	(void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %ld", strtol(pages, NULL, 10) + 8);
	free(pages);
	world_execute(&world, sql);
	assert_int_equal(apply_begin(world.store, &ticket,
	                             &(struct apply_policy){.missing = APPLY_MISSING_MARK, .missing_after = 1}, NULL, &apply, &err),
	                 0);
	for (unsigned index = 0; index < 100000 && failed == 0; index++) {
		struct statement *statement;
		struct feed feed;
		char id[32];

		(void)snprintf(id, sizeof(id), "full-%u", index);
		feed_init(&feed);
		statement = feed_sku(&feed, id, id, PRODUCT_LINK_SELF, "a name that takes its place");
		(void)statement;
		failed = apply_entry(apply, feed.entries[0], &err);
		feed_release(&feed);
	}
	assert_int_equal(failed, -1);
	assert_int_equal(err.code, ERROR_STORE);
	assert_non_null(strstr(err.message, "full"));
	/* What failed cannot go on, let alone be committed. */
	assert_int_equal(apply_finish(apply, &err), -1);
	apply_rollback(apply);
	world_execute(&world, "PRAGMA max_page_count = 1000000");
	assert_query(&world, CONTENT, "2|2|1|0|1");
	assert_query(&world, "PRAGMA integrity_check", "ok");
	world_end_run(&world, &ticket, "failed");
	run_text(&world, small_feed, &(struct run_options){.missing = APPLY_MISSING_MARK}, &result);
	assert_counts(&result, ITEM_SKU, "stated 3 unchanged 2 duplicate 1 conflicting 1");
	world_close(&world);
}

static const struct run_end applied = {.outcome = "applied", .finished_at_ms = 1, .bytes = -1};
static const struct job_memory memory = {.is_clean = true};

static void run_that_is_not_finished_cannot_be_committed(void **state)
{
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	world_open(&world);
	ticket = world_ticket(&world, NULL, NULL);
	assert_int_equal(apply_commit(begin(&world, &ticket, APPLY_MISSING_MARK, small_feed), &applied, &memory, &err), -1);
	assert_query(&world, CONTENT, "0|0|0|0|0");
	assert_query(&world, "SELECT outcome FROM run", "running");
	world_close(&world);
}

static void run_that_is_finished_takes_no_more(void **state)
{
	const struct batch_entry entry = {.type = BATCH_RECORD_END, .record = 9, .is_mapped = true};
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct apply *apply;
	struct world world;

	(void)state;
	world_open(&world);
	ticket = world_ticket(&world, NULL, NULL);
	apply = begin(&world, &ticket, APPLY_MISSING_MARK, small_feed);
	assert_int_equal(apply_finish(apply, &err), 0);
	assert_int_equal(apply_entry(apply, &entry, &err), -1);
	assert_int_equal(apply_finish(apply, &err), -1);
	assert_int_equal(apply_commit(apply, &applied, &memory, &err), 0);
	assert_query(&world, CONTENT, "2|2|1|0|1");
	world_close(&world);
}

/* Rows that change under a run, which nothing but its own connection can do: the numbers no longer add up. */
static void run_whose_numbers_do_not_add_up_fails(void **state)
{
	static const char *const meddling[] = {
		"DELETE FROM sku_data WHERE sku_id = 'b'",
		"UPDATE product_data SET origin = 'stated' WHERE product_id = 'b'",
		"DELETE FROM category_holder",
		"UPDATE sku_data SET status = 'missing'",
	};

	(void)state;
	for (size_t index = 0; index < sizeof(meddling) / sizeof(meddling[0]); index++) {
		struct error err = ERROR_INIT;
		struct run_ticket ticket;
		struct run_result result;
		struct apply *apply;
		struct world world;

		world_open(&world);
		run_text(&world, small_feed, &(struct run_options){.job = NULL}, &result);
		ticket = world_ticket(&world, NULL, NULL);
		apply = begin(&world, &ticket, APPLY_MISSING_KEEP, "sku b b self");
		world_execute(&world, meddling[index]);
		if (apply_finish(apply, &err) == 0)
			fail_msg("'%s' passed", meddling[index]);
		assert_int_equal(err.code, ERROR_COUNTS);
		assert_int_equal(apply_commit(apply, &applied, &memory, &err), -1);
		assert_query(&world, CONTENT, "2|2|1|0|1");
		world_close(&world);
	}
}

static void run_refuses_statements_that_make_no_sense(void **state)
{
	struct batch_entry entries[5] = {{.type = BATCH_STATEMENT},
	                                 {.type = BATCH_STATEMENT},
	                                 {.type = BATCH_STATEMENT},
	                                 {.type = BATCH_COMPLAINT},
	                                 {.type = (enum batch_entry_type)77}};
	const struct field_value id = {.presence = PRESENCE_VALUE, .text = SLICE("x")};

	(void)state;
	statement_init(&entries[0].statement, ITEM_SKU, STATEMENT_DERIVED);
	entries[0].statement.fields[FIELD_ID] = id;
	statement_init(&entries[1].statement, ITEM_SKU, STATEMENT_STATED);
	statement_init(&entries[2].statement, ITEM_SKU, STATEMENT_STATED);
	entries[2].statement.fields[FIELD_ID] = id;
	entries[3].complaint.code = COMPLAINT_CODE_COUNT;
	for (size_t index = 0; index < sizeof(entries) / sizeof(entries[0]); index++) {
		struct error err = ERROR_INIT;
		struct run_ticket ticket;
		struct apply *apply;
		struct world world;

		world_open(&world);
		ticket = world_ticket(&world, NULL, NULL);
		assert_int_equal(apply_begin(world.store, &ticket,
		                             &(struct apply_policy){.missing = APPLY_MISSING_MARK, .missing_after = 1}, NULL,
		                             &apply, &err),
		                 0);
		assert_int_equal(apply_entry(apply, &entries[index], &err), -1);
		assert_int_equal(err.code, ERROR_READER);
		apply_rollback(apply);
		world_close(&world);
	}
}

static void plan_digest_is_of_the_content_of_the_plan(void **state)
{
	static const char reordered[] =
		"category c - | name=C\nsku b b self\nsku a p group | name=A | categories=[\"c\"]\nsku a p group | name=A";
	static const char other[] = "category c - | name=C\nsku b b self\nsku a p group | name=B | categories=[\"c\"]";
	static const char changed[] = "sku a p group | name=A2 | categories=[\"c\"]\ncategory c - | name=C2";
	struct run_result first;
	struct run_result second;
	struct world worlds[2];

	(void)state;
	for (size_t index = 0; index < 2; index++)
		world_open(&worlds[index]);
	/* Other keys, runs and seeds there. */
	run_text(&worlds[1], "sku y y self\ncategory y -", &(struct run_options){.job = "bolt", .catalog = "another"}, &second);
	run_text(&worlds[0], small_feed, &(struct run_options){.job = NULL}, &first);
	run_text(&worlds[1], reordered, &(struct run_options){.job = "other"}, &second);
	assert_string_equal(first.digest, second.digest);
	run_text(&worlds[1], other, &(struct run_options){.catalog = "third"}, &second);
	assert_string_not_equal(first.digest, second.digest);
	run_text(&worlds[0], changed, &(struct run_options){.missing = APPLY_MISSING_DELETE}, &first);
	run_text(&worlds[1], changed, &(struct run_options){.job = "other", .missing = APPLY_MISSING_DELETE}, &second);
	assert_string_equal(first.digest, second.digest);
	run_text(&worlds[0], small_feed, &(struct run_options){.missing = APPLY_MISSING_MARK}, &first);
	run_text(&worlds[1], small_feed, &(struct run_options){.job = "other", .missing = APPLY_MISSING_DELETE}, &second);
	assert_string_equal(first.digest, second.digest);
	for (size_t index = 0; index < 2; index++)
		world_close(&worlds[index]);
}

static void plan_is_written_as_json_lines(void **state)
{
	static const char expected[] =
		"{\"plan\":\"change\",\"kind\":\"sku\",\"item_id\":\"a\",\"action\":\"updated\",\"before\":{\"name\":\"A\"},\"after\":{\"name\":\"A2\"}}\n"
		"{\"plan\":\"change\",\"kind\":\"sku\",\"item_id\":\"b\",\"action\":\"removed\",\"before\":{\"product_id\":\"b\",\"product_link\":0,"
		"\"status\":\"active\"},\"after\":null}\n"
		"{\"plan\":\"change\",\"kind\":\"product\",\"item_id\":\"b\",\"action\":\"removed\",\"before\":{\"origin\":\"self\","
		"\"status\":\"active\"},\"after\":null}\n"
		"{\"plan\":\"change\",\"kind\":\"product\",\"item_id\":\"p\",\"action\":\"updated\",\"before\":{\"name\":\"A\"},\"after\":{\"name\":\"A2\"}}\n"
		"{\"plan\":\"change\",\"kind\":\"category\",\"item_id\":\"n\",\"action\":\"created\",\"before\":null,\"after\":{\"parent_id\":\"c\","
		"\"name\":\"N\",\"path\":[\"C\",\"N\"],\"status\":\"active\"}}\n"
		"{\"plan\":\"change\",\"kind\":\"product\",\"item_id\":\"n\",\"action\":\"created\",\"before\":null,\"after\":{\"origin\":\"self\","
		"\"status\":\"active\"}}\n"
		"{\"plan\":\"change\",\"kind\":\"sku\",\"item_id\":\"n\",\"action\":\"created\",\"before\":null,\"after\":{\"product_id\":\"n\","
		"\"product_link\":0,\"status\":\"active\"}}\n";
	static const char complaint[] =
		"{\"plan\":\"complaint\",\"severity\":\"error\",\"code\":\"duplicate\",\"kind\":\"sku\",\"item_id\":\"n\","
		"\"line_no\":null,\"column_no\":null,\"byte_offset\":null,\"field\":null,\"text\":null,\"record\":3,"
		"\"stream_offset\":";
	static const char next[] =
		"sku a p group | name=A2 | categories=[\"c\"]\nsku n n self\nsku n n self\ncategory c - | name=C\ncategory n c | name=N";
	struct run_result result;
	struct world world;
	char plan[8192];

	(void)state;
	world_open(&world);
	run_text(&world, small_feed, &(struct run_options){.job = NULL}, &result);
	run_text(&world, next,
	         &(struct run_options){.missing = APPLY_MISSING_DELETE, .is_dry = true, .plan = plan, .plan_size = sizeof(plan)},
	         &result);
	assert_memory_equal(plan, expected, strlen(expected));
	assert_memory_equal(plan + strlen(expected), complaint, strlen(complaint));
	world_close(&world);
}

static void plan_that_cannot_be_written_is_an_error(void **state)
{
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct apply *apply;
	struct world world;
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full);
	world_open(&world);
	ticket = world_ticket(&world, NULL, NULL);
	apply = begin(&world, &ticket, APPLY_MISSING_MARK, small_feed);
	assert_int_equal(apply_write_plan(apply, full, &err), -1); /* not finished */
	assert_int_equal(err.code, ERROR_STORE);
	assert_int_equal(apply_finish(apply, &err), 0);
	assert_int_equal(apply_write_plan(apply, full, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	(void)fclose(full);
	apply_rollback(apply);
	world_close(&world);
}

static void complaints_are_counted_all_and_kept_up_to_a_limit(void **state)
{
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	feed_record_begin(&feed);
	for (unsigned index = 0; index < LIMIT_COMPLAINTS_KEPT + 5; index++)
		feed_complaint(&feed, COMPLAINT_NUMBER_INVALID, "a");
	feed_complaint(&feed, COMPLAINT_PRICE_ZERO, "a");
	feed_record_end(&feed, true);
	feed_run(&world, &feed, &(struct run_options){.job = NULL}, &result);
	assert_complaints(&result, "number_invalid 1005 price_zero 1");
	assert_query(&world, "SELECT code, severity, count(*) FROM complaint GROUP BY code ORDER BY code",
	             "number_invalid|warning|1000\nprice_zero|note|1");
	feed_release(&feed);
	world_close(&world);
}

static void complaints_are_located_by_their_offsets(void **state)
{
	struct error err = ERROR_INIT;
	struct complaint_place *places;
	struct run_ticket ticket;
	struct apply *apply;
	struct world world;
	size_t count;

	(void)state;
	world_open(&world);
	ticket = world_ticket(&world, NULL, NULL);
	/* The product that is not stated has no place in the feed. */
	apply = begin(&world, &ticket, APPLY_MISSING_MARK,
	              "sku a p named\nsku a p named\nsku b b self\nsku b b self\ncategory c d");
	assert_int_equal(apply_finish(apply, &err), 0);
	assert_int_equal(apply_complaint_places(apply, &places, &count, &err), 0);
	assert_int_equal(count, 3);
	for (size_t index = 0; index < count; index++) {
		assert_true(places[index].stream_offset > (index > 0 ? places[index - 1].stream_offset : 0));
		places[index].line = (int64_t)index + 1;
		places[index].column = 7;
		places[index].byte = (int64_t)index * 10;
	}
	places[2].line = 0;
	places[2].column = 0;
	places[2].byte = -1;
	assert_int_equal(apply_complaint_locate(apply, places, count, &err), 0);
	free(places);
	assert_int_equal(apply_commit(apply, &applied, &memory, &err), 0);
	assert_query(&world, "SELECT code, line_no, column_no, byte_offset FROM complaint ORDER BY stream_offset",
	             "product_not_stated|-|-|-\nduplicate|1|7|0\nduplicate|2|7|10\ncategory_parent_missing|-|-|-");
	world_close(&world);
}

/* Every statement that may run once an item, or once a run over a big catalogue, finds its rows by an index. */
static void statements_do_not_scan_the_catalogue(void **state)
{
	/* By name, or by the letters that statements give them. */
	static const char *const tables[] = {
		"SCAN sku_data",      "SCAN offer_data",    "SCAN product_data", "SCAN product_category_data",
		"SCAN category_data", "SCAN category_name", "SCAN s\n",          "SCAN p\n",
		"SCAN c\n",           "SCAN n\n",           "SCAN k\n"};
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	world_open(&world);
	assert_int_equal(sql_scratch_create(world.store, &err), 0);
	assert_int_equal(undo_scratch_create(world.store, &err), 0);
	for (enum sql_id id = 0; id < SQL_COUNT; id++) {
		struct buffer sql;
		char *plan;

		/* Written for a dry run only, which may take its time. */
		if (id == SQL_CREATED_CATEGORIES || id == SQL_CREATED_PRODUCTS || id == SQL_CREATED_SKUS)
			continue;
		assert_non_null(sql_text(id));
		buffer_init(&sql, 65536);
		(void)buffer_append_format(&sql, "EXPLAIN QUERY PLAN %s", sql_text(id));
		plan = world_query(&world, buffer_text(&sql));
		for (size_t table = 0; table < sizeof(tables) / sizeof(tables[0]); table++)
			if (strstr(plan, tables[table]) != NULL)
				fail_msg("%s: %s", sql_text(id), plan);
		if ((id == SQL_DERIVE_ALL || id == SQL_DERIVE_ONE || id == SQL_SKU_PRESENT_KEYS || id == SQL_PRODUCT_STATED_KEYS) &&
		    strstr(plan, "TEMP B-TREE") != NULL)
			fail_msg("%s sorts: %s", sql_text(id), plan);
		if ((id == SQL_SKU_PRESENT_KEYS || id == SQL_PRODUCT_STATED_KEYS || id == SQL_STATED_COUNT) &&
		    strstr(plan, "USING COVERING INDEX") == NULL)
			fail_msg("%s reads rows: %s", sql_text(id), plan);
		free(plan);
		buffer_release(&sql);
	}
	world_close(&world);
}

int apply_run_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(run_commits_ledger_memory_and_lease_with_the_catalogue),
		cmocka_unit_test(run_that_is_rolled_back_leaves_nothing),
		cmocka_unit_test(run_that_lost_its_lease_is_fenced_out),
		cmocka_unit_test(run_waits_for_another_writer_and_gives_up),
		cmocka_unit_test(run_on_a_full_disk_leaves_the_store_as_it_was),
		cmocka_unit_test(run_that_is_not_finished_cannot_be_committed),
		cmocka_unit_test(run_that_is_finished_takes_no_more),
		cmocka_unit_test(run_whose_numbers_do_not_add_up_fails),
		cmocka_unit_test(run_refuses_statements_that_make_no_sense),
		cmocka_unit_test(plan_digest_is_of_the_content_of_the_plan),
		cmocka_unit_test(plan_is_written_as_json_lines),
		cmocka_unit_test(plan_that_cannot_be_written_is_an_error),
		cmocka_unit_test(complaints_are_counted_all_and_kept_up_to_a_limit),
		cmocka_unit_test(complaints_are_located_by_their_offsets),
		cmocka_unit_test(statements_do_not_scan_the_catalogue),
	};

	return cmocka_run_group_tests_name("apply_run", tests, NULL, NULL);
}
