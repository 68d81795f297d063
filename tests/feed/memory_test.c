/* Memory does not follow the size of a feed. */
#include "base/limits.h"
#include "feed_tests.h"

#include <malloc.h>
#include <string.h>

/* With the allocator of a sanitizer mallinfo2() tells nothing, and this holds for nothing. */
#define MEMORY_MAX ((size_t)4 * 1024 * 1024)
#define GROWTH_MAX ((size_t)256 * 1024)

struct watcher {
	struct name_table names;
	struct feed_step steps[3];
	struct feed_selector selector;
	uint64_t records;
	size_t at_start;
	size_t early; /* after the first thousand records */
	size_t largest;
	size_t last;
};

static size_t memory_in_use(void)
{
	const struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static int take_root(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err)
{
	struct watcher *watcher = context;

	(void)err;
	watcher->steps[0] = (struct feed_step){.local = root->local};
	watcher->selector = (struct feed_selector){
		.steps = watcher->steps, .step_count = root->format == FEED_JSON ? 3 : 2, .may_be_known = true};
	*ret_selection = (struct feed_selection){.selectors = &watcher->selector, .selector_count = 1};
	return 0;
}

static int take_record(void *context, size_t selector, const struct record *record, struct error *err)
{
	struct watcher *watcher = context;
	size_t used;

	(void)selector;
	(void)record;
	(void)err;
	if (++watcher->records % 1000 != 0)
		return 0;
	used = memory_in_use() - watcher->at_start;
	if (watcher->records == 1000)
		watcher->early = used;
	watcher->last = used;
	if (used > watcher->largest)
		watcher->largest = used;
	return 0;
}

static int take_oversize(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
                         struct error *err)
{
	(void)stream_offset;
	(void)text;
	return take_record(context, selector, head, err);
}

static int take_known(void *context, struct hash128 fingerprint, uint64_t stream_offset, struct error *err)
{
	(void)fingerprint;
	(void)stream_offset;
	return take_record(context, 0, NULL, err);
}

static uint64_t watch_with(const struct feed_options *options, struct repeated repeated, struct watcher *watcher,
                           uint64_t *ret_bytes)
{
	struct feed_summary summary;
	struct error err = ERROR_INIT;
	const struct feed_sink sink = {
		.context = watcher, .root = take_root, .record = take_record, .known = take_known, .oversize = take_oversize};

	*watcher = (struct watcher){.at_start = memory_in_use()};
	name_table_init(&watcher->names);
	if (feed_read(repeated_source(&repeated), options, &watcher->names, sink, &summary, &err) < 0)
		fail_msg("%s", err.message);
	name_table_release(&watcher->names);
	*ret_bytes = summary.bytes;
	return watcher->records;
}

static uint64_t watch(struct repeated repeated, struct watcher *watcher, uint64_t *ret_bytes)
{
	return watch_with(&(struct feed_options){.piece_max = 0}, repeated, watcher, ret_bytes);
}

static void sixty_four_mebibytes_of_records_need_no_more_than_the_first(void **state)
{
	static const struct slice unit = SLICE(
		"<offer id=\"12345\" available=\"true\">\n  <url>http://example.com/?a=1&amp;b=2</url>\n  <price>12.50</price>\n"
		"  <name>A thing \xC3\xA9&nbsp;x</name>\n  <description><![CDATA[<p>text</p>]]></description>\n"
		"  <param name=\"Size\">XL</param><!-- no -->\n</offer>\n");
	const uint64_t count = (UINT64_C(64) << 20) / unit.size + 1;
	struct watcher watcher;
	uint64_t bytes;

	(void)state;
	assert_int_equal(watch((struct repeated){.head = SLICE("<r>"), .unit = unit, .count = count, .tail = SLICE("</r>")},
	                       &watcher, &bytes),
	                 count);
	assert_true(bytes >= UINT64_C(64) << 20);
	if (watcher.largest > MEMORY_MAX || watcher.largest > watcher.early + GROWTH_MAX)
		fail_msg("%zu bytes in use, %zu at first", watcher.largest, watcher.early);
}

static void sixty_four_mebibytes_of_json_need_no_more_than_the_first(void **state)
{
	static const struct {
		struct slice head;
		struct slice unit;
		struct slice tail;
	} rows[] = {
		{SLICE("{\"d\":1,\n\"p\":["),
	         SLICE("{\"id\":12345,\"t\":\"A thing \\u00e9 \xC3\xA9\",\"v\":[{\"a\":1.5,\"b\":null},{\"a\":2,\"a\":3}],\"x\":{}},\n"),
	         SLICE("{}]}")},
		{SLICE(""),
	         SLICE("{\"id\":12345,\"t\":\"A thing \\u00e9 \xC3\xA9\",\"v\":[{\"a\":1.5,\"b\":null},{\"a\":2,\"a\":3}]}\n"),
	         SLICE("{}")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint64_t count = (UINT64_C(64) << 20) / rows[i].unit.size + 1;
		struct watcher watcher;
		uint64_t bytes;

		assert_int_equal(
			watch((struct repeated){.head = rows[i].head, .unit = rows[i].unit, .count = count, .tail = rows[i].tail},
		              &watcher, &bytes),
			count + 1);
		assert_true(bytes >= UINT64_C(64) << 20);
		if (watcher.largest > MEMORY_MAX || watcher.largest > watcher.early + GROWTH_MAX)
			fail_msg("%zu bytes in use, %zu at first", watcher.largest, watcher.early);
	}
}

static bool is_known_in_runs(void *context, struct hash128 fingerprint)
{
	uint64_t *count = context;

	(void)fingerprint;
	return ++*count % 5000 < 2500 || *count % 2 == 0;
}

/* Marks of known records wait for no longer than the parser takes, wherever they stand. */
static void sifting_sixty_four_mebibytes_needs_no_more_than_the_first(void **state)
{
	static const struct {
		struct slice head;
		struct slice unit;
		struct slice tail;
		bool is_csv;
	} rows[] = {
		{SLICE("<r>"), SLICE("<o id='12345'><name>A thing</name></o>\n"), SLICE("</r>"), false},
		{SLICE("{\"d\":1,\n\"p\":["), SLICE("{\"id\":12345,\"t\":\"A thing\"},\n"), SLICE("{}]}"), false},
		{SLICE("id,name\n"), SLICE("12345,\"A thing\"\n"), SLICE(""), true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint64_t count = (UINT64_C(64) << 20) / rows[i].unit.size;
		uint64_t asked = 0;
		const struct feed_known known = {.context = &asked, .is_known = is_known_in_runs};
		const struct feed_options options = {.is_csv = rows[i].is_csv, .known = &known};
		struct watcher watcher;
		uint64_t bytes;

		assert_int_equal(
			watch_with(
				&options,
				(struct repeated){.head = rows[i].head, .unit = rows[i].unit, .count = count, .tail = rows[i].tail},
				&watcher, &bytes),
			count + (i == 1));
		if (watcher.largest > MEMORY_MAX || watcher.largest > watcher.early + GROWTH_MAX)
			fail_msg("%zu bytes in use, %zu at first", watcher.largest, watcher.early);
	}
}

static void sixteen_mebibytes_of_a_table_need_no_more_than_the_first(void **state)
{
	static const struct slice unit = SLICE(
		"12345,\"A thing, \"\"blue\"\"\n\xC3\xA9\",12.50,https://shop.example/1?a=1\n1,2\n\n");
	const uint64_t count = (UINT64_C(16) << 20) / unit.size + 1;
	struct watcher watcher;
	uint64_t bytes;

	(void)state;
	assert_int_equal(watch_with(&(struct feed_options){.is_csv = true},
	                            (struct repeated){.head = SLICE("id,name,price,link\n"), .unit = unit, .count = count},
	                            &watcher, &bytes),
	                 2 * count);
	assert_true(bytes >= UINT64_C(16) << 20);
	if (watcher.largest > MEMORY_MAX || watcher.largest > watcher.early + GROWTH_MAX)
		fail_msg("%zu bytes in use, %zu at first", watcher.largest, watcher.early);
}

static void mending_eight_mebibytes_needs_no_more_than_the_first(void **state)
{
	static const struct slice unit = SLICE("<o a='x&y=\x01\x02'>a & b &foo; &#0;</o>\n& \x03\n");
	const uint64_t count = (UINT64_C(8) << 20) / unit.size + 1;
	struct watcher watcher;
	uint64_t bytes;

	(void)state;
	assert_int_equal(watch_with(&(struct feed_options){.is_lenient = true},
	                            (struct repeated){.head = SLICE("\n<?xml version='1.0'?><r>"),
	                                              .unit = unit,
	                                              .count = count,
	                                              .tail = SLICE("</r>")},
	                            &watcher, &bytes),
	                 count);
	if (watcher.largest > MEMORY_MAX || watcher.largest > watcher.early + GROWTH_MAX)
		fail_msg("%zu bytes in use, %zu at first", watcher.largest, watcher.early);
}

/* What held back the first line is given back; without it a document of one line needs no more than one of many. */
static void a_document_of_one_line_gives_its_head_back(void **state)
{
	static const struct slice unit = SLICE("{\"id\":12345,\"t\":\"A thing\"},");
	struct watcher watcher;
	uint64_t bytes;

	(void)state;
	(void)watch(
		(struct repeated){
			.head = SLICE("{\"p\":["), .unit = unit, .count = (UINT64_C(64) << 20) / unit.size, .tail = SLICE("{}]}")},
		&watcher, &bytes);
	assert_true(watcher.early == 0 || watcher.early > LIMIT_JSON_LINE_BYTES); /* while it is being read */
	if (watcher.last > MEMORY_MAX)
		fail_msg("%zu bytes in use", watcher.last);
}

static void skipped_content_needs_no_memory(void **state)
{
	static const struct slice unit = SLICE("<o/><o><a x='1'>text<b/></a></o>some more text outside\n<!-- and a comment -->");
	struct watcher watcher;
	uint64_t bytes;

	(void)state;
	assert_int_equal(
		watch((struct repeated){.head = SLICE("<r><s/><s>"), .unit = unit, .count = 200000, .tail = SLICE("</s></r>")},
	              &watcher, &bytes),
		2);
	/* A second record of 16 MB is left out; its memory is that of one record at its limit. */
	assert_int_equal(
		watch((struct repeated){.head = SLICE("<x><y><z>"), .unit = unit, .count = 200000, .tail = SLICE("</z></y></x>")},
	              &watcher, &bytes),
		1);
	assert_true(memory_in_use() < watcher.at_start + GROWTH_MAX);
}

int memory_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sixty_four_mebibytes_of_records_need_no_more_than_the_first),
		cmocka_unit_test(sixty_four_mebibytes_of_json_need_no_more_than_the_first),
		cmocka_unit_test(sifting_sixty_four_mebibytes_needs_no_more_than_the_first),
		cmocka_unit_test(sixteen_mebibytes_of_a_table_need_no_more_than_the_first),
		cmocka_unit_test(mending_eight_mebibytes_needs_no_more_than_the_first),
		cmocka_unit_test(a_document_of_one_line_gives_its_head_back),
		cmocka_unit_test(skipped_content_needs_no_memory),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
