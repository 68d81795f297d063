/* Names as numbers: a hash table from text to id, and an array from id to text. */
#include "feed/names.h"

#include "base/limits.h"

#include <stdlib.h>

/* All names together; longer ones than a feed may bring come from dialects only. */
#define NAMES_BYTES_MAX ((size_t)LIMIT_NAMES * LIMIT_XML_NAME_BYTES * 2)
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

/* Two texts of one fingerprint are told apart by fingerprints of further seeds. */
uint32_t name_find(const struct name_table *names, struct slice text)
{
	for (uint64_t seed = 0;; seed++) {
		const uint32_t *value = hash_table_find(&names->by_text, hash_bytes(text, seed));

		if (value == NULL)
			return NAME_NONE;
		if (slice_equal(names->texts[*value], text))
			return *value;
	}
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

	if (name != NAME_NONE)
		return name;
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

struct slice name_text(const struct name_table *names, uint32_t name)
{
	return name <= names->count && name != NAME_NONE ? names->texts[name] : (struct slice){.data = NULL};
}
