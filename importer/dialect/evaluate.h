/*
 * Paths bound to the names of one reading, and their evaluation on a record.
 *
 * A name without prefix is met first in the dialect's preferred namespace,
 * else in the record element's own (or none), else in any: the best of these
 * that occurs among the children counts, and the others stay unread.
 *
 * A path that ends at an array means its items. A column of a group of rows
 * means that cell in each of its rows.
 *
 * What was read into a field is marked, so that the rest can go to `extra`.
 */
#pragma once

#include "base/error.h"
#include "dialect/path.h"
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
	const uint32_t *members; /* names from the node down */
	size_t member_count;
	enum path_literal literal;
	struct slice value;
	int32_t position;
};

struct bound_step {
	enum step_kind kind; /* never STEP_COLUMN: that is a child by then */
	struct bound_name name;
	uint32_t slot;           /* of the name among the children of the scope */
	const uint64_t *columns; /* STEP_COLUMNS: a bit per name id */
	const struct bound_predicate *predicates;
	size_t predicate_count;
};

struct bound_path {
	const struct bound_step *steps;
	size_t step_count;
};

/* An element, its own text only, its name, or one of its attributes. */
struct match {
	uint32_t node;      /* RECORD_NONE = nothing */
	uint32_t attribute; /* index in the record, or one of these */
};

#define MATCH_ELEMENT RECORD_NONE
#define MATCH_OWN_TEXT (RECORD_NONE - 1)
#define MATCH_NAME (RECORD_NONE - 2)
#define MATCH_NOTHING ((struct match){.node = RECORD_NONE, .attribute = MATCH_ELEMENT})

/* Is it an attribute? */
static inline bool match_is_attribute(struct match match)
{
	return match.attribute < MATCH_NAME;
}

struct evaluator {
	const struct record *record;
	uint32_t scope;           /* the node whose children have slots: the record, or one nested in it */
	struct arena *arena;      /* for texts that have to be joined; the record's */
	struct bound_path *paths; /* by the dialect's number; a record's own path is not bound */
	uint32_t preferred_space;
	bool is_table;          /* blank cells are no items of lists */
	bool is_grouped;        /* each record is a group of rows */
	uint16_t *slot_by_name; /* by name id, 0 = no slot */
	uint32_t slot_count;
	uint32_t *first_by_slot; /* first child of that local name */
	uint32_t *last_by_slot;
	uint32_t *next_same; /* by node: the next child of the scope with its local name */
	uint8_t *node_used;  /* by node: its own text was read */
	uint8_t *attribute_used;
	size_t node_capacity;
	size_t attribute_capacity;
	struct match *matches; /* a stack */
	size_t match_count;
	size_t match_capacity;
	uint64_t work; /* nodes looked at in this record */
};

/* Nodes that paths may look at in one record. Beyond it paths meet nothing more, and the record counts as too large. */
#define EVALUATOR_WORK_MAX UINT64_C(50000000)

/* What paths are bound to. */
struct evaluator_binding {
	const struct path *paths;
	size_t path_count;
	struct slice preferred_space;
	bool is_grouped;
	bool is_whole;               /* absolute paths are walked from the root of a whole feed, not from their last element */
	const struct record *header; /* CSV: where the columns are; NULL = not known */
	uint32_t header_row;         /* its node with the columns */
	struct name_table *names;
	struct arena *arena; /* for what is bound */
	struct arena *record_arena;
};

/* Bind paths; scratch is the evaluator's. -1 without memory or names. */
must_use int evaluator_init(struct evaluator *evaluator, const struct evaluator_binding *binding, struct error *err);
void evaluator_release(struct evaluator *evaluator);

/* The column that is as good as `name` (the same, else but for case and ' ', '-', '_'), or NAME_NONE. */
uint32_t evaluator_find_column(const struct evaluator_binding *binding, struct slice name);

/* Turn to a record; nothing is marked, the record is the scope. False without memory. */
must_use bool evaluator_begin(struct evaluator *evaluator, const struct record *record);

/* Make a node of the record the scope: what the paths of a rule begin at. */
void evaluator_enter(struct evaluator *evaluator, uint32_t node);

static inline struct match evaluator_scope(const struct evaluator *evaluator)
{
	return (struct match){.node = evaluator->scope, .attribute = MATCH_ELEMENT};
}

/* Quickly: is it certain that `path` meets nothing in the scope? Most paths of a dialect do not occur in most records. */
static inline bool evaluator_is_absent(const struct evaluator *evaluator, uint32_t path)
{
	const uint32_t slot = evaluator->paths[path].steps[0].slot;

	return slot != 0 && evaluator->first_by_slot[slot] == RECORD_NONE;
}

/*
 * Push what `path` meets from `context` (in document order); the caller gives
 * them back with evaluator_pop. An array without items is met itself, as a
 * value that is empty. False without memory.
 */
must_use bool evaluator_match(struct evaluator *evaluator, uint32_t path, struct match context, size_t *ret_first,
                              size_t *ret_count);
static inline void evaluator_pop(struct evaluator *evaluator, size_t first)
{
	evaluator->match_count = first;
}

/* As evaluator_match, but an array is met itself instead of its items. */
must_use bool evaluator_match_whole(struct evaluator *evaluator, uint32_t path, struct match context, size_t *ret_first,
                                    size_t *ret_count);

/* As evaluator_match, for what `each` names: an array without items has none, and a blank cell of a table is none; it counts as read. */
must_use bool evaluator_match_each(struct evaluator *evaluator, uint32_t path, struct match context, size_t *ret_first,
                                   size_t *ret_count);

/*
 * The one match of a path that can meet at most one thing, without the stack:
 * most paths are one plain step. It counts where the outcome is SINGLE_FOUND;
 * SINGLE_UNKNOWN = ask evaluator_match.
 */
enum single_outcome { SINGLE_ABSENT, SINGLE_FOUND, SINGLE_UNKNOWN };
struct match evaluator_match_single(const struct evaluator *evaluator, uint32_t path, struct match context,
                                    enum single_outcome *ret_outcome);

/* The trimmed text of a match; an object, an array and null have none. False without memory. */
must_use bool evaluator_text(struct evaluator *evaluator, struct match match, struct slice *ret_text);

/* Is it a JSON object or array, which has members but no text? */
static inline bool evaluator_is_compound(const struct evaluator *evaluator, struct match match)
{
	const enum record_type type = evaluator->record->nodes[match.node].type;

	return (type == RECORD_OBJECT || type == RECORD_ARRAY) && match.attribute == MATCH_ELEMENT;
}

/* Has it a text that is not blank, or parts? False without memory. */
must_use bool evaluator_has_value(struct evaluator *evaluator, struct match match, bool *ret_has);

/* Note that a match was read; of a group's column also the cells of its other rows that are blank or say the same. */
void evaluator_mark(struct evaluator *evaluator, struct match match);

/* The local name of the element or attribute; of an array's item that of the array. */
struct slice evaluator_name(const struct evaluator *evaluator, struct match match);
