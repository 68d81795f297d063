/* A token in a header and behind a scheme of the user's choice; 'Authorization: Bearer …' where nothing is chosen. */
#pragma once

#include "connection/kind.h"

/* The numbers of the kind's fields (CONNECTION_FIELD_TEXT). */
struct token_header {
	size_t header;
	size_t scheme; /* given and empty: the token stands alone */
};

/* What the two fields are, for the tables of kinds. */
#define TOKEN_HEADER_FIELD                                                                                       \
	{                                                                                                        \
		"header", CONNECTION_FIELD_TEXT, false, NULL, "the header of the token; left out, Authorization" \
	}
#define TOKEN_SCHEME_FIELD                                                                           \
	{                                                                                            \
		"scheme", CONNECTION_FIELD_TEXT, false, NULL,                                        \
			"the word before the token; left out, Bearer; empty, the token stands alone" \
	}

/* -1: ERROR_CONFIG, `ret_field` is the field at fault. */
must_use int token_header_check(const struct connection *connection, struct token_header fields, size_t *ret_field,
                                struct error *err);

/* -1: ERROR_MEMORY. */
must_use int token_header_add(const struct connection *connection, struct token_header fields,
                              const struct connection_request *request, struct slice token, struct error *err);

/* May `token` be sent that way: a header's value, without blanks? The message has no part of it. ERROR_CONFIG. */
must_use int token_header_check_token(struct slice token, struct error *err);

/* Is what `field` says, if anything, an instant? -1: ERROR_CONFIG. */
must_use int token_expiry_check(const struct connection *connection, size_t field, struct error *err);

/* Is the token that ends at the instant of `field` still good at `now_ms`? -1: ERROR_CONFIG, with the instant. */
must_use int token_expiry_refuse(const struct connection *connection, size_t field, int64_t now_ms, struct error *err);
