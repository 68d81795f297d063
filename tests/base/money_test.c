/* Prices with their currency. */
#include "base/money.h"

#include "base_tests.h"

#include <string.h>

#define NBSP "\xC2\xA0"
#define MINUS "\xE2\x88\x92"

static void money_reads_prices_as_feeds_write_them(void **state)
{
	static const struct {
		const char *text;
		enum number_outcome outcome;
		int64_t micros;
		const char *code;
	} rows[] = {
		{"15.00 USD", NUMBER_OK, 15000000, "USD"},
		{"USD 15", NUMBER_OK, 15000000, "USD"},
		{"USD15", NUMBER_OK, 15000000, "USD"},
		{"15USD", NUMBER_OK, 15000000, "USD"},
		{"15 usd", NUMBER_OK, 15000000, "USD"},
		{"12", NUMBER_OK, 12000000, ""},
		{"0", NUMBER_OK, 0, ""},
		{"2279,00", NUMBER_OK, 2279000000, ""},
		{"1,290", NUMBER_AMBIGUOUS, 1290000000, ""},
		{"1,290 RUB", NUMBER_AMBIGUOUS, 1290000000, "RUB"},
		{"15,550.00 RUB", NUMBER_OK, 15550000000, "RUB"},
		{"15,00 EUR", NUMBER_OK, 15000000, "EUR"},
		{"1" NBSP "620,00" NBSP "₽", NUMBER_OK, 1620000000, "RUB"},
		{"1 620,00 ₽", NUMBER_OK, 1620000000, "RUB"},
		{"100 RUR", NUMBER_OK, 100000000, "RUB"},
		{"100 руб.", NUMBER_OK, 100000000, "RUB"},
		{"100 РУБ", NUMBER_OK, 100000000, "RUB"},
		{"100р.", NUMBER_OK, 100000000, "RUB"},
		{"руб.100", NUMBER_OK, 100000000, "RUB"},
		{"1290,- Kč", NUMBER_OK, 1290000000, "CZK"},
		{"1.290,-€", NUMBER_OK, 1290000000, "EUR"},
		{"15.- CHF", NUMBER_OK, 15000000, "CHF"},
		{"CHF 1'290.50", NUMBER_OK, 1290500000, "CHF"},
		{"12,50 zł", NUMBER_OK, 12500000, "PLN"},
		{"12,50 ZŁ", NUMBER_OK, 12500000, "PLN"},
		{"€12.50", NUMBER_OK, 12500000, "EUR"},
		{"€.99", NUMBER_OK, 990000, "EUR"},
		{"$-5", NUMBER_OK, -5000000, "USD"},
		{"-$5", NUMBER_OK, -5000000, "USD"},
		{MINUS "5 €", NUMBER_OK, -5000000, "EUR"},
		{MINUS "€5", NUMBER_OK, -5000000, "EUR"},
		{"-€.50", NUMBER_OK, -500000, "EUR"},
		{"R$ 1.290,00", NUMBER_OK, 1290000000, "BRL"},
		{"$15.00 CAD", NUMBER_OK, 15000000, "CAD"},
		{"$15.00 USD", NUMBER_OK, 15000000, "USD"},
		{"EUR 15 €", NUMBER_OK, 15000000, "EUR"},
		{"150 грн.", NUMBER_OK, 150000000, "UAH"},
		{"100 BYR", NUMBER_OK, 100000000, "BYR"},
		{"1e3 JPY", NUMBER_OK, 1000000000, "JPY"},
		{"0.0000001 BTN", NUMBER_ROUNDED, 0, "BTN"},
		{"", NUMBER_EMPTY, 0, ""},
		{" " NBSP, NUMBER_EMPTY, 0, ""},
		{"213.25.00 SAR", NUMBER_INVALID, 0, ""},
		{"call us", NUMBER_INVALID, 0, ""},
		{"EUR", NUMBER_INVALID, 0, ""},
		{"from 5 EUR", NUMBER_INVALID, 0, ""},
		{"5 EUR each", NUMBER_INVALID, 0, ""},
		{"15 XYZ", NUMBER_INVALID, 0, ""},
		{"15 XXX", NUMBER_INVALID, 0, ""},
		{"15 kr", NUMBER_INVALID, 0, ""},
		{"5-10 EUR", NUMBER_INVALID, 0, ""},
		{"5 - 10 EUR", NUMBER_INVALID, 0, ""},
		{"5 EUR / 10 USD", NUMBER_INVALID, 0, ""},
		{"USD 15 EUR", NUMBER_INVALID, 0, ""},
		{"$15 EUR", NUMBER_INVALID, 0, ""},
		{"-$-5", NUMBER_INVALID, 0, ""},
		{"-$" MINUS "5", NUMBER_INVALID, 0, ""},
		{"15, EUR", NUMBER_INVALID, 0, ""},
		{"5 %", NUMBER_INVALID, 0, ""},
		{"5 EUR/m2", NUMBER_INVALID, 0, ""},
		{"$", NUMBER_INVALID, 0, ""},
		{"-", NUMBER_INVALID, 0, ""},
		{"99999999999999 EUR", NUMBER_TOO_LARGE, 0, ""},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
		const bool is_read = rows[index].outcome == NUMBER_OK || rows[index].outcome == NUMBER_AMBIGUOUS ||
		                     rows[index].outcome == NUMBER_ROUNDED;
		struct money money = {.micros = -777, .currency = {"???"}};
		const enum number_outcome outcome = money_parse(slice_from(rows[index].text), '\0', &money);

		if (outcome != rows[index].outcome || money.micros != (is_read ? rows[index].micros : -777) ||
		    strcmp(money.currency.code, is_read ? rows[index].code : "???") != 0)
			fail_msg("'%s': outcome %d, micros %lld, currency '%s'", rows[index].text, (int)outcome,
			         (long long)money.micros, money.currency.code);
	}
}

static void money_follows_the_told_decimal_sign(void **state)
{
	struct money money;

	(void)state;
	assert_int_equal(money_parse(slice_from("1,290 USD"), '.', &money), NUMBER_OK);
	assert_int_equal(money.micros, 1290000000);
	assert_int_equal(money_parse(slice_from("1,290 KWD"), ',', &money), NUMBER_OK);
	assert_int_equal(money.micros, 1290000);
}

/* In memory of the exact size, so that reading beyond it is seen. */
static void money_survives_every_byte_and_cut(void **state)
{
	static const char text[] = "-R$ 1.290,00-\xC2\xA0Kč.";
	struct money money;

	(void)state;
	for (size_t size = 0; size < sizeof(text); size++) {
		for (unsigned byte = 0; byte < 256; byte++) {
			char *exact = test_malloc(size + 1);

			memcpy(exact, text, size);
			exact[size] = (char)byte;
			assert_in_range(money_parse(slice_make(exact, size + 1), '\0', &money), NUMBER_OK, NUMBER_TOO_LARGE);
			test_free(exact);
		}
	}
}

static void currency_knows_words_and_signs(void **state)
{
	static const struct {
		const char *text;
		const char *code; /* NULL = unknown */
	} rows[] = {
		{"USD", "USD"},
		{"eur", "EUR"},
		{" Uah ", "UAH"},
		{"RUR", "RUB"},
		{"rur", "RUB"},
		{"BYN", "BYN"},
		{"BYR", "BYR"},
		{"HRK", "HRK"},
		{"DEM", "DEM"},
		{"€", "EUR"},
		{"$", "USD"},
		{"£", "GBP"},
		{"₽", "RUB"},
		{"₴", "UAH"},
		{"₸", "KZT"},
		{"zł", "PLN"},
		{"Zł", "PLN"},
		{"Kč", "CZK"},
		{"KČ", "CZK"},
		{"грн", "UAH"},
		{"Грн.", "UAH"},
		{"руб.", "RUB"},
		{"Рублей", "RUB"},
		{"TL", "TRY"},
		{"tl", "TRY"},
		{"XCG", "XCG"},
		{"XXX", NULL},
		{"ABC", NULL},
		{"", NULL},
		{".", NULL},
		{"kr", NULL},
		{"US", NULL},
		{"EURO", "EUR"},
		{"E R", NULL},
		{"\xFF\xFF\xFF", NULL},
		{"a word that is much longer than any currency has ever been", NULL},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
		struct currency currency = {"???"};
		const bool is_known = currency_parse(slice_from(rows[index].text), &currency);

		if (is_known != (rows[index].code != NULL) || strcmp(currency.code, is_known ? rows[index].code : "???") != 0)
			fail_msg("'%s' is read as '%s'", rows[index].text, currency.code);
	}
}

/* A table out of order would lose some to the binary search. */
static void currency_search_finds_every_code_of_the_table(void **state)
{
	unsigned known = 0;

	(void)state;
	for (unsigned number = 0; number < 26 * 26 * 26; number++) {
		const char code[3] = {(char)('A' + number / 676), (char)('A' + number / 26 % 26), (char)('A' + number % 26)};

		known += currency_is_known(slice_make(code, 3)) ? 1 : 0;
	}
	assert_int_equal(known, 222);
	assert_false(currency_is_known(slice_from("usd")));
	assert_false(currency_is_known(slice_from("US")));
	assert_false(currency_is_known(slice_from("USDT")));
	assert_false(currency_is_known(slice_from("RUR")));
	assert_false(currency_is_known(slice_make(NULL, 0)));
}

int money_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(money_reads_prices_as_feeds_write_them),
		cmocka_unit_test(money_follows_the_told_decimal_sign),
		cmocka_unit_test(money_survives_every_byte_and_cut),
		cmocka_unit_test(currency_knows_words_and_signs),
		cmocka_unit_test(currency_search_finds_every_code_of_the_table),
	};

	return cmocka_run_group_tests_name("money", tests, NULL, NULL);
}
