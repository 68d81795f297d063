/*
 * Fuzz target: schedules, and the zones they are due in. The first byte says what the rest is:
 *
 *   'z'  a TZif file
 *   'c', 'o', 'e'  cron, OnCalendar, an interval: a byte that picks a zone, an expression, a line feed, quiet times
 */
#include "base/zone.h"
#include "schedule/schedule.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4096
#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define SPANS_MAX 3000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* A zone's spans follow each other to the end of time, and local times are found in bounded time. */
static void run_zone(const char *data, size_t size)
{
	struct arena arena;
	struct error err = ERROR_INIT;
	const struct zone *zone = NULL;
	int64_t first_s = 0;
	int64_t last_s = 0;

	arena_init(&arena, (size_t)4 * 1024 * 1024);
	if (zone_parse("fuzz", slice_make(data, size), &arena, &zone, &err) == 0) {
		int64_t at_s = -ZONE_SECONDS_MAX;
		for (int count = 0; count < SPANS_MAX && at_s < ZONE_SECONDS_MAX; count++) {
			const struct zone_span span = zone_span_at(zone, at_s);
			expect(span.until_s > at_s && span.from_s <= at_s);
			expect(span.offset_s >= -ZONE_OFFSET_MAX_S && span.offset_s <= ZONE_OFFSET_MAX_S);
			if (count % 16 == 0)
				(void)zone_find_local(zone, at_s + span.offset_s, &first_s, &last_s); /* must only end */
			at_s = span.until_s;
		}
	}
	arena_release(&arena);
}

/* Next is after, last is not, and both ways give the same times. */
static void run_schedule(const struct schedule *schedule, int64_t at_ms)
{
	struct schedule_time next;
	struct schedule_time again;

	if (schedule_next(schedule, at_ms, &next) > 0) {
		expect(next.due_at_ms > at_ms);
		expect(next.starts_at_ms >= next.due_at_ms);
		expect(schedule_last(schedule, next.due_at_ms, &again) == 1 && again.due_at_ms == next.due_at_ms);
		expect(schedule_next(schedule, next.due_at_ms - 1, &again) == 1 && again.due_at_ms == next.due_at_ms);
		expect(again.notes == next.notes && again.starts_at_ms == next.starts_at_ms);
	}
	if (schedule_last(schedule, at_ms, &next) > 0) {
		expect(next.due_at_ms <= at_ms);
		expect(schedule_next(schedule, next.due_at_ms, &again) == 0 || again.due_at_ms > at_ms);
	}
}

static void run_rule(const struct schedule_rule *rule, struct zones *zones)
{
	struct arena arena;
	struct error err = ERROR_INIT;
	const struct schedule *schedule = NULL;

	arena_init(&arena, (size_t)64 * 1024);
	if (schedule_compile(&arena, zones, rule, &schedule, &err) == 0) {
		for (int64_t day = 0; day < 90000; day += 4999)
			run_schedule(schedule, day * DAY_MS + day * 7919);
		run_schedule(schedule, INT64_C(1774746000000));
		run_schedule(schedule, INT64_C(1792891800000));
	} else {
		expect(err.code != ERROR_NONE && err.byte <= (int64_t)strlen(rule->expression) + TEXT_MAX);
	}
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {
		"UTC",       "Europe/Warsaw", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "America/St_Johns",
		"Asia/Gaza", "-03:30"};
	static struct zones zones; /* loaded once for all inputs */

	if (size < 2 || size > TEXT_MAX)
		return 0;
	if (zones.folder == NULL)
		zones_init(&zones, NULL);
	char *text = malloc(size); /* in memory of its own and exact size, so that a sanitizer sees a read behind the end */
	if (text == NULL)
		return 0;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (data[0] == 'z') {
		run_zone(text, size - 1);
	} else if (data[0] == 'c' || data[0] == 'o' || data[0] == 'e') {
		char *quiet = strchr(text + 1, '\n');
		if (quiet != NULL)
			*quiet++ = '\0';
		const struct schedule_rule rule = {
			.form = data[0] == 'c'   ? SCHEDULE_CRON
		                : data[0] == 'o' ? SCHEDULE_CALENDAR
		                                 : SCHEDULE_EVERY,
			.expression = text + 1,
			.time_zone = names[(unsigned char)text[0] % (sizeof(names) / sizeof(names[0]))],
			.name = "fuzz",
			.jitter_ms = 60000,
			.active_from_ms = INT64_MIN,
			.active_until_ms = INT64_MAX,
			.quiet = quiet,
		};
		if (text[0] != '\0')
			run_rule(&rule, &zones);
	}
	free(text);
	return 0;
}
