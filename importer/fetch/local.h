/* Sources without a network: files, pipes and standard input. */
#pragma once

#include "fetch/fetch.h"

struct spool_file;

/*
 * Copy the source to `file`, which is opened here. Bytes and is_length_proven
 * of `result` are set: the length of a regular file is proven when it was read
 * from its start, and its size and time stamp did not change meanwhile.
 */
must_use int local_fetch_file(const struct fetch_request *request, struct spool_file *file, struct fetch_result *result,
                              struct error *err);
must_use int local_fetch_stdin(const struct fetch_request *request, struct spool_file *file, struct fetch_result *result,
                               struct error *err);
