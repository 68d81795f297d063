/*
 * Scope texts: names and descriptions of known items, whosever, in the one
 * language of the job. A value that the item's own job states, or another
 * job of this scope, is not this one's to write.
 */
#include "store/sqlite/apply_sku.h"

#include "base/json.h"

#define TEXT_FIELDS 2

/* A statement as far as it is about texts. */
struct text_item {
	enum item_kind kind;
	struct slice id;
	struct item_place place;
	const char *language;
	size_t count;
	const char *names[TEXT_FIELDS];
	const struct cell *cells[TEXT_FIELDS];
	bool stays[TEXT_FIELDS]; /* the statement says nothing, and the stored value is kept */
	bool is_stated[TEXT_FIELDS];
};

/* A value as it is stored. */
struct text_value {
	bool is_there;
	bool is_foreign;
	int64_t job_key; /* of a foreign value; 0 = the item's own job */
	struct buffer text;
};

enum text_outcome { TEXT_UNCHANGED, TEXT_UPDATED, TEXT_FOREIGN, TEXT_AGAIN, TEXT_AGAIN_OTHERWISE, TEXT_UNKNOWN };

static void item_add(struct text_item *item, enum field_id field, const struct cell *cell, bool is_stated, bool is_kept)
{
	item->names[item->count] = field_definition(field)->name;
	item->cells[item->count] = cell;
	item->is_stated[item->count] = is_stated;
	item->stays[item->count] = is_kept;
	item->count++;
}

static sqlite3_stmt *use_of_text(struct apply *apply, enum sql_id id, const struct text_item *item, size_t field, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, id, err);

	if (statement == NULL)
		return NULL;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key); /* a failure shows at the step */
	sqlite_bind_text(statement, 2, item_kind_name(item->kind));
	sqlite_bind_slice(statement, 3, item->id);
	sqlite_bind_text(statement, 4, item->names[field]);
	sqlite_bind_text(statement, 5, item->language);
	return statement;
}

static int value_read(struct apply *apply, const struct text_item *item, size_t field, struct text_value *ret_value,
                      struct error *err)
{
	sqlite3_stmt *statement = use_of_text(apply, SQL_TEXT_GET, item, field, err);
	int step;

	buffer_clear(&ret_value->text);
	ret_value->is_there = false;
	ret_value->is_foreign = false;
	if (statement == NULL)
		return -1;
	step = sqlite_step_row(apply->store, statement, err);
	if (step != 1)
		return step;
	ret_value->is_there = true;
	ret_value->job_key = sqlite3_column_int64(statement, 1);
	ret_value->is_foreign = sqlite3_column_type(statement, 1) == SQLITE_NULL || !policy_owns(apply, ret_value->job_key);
	(void)buffer_append_slice(&ret_value->text, sqlite_column_slice(statement, 0));
	(void)sqlite3_reset(statement); /* no failure: it gave its row */
	return ret_value->text.failed ? error_set_memory(err) : 0;
}

static int value_write(struct apply *apply, const struct text_item *item, size_t field, struct error *err)
{
	const struct cell *cell = item->cells[field];
	sqlite3_stmt *statement = use_of_text(apply, cell->type == CELL_TEXT ? SQL_TEXT_SET : SQL_TEXT_DELETE, item, field, err);

	if (statement == NULL)
		return -1;
	if (cell->type == CELL_TEXT) {
		sqlite_bind_slice(statement, 6, cell->text);
		(void)sqlite3_bind_int64(statement, 7, apply->ticket.job_key);
	}
	return sqlite_step_done(apply->store, statement, err);
}

/* The change as JSON: {"texts":{"de":{"name":"…"}}}, null where there is none. */
struct text_change_json {
	struct json_writer before;
	struct json_writer after;
	bool has_members;
};

static void json_open(struct json_writer *json, struct buffer *buffer, const char *language)
{
	buffer_clear(buffer);
	json_writer_init(json, buffer);
	json_object_begin(json);
	json_key(json, "texts");
	json_object_begin(json);
	json_key(json, language);
	json_object_begin(json);
}

static void json_close(struct json_writer *json)
{
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
}

static void json_value(struct json_writer *json, const char *name, bool is_there, struct slice text)
{
	json_key(json, name);
	if (is_there)
		json_string(json, text);
	else
		json_null(json);
}

static void change_add(struct apply *apply, struct text_change_json *change, const struct text_item *item, size_t field,
                       const struct text_value *value)
{
	if (!change->has_members) {
		json_open(&change->before, &apply->before, item->language);
		json_open(&change->after, &apply->after, item->language);
	}
	change->has_members = true;
	json_value(&change->before, item->names[field], value->is_there, buffer_slice(&value->text));
	json_value(&change->after, item->names[field], item->cells[field]->type == CELL_TEXT, cell_slice(item->cells[field]));
}

static bool differs(const struct text_item *item, size_t field, const struct text_value *value)
{
	const bool is_text = item->cells[field]->type == CELL_TEXT;

	return value->is_there != is_text || (is_text && !slice_equal(buffer_slice(&value->text), item->cells[field]->text));
}

/* What the run makes of the values of one item. */
struct text_result {
	bool is_changed;
	bool is_ours;        /* one of those that are stated is this job's to write */
	int64_t foreign_key; /* whose another one is; -1 = nobody's */
};

static int write_fields(struct apply *apply, const struct text_item *item, bool only_compare, struct text_result *ret_result,
                        struct error *err)
{
	struct text_change_json change = {.has_members = false};
	struct text_value value;
	int result = 0;

	*ret_result = (struct text_result){.foreign_key = -1};
	buffer_init(&value.text, SIZE_MAX);
	for (size_t field = 0; result == 0 && field < item->count; field++) {
		if (item->stays[field])
			continue;
		result = value_read(apply, item, field, &value, err);
		if (result == 0 && value.is_foreign) {
			if (item->is_stated[field])
				ret_result->foreign_key = value.job_key;
			continue;
		}
		ret_result->is_ours = ret_result->is_ours || item->is_stated[field];
		if (result < 0 || !differs(item, field, &value))
			continue;
		ret_result->is_changed = true;
		if (only_compare)
			continue;
		change_add(apply, &change, item, field, &value);
		result = value_write(apply, item, field, err);
	}
	buffer_release(&value.text);
	if (result < 0 || !change.has_members)
		return result;
	json_close(&change.before);
	json_close(&change.after);
	return change_record_json(apply, item->kind, item->id, err);
}

/* The key of the present item of that id: 1, 0 = none, -1. */
static int find_known(struct apply *apply, const struct text_item *item, int64_t *ret_key, struct error *err)
{
	static const enum sql_id ids[ITEM_KIND_COUNT] = {
		[ITEM_CATEGORY] = SQL_CATEGORY_KNOWN_KEY, [ITEM_PRODUCT] = SQL_PRODUCT_KNOWN_KEY, [ITEM_SKU] = SQL_SKU_KNOWN_KEY};
	sqlite3_stmt *statement = apply_sql(apply, ids[item->kind], err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key);
	sqlite_bind_slice(statement, 2, item->id);
	step = sqlite_step_row(apply->store, statement, err);
	if (step == 1)
		*ret_key = sqlite3_column_int64(statement, 0);
	return step;
}

static int state(struct apply *apply, const struct text_item *item, enum text_outcome *ret_outcome, struct error *err)
{
	const struct policy_skip skip = {.kind = item->kind, .id = item->id, .place = item->place, .is_known = false};
	struct kind_counts *counts = &apply->counts.kinds[item->kind];
	struct text_result result;
	int64_t key;
	const int known = find_known(apply, item, &key, err);
	const bool is_again = known == 1 && marks_get(&apply->marks[item->kind], key) == MARK_STATED;

	*ret_outcome = TEXT_UNKNOWN;
	if (known != 1)
		return known < 0 ? -1 : policy_skip(apply, POLICY_SKIP_SCOPE, &skip, err);
	if (write_fields(apply, item, is_again, &result, err) < 0 || apply_mark(apply, item->kind, key, MARK_STATED, err) < 0)
		return -1;
	if (is_again) {
		*ret_outcome = result.is_changed ? TEXT_AGAIN_OTHERWISE : TEXT_AGAIN;
		return 0;
	}
	/* It may be given up. */
	apply->awaits_items = apply->awaits_items || result.foreign_key >= 0;
	if (result.foreign_key >= 0 && !result.is_ours && !result.is_changed) {
		*ret_outcome = TEXT_FOREIGN;
		counts->skipped_foreign++;
		return complaint_add_foreign(apply, item->kind, item->id, item->place, result.foreign_key, err);
	}
	*ret_outcome = result.is_changed ? TEXT_UPDATED : TEXT_UNCHANGED;
	if (result.is_changed)
		counts->updated++;
	else
		counts->unchanged++;
	return 0;
}

int text_state_sku(struct apply *apply, const struct sku_item *item, enum sku_outcome *ret_outcome, struct error *err)
{
	static const enum sku_outcome outcomes[] = {
		[TEXT_UNCHANGED] = SKU_APPLIED, [TEXT_UPDATED] = SKU_APPLIED,           [TEXT_FOREIGN] = SKU_FOREIGN,
		[TEXT_AGAIN] = SKU_DUPLICATE,   [TEXT_AGAIN_OTHERWISE] = SKU_DUPLICATE, [TEXT_UNKNOWN] = SKU_SKIPPED};
	static const enum sku_column columns[TEXT_FIELDS] = {SKU_COLUMN_NAME, SKU_COLUMN_DESCRIPTION};
	static const enum field_id fields[TEXT_FIELDS] = {FIELD_NAME, FIELD_DESCRIPTION};
	struct text_item texts = {.kind = ITEM_SKU, .id = item->id, .place = item->place, .language = apply->policy.language};
	enum text_outcome outcome;

	for (size_t index = 0; index < TEXT_FIELDS; index++)
		item_add(&texts, fields[index], &item->cells[columns[index]], (item->stated & COLUMN_BIT(columns[index])) != 0,
		         (item->kept & COLUMN_BIT(columns[index])) != 0);
	if (state(apply, &texts, &outcome, err) < 0)
		return -1;
	*ret_outcome = outcomes[outcome];
	if (outcome != TEXT_AGAIN && outcome != TEXT_AGAIN_OTHERWISE)
		return 0;
	return sku_count_duplicate(apply, item, outcome == TEXT_AGAIN ? 0 : COLUMN_BIT(SKU_COLUMN_NAME), err);
}

static int state_shared(struct apply *apply, const struct statement *statement, const size_t *columns, size_t count,
                        struct error *err)
{
	static const enum field_id fields[TEXT_FIELDS] = {FIELD_NAME, FIELD_DESCRIPTION};
	const column_mask stated = policy_stated(statement);
	const column_mask kept = policy_kept(apply, statement);
	struct text_item texts = {.kind = statement->kind,
	                          .id = statement_text(statement, FIELD_ID),
	                          .place = {.record = statement->record, .stream_offset = statement->stream_offset},
	                          .language = apply->policy.language};
	struct cell cells[ROW_COLUMNS_MAX];
	enum text_outcome outcome;

	row_from_statement(statement, cells);
	for (size_t index = 0; index < count; index++)
		item_add(&texts, fields[index], &cells[columns[index]], (stated & COLUMN_BIT(columns[index])) != 0,
		         (kept & COLUMN_BIT(columns[index])) != 0);
	if (state(apply, &texts, &outcome, err) < 0)
		return -1;
	if (outcome == TEXT_AGAIN || outcome == TEXT_AGAIN_OTHERWISE)
		apply->counts.kinds[statement->kind].merged++;
	return 0;
}

int text_state_product(struct apply *apply, const struct statement *statement, struct error *err)
{
	static const size_t columns[] = {PRODUCT_COLUMN_NAME, PRODUCT_COLUMN_DESCRIPTION};

	return state_shared(apply, statement, columns, 2, err);
}

int text_state_category(struct apply *apply, const struct statement *statement, struct error *err)
{
	static const size_t columns[] = {CATEGORY_COLUMN_NAME};

	return state_shared(apply, statement, columns, 1, err);
}

/* One value that this job gave goes: 1, 0 = there is none, -1. */
static int release_next(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, SQL_TEXT_OF_JOB, err);
	struct text_change_json change = {.has_members = false};
	struct text_value value = {.is_there = true};
	const struct cell none = {.type = CELL_NULL};
	struct text_item item = {.count = 1, .cells = {&none}};
	struct cell row[5]; /* entity, item, field, language, value */
	char language[64];
	enum field_id field;
	int result;

	if (statement == NULL)
		return -1;
	result = sqlite_step_row(apply->store, statement, err);
	if (result != 1)
		return result;
	row_read_cells(statement, 0, 5, row);
	while (item.kind < ITEM_SKU && !cell_is_text(&row[0], item_kind_name(item.kind)))
		item.kind++;
	field = field_find(cell_slice(&row[2]));
	if (field == FIELD_COUNT)
		return error_set(err, ERROR_STORE, "a text of no field");
	item.id = cell_slice(&row[1]);
	item.names[0] = field_definition(field)->name;
	(void)snprintf(language, sizeof(language), "%.*s", (int)cell_slice(&row[3]).size, cell_slice(&row[3]).data);
	item.language = language;
	buffer_init(&value.text, SIZE_MAX);
	result = buffer_append_slice(&value.text, cell_slice(&row[4])) < 0 ? error_set_memory(err) : 0;
	if (result == 0) {
		change_add(apply, &change, &item, 0, &value);
		json_close(&change.before);
		json_close(&change.after);
		result = change_record_json(apply, item.kind, item.id, err) < 0 || value_write(apply, &item, 0, err) < 0 ? -1 : 1;
	}
	buffer_release(&value.text);
	return result;
}

int text_finish(struct apply *apply, struct error *err)
{
	int step;

	if (apply->policy.scope == APPLY_SCOPE_TEXTS || apply->is_unproven)
		return 0;
	while ((step = release_next(apply, err)) == 1)
		apply->texts_freed = true;
	return step;
}
