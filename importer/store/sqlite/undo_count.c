/* The stock of an undo: what the job had of each kind and has not, and the reverse, by the rows that were watched. */
#include "store/sqlite/undo_private.h"

enum { COUNT_WAS_THERE, COUNT_WAS_PRESENT, COUNT_WAS_OURS, COUNT_IS_THERE, COUNT_IS_PRESENT, COUNT_IS_OURS };

/* ?1 is the catalogue's key, ?2 the job's. Items of which only what stands apart was changed are there, and whose, as before. */
#define OWNED(kind)                                                                                                               \
	"SELECT o.existed, o.status <> 'missing', o.job_key = ?2, n." kind "_key IS NOT NULL, n.status <> 'missing',"             \
	" n.job_key = ?2 FROM temp.undo_" kind " o LEFT JOIN " kind "_data n ON n.catalog_key = ?1 AND n." kind "_id = o.item_id" \
	" WHERE o.existed <> 2"

/* Categories are whose holders' they are, and a row that was not watched is as it was. */
static const char *const compared[ITEM_KIND_COUNT] = {
	[ITEM_CATEGORY] =
		"SELECT coalesce(o.existed, n.category_key IS NOT NULL), iif(o.item_id IS NULL, n.status, o.status) <> 'missing',"
		" coalesce(w.existed, h.job_key IS NOT NULL), n.category_key IS NOT NULL, n.status <> 'missing', h.job_key IS NOT NULL"
		" FROM (SELECT item_id FROM temp.undo_category UNION SELECT item_id FROM temp.undo_holder WHERE job_key = ?2) i"
		" LEFT JOIN temp.undo_category o ON o.item_id = i.item_id"
		" LEFT JOIN temp.undo_holder w ON w.item_id = i.item_id AND w.job_key = ?2"
		" LEFT JOIN category_data n ON n.catalog_key = ?1 AND n.category_id = i.item_id"
		" LEFT JOIN category_holder h ON h.job_key = ?2 AND h.category_key = n.category_key",
	[ITEM_PRODUCT] = OWNED("product"),
	[ITEM_SKU] = OWNED("sku"),
};

/* NULL is no. */
static bool is_set(sqlite3_stmt *statement, int column)
{
	return sqlite3_column_int(statement, column) != 0;
}

static void count(struct stock_counts *stock, sqlite3_stmt *statement)
{
	const bool was_present = is_set(statement, COUNT_WAS_THERE) && is_set(statement, COUNT_WAS_PRESENT);
	const bool is_present = is_set(statement, COUNT_IS_THERE) && is_set(statement, COUNT_IS_PRESENT);
	const bool was_stock = was_present && is_set(statement, COUNT_WAS_OURS);
	const bool is_stock = is_present && is_set(statement, COUNT_IS_OURS);

	if (was_stock == is_stock)
		return;
	if (is_stock && was_present)
		stock->adopted++;
	else if (is_stock)
		stock->restored++;
	else if (is_present)
		stock->released++;
	else
		stock->removed++;
}

static int count_kind(struct apply *apply, enum item_kind kind, struct error *err)
{
	struct kind_counts *counts = &apply->counts.kinds[kind];
	sqlite3_stmt *statement;
	int step;

	/* Nobody states what an undo does. */
	counts->derived = counts->updated + counts->restored + counts->unchanged;
	if (sqlite_prepare(apply->store, compared[kind], &statement, err) < 0)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key);
	(void)sqlite3_bind_int64(statement, 2, apply->ticket.job_key);
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1)
		count(&apply->counts.stock[kind], statement);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step;
}

int undo_count_stock(struct apply *apply, struct error *err)
{
	for (enum item_kind kind = 0; kind < ITEM_KIND_COUNT; kind++)
		if (count_kind(apply, kind, err) < 0)
			return -1;
	return 0;
}
