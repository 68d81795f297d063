/* libcurl's own account of what it sends and gets, with values left out by an allow-list. */
#include "network/exchange.h"

#include "base/slice.h"

#include <openssl/asn1.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Names of the request whose values no kind sets to a secret, or that are feedmill's own. */
static const char *const request_names[] = {
	"Host",          "User-Agent",        "Accept", "Accept-Encoding", "Content-Type", "Content-Length",
	"If-None-Match", "If-Modified-Since", NULL};
static const char *const answer_names[] = {"Content-Type",  "Content-Length", "Content-Encoding", "Transfer-Encoding", "ETag",
                                           "Last-Modified", "Date",           "Server",           "Retry-After",       NULL};

static bool is_listed(const char *const *names, struct slice name)
{
	for (; *names != NULL; names++) {
		if (slice_equal_folded(name, slice_from(*names)))
			return true;
	}
	return false;
}

/* A line that does not fit is left out. */
static void append_line(char *text, struct slice head, const char *tail)
{
	const size_t size = strlen(text);
	if (head.size + strlen(tail) + 2 <= NETWORK_HEAD_SIZE - size)
		(void)snprintf(text + size, NETWORK_HEAD_SIZE - size, "%.*s%s\n", (int)head.size, head.data, tail);
}

/* 'GET /feed?key=… HTTP/1.1', without what the query says. */
static void append_request_line(char *text, struct slice line)
{
	const char *query = memchr(line.data, '?', line.size);
	const char *version = line.data + line.size;
	while (version > line.data && version[-1] != ' ')
		version--;
	if (query == NULL || query > version) {
		append_line(text, line, "");
		return;
	}
	char tail[32];
	(void)snprintf(tail, sizeof(tail), "?*** %.*s", (int)(line.data + line.size - version), version); /* cut */
	append_line(text, slice_make(line.data, (size_t)(query - line.data)), tail);
}

/* Schemes: what else stands first in an Authorization may be a secret that a person wrote there. */
static const char *const schemes[] = {"Basic", "Bearer", "Digest", "Token", "AWS4-HMAC-SHA256", NULL};

/* Of 'Authorization: Bearer abc' the word is shown. */
static void append_request_header(char *text, struct slice line, struct slice name)
{
	if (is_listed(request_names, name)) {
		append_line(text, line, "");
		return;
	}
	size_t shown = name.size + 1;
	const char *rest = line.data + shown;
	const char *word_end = line.size > shown + 1 ? memchr(rest + 1, ' ', line.size - shown - 1) : NULL;
	if (slice_equal_folded(name, slice_from("Authorization")) && word_end != NULL &&
	    is_listed(schemes, slice_trim(slice_make(rest, (size_t)(word_end - rest)))))
		shown = (size_t)(word_end - line.data);
	append_line(text, slice_make(line.data, shown), " ***");
}

static void add_request_line(struct network_exchange *exchange, struct slice line, bool is_first)
{
	const char *colon = line.size > 0 ? memchr(line.data, ':', line.size) : NULL;
	if (line.size == 0)
		return;
	if (is_first)
		append_request_line(exchange->request, line);
	else if (colon != NULL)
		append_request_header(exchange->request, line, slice_make(line.data, (size_t)(colon - line.data)));
}

static void add_answer_line(struct network_exchange *exchange, struct slice line)
{
	const char *colon = line.size > 0 ? memchr(line.data, ':', line.size) : NULL;
	if (slice_starts_with(line, "HTTP/")) {
		exchange->answer[0] = '\0'; /* of another answer, as of an interim one */
		append_line(exchange->answer, line, "");
	} else if (colon != NULL && is_listed(answer_names, slice_make(line.data, (size_t)(colon - line.data)))) {
		append_line(exchange->answer, line, "");
	}
}

static struct slice line_trim(struct slice line)
{
	while (line.size > 0 && (line.data[line.size - 1] == '\r' || line.data[line.size - 1] == '\n'))
		line.size--;
	return line;
}

static void add_request(struct network_exchange *exchange, struct slice head)
{
	bool is_first = true;
	exchange->request[0] = '\0';
	while (head.size > 0) {
		const char *end = memchr(head.data, '\n', head.size);
		const size_t size = end != NULL ? (size_t)(end - head.data) + 1 : head.size;
		add_request_line(exchange, line_trim(slice_make(head.data, size)), is_first);
		is_first = false;
		head = slice_make(head.data + size, head.size - size);
	}
}

/* ---- TLS ---- */

static void format_name(const X509_NAME *name, char *ret_text, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	ret_text[0] = '\0';
	if (bio != NULL && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
		const long length = BIO_get_mem_data(bio, &data);
		(void)snprintf(ret_text, size, "%.*s", length > 0 ? (int)length : 0, length > 0 ? data : ""); /* cut */
	}
	BIO_free(bio);
}

static void note_certificate(struct network_exchange *exchange, const X509 *certificate)
{
	struct tm time;
	format_name(X509_get_subject_name(certificate), exchange->certificate_subject, sizeof(exchange->certificate_subject));
	format_name(X509_get_issuer_name(certificate), exchange->certificate_issuer, sizeof(exchange->certificate_issuer));
	if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) == 1)
		(void)strftime(exchange->certificate_expires, sizeof(exchange->certificate_expires), "%Y-%m-%dT%H:%M:%SZ", &time);
}

/* While the connection stands, which is not so any more at the end. */
static void note_tls(struct network_exchange *exchange, CURL *easy)
{
	const struct curl_tlssessioninfo *session = NULL;
	if (exchange->tls[0] != '\0' || curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK || session == NULL ||
	    session->backend != CURLSSLBACKEND_OPENSSL || session->internals == NULL)
		return;
	SSL *ssl = session->internals;
	const X509 *certificate = SSL_get0_peer_certificate(ssl);
	(void)snprintf(exchange->tls, sizeof(exchange->tls), "%s %s", SSL_get_version(ssl), SSL_get_cipher_name(ssl)); /* fits */
	if (certificate != NULL)
		note_certificate(exchange, certificate);
}

/* ---- libcurl ---- */

static int on_debug(CURL *easy, curl_infotype type, char *data, size_t size, void *context)
{
	struct network_exchange *exchange = context;
	if (type == CURLINFO_HEADER_OUT) {
		add_request(exchange, slice_make(data, size));
	} else if (type == CURLINFO_HEADER_IN) {
		note_tls(exchange, easy);
		add_answer_line(exchange, line_trim(slice_make(data, size)));
	}
	return 0;
}

bool network_exchange_attach(struct network_exchange *exchange, CURL *easy)
{
	return curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_DEBUGDATA, exchange) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L) == CURLE_OK;
}

void network_exchange_finish(struct network_exchange *exchange, CURL *easy)
{
	const char *peer = NULL;
	curl_off_t answered_us = 0;
	if (curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &exchange->status) != CURLE_OK)
		exchange->status = 0;
	if (curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &peer) == CURLE_OK && peer != NULL)
		(void)snprintf(exchange->peer, sizeof(exchange->peer), "%s", peer); /* fits */
	if (curl_easy_getinfo(easy, CURLINFO_STARTTRANSFER_TIME_T, &answered_us) == CURLE_OK)
		exchange->answered_us = answered_us;
}
