/* Quoting for YAML. */
#include "probe/yaml_text.h"

#include "base/utf8.h"

static bool is_plain_byte(char byte, bool is_first)
{
	if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '/')
		return true;
	return !is_first && ((byte >= '0' && byte <= '9') || byte == '_' || byte == '.' || byte == '-');
}

/* Words that YAML 1.1 takes for something else than text. */
static bool is_word_of_yaml(struct slice text)
{
	static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (slice_equal_folded(text, slice_from(words[i])))
			return true;
	}
	return false;
}

static bool is_plain(struct slice text)
{
	for (size_t i = 0; i < text.size; i++) {
		if (!is_plain_byte(text.data[i], i == 0))
			return false;
	}
	return text.size > 0 && !is_word_of_yaml(text);
}

/* What YAML calls printable, without line ends. */
static bool is_printable(uint32_t letter)
{
	return (letter >= 0x20 && letter <= 0x7E) || (letter >= 0xA0 && letter <= 0xD7FF && letter != 0x2028 && letter != 0x2029) ||
	       (letter >= 0xE000 && letter <= 0xFFFC && letter != 0xFEFF) || letter >= 0x10000;
}

static bool all_printable(struct slice text)
{
	size_t taken;

	for (size_t i = 0; i < text.size; i += taken) {
		if (!is_printable(utf8_decode(slice_make(text.data + i, text.size - i), &taken)))
			return false;
	}
	return true;
}

static void append_double_quoted(struct buffer *buffer, struct slice text)
{
	size_t taken;

	(void)buffer_append_byte(buffer, '"'); /* failure sticks */
	for (size_t i = 0; i < text.size; i += taken) {
		const uint32_t letter = utf8_decode(slice_make(text.data + i, text.size - i), &taken);

		if (letter == '"' || letter == '\\')
			(void)buffer_append_format(buffer, "\\%c", (int)letter);
		else if (is_printable(letter))
			(void)buffer_append(buffer, text.data + i, taken);
		else
			(void)buffer_append_format(buffer, "\\u%04X", (unsigned)letter);
	}
	(void)buffer_append_byte(buffer, '"');
}

void yaml_append_scalar(struct buffer *buffer, struct slice text)
{
	if (is_plain(text)) {
		(void)buffer_append_slice(buffer, text); /* failure sticks */
		return;
	}
	if (!all_printable(text)) {
		append_double_quoted(buffer, text);
		return;
	}
	(void)buffer_append_byte(buffer, '\'');
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == '\'')
			(void)buffer_append_byte(buffer, '\'');
		(void)buffer_append_byte(buffer, text.data[i]);
	}
	(void)buffer_append_byte(buffer, '\'');
}

void yaml_append_comment(struct buffer *buffer, struct slice text)
{
	char bytes[UTF8_PRINTABLE_SIZE];
	size_t taken;

	for (; text.size > 0; text = slice_make(text.data + taken, text.size - taken)) {
		size_t ignored;

		if (!is_printable(utf8_decode(text, &ignored)) && utf8_decode(text, &ignored) > 0x9F) {
			taken = ignored;
			(void)buffer_append_byte(buffer, '?'); /* failure sticks */
			continue;
		}
		(void)buffer_append(buffer, bytes, utf8_printable(text, &taken, bytes));
	}
}
