/*
 * From the parser's names to ids. libxml2 keeps one copy of each name in its
 * dictionary, so the copy's address stands for the name.
 */
#pragma once

#include "feed/names.h"

#include "base/error.h"

struct name_cache {
	struct name_table *names;
	const unsigned char **keys;
	uint32_t *ids;
	size_t capacity; /* a power of two, or 0 */
	size_t count;
};

/* All zeroes but `names` is an empty cache. */
void name_cache_release(struct name_cache *cache);

/* The id of `name` (NUL-terminated; NULL = NAME_NONE) in `ret_id`. ERROR_LIMIT when it is too long or one too many. */
must_use int name_cache_find(struct name_cache *cache, const unsigned char *name, uint32_t *ret_id, struct error *err);
