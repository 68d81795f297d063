/* The units of a configuration. */
#include "cli/units.h"

#include "base/program.h"
#include "base/replace.h"
#include "schedule/unit_file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_FOLDER "/etc/systemd/system"
#define USER_FOLDER "/systemd/user"
#define WRITE_FOLDERS_MAX 4         /* of state, store and metrics */
#define SYSTEMCTL_TIMEOUT_MS 600000 /* it enables and starts 10,000 timers in a minute or so */

/* Where packages put units; the folder of the administrator comes before them. */
static const char *const shipped_folders[] = {"/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"};

/* What the services of the system do not see. */
static const char *const hidden_folders[] = {"/home/", "/root/", "/run/user/", "/tmp/", "/var/tmp/"};

/* --- the setting --- */

static const char *join(struct arena *arena, const char *left, const char *right)
{
	const size_t size = strlen(left);
	char *text = arena_alloc(arena, size + strlen(right) + 1);
	if (text != NULL) {
		memcpy(text, left, size);
		memcpy(text + size, right, strlen(right));
	}
	return text;
}

static int find_folder(struct units *units, struct error *err)
{
	struct arena *arena = &units->work->arena;
	const char *given = units->invocation->options[OPTION_DIRECTORY];
	const char *home = getenv("HOME");
	const char *config_home = getenv("XDG_CONFIG_HOME");
	if (given != NULL)
		units->folder = given[0] != '\0' ? given : ".";
	else if (!units->setting.is_user)
		units->folder = SYSTEM_FOLDER;
	else if (config_home != NULL && config_home[0] == '/')
		units->folder = join(arena, config_home, USER_FOLDER);
	else if (home != NULL && home[0] == '/')
		units->folder = join(arena, home, "/.config" USER_FOLDER);
	else
		return error_set(err, ERROR_USAGE, "no folder for units of a user: set HOME or XDG_CONFIG_HOME");
	return units->folder != NULL ? 0 : error_set_memory(err);
}

/* As the kernel knows it: absolute and without links, for a service has another working folder. */
static int resolve(struct arena *arena, const char *path, const char **ret_path, struct error *err)
{
	char *resolved = realpath(path, NULL);
	if (resolved == NULL)
		return error_set_system(err, errno, "cannot find '%s'", path);
	*ret_path = arena_text(arena, slice_from(resolved));
	free(resolved);
	return *ret_path != NULL ? 0 : error_set_memory(err);
}

static bool is_below(const char *path, const char *folder)
{
	const size_t size = strlen(folder);
	return strncmp(path, folder, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

/* The folder of `file`, where the service may not write otherwise. */
static int add_write_folder(struct units *units, const char *file, const char **folders, struct error *err)
{
	char folder[PATH_MAX];
	const char *absolute = NULL;
	if (file_path_make(file, NULL, folder, err) < 0)
		return -1;
	if (is_below(folder, units->state_folder))
		return 0;
	if (folder[0] == '/')
		absolute = arena_text(&units->work->arena, slice_from(folder));
	else if (resolve(&units->work->arena, folder, &absolute, err) < 0)
		return -1;
	if (absolute == NULL)
		return error_set_memory(err);
	for (size_t i = 0; i < units->setting.write_folder_count; i++) {
		if (strcmp(folders[i], absolute) == 0)
			return 0;
	}
	folders[units->setting.write_folder_count++] = absolute;
	return 0;
}

static int find_write_folders(struct units *units, struct error *err)
{
	static const char sqlite[] = "sqlite:";
	const struct config *config = &units->work->config;
	const char **folders = arena_alloc(&units->work->arena, WRITE_FOLDERS_MAX * sizeof(*folders));
	if (folders == NULL)
		return error_set_memory(err);
	units->setting.write_folders = folders;
	if (units->setting.is_user)
		folders[units->setting.write_folder_count++] = units->state_folder;
	else if (config->state_folder != NULL && !is_below(config->state_folder, UNIT_STATE_FOLDER))
		folders[units->setting.write_folder_count++] = config->state_folder;
	if (config->store != NULL && strncmp(config->store, sqlite, strlen(sqlite)) == 0 &&
	    add_write_folder(units, config->store + strlen(sqlite), folders, err) < 0)
		return -1;
	return config->metrics != NULL ? add_write_folder(units, config->metrics, folders, err) : 0;
}

int units_open(const struct invocation *invocation, struct setting *work, struct units *ret_units, struct error *err)
{
	const struct config *config = &work->config;
	*ret_units = (struct units){.invocation = invocation, .work = work};
	struct unit_setting *setting = &ret_units->setting;
	setting->is_user = option_given(invocation, OPTION_USER);
	setting->on_failure = invocation->options[OPTION_ON_FAILURE];
	setting->daemon_grace_ms = config->daemon.grace_ms;
	/* Also where it is not used, so that the unit is the one that a package brings. */
	setting->credential = config->vault_key.kind == SECRET_CREDENTIAL ? config->vault_key.name : UNIT_CREDENTIAL;
	ret_units->state_folder = setting->is_user ? work->state_folder : UNIT_STATE_FOLDER;
	zones_init(&ret_units->zones, NULL);
	if (config->file == NULL)
		return error_set(err, ERROR_USAGE,
		                 "there is no configuration, so there are no jobs: see 'feedmill help feedmill.yaml'");
	if (find_folder(ret_units, err) < 0 || resolve(&work->arena, "/proc/self/exe", &setting->program, err) < 0 ||
	    resolve(&work->arena, config->file, &setting->config, err) < 0)
		return -1;
	return find_write_folders(ret_units, err);
}

void units_release(struct units *units)
{
	zones_release(&units->zones);
}

/* --- which jobs --- */

static int choose_jobs(const struct units *units, const struct job_config **jobs, size_t *ret_count, struct error *err)
{
	const struct config *config = &units->work->config;
	const struct invocation *invocation = units->invocation;
	*ret_count = 0;
	for (size_t i = 0; i < invocation->argument_count; i++) {
		const struct job_config *job = config_job(config, slice_from(invocation->arguments[i]));
		if (job == NULL)
			return error_set(err, ERROR_USAGE, "there is no job '%s' in '%s'", invocation->arguments[i], config->file);
		jobs[(*ret_count)++] = job;
	}
	if (*ret_count > 0 || option_given(invocation, OPTION_DAEMON))
		return 0;
	for (size_t i = 0; i < config->job_count; i++) {
		if (config->jobs[i].schedule.expression != NULL || config->jobs[i].schedule.after_count > 0)
			jobs[(*ret_count)++] = &config->jobs[i];
	}
	return *ret_count > 0 ? 0 : error_set(err, ERROR_USAGE, "no job in '%s' has a schedule", config->file);
}

static void warn_of_hidden(const struct units *units, const char *what, const char *path)
{
	for (size_t i = 0; !units->setting.is_user && i < sizeof(hidden_folders) / sizeof(hidden_folders[0]); i++) {
		if (strncmp(path, hidden_folders[i], strlen(hidden_folders[i])) == 0)
			fprintf(units->invocation->errors,
			        "feedmill: warning: %s is '%s', and the services do not see %s; move it, or use --user\n", what,
			        path, hidden_folders[i]);
	}
}

/* The services start all the same, and cannot write there until it is made and they are started anew. */
static void warn_of_missing(const struct units *units)
{
	for (size_t i = 0; i < units->setting.write_folder_count; i++) {
		const char *folder = units->setting.write_folders[i];
		struct stat status;
		const bool is_made_by_us = units->setting.is_user && strcmp(folder, units->state_folder) == 0;
		if (is_made_by_us || stat(folder, &status) == 0 || (errno != ENOENT && errno != ENOTDIR))
			continue;
		fprintf(units->invocation->errors,
		        "feedmill: warning: there is no folder '%s', which the services are to write to; make it before they start: %s '%s'\n",
		        folder, units->setting.is_user ? "mkdir -p" : "install -d -o " UNIT_USER " -g " UNIT_USER, folder);
	}
}

int units_make(struct units *units, struct error *err)
{
	const struct config *config = &units->work->config;
	const size_t count_max = config->job_count + units->invocation->argument_count;
	const struct job_config **jobs = arena_alloc(&units->work->arena, (count_max + 1) * sizeof(*jobs));
	struct unit_request request = {
		.config = config,
		.setting = &units->setting,
		.jobs = jobs,
		.is_daemon = option_given(units->invocation, OPTION_DAEMON),
		.zones = &units->zones,
		.now_ms = clock_now_ms(&units->invocation->clock),
	};
	if (jobs == NULL)
		return error_set_memory(err);
	if (choose_jobs(units, jobs, &request.job_count, err) < 0)
		return -1;
	warn_of_hidden(units, "the program", units->setting.program);
	warn_of_hidden(units, "the configuration", units->setting.config);
	warn_of_missing(units);
	return unit_set_make(&request, &units->work->arena, &units->set, err);
}

/* --- what is there --- */

static int compare_names(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* 'acme' of 'feedmill@acme.timer' and 'feedmill@acme.service.d'; false where it is another unit. */
static bool find_job_name(const char *unit, char ret_job[UNIT_NAME_SIZE])
{
	static const char before[] = "feedmill@";
	static const char *const behind[] = {".timer", ".service.d"};
	const size_t size = strlen(unit);
	if (strncmp(unit, before, strlen(before)) != 0 || size >= UNIT_NAME_SIZE)
		return false;
	for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
		const size_t ends_at = size > strlen(behind[i]) ? size - strlen(behind[i]) : 0;
		if (ends_at <= strlen(before) || strcmp(unit + ends_at, behind[i]) != 0)
			continue;
		(void)snprintf(ret_job, UNIT_NAME_SIZE, "%.*s", (int)(ends_at - strlen(before)), unit + strlen(before)); /* fits */
		return true;
	}
	return false;
}

/* `jobs` are the command line's, sorted. */
static bool is_wanted(const struct units *units, const char *const *jobs, const char *name)
{
	const size_t job_count = units->invocation->argument_count;
	char job[UNIT_NAME_SIZE];
	const char *key = job;
	if (option_given(units->invocation, OPTION_DAEMON))
		return strcmp(name, UNIT_DAEMON) == 0;
	if (job_count == 0)
		return strncmp(name, "feedmill", strlen("feedmill")) == 0 && strcmp(name, UNIT_DAEMON) != 0;
	return find_job_name(name, job) && bsearch(&key, jobs, job_count, sizeof(*jobs), compare_names) != NULL;
}

/* A file, or the one in a folder of drop-ins, that is ours; asked for by name, it may be another's, which removing it tells. */
static int find_unit(struct units *units, const char *entry, size_t *capacity, struct error *err)
{
	static const char drop_in_folder[] = ".d";
	const size_t entry_size = strlen(entry);
	const bool is_folder = entry_size > 2 && strcmp(entry + entry_size - 2, drop_in_folder) == 0;
	struct arena *arena = &units->work->arena;
	char path[PATH_MAX];
	struct buffer content;
	enum unit_file_state state;
	const char *name = is_folder ? join(arena, entry, "/" UNIT_DROP_IN_FILE) : arena_text(arena, slice_from(entry));
	if (name == NULL)
		return error_set_memory(err);
	if (units_path(units, name, path, err) < 0)
		return -1;
	buffer_init(&content, 2 * UNIT_BYTES_MAX);
	const int result = unit_file_examine(path, &state, &content, err);
	buffer_release(&content);
	if (result < 0)
		return -1;
	if (state == UNIT_FILE_MISSING || (state == UNIT_FILE_FOREIGN && (is_folder || units->invocation->argument_count == 0)))
		return 0;
	if (units->set.count == *capacity) {
		struct unit_text *more = arena_alloc(arena, 2 * *capacity * sizeof(*more));
		if (more == NULL)
			return error_set_memory(err);
		memcpy(more, units->set.units, units->set.count * sizeof(*more));
		units->set.units = more;
		*capacity *= 2;
	}
	units->set.units[units->set.count++] = (struct unit_text){.name = name, .text = SLICE("-")};
	return 0;
}

/* The jobs that the command line names, sorted; NULL with `err`. */
static const char **sort_arguments(const struct units *units, struct error *err)
{
	const size_t count = units->invocation->argument_count;
	const char **jobs = arena_alloc(&units->work->arena, (count + 1) * sizeof(*jobs));
	if (jobs == NULL) {
		(void)error_set_memory(err);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		jobs[i] = units->invocation->arguments[i];
		if (!config_name_is_valid(slice_from(jobs[i]))) {
			(void)error_set(err, ERROR_USAGE, "'%s' is no name of a job", jobs[i]);
			return NULL;
		}
	}
	qsort(jobs, count, sizeof(*jobs), compare_names);
	return jobs;
}

int units_find(struct units *units, struct error *err)
{
	size_t capacity = 64;
	const struct dirent *entry;
	int result = 0;
	const char **jobs = sort_arguments(units, err);
	if (jobs == NULL)
		return -1;
	units->set.units = arena_alloc(&units->work->arena, capacity * sizeof(*units->set.units));
	if (units->set.units == NULL)
		return error_set_memory(err);
	DIR *folder = opendir(units->folder);
	if (folder == NULL)
		return errno == ENOENT ? 0 : error_set_system(err, errno, "cannot read the folder '%s'", units->folder);
	while (result == 0 && (entry = readdir(folder)) != NULL) {
		if (is_wanted(units, jobs, entry->d_name))
			result = find_unit(units, entry->d_name, &capacity, err);
	}
	(void)closedir(folder); /* was only read */
	return result;
}

bool units_is_shipped(const struct units *units, const struct unit_text *unit)
{
	bool is_equal = false;
	if (units->setting.is_user || option_given(units->invocation, OPTION_DIRECTORY) || unit->text.size == 0)
		return false;
	for (size_t i = 0; !is_equal && i < sizeof(shipped_folders) / sizeof(shipped_folders[0]); i++) {
		char path[PATH_MAX];
		struct buffer content;
		enum unit_file_state state;
		struct error ignored = ERROR_INIT; /* what cannot be read is not what we look for */
		const int size = snprintf(path, sizeof(path), "%s/%s", shipped_folders[i], unit->name);
		buffer_init(&content, 2 * UNIT_BYTES_MAX);
		is_equal = size > 0 && size < (int)sizeof(path) && unit_file_examine(path, &state, &content, &ignored) == 0 &&
		           slice_equal(buffer_slice(&content), unit->text);
		buffer_release(&content);
	}
	return is_equal;
}

int units_path(const struct units *units, const char *name, char *ret_path, struct error *err)
{
	const int size = snprintf(ret_path, PATH_MAX, "%s/%s", units->folder, name);
	return size > 0 && size < PATH_MAX ? 0 : error_set(err, ERROR_LIMIT, "the path of the unit '%s' is too long", name);
}

/* --- systemctl --- */

int units_forget(const struct units *units, const char *name, struct error *err)
{
	static const char *const targets[] = {"timers", "multi-user", "default"};
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		char path[PATH_MAX];
		struct stat status;
		const int size = snprintf(path, sizeof(path), "%s/%s.target.wants/%s", units->folder, targets[i], name);
		if (size < 0 || size >= (int)sizeof(path))
			return error_set(err, ERROR_LIMIT, "the path of the unit '%s' is too long", name);
		if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode) && unlink(path) < 0)
			return error_set_system(err, errno, "cannot remove '%s'", path);
	}
	return 0;
}

int units_systemctl(const struct units *units, const char *const *words, struct error *err)
{
	struct program_end end;
	size_t count = 0;
	while (words[count] != NULL)
		count++;
	const char **arguments = calloc(count + 3, sizeof(*arguments));
	if (arguments == NULL)
		return error_set_memory(err);
	size_t size = 0;
	arguments[size++] = "systemctl";
	if (units->setting.is_user)
		arguments[size++] = "--user";
	memcpy(arguments + size, words, count * sizeof(*arguments));
	const struct program program = {
		.arguments = arguments,
		.keeps_errors = true,
		.timeout_ms = SYSTEMCTL_TIMEOUT_MS,
		.clock = units->invocation->clock,
	};
	int result = program_run(&program, &end, err);
	if (result == 0)
		result = program_check_status(end.status, err);
	free((void *)arguments);
	return result < 0 ? error_wrap(err, "systemctl %s (the files are as they should be)", words[0]) : 0;
}
