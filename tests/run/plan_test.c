/* Plans read back: what a line is, samples in words, and how two plans differ. */
#include "run/plan_compare.h"

#include "run_tests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define UPDATED(id, before, after)                                                                                                 \
	"{\"plan\":\"change\",\"kind\":\"sku\",\"item_id\":\"" id "\",\"action\":\"updated\",\"before\":{\"price_micros\":" before \
	"},\"after\":{\"price_micros\":" after "}}\n"
#define REMOVED(id)                                               \
	"{\"plan\":\"change\",\"kind\":\"sku\",\"item_id\":\"" id \
	"\",\"action\":\"removed\",\"before\":{\"status\":\"active\"},\"after\":{\"status\":\"missing\"}}\n"
#define CREATED(kind, id, after)                                       \
	"{\"plan\":\"change\",\"kind\":\"" kind "\",\"item_id\":\"" id \
	"\",\"action\":\"created\",\"before\":null,\"after\":" after "}\n"
#define COMPLAINT "{\"plan\":\"complaint\",\"severity\":\"note\",\"code\":\"x\"}\n"
#define FIELD "{\"plan\":\"field\",\"entity\":\"sku\",\"field_id\":\"colour\",\"before\":null,\"after\":{}}\n"

/* A plan in a file of its own. */
struct plan_copy {
	char path[64];
};

static struct plan_copy write_plan(const char *text)
{
	struct plan_copy copy = {"/tmp/feedmill-plan-XXXXXX"};
	const int fd = mkstemp(copy.path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
	return copy;
}

static void lines_are_known_by_their_first_members(void **state)
{
	static const struct {
		const char *line;
		bool is_change;
		enum plan_kind kind;
		enum plan_action action;
	} rows[] = {
		{UPDATED("A", "1", "2"), true, PLAN_SKU, PLAN_UPDATED},
		{REMOVED("A"), true, PLAN_SKU, PLAN_REMOVED},
		{CREATED("category", "1", "{}"), true, PLAN_CATEGORY, PLAN_CREATED},
		{REMOVED("\\\",\\\"action\\\":\\\"created"), true, PLAN_SKU, PLAN_REMOVED},
		{FIELD, true, PLAN_FIELD, PLAN_UPDATED},
		{COMPLAINT, false, PLAN_SKU, PLAN_CREATED},
		{"", false, PLAN_SKU, PLAN_CREATED},
		{"{\"plan\":\"change\"", false, PLAN_SKU, PLAN_CREATED},
		{"{\"plan\":\"change\",\"kind\":\"shop\",\"item_id\":\"A\",\"action\":\"updated\"}", false, PLAN_SKU, PLAN_CREATED},
		{"{\"plan\":\"change\",\"kind\":\"sku\",\"item_id\":\"A\",\"action\":\"stolen\"}", false, PLAN_SKU, PLAN_CREATED},
		{"{\"plan\":\"change\",\"kind\":\"sku\",\"item_id\":\"A", false, PLAN_SKU, PLAN_CREATED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum plan_kind kind = PLAN_SKU;
		enum plan_action action = PLAN_CREATED;

		assert_int_equal(plan_line_sort(slice_from(rows[i].line), &kind, &action), rows[i].is_change);
		assert_int_equal(kind, rows[i].kind);
		assert_int_equal(action, rows[i].action);
	}
	assert_true(plan_line_is_complaint(slice_from(COMPLAINT)));
}

static void a_sample_says_in_words_what_a_line_changes(void **state)
{
	static const struct {
		const char *line;
		const char *id; /* NULL = no sample */
		const char *what;
	} rows[] = {
		{UPDATED("A", "10000000", "12500000"), "A", "price 10 → 12.5"},
		{UPDATED("A", "null", "1"), "A", "price nothing → 0.000001"},
		{UPDATED("A", "99999999999999999999", "\\u0022"), NULL, ""},
		{REMOVED("A"), "A", ""},
		{CREATED("sku", "a\\u0022b", "{\"name\":\"x\\ny\",\"price_micros\":5000000,\"currency\":\"EUR\",\"url\":\"u\"}"),
	         "a\"b", "name 'x\\ny', price 5, currency 'EUR'"},
		{"{\"plan\":\"change\",\"kind\":\"product\",\"item_id\":\"P\",\"action\":\"updated\",\"before\":{\"a\":1,\"b\":2,\"c\":3},"
	         "\"after\":{\"a\":2,\"b\":[1],\"c\":null,\"d\":4,\"e\":5}}\n",
	         "P", "a 1 → 2, b 2 → [1], c 3 → nothing and 2 more"},
		{"{\"plan\":\"change\",\"kind\":\"sku\",\"item_id\":5,\"action\":\"removed\"}", NULL, ""},
		{"{\"plan\":\"change\",\"kind\":\"sku\",\"item_id\":\"A\",\"action\":\"removed\"", NULL, ""},
		{COMPLAINT, NULL, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct plan_sample sample;
		const size_t size = strlen(rows[i].line);
		const struct slice line = slice_make(rows[i].line, size > 0 && rows[i].line[size - 1] == '\n' ? size - 1 : size);

		assert_int_equal(plan_sample_make(line, &sample), rows[i].id != NULL);
		if (rows[i].id == NULL)
			continue;
		assert_string_equal(sample.id, rows[i].id);
		assert_string_equal(sample.what, rows[i].what);
	}
}

static void long_texts_are_cut_between_characters(void **state)
{
	static const char head[] =
		"{\"plan\":\"change\",\"kind\":\"sku\",\"item_id\":\"A\",\"action\":\"created\",\"before\":null,\"after\":{\"name\":\"";
	struct plan_sample sample;
	struct buffer line;

	(void)state;
	buffer_init(&line, 4096);
	(void)buffer_append_text(&line, head);
	for (int i = 0; i < 200; i++)
		(void)buffer_append_text(&line, "é");
	(void)buffer_append_text(&line, "\"}}");
	assert_true(plan_sample_make(buffer_slice(&line), &sample));
	buffer_release(&line);
	assert_int_equal(strlen(sample.what), strlen("name ''") + 40 + strlen("…"));
}

static void samples_are_the_first_or_those_that_change_most(void **state)
{
	const struct plan_copy plan = write_plan(UPDATED("twice", "10", "20") UPDATED("tenth", "100", "10") UPDATED(
		"a bit", "10", "11") REMOVED("gone") UPDATED("lost", "5", "null") COMPLAINT UPDATED("much", "1", "900"));
	const struct plan_wish wishes[] = {
		{.kind = PLAN_SKU, .action = PLAN_UPDATED},
		{.kind = PLAN_SKU, .action = PLAN_UPDATED, .field = "price_micros", .wants_greatest = true},
		{.kind = PLAN_KIND_COUNT, .action = PLAN_REMOVED},
		{.kind = PLAN_SKU, .action = PLAN_ACTION_COUNT, .field = "status"},
		{.kind = PLAN_PRODUCT, .action = PLAN_ACTION_COUNT},
	};
	static const char *const expected[] = {"twice tenth a bit", "lost much tenth", "gone", "gone", ""};
	struct plan_samples samples[sizeof(wishes) / sizeof(wishes[0])];
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(plan_samples_collect(plan.path, wishes, samples, 5, 3, &err), 0);
	for (size_t i = 0; i < 5; i++) {
		char ids[256] = "";
		size_t used = 0;

		for (size_t k = 0; k < samples[i].count; k++)
			used += (size_t)snprintf(ids + used, sizeof(ids) - used, "%s%s", k > 0 ? " " : "",
			                         samples[i].samples[k].id);
		assert_string_equal(ids, expected[i]);
	}
	assert_int_equal(unlink(plan.path), 0);
	assert_int_equal(plan_samples_collect(plan.path, wishes, samples, 5, 3, &err), -1);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void plans_of_the_same_lines_do_not_differ_whatever_their_order(void **state)
{
	const struct plan_copy then = write_plan(UPDATED("A", "1", "2") REMOVED("B") COMPLAINT CREATED("sku", "C", "{}") FIELD);
	const struct plan_copy now = write_plan(FIELD CREATED("sku", "C", "{}") REMOVED("B") UPDATED("A", "1", "2"));
	struct plan_difference difference;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(plan_compare(then.path, now.path, &difference, &err), 0);
	assert_true(difference.is_known);
	assert_int_equal(plan_difference_total(&difference, PLAN_THEN), 0);
	assert_int_equal(plan_difference_total(&difference, PLAN_NOW), 0);
	assert_int_equal(unlink(then.path), 0);
	assert_int_equal(unlink(now.path), 0);
}

static void what_is_in_one_plan_only_is_counted_and_told(void **state)
{
	const struct plan_copy then = write_plan(UPDATED("A", "1", "2") REMOVED("B") REMOVED("B") CREATED("product", "P", "{}"));
	const struct plan_copy now = write_plan(REMOVED("B") UPDATED("A", "1", "3") FIELD);
	struct plan_difference difference;
	struct error err = ERROR_INIT;
	struct buffer words;

	(void)state;
	assert_int_equal(plan_compare(then.path, now.path, &difference, &err), 0);
	buffer_init(&words, 1024);
	plan_difference_append_counts(&difference, PLAN_THEN, &words);
	(void)buffer_append_text(&words, " | ");
	plan_difference_append_counts(&difference, PLAN_NOW, &words);
	assert_string_equal(buffer_text(&words),
	                    "1 SKU updated, 1 SKU removed, 1 product created | 1 custom field updated, 1 SKU updated");
	assert_int_equal(difference.sample_counts[PLAN_THEN], 3);
	assert_string_equal(difference.samples[PLAN_THEN][0].what, "price 0.000001 → 0.000002");
	assert_int_equal(difference.sample_counts[PLAN_NOW], 2);
	assert_string_equal(difference.samples[PLAN_NOW][1].id, "colour");
	buffer_release(&words);
	assert_int_equal(unlink(then.path), 0);
	assert_int_equal(plan_compare(then.path, now.path, &difference, &err), -1);
	assert_false(difference.is_known);
	assert_int_equal(unlink(now.path), 0);
}

int run_plan_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_known_by_their_first_members),
		cmocka_unit_test(a_sample_says_in_words_what_a_line_changes),
		cmocka_unit_test(long_texts_are_cut_between_characters),
		cmocka_unit_test(samples_are_the_first_or_those_that_change_most),
		cmocka_unit_test(plans_of_the_same_lines_do_not_differ_whatever_their_order),
		cmocka_unit_test(what_is_in_one_plan_only_is_counted_and_told),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
