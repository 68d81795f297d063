/* A client certificate. Certificate and key are read and matched before anything is connected. */
#include "connection/kind.h"
#include "connection/pem.h"
#include "connection/session.h"

#include "config/config.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

enum { FIELD_CERTIFICATE, FIELD_KEY, FIELD_PASSPHRASE };
enum { MADE_CERTIFICATE };

#define CERTIFICATE_BYTES_MAX ((size_t)256 * 1024)

static const struct connection_field fields[] = {
	[FIELD_CERTIFICATE] = {"certificate", CONNECTION_FIELD_PATH, true, NULL,
                               "PEM file of the certificate, and of those between it and its authority"},
	[FIELD_KEY] = {"key", CONNECTION_FIELD_SECRET, true, NULL, "the private key, as PEM"},
	[FIELD_PASSPHRASE] = {"passphrase", CONNECTION_FIELD_SECRET, false, NULL, "that the key is encrypted with"},
};

static int read_certificate(struct connection_session *session, struct error *err)
{
	struct arena arena;
	struct slice text;
	arena_init(&arena, CERTIFICATE_BYTES_MAX + 4096);
	int outcome = config_read_file(session->connection->texts[FIELD_CERTIFICATE], CERTIFICATE_BYTES_MAX, false, &arena, &text,
	                               err);
	if (outcome == 0)
		outcome = secret_copy(&session->made[MADE_CERTIFICATE], text, err);
	arena_release(&arena);
	return outcome < 0 ? error_wrap(err, "certificate") : 0;
}

static int check_pair(struct connection_session *session, struct error *err)
{
	const struct secret *text = &session->made[MADE_CERTIFICATE];
	BIO *bio = BIO_new_mem_buf(text->data, (int)text->size); /* at most CERTIFICATE_BYTES_MAX */
	X509 *certificate = NULL;
	EVP_PKEY *key = NULL;
	int outcome = 0;
	if (bio == NULL)
		outcome = error_set_memory(err);
	else if ((certificate = PEM_read_bio_X509(bio, NULL, pem_give_passphrase, &session->values[FIELD_PASSPHRASE])) == NULL)
		outcome = error_set(err, ERROR_CONFIG, "certificate: the file has no certificate in PEM");
	else if (pem_read_private_key(&session->values[FIELD_KEY], &session->values[FIELD_PASSPHRASE], &key, err) < 0)
		outcome = error_wrap(err, "key");
	else if (X509_check_private_key(certificate, key) != 1)
		outcome = error_set(err, ERROR_CONFIG, "the key does not belong to the certificate");
	ERR_clear_error();
	EVP_PKEY_free(key);
	X509_free(certificate);
	BIO_free(bio);
	return outcome;
}

static int open_session(struct connection_session *session, struct error *err)
{
	return read_certificate(session, err) < 0 ? -1 : check_pair(session, err);
}

static bool set_blob(CURL *easy, CURLoption option, const struct secret *text)
{
	struct curl_blob blob = {
		.data = text->data, .len = text->size, .flags = CURL_BLOB_NOCOPY}; /* the session outlives the handle */
	return curl_easy_setopt(easy, option, &blob) == CURLE_OK;
}

static int configure(const struct connection_session *session, CURL *easy, struct error *err)
{
	if (set_blob(easy, CURLOPT_SSLCERT_BLOB, &session->made[MADE_CERTIFICATE]) &&
	    set_blob(easy, CURLOPT_SSLKEY_BLOB, &session->values[FIELD_KEY]) &&
	    curl_easy_setopt(easy, CURLOPT_KEYPASSWD, session->values[FIELD_PASSPHRASE].data) == CURLE_OK)
		return 0;
	return error_set(err, ERROR_SYSTEM, "libcurl does not take a client certificate (built without OpenSSL)");
}

const struct connection_kind kind_mtls = {
	.name = "mtls",
	.help = "a client certificate; https only",
	.fields = fields,
	.field_count = sizeof(fields) / sizeof(fields[0]),
	.has_credentials = true,
	.needs_https = true,
	.open = open_session,
	.configure = configure,
};
