/* Walks bound paths over a record. */
#include "dialect/evaluate.h"

#include "dialect/evaluate_private.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(RECORD_NONE == UINT32_MAX, "slots are cleared byte by byte");

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

static bool is_group(const struct evaluator *evaluator, uint32_t node)
{
	return evaluator->is_grouped && node == 0;
}

/* Give the children of `parent` to their slots. The pointers are kept at hand: this is done for every element of every record. */
static void fill_slots(const struct evaluator *evaluator, uint32_t parent)
{
	const struct record_node *const nodes = evaluator->record->nodes;
	const uint16_t *const slot_by_name = evaluator->slot_by_name;
	uint32_t *const first_by_slot = evaluator->first_by_slot;
	uint32_t *const last_by_slot = evaluator->last_by_slot;
	uint32_t *const next_same = evaluator->next_same;

	for (uint32_t node = nodes[parent].first_child; node != RECORD_NONE; node = nodes[node].next_sibling) {
		const uint32_t name = nodes[node].local;
		const uint32_t slot = name < EVALUATOR_NAME_IDS ? slot_by_name[name] : EVALUATOR_SLOT_NONE;

		if (slot == EVALUATOR_SLOT_NONE)
			continue;
		next_same[node] = RECORD_NONE;
		if (first_by_slot[slot] == RECORD_NONE)
			first_by_slot[slot] = node;
		else
			next_same[last_by_slot[slot]] = node;
		last_by_slot[slot] = node;
	}
}

void evaluator_enter(struct evaluator *evaluator, uint32_t node)
{
	const struct record_node *nodes = evaluator->record->nodes;

	evaluator->scope = node;
	memset(evaluator->first_by_slot, 0xff, (evaluator->slot_count + 1) * sizeof *evaluator->first_by_slot); /* RECORD_NONE */
	if (!is_group(evaluator, node)) {
		fill_slots(evaluator, node);
		return;
	}
	for (uint32_t row = nodes[node].first_child; row != RECORD_NONE; row = nodes[row].next_sibling)
		fill_slots(evaluator, row);
}

bool evaluator_begin(struct evaluator *evaluator, const struct record *record)
{
	evaluator->record = record;
	evaluator->match_count = 0;
	evaluator->work = 0;
	if (!reserve_nodes(evaluator, record->node_count) || !reserve_attributes(evaluator, record->attribute_count))
		return false;
	memset(evaluator->node_used, 0, record->node_count);
	memset(evaluator->attribute_used, 0, record->attribute_count);
	evaluator_enter(evaluator, 0);
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

static inline bool push_node(struct evaluator *evaluator, uint32_t node)
{
	return push(evaluator, (struct match){.node = node, .attribute = MATCH_ELEMENT});
}

/* A repeated key of an object lost its name, and is not met by any. */
static inline bool is_hidden(const struct record_node *nodes, uint32_t node)
{
	return nodes[node].local == NAME_NONE && nodes[nodes[node].parent].type == RECORD_OBJECT;
}

/* The best of the names among what `first` begins: children of a node, or those of one name. */
static bool push_best(struct evaluator *evaluator, const struct bound_step *step, uint32_t first, const uint32_t *next_same)
{
	const struct record_node *nodes = evaluator->record->nodes;
	enum name_rank best = NAME_NO_MATCH;
	enum name_rank worst = NAME_PREFERRED;

	for (uint32_t child = first; child != RECORD_NONE;
	     child = next_same != NULL ? next_same[child] : nodes[child].next_sibling) {
		const enum name_rank rank = evaluator_rank(evaluator, &step->name, &nodes[child]);

		evaluator->work++;
		best = rank < best ? rank : best;
		worst = rank > worst ? rank : worst;
	}
	if (best == NAME_NO_MATCH)
		return true;
	for (uint32_t child = first; child != RECORD_NONE; child = next_same != NULL ? next_same[child] : nodes[child].next_sibling)
		if ((best == worst || evaluator_rank(evaluator, &step->name, &nodes[child]) == best) && !is_hidden(nodes, child) &&
		    !push_node(evaluator, child))
			return false;
	return true;
}

static bool column_fits(const struct bound_step *step, uint32_t name)
{
	if (step->kind == STEP_COLUMNS)
		return name < EVALUATOR_NAME_IDS && (step->columns[name / 64] >> name % 64 & 1) != 0;
	return step->name.local == NAME_NONE || step->name.local == name;
}

/* Cells of a row, or of all rows of a group. */
static bool push_cells(struct evaluator *evaluator, const struct bound_step *step, uint32_t parent)
{
	const struct record_node *nodes = evaluator->record->nodes;
	const bool has_rows = is_group(evaluator, parent);

	for (uint32_t row = has_rows ? nodes[parent].first_child : parent; row != RECORD_NONE;
	     row = has_rows ? nodes[row].next_sibling : RECORD_NONE) {
		for (uint32_t cell = nodes[row].first_child; cell != RECORD_NONE; cell = nodes[cell].next_sibling) {
			evaluator->work++;
			if (column_fits(step, nodes[cell].local) && !push_node(evaluator, cell))
				return false;
		}
	}
	return true;
}

static bool push_items(struct evaluator *evaluator, uint32_t parent)
{
	const struct record_node *nodes = evaluator->record->nodes;

	if (nodes[parent].type != RECORD_ARRAY && !is_group(evaluator, parent))
		return true;
	for (uint32_t item = nodes[parent].first_child; item != RECORD_NONE; item = nodes[item].next_sibling) {
		evaluator->work++;
		if (!push_node(evaluator, item))
			return false;
	}
	return true;
}

static bool push_children(struct evaluator *evaluator, const struct bound_step *step, uint32_t parent)
{
	const struct record_node *nodes = evaluator->record->nodes;
	const bool is_indexed = parent == evaluator->scope && step->slot != EVALUATOR_SLOT_NONE;
	uint32_t first;

	if (!is_indexed)
		return is_group(evaluator, parent) ? push_cells(evaluator, step, parent)
		                                   : push_best(evaluator, step, nodes[parent].first_child, NULL);
	first = evaluator->first_by_slot[step->slot];
	if (first == RECORD_NONE)
		return true;
	if (evaluator->next_same[first] == RECORD_NONE) /* the common case: one of that name */
		return evaluator_rank(evaluator, &step->name, &nodes[first]) == NAME_NO_MATCH || push_node(evaluator, first);
	return push_best(evaluator, step, first, evaluator->next_same);
}

static bool push_attributes(struct evaluator *evaluator, const struct bound_name *name, uint32_t node)
{
	const struct record_node *element = &evaluator->record->nodes[node];
	uint32_t found;

	if (name->local != NAME_NONE) {
		found = evaluator_find_attribute(evaluator, name, node);
		return found == RECORD_NONE || push(evaluator, (struct match){.node = node, .attribute = found});
	}
	for (uint32_t i = element->first_attribute; i < element->first_attribute + element->attribute_count; i++)
		if ((!name->is_qualified || evaluator->record->attributes[i].space == name->space) &&
		    !push(evaluator, (struct match){.node = node, .attribute = i}))
			return false;
	return true;
}

/* --- whole paths --- */

static bool push_self(struct evaluator *evaluator, const struct bound_step *step, struct match context)
{
	if (step->name.local != NAME_NONE || step->name.is_qualified) {
		if (evaluator_rank(evaluator, &step->name, &evaluator->record->nodes[context.node]) == NAME_NO_MATCH)
			return true;
	}
	return push(evaluator, context);
}

/* The element around an element; that of an attribute is its own. */
static bool push_parent(struct evaluator *evaluator, struct match context)
{
	const uint32_t parent = context.attribute == MATCH_ELEMENT ? evaluator->record->nodes[context.node].parent : context.node;

	return parent == RECORD_NONE || push_node(evaluator, parent);
}

static bool push_step(struct evaluator *evaluator, const struct bound_step *step, struct match context)
{
	const size_t first = evaluator->match_count;
	bool is_pushed = true;

	switch (step->kind) {
	case STEP_CHILD:
	case STEP_COLUMN:
		is_pushed = push_children(evaluator, step, context.node);
		break;
	case STEP_COLUMNS:
		is_pushed = push_cells(evaluator, step, context.node);
		break;
	case STEP_ITEM:
		is_pushed = push_items(evaluator, context.node);
		break;
	case STEP_ATTRIBUTE:
		is_pushed = push_attributes(evaluator, &step->name, context.node);
		break;
	case STEP_TEXT:
		is_pushed = push(evaluator, (struct match){.node = context.node, .attribute = MATCH_OWN_TEXT});
		break;
	case STEP_NAME:
		is_pushed = push(evaluator, (struct match){.node = context.node, .attribute = MATCH_NAME});
		break;
	case STEP_SELF:
		is_pushed = push_self(evaluator, step, context);
		break;
	case STEP_PARENT:
		is_pushed = push_parent(evaluator, context);
		break;
	case STEP_ROOT:
		is_pushed = push_node(evaluator, 0);
		break;
	}
	return is_pushed && (step->predicate_count == 0 || evaluator_filter(evaluator, step, first));
}

/* Takes the matches below `begin` away; those from there on stay, from `base` on. */
static void close_gap(struct evaluator *evaluator, size_t base, size_t begin)
{
	const size_t count = evaluator->match_count - begin;

	if (begin > base)
		memmove(evaluator->matches + base, evaluator->matches + begin, count * sizeof *evaluator->matches);
	evaluator->match_count = base + count;
}

static bool is_array(const struct evaluator *evaluator, struct match match)
{
	return match.attribute == MATCH_ELEMENT && evaluator->record->nodes[match.node].type == RECORD_ARRAY;
}

static bool is_empty_array(const struct evaluator *evaluator, struct match match)
{
	return is_array(evaluator, match) && evaluator->record->nodes[match.node].first_child == RECORD_NONE;
}

/* The items of an array, and of arrays in it; nodes are in document order. */
static bool push_deep_items(struct evaluator *evaluator, uint32_t array)
{
	const struct record_node *nodes = evaluator->record->nodes;
	uint32_t node = array + 1;

	while (node < nodes[array].end) {
		evaluator->work++;
		if (nodes[node].type == RECORD_ARRAY) {
			node++;
			continue;
		}
		if (!push_node(evaluator, node))
			return false;
		node = nodes[node].end;
	}
	return true;
}

/* Each array among the matches from `base` on becomes its items. */
static bool expand_arrays(struct evaluator *evaluator, size_t base)
{
	const size_t end = evaluator->match_count;
	size_t first = base;

	if (evaluator->record->nodes[0].type == RECORD_ELEMENT) /* XML has none */
		return true;
	while (first < end && !is_array(evaluator, evaluator->matches[first]))
		first++;
	if (first == end)
		return true;
	for (size_t i = first; i < end; i++) {
		const struct match match = evaluator->matches[i];

		if (!is_array(evaluator, match) || is_empty_array(evaluator, match)) {
			if (!push(evaluator, match))
				return false;
		} else if (!push_deep_items(evaluator, match.node)) {
			return false;
		}
	}
	close_gap(evaluator, first, end);
	return true;
}

bool evaluator_match_whole(struct evaluator *evaluator, uint32_t path, struct match context, size_t *ret_first, size_t *ret_count)
{
	const struct bound_path *bound = &evaluator->paths[path];
	const enum step_kind kind = bound->steps[0].kind;
	const size_t base = evaluator->match_count;
	size_t begin = base;

	*ret_first = base;
	*ret_count = 0;
	if (evaluator->work > EVALUATOR_WORK_MAX)
		return true;
	if (context.attribute != MATCH_ELEMENT && kind != STEP_SELF && kind != STEP_PARENT && kind != STEP_ROOT)
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
	close_gap(evaluator, base, begin);
	*ret_count = evaluator->match_count - base;
	return true;
}

bool evaluator_match(struct evaluator *evaluator, uint32_t path, struct match context, size_t *ret_first, size_t *ret_count)
{
	if (!evaluator_match_whole(evaluator, path, context, ret_first, ret_count) || !expand_arrays(evaluator, *ret_first))
		return false;
	*ret_count = evaluator->match_count - *ret_first;
	return true;
}

static bool is_blank_cell(const struct evaluator *evaluator, struct match match)
{
	const struct record_node *node = &evaluator->record->nodes[match.node];

	return match.attribute == MATCH_ELEMENT && node->type == RECORD_STRING && slice_trim(node->text).size == 0;
}

bool evaluator_match_each(struct evaluator *evaluator, uint32_t path, struct match context, size_t *ret_first, size_t *ret_count)
{
	size_t kept;

	if (!evaluator_match(evaluator, path, context, ret_first, ret_count))
		return false;
	kept = *ret_first;
	for (size_t i = *ret_first; i < *ret_first + *ret_count; i++) {
		const struct match match = evaluator->matches[i];

		if (evaluator->is_table && is_blank_cell(evaluator, match))
			evaluator->node_used[match.node] = 1;
		else if (!is_empty_array(evaluator, match))
			evaluator->matches[kept++] = match;
	}
	*ret_count = kept - *ret_first;
	evaluator->match_count = kept;
	return true;
}

struct match evaluator_match_single(const struct evaluator *evaluator, uint32_t path, struct match context,
                                    enum single_outcome *ret_outcome)
{
	const struct bound_path *bound = &evaluator->paths[path];
	const struct bound_step *step = &bound->steps[0];
	uint32_t found;

	*ret_outcome = SINGLE_UNKNOWN;
	if (bound->step_count != 1 || step->predicate_count > 0 || context.attribute != MATCH_ELEMENT)
		return context;
	if (step->kind == STEP_SELF && step->name.local == NAME_NONE &&
	    evaluator->record->nodes[context.node].type != RECORD_ARRAY) {
		*ret_outcome = SINGLE_FOUND;
		return context;
	}
	if (step->kind == STEP_ATTRIBUTE && step->name.local != NAME_NONE) {
		found = evaluator_find_attribute(evaluator, &step->name, context.node);
		*ret_outcome = found == RECORD_NONE ? SINGLE_ABSENT : SINGLE_FOUND;
		return (struct match){.node = context.node, .attribute = found};
	}
	if (step->kind != STEP_CHILD || step->slot == EVALUATOR_SLOT_NONE || context.node != evaluator->scope)
		return context;
	found = evaluator->first_by_slot[step->slot];
	if (found == RECORD_NONE) {
		*ret_outcome = SINGLE_ABSENT;
		return context;
	}
	if (evaluator->next_same[found] != RECORD_NONE || evaluator->record->nodes[found].type == RECORD_ARRAY)
		return context;
	*ret_outcome = evaluator_rank(evaluator, &step->name, &evaluator->record->nodes[found]) == NAME_NO_MATCH ? SINGLE_ABSENT
	                                                                                                         : SINGLE_FOUND;
	return (struct match){.node = found, .attribute = MATCH_ELEMENT};
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

	if (match_is_attribute(match))
		text = evaluator->record->attributes[match.attribute].value;
	else if (match.attribute == MATCH_NAME)
		text = evaluator_name(evaluator, match);
	else if (node->type != RECORD_ELEMENT && node->type != RECORD_STRING && node->type != RECORD_NUMBER &&
	         node->type != RECORD_BOOL)
		text = (struct slice){NULL, 0};
	else if (match.attribute == MATCH_ELEMENT && node->first_child != RECORD_NONE &&
	         !record_node_value(evaluator->record, match.node, evaluator->arena, &text))
		return false;
	*ret_text = trim(text);
	return true;
}

bool evaluator_has_value(struct evaluator *evaluator, struct match match, bool *ret_has)
{
	struct slice text;

	if (match.attribute == MATCH_ELEMENT && evaluator->record->nodes[match.node].first_child != RECORD_NONE) {
		*ret_has = true;
		return true;
	}
	if (!evaluator_text(evaluator, match, &text))
		return false;
	*ret_has = text.size > 0;
	return true;
}

/* The cells of the same column: those of a group's rows are one value, said once or again and again. */
static void mark_column(struct evaluator *evaluator, uint32_t cell)
{
	const struct record_node *nodes = evaluator->record->nodes;
	const struct slice text = slice_trim(nodes[cell].text);

	for (uint32_t row = nodes[0].first_child; row != RECORD_NONE; row = nodes[row].next_sibling) {
		for (uint32_t other = nodes[row].first_child; other != RECORD_NONE; other = nodes[other].next_sibling) {
			const struct slice said = slice_trim(nodes[other].text);

			evaluator->work++;
			if (nodes[other].local == nodes[cell].local && nodes[other].first_child == RECORD_NONE &&
			    (said.size == 0 || slice_equal(said, text)))
				evaluator->node_used[other] = 1;
		}
	}
}

void evaluator_mark(struct evaluator *evaluator, struct match match)
{
	const uint32_t end = evaluator->record->nodes[match.node].end;

	if (evaluator->is_grouped && evaluator->scope == 0 && match.attribute == MATCH_ELEMENT && match.node != 0)
		mark_column(evaluator, match.node);
	if (match_is_attribute(match)) {
		evaluator->attribute_used[match.attribute] = 1;
	} else if (match.attribute != MATCH_NAME) {
		evaluator->node_used[match.node] = 1;
		if (match.attribute == MATCH_ELEMENT && end > match.node + 1) /* nearly none */
			memset(evaluator->node_used + match.node, 1, end - match.node);
	}
}

struct slice evaluator_name(const struct evaluator *evaluator, struct match match)
{
	const struct record_node *nodes = evaluator->record->nodes;
	uint32_t node = match.node;

	if (match_is_attribute(match))
		return name_text(evaluator->record->names, evaluator->record->attributes[match.attribute].local);
	while (nodes[node].local == NAME_NONE && node != 0 && nodes[nodes[node].parent].type == RECORD_ARRAY)
		node = nodes[node].parent;
	return name_text(evaluator->record->names, nodes[node].local);
}
