/* Sources of bytes, and writing all of a block. */
#include "base/bytes.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static int fd_read(void *context, char *data, size_t max, size_t *ret_size, struct error *err)
{
	const int fd = *(const int *)context;
	ssize_t size;

	if (max > SSIZE_MAX)
		max = SSIZE_MAX;
	do
		size = read(fd, data, max);
	while (size < 0 && errno == EINTR);
	if (size < 0)
		return error_set_system(err, errno, "cannot read");
	*ret_size = (size_t)size;
	return 0;
}

static int block_read(void *context, char *data, size_t max, size_t *ret_size, struct error *err)
{
	struct byte_block *block = context;
	size_t size = block->rest.size < max ? block->rest.size : max;

	(void)err; /* memory does not fail */
	if (block->piece_max > 0 && size > block->piece_max)
		size = block->piece_max;
	if (size > 0) {
		memcpy(data, block->rest.data, size);
		block->rest = slice_make(block->rest.data + size, block->rest.size - size);
	}
	*ret_size = size;
	return 0;
}

struct byte_source byte_source_fd(const int *fd)
{
	/* By way of an integer: the context is not const, but fd_read() only reads it. */
	return (struct byte_source){.context = (void *)(uintptr_t)fd, .read = fd_read};
}

struct byte_source byte_source_block(struct byte_block *block)
{
	return (struct byte_source){.context = block, .read = block_read};
}

int byte_source_read(struct byte_source source, char *data, size_t max, size_t *ret_size, struct error *err)
{
	return source.read(source.context, data, max, ret_size, err);
}

int bytes_write_all(int fd, const void *data, size_t size)
{
	const char *rest = data;

	while (size > 0) {
		const ssize_t written = write(fd, rest, size < SSIZE_MAX ? size : SSIZE_MAX);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -1;
		if (written == 0) {
			errno = EIO;
			return -1;
		}
		rest += written;
		size -= (size_t)written;
	}
	return 0;
}
