/* A client that says who it is by a signed token (RFC 7523, 2.2 and 3): private_key_jwt. */
#pragma once

#include "connection/connection.h"
#include "secret/secret.h"

struct connection_session;

/* The key can be read and fits the algorithm. -1: ERROR_CONFIG, ERROR_MEMORY. */
must_use int oauth2_assertion_check_key(const struct connection_session *session, struct error *err);

/* A token for one request, for a few minutes from `now_ms` on. -1: ERROR_SYSTEM, ERROR_LIMIT, ERROR_MEMORY. */
must_use int oauth2_assertion_make(const struct connection_session *session, const char *token_url, int64_t now_ms,
                                   struct secret *ret_assertion, struct error *err);
