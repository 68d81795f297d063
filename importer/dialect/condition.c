/* `when`: does a record or a list's item fit a rule? */
#include "dialect/mapping.h"

static bool is_word(const struct condition *condition, struct slice text)
{
	for (size_t i = 0; i < condition->word_count; i++)
		if (slice_equal_folded(text, condition->words[i]))
			return true;
	return false;
}

/* Is there a match with a value, or one of the words? */
static bool is_met(struct mapper *mapper, const struct condition *condition, struct match match, bool *ret_met)
{
	struct slice text;

	if (condition->kind == CONDITION_HAS || condition->kind == CONDITION_LACKS)
		return evaluator_has_value(&mapper->evaluator, match, ret_met);
	if (!evaluator_text(&mapper->evaluator, match, &text))
		return false;
	*ret_met = is_word(condition, text);
	return true;
}

static bool condition_holds(struct mapper *mapper, const struct condition *condition, struct match context, bool *ret_holds)
{
	struct evaluator *evaluator = &mapper->evaluator;
	bool met = false;
	size_t first;
	size_t count;

	if (!evaluator_match(evaluator, condition->path, context, &first, &count))
		return false;
	for (size_t i = 0; i < count && !met; i++)
		if (!is_met(mapper, condition, evaluator->matches[first + i], &met))
			return false;
	evaluator_pop(evaluator, first);
	*ret_holds = condition->kind == CONDITION_HAS || condition->kind == CONDITION_IS ? met : !met;
	return true;
}

bool conditions_hold(struct mapper *mapper, const struct condition_list *list, struct match context, bool *ret_hold)
{
	*ret_hold = true;
	for (size_t i = 0; i < list->count && *ret_hold; i++)
		if (!condition_holds(mapper, &list->items[i], context, ret_hold))
			return false;
	return true;
}
