/* Lines, columns and bytes of stream offsets in all encodings. */
#include "feed/position.h"

#include "base/utf8.h"
#include "feed_tests.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *encoding;
	const char *converter; /* iconv's name for it */
	const char *mark;
	const char *text; /* UTF-8 */
} rows[] = {
	{"UTF-8", "UTF-8", "", "<a>\n\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80x\n\n<b/>"},
	{"UTF-8", "UTF-8", "\xEF\xBB\xBF", "<a>\r\n\xC3\xA9\n<b/>"},
	{"UTF-8", "UTF-8", "", ""},
	{"windows-1251", "CP1251", "", "<a>\n\xD0\x9F\xE2\x84\x96\n\n x\xD1\x8F<b/>\n"},
	{"ISO-8859-1", "ISO-8859-1", "", "<\xC3\xA9>\n\xC3\xBC"},
	{"US-ASCII", "US-ASCII", "", "a\nb"},
	{"UTF-16LE", "UTF-16LE", "\xFF\xFE", "<a>\n\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80x\n\n<b/>"},
	{"UTF-16LE", "UTF-16LE", "", "<a>\n\xF0\x9F\x98\x80\n\xD0\x8A<b/>"},
	{"UTF-16BE", "UTF-16BE", "\xFE\xFF", "<a>\n\xF0\x9F\x98\x80\xE0\xA8\x8A\n<b/>"},
};

#define POSITIONS_MAX 64

static size_t convert(const char *converter_name, const char *text, char *room, size_t room_size)
{
	iconv_t converter = iconv_open(converter_name, "UTF-8");
	char copy[256];
	char *in = copy;
	size_t in_size = strlen(text);
	size_t left = room_size;

	assert_true(converter != (iconv_t)-1);
	memcpy(copy, text, in_size);
	assert_true(iconv(converter, &in, &in_size, &room, &left) != (size_t)-1);
	iconv_close(converter);
	return room_size - left;
}

/* Every offset of the text, worked out character by character with iconv(). Returns how many there are. */
static size_t expect(size_t row, struct feed_position expected[POSITIONS_MAX])
{
	struct slice rest = slice_from(rows[row].text);
	int64_t byte = (int64_t)strlen(rows[row].mark);
	int64_t line = 1;
	int64_t column = 1;
	size_t count = 0;

	while (rest.size > 0) {
		char character[5] = "";
		char raw[8];
		size_t size;

		(void)utf8_decode(rest, &size); /* only its size */
		memcpy(character, rest.data, size);
		for (size_t i = 0; i < size; i++) {
			const bool is_run = strcmp(rows[row].encoding, "UTF-8") == 0;

			expected[count] = (struct feed_position){count, line, column, byte + (is_run ? (int64_t)i : 0)};
			count++;
		}
		byte += (int64_t)convert(rows[row].converter, character, raw, sizeof(raw));
		column = character[0] == '\n' ? 1 : column + 1;
		line += character[0] == '\n';
		rest = slice_make(rest.data + size, rest.size - size);
	}
	for (size_t i = 0; i < 3; i++, count++)
		expected[count] = (struct feed_position){count, 0, 0, -1};
	return count;
}

static void check_row(size_t row, size_t piece_max)
{
	struct feed_position expected[POSITIONS_MAX];
	struct feed_position positions[POSITIONS_MAX];
	const size_t count = expect(row, expected);
	char raw[512];
	size_t raw_size = strlen(rows[row].mark);
	struct byte_block block = {.piece_max = piece_max};
	struct error err = ERROR_INIT;

	memcpy(raw, rows[row].mark, raw_size);
	raw_size += convert(rows[row].converter, rows[row].text, raw + raw_size, sizeof(raw) - raw_size);
	for (size_t skip = 1; skip < 5; skip++) {
		size_t asked = 0;

		for (size_t i = 0; i < count; i += skip)
			positions[asked++].stream_offset = i;
		block.rest = slice_make(raw, raw_size);
		assert_int_equal(
			feed_positions_resolve(byte_source_block(&block), slice_from(rows[row].encoding), positions, asked, &err),
			0);
		for (size_t i = 0; i < asked; i++) {
			const struct feed_position *wanted = &expected[i * skip];

			if (positions[i].line != wanted->line || positions[i].column != wanted->column ||
			    positions[i].byte != wanted->byte)
				fail_msg("row %zu offset %zu: %lld:%lld:%lld, not %lld:%lld:%lld", row, i * skip,
				         (long long)positions[i].line, (long long)positions[i].column, (long long)positions[i].byte,
				         (long long)wanted->line, (long long)wanted->column, (long long)wanted->byte);
		}
	}
}

static void every_offset_is_found_however_the_source_is_cut(void **state)
{
	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		for (size_t piece_max = 0; piece_max < 8; piece_max++)
			check_row(row, piece_max);
	}
}

static void one_offset_may_be_asked_for_twice(void **state)
{
	struct feed_position positions[] = {{.stream_offset = 2}, {.stream_offset = 2}, {.stream_offset = 3}, {.stream_offset = 3}};
	struct byte_block block = {.rest = SLICE("a\nb\xE9")};
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(feed_positions_resolve(byte_source_block(&block), slice_from("latin1"), positions, 4, &err), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(positions[i].line, 2);
		assert_int_equal(positions[i].column, i < 2 ? 1 : 2);
		assert_int_equal(positions[i].byte, i < 2 ? 2 : 3);
	}
}

static void bytes_without_meaning_have_the_size_of_their_replacement(void **state)
{
	struct feed_position positions[] = {{.stream_offset = 1}, {.stream_offset = 4}, {.stream_offset = 5}};
	struct byte_block block = {.rest = SLICE("a\x98"
	                                         "b\nc")};
	struct byte_block units = {.rest = SLICE("\0a\xDC\0\0b\0\n\0c")};
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(feed_positions_resolve(byte_source_block(&block), slice_from("windows-1251"), positions, 3, &err), 0);
	assert_int_equal(positions[0].byte, 1);
	assert_int_equal(positions[1].byte, 2);
	assert_int_equal(positions[2].byte, 3);
	assert_int_equal(feed_positions_resolve(byte_source_block(&units), slice_from("UTF-16BE"), positions, 3, &err), 0);
	assert_int_equal(positions[0].byte, 2);
	assert_int_equal(positions[1].byte, 4);
	assert_int_equal(positions[2].byte, 6);
}

static void reading_stops_behind_the_last_place(void **state)
{
	struct repeated repeated = {.head = SLICE("ab\nc"), .unit = SLICE("0123456789abcdef"), .count = UINT64_C(1) << 60};
	struct feed_position positions[] = {{.stream_offset = 3}, {.stream_offset = 300000}};
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(feed_positions_resolve(repeated_source(&repeated), slice_from("UTF-8"), positions, 2, &err), 0);
	assert_int_equal(positions[0].line, 2);
	assert_int_equal(positions[0].column, 1);
	assert_int_equal(positions[1].column, 299998);
	assert_int_equal(positions[1].byte, 300000);
}

static int fail_to_read(void *context, char *data, size_t max, size_t *ret_size, struct error *err)
{
	(void)context;
	(void)data;
	(void)max;
	(void)ret_size;
	return error_set(err, ERROR_READER, "no more");
}

static void failures_are_passed_on(void **state)
{
	struct feed_position position = {.stream_offset = 0};
	struct byte_source source = {.read = fail_to_read};
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(feed_positions_resolve(source, slice_from("UTF-8"), &position, 1, &err), -1);
	assert_int_equal(err.code, ERROR_READER);
	assert_int_equal(feed_positions_resolve(source, slice_from("klingon"), &position, 1, &err), -1);
	assert_int_equal(err.code, ERROR_FEED);
	assert_int_equal(feed_positions_resolve(source, slice_from("UTF-8"), NULL, 0, &err), 0);
}

/* The places that feed_read tells are those that are found again. */
static void places_of_records_lead_to_their_tags(void **state)
{
	static const char document[] = "<?xml version='1.0' encoding='windows-1251'?>\n<r>\n\xCF\xF0\xE8\n  \xB9<o/>\n</r>";
	const struct read_case read_case = {.input = SLICE(document), .paths = "/r/o"};
	struct byte_block block = {.rest = SLICE(document)};
	struct feed_position position = {.stream_offset = 0};
	struct buffer told;
	struct error err;

	(void)state;
	buffer_init(&told, TOLD_BYTES_MAX);
	assert_int_equal(read_told(&read_case, &told, &err), 0);
	position.stream_offset = strtoull(strstr(buffer_text(&told), "record 0 ") + strlen("record 0 "), NULL, 10);
	assert_int_equal(feed_positions_resolve(byte_source_block(&block), slice_from("windows-1251"), &position, 1, &err), 0);
	assert_int_equal(position.line, 4);
	assert_int_equal(position.column, 4);
	assert_int_equal(position.byte, strstr(document, "<o/>") - document);
	buffer_release(&told);
}

static void places_of_json_lead_to_their_values(void **state)
{
	static const struct {
		struct slice document;
		const char *encoding;
		int64_t line;
		int64_t column;
		int64_t byte;
	} feeds[] = {
		{SLICE("\xEF\xBB\xBF[\"\xC3\xA9\\n\",\n  \"\xE2\x82\xAC\", {\"a\":1}]"), "UTF-8", 2, 8, 21},
		{SLICE("\xFF\xFE[\0\"\0\xE9\0\"\0,\0\n\0 \0 \0\"\0\xAC\x20\"\0,\0 \0{\0}\0]\0"), "UTF-16LE", 2, 8, 28},
		{SLICE("[\"\xC3\xA9\"]\r\n\n{\"a\":1}\n"), "UTF-8", 3, 1, 9},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(feeds) / sizeof(feeds[0]); i++) {
		const struct read_case read_case = {.input = feeds[i].document, .paths = "/*/*"};
		struct byte_block block = {.rest = feeds[i].document};
		struct feed_position position = {.stream_offset = 0};
		struct buffer told;
		struct error err;
		const char *record;

		buffer_init(&told, TOLD_BYTES_MAX);
		assert_int_equal(read_told(&read_case, &told, &err), 0);
		record = strchr(buffer_text(&told), '{');
		while (strncmp(record, "record 0 ", strlen("record 0 ")) != 0)
			record--;
		position.stream_offset = strtoull(record + strlen("record 0 "), NULL, 10);
		assert_int_equal(
			feed_positions_resolve(byte_source_block(&block), slice_from(feeds[i].encoding), &position, 1, &err), 0);
		assert_int_equal(position.line, feeds[i].line);
		assert_int_equal(position.column, feeds[i].column);
		assert_int_equal(position.byte, feeds[i].byte);
		buffer_release(&told);
	}
}

int position_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_offset_is_found_however_the_source_is_cut),
		cmocka_unit_test(one_offset_may_be_asked_for_twice),
		cmocka_unit_test(bytes_without_meaning_have_the_size_of_their_replacement),
		cmocka_unit_test(reading_stops_behind_the_last_place),
		cmocka_unit_test(failures_are_passed_on),
		cmocka_unit_test(places_of_records_lead_to_their_tags),
		cmocka_unit_test(places_of_json_lead_to_their_values),
	};

	return cmocka_run_group_tests_name("position", tests, NULL, NULL);
}
