/* HTML to plain text: one pass over tags, entities and text into an output that is never longer than the input and a few bytes. */
#include "dialect/html.h"

#include "base/utf8.h"
#include "feed/entity.h"

#include <string.h>

/* --- entities --- */

static bool numeric_entity(struct slice name, uint32_t *ret_code_point)
{
	const bool is_hex = name.size > 2 && (name.data[1] == 'x' || name.data[1] == 'X');
	uint32_t value = 0;

	for (size_t i = is_hex ? 2 : 1; i < name.size; i++) {
		const char byte = name.data[i];
		uint32_t digit;

		if (byte >= '0' && byte <= '9')
			digit = (uint32_t)(byte - '0');
		else if (is_hex && (byte | 32) >= 'a' && (byte | 32) <= 'f')
			digit = (uint32_t)((byte | 32) - 'a') + 10;
		else
			return false;
		value = value * (is_hex ? 16 : 10) + digit;
		if (value > 0x10ffff)
			return false;
	}
	*ret_code_point = value;
	return name.size > (is_hex ? 2u : 1u) && value >= 0x20;
}

/* The entity at the start of `text` ('&…;') as UTF-8: bytes read in `ret_read`, bytes written returned; 0 where it is none. */
static size_t decode_entity(struct slice text, char ret_bytes[4], size_t *ret_read)
{
	const size_t longest = text.size < 12 ? text.size : 12;
	const char *end = memchr(text.data, ';', longest);
	const struct entity *entity;
	struct slice name;
	uint32_t code_point = 0;

	if (end == NULL)
		return 0;
	name = slice_make(text.data + 1, (size_t)(end - text.data) - 1);
	*ret_read = name.size + 2;
	if (name.size > 0 && name.data[0] == '#')
		return numeric_entity(name, &code_point) ? utf8_encode(code_point, ret_bytes) : 0;
	if (slice_equal_text(name, "apos")) { /* of XML, not of HTML 4 */
		ret_bytes[0] = '\'';
		return 1;
	}
	entity = entity_find(name);
	if (entity == NULL)
		return 0;
	memcpy(ret_bytes, entity->text, sizeof entity->text);
	return strnlen(entity->text, sizeof entity->text);
}

/* --- tags --- */

static bool is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static bool is_tag_start(struct slice text, size_t at)
{
	const char next = at + 1 < text.size ? text.data[at + 1] : '\0';

	return next == '/' || next == '!' || next == '?' || is_letter(next);
}

/* The name in '<name …' or '</name …'; empty for comments and the like. */
static struct slice tag_name(struct slice text, size_t at)
{
	const size_t start = at + 1 + (text.data[at + 1] == '/' ? 1 : 0);
	size_t end = start;

	while (end < text.size && (is_letter(text.data[end]) || (text.data[end] >= '0' && text.data[end] <= '9')))
		end++;
	if (end < text.size && strchr("> \t\r\n/", text.data[end]) == NULL)
		return (struct slice){NULL, 0}; /* 'scripture' or 'x:y' is none of those that are known here */
	return slice_make(text.data + start, end - start);
}

static bool is_one_of(struct slice name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (slice_equal_folded(name, slice_from(*names)))
			return true;
	return false;
}

/* The offset of '</name' at or behind `from`. */
static size_t find_closing(struct slice text, size_t from, struct slice name)
{
	while (from < text.size) {
		const char *found = memchr(text.data + from, '<', text.size - from);

		if (found == NULL)
			break;
		from = (size_t)(found - text.data);
		if (text.size - from >= name.size + 2 && text.data[from + 1] == '/' &&
		    slice_equal_folded(slice_make(text.data + from + 2, name.size), name))
			return from;
		from++;
	}
	return text.size;
}

/* The offset behind the tag, comment, script or style at `at`. Quotes hide a '>' where they hold an attribute's value. */
static size_t skip_tag(struct slice text, size_t at, struct slice name)
{
	static const char *const dropped[] = {"script", "style", NULL};
	const struct slice rest = slice_make(text.data + at, text.size - at);
	char before = '\0';
	char quote = '\0';

	if (slice_starts_with(rest, "<!--")) {
		const size_t end = slice_find(rest, slice_from("-->"));

		return end == SIZE_MAX ? text.size : at + end + 3;
	}
	if (text.data[at + 1] != '/' && is_one_of(name, dropped))
		at = find_closing(text, at, name);
	for (; at < text.size; at++) {
		const char byte = text.data[at];

		if (quote != '\0')
			quote = byte == quote ? '\0' : quote;
		else if ((byte == '"' || byte == '\'') && before == '=')
			quote = byte;
		else if (byte == '>')
			return at + 1;
		before = is_blank(byte) ? before : byte;
	}
	return text.size;
}

/* --- what a tag means for the lines --- */

enum gap { GAP_NONE, GAP_BLANK, GAP_LINE, GAP_PARAGRAPH };

struct writer {
	char *output;
	size_t size;
	enum gap gap;     /* due before the next character */
	size_t breaks;    /* by <br> since the last character */
	bool is_item;     /* the next character begins a list item */
	bool keeps_lines; /* line breaks are made, not blanks */
};

static void widen(struct writer *writer, enum gap gap)
{
	if (gap > writer->gap)
		writer->gap = gap;
}

static void meet_tag(struct writer *writer, struct slice name, bool is_closing)
{
	static const char *const paragraphs[] = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", NULL};
	static const char *const lines[] = {
		"div",     "ul",   "ol",       "dl",      "dt",      "dd",     "tr",    "table", "thead", "tbody",  "tfoot",
		"caption", "hr",   "section",  "article", "header",  "footer", "main",  "aside", "nav",   "figure", "figcaption",
		"address", "form", "fieldset", "details", "summary", "center", "title", "body",  "html",  NULL};
	static const char *const cells[] = {"td", "th", NULL};

	if (slice_equal_folded(name, slice_from("br"))) {
		writer->breaks++;
		widen(writer, writer->breaks > 1 ? GAP_PARAGRAPH : GAP_LINE);
	} else if (slice_equal_folded(name, slice_from("li"))) {
		widen(writer, GAP_LINE);
		writer->is_item = !is_closing;
	} else if (is_one_of(name, paragraphs)) {
		widen(writer, GAP_PARAGRAPH);
	} else if (is_one_of(name, lines)) {
		widen(writer, GAP_LINE);
	} else if (is_one_of(name, cells)) {
		widen(writer, GAP_BLANK);
	}
}

static void write_bytes(struct writer *writer, const char *bytes, size_t size)
{
	static const char *const gaps[] = {[GAP_NONE] = "", [GAP_BLANK] = " ", [GAP_LINE] = "\n", [GAP_PARAGRAPH] = "\n\n"};
	const char *const gap = writer->size > 0 ? gaps[writer->keeps_lines || writer->gap == GAP_NONE ? writer->gap : GAP_BLANK]
	                                         : "";

	memcpy(writer->output + writer->size, gap, strlen(gap));
	writer->size += strlen(gap);
	if (writer->is_item && writer->keeps_lines) {
		memcpy(writer->output + writer->size, "- ", 2);
		writer->size += 2;
	}
	memcpy(writer->output + writer->size, bytes, size);
	writer->size += size;
	writer->gap = GAP_NONE;
	writer->breaks = 0;
	writer->is_item = false;
}

/* --- the pass --- */

/* The character at the start of `rest`, an entity resolved: bytes read in `ret_read`, bytes written returned. */
static size_t take_character(struct slice rest, char ret_bytes[4], size_t *ret_read)
{
	size_t size = 1;
	size_t written;

	if (rest.data[0] == '&' && (written = decode_entity(rest, ret_bytes, ret_read)) > 0)
		return written;
	if (((unsigned char)rest.data[0] & 0xc0) == 0xc0)
		while (size < 4 && size < rest.size && ((unsigned char)rest.data[size] & 0xc0) == 0x80)
			size++;
	memcpy(ret_bytes, rest.data, size);
	*ret_read = size;
	return size;
}

/* What white space stands for; GAP_NONE where the character is none. */
static enum gap white_space(const struct writer *writer, struct slice character, bool plain_lines)
{
	if (plain_lines && slice_equal_text(character, "\n"))
		return writer->gap < GAP_LINE ? GAP_LINE : GAP_PARAGRAPH;
	if (character.size == 1 && is_blank(character.data[0]))
		return GAP_BLANK;
	return writer->keeps_lines && slice_equal_text(character, "\xc2\xa0") ? GAP_BLANK : GAP_NONE;
}

/* `plain_lines`: a line break of the text itself is one, too. */
static void convert(struct slice text, struct writer *writer, bool plain_lines)
{
	size_t at = 0;

	while (at < text.size) {
		struct slice character;
		char bytes[4];
		enum gap gap;
		size_t read;

		if (text.data[at] == '<' && is_tag_start(text, at)) {
			const struct slice name = tag_name(text, at);

			if (writer->keeps_lines)
				meet_tag(writer, name, text.data[at + 1] == '/');
			else
				widen(writer, GAP_BLANK);
			at = skip_tag(text, at, name);
			continue;
		}
		character.size = take_character(slice_make(text.data + at, text.size - at), bytes, &read);
		character.data = bytes;
		at += read;
		gap = white_space(writer, character, plain_lines);
		if (gap == GAP_NONE)
			write_bytes(writer, character.data, character.size);
		else
			widen(writer, gap);
	}
}

static bool has_tag(struct slice text)
{
	for (size_t at = 0; at < text.size; at++) {
		const char *found = memchr(text.data + at, '<', text.size - at);

		if (found == NULL)
			return false;
		at = (size_t)(found - text.data);
		if (is_tag_start(text, at))
			return true;
	}
	return false;
}

/*
 * Each character of the output comes from at least as many bytes of the input; a gap and the dash of an item come from a tag,
 * which has at least three bytes ('<p>', '<li>'), or from the white space itself: the output is no longer than the input.
 */
static bool run(struct arena *arena, struct slice text, bool keeps_lines, struct slice *ret_text)
{
	struct writer writer = {.output = arena_alloc(arena, text.size + 8), .keeps_lines = keeps_lines};

	if (writer.output == NULL)
		return false;
	convert(text, &writer, keeps_lines && !has_tag(text));
	*ret_text = slice_trim(slice_make(writer.output, writer.size));
	return true;
}

bool html_strip(struct arena *arena, struct slice text, struct slice *ret_text)
{
	return run(arena, text, false, ret_text);
}

bool html_to_text(struct arena *arena, struct slice text, struct slice *ret_text)
{
	return run(arena, text, true, ret_text);
}
