/* feedmill run --scheduled: the run of a job for the last time it was due. */
#pragma once

#include "cli/import.h"

/* Do the other arguments go with --scheduled, if it was given? -1: ERROR_USAGE. */
must_use int scheduled_check(const struct invocation *invocation, struct error *err);

/* Find what is due and import it, of `import` with the job and its secrets; what is not due is said. An exit status. */
int scheduled_run(const struct invocation *invocation, const struct setting *setting, const struct import *import);
