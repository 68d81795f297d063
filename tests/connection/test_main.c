/* All tests of importer/connection. */
#include "connection_tests.h"

#include <curl/curl.h>
#include <locale.h>
#include <stdio.h>

int main(void)
{
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		(void)fputs("cannot start\n", stderr);
		return 1;
	}
	const int failed = allowed_url_tests() + header_rules_tests() + hmac_tests() + jws_key_tests() + jws_tests() +
	                   load_tests() + session_tests() + sigv4_tests() + token_answer_tests() + token_kinds_tests() +
	                   url_tests();
	curl_global_cleanup();
	return failed == 0 ? 0 : 1;
}
