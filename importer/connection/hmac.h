/*
 * HMAC-SHA256 signatures of requests: what is signed, how the signature is
 * written, and in which header. Senders differ in little but that, so one
 * signer with settings serves all; presets name the settings of the known ones.
 *
 * Templates have text and fields in braces: {id} {timestamp} {body}
 * {body_sha256} {method} {host} {path} {query} {target} {event}, and in `value`
 * {signatures}. Other fields are mistakes.
 */
#pragma once

#include "base/buffer.h"
#include "secret/secret.h"

#define HMAC_EXTRA_HEADERS_MAX 8
#define HMAC_KEYS_MAX 2
#define HMAC_KEY_ADVISED_BYTES 24 /* shorter ones are weak */

enum hmac_encoding { HMAC_ENCODING_HEX, HMAC_ENCODING_BASE64 };
enum hmac_secret_encoding { HMAC_SECRET_RAW, HMAC_SECRET_BASE64, HMAC_SECRET_HEX };
enum hmac_time { HMAC_TIME_UNIX, HMAC_TIME_RFC3339 };

/* How a signature is made and sent: by templates, or as RFC 9421 has it, where `content` lists what is covered. */
enum hmac_form { HMAC_FORM_TEMPLATE, HMAC_FORM_HTTP_SIGNATURE };

struct hmac_header {
	const char *name;
	const char *value; /* template */
};

struct hmac_scheme {
	const char *name;             /* of a preset */
	const char *header;           /* NULL in presets that leave it to the user */
	const char *content;          /* template */
	const char *value;            /* template */
	const char *signature_prefix; /* before each signature */
	const char *separator;        /* between several; NULL: there is room for one */
	const char *secret_prefix;    /* taken off before the secret is decoded */
	enum hmac_encoding encoding;
	enum hmac_secret_encoding secret_encoding;
	enum hmac_time timestamp_format;
	enum hmac_form form;
	struct hmac_header extra_headers[HMAC_EXTRA_HEADERS_MAX]; /* up to the first without a name */
};

/* The preset of that name, or NULL; all of them by index, ending in NULL. */
const struct hmac_scheme *hmac_preset_find(struct slice name);
const struct hmac_scheme *hmac_preset_at(size_t index);

enum hmac_template { HMAC_TEMPLATE_CONTENT, HMAC_TEMPLATE_VALUE, HMAC_TEMPLATE_HEADER };

/* Are its fields known, and allowed there? ERROR_CONFIG. */
must_use int hmac_template_check(const char *text, enum hmac_template place, struct error *err);

/* The key that `text` stands for. -1: ERROR_CONFIG (it does not decode, or is empty), ERROR_MEMORY. */
must_use int hmac_key_decode(const struct hmac_scheme *scheme, struct slice text, struct secret *ret_key, struct error *err);

/* What is signed. `id` has no full stop, or content could move between fields. */
struct hmac_message {
	struct slice id;
	struct slice body;
	struct slice method;
	struct slice host;
	struct slice path;
	struct slice query;
	struct slice target; /* path and query as sent */
	struct slice event;
	int64_t now_ms;
};

/* Fill `template` in; {signatures} is `signatures`. -1: ERROR_LIMIT, ERROR_SYSTEM, ERROR_MEMORY. */
must_use int hmac_expand(const struct hmac_scheme *scheme, const char *template, const struct hmac_message *message,
                         struct slice signatures, struct buffer *ret_text, struct error *err);

#define HMAC_DIGEST_BYTES 32

/* HMAC-SHA256 (RFC 2104). -1: ERROR_SYSTEM. */
must_use int hmac_digest(const struct secret *key, struct slice content, char ret_digest[HMAC_DIGEST_BYTES], struct error *err);

/* The value of the scheme's header: a signature by each key, the current one first. As hmac_expand(). */
struct hmac_keys {
	const struct secret *keys;
	size_t count;
};
must_use int hmac_sign(const struct hmac_scheme *scheme, struct hmac_keys keys, const struct hmac_message *message,
                       struct buffer *ret_value, struct error *err);
