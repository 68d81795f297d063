/* Tests of the probe: values, names, figures and guesses. */
#include "probe_tests.h"

int main(void)
{
	int failed = 0;

	failed += run_distinct_tests();
	failed += run_value_type_tests();
	failed += run_field_names_tests();
	failed += run_prober_tests();
	failed += run_report_tests();
	failed += run_allocation_tests();
	return failed;
}
