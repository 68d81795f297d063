/*
 * Every allocation of ours fails once: no crash, no leak, no half result.
 *
 * The linker sends malloc, calloc and realloc of our own code here (--wrap);
 * those inside the libraries are left alone.
 */
#include "config/config.h"

#include "config_tests.h"
#include "support/allocation.h"

#include <stdlib.h>

/* Load the configuration with the nth request failing. True when there was no nth request. */
static bool load_with_failure(size_t n, size_t problem_count)
{
	struct config config;
	struct config_problems problems;
	struct error err = ERROR_INIT;
	config_problems_init(&problems);
	allocation_fail_at(n);
	int result = config_load("feedmill.yaml", &config, &problems, &err);
	bool has_failed = allocation_stop();
	if (result < 0)
		assert_int_equal(err.code, ERROR_MEMORY);
	else
		assert_int_equal(problems.count, problem_count);
	config_release(&config);
	config_problems_release(&problems);
	return !has_failed;
}

static void expect_every_failure_handled(size_t problem_count)
{
	size_t n = 1;
	while (!load_with_failure(n, problem_count))
		n++;
	assert_true(n > 5);
}

static void config_survives_every_failing_allocation(void **state)
{
	(void)state;
	workspace_write("feedmill.yaml", "store: sqlite:x\n");
	workspace_write(
		"jobs/a.yaml",
		"source: x\ndialect: {name: yml, a: b}\nmissing: {action: keep}\nproxy: http://p\n"
		"schedule: {plan: {hours: [2, 3], weekdays: mon, start: 2026-01-01}}\nretry: {attempts: 2}\non_failure: [bin/notify, a]\n");
	workspace_write("jobs/b.yaml",
	                "source: https://x.example\nid_prefix: a\nschedule: '@daily'\ntimezone: Europe/Warsaw\nafter: [a]\n");
	expect_every_failure_handled(0);
}

/* A mistake that there is no memory to keep is still counted: such a configuration must not be run. */
static void problems_are_counted_though_every_allocation_fails(void **state)
{
	(void)state;
	workspace_write("feedmill.yaml", "stroe: sqlite:x\njobs: none\n");
	workspace_write("jobs/a.yaml", "source: x\nsource: x\nmode: perhaps\n");
	workspace_write("jobs/b.yaml", "a: [\n");
	expect_every_failure_handled(5);
}

#define in_workspace(test) cmocka_unit_test_setup_teardown(test, workspace_setup, workspace_teardown)

int alloc_tests(void)
{
	const struct CMUnitTest tests[] = {
		in_workspace(config_survives_every_failing_allocation),
		in_workspace(problems_are_counted_though_every_allocation_fails),
	};

	return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
