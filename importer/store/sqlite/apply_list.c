/* The elements of a JSON array, the members of an object, and the value of a string. */
#include "store/sqlite/apply_list.h"

#include "base/hexadecimal.h"
#include "base/utf8.h"

#include <string.h>

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static struct slice skip(struct slice text, size_t size)
{
	return slice_make(text.data + size, text.size - size);
}

static struct slice skip_blank(struct slice text)
{
	while (text.size > 0 && is_blank(text.data[0]))
		text = skip(text, 1);
	return text;
}

/* Bytes of the string at the start of `text`, quotes included; 0 where it does not end. */
static size_t string_size(struct slice text)
{
	for (size_t index = 1; index < text.size; index++) {
		if (text.data[index] == '\\')
			index++;
		else if (text.data[index] == '"')
			return index + 1;
	}
	return 0;
}

/* Bytes of the value at the start of `text`, up to the comma or bracket behind it; 0 where there is none. */
static size_t value_size(struct slice text)
{
	size_t depth = 0;
	size_t index = 0;

	while (index < text.size) {
		const char byte = text.data[index];

		if (byte == '"') {
			const size_t size = string_size(skip(text, index));

			if (size == 0)
				return 0;
			index += size;
			continue;
		}
		if (depth == 0 && (byte == ',' || byte == ']' || byte == '}'))
			break;
		if (byte == '[' || byte == '{')
			depth++;
		else if (byte == ']' || byte == '}')
			depth--;
		index++;
	}
	while (index > 0 && is_blank(text.data[index - 1]))
		index--;
	return index;
}

static struct list_walk walk_begin(struct slice json, char bracket)
{
	const struct slice text = skip_blank(json);

	if (text.size == 0 || text.data[0] != bracket)
		return (struct list_walk){.rest = {NULL, 0}};
	return (struct list_walk){.rest = skip(text, 1)};
}

struct list_walk list_walk_begin(struct slice json)
{
	return walk_begin(json, '[');
}

struct list_walk object_walk_begin(struct slice json)
{
	return walk_begin(json, '{');
}

bool list_walk_next(struct list_walk *walk, struct slice *ret_element)
{
	const struct slice text = skip_blank(walk->rest);
	const size_t size = value_size(text);
	struct slice rest;

	walk->rest = slice_make(NULL, 0);
	if (size == 0)
		return false;
	*ret_element = slice_make(text.data, size);
	rest = skip_blank(skip(text, size));
	if (rest.size > 0 && rest.data[0] == ',')
		walk->rest = skip(rest, 1);
	return true;
}

bool object_walk_next(struct list_walk *walk, struct slice *ret_name, struct slice *ret_value)
{
	const struct slice text = skip_blank(walk->rest);
	const size_t size = text.size > 0 && text.data[0] == '"' ? string_size(text) : 0;
	struct slice rest;

	walk->rest = slice_make(NULL, 0);
	if (size == 0)
		return false;
	rest = skip_blank(skip(text, size));
	if (rest.size == 0 || rest.data[0] != ':')
		return false;
	walk->rest = skip(rest, 1);
	*ret_name = slice_make(text.data, size);
	return list_walk_next(walk, ret_value);
}

struct slice object_member(struct slice json, struct slice name)
{
	struct list_walk walk = object_walk_begin(json);
	struct slice member;
	struct slice value;

	while (object_walk_next(&walk, &member, &value))
		if (slice_equal(member, name))
			return value;
	return slice_make(NULL, 0);
}

size_t list_count(struct slice json)
{
	struct list_walk walk = list_walk_begin(json);
	struct slice element;
	size_t count = 0;

	while (list_walk_next(&walk, &element))
		count++;
	return count;
}

static void append_element(struct buffer *list, struct slice element)
{
	(void)buffer_append_byte(list, list->size == 0 ? '[' : ','); /* failure sticks */
	(void)buffer_append_slice(list, element);
}

void list_join(struct buffer *ret_list, struct slice first, size_t count, struct slice second)
{
	struct list_walk walk = list_walk_begin(first);
	struct slice element;

	buffer_clear(ret_list);
	while (count > 0 && list_walk_next(&walk, &element)) {
		append_element(ret_list, element);
		count--;
	}
	walk = list_walk_begin(second);
	while (list_walk_next(&walk, &element))
		append_element(ret_list, element);
	if (ret_list->size > 0)
		(void)buffer_append_byte(ret_list, ']');
}

/* Four hexadecimal digits, or -1. */
static int32_t hex_value(struct slice text)
{
	int32_t value = 0;

	if (text.size < 4)
		return -1;
	for (size_t index = 0; index < 4; index++) {
		const int digit = hexadecimal_value(text.data[index]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* Appends the character of the \u escape whose digits `text` begins with; bytes used up. */
static size_t decode_unicode(struct slice text, struct buffer *scratch)
{
	const int32_t first = hex_value(text);
	uint32_t code_point = first > 0 ? (uint32_t)first : 0xFFFD;
	size_t used = text.size < 4 ? text.size : 4;
	char bytes[4];

	if (first >= 0xD800 && first <= 0xDBFF && text.size >= 10 && text.data[4] == '\\' && text.data[5] == 'u') {
		const int32_t second = hex_value(skip(text, 6));

		if (second >= 0xDC00 && second <= 0xDFFF) {
			code_point = 0x10000 + (((uint32_t)first - 0xD800) << 10) + ((uint32_t)second - 0xDC00);
			used = 10;
		}
	}
	if (code_point >= 0xD800 && code_point <= 0xDFFF)
		code_point = 0xFFFD;
	(void)buffer_append(scratch, bytes, utf8_encode(code_point, bytes));
	return used;
}

/* Appends what the escape behind a backslash stands for; bytes used up. */
static size_t decode_escape(struct slice text, struct buffer *scratch)
{
	static const char letters[] = "bfnrt";
	static const char meanings[] = "\b\f\n\r\t";
	const char *found;

	if (text.data[0] == 'u')
		return 1 + decode_unicode(skip(text, 1), scratch);
	found = memchr(letters, text.data[0], sizeof(letters) - 1);
	(void)buffer_append_byte(scratch, found != NULL ? meanings[found - letters] : text.data[0]);
	return 1;
}

bool list_string(struct slice element, struct buffer *scratch, struct slice *ret_text)
{
	struct slice text;

	buffer_clear(scratch);
	if (element.size < 2 || element.data[0] != '"')
		return false;
	text = slice_make(element.data + 1, element.size - 2);
	if (text.size == 0 || memchr(text.data, '\\', text.size) == NULL) {
		*ret_text = text;
		return true;
	}
	while (text.size > 0) {
		const char *escape = memchr(text.data, '\\', text.size);
		const size_t plain = escape != NULL ? (size_t)(escape - text.data) : text.size;

		(void)buffer_append(scratch, text.data, plain);
		text = skip(text, plain);
		if (text.size >= 2)
			text = skip(text, 1 + decode_escape(skip(text, 1), scratch));
		else
			text = slice_make(NULL, 0);
	}
	*ret_text = buffer_slice(scratch);
	return !scratch->failed;
}
