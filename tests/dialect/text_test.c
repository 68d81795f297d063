/* Which texts a dialect is made of. */
#include "support.h"
#include "support/allocation.h"

#include <string.h>

#define TEXTS_MAX 16

#define TEXT(dialect, content)                                                                                               \
	{                                                                                                                    \
		.file = dialect ".yaml", .name = {(dialect), sizeof(dialect) - 1}, .yaml = {(content), sizeof(content) - 1}, \
	}

/* Each says something else: they are told from each other by it. */
static const struct dialect_text texts[] = {
	TEXT("apart", "format: json\n"),
	TEXT("base", "format: xml\n"),
	TEXT("middle", "extends: base\n"),
	TEXT("top", "description: a\nextends: middle\n"),
	TEXT("round", "extends: about\n"),
	TEXT("about", "extends: round\n"),
	TEXT("lost", "extends: nowhere\n"),
	TEXT("broken", "extends: [base\n"),
	TEXT("list", "[extends, base]\n"),
	TEXT("many", "extends: [base, top]\n"),
	TEXT("empty", ""),
	TEXT("base", "extends: base\ndescription: it replaces the other\n"),
};

#define TEXT_COUNT (sizeof(texts) / sizeof(texts[0]))

/* The places of those selected, as letters; "" = it failed. */
static void select_texts(const char *name, char ret_places[TEXTS_MAX + 1], struct error *err)
{
	const struct dialect_texts all = {.texts = texts, .count = TEXT_COUNT};
	struct dialect_text selected[TEXTS_MAX];
	size_t count = 0;
	size_t place = 0;

	memset(ret_places, 0, TEXTS_MAX + 1);
	if (dialect_texts_select(&all, slice_from(name), selected, &count, err) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		while (place < TEXT_COUNT && !slice_equal(texts[place].yaml, selected[i].yaml))
			place++;
		ret_places[i] = (char)('a' + place);
	}
}

static void a_dialect_is_made_of_those_that_it_extends(void **state)
{
	static const struct {
		const char *name;
		const char *places;
	} cases[] = {
		{"apart", "a"},
		{"base", "bl"}, /* the later one, which extends the one that it replaces */
		{"middle", "bcl"},
		{"top", "bcdl"},
		{"round", "ef"},
		{"lost", "abcdefghijkl"}, /* all, so that compiling can say what is like the name */
		{"nowhere", "abcdefghijkl"},
		{"broken", "h"},
		{"list", "i"},
		{"many", "j"},
		{"empty", "k"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char places[TEXTS_MAX + 1];
		struct error err = ERROR_INIT;

		select_texts(cases[i].name, places, &err);
		assert_int_equal(err.code, ERROR_NONE);
		assert_string_equal(places, cases[i].places);
	}
}

static void no_memory_for_the_texts_is_told(void **state)
{
	size_t failures = 0;

	(void)state;
	for (bool has_failed = true; has_failed; failures += has_failed) {
		char places[TEXTS_MAX + 1];
		struct error err = ERROR_INIT;

		allocation_fail_at(failures + 1);
		select_texts("top", places, &err);
		has_failed = allocation_stop();
		assert_int_equal(err.code, has_failed ? ERROR_MEMORY : ERROR_NONE);
		assert_string_equal(places, has_failed ? "" : "bcdl");
	}
	assert_true(failures > 0);
}

int run_text_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dialect_is_made_of_those_that_it_extends),
		cmocka_unit_test(no_memory_for_the_texts_is_told),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
