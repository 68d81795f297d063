/* What libcurl's failures mean for the one who reads the report. No message here contains a URL. */
#pragma once

#include "fetch/transfer.h"

struct transfer_trouble {
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
int transfer_error_set(const struct transfer_trouble *trouble, const struct transfer_request *request, struct error *err);
int transfer_error_address(const struct transfer_request *request, const struct address *address, struct error *err);
