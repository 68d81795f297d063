/* What systemd makes of the lines of a timer: the times of times.tsv, all of them and no others. */
#include "schedule/unit_calendar.h"

#include "base/instant.h"
#include "base/program.h"
#include "base/zone.h"
#include "config/config.h"

#include "schedule_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LINE_BYTES 4096
#define TIMES_MAX 64
#define COLUMNS 5
#define ROWS_MIN 300
#define OUTPUT_BYTES ((size_t)4 * 1024 * 1024)
#define ARGUMENTS_MAX 4096

enum column { COLUMN_FORM, COLUMN_ZONE, COLUMN_AFTER, COLUMN_EXPRESSION, COLUMN_TIMES };

static int64_t read_instant(const char *text, size_t size)
{
	int64_t ms = 0;
	if (!instant_parse(slice_make(text, size), 0, &ms))
		fail_msg("'%.*s' is no instant", (int)size, text);
	return ms;
}

/* --- what systemd says --- */

/* All times in the answer, '… Sat 2027-03-27 01:30:00 UTC'; at most `max`. */
static size_t read_answer(const char *answer, int64_t *times, size_t max)
{
	size_t count = 0;
	for (const char *line = answer; *line != '\0'; line += strcspn(line, "\n") + (strchr(line, '\n') != NULL)) {
		const size_t size = strcspn(line, "\n");
		static const char zone[] = " UTC";
		char text[32];
		if (size < 30 || memcmp(line + size - strlen(zone), zone, strlen(zone)) != 0 || memchr(line, ':', 20) == NULL)
			continue;
		if (strncmp(line, "    Next elapse: ", 17) != 0 && memmem(line, size, "Iter. #", 7) == NULL)
			continue;
		(void)snprintf(text, sizeof(text), "%.19sZ", line + size - 23);
		text[10] = 'T';
		assert_true(count < max);
		times[count++] = read_instant(text, strlen(text));
	}
	return count;
}

static int order(const void *left, const void *right)
{
	const int64_t a = *(const int64_t *)left;
	const int64_t b = *(const int64_t *)right;
	return (a > b) - (a < b);
}

/* The next `wanted` times of each line. */
static size_t ask_systemd(const struct unit_calendars *calendars, const char *after, size_t wanted, int64_t *times, size_t max)
{
	static char output[OUTPUT_BYTES];
	static const char *const environment[] = {"TZ=UTC", "LC_ALL=C", "PATH=/usr/bin:/bin", NULL};
	const char *arguments[ARGUMENTS_MAX] = {"systemd-analyze", "calendar"};
	char base[64];
	char iterations[32];
	size_t count = 2;
	struct program_end end;
	struct error err = ERROR_INIT;
	(void)snprintf(base, sizeof(base), "--base-time=%.10s %.8s", after, after + 11);
	(void)snprintf(iterations, sizeof(iterations), "--iterations=%zu", wanted);
	arguments[count++] = base;
	arguments[count++] = iterations;
	for (size_t i = 0; i < calendars->count; i++)
		arguments[count++] = calendars->lines[i];
	const struct program program = {
		.arguments = arguments,
		.environment = environment,
		.output = output,
		.output_max = sizeof(output) - 1,
		.timeout_ms = 60000,
		.clock = clock_system(),
	};
	if (program_run(&program, &end, &err) < 0 || program_check_status(end.status, &err) < 0)
		fail_msg("%s: %s", calendars->lines[0], err.message);
	output[end.output_size] = '\0';
	const size_t found = read_answer(output, times, max);
	qsort(times, found, sizeof(*times), order);
	return found;
}

/* --- one row --- */

/* The next time of a timer that fires more often than the job is due, asked a second before. */
static bool fires_at(const struct unit_calendars *calendars, int64_t at_ms)
{
	static int64_t times[ARGUMENTS_MAX];
	char before[INSTANT_TEXT_SIZE];
	instant_format(at_ms - 1000, before);
	const size_t count = ask_systemd(calendars, before, 1, times, COUNT(times));
	return count > 0 && times[0] == at_ms;
}

static void expect_times(const struct unit_calendars *calendars, const char *const *columns)
{
	static int64_t times[ARGUMENTS_MAX * TIMES_MAX];
	const bool is_exact = strstr(calendars->notes, "does nothing") == NULL;
	const char *rest = columns[COLUMN_TIMES];
	size_t at = 0;
	size_t wanted = 2;
	for (const char *blank = rest; (blank = strchr(blank, ' ')) != NULL; blank++)
		wanted++;
	const size_t count = is_exact ? ask_systemd(calendars, columns[COLUMN_AFTER], wanted, times, COUNT(times)) : 0;
	while (*rest != '\0' && strcmp(rest, "never") != 0) {
		const size_t size = strcspn(rest, " ");
		const int64_t expected = read_instant(rest, size - (rest[size - 1] == 'g' || rest[size - 1] == 'r'));
		char found[INSTANT_TEXT_SIZE] = "nothing";
		if (at < count)
			instant_format(times[at], found);
		if (is_exact ? at == count || times[at] != expected : !fires_at(calendars, expected))
			fail_msg("%s '%s' in %s: systemd has %s, expected %.*s", columns[COLUMN_FORM], columns[COLUMN_EXPRESSION],
			         columns[COLUMN_ZONE], found, (int)size, rest);
		while (at < count && times[at] == expected)
			at++; /* from two lines */
		rest += size + (rest[size] == ' ');
	}
}

static void check_row(struct zones *zones, const char *const *columns)
{
	struct job_config job;
	const struct schedule *schedule = NULL;
	struct unit_calendars calendars;
	struct error err = ERROR_INIT;
	struct arena arena;
	job_config_init(&job, "acme");
	job.schedule.form = strcmp(columns[COLUMN_FORM], "cron") == 0    ? SCHEDULE_CRON
	                    : strcmp(columns[COLUMN_FORM], "every") == 0 ? SCHEDULE_EVERY
	                                                                 : SCHEDULE_CALENDAR;
	job.schedule.expression = columns[COLUMN_EXPRESSION];
	job.schedule.time_zone = columns[COLUMN_ZONE];
	arena_init(&arena, (size_t)4 * 1024 * 1024);
	const struct schedule_rule rule = schedule_rule_of(&job);
	const int64_t now_ms = read_instant(columns[COLUMN_AFTER], strlen(columns[COLUMN_AFTER]));
	if (schedule_compile(&arena, zones, &rule, &schedule, &err) < 0 ||
	    unit_calendars_of_job(&job, schedule, now_ms, &arena, &calendars, &err) < 0)
		fail_msg("'%s': %s", columns[COLUMN_EXPRESSION], err.message);
	expect_times(&calendars, columns);
	arena_release(&arena);
}

static bool split(char *line, const char **columns)
{
	if (line[0] == '#' || line[0] == '\n')
		return false;
	line[strcspn(line, "\n")] = '\0';
	for (size_t i = 0; i < COLUMNS; i++) {
		columns[i] = line;
		line += strcspn(line, "\t");
		if (*line != '\0')
			*line++ = '\0';
	}
	return true;
}

static void a_timer_fires_when_the_job_is_due(void **state)
{
	static char line[LINE_BYTES];
	const char *columns[COLUMNS];
	struct zones zones;
	size_t rows = 0;
	FILE *file = fopen(FEEDMILL_SOURCE_DIR "/tests/schedule/times.tsv", "re");
	(void)state;
	if (access("/usr/bin/systemd-analyze", X_OK) != 0)
		skip();
	assert_non_null(file);
	zones_init(&zones, NULL);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (!split(line, columns))
			continue;
		check_row(&zones, columns);
		rows++;
	}
	(void)fclose(file);
	zones_release(&zones);
	assert_true(rows >= ROWS_MIN);
}

/* --- lines as people read them --- */

static void lines_are_what_a_person_would_write(void **state)
{
	static const struct {
		enum schedule_form form;
		const char *expression;
		const char *zone;
		const char *quiet;
		const char *lines[4];
	} rows[] = {
		{SCHEDULE_CRON, "30 2 * * *", "UTC", NULL, {"*-*-* 02:30:00 UTC"}},
		{SCHEDULE_CRON, "0 4 1,15 * mon-fri", "UTC", NULL, {"*-*-01,15 04:00:00 UTC", "Mon..Fri *-*-* 04:00:00 UTC"}},
		{SCHEDULE_CRON, "*/20 6-8 * 1,2,3 0", "Asia/Tokyo", NULL, {"Sun *-01..03-* 06..08:00,20,40:00 Asia/Tokyo"}},
		{SCHEDULE_CALENDAR, "Sat,Sun 2027..2029-02~2 12:00:30", "UTC", NULL, {"Sat,Sun 2027..2029-02~02 12:00:30 UTC"}},
		{SCHEDULE_CALENDAR, "daily Asia/Tokyo", "UTC", NULL, {"*-*-* 00:00:00 Asia/Tokyo"}},
		{SCHEDULE_CRON, "30 2 * * *", "+02:00", NULL, {"*-*-* 02:30:00 Etc/GMT-2"}},
		{SCHEDULE_CRON, "30 2 * * *", "-03:00", NULL, {"*-*-* 02:30:00 Etc/GMT+3"}},
		{SCHEDULE_CRON, "10 2 * * *", "+05:45", "22:00-06:30", {"*-*-* *:25:00 UTC", "*-*-* *:45:00 UTC"}},
		{SCHEDULE_CRON,
	         "@hourly",
	         "UTC",
	         "22:00-06:30, 12:00-24:00",
	         {"*-*-* *:00:00 UTC", "*-*-* 06:30:00 UTC", "*-*-* 00:00:00 UTC"}},
		{SCHEDULE_EVERY, "10s", "UTC", NULL, {"*-*-* *:*:00,10,20,30,40,50 UTC"}},
		{SCHEDULE_EVERY, "15m", "UTC", NULL, {"*-*-* *:00,15,30,45:00 UTC"}},
		{SCHEDULE_EVERY,
	         "90m",
	         "UTC",
	         NULL,
	         {"*-*-* 00,03,06,09,12,15,18,21:00:00 UTC", "*-*-* 01,04,07,10,13,16,19,22:30:00 UTC"}},
		{SCHEDULE_EVERY, "7m", "UTC", NULL, {"*-*-* *:*:00 UTC"}},
		{SCHEDULE_EVERY, "2d", "UTC", NULL, {"*-*-* 00:00:00 UTC"}},
		{SCHEDULE_EVERY, "7h", "UTC", NULL, {"*-*-* *:00:00 UTC"}},
	};
	struct zones zones;
	(void)state;
	zones_init(&zones, NULL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct job_config job;
		const struct schedule *schedule = NULL;
		struct unit_calendars calendars = {.count = 0};
		struct error err = ERROR_INIT;
		struct arena arena;
		arena_init(&arena, (size_t)1024 * 1024);
		job_config_init(&job, "acme");
		job.schedule.form = rows[i].form;
		job.schedule.expression = rows[i].expression;
		job.schedule.time_zone = rows[i].zone;
		job.schedule.quiet = rows[i].quiet;
		const struct schedule_rule rule = schedule_rule_of(&job);
		assert_int_equal(schedule_compile(&arena, &zones, &rule, &schedule, &err), 0);
		assert_int_equal(unit_calendars_of_job(&job, schedule, INT64_C(1795000000000), &arena, &calendars, &err), 0);
		for (size_t k = 0; k < COUNT(rows[i].lines) && rows[i].lines[k] != NULL; k++) {
			assert_true(k < calendars.count);
			assert_string_equal(calendars.lines[k], rows[i].lines[k]);
		}
		assert_true(calendars.count == COUNT(rows[i].lines) || rows[i].lines[calendars.count] == NULL);
		arena_release(&arena);
	}
	zones_release(&zones);
}

static void parts_of_a_second_are_refused(void **state)
{
	struct zones zones;
	struct arena arena;
	struct job_config job;
	const struct schedule *schedule = NULL;
	struct unit_calendars calendars;
	struct error err = ERROR_INIT;
	(void)state;
	zones_init(&zones, NULL);
	arena_init(&arena, (size_t)1024 * 1024);
	job_config_init(&job, "acme");
	job.schedule.form = SCHEDULE_EVERY;
	job.schedule.expression = "1500ms";
	const struct schedule_rule rule = schedule_rule_of(&job);
	assert_int_equal(schedule_compile(&arena, &zones, &rule, &schedule, &err), 0);
	assert_int_equal(unit_calendars_of_job(&job, schedule, 0, &arena, &calendars, &err), -1);
	assert_int_equal(err.code, ERROR_CONFIG);
	arena_release(&arena);
	zones_release(&zones);
}

int unit_calendar_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timer_fires_when_the_job_is_due),
		cmocka_unit_test(lines_are_what_a_person_would_write),
		cmocka_unit_test(parts_of_a_second_are_refused),
	};
	return cmocka_run_group_tests_name("calendars of timers", tests, NULL, NULL);
}
