/* How mistakes are shown: caret, tabs, long lines, secrets, JSON. */
#include "config/problems.h"

#include "config_tests.h"

#include "base/limits.h"
#include "config/excerpt.h"

#include <stdlib.h>
#include <string.h>

static struct yaml_document document_of(const char *text)
{
	static char file[] = "jobs/acme.yaml";
	return (struct yaml_document){.file = file, .source = slice_from(text)};
}

/* One mistake 'm' at a place of `text`, as printed. */
static void expect_print(const char *text, uint32_t line, uint32_t column, const char *expected)
{
	struct yaml_document document = document_of(text);
	struct config_problems problems;
	config_problems_init(&problems);
	config_problem_place(&problems, &document, line, column, "m");
	char *printed = problems_printed(&problems);
	assert_string_equal(printed, expected);
	free(printed);
	config_problems_release(&problems);
}

static void problems_are_printed_with_line_and_caret(void **state)
{
	(void)state;
	expect_print("# jobs\n\nsorce: https://x.example/\n", 3, 1,
	             "jobs/acme.yaml:3:1: m\n    sorce: https://x.example/\n    ^\n");
	expect_print("a: b", 1, 4, "jobs/acme.yaml:1:4: m\n    a: b\n       ^\n");
	expect_print("a: b\n", 1, 5, "jobs/acme.yaml:1:5: m\n    a: b\n        ^\n");
	expect_print("a: b\n", 1, 90, "jobs/acme.yaml:1:90: m\n    a: b\n        ^\n");
	expect_print("a: b\n", 2, 1, "jobs/acme.yaml:2:1: m\n    \n    ^\n");
	expect_print("a: b\n", 3, 1, "jobs/acme.yaml:3:1: m\n");
	expect_print("", 1, 1, "jobs/acme.yaml:1:1: m\n    \n    ^\n");
}

static void problems_count_characters_not_bytes(void **state)
{
	(void)state;
	expect_print("größe: x\n", 1, 8, "jobs/acme.yaml:1:8: m\n    größe: x\n           ^\n");
	expect_print("€€: x\n", 1, 5, "jobs/acme.yaml:1:5: m\n    €€: x\n        ^\n");
}

static void problems_know_every_line_break_of_yaml(void **state)
{
	(void)state;
	expect_print("a\r\nb: x\r\nc\r\n", 2, 4, "jobs/acme.yaml:2:4: m\n    b: x\n       ^\n");
	expect_print("a\rb: x\rc", 2, 4, "jobs/acme.yaml:2:4: m\n    b: x\n       ^\n");
	expect_print("a\xC2\x85"
	             "b\xE2\x80\xA8"
	             "c\xE2\x80\xA9"
	             "d: x\n",
	             4, 4, "jobs/acme.yaml:4:4: m\n    d: x\n       ^\n");
}

static void problems_repeat_tabs_under_the_line(void **state)
{
	(void)state;
	expect_print("\ta:\tb\n", 1, 5, "jobs/acme.yaml:1:5: m\n    \ta:\tb\n    \t  \t^\n");
	expect_print("\t\tx", 1, 2, "jobs/acme.yaml:1:2: m\n    \t\tx\n    \t^\n");
}

static void problems_make_the_line_printable(void **state)
{
	(void)state;
	expect_print("a\x1b[31m: b\n", 1, 9, "jobs/acme.yaml:1:9: m\n    a\\x1b[31m: b\n               ^\n");
	expect_print("a\xFF"
	             "b\n",
	             1, 3, "jobs/acme.yaml:1:3: m\n    a\\xffb\n         ^\n");
}

static void problems_mask_secrets_of_urls(void **state)
{
	static const struct {
		const char *text;
		const char *masked;
	} rows[] = {
		{"source: https://x.example/a.xml", "source: https://x.example/a.xml"},
		{"source: https://x.example/a.xml?token=s3cret", "source: https://x.example/a.xml?token=***"},
		{"source: 'https://x.example/?a=s3cret&b=s3cret;c=s3cret&d=' # x",
	         "source: 'https://x.example/?a=***&b=***;c=***&d=' # x"},
		{"source: https://x.example/?s3cret", "source: https://x.example/?***"},
		{"source: https://x.example/?a=1#s3cret", "source: https://x.example/?a=***#***"},
		{"source: https://x.example/#s3cret", "source: https://x.example/#***"},
		{"source: https://x.example/# s3en", "source: https://x.example/# s3en"},
		{"source: https://shop:s3cret@x.example/a", "source: https://***@x.example/a"},
		{"source: https://shop:s3/cret@x.example/a?b=s3cret", "source: https://***@x.example/a?b=***"},
		{"source: https://shop:s3?cr=s3cret@x.example/a?b=s3cret", "source: https://***"},
		{"source: https://x.example/?u=https://y.example/?t=s3cret", "source: https://x.example/?u=***"},
		{"[https://s3cret@x.example, https://s3cret@y.example]", "[https://***@x.example, https://***@y.example]"},
		{"{a: \"https://x.example/?a=s3cret\", b: c}", "{a: \"https://x.example/?a=***\", b: c}"},
		{"://s3cret@", "://***@"},
		{"://", "://"},
		{"a: b?c=d#e", "a: b?c=d#e"},
	};

	(void)state;
	for (size_t index = 0; index < COUNT(rows); index++) {
		struct buffer line;
		uint32_t caret;
		buffer_init(&line, 4096);
		assert_true(excerpt_append(slice_from(rows[index].text), 1, 1, &line, &caret));
		assert_string_equal(buffer_text(&line), rows[index].masked);
		buffer_clear(&line);
		excerpt_append_masked(slice_from(rows[index].text), &line);
		assert_string_equal(buffer_text(&line), rows[index].masked);
		buffer_release(&line);
	}
}

static void problems_mask_more_secrets_than_they_count(void **state)
{
	struct buffer text;
	struct buffer line;
	uint32_t caret;

	(void)state;
	buffer_init(&text, 65536);
	buffer_init(&line, 65536);
	for (int index = 0; index < 500; index++)
		assert_int_equal(buffer_append_text(&text, "a://s3cret@b "), 0);
	for (uint32_t column = 1; column < 6500; column += 97) {
		buffer_clear(&line);
		assert_true(excerpt_append(buffer_slice(&text), 1, column, &line, &caret));
		assert_null(strstr(buffer_text(&line), "s3cret"));
	}
	buffer_release(&line);
	buffer_release(&text);
}

static void problems_keep_the_caret_right_behind_a_mask(void **state)
{
	(void)state;
	expect_print("{a: https://x.example/?t=secret, b: x}", 1, 37,
	             "jobs/acme.yaml:1:37: m\n    {a: https://x.example/?t=***, b: x}\n                                     ^\n");
	expect_print("a: https://secret@x.example/", 1, 14,
	             "jobs/acme.yaml:1:14: m\n    a: https://***@x.example/\n               ^\n");
}

static void problems_mask_their_messages_before_they_cut_them(void **state)
{
	struct yaml_document document = document_of("a: b");
	struct config_problems problems;
	char long_url[3000];

	(void)state;
	memset(long_url, 'x', sizeof(long_url));
	memcpy(long_url, "https://shop:s3cret", 19);
	memcpy(long_url + sizeof(long_url) - 3, "@y", 3);
	config_problems_init(&problems);
	config_problem_place(&problems, &document, 1, 1, "'https://u:s3cret@x.example/?a=s3cret' is odd\n");
	config_problem_place(&problems, &document, 1, 1, "%s", long_url);
	config_problem_file(&problems, "a\nb", "%0*d", 5000, 7);
	assert_string_equal(problems.first->message, "'https://***@x.example/?a=***' is odd\\n");
	assert_string_equal(problems.first->next->message, "https://***@y");
	assert_string_equal(problems.last->file, "a\\nb");
	assert_int_equal(strlen(problems.last->message), 1000 + strlen("…"));
	config_problems_release(&problems);
}

static void problems_cut_a_long_line_around_the_column(void **state)
{
	char text[1001];
	struct buffer line;
	uint32_t caret;

	(void)state;
	for (size_t index = 0; index < 1000; index++)
		text[index] = (char)('a' + index % 26);
	text[1000] = '\0';
	buffer_init(&line, 4096);
	for (uint32_t column = 1; column <= 1000; column++) {
		buffer_clear(&line);
		assert_true(excerpt_append(slice_from(text), 1, column, &line, &caret));
		const char *shown = buffer_text(&line);
		bool is_cut_before = shown[0] == '\xE2';
		/* '…' is three bytes and one character. */
		size_t at = caret + (is_cut_before ? 2 : 0);
		assert_int_equal(shown[at], text[column - 1]);
		assert_true(line.size >= EXCERPT_CHARACTERS + 3 && line.size <= EXCERPT_CHARACTERS + 6);
	}
	buffer_clear(&line);
	assert_true(excerpt_append(slice_make(text, EXCERPT_CHARACTERS), 1, EXCERPT_CHARACTERS, &line, &caret));
	assert_int_equal(line.size, EXCERPT_CHARACTERS);
	assert_int_equal(caret, EXCERPT_CHARACTERS - 1);
	buffer_release(&line);
}

static void problems_beyond_the_limit_are_counted(void **state)
{
	struct yaml_document document = document_of("a: b");
	struct config_problems problems;
	size_t kept = 0;

	(void)state;
	config_problems_init(&problems);
	for (int index = 0; index < LIMIT_CONFIG_ERRORS + 7; index++)
		config_problem_place(&problems, &document, 1, 1, "mistake %d", index);
	assert_int_equal(problems.count, LIMIT_CONFIG_ERRORS + 7);
	for (const struct config_problem *problem = problems.first; problem != NULL; problem = problem->next)
		kept++;
	assert_int_equal(kept, LIMIT_CONFIG_ERRORS);
	assert_string_equal(problems.last->message, "mistake 99");
	char *printed = problems_printed(&problems);
	assert_non_null(strstr(printed, "\n7 more mistakes are not listed\n"));
	free(printed);
	config_problems_release(&problems);
	config_problems_release(&problems);
	assert_int_equal(problems.count, 0);
}

static void problems_are_written_as_json(void **state)
{
	struct yaml_document document = document_of("a: \"b\"");
	struct config_problems problems;
	struct buffer json;

	(void)state;
	config_problems_init(&problems);
	buffer_init(&json, 4096);
	config_problems_append_json(&problems, &json);
	assert_string_equal(buffer_text(&json), "[]");
	buffer_clear(&json);
	config_problem_place(&problems, &document, 1, 4, "'%s' is odd", "\"b\"");
	config_problem_file(&problems, "feedmill.yaml", "all wrong");
	config_problems_append_json(&problems, &json);
	assert_string_equal(buffer_text(&json),
	                    "[{\"file\":\"jobs/acme.yaml\",\"line\":1,\"column\":4,\"message\":\"'\\\"b\\\"' is odd\"},"
	                    "{\"file\":\"feedmill.yaml\",\"line\":null,\"column\":null,\"message\":\"all wrong\"}]");
	buffer_release(&json);
	config_problems_release(&problems);
}

static void problems_of_a_whole_file_have_no_line(void **state)
{
	struct config_problems problems;

	(void)state;
	config_problems_init(&problems);
	config_problem_file(&problems, "jobs/a.yaml", "'%s' is missing", "source");
	char *printed = problems_printed(&problems);
	assert_string_equal(printed, "jobs/a.yaml: 'source' is missing\n");
	free(printed);
	config_problems_release(&problems);
}

/* As if all had been noted in one list. */
static void problems_of_two_lists_make_one(void **state)
{
	static const struct {
		size_t first;
		size_t second;
	} rows[] = {{0, 0},
	            {0, 3},
	            {3, 0},
	            {2, 3},
	            {LIMIT_CONFIG_ERRORS - 1, 3},
	            {LIMIT_CONFIG_ERRORS, 3},
	            {3, 2 * LIMIT_CONFIG_ERRORS}};

	(void)state;
	for (size_t index = 0; index < COUNT(rows); index++) {
		struct config_problems whole;
		struct config_problems lists[2];
		config_problems_init(&whole);
		config_problems_init(&lists[0]);
		config_problems_init(&lists[1]);
		for (size_t number = 0; number < rows[index].first + rows[index].second; number++) {
			config_problem_file(&whole, "a.yaml", "mistake %zu", number);
			config_problem_file(&lists[number >= rows[index].first], "a.yaml", "mistake %zu", number);
		}
		config_problems_append(&lists[0], &lists[1]);
		assert_null(lists[1].first);
		assert_int_equal(lists[1].count, 0);
		config_problem_file(&whole, "a.yaml", "the last");
		config_problem_file(&lists[0], "a.yaml", "the last");
		char *expected = problems_printed(&whole);
		char *printed = problems_printed(&lists[0]);
		assert_string_equal(printed, expected);
		free(printed);
		free(expected);
		config_problems_release(&lists[0]);
		config_problems_release(&whole);
	}
}

int problems_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(problems_are_printed_with_line_and_caret),
		cmocka_unit_test(problems_count_characters_not_bytes),
		cmocka_unit_test(problems_know_every_line_break_of_yaml),
		cmocka_unit_test(problems_repeat_tabs_under_the_line),
		cmocka_unit_test(problems_make_the_line_printable),
		cmocka_unit_test(problems_mask_secrets_of_urls),
		cmocka_unit_test(problems_mask_more_secrets_than_they_count),
		cmocka_unit_test(problems_keep_the_caret_right_behind_a_mask),
		cmocka_unit_test(problems_mask_their_messages_before_they_cut_them),
		cmocka_unit_test(problems_cut_a_long_line_around_the_column),
		cmocka_unit_test(problems_beyond_the_limit_are_counted),
		cmocka_unit_test(problems_of_two_lists_make_one),
		cmocka_unit_test(problems_are_written_as_json),
		cmocka_unit_test(problems_of_a_whole_file_have_no_line),
	};

	return cmocka_run_group_tests_name("problems", tests, NULL, NULL);
}
