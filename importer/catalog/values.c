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

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define HIGH_BITS UINT64_C(0x8080808080808080)

/* Is any of eight bytes below a blank, or DEL? */
static inline bool has_control(uint64_t word)
{
	const uint64_t rubout = word ^ EACH_BYTE * 0x7F;

	return ((((word - EACH_BYTE * 0x20) & ~word) | ((rubout - EACH_BYTE) & ~rubout)) & HIGH_BITS) != 0;
}

/* Eight bytes at a time: most fields of most feeds that are checked by their bytes are addresses. */
static bool has_control_character(struct slice text)
{
	uint64_t word;
	size_t i = 0;

	for (; i + sizeof(word) <= text.size; i += sizeof(word)) {
		memcpy(&word, text.data + i, sizeof(word));
		if (has_control(word))
			return true;
	}
	word = EACH_BYTE * ' ';
	if (i < text.size)
		memcpy(&word, text.data + i, text.size - i);
	return has_control(word);
}

/* Bytes of 'http://' or 'https://' at the start of `text`, or 0. */
static size_t scheme_size(struct slice text)
{
	static const struct slice http = SLICE("http");
	size_t size = http.size;

	if (text.size < sizeof("http://") - 1 || !slice_equal_folded((struct slice){text.data, size}, http))
		return 0;
	size += (text.data[size] | 0x20) == 's' ? 1 : 0;
	if (text.size < size + 3 || memcmp(text.data + size, "://", 3) != 0)
		return 0;
	return size + 3;
}

static inline bool ends_authority(char byte)
{
	return byte == '/' || byte == '?' || byte == '#';
}

/* A byte that stands in nearly every host and means nothing else. */
static inline bool is_plain_host_byte(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || byte == '-' ||
	       byte == '.';
}

bool url_is_absolute(struct slice text)
{
	const size_t start = scheme_size(text);
	size_t end = start;

	if (start == 0 || has_control_character(text))
		return false;
	while (end < text.size && is_plain_host_byte(text.data[end]))
		end++;
	if (end == text.size || ends_authority(text.data[end]))
		return end > start && text.data[start] != '.';
	while (end < text.size && !ends_authority(text.data[end]))
		end++;
	return is_authority((struct slice){text.data + start, end - start});
}

/* Grams of a unit as a fraction: exact by the international pound of 1959. */
struct weight_unit {
	int64_t numerator;
	int64_t denominator;
};

enum { WEIGHT_MG, WEIGHT_G, WEIGHT_KG, WEIGHT_T, WEIGHT_OZ, WEIGHT_LB };

static const struct weight_unit weight_units[] = {
	[WEIGHT_MG] = {1, 1000},
	[WEIGHT_G] = {1, 1},
	[WEIGHT_KG] = {1000, 1},
	[WEIGHT_T] = {1000000, 1},
	[WEIGHT_OZ] = {28349523125, 1000000000},
	[WEIGHT_LB] = {45359237, 100000},
};

/* NULL where it is no unit. */
static const struct weight_unit *weight_unit_find(struct slice text)
{
	static const struct {
		const char *text;
		unsigned unit;
	} words[] = {
		{"kg", WEIGHT_KG},
		{"g", WEIGHT_G},
		{"lb", WEIGHT_LB},
		{"oz", WEIGHT_OZ},
		{"mg", WEIGHT_MG},
		{"кг", WEIGHT_KG},
		{"г", WEIGHT_G},
		{"гр", WEIGHT_G},
		{"мг", WEIGHT_MG},
		{"gr", WEIGHT_G},
		{"gram", WEIGHT_G},
		{"grams", WEIGHT_G},
		{"kgs", WEIGHT_KG},
		{"kilogram", WEIGHT_KG},
		{"kilograms", WEIGHT_KG},
		{"lbs", WEIGHT_LB},
		{"pound", WEIGHT_LB},
		{"pounds", WEIGHT_LB},
		{"ounce", WEIGHT_OZ},
		{"ounces", WEIGHT_OZ},
		{"t", WEIGHT_T},
		{"т", WEIGHT_T},
		{"tonne", WEIGHT_T},
		{"tonnes", WEIGHT_T},
		/* codes of UN/ECE recommendation 20, as BMEcat and GS1 have them */
		{"kgm", WEIGHT_KG},
		{"grm", WEIGHT_G},
		{"mgm", WEIGHT_MG},
		{"tne", WEIGHT_T},
		{"lbr", WEIGHT_LB},
		{"onz", WEIGHT_OZ},
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

enum number_outcome weight_parse(struct slice text, number_decimal_sign sign, struct slice default_unit, int64_t *ret_grams)
{
	struct slice number = slice_trim(text);
	struct slice unit_text = default_unit;
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
