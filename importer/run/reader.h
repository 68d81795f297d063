/*
 * The reader: a process of its own that turns a spooled feed into batches.
 *
 * It is this program, executed anew with an empty environment and three or
 * four descriptors, and has neither store nor network nor secrets:
 *   3  the request (request.h), a memory file
 *   4  the spool, read-only
 *   5  the pipe for frames (frame.h)
 *   6  the table of known records, where there is one (known_file.h)
 * It reads the request, which is ours, maps the table, and enters its cage (cage/cage.h); only
 * then it reads the feed, which is a stranger's.
 */
#pragma once

#include "base/error.h"
#include "cage/cage.h"

#include <sys/types.h>

/* argv[0] by which main knows that it is a reader. */
#define READER_PROGRAM "feedmill-reader"

enum reader_descriptor { READER_REQUEST_FD = 3, READER_SPOOL_FD = 4, READER_FRAMES_FD = 5, READER_KNOWN_FD = 6 };

/* What a reader sends a sign of life for that answers only at the end, and how often it reads the spool at most. */
#define READER_PROGRESS_BYTES (4 * 1024 * 1024)
#define READER_PASSES_MAX 2

/* The reader's whole life; returns its exit status. */
int reader_main(void);

/*
 * Close the request, enter the cage and tell the writer what this system lacks
 * of it. `mapped_bytes` of memory are given beside what a reader may have. -1: ERROR_SYSTEM where the whole of it is required, or the writer is gone.
 */
must_use int reader_enter_cage(bool is_required, uint64_t mapped_bytes, struct error *err);

#define READER_WARNING_SIZE 256

/* What a person should know of a reader's cage; false where it is whole. */
bool reader_cage_warning(const struct cage_report *cage, char ret_text[READER_WARNING_SIZE]);

struct reader_process {
	pid_t pid;               /* -1 = none */
	int frames_fd;           /* read end of the pipe, or -1 */
	bool is_caged;           /* it says so: nothing else is taken before */
	struct cage_report cage; /* what this system lacks of its cage */
};

#define READER_PROCESS_INIT                \
	{                                  \
		.pid = -1, .frames_fd = -1 \
	}

/* Start a reader on `spool_path` with an encoded request; `known_fd`: the table of known records, -1 = none. ERROR_SYSTEM, ERROR_MEMORY. */
must_use int reader_start(struct reader_process *reader, struct slice request, const char *spool_path, int known_fd,
                          struct error *err);

/*
 * Take leave of a reader whose pipe has ended: it ends by itself, or is ended
 * here if it only pretends to. ERROR_READER if it did not end well. Closes the pipe.
 */
must_use int reader_wait(struct reader_process *reader, struct error *err);

/* Kill and reap it, close the pipe; a no-op where none runs. */
void reader_stop(struct reader_process *reader);
