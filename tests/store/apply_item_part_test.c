/* Parts of items, SKUs that products list, and what is told of both. */
#include "apply_support.h"
#include "apply_tests.h"

#include <stdio.h>
#include <string.h>

static void run(struct world *world, const struct feed *feed, enum apply_missing missing, struct run_result *ret_result)
{
	feed_run(world, feed, &(struct run_options){.missing = missing}, ret_result);
}

#define IMAGES_OF_A "SELECT images FROM sku WHERE sku_id = 'a'"

static void sku_a(struct feed *feed, const char *images)
{
	struct statement *statement = feed_sku(feed, "a", "p", PRODUCT_LINK_GROUP, "Anchor");

	statement_set(feed, statement, FIELD_IMAGES, images);
}

/* The same records in every order: the catalogue is the same, and so is the plan. */
static void parts_join_their_item_wherever_they_stand(void **state)
{
	static const unsigned orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 0, 3, 2}, {2, 3, 0, 1}, {1, 3, 2, 0}};
	char digest[33] = "";

	(void)state;
	for (size_t order = 0; order < sizeof(orders) / sizeof(orders[0]); order++) {
		struct run_result result;
		struct world world;
		struct feed feed;

		world_open(&world);
		feed_init(&feed);
		for (size_t place = 0; place < 4; place++) {
			if (orders[order][place] == 0)
				sku_a(&feed, "[\"own\"]");
			else if (orders[order][place] == 1)
				feed_part(&feed, ITEM_SKU, "a", FIELD_IMAGES, "[\"second\"]", 2);
			else if (orders[order][place] == 2)
				feed_part(&feed, ITEM_SKU, "a", FIELD_IMAGES, "[\"first\",\"more\"]", 1);
			else
				feed_part(&feed, ITEM_SKU, "a", FIELD_IMAGES, "[\"last\"]", 0);
		}
		run(&world, &feed, APPLY_MISSING_MARK, &result);
		assert_counts(&result, ITEM_SKU, "stated 4 created 1 merged 3");
		assert_query(&world, IMAGES_OF_A, "[\"own\",\"first\",\"more\",\"second\",\"last\"]");
		/* The product that is made from it has what it has. */
		assert_query(&world, "SELECT images FROM product WHERE product_id = 'p'",
		             "[\"own\",\"first\",\"more\",\"second\",\"last\"]");
		if (order > 0)
			assert_string_equal(result.digest, digest);
		(void)snprintf(digest, sizeof(digest), "%s", result.digest);
		run(&world, &feed, APPLY_MISSING_MARK, &result);
		assert_counts(&result, ITEM_SKU, "stated 4 unchanged 1 merged 3");
		assert_counts(&result, ITEM_PRODUCT, "derived 1 unchanged 1");
		feed_release(&feed);
		world_close(&world);
	}
}

static void a_change_of_parts_is_one_update_of_the_item(void **state)
{
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	sku_a(&feed, "[\"own\"]");
	feed_part(&feed, ITEM_SKU, "a", FIELD_IMAGES, "[\"part\"]", 1);
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	feed_release(&feed);

	/* Only the part changes. */
	feed_init(&feed);
	sku_a(&feed, "[\"own\"]");
	feed_part(&feed, ITEM_SKU, "a", FIELD_IMAGES, "[\"other\"]", 1);
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_counts(&result, ITEM_SKU, "stated 2 updated 1 merged 1");
	assert_query(&world, "SELECT action, before, after FROM change WHERE kind = 'sku'",
	             "updated|{\"images\":[\"own\",\"part\"],\"parts\":{\"images\":[\"part\"]}}|"
	             "{\"images\":[\"own\",\"other\"],\"parts\":{\"images\":[\"other\"]}}");
	feed_release(&feed);

	/* The item and its part change, and are told as one. */
	feed_init(&feed);
	feed_part(&feed, ITEM_SKU, "a", FIELD_IMAGES, "[\"third\"]", 1);
	sku_a(&feed, "[\"new\",\"own\"]");
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_counts(&result, ITEM_SKU, "stated 2 updated 1 merged 1");
	assert_query(&world, "SELECT action, before, after FROM change WHERE kind = 'sku' AND run_id = 3",
	             "updated|{\"images\":[\"own\",\"other\"],\"parts\":{\"images\":[\"other\"]}}|"
	             "{\"images\":[\"new\",\"own\",\"third\"],\"parts\":{\"images\":[\"third\"]}}");
	assert_query(&world, "SELECT count(*) FROM change WHERE kind = 'sku' AND run_id = 3", "1");
	feed_release(&feed);
	world_close(&world);
}

static void parts_go_with_the_policy_and_wait_for_their_item(void **state)
{
	struct run_result result;
	struct world world;
	struct feed both;
	struct feed item;
	struct feed part;

	(void)state;
	world_open(&world);
	feed_init(&both);
	sku_a(&both, "[\"own\"]");
	feed_part(&both, ITEM_SKU, "a", FIELD_IMAGES, "[\"part\"]", 0);
	feed_init(&item);
	sku_a(&item, "[\"own\"]");
	feed_init(&part);
	feed_part(&part, ITEM_SKU, "a", FIELD_IMAGES, "[\"part\"]", 0);

	/* The part first: it waits. */
	run(&world, &part, APPLY_MISSING_MARK, &result);
	assert_counts(&result, ITEM_SKU, "stated 1 merged 1");
	assert_complaints(&result, "item_not_stated 1");
	assert_query(&world, "SELECT item_id, record, stream_offset > 0 FROM complaint", "a|1|1");
	run(&world, &both, APPLY_MISSING_MARK, &result);
	assert_complaints(&result, "nothing");
	assert_query(&world, IMAGES_OF_A, "[\"own\",\"part\"]");
	/* Kept, then gone. */
	run(&world, &item, APPLY_MISSING_KEEP, &result);
	assert_counts(&result, ITEM_SKU, "stated 1 unchanged 1");
	assert_query(&world, IMAGES_OF_A, "[\"own\",\"part\"]");
	run(&world, &item, APPLY_MISSING_MARK, &result);
	assert_counts(&result, ITEM_SKU, "stated 1 updated 1");
	assert_query(&world, IMAGES_OF_A, "[\"own\"]");
	assert_query(&world, "SELECT count(*) FROM part_data", "0");
	/* A part of what the feed has no more, and the policy keeps: the item has it, by that one statement. */
	run(&world, &part, APPLY_MISSING_KEEP, &result);
	assert_counts(&result, ITEM_SKU, "stated 1 updated 1");
	assert_query(&world, IMAGES_OF_A, "[\"own\",\"part\"]");
	/* The item goes, the part waits, the item is back. */
	run(&world, &part, APPLY_MISSING_DELETE, &result);
	assert_stock(&result, ITEM_SKU, "before 1 removed 1");
	assert_complaints(&result, "item_not_stated 1");
	run(&world, &both, APPLY_MISSING_DELETE, &result);
	assert_counts(&result, ITEM_SKU, "stated 2 created 1 merged 1");
	assert_query(&world, IMAGES_OF_A, "[\"own\",\"part\"]");
	feed_release(&both);
	feed_release(&item);
	feed_release(&part);
	world_close(&world);
}

static void parts_reach_prices_stocks_categories_and_texts(void **state)
{
	struct run_result result;
	struct world world;
	struct statement *statement;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	(void)feed_category(&feed, "c1", NULL, "One");
	(void)feed_category(&feed, "c2", NULL, "Two");
	statement = feed_sku(&feed, "a", "p", PRODUCT_LINK_NAMED, "Anchor");
	statement_set(&feed, statement, FIELD_PRICES, "[{\"kind\":\"list\",\"amount_micros\":1}]");
	statement = feed_product(&feed, "p", "Product");
	statement_set(&feed, statement, FIELD_CATEGORIES, "[\"c1\"]");
	feed_part(&feed, ITEM_PRODUCT, "p", FIELD_CATEGORIES, "[\"c2\",\"c1\"]", 0);
	feed_part(&feed, ITEM_SKU, "a", FIELD_PRICES, "[{\"kind\":\"tier\",\"amount_micros\":2}]", 0);
	feed_part(&feed, ITEM_SKU, "a", FIELD_STOCKS, "[{\"place\":\"north\",\"quantity_micros\":3}]", 0);
	feed_part(&feed, ITEM_SKU, "a", FIELD_TEXTS, "[{\"field\":\"name\",\"language\":\"de\",\"value\":\"Anker\"}]", 0);
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_counts(&result, ITEM_PRODUCT, "stated 2 created 1 merged 1");
	assert_complaints(&result, "nothing");
	assert_query(&world, "SELECT kind, amount_micros FROM price ORDER BY kind", "list|1\ntier|2");
	assert_query(&world, "SELECT place, quantity_micros FROM stock", "north|3");
	assert_query(&world, "SELECT category_id, position FROM product_category ORDER BY position", "c1|0\nc2|1");
	assert_query(&world, "SELECT entity, item_id, field, language, value FROM text", "sku|a|name|de|Anker");
	assert_query(&world, "SELECT texts FROM sku_now", "{\"de\":{\"name\":\"Anker\"}}");
	feed_release(&feed);
	world_close(&world);
}

static void parts_of_an_item_are_no_more_than_a_record_may_have(void **state)
{
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	sku_a(&feed, "[\"own\"]");
	for (int index = 0; index < 1001; index++) {
		char json[32];

		(void)snprintf(json, sizeof(json), "[\"%d\"]", index);
		feed_part(&feed, ITEM_SKU, "a", FIELD_IMAGES, json, index + 1);
	}
	for (int round = 0; round < 2; round++) {
		run(&world, &feed, APPLY_MISSING_MARK, &result);
		assert_complaints(&result, "list_too_long 1");
		assert_query(&world, "SELECT json_array_length(images), images ->> 1, images ->> 1000 FROM sku", "1001|0|999");
	}
	assert_counts(&result, ITEM_SKU, "stated 1002 unchanged 1 merged 1001");
	feed_release(&feed);
	world_close(&world);
}

/* More categories than one record may name, which the product has once each. */
static void many_categories_of_parts_reach_the_product_once(void **state)
{
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	sku_a(&feed, NULL);
	(void)feed_sku(&feed, "b", "p", PRODUCT_LINK_GROUP, "Anchor");
	for (int index = 0; index < 300; index++) {
		char json[32];

		(void)snprintf(json, sizeof(json), "[\"c%d\"]", index);
		feed_part(&feed, ITEM_SKU, "a", FIELD_CATEGORIES, json, index + 1);
		if (index >= 150)
			feed_part(&feed, ITEM_SKU, "b", FIELD_CATEGORIES, json, index + 1);
	}
	feed_part(&feed, ITEM_SKU, "b", FIELD_CATEGORIES, "[\"d\"]", 0);
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_query(&world, "SELECT count(*), count(DISTINCT value) FROM product_data, json_each(categories)", "301|301");
	assert_query(&world, "SELECT count(*), max(position) FROM product_category", "301|300");
	feed_release(&feed);
	world_close(&world);
}

static void parts_of_another_jobs_item_are_left_out(void **state)
{
	struct run_result result;
	struct world world;
	struct feed theirs;
	struct feed ours;

	(void)state;
	world_open(&world);
	feed_init(&theirs);
	sku_a(&theirs, "[\"own\"]");
	feed_run(&world, &theirs, &(struct run_options){.job = "other"}, &result);
	feed_init(&ours);
	feed_part(&ours, ITEM_SKU, "a", FIELD_IMAGES, "[\"part\"]", 0);
	run(&world, &ours, APPLY_MISSING_MARK, &result);
	assert_complaints(&result, "item_not_stated 1");
	sku_a(&ours, NULL);
	run(&world, &ours, APPLY_MISSING_MARK, &result);
	assert_complaints(&result, "foreign 1");
	assert_query(&world, IMAGES_OF_A, "[\"own\"]");
	/* They give it up: it is ours, with its part. */
	feed_release(&theirs);
	feed_init(&theirs);
	feed_run(&world, &theirs, &(struct run_options){.job = "other", .missing = APPLY_MISSING_MARK}, &result);
	run(&world, &ours, APPLY_MISSING_MARK, &result);
	assert_counts(&result, ITEM_SKU, "stated 2 restored 1 merged 1");
	assert_query(&world, IMAGES_OF_A, "[\"part\"]");
	feed_release(&theirs);
	feed_release(&ours);
	world_close(&world);
}

/* SKUs that products list */

#define PRODUCTS_OF_SKUS "SELECT sku_id, product_id FROM sku WHERE status <> 'missing' ORDER BY sku_id"
#define PRODUCTS "SELECT product_id, origin FROM product WHERE status <> 'missing' ORDER BY product_id"

static void parent(struct feed *feed, const char *id, const char *children)
{
	statement_set(feed, feed_product(feed, id, id), FIELD_CHILDREN, children);
}

static void child(struct feed *feed, const char *id, const char *reference)
{
	statement_set(feed, feed_sku(feed, id, id, PRODUCT_LINK_LISTED, id), FIELD_REFERENCE, reference);
}

static void listed_sku_belongs_to_the_smallest_product_that_lists_it(void **state)
{
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	parent(&feed, "q", "[\"a\",\"b\"]");
	child(&feed, "a", NULL);
	child(&feed, "b", NULL);
	child(&feed, "c", "ref");
	child(&feed, "d", NULL);
	parent(&feed, "p", "[\"b\",\"ref\",\"nobody\"]");
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_query(&world, PRODUCTS_OF_SKUS, "a|q\nb|p\nc|p\nd|d");
	assert_query(&world, PRODUCTS, "d|self\np|stated\nq|stated");
	assert_counts(&result, ITEM_SKU, "stated 4 created 4");
	assert_counts(&result, ITEM_PRODUCT, "stated 2 derived 1 created 3");
	assert_complaints(&result, "child_not_stated 1");
	assert_query(&world, "SELECT item_id, text FROM complaint", "p|nobody");
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_counts(&result, ITEM_SKU, "stated 4 unchanged 4");
	assert_counts(&result, ITEM_PRODUCT, "stated 2 derived 1 unchanged 3");
	assert_complaints(&result, "child_not_stated 1");
	feed_release(&feed);
	world_close(&world);
}

static void listed_sku_moves_when_its_listing_does(void **state)
{
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	child(&feed, "a", NULL);
	child(&feed, "b", NULL);
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_query(&world, PRODUCTS, "a|self\nb|self");
	/* A product appears: its SKUs have no products of their own any more. */
	parent(&feed, "p", "[\"a\",\"b\"]");
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_query(&world, PRODUCTS_OF_SKUS, "a|p\nb|p");
	assert_query(&world, PRODUCTS, "p|stated");
	assert_counts(&result, ITEM_SKU, "stated 2 updated 2 moved 2");
	assert_query(&world, "SELECT item_id, action, before, after FROM change WHERE kind = 'sku' ORDER BY item_id",
	             "a|updated|{\"product_id\":\"a\"}|{\"product_id\":\"p\"}\n"
	             "b|updated|{\"product_id\":\"b\"}|{\"product_id\":\"p\"}");
	feed_release(&feed);
	/* It lists one of them, whose name changes too: one change, moved once. */
	feed_init(&feed);
	parent(&feed, "p", "[\"b\"]");
	statement_set(&feed, feed_sku(&feed, "a", "a", PRODUCT_LINK_LISTED, "New"), FIELD_REFERENCE, NULL);
	child(&feed, "b", NULL);
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_counts(&result, ITEM_SKU, "stated 2 updated 1 unchanged 1 moved 1");
	assert_query(&world, "SELECT item_id, action, before, after FROM change WHERE kind = 'sku' AND run_id = 3",
	             "a|updated|{\"name\":\"a\",\"product_id\":\"p\"}|{\"name\":\"New\",\"product_id\":\"a\"}");
	assert_query(&world, PRODUCTS, "a|self\np|stated");
	feed_release(&feed);
	/* It vanishes. */
	feed_init(&feed);
	child(&feed, "b", NULL);
	run(&world, &feed, APPLY_MISSING_DELETE, &result);
	assert_query(&world, PRODUCTS_OF_SKUS, "b|b");
	assert_query(&world, PRODUCTS, "b|self");
	assert_query(&world, "SELECT count(*) FROM product_child_data", "0");
	feed_release(&feed);
	world_close(&world);
}

/* A product's own price and stock pass to SKUs that lack them, however those came to it. */
static void listed_sku_has_from_its_product_what_it_lacks(void **state)
{
	struct run_result result;
	struct world world;
	struct statement *statement;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	child(&feed, "a", NULL);
	statement = feed_product(&feed, "p", "Product");
	statement_set(&feed, statement, FIELD_CHILDREN, "[\"a\"]");
	statement_set(&feed, statement, FIELD_CURRENCY, "EUR");
	statement_set(&feed, statement, FIELD_AVAILABILITY, "in_stock");
	statement_set_integer(statement, FIELD_PRICE, 5000000);
	statement_set_integer(statement, FIELD_QUANTITY, 2000000);
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_query(&world, "SELECT price, currency, availability, quantity FROM sku_now", "5|EUR|in_stock|2");
	assert_query(&world, "SELECT price_micros, currency, availability, quantity_micros FROM sku",
	             "5000000|EUR|in_stock|2000000");
	feed_release(&feed);
	world_close(&world);
}

static void plan_and_digest_have_parts_and_products(void **state)
{
	char plan[4096] = "";
	struct run_result dry;
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	parent(&feed, "p", "[\"a\"]");
	child(&feed, "a", NULL);
	feed_part(&feed, ITEM_SKU, "a", FIELD_TAGS, "[\"new\"]", 0);
	(void)feed_field(&feed, ITEM_SKU, "color", "unicode");
	feed_run(&world, &feed, &(struct run_options){.is_dry = true, .plan = plan, .plan_size = sizeof(plan)}, &dry);
	assert_non_null(strstr(plan, "{\"plan\":\"field\",\"entity\":\"sku\",\"field_id\":\"color\",\"before\":null,"
	                             "\"after\":{\"value_type\":\"unicode\",\"required\":0}}\n"));
	assert_non_null(strstr(plan, "\"after\":{\"product_id\":\"p\",\"product_link\":4,\"name\":\"a\",\"tags\":[\"new\"],"
	                             "\"status\":\"active\",\"parts\":{\"tags\":[\"new\"]}}"));
	assert_query(&world, "SELECT (SELECT count(*) FROM part_data) + (SELECT count(*) FROM field) + (SELECT count(*) FROM text)",
	             "0");
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_string_equal(dry.digest, result.digest);
	feed_part(&feed, ITEM_SKU, "a", FIELD_TAGS, "[\"sale\"]", 0);
	run(&world, &feed, APPLY_MISSING_MARK, &result);
	assert_string_not_equal(result.digest, "00000000000000000000000000000000");
	feed_release(&feed);
	world_close(&world);
}

int apply_item_part_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_join_their_item_wherever_they_stand),
		cmocka_unit_test(a_change_of_parts_is_one_update_of_the_item),
		cmocka_unit_test(parts_go_with_the_policy_and_wait_for_their_item),
		cmocka_unit_test(parts_reach_prices_stocks_categories_and_texts),
		cmocka_unit_test(parts_of_an_item_are_no_more_than_a_record_may_have),
		cmocka_unit_test(many_categories_of_parts_reach_the_product_once),
		cmocka_unit_test(parts_of_another_jobs_item_are_left_out),
		cmocka_unit_test(listed_sku_belongs_to_the_smallest_product_that_lists_it),
		cmocka_unit_test(listed_sku_moves_when_its_listing_does),
		cmocka_unit_test(listed_sku_has_from_its_product_what_it_lacks),
		cmocka_unit_test(plan_and_digest_have_parts_and_products),
	};

	return cmocka_run_group_tests_name("apply_item_part", tests, NULL, NULL);
}
