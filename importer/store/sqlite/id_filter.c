/* Hashes of ids in an open table, moved to one twice as large when it is half full. */
#include "store/sqlite/id_filter.h"

#include "base/hash.h"

#include <stdlib.h>

#define CAPACITY_MIN ((size_t)1024)
#define CAPACITY_MAX ((size_t)1 << 30) /* beyond half of it every id may have been seen */

void id_filter_init(struct id_filter *filter, uint64_t seed)
{
	*filter = (struct id_filter){.seed = seed};
}

void id_filter_release(struct id_filter *filter)
{
	free(filter->slots);
	id_filter_init(filter, filter->seed);
}

/* The slot that has `mark`, or the free one where it belongs. */
static uint32_t *slot_find(uint32_t *slots, size_t capacity, uint32_t mark)
{
	size_t place = mark & (capacity - 1);

	while (slots[place] != 0 && slots[place] != mark)
		place = (place + 1) & (capacity - 1);
	return &slots[place];
}

static bool grow(struct id_filter *filter)
{
	const size_t capacity = filter->capacity > 0 ? filter->capacity * 2 : CAPACITY_MIN;
	uint32_t *slots = calloc(capacity, sizeof(*slots));

	if (slots == NULL)
		return false;
	for (size_t index = 0; index < filter->capacity; index++)
		if (filter->slots[index] != 0)
			*slot_find(slots, capacity, filter->slots[index]) = filter->slots[index];
	free(filter->slots);
	filter->slots = slots;
	filter->capacity = capacity;
	return true;
}

static uint32_t mark_of(const struct id_filter *filter, struct slice id)
{
	const uint32_t bits = (uint32_t)hash_bytes(id, filter->seed).low;

	return bits != 0 ? bits : 1;
}

void id_filter_expect(const struct id_filter *filter, struct slice id)
{
	if (filter->capacity > 0)
		__builtin_prefetch(&filter->slots[mark_of(filter, id) & (filter->capacity - 1)], 1);
}

int id_filter_add(struct id_filter *filter, struct slice id)
{
	const uint32_t mark = mark_of(filter, id);
	uint32_t *slot;

	if (filter->count >= filter->capacity / 2) {
		if (filter->capacity == CAPACITY_MAX)
			return 1;
		if (!grow(filter))
			return -1;
	}
	slot = slot_find(filter->slots, filter->capacity, mark);
	if (*slot == mark)
		return 1;
	*slot = mark;
	filter->count++;
	return 0;
}
