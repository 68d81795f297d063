/* Flat text between processes: what is written is read, and nothing else is. */
#include "base/flat.h"

#include "base_tests.h"

#include <string.h>

struct thing {
	uint64_t wide;
	int64_t low;
	uint32_t small; /* below 5 */
	bool is_so;
	struct slice text;
	uint32_t count; /* at most 3 */
	uint32_t *items;
};

static void code(struct flat *flat, struct thing *thing)
{
	flat_u64(flat, &thing->wide);
	flat_i64(flat, &thing->low);
	flat_u32(flat, &thing->small, 5);
	flat_bool(flat, &thing->is_so);
	flat_text(flat, &thing->text);
	thing->items = flat_array(flat, thing->items, &thing->count, 3, sizeof(*thing->items));
	for (uint32_t i = 0; i < thing->count; i++)
		flat_u32(flat, &thing->items[i], 100);
}

static uint32_t items[] = {7, 99, 0};

static void write_thing(struct buffer *buffer)
{
	struct thing thing = {
		.wide = UINT64_MAX, .low = INT64_MIN, .small = 4, .is_so = true, .text = SLICE("a\0b"), .count = 3, .items = items};
	struct flat flat = flat_writer(buffer);

	code(&flat, &thing);
	assert_true(flat_is_done(&flat));
}

static void what_is_written_is_read(void **state)
{
	struct buffer buffer;
	struct arena arena;
	struct thing thing = {.wide = 0};

	(void)state;
	buffer_init(&buffer, 1000);
	arena_init(&arena, 1000);
	write_thing(&buffer);
	struct flat flat = flat_reader(buffer_slice(&buffer), &arena);
	code(&flat, &thing);
	assert_true(flat_is_done(&flat));
	assert_true(thing.wide == UINT64_MAX && thing.low == INT64_MIN && thing.small == 4 && thing.is_so && thing.count == 3);
	assert_int_equal(thing.text.size, 3);
	assert_memory_equal(thing.text.data, "a\0b", 3);
	assert_memory_equal(thing.items, items, sizeof(items));
	arena_release(&arena);
	buffer_release(&buffer);
}

static void what_is_cut_or_goes_on_is_refused(void **state)
{
	struct buffer buffer;
	struct arena arena;

	(void)state;
	buffer_init(&buffer, 1000);
	arena_init(&arena, 100000);
	write_thing(&buffer);
	for (size_t size = 0; size < buffer.size; size++) {
		struct thing thing = {.wide = 0};
		struct flat flat = flat_reader(slice_make(buffer.data, size), &arena);
		code(&flat, &thing);
		assert_false(flat_is_done(&flat));
		assert_true(thing.count <= 3 && thing.small < 5);
	}
	assert_int_equal(buffer_append_byte(&buffer, 'x'), 0);
	struct thing thing = {.wide = 0};
	struct flat flat = flat_reader(buffer_slice(&buffer), &arena);
	code(&flat, &thing);
	assert_false(flat_is_done(&flat));
	arena_release(&arena);
	buffer_release(&buffer);
}

static void numbers_beyond_their_bounds_are_refused_and_zero(void **state)
{
	const uint64_t numbers[] = {5, UINT64_MAX, (uint64_t)1 << 32};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct flat flat = flat_reader(slice_make((const char *)&numbers[i], sizeof(numbers[i])), NULL);
		uint32_t value = 1;
		flat_u32(&flat, &value, 5);
		assert_true(flat.failed && value == 0);
		uint64_t after = 9;
		flat_u64(&flat, &after);
		assert_int_equal(after, 0);
	}
}

static void an_array_without_memory_is_no_array(void **state)
{
	const uint64_t count = 3;
	struct arena arena;
	uint32_t read = 0;

	(void)state;
	arena_init(&arena, 16);
	struct flat flat = flat_reader(slice_make((const char *)&count, sizeof(count)), &arena);
	assert_null(flat_array(&flat, NULL, &read, 10, 1000));
	assert_true(flat.is_out_of_memory && flat.failed && read == 0);
	arena_release(&arena);
}

int flat_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_is_cut_or_goes_on_is_refused),
		cmocka_unit_test(numbers_beyond_their_bounds_are_refused_and_zero),
		cmocka_unit_test(an_array_without_memory_is_no_array),
	};

	return cmocka_run_group_tests_name("flat", tests, NULL, NULL);
}
