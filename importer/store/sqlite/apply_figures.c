/* Figures of a finished plan: what is absent, and what became of the values of those that stay. */
#include "store/figures.h"

#include "store/sqlite/apply_figures.h"
#include "store/sqlite/high.h"

/* ?1 is the catalogue's key, ?2 the job's, ?3 the run. */

static const char new_absent_sql[] = "SELECT kind, count(*) FROM absent_item"
				     " WHERE catalog_key = ?1 AND job_key = ?2 AND run_id = ?3 AND runs = 1 GROUP BY kind";

#define IS_IN_STOCK(availability, quantity)                                                                      \
	"(CASE WHEN " availability " IS NULL OR " availability " = 'unknown' THEN coalesce(" quantity ", 0) > 0" \
	" ELSE " availability " IN ('in_stock', 'limited') END)"

/* Has one of the SKUs that were there before, and whose price or stock is the job's, still `condition`? */
#define ONE_HAS(owner, index, condition)                                                                          \
	"SELECT EXISTS (SELECT 1 FROM sku_data INDEXED BY sku_data_present CROSS JOIN offer_data USING (sku_key)" \
	" WHERE catalog_key = ?1 AND job_key = ?2 AND status <> 'missing' AND " owner " = ?2"                     \
	" AND created_run_id <> ?3 AND " condition ")"                                                            \
	" OR EXISTS (SELECT 1 FROM sku_data INDEXED BY " index " CROSS JOIN offer_data USING (sku_key)"           \
	" WHERE catalog_key = ?1 AND " owner " = ?2 AND " owner " <> job_key AND status <> 'missing'"             \
	" AND created_run_id <> ?3 AND " condition ")"

static const char has_prices_sql[] = ONE_HAS("offer_job_key", "sku_data_offer", "price_micros > 0");
static const char has_stock_sql[] = ONE_HAS("stock_job_key", "sku_data_stock", IS_IN_STOCK("availability", "quantity_micros"));

/*
 * ?4 is the feed. An undo may itself be undone, and so on: each of them turns
 * the state of the run they go back to, so that an odd number leaves it undone.
 */
static const char undone_sql[] =
	"WITH RECURSIVE named (job, catalog) AS (SELECT job, catalog FROM job_name, catalog_name WHERE job_key = ?2 AND catalog_key = ?1),"
	" undo (run_id, parent_run_id) AS (SELECT u.run_id, u.parent_run_id FROM named n CROSS JOIN run u INDEXED BY run_undo"
	" ON u.job = n.job AND u.catalog = n.catalog AND u.trigger = 'undo' AND u.outcome = 'applied'),"
	" chain (root, run_id) AS (SELECT parent_run_id, run_id FROM undo WHERE parent_run_id NOT IN (SELECT run_id FROM undo)"
	" UNION ALL SELECT c.root, u.run_id FROM chain c JOIN undo u ON u.parent_run_id = c.run_id)"
	" SELECT root FROM (SELECT c.root, max(c.run_id) AS last, count(*) AS number FROM chain c JOIN run r ON r.run_id = c.root"
	" WHERE r.feed_sha256 = ?4 GROUP BY c.root) WHERE number % 2 = 1 AND NOT EXISTS (SELECT 1 FROM named n CROSS JOIN run l"
	" INDEXED BY run_by_job ON l.job = n.job AND l.run_id > last AND l.catalog = n.catalog AND l.outcome = 'applied'"
	" AND l.trigger <> 'undo') ORDER BY root DESC LIMIT 1";

sqlite3_stmt *figures_prepare(struct apply *apply, const char *sql, struct error *err)
{
	sqlite3_stmt *statement;

	if (sqlite_prepare(apply->store, sql, &statement, err) < 0)
		return NULL;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key); /* a failure shows at the step */
	(void)sqlite3_bind_int64(statement, 2, apply->ticket.job_key);
	(void)sqlite3_bind_int64(statement, 3, apply->ticket.run_id);
	return statement;
}

static int read_new_absent(struct apply *apply, int64_t absent[ITEM_KIND_COUNT], struct error *err)
{
	sqlite3_stmt *statement = figures_prepare(apply, new_absent_sql, err);
	int step;

	if (statement == NULL)
		return -1;
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		const int64_t kind = sqlite3_column_int64(statement, 0);

		if (kind >= 0 && kind < ITEM_KIND_COUNT)
			absent[kind] = sqlite3_column_int64(statement, 1);
	}
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step;
}

/*
 * What waits, or goes after it has waited, began to be absent in an earlier run, which was judged for it.
 * A product that nobody states does not wait itself, but goes with its SKUs; where more go than
 * SKUs have, their SKUs have other products now.
 */
static int read_absent(struct apply *apply, int64_t absent[ITEM_KIND_COUNT], struct error *err)
{
	const struct stock_counts *stock = apply->counts.stock;

	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++)
		absent[kind] = apply->policy.missing_after > 1 ? 0 : stock[kind].removed;
	if (apply->policy.missing_after <= 1)
		return 0;
	if (stock[ITEM_CATEGORY].waiting + stock[ITEM_PRODUCT].waiting + stock[ITEM_SKU].waiting > 0 &&
	    read_new_absent(apply, absent, err) < 0)
		return -1;
	if (apply->derived.removed > stock[ITEM_SKU].removed)
		absent[ITEM_PRODUCT] += apply->derived.removed - stock[ITEM_SKU].removed;
	return 0;
}

static int read_stock(struct apply *apply, const struct figures_wish *wish, struct store_figures *figures, struct error *err)
{
	int64_t high[ITEM_KIND_COUNT] = {0};

	if (apply->policy.missing != APPLY_MISSING_KEEP && read_absent(apply, figures->absent, err) < 0)
		return -1;
	if (wish->high && high_read(apply->store, &apply->ticket, high, err) < 0)
		return -1;
	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++) {
		const struct stock_counts *stock = &apply->counts.stock[kind];

		figures->present[kind] = stock->after - stock->waiting;
		figures->stayed[kind] = figures->present[kind] - stock->created - stock->restored - stock->adopted;
		if (!wish->high || kind == ITEM_CATEGORY)
			continue;
		const int64_t before = figures->stayed[kind] + figures->absent[kind];
		figures->high[kind] = high[kind] > before ? high[kind] : before;
	}
	return 0;
}

static int read_flag(struct apply *apply, const char *sql, bool *ret_flag, struct error *err)
{
	sqlite3_stmt *statement = figures_prepare(apply, sql, err);

	if (statement == NULL)
		return -1;
	const int step = sqlite_step_row(apply->store, statement, err);
	*ret_flag = step == 1 && sqlite3_column_int64(statement, 0) != 0;
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step < 0 ? -1 : 0;
}

/* Are there so many that a rule could bite? */
static bool reaches(int64_t number, int64_t count)
{
	return count > 0 && number >= count;
}

static int read_values(struct apply *apply, const struct figures_wish *wish, struct store_figures *figures, struct error *err)
{
	const int64_t updated = apply->counts.kinds[ITEM_SKU].updated;

	if (!reaches(updated, wish->price_count) && !reaches(updated, wish->currency_count) && !reaches(updated, wish->stock_count))
		return 0;
	if (figures_read_values(apply, wish->price_change, figures, err) < 0)
		return -1;
	if (reaches(figures->prices_lost, wish->price_count) && read_flag(apply, has_prices_sql, &figures->has_prices, err) < 0)
		return -1;
	return reaches(figures->out_of_stock, wish->stock_count) ? read_flag(apply, has_stock_sql, &figures->has_stock, err) : 0;
}

static int read_undone(struct apply *apply, const char *feed_sha256, int64_t *ret_run_id, struct error *err)
{
	sqlite3_stmt *statement = figures_prepare(apply, undone_sql, err);

	if (statement == NULL)
		return -1;
	sqlite_bind_text(statement, 4, feed_sha256);
	const int step = sqlite_step_row(apply->store, statement, err);
	if (step == 1)
		*ret_run_id = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step < 0 ? -1 : 0;
}

static void figures_init(struct store_figures *figures)
{
	*figures = (struct store_figures){.prices_changed = FIGURE_UNKNOWN,
	                                  .prices_lost = FIGURE_UNKNOWN,
	                                  .currencies_changed = FIGURE_UNKNOWN,
	                                  .out_of_stock = FIGURE_UNKNOWN,
	                                  .has_prices = true,
	                                  .has_stock = true};
	for (size_t kind = 0; kind < ITEM_KIND_COUNT; kind++)
		figures->high[kind] = FIGURE_UNKNOWN;
}

int apply_figures(struct apply *apply, const struct figures_wish *wish, struct store_figures *ret_figures, struct error *err)
{
	figures_init(ret_figures);
	if (apply->state != APPLY_FINISHED)
		return error_set(err, ERROR_STORE, "the figures of a plan that is not finished");
	if (read_stock(apply, wish, ret_figures, err) < 0 || read_values(apply, wish, ret_figures, err) < 0)
		return -1;
	if (wish->feed_sha256 != NULL && read_undone(apply, wish->feed_sha256, &ret_figures->undone_run_id, err) < 0)
		return -1;
	const int64_t absent = ret_figures->absent[ITEM_SKU];
	const bool looks_at_categories = wish->categories.is_wished && absent >= wish->categories.count;
	const bool looks_at_brands = wish->brands.is_wished && absent >= wish->brands.count;
	if (!looks_at_categories && !looks_at_brands)
		return 0;
	if (figures_gather_absent(apply, err) < 0)
		return -1;
	if (looks_at_categories && figures_read_categories(apply, &wish->categories, &ret_figures->categories, err) < 0)
		return -1;
	return looks_at_brands ? figures_read_brands(apply, &wish->brands, &ret_figures->brands, err) : 0;
}

void apply_reset_high(struct apply *apply)
{
	apply->resets_high = true;
}
