/* Runs every group of tests of schedule. */
#include "schedule_tests.h"

#include <stdlib.h>

int main(void)
{
	int failed = 0;

	failed += schedule_tests();
	failed += lookout_tests();
	failed += planner_tests();
	failed += roster_tests();
	failed += times_tests();
	failed += unit_tests();
	failed += unit_calendar_tests();
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
