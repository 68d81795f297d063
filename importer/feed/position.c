/*
 * Places of the decoded stream, found again in the bytes it came from.
 * UTF-8 is counted by runs; the rest character by character, since the sizes
 * of a character on both sides differ.
 */
#include "feed/position.h"

#include "base/limits.h"
#include "base/utf8.h"
#include "feed/encoding.h"
#include "feed/encoding_tables.h"

#include <stdlib.h>
#include <string.h>

struct resolver {
	const struct encoding *encoding;
	struct decoder decoder;
	struct feed_position *next;
	struct feed_position *end;
	uint64_t stream; /* of the next character */
	int64_t byte;
	int64_t line;
	int64_t column;
};

struct character {
	size_t raw_size;
	size_t stream_size;
	bool is_line_end;
};

static void settle(struct resolver *resolver, int64_t column, int64_t byte)
{
	resolver->next->line = resolver->line;
	resolver->next->column = column;
	resolver->next->byte = byte;
	resolver->next++;
}

static void step(struct resolver *resolver, struct character character)
{
	while (resolver->next < resolver->end && resolver->next->stream_offset < resolver->stream + character.stream_size)
		settle(resolver, resolver->column, resolver->byte);
	resolver->stream += character.stream_size;
	resolver->byte += (int64_t)character.raw_size;
	resolver->column = character.is_line_end ? 1 : resolver->column + 1;
	resolver->line += character.is_line_end;
}

/* --- UTF-8 --- */

static int64_t count_starts(struct slice text)
{
	int64_t count = 0;

	for (size_t i = 0; i < text.size; i++)
		count += !utf8_is_continuation(text.data[i]);
	return count;
}

/* Count a run of UTF-8 that may be cut anywhere. */
static void pass(struct resolver *resolver, struct slice text)
{
	const char *line_end;

	resolver->stream += text.size;
	resolver->byte += (int64_t)text.size;
	while (text.size > 0 && (line_end = memchr(text.data, '\n', text.size)) != NULL) {
		const size_t size = (size_t)(line_end - text.data) + 1;

		text = slice_make(text.data + size, text.size - size);
		resolver->line++;
		resolver->column = 1;
	}
	resolver->column += count_starts(text);
}

static void resolve_utf8(struct resolver *resolver, struct slice text)
{
	while (text.size > 0) {
		size_t size = text.size;

		if (resolver->next < resolver->end && resolver->next->stream_offset - resolver->stream < size)
			size = (size_t)(resolver->next->stream_offset - resolver->stream);
		pass(resolver, slice_make(text.data, size));
		text = slice_make(text.data + size, text.size - size);
		/* A place inside a character is that of the character. */
		while (text.size > 0 && resolver->next < resolver->end && resolver->next->stream_offset == resolver->stream)
			settle(resolver, resolver->column - (count_starts(slice_make(text.data, 1)) == 0), resolver->byte);
	}
}

/* --- other encodings --- */

static struct character table_character(const struct resolver *resolver, unsigned char byte)
{
	return (struct character){
		.raw_size = 1,
		.stream_size = byte < 0x80 ? 1 : resolver->decoder.high[byte - 0x80].size,
		.is_line_end = byte == '\n',
	};
}

static uint32_t unit_at(const struct resolver *resolver, struct slice text)
{
	const unsigned first = (unsigned char)text.data[0];
	const unsigned second = (unsigned char)text.data[1];

	return resolver->encoding->kind == ENCODING_UTF16LE ? first | second << 8 : first << 8 | second;
}

/* The character at the start of `text`; raw_size 0 where the piece ends within it. */
static struct character utf16_character(const struct resolver *resolver, struct slice text)
{
	struct character character = {.raw_size = 2, .stream_size = 3};
	uint32_t unit;

	if (text.size < 2)
		return (struct character){.raw_size = 0};
	unit = unit_at(resolver, text);
	if (unit < 0x800)
		character.stream_size = unit < 0x80 ? 1 : 2;
	character.is_line_end = unit == '\n';
	if (unit < 0xD800 || unit >= 0xDC00)
		return character;
	if (text.size < 4)
		return (struct character){.raw_size = 0};
	unit = unit_at(resolver, slice_make(text.data + 2, 2));
	return unit >= 0xDC00 && unit < 0xE000 ? (struct character){.raw_size = 4, .stream_size = 4} : character;
}

/* Returns how many bytes are left for the next piece. */
static size_t resolve_characters(struct resolver *resolver, struct slice text)
{
	while (text.size > 0) {
		const struct character character = resolver->encoding->kind == ENCODING_TABLE
		                                           ? table_character(resolver, (unsigned char)text.data[0])
		                                           : utf16_character(resolver, text);

		if (character.raw_size == 0)
			break;
		step(resolver, character);
		text = slice_make(text.data + character.raw_size, text.size - character.raw_size);
	}
	return text.size;
}

static size_t resolve_piece(struct resolver *resolver, struct slice text)
{
	if (resolver->encoding->kind != ENCODING_UTF8)
		return resolve_characters(resolver, text);
	resolve_utf8(resolver, text);
	return 0;
}

static int resolve(struct resolver *resolver, struct byte_source source, char *piece, struct error *err)
{
	bool is_start = true;
	size_t held = 0;

	while (resolver->next < resolver->end) {
		size_t mark = 0;
		size_t size;

		if (byte_source_read(source, piece + held, LIMIT_READ_PIECE - held, &size, err) < 0)
			return -1;
		held += size;
		if (is_start && size > 0 && held < 3)
			continue;
		if (is_start)
			mark = encoding_mark_size(resolver->encoding, slice_make(piece, held));
		is_start = false;
		resolver->byte += (int64_t)mark;
		const size_t left = resolve_piece(resolver, slice_make(piece + mark, held - mark));

		if (size == 0)
			return 0;
		memmove(piece, piece + held - left, left);
		held = left;
	}
	return 0;
}

int feed_positions_resolve(struct byte_source source, struct slice encoding, struct feed_position *positions, size_t count,
                           struct error *err)
{
	struct resolver resolver = {
		.encoding = encoding_find(encoding),
		.next = positions,
		.end = count > 0 ? positions + count : positions,
		.line = 1,
		.column = 1,
	};
	char *piece;
	int result;

	for (size_t i = 0; i < count; i++) {
		positions[i].line = 0;
		positions[i].column = 0;
		positions[i].byte = -1;
	}
	if (resolver.encoding == NULL)
		return error_set(err, ERROR_FEED, "encoding '%.*s' is not known", (int)(encoding.size < 60 ? encoding.size : 60),
		                 encoding.data);
	decoder_init(&resolver.decoder, resolver.encoding);
	piece = malloc(LIMIT_READ_PIECE);
	if (piece == NULL)
		return error_set_memory(err);
	result = resolve(&resolver, source, piece, err);
	free(piece);
	return result;
}
