/* Words, truth values, GTIN, URL and weight. */
#include "catalog/values.h"
#include "catalog_tests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct word_case {
	const char *text;
	const char *expected; /* NULL = unknown */
};

static void check_words(const struct word_case *cases, size_t count, const char *(*parse)(struct slice))
{
	for (size_t i = 0; i < count; i++) {
		const char *result = parse(slice_from(cases[i].text));
		const char *expected = cases[i].expected;

		if ((result == NULL) != (expected == NULL) || (result != NULL && strcmp(result, expected) != 0))
			fail_msg("'%s' is %s, not %s", cases[i].text, result != NULL ? result : "unknown",
			         expected != NULL ? expected : "unknown");
	}
}

static const struct word_case availability_cases[] = {
	{"1", "in_stock"},
	{"available", "in_stock"},
	{"in_stock", "in_stock"},
	{"in_store_only", "in_stock"},
	{"instock", "in_stock"},
	{"instoreonly", "in_stock"},
	{"online_only", "in_stock"},
	{"onlineonly", "in_stock"},
	{"true", "in_stock"},
	{"y", "in_stock"},
	{"yes", "in_stock"},
	{"в_наличии", "in_stock"},
	{"в_наявності", "in_stock"},
	{"да", "in_stock"},
	{"есть", "in_stock"},
	{"есть_в_наличии", "in_stock"},
	{"так", "in_stock"},
	{"є", "in_stock"},
	{"є_в_наявності", "in_stock"},
	{"0", "out_of_stock"},
	{"false", "out_of_stock"},
	{"mark_as_sold", "out_of_stock"},
	{"n", "out_of_stock"},
	{"no", "out_of_stock"},
	{"not_available", "out_of_stock"},
	{"not_in_stock", "out_of_stock"},
	{"out of stock", "out_of_stock"},
	{"outofstock", "out_of_stock"},
	{"reserved", "out_of_stock"},
	{"sold", "out_of_stock"},
	{"sold_out", "out_of_stock"},
	{"soldout", "out_of_stock"},
	{"temporarily out of stock", "out_of_stock"},
	{"unavailable", "out_of_stock"},
	{"нема_в_наявності", "out_of_stock"},
	{"немає", "out_of_stock"},
	{"немає_в_наявності", "out_of_stock"},
	{"нет", "out_of_stock"},
	{"нет в наличии", "out_of_stock"},
	{"ні", "out_of_stock"},
	{"pre_order", "preorder"},
	{"pre sale", "preorder"},
	{"preorder", "preorder"},
	{"presale", "preorder"},
	{"передзамовлення", "preorder"},
	{"предварительный_заказ", "preorder"},
	{"предзаказ", "preorder"},
	{"available_for_order", "backorder"},
	{"back order", "backorder"},
	{"backorder", "backorder"},
	{"backordered", "backorder"},
	{"on back order", "backorder"},
	{"on_backorder", "backorder"},
	{"onbackorder", "backorder"},
	{"made_to_order", "on_order"},
	{"madetoorder", "on_order"},
	{"on_order", "on_order"},
	{"to_order", "on_order"},
	{"на заказ", "on_order"},
	{"под_заказ", "on_order"},
	{"під_замовлення", "on_order"},
	{"limited", "limited"},
	{"limited availability", "limited"},
	{"limited_stock", "limited"},
	{"limitedavailability", "limited"},
	{"low stock", "limited"},
	{"lowstock", "limited"},
	{"archived", "discontinued"},
	{"discontinued", "discontinued"},
	{"end_of_life", "discontinued"},
	{"знято_з_виробництва", "discontinued"},
	{"снят с производства", "discontinued"},
	{"unknown", "unknown"},
	/* any case, joint and white space */
	{"In Stock", "in_stock"},
	{"IN_STOCK", "in_stock"},
	{" in-stock\n", "in_stock"},
	{"in  stock", "in_stock"},
	{"in\u00A0stock", "in_stock"},
	{"TRUE", "in_stock"},
	{"Yes", "in_stock"},
	{"Y", "in_stock"},
	{"False", "out_of_stock"},
	{"N", "out_of_stock"},
	{"ДА", "in_stock"},
	{"Нет", "out_of_stock"},
	{"Под Заказ", "on_order"},
	{"НЕТ В НАЛИЧИИ", "out_of_stock"},
	{"Є В НАЯВНОСТІ", "in_stock"},
	{"OutOfStock", "out_of_stock"},
	{"Pre-Order", "preorder"},
	{"available for order", "backorder"},
	/* schema.org */
	{"http://schema.org/InStock", "in_stock"},
	{"https://schema.org/OutOfStock", "out_of_stock"},
	{"https://www.schema.org/SoldOut", "out_of_stock"},
	{"schema.org/PreOrder", "preorder"},
	{"https://schema.org/PreSale", "preorder"},
	{"https://schema.org/BackOrder", "backorder"},
	{"https://schema.org/MadeToOrder", "on_order"},
	{"https://schema.org/LimitedAvailability", "limited"},
	{"https://schema.org/Discontinued", "discontinued"},
	{"https://schema.org/OnlineOnly", "in_stock"},
	{"https://schema.org/InStoreOnly", "in_stock"},
	{"https://schema.org/Reserved", "out_of_stock"},
	/* none of them */
	{"", NULL},
	{"  ", NULL},
	{"1-3", NULL},
	{"-1", NULL},
	{"- 1", NULL},
	{"_0_", NULL},
	{"2", NULL},
	{"01", NULL},
	{"instockx", NULL},
	{"in stoc", NULL},
	{"i n stock", NULL},
	{"schema.org/", NULL},
	{"https://schema.org/", NULL},
	{"\xD0", NULL},
	{"\xD0\x01", NULL},
	{"in stock in stock in stock in stock in stock in stock in stock in stock in stock", NULL},
};

static void availability_reads_the_words_of_any_feed(void **state)
{
	(void)state;
	check_words(availability_cases, COUNT_OF(availability_cases), availability_parse);
	assert_null(availability_parse((struct slice){NULL, 0}));
	assert_null(availability_parse((struct slice){"1\0", 2}));
}

static void availability_yields_canonical_words_only(void **state)
{
	static const char *const others[] = {"", "in stock", "In_stock", "in_stock ", "available", "unknow", "limitedx"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(availability_cases); i++)
		if (availability_cases[i].expected != NULL)
			assert_true(availability_is_canonical(slice_from(availability_cases[i].expected)));
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_false(availability_is_canonical(slice_from(others[i])));
}

static const struct word_case condition_cases[] = {
	{"brand_new", "new"},
	{"new", "new"},
	{"newcondition", "new"},
	{"нова", "new"},
	{"новая", "new"},
	{"нове", "new"},
	{"новий", "new"},
	{"новое", "new"},
	{"новый", "new"},
	{"reconditioned", "refurbished"},
	{"refurbished", "refurbished"},
	{"refurbishedcondition", "refurbished"},
	{"remanufactured", "refurbished"},
	{"renewed", "refurbished"},
	{"восстановленный", "refurbished"},
	{"восстановлено", "refurbished"},
	{"відновлений", "refurbished"},
	{"certified_pre_owned", "used"},
	{"cpo", "used"},
	{"fashionpreowned", "used"},
	{"like_new", "used"},
	{"likenew", "used"},
	{"open_box", "used"},
	{"open_box_new", "used"},
	{"pre owned", "used"},
	{"preowned", "used"},
	{"second_hand", "used"},
	{"secondhand", "used"},
	{"showcasesample", "used"},
	{"used", "used"},
	{"used fair", "used"},
	{"used_good", "used"},
	{"used_like_new", "used"},
	{"usedcondition", "used"},
	{"б/у", "used"},
	{"бывший_в_употреблении", "used"},
	{"вживаний", "used"},
	{"NEW", "new"},
	{" New ", "new"},
	{"https://schema.org/NewCondition", "new"},
	{"http://schema.org/UsedCondition", "used"},
	{"https://schema.org/RefurbishedCondition", "refurbished"},
	{"Pre-Owned", "used"},
	{"Б/У", "used"},
	{"Новый", "new"},
	{"USED_GOOD", "used"},
	{"", NULL},
	{"newish", NULL},
	{"1", NULL},
	{"damaged", NULL},
	{"https://schema.org/DamagedCondition", NULL},
	{"ne w", NULL},
};

static void condition_reads_the_words_of_any_feed(void **state)
{
	(void)state;
	check_words(condition_cases, COUNT_OF(condition_cases), condition_parse);
	assert_true(condition_is_canonical(slice_from("new")));
	assert_true(condition_is_canonical(slice_from("refurbished")));
	assert_true(condition_is_canonical(slice_from("used")));
	assert_false(condition_is_canonical(slice_from("New")));
	assert_false(condition_is_canonical(slice_from("")));
}

static void bool_reads_truth_in_any_case_and_nothing_else(void **state)
{
	static const struct {
		const char *text;
		enum bool_outcome expected;
	} cases[] = {
		{"true", BOOL_TRUE},
		{"false", BOOL_FALSE},
		{"1", BOOL_TRUE},
		{"0", BOOL_FALSE},
		{"yes", BOOL_TRUE},
		{"no", BOOL_FALSE},
		{"y", BOOL_TRUE},
		{"n", BOOL_FALSE},
		{"да", BOOL_TRUE},
		{"нет", BOOL_FALSE},
		{"TRUE", BOOL_TRUE},
		{"False", BOOL_FALSE},
		{"YES", BOOL_TRUE},
		{"No", BOOL_FALSE},
		{"Y", BOOL_TRUE},
		{"N", BOOL_FALSE},
		{"Да", BOOL_TRUE},
		{"ДА", BOOL_TRUE},
		{"НЕТ", BOOL_FALSE},
		{"Нет", BOOL_FALSE},
		{" true\n", BOOL_TRUE},
		{"\u00A0да\u00A0", BOOL_TRUE},
		{"", BOOL_EMPTY},
		{" \t\n", BOOL_EMPTY},
		{"\u00A0", BOOL_EMPTY},
		{"2", BOOL_INVALID},
		{"-1", BOOL_INVALID},
		{"01", BOOL_INVALID},
		{"tru", BOOL_INVALID},
		{"truee", BOOL_INVALID},
		{"t", BOOL_INVALID},
		{"on", BOOL_INVALID},
		{"да да", BOOL_INVALID},
		{"д", BOOL_INVALID},
		{"in stock", BOOL_INVALID},
		{"null", BOOL_INVALID},
		{"true_", BOOL_INVALID},
		{"no no no no no no no no no no no no no no no no no no no no no no no no", BOOL_INVALID},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (bool_parse(slice_from(cases[i].text)) != cases[i].expected)
			fail_msg("'%s' is not %d", cases[i].text, (int)cases[i].expected);
}

static void gtin_has_a_right_check_digit(void **state)
{
	static const struct {
		const char *text;
		bool expected;
	} cases[] = {
		{"96385074", true},
		{"73513537", true},
		{"036000291452", true},
		{"4006381333931", true},
		{"5901234123457", true},
		{"9780306406157", true},
		{"10012345678902", true},
		{"00012345600012", true},
		{"04006381333931", true},
		{"4006381333930", false},
		{"4006381333932", false},
		{"4060381333931", false},
		{"96385075", false},
		{"036000291453", false},
		{"10012345678903", false},
		{"", false},
		{"0", false},
		{"4006381", false},
		{"400638133393", false},
		{"400638133", false},
		{"40063813339310", false},
		{"040063813339310", false},
		{" 4006381333931", false},
		{"400638133393X", false},
		{"4006-38133393", false},
		{"4.00638E+12", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (gtin_is_valid(slice_from(cases[i].text)) != cases[i].expected)
			fail_msg("GTIN '%s'", cases[i].text);
}

static void url_is_absolute_with_scheme_and_host(void **state)
{
	static const struct {
		const char *text;
		bool expected;
	} cases[] = {
		{"https://shop.example/p/1", true},
		{"http://shop.example", true},
		{"HTTPS://SHOP.EXAMPLE/", true},
		{"Http://shop.example?a=b", true},
		{"https://shop.example#top", true},
		{"https://shop.example:8443/p", true},
		{"https://shop.example:/p", true},
		{"https://user:word@shop.example/p", true},
		{"https://192.0.2.7/p", true},
		{"https://[2001:db8::7]/p", true},
		{"https://[2001:db8::7]:8443/p", true},
		{"https://магазин.example/товар", true},
		{"https://shop.example/a b", true},
		{"https://shop.example/p?u=http://other.example/@x", true},
		{"https://localhost/p", true},
		{"https://shop.example/?q=a@b:c", true},
		{"", false},
		{"https://", false},
		{"https:///p", false},
		{"https://?q", false},
		{"https:shop.example", false},
		{"https:/shop.example", false},
		{"ftp://shop.example/", false},
		{"//shop.example/p", false},
		{"/p/1", false},
		{"shop.example/p", false},
		{"www.shop.example", false},
		{"javascript:alert(1)", false},
		{" https://shop.example", false},
		{"https://sh op.example/", false},
		{"https://shop.example/\n", false},
		{"https://shop.example/\x7F", false},
		{"https://user@", false},
		{"https://:443/p", false},
		{"https://shop.example:http/", false},
		{"https://shop.example:65536/", false},
		{"https://shop.example:65535/", true},
		{"https://shop.example:000001/", false},
		{"https://[2001:db8::7/p", false},
		{"https://[]/p", false},
		{"https://[shop]/p", false},
		{"https://a<b/p", false},
		{"https://.example/p", false},
		{"https://a:b:1/p", false},
		{"https//shop.example", false},
		{"httpss://shop.example", false},
		{"http", false},
		{"http://", false},
		{"https:/", false},
		{"https://a", true},
		{"https://shop.example/a-very-long-path/of-more-than-eight-bytes\x1F/x", false},
		{"https://shop.example/a-very-long-path/of-more-than-eight-bytes\x80\xFF", true},
		{"https://shop.example/x\x7F", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		if (url_is_absolute(slice_from(cases[i].text)) != cases[i].expected)
			fail_msg("URL '%s'", cases[i].text);
	assert_false(url_is_absolute((struct slice){NULL, 0}));
	assert_false(url_is_absolute((struct slice){"https://a\0b/", 12}));
}

static void weight_becomes_grams(void **state)
{
	static const struct {
		const char *text;
		number_decimal_sign sign;
		const char *unit;
		enum number_outcome outcome;
		int64_t grams;
	} cases[] = {
		{"1.5 kg", 0, "kg", NUMBER_OK, 1500},
		{"200 g", 0, "kg", NUMBER_OK, 200},
		{"2 lb", 0, "kg", NUMBER_OK, 907},
		{"3 oz", 0, "kg", NUMBER_OK, 85},
		{"0.2", 0, "kg", NUMBER_OK, 200},
		{"5", 0, "g", NUMBER_OK, 5},
		{"1", 0, "lb", NUMBER_OK, 454},
		{"1", 0, "oz", NUMBER_OK, 28},
		{"1.5kg", 0, "g", NUMBER_OK, 1500},
		{"1,5 KG", 0, "g", NUMBER_OK, 1500},
		{"1,5 kg", ',', "g", NUMBER_OK, 1500},
		{" 12 Kg. ", 0, "g", NUMBER_OK, 12000},
		{"0,35 кг", 0, "g", NUMBER_OK, 350},
		{"350 г", 0, "kg", NUMBER_OK, 350},
		{"350 Гр.", 0, "kg", NUMBER_OK, 350},
		{"2\u00A0КГ", 0, "g", NUMBER_OK, 2000},
		{"1 200 g", 0, "kg", NUMBER_OK, 1200},
		{"10 lbs", 0, "kg", NUMBER_OK, 4536},
		{"16 ounces", 0, "kg", NUMBER_OK, 454},
		{"2 pounds", 0, "kg", NUMBER_OK, 907},
		{"1 kilogram", 0, "g", NUMBER_OK, 1000},
		{"7 grams", 0, "kg", NUMBER_OK, 7},
		{"1500 mg", 0, "kg", NUMBER_OK, 2},
		{"1 ounce", 0, "kg", NUMBER_OK, 28},
		{"1 pound", 0, "kg", NUMBER_OK, 454},
		{"1 gram", 0, "kg", NUMBER_OK, 1},
		{"2 kgs", 0, "g", NUMBER_OK, 2000},
		{"2 kilograms", 0, "g", NUMBER_OK, 2000},
		{"3 gr", 0, "kg", NUMBER_OK, 3},
		{"2500 мг", 0, "kg", NUMBER_OK, 3},
		{"4 гр", 0, "kg", NUMBER_OK, 4},
		{"1.2 t", 0, "kg", NUMBER_OK, 1200000},
		{"2 т", 0, "kg", NUMBER_OK, 2000000},
		{"3", 0, "t", NUMBER_OK, 3000000},
		{"1.5", 0, "KGM", NUMBER_OK, 1500},
		{"5", 0, "GRM", NUMBER_OK, 5},
		{"1", 0, "LBR", NUMBER_OK, 454},
		{"1500", 0, "mg", NUMBER_OK, 2},
		/* half up */
		{"0.5 g", 0, "kg", NUMBER_OK, 1},
		{"0.499999 g", 0, "kg", NUMBER_OK, 0},
		{"1.5 g", 0, "kg", NUMBER_OK, 2},
		{"2.5 g", 0, "kg", NUMBER_OK, 3},
		{"0.0005", 0, "kg", NUMBER_OK, 1},
		{"0.000499", 0, "kg", NUMBER_OK, 0},
		{"0", 0, "kg", NUMBER_OK, 0},
		{"-2 kg", 0, "kg", NUMBER_OK, -2000},
		{"-0.5 g", 0, "kg", NUMBER_OK, 0},
		{"-0.6 g", 0, "kg", NUMBER_OK, -1},
		{"-1.5 g", 0, "kg", NUMBER_OK, -1},
		/* the number's own outcomes */
		{"1,290 kg", 0, "g", NUMBER_AMBIGUOUS, 1290000},
		{"1,290 kg", ',', "g", NUMBER_OK, 1290},
		{"1.00000049 kg", 0, "g", NUMBER_ROUNDED, 1000},
		{"", 0, "kg", NUMBER_EMPTY, -7},
		{" \n", 0, "kg", NUMBER_EMPTY, -7},
		{"heavy", 0, "kg", NUMBER_INVALID, -7},
		{"kg", 0, "kg", NUMBER_INVALID, -7},
		{" kg", 0, "kg", NUMBER_INVALID, -7},
		{"5 st", 0, "kg", NUMBER_INVALID, -7},
		{"5 kg 3", 0, "kg", NUMBER_INVALID, -7},
		{"kg 5", 0, "kg", NUMBER_INVALID, -7},
		{"5 k g", 0, "kg", NUMBER_INVALID, -7},
		{"5 шт", 0, "kg", NUMBER_INVALID, -7},
		{"5", 0, "stone", NUMBER_INVALID, -7},
		{"5", 0, NULL, NUMBER_INVALID, -7},
		{".", 0, "kg", NUMBER_INVALID, -7},
		{"5 kg..", 0, "kg", NUMBER_INVALID, -7},
		{"1-2 kg", 0, "kg", NUMBER_INVALID, -7},
		/* the range */
		{"1000000000000", 0, "kg", NUMBER_OK, 1000000000000000},
		{"9223372036854 lb", 0, "kg", NUMBER_OK, 4183651181588333},
		{"9223372036855 lb", 0, "kg", NUMBER_TOO_LARGE, -7},
		{"9223372036854775807", 0, "g", NUMBER_TOO_LARGE, -7},
		{"9223372036854 g", 0, "g", NUMBER_OK, 9223372036854},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t grams = -7;
		enum number_outcome outcome = weight_parse(slice_from(cases[i].text), cases[i].sign, slice_from(cases[i].unit),
		                                           &grams);

		if (outcome != cases[i].outcome || grams != cases[i].grams)
			fail_msg("'%s': outcome %d, %lld g", cases[i].text, (int)outcome, (long long)grams);
	}
}

static void status_reads_the_words_of_any_feed(void **state)
{
	static const struct {
		const char *text;
		const char *expected; /* NULL = unknown */
	} cases[] = {
		{"hidden", "hidden"},
		{"Draft", "hidden"},
		{"ARCHIVED", "hidden"},
		{"private", "hidden"},
		{"disabled", "hidden"},
		{"true", "hidden"},
		{"1", "hidden"},
		{"active", "active"},
		{"publish", "active"},
		{"Enabled", "active"},
		{"false", "active"},
		{" visible ", "active"},
		{"0", "active"},
		{"2", NULL},
		{"", NULL},
		{"perhaps", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *word = status_parse(slice_from(cases[i].text));

		if ((word == NULL) != (cases[i].expected == NULL) || (word != NULL && strcmp(word, cases[i].expected) != 0))
			fail_msg("status '%s': %s", cases[i].text, word != NULL ? word : "unknown");
	}
}

static void kinds_of_prices_have_one_name_each(void **state)
{
	static const struct {
		const char *text;
		const char *expected; /* NULL = unknown */
	} cases[] = {
		{"cost", "cost"},   {"Purchase price", "cost"}, {"RRP", "msrp"}, {"uvp", "msrp"}, {"special_price", "sale"},
		{"minimum", "min"}, {"net_list", NULL},         {"", NULL},      {"1", NULL},
	};

	(void)state;
	for (size_t i = 0; i < PRICE_KIND_COUNT; i++)
		assert_string_equal(price_kind_parse(slice_from(price_kind_names[i])), price_kind_names[i]);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *word = price_kind_parse(slice_from(cases[i].text));

		if ((word == NULL) != (cases[i].expected == NULL) || (word != NULL && strcmp(word, cases[i].expected) != 0))
			fail_msg("kind '%s': %s", cases[i].text, word != NULL ? word : "unknown");
	}
}

int values_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(availability_reads_the_words_of_any_feed),
		cmocka_unit_test(availability_yields_canonical_words_only),
		cmocka_unit_test(condition_reads_the_words_of_any_feed),
		cmocka_unit_test(bool_reads_truth_in_any_case_and_nothing_else),
		cmocka_unit_test(gtin_has_a_right_check_digit),
		cmocka_unit_test(url_is_absolute_with_scheme_and_host),
		cmocka_unit_test(weight_becomes_grams),
		cmocka_unit_test(status_reads_the_words_of_any_feed),
		cmocka_unit_test(kinds_of_prices_have_one_name_each),
	};

	return cmocka_run_group_tests_name("catalog values", tests, NULL, NULL);
}
