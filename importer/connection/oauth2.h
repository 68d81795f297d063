/*
 * Tokens of OAuth 2.0 (RFC 6749): asking for one by the client credentials
 * grant (4.4) or by a refresh token (6).
 *
 * A new refresh token is stored in the vault before the access token that came
 * with it is used, under a lock that keeps others from using the old one.
 */
#pragma once

#include "connection/connection.h"
#include "connection/token_answer.h"

struct connection_session;
struct connection_network;

/* The fields of the kind. */
enum oauth2_field {
	OAUTH2_TOKEN_URL,
	OAUTH2_CLIENT_ID,
	OAUTH2_CLIENT_SECRET,
	OAUTH2_METHOD,
	OAUTH2_KEY,
	OAUTH2_ALGORITHM,
	OAUTH2_KEY_ID,
	OAUTH2_ASSERTION_AUDIENCE,
	OAUTH2_REFRESH_TOKEN,
	OAUTH2_SCOPE,
	OAUTH2_AUDIENCE,
	OAUTH2_RESOURCE,
	OAUTH2_PARAMETERS,
	OAUTH2_CACERT,
};

/* How the client says who it is (RFC 6749, 2.3; RFC 7523, 2.2), in the order of the words. */
enum oauth2_method {
	OAUTH2_METHOD_BASIC,
	OAUTH2_METHOD_POST,
	OAUTH2_METHOD_BASIC_UNENCODED, /* for servers that do not decode as RFC 6749, 2.3.1 has it */
	OAUTH2_METHOD_PRIVATE_KEY_JWT,
	OAUTH2_METHOD_NONE,
};

extern const char *const oauth2_method_words[];

enum oauth2_method oauth2_method_of(const struct connection *connection);

/*
 * Ask for a token; release the answer after success. -1: ERROR_REFUSED (the endpoint's reason, masked), ERROR_NETWORK (worth a retry),
 * and those of secret_exchange_begin() and token_request_make(). Messages name the endpoint's host.
 */
must_use int oauth2_ask(struct connection_session *session, const struct connection_network *network,
                        struct token_answer *ret_answer, struct error *err);
