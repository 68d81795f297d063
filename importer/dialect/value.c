/* Reads value rules: sources in order, transforms, defaults, lists. */
#include "dialect/mapping.h"

#include "dialect/html.h"

#include <stdlib.h>
#include <string.h>

/* --- transforms --- */

/* Which step it was; 0 = none. */
static unsigned apply_words(const struct value_rule *rule, struct slice *text)
{
	for (size_t i = 0; i < rule->empty_word_count; i++) {
		if (slice_equal_folded(*text, rule->empty_words[i])) {
			*text = (struct slice){NULL, 0};
			return MAPPER_STEP_EMPTIED;
		}
	}
	for (size_t i = 0; i < rule->word_count; i++) {
		if (slice_equal_folded(*text, rule->words[i].from)) {
			*text = slice_trim(rule->words[i].to);
			return MAPPER_STEP_WORD;
		}
	}
	return 0;
}

/* False without memory. */
static bool transform(struct mapper *mapper, const struct value_rule *rule, struct mapped_value *value)
{
	struct arena *arena = &mapper->record_arena;
	struct slice before = value->text;

	trace_begin(mapper, value->text);
	if (rule->html == HTML_STRIPPED && !html_strip(arena, value->text, &value->text))
		return false;
	if (rule->html == HTML_TO_TEXT && !html_to_text(arena, value->text, &value->text))
		return false;
	trace_step(mapper, MAPPER_STEP_HTML, before, value->text);
	before = value->text;
	for (size_t i = 0; i < rule->replacement_count; i++) {
		switch (replacement_apply(rule->replacements[i], mapper->replacement_context, arena, value->text, &value->text)) {
		case REPLACEMENT_DONE:
			break;
		case REPLACEMENT_TOO_COSTLY:
			value->presence = PRESENCE_ABSENT;
			value->fault = VALUE_TOO_COSTLY;
			return true;
		case REPLACEMENT_NO_MEMORY:
			return false;
		}
	}
	trace_step(mapper, MAPPER_STEP_REPLACED, before, value->text);
	before = value->text;
	if (rule->letter_case != LETTER_CASE_KEPT &&
	    !transform_letter_case(arena, value->text, rule->letter_case == LETTER_CASE_UPPER, &value->text))
		return false;
	trace_step(mapper, MAPPER_STEP_CASE, before, value->text);
	value->text = slice_trim(value->text);
	mapper->tracing.steps |= apply_words(rule, &value->text);
	if (value->text.size == 0)
		value->presence = PRESENCE_EMPTY;
	return true;
}

/* --- single values --- */

static void read_feed(const struct mapper *mapper, uint32_t feed, struct mapped_value *value)
{
	const struct feed_rule *rule = &mapper->dialect->feeds[feed];

	value_set_absent(value);
	for (size_t i = 0; i < rule->path_count && value->presence != PRESENCE_VALUE; i++)
		if (mapper->feed_texts[rule->paths[i]].is_known)
			value_set_text(value, mapper->feed_texts[rule->paths[i]].text, MATCH_NOTHING);
}

/* `left`, `joint` and `right` as one text. */
static bool concatenate(struct mapper *mapper, struct slice left, struct slice joint, struct slice right, struct slice *ret_text)
{
	char *joined = arena_alloc(&mapper->record_arena, left.size + joint.size + right.size);

	if (joined == NULL)
		return false;
	memcpy(joined, left.data, left.size);
	if (joint.size > 0)
		memcpy(joined + left.size, joint.data, joint.size);
	memcpy(joined + left.size + joint.size, right.data, right.size);
	*ret_text = slice_make(joined, left.size + joint.size + right.size);
	return true;
}

/* Joined parts are not taken: a joined text cannot be taken apart again, so they also go to extra. */
static bool read_join(struct mapper *mapper, const struct value_source *source, struct match context, struct mapped_value *value)
{
	value_set_absent(value);
	for (size_t i = 0; i < source->part_count; i++) {
		struct mapped_value part;

		if (!value_read(mapper, &source->parts[i], context, &part))
			return false;
		if (part.fault != VALUE_SOUND || (part.presence != PRESENCE_VALUE && source->parts[i].is_required)) {
			value_set_absent(value);
			if (part.fault != VALUE_SOUND)
				*value = part;
			return true;
		}
		if (part.presence != PRESENCE_VALUE) {
			value->presence = part.presence > value->presence ? part.presence : value->presence;
			continue;
		}
		value->presence = PRESENCE_VALUE;
		if (value->text.size == 0)
			value->text = part.text;
		else if (!concatenate(mapper, value->text, source->text, part.text, &value->text))
			return false;
	}
	return true;
}

static bool read_source(struct mapper *mapper, const struct value_rule *rule, const struct value_source *source,
                        struct match context, struct mapped_value *value)
{
	if (mapper_is_traced(mapper))
		trace_source(mapper, source);
	switch (source->kind) {
	case SOURCE_PATH:
		return value_read_path(mapper, rule, source->index, context, value);
	case SOURCE_FEED:
		read_feed(mapper, source->index, value);
		return true;
	case SOURCE_CONSTANT:
		value_set_text(value, source->text, MATCH_NOTHING);
		return true;
	case SOURCE_JOIN:
		return read_join(mapper, source, context, value);
	case SOURCE_RULE:
		break;
	}
	return value_read(mapper, source->parts, context, value);
}

static bool read_default(struct mapper *mapper, const struct value_rule *rule, struct match context, struct mapped_value *value)
{
	struct mapped_value fallback;

	if (!read_source(mapper, rule, rule->fallback, context, &fallback))
		return false;
	if (fallback.presence != PRESENCE_VALUE)
		return true;
	value->presence = PRESENCE_VALUE;
	value->text = fallback.text;
	value->is_default = true;
	mapper->tracing.steps |= MAPPER_STEP_DEFAULT;
	return true;
}

static inline bool is_absent(const struct mapper *mapper, const struct value_source *source, struct match context)
{
	return source->kind == SOURCE_PATH && context.node == mapper->evaluator.scope && context.attribute == MATCH_ELEMENT &&
	       evaluator_is_absent(&mapper->evaluator, source->index);
}

/* A further source where the ones before were absent or blank: a blank one stays unless there is a value. */
static bool read_fallback(struct mapper *mapper, const struct value_rule *rule, const struct value_source *source,
                          struct match context, struct mapped_value *value)
{
	struct mapped_value found;

	if (value->presence == PRESENCE_ABSENT && value->fault == VALUE_SOUND)
		return read_source(mapper, rule, source, context, value);
	if (!read_source(mapper, rule, source, context, &found))
		return false;
	if (found.presence == PRESENCE_VALUE || found.fault != VALUE_SOUND)
		*value = found;
	return true;
}

/* What the first source with a value has, before anything is done to it. */
static bool read_sources(struct mapper *mapper, const struct value_rule *rule, struct match context, struct mapped_value *value)
{
	value_set_absent(value);
	for (size_t i = 0; i < rule->source_count && value->presence != PRESENCE_VALUE && value->fault != VALUE_TOO_COSTLY; i++)
		if (!is_absent(mapper, &rule->sources[i], context) &&
		    !read_fallback(mapper, rule, &rule->sources[i], context, value))
			return false;
	return true;
}

/* The same of a rule whose one source is a path, as nearly all are. */
static inline bool read_only_path(struct mapper *mapper, const struct value_rule *rule, struct match context,
                                  struct mapped_value *value)
{
	const struct value_source *source = rule->sources;

	if (is_absent(mapper, source, context)) {
		value_set_absent(value);
		return true;
	}
	if (mapper_is_traced(mapper))
		trace_source(mapper, source);
	return value_read_path(mapper, rule, source->index, context, value);
}

bool value_read_rule(struct mapper *mapper, const struct value_rule *rule, struct match context, struct mapped_value *ret_value)
{
	if (rule->source_count == 1 && rule->sources[0].kind == SOURCE_PATH ? !read_only_path(mapper, rule, context, ret_value)
	                                                                    : !read_sources(mapper, rule, context, ret_value))
		return false;
	if (ret_value->reading == NULL)
		ret_value->reading = rule->reading;
	if (ret_value->presence == PRESENCE_VALUE && rule->has_transforms && !transform(mapper, rule, ret_value))
		return false;
	return ret_value->presence == PRESENCE_VALUE || ret_value->fault != VALUE_SOUND || rule->fallback == NULL ||
	       read_default(mapper, rule, context, ret_value);
}

bool value_read(struct mapper *mapper, const struct value_rule *rule, struct match context, struct mapped_value *ret_value)
{
	return mapper_is_traced(mapper) ? trace_read(mapper, rule, context, ret_value)
	                                : value_read_rule(mapper, rule, context, ret_value);
}

/* --- lists --- */

/* The next item of the stack, not counted yet; NULL without memory. */
static struct mapped_value *next_value(struct mapper *mapper, const struct mapped_values *values)
{
	if (values->count == mapper->value_capacity) {
		const size_t capacity = mapper->value_capacity == 0 ? 64 : mapper->value_capacity * 2;
		struct mapped_value *grown = realloc(mapper->values, capacity * sizeof *grown);

		if (grown == NULL)
			return NULL;
		mapper->values = grown;
		mapper->value_capacity = capacity;
	}
	return &mapper->values[values->count];
}

static bool add_piece(struct mapper *mapper, const struct value_rule *rule, struct mapped_values *values, struct slice text,
                      struct match origin)
{
	struct mapped_value *value = next_value(mapper, values);

	if (value == NULL)
		return false;
	value_set_text(value, text, origin);
	if (text.size > 0 && rule->has_transforms && !transform(mapper, rule, value))
		return false;
	if (mapper_is_traced(mapper) && !trace_value(mapper, &rule->place, value))
		return false;
	if (value->presence == PRESENCE_VALUE || value->fault != VALUE_SOUND)
		values->count++;
	else
		values->presence = PRESENCE_EMPTY;
	return true;
}

/* The pieces of a text between separators; where the next one of each is, so that none is searched twice. */
struct cutter {
	const struct value_rule *rule;
	struct slice text;
	size_t at;
	size_t next[VALUE_SPLITS_MAX];
	bool is_done;
};

static void find_next(struct cutter *cutter, size_t index)
{
	const struct slice rest = slice_make(cutter->text.data + cutter->at, cutter->text.size - cutter->at);
	const size_t found = slice_find(rest, cutter->rule->splits[index]);

	cutter->next[index] = found == SIZE_MAX ? SIZE_MAX : cutter->at + found;
}

/* Up to the first separator, of those at one place the longest. */
static bool cut_piece(struct cutter *cutter, struct slice *ret_piece)
{
	size_t end = cutter->text.size;
	size_t size = 0;

	if (cutter->is_done)
		return false;
	for (size_t i = 0; i < cutter->rule->split_count; i++) {
		const size_t next = cutter->next[i];

		if (next == SIZE_MAX || next > end || (next == end && cutter->rule->splits[i].size <= size))
			continue;
		end = next;
		size = cutter->rule->splits[i].size;
	}
	*ret_piece = slice_trim(slice_make(cutter->text.data + cutter->at, end - cutter->at));
	cutter->is_done = size == 0;
	cutter->at = end + size;
	for (size_t i = 0; i < cutter->rule->split_count; i++)
		if (cutter->next[i] < cutter->at)
			find_next(cutter, i);
	return true;
}

/* One text of a list, cut into pieces where the rule splits. */
static bool add_text(struct mapper *mapper, const struct value_rule *rule, struct mapped_values *values, struct slice text,
                     struct match origin)
{
	struct cutter cutter = {.rule = rule, .text = text};
	const size_t first = values->count;
	struct slice piece;

	if (rule->split_count == 0 || text.size == 0) {
		if (!add_piece(mapper, rule, values, text, origin))
			return false;
	} else {
		for (size_t i = 0; i < rule->split_count; i++)
			find_next(&cutter, i);
		while (cut_piece(&cutter, &piece)) {
			trace_step(mapper, MAPPER_STEP_SPLIT, text, piece);
			if (!add_piece(mapper, rule, values, piece, origin))
				return false;
		}
	}
	if (values->count > first)
		mapper->values[values->count - 1].is_last_piece = true;
	return true;
}

/* What has a fault is handed on, to be complained about. */
static bool add_fault(struct mapper *mapper, struct mapped_values *values, const struct mapped_value *fault)
{
	struct mapped_value *value = next_value(mapper, values);

	if (value == NULL)
		return false;
	*value = *fault;
	values->count++;
	return true;
}

static bool add_found(struct mapper *mapper, const struct value_rule *rule, struct mapped_values *values,
                      const struct mapped_value *found)
{
	if (found->fault != VALUE_SOUND)
		return add_fault(mapper, values, found);
	return found->presence == PRESENCE_ABSENT || add_text(mapper, rule, values, found->text, found->origin);
}

static bool add_path(struct mapper *mapper, const struct value_rule *rule, uint32_t path, struct match context,
                     struct mapped_values *values)
{
	struct evaluator *evaluator = &mapper->evaluator;
	struct mapped_value found;
	size_t first;
	size_t count;

	if (!value_match_path(mapper, rule, path, context, &first, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!value_of_match(mapper, rule, evaluator->matches[first + i], &found) ||
		    !add_found(mapper, rule, values, &found))
			return false;
	evaluator_pop(evaluator, first);
	return true;
}

/* A source that yields one text at most. */
static bool add_single(struct mapper *mapper, const struct value_rule *rule, const struct value_source *source,
                       struct match context, struct mapped_values *values)
{
	struct mapped_value found;

	return read_source(mapper, rule, source, context, &found) && add_found(mapper, rule, values, &found);
}

static bool add_default(struct mapper *mapper, const struct value_rule *rule, struct match context, struct mapped_values *values)
{
	struct mapped_value *value = next_value(mapper, values);

	if (value == NULL)
		return false;
	value_set_absent(value);
	if (!read_default(mapper, rule, context, value))
		return false;
	if (value->presence != PRESENCE_VALUE)
		return true;
	values->count++;
	return !mapper_is_traced(mapper) || trace_value(mapper, &rule->place, value);
}

bool value_read_all(struct mapper *mapper, const struct value_rule *rule, struct match context, struct mapped_values *ret_values)
{
	*ret_values = (struct mapped_values){.presence = PRESENCE_ABSENT};
	for (size_t i = 0; i < rule->source_count && ret_values->count == 0; i++) {
		const struct value_source *source = &rule->sources[i];

		if (is_absent(mapper, source, context))
			continue;
		if (mapper_is_traced(mapper))
			trace_source(mapper, source);
		if (source->kind == SOURCE_PATH ? !add_path(mapper, rule, source->index, context, ret_values)
		                                : !add_single(mapper, rule, source, context, ret_values))
			return false;
	}
	if (ret_values->count == 0 && rule->fallback != NULL && !add_default(mapper, rule, context, ret_values))
		return false;
	ret_values->items = mapper->values;
	return true;
}

struct slice mapper_language(struct mapper *mapper)
{
	const struct value_source *source = mapper->dialect->language;
	struct mapped_value value;

	if (mapper->options.language.size > 0)
		return mapper->options.language;
	if (source == NULL)
		return (struct slice){NULL, 0};
	if (source->kind == SOURCE_CONSTANT)
		return source->text;
	read_feed(mapper, source->index, &value);
	return value.text;
}

bool value_is_dropped(const struct value_rule *rule, struct slice segment)
{
	for (size_t i = 0; i < rule->drop_count; i++)
		if (slice_equal_folded(segment, rule->drops[i]))
			return true;
	return false;
}
