/* A job's policies as the store and the reader take them. Private to importer/run. */
#pragma once

#include "config/config.h"
#include "dialect/dialect.h"
#include "store/store.h"

/* Borrows from the job. */
struct apply_policy apply_policy_of_job(const struct job_config *job);

/* As above, but for the dialect's options. */
struct mapper_options mapper_options_of_job(const struct job_config *job);

/* The job's time zone for the reader, read into `arena`; nothing where it is UTC or an offset. -1: ERROR_CONFIG, ERROR_SYSTEM, ERROR_MEMORY. */
struct reader_request;
must_use int request_zone_of_job(const struct job_config *job, struct arena *arena, struct reader_request *request,
                                 struct error *err);
