/*
 * The daemon: starts runs when they are due and sees to their end.
 *
 * One thread that waits for signals, the clock, its children and, while jobs
 * run after others, for what is written to the store, and sleeps otherwise.
 * SIGHUP reads the configuration again; SIGTERM and SIGINT start nothing more,
 * let runs end for `grace`, then stop them, a second one at once.
 */
#pragma once

#include "base/clock.h"
#include "schedule/children.h"
#include "schedule/roster.h"

struct supervisor_options {
	struct clock clock;
	const char *store;            /* location; it is made where it does not exist */
	struct child_command command; /* of runs */
	FILE *errors;                 /* what happens, and what runs print */
	bool is_verbose;              /* also each start and end */
	void *context;
	/*
	 * Read the configuration and make a roster of it, after `previous` or NULL. -1: it is broken, which was told; `err` is set
	 * where it was not.
	 */
	int (*load)(void *context, struct store *store, const struct roster *previous, struct roster **ret_roster,
	            struct error *err);
};

/*
 * Run until told to stop: 0. -1: ERROR_LEASE (the store has a daemon), ERROR_CONFIG (the first load failed and has told),
 * and as store.h.
 */
must_use int supervisor_run(const struct supervisor_options *options, struct error *err);
