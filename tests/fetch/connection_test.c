/*
 * Credentials on the wire: what a server gets of each kind, and that nobody
 * else gets any of it. The secret is a canary. All ways of redirects are
 * tested in e2e.
 */
#include "tests.h"

#include "scratch.h"
#include "server.h"
#include "support/connection_scene.h"

#include <stdio.h>
#include <string.h>

#define CANARY "CANARY-7f3a"
#define CANARY_BASIC "c2hvcDpDQU5BUlktN2YzYQ==" /* 'shop:' and the canary */
#define REDIRECT(location) "HTTP/1.1 302 x\r\nLocation: " location "\r\nContent-Length: 0\r\n\r\n"
#define FEED "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
#define CHALLENGE(words) "HTTP/1.1 401 x\r\nWWW-Authenticate: " words "\r\nContent-Length: 4\r\n\r\nhalt"

struct kind_row {
	const char *name;
	const char *yaml;
	const char *sent; /* what the head of a request with credentials has */
};

static const struct kind_row kinds[] = {
	{"headers", "kind: headers\nheaders: {X-Key: env:SECRET, Authorization: env:SECRET, Cookie: env:SECRET}\n",
         "\r\nX-Key: " CANARY "\r\nAuthorization: " CANARY "\r\nCookie: " CANARY "\r\n"},
	{"basic", "kind: basic\nuser: shop\npassword: env:SECRET\n", "\r\nAuthorization: Basic " CANARY_BASIC "\r\n"},
	{"bearer", "kind: bearer\ntoken: env:SECRET\n", "\r\nAuthorization: Bearer " CANARY "\r\n"},
	{"api_key in a header", "kind: api_key\nin: header\nname: X-Api-Key\nvalue: env:SECRET\n", "\r\nX-Api-Key: " CANARY "\r\n"},
	{"api_key in the query", "kind: api_key\nin: query\nname: key\nvalue: env:SECRET\n", "?key=" CANARY " HTTP"},
	{"hmac", "kind: hmac\npreset: timestamp-target\nheader: X-Sign\nsecret: env:SECRET\n", "\r\nX-Sign: "},
};

static const char *const secrets[] = {CANARY, CANARY_BASIC};

static void open_scene(struct scene *scene, const char *yaml, const char *more)
{
	struct error err = ERROR_INIT;
	char text[512];
	(void)snprintf(text, sizeof(text), "%s%s", yaml, more);
	scene_load(scene, text);
	if (scene_open(scene, CANARY, &err) != 0)
		fail_msg("%s: %s", text, err.message);
}

static void assert_silent(const char *what, const struct fetch_result *result, const struct error *err)
{
	for (size_t i = 0; i < COUNT(secrets); i++) {
		if (strstr(err->message, secrets[i]) != NULL || strstr(result->final_source, secrets[i]) != NULL ||
		    strstr(result->withheld_from, secrets[i]) != NULL)
			fail_msg("%s says: %s %s", what, err->message, result->final_source);
	}
}

static void each_kind_is_sent_with_the_first_request(void **state)
{
	static const struct server_answer answer = {.text = FEED};
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct server *server = server_start(&answer, 1, 0);
		struct scene scene;
		struct fetch_result result;
		struct error err = ERROR_INIT;
		char url[128];
		(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/feed", server_port(server));
		open_scene(&scene, kinds[i].yaml, "");
		struct fetch_request request = scratch_request(*state, url);
		request.connection = scene.session;
		if (fetch_source(&request, &result, &err) != FETCH_DONE)
			fail_msg("%s: %s", kinds[i].name, err.message);
		assert_int_equal(server_request_count(server), 1);
		if (strstr(server_request(server, 0), kinds[i].sent) == NULL)
			fail_msg("%s: %s", kinds[i].name, server_request(server, 0));
		assert_silent(kinds[i].name, &result, &err);
		assert_string_equal(result.withheld_from, "");
		server_stop(server);
		scene_release(&scene);
	}
}

static void headers_go_over_the_wire_as_they_are_written(void **state)
{
	static const struct server_answer answer = {.text = FEED};
	struct server *server = server_start(&answer, 1, 0);
	struct scene scene;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	char url[128];
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/feed", server_port(server));
	open_scene(
		&scene,
		"kind: headers\nlatin1: true\nheaders: {X-Empty: {text: \"\"}, X-Latin: {text: \"caf\xc3\xa9\"}, X-Key: env:SECRET, "
		"User-Agent: {text: mine/1}, Accept: {text: text/xml}}\n",
		"");
	struct fetch_request request = scratch_request(*state, url);
	request.connection = scene.session;
	request.etag = "\"v\"";
	assert_int_equal(fetch_source(&request, &result, &err), FETCH_DONE);
	const char *head = server_request(server, 0);
	assert_non_null(strstr(head, "\r\nX-Empty:\r\nX-Latin: caf\xe9\r\nX-Key: " CANARY "\r\n"));
	assert_non_null(strstr(head, "\r\nUser-Agent: mine/1\r\n"));
	assert_non_null(strstr(head, "\r\nAccept: text/xml\r\n"));
	assert_non_null(strstr(head, "\r\nAccept-Encoding: identity\r\n"));
	assert_non_null(strstr(head, "\r\nIf-None-Match: \"v\"\r\n"));
	assert_null(strstr(head, "feedmill-test"));
	assert_null(strstr(head, "*/*"));
	server_stop(server);
	scene_release(&scene);
}

/* The first request has nothing; the second is libcurl's answer to the question. */
static void digest_answers_the_question_and_never_sends_the_password(void **state)
{
	static const struct {
		const char *challenge;
		const char *sent;
		size_t requests;
		const char *part; /* of the failure */
	} rows[] = {
		{CHALLENGE("Digest realm=\"feeds\", nonce=\"n\", qop=\"auth\", algorithm=SHA-256"), "username=\"shop\"", 2,
	         "answered 401"},
		{CHALLENGE("Digest realm=\"feeds\", nonce=\"n\""), "username=\"shop\"", 2, "answered 401"},
		{CHALLENGE("Basic realm=\"feeds\""), NULL, 1, "answered 401"},
		{"HTTP/1.1 401 x\r\nContent-Length: 0\r\n\r\n", NULL, 1, "answered 401"},
		{"HTTP/1.1 401 x\r\n\r\nhalt", NULL, 1, "answered 401"},
		{"HTTP/1.1 403 x\r\n\r\nhalt", NULL, 1, "answered 403"},
	};
	struct scene scene;
	open_scene(&scene, "kind: digest\nuser: shop\npassword: env:SECRET\n", "");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct server_answer answer = {.text = rows[i].challenge};
		struct server *server = server_start(&answer, 1, 0);
		char url[128];
		(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/feed", server_port(server));
		struct fetch_request request = scratch_request(*state, url);
		request.connection = scene.session;
		scratch_assert_fails(*state, &request, ERROR_REFUSED, rows[i].part);
		assert_int_equal(server_request_count(server), rows[i].requests);
		assert_null(strstr(server_request(server, 0), "Authorization"));
		for (size_t k = 0; k < rows[i].requests; k++) {
			assert_null(strstr(server_request(server, k), CANARY));
			assert_null(strstr(server_request(server, k), CANARY_BASIC));
		}
		if (rows[i].sent != NULL)
			assert_non_null(strstr(server_request(server, 1), rows[i].sent));
		server_stop(server);
	}
	scene_release(&scene);
}

static void a_key_in_the_query_stands_in_no_redirect_and_no_report(void **state)
{
	static const struct server_answer answers[] = {
		{.target = "/feed?a=1&key=" CANARY, .text = REDIRECT("next?b=2")},
		{.target = "/next?b=2&key=" CANARY, .text = REDIRECT("/last?key=" CANARY "&d=4")},
		{.target = "/last?key=" CANARY "&d=4", .text = REDIRECT("http://127.0.0.1:{other}/out")},
	};
	static const struct server_answer other_answers[] = {
		{.target = "/out", .text = REDIRECT("back?c=3")},
		{.target = "/back?c=3", .text = FEED},
	};
	struct server *other = server_start(other_answers, COUNT(other_answers), 0);
	struct server *server = server_start(answers, COUNT(answers), server_port(other));
	struct scene scene;
	struct fetch_result result;
	struct error err = ERROR_INIT;
	char url[128];
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/feed?a=1", server_port(server));
	open_scene(&scene, "kind: api_key\nin: query\nname: key\nvalue: env:SECRET\n", "");
	struct fetch_request request = scratch_request(*state, url);
	request.connection = scene.session;
	if (fetch_source(&request, &result, &err) != FETCH_DONE)
		fail_msg("%s", err.message);
	assert_silent("the fetch", &result, &err);
	assert_string_equal(result.withheld_from, "127.0.0.1");
	assert_non_null(strstr(result.final_source, "/back?c=***"));
	assert_null(strstr(result.final_source, "key"));
	server_stop(server);
	server_stop(other);
	scene_release(&scene);
}

static void nothing_is_connected_to_from_outside_of_the_scope(void **state)
{
	static const struct server_answer answer = {.text = FEED};
	static const struct {
		const char *settings; /* with the port of the server */
		const char *host;
		enum error_code code;
		const char *part;
	} rows[] = {
		{"allowed_url: http://127.0.0.1:%d/feeds\n", "127.0.0.1", ERROR_SCOPE, "its path lies outside"},
		{"allowed_url: https://127.0.0.1:%d/\n", "127.0.0.1", ERROR_SCOPE, "its scheme is another one"},
		{"allowed_url: http://localhost:%d/\n", "127.0.0.1", ERROR_SCOPE, "its host is another one"},
		{"allowed_url: http://127.0.0.1/\n", "127.0.0.1", ERROR_SCOPE, "its port is another one"},
		{"description: port %d\n", "feeds.localhost", ERROR_REFUSED, "insecure_http: true"},
	};
	struct server *server = server_start(&answer, 1, 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scene scene;
		char url[128];
		char settings[128];
		(void)snprintf(url, sizeof(url), "http://%s:%d/feed", rows[i].host, server_port(server));
		const char *place = strstr(rows[i].settings, "%d");
		if (place != NULL)
			(void)snprintf(settings, sizeof(settings), "%.*s%d%s", (int)(place - rows[i].settings), rows[i].settings,
			               server_port(server), place + 2);
		else
			(void)snprintf(settings, sizeof(settings), "%s", rows[i].settings);
		open_scene(&scene, kinds[0].yaml, settings);
		struct fetch_request request = scratch_request(*state, url);
		request.connection = scene.session;
		request.allow_private = true;
		scratch_assert_fails(*state, &request, rows[i].code, rows[i].part);
		scene_release(&scene);
	}
	assert_int_equal(server_request_count(server), 0);
	server_stop(server);
}

static void failures_say_nothing_of_the_credentials(void **state)
{
	static const struct server_answer answers[] = {
		{.target = "/move?x=1&key=" CANARY, .text = REDIRECT("/gone?key=" CANARY)},
		{.target = "/junk?x=1&key=" CANARY, .text = CANARY},
		{.target = "/cut?x=1&key=" CANARY, .text = "HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nabc"},
	};
	static const char *const paths[] = {"/404", "/move", "/junk", "/cut", "/closed"};
	struct server *server = server_start(answers, COUNT(answers), 0);
	struct scene scene;
	open_scene(&scene, "kind: api_key\nin: query\nname: key\nvalue: env:SECRET\n", "");
	for (size_t i = 0; i < COUNT(paths); i++) {
		struct fetch_result result;
		struct error err = ERROR_INIT;
		char url[128];
		(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d%s?x=1", i == COUNT(paths) - 1 ? 1 : server_port(server),
		               paths[i]);
		struct fetch_request request = scratch_request(*state, url);
		request.connection = scene.session;
		assert_int_equal(fetch_source(&request, &result, &err), -1);
		assert_silent(paths[i], &result, &err);
	}
	server_stop(server);
	scene_release(&scene);
}

#define CONNECTION_TEST(function) cmocka_unit_test_setup_teardown(function, scratch_make, scratch_remove)

int run_connection_tests(void)
{
	static const struct CMUnitTest tests[] = {
		CONNECTION_TEST(each_kind_is_sent_with_the_first_request),
		CONNECTION_TEST(headers_go_over_the_wire_as_they_are_written),
		CONNECTION_TEST(digest_answers_the_question_and_never_sends_the_password),
		CONNECTION_TEST(a_key_in_the_query_stands_in_no_redirect_and_no_report),
		CONNECTION_TEST(nothing_is_connected_to_from_outside_of_the_scope),
		CONNECTION_TEST(failures_say_nothing_of_the_credentials),
	};
	return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
