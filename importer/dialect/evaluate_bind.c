/* Binds paths to the names of one reading. */
#include "dialect/evaluate.h"

#include "base/limits.h"
#include "dialect/evaluate_private.h"

#include <string.h>

struct binder {
	struct evaluator *evaluator;
	const struct evaluator_binding *binding;
};

static bool bind_name(const struct binder *binder, const struct path_name *name, struct bound_name *ret_bound)
{
	struct name_table *names = binder->binding->names;

	*ret_bound = (struct bound_name){.local = NAME_NONE, .is_qualified = name->is_qualified};
	if (name->local.size > 0 && (ret_bound->local = name_intern(names, name->local)) == NAME_NONE)
		return false;
	if (name->is_qualified && (ret_bound->space = name_intern(names, name->space)) == NAME_NONE)
		return false;
	return ret_bound->local < EVALUATOR_NAME_IDS;
}

/* --- columns --- */

static char fold(char byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return (char)(byte - 'A' + 'a');
	return byte == '-' || byte == '_' ? ' ' : byte;
}

static bool equal_folded(struct slice left, struct slice right)
{
	if (left.size != right.size)
		return false;
	for (size_t i = 0; i < left.size; i++)
		if (fold(left.data[i]) != fold(right.data[i]))
			return false;
	return true;
}

uint32_t evaluator_find_column(const struct evaluator_binding *binding, struct slice name)
{
	const struct record *header = binding->header;
	uint32_t folded = NAME_NONE;

	if (header == NULL || header->node_count <= binding->header_row)
		return NAME_NONE;
	for (uint32_t cell = header->nodes[binding->header_row].first_child; cell != RECORD_NONE;
	     cell = header->nodes[cell].next_sibling) {
		const struct slice column = name_text(header->names, header->nodes[cell].local);

		if (slice_equal(column, name))
			return header->nodes[cell].local;
		if (folded == NAME_NONE && equal_folded(column, name))
			folded = header->nodes[cell].local;
	}
	return folded;
}

/* Does `text` fit a pattern in which '*' is any text? Goes back to the last star only, so it is quick on any input. */
static bool fits(struct slice pattern, struct slice text)
{
	size_t at = 0;
	size_t star = SIZE_MAX;
	size_t retry = 0;
	size_t i = 0;

	while (i < text.size) {
		if (at < pattern.size && pattern.data[at] == '*') {
			star = at++;
			retry = i;
		} else if (at < pattern.size && fold(pattern.data[at]) == fold(text.data[i])) {
			at++;
			i++;
		} else if (star != SIZE_MAX) {
			at = star + 1;
			i = ++retry;
		} else {
			return false;
		}
	}
	while (at < pattern.size && pattern.data[at] == '*')
		at++;
	return at == pattern.size;
}

static bool bind_columns(const struct binder *binder, struct slice pattern, struct bound_step *bound)
{
	const struct record *header = binder->binding->header;
	uint64_t *columns = arena_alloc(binder->binding->arena, (EVALUATOR_NAME_IDS / 64 + 1) * sizeof *columns);

	if (columns == NULL)
		return false;
	bound->columns = columns;
	if (header == NULL || header->node_count <= binder->binding->header_row)
		return true;
	for (uint32_t cell = header->nodes[binder->binding->header_row].first_child; cell != RECORD_NONE;
	     cell = header->nodes[cell].next_sibling) {
		const uint32_t name = header->nodes[cell].local;

		if (name < EVALUATOR_NAME_IDS && fits(pattern, name_text(header->names, name)))
			columns[name / 64] |= UINT64_C(1) << name % 64;
	}
	return true;
}

/* --- steps --- */

/* First steps that name children get a slot, filled once per record. */
static uint32_t bind_slot(const struct binder *binder, const struct bound_step *step)
{
	uint16_t *slot = &binder->evaluator->slot_by_name[step->name.local];

	if (step->kind != STEP_CHILD || step->name.local == NAME_NONE)
		return EVALUATOR_SLOT_NONE;
	if (*slot == EVALUATOR_SLOT_NONE)
		*slot = (uint16_t)++binder->evaluator->slot_count;
	return *slot;
}

static bool bind_members(const struct binder *binder, const struct path_predicate *from, struct bound_predicate *bound)
{
	uint32_t *members;

	if (from->member_count == 0)
		return true;
	members = arena_alloc(binder->binding->arena, from->member_count * sizeof *members);
	if (members == NULL)
		return false;
	for (size_t i = 0; i < from->member_count; i++) {
		struct bound_name name;

		if (!bind_name(binder, &from->members[i], &name))
			return false;
		members[i] = name.local;
	}
	bound->members = members;
	bound->member_count = from->member_count;
	return true;
}

static bool bind_predicates(const struct binder *binder, const struct path_step *step, struct bound_step *bound)
{
	struct bound_predicate *predicates;

	if (step->predicate_count == 0)
		return true;
	predicates = arena_alloc(binder->binding->arena, step->predicate_count * sizeof *predicates);
	if (predicates == NULL)
		return false;
	for (size_t i = 0; i < step->predicate_count; i++) {
		const struct path_predicate *from = &step->predicates[i];

		predicates[i] = (struct bound_predicate){.kind = from->kind,
		                                         .subject = from->subject,
		                                         .literal = from->literal,
		                                         .value = from->value,
		                                         .position = from->position};
		if (!bind_name(binder, &from->name, &predicates[i].name) || !bind_members(binder, from, &predicates[i]))
			return false;
	}
	bound->predicates = predicates;
	bound->predicate_count = step->predicate_count;
	return true;
}

static bool bind_step(const struct binder *binder, const struct path_step *from, struct bound_step *bound)
{
	bound->kind = from->kind;
	if (from->kind == STEP_COLUMNS)
		return bind_columns(binder, from->name.local, bound);
	if (from->kind == STEP_COLUMN) {
		const uint32_t column = evaluator_find_column(binder->binding, from->name.local);

		bound->kind = STEP_CHILD;
		bound->name.local = column;
		if (column != NAME_NONE)
			return column < EVALUATOR_NAME_IDS;
	}
	return bind_name(binder, &from->name, &bound->name) && bind_predicates(binder, from, bound);
}

/*
 * An absolute path of a feed value is bound from its last element on, which
 * is the record handed over for it; of a whole feed from its root.
 */
static bool bind_path(const struct binder *binder, const struct path *path, struct bound_path *ret_bound)
{
	const size_t element_count = path_element_count(path);
	const size_t skipped = path->is_absolute && !binder->binding->is_whole && element_count > 0 ? element_count - 1 : 0;
	const size_t count = path->step_count - skipped;
	struct bound_step *steps = arena_alloc(binder->binding->arena, count * sizeof *steps);

	if (steps == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!bind_step(binder, &path->steps[skipped + i], &steps[i]))
			return false;
		if (i == 0 && path->is_absolute && steps[i].kind != STEP_ROOT) {
			steps[i].kind = STEP_SELF;
			if (!binder->binding->is_whole) /* the reader has compared the name */
				steps[i].name = (struct bound_name){.local = NAME_NONE};
		}
		if (i == 0)
			steps[i].slot = bind_slot(binder, &steps[i]);
	}
	*ret_bound = (struct bound_path){.steps = steps, .step_count = count};
	return true;
}

int evaluator_init(struct evaluator *evaluator, const struct evaluator_binding *binding, struct error *err)
{
	const struct binder binder = {.evaluator = evaluator, .binding = binding};
	struct arena *arena = binding->arena;

	*evaluator = (struct evaluator){
		.arena = binding->record_arena, .is_table = binding->header != NULL, .is_grouped = binding->is_grouped};
	evaluator->slot_by_name = arena_alloc(arena, EVALUATOR_NAME_IDS * sizeof *evaluator->slot_by_name);
	evaluator->paths = arena_alloc(arena, (binding->path_count + 1) * sizeof *evaluator->paths);
	if (evaluator->slot_by_name == NULL || evaluator->paths == NULL)
		return error_set_memory(err);
	if (binding->preferred_space.size > 0 &&
	    (evaluator->preferred_space = name_intern(binding->names, binding->preferred_space)) == NAME_NONE)
		return error_set_memory(err);
	for (size_t i = 0; i < binding->path_count; i++)
		if (!bind_path(&binder, &binding->paths[i], &evaluator->paths[i]))
			return error_set_memory(err);
	evaluator->first_by_slot = arena_alloc(arena, (evaluator->slot_count + 1) * sizeof *evaluator->first_by_slot);
	evaluator->last_by_slot = arena_alloc(arena, (evaluator->slot_count + 1) * sizeof *evaluator->last_by_slot);
	return evaluator->first_by_slot != NULL && evaluator->last_by_slot != NULL ? 0 : error_set_memory(err);
}
