/* From records to statements: presence, products, categories, prefixes, rejection, feed values. */
#include "support.h"

#include "base/limits.h"

#include <stdio.h>

static void absent_empty_and_value_are_told_apart(void **state)
{
	static const struct {
		const char *field;
		const char *filled; /* content of <a> */
		const char *value;
		const char *unreadable; /* NULL = any text can be read */
	} cases[] = {
		{"name", " x ", "\"x\"", NULL},
		{"description", "x", "\"x\"", NULL},
		{"url", "http://h.example/", "\"http://h.example/\"", NULL},
		{"brand", "x", "\"x\"", NULL},
		{"mpn", "007", "\"007\"", NULL},
		{"merchant_sku", "x", "\"x\"", NULL},
		{"gtin", "4006381333931", "\"4006381333931\"", NULL},
		{"price", "1 620,50", "1620500000", "sosi"},
		{"old_price", "", "null", "x"},
		{"currency", "rur", "\"RUB\"", "zz"},
		{"availability", "In Stock", "\"in_stock\"", "perhaps"},
		{"quantity", "0.35", "350000", "many"},
		{"condition", "Refurbished", "\"refurbished\"", "odd"},
		{"weight", "1.5 kg", "1500", "heavy"},
		{"status", "true", "\"hidden\"", "perhaps"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char fields[128];
		char item[256];
		char extra[64];

		print_message("%s\n", cases[i].field);
		(void)snprintf(fields, sizeof fields, "      %s: a\n", cases[i].field);
		expect_field(fields, "<item id='1'/>", cases[i].field, "absent");
		expect_field(fields, "<item id='1'><a/></item>", cases[i].field, "null");
		expect_field(fields, "<item id='1'><a> \n\xc2\xa0 </a></item>", cases[i].field, "null");
		(void)snprintf(item, sizeof item, "<item id='1'><a>%s</a></item>", cases[i].filled);
		expect_field(fields, item, cases[i].field, cases[i].value);
		if (cases[i].unreadable == NULL)
			continue;
		(void)snprintf(item, sizeof item, "<item id='1'><a>%s</a></item>", cases[i].unreadable);
		expect_field(fields, item, cases[i].field, "absent");
		(void)snprintf(extra, sizeof extra, "{\"a\":\"%s\"}", cases[i].unreadable);
		expect_field(fields, item, "extra", extra);
	}
}

static void words_are_those_of_the_tables(void **state)
{
	(void)state;
	expect_field("      availability: {from: a, words: {'false': on_order}}\n", "<item id='1'><a>FALSE</a></item>",
	             "availability", "\"on_order\"");
	expect_field("      availability: a\n", "<item id='1'><a>false</a></item>", "availability", "\"out_of_stock\"");
	expect_field("      status: a\n", "<item id='1'><a>no</a></item>", "status", "absent");
	expect_field("      status: {from: a, words: {published: active}}\n", "<item id='1'><a>published</a></item>", "status",
	             "absent");
	expect_field("      status: {from: a, words: {staging: hidden}}\n", "<item id='1'><a>staging</a></item>", "status",
	             "\"hidden\"");
	expect_field("      weight: {from: a, unit: kg}\n", "<item id='1'><a>0,2</a></item>", "weight", "200");
	expect_field("      weight: a\n", "<item id='1'><a>0.2</a></item>", "weight", "absent");      /* of what? */
	expect_field("      quantity: a\n", "<item id='1'><a>-2</a></item>", "quantity", "-2000000"); /* owed to buyers */
}

static void lists_are_json(void **state)
{
	(void)state;
	expect_field("      images: {from: p, split: ' | '}\n",
	             "<item id='1'><p>http://a.example/1 | http://a.example/2</p><p>http://a.example/3</p></item>", "images",
	             "[\"http://a.example/1\",\"http://a.example/2\",\"http://a.example/3\"]");
	expect_field("      images: p\n", "<item id='1'><p/></item>", "images", "null");
	expect_field("      images: p\n", "<item id='1'/>", "images", "absent");
	expect_field(
		"      attributes: [{each: p, name: '@n', value: ., unit: '@u'}, color, {each: 'd/e', name: k, value: v}]\n",
		"<item id='1'><p n='Size' u='cm'>5 \"in\"</p><p n='Size'/><color>red</color><p>nameless</p><d><e><k>K</k><v>V</v></e></d></item>",
		"attributes",
		"[{\"name\":\"Size\",\"value\":\"5 \\\"in\\\"\",\"unit\":\"cm\"},{\"name\":\"Size\",\"value\":\"\"},{\"name\":\"color\",\"value\":\"red\"},"
		"{\"name\":\"K\",\"value\":\"V\"}]");
	expect_field("      attributes: ['@a', 'x/*']\n", "<item id='1' a='A'><x><y>Y</y><z>Z</z></x></item>", "attributes",
	             "[{\"name\":\"a\",\"value\":\"A\"},{\"name\":\"y\",\"value\":\"Y\"},{\"name\":\"z\",\"value\":\"Z\"}]");
	expect_field("      stocks: [{each: o, place: ['@id', '@name'], quantity: '@n', availability: '@a'}]\n",
	             "<item id='1'><o id='A' n='3'/><o name='B' n='many' a='yes'/><o n='4'/><o id='C'/></item>", "stocks",
	             "[{\"place\":\"A\",\"quantity_micros\":3000000},{\"place\":\"B\",\"availability\":\"in_stock\"}]");
	/* a place has one stock; a further one stays in extra */
	expect_field("      stocks: [{each: o, place: '@id', quantity: '@n'}]\n",
	             "<item id='1'><o id='x' n='5'/><o id='x' n='6'/></item>", "stocks",
	             "[{\"place\":\"x\",\"quantity_micros\":5000000}]");
	expect_field("      stocks: [{each: o, place: '@id', quantity: '@n'}]\n",
	             "<item id='1'><o id='x' n='5'/><o id='x' n='6'/></item>", "extra", "{\"o/@id\":\"x\",\"o/@n\":\"6\"}");
}

static void categories_are_ids_or_paths(void **state)
{
	(void)state;
	expect_field("      categories: c\n", "<item id='1'><c>7</c><c>8</c><c>7</c></item>", "categories", "[\"7\",\"8\"]");
	expect_field("      categories: c\n", "<item id='1'><c/></item>", "categories", "null");
	expect_field("      categories: {from: c, separator: '>'}\n", "<item id='1'><c> A>B  \n C > </c><c>A</c></item>",
	             "categories", "[\"A > B C\",\"A\"]");
	expect_field("      categories: {from: c, separator: '|'}\n", "<item id='1'><c>A | B</c></item>", "categories",
	             "[\"A > B\"]");
	expect_field("      categories: {from: c, separator: '>'}\n", "<item id='1'><c> > </c></item>", "categories", "absent");
	expect_field("      categories: {from: c, separator: '>'}\n", "<item id='1'><c>536</c></item>", "categories", "[\"536\"]");
}

static void paths_state_the_leaf_and_derive_its_ancestors(void **state)
{
	char dialect[DIALECT_SPACE];
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_with(item_dialect(dialect, sizeof dialect, "      categories: {from: c, separator: '>'}\n"),
	          "<feed><item id='1'><c>A > B > C</c><c>D</c></item></feed>", &recording);
	expect_text(
		"paths", buffer_slice(&recording.statements),
		"{\"record\":1,\"kind\":\"sku\",\"action\":\"stated\",\"link\":\"self\",\"id\":\"1\",\"product_id\":\"1\",\"categories\":[\"A > B > C\",\"D\"]}\n"
		"{\"record\":1,\"kind\":\"category\",\"action\":\"stated\",\"id\":\"A > B > C\",\"parent_id\":\"A > B\",\"name\":\"C\"}\n"
		"{\"record\":1,\"kind\":\"category\",\"action\":\"derived\",\"id\":\"A > B\",\"parent_id\":\"A\",\"name\":\"B\"}\n"
		"{\"record\":1,\"kind\":\"category\",\"action\":\"derived\",\"id\":\"A\",\"name\":\"A\"}\n"
		"{\"record\":1,\"kind\":\"category\",\"action\":\"stated\",\"id\":\"D\",\"name\":\"D\"}\n"
		"{\"end\":1,\"mapped\":true}\n");
	recording_release(&recording);
}

/* --- products --- */

static void product_rules_link_skus(void **state)
{
	static const struct {
		const char *rule;
		const char *item;
		const char *link;
		const char *product;
		size_t statements;
	} cases[] = {
		{"{rule: self}", "<item id='1' g='7'/>", "\"self\"", "\"1\"", 1},
		{"{rule: group, id: '@g'}", "<item id='1' g=' 7 '/>", "\"group\"", "\"7\"", 1},
		{"{rule: group, id: '@g'}", "<item id='1' g='1'/>", "\"group\"", "\"1\"", 1},
		{"{rule: group, id: '@g'}", "<item id='1' g=''/>", "\"self\"", "\"1\"", 1},
		{"{rule: group, id: '@g'}", "<item id='1'/>", "\"self\"", "\"1\"", 1},
		{"{rule: named, id: '@g'}", "<item id='1' g='7'/>", "\"named\"", "\"7\"", 1},
		{"{rule: named, id: '@g'}", "<item id='1'/>", "\"self\"", "\"1\"", 1},
		{"{rule: parent, id: '@g'}", "<item id='1' g='7'/>", "\"named\"", "\"7\"", 1},
		{"{rule: parent, id: '@g'}", "<item id='1'/>", "\"alone\"", "\"1\"", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char fields[256];
		char dialect[DIALECT_SPACE];
		char feed[256];
		struct recording recording;

		(void)snprintf(fields, sizeof fields, "    product: %s\n", cases[i].rule);
		expect_field(fields, cases[i].item, "link", cases[i].link);
		expect_field(fields, cases[i].item, "product_id", cases[i].product);
		recording_init(&recording);
		(void)snprintf(feed, sizeof feed, "<feed>%s</feed>", cases[i].item);
		read_with(item_dialect(dialect, sizeof dialect, fields), feed, &recording);
		assert_int_equal(recording.statement_count, cases[i].statements);
		recording_release(&recording);
	}
}

static void parent_states_its_product_with_all_that_products_have(void **state)
{
	char dialect[DIALECT_SPACE];
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_with(
		item_dialect(
			dialect, sizeof dialect,
			"      name: n\n      price: p\n      mpn: m\n      categories: {from: c, separator: '>'}\n    product: {rule: parent, id: '@g'}\n"),
		"<feed><item id='1'><n>N</n><p>5 EUR</p><m>M</m><c>A</c><x>X</x></item></feed>", &recording);
	expect_text(
		"parent", buffer_slice(&recording.statements),
		"{\"record\":1,\"kind\":\"sku\",\"action\":\"stated\",\"link\":\"alone\",\"id\":\"1\",\"product_id\":\"1\",\"name\":\"N\",\"price\":5000000,"
		"\"currency\":\"EUR\",\"mpn\":\"M\",\"categories\":[\"A\"],\"extra\":{\"x\":\"X\"}}\n"
		"{\"record\":1,\"kind\":\"product\",\"action\":\"stated\",\"id\":\"1\",\"name\":\"N\",\"price\":5000000,"
		"\"currency\":\"EUR\",\"categories\":[\"A\"],\"extra\":{\"x\":\"X\"}}\n"
		"{\"record\":1,\"kind\":\"category\",\"action\":\"stated\",\"id\":\"A\",\"name\":\"A\"}\n"
		"{\"end\":1,\"mapped\":true}\n");
	recording_release(&recording);
}

static void records_of_each_kind_are_counted_as_they_should(void **state)
{
	static const char yaml[] =
		"records:\n"
		"  c: {path: /f/c, kind: category, fields: {id: '@id', parent_id: {from: '@up', empty_when: '0'}, name: ., position: '@n'}}\n"
		"  p: {path: /f/p, kind: product, fields: {id: '@id', name: .}}\n"
		"  s: {paths: [/f/s, /f/t/s], kind: sku, product: {rule: named, id: '@of'}, fields: {id: '@id'}}\n";
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_with(
		yaml,
		"<f><c id='1' up='0' n='3'>A</c><c id='2' up='1'/><c>no id</c><p id='9'>P</p><t><s id='a' of='9'/></t><s id='b'/><s/></f>",
		&recording);
	expect_text(
		"kinds", buffer_slice(&recording.statements),
		"{\"record\":1,\"kind\":\"category\",\"action\":\"stated\",\"id\":\"1\",\"parent_id\":null,\"name\":\"A\",\"position\":3}\n"
		"{\"record\":2,\"kind\":\"category\",\"action\":\"stated\",\"id\":\"2\",\"parent_id\":\"1\",\"name\":null}\n"
		"{\"record\":3,\"kind\":\"category\",\"action\":\"rejected\"}\n"
		"{\"record\":4,\"kind\":\"product\",\"action\":\"stated\",\"id\":\"9\",\"name\":\"P\"}\n"
		"{\"end\":4,\"mapped\":true}\n"
		"{\"record\":5,\"kind\":\"sku\",\"action\":\"stated\",\"link\":\"named\",\"id\":\"a\",\"product_id\":\"9\"}\n"
		"{\"end\":5,\"mapped\":true}\n"
		"{\"record\":6,\"kind\":\"sku\",\"action\":\"stated\",\"link\":\"self\",\"id\":\"b\",\"product_id\":\"b\"}\n"
		"{\"end\":6,\"mapped\":true}\n"
		"{\"record\":7,\"kind\":\"sku\",\"action\":\"rejected\"}\n"
		"{\"end\":7,\"mapped\":false}\n");
	assert_int_equal(recording.counts.records, 4);
	assert_int_equal(recording.counts.mapped, 3);
	assert_int_equal(recording.complaint_count, 2);
	recording_release(&recording);
}

/* --- options of the job --- */

static void prefixes_stand_before_ids(void **state)
{
	static const char yaml[] =
		"records:\n"
		"  c: {path: /f/c, kind: category, fields: {id: '@id', parent_id: '@up'}}\n"
		"  s: {path: /f/s, kind: sku, product: {rule: group, id: '@g'}, fields: {id: '@id', categories: [a, {from: b, separator: '>'}]}}\n";
	const struct mapper_options options = {.id_prefix = SLICE("acme:"), .category_prefix = SLICE("k-")};
	struct mapper_options named = options;
	struct dialect_set *set = test_dialect(yaml);
	struct recording recording;

	(void)state;
	named.dialect = slice_from("test");
	recording_init(&recording);
	read_feed(set, &named, slice_from("<f><c id='2' up='1'/><s id='5' g='6'><a>2</a><b>X>Y</b></s></f>"), 0, &recording);
	expect_text(
		"prefixes", buffer_slice(&recording.statements),
		"{\"record\":1,\"kind\":\"category\",\"action\":\"stated\",\"id\":\"k-2\",\"parent_id\":\"k-1\"}\n"
		"{\"record\":2,\"kind\":\"sku\",\"action\":\"stated\",\"link\":\"group\",\"id\":\"acme:5\",\"product_id\":\"acme:6\","
		"\"categories\":[\"k-2\",\"k-X > Y\"]}\n"
		"{\"record\":2,\"kind\":\"category\",\"action\":\"stated\",\"id\":\"k-X > Y\",\"parent_id\":\"k-X\",\"name\":\"Y\"}\n"
		"{\"record\":2,\"kind\":\"category\",\"action\":\"derived\",\"id\":\"k-X\",\"name\":\"X\"}\n"
		"{\"end\":2,\"mapped\":true}\n");
	recording_release(&recording);
	dialect_set_free(set);
}

/* --- feed values --- */

static void feed_values_hold_for_all_records_behind_them(void **state)
{
	static const char yaml[] = "feed:\n  c: [\"/f/x[@d='1']/@id\", '/f/x[not(@d)]/@id', /f/y]\n  l: /f/@lang\n"
				   "records: {s: {path: /f/s, kind: sku, fields: {id: '@id', name: 'feed:c', brand: 'feed:l'}}}\n";
	static const struct {
		const char *feed;
		const char *name;
	} cases[] = {
		{"<f lang='de'><x id='A'/><x id='B' d='1'/><s id='1'/></f>", "\"brand\":\"de\""},
		{"<f><x id='A'/><x id='B' d='1'/><x id='C' d='1'/><s id='1'/></f>", "\"name\":\"B\""},
		{"<f><y>Y</y><x id='A'/><s id='1'/></f>", "\"name\":\"A\""},
		{"<f><y> Y </y><x id='A' d='2'/><s id='1'/></f>", "\"name\":\"Y\""},
		{"<f><s id='1'/><x id='A'/></f>", "\"product_id\":\"1\"}"}, /* too late */
		{"<f><s id='0'/><x id='A'/><s id='1'/></f>", "\"product_id\":\"1\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct recording recording;

		recording_init(&recording);
		read_with(yaml, cases[i].feed, &recording);
		if (!recording_has(&recording.statements, "\"id\":\"1\"", cases[i].name))
			fail_msg("%s: %.*s", cases[i].feed, (int)recording.statements.size, recording.statements.data);
		recording_release(&recording);
	}
}

/* --- limits --- */

static void oversized_record_is_rejected_with_the_id_of_its_head(void **state)
{
	static const char tag[] = "<t>0123456789012345678901234567890123456789012345678901234567890123456789</t>";
	char dialect[DIALECT_SPACE];
	struct dialect_set *set = test_dialect(item_dialect(dialect, sizeof dialect, "      tags: t\n"));
	struct recording recording;
	struct buffer feed;

	(void)state;
	buffer_init(&feed, (size_t)2 * LIMIT_RECORD_BYTES);
	assert_int_equal(buffer_append_text(&feed, "<feed><item id='big'>"), 0);
	while (feed.size < (size_t)LIMIT_RECORD_BYTES + 4096)
		assert_int_equal(buffer_append(&feed, tag, sizeof tag - 1), 0);
	assert_int_equal(buffer_append_text(&feed, "</item><item id='next'/></feed>"), 0);
	recording_init(&recording);
	read_feed(set, &(struct mapper_options){.dialect = SLICE("test")}, buffer_slice(&feed), 0, &recording);
	assert_int_equal(recording.result, 0);
	expect_text(
		"oversize", buffer_slice(&recording.statements),
		"{\"record\":1,\"kind\":\"sku\",\"action\":\"rejected\",\"id\":\"big\"}\n{\"end\":1,\"mapped\":false}\n"
		"{\"record\":2,\"kind\":\"sku\",\"action\":\"stated\",\"link\":\"self\",\"id\":\"next\",\"product_id\":\"next\"}\n{\"end\":2,\"mapped\":true}\n");
	assert_true(recording_has(&recording.complaints, "\"code\":\"record_limit\"", "\"id\":\"big\""));
	assert_int_equal(recording.counts.records, 2);
	assert_int_equal(recording.counts.mapped, 1);
	recording_release(&recording);
	buffer_release(&feed);
	dialect_set_free(set);
}

static int refuse_statement(void *context, const struct statement *statement, struct error *err)
{
	(void)context;
	(void)statement;
	return error_set(err, ERROR_STORE, "no more");
}

static void sink_that_stops_ends_the_reading(void **state)
{
	char dialect[DIALECT_SPACE];
	struct dialect_set *set = test_dialect(item_dialect(dialect, sizeof dialect, ""));
	struct byte_block block = {.rest = SLICE("<feed><item id='1'/><item id='2'/></feed>")};
	const struct statement_sink sink = {.statement = refuse_statement};
	struct error err = ERROR_INIT;
	struct feed_summary summary;
	struct name_table names;
	struct mapper *mapper;

	(void)state;
	name_table_init(&names);
	mapper = mapper_new(set, &(struct mapper_options){.dialect = SLICE("test")}, &names, sink, &err);
	assert_non_null(mapper);
	assert_int_equal(feed_read(byte_source_block(&block), &(struct feed_options){.http_charset = {NULL, 0}}, &names,
	                           mapper_feed_sink(mapper), &summary, &err),
	                 -1);
	assert_int_equal(err.code, ERROR_STORE);
	mapper_free(mapper);
	name_table_release(&names);
	dialect_set_free(set);
	mapper_free(NULL);
	dialect_set_free(NULL);
}

int run_mapper_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_empty_and_value_are_told_apart),
		cmocka_unit_test(words_are_those_of_the_tables),
		cmocka_unit_test(lists_are_json),
		cmocka_unit_test(categories_are_ids_or_paths),
		cmocka_unit_test(paths_state_the_leaf_and_derive_its_ancestors),
		cmocka_unit_test(product_rules_link_skus),
		cmocka_unit_test(parent_states_its_product_with_all_that_products_have),
		cmocka_unit_test(records_of_each_kind_are_counted_as_they_should),
		cmocka_unit_test(prefixes_stand_before_ids),
		cmocka_unit_test(feed_values_hold_for_all_records_behind_them),
		cmocka_unit_test(oversized_record_is_rejected_with_the_id_of_its_head),
		cmocka_unit_test(sink_that_stops_ends_the_reading),
	};

	return cmocka_run_group_tests_name("mapper", tests, NULL, NULL);
}
