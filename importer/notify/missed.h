/*
 * Runs that were due and did not come, because whoever was to start them is
 * dead or was never set up. Whoever looks finds those of all jobs: every run
 * looks when it ends, 'feedmill notify' when the daemon or its timer calls it,
 * and a monitor by 'feedmill jobs --missed'. So one timer that is alive tells of
 * those that are not, and what is on another machine tells of a machine where none is.
 */
#pragma once

#include "config/config.h"
#include "store/store.h"

/*
 * Look at every configured job with a schedule: where its last start was to be more than LIMIT_MISSED_MS ago, and no run of it
 * has ended since and none is going on, its problem is 'missed'. Left out are jobs that are paused, and what was due before
 * the store first saw the job with this schedule or while it was paused. A schedule that does not compile is left out
 * too: 'feedmill check' has its fault. Returns how many are missing, or -1 as store.h has it.
 */
must_use int64_t missed_find(const struct config *config, struct store *store, int64_t now_ms, struct error *err);

/* The same, unless somebody has looked within LIMIT_MISSED_PAUSE_MS. 0 or -1. */
must_use int missed_find_now_and_then(const struct config *config, struct store *store, int64_t now_ms, struct error *err);
