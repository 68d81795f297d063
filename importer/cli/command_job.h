/* The subcommands of 'feedmill job', each a function in a file of its subject; 'jobs' and 'next' are words for two of them. */
#pragma once

#include "cli/command.h"

/* The invocation's arguments are those behind the verb. Each returns an exit status. */
int job_next(const struct invocation *invocation);
int job_list(const struct invocation *invocation);
int job_pause(const struct invocation *invocation);
int job_resume(const struct invocation *invocation);
int job_clone(const struct invocation *invocation);
int job_rename(const struct invocation *invocation);
