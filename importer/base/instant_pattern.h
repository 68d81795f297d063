/*
 * Instants as a format says that they are written: a small, exact part of
 * strptime(), without locale and without the zone of the machine.
 *
 *   %Y year, four digits      %y the last two: 69 to 99 are 1969 to 1999
 *   %m month  %d day  %H hour  %M minute  %S second: one or two digits, two
 *                                         where another digit follows directly
 *   %b month in English: 'Jan', 'January', in any case
 *   %z 'Z', '+02:00', '+0200' or '+02'
 *   %% a per cent sign
 *
 * A blank stands for any number of blanks, even none; every other byte for
 * itself. The whole text must be used. Years lie between 1900 and 9999.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

#define INSTANT_PATTERN_BYTES 64
#define INSTANT_PATTERN_MESSAGE_SIZE 128

enum instant_pattern_kind {
	INSTANT_PATTERN_USUAL,   /* what instant_parse() reads */
	INSTANT_PATTERN_UNIX,    /* seconds since 1970, an integer */
	INSTANT_PATTERN_UNIX_MS, /* milliseconds */
	INSTANT_PATTERN_FORMAT,
};

/* Zeroed: INSTANT_PATTERN_USUAL. */
struct instant_pattern {
	enum instant_pattern_kind kind;
	struct slice format; /* borrowed */
	bool has_time;       /* the format names at least the hour */
};

/* Make a pattern of 'unix', 'unix_ms' or a format, which must name a year, a month and a day. False with a message for people. */
must_use bool instant_pattern_init(struct instant_pattern *pattern, struct slice text,
                                   char ret_message[INSTANT_PATTERN_MESSAGE_SIZE]);

/* Read `text`, trimmed; without an offset in it `offset_minutes` is taken. */
must_use bool instant_pattern_parse(const struct instant_pattern *pattern, struct slice text, int offset_minutes, int64_t *ret_ms);

/* As instant_parse_interval(); the slash may also occur inside the dates as long as there is one way to read it. */
must_use bool instant_pattern_parse_interval(const struct instant_pattern *pattern, struct slice text, int offset_minutes,
                                             int64_t *ret_from_ms, int64_t *ret_to_ms);

/* Minutes of 'UTC', 'Z', '+02:00', '-0800' or '+02'; names of places are not understood. */
must_use bool instant_offset_parse(struct slice text, int *ret_minutes);
