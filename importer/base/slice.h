/*
 * Borrowed text: a pointer and a size, not NUL-terminated.
 *
 * A slice never owns its bytes; who hands one out says how long they live.
 * All functions accept the empty slice {NULL, 0}.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Marks a function whose result must not be ignored. */
#define must_use __attribute__((warn_unused_result))

struct slice {
	const char *data;
	size_t size;
};

/* A slice of a string literal, usable in static initialisers. */
/* clang-format off */
#define SLICE(literal) {(literal), sizeof(literal) - 1}
/* clang-format on */

/* What every text of every record goes through is written here, so that it costs no call. */
static inline struct slice slice_make(const char *data, size_t size)
{
	return (struct slice){.data = data, .size = size};
}

/* A slice over a C string; NULL gives the empty slice. */
static inline struct slice slice_from(const char *text)
{
	return slice_make(text, text != NULL ? strlen(text) : 0);
}

static inline bool slice_is_empty(struct slice slice)
{
	return slice.size == 0;
}

static inline bool slice_equal(struct slice left, struct slice right)
{
	return left.size == right.size && (left.size == 0 || memcmp(left.data, right.data, left.size) == 0);
}

static inline bool slice_equal_text(struct slice left, const char *right)
{
	return slice_equal(left, slice_from(right));
}

/* As slice_equal, with the ASCII letters folded. */
bool slice_equal_folded(struct slice left, struct slice right);

bool slice_starts_with(struct slice slice, const char *prefix);

/* Order by bytes, a shorter prefix first: negative, zero or positive. */
int slice_compare(struct slice left, struct slice right);

/* Without leading and trailing white space: ASCII blanks and U+00A0, U+FEFF, U+2000..U+200B, U+202F, U+3000 in UTF-8. */
struct slice slice_trim(struct slice slice);

/*
 * The text before the next `separator` (not empty); `rest` moves behind it.
 * Returns false when `rest` is used up. An empty text yields one empty piece.
 */
struct slice_splitter {
	struct slice rest;
	struct slice separator;
	bool done;
};
struct slice_splitter slice_split(struct slice text, struct slice separator);
bool slice_split_next(struct slice_splitter *splitter, struct slice *ret_piece);

/* Position of `needle` (not empty) in `slice`, or SIZE_MAX. */
size_t slice_find(struct slice slice, struct slice needle);
