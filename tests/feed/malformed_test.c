/* Documents that are not well-formed, or not whole. */
#include "feed_tests.h"

#include <string.h>

static const struct {
	struct slice input;
	const char *words;
} rows[] = {
	{SLICE("<r><a></b></r>"), "element 'a' of line 1 is ended by '</b>'"},
	{SLICE("<r>\n<o>\n</r>"), "element 'o' of line 2 is ended by '</r>'"},
	{SLICE("<r/>x"), "more follows behind the end of the root element"},
	{SLICE("<r/><r/>"), "more follows behind the end of the root element"},
	{SLICE("<r>a & b</r>"), "a '&' begins no entity"},
	{SLICE("<r a='http://x/?a=1&b=2'/>"), "a '&' begins no entity"},
	{SLICE("<r>a &b c</r>"), "a '&' begins no entity"},
	{SLICE("<r>a < b</r>"), "not well-formed XML: "},
	{SLICE("<r a=1/>"), "not well-formed XML: attValue: \" or ' expected"},
	{SLICE("<r a='<'/>"), "a '<' inside an attribute value"},
	{SLICE("<r a='1' a='2'/>"), "attribute 'a' is given twice in one tag"},
	{SLICE("<r xmlns:p='u' xmlns:q='u' p:a='1' q:a='2'/>"), "attribute 'a' is given twice in one tag"},
	{SLICE("<r xmlns='u' xmlns='v'/>"), "attribute 'xmlns' is given twice in one tag"},
	{SLICE("<r xmlns:p='u' xmlns:p='v'/>"), "attribute 'xmlns:p' is given twice in one tag"},
	{SLICE("<r><g:id>1</g:id></r>"), "prefix 'g' is not declared"},
	{SLICE("<r><o g:id='1'/></r>"), "prefix 'g' is not declared"},
	{SLICE("<r xmlns:xmlns='u'/>"), "not well-formed XML: "},
	{SLICE("\n<?xml version='1.0'?><r/>"), "the XML declaration does not stand at the start of the feed"},
	{SLICE("<!-- x --><?xml version='1.0'?><r/>"), "the XML declaration does not stand at the start of the feed"},
	{SLICE("<!-- x -- y --><r/>"), "not well-formed XML: "},
	{SLICE("<r>]]></r>"), "not well-formed XML: "},
	{SLICE("<r>\x0B</r>"), "character U+000B is not allowed in XML"},
	{SLICE("<r a='\x01'/>"), "character U+0001 is not allowed in XML"},
	{SLICE("<r><![CDATA[a\x1F]]></r>"), "character U+001F is not allowed in XML"},
	{SLICE("<r>a\0b</r>"), "character U+0000 is not allowed in XML"},
	{SLICE("<r>\xEF\xBF\xBE</r>"), "character U+FFFE is not allowed in XML"},
	{SLICE("<r>&#0;</r>"), "a reference to character U+0000, which"},
	{SLICE("<r>&#xFFFF;</r>"), "a reference to character U+FFFF, which"},
	{SLICE("<r>\xCF\xF0\xE8\xE2\xE5\xF2</r>"),
         "byte 0xCF is not valid UTF-8, although that is the default of a feed that declares no encoding; is it windows-1251"},
	{SLICE("<?xml version='1.0' encoding='utf-8'?><r><![CDATA[\xCF\xF0\xE8\xE2]]></r>"),
         "byte 0xCF is not valid UTF-8, although the feed declares UTF-8"},
	{SLICE("\xEF\xBB\xBF<r a='\xCF\xF0\xE8\xE2'/>"),
         "byte 0xCF is not valid UTF-8, although the feed begins with the byte order mark"},
	{SLICE("<r><\xCF\xF0\xE8\xE2/></r>"), ""},
	{SLICE("\xEF\xBB\xBF\xEF\xBB\xBF<r/>"), "this is neither XML nor JSON"},
	{SLICE("<r><o id='1'><n>x</n>"), "the feed ends inside element 'o' (cut short?)"},
	{SLICE("<r><o id='1'><n>x</n></o>\n"), "the feed ends inside element 'r' (cut short?)"},
	{SLICE("<r><o id='1"), "the feed ends inside element 'r' (cut short?)"},
	{SLICE("<r><o>text"), "the feed ends inside element 'o' (cut short?)"},
	{SLICE("<r><o>caf\xC3"), "the feed ends inside element 'o' (cut short?)"},
	{SLICE("<r><o>&am"), "the feed ends inside element 'o' (cut short?)"},
	{SLICE("<r><o><![CDATA[text]]"), "the feed ends inside element 'o' (cut short?)"},
	{SLICE("<r><o><!-- text --"), "the feed ends inside element 'o' (cut short?)"},
	{SLICE("<r><o></"), "the feed ends inside element 'o' (cut short?)"},
	{SLICE("<r><o></o"), "the feed ends inside element 'o' (cut short?)"},
	{SLICE("<?xml version='1.0'?>\n<!-- x -->"), "the feed ends before its root element (cut short?)"},
	{SLICE("<?xml version='1.0'"), "the feed ends before its root element (cut short?)"},
	{SLICE("<!DOCTYPE r [<!ELEMENT r ANY>"), "the feed ends before its root element (cut short?)"},
	{SLICE("<r"), "the feed ends before its root element (cut short?)"},
	{SLICE("<"), "the feed ends before its root element (cut short?)"},
};

static void faults_are_told_in_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_refused(rows[i].input, "/r", ERROR_FEED, rows[i].words);
		assert_refused(rows[i].input, "/no/such/path", ERROR_FEED, rows[i].words);
	}
}

static void faults_have_a_place(void **state)
{
	static const struct {
		struct slice input;
		int64_t line;
		int64_t column;
		int64_t byte;
	} places[] = {
		{SLICE("<r>\n  <a>\n  </b></r>"), 3, 7, 16},
		{SLICE("<r>\n \x0B</r>"), 2, 2, 5},
		{SLICE("<r>\n<o>\xC3\xA9 &foo; </o></r>"), 2, 6, 10},
		{SLICE("<r>\n<o>"), 2, 4, 7},
		{SLICE("<r>\n<g:o/></r>"), 2, 5, 8},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		for (size_t piece_max = 0; piece_max < 4; piece_max++) {
			const struct read_case read_case = {.input = places[i].input, .paths = "/r", .piece_max = piece_max};
			struct buffer told;
			struct error err;

			buffer_init(&told, TOLD_BYTES_MAX);
			assert_int_equal(read_told(&read_case, &told, &err), -1);
			if (err.line != places[i].line || err.column != places[i].column || err.byte != places[i].byte)
				fail_msg("row %zu: %s %lld:%lld:%lld", i, err.message, (long long)err.line, (long long)err.column,
				         (long long)err.byte);
			buffer_release(&told);
		}
	}
}

/* Terminal control characters of a feed never reach a message as they are. */
static void messages_are_printable(void **state)
{
	const struct read_case read_case = {.input = SLICE("<r>&\xC2\x9B"
	                                                   "31m;</r>"),
	                                    .paths = "/r"};
	struct buffer told;
	struct error err;

	(void)state;
	buffer_init(&told, TOLD_BYTES_MAX);
	assert_int_equal(read_told(&read_case, &told, &err), -1);
	for (const char *byte = err.message; *byte; byte++)
		assert_true((unsigned char)*byte >= ' ' && (unsigned char)*byte != 0x9B);
	buffer_release(&told);
}

static const struct slice whole = SLICE(
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE y SYSTEM \"shops.dtd\" [<!ELEMENT y ANY>]>\n<!-- c -->"
	"<y d='2024'><s><n>S &amp; \xC3\xA9</n><o id=\"1\" a='&nbsp;&lt;'>t<p><![CDATA[<b>x</b>\r\n]]></p><e/></o>\r\n</s></y>");

static void a_feed_cut_at_any_byte_is_not_whole(void **state)
{
	static const size_t piece_sizes[] = {0, 1, 7};

	(void)state;
	for (size_t size = 0; size <= whole.size; size++) {
		for (size_t i = 0; i < sizeof(piece_sizes) / sizeof(piece_sizes[0]); i++) {
			const struct read_case read_case = {
				.input = slice_make(whole.data, size), .paths = "/y/s/o @/y", .piece_max = piece_sizes[i]};
			struct buffer told;
			struct error err;
			int result;

			buffer_init(&told, TOLD_BYTES_MAX);
			result = read_told(&read_case, &told, &err);
			if (result != (size == whole.size ? 0 : -1))
				fail_msg("cut at %zu of %zu: %s", size, whole.size, buffer_text(&told));
			if (result < 0 && size > 5 && strstr(err.message, "cut short") == NULL)
				fail_msg("cut at %zu of %zu: %s", size, whole.size, err.message);
			buffer_release(&told);
		}
	}
}

int malformed_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(faults_are_told_in_words),
		cmocka_unit_test(faults_have_a_place),
		cmocka_unit_test(messages_are_printable),
		cmocka_unit_test(a_feed_cut_at_any_byte_is_not_whole),
	};

	return cmocka_run_group_tests_name("malformed", tests, NULL, NULL);
}
