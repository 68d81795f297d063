/* Five fields as in crontab(5) of Debian: minute, hour, day of the month, month, day of the week. */
#include "schedule/expression.h"

#include <string.h>

static const char *const months[] = {"January", "February",  "March",   "April",    "May",      "June", "July",
                                     "August",  "September", "October", "November", "December", NULL};

enum cron_field { CRON_MINUTE, CRON_HOUR, CRON_DAY, CRON_MONTH, CRON_WEEKDAY, CRON_FIELDS };

static const struct field {
	const char *name;
	int minimum;
	int maximum;
	const char *const *words; /* the first means `minimum` */
} fields[CRON_FIELDS] = {
	[CRON_MINUTE] = {"minute", 0, 59, NULL},
	[CRON_HOUR] = {"hour", 0, 23, NULL},
	[CRON_DAY] = {"day of the month", 1, 31, NULL},
	[CRON_MONTH] = {"month", 1, 12, months},
	[CRON_WEEKDAY] = {"day of the week", 0, 7, expression_weekdays}, /* 7 is Sunday as well */
};

#define SUNDAY_AS_LAST 7
#define SHOWN_BYTES_MAX 20

static const struct shorthand {
	const char *name;
	const char *expression;
} shorthands[] = {
	{"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
	{"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"},
};

#define SHORTHAND_COUNT (sizeof(shorthands) / sizeof(shorthands[0]))

static bool take_value(struct expression *expression, const struct field *field, int *ret_value)
{
	const size_t start = expression->at;
	const int word = field->words != NULL ? expression_take_word(expression, field->words) : -1;
	int number;
	if (word >= 0) {
		*ret_value = field->minimum + word;
		return true;
	}
	if (!expression_take_number(expression, &number)) {
		size_t size = 0;
		while (start + size < expression->text.size && strchr(" \t,", expression->text.data[start + size]) == NULL)
			size++;
		if (size == 0)
			return expression_fail(expression, start, "%s: a value is missing", field->name);
		return expression_fail(expression, start, "%s: '%.*s' is not understood", field->name,
		                       (int)(size < SHOWN_BYTES_MAX ? size : SHOWN_BYTES_MAX), expression->text.data + start);
	}
	if (number < field->minimum || number > field->maximum)
		return expression_fail(expression, start, "%s: %d is not from %d to %d", field->name, number, field->minimum,
		                       field->maximum);
	*ret_value = number;
	return true;
}

/* '/15' behind a range, or nothing. */
static bool take_step(struct expression *expression, const struct field *field, int *ret_step)
{
	*ret_step = 1;
	if (!expression_take_byte(expression, '/'))
		return true;
	const size_t start = expression->at;
	if (!expression_take_number(expression, ret_step) || *ret_step == 0 || *ret_step > field->maximum)
		return expression_fail(expression, start, "%s: the step behind '/' is not a number from 1 to %d", field->name,
		                       field->maximum);
	return true;
}

/* '*', '5', '1-5', each but the single value also with a step. */
static bool take_range(struct expression *expression, const struct field *field, uint64_t *set)
{
	const size_t start = expression->at;
	int first = field->minimum;
	int last = field->maximum;
	int step = 1;
	bool is_range = expression_take_byte(expression, '*');
	if (!is_range) {
		if (!take_value(expression, field, &first))
			return false;
		last = first;
		is_range = expression_take_byte(expression, '-');
		if (is_range && !take_value(expression, field, &last))
			return false;
		if (last == 0 && first > 0 && field == &fields[CRON_WEEKDAY])
			last = SUNDAY_AS_LAST; /* 'fri-sun' */
		if (last < first)
			return expression_fail(expression, start, "%s: the range ends before it begins", field->name);
	}
	if (!is_range && expression_peek(expression) == '/')
		return expression_fail(expression, expression->at, "%s: a step needs a range; write it as '%d-%d/…'", field->name,
		                       first, field->maximum);
	if (!take_step(expression, field, &step))
		return false;
	for (int value = first; value <= last; value += step)
		*set |= UINT64_C(1) << value;
	return true;
}

static bool take_field(struct expression *expression, const struct field *field, uint64_t *ret_set, bool *ret_is_open)
{
	*ret_set = 0;
	*ret_is_open = expression_peek(expression) == '*';
	do {
		if (!take_range(expression, field, ret_set))
			return false;
	} while (expression_take_byte(expression, ','));
	const char byte = expression_peek(expression);
	if (byte != '\0' && byte != ' ' && byte != '\t')
		return expression_fail(expression, expression->at, "%s: '%c' is not understood here", field->name, byte);
	expression_skip_blanks(expression);
	return true;
}

static bool parse_fields(struct expression *expression, struct calendar *calendar)
{
	uint64_t sets[CRON_FIELDS] = {0};
	bool is_open[CRON_FIELDS] = {false};
	for (size_t index = 0; index < CRON_FIELDS; index++) {
		if (expression->at == expression->text.size)
			return expression_fail(expression, expression->at, "the field '%s' is missing: cron has five of them",
			                       fields[index].name);
		if (!take_field(expression, &fields[index], &sets[index], &is_open[index]))
			return false;
	}
	if (expression->at < expression->text.size)
		return expression_fail(expression, expression->at, "cron has five fields, and here is a sixth");
	const uint64_t weekdays = sets[CRON_WEEKDAY];
	*calendar = (struct calendar){
		.seconds = 1,
		.minutes = sets[CRON_MINUTE],
		.hours = (uint32_t)sets[CRON_HOUR],
		.days = (uint32_t)sets[CRON_DAY],
		.months = (uint16_t)sets[CRON_MONTH],
		.weekdays = (uint8_t)((weekdays | weekdays >> SUNDAY_AS_LAST) & CALENDAR_WEEKDAYS_ALL),
		.is_either = !is_open[CRON_DAY] && !is_open[CRON_WEEKDAY],
	};
	return true;
}

static bool parse_shorthand(struct expression *expression, struct calendar *calendar)
{
	for (size_t index = 0; index < SHORTHAND_COUNT; index++) {
		if (slice_equal_folded(expression->text, slice_from(shorthands[index].name))) {
			struct expression meant = {.text = slice_from(shorthands[index].expression), .err = expression->err};
			return parse_fields(&meant, calendar);
		}
	}
	return expression_fail(expression, 0, "unknown word; cron has '@hourly', '@daily', '@weekly', '@monthly' and '@yearly'");
}

bool cron_parse(struct expression *expression, struct calendar *ret_calendar)
{
	if (expression_peek(expression) == '@')
		return parse_shorthand(expression, ret_calendar);
	expression_skip_blanks(expression);
	return parse_fields(expression, ret_calendar);
}
