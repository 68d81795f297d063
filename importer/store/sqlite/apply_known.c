/*
 * Known records in a run: each does to marks and counts what its statements
 * would have done. Rows are looked at for categories only, once each: that
 * all others are as they were left, the job's memory says.
 */
#include "store/sqlite/apply_known.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define REF_NONE UINT32_MAX

static struct known_use *use_new(const struct known_records *records)
{
	struct known_use *use = calloc(1, sizeof(*use));
	const size_t items = (size_t)records->table.item_count + 1;

	if (use == NULL)
		return NULL;
	use->records = records;
	hash_table_init(&use->keys);
	marks_init(&use->skus);
	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++)
		marks_init(&use->changed[kind]);
	use->seen = calloc(records->count / 8 + 1, 1);
	use->uses = calloc((size_t)records->table.count + 1, sizeof(*use->uses));
	use->refs = malloc(items * sizeof(*use->refs));
	if (use->seen == NULL || use->uses == NULL || use->refs == NULL) {
		known_use_free(use);
		return NULL;
	}
	memset(use->refs, 0xFF, items * sizeof(*use->refs));
	return use;
}

void known_use_free(struct known_use *use)
{
	if (use == NULL)
		return;
	if (use->database != NULL)
		(void)sqlite3_update_hook(use->database, NULL, NULL); /* it was ours */
	free(use->seen);
	free(use->uses);
	free(use->refs);
	hash_table_release(&use->keys);
	marks_release(&use->skus);
	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++)
		marks_release(&use->changed[kind]);
	free(use);
}

static int in_doubt(struct error *err, const char *reason)
{
	return error_set(err, ERROR_KNOWN, "the records that are known are not as they were: %s", reason);
}

/* Whether a SKU is there does not depend on its price and stock, which are in another table. */
static void on_write(void *context, int operation, const char *database, const char *table, sqlite3_int64 row)
{
	struct known_use *use = context;

	(void)operation;
	(void)row;
	if (strcmp(database, "main") != 0)
		return;
	for (enum item_kind kind = ITEM_PRODUCT; kind < ITEM_KIND_COUNT; kind++)
		if (strcmp(table, row_shape(kind)->table) == 0)
			use->has_written[kind] = true;
}

int known_use_begin(struct apply *apply, const struct known_records *records, struct error *err)
{
	struct memory_known remembered;

	if (memory_known_read(apply->store, &apply->ticket, &remembered, err) < 0)
		return -1;
	if (!remembered.is_clean || remembered.run_id != records->ticket.run_id || remembered.records != records->count ||
	    records->ticket.job_key != apply->ticket.job_key || records->ticket.catalog_key != apply->ticket.catalog_key)
		return in_doubt(err, "another run, or somebody else, changed the catalogue");
	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++)
		if (remembered.present[kind] != apply->counts.stock[kind].before)
			return in_doubt(err, "there are more or fewer items");
	if (apply->learning == NULL)
		return in_doubt(err, "the job's policies are others");
	apply->known = use_new(records);
	if (apply->known == NULL)
		return error_set_memory(err);
	apply->known->database = apply->store->database;
	(void)sqlite3_update_hook(apply->store->database, on_write, apply->known); /* there was none */
	return 0;
}

bool known_use_wrote(const struct apply *apply, enum item_kind kind)
{
	/* Holders of categories are in a table of which the database says nothing; of rows that wait it does not know yet. */
	return apply->known == NULL || kind == ITEM_CATEGORY || apply->bulk.count > 0 || apply->known->has_written[kind];
}

int known_use_note_change(struct apply *apply, enum item_kind kind, int64_t key, struct error *err)
{
	/* A SKU that no known record is about is no matter of theirs. */
	if (apply->known == NULL || (kind == ITEM_SKU && marks_get(&apply->known->skus, key) == MARK_NONE))
		return 0;
	apply->known->has_changes = true;
	return marks_set(&apply->known->changed[kind], key, MARK_STATED) ? 0 : error_set_memory(err);
}

int known_use_check_sku(struct apply *apply, int64_t key, struct error *err)
{
	if (apply->known == NULL || marks_get(&apply->known->skus, key) == MARK_NONE)
		return 0;
	return in_doubt(err, "a further record states a SKU of one of them");
}

/* Categories */

/* The category's row, borrowed until the next use of its statement: its words, and its id. */
static int category_get(struct apply *apply, int64_t key, struct stored_row *ret_row, struct slice *ret_id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_CATEGORY_GET, err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, key); /* a failure shows at the step */
	step = sqlite_step_row(apply->store, statement, err);
	if (step < 0)
		return -1;
	if (step == 0)
		return in_doubt(err, "a category is gone");
	row_read(statement, ITEM_CATEGORY, ret_row);
	*ret_id = sqlite_column_slice(statement, CATEGORY_COLUMN_COUNT + 3);
	if (ret_row->job_key != apply->ticket.job_key || cell_is_text(&ret_row->cells[CATEGORY_COLUMN_STATUS], "missing"))
		return in_doubt(err, "a category is another job's, or missing");
	return 0;
}

/* Its place among the categories of this run. */
static int category_place(struct apply *apply, int64_t key, uint32_t *ret_place, struct error *err)
{
	uint32_t *known = hash_table_put(&apply->known->keys, (struct hash128){.low = (uint64_t)key}, NULL);
	struct stored_row row;
	struct slice id;

	if (known == NULL)
		return error_set_memory(err);
	if (*known == 0) {
		if (category_get(apply, key, &row, &id, err) < 0 || category_entry_put(apply, id, ret_place, err) < 0)
			return -1;
		*known = *ret_place + 1;
	}
	*ret_place = *known - 1;
	return 0;
}

/* The first of its category in this run: the words that are stored are what it says. */
static int category_stand(struct apply *apply, int64_t key, uint32_t place, enum category_state state, struct error *err)
{
	struct stored_row row;
	struct category_words words = {.state = state, .cells = row.cells, .record = CATEGORY_RECORD_KNOWN};

	if (category_get(apply, key, &row, &words.id, err) < 0)
		return -1;
	return category_words_stand(apply, place, &words, err);
}

static int category_mark(struct apply *apply, const struct known_item *item, uint32_t *ref, struct error *err)
{
	const enum category_state state = item->type == KNOWN_CATEGORY_STATED ? CATEGORY_STATED : CATEGORY_DERIVED;
	enum category_state now;

	if (*ref == REF_NONE && category_place(apply, (int64_t)item->detail, ref, err) < 0)
		return -1;
	now = apply->category_entries[*ref].state;
	if (state == CATEGORY_STATED && now == CATEGORY_STATED) {
		apply->counts.kinds[ITEM_CATEGORY].merged++;
		return 0;
	}
	if (state == CATEGORY_DERIVED && (now == CATEGORY_DERIVED || now == CATEGORY_STATED))
		return 0;
	return category_stand(apply, (int64_t)item->detail, *ref, state, err);
}

/* SKUs and products */

static int sku_mark(struct apply *apply, const struct known_item *item, int64_t key, uint32_t *ref, struct error *err)
{
	switch (marks_get(&apply->marks[ITEM_SKU], key)) {
	case MARK_NONE:
		apply->before_marked[ITEM_SKU]++;
		break;
	case MARK_KEPT:
		apply->counts.kinds[ITEM_SKU].kept--;
		break;
	case MARK_STATED:
	case MARK_SKIPPED:
		return in_doubt(err, "a further record states a SKU of one of them");
	}
	if (!marks_set(&apply->marks[ITEM_SKU], key, MARK_STATED) || !marks_set(&apply->known->skus, key, MARK_STATED))
		return error_set_memory(err);
	apply->links_named = apply->links_named || item->type == KNOWN_SKU_NAMED;
	if (item->currency[0] == '\0')
		return 0;
	/* Where it stands depends on the currencies before it. */
	if (*ref == REF_NONE)
		*ref = (uint32_t)counts_currency_place(&apply->counts, slice_make(item->currency, sizeof(item->currency)));
	apply->counts.currencies[*ref].records++;
	return 0;
}

static int product_mark(struct apply *apply, int64_t key, struct error *err)
{
	struct kind_counts *counts = &apply->counts.kinds[ITEM_PRODUCT];

	apply->products_stated = true;
	switch (marks_get(&apply->marks[ITEM_PRODUCT], key)) {
	case MARK_STATED:
		counts->merged++;
		return 0;
	case MARK_SKIPPED:
		return in_doubt(err, "a product of one of them was left alone");
	case MARK_KEPT:
		counts->kept--;
		break;
	case MARK_NONE:
		apply->before_marked[ITEM_PRODUCT]++;
		break;
	}
	counts->unchanged++;
	return apply_mark(apply, ITEM_PRODUCT, key, MARK_STATED, err);
}

static int item_mark(struct apply *apply, const struct known_item *item, uint32_t *ref, const uint32_t **keys, struct error *err)
{
	switch ((enum known_type)item->type) {
	case KNOWN_SKU:
	case KNOWN_SKU_NAMED:
		return sku_mark(apply, item, *(*keys)++, ref, err);
	case KNOWN_PRODUCT:
		return product_mark(apply, *(*keys)++, err);
	case KNOWN_CATEGORY_STATED:
	case KNOWN_CATEGORY_DERIVED:
		return category_mark(apply, item, ref, err);
	case KNOWN_CATEGORY_IGNORED:
	case KNOWN_TYPE_COUNT:
		break;
	}
	return 0;
}

static int record_mark(struct apply *apply, uint32_t index, struct error *err)
{
	struct known_use *use = apply->known;
	const struct known_records *records = use->records;
	const uint32_t number = records->profiles[index];
	const struct known_profile profile = records->table.list[number];
	const uint32_t *keys = known_keys(records, &use->cursor, index);

	if (known_bit(use->seen, index))
		return in_doubt(err, "one of them is there twice");
	known_bit_set(use->seen, index);
	use->uses[number]++;
	for (uint32_t item = profile.first; item < profile.first + profile.count; item++)
		if (item_mark(apply, &records->table.items[item], &use->refs[item], &keys, err) < 0)
			return -1;
	return 0;
}

int known_use_records(struct apply *apply, struct batch_known known, struct error *err)
{
	if (apply->known == NULL)
		return error_set(err, ERROR_READER, "known records, although none were given");
	if (known.index + known.count > apply->known->records->count || known.index + known.count < known.index)
		return error_set(err, ERROR_READER, "a known record beyond the %" PRIu32 " that there are",
		                 apply->known->records->count);
	for (uint32_t index = known.index; index < known.index + known.count; index++)
		if (record_mark(apply, index, err) < 0)
			return -1;
	return 0;
}

/* What does not depend on the order of records is counted by profile. */
static void item_count(struct run_counts *counts, const struct known_item *item, int64_t uses)
{
	switch ((enum known_type)item->type) {
	case KNOWN_SKU:
	case KNOWN_SKU_NAMED:
		counts->kinds[ITEM_SKU].stated += uses;
		counts->kinds[ITEM_SKU].unchanged += uses;
		for (size_t field = 0; field < FIELD_COUNT; field++)
			if ((item->detail >> field & 1) != 0)
				counts->fields[field] += uses;
		break;
	case KNOWN_PRODUCT:
		counts->kinds[ITEM_PRODUCT].stated += uses;
		break;
	case KNOWN_CATEGORY_STATED:
		counts->kinds[ITEM_CATEGORY].stated += uses;
		break;
	case KNOWN_CATEGORY_IGNORED:
		counts->kinds[ITEM_CATEGORY].stated += uses;
		counts->kinds[ITEM_CATEGORY].skipped_scope += uses;
		break;
	case KNOWN_CATEGORY_DERIVED:
	case KNOWN_TYPE_COUNT:
		break;
	}
}

void known_use_count(struct apply *apply)
{
	const struct known_use *use = apply->known;

	if (use == NULL)
		return;
	for (uint32_t number = 0; number < use->records->table.count; number++) {
		const struct known_profile *profile = &use->records->table.list[number];

		for (uint32_t item = 0; use->uses[number] > 0 && item < profile->count; item++)
			item_count(&apply->counts, &use->records->table.items[profile->first + item], use->uses[number]);
	}
}
