/*
 * Reading numbers as feeds write them.
 *
 * A number is taken apart (minus sign, body, dash for the decimals, exponent),
 * the decimal sign is told from the shape of the body, the groups are checked,
 * and only then are the digits added up.
 */
#include "base/number.h"

#include <string.h>

#define DECIMALS 6

enum token { TOKEN_DIGIT, TOKEN_DOT, TOKEN_COMMA, TOKEN_BLANK, TOKEN_APOSTROPHE, TOKEN_OTHER, TOKEN_COUNT };

/* A number taken apart. */
struct parts {
	struct slice body; /* digits and separators */
	bool is_negative;
	bool has_dash;  /* '-' in place of the decimals ('1290,-') */
	char dash_sign; /* '.' or ',' before that dash, or '\0' */
	bool has_exponent;
	int exponent;
};

/* What the body looks like. */
struct shape {
	size_t counts[TOKEN_COUNT];
	size_t lead_digits; /* before the first separator */
	size_t tail_digits; /* behind the last one */
	enum token last_separator;
	bool has_lead_zero;
};

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool take_prefix(struct slice *text, const char *prefix)
{
	const size_t size = strlen(prefix);

	if (!slice_starts_with(*text, prefix))
		return false;
	*text = slice_make(text->data + size, text->size - size);
	return true;
}

static bool take_suffix(struct slice *text, const char *suffix)
{
	const size_t size = strlen(suffix);

	if (text->size < size || memcmp(text->data + text->size - size, suffix, size) != 0)
		return false;
	text->size -= size;
	return true;
}

static enum token token_take(struct slice *rest)
{
	static const struct {
		const char *text;
		enum token token;
	} wide[] = {
		{"\xC2\xA0", TOKEN_BLANK},          /* U+00A0 */
		{"\xE2\x80\x89", TOKEN_BLANK},      /* U+2009 */
		{"\xE2\x80\xAF", TOKEN_BLANK},      /* U+202F */
		{"\xE2\x80\x99", TOKEN_APOSTROPHE}, /* U+2019 */
	};
	const char byte = rest->data[0];

	if ((unsigned char)byte >= 0x80) {
		for (size_t index = 0; index < sizeof(wide) / sizeof(wide[0]); index++)
			if (take_prefix(rest, wide[index].text))
				return wide[index].token;
		return TOKEN_OTHER;
	}
	*rest = slice_make(rest->data + 1, rest->size - 1);
	if (is_digit(byte))
		return TOKEN_DIGIT;
	switch (byte) {
	case '.':
		return TOKEN_DOT;
	case ',':
		return TOKEN_COMMA;
	case ' ':
		return TOKEN_BLANK;
	case '\'':
		return TOKEN_APOSTROPHE;
	default:
		return TOKEN_OTHER;
	}
}

static bool dash_take(struct slice *text)
{
	return take_suffix(text, "-") || take_suffix(text, "\xE2\x80\x93") || take_suffix(text, "\xE2\x80\x94") ||
	       take_suffix(text, "\xE2\x88\x92");
}

/* '-', ',-', '.--' and the like at the end, in place of decimals. Two dashes only behind a separator. */
static bool dash_split(struct parts *parts)
{
	bool is_double;

	if (!dash_take(&parts->body))
		return true;
	parts->has_dash = true;
	is_double = dash_take(&parts->body);
	if (take_suffix(&parts->body, ","))
		parts->dash_sign = ',';
	else if (take_suffix(&parts->body, "."))
		parts->dash_sign = '.';
	return !is_double || parts->dash_sign != '\0';
}

/* 'e', an optional sign and one or two digits at the end. */
static void exponent_split(struct parts *parts)
{
	const char *const data = parts->body.data;
	size_t start = parts->body.size;
	int value = 0;

	while (start > 0 && parts->body.size - start < 2 && is_digit(data[start - 1]))
		start--;
	for (size_t index = start; index < parts->body.size; index++)
		value = value * 10 + (data[index] - '0');
	if (start == parts->body.size || start == 0)
		return;
	if (data[start - 1] == '-' || data[start - 1] == '+') {
		value = data[start - 1] == '-' ? -value : value;
		start--;
	}
	if (start == 0 || (data[start - 1] != 'e' && data[start - 1] != 'E'))
		return;
	parts->has_exponent = true;
	parts->exponent = value;
	parts->body.size = start - 1;
}

static bool parts_split(struct slice text, struct parts *ret_parts)
{
	struct parts parts = {.body = text};

	if (take_prefix(&parts.body, "-") || take_prefix(&parts.body, "\xE2\x88\x92"))
		parts.is_negative = true;
	else
		(void)take_prefix(&parts.body, "+"); /* says nothing */
	if (!dash_split(&parts))
		return false;
	exponent_split(&parts);
	*ret_parts = parts;
	return !(parts.has_dash && parts.has_exponent);
}

/* False where the body is more than digits with single separators between them (or a decimal sign before them). */
static bool shape_scan(struct slice body, struct shape *ret_shape)
{
	struct shape shape = {.last_separator = TOKEN_OTHER};
	struct slice rest = body;

	while (rest.size > 0) {
		const enum token token = token_take(&rest);

		shape.counts[token]++;
		if (token == TOKEN_OTHER)
			return false;
		if (token == TOKEN_DIGIT) {
			shape.tail_digits++;
			continue;
		}
		if (shape.last_separator == TOKEN_OTHER)
			shape.lead_digits = shape.tail_digits;
		if (shape.tail_digits == 0 && (shape.last_separator != TOKEN_OTHER || token > TOKEN_COMMA))
			return false;
		shape.last_separator = token;
		shape.tail_digits = 0;
	}
	if (shape.tail_digits == 0)
		return false;
	shape.has_lead_zero = body.data[0] == '0';
	*ret_shape = shape;
	return true;
}

/* Could the only dot or comma of the body part a group of three from the thousands? */
static bool may_be_grouping(const struct parts *parts, const struct shape *shape)
{
	return shape->tail_digits == 3 && shape->lead_digits >= 1 && shape->lead_digits <= 3 && !shape->has_lead_zero &&
	       shape->counts[TOKEN_BLANK] == 0 && shape->counts[TOKEN_APOSTROPHE] == 0 && !parts->has_exponent;
}

static enum token token_of_sign(number_decimal_sign sign)
{
	return sign == ',' ? TOKEN_COMMA : TOKEN_DOT;
}

/* Told by the text alone; TOKEN_OTHER = there is no decimal sign. */
static enum number_outcome decimal_guess(const struct parts *parts, const struct shape *shape, enum token *ret_decimal)
{
	const size_t dots = shape->counts[TOKEN_DOT];
	const size_t commas = shape->counts[TOKEN_COMMA];

	*ret_decimal = TOKEN_OTHER;
	if (dots > 0 && commas > 0) {
		*ret_decimal = shape->last_separator;
		return shape->last_separator <= TOKEN_COMMA ? NUMBER_OK : NUMBER_INVALID;
	}
	if (dots + commas != 1)
		return NUMBER_OK;
	if (!may_be_grouping(parts, shape)) {
		*ret_decimal = dots == 1 ? TOKEN_DOT : TOKEN_COMMA;
		return NUMBER_OK;
	}
	if (dots == 1)
		*ret_decimal = TOKEN_DOT;
	return NUMBER_AMBIGUOUS;
}

static enum number_outcome decimal_decide(const struct parts *parts, const struct shape *shape, number_decimal_sign sign,
                                          enum token *ret_decimal)
{
	enum number_outcome outcome = NUMBER_OK;

	if (parts->dash_sign != '\0') {
		/* What stands before the dash is the decimal sign, so all others group. */
		*ret_decimal = TOKEN_OTHER;
		if (shape->counts[token_of_sign(parts->dash_sign)] > 0)
			return NUMBER_INVALID;
		return sign == '\0' || shape->counts[token_of_sign(sign)] == 0 ? NUMBER_OK : NUMBER_INVALID;
	}
	if (sign != '\0')
		*ret_decimal = token_of_sign(sign);
	else
		outcome = decimal_guess(parts, shape, ret_decimal);
	if (*ret_decimal == TOKEN_OTHER || outcome == NUMBER_INVALID)
		return outcome;
	if (shape->counts[*ret_decimal] > 1 || (parts->has_dash && shape->counts[*ret_decimal] > 0))
		return NUMBER_INVALID;
	return outcome;
}

/* The groups before the decimal sign. */
struct groups {
	enum token separator; /* TOKEN_OTHER = none yet */
	size_t count;         /* groups ended */
	size_t first;         /* digits of the first group */
	size_t middle;        /* digits of each group between first and last; 0 = none */
	size_t last;
	bool are_uneven;
};

static void group_end(struct groups *groups, size_t digits)
{
	if (groups->count == 0)
		groups->first = digits;
	if (groups->count >= 2) {
		groups->are_uneven |= groups->middle != 0 && groups->middle != groups->last;
		groups->middle = groups->last;
	}
	groups->last = digits;
	groups->count++;
}

/* Threes, or the Indian twos before a last three. */
static bool groups_are_valid(const struct groups *groups, const struct shape *shape)
{
	if (groups->count < 2)
		return true;
	if (groups->are_uneven || groups->last != 3 || groups->first == 0 || shape->has_lead_zero)
		return false;
	if (groups->middle == 2)
		return groups->separator == TOKEN_COMMA && groups->first <= 2;
	return (groups->middle == 0 || groups->middle == 3) && groups->first <= 3;
}

static bool groups_check(struct slice body, const struct shape *shape, enum token decimal, size_t *ret_integer_digits)
{
	struct groups groups = {.separator = TOKEN_OTHER};
	size_t integer_digits = 0;
	size_t digits = 0;
	bool in_fraction = false;

	while (body.size > 0) {
		const enum token token = token_take(&body);

		if (token == TOKEN_DIGIT) {
			digits++;
			continue;
		}
		if (in_fraction || (token != decimal && groups.separator != TOKEN_OTHER && groups.separator != token))
			return false;
		if (token == decimal)
			in_fraction = true;
		else
			groups.separator = token;
		group_end(&groups, digits);
		integer_digits += digits;
		digits = 0;
	}
	if (!in_fraction) {
		group_end(&groups, digits);
		integer_digits += digits;
	}
	*ret_integer_digits = integer_digits;
	return groups_are_valid(&groups, shape);
}

static enum number_outcome micros_from_magnitude(uint64_t magnitude, bool is_negative, int64_t *ret_micros)
{
	if (magnitude > (uint64_t)INT64_MAX + (is_negative ? 1 : 0))
		return NUMBER_TOO_LARGE;
	*ret_micros = is_negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	return NUMBER_OK;
}

/* Add up the digits that are worth a micro or more, and round by the others. */
static enum number_outcome digits_add_up(const struct parts *parts, size_t integer_digits, int64_t *ret_micros)
{
	const int64_t kept = (int64_t)integer_digits + parts->exponent + DECIMALS;
	uint64_t magnitude = 0;
	int64_t position = 0;
	bool is_rounded = false;
	bool is_large = false;
	bool goes_up = false;
	enum number_outcome outcome;

	for (size_t index = 0; index < parts->body.size; index++) {
		const char byte = parts->body.data[index];

		if (!is_digit(byte))
			continue;
		if (position < kept) {
			is_large |= __builtin_mul_overflow(magnitude, UINT64_C(10), &magnitude);
			is_large |= __builtin_add_overflow(magnitude, (uint64_t)(byte - '0'), &magnitude);
		} else if (byte != '0') {
			is_rounded = true;
			goes_up |= position == kept && byte >= '5';
		}
		position++;
	}
	for (; position < kept && magnitude != 0 && !is_large; position++)
		is_large |= __builtin_mul_overflow(magnitude, UINT64_C(10), &magnitude);
	if (is_large)
		return NUMBER_TOO_LARGE;
	if (goes_up && __builtin_add_overflow(magnitude, UINT64_C(1), &magnitude))
		return NUMBER_TOO_LARGE;
	outcome = micros_from_magnitude(magnitude, parts->is_negative, ret_micros);
	return outcome == NUMBER_OK && is_rounded ? NUMBER_ROUNDED : outcome;
}

/* '1234' and '12.50', by far the most: up to twelve digits, a dot and up to six more, nothing that could be doubtful. */
static bool parse_plain(struct slice text, number_decimal_sign sign, int64_t *ret_micros)
{
	const char *at = text.data;
	const char *const end = at + text.size;
	const char *fraction;
	uint64_t value = 0;

	if (text.size > 19)
		return false;
	while (at < end && is_digit(*at))
		value = value * 10 + (uint64_t)(*at++ - '0');
	if (at == text.data || at - text.data > 12)
		return false;
	if (at == end) {
		*ret_micros = (int64_t)value * MICROS_PER_UNIT;
		return true;
	}
	if (*at != '.' || sign == ',')
		return false;
	fraction = ++at;
	while (at < end && is_digit(*at))
		value = value * 10 + (uint64_t)(*at++ - '0');
	if (at != end || at == fraction || at - fraction > DECIMALS || (at - fraction == 3 && sign == '\0'))
		return false;
	for (ptrdiff_t decimals = at - fraction; decimals < DECIMALS; decimals++)
		value *= 10;
	*ret_micros = (int64_t)value;
	return true;
}

enum number_outcome number_parse_micros(struct slice text, number_decimal_sign sign, int64_t *ret_micros)
{
	const struct slice trimmed = slice_trim(text);
	enum number_outcome decided;
	enum number_outcome outcome;
	enum token decimal;
	struct parts parts;
	struct shape shape;
	size_t integer_digits;

	if (slice_is_empty(trimmed))
		return NUMBER_EMPTY;
	if (parse_plain(trimmed, sign, ret_micros))
		return NUMBER_OK;
	if (!parts_split(trimmed, &parts) || !shape_scan(parts.body, &shape))
		return NUMBER_INVALID;
	decided = decimal_decide(&parts, &shape, sign, &decimal);
	if (decided == NUMBER_INVALID || !groups_check(parts.body, &shape, decimal, &integer_digits))
		return NUMBER_INVALID;
	outcome = digits_add_up(&parts, integer_digits, ret_micros);
	return outcome == NUMBER_OK ? decided : outcome;
}
