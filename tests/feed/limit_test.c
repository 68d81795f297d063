/* Every limit, just kept and just passed. */
#include "base/limits.h"
#include "feed_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Read a made-up document; the caller releases `told`. */
static int read_repeated(struct repeated repeated, const char *paths, struct buffer *told, struct error *err)
{
	struct byte_source source = repeated_source(&repeated);
	const struct read_case read_case = {.paths = paths, .source = &source};

	buffer_init(told, TOLD_BYTES_MAX);
	return read_told(&read_case, told, err);
}

static void assert_repeated(struct repeated repeated, const char *paths, const char *words)
{
	struct buffer told;
	struct error err;

	assert_int_equal(read_repeated(repeated, paths, &told, &err), 0);
	if (strstr(buffer_text(&told), words) == NULL)
		fail_msg("'%.300s' does not hold '%s'", buffer_text(&told), words);
	buffer_release(&told);
}

static void assert_limit(struct repeated repeated, const char *paths, const char *words)
{
	struct buffer told;
	struct error err;

	assert_int_equal(read_repeated(repeated, paths, &told, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	if (strstr(err.message, words) == NULL)
		fail_msg("'%s' does not hold '%s'", err.message, words);
	assert_true(err.byte >= 0);
	buffer_release(&told);
}

static void elements_nest_to_the_limit(void **state)
{
	struct buffer document;

	(void)state;
	for (int depth = LIMIT_DEPTH; depth <= LIMIT_DEPTH + 1; depth++) {
		buffer_init(&document, 4096);
		for (int i = 0; i < depth; i++)
			buffer_append_text(&document, "<d>");
		for (int i = 0; i < depth; i++)
			buffer_append_text(&document, "</d>");
		if (depth > LIMIT_DEPTH) {
			assert_refused(buffer_slice(&document), "/d", ERROR_LIMIT, "elements are nested deeper than 64");
			assert_refused(buffer_slice(&document), "/x", ERROR_LIMIT, "elements are nested deeper than 64");
		} else {
			struct repeated repeated = {.head = buffer_slice(&document)};

			assert_repeated(repeated, "/d", "(d (d ");
			assert_repeated(repeated, "/x", "done ");
		}
		buffer_release(&document);
	}
}

static void a_hundred_thousand_deep_ends_in_the_limit(void **state)
{
	(void)state;
	assert_limit((struct repeated){.unit = SLICE("<d>"), .count = 100000}, "/d", "elements are nested deeper than 64");
	assert_limit((struct repeated){.unit = SLICE("<d>"), .count = 100000}, "/x", "elements are nested deeper than 64");
}

/* A tag with `count` attributes named `prefix` and a number. */
static void make_tag(struct buffer *document, const char *prefix, int count)
{
	buffer_init(document, 1 << 20);
	buffer_append_text(document, "<r");
	for (int i = 0; i < count; i++)
		buffer_append_format(document, " %s%d='u%d'", prefix, i, i);
	buffer_append_text(document, "/>");
}

static void attributes_and_namespaces_come_to_the_limit(void **state)
{
	static const struct {
		const char *prefix;
		int count;
		const char *words;
	} limits[] = {
		{"a", LIMIT_XML_ATTRIBUTES, "element 'r' has more than 256 attributes"},
		{"xmlns:p", LIMIT_XML_NAMESPACES, "element 'r' declares more than 64 namespaces"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct buffer document;

		make_tag(&document, limits[i].prefix, limits[i].count);
		assert_repeated((struct repeated){.head = buffer_slice(&document)}, "/r", "done ");
		buffer_release(&document);
		make_tag(&document, limits[i].prefix, limits[i].count + 1);
		assert_refused(buffer_slice(&document), "/r", ERROR_LIMIT, limits[i].words);
		assert_refused(buffer_slice(&document), "/x", ERROR_LIMIT, limits[i].words);
		buffer_release(&document);
	}
}

static void names_are_as_long_as_the_limit(void **state)
{
	char name[LIMIT_NAME_BYTES + 2];
	char document[LIMIT_NAME_BYTES + 64];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[LIMIT_NAME_BYTES] = '\0';
	snprintf(document, sizeof(document), "<r><%s/></r>", name);
	assert_repeated((struct repeated){.head = slice_from(document)}, "/r", "done ");
	name[LIMIT_NAME_BYTES] = 'n';
	name[LIMIT_NAME_BYTES + 1] = '\0';
	snprintf(document, sizeof(document), "<r><%s/></r>", name);
	assert_refused(slice_from(document), "/r", ERROR_LIMIT, "is longer than 256 bytes");
	assert_refused(slice_from(document), "/x", ERROR_LIMIT, "is longer than 256 bytes");
	snprintf(document, sizeof(document), "<r %s=''/>", name);
	assert_refused(slice_from(document), "/r", ERROR_LIMIT, "is longer than 256 bytes");
}

static void different_names_are_counted(void **state)
{
	static const struct {
		const char *before;
		const char *behind;
	} names[] = {{"<n", "/>"}, {"<o n", "=''/>"}, {"<?n", "?>"}, {"<o xmlns:n", "='u'/>"}, {"<o xmlns='u", "'/>"}};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct buffer document;

		buffer_init(&document, 1 << 22);
		buffer_append_text(&document, "<r>");
		for (int name = 0; name < 60000; name++)
			buffer_append_format(&document, "%s%d%s", names[i].before, name, names[i].behind);
		buffer_append_text(&document, "</r>");
		assert_limit((struct repeated){.head = buffer_slice(&document)}, "/x", "more than 10000 different names");
		buffer_release(&document);
	}
}

static void a_token_without_end_is_refused(void **state)
{
	static const char *const starts[] = {"<r a='",  "<r><o a='",          "<!--",   "<r><!-- ", "<r><![CDATA[", "<?p ",
	                                     "<r><?p ", "<!DOCTYPE r [<!-- ", "<r></r "};
	static const char *const units[] = {"aaaaaaaaaaaaaaaa", "a>a'a\"a>a>a>aaaa", "                ",
	                                    "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"};

	(void)state;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		for (size_t j = 0; j < sizeof(units) / sizeof(units[0]); j++) {
			const struct repeated repeated = {
				.head = slice_from(starts[i]),
				.unit = slice_from(units[j]),
				.count = (UINT64_C(2) << 30) / 16,
			};
			struct buffer told;
			struct error err;

			/* Some are malformed before they are too long. */
			assert_int_equal(read_repeated(repeated, "/r/o", &told, &err), -1);
			if (err.code == ERROR_LIMIT)
				assert_non_null(
					strstr(err.message, "a tag, comment or CDATA section is longer than 1 MiB at byte "));
			else
				assert_true(j == 1 && err.code == ERROR_FEED);
			buffer_release(&told);
		}
	}
}

static void a_cdata_section_below_the_limit_is_read(void **state)
{
	(void)state;
	assert_repeated((struct repeated){.head = SLICE("<r><o><![CDATA["),
	                                  .unit = SLICE("<b>x</b>"),
	                                  .count = LIMIT_FIELD_BYTES / 8,
	                                  .tail = SLICE("]]></o></r>")},
	                "/r/o", "(o \"<b>x</b>");
}

struct left_out {
	const char *start;
	const char *unit;
	size_t count;
	const char *end;
	const char *head; /* as told */
	const char *text;
};

/* A record beyond a limit is left out and told; those around it are read. */
static void assert_left_out(const struct left_out *row)
{
	struct buffer document;
	struct buffer expected;
	struct buffer told;
	struct error err;
	size_t next;

	buffer_init(&document, 1 << 26);
	buffer_append_text(&document, "<r><o><i>0</i></o>");
	buffer_append_text(&document, row->start);
	for (size_t i = 0; i < row->count; i++)
		buffer_append_text(&document, row->unit);
	buffer_append_text(&document, row->end);
	next = document.size;
	buffer_append_text(&document, "<o><i>2</i></o></r>");
	assert_false(document.failed);
	buffer_init(&expected, 1 << 20);
	buffer_append_text(&expected, "root r\nrecord 0 3+15 (o (i \"0\"))\n");
	buffer_append_format(&expected, "oversize 0 18 %s %s\n", row->text, row->head);
	buffer_append_format(&expected, "record 0 %zu+15 (o (i \"2\"))\n", next);
	buffer_append_format(&expected, "done UTF-8 by default %zu\n", document.size);

	assert_int_equal(read_repeated((struct repeated){.head = buffer_slice(&document)}, "/r/o", &told, &err), 0);
	if (strcmp(buffer_text(&told), buffer_text(&expected)) != 0)
		fail_msg("'%.500s' is not '%.500s'", buffer_text(&told), buffer_text(&expected));
	buffer_release(&told);
	buffer_release(&expected);
	buffer_release(&document);
}

#define FIELD_TEXT "a field of the record is larger than 1 MiB"
#define RECORD_TEXT "the record is larger than 8 MiB"
#define NODES_TEXT "the record has more than 65536 elements"
#define ATTRIBUTES_TEXT "the record has more than 65536 attributes"
#define BYTES64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void a_record_beyond_a_limit_is_left_out_and_the_next_is_read(void **state)
{
	static const struct left_out rows[] = {
		{"<o a='&amp;' b='2'><i>1</i><n c='3'>N</n><k>K<l/></k><d>", BYTES64, LIMIT_FIELD_BYTES / 64 + 1,
	         "</d><z>Z</z></o>", "(o @a=& @b=2 (i \"1\") (n @c=3 \"N\"))", FIELD_TEXT},
		{"<o><i>1</i>", BYTES64, LIMIT_FIELD_BYTES / 64 + 1, "</o>", "(o (i \"1\"))", FIELD_TEXT},
		{"<o><i>1</i><k>", "<l>" BYTES64 BYTES64 BYTES64 BYTES64 BYTES64 BYTES64 BYTES64 BYTES64 "</l>",
	         LIMIT_RECORD_BYTES / 512 + 1, "</k></o>", "(o (i \"1\"))", RECORD_TEXT},
		{"<o><i>1</i><k>", "<l/>", LIMIT_RECORD_NODES, "</k></o>", "(o (i \"1\"))", NODES_TEXT},
		{"<o><i a='1'>1</i><k>", "<l a='' b=''/>", LIMIT_RECORD_NODES / 2, "</k></o>", "(o (i @a=1 \"1\"))",
	         ATTRIBUTES_TEXT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_left_out(&rows[i]);
}

static void texts_and_records_come_to_the_limit(void **state)
{
	static const struct repeated documents[] = {
		{.head = SLICE("<r><o><d>"),
	         .unit = SLICE(BYTES64),
	         .count = LIMIT_FIELD_BYTES / 64,
	         .tail = SLICE("</d></o></r>")},
		{.head = SLICE("<r><o>"),
	         .unit = SLICE("<l>" BYTES64 BYTES64 BYTES64 BYTES64 "</l>"),
	         .count = LIMIT_RECORD_BYTES / 256,
	         .tail = SLICE("</o></r>")},
		{.head = SLICE("<r><o>"), .unit = SLICE("<l a='1'/>"), .count = LIMIT_RECORD_NODES - 1, .tail = SLICE("</o></r>")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		struct buffer told;
		struct error err;

		assert_int_equal(read_repeated(documents[i], "/r/o", &told, &err), 0);
		assert_non_null(strstr(buffer_text(&told), "\nrecord 0 3+"));
		buffer_release(&told);
	}
}

/* Only small leaves are kept of a record that is left out, and nothing of what was still open. */
static void the_head_of_a_record_left_out_is_small(void **state)
{
	struct buffer start;
	struct left_out row = {.unit = BYTES64,
	                       .count = LIMIT_FIELD_BYTES / 64 + 1,
	                       .end = "</e></o>",
	                       .head = "(o (i \"1\"))",
	                       .text = FIELD_TEXT};

	(void)state;
	buffer_init(&start, 1 << 20);
	buffer_append_text(&start, "<o><i>1</i><d>");
	for (int i = 0; i < 1000; i++)
		buffer_append_text(&start, BYTES64);
	buffer_append_text(&start, "</d><e><f>1</f>");
	row.start = buffer_text(&start);
	assert_left_out(&row);
	buffer_release(&start);
}

/* Each run of text between children is short, all of them together are not. */
static void a_text_split_by_many_children_is_bounded(void **state)
{
	struct buffer told;
	struct error err;
	const struct repeated repeated = {.head = SLICE("<r><o>"),
	                                  .unit = SLICE("<k/>" BYTES64),
	                                  .count = LIMIT_FIELD_BYTES / 64 + 1,
	                                  .tail = SLICE("</o></r>")};

	(void)state;
	assert_int_equal(read_repeated(repeated, "/r/o", &told, &err), 0);
	assert_non_null(strstr(buffer_text(&told), "\noversize 0 3 " FIELD_TEXT " (o (k) (k) "));
	buffer_release(&told);
}

/* The cost of a definition's defaults would be paid at every element. */
static void attribute_defaults_of_a_definition_are_not_applied(void **state)
{
	(void)state;
	assert_told((struct slice)SLICE("<!DOCTYPE r [<!ATTLIST o a CDATA 'default' b CDATA #FIXED 'f'>]><r><o b='own'/></r>"),
	            "/r/o", "root r\nrecord 0 67+12 (o @b=own)\ndone UTF-8 by default 83\n");
}

static void attribute_defaults_of_a_definition_are_counted(void **state)
{
	(void)state;
	for (int count = 100; count <= 101; count++) {
		struct buffer document;

		buffer_init(&document, 1 << 16);
		buffer_append_text(&document, "<!DOCTYPE r [");
		for (int i = 0; i < count; i++)
			buffer_append_format(&document, "<!ATTLIST e%d a%d (x|y) 'x' b CDATA #IMPLIED>", i % 7, i);
		buffer_append_text(&document, "]><r/>");
		if (count == 100)
			assert_repeated((struct repeated){.head = buffer_slice(&document)}, "/r", "done ");
		else
			assert_refused(buffer_slice(&document), "/r", ERROR_LIMIT,
			               "the feed declares more than 100 attribute defaults");
		buffer_release(&document);
	}
}

int limit_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_nest_to_the_limit),
		cmocka_unit_test(a_hundred_thousand_deep_ends_in_the_limit),
		cmocka_unit_test(attributes_and_namespaces_come_to_the_limit),
		cmocka_unit_test(names_are_as_long_as_the_limit),
		cmocka_unit_test(different_names_are_counted),
		cmocka_unit_test(a_token_without_end_is_refused),
		cmocka_unit_test(a_cdata_section_below_the_limit_is_read),
		cmocka_unit_test(a_record_beyond_a_limit_is_left_out_and_the_next_is_read),
		cmocka_unit_test(texts_and_records_come_to_the_limit),
		cmocka_unit_test(the_head_of_a_record_left_out_is_small),
		cmocka_unit_test(a_text_split_by_many_children_is_bounded),
		cmocka_unit_test(attribute_defaults_of_a_definition_are_not_applied),
		cmocka_unit_test(attribute_defaults_of_a_definition_are_counted),
	};

	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
