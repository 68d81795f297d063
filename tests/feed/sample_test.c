/* What the root tells of the head, and reading the head alone. */
#include "feed_tests.h"

#include <stdio.h>
#include <string.h>

static void check_sample(struct slice input, const char *paths, const char *words)
{
	for (size_t piece_max = 0; piece_max < 3; piece_max++) {
		const struct read_case read_case = {.input = input,
		                                    .paths = paths,
		                                    .piece_max = piece_max,
		                                    .source_piece_max = piece_max,
		                                    .tells_sample = true};
		struct buffer told;
		struct error err;

		buffer_init(&told, TOLD_BYTES_MAX);
		(void)read_told(&read_case, &told, &err); /* the sample is told first */
		if (strstr(buffer_text(&told), words) == NULL)
			fail_msg("'%.400s' does not hold '%s'", buffer_text(&told), words);
		buffer_release(&told);
	}
}

static void the_head_is_told_as_a_tree(void **state)
{
	(void)state;
	check_sample((struct slice)SLICE("<r a='1'><s><o id='1'>x&amp;</o><o/></s></r>"), "/r/s/o",
	             "root r\nsample (r @a=1 (s (o @id=1 \"x&\") (o)))\nrecord 0 12+20 ");
	check_sample((struct slice)SLICE("{\"p\":[{\"id\":1,\"v\":[]}],\"c\":null}"), "/*/p/*",
	             "root JSON\nsample {p[{id=1 v[]}] c=null}\nrecord 0 6+15 ");
	check_sample((struct slice)SLICE("{\"id\":1}\n{\"id\":2}\n"), "/*/*",
	             "root JSON Lines\nsample [{id=1} {id=2}]\nrecord 0 0+8 ");
	check_sample((struct slice)SLICE("[1,{\"a\":1,\"a\":2}]"), "/*/x", "root JSON\nsample [=1 {a=2}]\ndone ");
}

/* What stands before a fault, or before the end of a feed that is cut short; the fault is told once, by the reading. */
static void a_fault_leaves_what_stands_before_it(void **state)
{
	(void)state;
	check_sample((struct slice)SLICE("<r><o>text<n>1</n></x>"), "/r",
	             "root r\nsample (r (o \"text\" (n \"1\")))\nerror feed element 'o'");
	check_sample((struct slice)SLICE("{\"p\":[{\"id\":1,\"x\":tru"), "/*/p",
	             "root JSON\nsample {p[{id=1}]}\nerror feed the feed ends inside a word");
	check_sample((struct slice)SLICE("{\"p\":[{\"id\":1,\"x\":+"), "/*/p",
	             "root JSON\nsample {p[{id=1}]}\nerror feed not well-formed JSON");
}

/* Behind SNIFF_BYTES nothing is looked at; what is open there is taken to end. */
static void a_sample_ends_with_the_head(void **state)
{
	static const struct {
		struct repeated document;
		const char *start;
		const char *item;
		size_t item_size;
	} rows[] = {
		{{.head = SLICE("{\"a\":1,\"p\":["), .unit = SLICE("{\"id\":1},"), .count = 20000, .tail = SLICE("0],\"z\":1}")},
	         "root JSON\nsample {a=1 p[{id=1} {id=1} ",
	         "{id=1}",
	         9},
		{{.unit = SLICE("{\"id\":1}\n"), .count = 20000}, "root JSON Lines\nsample [{id=1} {id=1} ", "{id=1}", 9},
		{{.head = SLICE("<r><s>"), .unit = SLICE("<o>x</o>"), .count = 20000, .tail = SLICE("</s></r>")},
	         "root r\nsample (r (s (o \"x\") (o \"x\") ",
	         "(o \"x\")",
	         8},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct repeated repeated = rows[i].document;
		struct byte_source source = repeated_source(&repeated);
		const struct read_case read_case = {.paths = "/*/none", .source = &source, .tells_sample = true};
		struct buffer told;
		struct error err;
		const char *line;
		size_t count = 0;

		buffer_init(&told, TOLD_BYTES_MAX);
		assert_int_equal(read_told(&read_case, &told, &err), 0);
		assert_memory_equal(buffer_text(&told), rows[i].start, strlen(rows[i].start));
		line = strchr(buffer_text(&told), '\n') + 1;
		for (const char *at = line; *at != '\n'; at++)
			count += strncmp(at, rows[i].item, strlen(rows[i].item)) == 0;
		assert_in_range(count, 65536 / rows[i].item_size - 10, 65536 / rows[i].item_size);
		buffer_release(&told);
	}
}

/* The head of a feed may have more names than anything will ask for. */
static void a_sample_leaves_names_for_the_feed(void **state)
{
	struct buffer document;
	struct buffer told;
	struct error err;

	(void)state;
	buffer_init(&document, 1 << 20);
	buffer_append_text(&document, "{\"m\":{");
	for (int i = 0; i < 9500; i++)
		buffer_append_format(&document, "\"%x\":1,", i);
	buffer_append_text(&document, "\"\":0},\"p\":[{");
	for (int i = 0; i < 4000; i++)
		buffer_append_format(&document, "\"n%x\":1,", i);
	buffer_append_text(&document, "\"x\":1}]}");
	const struct read_case read_case = {.input = buffer_slice(&document), .paths = "/*/p/*", .tells_sample = true};

	buffer_init(&told, TOLD_BYTES_MAX);
	if (read_told(&read_case, &told, &err) < 0)
		fail_msg("%s", err.message);
	assert_non_null(strstr(buffer_text(&told), "root JSON\nsample {m{0=1 1=1 "));
	buffer_release(&told);
	buffer_release(&document);
}

struct asked {
	enum feed_format format;
	uint32_t node_count;
	int result;
};

static int note_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct asked *asked = context;

	(void)ret_selection;
	asked->format = root->format;
	asked->node_count = root->sample ? root->sample->node_count : 0;
	return asked->result == 0 ? 0 : error_set(err, ERROR_DIALECT, "none");
}

static int ask(struct slice input, struct asked *asked, struct feed_summary *summary, struct error *err)
{
	const struct feed_options options = {.is_csv = false};
	struct byte_block block = {.rest = input};
	struct name_table names;
	int result;

	*err = (struct error)ERROR_INIT;
	name_table_init(&names);
	result = feed_sample(byte_source_block(&block), &options, &names, (struct feed_sink){.context = asked, .root = note_root},
	                     summary, err);
	name_table_release(&names);
	return result;
}

static void the_head_may_be_read_alone(void **state)
{
	struct asked asked = {.result = 0};
	struct feed_summary summary;
	struct error err;

	(void)state;
	/* What is wrong behind the root is not seen. */
	assert_int_equal(ask((struct slice)SLICE("{\"a\":[1,2],\"b\":x"), &asked, &summary, &err), 0);
	assert_int_equal(err.code, ERROR_NONE);
	assert_int_equal(asked.format, FEED_JSON);
	assert_int_equal(asked.node_count, 4);
	assert_string_equal(summary.encoding, "UTF-8");
	assert_false(summary.is_whole);
	assert_int_equal(ask((struct slice)SLICE("<r><s/>"), &asked, &summary, &err), 0);
	assert_int_equal(asked.format, FEED_XML);
	assert_int_equal(asked.node_count, 2);
	assert_int_equal(ask((struct slice)SLICE("<!-- no root"), &asked, &summary, &err), -1);
	assert_int_equal(err.code, ERROR_FEED);
	asked.result = -1;
	assert_int_equal(ask((struct slice)SLICE("[]"), &asked, &summary, &err), -1);
	assert_int_equal(err.code, ERROR_DIALECT);
}

int sample_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_head_is_told_as_a_tree),  cmocka_unit_test(a_fault_leaves_what_stands_before_it),
		cmocka_unit_test(a_sample_ends_with_the_head), cmocka_unit_test(a_sample_leaves_names_for_the_feed),
		cmocka_unit_test(the_head_may_be_read_alone),
	};

	return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
