/* A feed over http or https: redirects, conditions, and what a status means. */
#pragma once

#include "fetch/fetch.h"

struct spool_file;

/*
 * FETCH_DONE with the body in `file` (opened here), FETCH_NOT_MODIFIED, or -1.
 * Fills all of `result` but path, sha256 and duration.
 */
must_use int http_fetch(const struct fetch_request *request, struct spool_file *file, struct fetch_result *result,
                        struct error *err);
