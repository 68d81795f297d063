/* Matching of element paths by sets of selectors. */
#include "feed/selection.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

#define WORD_BITS 64

int selection_init(struct selection *selection, struct feed_selection wanted, struct error *err)
{
	const size_t word_count = wanted.selector_count / WORD_BITS + 1;

	*selection = (struct selection){.wanted = wanted, .word_count = word_count};
	selection->alive = calloc((LIMIT_DEPTH + 2) * word_count, sizeof(*selection->alive));
	selection->ended = calloc(word_count, sizeof(*selection->ended));
	if (selection->alive == NULL || selection->ended == NULL) {
		selection_release(selection);
		return error_set_memory(err);
	}
	for (size_t i = 0; i < wanted.selector_count; i++) {
		if (wanted.selectors[i].step_count > 0)
			selection->alive[i / WORD_BITS] |= UINT64_C(1) << i % WORD_BITS;
	}
	return 0;
}

void selection_release(struct selection *selection)
{
	free(selection->alive);
	free(selection->ended);
	*selection = (struct selection){.alive = NULL};
}

enum selection_match selection_enter(struct selection *selection, size_t depth, struct feed_step step)
{
	uint64_t any_alive = 0;
	uint64_t any_ended = 0;

	for (size_t word = 0; word < selection->word_count; word++) {
		uint64_t parents = selection->alive[(depth - 1) * selection->word_count + word];
		uint64_t alive = 0;
		uint64_t ended = 0;

		for (; parents != 0; parents &= parents - 1) {
			const unsigned bit = (unsigned)__builtin_ctzll(parents);
			const struct feed_selector *selector = &selection->wanted.selectors[word * WORD_BITS + bit];

			if (!feed_step_fits(selector->steps[depth - 1], step))
				continue;
			if (selector->step_count == depth)
				ended |= UINT64_C(1) << bit;
			else
				alive |= UINT64_C(1) << bit;
		}
		selection->alive[depth * selection->word_count + word] = alive;
		selection->ended[word] = ended;
		any_alive |= alive;
		any_ended |= ended;
	}
	if (any_ended)
		return SELECTION_ENDED;
	return any_alive ? SELECTION_PASSED : SELECTION_NONE;
}

size_t selection_next(const struct selection *selection, size_t from, bool attributes_only)
{
	for (size_t i = from; i < selection->wanted.selector_count; i++) {
		if ((selection->ended[i / WORD_BITS] >> i % WORD_BITS & 1) &&
		    selection->wanted.selectors[i].attributes_only == attributes_only)
			return i;
	}
	return SIZE_MAX;
}
