/*
 * What a run learns: the records that need not be read again as long as they
 * are the same. Gathered while they are applied, decided when it is over.
 */
#include "store/sqlite/apply_known.h"

#include "catalog/known_table.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(FIELD_COUNT < 64, "fields of a SKU are bits");

int learn_begin(struct apply *apply, struct error *err)
{
	/* Other scopes leave most of a statement alone, and a job that only adds leaves all that is there. */
	if (apply->policy.scope != APPLY_SCOPE_ALL || apply->policy.mode == APPLY_MODE_ADD || apply->has_parts)
		return 0;
	apply->learning = calloc(1, sizeof(*apply->learning));
	if (apply->learning == NULL)
		return error_set_memory(err);
	known_profiles_init(&apply->learning->table);
	marks_init(&apply->learning->spoiled);
	return 0;
}

void learning_free(struct learning *learning)
{
	if (learning == NULL)
		return;
	free(learning->items);
	free(learning->row_keys);
	free(learning->fingerprints);
	free(learning->profiles);
	free(learning->keys);
	known_profiles_release(&learning->table);
	marks_release(&learning->spoiled);
	free(learning);
}

/* ---- The record that is open ---- */

static void open_record(struct learning *learning, uint64_t record)
{
	learning->record = record;
	learning->statements = 0;
	learning->noted = 0;
	learning->item_count = 0;
	learning->row_key_count = 0;
}

void learn_statement(struct apply *apply, const struct statement *statement)
{
	if (apply->learning == NULL || statement->record == 0)
		return;
	if (apply->learning->record != statement->record)
		open_record(apply->learning, statement->record);
	apply->learning->statements++;
}

/* Is the statement one of the record that is open? At the end of a run statements are applied whose records were long before. */
static struct learning *learning_of(const struct apply *apply, const struct statement *statement)
{
	struct learning *learning = apply->learning;

	return learning != NULL && statement->record != 0 && learning->record == statement->record ? learning : NULL;
}

static int note(struct learning *learning, const struct known_item *item, struct error *err)
{
	if (learning->item_count >= KNOWN_ITEMS_PER_RECORD)
		return 0;
	if (!known_array_grow(&learning->items, sizeof(*learning->items), learning->item_count, &learning->item_capacity))
		return error_set_memory(err);
	learning->items[learning->item_count++] = *item;
	learning->noted++;
	return 0;
}

static int note_row(struct learning *learning, const struct known_item *item, int64_t key, struct error *err)
{
	if (key <= 0 || key > UINT32_MAX)
		return 0;
	if (!known_array_grow(&learning->row_keys, sizeof(*learning->row_keys), learning->row_key_count,
	                      &learning->row_key_capacity))
		return error_set_memory(err);
	learning->row_keys[learning->row_key_count++] = (uint32_t)key;
	return note(learning, item, err);
}

/* Custom fields are checked against each other at every run. */
static bool has_custom_fields(const struct statement *statement)
{
	return statement->fields[FIELD_CUSTOM_FIELDS].presence == PRESENCE_VALUE;
}

int learn_sku(struct apply *apply, const struct statement *statement, uint64_t fields, struct error *err)
{
	struct learning *learning = learning_of(apply, statement);
	const struct field_value *currency = &statement->fields[FIELD_CURRENCY];
	struct known_item item = {.detail = fields, .type = KNOWN_SKU};

	if (learning == NULL || apply->applied_sku == 0 || has_custom_fields(statement))
		return 0;
	/* Whether it stands alone, and which product lists it, shows at the end of a feed only. */
	if (statement->product_link == PRODUCT_LINK_ALONE || statement->product_link == PRODUCT_LINK_LISTED)
		return 0;
	if (statement->product_link == PRODUCT_LINK_NAMED)
		item.type = KNOWN_SKU_NAMED;
	if (currency->presence == PRESENCE_VALUE) {
		if (currency->text.size != sizeof(item.currency))
			return 0;
		memcpy(item.currency, currency->text.data, sizeof(item.currency));
	}
	return note_row(learning, &item, apply->applied_sku, err);
}

int learn_product(struct apply *apply, const struct statement *statement, int64_t key, struct error *err)
{
	struct learning *learning = learning_of(apply, statement);
	const struct known_item item = {.type = KNOWN_PRODUCT};

	return learning == NULL || has_custom_fields(statement) ? 0 : note_row(learning, &item, key, err);
}

int learn_category(struct apply *apply, const struct statement *statement, uint32_t place, struct error *err)
{
	struct learning *learning = learning_of(apply, statement);
	const struct known_item item = {
		.detail = place,
		.generation = apply->category_entries[place].generation,
		.type = statement->action == STATEMENT_STATED ? KNOWN_CATEGORY_STATED : KNOWN_CATEGORY_DERIVED,
	};

	return learning == NULL ? 0 : note(learning, &item, err);
}

int learn_ignored_category(struct apply *apply, const struct statement *statement, struct error *err)
{
	struct learning *learning = learning_of(apply, statement);
	const struct known_item item = {.type = KNOWN_CATEGORY_IGNORED};

	if (learning == NULL)
		return 0;
	if (statement->action == STATEMENT_STATED)
		return note(learning, &item, err);
	learning->noted++; /* nothing is counted for it */
	return 0;
}

int learn_duplicate(struct apply *apply, int64_t key, struct error *err)
{
	if (apply->learning == NULL)
		return 0;
	return marks_set(&apply->learning->spoiled, key, MARK_STATED) ? 0 : error_set_memory(err);
}

/* ---- Records that may be remembered ---- */

static void forget_last(struct learning *learning)
{
	learning->count--;
	learning->key_count -= learning->table.list[learning->profiles[learning->count]].keys;
	learning->last_record = 0;
}

void learn_complaint(struct apply *apply, uint64_t record)
{
	struct learning *learning = apply->learning;

	if (learning == NULL || learning->is_closed || record == 0)
		return;
	learning->complained_record = record;
	if (record > learning->last_end || record == learning->late_record)
		return;
	/* It has ended: what is told of the feed as a whole at its end names its last record. */
	if (learning->late_record != 0 || record != learning->last_end)
		learning->is_void = true;
	learning->late_record = record;
	if (learning->last_record == record)
		forget_last(learning);
}

void learn_close(struct apply *apply)
{
	if (apply->learning != NULL)
		apply->learning->is_closed = true;
}

static int append_keys(struct learning *learning, struct error *err)
{
	for (uint32_t index = 0; index < learning->row_key_count; index++) {
		if (!known_array_grow(&learning->keys, sizeof(*learning->keys), learning->key_count, &learning->key_capacity))
			return error_set_memory(err);
		learning->keys[learning->key_count++] = learning->row_keys[index];
	}
	return 0;
}

static int append(struct learning *learning, const struct hash128 *fingerprint, struct error *err)
{
	uint32_t profile;
	const int room = known_profiles_put(&learning->table, learning->items, learning->item_count, &profile, err);

	if (room <= 0 || learning->count >= KNOWN_RECORDS_MAX)
		return room < 0 ? -1 : 0;
	if (!known_array_grow(&learning->fingerprints, sizeof(*learning->fingerprints), learning->count,
	                      &learning->fingerprint_capacity) ||
	    !known_array_grow(&learning->profiles, sizeof(*learning->profiles), learning->count, &learning->profile_capacity))
		return error_set_memory(err);
	if (append_keys(learning, err) < 0)
		return -1;
	learning->fingerprints[learning->count] = *fingerprint;
	learning->profiles[learning->count++] = profile;
	learning->last_record = learning->record;
	return 0;
}

int learn_record_end(struct apply *apply, const struct batch_entry *end, struct error *err)
{
	struct learning *learning = apply->learning;

	if (learning == NULL)
		return 0;
	if (learning->record != end->record)
		open_record(learning, end->record);
	learning->last_end = end->record;
	if (!end->is_mapped || !end->has_fingerprint || learning->noted != learning->statements ||
	    learning->complained_record == end->record || learning->late_record == end->record)
		return 0;
	return append(learning, &end->fingerprint, err);
}
