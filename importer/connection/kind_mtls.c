/* A client certificate, and nothing else. */
#include "connection/client_certificate.h"
#include "connection/kind.h"
#include "connection/session.h"

enum { FIELD_CERTIFICATE, FIELD_KEY, FIELD_PASSPHRASE };

static const struct connection_field fields[] = {
	[FIELD_CERTIFICATE] = {"certificate", CONNECTION_FIELD_PATH, true, NULL,
                               "PEM file of the certificate, and of those between it and its authority"},
	[FIELD_KEY] = {"key", CONNECTION_FIELD_SECRET, true, NULL, "the private key, as PEM"},
	[FIELD_PASSPHRASE] = {"passphrase", CONNECTION_FIELD_SECRET, false, NULL, "that the key is encrypted with"},
};

static int check(const struct connection *connection, size_t *ret_field, struct error *err)
{
	*ret_field = FIELD_CERTIFICATE;
	if (connection->texts[CONNECTION_CLIENT_CERTIFICATE] == NULL)
		return 0;
	return error_set(err, ERROR_CONFIG, "a connection of the kind 'mtls' has one certificate; leave out 'client_certificate'");
}

static struct client_certificate certificate_of(const struct connection_session *session)
{
	return (struct client_certificate){
		.file = session->connection->texts[FIELD_CERTIFICATE],
		.key = &session->values[FIELD_KEY],
		.passphrase = &session->values[FIELD_PASSPHRASE],
	};
}

static int open_session(struct connection_session *session, struct error *err)
{
	const struct client_certificate certificate = certificate_of(session);
	return client_certificate_read(&certificate, &session->certificate, err);
}

static int configure(const struct connection_session *session, CURL *easy, struct error *err)
{
	const struct client_certificate certificate = certificate_of(session);
	return client_certificate_set(&certificate, &session->certificate, easy, err);
}

const struct connection_kind kind_mtls = {
	.name = "mtls",
	.help = "a client certificate; https only",
	.fields = fields,
	.field_count = sizeof(fields) / sizeof(fields[0]),
	.has_credentials = true,
	.needs_https = true,
	.check = check,
	.open = open_session,
	.configure = configure,
};
