/* The loop over redirects, and the judgement of statuses. */
#include "fetch/http.h"

#include "connection/header_list.h"
#include "connection/session.h"
#include "fetch/spool.h"
#include "fetch/transfer.h"
#include "network/exchange.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MASKED_MAX 240 /* of a URL inside a message, so that the reason behind it still has room */

enum status_meaning { STATUS_DONE, STATUS_NOT_MODIFIED, STATUS_REDIRECT, STATUS_TEMPORARY, STATUS_FINAL };

struct visit {
	const struct fetch_request *request;
	struct spool_file *file;
	struct url source;
	struct url current;
	struct connection_use connection;
	struct network_observer observer; /* masks, then tells the request's */
	bool is_conditional;
	bool is_redirected;
	int64_t deadline_ms;
	long status;
	struct answer answer;
};

static enum status_meaning status_meaning(long status)
{
	switch (status) {
	case 200:
		return STATUS_DONE;
	case 304:
		return STATUS_NOT_MODIFIED;
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		return STATUS_REDIRECT;
	case 408:
	case 425:
	case 429:
		return STATUS_TEMPORARY;
	default:
		return status >= 500 && status <= 599 ? STATUS_TEMPORARY : STATUS_FINAL;
	}
}

static const char *status_phrase(long status)
{
	static const struct {
		long status;
		const char *phrase;
	} phrases[] = {
		{204, "no content"},
		{206, "a part only"},
		{300, "several choices"},
		{400, "bad request"},
		{401, "credentials needed"},
		{402, "payment needed"},
		{403, "forbidden"},
		{404, "not found"},
		{405, "method not allowed"},
		{406, "not acceptable"},
		{407, "proxy credentials needed"},
		{408, "request time-out"},
		{410, "gone"},
		{425, "too early"},
		{429, "too many requests"},
		{451, "withheld for legal reasons"},
		{500, "internal error"},
		{502, "bad gateway"},
		{503, "not available"},
		{504, "gateway time-out"},
	};
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if (phrases[i].status == status)
			return phrases[i].phrase;
	}
	return NULL;
}

static int status_error(const struct visit *visit, struct error *err)
{
	const enum error_code code = status_meaning(visit->status) == STATUS_TEMPORARY ? ERROR_NETWORK : ERROR_REFUSED;
	const char *phrase = status_phrase(visit->status);
	char reason[64] = "";
	char wait[128] = "";
	if (phrase != NULL)
		(void)snprintf(reason, sizeof(reason), " (%s)", phrase); /* fits */
	if (visit->answer.retry_after[0] != '\0')
		(void)snprintf(wait, sizeof(wait), ", Retry-After: %s", visit->answer.retry_after); /* fits */
	(void)error_set(err, code, "answered %ld%s%s", visit->status, reason, wait);
	err->number = visit->status;
	return -1;
}

/* A validator that could not have come from fetch_source() is not sent: the worst is a fetch too many. */
static int condition_add(struct visit *visit, const char *name, const char *validator, struct curl_slist **headers,
                         struct error *err)
{
	if (!answer_validator_is_valid(slice_from(validator)))
		return 0;
	visit->is_conditional = true;
	return header_list_add(headers, slice_from(name), slice_from(validator), err);
}

/* What every request has: the one representation that we want, and what we know of it. */
static int headers_add(struct visit *visit, struct curl_slist **headers, struct error *err)
{
	if (header_list_add(headers, slice_from("Accept-Encoding"), slice_from("identity"), err) != 0)
		return -1;
	if (condition_add(visit, "If-None-Match", visit->request->etag, headers, err) != 0)
		return -1;
	return condition_add(visit, "If-Modified-Since", visit->request->last_modified, headers, err);
}

static int visit_open(struct visit *visit, struct error *err)
{
	const struct fetch_request *request = visit->request;
	visit->deadline_ms = clock_steady_ms(&request->clock) + request->timeout_ms;
	if (request->cacert != NULL && access(request->cacert, R_OK) != 0)
		return error_set(err, ERROR_CONFIG, "the file of authorities '%s' (cacert) cannot be read", request->cacert);
	if (request->proxy != NULL && !url_is_proxy(request->proxy))
		return error_set(err, ERROR_CONFIG, "the proxy is no URL of a proxy (http, https, socks4, socks5)");
	if (url_parse(request->source, &visit->current, err) != 0)
		return -1;
	visit->connection = (struct connection_use){
		.session = request->connection,
		.is_proxied = request->proxy != NULL,
		.network =
			{
				.cacert = request->cacert,
				.proxy = request->proxy,
				.user_agent = request->user_agent,
				.allow_private = request->allow_private,
				.connect_timeout_ms = request->connect_timeout_ms,
				.deadline_ms = visit->deadline_ms,
				.clock = request->clock,
				.observer = request->observer != NULL ? &visit->observer : NULL,
				.progress = request->progress,
				.progress_context = request->progress_context,
			},
	};
	if (connection_use_begin(&visit->connection, &visit->current, err) != 0)
		return -1;
	return url_copy(&visit->current, &visit->source, err);
}

static void visit_close(struct visit *visit)
{
	url_release(&visit->source);
	url_release(&visit->current);
	connection_use_release(&visit->connection);
}

static struct network_route visit_route(const struct visit *visit, const struct url *sent)
{
	const struct fetch_request *request = visit->request;
	return (struct network_route){
		.url = sent->text,
		.host = sent->host,
		.port = sent->port,
		.cacert = request->cacert,
		.proxy = request->proxy,
		.user_agent = request->user_agent,
		.policy = address_policy_for(visit->source.host, sent->host, connection_use_allows_private(&visit->connection)),
		.connect_timeout_ms = request->connect_timeout_ms,
		.observer = request->observer != NULL ? &visit->observer : NULL,
	};
}

/* With what the connection has for this request alone: `sent` may have a parameter that no redirect is resolved against. */
static int visit_send(struct visit *visit, struct url *sent, struct curl_slist **headers, struct error *err)
{
	const struct connection_request request = {
		.url = sent,
		.headers = headers,
		.method = "GET",
		.is_redirected = visit->is_redirected,
		.now_ms = clock_now_ms(&visit->request->clock),
	};
	if (headers_add(visit, headers, err) != 0 || connection_use_prepare(&visit->connection, &request, err) != 0)
		return -1;
	const struct transfer_request transfer = {
		.fetch = visit->request,
		.headers = *headers,
		.connection = &visit->connection,
		.route = visit_route(visit, sent),
		.deadline_ms = visit->deadline_ms,
	};
	return transfer_run(&transfer, visit->file, &visit->status, &visit->answer, err);
}

static int visit_get(struct visit *visit, struct error *err)
{
	struct curl_slist *headers = NULL;
	struct url sent;
	if (url_copy(&visit->current, &sent, err) != 0)
		return -1;
	const int outcome = visit_send(visit, &sent, &headers, err);
	header_list_free(headers);
	url_release(&sent);
	return outcome;
}

static int redirect_follow(struct visit *visit, struct error *err)
{
	struct url target;
	const struct answer *answer = &visit->answer;
	if (answer->fault != NULL)
		return error_set(err, ERROR_REFUSED, "%s", answer->fault);
	if (!answer->has_location)
		return error_set(err, ERROR_REFUSED, "answered %ld without a Location", visit->status);
	if (url_resolve(&visit->current, answer->location, &target, err) != 0)
		return error_wrap(err, "redirected by status %ld", visit->status);
	url_release(&visit->current);
	visit->current = target;
	visit->is_redirected = true;
	return connection_use_follow(&visit->connection, &visit->current, err);
}

/* Until an answer that is no redirect. */
static int visit_follow(struct visit *visit, struct error *err)
{
	for (int redirects = 0;;) {
		if (visit_get(visit, err) != 0)
			return -1;
		if (visit->status == 401 && connection_use_renew(&visit->connection))
			continue;
		if (status_meaning(visit->status) != STATUS_REDIRECT)
			return 0;
		if (redirects++ == LIMIT_REDIRECTS)
			return error_set(err, ERROR_LIMIT, "more than %d redirects", LIMIT_REDIRECTS);
		if (redirect_follow(visit, err) != 0)
			return -1;
	}
}

static int visit_judge(const struct visit *visit, struct error *err)
{
	switch (status_meaning(visit->status)) {
	case STATUS_DONE:
		return FETCH_DONE;
	case STATUS_NOT_MODIFIED:
		if (visit->is_conditional)
			return FETCH_NOT_MODIFIED;
		return error_set(err, ERROR_REFUSED, "answered 304 (not modified) to a request without a condition");
	case STATUS_REDIRECT:
	case STATUS_TEMPORARY:
	case STATUS_FINAL:
		break;
	}
	return status_error(visit, err);
}

static void result_fill(const struct visit *visit, struct fetch_result *result)
{
	const struct answer *answer = &visit->answer;
	result->http_status = visit->status;
	result->bytes = visit->file->bytes;
	result->is_length_proven = visit->status == 200 && answer->has_length && !answer->is_chunked &&
	                           answer->length == result->bytes;
	memcpy(result->etag, answer->etag, sizeof(result->etag));
	memcpy(result->last_modified, answer->last_modified, sizeof(result->last_modified));
	memcpy(result->charset, answer->charset, sizeof(result->charset));
	memcpy(result->content_type, answer->content_type, sizeof(result->content_type));
	source_mask(visit->current.text, result->final_source, sizeof(result->final_source));
}

/* After a redirect the fault is that of another URL than the one we were given. */
static void error_name_target(const struct visit *visit, struct error *err)
{
	char masked[MASKED_MAX];
	if (visit->current.text == NULL || visit->source.text == NULL || strcmp(visit->current.text, visit->source.text) == 0)
		return;
	source_mask(visit->current.text, masked, sizeof(masked));
	(void)error_wrap(err, "redirected to '%s'", masked); /* the caller returns -1 */
}

/* Where no token was given, and the endpoint said when to come again. */
static int64_t token_retry_at_ms(const struct visit *visit)
{
	const int64_t max_s = LIMIT_RETRY_AFTER_MS / 1000;
	const int64_t wait_s = connection_retry_after_s(visit->request->connection);
	if (wait_s <= 0)
		return 0;
	return clock_now_ms(&visit->request->clock) + (wait_s < max_s ? wait_s : max_s) * 1000;
}

static void mask_exchange(void *context, struct network_exchange *exchange)
{
	const struct visit *visit = context;
	connection_mask(visit->request->connection, exchange->request);
	connection_mask(visit->request->connection, exchange->answer);
	connection_mask(visit->request->connection, exchange->certificate_subject);
	connection_mask(visit->request->connection, exchange->certificate_issuer);
	visit->request->observer->saw(visit->request->observer->context, exchange);
}

int http_fetch(const struct fetch_request *request, struct spool_file *file, struct fetch_result *result, struct error *err)
{
	struct visit visit = {.request = request, .file = file, .observer = {.saw = mask_exchange, .context = &visit}};
	int outcome = -1;
	if (visit_open(&visit, err) == 0 && visit_follow(&visit, err) == 0)
		outcome = visit_judge(&visit, err);
	if (outcome >= 0)
		result_fill(&visit, result);
	else
		error_name_target(&visit, err);
	memcpy(result->withheld_from, visit.connection.withheld_from, sizeof(result->withheld_from));
	if (outcome < 0 && status_meaning(visit.status) == STATUS_TEMPORARY)
		result->retry_at_ms = answer_retry_at_ms(&visit.answer, clock_now_ms(&request->clock));
	else if (outcome < 0)
		result->retry_at_ms = token_retry_at_ms(&visit);
	visit_close(&visit);
	return outcome;
}
