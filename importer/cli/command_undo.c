/* feedmill undo: take a run back. */
#include "cli/setting.h"
#include "run/undo.h"

#define REPORT_BYTES_MAX ((size_t)128 * 1024 * 1024)

static void print_report(const struct invocation *invocation, const struct undo_run_report *report)
{
	struct buffer buffer;

	buffer_init(&buffer, REPORT_BYTES_MAX);
	if (option_given(invocation, OPTION_JSON)) {
		undo_run_report_append_json(report, &buffer);
		(void)buffer_append_byte(&buffer, '\n'); /* failure sticks and is seen below */
	} else {
		undo_run_report_append_text(report, &buffer);
	}
	if (buffer.failed)
		fputs("feedmill: out of memory while writing the report\n", invocation->errors);
	else if (buffer.size > 0)
		(void)fwrite(buffer.data, 1, buffer.size, invocation->out); /* checked when the output is flushed */
	buffer_release(&buffer);
	if (report->error.code != ERROR_NONE)
		fprintf(invocation->errors, "feedmill: %s\n", report->error.message);
}

static int undo(const struct invocation *invocation)
{
	struct undo_run_report report;
	struct setting setting;
	int status = setting_load(invocation, &setting);

	if (status != EXIT_DONE)
		return status;
	const struct undo_run_request request = {
		.store = setting.store,
		.run = invocation->arguments[0],
		.keep_later = option_given(invocation, OPTION_KEEP_LATER),
		.clock = invocation->clock,
		.stop_signal = invocation->stop_signal,
	};
	undo_run_execute(&request, &report);
	print_report(invocation, &report);
	status = undo_run_exit_status(&report);
	undo_run_report_release(&report);
	setting_release(&setting);
	return status;
}

static const enum option_id options[] = {OPTION_CONFIG, OPTION_STORE, OPTION_KEEP_LATER, OPTION_JSON};

const struct command command_undo = {
	.name = "undo",
	.arguments = "RUN",
	.summary = "take a run back: what it created goes, what it changed or removed is as it was",
	.details =
		"RUN is a number, or a job's name for the last of its runs that was applied and is no undo itself. An undo is one atomic change and a\n"
		"run of its own, which 'runs' lists, 'changes' shows, and 'undo' takes back again. All jobs of the catalogue read their\n"
		"next feed in full.\n"
		"\n"
		"What a later run or a person has touched since is in the way: a field that is no longer what the run made of it, an item that is\n"
		"gone or there again, a created item that was changed or that items of later runs need. Such conflicts are listed with what was\n"
		"to be, what is, and the run (none: by hand), and nothing is done; with --keep-later they stay as they are, and the rest\n"
		"is undone.\n"
		"\n"
		"Exit status: 0 undone; 1 conflicts, no such run, or one that cannot be undone; 2 usage or configuration; 5 a run of this job is\n"
		"going on; 75 temporary failure worth a retry; 128+n stopped by signal n.",
	.arguments_min = 1,
	.arguments_max = 1,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.handles_signals = true,
	.writes_state = true,
	.run = undo,
};
