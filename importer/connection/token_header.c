/* The header of a token, by the names that the connection gives. */
#include "connection/token_header.h"

#include "base/instant.h"
#include "connection/header_list.h"
#include "connection/header_rules.h"
#include "connection/session.h"

#include <string.h>

#define SCHEME_BYTES_MAX 64

static const char *header_of(const struct connection *connection, struct token_header fields)
{
	return connection->texts[fields.header] != NULL ? connection->texts[fields.header] : "Authorization";
}

static const char *scheme_of(const struct connection *connection, struct token_header fields)
{
	return connection->texts[fields.scheme] != NULL ? connection->texts[fields.scheme] : "Bearer";
}

/* A token of RFC 9110, 5.6.2, as every scheme is. */
static bool is_scheme(const char *text)
{
	static const char bytes[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&'*+-.^_`|~";
	const size_t size = strspn(text, bytes);
	return text[size] == '\0' && size <= SCHEME_BYTES_MAX;
}

int token_header_check(const struct connection *connection, struct token_header fields, size_t *ret_field, struct error *err)
{
	*ret_field = fields.header;
	if (header_name_check(slice_from(header_of(connection, fields)), err) < 0)
		return -1;
	*ret_field = fields.scheme;
	if (!is_scheme(scheme_of(connection, fields)))
		return error_set(err, ERROR_CONFIG, "scheme: one word of at most %d letters, digits and signs, such as Bearer",
		                 SCHEME_BYTES_MAX);
	return 0;
}

int token_header_add(const struct connection *connection, struct token_header fields, const struct connection_request *request,
                     struct slice token, struct error *err)
{
	return header_list_add_scheme(request->headers, slice_from(header_of(connection, fields)), scheme_of(connection, fields),
	                              token, err);
}

int token_header_check_token(struct slice token, struct error *err)
{
	if (token.size > 0 && (memchr(token.data, ' ', token.size) != NULL || memchr(token.data, '\t', token.size) != NULL))
		return error_set(err, ERROR_CONFIG, "the token has a blank in it; write no scheme before it, it is sent anyway");
	return header_value_check(slice_from("the token"), token, false, err);
}

/* Without an instant, a token lasts. */
static bool read_expiry(const struct connection *connection, size_t field, int64_t *ret_ms)
{
	*ret_ms = INT64_MAX;
	return connection->texts[field] == NULL || instant_parse(slice_from(connection->texts[field]), 0, ret_ms);
}

int token_expiry_check(const struct connection *connection, size_t field, struct error *err)
{
	int64_t expiry_ms;
	if (read_expiry(connection, field, &expiry_ms))
		return 0;
	return error_set(err, ERROR_CONFIG, "%s: no instant, such as 2027-01-31T12:00:00Z", connection->kind->fields[field].name);
}

int token_expiry_refuse(const struct connection *connection, size_t field, int64_t now_ms, struct error *err)
{
	int64_t expiry_ms;
	char text[INSTANT_TEXT_SIZE];
	if (!read_expiry(connection, field, &expiry_ms) || now_ms < expiry_ms)
		return 0;
	instant_format(expiry_ms, text);
	return error_set(err, ERROR_CONFIG,
	                 "%s: the role token of the connection '%s' expired at %s; the service has to make a new one",
	                 connection->kind->fields[field].name, connection->name, text);
}
