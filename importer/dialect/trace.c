/* Tells, while a record is mapped, where each text came from: for explaining single records, never in an import. */
#include "dialect/mapping.h"

#include <string.h>

#define PATH_BYTES_MAX 8192

void trace_begin(struct mapper *mapper, struct slice raw)
{
	mapper->tracing.raw = raw;
	mapper->tracing.has_raw = true;
}

void trace_step(struct mapper *mapper, enum mapper_step step, struct slice before, struct slice after)
{
	if (mapper_is_traced(mapper) && !slice_equal(before, after))
		mapper->tracing.steps |= step;
}

void trace_source(struct mapper *mapper, const struct value_source *source)
{
	static const unsigned steps[] = {
		[SOURCE_PATH] = 0,
		[SOURCE_FEED] = MAPPER_STEP_FEED,
		[SOURCE_CONSTANT] = MAPPER_STEP_CONSTANT,
		[SOURCE_JOIN] = MAPPER_STEP_JOINED,
		[SOURCE_RULE] = 0,
	};

	mapper->tracing.steps &= ~(unsigned)(MAPPER_STEP_FEED | MAPPER_STEP_CONSTANT | MAPPER_STEP_JOINED);
	mapper->tracing.steps |= steps[source->kind];
	mapper->tracing.feed = source->index;
}

/* --- where a match stands --- */

/* Which of several siblings of its name a node is, from 1; 0 = the only one. */
static unsigned number_among(const struct record *record, uint32_t node)
{
	const struct record_node *nodes = record->nodes;
	unsigned before = 0;
	unsigned all = 0;

	for (uint32_t i = nodes[nodes[node].parent].first_child; i != RECORD_NONE; i = nodes[i].next_sibling) {
		if (nodes[i].local != nodes[node].local || nodes[i].space != nodes[node].space)
			continue;
		before += i <= node;
		all++;
	}
	return all > 1 ? before : 0;
}

static void append_step(const struct mapper *mapper, uint32_t node, struct buffer *path)
{
	const struct record *record = mapper->record;
	const struct record_node *of = &record->nodes[node];
	const bool is_xml = of->type == RECORD_ELEMENT;
	const unsigned number = number_among(record, node);

	if (of->local == NAME_NONE) { /* an item; in JSON and tables they are counted from 0 */
		(void)buffer_append_format(path, "[%u]", number > 0 ? number - 1 : 0); /* failure sticks and is seen at the end */
		return;
	}
	if (path->size > 0)
		(void)buffer_append_byte(path, is_xml ? '/' : '.');
	(void)buffer_append_slice(path, name_text(record->names, of->local));
	if (number > 0)
		(void)buffer_append_format(path, "[%u]", number);
}

static void append_path(const struct mapper *mapper, struct match match, struct buffer *path)
{
	const struct record *record = mapper->record;
	uint32_t steps[LIMIT_DEPTH];
	size_t count = 0;

	for (uint32_t node = match.node; node != 0 && count < LIMIT_DEPTH; node = record->nodes[node].parent)
		steps[count++] = node;
	while (count > 0)
		append_step(mapper, steps[--count], path);
	if (match_is_attribute(match)) {
		(void)buffer_append_text(path, path->size > 0 ? "/@" : "@"); /* failure sticks and is seen at the end */
		(void)buffer_append_slice(path, name_text(record->names, record->attributes[match.attribute].local));
	} else if (match.attribute == MATCH_NAME) {
		(void)buffer_append_text(path, path->size > 0 ? "/name()" : "name()");
	} else if (path->size == 0) {
		(void)buffer_append_byte(path, '.');
	}
}

/* --- telling --- */

static bool tell(struct mapper *mapper, const struct rule_place *place, const struct mapped_value *value, struct slice path)
{
	const struct tracing *tracing = &mapper->tracing;
	const struct mapper_trace_value told = {
		.record = mapper->ordinal,
		.item = mapper->item,
		.field = place->field,
		.file = place->file,
		.line = place->line,
		.is_part = tracing->depth > 0,
		.path = path,
		.feed = (tracing->steps & MAPPER_STEP_FEED) != 0 ? mapper->dialect->feeds[tracing->feed].name
	                                                         : (struct slice){NULL, 0},
		.raw = value->is_default  ? (struct slice){NULL, 0}
	               : tracing->has_raw ? tracing->raw
	                                  : value->text,
		.text = value->text,
		.presence = value->presence,
		.steps = tracing->steps,
	};

	return mapper->options.trace->value(mapper->options.trace->context, &told);
}

bool trace_value(struct mapper *mapper, const struct rule_place *place, const struct mapped_value *value)
{
	struct buffer path;
	bool is_told;

	if (place == NULL || place->field == NULL || (value->presence == PRESENCE_ABSENT && value->fault == VALUE_SOUND))
		return true;
	buffer_init(&path, PATH_BYTES_MAX);
	if (value->origin.node != RECORD_NONE && !value->is_default)
		append_path(mapper, value->origin, &path);
	is_told = tell(mapper, place, value, buffer_slice(&path));
	buffer_release(&path);
	mapper->tracing.has_raw = false;
	mapper->tracing.steps &= MAPPER_STEP_FEED | MAPPER_STEP_CONSTANT |
	                         MAPPER_STEP_JOINED; /* the source stays that of further pieces */
	return is_told;
}

bool trace_read(struct mapper *mapper, const struct value_rule *rule, struct match context, struct mapped_value *ret_value)
{
	const struct tracing around = mapper->tracing;
	bool is_read;

	mapper->tracing = (struct tracing){.place = around.place, .depth = around.depth + 1};
	is_read = value_read_rule(mapper, rule, context, ret_value);
	mapper->tracing.depth = around.depth;
	is_read = is_read && trace_value(mapper, &rule->place, ret_value);
	mapper->tracing = around;
	return is_read;
}

bool trace_item(struct mapper *mapper, size_t item, const struct statement *statement)
{
	const struct mapper_trace *trace = mapper->options.trace;

	return trace == NULL || trace->item(trace->context, item, statement);
}
