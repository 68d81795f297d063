/* What the parsers of the path languages share, and the choice among them. */
#include "dialect/path.h"

#include "dialect/path_parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool path_fail(struct path_parser *parser, const char *format, ...)
{
	char text[PATH_MESSAGE_SIZE - 32];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments); /* a cut message still helps */
	va_end(arguments);
	(void)snprintf(parser->message, PATH_MESSAGE_SIZE, "%s at character %zu", text, parser->offset + 1);
	return false;
}

bool path_fail_without_memory(struct path_parser *parser)
{
	parser->message[0] = '\0';
	return false;
}

bool path_accept(struct path_parser *parser, char byte)
{
	if (path_at_end(parser) || parser->text.data[parser->offset] != byte)
		return false;
	parser->offset++;
	return true;
}

bool path_accept_text(struct path_parser *parser, const char *text)
{
	const struct slice rest = {parser->text.data + parser->offset, parser->text.size - parser->offset};

	if (!slice_starts_with(rest, text))
		return false;
	parser->offset += strlen(text);
	return true;
}

struct slice path_take_word(struct path_parser *parser, const char *stops)
{
	const size_t start = parser->offset;

	for (; !path_at_end(parser); parser->offset++) {
		const char byte = parser->text.data[parser->offset];

		if (byte == '\0' || strchr(" \t\r\n", byte) != NULL || strchr(stops, byte) != NULL)
			break;
	}
	return slice_make(parser->text.data + start, parser->offset - start);
}

bool path_add_step(struct path_parser *parser, struct path_step step)
{
	if (parser->step_count == PATH_STEPS_MAX)
		return path_fail(parser, "more than %d steps", PATH_STEPS_MAX);
	parser->steps[parser->step_count++] = step;
	return true;
}

bool path_add_predicate(struct path_parser *parser, struct path_predicate predicate)
{
	if (parser->predicate_count == PATH_PREDICATES_MAX)
		return path_fail(parser, "more than %d conditions on one step", PATH_PREDICATES_MAX);
	parser->predicates[parser->predicate_count++] = predicate;
	return true;
}

bool path_take_predicates(struct path_parser *parser, struct path_step *step)
{
	const size_t count = parser->predicate_count;
	struct path_predicate *copy;

	parser->predicate_count = 0;
	if (count == 0)
		return true;
	copy = arena_alloc(parser->arena, count * sizeof *copy);
	if (copy == NULL)
		return path_fail_without_memory(parser);
	memcpy(copy, parser->predicates, count * sizeof *copy);
	step->predicates = copy;
	step->predicate_count = count;
	return true;
}

struct slice path_namespace_find(const struct path_namespaces *namespaces, struct slice prefix)
{
	for (size_t i = 0; i < namespaces->count; i++)
		if (slice_equal(namespaces->items[i].prefix, prefix))
			return namespaces->items[i].space;
	if (slice_equal_text(prefix, "xml"))
		return slice_from("http://www.w3.org/XML/1998/namespace");
	return (struct slice){NULL, 0};
}

static bool parse(struct path_parser *parser, bool *ret_is_absolute)
{
	*ret_is_absolute = false;
	switch (parser->syntax->language) {
	case PATH_JSON:
		return path_parse_json(parser, ret_is_absolute);
	case PATH_CSV:
		return path_parse_csv(parser);
	case PATH_XML:
	case PATH_LANGUAGE_COUNT:
		break;
	}
	return path_parse_xml(parser, ret_is_absolute);
}

bool path_parse(struct slice text, const struct path_syntax *syntax, struct arena *arena, struct path *ret_path,
                char ret_message[PATH_MESSAGE_SIZE])
{
	struct path_parser parser = {.syntax = syntax, .arena = arena, .message = ret_message};
	struct path path = {.is_absolute = false};
	struct path_step *copy;

	if (!arena_copy(arena, slice_trim(text), &path.text))
		return path_fail_without_memory(&parser);
	parser.text = path.text;
	if (!parse(&parser, &path.is_absolute))
		return false;
	copy = arena_alloc(arena, parser.step_count * sizeof *copy);
	if (copy == NULL)
		return path_fail_without_memory(&parser);
	memcpy(copy, parser.steps, parser.step_count * sizeof *copy);
	path.enters_json = parser.enters_json;
	path.is_rows = parser.is_rows;
	path.steps = copy;
	path.step_count = parser.step_count;
	*ret_path = path;
	return true;
}

size_t path_element_count(const struct path *path)
{
	const enum step_kind last = path->steps[path->step_count - 1].kind;

	return last == STEP_ATTRIBUTE || last == STEP_TEXT || last == STEP_NAME ? path->step_count - 1 : path->step_count;
}

size_t path_parent_count(const struct path *path)
{
	size_t count = 0;

	while (count < path->step_count && path->steps[count].kind == STEP_PARENT)
		count++;
	return count;
}

bool path_needs_content(const struct path *path)
{
	const size_t count = path_element_count(path);

	if (path->steps[path->step_count - 1].kind != STEP_ATTRIBUTE || count == 0)
		return true;
	for (size_t i = 0; i < path->steps[count - 1].predicate_count; i++)
		if (path->steps[count - 1].predicates[i].subject != SUBJECT_ATTRIBUTE)
			return true;
	return false;
}

static bool same_name(const struct path_name *left, const struct path_name *right)
{
	return slice_equal(left->local, right->local) && left->is_qualified == right->is_qualified &&
	       slice_equal(left->space, right->space);
}

/* Could one element have both names? */
static bool names_meet(const struct path_name *left, const struct path_name *right)
{
	if (!slice_equal(left->local, right->local) && left->local.size > 0 && right->local.size > 0)
		return false;
	return !left->is_qualified || !right->is_qualified || slice_equal(left->space, right->space);
}

/* Could one element be both? What has a name is no item of an array. */
static bool steps_meet(const struct path_step *left, const struct path_step *right)
{
	if ((left->kind == STEP_ITEM && right->name.local.size > 0) || (right->kind == STEP_ITEM && left->name.local.size > 0))
		return false;
	return names_meet(&left->name, &right->name);
}

bool path_is_around(const struct path *outer, size_t count, const struct path *path)
{
	if (path_element_count(path) < count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!steps_meet(&outer->steps[i], &path->steps[i]))
			return false;
	return true;
}

size_t path_shared_count(const struct path *path, const struct path *other)
{
	const size_t elements = path_element_count(path);
	const size_t most = elements < path->step_count ? elements : elements - 1;
	size_t count = 0;

	while (count < most && path_is_around(path, count + 1, other))
		count++;
	return count;
}

bool path_same_elements(const struct path *left, const struct path *right)
{
	const size_t count = path_element_count(left);

	if (path_element_count(right) != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (left->steps[i].kind != right->steps[i].kind || !same_name(&left->steps[i].name, &right->steps[i].name))
			return false;
	return true;
}
