/* Time zones, held against those of the C library, which reads the same files by code of its own. */
#include "base/zone.h"

#include "base/date.h"

#include "base_tests.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HOUR_S INT64_C(3600)
#define DAY_S (24 * HOUR_S)

static const char *const names[] = {
	"Europe/Warsaw",     "Europe/London", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kolkata",
	"Africa/Casablanca", "Pacific/Apia",  "America/St_Johns", "Asia/Tehran",       "Pacific/Chatham",     "Antarctica/Troll",
	"Europe/Dublin",     "Asia/Gaza",     "Africa/Monrovia",  "Etc/GMT+12",        "Pacific/Kiritimati",
};

static struct zones zones;

static const struct zone *find(const char *name)
{
	const struct zone *zone = NULL;
	struct error err = ERROR_INIT;
	if (zones_find(&zones, name, &zone, &err) < 0)
		fail_msg("%s", err.message);
	return zone;
}

static int set_up(void **state)
{
	(void)state;
	zones_init(&zones, NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	zones_release(&zones);
	return 0;
}

static void expect_as_library(const struct zone *zone, int64_t at_s)
{
	const time_t instant = at_s;
	struct tm parts;
	assert_non_null(localtime_r(&instant, &parts));
	const struct zone_span span = zone_span_at(zone, at_s);
	if (span.offset_s != parts.tm_gmtoff || span.is_daylight != (parts.tm_isdst > 0) ||
	    strcmp(span.abbreviation, parts.tm_zone) != 0)
		fail_msg("%s at %lld: %d %s, expected %ld %s", zone_name(zone), (long long)at_s, span.offset_s, span.abbreviation,
		         parts.tm_gmtoff, parts.tm_zone);
	assert_true(span.from_s <= at_s && at_s < span.until_s);
}

static void zone_shows_what_the_c_library_shows(void **state)
{
	const int64_t from_s = date_to_days(&(struct date){1890, 1, 1}) * DAY_S;
	const int64_t until_s = date_to_days(&(struct date){2200, 1, 1}) * DAY_S;

	(void)state;
	for (size_t index = 0; index < COUNT(names); index++) {
		const struct zone *zone = find(names[index]);
		assert_int_equal(setenv("TZ", names[index], 1), 0);
		tzset();
		for (int64_t at_s = from_s; at_s < until_s; at_s += 5 * DAY_S + 7919)
			expect_as_library(zone, at_s);
		/* Around every change. */
		for (int64_t at_s = from_s; at_s < until_s;) {
			const struct zone_span span = zone_span_at(zone, at_s);
			if (span.until_s >= until_s)
				break;
			expect_as_library(zone, span.until_s - 1);
			expect_as_library(zone, span.until_s);
			at_s = span.until_s;
		}
	}
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
}

/* Each instant is found again from what its clocks show, and the seconds that a change skips or repeats are told. */
static void zone_finds_every_instant_by_its_local_time(void **state)
{
	const int64_t from_s = date_to_days(&(struct date){1970, 1, 1}) * DAY_S;
	const int64_t until_s = date_to_days(&(struct date){2120, 1, 1}) * DAY_S;
	int64_t first = 0;
	int64_t last = 0;

	(void)state;
	for (size_t index = 0; index < COUNT(names); index++) {
		const struct zone *zone = find(names[index]);
		for (int64_t at_s = from_s; at_s < until_s;) {
			const struct zone_span span = zone_span_at(zone, at_s);
			const struct zone_span next = zone_span_at(zone, span.until_s);
			if (span.until_s >= until_s)
				break;
			const int64_t shown_s = span.until_s + span.offset_s;
			const int64_t shows_s = span.until_s + next.offset_s;
			const int64_t middle_s = (shown_s + shows_s) / 2;
			if (shows_s > shown_s) {
				assert_int_equal(zone_find_local(zone, middle_s, &first, &last), ZONE_LOCAL_SKIPPED);
				assert_int_equal(first, span.until_s);
				assert_int_equal(last, span.until_s);
				assert_int_equal(zone_find_local(zone, shown_s, &first, &last), ZONE_LOCAL_SKIPPED);
				assert_int_equal(zone_find_local(zone, shows_s, &first, &last), ZONE_LOCAL_ONCE);
				assert_int_equal(first, span.until_s);
			} else if (shows_s < shown_s) {
				assert_int_equal(zone_find_local(zone, middle_s, &first, &last), ZONE_LOCAL_TWICE);
				assert_int_equal(first, middle_s - span.offset_s);
				assert_int_equal(last, middle_s - next.offset_s);
				assert_int_equal(zone_find_local(zone, shown_s, &first, &last), ZONE_LOCAL_ONCE);
				assert_int_equal(zone_find_local(zone, shows_s - 1, &first, &last), ZONE_LOCAL_ONCE);
			}
			assert_int_equal(zone_find_local(zone, shown_s - 2 * DAY_S, &first, &last), ZONE_LOCAL_ONCE);
			assert_int_equal(first, span.until_s - 2 * DAY_S);
			assert_int_equal(last, first);
			at_s = span.until_s;
		}
	}
}

static void zone_of_an_offset_needs_no_file(void **state)
{
	static const struct {
		const char *name;
		int32_t offset_s;
	} rows[] = {{"UTC", 0}, {NULL, 0}, {"", 0}, {"+02:00", 7200}, {"-03:30", -12600}, {"+14:00", 50400}};
	struct zones none;
	struct error err = ERROR_INIT;
	int64_t first = 0;
	int64_t last = 0;

	(void)state;
	zones_init(&none, "/nonexistent");
	for (size_t index = 0; index < COUNT(rows); index++) {
		const struct zone *zone = NULL;
		const struct zone *again = NULL;
		assert_int_equal(zones_find(&none, rows[index].name, &zone, &err), 0);
		assert_int_equal(zones_find(&none, rows[index].name, &again, &err), 0);
		assert_ptr_equal(zone, again);
		assert_int_equal(zone_span_at(zone, 0).offset_s, rows[index].offset_s);
		assert_int_equal(zone_find_local(zone, 100000, &first, &last), ZONE_LOCAL_ONCE);
		assert_int_equal(first, 100000 - rows[index].offset_s);
	}
	const struct zone *zone = NULL;
	assert_int_equal(zones_find(&none, "Europe/Warsaw", &zone, &err), -1);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	assert_string_equal(err.message, "there is no time zone data in '/nonexistent' (Debian: package tzdata)");
	zones_release(&none);
}

static void zone_names_lead_nowhere_else(void **state)
{
	static const char *const wrong[] = {"../../../etc/passwd",
	                                    "/etc/localtime",
	                                    "Europe/../UTC",
	                                    "Europe//Warsaw",
	                                    "Europe/",
	                                    "Europe",
	                                    "zone.tab",
	                                    "Europe/Warszawa",
	                                    "a b",
	                                    "-x",
	                                    "+",
	                                    ".",
	                                    "",
	                                    "\xC3\xA9",
	                                    "0123456789012345678901234567890123456789012345678901234567890123"};
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t index = 0; index < COUNT(wrong); index++) {
		const struct zone *zone = NULL;
		struct slice bytes;
		struct arena arena;
		arena_init(&arena, (size_t)1024 * 1024);
		assert_int_equal(zone_read_file(ZONE_FOLDER, wrong[index], &arena, &bytes, &err), -1);
		assert_int_equal(err.code, ERROR_NOT_FOUND);
		if (wrong[index][0] != '\0')
			assert_int_equal(zones_find(&zones, wrong[index], &zone, &err), -1);
		arena_release(&arena);
	}
}

static struct slice read_file(const char *name, struct arena *arena)
{
	struct slice bytes = {NULL, 0};
	struct error err = ERROR_INIT;
	if (zone_read_file(ZONE_FOLDER, name, arena, &bytes, &err) < 0)
		fail_msg("%s", err.message);
	return bytes;
}

/* Every span of a zone ends, whatever its file said. */
static void walk(const struct zone *zone)
{
	int64_t at_s = -ZONE_SECONDS_MAX;
	int64_t first;
	int64_t last;
	for (int count = 0; count < 2000 && at_s < ZONE_SECONDS_MAX; count++) {
		const struct zone_span span = zone_span_at(zone, at_s);
		assert_true(span.until_s > at_s);
		assert_true(span.offset_s >= -ZONE_OFFSET_MAX_S && span.offset_s <= ZONE_OFFSET_MAX_S);
		(void)zone_find_local(zone, at_s, &first, &last); /* must only not misbehave */
		at_s = span.until_s;
	}
}

static void zone_files_that_are_broken_are_refused_or_harmless(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, (size_t)64 * 1024 * 1024);
	const struct slice whole = read_file("Europe/Warsaw", &arena);
	for (size_t size = 0; size < whole.size; size++) {
		struct arena own;
		struct error err = ERROR_INIT;
		const struct zone *zone = NULL;
		char *copy = malloc(size + 1); /* of exact size, so that a sanitizer sees a read behind the end */
		assert_non_null(copy);
		memcpy(copy, whole.data, size);
		arena_init(&own, (size_t)1024 * 1024);
		assert_int_equal(zone_parse("x", slice_make(copy, size), &own, &zone, &err), -1);
		assert_int_equal(err.code, ERROR_CONFIG);
		arena_release(&own);
		free(copy);
	}
	for (size_t place = 0; place < whole.size; place++) {
		static const unsigned char flips[] = {0x01, 0x80, 0xFF};
		for (size_t flip = 0; flip < COUNT(flips); flip++) {
			struct arena own;
			struct error err = ERROR_INIT;
			const struct zone *zone = NULL;
			char *copy = malloc(whole.size);
			assert_non_null(copy);
			memcpy(copy, whole.data, whole.size);
			copy[place] = (char)(copy[place] ^ flips[flip]);
			arena_init(&own, (size_t)1024 * 1024);
			if (zone_parse("x", slice_make(copy, whole.size), &own, &zone, &err) == 0 && place % 7 == 0)
				walk(zone);
			arena_release(&own);
			free(copy);
		}
	}
	arena_release(&arena);
}

/* A zone of one type whose future is `rule`. */
static struct slice make_file(const char *rule, char ret_file[256])
{
	static const char header[44] = "TZif3";
	char *end = ret_file;
	for (int block = 0; block < 2; block++) {
		memcpy(end, header, sizeof(header));
		end[39] = 1; /* type */
		end[43] = 4; /* bytes of abbreviations */
		end += sizeof(header);
		memset(end, 0, 6);
		memcpy(end + 6, "LMT", 4);
		end += 10;
	}
	*end++ = '\n';
	memcpy(end, rule, strlen(rule));
	end += strlen(rule);
	*end++ = '\n';
	return slice_make(ret_file, (size_t)(end - ret_file));
}

static void zone_rules_are_those_of_posix(void **state)
{
	static const struct {
		const char *rule;
		const char *as_posix; /* for the C library, where it takes the rule; else NULL */
	} good[] = {
		{"CET-1CEST,M3.5.0,M10.5.0/3", "CET-1CEST,M3.5.0,M10.5.0/3"},
		{"EST5EDT,M3.2.0,M11.1.0", "EST5EDT,M3.2.0,M11.1.0"},
		{"<+03>-3", "<+03>-3"},
		{"<-0330>3:30<-0230>,J60/0:30,J305/-1:15", "<-0330>3:30<-0230>,J60/0:30,J305/-1:15"},
		{"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0"},
		{"AAA0BBB,59,300/26", "AAA0BBB,59,300/26"},
		{"IST-1GMT0,M10.5.0,M3.5.0/1", "IST-1GMT0,M10.5.0,M3.5.0/1"},
		{"XXX3EDT4,0/0,J365/23", NULL},
		{"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0"},
		{"", NULL},
	};
	static const char *const bad[] = {"CET",
	                                  "C-1",
	                                  "CET-1CEST",
	                                  "CET-1CEST,M3.5.0",
	                                  "CET-1CEST,M13.5.0,M10.5.0",
	                                  "CET-1CEST,M3.6.0,M10.5.0",
	                                  "CET-1CEST,M3.5.7,M10.5.0",
	                                  "CET-25",
	                                  "CET-1x",
	                                  "<CET-1",
	                                  "CET-1CEST,J0,J1",
	                                  "CET-1CEST,366,1",
	                                  "CET-1CEST,1,2,3",
	                                  "CET-1CEST,1/168,2"};
	char file[256];

	(void)state;
	for (size_t index = 0; index < COUNT(good); index++) {
		struct arena arena;
		struct error err = ERROR_INIT;
		const struct zone *zone = NULL;
		arena_init(&arena, (size_t)1024 * 1024);
		if (zone_parse("x", make_file(good[index].rule, file), &arena, &zone, &err) < 0)
			fail_msg("%s: %s", good[index].rule, err.message);
		if (good[index].as_posix != NULL) {
			assert_int_equal(setenv("TZ", good[index].as_posix, 1), 0);
			tzset();
			for (int64_t at_s = 0; at_s < 80 * 366 * DAY_S; at_s += 3 * HOUR_S)
				expect_as_library(zone, at_s);
		}
		arena_release(&arena);
	}
	for (size_t index = 0; index < COUNT(bad); index++) {
		struct arena arena;
		struct error err = ERROR_INIT;
		const struct zone *zone = NULL;
		arena_init(&arena, (size_t)1024 * 1024);
		if (zone_parse("x", make_file(bad[index], file), &arena, &zone, &err) == 0)
			fail_msg("'%s' was taken", bad[index]);
		arena_release(&arena);
	}
	assert_int_equal(unsetenv("TZ"), 0);
	tzset();
}

static void zone_of_daylight_saving_all_year_never_leaves_it(void **state)
{
	struct arena arena;
	struct error err = ERROR_INIT;
	const struct zone *zone = NULL;
	char file[256];

	(void)state;
	arena_init(&arena, (size_t)1024 * 1024);
	assert_int_equal(zone_parse("x", make_file("XXX3EDT4,0/0,J365/23", file), &arena, &zone, &err), 0);
	for (int64_t at_s = 0; at_s < 80 * 366 * DAY_S; at_s += HOUR_S / 2)
		assert_int_equal(zone_span_at(zone, at_s).offset_s, -4 * HOUR_S);
	arena_release(&arena);
}

static void date_counts_days_both_ways(void **state)
{
	(void)state;
	for (int64_t days = -800000; days < 800000; days += 13) {
		const struct date date = date_from_days(days);
		assert_int_equal(date_to_days(&date), days);
		assert_true(date.day <= date_days_in_month(date.year, date.month));
	}
	assert_int_equal(date_weekday(0), 4);
	assert_int_equal(date_weekday(-4), 0);
	assert_int_equal(date_weekday(date_to_days(&(struct date){2026, 11, 21})), 6);
}

int zone_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zone_shows_what_the_c_library_shows),
		cmocka_unit_test(zone_finds_every_instant_by_its_local_time),
		cmocka_unit_test(zone_of_an_offset_needs_no_file),
		cmocka_unit_test(zone_names_lead_nowhere_else),
		cmocka_unit_test(zone_files_that_are_broken_are_refused_or_harmless),
		cmocka_unit_test(zone_rules_are_those_of_posix),
		cmocka_unit_test(zone_of_daylight_saving_all_year_never_leaves_it),
		cmocka_unit_test(date_counts_days_both_ways),
	};
	return cmocka_run_group_tests_name("zone", tests, set_up, tear_down);
}
