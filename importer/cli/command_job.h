/* The subcommands of 'feedmill job', each a function in a file of its subject; 'jobs' and 'next' are words for two of them. */
#pragma once

#include "cli/command.h"

/*
 * The invocation's arguments are those behind the subcommand's name. Returns
 * an exit status.
 */
struct job_verb {
	const char *name;
	const char *arguments; /* for the usage line; '' = none */
	size_t arguments_min;
	size_t arguments_max;
	const enum option_id *options; /* of those that the command has, what this one takes beside --config, --store and --json */
	size_t option_count;
	int (*run)(const struct invocation *invocation);
};

int job_next(const struct invocation *invocation);
int job_list(const struct invocation *invocation);
int job_pause(const struct invocation *invocation);
int job_resume(const struct invocation *invocation);
int job_clone(const struct invocation *invocation);
int job_rename(const struct invocation *invocation);
