/*
 * From the reader's frames to the store: the writer's side of the pipe.
 *
 * Batches are held back until the reader has finished, or some are waiting
 * and it has all but finished, or LIMIT_QUEUE_BYTES are waiting and it will
 * have finished soon; only then is the write lock taken. Those of a slow reader
 * are held back on disk meanwhile. While the lock is held, a reader that is
 * waited for longer than LIMIT_LOCKED_SILENCE_MS in all fails the run. A store
 * without items keeps nobody from its data: there writing begins as soon as the
 * reader's pace is known, beside the reading (LIMIT_FILL_…).
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
	const struct known_records *known; /* whose table the reader has; NULL = none */
	const char *spool_folder;          /* where batches of a slow reader are held back */
	int64_t spool_bytes;               /* what the reader has to read: how soon it will have finished follows from it */
	int64_t spill_max_bytes;           /* to be held back on disk */
	bool is_filling;                   /* the store has no items yet */
	struct clock clock;
	const volatile sig_atomic_t *stop_signal; /* non-zero ends the run; NULL = never */
	void *progress_context;
	void (*progress)(void *context, uint64_t bytes_read, uint64_t records); /* may be NULL */
	/* Called at least every few seconds while the write lock is not held; -1 ends the run. */
	int (*idle)(void *context, struct error *err);
	void *idle_context;
};

struct pipeline_result {
	struct frame_done done;
	bool has_reader_failed; /* the error is its own */
	int64_t spilled_bytes;  /* held back on disk */
	int64_t locked_wait_ms; /* for the reader, while the write lock was held */
};

/*
 * Read all frames of `reader`, and apply them. On success the reader has
 * ended well, `ret_apply` is open, not yet finished, and the caller's to
 * finish, commit or roll back. On failure nothing is open. Errors: what the
 * reader reported, ERROR_READER, ERROR_CANCELLED, ERROR_LIMIT of what is held
 * back, ERROR_SYSTEM and ERROR_MEMORY, and those of apply.
 */
must_use int pipeline_run(const struct pipeline_options *options, struct reader_process *reader, struct apply **ret_apply,
                          struct pipeline_result *ret_result, struct error *err);
