/* Transforms, alone and as a dialect orders them. */
#include "support.h"

#include "dialect/transform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

/* Each runs into another limit: the effort at one place, the effort of all places, the depth, the memory. */
static void catastrophic_patterns_are_given_up_soon(void **state)
{
	static const struct {
		const char *pattern;
		const char *piece; /* repeated to the size */
		size_t size;
	} cases[] = {
		{"(a+)+$", "a", 40},
		{"(a|aa)+$", "a", 1000},
		{"(a|a)*[bx]", "a", 5000},
		{"(.*)(.*)(.*)(.*)[xy]", "a", 500},
		{"a*[cx]", "a", 190000},
		{"(\\w+\\s*)+[:;]", "word ", 5000},
		{"^(?:(.)(?=.*[ab]))*$", "ab", 4000},
		{"([ab]*[cx]|.)*", "ab", 190000},
		{"(?:a?){30}a{30}$", "a", 29},
		{"((a)(b)(c)(d)(e)(f)(g)(h))*[xy]", "abcdefgh", 800000},
		{"^(a(?1)?b)$", "a", 100000},
		{"\\s+$", " ", 900000},
	};
	struct replacement_context *context = replacement_context_new();

	(void)state;
	assert_non_null(context);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct replacement_list list = {.first = NULL};
		char message[REPLACEMENT_MESSAGE_SIZE];
		const struct replacement *replacement;
		const size_t piece_size = strlen(cases[i].piece);
		char *subject = malloc(cases[i].size + 1);
		struct arena arena;
		struct slice text;
		clock_t start;

		print_message("%s\n", cases[i].pattern);
		assert_non_null(subject);
		for (size_t k = 0; k < cases[i].size; k++)
			subject[k] = cases[i].piece[k % piece_size];
		subject[cases[i].size] = '!';
		arena_init(&arena, (size_t)64 * 1024 * 1024);
		replacement = replacement_new(&list, &arena, slice_from(cases[i].pattern), slice_from(""), message);
		assert_non_null(replacement);
		start = clock();
		assert_int_equal(replacement_apply(replacement, context, &arena, slice_make(subject, cases[i].size + 1), &text),
		                 REPLACEMENT_TOO_COSTLY);
		assert_true(clock() - start < 20 * CLOCKS_PER_SEC); /* hours without limits; a second or so under sanitizers */
		replacement_list_release(&list);
		arena_release(&arena);
		free(subject);
	}
	replacement_context_free(context);
}

/* The effort that is allowed grows with the text: long ones are worked through. */
static void replacement_works_on_long_texts(void **state)
{
	const size_t size = 900000;
	struct replacement_context *context = replacement_context_new();
	struct replacement_list list = {.first = NULL};
	char message[REPLACEMENT_MESSAGE_SIZE];
	const struct replacement *replacement;
	char *subject = malloc(size);
	struct arena arena;
	struct slice text;

	(void)state;
	assert_non_null(context);
	assert_non_null(subject);
	for (size_t i = 0; i < size; i++)
		subject[i] = "some <b>words</b>, and more; "[i % 29];
	arena_init(&arena, (size_t)64 * 1024 * 1024);
	replacement = replacement_new(&list, &arena, slice_from("<[^>]*>|\\s+(?=and\\b)|(?i:WORDS)"), slice_from(""), message);
	assert_non_null(replacement);
	assert_int_equal(replacement_apply(replacement, context, &arena, slice_make(subject, size), &text), REPLACEMENT_DONE);
	assert_true(slice_starts_with(text, "some ,and more; some ,and"));
	replacement_list_release(&list);
	arena_release(&arena);
	free(subject);
	replacement_context_free(context);
}

static void patterns_beyond_reason_are_refused(void **state)
{
	static const char *const patterns[] = {
		"((((a{1,999}){1,999}){1,999}){1,999})", "\\C", "(?<n>a)(?<n>b)", "[a", "(a)\\1", "(?<n>a)\\k<n>"};
	static char many[2001 + 1];

	(void)state;
	memset(many, '(', 600);
	memset(many + 600, ')', 600);
	for (size_t i = 0; i < sizeof patterns / sizeof patterns[0] + 2; i++) {
		struct replacement_list list = {.first = NULL};
		char message[REPLACEMENT_MESSAGE_SIZE];
		struct arena arena;

		if (i == sizeof patterns / sizeof patterns[0] + 1)
			memset(many, 'a', 2001);
		arena_init(&arena, 65536);
		assert_null(replacement_new(&list, &arena,
		                            slice_from(i < sizeof patterns / sizeof patterns[0] ? patterns[i] : many),
		                            slice_from(""), message));
		assert_true(message[0] != '\0');
		replacement_list_release(&list);
		arena_release(&arena);
	}
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
		cmocka_unit_test(letter_case_knows_latin_greek_and_cyrillic),
		cmocka_unit_test(replacement_replaces_each_match),
		cmocka_unit_test(replacement_gives_up_within_its_limits),
		cmocka_unit_test(catastrophic_patterns_are_given_up_soon),
		cmocka_unit_test(replacement_works_on_long_texts),
		cmocka_unit_test(patterns_beyond_reason_are_refused),
		cmocka_unit_test(transforms_work_in_their_order),
		cmocka_unit_test(lists_split_and_transform_each_piece),
	};

	return cmocka_run_group_tests_name("transform", tests, NULL, NULL);
}
