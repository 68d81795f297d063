/* Watching the queue's file. */
#include "store/changes.h"

#include "store/sqlite/turn.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Where the file is watched already, this says so; where another stands at its place, that one is watched too. */
static int watch(const struct store *store, int changes_fd, struct error *err)
{
	char path[PATH_MAX];
	const int size = snprintf(path, sizeof(path), "%s" TURN_FILE_SUFFIX, store->path);

	if (size < 0 || (size_t)size >= sizeof(path))
		return error_set(err, ERROR_LIMIT, "the path of the store is longer than %d bytes", PATH_MAX);
	if (inotify_add_watch(changes_fd, path, IN_ATTRIB) < 0)
		return error_set_system(err, errno, "cannot watch '%s'", path);
	return 0;
}

int store_changes_open(struct store *store, int *ret_fd, struct error *err)
{
	if (turn_file(store) < 0)
		return error_set_system(err, errno, "store '%s': its queue cannot be opened", store->path);
	const int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0)
		return error_set_system(err, errno, "cannot watch files");
	if (watch(store, fd, err) < 0) {
		(void)close(fd); /* nothing is written to it */
		return -1;
	}
	*ret_fd = fd;
	return 0;
}

int store_changes_take(struct store *store, int changes_fd, struct error *err)
{
	char events[4096] __attribute__((aligned(8)));

	/* What they say does not matter; an end of the queue is an error, EAGAIN. */
	while (read(changes_fd, events, sizeof(events)) > 0)
		continue;
	return watch(store, changes_fd, err);
}
