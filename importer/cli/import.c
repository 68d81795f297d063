/* One import for people and programs: progress, report, exit status. */
#include "cli/import.h"

#include "base/utf8.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "run/report.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#define REPORT_BYTES_MAX (4 * 1024 * 1024)
#define LINE_BYTES_MAX ((size_t)16 * 1024)

/* Where nobody reads a report, a held run must not look as if it had done its work. */
static void print_held(const struct invocation *invocation, const struct run_report *report)
{
	const struct guard_finding *worst = guard_report_worst(&report->guards);
	struct buffer line;

	buffer_init(&line, LINE_BYTES_MAX);
	utf8_append_printable(&line, slice_from(report->job->name));
	(void)buffer_append_text(&line, ": held by guard '"); /* failure sticks */
	(void)buffer_append_format(&line, "%s': ", worst->guard);
	if (worst->subject[0]) {
		utf8_append_printable(&line, slice_from(worst->subject));
		(void)buffer_append_text(&line, ": ");
	}
	utf8_append_printable(&line, slice_from(worst->message));
	fprintf(invocation->errors, "feedmill: %.*s; 'feedmill show %lld' tells more, 'feedmill approve %lld' applies it\n",
	        (int)line.size, line.data ? line.data : "", (long long)report->run_id, (long long)report->run_id);
	buffer_release(&line);
}

/* True where a report for people was printed. */
static bool print_report(const struct invocation *invocation, const struct run_report *report)
{
	const bool as_json = option_given(invocation, OPTION_JSON);
	const bool as_text = !as_json && (invocation->is_out_terminal || option_given(invocation, OPTION_VERBOSE));
	struct buffer buffer;

	buffer_init(&buffer, REPORT_BYTES_MAX);
	if (as_json) {
		run_report_append_json(report, &buffer);
		(void)buffer_append_byte(&buffer, '\n'); /* failure sticks and is seen below */
	} else if (as_text) {
		run_report_append_text(report, (struct run_report_style){.use_colour = invocation->use_colour}, &buffer);
	}
	if (buffer.failed)
		fputs("feedmill: out of memory while writing the report\n", invocation->errors);
	else if (buffer.size > 0)
		(void)fwrite(buffer.data, 1, buffer.size, invocation->out); /* checked when the output is flushed */
	buffer_release(&buffer);
	return as_text;
}

static void print_error(const struct invocation *invocation, const struct run_report *report)
{
	char place[ERROR_PLACE_SIZE];
	struct buffer name;

	buffer_init(&name, LINE_BYTES_MAX);
	utf8_append_printable(&name, slice_from(report->job->name));
	error_format_place(&report->error, place);
	fprintf(invocation->errors, "feedmill: %.*s: %s%s\n", (int)name.size, name.data ? name.data : "", report->error.message,
	        place);
	buffer_release(&name);
}

/* The alarm is a signal like another to the run; what it was is known by its number. */
static void set_alarm(int64_t wait_ms)
{
	const struct itimerval timer = {
		.it_value = {.tv_sec = (time_t)(wait_ms / 1000), .tv_usec = (suseconds_t)(wait_ms % 1000 * 1000)}};

	(void)setitimer(ITIMER_REAL, &timer, NULL); /* cannot fail with a valid time */
}

/* It was the run's alone: that a run took too long is told like other failures. */
static void forget_alarm(const struct invocation *invocation)
{
	set_alarm(0);
	if (*invocation->stop_signal == SIGALRM)
		*invocation->stop_signal = 0;
}

int import_run(const struct invocation *invocation, const struct setting *setting, const struct import *import)
{
	const struct job_config *job = &import->choice->job;
	struct progress_line line = {
		.terminal = invocation->is_errors_terminal && !option_given(invocation, OPTION_JSON) ? invocation->errors : NULL,
		.job = job->name,
	};
	struct run_request request = {
		.job = job,
		.connection = import->choice->connection,
		.secrets = import->secrets,
		.dialects = &import->choice->dialects,
		.store = setting->store,
		.state_folder = setting->state_folder,
		.version = "feedmill/" FEEDMILL_VERSION,
		.trigger = import->trigger,
		.due_at_ms = import->due_at_ms,
		.settings = import->choice->settings,
		.parent_run_id = import->parent_run_id,
		.approved_digest = import->approved_digest,
		.is_dry = option_given(invocation, OPTION_DRY_RUN),
		.is_full = option_given(invocation, OPTION_FULL),
		.is_cage_required = setting->config.sandbox == SANDBOX_REQUIRED,
		.clock = invocation->clock,
		.stop_signal = invocation->stop_signal,
		.progress_context = &line,
		.progress = progress_line_show,
	};
	struct run_report *report = malloc(sizeof(*report));
	struct store *store;

	if (!report) {
		fputs("feedmill: out of memory\n", invocation->errors);
		return EXIT_FAILED;
	}
	set_alarm(import->timeout_ms);
	run_execute(&request, report, &store);
	forget_alarm(invocation);
	progress_line_clear(&line);
	/* Nothing is due, so there was no run to report. */
	const bool is_told = report->error.code != ERROR_NOT_DUE && print_report(invocation, report);
	if (report->error.code != ERROR_NONE)
		print_error(invocation, report);
	else if (report->outcome == RUN_HELD && !is_told)
		print_held(invocation, report);
	int status = run_exit_status(report);
	const bool is_in_ledger = report->run_id > 0;
	free(report);
	/* It is over; whatever becomes of these, the run stays what it is. */
	if (is_in_ledger && !request.is_dry) {
		(void)signals_write_metrics(invocation, setting);
		(void)signals_notify(invocation, setting, store, job->name);
	}
	store_close(store);
	return status;
}
