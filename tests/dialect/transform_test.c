/* Transforms, alone and as a dialect orders them. */
#include "support.h"

#include "dialect/html.h"
#include "dialect/transform.h"

#include <string.h>

static void strip_html_leaves_the_text(void **state)
{
	static const struct {
		const char *html;
		const char *text;
	} cases[] = {
		{"plain", "plain"},
		{"", ""},
		{"<p>One</p><p>Two</p>", "One Two"},
		{"a<br/>b<BR>c", "a b c"},
		{"<a href=\"x>y\">link</a>", "link"},
		{"5 < 6 & 7 > 2", "5 < 6 & 7 > 2"},
		{"R&amp;D &lt;b&gt; &#1234; &#x41; &nbsp;x &unknown; &", "R&D <b> \xd3\x92 A \xc2\xa0x &unknown; &"},
		{"a<!-- no > --> b", "a b"},
		{"a<script>if (a < b) {}</script>b<style type='x'>p{}</STYLE>c", "a b c"},
		{"<scripture>kept</scripture>", "kept"},
		{"open <b", "open"},
		{"<script>never closed", ""},
		{"&#0;&#xD800;&#x110000;", "&#0;&#xD800;&#x110000;"},
		{" white \n\t space ", "white space"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arena arena;
		struct slice text;

		arena_init(&arena, 65536);
		assert_true(html_strip(&arena, slice_from(cases[i].html), &text));
		expect_text(cases[i].html, text, cases[i].text);
		arena_release(&arena);
	}
}

static void letter_case_knows_latin_greek_and_cyrillic(void **state)
{
	static const struct {
		const char *lower;
		const char *upper;
	} cases[] = {
		{"abc xyz 1", "ABC XYZ 1"}, {"\xc3\xa9\xc3\xb8\xc3\xbe", "\xc3\x89\xc3\x98\xc3\x9e"},
		{"žluťoučký", "ŽLUŤOUČKÝ"}, {"привет ёж їжак", "ПРИВЕТ ЁЖ ЇЖАК"},
		{"αβγω", "ΑΒΓΩ"},           {"łódź", "ŁÓDŹ"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct arena arena;
		struct slice text;

		arena_init(&arena, 65536);
		assert_true(transform_letter_case(&arena, slice_from(cases[i].lower), true, &text));
		expect_text(cases[i].lower, text, cases[i].upper);
		assert_true(transform_letter_case(&arena, slice_from(cases[i].upper), false, &text));
		expect_text(cases[i].upper, text, cases[i].lower);
		arena_release(&arena);
	}
}

static void replacement_replaces_each_match(void **state)
{
	static const struct {
		const char *pattern;
		const char *with;
		const char *text;
		const char *result;
	} cases[] = {
		{"-", "", "a-b-c", "abc"},
		{"^Heureka\\.cz\\s*\\|\\s*", "", "Heureka.cz | A | B", "A | B"},
		{"(\\d+)x(\\d+)", "$2 by ${1}", "3x4", "4 by 3"},
		{"(?<a>\\w)", "<${a}>", "ž", "<ž>"},
		{"x", "$$", "x", "$"},
		{"none", "some", "text", "text"},
		{"x*", "-", "axb", "-a--b-"},
		{"(a)|b", "[$1]", "b", "[]"},
	};
	struct replacement_context *context = replacement_context_new();

	(void)state;
	assert_non_null(context);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char message[REPLACEMENT_MESSAGE_SIZE];
		struct replacement_list list = {.first = NULL};
		const struct replacement *replacement;
		struct arena arena;
		struct slice text;

		arena_init(&arena, 65536);
		replacement = replacement_new(&list, &arena, slice_from(cases[i].pattern), slice_from(cases[i].with), message);
		if (replacement == NULL)
			fail_msg("%s: %s", cases[i].pattern, message);
		assert_int_equal(replacement_apply(replacement, context, &arena, slice_from(cases[i].text), &text),
		                 REPLACEMENT_DONE);
		expect_text(cases[i].pattern, text, cases[i].result);
		replacement_list_release(&list);
		arena_release(&arena);
	}
	replacement_context_free(context);
}

static void replacement_gives_up_within_its_limits(void **state)
{
	struct replacement_context *context = replacement_context_new();
	struct replacement_list list = {.first = NULL};
	char message[REPLACEMENT_MESSAGE_SIZE];
	const struct replacement *catastrophe;
	const struct replacement *growth;
	struct arena arena;
	struct slice text;
	char subject[3001];

	(void)state;
	assert_non_null(context);
	arena_init(&arena, (size_t)64 * 1024 * 1024);
	memset(subject, 'a', sizeof subject);
	subject[sizeof subject - 1] = '!';
	catastrophe = replacement_new(&list, &arena, slice_from("(a+)+$"), slice_from(""), message);
	assert_non_null(catastrophe);
	assert_int_equal(replacement_apply(catastrophe, context, &arena, slice_make(subject, sizeof subject), &text),
	                 REPLACEMENT_TOO_COSTLY);
	memset(subject, 'b', 2000);
	growth = replacement_new(&list, &arena, slice_from("a"), slice_make(subject, 2000), message);
	assert_non_null(growth);
	memset(subject, 'a', 1000);
	assert_int_equal(replacement_apply(growth, context, &arena, slice_make(subject, 1000), &text), REPLACEMENT_TOO_COSTLY);
	replacement_list_release(&list);
	arena_release(&arena);
	replacement_context_free(context);
}

static void transforms_work_in_their_order(void **state)
{
	static const struct {
		const char *rule;
		const char *text;
		const char *name;
	} cases[] = {
		{"{from: a, upper: true}", "<a>abc</a>", "\"ABC\""},
		{"{from: a, lower: true}", "<a>ABC</a>", "\"abc\""},
		{"{from: a, strip_html: true}", "<a>&lt;p&gt; x &amp;amp; y &lt;/p&gt;</a>", "\"x & y\""},
		{"{from: a, replace: {pattern: '[- ]', with: ''}}", "<a>1-2 3</a>", "\"123\""},
		{"{from: a, replace: [{pattern: '^', with: '<b>'}, {pattern: 'b', with: 'c'}], upper: true}", "<a>b</a>",
	         "\"<C>C\""},
		{"{from: a, words: {'Neu': new, used: second hand}}", "<a>NEU</a>", "\"new\""},
		{"{from: a, words: {x: ''}}", "<a>x</a>", "null"},
		{"{from: a, empty_when: ['-', 'n/a']}", "<a> N/A </a>", "null"},
		{"{from: a, empty_when: '-', default: none}", "<a>-</a>", "\"none\""},
		{"{from: a, default: none}", "", "\"none\""},
		{"{from: a, default: 'feed:currency'}", "<a> </a>", "\"EUR\""},
		{"{from: 'feed:currency'}", "", "\"EUR\""},
		{"{constant: ' fixed '}", "", "\"fixed\""},
		{"[a, b, {constant: c}]", "<a/><b>B</b>", "\"B\""},
		{"[a, b]", "<a/>", "null"},
		{"[a, b]", "", "absent"},
		{"[{from: a, empty_when: '0'}, b]", "<a>0</a><b>B</b>", "\"B\""},
		{"{join: [a, b, c], with: '-'}", "<a>1</a><b/><c>3</c>", "\"1-3\""},
		{"{join: [a, b]}", "<a>1</a><b>2</b>", "\"1 2\""},
		{"{join: [a, b], with: ''}", "<a>1</a><b>2</b>", "\"12\""},
		{"{join: [a, b]}", "<a/>", "null"},
		{"{join: [a, b]}", "", "absent"},
		{"{join: [a, {from: b, required: true}]}", "<a>1</a>", "absent"},
		{"{join: [{constant: No.}, {from: a, required: true}]}", "<a>7</a>", "\"No. 7\""},
		{"[{join: [a, {from: b, required: true}]}, c]", "<a>1</a><c>C</c>", "\"C\""},
		{"{from: a, upper: false}", "<a>abc</a>", "\"abc\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char fields[512];
		char item[512];

		print_message("%s\n", cases[i].rule);
		(void)snprintf(fields, sizeof fields, "      name: %s\n", cases[i].rule);
		(void)snprintf(item, sizeof item, "<item id='1'>%s</item>", cases[i].text);
		expect_field(fields, item, "name", cases[i].name);
	}
}

static void lists_split_and_transform_each_piece(void **state)
{
	(void)state;
	expect_field("      tags: {from: t, split: ';', upper: true}\n", "<item id='1'><t>a; b;;c</t><t>d</t></item>", "tags",
	             "[\"A\",\"B\",\"C\",\"D\"]");
	expect_field("      tags: [a, b]\n", "<item id='1'><b>2</b><a>1</a></item>", "tags", "[\"1\",\"2\"]");
	expect_field("      tags: {from: [a, b]}\n", "<item id='1'><b>2</b><a/></item>", "tags", "[\"2\"]");
	expect_field("      tags: {from: [a, b]}\n", "<item id='1'><b>2</b><a>1</a><a>3</a></item>", "tags", "[\"1\",\"3\"]");
	expect_field("      tags: [a, {constant: always}]\n", "<item id='1'/>", "tags", "[\"always\"]");
	expect_field("      tags: {from: a, split: ','}\n", "<item id='1'><a>,,</a></item>", "tags", "null");
	expect_field("      tags: {from: a, empty_when: x}\n", "<item id='1'><a>x</a><a>y</a></item>", "tags", "[\"y\"]");
}

int run_transform_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strip_html_leaves_the_text),      cmocka_unit_test(letter_case_knows_latin_greek_and_cyrillic),
		cmocka_unit_test(replacement_replaces_each_match), cmocka_unit_test(replacement_gives_up_within_its_limits),
		cmocka_unit_test(transforms_work_in_their_order),  cmocka_unit_test(lists_split_and_transform_each_piece),
	};

	return cmocka_run_group_tests_name("transform", tests, NULL, NULL);
}
