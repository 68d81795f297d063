/*
 * Price and stock of SKUs that come from jobs of their own: which half of
 * which row is whose to write, and when it goes back to the row's owner.
 */
#include "store/sqlite/apply_sku.h"

static const struct half {
	column_mask columns;
	enum sql_id take;
	enum sql_id release;
	enum sql_id held_keys;
} halves[OFFER_HALF_COUNT] = {
	[OFFER_PRICE] = {.columns = COLUMN_BIT(SKU_COLUMN_PRICE) | COLUMN_BIT(SKU_COLUMN_OLD_PRICE) |
                                    COLUMN_BIT(SKU_COLUMN_CURRENCY) | COLUMN_BIT(SKU_COLUMN_PRICES),
                         .take = SQL_OFFER_TAKE,
                         .release = SQL_OFFER_RELEASE,
                         .held_keys = SQL_OFFER_HELD_KEYS},
	[OFFER_STOCK] = {.columns = COLUMN_BIT(SKU_COLUMN_AVAILABILITY) | COLUMN_BIT(SKU_COLUMN_QUANTITY) |
                                    COLUMN_BIT(SKU_COLUMN_STOCKS),
                         .take = SQL_STOCK_TAKE,
                         .release = SQL_STOCK_RELEASE,
                         .held_keys = SQL_STOCK_HELD_KEYS},
};

/* Is the half with a third job: neither this one, nor the row's owner, nor one to take over from? */
static bool is_held_by_other(const struct apply *apply, const struct sku_row *row, size_t half)
{
	return row->half_job_keys[half] != row->stored.job_key && !policy_owns(apply, row->half_job_keys[half]);
}

column_mask offer_held_columns(const struct apply *apply, const struct sku_row *row)
{
	column_mask mask = 0;

	for (size_t half = 0; half < OFFER_HALF_COUNT; half++)
		if (is_held_by_other(apply, row, half))
			mask |= halves[half].columns;
	return mask;
}

bool offer_has_any(const struct apply *apply, const struct sku_row *row)
{
	return row->half_job_keys[OFFER_PRICE] == apply->ticket.job_key || row->half_job_keys[OFFER_STOCK] == apply->ticket.job_key;
}

static int take(struct apply *apply, const struct sku_row *row, size_t half, struct error *err)
{
	sqlite3_stmt *statement;

	if (row->half_job_keys[half] == apply->ticket.job_key)
		return 0;
	/* Who had it may say that it takes over from us. */
	apply->given_up++;
	statement = apply_sql(apply, halves[half].take, err);
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, row->stored.key);
	(void)sqlite3_bind_int64(statement, 2, apply->ticket.job_key);
	return sqlite_step_done(apply->store, statement, err);
}

int offer_take_over(struct apply *apply, const struct sku_row *row, struct error *err)
{
	for (size_t half = 0; half < OFFER_HALF_COUNT; half++)
		if (row->half_job_keys[half] != row->stored.job_key && !is_held_by_other(apply, row, half) &&
		    take(apply, row, half, err) < 0)
			return -1;
	return 0;
}

/* The halves that this statement may write, and those that it speaks of in vain. */
struct claim {
	bool writes[OFFER_HALF_COUNT];
	column_mask columns; /* that are written */
	int64_t foreign_key; /* whose half it spoke of; 0 = nobody's */
};

static struct claim claim_make(const struct apply *apply, const struct sku_item *item, const struct sku_row *row)
{
	struct claim claim = {.columns = 0};

	for (size_t half = 0; half < OFFER_HALF_COUNT; half++) {
		const bool is_stated = (item->stated & halves[half].columns) != 0;

		if (row->half_job_keys[half] == apply->ticket.job_key || (is_stated && !is_held_by_other(apply, row, half))) {
			claim.writes[half] = true;
			claim.columns |= halves[half].columns;
		} else if (is_stated) {
			claim.foreign_key = row->half_job_keys[half];
		}
	}
	return claim;
}

static int apply_claim(struct apply *apply, const struct sku_item *item, const struct sku_row *row, const struct claim *claim,
                       const struct sku_rewrite *rewrite, struct error *err)
{
	if (sku_set_mark(apply, row, MARK_STATED, err) < 0)
		return -1;
	for (size_t half = 0; half < OFFER_HALF_COUNT; half++)
		if (claim->writes[half] && take(apply, row, half, err) < 0)
			return -1;
	if (rewrite->mask == 0) {
		apply->counts.kinds[ITEM_SKU].unchanged++;
		return 0;
	}
	apply->counts.kinds[ITEM_SKU].updated++;
	return sku_rewrite(apply, item, row, rewrite, err);
}

int offer_state(struct apply *apply, const struct sku_item *item, const struct sku_row *row, enum sku_outcome *ret_outcome,
                struct error *err)
{
	const struct claim claim = claim_make(apply, item, row);
	struct cell stated[SKU_COLUMN_COUNT];
	struct cell cells[SKU_COLUMN_COUNT];
	struct sku_rewrite rewrite = {.cells = cells, .action = CHANGE_UPDATED};

	if (!sku_is_present(row))
		return sku_skip(apply, item, row, POLICY_SKIP_SCOPE, ret_outcome, err);
	policy_take_cells(ITEM_SKU, ~(column_mask)0, row->stored.cells, cells);
	policy_take_cells(ITEM_SKU, ~(column_mask)0, item->cells, stated);
	/* Parts are the owner's: another job's lists stand without them. */
	if (row->stored.job_key == apply->ticket.job_key &&
	    part_extend(apply, ITEM_SKU, &row->stored.cells[SKU_COLUMN_PARTS], stated, err) < 0)
		return -1;
	policy_take_cells(ITEM_SKU, claim.columns & ~item->kept, stated, cells);
	rewrite.mask = row_difference(ITEM_SKU, row->stored.cells, cells);
	if (marks_get(&apply->marks[ITEM_SKU], row->stored.key) == MARK_STATED) {
		*ret_outcome = SKU_DUPLICATE;
		return sku_count_duplicate(apply, item, rewrite.mask, err);
	}
	if (claim.columns == 0 && claim.foreign_key != 0) {
		*ret_outcome = SKU_FOREIGN;
		apply->counts.kinds[ITEM_SKU].skipped_foreign++;
		return complaint_add_foreign(apply, ITEM_SKU, item->id, item->place, claim.foreign_key, err);
	}
	return apply_claim(apply, item, row, &claim, &rewrite, err);
}

static bool is_named(struct apply *apply, int64_t key)
{
	const enum mark mark = marks_get(&apply->marks[ITEM_SKU], key);

	return apply->policy.scope == APPLY_SCOPE_PRICES && (mark == MARK_STATED || mark == MARK_KEPT);
}

static int release_half(struct apply *apply, const struct half *half, struct error *err)
{
	struct key_piece piece = {.last = INT64_MIN};

	do {
		if (apply_keys_next(apply, half->held_keys, &piece, err) < 0)
			return -1;
		for (size_t index = 0; index < piece.count; index++) {
			if (is_named(apply, piece.keys[index]))
				continue;
			apply->given_up++;
			if (apply_run_with_key(apply, half->release, piece.keys[index], err) < 0)
				return -1;
		}
	} while (piece.count == APPLY_KEYS_MAX);
	return 0;
}

int offer_finish(struct apply *apply, struct error *err)
{
	if (apply->is_unproven || !apply->catalog_has_skus)
		return 0;
	for (size_t half = 0; half < OFFER_HALF_COUNT; half++)
		if (release_half(apply, &halves[half], err) < 0)
			return -1;
	return 0;
}
