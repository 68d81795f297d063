/* Posting a form, with limits on time, head and body. */
#include "connection/token_request.h"

#include "base/limits.h"
#include "connection/header_list.h"
#include "network/handle.h"

#include <string.h>
#include <unistd.h>

#define WAIT_MS 100 /* at most, between two looks at the clock */

struct exchange {
	const struct token_request *request;
	struct network_handle handle;
	struct network_route route;
	struct curl_slist *headers;
	int64_t deadline_ms;
	size_t head_bytes;
	struct token_response *response;
	const char *fault; /* why the answer is not taken any further */
};

static size_t on_header(char *data, size_t one, size_t size, void *context)
{
	struct exchange *exchange = context;
	(void)data;
	(void)one; /* always 1 */
	exchange->head_bytes += size;
	if (exchange->head_bytes <= LIMIT_TOKEN_HEAD_BYTES)
		return size;
	exchange->fault = "the head of the answer is too long";
	return 0;
}

static size_t on_body(char *data, size_t one, size_t size, void *context)
{
	struct exchange *exchange = context;
	struct secret *body = &exchange->response->body;
	(void)one; /* always 1 */
	if (size > LIMIT_TOKEN_BYTES - body->size) {
		exchange->fault = "the answer is longer than 64 KiB";
		return 0;
	}
	memcpy(body->data + body->size, data, size);
	body->size += size;
	return size;
}

static int watch(void *context, int *ret_wait_ms, struct error *err)
{
	const struct exchange *exchange = context;
	const struct connection_network *network = exchange->request->network;
	const int cancel = network->progress == NULL ? 0 : network->progress(network->progress_context, 0, -1);
	if (cancel != 0) {
		(void)error_set(err, ERROR_CANCELLED, "cancelled while a token was asked for");
		err->number = cancel;
		return -1;
	}
	const int64_t left_ms = exchange->deadline_ms - clock_steady_ms(&network->clock);
	if (left_ms <= 0)
		return error_set(err, ERROR_NETWORK, "no answer within the time for it");
	*ret_wait_ms = (int)(left_ms < WAIT_MS ? left_ms : WAIT_MS);
	return 0;
}

static int add_headers(struct exchange *exchange, struct error *err)
{
	static const struct {
		const char *name;
		const char *value;
	} usual[] = {
		{"Content-Type", "application/x-www-form-urlencoded"},
		{"Accept", "application/json"},
		{"Accept-Encoding", "identity"},
	};
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (header_list_add(&exchange->headers, slice_from(usual[i].name), slice_from(usual[i].value), err) < 0)
			return -1;
	}
	for (const struct curl_slist *line = exchange->request->headers; line != NULL; line = line->next) {
		struct curl_slist *longer = curl_slist_append(exchange->headers, line->data);
		if (longer == NULL)
			return error_set_memory(err);
		exchange->headers = longer;
	}
	return 0;
}

static bool configure(struct exchange *exchange)
{
	CURL *easy = exchange->handle.easy;
	const struct slice form = exchange->request->form;
	return curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_POSTFIELDS, form.data) == CURLE_OK && /* not copied */
	       curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)form.size) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange) == CURLE_OK;
}

static int judge(struct exchange *exchange, CURLcode code, struct error *err)
{
	curl_off_t retry_after_s = 0;
	CURL *easy = exchange->handle.easy;
	struct token_response *response = exchange->response;
	if (exchange->fault != NULL)
		return error_set(err, ERROR_LIMIT, "%s", exchange->fault);
	exchange->handle.trouble.has_body = response->body.size > 0;
	exchange->handle.trouble.bytes = (int64_t)response->body.size;
	if (code != CURLE_OK)
		return network_trouble_set(&exchange->handle.trouble, &exchange->route, err);
	if (curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &response->status) != CURLE_OK || response->status == 0)
		return error_set(err, ERROR_REFUSED, "the answer has no status");
	if (curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after_s) == CURLE_OK && retry_after_s > 0)
		response->retry_after_s = retry_after_s;
	return 0;
}

static int make(struct exchange *exchange, struct error *err)
{
	const struct network_watch look = {.look = watch, .context = exchange};
	CURLcode code = CURLE_OK;
	if (exchange->route.cacert != NULL && access(exchange->route.cacert, R_OK) != 0)
		return error_set(err, ERROR_CONFIG, "the file of authorities '%s' (cacert) cannot be read", exchange->route.cacert);
	if (secret_reserve(&exchange->response->body, LIMIT_TOKEN_BYTES, err) < 0 || add_headers(exchange, err) < 0 ||
	    network_handle_open(&exchange->handle, &exchange->route, err) < 0)
		return -1;
	if (!configure(exchange))
		return error_set(err, ERROR_SYSTEM, "libcurl does not take a setting");
	if (network_handle_perform(&exchange->handle, &look, &code, err) < 0)
		return -1;
	return judge(exchange, code, err);
}

int token_request_make(const struct token_request *request, struct token_response *ret_response, struct error *err)
{
	const struct connection_network *network = request->network;
	const int64_t latest_ms = clock_steady_ms(&network->clock) + LIMIT_TOKEN_TIMEOUT_MS;
	struct exchange exchange = {
		.request = request,
		.response = ret_response,
		.deadline_ms = network->deadline_ms < latest_ms ? network->deadline_ms : latest_ms,
		.route =
			{
				.url = request->url->text,
				.host = request->url->host,
				.port = request->url->port,
				.cacert = request->cacert != NULL ? request->cacert : network->cacert,
				.proxy = network->proxy,
				.user_agent = network->user_agent,
				/* the operator wrote this host himself, as he does a source's */
				.policy = address_policy_for(request->url->host, request->url->host, network->allow_private),
				.connect_timeout_ms = network->connect_timeout_ms,
				.observer = network->observer,
			},
	};
	*ret_response = (struct token_response){.body = SECRET_INIT};
	const int outcome = make(&exchange, err);
	network_handle_close(&exchange.handle);
	header_list_free(exchange.headers);
	if (outcome < 0)
		secret_release(&ret_response->body);
	return outcome;
}
