/* Redirects between two servers, and what must never be reached or said on the way. */
#include "tests.h"

#include "base/limits.h"
#include "scratch.h"
#include "server.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REDIRECT(status, location) "HTTP/1.1 " status " x\r\nLocation: " location "\r\nContent-Length: 4\r\n\r\nmove"
#define FEED "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nETag: \"feed\"\r\n\r\nabc"

static const char *source_at(const struct server *server, const char *path)
{
	static char url[256];
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", server_port(server), path);
	return url;
}

static void redirects_are_followed_to_the_feed(void **state)
{
	static const struct server_answer answers[] = {
		{.target = "/301", .text = REDIRECT("301", "/feed?x=1")},
		{.target = "/302", .text = REDIRECT("302", "feed?x=1#fragment")},
		{.target = "/303", .text = REDIRECT("303", "?x=1")},
		{.target = "/303?x=1", .text = REDIRECT("307", "//127.0.0.1:{port}/301")},
		{.target = "/307", .text = REDIRECT("307", "./a/../feed?x=1")},
		{.target = "/308", .text = REDIRECT("308", "http://127.0.0.1:{port}/302")},
		{.target = "/feed?x=1", .text = FEED},
	};
	static const char *const paths[] = {"/301", "/302", "/303", "/307", "/308"};
	struct server *server = server_start(answers, COUNT(answers), 0);
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct fetch_result result;
		struct error err = ERROR_INIT;
		const struct fetch_request request = scratch_request(*state, source_at(server, paths[i]));
		if (fetch_source(&request, &result, &err) != FETCH_DONE)
			fail_msg("%s: %s", paths[i], err.message);
		assert_non_null(strstr(result.final_source, "/feed?x=***"));
		assert_string_equal(result.etag, "\"feed\"");
		scratch_assert_content(result.path, "abc", 3);
	}
	server_stop(server);
}

static void validators_of_the_last_answer_count(void **state)
{
	static const struct server_answer answers[] = {
		{.target = "/old",
	         .text = "HTTP/1.1 302 x\r\nLocation: /new\r\nETag: \"hop\"\r\nLast-Modified: x\r\nContent-Type: text/html\r\n\r\n"},
		{.target = "/new", .text = "HTTP/1.1 200 OK\r\n\r\nabc"},
	};
	struct server *server = server_start(answers, COUNT(answers), 0);
	struct fetch_result result;
	struct error err = ERROR_INIT;
	struct fetch_request request = scratch_request(*state, source_at(server, "/old"));
	request.etag = "\"mine\"";
	assert_int_equal(fetch_source(&request, &result, &err), FETCH_DONE);
	assert_string_equal(result.etag, "");
	assert_string_equal(result.last_modified, "");
	assert_string_equal(result.content_type, "");
	assert_non_null(strstr(server_request(server, 1), "If-None-Match: \"mine\"")); /* it came from behind the redirect */
	server_stop(server);
}

static void redirects_end_at_their_limit(void **state)
{
	static const struct server_answer answers[] = {
		{.target = "/loop", .text = REDIRECT("302", "/loop")},
		{.target = "/a", .text = REDIRECT("302", "/b")},
		{.target = "/b", .text = REDIRECT("302", "/a")},
	};
	static const char *const paths[] = {"/loop", "/a"};
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct server *server = server_start(answers, COUNT(answers), 0);
		const struct fetch_request request = scratch_request(*state, source_at(server, paths[i]));
		scratch_assert_fails(*state, &request, ERROR_LIMIT, "more than 10 redirects");
		assert_int_equal(server_request_count(server), LIMIT_REDIRECTS + 1);
		server_stop(server);
	}
}

static void as_many_redirects_as_the_limit_are_followed(void **state)
{
	static struct server_answer answers[LIMIT_REDIRECTS + 1];
	static char targets[LIMIT_REDIRECTS + 1][16];
	static char texts[LIMIT_REDIRECTS + 1][128];
	struct fetch_result result;
	struct error err = ERROR_INIT;
	for (int i = 0; i <= LIMIT_REDIRECTS; i++) {
		(void)snprintf(targets[i], sizeof(targets[i]), "/%d", i);
		(void)snprintf(texts[i], sizeof(texts[i]), REDIRECT("302", "/%d"), i + 1);
		answers[i] = (struct server_answer){.target = targets[i], .text = i < LIMIT_REDIRECTS ? texts[i] : FEED};
	}
	struct server *server = server_start(answers, COUNT(answers), 0);
	const struct fetch_request request = scratch_request(*state, source_at(server, "/0"));
	const int outcome = fetch_source(&request, &result, &err);
	server_stop(server);
	assert_int_equal(outcome, FETCH_DONE);
}

static void another_port_of_the_same_literal_host_may_be_reached(void **state)
{
	static const struct server_answer target = {.target = "/feed", .text = FEED};
	static const struct server_answer answer = {.text = REDIRECT("302", "http://127.0.0.1:{other}/feed")};
	struct server *other = server_start(&target, 1, 0);
	struct server *server = server_start(&answer, 1, server_port(other));
	struct fetch_result result;
	struct error err = ERROR_INIT;
	const struct fetch_request request = scratch_request(*state, source_at(server, "/"));
	const int outcome = fetch_source(&request, &result, &err);
	char host[64];
	(void)snprintf(host, sizeof(host), "\r\nHost: 127.0.0.1:%d\r\n", server_port(other));
	const bool is_named = server_request(other, 0) != NULL && strstr(server_request(other, 0), host) != NULL;
	server_stop(server);
	server_stop(other);
	assert_int_equal(outcome, FETCH_DONE);
	assert_true(is_named);
}

static void redirects_that_lead_astray_are_refused_unvisited(void **state)
{
	static const struct {
		struct server_answer answer;
		const char *part;
	} rows[] = {
		{{.text = REDIRECT("302", "file:///etc/passwd")}, "only http and https"},
		{{.text = REDIRECT("302", "ftp://127.0.0.1:{other}/")}, "only http and https"},
		{{.text = REDIRECT("302", "gopher://127.0.0.1:{other}/_x")}, "only http and https"},
		{{.text = REDIRECT("302", "http://u:CANARY@127.0.0.1:{other}/")}, "credentials belong into a connection"},
		{{.text = REDIRECT("302", "http://127.0.0.2:{other}/?k=CANARY")}, "leads to the loopback address 127.0.0.2"},
		{{.text = REDIRECT("302", "http://localhost:{other}/?k=CANARY")}, "'localhost' leads to the loopback address"},
		{{.text = REDIRECT("302", "http://[::1]:{other}/")}, "leads to the loopback address ::1"},
		{{.text = REDIRECT("302", "http://0x7f.0.0.2:{other}/")}, "leads to the loopback address 127.0.0.2"},
		{{.text = REDIRECT("302", "http://[::ffff:127.0.0.1]:{other}/")}, "leads to the loopback address ::ffff:127.0.0.1"},
		{{.text = REDIRECT("302", "http://feeds.localhost:{other}/")}, "'feeds.localhost' leads to the loopback address"},
		{{.text = REDIRECT("302", "http://10.0.0.5/")}, "leads to the private address 10.0.0.5; set 'network: private'"},
		{{.text = REDIRECT("302", "http://169.254.169.254/latest")}, "leads to the link-local address 169.254.169.254"},
		{{.text = REDIRECT("302", "http://0.0.0.0:{other}/")}, "which is no host's address"},
		{{.text = REDIRECT("302", "http://127.0.0.1:{other}0000/?k=CANARY")}, "the port of the URL"},
		{{.text = "HTTP/1.1 302 x\r\nLocation:\r\n\r\n"}, "names no URL"},
	};
	static const struct server_answer target = {.text = FEED};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct server *other = server_start(&target, 1, 0);
		struct server *server = server_start(&rows[i].answer, 1, server_port(other));
		const struct fetch_request request = scratch_request(*state, source_at(server, "/?k=CANARY"));
		scratch_assert_fails(*state, &request, ERROR_REFUSED, rows[i].part);
		assert_int_equal(server_request_count(other), 0);
		server_stop(server);
		server_stop(other);
	}
}

static void the_setting_opens_the_private_network_to_redirects(void **state)
{
	static const struct server_answer target = {.text = FEED};
	static const struct server_answer answer = {.text = REDIRECT("302", "http://feeds.localhost:{other}/")};
	struct server *other = server_start(&target, 1, 0);
	struct server *server = server_start(&answer, 1, server_port(other));
	struct fetch_result result;
	struct error err = ERROR_INIT;
	struct fetch_request request = scratch_request(*state, source_at(server, "/"));
	request.allow_private = true;
	const int outcome = fetch_source(&request, &result, &err);
	server_stop(server);
	server_stop(other);
	assert_int_equal(outcome, FETCH_DONE);
}

static void names_of_private_addresses_need_the_setting(void **state)
{
	static const struct server_answer answer = {.text = FEED};
	struct server *server = server_start(&answer, 1, 0);
	struct fetch_result result;
	struct error err = ERROR_INIT;
	char url[128];
	(void)snprintf(url, sizeof(url), "http://feeds.localhost:%d/", server_port(server));
	struct fetch_request request = scratch_request(*state, url);
	scratch_assert_fails(*state, &request, ERROR_REFUSED, "'feeds.localhost' leads to the loopback address");
	assert_int_equal(server_request_count(server), 0);
	request.allow_private = true;
	assert_int_equal(fetch_source(&request, &result, &err), FETCH_DONE);
	request.allow_private = false;
	(void)snprintf(url, sizeof(url), "http://LocalHost:%d/", server_port(server));
	assert_int_equal(fetch_source(&request, &result, &err), FETCH_DONE);
	server_stop(server);
}

static void a_public_source_leads_to_no_private_address_by_proxy_either(void **state)
{
	static const struct server_answer answers[] = {
		{.target = "http://feeds.example/", .text = REDIRECT("302", "http://10.0.0.5/")},
		{.target = "http://10.0.0.5/", .text = FEED},
	};
	struct server *server = server_start(answers, COUNT(answers), 0);
	struct fetch_result result;
	struct error err = ERROR_INIT;
	char proxy[64];
	(void)snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", server_port(server));
	struct fetch_request request = scratch_request(*state, "http://feeds.example/");
	request.proxy = proxy;
	scratch_assert_fails(*state, &request, ERROR_REFUSED, "leads to the private address 10.0.0.5");
	assert_int_equal(server_request_count(server), 1);
	request.allow_private = true;
	assert_int_equal(fetch_source(&request, &result, &err), FETCH_DONE);
	server_stop(server);
}

static void secrets_of_sources_stand_in_no_message(void **state)
{
	static const struct server_answer answers[] = {
		{.target = "/404?k=CANARY", .text = "HTTP/1.1 404 x\r\n\r\n"},
		{.target = "/500?k=CANARY", .text = "HTTP/1.1 500 x\r\n\r\n"},
		{.target = "/cut?k=CANARY", .text = "HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nabc"},
		{.target = "/move?k=CANARY", .text = REDIRECT("302", "/404?k=CANARY#CANARY")},
		{.target = "/user?k=CANARY", .text = REDIRECT("302", "http://CANARY:CANARY@127.0.0.1:{port}/")},
		{.target = "/file?k=CANARY", .text = REDIRECT("302", "ftp://CANARY@127.0.0.1/?k=CANARY")},
		{.target = "/port?k=CANARY", .text = REDIRECT("302", "http://127.0.0.1:CANARY/")},
		{.target = "/closed?k=CANARY", .text = REDIRECT("302", "http://127.0.0.1:1/?CANARY")},
		{.target = "/none?k=CANARY", .text = REDIRECT("302", "http://feeds.invalid/?CANARY")},
		{.target = "/loop?k=CANARY", .text = REDIRECT("302", "/loop?k=CANARY")},
		{.target = "/junk?k=CANARY", .text = "CANARY"},
	};
	static const char *const paths[] = {
		"/404?k=CANARY#CANARY", "/500?k=CANARY",   "/cut?k=CANARY",    "/move?k=CANARY", "/user?k=CANARY",
		"/file?k=CANARY",       "/port?k=CANARY",  "/closed?k=CANARY", "/none?k=CANARY", "/loop?k=CANARY",
		"/junk?k=CANARY",       "/unknown?CANARY", "/a b?k=CANARY",
	};
	static const char *const sources[] = {
		"http://CANARY:CANARY@feeds.invalid/",  "http://u:CANARY/CANARY@feeds.invalid/", "http://feeds.invalid:CANARY/",
		"ftp://u:CANARY@feeds.invalid/?CANARY", "https://feeds.invalid/?CANARY#CANARY",  "http://[CANARY]/",
	};
	struct server *server = server_start(answers, COUNT(answers), 0);
	for (size_t i = 0; i < COUNT(paths) + COUNT(sources) - 1; i++) {
		struct fetch_result result;
		struct error err = ERROR_INIT;
		const char *source = i < COUNT(paths) ? source_at(server, paths[i]) : sources[i - COUNT(paths)];
		const struct fetch_request request = scratch_request(*state, source);
		assert_int_equal(fetch_source(&request, &result, &err), -1);
		assert_true(strlen(err.message) > 0);
		if (strstr(err.message, "CANARY") != NULL || strstr(result.final_source, "CANARY") != NULL)
			fail_msg("%s: %s", source, err.message);
	}
	server_stop(server);
}

static void messages_name_source_and_target(void **state)
{
	static const struct server_answer answers[] = {
		{.target = "/feed?key=1", .text = REDIRECT("302", "/gone?key=2")},
		{.target = "/gone?key=2", .text = "HTTP/1.1 410 Gone\r\n\r\n"},
	};
	struct server *server = server_start(answers, COUNT(answers), 0);
	char expected[256];
	(void)snprintf(expected, sizeof(expected),
	               "'http://127.0.0.1:%d/feed?key=***': redirected to 'http://127.0.0.1:%d/gone?key=***': answered 410 (gone)",
	               server_port(server), server_port(server));
	const struct fetch_request request = scratch_request(*state, source_at(server, "/feed?key=1"));
	scratch_assert_fails(*state, &request, ERROR_REFUSED, expected);
	server_stop(server);
}

#define REDIRECT_TEST(function) cmocka_unit_test_setup_teardown(function, scratch_make, scratch_remove)

int run_redirect_tests(void)
{
	static const struct CMUnitTest tests[] = {
		REDIRECT_TEST(redirects_are_followed_to_the_feed),
		REDIRECT_TEST(validators_of_the_last_answer_count),
		REDIRECT_TEST(redirects_end_at_their_limit),
		REDIRECT_TEST(as_many_redirects_as_the_limit_are_followed),
		REDIRECT_TEST(another_port_of_the_same_literal_host_may_be_reached),
		REDIRECT_TEST(redirects_that_lead_astray_are_refused_unvisited),
		REDIRECT_TEST(the_setting_opens_the_private_network_to_redirects),
		REDIRECT_TEST(names_of_private_addresses_need_the_setting),
		REDIRECT_TEST(a_public_source_leads_to_no_private_address_by_proxy_either),
		REDIRECT_TEST(secrets_of_sources_stand_in_no_message),
		REDIRECT_TEST(messages_name_source_and_target),
	};
	return cmocka_run_group_tests_name("redirect", tests, NULL, NULL);
}
