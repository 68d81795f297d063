/* Pattern replacement by PCRE2 within fixed effort, letter case, and HTML to plain text. */
#include "dialect/transform.h"

#include "base/limits.h"
#include "base/number.h"
#include "base/utf8.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MATCH_LIMIT 200000
#define DEPTH_LIMIT 1000
#define HEAP_LIMIT_KIB 2048

struct replacement {
	pcre2_code *code;
	struct slice with;
	struct replacement *next;
};

struct replacement_context {
	pcre2_match_context *limits;
	pcre2_match_data *match;
};

/* --- replacement --- */

static bool reference_is_known(const pcre2_code *code, uint32_t group_count, struct slice name)
{
	char text[64];
	int64_t number;

	if (number_parse_integer(name, 0, INT32_MAX, &number))
		return number <= (int64_t)group_count;
	if (name.size == 0 || name.size >= sizeof text)
		return false;
	memcpy(text, name.data, name.size);
	text[name.size] = '\0';
	return pcre2_substring_number_from_name(code, (PCRE2_SPTR)text) > 0;
}

/* PCRE2 finds a wrong reference only when it first matches; a dialect's author should see it at once. */
static bool check_references(const pcre2_code *code, struct slice with, char *message)
{
	uint32_t group_count = 0;
	size_t i = 0;

	(void)pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &group_count);
	if (group_count >= REPLACEMENT_GROUPS) {
		(void)snprintf(message, REPLACEMENT_MESSAGE_SIZE, "more than %d groups in the pattern", REPLACEMENT_GROUPS - 1);
		return false;
	}
	while (i < with.size) {
		struct slice name = {NULL, 0};

		if (with.data[i++] != '$')
			continue;
		if (i < with.size && with.data[i] == '$') {
			i++;
			continue;
		}
		if (i < with.size && with.data[i] == '{') {
			const size_t start = ++i;

			while (i < with.size && with.data[i] != '}')
				i++;
			name = slice_make(with.data + start, i - start);
			if (i == with.size)
				name.size = 0;
			i++;
		} else {
			const size_t start = i;

			while (i < with.size && with.data[i] >= '0' && with.data[i] <= '9')
				i++;
			name = slice_make(with.data + start, i - start);
		}
		if (!reference_is_known(code, group_count, name)) {
			(void)snprintf(message, REPLACEMENT_MESSAGE_SIZE,
			               "'$%.*s' is no group of the pattern; write $$ for a dollar sign",
			               (int)(name.size < 64 ? name.size : 64), name.size > 0 ? name.data : "");
			return false;
		}
	}
	return true;
}

const struct replacement *replacement_new(struct replacement_list *list, struct arena *arena, struct slice pattern,
                                          struct slice with, char ret_message[REPLACEMENT_MESSAGE_SIZE])
{
	struct replacement *replacement;
	PCRE2_SIZE offset = 0;
	int number = 0;

	ret_message[0] = '\0';
	if (pattern.size > REPLACEMENT_PATTERN_BYTES) {
		(void)snprintf(ret_message, REPLACEMENT_MESSAGE_SIZE, "a pattern of more than %d bytes", REPLACEMENT_PATTERN_BYTES);
		return NULL;
	}
	replacement = arena_alloc(arena, sizeof *replacement);
	if (replacement == NULL || !arena_copy(arena, with, &replacement->with))
		return NULL;
	replacement->code = pcre2_compile((PCRE2_SPTR)(pattern.size > 0 ? pattern.data : ""), pattern.size,
	                                  PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &number, &offset, NULL);
	if (replacement->code == NULL) {
		PCRE2_UCHAR text[160];

		if (number == PCRE2_ERROR_NOMEMORY)
			return NULL;
		if (pcre2_get_error_message(number, text, sizeof text) < 0)
			text[0] = '\0';
		(void)snprintf(ret_message, REPLACEMENT_MESSAGE_SIZE, "the pattern is wrong at character %zu: %s",
		               (size_t)offset + 1, (const char *)text);
		return NULL;
	}
	replacement->next = list->first;
	list->first = replacement;
	return check_references(replacement->code, with, ret_message) ? replacement : NULL;
}

void replacement_list_release(struct replacement_list *list)
{
	for (struct replacement *replacement = list->first; replacement != NULL; replacement = replacement->next)
		pcre2_code_free(replacement->code);
	list->first = NULL;
}

struct replacement_context *replacement_context_new(void)
{
	struct replacement_context *context = calloc(1, sizeof *context);

	if (context == NULL)
		return NULL;
	context->limits = pcre2_match_context_create(NULL);
	context->match = pcre2_match_data_create(REPLACEMENT_GROUPS, NULL);
	if (context->limits == NULL || context->match == NULL) {
		replacement_context_free(context);
		return NULL;
	}
	(void)pcre2_set_match_limit(context->limits, MATCH_LIMIT);
	(void)pcre2_set_depth_limit(context->limits, DEPTH_LIMIT);
	(void)pcre2_set_heap_limit(context->limits, HEAP_LIMIT_KIB);
	return context;
}

void replacement_context_free(struct replacement_context *context)
{
	if (context == NULL)
		return;
	pcre2_match_data_free(context->match);
	pcre2_match_context_free(context->limits);
	free(context);
}

enum replacement_outcome replacement_apply(const struct replacement *replacement, struct replacement_context *context,
                                           struct arena *arena, struct slice text, struct slice *ret_text)
{
	const uint32_t options = PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH | PCRE2_SUBSTITUTE_UNSET_EMPTY |
	                         PCRE2_NO_JIT;
	PCRE2_SPTR with = (PCRE2_SPTR)(replacement->with.size > 0 ? replacement->with.data : "");
	size_t room = text.size + text.size / 2 + 64;
	int found = pcre2_match(replacement->code, (PCRE2_SPTR)(text.size > 0 ? text.data : ""), text.size, 0, PCRE2_NO_JIT,
	                        context->match, context->limits);

	if (found == PCRE2_ERROR_NOMATCH) {
		*ret_text = text;
		return REPLACEMENT_DONE;
	}
	if (found < 0)
		return found == PCRE2_ERROR_NOMEMORY ? REPLACEMENT_NO_MEMORY : REPLACEMENT_TOO_COSTLY;
	for (int attempt = 0; attempt < 2 && room <= LIMIT_FIELD_BYTES + 1; attempt++) {
		char *output = arena_alloc(arena, room);
		PCRE2_SIZE size = room;

		if (output == NULL)
			return REPLACEMENT_NO_MEMORY;
		found = pcre2_substitute(replacement->code, (PCRE2_SPTR)text.data, text.size, 0, options, context->match,
		                         context->limits, with, replacement->with.size, (PCRE2_UCHAR *)output, &size);
		if (found >= 0) {
			*ret_text = slice_make(output, size);
			return REPLACEMENT_DONE;
		}
		if (found != PCRE2_ERROR_NOMEMORY)
			return REPLACEMENT_TOO_COSTLY;
		room = size; /* PCRE2 says how much it needs, its NUL included */
	}
	return REPLACEMENT_TOO_COSTLY;
}

/* --- letter case --- */

/* Blocks in which a capital and its small letter are a fixed distance apart; both sides take the same bytes in UTF-8. */
static const struct {
	uint32_t first_capital;
	uint32_t last_capital;
	uint32_t distance;
} letter_blocks[] = {
	{'A', 'Z', 32},       {0x00c0, 0x00d6, 32}, {0x00d8, 0x00de, 32}, {0x0391, 0x03a1, 32},
	{0x03a3, 0x03a9, 32}, {0x0400, 0x040f, 80}, {0x0410, 0x042f, 32},
};

/* Blocks in which capitals are even (or odd) and each is followed by its small letter. */
static const struct {
	uint32_t first_capital;
	uint32_t last_small;
} letter_pairs[] = {
	{0x0100, 0x012f}, {0x0132, 0x0137}, {0x0139, 0x0148}, {0x014a, 0x0177},
	{0x0179, 0x017e}, {0x0460, 0x0481}, {0x048a, 0x04bf}, {0x04d0, 0x052f},
};

static uint32_t change_letter(uint32_t letter, bool to_upper)
{
	for (size_t i = 0; i < sizeof letter_blocks / sizeof letter_blocks[0]; i++) {
		const uint32_t distance = letter_blocks[i].distance;

		if (!to_upper && letter >= letter_blocks[i].first_capital && letter <= letter_blocks[i].last_capital)
			return letter + distance;
		if (to_upper && letter >= letter_blocks[i].first_capital + distance &&
		    letter <= letter_blocks[i].last_capital + distance)
			return letter - distance;
	}
	for (size_t i = 0; i < sizeof letter_pairs / sizeof letter_pairs[0]; i++) {
		if (letter < letter_pairs[i].first_capital || letter > letter_pairs[i].last_small)
			continue;
		if ((letter - letter_pairs[i].first_capital) % 2 == (to_upper ? 1u : 0u))
			return to_upper ? letter - 1 : letter + 1;
	}
	return letter;
}

bool transform_letter_case(struct arena *arena, struct slice text, bool to_upper, struct slice *ret_text)
{
	char *output = arena_alloc(arena, text.size + 4);
	size_t size = 0;

	if (output == NULL)
		return false;
	while (text.size > 0) {
		size_t length;
		const uint32_t letter = utf8_decode(text, &length);
		char changed[4];

		if (utf8_encode(change_letter(letter, to_upper), changed) == length)
			memcpy(output + size, changed, length);
		else
			memcpy(output + size, text.data, length);
		size += length;
		text = slice_make(text.data + length, text.size - length);
	}
	*ret_text = slice_make(output, size);
	return true;
}

/* --- HTML --- */

static const struct {
	const char *name;
	uint32_t code_point;
} html_entities[] = {
	{"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},      {"apos", '\''},    {"nbsp", 0xa0},
	{"copy", 0xa9},    {"reg", 0xae},     {"trade", 0x2122}, {"deg", 0xb0},      {"times", 0xd7},   {"laquo", 0xab},
	{"raquo", 0xbb},   {"ndash", 0x2013}, {"mdash", 0x2014}, {"hellip", 0x2026}, {"bull", 0x2022},  {"middot", 0xb7},
	{"lsquo", 0x2018}, {"rsquo", 0x2019}, {"sbquo", 0x201a}, {"ldquo", 0x201c},  {"rdquo", 0x201d}, {"bdquo", 0x201e},
	{"euro", 0x20ac},  {"pound", 0xa3},   {"frac12", 0xbd},  {"plusmn", 0xb1},   {"auml", 0xe4},    {"ouml", 0xf6},
	{"uuml", 0xfc},    {"Auml", 0xc4},    {"Ouml", 0xd6},    {"Uuml", 0xdc},     {"szlig", 0xdf},
};

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
	struct slice name;
	uint32_t code_point = 0;

	if (end == NULL)
		return 0;
	name = slice_make(text.data + 1, (size_t)(end - text.data) - 1);
	*ret_read = name.size + 2;
	if (name.size > 0 && name.data[0] == '#')
		return numeric_entity(name, &code_point) ? utf8_encode(code_point, ret_bytes) : 0;
	for (size_t i = 0; i < sizeof html_entities / sizeof html_entities[0]; i++)
		if (slice_equal_text(name, html_entities[i].name))
			return utf8_encode(html_entities[i].code_point, ret_bytes);
	return 0;
}

static size_t find_folded(struct slice text, size_t from, const char *needle)
{
	const size_t length = strlen(needle);

	for (size_t i = from; i + length <= text.size; i++)
		if (slice_equal_folded(slice_make(text.data + i, length), slice_from(needle)))
			return i;
	return text.size;
}

static bool is_tag_start(struct slice text, size_t at)
{
	char next;

	if (at + 1 >= text.size)
		return false;
	next = text.data[at + 1];
	return next == '/' || next == '!' || next == '?' || (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z');
}

/* The offset behind the tag, comment, script or style at `at`. */
static size_t skip_tag(struct slice text, size_t at)
{
	const struct slice rest = slice_make(text.data + at, text.size - at);
	char quote = '\0';

	if (slice_starts_with(rest, "<!--")) {
		const size_t end = slice_find(rest, slice_from("-->"));

		return end == SIZE_MAX ? text.size : at + end + 3;
	}
	for (const char *const *name = (const char *const[]){"script", "style", NULL}; *name != NULL; name++) {
		const size_t length = strlen(*name);
		char closing[16];

		if (rest.size <= length + 1 || !slice_equal_folded(slice_make(rest.data + 1, length), slice_from(*name)))
			continue;
		if (strchr("> \t\r\n/", rest.data[length + 1]) == NULL)
			continue;
		(void)snprintf(closing, sizeof closing, "</%s", *name);
		at = find_folded(text, at, closing);
		break;
	}
	for (; at < text.size; at++) {
		const char byte = text.data[at];

		if (quote != '\0')
			quote = byte == quote ? '\0' : quote;
		else if (byte == '"' || byte == '\'')
			quote = byte;
		else if (byte == '>')
			return at + 1;
	}
	return text.size;
}

bool transform_strip_html(struct arena *arena, struct slice text, struct slice *ret_text)
{
	char *output = arena_alloc(arena, text.size + 8);
	size_t size = 0;
	size_t at = 0;

	if (output == NULL)
		return false;
	while (at < text.size) {
		const char byte = text.data[at];
		char bytes[4] = {byte};
		size_t written = 1;
		size_t read = 1;

		if (byte == '<' && is_tag_start(text, at)) {
			at = skip_tag(text, at);
			bytes[0] = ' ';
			read = 0;
		} else if (byte == '&') {
			written = decode_entity(slice_make(text.data + at, text.size - at), bytes, &read);
			if (written == 0) {
				written = 1;
				read = 1;
			}
		} else if (byte == '\t' || byte == '\r' || byte == '\n') {
			bytes[0] = ' ';
		}
		at += read;
		if (written == 1 && bytes[0] == ' ' && (size == 0 || output[size - 1] == ' '))
			continue;
		memcpy(output + size, bytes, written);
		size += written;
	}
	*ret_text = slice_trim(slice_make(output, size));
	return true;
}
