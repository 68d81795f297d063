/* The table of kinds, and what all of them have. */
#include "connection/kind.h"

#include "connection/session.h"
#include "connection/url.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const switches[] = {"true", "false", NULL};
static const char *const network_words[] = {"public", "private", NULL};
static const char *const outside_words[] = {"withhold", "deny", NULL};

static const struct connection_field common[] = {
	{"kind", CONNECTION_FIELD_TEXT, true, NULL, "how requests are authenticated"},
	{"description", CONNECTION_FIELD_TEXT, false, NULL, "a note for people"},
	{"allowed_url", CONNECTION_FIELD_TEXT, false, NULL,
         "the only service that may be asked: scheme, host, port, and the path with all below it; left out, any that a job names"},
	{"allow_upgrade", CONNECTION_FIELD_CHOICE, false, switches,
         "whether http also admits https of the same host; left out, it does"},
	{"redirect_outside", CONNECTION_FIELD_CHOICE, false, outside_words,
         "whether a redirect elsewhere is followed without credentials, or fails; left out, 'withhold'"},
	{"insecure_http", CONNECTION_FIELD_CHOICE, false, switches,
         "'true' sends credentials over http to other machines, where anybody on the way can read them"},
	{"network", CONNECTION_FIELD_CHOICE, false, network_words,
         "as of a job, for the requests that the connection is in, those for tokens too: 'private' also reaches addresses of your own "
         "network, 'public' only what the URL itself names of it; left out, the job's word counts"},
	{"client_certificate", CONNECTION_FIELD_PATH, false, NULL,
         "PEM file of a certificate that is shown to the service beside what the kind sends, and of those between it and its authority; https "
         "only"},
	{"client_key", CONNECTION_FIELD_SECRET, false, NULL, "the private key of client_certificate, as PEM"},
	{"client_key_passphrase", CONNECTION_FIELD_SECRET, false, NULL, "that client_key is encrypted with"},
};

const struct connection_kind kind_none = {
	.name = "none",
	.help = "no credentials; the Allowed URL counts all the same",
};

static const struct connection_kind *const kinds[] = {
	&kind_none, &kind_basic,      &kind_bearer, &kind_api_key, &kind_headers,   &kind_hmac,
	&kind_jwt,  &kind_role_token, &kind_digest, &kind_mtls,    &kind_aws_sigv4, &kind_oauth2,
};

size_t connection_kind_count(void)
{
	return COUNT(kinds);
}

const struct connection_kind *connection_kind_at(size_t index)
{
	return index < COUNT(kinds) ? kinds[index] : NULL;
}

const struct connection_kind *connection_kind_find(struct slice name)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (slice_equal_text(name, kinds[i]->name))
			return kinds[i];
	}
	return NULL;
}

size_t connection_common_count(void)
{
	return COUNT(common);
}

const struct connection_field *connection_common_at(size_t index)
{
	return index < COUNT(common) ? &common[index] : NULL;
}

const struct connection_field *connection_field_at(const struct connection *connection, size_t place)
{
	if (place < CONNECTION_KIND_FIELDS_MAX)
		return place < connection->kind->field_count ? &connection->kind->fields[place] : NULL;
	return place < CONNECTION_FIELDS_MAX ? &common[COUNT(common) - (CONNECTION_FIELDS_MAX - place)] : NULL; /* the last ones */
}

bool connection_has_credentials(const struct connection *connection)
{
	return connection->kind->has_credentials || connection->texts[CONNECTION_CLIENT_CERTIFICATE] != NULL;
}

bool connection_chooses(const struct connection *connection, size_t field, const char *word)
{
	return connection->texts[field] != NULL && slice_equal_text(slice_from(connection->texts[field]), word);
}

unsigned connection_choice(const struct connection *connection, size_t field, unsigned otherwise)
{
	const char *const *words = connection->kind->fields[field].words;
	for (unsigned i = 0; words[i] != NULL; i++) {
		if (connection_chooses(connection, field, words[i]))
			return i;
	}
	return otherwise;
}

int connection_add_parameter(const struct connection_request *request, struct slice name, struct slice value, struct error *err)
{
	if (request->is_redirected && url_has_parameter(request->url, name, value))
		return 0; /* a server that carries the query over */
	return url_add_parameter(request->url, name, value, err);
}
