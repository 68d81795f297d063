/* feedmill job clone and rename: files of jobs, and what the store has of them. */
#include "cli/command_job.h"

#include "base/bytes.h"
#include "base/limits.h"
#include "base/replace.h"
#include "cli/setting.h"
#include "run/run.h"
#include "store/job_rename.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One call: from which job to which. */
struct task {
	const struct invocation *invocation;
	struct setting *setting;
	const char *from;
	const char *to;
	const struct job_config *job; /* of `from`; NULL = it is not configured */
	struct config_file file;      /* of `to` */
	struct slice text;            /* of the job's file */
};

/* ---- What both check ---- */

static int make_path(struct task *task, struct error *err)
{
	char folder[PATH_MAX];
	char path[PATH_MAX];

	if (file_path_make(task->job->file, NULL, folder, err) < 0)
		return -1;
	const int size = snprintf(path, sizeof(path), "%s/%s.yaml", folder, task->to);
	if (size < 0 || (size_t)size >= sizeof(path))
		return error_set(err, ERROR_LIMIT, "the path of the job's file is longer than %d bytes", PATH_MAX);
	task->file = (struct config_file){.path = arena_text(&task->setting->arena, slice_from(path)), .name = task->to};
	return task->file.path ? 0 : error_set_memory(err);
}

static int check_name(const struct task *task, struct error *err)
{
	if (!config_name_is_valid(slice_from(task->to)))
		return error_set(err, ERROR_USAGE, "'%s' is no job name: up to 64 of A-Z a-z 0-9 . _ -, not beginning with . or -",
		                 task->to);
	if (strcmp(task->from, task->to) == 0)
		return error_set(err, ERROR_USAGE, "both names are '%s'", task->to);
	return 0;
}

/* The job's text must be a job under the new name too. */
static int check_text(const struct task *task, struct error *err)
{
	struct config_problems problems;

	config_problems_init(&problems);
	int result = config_job_check_text(&task->setting->config, &task->file, task->text, &problems, err);
	if (result == 0 && problems.count > 0) {
		config_problems_print(&problems, task->invocation->errors);
		result = error_set(err, ERROR_CONFIG, "the file of '%s' is no job under the name '%s'", task->from, task->to);
	}
	config_problems_release(&problems);
	return result;
}

/* Find the job and its text, and where they go to; nothing may stand there. */
static int find_file(struct task *task, struct error *err)
{
	struct stat status;

	if (make_path(task, err) < 0 ||
	    config_read_file(task->job->file, LIMIT_YAML_BYTES, true, &task->setting->arena, &task->text, err) < 0)
		return -1;
	if (config_job(&task->setting->config, slice_from(task->to)) || lstat(task->file.path, &status) == 0)
		return error_set(err, ERROR_USAGE, "there is a job '%s' already", task->to);
	return check_text(task, err);
}

/* ---- clone ---- */

/* Under another name first: where the name is given by then, it stays what it is, and nobody reads half a job. */
static int write_copy(const struct task *task, struct error *err)
{
	char temporary[PATH_MAX];
	struct stat status;
	int result = -1;

	if (stat(task->job->file, &status) < 0)
		return error_set_system(err, errno, "'%s' cannot be examined", task->job->file);
	if (file_path_make(task->file.path, ".new-XXXXXX", temporary, err) < 0)
		return -1;
	const int fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return error_set_system(err, errno, "'%s' cannot be made", temporary);
	if (fchmod(fd, status.st_mode & 0755) < 0 || bytes_write_all(fd, task->text.data, task->text.size) < 0 || fsync(fd) < 0)
		(void)error_set_system(err, errno, "'%s' cannot be written", temporary);
	else if (link(temporary, task->file.path) < 0)
		(void)error_set_system(err, errno, "'%s' cannot be made", task->file.path);
	else
		result = file_folder_sync(task->file.path, err);
	(void)close(fd);         /* synced, or given up */
	(void)unlink(temporary); /* the name that counts stays */
	return result;
}

static int clone(struct task *task, struct error *err)
{
	if (!task->job)
		return error_set(err, ERROR_USAGE, "there is no job '%s'; 'feedmill jobs' lists them", task->from);
	if (find_file(task, err) < 0 || write_copy(task, err) < 0)
		return -1;
	fprintf(task->invocation->errors,
	        "written: %s\nedit it before it runs: what '%s' brings is its own, and is skipped where another job brings it to the same catalog\n",
	        task->file.path, task->from);
	return 0;
}

/* ---- rename ---- */

/* Jobs that name this one keep its old name: a person has to edit them. */
static int check_mentions(const struct task *task, struct error *err)
{
	struct config_problems places;

	config_problems_init(&places);
	int result = config_job_mentions(&task->setting->config, task->from, &places, err);
	if (result == 0 && places.count > 0) {
		config_problems_print(&places, task->invocation->errors);
		if (!option_given(task->invocation, OPTION_FORCE))
			result = error_set(err, ERROR_USAGE,
			                   "other jobs name '%s': edit them first, or say --force and edit them right after",
			                   task->from);
	}
	config_problems_release(&places);
	return result;
}

static int move_file(const struct task *task, const char *from, const char *to, struct error *err)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) < 0)
		return error_set_system(err, errno, "'%s' cannot be renamed to '%s'", from, to);
	return file_folder_sync(task->file.path, err);
}

static int move_job(void *context, struct error *err)
{
	const struct task *task = context;

	return task->job ? move_file(task, task->job->file, task->file.path, err) : 0;
}

/* The file has moved already, by hand or by a call that was killed: the store follows. */
static int check_moved(struct task *task, struct error *err)
{
	if (config_job(&task->setting->config, slice_from(task->to)))
		return 0;
	return error_set(err, ERROR_USAGE, "there is no job '%s'; 'feedmill jobs' lists them", task->from);
}

static int rename_in_store(struct task *task, struct store *store, struct error *err)
{
	char host[256] = ""; /* HOST_NAME_MAX is 64 */
	const struct store_rename renaming = {
		.from = task->from,
		.to = task->to,
		.host = host,
		.now_ms = clock_now_ms(&task->invocation->clock),
		.context = task,
		.move = move_job,
	};

	run_name_host(host, sizeof(host));
	const int result = store_job_rename(store, &renaming, err);
	struct error ignored = ERROR_INIT;
	/* The commit failed behind the move. */
	if (result < 0 && task->job && access(task->job->file, F_OK) != 0)
		(void)!move_file(task, task->file.path, task->job->file, &ignored); /* the store's failure is told */
	return result;
}

static int rename_everywhere(struct task *task, struct error *err)
{
	struct store *store = NULL;
	int result = store_open(task->setting->store, STORE_WRITE, &store, err);

	if (result < 0 && err->code == ERROR_NOT_FOUND) {
		error_clear(err); /* nothing has run yet */
		result = 0;
	} else if (result == 0) {
		result = rename_in_store(task, store, err);
	}
	store_close(store);
	if (result < 0)
		return -1;
	if (result == 0 && !task->job)
		return error_set(err, ERROR_USAGE, "neither the configuration nor the store knows a job '%s'", task->from);
	if (result == 0 && move_job(task, err) < 0)
		return -1;
	fprintf(task->invocation->errors, "%s: renamed to %s%s\n", task->from, task->to,
	        task->job ? "" : " in the store; its file was there already");
	if (task->job && (task->job->schedule.expression || task->job->schedule.after_count > 0))
		fprintf(task->invocation->errors,
		        "feedmill: nothing runs it by its schedule until a daemon has read the configuration again (SIGHUP),"
		        " or timers were made: 'feedmill systemd remove %s', 'feedmill systemd install %s'\n",
		        task->from, task->to);
	return 0;
}

static int rename_job(struct task *task, struct error *err)
{
	if ((task->job ? find_file(task, err) : check_moved(task, err)) < 0 || check_mentions(task, err) < 0)
		return -1;
	return rename_everywhere(task, err);
}

/* ---- The commands ---- */

static int act(const struct invocation *invocation, int (*run)(struct task *task, struct error *err))
{
	struct setting setting;
	struct error err = ERROR_INIT;
	int status = setting_load(invocation, &setting);

	if (status != EXIT_DONE)
		return status;
	struct task task = {
		.invocation = invocation,
		.setting = &setting,
		.from = invocation->arguments[0],
		.to = invocation->arguments[1],
		.job = config_job(&setting.config, slice_from(invocation->arguments[0])),
	};
	if (check_name(&task, &err) < 0 || run(&task, &err) < 0)
		status = command_fail(invocation, &err);
	setting_release(&setting);
	return status;
}

int job_clone(const struct invocation *invocation)
{
	return act(invocation, clone);
}

int job_rename(const struct invocation *invocation)
{
	return act(invocation, rename_job);
}
