/* Which job is run: by its name, for a source without one, or again as an earlier run had it. */
#pragma once

#include "cli/setting.h"
#include "run/past_run.h"

struct job_choice {
	struct job_config job;
	struct dialect_files dialects;       /* by which its feed is read (cli/job_dialects.h) */
	const struct connection *connection; /* by which it fetches; NULL = none, or it is an earlier run */
	const char *settings; /* JSON of what the command line said over the configuration, for the ledger; NULL = nothing */
};

/*
 * The job that `argument` names, with the options of the command line; the setting has its connections, and the dialects'
 * files. Lives in the setting's arena. -1: ERROR_USAGE, ERROR_CONFIG; mistakes in the job's dialect are printed.
 */
must_use int job_choice_of_argument(const struct invocation *invocation, struct setting *setting, const char *argument,
                                    struct job_choice *ret_choice, struct error *err);

/*
 * The job of an earlier run: as it is configured now, or without configuration, with what the command line of that run
 * said. Its source is for showing only; the setting has the dialects' files. -1: ERROR_CONFIG where it was configured and is
 * no longer, its settings do not fit, or there are mistakes in its dialect, which are printed.
 */
must_use int job_choice_of_run(const struct invocation *invocation, struct setting *setting, const struct past_run *run,
                               struct job_choice *ret_choice, struct error *err);
