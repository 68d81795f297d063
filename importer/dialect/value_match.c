/* Values of what a path meets: texts, JSON where it is wanted, and which of several is the one. */
#include "dialect/mapping.h"

#include "base/utf8.h"
#include "dialect/node_json.h"

/* --- which of several --- */

struct picking {
	enum pick pick;
	bool has_number;
	int64_t number; /* of the value so far */
	size_t length;
};

/* The first number wins over any text that is none. */
static bool is_better_number(struct picking *picking, struct slice text, number_decimal_sign sign, bool is_first)
{
	struct money money = {.micros = 0};
	const enum number_outcome outcome = money_parse(text, sign, &money);

	if (outcome != NUMBER_OK && outcome != NUMBER_AMBIGUOUS && outcome != NUMBER_ROUNDED)
		return is_first;
	if (picking->has_number && (picking->pick == PICK_MIN ? money.micros >= picking->number : money.micros <= picking->number))
		return false;
	picking->has_number = true;
	picking->number = money.micros;
	return true;
}

/* Is `value`, which is not blank, rather the one than that so far? */
static bool is_better(const struct mapper *mapper, struct picking *picking, const struct mapped_value *value, bool is_first)
{
	size_t length;

	switch (picking->pick) {
	case PICK_FIRST:
		return is_first;
	case PICK_LAST:
		return true;
	case PICK_LONGEST:
		length = utf8_length(value->text);
		if (!is_first && length <= picking->length)
			return false;
		picking->length = length;
		return true;
	case PICK_MIN:
	case PICK_MAX:
		break;
	}
	return is_better_number(picking, value->text, value_decimal_sign(mapper, value), is_first);
}

/* --- matches --- */

/* Its JSON text in the record's arena. */
static bool make_json(struct mapper *mapper, uint32_t node, struct slice *ret_json)
{
	struct buffer *buffer = &mapper->json; /* its end serves as scratch */
	const size_t start = buffer->size;

	node_json_append(buffer, mapper->record, node, NULL);
	if (buffer->failed || !arena_copy(&mapper->record_arena, slice_make(buffer->data + start, buffer->size - start), ret_json))
		return false;
	buffer->size = start;
	return true;
}

/* An object or array: its JSON where the rule says so; empty where it has no parts; else a fault. */
static bool read_compound(struct mapper *mapper, const struct value_rule *rule, struct match match, struct mapped_value *value)
{
	const struct record_node *node = &mapper->record->nodes[match.node];
	struct slice text = {NULL, 0};

	if (rule->is_json && !make_json(mapper, match.node, &text))
		return false;
	value_set_text(value, text, match);
	if (rule->is_json || node->first_child == RECORD_NONE)
		return true;
	value_set_absent(value);
	value->fault = VALUE_COMPOUND;
	value->text = slice_from(node->type == RECORD_OBJECT ? "an object" : "a list");
	return true;
}

bool value_of_match(struct mapper *mapper, const struct value_rule *rule, struct match match, struct mapped_value *value)
{
	struct slice text;

	if (evaluator_is_compound(&mapper->evaluator, match))
		return read_compound(mapper, rule, match, value);
	if (!evaluator_text(&mapper->evaluator, match, &text))
		return false;
	value_set_text(value, text, match);
	return true;
}

/* What a path meets: of an array its items, but as a whole where its JSON is wanted. */
bool value_match_path(struct mapper *mapper, const struct value_rule *rule, uint32_t path, struct match context, size_t *ret_first,
                      size_t *ret_count)
{
	return rule->is_json ? evaluator_match_whole(&mapper->evaluator, path, context, ret_first, ret_count)
	                     : evaluator_match(&mapper->evaluator, path, context, ret_first, ret_count);
}

/* The picked one of the texts that are not blank, else the first fault or blank one. */
static bool pick_match(struct mapper *mapper, const struct value_rule *rule, size_t first, size_t count, struct mapped_value *value)
{
	struct picking picking = {.pick = rule->pick};

	for (size_t i = 0; i < count; i++) {
		struct mapped_value found;

		if (!value_of_match(mapper, rule, mapper->evaluator.matches[first + i], &found))
			return false;
		found.reading = rule->reading;
		if (found.presence == PRESENCE_VALUE ? is_better(mapper, &picking, &found, value->presence != PRESENCE_VALUE)
		                                     : value->presence != PRESENCE_VALUE && value->fault == VALUE_SOUND &&
		                                               (found.fault != VALUE_SOUND || value->presence == PRESENCE_ABSENT))
			*value = found;
		if (rule->pick == PICK_FIRST && value->presence == PRESENCE_VALUE)
			break;
	}
	return true;
}

bool value_read_path(struct mapper *mapper, const struct value_rule *rule, uint32_t path, struct match context,
                     struct mapped_value *value)
{
	struct evaluator *evaluator = &mapper->evaluator;
	enum single_outcome outcome;
	const struct match match = evaluator_match_single(evaluator, path, context, &outcome);
	size_t first;
	size_t count;

	switch (outcome) {
	case SINGLE_FOUND:
		return value_of_match(mapper, rule, match, value);
	case SINGLE_ABSENT:
		value_set_absent(value);
		return true;
	case SINGLE_UNKNOWN:
		break;
	}
	value_set_absent(value);
	if (!value_match_path(mapper, rule, path, context, &first, &count) || !pick_match(mapper, rule, first, count, value))
		return false;
	evaluator_pop(evaluator, first);
	return true;
}

bool value_read_match(struct mapper *mapper, struct match match, struct mapped_value *ret_value)
{
	static const struct value_rule plain = {.source_count = 0};

	return value_of_match(mapper, &plain, match, ret_value);
}

bool value_complain(struct mapper *mapper, const struct mapped_value *value, const char *field)
{
	switch (value->fault) {
	case VALUE_SOUND:
		break;
	case VALUE_TOO_COSTLY:
		return mapper_complain(mapper, COMPLAINT_TEXT_TOO_LONG, field, value->text);
	case VALUE_COMPOUND:
		return mapper_complain(mapper, COMPLAINT_VALUE_COMPOUND, field, value->text);
	}
	return true;
}
