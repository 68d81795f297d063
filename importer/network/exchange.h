/*
 * What a request and its answer looked like, for people who try a connection
 * out. Of a header only the name is kept, unless its value is known to be
 * nobody's secret; queries are left out. What a server says in the rest may
 * still repeat a secret: mask it before it is shown.
 */
#pragma once

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

#define NETWORK_HEAD_SIZE ((size_t)8 * 1024)

struct network_exchange {
	char request[NETWORK_HEAD_SIZE]; /* lines, each with a line end; of the last request of several (Digest) */
	char answer[NETWORK_HEAD_SIZE];  /* the status line, and headers about the body */
	long status;                     /* 0 = no answer */
	char peer[64];                   /* its address, or the proxy's */
	char tls[96];                    /* 'TLSv1.3 TLS_AES_256_GCM_SHA384'; '' over http */
	char certificate_subject[256];   /* of the server */
	char certificate_issuer[256];
	char certificate_expires[32]; /* '2026-12-24T18:00:00Z'; '' = unknown */
	int64_t answered_us;          /* from the beginning until the answer began */
};

/* Called with each exchange when it is over, also one that failed. The callee may change the texts. */
struct network_observer {
	void (*saw)(void *context, struct network_exchange *exchange);
	void *context;
};

/* Have libcurl tell the exchange about a handle. False where it does not take a setting. */
bool network_exchange_attach(struct network_exchange *exchange, CURL *easy);

/* What is known when the request is over. */
void network_exchange_finish(struct network_exchange *exchange, CURL *easy);
