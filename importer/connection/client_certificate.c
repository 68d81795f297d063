/* Certificate and key are read and matched before anything is connected. */
#include "connection/client_certificate.h"

#include "config/config.h"
#include "connection/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define CERTIFICATE_BYTES_MAX ((size_t)256 * 1024)

static int read_file(const char *file, struct secret *ret_text, struct error *err)
{
	struct arena arena;
	struct slice text;
	arena_init(&arena, CERTIFICATE_BYTES_MAX + 4096);
	int outcome = config_read_file(file, CERTIFICATE_BYTES_MAX, false, &arena, &text, err);
	if (outcome == 0)
		outcome = secret_copy(ret_text, text, err);
	arena_release(&arena);
	return outcome < 0 ? error_wrap(err, "certificate") : 0;
}

static int check_pair(const struct client_certificate *pair, const struct secret *text, struct error *err)
{
	struct secret passphrase = *pair->passphrase;            /* OpenSSL's callbacks take no constant; nothing is copied */
	BIO *bio = BIO_new_mem_buf(text->data, (int)text->size); /* at most CERTIFICATE_BYTES_MAX */
	X509 *certificate = NULL;
	EVP_PKEY *key = NULL;
	int outcome = 0;
	if (bio == NULL)
		outcome = error_set_memory(err);
	else if ((certificate = PEM_read_bio_X509(bio, NULL, pem_give_passphrase, &passphrase)) == NULL)
		outcome = error_set(err, ERROR_CONFIG, "certificate: the file has no certificate in PEM");
	else if (pem_read_private_key(pair->key, pair->passphrase, &key, err) < 0)
		outcome = error_wrap(err, "key");
	else if (X509_check_private_key(certificate, key) != 1)
		outcome = error_set(err, ERROR_CONFIG, "the key does not belong to the certificate");
	ERR_clear_error();
	EVP_PKEY_free(key);
	X509_free(certificate);
	BIO_free(bio);
	return outcome;
}

int client_certificate_read(const struct client_certificate *certificate, struct secret *ret_text, struct error *err)
{
	return read_file(certificate->file, ret_text, err) < 0 ? -1 : check_pair(certificate, ret_text, err);
}

static bool set_blob(CURL *easy, CURLoption option, const struct secret *text)
{
	struct curl_blob blob = {
		.data = text->data, .len = text->size, .flags = CURL_BLOB_NOCOPY}; /* the session outlives the handle */
	return curl_easy_setopt(easy, option, &blob) == CURLE_OK;
}

int client_certificate_set(const struct client_certificate *certificate, const struct secret *text, CURL *easy, struct error *err)
{
	if (set_blob(easy, CURLOPT_SSLCERT_BLOB, text) && set_blob(easy, CURLOPT_SSLKEY_BLOB, certificate->key) &&
	    curl_easy_setopt(easy, CURLOPT_KEYPASSWD, certificate->passphrase->data) == CURLE_OK)
		return 0;
	return error_set(err, ERROR_SYSTEM, "libcurl does not take a client certificate (built without OpenSSL)");
}
