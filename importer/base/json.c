/* Writing JSON (RFC 8259) into a buffer. */
#include "base/json.h"

#include "base/json_scan.h"
#include "base/number.h"
#include "base/utf8.h"

/* The bit of the level that members are written on now; 0 on the top level, where no comma is ever due. */
static uint32_t level_bit(const struct json_writer *json)
{
	return (json->depth > 0 && json->depth <= JSON_DEPTH_MAX) ? UINT32_C(1) << (json->depth - 1) : 0;
}

/* A comma where one is due, and from now on one is due. */
static void value_begin(struct json_writer *json)
{
	const uint32_t bit = level_bit(json);

	if ((json->has_member & bit) != 0)
		(void)buffer_append_byte(json->buffer, ',');
	json->has_member |= bit;
}

static void container_begin(struct json_writer *json, char bracket)
{
	value_begin(json);
	if (json->depth >= JSON_DEPTH_MAX)
		json->buffer->failed = true;
	json->depth++;
	json->has_member &= ~level_bit(json);
	(void)buffer_append_byte(json->buffer, bracket);
}

static void container_end(struct json_writer *json, char bracket)
{
	if (json->depth == 0) {
		json->buffer->failed = true;
		return;
	}
	json->depth--;
	(void)buffer_append_byte(json->buffer, bracket);
}

static void append_escape(struct buffer *buffer, char byte)
{
	char letter;

	switch (byte) {
	case '"':
	case '\\':
		letter = byte;
		break;
	case '\b':
		letter = 'b';
		break;
	case '\f':
		letter = 'f';
		break;
	case '\n':
		letter = 'n';
		break;
	case '\r':
		letter = 'r';
		break;
	case '\t':
		letter = 't';
		break;
	default:
		(void)buffer_append_format(buffer, "\\u%04x", (unsigned)(unsigned char)byte);
		return;
	}
	(void)buffer_append(buffer, (const char[2]){'\\', letter}, 2);
}

/* `text` is valid UTF-8. */
static void append_valid(struct buffer *buffer, struct slice text)
{
	while (text.size > 0) {
		const size_t size = json_plain_size(text);

		(void)buffer_append(buffer, text.data, size);
		if (size == text.size)
			return;
		append_escape(buffer, text.data[size]);
		text = slice_make(text.data + size + 1, text.size - size - 1);
	}
}

/* Every invalid byte becomes U+FFFD. */
static void append_repaired(struct buffer *buffer, struct slice text)
{
	while (text.size > 0) {
		size_t size;
		const uint32_t code_point = utf8_decode(text, &size);
		char bytes[4];

		if (code_point < 0x80)
			append_valid(buffer, slice_make(text.data, 1));
		else
			(void)buffer_append(buffer, bytes, utf8_encode(code_point, bytes));
		text = slice_make(text.data + size, text.size - size);
	}
}

static void append_string(struct buffer *buffer, struct slice text)
{
	(void)buffer_append_byte(buffer, '"');
	if (utf8_is_valid(text))
		append_valid(buffer, text);
	else
		append_repaired(buffer, text);
	(void)buffer_append_byte(buffer, '"');
}

void json_writer_init(struct json_writer *json, struct buffer *buffer)
{
	*json = (struct json_writer){.buffer = buffer};
}

void json_object_begin(struct json_writer *json)
{
	container_begin(json, '{');
}

void json_object_end(struct json_writer *json)
{
	container_end(json, '}');
}

void json_array_begin(struct json_writer *json)
{
	container_begin(json, '[');
}

void json_array_end(struct json_writer *json)
{
	container_end(json, ']');
}

void json_key(struct json_writer *json, const char *name)
{
	json_key_slice(json, slice_from(name));
}

void json_key_slice(struct json_writer *json, struct slice name)
{
	value_begin(json);
	append_string(json->buffer, name);
	(void)buffer_append_byte(json->buffer, ':');
	json->has_member &= ~level_bit(json); /* the value behind the colon takes no comma */
}

void json_string(struct json_writer *json, struct slice text)
{
	value_begin(json);
	append_string(json->buffer, text);
}

void json_text(struct json_writer *json, const char *text)
{
	if (text == NULL)
		json_null(json);
	else
		json_string(json, slice_from(text));
}

void json_integer(struct json_writer *json, int64_t value)
{
	value_begin(json);
	number_append_integer(json->buffer, value);
}

void json_bool(struct json_writer *json, bool value)
{
	value_begin(json);
	(void)buffer_append_text(json->buffer, value ? "true" : "false");
}

void json_null(struct json_writer *json)
{
	value_begin(json);
	(void)buffer_append_text(json->buffer, "null");
}

void json_raw(struct json_writer *json, struct slice value)
{
	value_begin(json);
	(void)buffer_append_slice(json->buffer, value);
}

void json_member_text(struct json_writer *json, const char *name, const char *text)
{
	json_key(json, name);
	json_text(json, text);
}

void json_member_string(struct json_writer *json, const char *name, struct slice text)
{
	json_key(json, name);
	json_string(json, text);
}

void json_member_integer(struct json_writer *json, const char *name, int64_t value)
{
	json_key(json, name);
	json_integer(json, value);
}

void json_member_bool(struct json_writer *json, const char *name, bool value)
{
	json_key(json, name);
	json_bool(json, value);
}
