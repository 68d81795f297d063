/*
 * Bytes of any encoding to UTF-8. Nearly all bytes of a feed are ASCII, so
 * the table decoder copies runs of those by eights.
 */
#include "feed/encoding.h"

#include "base/utf8.h"
#include "feed/encoding_tables.h"

#include <endian.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"
#define REPLACEMENT_SIZE (sizeof(REPLACEMENT) - 1)

#define HIGH_BITS UINT64_C(0x8080808080808080)

static bool is_high_surrogate(uint32_t unit)
{
	return unit >= 0xD800 && unit < 0xDC00;
}

static bool is_low_surrogate(uint32_t unit)
{
	return unit >= 0xDC00 && unit < 0xE000;
}

void decoder_init(struct decoder *decoder, const struct encoding *encoding)
{
	*decoder = (struct decoder){.encoding = encoding};
	if (encoding->kind != ENCODING_TABLE)
		return;
	for (size_t i = 0; i < ENCODING_HIGH_BYTES; i++) {
		char bytes[4] = REPLACEMENT;
		size_t size = REPLACEMENT_SIZE;

		if (encoding->high[i] != 0)
			size = utf8_encode(encoding->high[i], bytes);
		decoder->high[i].size = (uint8_t)size;
		memcpy(decoder->high[i].bytes, bytes, sizeof(decoder->high[i].bytes));
	}
}

/* Count a character without meaning that is written `offset` bytes behind what is decoded already. */
static void note_undefined(struct decoder *decoder, size_t offset)
{
	if (decoder->undefined_count++ == 0)
		decoder->undefined_first = decoder->stream_size + offset;
}

/*
 * Copy the ASCII at the start of `input`; returns its size. What is copied of the eight bytes in which it ends is more than
 * that, and is written over: a byte of input has three of room.
 */
static size_t copy_ascii(struct slice input, char *room)
{
	size_t size = 0;
	uint64_t eight;

	while (input.size - size >= sizeof(eight)) {
		memcpy(&eight, input.data + size, sizeof(eight));
		memcpy(room + size, &eight, sizeof(eight));
		if (eight & HIGH_BITS)
			return size + (size_t)__builtin_ctzll(le64toh(eight) & HIGH_BITS) / 8;
		size += sizeof(eight);
	}
	while (size < input.size && !(input.data[size] & 0x80)) {
		room[size] = input.data[size];
		size++;
	}
	return size;
}

static size_t decode_table(struct decoder *decoder, struct slice input, char *room)
{
	size_t size = 0;

	while (input.size > 0) {
		const size_t plain = copy_ascii(input, room + size);

		size += plain;
		input = slice_make(input.data + plain, input.size - plain);
		for (; input.size > 0 && (input.data[0] & 0x80); input = slice_make(input.data + 1, input.size - 1)) {
			const size_t index = (unsigned char)input.data[0] - 0x80u;

			if (decoder->encoding->high[index] == 0)
				note_undefined(decoder, size);
			memcpy(room + size, decoder->high[index].bytes, sizeof(decoder->high[index].bytes));
			size += decoder->high[index].size;
		}
	}
	return size;
}

static uint32_t unit_at(const struct decoder *decoder, const unsigned char *bytes)
{
	return decoder->encoding->kind == ENCODING_UTF16LE ? (uint32_t)(bytes[0] | bytes[1] << 8)
	                                                   : (uint32_t)(bytes[0] << 8 | bytes[1]);
}

/* Write one code point, or U+FFFD for a surrogate that stands alone. */
static size_t put(struct decoder *decoder, uint32_t code_point, char *room, size_t size)
{
	char bytes[4];
	const size_t count = utf8_encode(code_point, bytes);

	if (count > 0) {
		memcpy(room + size, bytes, count);
		return size + count;
	}
	note_undefined(decoder, size);
	memcpy(room + size, REPLACEMENT, REPLACEMENT_SIZE);
	return size + REPLACEMENT_SIZE;
}

/* `held` collects the bytes of a character: two, or four where the first two are a high surrogate. */
static size_t decode_utf16(struct decoder *decoder, struct slice input, char *room)
{
	size_t size = 0;

	for (size_t i = 0; i < input.size; i++) {
		uint32_t first;
		uint32_t second;

		decoder->held[decoder->held_size++] = (unsigned char)input.data[i];
		if (decoder->held_size % 2 != 0)
			continue;
		first = unit_at(decoder, decoder->held);
		if (decoder->held_size == 2) {
			if (is_high_surrogate(first))
				continue;
			size = put(decoder, first, room, size);
			decoder->held_size = 0;
			continue;
		}
		second = unit_at(decoder, decoder->held + 2);
		decoder->held_size = 0;
		if (is_low_surrogate(second)) {
			size = put(decoder, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00), room, size);
			continue;
		}
		size = put(decoder, first, room, size);
		if (is_high_surrogate(second)) {
			memcpy(decoder->held, decoder->held + 2, 2);
			decoder->held_size = 2;
		} else {
			size = put(decoder, second, room, size);
		}
	}
	return size;
}

struct slice decoder_decode(struct decoder *decoder, struct slice input, char *room)
{
	struct slice text = input;

	if (decoder->encoding->kind == ENCODING_TABLE)
		text = slice_make(room, decode_table(decoder, input, room));
	else if (decoder->encoding->kind != ENCODING_UTF8)
		text = slice_make(room, decode_utf16(decoder, input, room));
	decoder->stream_size += text.size;
	return text;
}

struct slice decoder_finish(struct decoder *decoder, char *room)
{
	size_t size = 0;

	for (; decoder->held_size > 0; decoder->held_size = decoder->held_size > 2 ? decoder->held_size - 2 : 0)
		size = put(decoder, 0xD800, room, size);
	decoder->stream_size += size;
	return slice_make(room, size);
}
