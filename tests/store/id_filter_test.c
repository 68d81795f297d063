/* A filter of ids: it forgets none, and takes few for seen that are not. */
#include "apply_support.h"
#include "apply_tests.h"
#include "store/sqlite/id_filter.h"

#include <stdio.h>

static int add(struct id_filter *filter, const char *prefix, size_t number)
{
	char id[32];

	(void)snprintf(id, sizeof(id), "%s%zu", prefix, number);
	return id_filter_add(filter, slice_from(id));
}

static void ids_that_were_seen_are_never_taken_for_new(void **state)
{
	enum { COUNT = 100000 };
	struct id_filter filter;
	size_t mistaken = 0;

	(void)state;
	id_filter_init(&filter, 42);
	for (size_t number = 0; number < COUNT; number++)
		mistaken += add(&filter, "a", number) == 1;
	/* 100,000 of 32 bits: about one is expected. */
	assert_true(mistaken < 20);
	for (size_t number = 0; number < COUNT; number++)
		assert_int_equal(add(&filter, "a", number), 1);
	assert_true(filter.capacity * sizeof(*filter.slots) <= COUNT * 16);
	id_filter_release(&filter);
	assert_int_equal(add(&filter, "a", 1), 0);
	id_filter_release(&filter);
}

static void another_seed_makes_other_mistakes(void **state)
{
	struct id_filter left, right;
	char id[32];

	(void)state;
	id_filter_init(&left, 1);
	id_filter_init(&right, 2);
	(void)snprintf(id, sizeof(id), "id");
	assert_int_equal(id_filter_add(&left, slice_from(id)), 0);
	assert_int_equal(id_filter_add(&right, slice_from(id)), 0);
	size_t places[2] = {0, 0};
	for (size_t place = 0; place < left.capacity; place++) {
		places[0] = left.slots[place] != 0 ? place : places[0];
		places[1] = right.slots[place] != 0 ? place : places[1];
	}
	assert_true(places[0] != places[1] || left.slots[places[0]] != right.slots[places[1]]);
	id_filter_release(&left);
	id_filter_release(&right);
}

int id_filter_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_that_were_seen_are_never_taken_for_new),
		cmocka_unit_test(another_seed_makes_other_mistakes),
	};

	return cmocka_run_group_tests_name("id_filter", tests, NULL, NULL);
}
