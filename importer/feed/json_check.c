/* JSON by the byte: a state for what is due next, one bit per level, and runs where runs are long. */
#include "feed/json_check.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "feed/json_fault.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

_Static_assert(LIMIT_DEPTH == 64, "a bit per level, and a text of this file names the limit");
_Static_assert(LIMIT_JSON_TOKEN_BYTES == 8 << 20, "a text of this file names the limit");

#define EVERY_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

typedef const unsigned char *bytes;

void json_check_init(struct json_check *check, bool is_lines, const char *encoding_claim)
{
	*check = (struct json_check){.is_lines = is_lines, .line = 1, .encoding_claim = encoding_claim};
}

static bytes fault(struct json_check *check, bytes at)
{
	json_fault_set(check, at);
	return NULL;
}

/* --- white space and structure --- */

static bytes skip_blanks(struct json_check *check, bytes at, bytes end)
{
	for (; at < end; at++) {
		if (*at == '\n') {
			if (check->is_lines && check->depth > 0)
				break;
			check->line++;
			check->line_characters = 0;
			check->line_start = at + 1;
			while (end - at > 8 && memcmp(at + 1, "        ", 8) == 0)
				at += 8;
		} else if (*at != ' ' && *at != '\r' && *at != '\t') {
			break;
		}
	}
	return at;
}

static uint64_t offset_of(const struct json_check *check, bytes at)
{
	return check->offset + (uint64_t)(at - check->piece);
}

static void end_value(struct json_check *check)
{
	check->state = check->depth > 0 ? JSON_AFTER : JSON_END;
	if (check->depth > 0)
		return;
	if (check->line != check->line_of_value && check->shape == JSON_SHAPE_OPEN)
		check->shape = JSON_SHAPE_DOCUMENT;
	check->line_of_value = check->line;
}

static bytes open(struct json_check *check, bytes at, bool is_object)
{
	if (check->depth >= LIMIT_DEPTH - (unsigned)check->is_lines) {
		json_fault_set_limit(check, at, "arrays and objects are nested deeper than 64");
		return NULL;
	}
	check->depth++;
	check->objects = check->objects << 1 | is_object;
	check->state = is_object ? JSON_FIRST_KEY : JSON_FIRST_ITEM;
	return at + 1;
}

static bytes close(struct json_check *check, bytes at)
{
	check->depth--;
	check->objects >>= 1;
	end_value(check);
	return at + 1;
}

static bytes begin_token(struct json_check *check, bytes at, enum json_state state)
{
	check->token_offset = offset_of(check, at);
	check->state = state;
	return at + 1;
}

static bytes begin_string(struct json_check *check, bytes at, bool is_key)
{
	check->is_key = is_key;
	return begin_token(check, at, JSON_STRING);
}

static bytes begin_word(struct json_check *check, bytes at, const char *rest)
{
	check->word = rest;
	return begin_token(check, at, JSON_WORD);
}

static bytes step_value(struct json_check *check, bytes at)
{
	switch (*at) {
	case '"':
		return begin_string(check, at, false);
	case '{':
		return open(check, at, true);
	case '[':
		return open(check, at, false);
	case 't':
		return begin_word(check, at, "rue");
	case 'f':
		return begin_word(check, at, "alse");
	case 'n':
		return begin_word(check, at, "ull");
	case '-':
		return begin_token(check, at, JSON_MINUS);
	case '0':
		return begin_token(check, at, JSON_ZERO);
	default:
		if (*at >= '1' && *at <= '9')
			return begin_token(check, at, JSON_INTEGER);
		return fault(check, at);
	}
}

static bytes step_root(struct json_check *check, bytes at)
{
	check->line_of_value = check->line;
	return step_value(check, at);
}

static bytes step_first(struct json_check *check, bytes at)
{
	if (*at == (check->state == JSON_FIRST_KEY ? '}' : ']'))
		return close(check, at);
	if (check->state == JSON_FIRST_ITEM)
		return step_value(check, at);
	return *at == '"' ? begin_string(check, at, true) : fault(check, at);
}

static bytes step_key(struct json_check *check, bytes at)
{
	return *at == '"' ? begin_string(check, at, true) : fault(check, at);
}

static bytes step_colon(struct json_check *check, bytes at)
{
	if (*at != ':')
		return fault(check, at);
	check->state = JSON_VALUE;
	return at + 1;
}

static bytes step_after(struct json_check *check, bytes at)
{
	const bool is_object = check->objects & 1;

	if (*at == ',') {
		check->state = is_object ? JSON_KEY : JSON_VALUE;
		return at + 1;
	}
	return *at == (is_object ? '}' : ']') ? close(check, at) : fault(check, at);
}

/* Behind the root value, on something that is no blank. */
static bytes step_end(struct json_check *check, bytes at)
{
	const bool is_next_line = check->line != check->line_of_value;

	if (check->is_lines && is_next_line) {
		check->state = JSON_ROOT;
		return at;
	}
	if (check->shape == JSON_SHAPE_OPEN)
		check->shape = is_next_line ? JSON_SHAPE_LINES : JSON_SHAPE_DOCUMENT;
	return fault(check, at);
}

/* --- strings --- */

/* Is none of eight bytes a control character, a quote, a backslash or outside of ASCII? */
static bool is_plain(bytes at)
{
	uint64_t word;
	uint64_t quote;
	uint64_t backslash;

	memcpy(&word, at, sizeof(word));
	quote = word ^ EVERY_BYTE('"');
	backslash = word ^ EVERY_BYTE('\\');
	return ((word | (word - EVERY_BYTE(0x20)) | (quote - EVERY_BYTE(1)) | (backslash - EVERY_BYTE(1))) & EVERY_BYTE(0x80)) == 0;
}

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xC0) == 0x80;
}

/* The usual characters of two and three bytes at once; returns `at` for all others and for those that the piece cuts. */
static bytes skip_characters(bytes at, bytes end)
{
	for (;;) {
		if (end - at >= 2 && at[0] >= 0xC2 && at[0] <= 0xDF && is_continuation(at[1]))
			at += 2;
		else if (end - at >= 3 && at[0] >= 0xE1 && at[0] <= 0xEF && at[0] != 0xED && is_continuation(at[1]) &&
		         is_continuation(at[2]))
			at += 3;
		else
			return at;
	}
}

static bytes begin_character(struct json_check *check, bytes at)
{
	const unsigned char lead = *at;

	if (lead < 0xC2 || lead > 0xF4)
		return fault(check, at);
	check->lead = lead;
	check->bytes_left = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
	check->byte_min = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
	check->byte_max = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
	check->state = JSON_CHARACTER;
	return at + 1;
}

static bytes step_character(struct json_check *check, bytes at)
{
	if (*at < check->byte_min || *at > check->byte_max)
		return fault(check, at);
	check->byte_min = 0x80;
	check->byte_max = 0xBF;
	if (--check->bytes_left == 0)
		check->state = JSON_STRING;
	return at + 1;
}

static bytes end_string(struct json_check *check, bytes at)
{
	if (check->is_key)
		check->state = JSON_COLON;
	else
		end_value(check);
	return at + 1;
}

/* The value of a hexadecimal digit, or 16. */
static unsigned digit_value(unsigned char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - (unsigned)'0';
	byte |= 0x20;
	return byte >= 'a' && byte <= 'f' ? byte - (unsigned)'a' + 10 : 16;
}

/* The usual escapes at once; returns `at` for halves of pairs, for faults and for those that the piece cuts. */
static bytes skip_escape(bytes at, bytes end)
{
	unsigned unit = 0;

	if (end - at < 6)
		return at;
	if (at[1] != 'u')
		return at[1] != '\0' && strchr("\"\\/bfnrt", at[1]) != NULL ? at + 2 : at;
	for (size_t i = 2; i < 6; i++) {
		const unsigned digit = digit_value(at[i]);

		if (digit > 15)
			return at;
		unit = unit << 4 | digit;
	}
	return unit == 0 || (unit >= 0xD800 && unit <= 0xDFFF) ? at : at + 6;
}

#ifdef __SSE2__

/* A bit for each byte of `block` that is above `limit`, as a signed number: those outside of ASCII are below zero. */
static inline unsigned bytes_above(__m128i block, char limit)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpgt_epi8(block, _mm_set1_epi8(limit)));
}

/*
 * Sixteen bytes at a time over ASCII and characters of two bytes, as most alphabets have them, up to a quote or backslash.
 * Stops there, or at the start of a character before anything else.
 */
static bytes skip_blocks(bytes at, bytes end)
{
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i backslash = _mm_set1_epi8('\\');
	const ptrdiff_t block_size = (ptrdiff_t)sizeof(__m128i);
	unsigned begun = 0; /* the last block's last byte begins a character */

	for (; end - at >= block_size; at += block_size) {
		const __m128i block = _mm_loadu_si128((const __m128i *)(const void *)at);
		const __m128i special = _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash));
		const unsigned ends = (unsigned)_mm_movemask_epi8(special);
		const unsigned looked_at = ends != 0 ? ends ^ (ends - 1) : 0xFFFF; /* up to the first of them */
		const unsigned high = (unsigned)_mm_movemask_epi8(block);
		const unsigned controls = ~high & ~bytes_above(block, 0x1F);
		const unsigned begins = high & bytes_above(block, (char)0xC1);
		const unsigned goes_on = high & ~bytes_above(block, (char)0xBF);
		const unsigned other = high & (bytes_above(block, (char)0xDF) | ~(begins | goes_on));

		if (((controls | other | ((begins << 1 | begun) ^ goes_on)) & looked_at) != 0)
			break;
		if (ends != 0)
			return at + __builtin_ctz(ends);
		begun = begins >> (block_size - 1);
	}
	return at - begun;
}

#endif

static bytes step_string(struct json_check *check, bytes at, bytes end)
{
	for (;;) {
#ifdef __SSE2__
		at = skip_blocks(at, end);
#endif
		while (end - at >= 8 && is_plain(at))
			at += 8;
		while (at < end && *at >= 0x20 && *at < 0x80 && *at != '"' && *at != '\\')
			at++;
		if (at == end)
			return at;
		if (*at == '"')
			return end_string(check, at);
		if (*at < 0x20)
			return fault(check, at);
		const bytes behind = *at == '\\' ? skip_escape(at, end) : skip_characters(at, end);

		if (behind == at && *at == '\\') {
			check->state = JSON_ESCAPE;
			return at + 1;
		}
		if (behind == at)
			return begin_character(check, at);
		at = behind;
	}
}

static bytes step_escape(struct json_check *check, bytes at)
{
	if (*at == 'u') {
		check->state = JSON_CODE_UNIT;
		check->digits_left = 4;
		check->code_unit = 0;
		check->is_second_unit = false;
		return at + 1;
	}
	if (*at == '\0' || strchr("\"\\/bfnrt", *at) == NULL)
		return fault(check, at);
	check->state = JSON_STRING;
	return at + 1;
}

/* The fault of a code unit is told at its last digit. */
static bytes end_code_unit(struct json_check *check, bytes at)
{
	const bool is_high = check->code_unit >= 0xD800 && check->code_unit <= 0xDBFF;
	const bool is_low = check->code_unit >= 0xDC00 && check->code_unit <= 0xDFFF;

	if (check->code_unit == 0 || check->is_second_unit != is_low)
		return fault(check, at);
	check->state = is_high ? JSON_SURROGATE : JSON_STRING;
	check->digits_left = 2; /* of '\u' */
	return at + 1;
}

static bytes step_code_unit(struct json_check *check, bytes at)
{
	const unsigned digit = digit_value(*at);

	if (digit > 15)
		return fault(check, at);
	check->code_unit = check->code_unit << 4 | digit;
	return --check->digits_left == 0 ? end_code_unit(check, at) : at + 1;
}

static bytes step_surrogate(struct json_check *check, bytes at)
{
	if (*at != (check->digits_left == 2 ? '\\' : 'u'))
		return fault(check, at);
	if (--check->digits_left == 0) {
		check->state = JSON_CODE_UNIT;
		check->digits_left = 4;
		check->code_unit = 0;
		check->is_second_unit = true;
	}
	return at + 1;
}

/* --- words and numbers --- */

static bytes step_word(struct json_check *check, bytes at)
{
	if (*at != (unsigned char)*check->word)
		return fault(check, at);
	if (*++check->word == '\0')
		end_value(check);
	return at + 1;
}

static bool is_digit(unsigned char byte)
{
	return byte >= '0' && byte <= '9';
}

static bytes skip_digits(bytes at, bytes end)
{
	while (at < end && is_digit(*at))
		at++;
	return at;
}

/* Behind a digit: more of the number, or its end, which is not taken. */
static bytes step_digits(struct json_check *check, bytes at, bytes end)
{
	if (check->state != JSON_ZERO)
		at = skip_digits(at, end);
	if (at == end)
		return at;
	if (*at == '.' && (check->state == JSON_ZERO || check->state == JSON_INTEGER)) {
		check->state = JSON_POINT;
		return at + 1;
	}
	if ((*at == 'e' || *at == 'E') && check->state != JSON_EXPONENT) {
		check->state = JSON_EXPONENT_MARK;
		return at + 1;
	}
	end_value(check);
	return at;
}

/* Where a digit is due. */
static bytes step_number(struct json_check *check, bytes at)
{
	if (check->state == JSON_EXPONENT_MARK && (*at == '+' || *at == '-')) {
		check->state = JSON_EXPONENT_SIGN;
		return at + 1;
	}
	if (!is_digit(*at))
		return fault(check, at);
	if (check->state == JSON_MINUS)
		check->state = *at == '0' ? JSON_ZERO : JSON_INTEGER;
	else
		check->state = check->state == JSON_POINT ? JSON_FRACTION : JSON_EXPONENT;
	return at + 1;
}

/* --- all of it --- */

static bool is_between_tokens(enum json_state state)
{
	return state < JSON_STRING;
}

/* Returns where it goes on, or NULL at a fault; takes at least one byte or changes the state. */
static bytes step(struct json_check *check, bytes at, bytes end)
{
	switch (check->state) {
	case JSON_ROOT:
		return step_root(check, at);
	case JSON_VALUE:
		return step_value(check, at);
	case JSON_FIRST_ITEM:
	case JSON_FIRST_KEY:
		return step_first(check, at);
	case JSON_KEY:
		return step_key(check, at);
	case JSON_COLON:
		return step_colon(check, at);
	case JSON_AFTER:
		return step_after(check, at);
	case JSON_END:
		return step_end(check, at);
	case JSON_STRING:
		return step_string(check, at, end);
	case JSON_CHARACTER:
		return step_character(check, at);
	case JSON_ESCAPE:
		return step_escape(check, at);
	case JSON_CODE_UNIT:
		return step_code_unit(check, at);
	case JSON_SURROGATE:
		return step_surrogate(check, at);
	case JSON_WORD:
		return step_word(check, at);
	case JSON_ZERO:
	case JSON_INTEGER:
	case JSON_FRACTION:
	case JSON_EXPONENT:
		return step_digits(check, at, end);
	case JSON_MINUS:
	case JSON_POINT:
	case JSON_EXPONENT_MARK:
	case JSON_EXPONENT_SIGN:
		break;
	}
	return step_number(check, at);
}

/* A token that goes on behind the piece, or that began before it and has just ended. */
static bool is_too_long(const struct json_check *check, uint64_t offset)
{
	return offset - check->token_offset > LIMIT_JSON_TOKEN_BYTES;
}

/* What stands behind most keys and values, without the way through the states: a colon and a string, a comma and a key. */
static bytes take_usual(struct json_check *check, bytes at, bytes end, bytes *ret_good)
{
	bool is_key;

	if (end - at < 2 || at[1] != '"')
		return at;
	if (check->state == JSON_COLON && *at == ':')
		is_key = false;
	else if (check->state == JSON_AFTER && *at == ',')
		is_key = check->objects & 1;
	else
		return at;
	*ret_good = at + 1;
	return begin_string(check, at + 1, is_key);
}

static bytes scan(struct json_check *check, bytes end, bytes *ret_good)
{
	bytes at = check->piece;

	while (at < end) {
		const bool is_between = is_between_tokens(check->state);

		if (is_between) {
			at = skip_blanks(check, at, end);
			if (at == end)
				break;
		}
		*ret_good = at;
		at = step(check, at, end);
		if (at == NULL)
			return NULL;
		if (is_between)
			continue;
		if (is_too_long(check, offset_of(check, at))) {
			json_fault_set_limit(check, at, "a string or number is longer than 8 MiB");
			return NULL;
		}
		at = take_usual(check, at, end, ret_good);
	}
	return at;
}

size_t json_check_push(struct json_check *check, struct slice text, struct error *err)
{
	const bytes piece = (bytes)text.data;
	bytes good = piece;

	if (text.size == 0)
		return 0;
	check->err = err;
	check->piece = piece;
	check->line_start = piece;
	if (scan(check, piece + text.size, &good) == NULL) {
		return (size_t)(good - piece);
	}
	if (check->shape == JSON_SHAPE_OPEN && check->depth > 0 && check->line != check->line_of_value)
		check->shape = JSON_SHAPE_DOCUMENT;
	check->offset += text.size;
	check->line_characters += (int64_t)utf8_length(
		slice_make((const char *)check->line_start, (size_t)(piece + text.size - check->line_start)));
	check->piece = NULL;
	check->line_start = NULL;
	return text.size;
}

int json_check_finish(struct json_check *check, struct error *err)
{
	check->err = err;
	switch (check->state) {
	case JSON_ZERO:
	case JSON_INTEGER:
	case JSON_FRACTION:
	case JSON_EXPONENT:
		if (check->depth == 0)
			return 0;
		break;
	case JSON_END:
		return 0;
	default:
		break;
	}
	return json_fault_set_cut(check);
}
