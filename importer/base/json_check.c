/*
 * Is a text one valid JSON value (RFC 8259)?
 *
 * No recursion and no memory: one bit per level tells objects from arrays.
 * UTF-8 is checked before, over the whole text, so that strings need only be
 * searched for quotes, backslashes and control characters.
 */
#include "base/json.h"

#include "base/hexadecimal.h"
#include "base/json_scan.h"
#include "base/utf8.h"

#include <string.h>

struct cursor {
	const char *at;
	const char *end;
	uint32_t is_object; /* bit per level */
	unsigned depth;
};

enum step {
	STEP_VALUE, /* a value is due */
	STEP_AFTER, /* a value has ended */
	STEP_INVALID,
};

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool take(struct cursor *cursor, char byte)
{
	if (cursor->at == cursor->end || *cursor->at != byte)
		return false;
	cursor->at++;
	return true;
}

static void skip_space(struct cursor *cursor)
{
	while (cursor->at < cursor->end &&
	       (*cursor->at == ' ' || *cursor->at == '\n' || *cursor->at == '\t' || *cursor->at == '\r'))
		cursor->at++;
}

/* One or more digits. */
static bool take_digits(struct cursor *cursor)
{
	const char *const start = cursor->at;

	while (cursor->at < cursor->end && is_digit(*cursor->at))
		cursor->at++;
	return cursor->at > start;
}

static bool take_number(struct cursor *cursor)
{
	(void)take(cursor, '-'); /* optional */
	if (!take(cursor, '0') && !take_digits(cursor))
		return false;
	if (take(cursor, '.') && !take_digits(cursor))
		return false;
	if (take(cursor, 'e') || take(cursor, 'E')) {
		if (!take(cursor, '+'))
			(void)take(cursor, '-'); /* optional */
		return take_digits(cursor);
	}
	return true;
}

static bool take_code_unit(struct cursor *cursor, unsigned *ret_unit)
{
	unsigned unit = 0;

	if (cursor->end - cursor->at < 4)
		return false;
	for (unsigned index = 0; index < 4; index++) {
		const int value = hexadecimal_value(*cursor->at++);

		if (value < 0)
			return false;
		unit = unit << 4 | (unsigned)value;
	}
	*ret_unit = unit;
	return true;
}

/* Behind the backslash. A high surrogate takes its low one along. */
static bool take_escape(struct cursor *cursor)
{
	unsigned unit;

	if (cursor->at == cursor->end)
		return false;
	if (*cursor->at != 'u')
		return *cursor->at != '\0' && strchr("\"\\/bfnrt", *cursor->at++) != NULL;
	cursor->at++;
	if (!take_code_unit(cursor, &unit))
		return false;
	if (unit < 0xD800 || unit > 0xDFFF)
		return true;
	return unit <= 0xDBFF && take(cursor, '\\') && take(cursor, 'u') && take_code_unit(cursor, &unit) && unit >= 0xDC00 &&
	       unit <= 0xDFFF;
}

static bool take_string(struct cursor *cursor)
{
	if (!take(cursor, '"'))
		return false;
	for (;;) {
		cursor->at += json_plain_size(slice_make(cursor->at, (size_t)(cursor->end - cursor->at)));
		if (take(cursor, '"'))
			return true;
		if (!take(cursor, '\\') || !take_escape(cursor))
			return false;
	}
}

static bool take_word(struct cursor *cursor, const char *word)
{
	const size_t size = strlen(word);

	if ((size_t)(cursor->end - cursor->at) < size || memcmp(cursor->at, word, size) != 0)
		return false;
	cursor->at += size;
	return true;
}

static bool take_scalar(struct cursor *cursor)
{
	switch (*cursor->at) {
	case '"':
		return take_string(cursor);
	case 't':
		return take_word(cursor, "true");
	case 'f':
		return take_word(cursor, "false");
	case 'n':
		return take_word(cursor, "null");
	default:
		return take_number(cursor);
	}
}

static bool take_key(struct cursor *cursor)
{
	skip_space(cursor);
	if (!take_string(cursor))
		return false;
	skip_space(cursor);
	return take(cursor, ':');
}

static uint32_t level_bit(const struct cursor *cursor)
{
	return UINT32_C(1) << (cursor->depth - 1);
}

static enum step container_begin(struct cursor *cursor, bool is_object)
{
	if (cursor->depth == JSON_DEPTH_MAX)
		return STEP_INVALID;
	cursor->at++;
	cursor->depth++;
	if (is_object)
		cursor->is_object |= level_bit(cursor);
	else
		cursor->is_object &= ~level_bit(cursor);
	skip_space(cursor);
	if (take(cursor, is_object ? '}' : ']')) {
		cursor->depth--;
		return STEP_AFTER;
	}
	return !is_object || take_key(cursor) ? STEP_VALUE : STEP_INVALID;
}

static enum step step_value(struct cursor *cursor)
{
	skip_space(cursor);
	if (cursor->at == cursor->end)
		return STEP_INVALID;
	if (*cursor->at == '{' || *cursor->at == '[')
		return container_begin(cursor, *cursor->at == '{');
	return take_scalar(cursor) ? STEP_AFTER : STEP_INVALID;
}

/* Inside a container, behind a value. */
static enum step step_after(struct cursor *cursor)
{
	const bool is_object = (cursor->is_object & level_bit(cursor)) != 0;

	skip_space(cursor);
	if (take(cursor, ','))
		return !is_object || take_key(cursor) ? STEP_VALUE : STEP_INVALID;
	if (!take(cursor, is_object ? '}' : ']'))
		return STEP_INVALID;
	cursor->depth--;
	return STEP_AFTER;
}

bool json_is_well_formed(struct slice text, char first)
{
	struct cursor cursor;
	enum step step = STEP_VALUE;

	if (text.size == 0 || text.data[0] != first)
		return false;
	cursor = (struct cursor){.at = text.data, .end = text.data + text.size};
	while (step != STEP_INVALID) {
		if (step == STEP_VALUE)
			step = step_value(&cursor);
		else if (cursor.depth == 0)
			return cursor.at == cursor.end;
		else
			step = step_after(&cursor);
	}
	return false;
}

bool json_is_valid(struct slice text, char first)
{
	return utf8_is_valid(text) && json_is_well_formed(text, first);
}

bool json_number_is_valid(struct slice text)
{
	struct cursor cursor = {.at = text.data, .end = text.data + text.size};

	return take_number(&cursor) && cursor.at == cursor.end;
}
