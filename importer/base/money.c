/*
 * Prices with their currency.
 *
 * The number runs from the first digit to the last one; what stands before
 * and behind it must be a sign, a dash in place of decimals, or a currency.
 */
#include "base/money.h"

#include "base/utf8.h"

#include <string.h>

struct price_parts {
	struct slice before; /* the currency in front, or empty */
	struct slice number; /* with its sign where that touches it */
	struct slice behind; /* the currency at the end, or empty */
	bool is_negative;    /* a minus stands before the currency */
};

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_letter(uint32_t code_point)
{
	return (code_point >= 'A' && code_point <= 'Z') || (code_point >= 'a' && code_point <= 'z') ||
	       (code_point >= 0x00C0 && code_point <= 0x024F) || (code_point >= 0x0400 && code_point <= 0x052F);
}

static bool ends_with_letter(struct slice text)
{
	size_t start = text.size;
	size_t size;

	while (start > 0 && text.size - start < 4) {
		start--;
		if (!utf8_is_continuation(text.data[start]))
			return is_letter(utf8_decode(slice_make(text.data + start, text.size - start), &size));
	}
	return false;
}

/* Bytes of a sign at the end of `text`, or 0. */
static size_t sign_at_end(struct slice text)
{
	if (text.size >= 1 && (text.data[text.size - 1] == '-' || text.data[text.size - 1] == '+'))
		return 1;
	return (text.size >= 3 && memcmp(text.data + text.size - 3, "\xE2\x88\x92", 3) == 0) ? 3 : 0;
}

/* How many bytes before the first digit belong to the number: a sign, and the decimal sign of '.99'. */
static size_t number_lead(struct slice before)
{
	size_t lead = 0;

	if (before.size > 0 && (before.data[before.size - 1] == '.' || before.data[before.size - 1] == ',') &&
	    !ends_with_letter(slice_make(before.data, before.size - 1)))
		lead = 1; /* behind a letter the dot is the word's: 'руб.100' */
	return lead + sign_at_end(slice_make(before.data, before.size - lead));
}

/* Bytes of a dash at the start of `text`, or 0. */
static size_t dash_at_start(struct slice text)
{
	static const char *const dashes[] = {"-", "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x88\x92"};

	for (size_t index = 0; index < sizeof(dashes) / sizeof(dashes[0]); index++)
		if (slice_starts_with(text, dashes[index]))
			return strlen(dashes[index]);
	return 0;
}

/* How many bytes behind the last digit belong to the number: ',-' and the like. */
static size_t number_tail(struct slice behind)
{
	const size_t separator = behind.size > 0 && (behind.data[0] == ',' || behind.data[0] == '.') ? 1 : 0;
	size_t tail = separator;
	size_t dash;

	while ((dash = dash_at_start(slice_make(behind.data + tail, behind.size - tail))) > 0)
		tail += dash;
	return tail > separator ? tail : 0; /* a separator alone is no part of a number */
}

static bool take_minus(struct slice *text)
{
	const size_t size = slice_starts_with(*text, "-") ? 1 : slice_starts_with(*text, "\xE2\x88\x92") ? 3 : 0;

	*text = slice_make(text->data + size, text->size - size);
	return size > 0;
}

/* False where there is no digit. */
static bool price_split(struct slice text, struct price_parts *ret_parts)
{
	size_t start = 0;
	size_t end = text.size;
	struct price_parts parts;

	while (start < end && !is_digit(text.data[start]))
		start++;
	if (start == end)
		return false;
	while (!is_digit(text.data[end - 1]))
		end--;
	start -= number_lead(slice_make(text.data, start));
	end += number_tail(slice_make(text.data + end, text.size - end));
	parts = (struct price_parts){
		.before = slice_trim(slice_make(text.data, start)),
		.number = slice_make(text.data + start, end - start),
		.behind = slice_trim(slice_make(text.data + end, text.size - end)),
	};
	if (!slice_is_empty(parts.before))
		parts.is_negative = take_minus(&parts.before);
	parts.before = slice_trim(parts.before);
	*ret_parts = parts;
	return true;
}

/* The currencies that are also written with a bare '$', as in '$15.00 CAD'. */
static bool currency_has_dollar_sign(struct currency currency)
{
	static const char *const codes[] = {"ARS", "AUD", "BBD", "BMD", "BSD", "BZD", "CAD", "CLP", "COP", "DOP", "FJD",
	                                    "HKD", "JMD", "MXN", "NAD", "NZD", "SGD", "TTD", "TWD", "USD", "UYU", "XCD"};

	for (size_t index = 0; index < sizeof(codes) / sizeof(codes[0]); index++)
		if (strcmp(codes[index], currency.code) == 0)
			return true;
	return false;
}

/* One currency at most, or the same one twice. */
static bool price_currency(const struct price_parts *parts, struct currency *ret_currency)
{
	struct currency before = {.code = ""};
	struct currency behind = {.code = ""};

	if (!slice_is_empty(parts->before) && !currency_parse(parts->before, &before))
		return false;
	if (!slice_is_empty(parts->behind) && !currency_parse(parts->behind, &behind))
		return false;
	*ret_currency = behind.code[0] != '\0' ? behind : before;
	if (before.code[0] == '\0' || behind.code[0] == '\0' || strcmp(before.code, behind.code) == 0)
		return true;
	return slice_equal_text(parts->before, "$") && currency_has_dollar_sign(behind);
}

enum number_outcome money_parse(struct slice text, number_decimal_sign sign, struct money *ret_money)
{
	const struct slice trimmed = slice_trim(text);
	struct money money = {.micros = 0};
	struct price_parts parts;
	enum number_outcome outcome;

	if (slice_is_empty(trimmed))
		return NUMBER_EMPTY;
	if (!price_split(trimmed, &parts) || !price_currency(&parts, &money.currency))
		return NUMBER_INVALID;
	if (parts.is_negative && !is_digit(parts.number.data[0]) && parts.number.data[0] != '.' && parts.number.data[0] != ',')
		return NUMBER_INVALID; /* two signs */
	outcome = number_parse_micros(parts.number, sign, &money.micros);
	if (outcome != NUMBER_OK && outcome != NUMBER_AMBIGUOUS && outcome != NUMBER_ROUNDED)
		return outcome;
	if (parts.is_negative)
		money.micros = -money.micros;
	*ret_money = money;
	return outcome;
}
