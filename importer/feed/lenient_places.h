/*
 * What the filter of faulty XML changed, in a queue until the parser has
 * passed it: where it was in the text as it came, and by how much offsets of
 * the mended text behind it differ from those.
 *
 * The parser asks in rising order and lags behind the filter by one token at
 * most, so the queue is short; where one token holds more faults than
 * LENIENT_PLACES_MAX, the feed is refused.
 */
#pragma once

#include "base/error.h"

#define LENIENT_PLACES_MAX ((size_t)128 * 1024)

enum lenient_mend {
	LENIENT_AMPERSAND, /* a '&' escaped */
	LENIENT_CHARACTER, /* one or several that stand together dropped */
	LENIENT_REFERENCE, /* to such a character, dropped */
	LENIENT_PROLOG,    /* what stood before it, dropped */
	LENIENT_MEND_COUNT,
};

struct lenient_place {
	enum lenient_mend mend;
	uint32_t code_point;  /* of the first character that was dropped, or referred to */
	uint64_t count;       /* LENIENT_CHARACTER: characters; LENIENT_PROLOG: bytes */
	uint64_t offset;      /* in the text as it came */
	uint64_t mended;      /* from here on in the mended text … */
	int64_t shift;        /* … this is to be added to find the text as it came */
	int64_t line;         /* from 1 */
	int64_t column_shift; /* characters to be added to columns behind it in that line */
};

struct lenient_places {
	struct lenient_place *ring;
	size_t capacity; /* a power of two, or 0 */
	size_t first;
	size_t count;
	struct lenient_place passed; /* the last one that the parser has passed; all zeroes = none */
};

/* All zeroes is an empty queue. */
void lenient_places_release(struct lenient_places *places);

/* ERROR_MEMORY, or ERROR_LIMIT. */
must_use int lenient_places_add(struct lenient_places *places, const struct lenient_place *place, struct error *err);

/* The one added last and not passed yet, or NULL. Valid until the next call. */
struct lenient_place *lenient_places_last(struct lenient_places *places);

/* The next place that the parser, being at `mended`, has passed; false = no further one. */
bool lenient_places_pass(struct lenient_places *places, uint64_t mended, struct lenient_place *ret_place);

/* The last place at or before `mended`, which is not before what was passed; one of zeroes where there is none. */
struct lenient_place lenient_places_before(const struct lenient_places *places, uint64_t mended);
