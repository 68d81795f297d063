/* Names as numbers: a hash table from text to id, and an array from id to text. */
#include "feed/names.h"

#include "base/limits.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* All names together; longer ones than a feed may bring come from dialects only. */
#define NAMES_BYTES_MAX ((size_t)LIMIT_NAMES * LIMIT_NAME_BYTES * 2)
#define NAMES_FIRST_CAPACITY 256

void name_table_init(struct name_table *names)
{
	*names = (struct name_table){.texts = NULL};
	hash_table_init(&names->by_text);
	arena_init(&names->arena, NAMES_BYTES_MAX);
}

void name_table_release(struct name_table *names)
{
	hash_table_release(&names->by_text);
	arena_release(&names->arena);
	free(names->texts);
	*names = (struct name_table){.texts = NULL};
}

/* texts[0] is NAME_NONE's empty text, so `count` names need count + 1 places. */
static bool reserve(struct name_table *names)
{
	const uint32_t capacity = names->capacity ? names->capacity * 2 : NAMES_FIRST_CAPACITY;
	struct slice *texts;

	if (names->count + 1 < names->capacity)
		return true;
	texts = realloc(names->texts, capacity * sizeof(*texts));
	if (texts == NULL)
		return false;
	texts[NAME_NONE] = (struct slice){.data = NULL};
	names->texts = texts;
	names->capacity = capacity;
	return true;
}

/* Most records have the same few names, which differ in their first or last four bytes or in their size. */
static size_t recent_place(struct slice text)
{
	const size_t size = text.size < sizeof(uint32_t) ? text.size : sizeof(uint32_t);
	uint32_t first = 0;
	uint32_t last = 0;

	if (size == sizeof(first)) {
		memcpy(&first, text.data, sizeof(first));
		memcpy(&last, text.data + text.size - sizeof(last), sizeof(last));
	} else if (size > 0) {
		memcpy(&first, text.data, size);
	}
	return (((uint64_t)last << 32 | first) ^ text.size) * UINT64_C(0x9E3779B97F4A7C15) >> 32 & (NAMES_RECENT - 1);
}

/* Two texts of one fingerprint are told apart by fingerprints of further seeds. */
static uint32_t find_hashed(const struct name_table *names, struct slice text)
{
	for (uint64_t seed = 0;; seed++) {
		const uint32_t *value = hash_table_find(&names->by_text, hash_bytes(text, seed));

		if (value == NULL)
			return NAME_NONE;
		if (slice_equal(names->texts[*value], text))
			return *value;
	}
}

uint32_t name_find(const struct name_table *names, struct slice text)
{
	const uint32_t recent = names->recent[recent_place(text)];

	if (recent != NAME_NONE && slice_equal(names->texts[recent], text))
		return recent;
	return find_hashed(names, text);
}

static uint64_t free_seed(const struct name_table *names, struct slice text)
{
	uint64_t seed = 0;

	while (hash_table_find(&names->by_text, hash_bytes(text, seed)) != NULL)
		seed++;
	return seed;
}

uint32_t name_intern(struct name_table *names, struct slice text)
{
	uint32_t name = name_find(names, text);
	struct slice copy;
	uint32_t *value;

	if (name != NAME_NONE) {
		names->recent[recent_place(text)] = name;
		return name;
	}
	if (names->count >= LIMIT_NAMES || !reserve(names) || !arena_copy(&names->arena, text, &copy))
		return NAME_NONE;
	value = hash_table_put(&names->by_text, hash_bytes(text, free_seed(names, text)), NULL);
	if (value == NULL)
		return NAME_NONE;
	names->count++;
	names->texts[names->count] = copy;
	*value = names->count;
	return names->count;
}

int name_intern_bounded(struct name_table *names, struct slice text, uint32_t *ret_id, struct error *err)
{
	if (text.size > LIMIT_NAME_BYTES) {
		const struct slice shown = utf8_cut(text, 40);

		return error_set(err, ERROR_LIMIT, "the name '%.*s…' is longer than %d bytes", (int)shown.size, shown.data,
		                 LIMIT_NAME_BYTES);
	}
	*ret_id = name_intern(names, text);
	if (*ret_id == NAME_NONE && names->count >= LIMIT_NAMES)
		return error_set(err, ERROR_LIMIT, "the feed has more than %d different names", LIMIT_NAMES);
	return *ret_id == NAME_NONE ? error_set_memory(err) : 0;
}

struct slice name_text(const struct name_table *names, uint32_t name)
{
	return name <= names->count && name != NAME_NONE ? names->texts[name] : (struct slice){.data = NULL};
}
