/* One request: answers right and wrong, limits, times, conditions. */
#include "tests.h"

#include "scratch.h"
#include "server.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define ABC_SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/* A fetch of `target` from a server that gives `answer`. */
struct exchange {
	struct server *server;
	char url[256];
	struct fetch_request request;
};

static void exchange_begin(struct exchange *exchange, const struct scratch *scratch, const struct server_answer *answer)
{
	exchange->server = server_start(answer, 1, 0);
	(void)snprintf(exchange->url, sizeof(exchange->url), "http://127.0.0.1:%d/feed.xml?key=CANARY",
	               server_port(exchange->server));
	exchange->request = scratch_request(scratch, exchange->url);
}

static void assert_answer_fails(const struct scratch *scratch, const struct server_answer *answer, enum error_code code,
                                const char *part)
{
	struct exchange exchange;
	exchange_begin(&exchange, scratch, answer);
	scratch_assert_fails(scratch, &exchange.request, code, part);
	server_stop(exchange.server);
}

static struct fetch_result assert_answer_is_taken(const struct scratch *scratch, const struct server_answer *answer,
                                                  const char *body)
{
	struct exchange exchange;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	exchange_begin(&exchange, scratch, answer);
	if (fetch_source(&exchange.request, &result, &err) != FETCH_DONE)
		fail_msg("%s: %s", answer->text, err.message);
	server_stop(exchange.server);
	assert_int_equal(result.bytes, strlen(body));
	assert_int_equal(result.http_status, 200);
	scratch_assert_content(result.path, body, strlen(body));
	assert_int_equal(scratch_spool_count(scratch, ".feed"), 1);
	assert_int_equal(scratch_spool_count(scratch, ""), 1);
	assert_int_equal(unlink(result.path), 0);
	return result;
}

static void a_body_with_its_length_is_kept_as_received(void **state)
{
	static const struct server_answer answer = {.text = OK_HEAD
	                                            "Content-Length: 3\r\nContent-Type: text/xml; charset=windows-1251\r\n"
	                                            "ETag: \"v1\"\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n\r\nabc"};
	const struct fetch_result result = assert_answer_is_taken(*state, &answer, "abc");
	assert_true(result.is_length_proven);
	assert_string_equal(result.sha256, ABC_SHA256);
	assert_string_equal(result.charset, "windows-1251");
	assert_string_equal(result.content_type, "text/xml");
	assert_string_equal(result.etag, "\"v1\"");
	assert_string_equal(result.last_modified, "Wed, 21 Oct 2015 07:28:00 GMT");
	assert_non_null(strstr(result.final_source, "/feed.xml?key=***"));
	assert_true(result.duration_ms >= 0);
}

static void bodies_of_other_framings_are_kept_but_not_proven(void **state)
{
	static const struct server_answer answers[] = {
		{.text = OK_HEAD "\r\nabc"},
		{.text = "HTTP/1.0 200 OK\r\n\r\nabc"},
		{.text = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"},
		{.text = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nContent-Encoding: gzip\r\n\r\n"},
		{.text = OK_HEAD "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
		{.text = "HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\nContent-Encoding: gzip\r\n\r\n" OK_HEAD "\r\nabc"},
	};
	for (size_t i = 0; i < COUNT(answers); i++)
		assert_false(assert_answer_is_taken(*state, &answers[i], "abc").is_length_proven);
}

static void pages_and_empty_bodies_are_judged_by_others(void **state)
{
	static const struct server_answer page = {.text = OK_HEAD "Content-Type: text/html\r\n\r\n<html>login</html>"};
	static const struct server_answer empty = {.text = OK_HEAD "Content-Length: 0\r\n\r\n"};
	assert_string_equal(assert_answer_is_taken(*state, &page, "<html>login</html>").content_type, "text/html");
	assert_true(assert_answer_is_taken(*state, &empty, "").is_length_proven);
}

static void statuses_are_told_with_whether_a_retry_helps(void **state)
{
	static const struct {
		const char *head;
		enum error_code code;
		const char *part;
	} rows[] = {
		{"404 Not Found", ERROR_REFUSED, "answered 404 (not found)"},
		{"401 Unauthorized", ERROR_REFUSED, "answered 401 (credentials needed)"},
		{"403 Forbidden", ERROR_REFUSED, "answered 403"},
		{"410 Gone", ERROR_REFUSED, "answered 410"},
		{"418 x", ERROR_REFUSED, "answered 418"},
		{"408 x", ERROR_NETWORK, "answered 408"},
		{"425 x", ERROR_NETWORK, "answered 425"},
		{"429 x\r\nRetry-After: 120", ERROR_NETWORK, "answered 429 (too many requests), Retry-After: 120"},
		{"500 x", ERROR_NETWORK, "answered 500"},
		{"503 x\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT", ERROR_NETWORK, "Retry-After: Wed, 21 Oct"},
		{"599 x", ERROR_NETWORK, "answered 599"},
		{"600 x", ERROR_REFUSED, "answered 600"},
		{"204 No Content", ERROR_REFUSED, "answered 204 (no content)"},
		{"206 Partial Content", ERROR_REFUSED, "answered 206 (a part only)"},
		{"201 Created", ERROR_REFUSED, "answered 201"},
		{"300 x", ERROR_REFUSED, "answered 300"},
		{"304 Not Modified", ERROR_REFUSED, "answered 304 (not modified) to a request without a condition"},
		{"305 x\r\nLocation: /other", ERROR_REFUSED, "answered 305"},
		{"302 Found", ERROR_REFUSED, "answered 302 without a Location"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[256];
		(void)snprintf(text, sizeof(text), "HTTP/1.1 %s\r\n\r\nbody", rows[i].head);
		const struct server_answer answer = {.text = text};
		assert_answer_fails(*state, &answer, rows[i].code, rows[i].part);
	}
}

static void an_error_page_is_not_waited_for(void **state)
{
	static const struct server_answer answer = {.text = "HTTP/1.1 404 Not Found\r\nContent-Length: 1000\r\n\r\nx",
	                                            .end = SERVER_HOLD};
	assert_answer_fails(*state, &answer, ERROR_REFUSED, "answered 404");
}

static void compressed_answers_are_refused(void **state)
{
	static const struct server_answer answers[] = {
		{.text = OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"},
		{.text = OK_HEAD "Content-Encoding: gzip, gzip\r\n\r\nabc"},
		{.text = OK_HEAD "Content-Encoding: br\r\n\r\nabc"},
		{.text = OK_HEAD "Transfer-Encoding: gzip\r\n\r\nabc"},
		{.text = OK_HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
	};
	static const char *const parts[] = {"compressed (Content-Encoding 'gzip')", "'gzip, gzip'", "'br'", "other than chunked",
	                                    "other than chunked"};
	for (size_t i = 0; i < COUNT(answers); i++)
		assert_answer_fails(*state, &answers[i], ERROR_REFUSED, parts[i]);
}

static void a_body_shorter_than_announced_is_a_network_error(void **state)
{
	static const struct server_answer answers[] = {
		{.text = OK_HEAD "Content-Length: 10\r\n\r\nabc"},
		{.text = OK_HEAD "Content-Length: 10\r\n\r\nabc", .end = SERVER_RESET},
		{.text = OK_HEAD "Content-Length: 10\r\n\r\n"},
		{.text = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"},
		{.text = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n9\r\nabc"},
	};
	static const char *const parts[] = {"the body ended after 3 of 10 bytes", "of 10 bytes",
	                                    "the body ended after 0 of 10 bytes", "the body was cut off after 3 bytes",
	                                    "the body was cut off after 3 bytes"};
	for (size_t i = 0; i < COUNT(answers); i++)
		assert_answer_fails(*state, &answers[i], ERROR_NETWORK, parts[i]);
}

static void what_is_no_http_is_told(void **state)
{
	static const struct {
		struct server_answer answer;
		enum error_code code;
		const char *part;
	} rows[] = {
		{{.text = "", .size = 0}, ERROR_NETWORK, "the connection was lost before an answer"},
		{{.text = "", .end = SERVER_RESET}, ERROR_NETWORK, "the connection was lost before an answer"},
		{{.text = "HTTP/1.1 200 OK\r\nContent-Le"}, ERROR_NETWORK, ""},
		{{.text = "SSH-2.0-OpenSSH_9.2\r\n"}, ERROR_REFUSED, "the answer is not HTTP"},
		{{.text = "<rss></rss>"}, ERROR_REFUSED, "the answer is not HTTP"},
		{{.text = OK_HEAD "Content-Length: many\r\n\r\nabc"}, ERROR_REFUSED, ""},
		{{.text = OK_HEAD "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"}, ERROR_REFUSED, "several that differ"},
		{{.text = OK_HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc"}, ERROR_NETWORK, "cut off after 0 bytes: "},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_answer_fails(*state, &rows[i].answer, rows[i].code, rows[i].part);
}

static void bodies_over_the_limit_are_stopped(void **state)
{
	static const struct server_answer announced = {.text = OK_HEAD "Content-Length: 1048577\r\n\r\n", .end = SERVER_HOLD};
	static const struct server_answer beyond_numbers = {.text = OK_HEAD "Content-Length: 99999999999999999999\r\n\r\n",
	                                                    .end = SERVER_HOLD};
	static const struct server_answer chunked = {.text = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n",
	                                             .repeat = "10\r\n0123456789abcdef\r\n",
	                                             .repeat_count = SIZE_MAX};
	static const struct server_answer endless = {
		.text = OK_HEAD "\r\n", .repeat = "0123456789abcdef", .repeat_count = SIZE_MAX};
	assert_answer_fails(*state, &announced, ERROR_LIMIT,
	                    "announced with 1048577 bytes, larger than the limit of 1048576 bytes");
	assert_answer_fails(*state, &beyond_numbers, ERROR_LIMIT, "larger than the limit");
	assert_answer_fails(*state, &chunked, ERROR_LIMIT, "larger than the limit of 1048576 bytes");
	assert_answer_fails(*state, &endless, ERROR_LIMIT, "larger than the limit of 1048576 bytes");
}

static void the_limit_itself_is_within_the_limit(void **state)
{
	static const struct server_answer answer = {.text = OK_HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"};
	struct exchange exchange;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	exchange_begin(&exchange, *state, &answer);
	exchange.request.max_bytes = 2;
	scratch_assert_fails(*state, &exchange.request, ERROR_LIMIT, "limit of 2 bytes");
	exchange.request.max_bytes = 3;
	assert_int_equal(fetch_source(&exchange.request, &result, &err), FETCH_DONE);
	server_stop(exchange.server);
}

static void a_feed_larger_than_the_disk_is_not_begun(void **state)
{
	static const struct server_answer answer = {.text = OK_HEAD "Content-Length: 1152921504606846976\r\n\r\n",
	                                            .end = SERVER_HOLD};
	struct exchange exchange;
	exchange_begin(&exchange, *state, &answer);
	exchange.request.max_bytes = INT64_MAX;
	scratch_assert_fails(*state, &exchange.request, ERROR_SYSTEM, "has only");
	server_stop(exchange.server);
}

static void headers_without_end_are_stopped(void **state)
{
	static char long_line[200001];
	static const struct server_answer many = {
		.text = OK_HEAD, .repeat = "X-Padding: 0123456789abcdef0123456789abcdef\r\n", .repeat_count = SIZE_MAX};
	static const struct server_answer interim = {
		.text = "", .repeat = "HTTP/1.1 103 Early Hints\r\nX: 0123456789abcdef\r\n\r\n", .repeat_count = SIZE_MAX};
	const struct server_answer one = {.text = OK_HEAD "X-Padding: ", .repeat = long_line, .repeat_count = 100};
	memset(long_line, 'x', sizeof(long_line) - 1);
	assert_answer_fails(*state, &many, ERROR_LIMIT, "headers of the answer are larger than 262144 bytes");
	assert_answer_fails(*state, &interim, ERROR_LIMIT, "headers of the answer are larger than 262144 bytes");
	assert_answer_fails(*state, &one, ERROR_LIMIT, "a header of the answer is too long");
}

static void silence_ends_in_a_time_out(void **state)
{
	static const struct server_answer answers[] = {
		{.text = "", .end = SERVER_HOLD},
		{.text = "HTTP/1.1 200 OK\r\nX: ", .end = SERVER_HOLD},
		{.text = OK_HEAD "Content-Length: 10\r\n\r\nabc", .end = SERVER_HOLD},
		{.text = OK_HEAD "\r\nabc", .end = SERVER_HOLD},
	};
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct exchange exchange;
		exchange_begin(&exchange, *state, &answers[i]);
		exchange.request.idle_timeout_ms = 10;
		scratch_assert_fails(*state, &exchange.request, ERROR_NETWORK, "less than 1000 bytes a second for 10 ms");
		exchange.request.idle_timeout_ms = 100000;
		exchange.request.timeout_ms = 10;
		scratch_assert_fails(*state, &exchange.request, ERROR_NETWORK, "not finished within 10 ms");
		server_stop(exchange.server);
	}
}

/* A second passes between any two looks at it. */
static int64_t fast_steady_ms(void *context)
{
	int64_t *now_ms = context;
	*now_ms += 1000;
	return *now_ms;
}

static int64_t fast_now_ms(void *context)
{
	(void)context;
	return 0;
}

static void time_is_that_of_the_clock_passed_in(void **state)
{
	static const struct server_answer answer = {.text = OK_HEAD "\r\nabc", .end = SERVER_HOLD};
	int64_t now_ms = 0;
	struct exchange exchange;
	exchange_begin(&exchange, *state, &answer);
	exchange.request.clock = (struct clock){.context = &now_ms, .now_ms = fast_now_ms, .steady_ms = fast_steady_ms};
	exchange.request.idle_timeout_ms = 1 << 30;
	exchange.request.timeout_ms = 20000;
	scratch_assert_fails(*state, &exchange.request, ERROR_NETWORK, "not finished within 20000 ms");
	exchange.request.idle_timeout_ms = 5000;
	exchange.request.timeout_ms = 1 << 30;
	scratch_assert_fails(*state, &exchange.request, ERROR_NETWORK, "less than 1000 bytes a second for 5000 ms");
	server_stop(exchange.server);
}

struct cancel {
	int64_t at_bytes;
	int64_t total;
};

static int cancel_after(void *context, int64_t bytes, int64_t total)
{
	struct cancel *cancel = context;
	cancel->total = total;
	return bytes >= cancel->at_bytes ? 2 : 0;
}

static void a_fetch_is_cancelled_by_its_progress_function(void **state)
{
	static const struct server_answer answer = {.text = OK_HEAD "Content-Length: 10\r\n\r\nabc", .end = SERVER_HOLD};
	struct cancel cancel = {.at_bytes = 3};
	struct exchange exchange;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	exchange_begin(&exchange, *state, &answer);
	exchange.request.progress = cancel_after;
	exchange.request.progress_context = &cancel;
	assert_int_equal(fetch_source(&exchange.request, &result, &err), -1);
	assert_int_equal(err.code, ERROR_CANCELLED);
	assert_int_equal(err.number, 2);
	assert_int_equal(cancel.total, 10);
	assert_int_equal(scratch_spool_count(*state, ""), 0);
	cancel.at_bytes = 0;
	scratch_assert_fails(*state, &exchange.request, ERROR_CANCELLED, "cancelled after 0 bytes");
	server_stop(exchange.server);
}

/* Counts network sockets; one that a child would inherit cancels. */
static int check_sockets(void *context, int64_t bytes, int64_t total)
{
	size_t *count = context;
	(void)bytes;
	(void)total;
	for (int fd = 3; fd < 64; fd++) {
		struct sockaddr_in address;
		socklen_t size = sizeof(address);
		if (getsockname(fd, (struct sockaddr *)&address, &size) != 0 || address.sin_family != AF_INET)
			continue;
		if ((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0)
			return 1;
		(*count)++;
	}
	return 0;
}

static void connections_are_not_inherited_by_children(void **state)
{
	static const struct server_answer answer = {.text = OK_HEAD "\r\nabc", .end = SERVER_HOLD};
	size_t count = 0;
	struct exchange exchange;
	exchange_begin(&exchange, *state, &answer);
	exchange.request.progress = check_sockets;
	exchange.request.progress_context = &count;
	exchange.request.idle_timeout_ms = 20;
	scratch_assert_fails(*state, &exchange.request, ERROR_NETWORK, "less than 1000 bytes");
	server_stop(exchange.server);
	assert_true(count > 1); /* the server's own is one of them */
}

static void conditions_are_sent_and_not_modified_is_an_outcome(void **state)
{
	static const struct server_answer answer = {.text = "HTTP/1.1 304 Not Modified\r\nETag: \"v2\"\r\n\r\n",
	                                            .end = SERVER_HOLD};
	struct exchange exchange;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	exchange_begin(&exchange, *state, &answer);
	exchange.request.etag = "\"v1\"";
	exchange.request.last_modified = "Wed, 21 Oct 2015 07:28:00 GMT";
	assert_int_equal(fetch_source(&exchange.request, &result, &err), FETCH_NOT_MODIFIED);
	assert_int_equal(result.http_status, 304);
	assert_string_equal(result.path, "");
	assert_string_equal(result.etag, "\"v2\"");
	assert_false(result.is_length_proven);
	assert_int_equal(scratch_spool_count(*state, ""), 0);
	const char *request = server_request(exchange.server, 0);
	assert_non_null(strstr(request, "\r\nIf-None-Match: \"v1\"\r\n"));
	assert_non_null(strstr(request, "\r\nIf-Modified-Since: Wed, 21 Oct 2015 07:28:00 GMT\r\n"));
	exchange.request.etag = "\"v1\"\r\nX-Injected: 1";
	exchange.request.last_modified = "";
	scratch_assert_fails(*state, &exchange.request, ERROR_REFUSED, "without a condition");
	request = server_request(exchange.server, 1);
	assert_null(strstr(request, "If-None-Match"));
	assert_null(strstr(request, "If-Modified-Since"));
	assert_null(strstr(request, "Injected"));
	server_stop(exchange.server);
}

static void requests_say_only_what_they_must(void **state)
{
	static const struct server_answer answer = {.text = OK_HEAD "\r\nabc"};
	char expected[512];
	struct exchange exchange;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	exchange_begin(&exchange, *state, &answer);
	assert_int_equal(fetch_source(&exchange.request, &result, &err), FETCH_DONE);
	(void)snprintf(expected, sizeof(expected),
	               "GET /feed.xml?key=CANARY HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: feedmill-test/1\r\n"
	               "Accept: */*\r\nAccept-Encoding: identity\r\n\r\n",
	               server_port(exchange.server));
	assert_string_equal(server_request(exchange.server, 0), expected);
	server_stop(exchange.server);
}

static void the_environment_names_no_proxy(void **state)
{
	static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
	static const struct server_answer answer = {.text = OK_HEAD "Content-Length: 3\r\n\r\nabc"};
	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(setenv(names[i], "http://127.0.0.1:1", 1), 0);
	(void)assert_answer_is_taken(*state, &answer, "abc");
	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(unsetenv(names[i]), 0);
}

static void a_proxy_is_used_where_it_is_configured(void **state)
{
	static const struct server_answer answer = {.target = "http://feeds.example/feed.xml", .text = OK_HEAD "\r\nabc"};
	struct server *server = server_start(&answer, 1, 0);
	char proxy[64];
	struct fetch_result result;
	struct error err = ERROR_INIT;
	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", server_port(server));
	struct fetch_request request = scratch_request(*state, "http://feeds.example/feed.xml");
	request.proxy = proxy;
	assert_int_equal(fetch_source(&request, &result, &err), FETCH_DONE);
	assert_int_equal(unlink(result.path), 0);
	request.proxy = "ftp://CANARY@proxy.example";
	scratch_assert_fails(*state, &request, ERROR_CONFIG, "proxy");
	server_stop(server);
}

static void no_one_listening_is_a_network_error(void **state)
{
	struct server *server = server_start(NULL, 0, 0);
	char url[128];
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/?key=CANARY", server_port(server));
	server_stop(server);
	const struct fetch_request request = scratch_request(*state, url);
	scratch_assert_fails(*state, &request, ERROR_NETWORK, "Connection refused");
	const struct fetch_request nowhere = scratch_request(*state, "http://feeds.invalid/?key=CANARY");
	scratch_assert_fails(*state, &nowhere, ERROR_NETWORK, "the address of the host 'feeds.invalid' cannot be found");
}

static void plain_servers_and_faulty_authorities_give_no_secure_connection(void **state)
{
	static const struct server_answer answer = {.text = "HTTP/1.1 400 Bad Request\r\n\r\n"};
	struct exchange exchange;
	exchange_begin(&exchange, *state, &answer);
	(void)snprintf(exchange.url, sizeof(exchange.url), "https://127.0.0.1:%d/?key=CANARY", server_port(exchange.server));
	scratch_write(*state, "ca.pem", "no certificate", 14);
	exchange.request.cacert = "/missing/ca.pem";
	scratch_assert_fails(*state, &exchange.request, ERROR_CONFIG, "'/missing/ca.pem' (cacert) cannot be read");
	exchange.request.cacert = scratch_path(*state, "ca.pem");
	scratch_assert_fails(*state, &exchange.request, ERROR_CONFIG, "cacert");
	server_stop(exchange.server);
}

static void urls_with_credentials_are_refused_before_any_request(void **state)
{
	static const struct server_answer answer = {.text = OK_HEAD "\r\nabc"};
	struct server *server = server_start(&answer, 1, 0);
	char url[128];
	(void)snprintf(url, sizeof(url), "http://CANARY:CANARY@127.0.0.1:%d/", server_port(server));
	const struct fetch_request request = scratch_request(*state, url);
	scratch_assert_fails(*state, &request, ERROR_REFUSED, "credentials belong into a connection");
	assert_int_equal(server_request_count(server), 0);
	server_stop(server);
}

/* libcurl's allocator that fails at the n-th request. */
static size_t allocations_left;

static bool allocation_fails(void)
{
	if (allocations_left == 0)
		return true;
	allocations_left--;
	return false;
}

static void *failing_malloc(size_t size)
{
	return allocation_fails() ? NULL : malloc(size);
}

static void *failing_calloc(size_t count, size_t size)
{
	return allocation_fails() ? NULL : calloc(count, size);
}

static void *failing_realloc(void *memory, size_t size)
{
	return allocation_fails() ? NULL : realloc(memory, size);
}

static char *failing_strdup(const char *text)
{
	return allocation_fails() ? NULL : strdup(text);
}

static void failing_allocations_fail_the_fetch_and_nothing_else(void **state)
{
	static const struct server_answer answers[] = {
		{.target = "/old", .text = "HTTP/1.1 302 x\r\nLocation: /new?k=CANARY\r\n\r\n"},
		{.target = "/new?k=CANARY", .text = OK_HEAD "Content-Length: 3\r\nETag: \"a\"\r\n\r\nabc"},
	};
	struct server *server = server_start(answers, COUNT(answers), 0);
	struct fetch_result result;
	struct error err = ERROR_INIT;
	char url[128];
	int outcome = -1;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/old", server_port(server));
	struct fetch_request request = scratch_request(*state, url);
	request.etag = "\"old\"";
	fetch_release();
	size_t count = 0;
	for (; outcome != FETCH_DONE && count < 2000; count++) {
		allocations_left = SIZE_MAX;
		assert_int_equal(curl_global_init_mem(CURL_GLOBAL_DEFAULT, failing_malloc, free, failing_realloc, failing_strdup,
		                                      failing_calloc),
		                 CURLE_OK);
		allocations_left = count;
		error_clear(&err);
		outcome = fetch_source(&request, &result, &err);
		allocations_left = SIZE_MAX;
		curl_global_cleanup();
		if (outcome != FETCH_DONE) {
			assert_int_not_equal(err.code, ERROR_NONE);
			assert_null(strstr(err.message, "CANARY"));
			assert_int_equal(scratch_spool_count(*state, ""), 0);
		}
	}
	server_stop(server);
	assert_int_equal(fetch_init(&err), 0);
	assert_int_equal(outcome, FETCH_DONE);
	assert_true(count > 50); /* the allocator was indeed ours */
	scratch_assert_content(result.path, "abc", 3);
}

#define HTTP_TEST(function) cmocka_unit_test_setup_teardown(function, scratch_make, scratch_remove)

int run_http_tests(void)
{
	static const struct CMUnitTest tests[] = {
		HTTP_TEST(a_body_with_its_length_is_kept_as_received),
		HTTP_TEST(bodies_of_other_framings_are_kept_but_not_proven),
		HTTP_TEST(pages_and_empty_bodies_are_judged_by_others),
		HTTP_TEST(statuses_are_told_with_whether_a_retry_helps),
		HTTP_TEST(an_error_page_is_not_waited_for),
		HTTP_TEST(compressed_answers_are_refused),
		HTTP_TEST(a_body_shorter_than_announced_is_a_network_error),
		HTTP_TEST(what_is_no_http_is_told),
		HTTP_TEST(bodies_over_the_limit_are_stopped),
		HTTP_TEST(the_limit_itself_is_within_the_limit),
		HTTP_TEST(a_feed_larger_than_the_disk_is_not_begun),
		HTTP_TEST(headers_without_end_are_stopped),
		HTTP_TEST(silence_ends_in_a_time_out),
		HTTP_TEST(time_is_that_of_the_clock_passed_in),
		HTTP_TEST(a_fetch_is_cancelled_by_its_progress_function),
		HTTP_TEST(connections_are_not_inherited_by_children),
		HTTP_TEST(conditions_are_sent_and_not_modified_is_an_outcome),
		HTTP_TEST(requests_say_only_what_they_must),
		HTTP_TEST(the_environment_names_no_proxy),
		HTTP_TEST(a_proxy_is_used_where_it_is_configured),
		HTTP_TEST(no_one_listening_is_a_network_error),
		HTTP_TEST(plain_servers_and_faulty_authorities_give_no_secure_connection),
		HTTP_TEST(failing_allocations_fail_the_fetch_and_nothing_else),
		HTTP_TEST(urls_with_credentials_are_refused_before_any_request),
	};
	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
