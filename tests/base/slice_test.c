/* Borrowed text. */
#include "base/slice.h"

#include "base/buffer.h"
#include "base_tests.h"

static const struct slice nothing = {NULL, 0};

static void slice_from_null_is_empty(void **state)
{
	(void)state;
	assert_true(slice_is_empty(slice_from(NULL)));
	assert_true(slice_is_empty(slice_from("")));
	assert_int_equal(slice_from("abc").size, 3);
}

static void slice_equality_is_of_bytes(void **state)
{
	const struct slice literal = SLICE("a\0b");

	(void)state;
	assert_int_equal(literal.size, 3);
	assert_true(slice_equal(literal, slice_make("a\0b", 3)));
	assert_false(slice_equal(literal, slice_make("a\0c", 3)));
	assert_false(slice_equal_text(literal, "a"));
	assert_true(slice_equal(nothing, slice_from("")));
	assert_true(slice_equal_text(slice_from("x"), "x"));
	assert_true(slice_equal_text(nothing, NULL));
}

static void slice_folds_ascii_letters_only(void **state)
{
	(void)state;
	assert_true(slice_equal_folded(slice_from("In Stock"), slice_from("iN sTOCK")));
	assert_false(slice_equal_folded(slice_from("a@"), slice_from("a`")));
	assert_false(slice_equal_folded(slice_from("[x"), slice_from("{x")));
	assert_false(slice_equal_folded(slice_from("Č"), slice_from("č")));
	assert_true(slice_equal_folded(nothing, nothing));
}

static void slice_knows_its_prefix(void **state)
{
	(void)state;
	assert_true(slice_starts_with(slice_from("https://x"), "https://"));
	assert_false(slice_starts_with(slice_from("https"), "https://"));
	assert_true(slice_starts_with(nothing, ""));
	assert_false(slice_starts_with(nothing, "a"));
}

static void slice_order_is_by_unsigned_bytes_and_length(void **state)
{
	(void)state;
	assert_true(slice_compare(slice_from("a"), slice_from("b")) < 0);
	assert_true(slice_compare(slice_from("a"), slice_from("\x80")) < 0);
	assert_true(slice_compare(slice_from("ab"), slice_from("a")) > 0);
	assert_true(slice_compare(nothing, slice_from("a")) < 0);
	assert_int_equal(slice_compare(nothing, slice_from("")), 0);
	assert_int_equal(slice_compare(slice_from("17"), slice_from("17")), 0);
}

static void slice_trims_white_space_of_unicode(void **state)
{
	static const struct {
		const char *text;
		const char *trimmed;
	} rows[] = {
		{"", ""},
		{"abc", "abc"},
		{" \t\r\n\v\fabc \t\r\n\v\f", "abc"},
		{"   ", ""},
		{"\xC2\xA0", ""},
		{"\xC2\xA0 a b \xC2\xA0", "a b"},
		{"\xEF\xBB\xBFid", "id"},
		{"\xE2\x80\x80x\xE2\x80\x8B", "x"},
		{"\xE2\x80\xAFx\xE2\x80\xAF\xE3\x80\x80", "x"},
		{"\xE2\x80\x8Cx\xE2\x80\x8D", "\xE2\x80\x8Cx\xE2\x80\x8D"}, /* joiners are no white space */
		{"\xE2\x80", "\xE2\x80"},
		{"\xA0", "\xA0"},
		{"\xC2", "\xC2"},
		{"\xC3\xA0", "\xC3\xA0"}, /* à ends in the byte of NBSP */
		{"\xE2\x82\xAC 5\xE2\x82\xAC", "\xE2\x82\xAC 5\xE2\x82\xAC"},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++)
		assert_true(slice_equal_text(slice_trim(slice_from(rows[index].text)), rows[index].trimmed));
	assert_true(slice_is_empty(slice_trim(nothing)));
}

static void assert_pieces(const char *text, const char *separator, const char *joined, size_t count)
{
	struct slice_splitter splitter = slice_split(slice_from(text), slice_from(separator));
	struct buffer pieces;
	struct slice piece;
	size_t found = 0;

	buffer_init(&pieces, 64);
	while (slice_split_next(&splitter, &piece)) {
		assert_int_equal(buffer_append_slice(&pieces, piece), 0);
		assert_int_equal(buffer_append_byte(&pieces, '|'), 0);
		found++;
	}
	assert_string_equal(buffer_text(&pieces), joined);
	buffer_release(&pieces);
	assert_int_equal(found, count);
	assert_false(slice_split_next(&splitter, &piece));
}

static void slice_splits_into_every_piece(void **state)
{
	(void)state;
	assert_pieces("", ",", "|", 1);
	assert_pieces("a", ",", "a|", 1);
	assert_pieces("a,b,,c", ",", "a|b||c|", 4);
	assert_pieces(",a,", ",", "|a||", 3);
	assert_pieces("Home > Bath > Taps", " > ", "Home|Bath|Taps|", 3);
	assert_pieces("a > ", " > ", "a||", 2);
	assert_pieces("a b", "", "a b|", 1);
}

static void slice_finds_the_first_needle(void **state)
{
	(void)state;
	assert_int_equal(slice_find(slice_from("abcabc"), slice_from("c")), 2);
	assert_int_equal(slice_find(slice_from("abcabd"), slice_from("abd")), 3);
	assert_true(slice_find(slice_from("abc"), slice_from("abcd")) == SIZE_MAX);
	assert_true(slice_find(slice_from("abc"), slice_from("x")) == SIZE_MAX);
	assert_true(slice_find(nothing, slice_from("x")) == SIZE_MAX);
	assert_int_equal(slice_find(slice_make("a\0b", 3), slice_from("b")), 2);
}

int slice_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slice_from_null_is_empty),
		cmocka_unit_test(slice_equality_is_of_bytes),
		cmocka_unit_test(slice_folds_ascii_letters_only),
		cmocka_unit_test(slice_knows_its_prefix),
		cmocka_unit_test(slice_order_is_by_unsigned_bytes_and_length),
		cmocka_unit_test(slice_trims_white_space_of_unicode),
		cmocka_unit_test(slice_splits_into_every_piece),
		cmocka_unit_test(slice_finds_the_first_needle),
	};

	return cmocka_run_group_tests_name("slice", tests, NULL, NULL);
}
