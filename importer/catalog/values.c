/* GTIN, URL and weight. */
#include "catalog/values.h"

#include "catalog/word.h"

#include <stdint.h>
#include <string.h>

bool gtin_is_valid(struct slice text)
{
	unsigned sum = 0;

	if (text.size != 8 && text.size != 12 && text.size != 13 && text.size != 14)
		return false;
	/* From the right, the check digit weighs one, its neighbour three, and so on. */
	for (size_t i = 0; i < text.size; i++) {
		char digit = text.data[text.size - 1 - i];

		if (digit < '0' || digit > '9')
			return false;
		sum += (unsigned)(digit - '0') * (i % 2 == 0 ? 1u : 3u);
	}
	return sum % 10 == 0;
}

static bool is_one_of(char byte, const char *bytes)
{
	return byte != '\0' && strchr(bytes, byte) != NULL;
}

static bool is_port(struct slice text)
{
	uint32_t port = 0;

	if (text.size > 5)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		port = port * 10 + (uint32_t)(text.data[i] - '0');
	}
	return port <= 65535;
}

/* A name, an IPv4 address, or an IPv6 address in brackets; names may be international. */
static bool is_host(struct slice text)
{
	size_t i = 0;

	if (text.size > 2 && text.data[0] == '[' && text.data[text.size - 1] == ']') {
		for (i = 1; i < text.size - 1; i++)
			if (!is_one_of(text.data[i], "0123456789abcdefABCDEF:."))
				return false;
		return true;
	}
	for (i = 0; i < text.size; i++)
		if ((unsigned char)text.data[i] <= ' ' || is_one_of(text.data[i], "\"<>[]\\^`{|}:@\x7F"))
			return false;
	return text.size > 0 && text.data[0] != '.';
}

static bool is_authority(struct slice text)
{
	const char *at = text.size > 0 ? memrchr(text.data, '@', text.size) : NULL;
	const char *colon;
	struct slice host = text;

	if (at != NULL)
		host = (struct slice){at + 1, (size_t)(text.data + text.size - (at + 1))};
	colon = host.size > 0 ? memrchr(host.data, ':', host.size) : NULL;
	if (colon != NULL && memchr(colon, ']', (size_t)(host.data + host.size - colon)) == NULL) {
		if (!is_port((struct slice){colon + 1, (size_t)(host.data + host.size - (colon + 1))}))
			return false;
		host.size = (size_t)(colon - host.data);
	}
	return is_host(host);
}

bool url_is_absolute(struct slice text)
{
	static const struct slice schemes[] = {SLICE("https://"), SLICE("http://")};

	for (size_t i = 0; i < text.size; i++)
		if ((unsigned char)text.data[i] < ' ' || text.data[i] == '\x7F')
			return false;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		const size_t size = schemes[i].size;
		size_t end = size;

		if (text.size < size || !slice_equal_folded((struct slice){text.data, size}, schemes[i]))
			continue;
		while (end < text.size && !is_one_of(text.data[end], "/?#"))
			end++;
		return is_authority((struct slice){text.data + size, end - size});
	}
	return false;
}

/* Grams of a unit as a fraction: exact by the international pound of 1959. */
struct weight_unit {
	int64_t numerator;
	int64_t denominator;
};

enum { WEIGHT_MG, WEIGHT_G, WEIGHT_KG, WEIGHT_OZ, WEIGHT_LB };

static const struct weight_unit weight_units[] = {
	[WEIGHT_MG] = {1, 1000},          [WEIGHT_G] = {1, 1}, [WEIGHT_KG] = {1000, 1}, [WEIGHT_OZ] = {28349523125, 1000000000},
	[WEIGHT_LB] = {45359237, 100000},
};

/* NULL where it is no unit. */
static const struct weight_unit *weight_unit_find(struct slice text)
{
	static const struct {
		const char *text;
		unsigned unit;
	} words[] = {
		{"kg", WEIGHT_KG},  {"g", WEIGHT_G},      {"lb", WEIGHT_LB},     {"oz", WEIGHT_OZ},       {"mg", WEIGHT_MG},
		{"кг", WEIGHT_KG},  {"г", WEIGHT_G},      {"гр", WEIGHT_G},      {"мг", WEIGHT_MG},       {"gr", WEIGHT_G},
		{"gram", WEIGHT_G}, {"grams", WEIGHT_G},  {"kgs", WEIGHT_KG},    {"kilogram", WEIGHT_KG}, {"kilograms", WEIGHT_KG},
		{"lbs", WEIGHT_LB}, {"pound", WEIGHT_LB}, {"pounds", WEIGHT_LB}, {"ounce", WEIGHT_OZ},    {"ounces", WEIGHT_OZ},
	};
	char bytes[WORD_MAX];
	struct slice folded = word_fold(text, WORD_JOINT_KEPT, bytes);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_equal_text(folded, words[i].text))
			return &weight_units[words[i].unit];
	return NULL;
}

static bool is_ascii_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* Bytes of the ASCII or Cyrillic letters at the end of `text`. */
static size_t letters_at_end(struct slice text)
{
	size_t size = 0;

	while (size < text.size) {
		const char *end = text.data + text.size - size;

		if (is_ascii_letter(end[-1]))
			size++;
		else if (text.size - size >= 2 && ((unsigned char)end[-1] & 0xC0u) == 0x80u &&
		         ((unsigned char)end[-2] & 0xFEu) == 0xD0u)
			size += 2;
		else
			break;
	}
	return size;
}

/* Half up: towards plus infinity where it lies in the middle. The product fits 128 bits many times over. */
static bool weight_to_grams(int64_t micros, const struct weight_unit *unit, int64_t *ret_grams)
{
	const __int128 divisor = (__int128)unit->denominator * MICROS_PER_UNIT * 2;
	const __int128 dividend = (__int128)micros * unit->numerator * 2 + divisor / 2;
	__int128 grams = dividend / divisor;

	if (dividend % divisor < 0)
		grams--;
	if (grams < -(__int128)FIELD_INTEGER_MAX || grams > FIELD_INTEGER_MAX)
		return false;
	*ret_grams = (int64_t)grams;
	return true;
}

enum number_outcome weight_parse(struct slice text, number_decimal_sign sign, const char *default_unit, int64_t *ret_grams)
{
	struct slice number = slice_trim(text);
	struct slice unit_text = slice_from(default_unit);
	const struct weight_unit *unit;
	enum number_outcome outcome;
	int64_t micros;
	size_t letters;

	/* 'кг.' and 'lb.' are abbreviations with their full stop. */
	if (number.size >= 2 && number.data[number.size - 1] == '.' &&
	    letters_at_end((struct slice){number.data, number.size - 1}) > 0)
		number.size--;
	letters = letters_at_end(number);
	if (letters > 0) {
		unit_text = (struct slice){number.data + number.size - letters, letters};
		number.size -= letters;
	}
	outcome = number_parse_micros(number, sign, &micros);
	if (outcome == NUMBER_EMPTY && letters > 0)
		return NUMBER_INVALID;
	if (outcome != NUMBER_OK && outcome != NUMBER_AMBIGUOUS && outcome != NUMBER_ROUNDED)
		return outcome;
	unit = weight_unit_find(unit_text);
	if (unit == NULL)
		return NUMBER_INVALID;
	return weight_to_grams(micros, unit, ret_grams) ? outcome : NUMBER_TOO_LARGE;
}
