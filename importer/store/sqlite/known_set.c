/* Known records as they are read from the store. What is stored is checked as if a stranger had written it. */
#include "store/sqlite/known_set.h"

#include "base/limits.h"
#include "catalog/known_table.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(LIMIT_RECORDS < KNOWN_RECORDS_MAX, "a table has room for the records of a feed");

#define SEGMENTS_MAX 100000

void known_records_free(struct known_records *known)
{
	if (known == NULL)
		return;
	free(known->own_fingerprints);
	free(known->profiles);
	free(known->keys);
	free(known->block_keys);
	free(known->gone);
	known_profiles_release(&known->table);
	free(known);
}

uint32_t known_records_count(const struct known_records *known)
{
	return known->count;
}

const struct hash128 *known_records_fingerprints(const struct known_records *known)
{
	return known->fingerprints;
}

void known_records_drop_fingerprints(struct known_records *known, const struct hash128 *shared)
{
	known->fingerprints = shared;
	free(known->own_fingerprints);
	known->own_fingerprints = NULL;
}

const uint32_t *known_keys(const struct known_records *known, struct known_cursor *cursor, uint32_t index)
{
	if (cursor->index != index) {
		cursor->index = index / KNOWN_BLOCK * KNOWN_BLOCK;
		cursor->key = known->block_keys[index / KNOWN_BLOCK];
		for (; cursor->index < index; cursor->index++)
			cursor->key += known->table.list[known->profiles[cursor->index]].keys;
	}
	const uint32_t *const keys = known->keys + cursor->key;

	cursor->key += known->table.list[known->profiles[index]].keys;
	cursor->index++;
	return keys;
}

/* ---- Rows ---- */

/* A row whose sizes and checksum are right. */
struct segment {
	struct known_segment_head head;
	const char *fingerprints;
	const char *items;
	const char *item_counts;
	const char *profiles;
	const char *keys;
	const char *dropped;
};

static bool segment_open(const struct store *store, struct slice bytes, struct segment *ret_segment)
{
	struct known_segment_head *const head = &ret_segment->head;
	const size_t hashed = offsetof(struct known_segment_head, is_base);
	size_t size = sizeof(*head);

	if (bytes.size < sizeof(*head))
		return false;
	memcpy(head, bytes.data, sizeof(*head));
	if (head->magic != KNOWN_SEGMENT_MAGIC || head->version != KNOWN_SEGMENT_VERSION)
		return false;
	ret_segment->fingerprints = bytes.data + size;
	size += (size_t)head->records * sizeof(struct hash128);
	ret_segment->items = bytes.data + size;
	size += (size_t)head->items * sizeof(struct known_item);
	ret_segment->item_counts = bytes.data + size;
	size += (size_t)head->profiles * sizeof(uint32_t);
	ret_segment->profiles = bytes.data + size;
	size += (size_t)head->records * sizeof(uint32_t);
	ret_segment->keys = bytes.data + size;
	size += (size_t)head->keys * sizeof(uint32_t);
	ret_segment->dropped = bytes.data + size;
	size += (size_t)head->dropped * sizeof(uint32_t);
	return size == bytes.size &&
	       hash_equal(head->checksum, hash_bytes(slice_make(bytes.data + hashed, bytes.size - hashed), store->seed));
}

static uint32_t number_at(const char *numbers, uint32_t index)
{
	uint32_t number;

	memcpy(&number, numbers + (size_t)index * sizeof(number), sizeof(number));
	return number;
}

static bool item_is_valid(const struct known_item *item)
{
	if (item->type >= KNOWN_TYPE_COUNT || item->generation != 0)
		return false;
	if (item->type == KNOWN_SKU || item->type == KNOWN_SKU_NAMED)
		return item->detail >> FIELD_COUNT == 0;
	return known_item_is_category(item) ? item->detail > 0 && item->detail <= INT64_MAX : item->detail == 0;
}

/* The row's profiles among those of the set: 1, 0 = it is damaged, -1. */
static int read_profiles(struct known_records *known, const struct segment *segment, uint32_t *ret_numbers, struct error *err)
{
	struct known_item items[KNOWN_ITEMS_PER_RECORD];
	uint32_t next = 0;

	for (uint32_t index = 0; index < segment->head.profiles; index++) {
		const uint32_t count = number_at(segment->item_counts, index);
		int result;

		if (count > KNOWN_ITEMS_PER_RECORD || count > segment->head.items - next)
			return 0;
		memcpy(items, segment->items + (size_t)next * sizeof(*items), count * sizeof(*items));
		for (uint32_t item = 0; item < count; item++)
			if (!item_is_valid(&items[item]))
				return 0;
		next += count;
		result = known_profiles_put(&known->table, items, count, &ret_numbers[index], err);
		if (result != 1)
			return result;
	}
	return next == segment->head.items;
}

/* The row's records behind those that are there: 1, 0, -1. There is room for them. */
static int read_records(struct known_records *known, const struct segment *segment, const uint32_t *numbers)
{
	const uint32_t first_key = known->key_count;

	memcpy(known->own_fingerprints + known->count, segment->fingerprints,
	       (size_t)segment->head.records * sizeof(struct hash128));
	for (uint32_t index = 0; index < segment->head.records; index++) {
		const uint32_t profile = number_at(segment->profiles, index);

		if (profile >= segment->head.profiles)
			return 0;
		known->profiles[known->count + index] = numbers[profile];
		if (known->table.list[numbers[profile]].keys > segment->head.keys - (known->key_count - first_key))
			return 0;
		known->key_count += known->table.list[numbers[profile]].keys;
	}
	if (known->key_count - first_key != segment->head.keys)
		return 0;
	if (segment->head.keys > 0)
		memcpy(known->keys + first_key, segment->keys, (size_t)segment->head.keys * sizeof(uint32_t));
	known->count += segment->head.records;
	return 1;
}

/* What it says of the rows before. */
static bool read_dropped(struct known_records *known, const struct segment *segment, uint32_t before)
{
	for (uint32_t index = 0; index < segment->head.dropped; index++) {
		const uint32_t gone = number_at(segment->dropped, index);

		if (gone >= before || known_bit(known->gone, gone))
			return false;
		known_bit_set(known->gone, gone);
	}
	return true;
}

/* 1, 0 = the row is damaged, -1. */
static int read_segment(struct known_records *known, const struct segment *segment, struct error *err)
{
	const uint32_t before = known->count;
	uint32_t *numbers = calloc((size_t)segment->head.profiles + 1, sizeof(*numbers));
	int result;

	if (numbers == NULL)
		return error_set_memory(err);
	result = read_profiles(known, segment, numbers, err);
	if (result == 1)
		result = read_records(known, segment, numbers);
	free(numbers);
	if (result != 1)
		return result;
	if (segment->head.is_base != 0 && known->changes == 0)
		known->base += segment->head.records;
	else
		known->changes++;
	known->segments++;
	return read_dropped(known, segment, before);
}

/* ---- The set ---- */

struct totals {
	int64_t segments;
	int64_t records;
	int64_t keys;
};

/* Is it as much as a job may know? */
static bool totals_are_sound(const struct totals *totals, int64_t remembered)
{
	return totals->segments <= SEGMENTS_MAX && totals->records >= remembered && totals->records <= 2 * LIMIT_RECORDS &&
	       totals->keys >= 0 && totals->keys < UINT32_MAX;
}

static int reserve(struct known_records *known, const struct totals *totals, struct error *err)
{
	const size_t records = (size_t)totals->records;

	known->own_fingerprints = calloc(records + 1, sizeof(*known->own_fingerprints));
	known->profiles = calloc(records + 1, sizeof(*known->profiles));
	known->keys = calloc((size_t)totals->keys + 1, sizeof(*known->keys));
	known->gone = calloc(records / 8 + 1, 1);
	known->fingerprints = known->own_fingerprints;
	if (known->own_fingerprints == NULL || known->profiles == NULL || known->keys == NULL || known->gone == NULL)
		return error_set_memory(err);
	return 0;
}

static int read_totals(struct store *store, const struct run_ticket *ticket, struct totals *ret_totals, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (sqlite_prepare(store,
	                   "SELECT count(*), total(records), total(keys) FROM known_segment INDEXED BY known_segment_by_job"
	                   " WHERE job_key = ?1 AND catalog_key = ?2",
	                   &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, ticket->job_key); /* a failure shows at the step */
	(void)sqlite3_bind_int64(statement, 2, ticket->catalog_key);
	step = sqlite_step_row(store, statement, err);
	if (step == 1)
		*ret_totals = (struct totals){.segments = sqlite3_column_int64(statement, 0),
		                              .records = sqlite3_column_int64(statement, 1),
		                              .keys = sqlite3_column_int64(statement, 2)};
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step < 0 ? -1 : 0;
}

static bool fits(const struct known_records *known, const struct totals *totals, const struct segment *segment)
{
	return segment->head.records <= (uint64_t)totals->records - known->count &&
	       segment->head.keys <= (uint64_t)totals->keys - known->key_count;
}

/* All rows, in order: 1, 0 = one is damaged, -1. */
static int read_segments(struct store *store, struct known_records *known, const struct totals *totals, struct error *err)
{
	sqlite3_stmt *statement;
	int result = 1;
	int step;

	if (sqlite_prepare(store,
	                   "SELECT content, number FROM known_segment INDEXED BY known_segment_by_job"
	                   " WHERE job_key = ?1 AND catalog_key = ?2 ORDER BY number",
	                   &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, known->ticket.job_key); /* a failure shows at the step */
	(void)sqlite3_bind_int64(statement, 2, known->ticket.catalog_key);
	while (result == 1 && (step = sqlite_step_row(store, statement, err)) != 0) {
		struct segment segment;

		if (step < 0) {
			result = -1;
			break;
		}
		result = sqlite3_column_int64(statement, 1) == ++known->last_number &&
		         segment_open(store, sqlite_column_slice(statement, 0), &segment) && fits(known, totals, &segment);
		if (result == 1)
			result = read_segment(known, &segment, err);
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

/* Without those that are gone, so that places are counted over what is known. */
static void close_gaps(struct known_records *known)
{
	uint32_t to = 0;
	uint32_t key_to = 0;
	uint32_t key = 0;

	known->stored = known->count;
	for (uint32_t index = 0; index < known->count; index++) {
		const uint32_t keys = known->table.list[known->profiles[index]].keys;

		if (!known_bit(known->gone, index)) {
			known->own_fingerprints[to] = known->own_fingerprints[index];
			known->profiles[to++] = known->profiles[index];
			memmove(known->keys + key_to, known->keys + key, keys * sizeof(*known->keys));
			key_to += keys;
		}
		key += keys;
	}
	known->count = to;
	known->key_count = key_to;
}

static int index_keys(struct known_records *known, struct error *err)
{
	uint32_t key = 0;

	known->block_keys = calloc(known->count / KNOWN_BLOCK + 1, sizeof(*known->block_keys));
	if (known->block_keys == NULL)
		return error_set_memory(err);
	for (uint32_t index = 0; index < known->count; index++) {
		if (index % KNOWN_BLOCK == 0)
			known->block_keys[index / KNOWN_BLOCK] = key;
		key += known->table.list[known->profiles[index]].keys;
	}
	return 0;
}

/* 1, 0 = nothing is known, -1. */
static int load(struct store *store, struct known_records *known, const struct memory_known *remembered, struct error *err)
{
	struct totals totals = {.segments = 0};
	int result;

	if (read_totals(store, &known->ticket, &totals, err) < 0)
		return -1;
	if (!totals_are_sound(&totals, remembered->records))
		return 0;
	if (reserve(known, &totals, err) < 0)
		return -1;
	result = read_segments(store, known, &totals, err);
	if (result != 1)
		return result;
	if (known->count != totals.records || known->key_count != totals.keys || known->last_number != remembered->segment)
		return 0;
	close_gaps(known);
	if (known->count != remembered->records)
		return 0;
	return index_keys(known, err) < 0 ? -1 : 1;
}

static int read_known(struct store *store, const struct run_ticket *ticket, const char *seed, struct known_records **ret_known,
                      struct error *err)
{
	struct memory_known remembered;
	struct known_records *known;
	int result;

	*ret_known = NULL;
	if (memory_known_read(store, ticket, &remembered, err) < 0)
		return -1;
	if (!remembered.is_clean || remembered.records <= 0 || strcmp(remembered.seed, seed) != 0)
		return 0;
	known = calloc(1, sizeof(*known));
	if (known == NULL)
		return error_set_memory(err);
	known_profiles_init(&known->table);
	known->ticket = *ticket;
	known->ticket.run_id = remembered.run_id;
	result = load(store, known, &remembered, err);
	if (result == 1)
		*ret_known = known;
	else
		known_records_free(known);
	return result < 0 ? -1 : 0;
}

int store_known_read(struct store *store, const struct run_ticket *ticket, const char *seed, struct known_records **ret_known,
                     struct error *err)
{
	if (sqlite_execute(store, "BEGIN", err) < 0)
		return -1;
	if (read_known(store, ticket, seed, ret_known, err) < 0) {
		sqlite_rollback(store);
		return -1;
	}
	if (sqlite_execute(store, "COMMIT", err) < 0) {
		sqlite_rollback(store);
		known_records_free(*ret_known);
		*ret_known = NULL;
		return -1;
	}
	return 0;
}
