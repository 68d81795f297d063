/*
 * AWS Signature Version 4 in headers, as services of AWS and many stores of
 * objects that speak S3 ask for it. The canonical request is made by the
 * rules of AWS' "Create a signed AWS API request"; the published test suite
 * is the judge.
 */
#pragma once

#include "base/buffer.h"
#include "secret/secret.h"

#define SIGV4_HEADERS_MAX 16
#define SIGV4_DATE_SIZE 17   /* 20150830T123600Z and a NUL */
#define SIGV4_DIGEST_SIZE 65 /* hexadecimal digits and a NUL */
#define SIGV4_REQUEST_BYTES_MAX ((size_t)256 * 1024)

struct sigv4_credentials {
	const char *access_key_id;
	const struct secret *secret_access_key;
	const char *region;
	const char *service;
};

/*
 * S3 takes a path as it is, with each character encoded once. Everywhere else
 * dot segments and repeated slashes are resolved, and what is sent is encoded once more.
 */
enum sigv4_path { SIGV4_PATH_RESOLVED, SIGV4_PATH_AS_IT_IS };

struct sigv4_header {
	const char *name; /* lower case */
	struct slice value;
};

struct sigv4_request {
	const char *method;
	struct slice path;  /* as sent */
	struct slice query; /* as sent, without '?' */
	enum sigv4_path path_rule;
	const struct sigv4_header *headers; /* that are signed, 'host' and 'x-amz-date' among them */
	size_t header_count;
	const char *payload_sha256; /* in hexadecimal */
	const char *date;           /* as sigv4_date_format() writes it */
};

/* An instant as x-amz-date has it. -1: ERROR_SYSTEM (it has no date). */
must_use int sigv4_date_format(int64_t now_ms, char ret_date[SIGV4_DATE_SIZE], struct error *err);

/* SHA-256 in hexadecimal. -1: ERROR_SYSTEM. */
must_use int sigv4_digest(struct slice bytes, char ret_digest[SIGV4_DIGEST_SIZE], struct error *err);

/* The value of the header Authorization. -1: ERROR_LIMIT, ERROR_SYSTEM, ERROR_MEMORY. */
must_use int sigv4_sign(const struct sigv4_credentials *credentials, const struct sigv4_request *request,
                        struct buffer *ret_authorization, struct error *err);

/* The canonical request, for tests. As sigv4_sign(). */
must_use int sigv4_canonical_request(const struct sigv4_request *request, struct buffer *ret_text, struct error *err);
