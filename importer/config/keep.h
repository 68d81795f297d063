/*
 * `keep`: how long runs keep their spool, changes and complaints.
 *
 * A run beyond the last `runs` or older than `days` gives up what a limit is
 * for. Jobs begin with feedmill.yaml's figures; each figure of a job's own
 * replaces the one of the same name.
 */
#pragma once

#include "config/config.h"
#include "config/settings.h"

/* The defaults: 10 runs, 90 days, 20 GiB of spool. */
void keep_policy_init(struct keep_policy *policy);

/* The figures of the mapping, put over those that `policy` has; mistakes become problems. */
void keep_policy_read(const struct settings *settings, const struct yaml_node *mapping, struct keep_policy *policy);

/* The keys under which a kind may have figures of its own. */
extern const char *const keep_kind_names[KEEP_KINDS];
