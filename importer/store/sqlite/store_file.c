/* The file of a store before SQLite sees it. */
#include "store/sqlite/store_file.h"

#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define DATABASE_BYTES_MIN 512 /* one page of the smallest size */

static const char scheme[] = "sqlite:";

char *store_file_path(const char *location, struct error *err)
{
	const char *path = location + sizeof(scheme) - 1;
	char *copy;

	if (strncmp(location, scheme, sizeof(scheme) - 1) != 0 || *path == '\0') {
		(void)error_set(err, ERROR_CONFIG, "store '%s' is not of the form 'sqlite:PATH'", location);
		return NULL;
	}
	/* ':memory:' and 'file:…' mean something else to SQLite than the name of a file. */
	if (asprintf(&copy, "%s%s", *path == '/' ? "" : "./", path) < 0) {
		(void)error_set_memory(err);
		return NULL;
	}
	if (strlen(copy) > PATH_MAX - sizeof("-journal")) {
		(void)error_set(err, ERROR_CONFIG, "the path of the store is too long: '%s'", location);
		free(copy);
		return NULL;
	}
	return copy;
}

int store_file_look(const char *path, struct error *err)
{
	struct stat status;

	if (stat(path, &status) < 0) {
		if (errno == ENOENT)
			return 0;
		(void)error_set_system(err, errno, "cannot look at store '%s'", path);
		err->code = ERROR_STORE;
		return -1;
	}
	if (!S_ISREG(status.st_mode))
		return error_set(err, ERROR_STORE_FOREIGN, "'%s' is %s, not a feedmill store; name a file as the store", path,
		                 S_ISDIR(status.st_mode) ? "a folder" : "no regular file");
	/* Of the smallest of these SQLite thinks that they are empty. */
	if (status.st_size > 0 && status.st_size < DATABASE_BYTES_MIN)
		return error_set(err, ERROR_STORE_FOREIGN, "'%s' is no database; name another file as the store", path);
	return 1;
}

static int make_folder(char *path, struct error *err)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || slash == path)
		return 0;
	*slash = '\0';
	if (folder_make_all(path) == 0)
		return 0;
	(void)error_set_system(err, errno, "cannot make the folder '%s' for the store", path);
	err->code = ERROR_STORE;
	return -1;
}

int store_file_create(const char *path, struct error *err)
{
	char *folder = strdup(path);
	int result, fd;

	if (folder == NULL)
		return error_set_memory(err);
	result = make_folder(folder, err);
	free(folder);
	if (result < 0)
		return -1;
	/* Never opened when it is there: closing it would drop the locks that this process may hold on it. */
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		(void)close(fd); /* nothing was written */
		return 0;
	}
	if (errno == EEXIST)
		return 0;
	(void)error_set_system(err, errno, "cannot make store '%s'", path);
	err->code = ERROR_STORE;
	return -1;
}

bool store_file_is_frozen(const char *path)
{
	struct statvfs volume;
	struct stat status;
	char log[PATH_MAX];
	const int size = snprintf(log, sizeof(log), "%s-wal", path);

	if (size < 0 || (size_t)size >= sizeof(log) || statvfs(path, &volume) < 0 || (volume.f_flag & ST_RDONLY) == 0)
		return false;
	return stat(log, &status) < 0 ? errno == ENOENT : status.st_size == 0;
}
