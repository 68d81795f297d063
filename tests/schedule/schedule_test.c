/* What schedules refuse, and what a job adds to its calendar. */
#include "schedule/schedule.h"

#include "base/instant.h"
#include "base/zone.h"

#include "schedule_tests.h"
#include "support/allocation.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ALWAYS .active_from_ms = INT64_MIN, .active_until_ms = INT64_MAX
#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)

struct bench {
	struct zones zones;
	struct arena arena;
};

static int set_up(void **state)
{
	static struct bench bench;
	zones_init(&bench.zones, NULL);
	arena_init(&bench.arena, (size_t)16 * 1024 * 1024);
	*state = &bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;
	zones_release(&bench->zones);
	arena_release(&bench->arena);
	return 0;
}

static const struct schedule *compile(void **state, const struct schedule_rule *rule)
{
	struct bench *bench = *state;
	const struct schedule *schedule = NULL;
	struct error err = ERROR_INIT;
	if (schedule_compile(&bench->arena, &bench->zones, rule, &schedule, &err) < 0)
		fail_msg("'%s': %s", rule->expression, err.message);
	return schedule;
}

static int64_t instant(const char *text)
{
	int64_t ms = 0;
	assert_true(instant_parse(slice_from(text), 0, &ms));
	return ms;
}

static void expect_next(const struct schedule *schedule, const char *after, const char *due, const char *starts, unsigned notes)
{
	struct schedule_time time = {.due_at_ms = 0};
	char text[INSTANT_TEXT_SIZE];
	assert_int_equal(schedule_next(schedule, instant(after), &time), 1);
	instant_format(time.due_at_ms, text);
	assert_string_equal(text, due);
	instant_format(time.starts_at_ms, text);
	assert_string_equal(text, starts);
	assert_int_equal(time.notes, notes);
}

static const struct refused_row {
	enum schedule_form form;
	const char *expression;
	int64_t byte;
	const char *message;
} refused_rows[] = {
	{SCHEDULE_CRON, "60 * * * *", 0, "minute: 60 is not from 0 to 59"},
	{SCHEDULE_CRON, "0 24 * * *", 2, "hour: 24 is not from 0 to 23"},
	{SCHEDULE_CRON, "0 0 0 * *", 4, "day of the month: 0 is not from 1 to 31"},
	{SCHEDULE_CRON, "0 0 * 13 *", 6, "month: 13 is not from 1 to 12"},
	{SCHEDULE_CRON, "0 0 * * 8", 8, "day of the week: 8 is not from 0 to 7"},
	{SCHEDULE_CRON, "0 0 * * mox", 8, "day of the week: 'mox' is not understood"},
	{SCHEDULE_CRON, "0 0 * jan,foo *", 10, "month: 'foo' is not understood"},
	{SCHEDULE_CRON, "5-1 * * * *", 0, "minute: the range ends before it begins"},
	{SCHEDULE_CRON, "0 22-2 * * *", 2, "hour: the range ends before it begins"},
	{SCHEDULE_CRON, "5/15 * * * *", 1, "minute: a step needs a range; write it as '5-59/…'"},
	{SCHEDULE_CRON, "*/0 * * * *", 2, "minute: the step behind '/' is not a number from 1 to 59"},
	{SCHEDULE_CRON, "*/x * * * *", 2, "minute: the step behind '/' is not a number from 1 to 59"},
	{SCHEDULE_CRON, "*/60 * * * *", 2, "minute: the step behind '/' is not a number from 1 to 59"},
	{SCHEDULE_CRON, "1, * * * *", 2, "minute: a value is missing"},
	{SCHEDULE_CRON, "1- * * * *", 2, "minute: a value is missing"},
	{SCHEDULE_CRON, "0 0 L * *", 4, "day of the month: 'L' is not understood"},
	{SCHEDULE_CRON, "0 0 1W * *", 5, "day of the month: 'W' is not understood here"},
	{SCHEDULE_CRON, "0 0 ? * *", 4, "day of the month: '?' is not understood"},
	{SCHEDULE_CRON, "99999999999999999999 * * * *", 0, "minute: 2147483647 is not from 0 to 59"},
	{SCHEDULE_CRON, "0 0 * *", 7, "the field 'day of the week' is missing: cron has five of them"},
	{SCHEDULE_CRON, "0 0 * * * *", 10, "cron has five fields, and here is a sixth"},
	{SCHEDULE_CRON, "", 0, "the field 'minute' is missing: cron has five of them"},
	{SCHEDULE_CRON, "@reboot", 0, "unknown word; cron has '@hourly', '@daily', '@weekly', '@monthly' and '@yearly'"},
	{SCHEDULE_CRON, "0 0 30 2 *", -1, "'0 0 30 2 *' is never due: there is no such day from 1970 to 2199"},
	{SCHEDULE_CRON, "0 0 31 4,6,9,11 *", -1, "'0 0 31 4,6,9,11 *' is never due: there is no such day from 1970 to 2199"},
	{SCHEDULE_CALENDAR, "*-02-30", -1, "'*-02-30' is never due: there is no such day from 1970 to 2199"},
	{SCHEDULE_CALENDAR, "Mon 2026-01-01", -1, "'Mon 2026-01-01' is never due: there is no such day from 1970 to 2199"},
	{SCHEDULE_CALENDAR, "2026-02-29", -1, "'2026-02-29' is never due: there is no such day from 1970 to 2199"},
	{SCHEDULE_CALENDAR, "", 0, "the expression is empty"},
	{SCHEDULE_CALENDAR, "*", 1, "a date is written as 'year-month-day', a time as 'hour:minute'"},
	{SCHEDULE_CALENDAR, "02", 2, "a date is written as 'year-month-day', a time as 'hour:minute'"},
	{SCHEDULE_CALENDAR, "Mon *", 5, "a date is written as 'year-month-day', a time as 'hour:minute'"},
	{SCHEDULE_CALENDAR, "Mon, Tue 10:00", 5, "a number is missing"},
	{SCHEDULE_CALENDAR, "Sat..Mon", -2, NULL},
	{SCHEDULE_CALENDAR, "Sun..Sat 1:00", 5, "weekdays: the range ends before it begins"},
	{SCHEDULE_CALENDAR, "Mon..", 5, "the name of a weekday is missing"},
	{SCHEDULE_CALENDAR, "Mon.Tue 1:00", 4, "weekdays are separated by ',' or '..'"},
	{SCHEDULE_CALENDAR, "*:*/5", 3, "'/' is not understood here"},
	{SCHEDULE_CALENDAR, "*-*~31", 4, "day from the end: 31 is not from 1 to 28"},
	{SCHEDULE_CALENDAR, "*-*~03..01", 4, "day from the end: the range ends before it begins"},
	{SCHEDULE_CALENDAR, "*-*~07/7", 4, "day: the step leads beyond the end of the month at once"},
	{SCHEDULE_CALENDAR, "*-*-*~1", 5, "a blank separates date and time"},
	{SCHEDULE_CALENDAR, "2026~1-1", 6, "'~' stands before the day, behind the month"},
	{SCHEDULE_CALENDAR, "*-*-00", 4, "day: 0 is not from 1 to 31"},
	{SCHEDULE_CALENDAR, "2026-13-01", 5, "month: 13 is not from 1 to 12"},
	{SCHEDULE_CALENDAR, "2200-1-1", 0, "year: 2200 is not from 1970 to 2199"},
	{SCHEDULE_CALENDAR, "1960-1-1", 0, "year: 1960 is not from 1970 to 2199"},
	{SCHEDULE_CALENDAR, "24:00", 0, "hour: 24 is not from 0 to 23"},
	{SCHEDULE_CALENDAR, "1:60", 2, "minute: 60 is not from 0 to 59"},
	{SCHEDULE_CALENDAR, "1:1:60", 4, "second: 60 is not from 0 to 59"},
	{SCHEDULE_CALENDAR, "23/1:0", 0, "hour: the step leads beyond 23 at once"},
	{SCHEDULE_CALENDAR, "*:0/60", 2, "minute: the step leads beyond 59 at once"},
	{SCHEDULE_CALENDAR, "5/0:0", 2, "the step behind '/' is 0"},
	{SCHEDULE_CALENDAR, "10..5:00", 0, "hour: the range ends before it begins"},
	{SCHEDULE_CALENDAR, "5,:0", 2, "a number is missing"},
	{SCHEDULE_CALENDAR, "5.6:0", 2, "a range is written with '..'"},
	{SCHEDULE_CALENDAR, "*:*:0.5", 5, "second: fractions of a second are not supported"},
	{SCHEDULE_CALENDAR, "1:2:3.", 6, "a range is written with '..'"},
	{SCHEDULE_CALENDAR, "2026-01-01T10:00", 10, "a blank separates date and time"},
	{SCHEDULE_CALENDAR, "*-*-1 5", 7, "a time is written as 'hour:minute' or 'hour:minute:second'"},
	{SCHEDULE_CALENDAR, "hourly 10:00", 0, "a number is missing"},
	{SCHEDULE_CALENDAR, "@x", 1, "'@' stands before the seconds of an instant up to the year 2038"},
	{SCHEDULE_CALENDAR, "9999999999999999999:0", 0, "hour: 2147483647 is not from 0 to 23"},
	{SCHEDULE_CALENDAR, "10:00 Asia/Nowhere", 6, "there is no time zone 'Asia/Nowhere'"},
	{SCHEDULE_CALENDAR, "daily Tue", 6, "there is no time zone 'Tue'"},
	{SCHEDULE_EVERY, "often", -1, "'often' is not a duration; write it as '500ms', '15s', '5m' or '2h'"},
	{SCHEDULE_EVERY, "500ms", -1, "must be from 1s to 366d"},
	{SCHEDULE_EVERY, "367d", -1, "must be from 1s to 366d"},
};

static void schedule_refuses_what_is_no_expression(void **state)
{
	struct bench *bench = *state;

	for (size_t index = 0; index < COUNT(refused_rows); index++) {
		const struct refused_row *row = &refused_rows[index];
		const struct schedule_rule rule = {.form = row->form, .expression = row->expression, ALWAYS};
		const struct schedule *schedule = NULL;
		struct error err = ERROR_INIT;
		if (schedule_compile(&bench->arena, &bench->zones, &rule, &schedule, &err) == 0)
			fail_msg("'%s' was taken", row->expression);
		assert_true(err.code == ERROR_CONFIG || err.code == ERROR_NOT_FOUND);
		if (row->message == NULL)
			continue;
		if (err.byte != row->byte || strcmp(err.message, row->message) != 0)
			fail_msg("'%s': byte %lld, '%s'", row->expression, (long long)err.byte, err.message);
	}
}

static void schedule_of_an_unknown_zone_is_refused(void **state)
{
	struct bench *bench = *state;
	const struct schedule_rule rule = {.expression = "0 0 * * *", .time_zone = "Mars/Olympus", ALWAYS};
	const struct schedule *schedule = NULL;
	struct error err = ERROR_INIT;

	assert_int_equal(schedule_compile(&bench->arena, &bench->zones, &rule, &schedule, &err), -1);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	assert_string_equal(err.message, "there is no time zone 'Mars/Olympus'");
}

/* Written by hand from the calendar of 2026: in Warsaw clocks go from 02:00 to 03:00 on 29 March, from 03:00 to 02:00 on 25 October. */
static void fixed_times_are_due_once_at_changes_of_daylight_saving(void **state)
{
	const struct schedule_rule rule = {.expression = "30 2 * * *", .time_zone = "Europe/Warsaw", ALWAYS};
	const struct schedule *schedule = compile(state, &rule);

	expect_next(schedule, "2026-03-28T00:00Z", "2026-03-28T01:30:00Z", "2026-03-28T01:30:00Z", 0);
	expect_next(schedule, "2026-03-28T01:30Z", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z", SCHEDULE_NOTE_AFTER_GAP);
	expect_next(schedule, "2026-03-29T01:00Z", "2026-03-30T00:30:00Z", "2026-03-30T00:30:00Z", 0);
	expect_next(schedule, "2026-10-24T00:30Z", "2026-10-25T00:30:00Z", "2026-10-25T00:30:00Z", SCHEDULE_NOTE_REPEATED_HOUR);
	expect_next(schedule, "2026-10-25T00:30Z", "2026-10-26T01:30:00Z", "2026-10-26T01:30:00Z", 0);
	/* Asked in the second 02:10, whose 02:30 is no time of its own. */
	expect_next(schedule, "2026-10-25T01:10Z", "2026-10-26T01:30:00Z", "2026-10-26T01:30:00Z", 0);
}

static void times_of_every_hour_are_due_by_real_time(void **state)
{
	const struct schedule_rule rule = {.expression = "30 * * * *", .time_zone = "Europe/Warsaw", ALWAYS};
	const struct schedule *schedule = compile(state, &rule);

	expect_next(schedule, "2026-03-29T00:30Z", "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z", 0);
	expect_next(schedule, "2026-10-25T00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T00:30:00Z", SCHEDULE_NOTE_REPEATED_HOUR);
	expect_next(schedule, "2026-10-25T00:30Z", "2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z", SCHEDULE_NOTE_REPEATED_HOUR);
	expect_next(schedule, "2026-10-25T01:30Z", "2026-10-25T02:30:00Z", "2026-10-25T02:30:00Z", 0);
}

static void schedule_keeps_to_its_active_time(void **state)
{
	struct schedule_rule rule = {
		.expression = "0 12 * * *",
		.time_zone = "Europe/Warsaw",
		.active_from_ms = instant("2026-12-01T00:00Z"),
		.active_until_ms = instant("2026-12-03T12:00Z"),
		.active_from_is_local = true,
		.active_until_is_local = true,
	};
	const struct schedule *schedule = compile(state, &rule);
	struct schedule_time time;

	expect_next(schedule, "2020-01-01T00:00Z", "2026-12-01T11:00:00Z", "2026-12-01T11:00:00Z", 0);
	expect_next(schedule, "2026-12-01T11:00Z", "2026-12-02T11:00:00Z", "2026-12-02T11:00:00Z", 0);
	assert_int_equal(schedule_next(schedule, instant("2026-12-02T11:00Z"), &time), 0);
	assert_int_equal(schedule_last(schedule, INT64_MAX, &time), 1);
	assert_int_equal(time.due_at_ms, instant("2026-12-02T11:00Z"));
	assert_int_equal(schedule_last(schedule, instant("2026-12-01T10:59:59Z"), &time), 0);
	/* As instants of UTC: an hour later, so the last noon is due, too. */
	rule.active_from_is_local = false;
	rule.active_until_is_local = false;
	schedule = compile(state, &rule);
	assert_int_equal(schedule_last(schedule, INT64_MAX, &time), 1);
	assert_int_equal(time.due_at_ms, instant("2026-12-03T11:00Z"));
	/* None in it at all. */
	struct bench *bench = *state;
	struct error err = ERROR_INIT;
	rule.active_until_ms = instant("2026-12-01T05:00Z");
	assert_int_equal(schedule_compile(&bench->arena, &bench->zones, &rule, &schedule, &err), -1);
	assert_string_equal(err.message, "'0 12 * * *' is never due while the job is active");
}

static void jitter_is_the_same_for_a_job_and_spreads_jobs(void **state)
{
	struct schedule_rule rule = {.expression = "0 2 * * *", .jitter_ms = 600000, ALWAYS};
	int64_t seen_min = INT64_MAX;
	int64_t seen_max = 0;

	for (int number = 0; number < 200; number++) {
		char name[16];
		struct schedule_time time;
		struct schedule_time again;
		(void)snprintf(name, sizeof(name), "job-%d", number);
		rule.name = name;
		assert_int_equal(schedule_next(compile(state, &rule), 0, &time), 1);
		assert_int_equal(schedule_next(compile(state, &rule), 40 * DAY_MS, &again), 1);
		assert_int_equal(time.due_at_ms, 2 * HOUR_MS);
		const int64_t jitter_ms = time.starts_at_ms - time.due_at_ms;
		assert_int_equal(again.starts_at_ms - again.due_at_ms, jitter_ms);
		assert_true(jitter_ms >= 0 && jitter_ms <= 600000);
		assert_int_equal((time.notes & SCHEDULE_NOTE_JITTER) != 0, jitter_ms > 0);
		seen_min = jitter_ms < seen_min ? jitter_ms : seen_min;
		seen_max = jitter_ms > seen_max ? jitter_ms : seen_max;
	}
	assert_true(seen_min < 60000 && seen_max > 540000);
}

static void runs_due_in_quiet_times_start_at_their_end(void **state)
{
	static const struct {
		const char *quiet;
		const char *after;
		const char *due;
		const char *starts;
		unsigned notes;
	} rows[] = {
		{"22:00-06:00", "2026-01-10T20:30Z", "2026-01-10T21:00:00Z", "2026-01-11T05:00:00Z", SCHEDULE_NOTE_QUIET},
		{"22:00-06:00", "2026-01-11T04:00Z", "2026-01-11T05:00:00Z", "2026-01-11T05:00:00Z", 0},
		{"22:00-06:00", "2026-01-11T03:30Z", "2026-01-11T04:00:00Z", "2026-01-11T05:00:00Z", SCHEDULE_NOTE_QUIET},
		{"12:00-13:00,13:00 - 14:30", "2026-01-11T10:30Z", "2026-01-11T11:00:00Z", "2026-01-11T13:30:00Z",
	         SCHEDULE_NOTE_QUIET},
		{"13:30-15:00, 12:00-14:00", "2026-01-11T10:30Z", "2026-01-11T11:00:00Z", "2026-01-11T14:00:00Z",
	         SCHEDULE_NOTE_QUIET},
		{"22:00-24:00,0:00-1:00", "2026-01-10T20:30Z", "2026-01-10T21:00:00Z", "2026-01-11T00:00:00Z", SCHEDULE_NOTE_QUIET},
		/* It would end in the hour that does not exist. */
		{"22:00-02:30", "2026-03-28T22:30Z", "2026-03-28T23:00:00Z", "2026-03-29T01:00:00Z", SCHEDULE_NOTE_QUIET},
		/* It ends in the hour that comes twice: at the first; and the second is quiet as well, to its half. */
		{"22:00-02:30", "2026-10-24T22:30Z", "2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z", SCHEDULE_NOTE_QUIET},
		{"22:00-02:30", "2026-10-25T00:30Z", "2026-10-25T01:00:00Z", "2026-10-25T01:30:00Z",
	         SCHEDULE_NOTE_QUIET | SCHEDULE_NOTE_REPEATED_HOUR},
	};
	static const struct {
		const char *quiet;
		int64_t byte;
	} wrong[] = {{"", 0},
	             {"22:00", 5},
	             {"22-6", 0},
	             {"25:00-6:00", 0},
	             {"22:00-06:60", 6},
	             {"6:00-6:00", 0},
	             {"24:00-06:00", 0},
	             {"0:00-24:00", 0},
	             {"1:00-2:00;", 9},
	             {"12:00-0:00,0:00-12:00", 0},
	             {"1:00-2:00,", 10},
	             {"x", 0}};
	struct bench *bench = *state;

	for (size_t index = 0; index < COUNT(rows); index++) {
		const struct schedule_rule rule = {
			.expression = "0 * * * *", .time_zone = "Europe/Warsaw", .quiet = rows[index].quiet, ALWAYS};
		expect_next(compile(state, &rule), rows[index].after, rows[index].due, rows[index].starts, rows[index].notes);
	}
	for (size_t index = 0; index < COUNT(wrong); index++) {
		const struct schedule_rule rule = {.expression = "0 * * * *", .quiet = wrong[index].quiet, ALWAYS};
		const struct schedule *schedule = NULL;
		struct error err = ERROR_INIT;
		assert_int_equal(schedule_compile(&bench->arena, &bench->zones, &rule, &schedule, &err), -1);
		assert_int_equal(err.code, ERROR_CONFIG);
		if (err.byte != wrong[index].byte)
			fail_msg("'%s': %s (byte %lld)", wrong[index].quiet, err.message, (long long)err.byte);
	}
}

/* From any instant: next is after it, last not, and nothing is between them; both ways give the same times. */
static void next_and_last_agree_from_any_instant(void **state)
{
	static const char *const expressions[] = {"*/7 * * * *", "30 0-3 * * *", "0 2 * * 0", "15 1,2,3 * * *",
	                                          "0 0 29 2 *",  "59 23 31 * *", "0 0 1 1 *"};
	static const char *const names[] = {"Europe/Warsaw",     "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia",
	                                    "Africa/Casablanca", "Antarctica/Troll", "Asia/Gaza",           "Europe/Dublin"};
	uint64_t random = 20261121;

	for (size_t index = 0; index < COUNT(expressions) * COUNT(names); index++) {
		const struct schedule_rule rule = {.expression = expressions[index % COUNT(expressions)],
		                                   .time_zone = names[index / COUNT(expressions)],
		                                   ALWAYS};
		const struct schedule *schedule = compile(state, &rule);
		for (int round = 0; round < 500; round++) {
			random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			const int64_t at_ms = 10 * 366 * DAY_MS + (int64_t)(random >> 20) % (100 * 366 * DAY_MS);
			struct schedule_time next;
			struct schedule_time last;
			struct schedule_time between;
			assert_int_equal(schedule_next(schedule, at_ms, &next), 1);
			assert_int_equal(schedule_last(schedule, at_ms, &last), 1);
			assert_true(last.due_at_ms <= at_ms && at_ms < next.due_at_ms);
			assert_int_equal(schedule_next(schedule, last.due_at_ms, &between), 1);
			assert_int_equal(between.due_at_ms, next.due_at_ms);
			assert_int_equal(schedule_last(schedule, next.due_at_ms - 1, &between), 1);
			assert_int_equal(between.due_at_ms, last.due_at_ms);
		}
	}
}

static void schedule_answers_for_the_ends_of_time(void **state)
{
	static const enum schedule_form forms[] = {SCHEDULE_CRON, SCHEDULE_CALENDAR, SCHEDULE_EVERY};
	static const char *const expressions[] = {"* * * * *", "2199-12-31 23:59:59", "366d"};
	struct schedule_time time;

	for (size_t index = 0; index < COUNT(forms); index++) {
		const struct schedule_rule rule = {.form = forms[index], .expression = expressions[index], ALWAYS};
		const struct schedule *schedule = compile(state, &rule);
		assert_int_equal(schedule_next(schedule, INT64_MIN, &time), 1);
		assert_true(time.due_at_ms >= 0);
		assert_int_equal(schedule_next(schedule, INT64_MAX, &time), 0);
		assert_int_equal(schedule_last(schedule, INT64_MAX, &time), 1);
		assert_int_equal(schedule_last(schedule, INT64_MIN, &time), 0);
		assert_int_equal(schedule_last(schedule, -1, &time), 0);
	}
}

static void schedule_is_small(void **state)
{
	const struct schedule_rule rule = {.expression = "30 2 * * *", .time_zone = "Europe/Warsaw", ALWAYS};
	struct bench *bench = *state;

	(void)compile(state, &rule);
	const size_t before = bench->arena.used;
	for (int index = 0; index < 1000; index++)
		(void)compile(state, &rule);
	assert_true((bench->arena.used - before) / 1000 <= 112);
	print_message("%zu bytes a schedule\n", (bench->arena.used - before) / 1000);
}

static void schedule_survives_the_lack_of_memory(void **state)
{
	const struct schedule_rule rule = {
		.form = SCHEDULE_CALENDAR, .expression = "2027..2030-*-1 02:30 Europe/Warsaw", .quiet = "22:00-06:00", ALWAYS};
	bool failed = true;

	(void)state;
	for (size_t number = 1; failed; number++) {
		const struct schedule *schedule = NULL;
		struct error err = ERROR_INIT;
		struct zones zones;
		struct arena arena;
		zones_init(&zones, NULL);
		arena_init(&arena, (size_t)64 * 1024);
		allocation_fail_at(number);
		const int result = schedule_compile(&arena, &zones, &rule, &schedule, &err);
		failed = allocation_stop();
		assert_int_equal(result, failed ? -1 : 0);
		if (failed)
			assert_int_equal(err.code, ERROR_MEMORY);
		arena_release(&arena);
		zones_release(&zones);
	}
}

int schedule_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schedule_refuses_what_is_no_expression),
		cmocka_unit_test(schedule_of_an_unknown_zone_is_refused),
		cmocka_unit_test(fixed_times_are_due_once_at_changes_of_daylight_saving),
		cmocka_unit_test(times_of_every_hour_are_due_by_real_time),
		cmocka_unit_test(schedule_keeps_to_its_active_time),
		cmocka_unit_test(jitter_is_the_same_for_a_job_and_spreads_jobs),
		cmocka_unit_test(runs_due_in_quiet_times_start_at_their_end),
		cmocka_unit_test(next_and_last_agree_from_any_instant),
		cmocka_unit_test(schedule_answers_for_the_ends_of_time),
		cmocka_unit_test(schedule_is_small),
		cmocka_unit_test(schedule_survives_the_lack_of_memory),
	};
	return cmocka_run_group_tests_name("schedule", tests, set_up, tear_down);
}
