/*
 * yajl, bound.
 *
 * It neither looks at what its allocator returns nor can be told to stop by
 * it, so an allocation that fails leaves it by longjmp(). Its blocks are in a
 * list of ours, which frees them whatever state it was in.
 *
 * A token that pieces cut is held back until it is whole: yajl would look at
 * all of it again with every piece.
 */
#include "feed/json_parser.h"

#include "base/buffer.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "feed/json_check.h"

#include <yajl/yajl_parse.h>

#include <assert.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* A token at its limit, and the piece that passed it. */
#define HELD_BYTES_MAX ((size_t)2 * LIMIT_JSON_TOKEN_BYTES)

struct block {
	alignas(max_align_t) struct block *next;
	struct block *previous;
};

struct json_parser {
	yajl_handle yajl;
	struct json_handler handler;
	struct json_check check;
	struct block blocks; /* head of the ring */
	jmp_buf no_memory;
	struct buffer held; /* the start of a token that the last piece cut */
	struct slice piece; /* that yajl has */
	uint64_t offset;    /* of it in the stream */
	int64_t line;       /* at its start */
	int64_t line_characters;
	struct error *err; /* of the call that is going on */
};

/* --- memory --- */

static void link_block(struct json_parser *parser, struct block *block)
{
	block->next = parser->blocks.next;
	block->previous = &parser->blocks;
	block->next->previous = block;
	block->previous->next = block;
}

static void unlink_block(struct block *block)
{
	block->next->previous = block->previous;
	block->previous->next = block->next;
}

static void *allocate(void *context, size_t size)
{
	struct json_parser *parser = context;
	struct block *block = malloc(sizeof(*block) + size);

	if (block == NULL)
		longjmp(parser->no_memory, 1);
	link_block(parser, block);
	return block + 1;
}

static void release(void *context, void *memory)
{
	(void)context;
	if (memory == NULL)
		return;
	unlink_block((struct block *)memory - 1);
	free((struct block *)memory - 1);
}

static void *resize(void *context, void *memory, size_t size)
{
	struct json_parser *parser = context;
	struct block *block;
	struct block *moved;

	if (memory == NULL)
		return allocate(context, size);
	block = (struct block *)memory - 1;
	unlink_block(block);
	moved = realloc(block, sizeof(*block) + size);
	link_block(parser, moved ? moved : block);
	if (moved == NULL)
		longjmp(parser->no_memory, 1);
	return moved + 1;
}

/* --- places --- */

static uint64_t end_of_token(const struct json_parser *parser)
{
	return parser->offset + yajl_get_bytes_consumed(parser->yajl);
}

uint64_t json_parser_end(const struct json_parser *parser)
{
	return end_of_token(parser);
}

uint64_t json_parser_size(const struct json_parser *parser)
{
	return parser->check.offset;
}

/* Any quote inside a string stands behind a backslash, and no backslash stands outside of one. */
static uint64_t start_of_string(const struct json_parser *parser)
{
	const char *data = parser->piece.data;
	size_t at = yajl_get_bytes_consumed(parser->yajl) - 1; /* of the closing quote */

	do {
		const char *quote = memrchr(data, '"', at);

		assert(quote != NULL);
		at = (size_t)(quote - data);
	} while (at > 0 && data[at - 1] == '\\');
	return parser->offset + at;
}

uint64_t json_parser_start(const struct json_parser *parser, enum record_type type, struct slice text)
{
	const uint64_t end = end_of_token(parser);

	switch (type) {
	case RECORD_STRING:
		return start_of_string(parser);
	case RECORD_NUMBER:
	case RECORD_BOOL:
		return end - text.size;
	case RECORD_NULL:
		return end - strlen("null");
	default:
		return end - 1;
	}
}

/* Where the handler failed: behind the token. Line breaks stand between tokens only. */
static int locate(struct json_parser *parser)
{
	const struct slice before = slice_make(parser->piece.data, yajl_get_bytes_consumed(parser->yajl));
	const char *line_start = before.size > 0 ? memrchr(before.data, '\n', before.size) : NULL;
	int64_t line = parser->line;
	int64_t characters = parser->line_characters;
	struct slice rest = before;

	if (line_start != NULL) {
		rest = slice_make(line_start + 1, (size_t)(before.data + before.size - line_start) - 1);
		characters = 0;
	}
	for (size_t i = 0; i < before.size; i++)
		line += before.data[i] == '\n';
	error_locate(parser->err, line, characters + (int64_t)utf8_length(rest) + 1, (int64_t)end_of_token(parser));
	return -1;
}

/* --- callbacks: nonzero goes on --- */

static int on_leaf(struct json_parser *parser, enum record_type type, struct slice text)
{
	return parser->handler.leaf(parser->handler.context, type, text, parser->err) == 0;
}

static int on_null(void *context)
{
	return on_leaf(context, RECORD_NULL, slice_make(NULL, 0));
}

static int on_bool(void *context, int value)
{
	return on_leaf(context, RECORD_BOOL, slice_from(value ? "true" : "false"));
}

static int on_number(void *context, const char *text, size_t size)
{
	return on_leaf(context, RECORD_NUMBER, slice_make(text, size));
}

static int on_string(void *context, const unsigned char *text, size_t size)
{
	return on_leaf(context, RECORD_STRING, slice_make((const char *)text, size));
}

static int on_key(void *context, const unsigned char *text, size_t size)
{
	struct json_parser *parser = context;

	return parser->handler.key(parser->handler.context, slice_make((const char *)text, size), parser->err) == 0;
}

static int on_object(void *context)
{
	struct json_parser *parser = context;

	return parser->handler.open(parser->handler.context, RECORD_OBJECT, parser->err) == 0;
}

static int on_array(void *context)
{
	struct json_parser *parser = context;

	return parser->handler.open(parser->handler.context, RECORD_ARRAY, parser->err) == 0;
}

static int on_close(void *context)
{
	struct json_parser *parser = context;

	return parser->handler.close(parser->handler.context, parser->err) == 0;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_close,
	.yajl_start_array = on_array,
	.yajl_end_array = on_close,
};

/* --- life --- */

static int start_yajl(struct json_parser *parser, bool is_lines)
{
	yajl_alloc_funcs functions = {.malloc = allocate, .realloc = resize, .free = release, .ctx = parser};

	if (setjmp(parser->no_memory) != 0)
		return error_set_memory(parser->err);
	parser->yajl = yajl_alloc(&callbacks, &functions, parser);
	(void)yajl_config(parser->yajl, yajl_dont_validate_strings, 1); /* json_check does; they cannot fail */
	(void)yajl_config(parser->yajl, yajl_allow_multiple_values, (int)is_lines);
	return 0;
}

struct json_parser *json_parser_new(struct json_handler handler, bool is_lines, const char *encoding_claim, struct error *err)
{
	struct json_parser *parser = calloc(1, sizeof(*parser));

	if (parser == NULL) {
		error_set_memory(err);
		return NULL;
	}
	*parser = (struct json_parser){.handler = handler, .line = 1, .err = err};
	parser->blocks.next = &parser->blocks;
	parser->blocks.previous = &parser->blocks;
	buffer_init(&parser->held, HELD_BYTES_MAX);
	json_check_init(&parser->check, is_lines, encoding_claim);
	if (start_yajl(parser, is_lines) == 0)
		return parser;
	json_parser_free(parser);
	return NULL;
}

void json_parser_free(struct json_parser *parser)
{
	struct block *next;

	if (parser == NULL)
		return;
	for (struct block *block = parser->blocks.next; block != &parser->blocks; block = next) {
		next = block->next;
		free(block);
	}
	buffer_release(&parser->held);
	free(parser);
}

/* json_check let it pass, so yajl should have: one of the two is wrong, and the feed is not proven. */
static int set_disagreement(struct json_parser *parser)
{
	unsigned char *text = yajl_get_error(parser->yajl, 0, NULL, 0);

	error_set(parser->err, ERROR_FEED, "not well-formed JSON: %.*s", (int)strcspn((const char *)text, "\n"),
	          (const char *)text);
	yajl_free_error(parser->yajl, text);
	return locate(parser);
}

static int settle(struct json_parser *parser, yajl_status status)
{
	switch (status) {
	case yajl_status_ok:
		return 0;
	case yajl_status_client_canceled:
		return locate(parser);
	case yajl_status_error:
		break;
	}
	return set_disagreement(parser);
}

static int parse(struct json_parser *parser, struct slice text)
{
	parser->piece = text;
	if (text.size == 0)
		return 0;
	if (setjmp(parser->no_memory) != 0)
		return error_set_memory(parser->err);
	return settle(parser, yajl_parse(parser->yajl, (const unsigned char *)text.data, text.size));
}

/* yajl has been given `size` bytes of `data`, which lies in `held` if there was something in it; the rest is to wait. */
static int hold_rest(struct json_parser *parser, struct slice data, size_t size)
{
	const struct json_check *check = &parser->check;
	const struct slice rest = slice_make(data.data + size, data.size - size);

	if (parser->held.size > 0 && size == 0)
		return 0;
	parser->offset = check->offset - rest.size;
	parser->line = check->line;
	parser->line_characters = check->line_characters - (int64_t)utf8_length(rest);
	if (parser->held.size > 0) {
		memmove(parser->held.data, rest.data, rest.size);
		parser->held.size = rest.size;
		return 0;
	}
	return buffer_append_slice(&parser->held, rest) < 0 ? error_set_memory(parser->err) : 0;
}

/* What stands before a fault is told before it is. */
int json_parser_push(struct json_parser *parser, struct slice text, struct error *err)
{
	struct json_check *check = &parser->check;
	const size_t held_size = parser->held.size;
	struct error fault = ERROR_INIT;
	struct slice data = text;
	size_t good;
	size_t size;

	parser->err = err;
	if (held_size > 0) {
		if (buffer_append_slice(&parser->held, text) < 0)
			return error_set_memory(err);
		data = buffer_slice(&parser->held);
	}
	good = held_size + json_check_push(check, text, &fault);
	size = good;
	if (good == data.size && check->state >= JSON_STRING)
		size = (size_t)(check->token_offset - parser->offset);
	if (parse(parser, slice_make(data.data, size)) < 0)
		return -1;
	if (good == data.size)
		return hold_rest(parser, data, size);
	*err = fault;
	return -1;
}

int json_parser_finish(struct json_parser *parser, struct error *err)
{
	parser->err = err;
	if (json_check_finish(&parser->check, err) < 0 || parse(parser, buffer_slice(&parser->held)) < 0)
		return -1;
	/* yajl makes up a blank, to end a number. */
	parser->piece = slice_make(" ", 1);
	parser->offset = parser->check.offset;
	if (setjmp(parser->no_memory) != 0)
		return error_set_memory(err);
	return settle(parser, yajl_complete_parse(parser->yajl));
}
