/* The report as a flat text: one description of it serves both directions. */
#include "probe/report.h"

#include <string.h>

struct codec {
	struct buffer *out; /* NULL = reading */
	struct slice in;
	struct arena *arena;
	bool failed;
	bool is_out_of_memory;
};

static void code_u64(struct codec *codec, uint64_t *value)
{
	if (codec->out) {
		(void)buffer_append(codec->out, value, sizeof(*value)); /* failure sticks and is seen at the end */
		return;
	}
	if (codec->in.size < sizeof(*value)) {
		codec->failed = true;
		*value = 0;
		return;
	}
	memcpy(value, codec->in.data, sizeof(*value));
	codec->in = slice_make(codec->in.data + sizeof(*value), codec->in.size - sizeof(*value));
}

/* A number below `end`. */
static void code_u32(struct codec *codec, uint32_t *value, uint32_t end)
{
	uint64_t wide = *value;

	code_u64(codec, &wide);
	if (wide >= end) {
		codec->failed = true;
		wide = 0;
	}
	*value = (uint32_t)wide;
}

static void code_bool(struct codec *codec, bool *value)
{
	uint32_t number = *value ? 1 : 0;

	code_u32(codec, &number, 2);
	*value = number != 0;
}

static void code_text(struct codec *codec, struct slice *text)
{
	uint64_t size = text->size;

	code_u64(codec, &size);
	if (codec->out) {
		(void)buffer_append_slice(codec->out, *text); /* as above */
		return;
	}
	if (codec->failed || size > codec->in.size) {
		codec->failed = true;
		*text = (struct slice){NULL, 0};
		return;
	}
	*text = slice_make(codec->in.data, (size_t)size);
	codec->in = slice_make(codec->in.data + size, codec->in.size - (size_t)size);
}

static void code_currency(struct codec *codec, char code[4])
{
	struct slice text = slice_make(code, strnlen(code, 3));

	code_text(codec, &text);
	if (codec->out)
		return;
	memset(code, 0, 4);
	if (text.size > 3)
		codec->failed = true;
	else if (text.size > 0)
		memcpy(code, text.data, text.size);
}

static void code_tally(struct codec *codec, struct value_tally *tally)
{
	for (size_t i = 0; i < VALUE_TYPE_COUNT; i++)
		code_u64(codec, &tally->counts[i]);
	for (size_t i = 0; i < VALUE_SEPARATOR_COUNT; i++)
		code_u64(codec, &tally->separators[i]);
	code_u64(codec, &tally->values);
	code_u64(codec, &tally->bytes);
}

static void code_list(struct codec *codec, struct probe_list *list, uint32_t index)
{
	code_text(codec, &list->path);
	code_text(codec, &list->full);
	code_text(codec, &list->name);
	code_u32(codec, &list->outer, index > 0 ? index : 1); /* an outer list comes first */
	code_u64(codec, &list->count);
	code_u64(codec, &list->most);
	code_u64(codec, &list->owners);
}

static void code_field(struct codec *codec, struct probe_field *field, uint32_t list_count)
{
	code_text(codec, &field->path);
	code_text(codec, &field->full);
	code_text(codec, &field->name);
	code_text(codec, &field->outer_name);
	code_u32(codec, &field->list, list_count);
	code_bool(codec, &field->is_attribute);
	code_bool(codec, &field->is_own_text);
	code_bool(codec, &field->is_direct);
	code_bool(codec, &field->is_repeated);
	code_u64(codec, &field->records);
	code_u64(codec, &field->filled);
	code_u64(codec, &field->owners);
	code_u64(codec, &field->owners_filled);
	code_u64(codec, &field->distinct);
	code_u64(codec, &field->repeats);
	code_bool(codec, &field->is_estimate);
	code_tally(codec, &field->tally);
	code_currency(codec, field->currency);
	code_u32(codec, &field->sample_count, PROBE_REPORT_SAMPLES + 1);
	for (uint32_t i = 0; i < field->sample_count; i++) {
		code_text(codec, &field->samples[i].text);
		code_bool(codec, &field->samples[i].is_cut);
	}
	code_u32(codec, &field->member_count, PROBE_MEMBERS_MAX + 1);
	for (uint32_t i = 0; i < field->member_count; i++)
		code_text(codec, &field->members[i]);
}

static void code_head(struct codec *codec, struct probe_report *report)
{
	uint32_t format = report->format;
	uint32_t origin = report->encoding_origin;

	code_u32(codec, &format, FEED_CSV + 1);
	code_u32(codec, &origin, ENCODING_BY_DEFAULT + 1);
	report->format = (enum feed_format)format;
	report->encoding_origin = (enum feed_encoding_origin)origin;
	code_bool(codec, &report->is_whole);
	code_u64(codec, &report->bytes);
	code_text(codec, &report->encoding);
	code_text(codec, &report->root);
	code_text(codec, &report->root_space);
	code_text(codec, &report->dialect);
	code_text(codec, &report->dialect_reason);
	code_bool(codec, &report->has_records);
	code_u64(codec, &report->oversize);
	code_u64(codec, &report->left_out);
	code_u64(codec, &report->undefined);
	code_u64(codec, &report->faults);
	code_u32(codec, &report->namespace_count, PROBE_NAMESPACES_MAX + 1);
	for (uint32_t i = 0; i < report->namespace_count; i++) {
		code_text(codec, &report->namespaces[i].prefix);
		code_text(codec, &report->namespaces[i].uri);
	}
}

static void *code_array(struct codec *codec, void *items, uint32_t *count, uint32_t max, size_t item_size)
{
	code_u32(codec, count, max + 1);
	if (codec->out)
		return items;
	items = arena_alloc(codec->arena, (*count + 1) * item_size);
	if (items == NULL) {
		codec->failed = true;
		codec->is_out_of_memory = true;
		*count = 0;
	}
	return items;
}

static void code_report(struct codec *codec, struct probe_report *report)
{
	code_head(codec, report);
	report->lists = code_array(codec, report->lists, &report->list_count, PROBE_LISTS_MAX, sizeof(*report->lists));
	for (uint32_t i = 0; i < report->list_count && !codec->failed; i++)
		code_list(codec, &report->lists[i], i);
	report->fields = code_array(codec, report->fields, &report->field_count, PROBE_FIELDS_MAX, sizeof(*report->fields));
	for (uint32_t i = 0; i < report->field_count && !codec->failed; i++)
		code_field(codec, &report->fields[i], report->list_count);
	if (report->has_records && report->list_count == 0)
		codec->failed = true;
}

int probe_report_encode(const struct probe_report *report, struct buffer *buffer, struct error *err)
{
	struct codec codec = {.out = buffer};
	struct probe_report copy = *report; /* writing changes nothing */

	code_report(&codec, &copy);
	return buffer->failed ? error_set_memory(err) : 0;
}

int probe_report_decode(struct slice bytes, struct arena *arena, struct probe_report *ret_report, struct error *err)
{
	struct codec codec = {.in = bytes, .arena = arena};

	*ret_report = (struct probe_report){.lists = NULL};
	code_report(&codec, ret_report);
	if (codec.is_out_of_memory)
		return error_set_memory(err);
	if (codec.failed || codec.in.size > 0)
		return error_set(err, ERROR_READER, "the reader process sent a probe that does not check");
	return 0;
}

const char *probe_encoding_origin(enum feed_encoding_origin origin)
{
	switch (origin) {
	case ENCODING_FROM_BOM:
		return "byte order mark";
	case ENCODING_FROM_DECLARATION:
		return "declared";
	case ENCODING_FROM_HTTP:
		return "HTTP header";
	case ENCODING_BY_DEFAULT:
		break;
	}
	return "default";
}
