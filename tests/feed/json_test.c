/* Records out of well-formed JSON and JSON Lines. */
#include "feed_tests.h"

#include <string.h>

static const struct {
	const char *what;
	struct slice input;
	const char *paths;
	const char *told;
} rows[] = {
	{"values keep their type and numbers their text",
         SLICE("{\"p\":[{\"id\":1,\"t\":\"A\",\"x\":1.50e+2,\"y\":true,\"z\":false,\"n\":null,\"e\":\"\",\"o\":{},\"a\":[]}]}"),
         "/*/p/*",
         "root JSON\nrecord 0 6+77 {id=1 t\"A\" x=1.50e+2 y=true z=false n=null e\"\" o{} a[]}\n"
         "done JSON whole UTF-8 by default 85\n"},
	{"numbers are not read", SLICE("[-0,0.1000000000000000055511151231257827,123456789012345678901234567890,1E400,-1e-400]"),
         "/*",
         "root JSON\nrecord 0 0+86 [=-0 =0.1000000000000000055511151231257827 =123456789012345678901234567890 =1E400 "
         "=-1e-400]\ndone JSON whole UTF-8 by default 86\n"},
	{"an array at the root", SLICE(" [ {\"a\":1} , {\"a\":2} ] "), "/*/*",
         "root JSON\nrecord 0 3+7 {a=1}\nrecord 0 13+7 {a=2}\ndone JSON whole UTF-8 by default 23\n"},
	{"the root itself", SLICE("{\"a\":{\"b\":[[1,2],[]]}}\n"), "/*",
         "root JSON\nrecord 0 0+22 {a{b[[=1 =2] []]}}\ndone JSON whole UTF-8 by default 23\n"},
	{"a path of names", SLICE("{\"d\":{\"i\":[{\"n\":{\"x\":1}},{\"m\":{}},{\"n\":{\"x\":2}}],\"j\":[{\"n\":{}}]}}"),
         "/*/d/i/*/n", "root JSON\nrecord 0 16+7 n{x=1}\nrecord 0 39+7 n{x=2}\ndone JSON whole UTF-8 by default 65\n"},
	{"members by any name keep it", SLICE("{\"p\":{\"k1\":{\"a\":1},\"k\\u0032\":{\"a\":2},\"\":{}}}"), "/*/p/*",
         "root JSON\nrecord 0 11+7 k1{a=1}\nrecord 0 29+7 k2{a=2}\nrecord 0 40+2 {}\ndone JSON whole UTF-8 by default 44\n"},
	{"values as records, with their places", SLICE("[\"a\", \"\\\"b\\\\\" ,12 ,true,null,-1.5e3,\"\",\"\\u00e9\" , {\"x\":1}]"),
         "/*/*",
         "root JSON\nrecord 0 1+3 \"a\"\nrecord 0 6+7 \"\"b\\\"\nrecord 0 15+2 =12\nrecord 0 19+4 =true\nrecord 0 24+4 =null\n"
         "record 0 29+6 =-1.5e3\nrecord 0 36+2 \"\"\nrecord 0 39+8 \"\xC3\xA9\"\nrecord 0 50+7 {x=1}\n"
         "done JSON whole UTF-8 by default 58\n"},
	{"members as records", SLICE("{\"currency\":\"EUR\",\"date\":null,\"n\":7}"), "/*/currency /*/n /*/none",
         "root JSON\nrecord 0 12+5 currency\"EUR\"\nrecord 1 34+1 n=7\ndone JSON whole UTF-8 by default 36\n"},
	{"a selector for ancestors has no content; several match one value",
         SLICE("{\"g\":{\"a\":1,\"p\":[{\"b\":2}]},\"c\":\"EUR\"}"), "/*/g/p/* @/*/g @/*/c /*/g/*/*",
         "root JSON\nrecord 1 5+1 g{}\n"
         "record 0 17+7 {b=2}\nrecord 3 17+7 {b=2}\nrecord 2 31+5 c\"EUR\"\ndone JSON whole UTF-8 by default 37\n"},
	{"what stands in a record is part of it", SLICE("[{\"v\":[{\"v\":1}]},[{\"v\":2}]]"), "/*/* /*/*/v",
         "root JSON\nrecord 0 1+15 {v[{v=1}]}\nrecord 0 17+9 [{v=2}]\ndone JSON whole UTF-8 by default 27\n"},
	{"nothing is selected", SLICE("{\"a\":[1,{\"b\":\"\\\\\"}],\"c\":{}}"), "/*/x/*",
         "root JSON\ndone JSON unproven UTF-8 by default 27\n"},
	{"an item has no name, whatever stood before", SLICE("{\"a\":1,\"b\":[2,{\"c\":3},4],\"d\":[[5]]}"), "/*",
         "root JSON\nrecord 0 0+35 {a=1 b[=2 {c=3} =4] d[[=5]]}\ndone JSON whole UTF-8 by default 35\n"},
	{"escapes", SLICE("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00E9\\u20ac\\uD83D\\ude00\"]"), "/*",
         "root JSON\nrecord 0 0+50 [\"\"\\/\\x08\\x0c\\n\\x0d\\tA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"]\n"
         "done JSON whole UTF-8 by default 50\n"},
	{"escapes in names", SLICE("{\"a\\u0062\":1,\"\\ud83d\\ude00\":2}"), "/*",
         "root JSON\nrecord 0 0+30 {ab=1 \xF0\x9F\x98\x80=2}\ndone JSON whole UTF-8 by default 30\n"},
	{"characters of every size",
         SLICE("[\"\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\"]"),
         "/*/*",
         "root JSON\nrecord 0 1+27 \"\\x7f\\u{80}\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\xF0\x90\x80\x80"
         "\xF4\x8F\xBF\xBF\"\ndone JSON whole UTF-8 by default 29\n"},
	{"of a name given twice the last counts", SLICE("[{\"a\":1,\"b\":{\"x\":[1,2],\"y\":0},\"c\":3,\"b\":{\"x\":9},\"a\":4}]"),
         "/*/*",
         "root JSON\nfault repeated 36 b\nfault repeated 48 a\nrecord 0 1+53 {c=3 b{x=9} a=4}\n"
         "done JSON whole UTF-8 by default 55\n"},
	{"names given many times, at several depths",
         SLICE("[{\"o\":{\"a\":1,\"a\":2,\"a\":[3],\"b\":{\"a\":4,\"a\":5}},\"p\":[{\"a\":6,\"a\":7},{\"a\":8}],\"o\":0,\"a\":9}]"),
         "/*/*",
         "root JSON\nfault repeated 38 a\nfault repeated 13 a\nfault repeated 19 a\nfault repeated 58 a\nfault repeated 74 o\n"
         "record 0 1+85 {p[{a=7} {a=8}] o=0 a=9}\ndone JSON whole UTF-8 by default 87\n"},
	{"a name in another object or in escapes", SLICE("[{\"a\":{\"a\":1},\"b\":[{\"b\":2}],\"\\u0061\":3}]"), "/*/*",
         "root JSON\nfault repeated 33 a\nrecord 0 1+38 {b[{b=2}] a=3}\ndone JSON whole UTF-8 by default 40\n"},
	{"an empty name given twice", SLICE("[{\"\":1,\"\":2}]"), "/*/*",
         "root JSON\nfault repeated 7 \nrecord 0 1+11 {=2}\ndone JSON whole UTF-8 by default 13\n"},
	{"on the way to records both are read", SLICE("{\"p\":[{\"a\":1}],\"x\":0,\"x\":1,\"p\":[{\"a\":2}],\"p\":3}"), "/*/p/*",
         "root JSON\nrecord 0 6+7 {a=1}\nfault repeated 27 p\nrecord 0 32+7 {a=2}\nfault repeated 41 p\n"
         "done JSON whole UTF-8 by default 47\n"},
	{"records by any name, given twice", SLICE("{\"p\":{\"k\":{\"a\":1},\"k\":{\"a\":2}},\"q\":{\"k\":{}}}"), "/*/*/*",
         "root JSON\nrecord 0 10+7 k{a=1}\nfault repeated 18 k\nrecord 0 22+7 k{a=2}\nrecord 0 40+2 k{}\n"
         "done JSON whole UTF-8 by default 44\n"},
	{"each object has its own names", SLICE("[{\"p\":[1]},{\"p\":[2]},{\"p\":{\"p\":3}}]"), "/*/*/p/*",
         "root JSON\nrecord 0 7+1 =1\nrecord 0 17+1 =2\nrecord 0 31+1 p=3\ndone JSON whole UTF-8 by default 35\n"},
	{"JSON Lines", SLICE("{\"a\":1}\n{\"a\":2}\n"), "/*/*",
         "root JSON Lines\nrecord 0 0+7 {a=1}\nrecord 0 8+7 {a=2}\ndone JSON Lines unproven UTF-8 by default 16\n"},
	{"JSON Lines with blanks, empty lines, CR LF and no end of the last line",
         SLICE("\n {\"a\":1} \r\n\r\n\t\n[2]\r\n\"x\"\r\nnull\n-3"), "/*/*",
         "root JSON Lines\nrecord 0 2+7 {a=1}\nrecord 0 16+3 [=2]\nrecord 0 21+3 \"x\"\nrecord 0 26+4 =null\nrecord 0 31+2 =-3\n"
         "done JSON Lines unproven UTF-8 by default 33\n"},
	{"JSON Lines below their items", SLICE("[{\"a\":1},{\"a\":2}]\n{\"a\":3}\n[]\n{\"b\":{\"a\":4}}"), "/*/*/*/a /*/*/a",
         "root JSON Lines\nrecord 0 6+1 a=1\nrecord 0 14+1 a=2\nrecord 1 23+1 a=3\nrecord 0 39+1 a=4\n"
         "done JSON Lines unproven UTF-8 by default 42\n"},
	{"JSON Lines as one record", SLICE("{}\n[1]\n"), "/*",
         "root JSON Lines\nrecord 0 0+7 [{} [=1]]\ndone JSON Lines unproven UTF-8 by default 7\n"},
	{"one line is a document", SLICE("{\"a\":1}\n\n"), "/*/*",
         "root JSON\nrecord 0 5+1 a=1\ndone JSON whole UTF-8 by default 9\n"},
	{"a mark is no part of the stream", SLICE("\xEF\xBB\xBF{\"a\":1}\n[]"), "/*/*",
         "root JSON Lines\nrecord 0 0+7 {a=1}\nrecord 0 8+2 []\ndone JSON Lines unproven UTF-8 by mark 13\n"},
	{"UTF-16", SLICE("\xFF\xFE[\0\"\0\x16\x04=\xD8\0\xDE\"\0]\0"), "/*/*",
         "root JSON\nrecord 0 1+8 \"\xD0\x96\xF0\x9F\x98\x80\"\ndone JSON whole UTF-16LE by mark 16\n"},
	{"JSON Lines in UTF-16", SLICE("\0{\0}\0\n\0[\0]"), "/*/*",
         "root JSON Lines\nrecord 0 0+2 {}\nrecord 0 3+2 []\ndone JSON Lines unproven UTF-16BE by declaration 10\n"},
	{"half a character of UTF-16 is replaced", SLICE("\xFE\xFF\0[\0\"\xD8\0\0\"\0]"), "/*/*",
         "root JSON\nrecord 0 1+5 \"\xEF\xBF\xBD\"\nundefined 1 2\ndone JSON whole UTF-16BE by mark 12\n"},
};

static void documents_become_records(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("  %s\n", rows[i].what);
		assert_told(rows[i].input, rows[i].paths, rows[i].told);
	}
}

static void check_lines_option(struct slice input, const char *expected)
{
	const struct read_case read_case = {.input = input, .paths = "/*/*", .is_json_lines = true};
	struct buffer told;
	struct error err;

	buffer_init(&told, TOLD_BYTES_MAX);
	(void)read_told(&read_case, &told, &err); /* the last line tells */
	assert_string_equal(buffer_text(&told), expected);
	buffer_release(&told);
}

/* A name that says JSON Lines decides where the content does not. */
static void one_line_may_be_said_to_be_json_lines(void **state)
{
	(void)state;
	check_lines_option((struct slice)SLICE("{\"a\":1}\n"),
	                   "root JSON Lines\nrecord 0 0+7 {a=1}\ndone JSON Lines unproven UTF-8 by default 8\n");
	check_lines_option((struct slice)SLICE("[1]"),
	                   "root JSON Lines\nrecord 0 0+3 [=1]\ndone JSON Lines unproven UTF-8 by default 3\n");
	check_lines_option((struct slice)SLICE("[1,\n2]"),
	                   "root JSON\nrecord 0 1+1 =1\nrecord 0 4+1 =2\ndone JSON whole UTF-8 by default 6\n");
}

/* The first line may be far longer than what sniffing sees. */
static void a_long_first_line_is_held_back(void **state)
{
	static const struct {
		const char *end;
		const char *told_end;
	} ends[] = {
		{"\"}\n{\"a\":2}\n", "\"}\nrecord 0 200008+7 {a=2}\ndone JSON Lines unproven UTF-8 by default 200016\n"},
		{"\"}\n", "\"\ndone JSON whole UTF-8 by default 200008\n"},
		{"\",\n\"b\":1}\n{}",
	         "record 0 200012+1 b=1\nerror feed more follows behind the end of the root value 3:1:200015\n"},
		{"\"} {}\n", "\"\nerror feed more follows behind the end of the root value 1:200009:200008\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct repeated repeated = {
			.head = SLICE("{\"a\":\""), .unit = SLICE("x"), .count = 199999, .tail = slice_from(ends[i].end)};
		struct byte_source source = repeated_source(&repeated);
		const struct read_case read_case = {.paths = "/*/*", .source = &source};
		struct buffer told;
		struct error err;
		const char *text;

		buffer_init(&told, TOLD_BYTES_MAX);
		(void)read_told(&read_case, &told, &err); /* the last line tells */
		text = buffer_text(&told);
		assert_true(told.size > strlen(ends[i].told_end));
		assert_string_equal(text + told.size - strlen(ends[i].told_end), ends[i].told_end);
		buffer_release(&told);
	}
}

static void the_error_of_a_sink_has_a_place(void **state)
{
	static const size_t pieces[] = {0, 1, 7};

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		const struct read_case read_case = {.input = SLICE("[\n{\"a\":1},\n\t{\"\xC3\xA9\":2}, {}]"),
		                                    .paths = "/*/*",
		                                    .piece_max = pieces[i],
		                                    .fail_at_record = 2};
		struct buffer told;
		struct error err;

		buffer_init(&told, TOLD_BYTES_MAX);
		assert_int_equal(read_told(&read_case, &told, &err), -1);
		assert_string_equal(buffer_text(&told), "root JSON\nrecord 0 2+7 {a=1}\nrecord 0 12+8 {\xC3\xA9=2}\n"
		                                        "error store the sink is full 3:9:20\n");
		buffer_release(&told);
	}
}

int json_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_become_records),
		cmocka_unit_test(one_line_may_be_said_to_be_json_lines),
		cmocka_unit_test(a_long_first_line_is_held_back),
		cmocka_unit_test(the_error_of_a_sink_has_a_place),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
