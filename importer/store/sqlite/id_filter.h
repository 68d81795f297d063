/*
 * Which ids have been seen, in about eight bytes each: a no is certain, a yes
 * is not. Private to importer/store/sqlite.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

struct id_filter {
	uint32_t *slots; /* of each id 32 bits of its hash, never 0 */
	size_t capacity; /* a power of two, or 0 */
	size_t count;
	uint64_t seed; /* a feed must not be able to aim at it */
};

void id_filter_init(struct id_filter *filter, uint64_t seed);
void id_filter_release(struct id_filter *filter);

/* To be told of an id some time before it is added saves waiting for memory then: the table is larger than most caches. */
void id_filter_expect(const struct id_filter *filter, struct slice id);

/* 0 = the id was not there before, and is now; 1 = it may have been; -1 = out of memory. */
must_use int id_filter_add(struct id_filter *filter, struct slice id);
