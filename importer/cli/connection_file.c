/* Path, check and exchange of a connection's file. */
#include "cli/connection_file.h"

#include "base/limits.h"
#include "base/replace.h"
#include "connection/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RIGHTS_DEFAULT 0644 /* there is no secret in it, and it is for us alone to write */

int connection_file_path(const struct setting *setting, const char *name, char ret_path[PATH_MAX], struct error *err)
{
	if (!config_name_is_valid(slice_from(name)) || strcmp(name, "none") == 0)
		return error_set(err, ERROR_USAGE,
		                 "a connection's name is up to 64 of A-Z a-z 0-9 . _ -, begins with none of '.' and '-', and is "
		                 "not 'none'");
	if (!setting->config.connections_folder)
		return error_set(err, ERROR_USAGE,
		                 "feedmill.yaml names no folder of connections: write 'connections: connections' there");
	const int size = snprintf(ret_path, PATH_MAX, "%s/%s.yaml", setting->config.connections_folder, name);
	if (size < 0 || size >= PATH_MAX)
		return error_set(err, ERROR_LIMIT, "the path of the connection is too long");
	return 0;
}

int connection_folder_lock(const struct setting *setting, struct error *err)
{
	const char *folder = setting->config.connections_folder;
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set_system(err, errno, "the folder '%s' cannot be opened", folder);
	if (flock(fd, LOCK_EX) == 0) /* held for as long as a file is written */
		return fd;
	(void)error_set_system(err, errno, "the folder '%s' cannot be locked", folder);
	(void)close(fd); /* opened for reading */
	return -1;
}

int connection_draft_check(const struct connection_draft *draft, const struct invocation *invocation, struct setting *setting,
                           struct error *err)
{
	const struct connection_text text = {.name = draft->name, .file = draft->path, .text = draft->text};
	struct connection connection;
	struct config_problems problems;

	config_problems_init(&problems);
	int outcome = connection_read(&text, &setting->arena, &connection, &problems, err);
	if (outcome == 1) {
		if (connection.has_allowed_url)
			allowed_url_release(&connection.allowed_url);
	} else if (outcome == 0) {
		config_problems_print(&problems, invocation->errors);
		outcome = error_set(err, ERROR_CONFIG, "this is no connection; nothing was changed");
	}
	config_problems_release(&problems);
	return outcome < 0 ? -1 : 0;
}

int connection_draft_write(const struct connection_draft *draft, const struct invocation *invocation, struct setting *setting,
                           struct error *err)
{
	struct stat status;
	struct connection_draft written = *draft;
	const bool is_there = stat(draft->path, &status) == 0;
	const struct file_replacement replacement = {
		.path = draft->path,
		.bytes = draft->text,
		.rights = is_there ? status.st_mode & 0755 : RIGHTS_DEFAULT,
		.user = is_there ? status.st_uid : (uid_t)-1,
		.group = is_there ? status.st_gid : (gid_t)-1,
	};

	if (file_replace(&replacement, err) < 0)
		return error_wrap(err, "'%s'", draft->path);
	if (config_read_file(draft->path, LIMIT_YAML_BYTES, true, &setting->arena, &written.text, err) < 0)
		return -1;
	return connection_draft_check(&written, invocation, setting, err);
}
