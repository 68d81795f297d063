/*
 * The encodings we read, by all their usual names, and their decoding to
 * UTF-8 in pieces that may be cut anywhere. Own tables, because libxml2's
 * way through iconv is slow and loads converters that a sandbox forbids.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

enum encoding_kind { ENCODING_UTF8, ENCODING_UTF16LE, ENCODING_UTF16BE, ENCODING_TABLE };

struct encoding {
	const char *name; /* canonical */
	enum encoding_kind kind;
	const uint16_t *high; /* ENCODING_TABLE: code points of the bytes from 0x80 */
};

/* The encoding called `label` in any case and punctuation, or NULL. A bare 'utf-16' is the little-endian one. */
const struct encoding *encoding_find(struct slice label);

/* Is it the name of an encoding that exists, but that we do not read? */
bool encoding_is_foreign(struct slice label);

/* Bytes of the byte order mark of `encoding` at the start of `head`; 0 = none. */
size_t encoding_mark_size(const struct encoding *encoding, struct slice head);

struct decoder {
	const struct encoding *encoding;
	struct {
		uint8_t size;
		char bytes[3];
	} high[128];
	unsigned char held[4]; /* the start of a character that the last piece cut */
	size_t held_size;
	uint64_t stream_size; /* bytes decoded so far */
	uint64_t undefined_count;
	uint64_t undefined_first; /* stream offset of the first */
};

/* `encoding` outlives the decoder. */
void decoder_init(struct decoder *decoder, const struct encoding *encoding);

/* Room that `size` bytes of input can need. */
#define DECODER_ROOM(size) (3 * (size) + 8)

/*
 * Decode the next piece. `room` has DECODER_ROOM(input.size) bytes; the result
 * lies there, or is `input` itself where it is UTF-8 already (which is passed
 * on unchecked). Bytes without a meaning become U+FFFD and are counted.
 */
struct slice decoder_decode(struct decoder *decoder, struct slice input, char *room);

/* What the end of the input leaves; `room` has DECODER_ROOM(0) bytes. */
struct slice decoder_finish(struct decoder *decoder, char *room);
