/*
 * Which selectors the path to the current element still fits: a set for each
 * depth, so that an element costs a look at its parent's set only.
 */
#pragma once

#include "base/error.h"
#include "feed/feed.h"

struct selection {
	struct feed_selection wanted; /* its selectors are the sink's */
	size_t word_count;            /* of one set */
	uint64_t *alive;              /* a set for each depth: selectors whose path goes on below it */
	uint64_t *ended;              /* selectors whose path ends at the element entered last */
};

enum selection_match { SELECTION_NONE, SELECTION_PASSED, SELECTION_ENDED };

/* All zeroes is a selection of nothing that may be released. */
must_use int selection_init(struct selection *selection, struct feed_selection wanted, struct error *err);
void selection_release(struct selection *selection);

/*
 * An element at `depth` (the root has 1) whose parent was passed.
 * SELECTION_NONE: nothing in it is wanted. SELECTION_PASSED: perhaps something
 * below. SELECTION_ENDED: itself, see selection_next().
 */
enum selection_match selection_enter(struct selection *selection, size_t depth, struct feed_step step);

/* The first selector from `from` on that ends at the element entered last and is `attributes_only`, or not; SIZE_MAX = none. */
size_t selection_next(const struct selection *selection, size_t from, bool attributes_only);
