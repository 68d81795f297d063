/* Private to schedule: the text of a schedule while it is read, and its readers. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "schedule/calendar.h"

struct zone;
struct zones;

#define EXPRESSION_BYTES_MAX 1024

struct expression {
	struct slice text;
	size_t at;
	struct error *err;
};

/* ERROR_CONFIG at byte `at`; returns false. */
bool expression_fail(const struct expression *expression, size_t at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The byte to be read next, or '\0' at the end. */
char expression_peek(const struct expression *expression);
bool expression_take_byte(struct expression *expression, char byte);
void expression_skip_blanks(struct expression *expression);

/* Digits as a number, INT32_MAX where they are more than that; false where there are none. */
bool expression_take_number(struct expression *expression, int *ret_number);

/* A word of letters that is one of `words` (ending in NULL), whole or its first three bytes, whatever the case: its index, or -1. */
int expression_take_word(struct expression *expression, const char *const *words);

extern const char *const expression_weekdays[]; /* Sunday first */

/* Five fields or '@daily'. False with the error set. */
must_use bool cron_parse(struct expression *expression, struct calendar *ret_calendar);

/*
 * systemd's OnCalendar without its zone. `arena` keeps what the calendar points to. `ret_is_utc`: an
 * instant ('@1395716396'), which knows no zone.
 */
must_use bool on_calendar_parse(struct expression *expression, struct arena *arena, struct calendar *ret_calendar,
                                bool *ret_is_utc);
