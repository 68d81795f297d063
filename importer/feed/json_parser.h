/*
 * Text of JSON to events: json_check decides what is accepted, yajl takes it
 * apart.
 */
#pragma once

#include "base/error.h"
#include "feed/record.h"

/* Who is told. Each returns 0, or -1 with `err` set, which ends the parsing with that error. Texts are borrowed for the call. */
struct json_handler {
	void *context;
	int (*key)(void *context, struct slice key, struct error *err);
	int (*leaf)(void *context, enum record_type type, struct slice text, struct error *err); /* null: no text */
	int (*open)(void *context, enum record_type type, struct error *err);
	int (*close)(void *context, struct error *err);
};

struct json_parser;

/* NULL with `err` set when memory is exhausted. Arguments as of json_check_init(). */
must_use struct json_parser *json_parser_new(struct json_handler handler, bool is_lines, const char *encoding_claim,
                                             struct error *err);
void json_parser_free(struct json_parser *parser);

/* The next piece, cut anywhere. After -1 only json_parser_free() may follow. */
must_use int json_parser_push(struct json_parser *parser, struct slice text, struct error *err);

/* The text has ended: 0 when it was well-formed and whole. */
must_use int json_parser_finish(struct json_parser *parser, struct error *err);

/* For handlers: the stream offset behind what is being told, and of the first byte of the value that is. */
uint64_t json_parser_end(const struct json_parser *parser);
uint64_t json_parser_start(const struct json_parser *parser, enum record_type type, struct slice text);

/* Bytes pushed so far. */
uint64_t json_parser_size(const struct json_parser *parser);
