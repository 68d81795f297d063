/*
 * One record: which rule takes it, the items that are in it, and what is left.
 *
 * All items are mapped before anything is handed on: what the outer one reads
 * must not show up in what is left of a nested one, and the reverse.
 */
#include "dialect/mapping.h"

#include <string.h>

/* What the items of one record may take together, so that a record is no multiple of what it was in the feed. */
#define RECORD_TEXT_MAX ((size_t)LIMIT_BATCH_BYTES / 2)
#define RECORD_SCRATCH_MAX ((size_t)96 * 1024 * 1024)

/* --- items --- */

/* NULL without memory. */
static struct mapped_item *add_item(struct mapper *mapper, const struct record_rule *rule, uint32_t node, size_t outer)
{
	struct mapped_item *item;

	if (!mapper_reserve(&mapper->items, mapper->item_count, &mapper->item_capacity, sizeof *mapper->items))
		return NULL;
	item = &mapper->items[mapper->item_count++];
	item->rule = rule;
	item->node = node;
	item->outer = outer;
	item->is_rejected = false;
	item->is_silent = false;
	item->definition = NULL;
	return item;
}

static void begin_item(struct mapper *mapper, size_t index)
{
	struct mapped_item *item = &mapper->items[index];
	const bool is_part = item->rule != NULL && item->rule->role == RECORD_OF_PART;

	mapper->item = index;
	mapper->rule = item->rule;
	mapper->statement = &item->statement;
	mapper->spans = item->spans;
	mapper->currency = (struct currency){.code = ""};
	memset(item->spans, 0, sizeof item->spans);
	statement_init(&item->statement, item->rule != NULL ? item->rule->kind : ITEM_SKU,
	               is_part ? STATEMENT_PART : STATEMENT_STATED);
	item->statement.record = mapper->ordinal;
	item->statement.stream_offset = mapper->record->stream_offset;
}

/* Its texts count only where there may be many items: of one they are no more than the record. */
static void end_item(struct mapper *mapper, size_t index)
{
	struct mapped_item *item = &mapper->items[index];

	item->currency = mapper->currency;
	if (index == 0 && item->rule != NULL && item->rule->nested_count == 0)
		return;
	for (size_t field = 0; field < FIELD_COUNT; field++)
		mapper->total_bytes += item->statement.fields[field].text.size + item->spans[field].size;
}

static bool is_too_large(const struct mapper *mapper)
{
	return mapper->evaluator.work > EVALUATOR_WORK_MAX || mapper->total_bytes > RECORD_TEXT_MAX ||
	       mapper->record_arena.used + mapper->json.size > RECORD_SCRATCH_MAX;
}

/* --- nested records --- */

static bool add_matches(struct mapper *mapper, const struct record_rule *rule, size_t outer)
{
	struct evaluator *evaluator = &mapper->evaluator;
	const uint32_t node = mapper->items[outer].node;
	size_t first;
	size_t count;

	evaluator_enter(evaluator, node);
	if (!evaluator_match_each(evaluator, rule->each, evaluator_scope(evaluator), &first, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct match match = evaluator->matches[first + i];
		bool holds;

		if (match.attribute != MATCH_ELEMENT || match.node <= node) /* only what is inside can be nested */
			continue;
		if (rule->when.count > 0)
			evaluator_enter(evaluator, match.node);
		if (!conditions_hold(mapper, &rule->when, match, &holds))
			return false;
		if (holds && add_item(mapper, rule, match.node, outer) == NULL)
			return false;
	}
	evaluator_pop(evaluator, first);
	return true;
}

/* The records nested in an item, put behind all that were found so far. */
static bool add_nested(struct mapper *mapper, size_t index)
{
	const struct record_rule *rule = mapper->items[index].rule;

	if (rule == NULL)
		return true;
	for (size_t i = 0; i < rule->nested_count; i++)
		if (!add_matches(mapper, &rule->nested[i], index))
			return false;
	return !rule->is_recursive || add_matches(mapper, rule, index);
}

/* --- the record --- */

/* The first rule whose condition holds; NULL where none takes the record. */
static bool choose_rule(struct mapper *mapper, const struct route *route, const struct record_rule **ret_rule)
{
	for (size_t i = 0; i < route->rule_count; i++) {
		const struct record_rule *rule = &mapper->dialect->records[route->rules[i]];
		bool holds;

		if (!conditions_hold(mapper, &rule->when, evaluator_scope(&mapper->evaluator), &holds))
			return false;
		if (holds) {
			*ret_rule = rule;
			return true;
		}
	}
	*ret_rule = NULL;
	return true;
}

static bool begin(struct mapper *mapper, const struct route *route)
{
	const struct record_rule *rule;

	arena_reset(&mapper->record_arena);
	buffer_clear(&mapper->json);
	mapper->complaint_count = 0;
	mapper->category_path_count = 0;
	mapper->category_entry_count = 0;
	mapper->item_count = 0;
	mapper->total_bytes = 0;
	if (!evaluator_begin(&mapper->evaluator, mapper->record) || !choose_rule(mapper, route, &rule) ||
	    add_item(mapper, rule, 0, ITEM_NONE) == NULL)
		return false;
	begin_item(mapper, 0);
	return true;
}

/* All items of the record, outer ones first; stops where they become too large. */
static bool map_items(struct mapper *mapper)
{
	for (size_t i = 0; i < mapper->item_count && !is_too_large(mapper); i++) {
		begin_item(mapper, i);
		if (i > 0)
			evaluator_enter(&mapper->evaluator, mapper->items[i].node);
		if (mapper->rule->role == RECORD_OF_FIELD ? !map_definition(mapper) : !map_item(mapper))
			return false;
		end_item(mapper, i);
		if (!add_nested(mapper, i))
			return false;
	}
	return true;
}

/* From the innermost item outwards: what one keeps is nothing that is left of the one around it. */
static int map_leftovers(struct mapper *mapper, struct error *err)
{
	for (size_t i = mapper->item_count; i > 0; i--) {
		struct mapped_item *item = &mapper->items[i - 1];

		if (item->is_rejected || item->is_silent || item->rule->role != RECORD_OF_ITEM)
			continue;
		mapper->item = i - 1;
		if (map_extra(mapper, item, err) != 0)
			return -1;
	}
	return 0;
}

/* May an item of the record have others nested in it, which a limit keeps from being named? */
static bool may_nest(const struct mapper *mapper)
{
	for (size_t i = 0; i < mapper->item_count; i++)
		if (mapper->items[i].rule->nested_count > 0 || mapper->items[i].rule->is_recursive)
			return true;
	return false;
}

/* The record as a whole is left out: what it names counts as rejected. */
static int reject_record(struct mapper *mapper, const char *text, bool is_counted, struct error *err)
{
	mapper->complaint_count = 0; /* of what may have stood in what was left out */
	mapper->category_path_count = 0;
	mapper->category_entry_count = 0;
	mapper->item = 0;
	mapper->counts.unnamed += may_nest(mapper);
	for (size_t i = 0; i < mapper->item_count; i++) {
		mapper->items[i].is_rejected = true;
		mapper->items[i].definition = NULL;
		mapper->items[i].is_silent |= mapper->items[i].rule->role != RECORD_OF_ITEM;
	}
	if (!mapper_complain(mapper, COMPLAINT_RECORD_LIMIT, "", slice_from(text)))
		return error_set_memory(err);
	return emit_record(mapper, is_counted, err);
}

/* No rule takes the record: read, and good for nothing. */
static int emit_unused(struct mapper *mapper, const struct route *route, struct error *err)
{
	mapper->statement->kind = mapper->dialect->records[route->rules[0]].kind;
	mapper->items[0].is_silent = true;
	end_item(mapper, 0);
	if (!mapper_complain(mapper, COMPLAINT_RECORD_UNUSED, "", (struct slice){NULL, 0}))
		return error_set_memory(err);
	return emit_record(mapper, route->is_counted, err);
}

int map_record(struct mapper *mapper, const struct route *route, struct error *err)
{
	const struct record_rule *rule;

	if (!begin(mapper, route))
		return error_set_memory(err);
	rule = mapper->rule;
	if (rule == NULL)
		return emit_unused(mapper, route, err);
	if (rule->is_counted)
		mapper->is_feed_frozen = true;
	if (!map_items(mapper))
		return error_set_memory(err);
	if (is_too_large(mapper)) {
		while (mapper->item_count > mapper->item + 1) /* found, but not looked at */
			mapper->item_count--;
		return reject_record(mapper, "what is nested in the record, or read from it, is too large", rule->is_counted, err);
	}
	if (map_leftovers(mapper, err) != 0)
		return -1;
	return emit_record(mapper, rule->is_counted, err);
}

int map_oversize(struct mapper *mapper, const struct route *route, const char *text, struct error *err)
{
	if (!begin(mapper, route))
		return error_set_memory(err);
	if (mapper->rule == NULL) { /* the condition may be about what was left out */
		mapper->items[0].rule = &mapper->dialect->records[route->rules[0]];
		begin_item(mapper, 0);
	}
	if (mapper->rule->is_counted)
		mapper->is_feed_frozen = true;
	if (mapper->rule->role == RECORD_OF_ITEM && !map_id(mapper))
		return error_set_memory(err);
	end_item(mapper, 0);
	return reject_record(mapper, text, mapper->rule->is_counted, err);
}
