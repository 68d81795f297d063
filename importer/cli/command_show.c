/* feedmill show: one run with all its numbers, and of a held one why, the worst of it, and what to do. */
#include "base/json_read.h"
#include "base/utf8.h"
#include "cli/listing.h"
#include "run/past_run.h"
#include "run/report.h"

#include <string.h>

#define ARENA_BYTES_MAX (PAST_RUN_BYTES_MAX + (size_t)1024 * 1024)
#define TEXT_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define WORD_SIZE 64

static void append_message(struct slice finding, const char *guard, struct buffer *buffer)
{
	struct buffer text;
	struct slice value;

	buffer_init(&text, TEXT_BYTES_MAX);
	(void)buffer_append_text(buffer, "  "); /* failure sticks */
	utf8_append_printable(buffer, slice_from(guard));
	(void)buffer_append_text(buffer, ": ");
	if (json_find(finding, "subject", &value) && json_string_append(value, &text)) {
		utf8_append_printable(buffer, buffer_slice(&text));
		(void)buffer_append_text(buffer, ": ");
	}
	buffer_clear(&text);
	if (json_find(finding, "message", &value) && json_string_append(value, &text))
		utf8_append_printable(buffer, buffer_slice(&text));
	(void)buffer_append_byte(buffer, '\n');
	buffer_release(&text);
}

/* Each finding, and behind them the worst that their guards mind. Where the plan is gone there are no samples. */
static void append_findings(const char *guard_json, const char *plan_path, struct buffer *buffer)
{
	struct error ignored = ERROR_INIT;
	char words[GUARD_FINDINGS_MAX][WORD_SIZE];
	const char *guards[GUARD_FINDINGS_MAX];
	size_t count = 0;
	struct slice findings;
	struct slice name;
	struct slice finding;
	struct slice value;
	struct json_walk walk;

	if (!json_find(slice_from(guard_json), "findings", &findings) || !json_walk_begin(&walk, findings))
		return;
	while (count < GUARD_FINDINGS_MAX && json_walk_next(&walk, &name, &finding)) {
		if (!json_find(finding, "guard", &value) || !json_string_copy(value, words[count], WORD_SIZE))
			continue;
		append_message(finding, words[count], buffer);
		guards[count] = words[count];
		count++;
	}
	(void)!run_report_append_worst(plan_path, guards, count, buffer, &ignored);
}

static void append_advice(const struct past_run *run, struct buffer *buffer)
{
	const long long id = (long long)run->run_id;

	if (run->approved_by_run_id > 0)
		(void)buffer_append_format(buffer, "approved: applied by run %lld\n", (long long)run->approved_by_run_id);
	else if (run->superseded_by_run_id > 0)
		(void)buffer_append_format(buffer, "superseded by run %lld\n", (long long)run->superseded_by_run_id);
	else
		(void)buffer_append_format(
			buffer,
			"the whole plan: feedmill changes %lld; faults of the feed: feedmill complaints %lld\n"
			"apply it all the same: feedmill approve %lld; after a change of the job: feedmill replay "
			"%lld\n",
			id, id, id, id);
}

static void append_held(const struct past_run *run, const char *plan_path, struct buffer *buffer)
{
	(void)buffer_append_text(buffer, "\nheld by its guards:\n"); /* failure sticks and is seen at the end */
	append_findings(run->guard, plan_path, buffer);
	append_advice(run, buffer);
}

static int print_held(const struct invocation *invocation, const struct past_run *run, const char *plan_path)
{
	struct buffer buffer;
	struct error err = ERROR_INIT;
	int status = EXIT_DONE;

	buffer_init(&buffer, TEXT_BYTES_MAX);
	append_held(run, plan_path, &buffer);
	if (buffer.failed) {
		(void)error_set_memory(&err);
		status = command_fail(invocation, &err);
	} else {
		(void)fwrite(buffer.data, 1, buffer.size, invocation->out); /* checked when the output is flushed */
	}
	buffer_release(&buffer);
	return status;
}

/* What people see behind the row; programs find it in its columns. */
static int explain_held(const struct invocation *invocation, const struct setting *setting, struct store *store, int64_t run_id)
{
	char plan_path[4096];
	struct error err = ERROR_INIT;
	struct arena arena;
	struct past_run run;
	int status = EXIT_DONE;

	arena_init(&arena, ARENA_BYTES_MAX);
	if (past_run_read(store, run_id, &arena, &run, &err) < 0)
		status = command_fail(invocation, &err);
	else if (strcmp(run.outcome, "held") == 0 &&
	         run_plan_path(setting->state_folder, store_seed(store), run_id, plan_path, sizeof(plan_path)))
		status = print_held(invocation, &run, plan_path);
	arena_release(&arena);
	return status;
}

static int show(const struct invocation *invocation)
{
	struct setting setting;
	struct store *store;
	struct store_selection selection;
	struct error err = ERROR_INIT;
	int status = listing_filters(invocation, STORE_LIST_RUNS, &selection);

	if (status != EXIT_DONE)
		return status;
	status = listing_open(invocation, &setting, &store);
	if (status != EXIT_DONE)
		return status;
	if (store_run_find(store, invocation->arguments[0], &selection.run_id, &err) < 0)
		status = command_fail(invocation, &err);
	else
		status = listing_print(invocation, store, &selection);
	if (status == EXIT_DONE && !option_given(invocation, OPTION_JSON))
		status = explain_held(invocation, &setting, store, selection.run_id);
	listing_close(&setting, store);
	return status;
}

static const enum option_id options[] = {OPTION_CONFIG, OPTION_STORE, OPTION_JSON};

const struct command command_show = {
	.name = "show",
	.arguments = "RUN",
	.summary = "show one run with all its numbers; of a held one also why, and what to do",
	.details = "RUN is a number, or a job's name for its latest run; so it is for 'complaints' and 'changes'.",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = show,
};
