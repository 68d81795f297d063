/* Tables: which cells a column means, groups of rows, JSON in cells, and what is left. */
#include "support.h"

#include <stdio.h>

#define ROW                                                                                      \
	"SKU,Variant Price,image_link_2,image_link_1,Image[10].url,\"a*b\",Tag,Tag,meta,empty\n" \
	"1,5,http://x/2,http://x/1,http://x/10,star,t1,t2,\"{\"\"a\"\":[{\"\"k\"\":\"\"v\"\",\"\"n\"\":1},{\"\"k\"\":\"\"w\"\"}],\"\"b\"\":null}\",\n"

struct table_case {
	const char *field; /* "tags: …" */
	const char *expected;
};

static void check(const char *csv, const char *table, const struct table_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char yaml[1024];
		struct recording recording;

		print_message("%s\n", cases[i].field);
		(void)snprintf(yaml, sizeof yaml,
		               "format: csv\ncsv: %s\nrecords:\n  r:\n    kind: sku\n    fields:\n      id: sku\n      %s\n", csv,
		               cases[i].field);
		recording_init(&recording);
		read_with(yaml, table, &recording);
		if (!recording_has(&recording.statements, cases[i].expected, NULL))
			fail_msg("expected %s in\n%.*s", cases[i].expected, (int)recording.statements.size,
			         recording.statements.data);
		recording_release(&recording);
	}
}

#define CHECK(csv, table, cases) check(csv, table, cases, sizeof(cases) / sizeof((cases)[0]))

static void column_is_found_by_its_name_or_one_as_good(void **state)
{
	static const struct table_case cases[] = {
		{"price: Variant Price", "\"price\":5000000"},
		{"price: variant_price", "\"price\":5000000"},
		{"price: VARIANT-PRICE", "\"price\":5000000"},
		{"price: variantprice", "\"product_id\":\"1\",\"extra\""},
		{"tags: {from: 'image_link_*'}", "\"tags\":[\"http://x/2\",\"http://x/1\"]"}, /* in the header's order */
		{"tags: {from: 'IMAGE LINK *'}", "\"tags\":[\"http://x/2\",\"http://x/1\"]"},
		{"tags: {from: 'Image[*].url'}", "\"tags\":[\"http://x/10\"]"},
		{"tags: {from: 'image*'}", "\"tags\":[\"http://x/2\",\"http://x/1\",\"http://x/10\"]"},
		{"tags: {from: 'nothing*'}", "\"product_id\":\"1\",\"extra\""},
		{"tags: {from: '\"a*b\"'}", "\"tags\":[\"star\"]"},
		{"tags: {from: tag}", "\"tags\":[\"t1\",\"t2\"]"}, /* a name twice */
		{"tags: {from: empty}", "\"tags\":null"},
		{"attributes: [{each: 'image_link_*', name: name(), value: .}]",
	         "\"attributes\":[{\"name\":\"image_link_2\",\"value\":\"http://x/2\"},{\"name\":\"image_link_1\",\"value\":\"http://x/1\"}]"},
		{"attributes: [{each: 'image_link_*', name: ../Tag}]",
	         "\"attributes\":[{\"name\":\"t1\",\"value\":\"http://x/2\"},{\"name\":\"t1\",\"value\":\"http://x/1\"}]"},
		{"attributes: [{each: empty}]", "\"product_id\":\"1\",\"extra\""},
		{"prices: [{each: empty, kind: {constant: cost}}]", "\"prices\":null"},
		{"prices: [{each: empty, when: {has: .}, kind: {constant: cost}}]", "\"product_id\":\"1\",\"extra\""},
	};

	(void)state;
	CHECK("{delimiter: ','}", ROW, cases);
}

static void cell_of_json_is_read_by_jsonpath(void **state)
{
	static const struct table_case cases[] = {
		{"tags: {from: 'meta -> $.a[*].k'}", "\"tags\":[\"v\",\"w\"]"},
		{"tags: {from: 'meta->a[0].k'}", "\"tags\":[\"v\"]"},
		{"tags: {from: 'META -> @.a[?@.n].k'}", "\"tags\":[\"v\"]"},
		{"tags: {from: 'meta -> b'}", "\"tags\":null"},
		{"tags: {from: 'Tag -> b'}", "\"product_id\":\"1\",\"extra\""},
		{"attributes: [{each: 'meta -> a[*]', name: k, value: $.SKU}]",
	         "\"attributes\":[{\"name\":\"v\",\"value\":\"1\"},{\"name\":\"w\",\"value\":\"1\"}]"},
		{"attributes: [{each: 'meta -> a[*]', when: {has: n}, name: k, value: n}]",
	         "\"attributes\":[{\"name\":\"v\",\"value\":\"1\"}]"},
		{"price: '\"Variant Price\"'",
	         "\"extra\":{\"image_link_2\":\"http://x/2\",\"image_link_1\":\"http://x/1\",\"Image[10].url\":\"http://x/10\",\"a*b\":\"star\","
	         "\"Tag\":[\"t1\",\"t2\"],\"meta/a/k\":[\"v\",\"w\"],\"meta/a/n\":\"1\"}"},
	};

	(void)state;
	CHECK("{json: meta}", ROW, cases);
}

#define GROUP                                                       \
	"Handle,Title,SKU,Price,Image,Alt\n"                        \
	"lamp,Lamp,L-1,5,http://x/1,one\nlamp,,L-2,6,http://x/2,\n" \
	"lamp,,,,http://x/3,three\nchair,Chair,C-1,7,,\n"

static const char group_dialect[] = "format: csv\n"
				    "csv: {group_by: handle}\n"
				    "records:\n"
				    "  product:\n"
				    "    kind: product\n"
				    "    fields: {id: Handle, name: Title, images: Image}\n"
				    "    nested:\n"
				    "      variant:\n"
				    "        each: rows\n"
				    "        when: {has: SKU}\n"
				    "        kind: sku\n"
				    "        fields: {id: sku, price: price, name: [{join: [../Title, SKU]}]}\n";

static void group_of_rows_is_one_record(void **state)
{
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_with(group_dialect, GROUP, &recording);
	expect_text(
		"group", buffer_slice(&recording.statements),
		"{\"record\":1,\"kind\":\"sku\",\"action\":\"stated\",\"link\":\"named\",\"id\":\"L-1\",\"product_id\":\"lamp\",\"name\":\"Lamp L-1\","
		"\"price\":5000000,\"extra\":{\"Alt\":\"one\"}}\n"
		"{\"record\":1,\"kind\":\"sku\",\"action\":\"stated\",\"link\":\"named\",\"id\":\"L-2\",\"product_id\":\"lamp\",\"name\":\"Lamp L-2\","
		"\"price\":6000000}\n"
		"{\"record\":1,\"kind\":\"product\",\"action\":\"stated\",\"id\":\"lamp\",\"name\":\"Lamp\","
		"\"images\":[\"http://x/1\",\"http://x/2\",\"http://x/3\"],\"extra\":{\"Alt\":\"three\"}}\n"
		"{\"end\":1,\"mapped\":true}\n"
		"{\"record\":2,\"kind\":\"sku\",\"action\":\"stated\",\"link\":\"named\",\"id\":\"C-1\",\"product_id\":\"chair\",\"name\":\"Chair C-1\","
		"\"price\":7000000}\n"
		"{\"record\":2,\"kind\":\"product\",\"action\":\"stated\",\"id\":\"chair\",\"name\":\"Chair\",\"images\":null}\n"
		"{\"end\":2,\"mapped\":true}\n");
	recording_release(&recording);
}

static void table_without_the_dialects_columns_is_refused(void **state)
{
	static const struct {
		const char *table;
		const char *message;
	} cases[] = {
		{"Title,SKU,Price\nLamp,1,5\n", "the table has no column 'handle', by which dialect 'test' groups its rows"},
		{"a,b\n1,2\n",
	         "the feed (CSV, columns 'a', 'b') does not fit dialect 'test'; 'feedmill probe' shows what is in it"},
	};
	struct dialect_set *set = test_dialect(group_dialect);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct recording recording;

		recording_init(&recording);
		read_feed(set, &(struct mapper_options){.dialect = SLICE("test")}, slice_from(cases[i].table), 0, &recording);
		assert_int_equal(recording.result, -1);
		assert_int_equal(recording.err.code, ERROR_DIALECT);
		expect_text(cases[i].table, slice_from(recording.err.message), cases[i].message);
		recording_release(&recording);
	}
	dialect_set_free(set);
}

static void table_is_read_as_the_dialect_says_it_is_written(void **state)
{
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_with("format: csv\ncsv: {delimiter: '~', comment: '%', header_line: 2, first_row_line: 4}\n"
	          "records: {r: {kind: sku, fields: {id: id, name: name}}}\n",
	          "% made today\ntitle of all\nid~name\ntypes~of~columns\n1~Lamp\n", &recording);
	assert_true(recording_has(&recording.statements, "\"id\":\"1\",\"product_id\":\"1\",\"name\":\"Lamp\"}", NULL));
	assert_int_equal(recording.counts.records, 1);
	recording_release(&recording);
}

static void faults_of_a_table_are_complaints_of_their_record(void **state)
{
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_with("format: csv\ncsv: {json: m}\nrecords: {r: {kind: sku, fields: {id: id}}}\n", "id,m,x\n1,{,2\n2,,\n3,[],2,4\n",
	          &recording);
	assert_true(recording_has(&recording.complaints, "\"record\":1,\"code\":\"cell_invalid\"", "\"id\":\"1\""));
	assert_true(recording_has(&recording.complaints, "\"record\":3,\"code\":\"row_length\"", "\"id\":\"3\""));
	assert_int_equal(recording.complaint_count, 2);
	recording_release(&recording);
}

int run_table_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(column_is_found_by_its_name_or_one_as_good),
		cmocka_unit_test(cell_of_json_is_read_by_jsonpath),
		cmocka_unit_test(group_of_rows_is_one_record),
		cmocka_unit_test(table_without_the_dialects_columns_is_refused),
		cmocka_unit_test(table_is_read_as_the_dialect_says_it_is_written),
		cmocka_unit_test(faults_of_a_table_are_complaints_of_their_record),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
