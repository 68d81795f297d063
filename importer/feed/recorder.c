/* Selecting, building and handing over. */
#include "feed/recorder.h"

void recorder_release(struct recorder *recorder)
{
	selection_release(&recorder->selection);
	builder_release(&recorder->builder);
}

int recorder_root(struct recorder *recorder, const struct feed_root *root, struct error *err)
{
	struct feed_selection wanted = {.selectors = NULL};
	struct feed_root told = *root;

	if (told.sample == NULL)
		told.sample = recorder->sample;
	if (recorder->sink.root(recorder->sink.context, &told, &wanted, err) < 0)
		return -1;
	return selection_init(&recorder->selection, wanted, err);
}

bool recorder_wants_place(const struct recorder *recorder)
{
	return recorder->skip_depth == 0 && recorder->record_depth == 0;
}

enum selection_match recorder_match(struct recorder *recorder, struct feed_step step)
{
	return selection_enter(&recorder->selection, recorder->depth + 1, step);
}

/* The record goes to every selector that ends at its element and is of the kind asked for. */
static int hand_over(struct recorder *recorder, uint64_t size, bool attributes_only, struct error *err)
{
	const struct feed_sink *sink = &recorder->sink;
	struct record record = builder_record(&recorder->builder, recorder->names);
	size_t selector = selection_next(&recorder->selection, 0, attributes_only);

	record.stream_offset = recorder->record_offset;
	record.stream_size = size;
	for (; selector != SIZE_MAX; selector = selection_next(&recorder->selection, selector + 1, attributes_only)) {
		if (sink->record(sink->context, selector, &record, err) < 0)
			return -1;
	}
	return 0;
}

/* Of members with one name the last counts; the sink hears of each that comes again. */
static int settle_members(struct recorder *recorder, uint32_t object, bool *ret_any, struct error *err)
{
	const struct feed_sink *sink = &recorder->sink;
	struct builder *builder = &recorder->builder;
	uint32_t child = RECORD_NONE;

	*ret_any = false;
	if (!recorder->members_are_unique || builder->nodes[object].type != RECORD_OBJECT)
		return 0;
	while ((child = builder_next_repeated(builder, object, child)) != RECORD_NONE) {
		const struct slice name = name_text(recorder->names, builder->nodes[child].local);

		*ret_any = true;
		if (sink->fault != NULL &&
		    sink->fault(sink->context, FEED_FAULT_KEY_REPEATED, builder->offsets[child], name, err) < 0)
			return -1;
	}
	return 0;
}

/* A record beyond a limit: what is known of it goes to the sink, the rest of it is skipped. */
static int leave_out(struct recorder *recorder, struct error *err)
{
	const struct feed_sink *sink = &recorder->sink;
	const char *text = recorder->builder.oversize_text;
	struct record head;
	bool any_repeated;

	if (settle_members(recorder, 0, &any_repeated, err) < 0)
		return -1;
	builder_keep_head(&recorder->builder);
	head = builder_record(&recorder->builder, recorder->names);
	head.stream_offset = recorder->record_offset;
	for (size_t selector = 0; selector < recorder->selection.wanted.selector_count; selector++) {
		const bool attributes_only = recorder->selection.wanted.selectors[selector].attributes_only;

		if (selection_next(&recorder->selection, selector, attributes_only) != selector)
			continue;
		if (sink->oversize(sink->context, selector, recorder->record_offset, &head, text, err) < 0)
			return -1;
	}
	recorder->skip_depth = recorder->record_depth;
	recorder->record_depth = 0;
	return 0;
}

static int settle(struct recorder *recorder, enum builder_outcome outcome, struct error *err)
{
	switch (outcome) {
	case BUILDER_DONE:
		return 0;
	case BUILDER_OVERSIZE:
		return leave_out(recorder, err);
	case BUILDER_MEMORY:
		break;
	}
	return error_set_memory(err);
}

static enum builder_outcome build(struct recorder *recorder, const struct recorder_element *element)
{
	enum builder_outcome outcome = builder_open(&recorder->builder, &element->node);

	for (size_t i = 0; outcome == BUILDER_DONE && i < element->attribute_count; i++)
		outcome = builder_add_attribute(&recorder->builder, element->attributes[i]);
	return outcome;
}

static int begin_record(struct recorder *recorder, uint64_t offset, bool is_whole, struct error *err)
{
	if (is_whole && ++recorder->record_count > LIMIT_RECORDS)
		return error_set(err, ERROR_LIMIT, "the feed has more than %lld records", (long long)LIMIT_RECORDS);
	builder_clear(&recorder->builder);
	recorder->record_offset = offset;
	recorder->record_depth = recorder->depth;
	return 0;
}

static int start_record(struct recorder *recorder, const struct recorder_element *element, struct error *err)
{
	const bool is_whole = selection_next(&recorder->selection, 0, false) != SIZE_MAX;

	if (begin_record(recorder, element->node.offset, is_whole, err) < 0 || settle(recorder, build(recorder, element), err) < 0)
		return -1;
	if (recorder->record_depth == 0)
		return 0;
	if (hand_over(recorder, element->size, true, err) < 0)
		return -1;
	if (!is_whole)
		recorder->record_depth = 0;
	return 0;
}

static enum selection_match enter(struct recorder *recorder, const struct recorder_element *element)
{
	return selection_enter(&recorder->selection, recorder->depth,
	                       (struct feed_step){.local = element->node.local, .space = element->node.space});
}

int recorder_start(struct recorder *recorder, const struct recorder_element *element, struct error *err)
{
	if (recorder->depth >= LIMIT_DEPTH)
		return error_set(err, ERROR_LIMIT, "elements are nested deeper than %d", LIMIT_DEPTH);
	recorder->depth++;
	if (recorder->skip_depth > 0)
		return 0;
	if (recorder->record_depth > 0)
		return settle(recorder, build(recorder, element), err);
	switch (enter(recorder, element)) {
	case SELECTION_ENDED:
		return start_record(recorder, element, err);
	case SELECTION_NONE:
		recorder->skip_depth = recorder->depth;
		break;
	case SELECTION_PASSED:
		break;
	}
	return 0;
}

static int record_leaf(struct recorder *recorder, const struct recorder_element *element, struct slice text, struct error *err)
{
	const bool is_whole = selection_next(&recorder->selection, 0, false) != SIZE_MAX;
	if (begin_record(recorder, element->node.offset, is_whole, err) < 0 ||
	    settle(recorder, builder_add_leaf(&recorder->builder, &element->node, text), err) < 0)
		return -1;
	if (recorder->record_depth > 0 &&
	    (hand_over(recorder, element->size, true, err) < 0 || (is_whole && hand_over(recorder, element->size, false, err) < 0)))
		return -1;
	recorder->record_depth = 0;
	recorder->skip_depth = 0;
	return 0;
}

int recorder_leaf(struct recorder *recorder, const struct recorder_element *element, struct slice text, struct error *err)
{
	int result = 0;

	if (recorder->skip_depth > 0)
		return 0;
	if (recorder->record_depth > 0)
		return settle(recorder, builder_add_leaf(&recorder->builder, &element->node, text), err);
	/* A leaf is no level of its own, so it may stand one below the deepest. */
	recorder->depth++;
	if (enter(recorder, element) == SELECTION_ENDED)
		result = record_leaf(recorder, element, text, err);
	recorder->depth--;
	recorder->root_closed = recorder->depth == 0;
	return result;
}

int recorder_text(struct recorder *recorder, struct slice text, struct error *err)
{
	if (recorder->record_depth == 0)
		return 0;
	return settle(recorder, builder_add_text(&recorder->builder, text), err);
}

/* The innermost node of the record has ended. */
static int close_node(struct recorder *recorder, struct error *err)
{
	struct builder *builder = &recorder->builder;
	bool any_repeated;

	if (settle_members(recorder, builder->frames[builder->depth - 1].node, &any_repeated, err) < 0)
		return -1;
	if (any_repeated)
		builder_remove_hidden(builder);
	return builder_close(builder) == BUILDER_DONE ? 0 : error_set_memory(err);
}

int recorder_end(struct recorder *recorder, uint64_t end, struct error *err)
{
	if (recorder->record_depth > 0) {
		if (close_node(recorder, err) < 0)
			return -1;
		if (recorder->depth == recorder->record_depth) {
			if (hand_over(recorder, end - recorder->record_offset, false, err) < 0)
				return -1;
			recorder->record_depth = 0;
		}
	} else if (recorder->depth == recorder->skip_depth) {
		recorder->skip_depth = 0;
	}
	recorder->depth--;
	recorder->root_closed = recorder->depth == 0;
	return 0;
}

int recorder_refuse(struct recorder *recorder, const char *text, struct error *err)
{
	if (recorder->record_depth == 0)
		return 0;
	recorder->builder.oversize_text = text;
	return leave_out(recorder, err);
}

int recorder_sample(struct recorder *recorder, struct record *ret_record, struct error *err)
{
	while (recorder->builder.depth > 0) {
		if (close_node(recorder, err) < 0)
			return -1;
	}
	*ret_record = builder_record(&recorder->builder, recorder->names);
	return 0;
}
