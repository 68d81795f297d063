/*
 * Custom fields. Their definitions belong to the catalogue and stand in the
 * feed before or behind the items that have them, so both are gathered, and
 * compared at the end. The first definition of a field counts.
 */
#include "store/sqlite/apply_private.h"

#include "base/limits.h"
#include "store/sqlite/apply_list.h"

/* Types of the values that items have, as bits. */
enum {
	VALUE_BOOL = 1,
	VALUE_INT = 2,
	VALUE_FLOAT = 4,
	VALUE_UNICODE = 8,
};

/* Columns of a definition, in the order of the statements. */
enum {
	DEFINITION_NAME,
	DEFINITION_VALUE_TYPE,
	DEFINITION_REQUIRED,
	DEFINITION_DEFAULT_VALUE,
	DEFINITION_ENUM_VALUES,
	DEFINITION_COLUMN_COUNT
};

static const struct column definition_columns[DEFINITION_COLUMN_COUNT] = {
	[DEFINITION_NAME] = {.name = "name", .form = COLUMN_TEXT, .field = FIELD_COUNT},
	[DEFINITION_VALUE_TYPE] = {.name = "value_type", .form = COLUMN_TEXT, .field = FIELD_COUNT},
	[DEFINITION_REQUIRED] = {.name = "required", .form = COLUMN_INTEGER, .field = FIELD_COUNT},
	[DEFINITION_DEFAULT_VALUE] = {.name = "default_value", .form = COLUMN_TEXT, .field = FIELD_COUNT},
	[DEFINITION_ENUM_VALUES] = {.name = "enum_values", .form = COLUMN_JSON, .field = FIELD_COUNT},
};

struct definition {
	struct slice entity;
	struct slice field_id;
	struct cell cells[DEFINITION_COLUMN_COUNT];
};

/* Gathering */

int field_state(struct apply *apply, const struct field_statement *field, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_FIELD_STATE, err);
	const struct cell cells[] = {
		cell_text(slice_from(item_kind_name(field->entity))),
		cell_text(field->field_id),
		cell_text(field->name),
		cell_text(field->value_type),
		cell_integer(field->is_required),
		cell_text(field->default_value),
		cell_text(field->enum_values),
	};

	if (statement == NULL)
		return -1;
	if (slice_is_empty(field->field_id) || (field->entity != ITEM_PRODUCT && field->entity != ITEM_SKU))
		return error_set(err, ERROR_READER, "a custom field without an id or of no kind that has them");
	apply->fields_stated = true;
	row_bind(statement, 1, cells, sizeof(cells) / sizeof(cells[0]));
	return sqlite_step_done(apply->store, statement, err);
}

static unsigned value_type(struct slice value)
{
	if (value.data[0] == '"')
		return VALUE_UNICODE;
	if (value.data[0] == 't' || value.data[0] == 'f')
		return VALUE_BOOL;
	for (size_t index = 0; index < value.size; index++)
		if (value.data[index] == '.' || value.data[index] == 'e' || value.data[index] == 'E')
			return VALUE_FLOAT;
	return VALUE_INT;
}

/* The types of a field's values are kept with the first item that has it. */
static int note_types(struct apply *apply, const struct statement *item, struct slice field_id, unsigned types, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_FIELD_NOTE, err);
	const struct cell cells[] = {
		cell_text(slice_from(item_kind_name(item->kind))),
		cell_text(field_id),
		cell_integer((int64_t)types),
		cell_text(statement_text(item, FIELD_ID)),
		cell_integer((int64_t)item->record),
		cell_integer((int64_t)item->stream_offset),
	};

	if (statement == NULL)
		return -1;
	row_bind(statement, 1, cells, sizeof(cells) / sizeof(cells[0]));
	return sqlite_step_done(apply->store, statement, err);
}

int field_note(struct apply *apply, const struct statement *statement, struct error *err)
{
	struct list_walk walk = object_walk_begin(statement_text(statement, FIELD_CUSTOM_FIELDS));
	struct slice name;
	struct slice value;

	while (object_walk_next(&walk, &name, &value)) {
		struct slice field_id;
		uint32_t *known;

		if (!list_string(name, &apply->scratch, &field_id)) {
			if (apply->scratch.failed)
				return error_set_memory(err);
			continue;
		}
		known = hash_table_put(&apply->custom_fields, hash_bytes(field_id, apply->store->seed + (uint64_t)statement->kind),
		                       NULL);
		if (known == NULL)
			return error_set_memory(err);
		if ((*known & value_type(value)) != 0)
			continue;
		if (apply->custom_fields.count > LIMIT_CUSTOM_FIELDS)
			return error_set(err, ERROR_LIMIT, "the items have more than %d different custom fields",
			                 LIMIT_CUSTOM_FIELDS);
		*known |= value_type(value);
		if (note_types(apply, statement, field_id, *known, err) < 0)
			return -1;
	}
	return 0;
}

/* Writing */

static void append_definition(struct json_writer *json, const struct cell *cells)
{
	if (cells == NULL) {
		json_null(json);
		return;
	}
	json_object_begin(json);
	for (size_t column = 0; column < DEFINITION_COLUMN_COUNT; column++) {
		if (cells[column].type == CELL_NULL)
			continue;
		json_key(json, definition_columns[column].name);
		change_append_cell(json, &definition_columns[column], &cells[column]);
	}
	json_object_end(json);
}

/* As a line of the plan, which the digest covers. */
static int tell(struct apply *apply, const struct definition *definition, const struct cell *before, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_FIELD_TELL, err);
	struct json_writer json;

	if (statement == NULL)
		return -1;
	buffer_clear(&apply->after);
	json_writer_init(&json, &apply->after);
	json_object_begin(&json);
	json_member_text(&json, "plan", "field");
	json_member_string(&json, "entity", definition->entity);
	json_member_string(&json, "field_id", definition->field_id);
	json_key(&json, "before");
	append_definition(&json, before);
	json_key(&json, "after");
	append_definition(&json, definition->cells);
	json_object_end(&json);
	if (apply->after.failed)
		return error_set_memory(err);
	if (change_digest(apply, buffer_slice(&apply->after), err) < 0)
		return -1;
	sqlite_bind_slice(statement, 1, buffer_slice(&apply->after));
	return sqlite_step_done(apply->store, statement, err);
}

static int write_definition(struct apply *apply, const struct definition *definition, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_FIELD_WRITE, err);

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key); /* a failure shows at the step */
	sqlite_bind_slice(statement, 2, definition->entity);
	sqlite_bind_slice(statement, 3, definition->field_id);
	row_bind(statement, 4, definition->cells, DEFINITION_COLUMN_COUNT);
	return sqlite_step_done(apply->store, statement, err);
}

/* Each row of temp.field_statement that the catalogue does not have just so: what it has stands behind what is stated. */
static int write_stated(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_FIELDS_DIFFERING, err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key);
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		struct definition definition = {.entity = sqlite_column_slice(statement, 0),
		                                .field_id = sqlite_column_slice(statement, 1)};
		struct cell before[DEFINITION_COLUMN_COUNT];

		row_read_cells(statement, 2, DEFINITION_COLUMN_COUNT, definition.cells);
		row_read_cells(statement, 2 + DEFINITION_COLUMN_COUNT, DEFINITION_COLUMN_COUNT, before);
		if (tell(apply, &definition, before[DEFINITION_VALUE_TYPE].type == CELL_NULL ? NULL : before, err) < 0 ||
		    write_definition(apply, &definition, err) < 0)
			return -1;
	}
	return step;
}

/* What all values of a field are, whatever their order. */
static const char *common_type(unsigned types)
{
	switch (types) {
	case VALUE_BOOL:
		return "bool";
	case VALUE_INT:
		return "int";
	case VALUE_FLOAT:
	case VALUE_INT | VALUE_FLOAT:
		return "float";
	default:
		return "unicode";
	}
}

static int create_definition(struct apply *apply, struct slice entity, struct slice field_id, unsigned types, struct error *err)
{
	const struct definition definition = {
		.entity = entity,
		.field_id = field_id,
		.cells = {[DEFINITION_NAME] = cell_text(field_id),
	                  [DEFINITION_VALUE_TYPE] = cell_text(slice_from(common_type(types))),
	                  [DEFINITION_REQUIRED] = cell_integer(0)},
	};

	return tell(apply, &definition, NULL, err) < 0 ? -1 : write_definition(apply, &definition, err);
}

static enum item_kind entity_kind(struct slice entity)
{
	return slice_equal_text(entity, item_kind_name(ITEM_SKU)) ? ITEM_SKU : ITEM_PRODUCT;
}

/* Fields that items have and nobody defined: defined by what they hold, or one complaint each. */
static int settle_undefined(struct apply *apply, struct error *err)
{
	sqlite3_stmt *statement = apply_sql(apply, SQL_FIELDS_UNDEFINED, err);
	int step;

	if (statement == NULL)
		return -1;
	(void)sqlite3_bind_int64(statement, 1, apply->ticket.catalog_key);
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		const struct slice entity = sqlite_column_slice(statement, 0);
		const struct complaint complaint = {.code = COMPLAINT_FIELD_UNKNOWN,
		                                    .kind = entity_kind(entity),
		                                    .item_id = sqlite_column_slice(statement, 3),
		                                    .field = sqlite_column_slice(statement, 1),
		                                    .record = (uint64_t)sqlite3_column_int64(statement, 4),
		                                    .stream_offset = (uint64_t)sqlite3_column_int64(statement, 5)};
		const unsigned types = (unsigned)sqlite3_column_int(statement, 2);

		if (apply->policy.creates_fields ? create_definition(apply, entity, complaint.field, types, err) < 0
		                                 : complaint_add(apply, &complaint, err) < 0)
			return -1;
	}
	return step;
}

/* Checking */

/* Items of the kind that this run states and that break a definition, as `id` lists them: key, id, field, value. */
static int complain_of_items(struct apply *apply, enum item_kind kind, enum sql_id id, enum complaint_code code, struct error *err)
{
	sqlite3_stmt *statement = apply_sql_scoped(apply, id, err);
	int step;

	if (statement == NULL)
		return -1;
	while ((step = sqlite_step_row(apply->store, statement, err)) == 1) {
		const struct complaint complaint = {.code = code,
		                                    .kind = kind,
		                                    .item_id = sqlite_column_slice(statement, 1),
		                                    .field = sqlite_column_slice(statement, 2),
		                                    .text = sqlite_column_slice(statement, 3)};

		if (marks_get(&apply->marks[kind], sqlite3_column_int64(statement, 0)) == MARK_STATED &&
		    complaint_add(apply, &complaint, err) < 0)
			return -1;
	}
	return step;
}

int field_finish(struct apply *apply, struct error *err)
{
	if (!policy_writes_skus(apply))
		return 0;
	if (apply->fields_stated && write_stated(apply, err) < 0)
		return -1;
	if (apply->custom_fields.count > 0 && settle_undefined(apply, err) < 0)
		return -1;
	if (complain_of_items(apply, ITEM_PRODUCT, SQL_PRODUCTS_WITHOUT_FIELD, COMPLAINT_FIELD_MISSING, err) < 0 ||
	    complain_of_items(apply, ITEM_SKU, SQL_SKUS_WITHOUT_FIELD, COMPLAINT_FIELD_MISSING, err) < 0)
		return -1;
	if (apply->custom_fields.count == 0)
		return 0;
	if (complain_of_items(apply, ITEM_PRODUCT, SQL_PRODUCTS_WITH_OTHER_VALUE, COMPLAINT_FIELD_VALUE_UNKNOWN, err) < 0)
		return -1;
	return complain_of_items(apply, ITEM_SKU, SQL_SKUS_WITH_OTHER_VALUE, COMPLAINT_FIELD_VALUE_UNKNOWN, err);
}
