/*
 * Times by the clock on the wall, as sets of seconds, minutes, hours, days, months and years, and the search in them.
 *
 * Local seconds are those of a clock counted as if it were UTC (base/zone.h).
 * A search looks at each month between 1970 and 2199 at most once.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CALENDAR_YEAR_MIN 1970
#define CALENDAR_YEAR_MAX 2199
#define CALENDAR_YEAR_WORDS 4 /* of 64 bits */

struct calendar_years {
	uint64_t bits[CALENDAR_YEAR_WORDS]; /* bit 0 is CALENDAR_YEAR_MIN */
};

/* Bit N of a set is the second, minute, hour, day or month N. */
struct calendar {
	const struct calendar_years *years; /* NULL = every one */
	uint64_t seconds;
	uint64_t minutes;
	uint32_t hours;
	uint32_t days;
	uint32_t last_days; /* bit 1 is the last day of the month, bit 2 the one before it … */
	uint16_t months;
	uint8_t weekdays;      /* bit 0 is Sunday */
	bool is_either;        /* a day need only be in one of `days` and `weekdays`, as both are restricted (crontab(5)) */
	bool counts_real_time; /* every hour is meant: what a clock skips is not missing, what it repeats is due again */
};

#define CALENDAR_SECONDS_ALL ((UINT64_C(1) << 60) - 1)
#define CALENDAR_MINUTES_ALL ((UINT64_C(1) << 60) - 1)
#define CALENDAR_HOURS_ALL ((UINT32_C(1) << 24) - 1)
#define CALENDAR_DAYS_ALL UINT32_C(0xFFFFFFFE)
#define CALENDAR_MONTHS_ALL 0x1FFE
#define CALENDAR_WEEKDAYS_ALL 0x7F

/* The first time of the calendar at or after `local_s`. False where there is none. */
bool calendar_next(const struct calendar *calendar, int64_t local_s, int64_t *ret_local_s);

/* The last one at or before `local_s`. */
bool calendar_last(const struct calendar *calendar, int64_t local_s, int64_t *ret_local_s);
