/* Compiles a dialect's top level: what it is, its names, options, and all the rest by the files for it. */
#include "dialect/compiler.h"

#include <stdio.h>

static const char *const dialect_keys[] = {
	"description", "format",  "extends", "csv",      "namespaces",   "prefer",
	"recognise",   "options", "feed",    "language", "decimal_sign", "records",
};
#define DIALECT_KEY_COUNT (sizeof dialect_keys / sizeof dialect_keys[0])

static void compile_description(struct compiler *compiler, const struct yaml_node *node)
{
	const struct slice text = compiler_text(compiler, node, "'description'");

	if (slice_find(text, slice_from("\n")) != SIZE_MAX)
		config_problem_at(compiler->problems, compiler->document, node, false, "'description' must be one line");
	else if (text.size > 0)
		compiler->dialect->description = text.data;
}

static void compile_format(struct compiler *compiler, const struct yaml_node *node)
{
	static const char *const known[] = {[PATH_XML] = "xml", [PATH_JSON] = "json", [PATH_CSV] = "csv"};
	struct dialect *dialect = compiler->dialect;

	if (!compiler_expect(compiler, node, YAML_SCALAR, "'format'"))
		return;
	for (size_t i = 0; i < PATH_LANGUAGE_COUNT; i++) {
		if (!slice_equal_text(node->text, known[i]))
			continue;
		if (dialect->base != NULL && dialect->base->format != (enum path_language)i)
			config_problem_at(compiler->problems, compiler->document, node, false,
			                  "'%s' is for %s and cannot be extended for %s", dialect->base->name,
			                  known[dialect->base->format], known[i]);
		else
			dialect->format = (enum path_language)i;
		return;
	}
	compiler_refuse_word(compiler, node, false, "format", known, PATH_LANGUAGE_COUNT);
}

/* --- names --- */

static void compile_namespace(struct compiler *compiler, const struct yaml_node *node)
{
	struct path_namespaces *namespaces = &compiler->dialect->namespaces;
	const struct slice space = compiler_text(compiler, node, "a namespace");
	struct path_namespace *added = NULL;

	if (slice_equal_text(node->key, "feed") || slice_equal_text(node->key, "xml")) {
		config_problem_at(compiler->problems, compiler->document, node, true, "'%s' cannot be a prefix of yours",
		                  node->key.data);
		return;
	}
	if (slice_is_empty(space)) {
		if (node->type == YAML_SCALAR)
			config_problem_at(compiler->problems, compiler->document, node, false, "the URI of '%s' is missing",
			                  node->key.data);
		return;
	}
	for (size_t i = 0; i < namespaces->count; i++)
		if (slice_equal(namespaces->items[i].prefix, node->key))
			added = &namespaces->items[i];
	if (added == NULL)
		added = compiler_append(compiler, &namespaces->items, &namespaces->count, sizeof *added);
	if (added != NULL)
		*added = (struct path_namespace){.prefix = compiler_key(compiler, node), .space = space};
}

/* The URI of a declared prefix; the empty slice after a mistake. */
struct slice compiler_prefix_space(struct compiler *compiler, const struct yaml_node *node)
{
	const struct path_namespaces *namespaces = &compiler->dialect->namespaces;
	const char *known[64];
	size_t known_count = 0;
	struct slice space;

	if (!compiler_expect(compiler, node, YAML_SCALAR, node->key.data))
		return (struct slice){NULL, 0};
	space = path_namespace_find(namespaces, node->text);
	if (!slice_is_empty(space))
		return space;
	for (size_t i = 0; i < namespaces->count && known_count < 64; i++)
		known[known_count++] = namespaces->items[i].prefix.data;
	compiler_refuse_word(compiler, node, false, "namespace", known, known_count);
	return space;
}

static void compile_recognitions(struct compiler *compiler, const struct yaml_node *node)
{
	compiler->dialect->recognitions = NULL;
	compiler->dialect->recognition_count = 0;
	if (!compiler_expect(compiler, node, YAML_SEQUENCE, "'recognise'"))
		return;
	for (const struct yaml_node *item = node->first; item != NULL; item = item->next)
		compile_recognition(compiler, item);
}

/* --- options --- */

static void compile_option_values(struct compiler *compiler, const struct yaml_node *node, struct option_rule *option)
{
	const struct yaml_node *values = yaml_find(node, "values");
	const struct yaml_node *chosen = yaml_find(node, "default");

	if (values == NULL || chosen == NULL) {
		config_problem_at(compiler->problems, compiler->document, node, false, "an option needs 'values' and a 'default'");
		return;
	}
	if (!compiler_expect(compiler, values, YAML_SEQUENCE, "'values'") ||
	    !compiler_expect(compiler, chosen, YAML_SCALAR, "'default'"))
		return;
	for (const struct yaml_node *item = values->first; item != NULL; item = item->next) {
		const struct slice value = compiler_text(compiler, item, "a value");

		if (option->value_count == OPTION_VALUES_MAX) {
			config_problem_at(compiler->problems, compiler->document, item, false, "more than %d values",
			                  OPTION_VALUES_MAX);
			return;
		}
		if (slice_is_empty(value) || slice_equal_text(value, "option"))
			config_problem_at(compiler->problems, compiler->document, item, false, "'%s' cannot be a value",
			                  item->text.data);
		else
			option->values[option->value_count++] = value.data;
	}
	for (option->default_value = 0; option->default_value < option->value_count; option->default_value++)
		if (slice_equal_text(chosen->text, option->values[option->default_value]))
			return;
	option->default_value = 0;
	compiler_refuse_word(compiler, chosen, false, "value", option->values, option->value_count);
}

/* Records know their option by its number. */
static void drop_option(struct compiler *compiler, const struct yaml_node *node, size_t index)
{
	struct dialect *dialect = compiler->dialect;

	for (size_t i = 0; i < dialect->record_count; i++) {
		uint32_t *option = &dialect->records[i].product_option;

		if (*option == index)
			config_problem_at(compiler->problems, compiler->document, node, true,
			                  "option '%s' cannot be dropped: record '%s' depends on it", node->key.data,
			                  dialect->records[i].name.data);
		else if (*option != OPTION_NONE && *option > index)
			(*option)--;
	}
	compiler_drop(dialect->options, &dialect->option_count, sizeof *dialect->options, index);
}

static void compile_option(struct compiler *compiler, const struct yaml_node *node)
{
	static const char *const known[] = {"values", "default", "description"};
	struct dialect *dialect = compiler->dialect;
	struct option_rule option = {.name = compiler_key(compiler, node)};
	struct option_rule *added = NULL;
	const struct yaml_node *description;

	for (size_t i = 0; i < dialect->option_count && compiler_is_null(node); i++) {
		if (slice_equal(dialect->options[i].name, node->key)) {
			drop_option(compiler, node, i);
			return;
		}
	}
	if (!compiler_expect(compiler, node, YAML_MAPPING, "an option"))
		return;
	(void)yaml_refuse_unknown(compiler->document, node, known, 3, compiler->problems); /* they are in problems */
	description = yaml_find(node, "description");
	if (description != NULL)
		option.description = compiler_text(compiler, description, "'description'");
	compile_option_values(compiler, node, &option);
	for (size_t i = 0; i < dialect->option_count; i++)
		if (slice_equal(dialect->options[i].name, node->key))
			added = &dialect->options[i];
	if (added == NULL && dialect->option_count == DIALECT_OPTIONS_MAX) {
		config_problem_at(compiler->problems, compiler->document, node, true, "more than %d options", DIALECT_OPTIONS_MAX);
		return;
	}
	if (added == NULL)
		added = compiler_append(compiler, &dialect->options, &dialect->option_count, sizeof *added);
	if (added != NULL)
		*added = option;
}

/* --- the whole --- */

static void for_each(struct compiler *compiler, const struct yaml_node *root, const char *key,
                     void (*compile)(struct compiler *, const struct yaml_node *))
{
	const struct yaml_node *node = yaml_find(root, key);
	char what[32];

	if (node == NULL)
		return;
	(void)snprintf(what, sizeof what, "'%s'", key);
	if (!compiler_expect(compiler, node, YAML_MAPPING, what))
		return;
	for (const struct yaml_node *item = node->first; item != NULL; item = item->next)
		compile(compiler, item);
}

/* A record counts as one unless it only declares: categories and fields. */
static bool count_records(struct record_rule *records, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		struct record_rule *record = &records[i];

		record->is_counted = count_records(record->nested, record->nested_count) ||
		                     (record->role != RECORD_OF_FIELD && record->kind != ITEM_CATEGORY);
		any |= record->is_counted;
	}
	return any;
}

void compile_dialect(struct compiler *compiler)
{
	const struct yaml_node *root = compiler->document->root;
	const struct yaml_node *node;
	const size_t mistakes = compiler->problems->count;

	if (!compiler_expect(compiler, root, YAML_MAPPING, "a dialect"))
		return;
	(void)yaml_refuse_unknown(compiler->document, root, dialect_keys, DIALECT_KEY_COUNT,
	                          compiler->problems); /* they are in problems */
	if ((node = yaml_find(root, "description")) != NULL)
		compile_description(compiler, node);
	if ((node = yaml_find(root, "format")) != NULL)
		compile_format(compiler, node);
	compiler->place = (struct compiler_place){.language = compiler->dialect->format};
	if ((node = yaml_find(root, "csv")) != NULL)
		compile_csv(compiler, node);
	for_each(compiler, root, "namespaces", compile_namespace);
	if ((node = yaml_find(root, "prefer")) != NULL)
		compiler->dialect->preferred_space = compiler_prefix_space(compiler, node);
	if ((node = yaml_find(root, "recognise")) != NULL)
		compile_recognitions(compiler, node);
	for_each(compiler, root, "options", compile_option);
	for_each(compiler, root, "feed", compile_feed_value);
	if ((node = yaml_find(root, "language")) != NULL)
		compile_language(compiler, node);
	if ((node = yaml_find(root, "decimal_sign")) != NULL)
		compiler->dialect->decimal_sign = compile_decimal_sign(compiler, node);
	for_each(compiler, root, "records", compile_record);
	if (compiler->dialect->record_count == 0)
		config_problem_at(compiler->problems, compiler->document, root, false, "the dialect has no records");
	(void)count_records(compiler->dialect->records, compiler->dialect->record_count); /* of no interest for the whole */
	if (compiler->problems->count == mistakes)
		compile_check_paths(compiler, root);
}
