/* A signature over the request. What is signed is the request as it is sent, so each hop and each page is signed anew. */
#include "base/instant.h"
#include "connection/header_list.h"
#include "connection/header_rules.h"
#include "connection/hmac.h"
#include "connection/http_signature.h"
#include "connection/kind.h"
#include "connection/session.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

enum {
	FIELD_SECRET,
	FIELD_PREVIOUS_SECRET,
	FIELD_PREVIOUS_UNTIL,
	FIELD_KEY_ID,
	FIELD_PREVIOUS_KEY_ID,
	FIELD_PRESET,
	FIELD_HEADER,
	FIELD_CONTENT,
	FIELD_VALUE,
	FIELD_SIGNATURE_PREFIX,
	FIELD_SEPARATOR,
	FIELD_ENCODING,
	FIELD_SECRET_ENCODING,
	FIELD_SECRET_PREFIX,
	FIELD_TIMESTAMP_FORMAT,
	FIELD_EXTRA_HEADERS,
};

#define TEMPLATE_BYTES_MAX HEADER_VALUE_BYTES
#define ID_SIZE 37 /* 'msg_', 32 hexadecimal digits and a NUL */

static const char *const preset_words[] = {"standard", "svix",  "body-hex",         "body-base64", "shopify", "github",
                                           "stripe",   "slack", "timestamp-target", "rfc9421",     NULL};
/* In the order of the enums of connection/hmac.h. */
static const char *const encoding_words[] = {"hex", "base64", NULL};
static const char *const secret_encoding_words[] = {"raw", "base64", "hex", NULL};
static const char *const time_words[] = {"unix", "rfc3339", NULL};

static const struct connection_field fields[] = {
	[FIELD_SECRET] = {"secret", CONNECTION_FIELD_SECRET, true, NULL, "the key that both sides know"},
	[FIELD_PREVIOUS_SECRET] = {"previous_secret", CONNECTION_FIELD_SECRET, false, NULL,
                                   "the key before it, with which a second signature is made while the server changes over"},
	[FIELD_PREVIOUS_UNTIL] = {"previous_until", CONNECTION_FIELD_TEXT, false, NULL,
                                  "the instant from which the secret alone signs, such as 2027-01-31T12:00:00Z; left out, none"},
	[FIELD_KEY_ID] = {"key_id", CONNECTION_FIELD_TEXT, false, NULL, "of 'rfc9421': the parameter keyid of the signature"},
	[FIELD_PREVIOUS_KEY_ID] = {"previous_key_id", CONNECTION_FIELD_TEXT, false, NULL,
                                   "of 'rfc9421': that of the second signature, by 'previous_secret'"},
	[FIELD_PRESET] = {"preset", CONNECTION_FIELD_CHOICE, false, preset_words,
                          "settings of a known scheme; left out, 'body-hex'. 'timestamp-target' signs what a GET asks for"},
	[FIELD_HEADER] = {"header", CONNECTION_FIELD_TEXT, false, NULL, "the header of the signature; some presets have one"},
	[FIELD_CONTENT] =
		{"content", CONNECTION_FIELD_TEXT, false, NULL,
                 "what is signed, with the fields {id} {timestamp} {body} {body_sha256} {method} {host} {path} {query} {target}"},
	[FIELD_VALUE] = {"value", CONNECTION_FIELD_TEXT, false, NULL,
                         "what is sent, with {signatures} and the fields of 'content'"},
	[FIELD_SIGNATURE_PREFIX] = {"signature_prefix", CONNECTION_FIELD_TEXT, false, NULL,
                                    "stands before each signature, as 'sha256='"},
	[FIELD_SEPARATOR] = {"separator", CONNECTION_FIELD_TEXT, false, NULL, "stands between two signatures"},
	[FIELD_ENCODING] = {"encoding", CONNECTION_FIELD_CHOICE, false, encoding_words, "how a signature is written"},
	[FIELD_SECRET_ENCODING] = {"secret_encoding", CONNECTION_FIELD_CHOICE, false, secret_encoding_words,
                                   "how the secret is written"},
	[FIELD_SECRET_PREFIX] = {"secret_prefix", CONNECTION_FIELD_TEXT, false, NULL,
                                 "stands before the secret and is no part of the key"},
	[FIELD_TIMESTAMP_FORMAT] = {"timestamp_format", CONNECTION_FIELD_CHOICE, false, time_words, "how {timestamp} is written"},
	[FIELD_EXTRA_HEADERS] = {"extra_headers", CONNECTION_FIELD_TEXTS, false, NULL,
                                 "further headers with fields as of 'content', instead of those of the preset"},
};

_Static_assert(sizeof(fields) / sizeof(fields[0]) <= CONNECTION_KIND_FIELDS_MAX, "all fields fit");

static const char *text_or(const struct connection *connection, size_t field, const char *otherwise)
{
	return connection->texts[field] != NULL ? connection->texts[field] : otherwise;
}

/* The preset, and what the connection says instead. */
static struct hmac_scheme scheme_of(const struct connection *connection)
{
	const char *preset = text_or(connection, FIELD_PRESET, "body-hex");
	struct hmac_scheme scheme = *hmac_preset_find(slice_from(preset)); /* a word of `preset_words` */
	scheme.header = text_or(connection, FIELD_HEADER, scheme.header);
	scheme.content = text_or(connection, FIELD_CONTENT, scheme.content);
	scheme.value = text_or(connection, FIELD_VALUE, scheme.value);
	scheme.signature_prefix = text_or(connection, FIELD_SIGNATURE_PREFIX, scheme.signature_prefix);
	scheme.separator = text_or(connection, FIELD_SEPARATOR, scheme.separator);
	scheme.secret_prefix = text_or(connection, FIELD_SECRET_PREFIX, scheme.secret_prefix);
	scheme.encoding = (enum hmac_encoding)connection_choice(connection, FIELD_ENCODING, scheme.encoding);
	scheme.secret_encoding = (enum hmac_secret_encoding)connection_choice(connection, FIELD_SECRET_ENCODING,
	                                                                      scheme.secret_encoding);
	scheme.timestamp_format = (enum hmac_time)connection_choice(connection, FIELD_TIMESTAMP_FORMAT, scheme.timestamp_format);
	if (connection->header_count == 0)
		return scheme;
	memset(scheme.extra_headers, 0, sizeof(scheme.extra_headers));
	for (size_t i = 0; i < connection->header_count && i < HMAC_EXTRA_HEADERS_MAX; i++)
		scheme.extra_headers[i] = (struct hmac_header){.name = connection->headers[i].name.data,
		                                               .value = connection->headers[i].text};
	return scheme;
}

static bool read_until(const struct connection *connection, int64_t *ret_ms)
{
	return instant_parse(slice_from(connection->texts[FIELD_PREVIOUS_UNTIL]), 0, ret_ms);
}

static int check_templates(const struct connection *connection, const struct hmac_scheme *scheme, size_t *ret_field,
                           struct error *err)
{
	*ret_field = FIELD_CONTENT;
	if (hmac_template_check(scheme->content, HMAC_TEMPLATE_CONTENT, err) < 0)
		return -1;
	*ret_field = FIELD_VALUE;
	if (hmac_template_check(scheme->value, HMAC_TEMPLATE_VALUE, err) < 0)
		return -1;
	*ret_field = FIELD_EXTRA_HEADERS;
	if (connection->header_count > HMAC_EXTRA_HEADERS_MAX)
		return error_set(err, ERROR_CONFIG, "more than %d headers", HMAC_EXTRA_HEADERS_MAX);
	for (size_t i = 0; i < connection->header_count; i++) {
		if (hmac_template_check(connection->headers[i].text, HMAC_TEMPLATE_HEADER, err) < 0)
			return -1;
	}
	return 0;
}

/* What is said of the second key. */
static int check_previous(const struct connection *connection, const struct hmac_scheme *scheme, size_t *ret_field,
                          struct error *err)
{
	const bool has_previous = connection->references[FIELD_PREVIOUS_SECRET].kind != SECRET_NONE;
	int64_t until_ms;
	*ret_field = FIELD_PREVIOUS_SECRET;
	if (has_previous && scheme->separator == NULL)
		return error_set(
			err, ERROR_CONFIG,
			"previous_secret: the preset '%s' has room for one signature; where this server takes several, say the "
			"'separator' between them",
			scheme->name);
	*ret_field = FIELD_PREVIOUS_UNTIL;
	if (connection->texts[FIELD_PREVIOUS_UNTIL] != NULL && !has_previous)
		return error_set(err, ERROR_CONFIG, "previous_until: there is no 'previous_secret'");
	if (connection->texts[FIELD_PREVIOUS_UNTIL] != NULL && !read_until(connection, &until_ms))
		return error_set(err, ERROR_CONFIG, "previous_until: no instant, such as 2027-01-31T12:00:00Z");
	*ret_field = FIELD_PREVIOUS_KEY_ID;
	if (connection->texts[FIELD_PREVIOUS_KEY_ID] != NULL && !has_previous)
		return error_set(err, ERROR_CONFIG, "previous_key_id: there is no 'previous_secret'");
	return 0;
}

/* Fields that are another form's. */
static int check_form(const struct connection *connection, const struct hmac_scheme *scheme, size_t *ret_field, struct error *err)
{
	static const size_t of_templates[] = {FIELD_HEADER,    FIELD_CONTENT,  FIELD_VALUE,           FIELD_SIGNATURE_PREFIX,
	                                      FIELD_SEPARATOR, FIELD_ENCODING, FIELD_TIMESTAMP_FORMAT};
	const bool is_template = scheme->form == HMAC_FORM_TEMPLATE;
	for (size_t i = 0; !is_template && i < sizeof(of_templates) / sizeof(of_templates[0]); i++) {
		*ret_field = of_templates[i];
		if (connection->texts[of_templates[i]] != NULL)
			return error_set(err, ERROR_CONFIG, "%s: the preset 'rfc9421' says that itself",
			                 fields[of_templates[i]].name);
	}
	*ret_field = FIELD_EXTRA_HEADERS;
	if (!is_template && connection->header_count > 0)
		return error_set(err, ERROR_CONFIG, "extra_headers: the preset 'rfc9421' has none");
	for (size_t field = FIELD_KEY_ID; field <= FIELD_PREVIOUS_KEY_ID; field++) {
		*ret_field = field;
		if (connection->texts[field] != NULL && is_template)
			return error_set(err, ERROR_CONFIG, "%s: only the preset 'rfc9421' has it", fields[field].name);
		if (connection->texts[field] != NULL && http_signature_key_id_check(connection->texts[field], err) < 0)
			return error_wrap(err, "%s", fields[field].name);
	}
	return 0;
}

static int check(const struct connection *connection, size_t *ret_field, struct error *err)
{
	const struct hmac_scheme scheme = scheme_of(connection);
	if (check_form(connection, &scheme, ret_field, err) < 0 || check_previous(connection, &scheme, ret_field, err) < 0)
		return -1;
	*ret_field = FIELD_HEADER;
	if (scheme.header == NULL)
		return error_set(err, ERROR_CONFIG, "'header' is missing: the preset '%s' names none", scheme.name);
	if (header_name_check(slice_from(scheme.header), err) < 0)
		return -1;
	for (size_t i = 0; i < HMAC_EXTRA_HEADERS_MAX && scheme.extra_headers[i].name != NULL; i++) {
		if (slice_equal_folded(slice_from(scheme.header), slice_from(scheme.extra_headers[i].name)))
			return error_set(err, ERROR_CONFIG, "the header '%s' stands there twice", scheme.header);
	}
	return check_templates(connection, &scheme, ret_field, err);
}

static int open_session(struct connection_session *session, struct error *err)
{
	const struct hmac_scheme scheme = scheme_of(session->connection);
	for (size_t i = 0; i < HMAC_KEYS_MAX; i++) {
		const struct secret *value = &session->values[FIELD_SECRET + i];
		if (value->data != NULL && hmac_key_decode(&scheme, secret_slice(value), &session->made[i], err) < 0)
			return error_wrap(err, "%s", fields[FIELD_SECRET + i].name);
	}
	return 0;
}

static const char *warn(const struct connection_session *session)
{
	return session->made[0].size < HMAC_KEY_ADVISED_BYTES ? "the key is shorter than 24 bytes: it could be guessed" : NULL;
}

static int make_id(char ret_id[ID_SIZE], struct error *err)
{
	unsigned char random[16];
	if (RAND_bytes(random, sizeof(random)) != 1)
		return error_set(err, ERROR_SYSTEM, "OpenSSL gives no random numbers");
	memcpy(ret_id, "msg_", 4);
	for (size_t i = 0; i < sizeof(random); i++)
		(void)snprintf(ret_id + 4 + 2 * i, 3, "%02x", random[i]); /* fits */
	return 0;
}

static int add_expanded(const struct hmac_scheme *scheme, const struct hmac_header *header, const struct hmac_message *message,
                        struct curl_slist **headers, struct error *err)
{
	struct buffer value;
	buffer_init(&value, TEMPLATE_BYTES_MAX);
	int outcome = hmac_expand(scheme, header->value, message, slice_make(NULL, 0), &value, err);
	if (outcome == 0)
		outcome = header_value_check(slice_from(header->name), buffer_slice(&value), false, err);
	if (outcome == 0)
		outcome = header_list_add(headers, slice_from(header->name), buffer_slice(&value), err);
	buffer_release(&value);
	return outcome;
}

/* The current one, and while it counts the one before it. */
static struct hmac_keys keys_at(const struct connection_session *session, int64_t now_ms)
{
	int64_t until_ms = INT64_MAX;
	if (session->connection->texts[FIELD_PREVIOUS_UNTIL] != NULL && !read_until(session->connection, &until_ms))
		until_ms = INT64_MIN; /* it was read when the file was */
	const bool has_previous = session->made[1].data != NULL && now_ms < until_ms;
	return (struct hmac_keys){.keys = session->made, .count = has_previous ? 2 : 1};
}

static int add_signature(const struct connection_session *session, const struct hmac_scheme *scheme,
                         const struct hmac_message *message, struct curl_slist **headers, struct error *err)
{
	const struct hmac_keys keys = keys_at(session, message->now_ms);
	struct buffer value;
	buffer_init(&value, TEMPLATE_BYTES_MAX);
	int outcome = hmac_sign(scheme, keys, message, &value, err);
	if (outcome == 0)
		outcome = header_value_check(slice_from(scheme->header), buffer_slice(&value), false, err);
	if (outcome == 0)
		outcome = header_list_add(headers, slice_from(scheme->header), buffer_slice(&value), err);
	buffer_release(&value);
	return outcome;
}

/* One signature by each key, with labels of their own. */
static int append_http_signatures(const struct connection_session *session, const struct connection_request *request,
                                  struct buffer *input, struct buffer *signatures, struct error *err)
{
	static const char *const labels[HMAC_KEYS_MAX] = {"sig1", "sig2"};
	const struct hmac_keys keys = keys_at(session, request->now_ms);
	const char *target = url_target(request->url);
	const size_t path_size = strcspn(target, "?");
	const struct http_signature_component components[] = {
		{"@method", slice_from(request->method)},
		{"@authority", url_authority(request->url)},
		{"@path", slice_make(target, path_size)},
		{"@query", slice_from(target[path_size] == '?' ? target + path_size : "?")}, /* RFC 9421, 2.2.7 */
	};
	for (size_t i = 0; i < keys.count; i++) {
		const struct http_signature signature = {
			.label = labels[i],
			.components = components,
			.component_count = sizeof(components) / sizeof(components[0]),
			.created_s = request->now_ms / 1000,
			.key_id = session->connection->texts[FIELD_KEY_ID + i],
		};
		if (http_signature_append(&signature, &keys.keys[i], input, signatures, err) < 0)
			return -1;
	}
	return 0;
}

static int add_http_signatures(const struct connection_session *session, const struct connection_request *request,
                               struct error *err)
{
	struct buffer input;
	struct buffer signatures;
	buffer_init(&input, HEADER_VALUE_BYTES);
	buffer_init(&signatures, HEADER_VALUE_BYTES);
	int outcome = append_http_signatures(session, request, &input, &signatures, err);
	if (outcome == 0)
		outcome = header_list_add(request->headers, slice_from("Signature-Input"), buffer_slice(&input), err);
	if (outcome == 0)
		outcome = header_list_add(request->headers, slice_from("Signature"), buffer_slice(&signatures), err);
	buffer_release(&signatures);
	buffer_release(&input);
	return outcome;
}

static int prepare(const struct connection_session *session, const struct connection_request *request, struct error *err)
{
	const struct hmac_scheme scheme = scheme_of(session->connection);
	const char *target = url_target(request->url);
	const size_t path_size = strcspn(target, "?");
	char id[ID_SIZE];
	if (scheme.form == HMAC_FORM_HTTP_SIGNATURE)
		return add_http_signatures(session, request, err);
	if (make_id(id, err) < 0)
		return -1;
	const struct hmac_message message = {
		.id = slice_from(id),
		.method = slice_from(request->method),
		.host = url_authority(request->url),
		.path = slice_make(target, path_size),
		.query = slice_from(target[path_size] == '?' ? target + path_size + 1 : ""),
		.target = slice_from(target),
		.now_ms = request->now_ms,
	};
	for (size_t i = 0; i < HMAC_EXTRA_HEADERS_MAX && scheme.extra_headers[i].name != NULL; i++) {
		if (add_expanded(&scheme, &scheme.extra_headers[i], &message, request->headers, err) < 0)
			return -1;
	}
	return add_signature(session, &scheme, &message, request->headers, err);
}

const struct connection_kind kind_hmac = {
	.name = "hmac",
	.help = "a signature over the request (HMAC-SHA256) in a header",
	.fields = fields,
	.field_count = sizeof(fields) / sizeof(fields[0]),
	.has_credentials = true,
	.check = check,
	.open = open_session,
	.warn = warn,
	.prepare = prepare,
};
