/* Exponential delays with stable jitter. */
#include "run/retry.h"

#include "base/hash.h"

#define DOUBLINGS_MAX 30
#define JITTER_PARTS 4 /* of the delay, one is the most that is added */

int64_t retry_delay_ms(const struct job_config *job, int64_t attempt)
{
	const int64_t max_ms = job->schedule.retry_max_delay_ms;
	const struct hash128 hash = hash_bytes(slice_from(job->name), (uint64_t)attempt);
	int64_t delay_ms = job->schedule.retry_delay_ms;

	for (int64_t doubling = 1; doubling < attempt && doubling <= DOUBLINGS_MAX && delay_ms < max_ms; doubling++)
		delay_ms *= 2;
	if (delay_ms > max_ms)
		delay_ms = max_ms;
	return delay_ms + (int64_t)(hash.low % (uint64_t)(delay_ms / JITTER_PARTS + 1));
}
