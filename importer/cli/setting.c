/* Where a command works. */
#include "cli/setting.h"

#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETTING_ARENA_MAX (256 * 1024 * 1024)

static const char *join(struct arena *arena, const char *left, const char *right)
{
	size_t left_size = strlen(left);
	size_t right_size = strlen(right);
	char *text = arena_alloc(arena, left_size + right_size + 1);

	if (text) {
		memcpy(text, left, left_size);
		memcpy(text + left_size, right, right_size);
	}
	return text;
}

/* What the configuration says, else the first of $STATE_DIRECTORY (systemd lists several with colons), else $XDG_STATE_HOME, else its default in the home folder. */
static const char *find_state_folder(const struct config *config, struct arena *arena, struct error *err)
{
	const char *folder = getenv("STATE_DIRECTORY");
	const char *result = NULL;

	if (config->state_folder) {
		return config->state_folder;
	} else if (folder && folder[0]) {
		result = arena_text(arena, slice_make(folder, strcspn(folder, ":")));
	} else if ((folder = getenv("XDG_STATE_HOME")) != NULL && folder[0] == '/') {
		result = join(arena, folder, "/feedmill");
	} else if ((folder = getenv("HOME")) != NULL && folder[0] == '/') {
		result = join(arena, folder, "/.local/state/feedmill");
	} else {
		(void)error_set(err, ERROR_USAGE, "no folder for state: set HOME, XDG_STATE_HOME or STATE_DIRECTORY");
		return NULL;
	}
	if (!result)
		(void)error_set_memory(err);
	return result;
}

static const char *find_store(const struct invocation *invocation, struct setting *setting, struct error *err)
{
	const char *given = invocation->options[OPTION_STORE];
	const char *result = NULL;

	if (given && given[0] == '\0') {
		(void)error_set(err, ERROR_USAGE, "the option '--store' is empty");
		return NULL;
	}
	if (given && strstr(given, "://")) {
		(void)error_set(err, ERROR_USAGE, "the store '%s' is not available in this version; use sqlite:PATH", given);
		return NULL;
	}
	if (given)
		result = strncmp(given, "sqlite:", 7) == 0 ? given : join(&setting->arena, "sqlite:", given);
	else if (setting->config.store)
		result = setting->config.store;
	else {
		const char *path = join(&setting->arena, setting->state_folder, "/market.db");
		result = path ? join(&setting->arena, "sqlite:", path) : NULL;
	}
	if (!result)
		(void)error_set_memory(err);
	return result;
}

static int load_config(const struct invocation *invocation, struct config *ret_config)
{
	const char *path = config_path(invocation->options[OPTION_CONFIG], getenv("FEEDMILL_CONFIG"));
	struct config_problems problems;
	struct error err = ERROR_INIT;
	int status = EXIT_DONE;

	config_problems_init(&problems);
	if (config_load(path, ret_config, &problems, &err) < 0) {
		status = command_fail(invocation, &err);
		if (err.code == ERROR_NOT_FOUND)
			status = EXIT_USAGE;
	} else if (problems.count > 0) {
		config_problems_print(&problems, invocation->errors);
		config_release(ret_config);
		status = EXIT_USAGE;
	}
	config_problems_release(&problems);
	return status;
}

int setting_find_state(struct setting *setting, struct error *err)
{
	setting->state_folder = find_state_folder(&setting->config, &setting->arena, err);
	return setting->state_folder ? 0 : -1;
}

/* What root writes among the files of a service, the service cannot read: feeds and plans are for their owner alone. */
static int check_owner(const char *state_folder, struct error *err)
{
	struct stat status;
	if (geteuid() != 0 || stat(state_folder, &status) < 0 || status.st_uid == 0)
		return 0;
	const struct passwd *user = getpwuid(status.st_uid);
	return error_set(err, ERROR_USAGE, "the state folder '%s' is not root's: call this as its owner, with 'sudo -u %s'",
	                 state_folder, user ? user->pw_name : "USER");
}

int setting_load(const struct invocation *invocation, struct setting *ret_setting)
{
	struct error err = ERROR_INIT;
	int status = load_config(invocation, &ret_setting->config);

	if (status != EXIT_DONE)
		return status;
	ret_setting->dialects = (struct dialect_files){.texts = NULL};
	ret_setting->dialect_set = NULL;
	ret_setting->connections = (struct connections){.items = NULL};
	arena_init(&ret_setting->arena, SETTING_ARENA_MAX);
	ret_setting->state_folder = find_state_folder(&ret_setting->config, &ret_setting->arena, &err);
	if (ret_setting->state_folder && (!invocation->command->writes_state || check_owner(ret_setting->state_folder, &err) == 0))
		ret_setting->store = find_store(invocation, ret_setting, &err);
	if (err.code == ERROR_NONE)
		return EXIT_DONE;
	setting_release(ret_setting);
	return command_fail(invocation, &err);
}

/* The shipped dialects: beside an installed program, where it was to be installed, or in the source tree it was built from. */
static const char *find_shipped_dialects(struct arena *arena)
{
	static const char beside[] = "/../share/feedmill/dialects";
	char program[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);

	if (size > 0) {
		program[size] = '\0';
		char *slash = strrchr(program, '/');
		if (slash) {
			*slash = '\0';
			const char *folder = join(arena, program, beside);
			if (folder && access(folder, R_OK) == 0)
				return folder;
		}
	}
	return access(FEEDMILL_DIALECT_DIR, R_OK) == 0 ? FEEDMILL_DIALECT_DIR : FEEDMILL_SOURCE_DIALECT_DIR;
}

static int read_dialects(struct setting *setting, struct config_problems *problems, struct error *err)
{
	const struct dialect_folder folders[] = {{.path = find_shipped_dialects(&setting->arena)},
	                                         {.path = setting->config.dialects_folder, .is_own = true}};

	return dialect_files_read(folders, sizeof(folders) / sizeof(folders[0]), &setting->arena, &setting->dialects, problems,
	                          err);
}

int setting_compile_dialects(struct setting *setting, struct config_problems *problems, struct error *err)
{
	if (read_dialects(setting, problems, err) < 0)
		return -1;
	return dialect_files_compile(&setting->dialects, &setting->arena, &setting->dialect_set, problems, err);
}

/* What `read` collects of mistakes is printed. */
static int load_all(const struct invocation *invocation, struct setting *setting,
                    int (*read)(struct setting *setting, struct config_problems *problems, struct error *err))
{
	struct config_problems problems;
	struct error err = ERROR_INIT;
	int status = EXIT_DONE;

	config_problems_init(&problems);
	if (read(setting, &problems, &err) < 0) {
		status = command_fail(invocation, &err);
	} else if (problems.count > 0) {
		config_problems_print(&problems, invocation->errors);
		status = EXIT_USAGE;
	}
	config_problems_release(&problems);
	return status;
}

int setting_find_dialects(const struct invocation *invocation, struct setting *setting)
{
	return load_all(invocation, setting, read_dialects);
}

int setting_load_dialects(const struct invocation *invocation, struct setting *setting)
{
	return load_all(invocation, setting, setting_compile_dialects);
}

int setting_read_connections(struct setting *setting, struct config_problems *problems, struct error *err)
{
	return connections_load(setting->config.connections_folder, &setting->connections, problems, err);
}

int setting_load_connections(const struct invocation *invocation, struct setting *setting)
{
	return load_all(invocation, setting, setting_read_connections);
}

void setting_release(struct setting *setting)
{
	connections_release(&setting->connections);
	dialect_set_free(setting->dialect_set);
	arena_release(&setting->arena);
	config_release(&setting->config);
}
