/* Changing and removing files of connections. */
#include "cli/connection_change.h"

#include "base/bytes.h"
#include "base/limits.h"
#include "base/replace.h"
#include "cli/connection_file.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define EDITOR_WORDS_MAX 16
#define EDITOR_BYTES 1024

extern char **environ;

struct change {
	const struct invocation *invocation;
	struct setting *setting;
	const char *name;
	char path[PATH_MAX];
	char copy[PATH_MAX];
	struct slice before;
};

/* ---- The editor ---- */

static const char *editor_of_user(void)
{
	const char *const names[] = {"VISUAL", "EDITOR"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *editor = getenv(names[i]);
		if (editor && editor[0] != '\0')
			return editor;
	}
	return "vi";
}

/* Its words, then the copy; never by way of a shell. */
static int split_words(char *text, const char *copy, char *words[EDITOR_WORDS_MAX + 2], struct error *err)
{
	size_t count = 0;
	for (char *word = text; *(word += strspn(word, " \t")) != '\0';) {
		if (count == EDITOR_WORDS_MAX)
			return error_set(err, ERROR_USAGE, "the editor (VISUAL, EDITOR) has more than %d words", EDITOR_WORDS_MAX);
		words[count++] = word;
		word += strcspn(word, " \t");
		if (*word != '\0')
			*word++ = '\0';
	}
	if (count == 0)
		return error_set(err, ERROR_USAGE, "the editor (VISUAL, EDITOR) is blank");
	words[count++] = (char *)(uintptr_t)copy; /* posix_spawn(3) does not change it */
	words[count] = NULL;
	return 0;
}

static int run_editor(const struct change *change, struct error *err)
{
	char text[EDITOR_BYTES];
	char *words[EDITOR_WORDS_MAX + 2] = {NULL};
	pid_t child;
	int status;
	const char *editor = editor_of_user();
	if ((size_t)snprintf(text, sizeof(text), "%s", editor) >= sizeof(text))
		return error_set(err, ERROR_USAGE, "the editor (VISUAL, EDITOR) is too long");
	if (split_words(text, change->copy, words, err) < 0 || !words[0])
		return -1;
	const int number = posix_spawnp(&child, words[0], NULL, NULL, words, environ);
	if (number != 0)
		return error_set_system(err, number, "the editor '%s' cannot be started", words[0]);
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return error_set_system(err, errno, "the editor cannot be waited for");
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return error_set(err, ERROR_SYSTEM, "the editor '%s' failed", words[0]);
}

/* ---- edit ---- */

static int make_copy(struct change *change, struct error *err)
{
	const char *folder = getenv("TMPDIR");
	const int size = snprintf(change->copy, sizeof(change->copy), "%s/feedmill-%s-XXXXXX.yaml",
	                          folder && folder[0] == '/' ? folder : "/tmp", change->name);
	if (size < 0 || (size_t)size >= sizeof(change->copy)) {
		change->copy[0] = '\0';
		return error_set(err, ERROR_LIMIT, "the path of the copy is too long");
	}
	const int fd = mkostemps(change->copy, (int)strlen(".yaml"), O_CLOEXEC); /* 0600 */
	if (fd < 0) {
		(void)error_set_system(err, errno, "the copy '%s' cannot be made", change->copy);
		change->copy[0] = '\0';
		return -1;
	}
	int result = bytes_write_all(fd, change->before.data, change->before.size) < 0
	                     ? error_set_system(err, errno, "the copy '%s' cannot be written", change->copy)
	                     : 0;
	if (close(fd) < 0 && result == 0)
		result = error_set_system(err, errno, "the copy '%s' cannot be written", change->copy);
	return result;
}

static int read_text(const struct change *change, const char *path, struct slice *ret_text, struct error *err)
{
	return config_read_file(path, LIMIT_YAML_BYTES, true, &change->setting->arena, ret_text, err);
}

/* In the place of the file, if that is still the one that was copied. */
static int exchange(const struct change *change, struct slice text, struct error *err)
{
	const struct connection_draft draft = {.name = change->name, .path = change->path, .text = text};
	struct slice now;
	const int lock = connection_folder_lock(change->setting, err);
	if (lock < 0)
		return -1;
	int result = read_text(change, change->path, &now, err);
	if (result == 0 && !slice_equal(now, change->before))
		result = error_set(err, ERROR_CONFIG, "'%s' was changed by somebody else meanwhile", change->path);
	if (result == 0)
		result = connection_draft_write(&draft, change->invocation, change->setting, err);
	(void)close(lock); /* opened for reading */
	return result;
}

/* The copy is gone afterwards only where all that is in it stands in the file. */
static int take_copy(struct change *change, struct error *err)
{
	struct slice after;
	if (read_text(change, change->copy, &after, err) < 0)
		return -1;
	if (slice_equal(after, change->before)) {
		fprintf(change->invocation->errors, "feedmill: '%s' is as it was\n", change->name);
		return 0;
	}
	const struct connection_draft checked = {.name = change->name, .path = change->copy, .text = after};
	if (connection_draft_check(&checked, change->invocation, change->setting, err) < 0 || exchange(change, after, err) < 0)
		return -1;
	fprintf(change->invocation->out, "wrote '%s'; it counts from the next run\n", change->path);
	return 0;
}

/* Is there anything in the copy that is not in the file? */
static bool has_changes(const struct change *change)
{
	struct error err = ERROR_INIT;
	struct slice copy;
	return read_text(change, change->copy, &copy, &err) < 0 || !slice_equal(copy, change->before);
}

/* Where the file is a symbolic link, what it leads to is exchanged, and the link stays. */
static int follow_link(struct change *change, struct error *err)
{
	char path[PATH_MAX];
	if (realpath(change->path, path) == NULL)
		return error_set_system(err, errno, "'%s' cannot be found", change->path);
	struct stat status;
	if (lstat(change->path, &status) == 0 && S_ISLNK(status.st_mode))
		memcpy(change->path, path, sizeof(path));
	return 0;
}

static int edit(struct change *change, struct error *err)
{
	if (follow_link(change, err) < 0 || read_text(change, change->path, &change->before, err) < 0)
		return -1;
	int result = make_copy(change, err);
	if (result == 0)
		result = run_editor(change, err);
	if (result == 0)
		result = take_copy(change, err);
	if (change->copy[0] == '\0')
		return result;
	if (result == 0 || !has_changes(change))
		(void)unlink(change->copy); /* in a folder for such files; what stays is no harm */
	else
		fprintf(change->invocation->errors, "feedmill: what you wrote is kept in '%s'\n", change->copy);
	return result;
}

/* ---- remove ---- */

static int check_unused(const struct change *change, struct error *err)
{
	char names[512] = "";
	const struct config *config = &change->setting->config;
	for (size_t i = 0; i < config->job_count; i++) {
		const size_t size = strlen(names);
		if (config->jobs[i].connection && strcmp(config->jobs[i].connection, change->name) == 0)
			(void)snprintf(names + size, sizeof(names) - size, "%s'%s'", size > 0 ? ", " : "",
			               config->jobs[i].name); /* cut */
	}
	if (names[0] == '\0' || option_given(change->invocation, OPTION_FORCE))
		return 0;
	return error_set(err, ERROR_USAGE, "jobs use the connection '%s': %s; '--force' removes it all the same", change->name,
	                 names);
}

static int remove_file(struct change *change, struct error *err)
{
	if (check_unused(change, err) < 0)
		return -1;
	if (unlink(change->path) < 0)
		return error_set_system(err, errno, "'%s' cannot be removed", change->path);
	if (file_folder_sync(change->path, err) < 0)
		return -1;
	fprintf(change->invocation->out, "removed '%s'; what it referred to in the vault stays ('feedmill secret list')\n",
	        change->path);
	return 0;
}

/* ---- Both ---- */

static int act(const struct invocation *invocation, int (*work)(struct change *, struct error *))
{
	struct setting setting;
	struct change change = {.invocation = invocation, .setting = &setting, .name = invocation->arguments[0]};
	struct error err = ERROR_INIT;
	int status = setting_load(invocation, &setting);

	if (status != EXIT_DONE)
		return status;
	int result = connection_file_path(&setting, change.name, change.path, &err);
	if (result == 0 && access(change.path, F_OK) != 0)
		result = error_set(&err, ERROR_NOT_FOUND, "there is no connection '%s'; 'feedmill connection list' lists them",
		                   change.name);
	if (result == 0)
		result = work(&change, &err);
	if (result < 0)
		status = command_fail(invocation, &err);
	setting_release(&setting);
	return status;
}

int connection_edit(const struct invocation *invocation)
{
	return act(invocation, edit);
}

int connection_remove(const struct invocation *invocation)
{
	return act(invocation, remove_file);
}
