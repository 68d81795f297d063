/* Compiles value rules: where a text comes from, and what is done to it. */
#include "dialect/compiler.h"

#include "catalog/language.h"

#define FEED_PREFIX "feed:"
#define NAMES_MAX 64

const struct yaml_node *compiler_list_first(const struct yaml_node *node)
{
	return node->type == YAML_SEQUENCE ? node->first : node;
}

const struct yaml_node *compiler_list_next(const struct yaml_node *node, const struct yaml_node *item)
{
	return node->type == YAML_SEQUENCE ? item->next : NULL;
}

static uint32_t find_feed_value(struct compiler *compiler, const struct yaml_node *node)
{
	const struct dialect *dialect = compiler->dialect;
	const size_t skip = sizeof FEED_PREFIX - 1;
	const struct slice name = slice_make(node->text.data + skip, node->text.size - skip);
	struct yaml_node named = *node;
	const char *known[NAMES_MAX];
	size_t known_count = 0;

	for (size_t i = 0; i < dialect->feed_count; i++) {
		if (slice_equal(dialect->feeds[i].name, name))
			return (uint32_t)i;
		if (known_count < NAMES_MAX)
			known[known_count++] = dialect->feeds[i].name.data;
	}
	named.text = name;
	compiler_refuse_word(compiler, &named, false, "feed value", known, known_count);
	return OPTION_NONE;
}

static bool compile_scalar_source(struct compiler *compiler, const struct yaml_node *node, struct value_source *source)
{
	if (slice_starts_with(node->text, FEED_PREFIX)) {
		source->kind = SOURCE_FEED;
		source->index = find_feed_value(compiler, node);
	} else {
		source->kind = SOURCE_PATH;
		source->index = compiler_path(compiler, node, false);
	}
	return source->index != OPTION_NONE;
}

bool compile_source(struct compiler *compiler, const struct yaml_node *node, unsigned context, struct value_source *source)
{
	*source = (struct value_source){.kind = SOURCE_PATH};
	if (node->type == YAML_SCALAR)
		return compile_scalar_source(compiler, node, source);
	if (!compiler_expect(compiler, node, YAML_MAPPING, "a fallback"))
		return false;
	source->kind = SOURCE_RULE;
	source->parts = compile_rule_new(compiler, node, context & RULE_READINGS);
	source->part_count = 1;
	return source->parts != NULL;
}

const struct value_source *compile_text_source(struct compiler *compiler, const struct yaml_node *node, const char *what)
{
	struct value_source *source;

	if (!compiler_expect(compiler, node, YAML_SCALAR, what))
		return NULL;
	source = arena_alloc(compiler->arena, sizeof *source);
	if (source == NULL) {
		compiler->is_out_of_memory = true;
		return NULL;
	}
	if (slice_starts_with(node->text, FEED_PREFIX))
		return compile_scalar_source(compiler, node, source) ? source : NULL;
	source->kind = SOURCE_CONSTANT;
	source->text = slice_trim(compiler_text(compiler, node, what));
	return source;
}

void compile_language(struct compiler *compiler, const struct yaml_node *node)
{
	const struct value_source *source = compile_text_source(compiler, node, "'language'");
	char tag[LANGUAGE_TAG_MAX];
	struct slice language;

	if (source != NULL && source->kind == SOURCE_CONSTANT && !language_parse(source->text, tag, &language))
		config_problem_at(compiler->problems, compiler->document, node, false,
		                  "'%s' is no language tag, such as 'de' or 'pt-BR'", node->text.data);
	compiler->dialect->language = source;
}

/* `from`: one source, or several in order of preference. */
static void compile_sources(struct compiler *compiler, const struct yaml_node *node, unsigned context, struct value_rule *rule)
{
	struct value_source *sources = NULL;
	size_t count = 0;

	if (node->type == YAML_SEQUENCE && node->child_count == 0)
		config_problem_at(compiler->problems, compiler->document, node, false, "the list is empty");
	for (const struct yaml_node *item = compiler_list_first(node); item != NULL; item = compiler_list_next(node, item)) {
		struct value_source source;
		struct value_source *added;

		if (!compile_source(compiler, item, context, &source))
			continue;
		added = compiler_append(compiler, &sources, &count, sizeof *added);
		if (added == NULL)
			return;
		*added = source;
	}
	rule->sources = sources;
	rule->source_count = count;
}

static void compile_join(struct compiler *compiler, const struct yaml_node *node, const struct yaml_node *with,
                         struct value_rule *rule)
{
	struct value_source *source;
	struct value_rule *parts = NULL;
	size_t count = 0;
	size_t source_count = 0;

	if (!compiler_expect(compiler, node, YAML_SEQUENCE, "'join'"))
		return;
	for (const struct yaml_node *item = node->first; item != NULL; item = item->next) {
		struct value_rule part;
		struct value_rule *added;

		compile_rule(compiler, item, RULE_IS_FIELD, &part);
		added = compiler_append(compiler, &parts, &count, sizeof *added);
		if (added == NULL)
			return;
		*added = part;
	}
	source = compiler_append(compiler, &rule->sources, &source_count, sizeof *source);
	if (source == NULL)
		return;
	*source = (struct value_source){.kind = SOURCE_JOIN, .text = SLICE(" "), .parts = parts, .part_count = count};
	if (with != NULL)
		source->text = compiler_text(compiler, with, "'with'");
	rule->source_count = source_count;
}

static void compile_source_keys(struct compiler *compiler, const struct yaml_node *node, unsigned context, struct value_rule *rule)
{
	const struct yaml_node *from = yaml_find(node, "from");
	const struct yaml_node *constant = yaml_find(node, "constant");
	const struct yaml_node *join = yaml_find(node, "join");
	const struct yaml_node *with = yaml_find(node, "with");

	if ((from != NULL) + (constant != NULL) + (join != NULL) != 1) {
		config_problem_at(compiler->problems, compiler->document, node, false,
		                  "exactly one of 'from', 'join' and 'constant' is needed");
		return;
	}
	if (with != NULL && join == NULL)
		config_problem_at(compiler->problems, compiler->document, with, true, "'with' belongs to 'join'");
	if (from != NULL)
		compile_sources(compiler, from, context, rule);
	if (join != NULL)
		compile_join(compiler, join, with, rule);
	if (constant != NULL) {
		size_t count = 0;
		struct value_source *source = compiler_append(compiler, &rule->sources, &count, sizeof *source);

		if (source == NULL)
			return;
		source->kind = SOURCE_CONSTANT;
		source->text = slice_trim(compiler_text(compiler, constant, "'constant'"));
		rule->source_count = count;
	}
}

/* --- keys --- */

/* Who may have a key: a rule of any of these contexts (0 = all rules), but none of those. */
static const struct {
	const char *key;
	unsigned needed;
	unsigned excluded;
	const char *owner;
} rule_keys[] = {
	{"from", 0, 0, NULL},
	{"join", 0, 0, NULL},
	{"with", 0, 0, NULL},
	{"constant", 0, 0, NULL},
	{"pick", 0, RULE_IS_TEXTS, "single values: a list takes all matches"},
	{"json", 0, 0, NULL},
	{"when", RULE_IS_TEXTS, 0, "records and lists"},
	{"split", RULE_IS_TEXTS | RULE_MAY_BE_MANY, 0, "lists"},
	{"strip_html", 0, 0, NULL},
	{"html", 0, 0, NULL},
	{"replace", 0, 0, NULL},
	{"lower", 0, 0, NULL},
	{"upper", 0, 0, NULL},
	{"empty_when", 0, 0, NULL},
	{"words", 0, 0, NULL},
	{"default", RULE_HAS_DEFAULT, 0, "whole fields: inside a list of preference, put the text last as {constant: …}"},
	{"decimal_sign", RULE_IS_NUMBER, 0, "numbers"},
	{"minor_units", RULE_IS_MONEY, 0, "prices"},
	{"date", RULE_IS_DATE, 0, "dates"},
	{"timezone", RULE_IS_DATE, 0, "dates"},
	{"unit", RULE_IS_WEIGHT, 0, "weights"},
	{"separator", RULE_IS_CATEGORY, 0, "categories"},
	{"drop", RULE_IS_CATEGORY, 0, "categories"},
	{"required", RULE_IS_FIELD, 0, "fields"},
};
#define RULE_KEY_COUNT (sizeof rule_keys / sizeof rule_keys[0])

static bool key_belongs(size_t index, unsigned context)
{
	return (rule_keys[index].needed == 0 || (rule_keys[index].needed & context) != 0) &&
	       (rule_keys[index].excluded & context) == 0;
}

const char *compile_rule_key(size_t index)
{
	return index < RULE_KEY_COUNT ? rule_keys[index].key : NULL;
}

/* Unknown keys, with those that are known here as suggestions; and known ones that stand where they say nothing. */
static void check_keys(struct compiler *compiler, const struct yaml_node *node, unsigned context)
{
	const char *known[RULE_KEY_COUNT];
	size_t known_count = 0;

	for (size_t i = 0; i < RULE_KEY_COUNT; i++)
		if (key_belongs(i, context) || yaml_find(node, rule_keys[i].key) != NULL)
			known[known_count++] = rule_keys[i].key;
	(void)yaml_refuse_unknown(compiler->document, node, known, known_count, compiler->problems); /* they are in problems */
	for (size_t i = 0; i < RULE_KEY_COUNT; i++) {
		const struct yaml_node *misplaced = key_belongs(i, context) ? NULL : yaml_find(node, rule_keys[i].key);

		if (misplaced != NULL)
			config_problem_at(compiler->problems, compiler->document, misplaced, true, "'%s' belongs to %s",
			                  rule_keys[i].key, rule_keys[i].owner);
	}
}

void compile_rule(struct compiler *compiler, const struct yaml_node *node, unsigned context, struct value_rule *ret_rule)
{
	const struct value_reading *around = compiler->reading;
	struct value_rule rule = {
		.reading = around,
		.place = {.file = compiler->file,
	                  .field = compiler->field,
	                  .line = node->key.size > 0 ? node->key_line : node->line},
	};

	if (node->type == YAML_MAPPING) {
		check_keys(compiler, node, context);
		compile_reading_keys(compiler, node, &rule);
		compiler->reading = rule.reading;
		compile_source_keys(compiler, node, context, &rule);
		compiler->reading = around;
		compile_transform_keys(compiler, node, &rule);
		if ((context & RULE_IS_CATEGORY) != 0 && rule.drop_count > 0 && rule.separator.size == 0)
			config_problem_at(compiler->problems, compiler->document, yaml_find(node, "drop"), true,
			                  "'drop' needs a 'separator': only a path in words has a beginning");
	} else {
		compile_sources(compiler, node, context, &rule);
	}
	*ret_rule = rule;
}

const struct value_rule *compile_rule_new(struct compiler *compiler, const struct yaml_node *node, unsigned context)
{
	struct value_rule *rule = arena_alloc(compiler->arena, sizeof *rule);

	if (rule == NULL)
		compiler->is_out_of_memory = true;
	else
		compile_rule(compiler, node, context, rule);
	return rule;
}
