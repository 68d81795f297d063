/* Exchanging a file whole: write another one, then rename. */
#include "base/replace.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int file_path_make(const char *path, const char *suffix, char *ret_path, struct error *err)
{
	const char *slash = strrchr(path, '/');
	const size_t folder_size = slash == path ? 1 : (size_t)(slash != NULL ? slash - path : 0);
	int size;
	if (suffix != NULL)
		size = snprintf(ret_path, PATH_MAX, "%s%s", path, suffix);
	else
		size = snprintf(ret_path, PATH_MAX, "%.*s", folder_size > 0 ? (int)folder_size : 1, folder_size > 0 ? path : ".");
	if (size > 0 && size < PATH_MAX)
		return 0;
	return error_set(err, ERROR_LIMIT, "the path of the file is longer than %d bytes", PATH_MAX);
}

int file_folder_sync(const char *path, struct error *err)
{
	char folder[PATH_MAX];
	if (file_path_make(path, NULL, folder, err) < 0)
		return -1;
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set_system(err, errno, "the folder of the file cannot be opened");
	const int result = fsync(fd) < 0 ? error_set_system(err, errno, "the folder of the file cannot be written to the disk") : 0;
	(void)close(fd); /* opened for reading */
	return result;
}

static int write_new(int fd, const struct file_replacement *replacement, struct error *err)
{
	const bool is_others = replacement->user != (uid_t)-1 && replacement->user != geteuid();
	if (is_others && fchown(fd, replacement->user, replacement->group) < 0)
		return error_set_system(err, errno, "the new file cannot be given to user %u", (unsigned)replacement->user);
	/* Best effort: we may not be in that group. The file is our own anyway. */
	const bool is_of_group = is_others || replacement->group == (gid_t)-1 || fchown(fd, (uid_t)-1, replacement->group) == 0;
	(void)is_of_group;
	if (fchmod(fd, replacement->rights) < 0)
		return error_set_system(err, errno, "the rights of the new file cannot be set");
	if (bytes_write_all(fd, replacement->bytes.data, replacement->bytes.size) < 0)
		return error_set_system(err, errno, "the new file cannot be written");
	return fsync(fd) < 0 ? error_set_system(err, errno, "the new file cannot be written to the disk") : 0;
}

static int open_new(const struct file_replacement *replacement, char ret_name[PATH_MAX], struct error *err)
{
	const bool is_alone = !replacement->is_shared && !replacement->is_new;
	if (file_path_make(replacement->path, is_alone ? "-new" : "-XXXXXX", ret_name, err) < 0)
		return -1;
	if (is_alone)
		(void)unlink(ret_name); /* of one that was killed; what cannot go shows below */
	const int fd = is_alone ? open(ret_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)
	                        : mkostemp(ret_name, O_CLOEXEC);
	if (fd < 0)
		return error_set_system(err, errno, "'%s', the new file, cannot be made", ret_name);
	return fd;
}

/* 0, 1 = it is taken, -1. */
static int put_in_place(const struct file_replacement *replacement, const char *name, struct error *err)
{
	/* A link, unlike a rename, never takes a name that there is. */
	if ((replacement->is_new ? link(name, replacement->path) : rename(name, replacement->path)) == 0)
		return 0;
	if (replacement->is_new && errno == EEXIST)
		return 1;
	return error_set_system(err, errno, "the new file cannot be put in its place");
}

int file_replace(const struct file_replacement *replacement, struct error *err)
{
	char name[PATH_MAX];
	const int fd = open_new(replacement, name, err);
	if (fd < 0)
		return -1;
	int result = write_new(fd, replacement, err);
	if (close(fd) < 0 && result == 0)
		result = error_set_system(err, errno, "the new file cannot be written");
	if (result == 0)
		result = put_in_place(replacement, name, err);
	if (result != 0 || replacement->is_new)
		(void)unlink(name); /* the old file stands, or the new one has its name */
	return result != 0 ? result : file_folder_sync(replacement->path, err);
}
