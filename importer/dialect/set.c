/* The set of dialects: reading their files in the order of what extends what, finding, choosing and recognising. */
#include "dialect/model.h"

#include "base/suggest.h"
#include "dialect/compiler.h"
#include "dialect/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SET_BYTES_MAX ((size_t)512 * 1024 * 1024)
#define SET_DIALECTS_MAX 1000

enum text_state { TEXT_NEW, TEXT_BEING_COMPILED, TEXT_DONE };

/* One file while the set is made. */
struct unit {
	const struct dialect_text *text;
	struct yaml_document document;
	bool has_document;
	enum text_state state;
	struct dialect *dialect;
};

struct assembly {
	struct dialect_set *set;
	const struct dialect_text *texts;
	struct unit *units; /* one of each text */
	size_t count;
	struct config_problems *problems;
	struct dialect_zones zones;
};

bool dialect_is_based_on(const struct dialect *dialect, const struct dialect *base)
{
	for (dialect = dialect->base; dialect != NULL; dialect = dialect->base)
		if (dialect == base)
			return true;
	return false;
}

/* --- compiling --- */

static void copy_nested(struct compiler *compiler, struct record_rule *records, size_t count)
{
	for (size_t i = 0; i < count && !compiler->is_out_of_memory; i++) {
		records[i].nested = compiler_copy_array(compiler, records[i].nested, records[i].nested_count, sizeof *records);
		if (records[i].nested != NULL)
			copy_nested(compiler, records[i].nested, records[i].nested_count);
	}
}

/* A dialect with everything that its base says, in arrays of its own. */
static bool inherit(struct compiler *compiler, const struct dialect *base)
{
	struct dialect *dialect = compiler->dialect;
	const char *name;

	assert(dialect != NULL);
	name = dialect->name;
	*dialect = *base;
	dialect->name = name;
	dialect->base = base;
	dialect->namespaces.items = compiler_copy_array(compiler, base->namespaces.items, base->namespaces.count,
	                                                sizeof *base->namespaces.items);
	dialect->options = compiler_copy_array(compiler, base->options, base->option_count, sizeof *base->options);
	dialect->feeds = compiler_copy_array(compiler, base->feeds, base->feed_count, sizeof *base->feeds);
	dialect->records = compiler_copy_array(compiler, base->records, base->record_count, sizeof *base->records);
	dialect->paths = compiler_copy_array(compiler, base->paths, base->path_count, sizeof *base->paths);
	if (dialect->records != NULL)
		copy_nested(compiler, dialect->records, dialect->record_count);
	return !compiler->is_out_of_memory;
}

static void refuse_base(const struct assembly *assembly, const struct unit *unit, const struct yaml_node *node)
{
	const char **known = calloc(assembly->count, sizeof *known);
	const char *nearest = NULL;

	for (size_t i = 0; known != NULL && i < assembly->count; i++)
		known[i] = assembly->units[i].dialect->name;
	if (known != NULL)
		nearest = suggest_nearest(node->text, known, assembly->count);
	if (nearest != NULL && !slice_equal_text(unit->text->name, nearest))
		config_problem_at(assembly->problems, &unit->document, node, false, "unknown dialect '%s'; did you mean '%s'?",
		                  node->text.data, nearest);
	else
		config_problem_at(assembly->problems, &unit->document, node, false, "unknown dialect '%s'", node->text.data);
	free(known);
}

/* The unit that this one extends, or NULL where it does not or wrongly so. */
static struct unit *read_base(const struct assembly *assembly, const struct unit *unit)
{
	const struct yaml_node *node = yaml_find(unit->document.root, "extends");
	struct unit *base;
	size_t at;

	if (node == NULL)
		return NULL;
	if (node->type != YAML_SCALAR) {
		config_problem_at(assembly->problems, &unit->document, node, false, "'extends' must be a single text");
		return NULL;
	}
	at = dialect_text_find_base(assembly->texts, assembly->count, (size_t)(unit - assembly->units), node->text);
	if (at == DIALECT_TEXT_NONE) {
		refuse_base(assembly, unit, node);
		return NULL;
	}
	base = &assembly->units[at];
	if (base->state == TEXT_BEING_COMPILED) {
		config_problem_at(assembly->problems, &unit->document, node, false,
		                  "'%s' extends this dialect already: that is a circle", node->text.data);
		return NULL;
	}
	return base;
}

static int compile_unit(struct assembly *assembly, struct unit *unit, struct error *err)
{
	struct compiler compiler = {.set = assembly->set,
	                            .arena = &assembly->set->arena,
	                            .document = &unit->document,
	                            .problems = assembly->problems,
	                            .zones = assembly->zones,
	                            .dialect = unit->dialect,
	                            .file = arena_text(&assembly->set->arena, slice_from(unit->text->file))};
	struct unit *base;

	if (compiler.file == NULL)
		return error_set_memory(err);
	unit->state = TEXT_BEING_COMPILED;
	if (unit->document.root != NULL && unit->document.root->type == YAML_MAPPING) {
		base = read_base(assembly, unit);
		if (base != NULL && base->state == TEXT_NEW && compile_unit(assembly, base, err) != 0)
			return -1;
		if (base != NULL && !inherit(&compiler, base->dialect))
			return error_set_memory(err);
	}
	if (unit->document.root != NULL)
		compile_dialect(&compiler);
	unit->state = TEXT_DONE;
	return compiler.is_out_of_memory ? error_set_memory(err) : 0;
}

static int read_unit(struct assembly *assembly, struct unit *unit, const struct dialect_text *text, struct error *err)
{
	struct arena *arena = &assembly->set->arena;

	unit->text = text;
	unit->dialect = arena_alloc(arena, sizeof *unit->dialect);
	if (unit->dialect == NULL)
		return error_set_memory(err);
	unit->dialect->name = arena_text(arena, text->name);
	unit->dialect->description = "";
	if (unit->dialect->name == NULL)
		return error_set_memory(err);
	if (yaml_parse(text->file, text->yaml, &unit->document, assembly->problems, err) != 0)
		return -1;
	unit->has_document = true;
	if (unit->document.root == NULL && slice_is_empty(slice_trim(text->yaml)))
		config_problem_file(assembly->problems, text->file, "the dialect is empty");
	return 0;
}

static int compare_dialects(const void *left, const void *right)
{
	const struct dialect *const *a = left;
	const struct dialect *const *b = right;

	return strcmp((*a)->name, (*b)->name);
}

/* The dialects that no later one of the same name replaces, by name. */
static int collect(struct assembly *assembly, struct error *err)
{
	struct dialect_set *set = assembly->set;

	if (assembly->count == 0)
		return 0;
	set->dialects = arena_alloc(&set->arena, assembly->count * sizeof *set->dialects);
	if (set->dialects == NULL)
		return error_set_memory(err);
	for (size_t i = 0; i < assembly->count; i++) {
		bool is_replaced = false;

		for (size_t k = i + 1; k < assembly->count; k++)
			is_replaced |= slice_equal(assembly->units[i].text->name, assembly->units[k].text->name);
		if (!is_replaced)
			set->dialects[set->count++] = assembly->units[i].dialect;
	}
	qsort(set->dialects, set->count, sizeof *set->dialects, compare_dialects);
	return 0;
}

static int assemble(struct assembly *assembly, struct error *err)
{
	for (size_t i = 0; i < assembly->count; i++)
		if (read_unit(assembly, &assembly->units[i], &assembly->texts[i], err) != 0)
			return -1;
	for (size_t i = 0; i < assembly->count; i++)
		if (assembly->units[i].state == TEXT_NEW && compile_unit(assembly, &assembly->units[i], err) != 0)
			return -1;
	return collect(assembly, err);
}

int dialect_set_compile(const struct dialect_texts *texts, struct dialect_set **ret_set, struct config_problems *problems,
                        struct error *err)
{
	const size_t count = texts->count;
	struct dialect_set *set;
	struct unit *units;
	int result;

	if (count > SET_DIALECTS_MAX)
		return error_set(err, ERROR_LIMIT, "more than %d dialects", SET_DIALECTS_MAX);
	set = calloc(1, sizeof *set);
	units = calloc(count + 1, sizeof *units);
	if (set == NULL || units == NULL) {
		free(set);
		free(units);
		return error_set_memory(err);
	}
	arena_init(&set->arena, SET_BYTES_MAX);
	struct assembly assembly = {
		.set = set, .texts = texts->texts, .units = units, .count = count, .zones = texts->zones, .problems = problems};
	result = assemble(&assembly, err);
	for (size_t i = 0; i < count; i++)
		if (units[i].has_document)
			yaml_document_release(&units[i].document);
	free(units);
	if (result != 0) {
		dialect_set_free(set);
		return -1;
	}
	*ret_set = set;
	return 0;
}

void dialect_set_free(struct dialect_set *set)
{
	if (set == NULL)
		return;
	replacement_list_release(&set->replacements);
	arena_release(&set->arena);
	free(set);
}

/* --- asking --- */

size_t dialect_set_count(const struct dialect_set *set)
{
	return set->count;
}

const char *dialect_set_name(const struct dialect_set *set, size_t index)
{
	return index < set->count ? set->dialects[index]->name : NULL;
}

const struct dialect *dialect_find(const struct dialect_set *set, struct slice name)
{
	for (size_t i = 0; i < set->count; i++)
		if (slice_equal_text(name, set->dialects[i]->name))
			return set->dialects[i];
	return NULL;
}

const char *dialect_description(const struct dialect_set *set, struct slice name)
{
	const struct dialect *dialect = dialect_find(set, name);

	return dialect == NULL ? NULL : dialect->description;
}

void dialect_set_append_names(const struct dialect_set *set, struct buffer *buffer)
{
	for (size_t i = 0; i < set->count; i++) {
		(void)buffer_append_text(buffer, i == 0 ? "" : ", "); /* the buffer remembers a failure */
		(void)buffer_append_text(buffer, set->dialects[i]->name);
	}
}

/* "'x' is no …; did you mean 'y'?", or the known ones. */
static int refuse_word(const char *what, struct slice word, const char *const *known, size_t known_count, struct error *err)
{
	const char *nearest = suggest_nearest(word, known, known_count);
	struct buffer list;

	if (nearest != NULL)
		return error_set(err, ERROR_CONFIG, "unknown %s '%.*s'; did you mean '%s'?", what, (int)word.size, word.data,
		                 nearest);
	buffer_init(&list, 4096);
	for (size_t i = 0; i < known_count; i++) {
		(void)buffer_append_text(&list, i == 0 ? "" : ", "); /* a list that is cut still helps */
		(void)buffer_append_text(&list, known[i]);
	}
	(void)error_set(err, ERROR_CONFIG, "unknown %s '%.*s'; known: %.*s", what, (int)word.size, word.size > 0 ? word.data : "",
	                list.size > 0 ? (int)list.size : 4, list.size > 0 ? list.data : "none");
	buffer_release(&list);
	return -1;
}

int dialect_choose_options(const struct dialect *dialect, const struct dialect_option *options, size_t count,
                           size_t ret_chosen[OPTION_VALUES_MAX], struct error *err)
{
	const char *names[DIALECT_OPTIONS_MAX];
	char what[128];

	for (size_t i = 0; i < dialect->option_count; i++) {
		names[i] = dialect->options[i].name.data;
		ret_chosen[i] = dialect->options[i].default_value;
	}
	for (size_t k = 0; k < count; k++) {
		const struct option_rule *option;
		size_t index = 0;
		size_t value = 0;

		while (index < dialect->option_count && !slice_equal_text(options[k].name, names[index]))
			index++;
		(void)snprintf(what, sizeof what, "option of dialect '%.40s'", dialect->name);
		if (index == dialect->option_count)
			return refuse_word(what, options[k].name, names, dialect->option_count, err);
		option = &dialect->options[index];
		while (value < option->value_count && !slice_equal_text(options[k].value, option->values[value]))
			value++;
		(void)snprintf(what, sizeof what, "value of option '%.40s'", option->name.data);
		if (value == option->value_count)
			return refuse_word(what, options[k].value, option->values, option->value_count, err);
		ret_chosen[index] = value;
	}
	return 0;
}

int dialect_check_options(const struct dialect_set *set, struct slice name, const struct dialect_option *options, size_t count,
                          struct error *err)
{
	const struct dialect *dialect = dialect_find(set, name);
	size_t chosen[OPTION_VALUES_MAX];
	const char **known;
	int result;

	if (dialect != NULL)
		return dialect_choose_options(dialect, options, count, chosen, err);
	known = calloc(set->count + 1, sizeof *known);
	if (known == NULL)
		return error_set_memory(err);
	for (size_t i = 0; i < set->count; i++)
		known[i] = set->dialects[i]->name;
	result = refuse_word("dialect", name, known, set->count, err);
	free(known);
	return result;
}
