/* Exit statuses: what a run's end means to cron, systemd and scripts. */
#include "run/run.h"

#include "run_tests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_outcome_has_its_exit_status(void **state)
{
	static const struct {
		enum run_outcome outcome;
		enum error_code code;
		long number;
		int status;
	} rows[] = {
		{RUN_APPLIED, ERROR_NONE, 0, 0},
		{RUN_UNCHANGED, ERROR_NONE, 0, 0},
		{RUN_PLANNED, ERROR_NONE, 0, 0},
		{RUN_HELD, ERROR_NONE, 0, 3},
		{RUN_FAILED, ERROR_GUARD, 0, 1},
		{RUN_FAILED, ERROR_FEED, 0, 1},
		{RUN_FAILED, ERROR_DIALECT, 0, 1},
		{RUN_FAILED, ERROR_REFUSED, 404, 1},
		{RUN_FAILED, ERROR_NOT_FOUND, 0, 1},
		{RUN_FAILED, ERROR_STORE, 0, 1},
		{RUN_FAILED, ERROR_STORE_FOREIGN, 0, 1},
		{RUN_FAILED, ERROR_COUNTS, 0, 1},
		{RUN_FAILED, ERROR_READER, 0, 1},
		{RUN_FAILED, ERROR_USAGE, 0, 2},
		{RUN_FAILED, ERROR_CONFIG, 0, 2},
		{RUN_FAILED, ERROR_LEASE, 0, 5},
		{RUN_FAILED, ERROR_NETWORK, 0, 75},
		{RUN_FAILED, ERROR_STORE_BUSY, 0, 75},
		{RUN_FAILED, ERROR_TIMEOUT, SIGALRM, 75},
		{RUN_FAILED, ERROR_TOO_EARLY, 0, 75},
		{RUN_FAILED, ERROR_NOT_DUE, 0, 0},
		{RUN_CANCELLED, ERROR_CANCELLED, SIGINT, 128 + SIGINT},
		{RUN_CANCELLED, ERROR_CANCELLED, SIGTERM, 128 + SIGTERM},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run_report report = {
			.outcome = rows[i].outcome,
			.error = {.code = rows[i].code, .number = rows[i].number, .byte = -1},
		};
		assert_int_equal(run_exit_status(&report), rows[i].status);
	}
}

static void a_scheduled_run_is_worth_a_retry_while_it_has_attempts(void **state)
{
	static const struct {
		int64_t attempt;
		enum overlap_policy overlap;
		enum error_code code;
		int status;
	} rows[] = {
		{1, OVERLAP_SKIP, ERROR_NETWORK, 75},    {2, OVERLAP_SKIP, ERROR_NETWORK, 75},
		{3, OVERLAP_SKIP, ERROR_NETWORK, 1},     {3, OVERLAP_SKIP, ERROR_TIMEOUT, 1},
		{0, OVERLAP_SKIP, ERROR_STORE_BUSY, 75}, {0, OVERLAP_SKIP, ERROR_TOO_EARLY, 75},
		{0, OVERLAP_SKIP, ERROR_LEASE, 5},       {0, OVERLAP_QUEUE, ERROR_LEASE, 75},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct job_config job;
		job_config_init(&job, "acme");
		job.schedule.retry_attempts = 3;
		job.schedule.overlap = rows[i].overlap;
		struct run_report report = {
			.outcome = RUN_FAILED,
			.job = &job,
			.due_at_ms = 1000,
			.attempt = rows[i].attempt,
			.error = {.code = rows[i].code, .byte = -1},
		};
		assert_int_equal(run_exit_status(&report), rows[i].status);
	}
}

static void too_many_rejected_records_that_are_only_reported_end_in_4(void **state)
{
	static const struct {
		enum run_outcome outcome;
		const char *guard;
		enum guard_verdict verdict;
		bool is_approved;
		int status;
	} rows[] = {
		{RUN_APPLIED, "rejected", GUARD_REPORT, false, 4},
		{RUN_APPLIED, "rejected", GUARD_HOLD, true, 0}, /* a person has seen it */
		{RUN_APPLIED, "prices", GUARD_REPORT, false, 0},
		{RUN_PLANNED, "rejected", GUARD_REPORT, false, 0},
		{RUN_PLANNED, "rejected", GUARD_HOLD, false, 3},
		{RUN_HELD, "rejected", GUARD_HOLD, false, 3},
		{RUN_FAILED, "rejected", GUARD_FAIL, false, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run_report *report = test_calloc(1, sizeof(*report));

		report->outcome = rows[i].outcome;
		report->error.code = rows[i].outcome == RUN_FAILED ? ERROR_GUARD : ERROR_NONE;
		report->was_read = true;
		report->guards.is_approved = rows[i].is_approved;
		guard_report_add(&report->guards, &(struct guard_finding){.guard = rows[i].guard, .verdict = rows[i].verdict});
		assert_int_equal(run_exit_status(report), rows[i].status);
		test_free(report);
	}
}

static void of_several_runs_the_worst_status_counts(void **state)
{
	static const int by_weight[] = {0, 5, 4, 3, 75, 1, 2, 130};
	size_t count = sizeof(by_weight) / sizeof(by_weight[0]);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < count; k++)
			assert_int_equal(run_worse_status(by_weight[i], by_weight[k]), by_weight[i > k ? i : k]);
	}
}

int run_status_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_outcome_has_its_exit_status),
		cmocka_unit_test(a_scheduled_run_is_worth_a_retry_while_it_has_attempts),
		cmocka_unit_test(too_many_rejected_records_that_are_only_reported_end_in_4),
		cmocka_unit_test(of_several_runs_the_worst_status_counts),
	};

	return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
