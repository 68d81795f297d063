/* Plans of dry and held runs. */
#include "cli/plan_file.h"

#include "base/json_read.h"
#include "base/number.h"
#include "cli/output.h"
#include "run/run.h"

#include <string.h>

#define LINE_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define COLUMNS_MAX 10

int plan_file_open(const struct setting *setting, const struct store *store, int64_t run_id, struct plan_reader *ret_plan)
{
	struct error ignored = ERROR_INIT; /* most runs have none, and then the ledger is asked */
	char path[4096];

	if (!run_plan_path(setting->state_folder, store_seed(store), run_id, path, sizeof(path)))
		return -1;
	return plan_reader_open(ret_plan, path, &ignored);
}

static bool fits(struct slice line, const struct plan_filter *filter)
{
	enum plan_kind kind;
	enum plan_action action;
	struct slice code;
	char text[64];

	if (filter->list == PLAN_LIST_CHANGES)
		return plan_line_sort(line, &kind, &action) && kind != PLAN_FIELD;
	if (!plan_line_is_complaint(line))
		return false;
	return !filter->code ||
	       (json_find(line, "code", &code) && json_string_copy(code, text, sizeof(text)) && strcmp(text, filter->code) == 0);
}

int plan_file_next(struct plan_reader *plan, const struct plan_filter *filter, struct slice *ret_line, int64_t *count,
                   struct error *err)
{
	int step = 0;

	while ((filter->limit == 0 || *count < filter->limit) && (step = plan_reader_next(plan, ret_line, err)) == 1) {
		if (!fits(*ret_line, filter))
			continue;
		(*count)++;
		return 1;
	}
	return step < 0 ? -1 : 0;
}

/* ---- Printing ---- */

struct plan_column {
	const char *name;
	enum store_value_type type;
};

/* As the listings of the store have them. */
static const struct plan_column change_columns[] = {
	{"kind", STORE_TEXT}, {"item_id", STORE_TEXT}, {"action", STORE_TEXT}, {"before", STORE_JSON}, {"after", STORE_JSON}};
static const struct plan_column complaint_columns[COLUMNS_MAX] = {
	{"severity", STORE_TEXT},   {"code", STORE_TEXT},         {"kind", STORE_TEXT},           {"item_id", STORE_TEXT},
	{"line_no", STORE_INTEGER}, {"column_no", STORE_INTEGER}, {"byte_offset", STORE_INTEGER}, {"field", STORE_TEXT},
	{"text", STORE_TEXT},       {"record", STORE_INTEGER}};

/* A text stands in `texts`; `ret_value->text.data` is set when all of them do. */
static void read_value(struct slice line, const struct plan_column *column, struct buffer *texts, struct store_value *ret_value)
{
	struct slice value;
	const size_t start = texts->size;

	*ret_value = (struct store_value){.name = column->name, .type = STORE_NULL};
	if (!json_find(line, column->name, &value) || slice_equal_text(value, "null"))
		return;
	if (column->type == STORE_JSON) {
		ret_value->type = STORE_JSON;
		ret_value->text = value;
	} else if (column->type == STORE_INTEGER && number_parse_integer(value, INT64_MIN, INT64_MAX, &ret_value->integer)) {
		ret_value->type = STORE_INTEGER;
	} else if (json_string_append(value, texts)) {
		ret_value->type = STORE_TEXT;
		ret_value->text.size = texts->size - start;
	}
}

static int print_line(struct output *output, const struct plan_filter *filter, struct slice line, struct buffer *texts,
                      struct error *err)
{
	const bool is_change = filter->list == PLAN_LIST_CHANGES;
	const struct plan_column *columns = is_change ? change_columns : complaint_columns;
	const size_t count = is_change ? sizeof(change_columns) / sizeof(change_columns[0]) : COLUMNS_MAX;
	const struct store_row_sink sink = output_sink(output);
	struct store_value values[COLUMNS_MAX];
	const char *text;

	buffer_clear(texts);
	for (size_t i = 0; i < count; i++)
		read_value(line, &columns[i], texts, &values[i]);
	if (texts->failed)
		return error_set_memory(err);
	text = texts->data;
	for (size_t i = 0; i < count; i++) {
		if (values[i].type != STORE_TEXT)
			continue;
		values[i].text.data = text;
		text += values[i].text.size;
	}
	return sink.row(sink.context, values, count, err);
}

int plan_file_print(const struct invocation *invocation, struct plan_reader *plan, const struct plan_filter *filter)
{
	struct error err = ERROR_INIT;
	struct output output;
	struct buffer texts;
	struct slice line;
	int64_t count = 0;
	int step;

	buffer_init(&texts, LINE_BYTES_MAX);
	output_init(&output, invocation, false);
	while ((step = plan_file_next(plan, filter, &line, &count, &err)) == 1) {
		if (print_line(&output, filter, line, &texts, &err) < 0) {
			step = -1;
			break;
		}
	}
	output_finish(&output);
	buffer_release(&texts);
	return step < 0 ? command_fail(invocation, &err) : EXIT_DONE;
}
