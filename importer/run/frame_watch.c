/* The patience with a reader. */
#include "run/frame_watch.h"

#include <errno.h>
#include <poll.h>

#define POLL_MS 500 /* how soon a signal or a lost lease is noticed */

int frame_watch_check_stop(const struct frame_watch *watch, struct error *err)
{
	if (!watch->stop_signal || *watch->stop_signal == 0)
		return 0;
	(void)error_set(err, ERROR_CANCELLED, "stopped by signal %d", (int)*watch->stop_signal);
	err->number = *watch->stop_signal;
	return -1;
}

void frame_watch_begin(struct frame_watch *watch)
{
	watch->frame_since_ms = clock_steady_ms(&watch->clock);
}

static int check(const struct frame_watch *watch, struct error *err)
{
	const int64_t waited_ms = clock_steady_ms(&watch->clock) - watch->frame_since_ms + watch->locked_wait_ms;

	if (frame_watch_check_stop(watch, err) < 0)
		return -1;
	if (waited_ms <= watch->silence_max_ms)
		return 0;
	return error_set(err, ERROR_READER, "the reader process was silent for %lld seconds%s",
	                 (long long)(watch->silence_max_ms / 1000),
	                 watch->is_store_locked ? " in all while the store was locked" : "");
}

int frame_watch_end(struct frame_watch *watch, struct error *err)
{
	if (check(watch, err) < 0)
		return -1;
	if (watch->is_store_locked)
		watch->locked_wait_ms += clock_steady_ms(&watch->clock) - watch->frame_since_ms;
	return 0;
}

int frame_watch_wait(void *context, int fd, struct error *err)
{
	const struct frame_watch *watch = context;
	struct pollfd descriptor = {.fd = fd, .events = POLLIN};

	for (;;) {
		if (check(watch, err) < 0)
			return -1;
		const int ready = poll(&descriptor, 1, POLL_MS);

		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return error_set_system(err, errno, "cannot wait for the reader");
		if (watch->idle && watch->idle(watch->idle_context, err) < 0)
			return -1;
	}
}
