/*
 * At the end of a run: the products that nobody states are made from their
 * SKUs. Only those whose SKUs changed are looked at, unless somebody changed
 * the catalogue by hand, or it was empty before and the feed's order did not
 * let them be made as the SKUs came.
 */
#include "store/sqlite/apply_known.h"

/* Columns of SQL_DERIVE_ONE and SQL_DERIVE_ALL. */
enum {
	DERIVE_SKU_KEY,
	DERIVE_SKU_ID,
	DERIVE_LINK,
	DERIVE_NAME,
	DERIVE_DESCRIPTION,
	DERIVE_URL,
	DERIVE_BRAND,
	DERIVE_IMAGES,
	DERIVE_ATTRIBUTES,
	DERIVE_TAGS,
	DERIVE_CATEGORIES,
	DERIVE_STATUS,
	DERIVE_PRODUCT_ID
};

/* The SKUs of one product, gathered in apply->derivation. */
struct derive_group {
	struct slice product_id;
};

static int group_add(struct apply *apply, struct derive_group *group, sqlite3_stmt *statement, struct error *err)
{
	const struct derivation_sku sku = {
		.sku_id = sqlite_column_slice(statement, DERIVE_SKU_ID),
		.product_link = sqlite3_column_int64(statement, DERIVE_LINK),
		.name = sqlite_column_slice(statement, DERIVE_NAME),
		.description = sqlite_column_slice(statement, DERIVE_DESCRIPTION),
		.url = sqlite_column_slice(statement, DERIVE_URL),
		.brand = sqlite_column_slice(statement, DERIVE_BRAND),
		.images = sqlite_column_slice(statement, DERIVE_IMAGES),
		.attributes = sqlite_column_slice(statement, DERIVE_ATTRIBUTES),
		.tags = sqlite_column_slice(statement, DERIVE_TAGS),
		.categories = sqlite_column_slice(statement, DERIVE_CATEGORIES),
		.is_active = slice_equal_text(sqlite_column_slice(statement, DERIVE_STATUS), "active"),
	};

	return derivation_add(&apply->derivation, group->product_id, &sku, err);
}

static bool is_present(const struct stored_row *row)
{
	return !cell_is_text(&row->cells[PRODUCT_COLUMN_STATUS], "missing");
}

/* Is the row stated and to stay so, or another job's? Then it is not derived, whatever its SKUs are. 1, 0, -1. */
static int is_covered(struct apply *apply, const struct stored_row *row, struct error *err)
{
	const bool is_stated = cell_is_text(&row->cells[PRODUCT_COLUMN_ORIGIN], "stated");

	if (!is_present(row))
		return 0;
	/* What another job states stays its own until this job states it, even where it is to be taken over. */
	if (row->job_key != apply->ticket.job_key)
		return is_stated || !policy_owns(apply, row->job_key);
	if (!is_stated)
		return 0;
	if (apply->policy.missing == APPLY_MISSING_KEEP || marks_get(&apply->marks[ITEM_PRODUCT], row->key) != MARK_NONE)
		return 1;
	return absent_waits(apply, ITEM_PRODUCT, row->key, err);
}

/* No SKU names it, and no record states it. */
static int leave(struct apply *apply, struct slice id, const struct stored_row *row, struct error *err)
{
	if (!is_present(row))
		return 0;
	/* Noted, so that another policy finds it later. */
	if (apply->policy.missing == APPLY_MISSING_KEEP)
		return apply_run_with_key(apply, SQL_PRODUCT_LEAVE, row->key, err);
	if (!cell_is_text(&row->cells[PRODUCT_COLUMN_ORIGIN], "stated"))
		apply->derived.removed++;
	return missing_remove_product(apply, id, row, err);
}

/* Links by the policy; where they are not those of the SKUs, a later run has to see to it. */
static int link(struct apply *apply, const struct cell *stored, struct cell *cells, struct error *err)
{
	const struct slice derived = cell_slice(&cells[PRODUCT_COLUMN_CATEGORIES]);

	if (policy_categories(apply, stored, &cells[PRODUCT_COLUMN_CATEGORIES], err) < 0)
		return -1;
	if (!slice_equal(derived, cell_slice(&cells[PRODUCT_COLUMN_CATEGORIES])))
		apply->owes_products = true;
	return 0;
}

static int rewrite(struct apply *apply, const struct derive_group *group, const struct stored_row *row, struct cell *cells,
                   struct error *err)
{
	const bool is_taken = is_present(row) && row->job_key != apply->ticket.job_key;
	/* What another job left behind is no stored value of ours. */
	const struct cell *const stored = policy_owns(apply, row->job_key) ? &row->cells[PRODUCT_COLUMN_CATEGORIES] : NULL;
	enum product_outcome outcome;

	if (part_extend(apply, ITEM_PRODUCT, &row->cells[PRODUCT_COLUMN_PARTS], cells, err) < 0 ||
	    link(apply, stored, cells, err) < 0 || apply_run_with_key(apply, SQL_PRODUCT_LEFT_FORGET, row->key, err) < 0 ||
	    product_rewrite(apply, group->product_id, row, cells, &outcome, err) < 0)
		return -1;
	/* It was not among ours before, so that nothing else counts it. */
	if (is_taken && outcome == PRODUCT_UNCHANGED)
		apply->counts.kinds[ITEM_PRODUCT].unchanged++;
	return 0;
}

/* The row was made by this run, before all SKUs of the product were as they stay. */
static int make_anew(struct apply *apply, const struct derive_group *group, const struct stored_row *row, struct error *err)
{
	struct cell cells[PRODUCT_COLUMN_COUNT];
	int64_t key;

	if (apply->derivation.skus > 0) {
		if (derivation_finish(&apply->derivation, cells, err) < 0)
			return -1;
		if (row_difference(ITEM_PRODUCT, row->cells, cells) == 0)
			return 0;
	}
	if (ahead_take_back(apply, group->product_id, row, err) < 0)
		return -1;
	return apply->derivation.skus > 0 ? product_create(apply, group->product_id, cells, &key, err) : 0;
}

/* `row` is NULL where there is none; it is not covered. */
static int settle(struct apply *apply, const struct derive_group *group, const struct stored_row *row, struct error *err)
{
	struct cell cells[PRODUCT_COLUMN_COUNT];
	int64_t key;

	if (row != NULL && ahead_has_made(apply, row))
		return make_anew(apply, group, row, err);
	if (apply->derivation.skus == 0)
		return row == NULL || row->job_key != apply->ticket.job_key ? 0 : leave(apply, group->product_id, row, err);
	if (derivation_finish(&apply->derivation, cells, err) < 0)
		return -1;
	if (row != NULL)
		return rewrite(apply, group, row, cells, err);
	if (link(apply, NULL, cells, err) < 0)
		return -1;
	return product_create(apply, group->product_id, cells, &key, err);
}

/* Into a catalogue without SKUs, where products were not derived as their SKUs came */

/* The SKUs of a product have all been read. */
static int stream_settle(struct apply *apply, const struct derive_group *group, struct error *err)
{
	struct stored_row row;
	int found = 0;
	int covered = 0;

	if (apply->derivation.skus == 0)
		return 0;
	if (apply->catalog_has_products || apply->products_stated || apply->ahead.groups > 0)
		found = product_find(apply, group->product_id, &row, err);
	if (found == 1)
		covered = is_covered(apply, &row, err);
	if (found < 0 || covered != 0)
		return found < 0 || covered < 0 ? -1 : 0;
	return settle(apply, group, found == 1 ? &row : NULL, err);
}

static int stream_begin(struct apply *apply, struct derive_group *group, struct slice product_id, struct error *err)
{
	derivation_clear(&apply->derivation);
	buffer_clear(&apply->derived_id);
	if (buffer_append_slice(&apply->derived_id, product_id) < 0)
		return error_set_memory(err);
	*group = (struct derive_group){.product_id = buffer_slice(&apply->derived_id)};
	return 0;
}

/* Every SKU of the job, product by product. */
static int derive_stream(struct apply *apply, struct error *err)
{
	struct derive_group group = {.product_id = {NULL, 0}};
	const int is_done = ahead_finish(apply, err);
	sqlite3_stmt *statement;
	int step;

	if (is_done != 0)
		return is_done < 0 ? -1 : 0;
	statement = apply_sql_scoped(apply, SQL_DERIVE_ALL, err);
	if (statement == NULL)
		return -1;
	derivation_clear(&apply->derivation);
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		const struct slice product_id = sqlite_column_slice(statement, DERIVE_PRODUCT_ID);

		if (!slice_equal(group.product_id, product_id) &&
		    (stream_settle(apply, &group, err) < 0 || stream_begin(apply, &group, product_id, err) < 0))
			return -1;
		if (group_add(apply, &group, statement, err) < 0)
			return -1;
	}
	return step < 0 ? -1 : stream_settle(apply, &group, err);
}

/* Products that something happened to */

static int derive_touched_one(struct apply *apply, struct slice product_id, struct error *err)
{
	struct derive_group group = {.product_id = product_id};
	struct stored_row row;
	sqlite3_stmt *statement;
	const int found = product_find(apply, product_id, &row, err);
	const int covered = found == 1 ? is_covered(apply, &row, err) : 0;
	int step;

	if (found < 0 || covered != 0)
		return found < 0 || covered < 0 ? -1 : 0;
	statement = apply_sql_scoped(apply, SQL_DERIVE_ONE, err);
	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 3, product_id);
	derivation_clear(&apply->derivation);
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1)
		if (group_add(apply, &group, statement, err) < 0)
			return -1;
	return step < 0 ? -1 : settle(apply, &group, found == 1 ? &row : NULL, err);
}

static int derive_touched(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_TOUCHED_ALL, err);
	int step;

	if (statement == NULL)
		return -1;
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1)
		if (derive_touched_one(apply, sqlite_column_slice(statement, 0), err) < 0)
			return -1;
	return step;
}

static int touch_key(struct apply *apply, int64_t key, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_PRODUCT_GET, err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, key);
	step = sqlite_step_row(apply->store, statement, err);
	if (step != 1)
		return step;
	return product_note(apply, sqlite_column_slice(statement, PRODUCT_COLUMN_COUNT + 3), err);
}

/* Stated before this run, and by no record of it. */
static int touch_vanished(struct apply *apply, struct error *err)
{
	struct key_piece piece = {.last = INT64_MIN};

	if (apply->policy.missing == APPLY_MISSING_KEEP || !apply->catalog_has_products)
		return 0;
	/* Each that was stated before is named: nothing has to be looked for. */
	if (apply->before_marked[ITEM_PRODUCT] == apply->counts.stock[ITEM_PRODUCT].before - apply->derived.before)
		return 0;
	do {
		if (apply_keys_next(apply, SQL_PRODUCT_STATED_KEYS, &piece, err) < 0)
			return -1;
		for (size_t index = 0; index < piece.count; index++)
			if (marks_get(&apply->marks[ITEM_PRODUCT], piece.keys[index]) == MARK_NONE &&
			    touch_key(apply, piece.keys[index], err) < 0)
				return -1;
	} while (piece.count == APPLY_KEYS_MAX);
	return 0;
}

static int run_scoped(struct apply *apply, enum sql_id id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, id, err);

	return statement == NULL ? -1 : sqlite_step_done(apply->store, statement, err);
}

/* Products that another job made from its SKUs, and that ours name too: ours from now on, though nothing else has changed. */
static int touch_taken(struct apply *apply, struct error *err)
{
	for (size_t index = 0; index < apply->taken_job_count; index++) {
		sqlite3_stmt *statement = apply_sql_scoped(apply, SQL_TOUCH_TAKEN, err);

		if (statement == NULL)
			return -1;
		(void)sqlite3_bind_int64(statement, 3, apply->taken_jobs[index]);
		if (sqlite_step_done(apply->store, statement, err) < 0)
			return -1;
	}
	return 0;
}

/* What this run did not do itself: rows changed by hand, products another job gave up, products left without SKUs. */
static int touch_others(struct apply *apply, struct error *err)
{
	if (!apply->catalog_has_products && !apply->catalog_has_skus)
		return 0;
	if (!apply->is_clean && (run_scoped(apply, SQL_TOUCH_SKUS, err) < 0 || run_scoped(apply, SQL_TOUCH_DERIVED, err) < 0))
		return -1;
	if (apply->is_clean && apply->catalog_has_other_jobs && run_scoped(apply, SQL_TOUCH_UNOWNED, err) < 0)
		return -1;
	if (touch_taken(apply, err) < 0)
		return -1;
	return run_scoped(apply, SQL_TOUCH_LEFT, err);
}

/* A product that a SKU statement of this feed names and no record states: one complaint, touched or not. */
static int complain_not_stated(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement;
	int64_t last_key = 0;
	int step;

	if (!apply->links_named)
		return 0;
	statement = apply_sql_scoped(apply, SQL_PRODUCT_NOT_STATED, err);
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 3, PRODUCT_LINK_NAMED);
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		const struct complaint complaint = {
			.code = COMPLAINT_PRODUCT_NOT_STATED, .kind = ITEM_PRODUCT, .item_id = sqlite_column_slice(statement, 0)};
		const int64_t key = sqlite3_column_int64(statement, 1);

		if (key == last_key || marks_get(&apply->marks[ITEM_SKU], sqlite3_column_int64(statement, 2)) != MARK_STATED)
			continue;
		last_key = key;
		if (complaint_add(apply, &complaint, err) < 0)
			return -1;
	}
	return step;
}

/* All that are derived now, counted anew: what is not created, updated or restored must be unchanged since before. */
static int count_derived(struct apply *apply, struct error *err)
{
	const struct derived_counts *derived = &apply->derived;
	struct kind_counts *counts = &apply->counts.kinds[ITEM_PRODUCT];
	int64_t present;

	counts->derived = derived->before;
	if (known_use_wrote(apply, ITEM_PRODUCT) &&
	    (bulk_write(apply, err) < 0 || present_count_kind(apply->store, &apply->ticket, ITEM_PRODUCT, &present, err) < 0 ||
	     apply_count_derived(apply, present, &counts->derived, err) < 0))
		return -1;
	counts->unchanged += derived->before - derived->updated - derived->stated - derived->removed;
	return 0;
}

static bool has_changed(const struct apply *apply, enum item_kind kind)
{
	const struct stock_counts *stock = &apply->counts.stock[kind];

	return apply->counts.kinds[kind].updated > 0 || stock->created > 0 || stock->restored > 0 || stock->adopted > 0 ||
	       stock->removed > 0;
}

/* Products are outside of the scope: a later run that may write them looks at all. */
static int derive_nothing(struct apply *apply, struct error *err)
{
	if (apply->policy.scope == APPLY_SCOPE_SKUS && has_changed(apply, ITEM_SKU))
		apply->owes_products = true;
	return count_derived(apply, err);
}

int derive_finish(struct apply *apply, struct error *err)
{
	if (apply->policy.scope != APPLY_SCOPE_ALL)
		return derive_nothing(apply, err);
	if (missing_keep_products(apply, err) < 0 || touch_vanished(apply, err) < 0 || touch_others(apply, err) < 0)
		return -1;
	if (!apply->catalog_has_skus && derive_stream(apply, err) < 0)
		return -1;
	if (derive_touched(apply, err) < 0)
		return -1;
	if (complain_not_stated(apply, err) < 0)
		return -1;
	return count_derived(apply, err);
}
