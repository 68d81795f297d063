/*
 * One request to a token endpoint: a form is posted, and the answer's body is
 * held in memory that is wiped. Redirects are not followed: credentials go to
 * the URL that the operator wrote, and nowhere else.
 */
#pragma once

#include "connection/session.h"
#include "secret/secret.h"

struct token_request {
	const struct url *url;
	const char *cacert;               /* NULL = as of the network */
	struct slice form;                /* NUL-terminated */
	const struct curl_slist *headers; /* beside those of every such request; may be NULL */
	const struct connection_network *network;
};

struct token_response {
	long status;
	int64_t retry_after_s; /* 0 = not said */
	struct secret body;
};

/*
 * Make the request. Any status is an answer; release its body. -1, with
 * nothing to release: ERROR_NETWORK, ERROR_REFUSED, ERROR_CONFIG (the file of
 * authorities), ERROR_LIMIT (head or body too long), ERROR_CANCELLED,
 * ERROR_SYSTEM, ERROR_MEMORY. Messages may quote what the library says: mask them.
 */
must_use int token_request_make(const struct token_request *request, struct token_response *ret_response, struct error *err);
