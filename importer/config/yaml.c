/* From libyaml's events to our tree; everything of YAML that a configuration does not need is refused here. */
#include "config/yaml.h"

#include "base/hash.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "config/problems.h"

#include <yaml.h>

#include <string.h>

#define DOCUMENT_ARENA_BYTES ((size_t)64 * 1024 * 1024) /* above what LIMIT_YAML_NODES and LIMIT_YAML_BYTES can fill */

/* Noted once in a document: a bomb is one mistake, not a million. */
enum refused { REFUSED_ALIAS = 1, REFUSED_TAG = 2 };

/* What an event means for the loop. */
enum step { STEP_NEXT, STEP_END };

struct level {
	struct yaml_node *node;
	struct yaml_node *last;
	uint64_t number; /* tells the keys of one mapping from those of another */
	bool has_key;
	struct slice key;
	uint32_t key_line;
	uint32_t key_column;
};

struct reader {
	yaml_parser_t parser;
	struct yaml_document *document;
	struct config_problems *problems;
	struct error *err;
	struct hash_table keys; /* (mapping, key) to the key's line */
	struct level levels[LIMIT_YAML_DEPTH];
	unsigned depth;
	uint32_t nodes;
	uint32_t duplicates;
	unsigned refused;
	bool has_document;
	struct yaml_node *root;
};

static uint32_t mark_line(yaml_mark_t mark)
{
	return (uint32_t)mark.line + 1;
}

static uint32_t mark_column(yaml_mark_t mark)
{
	return (uint32_t)mark.column + 1;
}

/* The character set of YAML 1.1, less the byte order mark's mirror images. */
static bool is_allowed(uint32_t code_point)
{
	if (code_point < 0x20)
		return code_point == '\t' || code_point == '\n' || code_point == '\r';
	return code_point != 0x7F && (code_point < 0x80 || code_point == 0x85 || code_point >= 0xA0) && code_point != 0xFFFE &&
	       code_point != 0xFFFF;
}

/* Nearly all there is, and not worth a decoder. */
static bool is_plain_byte(char byte)
{
	return byte >= 0x20 && byte < 0x7F;
}

static bool is_break(uint32_t code_point, uint32_t previous)
{
	if (code_point == '\n')
		return previous != '\r';
	return code_point == '\r' || code_point == 0x85 || code_point == 0x2028 || code_point == 0x2029;
}

/* Checked before libyaml, whose own messages about bytes carry no line. */
static bool check_characters(const struct yaml_document *document, struct config_problems *problems)
{
	struct slice rest = document->source;
	uint32_t line = 1;
	uint32_t column = 1;
	uint32_t previous = 0;
	while (rest.size > 0) {
		if (is_plain_byte(rest.data[0])) {
			column++;
			previous = 0; /* not a '\r' */
			rest = slice_make(rest.data + 1, rest.size - 1);
			continue;
		}
		size_t size = 0;
		uint32_t code_point = utf8_decode(rest, &size);
		if (code_point == 0xFFFD && size == 1) {
			config_problem_place(problems, document, line, column, "this is not UTF-8; save the file as UTF-8");
			return false;
		}
		if (!is_allowed(code_point)) {
			config_problem_place(problems, document, line, column, "the control character U+%04X is not allowed",
			                     code_point);
			return false;
		}
		if (is_break(code_point, previous)) {
			line++;
			column = 1;
		} else if (code_point != '\n') {
			column++;
		}
		previous = code_point;
		rest = slice_make(rest.data + size, rest.size - size);
	}
	return true;
}

/* An escape in double quotes may have made what the file may not contain. */
static bool value_is_clean(struct slice text)
{
	size_t size = 0;
	for (size_t at = 0; at < text.size; at += size) {
		size = 1;
		if (is_plain_byte(text.data[at]))
			continue;
		uint32_t code_point = utf8_decode(slice_make(text.data + at, text.size - at), &size);
		if (!is_allowed(code_point) || code_point == '\r' || code_point == 0x85)
			return false;
	}
	return true;
}

static void refuse_once(struct reader *reader, enum refused kind, yaml_mark_t mark, const char *message)
{
	if ((reader->refused & (unsigned)kind) != 0)
		return;
	reader->refused |= (unsigned)kind;
	config_problem_place(reader->problems, reader->document, mark_line(mark), mark_column(mark), "%s", message);
}

static void refuse_decoration(struct reader *reader, const yaml_event_t *event, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor != NULL)
		refuse_once(reader, REFUSED_ALIAS, event->start_mark,
		            "anchors ('&') and aliases ('*') are not supported; write the value out");
	if (tag != NULL)
		refuse_once(reader, REFUSED_TAG, event->start_mark,
		            "tags ('!') are not supported; put quotes around a text that begins with '!'");
}

static void refuse_duplicate(struct reader *reader, const struct level *level, uint32_t first_line)
{
	reader->duplicates++;
	config_problem_place(reader->problems, reader->document, level->key_line, level->key_column,
	                     "duplicate key '%s'; the first is in line %u", level->key.data, first_line);
}

static int key_take(struct reader *reader, struct level *level, const yaml_event_t *event, struct slice text)
{
	bool is_new = false;
	if (!arena_copy(&reader->document->arena, text, &level->key))
		return error_set_memory(reader->err);
	level->has_key = true;
	level->key_line = mark_line(event->start_mark);
	level->key_column = mark_column(event->start_mark);
	if (text.size == 0) {
		config_problem_place(reader->problems, reader->document, level->key_line, level->key_column,
		                     "a key is missing before ':'");
		return 0;
	}
	uint32_t *first_line = hash_table_put(&reader->keys, hash_bytes(text, level->number), &is_new);
	if (first_line == NULL)
		return error_set_memory(reader->err);
	if (is_new)
		*first_line = level->key_line;
	else
		refuse_duplicate(reader, level, *first_line);
	return 0;
}

static void node_link(struct reader *reader, struct yaml_node *node)
{
	if (reader->depth == 0) {
		reader->root = node;
		return;
	}
	struct level *level = &reader->levels[reader->depth - 1];
	if (level->node->type == YAML_MAPPING) {
		node->key = level->key;
		node->key_line = level->key_line;
		node->key_column = level->key_column;
		level->has_key = false;
	}
	if (level->last != NULL)
		level->last->next = node;
	else
		level->node->first = node;
	level->last = node;
	level->node->child_count++;
}

/* A linked node for `event`; NULL with STEP_END in `ret_step` when there are too many, or with `err` set. */
static struct yaml_node *node_new(struct reader *reader, const yaml_event_t *event, enum yaml_type type, enum step *ret_step)
{
	if (reader->nodes == LIMIT_YAML_NODES) {
		config_problem_place(reader->problems, reader->document, mark_line(event->start_mark),
		                     mark_column(event->start_mark), "more than %d values", LIMIT_YAML_NODES);
		*ret_step = STEP_END;
		return NULL;
	}
	struct yaml_node *node = arena_alloc(&reader->document->arena, sizeof(*node));
	if (node == NULL) {
		(void)error_set_memory(reader->err);
		return NULL;
	}
	reader->nodes++;
	node->type = type;
	node->line = mark_line(event->start_mark);
	node->column = mark_column(event->start_mark);
	node_link(reader, node);
	return node;
}

static bool expects_key(const struct reader *reader)
{
	const struct level *level = reader->depth > 0 ? &reader->levels[reader->depth - 1] : NULL;
	return level != NULL && level->node->type == YAML_MAPPING && !level->has_key;
}

static int take_scalar(struct reader *reader, const yaml_event_t *event, struct slice text, bool is_plain, enum step *ret_step)
{
	if (!value_is_clean(text))
		config_problem_place(reader->problems, reader->document, mark_line(event->start_mark),
		                     mark_column(event->start_mark), "control characters are not allowed in a value");
	if (expects_key(reader))
		return key_take(reader, &reader->levels[reader->depth - 1], event, text);
	if (reader->depth == 0 && is_plain && text.size == 0)
		return 0; /* a document of comments only */
	struct yaml_node *node = node_new(reader, event, YAML_SCALAR, ret_step);
	if (node == NULL)
		return *ret_step == STEP_END ? 0 : -1;
	node->is_plain = is_plain;
	if (!arena_copy(&reader->document->arena, text, &node->text))
		return error_set_memory(reader->err);
	return 0;
}

static int take_start(struct reader *reader, const yaml_event_t *event, enum yaml_type type, enum step *ret_step)
{
	uint32_t line = mark_line(event->start_mark);
	uint32_t column = mark_column(event->start_mark);
	if (expects_key(reader)) {
		config_problem_place(reader->problems, reader->document, line, column,
		                     "a key must be a text, not a list or mapping");
		*ret_step = STEP_END;
		return 0;
	}
	if (reader->depth == LIMIT_YAML_DEPTH) {
		config_problem_place(reader->problems, reader->document, line, column, "nested more than %d levels deep",
		                     LIMIT_YAML_DEPTH);
		*ret_step = STEP_END;
		return 0;
	}
	struct yaml_node *node = node_new(reader, event, type, ret_step);
	if (node == NULL)
		return *ret_step == STEP_END ? 0 : -1;
	reader->levels[reader->depth++] = (struct level){.node = node, .number = reader->nodes};
	return 0;
}

static int take_document(struct reader *reader, const yaml_event_t *event, enum step *ret_step)
{
	if (reader->has_document) {
		config_problem_place(reader->problems, reader->document, mark_line(event->start_mark),
		                     mark_column(event->start_mark), "a second document begins here; a file holds one");
		*ret_step = STEP_END;
	}
	reader->has_document = true;
	return 0;
}

static int take_event(struct reader *reader, const yaml_event_t *event, enum step *ret_step)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return take_document(reader, event, ret_step);
	case YAML_SCALAR_EVENT:
		refuse_decoration(reader, event, event->data.scalar.anchor, event->data.scalar.tag);
		return take_scalar(reader, event, slice_make((const char *)event->data.scalar.value, event->data.scalar.length),
		                   event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE, ret_step);
	case YAML_ALIAS_EVENT:
		refuse_decoration(reader, event, event->data.alias.anchor, NULL);
		return take_scalar(reader, event, slice_from((const char *)event->data.alias.anchor), true, ret_step);
	case YAML_SEQUENCE_START_EVENT:
		refuse_decoration(reader, event, event->data.sequence_start.anchor, event->data.sequence_start.tag);
		return take_start(reader, event, YAML_SEQUENCE, ret_step);
	case YAML_MAPPING_START_EVENT:
		refuse_decoration(reader, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
		return take_start(reader, event, YAML_MAPPING, ret_step);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		reader->depth--;
		return 0;
	case YAML_STREAM_END_EVENT:
		*ret_step = STEP_END;
		return 0;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	}
	return 0;
}

/* The byte at a mark, or NUL at the end. Marks count characters. */
static char byte_at(struct slice source, size_t index)
{
	size_t size = 0;
	size_t at = 0;
	while (at < source.size && index > 0) {
		(void)utf8_decode(slice_make(source.data + at, source.size - at), &size);
		at += size;
		index--;
	}
	return at < source.size ? source.data[at] : '\0';
}

/* libyaml's words, and ours where its words do not help: a tab, an unquoted '@' or '%'. */
static void note_syntax(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	uint32_t line = mark_line(parser->problem_mark);
	uint32_t column = mark_column(parser->problem_mark);
	const char *problem = parser->problem != NULL ? parser->problem : "this is not YAML";
	char byte = byte_at(reader->document->source, parser->problem_mark.index);
	if (byte == '\t' && parser->error == YAML_SCANNER_ERROR)
		config_problem_place(reader->problems, reader->document, line, column, "a tab cannot indent YAML; use spaces");
	else if (strstr(problem, "cannot start any token") != NULL ||
	         (strstr(problem, "expected node content") != NULL && byte == ','))
		config_problem_place(reader->problems, reader->document, line, column, "a value that begins with '%c' needs quotes",
		                     byte);
	else if (strstr(problem, "mapping values are not allowed") != NULL)
		config_problem_place(reader->problems, reader->document, line, column,
		                     "%s; put quotes around a value that contains ': '", problem);
	else if (parser->context != NULL && parser->context_mark.line != parser->problem_mark.line)
		config_problem_place(reader->problems, reader->document, line, column, "%s %s that begins in line %u", problem,
		                     parser->context, mark_line(parser->context_mark));
	else if (parser->context != NULL)
		config_problem_place(reader->problems, reader->document, line, column, "%s %s", problem, parser->context);
	else
		config_problem_place(reader->problems, reader->document, line, column, "%s", problem);
}

static int read_events(struct reader *reader)
{
	enum step step = STEP_NEXT;
	while (step == STEP_NEXT) {
		yaml_event_t event;
		if (!yaml_parser_parse(&reader->parser, &event)) {
			if (reader->parser.error == YAML_MEMORY_ERROR)
				return error_set_memory(reader->err);
			note_syntax(reader);
			return 0;
		}
		int result = take_event(reader, &event, &step);
		yaml_event_delete(&event);
		if (result < 0)
			return -1;
	}
	return 0;
}

static int read_source(struct yaml_document *document, struct config_problems *problems, struct error *err)
{
	struct reader reader = {.document = document, .problems = problems, .err = err};
	size_t count_before = problems->count;
	if (!yaml_parser_initialize(&reader.parser))
		return error_set_memory(err);
	hash_table_init(&reader.keys);
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)document->source.data, document->source.size);
	int result = read_events(&reader);
	if (result == 0 && problems->count == count_before)
		document->root = reader.root;
	else if (result == 0 && problems->count - count_before == reader.duplicates)
		document->draft = reader.root;
	hash_table_release(&reader.keys);
	yaml_parser_delete(&reader.parser);
	return result;
}

/* False after noting a mistake of the whole file. */
static bool check_file(const char *file, struct slice text, struct config_problems *problems)
{
	if (text.size > LIMIT_YAML_BYTES) {
		config_problem_file(problems, file, "the file is larger than %d bytes", LIMIT_YAML_BYTES);
		return false;
	}
	if (slice_starts_with(text, "\xFF\xFE") || slice_starts_with(text, "\xFE\xFF")) {
		config_problem_file(problems, file, "the file is UTF-16; save it as UTF-8");
		return false;
	}
	return true;
}

int yaml_parse(const char *file, struct slice text, struct yaml_document *ret_document, struct config_problems *problems,
               struct error *err)
{
	struct yaml_document document = {.root = NULL};
	arena_init(&document.arena, DOCUMENT_ARENA_BYTES);
	document.file = arena_text(&document.arena, slice_from(file));
	if (document.file == NULL)
		goto release_document;
	if (check_file(file, text, problems)) {
		if (slice_starts_with(text, "\xEF\xBB\xBF"))
			text = slice_make(text.data + 3, text.size - 3);
		if (!arena_copy(&document.arena, text, &document.source))
			goto release_document;
		if (check_characters(&document, problems) && read_source(&document, problems, err) < 0)
			goto release_document;
	}
	*ret_document = document;
	return 0;

release_document:
	yaml_document_release(&document);
	*ret_document = document;
	return error_set_memory(err);
}

void yaml_document_release(struct yaml_document *document)
{
	arena_release(&document->arena);
	document->file = NULL;
	document->source = slice_make(NULL, 0);
	document->root = NULL;
	document->draft = NULL;
}
