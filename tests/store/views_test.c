/* The views: exact decimals, dated sales, the tree, and writing through them. */
#include "store_support.h"
#include "store_tests.h"

#include "base/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Catalogues main and staging, jobs acme and other, and SKU 's' of product 'p' in both. */
static void make_catalogue(struct world *world)
{
	world_open(world);
	world_execute(
		world,
		"INSERT INTO catalog_name VALUES (1, 'main'), (2, 'staging'); INSERT INTO job_name VALUES (1, 'acme'), (2, 'other');"
		"INSERT INTO product_data (catalog_key, product_id, origin, name, status, job_key, created_run_id)"
		" VALUES (1, 'p', 'stated', 'Product', 'active', 1, 1), (2, 'p', 'stated', 'Product', 'active', 1, 1);"
		"INSERT INTO sku_data (catalog_key, sku_id, product_id, product_link, name, status, job_key, offer_job_key, stock_job_key,"
		" created_run_id) VALUES (1, 's', 'p', 0, 'Sku', 'active', 1, 2, 1, 1), (2, 's', 'p', 0, 'Sku', 'active', 1, 2, 1, 1);"
		"INSERT INTO offer_data (sku_key) SELECT sku_key FROM sku_data");
}

static void assert_decimal(struct world *world, int64_t micros)
{
	struct buffer expected;
	char sql[160];

	buffer_init(&expected, 100);
	number_append_micros(&expected, micros, 0);
	(void)buffer_append_byte(&expected, '|');
	number_append_micros(&expected, micros, 0);
	(void)buffer_append_byte(&expected, '|');
	number_append_micros(&expected, micros, 0);
	(void)snprintf(sql, sizeof(sql), "UPDATE offer_data SET price_micros = %" PRId64, micros);
	world_execute(world, sql);
	world_execute(world, "UPDATE offer_data SET old_price_micros = price_micros, quantity_micros = price_micros");
	assert_query(world, "SELECT price, old_price, quantity FROM sku_now WHERE catalog = 'main'", buffer_text(&expected));
	buffer_release(&expected);
}

static void amounts_are_exact_decimals(void **state)
{
	static const struct {
		const char *micros;
		const char *text;
	} rows[] = {
		{"NULL", "-"},
		{"0", "0"},
		{"1", "0.000001"},
		{"-1", "-0.000001"},
		{"500000", "0.5"},
		{"-500000", "-0.5"},
		{"1000000", "1"},
		{"-1000000", "-1"},
		{"10500000", "10.5"},
		{"100000000", "100"},
		{"1290990000", "1290.99"},
		{"-12345678", "-12.345678"},
		{"9223372036854775807", "9223372036854.775807"},
		{"-9223372036854775807 - 1", "-9223372036854.775808"},
	};
	uint64_t random = 7;
	struct world world;

	(void)state;
	make_catalogue(&world);
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		char sql[128];

		(void)snprintf(sql, sizeof(sql), "UPDATE offer_data SET price_micros = %s", rows[row].micros);
		world_execute(&world, sql);
		assert_query(&world, "SELECT price FROM sku_now WHERE catalog = 'main'", rows[row].text);
	}
	for (int round = 0; round < 200; round++) {
		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		assert_decimal(&world, (int64_t)random >> (round % 60));
	}
	assert_decimal(&world, INT64_MAX);
	assert_query(&world, "SELECT typeof(price), typeof(old_price), typeof(quantity) FROM sku_now",
	             "text|text|text\ntext|text|text");
	world_close(&world);
}

static void a_sale_counts_while_it_lasts(void **state)
{
	static const struct {
		const char *label;
		const char *prices; /* kind, currency, least quantity, region, from, to, amount */
		const char *expected;
	} rows[] = {
		{"none", "", "100|120|EUR"},
		{"now", "('sale', 'EUR', 0, '', 0, 9223372036854775807, 90000000)", "90|100|EUR"},
		{"without bounds", "('sale', 'EUR', 0, '', -9223372036854775807 - 1, 9223372036854775807, 90000000)", "90|100|EUR"},
		{"of any currency", "('sale', '', 0, '', 0, 9223372036854775807, 90000000)", "90|100|EUR"},
		{"for one piece", "('sale', 'EUR', 1000000, '', 0, 9223372036854775807, 90000000)", "90|100|EUR"},
		{"over", "('sale', 'EUR', 0, '', 0, 1000, 90000000)", "100|120|EUR"},
		{"to come", "('sale', 'EUR', 0, '', 9223372036854775806, 9223372036854775807, 90000000)", "100|120|EUR"},
		{"in another currency", "('sale', 'USD', 0, '', 0, 9223372036854775807, 90000000)", "100|120|EUR"},
		{"elsewhere", "('sale', 'EUR', 0, 'DE', 0, 9223372036854775807, 90000000)", "100|120|EUR"},
		{"for many", "('sale', 'EUR', 2000000, '', 0, 9223372036854775807, 90000000)", "100|120|EUR"},
		{"a price list", "('list', 'EUR', 0, '', 0, 9223372036854775807, 90000000)", "100|120|EUR"},
		{"that is dearer", "('sale', 'EUR', 0, '', 0, 9223372036854775807, 100000000)", "100|120|EUR"},
		{"the one begun last",
	         "('sale', 'EUR', 0, '', 0, 9223372036854775807, 80000000), ('sale', 'EUR', 0, '', 5, 9223372036854775807, 90000000)",
	         "90|100|EUR"},
	};
	struct world world;

	(void)state;
	make_catalogue(&world);
	world_execute(&world, "UPDATE offer_data SET price_micros = 100000000, old_price_micros = 120000000, currency = 'EUR'");
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		char sql[512];
		char *found;

		world_execute(&world, "DELETE FROM price_data");
		if (rows[row].prices[0] != '\0') {
			(void)snprintf(sql, sizeof(sql), "INSERT INTO price_data SELECT 1, * FROM (VALUES %s)", rows[row].prices);
			world_execute(&world, sql);
		}
		found = world_query(&world, "SELECT price, old_price, currency FROM sku_now WHERE catalog = 'main'");
		if (strcmp(found, rows[row].expected) != 0)
			fail_msg("a sale %s: %s", rows[row].label, found);
		free(found);
		/* What is stored does not depend on the clock. */
		assert_query(&world, "SELECT price_micros, old_price_micros FROM sku WHERE catalog = 'main'",
		             "100000000|120000000");
	}
	world_close(&world);
}

static void a_sku_has_from_its_product_what_it_lacks(void **state)
{
	struct world world;

	(void)state;
	make_catalogue(&world);
	world_execute(&world, "UPDATE product_data SET price_micros = 5000000, old_price_micros = 6000000, currency = 'EUR',"
	                      " availability = 'in_stock', quantity_micros = 350000, brand = 'B'; UPDATE sku_data SET name = NULL");
	assert_query(&world,
	             "SELECT name, brand, price, old_price, currency, availability, quantity, job, offer_job FROM sku_now LIMIT 1",
	             "Product|B|5|6|EUR|in_stock|0.35|acme|other");
	assert_query(&world, "SELECT price_micros, currency, quantity_micros FROM sku LIMIT 1", "5000000|EUR|350000");
	world_execute(&world, "UPDATE offer_data SET price_micros = 1, currency = NULL, availability = 'limited';"
	                      "UPDATE sku_data SET name = 'Own'");
	assert_query(&world, "SELECT name, price, old_price, currency, availability FROM sku_now LIMIT 1",
	             "Own|0.000001|-|-|limited");
	/* Not from one that nobody states, nor from one that is gone. */
	world_execute(&world, "UPDATE offer_data SET price_micros = NULL; UPDATE product_data SET origin = 'synthesised'");
	assert_query(&world, "SELECT price, brand FROM sku_now LIMIT 1", "-|B");
	world_execute(&world, "UPDATE product_data SET origin = 'stated', status = 'missing'");
	assert_query(&world, "SELECT price, brand FROM sku_now LIMIT 1", "-|-");
	/* One without a price has none to pass on: what the SKU has is shown. */
	world_execute(&world,
	              "UPDATE product_data SET status = 'active', price_micros = NULL; UPDATE offer_data SET old_price_micros = 7");
	assert_query(&world, "SELECT price, old_price FROM sku_now LIMIT 1", "-|0.000007");
	assert_query(&world, "SELECT price_micros, old_price_micros FROM sku LIMIT 1", "-|7");
	world_close(&world);
}

static void the_tree_has_depth_path_and_products(void **state)
{
	struct world world;

	(void)state;
	make_catalogue(&world);
	world_execute(
		&world,
		"INSERT INTO category_data (catalog_key, category_id, parent_id, name, status, job_key, created_run_id) VALUES"
		" (1, 'a', NULL, 'Shoes', 'active', 1, 1), (1, 'b', 'a', 'Men', 'active', 1, 1), (1, 'c', 'b', NULL, 'hidden', 1, 1),"
		" (1, 'd', 'nobody', 'Dangling', 'active', 1, 1), (1, 'e', 'd', 'Below', 'active', 1, 1),"
		" (1, 'f', 'g', 'Loop', 'active', 1, 1), (1, 'g', 'f', 'Pool', 'active', 1, 1), (1, 'h', 'h', 'Self', 'active', 1, 1),"
		" (1, 'i', 'a', 'Gone', 'missing', 1, 1), (1, 'j', 'i', 'Below gone', 'active', 1, 1),"
		" (2, 'a', NULL, 'Other', 'active', 1, 1);"
		"INSERT INTO category_name VALUES (1, 1, 'b'), (2, 1, 'c'), (3, 2, 'a'), (4, 1, 'a'), (5, 2, 'b');"
		"INSERT INTO product_category_data VALUES (1, 1, 0), (1, 2, 1), (2, 3, 0)");
	assert_query(
		&world,
		"SELECT category_id, depth, path, product_count FROM category_tree WHERE catalog = 'main' ORDER BY category_id",
		"a|1|Shoes|0\nb|2|Shoes > Men|1\nc|3|Shoes > Men > c|1\nd|-|-|0\ne|-|-|0\nf|-|-|0\ng|-|-|0\nh|-|-|0\nj|-|-|0");
	assert_query(&world, "SELECT category_id, path, product_count FROM category_tree WHERE catalog = 'staging'", "a|Other|1");
	world_execute(&world, "UPDATE product_data SET status = 'missing'");
	assert_query(&world, "SELECT sum(product_count) FROM category_tree", "0");
	world_close(&world);
}

static void further_prices_and_stock_have_their_natural_keys(void **state)
{
	struct world world;

	(void)state;
	make_catalogue(&world);
	world_execute(&world, "INSERT INTO price_data VALUES (1, 'list', 'EUR', 0, 'DE', 1, 2, 3);"
	                      "INSERT INTO stock_data VALUES (2, 'Berlin', 350000, 'in_stock')");
	assert_query(&world, "SELECT * FROM price", "main|s|list|EUR|0|DE|1|2|3");
	assert_query(&world, "SELECT * FROM stock", "staging|s|Berlin|350000|in_stock");
	world_close(&world);
}

/* ---- Writing through the views ---- */

static void a_write_through_a_view_changes_its_row_only(void **state)
{
	static const struct {
		const char *write;
		const char *read;
		const char *expected; /* of main, then of staging */
	} rows[] = {
		{"UPDATE sku SET name = 'It''s', description = 'D', url = 'U', condition = 'new', gtin = '1', mpn = '2', merchant_sku = '3',"
	         " images = '[]', attributes = '[]', tags = '[\"t\"]', weight_g = 4, status = 'hidden', extra = '{}', product_id = 'q'"
	         " WHERE catalog = 'main'",
	         "SELECT name, description, url, condition, gtin, mpn, merchant_sku, images, attributes, tags, weight_g, status, extra, product_id FROM sku",
	         "It's|D|U|new|1|2|3|[]|[]|[\"t\"]|4|hidden|{}|q\nSku|-|-|-|-|-|-|-|-|-|-|active|-|p"},
		{"UPDATE sku SET price_micros = 1, old_price_micros = 2, currency = 'EUR', availability = 'in_stock', quantity_micros = 3"
	         " WHERE catalog = 'main'",
	         "SELECT price_micros, old_price_micros, currency, availability, quantity_micros FROM sku_data JOIN offer_data USING (sku_key)",
	         "1|2|EUR|in_stock|3\n-|-|-|-|-"},
		{"UPDATE sku SET suppressed = 1 WHERE catalog = 'staging'", "SELECT suppressed, name FROM sku", "0|Sku\n1|Sku"},
		{"UPDATE product SET name = 'N', description = 'D', brand = 'B', url = 'U', images = '[]', attributes = '[]', tags = '[]',"
	         " status = 'hidden', extra = '{}' WHERE catalog = 'main'",
	         "SELECT name, description, brand, url, images, attributes, tags, status, extra FROM product",
	         "N|D|B|U|[]|[]|[]|hidden|{}\nProduct|-|-|-|-|-|-|active|-"},
		{"UPDATE product SET suppressed = 1 WHERE catalog = 'main'", "SELECT suppressed FROM product", "1\n0"},
		{"UPDATE category SET parent_id = 'x', name = 'N', path = '[]', position = 9, url = 'U', status = 'hidden', extra = '{}'"
	         " WHERE catalog = 'main'",
	         "SELECT parent_id, name, path, position, url, status, extra FROM category",
	         "x|N|[]|9|U|hidden|{}\n-|-|-|-|-|active|-"},
		{"UPDATE category SET suppressed = 1 WHERE catalog = 'main'", "SELECT suppressed FROM category", "1\n0"},
		{"DELETE FROM sku WHERE catalog = 'main'",
	         "SELECT (SELECT group_concat(sku_key) FROM sku_data), (SELECT group_concat(sku_key) FROM price_data),"
	         " (SELECT group_concat(sku_key) FROM stock_data), (SELECT group_concat(sku_key) FROM offer_data),"
	         " (SELECT count(*) FROM product_data), (SELECT group_concat(catalog || entity) FROM text)",
	         "2|2|2|2|2|maincategory,mainproduct,stagingsku"},
		{"DELETE FROM product WHERE catalog = 'main'",
	         "SELECT (SELECT group_concat(product_key) FROM product_data), (SELECT group_concat(product_key) FROM product_category_data),"
	         " (SELECT group_concat(product_key) FROM product_without_sku), (SELECT count(*) FROM sku_data)",
	         "2|2|2|2"},
		{"DELETE FROM category WHERE catalog = 'main'",
	         "SELECT (SELECT group_concat(category_key) FROM category_data), (SELECT group_concat(category_key) FROM category_holder),"
	         " (SELECT count(*) FROM product_category_data)",
	         "2|2|2"},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct world world;

		make_catalogue(&world);
		world_execute(
			&world,
			"INSERT INTO category_data (catalog_key, category_id, status, job_key, created_run_id) VALUES"
			" (1, 'c', 'active', 1, 1), (2, 'c', 'active', 1, 1);"
			"INSERT INTO category_holder VALUES (1, 1), (2, 1), (1, 2);"
			"INSERT INTO category_name VALUES (1, 1, 'c'), (2, 2, 'c');"
			"INSERT INTO product_category_data VALUES (1, 1, 0), (2, 2, 0); INSERT INTO product_without_sku VALUES (1), (2);"
			"INSERT INTO price_data SELECT sku_key, 'list', '', 0, '', 0, 0, 1 FROM sku_data;"
			"INSERT INTO stock_data SELECT sku_key, 'here', 1, NULL FROM sku_data;"
			"INSERT INTO text (catalog, entity, item_id, field, language, value) VALUES ('main', 'sku', 's', 'name', 'de', 'x'), ('staging', 'sku', 's', 'name', 'de', 'x'),"
			" ('main', 'product', 's', 'name', 'de', 'x'), ('main', 'category', 's', 'name', 'de', 'x')");
		world_execute(&world, rows[row].write);
		assert_query(&world, rows[row].read, rows[row].expected);
		world_close(&world);
	}
}

static void what_a_sku_has_from_its_product_stays_the_products(void **state)
{
	struct world world;

	(void)state;
	make_catalogue(&world);
	world_execute(&world,
	              "UPDATE product_data SET price_micros = 5, old_price_micros = 6, currency = 'EUR', availability = 'in_stock',"
	              " quantity_micros = 7; UPDATE sku SET name = 'New' WHERE catalog = 'main'");
	assert_query(
		&world,
		"SELECT name, price_micros, old_price_micros, currency, availability, quantity_micros FROM sku_data JOIN offer_data USING (sku_key) LIMIT 1",
		"New|-|-|-|-|-");
	/* A price of its own keeps the currency that was seen with it. */
	world_execute(&world, "UPDATE sku SET price_micros = 4 WHERE catalog = 'main'");
	assert_query(
		&world,
		"SELECT price_micros, old_price_micros, currency, availability, quantity_micros FROM sku_data JOIN offer_data USING (sku_key) LIMIT 1",
		"4|6|EUR|-|-");
	assert_query(&world, "SELECT price_micros, old_price_micros, currency, availability, quantity_micros FROM sku LIMIT 1",
	             "4|6|EUR|in_stock|7");
	world_close(&world);
}

static void what_makes_no_sense_is_refused(void **state)
{
	static const struct {
		const char *sql;
		const char *words;
	} rows[] = {
		{"UPDATE sku SET sku_id = 'x'", "cannot be changed"},
		{"UPDATE sku SET sku_id = 'x', name = 'y'", "cannot be changed"},
		{"UPDATE sku SET catalog = 'staging'", "cannot be changed"},
		{"UPDATE sku SET job = 'other'", "cannot be changed"},
		{"UPDATE sku SET offer_job = 'acme'", "cannot be changed"},
		{"UPDATE sku SET created_run_id = 9", "cannot be changed"},
		{"UPDATE product SET product_id = 'x'", "cannot be changed"},
		{"UPDATE product SET origin = 'self'", "cannot be changed"},
		{"UPDATE sku SET status = 'deleted'", "status is"},
		{"UPDATE sku SET status = NULL", "status is"},
		{"UPDATE product SET status = ''", "status is"},
		{"UPDATE sku SET suppressed = 2", "suppressed is"},
		{"UPDATE product SET suppressed = NULL", "suppressed is"},
		{"UPDATE sku SET product_id = NULL", "NOT NULL"},
		{"INSERT INTO sku (catalog, sku_id) VALUES ('main', 'x')", "view"},
		{"UPDATE sku_now SET price = '1'", "view"},
		{"DELETE FROM price", "view"},
	};
	static const char everything[] = "SELECT * FROM sku s JOIN product p USING (catalog, product_id)";
	struct error err = ERROR_INIT;
	struct world world;
	char *before, *after;

	(void)state;
	make_catalogue(&world);
	before = world_query(&world, everything);
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		assert_int_equal(sqlite_execute(world.store, rows[row].sql, &err), -1);
		assert_error(&err, ERROR_STORE, rows[row].words);
	}
	after = world_query(&world, everything);
	assert_string_equal(after, before);
	free(before);
	free(after);
	/* The same value again is no change. */
	world_execute(&world, "UPDATE sku SET sku_id = sku_id, job = job, name = 'y'");
	assert_query(&world, "SELECT DISTINCT name FROM sku", "y");
	world_close(&world);
}

int views_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts_are_exact_decimals),
		cmocka_unit_test(a_sale_counts_while_it_lasts),
		cmocka_unit_test(a_sku_has_from_its_product_what_it_lacks),
		cmocka_unit_test(the_tree_has_depth_path_and_products),
		cmocka_unit_test(further_prices_and_stock_have_their_natural_keys),
		cmocka_unit_test(a_write_through_a_view_changes_its_row_only),
		cmocka_unit_test(what_a_sku_has_from_its_product_stays_the_products),
		cmocka_unit_test(what_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests_name("views", tests, NULL, NULL);
}
