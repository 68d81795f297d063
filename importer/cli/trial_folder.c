/* Folders that are locked, made and removed. */
#include "cli/trial_folder.h"

#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "connection-"
#define ATTEMPTS_MAX 10

static int open_folder(int parent, const char *name)
{
	return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Its files, and itself where it had nothing but files. What cannot go stays for the next one. */
static void remove_locked(int parent, const char *name, int fd)
{
	const int copy = dup(fd);
	DIR *directory = copy >= 0 ? fdopendir(copy) : NULL;

	if (!directory) {
		if (copy >= 0)
			(void)close(copy); /* was only read */
		return;
	}
	for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory))
		(void)unlinkat(fd, entry->d_name, 0); /* '.' and '..' do not go */
	(void)closedir(directory);                    /* was only read */
	(void)unlinkat(parent, name, AT_REMOVEDIR);
}

static bool is_of_trial(const char *name)
{
	const char *number = name + strlen(PREFIX);

	return strncmp(name, PREFIX, strlen(PREFIX)) == 0 && number[0] != '\0' && number[strspn(number, "0123456789")] == '\0';
}

/* The folders of processes that are gone: whoever lives has the lock. */
static void remove_stale(const char *state_folder)
{
	DIR *directory = opendir(state_folder);

	if (!directory)
		return;
	for (const struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
		const int fd = is_of_trial(entry->d_name) ? open_folder(dirfd(directory), entry->d_name) : -1;

		if (fd < 0)
			continue;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			remove_locked(dirfd(directory), entry->d_name, fd);
		(void)close(fd); /* was only read */
	}
	(void)closedir(directory); /* was only read */
}

/* Is it still what the path leads to? Somebody may have taken it for stale before it was locked. */
static bool is_in_place(const struct trial_folder *folder)
{
	struct stat opened, found;

	return fstat(folder->fd, &opened) == 0 && lstat(folder->path, &found) == 0 && opened.st_dev == found.st_dev &&
	       opened.st_ino == found.st_ino;
}

int trial_folder_make(struct trial_folder *folder, const char *state_folder, struct error *err)
{
	const int size = snprintf(folder->path, sizeof(folder->path), "%s/" PREFIX "%ld", state_folder, (long)getpid());

	folder->fd = -1;
	if (size < 0 || (size_t)size >= sizeof(folder->path))
		return error_set(err, ERROR_USAGE, "the path of the state folder is too long");
	remove_stale(state_folder);
	for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
		if (folder_make_all(folder->path) < 0)
			return error_set_system(err, errno, "cannot make the folder '%s'", folder->path);
		folder->fd = open_folder(AT_FDCWD, folder->path);
		if (folder->fd < 0 && errno == ENOENT)
			continue; /* taken for stale, as above */
		if (folder->fd < 0)
			return error_set_system(err, errno, "cannot open the folder '%s'", folder->path);
		/* Whoever removes it is done in a moment. A file system without locks keeps none from being taken for stale. */
		if (flock(folder->fd, LOCK_EX) < 0 && errno == EINTR) {
			(void)close(folder->fd); /* was only read */
			return error_set(err, ERROR_CANCELLED, "stopped by a signal");
		}
		if (is_in_place(folder))
			return 0;
		(void)close(folder->fd); /* was only read */
		folder->fd = -1;
	}
	return error_set(err, ERROR_SYSTEM, "the folder '%s' is removed again and again", folder->path);
}

void trial_folder_remove(struct trial_folder *folder)
{
	remove_locked(AT_FDCWD, folder->path, folder->fd);
	(void)close(folder->fd); /* was only read */
	folder->fd = -1;
}
