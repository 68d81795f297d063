/* Memory that is freed all at once. */
#include "base/arena.h"

#include "base_tests.h"

#include <stdalign.h>
#include <string.h>

static void arena_hands_out_aligned_zeroes(void **state)
{
	struct arena arena;

	(void)state;
	arena_init(&arena, 8 * 1024 * 1024);
	for (unsigned round = 0; round < 2; round++) {
		for (size_t size = 0; size < 3000; size += 7) {
			unsigned char *memory = arena_alloc(&arena, size);

			assert_non_null(memory);
			assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
			for (size_t index = 0; index < size; index++)
				assert_int_equal(memory[index], 0);
			memset(memory, 0xAB, size);
		}
		arena_reset(&arena);
	}
	arena_release(&arena);
}

static void arena_pieces_do_not_overlap(void **state)
{
	struct arena arena;
	unsigned char *pieces[500];

	(void)state;
	arena_init(&arena, 8 * 1024 * 1024);
	for (size_t index = 0; index < 500; index++) {
		pieces[index] = arena_alloc(&arena, index * 13 % 9000 + 1);
		assert_non_null(pieces[index]);
		memset(pieces[index], (int)(index % 251), index * 13 % 9000 + 1);
	}
	for (size_t index = 0; index < 500; index++) {
		assert_int_equal(pieces[index][0], index % 251);
		assert_int_equal(pieces[index][index * 13 % 9000], index % 251);
	}
	arena_release(&arena);
}

static void arena_keeps_to_its_maximum(void **state)
{
	const volatile size_t all = SIZE_MAX; /* no compiler is to see that this must fail */
	struct arena arena;

	(void)state;
	arena_init(&arena, 1024);
	assert_non_null(arena_alloc(&arena, 1000));
	assert_int_equal(arena.used, 1008);
	assert_null(arena_alloc(&arena, 17));
	assert_non_null(arena_alloc(&arena, 16));
	assert_null(arena_alloc(&arena, 1));
	assert_null(arena_alloc(&arena, all));
	assert_null(arena_alloc(&arena, all - 100));
	arena_reset(&arena);
	assert_int_equal(arena.used, 0);
	assert_non_null(arena_alloc(&arena, 1024));
	arena_release(&arena);
}

static void arena_gives_big_requests_their_own_blocks(void **state)
{
	struct arena arena;
	const struct arena_block *head;

	(void)state;
	arena_init(&arena, 64 * 1024 * 1024);
	assert_non_null(arena_alloc(&arena, 5 * 1024 * 1024));
	head = arena.blocks;
	assert_non_null(arena_alloc(&arena, 100));
	assert_ptr_equal(arena.blocks, head); /* small requests go on in the first block */
	assert_non_null(arena_alloc(&arena, 3 * 1024 * 1024));
	assert_ptr_equal(arena.blocks, head);
	arena_reset(&arena);
	assert_ptr_equal(arena.blocks, head);
	arena_release(&arena);
	assert_null(arena.blocks);
}

static void arena_reset_keeps_the_first_block(void **state)
{
	struct arena arena;
	const void *first;

	(void)state;
	arena_init(&arena, 64 * 1024 * 1024);
	first = arena_alloc(&arena, 10);
	for (unsigned count = 0; count < 1000; count++)
		assert_non_null(arena_alloc(&arena, 4000));
	arena_reset(&arena);
	assert_ptr_equal(arena_alloc(&arena, 10), first);
	arena_release(&arena);
}

static void arena_copies_end_in_nul(void **state)
{
	struct arena arena;
	struct slice copy = slice_from("untouched");
	const char *text;

	(void)state;
	arena_init(&arena, 64);
	assert_true(arena_copy(&arena, slice_make("a\0bX", 3), &copy));
	assert_int_equal(copy.size, 3);
	assert_memory_equal(copy.data, "a\0b", 4);
	text = arena_text(&arena, slice_make(NULL, 0));
	assert_string_equal(text, "");
	copy = slice_from("untouched");
	assert_false(arena_copy(&arena, slice_from("this text is longer than what is left"), &copy));
	assert_true(slice_equal_text(copy, "untouched"));
	assert_null(arena_text(&arena, slice_from("this text is longer than what is left")));
	arena_release(&arena);
}

static void arena_takes_over_what_another_has(void **state)
{
	struct arena arena;
	struct arena other;
	char *texts[4];

	(void)state;
	arena_init(&arena, (size_t)1024 * 1024);
	arena_init(&other, (size_t)1024 * 1024);
	assert_true(arena_adopt(&arena, &other)); /* nothing of nothing */
	assert_non_null(texts[0] = arena_text(&other, slice_from("of the other")));
	assert_true(arena_adopt(&arena, &other)); /* into an empty one */
	assert_null(other.blocks);
	assert_int_equal(other.used, 0);
	assert_non_null(texts[1] = arena_text(&arena, slice_from("of its own")));
	assert_non_null(arena_alloc(&other, 100000));
	assert_non_null(texts[2] = arena_text(&other, slice_from("of the other again")));
	assert_true(arena_adopt(&arena, &other));
	assert_non_null(texts[3] = arena_text(&arena, slice_from("of its own again")));
	assert_int_equal(arena.used, 16 + 16 + 100000 + 32 + 32);
	assert_string_equal(texts[0], "of the other");
	assert_string_equal(texts[1], "of its own");
	assert_string_equal(texts[2], "of the other again");
	assert_string_equal(texts[3], "of its own again");
	arena_release(&other);
	arena_release(&arena);
}

static void arena_that_took_over_too_much_is_full(void **state)
{
	struct arena arena;
	struct arena other;

	(void)state;
	arena_init(&arena, 1024);
	arena_init(&other, 1024);
	assert_non_null(arena_alloc(&arena, 512));
	assert_non_null(arena_alloc(&other, 528));
	assert_false(arena_adopt(&arena, &other));
	assert_null(other.blocks);
	assert_null(arena_alloc(&arena, 1));
	arena_release(&arena);
	assert_non_null(arena_alloc(&arena, 512));
	assert_non_null(arena_alloc(&other, 512));
	assert_true(arena_adopt(&arena, &other));
	arena_release(&arena);
}

int arena_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_hands_out_aligned_zeroes),    cmocka_unit_test(arena_pieces_do_not_overlap),
		cmocka_unit_test(arena_keeps_to_its_maximum),        cmocka_unit_test(arena_gives_big_requests_their_own_blocks),
		cmocka_unit_test(arena_reset_keeps_the_first_block), cmocka_unit_test(arena_copies_end_in_nul),
		cmocka_unit_test(arena_takes_over_what_another_has), cmocka_unit_test(arena_that_took_over_too_much_is_full),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
