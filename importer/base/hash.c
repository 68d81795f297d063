/* 128-bit fingerprints (XXH3-128) and an open-addressing table with linear probing. */
#include "base/hash.h"

#include <stdlib.h>
#include <xxhash.h>
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h> /* the same hash, by what vectors the processor has */
#endif

#define HASH_CAPACITY_MIN 64

struct hash128 hash_bytes(struct slice bytes, uint64_t seed)
{
	const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.size > 0 ? bytes.data : "", bytes.size, seed);

	return (struct hash128){.low = hash.low64, .high = hash.high64};
}

struct hash128 hash_chain(struct hash128 sum, struct slice text)
{
	return hash_bytes(text, sum.low ^ (sum.high * UINT64_C(0x9E3779B97F4A7C15)) ^ text.size);
}

bool hash_equal(struct hash128 left, struct hash128 right)
{
	return left.low == right.low && left.high == right.high;
}

struct hash128 hash_add(struct hash128 left, struct hash128 right)
{
	const uint64_t low = left.low + right.low;
	const uint64_t carry = low < left.low ? 1 : 0;

	return (struct hash128){.low = low, .high = left.high + right.high + carry};
}

struct hash128 hash_subtract(struct hash128 left, struct hash128 right)
{
	const uint64_t borrow = left.low < right.low ? 1 : 0;

	return (struct hash128){.low = left.low - right.low, .high = left.high - right.high - borrow};
}

static void format_half(uint64_t half, char *ret_text)
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned index = 0; index < 16; index++)
		ret_text[index] = digits[(half >> (60 - 4 * index)) & 0xF];
}

void hash_format(struct hash128 hash, char ret_text[33])
{
	format_half(hash.high, ret_text);
	format_half(hash.low, ret_text + 16);
	ret_text[32] = '\0';
}

void hash_table_init(struct hash_table *table)
{
	*table = (struct hash_table){.slots = NULL};
}

void hash_table_release(struct hash_table *table)
{
	free(table->slots);
	hash_table_init(table);
}

/* The slot of `key`, or the free slot where it belongs. The table has a free slot. */
static struct hash_slot *slot_find(struct hash_slot *slots, size_t capacity, struct hash128 key)
{
	const size_t mask = capacity - 1;
	size_t index = (size_t)key.low & mask;

	while (slots[index].used != 0 && !hash_equal(slots[index].key, key))
		index = (index + 1) & mask;
	return &slots[index];
}

static bool grow(struct hash_table *table)
{
	const size_t capacity = table->capacity > 0 ? table->capacity * 2 : HASH_CAPACITY_MIN;
	struct hash_slot *slots;

	if (capacity < table->capacity)
		return false;
	slots = calloc(capacity, sizeof(*slots));
	if (slots == NULL)
		return false;
	for (size_t index = 0; index < table->capacity; index++)
		if (table->slots[index].used != 0)
			*slot_find(slots, capacity, table->slots[index].key) = table->slots[index];
	free(table->slots);
	table->slots = slots;
	table->capacity = capacity;
	return true;
}

uint32_t *hash_table_put(struct hash_table *table, struct hash128 key, bool *ret_is_new)
{
	struct hash_slot *slot = table->capacity > 0 ? slot_find(table->slots, table->capacity, key) : NULL;
	const bool is_new = slot == NULL || slot->used == 0;

	if (is_new) {
		if (slot == NULL || table->count >= table->capacity / 4 * 3) {
			if (!grow(table))
				return NULL;
			slot = slot_find(table->slots, table->capacity, key);
		}
		*slot = (struct hash_slot){.key = key, .used = 1};
		table->count++;
	}
	if (ret_is_new != NULL)
		*ret_is_new = is_new;
	return &slot->value;
}

uint32_t *hash_table_find(const struct hash_table *table, struct hash128 key)
{
	struct hash_slot *slot;

	if (table->count == 0)
		return NULL;
	slot = slot_find(table->slots, table->capacity, key);
	return slot->used != 0 ? &slot->value : NULL;
}
