/* Private to base: finding what cannot stand in a JSON string as it is. */
#pragma once

#include "base/slice.h"

#include <stdint.h>
#include <string.h>

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

/* Bytes at the start that may be written as they are. */
static inline size_t json_plain_size(struct slice text)
{
	size_t size = 0;

	while (text.size - size >= 8 && !json_word_needs_escape(text.data + size))
		size += 8;
	while (size < text.size && !json_byte_needs_escape(text.data[size]))
		size++;
	return size;
}
