/*
 * Which of several statements of a SKU counts, where it is not the first.
 *
 * 'last': which one that is shows only at the end, and what else its record
 * states hangs on it; so all statements wait, as batches in a temporary
 * table, and are applied when the last has been seen. 'fail': the second one
 * fails the run at its end.
 */
#include "store/sqlite/apply_known.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int flush(struct apply *apply, struct error *err)
{
	const struct slice bytes = batch_encoder_bytes(&apply->held_batch);
	sqlite3_stmt *statement;

	if (slice_is_empty(bytes))
		return 0;
	statement = apply_sql(apply, SQL_HELD_BATCH_INSERT, err);
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_blob64(statement, 1, bytes.data, bytes.size, SQLITE_STATIC); /* a failure shows at the step */
	if (sqlite_step_done(apply->store, statement, err) < 0)
		return -1;
	batch_encoder_clear(&apply->held_batch);
	return 0;
}

static struct hash128 hash_of(const struct apply *apply, const struct statement *statement)
{
	return hash_bytes(statement_text(statement, FIELD_ID), apply->store->seed);
}

/* The number of the last statement so far, kept by id. */
static int note_last(struct apply *apply, const struct statement *statement, struct error *err)
{
	uint32_t *last;

	if (statement->kind != ITEM_SKU || statement->action != STATEMENT_STATED)
		return 0;
	if (apply->sku_number == UINT32_MAX)
		return error_set(err, ERROR_LIMIT, "more than %" PRIu32 " SKUs with 'duplicates: last'", UINT32_MAX);
	last = hash_table_put(&apply->sku_records, hash_of(apply, statement), NULL);
	if (last == NULL)
		return error_set_memory(err);
	*last = ++apply->sku_number;
	return 0;
}

bool duplicate_holds(const struct apply *apply)
{
	return apply->policy.duplicates == APPLY_DUPLICATES_LAST;
}

/* A record's statements stand in one batch. */
static int hold_record(struct apply *apply, uint64_t record, struct error *err)
{
	if (record != apply->held_record && apply->held_batch.bytes.size >= LIMIT_BATCH_TARGET && flush(apply, err) < 0)
		return -1;
	apply->held_record = record;
	return 0;
}

int duplicate_hold(struct apply *apply, const struct statement *statement, struct error *err)
{
	if (hold_record(apply, statement->record, err) < 0)
		return -1;
	if (note_last(apply, statement, err) < 0)
		return -1;
	return batch_add_statement(&apply->held_batch, statement, err);
}

/* Only what may be remembered has to be told again. */
int duplicate_hold_end(struct apply *apply, const struct batch_entry *end, struct error *err)
{
	const struct learning *learning = apply->learning;

	if (learning == NULL || !end->has_fingerprint || !end->is_mapped || learning->complained_record == end->record)
		return 0;
	return batch_add_record_end(&apply->held_batch, end->record, true, &end->fingerprint, err);
}

int duplicate_hold_known(struct apply *apply, const struct batch_entry *known, struct error *err)
{
	if (hold_record(apply, known->record, err) < 0)
		return -1;
	for (uint32_t index = 0; index < known->known.count; index++)
		if (batch_add_known(&apply->held_batch, known->record + index, known->known.stream_offset,
		                    known->known.index + index, err) < 0)
			return -1;
	return 0;
}

static int replay_entry(struct apply *apply, const struct batch_entry *entry, struct error *err)
{
	switch (entry->type) {
	case BATCH_RECORD_END:
		return learn_record_end(apply, entry, err);
	case BATCH_KNOWN:
		return known_use_records(apply, entry->known, err);
	default:
		return apply_statement(apply, &entry->statement, err);
	}
}

static int replay_batch(struct apply *apply, struct slice bytes, struct error *err)
{
	struct batch_decoder decoder;
	struct batch_entry entry;
	int step;

	if (batch_decoder_init(&decoder, bytes, err) < 0)
		return -1;
	while ((step = batch_decoder_next(&decoder, &entry, err)) == BATCH_ENTRY)
		if (replay_entry(apply, &entry, err) < 0)
			return -1;
	return step < 0 ? -1 : 0;
}

/* The next batch into `copy`, which is aligned as a batch must be: 1, 0 = there is none, -1. */
static int next_batch(struct apply *apply, int64_t *sequence, struct buffer *copy, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_HELD_BATCH_NEXT, err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, *sequence);
	step = sqlite_step_row(apply->store, statement, err);
	if (step != 1)
		return step;
	*sequence = sqlite3_column_int64(statement, 0);
	buffer_clear(copy);
	(void)buffer_append(copy, sqlite3_column_blob(statement, 1), (size_t)sqlite3_column_bytes(statement, 1));
	(void)sqlite3_reset(statement); /* no failure: it gave its row */
	return copy->failed ? error_set_memory(err) : 1;
}

int duplicate_replay(struct apply *apply, struct error *err)
{
	struct buffer copy;
	int64_t sequence = 0;
	int step;

	if (apply->policy.duplicates != APPLY_DUPLICATES_LAST)
		return 0;
	if (flush(apply, err) < 0)
		return -1;
	apply->is_replaying = true;
	apply->sku_number = 0;
	buffer_init(&copy, LIMIT_BATCH_BYTES);
	while ((step = next_batch(apply, &sequence, &copy, err)) == 1)
		if (replay_batch(apply, buffer_slice(&copy), err) < 0) {
			step = -1;
			break;
		}
	buffer_release(&copy);
	return step;
}

static int refuse_second(struct apply *apply, const struct statement *statement, struct error *err)
{
	const struct slice id = statement_text(statement, FIELD_ID);
	bool is_new;
	uint32_t *record;

	if (statement->record >= UINT32_MAX)
		return error_set(err, ERROR_LIMIT, "more than %" PRIu32 " records with 'duplicates: fail'", UINT32_MAX);
	record = hash_table_put(&apply->sku_records, hash_of(apply, statement), &is_new);
	if (record == NULL)
		return error_set_memory(err);
	if (is_new) {
		*record = (uint32_t)statement->record;
		return 0;
	}
	/* Told at the end, when the run knows how to say where in the feed that is. */
	if (apply->refusal.code == ERROR_NONE) {
		(void)error_set(&apply->refusal, ERROR_FEED,
		                "the SKU '%.*s' is stated twice, by the records %" PRIu32 " and %" PRIu64
		                ", and the job says 'duplicates: fail'",
		                (int)(id.size < 200 ? id.size : 200), id.data, *record, statement->record);
		error_locate(&apply->refusal, 0, 0, (int64_t)statement->stream_offset);
	}
	return 1;
}

int duplicate_note(struct apply *apply, const struct statement *statement, struct error *err)
{
	const uint32_t *last;

	switch (apply->policy.duplicates) {
	case APPLY_DUPLICATES_FIRST:
		return 0;
	case APPLY_DUPLICATES_FAIL:
		return refuse_second(apply, statement, err);
	case APPLY_DUPLICATES_LAST:
		break;
	}
	apply->sku_number++;
	last = hash_table_find(&apply->sku_records, hash_of(apply, statement));
	return last != NULL && *last != apply->sku_number ? 1 : 0;
}
