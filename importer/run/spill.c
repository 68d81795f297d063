/* Sizes and bytes of batches, one after the other, in a file that has no name. */
#include "run/spill.h"

#include "base/bytes.h"
#include "base/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Where the file system has no files without a name: one whose name is gone at once. What a kill leaves in between goes as stale. */
static int open_named(const char *folder)
{
	char path[PATH_MAX];
	const int size = snprintf(path, sizeof(path), "%s/.incoming-XXXXXX", folder);

	if (size < 0 || (size_t)size >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	const int fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		(void)unlink(path); /* else it goes as stale */
	return fd;
}

int spill_open(struct spill *spill, const char *folder, int64_t max_bytes, struct error *err)
{
	*spill = (struct spill){.folder = folder, .max_bytes = max_bytes};
	spill->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (spill->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT))
		spill->fd = open_named(folder);
	if (spill->fd < 0)
		return error_set_system(err, errno, "cannot hold back batches in the spool folder '%s'", folder);
	return 0;
}

int spill_write(struct spill *spill, const void *batch, size_t size, struct error *err)
{
	const uint64_t head = size;
	const int64_t added = (int64_t)(sizeof(head) + size); /* a batch is limited where it is read */

	if (added > spill->max_bytes - spill->bytes)
		return error_set(err, ERROR_LIMIT,
		                 "the feed is read so slowly that more than %lld bytes would have to be held back",
		                 (long long)spill->max_bytes);
	if (bytes_write_all(spill->fd, &head, sizeof(head)) < 0 || bytes_write_all(spill->fd, batch, size) < 0)
		return error_set_system(err, errno, "cannot hold back more than %lld bytes of batches in the spool folder '%s'",
		                        (long long)spill->bytes, spill->folder);
	spill->bytes += added;
	return 0;
}

int spill_rewind(struct spill *spill, struct error *err)
{
	if (lseek(spill->fd, 0, SEEK_SET) < 0)
		return error_set_system(err, errno, "cannot read what was held back in the spool folder '%s'", spill->folder);
	return 0;
}

/* 1, or 0 at the end of the file. */
static int read_whole(struct spill *spill, char *data, size_t size, struct error *err)
{
	for (size_t done = 0; done < size;) {
		const ssize_t count = read(spill->fd, data + done, size - done);

		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return error_set_system(err, errno, "cannot read what was held back in the spool folder '%s'",
			                        spill->folder);
		if (count == 0 && done > 0)
			return error_set(err, ERROR_SYSTEM, "what was held back in the spool folder '%s' was cut short",
			                 spill->folder);
		if (count == 0)
			return 0;
		done += (size_t)count;
	}
	return 1;
}

int spill_next(struct spill *spill, size_t *ret_size, struct error *err)
{
	uint64_t head = 0;
	const int found = read_whole(spill, (char *)&head, sizeof(head), err);

	if (found < 0)
		return -1;
	if (found > 0 && (head == 0 || head > LIMIT_BATCH_BYTES))
		return error_set(err, ERROR_SYSTEM, "what was held back in the spool folder '%s' was changed", spill->folder);
	*ret_size = (size_t)head;
	return 0;
}

int spill_read(struct spill *spill, void *batch, size_t size, struct error *err)
{
	const int found = read_whole(spill, batch, size, err);

	if (found == 0)
		return error_set(err, ERROR_SYSTEM, "what was held back in the spool folder '%s' was cut short", spill->folder);
	return found < 0 ? -1 : 0;
}

void spill_close(struct spill *spill)
{
	if (spill->fd >= 0)
		(void)close(spill->fd); /* the file goes with it */
	*spill = (struct spill)SPILL_INIT;
}
