/* The lock of a daemon: flock(2), which the kernel lets go of with the process. */
#include "schedule/daemon_lock.h"

#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEME "sqlite:"

static int refuse(int fd, const char *store, struct error *err)
{
	char holder[32] = "";
	const ssize_t size = pread(fd, holder, sizeof(holder) - 1, 0);

	holder[size > 0 ? size : 0] = '\0';
	holder[strcspn(holder, "\n")] = '\0';
	return error_set(err, ERROR_LEASE, "store '%s' has a daemon already: process %s", store,
	                 holder[0] ? holder : "of unknown number");
}

static int write_holder(int fd, struct error *err)
{
	char text[32];
	const int size = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) == 0 && bytes_write_all(fd, text, (size_t)size) == 0)
		return 0;
	return error_set_system(err, errno, "cannot write the daemon's lock file");
}

int daemon_lock_take(const char *store, struct error *err)
{
	const char *path = strncmp(store, SCHEME, strlen(SCHEME)) == 0 ? store + strlen(SCHEME) : store;
	char resolved[PATH_MAX];
	char name[PATH_MAX];

	/* One store has one lock, by whichever link it is found. */
	if (!realpath(path, resolved))
		return error_set_system(err, errno, "cannot find the store '%s'", store);
	const int size = snprintf(name, sizeof(name), "%s-daemon", resolved);

	if (size < 0 || (size_t)size >= sizeof(name))
		return error_set(err, ERROR_CONFIG, "the path of the store is too long: '%s'", store);
	const int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_set_system(err, errno, "cannot open the daemon's lock file '%s'", name);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		const int result = errno == EWOULDBLOCK ? refuse(fd, store, err)
		                                        : error_set_system(err, errno, "cannot lock '%s'", name);
		(void)close(fd); /* was only read */
		return result;
	}
	if (write_holder(fd, err) == 0)
		return fd;
	(void)close(fd); /* the error is told */
	return -1;
}
