/*
 * SKUs that products list: each belongs to the product with the smallest id
 * that names it among its children, or else to one of its own. Feeds have
 * products and SKUs in any order, so the products are found at the end of a
 * run, for the SKUs that something happened to.
 */
#include "store/sqlite/apply_private.h"

#include "store/sqlite/apply_list.h"

static int touch(struct apply *apply, struct slice child, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_TOUCH_CHILD, err);

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 1, child);
	apply->children_touched = true;
	return sqlite_step_done(apply->store, statement, err);
}

int listed_touch_children(struct apply *apply, struct slice children, struct error *err)
{
	struct list_walk walk = list_walk_begin(children);
	struct slice element;
	struct slice child;

	while (list_walk_next(&walk, &element)) {
		if (list_string(element, &apply->scratch, &child)) {
			if (touch(apply, child, err) < 0)
				return -1;
		} else if (apply->scratch.failed) {
			return error_set_memory(err);
		}
	}
	return 0;
}

int listed_touch_sku(struct apply *apply, struct slice id, const struct cell *cells, struct error *err)
{
	const struct cell *reference = &cells[SKU_COLUMN_REFERENCE];

	if (cells[SKU_COLUMN_PRODUCT_LINK].integer != PRODUCT_LINK_LISTED)
		return 0;
	return touch(apply, reference->type == CELL_TEXT ? reference->text : id, err);
}

static int run_with_children(struct apply *apply, enum sql_id id, int64_t product_key, struct slice children, struct error *err)
{
	sqlite3_stmt *statement;

	if (slice_is_empty(children))
		return 0;
	statement = apply_sql(apply, id, err);
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key); /* a failure shows at the step */
	(void)sqlite3_bind_int64(statement, 2, product_key);
	sqlite_bind_slice(statement, 3, children);
	return sqlite_step_done(apply->store, statement, err);
}

int listed_children_rewrite(struct apply *apply, const struct child_change *change, struct error *err)
{
	if (run_with_children(apply, SQL_CHILDREN_DELETE, change->product_key, change->before, err) < 0)
		return -1;
	return run_with_children(apply, SQL_CHILDREN_INSERT, change->product_key, change->after, err);
}

/* Calls `visit` for every present product of the job that lists children. */
static int each_parent(struct apply *apply,
                       int (*visit)(struct apply *apply, const struct stored_row *row, struct slice id, struct error *err),
                       struct error *err)
{
	struct key_piece piece = {.last = INT64_MIN};
	sqlite3_stmt *statement;

	do {
		if (apply_keys_next(apply, SQL_PRODUCT_PARENT_KEYS, &piece, err) < 0)
			return -1;
		for (size_t index = 0; index < piece.count; index++) {
			struct stored_row row;

			statement = apply_sql(apply, SQL_PRODUCT_GET, err);
			if (statement == NULL)
				return -1;
			(void)sqlite3_bind_int64(statement, 1, piece.keys[index]);
			if (sqlite_step_row(apply->store, statement, err) < 0)
				return -1;
			row_read(statement, ITEM_PRODUCT, &row);
			if (visit(apply, &row, sqlite_column_slice(statement, PRODUCT_COLUMN_COUNT + 3), err) < 0)
				return -1;
		}
	} while (piece.count == APPLY_KEYS_MAX);
	return 0;
}

/* Will the row, which is present, be stated when this run is over? 1, 0, -1. */
static int stays_stated(struct apply *apply, const struct stored_row *row, struct error *err)
{
	if (!cell_is_text(&row->cells[PRODUCT_COLUMN_ORIGIN], "stated"))
		return 0;
	if (apply->policy.scope != APPLY_SCOPE_ALL || apply->policy.missing == APPLY_MISSING_KEEP ||
	    marks_get(&apply->marks[ITEM_PRODUCT], row->key) != MARK_NONE)
		return 1;
	return absent_would_wait(apply, ITEM_PRODUCT, row->key, err);
}

static int touch_vanished(struct apply *apply, const struct stored_row *row, struct slice id, struct error *err)
{
	const int stays = stays_stated(apply, row, err);

	(void)id;
	if (stays != 0)
		return stays < 0 ? -1 : 0;
	return listed_touch_children(apply, cell_slice(&row->cells[PRODUCT_COLUMN_CHILDREN]), err);
}

int listed_find_product(struct apply *apply, struct slice child, struct slice id, struct slice *ret_product_id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, SQL_LISTING_PRODUCTS, err);
	int step;

	*ret_product_id = id;
	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 3, child);
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		struct stored_row row;

		int stays;

		row_read(statement, ITEM_PRODUCT, &row);
		stays = stays_stated(apply, &row, err);
		if (stays != 0) {
			*ret_product_id = sqlite_column_slice(statement, PRODUCT_COLUMN_COUNT + 3);
			return stays < 0 ? -1 : 0;
		}
	}
	return step;
}

static int settle(struct apply *apply, int64_t key, struct error *err)
{
	struct cell cells[SKU_COLUMN_COUNT];
	struct stored_row row;
	struct amendment amendment = {.kind = ITEM_SKU, .row = &row, .cells = cells};
	const struct cell *reference = &cells[SKU_COLUMN_REFERENCE];
	struct slice product_id;

	if (row_get(apply, SQL_SKU_GET, ITEM_SKU, key, &row, &amendment.id, err) < 0)
		return -1;
	for (size_t column = 0; column < SKU_COLUMN_COUNT; column++)
		cells[column] = row.cells[column];
	if (listed_find_product(apply, reference->type == CELL_TEXT ? reference->text : amendment.id, amendment.id, &product_id,
	                        err) < 0)
		return -1;
	if (slice_equal(cell_slice(&row.cells[SKU_COLUMN_PRODUCT_ID]), product_id))
		return 0;
	/* What no statement of this run is about stays as it is; the run that has one looks again. */
	if (marks_get(&apply->marks[ITEM_SKU], key) != MARK_STATED) {
		apply->listed_wait = true;
		return 0;
	}
	cells[SKU_COLUMN_PRODUCT_ID] = cell_text(product_id);
	return item_amend(apply, &amendment, err);
}

static int run_scoped(struct apply *apply, enum sql_id id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, id, err);

	return statement == NULL ? -1 : sqlite_step_done(apply->store, statement, err);
}

int listed_finish(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (!policy_writes_skus(apply))
		return 0;
	if (apply->catalog_has_products && each_parent(apply, touch_vanished, err) < 0)
		return -1;
	if (!apply->is_clean && apply->catalog_has_skus) {
		apply->children_touched = true;
		if (run_scoped(apply, SQL_TOUCH_LISTED, err) < 0)
			return -1;
	}
	if (!apply->children_touched)
		return 0;
	if (run_scoped(apply, SQL_LISTED_GATHER, err) < 0)
		return -1;
	statement = apply_sql(apply, SQL_LISTED_ALL, err);
	if (statement == NULL)
		return -1;
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		if (settle(apply, sqlite3_column_int64(statement, 0), err) < 0)
			return -1;
	}
	return step;
}

/* Children that are no SKU */

/* 1, 0, -1 */
static int is_child_there(struct apply *apply, struct slice child, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_CHILD_IS_THERE, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key);
	sqlite_bind_slice(statement, 2, child);
	if (sqlite_step_row(apply->store, statement, err) < 0)
		return -1;
	return sqlite3_column_int(statement, 0);
}

static int complain_of_parent(struct apply *apply, const struct stored_row *row, struct slice id, struct error *err)
{
	struct list_walk walk = list_walk_begin(cell_slice(&row->cells[PRODUCT_COLUMN_CHILDREN]));
	struct complaint complaint = {.code = COMPLAINT_CHILD_NOT_STATED, .kind = ITEM_PRODUCT, .item_id = id};
	struct slice element;

	if (marks_get(&apply->marks[ITEM_PRODUCT], row->key) != MARK_STATED)
		return 0;
	while (list_walk_next(&walk, &element)) {
		int found;

		if (!list_string(element, &apply->scratch, &complaint.text)) {
			if (apply->scratch.failed)
				return error_set_memory(err);
			continue;
		}
		found = is_child_there(apply, complaint.text, err);
		if (found < 0 || (found == 0 && complaint_add(apply, &complaint, err) < 0))
			return -1;
	}
	return 0;
}

int listed_complain(struct apply *apply, struct error *err)
{
	return each_parent(apply, complain_of_parent, err);
}
