/* The nearest known word to a misspelt one. */
#pragma once

#include "base/slice.h"

/*
 * The entry of `known` nearest to `word` by edit distance (with transpositions),
 * if at most a third of its length away (at least one, at most three edits); else NULL.
 */
const char *suggest_nearest(struct slice word, const char *const *known, size_t count);
