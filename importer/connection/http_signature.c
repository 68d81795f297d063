/* The signature base (RFC 9421, 2.5) and what is sent of it. */
#include "connection/http_signature.h"

#include "connection/base64.h"
#include "connection/hmac.h"

#include <string.h>

#define BASE_BYTES_MAX ((size_t)64 * 1024)
#define PARAMETERS_BYTES_MAX 4096

int http_signature_key_id_check(const char *key_id, struct error *err)
{
	for (const char *at = key_id; *at != '\0'; at++) {
		if (*at < ' ' || *at > '~' || *at == '"' || *at == '\\')
			return error_set(err, ERROR_CONFIG, "printable ASCII only, without quotes and backslashes");
	}
	return *key_id != '\0' ? 0 : error_set(err, ERROR_CONFIG, "it is empty");
}

/* ("@method" "@path");created=1618884473;keyid="k" */
static void append_parameters(const struct http_signature *signature, struct buffer *text)
{
	(void)buffer_append_byte(text, '('); /* failure sticks */
	for (size_t i = 0; i < signature->component_count; i++)
		(void)buffer_append_format(text, "%s\"%s\"", i > 0 ? " " : "", signature->components[i].name);
	(void)buffer_append_format(text, ");created=%lld", (long long)signature->created_s);
	if (signature->key_id != NULL)
		(void)buffer_append_format(text, ";keyid=\"%s\"", signature->key_id);
}

/* A line end in a value would be a line of its own in what is signed. */
static int append_base(const struct http_signature *signature, struct slice parameters, struct buffer *base, struct error *err)
{
	for (size_t i = 0; i < signature->component_count; i++) {
		const struct slice value = signature->components[i].value;
		if (value.size > 0 && memchr(value.data, '\n', value.size) != NULL)
			return error_set(err, ERROR_LIMIT, "what is signed has a line end in it");
		(void)buffer_append_format(base, "\"%s\": ", signature->components[i].name);
		(void)buffer_append_slice(base, value);
		(void)buffer_append_byte(base, '\n');
	}
	(void)buffer_append_text(base, "\"@signature-params\": ");
	(void)buffer_append_slice(base, parameters);
	return base->failed ? error_set(err, ERROR_LIMIT, "the request is too long to be signed") : 0;
}

static int append_signature(const struct http_signature *signature, const struct secret *key, struct slice base,
                            struct buffer *signatures, struct error *err)
{
	char digest[HMAC_DIGEST_BYTES] = {0};
	struct secret encoded = SECRET_INIT;
	if (hmac_digest(key, base, digest, err) < 0 || base64_encode(slice_make(digest, sizeof(digest)), &encoded, err) < 0)
		return -1;
	(void)buffer_append_format(signatures, "%s%s=:", signatures->size > 0 ? ", " : "", signature->label);
	(void)buffer_append_slice(signatures, secret_slice(&encoded));
	(void)buffer_append_byte(signatures, ':');
	secret_release(&encoded);
	return signatures->failed ? error_set_memory(err) : 0;
}

int http_signature_append(const struct http_signature *signature, const struct secret *key, struct buffer *input,
                          struct buffer *signatures, struct error *err)
{
	struct buffer parameters;
	struct buffer base;
	buffer_init(&parameters, PARAMETERS_BYTES_MAX);
	buffer_init(&base, BASE_BYTES_MAX);
	append_parameters(signature, &parameters);
	int outcome = parameters.failed ? error_set_memory(err) : append_base(signature, buffer_slice(&parameters), &base, err);
	if (outcome == 0)
		outcome = append_signature(signature, key, buffer_slice(&base), signatures, err);
	if (outcome == 0) {
		(void)buffer_append_format(input, "%s%s=", input->size > 0 ? ", " : "", signature->label);
		(void)buffer_append_slice(input, buffer_slice(&parameters));
		outcome = input->failed ? error_set_memory(err) : 0;
	}
	buffer_release(&base);
	buffer_release(&parameters);
	return outcome;
}
