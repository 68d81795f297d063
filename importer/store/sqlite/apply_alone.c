/*
 * SKU statements that wait for the end of the feed: those of records without
 * a parent, which may be the products of other SKUs, and those that another
 * one of their id takes the place of.
 */
#include "store/sqlite/apply_sku.h"

#include "store/sqlite/apply_known.h"

static struct hash128 hash_of(const struct apply *apply, struct slice id)
{
	return hash_bytes(id, apply->store->seed);
}

int alone_hold(struct apply *apply, const struct sku_item *item, bool is_superseded, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_ALONE_INSERT, err);

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 1, item->id);
	(void)sqlite3_bind_int64(statement, 2, (int64_t)item->place.record);
	(void)sqlite3_bind_int64(statement, 3, (int64_t)item->place.stream_offset);
	row_bind(statement, 4, item->cells, SKU_COLUMN_COUNT);
	(void)sqlite3_bind_int64(statement, SKU_COLUMN_COUNT + 4, item->stated);
	(void)sqlite3_bind_int64(statement, SKU_COLUMN_COUNT + 5, item->kept);
	(void)sqlite3_bind_int(statement, SKU_COLUMN_COUNT + 6, is_superseded ? 1 : 0);
	apply->held++;
	return sqlite_step_done(apply->store, statement, err);
}

int alone_state(struct apply *apply, const struct sku_item *item, struct error *err)
{
	if (hash_table_put(&apply->held_alone, hash_of(apply, item->id), NULL) == NULL)
		return error_set_memory(err);
	return alone_hold(apply, item, false, err);
}

/* Does mode or scope leave the row of a SKU as it is that would stand alone? 1, 0, -1. */
static int alone_is_skipped(struct apply *apply, struct slice id, struct error *err)
{
	int known;

	if (apply->policy.mode == APPLY_MODE_ADD || apply->policy.scope == APPLY_SCOPE_PRICES ||
	    apply->policy.scope == APPLY_SCOPE_TEXTS)
		return 1;
	if (apply->policy.scope != APPLY_SCOPE_SKUS)
		return 0;
	known = policy_product_known(apply, id, err);
	return known < 0 ? -1 : known == 0;
}

/* Does a SKU of that key and id, whose row names a product, still do so when the run is over? 1, 0, -1. */
static int stays_named(struct apply *apply, int64_t key, struct slice id, struct error *err)
{
	const enum mark mark = marks_get(&apply->marks[ITEM_SKU], key);
	const struct hash128 hash = hash_of(apply, id);

	if (mark == MARK_STATED)
		return 1;
	if (hash_table_find(&apply->held_alone, hash) != NULL) {
		/* It will stand alone, unless it is left as it is, or is no SKU of this feed. */
		const int skipped = alone_is_skipped(apply, id, err);

		if (skipped != 0)
			return skipped;
		if (hash_table_find(&apply->merged_alone, hash) == NULL)
			return 0;
	} else if (mark != MARK_NONE) {
		return 1;
	}
	return apply->policy.missing == APPLY_MISSING_KEEP ? 1 : absent_would_wait(apply, ITEM_SKU, key, err);
}

/* Does another SKU name `id` as its product, of this feed or one that stays? 1, 0, -1. */
static int is_named(struct apply *apply, struct slice id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, SQL_SKU_NAMERS, err);
	int stays = 0;
	int step;

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 3, id);
	while (stays == 0 && (step = sqlite_step_row(apply->store, statement, err)) != 0) {
		if (step < 0)
			return -1;
		stays = stays_named(apply, sqlite3_column_int64(statement, 0), sqlite_column_slice(statement, 1), err);
	}
	(void)sqlite3_reset(statement); /* no failure: it gave its rows */
	return stays;
}

/* It is a product: a SKU row of that id is not named by the feed any more, even where a rejected record names it too. */
static int merge(struct apply *apply, const struct sku_item *item, struct error *err)
{
	struct sku_row row;
	int result;

	apply->counts.kinds[ITEM_SKU].merged++;
	if (!apply->catalog_has_skus)
		return 0;
	result = sku_find(apply, item->id, &row, err);
	if (result != 1)
		return result;
	/* Of several statements of one SKU not the first counts: whether this one is the last, a known record does not say. */
	if (apply->policy.duplicates != APPLY_DUPLICATES_FIRST && known_use_check_sku(apply, row.stored.key, err) < 0)
		return -1;
	return marks_get(&apply->marks[ITEM_SKU], row.stored.key) == MARK_KEPT ? sku_set_mark(apply, &row, MARK_NONE, err) : 0;
}

/* One more look at those that are not merged yet: 1 = more of them are, 0, -1. */
static int merge_more(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_ALONE_IDS, err);
	int result = 0;
	int step;

	if (statement == NULL)
		return -1;
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		const struct slice id = sqlite_column_slice(statement, 1);
		const struct hash128 hash = hash_of(apply, id);
		uint32_t *place;
		int named;

		if (hash_table_find(&apply->merged_alone, hash) != NULL)
			continue;
		named = is_named(apply, id, err);
		if (named < 0)
			return -1;
		if (named == 0)
			continue;
		place = hash_table_put(&apply->merged_alone, hash, NULL);
		if (place == NULL)
			return error_set_memory(err);
		*place = (uint32_t)sqlite3_column_int64(statement, 0);
		result = 1;
	}
	return step < 0 ? -1 : result;
}

/*
 * Which of those held back are products of other SKUs. A SKU row that stays although its record is a product's now
 * (nothing is removed, or not yet) names its own product on, which may make that one a product too; what it decides is
 * the same in whatever order they are looked at.
 */
static int find_merged(struct apply *apply, struct error *err)
{
	const bool rows_stay = apply->catalog_has_skus &&
	                       (apply->policy.missing == APPLY_MISSING_KEEP || apply->policy.missing_after > 1);
	int result;

	do
		result = merge_more(apply, err);
	while (result == 1 && rows_stay);
	return result < 0 ? -1 : 0;
}

/* A further statement of an id that was merged. */
static int duplicate_of_merged(struct apply *apply, struct sku_item *item, int64_t sequence, struct error *err)
{
	struct cell first[SKU_COLUMN_COUNT];
	sqlite3_stmt *statement = apply_sql(apply, SQL_ALONE_GET, err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, sequence);
	step = sqlite_step_row(apply->store, statement, err);
	if (step != 1)
		return step < 0 ? -1 : error_set(err, ERROR_STORE, "a SKU statement held back is gone");
	row_read_cells(statement, 0, SKU_COLUMN_COUNT, first);
	policy_take_cells(ITEM_SKU, item->kept, first, item->cells);
	return sku_count_duplicate(apply, item, row_difference(ITEM_SKU, first, item->cells), err);
}

static int apply_held(struct apply *apply, struct sku_item *item, int64_t sequence, struct error *err)
{
	const uint32_t *merged = hash_table_find(&apply->merged_alone, hash_of(apply, item->id));
	enum sku_outcome outcome;

	if (merged == NULL)
		return sku_apply(apply, item, &outcome, err);
	return *merged == sequence ? merge(apply, item, err) : duplicate_of_merged(apply, item, *merged, err);
}

static int finish_held(struct apply *apply, enum sql_id id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, id, err);
	int step;

	if (statement == NULL)
		return -1;
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		struct sku_item item = {.id = sqlite_column_slice(statement, SKU_COLUMN_COUNT + 1)};

		row_read_cells(statement, 0, SKU_COLUMN_COUNT, item.cells);
		item.place.record = (uint64_t)sqlite3_column_int64(statement, SKU_COLUMN_COUNT + 2);
		item.place.stream_offset = (uint64_t)sqlite3_column_int64(statement, SKU_COLUMN_COUNT + 3);
		item.stated = (column_mask)sqlite3_column_int64(statement, SKU_COLUMN_COUNT + 4);
		item.kept = (column_mask)sqlite3_column_int64(statement, SKU_COLUMN_COUNT + 5);
		if (apply_held(apply, &item, sqlite3_column_int64(statement, SKU_COLUMN_COUNT), err) < 0)
			return -1;
	}
	return step;
}

/* Those that another one of their id takes the place of come last, and so are its duplicates. */
int alone_finish(struct apply *apply, struct error *err)
{
	if (apply->held == 0)
		return 0;
	if (apply->held > UINT32_MAX)
		return error_set(err, ERROR_LIMIT, "more than %u SKUs that may stand alone or are stated several times",
		                 UINT32_MAX);
	if (find_merged(apply, err) < 0 || finish_held(apply, SQL_ALONE_ALL, err) < 0)
		return -1;
	return finish_held(apply, SQL_ALONE_SUPERSEDED, err);
}
