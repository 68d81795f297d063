/* YAML to tree: positions, shapes, and everything that is refused. */
#include "config/yaml.h"

#include "config_tests.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

struct parsed {
	struct yaml_document document;
	struct config_problems problems;
};

/* From a block of exactly the text's size, so that a sanitizer sees a read behind it. */
static void parse(struct slice text, struct parsed *ret_parsed)
{
	struct error err = ERROR_INIT;
	char *copy = malloc(text.size > 0 ? text.size : 1);
	assert_non_null(copy);
	if (text.size > 0)
		memcpy(copy, text.data, text.size);
	config_problems_init(&ret_parsed->problems);
	assert_int_equal(yaml_parse("test.yaml", slice_make(copy, text.size), &ret_parsed->document, &ret_parsed->problems, &err),
	                 0);
	free(copy);
	assert_true(ret_parsed->problems.count == 0 || ret_parsed->document.root == NULL);
}

static void parsed_release(struct parsed *parsed)
{
	yaml_document_release(&parsed->document);
	config_problems_release(&parsed->problems);
}

static void dump_node(const struct yaml_node *node, struct buffer *text)
{
	if (node == NULL) {
		(void)buffer_append_text(text, "nothing");
		return;
	}
	(void)buffer_append_format(text, "%u:%u", node->line, node->column);
	if (node->type == YAML_SCALAR) {
		(void)buffer_append_format(text, "%c%.*s%c", node->is_plain ? '<' : '"', (int)node->text.size, node->text.data,
		                           node->is_plain ? '>' : '"');
		assert_int_equal(strlen(node->text.data), node->text.size);
		return;
	}
	uint32_t count = 0;
	(void)buffer_append_byte(text, node->type == YAML_SEQUENCE ? '[' : '{');
	for (const struct yaml_node *child = node->first; child != NULL; child = child->next, count++) {
		(void)buffer_append_text(text, count > 0 ? " " : "");
		if (node->type == YAML_MAPPING)
			(void)buffer_append_format(text, "%u:%u %s=", child->key_line, child->key_column, child->key.data);
		dump_node(child, text);
	}
	assert_int_equal(count, node->child_count);
	(void)buffer_append_byte(text, node->type == YAML_SEQUENCE ? ']' : '}');
}

static void yaml_becomes_a_tree_with_the_place_of_every_value(void **state)
{
	static const struct {
		const char *text;
		const char *dump;
	} rows[] = {
		{"", "nothing"},
		{"\n# a comment\n", "nothing"},
		{"---\n", "nothing"},
		{"--- \n...\n", "nothing"},
		{"word", "1:1<word>"},
		{"''", "1:1\"\""},
		{"a: 1", "1:1{1:1 a=1:4<1>}"},
		{"a: 1\nbb: two\n", "1:1{1:1 a=1:4<1> 2:1 bb=2:5<two>}"},
		{"a:\n  b: 'x y'\n  c: \"z\"\n", "1:1{1:1 a=2:3{2:3 b=2:6\"x y\" 3:3 c=3:6\"z\"}}"},
		{"a: [1, two, {b: c}]", "1:1{1:1 a=1:4[1:5<1> 1:8<two> 1:13{1:14 b=1:17<c>}]}"},
		{"- a\n-   b\n", "1:1[1:3<a> 2:5<b>]"},
		{"[]", "1:1[]"},
		{"{}", "1:1{}"},
		{"a: {}\nb: []", "1:1{1:1 a=1:4{} 2:1 b=2:4[]}"},
		{"a:\nb: 1\n", "1:1{1:1 a=1:3<> 2:1 b=2:4<1>}"},
		{"a: ~\n", "1:1{1:1 a=1:4<~>}"},
		{"'a b': 1\n\"c\": 2", "1:1{1:1 a b=1:8<1> 2:1 c=2:6<2>}"},
		{"größe: 5 # Ä\nü: {ö: ä, x: y}\n", "1:1{1:1 größe=1:8<5> 2:1 ü=2:4{2:5 ö=2:8<ä> 2:11 x=2:14<y>}}"},
		{"\xEF\xBB\xBF"
	         "a: 1\nb: 2",
	         "1:1{1:1 a=1:4<1> 2:1 b=2:4<2>}"},
		{"a: 1\r\nb: 2\r\n", "1:1{1:1 a=1:4<1> 2:1 b=2:4<2>}"},
		{"a: |\n  one\n  two\nb: 1\n", "1:1{1:1 a=1:4\"one\ntwo\n\" 4:1 b=4:4<1>}"},
		{"a: >\n  one\n  two\n", "1:1{1:1 a=1:4\"one two\n\"}"},
		{"a: one\n  two\n", "1:1{1:1 a=1:4<one two>}"},
		{"a: \"tab\\tand\\nline\"", "1:1{1:1 a=1:4\"tab\tand\nline\"}"},
		{"a: https://x.example/?a=1#b", "1:1{1:1 a=1:4<https://x.example/?a=1#b>}"},
		{"%YAML 1.1\n---\na: 1", "3:1{3:1 a=3:4<1>}"},
		{"a: {b: 1}\nc: {b: 1}", "1:1{1:1 a=1:4{1:5 b=1:8<1>} 2:1 c=2:4{2:5 b=2:8<1>}}"},
		{"? a\n: 1", "1:1{1:3 a=2:3<1>}"},
	};

	(void)state;
	for (size_t index = 0; index < COUNT(rows); index++) {
		struct parsed parsed;
		struct buffer dump;
		parse(slice_from(rows[index].text), &parsed);
		buffer_init(&dump, 4096);
		problems_expect(&parsed.problems, "", rows[index].text);
		dump_node(parsed.document.root, &dump);
		assert_string_equal(buffer_text(&dump), rows[index].dump);
		buffer_release(&dump);
		parsed_release(&parsed);
	}
}

static void yaml_names_line_and_column_of_what_it_refuses(void **state)
{
	static const struct {
		const char *text;
		const char *problems;
	} rows[] = {
		{"a: &x 1", "1:4: anchors ('&') and aliases ('*') are not supported; write the value out\n"},
		{"a: *x", "1:4: anchors ('&') and aliases ('*') are not supported; write the value out\n"},
		{"a: &x {b: 1}\nc: *x\n*x : 1", "1:4: anchors ('&') and aliases ('*') are not supported; write the value out\n"},
		{"a: &x [1]", "1:4: anchors ('&') and aliases ('*') are not supported; write the value out\n"},
		{"a: !!str 1", "1:4: tags ('!') are not supported; put quotes around a text that begins with '!'\n"},
		{"a: !foo [1]\nb: !bar {c: d}",
	         "1:4: tags ('!') are not supported; put quotes around a text that begins with '!'\n"},
		{"a: ! x", "1:4: tags ('!') are not supported; put quotes around a text that begins with '!'\n"},
		{"a: 1\nb: 2\na: 3\n", "3:1: duplicate key 'a'; the first is in line 1\n"},
		{"a: 1\na: 2\na: 3\n",
	         "2:1: duplicate key 'a'; the first is in line 1\n3:1: duplicate key 'a'; the first is in line 1\n"},
		{"x:\n  a: 1\n  'a': 2\n", "3:3: duplicate key 'a'; the first is in line 2\n"},
		{"{a: 1, b: {c: 1, c: 2}, a: 2}",
	         "1:18: duplicate key 'c'; the first is in line 1\n1:25: duplicate key 'a'; the first is in line 1\n"},
		{"a: 1\na: *x\nb: !t 1\n", "2:1: duplicate key 'a'; the first is in line 1\n"
	                                   "2:4: anchors ('&') and aliases ('*') are not supported; write the value out\n"
	                                   "3:4: tags ('!') are not supported; put quotes around a text that begins with '!'\n"},
		{"[a, b]: 1", "1:1: a key must be a text, not a list or mapping\n"},
		{"? {a: b}\n: 1", "1:3: a key must be a text, not a list or mapping\n"},
		{": 1", "1:1: did not find expected key while parsing a block mapping\n"},
		{"?\n: 1", "1:2: a key is missing before ':'\n"},
		{"a: ,", "1:4: a value that begins with ',' needs quotes\n"},
		{"'': 1", "1:1: a key is missing before ':'\n"},
		{"a: 1\n---\nb: 2", "2:1: a second document begins here; a file holds one\n"},
		{"a: \"x\\0y\"", "1:4: control characters are not allowed in a value\n"},
		{"a: \"x\\x07\"", "1:4: control characters are not allowed in a value\n"},
		{"a: \"x\\e\"", "1:4: control characters are not allowed in a value\n"},
		{"a: \"x\\r\"", "1:4: control characters are not allowed in a value\n"},
		{"a: \"x\\x7f\"\nb: \"\\u0085\"", "1:4: control characters are not allowed in a value\n"
	                                          "2:4: control characters are not allowed in a value\n"},
		{"\"a\\0\": 1", "1:1: control characters are not allowed in a value\n"},
		{"a: \"\\uD800\"", "1:7: found invalid Unicode character escape code while parsing a quoted scalar\n"},
		{"a: 1\nb: x\x01y\n", "2:5: the control character U+0001 is not allowed\n"},
		{"ä: \x7f", "1:4: the control character U+007F is not allowed\n"},
		{"a: \xC2\x80", "1:4: the control character U+0080 is not allowed\n"},
		{"a: \xEF\xBF\xBE", "1:4: the control character U+FFFE is not allowed\n"},
		{"a: 1\r\nb: \xE4hnlich", "2:4: this is not UTF-8; save the file as UTF-8\n"},
		{"a: 1\rb: \xC3", "2:4: this is not UTF-8; save the file as UTF-8\n"},
		{"a: \xED\xA0\x80", "1:4: this is not UTF-8; save the file as UTF-8\n"},
		{"\xFF\xFE"
	         "a",
	         "test.yaml: the file is UTF-16; save it as UTF-8\n"},
		{"\xFE\xFF", "test.yaml: the file is UTF-16; save it as UTF-8\n"},
		{"a:\n\tb: 1", "2:1: a tab cannot indent YAML; use spaces\n"},
		{"a: 1\n\tb: 1", "2:1: a tab cannot indent YAML; use spaces\n"},
		{"a: @id", "1:4: a value that begins with '@' needs quotes\n"},
		{"a: `id`", "1:4: a value that begins with '`' needs quotes\n"},
		{"a: %x", "1:4: a value that begins with '%' needs quotes\n"},
		{"a: b: c", "1:5: mapping values are not allowed in this context; put quotes around a value that contains ': '\n"},
		{"a: [1, 2", "2:1: did not find expected ',' or ']' while parsing a flow sequence that begins in line 1\n"},
		{"a: [1, 2\nb: 3\n", "2:2: did not find expected ',' or ']' while parsing a flow sequence that begins in line 1\n"},
		{"a: 'x", "1:6: found unexpected end of stream while scanning a quoted scalar\n"},
		{"a: 1\n b: 2\n",
	         "2:3: mapping values are not allowed in this context; put quotes around a value that contains ': '\n"},
		{"a: 1\nb\n", "3:1: could not find expected ':' while scanning a simple key that begins in line 2\n"},
		{"a: 1\n- b\n", "2:1: did not find expected key while parsing a block mapping that begins in line 1\n"},
		{"%FOO 1\n---\na: 1", "1:5: found unknown directive name while scanning a directive\n"},
		{"%YAML 9.9\n---\na: 1", "1:1: found incompatible YAML document\n"},
	};

	(void)state;
	for (size_t index = 0; index < COUNT(rows); index++) {
		struct parsed parsed;
		parse(slice_from(rows[index].text), &parsed);
		problems_expect(&parsed.problems, rows[index].problems, rows[index].text);
		assert_null(parsed.document.root);
		parsed_release(&parsed);
	}
}

static void yaml_refuses_a_nul_byte(void **state)
{
	static const char text[] = "a: 1\nb: x\0y: 2";
	struct parsed parsed;

	(void)state;
	parse(slice_make(text, sizeof(text) - 1), &parsed);
	problems_expect(&parsed.problems, "2:5: the control character U+0000 is not allowed\n", text);
	parsed_release(&parsed);
}

static void yaml_keeps_a_draft_where_only_keys_are_duplicate(void **state)
{
	struct parsed parsed;

	(void)state;
	parse(slice_from("a: 1\na: 2\n"), &parsed);
	assert_non_null(parsed.document.draft);
	assert_int_equal(parsed.document.draft->child_count, 2);
	parsed_release(&parsed);
	parse(slice_from("a: 1\na: *x\n"), &parsed);
	assert_null(parsed.document.draft);
	parsed_release(&parsed);
	parse(slice_from("a: 1\n"), &parsed);
	assert_null(parsed.document.draft);
	assert_non_null(parsed.document.root);
	parsed_release(&parsed);
}

/* Cut anywhere, a document is either right or has a mistake, and nothing is read behind its end. */
static void yaml_may_be_cut_at_every_byte(void **state)
{
	static const char text[] =
		"\xEF\xBB\xBF# größe\na: {b: 'x', \"c\": [1, é]}\nd: |\n  text\n? e\n: !t &x \"\\u00e9\"\nf: https://x.example/?a=b\n";

	(void)state;
	for (size_t size = 0; size < sizeof(text); size++) {
		struct parsed parsed;
		parse(slice_make(text, size), &parsed);
		parsed_release(&parsed);
	}
}

static void append_times(struct buffer *text, const char *piece, size_t times)
{
	for (size_t index = 0; index < times; index++)
		assert_int_equal(buffer_append_text(text, piece), 0);
}

static void expect_buffer(struct buffer *text, const char *expected, const char *what)
{
	struct parsed parsed;
	parse(buffer_slice(text), &parsed);
	problems_expect(&parsed.problems, expected, what);
	assert_int_equal(parsed.document.root == NULL, expected[0] != '\0');
	parsed_release(&parsed);
	buffer_clear(text);
}

static void yaml_keeps_its_limits(void **state)
{
	struct buffer text;

	(void)state;
	buffer_init(&text, (size_t)8 * LIMIT_YAML_BYTES);
	append_times(&text, "a", LIMIT_YAML_BYTES);
	expect_buffer(&text, "", "one long text");
	append_times(&text, "#", LIMIT_YAML_BYTES + 1);
	expect_buffer(&text, "test.yaml: the file is larger than 1048576 bytes\n", "one byte too many");

	append_times(&text, "[", LIMIT_YAML_DEPTH);
	append_times(&text, "]", LIMIT_YAML_DEPTH);
	expect_buffer(&text, "", "16 levels");
	append_times(&text, "[", LIMIT_YAML_DEPTH + 1);
	append_times(&text, "]", LIMIT_YAML_DEPTH + 1);
	expect_buffer(&text, "1:17: nested more than 16 levels deep\n", "17 levels");
	append_times(&text, "{a: ", LIMIT_YAML_DEPTH + 1);
	expect_buffer(&text, "1:65: nested more than 16 levels deep\n", "17 mappings");
	append_times(&text, "[", 1000000);
	expect_buffer(&text, "1:17: nested more than 16 levels deep\n", "a million levels");
	append_times(&text, "- ", 500000);
	expect_buffer(&text, "1:33: nested more than 16 levels deep\n", "half a million block sequences");

	append_times(&text, "- a\n", LIMIT_YAML_NODES - 1);
	expect_buffer(&text, "", "100000 values with the list");
	append_times(&text, "- a\n", LIMIT_YAML_NODES);
	expect_buffer(&text, "100000:3: more than 100000 values\n", "one too many");
	append_times(&text, "- []\n", LIMIT_YAML_NODES);
	expect_buffer(&text, "100000:3: more than 100000 values\n", "one list too many");
	buffer_release(&text);
}

static void yaml_bombs_are_one_clear_problem(void **state)
{
	static const char bomb[] = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
				   "b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
				   "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\n"
				   "d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\n"
				   "e: [*d, *d, *d, *d, *d, *d, *d, *d, *d]\n";
	struct parsed parsed;
	struct buffer text;

	(void)state;
	parse(slice_from(bomb), &parsed);
	problems_expect(&parsed.problems, "1:4: anchors ('&') and aliases ('*') are not supported; write the value out\n", bomb);
	parsed_release(&parsed);

	buffer_init(&text, LIMIT_YAML_BYTES);
	append_times(&text, "- *a\n", 90000);
	expect_buffer(&text, "1:3: anchors ('&') and aliases ('*') are not supported; write the value out\n", "many aliases");
	append_times(&text, "- !t a\n", 90000);
	expect_buffer(&text, "1:3: tags ('!') are not supported; put quotes around a text that begins with '!'\n", "many tags");
	buffer_release(&text);
}

static void yaml_finds_a_duplicate_among_many_keys(void **state)
{
	struct buffer text;

	(void)state;
	buffer_init(&text, LIMIT_YAML_BYTES);
	for (unsigned index = 0; index < 50000; index++)
		assert_int_equal(buffer_append_format(&text, "key%u: 1\n", index), 0);
	assert_int_equal(buffer_append_text(&text, "key49999: 1\nkey0: 1\n"), 0);
	expect_buffer(
		&text,
		"50001:1: duplicate key 'key49999'; the first is in line 50000\n50002:1: duplicate key 'key0'; the first is in line 1\n",
		"50000 keys");
	buffer_release(&text);
}

static void yaml_find_looks_in_mappings_only(void **state)
{
	struct parsed parsed;

	(void)state;
	parse(slice_from("a: 1\nab: [x]\nb: 2\n"), &parsed);
	const struct yaml_node *root = parsed.document.root;
	assert_non_null(root);
	assert_true(slice_equal_text(yaml_find(root, "b")->text, "2"));
	assert_null(yaml_find(root, "c"));
	assert_null(yaml_find(root, ""));
	assert_null(yaml_find(yaml_find(root, "ab"), "x"));
	assert_null(yaml_find(yaml_find(root, "a"), "1"));
	assert_null(yaml_find(NULL, "a"));
	parsed_release(&parsed);
}

static void yaml_refuses_each_unknown_key(void **state)
{
	static const char *const known[] = {"path", "fields", "kind"};
	static const char text[] = "pth: 1\nkind: 2\nfeilds: 3\nwhatever: 4\n";
	struct parsed parsed;

	(void)state;
	parse(slice_from(text), &parsed);
	assert_int_equal(yaml_refuse_unknown(&parsed.document, parsed.document.root, known, COUNT(known), &parsed.problems), 3);
	problems_expect(&parsed.problems,
	                "1:1: unknown key 'pth'; did you mean 'path'?\n"
	                "3:1: unknown key 'feilds'; did you mean 'fields'?\n"
	                "4:1: unknown key 'whatever'\n",
	                text);
	assert_int_equal(yaml_refuse_unknown(&parsed.document, NULL, known, COUNT(known), &parsed.problems), 0);
	parsed_release(&parsed);
}

static void yaml_problems_outlive_the_document(void **state)
{
	struct parsed parsed;

	(void)state;
	parse(slice_from("a: 1\na: 2\n"), &parsed);
	yaml_document_release(&parsed.document);
	yaml_document_release(&parsed.document);
	char *printed = problems_printed(&parsed.problems);
	assert_string_equal(printed, "test.yaml:2:1: duplicate key 'a'; the first is in line 1\n    a: 2\n    ^\n");
	free(printed);
	parsed_release(&parsed);
}

int yaml_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_becomes_a_tree_with_the_place_of_every_value),
		cmocka_unit_test(yaml_names_line_and_column_of_what_it_refuses),
		cmocka_unit_test(yaml_refuses_a_nul_byte),
		cmocka_unit_test(yaml_keeps_a_draft_where_only_keys_are_duplicate),
		cmocka_unit_test(yaml_may_be_cut_at_every_byte),
		cmocka_unit_test(yaml_keeps_its_limits),
		cmocka_unit_test(yaml_bombs_are_one_clear_problem),
		cmocka_unit_test(yaml_finds_a_duplicate_among_many_keys),
		cmocka_unit_test(yaml_find_looks_in_mappings_only),
		cmocka_unit_test(yaml_refuses_each_unknown_key),
		cmocka_unit_test(yaml_problems_outlive_the_document),
	};

	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
