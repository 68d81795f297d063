/* What is there decides: which of several statements of an id counts, what stays although no statement names it, and whose it is. */
#include "apply_scenario.h"
#include "apply_tests.h"

#include <string.h>

#define MARK .missing = APPLY_MISSING_MARK
#define ADD .policy = {.mode = APPLY_MODE_ADD}
#define PRICES .policy = {.scope = APPLY_SCOPE_PRICES}
#define SKUS "SELECT sku_id, product_id, status, name, price_micros FROM sku_data JOIN offer_data USING (sku_key) ORDER BY sku_id"
#define PRODUCTS "SELECT product_id, origin, status, name FROM product_data ORDER BY product_id"
#define CATEGORIES "SELECT category_id, parent_id, name, position, status FROM category_data ORDER BY category_id"
#define CLEAN "SELECT job, is_clean FROM job_memory JOIN job_name USING (job_key) ORDER BY job"
#define OFFER                                                                                                               \
	"SELECT sku_id, job, offer_job, stock_job, price_micros, old_price_micros, currency, availability, quantity_micros" \
	" FROM sku ORDER BY sku_id"
#define CATEGORIES_ADD .policy = {.categories = APPLY_CATEGORIES_ADD}

#define LAST .policy = {.duplicates = APPLY_DUPLICATES_LAST}

static const struct scenario duplicates[] = {
	{"the last statement counts, with what its record states beside it",
         {{LAST,
           .feed = "sku a p named | name=A1\n+product p | name=P1\n+derived x -\nsku b b self | name=B\nsku a q named | name=A2\n+product q | name=Q",
           .skus = "stated 3 created 2 duplicate 1 conflicting 1", .products = "stated 2 derived 1 created 2 merged 1",
           .categories = "nothing", .complaints = "duplicate_conflicting 1", .query = SKUS,
           .rows = "a|q|active|A2|-\nb|b|active|B|-"}}},
	{"the last of three, the first of which is like it",
         {{LAST, .feed = "sku a a self | name=A\nsku a a self | name=B\nsku a a self | name=A",
           .skus = "stated 3 created 1 duplicate 2 conflicting 1", .complaints = "duplicate 1 duplicate_conflicting 1"},
          {LAST, .feed = "sku a a self | name=B\nsku a a self | name=A", .skus = "stated 2 unchanged 1 duplicate 1 conflicting 1",
           .changes = ""}}},
	{"foreign and skipped statements are no duplicates",
         {{.feed = "sku a a self | name=A"},
          {.job = "other",
           .policy = {.duplicates = APPLY_DUPLICATES_LAST, .mode = APPLY_MODE_UPDATE},
           .feed = "sku a a self | name=A\nsku b b self\nsku a a self | name=B\nsku b b self",
           .skus = "stated 4 mode 2 foreign 2"}}},
	{"of those that the scope lets pass, the last one counts",
         {{.job = "other", .feed = "sku p p self"},
          {.policy = {.duplicates = APPLY_DUPLICATES_LAST, .scope = APPLY_SCOPE_SKUS},
           .feed = "sku a p named | name=A1\nsku a p named | name=A2\nsku a q named | name=A3\nsku a q named | name=A4",
           .skus = "stated 4 created 1 scope 2 duplicate 1 conflicting 1",
           .query = SKUS,
           .rows = "a|p|active|A2|-\np|p|active|-|-"}}},
	{"SKUs that may stand alone",
         {{LAST,
           .feed = "sku a a alone | name=A1\n+product a | name=A1\nsku b a named | name=B\nsku a a alone | name=A2\n+product a | name=A2\n"
                   "sku c c alone | name=C1\nsku c c self | name=C2",
           .skus = "stated 5 created 2 merged 1 duplicate 2 conflicting 2", .query = PRODUCTS,
           .rows = "a|stated|active|A2\nc|self|active|C2"}}},
	{"a product and a SKU of it may have the same id",
         {{.feed = "sku a a alone | name=P\n+product a | name=P\nsku a a named | name=A\nsku b a named | name=B",
           .skus = "stated 3 created 2 merged 1",
           .products = "stated 1 created 1",
           .query = SKUS,
           .rows = "a|a|active|A|-\nb|a|active|B|-"}}},
	{"rejected records before and behind",
         {{.feed = "sku a a self | name=A\nsku b b self | name=B"},
          {MARK, LAST, .feed = "reject sku a\nsku a a self | name=A1\nreject sku b\nsku a a self | name=A2\nreject sku a",
           .skus = "stated 5 updated 1 duplicate 1 rejected 3 conflicting 1 kept 1", .sku_stock = "before 2 after 2"}}},
};

#define STOCK_JOBS                                                                                                               \
	"SELECT category_id, group_concat(job) FROM (SELECT category_id, job FROM category_holder JOIN job_name USING (job_key)" \
	" JOIN category_data USING (category_key) ORDER BY category_id, job) GROUP BY category_id"

static const struct scenario presence[] = {
	{"a SKU that stays makes its parent a product, though only the parent is in the feed",
         {{.feed = "sku b h named | name=B\nsku h h alone | name=H1\n+product h | name=H1"},
          {.feed = "sku h h alone | name=H2\n+product h | name=H2",
           .skus = "stated 1 merged 1",
           .products = "stated 1 updated 1",
           .query = SKUS,
           .rows = "b|h|active|B|-"},
          {.missing = APPLY_MISSING_MARK,
           .policy = {.missing_after = 2},
           .feed = "sku h h alone | name=H2\n+product h | name=H2",
           .skus = "stated 1 merged 1",
           .sku_stock = "before 1 after 1 waiting 1"},
          {.missing = APPLY_MISSING_MARK,
           .policy = {.missing_after = 2},
           .feed = "sku h h alone | name=H2\n+product h | name=H2",
           .skus = "stated 1 created 1",
           .query = SKUS,
           .rows = "b|h|missing|B|-\nh|h|active|H2|-"}}},
	{"a SKU that leaves its product in the same feed does not",
         {{.feed = "sku b h named | name=B\nsku h h alone\n+product h | name=H"},
          {.feed = "sku h h alone\n+product h | name=H\nsku b b alone | name=B\n+product b | name=B",
           .skus = "stated 2 created 1 updated 1 moved 1",
           .query = SKUS,
           .rows = "b|b|active|B|-\nh|h|active|-|-"}}},
	{"a SKU that the scope leaves as it is goes on naming its product",
         {{.feed = "sku b h named | name=B"},
          {.policy = {.scope = APPLY_SCOPE_SKUS},
           .feed = "sku h h alone | name=H\nsku b b alone | name=B2",
           .skus = "stated 2 scope 1 merged 1",
           .query = SKUS,
           .rows = "b|h|active|B|-"}}},
	{"a SKU that became a product and stays makes its own product one",
         {{.feed = "sku b h named | name=B"},
          {.feed = "sku h h alone\n+product h | name=H\nsku b b alone\n+product b | name=B2\nsku c b named",
           .skus = "stated 3 created 1 merged 2",
           .query = SKUS,
           .rows = "b|h|active|B|-\nc|b|active|-|-"}}},
	{"a rejected record keeps the stated product of its SKU as it is, and it does not wait",
         {{.feed = "sku a h named | name=A\nsku h h alone | name=H\n+product h | name=H"},
          {.missing = APPLY_MISSING_MARK,
           .policy = {.missing_after = 2},
           .feed = "reject sku a",
           .skus = "stated 1 rejected 1 kept 1",
           .products = "nothing",
           .query = PRODUCTS,
           .rows = "h|stated|active|H"},
          {.missing = APPLY_MISSING_MARK,
           .policy = {.missing_after = 2},
           .feed = "sku a h named | name=A",
           .query = PRODUCTS,
           .products = "nothing",
           .product_stock = "before 1 after 1 waiting 1",
           .rows = "h|stated|active|H"}}},
	{"a rejected record keeps the product of its id as it is, and it does not wait",
         {{.feed = "sku b h named | name=B\nsku h h alone\n+product h | name=H | brand=W"},
          {MARK, .feed = "sku b h named | name=B\nreject sku h", .skus = "stated 2 unchanged 1 rejected 1", .products = "nothing",
           .query = PRODUCTS, .rows = "h|stated|active|H"},
          {.missing = APPLY_MISSING_MARK,
           .policy = {.missing_after = 2},
           .feed = "reject sku h\nsku b h named | name=B",
           .product_stock = "before 1 after 1",
           .query = PRODUCTS,
           .rows = "h|stated|active|H"},
          {MARK, .feed = "sku b h named | name=B", .query = PRODUCTS, .rows = "h|synthesised|active|B"}}},
	{"a category that is taken over is held by the other job on",
         {{.feed = "category c - | name=C"},
          {.job = "new",
           .policy = {.take_over = (const char *const[]){"acme"}, .take_over_count = 1},
           .feed = "category c - | name=C2",
           .category_stock = "adopted 1 after 1",
           .query = STOCK_JOBS,
           .rows = "c|acme,new"},
          {.job = "new",
           MARK,
           .feed = "sku a a self",
           .category_stock = "before 1 released 1",
           .query = CATEGORIES,
           .rows = "c|-|C2|-|active"}}},
	{"a feed has no faults in what it does not name",
         {{.feed = "sku a p named | categories=[\"c\"]", .complaints = "category_undeclared 1 product_not_stated 1"},
          {.feed = "sku b q named | name=B", .complaints = "product_not_stated 1"},
          {.feed = "reject sku a", .complaints = "nothing"},
          {ADD, .feed = "sku a p named | categories=[\"c\"]", .skus = "stated 1 mode 1", .complaints = "nothing"},
          {.feed = "sku b p named | name=B", .complaints = "category_undeclared 1 product_not_stated 1"}}},
	{"how a record names its product is no content",
         {{.feed = "sku a h named | name=A\nsku b b self"},
          {.feed = "sku a h group | name=A\nsku b b self",
           .skus = "stated 2 unchanged 2",
           .changes = "",
           .query = "SELECT sku_id, product_link FROM sku_data ORDER BY sku_id",
           .rows = "a|1\nb|0"}}},
};

static const char *const acme[] = {"acme", "never-ran"};
#define TAKE_OVER .policy = {.take_over = acme, .take_over_count = 2}

static const struct scenario take_over[] = {
	{"what the feed names becomes ours, the rest stays",
         {{.feed = "category c - | name=C\ncategory d - | name=D\nproduct p | name=P\nsku a p named | name=A\nsku b b self | name=B"},
          {.job = "new",
           MARK,
           TAKE_OVER,
           .feed = "category c - | name=C2\nproduct p | name=P\nsku a p named | name=A2",
           .skus = "stated 1 updated 1",
           .products = "stated 1 unchanged 1",
           .categories = "stated 1 updated 1",
           .sku_stock = "adopted 1 after 1",
           .product_stock = "adopted 1 after 1",
           .category_stock = "adopted 1 after 1",
           .query = "SELECT sku_id, job, offer_job, stock_job FROM sku ORDER BY sku_id",
           .rows = "a|new|new|new\nb|acme|acme|acme"},
          {MARK,
           .feed = "category c - | name=C\ncategory d - | name=D\nproduct p | name=P\nsku a p named | name=A\nsku b b self | name=B",
           .skus = "stated 2 unchanged 1 foreign 1", .products = "stated 1 derived 1 unchanged 1 foreign 1",
           .categories = "stated 2 unchanged 1 foreign 1", .sku_stock = "before 1 after 1", .product_stock = "before 1 after 1",
           .category_stock = "before 2 after 2", .query = "SELECT sku_id, job, name FROM sku ORDER BY sku_id",
           .rows = "a|new|A2\nb|acme|B"},
          {.job = "new",
           MARK,
           .feed = "sku a p named | name=A2",
           .category_stock = "before 1 released 1",
           .query = "SELECT category_id, name, status, job FROM category ORDER BY category_id",
           .rows = "c|C2|active|acme\nd|D|active|acme"}}},
	{"a product made from SKUs goes with the first of them, and both jobs look again",
         {{.feed = "sku a p group | name=Red shirt\nsku b p group | name=Red shoe"},
          {.job = "new",
           TAKE_OVER,
           .feed = "sku a p group | name=Red shirt",
           .skus = "stated 1 unchanged 1",
           .products = "derived 1 updated 1",
           .product_stock = "adopted 1 after 1",
           .query = "SELECT product_id, job, name FROM product",
           .rows = "p|new|Red shirt"},
          {.by_hand = "CREATE TABLE seen AS " CLEAN,
           .feed = "sku c c self",
           .query = "SELECT * FROM seen",
           .rows = "acme|0\nnew|1"},
          {.job = "new",
           MARK,
           .feed = "sku x x self",
           .sku_stock = "before 1 created 1 removed 1 after 1",
           .product_stock = "before 1 created 1 removed 1 after 1"},
          {.feed = "sku b p group | name=Red shoe",
           .query = PRODUCTS,
           .rows = "c|self|active|-\np|synthesised|active|Red shoe\nx|self|active|-"}}},
	{"a product that the other job states stays its own until this one states it",
         {{.feed = "product p | name=P\nsku a p named | name=A"},
          {.job = "new",
           TAKE_OVER,
           .feed = "sku a p group | name=A",
           .products = "nothing",
           .query = "SELECT product_id, job, origin FROM product",
           .rows = "p|acme|stated"}}},
	{"a product of the other job that our SKUs name becomes ours once that is said, though nothing else has changed",
         {{.feed = "sku p p self | name=P"},
          {.job = "new", .feed = "sku a p group | name=A", .products = "nothing"},
          {.job = "new",
           TAKE_OVER,
           .feed = "sku a p group | name=A",
           .skus = "stated 1 unchanged 1",
           .products = "derived 1 updated 1",
           .product_stock = "adopted 1 after 1",
           .query = "SELECT product_id, job, name FROM product",
           .rows = "p|new|A"}}},
	{"links of a product that another job left behind are not added to",
         {{.feed = "sku p p self | categories=[\"c\"]"},
          {MARK, .feed = ""},
          {.job = "new",
           CATEGORIES_ADD,
           .feed = "sku p p self | categories=[\"d\"]",
           .products = "derived 1 restored 1",
           .query = "SELECT product_id, category_id FROM product_category",
           .rows = "p|d"}}},
	{"a price job's half is taken over too",
         {{.job = "owner", .feed = "sku a a self | price=5"},
          {.job = "acme", PRICES, .feed = "sku a a self | price=6"},
          {.job = "new",
           .policy = {.scope = APPLY_SCOPE_PRICES, .take_over = acme, .take_over_count = 1},
           .feed = "sku a a self | price=7",
           .skus = "stated 1 updated 1",
           .query = OFFER,
           .rows = "a|owner|new|owner|7|-|-|-|-"},
          {.job = "acme", PRICES, .feed = "sku a a self | price=6", .skus = "stated 1 foreign 1"}}},
	{"a job without the policy takes nothing",
         {{.feed = "sku a a self | name=A"}, {.job = "new", .feed = "sku a a self | name=X", .skus = "stated 1 foreign 1"}}},
};

#define RUN(table) run_scenarios(table, sizeof(table) / sizeof((table)[0]))

static void the_last_duplicate_counts(void **state)
{
	(void)state;
	RUN(duplicates);
}

static void what_is_present_decides(void **state)
{
	(void)state;
	RUN(presence);
}

static void items_are_taken_over(void **state)
{
	(void)state;
	RUN(take_over);
}

/* A feed that must fail: the message, and where. */
static void a_duplicate_fails_the_run(void **state)
{
	static const struct {
		const char *feed;
		const char *message; /* NULL: it does not fail */
	} rows[] = {
		{"sku a a self\nsku b b self", NULL},
		{"sku a a self\nreject sku a", NULL},
		{"sku a a self\nsku b b self\nsku a a self\nsku b b self",
	         "the SKU 'a' is stated twice, by the records 1 and 3, and the job says 'duplicates: fail'"},
		{"sku a a alone\nsku a a alone",
	         "the SKU 'a' is stated twice, by the records 1 and 2, and the job says 'duplicates: fail'"},
	};
	const struct apply_policy policy = {.duplicates = APPLY_DUPLICATES_FAIL};

	(void)state;
	for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
		struct error err = ERROR_INIT;
		struct world world;
		struct apply *apply;
		struct feed feed;
		int result;

		world_open(&world);
		const struct run_ticket ticket = world_ticket(&world, "acme", "main");
		feed_init(&feed);
		feed_parse(&feed, rows[index].feed);
		assert_int_equal(apply_begin(world.store, &ticket, &policy, NULL, &apply, &err), 0);
		for (size_t entry = 0; entry < feed.count; entry++)
			assert_int_equal(apply_entry(apply, feed.entries[entry], &err), 0);
		result = apply_finish(apply, &err);
		apply_rollback(apply);
		assert_int_equal(result, rows[index].message == NULL ? 0 : -1);
		if (rows[index].message != NULL) {
			assert_int_equal(err.code, ERROR_FEED);
			assert_string_equal(err.message, rows[index].message);
			assert_true(err.byte >= 0);
		}
		feed_release(&feed);
		world_close(&world);
	}
}

/* More statements than one batch holds: all come out again, in order. */
static void the_last_of_very_many_counts(void **state)
{
	const struct run_options options = {.policy = {.duplicates = APPLY_DUPLICATES_LAST}};
	char description[4096];
	struct run_result result;
	struct world world;
	struct feed feed;

	(void)state;
	memset(description, 'x', sizeof(description) - 1);
	description[sizeof(description) - 1] = '\0';
	world_open(&world);
	feed_init(&feed);
	for (int round = 0; round < 2; round++) {
		for (int index = 0; index < 1000; index++) {
			char id[32];
			struct statement *statement;

			(void)snprintf(id, sizeof(id), "s%d", index);
			statement = feed_sku(&feed, id, id, PRODUCT_LINK_SELF, round == 0 ? "old" : "new");
			statement_set(&feed, statement, FIELD_DESCRIPTION, description);
		}
	}
	feed_run(&world, &feed, &options, &result);
	assert_counts(&result, ITEM_SKU, "stated 2000 created 1000 duplicate 1000 conflicting 1000");
	assert_query(&world, "SELECT count(*), min(name), max(name) FROM sku_data", "1000|new|new");
	feed_release(&feed);
	world_close(&world);
}

int apply_presence_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_duplicate_counts),    cmocka_unit_test(a_duplicate_fails_the_run),
		cmocka_unit_test(the_last_of_very_many_counts), cmocka_unit_test(what_is_present_decides),
		cmocka_unit_test(items_are_taken_over),
	};

	return cmocka_run_group_tests_name("what is present", tests, NULL, NULL);
}
