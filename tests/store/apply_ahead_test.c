/* Products that are derived while the feed is read: the same as those that are derived in the end, whatever the feed's order. */
#include "apply_random.h"
#include "apply_tests.h"
#include "store/sqlite/apply_ahead.h"

#include <stdio.h>
#include <stdlib.h>

/* What a run made, but for the SKU that keeps products from being derived ahead. */
static const char products_sql[] =
	"SELECT product_id, origin, name, description, brand, url, images, attributes, tags, status, categories, children, parts,"
	" (SELECT group_concat(category_id || '=' || position) FROM (SELECT category_id, position FROM product_category_data c"
	" JOIN category_name USING (category_number)"
	" WHERE c.product_key = p.product_key ORDER BY position)) FROM product_data p WHERE product_id <> '~' ORDER BY product_id";
static const char skus_sql[] =
	"SELECT sku_id, product_id, product_link, name, categories, parts FROM sku_data WHERE sku_id <> '~' ORDER BY sku_id";
static const char stray_links_sql[] =
	"SELECT count(*) FROM product_category_data WHERE product_key NOT IN (SELECT product_key FROM product_data)";
static const char complaints_sql[] = "SELECT code, kind, item_id, count(*) FROM complaint WHERE run_id ="
				     " (SELECT max(run_id) FROM run) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";

static void assert_same(struct world *left, struct world *right, const char *sql)
{
	char *const expected = world_query(right, sql);

	assert_query(left, sql, expected);
	free(expected);
}

/* The feed into an empty catalogue, and into one that has a SKU already. */
static void judge(const struct feed *feed, const struct run_options *options)
{
	struct world empty, other;
	struct run_result ahead, afterwards, again;
	struct feed before;

	world_open(&empty);
	world_open(&other);
	feed_init(&before);
	(void)feed_sku(&before, "~", "~", PRODUCT_LINK_SELF, "~");
	feed_run(&other, &before, options, &again);
	feed_run(&other, feed, options, &afterwards);
	feed_run(&empty, feed, options, &ahead);
	assert_same(&empty, &other, products_sql);
	assert_same(&empty, &other, skus_sql);
	assert_same(&empty, &other, complaints_sql);
	assert_query(&empty, stray_links_sql, "0");
	assert_string_equal(ahead.digest, afterwards.digest);
	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++)
		assert_int_equal(ahead.counts.kinds[kind].created, afterwards.counts.kinds[kind].created);
	assert_int_equal(ahead.counts.kinds[ITEM_PRODUCT].updated, 0);
	/* And the same feed again does nothing. */
	feed_run(&empty, feed, options, &again);
	assert_int_equal(again.counts.kinds[ITEM_PRODUCT].created + again.counts.kinds[ITEM_PRODUCT].updated, 0);
	assert_int_equal(again.counts.stock[ITEM_PRODUCT].after, ahead.counts.stock[ITEM_PRODUCT].after);
	feed_release(&before);
	world_close(&empty);
	world_close(&other);
}

static void add_sku(struct feed *feed, const char *id, const char *product_id, const char *name)
{
	struct statement *sku = feed_sku(feed, id, product_id, PRODUCT_LINK_GROUP, name);
	char categories[64];

	(void)snprintf(categories, sizeof(categories), "[\"c%s\"]", id);
	statement_set(feed, sku, FIELD_CATEGORIES, categories);
	statement_set(feed, sku, FIELD_BRAND, "Acme");
}

struct line {
	char what; /* s: SKU, l: one whose product lists it, n: one that names a product, p: product, c: one with a list, +: part */
	const char *id;
	const char *product_id;
};

#define LINES_MAX 8

static void add_line(struct feed *feed, const struct line *line)
{
	switch (line->what) {
	case 's':
		add_sku(feed, line->id, line->product_id, line->id);
		return;
	case 'l':
		(void)feed_sku(feed, line->id, line->id, PRODUCT_LINK_LISTED, line->id);
		return;
	case 'n':
		(void)feed_sku(feed, line->id, line->product_id, PRODUCT_LINK_NAMED, line->id);
		return;
	case 'p':
		(void)feed_product(feed, line->id, "stated");
		return;
	case 'c':
		statement_set(feed, feed_product(feed, line->id, "stated"), FIELD_CHILDREN, "[\"b\"]");
		return;
	default:
		feed_part(feed, ITEM_SKU, line->id, FIELD_CATEGORIES, "[\"part\"]", 0);
	}
}

static void a_product_is_the_same_whatever_the_order(void **state)
{
	static const struct line feeds[][LINES_MAX] = {
		{{'s', "a", "P"}, {'s', "b", "P"}, {'s', "c", "Q"}},
		{{'s', "b", "P"}, {'s', "a", "P"}, {'s', "c", "Q"}},
		{{'s', "b", "P"}, {'s', "c", "Q"}, {'s', "a", "P"}},
		{{'s', "b", "P"}, {'s', "c", "Q"}, {'s', "a", "P"}, {'s', "d", "Q"}, {'s', "e", "P"}},
		{{'p', "P", ""}, {'s', "a", "P"}, {'s', "c", "Q"}},
		{{'s', "a", "P"}, {'p', "P", ""}, {'s', "c", "Q"}},
		{{'s', "a", "P"}, {'p', "P", ""}, {'s', "b", "P"}, {'p', "P", ""}, {'s', "c", "Q"}},
		{{'s', "a", "P"}, {'s', "c", "Q"}, {'p', "P", ""}, {'s', "b", "P"}},
		{{'s', "a", "P"}, {'s', "c", "Q"}, {'s', "b", "P"}, {'p', "P", ""}},
		{{'s', "a", "P"}, {'+', "a", ""}, {'s', "c", "Q"}},
		{{'s', "a", "P"}, {'s', "c", "Q"}, {'+', "a", ""}},
		{{'+', "a", ""}, {'s', "a", "P"}, {'s', "c", "Q"}, {'s', "b", "P"}},
		{{'s', "a", "P"}, {'s', "a", "P"}, {'s', "c", "Q"}, {'s', "a", "P"}},
		{{'s', "a", "P"}, {'s', "c", "Q"}, {'s', "a", "Q"}},
		{{'s', "a", "P"}, {'s', "c", "Q"}, {'l', "b", ""}, {'c', "P", ""}},
		{{'s', "a", "P"}, {'s', "c", "Q"}, {'l', "b", ""}, {'s', "d", "b"}},
		{{'s', "a", "P"}, {'s', "c", "Q"}, {'n', "b", "P"}, {'n', "d", "R"}},
	};
	const struct run_options options = {.missing = APPLY_MISSING_KEEP};

	(void)state;
	for (size_t row = 0; row < sizeof(feeds) / sizeof(feeds[0]); row++) {
		struct feed feed;

		feed_init(&feed);
		for (const struct line *line = feeds[row]; line < feeds[row] + LINES_MAX && line->what != '\0'; line++)
			add_line(&feed, line);
		judge(&feed, &options);
		feed_release(&feed);
	}
}

static void a_feed_in_another_order_is_derived_in_the_end(void **state)
{
	const struct run_options options = {.missing = APPLY_MISSING_KEEP};
	struct feed feed;

	(void)state;
	feed_init(&feed);
	/* First some products that are whole, then the sizes of all others one by one. */
	for (size_t number = 0; number < 1200; number++) {
		char id[32], product_id[32];

		(void)snprintf(id, sizeof(id), "s%zu", number);
		(void)snprintf(product_id, sizeof(product_id), "p%zu", number < 200 ? number / 2 : 100 + number % 300);
		add_sku(&feed, id, product_id, id);
	}
	judge(&feed, &options);
	feed_release(&feed);
}

static void a_product_with_many_skus_is_derived_in_the_end(void **state)
{
	static const size_t numbers[] = {AHEAD_SKUS_MAX - 1, AHEAD_SKUS_MAX, AHEAD_SKUS_MAX + 1, 2 * AHEAD_SKUS_MAX};
	const struct run_options options = {.missing = APPLY_MISSING_KEEP};

	(void)state;
	for (size_t row = 0; row < sizeof(numbers) / sizeof(numbers[0]); row++) {
		struct feed feed;

		feed_init(&feed);
		for (size_t number = 0; number < numbers[row]; number++) {
			char id[32];

			(void)snprintf(id, sizeof(id), "s%zu", number);
			add_sku(&feed, id, "P", id);
		}
		add_sku(&feed, "last", "Q", "last");
		judge(&feed, &options);
		feed_release(&feed);
	}
}

static void feeds_made_by_chance_make_the_same_products(void **state)
{
	static const struct random_options kinds[] = {{.is_plain = true}, {.is_plain = false}};

	(void)state;
	for (uint64_t seed = 1; seed <= 120; seed++) {
		const struct run_options options = {.missing = APPLY_MISSING_KEEP};
		struct chance chance = {.state = seed};
		struct random_feed random;
		struct feed feed;

		random_feed_first(&chance, &random);
		random_feed_build(&random, &kinds[seed % 2], &feed);
		judge(&feed, &options);
		feed_release(&feed);
	}
}

int apply_ahead_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_product_is_the_same_whatever_the_order),
		cmocka_unit_test(a_feed_in_another_order_is_derived_in_the_end),
		cmocka_unit_test(a_product_with_many_skus_is_derived_in_the_end),
		cmocka_unit_test(feeds_made_by_chance_make_the_same_products),
	};

	return cmocka_run_group_tests_name("apply_ahead", tests, NULL, NULL);
}
