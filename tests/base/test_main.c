/* Runs every group of tests of base. */
#include "base_tests.h"

#include <stdlib.h>

int main(void)
{
	int failed = 0;

	failed += slice_tests();
	failed += buffer_tests();
	failed += arena_tests();
	failed += error_tests();
	failed += flat_tests();
	failed += hash_tests();
	failed += hexadecimal_tests();
	failed += utf8_tests();
	failed += json_tests();
	failed += json_read_tests();
	failed += number_tests();
	failed += process_tests();
	failed += program_tests();
	failed += replace_tests();
	failed += money_tests();
	failed += instant_tests();
	failed += instant_pattern_tests();
	failed += suggest_tests();
	failed += bytes_tests();
	failed += zone_tests();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
