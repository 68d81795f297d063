/* Definitions of custom fields. */
#include "dialect/mapping.h"

#include "base/json.h"
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

/* Any value as JSON: as the feed has it where that is JSON, else as a string. In the record's arena. */
static bool make_json(struct mapper *mapper, const struct mapped_value *value, struct slice *ret_json)
{
	const size_t start = mapper->json.size;

	*ret_json = (struct slice){NULL, 0};
	if (value->origin.node != RECORD_NONE && value->origin.attribute == MATCH_ELEMENT &&
	    mapper->record->nodes[value->origin.node].type != RECORD_ELEMENT)
		return value_make_json(mapper, value->origin, ret_json);
	quote_append(&mapper->json, value->text);
	if (mapper->json.failed ||
	    !arena_copy(&mapper->record_arena, slice_make(mapper->json.data + start, mapper->json.size - start), ret_json))
		return false;
	mapper->json.size = start;
	return true;
}

static bool read_default(struct mapper *mapper, struct slice *ret_json)
{
	struct mapped_value value;

	*ret_json = (struct slice){NULL, 0};
	if (!read_member(mapper, DEFINITION_DEFAULT, &value))
		return false;
	return value.presence != PRESENCE_VALUE || make_json(mapper, &value, ret_json);
}

/* An object of labels and numbers: of the feed, or written as text. */
static bool read_enum(struct mapper *mapper, struct slice *ret_json)
{
	const struct value_rule *rule = mapper->rule->definition[DEFINITION_ENUM];
	struct evaluator *evaluator = &mapper->evaluator;
	struct mapped_value value;

	*ret_json = (struct slice){NULL, 0};
	if (rule == NULL)
		return true;
	if (rule->source_count == 1 && rule->sources[0].kind == SOURCE_PATH) {
		struct match match;

		if (evaluator_match_single(evaluator, rule->sources[0].index, evaluator_scope(evaluator), &match) == SINGLE_FOUND &&
		    mapper->record->nodes[match.node].type == RECORD_OBJECT) {
			value_set_text(&value, (struct slice){NULL, 0}, match);
			return make_json(mapper, &value, ret_json);
		}
	}
	if (!read_member(mapper, DEFINITION_ENUM, &value))
		return false;
	if (value.presence != PRESENCE_VALUE)
		return true;
	if (!json_is_valid(value.text, '{'))
		return mapper_complain(mapper, COMPLAINT_CELL_INVALID, member_names[DEFINITION_ENUM], value.text);
	*ret_json = value.text;
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
	struct mapped_value name;
	bool is_usable;

	item->is_silent = true;
	if (definition == NULL || !read_ids(mapper, definition, &is_usable))
		return false;
	item->is_rejected = !is_usable;
	if (!is_usable)
		return true;
	if (!read_member(mapper, DEFINITION_NAME, &name) ||
	    !read_word(mapper, DEFINITION_VALUE_TYPE, types, sizeof types / sizeof types[0], &definition->value_type) ||
	    !read_required(mapper, &definition->is_required) || !read_default(mapper, &definition->default_value) ||
	    !read_enum(mapper, &definition->enum_values))
		return false;
	if (definition->value_type.size == 0)
		definition->value_type = slice_from(types[0]);
	definition->name = name.text;
	definition->record = mapper->ordinal;
	definition->stream_offset = mapper->record->stream_offset;
	mapper->statement.kind = definition->entity;
	item->definition = definition;
	return true;
}
