/*
 * Waiting for a reader's frames with an eye on signals, on silence and on the caller's own affairs.
 */
#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <signal.h>
#include <stdbool.h>

struct frame_watch {
	struct clock clock;
	const volatile sig_atomic_t *stop_signal; /* non-zero ends the waiting; NULL = never */
	int64_t silence_max_ms;                   /* for a whole frame; while the store is locked for all of them together */
	bool is_store_locked;
	int64_t locked_wait_ms;                        /* what the frames have taken while it was */
	int (*idle)(void *context, struct error *err); /* called while nothing comes; -1 ends the waiting; may be NULL */
	void *idle_context;
	int64_t frame_since_ms; /* when waiting for the present frame began */
};

/* ERROR_CANCELLED where a signal asked us to stop. */
must_use int frame_watch_check_stop(const struct frame_watch *watch, struct error *err);

/* The next frame is waited for from now on. */
void frame_watch_begin(struct frame_watch *watch);

/*
 * The frame is there, to its end: what is done with it is no waiting. A reader that trickles bytes is thus as silent as one
 * that sends none. ERROR_CANCELLED, ERROR_READER where it has come too late.
 */
must_use int frame_watch_end(struct frame_watch *watch, struct error *err);

/* Until `fd` can be read. `context`: the struct frame_watch. ERROR_CANCELLED, ERROR_READER, ERROR_SYSTEM, and what idle says. */
must_use int frame_watch_wait(void *context, int fd, struct error *err);
