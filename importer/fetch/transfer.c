/* A request's life: callbacks, and the watch over time, pace and cancel. */
#include "fetch/transfer.h"

#include "connection/session.h"
#include "fetch/spool.h"
#include "network/handle.h"

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
	struct network_handle handle;
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
	if (curl_easy_getinfo(transfer->handle.easy, CURLINFO_RESPONSE_CODE, &transfer->status) != CURLE_OK)
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

static int transfer_open(struct transfer *transfer)
{
	if (network_handle_open(&transfer->handle, &transfer->request->route, transfer->err) != 0)
		return -1;
	CURL *easy = transfer->handle.easy;
	if (curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->request->headers) != CURLE_OK)
		return error_set(transfer->err, ERROR_SYSTEM, "libcurl does not take a setting");
	return connection_use_configure(transfer->request->connection, easy, transfer->err);
}

/* Cancelled, too late, too slow? */
static int transfer_watch(void *context, int *ret_wait_ms, struct error *err)
{
	struct transfer *transfer = context;
	const struct fetch_request *fetch = transfer->request->fetch;
	const int64_t bytes = transfer->file->bytes;
	const int cancel = fetch->progress == NULL ? 0
	                                           : fetch->progress(fetch->progress_context, bytes, body_total(transfer->answer));
	if (cancel != 0) {
		(void)error_set(err, ERROR_CANCELLED, "cancelled after %lld bytes", (long long)bytes);
		err->number = cancel;
		return -1;
	}
	const int64_t now_ms = clock_steady_ms(&fetch->clock);
	const int64_t left_ms = transfer->request->deadline_ms - now_ms;
	if (left_ms <= 0)
		return error_set(err, ERROR_NETWORK, "not finished within %lld ms", (long long)fetch->timeout_ms);
	/* until a request is sent, the time-out for connecting counts, not the pace */
	if (!network_handle_is_sent(&transfer->handle))
		transfer->pace = (struct pace){.mark_ms = now_ms, .good_ms = now_ms};
	if (pace_is_idle(&transfer->pace, now_ms, transfer->answer->head_bytes + bytes, fetch->idle_timeout_ms))
		return error_set(err, ERROR_NETWORK, "less than %d bytes a second for %lld ms, after %lld bytes",
		                 PACE_BYTES_PER_SECOND, (long long)fetch->idle_timeout_ms, (long long)bytes);
	int64_t wait_ms = left_ms < WAIT_MS ? left_ms : WAIT_MS;
	if (fetch->idle_timeout_ms / 4 < wait_ms)
		wait_ms = fetch->idle_timeout_ms / 4 + 1;
	*ret_wait_ms = (int)wait_ms;
	return 0;
}

static int transfer_judge(struct transfer *transfer, CURLcode code)
{
	const struct answer *answer = transfer->answer;
	struct network_trouble *trouble = &transfer->handle.trouble;
	if (transfer->is_answered || (code == CURLE_OK && transfer->status == STATUS_UNAUTHORIZED))
		return 0;
	if (transfer->is_failed)
		return -1;
	trouble->has_body = answer->is_head_done;
	trouble->bytes = transfer->file->bytes;
	trouble->total = body_total(answer);
	if (code == CURLE_OK && answer->is_head_done && (trouble->total < 0 || trouble->total == transfer->file->bytes))
		return 0;
	if (code == CURLE_OK)
		trouble->code = answer->is_head_done ? CURLE_PARTIAL_FILE : CURLE_GOT_NOTHING;
	return network_trouble_set(trouble, &transfer->request->route, transfer->err);
}

int transfer_run(const struct transfer_request *request, struct spool_file *file, long *ret_status, struct answer *ret_answer,
                 struct error *err)
{
	struct transfer transfer = {.request = request, .file = file, .answer = ret_answer, .err = err};
	const struct network_watch watch = {.look = transfer_watch, .context = &transfer};
	CURLcode code = CURLE_OK;
	answer_init(ret_answer);
	int outcome = transfer_open(&transfer);
	if (outcome == 0)
		outcome = network_handle_perform(&transfer.handle, &watch, &code, err);
	if (outcome == 0)
		outcome = transfer_judge(&transfer, code);
	network_handle_close(&transfer.handle);
	*ret_status = transfer.status;
	return outcome;
}
