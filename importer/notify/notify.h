/*
 * Signals to people: one notice when a job's problem begins or becomes
 * another one, and one when it is over.
 *
 * The store knows what people were told, so it does not matter who gives a
 * notice: each run looks for all that is to be told when it has ended, its own
 * problem and those of others that could not tell it themselves (killed, their
 * hook failed, or they never came: missed.h). Two that look at once tell a thing once.
 */
#pragma once

#include "base/clock.h"
#include "config/config.h"

#include <signal.h>
#include <stdio.h>

struct store;

#define NOTIFY_SINGLY 5

struct notifier {
	const struct config *config; /* notices are about its jobs; `on_failure` is a job's hook */
	struct store *store;         /* open for writing; it has no watch afterwards */
	const char *job;             /* whose notice comes first: the one that has just run; NULL = none */
	const char *program;         /* 'feedmill/0.1.0' */
	bool has_journal;            /* notices are entries of the journal; else lines */
	struct clock clock;
	const volatile sig_atomic_t *stop_signal; /* not 0: what is not told yet is left; may be NULL */
	FILE *errors;                             /* for lines, and for notices that the journal does not take */
};

/*
 * Give every notice that is due. One counts as given when the job's hook has ended with status 0, or there is none; else it
 * is given again by the next one who looks, and the reason is told. A failure for now is told when the job's `retry` has no
 * attempt left. Where more than NOTIFY_SINGLY runs of jobs with the hook of feedmill.yaml, or none, are found missing at once, it is
 * one problem, that of what starts them, and so is told once, with the first of them, and over when that is over. After
 * LIMIT_NOTICES_MS no further notice is begun, and none with the program of a hook that did not end: the next one who looks goes
 * on. Such a hook is left alone for a while, longer each time (store/hook_state.h), and that is told, so that it does not hold up
 * each run: one look tries it then. A store that is busy is no failure: what is to be told stays.
 *
 * 0, or -1 with what kept it from looking: as store.h has it.
 */
must_use int notify_people(const struct notifier *notifier, struct error *err);
