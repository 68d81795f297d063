/* Lists of objects and of ids: texts, custom fields, prices, stocks, children and references. */
#include "support.h"

#include <stdio.h>
#include <string.h>

struct list_case {
	const char *item;
	const char *expected;
	const char *extra;
};

static void check(const char *fields, const char *name, const struct list_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char item[4096];

		print_message("%s\n", cases[i].item);
		(void)snprintf(item, sizeof item, "<item id='1'>%s</item>", cases[i].item);
		expect_field(fields, item, name, cases[i].expected);
		expect_field(fields, item, "extra", cases[i].extra);
	}
}

#define CHECK(fields, name, cases) check(fields, name, cases, sizeof(cases) / sizeof((cases)[0]))

#define TEXT(field, language, value) "{\"field\":\"" field "\",\"language\":\"" language "\",\"value\":\"" value "\"}"

static void texts_are_kept_by_field_and_language(void **state)
{
	static const char fields[] =
		"      texts:\n"
		"        - {each: name, field: name, language: '@xml:lang'}\n"
		"        - {each: text, field: {from: '@of', words: {long: description}}, language: '@l', value: v}\n";
	static const struct list_case cases[] = {
		{"", "absent", "absent"},
		{"<name xml:lang='de'>Lampe</name>", "[" TEXT("name", "de", "Lampe") "]", "absent"},
		{"<name xml:lang='pt_br'>A</name><name xml:lang='ZH-hant-tw'>B</name>",
	         "[" TEXT("name", "pt-BR", "A") "," TEXT("name", "zh-Hant-TW", "B") "]", "absent"},
		{"<name xml:lang='x-default'>A</name>", "[" TEXT("name", "x-default", "A") "]", "absent"},
		{"<name>A</name>", "absent", "{\"name\":\"A\"}"},
		{"<name xml:lang=''>A</name>", "absent", "{\"name/@xml:lang\":\"\",\"name\":\"A\"}"},
		{"<name xml:lang='de'/>", "absent", "{\"name/@xml:lang\":\"de\"}"},
		{"<name xml:lang='de de'>A</name>", "absent", "{\"name/@xml:lang\":\"de de\",\"name\":\"A\"}"},
		{"<name xml:lang='verylonglanguage'>A</name>", "absent",
	         "{\"name/@xml:lang\":\"verylonglanguage\",\"name\":\"A\"}"},
		{"<name xml:lang='de'>A</name><name xml:lang='DE'>B</name>", "[" TEXT("name", "de", "A") "]",
	         "{\"name/@xml:lang\":\"DE\",\"name\":\"B\"}"},
		{"<text of='long' l='de'><v>T</v></text><text of='name' l='fr'><v>N</v></text>",
	         "[" TEXT("description", "de", "T") "," TEXT("name", "fr", "N") "]", "absent"},
		{"<text of='brand' l='de'><v>T</v></text>", "absent",
	         "{\"text/@of\":\"brand\",\"text/@l\":\"de\",\"text/v\":\"T\"}"},
	};

	(void)state;
	CHECK(fields, "texts", cases);
}

static void read_language(const char *language, const char *job, const char *expected)
{
	char yaml[1024];
	struct recording recording;
	struct dialect_set *set;
	const struct mapper_options options = {.dialect = SLICE("test"), .language = slice_from(job)};

	(void)snprintf(yaml, sizeof yaml,
	               "feed: {language: /feed/@lang}\n%s"
	               "records:\n"
	               "  item:\n"
	               "    path: /feed/item\n"
	               "    kind: sku\n"
	               "    fields:\n"
	               "      id: '@id'\n"
	               "      texts: [{each: n, field: name, language: '@l'}]\n",
	               language);
	recording_init(&recording);
	set = test_dialect(yaml);
	read_feed(set, &options,
	          slice_from("<feed lang='fr'><item id='1'><n l='de'>D</n><n l='fr'>F</n><n l='pt-BR'>P</n></item></feed>"), 0,
	          &recording);
	assert_int_equal(recording.result, 0);
	if (!recording_has(&recording.statements, expected, NULL))
		fail_msg("%s: %.*s", language, (int)recording.statements.size, recording.statements.data);
	dialect_set_free(set);
	recording_release(&recording);
}

static void texts_in_the_own_language_are_left_out(void **state)
{
#define DE TEXT("name", "de", "D")
#define FR TEXT("name", "fr", "F")
#define PT TEXT("name", "pt-BR", "P")
	(void)state;
	read_language("", "", "\"texts\":[" DE "," FR "," PT "]");
	read_language("language: de\n", "", "\"texts\":[" FR "," PT "]");
	read_language("language: 'feed:language'\n", "", "\"texts\":[" DE "," PT "]");
	read_language("language: de\n", "pt_br", "\"texts\":[" DE "," FR "]");
	read_language("language: de\n", "", "\"extra\":{\"n/@l\":\"de\",\"n\":\"D\"}");
}

static void custom_fields_are_one_object(void **state)
{
	static const char fields[] = "      custom_fields:\n"
				     "        - {each: f, name: '@n', value: {from: v, default: none}}\n"
				     "        - season\n"
				     "        - '@rank'\n"
				     "        - {each: since, name: {constant: since}, value: {from: ., date: '%d.%m.%Y'}}\n"
				     "        - {each: seen, value: {from: ., date: '%d.%m.%Y %H:%M', timezone: '+02:00'}}\n"
				     "        - {each: made, value: {from: ., date: unix}}\n";
	static const struct list_case cases[] = {
		{"", "absent", "absent"},
		{"<f n='Colour'><v>red</v></f><season>SS 26</season>", "{\"Colour\":\"red\",\"season\":\"SS 26\"}", "absent"},
		{"<f n='a \"b\"'><v>1</v></f>", "{\"a \\\"b\\\"\":\"1\"}", "absent"},
		{"<f n='a'><v>true</v></f>", "{\"a\":\"true\"}", "absent"}, /* XML knows texts only */
		{"<f n='a'/>", "{\"a\":\"none\"}", "absent"},
		{"<f><v>1</v></f><season/>", "absent", "{\"f/v\":\"1\",\"season\":\"\"}"},
		{"<season>A</season><season>B</season>", "{\"season\":\"A\"}", "{\"season\":\"B\"}"},
		{"<since>31.1.2026</since>", "{\"since\":\"2026-01-31\"}", "absent"},
		{"<since>2026</since>", "absent", "{\"since\":\"2026\"}"},
		{"<seen>31.01.2026 01:00</seen>", "{\"seen\":\"2026-01-30T23:00:00Z\"}", "absent"},
		{"<made>1769839200</made>", "{\"made\":\"2026-01-31T06:00:00Z\"}", "absent"},
	};

	(void)state;
	CHECK(fields, "custom_fields", cases);
	expect_field(fields, "<item id='1' rank='3'/>", "custom_fields", "{\"rank\":\"3\"}");
}

static void prices_have_kind_tier_region_and_window(void **state)
{
	static const char fields[] = "      currency: {constant: EUR}\n"
				     "      prices:\n"
				     "        - each: p\n"
				     "          kind: {from: '@k', words: {net_list: list}}\n"
				     "          amount: {from: v, decimal_sign: ','}\n"
				     "          currency: '@c'\n"
				     "          min_quantity: {from: '@q', decimal_sign: ','}\n"
				     "          region: '@r'\n"
				     "          valid_from: {from: '@f', date: '%d.%m.%Y %H:%M', timezone: '+01:00'}\n"
				     "          valid_to: {from: '@t', date: '%d.%m.%Y %H:%M', timezone: '+01:00'}\n";
	static const struct list_case cases[] = {
		{"<p k='cost'><v>1.234,50</v></p>", "[{\"kind\":\"cost\",\"currency\":\"EUR\",\"amount_micros\":1234500000}]",
	         "absent"},
		{"<p k='RRP'><v>10 USD</v></p>", "[{\"kind\":\"msrp\",\"currency\":\"USD\",\"amount_micros\":10000000}]", "absent"},
		{"<p k='net_list' c='CZK' q='1,5' r='CZ'><v>9</v></p>",
	         "[{\"kind\":\"list\",\"currency\":\"CZK\",\"min_quantity_micros\":1500000,\"region\":\"CZ\",\"amount_micros\":9000000}]",
	         "absent"},
		{"<p k='sale' f='31.01.2026 09:00' t='31.01.2026 10:00'><v>9</v></p>",
	         "[{\"kind\":\"sale\",\"currency\":\"EUR\",\"valid_from_ms\":1769846400000,\"valid_to_ms\":1769850000000,\"amount_micros\":9000000}]",
	         "absent"},
		{"<p k='sale' f='31.01.2026 10:00' t='31.01.2026 09:00'><v>9</v></p>", "absent",
	         "{\"p/@k\":\"sale\",\"p/@f\":\"31.01.2026 10:00\",\"p/@t\":\"31.01.2026 09:00\",\"p/v\":\"9\"}"},
		{"<p k='gift'><v>9</v></p>", "absent", "{\"p/@k\":\"gift\",\"p/v\":\"9\"}"},
		{"<p><v>9</v></p>", "absent", "{\"p/v\":\"9\"}"},
		{"<p k='map'><v>9.50</v></p>", "absent", "{\"p/@k\":\"map\",\"p/v\":\"9.50\"}"},
		{"<p k='wholesale' q='10'><v>9</v></p><p k='wholesale' q='100'><v>8</v></p>",
	         "[{\"kind\":\"wholesale\",\"currency\":\"EUR\",\"min_quantity_micros\":10000000,\"amount_micros\":9000000},"
	         "{\"kind\":\"wholesale\",\"currency\":\"EUR\",\"min_quantity_micros\":100000000,\"amount_micros\":8000000}]",
	         "absent"},
	};

	(void)state;
	CHECK(fields, "prices", cases);
}

static void references_and_children_are_ids(void **state)
{
	static const char yaml[] =
		"recognise: [{root: f}]\nrecords:\n"
		"  p: {path: /f/p, kind: product, fields: {id: '@id', children: {from: '@of', split: [',', ' ']}}}\n"
		"  s: {path: /f/s, kind: sku, fields: {id: '@id', reference: '@ref'}}\n";
	struct mapper_options options = {.dialect = SLICE("test"), .id_prefix = SLICE("x:")};
	struct dialect_set *set = test_dialect(yaml);
	struct recording recording;
	char feed[2048];
	char long_id[600];

	(void)state;
	memset(long_id, 'a', sizeof long_id - 1);
	long_id[sizeof long_id - 1] = '\0';
	(void)snprintf(
		feed, sizeof feed,
		"<f><p id='1' of='a, b  c'/><s id='2' ref='R'/><p id='3' of='%s d'/><s id='4' ref='%s'/><s id='5' ref=''/></f>",
		long_id, long_id);
	recording_init(&recording);
	read_feed(set, &options, slice_from(feed), 0, &recording);
	assert_int_equal(recording.result, 0);
	assert_true(recording_has(&recording.statements, "\"id\":\"x:1\"", "\"children\":[\"x:a\",\"x:b\",\"x:c\"]"));
	assert_true(recording_has(&recording.statements, "\"id\":\"x:2\"", "\"reference\":\"x:R\""));
	assert_true(recording_has(&recording.statements, "\"id\":\"x:3\"", "\"children\":[\"x:d\"]"));
	assert_true(recording_has(&recording.statements, "\"id\":\"x:4\"", "\"extra\":{\"@ref\":\"aaa"));
	assert_true(recording_has(&recording.statements, "\"id\":\"x:5\"", "\"reference\":null"));
	assert_true(recording_has(&recording.complaints, "id_too_long", "\"field\":\"children\""));
	assert_true(recording_has(&recording.complaints, "id_too_long", "\"field\":\"reference\""));
	assert_int_equal(recording.complaint_count, 2);
	recording_release(&recording);
	dialect_set_free(set);
}

static void long_lists_are_cut_with_one_complaint(void **state)
{
	static const char yaml[] =
		"recognise: [{root: f}]\nrecords:\n"
		"  s:\n    path: /f/s\n    kind: sku\n    fields:\n      id: '@id'\n"
		"      custom_fields: [{each: c, name: '@n'}]\n      texts: [{each: t, field: name, language: '@l'}]\n";
	struct buffer feed;
	struct recording recording;

	(void)state;
	buffer_init(&feed, 1024 * 1024);
	assert_int_equal(buffer_append_text(&feed, "<f><s id='1'>"), 0);
	for (int i = 0; i < 1200; i++)
		assert_int_equal(buffer_append_format(&feed, "<c n='n%d'>v</c><t l='x-%d'>v</t>", i, i), 0);
	assert_int_equal(buffer_append_text(&feed, "</s></f>"), 0);
	recording_init(&recording);
	read_with(yaml, buffer_text(&feed), &recording);
	assert_int_equal(recording.complaint_count, 2);
	assert_true(recording_has(&recording.complaints, "list_too_long", "\"field\":\"custom_fields\""));
	assert_true(recording_has(&recording.complaints, "list_too_long", "\"field\":\"texts\""));
	assert_true(recording_has(&recording.statements, "\"n999\":\"v\"", "\"x-999\""));
	assert_false(recording_has(&recording.statements, "\"n1000\":\"v\"", NULL));
	recording_release(&recording);
	buffer_release(&feed);
}

int run_list_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_kept_by_field_and_language), cmocka_unit_test(texts_in_the_own_language_are_left_out),
		cmocka_unit_test(custom_fields_are_one_object),         cmocka_unit_test(prices_have_kind_tier_region_and_window),
		cmocka_unit_test(references_and_children_are_ids),      cmocka_unit_test(long_lists_are_cut_with_one_complaint),
	};

	return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
