/* When a job runs, as it is written: forms, zones, instants. */
#include "config/schedule.h"

#include "base/instant.h"
#include "base/zone.h"
#include "config/plan.h"
#include "config/value.h"
#include "config/value_show.h"

#include <assert.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define CRON_FIELDS 5

static const char *const form_names[] = {[SCHEDULE_CRON] = "cron", [SCHEDULE_CALENDAR] = "calendar", [SCHEDULE_EVERY] = "every"};

#define FORM_COUNT (sizeof(form_names) / sizeof(form_names[0]))

const char *schedule_form_name(enum schedule_form form)
{
	assert((size_t)form < FORM_COUNT);
	return form_names[form];
}

static size_t count_words(struct slice text)
{
	size_t count = 0;
	bool is_in_word = false;
	for (size_t index = 0; index < text.size; index++) {
		const bool is_blank = text.data[index] == ' ' || text.data[index] == '\t';
		if (!is_blank && !is_in_word)
			count++;
		is_in_word = !is_blank;
	}
	return count;
}

static int keep(struct slice text, enum schedule_form form, struct arena *arena, struct job_schedule *schedule, struct error *err)
{
	const struct slice trimmed = slice_trim(text);
	if (trimmed.size == 0)
		return error_set(err, ERROR_CONFIG, "the expression is empty");
	if (value_check_text(trimmed, SCHEDULE_EXPRESSION_BYTES, err) < 0)
		return -1;
	const struct value_range range = {.minimum = SCHEDULE_EVERY_MIN_MS, .maximum = SCHEDULE_EVERY_MAX_MS};
	int64_t ms;
	if (form == SCHEDULE_EVERY && value_parse_duration(trimmed, range, &ms, err) < 0)
		return -1;
	const char *copy = arena_text(arena, trimmed);
	if (copy == NULL)
		return error_set_memory(err);
	schedule->expression = copy;
	schedule->form = form;
	return 0;
}

int schedule_parse(struct slice text, struct arena *arena, struct job_schedule *schedule, struct error *err)
{
	const struct slice trimmed = slice_trim(text);
	const bool is_cron = slice_starts_with(trimmed, "@") || count_words(trimmed) == CRON_FIELDS;
	return keep(trimmed, is_cron ? SCHEDULE_CRON : SCHEDULE_CALENDAR, arena, schedule, err);
}

static int read_expression(const struct settings *settings, const struct yaml_node *node, enum schedule_form form,
                           struct job_schedule *schedule, struct error *err)
{
	if (!yaml_check_scalar(settings->document, node, settings->problems))
		return 0;
	if (keep(node->text, form, settings->context.arena, schedule, err) == 0)
		return 0;
	if (err->code == ERROR_MEMORY)
		return -1;
	config_problem_at(settings->problems, settings->document, node, false, "schedule: %s: %s", form_names[form], err->message);
	return 0;
}

int schedule_read(const struct settings *settings, const struct yaml_node *mapping, struct job_schedule *schedule,
                  struct error *err)
{
	static const char *const known[] = {"cron", "calendar", "every", "plan"};
	const struct yaml_node *node = mapping->first;
	if (yaml_refuse_unknown(settings->document, mapping, known, sizeof(known) / sizeof(known[0]), settings->problems) > 0)
		return 0;
	if (node == NULL || node->next != NULL) {
		config_problem_at(settings->problems, settings->document, mapping, false,
		                  "schedule: expected one of 'cron', 'calendar', 'every' or 'plan'");
		return 0;
	}
	if (slice_equal_text(node->key, "plan"))
		return plan_read(settings, node, schedule, err);
	for (size_t form = 0; form < FORM_COUNT; form++)
		if (slice_equal_text(node->key, form_names[form]))
			return read_expression(settings, node, (enum schedule_form)form, schedule, err);
	return 0;
}

int schedule_parse_zone(struct slice text, struct arena *arena, struct job_config *job, struct error *err)
{
	struct buffer offset;
	struct error ignored = ERROR_INIT;
	int minutes = 0;
	const char *copy = NULL;
	if (zone_name_is_valid(text)) {
		copy = arena_text(arena, text);
	} else if (value_parse_offset(text, &minutes, &ignored) == 0) {
		buffer_init(&offset, 64);
		value_append_offset(&offset, minutes);
		if (!offset.failed)
			copy = arena_text(arena, buffer_slice(&offset));
		buffer_release(&offset);
	} else {
		return error_set(err, ERROR_CONFIG, "'%s' is not a time zone; write it as 'Europe/Warsaw', 'UTC' or '+02:00'",
		                 VALUE_SHOW(text));
	}
	if (copy == NULL)
		return error_set_memory(err);
	job->schedule.time_zone = copy;
	job->offset_minutes = minutes;
	return 0;
}

int schedule_parse_instant(struct slice text, bool is_end, int64_t *ret_ms, bool *ret_is_local, struct error *err)
{
	int64_t as_utc = 0;
	int64_t as_other = 0;
	const struct slice trimmed = slice_trim(text);
	if (!instant_parse(trimmed, 0, &as_utc) || !instant_parse(trimmed, 60, &as_other))
		return error_set(
			err, ERROR_CONFIG,
			"'%s' is not a date or instant; write it as '2026-12-24', '2026-12-24 18:00' or '2026-12-24T18:00:00+01:00'",
			VALUE_SHOW(text));
	const bool is_date = slice_find(trimmed, (struct slice)SLICE(":")) == SIZE_MAX;
	*ret_is_local = as_utc != as_other; /* an offset in it leaves no choice */
	*ret_ms = as_utc + (is_end && is_date ? DAY_MS : 0);
	return 0;
}

void schedule_append_instant(int64_t ms, bool is_local, struct buffer *buffer)
{
	char text[INSTANT_TEXT_SIZE];
	instant_format(ms, text);
	const struct slice all = slice_from(text);
	(void)buffer_append_slice(buffer, is_local && all.size > 0 ? slice_make(all.data, all.size - 1) : all);
}

void schedule_append_schema(const char *duration_pattern, struct json_writer *json)
{
	json_key(json, "oneOf");
	json_array_begin(json);
	json_object_begin(json);
	json_member_text(json, "type", "string");
	json_object_end(json);
	json_object_begin(json);
	json_member_text(json, "type", "object");
	json_member_integer(json, "minProperties", 1);
	json_member_integer(json, "maxProperties", 1);
	json_member_bool(json, "additionalProperties", false);
	json_key(json, "properties");
	json_object_begin(json);
	for (size_t form = 0; form < FORM_COUNT; form++) {
		json_key(json, form_names[form]);
		json_object_begin(json);
		json_member_text(json, "type", "string");
		if (form == SCHEDULE_EVERY)
			json_member_text(json, "pattern", duration_pattern);
		json_object_end(json);
	}
	json_key(json, "plan");
	plan_append_schema(json);
	json_object_end(json);
	json_object_end(json);
	json_array_end(json);
}
