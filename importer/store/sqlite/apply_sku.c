/*
 * SKU statements: each ends as created, updated, restored, unchanged,
 * duplicate, foreign, merged (it is a product after all) or rejected.
 */
#include "store/sqlite/apply_private.h"

struct sku_item {
	struct slice id;
	struct item_place place;
	struct cell cells[SKU_COLUMN_COUNT];
};

/* Prices and stocks */

static int children_insert(struct apply *apply, enum sql_id id, int64_t key, const struct cell *json, struct error *err)
{
	sqlite3_stmt *statement;

	if (json->type == CELL_NULL)
		return 0;
	statement = apply_sql(apply, id, err);
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, key);
	row_bind(statement, 2, json, 1);
	return sqlite_step_done(apply->store, statement, err);
}

/* `before` is NULL for a new row. */
static int texts_rewrite(struct apply *apply, struct slice id, const struct cell *before, const struct cell *after,
                         struct error *err)
{
	const struct text_change change = {.kind = ITEM_SKU,
	                                   .id = id,
	                                   .before = before != NULL ? &before[SKU_COLUMN_TEXTS] : NULL,
	                                   .after = &after[SKU_COLUMN_TEXTS]};

	return text_rewrite(apply, &change, err);
}

/* `mask`: the columns that changed. */
static int children_rewrite(struct apply *apply, int64_t key, const struct cell *cells, column_mask mask, struct error *err)
{
	if ((mask & COLUMN_BIT(SKU_COLUMN_PRICES)) != 0 &&
	    (apply_run_with_key(apply, SQL_PRICES_DELETE, key, err) < 0 ||
	     children_insert(apply, SQL_PRICES_INSERT, key, &cells[SKU_COLUMN_PRICES], err) < 0))
		return -1;
	if ((mask & COLUMN_BIT(SKU_COLUMN_STOCKS)) != 0 &&
	    (apply_run_with_key(apply, SQL_STOCKS_DELETE, key, err) < 0 ||
	     children_insert(apply, SQL_STOCKS_INSERT, key, &cells[SKU_COLUMN_STOCKS], err) < 0))
		return -1;
	return 0;
}

/* Outcomes */

static int complain(struct apply *apply, const struct sku_item *item, enum complaint_code code, struct error *err)
{
	const struct complaint complaint = {.code = code,
	                                    .kind = ITEM_SKU,
	                                    .item_id = item->id,
	                                    .record = item->place.record,
	                                    .stream_offset = item->place.stream_offset};

	return complaint_add(apply, &complaint, err);
}

/* The product that the statement of a row names: a listed SKU its own, whichever lists it. */
static struct slice named_product(struct slice id, const struct cell *cells)
{
	if (cells[SKU_COLUMN_PRODUCT_LINK].integer == PRODUCT_LINK_LISTED)
		return id;
	return cell_slice(&cells[SKU_COLUMN_PRODUCT_ID]);
}

/* How it names its product is no content: only the product itself is. */
static int duplicate(struct apply *apply, const struct sku_item *item, column_mask difference, struct error *err)
{
	struct kind_counts *counts = &apply->counts.kinds[ITEM_SKU];

	counts->duplicate++;
	if ((difference & ~COLUMN_BIT(SKU_COLUMN_PRODUCT_LINK)) == 0)
		return complain(apply, item, COMPLAINT_DUPLICATE, err);
	counts->conflicting++;
	return complain(apply, item, COMPLAINT_DUPLICATE_CONFLICTING, err);
}

/* 1 = inserted, 0 = there is a row of that id, -1. */
static int insert(struct apply *apply, const struct sku_item *item, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, SQL_SKU_INSERT, err);

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 3, item->id);
	(void)sqlite3_bind_int64(statement, 4, apply->ticket.run_id);
	row_bind(statement, 5, item->cells, SKU_COLUMN_COUNT);
	if (sqlite_step_done(apply->store, statement, err) < 0)
		return -1;
	return sqlite3_changes(apply->store->database) > 0 ? 1 : 0;
}

static int created(struct apply *apply, const struct sku_item *item, struct error *err)
{
	const int64_t key = sqlite3_last_insert_rowid(apply->store->database);
	const struct change change = {.kind = ITEM_SKU, .action = CHANGE_CREATED, .id = item->id, .after = item->cells};

	count_created(apply, ITEM_SKU);
	if (apply_mark(apply, ITEM_SKU, key, MARK_STATED, err) < 0 || change_record(apply, &change, err) < 0 ||
	    children_insert(apply, SQL_PRICES_INSERT, key, &item->cells[SKU_COLUMN_PRICES], err) < 0 ||
	    children_insert(apply, SQL_STOCKS_INSERT, key, &item->cells[SKU_COLUMN_STOCKS], err) < 0 ||
	    texts_rewrite(apply, item->id, NULL, item->cells, err) < 0 || listed_touch_sku(apply, item->id, item->cells, err) < 0)
		return -1;
	return product_touch(apply, cell_slice(&item->cells[SKU_COLUMN_PRODUCT_ID]), err);
}

/* The products of a row that changes in `mask`. */
static int touch_changed(struct apply *apply, const struct stored_row *row, const struct cell *cells, column_mask mask,
                         struct error *err)
{
	if ((mask & derivation_columns()) == 0)
		return 0;
	if ((mask & COLUMN_BIT(SKU_COLUMN_PRODUCT_ID)) != 0 &&
	    product_touch(apply, cell_slice(&row->cells[SKU_COLUMN_PRODUCT_ID]), err) < 0)
		return -1;
	return product_touch(apply, cell_slice(&cells[SKU_COLUMN_PRODUCT_ID]), err);
}

int sku_follow(struct apply *apply, struct slice id, const struct stored_row *row, const struct cell *cells, column_mask mask,
               struct error *err)
{
	if (children_rewrite(apply, row->key, cells, mask, err) < 0)
		return -1;
	if ((mask & COLUMN_BIT(SKU_COLUMN_TEXTS)) != 0 && texts_rewrite(apply, id, row->cells, cells, err) < 0)
		return -1;
	return touch_changed(apply, row, cells, mask, err);
}

static int rewrite(struct apply *apply, const struct sku_item *item, const struct stored_row *row, column_mask mask,
                   enum change_action action, struct error *err)
{
	const struct row_update update = {.kind = ITEM_SKU,
	                                  .key = row->key,
	                                  .mask = mask,
	                                  .cells = item->cells,
	                                  .adopts = row->job_key != apply->ticket.job_key};
	const struct change change = {
		.kind = ITEM_SKU, .action = action, .id = item->id, .before = row->cells, .after = item->cells, .mask = mask};

	/* A row that comes back may be listed by another product by now. */
	if ((action == CHANGE_RESTORED || (mask & (COLUMN_BIT(SKU_COLUMN_PRODUCT_LINK) | COLUMN_BIT(SKU_COLUMN_REFERENCE))) != 0) &&
	    listed_touch_sku(apply, item->id, item->cells, err) < 0)
		return -1;
	if (row_update(apply, &update, err) < 0 || change_record(apply, &change, err) < 0)
		return -1;
	return sku_follow(apply, item->id, row, item->cells, mask, err);
}

/* A row that this run has not seen, and that is ours or missing. */
static int apply_to_row(struct apply *apply, const struct sku_item *item, const struct stored_row *row, column_mask mask,
                        struct error *err)
{
	struct kind_counts *counts = &apply->counts.kinds[ITEM_SKU];

	if (apply_mark(apply, ITEM_SKU, row->key, MARK_STATED, err) < 0)
		return -1;
	if (cell_is_text(&row->cells[SKU_COLUMN_STATUS], "missing")) {
		count_restored(apply, ITEM_SKU);
		return rewrite(apply, item, row, mask, CHANGE_RESTORED, err);
	}
	if (mask == 0) {
		counts->unchanged++;
		return 0;
	}
	counts->updated++;
	if ((mask & COLUMN_BIT(SKU_COLUMN_PRODUCT_ID)) != 0)
		counts->moved++;
	return rewrite(apply, item, row, mask, CHANGE_UPDATED, err);
}

int sku_find(struct apply *apply, struct slice id, struct stored_row *ret_row, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, SQL_SKU_FIND, err);
	int step;

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 3, id);
	step = sqlite_step_row(apply->store, statement, err);
	if (step != 1)
		return step < 0 ? -1 : 0;
	row_read(statement, ITEM_SKU, ret_row);
	return 1;
}

/* What the item's own statement cannot know is as it is: its parts, and the product that lists it. The end of the run settles both. */
static int complete(struct apply *apply, const struct sku_item *item, const struct stored_row *row, struct cell *ret_cells,
                    struct error *err)
{
	for (size_t column = 0; column < SKU_COLUMN_COUNT; column++)
		ret_cells[column] = item->cells[column];
	if (item->cells[SKU_COLUMN_PRODUCT_LINK].integer == PRODUCT_LINK_LISTED)
		ret_cells[SKU_COLUMN_PRODUCT_ID] = row->cells[SKU_COLUMN_PRODUCT_ID];
	return part_extend(apply, ITEM_SKU, &row->cells[SKU_COLUMN_PARTS], ret_cells, err);
}

static int against_row(struct apply *apply, const struct sku_item *stated, const struct stored_row *row,
                       enum sku_outcome *ret_outcome, struct error *err)
{
	const enum mark mark = marks_get(&apply->marks[ITEM_SKU], row->key);
	struct sku_item item = *stated;
	column_mask mask;

	if (complete(apply, stated, row, item.cells, err) < 0)
		return -1;
	mask = row_difference(ITEM_SKU, row->cells, item.cells);
	if (mark == MARK_STATED) {
		*ret_outcome = SKU_DUPLICATE;
		mask &= ~COLUMN_BIT(SKU_COLUMN_PRODUCT_ID);
		if (!slice_equal(named_product(item.id, row->cells), named_product(item.id, stated->cells)))
			mask |= COLUMN_BIT(SKU_COLUMN_PRODUCT_ID);
		return duplicate(apply, &item, mask, err);
	}
	if (row->job_key != apply->ticket.job_key && !cell_is_text(&row->cells[SKU_COLUMN_STATUS], "missing")) {
		*ret_outcome = SKU_FOREIGN;
		apply->counts.kinds[ITEM_SKU].skipped_foreign++;
		if (apply_mark(apply, ITEM_SKU, row->key, MARK_FOREIGN, err) < 0)
			return -1;
		return complaint_add_foreign(apply, ITEM_SKU, item.id, item.place, row->job_key, err);
	}
	if (mark == MARK_KEPT)
		apply->counts.kinds[ITEM_SKU].kept--;
	return apply_to_row(apply, &item, row, mask, err);
}

static int apply_item(struct apply *apply, const struct sku_item *item, enum sku_outcome *ret_outcome, struct error *err)
{
	struct stored_row row;
	int result = 0;

	*ret_outcome = SKU_APPLIED;
	if (item->cells[SKU_COLUMN_PRODUCT_LINK].integer == PRODUCT_LINK_NAMED)
		apply->links_named = true;
	/* In a catalogue without SKUs a row can only be one of this run: trying to insert is the cheapest way to know. */
	if (apply->catalog_has_skus) {
		result = sku_find(apply, item->id, &row, err);
		if (result < 0)
			return -1;
	}
	if (result == 0) {
		const int inserted = insert(apply, item, err);

		if (inserted != 0)
			return inserted < 0 ? -1 : created(apply, item, err);
		result = sku_find(apply, item->id, &row, err);
		if (result <= 0)
			return result < 0 ? -1 : error_set(err, ERROR_STORE, "a SKU could be neither inserted nor found");
	}
	if (against_row(apply, item, &row, ret_outcome, err) < 0)
		return -1;
	(void)sqlite3_reset(apply->sql.prepared[SQL_SKU_FIND]); /* no failure: it gave its row */
	return 0;
}

/* SKUs that may stand alone */

static int hold(struct apply *apply, const struct sku_item *item, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_ALONE_INSERT, err);

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 1, item->id);
	(void)sqlite3_bind_int64(statement, 2, (int64_t)item->place.record);
	(void)sqlite3_bind_int64(statement, 3, (int64_t)item->place.stream_offset);
	row_bind(statement, 4, item->cells, SKU_COLUMN_COUNT);
	apply->held++;
	return sqlite_step_done(apply->store, statement, err);
}

int sku_state(struct apply *apply, const struct statement *statement, enum sku_outcome *ret_outcome, struct error *err)
{
	const bool is_hidden = slice_equal_text(statement_text(statement, FIELD_STATUS), "hidden");
	struct sku_item item = {.id = statement_text(statement, FIELD_ID),
	                        .place = {.record = statement->record, .stream_offset = statement->stream_offset}};

	row_from_statement(statement, item.cells);
	item.cells[SKU_COLUMN_PRODUCT_LINK] = cell_integer(statement->product_link);
	item.cells[SKU_COLUMN_STATUS] = cell_text(slice_from(is_hidden ? "hidden" : "active"));
	if (item.cells[SKU_COLUMN_PRODUCT_ID].type != CELL_TEXT)
		return error_set(err, ERROR_READER, "a sku without a product");
	*ret_outcome = SKU_APPLIED;
	/* One that names another product does not stand alone, and is like any other. */
	if (statement->product_link == PRODUCT_LINK_ALONE && slice_equal(item.id, item.cells[SKU_COLUMN_PRODUCT_ID].text))
		return hold(apply, &item, err);
	return apply_item(apply, &item, ret_outcome, err);
}

/* Does another SKU of this feed name `id` as its product? 1, 0, -1. */
static int is_named(struct apply *apply, struct slice id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, SQL_SKU_NAMERS, err);
	int step;

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 3, id);
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		const enum mark mark = marks_get(&apply->marks[ITEM_SKU], sqlite3_column_int64(statement, 0));

		if (mark == MARK_STATED || mark == MARK_KEPT) {
			(void)sqlite3_reset(statement); /* no failure: it gave a row */
			return 1;
		}
	}
	return step;
}

/* It is a product: a SKU row of that id is not named by the feed any more, even where a rejected record names it too. */
static int merge(struct apply *apply, const struct sku_item *item, struct error *err)
{
	struct stored_row row;
	int result;

	apply->counts.kinds[ITEM_SKU].merged++;
	if (!apply->catalog_has_skus)
		return 0;
	result = sku_find(apply, item->id, &row, err);
	if (result != 1)
		return result;
	if (marks_get(&apply->marks[ITEM_SKU], row.key) == MARK_KEPT) {
		apply->counts.kinds[ITEM_SKU].kept--;
		return apply_mark(apply, ITEM_SKU, row.key, MARK_NONE, err);
	}
	return 0;
}

/* A further statement of an id that was merged. */
static int duplicate_of_merged(struct apply *apply, const struct sku_item *item, int64_t sequence, struct error *err)
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
	return duplicate(apply, item, row_difference(ITEM_SKU, first, item->cells), err);
}

static int apply_held(struct apply *apply, const struct sku_item *item, int64_t sequence, struct error *err)
{
	const struct hash128 hash = hash_bytes(item->id, apply->store->seed);
	const uint32_t *merged = hash_table_find(&apply->merged_alone, hash);
	enum sku_outcome outcome;
	uint32_t *place;
	int named;

	if (merged != NULL)
		return duplicate_of_merged(apply, item, *merged, err);
	named = is_named(apply, item->id, err);
	if (named < 0)
		return -1;
	if (named == 0)
		return apply_item(apply, item, &outcome, err);
	place = hash_table_put(&apply->merged_alone, hash, NULL);
	if (place == NULL)
		return error_set_memory(err);
	*place = (uint32_t)sequence;
	return merge(apply, item, err);
}

int sku_finish_alone(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (apply->held == 0)
		return 0;
	if (apply->held > UINT32_MAX)
		return error_set(err, ERROR_LIMIT, "more than %u SKUs that may stand alone", UINT32_MAX);
	statement = apply_sql(apply, SQL_ALONE_ALL, err);
	if (statement == NULL)
		return -1;
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		struct sku_item item = {.id = sqlite_column_slice(statement, SKU_COLUMN_COUNT + 1)};

		row_read_cells(statement, 0, SKU_COLUMN_COUNT, item.cells);
		item.place.record = (uint64_t)sqlite3_column_int64(statement, SKU_COLUMN_COUNT + 2);
		item.place.stream_offset = (uint64_t)sqlite3_column_int64(statement, SKU_COLUMN_COUNT + 3);
		if (apply_held(apply, &item, sqlite3_column_int64(statement, SKU_COLUMN_COUNT), err) < 0)
			return -1;
	}
	return step;
}

/* Rejected records */

int sku_reject(struct apply *apply, struct slice id, struct error *err)
{
	struct stored_row row;
	int result;

	/* Rows of this run are stated: only what was there before can be kept. */
	if (!apply->catalog_has_skus)
		return 0;
	result = sku_find(apply, id, &row, err);
	if (result != 1)
		return result;
	if (row.job_key != apply->ticket.job_key || cell_is_text(&row.cells[SKU_COLUMN_STATUS], "missing") ||
	    marks_get(&apply->marks[ITEM_SKU], row.key) != MARK_NONE)
		return 0;
	return missing_keep(apply, ITEM_SKU, row.key, err);
}
