/*
 * The process between us and a program that we run. It holds one end of a
 * leash, a pipe, whose other end only we have: when that is let go, also by
 * our death of whatever kind, it kills the program and its process group.
 */
#pragma once

#include "base/error.h"

#include <sys/types.h>

struct keeper_note;

struct keeper {
	pid_t pid;
	int pid_fd;   /* readable when the program has ended, and nothing of its group is left */
	int leash_fd; /* our end */
	struct keeper_note *note;
};

struct keeper_order {
	const char *const *arguments;   /* end in NULL; the first one is looked for in $PATH unless it has a slash */
	const char *const *environment; /* ends in NULL */
	int in_fd;                      /* -1 = it reads nothing */
	int out_fd;                     /* -1 = what it prints is dropped */
	bool keeps_errors;              /* its error output is ours; else that is dropped */
};

/*
 * Start the program, in a session of its own. That it cannot be started is told at its end, so that a slow disk does not
 * hold us up. The descriptors stay the caller's. -1: ERROR_SYSTEM, and nothing runs.
 */
must_use int keeper_start(struct keeper *keeper, const struct keeper_order *order, struct error *err);

struct keeper_end {
	int status; /* of the program, as wait(2) tells it */
	int number; /* not 0: the errno with which it could not be started */
};

/* End the program unless it has ended, and its process group; nothing of them runs any more when this returns. */
void keeper_end(struct keeper *keeper, struct keeper_end *ret_end);
