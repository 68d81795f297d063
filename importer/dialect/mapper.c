/* The mapper's life: made for one reading, bound to a dialect when the root is seen, fed with records. */
#include "dialect/mapping.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READING_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define RECORD_BYTES_MAX ((size_t)256 * 1024 * 1024)
#define JSON_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* --- notes --- */

bool mapper_complain(struct mapper *mapper, enum complaint_code code, const char *field, struct slice text)
{
	if (mapper->complaint_count == mapper->complaint_capacity) {
		const size_t capacity = mapper->complaint_capacity == 0 ? 32 : mapper->complaint_capacity * 2;
		struct noted_complaint *grown = realloc(mapper->complaints, capacity * sizeof *grown);

		if (grown == NULL)
			return false;
		mapper->complaints = grown;
		mapper->complaint_capacity = capacity;
	}
	mapper->complaints[mapper->complaint_count++] = (struct noted_complaint){
		.code = code, .field = slice_from(field), .text = utf8_cut(text, COMPLAINT_TEXT_MAX)};
	return true;
}

void mapper_take(struct mapper *mapper, const struct mapped_value *value)
{
	if (value->presence != PRESENCE_ABSENT && value->origin.node != RECORD_NONE)
		evaluator_mark(&mapper->evaluator, value->origin);
}

/* --- making --- */

static bool copy_options(struct mapper *mapper, const struct mapper_options *options)
{
	struct dialect_option *copies = arena_alloc(&mapper->arena, (options->option_count + 1) * sizeof *copies);

	mapper->options = *options;
	if (copies == NULL || !arena_copy(&mapper->arena, options->dialect, &mapper->options.dialect) ||
	    !arena_copy(&mapper->arena, options->language, &mapper->options.language) ||
	    !arena_copy(&mapper->arena, options->id_prefix, &mapper->options.id_prefix) ||
	    !arena_copy(&mapper->arena, options->category_prefix, &mapper->options.category_prefix))
		return false;
	for (size_t i = 0; i < options->option_count; i++)
		if (!arena_copy(&mapper->arena, options->options[i].name, &copies[i].name) ||
		    !arena_copy(&mapper->arena, options->options[i].value, &copies[i].value))
			return false;
	mapper->options.options = copies;
	return true;
}

struct mapper *mapper_new(const struct dialect_set *set, const struct mapper_options *options, struct name_table *names,
                          struct statement_sink sink, struct error *err)
{
	struct mapper *mapper;

	if (options->dialect.size > 0 &&
	    dialect_check_options(set, options->dialect, options->options, options->option_count, err) != 0)
		return NULL;
	mapper = calloc(1, sizeof *mapper);
	if (mapper == NULL) {
		(void)error_set_memory(err);
		return NULL;
	}
	mapper->set = set;
	mapper->names = names;
	mapper->sink = sink;
	arena_init(&mapper->arena, READING_BYTES_MAX);
	arena_init(&mapper->record_arena, RECORD_BYTES_MAX);
	buffer_init(&mapper->json, JSON_BYTES_MAX);
	mapper->replacement_context = replacement_context_new();
	mapper->category_paths = calloc(LIMIT_CATEGORIES_PER_ITEM, sizeof *mapper->category_paths);
	if (mapper->replacement_context == NULL || mapper->category_paths == NULL || !copy_options(mapper, options)) {
		(void)error_set_memory(err);
		mapper_free(mapper);
		return NULL;
	}
	return mapper;
}

void mapper_free(struct mapper *mapper)
{
	if (mapper == NULL)
		return;
	evaluator_release(&mapper->evaluator);
	extra_free(mapper->extra);
	replacement_context_free(mapper->replacement_context);
	buffer_release(&mapper->json);
	arena_release(&mapper->record_arena);
	arena_release(&mapper->arena);
	free(mapper->complaints);
	free(mapper->values);
	free(mapper->category_paths);
	free(mapper);
}

const char *mapper_dialect_name(const struct mapper *mapper)
{
	return mapper->dialect == NULL ? NULL : mapper->dialect->name;
}

struct mapper_counts mapper_counts(const struct mapper *mapper)
{
	return mapper->counts;
}

/* --- choosing the dialect --- */

static bool root_fits(const struct mapper *mapper, const struct dialect *dialect, const struct feed_root *root)
{
	for (size_t i = 0; i < dialect->record_count; i++) {
		for (size_t k = 0; k < dialect->records[i].path_count; k++) {
			const struct path_name *first = &dialect->paths[dialect->records[i].paths[k]].steps[0].name;

			if (first->local.size > 0 && !slice_equal(first->local, name_text(mapper->names, root->local)))
				continue;
			if (!first->is_qualified || slice_equal(first->space, name_text(mapper->names, root->space)))
				return true;
		}
	}
	return false;
}

static int refuse_root(const struct mapper *mapper, const struct feed_root *root, struct error *err)
{
	const struct slice local = name_text(mapper->names, root->local);
	const struct slice space = name_text(mapper->names, root->space);
	struct buffer known;

	buffer_init(&known, 400);
	dialect_set_append_names(mapper->set, &known);
	if (space.size > 0)
		(void)error_set(err, ERROR_DIALECT,
		                "no dialect recognises the feed's root '%.*s' of namespace '%.*s'; known dialects: %.*s",
		                (int)local.size, local.data, (int)space.size, space.data, known.size > 0 ? (int)known.size : 4,
		                known.size > 0 ? known.data : "none");
	else
		(void)error_set(err, ERROR_DIALECT, "no dialect recognises the feed's root '%.*s'; known dialects: %.*s",
		                (int)local.size, local.data, known.size > 0 ? (int)known.size : 4,
		                known.size > 0 ? known.data : "none");
	buffer_release(&known);
	return -1;
}

static const struct dialect *choose_dialect(const struct mapper *mapper, const struct feed_root *root, struct error *err)
{
	const struct slice local = name_text(mapper->names, root->local);
	const struct dialect *dialect;

	if (mapper->options.dialect.size == 0) {
		dialect = dialect_recognise(mapper->set, root, mapper->names);
		if (dialect == NULL || !root_fits(mapper, dialect, root)) {
			(void)refuse_root(mapper, root, err);
			return NULL;
		}
		return dialect;
	}
	dialect = dialect_find(mapper->set, mapper->options.dialect);
	if (dialect == NULL || !root_fits(mapper, dialect, root)) {
		(void)error_set(err, ERROR_DIALECT, "the feed's root '%.*s' does not fit dialect '%.*s'", (int)local.size,
		                local.data, (int)mapper->options.dialect.size, mapper->options.dialect.data);
		return NULL;
	}
	return dialect;
}

/* --- binding --- */

static bool bind_steps(struct mapper *mapper, const struct path *path, struct feed_step **ret_steps, size_t *ret_count)
{
	const size_t count = path_element_count(path);
	struct feed_step *steps = arena_alloc(&mapper->arena, count * sizeof *steps);

	if (steps == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct path_name *name = &path->steps[i].name;

		if (name->local.size > 0 && (steps[i].local = name_intern(mapper->names, name->local)) == NAME_NONE)
			return false;
		if (name->is_qualified && (steps[i].space = name_intern(mapper->names, name->space)) == NAME_NONE)
			return false;
	}
	*ret_steps = steps;
	*ret_count = count;
	return true;
}

static bool same_steps(const struct feed_selector *selector, const struct feed_step *steps, size_t count)
{
	if (selector->step_count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (selector->steps[i].local != steps[i].local || selector->steps[i].space != steps[i].space)
			return false;
	return true;
}

/* The route for these elements, made where new; the reader hands each element over once. */
static bool find_route(struct mapper *mapper, const struct path *path, bool attributes_only, struct route **ret_route)
{
	struct feed_step *steps;
	size_t count;

	if (!bind_steps(mapper, path, &steps, &count))
		return false;
	for (size_t i = 0; i < mapper->route_count; i++) {
		if (!same_steps(&mapper->selectors[i], steps, count))
			continue;
		mapper->selectors[i].attributes_only &= attributes_only;
		*ret_route = &mapper->routes[i];
		return true;
	}
	mapper->selectors[mapper->route_count] = (struct feed_selector){
		.steps = steps, .step_count = count, .attributes_only = attributes_only};
	*ret_route = &mapper->routes[mapper->route_count++];
	(*ret_route)->record = ROUTE_FEED;
	return true;
}

/* Are attributes enough to read this path? */
static bool needs_attributes_only(const struct path *path)
{
	const struct path_step *last = &path->steps[path_element_count(path) - 1];

	if (path->steps[path->step_count - 1].kind != STEP_ATTRIBUTE)
		return false;
	for (size_t i = 0; i < last->predicate_count; i++)
		if (last->predicates[i].subject != SUBJECT_ATTRIBUTE)
			return false;
	return true;
}

static bool bind_feed_path(struct mapper *mapper, uint32_t index)
{
	const struct path *path = &mapper->dialect->paths[index];
	struct route *route;

	if (!find_route(mapper, path, needs_attributes_only(path), &route))
		return false;
	if (route->feed_paths == NULL) {
		route->feed_paths = arena_alloc(&mapper->arena, mapper->dialect->path_count * sizeof *route->feed_paths);
		if (route->feed_paths == NULL)
			return false;
	}
	route->feed_paths[route->feed_path_count++] = index;
	return true;
}

static bool bind_routes(struct mapper *mapper)
{
	const struct dialect *dialect = mapper->dialect;
	struct route *route;

	mapper->routes = arena_alloc(&mapper->arena, (dialect->path_count + 1) * sizeof *mapper->routes);
	mapper->selectors = arena_alloc(&mapper->arena, (dialect->path_count + 1) * sizeof *mapper->selectors);
	mapper->feed_texts = arena_alloc(&mapper->arena, (dialect->path_count + 1) * sizeof *mapper->feed_texts);
	mapper->products = arena_alloc(&mapper->arena, (dialect->record_count + 1) * sizeof *mapper->products);
	if (mapper->routes == NULL || mapper->selectors == NULL || mapper->feed_texts == NULL || mapper->products == NULL)
		return false;
	for (size_t i = 0; i < dialect->record_count; i++) {
		for (size_t k = 0; k < dialect->records[i].path_count; k++) {
			if (!find_route(mapper, &dialect->paths[dialect->records[i].paths[k]], false, &route))
				return false;
			route->record = i;
		}
	}
	for (size_t i = 0; i < dialect->feed_count; i++)
		for (size_t k = 0; k < dialect->feeds[i].path_count; k++)
			if (!bind_feed_path(mapper, dialect->feeds[i].paths[k]))
				return false;
	return true;
}

static int bind(struct mapper *mapper, struct error *err)
{
	const struct dialect *dialect = mapper->dialect;
	size_t chosen[OPTION_VALUES_MAX];

	if (dialect_choose_options(dialect, mapper->options.options, mapper->options.option_count, chosen, err) != 0)
		return -1;
	if (!bind_routes(mapper))
		return error_set_memory(err);
	for (size_t i = 0; i < dialect->record_count; i++) {
		const struct record_rule *record = &dialect->records[i];

		mapper->products[i] = &record->products[record->product_option == OPTION_NONE ? 0 : chosen[record->product_option]];
	}
	mapper->extra = extra_new(dialect);
	if (mapper->extra == NULL)
		return error_set_memory(err);
	return evaluator_init(&mapper->evaluator, dialect, mapper->names, &mapper->arena, &mapper->record_arena, err);
}

/* --- the feed's sink --- */

static int on_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct mapper *mapper = context;

	mapper->dialect = choose_dialect(mapper, root, err);
	if (mapper->dialect == NULL || bind(mapper, err) != 0)
		return -1;
	*ret_selection = (struct feed_selection){.selectors = mapper->selectors, .selector_count = mapper->route_count};
	return 0;
}

/* The first text that a path of a feed value meets before any record counts: later ones would not hold for all records. */
static int keep_feed_texts(struct mapper *mapper, const struct route *route, const struct record *record, struct error *err)
{
	struct evaluator *evaluator = &mapper->evaluator;

	if (mapper->is_feed_frozen)
		return 0;
	arena_reset(&mapper->record_arena);
	if (!evaluator_begin(evaluator, record))
		return error_set_memory(err);
	for (size_t i = 0; i < route->feed_path_count; i++) {
		struct feed_text *kept = &mapper->feed_texts[route->feed_paths[i]];
		size_t first;
		size_t count;
		struct slice text;

		if (kept->is_known)
			continue;
		if (!evaluator_match(evaluator, route->feed_paths[i], MATCH_RECORD, &first, &count))
			return error_set_memory(err);
		if (count > 0 && !evaluator_text(evaluator, evaluator->matches[first], &text))
			return error_set_memory(err);
		if (count > 0 && text.size > 0 && !arena_copy(&mapper->arena, text, &kept->text))
			return error_set_memory(err);
		kept->is_known = kept->text.size > 0;
		evaluator_pop(evaluator, first);
	}
	return 0;
}

/* Turn to a record of the current route; false for feed values. */
static bool begin_record(struct mapper *mapper, const struct route *route, const struct record *record)
{
	if (route->record == ROUTE_FEED)
		return false;
	mapper->record = record;
	mapper->rule = &mapper->dialect->records[route->record];
	mapper->ordinal++;
	if (mapper->rule->kind != ITEM_CATEGORY)
		mapper->is_feed_frozen = true;
	return true;
}

static int on_record(void *context, size_t selector, const struct record *record, struct error *err)
{
	struct mapper *mapper = context;
	const struct route *route = &mapper->routes[selector];

	if (!begin_record(mapper, route, record))
		return keep_feed_texts(mapper, route, record, err);
	return map_record(mapper, mapper->products[route->record], err);
}

static int on_oversize(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
                       struct error *err)
{
	struct mapper *mapper = context;
	struct record partial = *head;

	partial.stream_offset = stream_offset;
	if (!begin_record(mapper, &mapper->routes[selector], &partial))
		return 0; /* a feed value of that size is none */
	return map_oversize(mapper, text, err);
}

static int on_undefined_bytes(void *context, uint64_t count, uint64_t stream_offset, struct error *err)
{
	struct mapper *mapper = context;
	char text[64];
	const int size = snprintf(text, sizeof text, "%llu bytes, read as U+FFFD", (unsigned long long)count);
	const struct complaint complaint = {.code = COMPLAINT_BYTE_UNDEFINED,
	                                    .kind = ITEM_SKU,
	                                    .text = slice_make(text, (size_t)size),
	                                    .record = mapper->ordinal,
	                                    .stream_offset = stream_offset};

	return mapper->sink.complaint(mapper->sink.context, &complaint, err);
}

struct feed_sink mapper_feed_sink(struct mapper *mapper)
{
	return (struct feed_sink){.context = mapper,
	                          .root = on_root,
	                          .record = on_record,
	                          .oversize = on_oversize,
	                          .undefined_bytes = on_undefined_bytes};
}
