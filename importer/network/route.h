/* Where a request goes, and by which rules. All of it is borrowed for the life of the handle. */
#pragma once

#include "network/address.h"

struct network_observer; /* network/exchange.h */

struct network_route {
	const char *url;  /* that is fetched: absolute, checked */
	const char *host; /* of it, for messages; this and the port as connection/url.h gives them */
	const char *port;
	const char *cacert; /* PEM file instead of the system's authorities, or NULL */
	const char *proxy;  /* URL, or NULL = none; addresses are then the proxy's to check */
	const char *user_agent;
	struct address_policy policy;
	int64_t connect_timeout_ms;
	const struct network_observer *observer; /* NULL = nobody looks */
};
