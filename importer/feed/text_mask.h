/*
 * Masks letters outside of ASCII before libxml2 reads a text, and gives them
 * back behind it.
 *
 * libxml2 finds the end of a text in a tight loop as long as it is ASCII; from
 * the first other letter on it decodes, checks and copies one character at a
 * time, which for most languages is more work than all the rest of parsing.
 * So each byte of such a letter is replaced by MASK_BYTE. Nothing moves: all
 * offsets stay what they are, and what the parser hands over is looked up where
 * it stands in the text.
 *
 * Only whole runs of character data inside the root element are masked, from
 * markup or a reference to the next one, and only those in which the parser
 * could find no fault: valid UTF-8 of characters that XML allows, no ']]>', no
 * lone carriage return. Names, attribute values, comments, CDATA sections and
 * instructions pass as they are, and so does all that follows a document type
 * definition with an internal subset.
 *
 * Tags are looked at only where letters follow them: no well-formed document has
 * '<' in a tag or value, so the last one before a letter begins the tag that is
 * before it, or that it is in. In any other document the parser stops at the
 * fault, which is before the letter, and what it tells of the rest is unmasked.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

#define MASK_BYTE '\x7f' /* a character of one byte that XML allows and texts hardly have */

enum text_mask_state {
	TEXT_MASK_CONTENT,     /* tags and text */
	TEXT_MASK_OPENING,     /* behind '<' at the end of a piece */
	TEXT_MASK_DECLARATION, /* behind '<!' */
	TEXT_MASK_COMMENT_OPENING,
	TEXT_MASK_COMMENT,
	TEXT_MASK_CDATA,
	TEXT_MASK_INSTRUCTION,
	TEXT_MASK_DEFINITION, /* of the document type */
	TEXT_MASK_BLIND,
};

/* All zeroes is a mask before the first piece. */
struct text_mask {
	enum text_mask_state state;
	char quote;      /* of the literal that a definition is in; '\0' = none */
	unsigned closed; /* how much of what ends a comment, section or instruction has been seen */
	char *masked;
	size_t masked_capacity;
	struct slice piece; /* as it was before masking */
	uint64_t piece_offset;
	char *tail; /* what stands before the piece and had not been read when it came */
	size_t tail_size;
	size_t tail_capacity;
};

void text_mask_release(struct text_mask *mask);

/*
 * The next piece of the text, masked where `in_root` says that the root element has begun before it; the result is valid until
 * the next call. `text` is borrowed until text_mask_keep(). False without memory.
 */
must_use bool text_mask_apply(struct text_mask *mask, struct slice text, bool in_root, struct slice *ret_masked);

/* The piece has been read up to `offset` in the whole text: keep what is left of it. False without memory. */
must_use bool text_mask_keep(struct text_mask *mask, uint64_t offset);

/*
 * What stood at `offset`, `size` bytes or the first of them: at least one, as long as it is of the piece or of what was kept. Empty
 * otherwise.
 */
struct slice text_mask_original(const struct text_mask *mask, uint64_t offset, size_t size);
