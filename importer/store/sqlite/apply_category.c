/*
 * Categories: statements wait in a temporary table, since a feed may name
 * children before parents and state what a path only implied before. At the
 * end each is compared with its row; then those that nobody names are let
 * go, paths are made, and the changes are told.
 */
#include "store/sqlite/apply_known.h"

/* A hash of what the words say; the path is none of them. */
static struct hash128 content_of(const struct apply *apply, const struct cell *cells)
{
	struct hash128 hash = {.low = apply->store->seed, .high = 0};

	for (size_t column = 0; column < CATEGORY_COLUMN_COUNT; column++) {
		const struct cell *cell = &cells[column];
		const uint64_t seed = hash.low + column;

		if (column == CATEGORY_COLUMN_PATH || column == CATEGORY_COLUMN_STATUS || cell->type == CELL_NULL)
			continue;
		if (cell->type == CELL_TEXT)
			hash = hash_add(hash_bytes(cell->text, seed), hash);
		else
			hash = hash_add(hash_bytes(slice_make((const char *)&cell->integer, sizeof(cell->integer)), ~seed), hash);
	}
	return hash;
}

int category_entry_put(struct apply *apply, struct slice id, uint32_t *ret_place, struct error *err)
{
	uint32_t *place = hash_table_put(&apply->categories, hash_bytes(id, apply->store->seed), NULL);

	if (place == NULL)
		return error_set_memory(err);
	if (*place == 0) {
		if (!known_array_grow(&apply->category_entries, sizeof(*apply->category_entries), apply->category_count,
		                      &apply->category_capacity))
			return error_set_memory(err);
		apply->category_entries[apply->category_count++] = (struct category_entry){.state = CATEGORY_UNSEEN};
		*place = apply->category_count;
	}
	*ret_place = *place - 1;
	return 0;
}

int category_words_stand(struct apply *apply, uint32_t place, const struct category_words *words, struct error *err)
{
	struct category_entry *entry = &apply->category_entries[place];
	const struct hash128 content = content_of(apply, words->cells);
	sqlite3_stmt *insert = apply_sql(apply, SQL_CATEGORY_STATE, err);

	if (insert == NULL)
		return -1;
	if (!hash_equal(content, entry->content))
		entry->generation++;
	entry->content = content;
	entry->state = words->state;
	sqlite_bind_slice(insert, 1, words->id);
	(void)sqlite3_bind_int64(insert, 2, words->state);
	(void)sqlite3_bind_int64(insert, 3, words->record);
	(void)sqlite3_bind_int64(insert, 4, words->stream_offset);
	row_bind(insert, 5, words->cells, CATEGORY_COLUMN_COUNT);
	(void)sqlite3_bind_int64(insert, CATEGORY_COLUMN_COUNT + 5, words->kept);
	return sqlite_step_done(apply->store, insert, err);
}

/* Is there nothing to do, as others were first? */
static bool is_further(enum category_state now, enum category_state state)
{
	switch (state) {
	case CATEGORY_STATED:
		return now == CATEGORY_STATED;
	case CATEGORY_DERIVED:
		return now == CATEGORY_DERIVED || now == CATEGORY_STATED;
	case CATEGORY_KEPT:
	case CATEGORY_UNSEEN:
		break;
	}
	return now != CATEGORY_UNSEEN;
}

static int ignore(struct apply *apply, const struct statement *statement, struct error *err)
{
	if (statement->action == STATEMENT_STATED)
		apply->counts.kinds[ITEM_CATEGORY].skipped_scope++;
	return statement->action == STATEMENT_REJECTED ? 0 : learn_ignored_category(apply, statement, err);
}

int category_state(struct apply *apply, const struct statement *statement, struct error *err)
{
	static const enum category_state states[] = {
		[STATEMENT_STATED] = CATEGORY_STATED, [STATEMENT_DERIVED] = CATEGORY_DERIVED, [STATEMENT_REJECTED] = CATEGORY_KEPT};
	struct cell cells[CATEGORY_COLUMN_COUNT];
	const struct category_words words = {.id = statement_text(statement, FIELD_ID),
	                                     .state = states[statement->action],
	                                     .cells = cells,
	                                     .record = (int64_t)statement->record,
	                                     .stream_offset = (int64_t)statement->stream_offset,
	                                     .kept = policy_kept(apply, statement)};
	uint32_t place = 0;
	bool is_same = true;

	if (apply->policy.scope == APPLY_SCOPE_TEXTS)
		return words.state == CATEGORY_STATED ? text_state_category(apply, statement, err) : 0;
	if (apply->policy.categories == APPLY_CATEGORIES_IGNORE)
		return ignore(apply, statement, err);
	if (category_entry_put(apply, words.id, &place, err) < 0)
		return -1;
	row_from_statement(statement, cells);
	cells[CATEGORY_COLUMN_STATUS] = cell_text(slice_from("active"));
	if (!is_further(apply->category_entries[place].state, words.state)) {
		if (category_words_stand(apply, place, &words, err) < 0)
			return -1;
	} else {
		if (words.state == CATEGORY_STATED)
			apply->counts.kinds[ITEM_CATEGORY].merged++;
		is_same = apply->learning != NULL && hash_equal(content_of(apply, cells), apply->category_entries[place].content);
	}
	return words.state == CATEGORY_KEPT || !is_same ? 0 : learn_category(apply, statement, place, err);
}

int category_keep_before(struct apply *apply, int64_t key, enum change_action action, bool *ret_is_new, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_BEFORE_INSERT, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, key);
	(void)sqlite3_bind_int64(statement, 2, action);
	if (sqlite_step_done(apply->store, statement, err) < 0)
		return -1;
	*ret_is_new = sqlite3_changes(apply->store->database) > 0;
	return 0;
}

/* A category of the feed against its row */

struct category_item {
	struct slice id;
	struct item_place place;
	enum category_state state;
	struct cell cells[CATEGORY_COLUMN_COUNT];
	column_mask kept; /* where the statement says nothing, and the stored value stays */
	int64_t key;      /* its row, where the words of this job stand; else 0 */
	bool is_plain;    /* the cells are just what the statement says */
};

struct category_row {
	struct stored_row row;
	bool is_held;       /* by this job */
	bool is_owner_held; /* by the job whose words stand */
};

static int hold(struct apply *apply, int64_t key, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_HOLDER_INSERT, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, key);
	(void)sqlite3_bind_int64(statement, 2, apply->ticket.job_key);
	return sqlite_step_done(apply->store, statement, err);
}

/* `before` is NULL for a new row. */
static int rewrite_texts(struct apply *apply, struct slice id, const struct cell *before, const struct cell *after,
                         struct error *err)
{
	const struct text_change change = {.kind = ITEM_CATEGORY,
	                                   .id = id,
	                                   .before = before != NULL ? &before[CATEGORY_COLUMN_TEXTS] : NULL,
	                                   .after = &after[CATEGORY_COLUMN_TEXTS]};

	return text_rewrite(apply, &change, err);
}

static int create(struct apply *apply, struct category_item *item, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, SQL_CATEGORY_INSERT, err);
	bool is_new;
	int64_t key;

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 3, item->id);
	(void)sqlite3_bind_int64(statement, 4, apply->ticket.run_id);
	row_bind(statement, 5, item->cells, CATEGORY_COLUMN_COUNT);
	if (sqlite_step_done(apply->store, statement, err) < 0)
		return -1;
	key = sqlite3_last_insert_rowid(apply->store->database);
	item->key = key;
	apply->categories_changed = true;
	count_created(apply, ITEM_CATEGORY);
	if (apply_mark(apply, ITEM_CATEGORY, key, MARK_STATED, err) < 0 || hold(apply, key, err) < 0 ||
	    rewrite_texts(apply, item->id, NULL, item->cells, err) < 0)
		return -1;
	return category_keep_before(apply, key, CHANGE_CREATED, &is_new, err);
}

static int rewrite(struct apply *apply, const struct category_item *item, const struct stored_row *row, enum change_action action,
                   struct error *err)
{
	const struct row_update update = {.kind = ITEM_CATEGORY,
	                                  .key = row->key,
	                                  .mask = row_difference(ITEM_CATEGORY, row->cells, item->cells),
	                                  .cells = item->cells,
	                                  .adopts = row->job_key != apply->ticket.job_key};
	bool is_new;

	apply->categories_changed = true;
	if (category_keep_before(apply, row->key, action, &is_new, err) < 0)
		return -1;
	if ((update.mask & COLUMN_BIT(CATEGORY_COLUMN_TEXTS)) != 0 &&
	    rewrite_texts(apply, item->id, row->cells, item->cells, err) < 0)
		return -1;
	return row_update(apply, &update, err);
}

/* The stored words that stay. A record some of whose own gave way to them is not known. */
static void keep_words(struct category_item *item, const struct category_row *found, column_mask kept)
{
	struct cell stated[CATEGORY_COLUMN_COUNT];

	policy_take_cells(ITEM_CATEGORY, ~(column_mask)0, item->cells, stated);
	policy_take_cells(ITEM_CATEGORY, kept, found->row.cells, item->cells);
	item->is_plain = row_difference(ITEM_CATEGORY, stated, item->cells) == 0;
}

static int restore(struct apply *apply, struct category_item *item, const struct category_row *found, struct error *err)
{
	item->key = found->row.key;
	/* What another job left behind is no stored value of ours. */
	if (policy_owns(apply, found->row.job_key))
		keep_words(item, found, item->kept);
	count_restored(apply, ITEM_CATEGORY);
	if (apply_mark(apply, ITEM_CATEGORY, found->row.key, MARK_STATED, err) < 0 ||
	    (!found->is_held && hold(apply, found->row.key, err) < 0))
		return -1;
	return rewrite(apply, item, &found->row, CHANGE_RESTORED, err);
}

/* Present, and its words are ours to set. */
static int update(struct apply *apply, struct category_item *item, const struct category_row *found, struct error *err)
{
	const column_mask mask = row_difference(ITEM_CATEGORY, found->row.cells, item->cells);
	const struct row_update adoption = {
		.kind = ITEM_CATEGORY, .key = found->row.key, .adopts = found->row.job_key != apply->ticket.job_key};
	struct kind_counts *counts = &apply->counts.kinds[ITEM_CATEGORY];

	item->key = found->row.key;
	if (apply_mark(apply, ITEM_CATEGORY, found->row.key, MARK_STATED, err) < 0)
		return -1;
	if (mask == 0) {
		counts->unchanged++;
		return row_update(apply, &adoption, err);
	}
	counts->updated++;
	if ((mask & COLUMN_BIT(CATEGORY_COLUMN_PARENT_ID)) != 0)
		counts->moved++;
	return rewrite(apply, item, &found->row, CHANGE_UPDATED, err);
}

/* What stays as it is although the feed may say otherwise. */
static column_mask kept_columns(const struct apply *apply, const struct category_item *item)
{
	if (apply->policy.categories != APPLY_CATEGORIES_ADD)
		return item->kept;
	return item->kept | COLUMN_BIT(CATEGORY_COLUMN_PARENT_ID) | COLUMN_BIT(CATEGORY_COLUMN_NAME) |
	       COLUMN_BIT(CATEGORY_COLUMN_POSITION);
}

/* Left alone by the mode. What follows from a path is nobody's wish: no complaint. */
static int skip(struct apply *apply, const struct category_item *item, bool is_known, struct error *err)
{
	const struct policy_skip skip = {.kind = ITEM_CATEGORY,
	                                 .id = item->id,
	                                 .place = item->place,
	                                 .is_known = is_known || item->state == CATEGORY_DERIVED};

	return policy_skip(apply, POLICY_SKIP_MODE, &skip, err);
}

static int state_present(struct apply *apply, struct category_item *item, const struct category_row *found, struct error *err)
{
	const bool is_ours = found->row.job_key == apply->ticket.job_key;

	if (!found->is_held) {
		apply->counts.stock[ITEM_CATEGORY].adopted++;
		if (hold(apply, found->row.key, err) < 0)
			return -1;
	}
	if (found->is_owner_held && !policy_owns(apply, found->row.job_key)) {
		apply->counts.kinds[ITEM_CATEGORY].skipped_foreign++;
		return apply_mark(apply, ITEM_CATEGORY, found->row.key, MARK_SKIPPED, err);
	}
	if (policy_judge_mode(apply, true) != POLICY_APPLY) {
		if (apply_mark(apply, ITEM_CATEGORY, found->row.key, MARK_SKIPPED, err) < 0)
			return -1;
		return skip(apply, item, true, err);
	}
	/* From now on our words stand; the other job goes on holding it until its own feed names it no more. */
	if (!is_ours && found->is_owner_held)
		apply->given_up++;
	if (is_ours || found->is_owner_held)
		keep_words(item, found, kept_columns(apply, item));
	return update(apply, item, found, err);
}

/* Named by a rejected record only. */
static int keep(struct apply *apply, const struct category_row *found, bool is_present, struct error *err)
{
	if (!found->is_held || !is_present)
		return 0;
	apply->counts.kinds[ITEM_CATEGORY].kept++;
	return apply_mark(apply, ITEM_CATEGORY, found->row.key, MARK_KEPT, err);
}

/* The row of that id, its cells borrowed until the next find: 1, 0 = none, -1. */
static int find(struct apply *apply, struct slice id, struct category_row *ret_found, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, SQL_CATEGORY_FIND, err);
	int step;

	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 3, id);
	step = sqlite_step_row(apply->store, statement, err);
	if (step != 1)
		return step < 0 ? -1 : 0;
	row_read(statement, ITEM_CATEGORY, &ret_found->row);
	ret_found->is_held = sqlite3_column_int(statement, CATEGORY_COLUMN_COUNT + 3) != 0;
	ret_found->is_owner_held = sqlite3_column_int(statement, CATEGORY_COLUMN_COUNT + 4) != 0;
	return 1;
}

static int apply_item(struct apply *apply, struct category_item *item, struct error *err)
{
	struct category_row found;
	const int result = find(apply, item->id, &found, err);
	const bool is_present = result == 1 && !cell_is_text(&found.row.cells[CATEGORY_COLUMN_STATUS], "missing");

	if (result < 0)
		return -1;
	if (item->state == CATEGORY_KEPT)
		return result == 1 ? keep(apply, &found, is_present, err) : 0;
	if (!is_present && policy_judge_mode(apply, false) != POLICY_APPLY)
		return skip(apply, item, false, err);
	if (result == 0)
		return create(apply, item, err);
	/* No statement has the path: it is made when all categories are there. */
	item->cells[CATEGORY_COLUMN_PATH] = found.row.cells[CATEGORY_COLUMN_PATH];
	return is_present ? state_present(apply, item, &found, err) : restore(apply, item, &found, err);
}

/* What became of it, for the records that state it. */
static int settle_entry(struct apply *apply, const struct category_item *item, struct error *err)
{
	uint32_t place = 0;

	if (category_entry_put(apply, item->id, &place, err) < 0)
		return -1;
	apply->category_entries[place].key = item->key;
	apply->category_entries[place].is_plain = item->is_plain && item->state != CATEGORY_KEPT;
	return 0;
}

static int apply_statements(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_CATEGORY_STATED_ALL, err);
	int step;

	if (statement == NULL)
		return -1;
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		struct category_item item = {
			.is_plain = true,
			.id = sqlite_column_slice(statement, CATEGORY_COLUMN_COUNT),
			.state = (enum category_state)sqlite3_column_int(statement, CATEGORY_COLUMN_COUNT + 1),
			.place = {.record = (uint64_t)sqlite3_column_int64(statement, CATEGORY_COLUMN_COUNT + 2),
		                  .stream_offset = (uint64_t)sqlite3_column_int64(statement, CATEGORY_COLUMN_COUNT + 3)},
			.kept = (column_mask)sqlite3_column_int64(statement, CATEGORY_COLUMN_COUNT + 4),
		};

		row_read_cells(statement, 0, CATEGORY_COLUMN_COUNT, item.cells);
		if (apply_item(apply, &item, err) < 0 || settle_entry(apply, &item, err) < 0)
			return -1;
	}
	return step;
}

static int count_derived(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_CATEGORY_DERIVED_COUNT, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, CATEGORY_DERIVED);
	if (sqlite_step_row(apply->store, statement, err) < 0)
		return -1;
	apply->counts.kinds[ITEM_CATEGORY].derived = sqlite3_column_int64(statement, 0);
	return 0;
}

/* Changes are told once rows are as they stay, with their paths: before is what was kept, after is what is there. */
static int tell_changes(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_BEFORE_ALL, err);
	int step;

	if (statement == NULL)
		return -1;
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		struct cell before[CATEGORY_COLUMN_COUNT];
		struct cell after[CATEGORY_COLUMN_COUNT];
		struct change change = {.kind = ITEM_CATEGORY, .after = after};

		row_read_cells(statement, 0, CATEGORY_COLUMN_COUNT, before);
		row_read_cells(statement, CATEGORY_COLUMN_COUNT, CATEGORY_COLUMN_COUNT, after);
		change.id = sqlite_column_slice(statement, 2 * CATEGORY_COLUMN_COUNT + 3);
		change.action = (enum change_action)sqlite3_column_int(statement, 2 * CATEGORY_COLUMN_COUNT + 4);
		if (change.action != CHANGE_CREATED) {
			change.before = before;
			change.mask = row_difference(ITEM_CATEGORY, before, after);
		}
		if (change_record(apply, &change, err) < 0)
			return -1;
	}
	return step;
}

int category_finish(struct apply *apply, struct error *err)
{
	if (apply->policy.categories == APPLY_CATEGORIES_IGNORE)
		return 0;
	if (apply_statements(apply, err) < 0 || count_derived(apply, err) < 0 || missing_finish_categories(apply, err) < 0 ||
	    path_finish(apply, err) < 0)
		return -1;
	return tell_changes(apply, err);
}
