/* The rules for the content of fields, as the decoder of batches demands them. */
#include "catalog/batch_check.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "catalog/field_table.h"
#include "catalog/values.h"

#include <string.h>

static int refuse(enum field_id field, const char *reason, struct error *err)
{
	return error_set(err, ERROR_READER, "field '%s' %s", field_table[field].name, reason);
}

bool batch_id_is_valid(struct slice id)
{
	return id.size > 0 && id.size <= LIMIT_ID_BYTES && slice_trim(id).size == id.size;
}

int batch_check_integer(enum field_id field, int64_t value, struct error *err)
{
	if (value < field_table[field].minimum || value > field_table[field].maximum)
		return refuse(field, "is out of range", err);
	return 0;
}

static bool is_currency_code(struct slice text)
{
	if (text.size != 3)
		return false;
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] < 'A' || text.data[i] > 'Z')
			return false;
	return true;
}

/* Does valid JSON spell a NUL? It has backslashes in strings only, each with the character that it escapes. */
static bool json_has_nul(struct slice json)
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

	for (size_t i = 0; i < 4; i++) {
		const char digit = digits[i];

		value = value << 4 | (uint32_t)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
	}
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

/* Reads the string of valid JSON whose quote is at `*at` and moves behind it; is it an id? */
static bool json_id_is_valid(const char **at)
{
	char id[LIMIT_ID_BYTES + 4];
	size_t size = 0;

	for ((*at)++; **at != '"';) {
		if (size > LIMIT_ID_BYTES)
			return false;
		if (**at == '\\')
			size += utf8_encode(unescape(at), id + size);
		else
			id[size++] = *(*at)++;
	}
	(*at)++;
	return batch_id_is_valid((struct slice){id, size});
}

/* Is valid JSON that begins with '[' an array of at most LIMIT_CATEGORIES_PER_ITEM ids? */
static bool json_is_id_list(struct slice json)
{
	const char *const end = json.data + json.size;
	size_t count = 0;

	for (const char *at = json.data + 1; at < end;) {
		if (*at == ',' || *at == ' ' || *at == '\t' || *at == '\r' || *at == '\n') {
			at++;
		} else if (*at == '"') {
			if (++count > LIMIT_CATEGORIES_PER_ITEM || !json_id_is_valid(&at))
				return false;
		} else {
			/* The closing bracket ends the array; anything else is no string. */
			return *at == ']';
		}
	}
	return false;
}

static int check_json(enum field_id field, struct slice text, char first, struct error *err)
{
	if (!json_is_valid(text, first))
		return refuse(field, first == '[' ? "is not a JSON array" : "is not a JSON object", err);
	if (json_has_nul(text))
		return refuse(field, "has a NUL", err);
	if (field == FIELD_CATEGORIES && !json_is_id_list(text))
		return refuse(field, "is not a list of ids", err);
	return 0;
}

/* Text of the fields that have a form of their own. */
static int check_plain(enum field_id field, struct slice text, struct error *err)
{
	switch (field) {
	case FIELD_ID:
	case FIELD_PARENT_ID:
	case FIELD_PRODUCT_ID:
		return batch_id_is_valid(text) ? 0 : refuse(field, "has white space around it", err);
	case FIELD_CURRENCY:
		return is_currency_code(text) ? 0 : refuse(field, "is not three capital letters", err);
	case FIELD_AVAILABILITY:
		return availability_is_canonical(text) ? 0 : refuse(field, "is not a word of its table", err);
	case FIELD_CONDITION:
		return condition_is_canonical(text) ? 0 : refuse(field, "is not a word of its table", err);
	case FIELD_STATUS:
		return slice_equal_text(text, "hidden") ? 0 : refuse(field, "is not 'hidden'", err);
	default:
		return 0;
	}
}

int batch_check_text(enum field_id field, struct slice text, struct error *err)
{
	if (text.size > field_table[field].max_bytes)
		return refuse(field, "is too long", err);
	switch (field_table[field].type) {
	case FIELD_TYPE_ARRAY:
		return check_json(field, text, '[', err);
	case FIELD_TYPE_OBJECT:
		return check_json(field, text, '{', err);
	case FIELD_TYPE_TEXT:
		if (!utf8_is_valid(text))
			return refuse(field, "is not UTF-8", err);
		return check_plain(field, text, err);
	case FIELD_TYPE_INTEGER:
		break;
	}
	return refuse(field, "is a number and has text", err);
}
