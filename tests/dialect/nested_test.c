/* Records in records, parts, several kinds on one path, and definitions of fields. */
#include "support.h"

#include <stdio.h>

static void expect_statements(const char *yaml, const char *feed, const char *statements, const char *complaints)
{
	struct recording recording;

	recording_init(&recording);
	read_with(yaml, feed, &recording);
	expect_text(feed, buffer_slice(&recording.statements), statements);
	expect_text(feed, buffer_slice(&recording.complaints), complaints);
	recording_release(&recording);
}

#define SKU(record, link, id, product)                                                                     \
	"{\"record\":" record ",\"kind\":\"sku\",\"action\":\"stated\",\"link\":\"" link "\",\"id\":\"" id \
	"\",\"product_id\":\"" product "\""
#define STATED(record, kind, id) "{\"record\":" record ",\"kind\":\"" kind "\",\"action\":\"stated\",\"id\":\"" id "\""
#define PART(record, id) "{\"record\":" record ",\"kind\":\"sku\",\"action\":\"part\",\"id\":\"" id "\""
#define END(record) "{\"end\":" record ",\"mapped\":true}\n"
#define ID_MISSING(record, kind, offset)                                  \
	"{\"record\":" record ",\"code\":\"id_missing\",\"kind\":\"" kind \
	"\",\"id\":\"\",\"field\":\"id\",\"text\":\"\",\"offset\":" offset "}\n"

static void nested_skus_belong_to_the_product_around_them(void **state)
{
	static const char yaml[] = "format: json\n"
				   "records:\n"
				   "  product:\n"
				   "    path: $.products[*]\n"
				   "    kind: product\n"
				   "    fields: {id: id, name: title}\n"
				   "    nested:\n"
				   "      variant:\n"
				   "        each: variants\n"
				   "        kind: sku\n"
				   "        fields: {id: id, name: [title, $.title]}\n";

	(void)state;
	expect_statements(
		yaml,
		"{\"products\":[{\"id\":\"p\",\"title\":\"T\",\"more\":{\"a\":1,\"b\":[]},"
		"\"variants\":[{\"id\":1,\"title\":\"S\",\"left\":true},{\"title\":\"lost\"},{\"id\":2}]}]}",
		SKU("1", "named", "1", "p") ",\"name\":\"S\",\"extra\":{\"left\":true}}\n"
					    "{\"record\":1,\"kind\":\"sku\",\"action\":\"rejected\"}\n" /* its brothers stay */
		SKU("1", "named", "2", "p") ",\"name\":\"T\"}\n" STATED(
			"1", "product",
			"p") ",\"name\":\"T\",\"extra\":{\"more\":{\"a\":1,\"b\":[]},\"variants\":[{\"title\":\"lost\"}]}}\n" END("1"),
		ID_MISSING("1", "sku", "13"));
	/* of a product without id its SKUs are products of their own; of a record without any id nothing is mapped */
	expect_statements(
		yaml, "{\"products\":[{\"variants\":[{\"id\":1}]},{\"variants\":[{}]},{\"id\":\"q\",\"variants\":[]}]}",
		SKU("1", "self", "1",
	            "1") "}\n"
			 "{\"record\":1,\"kind\":\"product\",\"action\":\"rejected\"}\n" END(
				 "1") "{\"record\":2,\"kind\":\"sku\",\"action\":\"rejected\"}\n"
				      "{\"record\":2,\"kind\":\"product\",\"action\":\"rejected\"}\n{\"end\":2,\"mapped\":false}\n" STATED(
					      "3", "product", "q") ",\"extra\":{\"variants\":[]}}\n" END("3"),
		ID_MISSING("1", "product", "13") ID_MISSING("2", "product", "37") ID_MISSING("2", "sku", "37"));
}

static void tree_of_categories_is_stated_at_any_depth(void **state)
{
	(void)state;
	expect_statements(
		"format: json\n"
		"records:\n"
		"  category:\n"
		"    path: $\n"
		"    kind: category\n"
		"    fields: {id: id, name: name}\n"
		"    nested: {child: {each: 'children_data[*]', kind: category, recursive: true, fields: {id: id, name: name, position: position}}}\n",
		"{\"id\":1,\"name\":\"A\",\"children_data\":[{\"id\":2,\"name\":\"B\",\"children_data\":[{\"id\":3,\"name\":\"C\","
		"\"children_data\":[]}]},{\"id\":4,\"name\":\"D\",\"position\":7}]}",
		STATED("1", "category", "1") ",\"name\":\"A\"}\n" STATED("1", "category", "2") ",\"parent_id\":\"1\",\"name\":\"B\"}\n" STATED(
			"1", "category",
			"4") ",\"parent_id\":\"1\",\"name\":\"D\",\"position\":7}\n" STATED("1", "category",
	                                                                                    "3") ",\"parent_id\":\"2\",\"name\":\"C\",\"extra\":{\"children_data\":[]}}\n",
		"");
}

#define SHOP                                                                                                              \
	"records:\n"                                                                                                      \
	"  item:\n"                                                                                                       \
	"    path: /shop/item\n"                                                                                          \
	"    kind: sku\n"                                                                                                 \
	"    when: {path: '@type', is: [simple, VARIANT]}\n"                                                              \
	"    fields: {id: '@id', name: name}\n"                                                                           \
	"    nested:\n"                                                                                                   \
	"      size: {each: size, kind: sku, when: {lacks: '@no'}, fields: {id: '@id', name: {join: [../name, '@v']}}}\n" \
	"      image: {each: img, kind: part, fields: {images: '.', position: '@o'}}\n"                                   \
	"  product:\n"                                                                                                    \
	"    path: /shop/item\n"                                                                                          \
	"    kind: product\n"                                                                                             \
	"    when: [{path: '@type', is_not: odd}, {has: kids}]\n"                                                         \
	"    fields: {id: '@id', children: kids/k}\n"                                                                     \
	"  picture:\n"                                                                                                    \
	"    path: /shop/picture\n"                                                                                       \
	"    kind: part\n"                                                                                                \
	"    of: sku\n"                                                                                                   \
	"    fields: {id: '@of', images: '@url', prices: [{each: p, kind: {constant: cost}}]}\n"

static void first_rule_whose_condition_holds_takes_the_record(void **state)
{
	(void)state;
	expect_statements(
		SHOP,
		"<shop><item type='Variant' id='1'><kids/></item><item type='p' id='2'><kids><k>1</k></kids></item>"
		"<item type='odd' id='3'><kids><k>1</k></kids></item><item id='4'/></shop>",
		SKU("1", "self", "1", "1") ",\"extra\":{\"@type\":\"Variant\",\"kids\":\"\"}}\n" END("1")
			STATED("2", "product", "2") ",\"extra\":{\"@type\":\"p\"},\"children\":[\"1\"]}\n" END("2") END("3")
				END("4"),
		"{\"record\":3,\"code\":\"record_unused\",\"kind\":\"sku\",\"id\":\"\",\"field\":\"\",\"text\":\"\",\"offset\":98}\n"
		"{\"record\":4,\"code\":\"record_unused\",\"kind\":\"sku\",\"id\":\"\",\"field\":\"\",\"text\":\"\",\"offset\":150}\n");
}

static void parts_add_to_items_and_say_nothing_else(void **state)
{
	(void)state;
	expect_statements(
		SHOP,
		"<shop><picture of='1' url='http://x/0' w='5'><p>5 EUR</p></picture><picture url='http://x/9'/><picture of='1'/>"
		"<item type='simple' id='1'><name>N</name><size id='2' v='S'>t</size><size id='3' no='1'/>"
		"<img o='1' w='9'>http://x/1</img></item></shop>",
		PART("1", "1") ",\"images\":[\"http://x/0\"],\"prices\":[{\"kind\":\"cost\",\"currency\":\"EUR\",\"amount_micros\":5000000}]}\n" END(
			"1") "{\"end\":2,\"mapped\":false}\n" END("3")
			SKU("4", "self", "1", "1") ",\"name\":\"N\",\"extra\":{\"@type\":\"simple\",\"size/@id\":\"3\",\"size/@no\":\"1\",\"img/@w\":\"9\"}}\n" SKU(
				"4", "group", "2",
				"1") ",\"name\":\"N S\",\"extra\":{\"@v\":\"S\",\"size\":\"t\"}}\n" PART("4",
	                                                                                                 "1") ",\"images\":[\"http://x/1\"],\"position\":1}\n" END("4"),
		ID_MISSING("2", "sku", "67"));
}

static void product_rule_listed_leaves_the_link_to_the_product(void **state)
{
	(void)state;
	expect_statements(
		"format: json\nrecords: {r: {path: '$[*]', kind: sku, product: {rule: listed}, fields: {id: id, reference: ref}}}\n",
		"{\"id\":1,\"ref\":\"x\"}\n{\"id\":2}\n",
		SKU("1", "listed", "1", "1") ",\"reference\":\"x\"}\n" END("1") SKU("2", "listed", "2", "2") "}\n" END("2"), "");
}

static void entries_of_categories_state_what_they_name(void **state)
{
	(void)state;
	expect_statements(
		"format: json\n"
		"records:\n"
		"  r:\n"
		"    path: $[*]\n"
		"    kind: product\n"
		"    fields:\n"
		"      id: id\n"
		"      categories:\n"
		"        - {each: cats, when: {path: type, is_not: tag}, id: id, name: name, parent_id: parent, url: link, position: pos}\n"
		"        - main\n",
		"[{\"id\":1,\"main\":\"9\",\"cats\":[{\"id\":7,\"name\":\"Lamps\",\"parent\":5,\"link\":\"http://x/c\",\"pos\":2,\"type\":\"c\"},"
		"{\"id\":8,\"name\":\"no\",\"type\":\"TAG\"},{\"id\":5},{\"name\":\"lost\"},{\"id\":6,\"pos\":\"x\"}]}]",
		STATED("1", "product",
	               "1") ",\"categories\":[\"7\",\"5\",\"6\",\"9\"],\"extra\":{\"cats\":[{\"type\":\"c\"},"
			    "{\"id\":8,\"name\":\"no\",\"type\":\"TAG\"},{\"name\":\"lost\"},{\"pos\":\"x\"}]}}\n" STATED(
				    "1", "category",
				    "7") ",\"parent_id\":\"5\",\"name\":\"Lamps\",\"url\":\"http://x/c\",\"position\":2}\n" END("1"),
		"{\"record\":1,\"code\":\"number_invalid\",\"kind\":\"product\",\"id\":\"1\",\"field\":\"categories\",\"text\":\"x\",\"offset\":1}\n");
}

static void definitions_of_fields_are_read_with_their_types(void **state)
{
	static const char yaml[] =
		"format: json\n"
		"records: {f: {path: '$.fields[*]', kind: field, fields: {id: id, name: n, entity: e, value_type: t, required: r, default_value: d, enum_values: v}}}\n";

	(void)state;
	expect_statements(
		yaml,
		"{\"fields\":[{\"id\":\"size\",\"n\":\"Size\",\"e\":\"SKU\",\"t\":\"enum\",\"r\":true,\"d\":2,\"v\":{\"S\":1,\"M\":2}},"
		"{\"id\":\"on\",\"e\":\"product\",\"d\":\"false\",\"r\":\"maybe\",\"t\":\"text\",\"v\":\"[\"},{\"id\":\"x\",\"e\":\"order\"},{\"e\":\"sku\"}]}",
		"{\"record\":1,\"field\":\"size\",\"entity\":\"sku\",\"name\":\"Size\",\"value_type\":\"enum\",\"required\":true,"
		"\"default_value\":2,\"enum_values\":{\"S\":1,\"M\":2}}\n"
		"{\"record\":2,\"field\":\"on\",\"entity\":\"product\",\"name\":\"\",\"value_type\":\"unicode\",\"required\":false,"
		"\"default_value\":\"false\"}\n",
		"{\"record\":2,\"code\":\"word_unknown\",\"kind\":\"product\",\"id\":\"\",\"field\":\"value_type\",\"text\":\"text\",\"offset\":90}\n"
		"{\"record\":2,\"code\":\"bool_invalid\",\"kind\":\"product\",\"id\":\"\",\"field\":\"required\",\"text\":\"maybe\",\"offset\":90}\n"
		"{\"record\":2,\"code\":\"cell_invalid\",\"kind\":\"product\",\"id\":\"\",\"field\":\"enum_values\",\"text\":\"[\",\"offset\":90}\n"
		"{\"record\":3,\"code\":\"word_unknown\",\"kind\":\"product\",\"id\":\"\",\"field\":\"entity\",\"text\":\"order\",\"offset\":159}\n"
		"{\"record\":3,\"code\":\"required_missing\",\"kind\":\"product\",\"id\":\"\",\"field\":\"entity\",\"text\":\"x\",\"offset\":159}\n" ID_MISSING(
			"4", "product", "182"));
}

/* What is read of the record for each of many nested ones would be a multiple of the feed: the record is left out instead. */
static void record_that_would_grow_beyond_measure_is_left_out(void **state)
{
	static const char yaml[] =
		"records: {p: {path: /f/p, kind: product, fields: {id: '@id'}, nested: {v: {each: v, kind: sku, fields: {id: '@id', "
		"description: ../d}}}}}\n";
	struct recording recording;
	struct buffer feed;

	(void)state;
	buffer_init(&feed, (size_t)8 * 1024 * 1024);
	assert_int_equal(buffer_append_text(&feed, "<f><p id='1'><d>"), 0);
	for (int i = 0; i < 60000; i++)
		assert_int_equal(buffer_append_byte(&feed, 'x'), 0);
	assert_int_equal(buffer_append_text(&feed, "</d>"), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(buffer_append_format(&feed, "<v id='v%d'/>", i), 0);
	assert_int_equal(buffer_append_text(&feed, "</p><p id='2'><d/><v id='w'/></p></f>"), 0);
	recording_init(&recording);
	read_with(yaml, buffer_text(&feed), &recording);
	assert_true(recording_has(&recording.complaints, "\"record\":1,\"code\":\"record_limit\"", "\"id\":\"1\""));
	assert_true(recording_has(&recording.statements, "\"kind\":\"sku\",\"action\":\"rejected\",\"id\":\"v0\"", NULL));
	assert_true(recording_has(&recording.statements, "{\"end\":1,\"mapped\":false}", NULL));
	assert_true(recording_has(&recording.statements, "\"id\":\"w\",\"product_id\":\"2\"", NULL));
	recording_release(&recording);
	buffer_release(&feed);
}

/* Paths that look at all of a record for each of its nested ones: the work is bounded, and said to be. */
static void record_that_would_take_too_long_is_left_out(void **state)
{
	static const char yaml[] =
		"records: {p: {path: /f/p, kind: product, fields: {id: '@id'}, nested: {v: {each: v, kind: sku, fields: {id: '@id', "
		"name: \"../v[@k='none']/@id\"}}}}}\n";
	struct recording recording;
	struct buffer feed;

	(void)state;
	buffer_init(&feed, (size_t)8 * 1024 * 1024);
	assert_int_equal(buffer_append_text(&feed, "<f><p id='1'>"), 0);
	for (int i = 0; i < 30000; i++)
		assert_int_equal(buffer_append_format(&feed, "<v id='v%d'/>", i), 0);
	assert_int_equal(buffer_append_text(&feed, "</p></f>"), 0);
	recording_init(&recording);
	read_with(yaml, buffer_text(&feed), &recording);
	assert_true(recording_has(&recording.complaints, "\"record\":1,\"code\":\"record_limit\"", "\"id\":\"1\""));
	recording_release(&recording);
	buffer_release(&feed);
}

int run_nested_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_skus_belong_to_the_product_around_them),
		cmocka_unit_test(tree_of_categories_is_stated_at_any_depth),
		cmocka_unit_test(first_rule_whose_condition_holds_takes_the_record),
		cmocka_unit_test(parts_add_to_items_and_say_nothing_else),
		cmocka_unit_test(product_rule_listed_leaves_the_link_to_the_product),
		cmocka_unit_test(entries_of_categories_state_what_they_name),
		cmocka_unit_test(definitions_of_fields_are_read_with_their_types),
		cmocka_unit_test(record_that_would_grow_beyond_measure_is_left_out),
		cmocka_unit_test(record_that_would_take_too_long_is_left_out),
	};

	return cmocka_run_group_tests_name("nested", tests, NULL, NULL);
}
