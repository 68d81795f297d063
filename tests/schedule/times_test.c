/*
 * times.tsv: a schedule on a line, with the next times that it is due. What
 * stands there is checked against other programs in e2e (test_calendar.py).
 *
 *   form <tab> zone <tab> after <tab> expression <tab> times
 *
 * Times are UTC, with 'g' behind one at the end of a gap and 'r' behind one that clocks show twice.
 */
#include "schedule/schedule.h"

#include "base/instant.h"
#include "base/zone.h"

#include "schedule_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 1024
#define ROWS_MIN 300
#define ZONES_MIN 10
#define COLUMNS 5

struct row {
	char line[LINE_BYTES];
	const char *columns[COLUMNS]; /* in `line` */
};

enum column { COLUMN_FORM, COLUMN_ZONE, COLUMN_AFTER, COLUMN_EXPRESSION, COLUMN_TIMES };

/* Split in place; false for a comment. */
static bool split(struct row *row)
{
	char *rest = row->line;
	if (rest[0] == '#' || rest[0] == '\n')
		return false;
	rest[strcspn(rest, "\n")] = '\0';
	for (size_t index = 0; index < COLUMNS; index++) {
		row->columns[index] = rest;
		rest += strcspn(rest, "\t");
		if (*rest == '\0' && index + 1 < COLUMNS)
			fail_msg("'%s': a column is missing", row->line);
		*rest++ = '\0';
	}
	return true;
}

static int64_t read_instant(const char *text, size_t size)
{
	int64_t ms = 0;
	if (!instant_parse(slice_make(text, size), 0, &ms))
		fail_msg("'%.*s' is no instant", (int)size, text);
	return ms;
}

static enum schedule_form form_of(const char *name)
{
	return strcmp(name, "cron") == 0 ? SCHEDULE_CRON : strcmp(name, "every") == 0 ? SCHEDULE_EVERY : SCHEDULE_CALENDAR;
}

static void expect_time(const struct row *row, const struct schedule_time *time, const char *text, size_t size)
{
	const bool is_gap = text[size - 1] == 'g';
	const bool is_repeated = text[size - 1] == 'r';
	const int64_t expected_ms = read_instant(text, size - (is_gap || is_repeated));
	char found[INSTANT_TEXT_SIZE];
	instant_format(time->due_at_ms, found);
	if (time->due_at_ms != expected_ms)
		fail_msg("%s '%s' in %s: %s, expected %.*s", row->columns[COLUMN_FORM], row->columns[COLUMN_EXPRESSION],
		         row->columns[COLUMN_ZONE], found, (int)size, text);
	assert_int_equal((time->notes & SCHEDULE_NOTE_AFTER_GAP) != 0, is_gap);
	assert_int_equal((time->notes & SCHEDULE_NOTE_REPEATED_HOUR) != 0, is_repeated);
	assert_int_equal(time->starts_at_ms, time->due_at_ms);
}

/* Forwards through the row's times, and each of them found again backwards. */
static void expect_times(const struct row *row, const struct schedule *schedule)
{
	const char *rest = row->columns[COLUMN_TIMES];
	int64_t after_ms = read_instant(row->columns[COLUMN_AFTER], strlen(row->columns[COLUMN_AFTER]));
	struct schedule_time before = {.due_at_ms = -1};
	struct schedule_time last;
	struct schedule_time next;
	const bool has_before = schedule_last(schedule, after_ms, &before) > 0;
	while (*rest != '\0' && strcmp(rest, "never") != 0) {
		const size_t size = strcspn(rest, " ");
		if (schedule_next(schedule, after_ms, &next) == 0)
			fail_msg("'%s' is due no more, expected %s", row->columns[COLUMN_EXPRESSION], rest);
		expect_time(row, &next, rest, size);
		assert_int_equal(schedule_last(schedule, next.due_at_ms, &last), 1);
		assert_int_equal(last.due_at_ms, next.due_at_ms);
		assert_int_equal(last.notes, next.notes);
		if (schedule_last(schedule, next.due_at_ms - 1, &last) != (has_before || before.due_at_ms >= 0))
			fail_msg("%s %s %s", row->columns[1], row->columns[3], rest);
		if (before.due_at_ms >= 0)
			assert_int_equal(last.due_at_ms, before.due_at_ms);
		before = next;
		after_ms = next.due_at_ms;
		rest += size + (rest[size] == ' ');
	}
	if (strcmp(row->columns[COLUMN_TIMES], "never") == 0)
		assert_int_equal(schedule_next(schedule, after_ms, &next), 0);
}

static void check_row(struct zones *zones, const struct row *row)
{
	const struct schedule_rule rule = {
		.form = form_of(row->columns[COLUMN_FORM]),
		.expression = row->columns[COLUMN_EXPRESSION],
		.time_zone = row->columns[COLUMN_ZONE],
		.name = "acme",
		.active_from_ms = INT64_MIN,
		.active_until_ms = INT64_MAX,
	};
	const struct schedule *schedule = NULL;
	struct error err = ERROR_INIT;
	struct arena arena;
	arena_init(&arena, (size_t)64 * 1024);
	if (schedule_compile(&arena, zones, &rule, &schedule, &err) < 0)
		fail_msg("'%s': %s", rule.expression, err.message);
	expect_times(row, schedule);
	arena_release(&arena);
}

static void schedule_is_due_at_the_times_of_the_table(void **state)
{
	struct zones zones;
	struct row row;
	size_t rows = 0;
	size_t zone_count = 0;
	FILE *file = fopen(FEEDMILL_SOURCE_DIR "/tests/schedule/times.tsv", "r");

	(void)state;
	assert_non_null(file);
	zones_init(&zones, NULL);
	while (fgets(row.line, sizeof(row.line), file) != NULL) {
		assert_non_null(strchr(row.line, '\n'));
		if (!split(&row))
			continue;
		const void *first = zones.first;
		check_row(&zones, &row);
		zone_count += zones.first != first;
		rows++;
	}
	(void)fclose(file);
	zones_release(&zones);
	assert_true(rows >= ROWS_MIN);
	assert_true(zone_count >= ZONES_MIN);
	print_message("%zu rows over %zu zones\n", rows, zone_count);
}

int times_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schedule_is_due_at_the_times_of_the_table),
	};
	return cmocka_run_group_tests_name("times", tests, NULL, NULL);
}
