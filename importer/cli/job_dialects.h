/* The dialects by which a job's feed is read. */
#pragma once

#include "cli/setting.h"

/*
 * Those that the job's dialect is made of, or all where it names none, and its feed is recognised; compiled once to see that
 * they are free of mistakes, and that it has the job's options. The setting has the dialects' files; the list lives in its
 * arena. -1: ERROR_CONFIG (mistakes are printed), ERROR_MEMORY.
 */
must_use int job_dialects_choose(const struct invocation *invocation, struct setting *setting, const struct job_config *job,
                                 struct dialect_files *ret_files, struct error *err);
