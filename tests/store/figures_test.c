/* Figures of a plan: what begins to be absent, groups that empty, values that change, and the highest stock of days. */
#include "store/figures.h"

#include "apply_support.h"
#include "apply_tests.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define MUST(call)                                   \
	do {                                         \
		if ((call) < 0)                      \
			fail_msg("%s", err.message); \
	} while (0)

/* SKUs 'first' to 'last' that are alike; what is 0 or NULL is absent, a price of -1 is zero. */
struct goods {
	int first;
	int last;
	const char *product; /* NULL: each its own */
	const char *brand;
	const char *categories;
	const char *currency;
	const char *availability;
	int64_t price;
	int64_t quantity;
};

/* The first, the last, and what fields there are. */
#define GOODS(from, ...)                             \
	{                                            \
		.first = (from), .last = __VA_ARGS__ \
	}

#define GOODS_MAX 4

struct step {
	struct goods goods[GOODS_MAX];
	enum apply_missing missing;
	int64_t after;
	bool is_unproven;
	const char *expected; /* NULL: not looked at */
};

static void add_goods(struct feed *feed, const struct goods *goods)
{
	for (int number = goods->first; number > 0 && number <= goods->last; number++) {
		char id[16];

		(void)snprintf(id, sizeof(id), "s%04d", number);
		struct statement *sku = feed_sku(feed, id, goods->product != NULL ? goods->product : id,
		                                 goods->product != NULL ? PRODUCT_LINK_GROUP : PRODUCT_LINK_SELF, "Thing");
		statement_set(feed, sku, FIELD_BRAND, goods->brand);
		statement_set(feed, sku, FIELD_CATEGORIES, goods->categories);
		statement_set(feed, sku, FIELD_CURRENCY, goods->currency);
		statement_set(feed, sku, FIELD_AVAILABILITY, goods->availability);
		if (goods->price != 0)
			statement_set_integer(sku, FIELD_PRICE, goods->price > 0 ? goods->price : 0);
		if (goods->quantity != 0)
			statement_set_integer(sku, FIELD_QUANTITY, goods->quantity > 0 ? goods->quantity : 0);
	}
}

struct setting {
	int64_t now_ms;
	const struct figures_wish *wish;
	bool resets_high;
	bool is_dry;
};

static void run_step(struct world *world, const struct step *step, const struct setting *setting, struct store_figures *ret_figures)
{
	const struct apply_policy policy = {.missing = step->missing, .missing_after = step->after};
	const struct run_end end = {.outcome = "applied", .bytes = -1, .feed_sha256 = setting->wish->feed_sha256};
	const struct job_memory memory = {.is_clean = true};
	struct run_ticket ticket = world_ticket(world, NULL, NULL);
	struct error err = ERROR_INIT;
	struct apply *apply;
	struct feed feed;

	ticket.now_ms = setting->now_ms;
	feed_init(&feed);
	(void)feed_category(&feed, "c1", NULL, "Shoes");
	(void)feed_category(&feed, "c2", NULL, NULL);
	for (size_t index = 0; index < GOODS_MAX; index++)
		add_goods(&feed, &step->goods[index]);
	MUST(apply_begin(world->store, &ticket, &policy, NULL, &apply, &err));
	for (size_t index = 0; index < feed.count; index++)
		MUST(apply_entry(apply, feed.entries[index], &err));
	if (step->is_unproven)
		apply_set_unproven(apply);
	assert_int_equal(apply_figures(apply, setting->wish, ret_figures, &err), -1); /* it is not finished */
	error_clear(&err);
	MUST(apply_finish(apply, &err));
	MUST(apply_figures(apply, setting->wish, ret_figures, &err));
	if (setting->resets_high)
		apply_reset_high(apply);
	if (setting->is_dry) {
		apply_rollback(apply);
		world_end_run(world, &ticket, "held");
	} else {
		MUST(apply_commit(apply, &end, &memory, &err));
	}
	feed_release(&feed);
}

static void append_groups(struct buffer *text, const char *name, const struct group_figures *groups)
{
	for (size_t index = 0; index < groups->count; index++) {
		const struct group_figure *group = &groups->groups[index];

		(void)buffer_append_format(text, "; %s %s%s%s %" PRId64 "/%" PRId64, name, group->id, group->name[0] ? "=" : "",
		                           group->name, group->absent, group->before);
	}
	if (groups->total > (int64_t)groups->count)
		(void)buffer_append_format(text, "; %" PRId64 " of %s", groups->total, name);
}

/* 'skus 2/10, products 1/10; brand B 2/3; changed 4 lost 0 currency 0 out 0' */
static void describe(const struct store_figures *figures, struct buffer *text)
{
	(void)buffer_append_format(text, "skus %" PRId64 "/%" PRId64 ", products %" PRId64 "/%" PRId64, figures->absent[ITEM_SKU],
	                           figures->absent[ITEM_SKU] + figures->stayed[ITEM_SKU], figures->absent[ITEM_PRODUCT],
	                           figures->absent[ITEM_PRODUCT] + figures->stayed[ITEM_PRODUCT]);
	append_groups(text, "category", &figures->categories);
	append_groups(text, "brand", &figures->brands);
	if (figures->prices_changed != FIGURE_UNKNOWN)
		(void)buffer_append_format(text, "; changed %" PRId64 " lost %" PRId64 "%s currency %" PRId64 " out %" PRId64 "%s",
		                           figures->prices_changed, figures->prices_lost, figures->has_prices ? "" : " all",
		                           figures->currencies_changed, figures->out_of_stock, figures->has_stock ? "" : " all");
}

static const struct figures_wish all_wishes = {
	.high = true,
	.categories = {.is_wished = true, .percent = 5000, .count = 3},
	.brands = {.is_wished = true, .percent = 5000, .count = 3},
	.price_count = 3,
	.price_change = 5000,
	.currency_count = 3,
	.stock_count = 3,
};

#define STEPS_MAX 5

struct history {
	const char *name;
	struct step steps[STEPS_MAX];
};

static void run_histories(const struct history *histories, size_t count)
{
	for (size_t index = 0; index < count; index++) {
		struct world world;

		world_open(&world);
		for (size_t at = 0; at < STEPS_MAX && histories[index].steps[at].goods[0].first > 0; at++) {
			const struct step *step = &histories[index].steps[at];
			const struct setting setting = {.wish = &all_wishes, .now_ms = DAY_MS};
			struct store_figures figures;
			struct buffer text;

			run_step(&world, step, &setting, &figures);
			buffer_init(&text, 4096);
			describe(&figures, &text);
			if (step->expected != NULL && strcmp(buffer_text(&text), step->expected) != 0)
				fail_msg("%s, step %zu: '%s', expected '%s'", histories[index].name, at + 1, buffer_text(&text),
				         step->expected);
			buffer_release(&text);
		}
		world_close(&world);
	}
}

#define MARK .missing = APPLY_MISSING_MARK
#define DELETE .missing = APPLY_MISSING_DELETE
#define KEEP .missing = APPLY_MISSING_KEEP

static const struct history absences[] = {
	{"nothing was there",
         {{{GOODS(1, 9)}, MARK, .expected = "skus 0/0, products 0/0"},
          {{GOODS(1, 9)}, MARK, .expected = "skus 0/9, products 0/9"}}},
	{"what is marked and what is deleted is absent",
         {{{GOODS(1, 9)}, MARK},
          {{GOODS(3, 11)}, MARK, .expected = "skus 2/9, products 2/9"},
          {{GOODS(5, 11)}, DELETE, .expected = "skus 2/9, products 2/9"},
          {{GOODS(3, 11)}, DELETE, .expected = "skus 0/7, products 0/7"}}},
	{"where nothing is removed nothing is absent",
         {{{GOODS(1, 9)}, MARK},
          {{GOODS(3, 9)}, KEEP, .expected = "skus 0/9, products 0/9"},
          {{GOODS(3, 9)}, MARK, .is_unproven = true, .expected = "skus 0/9, products 0/9"},
          {{GOODS(3, 9)}, MARK, .expected = "skus 2/9, products 2/9"}}},
	{"what waits counts in the run that first lacks it",
         {{{GOODS(1, 9)}, MARK, 3},
          {{GOODS(3, 9)}, MARK, 3, .expected = "skus 2/9, products 0/9"},
          {{GOODS(4, 9)}, MARK, 3, .expected = "skus 1/7, products 0/9"},
          {{GOODS(4, 9)}, MARK, 3, .expected = "skus 0/6, products 0/7"},
          {{GOODS(3, 9)}, MARK, 3, .expected = "skus 0/7, products 0/7"}}},
	{"products whose SKUs have others now are absent, however long SKUs wait",
         {{{GOODS(1, 9)}, MARK, 3},
          {{GOODS(1, 9, .product = "p")}, MARK, 3, .expected = "skus 0/9, products 9/9; changed 0 lost 0 currency 0 out 0"}}},
	{"a product that goes with its SKUs after they waited is not absent again",
         {{{GOODS(1, 9)}, MARK, 2},
          {{GOODS(4, 9)}, MARK, 2, .expected = "skus 3/9, products 0/9"},
          {{GOODS(4, 9)}, MARK, 2, .expected = "skus 0/6, products 0/6"}}},
};

static void an_item_counts_as_absent_in_the_run_that_first_lacks_it(void **state)
{
	(void)state;
	run_histories(absences, COUNT(absences));
}

#define SHOES .categories = "[\"c1\"]"
#define BOTH .categories = "[\"c1\",\"c2\"]"
#define NIKE .brand = "Nike"
#define PUMA .brand = "Puma"

static const struct history groups[] = {
	{"a group that loses half is told, one that loses less is not",
         {{{GOODS(1, 6, NIKE, SHOES), GOODS(7, 13, PUMA, .categories = "[\"c2\"]")}, MARK},
          {{GOODS(4, 6, NIKE, SHOES), GOODS(10, 13, PUMA, .categories = "[\"c2\"]")},
           MARK,
           .expected = "skus 6/13, products 6/13; category c1=Shoes 3/6; brand Nike 3/6"}}},
	{"deleted items are found by what is told of them",
         {{{GOODS(1, 6, NIKE, BOTH), GOODS(7, 13, PUMA, SHOES)}, DELETE},
          {{GOODS(7, 13, PUMA, SHOES)}, DELETE, .expected = "skus 6/13, products 6/13; category c2 6/6; brand Nike 6/6"}}},
	{"so are those that wait, once",
         {{{GOODS(1, 6, NIKE, SHOES), GOODS(7, 20, PUMA, SHOES)}, MARK, 3},
          {{GOODS(5, 6, NIKE, SHOES), GOODS(7, 20, PUMA, SHOES)}, MARK, 3, .expected = "skus 4/20, products 0/20; brand Nike 4/6"},
          {{GOODS(5, 6, NIKE, SHOES), GOODS(7, 20, PUMA, SHOES)}, MARK, 3, .expected = "skus 0/16, products 0/20"},
          {{GOODS(7, 20, PUMA, SHOES)}, MARK, 3, .expected = "skus 2/16, products 0/16"}}},
	{"the SKUs of a product count, not the product",
         {{{GOODS(1, 8, .product = "p", NIKE, SHOES), GOODS(9, 12, NIKE)}, DELETE},
          {{GOODS(5, 8, .product = "p", NIKE, SHOES), GOODS(9, 12, NIKE)},
           DELETE,
           .expected = "skus 4/12, products 0/5; category c1=Shoes 4/8"}}},
	{"new SKUs do not hide the old",
         {{{GOODS(1, 6, NIKE)}, MARK},
          {{GOODS(4, 6, NIKE), GOODS(100, 200, NIKE)}, MARK, .expected = "skus 3/6, products 3/6; brand Nike 3/6"}}},
	{"few are not looked at",
         {{{GOODS(1, 2, NIKE, SHOES), GOODS(3, 9)}, MARK}, {{GOODS(3, 9)}, MARK, .expected = "skus 2/9, products 2/9"}}},
};

static void groups_that_lose_much_are_told(void **state)
{
	(void)state;
	run_histories(groups, COUNT(groups));
}

static void of_many_groups_the_largest_are_told(void **state)
{
	const struct setting setting = {.wish = &all_wishes, .now_ms = DAY_MS};
	struct step step = {.missing = APPLY_MISSING_DELETE, .goods = {GOODS(1, 1, .brand = "stays")}};
	struct store_figures figures;
	struct world world;

	(void)state;
	world_open(&world);
	/* 14 brands of 3 to 16 SKUs in four steps, each of which keeps what the others brought. */
	for (int from = 0; from < 14; from += GOODS_MAX) {
		static char names[GOODS_MAX][16];
		struct step more = {.missing = APPLY_MISSING_KEEP};
		for (int index = 0; index < GOODS_MAX && from + index < 14; index++) {
			const int number = from + index;
			(void)snprintf(names[index], sizeof(names[index]), "b%02d", number);
			more.goods[index] = (struct goods){100 * (number + 1), 100 * (number + 1) + number + 2,
			                                   .brand = names[index]};
		}
		run_step(&world, &more, &setting, &figures);
	}
	run_step(&world, &step, &setting, &figures);
	assert_int_equal(figures.brands.total, 14);
	assert_int_equal(figures.brands.count, FIGURES_GROUPS_MAX);
	assert_string_equal(figures.brands.groups[0].id, "b13");
	assert_int_equal(figures.brands.groups[0].absent, 16);
	assert_int_equal(figures.brands.groups[0].before, 16);
	assert_string_equal(figures.brands.groups[9].id, "b04");
	assert_int_equal(figures.categories.total, 0);
	world_close(&world);
}

#define EUR .currency = "EUR"
#define IN .availability = "in_stock"
#define OUT .availability = "out_of_stock"

static const struct history values[] = {
	{"few updates are not looked at",
         {{{GOODS(1, 9, .price = 100, EUR)}, MARK},
          {{GOODS(1, 2, .price = 999, EUR), GOODS(3, 9, .price = 100, EUR)}, MARK, .expected = "skus 0/9, products 0/9"}}},
	{"a price is another one beyond the share, or gone",
         {{{GOODS(1, 4, .price = 1000, EUR), GOODS(5, 9, .price = 1000, EUR)}, MARK},
          {{GOODS(1, 1, .price = 500, EUR), GOODS(2, 2, .price = 499, EUR), GOODS(3, 3, .price = 1501, EUR),
            GOODS(4, 9, .price = 1500, EUR)},
           MARK,
           .expected = "skus 0/9, products 0/9; changed 2 lost 0 currency 0 out 0"},
          {{GOODS(1, 3, EUR), GOODS(4, 4, .price = -1, EUR), GOODS(5, 9, .price = 1500, EUR)},
           MARK,
           .expected = "skus 0/9, products 0/9; changed 4 lost 4 currency 0 out 0"},
          {{GOODS(1, 4, EUR), GOODS(5, 8, EUR), GOODS(9, 9, .price = -1, EUR)},
           MARK,
           .expected = "skus 0/9, products 0/9; changed 6 lost 5 all currency 0 out 0"}}},
	{"a price from zero is another one, a first price is none that changed",
         {{{GOODS(1, 3, .price = -1, EUR), GOODS(4, 6, EUR)}, MARK},
          {{GOODS(1, 3, .price = 5, EUR), GOODS(4, 6, .price = 5, EUR)},
           MARK,
           .expected = "skus 0/6, products 0/6; changed 3 lost 0 currency 0 out 0"}}},
	{"prices in another currency are not compared",
         {{{GOODS(1, 9, .price = 100, EUR)}, MARK},
          {{GOODS(1, 4, .price = 450, .currency = "PLN"), GOODS(5, 6, .price = 100), GOODS(7, 9, .price = 100, EUR)},
           MARK,
           .expected = "skus 0/9, products 0/9; changed 0 lost 0 currency 6 out 0"},
          {{GOODS(1, 9, .price = 100, EUR)}, MARK, .expected = "skus 0/9, products 0/9; changed 0 lost 0 currency 4 out 0"}}},
	{"new SKUs with a price do not hide that the others lost theirs",
         {{{GOODS(1, 9, .price = 100, EUR)}, MARK},
          {{GOODS(1, 9, EUR), GOODS(10, 20, .price = 100, EUR)},
           MARK,
           .expected = "skus 0/9, products 0/9; changed 9 lost 9 all currency 0 out 0"}}},
	{"stock is availability, or quantity where that says nothing",
         {{{GOODS(1, 3, IN), GOODS(4, 6, .quantity = 5), GOODS(7, 9, .availability = "limited")}, MARK},
          {{GOODS(1, 3, OUT), GOODS(4, 6, .quantity = -1), GOODS(7, 9, .availability = "limited")},
           MARK,
           .expected = "skus 0/9, products 0/9; changed 0 lost 0 currency 0 out 6"},
          {{GOODS(1, 3, IN), GOODS(4, 6, .quantity = 1), GOODS(7, 9)},
           MARK,
           .expected = "skus 0/9, products 0/9; changed 0 lost 0 currency 0 out 3"},
          {{GOODS(1, 3), GOODS(4, 6), GOODS(7, 9, OUT), GOODS(10, 12, IN)},
           MARK,
           .expected = "skus 0/9, products 0/9; changed 0 lost 0 currency 0 out 6 all"}}},
};

static void values_of_skus_that_stay_are_looked_at(void **state)
{
	(void)state;
	run_histories(values, COUNT(values));
}

/* A price job writes SKUs of another: theirs are the prices that stay. */
static void prices_of_other_jobs_skus_count_for_the_job_that_writes_them(void **state)
{
	const struct setting setting = {.wish = &all_wishes, .now_ms = DAY_MS};
	const struct step goods = {{GOODS(1, 9, .price = 100, EUR)}, MARK};
	const struct apply_policy policy = {.scope = APPLY_SCOPE_PRICES, .missing = APPLY_MISSING_KEEP};
	struct error err = ERROR_INIT;
	struct store_figures figures;
	struct world world;

	(void)state;
	world_open(&world);
	run_step(&world, &goods, &setting, &figures);
	for (int round = 0; round < 3; round++) {
		const struct run_end end = {.outcome = "applied", .bytes = -1};
		const struct job_memory memory = {.is_clean = true};
		const struct run_ticket ticket = world_ticket(&world, "prices", NULL);
		struct apply *apply;
		struct feed feed;

		feed_init(&feed);
		add_goods(&feed, &(struct goods){1, 9, .price = round < 2 ? 50 * (round + 1) : -1, EUR});
		MUST(apply_begin(world.store, &ticket, &policy, NULL, &apply, &err));
		for (size_t index = 0; index < feed.count; index++)
			MUST(apply_entry(apply, feed.entries[index], &err));
		MUST(apply_finish(apply, &err));
		MUST(apply_figures(apply, &all_wishes, &figures, &err));
		MUST(apply_commit(apply, &end, &memory, &err));
		feed_release(&feed);
		assert_int_equal(figures.prices_changed, round == 0 ? 0 : 9);
		assert_int_equal(figures.prices_lost, round == 2 ? 9 : 0);
		assert_int_equal(figures.has_prices, round < 2);
	}
	world_close(&world);
}

/* Days */

static void expect_high(struct world *world, int64_t day, int last, int64_t high, bool resets)
{
	const struct setting setting = {.wish = &all_wishes, .now_ms = day * DAY_MS + 5, .resets_high = resets};
	const struct step step = {{GOODS(1, last)}, MARK};
	struct store_figures figures;

	run_step(world, &step, &setting, &figures);
	if (figures.high[ITEM_SKU] != high || figures.high[ITEM_PRODUCT] != high)
		fail_msg("day %" PRId64 ": %" PRId64 " SKUs and %" PRId64 " products, expected %" PRId64, day,
		         figures.high[ITEM_SKU], figures.high[ITEM_PRODUCT], high);
	assert_int_equal(figures.present[ITEM_SKU], last);
	assert_int_equal(figures.high[ITEM_CATEGORY], FIGURE_UNKNOWN);
}

static void the_high_is_that_of_seven_days(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	expect_high(&world, 100, 40, 0, false);
	expect_high(&world, 100, 30, 40, false);
	expect_high(&world, 101, 20, 40, false);
	expect_high(&world, 106, 19, 40, false);
	expect_high(&world, 107, 18, 20, false); /* what was there at the run's beginning is 19, on day 101 it was 20 */
	expect_high(&world, 108, 17, 19, false);
	assert_query(&world, "SELECT day, skus FROM job_high ORDER BY day", "106|19\n107|18\n108|17");
	expect_high(&world, 108, 10, 19, true);
	expect_high(&world, 108, 9, 10, false);
	assert_query(&world, "SELECT day, products, skus FROM job_high ORDER BY day", "108|10|10");
	expect_high(&world, 200, 9, 9, false);
	/* A clock that was set back. */
	expect_high(&world, 120, 5, 9, false);
	assert_query(&world, "SELECT day, skus FROM job_high ORDER BY day", "120|5");
	world_close(&world);
}

static void the_high_before_an_undo_does_not_count(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	expect_high(&world, 100, 40, 0, false);
	expect_high(&world, 100, 90, 40, false);
	world_execute(&world, "INSERT INTO run (job, catalog, trigger, started_at_ms, outcome, parent_run_id) VALUES"
	                      " ('other', 'main', 'undo', 1, 'applied', 2), ('acme', 'other', 'undo', 1, 'applied', 2),"
	                      " ('acme', 'main', 'undo', 1, 'failed', 2)");
	expect_high(&world, 100, 80, 90, false);
	world_execute(&world, "UPDATE sku_data SET status = 'missing' WHERE sku_id > 's0040';"
	                      "INSERT INTO run (job, catalog, trigger, started_at_ms, outcome, parent_run_id) VALUES"
	                      " ('acme', 'main', 'undo', 1, 'applied', 2)");
	const struct setting setting = {.wish = &all_wishes, .now_ms = 100 * DAY_MS};
	const struct step step = {{GOODS(1, 39)}, MARK};
	struct store_figures figures;
	run_step(&world, &step, &setting, &figures);
	assert_int_equal(figures.high[ITEM_SKU], 40);
	assert_query(&world, "SELECT day, skus FROM job_high", "100|39");
	world_close(&world);
}

static void a_held_run_leaves_no_high(void **state)
{
	const struct setting setting = {.wish = &all_wishes, .now_ms = 100 * DAY_MS, .is_dry = true};
	const struct step step = {{GOODS(1, 50)}, MARK};
	struct store_figures figures;
	struct world world;

	(void)state;
	world_open(&world);
	run_step(&world, &step, &setting, &figures);
	assert_query(&world, "SELECT count(*) FROM job_high", "0");
	world_close(&world);
}

/* What waits to be removed is not present. */
static void what_waits_is_no_part_of_the_high(void **state)
{
	const struct setting setting = {.wish = &all_wishes, .now_ms = 100 * DAY_MS};
	const struct step all = {{GOODS(1, 50)}, MARK, 3};
	const struct step less = {{GOODS(1, 30)}, MARK, 3};
	struct store_figures figures;
	struct world world;

	(void)state;
	world_open(&world);
	run_step(&world, &all, &setting, &figures);
	run_step(&world, &less, &(struct setting){.wish = &all_wishes, .now_ms = 100 * DAY_MS, .resets_high = true}, &figures);
	assert_int_equal(figures.high[ITEM_SKU], 50);
	assert_int_equal(figures.present[ITEM_SKU], 30);
	run_step(&world, &less, &setting, &figures);
	assert_int_equal(figures.high[ITEM_SKU], 30);
	assert_int_equal(figures.present[ITEM_SKU], 30);
	world_close(&world);
}

/* Feeds of undone runs. Runs of job 'acme' in 'main' from 1 on. */

static const struct {
	const char *name;
	const char *runs; /* trigger, outcome, parent, feed */
	int64_t undone;   /* the run of feed 'A' that is */
} ledgers[] = {
	{"nothing was undone", "('manual','applied',NULL,'A')", 0},
	{"the feed of an undone run", "('manual','applied',NULL,'A'),('undo','applied',1,NULL)", 1},
	{"another feed was undone", "('manual','applied',NULL,'B'),('undo','applied',1,NULL)", 0},
	{"an undo that failed", "('manual','applied',NULL,'A'),('undo','failed',1,NULL)", 0},
	{"the undo was undone", "('manual','applied',NULL,'A'),('undo','applied',1,NULL),('undo','applied',2,NULL)", 0},
	{"… and that again",
         "('manual','applied',NULL,'A'),('undo','applied',1,NULL),('undo','applied',2,NULL),('undo','applied',3,NULL)", 1},
	{"undone, taken back, undone once more",
         "('manual','applied',NULL,'A'),('undo','applied',1,NULL),('undo','applied',2,NULL),('undo','applied',1,NULL)", 1},
	{"held since", "('manual','applied',NULL,'A'),('undo','applied',1,NULL),('manual','held',NULL,'A')", 1},
	{"approved since",
         "('manual','applied',NULL,'A'),('undo','applied',1,NULL),('manual','held',NULL,'A'),('approve','applied',3,'A')", 0},
	{"superseded since", "('manual','applied',NULL,'A'),('undo','applied',1,NULL),('manual','applied',NULL,'B')", 0},
	{"a dry run supersedes nothing", "('manual','applied',NULL,'A'),('undo','applied',1,NULL),('manual','planned',NULL,'B')",
         1},
	{"approved, and undone again",
         "('manual','applied',NULL,'A'),('undo','applied',1,NULL),('approve','applied',1,'A'),('undo','applied',3,NULL)", 3},
	{"an older run was undone after another",
         "('manual','applied',NULL,'A'),('manual','applied',NULL,'B'),('undo','applied',2,NULL),('undo','applied',1,NULL)", 1},
	{"two runs undone, both with the feed",
         "('manual','applied',NULL,'A'),('manual','applied',NULL,'A'),('undo','applied',2,NULL),('undo','applied',1,NULL)", 2},
};

static void the_feed_of_an_undone_run_is_known(void **state)
{
	struct figures_wish wish = all_wishes;

	(void)state;
	wish.feed_sha256 = "A";
	for (size_t index = 0; index < COUNT(ledgers); index++) {
		const struct setting setting = {.wish = &wish, .now_ms = DAY_MS, .is_dry = true};
		const struct step step = {{GOODS(1, 9)}, MARK};
		struct store_figures figures;
		struct world world;
		char sql[1024];

		world_open(&world);
		(void)snprintf(sql, sizeof(sql),
		               "INSERT INTO run (trigger, outcome, parent_run_id, feed_sha256, job, catalog, started_at_ms)"
		               " SELECT *, 'acme', 'main', 1 FROM (VALUES %s)",
		               ledgers[index].runs);
		world_execute(&world, sql);
		run_step(&world, &step, &setting, &figures);
		if (figures.undone_run_id != ledgers[index].undone)
			fail_msg("%s: run %" PRId64, ledgers[index].name, figures.undone_run_id);
		world_execute(&world, "UPDATE run SET job = 'other'");
		run_step(&world, &step, &setting, &figures);
		assert_int_equal(figures.undone_run_id, 0);
		world_close(&world);
	}
}

int figures_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_item_counts_as_absent_in_the_run_that_first_lacks_it),
		cmocka_unit_test(groups_that_lose_much_are_told),
		cmocka_unit_test(of_many_groups_the_largest_are_told),
		cmocka_unit_test(values_of_skus_that_stay_are_looked_at),
		cmocka_unit_test(prices_of_other_jobs_skus_count_for_the_job_that_writes_them),
		cmocka_unit_test(the_high_is_that_of_seven_days),
		cmocka_unit_test(the_high_before_an_undo_does_not_count),
		cmocka_unit_test(a_held_run_leaves_no_high),
		cmocka_unit_test(what_waits_is_no_part_of_the_high),
		cmocka_unit_test(the_feed_of_an_undone_run_is_known),
	};

	return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
