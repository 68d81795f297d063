/* From a request to its signature: canonical request, string to sign, derived key. */
#include "connection/sigv4.h"

#include "base/hexadecimal.h"
#include "connection/sigv4_canonical.h"
#include "connection/wiped.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ALGORITHM "AWS4-HMAC-SHA256"
#define DIGEST_BYTES 32
#define DAY_BYTES 8 /* of a date: 20150830 */
#define KEY_BYTES_MAX 256

static void format_hex(const unsigned char bytes[DIGEST_BYTES], char ret_text[SIGV4_DIGEST_SIZE])
{
	hexadecimal_write(bytes, DIGEST_BYTES, ret_text);
	ret_text[SIGV4_DIGEST_SIZE - 1] = '\0';
}

int sigv4_date_format(int64_t now_ms, char ret_date[SIGV4_DATE_SIZE], struct error *err)
{
	const time_t now_s = (time_t)(now_ms / 1000);
	struct tm parts;
	if (gmtime_r(&now_s, &parts) == NULL ||
	    strftime(ret_date, SIGV4_DATE_SIZE, "%Y%m%dT%H%M%SZ", &parts) != SIGV4_DATE_SIZE - 1)
		return error_set(err, ERROR_SYSTEM, "the clock shows no date of four digits");
	return 0;
}

int sigv4_digest(struct slice bytes, char ret_digest[SIGV4_DIGEST_SIZE], struct error *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int size = 0;
	if (EVP_Digest(bytes.size > 0 ? bytes.data : "", bytes.size, digest, &size, EVP_sha256(), NULL) != 1)
		return error_set(err, ERROR_SYSTEM, "OpenSSL has no SHA-256");
	format_hex(digest, ret_digest);
	return 0;
}

/* ---- The canonical request ---- */

static int compare_headers(const void *left, const void *right)
{
	const struct sigv4_header *one = left;
	const struct sigv4_header *two = right;
	return strcmp(one->name, two->name);
}

/* Several blanks in a row count as one. */
static void append_value(struct buffer *text, struct slice value)
{
	const struct slice trimmed = slice_trim(value);
	for (size_t i = 0; i < trimmed.size; i++) {
		if (trimmed.data[i] != ' ' || trimmed.data[i - 1] != ' ')
			(void)buffer_append_byte(text, trimmed.data[i]); /* failure sticks */
	}
}

struct sorted_headers {
	struct sigv4_header items[SIGV4_HEADERS_MAX];
	size_t count;
};

static int sort_headers(const struct sigv4_request *request, struct sorted_headers *ret_headers, struct error *err)
{
	*ret_headers = (struct sorted_headers){.count = request->header_count};
	if (request->header_count > SIGV4_HEADERS_MAX)
		return error_set(err, ERROR_LIMIT, "more than %d headers to sign", SIGV4_HEADERS_MAX);
	for (size_t i = 0; i < request->header_count; i++)
		ret_headers->items[i] = request->headers[i];
	qsort(ret_headers->items, ret_headers->count, sizeof(ret_headers->items[0]), compare_headers);
	return 0;
}

/* 'host;x-amz-date' */
static void append_names(const struct sorted_headers *headers, struct buffer *text)
{
	for (size_t i = 0; i < headers->count; i++) {
		(void)buffer_append_text(text, i > 0 ? ";" : "");
		(void)buffer_append_text(text, headers->items[i].name);
	}
}

int sigv4_canonical_request(const struct sigv4_request *request, struct buffer *ret_text, struct error *err)
{
	struct sorted_headers headers;
	if (sort_headers(request, &headers, err) < 0)
		return -1;
	(void)buffer_append_text(ret_text, request->method);
	(void)buffer_append_byte(ret_text, '\n');
	sigv4_append_path(ret_text, request->path, request->path_rule);
	(void)buffer_append_byte(ret_text, '\n');
	if (sigv4_append_query(ret_text, request->query, err) < 0)
		return -1;
	(void)buffer_append_byte(ret_text, '\n');
	for (size_t i = 0; i < headers.count; i++) {
		(void)buffer_append_text(ret_text, headers.items[i].name);
		(void)buffer_append_byte(ret_text, ':');
		append_value(ret_text, headers.items[i].value);
		(void)buffer_append_byte(ret_text, '\n');
	}
	(void)buffer_append_byte(ret_text, '\n');
	append_names(&headers, ret_text);
	(void)buffer_append_byte(ret_text, '\n');
	(void)buffer_append_text(ret_text, request->payload_sha256);
	return ret_text->failed ? error_set(err, ERROR_LIMIT, "the request is too long to be signed") : 0;
}

/* ---- The signature ---- */

/* HMAC-SHA256 of `text` with `key`, in the place of the key. */
static bool derive(unsigned char key[KEY_BYTES_MAX], size_t *key_size, struct slice text)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int size = 0;
	const bool is_made = HMAC(EVP_sha256(), key, (int)*key_size, (const unsigned char *)text.data, text.size, digest, &size) !=
	                     NULL;
	memcpy(key, digest, DIGEST_BYTES);
	*key_size = DIGEST_BYTES;
	OPENSSL_cleanse(digest, sizeof(digest));
	return is_made;
}

/* Day, region, service and the last word one after the other, then the string to sign. */
static int sign_text(const struct sigv4_credentials *credentials, const char *date, struct slice text,
                     char ret_signature[SIGV4_DIGEST_SIZE], struct error *err)
{
	unsigned char key[KEY_BYTES_MAX] = "AWS4";
	size_t size = 4 + credentials->secret_access_key->size;
	if (size > sizeof(key))
		return error_set(err, ERROR_LIMIT, "the secret access key is longer than %d bytes", KEY_BYTES_MAX - 4);
	memcpy(key + 4, credentials->secret_access_key->data, credentials->secret_access_key->size);
	const bool is_made = derive(key, &size, slice_make(date, DAY_BYTES)) &&
	                     derive(key, &size, slice_from(credentials->region)) &&
	                     derive(key, &size, slice_from(credentials->service)) &&
	                     derive(key, &size, slice_from("aws4_request")) && derive(key, &size, text);
	format_hex(key, ret_signature);
	OPENSSL_cleanse(key, sizeof(key));
	return is_made ? 0 : error_set(err, ERROR_SYSTEM, "OpenSSL has no HMAC-SHA256");
}

static int digest_request(const struct sigv4_request *request, char ret_digest[SIGV4_DIGEST_SIZE], struct error *err)
{
	struct buffer text; /* it may hold the session token */
	if (wiped_buffer_init(&text, SIGV4_REQUEST_BYTES_MAX, err) < 0)
		return -1;
	int outcome = sigv4_canonical_request(request, &text, err);
	if (outcome == 0)
		outcome = sigv4_digest(buffer_slice(&text), ret_digest, err);
	wiped_buffer_release(&text);
	return outcome;
}

int sigv4_sign(const struct sigv4_credentials *credentials, const struct sigv4_request *request, struct buffer *ret_authorization,
               struct error *err)
{
	char digest[SIGV4_DIGEST_SIZE];
	char signature[SIGV4_DIGEST_SIZE] = "";
	struct sorted_headers headers;
	struct buffer text;
	if (sort_headers(request, &headers, err) < 0 || digest_request(request, digest, err) < 0)
		return -1;
	buffer_init(&text, SIGV4_REQUEST_BYTES_MAX);
	(void)buffer_append_format(&text, "%s\n%s\n%.8s/%s/%s/aws4_request\n%s", ALGORITHM, request->date, request->date,
	                           credentials->region, credentials->service, digest);
	int outcome = text.failed ? error_set_memory(err)
	                          : sign_text(credentials, request->date, buffer_slice(&text), signature, err);
	buffer_release(&text);
	if (outcome < 0)
		return -1;
	(void)buffer_append_format(ret_authorization, "%s Credential=%s/%.8s/%s/%s/aws4_request, SignedHeaders=", ALGORITHM,
	                           credentials->access_key_id, request->date, credentials->region, credentials->service);
	append_names(&headers, ret_authorization);
	(void)buffer_append_format(ret_authorization, ", Signature=%s", signature);
	return ret_authorization->failed ? error_set_memory(err) : 0;
}
