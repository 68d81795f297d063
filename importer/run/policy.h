/* A job's policies as the store and the reader take them. Private to importer/run. */
#pragma once

#include "config/config.h"
#include "dialect/dialect.h"
#include "store/store.h"

/* Borrows from the job. */
struct apply_policy apply_policy_of_job(const struct job_config *job);

/* As above, but for the dialect's options. */
struct mapper_options mapper_options_of_job(const struct job_config *job);
