/* Spool files: temporary name, digest on the way, sync, rename, sync of the folder. */
#include "fetch/spool.h"

#include "base/bytes.h"
#include "base/folder.h"
#include "fetch/digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define INCOMING_PREFIX ".incoming-"
#define INCOMING_PATTERN INCOMING_PREFIX "XXXXXX"
#define DIGEST_EXAMPLE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int path_join(char ret_path[PATH_MAX], const char *folder, const char *name, const char *suffix, struct error *err)
{
	const int size = snprintf(ret_path, PATH_MAX, "%s/%s%s", folder, name, suffix);
	if (size > 0 && size < PATH_MAX)
		return 0;
	return error_set(err, ERROR_LIMIT, "the path of the spool folder is longer than %d bytes", PATH_MAX);
}

/* Who may write into the folder may also exchange a feed between its check and its use. */
static int folder_check(const char *folder, struct error *err)
{
	struct stat status;
	if (stat(folder, &status) != 0)
		return error_set_system(err, errno, "cannot use the spool folder '%s'", folder);
	if (!S_ISDIR(status.st_mode))
		return error_set_system(err, ENOTDIR, "cannot use the spool folder '%s'", folder);
	if ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0)
		return error_set(err, ERROR_REFUSED, "the spool folder '%s' can be written by everyone", folder);
	return 0;
}

void spool_remove_stale(const char *folder, int64_t now_ms)
{
	DIR *directory = opendir(folder);
	if (directory == NULL)
		return; /* housekeeping only: the fetch itself says what is wrong */
	const int fd = dirfd(directory);
	for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
		struct stat status;
		if (strncmp(entry->d_name, INCOMING_PREFIX, strlen(INCOMING_PREFIX)) != 0 ||
		    strlen(entry->d_name) != strlen(INCOMING_PATTERN))
			continue;
		if (fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
			continue;
		if (now_ms / 1000 - (int64_t)status.st_mtime > SPOOL_STALE_MS / 1000)
			(void)unlinkat(fd, entry->d_name, 0); /* the next fetch tries again */
	}
	(void)closedir(directory); /* was only read */
}

int spool_open(struct spool_file *file, const char *folder, int64_t now_ms, struct error *err)
{
	char pattern[PATH_MAX];
	*file = (struct spool_file){.folder = folder, .fd = -1};
	/* the longer name is tried first: it must not fail when all has been fetched */
	if (path_join(pattern, folder, DIGEST_EXAMPLE, SPOOL_FEED_SUFFIX, err) != 0 ||
	    path_join(pattern, folder, INCOMING_PATTERN, "", err) != 0)
		return -1;
	if (folder[0] == '\0')
		return error_set(err, ERROR_SYSTEM, "the spool folder has no name");
	if (folder_make_all(folder) < 0)
		return error_set_system(err, errno, "cannot make the spool folder '%s'", folder);
	if (folder_check(folder, err) != 0)
		return -1;
	spool_remove_stale(folder, now_ms);
	file->digest = digest_new(err);
	if (file->digest == NULL)
		return -1;
	file->fd = mkostemp(pattern, O_CLOEXEC);
	if (file->fd < 0) {
		error_set_system(err, errno, "cannot write to the spool folder '%s'", folder);
		spool_abandon(file);
		return -1;
	}
	memcpy(file->temporary, pattern, sizeof(pattern));
	return 0;
}

#define SPACE_ADVICE "; free some, or let jobs keep less ('keep' in feedmill.yaml) and call 'feedmill vacuum'"

static int64_t free_bytes(const struct spool_file *file)
{
	struct statvfs status;
	int64_t bytes;
	if (fstatvfs(file->fd, &status) != 0 || __builtin_mul_overflow(status.f_bavail, status.f_frsize, &bytes))
		return INT64_MAX;
	return bytes;
}

int spool_reserve(const struct spool_file *file, int64_t bytes, struct error *err)
{
	const int64_t found = free_bytes(file);
	if (bytes - file->bytes <= found)
		return 0;
	return error_set_system(err, ENOSPC, "the feed has %lld bytes, but the spool folder '%s' has only %lld free" SPACE_ADVICE,
	                        (long long)bytes, file->folder, (long long)found);
}

int spool_write(struct spool_file *file, const void *data, size_t size, struct error *err)
{
	if (bytes_write_all(file->fd, data, size) != 0) {
		const int failure = errno;
		if (failure == ENOSPC || failure == EDQUOT)
			return error_set_system(
				err, failure,
				"cannot write the feed to the spool folder '%s' after %lld bytes: %lld bytes are free" SPACE_ADVICE,
				file->folder, (long long)file->bytes, (long long)free_bytes(file));
		return error_set_system(err, failure, "cannot write the feed to the spool folder '%s' after %lld bytes",
		                        file->folder, (long long)file->bytes);
	}
	file->bytes += (int64_t)size;
	return digest_update(file->digest, data, size, err);
}

/* Does the name still lead to the open file? */
static bool is_named(const char *path, int fd)
{
	struct stat named;
	struct stat open_file;
	return lstat(path, &named) == 0 && fstat(fd, &open_file) == 0 && named.st_dev == open_file.st_dev &&
	       named.st_ino == open_file.st_ino;
}

/* A file of our own of this size (-1: any), held with a shared lock; -1 where there is none. */
static int file_hold(const char *path, int64_t bytes)
{
	struct stat status;
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -1;
	const bool is_good = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
	                     (bytes < 0 || (int64_t)status.st_size == bytes);
	/* Who has it to itself is about to remove it: then it has lost its name. A file system without locks has one user. */
	while (is_good && flock(fd, LOCK_SH) != 0 && errno == EINTR)
		continue;
	if (is_good && is_named(path, fd))
		return fd;
	(void)close(fd); /* nothing was written through it */
	return -1;
}

static int folder_sync(const char *folder, struct error *err)
{
	const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set_system(err, errno, "cannot open the spool folder '%s'", folder);
	const int failure = fsync(fd) != 0 ? errno : 0;
	(void)close(fd); /* nothing was written through it */
	return failure == 0 ? 0 : error_set_system(err, failure, "cannot sync the spool folder '%s'", folder);
}

static int file_close(struct spool_file *file, struct error *err)
{
	const int failure = fsync(file->fd) != 0 ? errno : 0;
	const int close_failure = close(file->fd) != 0 ? errno : 0;
	file->fd = -1;
	if (failure == 0 && close_failure == 0)
		return 0;
	return error_set_system(err, failure != 0 ? failure : close_failure, "cannot write the feed to the spool folder '%s'",
	                        file->folder);
}

int spool_hold(const char *path)
{
	return file_hold(path, -1);
}

int spool_commit(struct spool_file *file, char ret_path[PATH_MAX], char ret_sha256[65], int *ret_hold, struct error *err)
{
	char path[PATH_MAX];
	char sha256[65];
	int hold = -1;
	if (digest_finish(file->digest, sha256, err) != 0 || path_join(path, file->folder, sha256, SPOOL_FEED_SUFFIX, err) != 0)
		goto abandon;
	if (file_close(file, err) != 0)
		goto abandon;
	/* The same content may be there already; its age is counted from now. */
	hold = file_hold(path, file->bytes);
	if (hold >= 0) {
		(void)futimens(hold, NULL); /* a wrong age only makes it stay or go at another time */
	} else {
		hold = file_hold(file->temporary, file->bytes);
		if (hold < 0 || rename(file->temporary, path) != 0) {
			error_set_system(err, errno, "cannot rename the feed in the spool folder '%s'", file->folder);
			goto abandon;
		}
		file->temporary[0] = '\0';
		if (folder_sync(file->folder, err) != 0)
			goto abandon;
	}
	memcpy(ret_path, path, sizeof(path));
	memcpy(ret_sha256, sha256, sizeof(sha256));
	*ret_hold = hold;
	spool_abandon(file);
	return 0;

abandon:
	if (hold >= 0)
		(void)close(hold); /* nothing was written through it */
	spool_abandon(file);
	return -1;
}

void spool_abandon(struct spool_file *file)
{
	if (file->fd >= 0)
		(void)close(file->fd); /* the file goes away */
	if (file->temporary[0] != '\0')
		(void)unlink(file->temporary); /* else it is found as stale */
	digest_free(file->digest);
	*file = (struct spool_file)SPOOL_FILE_INIT;
}
