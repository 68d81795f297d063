/* What the system says of a process. */
#include "base/process.h"

#include "base_tests.h"

#include <sys/wait.h>
#include <unistd.h>

static void this_process_runs_and_started_once(void **state)
{
	struct process_status first = {.state = '?'};
	struct process_status second = {.state = '?'};

	(void)state;
	assert_true(process_read_status(getpid(), &first));
	assert_true(process_read_status(getpid(), &second));
	assert_int_equal(first.state, 'R');
	assert_true(first.start_time > 0);
	assert_int_equal(first.start_time, second.start_time);
}

static void a_child_that_ended_is_a_zombie_until_it_is_waited_for(void **state)
{
	struct process_status status = {.state = '?'};
	siginfo_t info;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		_exit(0);
	assert_true(child > 0);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_true(process_read_status(child, &status));
	assert_int_equal(status.state, 'Z');
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_false(process_read_status(child, &status));
}

static void no_process_has_a_negative_id(void **state)
{
	struct process_status status;

	(void)state;
	assert_false(process_read_status(-1, &status));
	assert_false(process_read_status(INT64_MAX, &status));
}

int process_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(this_process_runs_and_started_once),
		cmocka_unit_test(a_child_that_ended_is_a_zombie_until_it_is_waited_for),
		cmocka_unit_test(no_process_has_a_negative_id),
	};

	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
