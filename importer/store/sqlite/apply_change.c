/* What a run changes: rows of just the columns that differ, the table of changes, and the plan's digest. */
#include "store/sqlite/apply_known.h"

#include <string.h>

static const char *const action_names[] = {
	[CHANGE_CREATED] = "created", [CHANGE_UPDATED] = "updated", [CHANGE_RESTORED] = "restored", [CHANGE_REMOVED] = "removed"};

void count_created(struct apply *apply, enum item_kind kind)
{
	apply->counts.kinds[kind].created++;
	apply->counts.stock[kind].created++;
}

void count_restored(struct apply *apply, enum item_kind kind)
{
	apply->counts.kinds[kind].restored++;
	apply->counts.stock[kind].restored++;
}

/* Only what a run wrote is certain to be JSON: a person may have edited the column. */
static bool is_json(struct slice text)
{
	return text.size > 0 && (text.data[0] == '[' || text.data[0] == '{') && json_is_valid(text, text.data[0]);
}

void change_append_cell(struct json_writer *json, const struct column *column, const struct cell *cell)
{
	switch (cell->type) {
	case CELL_NULL:
		json_null(json);
		return;
	case CELL_INTEGER:
		json_integer(json, cell->integer);
		return;
	case CELL_TEXT:
		break;
	}
	if (column->form == COLUMN_JSON && is_json(cell->text))
		json_raw(json, cell->text);
	else
		json_string(json, cell->text);
}

/* The cells of `mask`, or all that are not NULL, as an object; the empty slice for no row. */
static int append_row(struct buffer *buffer, const struct change *change, const struct cell *cells, struct error *err)
{
	const struct row_shape *shape = row_shape(change->kind);
	struct json_writer json;

	buffer_clear(buffer);
	if (cells == NULL)
		return 0;
	json_writer_init(&json, buffer);
	json_object_begin(&json);
	for (size_t index = 0; index < shape->count; index++) {
		if (change->mask != 0 ? (change->mask & COLUMN_BIT(index)) == 0 : cells[index].type == CELL_NULL)
			continue;
		json_key(&json, shape->columns[index].name);
		change_append_cell(&json, &shape->columns[index], &cells[index]);
	}
	if (change->suppressed != 0)
		json_member_integer(&json, "suppressed", change->suppressed);
	json_object_end(&json);
	return buffer->failed ? error_set_memory(err) : 0;
}

/* The digest: each piece with its size before it, so that no two changes read alike. */

static char *put_bytes(char *place, const void *bytes, size_t size)
{
	if (size > 0)
		memcpy(place, bytes, size);
	return place + size;
}

static char *put_slice(char *place, struct slice text)
{
	const uint64_t size = text.size;

	return put_bytes(put_bytes(place, &size, sizeof(size)), text.data, text.size);
}

static char *put_head(char *place, const struct change *change)
{
	const unsigned char head[2] = {(unsigned char)change->kind, (unsigned char)change->action};

	return put_slice(put_bytes(place, head, sizeof(head)), change->id);
}

static size_t head_size(const struct change *change)
{
	return 2 + sizeof(uint64_t) + change->id.size;
}

static int digest_add(struct apply *apply, struct error *err)
{
	if (apply->plain.failed)
		return error_set_memory(err);
	apply->digest = hash_add(apply->digest, hash_bytes(buffer_slice(&apply->plain), 0));
	return 0;
}

/* A created row is hashed from its cells, in apply->plain: writing it as JSON would cost more than storing it. */
static int write_created(struct apply *apply, const struct change *change, struct error *err)
{
	const size_t count = row_shape(change->kind)->count;
	size_t size = head_size(change);
	char *place;

	for (size_t index = 0; index < count; index++)
		size += 1 + sizeof(uint64_t) + (change->after[index].type == CELL_TEXT ? change->after[index].text.size : 0);
	buffer_clear(&apply->plain);
	place = buffer_extend(&apply->plain, size);
	if (place == NULL)
		return error_set_memory(err);
	place = put_head(place, change);
	for (size_t index = 0; index < count; index++) {
		const struct cell *cell = &change->after[index];
		const unsigned char number = (unsigned char)index;

		if (cell->type == CELL_NULL)
			continue;
		place = put_bytes(place, &number, sizeof(number));
		if (cell->type == CELL_TEXT)
			place = put_slice(place, cell->text);
		else
			place = put_bytes(place, &cell->integer, sizeof(cell->integer));
	}
	apply->plain.size = (size_t)(place - apply->plain.data);
	return 0;
}

int change_take_back(struct apply *apply, const struct change *change, struct error *err)
{
	if (write_created(apply, change, err) < 0)
		return -1;
	apply->digest = hash_subtract(apply->digest, hash_bytes(buffer_slice(&apply->plain), 0));
	return 0;
}

static int digest_change(struct apply *apply, const struct change *change, struct error *err)
{
	const struct slice before = buffer_slice(&apply->before);
	const struct slice after = buffer_slice(&apply->after);
	char *place;

	buffer_clear(&apply->plain);
	place = buffer_extend(&apply->plain, head_size(change) + 2 * sizeof(uint64_t) + before.size + after.size);
	if (place == NULL)
		return error_set_memory(err);
	(void)put_slice(put_slice(put_head(place, change), before), after);
	return digest_add(apply, err);
}

int change_digest(struct apply *apply, struct slice text, struct error *err)
{
	buffer_clear(&apply->plain);
	(void)buffer_append_slice(&apply->plain, text); /* failure sticks */
	return digest_add(apply, err);
}

static int change_insert(struct apply *apply, const struct change *change, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_CHANGE_INSERT, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.run_id);
	sqlite_bind_slice(statement, 2, slice_from(item_kind_name(change->kind)));
	sqlite_bind_slice(statement, 3, change->id);
	sqlite_bind_slice(statement, 4, slice_from(action_names[change->action]));
	row_bind(statement, 5,
	         (const struct cell[]){cell_text(buffer_slice(&apply->before)), cell_text(buffer_slice(&apply->after))}, 2);
	return sqlite_step_done(apply->store, statement, err);
}

int change_record(struct apply *apply, const struct change *change, struct error *err)
{
	if (change->action == CHANGE_CREATED)
		return write_created(apply, change, err) < 0 ? -1 : digest_add(apply, err);
	if (append_row(&apply->before, change, change->before, err) < 0 ||
	    append_row(&apply->after, change, change->after, err) < 0 || digest_change(apply, change, err) < 0)
		return -1;
	return change->is_amendment ? 0 : change_insert(apply, change, err);
}

int change_record_json(struct apply *apply, enum item_kind kind, struct slice id, struct error *err)
{
	const struct change change = {.kind = kind, .action = CHANGE_UPDATED, .id = id};

	if (apply->before.failed || apply->after.failed)
		return error_set_memory(err);
	return digest_change(apply, &change, err) < 0 ? -1 : change_insert(apply, &change, err);
}

/* Rows by their keys */

int row_get(struct apply *apply, enum sql_id sql, enum item_kind kind, int64_t key, struct stored_row *ret_row,
            struct slice *ret_id, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, sql, err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, key);
	step = sqlite_step_row(apply->store, statement, err);
	if (step == 0)
		(void)error_set(err, ERROR_STORE, "a row of '%s' is gone", row_shape(kind)->table);
	if (step != 1)
		return -1;
	row_read(statement, kind, ret_row);
	*ret_id = sqlite_column_slice(statement, (int)row_shape(kind)->count + 3);
	return 0;
}

/* Updates */

static int update_sql(struct apply *apply, const struct row_update *update, struct error *err)
{
	const struct row_shape *shape = row_shape(update->kind);
	struct buffer *sql = &apply->plain;
	const char *comma = "";
	int parameter = 3;

	buffer_clear(sql);
	(void)buffer_append_format(sql, "UPDATE %s SET ", (update->mask & shape->apart_columns) != 0 ? shape->apart : shape->table);
	if (update->adopts) {
		(void)buffer_append_text(sql, shape->adopt);
		comma = ", ";
	}
	for (size_t index = 0; index < shape->count; index++) {
		if ((update->mask & COLUMN_BIT(index)) == 0)
			continue;
		(void)buffer_append_format(sql, "%s%s = ?%d", comma, shape->columns[index].name, parameter++);
		comma = ", ";
	}
	(void)buffer_append_format(sql, " WHERE %s = ?2", shape->key);
	return buffer_text(sql) == NULL ? error_set_memory(err) : 0;
}

/* The statement for these columns, made where it is not kept. */
static sqlite3_stmt *update_use(struct apply *apply, const struct row_update *update, struct error *err)
{
	struct update_entry *entry;

	for (size_t index = 0; index < UPDATE_CACHE_SIZE; index++) {
		entry = &apply->updates[index];
		if (entry->statement != NULL && entry->kind == update->kind && entry->mask == update->mask &&
		    entry->adopts == update->adopts) {
			(void)sqlite3_reset(entry->statement); /* a failure was told at its step */
			return entry->statement;
		}
	}
	entry = &apply->updates[apply->updates_next];
	apply->updates_next = (apply->updates_next + 1) % UPDATE_CACHE_SIZE;
	(void)sqlite3_finalize(entry->statement);
	*entry = (struct update_entry){.kind = update->kind, .mask = update->mask, .adopts = update->adopts};
	if (update_sql(apply, update, err) < 0 || sqlite_prepare(apply->store, apply->plain.data, &entry->statement, err) < 0) {
		entry->statement = NULL;
		return NULL;
	}
	return entry->statement;
}

/* Columns of one table. */
static int update_table(struct apply *apply, const struct row_update *update, struct error *err)
{
	sqlite3_stmt *statement;
	int parameter = 3;

	if (update->mask == 0 && !update->adopts)
		return 0;
	statement = update_use(apply, update, err);
	if (statement == NULL)
		return -1;
	if (update->adopts)
		(void)sqlite3_bind_int64(statement, 1, apply->ticket.job_key);
	(void)sqlite3_bind_int64(statement, 2, update->key);
	for (size_t index = 0; index < row_shape(update->kind)->count; index++)
		if ((update->mask & COLUMN_BIT(index)) != 0)
			row_bind(statement, parameter++, &update->cells[index], 1);
	return sqlite_step_done(apply->store, statement, err);
}

int row_update(struct apply *apply, const struct row_update *update, struct error *err)
{
	const column_mask apart_columns = row_shape(update->kind)->apart_columns;
	struct row_update own = *update;
	struct row_update apart = *update;

	if (update->mask == 0 && !update->adopts)
		return 0;
	if (known_use_note_change(apply, update->kind, update->key, err) < 0)
		return -1;
	own.mask &= ~apart_columns;
	apart.mask &= apart_columns;
	apart.adopts = false;
	return update_table(apply, &own, err) < 0 || update_table(apply, &apart, err) < 0 ? -1 : 0;
}

void row_updates_release(struct apply *apply)
{
	for (size_t index = 0; index < UPDATE_CACHE_SIZE; index++) {
		(void)sqlite3_finalize(apply->updates[index].statement); /* a failure was told at its step */
		apply->updates[index].statement = NULL;
	}
}
