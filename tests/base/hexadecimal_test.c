/* Hexadecimal digits: every byte as a digit, and bytes written where they stand. */
#include "base/hexadecimal.h"

#include "base_tests.h"

#include <string.h>

static void hexadecimal_digits_are_what_they_stand_for_and_nothing_else_is_one(void **state)
{
	static const char digits[] = "0123456789abcdef";

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		const char lower = byte >= 'A' && byte <= 'F' ? (char)(byte + 'a' - 'A') : (char)byte;
		const char *found = byte == 0 ? NULL : strchr(digits, lower);

		assert_int_equal(hexadecimal_value((char)byte), found ? found - digits : -1);
	}
}

static void hexadecimal_bytes_have_two_digits(void **state)
{
	(void)state;
	assert_int_equal(hexadecimal_byte("00"), 0);
	assert_int_equal(hexadecimal_byte("7f"), 127);
	assert_int_equal(hexadecimal_byte("Fe"), 254);
	assert_int_equal(hexadecimal_byte("g0"), -1);
	assert_int_equal(hexadecimal_byte("0g"), -1);
	assert_int_equal(hexadecimal_byte("-1"), -1);
}

static void hexadecimal_is_written_over_the_bytes_it_stands_for(void **state)
{
	char text[9] = "....\x00\x9a\xff\x10";

	(void)state;
	hexadecimal_write(text + 4, 4, text);
	assert_string_equal(text, "009aff10");
}

int hexadecimal_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hexadecimal_digits_are_what_they_stand_for_and_nothing_else_is_one),
		cmocka_unit_test(hexadecimal_bytes_have_two_digits),
		cmocka_unit_test(hexadecimal_is_written_over_the_bytes_it_stands_for),
	};

	return cmocka_run_group_tests_name("hexadecimal", tests, NULL, NULL);
}
