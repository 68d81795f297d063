/* Claims of RFC 7523, 3: iss and sub are the client, aud is one text, jti is never the same. */
#include "connection/oauth2_assertion.h"

#include "base/json.h"
#include "connection/jws.h"
#include "connection/kind.h"
#include "connection/oauth2.h"

#include <openssl/rand.h>
#include <stdio.h>

#define ASSERTION_LIFETIME_S 300
#define CLAIMS_BYTES_MAX ((size_t)16 * 1024)
#define ID_BYTES 16

static enum jws_algorithm algorithm_of(const struct connection *connection)
{
	return (enum jws_algorithm)connection_choice(connection, OAUTH2_ALGORITHM, JWS_ALGORITHM_ES384);
}

static int read_key(const struct connection_session *session, struct jws_key **ret_key, struct error *err)
{
	static const struct secret no_passphrase = SECRET_INIT;
	if (jws_key_read_private(&session->values[OAUTH2_KEY], &no_passphrase, algorithm_of(session->connection), ret_key, err) < 0)
		return error_wrap(err, "key");
	return 0;
}

int oauth2_assertion_check_key(const struct connection_session *session, struct error *err)
{
	struct jws_key *key = NULL;
	if (read_key(session, &key, err) < 0)
		return -1;
	jws_key_free(key);
	return 0;
}

static int append_claims(const struct connection *connection, const char *token_url, int64_t now_ms, struct buffer *claims,
                         struct error *err)
{
	unsigned char random[ID_BYTES];
	char id[2 * ID_BYTES + 1];
	struct json_writer json;
	const char *client = connection->texts[OAUTH2_CLIENT_ID];
	const char *audience = connection->texts[OAUTH2_ASSERTION_AUDIENCE];
	if (RAND_bytes(random, sizeof(random)) != 1)
		return error_set(err, ERROR_SYSTEM, "OpenSSL gives no random numbers");
	for (size_t i = 0; i < sizeof(random); i++)
		(void)snprintf(id + 2 * i, 3, "%02x", random[i]); /* fits */
	json_writer_init(&json, claims);
	json_object_begin(&json);
	json_member_text(&json, "iss", client);
	json_member_text(&json, "sub", client);
	json_member_text(&json, "aud", audience != NULL ? audience : token_url);
	json_member_integer(&json, "iat", now_ms / 1000);
	json_member_integer(&json, "exp", now_ms / 1000 + ASSERTION_LIFETIME_S);
	json_member_text(&json, "jti", id);
	json_object_end(&json);
	return claims->failed ? error_set(err, ERROR_LIMIT, "the claims are too long") : 0;
}

int oauth2_assertion_make(const struct connection_session *session, const char *token_url, int64_t now_ms,
                          struct secret *ret_assertion, struct error *err)
{
	const struct jws_header header = {.type = "JWT", .key_id = session->connection->texts[OAUTH2_KEY_ID]};
	struct jws_key *key = NULL;
	struct buffer claims;
	buffer_init(&claims, CLAIMS_BYTES_MAX);
	int outcome = read_key(session, &key, err);
	if (outcome == 0)
		outcome = append_claims(session->connection, token_url, now_ms, &claims, err);
	if (outcome == 0)
		outcome = jws_sign(key, &header, buffer_slice(&claims), ret_assertion, err);
	jws_key_free(key);
	buffer_release(&claims);
	return outcome;
}
