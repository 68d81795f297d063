/* Single fields: texts, words and numbers, each by the rules of its field. */
#include "dialect/mapping.h"

#include "catalog/values.h"

#include <string.h>

bool field_read(struct mapper *mapper, enum target target, struct mapped_value *ret_value)
{
	const struct value_rule *rule = mapper->rule->fields[target].value;

	if (rule == NULL) {
		value_set_absent(ret_value);
		return true;
	}
	if (!value_read(mapper, rule, MATCH_RECORD, ret_value))
		return false;
	if (!ret_value->is_too_costly)
		return true;
	ret_value->presence = PRESENCE_ABSENT;
	return mapper_complain(mapper, COMPLAINT_TEXT_TOO_LONG, target_name(target), ret_value->text);
}

void field_set_text(struct mapper *mapper, enum field_id field, struct slice text)
{
	mapper->statement.fields[field].presence = PRESENCE_VALUE;
	mapper->statement.fields[field].text = text;
}

void field_set_integer(struct mapper *mapper, enum field_id field, int64_t value)
{
	mapper->statement.fields[field].presence = PRESENCE_VALUE;
	mapper->statement.fields[field].integer = value;
}

/* --- numbers --- */

bool number_judge(struct mapper *mapper, enum number_outcome outcome, int64_t value, enum field_id limits, const char *field,
                  struct slice text, struct number_judgement *ret_judgement)
{
	const struct field_definition *definition = field_definition(limits);

	*ret_judgement = (struct number_judgement){.is_usable = false};
	switch (outcome) {
	case NUMBER_EMPTY:
		return true;
	case NUMBER_INVALID:
		return mapper_complain(mapper, COMPLAINT_NUMBER_INVALID, field, text);
	case NUMBER_TOO_LARGE:
		return mapper_complain(mapper, COMPLAINT_NUMBER_TOO_LARGE, field, text);
	case NUMBER_OK:
	case NUMBER_AMBIGUOUS:
	case NUMBER_ROUNDED:
		break;
	}
	if (value < 0 && definition->minimum == 0)
		return mapper_complain(mapper, COMPLAINT_NUMBER_NEGATIVE, field, text);
	if (value < definition->minimum || value > definition->maximum)
		return mapper_complain(mapper, COMPLAINT_NUMBER_TOO_LARGE, field, text);
	ret_judgement->is_usable = true;
	ret_judgement->is_exact = outcome != NUMBER_ROUNDED;
	if (outcome == NUMBER_AMBIGUOUS)
		return mapper_complain(mapper, COMPLAINT_NUMBER_AMBIGUOUS, field, text);
	return outcome != NUMBER_ROUNDED || mapper_complain(mapper, COMPLAINT_NUMBER_ROUNDED, field, text);
}

static bool map_number(struct mapper *mapper, enum field_id field, const struct mapped_value *value)
{
	const number_decimal_sign sign = mapper->options.decimal_sign;
	struct number_judgement judgement;
	enum number_outcome outcome;
	int64_t number = 0;

	if (field == FIELD_POSITION)
		outcome = number_parse_integer(value->text, INT64_MIN, INT64_MAX, &number) ? NUMBER_OK : NUMBER_INVALID;
	else if (field == FIELD_WEIGHT)
		outcome = weight_parse(value->text, sign, slice_from(mapper->rule->fields[field].value->unit), &number);
	else
		outcome = number_parse_micros(value->text, sign, &number);
	if (!number_judge(mapper, outcome, number, field, field_definition(field)->name, value->text, &judgement))
		return false;
	if (!judgement.is_usable)
		return true;
	field_set_integer(mapper, field, number);
	if (judgement.is_exact)
		mapper_take(mapper, value);
	return true;
}

/* --- words --- */

static bool map_word(struct mapper *mapper, enum field_id field, const struct mapped_value *value)
{
	const char *word = field == FIELD_AVAILABILITY ? availability_parse(value->text) : condition_parse(value->text);

	if (word == NULL)
		return mapper_complain(mapper, COMPLAINT_WORD_UNKNOWN, field_definition(field)->name, value->text);
	field_set_text(mapper, field, slice_from(word));
	mapper_take(mapper, value);
	return true;
}

/* 'hidden' and 'active', or a truth value for being hidden. */
static bool map_status(struct mapper *mapper, enum field_id field, const struct mapped_value *value)
{
	enum bool_outcome is_hidden = BOOL_INVALID;

	if (slice_equal_text(value->text, "hidden"))
		is_hidden = BOOL_TRUE;
	else if (slice_equal_text(value->text, "active"))
		is_hidden = BOOL_FALSE;
	else
		is_hidden = bool_parse(value->text);
	if (is_hidden == BOOL_INVALID)
		return mapper_complain(mapper, COMPLAINT_BOOL_INVALID, field_definition(field)->name, value->text);
	if (is_hidden == BOOL_TRUE)
		field_set_text(mapper, field, (struct slice)SLICE("hidden"));
	mapper_take(mapper, value);
	return true;
}

/* --- texts --- */

static bool map_text(struct mapper *mapper, enum field_id field, const struct mapped_value *value)
{
	const struct field_definition *definition = field_definition(field);

	if (value->text.size > definition->max_bytes)
		return mapper_complain(mapper, COMPLAINT_TEXT_TOO_LONG, definition->name, value->text);
	if (field == FIELD_URL && !url_is_absolute(value->text) &&
	    !mapper_complain(mapper, COMPLAINT_URL_INVALID, definition->name, value->text))
		return false;
	if (field == FIELD_GTIN && !gtin_is_valid(value->text) &&
	    !mapper_complain(mapper, COMPLAINT_GTIN_INVALID, definition->name, value->text))
		return false;
	field_set_text(mapper, field, value->text);
	mapper_take(mapper, value);
	return true;
}

bool map_single_fields(struct mapper *mapper)
{
	static const struct {
		enum field_id field;
		bool (*map)(struct mapper *mapper, enum field_id field, const struct mapped_value *value);
	} fields[] = {
		{FIELD_NAME, map_text},         {FIELD_DESCRIPTION, map_text},  {FIELD_URL, map_text},
		{FIELD_BRAND, map_text},        {FIELD_GTIN, map_text},         {FIELD_MPN, map_text},
		{FIELD_MERCHANT_SKU, map_text}, {FIELD_AVAILABILITY, map_word}, {FIELD_CONDITION, map_word},
		{FIELD_STATUS, map_status},     {FIELD_QUANTITY, map_number},   {FIELD_WEIGHT, map_number},
		{FIELD_POSITION, map_number},
	};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		struct mapped_value value;

		if (mapper->rule->fields[fields[i].field].value == NULL)
			continue;
		if (!field_read(mapper, (enum target)fields[i].field, &value))
			return false;
		if (value.presence == PRESENCE_EMPTY) {
			mapper->statement.fields[fields[i].field].presence = PRESENCE_EMPTY;
			mapper_take(mapper, &value);
		} else if (value.presence == PRESENCE_VALUE && !fields[i].map(mapper, fields[i].field, &value)) {
			return false;
		}
	}
	return true;
}
