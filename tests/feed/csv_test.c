/* Text tables: what becomes of delimiters, quotes, headers, rows and groups of them. */
#include "base/limits.h"
#include "feed/csv.h"
#include "feed_tests.h"

#include <stdlib.h>
#include <string.h>

#define ROWS "/*/*"

static const struct {
	const char *what;
	struct slice input;
	const char *expected;
} tables[] = {
	{"rows with commas", SLICE("id,name\n1,Kettle\n2,Cup\n"),
         "root CSV\nrecord 0 8+8 {id\"1\" name\"Kettle\"}\nrecord 0 17+5 {id\"2\" name\"Cup\"}\n"
         "done CSV unproven UTF-8 by default 23\n"},
	{"no line break at the end", SLICE("id;name\n1;Kettle"),
         "root CSV\nrecord 0 8+8 {id\"1\" name\"Kettle\"}\ndone CSV unproven UTF-8 by default 16\n"},
	{"a mark, tabs and CR LF", SLICE("\xEF\xBB\xBFid\tname\r\n1\tKettle\r\n"),
         "root CSV\nrecord 0 9+9 {id\"1\" name\"Kettle\"}\ndone CSV unproven UTF-8 by mark 22\n"},
	{"CR alone", SLICE("id|name\r1|\"a\nb\"\r2|c\r"),
         "root CSV\nrecord 0 8+7 {id\"1\" name\"a\\nb\"}\nrecord 0 16+3 {id\"2\" name\"c\"}\n"
         "done CSV unproven UTF-8 by default 20\n"},
	{"tildes", SLICE("id~name\n1~x\n"), "root CSV\nrecord 0 8+3 {id\"1\" name\"x\"}\ndone CSV unproven UTF-8 by default 12\n"},
	{"quotes, doubled ones, delimiters and line breaks in them", SLICE("id,name\n\"1\",\"a \"\"b\"\", c\r\nd\"\n"),
         "root CSV\nrecord 0 8+19 {id\"1\" name\"a \"b\", c\\x0d\\nd\"}\ndone CSV unproven UTF-8 by default 28\n"},
	{"blanks around quotes are dropped, others kept", SLICE("id,name\n \"1\"\t , x \n"),
         "root CSV\nrecord 0 8+10 {id\"1\" name\" x \"}\ndone CSV unproven UTF-8 by default 19\n"},
	{"a quote inside a cell is text", SLICE("id,name\n1,5\" pipe\n2, a\"b\"\n"),
         "root CSV\nrecord 0 8+9 {id\"1\" name\"5\" pipe\"}\nrecord 0 18+7 {id\"2\" name\" a\"b\"\"}\n"
         "done CSV unproven UTF-8 by default 26\n"},
	{"text behind a closing quote is kept", SLICE("id,name\n1,\"5\" pipe\",\n"),
         "root CSV\nfault row 8 3 of 2 cells\nfault cell 10 column 'name': text follows the closing quote of its cell\n"
         "record 0 8+12 {id\"1\" name\"5 pipe\"\" column 3\"\"}\ndone CSV unproven UTF-8 by default 21\n"},
	{"empty cells are there", SLICE("id,name,price\n1,,\"\"\n"),
         "root CSV\nrecord 0 14+5 {id\"1\" name\"\" price\"\"}\ndone CSV unproven UTF-8 by default 20\n"},
	{"a short row and a long one",
         SLICE("id,name,price\n1,a,1\n2,b\n3,c,3,x,y\n4,d,4\n5,e,5\n6,f,6\n7,g,7\n8,h,8\n9,i,9\n0,j,0\n"),
         "root CSV\nrecord 0 14+5 {id\"1\" name\"a\" price\"1\"}\nfault row 20 2 of 3 cells\nrecord 0 20+3 {id\"2\" name\"b\"}\n"
         "fault row 24 5 of 3 cells\nrecord 0 24+9 {id\"3\" name\"c\" price\"3\" column 4\"x\" column 5\"y\"}\n"
         "record 0 34+5 {id\"4\" name\"d\" price\"4\"}\nrecord 0 40+5 {id\"5\" name\"e\" price\"5\"}\n"
         "record 0 46+5 {id\"6\" name\"f\" price\"6\"}\nrecord 0 52+5 {id\"7\" name\"g\" price\"7\"}\n"
         "record 0 58+5 {id\"8\" name\"h\" price\"8\"}\nrecord 0 64+5 {id\"9\" name\"i\" price\"9\"}\n"
         "record 0 70+5 {id\"0\" name\"j\" price\"0\"}\ndone CSV unproven UTF-8 by default 76\n"},
	{"rows without text are skipped", SLICE("\n\nid,name\n\n1,a\n , \n,\n\"\",\"\"\n"),
         "root CSV\nrecord 0 11+3 {id\"1\" name\"a\"}\nrecord 0 21+5 {id\"\" name\"\"}\ndone CSV unproven UTF-8 by default 27\n"},
	{"columns without a name, of the same name, and padded ones", SLICE(" id ,,image,image\n1,x,a,b\n"),
         "root CSV\nrecord 0 18+7 {id\"1\" column 2\"x\" image\"a\" image\"b\"}\ndone CSV unproven UTF-8 by default 26\n"},
	{"comments before the header, raw and in quotes", SLICE("# a \"b, c\n#\n\"# d, \"\"e\n\"\nid,name\n#1,a\n"),
         "root CSV\nrecord 0 32+4 {id\"#1\" name\"a\"}\ndone CSV unproven UTF-8 by default 37\n"},
	{"Excel's hint", SLICE("sep=|\r\nid|a,b\r\n1|c,d\r\n"),
         "root CSV\nrecord 0 15+6 {id\"1\" a,b\"c,d\"}\ndone CSV unproven UTF-8 by default 22\n"},
	{"a header alone", SLICE("id,name,price\n"), "root CSV\ndone CSV unproven UTF-8 by default 14\n"},
	{"columns that are called as questions", SLICE("id,In stock?\n1,yes\n"),
         "root CSV\nrecord 0 13+5 {id\"1\" In stock?\"yes\"}\ndone CSV unproven UTF-8 by default 19\n"},
	{"an odd name among many", SLICE("a,b,c,d,e,f,g,h,i,All of it and its price.\n1,2,3,4,5,6,7,8,9,0\n"),
         "root CSV\nrecord 0 43+19 {a\"1\" b\"2\" c\"3\" d\"4\" e\"5\" f\"6\" g\"7\" h\"8\" i\"9\" All of it and its price.\"0\"}\n"
         "done CSV unproven UTF-8 by default 63\n"},
	{"decimal commas between semicolons", SLICE("id;price, net\n1;1,50\n2;3\n"),
         "root CSV\nrecord 0 14+6 {id\"1\" price, net\"1,50\"}\nrecord 0 21+3 {id\"2\" price, net\"3\"}\n"
         "done CSV unproven UTF-8 by default 25\n"},
};

static void tables_become_records(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		print_message("  %s\n", tables[i].what);
		assert_told(tables[i].input, ROWS, tables[i].expected);
	}
}

static void options_say_how_a_table_is_laid_out(void **state)
{
	static const struct {
		struct slice input;
		struct csv_options csv;
		const char *expected;
	} rows[] = {
		{SLICE("id\n1,2\n3\n"),
	         {.delimiter = '\0'},
	         "root CSV\nrecord 0 3+3 {id\"1,2\"}\nrecord 0 7+1 {id\"3\"}\ndone CSV unproven UTF-8 by default 9\n"},
		{SLICE("id,a;b\n1,2;3\n"),
	         {.delimiter = ';'},
	         "root CSV\nrecord 0 7+5 {id,a\"1,2\" b\"3\"}\ndone CSV unproven UTF-8 by default 13\n"},
		{SLICE("Template=x\tVersion=1\nName\tNumber\nname\tid\n\na\t1\nb\t2\n"),
	         {.header_line = 3, .first_row_line = 6},
	         "root CSV\nrecord 0 46+3 {name\"b\" id\"2\"}\ndone CSV unproven UTF-8 by default 50\n"},
		{SLICE("id;b\nNumber;B\n1;2\n"),
	         {.first_row_line = 3},
	         "root CSV\nrecord 0 14+3 {id\"1\" b\"2\"}\ndone CSV unproven UTF-8 by default 18\n"},
		{SLICE("% x\n#id;b\n1;2\n"),
	         {.comment = '%'},
	         "root CSV\nrecord 0 10+3 {#id\"1\" b\"2\"}\ndone CSV unproven UTF-8 by default 14\n"},
		{SLICE("\n# only a comment\n"), {.delimiter = ','}, "error feed the table has no header 0:0:-1\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_case_told(&(struct read_case){.input = rows[i].input, .paths = ROWS, .is_csv = true, .csv = rows[i].csv},
		                 rows[i].expected);
}

static void adjacent_rows_of_one_key_are_one_record(void **state)
{
	struct read_case read_case = {
		.input = SLICE("Handle,Title,SKU\na,A,1\na ,,2\nb,B,3\na,C,4\n,,5\n,,6\n"),
		.paths = ROWS,
		.group_columns = "Handle",
	};

	(void)state;
	assert_case_told(&read_case, "root CSV\n"
	                             "record 0 17+11 [{Handle\"a\" Title\"A\" SKU\"1\"} {Handle\"a \" Title\"\" SKU\"2\"}]\n"
	                             "record 0 29+5 [{Handle\"b\" Title\"B\" SKU\"3\"}]\n"
	                             "record 0 35+5 [{Handle\"a\" Title\"C\" SKU\"4\"}]\n"
	                             "record 0 41+7 [{Handle\"\" Title\"\" SKU\"5\"} {Handle\"\" Title\"\" SKU\"6\"}]\n"
	                             "done CSV unproven UTF-8 by default 49\n");
	read_case.group_columns = "no|Title|Handle";
	read_case.input = (struct slice)SLICE("Handle,Title\na,A\na,B\na,B\n");
	assert_case_told(&read_case, "root CSV\nrecord 0 13+3 [{Handle\"a\" Title\"A\"}]\n"
	                             "record 0 17+7 [{Handle\"a\" Title\"B\"} {Handle\"a\" Title\"B\"}]\n"
	                             "done CSV unproven UTF-8 by default 25\n");
	read_case.group_columns = "no";
	read_case.input = (struct slice)SLICE("Handle,Title\na,A\na,A\n");
	assert_case_told(&read_case, "root CSV\nrecord 0 13+3 [{Handle\"a\" Title\"A\"}]\n"
	                             "record 0 17+3 [{Handle\"a\" Title\"A\"}]\ndone CSV unproven UTF-8 by default 21\n");
}

/* What is told of a row stands behind the group before it. */
static void faults_are_told_before_the_record_that_they_stand_in(void **state)
{
	const struct read_case read_case = {
		.input = SLICE("id,x\n1,a\n1\n2,\"b\"c\n2,d\n"), .paths = ROWS, .group_columns = "id", .is_csv = true};

	(void)state;
	assert_case_told(&read_case,
	                 "root CSV\nfault row 9 1 of 2 cells\nrecord 0 5+5 [{id\"1\" x\"a\"} {id\"1\"}]\n"
	                 "fault cell 13 column 'x': text follows the closing quote of its cell\n"
	                 "record 0 11+10 [{id\"2\" x\"bc\"} {id\"2\" x\"d\"}]\ndone CSV unproven UTF-8 by default 22\n");
}

static void cells_of_json_become_part_of_the_record(void **state)
{
	const struct read_case read_case = {
		.input = SLICE(
			"id;j;k\n1;\"{\"\"a\"\":[1,true,null,\"\"x\"\"],\"\"b\"\":1,\"\"b\"\":2}\"; 3 \n2;{a:1};\n3;[[]];\"\"\"s\"\"\"\n"),
		.paths = ROWS,
		.json_columns = "j|k",
	};

	(void)state;
	assert_case_told(&read_case, "root CSV\nfault repeated 9 b\n"
	                             "record 0 7+51 {id\"1\" j{a[=1 =true =null \"x\"] b=2} k=3}\n"
	                             "fault cell 61 column 'j': its cell holds no valid JSON\n"
	                             "record 0 59+8 {id\"2\" j\"{a:1}\" k\"\"}\n"
	                             "record 0 68+14 {id\"3\" j[[]] k\"s\"}\ndone CSV unproven UTF-8 by default 83\n");
}

static void json_that_is_nested_too_deep_stays_text(void **state)
{
	struct buffer input;
	struct buffer told;
	struct error err;

	(void)state;
	for (size_t depth = LIMIT_DEPTH - 4; depth < LIMIT_DEPTH + 2; depth++) {
		struct read_case read_case = {.paths = ROWS, .json_columns = "j", .group_columns = "id"};

		buffer_init(&input, 1 << 20);
		buffer_append_text(&input, "id;j\n1;");
		for (size_t i = 0; i < depth; i++)
			buffer_append_byte(&input, '[');
		for (size_t i = 0; i < depth; i++)
			buffer_append_byte(&input, ']');
		read_case.input = buffer_slice(&input);
		buffer_init(&told, TOLD_BYTES_MAX);
		assert_int_equal(read_told(&read_case, &told, &err), 0);
		assert_true((strstr(buffer_text(&told), "fault cell") == NULL) == (depth <= LIMIT_DEPTH - 3));
		buffer_release(&told);
		buffer_release(&input);
	}
}

static void the_sample_shows_every_column_and_the_first_rows(void **state)
{
	struct read_case read_case = {.paths = ROWS, .tells_sample = true, .is_csv = true};

	(void)state;
	read_case.input = (struct slice)SLICE("id,name,price\n1\n2,b,2,x\n");
	assert_case_told(&read_case, "root CSV\nsample [{id\"1\" name\"\" price\"\"} {id\"2\" name\"b\" price\"2\"}]\n"
	                             "fault row 14 1 of 3 cells\nrecord 0 14+1 {id\"1\"}\nfault row 16 4 of 3 cells\n"
	                             "record 0 16+7 {id\"2\" name\"b\" price\"2\" column 4\"x\"}\n"
	                             "done CSV unproven UTF-8 by default 24\n");
	read_case.input = (struct slice)SLICE("id,name\n");
	assert_case_told(&read_case, "root CSV\nsample [{id\"\" name\"\"}]\ndone CSV unproven UTF-8 by default 8\n");
	read_case.input = (struct slice)SLICE("id,name\n1,\"x");
	assert_case_told(&read_case, "root CSV\nsample [{id\"\" name\"\"}]\nerror feed the feed ends inside a quoted cell; "
	                             "a quote opened at line 2 is not closed? 2:0:10\n");
}

static void faulty_tables_are_refused(void **state)
{
	static const struct {
		struct slice input;
		const char *expected;
	} rows[] = {
		{SLICE("id,name\n1,a\n2,\"b\n3,c\n4,d\n"),
	         "root CSV\nrecord 0 8+3 {id\"1\" name\"a\"}\n"
	         "error feed the feed ends inside a quoted cell; a quote opened at line 3 is not closed? 3:0:14\n"},
		{SLICE("id,name\n1,a\n2,\0\n"), "root CSV\nrecord 0 8+3 {id\"1\" name\"a\"}\n"
	                                        "error feed a NUL byte, which stands in no text table 3:0:14\n"},
		{SLICE("id,name\n1,\xC3\xA9\n2,caf\xE9\n"),
	         "root CSV\nrecord 0 8+4 {id\"1\" name\"\xC3\xA9\"}\nerror feed byte 0xE9 is not valid UTF-8, although that is the "
	         "default of a feed that declares no encoding; is it windows-1252 or the like? 3:0:18\n"},
		{SLICE("id,name\n1,\xE2\x82"),
	         "root CSV\nerror feed byte 0xE2 is not valid UTF-8, although that is the "
	         "default of a feed that declares no encoding; is it windows-1252 or the like? 2:0:10\n"},
		{SLICE("id,name\n1,\xF0\x9F\x98,x\n"),
	         "root CSV\nerror feed byte 0xF0 is not valid UTF-8, although that is the "
	         "default of a feed that declares no encoding; is it windows-1252 or the like? 2:0:10\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_case_told(&(struct read_case){.input = rows[i].input, .paths = ROWS, .is_csv = true}, rows[i].expected);
}

static void what_is_no_table_is_refused_unless_it_is_said_to_be_one(void **state)
{
	static const struct slice rows[] = {
		SLICE("Hello"),
		SLICE("Access denied, please log in"),
		SLICE("Dear customer, the shop is closed, sorry for that"),
		SLICE("The shop is closed.\nPlease come back later, or write, or call.\nThank you\n"),
		SLICE("const prods = {\n\"a\": [\n{\n\"Title\": \"x, y\",\n\"Price\": \"1\"\n}\n]\n}\n"),
		SLICE("id\n1\n2\n"),
		SLICE("id,name\n1,2,3,4\n5\n6,7,8\n"),
		SLICE("a,b,c\x01\n1,2,3\n"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct read_case read_case = {.input = rows[i], .paths = ROWS};
		struct buffer told;
		struct error err;

		assert_case_refused(&read_case, ERROR_FEED, "this is neither XML nor JSON nor a table: it begins with '");
		read_case.is_csv = true;
		buffer_init(&told, TOLD_BYTES_MAX);
		assert_int_equal(read_told(&read_case, &told, &err), 0);
		buffer_release(&told);
	}
	assert_refused((struct slice)SLICE("a,b,c\n\0\n"), ROWS, ERROR_FEED, "this is neither");
}

static void an_encoding_is_decoded_before_the_table_is_read(void **state)
{
	const struct read_case read_case = {.input = SLICE("id;\xCD\xE0\xE7\xE2\xE0\xED\xE8\xE5\n1;\xD7\xE0\xE9\n"),
	                                    .paths = ROWS,
	                                    .http_charset = "windows-1251"};

	(void)state;
	assert_case_told(&read_case,
	                 "root CSV\nrecord 0 20+8 {id\"1\" \xD0\x9D\xD0\xB0\xD0\xB7\xD0\xB2\xD0\xB0\xD0\xBD\xD0\xB8\xD0\xB5"
	                 "\"\xD0\xA7\xD0\xB0\xD0\xB9\"}\ndone CSV unproven windows-1251 by HTTP 18\n");
}

/* --- limits --- */

static void fill(struct buffer *input, const char *before, char byte, size_t count, const char *after)
{
	buffer_init(input, 64 * 1024 * 1024);
	buffer_append_text(input, before);
	for (size_t i = 0; i < count; i++)
		buffer_append_byte(input, byte);
	buffer_append_text(input, after);
	assert_false(input->failed);
}

static void assert_told_to_hold(const struct read_case *read_case, int expected_result, const char *words, const char *others)
{
	static const size_t piece_sizes[] = {0, 4093, 1};

	for (size_t i = 0; i < sizeof(piece_sizes) / sizeof(piece_sizes[0]); i++) {
		struct read_case cut_case = *read_case;
		struct buffer told;
		struct error err;

		cut_case.piece_max = piece_sizes[i];
		buffer_init(&told, TOLD_BYTES_MAX);
		assert_int_equal(read_told(&cut_case, &told, &err), expected_result);
		if (strstr(buffer_text(&told), words) == NULL || strstr(buffer_text(&told), others) == NULL)
			fail_msg("neither '%s' nor '%s' in '%.300s'", words, others, buffer_text(&told));
		buffer_release(&told);
	}
}

static void a_cell_of_the_largest_size_is_read_and_a_larger_one_leaves_its_row_out(void **state)
{
	struct read_case read_case = {.paths = ROWS};
	struct buffer input;

	(void)state;
	fill(&input, "id,a,b\n1,", 'x', LIMIT_FIELD_BYTES, ",\n2,y,z\n");
	read_case.input = buffer_slice(&input);
	assert_told_to_hold(&read_case, 0, "record 0 7+1048579 {id\"1\" a\"xxx", "record 0 1048587+5 {id\"2\" a\"y\" b\"z\"}\n");
	buffer_release(&input);
	fill(&input, "id,a,b\n1,", 'x', LIMIT_FIELD_BYTES + 1, ",\n2,y,z\n");
	read_case.input = buffer_slice(&input);
	assert_told_to_hold(&read_case, 0, "oversize 0 7 a field of the record is larger than 1 MiB {id\"1\"}\n",
	                    "record 0 1048588+5 {id\"2\" a\"y\" b\"z\"}\n");
	buffer_release(&input);
}

static void a_quoted_cell_beyond_the_limit_is_a_quote_that_is_not_closed(void **state)
{
	struct read_case read_case = {.paths = ROWS};
	struct buffer input;

	(void)state;
	fill(&input, "id,a,b\n1,y,z\n2,\"", '\n', LIMIT_FIELD_BYTES, "\",\n3,y,z\n");
	read_case.input = buffer_slice(&input);
	assert_told_to_hold(&read_case, 0, "record 0 13+", "{id\"3\" a\"y\" b\"z\"}\n");
	buffer_release(&input);
	fill(&input, "id,a,b\n1,y,z\n2,\"", '\n', LIMIT_FIELD_BYTES + 1, "\",\n3,y,z\n");
	read_case.input = buffer_slice(&input);
	assert_told_to_hold(&read_case, -1, "record 0 7+5 {id\"1\" a\"y\" b\"z\"}\n",
	                    "error feed a quoted cell is longer than 1 MiB; a quote opened at line 3 is not closed? 3:0:15\n");
	buffer_release(&input);
}

static void a_row_beyond_the_limits_is_left_out(void **state)
{
	struct read_case read_case = {.paths = ROWS, .is_csv = true};
	struct buffer input;

	(void)state;
	fill(&input, "id,a\n1,", ',', LIMIT_RECORD_NODES + 100, "\n2,b\n");
	read_case.input = buffer_slice(&input);
	assert_told_to_hold(&read_case, 0,
	                    "fault row 5 65537 of 2 cells\noversize 0 5 the row has over 1000 cells more than the header {",
	                    "{id\"2\" a\"b\"}\n");
	assert_told_to_hold(&read_case, 0, " {id\"1\" a\"\" column 3\"\" column 4", " column 1002\"\"}\n");
	buffer_release(&input);

	fill(&input, "id,a\n1,x\n2", ',', 0, "");
	for (size_t cell = 0; cell < 10; cell++) {
		buffer_append_byte(&input, ',');
		for (size_t i = 0; i < LIMIT_FIELD_BYTES - 1; i++)
			buffer_append_byte(&input, 'x');
	}
	buffer_append_text(&input, "\n3,b\n");
	read_case.input = buffer_slice(&input);
	assert_told_to_hold(&read_case, 0, "oversize 0 9 the record is larger than 8 MiB {id\"2\"}\n", "{id\"3\" a\"b\"}\n");
	buffer_release(&input);
}

static void a_group_beyond_the_limits_is_left_out_whole(void **state)
{
	struct read_case read_case = {.paths = ROWS, .group_columns = "id"};
	struct buffer input;

	(void)state;
	fill(&input, "id,a\n1,b\n", '\n', 1, "");
	for (size_t row = 0; row < LIMIT_RECORD_NODES / 3 + 10; row++)
		buffer_append_text(&input, "2,c\n");
	buffer_append_text(&input, "3,d\n");
	read_case.input = buffer_slice(&input);
	assert_told_to_hold(&read_case, 0, "oversize 0 10 the record has more than 65536 ", "[{id\"3\" a\"d\"}]\ndone");
	assert_told_to_hold(&read_case, 0, "elements [{id\"2\" a\"c\"}]\n", "[{id\"1\" a\"b\"}]\n");
	buffer_release(&input);
}

static void a_header_longer_than_the_head_is_read(void **state)
{
	struct read_case read_case = {.paths = ROWS, .is_csv = true, .tells_sample = true};
	struct buffer input;

	(void)state;
	fill(&input, "id", ',', 9000, "");
	for (size_t i = 0; i < 1000; i++)
		buffer_append_format(&input, ",name of a column that is rather long, and that has the number %zu", i % 200);
	buffer_append_text(&input, "\n1,x\n");
	read_case.input = buffer_slice(&input);
	assert_told_to_hold(&read_case, 0, "root CSV\nsample \nfault row ", "{id\"1\" column 2\"x\"}\n");
	buffer_release(&input);
}

/* Only at the end of a row does a table end well; within a quote it never does. */
static void a_table_cut_at_any_byte_is_never_whole(void **state)
{
	static const struct slice whole = SLICE("id,name,x\n1,\"a\nb\",2\n2,\"c \"\"d\"\"\",3\n");
	static const size_t piece_sizes[] = {0, 1, 7};

	(void)state;
	for (size_t size = 1; size <= whole.size; size++) {
		bool is_quoted = false;

		for (size_t i = 0; i < size; i++)
			is_quoted ^= whole.data[i] == '"';
		for (size_t i = 0; i < sizeof(piece_sizes) / sizeof(piece_sizes[0]); i++) {
			const struct read_case read_case = {
				.input = slice_make(whole.data, size), .paths = ROWS, .is_csv = true, .piece_max = piece_sizes[i]};
			struct buffer told;
			struct error err;
			int result;

			buffer_init(&told, TOLD_BYTES_MAX);
			result = read_told(&read_case, &told, &err);
			if (result != (is_quoted ? -1 : 0))
				fail_msg("cut at %zu: %s", size, buffer_text(&told));
			assert_true(result < 0 || strstr(buffer_text(&told), "done CSV unproven") != NULL);
			buffer_release(&told);
		}
	}
}

int csv_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_become_records),
		cmocka_unit_test(options_say_how_a_table_is_laid_out),
		cmocka_unit_test(adjacent_rows_of_one_key_are_one_record),
		cmocka_unit_test(faults_are_told_before_the_record_that_they_stand_in),
		cmocka_unit_test(cells_of_json_become_part_of_the_record),
		cmocka_unit_test(json_that_is_nested_too_deep_stays_text),
		cmocka_unit_test(the_sample_shows_every_column_and_the_first_rows),
		cmocka_unit_test(faulty_tables_are_refused),
		cmocka_unit_test(what_is_no_table_is_refused_unless_it_is_said_to_be_one),
		cmocka_unit_test(an_encoding_is_decoded_before_the_table_is_read),
		cmocka_unit_test(a_cell_of_the_largest_size_is_read_and_a_larger_one_leaves_its_row_out),
		cmocka_unit_test(a_quoted_cell_beyond_the_limit_is_a_quote_that_is_not_closed),
		cmocka_unit_test(a_row_beyond_the_limits_is_left_out),
		cmocka_unit_test(a_group_beyond_the_limits_is_left_out_whole),
		cmocka_unit_test(a_header_longer_than_the_head_is_read),
		cmocka_unit_test(a_table_cut_at_any_byte_is_never_whole),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
