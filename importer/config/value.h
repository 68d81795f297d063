/*
 * Values of the configuration from their text, and back.
 *
 * The parsers return 0, or -1 with ERROR_CONFIG and a message that names the
 * value (never a URL: it may hold a secret) and an example of a right one.
 */
#pragma once

#include "base/buffer.h"
#include "base/error.h"

#include <stdint.h>

#define VALUE_NAME_BYTES 64
#define VALUE_PREFIX_BYTES 64
#define VALUE_LANGUAGE_BYTES 35 /* RFC 5646, 4.4.1 */
#define VALUE_JOB_BYTES 4096    /* also the name of a run without a job, which has its source in it */
#define VALUE_OPTION_BYTES 1024 /* one option of a dialect */
#define VALUE_PATH_BYTES 4095   /* PATH_MAX of Linux, less the NUL */

struct value_range {
	int64_t minimum;
	int64_t maximum;
};

/* '4GiB', '500 MiB', '10MB', '1048576' in bytes. */
must_use int value_parse_size(struct slice text, struct value_range range, int64_t *ret_bytes, struct error *err);

/* '15s', '2h', '1h30m', '500ms' in milliseconds; a unit is needed. */
must_use int value_parse_duration(struct slice text, struct value_range range, int64_t *ret_ms, struct error *err);

/* 'UTC', '+02:00', '-03:30' in minutes. */
must_use int value_parse_offset(struct slice text, int *ret_minutes, struct error *err);

/* '.' or ','. */
must_use int value_parse_decimal_sign(struct slice text, char *ret_sign, struct error *err);

/* Index in `words`, which ends in NULL. */
must_use int value_parse_word(struct slice text, const char *const *words, size_t *ret_index, struct error *err);

must_use int value_check_name(struct slice text, struct error *err);
must_use int value_check_language(struct slice text, struct error *err);
must_use int value_check_currency(struct slice text, struct error *err);

/* UTF-8 of at most `max_bytes` without control characters; a prefix of ids has no white space at its ends either. */
must_use int value_check_text(struct slice text, size_t max_bytes, struct error *err);
must_use int value_check_prefix(struct slice text, struct error *err);
must_use int value_check_path(struct slice text, struct error *err);

/* An http, https or file URL without user and password, a path, or '-'. */
must_use int value_check_source(struct slice text, struct error *err);
must_use int value_check_proxy(struct slice text, struct error *err);

/* Is this a URL rather than a path? */
bool value_is_url(struct slice text);

/* The largest unit that leaves no rest: '1GiB', '2h', '15s'. */
void value_append_size(struct buffer *buffer, int64_t bytes);
void value_append_duration(struct buffer *buffer, int64_t ms);
void value_append_offset(struct buffer *buffer, int minutes);
