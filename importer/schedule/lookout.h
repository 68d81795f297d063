/*
 * When the daemon has somebody look for runs that did not come, and for
 * notices that could not be given: a while after its start, when what is to be
 * caught up has begun, and then now and then. All of it is steady time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define LOOKOUT_FIRST_MS 10000 /* from the start, or from waking up, to the next look */
#define LOOKOUT_PAUSE_MS 300000
#define LOOKOUT_SHARE 100          /* looks take at most this part of one processor */
#define LOOKOUT_OVERSLEPT_MS 60000 /* so late the process did not run, and runs begin only now */

struct lookout {
	int64_t next_ms; /* INT64_MAX while one looks */
};

void lookout_init(struct lookout *lookout, int64_t steady_ms);

/* Is it time? Then lookout_end() is to follow. */
bool lookout_begin(struct lookout *lookout, int64_t steady_ms);

/* Who looked has ended and taken `processor_ms`. */
void lookout_end(struct lookout *lookout, int64_t processor_ms, int64_t steady_ms);
