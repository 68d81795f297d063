/* SKU statements: every outcome, what it writes, and what becomes of the statements that ride along. */
#include "apply_scenario.h"
#include "apply_tests.h"

#include <stdlib.h>
#include <string.h>

#define MARK .missing = APPLY_MISSING_MARK
#define SKUS "SELECT sku_id, product_id, status, name, price_micros FROM sku_data JOIN offer_data USING (sku_key) ORDER BY sku_id"

static const struct scenario outcomes[] = {
	{"created, then unchanged, then updated",
         {{.feed = "sku a p group | name=A | price=5\nsku b p group | name=B",
           .skus = "stated 2 created 2",
           .sku_stock = "created 2 after 2",
           .query = SKUS,
           .rows = "a|p|active|A|5\nb|p|active|B|-",
           .changes = ""},
          {.feed = "sku a p group | name=A | price=5\nsku b p group | name=B",
           .skus = "stated 2 unchanged 2",
           .sku_stock = "before 2 after 2",
           .changes = ""},
          {.feed = "sku a p group | name=A | price=6 | tags=[\"x\"]\nsku b p group | name=B",
           .skus = "stated 2 updated 1 unchanged 1",
           .changes = "sku|a|updated|{\"price_micros\":5,\"tags\":null}|{\"price_micros\":6,\"tags\":[\"x\"]}",
           .query = SKUS,
           .rows = "a|p|active|A|6\nb|p|active|B|-"}}},
	{"absent and empty clear a value",
         {{.feed = "sku a a self | name=A | brand=X | price=5 | images=[\"i\"]"},
          {.feed = "sku a a self | name=A | brand= | images=[]",
           .skus = "stated 1 updated 1",
           .query = "SELECT brand, price_micros, images FROM sku_data JOIN offer_data USING (sku_key)",
           .rows = "-|-|-"}}},
	{"every column is written, and compared",
         {{.feed = "sku a p named | name=n | description=d | url=u | brand=b | price=1 | old_price=2 | currency=EUR | availability=in_stock"
                   " | quantity=3 | condition=new | gtin=g | mpn=m | merchant_sku=k | images=[\"i\"] | attributes=[{\"name\":\"a\"}]"
                   " | tags=[\"t\"] | weight=4 | status=hidden | categories=[\"c\"] | prices=[{\"kind\":\"list\",\"amount_micros\":9}]"
                   " | stocks=[{\"place\":\"x\"}] | extra={\"e\":1}",
           .query =
                   "SELECT product_id, product_link, name, description, url, brand, price_micros, old_price_micros, currency, availability,"
                   " quantity_micros, condition, gtin, mpn, merchant_sku, images, attributes, tags, weight_g, status, categories, prices,"
                   " stocks, extra, suppressed, created_run_id FROM sku_data JOIN offer_data USING (sku_key)",
           .rows = "p|2|n|d|u|b|1|2|EUR|in_stock|3|new|g|m|k|[\"i\"]|[{\"name\":\"a\"}]|[\"t\"]|4|hidden|[\"c\"]"
                   "|[{\"kind\":\"list\",\"amount_micros\":9}]|[{\"place\":\"x\"}]|{\"e\":1}|0|1"},
          {.feed = "sku a q group | name=N | description=D | url=U | brand=B | price=2 | old_price=3 | currency=USD | availability=preorder"
                   " | quantity=4 | condition=used | gtin=G | mpn=M | merchant_sku=K | images=[\"I\"] | attributes=[{\"name\":\"A\"}]"
                   " | tags=[\"T\"] | weight=5 | categories=[\"C\"] | prices=[{\"kind\":\"list\",\"amount_micros\":8}]"
                   " | stocks=[{\"place\":\"y\"}] | extra={\"e\":2}",
           .skus = "stated 1 updated 1 moved 1",
           .query = "SELECT sum(n) FROM (SELECT count(*) AS n FROM change, json_each(after) WHERE change.kind = 'sku')",
           .rows = "24"}}},
	{"suppressed stays as people set it",
         {{.feed = "sku a a self | name=A"},
          {.by_hand = "UPDATE sku_data SET suppressed = 1",
           .feed = "sku a a self | name=B",
           .query = "SELECT name, suppressed FROM sku_data",
           .rows = "B|1"}}},
	{"a further statement is a duplicate, and conflicting with other content",
         {{.feed = "sku a a self | name=A\nsku a a self | name=A\nsku a a self | name=B\nsku b b self",
           .skus = "stated 4 created 2 duplicate 2 conflicting 1",
           .complaints = "duplicate 1 duplicate_conflicting 1",
           .query = "SELECT code, item_id, kind, severity, record, stream_offset > 1000 FROM complaint ORDER BY record",
           .rows = "duplicate|a|sku|error|2|1\nduplicate_conflicting|a|sku|error|3|1"},
          {.feed = "sku a a self | name=B\nsku a a self | name=A\nsku b b self",
           .skus = "stated 3 updated 1 unchanged 1 duplicate 1 conflicting 1",
           .query = SKUS,
           .rows = "a|a|active|B|-\nb|b|active|-|-"}}},
	{"another job's SKU is foreign, however often it is named",
         {{.feed = "sku a a self | name=A", .job = "bolt"},
          {.feed = "sku a a self | name=B\nsku a a self | name=B\nsku c c self",
           .skus = "stated 3 created 1 foreign 2",
           .sku_stock = "created 1 after 1",
           .complaints = "foreign 2",
           .query = "SELECT sku_id, name, job FROM sku ORDER BY sku_id",
           .rows = "a|A|bolt\nc|-|acme"},
          {.feed = "sku c c self", .query = "SELECT DISTINCT text FROM complaint", .rows = "bolt"}}},
	{"another job's missing SKU becomes ours",
         {{.feed = "sku a a self | name=A", .job = "bolt"},
          {.feed = "sku z z self",
           .job = "bolt",
           MARK,
           .query = "SELECT status, job FROM sku WHERE sku_id = 'a'",
           .rows = "missing|bolt"},
          {.feed = "sku a a self | name=B",
           .skus = "stated 1 restored 1",
           .sku_stock = "restored 1 after 1",
           .products = "derived 1 restored 1",
           .query = "SELECT status, job, offer_job, created_run_id FROM sku WHERE sku_id = 'a'",
           .rows = "active|acme|acme|1",
           .changes = "product|a|restored|{\"name\":\"A\",\"status\":\"missing\"}|{\"name\":\"B\",\"status\":\"active\"}\n"
                      "sku|a|restored|{\"name\":\"A\",\"status\":\"missing\"}|{\"name\":\"B\",\"status\":\"active\"}"},
          {.feed = "sku a a self | name=C", .job = "bolt", .skus = "stated 1 foreign 1"}}},
	{"of two that are restored alike, only the other job's changes hands",
         {{.feed = "sku a a self | name=A", .job = "bolt"},
          {.feed = "", MARK, .job = "bolt"},
          {.feed = "sku b b self | name=A\nsku d d self | name=A"},
          {.feed = "", MARK},
          {.feed = "sku b b self | name=B\nsku a a self | name=B\nsku d d self | name=B",
           .skus = "stated 3 restored 3",
           .query = "SELECT sku_id, status, job, offer_job FROM sku ORDER BY sku_id",
           .rows = "a|active|acme|acme\nb|active|acme|acme\nd|active|acme|acme"}}},
	{"a SKU that moves counts as updated and moved, and both products follow",
         {{.feed = "sku a p group | name=Cup\nsku b p group | name=Mug\nsku c q group | name=Jar"},
          {.feed = "sku a q group | name=Cup\nsku b p group | name=Mug\nsku c q group | name=Jar",
           .skus = "stated 3 updated 1 unchanged 2 moved 1",
           .products = "derived 2 updated 2",
           .query = "SELECT product_id, name FROM product ORDER BY product_id",
           .rows = "p|Mug\nq|Cup"}}},
};

static void sku_outcomes(void **state)
{
	(void)state;
	run_scenarios(outcomes, sizeof(outcomes) / sizeof(outcomes[0]));
}

#define PRICES \
	"SELECT kind, currency, min_quantity_micros, region, valid_from_ms, valid_to_ms, amount_micros FROM price_data ORDER BY 1, 7"
#define STOCKS "SELECT place, quantity_micros, availability FROM stock_data ORDER BY place"

static const struct scenario children[] = {
	{"prices are rows, open bounds the ends of time, the first of a key wins",
         {{.feed = "sku a a self | prices=[{\"kind\":\"sale\",\"currency\":\"EUR\",\"min_quantity_micros\":2,\"region\":\"DE\","
                   "\"valid_from_ms\":-5,\"valid_to_ms\":6,\"amount_micros\":7},{\"kind\":\"list\",\"amount_micros\":1},"
                   "{\"kind\":\"list\",\"amount_micros\":2}]",
           .query = PRICES,
           .rows = "list||0||-9223372036854775808|9223372036854775807|1\nsale|EUR|2|DE|-5|6|7"},
          {.feed = "sku a a self | prices=[{\"kind\":\"list\",\"amount_micros\":3}]",
           .skus = "stated 1 updated 1",
           .query = PRICES,
           .rows = "list||0||-9223372036854775808|9223372036854775807|3"},
          {.feed = "sku a a self", .skus = "stated 1 updated 1", .query = PRICES, .rows = ""}}},
	{"prices that say nothing are left out",
         {{.feed = "sku a a self | prices=[1,\"x\",null,[],{\"kind\":\"list\"},{\"amount_micros\":5},{\"kind\":7,\"amount_micros\":5},"
                   "{\"kind\":\"list\",\"amount_micros\":\"5\"},{\"kind\":\"list\",\"amount_micros\":99999999999999999999},"
                   "{\"kind\":\"ok\",\"amount_micros\":5,\"region\":7,\"currency\":[],\"min_quantity_micros\":\"2\",\"valid_to_ms\":{}}]",
           .query = PRICES,
           .rows = "ok||0||-9223372036854775808|9223372036854775807|5"}}},
	{"stocks are rows",
         {{.feed = "sku a a self | stocks=[{\"place\":\"n\",\"quantity_micros\":5},{\"place\":\"s\",\"availability\":\"in_stock\"},"
                   "{\"place\":\"n\",\"quantity_micros\":6},{\"quantity_micros\":1},3]",
           .query = STOCKS,
           .rows = "n|5|-\ns|-|in_stock"},
          {.feed = "sku a a self | stocks=[{\"place\":\"s\"}]", .query = STOCKS, .rows = "s|-|-"}}},
	{"a restored SKU has its new prices",
         {{.feed = "sku a a self | prices=[{\"kind\":\"list\",\"amount_micros\":3}]"},
          {.feed = "sku b b self", MARK},
          {.feed = "sku a a self | prices=[{\"kind\":\"list\",\"amount_micros\":4}]",
           .query = "SELECT amount_micros FROM price_data",
           .rows = "4"}}},
};

static void sku_prices_and_stocks_follow_their_lists(void **state)
{
	(void)state;
	run_scenarios(children, sizeof(children) / sizeof(children[0]));
}

static const struct scenario riders[] = {
	{"what rides with a duplicate has no effect",
         {{.feed = "sku a a self\nsku a a self\n+product x | name=X\n+category c - | name=C\n+derived d -",
           .skus = "stated 2 created 1 duplicate 1",
           .products = "stated 1 derived 1 created 1 merged 1",
           .categories = "stated 1 merged 1",
           .query = "SELECT product_id FROM product UNION ALL SELECT category_id FROM category",
           .rows = "a"}}},
	{"what rides with a foreign SKU is foreign",
         {{.feed = "sku a a self", .job = "bolt"},
          {.feed = "sku a a self\n+product x\n+category c -\n+derived d -",
           .skus = "stated 1 foreign 1",
           .products = "stated 1 foreign 1",
           .categories = "stated 1 foreign 1",
           .complaints = "foreign 1",
           .query = "SELECT count(*) FROM category",
           .rows = "0"}}},
	{"one SKU of a record that counts is enough",
         {{.feed = "sku a p named\nsku b p named\n+sku a p named\n+product p | name=P\nsku a q named\n+sku c q named\n+product q | name=Q",
           .skus = "stated 5 created 3 duplicate 2 conflicting 1",
           .products = "stated 2 created 2",
           .query = "SELECT product_id, name FROM product ORDER BY product_id",
           .rows = "p|P\nq|Q"}}},
	{"the next record and declarations count again",
         {{.feed = "sku a a self\nsku a a self\ncategory c - | name=C\nproduct y\nsku b b self\n+category d -",
           .skus = "stated 3 created 2 duplicate 1",
           .products = "stated 1 derived 2 created 3",
           .categories = "stated 2 created 2"}}},
	{"what rides with a SKU that may stand alone counts by itself",
         {{.feed = "sku x x alone\n+product x | name=X\nsku a x named\nsku x x alone\n+product x | name=Y",
           .skus = "stated 3 created 1 merged 1 duplicate 1",
           .products = "stated 2 created 1 merged 1",
           .query = "SELECT name, origin FROM product",
           .rows = "X|stated"}}},
};

static void sku_decides_over_what_rides_along(void **state)
{
	(void)state;
	run_scenarios(riders, sizeof(riders) / sizeof(riders[0]));
}

static const struct scenario alone[] = {
	{"without another SKU it is a SKU",
         {{.feed = "sku x x alone | name=X | price=5",
           .skus = "stated 1 created 1",
           .products = "derived 1 created 1",
           .query =
                   "SELECT s.name, o.price_micros, s.product_link, p.origin FROM sku_data s JOIN offer_data o USING (sku_key) JOIN product_data p USING (product_id)",
           .rows = "X|5|3|self"}}},
	{"with one it is a product, wherever that stands",
         {{.feed = "sku x x alone\nsku a x group\nsku b y group\nsku y y alone",
           .skus = "stated 4 created 2 merged 2",
           .query = "SELECT sku_id FROM sku_data ORDER BY sku_id",
           .rows = "a\nb"}}},
	{"it does not name itself", {{.feed = "sku x x alone\nsku x x self", .skus = "stated 2 created 1 duplicate 1"}}},
	{"one that names another product is an ordinary SKU of it",
         {{.feed = "sku x y alone\nsku y y alone",
           .skus = "stated 2 created 1 merged 1",
           .query = "SELECT sku_id FROM sku_data",
           .rows = "x"}}},
	{"further statements are duplicates",
         {{.feed = "sku x x alone | name=X\nsku x x alone | name=X\nsku x x alone | name=Y",
           .skus = "stated 3 created 1 duplicate 2 conflicting 1"}}},
	{"also of one that is a product",
         {{.feed = "sku x x alone | name=X\nsku a x group\nsku x x alone | name=X\nsku x x alone | name=Y",
           .skus = "stated 4 created 1 merged 1 duplicate 2 conflicting 1",
           .complaints = "duplicate 1 duplicate_conflicting 1"}}},
	{"a SKU that becomes a product is removed, and comes back",
         {{.feed = "sku x x alone | name=X", .skus = "stated 1 created 1"},
          {.feed = "sku x x alone | name=X\nsku a x group",
           MARK,
           .skus = "stated 2 created 1 merged 1",
           .sku_stock = "before 1 created 1 removed 1 after 1",
           .products = "derived 1 updated 1",
           .query = "SELECT sku_id, status FROM sku ORDER BY sku_id",
           .rows = "a|active\nx|missing"},
          {.feed = "sku x x alone | name=X",
           MARK,
           .skus = "stated 1 restored 1",
           .sku_stock = "before 1 restored 1 removed 1 after 1"}}},
	{"a SKU that the feed no longer has does not count as one that names it",
         {{.feed = "sku x x alone\nsku a x group"},
          {.feed = "sku x x alone",
           MARK,
           .skus = "stated 1 created 1",
           .query = "SELECT sku_id, status FROM sku ORDER BY 1",
           .rows = "a|missing\nx|active"}}},
	{"one that a rejected record names does",
         {{.feed = "sku x x alone\nsku a x group"},
          {.feed = "sku x x alone\nreject sku a", MARK, .skus = "stated 2 merged 1 rejected 1 kept 1"}}},
	{"a rejected record does not keep what is a product",
         {{.feed = "sku x x alone"},
          {.feed = "reject sku x\nsku x x alone\nsku a x group",
           MARK,
           .skus = "stated 3 created 1 merged 1 rejected 1",
           .query = "SELECT sku_id, status FROM sku ORDER BY 1",
           .rows = "a|active\nx|missing"}}},
};

static void sku_that_may_stand_alone(void **state)
{
	(void)state;
	run_scenarios(alone, sizeof(alone) / sizeof(alone[0]));
}

static void sku_fields_and_currencies_are_counted(void **state)
{
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	feed_parse(
		&feed,
		"sku a a self | name=A | currency=EUR\nsku a a self | name=B | currency=USD\nsku b b alone | name= | currency=EUR\n"
		"reject sku q\nproduct p | name=P | currency=PLN");
	feed_run(&world, &feed, &(struct run_options){.job = NULL}, &result);
	assert_int_equal(result.counts.fields[FIELD_ID], 3);
	assert_int_equal(result.counts.fields[FIELD_NAME], 2);
	assert_int_equal(result.counts.fields[FIELD_CURRENCY], 3);
	assert_int_equal(result.counts.fields[FIELD_PRICE], 0);
	assert_int_equal(result.counts.currency_count, 2);
	assert_string_equal(result.counts.currencies[0].code, "EUR");
	assert_int_equal(result.counts.currencies[0].records, 2);
	assert_string_equal(result.counts.currencies[1].code, "USD");
	assert_int_equal(result.counts.records.read, 5);
	assert_int_equal(result.counts.records.mapped, 4);
	assert_int_equal(result.counts.records.rejected, 1);
	feed_release(&feed);
	world_close(&world);
}

static void sku_currencies_beyond_the_table_are_counted_together(void **state)
{
	struct run_result result;
	struct world world;
	struct feed feed;
	int64_t total = 0;

	(void)state;
	world_open(&world);
	feed_init(&feed);
	for (char letter = 0; letter < 40; letter++) {
		const char code[4] = {'A', (char)('A' + letter / 26), (char)('A' + letter % 26), '\0'};
		const char id[3] = {(char)('a' + letter / 26), (char)('a' + letter % 26), '\0'};

		statement_set(&feed, feed_sku(&feed, id, "p", PRODUCT_LINK_GROUP, "N"), FIELD_CURRENCY, code);
	}
	feed_run(&world, &feed, &(struct run_options){.job = NULL}, &result);
	assert_int_equal(result.counts.currency_count, COUNTS_CURRENCIES_MAX);
	assert_string_equal(result.counts.currencies[COUNTS_CURRENCIES_MAX - 1].code, "XXX");
	assert_int_equal(result.counts.currencies[COUNTS_CURRENCIES_MAX - 1].records, 40 - COUNTS_CURRENCIES_MAX + 1);
	for (size_t index = 0; index < result.counts.currency_count; index++)
		total += result.counts.currencies[index].records;
	assert_int_equal(total, 40);
	feed_release(&feed);
	world_close(&world);
}

int apply_sku_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sku_outcomes),
		cmocka_unit_test(sku_prices_and_stocks_follow_their_lists),
		cmocka_unit_test(sku_decides_over_what_rides_along),
		cmocka_unit_test(sku_that_may_stand_alone),
		cmocka_unit_test(sku_fields_and_currencies_are_counted),
		cmocka_unit_test(sku_currencies_beyond_the_table_are_counted_together),
	};

	return cmocka_run_group_tests_name("apply_sku", tests, NULL, NULL);
}
