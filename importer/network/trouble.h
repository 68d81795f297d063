/* What libcurl's failures mean for the one who reads the report. No message here contains a URL. */
#pragma once

#include "base/error.h"
#include "network/route.h"

#include <curl/curl.h>

struct network_trouble {
	CURLcode code;
	int system_number;
	size_t attempts;        /* to open a socket */
	size_t refusals;        /* of these, by the address policy */
	struct address refused; /* the last one */
	bool is_sent;           /* the connection stood and the request went out */
	bool has_body;          /* the head was accepted */
	int64_t bytes;          /* of the body */
	int64_t total;          /* announced, or -1 */
	char text[CURL_ERROR_SIZE];
};

/* Both set `err` and return -1. */
int network_trouble_set(const struct network_trouble *trouble, const struct network_route *route, struct error *err);
int network_trouble_set_address(const struct network_route *route, const struct address *address, struct error *err);
