/* Written feeds through the sift alone, and made-up ones against the parser. */
#include "base/limits.h"
#include "feed/encoding.h"
#include "feed/sift_scan.h"
#include "feed_tests.h"
#include "path_selection.h"
#include "sift_check.h"

#include <stdlib.h>
#include <string.h>

#define MARKS_MAX 16

/* What the sift did. */
struct sifted {
	const char *paths;
	struct slice known; /* a record is known where this stands in it; empty = all are */
	struct slice content;
	struct name_table names;
	struct path_selection selection;
	struct feed_selection wanted;
	struct sift *sift;
	struct slice context_mark; /* the context is the byte behind this, where it has been passed last */
	struct buffer out;
	struct sift_record marks[MARKS_MAX];
	size_t mark_count;
	size_t known_count;
	enum sift_blindness blindness;
};

static int pass(void *context, struct slice bytes, uint64_t raw_offset, struct error *err)
{
	struct sifted *sifted = context;
	size_t at;

	(void)err;
	assert_true(bytes.size > 0 && raw_offset + bytes.size <= sifted->content.size);
	assert_memory_equal(bytes.data, sifted->content.data + raw_offset, bytes.size);
	assert_int_equal(buffer_append_slice(&sifted->out, bytes), 0);
	if (sifted->context_mark.size == 0)
		return 0;
	for (struct slice out = buffer_slice(&sifted->out); (at = slice_find(out, sifted->context_mark)) != SIZE_MAX;) {
		at += sifted->context_mark.size;
		if (at < out.size)
			sift_set_context(sifted->sift, (struct hash128){.low = (unsigned char)out.data[at]});
		out = slice_make(out.data + at, out.size - at);
	}
	return 0;
}

static int select_records(void *context, const struct feed_selection **ret_selection, struct error *err)
{
	struct sifted *sifted = context;

	(void)err;
	path_selection_make(&sifted->selection, &sifted->names, sifted->paths);
	sifted->wanted = (struct feed_selection){.selectors = sifted->selection.selectors,
	                                         .selector_count = sifted->selection.count};
	*ret_selection = &sifted->wanted;
	return 0;
}

static int take_mark(void *context, const struct sift_record *record, bool *ret_is_known, struct error *err)
{
	struct sifted *sifted = context;
	struct slice bytes = slice_make(sifted->content.data + record->raw_offset, (size_t)record->raw_size);

	(void)err;
	assert_false(*ret_is_known);
	*ret_is_known = sifted->known.size == 0 || slice_find(bytes, sifted->known) != SIZE_MAX;
	sifted->known_count += *ret_is_known && record->has_fingerprint;
	if (sifted->mark_count < MARKS_MAX)
		sifted->marks[sifted->mark_count++] = *record;
	return 0;
}

static void sift_content(struct sifted *sifted, enum feed_format format, const char *encoding, size_t piece_max)
{
	static const struct csv_options csv = {.comment = '\0'};
	const struct sift_sink sink = {.context = sifted, .pass = pass, .selection = select_records, .record = take_mark};
	const struct sift_options options = {.format = format,
	                                     .encoding = encoding_find(slice_from(encoding)),
	                                     .names = &sifted->names,
	                                     .seed = 5,
	                                     .csv = &csv,
	                                     .head = sifted->content};
	struct slice rest = sifted->content;
	struct error err = ERROR_INIT;

	name_table_init(&sifted->names);
	buffer_init(&sifted->out, TOLD_BYTES_MAX);
	sifted->mark_count = 0;
	sifted->known_count = 0;
	sifted->sift = sift_new(&options, sink, &err);
	assert_non_null(sifted->sift);
	while (rest.size > 0) {
		const size_t size = piece_max > 0 && piece_max < rest.size ? piece_max : rest.size;

		assert_int_equal(sift_push(sifted->sift, slice_make(rest.data, size), &err), 0);
		rest = slice_make(rest.data + size, rest.size - size);
	}
	assert_int_equal(sift_finish(sifted->sift, &err), 0);
	sifted->blindness = sift_blindness(sifted->sift);
	assert_int_equal(sift_counts(sifted->sift).passed_bytes, sifted->out.size);
	assert_int_equal(sift_counts(sifted->sift).passed_bytes + sift_counts(sifted->sift).dropped_bytes, sifted->content.size);
	sift_free(sifted->sift);
	name_table_release(&sifted->names);
}

/* --- what is left --- */

static const struct sift_case {
	enum feed_format format;
	const char *paths;
	struct slice known;
	struct slice input;
	struct slice expected;
	size_t records;
	enum sift_blindness blindness;
} cases[] = {
	{FEED_XML, "+/a/b", SLICE(""), SLICE("<a>\n <b>1</b>\n <b/>\n</a>\n"), SLICE("<a>\n </a>\n"), 2, SIFT_SEES},
	{FEED_XML, "+/a/b", SLICE("1"), SLICE("<a> <b>1</b> <b>2</b> <b>1</b> </a>"), SLICE("<a> <b>2</b> </a>"), 3, SIFT_SEES},
	{FEED_XML, "+/a/b", SLICE(""), SLICE("<?xml version='1.0'?><!DOCTYPE a SYSTEM \"[x\"><a><b/></a>"),
         SLICE("<?xml version='1.0'?><!DOCTYPE a SYSTEM \"[x\"><a></a>"), 1, SIFT_SEES},
	/* What looks like the end of a record is none. */
	{FEED_XML, "+/a/b", SLICE(""), SLICE("<a><b><![CDATA[</b>]]><!--</b>--><?p </b>?></b><c/></a>"), SLICE("<a><c/></a>"), 1,
         SIFT_SEES},
	{FEED_XML, "+/a/b", SLICE(""), SLICE("<a><b x='/>' y=\"'/>\">1</b  ><b x='>'/><bb/></a>"), SLICE("<a><bb/></a>"), 2,
         SIFT_SEES},
	{FEED_XML, "+/a/b", SLICE(""), SLICE("<a><b><b>1</b><b/></b><b\n>2</b><c><b>3</b></c></a>"),
         SLICE("<a><c><b>3</b></c></a>"), 2, SIFT_SEES},
	/* Text between records is not joined. */
	{FEED_XML, "+/a/b", SLICE(""), SLICE("<a>&am<b/>p;<b/> <b/>x<!-- --><b/></a>"), SLICE("<a>&am<b/>p;<b/> x<!-- --></a>"), 4,
         SIFT_SEES},
	{FEED_XML, "+/a/b", SLICE(""), SLICE("<a>]]<b>1</b>></a>"), SLICE("<a>]]<b>1</b>></a>"), 1, SIFT_SEES},
	/* What the feed itself is told by is passed. */
	{FEED_XML, "+/a/b /a/c @/a/d +/a/d/b", SLICE(""), SLICE("<a><c><b/></c><b/><d i='1'><b/></d></a>"),
         SLICE("<a><c><b/></c><d i='1'></d></a>"), 2, SIFT_SEES},
	{FEED_XML, "+/a/b @/*/b", SLICE(""), SLICE("<a><b/></a>"), SLICE("<a><b/></a>"), 1, SIFT_SEES},
	{FEED_XML, "+/a", SLICE(""), SLICE("<a><b/></a>"), SLICE("<a><b/></a>"), 1, SIFT_SEES},
	{FEED_XML, "+/a/b|u", SLICE(""), SLICE("<a xmlns='u' xmlns:v='v'><b/><v:b/><b xmlns='v'/><v:b xmlns:v='u'/></a>"),
         SLICE("<a xmlns='u' xmlns:v='v'><v:b/><b xmlns='v'/></a>"), 2, SIFT_SEES},
	{FEED_XML, "+/a/b", SLICE(""), SLICE("<a><p:b/><b>1</a>"), SLICE("<a><b>1</a>"), 1, SIFT_SEES},
	{FEED_XML, "+/a/b", SLICE(""), SLICE("<a><b/><!X><b/></a>"), SLICE("<a><!X><b/></a>"), 1, SIFT_BLIND_GRAMMAR},
	{FEED_XML, "+/a/b", SLICE(""), SLICE("<!DOCTYPE a [<!ENTITY x ''>]><a><b/></a>"),
         SLICE("<!DOCTYPE a [<!ENTITY x ''>]><a><b/></a>"), 0, SIFT_BLIND_SUBSET},
	{FEED_XML, "+/a/b", SLICE(""), SLICE("x<a><b/></a>"), SLICE("x<a><b/></a>"), 0, SIFT_BLIND_GRAMMAR},
	{FEED_XML, "+/a/b|u", SLICE(""), SLICE("<a xmlns='&#117;'><b/></a>"), SLICE("<a xmlns='&#117;'><b/></a>"), 0,
         SIFT_BLIND_NAMESPACE},
	{FEED_XML, "+/a/b", SLICE(""), SLICE("<a><b:c:d/><b/></a>"), SLICE("<a><b:c:d/><b/></a>"), 0, SIFT_BLIND_NAMESPACE},
	{FEED_XML, "+/a/b", SLICE(""), SLICE("<a><b/><b>1"), SLICE("<a><b>1"), 1, SIFT_SEES},

	{FEED_JSON, "+/*/*", SLICE(""), SLICE("[ {\"a\":\"]\"} , 1, \"x\\\"\" ,[{}] ]"), SLICE("[ ]"), 4, SIFT_SEES},
	{FEED_JSON, "+/*/*", SLICE("1"), SLICE("[1,2 , 1,3,1 ]"), SLICE("[2 ,3]"), 5, SIFT_SEES},
	{FEED_JSON, "+/*/*", SLICE("1"), SLICE("[2, 1 ]"), SLICE("[2]"), 2, SIFT_SEES},
	{FEED_JSON, "+/*/p/*", SLICE(""), SLICE("{\"x\":[1,2],\"p\":[{\"a\":{}},2],\"p\":[3]}"),
         SLICE("{\"x\":[1,2],\"p\":[],\"p\":[]}"), 3, SIFT_SEES},
	{FEED_JSON, "+/*/g/#/i/#", SLICE("1"), SLICE("{\"g\":[{\"i\":[1,2]},{\"i\":[1]}]}"),
         SLICE("{\"g\":[{\"i\":[2]},{\"i\":[]}]}"), 3, SIFT_SEES},
	/* A key that no selector names is a name all the same. */
	{FEED_JSON, "+/*/#", SLICE(""), SLICE("{\"x\":3,\"y\":[3]}"), SLICE("{\"x\":3,\"y\":[3]}"), 0, SIFT_SEES},
	/* Of an object only what it is a member of says what it is. */
	{FEED_JSON, "+/*/*/*", SLICE(""), SLICE("{\"p\":{\"1\":{},\"2\":{}},\"q\":[1]}"),
         SLICE("{\"p\":{\"1\":{},\"2\":{}},\"q\":[]}"), 3, SIFT_SEES},
	/* No comma that leads to nothing is taken away, and no missing one is passed over. */
	{FEED_JSON, "+/*/*", SLICE(""), SLICE("[1,]"), SLICE("[,]"), 1, SIFT_BLIND_GRAMMAR},
	{FEED_JSON, "+/*/*", SLICE(""), SLICE("[1,,2]"), SLICE("[,,2]"), 1, SIFT_BLIND_GRAMMAR},
	{FEED_JSON, "+/*/*", SLICE(""), SLICE("[,1]"), SLICE("[,1]"), 0, SIFT_BLIND_GRAMMAR},
	{FEED_JSON, "+/*/*", SLICE(""), SLICE("[{} {}]"), SLICE("[{} {}]"), 1, SIFT_BLIND_GRAMMAR},
	{FEED_JSON, "+/*/*", SLICE(""), SLICE("[{},{}}"), SLICE("[{}}"), 2, SIFT_BLIND_GRAMMAR},
	{FEED_JSON, "+/*/*", SLICE(""), SLICE("[1,2"), SLICE("[2"), 2, SIFT_SEES},
	{FEED_JSON, "+/*/p/*", SLICE(""), SLICE("{\"\\u0070\":[1]}"), SLICE("{\"\\u0070\":[1]}"), 0, SIFT_BLIND_KEY},
	{FEED_JSON, "+/*/*", SLICE(""), SLICE(" 5 "), SLICE(" 5 "), 0, SIFT_BLIND_SELECTION},

	{FEED_JSON_LINES, "+/*/*", SLICE(""), SLICE("{\"a\":1}\n{\"a\":2}\r\n\n {\"a\":3}"), SLICE("{\"a\":1}\n\n "), 3, SIFT_SEES},
	{FEED_JSON_LINES, "+/*/*", SLICE("2"), SLICE("{\"a\":1}\n2\n{\"a\":2}\n{\"a\":3}\n2"), SLICE("{\"a\":1}\n{\"a\":3}\n"), 5,
         SIFT_SEES},
	{FEED_JSON_LINES, "+/*/*", SLICE("2"), SLICE("{}\n{\"a\":2} {\"a\":2}\n"), SLICE("{}\n{\"a\":2} {\"a\":2}\n"), 2,
         SIFT_BLIND_GRAMMAR},
	{FEED_JSON_LINES, "+/*/*", SLICE("2"), SLICE("{\"a\":1} {\"a\":2}\n"), SLICE("{\"a\":1} {\"a\":2}\n"), 1,
         SIFT_BLIND_GRAMMAR},

	/* Nor do line feeds inside of a line. */
	{FEED_JSON_LINES, "+/*/*/*", SLICE(""), SLICE("[]\n[1,\n2]\n"), SLICE("[]\n[,\n2]\n"), 1, SIFT_BLIND_GRAMMAR},
	{FEED_JSON_LINES, "+/*/*/*", SLICE(""), SLICE("[]\n[1\n]\n"), SLICE("[]\n[1\n]\n"), 1, SIFT_BLIND_GRAMMAR},

	{FEED_CSV, "+/*/*", SLICE(""), SLICE("a,b\n1,x\n\n,\n2,\"y\n\"\"z\"\n3,a\"b"), SLICE("a,b\n\n,\n"), 3, SIFT_SEES},
	{FEED_CSV, "+/*/*", SLICE("x"), SLICE("a,b\r\n1,x\r\n2,y\r\n3, \"x\" \r\n"), SLICE("a,b\r\n2,y\r\n"), 3, SIFT_SEES},
	{FEED_CSV, "+/*/*", SLICE("x"), SLICE("a;b\r1;x\r\n2;\"y\"\r3;x\r"), SLICE("a;b\r2;\"y\"\r"), 3, SIFT_SEES},
	{FEED_CSV, "+/*/*", SLICE(""), SLICE("a,b\n1,x\n2,\"y\n3,z\n"), SLICE("a,b\n2,\"y\n3,z\n"), 1, SIFT_SEES},
	{FEED_CSV, "+/*/*/*", SLICE(""), SLICE("a,b\n1,x\n"), SLICE("a,b\n1,x\n"), 0, SIFT_BLIND_ROWS},
};

static void known_records_are_left_out(void **state)
{
	static const size_t pieces[] = {0, 1, 2, 3, 7};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct sift_case *one = &cases[i];

		for (size_t j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++) {
			struct sifted sifted = {.paths = one->paths, .known = one->known, .content = one->input};

			sift_content(&sifted, one->format, "utf-8", pieces[j]);
			if (!slice_equal(buffer_slice(&sifted.out), one->expected) || sifted.blindness != one->blindness ||
			    sifted.mark_count != one->records)
				fail_msg("%s, in pieces of %zu: '%s', %zu records, %d", one->input.data, pieces[j],
				         buffer_text(&sifted.out), sifted.mark_count, (int)sifted.blindness);
			buffer_release(&sifted.out);
		}
	}
}

/* No case of the table hides a fault: those that the parser has read are the known ones there. */
static void written_cases_are_told_alike_sifted_and_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned percent = 0; percent <= 100; percent += 25) {
			const struct sift_check check = {.content = cases[i].input,
			                                 .paths = cases[i].paths,
			                                 .is_csv = cases[i].format == FEED_CSV,
			                                 .is_json_lines = cases[i].format == FEED_JSON_LINES,
			                                 .percent = percent,
			                                 .piece_max = 3,
			                                 .choice = i};
			struct sift_check_result result;

			if (!sift_check_run(&check, &result))
				fail_msg("%s: %s", cases[i].input.data, result.fault);
		}
	}
}

static void an_encoding_that_does_not_write_ascii_is_not_sifted(void **state)
{
	struct sifted sifted = {.paths = "+/a/b", .content = SLICE("<\0a\0>\0<\0b\0/\0>\0<\0/\0a\0>\0")};

	(void)state;
	sift_content(&sifted, FEED_XML, "utf-16le", 0);
	assert_int_equal(sifted.blindness, SIFT_BLIND_ENCODING);
	assert_int_equal(sifted.out.size, sifted.content.size);
	assert_non_null(sift_blindness_text(sifted.blindness));
	assert_null(sift_blindness_text(SIFT_SEES));
	buffer_release(&sifted.out);
}

/* 0x98 means nothing in windows-1251, and 0x81 nothing in windows-1252. */
static void bytes_without_a_meaning_are_read_each_time(void **state)
{
	static const char *const encodings[] = {"windows-1251", "windows-1252"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct sifted sifted = {.paths = "+/a/b", .content = SLICE("<a><b>\x98\x81</b><b>\xE9</b></a>")};

		sift_content(&sifted, FEED_XML, encodings[i], 0);
		assert_int_equal(sifted.mark_count, 2);
		assert_int_equal(sifted.known_count, 1);
		assert_true(slice_equal_text(buffer_slice(&sifted.out), "<a><b>\x98\x81</b></a>"));
		buffer_release(&sifted.out);
	}
}

static void names_are_found_in_the_encoding_of_the_feed(void **state)
{
	struct sifted sifted = {.paths = "+/a/\xD0\xA2\xD0\xBE\xD0\xB2",
	                        .content = SLICE("<a><\xD2\xEE\xE2>\xFF</\xD2\xEE\xE2></a>")};

	(void)state;
	sift_content(&sifted, FEED_XML, "windows-1251", 0);
	assert_int_equal(sifted.known_count, 1);
	assert_true(slice_equal_text(buffer_slice(&sifted.out), "<a></a>"));
	buffer_release(&sifted.out);
}

/* --- fingerprints --- */

static const struct fingerprint_case {
	enum feed_format format;
	const char *paths;
	const char *encoding;
	struct slice input;
	bool is_equal; /* the first two records */
} fingerprint_cases[] = {
	{FEED_XML, "+/a/b", "utf-8", SLICE("<a><b>1</b> <b>1</b></a>"), true},
	{FEED_XML, "+/a/b", "utf-8", SLICE("<a><b>1</b><b>1 </b></a>"), false},
	{FEED_XML, "+/a/b +/a/c/b", "utf-8", SLICE("<a><b>1</b><c><b>1</b></c></a>"), false},
	{FEED_XML, "+/a/d/b +/a/c/b", "utf-8", SLICE("<a><d><b>1</b></d><c><b>1</b></c></a>"), false},
	{FEED_XML, "+/a/*/b", "utf-8", SLICE("<a><d><b>1</b></d><c><b>1</b></c></a>"), true},
	{FEED_XML, "+/a/*/b", "utf-8", SLICE("<a><d><p:b/></d><c xmlns:p='u'><p:b/></c></a>"), false},
	{FEED_XML, "+/a/*/b", "utf-8", SLICE("<a><d xmlns='v' xmlns:p='u'><b/></d><c xmlns:p='u' xmlns='v'><b/></c></a>"), true},
	{FEED_XML, "+/a/*/b", "utf-8", SLICE("<a xmlns='v'><d><b/></d><c xmlns='u'><b/></c></a>"), false},
	{FEED_XML, "+/a/*/b", "utf-8", SLICE("<a xmlns='v'><c xmlns='u'/><d><b/></d><c xmlns='v'><b/></c></a>"), true},
	{FEED_JSON, "+/*/*", "utf-8", SLICE("[ 1 ,1 ]"), true},
	{FEED_JSON, "+/*/*", "utf-8", SLICE("[{\"a\":1},{\"a\": 1}]"), false},
	{FEED_JSON, "+/*/a/* +/*/b/*", "utf-8", SLICE("{\"a\":[1],\"b\":[1]}"), false},
	{FEED_CSV, "+/*/*", "utf-8", SLICE("a,b\n1,2\n1,2\n"), true},
	{FEED_CSV, "+/*/*", "utf-8", SLICE("a,b\n1,2\n1,2"), true},
	/* What the caller says counts from the next record on. */
	{FEED_XML, "+/a/b", "utf-8", SLICE("<a><b>1</b><x>2</x><b>1</b></a>"), false},
	{FEED_XML, "+/a/b", "utf-8", SLICE("<a><x>2</x><b>1</b><x>2</x><b>1</b></a>"), true},
	{FEED_XML, "+/a/b", "utf-8", SLICE("<a><x>2<!-- --></x><b>1</b><x>3</x><b>1</b></a>"), false},
	{FEED_JSON, "+/*/#/i/*", "utf-8", SLICE("[{\"<x>\":1,\"i\":[5]},{\"<x>\":1,\"i\":[5]}]"), true},
	{FEED_JSON, "+/*/#/i/*", "utf-8", SLICE("[{\"<x>1\":1,\"i\":[5]},{\"<x>2\":1,\"i\":[5]}]"), false},
};

static void a_fingerprint_is_that_of_bytes_and_context(void **state)
{
	static const size_t pieces[] = {0, 1, 5};

	(void)state;
	for (size_t i = 0; i < sizeof(fingerprint_cases) / sizeof(fingerprint_cases[0]); i++) {
		const struct fingerprint_case *one = &fingerprint_cases[i];

		for (size_t j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++) {
			struct sifted sifted = {
				.paths = one->paths, .known = SLICE("?"), .content = one->input, .context_mark = SLICE("<x>")};

			sift_content(&sifted, one->format, one->encoding, pieces[j]);
			assert_int_equal(sifted.mark_count, 2);
			assert_int_equal(sifted.known_count, 0);
			assert_true(sifted.marks[0].has_fingerprint && sifted.marks[1].has_fingerprint);
			if (hash_equal(sifted.marks[0].fingerprint, sifted.marks[1].fingerprint) != one->is_equal)
				fail_msg("%s, in pieces of %zu", one->input.data, pieces[j]);
			buffer_release(&sifted.out);
		}
	}
}

static struct hash128 first_fingerprint(struct slice input, enum feed_format format, const char *paths, const char *encoding)
{
	struct sifted sifted = {.paths = paths, .content = input};

	sift_content(&sifted, format, encoding, 0);
	assert_true(sifted.mark_count > 0 && sifted.marks[0].has_fingerprint);
	buffer_release(&sifted.out);
	return sifted.marks[0].fingerprint;
}

static void header_delimiter_and_encoding_are_context(void **state)
{
	static const struct slice table = SLICE("a,b\n1,2\n");
	static const struct slice others[] = {SLICE("a,c\n1,2\n"), SLICE("a,b,c\n1,2\n"), SLICE("a;b\n1,2\n"), SLICE("a,b\r1,2\r")};
	static const struct slice document = SLICE("<a><b>\xE9</b></a>");
	static const struct slice commented = SLICE("# of today\na,b\n1,2\n");

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(hash_equal(first_fingerprint(table, FEED_CSV, "+/*/*", "utf-8"),
		                        first_fingerprint(others[i], FEED_CSV, "+/*/*", "utf-8")));
	assert_true(hash_equal(first_fingerprint(table, FEED_CSV, "+/*/*", "utf-8"),
	                       first_fingerprint(commented, FEED_CSV, "+/*/*", "utf-8")));
	assert_false(hash_equal(first_fingerprint(document, FEED_XML, "+/a/b", "windows-1252"),
	                        first_fingerprint(document, FEED_XML, "+/a/b", "windows-1251")));
}

/* --- limits --- */

static void fill(struct buffer *content, const char *head, size_t size, const char *tail)
{
	char *room;

	buffer_init(content, TOLD_BYTES_MAX);
	buffer_append_text(content, head);
	room = buffer_extend(content, size);
	assert_non_null(room);
	memset(room, 'x', size);
	buffer_append_text(content, tail);
}

static void a_record_beyond_the_limit_is_passed_and_told(void **state)
{
	static const struct {
		enum feed_format format;
		const char *paths;
		const char *head;
		const char *tail;
		const char *left; /* around the large one */
		bool is_blind;
	} rows[] = {
		{FEED_XML, "+/a/b", "<a><b>1</b><b>", "</b><b>1</b></a>", "<a>|</a>", false},
		{FEED_JSON, "+/*/*", "[\"1\",\"", "\",\"1\"]", "[|]", false},
		{FEED_JSON_LINES, "+/*/*", "[]\n[\"1\"]\n[\"", "\"]\n[\"1\"]\n", "[]\n|\n", false},
		{FEED_CSV, "+/*/*", "a,b\n1,2\n", "\n1,2\n", "a,b\n|\n1,2\n", true},
	};
	static const size_t pieces[] = {0, LIMIT_READ_PIECE, 1000};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buffer content;

		fill(&content, rows[i].head, LIMIT_RECORD_BYTES + 1, rows[i].tail);
		for (size_t j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++) {
			struct sifted sifted = {.paths = rows[i].paths, .content = buffer_slice(&content)};
			const char *bar = strchr(rows[i].left, '|');
			const size_t before = (size_t)(bar - rows[i].left);
			const size_t behind = strlen(bar + 1);

			sift_content(&sifted, rows[i].format, "utf-8", pieces[j]);
			assert_int_equal(sifted.blindness != SIFT_SEES, rows[i].is_blind);
			assert_memory_equal(sifted.out.data, rows[i].left, before);
			assert_memory_equal(sifted.out.data + sifted.out.size - behind, bar + 1, behind);
			assert_true(sifted.out.size > LIMIT_RECORD_BYTES && sifted.out.size < content.size);
			assert_true(rows[i].is_blind ||
			            sifted.known_count + 1 + (rows[i].format == FEED_JSON_LINES) == sifted.mark_count);
			buffer_release(&sifted.out);
		}
		buffer_release(&content);
	}
}

/* --- bytes --- */

static uint64_t next_random(uint64_t *random)
{
	*random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *random >> 33;
}

static const char *find_close_plainly(const char *at, const char *end)
{
	size_t depth = 1;
	bool in_string = false;

	for (; at < end; at++) {
		if (*at == '\\')
			at++;
		else if (*at == '"')
			in_string = !in_string;
		else if (!in_string && *at == '{')
			depth++;
		else if (!in_string && *at == '}' && --depth == 0)
			return at + 1;
	}
	return NULL;
}

static void ends_of_values_are_found_wherever_they_are_cut(void **state)
{
	static const char letters[] = "{}\\\"ab[] {\"\\";
	char text[700];
	uint64_t random = 1;

	(void)state;
	for (size_t round = 0; round < 20000; round++) {
		const size_t size = 1 + next_random(&random) % sizeof(text);
		const size_t cut = next_random(&random) % size;
		const size_t letter_count = 2 + next_random(&random) % (sizeof(letters) - 2);
		struct sift_nesting nesting = {.open = '{', .close = '}', .depth = 1};
		const char *found;

		for (size_t i = 0; i < size; i++)
			text[i] = letters[next_random(&random) % letter_count];
		found = sift_find_close(&nesting, text, text + cut);
		if (found == NULL)
			found = sift_find_close(&nesting, text + cut, text + size);
		assert_ptr_equal(found, find_close_plainly(text, text + size));
	}
}

static void bytes_are_found(void **state)
{
	static const char letters[] = "<!?/ox >";
	char text[200];
	uint64_t random = 1;

	(void)state;
	for (size_t round = 0; round < 20000; round++) {
		const size_t size = next_random(&random) % sizeof(text);
		const char *end = text + size;
		const char *at = text;

		for (size_t i = 0; i < size; i++)
			text[i] = next_random(&random) % 4 ? '.' : letters[next_random(&random) % (sizeof(letters) - 1)];
		while (at < end && (*at != '<' || (end - at > 2 && at[1] != '!' && at[1] != '?' && at[1] != 'o' &&
		                                   !(at[1] == '/' && at[2] == 'o'))))
			at++;
		assert_ptr_equal(sift_find_markup(text, end, 'o'), at);
		assert_ptr_equal(sift_find_markup_anywhere(text, end, 'o'), at);
		at = text;
		while (at < end && *at != '!' && *at != '>' && *at != 'x')
			at++;
		assert_ptr_equal(sift_find_any(text, end, '!', '>', 'x'), at);
	}
}

/* --- made-up feeds --- */

struct language {
	const char *const *words;
	size_t count;
	const char *head;
	const char *tail;
	const char *const *paths;
	size_t path_count;
	bool is_csv;
	bool is_json_lines;
};

static const char *const xml_words[] = {"<b>1</b>",
                                        "<b>1</b>",
                                        "<b id='1'/>",
                                        "<b>",
                                        "</b>",
                                        "<c>",
                                        "</c>",
                                        " ",
                                        "\n",
                                        "x",
                                        "&amp;",
                                        "&am",
                                        "p;",
                                        "]]",
                                        ">",
                                        "<![CDATA[</b>]]>",
                                        "<!-- </b> -->",
                                        "<?p </b>?>",
                                        "<p:b xmlns:p='u'/>",
                                        "<c xmlns='u'>",
                                        "<b",
                                        ">",
                                        "'",
                                        "\xC3",
                                        "\xA9"};
static const char *const xml_paths[] = {"+/a/b", "+/*/* @/*", "+/a/b +/a/c/b", "+/a/*/b|u +/a/b", "+/*/*/* /*/b"};
static const char *const json_words[] = {"{\"k\":1}",
                                         "{\"k\":1}",
                                         "{\"k\":\"}\\\"\"}",
                                         "1",
                                         "\"x\"",
                                         "[1,2]",
                                         "{\"a\":[1,{\"k\":1}]}",
                                         ",",
                                         ",",
                                         ",",
                                         ",",
                                         " ",
                                         "]",
                                         "[",
                                         "\"a\":",
                                         "{",
                                         "}",
                                         "\n",
                                         "x",
                                         "null"};
static const char *const json_paths[] = {"+/*/*", "+/*/#/a/#", "+/*/a/* +/*/#", "@/* @/*/* +/*/*/*"};
static const char *const line_words[] = {"{\"k\":1}\n", "{\"k\":1}\n", "{\"k\":2}\n", "{\"k\":1}", "1", "\n",
                                         " ",           "\r\n",        "[1,\n2]",     "[1]\n",     "x"};
static const char *const csv_words[] = {"1,x\n", "1,x\n", "\"1\",\"x\"\"y\"\n", "2",    ",", "\"", "\n", "\r\n",
                                        "\r",    " ",     "\"a\nb\"",           ",,\n", "y"};
static const char *const csv_paths[] = {"+/*/*"};

#define WORDS(words) (words), sizeof(words) / sizeof((words)[0])

static const struct language languages[] = {
	{WORDS(xml_words), "<a>", "</a>", WORDS(xml_paths), false, false},
	{WORDS(json_words), "[{\"k\":1},", "{\"k\":1}]", WORDS(json_paths), false, false},
	{WORDS(json_words), "{\"a\":[", "]}", WORDS(json_paths), false, false},
	{WORDS(line_words), "{\"k\":1}\n", "", WORDS(json_paths), false, true},
	{WORDS(csv_words), "id,name\n", "", WORDS(csv_paths), true, false},
	{WORDS(csv_words), "id,name\r", "", WORDS(csv_paths), true, false},
};

static size_t make_feed(const struct language *language, uint64_t *random, char *text, size_t size_max)
{
	const size_t words = next_random(random) % 14;
	/* Mostly well-formed: the first words of a language are. */
	const size_t count = next_random(random) % 4 ? 3 + next_random(random) % 4 : language->count;
	size_t size = strlen(language->head);

	memcpy(text, language->head, size);
	for (size_t i = 0; i < words; i++) {
		const char *word = language->words[next_random(random) % count];

		assert_true(size + strlen(word) < size_max - 20);
		memcpy(text + size, word, strlen(word));
		size += strlen(word);
		if (language->head[0] == '[' || language->head[0] == '{') {
			if (!language->is_json_lines && next_random(random) % 8)
				text[size++] = ',';
		}
	}
	memcpy(text + size, language->tail, strlen(language->tail));
	return size + strlen(language->tail);
}

static void made_up_feeds_are_told_alike_sifted_and_whole(void **state)
{
	const char *rounds = getenv("FEEDMILL_SIFT_ROUNDS");
	const unsigned long count = rounds ? strtoul(rounds, NULL, 10) : 2000;
	uint64_t random = 7;
	uint64_t read = 0;
	uint64_t known = 0;

	(void)state;
	for (unsigned long round = 0; round < count; round++) {
		const struct language *language = &languages[round % (sizeof(languages) / sizeof(languages[0]))];
		char text[600];
		struct sift_check check = {.is_csv = language->is_csv, .is_json_lines = language->is_json_lines};
		struct sift_check_result result;

		check.content = slice_make(text, make_feed(language, &random, text, sizeof(text)));
		check.paths = language->paths[next_random(&random) % language->path_count];
		check.choice = next_random(&random);
		check.percent = (unsigned)(next_random(&random) % 5 * 25);
		check.piece_max = 1 + next_random(&random) % 20;
		if (!sift_check_run(&check, &result))
			fail_msg("round %lu, %s, %u %%: '%.*s': %s", round, check.paths, check.percent, (int)check.content.size,
			         text, result.fault);
		read += result.is_read;
		known += result.known;
	}
	/* Else the feeds are worth nothing. */
	assert_true(read > count / 4 && read < count && known > count / 4);
}

int sift_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_records_are_left_out),
		cmocka_unit_test(written_cases_are_told_alike_sifted_and_whole),
		cmocka_unit_test(an_encoding_that_does_not_write_ascii_is_not_sifted),
		cmocka_unit_test(bytes_without_a_meaning_are_read_each_time),
		cmocka_unit_test(names_are_found_in_the_encoding_of_the_feed),
		cmocka_unit_test(a_fingerprint_is_that_of_bytes_and_context),
		cmocka_unit_test(header_delimiter_and_encoding_are_context),
		cmocka_unit_test(a_record_beyond_the_limit_is_passed_and_told),
		cmocka_unit_test(ends_of_values_are_found_wherever_they_are_cut),
		cmocka_unit_test(bytes_are_found),
		cmocka_unit_test(made_up_feeds_are_told_alike_sifted_and_whole),
	};

	return cmocka_run_group_tests_name("sift", tests, NULL, NULL);
}
