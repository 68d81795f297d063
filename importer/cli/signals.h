/* What a command says to people and monitors when it has changed how the jobs are. */
#pragma once

#include "cli/setting.h"

struct store;

/* Give the notices that are due by the store, which is open for writing: that of `job`, or NULL, first. What keeps it from that is
 * a warning: -1. */
int signals_notify(const struct invocation *invocation, const struct setting *setting, struct store *store, const char *job);

/* Write the metrics file anew, where there is to be one. As above. */
int signals_write_metrics(const struct invocation *invocation, const struct setting *setting);
