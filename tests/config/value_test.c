/* Words of the configuration: sizes, durations, offsets, names, URLs, each with what it refuses. */
#include "config/value.h"

#include "config_tests.h"

#include "base/limits.h"
#include "config/value_show.h"

#include <stdio.h>
#include <string.h>

static const struct value_range any_positive = {.minimum = 1, .maximum = INT64_MAX - 1};

static void expect_message(int result, const struct error *err, const char *message, const char *text)
{
	if ((result == 0) != (message == NULL) || (message != NULL && strcmp(err->message, message) != 0))
		fail_msg("'%s': '%s' where '%s' was expected", text, result == 0 ? "accepted" : err->message,
		         message != NULL ? message : "accepted");
	if (message != NULL)
		assert_int_equal(err->code, ERROR_CONFIG);
}

static void value_reads_sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes;
	} good[] = {
		{"1", 1},
		{"1048576", 1048576},
		{"10B", 10},
		{"1KiB", 1024},
		{"500 MiB", INT64_C(500) << 20},
		{"1GiB", INT64_C(1) << 30},
		{"4gib", INT64_C(4) << 30},
		{"1TiB", INT64_C(1) << 40},
		{"5kB", 5000},
		{"5MB", 5000000},
		{"5GB", INT64_C(5000000000)},
		{"2TB", INT64_C(2000000000000)},
	};
	static const char *const bad[] = {"",     "GiB",       "1.5GiB", "1 G", "1GiBs", "-1", "+1",
	                                  "0x10", "1GiB 1MiB", "1,000",  "ten", "1K",    " 1"};

	(void)state;
	for (size_t index = 0; index < COUNT(good); index++) {
		struct error err = ERROR_INIT;
		int64_t bytes = 0;
		expect_message(value_parse_size(slice_from(good[index].text), any_positive, &bytes, &err), &err, NULL,
		               good[index].text);
		assert_int_equal(bytes, good[index].bytes);
	}
	for (size_t index = 0; index < COUNT(bad); index++) {
		struct error err = ERROR_INIT;
		int64_t bytes = 7;
		char message[128];
		(void)snprintf(message, sizeof(message), "'%s' is not a size; write it as '500MiB' or '4GiB'", bad[index]);
		expect_message(value_parse_size(slice_from(bad[index]), any_positive, &bytes, &err), &err, message, bad[index]);
		assert_int_equal(bytes, 7);
	}
}

static void value_keeps_sizes_in_their_range(void **state)
{
	static const struct value_range range = {.minimum = 1024, .maximum = INT64_C(1) << 40};
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"1KiB", NULL},
		{"1TiB", NULL},
		{"1023", "must be from 1KiB to 1TiB"},
		{"0", "must be from 1KiB to 1TiB"},
		{"2TiB", "must be from 1KiB to 1TiB"},
		{"9223372036854775807", "must be from 1KiB to 1TiB"},
		{"9223372036854775808", "must be from 1KiB to 1TiB"},
		{"99999999999999999999999999TiB", "must be from 1KiB to 1TiB"},
		{"8388608TiB", "must be from 1KiB to 1TiB"},
	};

	(void)state;
	for (size_t index = 0; index < COUNT(rows); index++) {
		struct error err = ERROR_INIT;
		int64_t bytes = 0;
		expect_message(value_parse_size(slice_from(rows[index].text), range, &bytes, &err), &err, rows[index].message,
		               rows[index].text);
	}
}

static void value_reads_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} good[] = {
		{"500ms", 500},   {"15s", 15000},     {"5m", 300000},         {"5min", 300000}, {"2h", 7200000},
		{"1d", 86400000}, {"1h30m", 5400000}, {"1h 30m 5s", 5405000}, {"15 s", 15000},
	};
	static const char *const bad[] = {"", "15", "s", "1.5h", "-1s", "2 hours", "1h30", "fast", "1s,2s", " ", "1:30"};

	(void)state;
	for (size_t index = 0; index < COUNT(good); index++) {
		struct error err = ERROR_INIT;
		int64_t ms = 0;
		expect_message(value_parse_duration(slice_from(good[index].text), any_positive, &ms, &err), &err, NULL,
		               good[index].text);
		assert_int_equal(ms, good[index].ms);
	}
	for (size_t index = 0; index < COUNT(bad); index++) {
		struct error err = ERROR_INIT;
		int64_t ms = 7;
		char message[128];
		(void)snprintf(message, sizeof(message), "'%s' is not a duration; write it as '500ms', '15s', '5m' or '2h'",
		               bad[index]);
		expect_message(value_parse_duration(slice_from(bad[index]), any_positive, &ms, &err), &err, message, bad[index]);
		assert_int_equal(ms, 7);
	}
}

static void value_keeps_durations_in_their_range(void **state)
{
	static const struct value_range range = {.minimum = 1, .maximum = 7 * 24 * 3600 * 1000};
	static const char message[] = "must be from 1ms to 7d";
	static const char *const bad[] = {"0s", "8d", "7d1ms", "99999999999999999999h",
	                                  "9223372036854775807ms 9223372036854775807ms"};

	(void)state;
	for (size_t index = 0; index < COUNT(bad); index++) {
		struct error err = ERROR_INIT;
		int64_t ms = 7;
		expect_message(value_parse_duration(slice_from(bad[index]), range, &ms, &err), &err, message, bad[index]);
		assert_int_equal(ms, 7);
	}
}

static void value_reads_offsets(void **state)
{
	static const struct {
		const char *text;
		int minutes; /* -1 = refused */
	} rows[] = {
		{"UTC", 0},      {"+00:00", 0},    {"+02:00", 120}, {"-03:30", -210},      {"+05:45", 345},
		{"+14:00", 840}, {"-12:00", -720}, {"+14:01", -1},  {"+15:00", -1},        {"+02:60", -1},
		{"+2:00", -1},   {"02:00", -1},    {"+0200", -1},   {"+-1:00", -1},        {"+01:-5", -1},
		{"Z", -1},       {"utc", -1},      {"", -1},        {"Europe/Warsaw", -1},
	};

	(void)state;
	for (size_t index = 0; index < COUNT(rows); index++) {
		struct error err = ERROR_INIT;
		int minutes = -1;
		int result = value_parse_offset(slice_from(rows[index].text), &minutes, &err);
		assert_int_equal(result, rows[index].minutes == -1 ? -1 : 0);
		assert_int_equal(minutes, rows[index].minutes);
	}
	struct error err = ERROR_INIT;
	int minutes = 0;
	expect_message(
		value_parse_offset(slice_from("Europe/Warsaw"), &minutes, &err), &err,
		"'Europe/Warsaw' is not understood: this version of feedmill knows 'UTC' and fixed offsets ('+02:00', '-03:30')",
		"");
}

static void value_reads_decimal_signs_and_words(void **state)
{
	static const char *const words[] = {"keep", "mark", "delete", NULL};
	struct error err = ERROR_INIT;
	char sign = '\0';
	size_t index = 9;

	(void)state;
	assert_int_equal(value_parse_decimal_sign(slice_from("."), &sign, &err), 0);
	assert_int_equal(sign, '.');
	assert_int_equal(value_parse_decimal_sign(slice_from(","), &sign, &err), 0);
	assert_int_equal(sign, ',');
	expect_message(value_parse_decimal_sign(slice_from("comma"), &sign, &err), &err,
	               "'comma' is not a decimal sign; write '.' or ','", "");
	expect_message(value_parse_decimal_sign(slice_from(""), &sign, &err), &err, "'' is not a decimal sign; write '.' or ','",
	               "");
	assert_int_equal(value_parse_word(slice_from("delete"), words, &index, &err), 0);
	assert_int_equal(index, 2);
	expect_message(value_parse_word(slice_from("delet"), words, &index, &err), &err,
	               "unknown word 'delet'; did you mean 'delete'?", "");
	expect_message(value_parse_word(slice_from("perhaps"), words, &index, &err), &err,
	               "unknown word 'perhaps'; write 'keep', 'mark' or 'delete'", "");
	expect_message(value_parse_word(slice_from("Mark"), words, &index, &err), &err, "unknown word 'Mark'; did you mean 'mark'?",
	               "");
}

static void value_checks_names(void **state)
{
	static const char *const good[] = {"a",
	                                   "acme",
	                                   "Acme-2.full_EN",
	                                   "0",
	                                   "_x",
	                                   "a-",
	                                   "a.",
	                                   "0123456789012345678901234567890123456789012345678901234567890123"};
	static const char *const bad[] = {
		"",  ".a",  "-a",   "a b", "a/b",
		"ä", "a:b", "a\nb", "..",  "01234567890123456789012345678901234567890123456789012345678901234"};

	(void)state;
	for (size_t index = 0; index < COUNT(good); index++)
		assert_true(config_name_is_valid(slice_from(good[index])));
	for (size_t index = 0; index < COUNT(bad); index++)
		assert_false(config_name_is_valid(slice_from(bad[index])));
	struct error err = ERROR_INIT;
	expect_message(value_check_name(slice_from("a b"), &err), &err,
	               "'a b' is not a name: up to 64 of A-Z a-z 0-9 . _ -, beginning with neither '.' nor '-'", "");
}

static void value_checks_currencies(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"EUR", NULL},
		{"BYR", NULL},
		{"eur", "'eur' is not a currency code of ISO 4217; did you mean 'EUR'?"},
		{"€", "'€' is not a currency code of ISO 4217; did you mean 'EUR'?"},
		{"QQQ", "'QQQ' is not a currency code of ISO 4217; write it as 'EUR'"},
		{"", "'' is not a currency code of ISO 4217; write it as 'EUR'"},
	};

	(void)state;
	for (size_t index = 0; index < COUNT(rows); index++) {
		struct error err = ERROR_INIT;
		expect_message(value_check_currency(slice_from(rows[index].text), &err), &err, rows[index].message,
		               rows[index].text);
	}
}

static void value_checks_texts_and_paths(void **state)
{
	struct error err = ERROR_INIT;
	char path[VALUE_PATH_BYTES + 2];

	(void)state;
	memset(path, 'x', sizeof(path));
	assert_int_equal(value_check_text(slice_from(""), 4, &err), 0);
	assert_int_equal(value_check_text(slice_from("a: ä"), 5, &err), 0);
	assert_int_equal(value_check_text(slice_from(", "), 5, &err), 0);
	assert_int_equal(value_check_prefix(slice_from(""), &err), 0);
	assert_int_equal(value_check_prefix(slice_from("a b"), &err), 0);
	expect_message(value_check_text(slice_from("abcde"), 4, &err), &err, "the value is longer than 4 bytes", "");
	expect_message(value_check_prefix(slice_from(" a"), &err), &err, "white space at the start or end is not allowed", "");
	expect_message(value_check_prefix(slice_from("a\xC2\xA0"), &err), &err, "white space at the start or end is not allowed",
	               "");
	expect_message(value_check_text(slice_from("a\tb"), 4, &err), &err, "control characters (tab, line feed) are not allowed",
	               "");
	expect_message(value_check_text(slice_from("a\xFF"), 4, &err), &err, "the value is not UTF-8", "");
	assert_int_equal(value_check_path(slice_make(path, VALUE_PATH_BYTES), &err), 0);
	expect_message(value_check_path(slice_make(path, VALUE_PATH_BYTES + 1), &err), &err, "the path is longer than 4095 bytes",
	               "");
	expect_message(value_check_path(slice_from(""), &err), &err, "the path is empty", "");
	expect_message(value_check_path(slice_from("a\nb"), &err), &err,
	               "control characters (tab, line feed) are not allowed in a path", "");
}

static void value_checks_sources(void **state)
{
	static const char userinfo[] = "a user or password in the URL is refused: credentials do not belong into a URL";
	static const char blank[] = "blanks and control characters are not allowed in a URL; write a blank as '%20'";
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"https://feeds.acme.example/full.xml", NULL},
		{"HTTP://feeds.acme.example:8080/full.xml?token=1", NULL},
		{"http://[::1]:80/", NULL},
		{"https://x.example/@user/a.xml", NULL},
		{"https://x.example?mail=a@b.example", NULL},
		{"file:///var/feed.xml", NULL},
		{"file://localhost/var/feed.xml", NULL},
		{"feed.xml", NULL},
		{"/var/feed.xml", NULL},
		{"folder with blank/feed.xml", NULL},
		{"-", NULL},
		{"https://shop@x.example/", userinfo},
		{"https://shop:secret@x.example/", userinfo},
		{"https://:secret@x.example/", userinfo},
		{"https://@x.example/", userinfo},
		{"https://x.example/a b", blank},
		{"https://x.example/a\tb", blank},
		{"https://x.example/a\nb", blank},
		{"https://x.example/\x7f", blank},
		{"https:///a.xml", "the URL names no host"},
		{"https://", "the URL names no host"},
		{"https://?a=b", "the URL names no host"},
		{"https://:80/", "the URL names no host"},
		{"ftp://x.example/a.xml",
	         "'ftp' sources are not available in this version of feedmill; use http, https, file or a path"},
		{"s3://bucket/a.xml",
	         "'s3' sources are not available in this version of feedmill; use http, https, file or a path"},
		{"://x.example/", "the part before '://' is not the scheme of a URL"},
		{"1a://x.example/", "the part before '://' is not the scheme of a URL"},
		{"a_b://x.example/", "the part before '://' is not the scheme of a URL"},
		{"https:x.example", "a URL needs '//' behind its scheme"},
		{"http:/x.example", "a URL needs '//' behind its scheme"},
		{"", "the source is empty"},
		{"a\nb", "control characters (tab, line feed) are not allowed in a path"},
	};

	(void)state;
	for (size_t index = 0; index < COUNT(rows); index++) {
		struct error err = ERROR_INIT;
		expect_message(value_check_source(slice_from(rows[index].text), &err), &err, rows[index].message, rows[index].text);
	}
}

static void value_limits_the_size_of_a_url(void **state)
{
	char url[LIMIT_URL_BYTES + 2];
	struct error err = ERROR_INIT;

	(void)state;
	memset(url, 'x', sizeof(url));
	memcpy(url, "https://", 8);
	assert_int_equal(value_check_source(slice_make(url, LIMIT_URL_BYTES), &err), 0);
	expect_message(value_check_source(slice_make(url, LIMIT_URL_BYTES + 1), &err), &err, "the URL is longer than 8192 bytes",
	               "");
}

static void value_checks_proxies(void **state)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"http://proxy.example:3128", NULL},
		{"https://proxy.example", NULL},
		{"socks5://proxy.example:1080", NULL},
		{"socks5h://proxy.example:1080", NULL},
		{"http://user:s3cret@proxy.example",
	         "a user or password in the URL is refused: credentials do not belong into a URL"},
		{"proxy.example:3128", "'proxy.example:3128' is not a URL; write it as 'http://proxy.example:3128'"},
		{"ftp://proxy.example", "'ftp' is not a kind of proxy that feedmill knows; use http, https, socks5 or socks5h"},
		{"http://", "the URL names no host"},
		{"http://proxy example", "blanks and control characters are not allowed in a URL; write a blank as '%20'"},
	};

	(void)state;
	for (size_t index = 0; index < COUNT(rows); index++) {
		struct error err = ERROR_INIT;
		expect_message(value_check_proxy(slice_from(rows[index].text), &err), &err, rows[index].message, rows[index].text);
	}
}

static void value_shows_no_url_and_nothing_long(void **state)
{
	(void)state;
	assert_string_equal(VALUE_SHOW(slice_from("abc")), "abc");
	assert_string_equal(VALUE_SHOW(slice_from("")), "");
	assert_string_equal(VALUE_SHOW(slice_from("x https://u:s3cret@x.example")), "a URL");
	struct value_shown shown = value_show(
		slice_from("ääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää"));
	assert_true(strlen(shown.text) < sizeof(shown.text));
	assert_string_equal(shown.text + strlen(shown.text) - 5, "ä…");
}

static void value_writes_what_it_reads(void **state)
{
	static const int64_t sizes[] = {1, 1023, 1024, 1536, INT64_C(1) << 30, (INT64_C(1) << 40) * 3, 1000};
	static const char *const size_texts[] = {"1B", "1023B", "1KiB", "1536B", "1GiB", "3TiB", "1000B"};
	static const int64_t durations[] = {1, 1500, 15000, 60000, 7200000, 86400000, 90000};
	static const char *const duration_texts[] = {"1ms", "1500ms", "15s", "1m", "2h", "1d", "90s"};
	static const int offsets[] = {0, 120, -210, 840};
	static const char *const offset_texts[] = {"UTC", "+02:00", "-03:30", "+14:00"};
	struct buffer text;

	(void)state;
	buffer_init(&text, 256);
	for (size_t index = 0; index < COUNT(sizes); index++) {
		buffer_clear(&text);
		value_append_size(&text, sizes[index]);
		assert_string_equal(buffer_text(&text), size_texts[index]);
	}
	for (size_t index = 0; index < COUNT(durations); index++) {
		buffer_clear(&text);
		value_append_duration(&text, durations[index]);
		assert_string_equal(buffer_text(&text), duration_texts[index]);
	}
	for (size_t index = 0; index < COUNT(offsets); index++) {
		buffer_clear(&text);
		value_append_offset(&text, offsets[index]);
		assert_string_equal(buffer_text(&text), offset_texts[index]);
	}
	buffer_release(&text);
}

int value_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_reads_sizes),
		cmocka_unit_test(value_keeps_sizes_in_their_range),
		cmocka_unit_test(value_reads_durations),
		cmocka_unit_test(value_keeps_durations_in_their_range),
		cmocka_unit_test(value_reads_offsets),
		cmocka_unit_test(value_reads_decimal_signs_and_words),
		cmocka_unit_test(value_checks_names),
		cmocka_unit_test(value_checks_currencies),
		cmocka_unit_test(value_checks_texts_and_paths),
		cmocka_unit_test(value_checks_sources),
		cmocka_unit_test(value_limits_the_size_of_a_url),
		cmocka_unit_test(value_checks_proxies),
		cmocka_unit_test(value_shows_no_url_and_nothing_long),
		cmocka_unit_test(value_writes_what_it_reads),
	};

	return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
