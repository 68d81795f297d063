/* Known records into the store: a row with what changed, or all anew where that is worth it. */
#include "store/sqlite/known_set.h"

#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

/* Behind the base: so many rows, and a part of its records. */
#define CHANGES_MAX 64u
#define CHANGES_SHARE 4u

/* Of one row; the last record may go beyond. */
#define SEGMENT_RECORDS 32768u
#define SEGMENT_KEYS (4u * SEGMENT_RECORDS)
#define PART_BYTES_MAX ((size_t)64 * 1024 * 1024)

#define NUMBER_NONE UINT32_MAX

/* A row being made, in its parts. */
struct draft {
	struct store *store;
	const struct run_ticket *ticket;
	int64_t number;
	struct known_segment_head head;
	struct buffer fingerprints;
	struct buffer items;
	struct buffer item_counts;
	struct buffer profiles;
	struct buffer keys;
	struct buffer dropped;
	struct buffer whole;
	uint32_t *numbers; /* of the source's profiles in this row */
};

static struct buffer *draft_part(struct draft *draft, unsigned part)
{
	struct buffer *const parts[] = {&draft->fingerprints, &draft->items, &draft->item_counts,
	                                &draft->profiles,     &draft->keys,  &draft->dropped};

	return part < sizeof(parts) / sizeof(parts[0]) ? parts[part] : NULL;
}

static void draft_init(struct draft *draft, struct store *store, const struct run_ticket *ticket)
{
	*draft = (struct draft){.store = store, .ticket = ticket};
	for (unsigned part = 0; draft_part(draft, part) != NULL; part++)
		buffer_init(draft_part(draft, part), PART_BYTES_MAX);
	buffer_init(&draft->whole, 8 * PART_BYTES_MAX);
}

static void draft_release(struct draft *draft)
{
	for (unsigned part = 0; draft_part(draft, part) != NULL; part++)
		buffer_release(draft_part(draft, part));
	buffer_release(&draft->whole);
	free(draft->numbers);
}

static void append_number(struct buffer *buffer, uint32_t number)
{
	(void)buffer_append(buffer, &number, sizeof(number)); /* a failure sticks */
}

static int insert(struct draft *draft, struct error *err)
{
	sqlite3_stmt *statement;
	int result;

	if (sqlite_prepare(draft->store,
	                   "INSERT INTO known_segment (job_key, catalog_key, number, records, keys, content)"
	                   " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	                   &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, draft->ticket->job_key); /* a failure shows at the step */
	(void)sqlite3_bind_int64(statement, 2, draft->ticket->catalog_key);
	(void)sqlite3_bind_int64(statement, 3, ++draft->number);
	(void)sqlite3_bind_int64(statement, 4, draft->head.records);
	(void)sqlite3_bind_int64(statement, 5, draft->head.keys);
	(void)sqlite3_bind_blob64(statement, 6, draft->whole.data, draft->whole.size, SQLITE_STATIC);
	result = sqlite_step_done(draft->store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

/* The row as it is so far, and the next one begins. `profile_count`: of the source. */
static int draft_flush(struct draft *draft, uint32_t profile_count, struct error *err)
{
	const size_t hashed = offsetof(struct known_segment_head, is_base);

	if (draft->head.records == 0 && draft->head.dropped == 0)
		return 0;
	draft->head.magic = KNOWN_SEGMENT_MAGIC;
	draft->head.version = KNOWN_SEGMENT_VERSION;
	buffer_clear(&draft->whole);
	(void)buffer_append(&draft->whole, &draft->head, sizeof(draft->head));
	for (unsigned part = 0; draft_part(draft, part) != NULL; part++) {
		if (draft_part(draft, part)->failed)
			return error_set_memory(err);
		(void)buffer_append_slice(&draft->whole, buffer_slice(draft_part(draft, part)));
		buffer_clear(draft_part(draft, part));
	}
	if (draft->whole.failed)
		return error_set_memory(err);
	draft->head.checksum = hash_bytes(slice_make(draft->whole.data + hashed, draft->whole.size - hashed), draft->store->seed);
	memcpy(draft->whole.data, &draft->head, sizeof(draft->head));
	if (insert(draft, err) < 0)
		return -1;
	draft->head = (struct known_segment_head){.is_base = draft->head.is_base};
	memset(draft->numbers, 0xFF, profile_count * sizeof(*draft->numbers));
	return 0;
}

static void add_profile(struct draft *draft, const struct known_source *source, uint32_t number)
{
	const struct known_profile *profile = &source->table->list[number];

	for (uint32_t index = 0; index < profile->count; index++) {
		struct known_item item = source->table->items[profile->first + index];

		if (source->category_keys != NULL && known_item_is_category(&item)) {
			item.detail = source->category_keys[profile->first + index];
			item.generation = 0;
		}
		(void)buffer_append(&draft->items, &item, sizeof(item));
	}
	append_number(&draft->item_counts, profile->count);
	draft->head.items += profile->count;
	draft->numbers[number] = draft->head.profiles++;
}

static void add_record(struct draft *draft, const struct known_source *source, uint32_t index, const uint32_t *keys)
{
	const uint32_t number = source->profiles[index];
	const uint32_t key_count = source->table->list[number].keys;

	if (draft->numbers[number] == NUMBER_NONE)
		add_profile(draft, source, number);
	(void)buffer_append(&draft->fingerprints, &source->fingerprints[index], sizeof(struct hash128));
	append_number(&draft->profiles, draft->numbers[number]);
	if (key_count > 0)
		(void)buffer_append(&draft->keys, keys, key_count * sizeof(*keys));
	draft->head.keys += key_count;
	draft->head.records++;
}

static int draft_begin_source(struct draft *draft, const struct known_source *source, struct error *err)
{
	free(draft->numbers);
	draft->numbers = malloc(((size_t)source->table->count + 1) * sizeof(*draft->numbers));
	if (draft->numbers == NULL)
		return error_set_memory(err);
	memset(draft->numbers, 0xFF, source->table->count * sizeof(*draft->numbers));
	return 0;
}

/* What stays of a source, in as many rows as it takes; the last one is left open. */
static int write_source(struct draft *draft, const struct known_source *source, struct error *err)
{
	uint32_t key = 0;

	for (uint32_t index = 0; index < source->count; index++) {
		const uint32_t *keys = source->keys + key;

		key += source->table->list[source->profiles[index]].keys;
		if (!known_bit(source->stays, index))
			continue;
		add_record(draft, source, index, keys);
		if ((draft->head.records >= SEGMENT_RECORDS || draft->head.keys >= SEGMENT_KEYS) &&
		    draft_flush(draft, source->table->count, err) < 0)
			return -1;
	}
	return 0;
}

int known_forget(struct store *store, const struct run_ticket *ticket, struct error *err)
{
	sqlite3_stmt *statement;
	int result;

	if (sqlite_prepare(store, "DELETE FROM known_segment WHERE job_key = ?1 AND catalog_key = ?2", &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, ticket->job_key); /* a failure shows at the step */
	(void)sqlite3_bind_int64(statement, 2, ticket->catalog_key);
	result = sqlite_step_done(store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result;
}

static int write_all(struct draft *draft, const struct known_change *change, struct error *err)
{
	if (known_forget(draft->store, draft->ticket, err) < 0)
		return -1;
	draft->head.is_base = 1;
	if (change->known != NULL &&
	    (draft_begin_source(draft, &change->old, err) < 0 || write_source(draft, &change->old, err) < 0))
		return -1;
	if (draft_begin_source(draft, &change->new, err) < 0 || write_source(draft, &change->new, err) < 0)
		return -1;
	return draft_flush(draft, change->new.table->count, err);
}

/* Those that are known no more, as they are counted over all rows. */
static void add_dropped(struct draft *draft, const struct known_change *change)
{
	uint32_t index = 0;

	for (uint32_t stored = 0; stored < change->known->stored; stored++) {
		if (known_bit(change->known->gone, stored))
			continue;
		if (!known_bit(change->old.stays, index++)) {
			append_number(&draft->dropped, stored);
			draft->head.dropped++;
		}
	}
}

static int write_change(struct draft *draft, const struct known_change *change, struct error *err)
{
	draft->number = change->known->last_number;
	if (draft_begin_source(draft, &change->new, err) < 0)
		return -1;
	add_dropped(draft, change);
	return write_source(draft, &change->new, err) < 0 ? -1 : draft_flush(draft, change->new.table->count, err);
}

static uint32_t count_staying(const struct known_source *source)
{
	uint32_t count = 0;

	for (uint32_t index = 0; index < source->count; index++)
		count += known_bit(source->stays, index);
	return count;
}

/* Would the rows behind the base be too many, or have too much? */
static bool is_worth_all(const struct known_records *known, uint32_t stays, uint32_t comes)
{
	const uint64_t added = (uint64_t)known->stored - known->base + comes;
	const uint64_t gone = (uint64_t)known->stored - stays;

	return known->changes >= CHANGES_MAX || added + gone > known->base / CHANGES_SHARE;
}

int known_write(struct store *store, const struct run_ticket *ticket, const struct known_change *change,
                struct known_stored *ret_stored, struct error *err)
{
	const uint32_t comes = count_staying(&change->new);
	const uint32_t stays = change->known != NULL ? count_staying(&change->old) : 0;
	struct draft draft;
	int result;

	*ret_stored = (struct known_stored){.records = stays + comes};
	if (change->known != NULL && comes == 0 && stays == change->known->count) {
		ret_stored->segment = change->known->last_number;
		return 0;
	}
	draft_init(&draft, store, ticket);
	if (change->known == NULL || is_worth_all(change->known, stays, comes))
		result = write_all(&draft, change, err);
	else
		result = write_change(&draft, change, err);
	ret_stored->segment = draft.number;
	draft_release(&draft);
	return result;
}

/* ?1 is the job. */
#define USELESS                                                                                                                        \
	" FROM known_segment WHERE job_key = (SELECT job_key FROM job_name WHERE job = ?1) AND NOT EXISTS (SELECT 1 FROM job_memory m" \
	" WHERE m.job_key = known_segment.job_key AND m.catalog_key = known_segment.catalog_key AND m.is_clean <> 0"                   \
	" AND m.known_records > 0)"

/* 1 = a row, 0 = none or none asked for, -1. */
static int run_for_job(struct store *store, const char *sql, const char *job, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (sqlite_prepare(store, sql, &statement, err) < 0)
		return -1;
	sqlite_bind_text(statement, 1, job);
	step = sqlite_step_row(store, statement, err);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step;
}

int known_prune(struct store *store, const char *job, struct error *err)
{
	const int useless = run_for_job(store, "SELECT 1" USELESS " LIMIT 1", job, err);

	if (useless <= 0)
		return useless;
	if (sqlite_write_begin(store, err) < 0)
		return -1;
	if (run_for_job(store, "DELETE" USELESS, job, err) < 0 || sqlite_write_commit(store, err) < 0) {
		sqlite_rollback(store);
		return -1;
	}
	return 0;
}
