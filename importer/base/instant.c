/* Instants: parsing and writing them. */
#include "base/instant.h"

#include "base/date.h"
#include "base/instant_parts.h"

#include <inttypes.h>
#include <stdio.h>

#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_MINUTE (60 * MS_PER_SECOND)
#define MS_PER_HOUR (60 * MS_PER_MINUTE)
#define MS_PER_DAY (24 * MS_PER_HOUR)

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

bool instant_take_byte(struct slice *rest, char byte)
{
	if (rest->size == 0 || rest->data[0] != byte)
		return false;
	*rest = slice_make(rest->data + 1, rest->size - 1);
	return true;
}

bool instant_take_number(struct slice *rest, size_t count_min, size_t count_max, int minimum, int maximum, int *ret_value)
{
	size_t count = 0;
	int value = 0;

	while (count < count_max && count < rest->size && is_digit(rest->data[count]))
		value = value * 10 + (rest->data[count++] - '0');
	if (count < count_min || value < minimum || value > maximum)
		return false;
	*rest = slice_make(rest->data + count, rest->size - count);
	*ret_value = value;
	return true;
}

/* Exactly `count` digits. */
static bool take_number(struct slice *rest, size_t count, int minimum, int maximum, int *ret_value)
{
	return instant_take_number(rest, count, count, minimum, maximum, ret_value);
}

/* 'YYYY-MM-DD' or 'YYYYMMDD'. */
static bool take_date(struct slice *rest, struct instant_parts *parts)
{
	bool has_dashes;

	if (!take_number(rest, 4, 0, 9999, &parts->year))
		return false;
	has_dashes = instant_take_byte(rest, '-');
	return take_number(rest, 2, 1, 12, &parts->month) && instant_take_byte(rest, '-') == has_dashes &&
	       take_number(rest, 2, 1, 31, &parts->day);
}

/* Digits behind the seconds; those beyond milliseconds are dropped. */
static bool take_fraction(struct slice *rest, int *ret_ms)
{
	int scale = 100;
	int ms = 0;

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
static bool take_time(struct slice *rest, struct instant_parts *parts)
{
	if (!take_number(rest, 2, 0, 23, &parts->hour) || !instant_take_byte(rest, ':') ||
	    !take_number(rest, 2, 0, 59, &parts->minute))
		return false;
	if (!instant_take_byte(rest, ':'))
		return true;
	if (!take_number(rest, 2, 0, 60, &parts->second))
		return false;
	return !(instant_take_byte(rest, '.') || instant_take_byte(rest, ',')) || take_fraction(rest, &parts->ms);
}

bool instant_take_offset(struct slice *rest, int *ret_minutes)
{
	int hour;
	int minute = 0;
	bool is_west;

	if (instant_take_byte(rest, 'Z') || instant_take_byte(rest, 'z')) {
		*ret_minutes = 0;
		return true;
	}
	is_west = instant_take_byte(rest, '-');
	if (!is_west && !instant_take_byte(rest, '+'))
		return false;
	if (!take_number(rest, 2, 0, 23, &hour))
		return false;
	if (rest->size > 0 && (rest->data[0] == ':' || is_digit(rest->data[0]))) {
		(void)instant_take_byte(rest, ':'); /* optional */
		if (!take_number(rest, 2, 0, 59, &minute))
			return false;
	}
	*ret_minutes = (hour * 60 + minute) * (is_west ? -1 : 1);
	return true;
}

bool instant_from_parts(const struct instant_parts *parts, int offset_minutes, int64_t *ret_ms)
{
	const struct date date = {.year = parts->year, .month = parts->month, .day = parts->day};
	const int second = parts->second == 60 ? 59 : parts->second; /* a leap second, which Unix time does not have */

	if (parts->day > date_days_in_month(parts->year, parts->month))
		return false;
	*ret_ms = date_to_days(&date) * MS_PER_DAY + parts->hour * MS_PER_HOUR + parts->minute * MS_PER_MINUTE +
	          second * MS_PER_SECOND + parts->ms - offset_minutes * MS_PER_MINUTE;
	return true;
}

bool instant_parse(struct slice text, int offset_minutes, int64_t *ret_ms)
{
	struct slice rest = slice_trim(text);
	struct instant_parts parts = {.year = 0};
	int minutes = offset_minutes;

	if (!take_date(&rest, &parts))
		return false;
	if (!slice_is_empty(rest)) {
		if (!instant_take_byte(&rest, 'T') && !instant_take_byte(&rest, 't') && !instant_take_byte(&rest, ' '))
			return false;
		if (!take_time(&rest, &parts))
			return false;
	}
	if (!slice_is_empty(rest)) {
		(void)instant_take_byte(&rest, ' '); /* optional */
		if (!instant_take_offset(&rest, &minutes) || !slice_is_empty(rest))
			return false;
	}
	return instant_from_parts(&parts, minutes, ret_ms);
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
