/* RFC 7616, by libcurl: a handle for each request, so that no answer is given to another host. */
#include "connection/credential_text.h"
#include "connection/kind.h"
#include "connection/session.h"

enum { FIELD_USER, FIELD_PASSWORD };

static const struct connection_field fields[] = {
	[FIELD_USER] = {"user", CONNECTION_FIELD_TEXT, true, NULL, "the user, without ':'"},
	[FIELD_PASSWORD] = {"password", CONNECTION_FIELD_SECRET, true, NULL, "the password, which is never sent itself"},
};

static int check(const struct connection *connection, size_t *ret_field, struct error *err)
{
	*ret_field = FIELD_USER;
	return credential_check_user(slice_from(connection->texts[FIELD_USER]), err);
}

static int open_session(struct connection_session *session, struct error *err)
{
	return credential_check_password(secret_slice(&session->values[FIELD_PASSWORD]), err);
}

/* Exactly this method: libcurl must not choose one that sends the password. */
static int configure(const struct connection_session *session, CURL *easy, struct error *err)
{
	if (curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_DIGEST) == CURLE_OK &&
	    curl_easy_setopt(easy, CURLOPT_USERNAME, session->connection->texts[FIELD_USER]) == CURLE_OK &&
	    curl_easy_setopt(easy, CURLOPT_PASSWORD, session->values[FIELD_PASSWORD].data) == CURLE_OK)
		return 0;
	return error_set(err, ERROR_SYSTEM, "libcurl does not take the settings of Digest authentication");
}

const struct connection_kind kind_digest = {
	.name = "digest",
	.help = "user and password (RFC 7616), answered to the server's question",
	.fields = fields,
	.field_count = sizeof(fields) / sizeof(fields[0]),
	.has_credentials = true,
	.expects_challenge = true,
	.check = check,
	.open = open_session,
	.configure = configure,
};
