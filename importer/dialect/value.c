/* Reads value rules: sources in order, transforms, defaults, lists. */
#include "dialect/mapping.h"

#include <stdlib.h>
#include <string.h>

/* --- transforms --- */

static void apply_words(const struct value_rule *rule, struct slice *text)
{
	for (size_t i = 0; i < rule->empty_word_count; i++) {
		if (slice_equal_folded(*text, rule->empty_words[i])) {
			*text = (struct slice){NULL, 0};
			return;
		}
	}
	for (size_t i = 0; i < rule->word_count; i++) {
		if (slice_equal_folded(*text, rule->words[i].from)) {
			*text = slice_trim(rule->words[i].to);
			return;
		}
	}
}

/* False without memory; a replacement that reaches its limits sets is_too_costly. */
static bool transform(struct mapper *mapper, const struct value_rule *rule, struct mapped_value *value)
{
	struct arena *arena = &mapper->record_arena;

	if (rule->strip_html && !transform_strip_html(arena, value->text, &value->text))
		return false;
	for (size_t i = 0; i < rule->replacement_count; i++) {
		switch (replacement_apply(rule->replacements[i], mapper->replacement_context, arena, value->text, &value->text)) {
		case REPLACEMENT_DONE:
			break;
		case REPLACEMENT_TOO_COSTLY:
			value->is_too_costly = true;
			return true;
		case REPLACEMENT_NO_MEMORY:
			return false;
		}
	}
	if (rule->letter_case != LETTER_CASE_KEPT &&
	    !transform_letter_case(arena, value->text, rule->letter_case == LETTER_CASE_UPPER, &value->text))
		return false;
	value->text = slice_trim(value->text);
	apply_words(rule, &value->text);
	if (value->text.size == 0)
		value->presence = PRESENCE_EMPTY;
	return true;
}

/* --- single values --- */

/* The first text that is not blank, else the first blank one. */
static bool read_path(struct mapper *mapper, uint32_t path, struct match context, struct mapped_value *value)
{
	struct evaluator *evaluator = &mapper->evaluator;
	struct match match = MATCH_NOTHING;
	struct slice text;
	size_t first;
	size_t count;

	value_set_absent(value);
	switch (evaluator_match_single(evaluator, path, context, &match)) {
	case SINGLE_FOUND:
		if (!evaluator_text(evaluator, match, &text))
			return false;
		value_set_text(value, text, match);
		return true;
	case SINGLE_ABSENT:
		return true;
	case SINGLE_UNKNOWN:
		break;
	}
	if (!evaluator_match(evaluator, path, context, &first, &count))
		return false;
	for (size_t i = 0; i < count && value->presence != PRESENCE_VALUE; i++) {
		match = evaluator->matches[first + i];
		if (!evaluator_text(evaluator, match, &text))
			return false;
		if (text.size > 0 || value->presence == PRESENCE_ABSENT)
			value_set_text(value, text, match);
	}
	evaluator_pop(evaluator, first);
	return true;
}

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
		if (part.is_too_costly || (part.presence != PRESENCE_VALUE && source->parts[i].is_required)) {
			value_set_absent(value);
			value->is_too_costly = part.is_too_costly;
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

static bool read_source(struct mapper *mapper, const struct value_source *source, struct match context, struct mapped_value *value)
{
	switch (source->kind) {
	case SOURCE_PATH:
		return read_path(mapper, source->index, context, value);
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

	if (!read_source(mapper, rule->fallback, context, &fallback))
		return false;
	if (fallback.presence != PRESENCE_VALUE)
		return true;
	value->presence = PRESENCE_VALUE;
	value->text = fallback.text;
	value->is_default = true;
	return true;
}

static inline bool is_absent(const struct mapper *mapper, const struct value_source *source, struct match context)
{
	return source->kind == SOURCE_PATH && context.node == 0 && context.attribute == MATCH_ELEMENT &&
	       evaluator_is_absent(&mapper->evaluator, source->index);
}

/* A further source where the ones before were absent or blank: a blank one stays unless there is a value. */
static bool read_fallback(struct mapper *mapper, const struct value_source *source, struct match context,
                          struct mapped_value *value)
{
	struct mapped_value found;

	if (value->presence == PRESENCE_ABSENT)
		return read_source(mapper, source, context, value);
	if (!read_source(mapper, source, context, &found))
		return false;
	if (found.presence == PRESENCE_VALUE || found.is_too_costly)
		*value = found;
	return true;
}

bool value_read(struct mapper *mapper, const struct value_rule *rule, struct match context, struct mapped_value *ret_value)
{
	value_set_absent(ret_value);
	for (size_t i = 0; i < rule->source_count && ret_value->presence != PRESENCE_VALUE && !ret_value->is_too_costly; i++)
		if (!is_absent(mapper, &rule->sources[i], context) && !read_fallback(mapper, &rule->sources[i], context, ret_value))
			return false;
	if (ret_value->presence == PRESENCE_VALUE && rule->has_transforms && !ret_value->is_too_costly &&
	    !transform(mapper, rule, ret_value))
		return false;
	return ret_value->presence == PRESENCE_VALUE || rule->fallback == NULL || read_default(mapper, rule, context, ret_value);
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
	if (value->presence == PRESENCE_VALUE || value->is_too_costly)
		values->count++;
	else
		values->presence = PRESENCE_EMPTY;
	return true;
}

/* One text of a list, cut into pieces where the rule splits. */
static bool add_text(struct mapper *mapper, const struct value_rule *rule, struct mapped_values *values, struct slice text,
                     struct match origin)
{
	const size_t first = values->count;
	struct slice_splitter splitter;
	struct slice piece;

	if (rule->split.size == 0 || text.size == 0) {
		if (!add_piece(mapper, rule, values, text, origin))
			return false;
	} else {
		splitter = slice_split(text, rule->split);
		while (slice_split_next(&splitter, &piece))
			if (!add_piece(mapper, rule, values, slice_trim(piece), origin))
				return false;
	}
	if (values->count > first)
		mapper->values[values->count - 1].is_last_piece = true;
	return true;
}

static bool add_path(struct mapper *mapper, const struct value_rule *rule, uint32_t path, struct mapped_values *values)
{
	struct evaluator *evaluator = &mapper->evaluator;
	size_t first;
	size_t count;

	if (!evaluator_match(evaluator, path, MATCH_RECORD, &first, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct match match = evaluator->matches[first + i];
		struct slice text;

		if (!evaluator_text(evaluator, match, &text) || !add_text(mapper, rule, values, text, match))
			return false;
	}
	evaluator_pop(evaluator, first);
	return true;
}

/* A source that yields one text at most; one that was too costly to make is handed on, to be complained about. */
static bool add_single(struct mapper *mapper, const struct value_rule *rule, const struct value_source *source,
                       struct mapped_values *values)
{
	struct mapped_value found;
	struct mapped_value *value;

	if (!read_source(mapper, source, MATCH_RECORD, &found))
		return false;
	if (!found.is_too_costly)
		return found.presence == PRESENCE_ABSENT || add_text(mapper, rule, values, found.text, found.origin);
	value = next_value(mapper, values);
	if (value == NULL)
		return false;
	*value = found;
	values->count++;
	return true;
}

bool value_read_all(struct mapper *mapper, const struct value_rule *rule, struct mapped_values *ret_values)
{
	*ret_values = (struct mapped_values){.presence = PRESENCE_ABSENT};
	for (size_t i = 0; i < rule->source_count && ret_values->count == 0; i++) {
		const struct value_source *source = &rule->sources[i];

		if (is_absent(mapper, source, MATCH_RECORD))
			continue;
		if (source->kind == SOURCE_PATH ? !add_path(mapper, rule, source->index, ret_values)
		                                : !add_single(mapper, rule, source, ret_values))
			return false;
	}
	ret_values->items = mapper->values;
	return true;
}
