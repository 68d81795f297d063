/* Names and values of headers, by rule: C3 forbidden, C4 form, C5 once, C6 managed. What goes over the wire is tested in fetch. */
#include "connection_tests.h"

#include "connection/header_rules.h"

#include <stdio.h>
#include <string.h>

static void expect_name(const char *rule, struct slice name, const char *part)
{
	struct error err = ERROR_INIT;
	const int outcome = header_name_check(name, &err);
	if ((outcome < 0) != (part != NULL))
		fail_msg("%s: '%.*s' %s", rule, (int)name.size, name.data, outcome < 0 ? err.message : "was taken");
	if (part == NULL)
		return;
	assert_int_equal(err.code, ERROR_CONFIG);
	if (strstr(err.message, part) == NULL)
		fail_msg("%s: '%.*s': %s", rule, (int)name.size, name.data, err.message);
}

/* Upper, lower, and one after the other. */
static void spell(const char *name, int spelling, char *ret_text)
{
	size_t i = 0;
	for (; name[i] != '\0'; i++) {
		const char byte = name[i];
		const bool is_letter = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
		const bool is_upper = spelling == 0 || (spelling == 2 && i % 2 == 1);
		ret_text[i] = !is_letter ? byte : (char)(is_upper ? byte & ~0x20 : byte | 0x20);
	}
	ret_text[i] = '\0';
}

static void forbidden_headers_are_refused_in_every_spelling(void **state)
{
	static const char *const c3[] = {"Host",           "Connection",        "Keep-Alive", "Accept-Encoding",
	                                 "Content-Length", "Transfer-Encoding", "Trailer",    "Upgrade",
	                                 "Date",           "Location",          "Server"};
	static const char *const c6[] = {"Range",
	                                 "If-Range",
	                                 "If-None-Match",
	                                 "If-Modified-Since",
	                                 "TE",
	                                 "Expect",
	                                 "Proxy-Authorization",
	                                 "Proxy-Connection",
	                                 "HTTP2-Settings"};
	char text[64];
	(void)state;
	assert_int_equal(COUNT(c3), 11);
	for (int spelling = 0; spelling < 3; spelling++) {
		for (size_t i = 0; i < COUNT(c3); i++) {
			spell(c3[i], spelling, text);
			expect_name("C3", slice_from(text), "forbidden");
		}
		for (size_t i = 0; i < COUNT(c6); i++) {
			spell(c6[i], spelling, text);
			expect_name("C6", slice_from(text), "managed");
		}
	}
}

static void names_that_only_look_like_forbidden_ones_are_no_names(void **state)
{
	static const struct slice names[] = {
		SLICE("Host "),
		SLICE(" Host"),
		SLICE("Host:"),
		SLICE("Ho\tst"),
		SLICE("Host;"),
		SLICE("Host\r\n"),
		SLICE("\nHost"),
		SLICE("Host\0"),
		SLICE("Ho\0st"),
		SLICE("X-A: 1\r\nHost"),
		SLICE("H\xc3\xb6st"),
		SLICE("Host\x7f"),
		SLICE("\xef\xbb\xbfHost"),
		SLICE("X Y"),
		SLICE("X(Y)"),
		SLICE("X,Y"),
		SLICE("X/Y"),
		SLICE("\"X\""),
		SLICE("X=Y"),
		SLICE("X@Y"),
		SLICE("X[Y]"),
		SLICE("X{Y}"),
		SLICE("X?Y"),
		SLICE("X<Y>"),
		SLICE("X\\Y"),
	};
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		expect_name("C4", names[i], "is no name of a header");
	expect_name("C4", slice_from(""), "has no name");
	expect_name("C6", slice_from(":authority"), "HTTP/2");
	expect_name("C6", slice_from(":"), "HTTP/2");
}

static void headers_that_may_be_set_are_taken(void **state)
{
	static const char *const names[] = {
		"X-Host",       "Dates",     "Server-Timing", "Hosts", "Authorization",         "User-Agent",  "Accept",
		"Cookie",       "Referer",   "Ranges",        "X",     "!#$%&'*+-.^_`|~09azAZ", "Connection2", "TEE",
		"Content-Type", "Keep_Alive"};
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		expect_name("C2", slice_from(names[i]), NULL);
	for (const char *const *usual = header_names_usual(); *usual != NULL; usual++)
		expect_name("C2", slice_from(*usual), NULL);
}

static void values_cannot_end_a_line_or_hide_anything(void **state)
{
	static const struct {
		const char *rule;
		struct slice value;
		bool allows_latin1;
		const char *part; /* NULL: taken */
	} rows[] = {
		{"C4 plain", SLICE("secret"), false, NULL},
		{"C4 empty", SLICE(""), false, NULL},
		{"C4 blank inside", SLICE("a b"), false, NULL},
		{"C4 tab inside", SLICE("a\tb"), false, NULL},
		{"C4 every sign", SLICE("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"), false, NULL},
		{"C4 CR LF", SLICE("CANARY\r\nX-Evil: 1"), false, "line end"},
		{"C4 LF", SLICE("CANARY\nX-Evil: 1"), false, "line end"},
		{"C4 CR", SLICE("CANARY\rX-Evil: 1"), false, "line end"},
		{"C4 CR LF at the end", SLICE("CANARY\r\n"), false, "line end"},
		{"C4 NUL", SLICE("CANARY\0x"), false, "control"},
		{"C4 escape", SLICE("CANARY\x1b[0m"), false, "control"},
		{"C4 DEL", SLICE("CANARY\x7f"), false, "control"},
		{"C4 CR LF with latin1", SLICE("CANARY\r\nX: 1"), true, "line end"},
		{"C4 blank before", SLICE(" CANARY"), false, "begins or ends"},
		{"C4 blank behind", SLICE("CANARY "), false, "begins or ends"},
		{"C4 tab before", SLICE("\tCANARY"), false, "begins or ends"},
		{"C4 tab behind", SLICE("CANARY\t"), false, "begins or ends"},
		{"C4 beyond ASCII", SLICE("CANARY\xc3\xa9"), false, "latin1"},
		{"C4 latin1", SLICE("caf\xc3\xa9"), true, NULL},
		{"C4 latin1, its first", SLICE("a\xc2\xa0z"), true, NULL},
		{"C4 latin1, its last", SLICE("\xc3\xbf"), true, NULL},
		{"C4 C1 control", SLICE("CANARY\xc2\x85"), true, "beyond ISO"},
		{"C4 C1 control, ASCII", SLICE("CANARY\xc2\x85"), false, "latin1"},
		{"C4 beyond latin1", SLICE("CANARY\xc4\x80"), true, "beyond ISO"},
		{"C4 a line separator", SLICE("CANARY\xe2\x80\xa8"), true, "beyond ISO"},
		{"C4 letters that end in CR LF", SLICE("CANARY\xc4\x8d\xc4\x8a"), true, "beyond ISO"},
		{"C4 no UTF-8", SLICE("CANARY\xe9"), true, "beyond ISO"},
		{"C4 long form of LF", SLICE("CANARY\xc0\x8a"), true, "beyond ISO"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = ERROR_INIT;
		const int outcome = header_value_check(slice_from("X-Key"), rows[i].value, rows[i].allows_latin1, &err);
		if ((outcome < 0) != (rows[i].part != NULL))
			fail_msg("%s: %s", rows[i].rule, outcome < 0 ? err.message : "was taken");
		if (rows[i].part == NULL)
			continue;
		assert_int_equal(err.code, ERROR_CONFIG);
		if (strstr(err.message, rows[i].part) == NULL || strstr(err.message, "X-Key") == NULL ||
		    strstr(err.message, "CANARY") != NULL)
			fail_msg("%s: %s", rows[i].rule, err.message);
	}
}

static void names_and_values_are_limited_in_size(void **state)
{
	static char text[HEADER_VALUE_BYTES + 1];
	struct error err = ERROR_INIT;
	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(header_value_check(slice_from("X"), slice_make(text, HEADER_VALUE_BYTES), false, &err), 0);
	assert_int_equal(header_value_check(slice_from("X"), slice_make(text, HEADER_VALUE_BYTES + 1), false, &err), -1);
	assert_non_null(strstr(err.message, "longer than 8192"));
	assert_int_equal(header_name_check(slice_make(text, HEADER_NAME_BYTES), &err), 0);
	assert_int_equal(header_name_check(slice_make(text, HEADER_NAME_BYTES + 1), &err), -1);
	assert_non_null(strstr(err.message, "longer than 256"));
}

static void a_header_stands_in_a_list_once(void **state)
{
	static const struct slice twice[] = {SLICE("X-Key"), SLICE("Accept"), SLICE("x-KEY"), SLICE("Host")};
	static const struct slice forbidden[] = {SLICE("X-Key"), SLICE("host")};
	static char names[HEADER_COUNT_MAX + 1][8];
	struct slice many[HEADER_COUNT_MAX + 1];
	struct error err = ERROR_INIT;
	size_t index = 99;
	(void)state;
	assert_int_equal(header_names_check(twice, 2, &index, &err), 0);
	assert_int_equal(header_names_check(twice, COUNT(twice), &index, &err), -1);
	assert_int_equal(index, 2);
	assert_non_null(strstr(err.message, "twice"));
	assert_int_equal(header_names_check(forbidden, COUNT(forbidden), &index, &err), -1);
	assert_int_equal(index, 1);
	for (size_t i = 0; i < COUNT(many); i++) {
		(void)snprintf(names[i], sizeof(names[i]), "X-%zu", i);
		many[i] = slice_from(names[i]);
	}
	assert_int_equal(header_names_check(many, HEADER_COUNT_MAX, &index, &err), 0);
	assert_int_equal(header_names_check(many, HEADER_COUNT_MAX + 1, &index, &err), -1);
	assert_non_null(strstr(err.message, "more than 64"));
}

static void lines_are_what_libcurl_sends_as_written(void **state)
{
	static const struct {
		struct slice value;
		const char *line;
	} rows[] = {
		{SLICE("a b"), "X-Key: a b"},
		{SLICE(""), "X-Key;"},
		{SLICE(";"), "X-Key: ;"},
		{SLICE("caf\xc3\xa9"), "X-Key: caf\xe9"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char line[32];
		header_line_format(slice_from("X-Key"), rows[i].value, line);
		assert_string_equal(line, rows[i].line);
	}
}

int header_rules_tests(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(forbidden_headers_are_refused_in_every_spelling),
		cmocka_unit_test(names_that_only_look_like_forbidden_ones_are_no_names),
		cmocka_unit_test(headers_that_may_be_set_are_taken),
		cmocka_unit_test(values_cannot_end_a_line_or_hide_anything),
		cmocka_unit_test(names_and_values_are_limited_in_size),
		cmocka_unit_test(a_header_stands_in_a_list_once),
		cmocka_unit_test(lines_are_what_libcurl_sends_as_written),
	};
	return cmocka_run_group_tests_name("header_rules", tests, NULL, NULL);
}
