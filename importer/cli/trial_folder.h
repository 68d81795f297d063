/*
 * The folder of one `feedmill connection test`, 'connection-PID' in the state
 * folder. It is locked for as long as its process lives (flock(2)); one that
 * nobody has locked is of a process that was killed, and goes with the next.
 */
#pragma once

#include "base/error.h"

#include <limits.h>

struct trial_folder {
	char path[PATH_MAX];
	int fd; /* has the lock */
};

/* Make ours, after removing those of the dead. -1: ERROR_SYSTEM, ERROR_USAGE (the path is too long). */
must_use int trial_folder_make(struct trial_folder *folder, const char *state_folder, struct error *err);

/* Remove it with the files in it. */
void trial_folder_remove(struct trial_folder *folder);
