/* One import from the command line, whatever it was started by: run, approve, replay. */
#pragma once

#include "cli/job_choice.h"

struct secret_resolver;

struct import {
	const struct job_choice *choice;
	struct secret_resolver *secrets; /* for its connection */
	const char *trigger;             /* as in struct run_request, with the next three */
	int64_t due_at_ms;               /* 0 = none */
	int64_t timeout_ms;              /* longest time of the run itself; 0 = none */
	int64_t parent_run_id;           /* 0 = none */
	const char *approved_digest;     /* NULL = none */
};

/* Run it, and print what the options of `invocation` ask for; its exit status. Where it fetches, fetch_init() came before. */
int import_run(const struct invocation *invocation, const struct setting *setting, const struct import *import);
