/* Tokens: made of three parts, and taken apart again. */
#include "connection/jws.h"

#include "base/json.h"
#include "base/json_read.h"
#include "connection/base64.h"

#include <string.h>

#define HEADER_BYTES_MAX 4096

/* ---- Signing ---- */

static void append_header(const struct jws_key *key, const struct jws_header *header, struct buffer *text)
{
	struct json_writer json;
	json_writer_init(&json, text);
	json_object_begin(&json);
	json_member_text(&json, "alg", jws_algorithm_names()[jws_key_algorithm(key)]);
	if (header->type != NULL)
		json_member_text(&json, "typ", header->type);
	if (header->key_id != NULL)
		json_member_text(&json, "kid", header->key_id);
	json_object_end(&json);
}

static void append(struct secret *token, struct slice part)
{
	if (part.size > 0)
		memcpy(token->data + token->size, part.data, part.size);
	token->size += part.size;
}

/* The three parts are there in base64url: put them together. */
static int join(const struct secret parts[2], const struct secret *last, struct secret *ret_token, struct error *err)
{
	const struct slice dot = SLICE(".");
	const size_t size = parts[0].size + 1 + parts[1].size + (last != NULL ? 1 + last->size : 0);
	if (size > JWS_TOKEN_BYTES_MAX)
		return error_set(err, ERROR_LIMIT, "the token would be longer than %zu bytes", JWS_TOKEN_BYTES_MAX);
	if (secret_reserve(ret_token, size, err) < 0)
		return -1;
	append(ret_token, secret_slice(&parts[0]));
	append(ret_token, dot);
	append(ret_token, secret_slice(&parts[1]));
	if (last != NULL) {
		append(ret_token, dot);
		append(ret_token, secret_slice(last));
	}
	ret_token->data[size] = '\0';
	return 0;
}

static int sign_parts(const struct jws_key *key, const struct secret parts[2], struct secret *ret_token, struct error *err)
{
	struct secret input = SECRET_INIT;
	struct secret signature = SECRET_INIT;
	struct secret encoded = SECRET_INIT;
	int outcome = join(parts, NULL, &input, err);
	if (outcome == 0)
		outcome = jws_key_sign(key, secret_slice(&input), &signature, err);
	if (outcome == 0)
		outcome = base64url_encode(secret_slice(&signature), &encoded, err);
	if (outcome == 0)
		outcome = join(parts, &encoded, ret_token, err);
	secret_release(&encoded);
	secret_release(&signature);
	secret_release(&input);
	return outcome;
}

int jws_sign(const struct jws_key *key, const struct jws_header *header, struct slice payload, struct secret *ret_token,
             struct error *err)
{
	struct secret parts[2] = {SECRET_INIT, SECRET_INIT};
	struct buffer text;
	if (payload.size > JWS_TOKEN_BYTES_MAX)
		return error_set(err, ERROR_LIMIT, "the token would be longer than %zu bytes", JWS_TOKEN_BYTES_MAX);
	buffer_init(&text, HEADER_BYTES_MAX);
	append_header(key, header, &text);
	int outcome = text.failed ? error_set(err, ERROR_LIMIT, "the header of the token is longer than %d bytes", HEADER_BYTES_MAX)
	                          : base64url_encode(buffer_slice(&text), &parts[0], err);
	if (outcome == 0)
		outcome = base64url_encode(payload, &parts[1], err);
	if (outcome == 0)
		outcome = sign_parts(key, parts, ret_token, err);
	secret_release(&parts[1]);
	secret_release(&parts[0]);
	buffer_release(&text);
	return outcome;
}

/* ---- Verifying ---- */

static int refuse(struct error *err, const char *why)
{
	return error_set(err, ERROR_REFUSED, "%s", why);
}

enum { PART_HEADER, PART_PAYLOAD, PART_SIGNATURE, PART_COUNT };

/* Exactly three, none empty but the payload. */
static int split(struct slice token, struct slice ret_parts[PART_COUNT], struct error *err)
{
	size_t count = 0;
	size_t start = 0;
	if (token.size > JWS_TOKEN_BYTES_MAX)
		return error_set(err, ERROR_REFUSED, "the token is longer than %zu bytes", JWS_TOKEN_BYTES_MAX);
	for (size_t i = 0; i <= token.size; i++) {
		if (i < token.size && token.data[i] != '.')
			continue;
		if (count == PART_COUNT)
			return refuse(err, "the token has more than three parts");
		ret_parts[count++] = slice_make(token.data != NULL ? token.data + start : NULL, i - start);
		start = i + 1;
	}
	if (count < PART_COUNT)
		return refuse(err, "the token has fewer than three parts");
	if (ret_parts[PART_HEADER].size == 0)
		return refuse(err, "the token has no header");
	return ret_parts[PART_SIGNATURE].size > 0 ? 0 : refuse(err, "the token has no signature");
}

static int decode(struct slice part, const char *what, struct secret *ret_bytes, struct error *err)
{
	if (base64url_decode(part, ret_bytes, err) == 0)
		return 0;
	if (err->code == ERROR_CONFIG)
		return error_set(err, ERROR_REFUSED, "the %s of the token is no base64url", what);
	return -1;
}

/* Is the member a string that says `text`? */
static bool says(struct slice value, const char *text)
{
	char said[256];
	return json_string_copy(value, said, sizeof(said)) && strcmp(said, text) == 0;
}

static int check_header(struct slice header, const struct jws_key *key, const char *key_id, struct error *err)
{
	static const char *const refused[] = {"crit", "jwk", "jku", "x5c", "x5u", "b64", "zip"};
	struct slice value = {NULL, 0};
	if (!json_names_differ(header))
		return refuse(err, "the header of the token is no object whose members have different names");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (json_find(header, refused[i], &value))
			return error_set(err, ERROR_REFUSED, "the header of the token has '%s'", refused[i]);
	}
	if (!json_find(header, "alg", &value))
		return refuse(err, "the header of the token names no 'alg'");
	if (!says(value, jws_algorithm_names()[jws_key_algorithm(key)]))
		return error_set(err, ERROR_REFUSED, "the header of the token names another 'alg' than the key's, %s",
		                 jws_algorithm_names()[jws_key_algorithm(key)]);
	if (key_id != NULL && (!json_find(header, "kid", &value) || !says(value, key_id)))
		return refuse(err, "the header of the token names another 'kid' than the key's");
	return 0;
}

static int check_token(const struct jws_key *key, const char *key_id, const struct slice parts[PART_COUNT], struct error *err)
{
	struct secret header = SECRET_INIT;
	struct secret signature = SECRET_INIT;
	/* Header and payload stand side by side in the token, with the full stop between them. */
	const struct slice input = slice_make(parts[PART_HEADER].data, parts[PART_HEADER].size + 1 + parts[PART_PAYLOAD].size);
	int outcome = decode(parts[PART_HEADER], "header", &header, err);
	if (outcome == 0)
		outcome = check_header(secret_slice(&header), key, key_id, err);
	if (outcome == 0)
		outcome = decode(parts[PART_SIGNATURE], "signature", &signature, err);
	if (outcome == 0 && !jws_key_verifies(key, input, secret_slice(&signature)))
		outcome = refuse(err, "the signature of the token is not the key's");
	secret_release(&signature);
	secret_release(&header);
	return outcome;
}

int jws_verify(const struct jws_key *key, const char *key_id, struct slice token, struct secret *ret_payload, struct error *err)
{
	struct slice parts[PART_COUNT] = {{NULL, 0}};
	secret_release(ret_payload);
	if (split(token, parts, err) < 0 || check_token(key, key_id, parts, err) < 0)
		return -1;
	return decode(parts[PART_PAYLOAD], "payload", ret_payload, err);
}
