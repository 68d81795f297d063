/*
 * Lines of configuration shown to people. A configuration may hold a feed's
 * URL with a token in it, so nothing is shown before it was masked.
 */
#include "config/excerpt.h"

#include "base/utf8.h"

#include <string.h>

#define MASK_RANGES 64
#define EXCERPT_BEFORE 80 /* characters kept before the fault in a line that is cut */

struct mask_range {
	size_t start;
	size_t end;
};

struct mask {
	struct mask_range ranges[MASK_RANGES];
	size_t count;
};

/* The bytes [start, end); nothing is added to the pointer of an empty text. */
static struct slice part(struct slice text, size_t start, size_t end)
{
	return start < end ? slice_make(text.data + start, end - start) : slice_make(NULL, 0);
}

/* Where the ranges run out, the last one covers the rest. */
static void mask_add(struct mask *mask, struct slice text, size_t start, size_t end)
{
	if (start >= end)
		return;
	if (mask->count == MASK_RANGES) {
		mask->ranges[MASK_RANGES - 1].end = text.size;
		return;
	}
	mask->ranges[mask->count++] = (struct mask_range){.start = start, .end = end};
}

static size_t find_byte(struct slice text, size_t start, size_t end, char byte)
{
	if (start >= end)
		return end;
	const char *found = memchr(text.data + start, byte, end - start);
	return found != NULL ? (size_t)(found - text.data) : end;
}

static bool ends_query_piece(char byte)
{
	return byte == '&' || byte == ';' || byte == '#';
}

/* Values of 'a=1&b=2', and pieces that are no 'name=value'; then the fragment. */
static void mask_query(struct mask *mask, struct slice text, size_t start, size_t end)
{
	size_t piece = start;
	while (piece < end) {
		size_t stop = piece;
		while (stop < end && !ends_query_piece(text.data[stop]))
			stop++;
		size_t equals = find_byte(text, piece, stop, '=');
		mask_add(mask, text, equals < stop ? equals + 1 : piece, stop);
		if (stop < end && text.data[stop] == '#') {
			mask_add(mask, text, stop + 1, end);
			return;
		}
		piece = stop + 1;
	}
}

/* [start, end) is what stands behind '://'. A careless '@' masks too much rather than too little. */
static void mask_url(struct mask *mask, struct slice text, size_t start, size_t end)
{
	size_t query = find_byte(text, start, end, '?');
	size_t fragment = find_byte(text, start, end, '#');
	size_t at = end;
	while (at > start && text.data[at - 1] != '@')
		at--;
	if (at > start && at > query) {
		mask_add(mask, text, start, end);
		return;
	}
	if (at > start)
		mask_add(mask, text, start, at - 1);
	if (query < fragment)
		mask_query(mask, text, query + 1, end);
	else
		mask_add(mask, text, fragment + 1 > at ? fragment + 1 : at, end);
}

/* A URL ends at white space; quotes, brackets and stops behind it are not its own. */
static size_t url_end(struct slice text, size_t start)
{
	size_t end = start;
	while (end < text.size && (unsigned char)text.data[end] > ' ')
		end++;
	while (end > start && strchr("'\",;:.)]}", text.data[end - 1]) != NULL)
		end--;
	return end;
}

static void mask_find(struct slice text, struct mask *ret_mask)
{
	static const struct slice separator = SLICE("://");
	size_t from = 0;
	ret_mask->count = 0;
	while (from < text.size) {
		size_t found = slice_find(part(text, from, text.size), separator);
		if (found == SIZE_MAX)
			return;
		size_t start = from + found + separator.size;
		size_t end = url_end(text, start);
		mask_url(ret_mask, text, start, end);
		from = end > start ? end : start;
	}
}

static size_t text_length(struct slice text)
{
	size_t count = 0;
	size_t size = 0;
	for (size_t at = 0; at < text.size; at += size) {
		(void)utf8_decode(part(text, at, text.size), &size);
		count++;
	}
	return count;
}

/* Bytes of the line break at the start of `rest` (YAML 1.1, as libyaml counts lines), or 0. */
static size_t break_size(struct slice rest)
{
	if (rest.data[0] == '\n')
		return 1;
	if (rest.data[0] == '\r')
		return rest.size > 1 && rest.data[1] == '\n' ? 2 : 1;
	if (slice_starts_with(rest, "\xC2\x85"))
		return 2;
	return slice_starts_with(rest, "\xE2\x80\xA8") || slice_starts_with(rest, "\xE2\x80\xA9") ? 3 : 0;
}

static bool find_line(struct slice source, uint32_t line, struct slice *ret_line)
{
	uint32_t current = 1;
	size_t start = 0;
	size_t at = 0;
	while (at < source.size) {
		size_t size = break_size(part(source, at, source.size));
		if (size != 0 && current == line)
			break;
		if (size != 0) {
			current++;
			start = at + size;
		}
		at += size != 0 ? size : 1;
	}
	if (current != line)
		return false;
	*ret_line = part(source, start, at);
	return true;
}

struct window {
	size_t first;
	size_t end;
};

static struct window window_choose(size_t length, size_t column)
{
	struct window window = {.first = 0, .end = length};
	if (length <= EXCERPT_CHARACTERS)
		return window;
	if (column > EXCERPT_CHARACTERS - 20)
		window.first = column - EXCERPT_BEFORE;
	if (window.first + EXCERPT_CHARACTERS > length)
		window.first = length - EXCERPT_CHARACTERS;
	window.end = window.first + EXCERPT_CHARACTERS;
	return window;
}

static void append_character(struct buffer *text, struct slice character)
{
	if (character.data[0] == '\t')
		(void)buffer_append_byte(text, '\t');
	else
		utf8_append_printable(text, character);
}

static void append_line(struct slice line, const struct mask *mask, struct window window, size_t column, struct buffer *text,
                        uint32_t *ret_caret)
{
	size_t begin = text->size;
	size_t range = 0;
	size_t stars = SIZE_MAX; /* where the stars of `range` stand in `text` */
	size_t caret = SIZE_MAX;
	size_t index = 0;
	size_t size = 0;
	if (window.first > 0)
		(void)buffer_append_text(text, "…");
	for (size_t at = 0; at < line.size; at += size, index++) {
		struct slice rest = part(line, at, line.size);
		(void)utf8_decode(rest, &size);
		while (range < mask->count && at >= mask->ranges[range].end) {
			range++;
			stars = SIZE_MAX;
		}
		bool is_secret = range < mask->count && at >= mask->ranges[range].start;
		bool is_shown = index >= window.first && index < window.end;
		if (index + 1 == column)
			caret = is_secret && stars != SIZE_MAX ? stars : text->size;
		if (is_shown && is_secret && stars == SIZE_MAX) {
			stars = text->size;
			(void)buffer_append_text(text, "***");
		} else if (is_shown && !is_secret) {
			append_character(text, slice_make(rest.data, size));
		}
	}
	if (caret == SIZE_MAX)
		caret = text->size;
	if (window.end < index)
		(void)buffer_append_text(text, "…");
	*ret_caret = text->failed ? 0 : (uint32_t)utf8_length(part(buffer_slice(text), begin, caret));
}

bool excerpt_append(struct slice source, uint32_t line, uint32_t column, struct buffer *text, uint32_t *ret_caret)
{
	struct slice found;
	struct mask mask;
	if (!find_line(source, line, &found))
		return false;
	mask_find(found, &mask);
	append_line(found, &mask, window_choose(text_length(found), column), column, text, ret_caret);
	return true;
}

void excerpt_append_masked(struct slice text, struct buffer *buffer)
{
	struct mask mask;
	size_t at = 0;
	mask_find(text, &mask);
	for (size_t index = 0; index < mask.count; index++) {
		utf8_append_printable(buffer, part(text, at, mask.ranges[index].start));
		(void)buffer_append_text(buffer, "***");
		at = mask.ranges[index].end;
	}
	utf8_append_printable(buffer, part(text, at, text.size));
}
