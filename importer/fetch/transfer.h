/* One GET request to one URL: its head is judged, its body goes to the spool. */
#pragma once

#include "fetch/answer.h"
#include "network/route.h"

#include <curl/curl.h>

struct connection_use;
struct spool_file;

struct transfer_request {
	const struct fetch_request *fetch;
	const struct curl_slist *headers;
	const struct connection_use *connection; /* for what is no header */
	struct network_route route;
	int64_t deadline_ms; /* of fetch->clock's steady time */
};

/*
 * Make the request. On success `ret_status` and `ret_answer` hold the answer;
 * the body of a 200 is in `file`, which is opened when its head has been
 * accepted and stays the caller's. Bodies of other answers are not read.
 */
must_use int transfer_run(const struct transfer_request *request, struct spool_file *file, long *ret_status,
                          struct answer *ret_answer, struct error *err);
