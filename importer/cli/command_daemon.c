/* feedmill daemon: run jobs when they are due. */
#include "base/zone.h"
#include "cli/setting.h"
#include "notify/journal.h"
#include "schedule/check.h"
#include "schedule/supervisor.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const enum option_id options[] = {OPTION_CONFIG, OPTION_STORE, OPTION_VERBOSE};

struct loading {
	const struct invocation *invocation;
	char *store; /* of the first configuration */
	struct setting setting;
	bool is_loaded; /* the first configuration, read to find the store, is still to be used */
};

static int check_schedules(const struct invocation *invocation, const struct setting *setting)
{
	struct config_problems problems;
	struct error err = ERROR_INIT;
	struct zones zones;
	int status = EXIT_DONE;

	config_problems_init(&problems);
	zones_init(&zones, NULL);
	if (schedule_check_all(&setting->config, &zones, &problems, &err) < 0) {
		status = command_fail(invocation, &err);
	} else if (problems.count > 0) {
		config_problems_print(&problems, invocation->errors);
		status = EXIT_USAGE;
	}
	zones_release(&zones);
	config_problems_release(&problems);
	return status;
}

/* What a run would refuse is refused here too, and mistakes in dialects that no job has. */
static int check_setting(const struct invocation *invocation, struct setting *setting)
{
	int status = check_schedules(invocation, setting);

	if (status == EXIT_DONE)
		status = setting_load_dialects(invocation, setting);
	return status == EXIT_DONE ? setting_load_connections(invocation, setting) : status;
}

static int load(void *context, struct store *store, const struct roster *previous, struct roster **ret_roster, struct error *err)
{
	struct loading *loading = context;
	struct setting *setting = &loading->setting;
	int result = -1;

	if (!loading->is_loaded && setting_load(loading->invocation, setting) != EXIT_DONE)
		return -1; /* it is told */
	if (strcmp(setting->store, loading->store) != 0)
		(void)error_set(err, ERROR_CONFIG, "the store is now '%s': start the daemon anew for that", setting->store);
	else if (check_setting(loading->invocation, setting) == EXIT_DONE)
		result = roster_new(&setting->config, store, previous, clock_now_ms(&loading->invocation->clock), ret_roster, err);
	setting_release(setting);
	loading->is_loaded = false;
	return result;
}

static int supervise(const struct invocation *invocation, struct loading *loading)
{
	const struct supervisor_options supervisor = {
		.clock = invocation->clock,
		.store = loading->store,
		.command = {.config = invocation->options[OPTION_CONFIG], .store = loading->store},
		.errors = invocation->errors,
		.is_verbose = option_given(invocation, OPTION_VERBOSE),
		.context = loading,
		.load = load,
	};
	struct error err = ERROR_INIT;

	/* Runs write to a pipe of ours; their notices are entries all the same. */
	if (journal_is_behind(STDERR_FILENO, getenv("JOURNAL_STREAM")) && setenv(JOURNAL_VARIABLE, "1", 1) < 0) {
		(void)error_set_memory(&err);
		return command_fail(invocation, &err);
	}
	if (supervisor_run(&supervisor, &err) == 0)
		return EXIT_DONE;
	if (err.code == ERROR_NONE)
		return EXIT_USAGE; /* the configuration is broken, and that was told */
	const int status = command_fail(invocation, &err);
	return err.code == ERROR_LEASE ? EXIT_RUNNING : status;
}

static int run(const struct invocation *invocation)
{
	struct loading loading = {.invocation = invocation, .is_loaded = true};
	int status = setting_load(invocation, &loading.setting);

	if (status != EXIT_DONE)
		return status;
	loading.store = strdup(loading.setting.store);
	if (!loading.store) {
		fputs("feedmill: out of memory\n", invocation->errors);
		status = EXIT_FAILED;
	} else if (!loading.setting.config.jobs_folder) {
		status = command_usage(invocation, "there is no configuration with a folder of jobs");
	} else {
		status = supervise(invocation, &loading);
	}
	if (loading.is_loaded)
		setting_release(&loading.setting);
	free(loading.store);
	return status;
}

const struct command command_daemon = {
	.name = "daemon",
	.arguments = "",
	.summary = "run jobs when they are due",
	.details =
		"Each run is a process of its own, 'feedmill run --scheduled JOB', as a timer would start it; what it prints goes to standard\n"
		"error behind the job's name. Which times have been seen to stands in the store: timers and the daemon may take turns, and a daemon\n"
		"that was killed goes on where it was. 'daemon: {concurrency, per_host, grace}' in feedmill.yaml says how many runs there may be\n"
		"at a time, in all and with sources on one host; the one that has waited longest comes first.\n"
		"A job that runs 'after' another is started when that has succeeded, whoever ran it: also by hand and by a timer.\n"
		"\n"
		"A time that is noticed more than a minute late, after a stop or a sleep, was missed: 'catch_up: once' runs the last of them,\n"
		"'none' waits for the next. What was due before the daemon saw a job for the first time is not caught up.\n"
		"\n"
		"Soon after its start and every five minutes it has 'feedmill notify' look for runs that have not come, and tell people.\n"
		"\n"
		"SIGHUP reads the configuration again; one that cannot be used is told, and the old one stays. SIGTERM and SIGINT start nothing\n"
		"more and wait for runs to end, for as long as 'grace' says; then, or at a second signal, they are stopped, which changes nothing\n"
		"in the catalogue. Runs die with the daemon, and their hooks and secret commands with them, also where it is killed with SIGKILL;\n"
		"they are begun again by the next. A service manager is told by sd_notify(3)\n"
		"(Type=notify, WatchdogSec=). One store has one daemon: a second one ends in 5 and names the first.",
	.arguments_max = 0,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = run,
};
