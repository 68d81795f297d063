/* Errors: messages, positions, names. */
#include "base/error.h"

#include "base/utf8.h"
#include "base_tests.h"

#include <errno.h>
#include <string.h>

static void error_set_overwrites_everything(void **state)
{
	struct error err = {.code = ERROR_STORE, .number = 7, .line = 3, .column = 4, .byte = 5, .message = "old"};

	(void)state;
	assert_int_equal(error_set(&err, ERROR_FEED, "feed '%s' is empty", "a.xml"), -1);
	assert_int_equal(err.code, ERROR_FEED);
	assert_int_equal(err.source, ERROR_FROM_US);
	assert_int_equal(err.number, 0);
	assert_int_equal(err.line, 0);
	assert_int_equal(err.byte, -1);
	assert_string_equal(err.message, "feed 'a.xml' is empty");
}

static void error_escapes_control_characters(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	(void)error_set(&err, ERROR_FEED, "bad name '%s'", "a\x1b[31m\n\t\r\x7f\xC2\x9B\xE2\x80\xAE\xFFz");
	assert_string_equal(err.message, "bad name 'a\\x1b[31m\\n\\t\\x0d\\x7f\\u{9b}\\u{202e}\\xffz'");
	(void)error_wrap(&err, "line\n");
	assert_string_equal(err.message, "line\\n: bad name 'a\\x1b[31m\\n\\t\\x0d\\x7f\\u{9b}\\u{202e}\\xffz'");
}

static void error_system_tells_the_cause(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(error_set_system(&err, ENOENT, "cannot open '%s'", "x"), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_int_equal(err.source, ERROR_FROM_SYSTEM);
	assert_int_equal(err.number, ENOENT);
	assert_string_equal(err.message, "cannot open 'x': No such file or directory");
	(void)error_set_system(&err, 99999, "cannot");
	assert_string_equal(err.message, "cannot: unknown system error");
	(void)error_set_system(&err, ENOSPC, "cannot write");
	assert_int_equal(err.code, ERROR_SYSTEM);
}

static void error_wrap_keeps_code_and_position(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	(void)error_set(&err, ERROR_CONFIG, "unknown key '%s'", "shedule");
	error_locate(&err, 12, 3, 140);
	assert_int_equal(error_wrap(&err, "job '%s'", "acme"), -1);
	assert_string_equal(err.message, "job 'acme': unknown key 'shedule'");
	assert_int_equal(err.code, ERROR_CONFIG);
	assert_int_equal(err.line, 12);
	assert_int_equal(err.column, 3);
	assert_int_equal(err.byte, 140);
	error_locate(&err, 0, -1, -1);
	assert_int_equal(err.line, 12);
	assert_int_equal(err.column, 3);
	assert_int_equal(err.byte, 140);
}

static void error_may_format_its_own_message(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	(void)error_set(&err, ERROR_STORE, "disk full");
	(void)error_set(&err, ERROR_STORE, "commit failed (%s)", err.message);
	assert_string_equal(err.message, "commit failed (disk full)");
}

static void error_cuts_long_messages_between_characters(void **state)
{
	struct error err = ERROR_INIT;
	char text[4000];

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(text, 'x', sizeof(text));
		for (size_t index = shift; index + 4 < sizeof(text); index += 3)
			memcpy(text + index, "\xE2\x82\xAC", 3);
		text[sizeof(text) - 1] = '\0';
		(void)error_set(&err, ERROR_FEED, "%s", text);
		assert_true(strlen(err.message) < sizeof(err.message));
		assert_true(strlen(err.message) > sizeof(err.message) - 8);
		assert_true(utf8_is_valid(slice_from(err.message)));
		assert_string_equal(err.message + strlen(err.message) - 3, "...");
	}
	memset(text, '\n', 600);
	text[600] = '\0';
	(void)error_set(&err, ERROR_FEED, "%s", text);
	assert_true(strlen(err.message) < sizeof(err.message));
}

static void error_wrap_cuts_and_never_overflows(void **state)
{
	struct error err = ERROR_INIT;
	char text[700];

	(void)state;
	(void)error_set(&err, ERROR_FEED, "the cause");
	for (unsigned count = 0; count < 200; count++) {
		(void)error_wrap(&err, "import of '%u'", count);
		assert_true(strlen(err.message) < sizeof(err.message));
	}
	assert_memory_equal(err.message, "import of '199': import of '198': ", 34);
	memset(text, 'y', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	(void)error_wrap(&err, "%s%s", text, text);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

static void error_tells_its_place_as_far_as_it_is_known(void **state)
{
	static const struct {
		int64_t line;
		int64_t column;
		int64_t byte;
		const char *text;
	} cases[] = {
		{3, 5, 70, " (line 3, column 5)"},
		{3, 0, 70, " (line 3)"},
		{0, 0, 70, " (byte 70)"},
		{0, 0, -1, ""},
	};
	char place[ERROR_PLACE_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = ERROR_INIT;

		(void)error_set(&err, ERROR_FEED, "x");
		error_locate(&err, cases[i].line, cases[i].column, cases[i].byte);
		error_format_place(&err, place);
		assert_string_equal(place, cases[i].text);
	}
}

static void error_clear_forgets(void **state)
{
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(error_set_memory(&err), -1);
	assert_int_equal(err.code, ERROR_MEMORY);
	assert_string_equal(err.message, "out of memory");
	error_clear(&err);
	assert_int_equal(err.code, ERROR_NONE);
	assert_int_equal(err.byte, -1);
	assert_string_equal(err.message, "");
}

static void error_temporary_ones_are_network_and_busy_store(void **state)
{
	(void)state;
	for (int code = ERROR_NONE; code <= ERROR_CANCELLED; code++) {
		const struct error err = {.code = (enum error_code)code};

		assert_int_equal(error_is_temporary(&err), code == ERROR_NETWORK || code == ERROR_STORE_BUSY);
	}
}

static void error_codes_have_distinct_names(void **state)
{
	(void)state;
	for (int code = ERROR_NONE; code <= ERROR_CANCELLED; code++) {
		const char *name = error_code_name((enum error_code)code);

		assert_non_null(name);
		for (int other = ERROR_NONE; other < code; other++)
			assert_string_not_equal(name, error_code_name((enum error_code)other));
	}
	assert_string_equal(error_code_name(ERROR_NONE), "none");
	assert_string_equal(error_code_name(ERROR_NOT_FOUND), "not_found");
	assert_string_equal(error_code_name(ERROR_STORE_FOREIGN), "store_foreign");
	assert_string_equal(error_code_name(ERROR_CANCELLED), "cancelled");
	assert_string_equal(error_code_name((enum error_code)1000), "unknown");
}

int error_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_set_overwrites_everything),
		cmocka_unit_test(error_escapes_control_characters),
		cmocka_unit_test(error_system_tells_the_cause),
		cmocka_unit_test(error_wrap_keeps_code_and_position),
		cmocka_unit_test(error_may_format_its_own_message),
		cmocka_unit_test(error_cuts_long_messages_between_characters),
		cmocka_unit_test(error_wrap_cuts_and_never_overflows),
		cmocka_unit_test(error_tells_its_place_as_far_as_it_is_known),
		cmocka_unit_test(error_clear_forgets),
		cmocka_unit_test(error_temporary_ones_are_network_and_busy_store),
		cmocka_unit_test(error_codes_have_distinct_names),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
