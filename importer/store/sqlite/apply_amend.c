/*
 * What the end of a run does to items whose statements were applied long
 * before: their parts, and the products of listed SKUs. An item is counted
 * and told once, whatever both did to it.
 */
#include "store/sqlite/apply_private.h"

#include "store/sqlite/apply_list.h"

/* Was the row inserted by this run? 1, 0, -1. */
static int is_created(struct apply *apply, const struct amendment *amendment, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, amendment->kind == ITEM_SKU ? SQL_SKU_CREATED_RUN : SQL_PRODUCT_CREATED_RUN,
	                                    err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, amendment->row->key);
	if (sqlite_step_row(apply->store, statement, err) < 0)
		return -1;
	return sqlite3_column_int64(statement, 0) == apply->ticket.run_id;
}

/* The members of both objects: of one that both have, `first`'s value, or `second`'s where `second_wins`. */
static void merge_objects(struct buffer *buffer, struct slice first, struct slice second, bool second_wins)
{
	struct list_walk walk = object_walk_begin(first);
	struct slice name;
	struct slice value;
	char joint = '{';

	buffer_clear(buffer);
	while (object_walk_next(&walk, &name, &value)) {
		const struct slice other = second_wins ? object_member(second, name) : slice_make(NULL, 0);

		(void)buffer_append_byte(buffer, joint); /* failure sticks */
		(void)buffer_append_slice(buffer, name);
		(void)buffer_append_byte(buffer, ':');
		(void)buffer_append_slice(buffer, other.size > 0 ? other : value);
		joint = ',';
	}
	walk = object_walk_begin(second);
	while (object_walk_next(&walk, &name, &value)) {
		if (object_member(first, name).size > 0)
			continue;
		(void)buffer_append_byte(buffer, joint);
		(void)buffer_append_slice(buffer, name);
		(void)buffer_append_byte(buffer, ':');
		(void)buffer_append_slice(buffer, value);
		joint = ',';
	}
	(void)buffer_append_byte(buffer, '}');
}

/* The change of this run whose row is the current one of SQL_CHANGE_FIND also did what apply->before and after say. */
static int merge_change(struct apply *apply, sqlite3_stmt *found, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_CHANGE_AMEND, err);

	if (statement == NULL)
		return -1;
	merge_objects(&apply->plain, sqlite_column_slice(found, 2), buffer_slice(&apply->before), false);
	merge_objects(&apply->scratch, sqlite_column_slice(found, 3), buffer_slice(&apply->after), true);
	if (apply->plain.failed || apply->scratch.failed)
		return error_set_memory(err);
	(void)sqlite3_bind_int64(statement, 1, sqlite3_column_int64(found, 0));
	sqlite_bind_slice(statement, 2, buffer_slice(&apply->plain));
	sqlite_bind_slice(statement, 3, buffer_slice(&apply->scratch));
	return sqlite_step_done(apply->store, statement, err);
}

/* An item that this run had left as it was. */
static void count_updated(struct apply *apply, const struct amendment *amendment, column_mask mask)
{
	struct kind_counts *counts = &apply->counts.kinds[amendment->kind];
	const enum mark mark = marks_get(&apply->marks[amendment->kind], amendment->row->key);
	const bool is_derived = amendment->kind == ITEM_PRODUCT &&
	                        !cell_is_text(&amendment->cells[PRODUCT_COLUMN_ORIGIN], "stated");

	counts->updated++;
	/* Products are amended when the derived ones have been counted. */
	if (is_derived || mark == MARK_STATED)
		counts->unchanged--;
	else
		counts->merged--; /* no statement but a part of it, which was counted so */
	if (amendment->kind == ITEM_SKU && (mask & COLUMN_BIT(SKU_COLUMN_PRODUCT_ID)) != 0)
		counts->moved++;
}

/* The change of this run of that item: 1 with its row current in `ret_statement`, 0 = none, -1. */
static int find_change(struct apply *apply, const struct amendment *amendment, sqlite3_stmt **ret_statement, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_CHANGE_FIND, err);

	*ret_statement = statement;
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.run_id);
	sqlite_bind_slice(statement, 2, slice_from(item_kind_name(amendment->kind)));
	sqlite_bind_slice(statement, 3, amendment->id);
	return sqlite_step_row(apply->store, statement, err);
}

static int tell(struct apply *apply, const struct amendment *amendment, column_mask mask, struct error *err)
{
	struct change change = {.kind = amendment->kind,
	                        .action = CHANGE_UPDATED,
	                        .id = amendment->id,
	                        .before = amendment->row->cells,
	                        .after = amendment->cells,
	                        .mask = mask,
	                        .is_amendment = true};
	sqlite3_stmt *found;
	int result = is_created(apply, amendment, err);

	if (result != 0)
		return result < 0 ? -1 : change_record(apply, &change, err);
	result = find_change(apply, amendment, &found, err);
	if (result < 0)
		return -1;
	if (result == 0) {
		count_updated(apply, amendment, mask);
		change.is_amendment = false;
		return change_record(apply, &change, err);
	}
	if (amendment->kind == ITEM_SKU && (mask & COLUMN_BIT(SKU_COLUMN_PRODUCT_ID)) != 0 &&
	    slice_equal_text(sqlite_column_slice(found, 1), "updated"))
		apply->counts.kinds[ITEM_SKU].moved++;
	if (change_record(apply, &change, err) < 0 || merge_change(apply, found, err) < 0)
		return -1;
	(void)sqlite3_reset(found); /* no failure: it gave its row */
	return 0;
}

int item_amend(struct apply *apply, const struct amendment *amendment, struct error *err)
{
	const column_mask mask = row_difference(amendment->kind, amendment->row->cells, amendment->cells);
	const column_mask told = row_told(amendment->kind, mask);
	const struct row_update update = {
		.kind = amendment->kind, .key = amendment->row->key, .mask = mask, .cells = amendment->cells};

	if (mask == 0)
		return 0;
	if ((told != 0 && tell(apply, amendment, told, err) < 0) || row_update(apply, &update, err) < 0)
		return -1;
	if (amendment->kind == ITEM_SKU)
		return sku_follow(apply, amendment->id, amendment->row, amendment->cells, mask, err);
	return product_follow(apply, amendment->id, amendment->row, amendment->cells, mask, err);
}
