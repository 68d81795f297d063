/* UTF-8: validation, code points, printable forms. */
#include "base/utf8.h"

#include "base_tests.h"

#include <string.h>

static const struct {
	const char *text;
	bool is_valid;
} sequences[] = {
	{"", true},
	{"plain", true},
	{"\xC2\x80", true},
	{"\xDF\xBF", true},
	{"\xE0\xA0\x80", true},
	{"\xED\x9F\xBF", true},
	{"\xEE\x80\x80", true},
	{"\xEF\xBF\xBF", true},
	{"\xF0\x90\x80\x80", true},
	{"\xF4\x8F\xBF\xBF", true},
	{"\x80", false},
	{"\xBF", false},
	{"\xC0\x80", false},
	{"\xC1\xBF", false},
	{"\xC2", false},
	{"\xC2\x41", false},
	{"\xC2\xC2", false},
	{"\xE0\x9F\xBF", false},
	{"\xE1\x80", false},
	{"\xE1\x80\x41", false},
	{"\xED\xA0\x80", false},
	{"\xED\xBF\xBF", false},
	{"\xF0\x8F\xBF\xBF", false},
	{"\xF1\x80\x80", false},
	{"\xF1\x80\x80\xC0", false},
	{"\xF4\x90\x80\x80", false},
	{"\xF5\x80\x80\x80", false},
	{"\xFE", false},
	{"\xFF", false},
};

/* Every sequence at every place among ASCII, so that the steps of eight bytes meet it everywhere. */
static void utf8_validity_holds_at_every_alignment(void **state)
{
	(void)state;
	for (size_t index = 0; index < sizeof(sequences) / sizeof(sequences[0]); index++) {
		for (size_t before = 0; before < 20; before++) {
			for (size_t behind = 0; behind < 20; behind++) {
				const size_t size = strlen(sequences[index].text);
				char text[64];

				memset(text, 'a', sizeof(text));
				memcpy(text + before, sequences[index].text, size);
				assert_int_equal(utf8_is_valid(slice_make(text, before + size + behind)),
				                 sequences[index].is_valid);
			}
		}
	}
	assert_true(utf8_is_valid(slice_make(NULL, 0)));
	assert_true(utf8_is_valid(slice_make("a\0b", 3)));
}

static void utf8_sequences_cut_short_are_invalid(void **state)
{
	const char text[] = "Цена 5 €, 𝄞";

	(void)state;
	for (size_t size = 0; size < sizeof(text); size++) {
		const bool is_whole = size == sizeof(text) - 1 || ((unsigned char)text[size] & 0xC0) != 0x80;

		assert_int_equal(utf8_is_valid(slice_make(text, size)), is_whole);
	}
}

static void utf8_encodes_and_decodes_every_scalar_value(void **state)
{
	char bytes[4];
	size_t size;

	(void)state;
	for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point++) {
		const size_t written = utf8_encode(code_point, bytes);

		if (code_point >= 0xD800 && code_point <= 0xDFFF) {
			assert_int_equal(written, 0);
			continue;
		}
		if (written == 0 || utf8_decode(slice_make(bytes, written), &size) != code_point || size != written ||
		    !utf8_is_valid(slice_make(bytes, written)))
			fail_msg("code point U+%04X does not survive", (unsigned)code_point);
	}
	assert_int_equal(utf8_encode(0x110000, bytes), 0);
	assert_int_equal(utf8_encode(UINT32_MAX, bytes), 0);
}

static void utf8_decodes_invalid_bytes_one_by_one(void **state)
{
	size_t size = 0;

	(void)state;
	for (size_t index = 0; index < sizeof(sequences) / sizeof(sequences[0]); index++) {
		if (sequences[index].is_valid)
			continue;
		assert_int_equal(utf8_decode(slice_from(sequences[index].text), &size), 0xFFFD);
		assert_int_equal(size, 1);
	}
	assert_int_equal(utf8_decode(slice_from("\xEF\xBF\xBD"), &size), 0xFFFD);
	assert_int_equal(size, 3);
}

static void utf8_length_counts_code_points(void **state)
{
	(void)state;
	assert_int_equal(utf8_length(slice_make(NULL, 0)), 0);
	assert_int_equal(utf8_length(slice_from("abc")), 3);
	assert_int_equal(utf8_length(slice_from("Цена €𝄞")), 7);
}

static void utf8_cut_never_splits_a_code_point(void **state)
{
	static const struct {
		const char *text;
		size_t max;
		const char *cut;
	} rows[] = {
		{"abc", 5, "abc"}, {"abc", 3, "abc"}, {"abc", 2, "ab"}, {"abc", 0, ""}, {"a€b", 1, "a"}, {"a€b", 2, "a"},
		{"a€b", 3, "a"},   {"a€b", 4, "a€"},  {"𝄞", 3, ""},     {"𝄞", 4, "𝄞"},  {"ЦЦ", 3, "Ц"},  {"", 0, ""},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++)
		assert_true(slice_equal_text(utf8_cut(slice_from(rows[index].text), rows[index].max), rows[index].cut));
	assert_true(utf8_cut(slice_from("\x80\x80\x80\x80\x80\x80\x80\x80"), 6).size >= 3);
}

static void utf8_prints_nothing_that_moves_a_terminal(void **state)
{
	static const struct {
		const char *text;
		const char *printed;
	} rows[] = {
		{"", ""},
		{"Chaise Zoë — 5 €", "Chaise Zoë — 5 €"},
		{"a\nb\tc\rd", "a\\nb\\tc\\x0dd"},
		{"\x1b[2J\x07\x7f", "\\x1b[2J\\x07\\x7f"},
		{"\xC2\x9B[31m\xC2\x80\xC2\xA0", "\\u{9b}[31m\\u{80}\xC2\xA0"},
		{"\xE2\x80\xAEyod\xE2\x80\xAC", "\\u{202e}yod\\u{202c}"},
		{"\xE2\x81\xA6x\xE2\x81\xA9", "\\u{2066}x\\u{2069}"},
		{"\xE2\x80\x8E\xE2\x80\x8F\xD8\x9C", "\\u{200e}\\u{200f}\\u{61c}"},
		{"\xE2\x80\xA8", "\\u{2028}"},
		{"\xFF\xC3(\xED\xA0\x80", "\\xff\\xc3(\\xed\\xa0\\x80"},
		{"back\\slash", "back\\slash"},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
		struct buffer buffer;

		buffer_init(&buffer, 1000);
		utf8_append_printable(&buffer, slice_from(rows[index].text));
		assert_string_equal(buffer_text(&buffer), rows[index].printed);
		buffer_release(&buffer);
	}
}

/* One character after the other, as utf8_decode() reads them. */
static bool is_valid_slowly(struct slice text)
{
	while (text.size > 0) {
		size_t size;

		if (utf8_decode(text, &size) == 0xFFFD && size == 1)
			return false;
		text = slice_make(text.data + size, text.size - size);
	}
	return true;
}

static void long_texts_are_judged_as_their_characters_are(void **state)
{
	static const char *const pieces[] = {
		"a",    "\xD0\xB6", "\xD1\x8F", "bc ",          "\xE2\x80\x94", "\xF0\x9F\x98\x80", "\xDF\xBF", "\xC2\x80", "\x80",
		"\xD0", "\xC1\x80", "\xC0\xBF", "\xE0\x9F\x80", "\xF5",         "\xD0\xD0\xB6"};
	uint64_t number = 1;
	size_t valid = 0;

	(void)state;
	for (size_t i = 0; i < 200000; i++) {
		char text[96];
		size_t size = 0;

		while (size < sizeof(text) - 8) {
			number = number * UINT64_C(6364136223846793005) + 1442695040888963407;
			const size_t choice = (size_t)(number >> 33);

			if (choice % 40 == 0)
				break;
			/* What is not well-formed is rare, and may stand anywhere. */
			const char *piece = pieces[choice / 40 % ((choice >> 16) % 32 == 0 ? 15 : (choice >> 21) % 8 == 0 ? 8 : 3)];

			memcpy(text + size, piece, strlen(piece));
			size += strlen(piece);
		}
		assert_int_equal(utf8_is_valid(slice_make(text, size)), is_valid_slowly(slice_make(text, size)));
		valid += utf8_is_valid(slice_make(text, size));
	}
	assert_in_range(valid, 20000, 180000);
}

int utf8_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_validity_holds_at_every_alignment),
		cmocka_unit_test(utf8_sequences_cut_short_are_invalid),
		cmocka_unit_test(utf8_encodes_and_decodes_every_scalar_value),
		cmocka_unit_test(utf8_decodes_invalid_bytes_one_by_one),
		cmocka_unit_test(utf8_length_counts_code_points),
		cmocka_unit_test(utf8_cut_never_splits_a_code_point),
		cmocka_unit_test(utf8_prints_nothing_that_moves_a_terminal),
		cmocka_unit_test(long_texts_are_judged_as_their_characters_are),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
