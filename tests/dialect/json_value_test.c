/* Values of JSON and tables: types kept, arrays as lists, objects as JSON text or not at all. */
#include "support.h"

#include <stdio.h>
#include <string.h>

/* A dialect for an array of objects with these fields, its one object's members, and texts that the statement and the complaints must have. */
struct json_case {
	const char *fields;
	const char *members;
	const char *statement;
	const char *complaint; /* NULL = none at all */
};

static void check_case(const struct json_case *expected)
{
	char yaml[2048];
	char feed[2048];
	struct recording recording;

	print_message("%s\n", expected->fields);
	(void)snprintf(yaml, sizeof yaml,
	               "format: json\nrecords:\n  item:\n    path: $[*]\n    kind: sku\n    fields:\n      id: id\n      %s\n",
	               expected->fields);
	(void)snprintf(feed, sizeof feed, "[{\"id\":\"1\",%s}]", expected->members);
	recording_init(&recording);
	read_with(yaml, feed, &recording);
	if (!recording_has(&recording.statements, "\"id\":\"1\"", expected->statement))
		fail_msg("expected %s in\n  %.*s", expected->statement, (int)recording.statements.size, recording.statements.data);
	if (expected->complaint == NULL)
		assert_int_equal(recording.complaint_count, 0);
	else if (!recording_has(&recording.complaints, expected->complaint, NULL))
		fail_msg("expected %s in\n  %.*s", expected->complaint, (int)recording.complaints.size,
		         recording.complaints.size > 0 ? recording.complaints.data : "");
	recording_release(&recording);
}

#define CHECK(cases)                                                    \
	for (size_t i = 0; i < sizeof(cases) / sizeof((cases)[0]); i++) \
	check_case(&(cases)[i])

static void custom_fields_keep_their_types(void **state)
{
	static const struct json_case cases[] = {
		{"custom_fields: [{each: c.*, name: name(), value: .}]",
	         "\"c\":{\"a\":1.50,\"b\":true,\"d\":false,\"e\":\"2\",\"f\":\"x \\\"y\\\"\",\"g\":-1e3}",
	         "\"custom_fields\":{\"a\":1.50,\"b\":true,\"d\":false,\"e\":\"2\",\"f\":\"x \\\"y\\\"\",\"g\":-1e3}}", NULL},
		{"custom_fields: [{each: c.*, name: name()}]", "\"c\":{\"a\":1,\"b\":null,\"d\":\"\"}",
	         "\"extra\":{\"c\":{\"b\":null,\"d\":\"\"}},\"custom_fields\":{\"a\":1}}", NULL},
		{"custom_fields: [a, b]", "\"a\":7,\"b\":\"x\"", "\"custom_fields\":{\"a\":7,\"b\":\"x\"}}", NULL},
		{"custom_fields: [{each: c, name: k, value: v}]", "\"c\":[{\"k\":\"a\",\"v\":12},{\"k\":\"b\",\"v\":\"12\"}]",
	         "\"custom_fields\":{\"a\":12,\"b\":\"12\"}}", NULL},
		{"custom_fields: [{each: c, name: k, value: {from: v, lower: true}}]", "\"c\":[{\"k\":\"a\",\"v\":\"TRUE\"}]",
	         "\"custom_fields\":{\"a\":\"true\"}}", NULL},
		{"custom_fields: [{each: c, name: k, value: {from: v, words: {'1': '2'}}}]", "\"c\":[{\"k\":\"a\",\"v\":1}]",
	         "\"custom_fields\":{\"a\":\"2\"}}", NULL},
		{"custom_fields: [{each: t, value: {from: ., date: unix}}]", "\"t\":1769839200",
	         "\"custom_fields\":{\"t\":\"2026-01-31T06:00:00Z\"}}", NULL},
		{"custom_fields: [{each: c.*, name: name()}]", "\"c\":{\"a\":{\"x\":1}}", "\"extra\":{\"c\":{\"a\":{\"x\":1}}}",
	         "\"code\":\"value_compound\""},
		{"custom_fields: [{each: c, name: {constant: c}, value: {from: ., json: true}}]", "\"c\":{\"x\":[1,null]}",
	         "\"custom_fields\":{\"c\":\"{\\\"x\\\":[1,null]}\"}}", NULL},
	};

	(void)state;
	CHECK(cases);
}

static void objects_are_read_as_json_or_not_at_all(void **state)
{
	static const struct json_case cases[] = {
		{"description: {from: d, json: true}", "\"d\":{\"a\":[1,\"x\",true,null,{}],\"b\":\"\"}",
	         "\"description\":\"{\\\"a\\\":[1,\\\"x\\\",true,null,{}],\\\"b\\\":\\\"\\\"}\"}", NULL},
		{"description: {from: d, json: true}", "\"d\":[1,[2]]", "\"description\":\"[1,[2]]\"}", NULL},
		{"description: {from: d, json: true}", "\"d\":\"plain\"", "\"description\":\"plain\"}", NULL},
		{"description: {from: d, json: true}", "\"d\":null", "\"description\":null}", NULL},
		{"description: {from: d, json: false}", "\"d\":[\"a\",\"b\"]", "\"description\":\"a\",\"extra\":{\"d\":[\"b\"]}}",
	         NULL},
		{"tags: {from: t, json: true}", "\"t\":[1,2]", "\"tags\":[\"[1,2]\"]", NULL},
		{"tags: t", "\"t\":[1,2]", "\"tags\":[\"1\",\"2\"]}", NULL},
		{"name: n", "\"n\":{\"de\":\"D\"}", "\"product_id\":\"1\",\"extra\":{\"n\":{\"de\":\"D\"}}}",
	         "\"code\":\"value_compound\""},
		{"name: n", "\"n\":{\"de\":\"D\"}", "\"product_id\":\"1\"", "\"field\":\"name\",\"text\":\"an object\""},
		{"name: [n, m]", "\"n\":{\"de\":\"D\"},\"m\":\"M\"", "\"name\":\"M\",\"extra\":{\"n\":{\"de\":\"D\"}}}", NULL},
		{"name: [n, m]", "\"n\":{\"de\":\"D\"},\"m\":\"\"", "\"product_id\":\"1\"", "\"code\":\"value_compound\""},
		{"name: {from: n, default: X}", "\"n\":{\"de\":\"D\"}", "\"product_id\":\"1\",\"extra\"",
	         "\"code\":\"value_compound\""},
		{"name: {join: [n, m]}", "\"n\":{\"de\":\"D\"},\"m\":\"M\"", "\"product_id\":\"1\",\"extra\"",
	         "\"code\":\"value_compound\""},
		{"name: n", "\"n\":{}", "\"name\":null}", NULL},
		{"name: n", "\"n\":[]", "\"name\":null}", NULL},
		{"images: [image.src, image]", "\"image\":{\"src\":\"https://a.example/1\"}",
	         "\"images\":[\"https://a.example/1\"]", "\"field\":\"images\""},
		{"images: {from: [image.src, image]}", "\"image\":{\"src\":\"https://a.example/1\"}",
	         "\"images\":[\"https://a.example/1\"]}", NULL},
		{"images: {from: [image.src, image]}", "\"image\":\"https://a.example/1\"", "\"images\":[\"https://a.example/1\"]}",
	         NULL},
		{"stocks: [{each: s, place: p, quantity: q}]", "\"s\":[{\"p\":{\"x\":1},\"q\":1}]",
	         "\"extra\":{\"s\":[{\"p\":{\"x\":1},\"q\":1}]}", "\"field\":\"stocks\""},
		{"attributes: [a]", "\"a\":{\"x\":1}", "\"extra\":{\"a\":{\"x\":1}}", "\"field\":\"attributes\""},
		{"prices: [{each: p, kind: {constant: cost}}]", "\"p\":{\"x\":1}", "\"extra\":{\"p\":{\"x\":1}}",
	         "\"field\":\"prices\""},
	};

	(void)state;
	CHECK(cases);
}

static void arrays_are_lists(void **state)
{
	static const struct json_case cases[] = {
		{"attributes: [{each: options, name: name, value: values}]",
	         "\"options\":[{\"name\":\"Size\",\"values\":[\"S\",\"M\"]},{\"name\":\"Colour\",\"values\":[\"red\"]},{\"name\":\"None\",\"values\":[]}]",
	         "\"attributes\":[{\"name\":\"Size\",\"value\":\"S\"},{\"name\":\"Size\",\"value\":\"M\"},{\"name\":\"Colour\",\"value\":\"red\"},"
	         "{\"name\":\"None\",\"value\":\"\"}]",
	         NULL},
		{"attributes: [{each: facts.*, name: name(), value: .}]",
	         "\"facts\":{\"Material\":[\"wool\",\"silk\"],\"Care\":\"cold\"}",
	         "\"attributes\":[{\"name\":\"Material\",\"value\":\"wool\"},{\"name\":\"Material\",\"value\":\"silk\"},"
	         "{\"name\":\"Care\",\"value\":\"cold\"}]}",
	         NULL},
		{"price: {from: 'v[*].price', pick: min}", "\"v\":[{\"price\":12.5},{\"price\":\"9.00\"},{\"price\":null}]",
	         "\"price\":9000000", "currency_missing"},
		{"price: {from: cents, minor_units: 2}\n      currency: {constant: EUR}", "\"cents\":1299",
	         "\"price\":12990000,\"currency\":\"EUR\"}", NULL},
		{"name: {from: titles, pick: longest}", "\"titles\":[\"a\",\"ccc\",\"bb\"]",
	         "\"name\":\"ccc\",\"extra\":{\"titles\":[\"a\",\"bb\"]}}", NULL},
		{"tags: [{from: t, when: {path: kind, is: tagged}}]", "\"t\":[\"a\"],\"kind\":\"Tagged\"", "\"tags\":[\"a\"]",
	         NULL},
		{"tags: [{from: t, when: {path: kind, is: tagged}}]", "\"t\":[\"a\"],\"kind\":\"other\"",
	         "\"product_id\":\"1\",\"extra\":{\"t\":[\"a\"],\"kind\":\"other\"}}", NULL},
		{"categories: [{from: c, when: {has: main}}, {from: d}]", "\"c\":\"1\",\"d\":[\"2\",\"3\"]",
	         "\"categories\":[\"2\",\"3\"],\"extra\":{\"c\":\"1\"}}", NULL},
		{"texts: [{each: n.*, field: name, language: name()}]",
	         "\"n\":{\"de\":\"D\",\"pt_BR\":\"P\",\"no language\":\"x\"}",
	         "\"extra\":{\"n\":{\"no language\":\"x\"}},\"texts\":[{\"field\":\"name\",\"language\":\"de\",\"value\":\"D\"},"
	         "{\"field\":\"name\",\"language\":\"pt-BR\",\"value\":\"P\"}]}",
	         "\"code\":\"word_unknown\""},
		{"texts: [{each: n, field: name, language: l, value: v, when: {path: v, is_not: x}}]",
	         "\"n\":[{\"l\":\"de\",\"v\":\"X\"},{\"l\":\"fr\",\"v\":\"F\"}]",
	         "\"texts\":[{\"field\":\"name\",\"language\":\"fr\",\"value\":\"F\"}]", NULL},
		{"weight: {from: w.value, unit: {from: w.unit}}", "\"w\":{\"value\":1.5,\"unit\":\"kg\"}", "\"weight\":1500}",
	         NULL},
	};

	(void)state;
	CHECK(cases);
}

static void cells_of_tables_are_read_alike(void **state)
{
	static const char yaml[] = "format: csv\ncsv: {json: [options]}\nrecords:\n  item:\n    kind: sku\n    fields:\n"
				   "      id: id\n      price: {from: 'Price (ct)', minor_units: 2, decimal_sign: ','}\n"
				   "      currency: {constant: EUR}\n"
				   "      tags: {from: tags, split: ['|', ';']}\n"
				   "      custom_fields: [{each: 'meta_*', name: name()}]\n"
				   "      attributes: [{each: 'options -> $[*]', name: n, value: v}]\n";
	static const char feed[] = "id;Price (ct);tags;meta_a;meta_b;options\n"
				   "1;1.299;a|b;true;7;\"[{\"\"n\"\":\"\"Size\"\",\"\"v\"\":[\"\"S\"\",\"\"M\"\"]}]\"\n";
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_with(yaml, feed, &recording);
	expect_text(
		"table", buffer_slice(&recording.statements),
		"{\"record\":1,\"kind\":\"sku\",\"action\":\"stated\",\"link\":\"self\",\"id\":\"1\",\"product_id\":\"1\",\"price\":12990000,"
		"\"currency\":\"EUR\",\"attributes\":[{\"name\":\"Size\",\"value\":\"S\"},{\"name\":\"Size\",\"value\":\"M\"}],"
		"\"tags\":[\"a\",\"b\"],\"custom_fields\":{\"meta_a\":\"true\",\"meta_b\":\"7\"}}\n{\"end\":1,\"mapped\":true}\n");
	recording_release(&recording);
}

/* Whatever is said of texts: '1.234' as a number is no thousand. */
static void numbers_of_json_have_a_dot(void **state)
{
	static const struct json_case cases[] = {
		{"quantity: q", "\"q\":1.234", "\"quantity\":1234000", NULL},
		{"quantity: {from: q, decimal_sign: ','}", "\"q\":1.234", "\"quantity\":1234000", NULL},
		{"quantity: {from: q, decimal_sign: ','}", "\"q\":12.5", "\"quantity\":12500000", NULL},
		{"quantity: {from: q, decimal_sign: ','}", "\"q\":\"1.234\"", "\"quantity\":1234000000", NULL},
		{"quantity: {from: q, decimal_sign: ',', replace: {pattern: x, with: ''}}", "\"q\":\"1.234x\"",
	         "\"quantity\":1234000000", NULL},
		{"quantity: {from: q, pick: max, decimal_sign: ','}", "\"q\":[2.5,\"1.234\",1.750]", "\"quantity\":1234000000",
	         NULL},
		{"quantity: {from: q, pick: min, decimal_sign: ','}", "\"q\":[2.5,\"1.234\",1.750]", "\"quantity\":1750000", NULL},
		{"weight: {from: w, unit: kg, decimal_sign: ','}", "\"w\":1.250", "\"weight\":1250", NULL},
		{"stocks: [{each: s, place: p, quantity: {from: q, decimal_sign: ','}}]", "\"s\":[{\"p\":\"A\",\"q\":1.500}]",
	         "\"quantity_micros\":1500000", NULL},
	};

	(void)state;
	CHECK(cases);
}

int run_json_value_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(custom_fields_keep_their_types),
		cmocka_unit_test(objects_are_read_as_json_or_not_at_all),
		cmocka_unit_test(arrays_are_lists),
		cmocka_unit_test(cells_of_tables_are_read_alike),
		cmocka_unit_test(numbers_of_json_have_a_dot),
	};

	return cmocka_run_group_tests_name("json values", tests, NULL, NULL);
}
