/* Parses columns of a table. The whole text is a name, so that any header can be written as it stands. */
#include "dialect/path_parser.h"

#include <string.h>

#define ARROW "->"

static bool parse_quoted(struct path_parser *parser, struct path_step *step)
{
	const size_t start = ++parser->offset;

	while (!path_at_end(parser) && path_peek(parser) != '"')
		parser->offset++;
	step->name.local = slice_make(parser->text.data + start, parser->offset - start);
	if (!path_accept(parser, '"'))
		return path_fail(parser, "a closing quote is missing");
	return true;
}

/* Up to the arrow, or the end. */
static void parse_plain(struct path_parser *parser, struct path_step *step)
{
	const struct slice rest = {parser->text.data + parser->offset, parser->text.size - parser->offset};
	const size_t arrow = slice_find(rest, (struct slice)SLICE(ARROW));
	const struct slice name = slice_trim(slice_make(rest.data, arrow == SIZE_MAX ? rest.size : arrow));

	step->name.local = name;
	if (name.size > 0 && memchr(name.data, '*', name.size) != NULL)
		step->kind = STEP_COLUMNS;
	parser->offset += arrow == SIZE_MAX ? rest.size : arrow;
}

static bool parse_column(struct path_parser *parser)
{
	struct path_step step = {.kind = STEP_COLUMN};

	if (path_peek(parser) != '"')
		parse_plain(parser, &step);
	else if (!parse_quoted(parser, &step))
		return false;
	if (slice_is_empty(step.name.local))
		return path_fail(parser, "the name of a column is missing");
	return path_add_step(parser, step);
}

static bool parse_json_of_cell(struct path_parser *parser)
{
	bool is_absolute;

	while (path_peek(parser) == ' ')
		parser->offset++;
	parser->enters_json = true;
	return path_parse_json(parser, &is_absolute);
}

bool path_parse_csv(struct path_parser *parser)
{
	struct slice rest;

	while (path_accept_text(parser, "../"))
		if (!path_add_step(parser, (struct path_step){.kind = STEP_PARENT}))
			return false;
	rest = slice_make(parser->text.data + parser->offset, parser->text.size - parser->offset);
	parser->is_rows = parser->syntax->has_rows && slice_equal_text(parser->text, "rows");
	if (parser->is_rows)
		return path_add_step(parser, (struct path_step){.kind = STEP_ITEM});
	if (slice_equal_text(rest, "."))
		return path_add_step(parser, (struct path_step){.kind = STEP_SELF});
	if (slice_equal_text(rest, "name()"))
		return path_add_step(parser, (struct path_step){.kind = STEP_NAME});
	if (!parse_column(parser))
		return false;
	while (path_peek(parser) == ' ')
		parser->offset++;
	if (path_accept_text(parser, ARROW))
		return parse_json_of_cell(parser);
	return path_at_end(parser) || path_fail(parser, "'%c' is not understood here", path_peek(parser));
}
