/* Gathering where an item's fields came from, and the flat text of it. */
#include "run/explanation.h"

#include "base/flat.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* --- the flat text --- */

static void code_value(struct flat *flat, struct explained_value *value)
{
	flat_text(flat, &value->field);
	flat_text(flat, &value->file);
	flat_u32(flat, &value->line, UINT32_MAX);
	flat_bool(flat, &value->is_part);
	flat_text(flat, &value->path);
	flat_text(flat, &value->feed);
	flat_text(flat, &value->raw);
	flat_text(flat, &value->text);
	flat_u32(flat, &value->presence, PRESENCE_VALUE + 1);
	flat_u32(flat, &value->steps, MAPPER_STEPS_END);
}

static void code_explanation(struct flat *flat, struct explanation *explanation)
{
	flat_bool(flat, &explanation->is_found);
	flat_bool(flat, &explanation->is_by_path);
	flat_u64(flat, &explanation->record);
	flat_u64(flat, &explanation->stream_offset);
	flat_u32(flat, &explanation->action, STATEMENT_PART + 1);
	flat_u32(flat, &explanation->link, PRODUCT_LINK_LISTED + 1);
	flat_bool(flat, &explanation->is_cut);
	flat_text(flat, &explanation->encoding);
	flat_text(flat, &explanation->dialect);
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		flat_u32(flat, &explanation->fields[i].presence, PRESENCE_VALUE + 1);
		flat_i64(flat, &explanation->fields[i].integer);
		flat_text(flat, &explanation->fields[i].text);
	}
	explanation->values = flat_array(flat, explanation->values, &explanation->value_count, EXPLANATION_VALUES_MAX,
	                                 sizeof(*explanation->values));
	for (uint32_t i = 0; i < explanation->value_count && !flat->failed; i++)
		code_value(flat, &explanation->values[i]);
}

int explanation_encode(const struct explanation *explanation, struct buffer *buffer, struct error *err)
{
	struct flat flat = flat_writer(buffer);
	struct explanation copy = *explanation; /* writing changes nothing */

	code_explanation(&flat, &copy);
	return flat_is_done(&flat) ? 0 : error_set_memory(err);
}

int explanation_decode(struct slice bytes, struct arena *arena, struct explanation *ret_explanation, struct error *err)
{
	struct flat flat = flat_reader(bytes, arena);

	*ret_explanation = (struct explanation){.values = NULL};
	code_explanation(&flat, ret_explanation);
	if (flat.is_out_of_memory)
		return error_set_memory(err);
	if (!flat_is_done(&flat))
		return error_set(err, ERROR_READER, "the reader process sent an explanation that does not check");
	return 0;
}

/* --- gathering --- */

/* A value of the record in hand, whichever item it is for. */
struct gathered_value {
	size_t item;
	struct explained_value value;
};

struct explainer {
	struct explanation_wish wish;
	struct mapper_trace trace;
	struct arena arena; /* of the record in hand */
	struct arena result_arena;
	uint64_t record;               /* in hand */
	struct gathered_value *values; /* EXPLANATION_VALUES_MAX */
	size_t value_count;
	bool is_cut;
	bool is_item_known; /* the next statement is that of `item` */
	size_t item;
	bool is_done;
	struct explanation result;
};

static bool copy_text(struct arena *arena, struct slice text, struct slice *ret_copy)
{
	return arena_copy(arena, utf8_cut(text, EXPLANATION_TEXT_MAX), ret_copy);
}

static bool copy_value(struct arena *arena, const struct explained_value *from, struct explained_value *ret_value)
{
	*ret_value = *from;
	return copy_text(arena, from->field, &ret_value->field) && copy_text(arena, from->file, &ret_value->file) &&
	       copy_text(arena, from->path, &ret_value->path) && copy_text(arena, from->feed, &ret_value->feed) &&
	       copy_text(arena, from->raw, &ret_value->raw) && copy_text(arena, from->text, &ret_value->text);
}

static bool take_value(void *context, const struct mapper_trace_value *told)
{
	struct explainer *explainer = context;
	const struct explained_value value = {
		.field = slice_from(told->field),
		.file = slice_from(told->file),
		.line = told->line,
		.is_part = told->is_part,
		.path = told->path,
		.feed = told->feed,
		.raw = told->raw,
		.text = told->text,
		.presence = told->presence,
		.steps = told->steps,
	};

	if (told->record != explainer->record) {
		explainer->record = told->record;
		explainer->value_count = 0;
		explainer->is_cut = false;
		arena_reset(&explainer->arena);
	}
	if (explainer->value_count == EXPLANATION_VALUES_MAX) {
		explainer->is_cut = true;
		return true;
	}
	explainer->values[explainer->value_count].item = told->item;
	return copy_value(&explainer->arena, &value, &explainer->values[explainer->value_count++].value);
}

static bool take_item(void *context, size_t item, const struct statement *statement)
{
	struct explainer *explainer = context;

	(void)statement;
	explainer->is_item_known = true;
	explainer->item = item;
	return true;
}

/* Values of the item; of a category that is named by its path those of the field that names it. */
static bool is_wanted(const struct explainer *explainer, const struct gathered_value *value)
{
	return explainer->is_item_known ? value->item == explainer->item : slice_equal_text(value->value.field, "categories");
}

static bool keep_values(struct explainer *explainer)
{
	struct explanation *result = &explainer->result;

	result->values = arena_alloc(&explainer->result_arena, (explainer->value_count + 1) * sizeof(*result->values));
	if (result->values == NULL)
		return false;
	for (size_t i = 0; i < explainer->value_count; i++) {
		if (is_wanted(explainer, &explainer->values[i]) &&
		    !copy_value(&explainer->result_arena, &explainer->values[i].value, &result->values[result->value_count++]))
			return false;
	}
	return true;
}

static bool keep(struct explainer *explainer, const struct statement *statement)
{
	struct explanation *result = &explainer->result;

	arena_reset(&explainer->result_arena);
	*result = (struct explanation){
		.is_found = true,
		.is_by_path = !explainer->is_item_known,
		.record = statement->record,
		.stream_offset = statement->stream_offset,
		.action = statement->action,
		.link = statement->product_link,
		.is_cut = explainer->is_cut,
	};
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		result->fields[i].presence = statement->fields[i].presence;
		result->fields[i].integer = statement->fields[i].integer;
		if (!copy_text(&explainer->result_arena, statement->fields[i].text, &result->fields[i].text))
			return false;
	}
	return keep_values(explainer);
}

static int take_statement(void *context, const struct statement *statement, struct error *err)
{
	struct explainer *explainer = context;
	const bool is_it = statement->kind == explainer->wish.kind && statement->action != STATEMENT_PART &&
	                   slice_equal(statement_text(statement, FIELD_ID), explainer->wish.id);

	if (is_it && !keep(explainer, statement))
		return error_set_memory(err);
	explainer->is_done = is_it && !explainer->wish.wants_last;
	explainer->is_item_known = false;
	return explainer->is_done ? error_set(err, ERROR_CANCELLED, "found") : 0;
}

static int take_field(void *context, const struct field_statement *field, struct error *err)
{
	(void)context;
	(void)field;
	(void)err;
	return 0;
}

static int take_complaint(void *context, const struct complaint *complaint, struct error *err)
{
	(void)context;
	(void)complaint;
	(void)err;
	return 0;
}

static int take_record_end(void *context, uint64_t record, bool is_mapped, const struct hash128 *fingerprint, struct error *err)
{
	(void)context;
	(void)record;
	(void)is_mapped;
	(void)fingerprint;
	(void)err;
	return 0;
}

struct explainer *explainer_new(const struct explanation_wish *wish, struct error *err)
{
	struct explainer *explainer = calloc(1, sizeof(*explainer));

	if (explainer == NULL) {
		(void)error_set_memory(err);
		return NULL;
	}
	explainer->wish = *wish;
	explainer->trace = (struct mapper_trace){.context = explainer, .value = take_value, .item = take_item};
	arena_init(&explainer->arena, ARENA_BYTES_MAX);
	arena_init(&explainer->result_arena, ARENA_BYTES_MAX);
	explainer->values = calloc(EXPLANATION_VALUES_MAX, sizeof(*explainer->values));
	if (explainer->values == NULL) {
		(void)error_set_memory(err);
		explainer_free(explainer);
		return NULL;
	}
	return explainer;
}

void explainer_free(struct explainer *explainer)
{
	if (explainer == NULL)
		return;
	free(explainer->values);
	arena_release(&explainer->arena);
	arena_release(&explainer->result_arena);
	free(explainer);
}

const struct mapper_trace *explainer_trace(const struct explainer *explainer)
{
	return &explainer->trace;
}

struct statement_sink explainer_sink(struct explainer *explainer)
{
	return (struct statement_sink){
		.context = explainer,
		.statement = take_statement,
		.field = take_field,
		.complaint = take_complaint,
		.record_end = take_record_end,
	};
}

bool explainer_is_done(const struct explainer *explainer)
{
	return explainer->is_done;
}

struct explanation *explainer_result(struct explainer *explainer)
{
	return &explainer->result;
}
