/* The conditions of steps: which of the nodes that a step met it keeps. */
#include "dialect/evaluate_private.h"

#include "base/number.h"

#include <string.h>

uint32_t evaluator_find_attribute(const struct evaluator *evaluator, const struct bound_name *name, uint32_t node)
{
	const struct record_node *element = &evaluator->record->nodes[node];
	uint32_t found = RECORD_NONE;

	for (uint32_t i = element->first_attribute; i < element->first_attribute + element->attribute_count; i++) {
		const struct record_attribute *attribute = &evaluator->record->attributes[i];

		if (name->local != NAME_NONE && attribute->local != name->local)
			continue;
		if (name->is_qualified) {
			if (attribute->space == name->space)
				return i;
		} else if (attribute->space == NAME_NONE) {
			return i;
		} else if (found == RECORD_NONE) {
			found = i;
		}
	}
	return found;
}

/* --- conditions of XML --- */

static bool node_text_equals(struct evaluator *evaluator, uint32_t node, struct slice value, bool *ret_equal)
{
	struct slice text;

	if (!evaluator_text(evaluator, (struct match){.node = node, .attribute = MATCH_ELEMENT}, &text))
		return false;
	*ret_equal = slice_equal(text, value);
	return true;
}

static bool test_child(struct evaluator *evaluator, const struct bound_predicate *predicate, uint32_t node, bool *ret_holds)
{
	const struct record_node *nodes = evaluator->record->nodes;

	*ret_holds = predicate->kind == PREDICATE_ABSENT;
	for (uint32_t child = nodes[node].first_child; child != RECORD_NONE; child = nodes[child].next_sibling) {
		bool is_equal = true;

		evaluator->work++;
		if (evaluator_rank(evaluator, &predicate->name, &nodes[child]) == NAME_NO_MATCH)
			continue;
		if (predicate->kind == PREDICATE_EQUAL && !node_text_equals(evaluator, child, predicate->value, &is_equal))
			return false;
		if (is_equal) {
			*ret_holds = predicate->kind != PREDICATE_ABSENT;
			return true;
		}
	}
	return true;
}

/* --- filters of JSON --- */

/* A number's digits without what does not change it: 1, 1.0 and 10e-1 are one value. */
struct plain_number {
	char digits[64];
	size_t count;
	int64_t exponent; /* of the last digit */
	bool is_negative;
};

/* False where it has more digits than any number that a person writes into a dialect. */
static bool read_plain_number(struct slice text, struct plain_number *ret_number)
{
	struct plain_number number = {.count = 0};
	bool is_fraction = false;
	size_t i = 0;

	number.is_negative = text.size > 0 && text.data[0] == '-';
	for (i = number.is_negative ? 1 : 0; i < text.size; i++) {
		const char byte = text.data[i];

		if (byte == '.') {
			is_fraction = true;
			continue;
		}
		if (byte < '0' || byte > '9')
			break;
		if (is_fraction)
			number.exponent--;
		if (byte == '0' && number.count == 0)
			continue;
		if (number.count == sizeof number.digits)
			return false;
		number.digits[number.count++] = byte;
	}
	if (i < text.size) {
		int64_t exponent;
		const bool is_signed = i + 1 < text.size && text.data[i + 1] == '+';
		const size_t skip = i + (is_signed ? 2 : 1);

		if (skip > text.size ||
		    !number_parse_integer(slice_make(text.data + skip, text.size - skip), -1000000, 1000000, &exponent))
			return false;
		number.exponent += exponent;
	}
	while (number.count > 0 && number.digits[number.count - 1] == '0') {
		number.count--;
		number.exponent++;
	}
	if (number.count == 0)
		number = (struct plain_number){.count = 0};
	*ret_number = number;
	return true;
}

static bool equal_numbers(struct slice left, struct slice right)
{
	struct plain_number a;
	struct plain_number b;

	if (slice_equal(left, right))
		return true;
	return read_plain_number(left, &a) && read_plain_number(right, &b) && a.count == b.count && a.exponent == b.exponent &&
	       a.is_negative == b.is_negative && memcmp(a.digits, b.digits, a.count) == 0;
}

static bool equals_literal(const struct record_node *node, const struct bound_predicate *predicate)
{
	switch (predicate->literal) {
	case LITERAL_TEXT:
	case LITERAL_STRING:
		return node->type == RECORD_STRING && slice_equal(node->text, predicate->value);
	case LITERAL_NUMBER:
		return node->type == RECORD_NUMBER && equal_numbers(node->text, predicate->value);
	case LITERAL_BOOL:
		return node->type == RECORD_BOOL && slice_equal(node->text, predicate->value);
	case LITERAL_NULL:
		break;
	}
	return node->type == RECORD_NULL;
}

/* The member of an object, or RECORD_NONE. */
static uint32_t find_member(struct evaluator *evaluator, uint32_t node, uint32_t name)
{
	const struct record_node *nodes = evaluator->record->nodes;
	uint32_t child = nodes[node].first_child;

	for (; child != RECORD_NONE && nodes[child].local != name; child = nodes[child].next_sibling)
		evaluator->work++;
	return child;
}

static bool test_member(struct evaluator *evaluator, const struct bound_predicate *predicate, uint32_t node)
{
	for (size_t i = 0; i < predicate->member_count && node != RECORD_NONE; i++)
		node = find_member(evaluator, node, predicate->members[i]);
	switch (predicate->kind) {
	case PREDICATE_PRESENT:
		return node != RECORD_NONE;
	case PREDICATE_ABSENT:
		return node == RECORD_NONE;
	case PREDICATE_EQUAL:
		return node != RECORD_NONE && equals_literal(&evaluator->record->nodes[node], predicate);
	case PREDICATE_DIFFERENT:
		return node == RECORD_NONE || !equals_literal(&evaluator->record->nodes[node], predicate);
	case PREDICATE_POSITION:
		break;
	}
	return false;
}

/* --- any condition --- */

/* Where a node stands among those that the step met. */
struct place {
	size_t position; /* from 1 */
	size_t count;
};

static bool test_place(const struct bound_predicate *predicate, struct place place)
{
	if (predicate->position > 0)
		return place.position == (size_t)predicate->position;
	return place.position + (size_t) - (int64_t)predicate->position == place.count + 1;
}

/* False without memory. */
static bool test_predicate(struct evaluator *evaluator, const struct bound_predicate *predicate, uint32_t node, struct place place,
                           bool *ret_holds)
{
	uint32_t attribute;

	evaluator->work++;
	if (predicate->kind == PREDICATE_POSITION) {
		*ret_holds = test_place(predicate, place);
		return true;
	}
	switch (predicate->subject) {
	case SUBJECT_SELF:
		return node_text_equals(evaluator, node, predicate->value, ret_holds);
	case SUBJECT_CHILD:
		return test_child(evaluator, predicate, node, ret_holds);
	case SUBJECT_MEMBER:
		*ret_holds = test_member(evaluator, predicate, node);
		return true;
	case SUBJECT_ATTRIBUTE:
		break;
	}
	attribute = evaluator_find_attribute(evaluator, &predicate->name, node);
	if (predicate->kind == PREDICATE_EQUAL)
		*ret_holds = attribute != RECORD_NONE &&
		             slice_equal(slice_trim(evaluator->record->attributes[attribute].value), predicate->value);
	else
		*ret_holds = (attribute != RECORD_NONE) == (predicate->kind == PREDICATE_PRESENT);
	return true;
}

bool evaluator_filter(struct evaluator *evaluator, const struct bound_step *step, size_t first)
{
	for (size_t i = 0; i < step->predicate_count; i++) {
		const size_t count = evaluator->match_count - first;
		size_t kept = first;

		for (size_t k = first; k < first + count; k++) {
			const struct place place = {.position = k - first + 1, .count = count};
			bool holds;

			if (!test_predicate(evaluator, &step->predicates[i], evaluator->matches[k].node, place, &holds))
				return false;
			if (holds)
				evaluator->matches[kept++] = evaluator->matches[k];
		}
		evaluator->match_count = kept;
	}
	return true;
}
