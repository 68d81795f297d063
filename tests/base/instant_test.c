/* Instants and intervals. */
#include "base/instant.h"

#include "base_tests.h"

static void instant_reads_what_feeds_write(void **state)
{
	static const struct {
		const char *text;
		int offset_minutes;
		int64_t ms;
	} rows[] = {
		{"1970-01-01", 0, 0},
		{"1970-01-01T00:00:00Z", 180, 0},
		{"2017-02-05 17:22", 0, INT64_C(1486315320000)},
		{"2017-02-05 17:22", 180, INT64_C(1486304520000)},
		{"2026-01-31T08:00:00.250+02:00", 0, INT64_C(1769839200250)},
		{"2026-01-31T06:00:00,25Z", 0, INT64_C(1769839200250)},
		{"2026-01-31T06:00:00.250999Z", 0, INT64_C(1769839200250)},
		{"2026-01-30T22:00-0800", 0, INT64_C(1769839200000)},
		{"2026-01-31T08:00+02", 0, INT64_C(1769839200000)},
		{"2026-01-31 08:00:00 +0200", 0, INT64_C(1769839200000)},
		{"2026-01-31t06:00:00z", 0, INT64_C(1769839200000)},
		{"  2026-01-31T06:00:00Z\n", 0, INT64_C(1769839200000)},
		{"2026-01-31", 0, INT64_C(1769817600000)},
		{"20260131", 0, INT64_C(1769817600000)},
		{"20260131", -60, INT64_C(1769821200000)},
		{"2016-12-31T23:59:60Z", 0, INT64_C(1483228799000)},
		{"2000-02-29", 0, INT64_C(951782400000)},
		{"2024-02-29", 0, INT64_C(1709164800000)},
		{"1969-12-31T23:59:59.999Z", 0, -1},
		{"0000-01-01", 0, INT64_C(-62167219200000)},
		{"9999-12-31T23:59:59Z", 0, INT64_C(253402300799000)},
		{"2026-01-31T23:59-00:00", 300, INT64_C(1769903940000)},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
		int64_t ms = -777;

		if (!instant_parse(slice_from(rows[index].text), rows[index].offset_minutes, &ms) || ms != rows[index].ms)
			fail_msg("'%s': %lld", rows[index].text, (long long)ms);
	}
}

static void instant_refuses_what_does_not_exist(void **state)
{
	static const char *const rows[] = {
		"",
		" ",
		"soon",
		"2026",
		"2026-01",
		"2026-1-31",
		"2026-00-10",
		"2026-13-01",
		"2026-01-00",
		"2026-01-32",
		"2026-04-31",
		"2026-02-29",
		"1900-02-29",
		"2100-02-29",
		"20260229",
		"2026-0131",
		"202601-31",
		"31.01.2026",
		"01/31/2026",
		"2026-01-31T",
		"2026-01-31 8:00",
		"2026-01-31T24:00",
		"2026-01-31T23:60",
		"2026-01-31T23:59:61",
		"2026-01-31T23",
		"2026-01-31T23:5",
		"2026-01-31T23:59:",
		"2026-01-31T23:59:5",
		"2026-01-31T23:59:59.",
		"2026-01-31T23:59:59.Z",
		"2026-01-31T23:59Zulu",
		"2026-01-31T23:59+24:00",
		"2026-01-31T23:59+02:60",
		"2026-01-31T23:59+2",
		"2026-01-31T23:59+02:",
		"2026-01-31T23:59+020",
		"2026-01-31T23:59 Europe/Warsaw",
		"2026-01-31Z",
		"-2026-01-31",
		"12026-01-31",
		"2026-01-31T23:59:59.1.2",
		"1769839200",
	};
	int64_t ms = -777;

	(void)state;
	for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
		if (instant_parse(slice_from(rows[index]), 0, &ms))
			fail_msg("'%s' is read as %lld", rows[index], (long long)ms);
		assert_int_equal(ms, -777);
	}
	assert_false(instant_parse(slice_make(NULL, 0), 0, &ms));
}

static void instant_interval_has_two_sides(void **state)
{
	int64_t from_ms = -777;
	int64_t to_ms = -777;

	(void)state;
	assert_true(instant_parse_interval(slice_from("2026-01-30T22:00-0800/2026-02-01T00:00Z"), 0, &from_ms, &to_ms));
	assert_true(from_ms == INT64_C(1769839200000));
	assert_true(to_ms == INT64_C(1769904000000));
	assert_true(instant_parse_interval(slice_from("2026-01-31 / "), 0, &from_ms, &to_ms));
	assert_true(from_ms == INT64_C(1769817600000));
	assert_true(to_ms == INT64_MAX);
	assert_true(instant_parse_interval(slice_from("/2026-01-31"), 60, &from_ms, &to_ms));
	assert_true(from_ms == INT64_MIN);
	assert_true(to_ms == INT64_C(1769814000000));
}

static void instant_interval_refuses_half_readable_ones(void **state)
{
	static const char *const rows[] = {"", "2026-01-31", "2026-01-31/x", "x/2026-01-31", "2026-01-31/2026-02-01/2026-03-01"};
	int64_t from_ms = -777;
	int64_t to_ms = -777;

	(void)state;
	for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++)
		assert_false(instant_parse_interval(slice_from(rows[index]), 0, &from_ms, &to_ms));
	assert_int_equal(from_ms, -777);
	assert_int_equal(to_ms, -777);
}

static void instant_text_reads_back(void **state)
{
	char text[INSTANT_TEXT_SIZE];
	int64_t ms;

	(void)state;
	instant_format(INT64_C(1769839200250), text);
	assert_string_equal(text, "2026-01-31T06:00:00Z");
	instant_format(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59Z");
	instant_format(INT64_MIN, text);
	assert_string_equal(text, "-292275055-05-16T16:47:04Z");
	instant_format(INT64_MAX, text);
	assert_string_equal(text, "292278994-08-17T07:12:55Z");
	/* Every 11 hours and odd seconds over 400 years meets every day of the calendar. */
	for (int64_t at_ms = INT64_C(-8520336000000); at_ms < INT64_C(4102444800000); at_ms += INT64_C(39607000)) {
		instant_format(at_ms, text);
		if (!instant_parse(slice_from(text), 0, &ms) || ms != at_ms)
			fail_msg("%lld is written as %s", (long long)at_ms, text);
	}
}

int instant_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instant_reads_what_feeds_write), cmocka_unit_test(instant_refuses_what_does_not_exist),
		cmocka_unit_test(instant_interval_has_two_sides), cmocka_unit_test(instant_interval_refuses_half_readable_ones),
		cmocka_unit_test(instant_text_reads_back),
	};

	return cmocka_run_group_tests_name("instant", tests, NULL, NULL);
}
