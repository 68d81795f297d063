/* The rule at the end of a zone's file: 'CET-1CEST,M3.5.0,M10.5.0/3'. */
#include "base/date.h"
#include "base/instant_parts.h"
#include "base/zone_parts.h"

#define DAY_S INT64_C(86400)
#define HOUR_S 3600
#define CHANGE_TIME_DEFAULT (2 * HOUR_S) /* POSIX.1: 02:00 */
#define CHANGE_HOURS_MAX 167             /* RFC 8536, 3.3.1 */
#define OFFSET_HOURS_MAX 24
#define NAME_BYTES_MIN 3
#define NAME_BYTES_MAX 15

static bool is_letter(char byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z');
}

static bool is_quoted_byte(char byte)
{
	return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '+' || byte == '-';
}

/* 'CET' or '<+03>'. */
static bool take_name(struct slice *rest, struct arena *arena, const char **ret_name)
{
	const bool is_quoted = instant_take_byte(rest, '<');
	size_t size = 0;
	while (size < rest->size && (is_quoted ? is_quoted_byte(rest->data[size]) : is_letter(rest->data[size])))
		size++;
	if (size < NAME_BYTES_MIN || size > NAME_BYTES_MAX)
		return false;
	*ret_name = arena_text(arena, slice_make(rest->data, size));
	*rest = slice_make(rest->data + size, rest->size - size);
	return *ret_name != NULL && (!is_quoted || instant_take_byte(rest, '>'));
}

/* '[+-]hh[:mm[:ss]]' in seconds. */
static bool take_time(struct slice *rest, int hours_max, int32_t *ret_time_s)
{
	int hours = 0;
	int minutes = 0;
	int seconds = 0;
	const bool is_negative = instant_take_byte(rest, '-');
	if (!is_negative)
		(void)instant_take_byte(rest, '+'); /* optional */
	if (!instant_take_number(rest, 1, 3, 0, hours_max, &hours))
		return false;
	if (instant_take_byte(rest, ':')) {
		if (!instant_take_number(rest, 1, 2, 0, 59, &minutes))
			return false;
		if (instant_take_byte(rest, ':') && !instant_take_number(rest, 1, 2, 0, 59, &seconds))
			return false;
	}
	*ret_time_s = (hours * HOUR_S + minutes * 60 + seconds) * (is_negative ? -1 : 1);
	return true;
}

static bool take_day(struct slice *rest, struct zone_change *change)
{
	if (instant_take_byte(rest, 'M')) {
		change->form = ZONE_DAY_MONTH;
		return instant_take_number(rest, 1, 2, 1, 12, &change->month) && instant_take_byte(rest, '.') &&
		       instant_take_number(rest, 1, 1, 1, 5, &change->week) && instant_take_byte(rest, '.') &&
		       instant_take_number(rest, 1, 1, 0, 6, &change->day);
	}
	if (instant_take_byte(rest, 'J')) {
		change->form = ZONE_DAY_JULIAN;
		return instant_take_number(rest, 1, 3, 1, 365, &change->day);
	}
	change->form = ZONE_DAY_OF_YEAR;
	return instant_take_number(rest, 1, 3, 0, 365, &change->day);
}

/* ',M3.5.0/3' */
static bool take_change(struct slice *rest, struct zone_change *change)
{
	change->time_s = CHANGE_TIME_DEFAULT;
	if (!instant_take_byte(rest, ',') || !take_day(rest, change))
		return false;
	return !instant_take_byte(rest, '/') || take_time(rest, CHANGE_HOURS_MAX, &change->time_s);
}

bool zone_rule_parse(struct slice text, struct arena *arena, struct zone_rule *ret_rule)
{
	struct zone_rule rule = {.is_there = true};
	struct slice rest = text;
	int32_t west_s = 0;
	if (!take_name(&rest, arena, &rule.standard.abbreviation) || !take_time(&rest, OFFSET_HOURS_MAX, &west_s))
		return false;
	rule.standard.offset_s = -west_s;
	if (!slice_is_empty(rest)) {
		rule.has_daylight = true;
		rule.daylight.is_daylight = true;
		west_s -= HOUR_S;
		if (!take_name(&rest, arena, &rule.daylight.abbreviation))
			return false;
		if (rest.size > 0 && rest.data[0] != ',' && !take_time(&rest, OFFSET_HOURS_MAX, &west_s))
			return false;
		rule.daylight.offset_s = -west_s;
		if (!take_change(&rest, &rule.daylight_start) || !take_change(&rest, &rule.daylight_end) || !slice_is_empty(rest))
			return false;
	}
	*ret_rule = rule;
	return true;
}

/* Days since 1970-01-01 of the day that the change names. */
static int64_t change_day(const struct zone_change *change, int64_t year)
{
	const int64_t new_year = date_to_days(&(struct date){year, 1, 1});
	if (change->form == ZONE_DAY_OF_YEAR)
		return new_year + change->day;
	if (change->form == ZONE_DAY_JULIAN)
		return new_year + change->day - 1 + (date_is_leap_year(year) && change->day >= 60 ? 1 : 0);
	const int64_t first = date_to_days(&(struct date){year, change->month, 1});
	const int64_t day = first + (change->day - date_weekday(first) + 7) % 7 + (change->week - 1) * INT64_C(7);
	return day >= first + date_days_in_month(year, change->month) ? day - 7 : day;
}

struct rule_change {
	int64_t at_s;
	bool is_daylight; /* from then on */
};

#define RULE_YEARS 4 /* around an instant, as a change may lie a week from its day */

/* The changes of some years, in order; of two at once the start of daylight saving is the last one (it holds all year round). */
static size_t list_changes(const struct zone_rule *rule, int64_t first_year, struct rule_change ret_changes[2 * RULE_YEARS])
{
	size_t count = 0;
	for (int64_t year = first_year; year < first_year + RULE_YEARS; year++) {
		for (int starts = 0; starts < 2; starts++) {
			const struct zone_change *change = starts ? &rule->daylight_start : &rule->daylight_end;
			const struct rule_change made = {
				.at_s = change_day(change, year) * DAY_S + change->time_s -
			                (starts ? rule->standard.offset_s : rule->daylight.offset_s),
				.is_daylight = starts,
			};
			size_t place = count++;
			while (place > 0 && (ret_changes[place - 1].at_s > made.at_s ||
			                     (ret_changes[place - 1].at_s == made.at_s && !made.is_daylight))) {
				ret_changes[place] = ret_changes[place - 1];
				place--;
			}
			ret_changes[place] = made;
		}
	}
	return count;
}

struct zone_span zone_rule_span(const struct zone_rule *rule, int64_t at_s)
{
	struct rule_change changes[2 * RULE_YEARS];
	struct zone_span span = {.from_s = INT64_MIN, .until_s = INT64_MAX};
	bool is_daylight = false;
	if (rule->has_daylight) {
		const int64_t days = at_s / DAY_S - (at_s % DAY_S < 0 ? 1 : 0);
		const size_t count = list_changes(rule, date_from_days(days).year - 2, changes);
		for (size_t index = 0; index < count && span.until_s == INT64_MAX; index++) {
			if (changes[index].at_s > at_s) {
				span.until_s = changes[index].at_s;
			} else {
				span.from_s = changes[index].at_s;
				is_daylight = changes[index].is_daylight;
			}
		}
	}
	const struct zone_type *type = is_daylight ? &rule->daylight : &rule->standard;
	span.offset_s = type->offset_s;
	span.is_daylight = type->is_daylight;
	span.abbreviation = type->abbreviation;
	return span;
}
