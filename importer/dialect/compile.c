/* Compiles the parts of a dialect around its fields: namespaces, recognition, options, feed values and records. */
#include "dialect/compiler.h"

#include <stdio.h>

static const char *const dialect_keys[] = {
	"description", "format", "extends", "namespaces", "prefer", "recognise", "options", "feed", "language", "records",
};
#define DIALECT_KEY_COUNT (sizeof dialect_keys / sizeof dialect_keys[0])

static struct slice copy_key(struct compiler *compiler, const struct yaml_node *node)
{
	struct slice copy = {NULL, 0};

	if (!arena_copy(compiler->arena, node->key, &copy))
		compiler->is_out_of_memory = true;
	return copy;
}

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
	static const char *const known[] = {"xml"};

	if (compiler_expect(compiler, node, YAML_SCALAR, "'format'") && !slice_equal_text(node->text, "xml"))
		compiler_refuse_word(compiler, node, false, "format", known, 1);
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
		*added = (struct path_namespace){.prefix = copy_key(compiler, node), .space = space};
}

/* The URI of a declared prefix; the empty slice after a mistake. */
static struct slice prefix_space(struct compiler *compiler, const struct yaml_node *node)
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

static void compile_recognition(struct compiler *compiler, const struct yaml_node *node)
{
	static const char *const known[] = {"root", "declares"};
	struct dialect *dialect = compiler->dialect;
	struct recognition recognition = {.declared_space = {NULL, 0}};
	struct recognition *added;
	const struct yaml_node *root;
	const struct yaml_node *declares;
	char message[PATH_MESSAGE_SIZE];
	struct path path;

	if (!compiler_expect(compiler, node, YAML_MAPPING, "an item of 'recognise'"))
		return;
	(void)yaml_refuse_unknown(compiler->document, node, known, 2, compiler->problems); /* they are in problems */
	root = yaml_find(node, "root");
	declares = yaml_find(node, "declares");
	if (root == NULL || root->type != YAML_SCALAR) {
		config_problem_at(compiler->problems, compiler->document, node, false,
		                  "'root' is missing: the name of the feed's root element");
		return;
	}
	if (!path_parse(root->text, &dialect->namespaces, compiler->arena, &path, message)) {
		compiler->is_out_of_memory |= message[0] == '\0';
		config_problem_at(compiler->problems, compiler->document, root, false, "root '%s': %s", root->text.data, message);
		return;
	}
	if (path.is_absolute || path.step_count != 1 || path.steps[0].kind != STEP_CHILD || path.steps[0].predicate_count > 0 ||
	    slice_is_empty(path.steps[0].name.local)) {
		config_problem_at(compiler->problems, compiler->document, root, false, "root '%s' must be one name",
		                  root->text.data);
		return;
	}
	recognition.root = path.steps[0].name;
	if (declares != NULL)
		recognition.declared_space = prefix_space(compiler, declares);
	added = compiler_append(compiler, &dialect->recognitions, &dialect->recognition_count, sizeof *added);
	if (added != NULL)
		*added = recognition;
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

static void compile_option(struct compiler *compiler, const struct yaml_node *node)
{
	static const char *const known[] = {"values", "default", "description"};
	struct dialect *dialect = compiler->dialect;
	struct option_rule option = {.name = copy_key(compiler, node)};
	struct option_rule *added = NULL;
	const struct yaml_node *description;

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

/* --- feed values --- */

/* Elements must be named plainly: conditions are possible only on the last one, which the mapper sees whole. */
static bool check_element_steps(struct compiler *compiler, const struct yaml_node *node, const struct path *path,
                                bool has_conditions)
{
	const size_t count = path_element_count(path);

	for (size_t i = 0; i < count; i++) {
		const struct path_step *step = &path->steps[i];

		if (step->kind != STEP_CHILD) {
			config_problem_at(compiler->problems, compiler->document, node, false, "path '%s' must name elements",
			                  path->text.data);
			return false;
		}
		if (step->predicate_count == 0)
			continue;
		if (!has_conditions || i + 1 < count) {
			config_problem_at(compiler->problems, compiler->document, node, false,
			                  "path '%s': a condition cannot stand here", path->text.data);
			return false;
		}
		for (size_t k = 0; k < step->predicate_count; k++) {
			if (step->predicates[k].kind != PREDICATE_POSITION)
				continue;
			config_problem_at(compiler->problems, compiler->document, node, false,
			                  "path '%s': a position cannot stand here", path->text.data);
			return false;
		}
	}
	return count > 0;
}

static void compile_feed_value(struct compiler *compiler, const struct yaml_node *node)
{
	struct dialect *dialect = compiler->dialect;
	struct feed_rule feed = {.name = copy_key(compiler, node)};
	struct feed_rule *added = NULL;
	const bool is_sequence = node->type == YAML_SEQUENCE;

	for (const struct yaml_node *item = is_sequence ? node->first : node; item != NULL;
	     item = is_sequence ? item->next : NULL) {
		const uint32_t path = compiler_path(compiler, item, true);
		uint32_t *place;

		if (path == OPTION_NONE || !check_element_steps(compiler, item, &dialect->paths[path], true))
			continue;
		place = compiler_append(compiler, &feed.paths, &feed.path_count, sizeof *place);
		if (place == NULL)
			return;
		*place = path;
	}
	for (size_t i = 0; i < dialect->feed_count; i++)
		if (slice_equal(dialect->feeds[i].name, node->key))
			added = &dialect->feeds[i];
	if (added == NULL)
		added = compiler_append(compiler, &dialect->feeds, &dialect->feed_count, sizeof *added);
	if (added != NULL)
		*added = feed;
}

/* --- records --- */

static void compile_kind(struct compiler *compiler, const struct yaml_node *node, struct record_rule *record)
{
	static const char *const kinds[] = {[ITEM_CATEGORY] = "category", [ITEM_PRODUCT] = "product", [ITEM_SKU] = "sku"};

	if (!compiler_expect(compiler, node, YAML_SCALAR, "'kind'"))
		return;
	for (size_t i = 0; i < ITEM_KIND_COUNT; i++) {
		if (slice_equal_text(node->text, kinds[i])) {
			record->kind = (enum item_kind)i;
			return;
		}
	}
	compiler_refuse_word(compiler, node, false, "kind", kinds, ITEM_KIND_COUNT);
}

static void compile_record_paths(struct compiler *compiler, const struct yaml_node *node, struct record_rule *record)
{
	const bool is_sequence = node->type == YAML_SEQUENCE;

	record->paths = NULL;
	record->path_count = 0;
	for (const struct yaml_node *item = is_sequence ? node->first : node; item != NULL;
	     item = is_sequence ? item->next : NULL) {
		const uint32_t index = compiler_path(compiler, item, true);
		const struct path *path = index == OPTION_NONE ? NULL : &compiler->dialect->paths[index];
		uint32_t *place;

		if (path == NULL || !check_element_steps(compiler, item, path, false))
			continue;
		if (path_element_count(path) < path->step_count) {
			config_problem_at(compiler->problems, compiler->document, item, false, "path '%s' must name elements",
			                  path->text.data);
			continue;
		}
		place = compiler_append(compiler, &record->paths, &record->path_count, sizeof *place);
		if (place == NULL)
			return;
		*place = index;
	}
}

static struct record_rule *find_record(struct dialect *dialect, struct slice name)
{
	for (size_t i = 0; i < dialect->record_count; i++)
		if (slice_equal(dialect->records[i].name, name))
			return &dialect->records[i];
	return NULL;
}

static void check_record(struct compiler *compiler, const struct yaml_node *node, const struct record_rule *record)
{
	if (record->path_count == 0 && yaml_find(node, "path") == NULL && yaml_find(node, "paths") == NULL)
		config_problem_at(compiler->problems, compiler->document, node, true, "record '%s' has no 'path'", node->key.data);
	if (record->fields[FIELD_ID].value == NULL)
		config_problem_at(compiler->problems, compiler->document, node, true, "record '%s' has no field 'id'",
		                  node->key.data);
}

static void compile_record(struct compiler *compiler, const struct yaml_node *node)
{
	static const char *const known[] = {"path", "paths", "kind", "product", "fields"};
	struct dialect *dialect = compiler->dialect;
	struct record_rule *record = find_record(dialect, node->key);
	const struct yaml_node *kind;
	const struct yaml_node *path;
	const struct yaml_node *paths;

	if (!compiler_expect(compiler, node, YAML_MAPPING, "a record"))
		return;
	(void)yaml_refuse_unknown(compiler->document, node, known, sizeof known / sizeof known[0],
	                          compiler->problems); /* they are in problems */
	kind = yaml_find(node, "kind");
	path = yaml_find(node, "path");
	paths = yaml_find(node, "paths");
	if (record == NULL) {
		if (kind == NULL)
			config_problem_at(compiler->problems, compiler->document, node, true,
			                  "record '%s' has no 'kind': category, product or sku", node->key.data);
		record = compiler_append(compiler, &dialect->records, &dialect->record_count, sizeof *record);
		if (record == NULL)
			return;
		*record = (struct record_rule){.name = copy_key(compiler, node), .kind = ITEM_SKU, .product_option = OPTION_NONE};
		if (kind != NULL)
			compile_kind(compiler, kind, record);
	} else if (kind != NULL && kind->type == YAML_SCALAR && !slice_equal_text(kind->text, item_kind_name(record->kind))) {
		config_problem_at(compiler->problems, compiler->document, kind, false,
		                  "record '%s' is inherited as %s and stays so", node->key.data, item_kind_name(record->kind));
		return;
	}
	if (path != NULL && paths != NULL)
		config_problem_at(compiler->problems, compiler->document, paths, true, "'path' and 'paths' exclude each other");
	if (path != NULL || paths != NULL)
		compile_record_paths(compiler, path != NULL ? path : paths, record);
	if (yaml_find(node, "product") != NULL)
		compile_product(compiler, record, yaml_find(node, "product"));
	if (yaml_find(node, "fields") != NULL)
		compile_fields(compiler, record, yaml_find(node, "fields"));
	check_record(compiler, node, record);
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

static bool path_begins_with(const struct path *path, const struct path *prefix)
{
	const size_t count = path_element_count(prefix);

	if (path_element_count(path) < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct path_name *left = &path->steps[i].name;
		const struct path_name *right = &prefix->steps[i].name;

		if (!slice_equal(left->local, right->local) && left->local.size > 0 && right->local.size > 0)
			return false;
		if (left->is_qualified && right->is_qualified && !slice_equal(left->space, right->space))
			return false;
	}
	return true;
}

/* A feed value is read outside the records, and above them only from attributes. */
static void check_feed_value(struct compiler *compiler, const struct yaml_node *at, const struct path *path,
                             const struct path *record)
{
	if (path_begins_with(path, record))
		config_problem_at(compiler->problems, compiler->document, at, false,
		                  "feed value '%s' stands inside the records '%s'", path->text.data, record->text.data);
	else if (path_begins_with(record, path) && path->steps[path->step_count - 1].kind != STEP_ATTRIBUTE)
		config_problem_at(compiler->problems, compiler->document, at, false,
		                  "feed value '%s' contains the records '%s': only its attributes can be read", path->text.data,
		                  record->text.data);
}

static void check_paths(struct compiler *compiler, const struct yaml_node *root)
{
	const struct dialect *dialect = compiler->dialect;
	const struct yaml_node *feed = yaml_find(root, "feed");

	for (size_t i = 0; i < dialect->record_count; i++) {
		const struct record_rule *record = &dialect->records[i];

		for (size_t k = 0; k < record->path_count; k++) {
			for (size_t f = 0; f < dialect->feed_count; f++)
				for (size_t p = 0; p < dialect->feeds[f].path_count; p++)
					check_feed_value(compiler, feed != NULL ? feed : root,
					                 &dialect->paths[dialect->feeds[f].paths[p]],
					                 &dialect->paths[record->paths[k]]);
			for (size_t other = 0; other < i; other++)
				for (size_t p = 0; p < dialect->records[other].path_count; p++)
					if (path_begins_with(&dialect->paths[record->paths[k]],
					                     &dialect->paths[dialect->records[other].paths[p]]) ||
					    path_begins_with(&dialect->paths[dialect->records[other].paths[p]],
					                     &dialect->paths[record->paths[k]]))
						config_problem_at(compiler->problems, compiler->document, root, false,
						                  "records '%s' and '%s' overlap at '%s'",
						                  dialect->records[other].name.data, record->name.data,
						                  dialect->paths[record->paths[k]].text.data);
		}
	}
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
	for_each(compiler, root, "namespaces", compile_namespace);
	if ((node = yaml_find(root, "prefer")) != NULL)
		compiler->dialect->preferred_space = prefix_space(compiler, node);
	if ((node = yaml_find(root, "recognise")) != NULL)
		compile_recognitions(compiler, node);
	for_each(compiler, root, "options", compile_option);
	for_each(compiler, root, "feed", compile_feed_value);
	if ((node = yaml_find(root, "language")) != NULL)
		compile_language(compiler, node);
	for_each(compiler, root, "records", compile_record);
	if (compiler->dialect->record_count == 0)
		config_problem_at(compiler->problems, compiler->document, root, false, "the dialect has no records");
	if (compiler->problems->count == mistakes)
		check_paths(compiler, root);
}
