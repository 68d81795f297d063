/* Paths: which texts of a small record they meet, and which are refused. */
#include "support.h"

#include "dialect/path.h"

#include <stdio.h>

#define RECORD                                                     \
	"<item id='1' lang='en' o:lang='de'>"                      \
	"<name> Lamp </name><name>Light</name>"                    \
	"<g:price>5</g:price><price>7</price><o:price>9</o:price>" \
	"<o:size>XL</o:size>"                                      \
	"<box kind='a'><w>1</w><w u='cm'>2</w></box>"              \
	"<box kind='b'><w>3</w>tail</box>"                         \
	"<note>one <b>two</b> three</note>"                        \
	"<empty/>"                                                 \
	"</item>"

static void path_meets_what_xpath_would(void **state)
{
	static const struct {
		const char *path;
		const char *texts; /* all of them, as a list of tags */
	} cases[] = {
		{"name", "[\"Lamp\",\"Light\"]"},
		{"'name[2]'", "[\"Light\"]"},
		{"'name[3]'", "absent"},
		{"'@lang'", "[\"en\"]"},
		{"'@*'", "[\"1\",\"en\",\"de\"]"},
		{"price", "[\"7\"]"}, /* the record's own namespace (none) before any other */
		{"g:price", "[\"5\"]"},
		{"'g:*'", "[\"5\"]"},
		{"size", "[\"XL\"]"}, /* any namespace where there is no other */
		{"box/w", "[\"1\",\"2\",\"3\"]"},
		{"'box[1]/w'", "[\"1\",\"2\"]"},
		{"'box/w[1]'", "[\"1\",\"3\"]"}, /* the first of each box */
		{"\"box[@kind='b']/w\"", "[\"3\"]"},
		{"\"box[w='2']/@kind\"", "[\"a\"]"},
		{"\"box[w='2'][1]/@kind\"", "[\"a\"]"},
		{"\"box[2][w='2']/@kind\"", "absent"},
		{"\"w\"", "absent"},
		{"'box/w[@u]'", "[\"2\"]"},
		{"'box/w[not(@u)]'", "[\"1\",\"3\"]"},
		{"\"name[.='Light']\"", "[\"Light\"]"},
		{"'box[w]/@kind'", "[\"a\",\"b\"]"},
		{"'box[not(x)]/@kind'", "[\"a\",\"b\"]"},
		{"note", "[\"one two three\"]"},
		{"note/text()", "[\"one  three\"]"},
		{"'*/w/@u'", "[\"cm\"]"},
		{"'./name[1]'", "[\"Lamp\"]"},
		{"'@xml:lang'", "absent"},
		{"empty", "null"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char fields[256];

		(void)snprintf(fields, sizeof fields, "      tags: {from: %s}\n", cases[i].path);
		print_message("%s\n", cases[i].path);
		expect_field(fields, RECORD, "tags", cases[i].texts);
	}
}

static void path_prefers_the_namespace_that_the_dialect_names(void **state)
{
	char dialect[DIALECT_SPACE];
	char fields[] = "      price: price\nprefer: g\n";
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_with(item_dialect(dialect, sizeof dialect, fields),
	          "<feed xmlns:g='urn:g' xmlns:o='urn:o' currency='EUR'>" RECORD "</feed>", &recording);
	assert_true(
		recording_has(&recording.statements, "\"price\":5000000", "\"price\":\"7\"")); /* the other one is kept in extra */
	recording_release(&recording);
}

static void path_refuses_what_it_does_not_understand(void **state)
{
	static const struct {
		const char *path;
		const char *message;
	} cases[] = {
		{"", "a name is missing at character 1"},
		{"a//b", "'//' is not understood: name each step at character 3"},
		{"a/../b", "'..' can stand only at the beginning of a path at character 5"},
		{"..[a]", "a condition cannot stand behind '..' at character 3"},
		{"name()/b", "nothing can follow an attribute, text() or name() at character 8"},
		{"a/", "a name is missing at character 3"},
		{"@", "a name is missing at character 2"},
		{"@a/b", "nothing can follow an attribute, text() or name() at character 4"},
		{"text()/b", "nothing can follow an attribute, text() or name() at character 8"},
		{"h:a", "no namespace 'h' is declared at character 1"},
		{"g:", "a name is missing behind the prefix at character 3"},
		{"a[0]", "'0' is no position at character 4"},
		{"a[@k='v]", "a closing quote is missing at character 9"},
		{"a[@k=v]", "a quoted value is missing at character 6"},
		{"a[@k", "']' is missing at character 5"},
		{"a[not(@k]", "')' is missing at character 9"},
		{"a[.]", "'.' needs a value to compare with at character 4"},
		{"a b", "' ' is not understood here at character 2"},
		{"a|b", "'|' is not understood here at character 2"},
	};
	struct path_namespace g = {.prefix = SLICE("g"), .space = SLICE("urn:g")};
	const struct path_namespaces namespaces = {.items = &g, .count = 1};
	const struct path_syntax syntax = {.language = PATH_XML, .namespaces = &namespaces};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char message[PATH_MESSAGE_SIZE];
		struct arena arena;
		struct path path;

		arena_init(&arena, 65536);
		assert_false(path_parse(slice_from(cases[i].path), &syntax, &arena, &path, message));
		expect_text(cases[i].path, slice_from(message), cases[i].message);
		arena_release(&arena);
	}
}

static void path_says_when_memory_is_out(void **state)
{
	const struct path_namespaces namespaces = {.count = 0};
	const struct path_syntax syntax = {.language = PATH_XML, .namespaces = &namespaces};
	char message[PATH_MESSAGE_SIZE] = "x";
	struct arena arena;
	struct path path;

	(void)state;
	arena_init(&arena, 1);
	assert_false(path_parse(slice_from("name"), &syntax, &arena, &path, message));
	assert_string_equal(message, "");
	arena_release(&arena);
}

int run_path_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_meets_what_xpath_would),
		cmocka_unit_test(path_prefers_the_namespace_that_the_dialect_names),
		cmocka_unit_test(path_refuses_what_it_does_not_understand),
		cmocka_unit_test(path_says_when_memory_is_out),
	};

	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
