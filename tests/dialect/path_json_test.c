/* Paths into JSON: which texts of a small record they meet, and which are refused. */
#include "support.h"

#include "dialect/path.h"

#include <stdio.h>

#define RECORD                                                                                                           \
	"{\"id\":\"1\",\"name\":\" Lamp \",\"price\":12.50,\"on\":true,\"none\":null,\"blank\":\"\","                    \
	"\"tags\":[\"a\",\"b\"],\"deep\":[[\"x\",[\"y\"]],\"z\"],\"empty\":[],\"b c\":\"spaced\","                       \
	"\"it's\":\"quoted\",\"a.b\":\"dotted\",\"\\u00e9\":\"accent\",\"box\":{\"w\":1,\"h\":2,\"in\":{\"c\":\"cm\"}}," \
	"\"list\":[{\"k\":\"v\",\"n\":1,\"x\":\"first\"},{\"k\":\"w\",\"n\":1.0,\"x\":\"second\",\"off\":true},"         \
	"{\"n\":10e-1,\"m\":{\"k\":\"v\"},\"x\":\"third\",\"nul\":null}],\"twice\":\"one\",\"twice\":\"two\"}"

static void expect_tags(const char *path, const char *expected)
{
	char yaml[1024];
	char wanted[512];
	struct recording recording;

	print_message("%s\n", path);
	(void)snprintf(yaml, sizeof yaml,
	               "format: json\nrecords:\n  r:\n    path: $[*]\n    kind: sku\n    fields:\n      id: id\n"
	               "      tags: {from: %s}\n",
	               path);
	recording_init(&recording);
	read_with(yaml, "[" RECORD "]", &recording);
	(void)snprintf(wanted, sizeof wanted, "\"tags\":%s", expected);
	if (expected[0] == 'a' ? !recording_has(&recording.statements, "\"product_id\":\"1\",\"extra\":", NULL)
	                       : !recording_has(&recording.statements, wanted, NULL))
		fail_msg("%s: expected %s in\n%.*s", path, expected, (int)recording.statements.size, recording.statements.data);
	recording_release(&recording);
}

static void path_meets_what_jsonpath_would(void **state)
{
	static const struct {
		const char *path;
		const char *texts; /* all of them, as a list of tags */
	} cases[] = {
		{"name", "[\"Lamp\"]"},
		{"'@.name'", "[\"Lamp\"]"},
		{"$.name", "[\"Lamp\"]"},
		{"\"$['name']\"", "[\"Lamp\"]"},
		{"\"['b c']\"", "[\"spaced\"]"},
		{"'[\"it''s\"]'", "[\"quoted\"]"},
		{"\"['it\\\\'s']\"", "[\"quoted\"]"},
		{"\"['a.b']\"", "[\"dotted\"]"},
		{"a.b", "absent"},
		{"é", "[\"accent\"]"},
		{"price", "[\"12.50\"]"}, /* as it is written */
		{"'on'", "[\"true\"]"},
		{"none", "null"},
		{"blank", "null"},
		{"missing", "absent"},
		{"tags", "[\"a\",\"b\"]"},
		{"'tags[*]'", "[\"a\",\"b\"]"},
		{"'tags[0]'", "[\"a\"]"},
		{"'tags[-1]'", "[\"b\"]"},
		{"'tags[2]'", "absent"},
		{"'tags[-3]'", "absent"},
		{"tags.a", "absent"},
		{"deep", "[\"x\",\"y\",\"z\"]"}, /* arrays in arrays are items too */
		{"'deep[0]'", "[\"x\",\"y\"]"},
		{"'deep[0][1]'", "[\"y\"]"},
		{"'empty'", "null"},
		{"'empty[*]'", "absent"},
		{"box.w", "[\"1\"]"},
		{"'box[0]'", "absent"}, /* an object has no items by number */
		{"box.in.c", "[\"cm\"]"},
		{"box.*.name()", "[\"w\",\"h\",\"in\"]"},
		{"'box.*.c'", "[\"cm\"]"},
		{"'box[*].c'", "absent"}, /* no items */
		{"'list[*].x'", "[\"first\",\"second\",\"third\"]"},
		{"'list.x'", "absent"},
		{"\"list[?@.k == 'v'].x\"", "[\"first\"]"},
		{"\"list[?(@.k=='v')].x\"", "[\"first\"]"},
		{"\"list[?@['k'] == \\\"w\\\"].x\"", "[\"second\"]"},
		{"\"list[?@.k != 'v'].x\"", "[\"second\",\"third\"]"}, /* what is missing differs */
		{"'list[?@.k].x'", "[\"first\",\"second\"]"},
		{"'list[?!@.k].x'", "[\"third\"]"},
		{"'list[?@.n == 1].x'", "[\"first\",\"second\",\"third\"]"}, /* one number, however it is written */
		{"\"list[?@.n == '1'].x\"", "absent"},                       /* a text is no number */
		{"'list[?@.off == true].x'", "[\"second\"]"},
		{"'list[?@.off == false].x'", "absent"},
		{"'list[?@.nul == null].x'", "[\"third\"]"},
		{"'list[?@.m.k == \"v\"].x'", "[\"third\"]"},
		{"\"list[?@.n == 1 && @.k == 'w'].x\"", "[\"second\"]"},
		{"\"list[?@.k && !@.off].x\"", "[\"first\"]"},
		{"\"tags[?@ == 'b']\"", "[\"b\"]"},
		{"'list[?@.k][1].x'", "absent"}, /* an item of each object, and objects have none */
		{"twice", "[\"two\"]"},
		{"$.*.name()",
	         "[\"id\",\"name\",\"price\",\"on\",\"none\",\"blank\",\"tags\",\"deep\",\"empty\",\"b c\",\"it's\",\"a.b\",\"é\",\"box\",\"list\",\"twice\"]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect_tags(cases[i].path, cases[i].texts);
}

static void path_refuses_by_name_what_it_does_not_understand(void **state)
{
	static const struct {
		const char *path;
		const char *message;
	} cases[] = {
		{"", "a name is missing at character 1"},
		{"a..b", "'..' (descendants) is not understood: name each step at character 3"},
		{"$..b", "'..' (descendants) is not understood: name each step at character 3"},
		{"a.", "a name is missing at character 3"},
		{"a[", "'' is no index at character 3"},
		{"a[x]", "'x' is no index at character 4"},
		{"a[1:2]", "slices are not understood at character 4"},
		{"a[:2]", "slices are not understood at character 3"},
		{"a[1,2]", "unions are not understood: write a list of paths at character 4"},
		{"a['b','c']", "unions are not understood: write a list of paths at character 6"},
		{"a['b]", "a closing quote is missing at character 6"},
		{"a['\\n']", "only a quote and a backslash can follow a backslash at character 5"},
		{"a['']", "a name is missing at character 5"},
		{"a[1", "']' is missing at character 4"},
		{"length(a)", "functions are not understood, but for name() at the end at character 7"},
		{"a.name().b", "nothing can follow name() at character 9"},
		{"a[?b == 1]", "a condition begins with '@' at character 4"},
		{"a[?@.b = 1]", "'==' or '!=' is missing at character 8"},
		{"a[?@.b == x]", "a quoted value, a number, true, false or null is missing at character 12"},
		{"a[?@.b < 1]", "only '==' and '!=' compare at character 8"},
		{"a[?@.b || @.c]", "'||' is not understood: write a list of paths at character 8"},
		{"a[?@]", "'@' alone needs a value to compare with at character 5"},
		{"a[?(@.b]", "')' is missing at character 8"},
		{"a[?@[0] == 1]", "only a quoted name can stand in brackets here at character 6"},
		{"a b", "' ' is not understood here at character 2"},
		{"a$b", "'$' is not understood here at character 2"},
	};
	const struct path_namespaces namespaces = {.count = 0};
	const struct path_syntax syntax = {.language = PATH_JSON, .namespaces = &namespaces};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char message[PATH_MESSAGE_SIZE];
		struct arena arena;
		struct path path;

		arena_init(&arena, 65536);
		if (path_parse(slice_from(cases[i].path), &syntax, &arena, &path, message))
			fail_msg("'%s' was understood", cases[i].path);
		expect_text(cases[i].path, slice_from(message), cases[i].message);
		arena_release(&arena);
	}
}

int run_path_json_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_meets_what_jsonpath_would),
		cmocka_unit_test(path_refuses_by_name_what_it_does_not_understand),
	};

	return cmocka_run_group_tests_name("path_json", tests, NULL, NULL);
}
