/* What no field took, by the job's policy: kept beside the fields, made custom fields of, dropped, or refused. */
#include "dialect/mapping.h"

#include <string.h>

/* What one item keeps is not left for the one around it. */
static void mark_all(struct evaluator *evaluator, uint32_t node)
{
	const struct record *record = evaluator->record;

	if (node == 0)
		return; /* nothing is around the record */
	for (uint32_t i = node; i < record->nodes[node].end; i++) {
		evaluator->node_used[i] = 1;
		if (record->nodes[i].attribute_count > 0)
			memset(evaluator->attribute_used + record->nodes[i].first_attribute, 1, record->nodes[i].attribute_count);
	}
}

static int finish(struct mapper *mapper, enum extra_outcome outcome, enum field_id field, struct error *err)
{
	if (outcome == EXTRA_NO_MEMORY)
		return error_set_memory(err);
	if (outcome == EXTRA_CUT &&
	    !mapper_complain(mapper, COMPLAINT_TEXT_TOO_LONG, field_definition(field)->name, (struct slice){NULL, 0}))
		return error_set_memory(err);
	return 0;
}

static void set_span(struct mapper *mapper, struct mapped_item *item, enum field_id field, size_t start)
{
	if (mapper->json.size == start)
		return;
	item->statement.fields[field].presence = PRESENCE_VALUE;
	item->spans[field] = (struct json_span){.offset = start, .size = mapper->json.size - start};
}

static int keep(struct mapper *mapper, struct mapped_item *item, struct error *err)
{
	const size_t max = field_definition(FIELD_EXTRA)->max_bytes;
	const size_t start = mapper->json.size;
	const enum extra_outcome outcome = mapper->dialect->format == PATH_JSON
	                                           ? extra_write_json(&mapper->evaluator, item->node, max, &mapper->json)
	                                           : extra_write(mapper->extra, &mapper->evaluator, item->node, max, &mapper->json);

	set_span(mapper, item, FIELD_EXTRA, start);
	return finish(mapper, outcome, FIELD_EXTRA, err);
}

/* How many members an object of custom fields has: none of them holds another object or array. */
static size_t count_members(struct slice json)
{
	size_t count = json.size > 0 ? 1 : 0;
	bool in_text = false;

	for (size_t i = 0; i < json.size; i++) {
		if (json.data[i] == '"')
			in_text = !in_text;
		else if (in_text && json.data[i] == '\\')
			i++;
		else if (!in_text && json.data[i] == ',')
			count++;
	}
	return count;
}

/* Behind the custom fields that the dialect maps, as one object. */
static int create(struct mapper *mapper, struct mapped_item *item, struct error *err)
{
	const size_t max = field_definition(FIELD_CUSTOM_FIELDS)->max_bytes;
	const struct json_span span = item->spans[FIELD_CUSTOM_FIELDS];
	const size_t start = mapper->json.size;
	struct slice mapped = {NULL, 0};
	struct slice made;
	enum extra_outcome outcome;

	if (span.size > 0 && !arena_copy(&mapper->record_arena, slice_make(mapper->json.data + span.offset, span.size), &mapped))
		return error_set_memory(err);
	outcome = extra_write_fields(mapper->extra, &mapper->evaluator, item->node,
	                             &(struct extra_fields){.mapped = mapped,
	                                                    .max_bytes = max - (mapped.size < max ? mapped.size : max),
	                                                    .count_max = LIMIT_LIST_ITEMS - count_members(mapped)},
	                             &mapper->json);
	if (outcome == EXTRA_NO_MEMORY)
		return error_set_memory(err);
	if (mapped.size > 0 && mapper->json.size > start) {
		if (!arena_copy(&mapper->record_arena, slice_make(mapper->json.data + start, mapper->json.size - start), &made))
			return error_set_memory(err);
		mapper->json.size = start;
		(void)buffer_append(&mapper->json, mapped.data, mapped.size - 1); /* the buffer remembers a failure */
		(void)buffer_append_byte(&mapper->json, ',');                     /* as above */
		if (buffer_append(&mapper->json, made.data + 1, made.size - 1) != 0)
			return error_set_memory(err);
	}
	set_span(mapper, item, FIELD_CUSTOM_FIELDS, start);
	return finish(mapper, outcome, FIELD_CUSTOM_FIELDS, err);
}

static int refuse(struct mapper *mapper, const struct mapped_item *item, struct error *err)
{
	const struct slice id = statement_text(&item->statement, FIELD_ID);
	struct slice path;

	if (!extra_find(mapper->extra, &mapper->evaluator, item->node, &path))
		return error_set_memory(err);
	if (path.size == 0)
		return 0;
	return error_set(
		err, ERROR_DIALECT,
		"record %llu (%s '%.*s') has '%.*s', which no field of dialect '%s' takes; map it, or let 'unknown_fields' be extra",
		(unsigned long long)mapper->ordinal, item_kind_name(item->statement.kind), (int)id.size, id.data, (int)path.size,
		path.data, mapper->dialect->name);
}

int map_extra(struct mapper *mapper, struct mapped_item *item, struct error *err)
{
	int result = 0;

	switch (mapper->options.unknown_fields) {
	case MAPPER_UNKNOWN_EXTRA:
		result = keep(mapper, item, err);
		break;
	case MAPPER_UNKNOWN_CREATE: /* categories have no custom fields */
		result = item->rule->kind == ITEM_CATEGORY ? keep(mapper, item, err) : create(mapper, item, err);
		break;
	case MAPPER_UNKNOWN_DROP:
		break;
	case MAPPER_UNKNOWN_FAIL:
		result = refuse(mapper, item, err);
		break;
	}
	mark_all(&mapper->evaluator, item->node);
	return result;
}
