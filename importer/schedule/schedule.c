/* Compiling schedules, and when they are due. */
#include "schedule/schedule.h"

#include "base/hash.h"
#include "base/zone.h"
#include "config/schedule.h"
#include "config/value.h"
#include "schedule/check.h"
#include "schedule/expression.h"
#include "schedule/quiet.h"

#define SECOND_MS INT64_C(1000)
#define BEGIN_MS INT64_C(0)
#define END_MS (INT64_C(7258118400) * SECOND_MS) /* 2200-01-01 */
#define SPANS_BACK_MAX 16                        /* that may have shown a later time than clocks do now */
#define SPANS_MAX 1000                           /* looked at in one search; two a year are 460 */

struct schedule {
	struct calendar calendar;
	const struct zone *zone;
	const struct quiet *quiet; /* NULL = none */
	int64_t period_ms;         /* 0 = by the calendar */
	int64_t active_from_ms;
	int64_t active_until_ms;
	int32_t jitter_ms; /* of this job */
};

const struct zone *schedule_zone(const struct schedule *schedule)
{
	return schedule->zone;
}

int64_t schedule_describe(const struct schedule *schedule, struct calendar *ret_calendar)
{
	*ret_calendar = schedule->calendar;
	return schedule->period_ms;
}

static int64_t floor_seconds(int64_t ms)
{
	return ms / SECOND_MS - (ms % SECOND_MS < 0 ? 1 : 0);
}

/* --- fixed times: each local time once, in their order --- */

/* The latest time that clocks have shown up to `at_s`: behind the one they show now where they were set back. */
static int64_t latest_shown(const struct zone *zone, int64_t at_s)
{
	struct zone_span span = zone_span_at(zone, at_s);
	int64_t latest_s = at_s + span.offset_s;
	for (unsigned index = 0; index < SPANS_BACK_MAX && span.from_s > at_s - (int64_t)2 * ZONE_OFFSET_MAX_S; index++) {
		const int64_t end_s = span.from_s;
		span = zone_span_at(zone, end_s - 1);
		if (end_s - 1 + span.offset_s > latest_s)
			latest_s = end_s - 1 + span.offset_s;
	}
	return latest_s;
}

/* The end of the gap for a time that is skipped, the first instant for one that comes twice: instants rise as local times do. */
static int64_t first_instant(const struct zone *zone, int64_t local_s, unsigned *ret_notes)
{
	int64_t first_s = 0;
	int64_t last_s = 0;
	const enum zone_local local = zone_find_local(zone, local_s, &first_s, &last_s);
	*ret_notes = local == ZONE_LOCAL_SKIPPED ? SCHEDULE_NOTE_AFTER_GAP
	             : local == ZONE_LOCAL_TWICE ? SCHEDULE_NOTE_REPEATED_HOUR
	                                         : 0;
	return first_s;
}

static bool fixed_next(const struct schedule *schedule, int64_t after_s, int64_t *ret_due_s, unsigned *ret_notes)
{
	int64_t local_s;
	if (!calendar_next(&schedule->calendar, latest_shown(schedule->zone, after_s) + 1, &local_s))
		return false;
	*ret_due_s = first_instant(schedule->zone, local_s, ret_notes);
	/* Where clocks go on at a time that is the calendar's own, nothing is unusual about it. */
	const int64_t shown_s = *ret_due_s + zone_span_at(schedule->zone, *ret_due_s).offset_s;
	if (*ret_notes == SCHEDULE_NOTE_AFTER_GAP && calendar_next(&schedule->calendar, shown_s, &local_s) && local_s == shown_s)
		*ret_notes = 0;
	return true;
}

static bool fixed_last(const struct schedule *schedule, int64_t at_s, int64_t *ret_due_s, unsigned *ret_notes)
{
	int64_t local_s;
	if (!calendar_last(&schedule->calendar, latest_shown(schedule->zone, at_s), &local_s))
		return false;
	*ret_due_s = first_instant(schedule->zone, local_s, ret_notes);
	return true;
}

/* --- every hour: each instant at which clocks show a time of the calendar --- */

static unsigned repeated_note(const struct zone *zone, int64_t local_s)
{
	int64_t first_s;
	int64_t last_s;
	return zone_find_local(zone, local_s, &first_s, &last_s) == ZONE_LOCAL_TWICE ? SCHEDULE_NOTE_REPEATED_HOUR : 0;
}

static bool running_next(const struct schedule *schedule, int64_t after_s, int64_t *ret_due_s, unsigned *ret_notes)
{
	struct zone_span span = zone_span_at(schedule->zone, after_s + 1);
	int64_t searched_s = after_s + 1 + span.offset_s; /* nothing from here to `local_s` */
	int64_t local_s = 0;
	bool is_found = calendar_next(&schedule->calendar, searched_s, &local_s);
	for (unsigned index = 0; index < SPANS_MAX; index++) {
		if (is_found && local_s - span.offset_s < span.until_s) {
			*ret_due_s = local_s - span.offset_s;
			*ret_notes = repeated_note(schedule->zone, local_s);
			return true;
		}
		if (span.until_s > END_MS / SECOND_MS)
			break;
		const int64_t start_s = span.until_s;
		span = zone_span_at(schedule->zone, start_s);
		const int64_t shown_s = start_s + span.offset_s;
		if (shown_s < searched_s || (is_found && local_s < shown_s))
			is_found = calendar_next(&schedule->calendar, shown_s, &local_s);
		searched_s = shown_s;
	}
	return false;
}

static bool running_last(const struct schedule *schedule, int64_t at_s, int64_t *ret_due_s, unsigned *ret_notes)
{
	struct zone_span span = zone_span_at(schedule->zone, at_s);
	int64_t searched_s = at_s + span.offset_s; /* nothing from `local_s` to here */
	int64_t local_s = 0;
	bool is_found = calendar_last(&schedule->calendar, searched_s, &local_s);
	for (unsigned index = 0; index < SPANS_MAX; index++) {
		if (is_found && local_s - span.offset_s >= span.from_s) {
			*ret_due_s = local_s - span.offset_s;
			*ret_notes = repeated_note(schedule->zone, local_s);
			return true;
		}
		if (span.from_s < BEGIN_MS)
			break;
		const int64_t end_s = span.from_s - 1;
		span = zone_span_at(schedule->zone, end_s);
		const int64_t shown_s = end_s + span.offset_s;
		if (shown_s > searched_s || (is_found && local_s > shown_s))
			is_found = calendar_last(&schedule->calendar, shown_s, &local_s);
		searched_s = shown_s;
	}
	return false;
}

/* --- both, and what a job adds --- */

static bool calendar_due(const struct schedule *schedule, int64_t ms, bool is_next, int64_t *ret_due_ms, unsigned *ret_notes)
{
	const int64_t at_s = floor_seconds(ms);
	const bool is_running = schedule->calendar.counts_real_time;
	int64_t due_s = 0;
	const bool is_found = is_next      ? is_running ? running_next(schedule, at_s, &due_s, ret_notes)
	                                                : fixed_next(schedule, at_s, &due_s, ret_notes)
	                           : is_running ? running_last(schedule, at_s, &due_s, ret_notes)
	                                   : fixed_last(schedule, at_s, &due_s, ret_notes);
	*ret_due_ms = due_s * SECOND_MS;
	return is_found;
}

static void finish(const struct schedule *schedule, int64_t due_ms, unsigned notes, struct schedule_time *ret_time)
{
	int64_t starts_ms = due_ms + schedule->jitter_ms;
	unsigned all = notes | (schedule->jitter_ms > 0 ? SCHEDULE_NOTE_JITTER : 0);
	if (schedule->quiet != NULL) {
		const int64_t start_s = floor_seconds(starts_ms);
		const int64_t end_s = quiet_end(schedule->quiet, schedule->zone, start_s);
		if (end_s > start_s) {
			starts_ms = end_s * SECOND_MS;
			all |= SCHEDULE_NOTE_QUIET;
		}
	}
	*ret_time = (struct schedule_time){.due_at_ms = due_ms, .starts_at_ms = starts_ms, .notes = all};
}

int schedule_next(const struct schedule *schedule, int64_t after_ms, struct schedule_time *ret_time)
{
	int64_t due_ms = 0;
	unsigned notes = 0;
	int64_t from_ms = after_ms > BEGIN_MS - 1 ? after_ms : BEGIN_MS - 1;
	if (from_ms < schedule->active_from_ms)
		from_ms = schedule->active_from_ms - 1;
	if (from_ms >= END_MS)
		return 0;
	if (schedule->period_ms > 0)
		due_ms = from_ms < 0 ? 0 : (from_ms / schedule->period_ms + 1) * schedule->period_ms;
	else if (!calendar_due(schedule, from_ms, true, &due_ms, &notes))
		return 0;
	if (due_ms >= schedule->active_until_ms || due_ms >= END_MS)
		return 0;
	finish(schedule, due_ms, notes, ret_time);
	return 1;
}

int schedule_last(const struct schedule *schedule, int64_t at_ms, struct schedule_time *ret_time)
{
	int64_t due_ms = 0;
	unsigned notes = 0;
	int64_t until_ms = at_ms < END_MS ? at_ms : END_MS - 1;
	if (until_ms >= schedule->active_until_ms)
		until_ms = schedule->active_until_ms - 1;
	if (until_ms < BEGIN_MS)
		return 0;
	if (schedule->period_ms > 0)
		due_ms = until_ms / schedule->period_ms * schedule->period_ms;
	else if (!calendar_due(schedule, until_ms, false, &due_ms, &notes))
		return 0;
	if (due_ms < schedule->active_from_ms || due_ms < BEGIN_MS)
		return 0;
	finish(schedule, due_ms, notes, ret_time);
	return 1;
}

struct schedule_rule schedule_rule_of(const struct job_config *job)
{
	const struct job_schedule *schedule = &job->schedule;
	return (struct schedule_rule){
		.form = schedule->form,
		.expression = schedule->expression,
		.time_zone = schedule->time_zone,
		.name = job->name,
		.jitter_ms = schedule->jitter_ms,
		.active_from_ms = schedule->active_from_ms,
		.active_until_ms = schedule->active_until_ms,
		.active_from_is_local = schedule->active_from_is_local,
		.active_until_is_local = schedule->active_until_is_local,
		.quiet = schedule->quiet,
	};
}

/* --- compiling --- */

static const char key_schedule[] = "schedule";
static const char key_zone[] = SCHEDULE_KEY_ZONE;
static const char key_quiet[] = "quiet";
static const char key_active[] = "active_until";

/* The zone behind an OnCalendar expression, which is cut off there; the job's otherwise. */
static int find_zone(struct zones *zones, const char *time_zone, struct expression *expression, struct schedule *schedule,
                     const char **ret_key, struct error *err)
{
	char name[ZONE_NAME_SIZE];
	size_t at = expression->text.size;
	while (at > 0 && expression->text.data[at - 1] != ' ')
		at--;
	const struct slice word = slice_make(expression->text.data + at, expression->text.size - at);
	const bool has_zone = at > 0 && zone_name_is_valid(word) && word.data[0] > '9';
	*ret_key = has_zone ? key_schedule : key_zone;
	if (!has_zone)
		return zones_find(zones, time_zone, &schedule->zone, err);
	memcpy(name, word.data, word.size);
	name[word.size] = '\0';
	if (zones_find(zones, slice_equal_folded(word, slice_from("UTC")) ? "UTC" : name, &schedule->zone, err) < 0) {
		err->byte = (int64_t)at;
		return -1;
	}
	while (at > 0 && expression->text.data[at - 1] == ' ')
		at--;
	expression->text.size = at;
	return 0;
}

static int compile_calendar(struct arena *arena, struct zones *zones, const struct schedule_rule *rule, struct schedule *schedule,
                            const char **ret_key, struct error *err)
{
	struct expression expression = {.text = slice_trim(slice_from(rule->expression)), .err = err};
	bool is_utc = false;
	int64_t local_s;
	if (rule->form == SCHEDULE_CALENDAR) {
		if (find_zone(zones, rule->time_zone, &expression, schedule, ret_key, err) < 0)
			return -1;
	} else if (zones_find(zones, rule->time_zone, &schedule->zone, err) < 0) {
		*ret_key = key_zone;
		return -1;
	}
	*ret_key = key_schedule;
	if (!(rule->form == SCHEDULE_CALENDAR ? on_calendar_parse(&expression, arena, &schedule->calendar, &is_utc)
	                                      : cron_parse(&expression, &schedule->calendar)))
		return -1;
	if (is_utc && zones_find(zones, NULL, &schedule->zone, err) < 0)
		return -1;
	schedule->calendar.counts_real_time = schedule->calendar.hours == CALENDAR_HOURS_ALL;
	if (!calendar_next(&schedule->calendar, 0, &local_s))
		return error_set(err, ERROR_CONFIG, "'%s' is never due: there is no such day from %d to %d", rule->expression,
		                 CALENDAR_YEAR_MIN, CALENDAR_YEAR_MAX);
	return 0;
}

static int compile_period(struct zones *zones, const struct schedule_rule *rule, struct schedule *schedule, const char **ret_key,
                          struct error *err)
{
	const struct value_range range = {.minimum = SCHEDULE_EVERY_MIN_MS, .maximum = SCHEDULE_EVERY_MAX_MS};
	*ret_key = key_zone; /* that of quiet hours, and of the times as they are shown */
	if (zones_find(zones, rule->time_zone, &schedule->zone, err) < 0)
		return -1;
	*ret_key = key_schedule;
	return value_parse_duration(slice_from(rule->expression), range, &schedule->period_ms, err);
}

static int64_t bound(const struct zone *zone, int64_t ms, bool is_local)
{
	int64_t first_s = 0;
	int64_t last_s = 0;
	if (!is_local || ms == INT64_MIN || ms == INT64_MAX)
		return ms;
	const int64_t local_s = floor_seconds(ms);
	(void)zone_find_local(zone, local_s, &first_s, &last_s); /* skipped, it is the end of the gap */
	return first_s * SECOND_MS + (ms - local_s * SECOND_MS);
}

static int32_t jitter_of(const struct schedule_rule *rule)
{
	if (rule->jitter_ms <= 0 || rule->name == NULL)
		return 0;
	const uint64_t hash = hash_bytes(slice_from(rule->name), 0).low;
	return (int32_t)((int64_t)(hash % (uint64_t)(rule->jitter_ms / SECOND_MS + 1)) * SECOND_MS);
}

int schedule_compile_keyed(struct arena *arena, struct zones *zones, const struct schedule_rule *rule,
                           const struct schedule **ret_schedule, const char **ret_key, struct error *err)
{
	struct schedule *schedule = arena_alloc(arena, sizeof(*schedule));
	struct schedule_time ignored;
	*ret_key = key_schedule;
	if (schedule == NULL)
		return error_set_memory(err);
	if ((rule->form == SCHEDULE_EVERY ? compile_period(zones, rule, schedule, ret_key, err)
	                                  : compile_calendar(arena, zones, rule, schedule, ret_key, err)) < 0)
		return -1;
	if (rule->quiet != NULL) {
		*ret_key = key_quiet;
		if (quiet_compile(rule->quiet, arena, &schedule->quiet, err) < 0)
			return -1;
	}
	schedule->active_from_ms = bound(schedule->zone, rule->active_from_ms, rule->active_from_is_local);
	schedule->active_until_ms = bound(schedule->zone, rule->active_until_ms, rule->active_until_is_local);
	schedule->jitter_ms = jitter_of(rule);
	if (schedule_next(schedule, INT64_MIN, &ignored) == 0) {
		*ret_key = schedule->active_until_ms != INT64_MAX || schedule->active_from_ms != INT64_MIN ? key_active
		                                                                                           : key_schedule;
		return error_set(err, ERROR_CONFIG, "'%s' is never due while the job is active", rule->expression);
	}
	*ret_schedule = schedule;
	return 0;
}

int schedule_compile(struct arena *arena, struct zones *zones, const struct schedule_rule *rule,
                     const struct schedule **ret_schedule, struct error *err)
{
	const char *key;
	return schedule_compile_keyed(arena, zones, rule, ret_schedule, &key, err);
}
