/* What first bytes and names decide, through the whole of feed_read. */
#include "feed_tests.h"

#include <string.h>

/* The last line of what is told, for one way of reading. */
static void check_end(struct slice input, const char *http_charset, const char *expected)
{
	const struct read_case read_case = {.input = input, .paths = "/r", .http_charset = http_charset};
	struct buffer told;
	struct error err;
	const char *end;

	buffer_init(&told, TOLD_BYTES_MAX);
	(void)read_told(&read_case, &told, &err); /* the last line tells */
	end = strstr(buffer_text(&told), "done ");
	if (end == NULL)
		end = strstr(buffer_text(&told), "error ");
	assert_non_null(end);
	if (strncmp(end, expected, strlen(expected)) != 0)
		fail_msg("'%s' instead of '%s'", end, expected);
	buffer_release(&told);
}

#define DECLARED(label) "<?xml version=\"1.0\" encoding=\"" label "\"?><r/>"

static const struct {
	struct slice input;
	const char *http_charset;
	const char *expected;
} encodings[] = {
	{SLICE("<r/>"), NULL, "done UTF-8 by default 4\n"},
	{SLICE("<r/>"), "", "done UTF-8 by default"},
	{SLICE("<r/>"), "windows-1251", "done windows-1251 by HTTP"},
	{SLICE("<r/>"), "\"utf-8\"", "done UTF-8 by HTTP"},
	{SLICE("<r/>"), " 'KOI8-R' ", "done KOI8-R by HTTP"},
	{SLICE("<r/>"), "none", "done UTF-8 by default"},
	{SLICE("<r/>"), "utf-16", "done UTF-8 by HTTP"},
	{SLICE("<r/>"), "gb2312", "error feed encoding 'gb2312' (from the HTTP header) is not supported; "},
	{SLICE(DECLARED("windows-1251")), NULL, "done windows-1251 by declaration"},
	{SLICE(DECLARED("windows-1251")), "utf-8", "done windows-1251 by declaration"},
	{SLICE(DECLARED("windows-1251")), "big5", "done windows-1251 by declaration"},
	{SLICE(DECLARED("UTF-16")), NULL, "done UTF-8 by declaration"},
	{SLICE(DECLARED("big5")), NULL, "error feed encoding 'big5' (from the XML declaration) is not supported; "},
	{SLICE(DECLARED("no-such-thing")), NULL, "error feed encoding 'no-such-thing' (from the XML declaration)"},
	{SLICE(DECLARED("utf-32")), NULL, "error feed encoding 'utf-32'"},
	{SLICE(DECLARED("UTF-7")), NULL, "error feed encoding 'UTF-7'"},
	{SLICE(DECLARED("ISO-2022-JP")), NULL, "error feed encoding 'ISO-2022-JP'"},
	{SLICE("<?xml version='1.0' encoding = 'cp1252' standalone='yes'?><r/>"), NULL, "done windows-1252 by declaration"},
	{SLICE("<?xml version='1.0'\n\tencoding\n=\n'koi8-u'\n?><r/>"), NULL, "done KOI8-U by declaration"},
	{SLICE("<?xml version='1.0'?><r encoding='koi8-u'/>"), NULL, "done UTF-8 by default"},
	{SLICE("<?xml-stylesheet encoding='koi8-u'?><r/>"), NULL, "done UTF-8 by default"},
	{SLICE("\xEF\xBB\xBF<r/>"), "windows-1251", "done UTF-8 by mark 7\n"},
	{SLICE("\xEF\xBB\xBF" DECLARED("windows-1251")), NULL, "done UTF-8 by mark"},
	{SLICE("\xFF\xFE<\0r\0/\0>\0"), "utf-8", "done UTF-16LE by mark 10\n"},
	{SLICE("\xFE\xFF\0<\0r\0/\0>"), NULL, "done UTF-16BE by mark 10\n"},
	{SLICE("<\0r\0/\0>\0"), NULL, "done UTF-16LE by declaration 8\n"},
	{SLICE("\0<\0r\0/\0>"), "utf-16", "done UTF-16BE by declaration 8\n"},
	{SLICE("<\0?\0x\0m\0l\0 \0v\0e\0r\0s\0i\0o\0n\0=\0'\0001\0.\0000\0'\0 \0e\0n\0c\0o\0d\0i\0n\0g\0=\0'\0u\0t\0f\0-\0008\0'\0?\0>\0<\0r\0/\0>\0"),
         NULL, "done UTF-16LE by declaration"},
	{SLICE("\xFF\xFE\0\0<\0\0\0r\0\0\0"), NULL, "error feed encoding 'UTF-32LE' (from its first bytes)"},
	{SLICE("\0\0\xFE\xFF\0\0\0<"), NULL, "error feed encoding 'UTF-32BE'"},
	{SLICE("\0\0\0<\0\0\0r"), NULL, "error feed encoding 'UTF-32BE'"},
	{SLICE("<\0\0\0r\0\0\0"), NULL, "error feed encoding 'UTF-32LE'"},
	{SLICE("\0\0\0{\0\0\0}"), NULL, "error feed encoding 'UTF-32BE'"},
	{SLICE("[\0\0\0]\0\0\0"), NULL, "error feed encoding 'UTF-32LE'"},
	{SLICE("\x4C\x6F\xA7\x94\x93"), NULL, "error feed encoding 'EBCDIC'"},
	{SLICE("{}"), NULL, "done JSON unproven UTF-8 by default 2\n"},
	{SLICE("\xEF\xBB\xBF\n [1]"), NULL, "done JSON unproven UTF-8 by mark 8\n"},
	{SLICE("{\0}\0"), NULL, "done JSON unproven UTF-16LE by declaration 4\n"},
	{SLICE("\0[\0]"), NULL, "done JSON unproven UTF-16BE by declaration 4\n"},
	{SLICE("\xFE\xFF\0[\x04\x16\0]"), NULL,
         "error feed not well-formed JSON: a value or ']' is due where byte 0xD0 stands 1:2:1\n"},
	{SLICE("[\"\xE6\"]"), "windows-1251", "done JSON unproven windows-1251 by HTTP 5\n"},
};

static void mark_wins_over_declaration_over_http_over_default(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++)
		check_end(encodings[i].input, encodings[i].http_charset, encodings[i].expected);
}

static const struct {
	struct slice input;
	const char *expected;
} no_feeds[] = {
	{SLICE(""), "error feed the feed is empty "},
	{SLICE("\xEF\xBB\xBF"), "error feed the feed is empty "},
	{SLICE("  \r\n\t"), "error feed the feed is empty "},
	{SLICE("\xFF\xFE \0\n\0"), "error feed the feed is empty "},
	{SLICE("\x1F\x8B\x08\0"), "error feed the feed is compressed (gzip); this version reads uncompressed feeds"},
	{SLICE("PK\x03\x04"), "error feed the feed is compressed (zip);"},
	{SLICE("BZh9"), "error feed the feed is compressed (bzip2);"},
	{SLICE("\xFD"
               "7zXZ\0"),
         "error feed the feed is compressed (xz);"},
	{SLICE("\x28\xB5\x2F\xFD"), "error feed the feed is compressed (zstd);"},
	{SLICE("Fatal error: <b>x</b>"),
         "error feed this is neither XML nor JSON nor a table: it begins with 'Fatal error: <b>x</b>'"},
	{SLICE("<!DOCTYPE html><html><head><title>Sign in</title>"), "error feed an HTML page, not a feed (title: 'Sign in')"},
	{SLICE("\n <!doctype HTML>"), "error feed an HTML page, not a feed 0:0:-1"},
	{SLICE("<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"x\">\n<HTML>"), "error feed an HTML page, not a feed 0:0:-1"},
	{SLICE("<html lang='de'><TITLE>\n  404:\n not  found </TITLE>"),
         "error feed an HTML page, not a feed (title: '404: not found')"},
	{SLICE("<HTML>"), "error feed an HTML page, not a feed"},
	{SLICE("<?xml version='1.0'?><!-- a > b --><html xmlns='http://www.w3.org/1999/xhtml'/>"),
         "error feed an HTML page, not a feed"},
	{SLICE("<!DOCTYPE x [<!ELEMENT a (b)>]>\n<html>"), "error feed an HTML page, not a feed"},
	{SLICE("<html><title>a\x1B[31m\x07</title>"), "error feed an HTML page, not a feed (title: 'a\\x1b[31m\\x07')"},
	{SLICE("<html><title>   </title>"), "error feed an HTML page, not a feed 0:0:-1"},
	{SLICE("<html><title"), "error feed an HTML page, not a feed 0:0:-1"},
};

static void what_is_no_feed_is_called_by_its_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(no_feeds) / sizeof(no_feeds[0]); i++)
		check_end(no_feeds[i].input, NULL, no_feeds[i].expected);
}

static void an_element_that_only_begins_like_html_is_no_html(void **state)
{
	(void)state;
	check_end((struct slice)SLICE("<htmlx/>"), NULL, "done UTF-8");
	check_end((struct slice)SLICE("<!DOCTYPE htmlish><r/>"), NULL, "done UTF-8");
	check_end((struct slice)SLICE("<!-- <html> --><r/>"), NULL, "done UTF-8");
}

static void a_refused_feed_asks_the_sink_nothing(void **state)
{
	(void)state;
	assert_told((struct slice)SLICE("Hello"), "/r",
	            "error feed this is neither XML nor JSON nor a table: it begins with 'Hello' 0:0:-1\n");
	assert_told((struct slice)SLICE(""), "/r", "error feed the feed is empty 0:0:-1\n");
}

static int fail_to_read(void *context, char *data, size_t max, size_t *ret_size, struct error *err)
{
	size_t *left = context;

	if (*left == 0)
		return error_set(err, ERROR_READER, "the disk is gone");
	memset(data, ' ', max);
	memcpy(data, "<r>", max < 3 ? max : 3);
	*ret_size = max;
	*left -= 1;
	return 0;
}

static void the_error_of_a_source_is_passed_on(void **state)
{
	(void)state;
	for (size_t reads = 0; reads < 3; reads++) {
		size_t left = reads;
		struct byte_source source = {.context = &left, .read = fail_to_read};
		const struct read_case read_case = {.paths = "/x", .source = &source};
		struct buffer told;
		struct error err;

		buffer_init(&told, TOLD_BYTES_MAX);
		assert_int_equal(read_told(&read_case, &told, &err), -1);
		if (reads != 2) {
			assert_int_equal(err.code, ERROR_READER);
			assert_string_equal(err.message, "the disk is gone");
		}
		buffer_release(&told);
	}
}

static void name_or_media_type_says_json_lines(void **state)
{
	static const struct {
		const char *source;
		const char *type;
		bool is_json_lines;
	} cases[] = {
		{"feed.jsonl", "", true},
		{"/srv/FEED.JSONL", "", true},
		{"https://shop.example/all.ndjson?token=***", "", true},
		{"https://shop.example/all", "application/x-ndjson", true},
		{"https://shop.example/all", "application/jsonl", true},
		{"https://shop.example/all.json", "application/json", false},
		{"https://shop.example/all?as=.jsonl", "", false},
		{"jsonl", "", false},
		{"", "", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(feed_is_named_json_lines(slice_from(cases[i].source), slice_from(cases[i].type)),
		                 cases[i].is_json_lines);
}

int sniff_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mark_wins_over_declaration_over_http_over_default),
		cmocka_unit_test(what_is_no_feed_is_called_by_its_name),
		cmocka_unit_test(an_element_that_only_begins_like_html_is_no_html),
		cmocka_unit_test(a_refused_feed_asks_the_sink_nothing),
		cmocka_unit_test(the_error_of_a_source_is_passed_on),
		cmocka_unit_test(name_or_media_type_says_json_lines),
	};

	return cmocka_run_group_tests_name("sniff", tests, NULL, NULL);
}
