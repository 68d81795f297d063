/*
 * What records did beyond the rows that they are about, each once: thousands
 * of records share what they are counted for and which categories they state.
 * Private to importer/store/sqlite.
 */
#pragma once

#include "base/error.h"
#include "base/hash.h"

/* A statement of a record. */
enum known_type {
	KNOWN_SKU,
	KNOWN_SKU_NAMED, /* its product is one that the feed should state */
	KNOWN_PRODUCT,
	KNOWN_CATEGORY_STATED,
	KNOWN_CATEGORY_DERIVED,
	KNOWN_CATEGORY_IGNORED, /* policy categories: ignore */
	KNOWN_TYPE_COUNT
};

struct known_item {
	uint64_t detail;     /* SKU: bits of its fields with a value. Category: its key, or what the user of the table says */
	uint32_t generation; /* category: the user's; else 0 */
	uint8_t type;        /* enum known_type */
	char currency[3];    /* SKU; zeroes = none */
};

_Static_assert(sizeof(struct known_item) == 16, "items are compared and stored as bytes");

/* SKUs and products: the record has a key for each, in this order. */
static inline bool known_item_has_key(const struct known_item *item)
{
	return item->type <= KNOWN_PRODUCT;
}

static inline bool known_item_is_category(const struct known_item *item)
{
	return item->type == KNOWN_CATEGORY_STATED || item->type == KNOWN_CATEGORY_DERIVED;
}

/* `count` items behind one another in the table of items. */
struct known_profile {
	uint32_t first;
	uint32_t count;
	uint32_t keys; /* items that have one */
};

/* Beyond these a record is not remembered. */
#define KNOWN_ITEMS_PER_RECORD 4096
#define KNOWN_ITEMS_MAX (512 * 1024)

struct known_profiles {
	struct known_item *items;
	uint32_t item_count;
	uint32_t item_capacity;
	struct known_profile *list;
	uint32_t count;
	uint32_t capacity;
	struct hash_table by_content;
};

void known_profiles_init(struct known_profiles *profiles);
void known_profiles_release(struct known_profiles *profiles);

/* The number of the profile with just these items: 1, 0 = there is no room for another one, -1 with ERROR_MEMORY. */
must_use int known_profiles_put(struct known_profiles *profiles, const struct known_item *items, uint32_t count,
                                uint32_t *ret_number, struct error *err);

static inline const struct known_item *known_profile_items(const struct known_profiles *profiles, uint32_t number)
{
	return profiles->items + profiles->list[number].first;
}

/* Room for one more element of an array that doubles: false when memory is exhausted. */
must_use bool known_array_grow(void *array, size_t element_size, uint32_t count, uint32_t *capacity);
