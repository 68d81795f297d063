/* UTF-8 (RFC 3629): validation many bytes at a time, single code points, and printable forms. */
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define REPLACEMENT_CHARACTER 0xFFFDU
#define HIGH_BITS UINT64_C(0x8080808080808080)

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xC0) == 0x80;
}

/* The second byte has a narrower range behind four of the first bytes: shortest form, no surrogates, at most U+10FFFF. */
static bool second_is_valid(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xE0:
		return second >= 0xA0 && second <= 0xBF;
	case 0xED:
		return second >= 0x80 && second <= 0x9F;
	case 0xF0:
		return second >= 0x90 && second <= 0xBF;
	case 0xF4:
		return second >= 0x80 && second <= 0x8F;
	default:
		return is_continuation(second);
	}
}

/* Bytes of the well-formed sequence at `bytes`, whose first byte is not ASCII, or 0. */
static inline size_t sequence_size(const unsigned char *bytes, size_t left)
{
	const unsigned char first = bytes[0];

	if (first < 0xC2 || first > 0xF4 || left < 2)
		return 0;
	if (first < 0xE0)
		return is_continuation(bytes[1]) ? 2 : 0;
	if (left < 3 || !second_is_valid(first, bytes[1]) || !is_continuation(bytes[2]))
		return 0;
	if (first < 0xF0)
		return 3;
	return (left >= 4 && is_continuation(bytes[3])) ? 4 : 0;
}

#ifdef __SSE2__

#define BLOCK_SIZE ((ptrdiff_t)sizeof(__m128i))

/* A bit for each byte of `block` that, as a signed number, is above `limit`: those that are not ASCII are below zero. */
static inline unsigned bytes_above(__m128i block, char limit)
{
	return (unsigned)_mm_movemask_epi8(_mm_cmpgt_epi8(block, _mm_set1_epi8(limit)));
}

/*
 * Over ASCII and characters of two bytes, which is what most alphabets have: each of the bytes that begin one is followed by
 * one that goes on, and no other is. Returns where that ends, or the input does; at the start of a character.
 */
static const unsigned char *skip_two_bytes(const unsigned char *at, const unsigned char *end)
{
	unsigned begun = 0; /* the last block's last byte begins a character */

	for (; end - at >= BLOCK_SIZE; at += BLOCK_SIZE) {
		const __m128i block = _mm_loadu_si128((const __m128i *)(const void *)at);
		const unsigned high = (unsigned)_mm_movemask_epi8(block);
		const unsigned begins = high & bytes_above(block, (char)0xC1);
		const unsigned goes_on = high & ~bytes_above(block, (char)0xBF);
		const unsigned longer = high & bytes_above(block, (char)0xDF);

		if (longer != 0 || (begins | goes_on) != high || ((begins << 1 | begun) & 0xFFFF) != goes_on)
			break;
		begun = begins >> (BLOCK_SIZE - 1);
	}
	return at - begun;
}

#endif

/* What is well-formed from `at` on, until it is worth while to look at more at once. */
static const unsigned char *skip_quickly(const unsigned char *at, const unsigned char *end)
{
#ifdef __SSE2__
	at = skip_two_bytes(at, end);
#endif
	while (end - at >= 8) {
		uint64_t word;

		memcpy(&word, at, sizeof(word));
		if ((word & HIGH_BITS) != 0)
			break;
		at += 8;
	}
	while (at < end && *at < 0x80)
		at++;
	return at;
}

/* After a character that is not skipped quickly, its like may follow: so many are looked at one by one. */
#define SLOW_BYTES 16

bool utf8_is_valid(struct slice text)
{
	const unsigned char *at = (const unsigned char *)text.data;
	const unsigned char *end;

	if (text.size == 0)
		return true;
	end = at + text.size;
	while ((at = skip_quickly(at, end)) < end) {
		const unsigned char *slow_end = end - at < SLOW_BYTES ? end : at + SLOW_BYTES;

		while (at < slow_end) {
			const size_t size = *at < 0x80 ? 1 : sequence_size(at, (size_t)(end - at));

			if (size == 0)
				return false;
			at += size;
		}
	}
	return true;
}

size_t utf8_encode(uint32_t code_point, char ret_bytes[4])
{
	if (code_point < 0x80) {
		ret_bytes[0] = (char)code_point;
		return 1;
	}
	if (code_point < 0x800) {
		ret_bytes[0] = (char)(0xC0 | (code_point >> 6));
		ret_bytes[1] = (char)(0x80 | (code_point & 0x3F));
		return 2;
	}
	if (code_point < 0x10000) {
		if (code_point >= 0xD800 && code_point <= 0xDFFF)
			return 0;
		ret_bytes[0] = (char)(0xE0 | (code_point >> 12));
		ret_bytes[1] = (char)(0x80 | ((code_point >> 6) & 0x3F));
		ret_bytes[2] = (char)(0x80 | (code_point & 0x3F));
		return 3;
	}
	if (code_point > 0x10FFFF)
		return 0;
	ret_bytes[0] = (char)(0xF0 | (code_point >> 18));
	ret_bytes[1] = (char)(0x80 | ((code_point >> 12) & 0x3F));
	ret_bytes[2] = (char)(0x80 | ((code_point >> 6) & 0x3F));
	ret_bytes[3] = (char)(0x80 | (code_point & 0x3F));
	return 4;
}

uint32_t utf8_decode(struct slice text, size_t *ret_size)
{
	const unsigned char *bytes = (const unsigned char *)text.data;
	uint32_t code_point;
	size_t size;

	if (bytes[0] < 0x80) {
		*ret_size = 1;
		return bytes[0];
	}
	size = sequence_size(bytes, text.size);
	if (size == 0) {
		*ret_size = 1;
		return REPLACEMENT_CHARACTER;
	}
	code_point = bytes[0] & (0xFFU >> (size + 1));
	for (size_t index = 1; index < size; index++)
		code_point = (code_point << 6) | (bytes[index] & 0x3FU);
	*ret_size = size;
	return code_point;
}

/* Eight bytes at a time: a continuation byte has its highest bit set and the next one not. */
size_t utf8_length(struct slice text)
{
	size_t continuations = 0;
	size_t index = 0;

	for (; text.size - index >= 8; index += 8) {
		uint64_t word;

		memcpy(&word, text.data + index, sizeof(word));
		word = (word & ~(word << 1) & HIGH_BITS) >> 7;
		continuations += (word * UINT64_C(0x0101010101010101)) >> 56;
	}
	for (; index < text.size; index++)
		continuations += is_continuation((unsigned char)text.data[index]);
	return text.size - continuations;
}

struct slice utf8_cut(struct slice text, size_t max_bytes)
{
	size_t size = max_bytes;

	if (text.size <= max_bytes)
		return text;
	while (size > 0 && max_bytes - size < 3 && is_continuation((unsigned char)text.data[size]))
		size--;
	return slice_make(text.data, size);
}

/* C1, and what reorders or breaks a line on a terminal without being seen. */
static bool is_treacherous(uint32_t code_point)
{
	return (code_point >= 0x80 && code_point <= 0x9F) || code_point == 0x061C ||
	       (code_point >= 0x200E && code_point <= 0x200F) || (code_point >= 0x2028 && code_point <= 0x202E) ||
	       (code_point >= 0x2066 && code_point <= 0x2069);
}

static size_t escape_byte(unsigned char byte, char ret_bytes[UTF8_PRINTABLE_SIZE])
{
	if (byte == '\n' || byte == '\t') {
		ret_bytes[0] = '\\';
		ret_bytes[1] = byte == '\n' ? 'n' : 't';
		return 2;
	}
	return (size_t)snprintf(ret_bytes, UTF8_PRINTABLE_SIZE, "\\x%02x", byte);
}

size_t utf8_printable(struct slice text, size_t *ret_taken, char ret_bytes[UTF8_PRINTABLE_SIZE])
{
	const unsigned char first = (unsigned char)text.data[0];
	uint32_t code_point;

	if (first < 0x20 || first == 0x7F) {
		*ret_taken = 1;
		return escape_byte(first, ret_bytes);
	}
	code_point = utf8_decode(text, ret_taken);
	if (first >= 0x80 && *ret_taken == 1)
		return escape_byte(first, ret_bytes);
	if (is_treacherous(code_point))
		return (size_t)snprintf(ret_bytes, UTF8_PRINTABLE_SIZE, "\\u{%x}", (unsigned)code_point);
	memcpy(ret_bytes, text.data, *ret_taken);
	return *ret_taken;
}

void utf8_append_printable(struct buffer *buffer, struct slice text)
{
	while (text.size > 0) {
		char bytes[UTF8_PRINTABLE_SIZE];
		size_t taken;
		const size_t size = utf8_printable(text, &taken, bytes);

		if (buffer_append(buffer, bytes, size) < 0)
			return;
		text = slice_make(text.data + taken, text.size - taken);
	}
}
