/* Sizes, durations, offsets, words and names as people write them in a configuration. */
#include "config/value.h"

#include "base/money.h"
#include "base/suggest.h"
#include "base/utf8.h"
#include "config/config.h"
#include "config/value_show.h"

#include <string.h>

#define OFFSET_MINUTES_MAX (14 * 60) /* Kiribati */

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit size_units[] = {
	{"", 1},
	{"B", 1},
	{"KiB", INT64_C(1) << 10},
	{"MiB", INT64_C(1) << 20},
	{"GiB", INT64_C(1) << 30},
	{"TiB", INT64_C(1) << 40},
	{"kB", INT64_C(1000)},
	{"MB", INT64_C(1000000)},
	{"GB", INT64_C(1000000000)},
	{"TB", INT64_C(1000000000000)},
};

static const struct unit duration_units[] = {
	{"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"min", 60 * 1000}, {"h", 3600 * 1000}, {"d", 24 * 3600 * 1000},
};

#define UNITS(table) (table), sizeof(table) / sizeof((table)[0])

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static struct slice skip(struct slice text, size_t size)
{
	return slice_make(text.data + size, text.size - size);
}

/* The bytes at the start of `rest` that `is_member` accepts; `rest` moves behind them. */
static struct slice take_run(struct slice *rest, bool (*is_member)(char byte))
{
	size_t size = 0;
	while (size < rest->size && is_member(rest->data[size]))
		size++;
	struct slice run = slice_make(rest->data, size);
	*rest = skip(*rest, size);
	return run;
}

static void skip_blanks(struct slice *rest)
{
	while (rest->size > 0 && rest->data[0] == ' ')
		*rest = skip(*rest, 1);
}

/* One number with its unit, added to `total`. Too much counts as INT64_MAX. */
static bool take_quantity(struct slice *rest, const struct unit *units, size_t unit_count, int64_t *total)
{
	int64_t number;
	struct slice digits = take_run(rest, is_digit);
	if (digits.size == 0)
		return false;
	skip_blanks(rest);
	struct slice name = take_run(rest, is_letter);
	size_t index = 0;
	while (index < unit_count && !slice_equal_folded(name, slice_from(units[index].name)))
		index++;
	if (index == unit_count)
		return false;
	if (!number_parse_integer(digits, 0, INT64_MAX, &number) || number > (INT64_MAX - *total) / units[index].factor)
		*total = INT64_MAX;
	else
		*total += number * units[index].factor;
	return true;
}

typedef void append_function(struct buffer *buffer, int64_t value);

static int check_range(int64_t value, struct value_range range, append_function *append, struct error *err)
{
	if (value >= range.minimum && value <= range.maximum)
		return 0;
	struct buffer bounds;
	buffer_init(&bounds, 256);
	append(&bounds, range.minimum);
	(void)buffer_append_text(&bounds, " to ");
	append(&bounds, range.maximum);
	const char *text = buffer_text(&bounds);
	int result = error_set(err, ERROR_CONFIG, "must be from %s", text != NULL ? text : "the minimum to the maximum");
	buffer_release(&bounds);
	return result;
}

int value_parse_size(struct slice text, struct value_range range, int64_t *ret_bytes, struct error *err)
{
	struct slice rest = text;
	int64_t bytes = 0;
	if (!take_quantity(&rest, UNITS(size_units), &bytes) || rest.size > 0)
		return error_set(err, ERROR_CONFIG, "'%s' is not a size; write it as '500MiB' or '4GiB'", VALUE_SHOW(text));
	if (check_range(bytes, range, value_append_size, err) < 0)
		return -1;
	*ret_bytes = bytes;
	return 0;
}

int value_parse_duration(struct slice text, struct value_range range, int64_t *ret_ms, struct error *err)
{
	struct slice rest = text;
	int64_t ms = 0;
	bool is_duration = rest.size > 0;
	while (is_duration && rest.size > 0) {
		is_duration = take_quantity(&rest, UNITS(duration_units), &ms);
		skip_blanks(&rest);
	}
	if (!is_duration)
		return error_set(err, ERROR_CONFIG, "'%s' is not a duration; write it as '500ms', '15s', '5m' or '2h'",
		                 VALUE_SHOW(text));
	if (check_range(ms, range, value_append_duration, err) < 0)
		return -1;
	*ret_ms = ms;
	return 0;
}

/* '+HH:MM' or '-HH:MM'. */
static bool parse_fixed_offset(struct slice text, int *ret_minutes)
{
	int64_t hours;
	int64_t minutes;
	if (text.size != 6 || (text.data[0] != '+' && text.data[0] != '-') || text.data[3] != ':')
		return false;
	if (!is_digit(text.data[1]) || !is_digit(text.data[4]))
		return false;
	if (!number_parse_integer(slice_make(text.data + 1, 2), 0, 14, &hours) ||
	    !number_parse_integer(slice_make(text.data + 4, 2), 0, 59, &minutes))
		return false;
	int offset = (int)(hours * 60 + minutes);
	if (offset > OFFSET_MINUTES_MAX)
		return false;
	*ret_minutes = text.data[0] == '-' ? -offset : offset;
	return true;
}

int value_parse_offset(struct slice text, int *ret_minutes, struct error *err)
{
	if (slice_equal_text(text, "UTC")) {
		*ret_minutes = 0;
		return 0;
	}
	if (parse_fixed_offset(text, ret_minutes))
		return 0;
	return error_set(err, ERROR_CONFIG,
	                 "'%s' is not understood: this version of feedmill knows 'UTC' and fixed offsets ('+02:00', '-03:30')",
	                 VALUE_SHOW(text));
}

int value_parse_decimal_sign(struct slice text, char *ret_sign, struct error *err)
{
	if (!slice_equal_text(text, ".") && !slice_equal_text(text, ","))
		return error_set(err, ERROR_CONFIG, "'%s' is not a decimal sign; write '.' or ','", VALUE_SHOW(text));
	*ret_sign = text.data[0];
	return 0;
}

static int refuse_word(struct slice text, const char *const *words, size_t count, struct error *err)
{
	struct buffer list;
	const char *nearest = suggest_nearest(text, words, count);
	if (nearest != NULL)
		return error_set(err, ERROR_CONFIG, "unknown word '%s'; did you mean '%s'?", VALUE_SHOW(text), nearest);
	buffer_init(&list, 1024);
	for (size_t index = 0; index < count; index++)
		(void)buffer_append_format(&list, "%s'%s'", index == 0 ? "" : index + 1 < count ? ", " : " or ", words[index]);
	const char *known = buffer_text(&list);
	int result = error_set(err, ERROR_CONFIG, "unknown word '%s'; write %s", VALUE_SHOW(text),
	                       known != NULL ? known : words[0]);
	buffer_release(&list);
	return result;
}

int value_parse_word(struct slice text, const char *const *words, size_t *ret_index, struct error *err)
{
	size_t count = 0;
	for (; words[count] != NULL; count++) {
		if (slice_equal_text(text, words[count])) {
			*ret_index = count;
			return 0;
		}
	}
	return refuse_word(text, words, count, err);
}

/* The shape of BCP 47: subtags of one to eight letters and digits, the first of two letters or more. */
static bool is_language(struct slice text)
{
	size_t subtag = 0;
	bool is_first = true;
	if (text.size > VALUE_LANGUAGE_BYTES)
		return false;
	for (size_t index = 0; index < text.size; index++) {
		char byte = text.data[index];
		if (byte == '-' && subtag > (is_first ? 1u : 0u)) {
			subtag = 0;
			is_first = false;
		} else if (byte == '-' || !(is_letter(byte) || (is_digit(byte) && !is_first)) || ++subtag > 8) {
			return false;
		}
	}
	return subtag > (is_first ? 1u : 0u);
}

int value_check_language(struct slice text, struct error *err)
{
	if (is_language(text))
		return 0;
	return error_set(err, ERROR_CONFIG, "'%s' is not a language tag; write it as 'de' or 'pt-BR'", VALUE_SHOW(text));
}

bool config_name_is_valid(struct slice name)
{
	if (name.size == 0 || name.size > VALUE_NAME_BYTES || name.data[0] == '.' || name.data[0] == '-')
		return false;
	for (size_t index = 0; index < name.size; index++) {
		char byte = name.data[index];
		if (!is_letter(byte) && !is_digit(byte) && byte != '.' && byte != '_' && byte != '-')
			return false;
	}
	return true;
}

int value_check_name(struct slice text, struct error *err)
{
	if (config_name_is_valid(text))
		return 0;
	return error_set(err, ERROR_CONFIG, "'%s' is not a name: up to %d of A-Z a-z 0-9 . _ -, beginning with neither '.' nor '-'",
	                 VALUE_SHOW(text), VALUE_NAME_BYTES);
}

int value_check_currency(struct slice text, struct error *err)
{
	struct currency currency;
	if (currency_is_known(text))
		return 0;
	if (currency_parse(text, &currency))
		return error_set(err, ERROR_CONFIG, "'%s' is not a currency code of ISO 4217; did you mean '%s'?", VALUE_SHOW(text),
		                 currency.code);
	return error_set(err, ERROR_CONFIG, "'%s' is not a currency code of ISO 4217; write it as 'EUR'", VALUE_SHOW(text));
}

static bool has_control(struct slice text)
{
	for (size_t index = 0; index < text.size; index++) {
		unsigned char byte = (unsigned char)text.data[index];
		if (byte < 0x20 || byte == 0x7F)
			return true;
	}
	return false;
}

int value_check_text(struct slice text, size_t max_bytes, struct error *err)
{
	if (has_control(text))
		return error_set(err, ERROR_CONFIG, "control characters (tab, line feed) are not allowed");
	if (!utf8_is_valid(text))
		return error_set(err, ERROR_CONFIG, "the value is not UTF-8");
	if (text.size > max_bytes)
		return error_set(err, ERROR_CONFIG, "the value is longer than %zu bytes", max_bytes);
	return 0;
}

int value_check_prefix(struct slice text, struct error *err)
{
	if (value_check_text(text, VALUE_PREFIX_BYTES, err) < 0)
		return -1;
	if (slice_trim(text).size != text.size)
		return error_set(err, ERROR_CONFIG, "white space at the start or end is not allowed");
	return 0;
}

int value_check_path(struct slice text, struct error *err)
{
	if (text.size == 0)
		return error_set(err, ERROR_CONFIG, "the path is empty");
	if (has_control(text))
		return error_set(err, ERROR_CONFIG, "control characters (tab, line feed) are not allowed in a path");
	if (text.size > VALUE_PATH_BYTES)
		return error_set(err, ERROR_CONFIG, "the path is longer than %d bytes", VALUE_PATH_BYTES);
	return 0;
}

static void append_units(struct buffer *buffer, int64_t value, const char *const *names, const int64_t *factors)
{
	size_t index = 0;
	while (factors[index] > 1 && (value == 0 || value % factors[index] != 0))
		index++;
	(void)buffer_append_format(buffer, "%lld%s", (long long)(value / factors[index]), names[index]);
}

void value_append_size(struct buffer *buffer, int64_t bytes)
{
	static const char *const names[] = {"TiB", "GiB", "MiB", "KiB", "B"};
	static const int64_t factors[] = {INT64_C(1) << 40, INT64_C(1) << 30, INT64_C(1) << 20, INT64_C(1) << 10, 1};
	append_units(buffer, bytes, names, factors);
}

void value_append_duration(struct buffer *buffer, int64_t ms)
{
	static const char *const names[] = {"d", "h", "m", "s", "ms"};
	static const int64_t factors[] = {24 * 3600 * 1000, 3600 * 1000, 60 * 1000, 1000, 1};
	append_units(buffer, ms, names, factors);
}

void value_append_offset(struct buffer *buffer, int minutes)
{
	int amount = minutes < 0 ? -minutes : minutes;
	if (minutes == 0)
		(void)buffer_append_text(buffer, "UTC");
	else
		(void)buffer_append_format(buffer, "%c%02d:%02d", minutes < 0 ? '-' : '+', amount / 60, amount % 60);
}
