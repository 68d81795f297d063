/*
 * Writing JSON (RFC 8259) into a buffer, and checking JSON that a less trusted
 * process wrote.
 */
#pragma once

#include "base/buffer.h"

#include <stdint.h>

/* Commas and colons are put by the writer; nesting up to JSON_DEPTH_MAX. */
#define JSON_DEPTH_MAX 32

struct json_writer {
	struct buffer *buffer;
	uint32_t has_member; /* bit per depth: a comma is due */
	unsigned depth;
};

void json_writer_init(struct json_writer *json, struct buffer *buffer);
void json_object_begin(struct json_writer *json);
void json_object_end(struct json_writer *json);
void json_array_begin(struct json_writer *json);
void json_array_end(struct json_writer *json);

/* The name of the next member. */
void json_key(struct json_writer *json, const char *name);
void json_key_slice(struct json_writer *json, struct slice name);

void json_string(struct json_writer *json, struct slice text); /* invalid UTF-8 bytes become U+FFFD */
void json_text(struct json_writer *json, const char *text);    /* NULL writes null */
void json_integer(struct json_writer *json, int64_t value);
void json_bool(struct json_writer *json, bool value);
void json_null(struct json_writer *json);
void json_raw(struct json_writer *json, struct slice value); /* a value that is JSON already */

/* A member in one call. */
void json_member_text(struct json_writer *json, const char *name, const char *text);
void json_member_string(struct json_writer *json, const char *name, struct slice text);
void json_member_integer(struct json_writer *json, const char *name, int64_t value);
void json_member_bool(struct json_writer *json, const char *name, bool value);

/* Is `text` exactly one valid JSON value whose first byte is `first` ('[' or '{'), at most JSON_DEPTH_MAX deep, UTF-8? */
bool json_is_valid(struct slice text, char first);

/* The same of a text that is known to be UTF-8. */
bool json_is_well_formed(struct slice text, char first);

/* Is `text` exactly one number by the grammar of JSON (RFC 8259, section 6)? */
bool json_number_is_valid(struct slice text);
