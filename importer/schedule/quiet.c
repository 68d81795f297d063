/* Quiet times of the day. */
#include "schedule/quiet.h"

#include "base/zone.h"
#include "schedule/expression.h"

#define DAY_S INT64_C(86400)
#define DAY_MINUTES 1440
#define QUIET_RANGES_MAX 16

struct quiet_range {
	uint16_t from_minute;
	uint16_t until_minute; /* not quiet itself any more; before from_minute where midnight lies between */
};

struct quiet {
	size_t count;
	struct quiet_range ranges[QUIET_RANGES_MAX];
};

static bool range_has(const struct quiet_range *range, int minute)
{
	if (range->from_minute < range->until_minute)
		return minute >= range->from_minute && minute < range->until_minute;
	return minute >= range->from_minute || minute < range->until_minute;
}

static const struct quiet_range *find(const struct quiet *quiet, int minute)
{
	for (size_t index = 0; index < quiet->count; index++)
		if (range_has(&quiet->ranges[index], minute))
			return &quiet->ranges[index];
	return NULL;
}

/* 'HH:MM', up to 24:00. */
static bool take_time(struct expression *expression, uint16_t *ret_minute)
{
	const size_t start = expression->at;
	int hour = 0;
	int minute = 0;
	if (!expression_take_number(expression, &hour) || !expression_take_byte(expression, ':') ||
	    !expression_take_number(expression, &minute) || hour > 24 || minute > 59 || (hour == 24 && minute > 0))
		return expression_fail(expression, start, "expected a time of the day; write it as '22:00-06:00'");
	*ret_minute = (uint16_t)(hour * 60 + minute);
	return true;
}

static bool take_range(struct expression *expression, struct quiet_range *range)
{
	const size_t start = expression->at;
	if (!take_time(expression, &range->from_minute))
		return false;
	expression_skip_blanks(expression);
	if (!expression_take_byte(expression, '-'))
		return expression_fail(expression, expression->at, "expected '-' and when the quiet time ends");
	expression_skip_blanks(expression);
	if (!take_time(expression, &range->until_minute))
		return false;
	if (range->from_minute == range->until_minute || range->from_minute == DAY_MINUTES)
		return expression_fail(expression, start, "a quiet time begins and ends at different times");
	return true;
}

static bool read_ranges(struct expression *expression, struct quiet *quiet)
{
	do {
		expression_skip_blanks(expression);
		if (quiet->count == QUIET_RANGES_MAX)
			return expression_fail(expression, expression->at, "more than %d quiet times", QUIET_RANGES_MAX);
		if (!take_range(expression, &quiet->ranges[quiet->count++]))
			return false;
		expression_skip_blanks(expression);
	} while (expression_take_byte(expression, ','));
	if (expression->at < expression->text.size)
		return expression_fail(expression, expression->at, "quiet times are separated by ','");
	for (int minute = 0; minute < DAY_MINUTES; minute++)
		if (find(quiet, minute) == NULL)
			return true;
	return expression_fail(expression, 0, "no time of the day is left");
}

int quiet_compile(const char *text, struct arena *arena, const struct quiet **ret_quiet, struct error *err)
{
	struct expression expression = {.text = slice_from(text), .err = err};
	struct quiet *quiet = arena_alloc(arena, sizeof(*quiet));
	if (quiet == NULL)
		return error_set_memory(err);
	if (!read_ranges(&expression, quiet))
		return -1;
	*ret_quiet = quiet;
	return 0;
}

/* When clocks show `local_s` next, after `at_s`, at which they show `shown_s`. */
static int64_t next_instant(const struct zone *zone, int64_t local_s, int64_t at_s, int64_t shown_s)
{
	int64_t first_s = at_s;
	int64_t last_s = at_s;
	(void)zone_find_local(zone, local_s, &first_s, &last_s); /* skipped or shown twice, the next one counts */
	return first_s > at_s ? first_s : last_s > at_s ? last_s : at_s + (local_s - shown_s);
}

int64_t quiet_end(const struct quiet *quiet, const struct zone *zone, int64_t at_s)
{
	int64_t end_s = at_s;
	/* Quiet times may follow one another, on both sides of midnight. */
	for (size_t round = 0; round < (size_t)2 * QUIET_RANGES_MAX; round++) {
		const int64_t shown_s = end_s + zone_span_at(zone, end_s).offset_s;
		const int64_t second = (shown_s % DAY_S + DAY_S) % DAY_S;
		const int minute = (int)(second / 60);
		const struct quiet_range *range = find(quiet, minute);
		if (range == NULL)
			break;
		const bool ends_tomorrow = range->until_minute <= minute;
		const int64_t local_s = shown_s - second + range->until_minute * INT64_C(60) + (ends_tomorrow ? DAY_S : 0);
		end_s = next_instant(zone, local_s, end_s, shown_s);
	}
	return end_s;
}
