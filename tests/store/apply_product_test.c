/* Products: stated ones, those made from SKUs, and the ways from one to the other. */
#include "apply_scenario.h"
#include "apply_tests.h"

#include <stdio.h>

#define MARK .missing = APPLY_MISSING_MARK
#define KEEP .missing = APPLY_MISSING_KEEP
#define PRODUCTS "SELECT product_id, origin, status, name, categories FROM product_data ORDER BY product_id"
#define LINKS "SELECT product_id, category_id, position FROM product_category ORDER BY product_id, position"

static const struct scenario stated[] = {
	{"created, unchanged, updated; the first statement counts",
         {{.feed = "product p | name=P\nproduct p | name=Q\nproduct q | status=hidden",
           .products = "stated 3 created 2 merged 1",
           .product_stock = "created 2 after 2",
           .query = PRODUCTS,
           .rows = "p|stated|active|P|-\nq|stated|hidden|-|-"},
          {.feed = "product p | name=P\nproduct q | status=hidden", MARK, .products = "stated 2 unchanged 2", .changes = ""},
          {.feed = "product p | name=R\nproduct q",
           MARK,
           .products = "stated 2 updated 2",
           .changes =
                   "product|p|updated|{\"name\":\"P\"}|{\"name\":\"R\"}\nproduct|q|updated|{\"status\":\"hidden\"}|{\"status\":\"active\"}"}}},
	{"every column is written",
         {{.feed = "product p | name=n | description=d | brand=b | url=u | images=[\"i\"] | attributes=[{\"name\":\"a\"}] | tags=[\"t\"]"
                   " | extra={\"e\":1} | categories=[\"c\"] | price=1 | old_price=2 | currency=EUR | availability=in_stock | quantity=3",
           .query =
                   "SELECT origin, name, description, brand, url, images, attributes, tags, status, suppressed, extra, categories, price_micros,"
                   " old_price_micros, currency, availability, quantity_micros, created_run_id FROM product_data",
           .rows = "stated|n|d|b|u|[\"i\"]|[{\"name\":\"a\"}]|[\"t\"]|active|0|{\"e\":1}|[\"c\"]|1|2|EUR|in_stock|3|1"}}},
	{"its own price passes to SKUs that lack one",
         {{.feed = "product p | price=7 | currency=EUR\nsku a p named\nsku b p named | price=5 | currency=USD",
           .query = "SELECT sku_id, price_micros, currency FROM sku ORDER BY sku_id",
           .rows = "a|7|EUR\nb|5|USD"}}},
	{"another job's product is foreign, with one complaint, and not derived",
         {{.feed = "product p | name=P", .job = "bolt"},
          {.feed = "product p | name=Q\nproduct p | name=Q\nsku a p group | name=A",
           .products = "stated 2 foreign 2",
           .complaints = "foreign 1",
           .product_stock = "nothing",
           .query = PRODUCTS,
           .rows = "p|stated|active|P|-"},
          {.feed = "", MARK, .job = "bolt", .product_stock = "before 1 removed 1"},
          {.feed = "sku a p group | name=A",
           MARK,
           .products = "derived 1 restored 1",
           .query = PRODUCTS,
           .rows = "p|synthesised|active|A|-"}}},
	{"categories follow their list, the first of equal ones gives the position",
         {{.feed = "product p | categories=[\"a\",\"b\",\"a\",\"c\"]", .query = LINKS, .rows = "p|a|0\np|b|1\np|c|3"},
          {.feed = "product p | categories=[\"c\",\"a\"]",
           .products = "stated 1 updated 1",
           .query = LINKS,
           .rows = "p|c|0\np|a|1"},
          {.feed = "product p", .products = "stated 1 updated 1", .query = LINKS, .rows = ""}}},
	{"a category id with escapes",
         {{.feed = "product p | categories=[\"a\\\"b\",\"\\u00e9\"]", .query = LINKS, .rows = "p|a\"b|0\np|\xC3\xA9|1"}}},
};

static void product_that_is_stated(void **state)
{
	(void)state;
	run_scenarios(stated, sizeof(stated) / sizeof(stated[0]));
}

static const struct scenario derived[] = {
	{"made from its SKUs, and remade when they change",
         {{.feed = "sku b p group | name=Cup red | categories=[\"c\"]\nsku a p group | name=Cup blue | categories=[\"d\",\"c\"]\nsku x x self | name=X",
           .products = "derived 2 created 2",
           .query = PRODUCTS,
           .rows = "p|synthesised|active|Cup|[\"d\",\"c\"]\nx|self|active|X|-"},
          {.feed = "sku b p group | name=Cup red | categories=[\"c\"]\nsku a p group | name=Cup blue | categories=[\"e\"]\nsku x x self | name=X",
           MARK,
           .products = "derived 2 updated 1 unchanged 1",
           .query = LINKS,
           .rows = "p|e|0\np|c|1",
           .changes = "product|p|updated|{\"categories\":[\"d\",\"c\"]}|{\"categories\":[\"e\",\"c\"]}\n"
                      "sku|a|updated|{\"categories\":[\"d\",\"c\"]}|{\"categories\":[\"e\"]}"},
          {.feed = "sku b p group | name=Cup red\nsku x x self | name=X",
           MARK,
           .products = "derived 2 updated 1 unchanged 1",
           .query = PRODUCTS,
           .rows = "p|synthesised|active|Cup red|-\nx|self|active|X|-"},
          {.feed = "sku x x self | name=X\nsku y x group | name=Y",
           MARK,
           .products = "derived 1 updated 1",
           .query = PRODUCTS,
           .rows = "p|synthesised|missing|Cup red|-\nx|synthesised|active|X|-"}}},
	{"a price does not touch it",
         {{.feed = "sku a p group | name=A | price=1"},
          {.by_hand = "UPDATE product_data SET name = 'stays, since nobody said that the catalogue was changed'",
           .feed = "sku a p group | name=A | price=2",
           .skus = "stated 1 updated 1",
           .products = "derived 1 unchanged 1",
           .query = "SELECT name FROM product",
           .rows = "stays, since nobody said that the catalogue was changed"}}},
	{"its origin follows how its only SKU names it",
         {{.feed = "sku x x self", .query = PRODUCTS, .rows = "x|self|active|-|-"},
          {.feed = "sku x x group", .products = "derived 1 updated 1", .query = PRODUCTS, .rows = "x|synthesised|active|-|-"}}},
	{"hidden with all its SKUs",
         {{.feed = "sku a p group | status=hidden\nsku b p group"},
          {.feed = "sku a p group | status=hidden\nsku b p group | status=hidden",
           .products = "derived 1 updated 1",
           .query = PRODUCTS,
           .rows = "p|synthesised|hidden|-|-"}}},
	{"from derived to stated and back",
         {{.feed = "sku a p named | name=A", .products = "derived 1 created 1", .complaints = "product_not_stated 1"},
          {.feed = "sku a p named | name=A\nproduct p | name=P",
           MARK,
           .products = "stated 1 updated 1",
           .complaints = "nothing",
           .query = PRODUCTS,
           .rows = "p|stated|active|P|-"},
          {.feed = "sku a p named | name=A",
           MARK,
           .products = "derived 1 updated 1",
           .complaints = "product_not_stated 1",
           .query = "SELECT item_id, kind, record, stream_offset FROM complaint WHERE run_id = 3",
           .rows = "p|product|-|-"},
          {.feed = "sku a p named | name=A", MARK, .products = "derived 1 unchanged 1", .complaints = "product_not_stated 1"},
          {.feed = "sku a p group | name=A", MARK, .products = "derived 1 unchanged 1", .complaints = "nothing"}}},
	{"keep leaves a product stated that nobody states",
         {{.feed = "sku a p named\nproduct p | name=P"},
          {.feed = "sku a p named",
           KEEP,
           .products = "nothing",
           .product_stock = "before 1 after 1",
           .query = PRODUCTS,
           .rows = "p|stated|active|P|-"}}},
	{"keep leaves it so even where its SKUs change",
         {{.feed = "sku a p named | name=A\nproduct p | name=P"},
          {.feed = "sku a p named | name=B", KEEP, .products = "nothing", .query = PRODUCTS, .rows = "p|stated|active|P|-"}}},
	{"a stated product without SKUs goes with its statement",
         {{.feed = "product p"}, {.feed = "", MARK, .product_stock = "before 1 removed 1", .products = "nothing"}}},
	{"only SKUs of this job make its products",
         {{.feed = "sku a p group | name=Cup", .job = "bolt"},
          {.feed = "sku b q group | name=Mug", .products = "derived 1 created 1", .product_stock = "created 1 after 1"},
          {.feed = "sku b p group | name=Mug",
           MARK,
           .products = "nothing",
           .query = PRODUCTS,
           .rows = "p|synthesised|active|Cup|-\nq|synthesised|missing|Mug|-"}}},
	{"a row that a person deleted is made again",
         {{.feed = "sku a p group | name=A\nsku b q group | name=B"},
          {.by_hand = "DELETE FROM product_data WHERE product_id = 'p'; UPDATE product_data SET name = 'by hand';"
                      " UPDATE job_memory SET is_clean = 0",
           .feed = "sku a p group | name=A\nsku b q group | name=B",
           .skus = "stated 2 unchanged 2",
           .products = "derived 2 created 1 updated 1",
           .query = PRODUCTS,
           .rows = "p|synthesised|active|A|-\nq|synthesised|active|B|-"}}},
};

static void product_that_nobody_states(void **state)
{
	(void)state;
	run_scenarios(derived, sizeof(derived) / sizeof(derived[0]));
}

struct dependence {
	enum field_id field;
	const char *column;
	const char *before;
	const char *after;
};

/* Each changes alone: a product that did not follow would stand as it was. */
static void product_follows_every_column_that_it_depends_on(void **state)
{
	static const struct dependence dependences[] = {
		{FIELD_NAME, "name", "A", "B"},
		{FIELD_DESCRIPTION, "description", "A", "B"},
		{FIELD_URL, "url", "http://a", "http://b"},
		{FIELD_BRAND, "brand", "A", "B"},
		{FIELD_IMAGES, "images", "[\"a\"]", "[\"b\"]"},
		{FIELD_ATTRIBUTES, "attributes", "[{\"name\":\"a\"}]", "[{\"name\":\"b\"}]"},
		{FIELD_TAGS, "tags", "[\"a\"]", "[\"b\"]"},
		{FIELD_CATEGORIES, "categories", "[\"a\"]", "[\"b\"]"},
		{FIELD_STATUS, "status", NULL, "hidden"},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(dependences) / sizeof(dependences[0]); index++) {
		const struct dependence *dependence = &dependences[index];
		struct run_result result;
		struct world world;
		char sql[64];

		world_open(&world);
		for (size_t run = 0; run < 2; run++) {
			struct feed feed;

			feed_init(&feed);
			statement_set(&feed, feed_sku(&feed, "a", "p", PRODUCT_LINK_GROUP, NULL), dependence->field,
			              run == 0 ? dependence->before : dependence->after);
			feed_run(&world, &feed, &(struct run_options){.job = NULL}, &result);
			feed_release(&feed);
		}
		assert_counts(&result, ITEM_PRODUCT, "derived 1 updated 1");
		(void)snprintf(sql, sizeof(sql), "SELECT %s FROM product_data", dependence->column);
		assert_query(&world, sql, dependence->after);
		world_close(&world);
	}
}

int apply_product_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(product_that_is_stated),
		cmocka_unit_test(product_that_nobody_states),
		cmocka_unit_test(product_follows_every_column_that_it_depends_on),
	};

	return cmocka_run_group_tests_name("apply_product", tests, NULL, NULL);
}
