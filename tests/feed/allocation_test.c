/*
 * Every allocation fails once: ours by way of the linker's --wrap, libxml2's
 * by its own hooks, in one sequence.
 */
#include "feed_tests.h"
#include "support/allocation.h"

#include <libxml/parser.h>
#include <libxml/xmlmemory.h>

#include <stdlib.h>
#include <string.h>

static size_t live_blocks; /* of libxml2 */

static void *xml_malloc(size_t size)
{
	void *memory = malloc(size);

	live_blocks += memory != NULL;
	return memory;
}

static void *xml_realloc(void *memory, size_t size)
{
	void *moved = realloc(memory, size);

	live_blocks += memory == NULL && moved != NULL;
	return moved;
}

static char *xml_strdup(const char *text)
{
	const size_t size = strlen(text) + 1;
	char *copy = xml_malloc(size);

	if (copy != NULL)
		memcpy(copy, text, size);
	return copy;
}

static void xml_free(void *memory)
{
	live_blocks -= memory != NULL;
	free(memory);
}

struct taker {
	struct name_table *names;
	struct feed_step steps[3];
	struct feed_selector selectors[2];
	uint32_t columns[2];
	bool is_grouped;
	size_t records;
};

static int take_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct taker *taker = context;
	const uint32_t offer = name_intern(taker->names, slice_from("o"));

	if (offer == NAME_NONE)
		return error_set_memory(err);
	taker->steps[0] = (struct feed_step){.local = root->local};
	taker->steps[2] = (struct feed_step){.local = root->format == FEED_XML ? offer : NAME_NONE};
	taker->selectors[0] = (struct feed_selector){.steps = taker->steps, .step_count = 3, .may_be_known = true};
	taker->selectors[1] = (struct feed_selector){.steps = taker->steps, .step_count = 2, .attributes_only = true};
	*ret_selection = (struct feed_selection){.selectors = taker->selectors, .selector_count = 2};
	return 0;
}

/* Rows in groups, with cells of JSON. */
static int take_table(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct taker *taker = context;

	(void)root;
	taker->columns[0] = name_intern(taker->names, slice_from("id"));
	taker->columns[1] = name_intern(taker->names, slice_from("j"));
	if (taker->columns[0] == NAME_NONE || taker->columns[1] == NAME_NONE)
		return error_set_memory(err);
	taker->selectors[0] = (struct feed_selector){.steps = taker->steps, .step_count = 2, .may_be_known = true};
	*ret_selection = (struct feed_selection){
		.selectors = taker->selectors,
		.selector_count = 1,
		.group_columns = &taker->columns[0],
		.group_column_count = taker->is_grouped,
		.json_columns = &taker->columns[1],
		.json_column_count = 1,
	};
	return 0;
}

static int take_record(void *context, size_t selector, const struct record *record, struct error *err)
{
	struct taker *taker = context;

	(void)selector;
	(void)record;
	(void)err;
	taker->records++;
	return 0;
}

static int take_known(void *context, struct hash128 fingerprint, uint64_t stream_offset, struct error *err)
{
	struct taker *taker = context;

	(void)fingerprint;
	(void)stream_offset;
	(void)err;
	taker->records++;
	return 0;
}

static int take_undefined_bytes(void *context, uint64_t count, uint64_t stream_offset, struct error *err)
{
	(void)context;
	(void)count;
	(void)stream_offset;
	(void)err;
	return 0;
}

static int take_fault(void *context, enum feed_fault fault, uint64_t stream_offset, struct slice text, struct error *err)
{
	(void)context;
	(void)fault;
	(void)stream_offset;
	(void)text;
	(void)err;
	return 0;
}

static int take_oversize(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
                         struct error *err)
{
	(void)stream_offset;
	(void)text;
	return take_record(context, selector, head, err);
}

static int read_once(struct slice document, const struct feed_options *options, size_t *ret_records, struct error *err)
{
	struct name_table names;
	struct byte_block block = {.rest = document};
	struct feed_options pieces = *options;
	struct feed_summary summary;
	struct taker taker = {.names = &names, .is_grouped = options->known == NULL};
	const struct feed_sink sink = {.context = &taker,
	                               .root = options->is_csv ? take_table : take_root,
	                               .record = take_record,
	                               .known = take_known,
	                               .oversize = take_oversize,
	                               .fault = take_fault,
	                               .undefined_bytes = take_undefined_bytes};
	int result;

	*err = (struct error)ERROR_INIT;
	pieces.piece_max = 500;
	name_table_init(&names);
	result = feed_read(byte_source_block(&block), &pieces, &names, sink, &summary, err);
	name_table_release(&names);
	*ret_records = taker.records;
	return result;
}

/* Everything that allocates: definition, namespaces, references, long values, many names and nodes. */
static void make_document(struct buffer *document)
{
	buffer_init(document, 1 << 20);
	buffer_append_text(document, "<?xml version='1.0' encoding='windows-1251' standalone='no'?><!-- c --><?p i?>"
	                             "<!DOCTYPE r SYSTEM 'x.dtd' [<!ELEMENT r (s|o)*><!ATTLIST o z CDATA 'd' y (a|b) #IMPLIED>"
	                             "<!NOTATION n SYSTEM 'n'><!-- c --><?p i?>]><r xmlns='u:d' xmlns:g='u:g'><s n='1'>");
	for (int i = 0; i < 300; i++) {
		buffer_append_format(document,
		                     "<o id='%d' g:a%d='x&amp;y&nbsp;\xE9' y=' a '>\xCF\xF0<![CDATA[<b>]]>&eacute;&#1234;<g:e%d/>t",
		                     i, i, i);
		for (int j = 0; j < i % 80; j++)
			buffer_append_text(document, "<k>\xE9 some text</k>\r\n");
		buffer_append_text(document, "</o>");
	}
	for (int i = 0; i < 25; i++)
		buffer_append_text(document, "<d><e>");
	buffer_append_text(document, "<!--");
	for (int i = 0; i < 1000; i++)
		buffer_append_text(document, " comment");
	buffer_append_text(document, "--><x a='");
	for (int i = 0; i < 1000; i++)
		buffer_append_text(document, " &gt; value");
	buffer_append_text(document, "'/>");
	for (int i = 0; i < 25; i++)
		buffer_append_text(document, "</e></d>");
	buffer_append_text(document, "</s></r>");
	assert_false(document->failed);
}

static void fail_each_allocation(struct slice document, const struct feed_options *options, int expected_result)
{
	struct error err;
	size_t records;
	size_t expected_records;
	size_t live;

	/* libxml2 makes some tables at its first use and keeps them. */
	assert_int_equal(read_once(document, options, &expected_records, &err), expected_result);
	live = live_blocks;
	for (size_t n = 1;; n++) {
		int result;

		allocation_fail_at(n);
		result = read_once(document, options, &records, &err);
		const bool has_failed = allocation_stop();
		if (live_blocks != live)
			fail_msg("allocation %zu: libxml2 holds %zu blocks, not %zu (%s)", n, live_blocks, live, err.message);
		if (!has_failed)
			break;
		if (result == 0 && records != expected_records)
			fail_msg("allocation %zu failed unseen: %zu records", n, records);
		if (result < 0 && err.code != ERROR_MEMORY && err.code != ERROR_FEED)
			fail_msg("allocation %zu: %s %s", n, error_code_name(err.code), err.message);
		if (result < 0)
			assert_true(err.message[0] != '\0');
	}
	assert_true(records == expected_records);
}

static void a_feed_survives_the_failure_of_each_allocation(void **state)
{
	struct buffer document;

	(void)state;
	make_document(&document);
	fail_each_allocation(buffer_slice(&document), &(struct feed_options){.is_csv = false}, 0);
	buffer_release(&document);
}

static void a_malformed_feed_survives_the_failure_of_each_allocation(void **state)
{
	static const struct slice documents[] = {
		SLICE("<!DOCTYPE r [<!ENTITY x 'y'>]><r>&x;</r>"),
		SLICE("<r><s><o a='&foo;' b='1'></s></r>"),
		SLICE("<r><s><o g:a='1' c='&amp;'>&amp;</o></s></r>"),
		SLICE("<r><s><o>\xCF\xF0\xE8\xE2</o></s></r>"),
		SLICE("<r><s><o>text"),
		SLICE("<html>"),
		SLICE("<r><s>& <o>&foo;\x01</o>&#0;</s></r>"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
		fail_each_allocation(documents[i], &(struct feed_options){.is_csv = false}, -1);
}

static void a_mended_feed_survives_the_failure_of_each_allocation(void **state)
{
	struct buffer document;

	(void)state;
	buffer_init(&document, 1 << 20);
	buffer_append_text(&document, "junk <?xml version='1.0'?><r><s><o a='");
	for (int i = 0; i < 200; i++)
		buffer_append_text(&document, "&\x01x");
	buffer_append_text(&document, "'>& &#0; &foo;</o></s></r>");
	assert_false(document.failed);
	fail_each_allocation(buffer_slice(&document), &(struct feed_options){.is_lenient = true}, 0);
	buffer_release(&document);
}

/* Columns, groups, cells of JSON, faults, many cells and a long one. */
static void a_table_survives_the_failure_of_each_allocation(void **state)
{
	struct buffer document;

	(void)state;
	buffer_init(&document, 1 << 20);
	buffer_append_text(&document, "# c\nid;name;j;\n");
	for (int i = 0; i < 100; i++)
		buffer_append_format(&document, "%d;\"a \"\"%d\"\" \n\"; \"{\"\"k\"\":[1,{\"\"m%d\"\":null}]}\"\n", i / 3, i, i);
	for (int i = 0; i < 200; i++)
		buffer_append_text(&document, "x;");
	buffer_append_text(&document, "\n1\n2;\"a\"b;{;\n3;");
	for (int i = 0; i < 30000; i++)
		buffer_append_text(&document, "long ");
	assert_false(document.failed);
	fail_each_allocation(buffer_slice(&document), &(struct feed_options){.is_csv = true}, 0);
	buffer_append_text(&document, "\n4;\"");
	fail_each_allocation(buffer_slice(&document), &(struct feed_options){.is_csv = true}, -1);
	buffer_release(&document);
	fail_each_allocation((struct slice)SLICE("id;j\n1;2\n"), &(struct feed_options){.is_csv = false, .is_lenient = true}, 0);
}

/* Everything that allocates: a held first line, tokens that pieces cut, escapes, many names and nodes, names given twice. */
static void make_json(struct buffer *document, const char *separator)
{
	buffer_init(document, 1 << 20);
	buffer_append_text(document, "{\"s\":[{\"t\":\"");
	for (int i = 0; i < 8000; i++)
		buffer_append_text(document, "long \\u00e9 text ");
	buffer_append_text(document, "\"}");
	for (int i = 0; i < 200; i++) {
		buffer_append_format(document, ",{\"id\":%d,\"a%d\":\"x\\n\\ud83d\\ude00\",\"id\":{\"n\":[", i, i);
		for (int j = 0; j < i % 80; j++)
			buffer_append_format(document, "%d.5,\"\xC3\xA9\",{\"k%d\":null},", j, j);
		buffer_append_text(document, "true]}}");
	}
	buffer_append_format(document, "],\"z\":1}%s", separator);
	assert_false(document->failed);
}

static void json_survives_the_failure_of_each_allocation(void **state)
{
	static const char *const separators[] = {"", "\n{\"s\":[{\"id\":1}]}\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(separators) / sizeof(separators[0]); i++) {
		struct buffer document;

		make_json(&document, separators[i]);
		fail_each_allocation(buffer_slice(&document), &(struct feed_options){.is_csv = false}, 0);
		buffer_release(&document);
	}
}

static void malformed_json_survives_the_failure_of_each_allocation(void **state)
{
	static const struct slice documents[] = {
		SLICE("{\"s\":[{\"o\":1},{\"o\":2,\"o\":\"\\u00e9\\ud800\"}]}"),
		SLICE("[[[1,2],[3"),
		SLICE("{}\n[[{}]]\n{}x"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
		fail_each_allocation(documents[i], &(struct feed_options){.is_csv = false}, -1);
}

static bool is_known(void *context, struct hash128 fingerprint)
{
	(void)context;
	return fingerprint.low % 3 != 0;
}

/* `unit` with a number where it has a '#'. */
static void append_row(struct buffer *document, const char *unit, int number)
{
	const char *place = strchr(unit, '#');

	buffer_append(document, unit, (size_t)(place - unit));
	buffer_append_format(document, "%d%s", number, place + 1);
}

/* Pieces cut records, so that some are held back; others wait for the parser. */
static void a_sifted_feed_survives_the_failure_of_each_allocation(void **state)
{
	static const struct {
		const char *head;
		const char *unit;
		const char *tail;
		bool is_csv;
	} rows[] = {
		{"<?xml version='1.0' encoding='windows-1251'?><r xmlns:g='u'><s xmlns='u'>", "<o id='#'>\xE9 some text</o>\n",
	         "</s></r>", false},
		{"{\"s\":[", "{\"id\":#,\"t\":\"some text\"},\n", "1]}", false},
		{"[]\n", "[{\"id\":#,\"t\":\"some text\"}, 1]\n", "", false},
		{"id;name\n", "#;\"some\ntext\"\n", "", true},
	};
	static const struct feed_known known = {.is_known = is_known};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct feed_options options = {.is_csv = rows[i].is_csv, .known = &known};
		struct buffer document;

		buffer_init(&document, 1 << 20);
		buffer_append_text(&document, rows[i].head);
		for (int j = 0; j < 200; j++)
			append_row(&document, rows[i].unit, j);
		buffer_append_text(&document, rows[i].tail);
		assert_false(document.failed);
		fail_each_allocation(buffer_slice(&document), &options, 0);
		buffer_release(&document);
	}
}

int allocation_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_feed_survives_the_failure_of_each_allocation),
		cmocka_unit_test(a_malformed_feed_survives_the_failure_of_each_allocation),
		cmocka_unit_test(a_sifted_feed_survives_the_failure_of_each_allocation),
		cmocka_unit_test(json_survives_the_failure_of_each_allocation),
		cmocka_unit_test(malformed_json_survives_the_failure_of_each_allocation),
		cmocka_unit_test(a_mended_feed_survives_the_failure_of_each_allocation),
		cmocka_unit_test(a_table_survives_the_failure_of_each_allocation),
	};

	if (xmlMemSetup(xml_free, xml_malloc, xml_realloc, xml_strdup) != 0)
		return 1;
	return cmocka_run_group_tests_name("allocation", tests, NULL, NULL);
}
