/* Runs every group of tests of config. */
#include "config_tests.h"

#include <stdlib.h>

int main(void)
{
	int failed = 0;

	failed += yaml_tests();
	failed += problems_tests();
	failed += reference_tests();
	failed += value_tests();
	failed += option_tests();
	failed += job_tests();
	failed += job_set_tests();
	failed += jobs_tests();
	failed += keep_tests();
	failed += file_tests();
	failed += config_tests();
	failed += alloc_tests();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
