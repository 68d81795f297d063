/* New rows that wait to be written together: whatever their number, and whoever asks for them meanwhile. */
#include "apply_scenario.h"
#include "apply_tests.h"
#include "base/buffer.h"
#include "store/sqlite/apply_bulk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PRODUCT_SKUS 3 /* of one product; every fourth SKU has two categories, the second one twice */

static void add_sku(struct feed *feed, size_t number)
{
	struct statement *sku;
	char id[32], product_id[32], categories[64];

	(void)snprintf(id, sizeof(id), "s%04zu", number);
	(void)snprintf(product_id, sizeof(product_id), "p%04zu", number / PRODUCT_SKUS);
	(void)snprintf(categories, sizeof(categories), number % 4 == 0 ? "[\"c%zu\",\"d\",\"d\"]" : "[\"c%zu\"]", number % 7);
	sku = feed_sku(feed, id, product_id, PRODUCT_LINK_GROUP, id);
	statement_set(feed, sku, FIELD_CATEGORIES, categories);
	statement_set(feed, sku, FIELD_PRICES, "[{\"kind\":\"list\",\"currency\":\"EUR\",\"amount_micros\":5}]");
}

static void rows_are_written_whatever_their_number(void **state)
{
	static const size_t numbers[] = {1, BULK_ROWS - 1, BULK_ROWS, BULK_ROWS + 1, 5 * BULK_ROWS + 3};

	(void)state;
	for (size_t row = 0; row < sizeof(numbers) / sizeof(numbers[0]); row++) {
		const size_t products = (numbers[row] + PRODUCT_SKUS - 1) / PRODUCT_SKUS;
		const struct run_options options = {.missing = APPLY_MISSING_MARK};
		struct world world;
		struct feed feed;
		struct run_result result;
		char expected[128];

		world_open(&world);
		feed_init(&feed);
		for (size_t number = 0; number < numbers[row]; number++)
			add_sku(&feed, number);
		feed_run(&world, &feed, &options, &result);
		(void)snprintf(expected, sizeof(expected), "%zu|%zu|1|1", numbers[row], numbers[row]);
		assert_query(
			&world,
			"SELECT count(*), max(sku_key), count(*) = sum(name = sku_id AND sku_id = printf('s%04d', sku_key - 1)"
			" AND product_id = printf('p%04d', (sku_key - 1) / 3) AND offer_job_key = job_key AND stock_job_key = job_key"
			" AND status = 'active' AND created_run_id = 1), count(*) = (SELECT count(*) FROM price_data) FROM sku_data",
			expected);
		(void)snprintf(expected, sizeof(expected), "%zu|%zu|1", products, products);
		assert_query(
			&world,
			"SELECT count(*), max(product_key), count(*) = sum(product_id = printf('p%04d', product_key - 1) AND job_key = 1)"
			" FROM product_data",
			expected);
		/* As the lists of the SKUs have them, the representative's first. */
		assert_query(
			&world,
			"SELECT count(*) FROM (SELECT * FROM product_category_data JOIN category_name USING (category_number)) c FULL JOIN (SELECT product_key, value, min(key) AS position FROM"
			" product_data, json_each(categories) GROUP BY 1, 2) j ON j.product_key = c.product_key AND j.value = c.category_id"
			" AND j.position = c.position WHERE j.value IS NULL OR c.category_id IS NULL",
			"0");
		assert_query(&world, "PRAGMA integrity_check", "ok");
		/* The same feed again does nothing. */
		feed_run(&world, &feed, &options, &result);
		(void)snprintf(expected, sizeof(expected), "stated %zu unchanged %zu", numbers[row], numbers[row]);
		assert_counts(&result, ITEM_SKU, expected);
		feed_release(&feed);
		world_close(&world);
	}
}

static void a_further_statement_finds_the_row_that_waits(void **state)
{
	const struct run_options options = {.missing = APPLY_MISSING_MARK};
	struct world world;
	struct feed feed;
	struct run_result result;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	for (size_t number = 0; number < 2 * BULK_ROWS; number++) {
		add_sku(&feed, number);
		add_sku(&feed, number / 2);
	}
	feed_run(&world, &feed, &options, &result);
	assert_counts(&result, ITEM_SKU, "stated 64 created 32 duplicate 32");
	assert_query(&world, "SELECT count(*), max(sku_key) FROM sku_data", "32|32");
	feed_release(&feed);
	world_close(&world);
}

static void products_that_are_stated_again_are_found(void **state)
{
	const struct run_options options = {.missing = APPLY_MISSING_MARK};
	struct world world;
	struct feed feed;
	struct run_result result;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	for (size_t number = 0; number < 3 * BULK_ROWS; number++) {
		char id[32];

		(void)snprintf(id, sizeof(id), "p%04zu", number % (2 * BULK_ROWS));
		(void)feed_product(&feed, id, id);
		add_sku(&feed, number);
	}
	feed_run(&world, &feed, &options, &result);
	assert_counts(&result, ITEM_PRODUCT, "stated 48 created 32 merged 16");
	assert_query(&world, "SELECT count(*), sum(origin = 'stated' AND name = product_id) FROM product_data", "32|32");
	feed_release(&feed);
	world_close(&world);
}

static void long_rows_do_not_wait(void **state)
{
	enum { TEXT_BYTES = 100 * 1000 };
	const struct run_options options = {.missing = APPLY_MISSING_MARK};
	struct world world;
	struct feed feed;
	struct run_result result;
	char *text = malloc(TEXT_BYTES + 1);

	(void)state;
	assert_non_null(text);
	memset(text, 'x', TEXT_BYTES);
	text[TEXT_BYTES] = '\0';
	world_open(&world);
	feed_init(&feed);
	for (size_t number = 0; number < BULK_ROWS; number++) {
		char id[32];
		struct statement *sku;

		(void)snprintf(id, sizeof(id), "s%zu", number);
		sku = feed_sku(&feed, id, id, PRODUCT_LINK_SELF, id);
		text[number] = 'y';
		statement_set(&feed, sku, FIELD_DESCRIPTION, text);
		text[number] = 'x';
	}
	feed_run(&world, &feed, &options, &result);
	assert_query(
		&world,
		"SELECT count(*), sum(length(description) = 100000 AND instr(description, 'y') = sku_key AND name = 's' || (sku_key - 1))"
		" FROM sku_data",
		"16|16");
	feed_release(&feed);
	world_close(&world);
	free(text);
}

static void keys_go_on_behind_those_of_other_catalogues(void **state)
{
	const struct run_options other = {.catalog = "other"}, options = {.catalog = NULL};
	struct world world;
	struct feed feed;
	struct run_result result;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	for (size_t number = 0; number < BULK_ROWS + 1; number++)
		add_sku(&feed, number);
	feed_run(&world, &feed, &other, &result);
	feed_run(&world, &feed, &options, &result);
	assert_counts(&result, ITEM_SKU, "stated 17 created 17");
	assert_query(&world, "SELECT catalog_key, min(sku_key), max(sku_key) FROM sku_data GROUP BY 1 ORDER BY 1",
	             "1|1|17\n2|18|34");
	feed_release(&feed);
	world_close(&world);
}

static void a_store_without_keys_left_says_so(void **state)
{
	struct world world;
	struct feed feed;
	struct run_result result;
	struct apply *apply;
	struct error err = ERROR_INIT;
	const struct apply_policy policy = {.missing = APPLY_MISSING_KEEP};

	(void)state;
	world_open(&world);
	feed_init(&feed);
	add_sku(&feed, 1);
	feed_run(&world, &feed, &(struct run_options){.catalog = "other"}, &result);
	world_execute(&world, "UPDATE sku_data SET sku_key = 9223372036854775807");
	const struct run_ticket ticket = world_ticket(&world, "acme", "main");
	assert_int_equal(apply_begin(world.store, &ticket, &policy, NULL, &apply, &err), 0);
	assert_int_equal(apply_entry(apply, feed.entries[0], &err), -1);
	assert_non_null(strstr(err.message, "has no keys left for another sku"));
	apply_rollback(apply);
	feed_release(&feed);
	world_close(&world);
}

/* Of a damaged file: nothing is made up, and nothing half written. */
static void a_sku_without_its_offer_is_an_error(void **state)
{
	static const struct {
		const char *damage;
		size_t number; /* of the SKU that is stated then */
	} rows[] = {
		{"DELETE FROM offer_data", 1},
		{"INSERT INTO offer_data (sku_key) SELECT max(sku_key) + 1 FROM sku_data", 2},
	};
	const struct apply_policy policy = {.missing = APPLY_MISSING_KEEP};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct world world;
		struct feed feed;
		struct feed again;
		struct run_result result;
		struct apply *apply;
		struct error err = ERROR_INIT;

		world_open(&world);
		feed_init(&feed);
		add_sku(&feed, 1);
		feed_run(&world, &feed, &(struct run_options){.missing = APPLY_MISSING_KEEP}, &result);
		world_execute(&world, rows[row].damage);
		feed_init(&again);
		add_sku(&again, rows[row].number);
		const struct run_ticket ticket = world_ticket(&world, "acme", "main");
		assert_int_equal(apply_begin(world.store, &ticket, &policy, NULL, &apply, &err), 0);
		assert_true(apply_entry(apply, again.entries[0], &err) < 0 || apply_finish(apply, &err) < 0);
		assert_int_equal(err.code, ERROR_STORE);
		apply_rollback(apply);
		assert_query(&world, "SELECT count(*) FROM sku_data", "1");
		feed_release(&again);
		feed_release(&feed);
		world_close(&world);
	}
}

/* A SKU in so many categories from that number on. */
static void add_sku_in_many(struct feed *feed, const char *id, size_t first, size_t count)
{
	struct statement *sku = feed_sku(feed, id, id, PRODUCT_LINK_SELF, id);
	struct buffer categories;

	buffer_init(&categories, (size_t)1 << 24);
	for (size_t number = first; number < first + count; number++)
		(void)buffer_append_format(&categories, "%s\"c%zu\"", number > first ? "," : "[", number);
	(void)buffer_append_text(&categories, "]");
	assert_non_null(buffer_text(&categories));
	statement_set(feed, sku, FIELD_CATEGORIES, buffer_text(&categories));
	buffer_release(&categories);
}

/* More ids than a run keeps the numbers of, and then some of them again. */
static void an_id_has_one_number_however_many_there_are(void **state)
{
	enum { SKUS = 110, OF_SKU = 1000 };
	struct world world;
	struct feed feed;
	struct run_result result;

	(void)state;
	world_open(&world);
	for (int catalog = 0; catalog < 2; catalog++) {
		feed_init(&feed);
		for (size_t number = 0; number < (catalog == 0 ? SKUS : 1); number++) {
			char id[32];

			(void)snprintf(id, sizeof(id), "s%zu", number);
			add_sku_in_many(&feed, id, number * OF_SKU, OF_SKU);
		}
		add_sku_in_many(&feed, "t", OF_SKU / 2, OF_SKU);
		feed_run(&world, &feed, &(struct run_options){.catalog = catalog == 0 ? "main" : "other"}, &result);
		feed_release(&feed);
	}
	assert_query(&world, "SELECT catalog_key, count(*), count(DISTINCT category_id) FROM category_name GROUP BY 1",
	             "1|110000|110000\n2|1500|1500");
	assert_query(
		&world,
		"SELECT catalog, product_id, count(*), min(position), max(position), sum(category_id = 'c' || (position + 500))"
		" FROM product_category WHERE product_id IN ('s0', 't') GROUP BY 1, 2",
		"main|s0|1000|0|999|0\nmain|t|1000|0|999|1000\nother|s0|1000|0|999|0\nother|t|1000|0|999|1000");
	assert_query(&world, "SELECT count(*), count(DISTINCT category_number) FROM product_category_data", "113000|111500");
	assert_query(&world, "SELECT catalog, product_id FROM product_category WHERE category_id = 'c700' ORDER BY 1, 2",
	             "main|s0\nmain|t\nother|s0\nother|t");
	world_close(&world);
}

static void an_id_keeps_its_number_from_run_to_run(void **state)
{
	static const struct {
		const char *feed;
		bool is_dry;
		const char *numbers; /* with the products */
	} runs[] = {
		{"sku a a self | categories=[\"x\",\"y\"]", false, "1|x|1\n2|y|1"},
		{"sku a a self | categories=[\"z\"]\nsku b b self | categories=[\"y\"]", true, "1|x|1\n2|y|1"},
		{"sku a a self | categories=[\"\",\"z\"]\nsku b b self | categories=[\"y\",\"\"]", false,
	         "1|x|-\n2|y|2\n3||1,2\n4|z|1"},
	};
	struct world world;

	(void)state;
	world_open(&world);
	for (size_t run = 0; run < sizeof(runs) / sizeof(runs[0]); run++) {
		struct feed feed;
		struct run_result result;

		feed_init(&feed);
		feed_parse(&feed, runs[run].feed);
		feed_run(&world, &feed, &(struct run_options){.is_dry = runs[run].is_dry}, &result);
		feed_release(&feed);
		assert_query(&world,
		             "SELECT category_number, category_id, (SELECT group_concat(product_key) FROM product_category_data n"
		             " WHERE n.category_number = k.category_number) FROM category_name k ORDER BY 1",
		             runs[run].numbers);
	}
	world_close(&world);
}

int apply_bulk_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_written_whatever_their_number),
		cmocka_unit_test(a_further_statement_finds_the_row_that_waits),
		cmocka_unit_test(products_that_are_stated_again_are_found),
		cmocka_unit_test(long_rows_do_not_wait),
		cmocka_unit_test(keys_go_on_behind_those_of_other_catalogues),
		cmocka_unit_test(a_store_without_keys_left_says_so),
		cmocka_unit_test(a_sku_without_its_offer_is_an_error),
		cmocka_unit_test(an_id_has_one_number_however_many_there_are),
		cmocka_unit_test(an_id_keeps_its_number_from_run_to_run),
	};

	return cmocka_run_group_tests_name("apply_bulk", tests, NULL, NULL);
}
