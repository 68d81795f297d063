/* Binds paths to names and walks them over a record. */
#include "dialect/evaluate.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

#define SLOT_NONE 0u
#define NAME_IDS (LIMIT_NAMES + 2)

/* --- binding --- */

struct binder {
	struct evaluator *evaluator;
	struct name_table *names;
	struct arena *arena;
};

static bool bind_name(const struct binder *binder, const struct path_name *name, struct bound_name *ret_bound)
{
	*ret_bound = (struct bound_name){.local = NAME_NONE, .is_qualified = name->is_qualified};
	if (name->local.size > 0 && (ret_bound->local = name_intern(binder->names, name->local)) == NAME_NONE)
		return false;
	if (name->is_qualified && (ret_bound->space = name_intern(binder->names, name->space)) == NAME_NONE)
		return false;
	return ret_bound->local < NAME_IDS;
}

/* First steps that name children get a slot, filled once per record. */
static uint32_t bind_slot(const struct binder *binder, const struct bound_step *step)
{
	uint16_t *slot = &binder->evaluator->slot_by_name[step->name.local];

	if (step->kind != STEP_CHILD || step->name.local == NAME_NONE)
		return SLOT_NONE;
	if (*slot == SLOT_NONE)
		*slot = (uint16_t)++binder->evaluator->slot_count;
	return *slot;
}

static bool bind_predicates(const struct binder *binder, const struct path_step *step, struct bound_step *bound)
{
	struct bound_predicate *predicates;

	if (step->predicate_count == 0)
		return true;
	predicates = arena_alloc(binder->arena, step->predicate_count * sizeof *predicates);
	if (predicates == NULL)
		return false;
	for (size_t i = 0; i < step->predicate_count; i++) {
		const struct path_predicate *from = &step->predicates[i];

		predicates[i] = (struct bound_predicate){
			.kind = from->kind, .subject = from->subject, .value = from->value, .position = from->position};
		if (!bind_name(binder, &from->name, &predicates[i].name))
			return false;
	}
	bound->predicates = predicates;
	bound->predicate_count = step->predicate_count;
	return true;
}

/* An absolute path of a feed value is bound from its last element on, which is the record handed over for it. */
static bool bind_path(const struct binder *binder, const struct path *path, struct bound_path *ret_bound)
{
	const size_t skipped = path->is_absolute ? path_element_count(path) - 1 : 0;
	const size_t count = path->step_count - skipped;
	struct bound_step *steps = arena_alloc(binder->arena, count * sizeof *steps);

	if (steps == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct path_step *from = &path->steps[skipped + i];

		steps[i].kind = path->is_absolute && i == 0 ? STEP_SELF : from->kind;
		if (!bind_name(binder, &from->name, &steps[i].name) || !bind_predicates(binder, from, &steps[i]))
			return false;
		if (i == 0)
			steps[i].slot = bind_slot(binder, &steps[i]);
	}
	*ret_bound = (struct bound_path){.steps = steps, .step_count = count};
	return true;
}

int evaluator_init(struct evaluator *evaluator, const struct dialect *dialect, struct name_table *names, struct arena *arena,
                   struct arena *record_arena, struct error *err)
{
	const struct binder binder = {.evaluator = evaluator, .names = names, .arena = arena};

	*evaluator = (struct evaluator){.arena = record_arena};
	evaluator->slot_by_name = arena_alloc(arena, NAME_IDS * sizeof *evaluator->slot_by_name);
	evaluator->paths = arena_alloc(arena, (dialect->path_count + 1) * sizeof *evaluator->paths);
	if (evaluator->slot_by_name == NULL || evaluator->paths == NULL)
		return error_set_memory(err);
	if (dialect->preferred_space.size > 0 &&
	    (evaluator->preferred_space = name_intern(names, dialect->preferred_space)) == NAME_NONE)
		return error_set_memory(err);
	for (size_t i = 0; i < dialect->path_count; i++)
		if (!bind_path(&binder, &dialect->paths[i], &evaluator->paths[i]))
			return error_set_memory(err);
	evaluator->first_by_slot = arena_alloc(arena, (evaluator->slot_count + 1) * sizeof *evaluator->first_by_slot);
	evaluator->last_by_slot = arena_alloc(arena, (evaluator->slot_count + 1) * sizeof *evaluator->last_by_slot);
	return evaluator->first_by_slot != NULL && evaluator->last_by_slot != NULL ? 0 : error_set_memory(err);
}

void evaluator_release(struct evaluator *evaluator)
{
	free(evaluator->next_same);
	free(evaluator->node_used);
	free(evaluator->attribute_used);
	free(evaluator->matches);
	*evaluator = (struct evaluator){.record = NULL};
}

/* --- a record --- */

static bool reserve_nodes(struct evaluator *evaluator, size_t count)
{
	const size_t capacity = count * 2 > 256 ? count * 2 : 256;

	if (count < evaluator->node_capacity)
		return true;
	free(evaluator->next_same);
	free(evaluator->node_used);
	evaluator->next_same = malloc(capacity * sizeof *evaluator->next_same);
	evaluator->node_used = malloc(capacity);
	evaluator->node_capacity = evaluator->next_same != NULL && evaluator->node_used != NULL ? capacity : 0;
	return evaluator->node_capacity > 0;
}

static bool reserve_attributes(struct evaluator *evaluator, size_t count)
{
	const size_t capacity = count * 2 > 256 ? count * 2 : 256;

	if (count < evaluator->attribute_capacity)
		return true;
	free(evaluator->attribute_used);
	evaluator->attribute_used = malloc(capacity);
	evaluator->attribute_capacity = evaluator->attribute_used != NULL ? capacity : 0;
	return evaluator->attribute_capacity > 0;
}

static uint32_t slot_of(const struct evaluator *evaluator, uint32_t name)
{
	return name < NAME_IDS ? evaluator->slot_by_name[name] : SLOT_NONE;
}

bool evaluator_begin(struct evaluator *evaluator, const struct record *record)
{
	evaluator->record = record;
	evaluator->match_count = 0;
	if (!reserve_nodes(evaluator, record->node_count) || !reserve_attributes(evaluator, record->attribute_count))
		return false;
	memset(evaluator->node_used, 0, record->node_count);
	memset(evaluator->attribute_used, 0, record->attribute_count);
	for (uint32_t slot = 0; slot <= evaluator->slot_count; slot++)
		evaluator->first_by_slot[slot] = RECORD_NONE;
	for (uint32_t child = record->nodes[0].first_child; child != RECORD_NONE; child = record->nodes[child].next_sibling) {
		const uint32_t slot = slot_of(evaluator, record->nodes[child].local);

		if (slot == SLOT_NONE)
			continue;
		evaluator->next_same[child] = RECORD_NONE;
		if (evaluator->first_by_slot[slot] == RECORD_NONE)
			evaluator->first_by_slot[slot] = child;
		else
			evaluator->next_same[evaluator->last_by_slot[slot]] = child;
		evaluator->last_by_slot[slot] = child;
	}
	return true;
}

static bool push(struct evaluator *evaluator, struct match match)
{
	if (evaluator->match_count == evaluator->match_capacity) {
		const size_t capacity = evaluator->match_capacity == 0 ? 64 : evaluator->match_capacity * 2;
		struct match *grown = realloc(evaluator->matches, capacity * sizeof *grown);

		if (grown == NULL)
			return false;
		evaluator->matches = grown;
		evaluator->match_capacity = capacity;
	}
	evaluator->matches[evaluator->match_count++] = match;
	return true;
}

/* --- one step --- */

enum name_rank { NAME_PREFERRED, NAME_OWN, NAME_FOREIGN, NAME_NO_MATCH };

static enum name_rank rank_node(const struct evaluator *evaluator, const struct bound_name *name, const struct record_node *node)
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

static bool push_children(struct evaluator *evaluator, const struct bound_step *step, uint32_t parent)
{
	const struct record_node *nodes = evaluator->record->nodes;
	const bool is_indexed = parent == 0 && step->slot != SLOT_NONE;
	const uint32_t first = is_indexed ? evaluator->first_by_slot[step->slot] : nodes[parent].first_child;
	enum name_rank best = NAME_NO_MATCH;

	if (is_indexed && first != RECORD_NONE &&
	    evaluator->next_same[first] == RECORD_NONE) /* the common case: one of that name */
		return rank_node(evaluator, &step->name, &nodes[first]) == NAME_NO_MATCH ||
		       push(evaluator, (struct match){.node = first, .attribute = MATCH_ELEMENT});
	for (uint32_t child = first; child != RECORD_NONE;
	     child = is_indexed ? evaluator->next_same[child] : nodes[child].next_sibling) {
		const enum name_rank rank = rank_node(evaluator, &step->name, &nodes[child]);

		best = rank < best ? rank : best;
	}
	if (best == NAME_NO_MATCH)
		return true;
	for (uint32_t child = first; child != RECORD_NONE;
	     child = is_indexed ? evaluator->next_same[child] : nodes[child].next_sibling)
		if (rank_node(evaluator, &step->name, &nodes[child]) == best &&
		    !push(evaluator, (struct match){.node = child, .attribute = MATCH_ELEMENT}))
			return false;
	return true;
}

/* The attribute called so: without a namespace first, then in any. RECORD_NONE where it is absent. */
static uint32_t find_attribute(const struct evaluator *evaluator, const struct bound_name *name, uint32_t node)
{
	const struct record_node *element = &evaluator->record->nodes[node];
	uint32_t found = RECORD_NONE;

	for (uint32_t i = element->first_attribute; i < element->first_attribute + element->attribute_count; i++) {
		const struct record_attribute *attribute = &evaluator->record->attributes[i];

		if (name->local != NAME_NONE && attribute->local != name->local)
			continue;
		if (name->is_qualified) {
			if (attribute->space == name->space)
				return i;
		} else if (attribute->space == NAME_NONE) {
			return i;
		} else if (found == RECORD_NONE) {
			found = i;
		}
	}
	return found;
}

static bool push_attributes(struct evaluator *evaluator, const struct bound_name *name, uint32_t node)
{
	const struct record_node *element = &evaluator->record->nodes[node];
	uint32_t found;

	if (name->local != NAME_NONE) {
		found = find_attribute(evaluator, name, node);
		return found == RECORD_NONE || push(evaluator, (struct match){.node = node, .attribute = found});
	}
	for (uint32_t i = element->first_attribute; i < element->first_attribute + element->attribute_count; i++)
		if ((!name->is_qualified || evaluator->record->attributes[i].space == name->space) &&
		    !push(evaluator, (struct match){.node = node, .attribute = i}))
			return false;
	return true;
}

/* --- conditions --- */

static bool node_text_equals(struct evaluator *evaluator, uint32_t node, struct slice value, bool *ret_equal)
{
	struct slice text;

	if (!evaluator_text(evaluator, (struct match){.node = node, .attribute = MATCH_ELEMENT}, &text))
		return false;
	*ret_equal = slice_equal(text, value);
	return true;
}

static bool test_child(struct evaluator *evaluator, const struct bound_predicate *predicate, uint32_t node, bool *ret_holds)
{
	const struct record_node *nodes = evaluator->record->nodes;

	*ret_holds = predicate->kind == PREDICATE_ABSENT;
	for (uint32_t child = nodes[node].first_child; child != RECORD_NONE; child = nodes[child].next_sibling) {
		bool is_equal = true;

		if (rank_node(evaluator, &predicate->name, &nodes[child]) == NAME_NO_MATCH)
			continue;
		if (predicate->kind == PREDICATE_EQUAL && !node_text_equals(evaluator, child, predicate->value, &is_equal))
			return false;
		if (is_equal) {
			*ret_holds = predicate->kind != PREDICATE_ABSENT;
			return true;
		}
	}
	return true;
}

/* False without memory. */
static bool test_predicate(struct evaluator *evaluator, const struct bound_predicate *predicate, uint32_t node, uint32_t position,
                           bool *ret_holds)
{
	uint32_t attribute;

	if (predicate->kind == PREDICATE_POSITION) {
		*ret_holds = position == predicate->position;
		return true;
	}
	if (predicate->subject == SUBJECT_SELF)
		return node_text_equals(evaluator, node, predicate->value, ret_holds);
	if (predicate->subject == SUBJECT_CHILD)
		return test_child(evaluator, predicate, node, ret_holds);
	attribute = find_attribute(evaluator, &predicate->name, node);
	if (predicate->kind == PREDICATE_EQUAL)
		*ret_holds = attribute != RECORD_NONE &&
		             slice_equal(slice_trim(evaluator->record->attributes[attribute].value), predicate->value);
	else
		*ret_holds = (attribute != RECORD_NONE) == (predicate->kind == PREDICATE_PRESENT);
	return true;
}

/* Keep the matches from `first` on that meet the step's conditions, one condition after the other as XPath does. */
static bool filter(struct evaluator *evaluator, const struct bound_step *step, size_t first)
{
	for (size_t i = 0; i < step->predicate_count; i++) {
		size_t kept = first;

		for (size_t k = first; k < evaluator->match_count; k++) {
			bool holds;

			if (!test_predicate(evaluator, &step->predicates[i], evaluator->matches[k].node, (uint32_t)(k - first) + 1,
			                    &holds))
				return false;
			if (holds)
				evaluator->matches[kept++] = evaluator->matches[k];
		}
		evaluator->match_count = kept;
	}
	return true;
}

/* --- whole paths --- */

static bool push_step(struct evaluator *evaluator, const struct bound_step *step, struct match context)
{
	const size_t first = evaluator->match_count;
	bool is_pushed = true;

	switch (step->kind) {
	case STEP_CHILD:
		is_pushed = push_children(evaluator, step, context.node);
		break;
	case STEP_ATTRIBUTE:
		is_pushed = push_attributes(evaluator, &step->name, context.node);
		break;
	case STEP_TEXT:
		is_pushed = push(evaluator, (struct match){.node = context.node, .attribute = MATCH_OWN_TEXT});
		break;
	case STEP_SELF:
		is_pushed = push(evaluator, context);
		break;
	}
	return is_pushed && (step->predicate_count == 0 || filter(evaluator, step, first));
}

bool evaluator_match(struct evaluator *evaluator, uint32_t path, struct match context, size_t *ret_first, size_t *ret_count)
{
	const struct bound_path *bound = &evaluator->paths[path];
	const size_t base = evaluator->match_count;
	size_t begin = base;

	*ret_first = base;
	*ret_count = 0;
	if (context.attribute != MATCH_ELEMENT && bound->steps[0].kind != STEP_SELF)
		return true; /* an attribute has no parts */
	if (!push_step(evaluator, &bound->steps[0], context))
		return false;
	for (size_t i = 1; i < bound->step_count; i++) {
		const size_t end = evaluator->match_count;

		for (size_t k = begin; k < end; k++)
			if (!push_step(evaluator, &bound->steps[i], evaluator->matches[k]))
				return false;
		begin = end;
	}
	*ret_count = evaluator->match_count - begin;
	if (begin > base) {
		memmove(evaluator->matches + base, evaluator->matches + begin, *ret_count * sizeof *evaluator->matches);
		evaluator->match_count = base + *ret_count;
	}
	return true;
}

enum single_outcome evaluator_match_single(const struct evaluator *evaluator, uint32_t path, struct match context,
                                           struct match *ret_match)
{
	const struct bound_path *bound = &evaluator->paths[path];
	const struct bound_step *step = &bound->steps[0];
	uint32_t child;

	if (bound->step_count != 1 || step->predicate_count > 0 || context.attribute != MATCH_ELEMENT)
		return SINGLE_UNKNOWN;
	if (step->kind == STEP_SELF) {
		*ret_match = context;
		return SINGLE_FOUND;
	}
	if (step->kind == STEP_ATTRIBUTE && step->name.local != NAME_NONE) {
		*ret_match = (struct match){.node = context.node,
		                            .attribute = find_attribute(evaluator, &step->name, context.node)};
		return ret_match->attribute == RECORD_NONE ? SINGLE_ABSENT : SINGLE_FOUND;
	}
	if (step->kind != STEP_CHILD || step->slot == SLOT_NONE || context.node != 0)
		return SINGLE_UNKNOWN;
	child = evaluator->first_by_slot[step->slot];
	if (child == RECORD_NONE)
		return SINGLE_ABSENT;
	if (evaluator->next_same[child] != RECORD_NONE)
		return SINGLE_UNKNOWN;
	*ret_match = (struct match){.node = child, .attribute = MATCH_ELEMENT};
	return rank_node(evaluator, &step->name, &evaluator->record->nodes[child]) == NAME_NO_MATCH ? SINGLE_ABSENT : SINGLE_FOUND;
}

/* Most texts begin and end in a plain byte and need no look at what white space Unicode has. */
static inline struct slice trim(struct slice text)
{
	if (text.size > 0 && (unsigned char)(text.data[0] - '!') < 0x5e && (unsigned char)(text.data[text.size - 1] - '!') < 0x5e)
		return text;
	return slice_trim(text);
}

bool evaluator_text(struct evaluator *evaluator, struct match match, struct slice *ret_text)
{
	const struct record_node *node = &evaluator->record->nodes[match.node];
	struct slice text = node->text;

	if (match.attribute < MATCH_OWN_TEXT)
		text = evaluator->record->attributes[match.attribute].value;
	else if (match.attribute == MATCH_ELEMENT && node->first_child != RECORD_NONE &&
	         !record_node_value(evaluator->record, match.node, evaluator->arena, &text))
		return false;
	*ret_text = trim(text);
	return true;
}

void evaluator_mark(struct evaluator *evaluator, struct match match)
{
	if (match.attribute < MATCH_OWN_TEXT)
		evaluator->attribute_used[match.attribute] = 1;
	else if (match.attribute == MATCH_OWN_TEXT)
		evaluator->node_used[match.node] = 1;
	else
		for (uint32_t node = match.node; node < evaluator->record->nodes[match.node].end; node++)
			evaluator->node_used[node] = 1;
}

struct slice evaluator_name(const struct evaluator *evaluator, struct match match)
{
	const uint32_t name = match.attribute < MATCH_OWN_TEXT ? evaluator->record->attributes[match.attribute].local
	                                                       : evaluator->record->nodes[match.node].local;

	return name_text(evaluator->record->names, name);
}
