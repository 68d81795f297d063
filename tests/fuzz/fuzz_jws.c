/*
 * Fuzz target: a hostile token, behind a byte whose lowest bit says whether
 * its first two parts are signed as they stand, which whoever has the key could do.
 *
 * Without that nothing is accepted. With it, what is accepted has three parts
 * of strict base64url: encoded again, its payload is the token's.
 */
#include "connection/base64.h"
#include "connection/jws.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

static struct jws_key *key;

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	struct error err = ERROR_INIT;

	(void)count;
	(void)arguments;
	if (jws_key_generate(JWS_ALGORITHM_ES256, &key, &err) < 0)
		abort();
	return 0;
}

/* The text, a full stop, and the key's signature of it. */
static void sign(struct slice text, struct buffer *token)
{
	struct secret signature = SECRET_INIT;
	struct secret encoded = SECRET_INIT;
	struct error err = ERROR_INIT;

	if (jws_key_sign(key, text, &signature, &err) < 0 || base64url_encode(secret_slice(&signature), &encoded, &err) < 0)
		abort();
	(void)buffer_append_slice(token, text);
	(void)buffer_append_byte(token, '.');
	(void)buffer_append_slice(token, secret_slice(&encoded));
	secret_release(&encoded);
	secret_release(&signature);
}

static void check_payload(struct slice token, const struct secret *payload)
{
	const struct jwt_rules rules = {.issuer = "a", .audience = "b", .leeway_s = 60, .lifetime_s_max = 3600};
	struct secret encoded = SECRET_INIT;
	struct error err = ERROR_INIT;
	const char *start = memchr(token.data, '.', token.size);

	if (start == NULL || base64url_encode(secret_slice(payload), &encoded, &err) < 0)
		abort();
	start++;
	if (encoded.size >= (size_t)(token.data + token.size - start) || start[encoded.size] != '.' ||
	    (encoded.size > 0 && memcmp(start, encoded.data, encoded.size) != 0))
		abort();
	secret_release(&encoded);
	if (jwt_claims_check(secret_slice(payload), &rules, INT64_C(1700000000000), &err) < 0 && err.code != ERROR_REFUSED)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret payload = SECRET_INIT;
	struct error err = ERROR_INIT;
	struct buffer token;

	if (size == 0)
		return 0;
	const struct slice text = slice_make((const char *)data + 1, size - 1);
	const bool is_signed = (data[0] & 1) != 0;
	buffer_init(&token, size + 128);
	if (is_signed)
		sign(text, &token);
	else
		(void)buffer_append_slice(&token, text);
	if (token.failed)
		abort();
	if (jws_verify(key, NULL, buffer_slice(&token), &payload, &err) == 0) {
		if (!is_signed)
			abort();
		check_payload(buffer_slice(&token), &payload);
	} else if (err.code != ERROR_REFUSED && err.code != ERROR_MEMORY) {
		abort();
	}
	secret_release(&payload);
	buffer_release(&token);
	return 0;
}
