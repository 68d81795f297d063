/* Walking through checked JSON. As it is valid, brackets and quotes are all there is to look for. */
#include "base/json_read.h"

#include "base/hexadecimal.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "base/utf8.h"

#include <string.h>

static void skip_between(struct json_walk *walk)
{
	while (walk->at < walk->end && strchr(" \t\r\n,:", *walk->at) != NULL)
		walk->at++;
}

/* From quote to quote. */
static struct slice take_string(struct json_walk *walk)
{
	const char *start = walk->at++;

	for (;;) {
		walk->at += json_plain_size(slice_make(walk->at, (size_t)(walk->end - walk->at)));
		if (*walk->at == '"') /* valid: there is one before the end */
			break;
		walk->at += 2; /* the backslash and what it escapes; digits of \u are plain */
	}
	walk->at++;
	return slice_make(start, (size_t)(walk->at - start));
}

static struct slice take_container(struct json_walk *walk)
{
	const char *start = walk->at;
	unsigned depth = 0;

	do {
		if (*walk->at == '"') {
			(void)take_string(walk);
			continue;
		}
		if (*walk->at == '{' || *walk->at == '[')
			depth++;
		else if (*walk->at == '}' || *walk->at == ']')
			depth--;
		walk->at++;
	} while (depth > 0);
	return slice_make(start, (size_t)(walk->at - start));
}

static struct slice take_value(struct json_walk *walk)
{
	const char *start = walk->at;

	if (*start == '"')
		return take_string(walk);
	if (*start == '{' || *start == '[')
		return take_container(walk);
	while (walk->at < walk->end && strchr(" \t\r\n,]}", *walk->at) == NULL)
		walk->at++;
	return slice_make(start, (size_t)(walk->at - start));
}

bool json_walk_begin(struct json_walk *walk, struct slice text)
{
	*walk = (struct json_walk){.at = NULL};
	if (text.size == 0 || (text.data[0] != '{' && text.data[0] != '[') || !json_is_valid(text, text.data[0]))
		return false;
	*walk = (struct json_walk){.at = text.data + 1, .end = text.data + text.size - 1, .has_names = text.data[0] == '{'};
	return true;
}

bool json_walk_next(struct json_walk *walk, struct slice *ret_name, struct slice *ret_value)
{
	struct slice name = {NULL, 0};

	skip_between(walk);
	if (walk->at == walk->end)
		return false;
	if (walk->has_names) {
		const struct slice quoted = take_string(walk);

		name = slice_make(quoted.data + 1, quoted.size - 2);
		skip_between(walk);
	}
	*ret_name = name;
	*ret_value = take_value(walk);
	return true;
}

bool json_find(struct slice object, const char *name, struct slice *ret_value)
{
	struct json_walk walk;
	struct slice found;
	struct slice value;

	if (!json_walk_begin(&walk, object) || !walk.has_names)
		return false;
	while (json_walk_next(&walk, &found, &value)) {
		if (!slice_equal_text(found, name))
			continue;
		*ret_value = value;
		return true;
	}
	return false;
}

/* ---- Strings ---- */

/* The four digits behind 'u'. */
static uint32_t code_unit(const char *digits)
{
	uint32_t unit = 0;

	for (unsigned index = 0; index < 4; index++)
		unit = unit << 4 | (uint32_t)hexadecimal_value(digits[index]);
	return unit;
}

/* What stands behind a backslash; returns how many bytes it has. */
static size_t append_escaped(struct buffer *buffer, const char *escape)
{
	static const char letters[] = "bfnrt";
	static const char controls[] = "\b\f\n\r\t";
	const char *letter = strchr(letters, *escape);
	char bytes[4];
	uint32_t code_point;

	if (*escape != 'u') {
		(void)buffer_append_byte(buffer, letter != NULL ? controls[letter - letters] : *escape); /* failure sticks */
		return 1;
	}
	code_point = code_unit(escape + 1);
	if (code_point < 0xD800 || code_point > 0xDFFF) {
		(void)buffer_append(buffer, bytes, utf8_encode(code_point, bytes));
		return 5;
	}
	/* A valid text has the low surrogate behind it: '\uDC00'. */
	code_point = 0x10000 + ((code_point - 0xD800) << 10) + (code_unit(escape + 7) - 0xDC00);
	(void)buffer_append(buffer, bytes, utf8_encode(code_point, bytes));
	return 11;
}

/* A string and nothing else: between its quotes no other quote stands without a backslash. */
static bool is_string(struct slice value)
{
	const char *end = value.data + value.size;

	if (value.size < 2 || value.data[0] != '"')
		return false;
	for (const char *at = value.data + 1; at < end; at++) {
		if (*at == '"')
			return at + 1 == end;
		if (*at == '\\')
			at++;
	}
	return false;
}

bool json_string_append(struct slice value, struct buffer *buffer)
{
	const char *at;
	const char *end;

	if (!is_string(value))
		return false;
	at = value.data + 1;
	end = value.data + value.size - 1;
	while (at < end) {
		const size_t plain = json_plain_size(slice_make(at, (size_t)(end - at)));

		(void)buffer_append(buffer, at, plain); /* failure sticks */
		at += plain;
		if (at < end)
			at += 1 + append_escaped(buffer, at + 1);
	}
	return true;
}

bool json_string_copy(struct slice value, char *ret_text, size_t size)
{
	struct buffer buffer;
	bool fits;

	ret_text[0] = '\0';
	buffer_init(&buffer, size);
	fits = json_string_append(value, &buffer) && !buffer.failed && buffer.size < size &&
	       (buffer.size == 0 || memchr(buffer.data, '\0', buffer.size) == NULL);
	if (fits && buffer.size > 0)
		memcpy(ret_text, buffer.data, buffer.size);
	if (fits)
		ret_text[buffer.size] = '\0';
	buffer_release(&buffer);
	return fits;
}

/* ---- Names ---- */

/* What a name says; borrowed from `buffer` where it has escapes. */
static struct slice plain_name(struct slice name, struct buffer *buffer)
{
	if (name.size == 0 || memchr(name.data, '\\', name.size) == NULL)
		return name;
	buffer_clear(buffer);
	if (!json_string_append(slice_make(name.data - 1, name.size + 2), buffer))
		return name;
	return buffer_slice(buffer);
}

/* Is it none of the `count` names at the beginning of `object`? */
static bool is_first(struct slice object, size_t count, struct slice name, struct buffer buffers[2])
{
	struct json_walk walk;
	struct slice earlier;
	struct slice value;
	const struct slice plain = plain_name(name, &buffers[0]);

	if (!json_walk_begin(&walk, object))
		return false;
	for (size_t i = 0; i < count && json_walk_next(&walk, &earlier, &value); i++) {
		if (slice_equal(plain, plain_name(earlier, &buffers[1])))
			return false;
	}
	return true;
}

bool json_names_differ(struct slice object)
{
	struct json_walk walk;
	struct slice name;
	struct slice value;
	struct buffer buffers[2];
	size_t count = 0;
	bool differ = true;

	if (!json_walk_begin(&walk, object) || !walk.has_names)
		return false;
	buffer_init(&buffers[0], object.size);
	buffer_init(&buffers[1], object.size);
	while (differ && json_walk_next(&walk, &name, &value)) {
		differ = count < JSON_MEMBERS_MAX && is_first(object, count, name, buffers);
		count++;
	}
	differ = differ && !buffers[0].failed && !buffers[1].failed;
	buffer_release(&buffers[0]);
	buffer_release(&buffers[1]);
	return differ;
}
