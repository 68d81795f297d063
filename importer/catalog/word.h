/* Words of feeds brought to one form and found in sorted tables. */
#pragma once

#include "base/slice.h"

/* No word of a table is longer; a longer text is none of them. */
#define WORD_MAX 64

enum word_joint {
	WORD_JOINT_KEPT, /* blanks, '_' and '-' stay as they are */
	WORD_JOINT_ONE,  /* each run of them, no-break space included, becomes one '_' */
};

struct word {
	const char *text; /* folded; tables are sorted by its bytes */
	const char *canonical;
};

/* `text` trimmed, with ASCII and Cyrillic letters in lower case, in `ret_bytes`; the empty slice where it is longer than WORD_MAX. */
struct slice word_fold(struct slice text, enum word_joint joint, char ret_bytes[WORD_MAX]);

/* The canonical word for folded `text`, or NULL. */
const char *word_find(const struct word *table, size_t count, struct slice text);
