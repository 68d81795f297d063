/* A job's dialect and its options, from a file or the command line. */
#pragma once

#include "config/config.h"

#define JOB_DIALECT_OPTIONS 100

/* Check and copy one option. -1: ERROR_CONFIG, or no memory. */
must_use int job_pair_make(struct slice name, struct slice value, struct arena *arena, struct config_pair *ret_pair,
                           struct error *err);
