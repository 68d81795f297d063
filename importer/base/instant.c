/*
 * Instants: parsing and writing them.
 *
 * The calendar is the proleptic Gregorian one, counted by arithmetic of our
 * own: no locale, no time zone of the machine.
 */
#include "base/instant.h"

#include <inttypes.h>
#include <stdio.h>

#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_MINUTE (60 * MS_PER_SECOND)
#define MS_PER_HOUR (60 * MS_PER_MINUTE)
#define MS_PER_DAY (24 * MS_PER_HOUR)

#define DAYS_PER_ERA INT64_C(146097)  /* 400 years */
#define DAYS_TO_EPOCH INT64_C(719468) /* from 0000-03-01 to 1970-01-01 */

struct date {
	int64_t year;
	int month;
	int day;
};

/* Years begin in March here, so that the leap day is a year's last day. */
static int64_t days_from_date(const struct date *date)
{
	const int64_t year = date->month <= 2 ? date->year - 1 : date->year;
	const int64_t era = (year >= 0 ? year : year - 399) / 400;
	const int64_t year_of_era = year - era * 400;
	const int64_t month_from_march = (date->month + 9) % 12;
	const int64_t day_of_year = (153 * month_from_march + 2) / 5 + date->day - 1;
	const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
}

static struct date date_from_days(int64_t days)
{
	const int64_t shifted = days + DAYS_TO_EPOCH;
	const int64_t era = (shifted >= 0 ? shifted : shifted - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
	const int64_t day_of_era = shifted - era * DAYS_PER_ERA;
	const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	const int64_t month_from_march = (5 * day_of_year + 2) / 153;
	const int month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);

	return (struct date){
		.year = year_of_era + era * 400 + (month <= 2 ? 1 : 0),
		.month = month,
		.day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
	};
}

static int days_in_month(int64_t year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool take(struct slice *rest, char byte)
{
	if (rest->size == 0 || rest->data[0] != byte)
		return false;
	*rest = slice_make(rest->data + 1, rest->size - 1);
	return true;
}

/* Exactly `count` digits with a value in [minimum, maximum]. */
static bool take_number(struct slice *rest, size_t count, int minimum, int maximum, int *ret_value)
{
	int value = 0;

	if (rest->size < count)
		return false;
	for (size_t index = 0; index < count; index++) {
		if (!is_digit(rest->data[index]))
			return false;
		value = value * 10 + (rest->data[index] - '0');
	}
	if (value < minimum || value > maximum)
		return false;
	*rest = slice_make(rest->data + count, rest->size - count);
	*ret_value = value;
	return true;
}

/* 'YYYY-MM-DD' or 'YYYYMMDD', as the milliseconds of its midnight. */
static bool take_date(struct slice *rest, int64_t *ret_ms)
{
	struct date date;
	bool has_dashes;
	int year;

	if (!take_number(rest, 4, 0, 9999, &year))
		return false;
	date.year = year;
	has_dashes = take(rest, '-');
	if (!take_number(rest, 2, 1, 12, &date.month) || take(rest, '-') != has_dashes ||
	    !take_number(rest, 2, 1, days_in_month(year, date.month), &date.day))
		return false;
	*ret_ms = days_from_date(&date) * MS_PER_DAY;
	return true;
}

/* Digits behind the seconds; those beyond milliseconds are dropped. */
static bool take_fraction(struct slice *rest, int64_t *ret_ms)
{
	int64_t scale = 100;
	int64_t ms = 0;

	if (rest->size == 0 || !is_digit(rest->data[0]))
		return false;
	while (rest->size > 0 && is_digit(rest->data[0])) {
		ms += (rest->data[0] - '0') * scale;
		scale /= 10;
		*rest = slice_make(rest->data + 1, rest->size - 1);
	}
	*ret_ms = ms;
	return true;
}

/* 'hh:mm', 'hh:mm:ss', 'hh:mm:ss.fff'. */
static bool take_time(struct slice *rest, int64_t *ret_ms)
{
	int64_t fraction_ms = 0;
	int second = 0;
	int minute;
	int hour;

	if (!take_number(rest, 2, 0, 23, &hour) || !take(rest, ':') || !take_number(rest, 2, 0, 59, &minute))
		return false;
	if (take(rest, ':')) {
		if (!take_number(rest, 2, 0, 60, &second))
			return false;
		if (second == 60) /* a leap second, which Unix time does not have */
			second = 59;
		if ((take(rest, '.') || take(rest, ',')) && !take_fraction(rest, &fraction_ms))
			return false;
	}
	*ret_ms = hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second * MS_PER_SECOND + fraction_ms;
	return true;
}

/* 'Z', '+02:00', '-0800', '+02', perhaps behind a blank; or nothing, which leaves `minutes`. */
static bool take_offset(struct slice *rest, int *minutes)
{
	int hour;
	int minute = 0;
	bool is_west;

	if (slice_is_empty(*rest))
		return true;
	(void)take(rest, ' '); /* optional */
	if (take(rest, 'Z') || take(rest, 'z')) {
		*minutes = 0;
		return true;
	}
	is_west = take(rest, '-');
	if (!is_west && !take(rest, '+'))
		return false;
	if (!take_number(rest, 2, 0, 23, &hour))
		return false;
	if (!slice_is_empty(*rest)) {
		(void)take(rest, ':'); /* optional */
		if (!take_number(rest, 2, 0, 59, &minute))
			return false;
	}
	*minutes = (hour * 60 + minute) * (is_west ? -1 : 1);
	return true;
}

bool instant_parse(struct slice text, int offset_minutes, int64_t *ret_ms)
{
	struct slice rest = slice_trim(text);
	int minutes = offset_minutes;
	int64_t date_ms;
	int64_t time_ms = 0;

	if (!take_date(&rest, &date_ms))
		return false;
	if (!slice_is_empty(rest)) {
		if (!take(&rest, 'T') && !take(&rest, 't') && !take(&rest, ' '))
			return false;
		if (!take_time(&rest, &time_ms) || !take_offset(&rest, &minutes) || !slice_is_empty(rest))
			return false;
	}
	*ret_ms = date_ms + time_ms - minutes * MS_PER_MINUTE;
	return true;
}

static bool parse_bound(struct slice text, int offset_minutes, int64_t open, int64_t *ret_ms)
{
	if (slice_is_empty(slice_trim(text))) {
		*ret_ms = open;
		return true;
	}
	return instant_parse(text, offset_minutes, ret_ms);
}

bool instant_parse_interval(struct slice text, int offset_minutes, int64_t *ret_from_ms, int64_t *ret_to_ms)
{
	const struct slice slash = SLICE("/");
	const size_t position = slice_find(text, slash);
	int64_t from_ms;
	int64_t to_ms;

	if (position == SIZE_MAX)
		return false;
	if (!parse_bound(slice_make(text.data, position), offset_minutes, INT64_MIN, &from_ms) ||
	    !parse_bound(slice_make(text.data + position + 1, text.size - position - 1), offset_minutes, INT64_MAX, &to_ms))
		return false;
	*ret_from_ms = from_ms;
	*ret_to_ms = to_ms;
	return true;
}

void instant_format(int64_t ms, char ret_text[INSTANT_TEXT_SIZE])
{
	const int64_t ms_of_day = (ms % MS_PER_DAY + MS_PER_DAY) % MS_PER_DAY;
	const int64_t days = ms / MS_PER_DAY - (ms % MS_PER_DAY < 0 ? 1 : 0);
	const struct date date = date_from_days(days);

	(void)snprintf(ret_text, INSTANT_TEXT_SIZE, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02dZ", date.year, date.month, date.day,
	               (int)(ms_of_day / MS_PER_HOUR), (int)(ms_of_day / MS_PER_MINUTE % 60),
	               (int)(ms_of_day / MS_PER_SECOND % 60)); /* the longest year, nine digits and a sign, fits */
}
