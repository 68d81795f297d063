/* RFC 6750: a token in the header Authorization. */
#include "connection/header_list.h"
#include "connection/header_rules.h"
#include "connection/kind.h"
#include "connection/session.h"

#include <string.h>

enum { FIELD_TOKEN };

static const struct connection_field fields[] = {
	[FIELD_TOKEN] = {"token", CONNECTION_FIELD_SECRET, true, NULL, "the token, without the word Bearer"},
};

static bool is_token_byte(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
	       (byte != '\0' && strchr("-._~+/", byte) != NULL);
}

/* b64token: signs of Base64 in both alphabets, then any number of '='. */
static bool is_token(struct slice text)
{
	size_t size = 0;
	while (size < text.size && is_token_byte(text.data[size]))
		size++;
	const size_t signs = size;
	while (size < text.size && text.data[size] == '=')
		size++;
	return signs > 0 && size == text.size;
}

static int open_session(struct connection_session *session, struct error *err)
{
	static const char word[] = "bearer";
	const size_t word_size = sizeof(word) - 1;
	const struct slice token = secret_slice(&session->values[FIELD_TOKEN]);
	if (token.size > word_size && (token.data[word_size] == ' ' || token.data[word_size] == '\t') &&
	    slice_equal_folded(slice_make(token.data, word_size), slice_from(word)))
		return error_set(err, ERROR_CONFIG, "the token begins with the word Bearer: leave it out, it is sent anyway");
	if (token.size > HEADER_VALUE_BYTES)
		return error_set(err, ERROR_CONFIG, "the token is longer than %d bytes", HEADER_VALUE_BYTES);
	if (!is_token(token))
		return error_set(
			err, ERROR_CONFIG,
			"the token has a character that no token has (RFC 6750): letters, digits and -._~+/ only, then '='");
	return 0;
}

static int prepare(const struct connection_session *session, const struct connection_request *request, struct error *err)
{
	return header_list_add_scheme(request->headers, slice_from("Authorization"), "Bearer",
	                              secret_slice(&session->values[FIELD_TOKEN]), err);
}

const struct connection_kind kind_bearer = {
	.name = "bearer",
	.help = "a token (RFC 6750) in the header Authorization",
	.fields = fields,
	.field_count = sizeof(fields) / sizeof(fields[0]),
	.has_credentials = true,
	.open = open_session,
	.prepare = prepare,
};
