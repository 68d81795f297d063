/* Delays between attempts: they double up to a limit, and have a share that spreads jobs and never changes. */
#include "run/retry.h"

#include "run_tests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct job_config make_job(const char *name, int64_t delay_ms, int64_t max_ms)
{
	struct job_config job;

	job_config_init(&job, name);
	job.schedule.retry_delay_ms = delay_ms;
	job.schedule.retry_max_delay_ms = max_ms;
	return job;
}

static void a_delay_doubles_up_to_its_longest(void **state)
{
	static const struct {
		int64_t delay_ms;
		int64_t max_ms;
		int64_t attempt;
		int64_t expected_ms; /* and up to a quarter more */
	} rows[] = {
		{1000, 60000, 1, 1000},   {1000, 60000, 2, 2000},
		{1000, 60000, 3, 4000},   {1000, 60000, 6, 32000},
		{1000, 60000, 7, 60000},  {1000, 60000, 100, 60000},
		{90000, 60000, 1, 60000}, {86400000, 604800000, 1000, 604800000},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct job_config job = make_job("acme", rows[i].delay_ms, rows[i].max_ms);
		const int64_t delay_ms = retry_delay_ms(&job, rows[i].attempt);

		if (delay_ms < rows[i].expected_ms || delay_ms > rows[i].expected_ms + rows[i].expected_ms / 4)
			fail_msg("row %zu: %lld", i, (long long)delay_ms);
		assert_int_equal(retry_delay_ms(&job, rows[i].attempt), delay_ms);
	}
}

static void jobs_that_failed_together_do_not_come_back_together(void **state)
{
	int64_t least_ms = INT64_MAX;
	int64_t most_ms = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "job%d", i);
		const struct job_config job = make_job(name, 60000, 3600000);
		const int64_t delay_ms = retry_delay_ms(&job, 1);

		least_ms = delay_ms < least_ms ? delay_ms : least_ms;
		most_ms = delay_ms > most_ms ? delay_ms : most_ms;
	}
	assert_true(least_ms < 62000);
	assert_true(most_ms > 73000);
}

int run_retry_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_delay_doubles_up_to_its_longest),
		cmocka_unit_test(jobs_that_failed_together_do_not_come_back_together),
	};

	return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
