/*
 * A probe from outside: fetch a source as a run does, let a reader process
 * look at it, and take what it reports. Touches neither store nor the spool
 * of jobs: the fetched file lies in a folder of its own while the probe runs.
 */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "cage/cage.h"
#include "config/config.h"
#include "fetch/fetch.h"
#include "probe/report.h"
#include "run/dialects.h"

#include <signal.h>

struct connection;
struct secret_resolver;

struct run_probe_request {
	const struct job_config *job; /* source and how to fetch it */
	/* Who the fetch is for, whose secrets are had when it begins; NULL = nobody. Nothing of it leaves the fetch. */
	const struct connection *connection;
	struct secret_resolver *secrets;
	const struct dialect_files *dialects;
	const char *state_folder;
	const char *version;   /* of the program, as user agent */
	bool is_cage_required; /* the reader's, or the probe fails */
	struct clock clock;
	const volatile sig_atomic_t *stop_signal; /* non-zero ends the probe; NULL = never */
};

struct run_probe_result {
	struct fetch_result feed; /* its path is gone by then */
	struct cage_report cage;  /* what this system lacks of the reader's */
	struct probe_report report;
};

/* Fetch and probe; the report lives in `arena`. Errors as of a run: fetch_source(), feed_read(), ERROR_READER, ERROR_CANCELLED. */
must_use int run_probe_execute(const struct run_probe_request *request, struct arena *arena, struct run_probe_result *ret_result,
                               struct error *err);
