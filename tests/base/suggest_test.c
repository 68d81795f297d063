/* The nearest known word. */
#include "base/suggest.h"

#include "base_tests.h"

#include <string.h>

static const char *const known[] = {"schedule", "source", "store", "connection", "dialect", "missing", "on", "mode"};

static void suggest_finds_the_nearest_word(void **state)
{
	static const struct {
		const char *word;
		const char *nearest; /* NULL = none near enough */
	} rows[] = {
		{"shedule", "schedule"},
		{"schedul", "schedule"},
		{"scheduel", "schedule"},
		{"conection", "connection"},
		{"conecton", "connection"},
		{"stroe", "store"},
		{"soruce", "source"},
		{"mdoe", "mode"},
		{"no", "on"},
		{"store", "store"},
		{"xyz", NULL},
		{"timezone", NULL},
		{"sxxxxe", NULL},
		{"cxxnxction", "connection"},
		{"cxxnxcxion", NULL},
		{"", NULL},
		{"abc", NULL},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
		const char *nearest = suggest_nearest(slice_from(rows[index].word), known, sizeof(known) / sizeof(known[0]));

		if ((nearest == NULL) != (rows[index].nearest == NULL) ||
		    (nearest != NULL && strcmp(nearest, rows[index].nearest) != 0))
			fail_msg("'%s' suggests '%s'", rows[index].word, nearest != NULL ? nearest : "nothing");
	}
}

static void suggest_takes_the_first_of_equally_near_words(void **state)
{
	static const char *const alike[] = {"mark", "bark", "park"};

	(void)state;
	assert_string_equal(suggest_nearest(slice_from("dark"), alike, 3), "mark");
	assert_string_equal(suggest_nearest(slice_from("bar"), alike, 3), "bark");
}

static void suggest_is_bounded_for_long_words(void **state)
{
	static char word[100000];

	(void)state;
	memset(word, 's', sizeof(word));
	assert_null(suggest_nearest(slice_make(word, sizeof(word)), known, sizeof(known) / sizeof(known[0])));
	assert_null(suggest_nearest(slice_from("store"), NULL, 0));
}

int suggest_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(suggest_finds_the_nearest_word),
		cmocka_unit_test(suggest_takes_the_first_of_equally_near_words),
		cmocka_unit_test(suggest_is_bounded_for_long_words),
	};

	return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
