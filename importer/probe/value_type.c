/* Looks of values: numbers, money, addresses, dates, words, paths. */
#include "probe/value_type.h"

#include "base/instant.h"
#include "base/money.h"
#include "catalog/values.h"

#include <string.h>

#define LOOK_BYTES_MAX 4096 /* what stands behind changes nothing */
#define PATH_BYTES_MAX 400
#define PATH_PART_BYTES_MAX 80
#define UNSURE_SEPARATORS 2 /* at the end of the table */

static const char *const type_names[VALUE_TYPE_COUNT] = {
	[VALUE_TEXT] = "text",
	[VALUE_BIT] = "0 or 1",
	[VALUE_INTEGER] = "integer",
	[VALUE_NUMBER] = "number",
	[VALUE_MONEY] = "money",
	[VALUE_GTIN] = "gtin",
	[VALUE_URL] = "url",
	[VALUE_IMAGE] = "image url",
	[VALUE_DATE] = "date",
	[VALUE_BOOL] = "bool",
	[VALUE_HTML] = "html",
	[VALUE_PATH] = "category path",
	[VALUE_LANGUAGE] = "language",
	[VALUE_CURRENCY] = "currency",
	[VALUE_AVAILABILITY] = "availability",
	[VALUE_CONDITION] = "condition",
	[VALUE_WEIGHT] = "weight",
};

static const char *const separators[VALUE_SEPARATOR_COUNT] = {" > ", " » ", " | ", " / ", "::", ">", "|", " - ", "/"};

const char *value_type_name(enum value_type type)
{
	return type_names[type];
}

const char *value_separator(size_t index)
{
	return separators[index];
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool all_digits(struct slice text)
{
	for (size_t i = 0; i < text.size; i++) {
		if (!is_digit(text.data[i]))
			return false;
	}
	return text.size > 0;
}

/* --- addresses --- */

static bool ends_with_folded(struct slice text, const char *end)
{
	const struct slice wanted = slice_from(end);

	return text.size > wanted.size && slice_equal_folded(slice_make(text.data + text.size - wanted.size, wanted.size), wanted);
}

static bool is_image(struct slice url)
{
	static const char *const ends[] = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif",
	                                   ".svg", ".bmp",  ".tif", ".tiff", ".jfif"};
	size_t size = 0;

	while (size < url.size && url.data[size] != '?' && url.data[size] != '#')
		size++;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (ends_with_folded(slice_make(url.data, size), ends[i]))
			return true;
	}
	return false;
}

/* --- dates --- */

/* '31.01.2026', '1/31/2026 10:20', with one kind of sign between the numbers. */
static bool is_common_date(struct slice text)
{
	unsigned sizes[3] = {0, 0, 0};
	size_t part = 0;
	size_t at = 0;
	char sign = '\0';

	for (; at < text.size && part < 3; at++) {
		if (is_digit(text.data[at])) {
			sizes[part]++;
		} else if ((text.data[at] == '.' || text.data[at] == '/' || text.data[at] == '-') && part < 2 &&
		           (sign == '\0' || sign == text.data[at])) {
			sign = text.data[at];
			part++;
		} else {
			break;
		}
	}
	if (part != 2 || (at < text.size && text.data[at] != ' ' && text.data[at] != 'T'))
		return false;
	return (sizes[0] == 4 && sizes[1] <= 2 && sizes[1] > 0 && sizes[2] <= 2 && sizes[2] > 0) ||
	       (sizes[0] > 0 && sizes[0] <= 2 && sizes[1] > 0 && sizes[1] <= 2 && sizes[2] == 4);
}

static bool is_date(struct slice text)
{
	int64_t ms;
	int64_t to_ms;

	if (text.size < 8 || text.size > 64 || all_digits(text))
		return false;
	return instant_parse(text, 0, &ms) || is_common_date(text) ||
	       (memchr(text.data, '/', text.size) != NULL && text.size > 20 && instant_parse_interval(text, 0, &ms, &to_ms));
}

/* --- words --- */

static bool is_bool_word(struct slice text)
{
	const enum bool_outcome outcome = bool_parse(text);

	return outcome == BOOL_TRUE || outcome == BOOL_FALSE;
}

static bool is_language(struct slice text)
{
	static const char known[] =
		"ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka kk ko "
		"ky lt lv mk mn ms nb nl nn no pl pt ro ru sk sl sq sr sv sw ta th tr uk ur uz vi zh";
	char word[4];

	if (text.size != 2 &&
	    !(text.size == 5 && (text.data[2] == '-' || text.data[2] == '_') && is_letter(text.data[3]) && is_letter(text.data[4])))
		return false;
	if (text.data[0] < 'a' || text.data[0] > 'z' || text.data[1] < 'a' || text.data[1] > 'z')
		return false;
	memcpy(word, text.data, 2);
	word[2] = '\0';
	return strstr(known, word) != NULL;
}

static bool is_currency(struct slice text)
{
	return text.size == 3 && (currency_is_known(text) || slice_equal_text(text, "RUR"));
}

static bool has_markup(struct slice text)
{
	for (size_t i = 0; i + 2 < text.size; i++) {
		const char next = text.data[i + 1];
		if (text.data[i] == '<' && (is_letter(next) || next == '/') && memchr(text.data + i, '>', text.size - i) != NULL)
			return true;
		if (text.data[i] == '&' && is_letter(next)) {
			size_t end = i + 2;
			while (end < text.size && end < i + 10 && is_letter(text.data[end]))
				end++;
			if (end < text.size && text.data[end] == ';')
				return true;
		}
	}
	return false;
}

/* Two to ten parts, none of them long: a sentence with a stroke in it is no path. */
static bool is_path(struct slice text, struct slice separator)
{
	struct slice_splitter splitter = slice_split(text, separator);
	struct slice piece;
	size_t count = 0;

	while (slice_split_next(&splitter, &piece)) {
		const struct slice trimmed = slice_trim(piece);
		if (trimmed.size == 0 || trimmed.size > PATH_PART_BYTES_MAX || all_digits(trimmed))
			return false;
		count++;
	}
	return count >= 2 && count <= 10;
}

static bool find_path(struct slice text, size_t *ret_separator)
{
	if (text.size > PATH_BYTES_MAX)
		return false;
	for (size_t i = 0; i < VALUE_SEPARATOR_COUNT; i++) {
		const struct slice separator = slice_from(separators[i]);
		if (slice_find(text, separator) != SIZE_MAX && is_path(text, separator)) {
			*ret_separator = i;
			return true;
		}
	}
	return false;
}

/* --- the whole --- */

static bool look_at_number(struct slice text, struct value_look *look)
{
	struct money money;
	int64_t micros;
	int64_t grams;
	const enum number_outcome outcome = number_parse_micros(text, '\0', &micros);

	if (outcome == NUMBER_OK || outcome == NUMBER_AMBIGUOUS || outcome == NUMBER_ROUNDED || outcome == NUMBER_TOO_LARGE) {
		if (all_digits(text))
			look->type = gtin_is_valid(text) ? VALUE_GTIN : VALUE_INTEGER;
		else
			look->type = micros % MICROS_PER_UNIT == 0 && memchr(text.data, '.', text.size) == NULL &&
			                             memchr(text.data, ',', text.size) == NULL
			                     ? VALUE_INTEGER
			                     : VALUE_NUMBER;
		return true;
	}
	if (money_parse(text, '\0', &money) != NUMBER_INVALID && money.currency.code[0] != '\0') {
		look->type = VALUE_MONEY;
		memcpy(look->currency, money.currency.code, sizeof(look->currency));
		return true;
	}
	if (text.size <= 32 && is_digit(text.data[0]) &&
	    weight_parse(text, '\0', (struct slice){NULL, 0}, &grams) != NUMBER_INVALID) {
		look->type = VALUE_WEIGHT;
		return true;
	}
	return false;
}

static bool look_at_word(struct slice text, struct value_look *look)
{
	if (text.size > 64)
		return false;
	if (is_bool_word(text))
		look->type = VALUE_BOOL;
	else if (is_currency(text))
		look->type = VALUE_CURRENCY;
	else if (is_language(text))
		look->type = VALUE_LANGUAGE;
	else if (availability_parse(text) != NULL)
		look->type = VALUE_AVAILABILITY;
	else if (condition_parse(text) != NULL)
		look->type = VALUE_CONDITION;
	else
		return false;
	return true;
}

struct value_look value_type_of(struct slice text)
{
	struct value_look look = {.type = VALUE_TEXT};

	if (text.size > LOOK_BYTES_MAX)
		text.size = LOOK_BYTES_MAX;
	if (text.size == 1 && (text.data[0] == '0' || text.data[0] == '1'))
		look.type = VALUE_BIT;
	else if (url_is_absolute(text))
		look.type = is_image(text) ? VALUE_IMAGE : VALUE_URL;
	else if (is_date(text))
		look.type = VALUE_DATE;
	else if ((text.size <= 64 && look_at_number(text, &look)) || look_at_word(text, &look))
		return look;
	else if (has_markup(text))
		look.type = VALUE_HTML;
	else if (find_path(text, &look.separator))
		look.type = VALUE_PATH;
	return look;
}

struct value_look value_tally_add(struct value_tally *tally, struct slice text)
{
	const struct value_look look = value_type_of(text);

	tally->values++;
	tally->bytes += text.size;
	tally->counts[look.type]++;
	if (look.type == VALUE_PATH)
		tally->separators[look.separator]++;
	return look;
}

void value_tally_merge(struct value_tally *tally, const struct value_tally *other)
{
	tally->values += other->values;
	tally->bytes += other->bytes;
	for (size_t i = 0; i < VALUE_TYPE_COUNT; i++)
		tally->counts[i] += other->counts[i];
	for (size_t i = 0; i < VALUE_SEPARATOR_COUNT; i++)
		tally->separators[i] += other->separators[i];
}

static bool is_most(uint64_t count, uint64_t of)
{
	return count > 0 && count >= of - of / 10;
}

/* ' - ' and '/' stand in names too. */
static bool has_sure_separators(const struct value_tally *tally)
{
	uint64_t sure = 0;

	for (size_t i = 0; i + UNSURE_SEPARATORS < VALUE_SEPARATOR_COUNT; i++)
		sure += tally->separators[i];
	return sure >= tally->counts[VALUE_PATH] / 2;
}

enum value_type value_tally_type(const struct value_tally *tally)
{
	const uint64_t *counts = tally->counts;
	const uint64_t all = tally->values;
	const uint64_t integers = counts[VALUE_BIT] + counts[VALUE_INTEGER] + counts[VALUE_GTIN];
	const uint64_t numbers = integers + counts[VALUE_NUMBER];
	static const enum value_type plain[] = {VALUE_BIT,      VALUE_GTIN,   VALUE_DATE,         VALUE_BOOL,     VALUE_LANGUAGE,
	                                        VALUE_CURRENCY, VALUE_WEIGHT, VALUE_AVAILABILITY, VALUE_CONDITION};

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		if (is_most(counts[plain[i]], all))
			return plain[i];
	}
	if (is_most(integers, all))
		return VALUE_INTEGER;
	if (is_most(numbers, all))
		return VALUE_NUMBER;
	if (counts[VALUE_MONEY] > 0 && is_most(numbers + counts[VALUE_MONEY], all))
		return VALUE_MONEY;
	if (is_most(counts[VALUE_IMAGE] + counts[VALUE_URL], all))
		return counts[VALUE_IMAGE] >= counts[VALUE_URL] ? VALUE_IMAGE : VALUE_URL;
	if (is_most(counts[VALUE_BOOL] + counts[VALUE_BIT] + counts[VALUE_AVAILABILITY], all))
		return VALUE_AVAILABILITY;
	if (counts[VALUE_HTML] > 0 && counts[VALUE_HTML] >= all / 3)
		return VALUE_HTML;
	if (counts[VALUE_PATH] > 0 && counts[VALUE_PATH] >= all / 2 &&
	    (has_sure_separators(tally) || is_most(counts[VALUE_PATH], all)))
		return VALUE_PATH;
	return VALUE_TEXT;
}

size_t value_tally_separator(const struct value_tally *tally)
{
	size_t best = VALUE_SEPARATOR_COUNT;

	for (size_t i = 0; i < VALUE_SEPARATOR_COUNT; i++) {
		if (tally->separators[i] > 0 && (best == VALUE_SEPARATOR_COUNT || tally->separators[i] > tally->separators[best]))
			best = i;
	}
	return best;
}
