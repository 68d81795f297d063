/* AWS Signature Version 4: each request is signed as it is sent, so each hop and each page is signed anew. */
#include "connection/header_list.h"
#include "connection/header_rules.h"
#include "connection/kind.h"
#include "connection/session.h"
#include "connection/sigv4.h"

#include <string.h>

enum { FIELD_ACCESS_KEY_ID, FIELD_SECRET_ACCESS_KEY, FIELD_SESSION_TOKEN, FIELD_REGION, FIELD_SERVICE, FIELD_S3 };

#define NAME_BYTES_MAX 128

static const char *const switches[] = {"true", "false", NULL};

static const struct connection_field fields[] = {
	[FIELD_ACCESS_KEY_ID] = {"access_key_id", CONNECTION_FIELD_TEXT, true, NULL,
                                 "which key it is; it is sent, and is no secret"},
	[FIELD_SECRET_ACCESS_KEY] = {"secret_access_key", CONNECTION_FIELD_SECRET, true, NULL, "the key, which is never sent"},
	[FIELD_SESSION_TOKEN] = {"session_token", CONNECTION_FIELD_SECRET, false, NULL,
                                 "what comes with a temporary key; sent in x-amz-security-token"},
	[FIELD_REGION] = {"region", CONNECTION_FIELD_TEXT, true, NULL, "such as eu-central-1"},
	[FIELD_SERVICE] = {"service", CONNECTION_FIELD_TEXT, true, NULL, "such as s3 or execute-api"},
	[FIELD_S3] = {"s3_rules", CONNECTION_FIELD_CHOICE, false, switches,
                      "'true' signs paths as S3 wants it, and sends x-amz-content-sha256; left out, for the services s3 and s3-…"},
};

/* What stands in the signature's scope and in a header, between slashes and commas. */
static bool is_name(const char *text)
{
	static const char bytes[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._-";
	const size_t size = strspn(text, bytes);
	return size > 0 && size <= NAME_BYTES_MAX && text[size] == '\0';
}

static int check(const struct connection *connection, size_t *ret_field, struct error *err)
{
	static const size_t names[] = {FIELD_ACCESS_KEY_ID, FIELD_REGION, FIELD_SERVICE};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		*ret_field = names[i];
		if (!is_name(connection->texts[names[i]]))
			return error_set(err, ERROR_CONFIG, "%s: 1 to %d letters, digits and the signs '.', '_' and '-'",
			                 fields[names[i]].name, NAME_BYTES_MAX);
	}
	return 0;
}

static bool uses_s3_rules(const struct connection *connection)
{
	const char *service = connection->texts[FIELD_SERVICE];
	if (connection->texts[FIELD_S3] != NULL)
		return connection_chooses(connection, FIELD_S3, "true");
	return strcmp(service, "s3") == 0 || slice_starts_with(slice_from(service), "s3-");
}

static int open_session(struct connection_session *session, struct error *err)
{
	const struct slice secret = secret_slice(&session->values[FIELD_SECRET_ACCESS_KEY]);
	const struct secret *token = &session->values[FIELD_SESSION_TOKEN];
	if (secret.size > NAME_BYTES_MAX)
		return error_set(err, ERROR_CONFIG, "secret_access_key: it is longer than %d bytes", NAME_BYTES_MAX);
	for (size_t i = 0; i < secret.size; i++) {
		if (secret.data[i] <= ' ' || secret.data[i] > '~')
			return error_set(err, ERROR_CONFIG,
			                 "secret_access_key: it has a blank, a line end or another byte that no key has");
	}
	if (token->data != NULL && header_value_check(slice_from("x-amz-security-token"), secret_slice(token), false, err) < 0)
		return error_wrap(err, "session_token");
	return 0;
}

/* What is signed beside the host, which libcurl sends by itself. */
struct signed_headers {
	struct sigv4_header items[4];
	size_t count;
};

static void add(struct signed_headers *headers, const char *name, struct slice value)
{
	headers->items[headers->count++] = (struct sigv4_header){.name = name, .value = value};
}

static int sign(const struct connection_session *session, const struct sigv4_request *request, struct curl_slist **headers,
                struct error *err)
{
	const struct connection *connection = session->connection;
	const struct sigv4_credentials credentials = {
		.access_key_id = connection->texts[FIELD_ACCESS_KEY_ID],
		.secret_access_key = &session->values[FIELD_SECRET_ACCESS_KEY],
		.region = connection->texts[FIELD_REGION],
		.service = connection->texts[FIELD_SERVICE],
	};
	struct buffer authorization;
	buffer_init(&authorization, HEADER_VALUE_BYTES);
	int outcome = sigv4_sign(&credentials, request, &authorization, err);
	for (size_t i = 1; outcome == 0 && i < request->header_count; i++)
		outcome = header_list_add(headers, slice_from(request->headers[i].name), request->headers[i].value, err);
	if (outcome == 0)
		outcome = header_list_add(headers, slice_from("Authorization"), buffer_slice(&authorization), err);
	buffer_release(&authorization);
	return outcome;
}

static int prepare(const struct connection_session *session, const struct connection_request *request, struct error *err)
{
	const bool is_s3 = uses_s3_rules(session->connection);
	const struct secret *token = &session->values[FIELD_SESSION_TOKEN];
	const char *target = url_target(request->url);
	const size_t path_size = strcspn(target, "?");
	char date[SIGV4_DATE_SIZE] = "";
	char payload[SIGV4_DIGEST_SIZE] = "";
	struct signed_headers headers = {.count = 0};
	if (sigv4_date_format(request->now_ms, date, err) < 0 || sigv4_digest(slice_make(NULL, 0), payload, err) < 0)
		return -1;
	add(&headers, "host", url_authority(request->url));
	add(&headers, "x-amz-date", slice_from(date));
	if (is_s3)
		add(&headers, "x-amz-content-sha256", slice_from(payload));
	if (token->data != NULL)
		add(&headers, "x-amz-security-token", secret_slice(token));
	const struct sigv4_request signed_request = {
		.method = request->method,
		.path = slice_make(target, path_size),
		.query = slice_from(target[path_size] == '?' ? target + path_size + 1 : ""),
		.path_rule = is_s3 ? SIGV4_PATH_AS_IT_IS : SIGV4_PATH_RESOLVED,
		.headers = headers.items,
		.header_count = headers.count,
		.payload_sha256 = payload,
		.date = date,
	};
	return sign(session, &signed_request, request->headers, err);
}

const struct connection_kind kind_aws_sigv4 = {
	.name = "aws_sigv4",
	.help = "a signature over the request by an access key (AWS Signature Version 4), for S3 and services like it",
	.fields = fields,
	.field_count = sizeof(fields) / sizeof(fields[0]),
	.has_credentials = true,
	.check = check,
	.open = open_session,
	.prepare = prepare,
};
