/*
 * The reader: a process of its own that turns a spooled feed into batches.
 *
 * It is this program, executed anew with an empty environment and three
 * descriptors, and has neither store nor network nor secrets:
 *   3  the request (request.h), a memory file
 *   4  the spool, read-only
 *   5  the pipe for frames (frame.h)
 */
#pragma once

#include "base/error.h"

#include <sys/types.h>

/* argv[0] by which main knows that it is a reader. */
#define READER_PROGRAM "feedmill-reader"

enum reader_descriptor { READER_REQUEST_FD = 3, READER_SPOOL_FD = 4, READER_FRAMES_FD = 5 };

/* The reader's whole life; returns its exit status. */
int reader_main(void);

struct reader_process {
	pid_t pid;     /* -1 = none */
	int frames_fd; /* read end of the pipe, or -1 */
};

#define READER_PROCESS_INIT                \
	{                                  \
		.pid = -1, .frames_fd = -1 \
	}

/* Start a reader on `spool_path` with an encoded request. ERROR_SYSTEM, ERROR_MEMORY. */
must_use int reader_start(struct reader_process *reader, struct slice request, const char *spool_path, struct error *err);

/* Wait for its end after its last frame; ERROR_READER if it did not end well. Closes the pipe. */
must_use int reader_wait(struct reader_process *reader, struct error *err);

/* Kill and reap it, close the pipe; a no-op where none runs. */
void reader_stop(struct reader_process *reader);
