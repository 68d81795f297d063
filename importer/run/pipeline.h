/*
 * From the reader's frames to the store: the writer's side of the pipe.
 *
 * Frames are held back until the reader has finished or LIMIT_QUEUE_BYTES
 * are waiting; only then is the write lock taken. While it is held, a reader
 * that is silent for LIMIT_LOCKED_SILENCE_MS fails the run.
 */
#pragma once

#include "base/clock.h"
#include "run/frame.h"
#include "run/reader.h"
#include "store/store.h"

#include <signal.h>

struct pipeline_options {
	struct store *store;
	const struct run_ticket *ticket;
	const struct apply_policy *policy;
	struct clock clock;
	const volatile sig_atomic_t *stop_signal; /* non-zero ends the run; NULL = never */
	void *progress_context;
	void (*progress)(void *context, uint64_t bytes_read, uint64_t records); /* may be NULL */
	/* Called at least every few seconds while the write lock is not held; -1 ends the run. */
	int (*idle)(void *context, struct error *err);
	void *idle_context;
};

/*
 * Read all frames of `reader`, and apply them. On success the reader has
 * ended well, `ret_apply` is open, not yet finished, and the caller's to
 * finish, commit or roll back. On failure nothing is open. Errors: what the
 * reader reported, ERROR_READER, ERROR_CANCELLED, and those of apply.
 */
must_use int pipeline_run(const struct pipeline_options *options, struct reader_process *reader, struct apply **ret_apply,
                          struct frame_done *ret_done, struct error *err);
