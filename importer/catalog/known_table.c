/* Open addressing with linear probing; a slot has the place, from 1, and above it as much of the fingerprint as there is room for. */
#include "catalog/known_table.h"

#include <string.h>

#define KNOWN_TABLE_MAGIC UINT32_C(0x544B4D46) /* 'FMKT' on a little-endian machine */
#define SLOTS_MIN 16u

struct table_head {
	uint32_t magic;
	uint32_t count;
	uint64_t zero;
};

_Static_assert(sizeof(struct table_head) % 8 == 0, "fingerprints stand behind it");

/* A power of two, at most seven eighths full. */
size_t known_index_slots(uint32_t count)
{
	size_t slots = SLOTS_MIN;

	while (slots / 8 * 7 < count)
		slots *= 2;
	return slots;
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

static uint32_t place_mask_of(unsigned bits)
{
	return bits < 32 ? (UINT32_C(1) << bits) - 1 : UINT32_MAX;
}

static void set_bit(unsigned char *bits, uint32_t index)
{
	bits[index / 8] = (unsigned char)(bits[index / 8] | 1u << index % 8);
}

void known_index_build(uint32_t *slots, const struct hash128 *fingerprints, uint32_t count, unsigned char *ret_shared)
{
	const size_t slot_count = known_index_slots(count);
	const uint32_t mask = (uint32_t)(slot_count - 1);
	const unsigned bits = place_bits(count);
	const uint32_t place_mask = place_mask_of(bits);

	memset(slots, 0, slot_count * sizeof(*slots));
	for (uint32_t index = 0; index < count; index++) {
		const uint32_t tag = slot_tag(fingerprints[index], bits);
		uint32_t slot = (uint32_t)fingerprints[index].low & mask;

		for (; slots[slot] != 0; slot = (slot + 1) & mask) {
			const uint32_t place = (slots[slot] & place_mask) - 1;

			if (ret_shared == NULL || (slots[slot] & ~place_mask) != tag ||
			    !hash_equal(fingerprints[place], fingerprints[index]))
				continue;
			set_bit(ret_shared, place);
			set_bit(ret_shared, index);
		}
		slots[slot] = tag | (index + 1);
	}
}

bool known_index_find(const uint32_t *slots, const struct hash128 *fingerprints, uint32_t count, struct hash128 fingerprint,
                      uint32_t *ret_index)
{
	const uint32_t mask = (uint32_t)(known_index_slots(count) - 1);
	const unsigned bits = place_bits(count);
	const uint32_t tag = slot_tag(fingerprint, bits);
	const uint32_t place_mask = place_mask_of(bits);
	uint32_t slot = (uint32_t)fingerprint.low & mask;

	for (uint64_t tries = 0; tries <= mask; tries++) {
		const uint32_t value = slots[slot];
		const uint32_t place = value & place_mask;

		if (value == 0)
			return false;
		if ((value & ~place_mask) == tag && place >= 1 && place <= count &&
		    hash_equal(fingerprints[place - 1], fingerprint)) {
			*ret_index = place - 1;
			return true;
		}
		slot = (slot + 1) & mask;
	}
	return false;
}

size_t known_table_size(uint32_t count)
{
	return sizeof(struct table_head) + (size_t)count * sizeof(struct hash128) + known_index_slots(count) * sizeof(uint32_t);
}

void known_table_build(void *memory, const struct hash128 *fingerprints, uint32_t count)
{
	const struct table_head head = {.magic = KNOWN_TABLE_MAGIC, .count = count};
	char *const places = (char *)memory + sizeof(head);

	memcpy(memory, &head, sizeof(head));
	if (count > 0)
		memcpy(places, fingerprints, (size_t)count * sizeof(*fingerprints));
	known_index_build((uint32_t *)(void *)(places + (size_t)count * sizeof(*fingerprints)), fingerprints, count, NULL);
}

int known_table_open(struct slice bytes, struct known_table *ret_table, struct error *err)
{
	struct table_head head;

	if (bytes.size < sizeof(head) || (uintptr_t)bytes.data % 8 != 0)
		return error_set(err, ERROR_READER, "the table of known records is too short or not aligned");
	memcpy(&head, bytes.data, sizeof(head));
	if (head.magic != KNOWN_TABLE_MAGIC || head.zero != 0 || head.count > KNOWN_RECORDS_MAX ||
	    bytes.size != known_table_size(head.count))
		return error_set(err, ERROR_READER, "the table of known records is not in order");
	const char *const places = bytes.data + sizeof(head);
	*ret_table = (struct known_table){
		.fingerprints = (const struct hash128 *)(const void *)places,
		.slots = (const uint32_t *)(const void *)(places + (size_t)head.count * sizeof(struct hash128)),
		.count = head.count,
	};
	return 0;
}

bool known_table_find(struct known_table *table, struct hash128 fingerprint, uint32_t *ret_index)
{
	if (table->next < table->count && hash_equal(table->fingerprints[table->next], fingerprint))
		*ret_index = table->next;
	else if (!known_index_find(table->slots, table->fingerprints, table->count, fingerprint, ret_index))
		return false;
	table->next = *ret_index + 1;
	return true;
}
