/*
 * Frames on the pipe: the reading side. The reader process is not trusted: it
 * may be silent, end early, or send what does not check.
 */
#pragma once

#include "base/clock.h"
#include "run/frame.h"
#include "run/reader.h"

#include <signal.h>

struct frame_reader {
	struct reader_process *process;
	struct clock clock;
	const volatile sig_atomic_t *stop_signal; /* non-zero ends the reading; NULL = never */
	int64_t silence_max_ms;                   /* for a whole frame; while the store is locked for all of them together */
	bool is_store_locked;
	int64_t locked_wait_ms;                        /* what the frames have taken while it was */
	int (*idle)(void *context, struct error *err); /* called while nothing comes; -1 ends the reading; may be NULL */
	void *idle_context;
	int64_t frame_since_ms; /* when waiting for the present frame began */
};

/* ERROR_CANCELLED where a signal asked us to stop. */
must_use int frame_check_stop(const struct frame_reader *reader, struct error *err);

/*
 * The next frame's head, checked. FRAME_CAGED must come first and is put into
 * the process; only FRAME_FAILED may stand in its place. ERROR_READER, ERROR_CANCELLED, ERROR_SYSTEM.
 */
must_use int frame_read_head(struct frame_reader *reader, struct frame_head *ret_head, struct error *err);

/* The next `size` bytes of its payload. */
must_use int frame_read_payload(struct frame_reader *reader, void *data, size_t size, struct error *err);

/* After the last frame: the reader ends, in the time that it has for a frame, and says nothing more. ERROR_READER, ERROR_CANCELLED, ERROR_SYSTEM. */
must_use int frame_read_end(struct frame_reader *reader, struct error *err);

/* The frame is read to its end: what is done with it is no waiting. */
void frame_end(struct frame_reader *reader);

/* The payload of FRAME_FAILED, put into `err`; always -1. */
must_use int frame_read_failure(struct frame_reader *reader, size_t size, struct error *err);
