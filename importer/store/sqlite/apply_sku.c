/*
 * SKU statements: each ends as created, updated, restored, unchanged,
 * duplicate, foreign, merged (it is a product after all) or rejected.
 */
#include "store/sqlite/apply_sku.h"

#include "store/sqlite/apply_known.h"

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
int sku_count_duplicate(struct apply *apply, const struct sku_item *item, column_mask difference, struct error *err)
{
	struct kind_counts *counts = &apply->counts.kinds[ITEM_SKU];

	counts->duplicate++;
	if (row_told(ITEM_SKU, difference) == 0)
		return complain(apply, item, COMPLAINT_DUPLICATE, err);
	counts->conflicting++;
	return complain(apply, item, COMPLAINT_DUPLICATE_CONFLICTING, err);
}

static int create(struct apply *apply, const struct sku_item *item, struct error *err)
{
	const struct change change = {.kind = ITEM_SKU, .action = CHANGE_CREATED, .id = item->id, .after = item->cells};
	int64_t key;

	count_created(apply, ITEM_SKU);
	if (bulk_add_item(apply, ITEM_SKU, item->id, item->cells, &key, err) < 0)
		return -1;
	apply->applied_sku = key;
	if (apply_mark(apply, ITEM_SKU, key, MARK_STATED, err) < 0 || change_record(apply, &change, err) < 0 ||
	    children_insert(apply, SQL_PRICES_INSERT, key, &item->cells[SKU_COLUMN_PRICES], err) < 0 ||
	    children_insert(apply, SQL_STOCKS_INSERT, key, &item->cells[SKU_COLUMN_STOCKS], err) < 0 ||
	    texts_rewrite(apply, item->id, NULL, item->cells, err) < 0 || listed_touch_sku(apply, item->id, item->cells, err) < 0)
		return -1;
	if (!apply->catalog_has_skus)
		return ahead_add_sku(apply, item->id, item->cells, err);
	return product_touch(apply, cell_slice(&item->cells[SKU_COLUMN_PRODUCT_ID]), err);
}

int sku_follow(struct apply *apply, struct slice id, const struct stored_row *row, const struct cell *cells, column_mask mask,
               struct error *err)
{
	if (children_rewrite(apply, row->key, cells, mask, err) < 0)
		return -1;
	if ((mask & COLUMN_BIT(SKU_COLUMN_TEXTS)) != 0 && texts_rewrite(apply, id, row->cells, cells, err) < 0)
		return -1;
	if ((mask & derivation_columns()) == 0)
		return 0;
	if ((mask & COLUMN_BIT(SKU_COLUMN_PRODUCT_ID)) != 0 &&
	    product_touch(apply, cell_slice(&row->cells[SKU_COLUMN_PRODUCT_ID]), err) < 0)
		return -1;
	return product_touch(apply, cell_slice(&cells[SKU_COLUMN_PRODUCT_ID]), err);
}

int sku_rewrite(struct apply *apply, const struct sku_item *item, const struct sku_row *row, const struct sku_rewrite *rewrite,
                struct error *err)
{
	const struct row_update update = {.kind = ITEM_SKU,
	                                  .key = row->stored.key,
	                                  .mask = rewrite->mask,
	                                  .cells = rewrite->cells,
	                                  .adopts = rewrite->adopts};
	const struct change change = {.kind = ITEM_SKU,
	                              .action = rewrite->action,
	                              .id = item->id,
	                              .before = row->stored.cells,
	                              .after = rewrite->cells,
	                              .mask = row_told(ITEM_SKU, rewrite->mask)};

	const column_mask listing = COLUMN_BIT(SKU_COLUMN_PRODUCT_LINK) | COLUMN_BIT(SKU_COLUMN_REFERENCE);

	if (row_update(apply, &update, err) < 0)
		return -1;
	if ((change.mask != 0 && change_record(apply, &change, err) < 0) ||
	    (rewrite->mask != 0 && sku_follow(apply, item->id, &row->stored, rewrite->cells, rewrite->mask, err) < 0))
		return -1;
	/* A row that comes back, or is ours from now on, may be listed by another product by now. */
	if ((rewrite->action == CHANGE_RESTORED || rewrite->adopts || (rewrite->mask & listing) != 0) &&
	    listed_touch_sku(apply, item->id, rewrite->cells, err) < 0)
		return -1;
	return rewrite->adopts ? product_touch(apply, cell_slice(&rewrite->cells[SKU_COLUMN_PRODUCT_ID]), err) : 0;
}

/* A row that this run has not seen, and that is ours to write or missing. */
static int apply_to_row(struct apply *apply, const struct sku_item *item, const struct sku_row *row, column_mask mask,
                        struct error *err)
{
	struct kind_counts *counts = &apply->counts.kinds[ITEM_SKU];
	struct sku_rewrite rewrite = {.cells = item->cells,
	                              .mask = mask,
	                              .action = CHANGE_UPDATED,
	                              .adopts = row->stored.job_key != apply->ticket.job_key};

	if (sku_set_mark(apply, row, MARK_STATED, err) < 0 || offer_take_over(apply, row, err) < 0)
		return -1;
	/* Lists that another record of this run may end are settled at its end. */
	if (row->stored.cells[SKU_COLUMN_PARTS].type == CELL_NULL)
		apply->applied_sku = row->stored.key;
	if (!sku_is_present(row)) {
		count_restored(apply, ITEM_SKU);
		rewrite.action = CHANGE_RESTORED;
		return sku_rewrite(apply, item, row, &rewrite, err);
	}
	if (rewrite.adopts)
		policy_count_taken(apply, ITEM_SKU);
	if (row_told(ITEM_SKU, mask) == 0) {
		counts->unchanged++;
		return rewrite.adopts || mask != 0 ? sku_rewrite(apply, item, row, &rewrite, err) : 0;
	}
	counts->updated++;
	if ((mask & COLUMN_BIT(SKU_COLUMN_PRODUCT_ID)) != 0)
		counts->moved++;
	return sku_rewrite(apply, item, row, &rewrite, err);
}

int sku_set_mark(struct apply *apply, const struct sku_row *row, enum mark mark, struct error *err)
{
	const enum mark before = marks_get(&apply->marks[ITEM_SKU], row->stored.key);

	if (before == MARK_KEPT)
		apply->counts.kinds[ITEM_SKU].kept--;
	if (row->stored.job_key == apply->ticket.job_key && sku_is_present(row))
		apply->before_marked[ITEM_SKU] += (mark != MARK_NONE) - (before != MARK_NONE);
	return apply_mark(apply, ITEM_SKU, row->stored.key, mark, err);
}

int sku_skip(struct apply *apply, const struct sku_item *item, const struct sku_row *row, enum policy_verdict verdict,
             enum sku_outcome *ret_outcome, struct error *err)
{
	const struct policy_skip skip = {
		.kind = ITEM_SKU, .id = item->id, .place = item->place, .is_known = row != NULL && sku_is_present(row)};

	/* What else a further record of it states counts no more than it did when the SKU was new: the same feed again does nothing. */
	const bool is_further = skip.is_known && marks_get(&apply->marks[ITEM_SKU], row->stored.key) == MARK_SKIPPED;

	*ret_outcome = is_further ? SKU_DUPLICATE : SKU_SKIPPED;
	/* It is named: it does not go missing. */
	if (skip.is_known && sku_set_mark(apply, row, MARK_SKIPPED, err) < 0)
		return -1;
	return policy_skip(apply, verdict, &skip, err);
}

int sku_find(struct apply *apply, struct slice id, struct sku_row *ret_row, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, SQL_SKU_FIND, err);
	int step;

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 3, id);
	step = sqlite_step_row(apply->store, statement, err);
	if (step != 1)
		return step < 0 ? -1 : 0;
	row_read(statement, ITEM_SKU, &ret_row->stored);
	for (int half = 0; half < OFFER_HALF_COUNT; half++)
		ret_row->half_job_keys[half] = sqlite3_column_int64(statement, SKU_COLUMN_COUNT + 3 + half);
	return 1;
}

/* The product that the item names, or that lists it. */
static int item_product(struct apply *apply, const struct sku_item *item, struct slice *ret_product_id, struct error *err)
{
	const struct cell *reference = &item->cells[SKU_COLUMN_REFERENCE];

	*ret_product_id = cell_slice(&item->cells[SKU_COLUMN_PRODUCT_ID]);
	if (item->cells[SKU_COLUMN_PRODUCT_LINK].integer != PRODUCT_LINK_LISTED)
		return 0;
	return listed_find_product(apply, reference->type == CELL_TEXT ? reference->text : item->id, item->id, ret_product_id, err);
}

/* What mode and scope say of an item that is not foreign: -1, or 0 and the verdict. */
static int judge(struct apply *apply, const struct sku_item *item, bool is_known, enum policy_verdict *ret_verdict,
                 struct error *err)
{
	struct slice product_id;
	int known;

	*ret_verdict = policy_judge_mode(apply, is_known);
	if (*ret_verdict != POLICY_APPLY)
		return 0;
	if (apply->policy.scope == APPLY_SCOPE_PRICES) {
		*ret_verdict = POLICY_SKIP_SCOPE;
		return 0;
	}
	if (apply->policy.scope != APPLY_SCOPE_SKUS)
		return 0;
	if (item_product(apply, item, &product_id, err) < 0)
		return -1;
	known = policy_product_known(apply, product_id, err);
	*ret_verdict = known > 0 ? POLICY_APPLY : POLICY_SKIP_SCOPE;
	return known < 0 ? -1 : 0;
}

/*
 * The item as it will stand in the row: what the policies keep, and what a price job has, stays; and so does what the item's
 * own statement cannot know until the end of the run settles it: its parts, and the product that lists it.
 */
static int settle_cells(struct apply *apply, struct sku_item *item, const struct sku_row *row, column_mask *ret_mask,
                        struct error *err)
{
	column_mask stays = offer_held_columns(apply, row);

	if (policy_owns(apply, row->stored.job_key))
		stays |= item->kept;
	if (apply->policy.categories == APPLY_CATEGORIES_IGNORE)
		stays |= COLUMN_BIT(SKU_COLUMN_CATEGORIES);
	if (item->cells[SKU_COLUMN_PRODUCT_LINK].integer == PRODUCT_LINK_LISTED)
		stays |= COLUMN_BIT(SKU_COLUMN_PRODUCT_ID);
	if (part_extend(apply, ITEM_SKU, &row->stored.cells[SKU_COLUMN_PARTS], item->cells, err) < 0)
		return -1;
	policy_take_cells(ITEM_SKU, stays, row->stored.cells, item->cells);
	*ret_mask = row_difference(ITEM_SKU, row->stored.cells, item->cells);
	return 0;
}

/* A further statement of a SKU that this run has seen. */
static int against_stated(struct apply *apply, struct sku_item *item, const struct sku_row *row, struct error *err)
{
	const struct slice named = named_product(item->id, item->cells);
	column_mask mask;

	if (known_use_check_sku(apply, row->stored.key, err) < 0 || learn_duplicate(apply, row->stored.key, err) < 0)
		return -1;
	if (settle_cells(apply, item, row, &mask, err) < 0)
		return -1;
	mask &= ~COLUMN_BIT(SKU_COLUMN_PRODUCT_ID);
	if (!slice_equal(named, named_product(item->id, row->stored.cells)))
		mask |= COLUMN_BIT(SKU_COLUMN_PRODUCT_ID);
	return sku_count_duplicate(apply, item, mask, err);
}

static int against_row(struct apply *apply, struct sku_item *item, const struct sku_row *row, enum sku_outcome *ret_outcome,
                       struct error *err)
{
	const bool is_present = sku_is_present(row);
	enum policy_verdict verdict;
	column_mask mask;

	if (apply->policy.scope == APPLY_SCOPE_PRICES)
		return offer_state(apply, item, row, ret_outcome, err);
	if (marks_get(&apply->marks[ITEM_SKU], row->stored.key) == MARK_STATED) {
		*ret_outcome = SKU_DUPLICATE;
		return against_stated(apply, item, row, err);
	}
	if (is_present && !policy_owns(apply, row->stored.job_key)) {
		*ret_outcome = SKU_FOREIGN;
		apply->counts.kinds[ITEM_SKU].skipped_foreign++;
		if (apply_mark(apply, ITEM_SKU, row->stored.key, MARK_SKIPPED, err) < 0)
			return -1;
		return complaint_add_foreign(apply, ITEM_SKU, item->id, item->place, row->stored.job_key, err);
	}
	if (judge(apply, item, is_present, &verdict, err) < 0)
		return -1;
	if (verdict != POLICY_APPLY)
		return sku_skip(apply, item, row, verdict, ret_outcome, err);
	if (settle_cells(apply, item, row, &mask, err) < 0)
		return -1;
	return apply_to_row(apply, item, row, mask, err);
}

/* No row has the id. */
static int apply_new(struct apply *apply, struct sku_item *item, enum sku_outcome *ret_outcome, struct error *err)
{
	enum policy_verdict verdict;

	if (judge(apply, item, false, &verdict, err) < 0)
		return -1;
	if (verdict != POLICY_APPLY)
		return sku_skip(apply, item, NULL, verdict, ret_outcome, err);
	if (apply->policy.categories == APPLY_CATEGORIES_IGNORE)
		item->cells[SKU_COLUMN_CATEGORIES] = (struct cell){.type = CELL_NULL};
	return create(apply, item, err);
}

/* In a catalogue without SKUs only this run can have made a row. */
static bool is_first(const struct apply *apply)
{
	return !apply->catalog_has_skus && apply->policy.scope == APPLY_SCOPE_ALL;
}

/* May there be a row of the item's id? 1, 0, -1. */
static int may_be_there(struct apply *apply, const struct sku_item *item, struct error *err)
{
	if (!is_first(apply))
		return 1;
	const int was_seen = id_filter_add(&apply->seen[ITEM_SKU], item->id);
	return was_seen < 0 ? error_set_memory(err) : was_seen;
}

int sku_apply(struct apply *apply, struct sku_item *item, enum sku_outcome *ret_outcome, struct error *err)
{
	struct sku_row row;
	int found;

	*ret_outcome = SKU_APPLIED;
	if (apply->policy.scope == APPLY_SCOPE_TEXTS)
		return text_state_sku(apply, item, ret_outcome, err);
	if (item->cells[SKU_COLUMN_PRODUCT_LINK].integer == PRODUCT_LINK_NAMED)
		apply->links_named = true;
	found = may_be_there(apply, item, err);
	if (found == 1)
		found = sku_find(apply, item->id, &row, err);
	if (found != 1)
		return found < 0 ? -1 : apply_new(apply, item, ret_outcome, err);
	if (against_row(apply, item, &row, ret_outcome, err) < 0)
		return -1;
	(void)sqlite3_reset(apply->sql.prepared[SQL_SKU_FIND]); /* no failure: it gave its row */
	return 0;
}

int sku_state(struct apply *apply, const struct statement *statement, enum sku_outcome *ret_outcome, struct error *err)
{
	const bool is_hidden = slice_equal_text(statement_text(statement, FIELD_STATUS), "hidden");
	struct sku_item item = {.id = statement_text(statement, FIELD_ID),
	                        .place = {.record = statement->record, .stream_offset = statement->stream_offset},
	                        .stated = policy_stated(statement),
	                        .kept = policy_kept(apply, statement)};
	int superseded;

	if (is_first(apply))
		id_filter_expect(&apply->seen[ITEM_SKU], item.id);
	row_from_statement(statement, item.cells);
	item.cells[SKU_COLUMN_PRODUCT_LINK] = cell_integer(statement->product_link);
	item.cells[SKU_COLUMN_STATUS] = cell_text(slice_from(is_hidden ? "hidden" : "active"));
	if (item.cells[SKU_COLUMN_PRODUCT_ID].type != CELL_TEXT)
		return error_set(err, ERROR_READER, "a sku without a product");
	superseded = duplicate_note(apply, statement, err);
	if (superseded < 0)
		return -1;
	*ret_outcome = superseded != 0 ? SKU_DUPLICATE : SKU_APPLIED;
	if (superseded != 0)
		return alone_hold(apply, &item, true, err);
	/* One that names another product does not stand alone, and is like any other. */
	if (statement->product_link == PRODUCT_LINK_ALONE && slice_equal(item.id, item.cells[SKU_COLUMN_PRODUCT_ID].text))
		return alone_state(apply, &item, err);
	return sku_apply(apply, &item, ret_outcome, err);
}

/* Rejected records */

int sku_reject(struct apply *apply, struct slice id, struct error *err)
{
	struct sku_row row;
	int result;

	/* Rows of this run are stated: only what was there before can be kept. */
	if (!apply->catalog_has_skus)
		return 0;
	result = sku_find(apply, id, &row, err);
	if (result != 1)
		return result;
	if (row.stored.job_key != apply->ticket.job_key &&
	    !(apply->policy.scope == APPLY_SCOPE_PRICES && offer_has_any(apply, &row)))
		return 0;
	if (!sku_is_present(&row) || marks_get(&apply->marks[ITEM_SKU], row.stored.key) != MARK_NONE)
		return 0;
	apply->before_marked[ITEM_SKU] += row.stored.job_key == apply->ticket.job_key;
	return missing_keep(apply, ITEM_SKU, row.stored.key, err);
}
