/* The way of every source: defaults, fetch by kind, commit to the spool, and the source's name before any error. */
#include "fetch/fetch.h"

#include "base/limits.h"
#include "connection/session.h"
#include "fetch/http.h"
#include "fetch/local.h"
#include "fetch/spool.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>

#define MASKED_MAX 240 /* of the source in a message */

static_assert(sizeof(((struct fetch_result *)NULL)->path) == PATH_MAX, "the spool's paths fit into a result");

static int64_t number_or(int64_t number, int64_t otherwise)
{
	return number > 0 ? number : otherwise;
}

static struct fetch_request request_with_defaults(const struct fetch_request *request)
{
	struct fetch_request filled = *request;
	filled.max_bytes = number_or(request->max_bytes, LIMIT_WIRE_BYTES);
	filled.connect_timeout_ms = number_or(request->connect_timeout_ms, LIMIT_CONNECT_TIMEOUT_MS);
	filled.idle_timeout_ms = number_or(request->idle_timeout_ms, LIMIT_IDLE_TIMEOUT_MS);
	filled.timeout_ms = number_or(request->timeout_ms, LIMIT_FETCH_TIMEOUT_MS);
	if (filled.user_agent == NULL)
		filled.user_agent = "feedmill";
	return filled;
}

static int fetch_by_kind(const struct fetch_request *request, struct spool_file *file, struct fetch_result *result,
                         struct error *err)
{
	source_mask(request->source, result->final_source, sizeof(result->final_source));
	switch (source_classify(request->source)) {
	case SOURCE_HTTP:
		return http_fetch(request, file, result, err);
	case SOURCE_FILE:
		return local_fetch_file(request, file, result, err);
	case SOURCE_STDIN:
		return local_fetch_stdin(request, file, result, err);
	case SOURCE_UNSUPPORTED:
		break;
	}
	return error_set(err, ERROR_REFUSED, "a source is an http, https or file URL, a path, or '-'");
}

/* A server may say back what it was sent. A validator in which that stands is not kept: masked, it would be another one. */
static void mask_result(const struct connection_session *session, struct fetch_result *result)
{
	char *const texts[] = {result->charset, result->content_type, result->final_source, result->withheld_from};
	char *const validators[] = {result->etag, result->last_modified};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		connection_mask(session, texts[i]);
	for (size_t i = 0; i < sizeof(validators) / sizeof(validators[0]); i++) {
		if (connection_mask_finds(session, validators[i]))
			validators[i][0] = '\0';
	}
}

int fetch_source(const struct fetch_request *request, struct fetch_result *ret_result, struct error *err)
{
	const struct fetch_request filled = request_with_defaults(request);
	const int64_t start_ms = clock_steady_ms(&filled.clock);
	struct spool_file file = SPOOL_FILE_INIT;
	*ret_result = (struct fetch_result){.hold = -1};
	int outcome = fetch_by_kind(&filled, &file, ret_result, err);
	if (outcome == FETCH_DONE && spool_commit(&file, ret_result->path, ret_result->sha256, &ret_result->hold, err) != 0)
		outcome = -1;
	spool_abandon(&file);
	mask_result(filled.connection, ret_result);
	ret_result->duration_ms = clock_steady_ms(&filled.clock) - start_ms;
	if (outcome < 0) {
		char masked[MASKED_MAX];
		connection_mask(filled.connection, err->message);
		source_mask(filled.source, masked, sizeof(masked));
		return error_wrap(err, "'%s'", masked);
	}
	return outcome;
}

int fetch_init(struct error *err)
{
	/* libcurl would write the keys of each TLS session to the file of that name, with which a recorded one can be read */
	(void)unsetenv("SSLKEYLOGFILE");
	const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
	if (code == CURLE_OK)
		return 0;
	(void)error_set(err, ERROR_SYSTEM, "libcurl cannot be started: %s", curl_easy_strerror(code));
	err->source = ERROR_FROM_CURL;
	err->number = (long)code;
	return -1;
}

void fetch_release(void)
{
	curl_global_cleanup();
}
