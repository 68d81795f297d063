/* A job's hook: a program that is told of a notice. */
#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <signal.h>

struct hook {
	const char *const *arguments; /* as the job says them */
	size_t argument_count;
	struct slice input; /* its standard input: the notice as JSON */
	int64_t timeout_ms; /* 0 = LIMIT_HOOK_MS */
	struct clock clock;
	const volatile sig_atomic_t *stop_signal; /* not 0: it is given up; may be NULL */
};

/* What tells the hook of these words from others: equal in every process. */
int64_t hook_number(const char *const *arguments, size_t count);

/*
 * Run the hook to its end: without a shell, in a session of its own, and of our environment with PATH, HOME, USER, LOGNAME,
 * LANG, LC_ALL, TZ and TMPDIR only, for the rest may be secrets. What it prints is dropped, its error output is ours.
 *
 * 0 where it ended with status 0. -1, and nothing of it runs any more: it cannot be started, ended otherwise, or took too
 * long; ERROR_CANCELLED; ERROR_MEMORY. The message names the program and none of its arguments.
 * ERROR_LIMIT: it took too long.
 */
must_use int hook_run(const struct hook *hook, struct error *err);
