/*
 * Parts: what further records say about an item that one record states. They
 * stand anywhere in the feed and are kept by themselves, also while their
 * item is not there. At the end of a run every item that has parts, or had
 * some, gets those it has by now behind the lists of its own record.
 */
#include "store/sqlite/apply_sku.h"

#include "base/limits.h"
#include "store/sqlite/apply_list.h"

#define POSITION_NONE INT64_MAX /* behind all others */

struct part_list {
	enum field_id field;
	struct slice name; /* as a member of JSON */
};

static const struct part_list part_lists[] = {
	{FIELD_CATEGORIES, SLICE("\"categories\"")}, {FIELD_IMAGES, SLICE("\"images\"")},
	{FIELD_ATTRIBUTES, SLICE("\"attributes\"")}, {FIELD_TAGS, SLICE("\"tags\"")},
	{FIELD_PRICES, SLICE("\"prices\"")},         {FIELD_STOCKS, SLICE("\"stocks\"")},
	{FIELD_TEXTS, SLICE("\"texts\"")},
};

#define PART_LIST_COUNT (sizeof(part_lists) / sizeof(part_lists[0]))

_Static_assert(PART_LIST_COUNT == PART_LISTS_MAX, "one buffer a list");

/* The column of the kind that has the list, or its count. */
static size_t list_column(enum item_kind kind, size_t list)
{
	const struct row_shape *shape = row_shape(kind);
	size_t column = 0;

	while (column < shape->count && shape->columns[column].field != part_lists[list].field)
		column++;
	return column;
}

/* Statements */

/* The lists of the part as an object; empty where it has none. */
static int append_content(struct buffer *content, const struct statement *statement, struct error *err)
{
	struct json_writer json;

	buffer_clear(content);
	json_writer_init(&json, content);
	for (size_t list = 0; list < PART_LIST_COUNT; list++) {
		const struct slice text = statement_text(statement, part_lists[list].field);

		if (list_count(text) == 0)
			continue;
		if (content->size == 0)
			json_object_begin(&json);
		json_key(&json, field_definition(part_lists[list].field)->name);
		json_raw(&json, text);
	}
	if (content->size > 0)
		json_object_end(&json);
	return content->failed ? error_set_memory(err) : 0;
}

/* Statement `id` with the catalogue, the job, and the item as ?3 and ?4. */
static sqlite3_stmt *use_of_item(struct apply *apply, enum sql_id id, enum item_kind kind, struct slice item_id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, id, err);

	if (statement != NULL) {
		(void)sqlite3_bind_int64(statement, 3, kind);
		sqlite_bind_slice(statement, 4, item_id);
	}
	return statement;
}

static sqlite3_stmt *use_of_part(struct apply *apply, enum sql_id id, const struct statement *part, const struct hash128 *hash,
                                 struct error *err)
{
	const struct field_value *position = &part->fields[FIELD_POSITION];
	sqlite3_stmt *statement = use_of_item(apply, id, part->kind, statement_text(part, FIELD_ID), err);

	if (statement != NULL) {
		(void)sqlite3_bind_int64(statement, 5, position->presence == PRESENCE_VALUE ? position->integer : POSITION_NONE);
		(void)sqlite3_bind_blob(statement, 6, hash, sizeof(*hash), SQLITE_STATIC);
	}
	return statement;
}

/* The key of the part, which is kept from now on. */
static int keep(struct apply *apply, const struct statement *part, int64_t *ret_key, struct error *err)
{
	const struct hash128 hash = hash_bytes(buffer_slice(&apply->plain), apply->store->seed);
	sqlite3_stmt *statement = use_of_part(apply, SQL_PART_FIND, part, &hash, err);
	int step;

	if (statement == NULL)
		return -1;
	step = sqlite_step_row(apply->store, statement, err);
	if (step < 0)
		return -1;
	if (step == 1) {
		*ret_key = sqlite3_column_int64(statement, 0);
		return 0;
	}
	statement = use_of_part(apply, SQL_PART_INSERT, part, &hash, err);
	if (statement == NULL)
		return -1;
	sqlite_bind_slice(statement, 7, buffer_slice(&apply->plain));
	if (sqlite_step_done(apply->store, statement, err) < 0)
		return -1;
	*ret_key = sqlite3_last_insert_rowid(apply->store->database);
	return 0;
}

static bool is_in_scope(const struct apply *apply, enum item_kind kind)
{
	return apply->policy.scope == APPLY_SCOPE_ALL || (policy_writes_skus(apply) && kind == ITEM_SKU);
}

int part_state(struct apply *apply, const struct statement *statement, struct error *err)
{
	sqlite3_stmt *seen;
	int64_t key;

	if (statement->kind == ITEM_CATEGORY)
		return error_set(err, ERROR_READER, "a part of a category");
	/* What may be written of items is a matter of their own statements, but for what is out of scope altogether. */
	if (!is_in_scope(apply, statement->kind)) {
		apply->counts.kinds[statement->kind].skipped_scope++;
		return 0;
	}
	apply->counts.kinds[statement->kind].merged++;
	if (append_content(&apply->plain, statement, err) < 0)
		return -1;
	if (apply->plain.size == 0)
		return 0;
	apply->has_parts = true;
	if (keep(apply, statement, &key, err) < 0)
		return -1;
	seen = apply_sql(apply, SQL_PART_SEEN, err);
	if (seen == NULL)
		return -1;
	(void)sqlite3_bind_int64(seen, 1, key);
	(void)sqlite3_bind_int64(seen, 2, (int64_t)statement->record);
	(void)sqlite3_bind_int64(seen, 3, (int64_t)statement->stream_offset);
	return sqlite_step_done(apply->store, seen, err);
}

/* Items */

int part_extend(struct apply *apply, enum item_kind kind, const struct cell *stored, struct cell *cells, struct error *err)
{
	cells[row_shape(kind)->parts] = *stored;
	if (stored->type != CELL_TEXT)
		return 0;
	for (size_t list = 0; list < PART_LIST_COUNT; list++) {
		const struct slice more = object_member(stored->text, part_lists[list].name);
		const size_t column = list_column(kind, list);

		if (slice_is_empty(more) || column == row_shape(kind)->count)
			continue;
		list_join(&apply->extended[list], cell_slice(&cells[column]), SIZE_MAX, more);
		if (apply->extended[list].failed)
			return error_set_memory(err);
		cells[column] = cell_text(buffer_slice(&apply->extended[list]));
	}
	return 0;
}

/* The parts of one item, put together. */
struct part_sum {
	struct buffer lists[PART_LIST_COUNT];
	size_t counts[PART_LIST_COUNT];
	struct buffer json; /* of all, for the column */
	enum field_id cut;  /* a list that was too long, or FIELD_COUNT */
	bool has_absent;    /* one was not stated in this run */
	bool has_returned;  /* one was, after runs without it */
	bool is_seen;       /* one was: the first of those is at `place` */
	struct item_place place;
};

static void sum_init(struct part_sum *sum)
{
	*sum = (struct part_sum){.is_seen = false};
	for (size_t list = 0; list < PART_LIST_COUNT; list++)
		buffer_init(&sum->lists[list], 2 * (size_t)field_definition(part_lists[list].field)->max_bytes);
	buffer_init(&sum->json, SIZE_MAX);
}

static void sum_release(struct part_sum *sum)
{
	for (size_t list = 0; list < PART_LIST_COUNT; list++)
		buffer_release(&sum->lists[list]);
	buffer_release(&sum->json);
}

static void sum_clear(struct part_sum *sum)
{
	for (size_t list = 0; list < PART_LIST_COUNT; list++) {
		buffer_clear(&sum->lists[list]);
		sum->counts[list] = 0;
	}
	buffer_clear(&sum->json);
	sum->cut = FIELD_COUNT;
	sum->has_absent = false;
	sum->has_returned = false;
	sum->is_seen = false;
}

/* All parts of an item together are no longer than the list of one record may be. */
static void sum_add_list(struct part_sum *sum, size_t list, struct slice more)
{
	const size_t max = field_definition(part_lists[list].field)->max_bytes;
	struct list_walk walk = list_walk_begin(more);
	struct slice element;

	while (list_walk_next(&walk, &element)) {
		if (sum->counts[list] == LIMIT_LIST_ITEMS || sum->lists[list].size + element.size + 2 > max) {
			sum->cut = part_lists[list].field;
			return;
		}
		(void)buffer_append_byte(&sum->lists[list], sum->counts[list]++ == 0 ? '[' : ','); /* failure sticks */
		(void)buffer_append_slice(&sum->lists[list], element);
	}
}

/* The object of all lists. */
static int sum_finish(struct part_sum *sum, struct error *err)
{
	struct json_writer json;

	json_writer_init(&json, &sum->json);
	for (size_t list = 0; list < PART_LIST_COUNT; list++) {
		if (sum->lists[list].failed)
			return error_set_memory(err);
		if (sum->lists[list].size == 0)
			continue;
		if (sum->json.size == 0)
			json_object_begin(&json);
		json_key(&json, field_definition(part_lists[list].field)->name);
		json_raw(&json, buffer_slice(&sum->lists[list]));
	}
	if (sum->json.size > 0)
		json_object_end(&json);
	return sum->json.failed ? error_set_memory(err) : 0;
}

/* Columns of SQL_PARTS_OF_ITEM. */
enum { PART_CONTENT, PART_ABSENT_RUNS, PART_RECORD, PART_OFFSET };

/* The current row is of a part that this run stated. */
static void sum_see(struct part_sum *sum, sqlite3_stmt *statement)
{
	const struct item_place place = {.record = (uint64_t)sqlite3_column_int64(statement, PART_RECORD),
	                                 .stream_offset = (uint64_t)sqlite3_column_int64(statement, PART_OFFSET)};

	if (!sum->is_seen || place.record < sum->place.record)
		sum->place = place;
	sum->is_seen = true;
	sum->has_returned = sum->has_returned || sqlite3_column_int64(statement, PART_ABSENT_RUNS) > 0;
}

static int sum_make(struct apply *apply, enum item_kind kind, struct slice id, struct part_sum *sum, struct error *err)
{
	sqlite3_stmt *statement = use_of_item(apply, SQL_PARTS_OF_ITEM, kind, id, err);
	int step;

	if (statement == NULL)
		return -1;
	sum_clear(sum);
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		const struct slice content = sqlite_column_slice(statement, PART_CONTENT);

		for (size_t list = 0; list < PART_LIST_COUNT; list++)
			sum_add_list(sum, list, object_member(content, part_lists[list].name));
		if (sqlite3_column_type(statement, PART_RECORD) == SQLITE_NULL)
			sum->has_absent = true;
		else
			sum_see(sum, statement);
	}
	for (size_t list = 0; list < PART_LIST_COUNT; list++)
		if (sum->counts[list] > 0)
			(void)buffer_append_byte(&sum->lists[list], ']'); /* failure sticks */
	return step;
}

static int run_of_item(struct apply *apply, enum sql_id id, enum item_kind kind, struct slice item_id, struct error *err)
{
	sqlite3_stmt *statement = use_of_item(apply, id, kind, item_id, err);

	if (statement == NULL)
		return -1;
	if (id == SQL_PARTS_DELETE_ABSENT)
		(void)sqlite3_bind_int64(statement, 5, apply->policy.missing_after);
	return sqlite_step_done(apply->store, statement, err);
}

/* Parts that this run did not state go as items do. */
static int drop_absent(struct apply *apply, enum item_kind kind, struct slice id, struct part_sum *sum, struct error *err)
{
	if (sum->has_returned && run_of_item(apply, SQL_PARTS_COUNT_SEEN, kind, id, err) < 0)
		return -1;
	if (!sum->has_absent || apply->policy.missing == APPLY_MISSING_KEEP)
		return 0;
	if (run_of_item(apply, SQL_PARTS_COUNT_ABSENT, kind, id, err) < 0 ||
	    run_of_item(apply, SQL_PARTS_DELETE_ABSENT, kind, id, err) < 0 || sum_make(apply, kind, id, sum, err) < 0)
		return -1;
	apply->parts_wait = apply->parts_wait || sum->has_absent;
	return 0;
}

static int complain(struct apply *apply, enum item_kind kind, struct slice id, const struct part_sum *sum, enum complaint_code code,
                    struct error *err)
{
	struct complaint complaint = {
		.code = code, .kind = kind, .item_id = id, .record = sum->place.record, .stream_offset = sum->place.stream_offset};

	if (code == COMPLAINT_LIST_TOO_LONG)
		complaint.field = slice_from(field_definition(sum->cut)->name);
	return complaint_add(apply, &complaint, err);
}

/*
 * How many elements of a list the item's own record has: all but what the parts had added, if they end it. They do not where
 * somebody else has written the list since.
 */
static size_t own_count(const struct stored_row *row, size_t column, struct slice added)
{
	const struct slice whole = cell_slice(&row->cells[column]);
	const size_t all = list_count(whole);
	const size_t more = list_count(added);
	struct list_walk tail = list_walk_begin(whole);
	struct list_walk walk = list_walk_begin(added);
	struct slice left;
	struct slice right;

	if (more > all)
		return all;
	for (size_t index = 0; index < all - more; index++)
		(void)list_walk_next(&tail, &left); /* there are as many */
	while (list_walk_next(&walk, &right))
		if (!list_walk_next(&tail, &left) || !slice_equal(left, right))
			return all;
	return all - more;
}

/* An item and what becomes of it. */
struct part_item {
	enum item_kind kind;
	struct slice id;
	struct sku_row row; /* of a product without halves */
	column_mask held;   /* columns that are not this run's to write */
};

/* The list as the row shall have it, from `sum`; the item keeps what it has of lists that are held. */
static int settle_list(struct apply *apply, const struct part_item *item, size_t list, struct part_sum *sum, struct cell *cells,
                       struct error *err)
{
	const struct cell *stored = item->row.stored.cells;
	const struct slice added = object_member(cell_slice(&stored[row_shape(item->kind)->parts]), part_lists[list].name);
	const size_t column = list_column(item->kind, list);

	if (column == row_shape(item->kind)->count || slice_equal(added, buffer_slice(&sum->lists[list])))
		return 0;
	if (item->kind == ITEM_PRODUCT && column == PRODUCT_COLUMN_CATEGORIES && apply->policy.categories == APPLY_CATEGORIES_ADD) {
		cells[column] = cell_text(buffer_slice(&sum->lists[list]));
		return policy_categories(apply, &stored[column], &cells[column], err);
	}
	list_join(&apply->extended[list], cell_slice(&stored[column]), own_count(&item->row.stored, column, added),
	          buffer_slice(&sum->lists[list]));
	if (apply->extended[list].failed)
		return error_set_memory(err);
	cells[column] = cell_text(buffer_slice(&apply->extended[list]));
	return 0;
}

/* Lists that are held are as they were. */
static int hold_lists(const struct part_item *item, struct part_sum *sum, struct error *err)
{
	const struct slice old = cell_slice(&item->row.stored.cells[row_shape(item->kind)->parts]);

	for (size_t list = 0; list < PART_LIST_COUNT; list++) {
		const size_t column = list_column(item->kind, list);

		if (column == row_shape(item->kind)->count || (item->held & COLUMN_BIT(column)) == 0)
			continue;
		buffer_clear(&sum->lists[list]);
		(void)buffer_append_slice(&sum->lists[list], object_member(old, part_lists[list].name)); /* failure sticks */
	}
	return sum_finish(sum, err);
}

static int rewrite(struct apply *apply, const struct part_item *item, struct part_sum *sum, struct error *err)
{
	const struct row_shape *shape = row_shape(item->kind);
	const struct stored_row *row = &item->row.stored;
	struct cell cells[ROW_COLUMNS_MAX];
	const struct amendment amendment = {.kind = item->kind, .id = item->id, .row = row, .cells = cells};

	if (hold_lists(item, sum, err) < 0)
		return -1;
	if (slice_equal(cell_slice(&row->cells[shape->parts]), buffer_slice(&sum->json)))
		return 0;
	for (size_t column = 0; column < shape->count; column++)
		cells[column] = row->cells[column];
	cells[shape->parts] = cell_text(buffer_slice(&sum->json));
	for (size_t list = 0; list < PART_LIST_COUNT; list++)
		if (settle_list(apply, item, list, sum, cells, err) < 0)
			return -1;
	return item_amend(apply, &amendment, err);
}

/* Is the row one whose lists this run may change? Others keep what they have, and so do their parts. */
static bool is_open(struct apply *apply, enum item_kind kind, const struct stored_row *row, bool is_seen)
{
	const enum mark mark = marks_get(&apply->marks[kind], row->key);

	if (mark == MARK_STATED)
		return true;
	if (kind == ITEM_PRODUCT && !cell_is_text(&row->cells[PRODUCT_COLUMN_ORIGIN], "stated"))
		return true;
	return mark == MARK_NONE && is_seen;
}

/* 1 = the row is this job's and present, 0, -1; another job's that this feed states too is `ret_is_foreign`. */
static int find_own(struct apply *apply, struct part_item *item, bool *ret_is_foreign, struct error *err)
{
	struct stored_row *row = &item->row.stored;
	const int found = item->kind == ITEM_SKU ? sku_find(apply, item->id, &item->row, err)
	                                         : product_find(apply, item->id, row, err);

	*ret_is_foreign = false;
	if (found != 1)
		return found;
	if (row->job_key != apply->ticket.job_key) {
		*ret_is_foreign = marks_get(&apply->marks[item->kind], row->key) == MARK_SKIPPED;
		return 0;
	}
	if (item->kind == ITEM_SKU)
		item->held = offer_held_columns(apply, &item->row);
	if (apply->policy.categories == APPLY_CATEGORIES_IGNORE)
		item->held |= COLUMN_BIT(item->kind == ITEM_SKU ? (size_t)SKU_COLUMN_CATEGORIES
		                                                : (size_t)PRODUCT_COLUMN_CATEGORIES);
	return !cell_is_text(&row->cells[row_shape(item->kind)->status], "missing");
}

/* Parts of an item that is not there. Where items may be left out, the feed may well state it. */
static int complain_not_stated(struct apply *apply, const struct part_item *item, const struct part_sum *sum, bool is_foreign,
                               struct error *err)
{
	if (!sum->is_seen || is_foreign || apply->policy.mode == APPLY_MODE_UPDATE || apply->policy.scope != APPLY_SCOPE_ALL)
		return 0;
	return complain(apply, item->kind, item->id, sum, COMPLAINT_ITEM_NOT_STATED, err);
}

static int settle(struct apply *apply, enum item_kind kind, struct slice id, struct part_sum *sum, struct error *err)
{
	struct part_item item = {.kind = kind, .id = id};
	bool is_foreign;
	const int found = find_own(apply, &item, &is_foreign, err);

	if (found < 0 || sum_make(apply, kind, id, sum, err) < 0)
		return -1;
	if (found == 1 && !is_open(apply, kind, &item.row.stored, sum->is_seen))
		return 0;
	if (drop_absent(apply, kind, id, sum, err) < 0)
		return -1;
	if (found == 0)
		return complain_not_stated(apply, &item, sum, is_foreign, err);
	if (sum->cut != FIELD_COUNT && complain(apply, kind, id, sum, COMPLAINT_LIST_TOO_LONG, err) < 0)
		return -1;
	return rewrite(apply, &item, sum, err);
}

/* All items with parts, or whose row still has some. */
static int gather(struct apply *apply, enum item_kind kind, struct error *err)
{
	static const enum sql_id of_rows[ITEM_KIND_COUNT] = {
		[ITEM_PRODUCT] = SQL_PART_ITEMS_OF_PRODUCTS, [ITEM_SKU] = SQL_PART_ITEMS_OF_SKUS};
	sqlite3_stmt *statement = apply_sql_scoped(apply, of_rows[kind], err);

	if (statement == NULL || sqlite_step_done(apply->store, statement, err) < 0)
		return -1;
	if (!apply->has_parts)
		return 0;
	statement = apply_sql_scoped(apply, SQL_PART_ITEMS_OF_PARTS, err);
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 3, kind);
	return sqlite_step_done(apply->store, statement, err);
}

int part_finish(struct apply *apply, enum item_kind kind, struct error *err)
{
	sqlite3_stmt *statement;
	struct part_sum sum;
	int step;

	if (!is_in_scope(apply, kind))
		return 0;
	if (gather(apply, kind, err) < 0)
		return -1;
	statement = apply_sql(apply, SQL_PART_ITEMS, err);
	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, kind);
	sum_init(&sum);
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		if (settle(apply, kind, sqlite_column_slice(statement, 0), &sum, err) < 0) {
			step = -1;
			break;
		}
	}
	sum_release(&sum);
	return step;
}
