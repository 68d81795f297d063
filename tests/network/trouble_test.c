/* What libcurl says is repeated only where no part of a URL can stand in it. */
#include "tests.h"

#include "network/trouble.h"

#include <stdio.h>
#include <string.h>

static void words_of_the_library_are_not_repeated_where_they_could_quote_a_url(void **state)
{
	static const struct {
		const char *text;
		bool is_repeated;
	} rows[] = {
		{"plain words", true},
		{"bad /feed?key=CANARY", false},
		{"bad CANARY@shop.example", false},
		{"bad http://CANARY", false},
	};
	static const CURLcode codes[] = {CURLE_RECV_ERROR, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_PROXY,
	                                 CURLE_URL_MALFORMAT};
	(void)state;
	for (size_t i = 0; i < COUNT(rows) * COUNT(codes); i++) {
		const char *text = rows[i % COUNT(rows)].text;
		struct network_trouble trouble = {.code = codes[i / COUNT(rows)], .total = -1};
		const struct network_route route = {.url = NULL};
		struct error err = ERROR_INIT;
		(void)snprintf(trouble.text, sizeof(trouble.text), "%s", text);
		assert_int_equal(network_trouble_set(&trouble, &route, &err), -1);
		assert_null(strstr(err.message, "CANARY"));
		assert_int_equal(strstr(err.message, text) != NULL, rows[i % COUNT(rows)].is_repeated);
		assert_int_equal(err.number, trouble.code);
	}
}

int run_trouble_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_the_library_are_not_repeated_where_they_could_quote_a_url),
	};
	return cmocka_run_group_tests_name("network/trouble", tests, NULL, NULL);
}
