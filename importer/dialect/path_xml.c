/* Parses paths into XML: recursive descent over a small part of XPath. */
#include "dialect/path_parser.h"

#include "base/number.h"

#define STOPS "/[]()@='\"*:|,<>"

static bool parse_name(struct path_parser *parser, struct path_name *ret_name)
{
	const size_t start = parser->offset;
	struct slice word;

	*ret_name = (struct path_name){.is_qualified = false};
	if (path_accept(parser, '*'))
		return true;
	word = path_take_word(parser, STOPS);
	if (slice_is_empty(word))
		return path_fail(parser, "a name is missing");
	if (path_accept(parser, ':')) {
		ret_name->space = path_namespace_find(parser->syntax->namespaces, word);
		if (slice_is_empty(ret_name->space)) {
			parser->offset = start;
			return path_fail(parser, "no namespace '%.*s' is declared", (int)word.size, word.data);
		}
		ret_name->is_qualified = true;
		if (path_accept(parser, '*'))
			return true;
		word = path_take_word(parser, STOPS);
		if (slice_is_empty(word))
			return path_fail(parser, "a name is missing behind the prefix");
	}
	ret_name->local = word;
	return true;
}

static bool parse_literal(struct path_parser *parser, struct slice *ret_value)
{
	const char quote = path_peek(parser);
	size_t start;

	if (quote != '\'' && quote != '"')
		return path_fail(parser, "a quoted value is missing");
	start = ++parser->offset;
	while (!path_at_end(parser) && parser->text.data[parser->offset] != quote)
		parser->offset++;
	if (path_at_end(parser))
		return path_fail(parser, "a closing quote is missing");
	*ret_value = slice_trim(slice_make(parser->text.data + start, parser->offset - start));
	parser->offset++;
	return true;
}

static bool parse_operand(struct path_parser *parser, struct path_predicate *predicate)
{
	if (path_accept(parser, '.')) {
		predicate->subject = SUBJECT_SELF;
		return true;
	}
	predicate->subject = path_accept(parser, '@') ? SUBJECT_ATTRIBUTE : SUBJECT_CHILD;
	return parse_name(parser, &predicate->name);
}

static bool parse_position(struct path_parser *parser, struct path_predicate *predicate)
{
	const struct slice word = path_take_word(parser, STOPS);
	int64_t position;

	if (!number_parse_integer(word, 1, INT32_MAX, &position))
		return path_fail(parser, "'%.*s' is no position", (int)word.size, word.data);
	predicate->kind = PREDICATE_POSITION;
	predicate->position = (int32_t)position;
	return true;
}

static bool parse_test(struct path_parser *parser, struct path_predicate *predicate)
{
	if (path_accept_text(parser, "not(")) {
		predicate->kind = PREDICATE_ABSENT;
		if (!parse_operand(parser, predicate))
			return false;
		if (!path_accept(parser, ')'))
			return path_fail(parser, "')' is missing");
	} else {
		if (!parse_operand(parser, predicate))
			return false;
		if (path_accept(parser, '=')) {
			predicate->kind = PREDICATE_EQUAL;
			if (!parse_literal(parser, &predicate->value))
				return false;
		}
	}
	if (predicate->kind != PREDICATE_EQUAL && predicate->subject == SUBJECT_SELF)
		return path_fail(parser, "'.' needs a value to compare with");
	return true;
}

static bool parse_predicate(struct path_parser *parser)
{
	struct path_predicate predicate = {.kind = PREDICATE_PRESENT};

	if (path_accept_text(parser, "last()")) {
		predicate.kind = PREDICATE_POSITION;
		predicate.position = -1;
	} else if (path_peek(parser) >= '0' && path_peek(parser) <= '9') {
		if (!parse_position(parser, &predicate))
			return false;
	} else if (!parse_test(parser, &predicate)) {
		return false;
	}
	if (!path_accept(parser, ']'))
		return path_fail(parser, "']' is missing");
	return path_add_predicate(parser, predicate);
}

static bool parse_parent(struct path_parser *parser)
{
	const size_t count = parser->step_count;

	if (count > 0 && parser->steps[count - 1].kind != STEP_PARENT)
		return path_fail(parser, "'..' can stand only at the beginning of a path");
	if (path_peek(parser) == '[')
		return path_fail(parser, "a condition cannot stand behind '..'");
	return path_add_step(parser, (struct path_step){.kind = STEP_PARENT});
}

static bool parse_step(struct path_parser *parser)
{
	struct path_step step = {.kind = STEP_CHILD};

	if (path_peek(parser) == '/')
		return path_fail(parser, "'//' is not understood: name each step");
	if (path_accept_text(parser, ".."))
		return parse_parent(parser);
	if (path_accept(parser, '@')) {
		step.kind = STEP_ATTRIBUTE;
		return parse_name(parser, &step.name) && path_add_step(parser, step);
	}
	if (path_accept_text(parser, "text()"))
		return path_add_step(parser, (struct path_step){.kind = STEP_TEXT});
	if (path_accept_text(parser, "name()"))
		return path_add_step(parser, (struct path_step){.kind = STEP_NAME});
	if (path_accept(parser, '.'))
		step.kind = STEP_SELF;
	else if (!parse_name(parser, &step.name))
		return false;
	while (path_accept(parser, '['))
		if (!parse_predicate(parser))
			return false;
	return path_take_predicates(parser, &step) && path_add_step(parser, step);
}

static bool ends_path(enum step_kind kind)
{
	return kind == STEP_ATTRIBUTE || kind == STEP_TEXT || kind == STEP_NAME;
}

bool path_parse_xml(struct path_parser *parser, bool *ret_is_absolute)
{
	*ret_is_absolute = path_accept(parser, '/');
	do {
		if (parser->step_count > 0 && ends_path(parser->steps[parser->step_count - 1].kind))
			return path_fail(parser, "nothing can follow an attribute, text() or name()");
		if (!parse_step(parser))
			return false;
	} while (path_accept(parser, '/'));
	if (!path_at_end(parser))
		return path_fail(parser, "'%c' is not understood here", path_peek(parser));
	return true;
}
