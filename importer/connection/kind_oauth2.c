/*
 * A token that is asked for at a token endpoint and sent as Bearer (RFC 6749, 6750).
 *
 * It is kept in memory for the life of the session and never on a disk: what
 * costs one request a run is not worth a second place where a credential stands.
 */
#include "connection/header_list.h"
#include "connection/jws.h"
#include "connection/kind.h"
#include "connection/oauth2.h"
#include "connection/oauth2_assertion.h"
#include "connection/session.h"

#include <string.h>

static const char *const algorithm_words[] = {"ES384", "ES256", "ES512", "RS256", NULL};

static const struct connection_field fields[] = {
	[OAUTH2_TOKEN_URL] = {"token_url", CONNECTION_FIELD_TEXT, true, NULL,
                              "the token endpoint: https, or http on this machine. Its address may be one of your own network "
                              "where the URL itself has it, or 'network' says so"},
	[OAUTH2_CLIENT_ID] = {"client_id", CONNECTION_FIELD_TEXT, true, NULL, "who the client is to the token endpoint"},
	[OAUTH2_CLIENT_SECRET] = {"client_secret", CONNECTION_FIELD_SECRET, false, NULL, "the client's password"},
	[OAUTH2_METHOD] =
		{"token_endpoint_auth_method", CONNECTION_FIELD_CHOICE, false, oauth2_method_words,
                 "how the client says who it is; left out, 'client_secret_basic'. 'basic_unencoded' is that without the "
                 "encoding of RFC 6749, for servers that do not undo it; 'none' is for public clients with a refresh token"},
	[OAUTH2_KEY] = {"key", CONNECTION_FIELD_SECRET, false, NULL, "the private key of 'private_key_jwt', as PEM"},
	[OAUTH2_ALGORITHM] = {"algorithm", CONNECTION_FIELD_CHOICE, false, algorithm_words,
                              "of the key of 'private_key_jwt'; left out, 'ES384'"},
	[OAUTH2_KEY_ID] = {"key_id", CONNECTION_FIELD_TEXT, false, NULL, "the name of that key at the token endpoint ('kid')"},
	[OAUTH2_ASSERTION_AUDIENCE] = {"assertion_audience", CONNECTION_FIELD_TEXT, false, NULL,
                                       "whom the signed token of 'private_key_jwt' is for: the issuer of the server, as it names "
                                       "itself; left out, the token URL"},
	[OAUTH2_REFRESH_TOKEN] = {"refresh_token", CONNECTION_FIELD_SECRET, false, NULL,
                                  "a token by which access tokens are asked for, instead of by the client's credentials alone. It "
                                  "stands in the vault, because the server may give a new one each time: that is stored first"},
	[OAUTH2_SCOPE] = {"scope", CONNECTION_FIELD_TEXT, false, NULL, "what is asked for; several words with blanks between them"},
	[OAUTH2_AUDIENCE] = {"audience", CONNECTION_FIELD_TEXT, false, NULL, "the parameter 'audience' that some servers need"},
	[OAUTH2_RESOURCE] = {"resource", CONNECTION_FIELD_TEXT, false, NULL,
                             "the service that the token is for, as a URI (RFC 8707)"},
	[OAUTH2_PARAMETERS] = {"parameters", CONNECTION_FIELD_PAIRS, false, NULL,
                               "further parameters of the request for a token; they are no secrets"},
	[OAUTH2_CACERT] =
		{"cacert", CONNECTION_FIELD_PATH, false, NULL,
                 "PEM file of the authorities that the token endpoint's certificate is checked by; left out, as of the job"},
};

_Static_assert(sizeof(fields) / sizeof(fields[0]) <= CONNECTION_KIND_FIELDS_MAX, "all fields fit");

/* ---- Checks ---- */

static int check_token_url(const struct connection *connection, struct error *err)
{
	struct url url;
	if (strchr(connection->texts[OAUTH2_TOKEN_URL], '#') != NULL) /* RFC 6749, 3.2 */
		return error_set(err, ERROR_CONFIG, "token_url: a token endpoint has no fragment ('#')");
	if (url_parse(connection->texts[OAUTH2_TOKEN_URL], &url, err) < 0)
		return error_wrap(err, "token_url");
	const bool is_good = url.is_secure || url_is_loopback(&url) || connection->allows_insecure_http;
	url_release(&url);
	if (is_good)
		return 0;
	return error_set(err, ERROR_CONFIG,
	                 "token_url: http, where anybody on the way can read the credentials: use https, or allow it by "
	                 "'insecure_http: true'");
}

/* RFC 6749, appendix A: visible ASCII, and blanks where `separates` says so. */
static int check_visible(const char *text, const char *name, const char *forbidden, struct error *err)
{
	for (const char *at = text; *at != '\0'; at++) {
		if (*at < ' ' || *at >= 0x7f || strchr(forbidden, *at) != NULL)
			return error_set(err, ERROR_CONFIG, "%s: there is a character in it that cannot be there", name);
	}
	return text[0] != '\0' ? 0 : error_set(err, ERROR_CONFIG, "%s: it is empty", name);
}

static int check_texts(const struct connection *connection, size_t *ret_field, struct error *err)
{
	const bool is_joined = oauth2_method_of(connection) == OAUTH2_METHOD_BASIC_UNENCODED;
	*ret_field = OAUTH2_CLIENT_ID;
	if (check_visible(connection->texts[OAUTH2_CLIENT_ID], "client_id", is_joined ? ":" : "", err) < 0)
		return -1;
	*ret_field = OAUTH2_SCOPE;
	const char *scope = connection->texts[OAUTH2_SCOPE];
	return scope != NULL ? check_visible(scope, "scope", "\"\\", err) : 0;
}

static bool is_given(const struct connection *connection, enum oauth2_field field)
{
	return connection->references[field].kind != SECRET_NONE;
}

static int check_method(const struct connection *connection, size_t *ret_field, struct error *err)
{
	const enum oauth2_method method = oauth2_method_of(connection);
	const bool has_key = is_given(connection, OAUTH2_KEY);
	const bool has_secret = is_given(connection, OAUTH2_CLIENT_SECRET);
	*ret_field = OAUTH2_METHOD;
	if (method == OAUTH2_METHOD_PRIVATE_KEY_JWT && !has_key)
		return error_set(err, ERROR_CONFIG, "'key' is missing, which 'private_key_jwt' signs with");
	if (method == OAUTH2_METHOD_NONE && !is_given(connection, OAUTH2_REFRESH_TOKEN))
		return error_set(err, ERROR_CONFIG, "a client without a secret needs a 'refresh_token'");
	if (method != OAUTH2_METHOD_PRIVATE_KEY_JWT && method != OAUTH2_METHOD_NONE && !has_secret)
		return error_set(err, ERROR_CONFIG, "'client_secret' is missing, which '%s' sends", oauth2_method_words[method]);
	*ret_field = OAUTH2_KEY;
	if (method != OAUTH2_METHOD_PRIVATE_KEY_JWT && has_key)
		return error_set(err, ERROR_CONFIG, "key: only 'token_endpoint_auth_method: private_key_jwt' has one");
	*ret_field = OAUTH2_CLIENT_SECRET;
	if ((method == OAUTH2_METHOD_PRIVATE_KEY_JWT || method == OAUTH2_METHOD_NONE) && has_secret)
		return error_set(err, ERROR_CONFIG, "client_secret: '%s' sends none", oauth2_method_words[method]);
	*ret_field = OAUTH2_REFRESH_TOKEN;
	const enum secret_kind kind = connection->references[OAUTH2_REFRESH_TOKEN].kind;
	if (kind != SECRET_NONE && kind != SECRET_VAULT)
		return error_set(err, ERROR_CONFIG,
		                 "refresh_token: it stands in the vault ('vault:NAME'), for the server may give a new one that has "
		                 "to be stored");
	return 0;
}

/* Words that would be sent empty, and words about a key that there is not. */
static int check_words(const struct connection *connection, size_t *ret_field, struct error *err)
{
	static const enum oauth2_field of_key[] = {OAUTH2_ALGORITHM, OAUTH2_KEY_ID, OAUTH2_ASSERTION_AUDIENCE};
	static const enum oauth2_field never_empty[] = {OAUTH2_KEY_ID, OAUTH2_ASSERTION_AUDIENCE, OAUTH2_AUDIENCE, OAUTH2_RESOURCE};
	for (size_t i = 0; i < sizeof(of_key) / sizeof(of_key[0]); i++) {
		*ret_field = of_key[i];
		if (connection->texts[of_key[i]] != NULL && !is_given(connection, OAUTH2_KEY))
			return error_set(err, ERROR_CONFIG, "%s: only 'token_endpoint_auth_method: private_key_jwt' has one",
			                 fields[of_key[i]].name);
	}
	for (size_t i = 0; i < sizeof(never_empty) / sizeof(never_empty[0]); i++) {
		*ret_field = never_empty[i];
		if (connection->texts[never_empty[i]] != NULL && *connection->texts[never_empty[i]] == '\0')
			return error_set(err, ERROR_CONFIG, "%s: it is empty", fields[never_empty[i]].name);
	}
	return 0;
}

/* What the request has anyway cannot be said twice. Names are encoded, so they may be almost anything. */
static int check_parameters(const struct connection *connection, size_t *ret_field, struct error *err)
{
	static const char *const taken[] = {"grant_type",       "client_id",     "client_secret", "client_assertion_type",
	                                    "client_assertion", "refresh_token", "scope",         "audience",
	                                    "resource"};
	*ret_field = OAUTH2_PARAMETERS;
	for (size_t i = 0; i < connection->header_count; i++) {
		if (connection->headers[i].name.size == 0)
			return error_set(err, ERROR_CONFIG, "parameters: a name is empty");
		for (size_t k = 0; k < sizeof(taken) / sizeof(taken[0]); k++) {
			if (slice_equal_text(connection->headers[i].name, taken[k]))
				return error_set(err, ERROR_CONFIG, "parameters: '%s' has a key of its own, or is made", taken[k]);
		}
	}
	return 0;
}

static int check(const struct connection *connection, size_t *ret_field, struct error *err)
{
	*ret_field = OAUTH2_TOKEN_URL;
	if (check_token_url(connection, err) < 0) {
		if (err->code != ERROR_MEMORY)
			err->code = ERROR_CONFIG;
		return -1;
	}
	if (check_texts(connection, ret_field, err) < 0 || check_method(connection, ret_field, err) < 0 ||
	    check_words(connection, ret_field, err) < 0)
		return -1;
	return check_parameters(connection, ret_field, err);
}

/* ---- Life ---- */

static int open_session(struct connection_session *session, struct error *err)
{
	return is_given(session->connection, OAUTH2_KEY) ? oauth2_assertion_check_key(session, err) : 0;
}

static int authorize(struct connection_session *session, const struct connection_network *network, struct error *err)
{
	struct token_answer answer;
	if (session->token.data != NULL && clock_steady_ms(&network->clock) < session->token_until_ms)
		return 0;
	if (oauth2_ask(session, network, &answer, err) < 0)
		return -1;
	secret_release(&session->made[CONNECTION_MADE_FORMER]);
	session->made[CONNECTION_MADE_FORMER] = session->token; /* a server that has it may still say it back: it is masked */
	session->token = answer.access_token;
	session->token_until_ms = clock_steady_ms(&network->clock) + answer.lifetime_ms;
	secret_release(&answer.refresh_token);
	return 0;
}

static void renounce(struct connection_session *session)
{
	session->token_until_ms = INT64_MIN;
}

static int prepare(const struct connection_session *session, const struct connection_request *request, struct error *err)
{
	return header_list_add_scheme(request->headers, slice_from("Authorization"), "Bearer", secret_slice(&session->token), err);
}

const struct connection_kind kind_oauth2 = {
	.name = "oauth2",
	.help = "a token of a token endpoint (RFC 6749), by the client's credentials or a refresh token. It is asked for when a fetch begins, again "
		"before it expires, and once more where the feed's host refuses it (401); it is kept in memory, never on a disk",
	.fields = fields,
	.field_count = sizeof(fields) / sizeof(fields[0]),
	.has_credentials = true,
	.check = check,
	.open = open_session,
	.authorize = authorize,
	.renounce = renounce,
	.prepare = prepare,
};
