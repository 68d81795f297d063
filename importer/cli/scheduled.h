/* feedmill run --scheduled: the run of a job for the last time it was due. */
#pragma once

#include "cli/import.h"

/* Do the other arguments go with --scheduled and --wait, if these were given? -1: ERROR_USAGE. */
must_use int scheduled_check(const struct invocation *invocation, struct error *err);

/*
 * Find what is due and import it, of `import` with the job and its secrets; what is not due is said. An exit status. Where
 * it is too early for another attempt, `ret_wait_ms` is what to wait before saying so, else 0.
 */
int scheduled_run(const struct invocation *invocation, const struct setting *setting, const struct import *import,
                  int64_t *ret_wait_ms);

/* Wait before ending in `status`: what it ends in then. Best without the configuration, which takes memory. */
int scheduled_wait(const struct invocation *invocation, int64_t wait_ms, int status);
