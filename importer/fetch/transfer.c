/* A request's life: handle, callbacks, and the loop that watches time, pace and cancel. */
#include "fetch/transfer.h"

#include "connection/session.h"
#include "fetch/spool.h"
#include "fetch/transfer_error.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define WAIT_MS 100                /* at most, between two looks at the clock and the progress function */
#define PACE_BYTES_PER_SECOND 1000 /* below this a transfer counts as idle */
#define PACE_WINDOW_MS 1000        /* over which the pace is taken */
#define STATUS_OK 200
#define STATUS_UNAUTHORIZED 401

/* Since when the pace has been too low. */
struct pace {
	int64_t mark_ms;
	int64_t mark_bytes;
	int64_t good_ms;
};

struct transfer {
	const struct transfer_request *request;
	struct spool_file *file;
	struct answer *answer;
	long status;
	CURL *easy;
	CURLM *multi;
	struct transfer_trouble trouble;
	struct pace pace;
	bool is_answered;   /* the head says all there is to know; stopped by us */
	bool is_challenged; /* asked for credentials once: libcurl makes the request again, or this is the answer */
	bool is_failed;     /* `err` has been set in a callback or by the watch */
	struct error *err;
};

static bool pace_is_idle(struct pace *pace, int64_t now_ms, int64_t bytes, int64_t idle_ms)
{
	const int64_t quarter_ms = idle_ms / 4 + 1;
	const int64_t elapsed_ms = now_ms - pace->mark_ms;
	if (elapsed_ms >= (quarter_ms < PACE_WINDOW_MS ? quarter_ms : PACE_WINDOW_MS)) {
		if ((bytes - pace->mark_bytes) * 1000 >= elapsed_ms * PACE_BYTES_PER_SECOND)
			pace->good_ms = now_ms;
		pace->mark_ms = now_ms;
		pace->mark_bytes = bytes;
	}
	return now_ms - pace->good_ms >= idle_ms;
}

static int64_t body_total(const struct answer *answer)
{
	return answer->has_length && !answer->is_chunked ? answer->length : -1;
}

/* A first question is for libcurl, which answers it; what it cannot answer is a body, or the end. */
static bool head_is_challenge(struct transfer *transfer)
{
	if (transfer->status != STATUS_UNAUTHORIZED || transfer->is_challenged ||
	    !connection_use_expects_challenge(transfer->request->connection))
		return false;
	transfer->is_challenged = true;
	return true;
}

/* The head is whole: take the body, or stop here. */
static int head_judge(struct transfer *transfer)
{
	const struct answer *answer = transfer->answer;
	const struct fetch_request *fetch = transfer->request->fetch;
	if (curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &transfer->status) != CURLE_OK)
		return error_set(transfer->err, ERROR_REFUSED, "the answer has no status");
	if (head_is_challenge(transfer))
		return 0;
	if (transfer->status != STATUS_OK) {
		transfer->is_answered = true;
		return -1;
	}
	if (answer->fault != NULL)
		return error_set(transfer->err, ERROR_REFUSED, "%s", answer->fault);
	if (answer->content_encoding[0] != '\0')
		return error_set(transfer->err, ERROR_REFUSED,
		                 "the answer is compressed (Content-Encoding '%s') although identity was asked for",
		                 answer->content_encoding);
	if (body_total(answer) > fetch->max_bytes)
		return error_set(transfer->err, ERROR_LIMIT,
		                 "the feed is announced with %lld bytes, larger than the limit of %lld bytes",
		                 (long long)answer->length, (long long)fetch->max_bytes);
	if (spool_open(transfer->file, fetch->spool_folder, clock_now_ms(&fetch->clock), transfer->err) != 0)
		return -1;
	return spool_reserve(transfer->file, body_total(answer), transfer->err);
}

static size_t on_header(char *data, size_t one, size_t size, void *context)
{
	struct transfer *transfer = context;
	if (transfer->is_challenged && transfer->status == STATUS_UNAUTHORIZED && transfer->answer->is_head_done &&
	    slice_starts_with(slice_make(data, size), "HTTP/")) {
		answer_init(transfer->answer); /* of the second request */
		transfer->status = 0;
	}
	const bool was_done = transfer->answer->is_head_done;
	(void)one; /* always 1 */
	int outcome = answer_line(transfer->answer, slice_make(data, size), transfer->err);
	if (outcome == 0 && !was_done && transfer->answer->is_head_done)
		outcome = head_judge(transfer);
	transfer->is_failed = outcome != 0 && !transfer->is_answered;
	return outcome == 0 ? size : 0;
}

static size_t on_body(char *data, size_t one, size_t size, void *context)
{
	struct transfer *transfer = context;
	const int64_t max_bytes = transfer->request->fetch->max_bytes;
	(void)one; /* always 1 */
	if (transfer->status == STATUS_UNAUTHORIZED) {
		transfer->is_answered = true; /* libcurl has no answer to the question: this is the answer to us */
		return 0;
	}
	transfer->is_failed = true;
	if (!transfer->answer->is_head_done) {
		error_set(transfer->err, ERROR_REFUSED, "the answer has no head");
		return 0;
	}
	if ((int64_t)size > max_bytes - transfer->file->bytes) {
		error_set(transfer->err, ERROR_LIMIT, "larger than the limit of %lld bytes", (long long)max_bytes);
		return 0;
	}
	if (spool_write(transfer->file, data, size, transfer->err) != 0)
		return 0;
	transfer->is_failed = false;
	return size;
}

static curl_socket_t on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *target)
{
	struct transfer *transfer = context;
	struct transfer_trouble *trouble = &transfer->trouble;
	(void)purpose; /* there is one: a connection */
	trouble->attempts++;
	if (transfer->request->fetch->proxy == NULL) {
		/* `addr` is the head of as many bytes as `addrlen` says */
		struct sockaddr_storage storage = {0};
		struct address address;
		const size_t size = target->addrlen < sizeof(storage) ? target->addrlen : sizeof(storage);
		memcpy(&storage, (const void *)&target->addr, size);
		if (!address_from_socket((const struct sockaddr *)&storage, (socklen_t)size, &address) ||
		    !address_is_allowed(&transfer->request->policy, &address)) {
			trouble->refusals++;
			trouble->refused = address;
			return CURL_SOCKET_BAD;
		}
	}
	return socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

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

static bool set_texts(CURL *easy, const struct transfer_request *request)
{
	const struct fetch_request *fetch = request->fetch;
	const struct {
		CURLoption option;
		const char *value;
	} settings[] = {
		{CURLOPT_URL, request->url->text},
		{CURLOPT_PROTOCOLS_STR, "http,https"},
		{CURLOPT_REDIR_PROTOCOLS_STR, "http,https"},
		{CURLOPT_PROXY, fetch->proxy != NULL ? fetch->proxy : ""}, /* NULL would ask the environment */
		{CURLOPT_NOPROXY, ""},
		{CURLOPT_USERAGENT, fetch->user_agent},
	};
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (curl_easy_setopt(easy, settings[i].option, settings[i].value) != CURLE_OK)
			return false;
	}
	/* instead of the system's authorities: libcurl has both a file and a folder of them */
	return fetch->cacert == NULL || (curl_easy_setopt(easy, CURLOPT_CAINFO, fetch->cacert) == CURLE_OK &&
	                                 curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK);
}

static bool set_callbacks(struct transfer *transfer)
{
	CURL *easy = transfer->easy;
	return curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->trouble.text) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->request->headers) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)transfer->request->fetch->connect_timeout_ms) == CURLE_OK;
}

static int transfer_open(struct transfer *transfer)
{
	transfer->easy = curl_easy_init();
	transfer->multi = curl_multi_init();
	if (transfer->easy == NULL || transfer->multi == NULL)
		return error_set_memory(transfer->err);
	if (!set_numbers(transfer->easy) || !set_texts(transfer->easy, transfer->request) || !set_callbacks(transfer))
		return error_set(transfer->err, ERROR_SYSTEM,
		                 "libcurl does not take a setting (out of memory, or built without TLS)");
	if (connection_use_configure(transfer->request->connection, transfer->easy, transfer->err) != 0)
		return -1;
	if (curl_multi_add_handle(transfer->multi, transfer->easy) != CURLM_OK)
		return error_set_memory(transfer->err);
	return 0;
}

static void transfer_close(struct transfer *transfer)
{
	if (transfer->easy != NULL && transfer->multi != NULL)
		(void)curl_multi_remove_handle(transfer->multi, transfer->easy); /* no harm where it was not added */
	curl_easy_cleanup(transfer->easy);
	(void)curl_multi_cleanup(transfer->multi); /* fails on a bad handle only */
}

/* Until a request is sent, the time-out for connecting counts, not the pace. */
static bool is_connected(const struct transfer *transfer)
{
	curl_off_t spent_us = 0;
	return curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &spent_us) == CURLE_OK && spent_us > 0;
}

/* Cancelled, too late, too slow? -1 with the error set. Else the time to wait for the network in `ret_wait_ms`. */
static int transfer_watch(struct transfer *transfer, int *ret_wait_ms)
{
	const struct fetch_request *fetch = transfer->request->fetch;
	const int64_t bytes = transfer->file->bytes;
	const int cancel = fetch->progress == NULL ? 0
	                                           : fetch->progress(fetch->progress_context, bytes, body_total(transfer->answer));
	if (cancel != 0) {
		(void)error_set(transfer->err, ERROR_CANCELLED, "cancelled after %lld bytes", (long long)bytes);
		transfer->err->number = cancel;
		return -1;
	}
	const int64_t now_ms = clock_steady_ms(&fetch->clock);
	const int64_t left_ms = transfer->request->deadline_ms - now_ms;
	if (left_ms <= 0)
		return error_set(transfer->err, ERROR_NETWORK, "not finished within %lld ms", (long long)fetch->timeout_ms);
	if (!is_connected(transfer))
		transfer->pace = (struct pace){.mark_ms = now_ms, .good_ms = now_ms};
	if (pace_is_idle(&transfer->pace, now_ms, transfer->answer->head_bytes + bytes, fetch->idle_timeout_ms))
		return error_set(transfer->err, ERROR_NETWORK, "less than %d bytes a second for %lld ms, after %lld bytes",
		                 PACE_BYTES_PER_SECOND, (long long)fetch->idle_timeout_ms, (long long)bytes);
	int64_t wait_ms = left_ms < WAIT_MS ? left_ms : WAIT_MS;
	if (fetch->idle_timeout_ms / 4 < wait_ms)
		wait_ms = fetch->idle_timeout_ms / 4 + 1;
	*ret_wait_ms = (int)wait_ms;
	return 0;
}

static CURLcode transfer_result(const struct transfer *transfer)
{
	int left = 0;
	const CURLMsg *message = curl_multi_info_read(transfer->multi, &left);
	return message != NULL && message->msg == CURLMSG_DONE ? message->data.result : CURLE_FAILED_INIT;
}

static int transfer_loop(struct transfer *transfer, CURLcode *ret_code)
{
	for (;;) {
		int running = 0;
		int wait_ms = 0;
		if (curl_multi_perform(transfer->multi, &running) != CURLM_OK)
			return error_set_memory(transfer->err);
		if (running == 0)
			break;
		if (transfer_watch(transfer, &wait_ms) != 0)
			return -1;
		if (curl_multi_poll(transfer->multi, NULL, 0, wait_ms, NULL) != CURLM_OK)
			return error_set_memory(transfer->err);
	}
	*ret_code = transfer_result(transfer);
	return 0;
}

static int transfer_judge(struct transfer *transfer, CURLcode code)
{
	const struct answer *answer = transfer->answer;
	if (transfer->is_answered || (code == CURLE_OK && transfer->status == STATUS_UNAUTHORIZED))
		return 0;
	if (transfer->is_failed)
		return -1;
	long system_number = 0;
	(void)curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &system_number); /* stays 0 */
	transfer->trouble.code = code;
	transfer->trouble.system_number = (int)system_number;
	transfer->trouble.is_sent = is_connected(transfer);
	transfer->trouble.has_body = answer->is_head_done;
	transfer->trouble.bytes = transfer->file->bytes;
	transfer->trouble.total = body_total(answer);
	if (code == CURLE_OK && answer->is_head_done &&
	    (transfer->trouble.total < 0 || transfer->trouble.total == transfer->file->bytes))
		return 0;
	if (code == CURLE_OK)
		transfer->trouble.code = answer->is_head_done ? CURLE_PARTIAL_FILE : CURLE_GOT_NOTHING;
	return transfer_error_set(&transfer->trouble, transfer->request, transfer->err);
}

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

/* Where the URL itself names an address, the answer is known before anything is sent, through a proxy too. */
static int literal_check(const struct transfer_request *request, struct error *err)
{
	struct address address;
	if (!address_parse(request->url->host, &address) || address_is_allowed(&request->policy, &address))
		return 0;
	return transfer_error_address(request, &address, err);
}

int transfer_run(const struct transfer_request *request, struct spool_file *file, long *ret_status, struct answer *ret_answer,
                 struct error *err)
{
	struct transfer transfer = {.request = request, .file = file, .answer = ret_answer, .err = err};
	CURLcode code = CURLE_OK;
	answer_init(ret_answer);
	if (literal_check(request, err) != 0)
		return -1;
	struct pipe_guard guard;
	pipe_guard_begin(&guard);
	int outcome = transfer_open(&transfer);
	if (outcome == 0)
		outcome = transfer_loop(&transfer, &code);
	if (outcome == 0)
		outcome = transfer_judge(&transfer, code);
	transfer_close(&transfer);
	pipe_guard_end(&guard);
	*ret_status = transfer.status;
	return outcome;
}
