/* Frames on the pipe: the writing side. Reading them is the intake's (intake.c). */
#include "run/frame.h"

#include <errno.h>
#include <sys/uio.h>

/* What is left of both parts after `count` bytes. */
static void skip(struct iovec *parts, size_t part_count, size_t count)
{
	for (size_t i = 0; i < part_count; i++) {
		const size_t size = count < parts[i].iov_len ? count : parts[i].iov_len;

		parts[i].iov_base = (char *)parts[i].iov_base + size;
		parts[i].iov_len -= size;
		count -= size;
	}
}

/* In one call: whoever waits for the frame is woken once, and has all of it that the pipe takes. */
int frame_write(int fd, const struct frame_head *head, const void *payload, struct error *err)
{
	struct frame_head sent = *head;
	struct iovec parts[] = {{.iov_base = &sent, .iov_len = sizeof(sent)},
	                        {.iov_base = (void *)(uintptr_t)payload, .iov_len = (size_t)head->size}}; /* only read from */

	while (parts[0].iov_len > 0 || parts[1].iov_len > 0) {
		const ssize_t count = writev(fd, parts, 2);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return error_set_system(err, count < 0 ? errno : EIO, "cannot write to the importing process");
		skip(parts, 2, (size_t)count);
	}
	return 0;
}
