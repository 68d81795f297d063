/* Parses paths into JSON: child and item steps and filters of RFC 9535, and what it has beyond that is refused by name. */
#include "dialect/path_parser.h"

#include "base/number.h"

#include <string.h>

#define STOPS ".[]()'\"*?,&|=<>!$"

static void skip_blanks(struct path_parser *parser)
{
	while (path_peek(parser) == ' ' || path_peek(parser) == '\t')
		parser->offset++;
}

/* --- names and literals --- */

/* The text between quotes; a backslash takes the next quote or backslash as it is. */
static bool parse_quoted(struct path_parser *parser, struct slice *ret_text)
{
	const char quote = path_peek(parser);
	char *text;
	size_t size = 0;

	parser->offset++;
	text = arena_alloc(parser->arena, parser->text.size - parser->offset + 1);
	if (text == NULL)
		return path_fail_without_memory(parser);
	while (!path_at_end(parser) && path_peek(parser) != quote) {
		if (path_accept(parser, '\\') && (path_at_end(parser) || strchr("\\'\"/", path_peek(parser)) == NULL))
			return path_fail(parser, "only a quote and a backslash can follow a backslash");
		text[size++] = parser->text.data[parser->offset++];
	}
	if (!path_accept(parser, quote))
		return path_fail(parser, "a closing quote is missing");
	*ret_text = slice_make(text, size);
	return true;
}

static bool is_quote(char byte)
{
	return byte == '\'' || byte == '"';
}

/* The name behind a '.', or at the beginning. */
static bool parse_name(struct path_parser *parser, struct path_name *ret_name)
{
	*ret_name = (struct path_name){.local = path_take_word(parser, STOPS)};
	if (slice_is_empty(ret_name->local))
		return path_fail(parser, "a name is missing");
	if (path_peek(parser) == '(')
		return path_fail(parser, "functions are not understood, but for name() at the end");
	return true;
}

static bool parse_literal(struct path_parser *parser, struct path_predicate *predicate)
{
	if (is_quote(path_peek(parser))) {
		predicate->literal = LITERAL_STRING;
		return parse_quoted(parser, &predicate->value);
	}
	predicate->value = path_take_word(parser, "]()'\"*?,&|=<>!$");
	if (slice_equal_text(predicate->value, "true") || slice_equal_text(predicate->value, "false"))
		predicate->literal = LITERAL_BOOL;
	else if (slice_equal_text(predicate->value, "null"))
		predicate->literal = LITERAL_NULL;
	else if (predicate->value.size > 0 && strspn(predicate->value.data, "+-.eE0123456789") >= predicate->value.size)
		predicate->literal = LITERAL_NUMBER;
	else
		return path_fail(parser, "a quoted value, a number, true, false or null is missing");
	return true;
}

/* --- filters --- */

/* '@.a.b', '@['a']' or '@' alone. */
static bool parse_operand(struct path_parser *parser, struct path_predicate *predicate)
{
	struct path_name members[PATH_MEMBERS_MAX];
	struct path_name *copy;
	size_t count = 0;

	predicate->subject = SUBJECT_MEMBER;
	if (!path_accept(parser, '@'))
		return path_fail(parser, "a condition begins with '@'");
	while (path_peek(parser) == '.' || path_peek(parser) == '[') {
		if (count == PATH_MEMBERS_MAX)
			return path_fail(parser, "more than %d names", PATH_MEMBERS_MAX);
		members[count] = (struct path_name){.is_qualified = false};
		if (path_accept(parser, '.')) {
			if (!parse_name(parser, &members[count]))
				return false;
		} else {
			parser->offset++;
			if (!is_quote(path_peek(parser)))
				return path_fail(parser, "only a quoted name can stand in brackets here");
			if (!parse_quoted(parser, &members[count].local))
				return false;
			if (!path_accept(parser, ']'))
				return path_fail(parser, "']' is missing");
		}
		count++;
	}
	copy = arena_alloc(parser->arena, (count + 1) * sizeof *copy);
	if (copy == NULL)
		return path_fail_without_memory(parser);
	if (count > 0)
		memcpy(copy, members, count * sizeof *copy);
	predicate->members = copy;
	predicate->member_count = count;
	return true;
}

static bool parse_condition(struct path_parser *parser)
{
	struct path_predicate predicate = {.kind = PREDICATE_PRESENT};

	skip_blanks(parser);
	if (path_accept(parser, '!'))
		predicate.kind = PREDICATE_ABSENT;
	skip_blanks(parser);
	if (!parse_operand(parser, &predicate))
		return false;
	skip_blanks(parser);
	if (predicate.kind == PREDICATE_PRESENT && (path_peek(parser) == '=' || path_peek(parser) == '!')) {
		const bool is_equal = path_accept_text(parser, "==");

		if (!is_equal && !path_accept_text(parser, "!="))
			return path_fail(parser, "'==' or '!=' is missing");
		predicate.kind = is_equal ? PREDICATE_EQUAL : PREDICATE_DIFFERENT;
		skip_blanks(parser);
		if (!parse_literal(parser, &predicate))
			return false;
		skip_blanks(parser);
	}
	if (path_peek(parser) == '<' || path_peek(parser) == '>')
		return path_fail(parser, "only '==' and '!=' compare");
	if (path_peek(parser) == '|')
		return path_fail(parser, "'||' is not understood: write a list of paths");
	if (predicate.member_count == 0 && predicate.kind != PREDICATE_EQUAL && predicate.kind != PREDICATE_DIFFERENT)
		return path_fail(parser, "'@' alone needs a value to compare with");
	return path_add_predicate(parser, predicate);
}

static bool parse_filter(struct path_parser *parser)
{
	const bool is_bracketed = path_accept(parser, '(');

	do {
		if (!parse_condition(parser))
			return false;
	} while (path_accept_text(parser, "&&"));
	if (is_bracketed && !path_accept(parser, ')'))
		return path_fail(parser, "')' is missing");
	return true;
}

/* --- steps --- */

static bool parse_index(struct path_parser *parser, struct path_step *step)
{
	const struct slice word = path_take_word(parser, "]:,");
	int64_t index;

	if (path_peek(parser) == ':')
		return path_fail(parser, "slices are not understood");
	if (!number_parse_integer(word, -INT32_MAX, INT32_MAX - 1, &index))
		return path_fail(parser, "'%.*s' is no index", (int)word.size, word.data);
	step->kind = STEP_ITEM;
	return path_add_predicate(
		parser, (struct path_predicate){.kind = PREDICATE_POSITION, .position = (int32_t)(index < 0 ? index : index + 1)});
}

static bool parse_brackets(struct path_parser *parser)
{
	struct path_step step = {.kind = STEP_CHILD};

	skip_blanks(parser);
	if (is_quote(path_peek(parser))) {
		if (!parse_quoted(parser, &step.name.local))
			return false;
		if (slice_is_empty(step.name.local))
			return path_fail(parser, "a name is missing");
	} else if (path_accept(parser, '?')) {
		if (!parse_filter(parser))
			return false;
	} else if (path_accept(parser, '*')) {
		/* items only, so that '$[*]' does not meet the members of an object; '.*' does */
		step.kind = STEP_ITEM;
	} else if (!parse_index(parser, &step)) {
		return false;
	}
	skip_blanks(parser);
	if (path_peek(parser) == ',')
		return path_fail(parser, "unions are not understood: write a list of paths");
	if (!path_accept(parser, ']'))
		return path_fail(parser, "']' is missing");
	return path_take_predicates(parser, &step) && path_add_step(parser, step);
}

/* Behind a '.', or the first step of a path without one. */
static bool parse_member(struct path_parser *parser)
{
	struct path_step step = {.kind = STEP_CHILD};

	if (path_peek(parser) == '.')
		return path_fail(parser, "'..' (descendants) is not understood: name each step");
	if (path_accept(parser, '*'))
		return path_add_step(parser, step);
	if (path_accept_text(parser, "name()")) {
		step.kind = STEP_NAME;
		if (!path_at_end(parser))
			return path_fail(parser, "nothing can follow name()");
		return path_add_step(parser, step);
	}
	return parse_name(parser, &step.name) && path_add_step(parser, step);
}

bool path_parse_json(struct path_parser *parser, bool *ret_is_absolute)
{
	const bool is_rooted = path_accept(parser, '$');
	/* '.' alone is '@', as in the other languages */
	const bool is_dot = !is_rooted && parser->text.size == parser->offset + 1 && path_accept(parser, '.');
	const bool is_current = is_dot || (!is_rooted && path_accept(parser, '@'));

	*ret_is_absolute = is_rooted;
	if (is_rooted || (is_current && path_at_end(parser))) {
		const enum step_kind kind = is_rooted && !parser->enters_json ? STEP_ROOT : STEP_SELF;

		if (!path_add_step(parser, (struct path_step){.kind = kind}))
			return false;
	} else if (!is_current && path_peek(parser) != '[' && !parse_member(parser)) {
		return false;
	}
	while (!path_at_end(parser)) {
		if (path_accept(parser, '.')) {
			if (!parse_member(parser))
				return false;
		} else if (path_accept(parser, '[')) {
			if (!parse_brackets(parser))
				return false;
		} else {
			return path_fail(parser, "'%c' is not understood here", path_peek(parser));
		}
	}
	return true;
}
