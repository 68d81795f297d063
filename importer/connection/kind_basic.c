/* RFC 7617: user and password, in UTF-8, sent with the first request and not after a question. */
#include "connection/base64.h"
#include "connection/credential_text.h"
#include "connection/header_list.h"
#include "connection/kind.h"
#include "connection/session.h"

#include <string.h>

enum { FIELD_USER, FIELD_USER_SECRET, FIELD_PASSWORD };
enum { MADE_TOKEN };

static const struct connection_field fields[] = {
	[FIELD_USER] = {"user", CONNECTION_FIELD_TEXT, false, NULL, "the user, without ':'"},
	[FIELD_USER_SECRET] = {"user_secret", CONNECTION_FIELD_SECRET, false, NULL,
                               "instead of 'user', where the user itself is the key (as of PrestaShop)"},
	[FIELD_PASSWORD] = {"password", CONNECTION_FIELD_SECRET, false, NULL, "the password; needed beside 'user'"},
};

static int check(const struct connection *connection, size_t *ret_field, struct error *err)
{
	const char *user = connection->texts[FIELD_USER];
	*ret_field = FIELD_USER;
	if (user == NULL && connection->references[FIELD_USER_SECRET].kind == SECRET_NONE)
		return error_set(err, ERROR_CONFIG, "'user' is missing");
	if (user == NULL)
		return 0;
	if (connection->references[FIELD_USER_SECRET].kind != SECRET_NONE)
		return error_set(err, ERROR_CONFIG, "either 'user' or 'user_secret', not both");
	if (connection->references[FIELD_PASSWORD].kind == SECRET_NONE)
		return error_set(err, ERROR_CONFIG, "'password' is missing");
	return credential_check_user(slice_from(user), err);
}

/* 'user:password' in Base64. */
static int make_token(struct connection_session *session, struct slice user, struct slice password, struct error *err)
{
	struct secret joined = SECRET_INIT;
	if (secret_reserve(&joined, user.size + 1 + password.size, err) < 0)
		return -1;
	memcpy(joined.data, user.data, user.size);
	joined.data[user.size] = ':';
	if (password.size > 0)
		memcpy(joined.data + user.size + 1, password.data, password.size);
	joined.size = user.size + 1 + password.size;
	const int outcome = base64_encode(secret_slice(&joined), &session->made[MADE_TOKEN], err);
	secret_release(&joined);
	return outcome;
}

static int open_session(struct connection_session *session, struct error *err)
{
	const char *text = session->connection->texts[FIELD_USER];
	const struct slice user = text != NULL ? slice_from(text) : secret_slice(&session->values[FIELD_USER_SECRET]);
	const struct slice password = secret_slice(&session->values[FIELD_PASSWORD]);
	if (credential_check_user(user, err) < 0 || credential_check_password(password, err) < 0)
		return -1;
	return make_token(session, user, password, err);
}

static int prepare(const struct connection_session *session, const struct connection_request *request, struct error *err)
{
	return header_list_add_scheme(request->headers, slice_from("Authorization"), "Basic",
	                              secret_slice(&session->made[MADE_TOKEN]), err);
}

const struct connection_kind kind_basic = {
	.name = "basic",
	.help = "user and password (RFC 7617), sent with every request",
	.fields = fields,
	.field_count = sizeof(fields) / sizeof(fields[0]),
	.has_credentials = true,
	.check = check,
	.open = open_session,
	.prepare = prepare,
};
