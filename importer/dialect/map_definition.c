/* Definitions of custom fields. */
#include "dialect/mapping.h"

#include "base/json.h"
#include "catalog/batch_json.h"
#include "catalog/values.h"
#include "dialect/node_json.h"

#include <string.h>

static const char *const member_names[DEFINITION_MEMBER_COUNT] = {
	[DEFINITION_ID] = "id",
	[DEFINITION_NAME] = "name",
	[DEFINITION_ENTITY] = "entity",
	[DEFINITION_VALUE_TYPE] = "value_type",
	[DEFINITION_REQUIRED] = "required",
	[DEFINITION_DEFAULT] = "default_value",
	[DEFINITION_ENUM] = "enum_values",
};

static bool read_member(struct mapper *mapper, enum definition_member member, struct mapped_value *ret_value)
{
	const struct value_rule *rule = mapper->rule->definition[member];

	value_set_absent(ret_value);
	if (rule != NULL && !value_read(mapper, rule, evaluator_scope(&mapper->evaluator), ret_value))
		return false;
	return value_complain(mapper, ret_value, member_names[member]);
}

/* One of `words`, or the empty slice with a complaint. */
static bool read_word(struct mapper *mapper, enum definition_member member, const char *const *words, size_t count,
                      struct slice *ret_word)
{
	struct mapped_value value;

	*ret_word = (struct slice){NULL, 0};
	if (!read_member(mapper, member, &value))
		return false;
	if (value.presence != PRESENCE_VALUE)
		return true;
	for (size_t i = 0; i < count; i++) {
		if (slice_equal_folded(value.text, slice_from(words[i]))) {
			*ret_word = slice_from(words[i]);
			return true;
		}
	}
	return mapper_complain(mapper, COMPLAINT_WORD_UNKNOWN, member_names[member], value.text);
}

static bool read_required(struct mapper *mapper, bool *ret_is_required)
{
	struct mapped_value value;

	*ret_is_required = false;
	if (!read_member(mapper, DEFINITION_REQUIRED, &value))
		return false;
	if (value.presence != PRESENCE_VALUE)
		return true;
	switch (bool_parse(value.text)) {
	case BOOL_TRUE:
		*ret_is_required = true;
		return true;
	case BOOL_FALSE:
		return true;
	default:
		return mapper_complain(mapper, COMPLAINT_BOOL_INVALID, member_names[DEFINITION_REQUIRED], value.text);
	}
}

/* JSON that has been written behind `start`, in the record's arena; too much of it is complained about. */
static bool take_json(struct mapper *mapper, size_t start, enum definition_member member, struct slice *ret_json)
{
	const struct slice json = {mapper->json.data + start, mapper->json.size - start};

	if (mapper->json.failed)
		return false;
	mapper->json.size = start;
	if (json.size > field_definition(FIELD_CUSTOM_FIELDS)->max_bytes)
		return mapper_complain(mapper, COMPLAINT_TEXT_TOO_LONG, member_names[member], (struct slice){NULL, 0});
	return arena_copy(&mapper->record_arena, json, ret_json);
}

/* A number or truth value of JSON that nothing was done to stays one; all else is a text. */
static bool read_default(struct mapper *mapper, struct slice *ret_json)
{
	const size_t start = mapper->json.size;
	const struct record_node *node;
	struct mapped_value value;

	*ret_json = (struct slice){NULL, 0};
	if (!read_member(mapper, DEFINITION_DEFAULT, &value))
		return false;
	if (value.presence != PRESENCE_VALUE)
		return true;
	node = value.origin.node != RECORD_NONE ? &mapper->record->nodes[value.origin.node] : NULL;
	if (node != NULL && value.origin.attribute == MATCH_ELEMENT && (node->type == RECORD_NUMBER || node->type == RECORD_BOOL) &&
	    slice_equal(node->text, value.text))
		node_json_append(&mapper->json, mapper->record, value.origin.node, NULL);
	else
		quote_append(&mapper->json, value.text);
	return take_json(mapper, start, DEFINITION_DEFAULT, ret_json);
}

/* The object that the rule's path meets in JSON; false in `ret_is_found` where it is another value. */
static bool read_enum_object(struct mapper *mapper, const struct value_rule *rule, struct slice *ret_json, bool *ret_is_found)
{
	struct evaluator *evaluator = &mapper->evaluator;
	const size_t start = mapper->json.size;
	struct match match = MATCH_NOTHING;
	size_t first;
	size_t count;

	*ret_is_found = false;
	if (rule->source_count != 1 || rule->sources[0].kind != SOURCE_PATH)
		return true;
	if (!evaluator_match(evaluator, rule->sources[0].index, evaluator_scope(evaluator), &first, &count))
		return false;
	if (count > 0)
		match = evaluator->matches[first];
	evaluator_pop(evaluator, first);
	*ret_is_found = count > 0 && match.attribute == MATCH_ELEMENT && mapper->record->nodes[match.node].type == RECORD_OBJECT;
	if (!*ret_is_found)
		return true;
	node_json_append(&mapper->json, mapper->record, match.node, NULL);
	return take_json(mapper, start, DEFINITION_ENUM, ret_json);
}

/* An object of labels and numbers: of the feed, or written as text. */
static bool read_enum(struct mapper *mapper, struct slice *ret_json)
{
	const struct value_rule *rule = mapper->rule->definition[DEFINITION_ENUM];
	struct mapped_value value;
	bool is_found;

	*ret_json = (struct slice){NULL, 0};
	if (rule == NULL)
		return true;
	if (!read_enum_object(mapper, rule, ret_json, &is_found))
		return false;
	if (is_found)
		return true;
	if (!read_member(mapper, DEFINITION_ENUM, &value))
		return false;
	if (value.presence != PRESENCE_VALUE)
		return true;
	if (!json_is_valid(value.text, '{') || batch_json_has_nul(value.text) ||
	    value.text.size > field_definition(FIELD_CUSTOM_FIELDS)->max_bytes)
		return mapper_complain(mapper, COMPLAINT_CELL_INVALID, member_names[DEFINITION_ENUM], value.text);
	*ret_json = value.text;
	return true;
}

/* The shown name; one that is too long is left out. */
static bool read_name(struct mapper *mapper, struct slice *ret_name)
{
	struct mapped_value value;

	*ret_name = (struct slice){NULL, 0};
	if (!read_member(mapper, DEFINITION_NAME, &value))
		return false;
	if (value.text.size > field_definition(FIELD_NAME)->max_bytes)
		return mapper_complain(mapper, COMPLAINT_TEXT_TOO_LONG, member_names[DEFINITION_NAME], value.text);
	*ret_name = value.text;
	return true;
}

static bool read_ids(struct mapper *mapper, struct field_statement *definition, bool *ret_is_usable)
{
	static const char *const entities[] = {[ITEM_PRODUCT] = "product", [ITEM_SKU] = "sku"};
	struct mapped_value value;
	struct slice entity;

	*ret_is_usable = false;
	if (!read_member(mapper, DEFINITION_ID, &value))
		return false;
	if (value.presence != PRESENCE_VALUE)
		return mapper_complain(mapper, COMPLAINT_ID_MISSING, "id", (struct slice){NULL, 0});
	if (value.text.size > LIMIT_ID_BYTES)
		return mapper_complain(mapper, COMPLAINT_ID_TOO_LONG, "id", value.text);
	definition->field_id = value.text;
	if (!read_word(mapper, DEFINITION_ENTITY, entities + ITEM_PRODUCT, 2, &entity))
		return false;
	if (entity.size == 0)
		return mapper_complain(mapper, COMPLAINT_REQUIRED_MISSING, member_names[DEFINITION_ENTITY], value.text);
	definition->entity = slice_equal_text(entity, "sku") ? ITEM_SKU : ITEM_PRODUCT;
	*ret_is_usable = true;
	return true;
}

bool map_definition(struct mapper *mapper)
{
	static const char *const types[] = {"unicode", "int", "float", "bool", "enum", "date"};
	struct field_statement *definition = arena_alloc(&mapper->record_arena, sizeof *definition);
	struct mapped_item *item = &mapper->items[mapper->item];
	bool is_usable;

	item->is_silent = true;
	if (definition == NULL || !read_ids(mapper, definition, &is_usable))
		return false;
	item->is_rejected = !is_usable;
	if (!is_usable)
		return true;
	if (!read_name(mapper, &definition->name) ||
	    !read_word(mapper, DEFINITION_VALUE_TYPE, types, sizeof types / sizeof types[0], &definition->value_type) ||
	    !read_required(mapper, &definition->is_required) || !read_default(mapper, &definition->default_value) ||
	    !read_enum(mapper, &definition->enum_values))
		return false;
	if (definition->value_type.size == 0)
		definition->value_type = slice_from(types[0]);
	definition->record = mapper->ordinal;
	definition->stream_offset = mapper->record->stream_offset;
	mapper->statement->kind = definition->entity;
	item->definition = definition;
	return true;
}
