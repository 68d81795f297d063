/*
 * Frames on the pipe: the reading side. The reader process is not trusted: it
 * may be silent, end early, or send what does not check.
 */
#pragma once

#include "base/slice.h"
#include "run/frame.h"
#include "run/reader.h"

struct frame_reader {
	struct reader_process *process;
	int (*wait)(void *context, int fd, struct error *err); /* until `fd` can be read; -1 ends the reading */
	void *wait_context;
};

/*
 * The next frame's head, checked. FRAME_CAGED must come first and is put into
 * the process; only FRAME_FAILED may stand in its place. ERROR_READER, ERROR_SYSTEM, and those of waiting.
 */
must_use int frame_read_head(struct frame_reader *reader, struct frame_head *ret_head, struct error *err);

/* The next `size` bytes of its payload. */
must_use int frame_read_payload(struct frame_reader *reader, void *data, size_t size, struct error *err);

/* After the last frame: the reader ends, and says nothing more. ERROR_READER, ERROR_SYSTEM, and those of waiting. */
must_use int frame_read_end(struct frame_reader *reader, struct error *err);

/* The payload of FRAME_FAILED, put into `err`; always -1. */
must_use int frame_tell_failure(struct slice payload, struct error *err);
