/* Runs every group of tests of feed. */
#include "feed_tests.h"

#include <stdlib.h>

int main(void)
{
	int failed = 0;

	/* First, since it exchanges libxml2's allocator. */
	failed += allocation_tests();
	failed += names_tests();
	failed += record_tests();
	failed += encoding_tests();
	failed += sniff_tests();
	failed += entity_tests();
	failed += xml_tests();
	failed += malformed_tests();
	failed += json_tests();
	failed += json_fault_tests();
	failed += json_limit_tests();
	failed += sample_tests();
	failed += json_suite_tests();
	failed += limit_tests();
	failed += csv_tests();
	failed += csv_file_tests();
	failed += lenient_tests();
	failed += position_tests();
	failed += memory_tests();
	failed += hostile_tests();
	failed += sift_tests();
	failed += sift_feed_tests();
	failed += known_tests();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
