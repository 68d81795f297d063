/*
 * One GET request to one URL by libcurl, with every setting that keeps
 * libcurl from doing more than that: no redirects, cookies, netrc, decoding,
 * environment proxies, or addresses that the policy does not allow.
 *
 * Each transfer has a handle and a connection of its own, so nothing of one
 * host can be sent to another.
 */
#pragma once

#include "connection/url.h"
#include "fetch/address.h"
#include "fetch/answer.h"

struct connection_use;
struct spool_file;

struct transfer_request {
	const struct fetch_request *fetch;
	const struct url *url;
	const struct curl_slist *headers;
	const struct connection_use *connection; /* for what is no header */
	struct address_policy policy;
	int64_t deadline_ms; /* of fetch->clock's steady time */
};

/*
 * Make the request. On success `ret_status` and `ret_answer` hold the answer;
 * the body of a 200 is in `file`, which is opened when its head has been
 * accepted and stays the caller's. Bodies of other answers are not read.
 */
must_use int transfer_run(const struct transfer_request *request, struct spool_file *file, long *ret_status,
                          struct answer *ret_answer, struct error *err);
