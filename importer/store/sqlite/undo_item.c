/* Items that were there before the run: fields get their values back, deleted rows return. */
#include "store/sqlite/undo_private.h"

#include "store/sqlite/apply_sku.h"

#define ITEMS_OF(kind)                                                                                          \
	"SELECT source, item_id, detail, before, after FROM undo_row WHERE run_id = ?1 AND source = '" kind "'" \
	" AND (before IS NOT NULL OR after IS NULL)"
#define NO_LONGER "it is no longer what the run made of it"

static size_t status_column(enum undo_source source)
{
	return row_shape((enum item_kind)source)->status;
}

static bool is_missing(enum undo_source source, const struct cell *cells)
{
	return cell_is_text(&cells[status_column(source)], "missing");
}

/* What other tables have from columns of the item. `row` is what it was. */
static int follow(struct undo *undo, const struct undo_entry *entry, const struct stored_row *row, const struct cell *cells,
                  column_mask mask, struct error *err)
{
	const struct text_change texts = {.kind = ITEM_CATEGORY,
	                                  .id = entry->item_id,
	                                  .before = &row->cells[CATEGORY_COLUMN_TEXTS],
	                                  .after = &cells[CATEGORY_COLUMN_TEXTS]};

	switch (entry->source) {
	case UNDO_SKU:
		return sku_follow(undo->apply, entry->item_id, row, cells, mask, err);
	case UNDO_PRODUCT:
		return product_follow(undo->apply, entry->item_id, row, cells, mask, err);
	default:
		return (mask & COLUMN_BIT(CATEGORY_COLUMN_TEXTS)) != 0 ? text_rewrite(undo->apply, &texts, err) : 0;
	}
}

/* Did a later run take the product away? 0 = yes, 1 = no, -1. */
static int was_lost(struct undo *undo, struct slice product_id, int64_t *ret_run_id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(undo->apply, SQL_UNDO_PRODUCT_LOST, err);
	int step;

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 1, product_id);
	step = sqlite_step_row(undo->apply->store, statement, err);
	if (step != 1)
		return step < 0 ? -1 : 1;
	*ret_run_id = sqlite3_column_int64(statement, 1);
	return sqlite3_column_int(statement, 0) != 0 ? 0 : 1;
}

/* Is the product of a SKU that is to be present there? Only where a later run took it away it is not. 1, 0, -1. */
static int has_product(struct undo *undo, const struct undo_entry *entry, const struct cell *cells, int64_t *ret_run_id,
                       struct error *err)
{
	struct undo_entry product = {.source = UNDO_PRODUCT, .item_id = cell_slice(&cells[SKU_COLUMN_PRODUCT_ID])};
	struct undo_now now;
	int found;

	if (entry->source != UNDO_SKU || is_missing(UNDO_SKU, cells) || slice_is_empty(product.item_id))
		return 1;
	product.detail = slice_from("");
	found = undo_get(undo, &product, &now, err);
	if (found < 0 || (found == 1 && !is_missing(UNDO_PRODUCT, now.cells)))
		return found;
	return was_lost(undo, product.item_id, ret_run_id, err);
}

/* Rows that return */

/* Whoever created it was undone since: then it is not to come back. */
static int find_creator_undo(struct undo *undo, const struct undo_entry *entry, int64_t *ret_run_id, struct error *err)
{
	const struct cell *creator = &entry->before[undo_table(entry->source)->count - 1];

	if (creator->integer != undo->creator) {
		undo->creator = 0;
		if (undo_find_undo(undo->apply->store, creator->integer, &undo->creator_undo, err) < 0)
			return -1;
		undo->creator = creator->integer;
	}
	*ret_run_id = undo->creator_undo > undo->options->run_id ? undo->creator_undo : 0;
	return 0;
}

static int insert_offer(struct undo *undo, int64_t sku_key, const struct cell *cells, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(undo->apply, SQL_OFFER_INSERT, err);
	struct cell offer[SKU_OFFER_COUNT];

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, sku_key); /* a failure shows at the step */
	row_bind(statement, 2, offer, row_pick(ITEM_SKU, cells, true, offer));
	return sqlite_step_done(undo->apply->store, statement, err);
}

static int insert_row(struct undo *undo, const struct undo_entry *entry, struct error *err)
{
	const struct row_shape *shape = row_shape((enum item_kind)entry->source);
	sqlite3_stmt *statement = undo_use(undo, UNDO_PUT, entry, err);
	struct stored_row none = {.key = 0};
	column_mask mask = 0;

	if (statement == NULL)
		return -1;
	row_bind(statement, 3, entry->before, undo_table(entry->source)->count);
	if (sqlite_step_done(undo->apply->store, statement, err) < 0)
		return -1;
	none.key = sqlite3_last_insert_rowid(undo->apply->store->database);
	if (entry->source == UNDO_SKU) {
		if (insert_offer(undo, none.key, entry->before, err) < 0)
			return -1;
		none.cells[SKU_COLUMN_PRODUCT_ID] = entry->before[SKU_COLUMN_PRODUCT_ID];
	}
	for (size_t column = 0; column < shape->count; column++)
		if (entry->before[column].type != CELL_NULL)
			mask |= COLUMN_BIT(column);
	return follow(undo, entry, &none, entry->before, mask, err);
}

static int bring_back(struct undo *undo, const struct undo_entry *entry, struct error *err)
{
	struct undo_obstacle obstacle = {.column = UNDO_ROW};
	const struct change change = {.kind = (enum item_kind)entry->source,
	                              .action = CHANGE_RESTORED,
	                              .id = entry->item_id,
	                              .after = entry->before,
	                              .suppressed = entry->before[undo_content_count(entry->source)].integer};
	struct undo_now now;
	const int found = undo_get(undo, entry, &now, err);
	int result;

	if (found < 0)
		return -1;
	obstacle.reason = "the run deleted it, and it is there again";
	if (found == 1) {
		const int64_t creator = now.cells[undo_table(entry->source)->count - 1].integer;

		obstacle.run_id = creator > undo->options->run_id ? creator : 0;
		return undo_report(undo, entry, &obstacle, err);
	}
	obstacle.reason = "the run deleted it, and the run that created it has been undone since";
	if (find_creator_undo(undo, entry, &obstacle.run_id, err) < 0)
		return -1;
	if (obstacle.run_id != 0)
		return undo_report(undo, entry, &obstacle, err);
	obstacle.reason = "the run deleted it, and its product is gone since";
	result = has_product(undo, entry, entry->before, &obstacle.run_id, err);
	if (result != 1)
		return result < 0 ? -1 : undo_report(undo, entry, &obstacle, err);
	result = undo_tell_once(undo, change.kind, entry->item_id, err);
	if (result < 0 || change_record(undo->apply, &change, err) < 0)
		return -1;
	if (result == 1 && !is_missing(entry->source, entry->before))
		undo->apply->counts.kinds[change.kind].restored++;
	return insert_row(undo, entry, err);
}

/* Rows that are changed */

/* A row on its way from what it is to what it was. */
struct rewrite {
	struct undo_now now;
	struct cell cells[UNDO_COLUMNS_MAX]; /* as they shall be */
	uint64_t mask;                       /* those that differ */
};

static int gather(struct undo *undo, const struct undo_entry *entry, struct rewrite *rewrite, struct error *err)
{
	for (size_t column = 0; column < undo_table(entry->source)->count; column++) {
		const struct cell *now = &rewrite->now.cells[column];

		rewrite->cells[column] = *now;
		if ((entry->before_mask & UNDO_BIT(column)) == 0)
			continue;
		if (undo_cell_equal(now, &entry->after[column])) {
			rewrite->cells[column] = entry->before[column];
			rewrite->mask |= UNDO_BIT(column);
		} else if (undo_report(
				   undo, entry,
				   &(struct undo_obstacle){
					   .column = column, .to_be = &entry->before[column], .is_now = now, .reason = NO_LONGER},
				   err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int tell(struct undo *undo, const struct undo_entry *entry, const struct rewrite *rewrite, column_mask mask,
                struct error *err)
{
	const bool was_missing = is_missing(entry->source, rewrite->now.cells);
	const bool goes_missing = is_missing(entry->source, rewrite->cells) && !was_missing;
	struct change change = {.kind = (enum item_kind)entry->source,
	                        .action = CHANGE_UPDATED,
	                        .id = entry->item_id,
	                        .before = rewrite->now.cells,
	                        .after = rewrite->cells,
	                        .mask = mask};
	struct kind_counts *counts = &undo->apply->counts.kinds[change.kind];
	int is_new = undo_tell_once(undo, change.kind, entry->item_id, err);

	if (is_new < 0)
		return -1;
	if (goes_missing)
		change.action = CHANGE_REMOVED;
	else if (was_missing && !is_missing(entry->source, rewrite->cells))
		change.action = CHANGE_RESTORED;
	if (is_new == 1 && !goes_missing) {
		const size_t moving = entry->source == UNDO_SKU ? (size_t)SKU_COLUMN_PRODUCT_ID : (size_t)CATEGORY_COLUMN_PARENT_ID;

		counts->restored += change.action == CHANGE_RESTORED;
		counts->updated += change.action == CHANGE_UPDATED && mask != 0;
		counts->unchanged += change.action == CHANGE_UPDATED && mask == 0;
		counts->moved += change.action == CHANGE_UPDATED && entry->source != UNDO_PRODUCT &&
		                 (mask & COLUMN_BIT(moving)) != 0;
	}
	return mask == 0 ? 0 : change_record(undo->apply, &change, err);
}

/* Owners and what else is no content. */
static int write_rest(struct undo *undo, const struct undo_entry *entry, const struct rewrite *rewrite, struct error *err)
{
	const size_t first = undo_content_count(entry->source);
	sqlite3_stmt *statement;

	if (rewrite->mask >> first == 0)
		return 0;
	statement = undo_use(undo, UNDO_REMOVE, entry, err);
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, rewrite->now.key);
	row_bind(statement, 2, &rewrite->cells[first], undo_table(entry->source)->count - first);
	return sqlite_step_done(undo->apply->store, statement, err);
}

static int write_rewrite(struct undo *undo, const struct undo_entry *entry, const struct rewrite *rewrite, struct error *err)
{
	const size_t count = undo_content_count(entry->source);
	const column_mask mask = (column_mask)(rewrite->mask & (UNDO_BIT(count) - 1));
	const struct row_update update = {
		.kind = (enum item_kind)entry->source, .key = rewrite->now.key, .mask = mask, .cells = rewrite->cells};
	struct stored_row row = {.key = rewrite->now.key};

	for (size_t column = 0; column < count; column++)
		row.cells[column] = rewrite->now.cells[column];
	if (write_rest(undo, entry, rewrite, err) < 0 || tell(undo, entry, rewrite, mask, err) < 0 ||
	    row_update(undo->apply, &update, err) < 0)
		return -1;
	return mask == 0 ? 0 : follow(undo, entry, &row, rewrite->cells, mask, err);
}

static int change_back(struct undo *undo, const struct undo_entry *entry, struct error *err)
{
	const uint64_t placing = UNDO_BIT(SKU_COLUMN_PRODUCT_ID) | UNDO_BIT(SKU_COLUMN_STATUS);
	struct undo_obstacle obstacle = {.column = UNDO_ROW, .reason = "the run changed it, and it is gone since"};
	struct rewrite rewrite = {.mask = 0};
	const int found = undo_get(undo, entry, &rewrite.now, err);
	int result;

	if (found != 1)
		return found < 0 ? -1 : undo_report(undo, entry, &obstacle, err);
	result = undo_is_same_row(undo, (enum item_kind)entry->source, entry->item_id, &rewrite.now, err);
	if (result != 1) {
		obstacle.reason = "the run changed it, and it went and was made again since";
		return result < 0 ? -1 : undo_report(undo, entry, &obstacle, err);
	}
	if (gather(undo, entry, &rewrite, err) < 0)
		return -1;
	if (rewrite.mask == 0)
		return 0;
	if ((rewrite.mask & placing) != 0) {
		obstacle.reason = "the product that it had is gone since";
		result = has_product(undo, entry, rewrite.cells, &obstacle.run_id, err);
		if (result != 1)
			return result < 0 ? -1 : undo_report(undo, entry, &obstacle, err);
	}
	return write_rewrite(undo, entry, &rewrite, err);
}

static int take_back(struct undo *undo, const struct undo_entry *entry, struct error *err)
{
	return entry->is_there ? change_back(undo, entry, err) : bring_back(undo, entry, err);
}

int undo_items(struct undo *undo, struct error *err)
{
	/* Rows that were there before, and what can be none. */
	static const char *const sql[] = {
		[UNDO_CATEGORY] = ITEMS_OF("category"), [UNDO_PRODUCT] = ITEMS_OF("product"), [UNDO_SKU] = ITEMS_OF("sku")};

	/* SKUs last: their products are as they stay by then. */
	for (size_t source = 0; source < sizeof(sql) / sizeof(sql[0]); source++)
		if (undo_each(undo, sql[source], take_back, err) < 0)
			return -1;
	return 0;
}
