/* Values of the whole feed, and those that change along it. */
#include "dialect/mapping.h"

static struct latest_value *find_latest(struct mapper *mapper, uint32_t path)
{
	for (size_t i = 0; i < mapper->latest_count; i++)
		if (mapper->latest[i].path == path)
			return &mapper->latest[i];
	return NULL;
}

/* The first text that the path meets; empty where there is none. */
static bool read_text(struct mapper *mapper, uint32_t path, struct slice *ret_text)
{
	struct evaluator *evaluator = &mapper->evaluator;
	size_t first;
	size_t count;

	*ret_text = (struct slice){NULL, 0};
	if (!evaluator_match(evaluator, path, evaluator_scope(evaluator), &first, &count) ||
	    (count > 0 && !evaluator_text(evaluator, evaluator->matches[first], ret_text)))
		return false;
	evaluator_pop(evaluator, first);
	return true;
}

/* The first text before any record counts, since later ones would not hold for all records. */
static bool keep_first(struct mapper *mapper, uint32_t path)
{
	struct feed_text *kept = &mapper->feed_texts[path];
	struct slice text;

	if (kept->is_known || mapper->is_feed_frozen)
		return true;
	if (!read_text(mapper, path, &text))
		return false;
	if (text.size > 0 && !arena_copy(&mapper->arena, text, &kept->text))
		return false;
	kept->is_known = kept->text.size > 0;
	return true;
}

static bool keep_latest(struct mapper *mapper, struct latest_value *latest)
{
	struct slice text;

	if (!read_text(mapper, latest->path, &text))
		return false;
	buffer_clear(&latest->text);
	return text.size == 0 || buffer_append_slice(&latest->text, text) == 0;
}

int feed_value_keep(struct mapper *mapper, const struct route *route, const struct record *record, struct error *err)
{
	if (route->feed_path_count == 0 || (mapper->is_feed_frozen && mapper->latest_count == 0))
		return 0;
	mapper->is_scope_computed = false;
	arena_reset(&mapper->record_arena);
	if (!evaluator_begin(&mapper->evaluator, record))
		return error_set_memory(err);
	for (size_t i = 0; i < route->feed_path_count; i++) {
		struct latest_value *latest = find_latest(mapper, route->feed_paths[i]);

		if (latest != NULL ? !keep_latest(mapper, latest) : !keep_first(mapper, route->feed_paths[i]))
			return error_set_memory(err);
	}
	return 0;
}

void feed_value_reset(struct mapper *mapper, const struct route *route)
{
	if (route->reset_count > 0)
		mapper->is_scope_computed = false;
	for (size_t i = 0; i < route->reset_count; i++)
		buffer_clear(&mapper->latest[route->resets[i]].text);
}

void feed_value_show(struct mapper *mapper, const struct route *route)
{
	for (size_t i = 0; i < mapper->latest_count; i++) {
		struct feed_text *shown = &mapper->feed_texts[mapper->latest[i].path];

		shown->text = buffer_slice(&mapper->latest[i].text);
		shown->is_known = route->in_scope[i] && shown->text.size > 0;
	}
}
