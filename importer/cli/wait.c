/* Waiting: signals come through only while it lasts, so that none gets lost between the check and the wait. */
#include "cli/wait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

static void hold_signals(sigset_t *ret_before)
{
	sigset_t held;

	(void)sigemptyset(&held);
	(void)sigaddset(&held, SIGINT);
	(void)sigaddset(&held, SIGTERM);
	(void)sigaddset(&held, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &held, ret_before);
}

/* One wait; as ppoll(2). */
static int wait_once(int fd, int64_t left_ms, const sigset_t *open)
{
	struct pollfd input = {.fd = fd, .events = POLLIN};
	const struct timespec left = {.tv_sec = (time_t)(left_ms / 1000), .tv_nsec = (long)(left_ms % 1000 * 1000000)};

	return ppoll(&input, 1, left_ms < 0 ? NULL : &left, open);
}

int wait_until_stopped(const struct invocation *invocation, int fd, int64_t timeout_ms, struct error *err)
{
	const int64_t end_ms = clock_steady_ms(&invocation->clock) + timeout_ms;
	sigset_t open;
	int ready = 0;
	int number = 0;

	hold_signals(&open);
	while (*invocation->stop_signal == 0) {
		const int64_t left_ms = end_ms - clock_steady_ms(&invocation->clock);

		ready = wait_once(fd, timeout_ms < 0 ? -1 : left_ms > 0 ? left_ms : 0, &open);
		number = errno;
		if (ready >= 0 || number != EINTR)
			break;
	}
	(void)sigprocmask(SIG_SETMASK, &open, NULL);
	if (*invocation->stop_signal != 0 && ready <= 0) {
		(void)error_set(err, ERROR_CANCELLED, "given up because of a signal");
		err->number = *invocation->stop_signal;
		return -1;
	}
	return ready < 0 ? error_set_system(err, number, "cannot wait") : ready;
}
