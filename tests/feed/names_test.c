/* Names as numbers. */
#include "feed/names.h"

#include "base/limits.h"
#include "feed_tests.h"

#include <stdio.h>

static void names_get_one_id_each(void **state)
{
	struct name_table names;
	uint32_t offer;

	(void)state;
	name_table_init(&names);
	assert_int_equal(name_find(&names, slice_from("offer")), NAME_NONE);
	offer = name_intern(&names, slice_from("offer"));
	assert_int_not_equal(offer, NAME_NONE);
	assert_int_not_equal(name_intern(&names, slice_from("offers")), offer);
	assert_int_equal(name_intern(&names, slice_from("offer")), offer);
	assert_int_equal(name_find(&names, slice_from("offer")), offer);
	assert_true(slice_equal_text(name_text(&names, offer), "offer"));
	assert_int_equal(name_text(&names, NAME_NONE).size, 0);
	assert_int_equal(name_text(&names, 99).size, 0);
	name_table_release(&names);
}

static void the_text_of_a_name_outlives_its_source(void **state)
{
	struct name_table names;
	char text[] = "price";
	uint32_t name;

	(void)state;
	name_table_init(&names);
	name = name_intern(&names, slice_from(text));
	text[0] = 'x';
	assert_true(slice_equal_text(name_text(&names, name), "price"));
	name_table_release(&names);
}

static void a_table_takes_as_many_names_as_the_limit_says(void **state)
{
	struct name_table names;
	struct slice first;
	char text[32];

	(void)state;
	name_table_init(&names);
	first = name_text(&names, name_intern(&names, slice_from("first")));
	for (int i = 1; i < LIMIT_NAMES; i++) {
		snprintf(text, sizeof(text), "name%d", i);
		assert_int_equal(name_intern(&names, slice_from(text)), (uint32_t)i + 1);
	}
	assert_int_equal(name_intern(&names, slice_from("one more")), NAME_NONE);
	assert_int_equal(name_intern(&names, slice_from("name7")), 8);
	assert_true(slice_equal_text(first, "first"));
	name_table_release(&names);
	name_table_release(&names);
}

int names_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_get_one_id_each),
		cmocka_unit_test(the_text_of_a_name_outlives_its_source),
		cmocka_unit_test(a_table_takes_as_many_names_as_the_limit_says),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
