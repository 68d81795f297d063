/* Time as something that is passed in, so that a test can be the clock. */
#pragma once

#include <stdint.h>

struct clock {
	void *context;
	int64_t (*now_ms)(void *context);    /* UTC, Unix milliseconds; may jump */
	int64_t (*steady_ms)(void *context); /* never goes back; for durations */
};

/* The machine's clock. */
struct clock clock_system(void);
int64_t clock_now_ms(const struct clock *clock);
int64_t clock_steady_ms(const struct clock *clock);
