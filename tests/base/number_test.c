/* Numbers as feeds write them. */
#include "base/number.h"

#include "base_tests.h"

#define NBSP "\xC2\xA0"
#define THIN "\xE2\x80\x89"
#define NARROW "\xE2\x80\xAF"
#define QUOTE "\xE2\x80\x99"
#define MINUS "\xE2\x88\x92"
#define EN_DASH "\xE2\x80\x93"

#define UNTOUCHED INT64_C(-777)

struct row {
	const char *text;
	char sign;
	enum number_outcome outcome;
	int64_t micros;
};

static void assert_rows(const struct row *rows, size_t count)
{
	for (size_t index = 0; index < count; index++) {
		const struct row *row = &rows[index];
		int64_t micros = UNTOUCHED;
		const enum number_outcome outcome = number_parse_micros(slice_from(row->text), row->sign, &micros);
		const bool is_read = row->outcome == NUMBER_OK || row->outcome == NUMBER_AMBIGUOUS ||
		                     row->outcome == NUMBER_ROUNDED;

		if (outcome != row->outcome || micros != (is_read ? row->micros : UNTOUCHED))
			fail_msg("'%s' by '%c': outcome %d, micros %lld", row->text, row->sign != '\0' ? row->sign : '?',
			         (int)outcome, (long long)micros);
	}
}

#define ASSERT_ROWS(rows) assert_rows((rows), sizeof(rows) / sizeof((rows)[0]))

static void number_reads_plain_decimals(void **state)
{
	static const struct row rows[] = {
		{"0", 0, NUMBER_OK, 0},
		{"1234", 0, NUMBER_OK, 1234000000},
		{"12.50", 0, NUMBER_OK, 12500000},
		{"12.5", '.', NUMBER_OK, 12500000},
		{"15331.74402", 0, NUMBER_OK, 15331744020},
		{"0.000001", 0, NUMBER_OK, 1},
		{"007", 0, NUMBER_OK, 7000000},
		{"+5", 0, NUMBER_OK, 5000000},
		{"-12.5", 0, NUMBER_OK, -12500000},
		{MINUS "12.5", 0, NUMBER_OK, -12500000},
		{"-0", 0, NUMBER_OK, 0},
		{".5", 0, NUMBER_OK, 500000},
		{",5", 0, NUMBER_OK, 500000},
		{"-.5", 0, NUMBER_OK, -500000},
		{".125", 0, NUMBER_OK, 125000},
		{"  12.50\n", 0, NUMBER_OK, 12500000},
		{NBSP "12" NBSP, 0, NUMBER_OK, 12000000},
		{"\xEF\xBB\xBF+7", 0, NUMBER_OK, 7000000},
		{"100.000000", 0, NUMBER_OK, 100000000},
		{"999999999999", 0, NUMBER_OK, INT64_C(999999999999000000)},
		{"999999999999.999999", 0, NUMBER_OK, INT64_C(999999999999999999)},
		{"12.5000000000000000000", 0, NUMBER_OK, 12500000},
		{"00000000000000000000000000012.5", 0, NUMBER_OK, 12500000},
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void number_reads_a_comma_as_decimal_sign(void **state)
{
	static const struct row rows[] = {
		{"2279,00", 0, NUMBER_OK, 2279000000},   {"12,5", 0, NUMBER_OK, 12500000},
		{"12,5", ',', NUMBER_OK, 12500000},      {"1,2345", 0, NUMBER_OK, 1234500},
		{"12,5678", 0, NUMBER_OK, 12567800},     {"0,125", 0, NUMBER_OK, 125000},
		{"0.125", 0, NUMBER_OK, 125000},         {"1234,500", 0, NUMBER_OK, 1234500000},
		{"1234.500", 0, NUMBER_OK, 1234500000},  {"012,345", 0, NUMBER_OK, 12345000},
		{"1 234,567", 0, NUMBER_OK, 1234567000}, {"1 234.567", 0, NUMBER_OK, 1234567000},
		{"1'234.567", 0, NUMBER_OK, 1234567000}, {"1.290", ',', NUMBER_OK, 1290000000},
		{"1,290", '.', NUMBER_OK, 1290000000},   {"1,290", ',', NUMBER_OK, 1290000},
		{"1.290", '.', NUMBER_OK, 1290000},
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void number_with_three_digits_behind_its_only_separator_is_ambiguous(void **state)
{
	static const struct row rows[] = {
		{"1.290", 0, NUMBER_AMBIGUOUS, 1290000},      {"1,290", 0, NUMBER_AMBIGUOUS, 1290000000},
		{"12.345", 0, NUMBER_AMBIGUOUS, 12345000},    {"123,456", 0, NUMBER_AMBIGUOUS, 123456000000},
		{"-1,290", 0, NUMBER_AMBIGUOUS, -1290000000}, {"1,000", 0, NUMBER_AMBIGUOUS, 1000000000},
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void number_reads_groups(void **state)
{
	static const struct row rows[] = {
		{"1 620,00", 0, NUMBER_OK, 1620000000},
		{"1" NBSP "620,00", 0, NUMBER_OK, 1620000000},
		{"1" THIN "620,00", 0, NUMBER_OK, 1620000000},
		{"1" NARROW "620,00", 0, NUMBER_OK, 1620000000},
		{"1 234" NBSP "567", 0, NUMBER_OK, INT64_C(1234567000000)},
		{"15,550.00", 0, NUMBER_OK, 15550000000},
		{"15.550,00", 0, NUMBER_OK, 15550000000},
		{"1,234,567", 0, NUMBER_OK, INT64_C(1234567000000)},
		{"1.234.567", 0, NUMBER_OK, INT64_C(1234567000000)},
		{"1.234.567,89", 0, NUMBER_OK, INT64_C(1234567890000)},
		{"1,234,567.89", '.', NUMBER_OK, INT64_C(1234567890000)},
		{"1,234.567", 0, NUMBER_OK, 1234567000},
		{"1'290", 0, NUMBER_OK, 1290000000},
		{"1" QUOTE "290.50", 0, NUMBER_OK, 1290500000},
		{"12 345", 0, NUMBER_OK, 12345000000},
		{"12 345", ',', NUMBER_OK, 12345000000},
		{"1,00,000", 0, NUMBER_OK, 100000000000},
		{"12,34,567.50", 0, NUMBER_OK, INT64_C(1234567500000)},
		{"1,00,00,000", '.', NUMBER_OK, INT64_C(10000000000000)},
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void number_reads_a_dash_in_place_of_decimals(void **state)
{
	static const struct row rows[] = {
		{"1290,-", 0, NUMBER_OK, 1290000000},
		{"1290,-", '.', NUMBER_OK, 1290000000},
		{"1290.-", 0, NUMBER_OK, 1290000000},
		{"1290,--", 0, NUMBER_OK, 1290000000},
		{"1290," EN_DASH, 0, NUMBER_OK, 1290000000},
		{"1290-", 0, NUMBER_OK, 1290000000},
		{"1 290,-", 0, NUMBER_OK, 1290000000},
		{"1.290,-", 0, NUMBER_OK, 1290000000},
		{"1,290.-", 0, NUMBER_OK, 1290000000},
		{"1'290.-", 0, NUMBER_OK, 1290000000},
		{"-5,-", 0, NUMBER_OK, -5000000},
		{"1.290,-", '.', NUMBER_INVALID, 0},
		{"1,290,-", 0, NUMBER_INVALID, 0},
		{"12,50-", 0, NUMBER_INVALID, 0},
		{"12,50,-", 0, NUMBER_INVALID, 0},
		{"1290--", 0, NUMBER_INVALID, 0},
		{"1290,---", 0, NUMBER_INVALID, 0},
		{",-", 0, NUMBER_INVALID, 0},
		{"-", 0, NUMBER_INVALID, 0},
		{"--", 0, NUMBER_INVALID, 0},
		{"1e3-", 0, NUMBER_INVALID, 0},
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void number_refuses_what_is_none(void **state)
{
	static const struct row rows[] = {
		{"", 0, NUMBER_EMPTY, 0},
		{" \t" NBSP, 0, NUMBER_EMPTY, 0},
		{"213.25.00", 0, NUMBER_INVALID, 0},
		{"213.25.00", '.', NUMBER_INVALID, 0},
		{"213.25.00", ',', NUMBER_INVALID, 0},
		{"abc", 0, NUMBER_INVALID, 0},
		{"12abc", 0, NUMBER_INVALID, 0},
		{"0x10", 0, NUMBER_INVALID, 0},
		{"NaN", 0, NUMBER_INVALID, 0},
		{"inf", 0, NUMBER_INVALID, 0},
		{"12%", 0, NUMBER_INVALID, 0},
		{"12.", 0, NUMBER_INVALID, 0},
		{"12,", 0, NUMBER_INVALID, 0},
		{".", 0, NUMBER_INVALID, 0},
		{",", 0, NUMBER_INVALID, 0},
		{"+", 0, NUMBER_INVALID, 0},
		{"+-5", 0, NUMBER_INVALID, 0},
		{"--5", 0, NUMBER_INVALID, 0},
		{"1..5", 0, NUMBER_INVALID, 0},
		{"1.,5", 0, NUMBER_INVALID, 0},
		{"1  000", 0, NUMBER_INVALID, 0},
		{"1 2", 0, NUMBER_INVALID, 0},
		{"12 50", 0, NUMBER_INVALID, 0},
		{"1234 567", 0, NUMBER_INVALID, 0},
		{"1234,567.00", 0, NUMBER_INVALID, 0},
		{"0 125", 0, NUMBER_INVALID, 0},
		{"0,125,000", 0, NUMBER_INVALID, 0},
		{"0,125", '.', NUMBER_INVALID, 0},
		{"2279,00", '.', NUMBER_INVALID, 0},
		{"12.50", ',', NUMBER_INVALID, 0},
		{"1,234,567", ',', NUMBER_INVALID, 0},
		{"1.234,567.89", 0, NUMBER_INVALID, 0},
		{"1.234,567,89", 0, NUMBER_INVALID, 0},
		{"1 234.567,00", 0, NUMBER_INVALID, 0},
		{"1.234 567", 0, NUMBER_INVALID, 0},
		{"1,00,00", 0, NUMBER_INVALID, 0},
		{"123,00,000", 0, NUMBER_INVALID, 0},
		{"1,00,0000,000", 0, NUMBER_INVALID, 0},
		{"1.00.000", 0, NUMBER_INVALID, 0},
		{"1,234,56,789", 0, NUMBER_INVALID, 0},
		{"12.05.2026", 0, NUMBER_INVALID, 0},
		{"5'11", 0, NUMBER_INVALID, 0},
		{"'5", 0, NUMBER_INVALID, 0},
		{"5-10", 0, NUMBER_INVALID, 0},
		{"1\t000", 0, NUMBER_INVALID, 0},
		{"\xD9\xA1\xD9\xA2", 0, NUMBER_INVALID, 0},
		{"5\xC2", 0, NUMBER_INVALID, 0},
		{"5\xE2\x80", 0, NUMBER_INVALID, 0},
	};
	int64_t micros = UNTOUCHED;

	(void)state;
	ASSERT_ROWS(rows);
	assert_int_equal(number_parse_micros(slice_make(NULL, 0), 0, &micros), NUMBER_EMPTY);
	assert_int_equal(number_parse_micros(slice_make("1\0", 2), 0, &micros), NUMBER_INVALID);
	assert_int_equal(micros, UNTOUCHED);
}

static void number_reads_short_exponents(void **state)
{
	static const struct row rows[] = {
		{"1e3", 0, NUMBER_OK, 1000000000},
		{"1E3", 0, NUMBER_OK, 1000000000},
		{"1.5e+03", 0, NUMBER_OK, 1500000000},
		{"1.290e3", 0, NUMBER_OK, 1290000000},
		{"125e-2", 0, NUMBER_OK, 1250000},
		{"0e99", 0, NUMBER_OK, 0},
		{"1e-6", 0, NUMBER_OK, 1},
		{"1e-7", 0, NUMBER_ROUNDED, 0},
		{"9e-99", 0, NUMBER_ROUNDED, 0},
		{"1e13", 0, NUMBER_TOO_LARGE, 0},
		{"1e99", 0, NUMBER_TOO_LARGE, 0},
		{"1e100", 0, NUMBER_INVALID, 0},
		{"1e", 0, NUMBER_INVALID, 0},
		{"e3", 0, NUMBER_INVALID, 0},
		{"1e+", 0, NUMBER_INVALID, 0},
		{"1e3.5", 0, NUMBER_INVALID, 0},
		{"1e3e3", 0, NUMBER_INVALID, 0},
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void number_rounds_half_away_from_zero(void **state)
{
	static const struct row rows[] = {
		{"0.0000005", 0, NUMBER_ROUNDED, 1},           {"-0.0000005", 0, NUMBER_ROUNDED, -1},
		{"0.00000049999999999", 0, NUMBER_ROUNDED, 0}, {"1.2345675", 0, NUMBER_ROUNDED, 1234568},
		{"1.23456749", 0, NUMBER_ROUNDED, 1234567},    {"1.2345670000000", 0, NUMBER_OK, 1234567},
		{"0.9999999", 0, NUMBER_ROUNDED, 1000000},     {"1,00000000000000000001", 0, NUMBER_ROUNDED, 1000000},
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void number_knows_the_ends_of_its_range(void **state)
{
	static const struct row rows[] = {
		{"9223372036854.775807", 0, NUMBER_OK, INT64_MAX},
		{"-9223372036854.775808", 0, NUMBER_OK, INT64_MIN},
		{"9223372036854.775808", 0, NUMBER_TOO_LARGE, 0},
		{"-9223372036854.775809", 0, NUMBER_TOO_LARGE, 0},
		{"9223372036854.7758075", 0, NUMBER_TOO_LARGE, 0},
		{"18446744073709.5516159", 0, NUMBER_TOO_LARGE, 0},
		{"9223372036854", 0, NUMBER_OK, INT64_C(9223372036854000000)},
		{"9223372036855", 0, NUMBER_TOO_LARGE, 0},
		{"9999999999999", 0, NUMBER_TOO_LARGE, 0},
		{"9999999999999999999", 0, NUMBER_TOO_LARGE, 0},
		{"99999999999999999999999999999999999999", 0, NUMBER_TOO_LARGE, 0},
	};

	(void)state;
	ASSERT_ROWS(rows);
}

static void number_reads_integers_in_a_range(void **state)
{
	static const struct {
		const char *text;
		int64_t minimum;
		int64_t maximum;
		bool is_read;
		int64_t value;
	} rows[] = {
		{"0", 0, 10, true, 0},
		{"10", 0, 10, true, 10},
		{"11", 0, 10, false, 0},
		{"-1", 0, 10, false, 0},
		{"-1", -5, 10, true, -1},
		{"007", 0, 10, true, 7},
		{"9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX},
		{"9223372036854775808", INT64_MIN, INT64_MAX, false, 0},
		{"-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN},
		{"-9223372036854775809", INT64_MIN, INT64_MAX, false, 0},
		{"99999999999999999999", INT64_MIN, INT64_MAX, false, 0},
		{"", INT64_MIN, INT64_MAX, false, 0},
		{"-", INT64_MIN, INT64_MAX, false, 0},
		{"+1", INT64_MIN, INT64_MAX, false, 0},
		{" 1", INT64_MIN, INT64_MAX, false, 0},
		{"1 ", INT64_MIN, INT64_MAX, false, 0},
		{"1.0", INT64_MIN, INT64_MAX, false, 0},
		{"1e3", INT64_MIN, INT64_MAX, false, 0},
		{"--1", INT64_MIN, INT64_MAX, false, 0},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
		int64_t value = UNTOUCHED;

		assert_int_equal(
			number_parse_integer(slice_from(rows[index].text), rows[index].minimum, rows[index].maximum, &value),
			rows[index].is_read);
		assert_int_equal(value, rows[index].is_read ? rows[index].value : UNTOUCHED);
	}
}

static void number_writes_the_shortest_exact_decimal(void **state)
{
	static const struct {
		int64_t micros;
		unsigned decimals;
		const char *text;
	} rows[] = {
		{0, 0, "0"},
		{0, 2, "0.00"},
		{14500000, 0, "14.5"},
		{14500000, 2, "14.50"},
		{3000000, 0, "3"},
		{-1, 0, "-0.000001"},
		{-1500000, 2, "-1.50"},
		{1234567, 2, "1.234567"},
		{10000000, 1, "10.0"},
		{1, 8, "0.00000100"},
		{INT64_MAX, 0, "9223372036854.775807"},
		{INT64_MIN, 0, "-9223372036854.775808"},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
		struct buffer buffer;
		int64_t micros = UNTOUCHED;

		buffer_init(&buffer, 100);
		number_append_micros(&buffer, rows[index].micros, rows[index].decimals);
		assert_string_equal(buffer_text(&buffer), rows[index].text);
		assert_int_equal(number_parse_micros(buffer_slice(&buffer), '.', &micros), NUMBER_OK);
		assert_true(micros == rows[index].micros);
		buffer_release(&buffer);
	}
}

static void number_sums_without_overflow(void **state)
{
	int64_t sum = UNTOUCHED;

	(void)state;
	assert_true(number_add(INT64_MAX - 1, 1, &sum));
	assert_true(sum == INT64_MAX);
	sum = UNTOUCHED;
	assert_false(number_add(INT64_MAX, 1, &sum));
	assert_false(number_add(INT64_MIN, -1, &sum));
	assert_int_equal(sum, UNTOUCHED);
}

static void number_in_minor_units_is_scaled_down(void **state)
{
	static const struct {
		int64_t micros;
		unsigned digits;
		int64_t scaled;
		bool is_exact;
	} rows[] = {
		{1299000000, 2, 12990000, true},
		{1299000000, 0, 1299000000, true},
		{1299000000, 3, 1299000, true},
		{1000000, 6, 1, true},
		{150, 2, 2, false},
		{149, 2, 1, false},
		{-150, 2, -2, false},
		{-149, 2, -1, false},
		{4, 1, 0, false},
		{5, 1, 1, false},
		{INT64_MAX, 2, INT64_C(92233720368547758), false},
		{INT64_MIN, 6, INT64_C(-9223372036855), false},
		{0, 2, 0, true},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
		int64_t scaled = UNTOUCHED;

		if (number_scale_down(rows[index].micros, rows[index].digits, &scaled) != rows[index].is_exact ||
		    scaled != rows[index].scaled)
			fail_msg("row %zu: %lld", index, (long long)scaled);
	}
}

int number_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(number_reads_plain_decimals),
		cmocka_unit_test(number_reads_a_comma_as_decimal_sign),
		cmocka_unit_test(number_with_three_digits_behind_its_only_separator_is_ambiguous),
		cmocka_unit_test(number_reads_groups),
		cmocka_unit_test(number_reads_a_dash_in_place_of_decimals),
		cmocka_unit_test(number_refuses_what_is_none),
		cmocka_unit_test(number_reads_short_exponents),
		cmocka_unit_test(number_rounds_half_away_from_zero),
		cmocka_unit_test(number_knows_the_ends_of_its_range),
		cmocka_unit_test(number_reads_integers_in_a_range),
		cmocka_unit_test(number_writes_the_shortest_exact_decimal),
		cmocka_unit_test(number_sums_without_overflow),
		cmocka_unit_test(number_in_minor_units_is_scaled_down),
	};

	return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
