/*
 * What a request carries, by kind, and where it carries nothing. Rules: U9 to U13 of the Allowed URL, D6 to D8 of the kinds.
 * Secrets come from the environment here.
 */
#include "connection_tests.h"
#include "support/allocation.h"
#include "support/connection_scene.h"

#include "connection/header_list.h"

#include <stdio.h>
#include <string.h>

/* What a request to `url` carries: its headers, one a line, then its URL. -1 where it may not be made. */
static int carry(const struct connection_use *use, const char *url, struct buffer *ret_text, struct error *err)
{
	struct curl_slist *headers = NULL;
	struct url sent;
	if (url_parse(url, &sent, err) < 0)
		return -1;
	const struct connection_request request = {
		.url = &sent, .headers = &headers, .method = "GET", .now_ms = INT64_C(1700000000000)};
	const int outcome = connection_use_prepare(use, &request, err);
	for (const struct curl_slist *line = headers; line != NULL; line = line->next)
		(void)buffer_append_format(ret_text, "%s\n", line->data);
	(void)buffer_append_text(ret_text, sent.text);
	header_list_free(headers);
	url_release(&sent);
	return outcome;
}

struct cargo {
	const char *yaml;
	const char *secret;
	const char *url;
	const char *text; /* or, where it is refused, a part of the message */
	bool is_refused;
};

static const struct cargo cargoes[] = {
	{"kind: none\n", "x", "https://a.example/", "https://a.example/", false},
	{"kind: basic\nuser: Aladdin\npassword: env:SECRET\n", "open sesame", "https://a.example/",
         "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\nhttps://a.example/", false},
	{"kind: basic\nuser: test\npassword: env:SECRET\n", "123\xc2\xa3", "https://a.example/",
         "Authorization: Basic dGVzdDoxMjPCow==\nhttps://a.example/", false},
	{"kind: basic\nuser_secret: env:SECRET\n", "KEY", "https://a.example/", "Authorization: Basic S0VZOg==\nhttps://a.example/",
         false},
	{"kind: basic\nuser: a\npassword: env:SECRET\n", "CANARY\xff", "https://a.example/", "not UTF-8", true},
	{"kind: basic\nuser: a\npassword: env:SECRET\n", "CANARY\x01", "https://a.example/", "control character", true},
	{"kind: basic\nuser_secret: env:SECRET\n", "CANARY:b", "https://a.example/", "':'", true},
	{"kind: bearer\ntoken: env:SECRET\n", "mF_9.B5f-4.1JqM", "https://a.example/",
         "Authorization: Bearer mF_9.B5f-4.1JqM\nhttps://a.example/", false},
	{"kind: bearer\ntoken: env:SECRET\n", "bearer", "https://a.example/", "Authorization: Bearer bearer\nhttps://a.example/",
         false},
	{"kind: bearer\ntoken: env:SECRET\n", "YQ==", "https://a.example/", "Authorization: Bearer YQ==\nhttps://a.example/",
         false},
	{"kind: bearer\ntoken: env:SECRET\n", "Bearer CANARY", "https://a.example/", "leave it out", true},
	{"kind: bearer\ntoken: env:SECRET\n", "bEARER\tCANARY", "https://a.example/", "leave it out", true},
	{"kind: bearer\ntoken: env:SECRET\n", "CANARY x", "https://a.example/", "RFC 6750", true},
	{"kind: bearer\ntoken: env:SECRET\n", "CANARY=x", "https://a.example/", "RFC 6750", true},
	{"kind: bearer\ntoken: env:SECRET\n", "==", "https://a.example/", "RFC 6750", true},
	{"kind: bearer\ntoken: env:SECRET\n", "CANARY\r\nX: 1", "https://a.example/", "RFC 6750", true},
	{"kind: api_key\nin: header\nname: X-Api-Key\nvalue: env:SECRET\n", "k 1", "https://a.example/?q",
         "X-Api-Key: k 1\nhttps://a.example/?q", false},
	{"kind: api_key\nin: header\nname: X-Api-Key\nvalue: env:SECRET\n", "CANARY\r\nX: 1", "https://a.example/", "line end",
         true},
	{"kind: api_key\nin: query\nname: key\nvalue: env:SECRET\n", "a b&c=d%\xc3\xa9+/", "https://a.example/x",
         "https://a.example/x?key=a%20b%26c%3dd%25%c3%a9%2b%2f", false},
	{"kind: api_key\nin: query\nname: \"k=&\"\nvalue: env:SECRET\n", "v", "https://a.example/x?a=1&b",
         "https://a.example/x?a=1&b&k%3d%26=v", false},
	{"kind: api_key\nin: query\nname: key\nvalue: env:SECRET\n", "CANARY", "https://a.example/x?a=1&key=2", "'key' already",
         true},
	{"kind: api_key\nin: query\nname: key\nvalue: env:SECRET\n", "CANARY", "https://a.example/x?%6bey", "'key' already", true},
	{"kind: api_key\nin: query\nname: key\nvalue: env:SECRET\n", "v", "https://a.example/x?keys=1&ke&Key",
         "https://a.example/x?keys=1&ke&Key&key=v", false},
	{"kind: headers\nheaders: {X-One: env:SECRET, X-Two: {text: \"2\"}, X-Empty: {text: \"\"}}\n", "s", "https://a.example/",
         "X-One: s\nX-Two: 2\nX-Empty;\nhttps://a.example/", false},
	{"kind: headers\nlatin1: true\nheaders: {X-One: env:SECRET}\n", "caf\xc3\xa9", "https://a.example/",
         "X-One: caf\xe9\nhttps://a.example/", false},
	{"kind: headers\nheaders: {X-One: env:SECRET}\n", "CANARY\xc3\xa9", "https://a.example/", "X-One", true},
	{"kind: headers\nheaders: {X-One: env:SECRET}\n", "CANARY\nX-Two: 1", "https://a.example/", "line end", true},
	{"kind: hmac\npreset: timestamp-target\nheader: X-Sign\nsecret: env:SECRET\n", "key", "https://a.example:8443/x?a=%41",
         "X-Timestamp: 1700000000\nX-Sign: 793a7f1fead48e9edd0fc917285f138fc5a0e2462da6205cfdd78cfb63fdb2be\nhttps://a.example:8443/x?a=%41",
         false},
	{"kind: hmac\nheader: X-Sign\ncontent: \"{method}|{host}|{path}|{query}\"\nencoding: base64\nsecret: env:SECRET\n", "key",
         "https://a.example:8443/x?a=%41", "X-Sign: FXkBbGyTPQkAuYGzxKatHVLp/ZTv3TdvUSKrClvNaMc=\nhttps://a.example:8443/x?a=%41",
         false},
	{"kind: hmac\nheader: X-Sign\nsecret_encoding: hex\nsecret: env:SECRET\n", "CANARY", "https://a.example/", "hexadecimal",
         true},
	{"kind: digest\nuser: a\npassword: env:SECRET\n", "p", "https://a.example/", "https://a.example/", false},
	{"kind: mtls\ncertificate: nowhere.pem\nkey: env:SECRET\n", "CANARY", "https://a.example/", "certificate", true},
	{"kind: none\nclient_certificate: nowhere.pem\nclient_key: env:SECRET\n", "CANARY", "https://a.example/",
         "client_certificate: certificate", true},
};

static void requests_carry_what_their_kind_has(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cargoes); i++) {
		struct scene scene;
		struct buffer text;
		struct error err = ERROR_INIT;
		scene_load(&scene, cargoes[i].yaml);
		struct connection_use use = {.session = NULL};
		buffer_init(&text, 10000);
		int outcome = scene_open(&scene, cargoes[i].secret, &err);
		use.session = scene.session;
		if (outcome == 0)
			outcome = carry(&use, cargoes[i].url, &text, &err);
		if ((outcome < 0) != cargoes[i].is_refused)
			fail_msg("%s'%s': %s", cargoes[i].yaml, cargoes[i].url, outcome < 0 ? err.message : "was taken");
		if (outcome < 0) {
			if (strstr(err.message, cargoes[i].text) == NULL || strstr(err.message, "CANARY") != NULL ||
			    strstr(err.message, "connection 'acme'") == NULL)
				fail_msg("%s: %s", cargoes[i].yaml, err.message);
		} else {
			assert_string_equal(buffer_text(&text), cargoes[i].text);
		}
		buffer_release(&text);
		scene_release(&scene);
	}
}

static void secrets_that_cannot_be_had_are_named_by_reference(void **state)
{
	struct scene scene;
	struct error err = ERROR_INIT;
	struct secret_resolver resolver = {.vault_path = NULL};
	(void)state;
	scene_load(&scene, "kind: bearer\ntoken: env:FEEDMILL_NOT_SET\n");
	assert_int_equal(connection_open(&scene.connection, &resolver, &scene.session, &err), -1);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	assert_non_null(strstr(err.message, "connection 'acme'"));
	assert_non_null(strstr(err.message, "env:FEEDMILL_NOT_SET"));
	scene_release(&scene);
}

struct journey {
	const char *rule;
	const char *settings;
	const char *urls[4];
	const char *inside; /* '1' carries, '0' does not, '!' fails; one per URL */
	const char *part;   /* of the failure's message */
};

static const struct journey journeys[] = {
	{"U1 no scope", "", {"https://a.example/x"}, "1", NULL},
	{"U10 first inside", "allowed_url: https://a.example/f\n", {"https://a.example/f/x"}, "1", NULL},
	{"U10 first outside", "allowed_url: https://a.example/f\n", {"https://a.example/x"}, "!", "outside of the Allowed URL"},
	{"U10 first of another host", "allowed_url: https://a.example/\n", {"https://b.example/x"}, "!", "its host is another one"},
	{"U10 redirect out and in again",
         "allowed_url: https://a.example/f\n",
         {"https://a.example/f", "https://b.example/f", "https://a.example/f"},
         "100",
         NULL},
	{"U10 redirect to another path",
         "allowed_url: https://a.example/f\n",
         {"https://a.example/f", "https://a.example/g"},
         "10",
         NULL},
	{"U10 redirect inside", "allowed_url: https://a.example/f\n", {"https://a.example/f", "https://a.example/f/g"}, "11", NULL},
	{"U10 deny",
         "allowed_url: https://a.example/f\nredirect_outside: deny\n",
         {"https://a.example/f", "https://b.example/f"},
         "1!",
         "from 'a.example' to 'b.example'"},
	{"U10 deny, inside", "redirect_outside: deny\n", {"https://a.example/f", "https://a.example/g"}, "11", NULL},
	{"U10 deny without scope",
         "redirect_outside: deny\n",
         {"https://a.example/f", "https://b.example/g"},
         "1!",
         "redirect_outside"},
	{"U11 same origin", "", {"https://a.example/f", "https://a.example/g"}, "11", NULL},
	{"U11 another host", "", {"https://a.example/f", "https://b.example/f", "https://a.example/f"}, "100", NULL},
	{"U11 another port", "", {"https://a.example/f", "https://a.example:8443/f"}, "10", NULL},
	{"U11 subdomain", "", {"https://a.example/f", "https://b.a.example/f"}, "10", NULL},
	{"U4 upgrade", "insecure_http: true\n", {"http://a.example/f", "https://a.example/f"}, "11", NULL},
	{"U4 no upgrade", "insecure_http: true\nallow_upgrade: false\n", {"http://a.example/f", "https://a.example/f"}, "10", NULL},
	{"http refused", "", {"http://a.example/f"}, "!", "insecure_http"},
	{"http refused in scope", "allowed_url: http://a.example/\n", {"http://a.example/f"}, "!", "insecure_http"},
	{"http allowed", "insecure_http: true\n", {"http://a.example/f"}, "1", NULL},
	{"http of this machine", "", {"http://127.0.0.1:8080/f"}, "1", NULL},
	{"http of this machine, IPv6", "", {"http://[::1]/f"}, "1", NULL},
	{"http of this machine by name", "", {"http://localhost/f"}, "1", NULL},
	{"http of a name like it", "", {"http://localhost.example/f"}, "!", "insecure_http"},
	{"http of an address like it", "", {"http://128.0.0.1/f"}, "!", "insecure_http"},
	{"http from this machine to another", "", {"http://127.0.0.1/f", "http://a.example/f"}, "10", NULL},
};

static void travel(const struct journey *journey)
{
	struct scene scene;
	struct error err = ERROR_INIT;
	char yaml[512];
	(void)snprintf(yaml, sizeof(yaml), "kind: bearer\ntoken: env:SECRET\n%s", journey->settings);
	scene_load(&scene, yaml);
	assert_int_equal(scene_open(&scene, "CANARY", &err), 0);
	struct connection_use use = {.session = scene.session};
	for (size_t i = 0; journey->inside[i] != '\0'; i++) {
		struct url url;
		struct buffer text;
		assert_int_equal(url_parse(journey->urls[i], &url, &err), 0);
		const int outcome = i == 0 ? connection_use_begin(&use, &url, &err) : connection_use_follow(&use, &url, &err);
		url_release(&url);
		if ((outcome < 0) != (journey->inside[i] == '!'))
			fail_msg("%s: hop %zu: %s", journey->rule, i, outcome < 0 ? err.message : "was taken");
		if (outcome < 0) {
			assert_true(err.code == ERROR_SCOPE || err.code == ERROR_REFUSED);
			if (strstr(err.message, journey->part) == NULL || strstr(err.message, "CANARY") != NULL)
				fail_msg("%s: %s", journey->rule, err.message);
			break;
		}
		buffer_init(&text, 10000);
		assert_int_equal(carry(&use, journey->urls[i], &text, &err), 0);
		if ((strstr(buffer_text(&text), "CANARY") != NULL) != (journey->inside[i] == '1') ||
		    connection_use_is_inside(&use) != (journey->inside[i] == '1'))
			fail_msg("%s: hop %zu carries %s", journey->rule, i, buffer_text(&text));
		buffer_release(&text);
	}
	if (strstr(journey->inside, "10") != NULL)
		assert_string_not_equal(use.withheld_from, "");
	else
		assert_string_equal(use.withheld_from, "");
	connection_use_release(&use);
	scene_release(&scene);
}

static void credentials_stay_inside_and_never_come_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(journeys); i++)
		travel(&journeys[i]);
}

static void what_is_fetched_is_what_was_compared(void **state)
{
	struct scene scene;
	struct error err = ERROR_INIT;
	struct url url;
	(void)state;
	scene_load(&scene, "kind: bearer\ntoken: env:SECRET\nallowed_url: https://a.example/f\n");
	assert_int_equal(scene_open(&scene, "t", &err), 0);
	struct connection_use use = {.session = scene.session};
	assert_int_equal(url_parse("https://a.example/x/%2e%2e/%66/a?q=%2e%2e", &url, &err), 0);
	assert_int_equal(connection_use_begin(&use, &url, &err), 0);
	assert_string_equal(url.text, "https://a.example/f/a?q=%2e%2e");
	url_release(&url);
	connection_use_release(&use);
	scene_release(&scene);
}

static void a_proxy_is_no_machine_of_ours(void **state)
{
	struct scene scene;
	struct error err = ERROR_INIT;
	struct url url;
	(void)state;
	scene_load(&scene, "kind: bearer\ntoken: env:SECRET\n");
	assert_int_equal(scene_open(&scene, "t", &err), 0);
	struct connection_use use = {.session = scene.session, .is_proxied = true};
	assert_int_equal(url_parse("http://127.0.0.1/", &url, &err), 0);
	assert_int_equal(connection_use_begin(&use, &url, &err), -1);
	assert_int_equal(err.code, ERROR_REFUSED);
	url_release(&url);
	connection_use_release(&use);
	scene_release(&scene);
}

static void without_a_connection_nothing_is_added(void **state)
{
	struct connection_use use = {.session = NULL};
	struct error err = ERROR_INIT;
	struct url url;
	struct buffer text;
	(void)state;
	assert_int_equal(url_parse("http://a.example/", &url, &err), 0);
	assert_int_equal(connection_use_begin(&use, &url, &err), 0);
	assert_int_equal(connection_use_follow(&use, &url, &err), 0);
	buffer_init(&text, 1000);
	assert_int_equal(carry(&use, "http://a.example/", &text, &err), 0);
	assert_string_equal(buffer_text(&text), "http://a.example/");
	buffer_release(&text);
	url_release(&url);
	connection_use_release(&use);
	connection_close(NULL);
}

static void each_allocation_that_fails_sends_nothing(void **state)
{
	static const char *const yamls[] = {
		"kind: headers\nallowed_url: https://a.example/\nheaders: {X-One: env:SECRET}\n",
		"kind: api_key\nin: query\nname: k\nvalue: env:SECRET\n",
		"kind: hmac\npreset: standard\nsecret_encoding: raw\nsecret: env:SECRET\n",
	};
	(void)state;
	for (size_t i = 0; i < COUNT(yamls); i++) {
		for (size_t number = 1;; number++) {
			struct scene scene;
			struct error err = ERROR_INIT;
			struct buffer text;
			struct url url;
			struct curl_slist *headers = NULL;
			scene_load(&scene, yamls[i]);
			assert_int_equal(url_parse("https://a.example/x", &url, &err), 0);
			buffer_init(&text, 1000);
			allocation_fail_at(number);
			int outcome = scene_open(&scene, "CANARY", &err);
			struct connection_use use = {.session = scene.session};
			const struct connection_request request = {.url = &url, .headers = &headers, .method = "GET"};
			if (outcome == 0)
				outcome = connection_use_begin(&use, &url, &err);
			if (outcome == 0)
				outcome = connection_use_prepare(&use, &request, &err);
			const bool has_failed = allocation_stop();
			header_list_free(headers);
			buffer_release(&text);
			url_release(&url);
			connection_use_release(&use);
			scene_release(&scene);
			assert_int_equal(outcome, has_failed ? -1 : 0);
			if (!has_failed)
				break;
			if (err.code != ERROR_MEMORY && err.code != ERROR_LIMIT)
				fail_msg("%s: %s", yamls[i], err.message);
		}
	}
}

int session_tests(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_carry_what_their_kind_has),
		cmocka_unit_test(secrets_that_cannot_be_had_are_named_by_reference),
		cmocka_unit_test(credentials_stay_inside_and_never_come_back),
		cmocka_unit_test(what_is_fetched_is_what_was_compared),
		cmocka_unit_test(a_proxy_is_no_machine_of_ours),
		cmocka_unit_test(without_a_connection_nothing_is_added),
		cmocka_unit_test(each_allocation_that_fails_sends_nothing),
	};
	return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
