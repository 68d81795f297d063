/* Records out of well-formed documents. */
#include "feed_tests.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *what;
	struct slice input;
	const char *paths;
	const char *told;
} rows[] = {
	{"nodes, attributes, text", SLICE("<y><o id='1' available=\"true\"><n>A</n><p>1</p></o><o id='2'/></y>"), "/y/o",
         "root y\n"
         "record 0 3+47 (o @id=1 @available=true (n \"A\") (p \"1\"))\n"
         "record 0 50+11 (o @id=2)\n"
         "done UTF-8 by default 65\n"},
	{"siblings and depth", SLICE("<r><a><b><c/>x<d>y</d></b><e/></a></r>"), "/r/a",
         "root r\nrecord 0 3+31 (a (b \"x\" (c) (d \"y\")) (e))\ndone UTF-8 by default 38\n"},
	{"text split by children, CDATA and references is joined in order",
         SLICE("<r>one<a>A</a> two&amp;<![CDATA[<three>]]>&#52;<b/><!-- no --><?no no?>five</r>"), "/r",
         "root r\nrecord 0 0+79 (r \"one two&<three>4five\" (a \"A\") (b))\ndone UTF-8 by default 79\n"},
	{"two CDATA sections in a row", SLICE("<r><![CDATA[a]]]]><![CDATA[>b]]></r>"), "/r",
         "root r\nrecord 0 0+36 (r \"a]]>b\")\ndone UTF-8 by default 36\n"},
	{"an empty CDATA section", SLICE("<r><![CDATA[]]></r>"), "/r", "root r\nrecord 0 0+19 (r)\ndone UTF-8 by default 19\n"},
	{"white space is kept", SLICE("<r>\n <a> x </a>\n</r>"), "/r",
         "root r\nrecord 0 0+20 (r \"\\n \\n\" (a \" x \"))\ndone UTF-8 by default 20\n"},
	{"ends of lines become LF", SLICE("<r>a\r\nb\rc\n\r\rd</r>"), "/r",
         "root r\nrecord 0 0+17 (r \"a\\nb\\nc\\n\\n\\nd\")\ndone UTF-8 by default 17\n"},
	{"ends of lines become LF in CDATA", SLICE("<r><![CDATA[a\r\nb\rc\n\r\rd\r]]><![CDATA[\ne]]></r>"), "/r",
         "root r\nrecord 0 0+44 (r \"a\\nb\\nc\\n\\n\\nd\\n\\ne\")\ndone UTF-8 by default 44\n"},
	{"a CR that is written as a reference stays", SLICE("<r a='x&#13;&#10;y'>x&#13;\ny</r>"), "/r",
         "root r\nrecord 0 0+32 (r @a=x\\x0d\\ny \"x\\x0d\\ny\")\ndone UTF-8 by default 32\n"},
	{"white space in attributes becomes blanks", SLICE("<r a='x\ty\nz\r\nw'/>"), "/r",
         "root r\nrecord 0 0+17 (r @a=x y z w)\ndone UTF-8 by default 17\n"},
	{"empty attribute", SLICE("<r a='' b=\"\">t</r>"), "/r",
         "root r\nrecord 0 0+18 (r @a= @b= \"t\")\ndone UTF-8 by default 18\n"},
	{"other characters than ASCII", SLICE("<r \xD0\xB0='\xC3\xA9'>\xE2\x82\xAC\xF0\x9F\x98\x80<\xD0\xB1/></r>"), "/r",
         "root r\nrecord 0 0+27 (r @\xD0\xB0=\xC3\xA9 \"\xE2\x82\xAC\xF0\x9F\x98\x80\" (\xD0\xB1))\ndone UTF-8 by default 27\n"},
	{"namespaces", SLICE("<r xmlns='u:d' xmlns:g='u:g' xmlns:h='u:g'><g:i g:a='1' b='2'><h:j/><k xmlns=''/></g:i></r>"),
         "/r/i|u:g",
         "root r[u:d] spaces=u:d,u:g,u:g\n"
         "record 0 43+44 (i[u:g] @a[u:g]=1 @b=2 (j[u:g]) (k))\n"
         "done UTF-8 by default 91\n"},
	{"xml:lang has a namespace", SLICE("<r xml:lang='de'/>"), "/r",
         "root r\nrecord 0 0+18 (r @lang[http://www.w3.org/XML/1998/namespace]=de)\ndone UTF-8 by default 18\n"},
	{"a namespace that is no proper URI", SLICE("<r xmlns:a='not a uri' xmlns='rel'><a:b/></r>"), "/r/b",
         "root r[rel] spaces=not a uri,rel\nrecord 0 35+6 (b[not a uri])\ndone UTF-8 by default 45\n"},
	{"a name with two colons", SLICE("<r xmlns:a='u'><a:b:c/></r>"), "/r/*",
         "root r spaces=u\nrecord 0 15+8 (b:c[u])\ndone UTF-8 by default 27\n"},
	{"a selector asks for the namespace", SLICE("<r xmlns:g='u'><i/><g:i/></r>"), "/r/i|u",
         "root r spaces=u\nrecord 0 19+6 (i[u])\ndone UTF-8 by default 29\n"},
	{"a selector that asks for none takes all", SLICE("<r xmlns:g='u'><i/><g:i/></r>"), "/r/i",
         "root r spaces=u\nrecord 0 15+4 (i)\nrecord 0 19+6 (i[u])\ndone UTF-8 by default 29\n"},
	{"any name", SLICE("<r><a/><b/><a><b/></a></r>"), "/r/*/b /r/*",
         "root r\nrecord 1 3+4 (a)\nrecord 1 7+4 (b)\nrecord 1 11+11 (a (b))\ndone UTF-8 by default 26\n"},
	{"several selectors", SLICE("<y><c><i>1</i></c><o><i>2</i><j/></o><i>3</i></y>"), "/y/o/i /y/c/i /y/i",
         "root y\n"
         "record 1 6+8 (i \"1\")\n"
         "record 0 21+8 (i \"2\")\n"
         "record 2 37+8 (i \"3\")\n"
         "done UTF-8 by default 49\n"},
	{"an element inside a selected one is part of it", SLICE("<r><a><a>x</a></a></r>"), "/r/a /r/a/a @/r/a/a",
         "root r\nrecord 0 3+15 (a (a \"x\"))\ndone UTF-8 by default 22\n"},
	{"ancestors come before what is in them", SLICE("<y d='1'><g n='x'>t<o/></g><g n='y'><o/></g></y>"), "/y/g/o @/y/g @/y",
         "root y\n"
         "record 2 0+9 (y @d=1)\n"
         "record 1 9+9 (g @n=x)\n"
         "record 0 19+4 (o)\n"
         "record 1 27+9 (g @n=y)\n"
         "record 0 36+4 (o)\n"
         "done UTF-8 by default 48\n"},
	{"attributes of an empty element", SLICE("<y><g n='x'/></y>"), "@/y/g",
         "root y\nrecord 0 3+10 (g @n=x)\ndone UTF-8 by default 17\n"},
	{"both kinds of selector at one element", SLICE("<y><g n='x'>t</g></y>"), "@/y/g /y/g",
         "root y\nrecord 0 3+9 (g @n=x)\nrecord 1 3+14 (g @n=x \"t\")\ndone UTF-8 by default 21\n"},
	{"the same path twice", SLICE("<y><g/></y>"), "/y/g /y/g",
         "root y\nrecord 0 3+4 (g)\nrecord 1 3+4 (g)\ndone UTF-8 by default 11\n"},
	{"nothing selected", SLICE("<y><g>x</g></y>"), "/z/g", "root y\ndone UTF-8 by default 15\n"},
	{"a path longer than the document is deep", SLICE("<y><g>x</g></y>"), "/y/g/h/i", "root y\ndone UTF-8 by default 15\n"},
	{"the same name at another depth", SLICE("<y><y><o/></y><o/></y>"), "/y/o",
         "root y\nrecord 0 14+4 (o)\ndone UTF-8 by default 22\n"},
	{"what surrounds the root",
         SLICE("<?xml version='1.0' encoding='utf-8'?>\n<!-- <r> -->\n<!DOCTYPE r SYSTEM \"http://127.0.0.1:1/shops.dtd\">\n<?p i?><r/>\n<!-- x --><?p?>\n"),
         "/r", "root r\nrecord 0 110+4 (r)\ndone UTF-8 by declaration 131\n"},
	{"an internal subset without entities",
         SLICE("<!DOCTYPE r [<!ELEMENT r (a|b)*><!ATTLIST r x CDATA 'y' z (p|q) #IMPLIED><!-- > --><?p x?>]><r z=' p '/>"), "/r",
         "root r\nrecord 0 92+12 (r @z=p)\ndone UTF-8 by default 104\n"},
	{"'>' in an attribute and in text", SLICE("<r a='1>0' b=\"'>'\">x>y</r>"), "/r",
         "root r\nrecord 0 0+26 (r @a=1>0 @b='>' \"x>y\")\ndone UTF-8 by default 26\n"},
	{"tags with white space", SLICE("<r\n a = '1'\n ><b\t/></r\n>"), "/r",
         "root r\nrecord 0 0+24 (r @a=1 (b))\ndone UTF-8 by default 24\n"},
	{"a mark is no part of the stream", SLICE("\xEF\xBB\xBF<r><o/></r>"), "/r/o",
         "root r\nrecord 0 3+4 (o)\ndone UTF-8 by mark 14\n"},
	{"windows-1251: places are those of the UTF-8 stream",
         SLICE("<?xml version='1.0' encoding='windows-1251'?><r>\xCF\xF0<o>\xE8\x98</o><o/></r>"), "/r/o",
         "root r\n"
         "record 0 52+12 (o \"\xD0\xB8\xEF\xBF\xBD\")\n"
         "record 0 64+4 (o)\n"
         "undefined 1 57\n"
         "done windows-1251 by declaration 67\n"},
	{"UTF-16", SLICE("\xFF\xFE<\0r\0>\0\x1E\x04<\0o\0/\0>\0\0\xD8<\0/\0r\0>\0"), "/r/o",
         "root r\nrecord 0 5+4 (o)\nundefined 1 9\ndone UTF-16LE by mark 28\n"},
};

static void documents_are_told_alike_however_they_are_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_told(rows[i].input, rows[i].paths, rows[i].told);
}

/* Long texts and tags come in several events and let the parser shift its buffer. */
static void long_content_is_joined_whole(void **state)
{
	struct buffer document;
	struct buffer expected;

	(void)state;
	buffer_init(&document, 1 << 20);
	buffer_init(&expected, 1 << 20);
	buffer_append_text(&document, "<r><!--");
	for (int i = 0; i < 9000; i++)
		buffer_append_text(&document, " long");
	buffer_append_text(&document, "--><o a='");
	const size_t start = document.size - strlen("<o a='");
	for (int i = 0; i < 1000; i++)
		buffer_append_text(&document, "value &amp; ");
	buffer_append_text(&document, "'>");
	for (int i = 0; i < 2000; i++)
		buffer_append_text(&document, "te\xC3\xA9xt\r\n");
	buffer_append_text(&document, "<![CDATA[");
	for (int i = 0; i < 2000; i++)
		buffer_append_text(&document, "<b>\xE2\x82\xAC</b>\r\n");
	buffer_append_text(&document, "]]></o>");
	const size_t end = document.size;
	buffer_append_text(&document, "</r>");

	buffer_append_format(&expected, "root r\nrecord 0 %zu+%zu (o @a=", start, end - start);
	for (int i = 0; i < 1000; i++)
		buffer_append_text(&expected, "value & ");
	buffer_append_text(&expected, " \"");
	for (int i = 0; i < 2000; i++)
		buffer_append_text(&expected, "te\xC3\xA9xt\\n");
	for (int i = 0; i < 2000; i++)
		buffer_append_text(&expected, "<b>\xE2\x82\xAC</b>\\n");
	buffer_append_format(&expected, "\")\ndone UTF-8 by default %zu\n", document.size);
	assert_told(buffer_slice(&document), "/r/o", buffer_text(&expected));
	buffer_release(&document);
	buffer_release(&expected);
}

/* Each record says its own number, so a record of one place found at another would show. */
static void many_records_have_exact_places(void **state)
{
	struct buffer document;
	struct buffer expected;

	(void)state;
	buffer_init(&document, 1 << 20);
	buffer_init(&expected, 1 << 20);
	buffer_append_text(&document, "<r>");
	buffer_append_text(&expected, "root r\n");
	for (int i = 0; i < 3000; i++) {
		const size_t start = document.size;

		if (i % 3 == 0)
			buffer_append_format(&document, "<o n = \"%d>\" />", i);
		else
			buffer_append_format(&document, "<o\nn='%d>'\n>\xC3\xA9<p>%*s</p></o\n>", i, i % 50, "x");
		buffer_append_format(&expected, "record 0 %zu+%zu (o @n=%d>", start, document.size - start, i);
		if (i % 3 != 0)
			buffer_append_format(&expected, " \"\xC3\xA9\" (p \"%*s\")", i % 50, "x");
		buffer_append_text(&expected, ")\n");
		buffer_append_text(&document, i % 2 ? "\n\t" : "<skip><o/>text</skip>");
	}
	buffer_append_text(&document, "</r>");
	buffer_append_format(&expected, "done UTF-8 by default %zu\n", document.size);
	assert_told(buffer_slice(&document), "/r/o", buffer_text(&expected));
	buffer_release(&document);
	buffer_release(&expected);
}

static void more_selectors_than_a_word_has_bits(void **state)
{
	struct buffer paths;

	(void)state;
	buffer_init(&paths, 4096);
	for (int i = 0; i < 75; i++)
		buffer_append_format(&paths, "%s/r/o%d", i ? " " : "", i);
	assert_told((struct slice)SLICE("<r><o3/><o74/><o75/><o64/><o0/></r>"), buffer_text(&paths),
	            "root r\nrecord 3 3+5 (o3)\nrecord 74 8+6 (o74)\nrecord 64 20+6 (o64)\nrecord 0 26+5 (o0)\n"
	            "done UTF-8 by default 35\n");
	buffer_release(&paths);
}

static void the_error_of_a_sink_ends_the_reading(void **state)
{
	static const struct slice document = SLICE("<r><o a='&amp;'/><o a='1'>x</o>&foo;<o></p></r>");

	(void)state;
	for (size_t fail_at = 1; fail_at <= 2; fail_at++) {
		for (size_t piece_max = 0; piece_max < 3; piece_max++) {
			const struct read_case read_case = {
				.input = document, .paths = "/r/o", .piece_max = piece_max, .fail_at_record = fail_at};
			struct buffer told;
			struct error err;

			buffer_init(&told, TOLD_BYTES_MAX);
			assert_int_equal(read_told(&read_case, &told, &err), -1);
			assert_int_equal(err.code, ERROR_STORE);
			assert_string_equal(err.message, "the sink is full");
			assert_true((strstr(buffer_text(&told), "(o @a=1") != NULL) == (fail_at == 2));
			buffer_release(&told);
		}
	}
}

int xml_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_are_told_alike_however_they_are_cut),
		cmocka_unit_test(long_content_is_joined_whole),
		cmocka_unit_test(many_records_have_exact_places),
		cmocka_unit_test(more_selectors_than_a_word_has_bits),
		cmocka_unit_test(the_error_of_a_sink_ends_the_reading),
	};

	return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}
