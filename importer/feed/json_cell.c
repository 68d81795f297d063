/* A cell's JSON, parsed by a parser of its own. */
#include "feed/json_cell.h"

#include "base/limits.h"
#include "feed/json_check.h"
#include "feed/json_parser.h"

/* Around the cell there are the root, a group and a row. */
#define DEPTH_MAX (LIMIT_DEPTH - 3)

struct json_cell {
	struct recorder *recorder;
	struct recorder_element element; /* of the next value */
};

/* `text` is JSON. */
static unsigned depth_of(struct slice text)
{
	unsigned depth = 0;
	unsigned deepest = 0;
	bool is_string = false;

	for (size_t i = 0; i < text.size; i++) {
		const char byte = text.data[i];

		if (is_string && byte == '\\')
			i++;
		else if (byte == '"')
			is_string = !is_string;
		else if (!is_string && (byte == '{' || byte == '['))
			depth++;
		else if (!is_string && (byte == '}' || byte == ']'))
			depth--;
		if (depth > deepest)
			deepest = depth;
	}
	return deepest;
}

bool json_cell_is_valid(struct slice text)
{
	struct error fault = ERROR_INIT;
	struct json_check check;

	json_check_init(&check, false, "");
	return json_check_push(&check, text, &fault) == text.size && json_check_finish(&check, &fault) == 0 &&
	       depth_of(text) <= DEPTH_MAX;
}

static int on_key(void *context, struct slice key, struct error *err)
{
	struct json_cell *cell = context;

	if (cell->recorder->skip_depth > 0)
		return 0;
	if (key.size > LIMIT_NAME_BYTES)
		return recorder_refuse(cell->recorder, "a name in the record is longer than 256 bytes", err);
	return name_intern_bounded(cell->recorder->names, key, &cell->element.node.local, err);
}

static int on_leaf(void *context, enum record_type type, struct slice text, struct error *err)
{
	struct json_cell *cell = context;
	struct recorder_element element = cell->element;

	element.node.type = type;
	cell->element.node.local = NAME_NONE;
	return recorder_leaf(cell->recorder, &element, text, err);
}

static int on_open(void *context, enum record_type type, struct error *err)
{
	struct json_cell *cell = context;
	struct recorder_element element = cell->element;

	element.node.type = type;
	cell->element.node.local = NAME_NONE;
	return recorder_start(cell->recorder, &element, err);
}

static int on_close(void *context, struct error *err)
{
	struct json_cell *cell = context;

	return recorder_end(cell->recorder, cell->element.node.offset, err);
}

/* Places that the parser knows are those in the cell. */
static int forget_place(struct error *err)
{
	err->line = 0;
	err->column = 0;
	err->byte = -1;
	return -1;
}

int json_cell_record(struct recorder *recorder, const struct recorder_element *element, struct slice text, struct error *err)
{
	struct json_cell cell = {.recorder = recorder, .element = *element};
	const struct json_handler handler = {.context = &cell, .key = on_key, .leaf = on_leaf, .open = on_open, .close = on_close};
	struct json_parser *parser = json_parser_new(handler, false, "", err);
	int result = -1;

	if (parser == NULL)
		return -1;
	recorder->members_are_unique = true;
	if (json_parser_push(parser, text, err) == 0)
		result = json_parser_finish(parser, err);
	recorder->members_are_unique = false;
	json_parser_free(parser);
	return result < 0 ? forget_place(err) : 0;
}
