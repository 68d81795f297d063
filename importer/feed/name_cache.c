/* Open addressing by address. */
#include "feed/name_cache.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 512

void name_cache_release(struct name_cache *cache)
{
	free(cache->keys);
	free(cache->ids);
	*cache = (struct name_cache){.names = cache->names};
}

/* The place of `name`, or the free one where it belongs. */
static size_t find_place(const unsigned char *const *keys, size_t capacity, const unsigned char *name)
{
	const size_t mask = capacity - 1;
	size_t place = (size_t)(((uintptr_t)name * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & mask;

	while (keys[place] != NULL && keys[place] != name)
		place = (place + 1) & mask;
	return place;
}

static int grow(struct name_cache *cache, struct error *err)
{
	const size_t capacity = cache->capacity ? cache->capacity * 2 : FIRST_CAPACITY;
	const unsigned char **keys = calloc(capacity, sizeof(*keys));
	uint32_t *ids = calloc(capacity, sizeof(*ids));

	if (keys == NULL || ids == NULL) {
		free(keys);
		free(ids);
		return error_set_memory(err);
	}
	for (size_t i = 0; i < cache->capacity; i++) {
		if (cache->keys[i] == NULL)
			continue;
		const size_t place = find_place(keys, capacity, cache->keys[i]);

		keys[place] = cache->keys[i];
		ids[place] = cache->ids[i];
	}
	free(cache->keys);
	free(cache->ids);
	cache->keys = keys;
	cache->ids = ids;
	cache->capacity = capacity;
	return 0;
}

static int add(struct name_cache *cache, const unsigned char *name, uint32_t *ret_id, struct error *err)
{
	const struct slice text = slice_from((const char *)name);
	size_t place;

	if ((cache->count * 2 >= cache->capacity && grow(cache, err) < 0) ||
	    name_intern_bounded(cache->names, text, ret_id, err) < 0)
		return -1;
	place = find_place(cache->keys, cache->capacity, name);
	cache->keys[place] = name;
	cache->ids[place] = *ret_id;
	cache->count++;
	return 0;
}

int name_cache_find(struct name_cache *cache, const unsigned char *name, uint32_t *ret_id, struct error *err)
{
	*ret_id = NAME_NONE;
	if (name == NULL)
		return 0;
	if (cache->capacity > 0) {
		const size_t place = find_place(cache->keys, cache->capacity, name);

		if (cache->keys[place] == name) {
			*ret_id = cache->ids[place];
			return 0;
		}
	}
	return add(cache, name, ret_id, err);
}
