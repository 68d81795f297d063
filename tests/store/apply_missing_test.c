/* What the feed no longer names, under each policy, and what rejected records keep. */
#include "apply_scenario.h"
#include "apply_tests.h"

#define KEEP .missing = APPLY_MISSING_KEEP
#define MARK .missing = APPLY_MISSING_MARK
#define DELETE .missing = APPLY_MISSING_DELETE
#define SKUS "SELECT sku_id, status FROM sku_data ORDER BY sku_id"
#define PRODUCTS "SELECT product_id, status, origin FROM product_data ORDER BY product_id"
#define CATEGORIES                                                                                                           \
	"SELECT c.category_id, c.status, (SELECT group_concat(j.job) FROM category_holder h JOIN job_name j USING (job_key)" \
	" WHERE h.category_key = c.category_key), j.job FROM category_data c JOIN job_name j USING (job_key) ORDER BY c.category_id"

static const struct scenario policies[] = {
	{"keep leaves everything",
         {{.feed = "sku a a self\nsku b b self\nproduct p\ncategory c -"},
          {.feed = "sku b b self",
           KEEP,
           .skus = "stated 1 unchanged 1",
           .products = "derived 2 unchanged 2",
           .sku_stock = "before 2 after 2",
           .product_stock = "before 3 after 3",
           .category_stock = "before 1 after 1",
           .query = SKUS,
           .rows = "a|active\nb|active",
           .changes = ""}}},
	{"mark takes away and tells it",
         {{.feed = "sku a a self | name=A\nsku b b self\nproduct p | name=P | status=hidden\ncategory c - | name=C"},
          {.feed = "sku b b self",
           MARK,
           .skus = "stated 1 unchanged 1",
           .products = "derived 1 unchanged 1",
           .categories = "nothing",
           .sku_stock = "before 2 removed 1 after 1",
           .product_stock = "before 3 removed 2 after 1",
           .category_stock = "before 1 removed 1",
           .query = SKUS,
           .rows = "a|missing\nb|active",
           .changes = "category|c|removed|{\"status\":\"active\"}|{\"status\":\"missing\"}\n"
                      "product|a|removed|{\"status\":\"active\"}|{\"status\":\"missing\"}\n"
                      "product|p|removed|{\"status\":\"hidden\"}|{\"status\":\"missing\"}\n"
                      "sku|a|removed|{\"status\":\"active\"}|{\"status\":\"missing\"}"},
          {.feed = "sku b b self", MARK, .sku_stock = "before 1 after 1", .changes = ""},
          {.feed = "sku a a self | name=A\nsku b b self\nproduct p | name=P | status=hidden\ncategory c - | name=C",
           MARK,
           .skus = "stated 2 restored 1 unchanged 1",
           .products = "stated 1 derived 2 restored 2 unchanged 1",
           .categories = "stated 1 restored 1",
           .category_stock = "restored 1 after 1",
           .changes = "category|c|restored|{\"status\":\"missing\"}|{\"status\":\"active\"}\n"
                      "product|a|restored|{\"status\":\"missing\"}|{\"status\":\"active\"}\n"
                      "product|p|restored|{\"status\":\"missing\"}|{\"status\":\"hidden\"}\n"
                      "sku|a|restored|{\"status\":\"missing\"}|{\"status\":\"active\"}"}}},
	{"delete removes rows with their children, and tells all they had",
         {{.feed = "sku a a self | name=A | price=5 | categories=[\"c\"] | prices=[{\"kind\":\"list\",\"amount_micros\":9}]"
                   " | stocks=[{\"place\":\"x\"}] | extra={\"k\":\"v\"}\nsku b b self\ncategory c - | name=C | position=3"},
          {.by_hand = "UPDATE sku_data SET suppressed = 1 WHERE sku_id = 'a'",
           .feed = "sku b b self",
           DELETE,
           .sku_stock = "before 2 removed 1 after 1",
           .product_stock = "before 2 removed 1 after 1",
           .category_stock = "before 1 removed 1",
           .query =
                   "SELECT (SELECT count(*) FROM sku_data), (SELECT count(*) FROM product_data), (SELECT count(*) FROM category_data),"
                   " (SELECT count(*) FROM price_data), (SELECT count(*) FROM stock_data), (SELECT count(*) FROM product_category_data),"
                   " (SELECT count(*) FROM category_holder)",
           .rows = "1|1|0|0|0|0|0",
           .changes =
                   "category|c|removed|{\"name\":\"C\",\"path\":[\"C\"],\"position\":3,\"status\":\"active\"}|-\n"
                   "product|a|removed|{\"origin\":\"self\",\"name\":\"A\",\"status\":\"active\",\"categories\":[\"c\"]}|-\n"
                   "sku|a|removed|{\"product_id\":\"a\",\"product_link\":0,\"name\":\"A\",\"price_micros\":5,\"status\":\"active\","
                   "\"categories\":[\"c\"],\"prices\":[{\"kind\":\"list\",\"amount_micros\":9}],\"stocks\":[{\"place\":\"x\"}],"
                   "\"extra\":{\"k\":\"v\"},\"suppressed\":1}|-"},
          {.feed = "sku a a self\nsku b b self", DELETE, .skus = "stated 2 created 1 unchanged 1"}}},
	{"delete leaves alone what is missing already",
         {{.feed = "sku a a self\nsku b b self"},
          {.feed = "sku b b self", MARK},
          {.feed = "sku b b self", DELETE, .sku_stock = "before 1 after 1", .query = SKUS, .rows = "a|missing\nb|active"}}},
	{"an empty feed takes away all",
         {{.feed = "sku a a self\nsku b p group\nproduct q\ncategory c -"},
          {.feed = "",
           DELETE,
           .sku_stock = "before 2 removed 2",
           .product_stock = "before 3 removed 3",
           .category_stock = "before 1 removed 1"},
          {.feed = "", DELETE, .skus = "nothing", .products = "nothing", .categories = "nothing"}}},
	{"other jobs' items stay",
         {{.feed = "sku a a self\nproduct p\ncategory c -", .job = "bolt"},
          {.feed = "",
           DELETE,
           .skus = "nothing",
           .product_stock = "nothing",
           .category_stock = "nothing",
           .query = SKUS,
           .rows = "a|active"}}},
	{"a product without SKUs that keep left goes when the policy changes",
         {{.feed = "sku a p group\nsku b p group"},
          {.feed = "sku a q group\nsku b q group",
           KEEP,
           .products = "derived 2 created 1 unchanged 1",
           .query = PRODUCTS,
           .rows = "p|active|synthesised\nq|active|synthesised"},
          {.feed = "sku a q group\nsku b q group", KEEP, .products = "derived 2 unchanged 2", .changes = ""},
          {.feed = "sku a q group\nsku b q group",
           MARK,
           .products = "derived 1 unchanged 1",
           .product_stock = "before 2 removed 1 after 1"}}},
	{"a product that keep left and that has SKUs again stays",
         {{.feed = "sku a p group"},
          {.feed = "sku a q group", KEEP},
          {.feed = "sku a p group",
           KEEP,
           .query = "SELECT product_id FROM product_without_sku JOIN product_data USING (product_key)",
           .rows = "q"},
          {.feed = "sku a p group", DELETE, .query = PRODUCTS, .rows = "p|active|synthesised"}}},
};

static void missing_items_follow_the_policy(void **state)
{
	(void)state;
	run_scenarios(policies, sizeof(policies) / sizeof(policies[0]));
}

static const struct scenario rejected[] = {
	{"a rejected record keeps its SKU as it is, with its product and categories",
         {{.feed = "sku a a self | name=A | categories=[\"c\"]\nsku b b self\ncategory t -\ncategory c t\ncategory d -"},
          {.feed = "reject sku a\nsku b b self\nreject sku zzz\nreject sku -",
           DELETE,
           .skus = "stated 4 unchanged 1 rejected 3 kept 1",
           .products = "derived 2 unchanged 2",
           .sku_stock = "before 2 after 2",
           .category_stock = "before 3 removed 1 after 2",
           .query = "SELECT sku_id, name FROM sku_data WHERE sku_id = 'a' UNION ALL SELECT category_id, path FROM category_data",
           .rows = "a|A\nt|[\"t\"]\nc|[\"t\",\"c\"]"},
          {.feed = "sku b b self", DELETE, .skus = "stated 1 unchanged 1", .sku_stock = "before 2 removed 1 after 1"}}},
	{"a good record before or after it counts instead",
         {{.feed = "sku a a self | name=A"},
          {.feed = "reject sku a\nsku a a self | name=B", MARK, .skus = "stated 2 updated 1 rejected 1"},
          {.feed = "sku a a self | name=C\nreject sku a", MARK, .skus = "stated 2 updated 1 rejected 1"},
          {.feed = "reject sku a\nreject sku a",
           MARK,
           .skus = "stated 2 rejected 2 kept 1",
           .query = "SELECT name, status FROM sku_data",
           .rows = "C|active"},
          {.feed = "reject sku a\nsku a a alone | name=D", MARK, .skus = "stated 2 updated 1 rejected 1"}}},
	{"what is missing or another job's is not kept",
         {{.feed = "sku a a self", .job = "bolt"},
          {.feed = "sku b b self"},
          {.feed = "", MARK},
          {.feed = "reject sku a\nreject sku b",
           MARK,
           .skus = "stated 2 rejected 2",
           .query = SKUS,
           .rows = "a|active\nb|missing"}}},
	{"the stated product of a kept SKU stays as it is",
         {{.feed = "sku a p named | name=A\n+product p | name=P | categories=[\"c\"]\ncategory c -\nsku b p named | name=B"},
          {.feed = "reject sku a\nsku b p named | name=B2",
           MARK,
           .skus = "stated 2 updated 1 rejected 1 kept 1",
           .products = "nothing",
           .product_stock = "before 1 after 1",
           .category_stock = "before 1 after 1",
           .query = "SELECT name, origin FROM product_data",
           .rows = "P|stated"},
          {.feed = "sku a p named | name=A\nsku b p named | name=A",
           MARK,
           .products = "derived 1 updated 1",
           .query = "SELECT name, origin FROM product_data",
           .rows = "A|synthesised"}}},
	{"a rejected product stays as it is, with its categories",
         {{.feed = "product p | name=P | categories=[\"c\"]\ncategory c -\nproduct q"},
          {.feed = "reject product p\nreject product nowhere",
           MARK,
           .products = "stated 2 rejected 2 kept 1",
           .product_stock = "before 2 removed 1 after 1",
           .category_stock = "before 1 after 1",
           .query = PRODUCTS,
           .rows = "p|active|stated\nq|missing|stated"},
          {.feed = "reject product p\nproduct p | name=P2", MARK, .products = "stated 2 updated 1 rejected 1"},
          {.feed = "product p | name=P3\nreject product p", MARK, .products = "stated 2 updated 1 rejected 1"}}},
	{"a rejected category stays as it is",
         {{.feed = "category c - | name=C\ncategory d -"},
          {.feed = "reject category c\nreject category -\nreject category new",
           MARK,
           .categories = "stated 3 rejected 3 kept 1",
           .category_stock = "before 2 removed 1 after 1",
           .query = CATEGORIES,
           .rows = "c|active|acme|acme\nd|missing|-|acme"},
          {.feed = "reject category c\ncategory c - | name=C2", MARK, .categories = "stated 2 updated 1 rejected 1"}}},
};

static void missing_does_not_reach_what_rejected_records_name(void **state)
{
	(void)state;
	run_scenarios(rejected, sizeof(rejected) / sizeof(rejected[0]));
}

static const struct scenario holders[] = {
	{"a category goes with the last that names it",
         {{.feed = "category c - | name=A", .job = "bolt"},
          {.feed = "category c - | name=B",
           .categories = "stated 1 foreign 1",
           .category_stock = "adopted 1 after 1",
           .query = CATEGORIES,
           .rows = "c|active|bolt,acme|bolt"},
          {.feed = "category c - | name=B",
           .categories = "stated 1 foreign 1",
           .category_stock = "before 1 after 1",
           .changes = ""},
          {.feed = "",
           DELETE,
           .job = "bolt",
           .category_stock = "before 1 released 1",
           .query = CATEGORIES,
           .rows = "c|active|acme|acme",
           .changes = ""},
          {.feed = "", DELETE, .category_stock = "before 1 removed 1", .query = CATEGORIES, .rows = ""}}},
	{"once the owner lets go, the words of the next one stand",
         {{.feed = "category c - | name=A", .job = "bolt"},
          {.feed = "category c - | name=B"},
          {.feed = "", MARK, .job = "bolt"},
          {.feed = "category c - | name=B", .categories = "stated 1 updated 1", .query = "SELECT name FROM category", .rows = "B"},
          {.feed = "category c - | name=A",
           .job = "bolt",
           .categories = "stated 1 foreign 1",
           .category_stock = "adopted 1 after 1"}}},
	{"one that is not the owner just lets go",
         {{.feed = "category c -", .job = "bolt"},
          {.feed = "category c -"},
          {.feed = "", MARK, .category_stock = "before 1 released 1", .query = CATEGORIES, .rows = "c|active|bolt|bolt"}}},
	{"words that nobody holds any more become ours",
         {{.feed = "category c - | name=A\ncategory d -", .job = "bolt"},
          {.feed = "category c - | name=A\ncategory d -"},
          {.by_hand = "DELETE FROM category_holder WHERE job_key = (SELECT job_key FROM job_name WHERE job = 'bolt')",
           .feed = "category c - | name=B\ncategory d -",
           .categories = "stated 2 updated 1 unchanged 1",
           .query = CATEGORIES,
           .rows = "c|active|acme|acme\nd|active|acme|acme"}}},
	{"another job's missing category becomes ours",
         {{.feed = "category c - | name=A", .job = "bolt"},
          {.feed = "", MARK, .job = "bolt"},
          {.feed = "category c - | name=B",
           .categories = "stated 1 restored 1",
           .query = CATEGORIES,
           .rows = "c|active|acme|acme",
           .changes = "category|c|restored|{\"name\":\"A\",\"path\":[\"A\"],\"status\":\"missing\"}|"
                      "{\"name\":\"B\",\"path\":[\"B\"],\"status\":\"active\"}"}}},
	{"keep holds what the feed does not name",
         {{.feed = "category c -"},
          {.feed = "", KEEP, .category_stock = "before 1 after 1", .query = CATEGORIES, .rows = "c|active|acme|acme"}}},
};

static void missing_categories_go_with_the_last_holder(void **state)
{
	(void)state;
	run_scenarios(holders, sizeof(holders) / sizeof(holders[0]));
}

int apply_missing_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_items_follow_the_policy),
		cmocka_unit_test(missing_does_not_reach_what_rejected_records_name),
		cmocka_unit_test(missing_categories_go_with_the_last_holder),
	};

	return cmocka_run_group_tests_name("apply_missing", tests, NULL, NULL);
}
