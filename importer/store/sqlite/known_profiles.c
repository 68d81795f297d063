/* Profiles by the hash of their items. */
#include "store/sqlite/known_profiles.h"

#include <stdlib.h>
#include <string.h>

#define ARRAY_MIN 64u

void known_profiles_init(struct known_profiles *profiles)
{
	*profiles = (struct known_profiles){.items = NULL};
	hash_table_init(&profiles->by_content);
}

void known_profiles_release(struct known_profiles *profiles)
{
	free(profiles->items);
	free(profiles->list);
	hash_table_release(&profiles->by_content);
	known_profiles_init(profiles);
}

bool known_array_grow(void *array, size_t element_size, uint32_t count, uint32_t *capacity)
{
	const uint32_t grown = *capacity > 0 ? *capacity * 2 : ARRAY_MIN;
	void *place;
	void *moved;

	if (count < *capacity)
		return true;
	memcpy(&place, array, sizeof(place));
	if (grown < *capacity)
		return false;
	moved = reallocarray(place, grown, element_size);
	if (moved == NULL)
		return false;
	memcpy(array, &moved, sizeof(moved));
	*capacity = grown;
	return true;
}

static int append_items(struct known_profiles *profiles, const struct known_item *items, uint32_t count, struct error *err)
{
	for (uint32_t index = 0; index < count; index++) {
		if (!known_array_grow(&profiles->items, sizeof(*profiles->items), profiles->item_count, &profiles->item_capacity))
			return error_set_memory(err);
		profiles->items[profiles->item_count++] = items[index];
	}
	return 0;
}

static int append(struct known_profiles *profiles, const struct known_item *items, uint32_t count, struct error *err)
{
	struct known_profile profile = {.first = profiles->item_count, .count = count};

	for (uint32_t index = 0; index < count; index++)
		profile.keys += known_item_has_key(&items[index]);
	if (append_items(profiles, items, count, err) < 0)
		return -1;
	if (!known_array_grow(&profiles->list, sizeof(*profiles->list), profiles->count, &profiles->capacity))
		return error_set_memory(err);
	profiles->list[profiles->count++] = profile;
	return 0;
}

int known_profiles_put(struct known_profiles *profiles, const struct known_item *items, uint32_t count, uint32_t *ret_number,
                       struct error *err)
{
	const struct hash128 hash = hash_bytes(slice_make((const char *)items, count * sizeof(*items)), count);
	uint32_t *number = hash_table_find(&profiles->by_content, hash);

	if (number != NULL) {
		*ret_number = *number;
		return 1;
	}
	/* Profiles without items take room too. */
	if (profiles->item_count + profiles->count + count + 1 > KNOWN_ITEMS_MAX)
		return 0;
	if (append(profiles, items, count, err) < 0)
		return -1;
	number = hash_table_put(&profiles->by_content, hash, NULL);
	if (number == NULL)
		return error_set_memory(err);
	*number = profiles->count - 1;
	*ret_number = *number;
	return 1;
}
