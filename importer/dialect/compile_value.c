/* Compiles value rules: where a text comes from, and what is done to it. */
#include "dialect/compiler.h"

#define FEED_PREFIX "feed:"
#define NAMES_MAX 64

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

static bool compile_source(struct compiler *compiler, const struct yaml_node *node, struct value_source *source)
{
	*source = (struct value_source){.kind = SOURCE_PATH};
	if (node->type == YAML_SCALAR)
		return compile_scalar_source(compiler, node, source);
	if (!compiler_expect(compiler, node, YAML_MAPPING, "a fallback"))
		return false;
	source->kind = SOURCE_RULE;
	source->parts = compile_rule_new(compiler, node, 0);
	source->part_count = 1;
	return source->parts != NULL;
}

/* `from`: one source, or several in order of preference. */
static void compile_sources(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	struct value_source *sources = NULL;
	size_t count = 0;

	if (node->type == YAML_SEQUENCE && node->child_count == 0)
		config_problem_at(compiler->problems, compiler->document, node, false, "the list is empty");
	for (const struct yaml_node *item = node->type == YAML_SEQUENCE ? node->first : node; item != NULL;
	     item = node->type == YAML_SEQUENCE ? item->next : NULL) {
		struct value_source source;
		struct value_source *added;

		if (!compile_source(compiler, item, &source))
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

static void compile_replace_one(struct compiler *compiler, const struct yaml_node *node, const struct replacement ***list,
                                size_t *count)
{
	static const char *const known[] = {"pattern", "with"};
	const struct yaml_node *pattern;
	const struct yaml_node *with;
	const struct replacement *replacement;
	const struct replacement **added;
	char message[REPLACEMENT_MESSAGE_SIZE];

	if (!compiler_expect(compiler, node, YAML_MAPPING, "'replace'"))
		return;
	(void)yaml_refuse_unknown(compiler->document, node, known, 2, compiler->problems); /* they are in problems */
	pattern = yaml_find(node, "pattern");
	with = yaml_find(node, "with");
	if (pattern == NULL || with == NULL || pattern->type != YAML_SCALAR || with->type != YAML_SCALAR) {
		config_problem_at(compiler->problems, compiler->document, node, false,
		                  "'replace' needs the texts 'pattern' and 'with'");
		return;
	}
	replacement = replacement_new(&compiler->set->replacements, compiler->arena, pattern->text, with->text, message);
	if (replacement == NULL) {
		if (message[0] == '\0')
			compiler->is_out_of_memory = true;
		else
			config_problem_at(compiler->problems, compiler->document, pattern, false, "%s", message);
		return;
	}
	added = compiler_append(compiler, list, count, sizeof *added);
	if (added != NULL)
		*added = replacement;
}

/* A list where each item may be given by itself: one text, or a sequence of them. */
static const struct yaml_node *list_first(const struct yaml_node *node)
{
	return node->type == YAML_SEQUENCE ? node->first : node;
}

static const struct yaml_node *list_next(const struct yaml_node *node, const struct yaml_node *item)
{
	return node->type == YAML_SEQUENCE ? item->next : NULL;
}

static void compile_replace(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	const struct replacement **list = NULL;
	size_t count = 0;

	for (const struct yaml_node *item = list_first(node); item != NULL; item = list_next(node, item))
		compile_replace_one(compiler, item, &list, &count);
	rule->replacements = list;
	rule->replacement_count = count;
}

static void compile_empty_words(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	struct slice *list = NULL;
	size_t count = 0;

	for (const struct yaml_node *item = list_first(node); item != NULL; item = list_next(node, item)) {
		struct slice *word = compiler_append(compiler, &list, &count, sizeof *word);

		if (word == NULL)
			return;
		*word = compiler_text(compiler, item, "an item of 'empty_when'");
	}
	rule->empty_words = list;
	rule->empty_word_count = count;
}

static void compile_words(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	struct word_pair *list = NULL;
	size_t count = 0;

	if (!compiler_expect(compiler, node, YAML_MAPPING, "'words'"))
		return;
	for (const struct yaml_node *item = node->first; item != NULL; item = item->next) {
		struct word_pair *pair = compiler_append(compiler, &list, &count, sizeof *pair);

		if (pair == NULL)
			return;
		pair->to = compiler_text(compiler, item, "a word");
		if (!arena_copy(compiler->arena, item->key, &pair->from))
			compiler->is_out_of_memory = true;
	}
	rule->words = list;
	rule->word_count = count;
}

static void compile_default(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	struct value_source *source;

	if (!compiler_expect(compiler, node, YAML_SCALAR, "'default'"))
		return;
	source = arena_alloc(compiler->arena, sizeof *source);
	if (source == NULL) {
		compiler->is_out_of_memory = true;
		return;
	}
	if (slice_starts_with(node->text, FEED_PREFIX)) {
		if (!compile_scalar_source(compiler, node, source))
			return;
	} else {
		source->kind = SOURCE_CONSTANT;
		source->text = slice_trim(compiler_text(compiler, node, "'default'"));
	}
	rule->fallback = source;
}

static void compile_unit(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	static const char *const units[] = {"g", "kg", "oz", "lb"};

	if (!compiler_expect(compiler, node, YAML_SCALAR, "'unit'"))
		return;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (slice_equal_text(node->text, units[i]))
			rule->unit = units[i];
	if (rule->unit == NULL)
		compiler_refuse_word(compiler, node, false, "unit", units, sizeof units / sizeof units[0]);
}

static void compile_source_keys(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
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
		compile_sources(compiler, from, rule);
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

static void compile_transform_key(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	if (slice_equal_text(node->key, "strip_html")) {
		rule->strip_html = compiler_bool(compiler, node);
	} else if (slice_equal_text(node->key, "lower")) {
		if (compiler_bool(compiler, node))
			rule->letter_case = LETTER_CASE_LOWER;
	} else if (slice_equal_text(node->key, "upper")) {
		if (compiler_bool(compiler, node))
			rule->letter_case = LETTER_CASE_UPPER;
	} else if (slice_equal_text(node->key, "replace")) {
		compile_replace(compiler, node, rule);
	} else if (slice_equal_text(node->key, "empty_when")) {
		compile_empty_words(compiler, node, rule);
	} else if (slice_equal_text(node->key, "words")) {
		compile_words(compiler, node, rule);
	} else if (slice_equal_text(node->key, "default")) {
		compile_default(compiler, node, rule);
	} else if (slice_equal_text(node->key, "unit")) {
		compile_unit(compiler, node, rule);
	} else if (slice_equal_text(node->key, "required")) {
		rule->is_required = compiler_bool(compiler, node);
	} else if (slice_equal_text(node->key, "split")) {
		rule->split = compiler_text(compiler, node, "'split'");
	} else if (slice_equal_text(node->key, "separator")) {
		rule->separator = slice_trim(compiler_text(compiler, node, "'separator'"));
	}
}

static size_t known_keys(unsigned context, const char *ret_known[20])
{
	static const char *const always[] = {"from",    "join",  "with",  "constant",   "strip_html",
	                                     "replace", "lower", "upper", "empty_when", "words"};
	static const struct {
		unsigned context;
		const char *key;
	} sometimes[] = {
		{RULE_HAS_DEFAULT, "default"},   {RULE_IS_FIELD, "required"}, {RULE_IS_LIST, "split"},
		{RULE_IS_CATEGORY, "separator"}, {RULE_IS_WEIGHT, "unit"},
	};
	size_t count = 0;

	for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
		ret_known[count++] = always[i];
	for (size_t i = 0; i < sizeof sometimes / sizeof sometimes[0]; i++)
		if ((context & sometimes[i].context) != 0)
			ret_known[count++] = sometimes[i].key;
	return count;
}

void compile_rule(struct compiler *compiler, const struct yaml_node *node, unsigned context, struct value_rule *ret_rule)
{
	struct value_rule rule = {.sources = NULL};

	if (node->type == YAML_MAPPING) {
		const char *known[20];
		const size_t known_count = known_keys(context, known);

		(void)yaml_refuse_unknown(compiler->document, node, known, known_count,
		                          compiler->problems); /* they are in problems */
		compile_source_keys(compiler, node, &rule);
		for (const struct yaml_node *key = node->first; key != NULL; key = key->next)
			compile_transform_key(compiler, key, &rule);
	} else {
		compile_sources(compiler, node, &rule);
	}
	rule.has_transforms = rule.strip_html || rule.letter_case != LETTER_CASE_KEPT || rule.replacement_count > 0 ||
	                      rule.empty_word_count > 0 || rule.word_count > 0;
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
