/* What no field takes is kept: by readable paths, in document order, and without loss for any record. */
#include "support.h"

#include <stdio.h>
#include <string.h>

static void extra_keeps_what_is_left(void **state)
{
	static const struct {
		const char *item;
		const char *extra;
	} cases[] = {
		{"<item id='1'/>", "absent"},
		{"<item id='1'><name>N</name></item>", "absent"},
		{"<item id='1' bid=' 5 '/>", "{\"@bid\":\"5\"}"},
		{"<item id='1'><b>2</b><a>1</a><b>3</b></item>", "{\"b\":[\"2\",\"3\"],\"a\":\"1\"}"},
		{"<item id='1'><o><p c='1' d=''/><p c='2'>x</p></o></item>",
	         "{\"o/p/@c\":[\"1\",\"2\"],\"o/p/@d\":\"\",\"o/p\":\"x\"}"},
		{"<item id='1'><e/><e> </e></item>", "{\"e\":[\"\",\"\"]}"},
		{"<item id='1'><m>one <b>two</b> three</m></item>", "{\"m\":\"one  three\",\"m/b\":\"two\"}"},
		{"<item id='1'>loose</item>", "{\"item\":\"loose\"}"},
		{"<item id='1'><name>first</name><name>second</name></item>", "{\"name\":\"second\"}"},
		{"<item id='1'><name/><name>second</name></item>", "{\"name\":\"\"}"},
		{"<item id='1'><name x='y'>N<i>talic</i></name></item>", "{\"name/@x\":\"y\"}"},
		{"<item id='1'><alt>A</alt><name>N</name></item>", "{\"alt\":\"A\"}"},
		{"<item id='1'><alt>A</alt></item>", "absent"},
		{"<item id='1' xml:lang='en' o:x='1'><g:a g:b='2'>3</g:a><o:c>4</o:c></item>",
	         "{\"@xml:lang\":\"en\",\"@{urn:o}x\":\"1\",\"g:a/@g:b\":\"2\",\"g:a\":\"3\",\"{urn:o}c\":\"4\"}"},
		{"<item id='1'><q>\"\\\n\t</q></item>", "{\"q\":\"\\\"\\\\\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)

		expect_field("      name: [name, alt]\n", cases[i].item, "extra", cases[i].extra);
}

static void names_of_the_records_own_namespace_are_bare(void **state)
{
	char dialect[DIALECT_SPACE];
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_with(
		item_dialect(dialect, sizeof dialect, ""),
		"<feed xmlns:g='urn:g'><item xmlns='urn:own' xmlns:w='urn:own' id='1' w:k='v'><a>1</a><b xmlns=''>2</b><a xmlns=''>3</a><g:a>4</g:a></item>"
		"<item id='2'><a>5</a></item></feed>",
		&recording);
	assert_true(recording_has(&recording.statements, "\"id\":\"1\"",
	                          "\"extra\":{\"@{urn:own}k\":\"v\",\"a\":\"1\",\"{}b\":\"2\",\"{}a\":\"3\",\"g:a\":\"4\"}"));
	assert_true(recording_has(&recording.statements, "\"id\":\"2\"", "\"extra\":{\"a\":\"5\"}"));
	recording_release(&recording);
}

/* Paths are shared between records: no text of one may show up in another. */
static void records_do_not_share_what_is_left(void **state)
{
	char dialect[DIALECT_SPACE];
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_with(
		item_dialect(dialect, sizeof dialect, ""),
		"<feed><item id='1'><a>1</a><b>2</b></item><item id='2'><b>3</b></item><item id='3'><c/><a>4</a><a>5</a></item><item id='4'/></feed>",
		&recording);
	assert_true(recording_has(&recording.statements, "\"id\":\"1\"", "\"extra\":{\"a\":\"1\",\"b\":\"2\"}"));
	assert_true(recording_has(&recording.statements, "\"id\":\"2\"", "\"extra\":{\"b\":\"3\"}"));
	assert_true(recording_has(&recording.statements, "\"id\":\"3\"", "\"extra\":{\"c\":\"\",\"a\":[\"4\",\"5\"]}"));
	assert_true(recording_has(&recording.statements, "\"id\":\"4\"", "\"product_id\":\"4\"}"));
	recording_release(&recording);
}

static void extra_beyond_its_limit_is_cut_with_a_complaint(void **state)
{
	char dialect[DIALECT_SPACE];
	struct dialect_set *set = test_dialect(item_dialect(dialect, sizeof dialect, ""));
	struct recording recording;
	struct buffer feed;

	(void)state;
	buffer_init(&feed, (size_t)8 * 1024 * 1024);
	assert_int_equal(buffer_append_text(&feed, "<feed><item id='1'><small>s</small><big>"), 0);
	for (int i = 0; i < 600000; i++)
		assert_int_equal(buffer_append_byte(&feed, '"'), 0);
	assert_int_equal(buffer_append_text(&feed, "</big><last>l</last></item></feed>"), 0);
	recording_init(&recording);
	read_feed(set, &(struct mapper_options){.dialect = SLICE("test")}, buffer_slice(&feed), 0, &recording);
	assert_true(recording_has(&recording.statements, "\"extra\":{\"small\":\"s\",\"last\":\"l\"}", NULL));
	assert_true(recording_has(&recording.complaints, "\"code\":\"text_too_long\"", "\"field\":\"extra\""));
	recording_release(&recording);
	buffer_release(&feed);
	dialect_set_free(set);
}

/* Many records with many names of their own: the tree of paths is given up and begun again, and says the same. */
static void many_different_paths_are_kept_apart(void **state)
{
	char dialect[DIALECT_SPACE];
	struct dialect_set *set = test_dialect(item_dialect(dialect, sizeof dialect, ""));
	struct recording recording;
	struct buffer feed;

	(void)state;
	buffer_init(&feed, (size_t)64 * 1024 * 1024);
	assert_int_equal(buffer_append_text(&feed, "<feed>"), 0);
	for (int i = 0; i < 400; i++) {
		assert_int_equal(buffer_append_format(&feed, "<item id='%d'>", i), 0);
		for (int k = 0; k < 200; k++)
			assert_int_equal(buffer_append_format(&feed, "<a%d><b%d>%d</b%d></a%d>", i % 40, k, i, k, i % 40), 0);
		assert_int_equal(buffer_append_text(&feed, "</item>"), 0);
	}
	assert_int_equal(buffer_append_text(&feed, "</feed>"), 0);
	recording_init(&recording);
	read_feed(set, &(struct mapper_options){.dialect = SLICE("test")}, buffer_slice(&feed), 0, &recording);
	assert_int_equal(recording.result, 0);
	assert_int_equal(recording.statement_count, 400);
	assert_int_equal(recording.complaint_count, 0);
	assert_true(recording_has(&recording.statements, "\"id\":\"399\"", "\"a39/b199\":\"399\"}"));
	recording_release(&recording);
	buffer_release(&feed);
	dialect_set_free(set);
}

static void append_paths(struct buffer *feed, const char *id, int first, int end)
{
	assert_int_equal(buffer_append_format(feed, "<item id='%s'>", id), 0);
	for (int i = first; i < end; i++) {
		assert_int_equal(buffer_append_format(feed, "<a%d>", i), 0);
		for (int k = 0; k < 200; k++)
			assert_int_equal(buffer_append_format(feed, "<b%d/>", k), 0);
		assert_int_equal(buffer_append_format(feed, "</a%d>", i), 0);
	}
	assert_int_equal(buffer_append_text(feed, "</item>"), 0);
}

/* As many paths as fit by themselves fit behind another record's, too. */
static void paths_of_other_records_take_no_room(void **state)
{
	char dialect[DIALECT_SPACE];
	struct dialect_set *set = test_dialect(item_dialect(dialect, sizeof dialect, ""));
	struct recording recording;
	struct buffer feed;

	(void)state;
	buffer_init(&feed, (size_t)8 * 1024 * 1024);
	assert_int_equal(buffer_append_text(&feed, "<feed>"), 0);
	append_paths(&feed, "1", 0, 110);
	append_paths(&feed, "2", 200, 350);
	assert_int_equal(buffer_append_text(&feed, "</feed>"), 0);
	recording_init(&recording);
	read_feed(set, &(struct mapper_options){.dialect = SLICE("test")}, buffer_slice(&feed), 0, &recording);
	assert_int_equal(recording.result, 0);
	assert_int_equal(recording.complaint_count, 0);
	assert_true(recording_has(&recording.statements, "\"id\":\"2\"", "\"a349/b199\":\"\"}"));
	recording_release(&recording);
	buffer_release(&feed);
	dialect_set_free(set);
}

int run_extra_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(extra_keeps_what_is_left),
		cmocka_unit_test(names_of_the_records_own_namespace_are_bare),
		cmocka_unit_test(records_do_not_share_what_is_left),
		cmocka_unit_test(extra_beyond_its_limit_is_cut_with_a_complaint),
		cmocka_unit_test(many_different_paths_are_kept_apart),
		cmocka_unit_test(paths_of_other_records_take_no_room),
	};

	return cmocka_run_group_tests_name("extra", tests, NULL, NULL);
}
