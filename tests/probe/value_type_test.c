/* What single values look like, and fields by most of their values. */
#include "probe_tests.h"

#include "probe/value_type.h"

#include <string.h>

static void single_values_look_like_what_they_are(void **state)
{
	static const struct {
		const char *text;
		enum value_type type;
	} table[] = {
		{"0", VALUE_BIT},
		{"1", VALUE_BIT},
		{"12", VALUE_INTEGER},
		{"-3", VALUE_INTEGER},
		{"1 620", VALUE_INTEGER},
		{"12.50", VALUE_NUMBER},
		{"1 620,00", VALUE_NUMBER},
		{"15.00 USD", VALUE_MONEY},
		{"EUR 9", VALUE_MONEY},
		{"€ 9,99", VALUE_MONEY},
		{"4006381333931", VALUE_GTIN},
		{"4006381333932", VALUE_INTEGER},
		{"https://shop.example/a", VALUE_URL},
		{"https://shop.example/a.JPG?w=100", VALUE_IMAGE},
		{"https://shop.example/a.jpg/page", VALUE_URL},
		{"http://cdn.example/a.webp", VALUE_IMAGE},
		{"2026-01-31", VALUE_DATE},
		{"2026-01-31T08:00:00+01:00", VALUE_DATE},
		{"31.01.2026", VALUE_DATE},
		{"1/31/2026 10:20", VALUE_DATE},
		{"20260131", VALUE_INTEGER},
		{"31.01.26", VALUE_TEXT},
		{"true", VALUE_BOOL},
		{"Нет", VALUE_BOOL},
		{"in stock", VALUE_AVAILABILITY},
		{"preorder", VALUE_AVAILABILITY},
		{"refurbished", VALUE_CONDITION},
		{"EUR", VALUE_CURRENCY},
		{"RUR", VALUE_CURRENCY},
		{"XYZ", VALUE_TEXT},
		{"de", VALUE_LANGUAGE},
		{"pt-BR", VALUE_LANGUAGE},
		{"xx", VALUE_TEXT},
		{"1.2 kg", VALUE_WEIGHT},
		{"<p>Soft</p>", VALUE_HTML},
		{"a &amp; b", VALUE_HTML},
		{"a < b > c", VALUE_PATH},
		{"Clothing > Jackets", VALUE_PATH},
		{"Clothing|Jackets|Rain", VALUE_PATH},
		{"Clothing/Jackets", VALUE_PATH},
		{"10/20", VALUE_TEXT},
		{"Lamp", VALUE_TEXT},
		{"Дом > Сад", VALUE_PATH},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct value_look look = value_type_of(slice_from(table[i].text));
		if (look.type != table[i].type)
			fail_msg("'%s' looks like %s, not %s", table[i].text, value_type_name(look.type),
			         value_type_name(table[i].type));
	}
}

static void money_tells_its_currency(void **state)
{
	(void)state;
	assert_string_equal(value_type_of(slice_from("15.00 USD")).currency, "USD");
	assert_string_equal(value_type_of(slice_from("1290,- Kč")).currency, "CZK");
}

static void a_field_is_what_nine_in_ten_of_its_values_are(void **state)
{
	static const struct {
		const char *values; /* separated by ';' */
		enum value_type type;
	} table[] = {
		{"1;2;3;4", VALUE_INTEGER},
		{"0;1;1;0", VALUE_BIT},
		{"0;1;5;0", VALUE_INTEGER},
		{"1;2.5;3;4", VALUE_NUMBER},
		{"10 EUR;20 EUR;30", VALUE_MONEY},
		{"true;false;yes", VALUE_BOOL},
		{"1;2;3;four", VALUE_TEXT},
		{"1;2;3;4;5;6;7;8;9;ten", VALUE_INTEGER},
		{"https://a.example/1.jpg;https://a.example/2", VALUE_IMAGE},
		{"https://a.example/1;https://a.example/2", VALUE_URL},
		{"<b>a</b>;plain;plain", VALUE_HTML},
		{"A > B;A > C;A", VALUE_PATH},
		{"in stock;out of stock;preorder", VALUE_AVAILABILITY},
		{"4006381333931;4006381333931", VALUE_GTIN},
		{"lamp;chair", VALUE_TEXT},
		{"", VALUE_TEXT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct value_tally tally = {.values = 0};
		struct slice_splitter splitter = slice_split(slice_from(table[i].values), slice_from(";"));
		struct slice value;
		while (slice_split_next(&splitter, &value)) {
			if (value.size > 0)
				(void)value_tally_add(&tally, value);
		}
		if (value_tally_type(&tally) != table[i].type)
			fail_msg("'%s' is %s, not %s", table[i].values, value_type_name(value_tally_type(&tally)),
			         value_type_name(table[i].type));
	}
}

static void paths_tell_the_separator_of_most(void **state)
{
	struct value_tally tally = {.values = 0};

	(void)state;
	assert_int_equal(value_tally_separator(&tally), VALUE_SEPARATOR_COUNT);
	(void)value_tally_add(&tally, slice_from("A | B"));
	(void)value_tally_add(&tally, slice_from("A | C"));
	(void)value_tally_add(&tally, slice_from("A/B"));
	assert_string_equal(value_separator(value_tally_separator(&tally)), " | ");
}

int run_value_type_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single_values_look_like_what_they_are),
		cmocka_unit_test(money_tells_its_currency),
		cmocka_unit_test(a_field_is_what_nine_in_ten_of_its_values_are),
		cmocka_unit_test(paths_tell_the_separator_of_most),
	};

	return cmocka_run_group_tests_name("value_type", tests, NULL, NULL);
}
