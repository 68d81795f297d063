/* Lines of a plan in words. */
#include "run/plan_sample.h"

#include "base/json_read.h"
#include "base/number.h"
#include "base/utf8.h"

#include <string.h>

#define VALUE_BYTES_MAX ((size_t)40)
#define FIELDS_SHOWN 3
#define TEXT_BYTES_MAX (LIMIT_RECORD_BYTES)

/* ---- Words ---- */

static bool is_micros(struct slice name)
{
	static const struct slice ending = SLICE("_micros");

	return name.size > ending.size && slice_equal(slice_make(name.data + name.size - ending.size, ending.size), ending);
}

/* 'price' for 'price_micros'. */
static void append_name(struct buffer *buffer, struct slice name)
{
	utf8_append_printable(buffer, is_micros(name) ? slice_make(name.data, name.size - strlen("_micros")) : name);
}

static void append_cut(struct buffer *buffer, struct slice text)
{
	const struct slice cut = utf8_cut(text, VALUE_BYTES_MAX);

	utf8_append_printable(buffer, cut);
	if (cut.size < text.size)
		(void)buffer_append_text(buffer, "…"); /* failure sticks */
}

static void append_value(struct buffer *buffer, struct slice name, struct slice value)
{
	struct buffer text;
	int64_t number;

	if (value.size == 0 || slice_equal_text(value, "null")) {
		(void)buffer_append_text(buffer, "nothing"); /* failure sticks */
		return;
	}
	if (is_micros(name) && number_parse_integer(value, INT64_MIN, INT64_MAX, &number)) {
		number_append_micros(buffer, number, 0);
		return;
	}
	buffer_init(&text, TEXT_BYTES_MAX);
	if (json_string_append(value, &text)) {
		(void)buffer_append_byte(buffer, '\'');
		append_cut(buffer, buffer_slice(&text));
		(void)buffer_append_byte(buffer, '\'');
	} else {
		append_cut(buffer, value);
	}
	buffer_release(&text);
}

/* 'price 10 → 12, name 'Old' → 'New' and 2 more'. */
static void append_differences(struct buffer *buffer, const struct plan_change *change)
{
	struct json_walk walk;
	struct slice name;
	struct slice value;
	size_t count = 0;

	if (!json_walk_begin(&walk, change->after))
		return;
	while (json_walk_next(&walk, &name, &value)) {
		struct slice before = {NULL, 0};
		struct json_walk old;
		struct slice old_name;
		struct slice old_value;

		if (count++ >= FIELDS_SHOWN)
			continue;
		if (json_walk_begin(&old, change->before)) {
			while (json_walk_next(&old, &old_name, &old_value))
				if (slice_equal(old_name, name))
					before = old_value;
		}
		(void)buffer_append_text(buffer, count > 1 ? ", " : ""); /* failure sticks */
		append_name(buffer, name);
		(void)buffer_append_byte(buffer, ' ');
		append_value(buffer, name, before);
		(void)buffer_append_text(buffer, " → ");
		append_value(buffer, name, value);
	}
	if (count > FIELDS_SHOWN)
		(void)buffer_append_format(buffer, " and %zu more", count - FIELDS_SHOWN);
}

/* Of a row that comes or goes: what a person knows it by. */
static void append_row(struct buffer *buffer, struct slice row)
{
	static const char *const shown[] = {"name", "price_micros", "currency"};
	struct slice value;
	bool is_first = true;

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		if (!json_find(row, shown[i], &value))
			continue;
		(void)buffer_append_text(buffer, is_first ? "" : ", "); /* failure sticks */
		append_name(buffer, slice_from(shown[i]));
		(void)buffer_append_byte(buffer, ' ');
		append_value(buffer, slice_from(shown[i]), value);
		is_first = false;
	}
}

bool plan_sample_make(struct slice line, struct plan_sample *ret_sample)
{
	struct plan_change change;
	struct buffer what;

	if (!plan_change_read(line, &change))
		return false;
	*ret_sample = (struct plan_sample){.kind = change.kind, .action = change.action};
	if (!json_string_copy(change.item_id, ret_sample->id, sizeof(ret_sample->id)))
		return false;
	buffer_init(&what, TEXT_BYTES_MAX);
	if (change.action == PLAN_CREATED)
		append_row(&what, change.after);
	else if (change.action == PLAN_REMOVED)
		append_row(&what, change.before);
	else
		append_differences(&what, &change);
	if (!what.failed && what.size > 0) {
		const struct slice cut = utf8_cut(buffer_slice(&what), sizeof(ret_sample->what) - 1);
		memcpy(ret_sample->what, cut.data, cut.size);
		ret_sample->what[cut.size] = '\0';
	}
	buffer_release(&what);
	return true;
}

/* ---- Choosing ---- */

/* How many times as much, or as little, a number becomes, per mille; one that comes or goes is the worst. */
static int64_t rank_of(const struct plan_change *change, const char *field)
{
	struct slice before;
	struct slice after;
	int64_t smaller;
	int64_t greater;

	if (!json_find(change->before, field, &before) || !json_find(change->after, field, &after) ||
	    !number_parse_integer(before, 1, INT64_MAX, &smaller) || !number_parse_integer(after, 1, INT64_MAX, &greater))
		return INT64_MAX;
	if (smaller > greater) {
		const int64_t swapped = smaller;
		smaller = greater;
		greater = swapped;
	}
	return greater > INT64_MAX / 1000 ? greater / (smaller / 1000 + 1) : greater * 1000 / smaller;
}

static bool fits(const struct plan_wish *wish, enum plan_kind kind, enum plan_action action)
{
	return (wish->kind == PLAN_KIND_COUNT || wish->kind == kind) &&
	       (wish->action == PLAN_ACTION_COUNT || wish->action == action);
}

static void insert(struct plan_samples *samples, size_t limit, const struct plan_sample *sample, int64_t rank)
{
	size_t at = samples->count;

	for (; at > 0 && samples->ranks[at - 1] < rank; at--) {
		if (at < limit) {
			samples->samples[at] = samples->samples[at - 1];
			samples->ranks[at] = samples->ranks[at - 1];
		}
	}
	if (at >= limit)
		return;
	samples->samples[at] = *sample;
	samples->ranks[at] = rank;
	if (samples->count < limit)
		samples->count++;
}

static void offer(const struct plan_wish *wish, struct plan_samples *samples, size_t limit, struct slice line)
{
	struct plan_change change;
	struct plan_sample sample;
	struct slice ignored;
	int64_t rank = 0;

	if (samples->count == limit && !wish->wants_greatest)
		return;
	if (wish->field || wish->wants_greatest) {
		if (!plan_change_read(line, &change) || !json_find(change.after, wish->field, &ignored))
			return;
		rank = wish->wants_greatest ? rank_of(&change, wish->field) : 0;
		if (samples->count == limit && rank <= samples->ranks[limit - 1])
			return;
	}
	if (plan_sample_make(line, &sample))
		insert(samples, limit, &sample, rank);
}

int plan_samples_collect(const char *path, const struct plan_wish *wishes, struct plan_samples *ret_samples, size_t count,
                         size_t limit, struct error *err)
{
	struct plan_reader reader = PLAN_READER_INIT;
	struct slice line;
	enum plan_kind kind;
	enum plan_action action;
	int step;

	for (size_t i = 0; i < count; i++)
		ret_samples[i].count = 0;
	if (plan_reader_open(&reader, path, err) < 0)
		return -1;
	while ((step = plan_reader_next(&reader, &line, err)) == 1) {
		if (!plan_line_sort(line, &kind, &action))
			continue;
		for (size_t i = 0; i < count; i++) {
			if (fits(&wishes[i], kind, action))
				offer(&wishes[i], &ret_samples[i], limit < PLAN_SAMPLES_MAX ? limit : PLAN_SAMPLES_MAX, line);
		}
	}
	plan_reader_close(&reader);
	return step;
}
