/* A role token, as a service hands it out: in a header, and with the two parameters by which alone the service then finds an object. */
#include "connection/session.h"
#include "connection/token_header.h"

enum { FIELD_TOKEN, FIELD_EXPIRES, FIELD_PROVIDER, FIELD_SUBSCRIPTION_ID, FIELD_HEADER, FIELD_SCHEME };

static const struct token_header token_header = {.header = FIELD_HEADER, .scheme = FIELD_SCHEME};

static const struct connection_field fields[] = {
	[FIELD_TOKEN] = {"token", CONNECTION_FIELD_SECRET, true, NULL, "the role token, without a scheme"},
	[FIELD_EXPIRES] = {"expires", CONNECTION_FIELD_TEXT, false, NULL,
                           "the instant at which the token ends; from then on nothing is sent"},
	[FIELD_PROVIDER] = {"provider", CONNECTION_FIELD_TEXT, true, NULL, "the parameter of that name: who gave the subscription"},
	[FIELD_SUBSCRIPTION_ID] = {"subscription_id", CONNECTION_FIELD_TEXT, true, NULL,
                                   "the parameter of that name: the subscription's id with its provider"},
	[FIELD_HEADER] = TOKEN_HEADER_FIELD,
	[FIELD_SCHEME] = TOKEN_SCHEME_FIELD,
};

static int check(const struct connection *connection, size_t *ret_field, struct error *err)
{
	*ret_field = FIELD_EXPIRES;
	if (token_expiry_check(connection, FIELD_EXPIRES, err) < 0)
		return -1;
	for (size_t field = FIELD_PROVIDER; field <= FIELD_SUBSCRIPTION_ID; field++) {
		*ret_field = field;
		if (*connection->texts[field] == '\0')
			return error_set(err, ERROR_CONFIG, "%s: it is empty", fields[field].name);
	}
	return token_header_check(connection, token_header, ret_field, err);
}

static int open_session(struct connection_session *session, struct error *err)
{
	return token_header_check_token(secret_slice(&session->values[FIELD_TOKEN]), err) < 0 ? error_wrap(err, "token") : 0;
}

static int prepare(const struct connection_session *session, const struct connection_request *request, struct error *err)
{
	if (token_expiry_refuse(session->connection, FIELD_EXPIRES, request->now_ms, err) < 0)
		return -1;
	for (size_t field = FIELD_PROVIDER; field <= FIELD_SUBSCRIPTION_ID; field++) {
		if (connection_add_parameter(request, slice_from(fields[field].name), slice_from(session->connection->texts[field]),
		                             err) < 0)
			return -1;
	}
	return token_header_add(session->connection, token_header, request, secret_slice(&session->values[FIELD_TOKEN]), err);
}

const struct connection_kind kind_role_token = {
	.name = "role_token",
	.help = "a role token in a header, with the parameters provider and subscription_id",
	.fields = fields,
	.field_count = sizeof(fields) / sizeof(fields[0]),
	.has_credentials = true,
	.check = check,
	.open = open_session,
	.prepare = prepare,
};
