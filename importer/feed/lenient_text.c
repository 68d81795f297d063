/* References, runs and words. */
#include "feed/lenient_text.h"

#include "feed/entity.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#define EVERY_BYTE(value) (UINT64_C(0x0101010101010101) * (unsigned char)(value))
#define BLANKS " \t\r\n"
#define CODE_POINT_MAX 0x10FFFFu
#define BEYOND_UNICODE UINT32_MAX

/* --- where the prolog begins --- */

static struct slice behind(struct slice text, size_t count)
{
	return slice_make(text.data + count, text.size - count);
}

static size_t blank_size(struct slice text)
{
	size_t size = 0;

	while (size < text.size && text.data[size] != '\0' && strchr(BLANKS, text.data[size]) != NULL)
		size++;
	return size;
}

static bool is_declaration(struct slice text)
{
	return slice_starts_with(text, "<?xml") && blank_size(behind(text, 5)) > 0;
}

/* A tag, comment, instruction or DOCTYPE? */
static bool is_markup(struct slice text)
{
	unsigned char next;

	if (text.size < 2 || text.data[0] != '<')
		return false;
	next = (unsigned char)text.data[1];
	return next == '!' || next == '?' || next == '_' || next == ':' || next >= 0x80 || (next >= 'A' && next <= 'Z') ||
	       (next >= 'a' && next <= 'z');
}

/* Bytes of the comment or CDATA section that `text` begins with; 0 = none. */
static size_t hidden_size(struct slice text)
{
	const bool is_comment = slice_starts_with(text, "<!--");
	size_t end;

	if (!is_comment && !slice_starts_with(text, "<![CDATA["))
		return 0;
	end = slice_find(text, slice_from(is_comment ? "-->" : "]]>"));
	return end == SIZE_MAX ? text.size : end + 3;
}

size_t lenient_declaration_offset(struct slice head)
{
	size_t at = 0;

	while (at < head.size) {
		const char *next = memchr(head.data + at, '<', head.size - at);
		size_t hidden;

		if (next == NULL)
			break;
		at = (size_t)(next - head.data);
		if (is_declaration(behind(head, at)))
			return at;
		hidden = hidden_size(behind(head, at));
		at += hidden ? hidden : 1;
	}
	return SIZE_MAX;
}

size_t lenient_prolog_offset(struct slice head)
{
	const size_t declaration = lenient_declaration_offset(head);

	if (declaration != SIZE_MAX)
		return declaration;
	if (is_markup(behind(head, blank_size(head))))
		return 0;
	for (size_t at = 0; at < head.size; at++) {
		if (is_markup(behind(head, at)))
			return at;
	}
	return 0;
}

/* --- plain runs --- */

static inline uint64_t bytes_equal(uint64_t word, char byte)
{
	const uint64_t different = word ^ EVERY_BYTE(byte);

	return (different - EVERY_BYTE(1)) & ~different;
}

static inline bool is_plain(char byte, bool is_content)
{
	if ((unsigned char)byte < ' ' || byte == '\xEF')
		return false;
	return is_content ? byte != '&' && byte != '<' : byte != ']' && byte != '-' && byte != '?';
}

/* Eight at a time; a word that holds a line break or the like is left to the loop behind, which stops there. */
size_t lenient_plain_size(struct slice text, bool is_content)
{
	size_t size = 0;

	while (text.size - size >= sizeof(uint64_t)) {
		uint64_t word;
		uint64_t hits;

		memcpy(&word, text.data + size, sizeof(word));
		word = le64toh(word);
		hits = ((word - EVERY_BYTE(' ')) & ~word) | bytes_equal(word, '\xEF');
		if (is_content)
			hits |= bytes_equal(word, '&') | bytes_equal(word, '<');
		else
			hits |= bytes_equal(word, ']') | bytes_equal(word, '-') | bytes_equal(word, '?');
		hits &= EVERY_BYTE(0x80);
		if (hits != 0)
			return size + (size_t)__builtin_ctzll(hits) / 8;
		size += sizeof(word);
	}
	while (size < text.size && is_plain(text.data[size], is_content))
		size++;
	return size;
}

/* --- references --- */

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_hexadecimal(char byte)
{
	return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

bool lenient_reference_goes_on(struct slice start, char byte)
{
	if (start.size == 1)
		return byte == '#' || is_letter(byte);
	if (start.data[1] != '#')
		return byte == ';' || is_letter(byte) || is_digit(byte);
	if (start.size == 2)
		return byte == 'x' || is_digit(byte);
	if (start.data[2] != 'x')
		return byte == ';' || is_digit(byte);
	return is_hexadecimal(byte) || (byte == ';' && start.size > 3);
}

static uint32_t digit_value(char byte)
{
	if (is_digit(byte))
		return (uint32_t)(byte - '0');
	return (uint32_t)((byte | 0x20) - 'a' + 10);
}

/* Digits, at least one. */
static uint32_t read_code_point(struct slice digits, uint32_t base)
{
	uint32_t code_point = 0;

	for (size_t i = 0; i < digits.size && code_point <= CODE_POINT_MAX; i++)
		code_point = code_point * base + digit_value(digits.data[i]);
	return code_point <= CODE_POINT_MAX ? code_point : BEYOND_UNICODE;
}

static bool is_character(uint32_t code_point)
{
	if (code_point < ' ')
		return code_point == '\t' || code_point == '\n' || code_point == '\r';
	return code_point <= CODE_POINT_MAX && !(code_point >= 0xD800 && code_point <= 0xDFFF) && code_point != 0xFFFE &&
	       code_point != 0xFFFF;
}

/* The five of XML are among those of HTML, but for this one. */
static bool is_entity(struct slice name)
{
	return slice_equal_text(name, "apos") || entity_find(name) != NULL;
}

enum lenient_judgement lenient_reference_judge(struct slice text, uint32_t *ret_code_point)
{
	const struct slice name = slice_make(text.data + 1, text.size - 2);

	if (name.data[0] != '#')
		return is_entity(name) ? LENIENT_IS_REFERENCE : LENIENT_IS_NONE;
	*ret_code_point = name.data[1] == 'x' ? read_code_point(behind(name, 2), 16) : read_code_point(behind(name, 1), 10);
	return is_character(*ret_code_point) ? LENIENT_IS_REFERENCE : LENIENT_IS_FORBIDDEN;
}

/* --- words --- */

struct slice lenient_describe(const struct lenient_place *place, char room[LENIENT_TEXT_SIZE])
{
	const unsigned long long count = place->count;
	int size = 0;

	switch (place->mend) {
	case LENIENT_AMPERSAND:
		size = snprintf(room, LENIENT_TEXT_SIZE, "'&' escaped");
		break;
	case LENIENT_CHARACTER:
		if (count == 1)
			size = snprintf(room, LENIENT_TEXT_SIZE, "character U+%04X dropped", (unsigned)place->code_point);
		else
			size = snprintf(room, LENIENT_TEXT_SIZE, "%llu characters dropped, the first U+%04X", count,
			                (unsigned)place->code_point);
		break;
	case LENIENT_REFERENCE:
		if (place->code_point == BEYOND_UNICODE)
			size = snprintf(room, LENIENT_TEXT_SIZE, "reference to a character beyond Unicode dropped");
		else
			size = snprintf(room, LENIENT_TEXT_SIZE, "reference to character U+%04X dropped",
			                (unsigned)place->code_point);
		break;
	case LENIENT_PROLOG:
		size = snprintf(room, LENIENT_TEXT_SIZE, "%llu bytes before the prolog dropped", count);
		break;
	case LENIENT_MEND_COUNT:
		break;
	}
	return slice_make(room, (size_t)size);
}
