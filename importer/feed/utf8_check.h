/* Is a text UTF-8? Checked piece by piece, cut anywhere. */
#pragma once

#include "base/slice.h"

struct utf8_check {
	char held[4]; /* the start of a character that the last piece cut */
	size_t held_size;
};

/*
 * All zeroes is the start. Bytes at the start of `text` that are valid: all of
 * it, or up to the first byte that belongs to no character. That byte may have
 * been in an earlier piece: then 0, and `held` begins with it. Later calls make
 * no sense then.
 */
size_t utf8_check_next(struct utf8_check *check, struct slice text);

/* The text has ended: not within a character? */
bool utf8_check_finish(const struct utf8_check *check);
