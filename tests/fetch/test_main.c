/* All tests of importer/fetch. */
#include "tests.h"

#include "fetch/fetch.h"

#include <locale.h>
#include <stdio.h>

int main(void)
{
	struct error err = ERROR_INIT;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL || fetch_init(&err) != 0) {
		(void)fprintf(stderr, "cannot start: %s\n", err.message);
		return 1;
	}
	const int failed = run_answer_tests() + run_source_tests() + run_spool_tests() + run_spooled_tests() +
	                   run_spool_tidy_tests() + run_local_tests() + run_http_tests() + run_redirect_tests() +
	                   run_connection_tests() + run_token_tests();
	fetch_release();
	return failed == 0 ? 0 : 1;
}
