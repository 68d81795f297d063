/* Private to base: what the readers of instants share. */
#pragma once

#include "base/slice.h"

#include <stdint.h>

/* A date and a time of day as they are written, without an offset. */
struct instant_parts {
	int year;
	int month; /* from 1 */
	int day;
	int hour;
	int minute;
	int second;
	int ms;
};

/* Take `byte` from the start of `rest`. */
bool instant_take_byte(struct slice *rest, char byte);

/* Take at least `count_min` digits, at most `count_max`, that make a value in [minimum, maximum]. */
must_use bool instant_take_number(struct slice *rest, size_t count_min, size_t count_max, int minimum, int maximum, int *ret_value);

/* 'Z', '+02:00', '-0800', '+02': minutes east of UTC. */
must_use bool instant_take_offset(struct slice *rest, int *ret_minutes);

/* UTC of local parts; a second of 60 is read as 59. False where the month has no such day. */
must_use bool instant_from_parts(const struct instant_parts *parts, int offset_minutes, int64_t *ret_ms);
