/* Faulty XML: what is mended, where, and what is said of it where nothing is to be mended. */
#include "base/limits.h"
#include "feed/lenient.h"
#include "feed/lenient_text.h"
#include "feed_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *what;
	struct slice input;
	const char *expected;
} mended[] = {
	{"nothing to mend", SLICE("<r><o a='&lt;&#65;'>&amp;&nbsp;&apos;&#x42;</o></r>"),
         "root r\nrecord 0 3+44 (o @a=<A \"&\xC2\xA0'B\")\ndone UTF-8 by default 51\n"},
	{"a '&' in text and in an attribute value", SLICE("<r>\n<o a='1&b=2'>x & y</o><o>&</o></r>"),
         "root r\nfault mended 11 '&' escaped\nfault mended 19 '&' escaped\nrecord 0 4+22 (o @a=1&b=2 \"x & y\")\n"
         "fault mended 29 '&' escaped\nrecord 0 26+8 (o \"&\")\ndone UTF-8 by default 38\n"},
	{"names that are none", SLICE("<r><o>&foo; &amp &T; &; &#; &#x; &#12x; &1; &lt</o></r>"),
         "root r\nfault mended 6 '&' escaped\nfault mended 12 '&' escaped\nfault mended 17 '&' escaped\n"
         "fault mended 21 '&' escaped\nfault mended 24 '&' escaped\nfault mended 28 '&' escaped\n"
         "fault mended 33 '&' escaped\nfault mended 40 '&' escaped\nfault mended 44 '&' escaped\n"
         "record 0 3+48 (o \"&foo; &amp &T; &; &#; &#x; &#12x; &1; &lt\")\ndone UTF-8 by default 55\n"},
	{"one '&' behind the other", SLICE("<r><o>&&amp;&&</o></r>"),
         "root r\nfault mended 6 '&' escaped\nfault mended 12 '&' escaped\nfault mended 13 '&' escaped\n"
         "record 0 3+15 (o \"&&&&\")\ndone UTF-8 by default 22\n"},
	{"characters that XML forbids", SLICE("<r><o>a\x01\x02\0b\x0B</o>\x1F<\x0Co>\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBB\xBF</o></r>"),
         "root r\nfault mended 7 3 characters dropped, the first U+0001\nfault mended 11 character U+000B dropped\n"
         "record 0 3+13 (o \"ab\")\nfault mended 16 character U+001F dropped\nfault mended 18 character U+000C dropped\n"
         "fault mended 21 2 characters dropped, the first U+FFFE\nrecord 0 17+17 (o \"\xEF\xBB\xBF\")\n"
         "done UTF-8 by default 38\n"},
	{"references to them", SLICE("<r><o a='&#0;'>x&#x1F;&#xD83D;&#xde00;&#xFFFFFFFFFFF;&#1114112;y&#x9;&#x10FFFF;</o></r>"),
         "root r\nfault mended 9 reference to character U+0000 dropped\nfault mended 16 reference to character U+001F dropped\n"
         "fault mended 22 reference to character U+D83D dropped\nfault mended 30 reference to character U+DE00 dropped\n"
         "fault mended 38 reference to a character beyond Unicode dropped\n"
         "fault mended 53 reference to a character beyond Unicode dropped\n"
         "record 0 3+80 (o @a= \"xy\\t\xF4\x8F\xBF\xBF\")\ndone UTF-8 by default 87\n"},
	{"sections keep their '&' and lose their control characters",
         SLICE("<?xml version='1.0'?><!DOCTYPE r SYSTEM 'a&b' [<!-- don't & --><?p & ?><!ELEMENT r ANY>]>"
               "<!-- & \x01 --><?p a & b?><r><o><![CDATA[a & b ]] &\x02 ]]> &<!-- & --><?p & ?>&</o></r><!-- & -->"),
         "root r\nfault mended 96 character U+0001 dropped\nfault mended 137 character U+0002 dropped\n"
         "fault mended 143 '&' escaped\nfault mended 162 '&' escaped\n"
         "record 0 115+52 (o \"a & b ]] &  &&\")\ndone UTF-8 by default 181\n"},
	{"blank lines before the declaration", SLICE("\n  <?xml version='1.0' encoding='windows-1251'?>\n<r><o>\xCF & </o></r>"),
         "root r\nfault mended 0 3 bytes before the prolog dropped\nfault mended 58 '&' escaped\n"
         "record 0 52+12 (o \"\xD0\x9F & \")\ndone windows-1251 by declaration 67\n"},
	{"warnings before the declaration", SLICE("<br />\n<b>Warning</b>: x & y in <b>/a</b>\n<?xml version='1.0'?><r><o/></r>"),
         "root r\nfault mended 0 42 bytes before the prolog dropped\nrecord 0 66+4 (o)\ndone UTF-8 by default 74\n"},
	{"a mark in the wrong place", SLICE("\xEF\xBB\xBF \xEF\xBB\xBF<r><o/></r>"),
         "root r\nfault mended 0 4 bytes before the prolog dropped\nrecord 0 7+4 (o)\ndone UTF-8 by mark 18\n"},
	{"junk without a declaration", SLICE("PHP Notice: a < b in x & y\n<!-- c --><r><o/></r>"),
         "root r\nfault mended 0 27 bytes before the prolog dropped\nrecord 0 40+4 (o)\ndone UTF-8 by default 48\n"},
};

static void faults_are_mended_and_told_in_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mended) / sizeof(mended[0]); i++) {
		print_message("  %s\n", mended[i].what);
		assert_case_told(&(struct read_case){.input = mended[i].input, .paths = "/r/o", .is_lenient = true},
		                 mended[i].expected);
	}
}

static void faults_stand_before_the_record_that_they_are_in(void **state)
{
	const struct read_case read_case = {.input = SLICE("<r><p>&<o>1</o>&</p><o b='&'><c>\x01</c>&</o>&<o>2</o>\x02</r>"),
	                                    .paths = "/r/o @/r/o",
	                                    .is_lenient = true};

	(void)state;
	assert_case_told(&read_case, "root r\nfault mended 6 '&' escaped\nfault mended 15 '&' escaped\n"
	                             "fault mended 26 '&' escaped\nrecord 1 20+9 (o @b=&)\n"
	                             "fault mended 32 character U+0001 dropped\nfault mended 37 '&' escaped\n"
	                             "record 0 20+22 (o @b=& \"&\" (c))\nfault mended 42 '&' escaped\n"
	                             "record 1 43+3 (o)\nrecord 0 43+8 (o \"2\")\nfault mended 51 character U+0002 dropped\n"
	                             "done UTF-8 by default 56\n");
}

/* Lines, columns and bytes are those of the feed, whatever was changed before. */
static void errors_have_the_place_of_the_feed(void **state)
{
	static const struct {
		struct slice input;
		const char *expected;
	} rows[] = {
		{SLICE("x\ny <?xml version='1.0'?>\n<r>\x01& &\n\xC3\xA9&\x02&<g:o/></r>"),
	         "error feed prefix 'g' is not declared 4:9:43\n"},
		{SLICE("x <r>&<g:o/></r>"), "error feed prefix 'g' is not declared 1:11:10\n"},
		{SLICE("<r>&&\n<o></p></r>"), "error feed element 'o' of line 2 is ended by '</p>' 2:8:13\n"},
		{SLICE("<r>&&<o>"), "error feed the feed ends inside element 'o' (cut short?) 1:9:8\n"},
		{SLICE("<r>& &am"), "error feed the feed ends inside element 'r' (cut short?) 1:9:8\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t piece_max = 0; piece_max < 4; piece_max++) {
			const struct read_case read_case = {
				.input = rows[i].input, .paths = "/none", .piece_max = piece_max, .is_lenient = true};
			struct buffer told;
			struct error err;
			const char *line;

			buffer_init(&told, TOLD_BYTES_MAX);
			assert_int_equal(read_told(&read_case, &told, &err), -1);
			line = strstr(buffer_text(&told), "error ");
			assert_non_null(line);
			assert_string_equal(line, rows[i].expected);
			buffer_release(&told);
		}
	}
}

static void without_mending_the_first_place_is_told_and_how_many_there_are(void **state)
{
	static const struct {
		struct slice input;
		const char *words;
		int64_t line;
		int64_t byte;
	} rows[] = {
		{SLICE("<r>\n<o>a & b</o></r>"),
	         "a '&' begins no entity (it should be written '&amp;'); 1 such place in the feed; set lenient: true to mend it", 2,
	         9},
		{SLICE("<r><o>\n<p a='x&b=1&c=2'/></o><o>&</o><![CDATA[&]]></r>"),
	         "; 3 such places in the feed; set lenient: true to mend them", 2, 14},
		{SLICE("<r>\n\xC3\xA9 &foo; & \x01 &#0;</r>"),
	         "entity '&foo;' is not known; 2 such places and 2 other faults in the feed; set lenient: true to mend them", 2, 7},
		{SLICE("<r>a\x0B"
	               "b&</r>"),
	         "character U+000B is not allowed in XML; 1 such place and 1 other fault in the feed; set lenient: true to mend them",
	         1, 4},
		{SLICE("<r><o a='\x01'/></r>"), "; 1 such place in the feed; set lenient: true to mend it", 1, 9},
		{SLICE("<r><![CDATA[a & b \x01\x02 ]]>&</r>"), "; 1 such place and 1 other fault in the feed; set lenient", 1, 18},
		{SLICE("<r><!-- & \x01 -->&</r>"), "; 1 such place and 1 other fault in the feed; set lenient", 1, 10},
		{SLICE("<r>&#x1F;&#0;</r>"),
	         "a reference to character U+001F, which is not allowed in XML; 2 such places in the feed; set lenient", 1, 3},
		/* What follows a fault at once changes neither what it is nor what is counted. */
		{SLICE("<r>&#x1F;\xEF\xBF\xBF?</r>"),
	         "a reference to character U+001F, which is not allowed in XML; 1 such place and 1 other fault in the feed", 1, 3},
		{SLICE("<r>a</r>\x02\x01"), "character U+0002 is not allowed in XML; 1 such place in the feed", 1, 8},
		{SLICE("\n<?xml version='1.0'?><r>&</r>"),
	         "the XML declaration does not stand at the start of the feed; 1 such place and 1 other fault in the feed; "
	         "set lenient: true to mend them",
	         2, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct read_case read_case = {.input = rows[i].input, .paths = "/r/o"};

		for (size_t piece_max = 0; piece_max < 4; piece_max++) {
			struct buffer told;
			struct error err;

			read_case.piece_max = piece_max;
			buffer_init(&told, TOLD_BYTES_MAX);
			assert_int_equal(read_told(&read_case, &told, &err), -1);
			if (strstr(err.message, rows[i].words) == NULL)
				fail_msg("row %zu: %s (pieces of %zu)", i, err.message, piece_max);
			if (err.line != rows[i].line || err.byte != rows[i].byte)
				fail_msg("row %zu: line %lld, byte %lld", i, (long long)err.line, (long long)err.byte);
			buffer_release(&told);
			/* And so it is. */
			read_case.is_lenient = true;
			buffer_init(&told, TOLD_BYTES_MAX);
			if (read_told(&read_case, &told, &err) < 0)
				fail_msg("row %zu: %s", i, err.message);
			buffer_release(&told);
			read_case.is_lenient = false;
		}
	}
	assert_refused((struct slice)SLICE("Warning: x\n<?xml version='1.0'?><r/>"), "/r", ERROR_FEED,
	               "this is no XML: it begins with 'Warning: x\\n<?xml version='1.0'?><r/>'; set lenient: true to drop what");
}

static void nothing_is_promised_where_mending_does_not_help(void **state)
{
	static const struct slice rows[] = {
		SLICE("<r>a < b & c</r>"),
		SLICE("<r><g:o/>&</r>"),
		SLICE("<r a='1' a='2'>&</r>"),
		SLICE("<r>\xE9 & \x01</r>"),
		SLICE("<r><o></p>&</r>"),
		SLICE("<r>&am"),
		SLICE("<r><o></p>\x01</r>"),
		SLICE("<r><![CDATA[&#x1F;]]>\xED</r>"),
		SLICE("<r>&amp;<!--&#1;-->\xED &</r>"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct read_case read_case = {.input = rows[i], .paths = "/r"};
		struct buffer told;
		struct error err;

		buffer_init(&told, TOLD_BYTES_MAX);
		assert_int_equal(read_told(&read_case, &told, &err), -1);
		if (strstr(err.message, "lenient") != NULL)
			fail_msg("row %zu: %s", i, err.message);
		buffer_release(&told);
	}
}

/* The rest of a feed of many pieces is read for the count. */
static void places_are_counted_to_the_end_of_the_feed(void **state)
{
	struct repeated repeated = {
		.head = SLICE("<r>"), .unit = SLICE("<o>a & b</o>\n<o>c &amp; d</o>\n"), .count = 100000, .tail = SLICE("</r>")};
	struct byte_source source = repeated_source(&repeated);
	const struct read_case read_case = {.source = &source, .paths = "/none"};
	struct buffer told;
	struct error err;

	(void)state;
	buffer_init(&told, TOLD_BYTES_MAX);
	assert_int_equal(read_told(&read_case, &told, &err), -1);
	if (strstr(err.message, "; 100000 such places in the feed") == NULL)
		fail_msg("%s", err.message);
	assert_int_equal(err.byte, 8);
	buffer_release(&told);
}

static void a_token_of_very_many_faults_is_refused(void **state)
{
	struct repeated repeated = {
		.head = SLICE("<r><o a='"), .unit = SLICE("x\x01"), .count = 4 * LENIENT_PLACES_MAX, .tail = SLICE("'/></r>")};
	struct byte_source source = repeated_source(&repeated);
	const struct read_case read_case = {.source = &source, .paths = "/none", .is_lenient = true};
	struct buffer told;
	struct error err;

	(void)state;
	buffer_init(&told, TOLD_BYTES_MAX);
	assert_int_equal(read_told(&read_case, &told, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	assert_non_null(strstr(err.message, "more than 131072 faults in one tag"));
	buffer_release(&told);
}

static void a_mended_feed_cut_at_any_byte_is_not_whole(void **state)
{
	static const struct slice whole = SLICE(
		"\n<?xml version='1.0'?>\n<y d='a&b'><s>&\x01<o id=\"&\">&#0;t &amp; u</o></s></y>");
	static const size_t piece_sizes[] = {0, 1, 7};

	(void)state;
	for (size_t size = 0; size <= whole.size; size++) {
		for (size_t i = 0; i < sizeof(piece_sizes) / sizeof(piece_sizes[0]); i++) {
			const struct read_case read_case = {.input = slice_make(whole.data, size),
			                                    .paths = "/y/s/o",
			                                    .piece_max = piece_sizes[i],
			                                    .is_lenient = true};
			struct buffer told;
			struct error err;

			buffer_init(&told, TOLD_BYTES_MAX);
			if (read_told(&read_case, &told, &err) != (size == whole.size ? 0 : -1))
				fail_msg("cut at %zu of %zu: %s", size, whole.size, buffer_text(&told));
			buffer_release(&told);
		}
	}
}

/* --- the filter alone --- */

static int append(void *context, struct slice text, struct error *err)
{
	(void)err;
	buffer_append_slice(context, text);
	return 0;
}

static void filter(struct slice input, size_t piece_max, struct buffer *output)
{
	struct lenient *lenient = malloc(sizeof(*lenient));
	struct error err = ERROR_INIT;

	assert_non_null(lenient);
	lenient_init(lenient, LENIENT_CONTENT, 0);
	lenient->write = append;
	lenient->context = output;
	buffer_init(output, TOLD_BYTES_MAX);
	while (input.size > 0) {
		const size_t size = input.size < piece_max ? input.size : piece_max;

		assert_int_equal(lenient_push(lenient, slice_make(input.data, size), &err), 0);
		input = slice_make(input.data + size, input.size - size);
	}
	assert_int_equal(lenient_finish(lenient, &err), 0);
	assert_false(output->failed);
	lenient_release(lenient);
	free(lenient);
}

static void text_is_filtered_alike_wherever_it_is_cut(void **state)
{
	static const struct {
		struct slice input;
		const char *expected;
	} rows[] = {
		{SLICE("a&b &lt; &#38; &#x26;"), "a&amp;b &lt; &#38; &#x26;"},
		{SLICE("&thetasym;&thetasymm;"), "&thetasym;&amp;thetasymm;"},
		{SLICE("<![CDATA[&]]]]>&<![CDATA&<!-&<!--&--->&"), "<![CDATA[&]]]]>&amp;<![CDATA&amp;<!-&amp;<!--&--->&"},
		{SLICE("<?a&>&?>&<!DOCTYPE a '>&' [ '\"' ]>&"), "<?a&>&?>&amp;<!DOCTYPE a '>&' [ '\"' ]>&"},
		{SLICE("&#00000000000000000000000000000000000000000000000000000000000000000000065;"),
	         "&#00000000000000000000000000000000000000000000000000000000000000000000065;"},
		{SLICE("&am\x01p;"), "&amp;amp;"},
		{SLICE("\xEF\xBF\xBD\xEF\xBF&\xEF&\xFF&\xC3"), "\xEF\xBF\xBD\xEF\xBF&amp;\xEF&amp;\xFF&amp;\xC3"},
		{SLICE("<\x01!--&-\x02->&"), "<!--&-->&"},
		{SLICE("&lt"), "&lt"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t piece_max = 1; piece_max <= rows[i].input.size; piece_max++) {
			struct buffer output;

			filter(rows[i].input, piece_max, &output);
			assert_string_equal(buffer_text(&output), rows[i].expected);
			buffer_release(&output);
		}
	}
}

/* --- real feeds --- */

static bool read_feed(const char *name, struct buffer *content)
{
	const char *folder = feeds_folder();
	char path[4096];

	if (folder == NULL)
		return false;
	snprintf(path, sizeof(path), "%s/malformed/%s", folder, name);
	if (access(path, R_OK) != 0)
		return false;
	read_file(path, content);
	return true;
}

static size_t count_words(const char *text, const char *words)
{
	size_t count = 0;

	for (; (text = strstr(text, words)) != NULL; text++)
		count++;
	return count;
}

static void a_real_feed_with_bare_ampersands_is_mended(void **state)
{
	struct read_case read_case = {.paths = "/rss/channel/item"};
	struct buffer content;
	struct buffer told;
	struct error err;

	(void)state;
	if (!read_feed("google-airfeel-unescaped-amp.xml", &content))
		skip();
	read_case.input = buffer_slice(&content);
	buffer_init(&told, TOLD_BYTES_MAX);
	assert_int_equal(read_told(&read_case, &told, &err), -1);
	assert_int_equal(err.line, 13);
	assert_int_equal(read_case.input.data[err.byte], '&');
	assert_non_null(strstr(err.message, "; 5 such places in the feed; set lenient: true to mend them"));
	buffer_release(&told);

	read_case.is_lenient = true;
	buffer_init(&told, TOLD_BYTES_MAX);
	assert_int_equal(read_told(&read_case, &told, &err), 0);
	assert_int_equal(count_words(buffer_text(&told), "\nrecord 0 "), 5);
	assert_int_equal(count_words(buffer_text(&told), "\nfault mended "), 5);
	for (const char *fault = buffer_text(&told); (fault = strstr(fault, "\nfault mended ")) != NULL; fault++) {
		const long offset = strtol(fault + strlen("\nfault mended "), NULL, 10);

		assert_memory_equal(read_case.input.data + offset, "&width", 6);
	}
	buffer_release(&told);
	buffer_release(&content);
}

int lenient_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_are_mended_and_told_in_place),
		cmocka_unit_test(faults_stand_before_the_record_that_they_are_in),
		cmocka_unit_test(errors_have_the_place_of_the_feed),
		cmocka_unit_test(without_mending_the_first_place_is_told_and_how_many_there_are),
		cmocka_unit_test(nothing_is_promised_where_mending_does_not_help),
		cmocka_unit_test(places_are_counted_to_the_end_of_the_feed),
		cmocka_unit_test(a_token_of_very_many_faults_is_refused),
		cmocka_unit_test(a_mended_feed_cut_at_any_byte_is_not_whole),
		cmocka_unit_test(text_is_filtered_alike_wherever_it_is_cut),
		cmocka_unit_test(a_real_feed_with_bare_ampersands_is_mended),
	};

	return cmocka_run_group_tests_name("lenient", tests, NULL, NULL);
}
