/*
 * Items that the run created, or an undo brought back: they go, but for those
 * that a later run or a person changed, or that what stays needs.
 */
#include "store/sqlite/undo_private.h"

/* Rows as undo_each reads them; where the later run is known, it stands in place of the row's own. */
#define ITEM(kind, id, run) "SELECT '" kind "', " id ", '', NULL, json_object('created_run_id', " run ")"

/* The later run to which the column of a row owes its value: what the first one found says what the undone run left; 0 = none. */
#define CHANGED_BY(kind, row, column)                                                                                 \
	"coalesce((SELECT iif(json_extract(u.before, '$." column "') IS NOT " row "." column                          \
	", l.run_id, 0) FROM temp.undo_later l"                                                                       \
	" CROSS JOIN undo_row u ON u.run_id = l.run_id AND u.source = '" kind "' AND u.item_id = " row "." kind "_id" \
	" AND u.detail = '' WHERE json_type(u.before, '$." column "') IS NOT NULL ORDER BY l.run_id LIMIT 1), 0)"

/* The later run because of which an item needs what it names in `column`: one that made, moved or restored it, or why it stays. */
#define NEEDED_BY(kind, number, row, column)                                                                      \
	"max(" row ".created_run_id, " CHANGED_BY(kind, row, column) ", " CHANGED_BY(                             \
		kind, row, "status") ","                                                                          \
				     " coalesce((SELECT t.run_id FROM temp.undo_staying t WHERE t.kind = " number \
				     " AND t.item_id = " row "." kind "_id), 0))"
#define IS_GOING(number, id) "EXISTS (SELECT 1 FROM temp.undo_going o WHERE o.kind = " number " AND o.item_id = " id ")"

/* Of a row that an undo brought back, and nobody made anew since. */
#define BROUGHT_BACK(kind)                                                    \
	" WHERE u.run_id = ?1 AND u.source = '" kind "' AND u.before IS NULL" \
	" AND i.created_run_id = json_extract(u.after, '$.created_run_id') ON CONFLICT DO NOTHING"

static int stays(struct undo *undo, enum item_kind kind, struct slice id, int64_t run_id, struct error *err)
{
	static const enum sql_id ids[] = {SQL_UNDO_GOING_REMOVE, SQL_UNDO_STAYS};

	for (size_t index = 0; index < sizeof(ids) / sizeof(ids[0]); index++) {
		sqlite3_stmt *statement = apply_sql(undo->apply, ids[index], err);

		if (statement == NULL)
			return -1;
		(void)sqlite3_bind_int64(statement, 1, kind); /* a failure shows at the step */
		sqlite_bind_slice(statement, 2, id);
		if (index == 1)
			(void)sqlite3_bind_int64(statement, 3, run_id);
		if (sqlite_step_done(undo->apply->store, statement, err) < 0)
			return -1;
	}
	return 0;
}

static int obstruct(struct undo *undo, const struct undo_entry *entry, struct undo_obstacle *obstacle, struct error *err)
{
	enum item_kind kind;

	if (!undo_entry_kind(entry, &kind))
		return 0;
	if (obstacle->run_id == 0 && undo_find_later(undo, entry, obstacle->column, &obstacle->run_id, err) < 0)
		return -1;
	if (obstacle->run_id == 0)
		obstacle->run_id = UNDO_BY_HAND;
	return undo_report(undo, entry, obstacle, err) < 0 ? -1 : stays(undo, kind, entry->item_id, obstacle->run_id, err);
}

/* What later runs did: the first of them tells what the undone run left. */

static bool is_same(const struct undo_seen *seen, const struct undo_entry *entry)
{
	return seen->source == entry->source && slice_equal(buffer_slice(&seen->item_id), entry->item_id) &&
	       slice_equal(buffer_slice(&seen->detail), entry->detail);
}

static int see(struct undo_seen *seen, const struct undo_entry *entry, struct error *err)
{
	if (is_same(seen, entry))
		return 0;
	buffer_clear(&seen->item_id);
	buffer_clear(&seen->detail);
	if (buffer_append_slice(&seen->item_id, entry->item_id) < 0 || buffer_append_slice(&seen->detail, entry->detail) < 0)
		return error_set_memory(err);
	seen->source = entry->source;
	seen->columns = 0;
	seen->has_row = false;
	return 0;
}

static int compare_columns(struct undo *undo, const struct undo_entry *entry, uint64_t columns, const struct undo_now *now,
                           struct error *err)
{
	for (size_t column = 0; column < undo_table(entry->source)->count; column++) {
		struct undo_obstacle obstacle = {.column = column,
		                                 .is_now = &now->cells[column],
		                                 .reason = "the run created the item, and it was changed since"};

		if ((columns & UNDO_BIT(column)) != 0 && !undo_cell_equal(&entry->before[column], &now->cells[column]) &&
		    obstruct(undo, entry, &obstacle, err) < 0)
			return -1;
	}
	return 0;
}

static int look_at_later(struct undo *undo, const struct undo_entry *entry, struct error *err)
{
	struct undo_obstacle obstacle = {.column = UNDO_ROW, .reason = "the run created the item, and more was said of it since"};
	struct undo_seen *seen = &undo->seen;
	struct undo_now now;
	uint64_t columns;
	int found;

	if (see(seen, entry, err) < 0)
		return -1;
	/* A row that goes is told whole, but for what it has not. */
	columns = (entry->is_there ? entry->before_mask : ~UINT64_C(0)) & ~seen->columns;
	seen->columns |= columns;
	if (undo_source_is_item(entry->source) ? !entry->was_there : seen->has_row || entry->source == UNDO_LEFT)
		return 0;
	seen->has_row = true;
	found = undo_get(undo, entry, &now, err);
	if (found < 0)
		return -1;
	if ((found == 1) != entry->was_there)
		return obstruct(undo, entry, &obstacle, err);
	return found == 1 ? compare_columns(undo, entry, columns, &now, err) : 0;
}

static int look_at_edit(struct undo *undo, const struct undo_entry *entry, struct error *err)
{
	struct undo_obstacle obstacle = {
		.column = UNDO_ROW, .run_id = UNDO_BY_HAND, .reason = "the run created it, and a person changed it since"};

	return obstruct(undo, entry, &obstacle, err);
}

int undo_created_find(struct undo *undo, struct error *err)
{
	static const char *const found[] = {
		/* Of rows that the run deleted and made again the log tells what was before. */
		"INSERT INTO temp.undo_going SELECT 0, category_id FROM category_data WHERE catalog_key = ?2 AND created_run_id = ?1"
		" AND category_id NOT IN (SELECT item_id FROM undo_row WHERE run_id = ?1 AND source = 'category' AND before IS NOT NULL)",
		"INSERT INTO temp.undo_going SELECT 1, product_id FROM product_data WHERE catalog_key = ?2 AND created_run_id = ?1"
		" AND product_id NOT IN (SELECT item_id FROM undo_row WHERE run_id = ?1 AND source = 'product' AND before IS NOT NULL)",
		"INSERT INTO temp.undo_going SELECT 2, sku_id FROM sku_data WHERE catalog_key = ?2 AND created_run_id = ?1"
		" AND sku_id NOT IN (SELECT item_id FROM undo_row WHERE run_id = ?1 AND source = 'sku' AND before IS NOT NULL)",
		"INSERT INTO temp.undo_going SELECT 0, u.item_id FROM undo_row u CROSS JOIN category_data i ON i.catalog_key = ?2"
		" AND i.category_id = u.item_id " BROUGHT_BACK("category"),
		"INSERT INTO temp.undo_going SELECT 1, u.item_id FROM undo_row u CROSS JOIN product_data i ON i.catalog_key = ?2"
		" AND i.product_id = u.item_id " BROUGHT_BACK("product"),
		"INSERT INTO temp.undo_going SELECT 2, u.item_id FROM undo_row u CROSS JOIN sku_data i ON i.catalog_key = ?2"
		" AND i.sku_id = u.item_id " BROUGHT_BACK("sku"),
	};
	static const char later[] =
		"SELECT u.source, u.item_id, u.detail, u.before, u.after FROM temp.undo_later l CROSS JOIN undo_row u ON u.run_id = l.run_id"
		" WHERE EXISTS (SELECT 1 FROM temp.undo_going g WHERE g.item_id = u.item_id AND g.kind = " UNDO_KIND
		") ORDER BY u.source, u.item_id, u.detail, u.run_id";
	static const char edits[] =
		"SELECT CASE g.kind WHEN 0 THEN 'category' WHEN 1 THEN 'product' ELSE 'sku' END, g.item_id, '', NULL, '{}'"
		" FROM temp.undo_going g CROSS JOIN hand_edit e ON e.catalog_key = ?2 AND e.kind = g.kind AND e.item_id = g.item_id"
		" WHERE e.run_id >= ?1 ORDER BY g.kind, g.item_id";

	for (size_t index = 0; index < sizeof(found) / sizeof(found[0]); index++)
		if (undo_sql_run(undo, found[index], err) < 0)
			return -1;
	undo->seen.source = UNDO_SOURCE_COUNT;
	return undo_each(undo, later, look_at_later, err) < 0 ? -1 : undo_each(undo, edits, look_at_edit, err);
}

/* What stays needs what it names. */

static int keep_for(struct undo *undo, const struct undo_entry *entry, const char *reason, struct error *err)
{
	struct undo_obstacle obstacle = {
		.column = UNDO_ROW, .run_id = entry->after[undo_table(entry->source)->count - 1].integer, .reason = reason};

	return obstruct(undo, entry, &obstacle, err);
}

static int keep_for_sku(struct undo *undo, const struct undo_entry *entry, struct error *err)
{
	return keep_for(undo, entry, "the run created it, and a SKU that stays belongs to it", err);
}

static int keep_for_product(struct undo *undo, const struct undo_entry *entry, struct error *err)
{
	return keep_for(undo, entry, "the run created it, and a product that stays is in it", err);
}

static int keep_for_category(struct undo *undo, const struct undo_entry *entry, struct error *err)
{
	return keep_for(undo, entry, "the run created it, and a category that stays is below it", err);
}

static int keep_what_is_needed(struct undo *undo, struct error *err)
{
	static const char products[] = "SELECT * FROM (" ITEM(
		"product", "g.item_id AS item_id",
		"max(" NEEDED_BY(
			"sku", "2", "s",
			"product_id") ")") " FROM temp.undo_going g CROSS JOIN sku_data s INDEXED BY sku_data_by_product ON s.catalog_key = ?2"
					   " AND s.product_id = g.item_id WHERE g.kind = 1 AND s.status <> 'missing' AND NOT " IS_GOING(
						   "2",
						   "s.sku_id") " AND " NEEDED_BY("sku", "2", "s",
	                                                                         "product_id") " > ?1 GROUP BY g.item_id) ORDER BY item_id";
	static const char of_products[] = "SELECT * FROM (" ITEM(
		"category", "g.item_id AS item_id",
		"max(" NEEDED_BY(
			"product", "1", "p",
			"categories") ")") " FROM temp.undo_going g CROSS JOIN category_name k INDEXED BY category_name_by_id"
					   " ON k.category_id = g.item_id AND k.catalog_key = ?2"
					   " CROSS JOIN product_category_data n INDEXED BY product_category_data_by_category"
					   " ON n.category_number = k.category_number CROSS JOIN product_data p"
					   " ON p.product_key = n.product_key WHERE g.kind = 0 AND p.status <> 'missing' AND NOT " IS_GOING(
						   "1",
						   "p.product_id") " AND " NEEDED_BY("product", "1", "p",
	                                                                             "categories") " > ?1 GROUP BY g.item_id) ORDER BY item_id";
	static const char of_categories[] = "SELECT * FROM (" ITEM(
		"category", "g.item_id AS item_id",
		"max(" NEEDED_BY(
			"category", "0", "c",
			"parent_id") ")") " FROM category_data c CROSS JOIN temp.undo_going g ON g.kind = 0 AND g.item_id = c.parent_id WHERE c.catalog_key = ?2"
					  " AND c.status <> 'missing' AND NOT " IS_GOING("0", "c.category_id") " AND " NEEDED_BY(
						  "category", "0", "c", "parent_id") " > ?1 GROUP BY g.item_id) ORDER BY item_id";
	int64_t before;

	if (undo_each(undo, products, keep_for_sku, err) < 0 || undo_each(undo, of_products, keep_for_product, err) < 0)
		return -1;
	do {
		before = undo->conflicts;
		if (undo_each(undo, of_categories, keep_for_category, err) < 0)
			return -1;
	} while (undo->conflicts > before);
	return 0;
}

/* Deleting */

static int delete_item(struct undo *undo, enum item_kind kind, struct slice id, struct error *err)
{
	const struct undo_entry entry = {.source = (enum undo_source)kind, .item_id = id, .detail = slice_from("")};
	struct stored_row row;
	struct undo_now now;
	const int found = undo_get(undo, &entry, &now, err);

	if (found != 1)
		return found;
	for (size_t column = 0; column < row_shape(kind)->count; column++)
		row.cells[column] = now.cells[column];
	row.key = now.key;
	row.suppressed = now.cells[row_shape(kind)->count].integer;
	row.job_key = now.cells[row_shape(kind)->count + 1].integer;
	if (kind == ITEM_CATEGORY && apply_run_with_key(undo->apply, SQL_UNDO_HOLDERS_DELETE, row.key, err) < 0)
		return -1;
	return missing_delete_row(undo->apply, kind, id, &row, err);
}

static int delete_kind(struct undo *undo, enum item_kind kind, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(undo->apply, SQL_UNDO_GOING, err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, kind);
	while ((step = sqlite_step_row(undo->apply->store, statement, err)) == 1)
		if (delete_item(undo, kind, sqlite_column_slice(statement, 0), err) < 0)
			return -1;
	return step;
}

int undo_created_delete(struct undo *undo, struct error *err)
{
	if (keep_what_is_needed(undo, err) < 0 || undo_sides_of_created(undo, err) < 0)
		return -1;
	for (size_t kind = ITEM_KIND_COUNT; kind > 0; kind--)
		if (delete_kind(undo, (enum item_kind)(kind - 1), err) < 0)
			return -1;
	return 0;
}
