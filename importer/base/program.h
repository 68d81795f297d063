/*
 * Running another program: no shell, a time limit, and a session of its own,
 * so that it cannot ask at our terminal. It gets standard input, output and
 * error output, and no other descriptor.
 *
 * It does not outlive us: when it ends, takes too long or is given up, and
 * when we die, of SIGKILL too, its whole process group is killed, by a keeper
 * process between us and it (keeper.h). Processes that leave its process group
 * on purpose, as a daemon does that it starts, stay; and so may its children
 * where somebody kills us and the keeper in the same moment.
 */
#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <signal.h>

struct program {
	const char *const *arguments;   /* end in NULL; the first one is looked for in $PATH unless it has a slash */
	const char *const *environment; /* ends in NULL; NULL = ours */
	struct slice input;             /* all of its standard input; without data it is empty */
	char *output;                   /* receives what it prints; NULL = that is dropped */
	size_t output_max;
	bool keeps_errors; /* its error output is ours; else that is dropped */
	int64_t timeout_ms;
	struct clock clock;
	const volatile sig_atomic_t *stop_signal; /* not 0: it is given up; may be NULL */
};

struct program_end {
	int status; /* as wait(2) tells it */
	size_t output_size;
};

/*
 * Run it to its end. -1, and nothing of it runs any more: ERROR_NOT_FOUND (it cannot be started; number is errno),
 * ERROR_LIMIT (it took too long, or printed more than output_max bytes), ERROR_CANCELLED, ERROR_SYSTEM. Messages are
 * about 'the command' and do not name it.
 */
must_use int program_run(const struct program *program, struct program_end *ret_end, struct error *err);

/* Did it end well? -1 with ERROR_SYSTEM and what it did instead. */
must_use int program_check_status(int status, struct error *err);
