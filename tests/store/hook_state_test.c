/* Hooks that fail: how long each is left alone, who may call it again, and that one that works is forgotten. */
#include "store/hook_state.h"

#include "store_support.h"
#include "store_tests.h"

#include <stdio.h>

#define MINUTE INT64_C(60000)
#define CALLING (2 * MINUTE)
#define HOOK INT64_C(-77)

static void call(struct world *world, int64_t hook, enum store_hook_outcome outcome, int64_t now_ms)
{
	const struct store_hook_call ended = {.hook = hook,
	                                      .outcome = outcome,
	                                      .error = outcome == STORE_HOOK_WORKED ? NULL : "it does not work",
	                                      .now_ms = now_ms};
	struct error err = ERROR_INIT;

	assert_int_equal(store_hook_finish(world->store, &ended, &err), 0);
}

static bool claim(struct world *world, int64_t hook, int64_t now_ms)
{
	struct error err = ERROR_INIT;
	const int result = store_hook_claim(world->store, hook, now_ms, CALLING, &err);

	assert_true(result >= 0);
	return result == 1;
}

static bool find(struct world *world, int64_t hook, int64_t now_ms, struct store_hook_state *ret_state)
{
	struct error err = ERROR_INIT;
	struct arena arena;

	arena_init(&arena, 65536);
	const int result = store_hook_find(world->store, hook, now_ms, &arena, ret_state, &err);
	assert_true(result >= 0);
	if (result == 1)
		assert_string_equal(ret_state->error, "it does not work");
	arena_release(&arena);
	return result == 1;
}

static void a_hook_that_hangs_is_left_alone_longer_each_time(void **state)
{
	static const int64_t minutes[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
	struct store_hook_state trouble;
	int64_t now_ms = 1000000;
	struct world world;

	(void)state;
	world_open(&world);
	assert_false(find(&world, HOOK, now_ms, &trouble));
	assert_true(claim(&world, HOOK, now_ms));
	for (size_t i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++) {
		call(&world, HOOK, STORE_HOOK_HUNG, now_ms);
		const int64_t until_ms = now_ms + minutes[i] * MINUTE;
		assert_true(find(&world, HOOK, now_ms, &trouble));
		assert_int_equal(trouble.waits_until_ms, until_ms);
		assert_int_equal(trouble.failures, i + 1);
		assert_int_equal(trouble.failing_at_ms, 1000000);
		assert_false(claim(&world, HOOK, now_ms));
		assert_false(claim(&world, HOOK, until_ms - 1));
		assert_true(find(&world, HOOK, until_ms, &trouble));
		assert_int_equal(trouble.waits_until_ms, 0);
		assert_true(claim(&world, HOOK, until_ms));
		now_ms = until_ms;
	}
	/* Another one is no business of this. */
	assert_true(claim(&world, HOOK + 1, now_ms));
	world_close(&world);
}

static void one_process_tries_whether_a_hook_still_hangs(void **state)
{
	struct world world;

	(void)state;
	world_open(&world);
	call(&world, HOOK, STORE_HOOK_HUNG, 0);
	assert_true(claim(&world, HOOK, MINUTE));
	assert_false(claim(&world, HOOK, MINUTE));
	assert_false(claim(&world, HOOK, MINUTE + CALLING - 1));
	/* That one was killed. */
	assert_true(claim(&world, HOOK, MINUTE + CALLING));
	world_close(&world);
}

static void a_hook_that_ends_is_not_waited_for_but_known_to_fail(void **state)
{
	struct store_hook_state trouble;
	struct world world;

	(void)state;
	world_open(&world);
	call(&world, HOOK, STORE_HOOK_FAILED, 5);
	call(&world, HOOK, STORE_HOOK_FAILED, 6);
	assert_true(find(&world, HOOK, 6, &trouble));
	assert_int_equal(trouble.failing_at_ms, 5);
	assert_int_equal(trouble.failures, 2);
	assert_int_equal(trouble.waits_until_ms, 0);
	assert_true(claim(&world, HOOK, 6));
	assert_true(claim(&world, HOOK, 6));
	/* One that hung and ends by now, badly: the next hang is the first again. */
	call(&world, HOOK, STORE_HOOK_HUNG, 7);
	call(&world, HOOK, STORE_HOOK_HUNG, 8);
	call(&world, HOOK, STORE_HOOK_FAILED, 9);
	assert_true(claim(&world, HOOK, 9));
	call(&world, HOOK, STORE_HOOK_HUNG, 10);
	assert_true(find(&world, HOOK, 10, &trouble));
	assert_int_equal(trouble.waits_until_ms, 10 + MINUTE);
	assert_int_equal(trouble.failing_at_ms, 5);
	assert_int_equal(trouble.failures, 6);
	world_close(&world);
}

static void a_hook_that_works_again_is_forgotten(void **state)
{
	struct store_hook_state trouble;
	struct world world;

	(void)state;
	world_open(&world);
	call(&world, HOOK, STORE_HOOK_WORKED, 1);
	assert_false(find(&world, HOOK, 1, &trouble));
	call(&world, HOOK, STORE_HOOK_HUNG, 2);
	call(&world, HOOK, STORE_HOOK_WORKED, 3);
	assert_false(find(&world, HOOK, 3, &trouble));
	assert_true(claim(&world, HOOK, 3));
	call(&world, HOOK, STORE_HOOK_HUNG, 4);
	assert_true(find(&world, HOOK, 4, &trouble));
	assert_int_equal(trouble.failing_at_ms, 4);
	world_close(&world);
}

static void a_clock_that_was_ahead_keeps_no_hook_waiting(void **state)
{
	struct store_hook_state trouble;
	struct world world;

	(void)state;
	world_open(&world);
	call(&world, HOOK, STORE_HOOK_HUNG, 1000 * MINUTE);
	assert_true(find(&world, HOOK, MINUTE, &trouble));
	assert_int_equal(trouble.waits_until_ms, 0);
	assert_true(claim(&world, HOOK, MINUTE));
	world_close(&world);
}

static void the_store_keeps_the_hooks_that_failed_last(void **state)
{
	const struct store_hook_state *hooks = NULL;
	struct error err = ERROR_INIT;
	struct arena arena;
	struct world world;
	size_t count = 0;

	(void)state;
	world_open(&world);
	arena_init(&arena, 1024 * 1024);
	assert_int_equal(store_hooks_list(world.store, &arena, &hooks, &count, &err), 0);
	assert_int_equal(count, 0);
	for (int64_t hook = 0; hook < STORE_HOOKS_MAX + 5; hook++)
		call(&world, hook, STORE_HOOK_FAILED, hook);
	assert_int_equal(store_hooks_list(world.store, &arena, &hooks, &count, &err), 0);
	assert_int_equal(count, STORE_HOOKS_MAX);
	assert_int_equal(hooks[0].hook, STORE_HOOKS_MAX + 4);
	assert_int_equal(hooks[count - 1].hook, 5);
	assert_string_equal(hooks[0].error, "it does not work");
	assert_false(find(&world, 4, 0, &(struct store_hook_state){0}));
	arena_release(&arena);
	world_close(&world);
}

int hook_state_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hook_that_hangs_is_left_alone_longer_each_time),
		cmocka_unit_test(one_process_tries_whether_a_hook_still_hangs),
		cmocka_unit_test(a_hook_that_ends_is_not_waited_for_but_known_to_fail),
		cmocka_unit_test(a_hook_that_works_again_is_forgotten),
		cmocka_unit_test(a_clock_that_was_ahead_keeps_no_hook_waiting),
		cmocka_unit_test(the_store_keeps_the_hooks_that_failed_last),
	};

	return cmocka_run_group_tests_name("hook_state", tests, NULL, NULL);
}
