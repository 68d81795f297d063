/* Waiting that a signal ends. */
#pragma once

#include "cli/command.h"

/*
 * Wait until `fd` can be read from (-1: for nothing): 1, or `timeout_ms` have passed (-1: never): 0. -1: ERROR_CANCELLED with
 * the signal as its number, where the command handles signals and was told to stop; ERROR_SYSTEM.
 */
must_use int wait_until_stopped(const struct invocation *invocation, int fd, int64_t timeout_ms, struct error *err);
