/* Parses the paths of a dialect: recursive descent over one line of text. */
#include "dialect/path.h"

#include "base/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct parser {
	struct slice text;
	size_t offset;
	const struct path_namespaces *namespaces;
	struct arena *arena;
	char *message;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct parser *parser, const char *format, ...)
{
	char text[PATH_MESSAGE_SIZE - 32];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments); /* a cut message still helps */
	va_end(arguments);
	(void)snprintf(parser->message, PATH_MESSAGE_SIZE, "%s at character %zu", text, parser->offset + 1);
	return false;
}

static bool fail_without_memory(struct parser *parser)
{
	parser->message[0] = '\0';
	return false;
}

static char peek(const struct parser *parser)
{
	return parser->offset < parser->text.size ? parser->text.data[parser->offset] : '\0';
}

static bool accept(struct parser *parser, char byte)
{
	if (parser->offset >= parser->text.size || parser->text.data[parser->offset] != byte)
		return false;
	parser->offset++;
	return true;
}

static bool accept_text(struct parser *parser, const char *text)
{
	const struct slice rest = {parser->text.data + parser->offset, parser->text.size - parser->offset};

	if (!slice_starts_with(rest, text))
		return false;
	parser->offset += strlen(text);
	return true;
}

static bool is_name_byte(char byte)
{
	return byte != '\0' && strchr("/[]()@='\"*:|,<> \t\r\n", byte) == NULL;
}

static struct slice take_word(struct parser *parser)
{
	const size_t start = parser->offset;

	while (parser->offset < parser->text.size && is_name_byte(parser->text.data[parser->offset]))
		parser->offset++;
	return slice_make(parser->text.data + start, parser->offset - start);
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

static bool parse_name(struct parser *parser, struct path_name *ret_name)
{
	const size_t start = parser->offset;
	struct slice word;

	*ret_name = (struct path_name){.is_qualified = false};
	if (accept(parser, '*'))
		return true;
	word = take_word(parser);
	if (slice_is_empty(word))
		return fail(parser, "a name is missing");
	if (accept(parser, ':')) {
		ret_name->space = path_namespace_find(parser->namespaces, word);
		if (slice_is_empty(ret_name->space)) {
			parser->offset = start;
			return fail(parser, "no namespace '%.*s' is declared", (int)word.size, word.data);
		}
		ret_name->is_qualified = true;
		if (accept(parser, '*'))
			return true;
		word = take_word(parser);
		if (slice_is_empty(word))
			return fail(parser, "a name is missing behind the prefix");
	}
	ret_name->local = word;
	return true;
}

static bool parse_literal(struct parser *parser, struct slice *ret_value)
{
	const char quote = peek(parser);
	size_t start;

	if (quote != '\'' && quote != '"')
		return fail(parser, "a quoted value is missing");
	start = ++parser->offset;
	while (parser->offset < parser->text.size && parser->text.data[parser->offset] != quote)
		parser->offset++;
	if (parser->offset == parser->text.size)
		return fail(parser, "a closing quote is missing");
	*ret_value = slice_trim(slice_make(parser->text.data + start, parser->offset - start));
	parser->offset++;
	return true;
}

static bool parse_operand(struct parser *parser, struct path_predicate *predicate)
{
	if (accept(parser, '.')) {
		predicate->subject = SUBJECT_SELF;
		return true;
	}
	predicate->subject = accept(parser, '@') ? SUBJECT_ATTRIBUTE : SUBJECT_CHILD;
	return parse_name(parser, &predicate->name);
}

static bool parse_position(struct parser *parser, struct path_predicate *predicate)
{
	const struct slice word = take_word(parser);
	int64_t position;

	if (!number_parse_integer(word, 1, INT32_MAX, &position))
		return fail(parser, "'%.*s' is no position", (int)word.size, word.data);
	predicate->kind = PREDICATE_POSITION;
	predicate->position = (uint32_t)position;
	return true;
}

static bool parse_predicate(struct parser *parser, struct path_predicate *predicate)
{
	*predicate = (struct path_predicate){.kind = PREDICATE_PRESENT};
	if (peek(parser) >= '0' && peek(parser) <= '9') {
		if (!parse_position(parser, predicate))
			return false;
	} else if (accept_text(parser, "not(")) {
		predicate->kind = PREDICATE_ABSENT;
		if (!parse_operand(parser, predicate))
			return false;
		if (!accept(parser, ')'))
			return fail(parser, "')' is missing");
	} else {
		if (!parse_operand(parser, predicate))
			return false;
		if (accept(parser, '=')) {
			predicate->kind = PREDICATE_EQUAL;
			if (!parse_literal(parser, &predicate->value))
				return false;
		}
	}
	if (predicate->kind != PREDICATE_EQUAL && predicate->kind != PREDICATE_POSITION && predicate->subject == SUBJECT_SELF)
		return fail(parser, "'.' needs a value to compare with");
	return accept(parser, ']') ? true : fail(parser, "']' is missing");
}

static bool parse_predicates(struct parser *parser, struct path_step *step)
{
	struct path_predicate predicates[PATH_PREDICATES_MAX];
	struct path_predicate *copy;
	size_t count = 0;

	while (accept(parser, '[')) {
		if (count == PATH_PREDICATES_MAX)
			return fail(parser, "more than %d conditions on one step", PATH_PREDICATES_MAX);
		if (!parse_predicate(parser, &predicates[count]))
			return false;
		count++;
	}
	if (count == 0)
		return true;
	copy = arena_alloc(parser->arena, count * sizeof *copy);
	if (copy == NULL)
		return fail_without_memory(parser);
	memcpy(copy, predicates, count * sizeof *copy);
	step->predicates = copy;
	step->predicate_count = count;
	return true;
}

static bool parse_step(struct parser *parser, struct path_step *step)
{
	*step = (struct path_step){.kind = STEP_CHILD};
	if (peek(parser) == '/')
		return fail(parser, "'//' is not understood: name each step");
	if (accept_text(parser, ".."))
		return fail(parser, "'..' is not understood: a record sees only itself");
	if (accept(parser, '@')) {
		step->kind = STEP_ATTRIBUTE;
		return parse_name(parser, &step->name);
	}
	if (accept_text(parser, "text()")) {
		step->kind = STEP_TEXT;
		return true;
	}
	if (peek(parser) == '.') {
		parser->offset++;
		step->kind = STEP_SELF;
	} else if (!parse_name(parser, &step->name)) {
		return false;
	}
	return parse_predicates(parser, step);
}

bool path_parse(struct slice text, const struct path_namespaces *namespaces, struct arena *arena, struct path *ret_path,
                char ret_message[PATH_MESSAGE_SIZE])
{
	struct path_step steps[PATH_STEPS_MAX];
	struct path_step *copy;
	struct parser parser = {.namespaces = namespaces, .arena = arena, .message = ret_message};
	struct path path = {.is_absolute = false};
	size_t count = 0;

	if (!arena_copy(arena, slice_trim(text), &path.text))
		return fail_without_memory(&parser);
	parser.text = path.text;
	path.is_absolute = accept(&parser, '/');
	do {
		if (count == PATH_STEPS_MAX)
			return fail(&parser, "more than %d steps", PATH_STEPS_MAX);
		if (count > 0 && (steps[count - 1].kind == STEP_ATTRIBUTE || steps[count - 1].kind == STEP_TEXT))
			return fail(&parser, "nothing can follow an attribute or text()");
		if (!parse_step(&parser, &steps[count]))
			return false;
		count++;
	} while (accept(&parser, '/'));
	if (parser.offset < parser.text.size)
		return fail(&parser, "'%c' is not understood here", parser.text.data[parser.offset]);
	copy = arena_alloc(arena, count * sizeof *copy);
	if (copy == NULL)
		return fail_without_memory(&parser);
	memcpy(copy, steps, count * sizeof *copy);
	path.steps = copy;
	path.step_count = count;
	*ret_path = path;
	return true;
}

size_t path_element_count(const struct path *path)
{
	const enum step_kind last = path->steps[path->step_count - 1].kind;

	return last == STEP_ATTRIBUTE || last == STEP_TEXT ? path->step_count - 1 : path->step_count;
}
