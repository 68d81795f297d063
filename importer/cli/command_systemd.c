/* feedmill systemd: the units by which systemd runs jobs when they are due. */
#include "base/folder.h"
#include "cli/setting.h"
#include "cli/units.h"
#include "cli/verb.h"
#include "schedule/unit_file.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One call of the command. */
struct task {
	const struct invocation *invocation;
	const struct units *units;
	bool is_changed; /* systemd is to read its units again */
};

/* --- what is told to systemctl --- */

static void print_command(const struct task *task, const char *const *words)
{
	fprintf(task->invocation->out, "  systemctl%s", task->units->setting.is_user ? " --user" : "");
	for (; *words != NULL; words++)
		fprintf(task->invocation->out, " %s", *words);
	fputc('\n', task->invocation->out);
}

/* Run it with --now, else say it. */
static int tell_systemctl(const struct task *task, const char *const *words, struct error *err)
{
	if (!option_given(task->invocation, OPTION_NOW)) {
		print_command(task, words);
		return 0;
	}
	(void)fflush(task->invocation->out); /* before what systemctl says; checked at the end */
	return units_systemctl(task->units, words, err);
}

static bool is_started(const char *unit)
{
	const char *extension = strrchr(unit, '.');
	return strcmp(unit, UNIT_DAEMON) == 0 || (extension != NULL && strcmp(extension, ".timer") == 0);
}

/* Is there one that is enabled? */
static bool has_started(const struct unit_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		if (set->units[i].text.size > 0 && is_started(set->units[i].name))
			return true;
	}
	return false;
}

/* 'verb option unit…' with all units that are enabled, or nothing where none is. */
static int tell_of_units(const struct task *task, const char *verb, const char *option, struct error *err)
{
	const struct unit_set *set = &task->units->set;
	const char **words = calloc(set->count + 4, sizeof(*words));
	size_t count = 0;
	if (words == NULL)
		return error_set_memory(err);
	words[count++] = verb;
	if (option != NULL)
		words[count++] = option;
	const size_t first = count;
	for (size_t i = 0; i < set->count; i++) {
		if (set->units[i].text.size > 0 && is_started(set->units[i].name))
			words[count++] = set->units[i].name;
	}
	const int result = count > first ? tell_systemctl(task, words, err) : 0;
	free((void *)words);
	return result;
}

/* --- show --- */

static int show(struct task *task, struct error *err)
{
	const struct unit_set *set = &task->units->set;
	FILE *out = task->invocation->out;
	(void)err;
	for (size_t i = 0; i < set->count; i++) {
		if (set->units[i].text.size == 0)
			continue;
		fprintf(out, "%s# %s/%s\n", i > 0 ? "\n" : "", task->units->folder, set->units[i].name);
		(void)fwrite(set->units[i].text.data, 1, set->units[i].text.size, out); /* checked when the output is flushed */
	}
	return 0;
}

/* --- install --- */

/* The files of the units, but of those that are wanted and that a package has brought: these are said. */
static int list_files(const struct task *task, bool is_wanted, struct unit_file *files, size_t *ret_count, struct error *err)
{
	const struct unit_set *set = &task->units->set;
	char path[PATH_MAX];
	*ret_count = 0;
	for (size_t i = 0; i < set->count; i++) {
		if (is_wanted && units_is_shipped(task->units, &set->units[i])) {
			fprintf(task->invocation->out, "shipped:   %s\n", set->units[i].name);
			continue;
		}
		if (units_path(task->units, set->units[i].name, path, err) < 0)
			return -1;
		struct unit_file *file = &files[(*ret_count)++];
		*file = (struct unit_file){.path = arena_text(&task->units->work->arena, slice_from(path))};
		if (file->path == NULL)
			return error_set_memory(err);
		if (is_wanted)
			file->text = set->units[i].text;
	}
	return 0;
}

static void tell_file(struct task *task, const struct unit_file *file)
{
	static const char *const words[] = {
		[UNIT_FILE_KEPT] = "unchanged:",
		[UNIT_FILE_WRITTEN] = "written:  ",
		[UNIT_FILE_REMOVED] = "removed:  ",
	};
	task->is_changed = task->is_changed || file->change != UNIT_FILE_KEPT;
	if (file->change != UNIT_FILE_KEPT || file->text.size > 0) /* else it is not there, and is not to be */
		fprintf(task->invocation->out, "%s %s\n", words[file->change], file->path);
}

/* Have the units' files there, but for those whose text is empty; or none of them. */
static int put_files(struct task *task, bool is_wanted, struct error *err)
{
	struct unit_file *files = calloc(task->units->set.count + 1, sizeof(*files));
	size_t count = 0;
	if (files == NULL)
		return error_set_memory(err);
	int result = list_files(task, is_wanted, files, &count, err);
	if (result == 0)
		result = unit_files_put(files, count, option_given(task->invocation, OPTION_FORCE), err);
	for (size_t i = 0; result == 0 && i < count; i++)
		tell_file(task, &files[i]);
	free(files);
	return result;
}

static int install(struct task *task, struct error *err)
{
	static const char *const reload[] = {"daemon-reload", NULL};
	const struct unit_setting *setting = &task->units->setting;
	if (put_files(task, true, err) < 0)
		return -1;
	if (setting->is_user && folder_make_all(task->units->state_folder) < 0)
		return error_set_system(err, errno, "cannot make the state folder '%s'", task->units->state_folder);
	if (!option_given(task->invocation, OPTION_NOW))
		fputs("next:\n", task->invocation->out);
	/* To enable units makes systemd read all of them again, and once is enough: with many that takes its time. */
	if (task->is_changed && !has_started(&task->units->set) && tell_systemctl(task, reload, err) < 0)
		return -1;
	if (tell_of_units(task, "enable", "--now", err) < 0)
		return -1;
	if (setting->is_user && !option_given(task->invocation, OPTION_NOW))
		fputs("  loginctl enable-linger      # so that timers run while you are not logged in\n", task->invocation->out);
	return 0;
}

/* --- remove --- */

/* Timers that are stopped while their files are still there can be named; what runs goes on to its end. */
static int remove_units(struct task *task, struct error *err)
{
	static const char *const reload[] = {"daemon-reload", NULL};
	const struct unit_set *set = &task->units->set;
	const bool is_now = option_given(task->invocation, OPTION_NOW);
	if (set->count == 0) {
		fprintf(task->invocation->errors, "feedmill: there is no unit of feedmill in '%s'\n", task->units->folder);
		return 0;
	}
	if (is_now && tell_of_units(task, "stop", NULL, err) < 0)
		return -1;
	if (put_files(task, false, err) < 0)
		return -1;
	for (size_t i = 0; i < set->count; i++) {
		if (units_forget(task->units, set->units[i].name, err) < 0)
			return -1;
	}
	if (task->is_changed && !is_now)
		fputs("next:\n", task->invocation->out);
	if (task->is_changed && !is_now && tell_of_units(task, "stop", NULL, err) < 0)
		return -1;
	return task->is_changed ? tell_systemctl(task, reload, err) : 0;
}

/* --- the command --- */

static int run(const struct invocation *invocation, int (*work)(struct task *task, struct error *err))
{
	struct setting setting;
	struct units units;
	struct error err = ERROR_INIT;
	if (option_given(invocation, OPTION_DAEMON) && invocation->argument_count > 0)
		return command_usage(invocation, "the daemon runs all jobs: '--daemon' stands without a job");
	int status = setting_load(invocation, &setting);
	if (status != EXIT_DONE)
		return status;
	struct task task = {.invocation = invocation, .units = &units};
	int result = units_open(invocation, &setting, &units, &err);
	if (result == 0 && work == remove_units)
		result = units_find(&units, &err);
	else if (result == 0)
		result = units_make(&units, &err);
	if (result == 0)
		result = work(&task, &err);
	if (result < 0)
		status = command_fail(invocation, &err);
	units_release(&units);
	setting_release(&setting);
	return status;
}

static int run_show(const struct invocation *invocation)
{
	return run(invocation, show);
}

static int run_install(const struct invocation *invocation)
{
	return run(invocation, install);
}

static int run_remove(const struct invocation *invocation)
{
	return run(invocation, remove_units);
}

static const enum option_id change_options[] = {OPTION_NOW, OPTION_FORCE};

static const struct verb verbs[] = {
	{.name = "show", .arguments = "[JOB...]", .arguments_max = SIZE_MAX, .run = run_show},
	{.name = "install", .arguments = "[JOB...]", .arguments_max = SIZE_MAX, .run = run_install, VERB_OPTIONS(change_options)},
	{.name = "remove", .arguments = "[JOB...]", .arguments_max = SIZE_MAX, .run = run_remove, VERB_OPTIONS(change_options)},
};

static const enum option_id common_options[] = {OPTION_CONFIG, OPTION_DAEMON, OPTION_USER, OPTION_DIRECTORY, OPTION_ON_FAILURE};

static int systemd(const struct invocation *invocation)
{
	const struct verb_table table = {
		.verbs = verbs,
		.count = sizeof(verbs) / sizeof(verbs[0]),
		VERB_OPTIONS(common_options),
	};

	return verb_run(invocation, &table);
}

static const enum option_id options[] = {OPTION_CONFIG,     OPTION_DAEMON, OPTION_USER, OPTION_DIRECTORY,
                                         OPTION_ON_FAILURE, OPTION_NOW,    OPTION_FORCE};

const struct command command_systemd = {
	.name = "systemd",
	.arguments = "show|install|remove [JOB...]",
	.summary = "have systemd run jobs when they are due: timers, or the daemon's service",
	.details =
		"'install' writes feedmill@.service, which runs one job, and for each JOB a timer feedmill@JOB.timer; without a JOB, for all that have\n"
		"a schedule. A job with 'after' alone has no timer: the services of the jobs before it start it. With them comes feedmill-notify.timer,\n"
		"which each hour has 'feedmill notify' look for runs that have not come. 'show' prints the units, 'remove'\n"
		"takes them away: those of the JOBs, else all. With '--daemon' it is feedmill-daemon.service instead: one process that runs all jobs\n"
		"when they are due. Both start 'feedmill run --scheduled', which claims each time once, so that they can be exchanged, and both at\n"
		"once do no harm.\n"
		"\n"
		"Units go to /etc/systemd/system, with '--user' to ~/.config/systemd/user. A file that feedmill did not write, or that was changed\n"
		"since, is neither replaced nor removed without '--force'; changes belong in drop-ins ('systemctl edit'). After a change of schedules\n"
		"install again. What systemctl has to be told is printed, or with '--now' done.\n"
		"\n"
		"A timer fires whenever the job is due by its schedule, zone and daylight saving. What systemd cannot say (an interval that does not\n"
		"divide a day, quiet hours) fires more often; a comment in the timer says so, and the run knows that nothing is due. 'jitter' is\n"
		"RandomizedDelaySec=, 'catch_up: once' Persistent=, 'after' OnSuccess= of the services before it. A run that fails for the time being (75)\n"
		"is started again after the job's 'delay' (RestartSec=); what of the wait is left then, such as the hours that a server asks for, passes\n"
		"in the service, half an hour at a time ('run --wait'), and RuntimeMaxSec= is no shorter.\n"
		"\n"
		"The services run as the user feedmill, see the file system read-only but for /var/lib/feedmill and the folders of 'store' and\n"
		"'metrics', and nothing of /home, /root and /tmp: configuration, feeds and programs that they need stand elsewhere. A folder that is\n"
		"missing is warned of: the services start without it, and fail where they need it. The key of the\n"
		"vault may come as a credential: with 'vault_key: credential:vault-key' it is read from\n"
		"/etc/credstore.encrypted/feedmill.vault-key, which is made (as the user feedmill, then as root) by\n"
		"feedmill secret export-key | systemd-creds encrypt --name=vault-key - /etc/credstore.encrypted/feedmill.vault-key\n"
		"\n"
		"Exit status: 0 done; 1 failed; 2 usage or configuration.",
	.arguments_min = 1,
	.arguments_max = 10001,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = systemd,
};
