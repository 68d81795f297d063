/* What all parts of the compiler need: growing arrays, and noting mistakes. */
#include "dialect/compiler.h"

#include "base/suggest.h"

#include <string.h>

void *compiler_append(struct compiler *compiler, void *items_address, size_t *count, size_t item_size)
{
	char *items;

	memcpy(&items, items_address, sizeof items);
	if ((*count & (*count - 1)) == 0) { /* full at each power of two */
		char *grown = arena_alloc(compiler->arena, (*count == 0 ? 1 : *count * 2) * item_size);

		if (grown == NULL) {
			compiler->is_out_of_memory = true;
			return NULL;
		}
		if (*count > 0)
			memcpy(grown, items, *count * item_size);
		items = grown;
		memcpy(items_address, &items, sizeof items);
	}
	return items + (*count)++ * item_size;
}

void *compiler_copy_array(struct compiler *compiler, const void *items, size_t count, size_t item_size)
{
	size_t capacity = 1;
	void *copy;

	if (count == 0)
		return NULL;
	while (capacity < count)
		capacity *= 2;
	copy = arena_alloc(compiler->arena, capacity * item_size);
	if (copy == NULL) {
		compiler->is_out_of_memory = true;
		return NULL;
	}
	memcpy(copy, items, count * item_size);
	return copy;
}

void compiler_refuse_word(struct compiler *compiler, const struct yaml_node *node, bool at_key, const char *what,
                          const char *const *known, size_t known_count)
{
	const struct slice word = at_key ? node->key : node->text;
	const char *nearest = suggest_nearest(word, known, known_count);
	struct buffer list;

	if (nearest != NULL) {
		config_problem_at(compiler->problems, compiler->document, node, at_key, "unknown %s '%.*s'; did you mean '%s'?",
		                  what, (int)word.size, word.data, nearest);
		return;
	}
	buffer_init(&list, 4096);
	for (size_t i = 0; i < known_count; i++) {
		(void)buffer_append_text(&list, i == 0 ? "; known: " : ", "); /* a list that is cut still helps */
		(void)buffer_append_text(&list, known[i]);
	}
	config_problem_at(compiler->problems, compiler->document, node, at_key, "unknown %s '%.*s'%.*s", what, (int)word.size,
	                  word.data, (int)list.size, list.size > 0 ? list.data : "");
	buffer_release(&list);
}

bool compiler_expect(struct compiler *compiler, const struct yaml_node *node, enum yaml_type type, const char *what)
{
	static const char *const names[] = {
		[YAML_SCALAR] = "a single text", [YAML_SEQUENCE] = "a list", [YAML_MAPPING] = "a mapping"};

	if (node->type == type)
		return true;
	config_problem_at(compiler->problems, compiler->document, node, false, "%s must be %s", what, names[type]);
	return false;
}

bool compiler_is_null(const struct yaml_node *node)
{
	return node->type == YAML_SCALAR && node->is_plain &&
	       (node->text.size == 0 || slice_equal_text(node->text, "~") || slice_equal_text(node->text, "null"));
}

struct slice compiler_text(struct compiler *compiler, const struct yaml_node *node, const char *what)
{
	struct slice copy = {NULL, 0};

	if (compiler_expect(compiler, node, YAML_SCALAR, what) && node->text.size > 0 &&
	    !arena_copy(compiler->arena, node->text, &copy))
		compiler->is_out_of_memory = true;
	return copy;
}

bool compiler_bool(struct compiler *compiler, const struct yaml_node *node)
{
	if (node->type == YAML_SCALAR && node->is_plain && slice_equal_text(node->text, "true"))
		return true;
	if (node->type != YAML_SCALAR || !node->is_plain || !slice_equal_text(node->text, "false"))
		config_problem_at(compiler->problems, compiler->document, node, false, "'%s' must be true or false",
		                  node->key.data);
	return false;
}

void compiler_drop(void *items, size_t *count, size_t item_size, size_t index)
{
	char *at = (char *)items + index * item_size;

	memmove(at, at + item_size, (--*count - index) * item_size);
}

struct slice compiler_key(struct compiler *compiler, const struct yaml_node *node)
{
	struct slice copy = {NULL, 0};

	if (!arena_copy(compiler->arena, node->key, &copy))
		compiler->is_out_of_memory = true;
	return copy;
}

/* --- paths --- */

/* Notes why a path cannot begin or climb as it does. */
static bool check_path(struct compiler *compiler, const struct yaml_node *node, const struct path *path, bool is_absolute)
{
	const bool is_xml = compiler->place.language == PATH_XML;
	const char *problem = NULL;

	if (is_absolute && !path->is_absolute && compiler->place.language != PATH_CSV)
		problem = is_xml ? "must begin with '/': it starts at the root of the feed"
		                 : "must begin with '$': it starts at the root of the feed";
	else if (!is_absolute && path->is_absolute && is_xml)
		problem = "must not begin with '/': it starts at the record";
	else if (path_parent_count(path) > 0 && (is_absolute || compiler->place.depth == 0))
		problem = "begins with '..': a record sees only itself, and what is nested in it sees the record";
	else if (compiler->place.language == PATH_CSV && compiler->place.is_in_cell && path->steps[0].kind != STEP_SELF &&
	         path->steps[0].kind != STEP_NAME && path->steps[0].kind != STEP_PARENT)
		problem = "is another column: '.' is the cell itself, '../NAME' the row's cell of that name";
	if (problem != NULL)
		config_problem_at(compiler->problems, compiler->document, node, false, "path '%s' %s", node->text.data, problem);
	return problem == NULL;
}

uint32_t compiler_path(struct compiler *compiler, const struct yaml_node *node, bool is_absolute)
{
	struct dialect *dialect = compiler->dialect;
	const struct path_syntax syntax = {.language = compiler->place.language,
	                                   .namespaces = &dialect->namespaces,
	                                   .has_rows = dialect->csv.group_column_count > 0 && compiler->place.depth == 0};
	char message[PATH_MESSAGE_SIZE];
	struct path path;
	struct path *added;

	if (!compiler_expect(compiler, node, YAML_SCALAR, "a path"))
		return OPTION_NONE;
	if (!path_parse(node->text, &syntax, compiler->arena, &path, message)) {
		if (message[0] == '\0')
			compiler->is_out_of_memory = true;
		else
			config_problem_at(compiler->problems, compiler->document, node, false, "path '%s': %s", node->text.data,
			                  message);
		return OPTION_NONE;
	}
	if (!check_path(compiler, node, &path, is_absolute))
		return OPTION_NONE;
	path.is_absolute = is_absolute;
	added = compiler_append(compiler, &dialect->paths, &dialect->path_count, sizeof *added);
	if (added == NULL)
		return OPTION_NONE;
	*added = path;
	return (uint32_t)(dialect->path_count - 1);
}

struct compiler_place compiler_enter(struct compiler *compiler, uint32_t each)
{
	const struct compiler_place before = compiler->place;
	const struct path *path = each == OPTION_NONE ? NULL : &compiler->dialect->paths[each];

	compiler->place.depth++;
	if (path != NULL && path->enters_json)
		compiler->place.language = PATH_JSON;
	compiler->place.is_in_cell = path != NULL && !path->is_rows;
	return before;
}

void compiler_leave(struct compiler *compiler, struct compiler_place place)
{
	compiler->place = place;
}
