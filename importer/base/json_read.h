/*
 * Walking through JSON that this program wrote (the ledger's columns, the
 * lines of a plan) and that may have been changed since: it is checked whole
 * before anything of it is told. Nothing is copied; a value is its text.
 */
#pragma once

#include "base/buffer.h"

struct json_walk {
	const char *at;
	const char *end; /* of the closing bracket */
	bool has_names;
};

/* Begin with the members of an object, or the values of an array. False where `text` is no single valid one. */
must_use bool json_walk_begin(struct json_walk *walk, struct slice text);

/*
 * The next member: its name as it is written between the quotes (empty in an
 * array), and its value as it is written: '"a"', '12', '{"b":1}'. False at the end.
 */
must_use bool json_walk_next(struct json_walk *walk, struct slice *ret_name, struct slice *ret_value);

/* The value of the first member called `name` (without escapes). False where there is none, or `object` is none. */
must_use bool json_find(struct slice object, const char *name, struct slice *ret_value);

/*
 * Is `object` an object with at most JSON_MEMBERS_MAX members, all of different names whatever escapes they are written
 * with? Readers disagree on which of two counts. Objects inside of it are not looked into. False also for want of memory.
 */
#define JSON_MEMBERS_MAX 64
must_use bool json_names_differ(struct slice object);

/* Append what a string says. False, with nothing appended, where `value` is no string; failure of the buffer sticks. */
must_use bool json_string_append(struct slice value, struct buffer *buffer);

/* As json_string_append, into an array, with a NUL. False also where it does not fit or says NUL; `ret_text` is '' then. */
must_use bool json_string_copy(struct slice value, char *ret_text, size_t size);
