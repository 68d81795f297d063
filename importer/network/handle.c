/* Settings, the check of addresses, and the loop of one request. */
#include "network/handle.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* ---- Addresses ---- */

static curl_socket_t on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *target)
{
	struct network_handle *handle = context;
	struct network_trouble *trouble = &handle->trouble;
	(void)purpose; /* there is one: a connection */
	trouble->attempts++;
	if (handle->route->proxy == NULL) {
		/* `addr` is the head of as many bytes as `addrlen` says */
		struct sockaddr_storage storage = {0};
		struct address address;
		const size_t size = target->addrlen < sizeof(storage) ? target->addrlen : sizeof(storage);
		memcpy(&storage, (const void *)&target->addr, size);
		if (!address_from_socket((const struct sockaddr *)&storage, (socklen_t)size, &address) ||
		    !address_is_allowed(&handle->route->policy, &address)) {
			trouble->refusals++;
			trouble->refused = address;
			return CURL_SOCKET_BAD;
		}
	}
	return socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

/* Where the URL itself names an address, the answer is known before anything is sent. */
static int check_literal(const struct network_route *route, struct error *err)
{
	struct address address;
	if (!address_parse(route->host, &address) || address_is_allowed(&route->policy, &address))
		return 0;
	return network_trouble_set_address(route, &address, err);
}

/* ---- Settings ---- */

static bool set_numbers(CURL *easy)
{
	static const struct {
		CURLoption option;
		long value;
	} settings[] = {
		{CURLOPT_FOLLOWLOCATION, 0},
		{CURLOPT_UNRESTRICTED_AUTH, 0},
		{CURLOPT_NETRC, CURL_NETRC_IGNORED},
		{CURLOPT_DISALLOW_USERNAME_IN_URL, 1},
		{CURLOPT_SSL_VERIFYPEER, 1},
		{CURLOPT_SSL_VERIFYHOST, 2},
		{CURLOPT_PROXY_SSL_VERIFYPEER, 1},
		{CURLOPT_PROXY_SSL_VERIFYHOST, 2},
		{CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
		{CURLOPT_NOSIGNAL, 1},
		{CURLOPT_QUICK_EXIT, 1}, /* a name that is still being looked up does not keep a cancelled run */
		{CURLOPT_HTTPGET, 1},
		{CURLOPT_HTTP09_ALLOWED, 0},
		{CURLOPT_HTTP_CONTENT_DECODING, 0},
		{CURLOPT_TRANSFER_ENCODING, 0},
		{CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS},
		{CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
		{CURLOPT_HEADEROPT, CURLHEADER_SEPARATE},
		{CURLOPT_TCP_KEEPALIVE, 1},
		{CURLOPT_BUFFERSIZE, 262144L},
	};
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (curl_easy_setopt(easy, settings[i].option, settings[i].value) != CURLE_OK)
			return false;
	}
	return true;
}

static bool set_texts(CURL *easy, const struct network_route *route)
{
	const struct {
		CURLoption option;
		const char *value;
	} settings[] = {
		{CURLOPT_URL, route->url},
		{CURLOPT_PROTOCOLS_STR, "http,https"},
		{CURLOPT_REDIR_PROTOCOLS_STR, "http,https"},
		{CURLOPT_PROXY, route->proxy != NULL ? route->proxy : ""}, /* NULL would ask the environment */
		{CURLOPT_NOPROXY, ""},
		{CURLOPT_USERAGENT, route->user_agent},
	};
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (curl_easy_setopt(easy, settings[i].option, settings[i].value) != CURLE_OK)
			return false;
	}
	/* instead of the system's authorities: libcurl has both a file and a folder of them */
	return route->cacert == NULL || (curl_easy_setopt(easy, CURLOPT_CAINFO, route->cacert) == CURLE_OK &&
	                                 curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK);
}

static bool set_own(struct network_handle *handle)
{
	CURL *easy = handle->easy;
	return curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, handle->trouble.text) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, handle) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)handle->route->connect_timeout_ms) == CURLE_OK;
}

static int observe(struct network_handle *handle, struct error *err)
{
	if (handle->route->observer == NULL)
		return 0;
	handle->exchange = calloc(1, sizeof(*handle->exchange));
	if (handle->exchange == NULL)
		return error_set_memory(err);
	if (network_exchange_attach(handle->exchange, handle->easy))
		return 0;
	return error_set(err, ERROR_SYSTEM, "libcurl does not take a setting");
}

int network_handle_open(struct network_handle *handle, const struct network_route *route, struct error *err)
{
	*handle = (struct network_handle){.route = route, .trouble.total = -1};
	if (check_literal(route, err) != 0)
		return -1;
	handle->easy = curl_easy_init();
	if (handle->easy == NULL)
		return error_set_memory(err);
	if (set_numbers(handle->easy) && set_texts(handle->easy, route) && set_own(handle))
		return observe(handle, err);
	return error_set(err, ERROR_SYSTEM, "libcurl does not take a setting (out of memory, or built without TLS)");
}

void network_handle_close(struct network_handle *handle)
{
	if (handle->exchange != NULL) {
		network_exchange_finish(handle->exchange, handle->easy);
		handle->route->observer->saw(handle->route->observer->context, handle->exchange);
	}
	free(handle->exchange);
	handle->exchange = NULL;
	curl_easy_cleanup(handle->easy);
	handle->easy = NULL;
}

bool network_handle_is_sent(const struct network_handle *handle)
{
	curl_off_t spent_us = 0;
	return curl_easy_getinfo(handle->easy, CURLINFO_PRETRANSFER_TIME_T, &spent_us) == CURLE_OK && spent_us > 0;
}

/* ---- The loop ---- */

/* OpenSSL writes to sockets without MSG_NOSIGNAL; what the program does with SIGPIPE elsewhere is its own affair. */
struct pipe_guard {
	sigset_t before;
	bool was_pending;
};

static void pipe_guard_begin(struct pipe_guard *guard)
{
	sigset_t set;
	guard->was_pending = sigpending(&set) == 0 && sigismember(&set, SIGPIPE) == 1;
	(void)sigemptyset(&set); /* these three cannot fail with valid arguments */
	(void)sigaddset(&set, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &set, &guard->before);
}

static void pipe_guard_end(const struct pipe_guard *guard)
{
	const struct timespec now = {0};
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGPIPE);
	if (!guard->was_pending)
		(void)sigtimedwait(&set, NULL, &now); /* one of ours, or none */
	(void)pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
}

static CURLcode message_result(CURLM *multi)
{
	int left = 0;
	const CURLMsg *message = curl_multi_info_read(multi, &left);
	return message != NULL && message->msg == CURLMSG_DONE ? message->data.result : CURLE_FAILED_INIT;
}

static int loop(CURLM *multi, const struct network_watch *watch, CURLcode *ret_code, struct error *err)
{
	for (;;) {
		int running = 0;
		int wait_ms = 0;
		if (curl_multi_perform(multi, &running) != CURLM_OK)
			return error_set_memory(err);
		if (running == 0)
			break;
		if (watch->look(watch->context, &wait_ms, err) != 0)
			return -1;
		if (curl_multi_poll(multi, NULL, 0, wait_ms, NULL) != CURLM_OK)
			return error_set_memory(err);
	}
	*ret_code = message_result(multi);
	return 0;
}

static void note_trouble(struct network_handle *handle, CURLcode code)
{
	long system_number = 0;
	(void)curl_easy_getinfo(handle->easy, CURLINFO_OS_ERRNO, &system_number); /* stays 0 */
	handle->trouble.code = code;
	handle->trouble.system_number = (int)system_number;
	handle->trouble.is_sent = network_handle_is_sent(handle);
}

int network_handle_perform(struct network_handle *handle, const struct network_watch *watch, CURLcode *ret_code, struct error *err)
{
	struct pipe_guard guard;
	CURLM *multi = curl_multi_init();
	if (multi == NULL)
		return error_set_memory(err);
	pipe_guard_begin(&guard);
	int outcome = -1;
	if (curl_multi_add_handle(multi, handle->easy) != CURLM_OK)
		(void)error_set_memory(err);
	else
		outcome = loop(multi, watch, ret_code, err);
	if (outcome == 0)
		note_trouble(handle, *ret_code);
	(void)curl_multi_remove_handle(multi, handle->easy); /* no harm where it was not added */
	(void)curl_multi_cleanup(multi);                     /* fails on a bad handle only */
	pipe_guard_end(&guard);
	return outcome;
}
