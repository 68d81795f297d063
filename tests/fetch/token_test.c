/* Tokens by a clock that is the test's: when one is asked for, and when the one that is there serves. */
#include "tests.h"

#include "scratch.h"
#include "server.h"
#include "support/connection_scene.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* `size` is that of the body */
#define TOKEN(seconds, size)                       \
	"HTTP/1.1 200 OK\r\nContent-Length: " size \
	"\r\n\r\n{\"access_token\":\"t-1\",\"token_type\":\"Bearer\",\"expires_in\":" seconds "}"
#define FEED "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"

static int64_t read_time(void *context)
{
	return *(const int64_t *)context;
}

struct act {
	int64_t now_ms;       /* since the first fetch */
	size_t request_count; /* that were made by then: of tokens and of feeds */
};

static void open_scene(struct scene *scene, const struct server *server)
{
	struct error err = ERROR_INIT;
	char yaml[256];
	(void)snprintf(yaml, sizeof(yaml),
	               "kind: oauth2\ntoken_url: http://127.0.0.1:%d/token\nclient_id: shop\nclient_secret: env:SECRET\n",
	               server_port(server));
	scene_load(scene, yaml);
	if (scene_open(scene, "CANARY-4b", &err) != 0)
		fail_msg("%s", err.message);
}

static void a_token_serves_until_shortly_before_it_expires(void **state)
{
	static const struct server_answer answers[] = {
		{.target = "/token", .text = TOKEN("100", "61"), .end = SERVER_HOLD},
		{.target = "/feed", .text = FEED},
	};
	static const struct act acts[] = {{0, 2}, {0, 3}, {49999, 4}, {50000, 6}, {99999, 7}, {100000, 9}, {1000000, 11}};
	struct server *server = server_start(answers, COUNT(answers), 0);
	struct scene scene;
	char url[128];
	int64_t now_ms = 0;
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/feed", server_port(server));
	open_scene(&scene, server);
	struct fetch_request request = scratch_request(*state, url);
	request.connection = scene.session;
	request.clock = (struct clock){.context = &now_ms, .now_ms = read_time, .steady_ms = read_time};
	for (size_t i = 0; i < COUNT(acts); i++) {
		struct fetch_result result;
		struct error err = ERROR_INIT;
		now_ms = 1700000000000 + acts[i].now_ms;
		if (fetch_source(&request, &result, &err) != FETCH_DONE)
			fail_msg("at %lld: %s", (long long)acts[i].now_ms, err.message);
		(void)close(result.hold);
		assert_int_equal(server_request_count(server), acts[i].request_count);
	}
	assert_non_null(strstr(server_request(server, 0), "POST /token HTTP/1.1\r\n"));
	assert_non_null(strstr(server_request(server, 0), "\r\nAuthorization: Basic c2hvcDpDQU5BUlktNGI=\r\n"));
	assert_non_null(strstr(server_request(server, 1), "\r\nAuthorization: Bearer t-1\r\n"));
	server_stop(server);
	scene_release(&scene);
}

static void a_refused_token_is_had_anew_once_in_a_fetch(void **state)
{
	static const struct server_answer answers[] = {
		{.target = "/token", .text = TOKEN("3600", "62"), .end = SERVER_HOLD},
		{.target = "/feed", .text = "HTTP/1.1 401 no\r\nContent-Length: 0\r\n\r\n"},
	};
	struct server *server = server_start(answers, COUNT(answers), 0);
	struct scene scene;
	char url[128];
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/feed", server_port(server));
	open_scene(&scene, server);
	struct fetch_request request = scratch_request(*state, url);
	request.connection = scene.session;
	for (size_t i = 1; i <= 2; i++) {
		scratch_assert_fails(*state, &request, ERROR_REFUSED, "answered 401");
		/* token, feed, token, feed; the second fetch begins with the token that is there, which nobody has refused since */
		assert_int_equal(server_request_count(server), i == 1 ? 4 : 7);
	}
	server_stop(server);
	scene_release(&scene);
}

int run_token_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_token_serves_until_shortly_before_it_expires, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_refused_token_is_had_anew_once_in_a_fetch, scratch_make, scratch_remove),
	};
	return cmocka_run_group_tests_name("fetch/token", tests, NULL, NULL);
}
