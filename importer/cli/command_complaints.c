/* feedmill complaints: what is wrong with a feed, by kind of fault with a sample and what to do, or each. */
#include "base/json.h"
#include "base/json_read.h"
#include "base/number.h"
#include "base/utf8.h"
#include "cli/listing.h"
#include "cli/plan_file.h"

#include <stdlib.h>
#include <string.h>

#define GROUPS_BYTES_MAX (16 * 1024 * 1024)
#define SAMPLE_BYTES_MAX 100

/* A fault of each kind. */
struct sample {
	bool is_there;
	struct slice kind;
	struct slice item_id;
	struct slice field;
	struct slice text;
	int64_t line;   /* 0 = unknown */
	int64_t column; /* 0 = unknown */
	int64_t record; /* 0 = unknown */
};

struct groups {
	struct arena arena;                   /* texts of samples */
	int64_t counts[COMPLAINT_CODE_COUNT]; /* all of the run, also those that are not kept */
	int64_t kept[COMPLAINT_CODE_COUNT];
	struct sample samples[COMPLAINT_CODE_COUNT]; /* the first in the feed */
	bool was_read;                               /* the run came so far that it could complain */
};

/* --- totals: the counts in the run's row --- */

static void take_counts(struct groups *groups, struct slice counts)
{
	struct slice complaints;
	struct slice codes;
	struct slice name;
	struct slice value;
	struct json_walk walk;

	groups->was_read = json_find(counts, "complaints", &complaints) && !slice_equal_text(complaints, "null");
	if (!groups->was_read || !json_find(complaints, "codes", &codes) || !json_walk_begin(&walk, codes))
		return;
	while (json_walk_next(&walk, &name, &value)) {
		const enum complaint_code code = complaint_find(name);
		int64_t count;

		/* A code of a newer version has no advice here. */
		if (code != COMPLAINT_CODE_COUNT && number_parse_integer(value, 0, INT64_MAX, &count))
			groups->counts[code] = count;
	}
}

static int take_run(void *context, const struct store_value *values, size_t count, struct error *err)
{
	(void)err;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(values[i].name, "counts") == 0 && values[i].type == STORE_JSON)
			take_counts(context, values[i].text);
	}
	return 0;
}

/* --- samples: rows of the store, or lines of a dry run's plan --- */

static const struct store_value *find_value(const struct store_value *values, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(values[i].name, name) == 0 && values[i].type != STORE_NULL)
			return &values[i];
	}
	return NULL;
}

static int64_t integer_of(const struct store_value *values, size_t count, const char *name)
{
	const struct store_value *value = find_value(values, count, name);

	return value && value->type == STORE_INTEGER ? value->integer : 0;
}

static bool copy_value(struct arena *arena, const struct store_value *values, size_t count, const char *name,
                       struct slice *ret_text)
{
	const struct store_value *value = find_value(values, count, name);

	return !value || value->type == STORE_INTEGER || arena_copy(arena, value->text, ret_text);
}

/* The sample of a code, if this is its first complaint. */
static struct sample *begin_sample(struct groups *groups, struct slice code_name)
{
	const enum complaint_code code = complaint_find(code_name);

	if (code == COMPLAINT_CODE_COUNT || groups->kept[code]++ > 0)
		return NULL;
	groups->samples[code].is_there = true;
	return &groups->samples[code];
}

static int take_row(void *context, const struct store_value *values, size_t count, struct error *err)
{
	struct groups *groups = context;
	const struct store_value *code = find_value(values, count, "code");
	struct sample *sample = code ? begin_sample(groups, code->text) : NULL;

	if (!sample)
		return 0;
	sample->line = integer_of(values, count, "line_no");
	sample->column = integer_of(values, count, "column_no");
	sample->record = integer_of(values, count, "record");
	if (!copy_value(&groups->arena, values, count, "kind", &sample->kind) ||
	    !copy_value(&groups->arena, values, count, "item_id", &sample->item_id) ||
	    !copy_value(&groups->arena, values, count, "field", &sample->field) ||
	    !copy_value(&groups->arena, values, count, "text", &sample->text))
		return error_set_memory(err);
	return 0;
}

static int64_t member_integer(struct slice line, const char *name)
{
	struct slice value;
	int64_t number;

	return json_find(line, name, &value) && number_parse_integer(value, 0, INT64_MAX, &number) ? number : 0;
}

/* What a member says, or nothing; false without memory. */
static bool member_text(struct groups *groups, struct slice line, const char *name, struct slice *ret_text)
{
	struct slice value;
	struct buffer text;
	bool is_kept = true;

	buffer_init(&text, GROUPS_BYTES_MAX);
	if (json_find(line, name, &value) && json_string_append(value, &text))
		is_kept = !text.failed && arena_copy(&groups->arena, buffer_slice(&text), ret_text);
	buffer_release(&text);
	return is_kept;
}

static int take_line(struct groups *groups, struct slice line, struct error *err)
{
	struct slice code = {NULL, 0};
	struct sample *sample;

	if (!member_text(groups, line, "code", &code))
		return error_set_memory(err);
	sample = begin_sample(groups, code);
	if (!sample)
		return 0;
	sample->line = member_integer(line, "line_no");
	sample->column = member_integer(line, "column_no");
	sample->record = member_integer(line, "record");
	if (!member_text(groups, line, "kind", &sample->kind) || !member_text(groups, line, "item_id", &sample->item_id) ||
	    !member_text(groups, line, "field", &sample->field) || !member_text(groups, line, "text", &sample->text))
		return error_set_memory(err);
	return 0;
}

static int read_plan(struct groups *groups, struct plan_reader *plan, struct error *err)
{
	const struct plan_filter filter = {.list = PLAN_LIST_COMPLAINTS};
	struct slice line;
	int64_t count = 0;
	int step;

	while ((step = plan_file_next(plan, &filter, &line, &count, err)) == 1) {
		if (take_line(groups, line, err) < 0)
			return -1;
	}
	return step;
}

static int read_groups(struct groups *groups, struct store *store, int64_t run_id, struct plan_reader *plan, struct error *err)
{
	const struct store_selection run = {.list = STORE_LIST_RUNS, .run_id = run_id};
	const struct store_selection rows = {.list = STORE_LIST_COMPLAINTS, .run_id = run_id};
	const struct store_row_sink run_sink = {.context = groups, .row = take_run};
	const struct store_row_sink row_sink = {.context = groups, .row = take_row};

	if (store_select(store, &run, run_sink, err) < 0)
		return -1;
	return plan ? read_plan(groups, plan, err) : store_select(store, &rows, row_sink, err);
}

/* --- printing --- */

/* The heaviest first, and of one weight the most frequent. */
static size_t sort_codes(const struct groups *groups, enum complaint_code ret_codes[COMPLAINT_CODE_COUNT])
{
	size_t count = 0;

	for (unsigned code = 0; code < COMPLAINT_CODE_COUNT; code++) {
		size_t at = count;

		if (groups->counts[code] == 0)
			continue;
		for (; at > 0; at--) {
			const enum complaint_code before = ret_codes[at - 1];
			const enum complaint_severity left = complaint_definition(before)->severity;
			const enum complaint_severity right = complaint_definition((enum complaint_code)code)->severity;

			if (left > right || (left == right && groups->counts[before] >= groups->counts[code]))
				break;
			ret_codes[at] = before;
		}
		ret_codes[at] = (enum complaint_code)code;
		count++;
	}
	return count;
}

static void append_json_text(struct json_writer *json, const char *name, struct slice text)
{
	json_key(json, name);
	if (text.size > 0)
		json_string(json, text);
	else
		json_null(json);
}

static void append_json_known(struct json_writer *json, const char *name, int64_t value)
{
	json_key(json, name);
	if (value > 0)
		json_integer(json, value);
	else
		json_null(json);
}

static void append_json_group(struct buffer *buffer, const struct groups *groups, enum complaint_code code)
{
	const struct complaint_definition *definition = complaint_definition(code);
	const struct sample *sample = &groups->samples[code];
	struct json_writer json;

	json_writer_init(&json, buffer);
	json_object_begin(&json);
	json_member_text(&json, "severity", complaint_severity_name(definition->severity));
	json_member_text(&json, "code", definition->name);
	json_member_integer(&json, "count", groups->counts[code]);
	json_member_integer(&json, "kept", groups->kept[code]);
	json_member_text(&json, "advice", definition->advice);
	json_key(&json, "sample");
	if (sample->is_there) {
		json_object_begin(&json);
		append_json_text(&json, "kind", sample->kind);
		append_json_text(&json, "item_id", sample->item_id);
		append_json_known(&json, "line_no", sample->line);
		append_json_known(&json, "column_no", sample->column);
		append_json_text(&json, "field", sample->field);
		append_json_text(&json, "text", sample->text);
		append_json_known(&json, "record", sample->record);
		json_object_end(&json);
	} else {
		json_null(&json);
	}
	json_object_end(&json);
	(void)buffer_append_byte(buffer, '\n'); /* failure sticks and is seen at the end */
}

/* 'sku A12, line 4, column 7, price: ten' */
static void append_sample(struct buffer *buffer, const struct sample *sample)
{
	const struct slice cut = utf8_cut(sample->text, SAMPLE_BYTES_MAX);

	if (sample->item_id.size > 0) {
		utf8_append_printable(buffer, sample->kind);
		(void)buffer_append_byte(buffer, ' '); /* failure sticks and is seen at the end */
		utf8_append_printable(buffer, sample->item_id);
	} else if (sample->record > 0) {
		(void)buffer_append_format(buffer, "record %lld", (long long)sample->record);
	} else {
		(void)buffer_append_text(buffer, "the feed");
	}
	if (sample->line > 0)
		(void)buffer_append_format(buffer, ", line %lld, column %lld", (long long)sample->line, (long long)sample->column);
	if (sample->field.size > 0) {
		(void)buffer_append_text(buffer, ", ");
		utf8_append_printable(buffer, sample->field);
	}
	if (cut.size == 0)
		return;
	(void)buffer_append_text(buffer, ": ");
	utf8_append_printable(buffer, cut);
	if (cut.size < sample->text.size)
		(void)buffer_append_text(buffer, "…");
}

static void append_text_group(const struct invocation *invocation, struct buffer *buffer, const struct groups *groups,
                              enum complaint_code code)
{
	static const char *const colours[] = {[SEVERITY_NOTE] = "36", [SEVERITY_WARNING] = "33", [SEVERITY_ERROR] = "31"};
	const struct complaint_definition *definition = complaint_definition(code);

	if (invocation->use_colour)
		(void)buffer_append_format(buffer, "\x1b[%sm", colours[definition->severity]); /* failure sticks */
	(void)buffer_append_format(buffer, "%-8s", complaint_severity_name(definition->severity));
	if (invocation->use_colour)
		(void)buffer_append_text(buffer, "\x1b[0m");
	(void)buffer_append_format(buffer, "%8lld  %s\n", (long long)groups->counts[code], definition->name);
	if (groups->samples[code].is_there) {
		(void)buffer_append_format(buffer, "%18s", "");
		append_sample(buffer, &groups->samples[code]);
		(void)buffer_append_byte(buffer, '\n');
	}
	(void)buffer_append_format(buffer, "%18s%s\n", "", definition->advice);
}

static int print_groups(const struct invocation *invocation, const struct groups *groups, int64_t limit)
{
	enum complaint_code codes[COMPLAINT_CODE_COUNT];
	const size_t all = sort_codes(groups, codes);
	const size_t count = limit > 0 && (size_t)limit < all ? (size_t)limit : all;
	const bool as_json = option_given(invocation, OPTION_JSON);
	struct buffer buffer;
	int status = EXIT_DONE;

	buffer_init(&buffer, GROUPS_BYTES_MAX);
	for (size_t i = 0; i < count; i++) {
		if (as_json)
			append_json_group(&buffer, groups, codes[i]);
		else
			append_text_group(invocation, &buffer, groups, codes[i]);
	}
	if (!as_json && count > 0)
		(void)buffer_append_format(&buffer, "\neach of them: feedmill complaints %s --list, or --code CODE\n",
		                           invocation->arguments[0]); /* failure sticks and is seen here */
	if (buffer.failed) {
		fputs("feedmill: out of memory while writing the complaints\n", invocation->errors);
		status = EXIT_FAILED;
	} else if (buffer.size > 0) {
		(void)fwrite(buffer.data, 1, buffer.size, invocation->out); /* checked when the output is flushed */
	} else if (!as_json) {
		fputs(groups->was_read ? "no complaints\n" : "this run did not read a feed, so it has no complaints\n",
		      invocation->errors);
	}
	buffer_release(&buffer);
	return status;
}

static int show_groups(const struct invocation *invocation, struct store *store, const struct store_selection *selection,
                       struct plan_reader *plan)
{
	struct groups *groups = calloc(1, sizeof(*groups));
	struct error err = ERROR_INIT;
	int status;

	if (!groups) {
		(void)error_set_memory(&err);
		return command_fail(invocation, &err);
	}
	arena_init(&groups->arena, GROUPS_BYTES_MAX);
	if (read_groups(groups, store, selection->run_id, plan, &err) < 0)
		status = command_fail(invocation, &err);
	else
		status = print_groups(invocation, groups, selection->limit);
	arena_release(&groups->arena);
	free(groups);
	return status;
}

static int show(const struct invocation *invocation, const struct setting *setting, struct store *store,
                struct store_selection *selection)
{
	const bool is_listed = option_given(invocation, OPTION_LIST) || selection->code;
	struct error err = ERROR_INIT;
	struct plan_reader plan;
	bool has_plan;
	int status;

	if (store_run_find(store, invocation->arguments[0], &selection->run_id, &err) < 0)
		return command_fail(invocation, &err);
	has_plan = plan_file_open(setting, store, selection->run_id, &plan) == 0;
	if (!is_listed) {
		status = show_groups(invocation, store, selection, has_plan ? &plan : NULL);
	} else if (has_plan) {
		const struct plan_filter filter = {
			.list = PLAN_LIST_COMPLAINTS, .code = selection->code, .limit = selection->limit};
		status = plan_file_print(invocation, &plan, &filter);
	} else {
		status = listing_print(invocation, store, selection);
	}
	if (status == EXIT_DONE)
		listing_tell_gone(invocation, store, selection);
	if (has_plan)
		plan_reader_close(&plan);
	return status;
}

static int complaints(const struct invocation *invocation)
{
	struct setting setting;
	struct store *store;
	struct store_selection selection;
	int status = listing_filters(invocation, STORE_LIST_COMPLAINTS, &selection);

	if (status != EXIT_DONE)
		return status;
	if (selection.code && complaint_find(slice_from(selection.code)) == COMPLAINT_CODE_COUNT)
		return command_usage(invocation, "there is no complaint of the code '%s'", selection.code);
	status = listing_open(invocation, &setting, &store);
	if (status != EXIT_DONE)
		return status;
	status = show(invocation, &setting, store, &selection);
	listing_close(&setting, store);
	return status;
}

static const enum option_id options[] = {OPTION_CONFIG, OPTION_STORE, OPTION_LIST, OPTION_CODE, OPTION_LIMIT, OPTION_JSON};

const struct command command_complaints = {
	.name = "complaints",
	.arguments = "RUN",
	.summary = "show the faults a run found in its feed: how many of each kind, a sample, and what to do",
	.details =
		"RUN is a number, or a job's name for its latest run. --list shows each fault with line and column, --code those of one\n"
		"kind. The numbers are those of the whole run; of each kind the first thousand are kept for the list.",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = complaints,
};
