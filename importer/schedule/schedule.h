/*
 * When a job is due: cron, OnCalendar or a fixed interval, as pure functions of an instant and a zone.
 *
 * A compiled schedule never changes, needs no lock and reads neither clock nor
 * file. Every search is bounded; a schedule that compiled is due at least once
 * between 1970 and 2200. Instants are Unix milliseconds, UTC.
 *
 * At changes of daylight saving: a time that the clock skips is due once, at
 * the end of the gap; a time that it shows twice is due at the first. Where
 * all 24 hours are meant ('*' as hour), real time counts: a repeated hour has its
 * times twice, a skipped one has none. `every` knows no clock on the wall: it
 * counts from 1970-01-01T00:00Z, whenever it began.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "config/config.h"

#include <stdint.h>

struct schedule; /* compiled, immutable, about 100 bytes of an arena */
struct zone;
struct zones; /* base/zone.h: must outlive the schedules compiled with it */

/* What is unusual about a time; bits of a set. */
enum schedule_note {
	SCHEDULE_NOTE_AFTER_GAP = 1 << 0,     /* the clock skips the time that is meant: due at the end of the gap */
	SCHEDULE_NOTE_REPEATED_HOUR = 1 << 1, /* the clock shows this time twice, an hour apart */
	SCHEDULE_NOTE_QUIET = 1 << 2,         /* due in quiet hours: starts at their end */
	SCHEDULE_NOTE_JITTER = 1 << 3,        /* starts later by the job's jitter */
};

/* As a job says it; borrowed during schedule_compile() only. */
struct schedule_rule {
	enum schedule_form form; /* config/config.h: cron, calendar, every */
	const char *expression;  /* '30 2 * * *', 'Mon..Fri 02:30', '15m' */
	const char *time_zone;   /* IANA name, or an offset as '+02:00'; NULL = UTC */
	const char *name;        /* the job's: its jitter is a function of it, and so stable */
	int64_t jitter_ms;
	int64_t active_from_ms;     /* INT64_MIN = always */
	int64_t active_until_ms;    /* not due at this instant itself; INT64_MAX = always */
	bool active_from_is_local;  /* milliseconds as the clock of the zone shows them; else UTC */
	bool active_until_is_local; /* as above */
	const char
		*quiet; /* '22:00-06:00', several separated by commas; NULL = none. A due run in a quiet time starts at its end */
};

struct schedule_time {
	int64_t due_at_ms;    /* the calendar's instant: the identity of a scheduled run, unique per job */
	int64_t starts_at_ms; /* jitter added, then moved out of quiet hours; due times of one quiet time start together, as one run */
	unsigned notes;       /* set of enum schedule_note */
};

/* What the configuration says of a job with a schedule; borrows from it. */
struct schedule_rule schedule_rule_of(const struct job_config *job);

/*
 * Compile a rule. On failure nothing is to be released but what the arena holds. -1: ERROR_CONFIG (the message says what
 * is wrong, err->byte where in the expression, or -1; also for one that is never due), ERROR_NOT_FOUND (the zone), ERROR_MEMORY.
 */
must_use int schedule_compile(struct arena *arena, struct zones *zones, const struct schedule_rule *rule,
                              const struct schedule **ret_schedule, struct error *err);

/* The first time due after `after_ms`: 1; 0 = never again, `ret_time` untouched. No allocation, bounded time. */
int schedule_next(const struct schedule *schedule, int64_t after_ms, struct schedule_time *ret_time);

/* The last time due at or before `at_ms`: 1; 0 = none. As above. */
int schedule_last(const struct schedule *schedule, int64_t at_ms, struct schedule_time *ret_time);

/* Whose clock the times are of; an OnCalendar expression may name its own. */
const struct zone *schedule_zone(const struct schedule *schedule);

struct calendar; /* schedule/calendar.h */

/* What a schedule was compiled to: the period of `every` in milliseconds, or 0 and its calendar by the clock of its zone. */
int64_t schedule_describe(const struct schedule *schedule, struct calendar *ret_calendar);
