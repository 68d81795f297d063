/* Private to base: finding what cannot stand in a JSON string as it is. */
#pragma once

#include "base/slice.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define EVERY_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* Is one of eight bytes a control character, a quote or a backslash? */
static inline bool json_word_needs_escape(const char *bytes)
{
	uint64_t word;
	uint64_t quote;
	uint64_t backslash;
	uint64_t hits;

	memcpy(&word, bytes, sizeof(word));
	quote = word ^ EVERY_BYTE('"');
	backslash = word ^ EVERY_BYTE('\\');
	hits = ((word - EVERY_BYTE(0x20)) & ~word) | ((quote - EVERY_BYTE(1)) & ~quote) |
	       ((backslash - EVERY_BYTE(1)) & ~backslash);
	return (hits & EVERY_BYTE(0x80)) != 0;
}

static inline bool json_byte_needs_escape(char byte)
{
	return (unsigned char)byte < 0x20 || byte == '"' || byte == '\\';
}

#ifdef __SSE2__

#define JSON_BLOCK_SIZE sizeof(__m128i)

/* A bit for each byte of the block that is a control character, a quote or a backslash. */
static inline unsigned json_block_needs_escape(const char *bytes)
{
	const __m128i block = _mm_loadu_si128((const __m128i *)(const void *)bytes);
	const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);
	const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
	const __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)));
}

#endif

/* Bytes at the start that may be written as they are. */
static inline size_t json_plain_size(struct slice text)
{
	size_t size = 0;

#ifdef __SSE2__
	for (; text.size - size >= JSON_BLOCK_SIZE; size += JSON_BLOCK_SIZE) {
		const unsigned found = json_block_needs_escape(text.data + size);

		if (found != 0)
			return size + (size_t)__builtin_ctz(found);
	}
#endif
	while (text.size - size >= 8 && !json_word_needs_escape(text.data + size))
		size += 8;
	while (size < text.size && !json_byte_needs_escape(text.data[size]))
		size++;
	return size;
}
