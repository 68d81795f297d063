/* The form of JSON in batches: lists of ids, of texts, and bags of custom fields. */
#include "catalog/batch_json.h"

#include "base/hexadecimal.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "catalog/batch_check.h"

#include <string.h>

#define WORD_BYTES_MAX 64 /* the name of a field, the code of a language */

/* JSON has backslashes in strings only, each with the character that it escapes. */
bool batch_json_has_nul(struct slice json)
{
	const char *const end = json.data + json.size;
	const char *at = json.data;

	while (at < end && (at = memchr(at, '\\', (size_t)(end - at))) != NULL) {
		if (end - at >= 6 && memcmp(at, "\\u0000", 6) == 0)
			return true;
		at += 2;
	}
	return false;
}

/* The four digits of a \u escape of valid JSON. */
static uint32_t hex_value(const char *digits)
{
	uint32_t value = 0;

	for (size_t i = 0; i < 4; i++)
		value = value << 4 | (uint32_t)hexadecimal_value(digits[i]);
	return value;
}

/* The character that an escape of valid JSON stands for; `at` moves behind it. */
static uint32_t unescape(const char **at)
{
	static const char letters[] = "bfnrt";
	static const char meanings[] = "\b\f\n\r\t";
	const char letter = (*at)[1];
	const char *found;
	uint32_t code;

	*at += 2;
	if (letter != 'u') {
		found = memchr(letters, letter, sizeof(letters) - 1);
		return (uint32_t)(found != NULL ? meanings[found - letters] : letter);
	}
	code = hex_value(*at);
	*at += 4;
	if (code >= 0xD800 && code <= 0xDBFF) {
		code = 0x10000 + ((code - 0xD800) << 10) + (hex_value(*at + 2) - 0xDC00);
		*at += 6;
	}
	return code;
}

static void skip_blank(const char **at)
{
	while (**at == ' ' || **at == '\t' || **at == '\r' || **at == '\n')
		(*at)++;
}

/* Moves behind the string whose quote is at `*at`; false where it is empty. */
static bool skip_text(const char **at)
{
	const char *const start = ++*at;

	while (**at != '"')
		*at += **at == '\\' ? 2 : 1;
	return (*at)++ > start;
}

/* Reads the string whose quote is at `*at`, at most `max` bytes, and moves behind it; is it an id? */
static bool take_id(const char **at, size_t max)
{
	char id[LIMIT_ID_BYTES + 4];
	size_t size = 0;

	for ((*at)++; **at != '"';) {
		if (size > max)
			return false;
		if (**at == '\\')
			size += utf8_encode(unescape(at), id + size);
		else
			id[size++] = *(*at)++;
	}
	(*at)++;
	return size <= max && batch_id_is_valid((struct slice){id, size});
}

/* Moves behind a scalar; false where there is none, or one without a value. */
static bool skip_scalar(const char **at)
{
	if (**at == '"')
		return skip_text(at);
	if (**at == '{' || **at == '[' || **at == 'n')
		return false;
	*at += strcspn(*at, ",]} \t\r\n");
	return true;
}

bool batch_json_is_id_list(struct slice json, size_t max)
{
	const char *const end = json.data + json.size;
	size_t count = 0;

	for (const char *at = json.data + 1; at < end;) {
		skip_blank(&at);
		if (*at == ',') {
			at++;
		} else if (*at == '"') {
			if (++count > max || !take_id(&at, LIMIT_ID_BYTES))
				return false;
		} else {
			/* The closing bracket ends the array; anything else is no string. */
			return *at == ']';
		}
	}
	return false;
}

/* The member whose key begins at `*at`; its bit is set in `seen`. Moves behind its value. */
static bool take_text_member(const char **at, unsigned *seen)
{
	static const struct slice keys[] = {SLICE("\"field\""), SLICE("\"language\""), SLICE("\"value\"")};
	const char *const key = *at;
	size_t member = 0;

	if (!skip_text(at))
		return false;
	while (member < 3 && !slice_equal((struct slice){key, (size_t)(*at - key)}, keys[member]))
		member++;
	if (member == 3 || (*seen & 1u << member) != 0)
		return false;
	*seen |= 1u << member;
	skip_blank(at);
	(*at)++; /* the colon */
	skip_blank(at);
	if (**at != '"')
		return false;
	return member == 2 ? skip_text(at) : take_id(at, WORD_BYTES_MAX);
}

/* The object whose brace is at `*at`. */
static bool take_text_entry(const char **at)
{
	unsigned seen = 0;

	for ((*at)++;;) {
		skip_blank(at);
		if (**at == '}')
			break;
		if (**at == ',')
			(*at)++;
		else if (!take_text_member(at, &seen))
			return false;
	}
	(*at)++;
	return seen == 7;
}

bool batch_json_is_text_list(struct slice json)
{
	size_t count = 0;

	for (const char *at = json.data + 1;;) {
		skip_blank(&at);
		if (*at == ']')
			return true;
		if (*at == ',')
			at++;
		else if (*at != '{' || ++count > LIMIT_LIST_ITEMS || !take_text_entry(&at))
			return false;
	}
}

bool batch_json_is_field_bag(struct slice json)
{
	size_t count = 0;

	for (const char *at = json.data + 1;;) {
		skip_blank(&at);
		if (*at == '}')
			return true;
		if (*at == ',') {
			at++;
			continue;
		}
		if (++count > LIMIT_LIST_ITEMS || !take_id(&at, LIMIT_ID_BYTES))
			return false;
		skip_blank(&at);
		at++; /* the colon */
		skip_blank(&at);
		if (!skip_scalar(&at))
			return false;
	}
}

bool batch_json_is_scalar(struct slice text)
{
	if (text.size == 0 || text.data[0] == '{' || text.data[0] == '[' || text.data[0] == 'n')
		return false;
	return json_is_valid(text, text.data[0]) && !batch_json_has_nul(text);
}
