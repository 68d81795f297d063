/* Tables against iconv(), names, and decoding in pieces. */
#include "feed/encoding.h"

#include "feed_tests.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

static const char *const table_names[] = {
	"windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255", "windows-1256",
	"windows-1257", "windows-1258", "ISO-8859-1",   "ISO-8859-2",   "ISO-8859-3",   "ISO-8859-4",   "ISO-8859-5",
	"ISO-8859-6",   "ISO-8859-7",   "ISO-8859-8",   "ISO-8859-9",   "ISO-8859-10",  "ISO-8859-11",  "ISO-8859-13",
	"ISO-8859-14",  "ISO-8859-15",  "ISO-8859-16",  "KOI8-R",       "KOI8-U",       "IBM866",       "US-ASCII",
};
#define TABLE_COUNT (sizeof(table_names) / sizeof(table_names[0]))

static const struct encoding *find(const char *label)
{
	return encoding_find(slice_from(label));
}

/* One byte through a fresh iconv(); 0 bytes = it has no meaning. */
static size_t convert_byte(const char *name, char byte, char room[8])
{
	iconv_t converter = iconv_open("UTF-8", name);
	char *in = &byte;
	char *out = room;
	size_t in_size = 1;
	size_t out_size = 8;

	assert_true(converter != (iconv_t)-1);
	if (iconv(converter, &in, &in_size, &out, &out_size) == (size_t)-1)
		out_size = 8;
	else
		assert_true(iconv(converter, NULL, NULL, &out, &out_size) != (size_t)-1);
	iconv_close(converter);
	return 8 - out_size;
}

static void each_byte_of_each_table_reads_as_iconv_reads_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		for (int byte = 0; byte < 256; byte++) {
			const char raw = (char)byte;
			char expected[8];
			const size_t size = convert_byte(table_names[i], raw, expected);
			struct decoder decoder;
			char room[DECODER_ROOM(1)];
			struct slice text;

			decoder_init(&decoder, find(table_names[i]));
			text = decoder_decode(&decoder, slice_make(&raw, 1), room);
			assert_int_equal(decoder.undefined_count, size == 0);
			if (size == 0)
				assert_true(slice_equal_text(text, "\xEF\xBF\xBD"));
			else if (!slice_equal(text, slice_make(expected, size)))
				fail_msg("%s: byte 0x%02X", table_names[i], (unsigned)byte);
		}
	}
}

static const struct {
	const char *label;
	const char *name;
} labels[] = {
	{"utf-8", "UTF-8"},
	{"UTF8", "UTF-8"},
	{"Utf_8", "UTF-8"},
	{"utf-16", "UTF-16LE"},
	{"UTF-16BE", "UTF-16BE"},
	{"utf-16le", "UTF-16LE"},
	{"windows-1251", "windows-1251"},
	{"WINDOWS-1251", "windows-1251"},
	{"cp1251", "windows-1251"},
	{"CP-1251", "windows-1251"},
	{"win-1251", "windows-1251"},
	{"x-cp1251", "windows-1251"},
	{"windows1252", "windows-1252"},
	{"latin1", "ISO-8859-1"},
	{"Latin-1", "ISO-8859-1"},
	{"iso-8859-1", "ISO-8859-1"},
	{"ISO_8859-1:1987", "ISO-8859-1"},
	{"iso8859-2", "ISO-8859-2"},
	{"iso-8859-11", "ISO-8859-11"},
	{"iso-8859-15", "ISO-8859-15"},
	{"latin9", "ISO-8859-15"},
	{"koi8-r", "KOI8-R"},
	{"KOI8-U", "KOI8-U"},
	{"cp866", "IBM866"},
	{"ibm866", "IBM866"},
	{"us-ascii", "US-ASCII"},
	{"ASCII", "US-ASCII"},
	{" utf-8 ", "UTF-8"},
	{"", NULL},
	{"-", NULL},
	{"utf-9", NULL},
	{"iso-8859-12", NULL},
	{"iso-8859-17", NULL},
	{"windows-1259", NULL},
	{"windows-125", NULL},
	{"big5", NULL},
	{"gb2312", NULL},
	{"utf-32", NULL},
	{"utf-7", NULL},
	{"a name that is far too long to be that of any encoding in the world", NULL},
};

static void encodings_are_found_by_their_usual_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		const struct encoding *encoding = find(labels[i].label);

		if (labels[i].name == NULL)
			assert_null(encoding);
		else if (encoding == NULL)
			fail_msg("'%s' is not found", labels[i].label);
		else
			assert_string_equal(encoding->name, labels[i].name);
	}
}

static void foreign_encodings_are_told_from_nonsense(void **state)
{
	static const char *const foreign[] = {"Big5",   "gb2312", "GB18030", "gbk",       "euc-jp",      "EUC-KR",
	                                      "utf-32", "UTF-7",  "UCS-4",   "Shift_JIS", "iso-2022-jp", "ebcdic-us"};
	static const char *const nonsense[] = {"", "none", "bogus", "binary", "utf8mb4"};

	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		assert_true(encoding_is_foreign(slice_from(foreign[i])));
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++)
		assert_false(encoding_is_foreign(slice_from(nonsense[i])));
	for (size_t i = 0; i < TABLE_COUNT; i++)
		assert_false(encoding_is_foreign(slice_from(table_names[i])));
}

static const struct {
	const char *encoding;
	struct slice raw;
	const char *text;
	uint64_t undefined_count;
	uint64_t undefined_first;
} decodings[] = {
	{"utf-8", SLICE("abc \xC3\xA9 \xFF"), "abc \xC3\xA9 \xFF", 0, 0},
	{"cp1251", SLICE("\xCF\xF0\xE8\xE2\xE5\xF2, 8 bytes and more, \xB9 1"),
         "\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82, 8 bytes and more, \xE2\x84\x96 1", 0, 0},
	{"cp1251", SLICE("a\x98z\x98"), "a\xEF\xBF\xBDz\xEF\xBF\xBD", 2, 1},
	{"cp1252", SLICE("\x80 1\xBD"), "\xE2\x82\xAC 1\xC2\xBD", 0, 0},
	{"ascii", SLICE("a\xC3\xA9"), "a\xEF\xBF\xBD\xEF\xBF\xBD", 2, 1},
	{"utf-16le", SLICE("a\0\xE9\0\xAC\x20\x1E\x04"), "a\xC3\xA9\xE2\x82\xAC\xD0\x9E", 0, 0},
	{"utf-16be", SLICE("\0a\0\xE9\x20\xAC"), "a\xC3\xA9\xE2\x82\xAC", 0, 0},
	{"utf-16le", SLICE("\x3D\xD8\x00\xDE"), "\xF0\x9F\x98\x80", 0, 0},
	{"utf-16be", SLICE("\xD8\x3D\xDE\x00"), "\xF0\x9F\x98\x80", 0, 0},
	{"utf-16be", SLICE("\xD8\x3D\0a"),
         "\xEF\xBF\xBD"
         "a",
         1, 0},
	{"utf-16be", SLICE("\0a\xDE\x00\0b"),
         "a\xEF\xBF\xBD"
         "b",
         1, 1},
	{"utf-16be", SLICE("\xD8\x3D\xD8\x3D\xDE\x00"), "\xEF\xBF\xBD\xF0\x9F\x98\x80", 1, 0},
	{"utf-16be", SLICE("\xD8\x3D\xD8\x3D\0a"),
         "\xEF\xBF\xBD\xEF\xBF\xBD"
         "a",
         2, 0},
	{"utf-16be", SLICE("\0a\0"), "a\xEF\xBF\xBD", 1, 1},
	{"utf-16be", SLICE("\0a\xD8\x3D"), "a\xEF\xBF\xBD", 1, 1},
	{"utf-16be", SLICE("\0a\xD8\x3D\xDE"), "a\xEF\xBF\xBD\xEF\xBF\xBD", 2, 1},
};

static void decode_in_pieces(size_t row, size_t piece_max)
{
	struct slice rest = decodings[row].raw;
	struct decoder decoder;
	struct buffer text;
	char room[DECODER_ROOM(64)];

	buffer_init(&text, 1024);
	decoder_init(&decoder, find(decodings[row].encoding));
	while (rest.size > 0) {
		const size_t size = rest.size < piece_max ? rest.size : piece_max;

		buffer_append_slice(&text, decoder_decode(&decoder, slice_make(rest.data, size), room));
		rest = slice_make(rest.data + size, rest.size - size);
	}
	buffer_append_slice(&text, decoder_finish(&decoder, room));
	assert_string_equal(buffer_text(&text), decodings[row].text);
	assert_int_equal(decoder.undefined_count, decodings[row].undefined_count);
	assert_int_equal(decoder.undefined_first, decodings[row].undefined_first);
	assert_int_equal(decoder.stream_size, text.size);
	buffer_release(&text);
}

static void pieces_may_be_cut_anywhere(void **state)
{
	(void)state;
	for (size_t row = 0; row < sizeof(decodings) / sizeof(decodings[0]); row++) {
		for (size_t piece_max = 1; piece_max <= 64; piece_max++)
			decode_in_pieces(row, piece_max);
	}
}

static void a_high_byte_is_read_at_every_place_among_ascii(void **state)
{
	(void)state;
	for (size_t size = 1; size < 40; size++) {
		for (size_t at = 0; at < size; at++) {
			char raw[40];
			char room[DECODER_ROOM(40)];
			struct decoder decoder;
			struct slice text;

			memset(raw, 'x', sizeof(raw));
			raw[at] = '\xE9';
			decoder_init(&decoder, find("latin1"));
			text = decoder_decode(&decoder, slice_make(raw, size), room);
			assert_int_equal(text.size, size + 1);
			assert_memory_equal(text.data + at, "\xC3\xA9", 2);
			assert_true(at == 0 || memchr(text.data, '\xC3', at) == NULL);
		}
	}
}

int encoding_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_byte_of_each_table_reads_as_iconv_reads_it),
		cmocka_unit_test(encodings_are_found_by_their_usual_names),
		cmocka_unit_test(foreign_encodings_are_told_from_nonsense),
		cmocka_unit_test(pieces_may_be_cut_anywhere),
		cmocka_unit_test(a_high_byte_is_read_at_every_place_among_ascii),
	};

	return cmocka_run_group_tests_name("encoding", tests, NULL, NULL);
}
