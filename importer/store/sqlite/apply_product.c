/* Products as rows: stated ones, and how any product is written with its categories. */
#include "store/sqlite/apply_known.h"
#include "store/sqlite/apply_list.h"

static bool is_stated(const struct cell *cells)
{
	return cell_is_text(&cells[PRODUCT_COLUMN_ORIGIN], "stated");
}

static bool is_missing(const struct stored_row *row)
{
	return cell_is_text(&row->cells[PRODUCT_COLUMN_STATUS], "missing");
}

/* `before` is NULL for a new row. */
static int rewrite_texts(struct apply *apply, struct slice id, const struct cell *before, const struct cell *after,
                         struct error *err)
{
	const struct text_change change = {.kind = ITEM_PRODUCT,
	                                   .id = id,
	                                   .before = before != NULL ? &before[PRODUCT_COLUMN_TEXTS] : NULL,
	                                   .after = &after[PRODUCT_COLUMN_TEXTS]};

	return text_rewrite(apply, &change, err);
}

/* What it lists, and what it listed before, may have another product now. */
static int rewrite_children(struct apply *apply, int64_t key, struct slice before, struct slice after, struct error *err)
{
	const struct child_change change = {.product_key = key, .before = before, .after = after};

	if (slice_is_empty(before) && slice_is_empty(after))
		return 0;
	if (listed_touch_children(apply, before, err) < 0 || listed_touch_children(apply, after, err) < 0)
		return -1;
	return slice_equal(before, after) ? 0 : listed_children_rewrite(apply, &change, err);
}

int product_find(struct apply *apply, struct slice id, struct stored_row *ret_row, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, SQL_PRODUCT_FIND, err);
	int step;

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 3, id);
	step = sqlite_step_row(apply->store, statement, err);
	if (step != 1)
		return step < 0 ? -1 : 0;
	row_read(statement, ITEM_PRODUCT, ret_row);
	return 1;
}

int product_create(struct apply *apply, struct slice id, const struct cell *cells, int64_t *ret_key, struct error *err)
{
	const struct change change = {.kind = ITEM_PRODUCT, .action = CHANGE_CREATED, .id = id, .after = cells};
	int64_t key;

	count_created(apply, ITEM_PRODUCT);
	if (bulk_add_item(apply, ITEM_PRODUCT, id, cells, &key, err) < 0 || change_record(apply, &change, err) < 0 ||
	    link_add_all(apply, key, cell_slice(&cells[PRODUCT_COLUMN_CATEGORIES]), err) < 0 ||
	    rewrite_children(apply, key, slice_make(NULL, 0), cell_slice(&cells[PRODUCT_COLUMN_CHILDREN]), err) < 0 ||
	    rewrite_texts(apply, id, NULL, cells, err) < 0)
		return -1;
	*ret_key = key;
	return 0;
}

/* Which of this job's products that nobody stated before the run changed. */
static void count_derived(struct apply *apply, const struct stored_row *row, const struct cell *cells)
{
	if (is_stated(row->cells) || row->job_key != apply->ticket.job_key)
		return;
	if (is_stated(cells))
		apply->derived.stated++;
	else
		apply->derived.updated++;
}

int product_follow(struct apply *apply, struct slice id, const struct stored_row *row, const struct cell *cells, column_mask mask,
                   struct error *err)
{
	if ((mask & COLUMN_BIT(PRODUCT_COLUMN_TEXTS)) != 0 && rewrite_texts(apply, id, row->cells, cells, err) < 0)
		return -1;
	/* A product that comes back, or that nobody states any more, changes in other columns. */
	if (rewrite_children(apply, row->key, cell_slice(&row->cells[PRODUCT_COLUMN_CHILDREN]),
	                     cell_slice(&cells[PRODUCT_COLUMN_CHILDREN]), err) < 0)
		return -1;
	if ((mask & COLUMN_BIT(PRODUCT_COLUMN_CATEGORIES)) == 0)
		return 0;
	if (apply_run_with_key(apply, SQL_PRODUCT_CATEGORIES_DELETE, row->key, err) < 0)
		return -1;
	return link_add_all(apply, row->key, cell_slice(&cells[PRODUCT_COLUMN_CATEGORIES]), err);
}

int product_rewrite(struct apply *apply, struct slice id, const struct stored_row *row, const struct cell *cells,
                    enum product_outcome *ret_outcome, struct error *err)
{
	const column_mask mask = row_difference(ITEM_PRODUCT, row->cells, cells);
	const enum product_outcome outcome = is_missing(row) ? PRODUCT_RESTORED : mask != 0 ? PRODUCT_UPDATED : PRODUCT_UNCHANGED;
	const struct row_update update = {.kind = ITEM_PRODUCT,
	                                  .key = row->key,
	                                  .mask = mask,
	                                  .cells = cells,
	                                  .adopts = row->job_key != apply->ticket.job_key};
	const struct change change = {.kind = ITEM_PRODUCT,
	                              .action = outcome == PRODUCT_RESTORED ? CHANGE_RESTORED : CHANGE_UPDATED,
	                              .id = id,
	                              .before = row->cells,
	                              .after = cells,
	                              .mask = mask};

	*ret_outcome = outcome;
	if (update.adopts && outcome != PRODUCT_RESTORED)
		policy_count_taken(apply, ITEM_PRODUCT);
	/* A product that becomes ours may have what we list. */
	if (update.adopts && listed_touch_children(apply, cell_slice(&cells[PRODUCT_COLUMN_CHILDREN]), err) < 0)
		return -1;
	if (outcome == PRODUCT_UNCHANGED)
		return row_update(apply, &update, err);
	if (outcome == PRODUCT_UPDATED) {
		apply->counts.kinds[ITEM_PRODUCT].updated++;
		count_derived(apply, row, cells);
	} else {
		count_restored(apply, ITEM_PRODUCT);
	}
	if (row_update(apply, &update, err) < 0 || change_record(apply, &change, err) < 0)
		return -1;
	return product_follow(apply, id, row, cells, mask, err);
}

/* Another job has it. One complaint a product: its records may name it many times. */
static int foreign(struct apply *apply, const struct statement *statement, const struct stored_row *row, struct error *err)
{
	const struct item_place place = {.record = statement->record, .stream_offset = statement->stream_offset};

	apply->counts.kinds[ITEM_PRODUCT].skipped_foreign++;
	if (marks_get(&apply->marks[ITEM_PRODUCT], row->key) == MARK_SKIPPED)
		return 0;
	if (apply_mark(apply, ITEM_PRODUCT, row->key, MARK_SKIPPED, err) < 0)
		return -1;
	return complaint_add_foreign(apply, ITEM_PRODUCT, statement_text(statement, FIELD_ID), place, row->job_key, err);
}

static int set_mark(struct apply *apply, const struct stored_row *row, enum mark mark, struct error *err)
{
	if (row->job_key == apply->ticket.job_key && is_stated(row->cells) && !is_missing(row) &&
	    marks_get(&apply->marks[ITEM_PRODUCT], row->key) == MARK_NONE)
		apply->before_marked[ITEM_PRODUCT]++;
	return apply_mark(apply, ITEM_PRODUCT, row->key, mark, err);
}

/* Left alone by mode or scope. `row` is NULL where there is none. */
static int skip(struct apply *apply, const struct statement *statement, const struct stored_row *row, enum policy_verdict verdict,
                struct error *err)
{
	const struct policy_skip skip = {.kind = ITEM_PRODUCT,
	                                 .id = statement_text(statement, FIELD_ID),
	                                 .place = {.record = statement->record, .stream_offset = statement->stream_offset},
	                                 .is_known = row != NULL && !is_missing(row)};

	/* It is named: it does not go missing. */
	if (skip.is_known && row->job_key == apply->ticket.job_key) {
		if (marks_get(&apply->marks[ITEM_PRODUCT], row->key) == MARK_KEPT)
			apply->counts.kinds[ITEM_PRODUCT].kept--;
		if (set_mark(apply, row, MARK_SKIPPED, err) < 0)
			return -1;
	}
	return policy_skip(apply, verdict, &skip, err);
}

/* The product as it will stand in the row. */
static int settle_cells(struct apply *apply, const struct statement *statement, const struct stored_row *row, struct cell *cells,
                        struct error *err)
{
	const bool is_ours = policy_owns(apply, row->job_key);

	if (part_extend(apply, ITEM_PRODUCT, &row->cells[PRODUCT_COLUMN_PARTS], cells, err) < 0)
		return -1;
	/* What another job left behind is no stored value of ours. */
	if (is_ours)
		policy_take_cells(ITEM_PRODUCT, policy_kept(apply, statement), row->cells, cells);
	return policy_categories(apply, is_ours ? &row->cells[PRODUCT_COLUMN_CATEGORIES] : NULL, &cells[PRODUCT_COLUMN_CATEGORIES],
	                         err);
}

/* A further statement: true, and counted. One that would have left the row just so may be known. */
static int merge(struct apply *apply, const struct statement *statement, const struct stored_row *row, struct cell *cells,
                 struct error *err)
{
	apply->counts.kinds[ITEM_PRODUCT].merged++;
	if (apply->learning == NULL || row->cells[PRODUCT_COLUMN_PARTS].type != CELL_NULL)
		return 0;
	if (settle_cells(apply, statement, row, cells, err) < 0)
		return -1;
	return row_difference(ITEM_PRODUCT, row->cells, cells) == 0 ? learn_product(apply, statement, row->key, err) : 0;
}

static int state_row(struct apply *apply, const struct statement *statement, const struct stored_row *row, struct cell *cells,
                     struct error *err)
{
	const enum mark mark = marks_get(&apply->marks[ITEM_PRODUCT], row->key);
	const enum policy_verdict verdict = policy_judge_mode(apply, !is_missing(row));
	enum product_outcome outcome;

	if (mark == MARK_STATED)
		return merge(apply, statement, row, cells, err);
	if (!policy_owns(apply, row->job_key) && !is_missing(row))
		return foreign(apply, statement, row, err);
	if (verdict != POLICY_APPLY)
		return skip(apply, statement, row, verdict, err);
	if (mark == MARK_KEPT)
		apply->counts.kinds[ITEM_PRODUCT].kept--;
	if (settle_cells(apply, statement, row, cells, err) < 0 || set_mark(apply, row, MARK_STATED, err) < 0 ||
	    product_rewrite(apply, statement_text(statement, FIELD_ID), row, cells, &outcome, err) < 0)
		return -1;
	if (outcome == PRODUCT_UNCHANGED)
		apply->counts.kinds[ITEM_PRODUCT].unchanged++;
	/* A list that is written as the feed has it may look another way when it is made to grow. */
	if (row->cells[PRODUCT_COLUMN_PARTS].type != CELL_NULL ||
	    (outcome == PRODUCT_RESTORED && apply->policy.categories == APPLY_CATEGORIES_ADD))
		return 0;
	return learn_product(apply, statement, row->key, err);
}

/* No row has the id. */
static int state_new(struct apply *apply, const struct statement *statement, struct cell *cells, struct error *err)
{
	const enum policy_verdict verdict = policy_judge_mode(apply, false);
	int64_t key;

	if (verdict != POLICY_APPLY)
		return skip(apply, statement, NULL, verdict, err);
	if (policy_categories(apply, NULL, &cells[PRODUCT_COLUMN_CATEGORIES], err) < 0 ||
	    product_create(apply, statement_text(statement, FIELD_ID), cells, &key, err) < 0)
		return -1;
	if (apply_mark(apply, ITEM_PRODUCT, key, MARK_STATED, err) < 0)
		return -1;
	ahead_note_stated(apply, statement_text(statement, FIELD_ID));
	return apply->policy.categories == APPLY_CATEGORIES_ADD ? 0 : learn_product(apply, statement, key, err);
}

/* May there be a row of that id? 1, 0, -1. In a catalogue without products only this run can have made one. */
static int may_be_there(struct apply *apply, struct slice id, struct error *err)
{
	if (apply->catalog_has_products)
		return 1;
	if (ahead_is_without_row(apply, id))
		return 0;
	const int was_seen = id_filter_add(&apply->seen[ITEM_PRODUCT], id);
	return was_seen < 0 ? error_set_memory(err) : was_seen;
}

int product_state(struct apply *apply, const struct statement *statement, struct error *err)
{
	const bool is_hidden = slice_equal_text(statement_text(statement, FIELD_STATUS), "hidden");
	const struct slice id = statement_text(statement, FIELD_ID);
	struct cell cells[PRODUCT_COLUMN_COUNT];
	struct stored_row row;
	int found;

	if (apply->policy.scope == APPLY_SCOPE_TEXTS)
		return text_state_product(apply, statement, err);
	if (apply->policy.scope != APPLY_SCOPE_ALL) {
		apply->counts.kinds[ITEM_PRODUCT].skipped_scope++;
		return 0;
	}
	row_from_statement(statement, cells);
	cells[PRODUCT_COLUMN_ORIGIN] = cell_text(slice_from("stated"));
	cells[PRODUCT_COLUMN_STATUS] = cell_text(slice_from(is_hidden ? "hidden" : "active"));
	apply->products_stated = true;
	found = may_be_there(apply, id, err);
	if (found == 1)
		found = product_find(apply, id, &row, err);
	if (found == 1 && ahead_has_made(apply, &row))
		found = ahead_take_back(apply, id, &row, err);
	if (found != 1)
		return found < 0 ? -1 : state_new(apply, statement, cells, err);
	return state_row(apply, statement, &row, cells, err);
}

/* The row that a rejected record would have stated: 1, 0 = there is nothing to keep, -1. */
int product_find_to_keep(struct apply *apply, struct slice id, struct stored_row *ret_row, struct error *err)
{
	int result;

	if (!apply->catalog_has_products)
		return 0;
	result = product_find(apply, id, ret_row, err);
	if (result != 1)
		return result;
	/* A product made from its SKUs has no words of its own to keep. */
	return ret_row->job_key == apply->ticket.job_key && !is_missing(ret_row) && is_stated(ret_row->cells) &&
	       marks_get(&apply->marks[ITEM_PRODUCT], ret_row->key) == MARK_NONE;
}

int product_reject(struct apply *apply, struct slice id, struct error *err)
{
	struct stored_row row;
	const int result = product_find_to_keep(apply, id, &row, err);

	if (result != 1)
		return result;
	apply->before_marked[ITEM_PRODUCT]++;
	return missing_keep(apply, ITEM_PRODUCT, row.key, err);
}

int product_keep(struct apply *apply, struct slice id, struct error *err)
{
	struct stored_row row;
	const int result = product_find_to_keep(apply, id, &row, err);

	return result == 1 ? missing_note_kept(apply, ITEM_PRODUCT, row.key, err) : result;
}

int product_touch(struct apply *apply, struct slice product_id, struct error *err)
{
	if (!apply->catalog_has_skus)
		return ahead_touch(apply, product_id, err);
	if (slice_equal(buffer_slice(&apply->touched_last), product_id))
		return 0;
	buffer_clear(&apply->touched_last);
	if (buffer_append_slice(&apply->touched_last, product_id) < 0)
		return error_set_memory(err);
	return product_note(apply, product_id, err);
}

int product_note(struct apply *apply, struct slice product_id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_TOUCH, err);

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 1, product_id);
	return sqlite_step_done(apply->store, statement, err);
}
