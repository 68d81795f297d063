/*
 * A handle of libcurl for one request, with every setting that keeps libcurl
 * from doing more than that: no redirects, cookies, netrc, decoding,
 * environment proxies, or addresses that the policy does not allow.
 *
 * Each request has a handle and a connection of its own, so nothing of one
 * host can be sent to another. One thread at a time.
 */
#pragma once

#include "base/error.h"
#include "network/exchange.h"
#include "network/trouble.h"

struct network_handle {
	const struct network_route *route;
	CURL *easy; /* further settings, as of headers and callbacks, are the caller's */
	struct network_trouble trouble;
	struct network_exchange *exchange; /* where there is an observer, who is told when the handle is closed */
};

/*
 * A handle for a GET of route->url. The address that the URL itself names, if
 * it does, is checked here, through a proxy too. Close the handle after
 * failure as well. -1: ERROR_REFUSED (the address), ERROR_SYSTEM, ERROR_MEMORY.
 */
must_use int network_handle_open(struct network_handle *handle, const struct network_route *route, struct error *err);
void network_handle_close(struct network_handle *handle);

/* Does the connection stand, and has the request begun to go out? */
bool network_handle_is_sent(const struct network_handle *handle);

/* Called again and again while a request is under way: how long to wait for the network at most; or -1 with `err`, which ends it. */
struct network_watch {
	int (*look)(void *context, int *ret_wait_ms, struct error *err);
	void *context;
};

/*
 * Make the request. 0 and what libcurl says of it in `ret_code`, with
 * handle->trouble filled as far as it is known here; what became of it is the
 * caller's to judge. -1 where the watch ends it, or without memory.
 */
must_use int network_handle_perform(struct network_handle *handle, const struct network_watch *watch, CURLcode *ret_code,
                                    struct error *err);
