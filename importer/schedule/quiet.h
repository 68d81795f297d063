/* Private to schedule: times of the day in which nothing starts. */
#pragma once

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>

struct zone;
struct quiet;

/* '22:00-06:00, 12:00-13:00'. -1: ERROR_CONFIG with the byte of the fault, ERROR_MEMORY. */
must_use int quiet_compile(const char *text, struct arena *arena, const struct quiet **ret_quiet, struct error *err);

/* The first instant at or after `at_s` that is not quiet. */
int64_t quiet_end(const struct quiet *quiet, const struct zone *zone, int64_t at_s);
