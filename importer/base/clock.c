/* The machine's clock. */
#include "base/clock.h"

#include <stddef.h>
#include <time.h>

static int64_t read_ms(clockid_t clock_id)
{
	struct timespec now = {.tv_sec = 0};

	(void)clock_gettime(clock_id, &now); /* cannot fail for the two clocks that POSIX demands */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_now_ms(void *context)
{
	(void)context;
	return read_ms(CLOCK_REALTIME);
}

static int64_t system_steady_ms(void *context)
{
	(void)context;
	return read_ms(CLOCK_MONOTONIC);
}

struct clock clock_system(void)
{
	return (struct clock){.context = NULL, .now_ms = system_now_ms, .steady_ms = system_steady_ms};
}

int64_t clock_now_ms(const struct clock *clock)
{
	return clock->now_ms(clock->context);
}

int64_t clock_steady_ms(const struct clock *clock)
{
	return clock->steady_ms(clock->context);
}
