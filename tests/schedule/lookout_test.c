/* When the daemon looks for runs that did not come. */
#include "schedule/lookout.h"

#include "schedule_tests.h"

static void it_looks_a_while_after_the_start_and_then_now_and_then(void **state)
{
	struct lookout lookout;
	(void)state;
	lookout_init(&lookout, 5000);
	assert_int_equal(lookout.next_ms, 5000 + LOOKOUT_FIRST_MS);
	assert_false(lookout_begin(&lookout, lookout.next_ms - 1));
	assert_true(lookout_begin(&lookout, 5000 + LOOKOUT_FIRST_MS));
	assert_false(lookout_begin(&lookout, INT64_MAX - 1)); /* one looks already */
	lookout_end(&lookout, 20, 100000);
	assert_int_equal(lookout.next_ms, 100000 + LOOKOUT_PAUSE_MS);
	assert_true(lookout_begin(&lookout, lookout.next_ms + 1));
}

static void a_look_that_takes_long_is_rare(void **state)
{
	struct lookout lookout;
	(void)state;
	lookout_init(&lookout, 0);
	assert_true(lookout_begin(&lookout, LOOKOUT_FIRST_MS));
	lookout_end(&lookout, 9000, 20000);
	assert_int_equal(lookout.next_ms, 20000 + 9000 * LOOKOUT_SHARE);
}

/* A daemon that was stopped, on a machine that was too: what was due meanwhile is only now being started. */
static void who_overslept_waits_for_what_is_caught_up(void **state)
{
	struct lookout lookout;
	(void)state;
	lookout_init(&lookout, 0);
	const int64_t late_ms = LOOKOUT_FIRST_MS + LOOKOUT_OVERSLEPT_MS + 1;
	assert_false(lookout_begin(&lookout, late_ms));
	assert_int_equal(lookout.next_ms, late_ms + LOOKOUT_FIRST_MS);
	assert_true(lookout_begin(&lookout, lookout.next_ms));
}

int lookout_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_looks_a_while_after_the_start_and_then_now_and_then),
		cmocka_unit_test(a_look_that_takes_long_is_rare),
		cmocka_unit_test(who_overslept_waits_for_what_is_caught_up),
	};
	return cmocka_run_group_tests_name("lookout", tests, NULL, NULL);
}
