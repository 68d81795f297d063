/* Exchanging files whole: write others, then rename. */
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

#define APART_MAX 8 /* so many files are written to the disk one by one; more together */

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

/* -1 with `err`, else a descriptor. */
static int open_folder(const char *path, struct error *err)
{
	char folder[PATH_MAX];
	if (file_path_make(path, NULL, folder, err) < 0)
		return -1;
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_set_system(err, errno, "the folder of the file cannot be opened") : fd;
}

int file_folder_sync(const char *path, struct error *err)
{
	const int fd = open_folder(path, err);
	if (fd < 0)
		return -1;
	const int result = fsync(fd) < 0 ? error_set_system(err, errno, "the folder of the file cannot be written to the disk") : 0;
	(void)close(fd); /* opened for reading */
	return result;
}

/* --- one file --- */

static int write_content(int fd, const struct file_replacement *replacement, struct error *err)
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
	return 0;
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

/*
 * The bytes beside the old file, under `ret_name`; nothing is left of them on failure. On the disk too, unless they are on
 * `device`, which is written out as a whole later; 0 = none is.
 */
static int write_new(const struct file_replacement *replacement, dev_t device, char ret_name[PATH_MAX], struct error *err)
{
	struct stat status;
	const int fd = open_new(replacement, ret_name, err);
	if (fd < 0)
		return -1;
	int result = write_content(fd, replacement, err);
	const bool is_apart = device == 0 || fstat(fd, &status) < 0 || status.st_dev != device;
	if (result == 0 && is_apart && fsync(fd) < 0)
		result = error_set_system(err, errno, "the new file cannot be written to the disk");
	if (close(fd) < 0 && result == 0)
		result = error_set_system(err, errno, "the new file cannot be written");
	if (result < 0)
		(void)unlink(ret_name); /* the old file stands */
	return result;
}

/* 0, 1 = it is taken, -1. Only with 0 and no `is_new` is `name` gone. */
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
	if (write_new(replacement, 0, name, err) < 0)
		return -1;
	const int result = put_in_place(replacement, name, err);
	if (result != 0 || replacement->is_new)
		(void)unlink(name); /* the old file stands, or the new one has its name */
	return result != 0 ? result : file_folder_sync(replacement->path, err);
}

/* --- many files --- */

/*
 * The file system that most of the files are on. One syncfs(2) writes out all of them, and another which folders they are
 * in: a commit of the journal or of the tree each (ext4, xfs, btrfs), where fsync(2) costs one for every file and folder.
 * Errors of writing are told to descriptors that were open before (Linux 5.8 and later).
 */
struct disk {
	int fd;       /* of a folder on it; -1 = each file by itself */
	dev_t device; /* 0 likewise */
};

static int disk_open(const struct file_replacement *replacements, size_t count, struct disk *ret_disk, struct error *err)
{
	struct stat status;
	*ret_disk = (struct disk){.fd = -1};
	if (count <= APART_MAX)
		return 0;
	ret_disk->fd = open_folder(replacements[0].path, err);
	if (ret_disk->fd < 0)
		return error_wrap(err, "'%s'", replacements[0].path);
	if (fstat(ret_disk->fd, &status) < 0) {
		(void)error_set_system(err, errno, "the folder of '%s' cannot be examined", replacements[0].path);
		(void)close(ret_disk->fd); /* opened for reading */
		return -1;
	}
	ret_disk->device = status.st_dev;
	return 0;
}

static int disk_sync(const struct disk *disk, struct error *err)
{
	if (disk->fd >= 0 && syncfs(disk->fd) < 0)
		return error_set_system(err, errno, "the new files cannot be written to the disk");
	return 0;
}

static void remove_new(const struct file_replacement *replacement)
{
	char name[PATH_MAX];
	struct error ignored = ERROR_INIT;
	if (file_path_make(replacement->path, "-new", name, &ignored) == 0)
		(void)unlink(name); /* the old file stands */
}

static int put_new(const struct file_replacement *replacement, struct error *err)
{
	char name[PATH_MAX];
	if (file_path_make(replacement->path, "-new", name, err) < 0)
		return -1;
	return put_in_place(replacement, name, err);
}

static int write_all(const struct file_replacement *replacements, size_t count, const struct disk *disk, struct error *err)
{
	char name[PATH_MAX];
	size_t done = 0;
	while (done < count && write_new(&replacements[done], disk->device, name, err) == 0)
		done++;
	if (done < count)
		(void)error_wrap(err, "'%s'", replacements[done].path);
	else if (disk_sync(disk, err) == 0)
		return 0;
	for (size_t i = 0; i < done; i++)
		remove_new(&replacements[i]);
	return -1;
}

static int put_all(const struct file_replacement *replacements, size_t count, struct error *err)
{
	size_t done = 0;
	while (done < count && put_new(&replacements[done], err) == 0)
		done++;
	if (done == count)
		return 0;
	(void)error_wrap(err, "'%s'", replacements[done].path);
	for (size_t i = done; i < count; i++)
		remove_new(&replacements[i]);
	return -1;
}

static int sync_folders(const struct file_replacement *replacements, size_t count, const struct disk *disk, struct error *err)
{
	struct stat status;
	for (size_t i = 0; i < count; i++) {
		const char *path = replacements[i].path;
		if ((disk->fd < 0 || lstat(path, &status) < 0 || status.st_dev != disk->device) && file_folder_sync(path, err) < 0)
			return error_wrap(err, "'%s'", path);
	}
	return disk_sync(disk, err);
}

int file_replace_all(const struct file_replacement *replacements, size_t count, struct error *err)
{
	struct disk disk;
	if (count == 0)
		return 0;
	if (disk_open(replacements, count, &disk, err) < 0)
		return -1;
	int result = write_all(replacements, count, &disk, err);
	if (result == 0)
		result = put_all(replacements, count, err);
	if (result == 0)
		result = sync_folders(replacements, count, &disk, err);
	if (disk.fd >= 0)
		(void)close(disk.fd); /* opened for reading */
	return result;
}
