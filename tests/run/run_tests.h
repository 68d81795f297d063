/* The groups of tests of importer/run. */
#pragma once

int run_pace_tests(void);
int run_pipeline_tests(void);
int run_past_run_tests(void);
int run_plan_tests(void);
int run_policy_tests(void);
int run_explanation_tests(void);
int run_guard_tests(void);
int run_intake_tests(void);
int run_known_file_tests(void);
int run_request_tests(void);
int run_retry_tests(void);
int run_status_tests(void);
