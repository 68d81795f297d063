/* HTTP Message Signatures (RFC 9421) by hmac-sha256: the headers Signature-Input and Signature. */
#pragma once

#include "base/buffer.h"
#include "secret/secret.h"

#include <stdint.h>

/* What is covered: a header in lower case, or '@method' and the like, with the value as it is sent. */
struct http_signature_component {
	const char *name;
	struct slice value;
};

struct http_signature {
	const char *label; /* which of several signatures of the message it is: 'sig1' */
	const struct http_signature_component *components;
	size_t component_count;
	int64_t created_s;
	const char *key_id; /* NULL = none; as http_signature_key_id_check() takes it */
};

/* Can it be written between quotes as it is: printable ASCII without '"' and '\'? ERROR_CONFIG. */
must_use int http_signature_key_id_check(const char *key_id, struct error *err);

/*
 * Append one signature to the values of both headers, behind those that are
 * there. -1: ERROR_LIMIT (a value grows too long, or has a line end), ERROR_SYSTEM, ERROR_MEMORY.
 */
must_use int http_signature_append(const struct http_signature *signature, const struct secret *key, struct buffer *input,
                                   struct buffer *signatures, struct error *err);
