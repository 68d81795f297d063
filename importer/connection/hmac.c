/* Templates, keys and signatures. */
#include "connection/hmac.h"

#include "base/hexadecimal.h"
#include "connection/base64.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <string.h>
#include <time.h>

#define SIGNATURES_BYTES_MAX 1024
#define CONTENT_BYTES_MAX ((size_t)64 * 1024 * 1024) /* a body that is delivered, and a little more */

enum field {
	FIELD_ID,
	FIELD_TIMESTAMP,
	FIELD_BODY,
	FIELD_BODY_SHA256,
	FIELD_METHOD,
	FIELD_HOST,
	FIELD_PATH,
	FIELD_QUERY,
	FIELD_TARGET,
	FIELD_EVENT,
	FIELD_SIGNATURES,
	FIELD_COUNT
};

static const char *const field_names[FIELD_COUNT] = {
	[FIELD_ID] = "id",
	[FIELD_TIMESTAMP] = "timestamp",
	[FIELD_BODY] = "body",
	[FIELD_BODY_SHA256] = "body_sha256",
	[FIELD_METHOD] = "method",
	[FIELD_HOST] = "host",
	[FIELD_PATH] = "path",
	[FIELD_QUERY] = "query",
	[FIELD_TARGET] = "target",
	[FIELD_EVENT] = "event",
	[FIELD_SIGNATURES] = "signatures",
};

/* Plain text, or a field: what `*text` begins with; it moves behind that. -1 where a brace has no partner or the field is unknown. */
struct piece {
	struct slice plain; /* empty for a field */
	enum field field;
};

static int next_piece(const char **text, struct piece *ret_piece)
{
	const size_t plain = strcspn(*text, "{}");
	*ret_piece = (struct piece){.plain = slice_make(*text, plain), .field = FIELD_COUNT};
	if (plain > 0) {
		*text += plain;
		return 0;
	}
	const size_t size = **text == '{' ? strcspn(*text + 1, "{}") : 0;
	if (size == 0 || (*text)[1 + size] != '}')
		return -1;
	for (int field = 0; field < FIELD_COUNT; field++) {
		if (slice_equal_text(slice_make(*text + 1, size), field_names[field]))
			ret_piece->field = (enum field)field;
	}
	*text += size + 2;
	return ret_piece->field == FIELD_COUNT ? -1 : 0;
}

int hmac_template_check(const char *text, enum hmac_template place, struct error *err)
{
	bool has_signatures = false;
	while (*text != '\0') {
		struct piece piece;
		if (next_piece(&text, &piece) < 0)
			return error_set(
				err, ERROR_CONFIG,
				"a template has the fields {id} {timestamp} {body} {body_sha256} {method} {host} {path} {query} "
				"{target} {event} and {signatures}, and no other braces");
		if (piece.field != FIELD_SIGNATURES)
			continue;
		if (place != HMAC_TEMPLATE_VALUE)
			return error_set(err, ERROR_CONFIG, "{signatures} stands in 'value' only");
		has_signatures = true;
	}
	if (place == HMAC_TEMPLATE_VALUE && !has_signatures)
		return error_set(err, ERROR_CONFIG, "'value' has no {signatures}");
	return 0;
}

/* ---- Keys ---- */

static int decode_hex(struct slice text, struct secret *ret_key, struct error *err)
{
	if (secret_reserve(ret_key, text.size / 2, err) < 0)
		return -1;
	for (size_t i = 0; i + 1 < text.size; i += 2) {
		const int byte = hexadecimal_byte(text.data + i);
		if (byte < 0)
			break;
		ret_key->data[ret_key->size++] = (char)byte;
	}
	if (ret_key->size * 2 == text.size)
		return 0;
	secret_release(ret_key);
	return error_set(err, ERROR_CONFIG, "it is not hexadecimal");
}

static int decode_text(enum hmac_secret_encoding encoding, struct slice text, struct secret *ret_key, struct error *err)
{
	switch (encoding) {
	case HMAC_SECRET_BASE64:
		return base64_decode(text, ret_key, err);
	case HMAC_SECRET_HEX:
		return decode_hex(text, ret_key, err);
	case HMAC_SECRET_RAW:
		break;
	}
	return secret_copy(ret_key, text, err);
}

int hmac_key_decode(const struct hmac_scheme *scheme, struct slice text, struct secret *ret_key, struct error *err)
{
	if (scheme->secret_prefix != NULL && slice_starts_with(text, scheme->secret_prefix)) {
		const size_t size = strlen(scheme->secret_prefix);
		text = slice_make(text.data + size, text.size - size);
	}
	if (decode_text(scheme->secret_encoding, text, ret_key, err) < 0)
		return -1;
	if (ret_key->size > 0)
		return 0;
	secret_release(ret_key);
	return error_set(err, ERROR_CONFIG, "there is no key in it");
}

/* ---- Messages ---- */

static void append_timestamp(enum hmac_time format, int64_t now_ms, struct buffer *text)
{
	const time_t now_s = (time_t)(now_ms / 1000);
	struct tm parts;
	if (format == HMAC_TIME_UNIX) {
		(void)buffer_append_format(text, "%lld", (long long)now_s); /* failure sticks */
	} else if (gmtime_r(&now_s, &parts) != NULL) {
		(void)buffer_append_format(text, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900, parts.tm_mon + 1,
		                           parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
	}
}

static void append_hex(const unsigned char *bytes, size_t size, struct buffer *text)
{
	for (size_t i = 0; i < size; i++)
		(void)buffer_append_format(text, "%02x", bytes[i]);
}

static int append_body_digest(struct slice body, struct buffer *text, struct error *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int size = 0;
	if (EVP_Digest(body.data, body.size, digest, &size, EVP_sha256(), NULL) != 1)
		return error_set(err, ERROR_SYSTEM, "OpenSSL has no SHA-256");
	append_hex(digest, size, text);
	return 0;
}

static struct slice field_text(const struct hmac_message *message, struct slice signatures, enum field field)
{
	switch (field) {
	case FIELD_ID:
		return message->id;
	case FIELD_BODY:
		return message->body;
	case FIELD_METHOD:
		return message->method;
	case FIELD_HOST:
		return message->host;
	case FIELD_PATH:
		return message->path;
	case FIELD_QUERY:
		return message->query;
	case FIELD_TARGET:
		return message->target;
	case FIELD_EVENT:
		return message->event;
	case FIELD_SIGNATURES:
		return signatures;
	case FIELD_TIMESTAMP:
	case FIELD_BODY_SHA256:
	case FIELD_COUNT:
		break;
	}
	return slice_make(NULL, 0);
}

int hmac_expand(const struct hmac_scheme *scheme, const char *template, const struct hmac_message *message, struct slice signatures,
                struct buffer *ret_text, struct error *err)
{
	while (*template != '\0') {
		struct piece piece;
		if (next_piece(&template, &piece) < 0)
			return error_set(err, ERROR_CONFIG, "the template has an unknown field");
		if (piece.plain.size > 0)
			(void)buffer_append_slice(ret_text, piece.plain);
		else if (piece.field == FIELD_TIMESTAMP)
			append_timestamp(scheme->timestamp_format, message->now_ms, ret_text);
		else if (piece.field != FIELD_BODY_SHA256)
			(void)buffer_append_slice(ret_text, field_text(message, signatures, piece.field));
		else if (append_body_digest(message->body, ret_text, err) < 0)
			return -1;
	}
	return ret_text->failed ? error_set_memory(err) : 0;
}

int hmac_digest(const struct secret *key, struct slice content, char ret_digest[HMAC_DIGEST_BYTES], struct error *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int size = 0;
	static const unsigned char nothing[1] = {0};
	const unsigned char *data = content.size > 0 ? (const unsigned char *)content.data : nothing;
	if (HMAC(EVP_sha256(), key->data, (int)key->size, data, content.size, digest, &size) == NULL || size != HMAC_DIGEST_BYTES)
		return error_set(err, ERROR_SYSTEM, "OpenSSL has no HMAC-SHA256");
	memcpy(ret_digest, digest, HMAC_DIGEST_BYTES);
	return 0;
}

static int append_signature(const struct hmac_scheme *scheme, const struct secret *key, struct slice content, struct buffer *text,
                            struct error *err)
{
	char digest[HMAC_DIGEST_BYTES] = {0};
	struct secret encoded = SECRET_INIT;
	if (hmac_digest(key, content, digest, err) < 0)
		return -1;
	if (scheme->signature_prefix != NULL)
		(void)buffer_append_text(text, scheme->signature_prefix);
	if (scheme->encoding == HMAC_ENCODING_HEX) {
		append_hex((const unsigned char *)digest, sizeof(digest), text);
		return 0;
	}
	if (base64_encode(slice_make(digest, sizeof(digest)), &encoded, err) < 0)
		return -1;
	(void)buffer_append_slice(text, secret_slice(&encoded));
	secret_release(&encoded);
	return 0;
}

int hmac_sign(const struct hmac_scheme *scheme, struct hmac_keys keys, const struct hmac_message *message, struct buffer *ret_value,
              struct error *err)
{
	struct buffer content;
	struct buffer signatures;
	buffer_init(&content, CONTENT_BYTES_MAX);
	buffer_init(&signatures, SIGNATURES_BYTES_MAX);
	int outcome = hmac_expand(scheme, scheme->content, message, slice_make(NULL, 0), &content, err);
	for (size_t i = 0; outcome == 0 && i < keys.count; i++) {
		if (i > 0 && scheme->separator != NULL)
			(void)buffer_append_text(&signatures, scheme->separator);
		outcome = append_signature(scheme, &keys.keys[i], buffer_slice(&content), &signatures, err);
	}
	if (outcome == 0 && signatures.failed)
		outcome = error_set_memory(err);
	if (outcome == 0)
		outcome = hmac_expand(scheme, scheme->value, message, buffer_slice(&signatures), ret_value, err);
	buffer_release(&signatures);
	buffer_release(&content);
	return outcome;
}
