/* The life of a session, and the way of one fetch through the rules of the Allowed URL. */
#include "connection/session.h"

#include "connection/client_certificate.h"
#include "connection/header_rules.h"
#include "connection/kind.h"
#include "secret/mask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Secrets ---- */

static int resolve_fields(struct connection_session *session, struct secret_resolver *resolver, struct error *err)
{
	const struct connection *connection = session->connection;
	for (size_t i = 0; i < CONNECTION_FIELDS_MAX; i++) {
		const struct secret_reference *reference = &connection->references[i];
		if (reference->kind == SECRET_NONE)
			continue;
		if (secret_resolve(resolver, reference, &session->values[i], err) < 0)
			return error_wrap(err, "%s", connection_field_at(connection, i)->name);
	}
	return 0;
}

static int resolve_headers(struct connection_session *session, struct secret_resolver *resolver, struct error *err)
{
	const struct connection *connection = session->connection;
	session->headers = calloc(connection->header_count + 1, sizeof(*session->headers));
	if (session->headers == NULL)
		return error_set_memory(err);
	for (size_t i = 0; i < connection->header_count; i++) {
		const struct connection_header *header = &connection->headers[i];
		if (header->text == NULL && secret_resolve(resolver, &header->reference, &session->headers[i], err) < 0)
			return error_wrap(err, "%.*s", (int)header->name.size, header->name.data);
	}
	return 0;
}

/* ---- A client certificate beside what the kind sends ---- */

static struct client_certificate certificate_of(const struct connection_session *session)
{
	return (struct client_certificate){
		.file = session->connection->texts[CONNECTION_CLIENT_CERTIFICATE],
		.key = &session->values[CONNECTION_CLIENT_KEY],
		.passphrase = &session->values[CONNECTION_CLIENT_KEY_PASSPHRASE],
	};
}

static int read_certificate(struct connection_session *session, struct error *err)
{
	const struct client_certificate certificate = certificate_of(session);
	if (certificate.file == NULL || client_certificate_read(&certificate, &session->certificate, err) == 0)
		return 0;
	return error_wrap(err, "client_certificate");
}

/* ---- Sessions ---- */

int connection_open(const struct connection *connection, struct secret_resolver *resolver, struct connection_session **ret_session,
                    struct error *err)
{
	struct connection_session *session = calloc(1, sizeof(*session));
	if (session == NULL)
		return error_set_memory(err);
	session->connection = connection;
	session->resolver = resolver;
	if (resolve_fields(session, resolver, err) < 0 || resolve_headers(session, resolver, err) < 0 ||
	    read_certificate(session, err) < 0 || (connection->kind->open != NULL && connection->kind->open(session, err) < 0)) {
		connection_close(session);
		return error_wrap(err, "connection '%s'", connection->name);
	}
	*ret_session = session;
	return 0;
}

void connection_close(struct connection_session *session)
{
	if (session == NULL)
		return;
	if (session->connection->kind->close != NULL)
		session->connection->kind->close(session);
	for (size_t i = 0; i < CONNECTION_FIELDS_MAX; i++)
		secret_release(&session->values[i]);
	for (size_t i = 0; session->headers != NULL && i < session->connection->header_count; i++)
		secret_release(&session->headers[i]);
	for (size_t i = 0; i < sizeof(session->made) / sizeof(session->made[0]); i++)
		secret_release(&session->made[i]);
	secret_release(&session->token);
	secret_release(&session->certificate);
	free(session->headers);
	free(session);
}

const char *connection_warning(const struct connection_session *session)
{
	const struct connection_kind *kind = session->connection->kind;
	return kind->warn != NULL ? kind->warn(session) : NULL;
}

/* ---- Masking ---- */

#define MASKED_MAX (CONNECTION_FIELDS_MAX + HEADER_COUNT_MAX + 3)

static size_t list_secrets(const struct connection_session *session, struct slice ret_secrets[MASKED_MAX])
{
	size_t count = 0;
	for (size_t i = 0; i < CONNECTION_FIELDS_MAX; i++)
		ret_secrets[count++] = secret_slice(&session->values[i]);
	for (size_t i = 0; session->headers != NULL && i < session->connection->header_count && i < HEADER_COUNT_MAX; i++)
		ret_secrets[count++] = secret_slice(&session->headers[i]);
	for (size_t i = 0; i < sizeof(session->made) / sizeof(session->made[0]); i++)
		ret_secrets[count++] = secret_slice(&session->made[i]);
	ret_secrets[count++] = secret_slice(&session->token);
	return count;
}

void connection_mask(const struct connection_session *session, char *text)
{
	struct slice secrets[MASKED_MAX];
	if (session != NULL)
		secret_mask(secrets, list_secrets(session, secrets), text);
}

bool connection_mask_finds(const struct connection_session *session, const char *text)
{
	struct slice secrets[MASKED_MAX];
	return session != NULL && secret_mask_finds(secrets, list_secrets(session, secrets), text);
}

/* ---- Where a fetch goes ---- */

/* Over http anybody on the way reads what is sent. */
static int check_transport(const struct connection_use *use, const struct url *url, struct error *err)
{
	const struct connection *connection = use->session->connection;
	const bool is_local = url_is_loopback(url) && !use->is_proxied;
	if (url->is_secure || !connection_has_credentials(connection))
		return 0;
	if (connection->kind->needs_https)
		return error_set(err, ERROR_REFUSED, "the connection '%s' of the kind '%s' needs https", connection->name,
		                 connection->kind->name);
	if (connection->texts[CONNECTION_CLIENT_CERTIFICATE] != NULL)
		return error_set(err, ERROR_REFUSED, "the connection '%s' has a client certificate, which needs https",
		                 connection->name);
	if (connection->allows_insecure_http || is_local)
		return 0;
	return error_set(err, ERROR_REFUSED,
	                 "the connection '%s' sends no credentials over http, where anybody on the way can read them: use "
	                 "https, or allow it by 'insecure_http: true'",
	                 connection->name);
}

int connection_use_begin(struct connection_use *use, struct url *url, struct error *err)
{
	enum allowed_url_verdict verdict;
	if (use->session == NULL)
		return 0;
	const struct connection *connection = use->session->connection;
	if (connection->has_allowed_url) {
		if (allowed_url_check(&connection->allowed_url, url, &verdict, err) < 0)
			return -1;
		if (verdict != ALLOWED_URL_INSIDE)
			return error_set(err, ERROR_SCOPE, "outside of the Allowed URL of the connection '%s': %s",
			                 connection->name, allowed_url_verdict_text(verdict));
	} else {
		if (allowed_url_from_origin(url, connection->allows_upgrade, &use->origin, err) < 0)
			return -1;
		use->has_origin = true;
	}
	return check_transport(use, url, err);
}

int connection_use_follow(struct connection_use *use, struct url *url, struct error *err)
{
	enum allowed_url_verdict verdict;
	if (use->session == NULL || use->is_outside)
		return 0;
	const struct connection *connection = use->session->connection;
	const struct allowed_url *allowed = connection->has_allowed_url ? &connection->allowed_url : &use->origin;
	if (allowed_url_check(allowed, url, &verdict, err) < 0)
		return -1;
	if (verdict == ALLOWED_URL_INSIDE)
		return check_transport(use, url, err);
	if (connection->denies_outside)
		return error_set(
			err, ERROR_SCOPE,
			"redirected from '%s' to '%s', outside of where the connection '%s' may be used ('redirect_outside: "
			"deny'): %s",
			allowed->url.host, url->host, connection->name, allowed_url_verdict_text(verdict));
	use->is_outside = true;
	if (connection_has_credentials(connection))
		(void)snprintf(use->withheld_from, sizeof(use->withheld_from), "%s", url->host); /* names have 253 bytes at most */
	return 0;
}

void connection_use_release(struct connection_use *use)
{
	if (use->has_origin)
		allowed_url_release(&use->origin);
	use->has_origin = false;
}

bool connection_use_is_inside(const struct connection_use *use)
{
	return use->session != NULL && !use->is_outside;
}

bool connection_use_allows_private(const struct connection_use *use)
{
	if (!connection_use_is_inside(use) || use->session->connection->network == CONNECTION_NETWORK_OF_JOB)
		return use->network.allow_private;
	return use->session->connection->network == CONNECTION_NETWORK_PRIVATE;
}

/* ---- One request ---- */

int connection_use_prepare(const struct connection_use *use, const struct connection_request *request, struct error *err)
{
	if (!connection_use_is_inside(use))
		return 0;
	const struct connection *connection = use->session->connection;
	struct connection_network network = use->network;
	network.allow_private = connection_use_allows_private(use);
	if ((connection->kind->authorize != NULL && connection->kind->authorize(use->session, &network, err) < 0) ||
	    (connection->kind->prepare != NULL && connection->kind->prepare(use->session, request, err) < 0))
		return error_wrap(err, "connection '%s'", connection->name);
	return 0;
}

int64_t connection_retry_after_s(const struct connection_session *session)
{
	return session != NULL ? session->retry_after_s : 0;
}

bool connection_use_renew(struct connection_use *use)
{
	if (!connection_use_is_inside(use) || use->is_renewed || use->session->connection->kind->renounce == NULL)
		return false;
	use->is_renewed = true;
	use->session->connection->kind->renounce(use->session);
	return true;
}

int connection_use_configure(const struct connection_use *use, CURL *easy, struct error *err)
{
	if (!connection_use_is_inside(use))
		return 0;
	const struct client_certificate certificate = certificate_of(use->session);
	if (certificate.file != NULL && client_certificate_set(&certificate, &use->session->certificate, easy, err) < 0)
		return -1;
	const struct connection_kind *kind = use->session->connection->kind;
	return kind->configure != NULL ? kind->configure(use->session, easy, err) : 0;
}

bool connection_use_expects_challenge(const struct connection_use *use)
{
	return connection_use_is_inside(use) && use->session->connection->kind->expects_challenge;
}
