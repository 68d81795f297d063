/* When a scheduled run that failed for a time is tried again. */
#pragma once

#include "config/config.h"

/*
 * How long to wait behind attempt `attempt` (from 1): the job's delay, doubled with each attempt up to its longest, and up
 * to a quarter more by a share that is always the same for this job and attempt, so that jobs which failed together do
 * not come back together.
 */
int64_t retry_delay_ms(const struct job_config *job, int64_t attempt);
