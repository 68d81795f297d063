/* Compiles the keys of a value rule that say what is done to its text. */
#include "dialect/compiler.h"

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

static void compile_replace(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	const struct replacement **list = NULL;
	size_t count = 0;

	for (const struct yaml_node *item = compiler_list_first(node); item != NULL; item = compiler_list_next(node, item))
		compile_replace_one(compiler, item, &list, &count);
	rule->replacements = list;
	rule->replacement_count = count;
}

/* One text or several, as they are. */
static void compile_texts(struct compiler *compiler, const struct yaml_node *node, const char *what, const struct slice **ret_texts,
                          size_t *ret_count)
{
	struct slice *list = NULL;
	size_t count = 0;

	for (const struct yaml_node *item = compiler_list_first(node); item != NULL; item = compiler_list_next(node, item)) {
		struct slice *word = compiler_append(compiler, &list, &count, sizeof *word);

		if (word == NULL)
			return;
		*word = compiler_text(compiler, item, what);
	}
	*ret_texts = list;
	*ret_count = count;
}

static void compile_splits(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	compile_texts(compiler, node, "'split'", &rule->splits, &rule->split_count);
	if (rule->split_count > VALUE_SPLITS_MAX) {
		config_problem_at(compiler->problems, compiler->document, node, false, "more than %d separators", VALUE_SPLITS_MAX);
		rule->split_count = 0;
	}
	for (size_t i = 0; i < rule->split_count; i++)
		if (rule->splits[i].size == 0 && node->type != YAML_MAPPING)
			config_problem_at(compiler->problems, compiler->document, node, false, "a separator is empty");
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
	rule->fallback = compile_text_source(compiler, node, "'default'");
}

static void compile_html(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	static const char *const known[] = {"text"};

	if (!compiler_expect(compiler, node, YAML_SCALAR, "'html'"))
		return;
	if (rule->html != HTML_KEPT)
		config_problem_at(compiler->problems, compiler->document, node, true, "'html' and 'strip_html' exclude each other");
	if (slice_equal_text(node->text, known[0]))
		rule->html = HTML_TO_TEXT;
	else
		compiler_refuse_word(compiler, node, false, "treatment of HTML", known, 1);
}

static void compile_pick(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	static const char *const picks[] = {
		[PICK_FIRST] = "first", [PICK_LAST] = "last", [PICK_LONGEST] = "longest", [PICK_MIN] = "min", [PICK_MAX] = "max"};

	if (!compiler_expect(compiler, node, YAML_SCALAR, "'pick'"))
		return;
	for (size_t i = 0; i < sizeof picks / sizeof picks[0]; i++) {
		if (slice_equal_text(node->text, picks[i])) {
			rule->pick = (enum pick)i;
			return;
		}
	}
	compiler_refuse_word(compiler, node, false, "pick", picks, sizeof picks / sizeof picks[0]);
}

static void compile_json(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	if (compiler->dialect->format == PATH_XML)
		config_problem_at(compiler->problems, compiler->document, node, true,
		                  "'json' is for dialects with 'format: json' or 'format: csv'");
	rule->is_json = compiler_bool(compiler, node);
}

static void compile_lower(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	if (compiler_bool(compiler, node))
		rule->letter_case = LETTER_CASE_LOWER;
}

static void compile_upper(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	if (compiler_bool(compiler, node))
		rule->letter_case = LETTER_CASE_UPPER;
}

static void compile_strip_html(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	if (compiler_bool(compiler, node))
		rule->html = HTML_STRIPPED;
}

static void compile_empty_words(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	compile_texts(compiler, node, "an item of 'empty_when'", &rule->empty_words, &rule->empty_word_count);
}

static void compile_drops(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	compile_texts(compiler, node, "an item of 'drop'", &rule->drops, &rule->drop_count);
}

static void compile_separator(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	rule->separator = slice_trim(compiler_text(compiler, node, "'separator'"));
}

static void compile_required(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	rule->is_required = compiler_bool(compiler, node);
}

void compile_transform_keys(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule)
{
	static const struct {
		const char *key;
		void (*compile)(struct compiler *compiler, const struct yaml_node *node, struct value_rule *rule);
	} keys[] = {
		{"pick", compile_pick},
		{"json", compile_json},
		{"split", compile_splits},
		{"strip_html", compile_strip_html},
		{"html", compile_html},
		{"replace", compile_replace},
		{"lower", compile_lower},
		{"upper", compile_upper},
		{"empty_when", compile_empty_words},
		{"words", compile_words},
		{"default", compile_default},
		{"separator", compile_separator},
		{"drop", compile_drops},
		{"required", compile_required},
	};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		const struct yaml_node *value = yaml_find(node, keys[i].key);

		if (value != NULL)
			keys[i].compile(compiler, value, rule);
	}
	rule->has_transforms = rule->html != HTML_KEPT || rule->letter_case != LETTER_CASE_KEPT || rule->replacement_count > 0 ||
	                       rule->empty_word_count > 0 || rule->word_count > 0;
}
