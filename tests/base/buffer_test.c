/* The growing buffer with a maximum. */
#include "base/buffer.h"

#include "base_tests.h"

#include <string.h>

static void buffer_holds_what_was_appended(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 1000);
	assert_int_equal(buffer_append(&buffer, NULL, 0), 0);
	assert_int_equal(buffer_append_text(&buffer, "one "), 0);
	assert_int_equal(buffer_append_slice(&buffer, slice_make("two!", 3)), 0);
	assert_int_equal(buffer_append_byte(&buffer, ' '), 0);
	assert_int_equal(buffer_append_format(&buffer, "%d-%s", 3, "x"), 0);
	assert_string_equal(buffer_text(&buffer), "one two 3-x");
	assert_true(slice_equal_text(buffer_slice(&buffer), "one two 3-x"));
	buffer_release(&buffer);
	assert_true(slice_is_empty(buffer_slice(&buffer)));
}

static void buffer_text_of_nothing_is_the_empty_string(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 0);
	assert_string_equal(buffer_text(&buffer), "");
	assert_int_equal(buffer_append_byte(&buffer, 'x'), -1);
	assert_null(buffer_text(&buffer));
	buffer_release(&buffer);
}

static void buffer_grows_to_its_maximum_and_no_further(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 1000);
	for (unsigned count = 0; count < 1000; count++)
		assert_int_equal(buffer_append_byte(&buffer, (char)('a' + count % 26)), 0);
	assert_int_equal(strlen(buffer_text(&buffer)), 1000);
	assert_int_equal(buffer.data[999], 'a' + 999 % 26);
	assert_true(buffer.capacity <= 1001);
	assert_int_equal(buffer_append_byte(&buffer, 'x'), -1);
	assert_int_equal(buffer.size, 1000);
	buffer_release(&buffer);
}

static void buffer_failure_sticks_until_cleared(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 8);
	assert_int_equal(buffer_append_text(&buffer, "12345"), 0);
	assert_int_equal(buffer_append_text(&buffer, "6789"), -1);
	assert_int_equal(buffer_append_text(&buffer, "6"), -1);
	assert_int_equal(buffer_append_format(&buffer, "%d", 6), -1);
	assert_null(buffer_extend(&buffer, 1));
	assert_true(slice_equal_text(buffer_slice(&buffer), "12345"));
	buffer_clear(&buffer);
	assert_int_equal(buffer_append_text(&buffer, "12345678"), 0);
	assert_string_equal(buffer_text(&buffer), "12345678");
	buffer_release(&buffer);
}

static void buffer_extend_counts_the_room(void **state)
{
	struct buffer buffer;
	char *room;

	(void)state;
	buffer_init(&buffer, 200);
	assert_int_equal(buffer_append_text(&buffer, "ab"), 0);
	room = buffer_extend(&buffer, 100);
	assert_non_null(room);
	memset(room, 'z', 100);
	assert_int_equal(buffer.size, 102);
	assert_int_equal(buffer_append_byte(&buffer, '!'), 0);
	assert_int_equal(buffer.data[101], 'z');
	assert_non_null(buffer_extend(&buffer, 0));
	buffer_release(&buffer);
}

static void buffer_refuses_sizes_that_would_wrap(void **state)
{
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, SIZE_MAX);
	assert_int_equal(buffer_append_text(&buffer, "ab"), 0);
	assert_null(buffer_extend(&buffer, SIZE_MAX - 1));
	assert_int_equal(buffer.size, 2);
	buffer_release(&buffer);
}

int buffer_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffer_holds_what_was_appended),
		cmocka_unit_test(buffer_text_of_nothing_is_the_empty_string),
		cmocka_unit_test(buffer_grows_to_its_maximum_and_no_further),
		cmocka_unit_test(buffer_failure_sticks_until_cleared),
		cmocka_unit_test(buffer_extend_counts_the_room),
		cmocka_unit_test(buffer_refuses_sizes_that_would_wrap),
	};

	return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
