/* Plans, written as OnCalendar expressions. */
#include "config/plan.h"

#include "base/number.h"
#include "config/schedule.h"
#include "config/value_show.h"

#include <string.h>

enum plan_key {
	PLAN_MINUTES,
	PLAN_HOURS,
	PLAN_MONTH_DAYS,
	PLAN_WEEKDAYS,
	PLAN_NTH,
	PLAN_MONTHS,
	PLAN_YEARS,
	PLAN_LISTS, /* how many of the keys are lists */
};

#define PLAN_VALUES_MAX 64
#define PLAN_TEXT_BYTES 4096
#define WORD_BYTES 3 /* that tell weekdays and months apart */

static const char *const weekday_words[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", NULL};
static const char *const nth_words[] = {"first", "second", "third", "fourth", "fifth", "last", NULL};
static const char *const month_words[] = {"january", "february",  "march",   "april",    "may",      "june", "july",
                                          "august",  "september", "october", "november", "december", NULL};

#define NTH_LAST 6

static const struct plan_list_kind {
	const char *name;
	int64_t minimum; /* of numbers, where they may be written */
	int64_t maximum; /* 0 = only words */
	const char *const *words;
	size_t word_bytes; /* so many bytes of a word are enough; 0 = all of it */
} kinds[PLAN_LISTS] = {
	[PLAN_MINUTES] = {"minutes", 0, 59, NULL, 0},       [PLAN_HOURS] = {"hours", 0, 23, NULL, 0},
	[PLAN_MONTH_DAYS] = {"month_days", 1, 31, NULL, 0}, [PLAN_WEEKDAYS] = {"weekdays", 0, 0, weekday_words, WORD_BYTES},
	[PLAN_NTH] = {"nth", 1, 5, nth_words, 0},           [PLAN_MONTHS] = {"months", 1, 12, month_words, WORD_BYTES},
	[PLAN_YEARS] = {"years", 1970, 2199, NULL, 0},
};

struct plan_list {
	int64_t values[PLAN_VALUES_MAX];
	size_t count; /* 0 = every one */
};

struct plan {
	struct plan_list lists[PLAN_LISTS];
	bool is_faulty;
};

static bool word_matches(struct slice text, const char *word, size_t enough)
{
	const struct slice all = slice_from(word);
	return slice_equal_folded(text, all) ||
	       (enough > 0 && text.size == enough && slice_equal_folded(text, slice_make(word, enough)));
}

/* Words count from 1. */
static bool parse_value(const struct plan_list_kind *kind, struct slice text, int64_t *ret_value)
{
	for (size_t index = 0; kind->words != NULL && kind->words[index] != NULL; index++) {
		if (word_matches(text, kind->words[index], kind->word_bytes)) {
			*ret_value = (int64_t)index + 1;
			return true;
		}
	}
	return kind->maximum > 0 && number_parse_integer(text, kind->minimum, kind->maximum, ret_value);
}

static void note_value(const struct settings *settings, const struct yaml_node *node, const struct plan_list_kind *kind)
{
	const char *shown = node->type == YAML_SCALAR ? VALUE_SHOW(node->text) : yaml_type_name(node);
	if (kind->words == NULL)
		config_problem_at(settings->problems, settings->document, node, false,
		                  "plan: %s: '%s' is not a whole number from %lld to %lld", kind->name, shown,
		                  (long long)kind->minimum, (long long)kind->maximum);
	else
		config_problem_at(settings->problems, settings->document, node, false,
		                  "plan: %s: '%s' is not understood; write it as '%s'", kind->name, shown, kind->words[0]);
}

static bool list_has(const struct plan_list *list, int64_t value)
{
	for (size_t index = 0; index < list->count; index++)
		if (list->values[index] == value)
			return true;
	return false;
}

static void read_value(const struct settings *settings, const struct yaml_node *node, const struct plan_list_kind *kind,
                       struct plan_list *list, struct plan *plan)
{
	int64_t value;
	if (node->type != YAML_SCALAR || !parse_value(kind, node->text, &value)) {
		note_value(settings, node, kind);
		plan->is_faulty = true;
	} else if (!list_has(list, value) && list->count < PLAN_VALUES_MAX) {
		list->values[list->count++] = value;
	}
}

static void read_list(const struct settings *settings, const struct yaml_node *node, enum plan_key key, struct plan *plan)
{
	const struct plan_list_kind *kind = &kinds[key];
	if (node->type == YAML_SEQUENCE) {
		for (const struct yaml_node *entry = node->first; entry != NULL; entry = entry->next)
			read_value(settings, entry, kind, &plan->lists[key], plan);
	} else if (yaml_check_scalar(settings->document, node, settings->problems)) {
		read_value(settings, node, kind, &plan->lists[key], plan);
	} else {
		plan->is_faulty = true;
	}
}

static void read_bound(const struct settings *settings, const struct yaml_node *node, bool is_end, struct job_schedule *schedule)
{
	struct error err = ERROR_INIT;
	int64_t *ms = is_end ? &schedule->active_until_ms : &schedule->active_from_ms;
	bool *is_local = is_end ? &schedule->active_until_is_local : &schedule->active_from_is_local;
	if (yaml_check_scalar(settings->document, node, settings->problems) &&
	    schedule_parse_instant(node->text, is_end, ms, is_local, &err) < 0)
		config_problem_at(settings->problems, settings->document, node, false, "plan: %s: %s", node->key.data, err.message);
}

/* '2,3', or '*' for every one. */
static void append_list(struct buffer *text, const struct plan_list *list, int width)
{
	if (list->count == 0)
		(void)buffer_append_byte(text, '*');
	for (size_t index = 0; index < list->count; index++)
		(void)buffer_append_format(text, "%s%0*lld", index > 0 ? "," : "", width, (long long)list->values[index]);
}

/* The days of the month on which a weekday is its first, second … one. */
static void append_days(struct buffer *text, const struct plan *plan)
{
	const struct plan_list *nth = &plan->lists[PLAN_NTH];
	if (nth->count == 0) {
		(void)buffer_append_byte(text, '-');
		append_list(text, &plan->lists[PLAN_MONTH_DAYS], 2);
		return;
	}
	if (nth->values[0] == NTH_LAST) {
		(void)buffer_append_text(text, "~07/1");
		return;
	}
	(void)buffer_append_byte(text, '-');
	for (size_t index = 0; index < nth->count; index++) {
		const int first = (int)(nth->values[index] - 1) * 7 + 1;
		(void)buffer_append_format(text, "%s%02d..%02d", index > 0 ? "," : "", first, first + 6 > 31 ? 31 : first + 6);
	}
}

static void append_expression(struct buffer *text, const struct plan *plan)
{
	const struct plan_list *weekdays = &plan->lists[PLAN_WEEKDAYS];
	for (size_t index = 0; index < weekdays->count; index++) {
		const char *word = weekday_words[weekdays->values[index] - 1];
		(void)buffer_append_format(text, "%s%c%.2s", index > 0 ? "," : "", word[0] - 'a' + 'A', word + 1);
	}
	(void)buffer_append_text(text, weekdays->count > 0 ? " " : "");
	append_list(text, &plan->lists[PLAN_YEARS], 4);
	(void)buffer_append_byte(text, '-');
	append_list(text, &plan->lists[PLAN_MONTHS], 2);
	append_days(text, plan);
	(void)buffer_append_byte(text, ' ');
	append_list(text, &plan->lists[PLAN_HOURS], 2);
	(void)buffer_append_byte(text, ':');
	append_list(text, &plan->lists[PLAN_MINUTES], 2);
	(void)buffer_append_text(text, ":00");
}

/* Do the lists make one expression together? */
static const char *fault_of(const struct plan *plan)
{
	const struct plan_list *nth = &plan->lists[PLAN_NTH];
	if (nth->count == 0)
		return NULL;
	if (plan->lists[PLAN_WEEKDAYS].count == 0)
		return "'nth' says which of the month's 'weekdays', and these are missing";
	if (plan->lists[PLAN_MONTH_DAYS].count > 0)
		return "'nth' and 'month_days' exclude each other";
	if (nth->count > 1 && list_has(nth, NTH_LAST))
		return "'last' stands alone in 'nth'; make a second job for the others";
	return NULL;
}

static int finish(const struct settings *settings, const struct yaml_node *node, struct plan *plan, struct job_schedule *schedule,
                  struct error *err)
{
	struct buffer text;
	const char *fault = fault_of(plan);
	if (fault != NULL)
		config_problem_at(settings->problems, settings->document, node, true, "plan: %s", fault);
	if (fault != NULL || plan->is_faulty)
		return 0;
	if (plan->lists[PLAN_MINUTES].count == 0)
		plan->lists[PLAN_MINUTES].count = 1; /* its value is 0 */
	buffer_init(&text, PLAN_TEXT_BYTES);
	append_expression(&text, plan);
	const char *copy = text.failed ? NULL : arena_text(settings->context.arena, buffer_slice(&text));
	buffer_release(&text);
	if (copy == NULL)
		return error_set_memory(err);
	schedule->expression = copy;
	schedule->form = SCHEDULE_CALENDAR;
	return 0;
}

int plan_read(const struct settings *settings, const struct yaml_node *node, struct job_schedule *schedule, struct error *err)
{
	const char *known[PLAN_LISTS + 2] = {[PLAN_LISTS] = "start", [PLAN_LISTS + 1] = "stop"};
	struct plan plan = {.is_faulty = false};
	if (node->type != YAML_MAPPING) {
		config_problem_at(settings->problems, settings->document, node, false,
		                  "plan: expected a mapping as '{minutes: [0, 30], hours: 2}', not a %s", yaml_type_name(node));
		return 0;
	}
	for (size_t key = 0; key < PLAN_LISTS; key++)
		known[key] = kinds[key].name;
	plan.is_faulty = yaml_refuse_unknown(settings->document, node, known, PLAN_LISTS + 2, settings->problems) > 0;
	for (const struct yaml_node *entry = node->first; entry != NULL; entry = entry->next) {
		if (slice_equal_text(entry->key, "start") || slice_equal_text(entry->key, "stop"))
			read_bound(settings, entry, slice_equal_text(entry->key, "stop"), schedule);
		for (size_t key = 0; key < PLAN_LISTS; key++)
			if (slice_equal_text(entry->key, kinds[key].name))
				read_list(settings, entry, (enum plan_key)key, &plan);
	}
	return finish(settings, node, &plan, schedule, err);
}

static void append_value_schema(struct json_writer *json, const struct plan_list_kind *kind)
{
	json_object_begin(json);
	json_key(json, "type");
	json_array_begin(json);
	if (kind->maximum > 0)
		json_text(json, "integer");
	if (kind->words != NULL)
		json_text(json, "string");
	json_array_end(json);
	if (kind->maximum > 0) {
		json_member_integer(json, "minimum", kind->minimum);
		json_member_integer(json, "maximum", kind->maximum);
	}
	json_object_end(json);
}

void plan_append_schema(struct json_writer *json)
{
	json_object_begin(json);
	json_member_text(json, "type", "object");
	json_member_bool(json, "additionalProperties", false);
	json_key(json, "properties");
	json_object_begin(json);
	for (size_t key = 0; key < PLAN_LISTS; key++) {
		json_key(json, kinds[key].name);
		json_object_begin(json);
		json_key(json, "oneOf");
		json_array_begin(json);
		append_value_schema(json, &kinds[key]);
		json_object_begin(json);
		json_member_text(json, "type", "array");
		json_key(json, "items");
		append_value_schema(json, &kinds[key]);
		json_object_end(json);
		json_array_end(json);
		json_object_end(json);
	}
	for (int is_end = 0; is_end < 2; is_end++) {
		json_key(json, is_end ? "stop" : "start");
		json_object_begin(json);
		json_member_text(json, "type", "string");
		json_object_end(json);
	}
	json_object_end(json);
	json_object_end(json);
}
