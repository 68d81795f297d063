/* Finding single bytes in long texts, sixteen or thirty-two at a time where the processor can. */
#pragma once

#include "base/slice.h"

#include <stdint.h>

/*
 * In XML, from `at` on: the first '<' that may matter to an element whose name begins with `first`: '<!', '<?', '<' and
 * `first`, '</' and `first`; or one that stands so close to `end` that it is not to be seen what follows it. `end` if none.
 */
const char *sift_find_markup(const char *at, const char *end, char first);

/* The same, as it is done where the processor has nothing better than its architecture promises. */
const char *sift_find_markup_anywhere(const char *at, const char *end, char first);

/* The first of three bytes, some of which may be the same; `end` if none. */
const char *sift_find_any(const char *at, const char *end, char first, char second, char third);

/*
 * In a table encoding, from `at` on, blocks of sixteen bytes without one from 0x80 to 0xBF: adds to `count` how many of theirs are
 * outside of ASCII, and returns where they end.
 */
#define SIFT_BLOCK_SIZE 16
const char *sift_count_letters(const char *at, const char *end, uint64_t *count);

/* Inside an object or array of JSON. */
struct sift_nesting {
	char open; /* the kind of bracket that counts: values are well nested, or no parser takes them */
	char close;
	uint64_t depth; /* of that kind: 1 = in the outermost */
	bool in_string;
	bool is_escaped; /* the next byte stands behind a backslash */
};

/* The end of the outermost one, behind its bracket; NULL where it is not there yet: all was looked at. */
const char *sift_find_close(struct sift_nesting *nesting, const char *at, const char *end);
