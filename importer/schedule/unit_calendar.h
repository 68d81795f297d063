/*
 * A job's schedule in the words of systemd.time(7): OnCalendar= lines that
 * fire whenever the job is due, and where that cannot be said exactly, more
 * often. Nothing is lost or doubled by that: 'feedmill run --scheduled' itself
 * decides whether something is due, and claims it once.
 */
#pragma once

#include "base/arena.h"
#include "config/config.h"
#include "schedule/schedule.h"

struct unit_calendars {
	const char **lines; /* values of OnCalendar=, none where the job only runs after others */
	size_t count;
	const char *notes; /* lines of comment on what is not exact, or '' */
};

/*
 * The lines of `job`, all of it in `arena`. `schedule` is what its rule compiles to, NULL where it has none; `now_ms` is
 * from when on times are listed that the clock skips. -1: ERROR_CONFIG, ERROR_MEMORY.
 */
must_use int unit_calendars_of_job(const struct job_config *job, const struct schedule *schedule, int64_t now_ms,
                                   struct arena *arena, struct unit_calendars *ret_calendars, struct error *err);
