/*
 * schedule: {plan: {…}}: minutes, hours, month days, weekdays, months and years picked from lists, weekdays also relative to
 * the month ('nth'), with a start and a stop, as a scheduler's form asks for them.
 *
 * A plan is a way to write an OnCalendar expression, and becomes one: all that is said must hold. What is left out is every one, but for
 * minutes, which are 0.
 */
#pragma once

#include "base/json.h"
#include "config/config.h"
#include "config/settings.h"

/* The mapping under `plan`, as expression, form, and the active time of `schedule`. Mistakes become problems; -1 only without memory. */
must_use int plan_read(const struct settings *settings, const struct yaml_node *plan, struct job_schedule *schedule,
                       struct error *err);

/* A JSON Schema. */
void plan_append_schema(struct json_writer *json);
