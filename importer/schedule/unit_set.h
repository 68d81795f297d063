/* All units that some jobs, or the daemon, need under systemd. */
#pragma once

#include "base/arena.h"
#include "base/zone.h"
#include "config/config.h"
#include "schedule/unit.h"

struct unit_request {
	const struct config *config;
	const struct unit_setting *setting;
	const struct job_config *const *jobs; /* that are wanted */
	size_t job_count;
	bool is_daemon; /* the daemon's unit instead */
	struct zones *zones;
	int64_t now_ms;
};

struct unit_text {
	const char *name;  /* in the folder of units: 'feedmill@acme.timer', 'feedmill@acme.service.d/feedmill.conf' */
	struct slice text; /* signed; empty where the file is not to be there */
};

struct unit_set {
	struct unit_text *units;
	size_t count;
};

/*
 * The service of a run first, then what looks for runs that did not come, then for each job its timer and its drop-in; where a job runs after others, also their
 * drop-ins. All of it lives in `arena`. -1: ERROR_USAGE (a job without a schedule), ERROR_CONFIG, ERROR_NOT_FOUND (a zone), ERROR_MEMORY.
 */
must_use int unit_set_make(const struct unit_request *request, struct arena *arena, struct unit_set *ret_set, struct error *err);
