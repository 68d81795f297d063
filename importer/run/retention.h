/*
 * After a run, and on demand: what runs beyond their job's limits left in
 * spool and store goes.
 */
#pragma once

#include "base/clock.h"
#include "config/config.h"
#include "fetch/spool_tidy.h"
#include "store/retention.h"

struct vacuum_request {
	const struct config *config; /* says how long the runs of each job are kept */
	const char *store;           /* location */
	const char *state_folder;
	struct clock clock;
};

struct vacuum_report {
	struct store_space before;
	struct store_space after;
	struct store_pruned pruned;
	struct spool_tally spool;
	int64_t jobs; /* known to the store */
};

/*
 * Everything that is beyond the limits goes, of all jobs that the store knows:
 * those without a file by the figures for all. Then the store's log and its
 * free pages are given back. ERROR_LEASE where a run is going on.
 */
must_use int run_vacuum(const struct vacuum_request *request, struct vacuum_report *ret_report, struct error *err);
