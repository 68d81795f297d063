/* What is taken as a URL, what is fetched for it, and where redirects may lead. */
#include "connection_tests.h"

#include "base/limits.h"
#include "connection/url.h"

#include <stdio.h>
#include <string.h>

static void urls_are_normalised_and_hosts_compared_in_ascii(void **state)
{
	static const struct {
		const char *text;
		const char *fetched;
		const char *host;
		const char *port;
	} rows[] = {
		{"http://shop.example/feed.xml", "http://shop.example/feed.xml", "shop.example", "80"},
		{"HTTPS://SHOP.Example/a?b=1#c", "https://shop.example/a?b=1", "shop.example", "443"},
		{"http://shop.example.", "http://shop.example./", "shop.example", "80"},
		{"http://shop.example:080/", "http://shop.example:80/", "shop.example", "80"},
		{"http://sho%70.example/", "http://shop.example/", "shop.example", "80"},
		{"http:///shop.example/", "http://shop.example/", "shop.example", "80"},
		{"http://shop.example#@evil.test/", "http://shop.example/", "shop.example", "80"},
		{"http://shop.example/a/../b/./c", "http://shop.example/b/c", "shop.example", "80"},
		{"http://0x7f.1/", "http://127.0.0.1/", "127.0.0.1", "80"},
		{"http://2130706433/", "http://127.0.0.1/", "127.0.0.1", "80"},
		{"http://[::1]:8080/", "http://[::1]:8080/", "::1", "8080"},
		{"http://\xd1\x8f.example/\xd1\x8f?\xd1\x8f", "http://xn--41a.example/%d1%8f?%d1%8f", "xn--41a.example", "80"},
		{"http://shop\xe3\x80\x82"
	         "example/",
	         "http://shop.example/", "shop.example", "80"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url url;
		struct error err = ERROR_INIT;
		if (url_parse(rows[i].text, &url, &err) != 0)
			fail_msg("%s: %s", rows[i].text, err.message);
		assert_string_equal(url.text, rows[i].fetched);
		assert_string_equal(url.host, rows[i].host);
		assert_string_equal(url.port, rows[i].port);
		assert_int_equal(url.is_secure, rows[i].fetched[4] == 's');
		url_release(&url);
	}
}

static void urls_that_are_not_fetched_are_refused_without_quoting_them(void **state)
{
	static const struct {
		const char *text;
		const char *part;
	} rows[] = {
		{"http://CANARY:CANARY@shop.example/", "credentials belong into a connection"},
		{"http://CANARY@shop.example/", "credentials belong into a connection"},
		{"http://@shop.example/CANARY", "credentials belong into a connection"},
		{"http://shop.example\\@evil.test/", "credentials"},
		{"http://shop.example%2f@evil.test/", "credentials"},
		{"http://evil.test\\.shop.example/", "not a valid URL"},
		{"shop.example/CANARY", "not a valid URL"},
		{"//shop.example/CANARY", "not a valid URL"},
		{"ftp://shop.example/CANARY", "only http and https"},
		{"file:///CANARY", "only http and https"},
		{"gopher://shop.example/CANARY", "only http and https"},
		{"canary://shop.example/", "only http and https"},
		{"http://shop.example:0/", "port"},
		{"http://shop.example:65536/", "port"},
		{"http://shop.example:CANARY/", "port"},
		{"http://[fe80::1%25CANARY]/", "interface"},
		{"http:///", "not a valid URL"},
		{"http://\xe2\x80\xae.example/CANARY", "cannot be written in ASCII"}, /* a mark for writing from right to left */
		{"http://\xcc\x80"
	         "a.example/CANARY",
	         "cannot be written in ASCII"}, /* a combining mark at the beginning */
		{"http://xn--\xd7\x96.example/CANARY", "cannot be written in ASCII"},
		{"http://", "not a valid URL"},
		{"", "not a valid URL"},
		{"http://shop.example/a b", "%20"},
		{"http://shop.example/\r\nCANARY: 1", "control"},
		{"http://shop.example/\tCANARY", "control"},
		{"http://shop.example/\x7f", "control"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url url;
		struct error err = ERROR_INIT;
		if (url_parse(rows[i].text, &url, &err) == 0)
			fail_msg("'%s' was taken", rows[i].text);
		assert_int_equal(err.code, ERROR_REFUSED);
		if (strstr(err.message, rows[i].part) == NULL || strstr(err.message, "CANARY") != NULL)
			fail_msg("'%s': %s", rows[i].text, err.message);
	}
}

static void urls_are_limited_in_size(void **state)
{
	static char text[LIMIT_URL_BYTES + 2] = "http://shop.example/";
	struct url url;
	struct error err = ERROR_INIT;
	(void)state;
	memset(text + strlen(text), 'a', LIMIT_URL_BYTES - strlen(text));
	assert_int_equal(url_parse(text, &url, &err), 0);
	url_release(&url);
	text[LIMIT_URL_BYTES] = 'a';
	assert_int_equal(url_parse(text, &url, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	text[LIMIT_URL_BYTES] = '\0';
	memcpy(text + LIMIT_URL_BYTES - 2, "\xc3\xa9", 2); /* grows when it is encoded */
	assert_int_equal(url_parse(text, &url, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
}

static void locations_are_resolved_against_the_current_url(void **state)
{
	static const struct {
		const char *base;
		const char *location;
		const char *fetched; /* NULL: refused */
	} rows[] = {
		{"http://a.example/d/e?q=1", "/x", "http://a.example/x"},
		{"http://a.example/d/e?q=1", "x", "http://a.example/d/x"},
		{"http://a.example/d/e?q=1", "../x?y=2#z", "http://a.example/x?y=2"},
		{"http://a.example/d/e?q=1", "?r=2", "http://a.example/d/e?r=2"},
		{"http://a.example/d/e", "//b.example/x", "http://b.example/x"},
		{"http://a.example/d/e", "https://b.example", "https://b.example/"},
		{"http://a.example/d/e", "a b\xc3\xa9", "http://a.example/d/a%20b%c3%a9"},
		{"https://a.example/", "https://a.example/x", "https://a.example/x"},
		{"https://a.example/", "//b.example/x", "https://b.example/x"},
		{"https://a.example/", "http://a.example/x", NULL},
		{"https://a.example/", "HTTP://a.example/x", NULL},
		{"http://a.example/", "file:///etc/passwd", NULL},
		{"http://a.example/", "FILE:/etc/passwd", NULL},
		{"http://a.example/", "ftp://b.example/", NULL},
		{"http://a.example/", "javascript:alert(1)", NULL},
		{"http://a.example/", "gopher://127.0.0.1:6379/_x", NULL},
		{"http://a.example/", "http://CANARY@b.example/", NULL},
		{"http://a.example/", "http://b.example:0/", NULL},
		{"http://a.example/", "", NULL},
		{"http://a.example/", "#fragment", NULL},
		{"http://a.example/", "x\ty", NULL},
		{"http://a.example/", "http://", NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url base;
		struct url url;
		struct error err = ERROR_INIT;
		assert_int_equal(url_parse(rows[i].base, &base, &err), 0);
		const int outcome = url_resolve(&base, rows[i].location, &url, &err);
		if ((outcome == 0) != (rows[i].fetched != NULL))
			fail_msg("row %zu: '%s' %s", i, rows[i].location, err.message);
		if (outcome == 0) {
			assert_string_equal(url.text, rows[i].fetched);
			url_release(&url);
		} else {
			assert_int_equal(err.code, ERROR_REFUSED);
			assert_null(strstr(err.message, "CANARY"));
		}
		url_release(&base);
	}
}

static void file_urls_give_decoded_paths_of_this_machine(void **state)
{
	static const struct {
		const char *text;
		const char *path; /* NULL: refused */
	} rows[] = {
		{"file:///var/feed.xml", "/var/feed.xml"},
		{"file:/var/feed.xml", "/var/feed.xml"},
		{"FILE://localhost/var/a%20b%3Fc%23d%25", "/var/a b?c#d%"},
		{"file:///var/a b", "/var/a b"},
		{"file:///var/\xd1\x8f", "/var/\xd1\x8f"},
		{"file://other.example/var/feed.xml", NULL},
		{"file://user@localhost/var", NULL},
		{"file:///var/feed.xml?x=1", NULL},
		{"file:///var/feed.xml#x", NULL},
		{"file:///var/%00feed", NULL},
		{"file:///var/%0afeed", NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *path = NULL;
		struct error err = ERROR_INIT;
		const int outcome = url_file_path(rows[i].text, &path, &err);
		if ((outcome == 0) != (rows[i].path != NULL))
			fail_msg("'%s' %s", rows[i].text, err.message);
		if (outcome == 0)
			assert_string_equal(path, rows[i].path);
		curl_free(path);
	}
}

static void proxies_are_urls_of_schemes_that_proxies_speak(void **state)
{
	static const struct {
		const char *text;
		bool is_proxy;
	} rows[] = {
		{"http://proxy.example:3128", true},
		{"proxy.example:3128", true},
		{"127.0.0.1:3128", true},
		{"https://user:secret@proxy.example", true},
		{"socks5h://127.0.0.1:1080", true},
		{"ftp://proxy.example", false},
		{"file:///etc", false},
		{"", false},
		{"http://", false},
		{"http://proxy.example:0x", false},
		{"http://proxy\r\n.example", false},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (url_is_proxy(rows[i].text) != rows[i].is_proxy)
			fail_msg("'%s'", rows[i].text);
	}
}

/* URLs made of what parsers stumble over, with a fixed seed. */
static void odd_urls_do_no_harm(void **state)
{
	static const char *const pieces[] = {"http", "https", "file", "://",       ":",        "/",    "//", "\\",
	                                     "@",    "?",     "#",    "[",         "]",        "::1",  "%",  "%2f",
	                                     "%00",  "..",    ".",    "a.example", "127.1",    "0x7f", "=",  "&",
	                                     ":80",  ":0",    " ",    "\t",        "\xd1\x8f", "\xff", "-"};
	uint32_t random = 7;
	struct url base;
	struct error err = ERROR_INIT;
	(void)state;
	assert_int_equal(url_parse("http://a.example/b", &base, &err), 0);
	for (int round = 0; round < 20000; round++) {
		char text[256] = "";
		struct url url;
		for (int i = 0; i < 12; i++) {
			random = random * 1664525 + 1013904223;
			const char *piece = i == 0 && (random & 1024) != 0 ? "http://" : pieces[(random >> 16) % COUNT(pieces)];
			memcpy(text + strlen(text), piece, strlen(piece) + 1);
		}
		if (url_parse(text, &url, &err) == 0) {
			assert_null(strpbrk(url.host, "/@?#[] "));
			url_release(&url);
		}
		if (url_resolve(&base, text, &url, &err) == 0) {
			assert_null(strchr(url.text, '#'));
			url_release(&url);
		}
	}
	url_release(&base);
}

/* As curl sends it in the header Host. */
static void the_authority_is_what_the_header_host_has(void **state)
{
	static const struct {
		const char *url;
		const char *authority;
	} rows[] = {
		{"https://a.example/x", "a.example"},
		{"https://A.Example", "a.example"},
		{"https://a.example:443/x", "a.example"},
		{"http://a.example:80?q", "a.example"},
		{"https://a.example:80/", "a.example:80"},
		{"http://a.example:443/", "a.example:443"},
		{"https://a.example:8443/x?y=:443", "a.example:8443"},
		{"https://[::1]/", "[::1]"},
		{"https://[::1]:443/", "[::1]"},
		{"http://[::1]:8080/", "[::1]:8080"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url url;
		struct error err = ERROR_INIT;
		assert_int_equal(url_parse(rows[i].url, &url, &err), 0);
		const struct slice authority = url_authority(&url);
		if (!slice_equal_text(authority, rows[i].authority))
			fail_msg("%s: %.*s", rows[i].url, (int)authority.size, authority.data);
		url_release(&url);
	}
}

static void another_value_of_a_parameter_is_a_contradiction(void **state)
{
	static const struct {
		const char *query;
		bool contradicts;
	} rows[] = {
		{"", false},   {"?a=b", false},    {"?a=b&c=d", false}, {"?%61=%62", false}, {"?a=c", true},       {"?a", true},
		{"?a=", true}, {"?a=b&a=c", true}, {"?A=c", false},     {"?aa=c", false},    {"?a=b%26a=c", true},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url url;
		struct error err = ERROR_INIT;
		char text[64];
		(void)snprintf(text, sizeof(text), "https://a.example/%s", rows[i].query);
		assert_int_equal(url_parse(text, &url, &err), 0);
		if (url_contradicts_parameter(&url, slice_from("a"), slice_from("b")) != rows[i].contradicts)
			fail_msg("%s", text);
		url_release(&url);
	}
}

int url_tests(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_normalised_and_hosts_compared_in_ascii),
		cmocka_unit_test(urls_that_are_not_fetched_are_refused_without_quoting_them),
		cmocka_unit_test(urls_are_limited_in_size),
		cmocka_unit_test(locations_are_resolved_against_the_current_url),
		cmocka_unit_test(odd_urls_do_no_harm),
		cmocka_unit_test(file_urls_give_decoded_paths_of_this_machine),
		cmocka_unit_test(proxies_are_urls_of_schemes_that_proxies_speak),
		cmocka_unit_test(the_authority_is_what_the_header_host_has),
		cmocka_unit_test(another_value_of_a_parameter_is_a_contradiction),
	};
	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
