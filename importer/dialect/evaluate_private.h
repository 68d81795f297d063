/* Shared by the files of the evaluator. */
#pragma once

#include "base/limits.h"
#include "dialect/evaluate.h"

#define EVALUATOR_SLOT_NONE 0u
#define EVALUATOR_NAME_IDS (LIMIT_NAMES + 2)

enum name_rank { NAME_PREFERRED, NAME_OWN, NAME_FOREIGN, NAME_NO_MATCH };

static inline enum name_rank evaluator_rank(const struct evaluator *evaluator, const struct bound_name *name,
                                            const struct record_node *node)
{
	if (name->local != NAME_NONE && name->local != node->local)
		return NAME_NO_MATCH;
	if (name->is_qualified)
		return node->space == name->space ? NAME_PREFERRED : NAME_NO_MATCH;
	if (name->local == NAME_NONE) /* '*' is every child */
		return NAME_PREFERRED;
	if (evaluator->preferred_space != NAME_NONE && node->space == evaluator->preferred_space)
		return NAME_PREFERRED;
	return node->space == evaluator->record->nodes[0].space ? NAME_OWN : NAME_FOREIGN;
}

/* The attribute called so: without a namespace first, then in any. RECORD_NONE where it is absent. */
uint32_t evaluator_find_attribute(const struct evaluator *evaluator, const struct bound_name *name, uint32_t node);

/* Keep the matches from `first` on that meet the step's conditions, one condition after the other as XPath does. False without memory. */
must_use bool evaluator_filter(struct evaluator *evaluator, const struct bound_step *step, size_t first);
