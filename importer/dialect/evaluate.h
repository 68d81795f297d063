/*
 * Paths bound to the names of one reading, and their evaluation on a record.
 *
 * A name without prefix is met first in the dialect's preferred namespace,
 * else in the record element's own (or none), else in any: the best of these
 * that occurs among the children counts, and the others stay unread.
 *
 * What was read into a field is marked, so that the rest can go to `extra`.
 */
#pragma once

#include "dialect/model.h"
#include "feed/record.h"

struct bound_name {
	uint32_t local; /* NAME_NONE = any */
	uint32_t space;
	bool is_qualified;
};

struct bound_predicate {
	enum predicate_kind kind;
	enum predicate_subject subject;
	struct bound_name name;
	struct slice value;
	uint32_t position;
};

struct bound_step {
	enum step_kind kind;
	struct bound_name name;
	uint32_t slot; /* of the name among the record's children */
	const struct bound_predicate *predicates;
	size_t predicate_count;
};

struct bound_path {
	const struct bound_step *steps;
	size_t step_count;
};

/* An element, its own text only, or one of its attributes. */
struct match {
	uint32_t node;      /* RECORD_NONE = nothing */
	uint32_t attribute; /* index in the record, or one of these */
};

#define MATCH_ELEMENT RECORD_NONE
#define MATCH_OWN_TEXT (RECORD_NONE - 1)
#define MATCH_RECORD ((struct match){.node = 0, .attribute = MATCH_ELEMENT})
#define MATCH_NOTHING ((struct match){.node = RECORD_NONE, .attribute = MATCH_ELEMENT})

struct evaluator {
	const struct record *record;
	struct arena *arena;      /* for texts that have to be joined; the record's */
	struct bound_path *paths; /* by the dialect's number; a record's own path is not bound */
	uint32_t preferred_space;
	uint16_t *slot_by_name; /* by name id, 0 = no slot */
	uint32_t slot_count;
	uint32_t *first_by_slot; /* first child of that local name */
	uint32_t *last_by_slot;
	uint32_t *next_same; /* by node: the next child of the record with its local name */
	uint8_t *node_used;  /* by node: its own text was read */
	uint8_t *attribute_used;
	size_t node_capacity;
	size_t attribute_capacity;
	struct match *matches; /* a stack */
	size_t match_count;
	size_t match_capacity;
};

/* Bind all paths of `dialect`; bound parts live in `arena`, scratch is the evaluator's. -1 without memory or names. */
must_use int evaluator_init(struct evaluator *evaluator, const struct dialect *dialect, struct name_table *names,
                            struct arena *arena, struct arena *record_arena, struct error *err);
void evaluator_release(struct evaluator *evaluator);

/* Turn to a record; nothing is marked. False without memory. */
must_use bool evaluator_begin(struct evaluator *evaluator, const struct record *record);

/* Quickly: is it certain that `path` meets nothing in the record? Most paths of a dialect do not occur in most records. */
static inline bool evaluator_is_absent(const struct evaluator *evaluator, uint32_t path)
{
	const uint32_t slot = evaluator->paths[path].steps[0].slot;

	return slot != 0 && evaluator->first_by_slot[slot] == RECORD_NONE;
}

/*
 * Push what `path` meets from `context` (in document order); the caller gives
 * them back with evaluator_pop. False without memory.
 */
must_use bool evaluator_match(struct evaluator *evaluator, uint32_t path, struct match context, size_t *ret_first,
                              size_t *ret_count);
static inline void evaluator_pop(struct evaluator *evaluator, size_t first)
{
	evaluator->match_count = first;
}

/*
 * The one match of a path that can meet at most one thing, without the stack:
 * most paths are one plain step. SINGLE_UNKNOWN = ask evaluator_match.
 */
enum single_outcome { SINGLE_ABSENT, SINGLE_FOUND, SINGLE_UNKNOWN };
enum single_outcome evaluator_match_single(const struct evaluator *evaluator, uint32_t path, struct match context,
                                           struct match *ret_match);

/* The trimmed text of a match. False without memory. */
must_use bool evaluator_text(struct evaluator *evaluator, struct match match, struct slice *ret_text);

/* Note that a match was read. */
void evaluator_mark(struct evaluator *evaluator, struct match match);

/* The local name of the element or attribute. */
struct slice evaluator_name(const struct evaluator *evaluator, struct match match);
