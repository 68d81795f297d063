/*
 * Transforms of a text on its way into a field. Results are the text itself
 * or live in the arena that is passed; input is valid UTF-8, so is the result.
 */
#pragma once

#include "base/arena.h"

#include <stdint.h>

/* A compiled pattern (PCRE2, UTF, never JIT) and what replaces each match. */
struct replacement;

/* All replacements of a dialect set, for freeing. */
struct replacement_list {
	struct replacement *first;
};

#define REPLACEMENT_PATTERN_BYTES 2000
#define REPLACEMENT_GROUPS 20
#define REPLACEMENT_MESSAGE_SIZE 256

/*
 * Compile into `arena` and note in `list`. `with` may use $1 … ${name} and $$.
 * NULL with a message for people, or with an empty one without memory.
 */
const struct replacement *replacement_new(struct replacement_list *list, struct arena *arena, struct slice pattern,
                                          struct slice with, char ret_message[REPLACEMENT_MESSAGE_SIZE]);
void replacement_list_release(struct replacement_list *list);

/* What matching needs besides the pattern; one per reading. */
struct replacement_context;
struct replacement_context *replacement_context_new(void);
void replacement_context_free(struct replacement_context *context);

enum replacement_outcome {
	REPLACEMENT_DONE,
	REPLACEMENT_TOO_COSTLY, /* the limits of effort, depth or memory, or LIMIT_FIELD_BYTES were reached */
	REPLACEMENT_NO_MEMORY,
};

enum replacement_outcome replacement_apply(const struct replacement *replacement, struct replacement_context *context,
                                           struct arena *arena, struct slice text, struct slice *ret_text);

/* Lower or upper case of Latin, Greek and Cyrillic letters that have one of the same size; others stay. */
must_use bool transform_letter_case(struct arena *arena, struct slice text, bool to_upper, struct slice *ret_text);
