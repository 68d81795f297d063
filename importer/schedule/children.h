/*
 * The daemon's runs as processes: each is this program anew, in a process
 * group of its own, and dies with the daemon. What they print is passed on to
 * standard error, line by line, behind the job's name. Who looks for runs that
 * did not come is such a process too, of no job.
 */
#pragma once

#include "base/error.h"

#include <stdio.h>
#include <sys/types.h>

#define CHILD_LINE_BYTES 4096        /* longer lines are cut into several */
#define CHILD_TURN_BYTES (64 * 1024) /* passed on at a time, so that others get their turn; what a pipe holds */

enum child_task { CHILD_RUN, CHILD_NOTIFY };

struct child {
	enum child_task task;
	pid_t pid;
	int output_fd; /* -1 = closed */
	char job[65];  /* '' with CHILD_NOTIFY */
	int64_t due_at_ms;
	int64_t deadline_ms; /* steady time at which it is killed; INT64_MAX = never */
	size_t line_size;
	char line[CHILD_LINE_BYTES];
};

/* `feedmill run --scheduled JOB` or `feedmill notify` with these options; NULL where none is needed. */
struct child_command {
	const char *config;
	const char *store;
};

/* 'the run of 'acme'', for messages. */
#define CHILD_TITLE_SIZE 96
void child_describe(const struct child *child, char ret_text[CHILD_TITLE_SIZE]);

/* Start `child`, of which `task` and `job` are set. -1: ERROR_SYSTEM. */
must_use int child_start(struct child *child, const struct child_command *command, struct error *err);

/* Pass on what can be read now, up to CHILD_TURN_BYTES; closes the descriptor at its end. */
void child_pass_on(struct child *child, FILE *errors);

/* After its death: pass on what it has left, up to CHILD_TURN_BYTES: not for whom it may have left behind. */
void child_release(struct child *child, FILE *errors);
