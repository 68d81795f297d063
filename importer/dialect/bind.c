/* Binds a dialect to the names of one feed: which elements its reader hands over, and what for. */
#include "dialect/mapping.h"

#include "dialect/recognise.h"

/* --- selectors --- */

static bool bind_steps(struct mapper *mapper, const struct path *path, size_t count, struct feed_step **ret_steps)
{
	struct feed_step *steps = arena_alloc(&mapper->arena, (count + 1) * sizeof *steps);

	if (steps == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct path_name *name = &path->steps[i].name;

		if (path->steps[i].kind == STEP_ITEM)
			steps[i].local = FEED_STEP_ITEM;
		if (name->local.size > 0 && (steps[i].local = name_intern(mapper->names, name->local)) == NAME_NONE)
			return false;
		if (name->is_qualified && (steps[i].space = name_intern(mapper->names, name->space)) == NAME_NONE)
			return false;
	}
	*ret_steps = steps;
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

/* Elements by the first `count` steps of a path. */
struct wanted {
	const struct path *path;
	size_t count;
	bool attributes_only;
};

/* The route for these elements, made where new; the reader hands each element over once. */
static bool find_route(struct mapper *mapper, const struct wanted *wanted, struct route **ret_route)
{
	struct feed_step *steps;

	if (!bind_steps(mapper, wanted->path, wanted->count, &steps))
		return false;
	for (size_t i = 0; i < mapper->route_count; i++) {
		if (!same_steps(&mapper->selectors[i], steps, wanted->count))
			continue;
		mapper->selectors[i].attributes_only &= wanted->attributes_only;
		*ret_route = &mapper->routes[i];
		return true;
	}
	mapper->selectors[mapper->route_count] = (struct feed_selector){
		.steps = steps, .step_count = wanted->count, .attributes_only = wanted->attributes_only};
	*ret_route = &mapper->routes[mapper->route_count++];
	return true;
}

/* --- routes --- */

/* A further number behind `*count` others; the array has room for as many as the dialect has paths. */
static bool add_number(struct mapper *mapper, uint32_t **numbers, size_t *count, uint32_t number)
{
	if (*numbers == NULL)
		*numbers = arena_alloc(&mapper->arena, mapper->dialect->path_count * sizeof **numbers);
	if (*numbers == NULL)
		return false;
	(*numbers)[(*count)++] = number;
	return true;
}

static bool add_rule(struct mapper *mapper, struct route *route, size_t rule)
{
	if (route->rule_count > 0 && route->rules[route->rule_count - 1] == rule)
		return true;
	if (route->rules == NULL)
		route->rules = arena_alloc(&mapper->arena, mapper->dialect->record_count * sizeof *route->rules);
	if (route->rules == NULL)
		return false;
	route->rules[route->rule_count++] = rule;
	route->is_counted |= mapper->dialect->records[rule].is_counted;
	return true;
}

static bool bind_records(struct mapper *mapper)
{
	const struct dialect *dialect = mapper->dialect;

	for (size_t i = 0; i < dialect->record_count; i++) {
		for (size_t k = 0; k < dialect->records[i].path_count; k++) {
			const struct path *path = &dialect->paths[dialect->records[i].paths[k]];
			const struct wanted wanted = {.path = path, .count = path_element_count(path)};
			struct route *route;

			if (!find_route(mapper, &wanted, &route) || !add_rule(mapper, route, i))
				return false;
		}
	}
	return true;
}

static size_t latest_scope(const struct dialect *dialect, const struct path *path)
{
	size_t scope = 0;

	for (size_t i = 0; i < dialect->record_count; i++) {
		for (size_t k = 0; k < dialect->records[i].path_count; k++) {
			const size_t shared = path_shared_count(path, &dialect->paths[dialect->records[i].paths[k]]);

			scope = shared > scope ? shared : scope;
		}
	}
	return scope;
}

/* That a latest value has ended shows when the next element of its scope begins. */
static bool add_latest(struct mapper *mapper, uint32_t index)
{
	const struct path *path = &mapper->dialect->paths[index];
	struct latest_value *latest = &mapper->latest[mapper->latest_count];
	const struct wanted around = {.path = path, .count = latest_scope(mapper->dialect, path), .attributes_only = true};
	struct route *route;

	latest->path = index;
	latest->scope = around.count;
	buffer_init(&latest->text, LIMIT_FIELD_BYTES);
	mapper->latest_count++;
	if (around.count == 0)
		return true;
	return find_route(mapper, &around, &route) &&
	       add_number(mapper, &route->resets, &route->reset_count, (uint32_t)(mapper->latest_count - 1));
}

static bool bind_feed_values(struct mapper *mapper)
{
	const struct dialect *dialect = mapper->dialect;

	for (size_t i = 0; i < dialect->feed_count; i++) {
		for (size_t k = 0; k < dialect->feeds[i].path_count; k++) {
			const uint32_t index = dialect->feeds[i].paths[k];
			const struct path *path = &dialect->paths[index];
			const struct wanted wanted = {
				.path = path, .count = path_element_count(path), .attributes_only = !path_needs_content(path)};
			struct route *route;

			if (!find_route(mapper, &wanted, &route) ||
			    !add_number(mapper, &route->feed_paths, &route->feed_path_count, index))
				return false;
			if (dialect->feeds[i].is_latest && !add_latest(mapper, index))
				return false;
		}
	}
	return true;
}

/* Which latest values count for which records: those of an element that is around the record too. */
static bool bind_scopes(struct mapper *mapper)
{
	const struct dialect *dialect = mapper->dialect;

	for (size_t i = 0; i < mapper->route_count; i++) {
		struct route *route = &mapper->routes[i];
		const struct record_rule *rule = route->rule_count > 0 ? &dialect->records[route->rules[0]] : NULL;

		route->in_scope = arena_alloc(&mapper->arena, (mapper->latest_count + 1) * sizeof *route->in_scope);
		if (route->in_scope == NULL)
			return false;
		for (size_t k = 0; rule != NULL && k < rule->path_count; k++) {
			const struct path *record = &dialect->paths[rule->paths[k]];
			struct feed_step *steps;

			if (!bind_steps(mapper, record, path_element_count(record), &steps))
				return false;
			if (!same_steps(&mapper->selectors[i], steps, path_element_count(record)))
				continue;
			for (size_t n = 0; n < mapper->latest_count; n++) {
				const struct path *latest = &dialect->paths[mapper->latest[n].path];

				route->in_scope[n] = path_is_around(latest, mapper->latest[n].scope, record);
			}
		}
	}
	return true;
}

static bool bind_routes(struct mapper *mapper)
{
	const size_t most = mapper->dialect->path_count * 2 + 1; /* a path and what is around it */

	mapper->routes = arena_alloc(&mapper->arena, most * sizeof *mapper->routes);
	mapper->selectors = arena_alloc(&mapper->arena, most * sizeof *mapper->selectors);
	mapper->feed_texts = arena_alloc(&mapper->arena, most * sizeof *mapper->feed_texts);
	mapper->latest = arena_alloc(&mapper->arena, most * sizeof *mapper->latest);
	if (mapper->routes == NULL || mapper->selectors == NULL || mapper->feed_texts == NULL || mapper->latest == NULL)
		return false;
	if (!bind_records(mapper) || !bind_feed_values(mapper) || !bind_scopes(mapper))
		return false;
	known_bind(mapper);
	return true;
}

/* --- columns --- */

static int bind_group_columns(struct mapper *mapper, const struct evaluator_binding *binding, struct error *err)
{
	const struct csv_rule *csv = &mapper->dialect->csv;

	mapper->group_columns = arena_alloc(&mapper->arena, (csv->group_column_count + 1) * sizeof *mapper->group_columns);
	if (mapper->group_columns == NULL)
		return error_set_memory(err);
	for (size_t i = 0; i < csv->group_column_count; i++) {
		const uint32_t name = evaluator_find_column(binding, csv->group_columns[i]);

		if (name == NAME_NONE)
			return error_set(err, ERROR_DIALECT, "the table has no column '%s', by which dialect '%s' groups its rows",
			                 csv->group_columns[i].data, mapper->dialect->name);
		mapper->group_columns[mapper->group_column_count++] = name;
	}
	return 0;
}

/* A column that the table lacks has no cells to be read. */
static int bind_json_columns(struct mapper *mapper, const struct evaluator_binding *binding, struct error *err)
{
	const struct csv_rule *csv = &mapper->dialect->csv;

	mapper->json_columns = arena_alloc(&mapper->arena, (csv->json_column_count + 1) * sizeof *mapper->json_columns);
	if (mapper->json_columns == NULL)
		return error_set_memory(err);
	for (size_t i = 0; i < csv->json_column_count; i++) {
		const uint32_t name = evaluator_find_column(binding, csv->json_columns[i]);

		if (name != NAME_NONE)
			mapper->json_columns[mapper->json_column_count++] = name;
	}
	return 0;
}

int mapper_bind(struct mapper *mapper, const struct feed_root *root, struct error *err)
{
	const struct dialect *dialect = mapper->dialect;
	const struct evaluator_binding binding = {.paths = dialect->paths,
	                                          .path_count = dialect->path_count,
	                                          .preferred_space = dialect->preferred_space,
	                                          .is_grouped = dialect->csv.group_column_count > 0,
	                                          .header = dialect->format == PATH_CSV ? root->sample : NULL,
	                                          .header_row = recognise_header_row(root->sample),
	                                          .names = mapper->names,
	                                          .arena = &mapper->arena,
	                                          .record_arena = &mapper->record_arena};

	if (dialect_choose_options(dialect, mapper->options.options, mapper->options.option_count, mapper->chosen, err) != 0)
		return -1;
	if (!bind_routes(mapper))
		return error_set_memory(err);
	if (dialect->format == PATH_CSV &&
	    (bind_group_columns(mapper, &binding, err) != 0 || bind_json_columns(mapper, &binding, err) != 0))
		return -1;
	mapper->extra = extra_new(dialect, mapper->options.unknown_fields);
	if (mapper->extra == NULL)
		return error_set_memory(err);
	return evaluator_init(&mapper->evaluator, &binding, err);
}
