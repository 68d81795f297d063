/* Looking into a mapping, and refusing what nobody looks for. */
#include "config/yaml.h"

#include "base/suggest.h"

const char *yaml_type_name(const struct yaml_node *node)
{
	static const char *const names[] = {[YAML_SCALAR] = "text", [YAML_SEQUENCE] = "list", [YAML_MAPPING] = "mapping"};
	return names[node->type];
}

static bool is_null(const struct yaml_node *node)
{
	return node->type == YAML_SCALAR && node->is_plain &&
	       (node->text.size == 0 || slice_equal_text(node->text, "~") || slice_equal_folded(node->text, slice_from("null")));
}

bool yaml_check_scalar(const struct yaml_document *document, const struct yaml_node *node, struct config_problems *problems)
{
	if (node->type != YAML_SCALAR)
		config_problem_at(problems, document, node, false, "%s: expected one value, not a %s", node->key.data,
		                  yaml_type_name(node));
	else if (is_null(node))
		config_problem_at(problems, document, node, true, "%s: the value is missing; write one, or remove the key",
		                  node->key.data);
	else
		return true;
	return false;
}

const struct yaml_node *yaml_find(const struct yaml_node *mapping, const char *key)
{
	if (mapping == NULL || mapping->type != YAML_MAPPING)
		return NULL;
	for (const struct yaml_node *node = mapping->first; node != NULL; node = node->next) {
		if (slice_equal_text(node->key, key))
			return node;
	}
	return NULL;
}

static bool is_known(struct slice key, const char *const *known, size_t known_count)
{
	for (size_t index = 0; index < known_count; index++) {
		if (slice_equal_text(key, known[index]))
			return true;
	}
	return false;
}

size_t yaml_refuse_unknown(const struct yaml_document *document, const struct yaml_node *mapping, const char *const *known,
                           size_t known_count, struct config_problems *problems)
{
	size_t unknown_count = 0;
	if (mapping == NULL || mapping->type != YAML_MAPPING)
		return 0;
	for (const struct yaml_node *node = mapping->first; node != NULL; node = node->next) {
		if (is_known(node->key, known, known_count))
			continue;
		const char *nearest = suggest_nearest(node->key, known, known_count);
		if (nearest != NULL)
			config_problem_at(problems, document, node, true, "unknown key '%s'; did you mean '%s'?", node->key.data,
			                  nearest);
		else
			config_problem_at(problems, document, node, true, "unknown key '%s'", node->key.data);
		unknown_count++;
	}
	return unknown_count;
}
