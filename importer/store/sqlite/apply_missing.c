/*
 * What the feed does not name any more: kept, marked as missing, or deleted,
 * as the job's policy says; but for what a rejected record names, which
 * keeps its last good values.
 */
#include "store/sqlite/apply_private.h"

#include "store/sqlite/apply_list.h"

int missing_note_kept(struct apply *apply, enum item_kind kind, int64_t key, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_KEPT_INSERT, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, kind);
	(void)sqlite3_bind_int64(statement, 2, key);
	apply->keeps_items = true;
	return sqlite_step_done(apply->store, statement, err);
}

int missing_keep(struct apply *apply, enum item_kind kind, int64_t key, struct error *err)
{
	if (missing_note_kept(apply, kind, key, err) < 0)
		return -1;
	apply->counts.kinds[kind].kept++;
	return apply_mark(apply, kind, key, MARK_KEPT, err);
}

/* Every item that rejected records name. */
static int kept_each(struct apply *apply, int (*take)(struct apply *apply, enum item_kind kind, int64_t key, struct error *err),
                     struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (!apply->keeps_items)
		return 0;
	statement = apply_sql(apply, SQL_KEPT_ALL, err);
	if (statement == NULL)
		return -1;
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		const enum item_kind kind = sqlite3_column_int64(statement, 0) == ITEM_SKU ? ITEM_SKU : ITEM_PRODUCT;

		if (take(apply, kind, sqlite3_column_int64(statement, 1), err) < 0)
			return -1;
	}
	return step;
}

static int finish_product(struct apply *apply, enum item_kind kind, int64_t key, struct error *err)
{
	if (kind != ITEM_PRODUCT || marks_get(&apply->marks[ITEM_PRODUCT], key) != MARK_NONE)
		return 0;
	apply->before_marked[ITEM_PRODUCT]++;
	return apply_mark(apply, ITEM_PRODUCT, key, MARK_KEPT, err);
}

int missing_finish_kept(struct apply *apply, struct error *err)
{
	return kept_each(apply, finish_product, err);
}

/* The row goes from the catalogue: told as a change, and written by `set_missing` or, with its children, by `delete_row`. */
struct removal {
	enum item_kind kind;
	enum sql_id set_missing;
	enum sql_id delete_row;
	enum sql_id delete_children[2];
};

static const struct removal removals[ITEM_KIND_COUNT] = {
	[ITEM_CATEGORY] = {.kind = ITEM_CATEGORY,
                           .set_missing = SQL_CATEGORY_SET_MISSING,
                           .delete_row = SQL_CATEGORY_DELETE,
                           .delete_children = {SQL_COUNT, SQL_COUNT}},
	[ITEM_PRODUCT] = {.kind = ITEM_PRODUCT,
                          .set_missing = SQL_PRODUCT_SET_MISSING,
                          .delete_row = SQL_PRODUCT_DELETE,
                          .delete_children = {SQL_PRODUCT_CATEGORIES_DELETE, SQL_PRODUCT_LEFT_FORGET}},
	[ITEM_SKU] = {.kind = ITEM_SKU,
                      .set_missing = SQL_SKU_SET_MISSING,
                      .delete_row = SQL_SKU_DELETE,
                      .delete_children = {SQL_PRICES_DELETE, SQL_STOCKS_DELETE}},
};

static int row_mark(struct apply *apply, const struct removal *removal, struct slice id, const struct stored_row *row,
                    struct error *err)
{
	const size_t status = row_shape(removal->kind)->status;
	struct cell after[ROW_COLUMNS_MAX];
	const struct change change = {.kind = removal->kind,
	                              .action = CHANGE_REMOVED,
	                              .id = id,
	                              .before = row->cells,
	                              .after = after,
	                              .mask = COLUMN_BIT(status)};

	after[status] = cell_text(slice_from("missing"));
	if (change_record(apply, &change, err) < 0)
		return -1;
	return apply_run_with_key(apply, removal->set_missing, row->key, err);
}

/* What other tables have from its columns. */
static int rows_delete(struct apply *apply, enum item_kind kind, struct slice id, const struct stored_row *row, struct error *err)
{
	const struct text_change texts = {.kind = kind, .id = id, .before = &row->cells[row_shape(kind)->texts]};

	if (text_rewrite(apply, &texts, err) < 0 || text_forget_item(apply, kind, id, err) < 0 ||
	    absent_forget_item(apply, kind, row->key, err) < 0)
		return -1;
	if (kind != ITEM_PRODUCT)
		return 0;
	return listed_children_rewrite(
		apply, &(struct child_change){.product_key = row->key, .before = cell_slice(&row->cells[PRODUCT_COLUMN_CHILDREN])},
		err);
}

int missing_delete_row(struct apply *apply, enum item_kind kind, struct slice id, const struct stored_row *row, struct error *err)
{
	const struct removal *removal = &removals[kind];
	const struct change change = {
		.kind = kind, .action = CHANGE_REMOVED, .id = id, .before = row->cells, .suppressed = row->suppressed};

	if (change_record(apply, &change, err) < 0 || rows_delete(apply, kind, id, row, err) < 0)
		return -1;
	for (size_t index = 0; index < 2; index++)
		if (removal->delete_children[index] != SQL_COUNT &&
		    apply_run_with_key(apply, removal->delete_children[index], row->key, err) < 0)
			return -1;
	return apply_run_with_key(apply, removal->delete_row, row->key, err);
}

static int row_remove(struct apply *apply, enum item_kind kind, struct slice id, const struct stored_row *row, struct error *err)
{
	apply->counts.stock[kind].removed++;
	if (apply->policy.missing == APPLY_MISSING_DELETE)
		return missing_delete_row(apply, kind, id, row, err);
	return row_mark(apply, &removals[kind], id, row, err);
}

/* SKUs and products */

static int sku_remove(struct apply *apply, int64_t key, struct error *err)
{
	const int waits = absent_waits(apply, ITEM_SKU, key, err);
	struct stored_row row;
	struct slice id;

	if (waits != 0)
		return waits < 0 ? -1 : 0;
	if (row_get(apply, SQL_SKU_GET, ITEM_SKU, key, &row, &id, err) < 0 || row_remove(apply, ITEM_SKU, id, &row, err) < 0)
		return -1;
	return product_touch(apply, cell_slice(&row.cells[SKU_COLUMN_PRODUCT_ID]), err);
}

int missing_finish_skus(struct apply *apply, struct error *err)
{
	struct key_piece piece = {.last = INT64_MIN};

	if (apply->policy.missing == APPLY_MISSING_KEEP || !apply->catalog_has_skus)
		return 0;
	/* Each that there was is named: nothing has to be looked for. */
	if (apply->before_marked[ITEM_SKU] == apply->counts.stock[ITEM_SKU].before)
		return 0;
	do {
		if (apply_keys_next(apply, SQL_SKU_PRESENT_KEYS, &piece, err) < 0)
			return -1;
		for (size_t index = 0; index < piece.count; index++)
			if (marks_get(&apply->marks[ITEM_SKU], piece.keys[index]) == MARK_NONE &&
			    sku_remove(apply, piece.keys[index], err) < 0)
				return -1;
	} while (piece.count == APPLY_KEYS_MAX);
	return 0;
}

int missing_remove_product(struct apply *apply, struct slice id, const struct stored_row *row, struct error *err)
{
	return row_remove(apply, ITEM_PRODUCT, id, row, err);
}

/* What kept rows name */

static int keep_product_of(struct apply *apply, enum item_kind kind, int64_t key, struct error *err)
{
	struct stored_row sku;
	struct stored_row product;
	struct slice id;
	int found;

	if (kind != ITEM_SKU || marks_get(&apply->marks[ITEM_SKU], key) != MARK_KEPT)
		return 0;
	if (row_get(apply, SQL_SKU_GET, ITEM_SKU, key, &sku, &id, err) < 0)
		return -1;
	found = product_find_to_keep(apply, cell_slice(&sku.cells[SKU_COLUMN_PRODUCT_ID]), &product, err);
	if (found != 1)
		return found;
	apply->before_marked[ITEM_PRODUCT]++;
	return apply_mark(apply, ITEM_PRODUCT, product.key, MARK_KEPT, err);
}

int missing_keep_products(struct apply *apply, struct error *err)
{
	return kept_each(apply, keep_product_of, err);
}

static int keep_category(struct apply *apply, struct slice id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_KEPT_CATEGORY_INSERT, err);

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 1, id);
	return sqlite_step_done(apply->store, statement, err);
}

static int keep_categories_of_list(struct apply *apply, struct slice list, struct error *err)
{
	struct list_walk walk = list_walk_begin(list);
	struct slice element;
	struct slice id;

	while (list_walk_next(&walk, &element)) {
		if (list_string(element, &apply->scratch, &id)) {
			if (keep_category(apply, id, err) < 0)
				return -1;
		} else if (apply->scratch.failed) {
			return error_set_memory(err);
		}
	}
	return 0;
}

static int keep_categories_of_sku(struct apply *apply, int64_t key, struct error *err)
{
	struct stored_row row;
	sqlite3_stmt *statement;
	struct slice id;

	if (row_get(apply, SQL_SKU_GET, ITEM_SKU, key, &row, &id, err) < 0 ||
	    keep_categories_of_list(apply, cell_slice(&row.cells[SKU_COLUMN_CATEGORIES]), err) < 0)
		return -1;
	statement = apply_sql_scoped(apply, SQL_KEPT_CATEGORY_OF_PRODUCT, err);
	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 3, cell_slice(&row.cells[SKU_COLUMN_PRODUCT_ID]));
	return sqlite_step_done(apply->store, statement, err);
}

static int keep_categories_of_product(struct apply *apply, int64_t key, struct error *err)
{
	struct stored_row row;
	struct slice id;

	if (row_get(apply, SQL_PRODUCT_GET, ITEM_PRODUCT, key, &row, &id, err) < 0)
		return -1;
	return keep_categories_of_list(apply, cell_slice(&row.cells[PRODUCT_COLUMN_CATEGORIES]), err);
}

static int keep_categories_of(struct apply *apply, enum item_kind kind, int64_t key, struct error *err)
{
	if (marks_get(&apply->marks[kind], key) != MARK_KEPT)
		return 0;
	return kind == ITEM_SKU ? keep_categories_of_sku(apply, key, err) : keep_categories_of_product(apply, key, err);
}

/* The categories that rows kept name, and their ancestors. */
static int keep_categories(struct apply *apply, struct error *err)
{
	if (!apply->keeps_items)
		return 0;
	if (kept_each(apply, keep_categories_of, err) < 0)
		return -1;
	return apply_run_with_key(apply, SQL_KEPT_CATEGORY_ANCESTORS, apply->ticket.catalog_key, err);
}

/* Categories */

static int is_category_kept(struct apply *apply, struct slice id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_KEPT_CATEGORY_HAS, err);

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 1, id);
	if (sqlite_step_row(apply->store, statement, err) < 0)
		return -1;
	return sqlite3_column_int(statement, 0);
}

/* The holder with the smallest key: 1, 0 = nobody, -1. */
static int next_holder(struct apply *apply, int64_t key, int64_t *ret_job_key, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_HOLDER_NEXT, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, key);
	if (sqlite_step_row(apply->store, statement, err) < 0)
		return -1;
	*ret_job_key = sqlite3_column_int64(statement, 0);
	return sqlite3_column_type(statement, 0) == SQLITE_NULL ? 0 : 1;
}

static int run_with_two_keys(struct apply *apply, enum sql_id id, int64_t first, int64_t second, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, id, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, first);
	(void)sqlite3_bind_int64(statement, 2, second);
	return sqlite_step_done(apply->store, statement, err);
}

/* This job lets go of the category; it stays with another holder, whose words stand from now on if ours did. */
static int category_release(struct apply *apply, int64_t key, struct error *err)
{
	struct stored_row row;
	struct slice id;
	int64_t holder;
	bool is_present;
	int kept;
	int held;

	if (row_get(apply, SQL_CATEGORY_GET, ITEM_CATEGORY, key, &row, &id, err) < 0)
		return -1;
	kept = is_category_kept(apply, id, err);
	if (kept == 0)
		kept = absent_waits(apply, ITEM_CATEGORY, key, err);
	if (kept != 0)
		return kept < 0 ? -1 : 0;
	if (run_with_two_keys(apply, SQL_HOLDER_DELETE, key, apply->ticket.job_key, err) < 0)
		return -1;
	held = next_holder(apply, key, &holder, err);
	if (held < 0)
		return -1;
	/* Somebody marked it as missing by hand: it was no part of the stock. */
	is_present = !slice_equal_text(cell_slice(&row.cells[CATEGORY_COLUMN_STATUS]), "missing");
	if (held == 0 && !is_present)
		return 0;
	if (held == 0) {
		apply->categories_changed = true;
		return row_remove(apply, ITEM_CATEGORY, id, &row, err);
	}
	apply->counts.stock[ITEM_CATEGORY].released += is_present;
	return row.job_key != apply->ticket.job_key ? 0 : run_with_two_keys(apply, SQL_CATEGORY_PASS_ON, key, holder, err);
}

int missing_finish_categories(struct apply *apply, struct error *err)
{
	struct key_piece piece = {.last = INT64_MIN};

	if (apply->policy.missing == APPLY_MISSING_KEEP || apply->policy.categories == APPLY_CATEGORIES_IGNORE)
		return 0;
	if (keep_categories(apply, err) < 0)
		return -1;
	do {
		if (apply_keys_next(apply, SQL_CATEGORY_HELD_KEYS, &piece, err) < 0)
			return -1;
		for (size_t index = 0; index < piece.count; index++)
			if (marks_get(&apply->marks[ITEM_CATEGORY], piece.keys[index]) == MARK_NONE &&
			    category_release(apply, piece.keys[index], err) < 0)
				return -1;
	} while (piece.count == APPLY_KEYS_MAX);
	return 0;
}
