/* What a job remembers, and when it is to be trusted. */
#include "store_support.h"
#include "store_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct job_memory full_memory = {
	.is_clean = true,
	.source_digest = "source",
	.seed = "seed",
	.feed_sha256 = "0123456789012345678901234567890123456789012345678901234567890123",
	.etag = "W/\"it's\"",
	.last_modified = "Sat, 31 Jan 2026 08:00:00 GMT",
	.charset = "windows-1251",
};

static void assert_memory(struct world *world, const struct run_ticket *ticket, bool is_clean)
{
	struct job_memory memory;
	struct error err = ERROR_INIT;

	memset(&memory, 'x', sizeof(memory));
	assert_int_equal(store_job_memory_read(world->store, ticket, &memory, &err), 0);
	assert_int_equal(memory.is_clean, is_clean);
	assert_string_equal(memory.source_digest, full_memory.source_digest);
	assert_string_equal(memory.seed, full_memory.seed);
	assert_string_equal(memory.feed_sha256, full_memory.feed_sha256);
	assert_string_equal(memory.etag, full_memory.etag);
	assert_string_equal(memory.last_modified, full_memory.last_modified);
	assert_string_equal(memory.charset, full_memory.charset);
	assert_int_equal(sqlite3_get_autocommit(world->store->database), 1);
}

static void remember(struct world *world, const struct run_ticket *ticket)
{
	struct error err = ERROR_INIT;
	struct memory_left left = {.known_records = 0};

	assert_int_equal(present_count(world->store, ticket, left.present, &err), 0);
	assert_int_equal(memory_write(world->store, ticket, &full_memory, &left, &err), 0);
}

static void a_job_that_never_ran_remembers_nothing(void **state)
{
	static const struct job_memory nothing;
	struct job_memory memory;
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	world_open(&world);
	ticket = world_ticket(&world, "acme", "main");
	memset(&memory, 'x', sizeof(memory));
	assert_int_equal(store_job_memory_read(world.store, &ticket, &memory, &err), 0);
	assert_memory_equal(&memory, &nothing, sizeof(nothing));
	world_close(&world);
}

/* Two jobs, two catalogues, one category, product and SKU each; ticket 0 is acme's in main. */
static void make_items(struct world *world, struct run_ticket tickets[3])
{
	world_open(world);
	tickets[0] = world_ticket(world, "acme", "main");
	tickets[1] = world_ticket(world, "other", "main");
	world_end_run(world, &tickets[0], "unchanged");
	tickets[2] = world_ticket(world, "acme", "staging");
	world_execute(
		world,
		"CREATE TEMP TABLE place (job, catalog); INSERT INTO place VALUES (1, 1), (2, 1), (1, 2);"
		"INSERT INTO category_data (catalog_key, category_id, status, job_key, created_run_id)"
		" SELECT catalog, 'c' || job, 'active', job, 1 FROM place;"
		"INSERT INTO category_holder SELECT job_key, category_key FROM category_data;"
		"INSERT INTO product_data (catalog_key, product_id, origin, status, job_key, created_run_id)"
		" SELECT catalog, 'p' || job, 'stated', 'hidden', job, 1 FROM place;"
		"INSERT INTO sku_data (catalog_key, sku_id, product_id, product_link, status, job_key, offer_job_key, stock_job_key,"
		" created_run_id) SELECT catalog, 's' || job, 'p' || job, 0, 'active', job, job, job, 1 FROM place;"
		"INSERT INTO sku_data (catalog_key, sku_id, product_id, product_link, status, job_key, offer_job_key, stock_job_key,"
		" created_run_id) SELECT catalog, 'm' || job, 'p' || job, 0, 'missing', job, job, job, 1 FROM place");
	for (size_t index = 0; index < 3; index++)
		remember(world, &tickets[index]);
}

static void changes_by_hand_make_memory_unclean(void **state)
{
	static const struct {
		const char *sql;
		bool clean[3]; /* acme in main, other in main, acme in staging */
	} rows[] = {
		{"SELECT 1", {true, true, true}},
		{"UPDATE sku SET name = 'x' WHERE catalog = 'main' AND sku_id = 's1'", {false, false, true}},
		{"UPDATE sku SET price_micros = 5 WHERE catalog = 'staging'", {true, true, false}},
		{"UPDATE product SET brand = 'x' WHERE product_id = 'p2'", {false, false, true}},
		{"UPDATE category SET parent_id = 'c9' WHERE category_id = 'c2'", {false, false, true}},
		{"DELETE FROM sku WHERE catalog = 'main' AND sku_id = 's1'", {false, false, true}},
		{"DELETE FROM product WHERE product_id = 'p2'", {false, false, true}},
		{"DELETE FROM category WHERE catalog = 'staging'", {true, true, false}},
		{"DELETE FROM sku", {false, false, false}},
		{"DELETE FROM sku WHERE sku_id = 'nobody'", {true, true, true}},
		/* What a person decides is not the feed's. */
		{"UPDATE sku SET suppressed = 1; UPDATE product SET suppressed = 1; UPDATE category SET suppressed = 1",
	         {true, true, true}},
		{"UPDATE sku SET suppressed = 1, name = 'x' WHERE catalog = 'staging'", {true, true, false}},
		/* Past the views: the counts still tell. */
		{"DELETE FROM sku_data WHERE job_key = 2", {true, false, true}},
		{"UPDATE product_data SET status = 'missing' WHERE job_key = 1", {false, true, false}},
		{"DELETE FROM category_holder WHERE job_key = 2", {true, false, true}},
		{"UPDATE category_data SET status = 'missing' WHERE job_key = 2", {true, false, true}},
		{"UPDATE sku_data SET status = 'active' WHERE status = 'missing' AND catalog_key = 2", {true, true, false}},
		{"UPDATE job_memory SET is_clean = 2", {false, false, false}},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct run_ticket tickets[3];
		struct world world;

		make_items(&world, tickets);
		world_execute(&world, rows[row].sql);
		for (size_t index = 0; index < 3; index++)
			assert_memory(&world, &tickets[index], rows[row].clean[index]);
		world_close(&world);
	}
}

static void present_are_active_and_hidden_of_this_job_and_catalogue(void **state)
{
	struct run_ticket tickets[3];
	int64_t present[ITEM_KIND_COUNT];
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	make_items(&world, tickets);
	/* A category of another's that acme holds too. */
	world_execute(&world, "INSERT INTO category_holder SELECT 1, category_key FROM category_data WHERE category_id = 'c2'");
	assert_int_equal(present_count(world.store, &tickets[0], present, &err), 0);
	assert_int_equal(present[ITEM_CATEGORY], 2);
	assert_int_equal(present[ITEM_PRODUCT], 1);
	assert_int_equal(present[ITEM_SKU], 1);
	assert_int_equal(present_count(world.store, &tickets[2], present, &err), 0);
	assert_int_equal(present[ITEM_CATEGORY], 1);
	world_close(&world);
}

static void memory_that_does_not_fit_is_forgotten(void **state)
{
	static const struct job_memory nothing;
	struct run_ticket ticket;
	struct world world;

	(void)state;
	world_open(&world);
	ticket = world_ticket(&world, "acme", "main");
	for (size_t index = 0; index < 6; index++) {
		static const char *const columns[] = {"source_digest", "seed", "feed_sha256", "etag", "last_modified", "charset"};
		struct job_memory memory;
		struct error err = ERROR_INIT;
		char sql[128];

		remember(&world, &ticket);
		assert_memory(&world, &ticket, true);
		(void)snprintf(sql, sizeof(sql), "UPDATE job_memory SET %s = printf('%%256d', 1)", columns[index]);
		world_execute(&world, sql);
		assert_int_equal(store_job_memory_read(world.store, &ticket, &memory, &err), 0);
		assert_memory_equal(&memory, &nothing, sizeof(nothing));
	}
	world_close(&world);
}

int memory_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_that_never_ran_remembers_nothing),
		cmocka_unit_test(changes_by_hand_make_memory_unclean),
		cmocka_unit_test(present_are_active_and_hidden_of_this_job_and_catalogue),
		cmocka_unit_test(memory_that_does_not_fit_is_forgotten),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
