/*
 * What a token endpoint answers (RFC 6749, 5.1 and 5.2): a token, or why there
 * is none. Every byte is hostile.
 */
#pragma once

#include "secret/secret.h"

#include <stdint.h>

#define TOKEN_LIFETIME_DEFAULT_MS (300 * 1000)   /* where the answer does not say */
#define TOKEN_LIFETIME_MAX_MS (24 * 3600 * 1000) /* a longer one is asked for again after this */
#define TOKEN_MARGIN_MS (60 * 1000)              /* before its end a token is not used any more, or half its life */
#define TOKEN_DESCRIPTION_SIZE 200               /* of an error, cut */

struct token_answer {
	struct secret access_token;
	struct secret refresh_token; /* empty: there is no new one */
	int64_t lifetime_ms;         /* for which it is used, the margin taken off */
};

/*
 * The body of a successful answer: a JSON object without repeated members,
 * with an access_token that a header can carry and a token_type Bearer in any
 * case; expires_in, where it is given, is a positive whole number. Others are
 * not looked at. Release `ret_answer` after success and failure: an answer
 * that is refused may have a refresh token which is good, and by the server's
 * account the only one from then on. -1: ERROR_REFUSED (which rule; nothing of
 * the body), ERROR_MEMORY.
 */
must_use int token_answer_read(struct slice body, struct token_answer *ret_answer, struct error *err);
void token_answer_release(struct token_answer *answer);

struct token_refusal {
	char error[64];                           /* 'invalid_client'; '' where the body has none */
	char description[TOKEN_DESCRIPTION_SIZE]; /* as it was sent: mask it before it is cut off or shown */
};

/* The body of another answer, as far as it is one of RFC 6749. */
void token_refusal_read(struct slice body, struct token_refusal *ret_refusal);

/* Is it a reason that may pass by itself? */
must_use bool token_refusal_is_temporary(const struct token_refusal *refusal);
