/* The sums of a run: each one that does not hold is named with its figures. */
#include "apply_support.h"
#include "apply_tests.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Numbers of every kind that hold. */
static struct run_counts good_counts(void)
{
	struct run_counts counts = {.records = {.read = 10, .known = 2, .parsed = 8, .mapped = 7, .rejected = 1}};

	counts.kinds[ITEM_SKU] = (struct kind_counts){.stated = 20,
	                                              .derived = 1,
	                                              .created = 3,
	                                              .updated = 2,
	                                              .restored = 1,
	                                              .unchanged = 4,
	                                              .skipped_mode = 1,
	                                              .skipped_scope = 2,
	                                              .skipped_foreign = 3,
	                                              .merged = 1,
	                                              .duplicate = 2,
	                                              .rejected = 2,
	                                              .conflicting = 1,
	                                              .moved = 1,
	                                              .kept = 1};
	counts.stock[ITEM_SKU] = (struct stock_counts){
		.before = 9, .created = 3, .restored = 1, .adopted = 2, .removed = 4, .released = 1, .after = 10};
	return counts;
}

struct wrong_count {
	const char *name;
	size_t offset;
	int64_t change;
	const char *message; /* part of it */
};

#define SKU_COUNT(member) offsetof(struct run_counts, kinds[ITEM_SKU].member)
#define SKU_STOCK(member) offsetof(struct run_counts, stock[ITEM_SKU].member)

static const struct wrong_count wrong_counts[] = {
	{"read", offsetof(struct run_counts, records.read), 1, "the records do not add up: read 11, but known 2 + parsed 8"},
	{"known", offsetof(struct run_counts, records.known), 1, "read 10, but known 3 + parsed 8"},
	{"mapped", offsetof(struct run_counts, records.mapped), -1,
         "the records do not add up: parsed 8, but mapped 6 + rejected 1"},
	{"rejected records", offsetof(struct run_counts, records.rejected), -2, "the records do not add up: a count is negative"},
	{"stated", SKU_COUNT(stated), 1, "the skus do not add up: stated 21 + derived 1, but created 3 + updated 2"},
	{"derived", SKU_COUNT(derived), 1, "stated 20 + derived 2"},
	{"created", SKU_COUNT(created), 1, "but created 4"},
	{"updated", SKU_COUNT(updated), 1, "+ updated 3"},
	{"restored", SKU_COUNT(restored), 1, "+ restored 2"},
	{"unchanged", SKU_COUNT(unchanged), -1, "+ unchanged 3"},
	{"skipped by mode", SKU_COUNT(skipped_mode), 1, "+ skipped 7"},
	{"skipped by scope", SKU_COUNT(skipped_scope), 1, "+ skipped 7"},
	{"skipped as foreign", SKU_COUNT(skipped_foreign), 1, "+ skipped 7"},
	{"merged", SKU_COUNT(merged), 1, "+ merged 2"},
	{"duplicate", SKU_COUNT(duplicate), 1, "+ duplicate 3"},
	{"rejected", SKU_COUNT(rejected), 1, "+ rejected 3"},
	{"negative", SKU_COUNT(kept), -2, "a count is negative"},
	{"conflicting", SKU_COUNT(conflicting), 2, "the skus do not add up: conflicting 3 of duplicate 2"},
	{"moved", SKU_COUNT(moved), 2, "the skus do not add up: moved 3 of updated 2"},
	{"kept", SKU_COUNT(kept), 2, "the skus do not add up: kept 3 of rejected 2"},
	{"before", SKU_STOCK(before), 1, "the stock of skus does not add up: before 10 + created 3"},
	{"stock created", SKU_STOCK(created), 1, "+ created 4"},
	{"stock restored", SKU_STOCK(restored), 1, "+ restored 2"},
	{"adopted", SKU_STOCK(adopted), 1, "+ adopted 3"},
	{"removed", SKU_STOCK(removed), 1, "- removed 5"},
	{"released", SKU_STOCK(released), 1, "- released 2"},
	{"after", SKU_STOCK(after), 1, "but after 11"},
	{"negative stock", SKU_STOCK(released), -2, "the stock of skus does not add up: a count is negative"},
};

static void counts_hold(void **state)
{
	const struct run_counts none = {.currency_count = 0};
	const struct run_counts good = good_counts();
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(counts_check(&none, &err), 0);
	assert_int_equal(counts_check(&good, &err), 0);
}

static void counts_that_do_not_add_up_are_named(void **state)
{
	(void)state;
	for (size_t index = 0; index < sizeof(wrong_counts) / sizeof(wrong_counts[0]); index++) {
		const struct wrong_count *wrong = &wrong_counts[index];
		struct run_counts counts = good_counts();
		struct error err = ERROR_INIT;
		int64_t number;

		memcpy(&number, (const char *)&counts + wrong->offset, sizeof(number));
		number += wrong->change;
		memcpy((char *)&counts + wrong->offset, &number, sizeof(number));
		if (counts_check(&counts, &err) == 0)
			fail_msg("%s: passed", wrong->name);
		assert_int_equal(err.code, ERROR_COUNTS);
		if (strstr(err.message, wrong->message) == NULL)
			fail_msg("%s: '%s' does not say '%s'", wrong->name, err.message, wrong->message);
	}
}

static void counts_of_every_kind_are_checked(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++) {
		struct run_counts counts = {.currency_count = 0};
		struct error err = ERROR_INIT;

		counts.kinds[kind].stated = 1;
		assert_int_equal(counts_check(&counts, &err), -1);
		counts.kinds[kind].stated = 0;
		counts.stock[kind].after = 1;
		assert_int_equal(counts_check(&counts, &err), -1);
	}
}

static void counts_as_json_have_every_number(void **state)
{
	static const char *const parts[] = {
		"{\"records\":{\"read\":10,\"known\":2,\"parsed\":8,\"mapped\":7,\"rejected\":1},\"categories\":{\"stated\":0,",
		"\"skus\":{\"stated\":20,\"derived\":1,\"created\":3,\"updated\":2,\"restored\":1,\"unchanged\":4,"
		"\"skipped\":{\"mode\":1,\"scope\":2,\"foreign\":3},\"merged\":1,\"duplicate\":2,\"rejected\":2,\"conflicting\":1,"
		"\"moved\":1,\"kept\":1,\"stock\":{\"before\":9,\"created\":3,\"restored\":1,\"adopted\":2,\"removed\":4,\"released\":1,"
		"\"after\":10,\"waiting\":0}}",
		"\"complaints\":{\"total\":9,\"new\":5,\"standing\":4,\"codes\":{\"duplicate\":5,\"number_invalid\":4}}",
		"\"name\":17,",
		"\"currencies\":{\"EUR\":6}}",
	};
	struct run_counts counts = good_counts();
	struct json_writer json;
	struct buffer text;

	(void)state;
	counts.complaints_new[COMPLAINT_DUPLICATE] = 5;
	counts.complaints_standing[COMPLAINT_NUMBER_INVALID] = 4;
	counts.fields[FIELD_NAME] = 17;
	counts.currencies[0] = (struct currency_count){.code = "EUR", .records = 6};
	counts.currency_count = 1;
	assert_int_equal(counts_complaints_total(&counts), 9);
	buffer_init(&text, 65536);
	json_writer_init(&json, &text);
	json_object_begin(&json);
	counts_append_json(&counts, &json);
	json_object_end(&json);
	assert_true(json_is_valid(buffer_slice(&text), '{'));
	for (size_t index = 0; index < sizeof(parts) / sizeof(parts[0]); index++)
		if (strstr(buffer_text(&text), parts[index]) == NULL)
			fail_msg("'%s' is not in '%s'", parts[index], buffer_text(&text));
	/* Position is no field of a SKU; one that no record has is told all the same. */
	assert_null(strstr(buffer_text(&text), "\"position\":"));
	assert_non_null(strstr(buffer_text(&text), "\"gtin\":0"));
	buffer_release(&text);
}

int counts_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_hold),
		cmocka_unit_test(counts_that_do_not_add_up_are_named),
		cmocka_unit_test(counts_of_every_kind_are_checked),
		cmocka_unit_test(counts_as_json_have_every_number),
	};

	return cmocka_run_group_tests_name("counts", tests, NULL, NULL);
}
