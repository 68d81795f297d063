/*
 * What hangs on items and on nothing but the catalogue: holders, counts of
 * absent runs, parts, definitions of fields, texts of jobs. Such a row is
 * taken back as a whole or not at all.
 */
#include "store/sqlite/undo_private.h"

#define SIDES                                                                                                             \
	"SELECT u.source, u.item_id, u.detail, u.before, u.after FROM undo_row u WHERE u.run_id = ?1 AND u.source NOT IN" \
	" ('category', 'product', 'sku')"
#define IS_GOING "EXISTS (SELECT 1 FROM temp.undo_going g WHERE g.kind = " OWNER " AND g.item_id = u.item_id)"
#define IS_STAYING "EXISTS (SELECT 1 FROM temp.undo_staying t WHERE t.kind = " OWNER " AND t.item_id = u.item_id)"
/* Parts are of the undone run's own job. */
#define OWNER "iif(u.source = 'part', json_extract(u.detail, '$[0]'), " UNDO_KIND ")"

/* Is the item of the entry there, and no other in its place? A part waits without one, and a definition has none. 1, 0, -1. */
static int item_is_there(struct undo *undo, const struct undo_entry *entry, struct error *err)
{
	struct undo_entry item = {.item_id = entry->item_id, .detail = slice_from("")};
	struct undo_now now;
	enum item_kind kind;
	int found;

	if (entry->source == UNDO_PART || !undo_entry_kind(entry, &kind))
		return 1;
	item.source = (enum undo_source)kind;
	found = undo_get(undo, &item, &now, err);
	return found <= 0 ? found : undo_is_same_row(undo, kind, entry->item_id, &now, err);
}

/* The run made the row, and it is gone, with its item: no matter where that one is gone rightly. 1, 0, -1. */
static int is_gone_rightly(struct undo *undo, const struct undo_entry *entry, struct error *err)
{
	enum item_kind kind;

	return !entry->was_there && undo_entry_kind(entry, &kind) ? undo_is_gone_rightly(undo, kind, entry->item_id, err) : 0;
}

/* Which products were left without SKUs the next runs look up anew: it is in nobody's way. */
static int obstruct(struct undo *undo, const struct undo_entry *entry, const struct undo_obstacle *obstacle, struct error *err)
{
	return entry->source == UNDO_LEFT ? 0 : undo_report(undo, entry, obstacle, err);
}

/* Texts are told as changes of their item. */

static int text_json(struct buffer *buffer, const struct undo_entry *entry, const struct cell *value, struct error *err)
{
	struct json_writer json;

	buffer_clear(buffer);
	json_writer_init(&json, buffer);
	json_object_begin(&json);
	json_key(&json, "texts");
	json_object_begin(&json);
	json_key_slice(&json, cell_slice(&entry->keys[2]));
	json_object_begin(&json);
	json_key_slice(&json, cell_slice(&entry->keys[1]));
	undo_append_cell(&json, value);
	json_object_end(&json);
	json_object_end(&json);
	json_object_end(&json);
	return buffer->failed ? error_set_memory(err) : 0;
}

static int tell_text(struct undo *undo, const struct undo_entry *entry, const struct cell *before, const struct cell *after,
                     struct error *err)
{
	struct apply *apply = undo->apply;
	enum item_kind kind;
	int is_new;

	if (entry->source != UNDO_TEXT || !undo_entry_kind(entry, &kind) || undo_cell_equal(before, after))
		return 0;
	is_new = undo_tell_once(undo, kind, entry->item_id, err);
	if (is_new < 0 || text_json(&apply->before, entry, before, err) < 0 || text_json(&apply->after, entry, after, err) < 0)
		return -1;
	apply->counts.kinds[kind].updated += is_new;
	return change_record_json(apply, kind, entry->item_id, err);
}

static int put(struct undo *undo, const struct undo_entry *entry, const struct cell *cells, struct error *err)
{
	sqlite3_stmt *statement = undo_use(undo, UNDO_PUT, entry, err);

	if (statement == NULL)
		return -1;
	row_bind(statement, (int)entry->key_count + 3, cells, undo_table(entry->source)->count);
	return sqlite_step_done(undo->apply->store, statement, err);
}

/* A row that the run made or changed */

/* Is it still what the run left? 1; 0 = no, and told; -1. */
static int is_as_left(struct undo *undo, const struct undo_entry *entry, const struct undo_now *now, struct error *err)
{
	for (size_t column = 0; column < undo_table(entry->source)->count; column++) {
		const struct undo_obstacle obstacle = {.column = column,
		                                       .to_be = entry->was_there ? &entry->before[column] : NULL,
		                                       .is_now = &now->cells[column],
		                                       .reason = "it is no longer what the run made of it"};

		if ((entry->after_mask & UNDO_BIT(column)) != 0 && !undo_cell_equal(&now->cells[column], &entry->after[column]))
			return obstruct(undo, entry, &obstacle, err);
	}
	return 1;
}

static int write_back(struct undo *undo, const struct undo_entry *entry, struct undo_now *now, struct error *err)
{
	const struct cell none = {.type = CELL_NULL};
	const struct cell value = now->cells[0];
	sqlite3_stmt *statement;

	if (!entry->was_there) {
		if (tell_text(undo, entry, &value, &none, err) < 0)
			return -1;
		statement = undo_use(undo, UNDO_REMOVE, entry, err);
		return statement == NULL ? -1 : sqlite_step_done(undo->apply->store, statement, err);
	}
	for (size_t column = 0; column < undo_table(entry->source)->count; column++)
		if ((entry->before_mask & UNDO_BIT(column)) != 0)
			now->cells[column] = entry->before[column];
	return tell_text(undo, entry, &value, &now->cells[0], err) < 0 ? -1 : put(undo, entry, now->cells, err);
}

static int go(struct undo *undo, const struct undo_entry *entry, struct error *err)
{
	const struct undo_obstacle obstacle = {.column = UNDO_ROW, .reason = "the run made or changed it, and it is gone since"};
	struct undo_now now = {.key = 0};
	int result = item_is_there(undo, entry, err);
	int found;

	if (result < 0)
		return -1;
	if (result == 0) {
		result = is_gone_rightly(undo, entry, err);
		return result < 0 ? -1 : result == 1 ? 0 : obstruct(undo, entry, &obstacle, err);
	}
	found = undo_get(undo, entry, &now, err);
	if (found <= 0)
		return found < 0 ? -1 : obstruct(undo, entry, &obstacle, err);
	result = is_as_left(undo, entry, &now, err);
	return result <= 0 ? result : write_back(undo, entry, &now, err);
}

int undo_sides_that_go(struct undo *undo, struct error *err)
{
	return undo_each(undo, SIDES " AND u.after IS NOT NULL AND NOT " IS_GOING " AND NOT " IS_STAYING, go, err);
}

int undo_sides_of_created(struct undo *undo, struct error *err)
{
	return undo_each(undo, SIDES " AND u.after IS NOT NULL AND " IS_GOING, go, err);
}

/* A row that the run deleted */

static int come(struct undo *undo, const struct undo_entry *entry, struct error *err)
{
	struct undo_obstacle obstacle = {.column = UNDO_ROW, .reason = "the run deleted it, and it is there again"};
	const struct cell none = {.type = CELL_NULL};
	struct undo_now now;
	const int found = undo_get(undo, entry, &now, err);
	int is_there;

	if (found != 0)
		return found < 0 ? -1 : obstruct(undo, entry, &obstacle, err);
	obstacle.reason = "the run deleted it, and the item that it belongs to is gone";
	is_there = item_is_there(undo, entry, err);
	if (is_there != 1)
		return is_there < 0 ? -1 : obstruct(undo, entry, &obstacle, err);
	return tell_text(undo, entry, &none, &entry->before[0], err) < 0 ? -1 : put(undo, entry, entry->before, err);
}

int undo_sides_that_return(struct undo *undo, struct error *err)
{
	return undo_each(undo, SIDES " AND u.after IS NULL", come, err);
}
