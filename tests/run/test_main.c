/* All tests of importer/run. */
#include "run_tests.h"

int main(void)
{
	return run_explanation_tests() + run_guard_tests() + run_intake_tests() + run_known_file_tests() + run_request_tests() +
	               run_retry_tests() + run_pace_tests() + run_pipeline_tests() + run_policy_tests() + run_status_tests() +
	               run_plan_tests() + run_past_run_tests() >
	       0;
}
