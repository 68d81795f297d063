/* The end of a run: which records are remembered. Those that were known and still are, and those that this run learned. */
#include "store/sqlite/apply_known.h"

#include "catalog/known_table.h"

#include <stdlib.h>
#include <string.h>

struct decision {
	unsigned char *old_stays; /* bits: of the records that were known */
	unsigned char *new_stays; /* … that were learned */
	unsigned char *shared;    /* … whose fingerprint others of them have */
	uint32_t *slots;          /* index of the learned ones */
	uint64_t *category_keys;  /* by item of the learned ones; 0 = none that may be remembered */
	unsigned char *profile_stays;
	uint32_t *new_keys; /* where the keys of each learned one begin */
};

static int decision_init(const struct apply *apply, struct decision *decision, struct error *err)
{
	const struct learning *learning = apply->learning;
	const uint32_t old_count = apply->known != NULL ? apply->known->records->count : 0;

	*decision = (struct decision){
		.old_stays = calloc(old_count / 8 + 1, 1),
		.new_stays = calloc(learning->count / 8 + 1, 1),
		.shared = calloc(learning->count / 8 + 1, 1),
		.slots = malloc(known_index_slots(learning->count) * sizeof(uint32_t)),
		.category_keys = calloc((size_t)learning->table.item_count + 1, sizeof(uint64_t)),
		.profile_stays = calloc(learning->table.count / 8 + 1, 1),
		.new_keys = malloc(((size_t)learning->count + 1) * sizeof(uint32_t)),
	};
	if (decision->old_stays == NULL || decision->new_stays == NULL || decision->shared == NULL || decision->slots == NULL ||
	    decision->category_keys == NULL || decision->profile_stays == NULL || decision->new_keys == NULL)
		return error_set_memory(err);
	if (apply->known != NULL)
		memcpy(decision->old_stays, apply->known->seen, old_count / 8 + 1);
	return 0;
}

static void decision_release(struct decision *decision)
{
	free(decision->old_stays);
	free(decision->new_stays);
	free(decision->shared);
	free(decision->slots);
	free(decision->category_keys);
	free(decision->profile_stays);
	free(decision->new_keys);
}

/* The words of the item are those of the category as it stands now, and nothing complains of them. */
static bool category_stays(const struct apply *apply, const struct known_item *item)
{
	const struct category_entry *entry = &apply->category_entries[item->detail];

	return entry->is_plain && !entry->is_complained && entry->generation == item->generation && entry->key > 0;
}

static void settle_profiles(const struct apply *apply, struct decision *decision)
{
	const struct known_profiles *table = &apply->learning->table;

	for (uint32_t number = 0; number < table->count; number++) {
		const struct known_profile *profile = &table->list[number];
		bool stays = true;

		for (uint32_t item = profile->first; item < profile->first + profile->count; item++) {
			if (!known_item_is_category(&table->items[item]))
				continue;
			stays = stays && category_stays(apply, &table->items[item]);
			decision->category_keys[item] = (uint64_t)apply->category_entries[table->items[item].detail].key;
		}
		if (stays)
			known_bit_set(decision->profile_stays, number);
	}
}

/* Does a key of the record, of a row of `kind`, have a mark? */
static bool has_mark(const struct known_profiles *table, uint32_t number, const uint32_t *keys, enum item_kind kind,
                     struct marks *marks)
{
	const struct known_item *items = known_profile_items(table, number);

	for (uint32_t item = 0; item < table->list[number].count; item++) {
		if (!known_item_has_key(&items[item]))
			continue;
		if ((items[item].type == KNOWN_PRODUCT) == (kind == ITEM_PRODUCT) && marks_get(marks, *keys) != MARK_NONE)
			return true;
		keys++;
	}
	return false;
}

static void settle_learned(const struct apply *apply, struct decision *decision)
{
	struct learning *learning = apply->learning;
	uint32_t key = 0;

	settle_profiles(apply, decision);
	known_index_build(decision->slots, learning->fingerprints, learning->count, decision->shared);
	for (uint32_t index = 0; index < learning->count; index++) {
		const uint32_t number = learning->profiles[index];
		const uint32_t *keys = learning->keys + key;

		decision->new_keys[index] = key;
		key += learning->table.list[number].keys;
		if (known_bit(decision->profile_stays, number) && !known_bit(decision->shared, index) &&
		    !has_mark(&learning->table, number, keys, ITEM_SKU, &learning->spoiled))
			known_bit_set(decision->new_stays, index);
	}
}

/* ---- Those that were known ---- */

/* Of a category that the run changed, or that it complains of? */
static bool old_category_changed(const struct apply *apply, uint32_t item)
{
	struct known_use *use = apply->known;
	const uint32_t place = use->refs[item];

	if (place == UINT32_MAX || apply->category_entries[place].is_complained)
		return true;
	return marks_get(&use->changed[ITEM_CATEGORY], (int64_t)use->records->table.items[item].detail) != MARK_NONE;
}

static bool old_profile_changed(const struct apply *apply, uint32_t number)
{
	const struct known_profiles *table = &apply->known->records->table;
	const struct known_profile *profile = &table->list[number];

	for (uint32_t item = profile->first; item < profile->first + profile->count; item++)
		if (known_item_is_category(&table->items[item]) && old_category_changed(apply, item))
			return true;
	return false;
}

/* What a known record was about, a later one of this feed may have changed. */
static int settle_known(const struct apply *apply, struct decision *decision, struct error *err)
{
	struct known_use *use = apply->known;
	const struct known_records *records = use->records;
	struct known_cursor cursor = {.index = 0};
	unsigned char *changed = calloc(records->table.count / 8 + 1, 1);
	bool has_changed = use->has_changes;

	if (changed == NULL)
		return error_set_memory(err);
	for (uint32_t number = 0; number < records->table.count; number++)
		if (use->uses[number] > 0 && old_profile_changed(apply, number)) {
			known_bit_set(changed, number);
			has_changed = true;
		}
	for (uint32_t index = 0; has_changed && index < records->count; index++) {
		const uint32_t number = records->profiles[index];
		const uint32_t *keys = known_keys(records, &cursor, index);

		if (known_bit(decision->old_stays, index) &&
		    (known_bit(changed, number) ||
		     (use->has_changes && (has_mark(&records->table, number, keys, ITEM_SKU, &use->changed[ITEM_SKU]) ||
		                           has_mark(&records->table, number, keys, ITEM_PRODUCT, &use->changed[ITEM_PRODUCT])))))
			known_bit_clear(decision->old_stays, index);
	}
	free(changed);
	return 0;
}

/* Does the learned record do just what the known one does? */
static bool is_same(const struct apply *apply, const struct decision *decision, uint32_t old, uint32_t new)
{
	const struct known_records *records = apply->known->records;
	const struct learning *learning = apply->learning;
	const struct known_profile old_profile = records->table.list[records->profiles[old]];
	const struct known_profile new_profile = learning->table.list[learning->profiles[new]];

	if (old_profile.count != new_profile.count)
		return false;
	for (uint32_t item = 0; item < old_profile.count; item++) {
		const struct known_item *left = &records->table.items[old_profile.first + item];
		struct known_item right = learning->table.items[new_profile.first + item];

		if (known_item_is_category(&right)) {
			right.detail = decision->category_keys[new_profile.first + item];
			right.generation = 0;
		}
		if (memcmp(left, &right, sizeof(right)) != 0)
			return false;
	}
	return true;
}

static bool has_same_keys(const struct learning *learning, const struct decision *decision, const uint32_t *old_keys, uint32_t new)
{
	const uint32_t count = learning->table.list[learning->profiles[new]].keys;

	return count == 0 || memcmp(old_keys, learning->keys + decision->new_keys[new], count * sizeof(*old_keys)) == 0;
}

/*
 * A record that is known, and that the reader read all the same: it stays as it is, if it was the only one and did the same;
 * of two with one fingerprint neither may be remembered.
 */
static void settle_read_again(const struct apply *apply, struct decision *decision)
{
	const struct known_records *records = apply->known->records;
	const struct learning *learning = apply->learning;
	struct known_cursor cursor = {.index = 0};

	for (uint32_t index = 0; index < records->count; index++) {
		const uint32_t *keys = known_keys(records, &cursor, index);
		uint32_t new;

		if (!known_index_find(decision->slots, learning->fingerprints, learning->count, records->fingerprints[index], &new))
			continue;
		if (known_bit(apply->known->seen, index)) {
			known_bit_clear(decision->old_stays, index);
			known_bit_clear(decision->new_stays, new);
		} else if (known_bit(decision->new_stays, new) && is_same(apply, decision, index, new) &&
		           has_same_keys(learning, decision, keys, new)) {
			known_bit_set(decision->old_stays, index);
			known_bit_clear(decision->new_stays, new);
		}
	}
}

static int decide(const struct apply *apply, struct decision *decision, struct error *err)
{
	settle_learned(apply, decision);
	if (apply->known == NULL)
		return 0;
	if (settle_known(apply, decision, err) < 0)
		return -1;
	if (apply->learning->count > 0)
		settle_read_again(apply, decision);
	return 0;
}

static struct known_source old_source(const struct apply *apply, const struct decision *decision)
{
	const struct known_records *records = apply->known->records;

	return (struct known_source){.fingerprints = records->fingerprints,
	                             .profiles = records->profiles,
	                             .keys = records->keys,
	                             .count = records->count,
	                             .stays = decision->old_stays,
	                             .table = &records->table};
}

int learn_write(struct apply *apply, struct known_stored *ret_stored, struct error *err)
{
	struct learning *learning = apply->learning;
	struct known_change change = {.known = NULL};
	struct decision decision;
	int result;

	*ret_stored = (struct known_stored){.records = 0};
	if (learning == NULL || apply->has_parts)
		return known_forget(apply->store, &apply->ticket, err);
	if (learning->is_void)
		learning->count = 0;
	result = decision_init(apply, &decision, err);
	if (result == 0)
		result = decide(apply, &decision, err);
	if (result == 0) {
		change.new = (struct known_source){.fingerprints = learning->fingerprints,
		                                   .profiles = learning->profiles,
		                                   .keys = learning->keys,
		                                   .count = learning->count,
		                                   .stays = decision.new_stays,
		                                   .table = &learning->table,
		                                   .category_keys = decision.category_keys};
		if (apply->known != NULL) {
			change.known = apply->known->records;
			change.old = old_source(apply, &decision);
		}
		result = known_write(apply->store, &apply->ticket, &change, ret_stored, err);
	}
	decision_release(&decision);
	return result;
}
