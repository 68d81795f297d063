/* A sample of values by hash: exact while all fit, fair when not. */
#include "probe/distinct.h"

#include "base/hash.h"

#include <stdlib.h>

#define HASH_SEED UINT64_C(0x70726F6265)
#define CAPACITY_FIRST 16
#define CAPACITY_MAX 2048

void distinct_release(struct distinct *distinct)
{
	free(distinct->slots);
	*distinct = (struct distinct){.slots = NULL};
}

static struct distinct_slot *find_slot(struct distinct_slot *slots, size_t capacity, uint64_t hash)
{
	size_t at = (size_t)hash & (capacity - 1);

	while (slots[at].hash != 0 && slots[at].hash != hash)
		at = (at + 1) & (capacity - 1);
	return &slots[at];
}

/* Move to a table of `capacity` slots what is below the bound. */
static bool rebuild(struct distinct *distinct, size_t capacity)
{
	struct distinct_slot *slots = calloc(capacity, sizeof(*slots));
	size_t used = 0;

	if (slots == NULL)
		return false;
	for (size_t i = 0; i < distinct->capacity; i++) {
		const struct distinct_slot *slot = &distinct->slots[i];
		if (slot->hash == 0 || (distinct->bound != 0 && slot->hash >= distinct->bound))
			continue;
		*find_slot(slots, capacity, slot->hash) = *slot;
		used++;
	}
	free(distinct->slots);
	distinct->slots = slots;
	distinct->capacity = capacity;
	distinct->used = used;
	return true;
}

/* Room for one more: a larger table, or half the bound. */
static bool make_room(struct distinct *distinct)
{
	if (distinct->capacity == 0)
		return rebuild(distinct, CAPACITY_FIRST);
	if (distinct->used < DISTINCT_EXACT && distinct->used < distinct->capacity * 3 / 4)
		return true;
	if (distinct->capacity < CAPACITY_MAX)
		return rebuild(distinct, distinct->capacity * 2);
	if (distinct->used < DISTINCT_EXACT)
		return true;
	distinct->bound = distinct->bound == 0 ? UINT64_C(1) << 63 : distinct->bound / 2;
	return rebuild(distinct, distinct->capacity);
}

static bool add_hash(struct distinct *distinct, uint64_t hash, uint64_t count)
{
	struct distinct_slot *slot;

	if (distinct->bound != 0 && hash >= distinct->bound)
		return true;
	if (distinct->capacity > 0) {
		slot = find_slot(distinct->slots, distinct->capacity, hash);
		if (slot->hash != 0) {
			slot->count += count;
			return true;
		}
	}
	if (!make_room(distinct))
		return false;
	if (distinct->bound != 0 && hash >= distinct->bound)
		return true;
	slot = find_slot(distinct->slots, distinct->capacity, hash);
	*slot = (struct distinct_slot){.hash = hash, .count = count};
	distinct->used++;
	return true;
}

bool distinct_add(struct distinct *distinct, struct slice value)
{
	const uint64_t hash = hash_bytes(value, HASH_SEED).low;

	distinct->added++;
	return add_hash(distinct, hash != 0 ? hash : 1, 1);
}

bool distinct_merge(struct distinct *distinct, const struct distinct *other)
{
	distinct->added += other->added;
	if (other->bound != 0 && (distinct->bound == 0 || other->bound < distinct->bound)) {
		distinct->bound = other->bound;
		if (distinct->capacity > 0 && !rebuild(distinct, distinct->capacity))
			return false;
	}
	for (size_t i = 0; i < other->capacity; i++) {
		if (other->slots[i].hash != 0 && !add_hash(distinct, other->slots[i].hash, other->slots[i].count))
			return false;
	}
	return true;
}

struct distinct_count distinct_count(const struct distinct *distinct)
{
	struct distinct_count result = {.values = distinct->used, .is_estimate = distinct->bound != 0};
	uint64_t sampled = 0;

	for (size_t i = 0; i < distinct->capacity; i++)
		sampled += distinct->slots[i].hash != 0 ? distinct->slots[i].count : 0;
	if (distinct->bound != 0 && sampled > 0)
		result.values = (uint64_t)((unsigned __int128)distinct->added * distinct->used / sampled);
	result.repeats = distinct->added - result.values;
	return result;
}
