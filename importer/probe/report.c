/* The report as a flat text: one description of it serves both directions. */
#include "probe/report.h"

#include "base/flat.h"

#include <string.h>

static void code_currency(struct flat *flat, char code[4])
{
	struct slice text = slice_make(code, strnlen(code, 3));

	flat_text(flat, &text);
	if (flat->out)
		return;
	memset(code, 0, 4);
	if (text.size > 3)
		flat->failed = true;
	else if (text.size > 0)
		memcpy(code, text.data, text.size);
}

static void code_tally(struct flat *flat, struct value_tally *tally)
{
	for (size_t i = 0; i < VALUE_TYPE_COUNT; i++)
		flat_u64(flat, &tally->counts[i]);
	for (size_t i = 0; i < VALUE_SEPARATOR_COUNT; i++)
		flat_u64(flat, &tally->separators[i]);
	flat_u64(flat, &tally->values);
	flat_u64(flat, &tally->bytes);
}

static void code_list(struct flat *flat, struct probe_list *list, uint32_t index)
{
	flat_text(flat, &list->path);
	flat_text(flat, &list->full);
	flat_text(flat, &list->name);
	flat_u32(flat, &list->outer, index > 0 ? index : 1); /* an outer list comes first */
	flat_u64(flat, &list->count);
	flat_u64(flat, &list->most);
	flat_u64(flat, &list->owners);
}

static void code_field(struct flat *flat, struct probe_field *field, uint32_t list_count)
{
	flat_text(flat, &field->path);
	flat_text(flat, &field->full);
	flat_text(flat, &field->name);
	flat_text(flat, &field->outer_name);
	flat_u32(flat, &field->list, list_count);
	flat_bool(flat, &field->is_attribute);
	flat_bool(flat, &field->is_own_text);
	flat_bool(flat, &field->is_direct);
	flat_bool(flat, &field->is_repeated);
	flat_u64(flat, &field->records);
	flat_u64(flat, &field->filled);
	flat_u64(flat, &field->owners);
	flat_u64(flat, &field->owners_filled);
	flat_u64(flat, &field->distinct);
	flat_u64(flat, &field->repeats);
	flat_bool(flat, &field->is_estimate);
	code_tally(flat, &field->tally);
	code_currency(flat, field->currency);
	flat_u32(flat, &field->sample_count, PROBE_REPORT_SAMPLES + 1);
	for (uint32_t i = 0; i < field->sample_count; i++) {
		flat_text(flat, &field->samples[i].text);
		flat_bool(flat, &field->samples[i].is_cut);
	}
	flat_u32(flat, &field->member_count, PROBE_MEMBERS_MAX + 1);
	for (uint32_t i = 0; i < field->member_count; i++)
		flat_text(flat, &field->members[i]);
}

static void code_head(struct flat *flat, struct probe_report *report)
{
	uint32_t format = report->format;
	uint32_t origin = report->encoding_origin;

	flat_u32(flat, &format, FEED_CSV + 1);
	flat_u32(flat, &origin, ENCODING_BY_DEFAULT + 1);
	report->format = (enum feed_format)format;
	report->encoding_origin = (enum feed_encoding_origin)origin;
	flat_bool(flat, &report->is_whole);
	flat_u64(flat, &report->bytes);
	flat_text(flat, &report->encoding);
	flat_text(flat, &report->root);
	flat_text(flat, &report->root_space);
	flat_text(flat, &report->dialect);
	flat_text(flat, &report->dialect_reason);
	flat_bool(flat, &report->has_records);
	flat_u64(flat, &report->oversize);
	flat_u64(flat, &report->left_out);
	flat_u64(flat, &report->undefined);
	flat_u64(flat, &report->faults);
	flat_u32(flat, &report->namespace_count, PROBE_NAMESPACES_MAX + 1);
	for (uint32_t i = 0; i < report->namespace_count; i++) {
		flat_text(flat, &report->namespaces[i].prefix);
		flat_text(flat, &report->namespaces[i].uri);
	}
}

static void code_report(struct flat *flat, struct probe_report *report)
{
	code_head(flat, report);
	report->lists = flat_array(flat, report->lists, &report->list_count, PROBE_LISTS_MAX, sizeof(*report->lists));
	for (uint32_t i = 0; i < report->list_count && !flat->failed; i++)
		code_list(flat, &report->lists[i], i);
	report->fields = flat_array(flat, report->fields, &report->field_count, PROBE_FIELDS_MAX, sizeof(*report->fields));
	for (uint32_t i = 0; i < report->field_count && !flat->failed; i++)
		code_field(flat, &report->fields[i], report->list_count);
	if (report->has_records && report->list_count == 0)
		flat->failed = true;
}

int probe_report_encode(const struct probe_report *report, struct buffer *buffer, struct error *err)
{
	struct flat flat = flat_writer(buffer);
	struct probe_report copy = *report; /* writing changes nothing */

	code_report(&flat, &copy);
	return flat_is_done(&flat) ? 0 : error_set_memory(err);
}

int probe_report_decode(struct slice bytes, struct arena *arena, struct probe_report *ret_report, struct error *err)
{
	struct flat flat = flat_reader(bytes, arena);

	*ret_report = (struct probe_report){.lists = NULL};
	code_report(&flat, ret_report);
	if (flat.is_out_of_memory)
		return error_set_memory(err);
	if (!flat_is_done(&flat))
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
