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
	if (!value_read(mapper, rule, evaluator_scope(&mapper->evaluator), ret_value))
		return false;
	return ret_value->fault == VALUE_SOUND || value_complain(mapper, ret_value, target_name(target));
}

void field_set_text(struct mapper *mapper, enum field_id field, struct slice text)
{
	mapper->statement->fields[field].presence = PRESENCE_VALUE;
	mapper->statement->fields[field].text = text;
}

void field_set_integer(struct mapper *mapper, enum field_id field, int64_t value)
{
	mapper->statement->fields[field].presence = PRESENCE_VALUE;
	mapper->statement->fields[field].integer = value;
}

bool field_make_id(struct mapper *mapper, struct slice prefix, struct slice text, const char *field, struct slice *ret_id)
{
	char *id;

	*ret_id = (struct slice){NULL, 0};
	if (prefix.size + text.size > LIMIT_ID_BYTES)
		return mapper_complain(mapper, COMPLAINT_ID_TOO_LONG, field, text);
	if (prefix.size == 0) {
		*ret_id = text;
		return true;
	}
	id = arena_alloc(&mapper->record_arena, prefix.size + text.size);
	if (id == NULL)
		return false;
	memcpy(id, prefix.data, prefix.size);
	memcpy(id + prefix.size, text.data, text.size);
	*ret_id = slice_make(id, prefix.size + text.size);
	return true;
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
	struct mapped_value unit;
	struct number_judgement judgement;
	enum number_outcome outcome;
	int64_t number = 0;

	value_set_absent(&unit);
	if (field == FIELD_POSITION)
		outcome = number_parse_integer(value->text, INT64_MIN, INT64_MAX, &number) ? NUMBER_OK : NUMBER_INVALID;
	else if (field != FIELD_WEIGHT)
		outcome = value_parse_number(mapper, value, &number);
	else if (!value_parse_weight(mapper, value, &unit, &outcome, &number))
		return false;
	if (!number_judge(mapper, outcome, number, field, field_definition(field)->name, value->text, &judgement))
		return false;
	if (!judgement.is_usable)
		return true;
	field_set_integer(mapper, field, number);
	if (judgement.is_exact) {
		mapper_take(mapper, value);
		mapper_take(mapper, &unit);
	}
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

/* A word for it, or a truth value for being hidden. */
static bool map_status(struct mapper *mapper, enum field_id field, const struct mapped_value *value)
{
	const char *word = status_parse(value->text);

	if (word == NULL)
		return mapper_complain(mapper, COMPLAINT_BOOL_INVALID, field_definition(field)->name, value->text);
	if (strcmp(word, "hidden") == 0)
		field_set_text(mapper, field, slice_from(word));
	mapper_take(mapper, value);
	return true;
}

/* The id by which products list a SKU. */
static bool map_reference(struct mapper *mapper, enum field_id field, const struct mapped_value *value)
{
	struct slice id;

	if (!field_make_id(mapper, mapper->options.id_prefix, value->text, field_definition(field)->name, &id))
		return false;
	if (id.size > 0) {
		field_set_text(mapper, field, id);
		mapper_take(mapper, value);
	}
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
		{FIELD_NAME, map_text},         {FIELD_DESCRIPTION, map_text},    {FIELD_URL, map_text},
		{FIELD_BRAND, map_text},        {FIELD_GTIN, map_text},           {FIELD_MPN, map_text},
		{FIELD_MERCHANT_SKU, map_text}, {FIELD_AVAILABILITY, map_word},   {FIELD_CONDITION, map_word},
		{FIELD_STATUS, map_status},     {FIELD_QUANTITY, map_number},     {FIELD_WEIGHT, map_number},
		{FIELD_POSITION, map_number},   {FIELD_REFERENCE, map_reference},
	};

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		struct mapped_value value;

		if (mapper->rule->fields[fields[i].field].value == NULL)
			continue;
		if (!field_read(mapper, (enum target)fields[i].field, &value))
			return false;
		if (value.presence == PRESENCE_EMPTY) {
			mapper->statement->fields[fields[i].field].presence = PRESENCE_EMPTY;
			mapper_take(mapper, &value);
		} else if (value.presence == PRESENCE_VALUE && !fields[i].map(mapper, fields[i].field, &value)) {
			return false;
		}
	}
	return true;
}
