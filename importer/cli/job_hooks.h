/* Hooks of the listed jobs that fail. */
#pragma once

#include "config/config.h"
#include "store/hook_state.h"

#include <stdio.h>

struct job_hooks {
	struct arena arena;
	const struct store_hook_state *states;
	bool *is_listed; /* by the state: a job with this hook is */
	size_t count;
};

/* Read those of `store`; NULL = there are none. Release it in any case. -1 as in store.h. */
must_use int job_hooks_read(struct job_hooks *hooks, struct store *store, struct error *err);
void job_hooks_release(struct job_hooks *hooks);

/* The state of the job's hook, which counts as listed from now on; NULL where it does not fail, or there is none. */
const struct store_hook_state *job_hooks_list(struct job_hooks *hooks, const struct job_config *job);

/* A warning for each that is listed. */
void job_hooks_warn(const struct job_hooks *hooks, int64_t now_ms, FILE *errors);
