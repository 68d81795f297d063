/*
 * A JSON Web Token of our own in a header, signed for each request. Its claims are those of a service that hands out role
 * tokens ('rtoken', 'matching'), and any others that the connection names.
 */
#include "base/json.h"
#include "config/value.h"
#include "connection/jws.h"
#include "connection/matching.h"
#include "connection/session.h"
#include "connection/token_header.h"
#include "connection/wiped.h"

#include <string.h>

enum {
	FIELD_KEY,
	FIELD_PASSPHRASE,
	FIELD_ALGORITHM,
	FIELD_KEY_ID,
	FIELD_ISSUER,
	FIELD_LIFETIME,
	FIELD_ISSUED_AT,
	FIELD_ROLE_TOKEN,
	FIELD_ROLE_TOKEN_EXPIRES,
	FIELD_MATCHING,
	FIELD_CLAIMS,
	FIELD_HEADER,
	FIELD_SCHEME,
};

#define LIFETIME_DEFAULT_MS (INT64_C(5) * 60 * 1000)
#define LIFETIME_MS_MAX (INT64_C(24) * 60 * 60 * 1000) /* receivers refuse more */

/* In the order of enum jws_algorithm. */
static const char *const algorithms[] = {"ES384", "ES256", "ES512", "RS256", NULL};
static const char *const switches[] = {"true", "false", NULL};
static const struct token_header token_header = {.header = FIELD_HEADER, .scheme = FIELD_SCHEME};

static const struct connection_field fields[] = {
	[FIELD_KEY] = {"key", CONNECTION_FIELD_SECRET, true, NULL,
                       "the private key that signs, as PEM; 'feedmill connection keygen' makes one"},
	[FIELD_PASSPHRASE] = {"passphrase", CONNECTION_FIELD_SECRET, false, NULL, "that the key is encrypted with"},
	[FIELD_ALGORITHM] = {"algorithm", CONNECTION_FIELD_CHOICE, false, algorithms,
                             "the signature's, which the key must fit; left out, ES384"},
	[FIELD_KEY_ID] = {"key_id", CONNECTION_FIELD_TEXT, false, NULL,
                          "'kid' in the token's header: which of several keys of ours it is"},
	[FIELD_ISSUER] = {"issuer", CONNECTION_FIELD_TEXT, true, NULL, "the claim 'iss': who we are to the service"},
	[FIELD_LIFETIME] = {"lifetime", CONNECTION_FIELD_TEXT, false, NULL,
                            "how long a token is good (claim 'exp'), from 1s to 24h; left out, 5m"},
	[FIELD_ISSUED_AT] = {"issued_at", CONNECTION_FIELD_CHOICE, false, switches,
                             "'true' adds the claim 'iat', the time of the request"},
	[FIELD_ROLE_TOKEN] = {"role_token", CONNECTION_FIELD_SECRET, false, NULL,
                              "the claim 'rtoken': the service's role token; goes with 'matching'"},
	[FIELD_ROLE_TOKEN_EXPIRES] = {"role_token_expires", CONNECTION_FIELD_TEXT, false, NULL,
                                      "the instant at which the role token ends; from then on nothing is sent"},
	[FIELD_MATCHING] =
		{"matching", CONNECTION_FIELD_TEXT, false, NULL,
                 "the claim 'matching': an object of JSON as text, with db_id, the rule's name (matching) and what it needs"},
	[FIELD_CLAIMS] = {"claims", CONNECTION_FIELD_PAIRS, false, NULL, "further claims with their texts, such as aud and sub"},
	[FIELD_HEADER] = TOKEN_HEADER_FIELD,
	[FIELD_SCHEME] = TOKEN_SCHEME_FIELD,
};

_Static_assert(sizeof(fields) / sizeof(fields[0]) <= CONNECTION_KIND_FIELDS_MAX, "all fields fit");

/* ---- Checks ---- */

static int read_lifetime(const struct connection *connection, int64_t *ret_ms, struct error *err)
{
	const struct value_range range = {1000, LIFETIME_MS_MAX};
	*ret_ms = LIFETIME_DEFAULT_MS;
	if (connection->texts[FIELD_LIFETIME] == NULL)
		return 0;
	if (value_parse_duration(slice_from(connection->texts[FIELD_LIFETIME]), range, ret_ms, err) < 0)
		return error_wrap(err, "lifetime");
	return *ret_ms % 1000 == 0 ? 0 : error_set(err, ERROR_CONFIG, "lifetime: whole seconds only, such as 90s");
}

static int check_claims(const struct connection *connection, struct error *err)
{
	static const char *const ours[] = {"iss", "exp", "iat", "nbf", "rtoken", "matching"};
	for (size_t i = 0; i < connection->header_count; i++) {
		for (size_t k = 0; k < sizeof(ours) / sizeof(ours[0]); k++) {
			if (slice_equal_text(connection->headers[i].name, ours[k]))
				return error_set(err, ERROR_CONFIG,
				                 "claims: '%s' is no further claim; it has a key of its own, or none", ours[k]);
		}
	}
	return 0;
}

static int check_matching(const struct connection *connection, size_t *ret_field, struct error *err)
{
	const bool has_role_token = connection->references[FIELD_ROLE_TOKEN].kind != SECRET_NONE;
	const char *matching = connection->texts[FIELD_MATCHING];
	*ret_field = has_role_token ? FIELD_ROLE_TOKEN : FIELD_MATCHING;
	if (has_role_token != (matching != NULL))
		return error_set(err, ERROR_CONFIG, "'role_token' and 'matching' go together: a token has both claims, or none");
	*ret_field = FIELD_ROLE_TOKEN_EXPIRES;
	if (connection->texts[FIELD_ROLE_TOKEN_EXPIRES] != NULL && !has_role_token)
		return error_set(err, ERROR_CONFIG, "role_token_expires: there is no 'role_token'");
	if (token_expiry_check(connection, FIELD_ROLE_TOKEN_EXPIRES, err) < 0)
		return -1;
	*ret_field = FIELD_MATCHING;
	if (matching != NULL && matching_check(slice_from(matching), err) < 0)
		return error_wrap(err, "matching");
	return 0;
}

static int check(const struct connection *connection, size_t *ret_field, struct error *err)
{
	int64_t lifetime_ms;
	*ret_field = FIELD_ISSUER;
	if (*connection->texts[FIELD_ISSUER] == '\0')
		return error_set(err, ERROR_CONFIG, "issuer: it is empty");
	*ret_field = FIELD_KEY_ID;
	if (connection->texts[FIELD_KEY_ID] != NULL && *connection->texts[FIELD_KEY_ID] == '\0')
		return error_set(err, ERROR_CONFIG, "key_id: it is empty");
	*ret_field = FIELD_LIFETIME;
	if (read_lifetime(connection, &lifetime_ms, err) < 0)
		return -1;
	*ret_field = FIELD_CLAIMS;
	if (check_claims(connection, err) < 0 || check_matching(connection, ret_field, err) < 0)
		return -1;
	return token_header_check(connection, token_header, ret_field, err);
}

/* ---- A session ---- */

static int check_role_token(const struct secret *role_token, struct error *err)
{
	if (role_token->data == NULL)
		return 0;
	return token_header_check_token(secret_slice(role_token), err) < 0 ? error_wrap(err, "role_token") : 0;
}

static int open_session(struct connection_session *session, struct error *err)
{
	const enum jws_algorithm algorithm = (enum jws_algorithm)connection_choice(session->connection, FIELD_ALGORITHM,
	                                                                           JWS_ALGORITHM_ES384);
	struct jws_key *key = NULL;
	if (jws_key_read_private(&session->values[FIELD_KEY], &session->values[FIELD_PASSPHRASE], algorithm, &key, err) < 0)
		return error_wrap(err, "key");
	session->state = key;
	return check_role_token(&session->values[FIELD_ROLE_TOKEN], err);
}

static void close_session(struct connection_session *session)
{
	jws_key_free(session->state);
}

/* ---- Requests ---- */

static void append_claims(const struct connection_session *session, int64_t now_s, int64_t lifetime_s, struct buffer *payload)
{
	const struct connection *connection = session->connection;
	struct json_writer json;
	json_writer_init(&json, payload);
	json_object_begin(&json);
	json_member_text(&json, "iss", connection->texts[FIELD_ISSUER]);
	json_member_integer(&json, "exp", now_s + lifetime_s);
	if (connection_chooses(connection, FIELD_ISSUED_AT, "true"))
		json_member_integer(&json, "iat", now_s);
	if (session->values[FIELD_ROLE_TOKEN].data != NULL) {
		json_member_string(&json, "rtoken", secret_slice(&session->values[FIELD_ROLE_TOKEN]));
		json_member_text(&json, "matching", connection->texts[FIELD_MATCHING]);
	}
	for (size_t i = 0; i < connection->header_count; i++) {
		json_key_slice(&json, connection->headers[i].name);
		json_text(&json, connection->headers[i].text);
	}
	json_object_end(&json);
}

static int sign(const struct connection_session *session, int64_t now_ms, struct secret *ret_token, struct error *err)
{
	const struct jws_header header = {.type = "JWT", .key_id = session->connection->texts[FIELD_KEY_ID]};
	struct buffer payload;
	int64_t lifetime_ms;
	if (read_lifetime(session->connection, &lifetime_ms, err) < 0)
		return -1;
	if (wiped_buffer_init(&payload, JWS_TOKEN_BYTES_MAX, err) < 0)
		return -1;
	append_claims(session, now_ms / 1000, lifetime_ms / 1000, &payload);
	const int outcome = payload.failed
	                            ? error_set(err, ERROR_LIMIT, "the claims are longer than %zu bytes", JWS_TOKEN_BYTES_MAX)
	                            : jws_sign(session->state, &header, buffer_slice(&payload), ret_token, err);
	wiped_buffer_release(&payload);
	return outcome;
}

static int prepare(const struct connection_session *session, const struct connection_request *request, struct error *err)
{
	const char *matching = session->connection->texts[FIELD_MATCHING];
	struct secret token = SECRET_INIT;
	if (token_expiry_refuse(session->connection, FIELD_ROLE_TOKEN_EXPIRES, request->now_ms, err) < 0)
		return -1;
	if (matching != NULL && !request->is_redirected && matching_check_url(slice_from(matching), request->url, err) < 0)
		return -1;
	int outcome = sign(session, request->now_ms, &token, err);
	if (outcome == 0)
		outcome = token_header_add(session->connection, token_header, request, secret_slice(&token), err);
	secret_release(&token);
	return outcome;
}

const struct connection_kind kind_jwt = {
	.name = "jwt",
	.help = "a JSON Web Token (RFC 7519), signed for each request by our private key",
	.fields = fields,
	.field_count = sizeof(fields) / sizeof(fields[0]),
	.has_credentials = true,
	.check = check,
	.open = open_session,
	.close = close_session,
	.prepare = prepare,
};
