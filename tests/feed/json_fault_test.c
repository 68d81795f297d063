/* JSON that is not well-formed, or not whole. */
#include "feed_tests.h"

#include <string.h>

/* Each is refused with these words at this line, column and byte. */
static const struct {
	struct slice input;
	const char *words;
	const char *place;
} rows[] = {
	{SLICE("[1,]"), "not well-formed JSON: a ',' stands before the closing ']'", "1:4:3"},
	{SLICE("{\"a\":1,}"), "a ',' stands before the closing '}'", "1:8:7"},
	{SLICE("[,1]"), "a value or ']' is due where ',' stands", "1:2:1"},
	{SLICE("[1,,2]"), "a value is due where ',' stands", "1:4:3"},
	{SLICE("[1 2]"), "',' or ']' is due where '2' stands", "1:4:3"},
	{SLICE("{\"a\" 1}"), "':' is due where '1' stands", "1:6:5"},
	{SLICE("{\"a\":}"), "a value is due where '}' stands", "1:6:5"},
	{SLICE("{\"a\":1 \"b\":2}"), "',' or '}' is due where '\"' stands", "1:8:7"},
	{SLICE("{a:1}"), "a name in double quotes or '}' is due where 'a' stands", "1:2:1"},
	{SLICE("{\"a\":1,2}"), "a name in double quotes is due where '2' stands", "1:8:7"},
	{SLICE("{'a':1}"), "strings and names stand in double quotes, not in single ones", "1:2:1"},
	{SLICE("[//\n1]"), "there are no comments in JSON", "1:2:1"},
	{SLICE("[1] # x"), "more follows behind the end of the root value", "1:5:4"},
	{SLICE("{\"a\":[1}"), "',' or ']' is due where '}' stands", "1:8:7"},
	{SLICE("[{]"), "a name in double quotes or '}' is due where ']' stands", "1:3:2"},
	{SLICE("[1\f]"), "a form feed is no white space there", "1:3:2"},
	{SLICE("[\v1]"), "a vertical tab is no white space there", "1:2:1"},
	{SLICE("[ \0]"), "a value or ']' is due where byte 0x00 stands", "1:3:2"},
	{SLICE("[\xC2\xA0]"), "a value or ']' is due where byte 0xC2 stands", "1:2:1"},
	{SLICE("[tru]"), "a word that is not true, false or null", "1:5:4"},
	{SLICE("[nul1]"), "a word that is not true, false or null", "1:5:4"},
	{SLICE("[True]"), "a value or ']' is due where 'T' stands", "1:2:1"},
	{SLICE("[truefalse]"), "',' or ']' is due where 'f' stands", "1:6:5"},
	{SLICE("[NaN]"), "a value or ']' is due where 'N' stands", "1:2:1"},
	{SLICE("[01]"), "',' or ']' is due where '1' stands", "1:3:2"},
	{SLICE("[-]"), "a number lacks a digit where ']' stands", "1:3:2"},
	{SLICE("[-x]"), "a number lacks a digit where 'x' stands", "1:3:2"},
	{SLICE("[1.]"), "a number lacks a digit where ']' stands", "1:4:3"},
	{SLICE("[.5]"), "a value or ']' is due where '.' stands", "1:2:1"},
	{SLICE("[+1]"), "a value or ']' is due where '+' stands", "1:2:1"},
	{SLICE("[1e]"), "a number lacks a digit where ']' stands", "1:4:3"},
	{SLICE("[1e+]"), "a number lacks a digit where ']' stands", "1:5:4"},
	{SLICE("[1.5.2]"), "',' or ']' is due where '.' stands", "1:5:4"},
	{SLICE("[0x1F]"), "',' or ']' is due where 'x' stands", "1:3:2"},
	{SLICE("[1_000]"), "',' or ']' is due where '_' stands", "1:3:2"},
	{SLICE("[\"a\nb\"]"), "a string holds a raw line break (is a quote missing? it should be written '\\n')", "1:4:3"},
	{SLICE("[\"a\rb\"]"), "a string holds a raw line break (is a quote missing? it should be written '\\r')", "1:4:3"},
	{SLICE("[\"a\tb\"]"), "a string holds a raw tab (it should be written '\\t')", "1:4:3"},
	{SLICE("[\"a\0b\"]"), "a string holds a NUL byte", "1:4:3"},
	{SLICE("[\"a\x1F\"]"), "a string holds the control character U+001F", "1:4:3"},
	{SLICE("{\"a\x01\":1}"), "a string holds the control character U+0001", "1:4:3"},
	{SLICE("[\"\\u0000\"]"), "a string holds the character U+0000 ('\\u0000'), which no store can keep", "1:8:7"},
	{SLICE("{\"\\u0000\":1}"), "a string holds the character U+0000", "1:8:7"},
	{SLICE("[\"\\x\"]"), "a backslash before 'x' begins no escape of JSON", "1:4:3"},
	{SLICE("[\"\\\0\"]"), "a backslash before byte 0x00 begins no escape of JSON", "1:4:3"},
	{SLICE("[\"\\u12G4\"]"), "a '\\u' wants four hexadecimal digits where 'G' stands", "1:7:6"},
	{SLICE("[\"\\u12\"]"), "a '\\u' wants four hexadecimal digits where '\"' stands", "1:7:6"},
	{SLICE("[\"\\ud800\"]"), "half a surrogate pair ('\\uD800') stands alone", "1:9:8"},
	{SLICE("[\"\\udBFFx\"]"), "half a surrogate pair ('\\uDBFF') stands alone", "1:9:8"},
	{SLICE("[\"\\ud800\\n\"]"), "half a surrogate pair ('\\uD800') stands alone", "1:10:9"},
	{SLICE("[\"\\udC00\"]"), "half a surrogate pair ('\\uDC00') stands alone", "1:8:7"},
	{SLICE("[\"\\ud800\\u0041\"]"), "a surrogate pair goes on with '\\u0041', which is no second half", "1:14:13"},
	{SLICE("[\"\\ud800\\uD800\"]"), "a surrogate pair goes on with '\\uD800', which is no second half", "1:14:13"},
	{SLICE("[\n\"\xC3\xA9\xFF\"]"),
         "byte 0xFF is not valid UTF-8, although that is the default of a feed that declares no encoding; is it windows-1251",
         "2:3:5"},
	{SLICE("[\"\xCF\xF0\"]"), "byte 0xCF is not valid UTF-8", "1:3:2"},
	{SLICE("[\"\x80\"]"), "byte 0x80 is not valid UTF-8", "1:3:2"},
	{SLICE("[\"\xC3\"]"), "byte 0xC3 is not valid UTF-8", "1:3:2"},
	{SLICE("[\"\xC0\xAF\"]"), "byte 0xC0 is not valid UTF-8", "1:3:2"},
	{SLICE("[\"\xE0\x80\xAF\"]"), "byte 0xE0 is not valid UTF-8", "1:3:2"},
	{SLICE("[\"\xED\xA0\x80\"]"), "byte 0xED is not valid UTF-8", "1:3:2"},
	{SLICE("[\"x\xE2\x82\"]"), "byte 0xE2 is not valid UTF-8", "1:4:3"},
	{SLICE("[\"\xF0\x80\x80\x80\"]"), "byte 0xF0 is not valid UTF-8", "1:3:2"},
	{SLICE("[\"\xF4\x90\x80\x80\"]"), "byte 0xF4 is not valid UTF-8", "1:3:2"},
	{SLICE("[\"\xF0\x9F\x98\"]"), "byte 0xF0 is not valid UTF-8", "1:3:2"},
	{SLICE("{\"\xF5\":1}"), "byte 0xF5 is not valid UTF-8", "1:3:2"},
	{SLICE("\xEF\xBB\xBF[\"\xFF\"]"), "although the feed begins with the byte order mark of UTF-8", "1:3:2"},
	{SLICE("{} {}"), "more follows behind the end of the root value", "1:4:3"},
	{SLICE("[][]"), "more follows behind the end of the root value", "1:3:2"},
	{SLICE("[1]]"), "more follows behind the end of the root value", "1:4:3"},
	{SLICE("[1],"), "more follows behind the end of the root value", "1:4:3"},
	{SLICE("{\n}\n{\n}\n"), "more follows behind the end of the root value", "3:1:4"},
	{SLICE("{}\n{}{}\n"), "more follows behind the value in its line; each line of JSON Lines is one value", "2:3:5"},
	{SLICE("{}\n1 2\n"), "more follows behind the value in its line", "2:3:5"},
	{SLICE("{}\n{}\n,\n"), "a value is due where ',' stands", "3:1:6"},
	{SLICE("{}\n{\"a\":1,\n\"b\":2}\n"), "the line ends inside an object; each line of JSON Lines is one whole value",
         "2:8:10"},
	{SLICE("{}\n[1\n"), "the line ends inside an array", "2:3:5"},
	{SLICE("{}\n{\"a\":\"x\n"), "a string holds a raw line break", "2:8:10"},
	{SLICE("{}\nx\n"), "a value is due where 'x' stands", "2:1:3"},
	{SLICE("{}\n{\"a\":[1"), "the feed ends inside an array (cut short?)", "2:8:10"},
	{SLICE("{}\n{"), "the feed ends inside an object (cut short?)", "2:2:4"},
	{SLICE("{}\n\"x"), "the feed ends inside a string (cut short?)", "2:3:5"},
	{SLICE("{}\nnul"), "the feed ends inside a word (cut short?)", "2:4:6"},
	{SLICE("{}\n-"), "the feed ends inside a number (cut short?)", "2:2:4"},
	{SLICE("{\"a\":[1"), "the feed ends inside an array (cut short?)", "1:8:7"},
	{SLICE("[\"\xE2\x82"), "the feed ends inside a string (cut short?)", "1:4:4"},
	{SLICE("[\"\\"), "the feed ends inside a string (cut short?)", "1:4:3"},
	{SLICE("[\"\\ud800\\u"), "the feed ends inside a string (cut short?)", "1:11:10"},
	{SLICE("[12"), "the feed ends inside an array (cut short?)", "1:4:3"},
};

static void faults_are_told_in_words_with_their_place(void **state)
{
	static const size_t pieces[] = {0, 1, 2, 3, 7};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t j = 0; j < 2 * sizeof(pieces) / sizeof(pieces[0]); j++) {
			const struct read_case read_case = {
				.input = rows[i].input, .paths = j % 2 ? "/*/*" : "/no/such/path", .piece_max = pieces[j / 2]};
			struct buffer told;
			struct error err;
			const char *text;

			buffer_init(&told, TOLD_BYTES_MAX);
			assert_int_equal(read_told(&read_case, &told, &err), -1);
			text = buffer_text(&told);
			if (strstr(err.message, rows[i].words) == NULL || err.code != ERROR_FEED ||
			    strstr(text + told.size - strlen(rows[i].place) - 2, rows[i].place) == NULL)
				fail_msg("row %zu: '%s' instead of '%s' at %s (pieces of %zu)", i, text, rows[i].words,
				         rows[i].place, read_case.piece_max);
			buffer_release(&told);
		}
	}
}

/* What stands before a fault is told, however the feed is cut into pieces. */
static void records_before_a_fault_are_told(void **state)
{
	(void)state;
	assert_told((struct slice)SLICE("[{\"a\":1},\n{\"a\":\"\\ud800\"}]"), "/*/*",
	            "root JSON\nrecord 0 1+7 {a=1}\nerror feed half a surrogate pair ('\\uD800') stands alone 2:13:22\n");
	assert_told(
		(struct slice)SLICE("[1,2]]"), "/*/*",
		"root JSON\nrecord 0 1+1 =1\nrecord 0 3+1 =2\nerror feed more follows behind the end of the root value 1:6:5\n");
	assert_told(
		(struct slice)SLICE("{}\n[]\n[1"), "/*/*",
		"root JSON Lines\nrecord 0 0+2 {}\nrecord 0 3+2 []\nerror feed the feed ends inside an array (cut short?) 3:3:8\n");
}

static int read_cut(struct slice whole, size_t size, size_t piece_max, struct buffer *told)
{
	const struct read_case read_case = {.input = slice_make(whole.data, size), .paths = "/*/p/* @/*", .piece_max = piece_max};
	struct error err;

	buffer_init(told, TOLD_BYTES_MAX);
	return read_told(&read_case, told, &err);
}

static void a_document_cut_at_any_byte_is_not_whole(void **state)
{
	static const struct slice whole = SLICE(
		"{\"d\":\"2024\",\n \"p\": [{\"id\": 1, \"t\":\"a\\u00e9\\ud83d\\ude00\\n\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\","
		"\"n\":-1.5e+3,\"b\":[true,false,null,{}],\"z\":0}, {\"id\":2}]}");
	static const size_t pieces[] = {0, 1, 7};

	(void)state;
	for (size_t size = 0; size <= whole.size; size++) {
		for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
			struct buffer told;
			const int result = read_cut(whole, size, pieces[i], &told);

			if (result != (size == whole.size ? 0 : -1))
				fail_msg("cut at %zu of %zu: %s", size, whole.size, buffer_text(&told));
			if (result < 0 && size > 0 && strstr(buffer_text(&told), "cut short") == NULL)
				fail_msg("cut at %zu of %zu: %s", size, whole.size, buffer_text(&told));
			buffer_release(&told);
		}
	}
}

/* Nothing in JSON Lines shows that a line is missing: they may end behind any value, and are never proven whole. */
static void json_lines_end_well_only_behind_a_value(void **state)
{
	static const struct slice whole = SLICE("{\"id\":1,\"a\":[1,\"x\"]}\r\n{\"id\":\"\\u00e9\"}\n\n[null]\n");
	static const struct slice ends = SLICE("}\r\n]");

	(void)state;
	for (size_t size = 1; size <= whole.size; size++) {
		const bool is_inside = size < 20 || (size > 22 && size < 37) || (size > 39 && size < 45);
		struct buffer told;
		const int result = read_cut(whole, size, size % 3, &told);

		if (result != (is_inside ? -1 : 0))
			fail_msg("cut at %zu of %zu: %s", size, whole.size, buffer_text(&told));
		if (result == 0) {
			assert_non_null(memchr(ends.data, whole.data[size - 1], ends.size));
			/* Before the second line begins it is one line, which is a document. */
			assert_true((strstr(buffer_text(&told), "done JSON Lines unproven") != NULL) == (size > 22));
		}
		buffer_release(&told);
	}
}

int json_fault_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_are_told_in_words_with_their_place),
		cmocka_unit_test(records_before_a_fault_are_told),
		cmocka_unit_test(a_document_cut_at_any_byte_is_not_whole),
		cmocka_unit_test(json_lines_end_well_only_behind_a_value),
	};

	return cmocka_run_group_tests_name("json faults", tests, NULL, NULL);
}
