/* When the daemon looks for runs that did not come. */
#include "schedule/lookout.h"

void lookout_init(struct lookout *lookout, int64_t steady_ms)
{
	lookout->next_ms = steady_ms + LOOKOUT_FIRST_MS;
}

bool lookout_begin(struct lookout *lookout, int64_t steady_ms)
{
	if (steady_ms < lookout->next_ms)
		return false;
	/* What was due meanwhile is being started at this moment: it is not missing. */
	if (steady_ms - lookout->next_ms > LOOKOUT_OVERSLEPT_MS) {
		lookout->next_ms = steady_ms + LOOKOUT_FIRST_MS;
		return false;
	}
	lookout->next_ms = INT64_MAX;
	return true;
}

void lookout_end(struct lookout *lookout, int64_t processor_ms, int64_t steady_ms)
{
	const int64_t pause_ms = processor_ms * LOOKOUT_SHARE;

	lookout->next_ms = steady_ms + (pause_ms > LOOKOUT_PAUSE_MS ? pause_ms : LOOKOUT_PAUSE_MS);
}
