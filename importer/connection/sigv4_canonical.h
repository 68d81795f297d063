/* Private to sigv4: path and query in the one form that both sides sign. Failure of the buffer sticks. */
#pragma once

#include "connection/sigv4.h"

void sigv4_append_path(struct buffer *buffer, struct slice path, enum sigv4_path rule);

/* Parameters sorted by their encoded names, then values. -1: ERROR_LIMIT (too many), ERROR_MEMORY. */
must_use int sigv4_append_query(struct buffer *buffer, struct slice query, struct error *err);
