/*
 * How many different values a field has, in fixed memory.
 *
 * Up to DISTINCT_EXACT different values are counted exactly. Beyond that only
 * those whose hash falls below a bound are kept, with how often each came, and
 * the bound sinks as needed: a fair sample, from whose share of first
 * occurrences the number of values and of repeats is estimated (within about a
 * tenth; values that all differ are counted as such).
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

#define DISTINCT_EXACT 1000

struct distinct_slot {
	uint64_t hash; /* 0 = free */
	uint64_t count;
};

/* All zeroes is empty. */
struct distinct {
	struct distinct_slot *slots;
	size_t capacity; /* a power of two, or 0 */
	size_t used;
	uint64_t bound; /* only hashes below it are kept; 0 = all */
	uint64_t added; /* values in all */
};

struct distinct_count {
	uint64_t values;  /* different ones */
	uint64_t repeats; /* further occurrences of values that came before */
	bool is_estimate;
};

void distinct_release(struct distinct *distinct);

/* One more value; false without memory. */
must_use bool distinct_add(struct distinct *distinct, struct slice value);

/* All that was added to `other` too; false without memory. */
must_use bool distinct_merge(struct distinct *distinct, const struct distinct *other);

struct distinct_count distinct_count(const struct distinct *distinct);
