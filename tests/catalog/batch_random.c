/* Random statements with a fixed seed, and the judge of what a decoder hands out. */
#include "base/arena.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "catalog/values.h"
#include "catalog_tests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* splitmix64 */
uint32_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return (uint32_t)(z >> 32);
}

static struct slice random_text(uint64_t *state, struct arena *arena, size_t max_bytes)
{
	static const char *const pieces[] = {"a",      "Z",          "0",  "-",  "\u00E9", "\u0436",
	                                     "\u20AC", "\U0001F6D2", "\\", "\"", "word",   "\u00FCber"};
	const size_t size = 1 + random_next(state) % max_bytes;
	char *const text = arena_alloc(arena, size + 8);
	size_t used = 0;

	assert_non_null(text);
	while (used < size) {
		const char *piece = pieces[random_next(state) % (sizeof(pieces) / sizeof(pieces[0]))];

		if (used + strlen(piece) > max_bytes)
			piece = "x";
		memcpy(text + used, piece, strlen(piece));
		used += strlen(piece);
	}
	return (struct slice){text, used};
}

static struct slice pick(uint64_t *state, const char *const *words, size_t count)
{
	return slice_from(words[random_next(state) % count]);
}

#define PICK(state, ...) \
	pick(state, (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void random_text_entry(uint64_t *state, struct arena *arena, struct json_writer *json)
{
	json_object_begin(json);
	json_member_string(json, "field", PICK(state, "name", "description"));
	json_member_string(json, "language", PICK(state, "de", "pt-BR", "uk"));
	json_member_string(json, "value", random_text(state, arena, 40));
	json_object_end(json);
}

static void random_custom_value(uint64_t *state, struct arena *arena, struct json_writer *json)
{
	switch (random_next(state) % 3) {
	case 0:
		json_bool(json, random_next(state) % 2 == 0);
		break;
	case 1:
		json_raw(json, PICK(state, "0", "-12", "1.5", "2e3"));
		break;
	default:
		json_string(json, random_text(state, arena, 40));
		break;
	}
}

static void random_json_element(uint64_t *state, struct arena *arena, enum field_id field, struct json_writer *json)
{
	if (field == FIELD_TEXTS) {
		random_text_entry(state, arena, json);
		return;
	}
	if (field_definition(field)->type == FIELD_TYPE_OBJECT)
		json_key_slice(json, random_text(state, arena, 12));
	if (field == FIELD_CUSTOM_FIELDS)
		random_custom_value(state, arena, json);
	else
		json_string(json, random_text(state, arena, 40));
}

static struct slice random_json(uint64_t *state, struct arena *arena, enum field_id field)
{
	const bool is_object = field_definition(field)->type == FIELD_TYPE_OBJECT;
	struct buffer buffer;
	struct json_writer json;
	struct slice copy = {NULL, 0};
	const unsigned count = random_next(state) % 4;

	buffer_init(&buffer, 65536);
	json_writer_init(&json, &buffer);
	if (is_object)
		json_object_begin(&json);
	else
		json_array_begin(&json);
	for (unsigned i = 0; i < count; i++)
		random_json_element(state, arena, field, &json);
	if (is_object)
		json_object_end(&json);
	else
		json_array_end(&json);
	assert_false(buffer.failed);
	assert_true(arena_copy(arena, buffer_slice(&buffer), &copy));
	buffer_release(&buffer);
	return copy;
}

static struct slice random_content(uint64_t *state, struct arena *arena, enum field_id field)
{
	const struct field_definition *const definition = field_definition(field);

	if (definition->type != FIELD_TYPE_TEXT)
		return random_json(state, arena, field);
	switch (field) {
	case FIELD_CURRENCY:
		return PICK(state, "EUR", "UAH", "RUB", "USD");
	case FIELD_AVAILABILITY:
		return PICK(state, "in_stock", "out_of_stock", "preorder", "backorder", "on_order", "limited", "discontinued",
		            "unknown");
	case FIELD_CONDITION:
		return PICK(state, "new", "refurbished", "used");
	case FIELD_STATUS:
		return slice_from("hidden");
	default:
		return random_text(state, arena,
		                   random_next(state) % 16 == 0 && definition->max_bytes < 9000 ? definition->max_bytes : 60);
	}
}

static struct field_value random_value(uint64_t *state, struct arena *arena, enum field_id field)
{
	const struct field_definition *const definition = field_definition(field);
	const bool is_key = field == FIELD_ID || field == FIELD_PRODUCT_ID;
	const unsigned dice = is_key ? 9 : random_next(state) % 10;
	int64_t integer;

	if (dice < 3)
		return (struct field_value){.presence = PRESENCE_ABSENT};
	if (dice == 3)
		return (struct field_value){.presence = PRESENCE_EMPTY};
	if (definition->type != FIELD_TYPE_INTEGER)
		return (struct field_value){.presence = PRESENCE_VALUE, .text = random_content(state, arena, field)};
	integer = (int64_t)((uint64_t)random_next(state) << 18 | random_next(state) >> 14);
	if (integer > definition->maximum || random_next(state) % 20 == 0)
		integer = definition->maximum;
	if (definition->minimum < 0 && random_next(state) % 2 == 0)
		integer = -integer;
	return (struct field_value){.presence = PRESENCE_VALUE, .integer = integer};
}

static bool action_has_field(enum statement_action action, enum field_id field)
{
	if (field == FIELD_ID || (action != STATEMENT_REJECTED && action != STATEMENT_PART))
		return true;
	return action == STATEMENT_PART && (field == FIELD_POSITION || (statement_part_fields() >> field & 1) != 0);
}

struct statement random_statement(uint64_t *state, struct arena *arena, uint64_t record)
{
	const enum item_kind kind = (enum item_kind)(random_next(state) % ITEM_KIND_COUNT);
	enum statement_action action = random_next(state) % 8 == 0 ? STATEMENT_REJECTED : STATEMENT_STATED;
	struct statement statement;

	if (action == STATEMENT_STATED && random_next(state) % (kind == ITEM_CATEGORY ? 2 : 5) == 0)
		action = kind == ITEM_CATEGORY ? STATEMENT_DERIVED : STATEMENT_PART;
	statement_init(&statement, kind, action);
	statement.record = record;
	statement.stream_offset = record * 1000;
	for (enum field_id field = 0; field < FIELD_COUNT; field++)
		if (field_belongs(field, kind) && action_has_field(action, field))
			statement.fields[field] = random_value(state, arena, field);
	if (action == STATEMENT_REJECTED && random_next(state) % 2 == 0)
		statement.fields[FIELD_ID].presence = PRESENCE_ABSENT;
	if (kind == ITEM_SKU && action == STATEMENT_STATED) {
		statement.product_link = (enum product_link)(random_next(state) % 5);
		if (statement.product_link == PRODUCT_LINK_SELF || statement.product_link == PRODUCT_LINK_LISTED)
			statement.fields[FIELD_PRODUCT_ID] = statement.fields[FIELD_ID];
	}
	return statement;
}

static void assert_id_is_valid(struct slice id)
{
	assert_in_range(id.size, 1, LIMIT_ID_BYTES);
	assert_true(slice_equal(slice_trim(id), id));
}

static void assert_text_is_valid(enum field_id field, struct slice text)
{
	assert_in_range(text.size, 1, field_definition(field)->max_bytes);
	assert_true(utf8_is_valid(text));
	assert_null(memchr(text.data, '\0', text.size));
	if (field == FIELD_ID || field == FIELD_PARENT_ID || field == FIELD_PRODUCT_ID || field == FIELD_REFERENCE)
		assert_id_is_valid(text);
	else if (field_definition(field)->type == FIELD_TYPE_ARRAY)
		assert_true(json_is_valid(text, '['));
	else if (field_definition(field)->type == FIELD_TYPE_OBJECT)
		assert_true(json_is_valid(text, '{'));
	else if (field == FIELD_AVAILABILITY)
		assert_true(availability_is_canonical(text));
	else if (field == FIELD_CONDITION)
		assert_true(condition_is_canonical(text));
	else if (field == FIELD_STATUS)
		assert_true(slice_equal_text(text, "hidden"));
	for (size_t i = 0; field == FIELD_CURRENCY && i < 3; i++)
		assert_in_range(text.data[i], 'A', 'Z');
}

static void assert_statement_is_valid(const struct statement *statement)
{
	assert_in_range(statement->kind, 0, ITEM_KIND_COUNT - 1);
	assert_in_range(statement->action, 0, STATEMENT_PART);
	assert_in_range(statement->product_link, 0, statement->kind == ITEM_SKU ? PRODUCT_LINK_LISTED : 0);
	assert_true(statement->action != STATEMENT_PART || statement->product_link == 0);
	assert_true(statement->action != STATEMENT_DERIVED || statement->kind == ITEM_CATEGORY);
	for (enum field_id field = 0; field < FIELD_COUNT; field++) {
		const struct field_value *const value = &statement->fields[field];

		assert_in_range(value->presence, 0, PRESENCE_VALUE);
		if (value->presence == PRESENCE_ABSENT)
			continue;
		assert_true(field_belongs(field, statement->kind));
		assert_true(action_has_field(statement->action, field));
		if (value->presence == PRESENCE_EMPTY)
			continue;
		if (field_definition(field)->type == FIELD_TYPE_INTEGER)
			assert_true(value->integer >= field_definition(field)->minimum &&
			            value->integer <= field_definition(field)->maximum);
		else
			assert_text_is_valid(field, value->text);
	}
	if (statement->action != STATEMENT_REJECTED)
		assert_int_equal(statement->fields[FIELD_ID].presence, PRESENCE_VALUE);
	if (statement->action == STATEMENT_STATED && statement->kind == ITEM_SKU)
		assert_int_equal(statement->fields[FIELD_PRODUCT_ID].presence, PRESENCE_VALUE);
}

static void assert_complaint_is_valid(const struct complaint *complaint)
{
	assert_in_range(complaint->code, 0, COMPLAINT_CODE_COUNT - 1);
	assert_in_range(complaint->kind, 0, ITEM_KIND_COUNT - 1);
	if (complaint->item_id.size > 0)
		assert_id_is_valid(complaint->item_id);
	assert_in_range(complaint->field.size, 0, COMPLAINT_FIELD_MAX);
	assert_in_range(complaint->text.size, 0, COMPLAINT_TEXT_MAX);
	assert_true(utf8_is_valid(complaint->item_id) && utf8_is_valid(complaint->field) && utf8_is_valid(complaint->text));
}

struct field_statement random_definition(uint64_t *state, struct arena *arena, uint64_t record)
{
	return (struct field_statement){
		.entity = random_next(state) % 2 == 0 ? ITEM_PRODUCT : ITEM_SKU,
		.field_id = random_text(state, arena, 60),
		.name = random_next(state) % 2 == 0 ? random_text(state, arena, 60) : (struct slice){NULL, 0},
		.value_type = PICK(state, "unicode", "int", "float", "bool", "enum", "date"),
		.is_required = random_next(state) % 2 == 0,
		.default_value = PICK(state, "", "5", "-1.5", "true", "\"caf\u00E9\""),
		.enum_values = PICK(state, "", "{}", "{\"red\":\"Red\"}"),
		.record = record,
		.stream_offset = record * 1000,
	};
}

static void assert_definition_is_valid(const struct field_statement *field)
{
	assert_true(field->entity == ITEM_PRODUCT || field->entity == ITEM_SKU);
	assert_id_is_valid(field->field_id);
	assert_true(utf8_is_valid(field->field_id) && utf8_is_valid(field->name) && utf8_is_valid(field->value_type));
	assert_in_range(field->name.size, 0, 10000);
	assert_in_range(field->value_type.size, 3, 7);
	if (field->default_value.size > 0)
		assert_true(json_is_valid(field->default_value, field->default_value.data[0]));
	if (field->enum_values.size > 0)
		assert_true(json_is_valid(field->enum_values, '{'));
}

void assert_entry_is_valid(const struct batch_entry *entry)
{
	assert_true(entry->record <= INT64_MAX);
	if (entry->type == BATCH_STATEMENT)
		assert_statement_is_valid(&entry->statement);
	else if (entry->type == BATCH_COMPLAINT)
		assert_complaint_is_valid(&entry->complaint);
	else if (entry->type == BATCH_FIELD)
		assert_definition_is_valid(&entry->field);
	else if (entry->type == BATCH_KNOWN)
		assert_true(entry->known.count > 0 && entry->known.count <= UINT32_MAX - entry->known.index && entry->record > 0 &&
		            entry->record + entry->known.count <= INT64_MAX);
	else
		assert_int_equal(entry->type, BATCH_RECORD_END);
}

/* A batch in order says the same to whoever does not look at its texts again. */
static void assert_checked_is_same(struct slice bytes, int entries)
{
	struct error err = ERROR_INIT;
	struct batch_decoder decoder;
	struct batch_entry entry;

	assert_int_equal(batch_check(bytes, &err), 0);
	assert_int_equal(batch_decoder_init_checked(&decoder, bytes, &err), 0);
	for (; entries > 0; entries--) {
		assert_int_equal(batch_decoder_next(&decoder, &entry, &err), BATCH_ENTRY);
		assert_entry_is_valid(&entry);
	}
	assert_int_equal(batch_decoder_next(&decoder, &entry, &err), BATCH_END);
}

int decode_copy(struct slice bytes, struct error *err)
{
	char *const copy = malloc(bytes.size > 0 ? bytes.size : 1);
	const struct slice copied = {copy, bytes.size};
	struct error again = ERROR_INIT;
	struct batch_decoder decoder;
	struct batch_entry entry;
	int entries = 0;
	int step = -1;

	assert_non_null(copy);
	if (bytes.size > 0)
		memcpy(copy, bytes.data, bytes.size);
	error_clear(err);
	if (batch_decoder_init(&decoder, copied, err) == 0) {
		while ((step = batch_decoder_next(&decoder, &entry, err)) == BATCH_ENTRY) {
			assert_entry_is_valid(&entry);
			entries++;
		}
	}
	if (step < 0) {
		assert_int_equal(err->code, ERROR_READER);
		assert_int_equal(batch_check(copied, &again), -1);
		assert_string_equal(again.message, err->message);
	} else {
		assert_checked_is_same(copied, entries);
	}
	free(copy);
	return step < 0 ? -1 : entries;
}
