/* Open addressing with linear probing; a slot has the place, from 1, and above it as much of the fingerprint as there is room for. */
#include "catalog/known_table.h"

#include <string.h>

#define KNOWN_TABLE_MAGIC UINT32_C(0x544B4D46) /* 'FMKT' on a little-endian machine */
#define SLOTS_MIN 16u

struct table_head {
	uint32_t magic;
	uint32_t count;
	uint32_t mask;
	uint32_t zero;
};

_Static_assert(sizeof(struct table_head) % 8 == 0, "fingerprints stand behind it");

/* A power of two, at most seven eighths full. */
static uint64_t slots_for(uint32_t count)
{
	uint64_t slots = SLOTS_MIN;

	while (slots / 8 * 7 < count)
		slots *= 2;
	return slots;
}

static size_t size_for(uint32_t count, uint64_t slots)
{
	return sizeof(struct table_head) + (size_t)count * sizeof(struct hash128) + (size_t)slots * sizeof(uint32_t);
}

size_t known_table_size(uint32_t count)
{
	return size_for(count, slots_for(count));
}

/* Bits that the places take. */
static unsigned place_bits(uint32_t count)
{
	unsigned bits = 1;

	while (bits < 32 && count >> bits != 0)
		bits++;
	return bits;
}

/* What a slot has beside the place: other bits than those that the slot was found by. */
static uint32_t slot_tag(struct hash128 fingerprint, unsigned bits)
{
	return bits < 32 ? (uint32_t)fingerprint.high << bits : 0;
}

void known_table_build(void *memory, const struct hash128 *fingerprints, uint32_t count)
{
	const uint64_t slot_count = slots_for(count);
	const uint32_t mask = (uint32_t)(slot_count - 1);
	const unsigned bits = place_bits(count);
	const struct table_head head = {.magic = KNOWN_TABLE_MAGIC, .count = count, .mask = mask};
	char *const places = (char *)memory + sizeof(head);
	uint32_t *const slots = (uint32_t *)(void *)(places + (size_t)count * sizeof(*fingerprints));

	memcpy(memory, &head, sizeof(head));
	if (count > 0)
		memcpy(places, fingerprints, (size_t)count * sizeof(*fingerprints));
	memset(slots, 0, (size_t)slot_count * sizeof(*slots));
	for (uint32_t index = 0; index < count; index++) {
		uint32_t slot = (uint32_t)fingerprints[index].low & mask;

		while (slots[slot] != 0)
			slot = (slot + 1) & mask;
		slots[slot] = slot_tag(fingerprints[index], bits) | (index + 1);
	}
}

int known_table_open(struct slice bytes, struct known_table *ret_table, struct error *err)
{
	struct table_head head;

	if (bytes.size < sizeof(head) || (uintptr_t)bytes.data % 8 != 0)
		return error_set(err, ERROR_READER, "the table of known records is too short or not aligned");
	memcpy(&head, bytes.data, sizeof(head));
	if (head.magic != KNOWN_TABLE_MAGIC || head.zero != 0 || head.mask != (uint32_t)(slots_for(head.count) - 1) ||
	    bytes.size != known_table_size(head.count))
		return error_set(err, ERROR_READER, "the table of known records is not in order");
	const char *const places = bytes.data + sizeof(head);
	*ret_table = (struct known_table){
		.fingerprints = (const struct hash128 *)(const void *)places,
		.slots = (const uint32_t *)(const void *)(places + (size_t)head.count * sizeof(struct hash128)),
		.count = head.count,
		.mask = head.mask,
	};
	return 0;
}

static bool find_by_slot(const struct known_table *table, struct hash128 fingerprint, uint32_t *ret_index)
{
	const unsigned bits = place_bits(table->count);
	const uint32_t tag = slot_tag(fingerprint, bits);
	const uint32_t place_mask = bits < 32 ? (UINT32_C(1) << bits) - 1 : UINT32_MAX;
	uint32_t slot = (uint32_t)fingerprint.low & table->mask;

	for (uint64_t tries = 0; tries <= table->mask; tries++) {
		const uint32_t value = table->slots[slot];
		const uint32_t place = value & place_mask;

		if (value == 0)
			return false;
		if ((value & ~place_mask) == tag && place >= 1 && place <= table->count &&
		    hash_equal(table->fingerprints[place - 1], fingerprint)) {
			*ret_index = place - 1;
			return true;
		}
		slot = (slot + 1) & table->mask;
	}
	return false;
}

bool known_table_find(struct known_table *table, struct hash128 fingerprint, uint32_t *ret_index)
{
	if (table->next < table->count && hash_equal(table->fingerprints[table->next], fingerprint))
		*ret_index = table->next;
	else if (!find_by_slot(table, fingerprint, ret_index))
		return false;
	table->next = *ret_index + 1;
	return true;
}
