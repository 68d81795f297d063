/* feedmill run: import jobs, URLs, files and standard input. */
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/setting.h"
#include "cli/source_argument.h"
#include "run/report.h"

#include <stdlib.h>
#include <string.h>

#define REPORT_BYTES_MAX (4 * 1024 * 1024)
#define ADHOC_PREFIX "adhoc:"

static const enum option_id options[] = {
	OPTION_CONFIG,  OPTION_STORE,  OPTION_CATALOG, OPTION_DIALECT, OPTION_CONNECTION, OPTION_AS,      OPTION_MISSING,
	OPTION_NETWORK, OPTION_CACERT, OPTION_DRY_RUN, OPTION_FULL,    OPTION_JSON,       OPTION_VERBOSE, OPTION_YES,
};

/* The name under which items of a source without a job are owned: the same for the same source, and without its secrets. */
static const char *adhoc_name(const char *source, struct arena *arena)
{
	char masked[1024];
	char digest[33];
	char *path = NULL;
	struct buffer name;
	const char *result = NULL;

	buffer_init(&name, 8192);
	(void)buffer_append_text(&name, ADHOC_PREFIX); /* failure sticks and shows in buffer_text */
	if (source_classify(source) == SOURCE_FILE && (path = realpath(source, NULL)) != NULL) {
		(void)buffer_append_text(&name, path);
	} else {
		source_mask(source, masked, sizeof(masked));
		(void)buffer_append_text(&name, masked);
		if (strcmp(masked, source) != 0) {
			hash_format(hash_bytes(slice_from(source), 0), digest);
			(void)buffer_append_format(&name, "#%.8s", digest);
		}
	}
	if (buffer_text(&name))
		result = arena_text(arena, buffer_slice(&name));
	free(path);
	buffer_release(&name);
	return result;
}

/* A URL or file without a job: it never removes unless told to. */
static int adhoc_job(const struct setting *setting, const char *source, struct arena *arena, struct job_config *ret_job,
                     struct error *err)
{
	for (size_t i = 0; i < setting->config.job_count; i++) {
		if (strcmp(setting->config.jobs[i].source, source) == 0)
			return error_set(err, ERROR_USAGE, "this is the source of the job '%s': run it as 'feedmill run %s'",
			                 setting->config.jobs[i].name, setting->config.jobs[i].name);
	}
	const char *name = adhoc_name(source, arena);
	if (!name)
		return error_set_memory(err);
	job_config_init(ret_job, name);
	ret_job->source = source;
	ret_job->missing = MISSING_KEEP;
	ret_job->missing_is_said = true;
	return 0;
}

static int choose_job(const struct setting *setting, const char *argument, struct arena *arena, struct job_config *ret_job,
                      struct error *err)
{
	const struct job_config *job = config_job(&setting->config, slice_from(argument));

	if (argument_is_source(argument))
		return adhoc_job(setting, argument, arena, ret_job, err);
	if (job && argument_names_file(argument))
		return error_set(err, ERROR_USAGE,
		                 "'%s' is both a job and a file: write './%s' for the file, or run the job from another folder",
		                 argument, argument);
	if (job) {
		*ret_job = *job;
		return 0;
	}
	if (argument_names_file(argument))
		return adhoc_job(setting, argument, arena, ret_job, err);
	if (!setting->config.file)
		return error_set(err, ERROR_USAGE, "there is no file '%s', and no configuration with a job of that name", argument);
	return error_set(err, ERROR_USAGE, "there is no job and no file '%s'; 'feedmill jobs' lists the jobs of '%s'", argument,
	                 setting->config.file);
}

static int set_name(const struct setting *setting, const char *name, struct job_config *job, struct error *err)
{
	if (job->file)
		return error_set(err, ERROR_USAGE, "'--as' is for URLs and files: the job '%s' has its name", job->name);
	if (!config_name_is_valid(slice_from(name)))
		return error_set(err, ERROR_USAGE, "'%s' is no job name: up to 64 of A-Z a-z 0-9 . _ -, not beginning with . or -",
		                 name);
	if (config_job(&setting->config, slice_from(name)))
		return error_set(err, ERROR_USAGE, "'%s' is a configured job with a source of its own: choose another name", name);
	job->name = name;
	return 0;
}

/* Options that are keys of a job by the same name, under the same rules. */
static const enum option_id job_options[] = {OPTION_CATALOG, OPTION_DIALECT,    OPTION_MISSING,
                                             OPTION_NETWORK, OPTION_CONNECTION, OPTION_CACERT};

/* What the command line says over the job's own words. */
static int override_job(const struct invocation *invocation, const struct setting *setting, struct arena *arena,
                        struct job_config *job, struct error *err)
{
	const char *const *given = invocation->options;

	if (given[OPTION_AS] && set_name(setting, given[OPTION_AS], job, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(job_options) / sizeof(job_options[0]); i++) {
		const char *name = option_definitions[job_options[i]].name;
		const char *value = given[job_options[i]];
		if (value && job_config_set(job, name, slice_from(value), arena, err) < 0)
			return error_wrap(err, "--%s", name);
	}
	const char *key;
	if (job_config_check(job, &key, err) < 0)
		return -1;
	return job_config_seal(job, arena, err);
}

/* Where nobody reads a report, a held run must not look as if it had done its work. */
static void print_held(const struct invocation *invocation, const struct run_report *report)
{
	struct buffer line;

	if (report->outcome != RUN_HELD)
		return;
	buffer_init(&line, COMPLAINT_TEXT_MAX);
	utf8_append_printable(&line, slice_from(report->job->name));
	(void)buffer_append_text(&line, ": held by guard '"); /* failure sticks */
	(void)buffer_append_format(&line, "%s': ", report->guards.findings[0].guard);
	utf8_append_printable(&line, slice_from(report->guards.findings[0].message));
	fprintf(invocation->errors, "feedmill: %.*s; 'feedmill show %lld' tells more, 'feedmill approve %lld' applies it\n",
	        (int)line.size, line.data ? line.data : "", (long long)report->run_id, (long long)report->run_id);
	buffer_release(&line);
}

static void print_report(const struct invocation *invocation, const struct run_report *report)
{
	struct buffer buffer;

	buffer_init(&buffer, REPORT_BYTES_MAX);
	if (option_given(invocation, OPTION_JSON)) {
		run_report_append_json(report, &buffer);
		(void)buffer_append_byte(&buffer, '\n'); /* failure sticks and is seen below */
	} else if (invocation->is_out_terminal || option_given(invocation, OPTION_VERBOSE)) {
		run_report_append_text(report, (struct run_report_style){.use_colour = invocation->use_colour}, &buffer);
	}
	if (buffer.failed)
		fputs("feedmill: out of memory while writing the report\n", invocation->errors);
	else if (buffer.size > 0)
		(void)fwrite(buffer.data, 1, buffer.size, invocation->out); /* checked when the output is flushed */
	buffer_release(&buffer);
	if (report->error.code == ERROR_NONE) {
		print_held(invocation, report);
		return;
	}
	char place[ERROR_PLACE_SIZE];
	struct buffer name = {0};
	buffer_init(&name, COMPLAINT_TEXT_MAX);
	utf8_append_printable(&name, slice_from(report->job->name));
	fprintf(invocation->errors, "feedmill: %.*s: %s", (int)name.size, (const char *)name.data, report->error.message);
	buffer_release(&name);
	error_format_place(&report->error, place);
	fprintf(invocation->errors, "%s\n", place);
}

static int run_one(const struct invocation *invocation, const struct setting *setting, const struct job_config *job)
{
	struct progress_line line = {
		.terminal = invocation->is_errors_terminal && !option_given(invocation, OPTION_JSON) ? invocation->errors : NULL,
		.job = job->name,
	};
	struct run_request request = {
		.job = job,
		.dialects = &setting->dialects,
		.store = setting->store,
		.state_folder = setting->state_folder,
		.version = "feedmill/" FEEDMILL_VERSION,
		.trigger = "manual",
		.is_dry = option_given(invocation, OPTION_DRY_RUN),
		.is_cage_required = setting->config.sandbox == SANDBOX_REQUIRED,
		.is_full = option_given(invocation, OPTION_FULL),
		.clock = invocation->clock,
		.stop_signal = invocation->stop_signal,
		.progress_context = &line,
		.progress = progress_line_show,
	};
	struct run_report *report = malloc(sizeof(*report));

	if (!report) {
		fputs("feedmill: out of memory\n", invocation->errors);
		return EXIT_FAILED;
	}
	run_execute(&request, report);
	progress_line_clear(&line);
	print_report(invocation, report);
	int status = run_exit_status(report);
	free(report);
	return status;
}

/* All arguments are checked before the first run begins. */
static int choose_jobs(const struct invocation *invocation, struct setting *setting, struct job_config *jobs, struct error *err)
{
	bool has_stdin = false;

	for (size_t i = 0; i < invocation->argument_count; i++) {
		const char *argument = invocation->arguments[i];
		if (choose_job(setting, argument, &setting->arena, &jobs[i], err) < 0 ||
		    override_job(invocation, setting, &setting->arena, &jobs[i], err) < 0 ||
		    dialect_check_job(setting->dialect_set, &jobs[i], err) < 0)
			return -1;
		if (strcmp(argument, "-") == 0 && has_stdin)
			return error_set(err, ERROR_USAGE, "standard input is named twice");
		has_stdin = has_stdin || strcmp(argument, "-") == 0;
	}
	if (invocation->argument_count > 1 && option_given(invocation, OPTION_AS))
		return error_set(err, ERROR_USAGE, "'--as' names one job: run several sources one by one");
	return 0;
}

static int run_all(const struct invocation *invocation, struct setting *setting)
{
	struct error err = ERROR_INIT;
	struct job_config *jobs = arena_alloc(&setting->arena, invocation->argument_count * sizeof(*jobs));
	int status = EXIT_DONE;

	if (!jobs)
		(void)error_set_memory(&err);
	if (!jobs || choose_jobs(invocation, setting, jobs, &err) < 0 || fetch_init(&err) < 0)
		return command_fail(invocation, &err);
	for (size_t i = 0; i < invocation->argument_count && *invocation->stop_signal == 0; i++)
		status = run_worse_status(status, run_one(invocation, setting, &jobs[i]));
	fetch_release();
	return status;
}

static int run(const struct invocation *invocation)
{
	struct setting setting;
	int status = setting_load(invocation, &setting);

	if (status != EXIT_DONE)
		return status;
	status = setting_load_dialects(invocation, &setting);
	if (status == EXIT_DONE)
		status = run_all(invocation, &setting);
	setting_release(&setting);
	return status;
}

const struct command command_run = {
	.name = "run",
	.arguments = "JOB | URL | FILE | - ...",
	.summary = "import now: configured jobs, or a URL, file or standard input without any configuration",
	.details =
		"An argument with '://' is a URL, '-' is standard input, one with '/' or that names a file is a file; anything else is a job.\n"
		"A URL or file without a job is imported as the job 'adhoc:...' or as --as says; it removes nothing unless --missing says so.\n"
		"\n"
		"A run is one atomic change: a run that fails leaves the catalogue as it was. On a terminal it shows progress and a report;\n"
		"elsewhere it prints errors only, or what --json or --verbose ask for.\n"
		"\n"
		"Exit status: 0 applied, or nothing to do; 1 failed; 2 usage or configuration; 3 held by a guard; 5 another run of this job is going on;\n"
		"75 temporary failure worth a retry; 128+n stopped by signal n. Of several runs the worst: 2, 1, 75, 3, 5.",
	.arguments_min = 1,
	.arguments_max = SIZE_MAX,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.handles_signals = true,
	.run = run,
};
