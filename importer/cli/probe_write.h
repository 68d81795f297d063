/* feedmill probe --write: a job, a dialect where none is known, and a configuration file where there is none. */
#pragma once

#include "probe/guess.h"
#include "run/probe.h"

#include <stdio.h>

struct probe_write_request {
	const char *folder;     /* of the configuration; made where missing */
	const char *name;       /* NULL = after the host or file */
	const char *source;     /* as it was given */
	const char *connection; /* as it was given, or NULL; so are the next two */
	const char *network;
	const char *cacert; /* the same */
	bool may_replace;
	const struct dialect_files *dialects; /* that are known already */
	const struct run_probe_result *result;
	const struct guess *guess;
	FILE *messages; /* what was written */
};

/*
 * Write the files; nothing is written where one of them is there and may not
 * be replaced. -1: ERROR_USAGE (a name or file that is taken), ERROR_CONFIG,
 * ERROR_FEED (no records, or no id), ERROR_SYSTEM, ERROR_MEMORY.
 */
must_use int probe_write(const struct probe_write_request *request, struct error *err);
