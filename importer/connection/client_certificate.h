/*
 * A client certificate (RFC 8446, 4.4.2): the kind `mtls` has nothing else,
 * and any other kind may have one beside what it sends.
 */
#pragma once

#include "secret/secret.h"

#include <curl/curl.h>

struct client_certificate {
	const char *file;                /* PEM: the certificate, and those between it and its authority */
	const struct secret *key;        /* its private key, as PEM */
	const struct secret *passphrase; /* that the key is encrypted with; empty = none */
};

/* Read it, and match it with its key, before anything is connected. -1: ERROR_CONFIG, ERROR_NOT_FOUND, ERROR_SYSTEM, ERROR_MEMORY. */
must_use int client_certificate_read(const struct client_certificate *certificate, struct secret *ret_text, struct error *err);

/* Show it to the server; `text` and the key must outlive the handle. -1: ERROR_SYSTEM. */
must_use int client_certificate_set(const struct client_certificate *certificate, const struct secret *text, CURL *easy,
                                    struct error *err);
