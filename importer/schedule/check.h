/* Mistakes of schedules at their places in the configuration. */
#pragma once

#include "schedule/schedule.h"

#define SCHEDULE_KEY_ZONE "timezone"

/*
 * Is the schedule of a job one, and does its zone exist (also without a
 * schedule)? Mistakes become problems at their places in its file; what else
 * fails, such as memory, is told in the same way.
 */
void schedule_check(const struct job_config *job, struct zones *zones, struct config_problems *problems);

/*
 * All jobs, as schedule_check(); and whether the jobs that `after` names
 * exist, and do not wait for one another in a circle. -1 without memory.
 */
must_use int schedule_check_all(const struct config *config, struct zones *zones, struct config_problems *problems,
                                struct error *err);

/* Has the job a schedule that is sound, and by which it is never due after `now_ms`? */
bool schedule_is_over(const struct job_config *job, struct zones *zones, int64_t now_ms);

/* As schedule_compile(); `ret_key` is the job's key at fault. */
must_use int schedule_compile_keyed(struct arena *arena, struct zones *zones, const struct schedule_rule *rule,
                                    const struct schedule **ret_schedule, const char **ret_key, struct error *err);
