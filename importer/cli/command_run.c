/* feedmill run: import jobs, URLs, files and standard input. */
#include "cli/import.h"
#include "cli/scheduled.h"
#include "cli/secrets.h"
#include "run/run.h"

#include <string.h>

static const enum option_id options[] = {
	OPTION_CONFIG,  OPTION_STORE,   OPTION_CATALOG, OPTION_DIALECT, OPTION_CONNECTION, OPTION_AS,
	OPTION_MISSING, OPTION_NETWORK, OPTION_CACERT,  OPTION_DRY_RUN, OPTION_FULL,       OPTION_SCHEDULED,
	OPTION_WAIT,    OPTION_JSON,    OPTION_VERBOSE, OPTION_YES,
};

/* All arguments are checked before the first run begins. */
static int choose_jobs(const struct invocation *invocation, struct setting *setting, struct job_choice *choices, struct error *err)
{
	bool has_stdin = false;

	for (size_t i = 0; i < invocation->argument_count; i++) {
		const char *argument = invocation->arguments[i];
		if (job_choice_of_argument(invocation, setting, argument, &choices[i], err) < 0)
			return -1;
		if (strcmp(argument, "-") == 0 && has_stdin)
			return error_set(err, ERROR_USAGE, "standard input is named twice");
		has_stdin = has_stdin || strcmp(argument, "-") == 0;
	}
	if (invocation->argument_count > 1 && option_given(invocation, OPTION_AS))
		return error_set(err, ERROR_USAGE, "'--as' names one job: run several sources one by one");
	return 0;
}

/* `ret_wait_ms` is as of scheduled_run(). */
static int run_all(const struct invocation *invocation, struct setting *setting, int64_t *ret_wait_ms)
{
	struct error err = ERROR_INIT;
	struct secret_resolver secrets;
	struct job_choice *choices = arena_alloc(&setting->arena, invocation->argument_count * sizeof(*choices));
	int status = EXIT_DONE;
	size_t done = 0;

	if (!choices)
		(void)error_set_memory(&err);
	if (!choices || scheduled_check(invocation, &err) < 0 || choose_jobs(invocation, setting, choices, &err) < 0 ||
	    secrets_open(invocation, setting, &secrets, &err) < 0 || fetch_init(&err) < 0)
		return command_fail(invocation, &err);
	if (option_given(invocation, OPTION_SCHEDULED)) {
		const struct import import = {.choice = &choices[done++], .secrets = &secrets};
		status = scheduled_run(invocation, setting, &import, ret_wait_ms);
	}
	while (done < invocation->argument_count && *invocation->stop_signal == 0) {
		const struct import import = {.choice = &choices[done++], .secrets = &secrets, .trigger = "manual"};
		status = run_worse_status(status, import_run(invocation, setting, &import));
	}
	if (done < invocation->argument_count)
		status = run_worse_status(status, 128 + (int)*invocation->stop_signal);
	fetch_release();
	secret_resolver_release(&secrets);
	return status;
}

static int run(const struct invocation *invocation)
{
	struct setting setting;
	int64_t wait_ms = 0;
	int status = setting_load(invocation, &setting);

	if (status != EXIT_DONE)
		return status;
	status = setting_find_dialects(invocation, &setting);
	if (status == EXIT_DONE)
		status = setting_load_connections(invocation, &setting);
	if (status == EXIT_DONE)
		status = run_all(invocation, &setting, &wait_ms);
	setting_release(&setting);
	return wait_ms > 0 ? scheduled_wait(invocation, wait_ms, status) : status;
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
		"Records that are byte for byte as in the job's last applied run are known: they are counted, and not read again unless --full says so.\n"
		"\n"
		"Runs of different jobs may go on at once; they write to a store one after the other, in the order in which they ask. A run that\n"
		"is told to stop (SIGINT, SIGTERM, SIGHUP) is gone within two seconds and changes nothing; a second signal ends it at once.\n"
		"\n"
		"With --scheduled, as timers and the daemon start it, the job runs for the last time at which its schedule, or a job it runs\n"
		"'after', made it due. That time is taken in the store: no two runs take one, and where a run has seen to it, or the job is paused,\n"
		"the command says so and ends in 0. A run that fails for a time ends in 75 while the job's 'retry' allows another attempt, which ends\n"
		"in 75 while it is too early for it; the last attempt ends in 1. With --wait such an early start first waits, until the job's 'delay'\n"
		"before that attempt and for as long as --wait says, so that who starts a run anew behind each 75 need not do so again and again\n"
		"where a server asks for hours (Retry-After). A run longer than 'run_timeout' is stopped, and worth a retry.\n"
		"While another run of the job is going on, it ends in 5, or in 75 where the job says 'overlap: queue'.\n"
		"\n"
		"Exit status: 0 applied, or nothing to do; 1 failed; 2 usage or configuration; 3 held by a guard; 4 applied, with more rejected\n"
		"records than the job's guard 'rejected' allows and only reports; 5 another run of this job is going on; 75 temporary failure worth a\n"
		"retry; 128+n stopped by signal n. Of several runs the worst: 2, 1, 75, 3, 4, 5. A dry run ends in 0, or in 3 where it would be held.",
	.arguments_min = 1,
	.arguments_max = SIZE_MAX,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.handles_signals = true,
	.writes_state = true,
	.run = run,
};
