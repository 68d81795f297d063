/* Frames on the pipe: the writing side. Reading them is the pipeline's (pipeline.c). */
#include "run/frame.h"

#include "base/bytes.h"

#include <errno.h>

int frame_write(int fd, const struct frame_head *head, const void *payload, struct error *err)
{
	if (bytes_write_all(fd, head, sizeof(*head)) < 0 ||
	    (head->size > 0 && bytes_write_all(fd, payload, (size_t)head->size) < 0))
		return error_set_system(err, errno, "cannot write to the importing process");
	return 0;
}
