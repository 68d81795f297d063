/* Heads of HTTP answers. */
#include "tests.h"

#include "fetch/answer.h"

#include <stdio.h>
#include <string.h>

/* Feed `head` line by line, as libcurl does. */
static int feed(struct answer *answer, const char *head, struct error *err)
{
	while (*head != '\0') {
		const char *end = strchr(head, '\n');
		const size_t size = end != NULL ? (size_t)(end - head) + 1 : strlen(head);
		if (answer_line(answer, slice_make(head, size), err) != 0)
			return -1;
		head += size;
	}
	return 0;
}

static struct answer read_head(const char *head)
{
	struct answer answer;
	struct error err = ERROR_INIT;
	answer_init(&answer);
	assert_int_equal(feed(&answer, head, &err), 0);
	return answer;
}

static void the_headers_that_matter_are_read(void **state)
{
	const struct answer answer = read_head("HTTP/1.1 200 OK\r\n"
	                                       "content-LENGTH: \t 42 \r\n"
	                                       "Content-Type: Text/XML ; boundary=x; Charset=\"windows-1251\"; charset=utf-8\r\n"
	                                       "ETag: W/\"a b\"\r\n"
	                                       "Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n"
	                                       "Location: /x?y=1\r\n"
	                                       "Location: /second\r\n"
	                                       "Retry-After: 120\r\n"
	                                       "Content-Encoding: identity\r\n"
	                                       "X-Other: Content-Encoding: gzip\r\n\r\n");
	(void)state;
	assert_true(answer.is_head_done);
	assert_null(answer.fault);
	assert_true(answer.has_length);
	assert_int_equal(answer.length, 42);
	assert_false(answer.is_chunked);
	assert_string_equal(answer.content_type, "text/xml");
	assert_string_equal(answer.charset, "windows-1251");
	assert_string_equal(answer.etag, "W/\"a b\"");
	assert_string_equal(answer.last_modified, "Wed, 21 Oct 2015 07:28:00 GMT");
	assert_string_equal(answer.location, "/x?y=1");
	assert_string_equal(answer.retry_after, "120");
	assert_string_equal(answer.content_encoding, "");
}

static void an_answer_says_when_to_come_again(void **state)
{
	static const int64_t now_ms = INT64_C(1792567200500); /* 2026-10-21 07:20:00.5 UTC */
	static const struct {
		const char *value;
		int64_t wait_ms; /* -1 = nothing is said */
	} rows[] = {
		{"", -1},
		{"0", 0},
		{"120", 120000},
		{"00120", 120000},
		{"86400", 86400000},
		{"86401", LIMIT_RETRY_AFTER_MS},
		{"99999999999999999999999999", LIMIT_RETRY_AFTER_MS},
		{"-5", -1},
		{"1.5", -1},
		{"soon", -1},
		{"Wed, 21 Oct 2026 07:28:00 GMT", 480000},
		{"Wednesday, 21-Oct-26 07:28:00 GMT", 480000},
		{"Wed Oct 21 07:28:00 2026", 480000},
		{"Wed, 21 Oct 2015 07:28:00 GMT", 0},
		{"Wed, 21 Oct 2099 07:28:00 GMT", LIMIT_RETRY_AFTER_MS},
		{"Wed, 21 Oct", -1},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char head[256];
		(void)snprintf(head, sizeof(head), "HTTP/1.1 503 x\r\nRetry-After: %s\r\n\r\n", rows[i].value);
		const struct answer answer = read_head(head);
		const int64_t retry_at_ms = answer_retry_at_ms(&answer, now_ms);
		if (retry_at_ms != (rows[i].wait_ms < 0 ? 0 : now_ms + rows[i].wait_ms))
			fail_msg("'%s' gives %lld", rows[i].value, (long long)(retry_at_ms - now_ms));
	}
}

static void faulty_heads_are_told(void **state)
{
	static const struct {
		const char *headers;
		bool is_faulty;
	} rows[] = {
		{"Transfer-Encoding: chunked\r\n", false},
		{"Transfer-Encoding: CHUNKED\r\n", false},
		{"Transfer-Encoding: gzip\r\n", true},
		{"Transfer-Encoding: gzip, chunked\r\n", true},
		{"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", true},
		{"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", true},
		{"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", true},
		{"Transfer-Encoding:\r\n", true},
		{"Transfer-Encoding: identity\r\n", true},
		{"Content-Length: 5\r\n", false},
		{"Content-Length: 5\r\nContent-Length: 5\r\n", false},
		{"Content-Length: 5\r\nContent-Length: 6\r\n", true},
		{"Content-Length: -5\r\n", true},
		{"Content-Length: +5\r\n", true},
		{"Content-Length: 5, 5\r\n", true},
		{"Content-Length: 0x5\r\n", true},
		{"Content-Length:\r\n", true},
		{"Content-Length: 99999999999999999999999999\r\n", false},
		{"Content-Length: 5\r\n 6\r\n", true},
		{"Content-Encoding: identity\r\n\tgzip\r\n", true},
		{"Set-Cookie: a\r\n b\r\n", false},
		{"Transfer-Encoding: gzip\r\nHTTP/1.1 200 OK\r\n", true},
		{"no colon\r\n", false},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answer answer;
		struct error err = ERROR_INIT;
		answer_init(&answer);
		assert_int_equal(feed(&answer, "HTTP/1.1 200 OK\r\n", &err), 0);
		assert_int_equal(feed(&answer, rows[i].headers, &err), 0);
		assert_int_equal(feed(&answer, "\r\n", &err), 0);
		if ((answer.fault != NULL) != rows[i].is_faulty)
			fail_msg("row %zu: %s", i, rows[i].headers);
	}
}

static void a_length_beyond_numbers_is_larger_than_all(void **state)
{
	(void)state;
	assert_true(read_head("HTTP/1.1 200\r\nContent-Length: 9223372036854775808\r\n\r\n").length == INT64_MAX);
	assert_true(read_head("HTTP/1.1 200\r\nContent-Length: 18446744073709551621\r\n\r\n").length == INT64_MAX);
	assert_true(read_head("HTTP/1.1 200\r\nContent-Length: 9223372036854775807000000000000000000000\r\n\r\n").length ==
	            INT64_MAX);
}

static void content_encodings_are_kept_for_the_message(void **state)
{
	(void)state;
	assert_string_equal(read_head("HTTP/2 200\r\ncontent-encoding: gzip\r\n\r\n").content_encoding, "gzip");
	assert_string_equal(read_head("HTTP/2 200\r\ncontent-encoding: \x01\r\n\r\n").content_encoding, "unknown");
	assert_string_equal(
		read_head("HTTP/2 200\r\ncontent-encoding: gzip\r\ncontent-encoding: identity\r\n\r\n").content_encoding, "gzip");
	assert_string_equal(read_head("HTTP/2 200\r\ncontent-encoding:\r\n\r\n").content_encoding, "");
}

static void interim_answers_say_nothing_of_the_feed(void **state)
{
	const struct answer early = read_head("HTTP/1.1 103 Early Hints\r\nETag: \"early\"\r\nContent-Length: 3\r\n\r\n");
	const struct answer both = read_head("HTTP/1.1 103 Early Hints\r\nETag: \"early\"\r\nContent-Length: 3\r\n\r\n"
	                                     "HTTP/1.1 200 OK\r\nLast-Modified: x\r\n\r\n");
	(void)state;
	assert_false(early.is_head_done);
	assert_true(both.is_head_done);
	assert_string_equal(both.etag, "");
	assert_false(both.has_length);
	assert_string_equal(both.last_modified, "x");
	assert_true(both.head_bytes > early.head_bytes);
}

static void trailers_change_nothing(void **state)
{
	const struct answer answer = read_head(
		"HTTP/1.1 200 OK\r\nETag: \"a\"\r\n\r\nETag: \"b\"\r\nContent-Encoding: gzip\r\nHTTP/1.1 404\r\n\r\n");
	(void)state;
	assert_string_equal(answer.etag, "\"a\"");
	assert_string_equal(answer.content_encoding, "");
}

static void heads_are_limited_in_all(void **state)
{
	char line[1024];
	struct answer answer;
	struct error err = ERROR_INIT;
	(void)state;
	memset(line, 'a', sizeof(line));
	answer_init(&answer);
	for (size_t i = 0; i < LIMIT_HEADER_BYTES / sizeof(line); i++)
		assert_int_equal(answer_line(&answer, slice_make(line, sizeof(line)), &err), 0);
	assert_int_equal(answer_line(&answer, slice_make("\r\n", 2), &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
}

static void validators_are_plain_text_of_limited_size(void **state)
{
	char long_value[FETCH_VALIDATOR_MAX + 1];
	char head[FETCH_VALIDATOR_MAX + 64];
	(void)state;
	memset(long_value, 'e', sizeof(long_value));
	assert_true(answer_validator_is_valid(slice_make(long_value, FETCH_VALIDATOR_MAX - 1)));
	assert_false(answer_validator_is_valid(slice_make(long_value, FETCH_VALIDATOR_MAX)));
	assert_false(answer_validator_is_valid(slice_from("")));
	assert_false(answer_validator_is_valid(slice_from(NULL)));
	assert_false(answer_validator_is_valid(slice_from("\"a\"\r\nX-Injected: 1")));
	assert_false(answer_validator_is_valid(slice_from("\"\xc3\xa9\"")));
	assert_false(answer_validator_is_valid(slice_from(" \"a\"")));
	assert_true(answer_validator_is_valid(slice_from("\"a\"")));
	memcpy(head, "ETag: ", 6);
	memset(head + 6, 'e', FETCH_VALIDATOR_MAX);
	memcpy(head + 6 + FETCH_VALIDATOR_MAX, "\r\n", 3);
	struct answer answer = read_head("HTTP/1.1 200 OK\r\nLast-Modified: \xc3\xa9\r\n");
	struct error err = ERROR_INIT;
	assert_int_equal(feed(&answer, head, &err), 0);
	assert_string_equal(answer.etag, "");
	assert_string_equal(answer.last_modified, "");
}

static void redirects_to_endless_urls_are_faults(void **state)
{
	static char head[LIMIT_URL_BYTES + 64];
	struct error err = ERROR_INIT;
	(void)state;
	for (size_t extra = 0; extra < 2; extra++) {
		struct answer answer;
		answer_init(&answer);
		memcpy(head, "Location: ", 10);
		memset(head + 10, 'l', LIMIT_URL_BYTES + extra);
		memcpy(head + 10 + LIMIT_URL_BYTES + extra, "\r\n", 3);
		assert_int_equal(feed(&answer, "HTTP/1.1 301\r\n", &err), 0);
		assert_int_equal(feed(&answer, head, &err), 0);
		assert_int_equal(answer.fault != NULL, extra);
	}
}

static void content_types_of_all_kinds_do_no_harm(void **state)
{
	static const struct {
		const char *value;
		const char *type;
		const char *charset;
	} rows[] = {
		{"application/xml", "application/xml", ""},
		{"text/xml;charset=UTF-8", "text/xml", "UTF-8"},
		{"text/xml; charset = utf-8", "text/xml", ""},
		{"text/xml; charset=", "text/xml", ""},
		{"text/xml; charset=\"\"", "text/xml", ""},
		{"text/xml; charset=\"", "text/xml", "\""},
		{";charset=koi8-r", "", "koi8-r"},
		{"", "", ""},
		{";;;", "", ""},
		{"text/\xff", "", ""},
		{"text/xml; charset=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "text/xml", ""},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char head[256];
		(void)snprintf(head, sizeof(head), "HTTP/1.1 200\r\nContent-Type: %s\r\n", rows[i].value);
		const struct answer answer = read_head(head);
		assert_string_equal(answer.content_type, rows[i].type);
		assert_string_equal(answer.charset, rows[i].charset);
	}
}

/* Bytes of a head changed at random, with a fixed seed: whatever comes out of it stays within its bounds. */
static void damaged_heads_do_no_harm(void **state)
{
	static const char whole[] =
		"HTTP/1.1 103 x\r\nLink: a\r\n\r\nHTTP/1.1 302 Found\r\nContent-Length: 42\r\nContent-Type: text/xml; charset=\"utf-8\"\r\n"
		"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n b\r\nETag: \"x\"\r\nLocation: /x\r\nRetry-After: 1\r\n\r\n";
	static const char bytes[] = "\r\n\t :;=\",/a0\x01\x7f\xff";
	uint32_t random = 1;
	(void)state;
	for (int round = 0; round < 20000; round++) {
		char head[sizeof(whole)];
		struct answer answer;
		struct error err = ERROR_INIT;
		memcpy(head, whole, sizeof(whole));
		for (int i = 0; i < 4; i++) {
			random = random * 1664525 + 1013904223;
			head[(random >> 8) % (sizeof(whole) - 1)] = bytes[(random >> 24) % (sizeof(bytes) - 1)];
		}
		answer_init(&answer);
		assert_int_equal(feed(&answer, head, &err), 0);
		assert_true(strlen(answer.etag) < sizeof(answer.etag) && strlen(answer.charset) < sizeof(answer.charset));
		assert_true(strlen(answer.location) < sizeof(answer.location) && answer.length >= -1);
	}
}

int run_answer_tests(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_headers_that_matter_are_read),
		cmocka_unit_test(an_answer_says_when_to_come_again),
		cmocka_unit_test(faulty_heads_are_told),
		cmocka_unit_test(a_length_beyond_numbers_is_larger_than_all),
		cmocka_unit_test(content_encodings_are_kept_for_the_message),
		cmocka_unit_test(interim_answers_say_nothing_of_the_feed),
		cmocka_unit_test(trailers_change_nothing),
		cmocka_unit_test(heads_are_limited_in_all),
		cmocka_unit_test(validators_are_plain_text_of_limited_size),
		cmocka_unit_test(redirects_to_endless_urls_are_faults),
		cmocka_unit_test(damaged_heads_do_no_harm),
		cmocka_unit_test(content_types_of_all_kinds_do_no_harm),
	};
	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
