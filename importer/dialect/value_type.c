/* Values as numbers, amounts, dates and weights, by what their rule says of how they are written. */
#include "dialect/mapping.h"

#include "base/instant.h"
#include "base/zone.h"
#include "catalog/values.h"

#include <string.h>

#define DATE_SIZE 10 /* '2026-01-31' */

enum record_type value_literal_type(const struct mapper *mapper, const struct mapped_value *value)
{
	const struct record_node *node;

	if (value->origin.node == RECORD_NONE || value->origin.attribute != MATCH_ELEMENT)
		return RECORD_STRING;
	node = &mapper->evaluator.record->nodes[value->origin.node];
	return (node->type == RECORD_NUMBER || node->type == RECORD_BOOL) && slice_equal(slice_trim(node->text), value->text)
	               ? node->type
	               : RECORD_STRING;
}

number_decimal_sign value_decimal_sign(const struct mapper *mapper, const struct mapped_value *value)
{
	if (value_literal_type(mapper, value) == RECORD_NUMBER)
		return '.';
	return value->reading != NULL && value->reading->decimal_sign != '\0' ? value->reading->decimal_sign
	                                                                      : mapper->options.decimal_sign;
}

#define OTHER_MINUTES 60 /* an offset like any other: what it does not change says its own */

static bool has_timezone(const struct mapped_value *value)
{
	return value->reading != NULL && value->reading->has_timezone;
}

static int offset_minutes(const struct mapper *mapper, const struct mapped_value *value)
{
	return has_timezone(value) ? value->reading->offset_minutes : mapper->options.offset_minutes;
}

/* The zone that dates without an offset are of; NULL = they have a fixed one. */
static const struct zone *zone_of(const struct mapper *mapper, const struct mapped_value *value)
{
	return has_timezone(value) ? value->reading->zone : mapper->options.zone;
}

/*
 * What was read once as UTC and once an hour east of it: the same both times
 * is an instant of its own; else it is what clocks show. A time that they skip is the end of the gap, one that they show
 * twice the first.
 */
static int64_t place(const struct zone *zone, int64_t as_utc_ms, int64_t as_other_ms)
{
	int64_t first_s = 0;
	int64_t last_s = 0;

	if (as_utc_ms == as_other_ms)
		return as_utc_ms;
	const int64_t local_s = as_utc_ms / 1000 - (as_utc_ms % 1000 < 0 ? 1 : 0);
	if (zone_find_local(zone, local_s, &first_s, &last_s) == ZONE_LOCAL_SKIPPED)
		return first_s * 1000;
	return first_s * 1000 + (as_utc_ms - local_s * 1000);
}

static const struct instant_pattern *pattern_of(const struct mapped_value *value)
{
	static const struct instant_pattern usual = {.kind = INSTANT_PATTERN_USUAL};

	return value->reading != NULL ? &value->reading->date : &usual;
}

static bool parse_instant(const struct zone *zone, const struct mapped_value *value, int minutes, int64_t *ret_ms)
{
	int64_t other_ms;

	if (zone == NULL)
		return instant_pattern_parse(pattern_of(value), value->text, minutes, ret_ms);
	if (!instant_pattern_parse(pattern_of(value), value->text, 0, ret_ms) ||
	    !instant_pattern_parse(pattern_of(value), value->text, OTHER_MINUTES, &other_ms))
		return false;
	*ret_ms = place(zone, *ret_ms, other_ms);
	return true;
}

enum number_outcome value_parse_number(const struct mapper *mapper, const struct mapped_value *value, int64_t *ret_micros)
{
	return number_parse_micros(value->text, value_decimal_sign(mapper, value), ret_micros);
}

enum number_outcome value_parse_money(const struct mapper *mapper, const struct mapped_value *value, struct money *ret_money)
{
	const unsigned digits = value->reading != NULL ? value->reading->minor_units : 0;
	const enum number_outcome outcome = money_parse(value->text, value_decimal_sign(mapper, value), ret_money);

	if (digits == 0 || (outcome != NUMBER_OK && outcome != NUMBER_AMBIGUOUS && outcome != NUMBER_ROUNDED))
		return outcome;
	return number_scale_down(ret_money->micros, digits, &ret_money->micros) ? outcome : NUMBER_ROUNDED;
}

bool value_parse_instant(const struct mapper *mapper, const struct mapped_value *value, int64_t *ret_ms)
{
	return parse_instant(zone_of(mapper, value), value, offset_minutes(mapper, value), ret_ms);
}

static bool parse_interval(const struct mapped_value *value, int minutes, int64_t *ret_from_ms, int64_t *ret_to_ms)
{
	if (!value_has_date(value))
		return instant_parse_interval(value->text, minutes, ret_from_ms, ret_to_ms);
	return instant_pattern_parse_interval(&value->reading->date, value->text, minutes, ret_from_ms, ret_to_ms);
}

bool value_parse_interval(const struct mapper *mapper, const struct mapped_value *value, int64_t *ret_from_ms, int64_t *ret_to_ms)
{
	const struct zone *zone = zone_of(mapper, value);
	int64_t other_from_ms;
	int64_t other_to_ms;

	if (zone == NULL)
		return parse_interval(value, offset_minutes(mapper, value), ret_from_ms, ret_to_ms);
	if (!parse_interval(value, 0, ret_from_ms, ret_to_ms) ||
	    !parse_interval(value, OTHER_MINUTES, &other_from_ms, &other_to_ms))
		return false;
	*ret_from_ms = place(zone, *ret_from_ms, other_from_ms);
	*ret_to_ms = place(zone, *ret_to_ms, other_to_ms);
	return true;
}

bool value_parse_weight(struct mapper *mapper, const struct mapped_value *value, struct mapped_value *ret_unit,
                        enum number_outcome *ret_outcome, int64_t *ret_grams)
{
	value_set_absent(ret_unit);
	if (value->reading != NULL && value->reading->unit != NULL &&
	    !value_read(mapper, value->reading->unit, evaluator_scope(&mapper->evaluator), ret_unit))
		return false;
	*ret_outcome = weight_parse(value->text, value_decimal_sign(mapper, value), ret_unit->text, ret_grams);
	return true;
}

bool value_has_date(const struct mapped_value *value)
{
	return value->reading != NULL && value->reading->date.kind != INSTANT_PATTERN_USUAL;
}

bool value_format_date(struct mapper *mapper, const struct mapped_value *value, struct slice *ret_text)
{
	const bool has_time = value->reading->date.has_time;
	char text[INSTANT_TEXT_SIZE];
	int64_t ms;

	*ret_text = (struct slice){NULL, 0};
	/* a day is the same day in every zone */
	if (!parse_instant(has_time ? zone_of(mapper, value) : NULL, value, has_time ? offset_minutes(mapper, value) : 0, &ms))
		return true;
	instant_format(ms, text);
	return arena_copy(&mapper->record_arena, slice_make(text, has_time ? strlen(text) : DATE_SIZE), ret_text);
}
