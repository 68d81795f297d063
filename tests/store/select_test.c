/* Listings: columns, filters, order, and ids that are made to break them. */
#include "store_support.h"
#include "store_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two jobs and two catalogues, by real runs. */
static void make_market(struct world *world)
{
	struct feed feed;
	struct statement *statement;
	struct run_result result;

	world_open(world);
	feed_init(&feed);
	(void)feed_category(&feed, "1", NULL, "Shoes");
	(void)feed_category(&feed, "2", "1", "Men");
	statement = feed_sku(&feed, "A", "G", PRODUCT_LINK_GROUP, "Shoe 41");
	statement_set_integer(statement, FIELD_PRICE, 10500000);
	statement_set(&feed, statement, FIELD_CURRENCY, "EUR");
	statement_set(&feed, statement, FIELD_CATEGORIES, "[\"2\",\"1\"]");
	statement_set(&feed, statement, FIELD_PRICES, "[{\"kind\":\"list\",\"currency\":\"EUR\",\"amount_micros\":12000000}]");
	statement_set(&feed, statement, FIELD_STOCKS, "[{\"place\":\"Berlin\",\"quantity_micros\":350000}]");
	statement = feed_sku(&feed, "B", "G", PRODUCT_LINK_GROUP, "Shoe 42");
	statement_set(&feed, statement, FIELD_STATUS, "hidden");
	statement = feed_sku(&feed, "C", "C", PRODUCT_LINK_SELF, "Belt");
	statement_set(&feed, statement, FIELD_CATEGORIES, "[\"1\"]");
	feed_run(world, &feed, &(struct run_options){.missing = APPLY_MISSING_MARK}, &result);
	feed_release(&feed);

	feed_init(&feed);
	(void)feed_sku(&feed, "A", "A", PRODUCT_LINK_SELF, "Staged");
	feed_run(world, &feed, &(struct run_options){.job = "other", .catalog = "staging"}, &result);
	feed_release(&feed);
}

static void skus_are_listed_and_filtered(void **state)
{
	static const struct {
		struct store_selection selection;
		const char *expected;
	} rows[] = {
		{{.list = STORE_LIST_SKUS}, "main|A\nmain|B\nmain|C\nstaging|A"},
		{{.list = STORE_LIST_SKUS, .limit = 2}, "main|A\nmain|B"},
		{{.list = STORE_LIST_SKUS, .limit = INT64_MAX}, "main|A\nmain|B\nmain|C\nstaging|A"},
		{{.list = STORE_LIST_SKUS, .catalog = "staging"}, "staging|A"},
		{{.list = STORE_LIST_SKUS, .job = "acme"}, "main|A\nmain|B\nmain|C"},
		{{.list = STORE_LIST_SKUS, .status = "hidden"}, "main|B"},
		{{.list = STORE_LIST_SKUS, .product_id = "G"}, "main|A\nmain|B"},
		{{.list = STORE_LIST_SKUS, .category_id = "1"}, "main|A\nmain|B\nmain|C"},
		{{.list = STORE_LIST_SKUS, .category_id = "2"}, "main|A\nmain|B"},
		{{.list = STORE_LIST_SKUS,
	          .category_id = "2",
	          .status = "active",
	          .catalog = "main",
	          .job = "acme",
	          .product_id = "G"},
	         "main|A"},
		{{.list = STORE_LIST_SKUS, .job = ""}, ""},
		{{.list = STORE_LIST_SKUS, .id = "A"}, "main|A\nstaging|A"},
		{{.list = STORE_LIST_SKUS, .id = "A", .catalog = "staging"}, "staging|A"},
		{{.list = STORE_LIST_SKUS, .id = "a"}, ""},
	};
	struct world world;

	(void)state;
	make_market(&world);
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
		assert_list(world.store, &rows[row].selection, "catalog sku_id", rows[row].expected);
	assert_list(world.store, &(struct store_selection){.list = STORE_LIST_SKUS, .limit = 1},
	            "catalog sku_id product_id name price old_price currency availability quantity status job",
	            "main|A|G|Shoe 41|10.5|-|EUR|-|-|active|acme");
	world_close(&world);
}

static void one_sku_is_shown_with_all_it_has(void **state)
{
	struct world world;

	(void)state;
	make_market(&world);
	assert_list(
		world.store, &(struct store_selection){.list = STORE_LIST_SKUS, .id = "A", .catalog = "main"},
		"sku_id name price_micros currency categories prices stocks status suppressed job offer_job created_run_id extra",
		"A|Shoe 41|10500000|EUR|=[\"2\",\"1\"]|=[{\"kind\":\"list\",\"currency\":\"EUR\",\"min_quantity_micros\":0,"
		"\"region\":\"\",\"valid_from_ms\":-9223372036854775808,\"valid_to_ms\":9223372036854775807,\"amount_micros\":12000000}]"
		"|=[{\"place\":\"Berlin\",\"quantity_micros\":350000,\"availability\":null}]|active|0|acme|acme|1|-");
	assert_list(world.store, &(struct store_selection){.list = STORE_LIST_SKUS, .id = "B", .catalog = "main"},
	            "sku_id prices stocks status", "B|=[]|=[]|hidden");
	world_close(&world);
}

static void products_and_categories_are_listed(void **state)
{
	static const struct {
		struct store_selection selection;
		const char *names;
		const char *expected;
	} rows[] = {
		{{.list = STORE_LIST_PRODUCTS},
	         "catalog product_id name categories skus origin status job",
	         "main|C|Belt|=[\"1\"]|1|self|active|acme\nmain|G|Shoe|=[\"2\",\"1\"]|2|synthesised|active|acme\nstaging|A|Staged|=[]|1|self|active|other"},
		{{.list = STORE_LIST_PRODUCTS, .category_id = "2"}, "product_id", "G"},
		{{.list = STORE_LIST_PRODUCTS, .job = "other"}, "product_id", "A"},
		{{.list = STORE_LIST_PRODUCTS, .id = "G"},
	         "product_id origin categories skus created_run_id price_micros suppressed",
	         "G|synthesised|=[\"2\",\"1\"]|2|1|-|0"},
		{{.list = STORE_LIST_PRODUCTS, .status = "missing"}, "product_id", ""},
		{{.list = STORE_LIST_CATEGORIES},
	         "catalog category_id parent_id name path products status job",
	         "main|1|-|Shoes|=[\"Shoes\"]|2|active|acme\nmain|2|1|Men|=[\"Shoes\",\"Men\"]|1|active|acme"},
		{{.list = STORE_LIST_CATEGORIES, .catalog = "staging"}, "category_id", ""},
		{{.list = STORE_LIST_CATEGORIES, .id = "2"},
	         "category_id parent_id held_by products url created_run_id",
	         "2|1|=[\"acme\"]|1|-|1"},
		{{.list = STORE_LIST_JOBS},
	         "job catalog run_id outcome categories products skus lease_run_id",
	         "acme|main|1|applied|2|2|3|-\nother|staging|2|applied|0|1|1|-"},
		{{.list = STORE_LIST_JOBS, .job = "other"}, "job", "other"},
		{{.list = STORE_LIST_RUNS}, "run_id job catalog outcome", "2|other|staging|applied\n1|acme|main|applied"},
		{{.list = STORE_LIST_RUNS, .job = "acme"}, "run_id", "1"},
		{{.list = STORE_LIST_RUNS, .catalog = "staging"}, "run_id", "2"},
		{{.list = STORE_LIST_RUNS, .status = "failed"}, "run_id", ""},
		{{.list = STORE_LIST_RUNS, .run_id = 1}, "run_id job trigger parent_run_id error", "1|acme|manual|-|-"},
		{{.list = STORE_LIST_RUNS, .run_id = 99}, "run_id", ""},
	};
	struct world world;

	(void)state;
	make_market(&world);
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
		assert_list(world.store, &rows[row].selection, rows[row].names, rows[row].expected);
	(void)world_ticket(&world, "acme", "main");
	assert_list(world.store, &(struct store_selection){.list = STORE_LIST_JOBS, .job = "acme"},
	            "job run_id outcome lease_run_id skus", "acme|3|running|3|3");
	world_close(&world);
}

static void a_runs_numbers_are_json(void **state)
{
	struct world world;
	char *text;

	(void)state;
	make_market(&world);
	text = list_text(world.store, &(struct store_selection){.list = STORE_LIST_RUNS, .run_id = 1}, "counts");
	assert_int_equal(strncmp(text, "={\"records\":{\"read\":3,", 22), 0);
	free(text);
	world_execute(&world, "UPDATE run SET error = '{\"code\":\"feed\"}' WHERE run_id = 1");
	assert_list(world.store, &(struct store_selection){.list = STORE_LIST_RUNS, .job = "acme"}, "error",
	            "={\"code\":\"feed\"}");
	world_close(&world);
}

static void changes_tell_what_was_created_too(void **state)
{
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	make_market(&world);
	assert_list(world.store, &(struct store_selection){.list = STORE_LIST_CHANGES, .run_id = 1},
	            "kind item_id action before after",
	            "category|1|created|-|-\ncategory|2|created|-|-\nproduct|G|created|-|-\nproduct|C|created|-|-\n"
	            "sku|A|created|-|-\nsku|B|created|-|-\nsku|C|created|-|-");
	feed_init(&feed);
	(void)feed_sku(&feed, "A", "A", PRODUCT_LINK_SELF, "Renamed");
	(void)feed_sku(&feed, "N", "N", PRODUCT_LINK_SELF, "New");
	feed_run(&world, &feed, &(struct run_options){.job = "other", .catalog = "staging"}, &result);
	feed_release(&feed);
	assert_list(
		world.store, &(struct store_selection){.list = STORE_LIST_CHANGES, .run_id = result.run_id, .id = "A"},
		"kind item_id action before after",
		"sku|A|updated|={\"name\":\"Staged\"}|={\"name\":\"Renamed\"}\nproduct|A|updated|={\"name\":\"Staged\"}|={\"name\":\"Renamed\"}");
	assert_list(world.store, &(struct store_selection){.list = STORE_LIST_CHANGES, .run_id = result.run_id, .id = "N"},
	            "kind action", "product|created\nsku|created");
	assert_list(world.store, &(struct store_selection){.list = STORE_LIST_CHANGES, .run_id = result.run_id, .limit = 1},
	            "action", "updated");
	assert_list(world.store, &(struct store_selection){.list = STORE_LIST_CHANGES, .run_id = 99}, "action", "");
	world_close(&world);
}

static void complaints_stand_in_the_feeds_order(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	world_execute(
		&world,
		"INSERT INTO complaint (run_id, severity, code, item_id, line_no, column_no, byte_offset, text) VALUES"
		" (1, 'warning', 'number_invalid', 'b', 3, 1, 300, 'x'), (1, 'error', 'duplicate', 'z', NULL, NULL, NULL, NULL),"
		" (1, 'note', 'price_zero', 'a', 2, 5, 20, '0'), (2, 'note', 'price_zero', 'q', 1, 1, 1, '0'),"
		" (1, 'note', 'price_zero', 'c', 3, 1, 300, '0')");
	assert_list(
		world.store, &(struct store_selection){.list = STORE_LIST_COMPLAINTS, .run_id = 1},
		"item_id severity code line_no column_no byte_offset text",
		"a|note|price_zero|2|5|20|0\nb|warning|number_invalid|3|1|300|x\nc|note|price_zero|3|1|300|0\nz|error|duplicate|-|-|-|-");
	assert_list(world.store, &(struct store_selection){.list = STORE_LIST_COMPLAINTS, .run_id = 1, .code = "price_zero"},
	            "item_id", "a\nc");
	assert_list(world.store,
	            &(struct store_selection){.list = STORE_LIST_COMPLAINTS, .run_id = 1, .code = "price_zero", .limit = 1},
	            "item_id", "a");
	world_close(&world);
}

static void hostile_ids_are_only_ids(void **state)
{
	static const char *const ids[] = {
		"' OR '1'='1",
		"x'; DROP TABLE sku_data; --",
		"\"",
		"%",
		"_",
		"A%",
		"*",
		"?",
		":id",
		"\\",
		"caf\xC3\xA9",
		"cafe\xCC\x81",
		"\xF0\x9F\x91\x9F",
		"\xEF\xBB\xBF"
		"A",
		"\n",
		"0017",
		"17",
		"1e3",
		"NULL",
		"A",
		"a",
		"[\"x\"]",
		"\x01",
	};
	const size_t count = sizeof(ids) / sizeof(ids[0]);
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	for (size_t index = 0; index < count; index++) {
		(void)feed_category(&feed, ids[index], NULL, ids[index]);
		(void)feed_sku(&feed, ids[index], ids[index], PRODUCT_LINK_SELF, ids[index]);
	}
	feed_run(&world, &feed, &(struct run_options){.missing = APPLY_MISSING_KEEP}, &result);
	feed_release(&feed);
	for (size_t index = 0; index < count; index++) {
		const char *id = ids[index];

		assert_list(world.store, &(struct store_selection){.list = STORE_LIST_SKUS, .id = id}, "sku_id", id);
		assert_list(world.store, &(struct store_selection){.list = STORE_LIST_PRODUCTS, .id = id}, "product_id", id);
		assert_list(world.store, &(struct store_selection){.list = STORE_LIST_CATEGORIES, .id = id}, "category_id", id);
		assert_list(world.store, &(struct store_selection){.list = STORE_LIST_SKUS, .product_id = id}, "sku_id", id);
		assert_list(world.store, &(struct store_selection){.list = STORE_LIST_SKUS, .category_id = id}, "sku_id", "");
		assert_list(world.store, &(struct store_selection){.list = STORE_LIST_SKUS, .catalog = id}, "sku_id", "");
		assert_list(world.store, &(struct store_selection){.list = STORE_LIST_SKUS, .job = id}, "sku_id", "");
		assert_list(world.store, &(struct store_selection){.list = STORE_LIST_SKUS, .status = id}, "sku_id", "");
		assert_list(world.store, &(struct store_selection){.list = STORE_LIST_COMPLAINTS, .run_id = 1, .code = id}, "code",
		            "");
	}
	world_close(&world);
}

static void values_of_the_wrong_type_are_text(void **state)
{
	struct world world;

	(void)state;
	make_market(&world);
	world_execute(
		&world,
		"UPDATE sku_data SET images = 'no json', tags = '[1', attributes = '{\"a\":[]}', weight_g = 'heavy', gtin = 17,"
		" mpn = x'00ff', extra = ''; UPDATE offer_data SET price_micros = 1.5");
	assert_list(world.store, &(struct store_selection){.list = STORE_LIST_SKUS, .id = "A", .catalog = "main"},
	            "images tags attributes weight_g gtin price_micros extra", "no json|[1|={\"a\":[]}|heavy|17|1.5|");
	world_close(&world);
}

static int refuse_row(void *context, const struct store_value *values, size_t count, struct error *err)
{
	int *rows = context;

	(void)values;
	(void)count;
	++*rows;
	return error_set(err, ERROR_SYSTEM, "the pipe is closed");
}

static void a_listing_ends_when_its_sink_fails(void **state)
{
	struct error err = ERROR_INIT;
	struct world world;
	int rows = 0;

	(void)state;
	make_market(&world);
	assert_int_equal(store_select(world.store, &(struct store_selection){.list = STORE_LIST_SKUS},
	                              (struct store_row_sink){.context = &rows, .row = refuse_row}, &err),
	                 -1);
	assert_error(&err, ERROR_SYSTEM, "the pipe is closed");
	assert_int_equal(rows, 1);
	assert_int_equal(sqlite3_get_autocommit(world.store->database), 1);
	world_execute(&world, "BEGIN IMMEDIATE; ROLLBACK");
	world_close(&world);
}

static void a_listing_refuses_what_it_does_not_know(void **state)
{
	static const struct {
		struct store_selection selection;
		const char *words;
	} rows[] = {
		{{.list = STORE_LIST_COMPLAINTS}, "of a run"},
		{{.list = STORE_LIST_CHANGES, .run_id = -1}, "of a run"},
		{{.list = STORE_LIST_SKUS, .code = "x"}, "'code'"},
		{{.list = STORE_LIST_RUNS, .category_id = "x"}, "'category'"},
		{{.list = STORE_LIST_CATEGORIES, .product_id = "x"}, "'product'"},
		{{.list = (enum store_list)99}, "99"},
	};
	struct error err = ERROR_INIT;
	struct world world;
	int calls = 0;

	(void)state;
	world_open(&world);
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		assert_int_equal(store_select(world.store, &rows[row].selection,
		                              (struct store_row_sink){.context = &calls, .row = refuse_row}, &err),
		                 -1);
		assert_error(&err, ERROR_USAGE, rows[row].words);
	}
	assert_int_equal(calls, 0);
	world_close(&world);
}

/* What a person asks for by its id, and the first rows of a list, are found without reading the catalogue through. */
static void lists_do_not_sort_or_scan_what_an_index_has(void **state)
{
	static const struct {
		const char *sql;
		const char *never; /* in the plan */
	} rows[] = {
		{"SELECT * FROM product_category WHERE catalog = 'main' AND product_id = 'x'", "SCAN"},
		{"SELECT * FROM product_category WHERE catalog = 'main' AND category_id = 'x'", "SCAN"},
		{"SELECT * FROM product_category WHERE catalog = 'main' AND category_id = 'x'", "(catalog_key=?)"},
		{"SELECT * FROM product_category WHERE category_id = 'x'", "SCAN"},
		{"SELECT * FROM product_category WHERE category_id = 'x'", "(catalog_key=?)"},
		{"SELECT * FROM product_category WHERE catalog = 'main' AND product_id = 'x' AND category_id = 'y'", "by_category"},
		{"SELECT * FROM product_category WHERE catalog = 'main'", "SCAN"},
		{"SELECT name FROM product_category JOIN product USING (catalog, product_id) WHERE catalog = 'main' AND category_id = 'x'",
	         "SCAN"},
		{"SELECT name FROM product_category JOIN product USING (catalog, product_id) WHERE category_id = 'x'", "SCAN"},
		{"SELECT category_id FROM product JOIN product_category USING (catalog, product_id) WHERE catalog = 'main' AND"
	         " product_id = 'x'",
	         "SCAN"},
		{"SELECT name FROM product_category JOIN category USING (catalog, category_id) WHERE catalog = 'main' AND product_id = 'x'",
	         "SCAN"},
		{"SELECT product_id FROM category JOIN product_category USING (catalog, category_id) WHERE catalog = 'main' AND"
	         " category_id = 'x'",
	         "SCAN"},
		{"SELECT category_id FROM sku JOIN product_category USING (catalog, product_id) WHERE catalog = 'main' AND sku_id = 'x'",
	         "SCAN"},
		{"SELECT product_count FROM category_tree", "SCAN m"},
		{"SELECT product_count FROM category_tree", "SCAN p"},
		{"SELECT product_count FROM category_tree", "SEARCH p USING COVERING"},
		{"SELECT sku_id FROM sku_now s ORDER BY s.catalog, s.sku_id LIMIT 5", "TEMP B-TREE"},
		{"SELECT * FROM sku s WHERE s.sku_id = 'x'", "SCAN s\n"},
		{"SELECT * FROM sku s WHERE s.sku_id = 'x' AND s.catalog = 'main'", "SCAN s\n"},
		{"SELECT * FROM product p WHERE p.product_id = 'x'", "SCAN p\n"},
		{"SELECT * FROM category c WHERE c.category_id = 'x'", "SCAN c\n"},
		{"UPDATE sku SET name = 'x' WHERE catalog = 'main' AND sku_id = 'x'", "SCAN sku_data"},
	};
	struct world world;

	(void)state;
	world_open(&world);
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		char sql[512];
		char *plan;

		(void)snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", rows[row].sql);
		plan = world_query(&world, sql);
		if (strstr(plan, rows[row].never) != NULL)
			fail_msg("%s\n%s", rows[row].sql, plan);
		free(plan);
	}
	world_close(&world);
}

int select_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(skus_are_listed_and_filtered),
		cmocka_unit_test(one_sku_is_shown_with_all_it_has),
		cmocka_unit_test(products_and_categories_are_listed),
		cmocka_unit_test(a_runs_numbers_are_json),
		cmocka_unit_test(changes_tell_what_was_created_too),
		cmocka_unit_test(complaints_stand_in_the_feeds_order),
		cmocka_unit_test(hostile_ids_are_only_ids),
		cmocka_unit_test(values_of_the_wrong_type_are_text),
		cmocka_unit_test(a_listing_ends_when_its_sink_fails),
		cmocka_unit_test(a_listing_refuses_what_it_does_not_know),
		cmocka_unit_test(lists_do_not_sort_or_scan_what_an_index_has),
	};

	return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
