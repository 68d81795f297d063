/* Counting different values: exact while few, estimated when many. */
#include "probe_tests.h"

#include "probe/distinct.h"

#include <stdio.h>

static void add_numbers(struct distinct *distinct, unsigned from, unsigned to)
{
	char text[32];

	for (unsigned i = from; i < to; i++) {
		const int size = snprintf(text, sizeof(text), "value-%u", i);
		assert_true(distinct_add(distinct, slice_make(text, (size_t)size)));
	}
}

static void few_values_are_counted_exactly_with_their_repeats(void **state)
{
	struct distinct distinct = {.slots = NULL};

	(void)state;
	add_numbers(&distinct, 0, 900);
	add_numbers(&distinct, 100, 350);
	const struct distinct_count count = distinct_count(&distinct);
	assert_int_equal(count.values, 900);
	assert_int_equal(count.repeats, 250);
	assert_false(count.is_estimate);
	distinct_release(&distinct);
}

static void the_bound_of_exactness_is_kept(void **state)
{
	struct distinct distinct = {.slots = NULL};

	(void)state;
	add_numbers(&distinct, 0, DISTINCT_EXACT);
	assert_int_equal(distinct_count(&distinct).values, DISTINCT_EXACT);
	assert_false(distinct_count(&distinct).is_estimate);
	add_numbers(&distinct, 0, DISTINCT_EXACT);
	assert_int_equal(distinct_count(&distinct).values, DISTINCT_EXACT);
	assert_int_equal(distinct_count(&distinct).repeats, DISTINCT_EXACT);
	add_numbers(&distinct, DISTINCT_EXACT, DISTINCT_EXACT + 1);
	assert_true(distinct_count(&distinct).is_estimate);
	distinct_release(&distinct);
}

static void assert_near(uint64_t found, uint64_t expected, unsigned percent)
{
	const uint64_t slack = expected * percent / 100;

	assert_in_range(found, expected - slack, expected + slack);
}

static void many_values_are_estimated_within_a_tenth(void **state)
{
	static const unsigned counts[] = {1500, 10000, 100000, 400000};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct distinct distinct = {.slots = NULL};
		add_numbers(&distinct, 0, counts[i]);
		add_numbers(&distinct, 0, counts[i] / 2);
		const struct distinct_count count = distinct_count(&distinct);
		assert_true(count.is_estimate);
		assert_near(count.values, counts[i], 10);
		assert_near(count.repeats, counts[i] / 2, 15);
		assert_true(distinct.capacity <= 2048);
		distinct_release(&distinct);
	}
}

static void values_that_never_repeat_have_no_estimated_repeats(void **state)
{
	struct distinct distinct = {.slots = NULL};

	(void)state;
	add_numbers(&distinct, 0, 50000);
	assert_int_equal(distinct_count(&distinct).repeats, 0);
	assert_int_equal(distinct_count(&distinct).values, 50000);
	distinct_release(&distinct);
}

static void merging_counts_as_if_all_were_added_to_one(void **state)
{
	static const unsigned sizes[][2] = {{10, 20}, {900, 50}, {50, 30000}, {30000, 50}, {20000, 30000}};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct distinct left = {.slots = NULL};
		struct distinct right = {.slots = NULL};
		struct distinct both = {.slots = NULL};
		add_numbers(&left, 0, sizes[i][0]);
		add_numbers(&right, 5, sizes[i][1]);
		add_numbers(&both, 0, sizes[i][0]);
		add_numbers(&both, 5, sizes[i][1]);
		assert_true(distinct_merge(&left, &right));
		assert_near(distinct_count(&left).values, distinct_count(&both).values, 12);
		assert_near(distinct_count(&left).repeats, distinct_count(&both).repeats, 20);
		distinct_release(&left);
		distinct_release(&right);
		distinct_release(&both);
	}
}

int run_distinct_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_values_are_counted_exactly_with_their_repeats),
		cmocka_unit_test(the_bound_of_exactness_is_kept),
		cmocka_unit_test(many_values_are_estimated_within_a_tenth),
		cmocka_unit_test(values_that_never_repeat_have_no_estimated_repeats),
		cmocka_unit_test(merging_counts_as_if_all_were_added_to_one),
	};

	return cmocka_run_group_tests_name("distinct", tests, NULL, NULL);
}
