/* The nearest known word: edit distance with transpositions of neighbours (optimal string alignment). */
#include "base/suggest.h"

#include <stdint.h>
#include <string.h>

#define SUGGEST_WORD_MAX 64 /* longer words are no names of ours */
#define SUGGEST_EDITS_MAX 3

static size_t smallest(size_t first, size_t second, size_t third)
{
	const size_t less = first < second ? first : second;

	return less < third ? less : third;
}

/* Both at most SUGGEST_WORD_MAX bytes. */
static size_t distance(struct slice left, struct slice right)
{
	size_t rows[3][SUGGEST_WORD_MAX + 1];
	size_t *before_last = rows[0];
	size_t *last = rows[1];
	size_t *row = rows[2];

	for (size_t column = 0; column <= right.size; column++)
		row[column] = column;
	for (size_t line = 1; line <= left.size; line++) {
		size_t *const spare = before_last;

		before_last = last;
		last = row;
		row = spare;
		row[0] = line;
		for (size_t column = 1; column <= right.size; column++) {
			const size_t cost = left.data[line - 1] != right.data[column - 1] ? 1 : 0;

			row[column] = smallest(last[column] + 1, row[column - 1] + 1, last[column - 1] + cost);
			if (line > 1 && column > 1 && left.data[line - 1] == right.data[column - 2] &&
			    left.data[line - 2] == right.data[column - 1] && before_last[column - 2] + 1 < row[column])
				row[column] = before_last[column - 2] + 1;
		}
	}
	return row[right.size];
}

const char *suggest_nearest(struct slice word, const char *const *known, size_t count)
{
	const char *nearest = NULL;
	size_t edits_max = word.size / 3;
	size_t nearest_edits = SIZE_MAX;

	if (word.size == 0 || word.size > SUGGEST_WORD_MAX)
		return NULL;
	if (edits_max < 1)
		edits_max = 1;
	if (edits_max > SUGGEST_EDITS_MAX)
		edits_max = SUGGEST_EDITS_MAX;
	for (size_t index = 0; index < count; index++) {
		const struct slice candidate = slice_from(known[index]);
		size_t edits;

		if (candidate.size > SUGGEST_WORD_MAX)
			continue;
		edits = distance(word, candidate);
		if (edits <= edits_max && edits < nearest_edits) {
			nearest = known[index];
			nearest_edits = edits;
		}
	}
	return nearest;
}
