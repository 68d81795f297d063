/* Guards: which figures they let pass, and a catalogue that bleeds slowly. */
#include "run/guard.h"

#include "run_tests.h"
#include "store/apply_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

/* A plan by its figures; the rest of it is unremarkable. */
struct plan_row {
	const char *name;
	const char *guards; /* what the job says, as 'removed.percent=20 prices=off'; NULL: nothing */
	struct run_counts counts;
	struct store_figures figures;
	const char *findings; /* 'guard: message', by line; "" = it passes */
};

/* Read what a row says about guards. */
static struct guards_policy read_policy(const char *text)
{
	struct guards_policy policy;
	struct slice_splitter words;
	struct slice word;

	guards_set_defaults(&policy);
	if (text == NULL)
		return policy;
	words = slice_split(slice_from(text), slice_from(" "));
	while (slice_split_next(&words, &word)) {
		struct error err = ERROR_INIT;
		const size_t sign = slice_find(word, slice_from("="));
		const struct slice value = slice_make(word.data + sign + 1, word.size - sign - 1);
		const struct slice left = slice_make(word.data, sign);
		const size_t dot = slice_find(left, slice_from("."));
		bool at_key;
		int result;
		if (dot == SIZE_MAX)
			result = guards_read_switch(left, value, &policy, &at_key, &err);
		else
			result = guards_read_limit(slice_make(left.data, dot), slice_make(left.data + dot + 1, left.size - dot - 1),
			                           value, &policy, &at_key, &err);
		if (result < 0)
			fail_msg("%s", err.message);
	}
	return policy;
}

/* Figures that say nothing, but for stock: absent and stayed of a row stand. */
static struct store_figures complete(const struct store_figures *given)
{
	struct store_figures figures = *given;

	for (enum item_kind kind = 0; kind < ITEM_KIND_COUNT; kind++) {
		if (figures.present[kind] == 0)
			figures.present[kind] = figures.stayed[kind];
		if (figures.high[kind] == 0)
			figures.high[kind] = figures.stayed[kind] + figures.absent[kind];
	}
	return figures;
}

static void judge(const struct plan_row *row, struct guard_report *ret_report)
{
	const struct guards_policy policy = read_policy(row->guards);
	struct run_counts counts = row->counts;

	if (counts.records.read == 0)
		counts.records.read = 1000;
	*ret_report = (struct guard_report){.figures = complete(&row->figures)};
	guard_judge(&policy, &counts, ret_report);
}

static void describe(const struct guard_report *report, struct buffer *text)
{
	for (size_t index = 0; index < report->count; index++) {
		const struct guard_finding *finding = &report->findings[index];

		(void)buffer_append_format(text, "%s%s: %s%s%s", index > 0 ? "\n" : "", finding->guard, finding->subject,
		                           finding->subject[0] ? ": " : "", finding->message);
	}
}

#define SKUS(gone, left) .absent = {[ITEM_SKU] = (gone)}, .stayed = {[ITEM_SKU] = (left)}
#define PRODUCTS(gone, left) .absent = {[ITEM_PRODUCT] = (gone)}, .stayed = {[ITEM_PRODUCT] = (left)}
#define UPDATED(changed, same) .kinds = {[ITEM_SKU] = {.updated = (changed), .unchanged = (same)}}
/* What became of the values of SKUs: prices changed and lost, currencies, stock. */
#define VALUES(changed, lost, currencies, out) \
	.prices_changed = (changed), .prices_lost = (lost), .currencies_changed = (currencies), .out_of_stock = (out)

static const struct plan_row rows[] = {
	{"nothing is absent", NULL, {.records = {.read = 5}}, {SKUS(0, 5)}, ""},

	{"no record",
         "records.min=2",
         {.records = {.read = 1}},
         {SKUS(0, 0)},
         "records: the feed has 1 records (at least 2 are expected)"},
	{"as many as are expected", "records.min=2", {.records = {.read = 2}}, {SKUS(0, 0)}, ""},
	{"records are off", "records=off records.min=5", {.records = {.read = 1}}, {SKUS(0, 0)}, ""},

	{"9.99 % are absent", NULL, {UPDATED(0, 0)}, {SKUS(999, 9001)}, ""},
	{"10 % are absent",
         NULL,
         {UPDATED(0, 0)},
         {SKUS(1000, 9000)},
         "removed: 1000 of 10000 SKUs are absent from the feed (10 %; the limit is 10 % and 10)"},
	{"9 of 10 are few", NULL, {UPDATED(0, 0)}, {SKUS(9, 1)}, ""},
	{"10 of 11 are not",
         NULL,
         {UPDATED(0, 0)},
         {SKUS(10, 1)},
         "removed: 10 of 11 SKUs are absent from the feed (90.9 %; the limit is 10 % and 10)"},
	{"the only one", NULL, {UPDATED(0, 0)}, {SKUS(1, 0)}, "removed: all 1 SKUs are absent from the feed"},
	{"products count like SKUs",
         NULL,
         {UPDATED(0, 0)},
         {PRODUCTS(10, 90)},
         "removed: 10 of 100 products are absent from the feed (10 %; the limit is 10 % and 10)"},
	{"all products of SKUs that stay are counted like others",
         NULL,
         {UPDATED(0, 0)},
         {.absent = {[ITEM_PRODUCT] = 9}, .stayed = {[ITEM_SKU] = 9}},
         ""},
	{"all products where there are no SKUs",
         NULL,
         {UPDATED(0, 0)},
         {PRODUCTS(2, 0)},
         "removed: all 2 products are absent from the feed"},
	{"categories do not", NULL, {UPDATED(0, 0)}, {.absent = {[ITEM_CATEGORY] = 50}}, ""},
	{"a share of its own",
         "removed.percent=2.5 removed.count=3",
         {UPDATED(0, 0)},
         {SKUS(5, 195)},
         "removed: 5 of 200 SKUs are absent from the feed (2.5 %; the limit is 2.5 % and 3)"},
	{"just below it", "removed.percent=2.51 removed.count=3", {UPDATED(0, 0)}, {SKUS(5, 195)}, ""},
	{"more than a number",
         "removed.max=50",
         {UPDATED(0, 0)},
         {SKUS(50, 99950)},
         "removed: 50 SKUs are absent from the feed (the limit is 50)"},
	{"fewer than it", "removed.max=50", {UPDATED(0, 0)}, {SKUS(49, 99951)}, ""},
	{"25 % below the high", NULL, {UPDATED(0, 0)}, {SKUS(1, 750), .high = {[ITEM_SKU] = 1000}}, ""},
	{"more than that",
         NULL,
         {UPDATED(0, 0)},
         {SKUS(1, 749), .high = {[ITEM_SKU] = 1000}},
         "removed: 749 SKUs would be left, 25.1 % below the 1000 of the last seven days (the limit is 25 %)"},
	{"where nothing is absent now, what was lost before was judged before",
         NULL,
         {UPDATED(0, 0)},
         {SKUS(0, 749), .high = {[ITEM_SKU] = 1000}},
         ""},
	{"few below the high", NULL, {UPDATED(0, 0)}, {SKUS(1, 3), .high = {[ITEM_SKU] = 12}}, ""},
	{"no high", "removed.below_high=off", {UPDATED(0, 0)}, {SKUS(1, 749), .high = {[ITEM_SKU] = 1000}}, ""},
	{"removed is off", "removed=off", {UPDATED(0, 0)}, {SKUS(5, 0)}, ""},

	{"ids changed",
         "removed=off",
         {.kinds = {[ITEM_SKU] = {.created = 50}}},
         {SKUS(50, 50)},
         "ids: 50 of 100 SKUs are absent from the feed, and 50 new ones came: their ids may have changed"},
	{"fewer came than went", "removed=off", {.kinds = {[ITEM_SKU] = {.created = 49}}}, {SKUS(50, 50)}, ""},
	{"fewer than half went", "removed=off", {.kinds = {[ITEM_SKU] = {.created = 90}}}, {SKUS(49, 51)}, ""},
	{"few went", "removed=off", {.kinds = {[ITEM_SKU] = {.created = 90}}}, {SKUS(9, 0)}, ""},

	{"a category empties",
         NULL,
         {UPDATED(0, 0)},
         {SKUS(0, 999), .categories = {.groups = {{"17", "Shoes", 40, 50}, {"x", "", 10, 10}}, .count = 2, .total = 5},
          .brands = {.groups = {{"Nike", "", 12, 20}}, .count = 1, .total = 1}},
         "removed_by_category: Shoes (17): 40 of 50 SKUs are absent from the feed (80 %; the limit is 50 % and 10)\n"
         "removed_by_category: x: 10 of 10 SKUs are absent from the feed (100 %; the limit is 50 % and 10)\n"
         "removed_by_category: 3 more lose as much\n"
         "removed_by_brand: Nike: 12 of 20 SKUs are absent from the feed (60 %; the limit is 50 % and 10)"},

	{"5 % rejected",
         NULL,
         {.records = {.read = 40, .rejected = 2}},
         {SKUS(0, 9)},
         "rejected: 2 of 40 records are rejected (5 %; the limit is 5 % and 2)"},
	{"4.9 % rejected", NULL, {.records = {.read = 1000, .rejected = 49}}, {SKUS(0, 9)}, ""},
	{"one of ten is not judged", NULL, {.records = {.read = 10, .rejected = 1}}, {SKUS(0, 9)}, ""},
	{"all of one is",
         NULL,
         {.records = {.read = 1, .rejected = 1}},
         {SKUS(0, 9)},
         "rejected: 1 of 1 records are rejected (100 %; the limit is 5 % and 2)"},
	{"5 % contradict",
         NULL,
         {.kinds = {[ITEM_SKU] = {.stated = 100, .conflicting = 5}}},
         {SKUS(0, 9)},
         "conflicting: 5 of 100 statements of SKUs repeat an id with other content (5 %; the limit is 5 % and 2)"},
	{"one contradicts", NULL, {.kinds = {[ITEM_SKU] = {.stated = 3, .conflicting = 1}}}, {SKUS(0, 9)}, ""},

	{"30 % of prices",
         NULL,
         {UPDATED(40, 60)},
         {SKUS(0, 100), VALUES(30, 0, 0, 0), .has_prices = true},
         "prices: 30 of 100 SKUs lose their price, or it changes by more than 50 % (30 %; the limit is 30 % and 10)"},
	{"29 % of prices", NULL, {UPDATED(29, 71)}, {SKUS(0, 100), VALUES(29, 0, 0, 0), .has_prices = true}, ""},
	{"few prices", NULL, {UPDATED(9, 0)}, {SKUS(0, 9), VALUES(9, 0, 0, 0), .has_prices = true}, ""},
	{"no price is left",
         NULL,
         {UPDATED(10, 90)},
         {SKUS(0, 100), VALUES(10, 10, 0, 0)},
         "prices: no SKU that stays has a price above zero any more: 10 had one"},
	{"one is", NULL, {UPDATED(10, 90)}, {SKUS(0, 100), VALUES(10, 10, 0, 0), .has_prices = true}, ""},
	{"10 % of currencies",
         NULL,
         {UPDATED(100, 0)},
         {SKUS(0, 100), VALUES(0, 0, 10, 0), .has_prices = true},
         "currency: 10 of 100 SKUs change their currency (10 %; the limit is 10 % and 10)"},
	{"fewer currencies", NULL, {UPDATED(101, 0)}, {SKUS(0, 101), VALUES(0, 0, 10, 0)}, ""},
	{"all out of stock",
         NULL,
         {UPDATED(10, 0)},
         {SKUS(0, 10), VALUES(0, 0, 0, 10)},
         "out_of_stock: no SKU that stays is in stock any more: 10 were"},
	{"one is in stock", NULL, {UPDATED(10, 0)}, {SKUS(0, 10), VALUES(0, 0, 0, 10), .has_stock = true}, ""},
	{"few are out of stock", NULL, {UPDATED(9, 0)}, {SKUS(0, 10), VALUES(0, 0, 0, 9)}, ""},
	{"not looked at",
         NULL,
         {UPDATED(100, 0)},
         {SKUS(0, 100), VALUES(FIGURE_UNKNOWN, FIGURE_UNKNOWN, FIGURE_UNKNOWN, FIGURE_UNKNOWN)},
         ""},
	{"values are off",
         "prices=off currency=off out_of_stock=off",
         {UPDATED(100, 0)},
         {SKUS(0, 100), VALUES(100, 100, 100, 100)},
         ""},

	{"an undone feed",
         NULL,
         {UPDATED(0, 0)},
         {SKUS(0, 9), .undone_run_id = 12},
         "undone_feed: this is the feed of run 12, which was undone"},
	{"all at once",
         NULL,
         {.kinds = {[ITEM_SKU] = {.created = 100}}},
         {SKUS(100, 0), .undone_run_id = 12},
         "undone_feed: this is the feed of run 12, which was undone\n"
         "removed: all 100 SKUs are absent from the feed\n"
         "ids: 100 of 100 SKUs are absent from the feed, and 100 new ones came: their ids may have changed"},
};

static void guards_tell_what_does_not_pass(void **state)
{
	(void)state;
	for (size_t index = 0; index < COUNT(rows); index++) {
		struct guard_report report;
		struct buffer text;

		judge(&rows[index], &report);
		buffer_init(&text, 8192);
		(void)buffer_append_text(&text, "");
		describe(&report, &text);
		if (strcmp(text.size > 0 ? buffer_text(&text) : "", rows[index].findings) != 0)
			fail_msg("%s: '%s'", rows[index].name, text.size > 0 ? buffer_text(&text) : "");
		assert_int_equal(report.verdict, rows[index].findings[0] != '\0' ? GUARD_HOLD : GUARD_PASS);
		for (size_t finding = 0; finding < report.count; finding++)
			assert_true(strlen(report.findings[finding].message) + 1 < sizeof(report.findings[finding].message));
		buffer_release(&text);
	}
}

/* The limit is in the figure's unit: one less, or one more, passes. */
static void a_limit_is_where_the_guard_begins(void **state)
{
	static const struct plan_row row = {"half of a product", NULL, {UPDATED(0, 0)}, {SKUS(40, 77)}, NULL};
	struct guard_report report;

	(void)state;
	judge(&row, &report);
	assert_int_equal(report.count, 1);
	assert_int_equal(report.findings[0].figure, 40);
	assert_int_equal(report.findings[0].limit, 12);
	struct plan_row at_limit = {"at its limit", NULL, {UPDATED(0, 0)}, {SKUS(12, 105)}, NULL};
	judge(&at_limit, &report);
	assert_int_equal(report.count, 1);
	struct plan_row below = {"below it", NULL, {UPDATED(0, 0)}, {SKUS(11, 106)}, NULL};
	judge(&below, &report);
	assert_int_equal(report.count, 0);
}

static void the_action_of_the_worst_guard_decides(void **state)
{
	struct plan_row row = {
		"rejected and gone", "rejected.action=fail", {.records = {.read = 10, .rejected = 9}}, {SKUS(5, 0)}, NULL};
	struct guard_report report;

	(void)state;
	judge(&row, &report);
	assert_int_equal(report.verdict, GUARD_FAIL);
	assert_int_equal(report.count, 2);
	assert_string_equal(report.findings[0].guard, "removed");
	assert_int_equal(report.findings[0].verdict, GUARD_HOLD);
	assert_string_equal(guard_report_worst(&report)->guard, "rejected");
	row.guards = "rejected.action=hold";
	judge(&row, &report);
	assert_string_equal(guard_report_worst(&report)->guard, "removed");
	row.guards = "removed=off rejected=off";
	judge(&row, &report);
	assert_null(guard_report_worst(&report));
}

static void a_feed_of_categories_alone_is_empty_only_where_the_job_has_goods(void **state)
{
	static const struct {
		int64_t categories, products_before, skus_before, minimum;
		size_t findings;
	} cases[] = {{3, 0, 0, 1, 0}, {0, 0, 0, 1, 1}, {3, 1, 0, 1, 1}, {3, 0, 1, 1, 1}, {3, 0, 0, 2, 1}};

	(void)state;
	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		struct guards_policy policy = read_policy(cases[index].minimum == 1 ? NULL : "records.min=2");
		struct run_counts counts = {.kinds = {[ITEM_CATEGORY] = {.stated = cases[index].categories}},
		                            .stock = {[ITEM_PRODUCT] = {.before = cases[index].products_before},
		                                      [ITEM_SKU] = {.before = cases[index].skus_before}}};
		struct guard_report report = {.verdict = GUARD_PASS};

		guard_judge(&policy, &counts, &report);
		assert_int_equal(report.count, cases[index].findings);
	}
}

static void guards_that_are_off_ask_for_nothing(void **state)
{
	struct guards_policy policy = read_policy(NULL);
	struct figures_wish wish = guard_wish(&policy, "feed");

	(void)state;
	assert_true(wish.high && wish.categories.is_wished && wish.brands.is_wished);
	assert_true(wish.price_count == 10 && wish.currency_count == 10 && wish.stock_count == 10 && wish.price_change == 5000);
	assert_string_equal(wish.feed_sha256, "feed");
	policy.are_off = true;
	wish = guard_wish(&policy, "feed");
	assert_false(wish.high || wish.categories.is_wished || wish.brands.is_wished);
	assert_true(wish.price_count == 0 && wish.currency_count == 0 && wish.stock_count == 0);
	assert_null(wish.feed_sha256);
	policy = read_policy("removed.below_high=off removed_by_brand=off prices=off");
	wish = guard_wish(&policy, "feed");
	assert_true(!wish.high && wish.categories.is_wished && !wish.brands.is_wished);
	assert_true(wish.price_count == 0 && wish.currency_count == 10);
}

/* A catalogue that bleeds slowly, through the store. */

/* A run of `count` SKUs; what the guards say. It is committed where they let it. */
static enum guard_verdict bleed(struct world *world, const struct job_config *job, int count, int64_t day,
                                struct guard_report *report)
{
	const struct apply_policy policy = {.missing = APPLY_MISSING_MARK, .missing_after = 1};
	const struct run_end end = {.outcome = "applied", .bytes = -1};
	const struct job_memory memory = {.is_clean = true};
	struct run_ticket ticket = world_ticket(world, NULL, NULL);
	struct error err = ERROR_INIT;
	struct apply *apply;
	struct feed feed;
	char id[16];

	ticket.now_ms = day * DAY_MS;
	feed_init(&feed);
	for (int number = 0; number < count; number++) {
		(void)snprintf(id, sizeof(id), "s%d", number);
		(void)feed_sku(&feed, id, id, PRODUCT_LINK_SELF, "Thing");
	}
	assert_int_equal(apply_begin(world->store, &ticket, &policy, NULL, &apply, &err), 0);
	for (size_t index = 0; index < feed.count; index++)
		assert_int_equal(apply_entry(apply, feed.entries[index], &err), 0);
	assert_int_equal(apply_finish(apply, &err), 0);
	assert_int_equal(guard_check(job, apply, "feed", report, &err), 0);
	if (report->verdict == GUARD_PASS) {
		assert_int_equal(apply_commit(apply, &end, &memory, &err), 0);
	} else {
		apply_rollback(apply);
		world_end_run(world, &ticket, "held");
	}
	feed_release(&feed);
	return report->verdict;
}

/* 1000 SKUs that lose just less than a tenth every day are 94 after 23 runs; each of them alone passes. */
static void slow_bleeding_is_seen(void **state)
{
	static const struct {
		const char *guards;
		int64_t step_days;
		int runs; /* that pass */
		int left;
	} cases[] = {
		{NULL, 1, 2, 811},
		{NULL, 0, 2, 811}, /* all on one day */
		{"removed.below_high=45", 1, 5, 593},
		{"removed.below_high=off", 1, 23, 94},
	};

	(void)state;
	for (size_t index = 0; index < COUNT(cases); index++) {
		struct job_config job = {.name = "acme", .guards = read_policy(cases[index].guards)};
		struct guard_report report;
		struct world world;
		int64_t day = 20000;
		int count = 1000;
		int runs = 0;

		world_open(&world);
		assert_int_equal(bleed(&world, &job, count, day, &report), GUARD_PASS);
		while (runs < 23) {
			const int next = count - (count - 1) / 10;

			day += cases[index].step_days;
			if (bleed(&world, &job, next, day, &report) != GUARD_PASS)
				break;
			count = next;
			runs++;
		}
		if (runs != cases[index].runs || count != cases[index].left)
			fail_msg("case %zu: %d runs passed, %d SKUs are left: %s", index, runs, count, report.findings[0].message);
		if (runs < 23)
			assert_non_null(strstr(report.findings[0].message, "of the last seven days"));
		world_close(&world);
	}
}

int run_guard_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guards_tell_what_does_not_pass),
		cmocka_unit_test(a_limit_is_where_the_guard_begins),
		cmocka_unit_test(the_action_of_the_worst_guard_decides),
		cmocka_unit_test(a_feed_of_categories_alone_is_empty_only_where_the_job_has_goods),
		cmocka_unit_test(guards_that_are_off_ask_for_nothing),
		cmocka_unit_test(slow_bleeding_is_seen),
	};

	return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
