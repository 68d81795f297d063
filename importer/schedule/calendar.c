/* Searching a calendar: month by month, the days of each as one set of bits. */
#include "schedule/calendar.h"

#include "base/date.h"

#include <stddef.h>

#define DAY_S INT64_C(86400)
#define MONTHS 12
#define NONE (-1)

/* The first set bit at or behind `from`, or NONE. */
static int bit_next(uint64_t bits, int from)
{
	const uint64_t rest = from > 63 ? 0 : bits & (UINT64_MAX << from);
	return rest != 0 ? __builtin_ctzll(rest) : NONE;
}

/* The last set bit at or before `until`, or NONE. */
static int bit_last(uint64_t bits, int until)
{
	const uint64_t rest = until < 0 ? 0 : bits & (UINT64_MAX >> (63 - until));
	return rest != 0 ? 63 - __builtin_clzll(rest) : NONE;
}

static bool has_year(const struct calendar *calendar, int64_t year)
{
	const uint64_t place = (uint64_t)(year - CALENDAR_YEAR_MIN);
	return calendar->years == NULL || (calendar->years->bits[place / 64] >> place % 64 & 1) != 0;
}

/* The days of a month that the weekdays name. */
static uint32_t days_by_weekday(const struct calendar *calendar, int64_t first_day)
{
	const int weekday = date_weekday(first_day);
	const uint64_t week = (uint64_t)calendar->weekdays >> weekday | (uint64_t)calendar->weekdays << (7 - weekday);
	const uint64_t pattern = week & CALENDAR_WEEKDAYS_ALL;
	return (uint32_t)((pattern | pattern << 7 | pattern << 14 | pattern << 21 | pattern << 28) << 1);
}

static uint32_t days_of_month(const struct calendar *calendar, int64_t year, int month)
{
	if ((calendar->months >> month & 1) == 0)
		return 0;
	const int count = date_days_in_month(year, month);
	uint32_t days = calendar->days;
	for (int last = 1; calendar->last_days != 0 && last <= count; last++)
		if ((calendar->last_days >> last & 1) != 0)
			days |= UINT32_C(1) << (count + 1 - last);
	const uint32_t weekdays = days_by_weekday(calendar, date_to_days(&(struct date){year, month, 1}));
	const uint32_t chosen = calendar->is_either ? days | weekdays : days & weekdays;
	return chosen & (UINT32_MAX >> (31 - count)) & CALENDAR_DAYS_ALL;
}

struct time_of_day {
	int hour;
	int minute;
	int second;
};

static struct time_of_day time_split(int64_t second_of_day)
{
	return (struct time_of_day){
		.hour = (int)(second_of_day / 3600),
		.minute = (int)(second_of_day / 60 % 60),
		.second = (int)(second_of_day % 60),
	};
}

/* The first time of a day at or after `from`, as its second, or NONE. */
static int64_t time_next(const struct calendar *calendar, struct time_of_day from)
{
	int hour = bit_next(calendar->hours, from.hour);
	int minute = hour == from.hour ? from.minute : 0;
	int second = hour == from.hour ? from.second : 0;
	if (hour == NONE)
		return NONE;
	const int wanted = minute;
	minute = bit_next(calendar->minutes, wanted);
	second = minute == wanted ? bit_next(calendar->seconds, second) : bit_next(calendar->seconds, 0);
	if (minute != NONE && second == NONE) { /* none left in that minute */
		minute = bit_next(calendar->minutes, wanted + 1);
		second = bit_next(calendar->seconds, 0);
	}
	if (minute == NONE) { /* none left in that hour */
		hour = bit_next(calendar->hours, hour + 1);
		minute = bit_next(calendar->minutes, 0);
		second = bit_next(calendar->seconds, 0);
	}
	return hour == NONE ? NONE : (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
}

/* The last one at or before `until`. */
static int64_t time_last(const struct calendar *calendar, struct time_of_day until)
{
	int hour = bit_last(calendar->hours, until.hour);
	int minute = hour == until.hour ? until.minute : 59;
	int second = hour == until.hour ? until.second : 59;
	if (hour == NONE)
		return NONE;
	const int wanted = minute;
	minute = bit_last(calendar->minutes, wanted);
	second = minute == wanted ? bit_last(calendar->seconds, second) : bit_last(calendar->seconds, 59);
	if (minute != NONE && second == NONE) {
		minute = bit_last(calendar->minutes, wanted - 1);
		second = bit_last(calendar->seconds, 59);
	}
	if (minute == NONE) {
		hour = bit_last(calendar->hours, hour - 1);
		minute = bit_last(calendar->minutes, 59);
		second = bit_last(calendar->seconds, 59);
	}
	return hour == NONE ? NONE : (int64_t)hour * 3600 + (int64_t)minute * 60 + second;
}

static int64_t join(int64_t year, int month, int day, int64_t second_of_day)
{
	return date_to_days(&(struct date){year, month, day}) * DAY_S + second_of_day;
}

static int64_t day_of(int64_t local_s)
{
	return local_s / DAY_S - (local_s % DAY_S < 0 ? 1 : 0);
}

#define FIRST_S 0 /* CALENDAR_YEAR_MIN begins */

bool calendar_next(const struct calendar *calendar, int64_t local_s, int64_t *ret_local_s)
{
	const int64_t from_s = local_s > FIRST_S ? local_s : FIRST_S;
	const int64_t today = day_of(from_s);
	const struct date date = date_from_days(today);
	int day = date.day;
	if (date.year > CALENDAR_YEAR_MAX)
		return false;
	if (has_year(calendar, date.year) && (days_of_month(calendar, date.year, date.month) >> day & 1) != 0) {
		const int64_t second_of_day = time_next(calendar, time_split(from_s - today * DAY_S));
		if (second_of_day != NONE) {
			*ret_local_s = today * DAY_S + second_of_day;
			return true;
		}
	}
	for (int64_t year = date.year; year <= CALENDAR_YEAR_MAX; year++) {
		for (int month = year == date.year ? date.month : 1; month <= MONTHS && has_year(calendar, year); month++) {
			const bool is_this = year == date.year && month == date.month;
			day = bit_next(days_of_month(calendar, year, month), is_this ? date.day + 1 : 1);
			if (day != NONE) {
				*ret_local_s = join(year, month, day, time_next(calendar, time_split(0)));
				return true;
			}
		}
	}
	return false;
}

bool calendar_last(const struct calendar *calendar, int64_t local_s, int64_t *ret_local_s)
{
	if (local_s < FIRST_S)
		return false;
	const int64_t end_s = join(CALENDAR_YEAR_MAX + 1, 1, 1, 0);
	const int64_t until_s = local_s < end_s ? local_s : end_s - 1;
	const int64_t today = day_of(until_s);
	const struct date date = date_from_days(today);
	int day = date.day;
	if (has_year(calendar, date.year) && (days_of_month(calendar, date.year, date.month) >> day & 1) != 0) {
		const int64_t second_of_day = time_last(calendar, time_split(until_s - today * DAY_S));
		if (second_of_day != NONE) {
			*ret_local_s = today * DAY_S + second_of_day;
			return true;
		}
	}
	for (int64_t year = date.year; year >= CALENDAR_YEAR_MIN; year--) {
		for (int month = year == date.year ? date.month : MONTHS; month >= 1 && has_year(calendar, year); month--) {
			const bool is_this = year == date.year && month == date.month;
			day = bit_last(days_of_month(calendar, year, month), is_this ? date.day - 1 : 31);
			if (day != NONE) {
				*ret_local_s = join(year, month, day, time_last(calendar, time_split(DAY_S - 1)));
				return true;
			}
		}
	}
	return false;
}
