/* JSON strings that are looked at many bytes at a time: every length, every place. */
#include "support.h"

#include "base/json.h"
#include "dialect/quote.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_MAX_TRIED 40

/* What the writer of JSON makes of it, which looks at each byte. */
static void expect_quoted(struct slice text)
{
	struct buffer expected, quoted;
	struct json_writer json;

	buffer_init(&expected, 4096);
	buffer_init(&quoted, 4096);
	json_writer_init(&json, &expected);
	json_string(&json, text);
	quote_append(&quoted, text);
	assert_false(expected.failed || quoted.failed);
	assert_int_equal(quoted.size, expected.size);
	assert_memory_equal(quoted.data, expected.data, expected.size);
	buffer_release(&expected);
	buffer_release(&quoted);
}

static void what_needs_an_escape_is_found_wherever_it_stands(void **state)
{
	static const char bytes[] = {'"', '\\', '\n', '\x01', '\x1f', ' ', '!', '\x7f', '~'};

	(void)state;
	for (size_t size = 1; size <= SIZE_MAX_TRIED; size++) {
		char *text = malloc(size); /* a sanitizer sees a byte too many */

		assert_non_null(text);
		memset(text, 'x', size);
		expect_quoted(slice_make(text, size));
		for (size_t place = 0; place < size; place++) {
			for (size_t byte = 0; byte < sizeof(bytes); byte++) {
				text[place] = bytes[byte];
				expect_quoted(slice_make(text, size));
			}
			text[place] = 'x';
		}
		free(text);
	}
	expect_quoted(slice_make("", 0));
}

static void letters_of_all_sizes_stay(void **state)
{
	(void)state;
	expect_quoted(slice_from("\u00e9"));
	expect_quoted(slice_from("a\u20ac"));
	expect_quoted(slice_from("\U0001F600 und mehr \u0416\u0416\u0416\u0416"));
}

static void what_stands_before_is_written_as_it_is(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 4096);
	quote_append_behind(&buffer, slice_from("{\"name\":"), slice_from("plain"));
	quote_append_behind(&buffer, slice_from(",\"value\":"), slice_from("a \"b\""));
	assert_string_equal(buffer_text(&buffer), "{\"name\":\"plain\",\"value\":\"a \\\"b\\\"\"");
	buffer_release(&buffer);
}

int run_quote_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_needs_an_escape_is_found_wherever_it_stands),
		cmocka_unit_test(letters_of_all_sizes_stay),
		cmocka_unit_test(what_stands_before_is_written_as_it_is),
	};

	return cmocka_run_group_tests_name("quote", tests, NULL, NULL);
}
