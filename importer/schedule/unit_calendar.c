/*
 * OnCalendar= lines from what a schedule was compiled to.
 *
 * systemd goes by the clock on the wall: a time that the clock skips is left
 * out, and of an hour that comes twice only one counts. Where a schedule wants
 * those too, they are listed one by one, for some years to come.
 */
#include "schedule/unit_calendar.h"

#include "base/buffer.h"
#include "base/number.h"
#include "base/zone.h"
#include "schedule/calendar.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_MS INT64_C(1000)
#define MINUTE_S 60
#define HOUR_S 3600
#define DAY_S 86400
#define EAST_HOURS_MAX 14 /* of zones with names: Etc/GMT-14 to Etc/GMT+12 */
#define WEST_HOURS_MAX 12
#define LISTED_S (INT64_C(10) * 366 * DAY_S)
#define WINDOW_S (INT64_C(3) * HOUR_S) /* around a change of the clock, in which its effects lie */
#define LINE_BYTES_MAX ((size_t)8 * 1024)
#define LINES_MAX 2048

#define WEEK 7

static const char *const weekday_names[WEEK] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

struct making {
	const struct job_config *job;
	const struct schedule *schedule;
	struct arena *arena;
	char zone[ZONE_NAME_SIZE]; /* as systemd calls it */
	bool is_nameless;
	int shift_minutes; /* from its minutes to those of UTC where systemd has no name for it, else 0 */
	struct buffer line;
	struct buffer notes;
	const char **lines;
	size_t count;
	struct error *err;
};

static int add_line(struct making *making)
{
	if (making->count == LINES_MAX)
		return error_set(making->err, ERROR_LIMIT, "a timer of more than %d lines would be needed; use the daemon",
		                 LINES_MAX);
	const char *line = making->line.failed ? NULL : arena_text(making->arena, buffer_slice(&making->line));
	if (line == NULL)
		return error_set_memory(making->err);
	making->lines[making->count++] = line;
	buffer_clear(&making->line);
	return 0;
}

/* --- sets --- */

struct set {
	const uint64_t *bits;
	int minimum; /* the value of bit 0 */
	int first;   /* bits that may be set */
	int last;
	int digits;
};

static bool set_has(const struct set *set, int bit)
{
	return (set->bits[bit / 64] >> (bit % 64) & 1) != 0;
}

/* Numbers with the ranges that are in them; '*' where all are. No steps: systemd 252 loses times behind one that leads out of the day. */
static void append_set(struct buffer *line, const struct set *set)
{
	const char *separator = "";
	int bit = set->first;
	while (bit <= set->last && set_has(set, bit))
		bit++;
	if (bit > set->last) {
		(void)buffer_append_byte(line, '*'); /* failure sticks, here and below */
		return;
	}
	for (bit = set->first; bit <= set->last; bit++) {
		if (!set_has(set, bit))
			continue;
		int end = bit;
		while (end < set->last && set_has(set, end + 1))
			end++;
		(void)buffer_append_format(line, "%s%0*d", separator, set->digits, bit + set->minimum);
		if (end > bit + 1)
			(void)buffer_append_format(line, "..%0*d", set->digits, end + set->minimum);
		bit = end > bit + 1 ? end : bit;
		separator = ",";
	}
}

static void append_bits(struct buffer *line, uint64_t bits, int first, int last)
{
	const struct set set = {.bits = &bits, .first = first, .last = last, .digits = 2};
	append_set(line, &set);
}

static void append_years(struct buffer *line, const struct calendar_years *years)
{
	const struct set set = {.bits = years != NULL ? years->bits : NULL,
	                        .minimum = CALENDAR_YEAR_MIN,
	                        .first = 0,
	                        .last = CALENDAR_YEAR_MAX - CALENDAR_YEAR_MIN,
	                        .digits = 4};
	if (years == NULL)
		(void)buffer_append_byte(line, '*');
	else
		append_set(line, &set);
}

/* The week of systemd begins on Monday: only so 'Sat..Sun' is a range. */
static void append_weekdays(struct buffer *line, unsigned weekdays)
{
	const char *separator = "";
	const unsigned week = (weekdays >> 1 | weekdays << (WEEK - 1)) & CALENDAR_WEEKDAYS_ALL;
	if (week == CALENDAR_WEEKDAYS_ALL)
		return;
	for (unsigned day = 0; day < WEEK; day++) {
		unsigned end = day;
		if ((week >> day & 1) == 0)
			continue;
		while (end + 1 < WEEK && (week >> (end + 1) & 1) != 0)
			end++;
		(void)buffer_append_format(line, "%s%s", separator, weekday_names[day]);
		if (end > day + 1)
			(void)buffer_append_format(line, "..%s", weekday_names[end]);
		day = end > day + 1 ? end : day;
		separator = ",";
	}
	(void)buffer_append_byte(line, ' ');
}

static void append_time(struct buffer *line, const struct calendar *calendar, const char *zone)
{
	(void)buffer_append_byte(line, ' ');
	append_bits(line, calendar->hours, 0, 23);
	(void)buffer_append_byte(line, ':');
	append_bits(line, calendar->minutes, 0, 59);
	(void)buffer_append_byte(line, ':');
	append_bits(line, calendar->seconds, 0, 59);
	(void)buffer_append_format(line, " %s", zone);
}

/* --- the calendar --- */

struct days {
	uint32_t days; /* of the month, or counted from its end */
	bool is_from_end;
	unsigned weekdays;
};

static int add_days(struct making *making, const struct calendar *calendar, const char *zone, struct days days)
{
	append_weekdays(&making->line, days.weekdays);
	append_years(&making->line, calendar->years);
	(void)buffer_append_byte(&making->line, '-');
	append_bits(&making->line, calendar->months, 1, 12);
	(void)buffer_append_byte(&making->line, days.is_from_end ? '~' : '-');
	append_bits(&making->line, days.days, 1, 31);
	append_time(&making->line, calendar, zone);
	return add_line(making);
}

/* A day of the month or a weekday, where either is enough, are two lines. */
static int add_calendar(struct making *making, const struct calendar *calendar, const char *zone)
{
	const unsigned weekdays = calendar->is_either ? CALENDAR_WEEKDAYS_ALL : calendar->weekdays;
	if (calendar->days != 0 && add_days(making, calendar, zone, (struct days){calendar->days, false, weekdays}) < 0)
		return -1;
	if (calendar->last_days != 0 && add_days(making, calendar, zone, (struct days){calendar->last_days, true, weekdays}) < 0)
		return -1;
	if (!calendar->is_either)
		return 0;
	return add_days(making, calendar, zone, (struct days){CALENDAR_DAYS_ALL, false, calendar->weekdays});
}

/* --- intervals: counted in UTC from 1970, of which midnights are multiples of a day --- */

static int64_t greatest_divisor(int64_t left, int64_t right)
{
	while (right != 0) {
		const int64_t rest = left % right;
		left = right;
		right = rest;
	}
	return left;
}

/* All times of a day that are multiples of `step_s`, which divides it; those of equal minute and second in one line. */
static int add_steps(struct making *making, int64_t step_s)
{
	struct calendar calendar = {.days = CALENDAR_DAYS_ALL, .months = CALENDAR_MONTHS_ALL, .weekdays = CALENDAR_WEEKDAYS_ALL};
	if (step_s <= HOUR_S && HOUR_S % step_s == 0) {
		calendar.hours = CALENDAR_HOURS_ALL;
		calendar.seconds = 1;
		for (int64_t at_s = 0; step_s >= MINUTE_S && at_s < HOUR_S; at_s += step_s)
			calendar.minutes |= UINT64_C(1) << at_s / MINUTE_S;
		if (step_s < MINUTE_S)
			calendar.minutes = CALENDAR_MINUTES_ALL;
		for (int64_t at_s = 0; step_s < MINUTE_S && at_s < MINUTE_S; at_s += step_s)
			calendar.seconds |= UINT64_C(1) << at_s;
	}
	if (calendar.hours != 0 && (step_s % MINUTE_S == 0 || MINUTE_S % step_s == 0))
		return add_calendar(making, &calendar, "UTC");
	for (int64_t within_s = 0; within_s < HOUR_S; within_s++) {
		calendar.hours = 0;
		for (int64_t at_s = within_s; at_s < DAY_S; at_s += HOUR_S)
			calendar.hours |= at_s % step_s == 0 ? UINT32_C(1) << at_s / HOUR_S : 0;
		calendar.minutes = UINT64_C(1) << within_s / MINUTE_S;
		calendar.seconds = UINT64_C(1) << within_s % MINUTE_S;
		if (calendar.hours != 0 && add_calendar(making, &calendar, "UTC") < 0)
			return -1;
	}
	return 0;
}

/* An interval that does not divide a day fires at what it and a day have in common. */
static int add_period(struct making *making, int64_t period_ms)
{
	const int64_t step_ms = greatest_divisor(period_ms, (int64_t)DAY_S * SECOND_MS);
	if (step_ms % SECOND_MS != 0)
		return error_set(making->err, ERROR_CONFIG, "a timer of systemd cannot keep to parts of a second; use the daemon");
	if (step_ms != period_ms)
		(void)buffer_append_format(&making->notes,
		                           "# systemd has no such interval: this fires every %" PRId64
		                           " s, and 'feedmill run --scheduled' does nothing where nothing is due.\n",
		                           step_ms / SECOND_MS);
	return add_steps(making, step_ms / SECOND_MS);
}

/* --- what systemd leaves out --- */

struct listing {
	int64_t hour_s; /* the hour of UTC that is collected, or -1 */
	uint64_t minutes;
	uint64_t seconds;
};

static int add_listed(struct making *making, struct listing *listing)
{
	const time_t hour_s = (time_t)listing->hour_s;
	struct tm date;
	if (listing->hour_s < 0 || gmtime_r(&hour_s, &date) == NULL)
		return 0;
	(void)buffer_append_format(&making->line, "%04d-%02d-%02d %02d:", date.tm_year + 1900, date.tm_mon + 1, date.tm_mday,
	                           date.tm_hour);
	append_bits(&making->line, listing->minutes, 0, 59);
	(void)buffer_append_byte(&making->line, ':');
	append_bits(&making->line, listing->seconds, 0, 59);
	(void)buffer_append_text(&making->line, " UTC");
	*listing = (struct listing){.hour_s = -1};
	return add_line(making);
}

/* Where daylight saving is the lesser offset (Europe/Dublin), systemd takes one change for the other, and loses times on both sides. */
static bool is_turned_around(struct zone_span before, struct zone_span behind)
{
	return before.is_daylight != behind.is_daylight && before.is_daylight != (before.offset_s > behind.offset_s);
}

/* What is due around one change of the clock and has to do with it. */
static int list_change(struct making *making, struct zone_span before, struct listing *listing)
{
	const int64_t from_s = before.until_s - WINDOW_S;
	const int64_t until_s = before.until_s + WINDOW_S;
	const bool is_all = is_turned_around(before, zone_span_at(schedule_zone(making->schedule), before.until_s));
	struct schedule_time due = {.due_at_ms = from_s * SECOND_MS - 1};
	while (schedule_next(making->schedule, due.due_at_ms, &due) > 0 && due.due_at_ms < until_s * SECOND_MS) {
		const int64_t due_s = due.due_at_ms / SECOND_MS;
		if (!is_all && (due.notes & (unsigned)(SCHEDULE_NOTE_AFTER_GAP | SCHEDULE_NOTE_REPEATED_HOUR)) == 0)
			continue;
		if (listing->hour_s != due_s - due_s % HOUR_S && add_listed(making, listing) < 0)
			return -1;
		listing->hour_s = due_s - due_s % HOUR_S;
		listing->minutes |= UINT64_C(1) << due_s % HOUR_S / MINUTE_S;
		listing->seconds |= UINT64_C(1) << due_s % MINUTE_S;
	}
	return add_listed(making, listing);
}

static int list_changes(struct making *making, int64_t now_s)
{
	const struct zone *zone = schedule_zone(making->schedule);
	struct zone_span span = zone_span_at(zone, now_s);
	struct listing listing = {.hour_s = -1};
	const size_t count_before = making->count;
	while (span.until_s < now_s + LISTED_S) {
		const struct zone_span next = zone_span_at(zone, span.until_s);
		if (next.offset_s != span.offset_s && list_change(making, span, &listing) < 0)
			return -1;
		span = next;
	}
	if (making->count > count_before)
		(void)buffer_append_text(
			&making->notes,
			"# The lines with dates are times of a clock that is set forward or back, which systemd would leave out.\n"
			"# They are there for ten years; 'feedmill systemd install' writes further ones.\n");
	return 0;
}

/* The ends of gaps themselves. */
static int list_gaps(struct making *making, int64_t now_s)
{
	const struct zone *zone = schedule_zone(making->schedule);
	struct zone_span span = zone_span_at(zone, now_s);
	while (span.until_s < now_s + LISTED_S) {
		const struct zone_span next = zone_span_at(zone, span.until_s);
		struct listing listing = {
			.hour_s = span.until_s - span.until_s % HOUR_S,
			.minutes = UINT64_C(1) << span.until_s % HOUR_S / MINUTE_S,
			.seconds = UINT64_C(1) << span.until_s % MINUTE_S,
		};
		if (next.offset_s > span.offset_s && add_listed(making, &listing) < 0)
			return -1;
		span = next;
	}
	return 0;
}

/* --- zones and quiet times --- */

static uint64_t turn_minutes(uint64_t minutes, int shift)
{
	return shift == 0 ? minutes : (minutes << shift | minutes >> (60 - shift)) & CALENDAR_MINUTES_ALL;
}

/* Offsets of whole hours have names, with the sign turned around; of others only the minutes can be kept to. */
static void name_zone(struct making *making)
{
	const char *name = zone_name(schedule_zone(making->schedule));
	const int offset_s = zone_span_at(schedule_zone(making->schedule), 0).offset_s;
	const bool is_offset = name != NULL && (name[0] == '+' || name[0] == '-') && offset_s != 0;
	const bool has_name = offset_s % HOUR_S == 0 && offset_s <= EAST_HOURS_MAX * HOUR_S && offset_s >= -WEST_HOURS_MAX * HOUR_S;
	(void)snprintf(making->zone, sizeof(making->zone), "%s", name != NULL && name[0] != '\0' && !is_offset ? name : "UTC");
	if (is_offset && has_name)
		(void)snprintf(making->zone, sizeof(making->zone), "Etc/GMT%+d", -offset_s / HOUR_S);
	if (!is_offset || has_name)
		return;
	making->shift_minutes = ((-offset_s / MINUTE_S) % 60 + 60) % 60;
	making->is_nameless = true;
	(void)buffer_append_format(
		&making->notes,
		"# systemd has no zone with the offset %s: this fires every hour, and 'feedmill run --scheduled' does nothing\n"
		"# where nothing is due.\n",
		name);
}

/* Every hour of every day, at the minutes meant. */
static void widen(const struct making *making, struct calendar *calendar)
{
	*calendar = (struct calendar){
		.seconds = calendar->seconds,
		.minutes = turn_minutes(calendar->minutes, making->shift_minutes),
		.hours = CALENDAR_HOURS_ALL,
		.days = CALENDAR_DAYS_ALL,
		.months = CALENDAR_MONTHS_ALL,
		.weekdays = CALENDAR_WEEKDAYS_ALL,
	};
}

/* 'HH:MM', which is checked, as a time of every day. */
static int add_daily(struct making *making, struct slice time)
{
	int64_t hour = 0;
	int64_t minute = 0;
	const size_t colon = slice_find(time, (struct slice)SLICE(":"));
	if (colon >= time.size || !number_parse_integer(slice_make(time.data, colon), 0, 24, &hour) ||
	    !number_parse_integer(slice_make(time.data + colon + 1, time.size - colon - 1), 0, 59, &minute))
		return error_set(making->err, ERROR_CONFIG, "quiet: '%.*s' is no time of the day", (int)time.size, time.data);
	struct calendar calendar = {
		.seconds = 1,
		.minutes = UINT64_C(1) << minute,
		.hours = UINT32_C(1) << hour % 24,
		.days = CALENDAR_DAYS_ALL,
		.months = CALENDAR_MONTHS_ALL,
		.weekdays = CALENDAR_WEEKDAYS_ALL,
	};
	if (making->is_nameless)
		widen(making, &calendar);
	return add_calendar(making, &calendar, making->zone);
}

/* What is due in a quiet time starts at its end, which a clock that is set forward may leave out. */
static int add_quiet_ends(struct making *making, int64_t now_s)
{
	struct slice piece;
	struct slice_splitter pieces = slice_split(slice_from(making->job->schedule.quiet), (struct slice)SLICE(","));
	while (slice_split_next(&pieces, &piece)) {
		const size_t dash = slice_find(piece, (struct slice)SLICE("-"));
		if (dash >= piece.size)
			return error_set(making->err, ERROR_CONFIG, "quiet: '%.*s' has no end", (int)piece.size, piece.data);
		if (add_daily(making, slice_trim(slice_make(piece.data + dash + 1, piece.size - dash - 1))) < 0)
			return -1;
	}
	(void)buffer_append_text(&making->notes,
	                         "# What is due in a quiet time of the job starts at its end, so this fires then too.\n");
	return list_gaps(making, now_s);
}

static int make(struct making *making, int64_t now_s)
{
	struct calendar calendar;
	const int64_t period_ms = schedule_describe(making->schedule, &calendar);
	name_zone(making);
	if (period_ms > 0 && add_period(making, period_ms) < 0)
		return -1;
	if (making->is_nameless)
		widen(making, &calendar);
	if (period_ms == 0 && (add_calendar(making, &calendar, making->zone) < 0 || list_changes(making, now_s) < 0))
		return -1;
	return making->job->schedule.quiet != NULL ? add_quiet_ends(making, now_s) : 0;
}

/* In as much of the arena as it needs. */
static int keep(const struct making *making, struct unit_calendars *ret_calendars)
{
	ret_calendars->count = making->count;
	ret_calendars->lines = arena_alloc(making->arena, (making->count + 1) * sizeof(*making->lines));
	ret_calendars->notes = making->notes.failed ? NULL : arena_text(making->arena, buffer_slice(&making->notes));
	if (ret_calendars->lines == NULL || ret_calendars->notes == NULL)
		return error_set_memory(making->err);
	memcpy(ret_calendars->lines, making->lines, making->count * sizeof(*making->lines));
	return 0;
}

int unit_calendars_of_job(const struct job_config *job, const struct schedule *schedule, int64_t now_ms, struct arena *arena,
                          struct unit_calendars *ret_calendars, struct error *err)
{
	struct making making = {.job = job, .schedule = schedule, .arena = arena, .err = err};
	*ret_calendars = (struct unit_calendars){.notes = ""};
	if (schedule == NULL)
		return 0;
	buffer_init(&making.line, LINE_BYTES_MAX);
	buffer_init(&making.notes, LINE_BYTES_MAX);
	making.lines = calloc(LINES_MAX, sizeof(*making.lines));
	int result = -1;
	if (making.lines == NULL)
		(void)error_set_memory(err);
	else if (make(&making, now_ms / SECOND_MS) == 0)
		result = keep(&making, ret_calendars);
	free((void *)making.lines);
	buffer_release(&making.line);
	buffer_release(&making.notes);
	return result;
}
