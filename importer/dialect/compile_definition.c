/* Compiles the fields of a definition of a custom field. */
#include "dialect/compiler.h"

static const char *const names[DEFINITION_MEMBER_COUNT] = {
	[DEFINITION_ID] = "id",
	[DEFINITION_NAME] = "name",
	[DEFINITION_ENTITY] = "entity",
	[DEFINITION_VALUE_TYPE] = "value_type",
	[DEFINITION_REQUIRED] = "required",
	[DEFINITION_DEFAULT] = "default_value",
	[DEFINITION_ENUM] = "enum_values",
};

void compile_definition(struct compiler *compiler, struct record_rule *record, const struct yaml_node *node)
{
	if (!compiler_expect(compiler, node, YAML_MAPPING, "'fields'"))
		return;
	for (const struct yaml_node *item = node->first; item != NULL; item = item->next) {
		size_t member = 0;

		while (member < DEFINITION_MEMBER_COUNT && !slice_equal_text(item->key, names[member]))
			member++;
		if (member == DEFINITION_MEMBER_COUNT)
			compiler_refuse_word(compiler, item, true, "field of definitions", names, DEFINITION_MEMBER_COUNT);
		else if (compiler_is_null(item))
			record->definition[member] = NULL;
		else
			record->definition[member] = compile_rule_new(compiler, item, RULE_HAS_DEFAULT);
	}
}
