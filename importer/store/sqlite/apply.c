/*
 * One run's transaction: begin, each entry of the feed, the end, and commit
 * or rollback.
 */
#include "store/sqlite/apply_known.h"
#include "store/sqlite/undo_log.h"

#include "store/sqlite/high.h"
#include "store/sqlite/journal.h"
#include "store/sqlite/turn.h"

#include <stdlib.h>

#define JSON_MAX ((size_t)512 * 1024 * 1024) /* of one item, before and after: fields are limited where they are read */

sqlite3_stmt *apply_sql(struct apply *apply, enum sql_id id, struct error *err)
{
	if (apply->bulk.count > 0 && bulk_is_used(&apply->bulk, id) && bulk_write(apply, err) < 0)
		return NULL;
	return sql_use(apply->store, &apply->sql, id, err);
}

sqlite3_stmt *apply_sql_scoped(struct apply *apply, enum sql_id id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, id, err);

	if (statement != NULL) {
		(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key); /* a failure shows at the step */
		(void)sqlite3_bind_int64(statement, 2, apply->ticket.job_key);
	}
	return statement;
}

int apply_run_with_key(struct apply *apply, enum sql_id id, int64_t key, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, id, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, key);
	return sqlite_step_done(apply->store, statement, err);
}

int apply_keys_next(struct apply *apply, enum sql_id id, struct key_piece *piece, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, id, err);
	int step;

	piece->count = 0;
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 3, piece->last);
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1 && piece->count < APPLY_KEYS_MAX)
		piece->keys[piece->count++] = sqlite3_column_int64(statement, 0);
	(void)sqlite3_reset(statement);
	if (piece->count > 0)
		piece->last = piece->keys[piece->count - 1];
	return step < 0 ? -1 : 0;
}

int apply_mark(struct apply *apply, enum item_kind kind, int64_t key, enum mark mark, struct error *err)
{
	return marks_set(&apply->marks[kind], key, mark) ? 0 : error_set_memory(err);
}

/* The first column of the only row, `missing` where there is none. */
static int read_scoped_integer(struct apply *apply, enum sql_id id, int64_t missing, int64_t *ret_value, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, id, err);
	int step;

	if (statement == NULL)
		return -1;
	step = sqlite_step_row(apply->store, statement, err);
	if (step < 0)
		return -1;
	*ret_value = step == 1 ? sqlite3_column_int64(statement, 0) : missing;
	(void)sqlite3_reset(statement);
	return 0;
}

static int read_catalog_flag(struct apply *apply, enum sql_id id, bool *ret_flag, struct error *err)
{
	int64_t value;

	if (read_scoped_integer(apply, id, 0, &value, err) < 0)
		return -1;
	*ret_flag = value != 0;
	return 0;
}

int apply_count_derived(struct apply *apply, int64_t present, int64_t *ret_derived, struct error *err)
{
	int64_t stated;

	if (read_scoped_integer(apply, SQL_STATED_COUNT, 0, &stated, err) < 0)
		return -1;
	*ret_derived = present - stated;
	return 0;
}

static int read_before(struct apply *apply, struct error *err)
{
	int64_t present[ITEM_KIND_COUNT];

	if (present_count(apply->store, &apply->ticket, present, err) < 0)
		return -1;
	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++)
		apply->counts.stock[kind].before = present[kind];
	if (read_catalog_flag(apply, SQL_MEMORY_OWES, &apply->owes_products, err) < 0 ||
	    read_catalog_flag(apply, SQL_CATALOG_HAS_SKUS, &apply->catalog_has_skus, err) < 0 ||
	    read_catalog_flag(apply, SQL_CATALOG_HAS_PRODUCTS, &apply->catalog_has_products, err) < 0 ||
	    read_catalog_flag(apply, SQL_MEMORY_IS_CLEAN, &apply->is_clean, err) < 0 ||
	    read_catalog_flag(apply, SQL_CATALOG_HAS_OTHER_JOBS, &apply->catalog_has_other_jobs, err) < 0 ||
	    read_catalog_flag(apply, SQL_JOB_HAS_PARTS, &apply->has_parts, err) < 0)
		return -1;
	/* This run pays: all products are looked at. */
	if (apply->policy.scope == APPLY_SCOPE_ALL && apply->policy.categories == APPLY_CATEGORIES_OVERWRITE) {
		apply->is_clean = apply->is_clean && !apply->owes_products;
		apply->owes_products = false;
	} else if (!apply->is_clean) {
		/* What was changed by hand and lies out of scope is left to a later run. */
		apply->owes_products = true;
	}
	return apply_count_derived(apply, present[ITEM_PRODUCT], &apply->derived.before, err);
}

static struct apply *apply_new(struct store *store, const struct run_ticket *ticket, const struct apply_policy *policy)
{
	struct apply *apply = calloc(1, sizeof(*apply));

	if (apply == NULL)
		return NULL;
	apply->store = store;
	apply->ticket = *ticket;
	apply->policy = *policy;
	error_clear(&apply->refusal);
	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++) {
		marks_init(&apply->marks[kind]);
		id_filter_init(&apply->seen[kind], store->seed);
	}
	bulk_init(&apply->bulk, BULK_ROWS);
	hash_table_init(&apply->categories);
	hash_table_init(&apply->category_numbers);
	hash_table_init(&apply->held_alone);
	hash_table_init(&apply->merged_alone);
	hash_table_init(&apply->sku_records);
	batch_encoder_init(&apply->held_batch);
	hash_table_init(&apply->custom_fields);
	for (size_t list = 0; list < PART_LISTS_MAX; list++)
		buffer_init(&apply->extended[list], JSON_MAX);
	derivation_init(&apply->derivation);
	ahead_init(&apply->ahead);
	buffer_init(&apply->touched_last, JSON_MAX);
	buffer_init(&apply->derived_id, JSON_MAX);
	buffer_init(&apply->before, JSON_MAX);
	buffer_init(&apply->after, JSON_MAX);
	buffer_init(&apply->plain, JSON_MAX);
	buffer_init(&apply->scratch, JSON_MAX);
	buffer_init(&apply->grown, JSON_MAX);
	return apply;
}

static void release_statements(struct apply *apply)
{
	sql_set_release(&apply->sql);
	row_updates_release(apply);
	bulk_release(&apply->bulk);
}

static void apply_free(struct apply *apply)
{
	release_statements(apply);
	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++) {
		marks_release(&apply->marks[kind]);
		id_filter_release(&apply->seen[kind]);
	}
	hash_table_release(&apply->categories);
	hash_table_release(&apply->category_numbers);
	free(apply->category_entries);
	known_use_free(apply->known);
	learning_free(apply->learning);
	hash_table_release(&apply->held_alone);
	hash_table_release(&apply->merged_alone);
	hash_table_release(&apply->sku_records);
	batch_encoder_release(&apply->held_batch);
	free(apply->taken_jobs);
	hash_table_release(&apply->custom_fields);
	for (size_t list = 0; list < PART_LISTS_MAX; list++)
		buffer_release(&apply->extended[list]);
	derivation_release(&apply->derivation);
	ahead_release(&apply->ahead);
	buffer_release(&apply->touched_last);
	buffer_release(&apply->derived_id);
	buffer_release(&apply->before);
	buffer_release(&apply->after);
	buffer_release(&apply->plain);
	buffer_release(&apply->scratch);
	buffer_release(&apply->grown);
	free(apply);
}

static int begin(struct store *store, bool is_undo, struct error *err)
{
	if (turn_take(store, err) < 0)
		return -1;
	if (!is_undo)
		journal_fill_begin(store);
	return sqlite_write_begin(store, err);
}

int apply_open(struct store *store, const struct run_ticket *ticket, const struct apply_policy *policy, bool is_undo,
               struct apply **ret_apply, struct error *err)
{
	struct apply *apply = apply_new(store, ticket, policy);

	if (apply == NULL)
		return error_set_memory(err);
	/* Statements of an undo are its own: nothing may wait. */
	if (is_undo)
		apply->bulk.rows_max = 1;
	if (begin(store, is_undo, err) < 0) {
		apply_free(apply);
		return -1;
	}
	if (lease_check(store, ticket, err) < 0 || sql_scratch_create(store, err) < 0 || undo_log_begin(apply, is_undo, err) < 0 ||
	    policy_begin(apply, err) < 0 || read_before(apply, err) < 0 || (!is_undo && learn_begin(apply, err) < 0)) {
		apply_rollback(apply);
		return -1;
	}
	if (!is_undo)
		ahead_begin(apply);
	*ret_apply = apply;
	return 0;
}

int apply_begin(struct store *store, const struct run_ticket *ticket, const struct apply_policy *policy,
                const struct known_records *known, struct apply **ret_apply, struct error *err)
{
	if (apply_open(store, ticket, policy, false, ret_apply, err) < 0)
		return -1;
	if (known == NULL || known_use_begin(*ret_apply, known, err) == 0)
		return 0;
	apply_rollback(*ret_apply);
	*ret_apply = NULL;
	return -1;
}

/* The fields with a value, as bits. */
static uint64_t count_fields(struct run_counts *counts, const struct statement *statement)
{
	uint64_t fields = 0;

	for (size_t field = 0; field < FIELD_COUNT; field++) {
		if (statement->fields[field].presence != PRESENCE_VALUE)
			continue;
		counts->fields[field]++;
		fields |= UINT64_C(1) << field;
	}
	if (statement->fields[FIELD_CURRENCY].presence == PRESENCE_VALUE)
		counts->currencies[counts_currency_place(counts, statement->fields[FIELD_CURRENCY].text)].records++;
	return fields;
}

/* The SKU of a record decides over its other statements; one that counts is enough. */
static void ride_set(struct apply *apply, uint64_t record, enum sku_outcome outcome)
{
	/* What mode or scope say of a SKU they say of its product and categories for themselves. */
	static const enum apply_ride rides[] = {[SKU_APPLIED] = RIDE_COUNTS,
	                                        [SKU_DUPLICATE] = RIDE_DUPLICATE,
	                                        [SKU_FOREIGN] = RIDE_FOREIGN,
	                                        [SKU_SKIPPED] = RIDE_COUNTS};

	if (apply->ride_record == record && apply->ride == RIDE_COUNTS)
		return;
	apply->ride_record = record;
	apply->ride = rides[outcome];
}

/* A statement of the record whose SKU did not count: true, and counted. */
static bool rides_along(struct apply *apply, const struct statement *statement)
{
	struct kind_counts *counts = &apply->counts.kinds[statement->kind];

	if (apply->ride_record == 0 || apply->ride_record != statement->record || apply->ride == RIDE_COUNTS)
		return false;
	if (statement->action == STATEMENT_DERIVED)
		return true;
	if (apply->ride == RIDE_DUPLICATE)
		counts->merged++;
	else
		counts->skipped_foreign++;
	return true;
}

static int apply_sku(struct apply *apply, const struct statement *statement, struct error *err)
{
	const uint64_t fields = count_fields(&apply->counts, statement);
	enum sku_outcome outcome;

	apply->applied_sku = 0;
	if (sku_state(apply, statement, &outcome, err) < 0)
		return -1;
	ride_set(apply, statement->record, outcome);
	if (outcome != SKU_APPLIED)
		return 0;
	return learn_sku(apply, statement, fields, err) < 0 ? -1 : field_note(apply, statement, err);
}

static int apply_rejected(struct apply *apply, const struct statement *statement, struct error *err)
{
	const struct slice id = statement_text(statement, FIELD_ID);

	apply->counts.kinds[statement->kind].rejected++;
	if (slice_is_empty(id))
		return 0;
	switch (statement->kind) {
	case ITEM_CATEGORY:
		return category_state(apply, statement, err);
	case ITEM_PRODUCT:
		return product_reject(apply, id, err);
	default:
		return sku_reject(apply, id, err) < 0 ? -1 : product_keep(apply, id, err);
	}
}

int apply_statement(struct apply *apply, const struct statement *statement, struct error *err)
{
	learn_statement(apply, statement);
	if (statement->action == STATEMENT_DERIVED && statement->kind != ITEM_CATEGORY)
		return error_set(err, ERROR_READER, "a derived %s: only categories are", item_kind_name(statement->kind));
	if (statement->action != STATEMENT_DERIVED)
		apply->counts.kinds[statement->kind].stated++;
	if (statement->action == STATEMENT_REJECTED)
		return apply_rejected(apply, statement, err);
	if (slice_is_empty(statement_text(statement, FIELD_ID)))
		return error_set(err, ERROR_READER, "a %s without an id", item_kind_name(statement->kind));
	if (statement->kind == ITEM_SKU && statement->action == STATEMENT_STATED)
		return apply_sku(apply, statement, err);
	if (rides_along(apply, statement))
		return 0;
	if (statement->action == STATEMENT_PART)
		return part_state(apply, statement, err);
	if (statement->kind == ITEM_CATEGORY)
		return category_state(apply, statement, err);
	return product_state(apply, statement, err) < 0 ? -1 : field_note(apply, statement, err);
}

static void count_record(struct apply *apply, bool is_mapped)
{
	struct record_counts *records = &apply->counts.records;

	apply->ride_record = 0;
	records->read++;
	records->parsed++;
	if (is_mapped)
		records->mapped++;
	else
		records->rejected++;
}

static int apply_known_records(struct apply *apply, const struct batch_entry *entry, struct error *err)
{
	apply->counts.records.read += entry->known.count;
	apply->counts.records.known += entry->known.count;
	return duplicate_holds(apply) ? duplicate_hold_known(apply, entry, err) : known_use_records(apply, entry->known, err);
}

static int entry_dispatch(struct apply *apply, const struct batch_entry *entry, struct error *err)
{
	switch (entry->type) {
	case BATCH_STATEMENT:
		if (duplicate_holds(apply))
			return duplicate_hold(apply, &entry->statement, err);
		return apply_statement(apply, &entry->statement, err);
	case BATCH_COMPLAINT:
		return complaint_add(apply, &entry->complaint, err);
	case BATCH_FIELD:
		return field_state(apply, &entry->field, err);
	case BATCH_RECORD_END:
		count_record(apply, entry->is_mapped);
		return duplicate_holds(apply) ? duplicate_hold_end(apply, entry, err) : learn_record_end(apply, entry, err);
	case BATCH_KNOWN:
		return apply_known_records(apply, entry, err);
	}
	return error_set(err, ERROR_READER, "an entry of unknown type %d", (int)entry->type);
}

static int check_open(const struct apply *apply, struct error *err)
{
	if (apply->state == APPLY_OPEN)
		return 0;
	return error_set(err, ERROR_STORE, "the run's transaction %s",
	                 apply->state == APPLY_FAILED ? "has failed before" : "is finished already");
}

int apply_entry(struct apply *apply, const struct batch_entry *entry, struct error *err)
{
	if (check_open(apply, err) < 0)
		return -1;
	if (entry_dispatch(apply, entry, err) < 0) {
		apply->state = APPLY_FAILED;
		return -1;
	}
	return 0;
}

int apply_check_counts(struct apply *apply, struct error *err)
{
	for (enum item_kind kind = 0; kind < ITEM_KIND_COUNT; kind++) {
		struct stock_counts *stock = &apply->counts.stock[kind];

		/* What was SELECTed before is so still, where the database says that no row was written. */
		stock->after = stock->before;
		if (known_use_wrote(apply, kind) && present_count_kind(apply->store, &apply->ticket, kind, &stock->after, err) < 0)
			return -1;
	}
	return counts_check(&apply->counts, err);
}

/* Everything that takes the whole feed to know, in the order in which one depends on the other. */
static int finish(struct apply *apply, struct error *err)
{
	if (apply->refusal.code != ERROR_NONE) {
		*err = apply->refusal;
		return -1;
	}
	if (duplicate_replay(apply, err) < 0)
		return -1;
	known_use_count(apply);
	learn_close(apply);
	if (missing_finish_kept(apply, err) < 0 || listed_finish(apply, err) < 0 || alone_finish(apply, err) < 0 ||
	    offer_finish(apply, err) < 0 || text_finish(apply, err) < 0 || missing_finish_skus(apply, err) < 0 ||
	    part_finish(apply, ITEM_SKU, err) < 0 || category_finish(apply, err) < 0 || derive_finish(apply, err) < 0 ||
	    part_finish(apply, ITEM_PRODUCT, err) < 0 || absent_finish(apply, err) < 0 || path_complain(apply, err) < 0 ||
	    listed_complain(apply, err) < 0 || field_finish(apply, err) < 0 || bulk_write(apply, err) < 0)
		return -1;
	return apply_check_counts(apply, err);
}

void apply_set_unproven(struct apply *apply)
{
	apply->is_unproven = true;
	apply->policy.missing = APPLY_MISSING_KEEP;
}

int apply_finish(struct apply *apply, struct error *err)
{
	if (check_open(apply, err) < 0)
		return -1;
	if (finish(apply, err) < 0) {
		apply->state = APPLY_FAILED;
		return -1;
	}
	apply->state = APPLY_FINISHED;
	return 0;
}

const struct run_counts *apply_counts(const struct apply *apply)
{
	return &apply->counts;
}

void apply_plan_digest(const struct apply *apply, char ret_text[33])
{
	hash_format(apply->digest, ret_text);
}

static int unclean(struct apply *apply, enum sql_id id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, id, err);

	return statement == NULL ? -1 : sqlite_step_done(apply->store, statement, err);
}

static int64_t count_brought(const struct apply *apply)
{
	int64_t brought = 0;

	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++)
		brought += apply->counts.stock[kind].created + apply->counts.stock[kind].restored;
	return brought;
}

/* What this run gave up or took, another job's feed may name, and what it brought may be awaited: their next runs must look again. */
static int unclean_others(struct apply *apply, struct error *err)
{
	int64_t given_up = apply->given_up;

	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++)
		given_up += apply->counts.stock[kind].removed + apply->counts.stock[kind].released;
	if (given_up > 0)
		return unclean(apply, SQL_MEMORY_UNCLEAN_OTHERS, err);
	return apply->texts_freed || count_brought(apply) > 0 ? unclean(apply, SQL_MEMORY_UNCLEAN_AWAITING, err) : 0;
}

/*
 * A feed read again would do more, though its bytes are the same, where absent
 * items wait to go, where it would be proven whole, or where what it had to
 * leave out came after all: a product that is made from its SKUs.
 */
static bool is_done(const struct apply *apply)
{
	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++)
		if (apply->counts.stock[kind].waiting > 0)
			return false;
	return !apply->parts_wait && !apply->listed_wait && !apply->is_unproven &&
	       !(apply->awaits_items && count_brought(apply) > 0);
}

/* What waits to be removed is no part of the stock that later runs are measured by. */
static int note_high(struct apply *apply, struct error *err)
{
	int64_t present[ITEM_KIND_COUNT];

	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++)
		present[kind] = apply->counts.stock[kind].after - apply->counts.stock[kind].waiting;
	return high_write(apply->store, &apply->ticket, present, apply->resets_high, err);
}

static int commit(struct apply *apply, const struct run_end *end, const struct job_memory *memory, struct error *err)
{
	struct job_memory kept = *memory;
	struct memory_left left = {.known_records = 0};
	struct known_stored known;

	if (apply->state != APPLY_FINISHED)
		return error_set(err, ERROR_STORE, "the run's transaction cannot be committed: it was not finished");
	kept.is_clean = is_done(apply);
	kept.awaits_items = apply->awaits_items;
	kept.owes_products = apply->owes_products;
	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++)
		left.present[kind] = apply->counts.stock[kind].after;
	if (learn_write(apply, &known, err) < 0)
		return -1;
	left.known_records = known.records;
	left.known_segment = known.segment;
	if (lease_check(apply->store, &apply->ticket, err) < 0 || undo_log_write(apply, err) < 0 || note_high(apply, err) < 0 ||
	    ledger_write_end(apply->store, &apply->ticket, end, err) < 0 ||
	    memory_write(apply->store, &apply->ticket, &kept, &left, err) < 0 || unclean_others(apply, err) < 0 ||
	    lease_release(apply->store, &apply->ticket, err) < 0)
		return -1;
	release_statements(apply); /* none may be at work where the journal is changed */
	return sqlite_write_commit(apply->store, err);
}

int apply_commit(struct apply *apply, const struct run_end *end, const struct job_memory *memory, struct error *err)
{
	return apply_close(apply, commit(apply, end, memory, err));
}

int apply_close(struct apply *apply, int result)
{
	struct store *store = apply->store;
	struct error ignored = ERROR_INIT;

	if (result < 0) {
		apply_rollback(apply);
		return -1;
	}
	apply_free(apply);
	/* The run is applied: what is left of its scratch is no failure of it, and goes with the next run or the connection. */
	if (sql_scratch_discard(store, &ignored) < 0)
		error_clear(&ignored);
	return 0;
}

void apply_rollback(struct apply *apply)
{
	if (apply == NULL)
		return;
	release_statements(apply);
	sqlite_rollback(apply->store);
	apply_free(apply);
}
