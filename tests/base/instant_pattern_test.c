/* Instants by a format. */
#include "base/instant_pattern.h"

#include "base_tests.h"

#include <string.h>

static void pattern_reads_what_its_format_says(void **state)
{
	static const struct {
		const char *format;
		const char *text;
		int offset_minutes;
		int64_t ms;
	} rows[] = {
		{"%Y-%m-%d", "1970-01-01", 0, 0},
		{"%d.%m.%Y %H:%M", "31.01.2026 08:00", 0, INT64_C(1769846400000)},
		{"%d.%m.%Y %H:%M", "31.01.2026 08:00", 120, INT64_C(1769839200000)},
		{"%d.%m.%Y %H:%M", "31.1.2026 8:0", 0, INT64_C(1769846400000)},
		{"%d.%m.%Y %H:%M", "  31.01.2026   08:00\n", 0, INT64_C(1769846400000)},
		{"%d.%m.%Y %H:%M", "31.01.202608:00", 0, INT64_C(1769846400000)},
		{"%Y%m%d%H%M%S", "20260131080000", 0, INT64_C(1769846400000)},
		{"%m/%d/%Y", "2/29/2024", 0, INT64_C(1709164800000)},
		{"%m/%d/%y", "02/05/17", 0, INT64_C(1486252800000)},
		{"%d.%m.%y", "31.12.69", 0, INT64_C(-86400000)},
		{"%d.%m.%y", "31.12.68", 0, INT64_C(3124137600000)},
		{"%d %b %Y", "31 jan 2026", 0, INT64_C(1769817600000)},
		{"%b %d, %Y", "January 31, 2026", 0, INT64_C(1769817600000)},
		{"%b %d, %Y", "MAY 1, 2026", 0, INT64_C(1777593600000)},
		{"%d%b%Y", "31September1999", 0, -1},
		{"%d%b%Y", "30September1999", 0, INT64_C(938649600000)},
		{"%Y-%m-%dT%H:%M:%S%z", "2026-01-31T08:00:00+02:00", 300, INT64_C(1769839200000)},
		{"%Y-%m-%dT%H:%M:%S%z", "2026-01-31T08:00:00+0200", 0, INT64_C(1769839200000)},
		{"%Y-%m-%dT%H:%M:%S%z", "2026-01-31T06:00:00Z", 300, INT64_C(1769839200000)},
		{"%Y-%m-%d %z %H:%M", "2026-01-31 +02 08:00", 0, INT64_C(1769839200000)},
		{"100%% %Y-%m-%d", "100% 1970-01-01", 0, 0},
		{"%d. %m. %Y", "1.1.1970", 0, 0},
		{"%Y-%m-%d", "1900-01-01", 0, INT64_C(-2208988800000)},
		{"%Y-%m-%d", "9999-12-31", 0, INT64_C(253402214400000)},
		{"%Y-%m-%d %H:%M:%S", "2016-12-31 23:59:60", 0, INT64_C(1483228799000)},
		{"unix", "1769839200", 300, INT64_C(1769839200000)},
		{"unix", " -1 ", 0, -1000},
		{"unix_ms", "1769839200250", 0, INT64_C(1769839200250)},
		/* what is not so written */
		{"%Y-%m-%d", "1899-12-31", 0, -1},
		{"%Y-%m-%d", "26-01-31", 0, -1},
		{"%Y-%m-%d", "2026-01-31x", 0, -1},
		{"%Y-%m-%d", "2026-02-29", 0, -1},
		{"%Y-%m-%d", "2026-00-10", 0, -1},
		{"%Y-%m-%d", "2026-13-10", 0, -1},
		{"%Y-%m-%d", "2026-01-00", 0, -1},
		{"%Y-%m-%d", "2026-01-32", 0, -1},
		{"%Y-%m-%d", "2026-01-", 0, -1},
		{"%Y-%m-%d", "2026-01-3 1", 0, -1},
		{"%Y-%m-%d", "", 0, -1},
		{"%Y%m%d", "2026131", 0, -1},
		{"%Y%m%d0", "202601310", 0, INT64_C(1769817600000)},
		{"%y-%m-%d", "2026-01-31", 0, -1},
		{"%d %b %Y", "31 ja 2026", 0, -1},
		{"%d %b %Y", "31 xyz 2026", 0, -1},
		{"%Y-%m-%d %H:%M", "2026-01-31 24:00", 0, -1},
		{"%Y-%m-%d %H:%M", "2026-01-31 23:60", 0, -1},
		{"%Y-%m-%d %H:%M", "2026-01-31", 0, -1},
		{"%Y-%m-%d%z", "2026-01-31", 0, -1},
		{"%Y-%m-%d%z", "2026-01-31+2", 0, -1},
		{"%Y-%m-%d%z", "2026-01-31+25:00", 0, -1},
		{"%Y-%m-%dT%H:%M", "2026-01-31t08:00", 0, -1},
		{"unix", "253402300800", 0, -1},
		{"unix", "-2208988801", 0, -1},
		{"unix", "1.5", 0, -1},
		{"unix", "", 0, -1},
		{"unix_ms", "soon", 0, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char message[INSTANT_PATTERN_MESSAGE_SIZE];
		struct instant_pattern pattern;
		int64_t ms = -777;

		if (!instant_pattern_init(&pattern, slice_from(rows[i].format), message))
			fail_msg("'%s': %s", rows[i].format, message);
		if (!instant_pattern_parse(&pattern, slice_from(rows[i].text), rows[i].offset_minutes, &ms))
			ms = -1;
		if (ms != rows[i].ms)
			fail_msg("'%s' by '%s': %lld", rows[i].text, rows[i].format, (long long)ms);
	}
}

static void pattern_without_format_reads_the_usual(void **state)
{
	const struct instant_pattern usual = {.kind = INSTANT_PATTERN_USUAL};
	int64_t ms = 0;

	(void)state;
	assert_true(instant_pattern_parse(&usual, slice_from("2026-01-31 08:00"), 120, &ms));
	assert_int_equal(ms, INT64_C(1769839200000));
	assert_false(instant_pattern_parse(&usual, slice_from("31.01.2026"), 0, &ms));
}

static void faults_of_a_format_are_named(void **state)
{
	static const struct {
		const char *format;
		const char *message;
	} rows[] = {
		{"", "the year is missing: %Y"},
		{"%d.%m.", "the year is missing: %Y"},
		{"%Y-%d", "the month is missing: %m"},
		{"%Y-%m", "the day is missing: %d"},
		{"%Y-%m-%d %p", "'%p' is no directive; known: %Y %y %m %b %d %H %M %S %z %%"},
		{"%Y-%m-%d %", "'%' is no directive; known: %Y %y %m %b %d %H %M %S %z %%"},
		{"%Y-%m-%d %Y", "'%Y' stands there twice"},
		{"%Y-%m-%d %y", "%Y and %y exclude each other"},
		{"%Y-%m-%d %b", "%m and %b exclude each other"},
		{"%Y-%m-%d %M", "there are minutes (%M), but no hour: %H"},
		{"%Y-%m-%d %H:%S", "there are seconds (%S), but no minutes: %M"},
		{"%Y-%m-%d xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "a format of more than 64 bytes"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char message[INSTANT_PATTERN_MESSAGE_SIZE] = "";
		struct instant_pattern pattern;

		if (instant_pattern_init(&pattern, slice_from(rows[i].format), message) || strcmp(message, rows[i].message) != 0)
			fail_msg("'%s': %s", rows[i].format, message);
	}
}

static void interval_is_read_where_there_is_one_way_to(void **state)
{
	static const struct {
		const char *format;
		const char *text;
		int64_t from_ms;
		int64_t to_ms; /* 0 = refused */
	} rows[] = {
		{"%Y-%m-%d", "1970-01-02/1970-01-03", 86400000, 172800000},
		{"%Y-%m-%d", "/1970-01-03", INT64_MIN, 172800000},
		{"%Y-%m-%d", " 1970-01-02 / ", 86400000, INT64_MAX},
		{"%d/%m/%Y", "02/01/1970/03/01/1970", 86400000, 172800000},
		{"%d/%m/%Y", "02/01/1970/", 86400000, INT64_MAX},
		{"unix", "86400/172800", 86400000, 172800000},
		{"%Y-%m-%d", "1970-01-02", 0, 0},
		{"%Y-%m-%d", "1970-01-02/soon", 0, 0},
		{"%Y-%m-%d", "1970-01-02//1970-01-03", 0, 0},
		{"%Y-%m-%d", "", 0, 0},
	};
	static const char long_text[300] = "1970-01-02/";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char message[INSTANT_PATTERN_MESSAGE_SIZE];
		struct instant_pattern pattern;
		int64_t from_ms = 0;
		int64_t to_ms = 0;

		assert_true(instant_pattern_init(&pattern, slice_from(rows[i].format), message));
		if (instant_pattern_parse_interval(&pattern, slice_from(rows[i].text), 0, &from_ms, &to_ms) !=
		            (rows[i].to_ms != 0) ||
		    from_ms != rows[i].from_ms || to_ms != rows[i].to_ms)
			fail_msg("'%s': %lld %lld", rows[i].text, (long long)from_ms, (long long)to_ms);
		assert_false(
			instant_pattern_parse_interval(&pattern, slice_make(long_text, sizeof long_text), 0, &from_ms, &to_ms));
	}
}

static void offset_is_utc_or_a_difference(void **state)
{
	static const struct {
		const char *text;
		int minutes; /* 9999 = refused */
	} rows[] = {
		{"UTC", 0},
		{"utc", 0},
		{"Z", 0},
		{"+02:00", 120},
		{"-0330", -210},
		{"+05", 300},
		{"", 9999},
		{"+24:00", 9999},
		{"+2", 9999},
		{"02:00", 9999},
		{"+02:00x", 9999},
		{"+02:", 9999},
		{"Europe/Berlin", 9999},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int minutes = 9999;

		if (instant_offset_parse(slice_from(rows[i].text), &minutes) != (rows[i].minutes != 9999) ||
		    minutes != rows[i].minutes)
			fail_msg("'%s': %d", rows[i].text, minutes);
	}
}

int instant_pattern_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pattern_reads_what_its_format_says), cmocka_unit_test(pattern_without_format_reads_the_usual),
		cmocka_unit_test(faults_of_a_format_are_named),       cmocka_unit_test(interval_is_read_where_there_is_one_way_to),
		cmocka_unit_test(offset_is_utc_or_a_difference),
	};

	return cmocka_run_group_tests_name("instant_pattern", tests, NULL, NULL);
}
