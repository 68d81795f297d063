/*
 * JSON Web Signatures in their compact form (RFC 7515), as JSON Web Tokens
 * (RFC 7519) have it: header, payload and signature in base64url, with full
 * stops between them.
 *
 * Of what a token says nothing is believed before its signature is checked,
 * and its header chooses nothing: it only confirms the key's algorithm.
 * Messages have no part of a token.
 */
#pragma once

#include "connection/jws_key.h"

#define JWS_TOKEN_BYTES_MAX ((size_t)8 * 1024)

struct jws_header {
	const char *type;   /* 'typ', such as "JWT"; NULL = none */
	const char *key_id; /* 'kid'; NULL = none */
};

/*
 * A signed token with that payload; release it. -1: ERROR_LIMIT (longer than
 * JWS_TOKEN_BYTES_MAX), ERROR_SYSTEM, ERROR_MEMORY.
 */
must_use int jws_sign(const struct jws_key *key, const struct jws_header *header, struct slice payload, struct secret *ret_token,
                      struct error *err);

/*
 * Is `token` signed by `key`? `ret_payload` receives what it says, any bytes;
 * it is empty unless the signature is right.
 *
 * Refused: more than JWS_TOKEN_BYTES_MAX, other than three parts, anything
 * beyond the alphabet or with bits left over, a header that is no object or
 * names a member twice, another 'alg' than the key's, 'crit', and members that
 * bring a key or another reading along (jwk, jku, x5c, x5u, b64, zip).
 * With `key_id` the header's 'kid' must be that. -1: ERROR_REFUSED (which rule), ERROR_MEMORY.
 */
must_use int jws_verify(const struct jws_key *key, const char *key_id, struct slice token, struct secret *ret_payload,
                        struct error *err);

/* What the claims of a payload must be (RFC 7519, 4.1). Texts that are NULL are not looked at. */
struct jwt_rules {
	const char *issuer;     /* 'iss' is exactly that */
	const char *audience;   /* 'aud' is, or has among others, exactly that */
	int64_t leeway_s;       /* by which clocks may differ; at most JWT_LEEWAY_S_MAX */
	int64_t lifetime_s_max; /* 'exp' may not be further ahead; 0 = any */
};

#define JWT_LEEWAY_S_MAX 60

/*
 * A payload whose signature has been checked: an object without repeated
 * members, with 'exp' (whole seconds) in the future, and 'nbf' and 'iat', where
 * they are given, not in the future. -1: ERROR_REFUSED; the message names the claim and the rule.
 */
must_use int jwt_claims_check(struct slice payload, const struct jwt_rules *rules, int64_t now_ms, struct error *err);
