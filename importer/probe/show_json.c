/* A probe as one JSON object. */
#include "base/json.h"
#include "probe/show.h"

static void write_percent(struct json_writer *json, const char *name, uint64_t part, uint64_t of)
{
	json_member_integer(json, name, guess_percent(part, of));
}

static void write_optional(struct json_writer *json, const char *name, struct slice text)
{
	json_key(json, name);
	if (text.size > 0)
		json_string(json, text);
	else
		json_null(json);
}

static void write_samples(struct json_writer *json, const struct probe_field *field)
{
	json_key(json, "samples");
	json_array_begin(json);
	for (uint32_t i = 0; i < field->sample_count; i++)
		json_string(json, field->samples[i].text);
	json_array_end(json);
}

static void write_mapping(struct json_writer *json, const struct probe_show *show, const struct guess_mapping *mapping)
{
	json_key(json, "guess");
	if (mapping == NULL) {
		json_null(json);
		return;
	}
	json_object_begin(json);
	json_member_text(json, "field", probe_target_name(mapping->target));
	json_member_integer(json, "confidence", mapping->confidence);
	json_key(json, "alternative");
	if (mapping->alternative != GUESS_NONE)
		json_string(json, show->report->fields[mapping->alternative].full);
	else
		json_null(json);
	json_object_end(json);
}

static void write_members(struct json_writer *json, const struct probe_field *field)
{
	if (field->member_count == 0)
		return;
	json_key(json, "folded");
	json_array_begin(json);
	for (uint32_t i = 0; i < field->member_count; i++)
		json_string(json, field->members[i]);
	json_array_end(json);
}

static void write_field(struct json_writer *json, const struct probe_show *show, uint32_t index)
{
	const struct probe_field *field = &show->report->fields[index];
	const uint64_t records = show->report->lists[0].count;
	const enum value_type type = value_tally_type(&field->tally);
	const size_t separator = value_tally_separator(&field->tally);

	json_object_begin(json);
	json_member_string(json, "path", field->full);
	json_member_integer(json, "list", field->list);
	json_member_integer(json, "records", (int64_t)field->records);
	write_percent(json, "share", field->records, records);
	write_percent(json, "share_filled", field->filled, records);
	if (field->list > 0) {
		write_percent(json, "share_of_list", field->owners, show->report->lists[field->list].count);
		write_percent(json, "share_of_list_filled", field->owners_filled, show->report->lists[field->list].count);
	}
	json_member_bool(json, "repeated", field->is_repeated);
	json_member_integer(json, "distinct", (int64_t)field->distinct);
	json_member_integer(json, "repeats", (int64_t)field->repeats);
	json_member_bool(json, "estimated", field->is_estimate);
	json_member_text(json, "type", field->filled > 0 ? value_type_name(type) : "empty");
	if (type == VALUE_PATH && separator < VALUE_SEPARATOR_COUNT)
		json_member_text(json, "separator", value_separator(separator));
	if (field->currency[0])
		json_member_text(json, "currency", field->currency);
	write_samples(json, field);
	write_members(json, field);
	write_mapping(json, show, show->guess ? guess_of_field(show->guess, index) : NULL);
	json_object_end(json);
}

static void write_list(struct json_writer *json, const struct probe_show *show, uint32_t index)
{
	const struct probe_list *list = &show->report->lists[index];

	json_object_begin(json);
	json_member_integer(json, "list", index);
	json_member_string(json, "path", list->full);
	json_member_integer(json, "in", list->outer);
	json_member_integer(json, "count", (int64_t)list->count);
	json_member_integer(json, "most", (int64_t)list->most);
	json_member_bool(json, "skus", show->guess && show->guess->has_skus && show->guess->sku.list == index);
	json_object_end(json);
}

static void write_id(struct json_writer *json, const struct probe_show *show)
{
	const struct guess_item *item = show->guess && show->guess->has_skus ? &show->guess->sku : &show->guess->record;
	const struct guess_mapping *mapping = guess_find(item, PROBE_TARGET_ID);

	json_key(json, "id");
	if (mapping == NULL) {
		json_null(json);
		return;
	}
	const struct probe_field *field = &show->report->fields[mapping->field];
	json_object_begin(json);
	json_member_string(json, "path", field->full);
	json_member_integer(json, "confidence", mapping->confidence);
	json_member_integer(json, "distinct", (int64_t)field->distinct);
	json_member_integer(json, "repeats", (int64_t)field->repeats);
	json_member_bool(json, "estimated", field->is_estimate);
	json_object_end(json);
}

static void write_records(struct json_writer *json, const struct probe_show *show)
{
	const struct probe_report *report = show->report;

	json_key(json, "record");
	if (!report->has_records) {
		json_null(json);
		return;
	}
	json_object_begin(json);
	write_optional(json, "path", report->lists[0].path);
	json_member_integer(json, "count", (int64_t)report->lists[0].count);
	json_member_integer(json, "oversize", (int64_t)report->oversize);
	write_id(json, show);
	json_object_end(json);
	json_key(json, "lists");
	json_array_begin(json);
	for (uint32_t i = 1; i < report->list_count; i++)
		write_list(json, show, i);
	json_array_end(json);
	json_key(json, "fields");
	json_array_begin(json);
	for (uint32_t i = 0; i < report->field_count; i++)
		write_field(json, show, i);
	json_array_end(json);
}

void probe_show_json(const struct probe_show *show, struct buffer *buffer)
{
	const struct probe_report *report = show->report;
	struct json_writer json;

	json_writer_init(&json, buffer);
	json_object_begin(&json);
	json_member_text(&json, "source", show->source);
	json_member_text(&json, "format", feed_format_name(report->format));
	json_member_string(&json, "encoding", report->encoding);
	json_member_text(&json, "encoding_from", probe_encoding_origin(report->encoding_origin));
	json_member_integer(&json, "bytes", (int64_t)report->bytes);
	json_member_bool(&json, "whole", report->is_whole || report->format == FEED_XML);
	write_optional(&json, "root", report->root);
	write_optional(&json, "root_namespace", report->root_space);
	write_optional(&json, "dialect", report->dialect);
	write_optional(&json, "dialect_reason", report->dialect_reason);
	json_member_integer(&json, "faults", (int64_t)report->faults);
	json_member_integer(&json, "undefined_bytes", (int64_t)report->undefined);
	json_member_integer(&json, "left_out", (int64_t)report->left_out);
	write_records(&json, show);
	json_object_end(&json);
}
