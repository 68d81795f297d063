/* Tests of importer/notify. */
#include "notify_tests.h"

#include <stdlib.h>

int main(void)
{
	int failed = 0;

	failed += hook_tests();
	failed += notice_tests();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
