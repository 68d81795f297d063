/*
 * `schedule`, `timezone`, `active_from`, `active_until` and `on_failure` as they are written.
 *
 * What a schedule's expression means, and whether the zone exists, is checked
 * by the folder schedule, which stands above this one; here are the forms.
 */
#pragma once

#include "base/json.h"
#include "config/config.h"
#include "config/settings.h"

#define SCHEDULE_EXPRESSION_BYTES 1024
#define SCHEDULE_ARGUMENTS_MAX 64
#define SCHEDULE_EVERY_MIN_MS INT64_C(1000)
#define SCHEDULE_EVERY_MAX_MS (INT64_C(366) * 24 * 3600 * 1000)

/* A text: five fields or a leading '@' are cron's, all else is OnCalendar. -1: ERROR_CONFIG, ERROR_MEMORY. */
must_use int schedule_parse(struct slice text, struct arena *arena, struct job_schedule *schedule, struct error *err);

/* {cron: TEXT}, {calendar: TEXT}, {every: DURATION} or {plan: {…}}. Mistakes become problems; -1 only without memory. */
must_use int schedule_read(const struct settings *settings, const struct yaml_node *mapping, struct job_schedule *schedule,
                           struct error *err);

/* 'UTC', '+02:00' or the shape of an IANA name, kept in its usual form. -1: ERROR_CONFIG, ERROR_MEMORY. */
must_use int schedule_parse_zone(struct slice text, struct arena *arena, struct job_config *job, struct error *err);

/*
 * '2026-12-24', '2026-12-24 18:00' by the clock of the job's zone, or an
 * instant with its offset. A date as an end (`is_end`) is the start of the day
 * behind it. -1: ERROR_CONFIG.
 */
must_use int schedule_parse_instant(struct slice text, bool is_end, int64_t *ret_ms, bool *ret_is_local, struct error *err);
void schedule_append_instant(int64_t ms, bool is_local, struct buffer *buffer);

/* Members of the JSON Schema of `schedule`. */
void schedule_append_schema(const char *duration_pattern, struct json_writer *json);
