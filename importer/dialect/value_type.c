/* Values as numbers, amounts, dates and weights, by what their rule says of how they are written. */
#include "dialect/mapping.h"

#include "base/instant.h"
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

static int offset_minutes(const struct mapper *mapper, const struct mapped_value *value)
{
	return value->reading != NULL && value->reading->has_timezone ? value->reading->offset_minutes
	                                                              : mapper->options.offset_minutes;
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
	static const struct instant_pattern usual = {.kind = INSTANT_PATTERN_USUAL};

	return instant_pattern_parse(value->reading != NULL ? &value->reading->date : &usual, value->text,
	                             offset_minutes(mapper, value), ret_ms);
}

bool value_parse_interval(const struct mapper *mapper, const struct mapped_value *value, int64_t *ret_from_ms, int64_t *ret_to_ms)
{
	const int minutes = offset_minutes(mapper, value);

	if (!value_has_date(value))
		return instant_parse_interval(value->text, minutes, ret_from_ms, ret_to_ms);
	return instant_pattern_parse_interval(&value->reading->date, value->text, minutes, ret_from_ms, ret_to_ms);
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
	if (!instant_pattern_parse(&value->reading->date, value->text, has_time ? offset_minutes(mapper, value) : 0, &ms))
		return true;
	instant_format(ms, text);
	return arena_copy(&mapper->record_arena, slice_make(text, has_time ? strlen(text) : DATE_SIZE), ret_text);
}
