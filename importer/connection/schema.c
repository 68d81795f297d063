/* Connections as a JSON Schema, from the tables of kinds. */
#include "base/json.h"
#include "connection/kind.h"

static void append_choice(const struct connection_field *field, struct json_writer *json)
{
	json_key(json, "enum");
	json_array_begin(json);
	for (size_t i = 0; field->words[i] != NULL; i++) {
		const struct slice word = slice_from(field->words[i]);
		json_string(json, word);
		if (slice_equal_text(word, "true") || slice_equal_text(word, "false"))
			json_bool(json, slice_equal_text(word, "true")); /* as YAML has it without quotes */
	}
	json_array_end(json);
}

/* Text as YAML gives it without quotes too. */
static void append_text(struct json_writer *json)
{
	json_key(json, "type");
	json_array_begin(json);
	json_text(json, "string");
	json_text(json, "number");
	json_text(json, "boolean");
	json_array_end(json);
}

/* {text: VALUE} */
static void append_text_mapping(struct json_writer *json)
{
	json_object_begin(json);
	json_member_text(json, "type", "object");
	json_member_bool(json, "additionalProperties", false);
	json_key(json, "required");
	json_array_begin(json);
	json_text(json, "text");
	json_array_end(json);
	json_key(json, "properties");
	json_object_begin(json);
	json_key(json, "text");
	json_object_begin(json);
	append_text(json);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
}

static void append_headers(struct json_writer *json, bool are_texts)
{
	json_member_text(json, "type", "object");
	json_member_integer(json, "minProperties", 1);
	json_key(json, "additionalProperties");
	json_object_begin(json);
	if (are_texts) {
		append_text(json);
	} else {
		json_key(json, "anyOf");
		json_array_begin(json);
		json_object_begin(json);
		secret_reference_append_schema(json, false);
		json_object_end(json);
		append_text_mapping(json);
		json_array_end(json);
	}
	json_object_end(json);
}

static void append_field(const struct connection_field *field, struct json_writer *json)
{
	json_key(json, field->name);
	json_object_begin(json);
	json_member_text(json, "description", field->help);
	switch (field->type) {
	case CONNECTION_FIELD_SECRET:
		secret_reference_append_schema(json, false);
		break;
	case CONNECTION_FIELD_CHOICE:
		append_choice(field, json);
		break;
	case CONNECTION_FIELD_HEADERS:
	case CONNECTION_FIELD_TEXTS:
	case CONNECTION_FIELD_PAIRS:
		append_headers(json, field->type != CONNECTION_FIELD_HEADERS);
		break;
	case CONNECTION_FIELD_TEXT:
	case CONNECTION_FIELD_PATH:
		append_text(json);
		break;
	}
	json_object_end(json);
}

static void append_kind(const struct connection_kind *kind, struct json_writer *json)
{
	json_object_begin(json);
	json_member_text(json, "description", kind->help);
	json_member_text(json, "type", "object");
	json_member_bool(json, "additionalProperties", false);
	json_key(json, "required");
	json_array_begin(json);
	json_text(json, "kind");
	for (size_t i = 0; i < kind->field_count; i++) {
		if (kind->fields[i].is_required)
			json_text(json, kind->fields[i].name);
	}
	json_array_end(json);
	json_key(json, "properties");
	json_object_begin(json);
	json_key(json, "kind");
	json_object_begin(json);
	json_member_text(json, "const", kind->name);
	json_object_end(json);
	for (size_t i = 1; i < connection_common_count(); i++) /* the first is 'kind' */
		append_field(connection_common_at(i), json);
	for (size_t i = 0; i < kind->field_count; i++)
		append_field(&kind->fields[i], json);
	json_object_end(json);
	json_object_end(json);
}

void connection_append_schema(struct json_writer *json)
{
	json_object_begin(json);
	json_member_text(json, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_member_text(json, "title", "a connection of feedmill");
	json_key(json, "oneOf");
	json_array_begin(json);
	for (size_t i = 0; i < connection_kind_count(); i++)
		append_kind(connection_kind_at(i), json);
	json_array_end(json);
	json_object_end(json);
}
