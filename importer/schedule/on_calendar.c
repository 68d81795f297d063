/* OnCalendar as in systemd.time(7), with the rules of systemd 252 where the manual leaves them open; fractions of a second are refused. */
#include "schedule/expression.h"

#include "base/date.h"

#include <stdio.h>

#define SHORT_YEARS 100        /* '26' is 2026, … */
#define SHORT_YEARS_CENTURY 70 /* … and '70' is 1970 */
#define LAST_DAYS_MAX 28       /* counted from the end of every month */
#define CHAIN_MAX 64

enum part { PART_YEAR, PART_MONTH, PART_DAY, PART_HOUR, PART_MINUTE, PART_SECOND, PARTS };

static const struct part_kind {
	const char *name;
	int minimum;
	int maximum;
} kinds[PARTS] = {
	[PART_YEAR] = {"year", CALENDAR_YEAR_MIN, CALENDAR_YEAR_MAX},
	[PART_MONTH] = {"month", 1, 12},
	[PART_DAY] = {"day", 1, 31},
	[PART_HOUR] = {"hour", 0, 23},
	[PART_MINUTE] = {"minute", 0, 59},
	[PART_SECOND] = {"second", 0, 59},
};

/* One of a list: '5', '5/10', '5..20', '5..20/5'. */
struct component {
	size_t at;
	int start;
	int stop; /* -1 = none */
	int step; /* 0 = none */
};

struct chain {
	struct component components[CHAIN_MAX];
	size_t count; /* 0 = '*' */
};

/* Zeroes behind the dot say nothing. */
static bool skip_fraction(struct expression *expression)
{
	const size_t start = expression->at;
	const struct slice rest = slice_make(expression->text.data + start, expression->text.size - start);
	if (rest.size < 2 || rest.data[0] != '.' || rest.data[1] == '.')
		return true;
	expression->at++;
	while (expression_take_byte(expression, '0'))
		continue;
	const char byte = expression_peek(expression);
	if (byte >= '0' && byte <= '9')
		return expression_fail(expression, start, "second: fractions of a second are not supported");
	return true;
}

static bool take_number(struct expression *expression, bool may_have_fraction, int *ret_number)
{
	if (!expression_take_number(expression, ret_number))
		return expression_fail(expression, expression->at, "a number is missing");
	return !may_have_fraction || skip_fraction(expression);
}

static bool take_component(struct expression *expression, bool is_seconds, struct component *component)
{
	*component = (struct component){.at = expression->at, .stop = -1};
	if (!take_number(expression, is_seconds, &component->start))
		return false;
	if (expression_peek(expression) == '.') {
		expression->at++;
		if (!expression_take_byte(expression, '.'))
			return expression_fail(expression, expression->at, "a range is written with '..'");
		if (!take_number(expression, is_seconds, &component->stop))
			return false;
		component->step = 1;
	}
	if (expression_take_byte(expression, '/')) {
		const size_t at = expression->at;
		if (!take_number(expression, is_seconds, &component->step))
			return false;
		if (component->step == 0)
			return expression_fail(expression, at, "the step behind '/' is 0");
	}
	return true;
}

static bool take_chain(struct expression *expression, bool is_seconds, struct chain *chain)
{
	chain->count = 0;
	if (expression_take_byte(expression, '*'))
		return true;
	do {
		if (chain->count == CHAIN_MAX)
			return expression_fail(expression, expression->at, "the list has more than %d entries", CHAIN_MAX);
		if (!take_component(expression, is_seconds, &chain->components[chain->count]))
			return false;
		chain->count++;
	} while (expression_take_byte(expression, ','));
	return true;
}

static int fix_year(int year)
{
	if (year < 0 || year >= SHORT_YEARS)
		return year;
	return year + (year < SHORT_YEARS_CENTURY ? 2000 : 1900);
}

static bool check_bounds(const struct expression *expression, const struct component *component, const struct part_kind *kind)
{
	const int stop = component->stop >= 0 ? component->stop : component->start;
	if (component->start < kind->minimum || stop > kind->maximum)
		return expression_fail(expression, component->at, "%s: %d is not from %d to %d", kind->name,
		                       component->start < kind->minimum ? component->start : stop, kind->minimum, kind->maximum);
	if (stop < component->start)
		return expression_fail(expression, component->at, "%s: the range ends before it begins", kind->name);
	return true;
}

typedef void add_function(void *set, int value);

static void add_bit(void *set, int value)
{
	*(uint64_t *)set |= UINT64_C(1) << value;
}

static void add_year(void *set, int value)
{
	const int place = value - CALENDAR_YEAR_MIN;
	((struct calendar_years *)set)->bits[place / 64] |= UINT64_C(1) << place % 64;
}

static bool add_component(const struct expression *expression, const struct component *component, const struct part_kind *kind,
                          add_function *add, void *set)
{
	if (!check_bounds(expression, component, kind))
		return false;
	if (component->step > 0 && component->stop < 0 && component->step > kind->maximum - component->start)
		return expression_fail(expression, component->at, "%s: the step leads beyond %d at once", kind->name,
		                       kind->maximum);
	const int last = component->stop >= 0 ? component->stop : component->step > 0 ? kind->maximum : component->start;
	const int step = component->step > 0 ? component->step : 1;
	for (int64_t value = component->start; value <= last; value += step)
		add(set, (int)value);
	return true;
}

static bool read_chain(const struct expression *expression, const struct chain *chain, enum part part, uint64_t all,
                       uint64_t *ret_set)
{
	*ret_set = chain->count == 0 ? all : 0;
	for (size_t index = 0; index < chain->count; index++)
		if (!add_component(expression, &chain->components[index], &kinds[part], add_bit, ret_set))
			return false;
	return true;
}

/* Days from the end: '07/3' begins at the seventh last and goes on towards the end; a range is one of places from the end. */
static bool read_last_days(const struct expression *expression, const struct chain *chain, uint64_t *ret_set)
{
	static const struct part_kind kind = {"day from the end", 1, LAST_DAYS_MAX};
	*ret_set = 0;
	for (size_t index = 0; index < chain->count; index++) {
		const struct component *component = &chain->components[index];
		if (component->step > 0 && component->stop < 0) {
			if (!check_bounds(expression, component, &kind))
				return false;
			if (component->start <= component->step)
				return expression_fail(expression, component->at,
				                       "day: the step leads beyond the end of the month at once");
			for (int day = component->start; day >= 1; day -= component->step)
				add_bit(ret_set, day);
		} else if (!add_component(expression, component, &kind, add_bit, ret_set)) {
			return false;
		}
	}
	return true;
}

static bool read_years(const struct expression *expression, struct chain *chain, struct arena *arena, struct calendar *calendar)
{
	if (chain->count == 0)
		return true;
	struct calendar_years *years = arena_alloc(arena, sizeof(*years));
	if (years == NULL) {
		(void)error_set_memory(expression->err);
		return false;
	}
	for (size_t index = 0; index < chain->count; index++) {
		chain->components[index].start = fix_year(chain->components[index].start);
		chain->components[index].stop = fix_year(chain->components[index].stop);
		if (!add_component(expression, &chain->components[index], &kinds[PART_YEAR], add_year, years))
			return false;
	}
	calendar->years = years;
	return true;
}

/* '..', or '-' as older versions of systemd had it. */
static bool take_range_sign(struct expression *expression)
{
	if (expression_take_byte(expression, '-'))
		return true;
	if (!expression_take_byte(expression, '.'))
		return false;
	return expression_take_byte(expression, '.');
}

/* 'Mon..Fri,Sun', or nothing. A comma may stand behind the last one. */
static bool take_weekdays(struct expression *expression, struct calendar *calendar)
{
	static const int sunday_as_last = 7;
	int range_from = -1;
	for (bool is_first = true;; is_first = false) {
		const size_t at = expression->at;
		if (!is_first && range_from < 0 && (expression_peek(expression) == ' ' || expression_peek(expression) == '\0'))
			break;
		const int word = expression_take_word(expression, expression_weekdays);
		if (word < 0 && is_first)
			return true;
		if (word < 0)
			return expression_fail(expression, at, "the name of a weekday is missing");
		const int weekday = word == 0 ? sunday_as_last : word; /* weeks begin on Monday */
		if (range_from > weekday)
			return expression_fail(expression, at, "weekdays: the range ends before it begins");
		calendar->weekdays = is_first ? 0 : calendar->weekdays;
		for (int day = range_from > 0 ? range_from : weekday; day <= weekday; day++)
			calendar->weekdays = (uint8_t)(calendar->weekdays | 1u << day % 7);
		const bool was_range = range_from > 0;
		range_from = -1;
		if (expression_peek(expression) == ' ' || expression_peek(expression) == '\0')
			break;
		if (expression_take_byte(expression, ','))
			continue;
		if (!take_range_sign(expression) || was_range)
			return expression_fail(expression, expression->at, "weekdays are separated by ',' or '..'");
		range_from = weekday;
	}
	expression_skip_blanks(expression);
	return true;
}

static bool at_end_of_word(const struct expression *expression)
{
	return expression_peek(expression) == '\0' || expression_peek(expression) == ' ';
}

static bool read_day_and_month(const struct expression *expression, const struct chain *month, const struct chain *day,
                               bool is_from_end, struct calendar *calendar)
{
	uint64_t set = 0;
	if (!read_chain(expression, month, PART_MONTH, CALENDAR_MONTHS_ALL, &set))
		return false;
	calendar->months = (uint16_t)set;
	if (is_from_end && day->count > 0) {
		if (!read_last_days(expression, day, &set))
			return false;
		calendar->days = 0;
		calendar->last_days = (uint32_t)set;
		return true;
	}
	if (!read_chain(expression, day, PART_DAY, CALENDAR_DAYS_ALL, &set))
		return false;
	calendar->days = (uint32_t)set;
	return true;
}

/* '-' or, before days from the end, '~'. */
static bool take_separator(struct expression *expression, bool *ret_is_from_end)
{
	*ret_is_from_end = expression_take_byte(expression, '~');
	if (*ret_is_from_end || expression_take_byte(expression, '-'))
		return true;
	return expression_fail(expression, expression->at, "a date is written as 'year-month-day', a time as 'hour:minute'");
}

/* 'year-month-day' or 'month-day', or nothing where a time comes first. */
static bool take_date(struct expression *expression, struct arena *arena, struct calendar *calendar)
{
	struct chain first;
	struct chain second;
	struct chain third;
	bool is_from_end = false;
	const size_t start = expression->at;
	if (start == expression->text.size)
		return true;
	if (!take_chain(expression, false, &first))
		return false;
	if (expression_peek(expression) == ':') {
		expression->at = start;
		return true;
	}
	if (!take_separator(expression, &is_from_end) || !take_chain(expression, false, &second))
		return false;
	if (at_end_of_word(expression)) {
		if (!read_day_and_month(expression, &first, &second, is_from_end, calendar))
			return false;
	} else {
		if (is_from_end)
			return expression_fail(expression, expression->at, "'~' stands before the day, behind the month");
		if (!take_separator(expression, &is_from_end) || !take_chain(expression, false, &third))
			return false;
		if (!at_end_of_word(expression))
			return expression_fail(expression, expression->at, "a blank separates date and time");
		if (!read_years(expression, &first, arena, calendar) ||
		    !read_day_and_month(expression, &second, &third, is_from_end, calendar))
			return false;
	}
	expression_skip_blanks(expression);
	return true;
}

/* 'hour:minute', 'hour:minute:second', or nothing: midnight. */
static bool take_time(struct expression *expression, struct calendar *calendar)
{
	struct chain hours;
	struct chain minutes;
	struct chain seconds;
	uint64_t set = 0;
	calendar->hours = 1;
	calendar->minutes = 1;
	calendar->seconds = 1;
	if (expression->at == expression->text.size)
		return true;
	if (!take_chain(expression, false, &hours))
		return false;
	if (!expression_take_byte(expression, ':'))
		return expression_fail(expression, expression->at, "a time is written as 'hour:minute' or 'hour:minute:second'");
	if (!take_chain(expression, false, &minutes))
		return false;
	if (expression_take_byte(expression, ':')) {
		if (!take_chain(expression, true, &seconds) ||
		    !read_chain(expression, &seconds, PART_SECOND, CALENDAR_SECONDS_ALL, &calendar->seconds))
			return false;
	}
	if (expression->at < expression->text.size)
		return expression_fail(expression, expression->at, "'%c' is not understood here", expression_peek(expression));
	if (!read_chain(expression, &hours, PART_HOUR, CALENDAR_HOURS_ALL, &set) ||
	    !read_chain(expression, &minutes, PART_MINUTE, CALENDAR_MINUTES_ALL, &calendar->minutes))
		return false;
	calendar->hours = (uint32_t)set;
	return true;
}

static const struct shorthand {
	const char *name;
	const char *expression;
} shorthands[] = {
	{"minutely", "*-*-* *:*:00"},
	{"hourly", "*-*-* *:00:00"},
	{"daily", "*-*-* 00:00:00"},
	{"monthly", "*-*-01 00:00:00"},
	{"weekly", "Mon *-*-* 00:00:00"},
	{"yearly", "*-01-01 00:00:00"},
	{"annually", "*-01-01 00:00:00"},
	{"anually", "*-01-01 00:00:00"}, /* systemd has it for those who once wrote it so */
	{"quarterly", "*-01,04,07,10-01 00:00:00"},
	{"semiannually", "*-01,07-01 00:00:00"},
	{"semi-annually", "*-01,07-01 00:00:00"},
	{"biannually", "*-01,07-01 00:00:00"},
	{"bi-annually", "*-01,07-01 00:00:00"},
};

#define SHORTHAND_COUNT (sizeof(shorthands) / sizeof(shorthands[0]))

/* '@1395716396': one instant. */
static bool parse_instant(struct expression *expression, struct arena *arena, struct calendar *calendar)
{
	int seconds;
	expression->at = 1;
	if (!expression_take_number(expression, &seconds) || seconds == INT32_MAX || expression->at < expression->text.size)
		return expression_fail(expression, 1, "'@' stands before the seconds of an instant up to the year 2038");
	const struct date date = date_from_days(seconds / 86400);
	struct calendar_years *years = arena_alloc(arena, sizeof(*years));
	if (years == NULL) {
		(void)error_set_memory(expression->err);
		return false;
	}
	add_year(years, (int)date.year);
	*calendar = (struct calendar){
		.years = years,
		.seconds = UINT64_C(1) << seconds % 60,
		.minutes = UINT64_C(1) << seconds / 60 % 60,
		.hours = UINT32_C(1) << seconds / 3600 % 24,
		.days = UINT32_C(1) << date.day,
		.months = (uint16_t)(1u << date.month),
		.weekdays = CALENDAR_WEEKDAYS_ALL,
	};
	return true;
}

static bool parse_parts(struct expression *expression, struct arena *arena, struct calendar *calendar)
{
	*calendar = (struct calendar){
		.days = CALENDAR_DAYS_ALL,
		.months = CALENDAR_MONTHS_ALL,
		.weekdays = CALENDAR_WEEKDAYS_ALL,
	};
	return take_weekdays(expression, calendar) && take_date(expression, arena, calendar) && take_time(expression, calendar);
}

bool on_calendar_parse(struct expression *expression, struct arena *arena, struct calendar *ret_calendar, bool *ret_is_utc)
{
	*ret_is_utc = expression_peek(expression) == '@';
	if (*ret_is_utc)
		return parse_instant(expression, arena, ret_calendar);
	for (size_t index = 0; index < SHORTHAND_COUNT; index++) {
		if (slice_equal_folded(expression->text, slice_from(shorthands[index].name))) {
			struct expression meant = {.text = slice_from(shorthands[index].expression), .err = expression->err};
			return parse_parts(&meant, arena, ret_calendar);
		}
	}
	if (slice_is_empty(expression->text))
		return expression_fail(expression, 0, "the expression is empty");
	return parse_parts(expression, arena, ret_calendar);
}
