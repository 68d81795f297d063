/* UTF-8 (RFC 3629): validation, single code points, and printing for terminals. */
#pragma once

#include "base/buffer.h"

#include <stdint.h>

/* Is it a byte of a character that began before it? */
static inline bool utf8_is_continuation(char byte)
{
	return ((unsigned char)byte & 0xC0) == 0x80;
}

/* Whole, shortest-form UTF-8 without surrogates; NUL is valid here. */
bool utf8_is_valid(struct slice text);

/* Bytes written (1 to 4), or 0 where `code_point` is no Unicode scalar value. */
size_t utf8_encode(uint32_t code_point, char ret_bytes[4]);

/* The code point at the start of `text` and its bytes in `ret_size`; U+FFFD and 1 for an invalid byte. `text` is not empty. */
uint32_t utf8_decode(struct slice text, size_t *ret_size);

/* Code points in valid `text`. */
size_t utf8_length(struct slice text);

/* The longest prefix of at most `max_bytes` that does not cut a code point. */
struct slice utf8_cut(struct slice text, size_t max_bytes);

/*
 * The printable form of the character at the start of `text` (not empty):
 * itself, or the escape that utf8_append_printable() writes. Returns the bytes
 * written; `ret_taken` is how many bytes of `text` they stand for.
 */
#define UTF8_PRINTABLE_SIZE 16
size_t utf8_printable(struct slice text, size_t *ret_taken, char ret_bytes[UTF8_PRINTABLE_SIZE]);

/*
 * Append `text` for a person's terminal or a log line: C0, DEL, C1 and invalid
 * bytes become \n, \t, \xNN or \u{NN} (lower-case digits); bidirectional
 * overrides and marks and the line separators U+2028 and U+2029 are escaped too.
 */
void utf8_append_printable(struct buffer *buffer, struct slice text);
