/* Mistakes in what a dialect says of values: each at its place, with the remedy. */
#include "support.h"

#include "dialect/compiler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "records:\n  r:\n    path: /f/i\n    kind: sku\n    fields:\n      id: '@id'\n      "
#define PRODUCT "records:\n  r:\n    path: /f/i\n    kind: product\n    fields:\n      id: '@id'\n      "

static void expect_problems(const char *yaml, const char *expected)
{
	const struct dialect_text text = {.file = "t.yaml", .name = SLICE("t"), .yaml = slice_from(yaml)};
	struct dialect_set *set = NULL;
	struct config_problems problems;
	struct error err = ERROR_INIT;
	struct buffer lines;

	buffer_init(&lines, 65536);
	config_problems_init(&problems);
	assert_int_equal(dialect_set_compile(&(struct dialect_texts){.texts = &text, .count = 1}, &set, &problems, &err), 0);
	for (const struct config_problem *problem = problems.first; problem != NULL; problem = problem->next)
		assert_int_equal(buffer_append_format(&lines, "%s:%u:%u: %s\n", problem->file, problem->line, problem->column,
		                                      problem->message),
		                 0);
	expect_text(yaml, buffer_slice(&lines), expected);
	config_problems_release(&problems);
	dialect_set_free(set);
	buffer_release(&lines);
}

static void compiler_names_place_and_remedy_of_values(void **state)
{
	static const struct {
		const char *yaml;
		const char *problems;
	} cases[] = {
		{"decimal_sign: dot\nrecords: {r: {path: /f/i, kind: sku, fields: {id: a}}}\n",
	         "t.yaml:1:15: 'decimal_sign' must be '.' or ','\n"},
		{HEAD "price: {from: p, decimal_sign: ';'}\n", "t.yaml:7:38: 'decimal_sign' must be '.' or ','\n"},
		{HEAD "price: {from: p, decimal_sing: '.'}\n",
	         "t.yaml:7:24: unknown key 'decimal_sing'; did you mean 'decimal_sign'?\n"},
		{HEAD "name: {from: p, decimal_sign: '.'}\n", "t.yaml:7:23: 'decimal_sign' belongs to numbers\n"},
		{HEAD "price: {from: p, minor_units: 7}\n",
	         "t.yaml:7:37: 'minor_units' must be a number from 0 to 6: 2 for hundredths\n"},
		{HEAD "price: {from: p, minor_units: [2]}\n",
	         "t.yaml:7:37: 'minor_units' must be a number from 0 to 6: 2 for hundredths\n"},
		{HEAD "quantity: {from: p, minor_units: 2}\n", "t.yaml:7:27: 'minor_units' belongs to prices\n"},
		{HEAD "sale_dates: {from: p, date: '%d.%m.%y %I'}\n",
	         "t.yaml:7:35: date '%d.%m.%y %I': '%I' is no directive; known: %Y %y %m %b %d %H %M %S %z %%\n"},
		{HEAD "sale_dates: {from: p, date: '%d.%m.'}\n", "t.yaml:7:35: date '%d.%m.': the year is missing: %Y\n"},
		{HEAD "sale_dates: {from: p, date: unx}\n", "t.yaml:7:35: date 'unx': the year is missing: %Y\n"},
		{HEAD "sale_dates: {from: p, date: [unix]}\n", "t.yaml:7:35: 'date' must be a single text\n"},
		{HEAD "sale_dates: {from: p, timezone: Europe//Berlin}\n",
	         "t.yaml:7:39: 'timezone' must be 'UTC', an offset such as '+02:00', or the name of a zone such as 'Europe/Warsaw'\n"},
		{HEAD "sale_dates: {from: p, timezone: [UTC]}\n",
	         "t.yaml:7:39: 'timezone' must be 'UTC', an offset such as '+02:00', or the name of a zone such as 'Europe/Warsaw'\n"},
		{HEAD "sale_dates: {from: p, timezone: Mars/Olympus}\n",
	         "t.yaml:7:39: timezone: 'Mars/Olympus' cannot be told: there are no zones here\n"},
		{HEAD "name: {from: p, date: unix}\n", "t.yaml:7:23: 'date' belongs to dates\n"},
		{HEAD "name: {from: p, timezone: UTC}\n", "t.yaml:7:23: 'timezone' belongs to dates\n"},
		{HEAD "weight: {from: p, unit: stone}\n", "t.yaml:7:31: unknown unit 'stone'; known: g, kg, t, mg, oz, lb\n"},
		{HEAD "weight: {from: p, unit: {form: a}}\n",
	         "t.yaml:7:32: unknown key 'form'; did you mean 'from'?\n"
	         "t.yaml:7:31: exactly one of 'from', 'join' and 'constant' is needed\n"},
		{HEAD "weight: {from: p, unit: {from: a, minor_units: 2}}\n", "t.yaml:7:41: 'minor_units' belongs to prices\n"},
		{HEAD "quantity: {from: p, unit: kg}\n", "t.yaml:7:27: 'unit' belongs to weights\n"},
		{HEAD "name: {from: p, html: txt}\n", "t.yaml:7:29: unknown treatment of HTML 'txt'; did you mean 'text'?\n"},
		{HEAD "name: {from: p, html: text, strip_html: true}\n",
	         "t.yaml:7:23: 'html' and 'strip_html' exclude each other\n"},
		{HEAD "name: {from: p, html: [text]}\n", "t.yaml:7:29: 'html' must be a single text\n"},
		{HEAD "name: {from: p, pick: longst}\n", "t.yaml:7:29: unknown pick 'longst'; did you mean 'longest'?\n"},
		{HEAD "tags: {from: p, pick: last}\n", "t.yaml:7:23: 'pick' belongs to single values: a list takes all matches\n"},
		{HEAD "name: {from: p, split: ','}\n", "t.yaml:7:23: 'split' belongs to lists\n"},
		{HEAD "name: {from: p, json: true}\n",
	         "t.yaml:7:23: 'json' is for dialects with 'format: json' or 'format: csv'\n"},
		{HEAD "name: {from: p, when: {has: q}}\n", "t.yaml:7:23: 'when' belongs to records and lists\n"},
		{HEAD "tags: {from: p, when: {hass: q}}\n",
	         "t.yaml:7:30: unknown key 'hass'; did you mean 'has'?\n"
	         "t.yaml:7:29: a condition is {has: PATH}, {lacks: PATH}, {path: PATH, is: WORD} or {path: PATH, is_not: WORD}\n"},
		{HEAD "tags: {from: p, split: ''}\n", "t.yaml:7:30: a separator is empty\n"},
		{HEAD "tags: {from: p, split: [',', '']}\n", "t.yaml:7:30: a separator is empty\n"},
		{HEAD "tags: {from: p, split: [a, b, c, d, e, f, g, h, i]}\n", "t.yaml:7:30: more than 8 separators\n"},
		{HEAD "tags: {from: p, split: {a: b}}\n", "t.yaml:7:30: 'split' must be a single text\n"},
		{HEAD "tags: {from: p, drop: a}\n", "t.yaml:7:23: 'drop' belongs to categories\n"},
		{HEAD "tags: {from: p, separator: a}\n", "t.yaml:7:23: 'separator' belongs to categories\n"},
		{HEAD "categories: {from: p, drop: a}\n",
	         "t.yaml:7:29: 'drop' needs a 'separator': only a path in words has a beginning\n"},
		{HEAD "categories: {from: p, separator: '|', drop: [[a]]}\n",
	         "t.yaml:7:52: an item of 'drop' must be a single text\n"},
		{HEAD "name: {from: [a, {from: b, default: c}]}\n",
	         "t.yaml:7:34: 'default' belongs to whole fields: inside a list of preference, put the text last as {constant: …}\n"},
		{HEAD "name: {from: [a, {from: b, required: true}]}\n", "t.yaml:7:34: 'required' belongs to fields\n"},
		{HEAD "name: {from: a, replace: {pattern: '(a)\\1', with: ''}}\n",
	         "t.yaml:7:42: the pattern refers back to its group 1, which is not possible here\n"},
		/* lists */
		{HEAD "texts: [{each: a, field: titel, language: l}]\n",
	         "t.yaml:7:32: unknown field of texts 'titel'; known: name, description\n"},
		{HEAD "texts: [{each: a, field: {constant: nam}, language: l}]\n",
	         "t.yaml:7:43: unknown field of texts 'nam'; did you mean 'name'?\n"},
		{HEAD "texts: [{each: a, field: name}]\n", "t.yaml:7:15: 'language' is missing\n"},
		{HEAD "texts: [{each: a, language: l}]\n", "t.yaml:7:15: 'field' is missing\n"},
		{HEAD "texts: [a]\n", "t.yaml:7:15: an item must be a mapping\n"},
		{HEAD "texts: [{each: a, field: name, language: l, unit: u}]\n", "t.yaml:7:51: unknown key 'unit'\n"},
		{HEAD "custom_fields: [{each: a, nam: b}]\n", "t.yaml:7:33: unknown key 'nam'; did you mean 'name'?\n"},
		{HEAD "custom_fields: [{each: a, value: {from: b, date: '%Y'}}]\n",
	         "t.yaml:7:56: date '%Y': the month is missing: %m\n"},
		{HEAD "custom_fields: [{name: b}]\n",
	         "t.yaml:7:23: 'each' is missing: the path that is met once per item of the list\n"},
		{HEAD "prices: [{each: a, kind: {constant: rrp}}]\n",
	         "t.yaml:7:43: unknown kind of price 'rrp'; known: current, list, regular, sale, cost, msrp, map, min, wholesale, subscription, "
	         "deposit\n"},
		{HEAD "prices: [{each: a, kind: {constant: cost}, valid_from: {from: b, date: '%d'}}]\n",
	         "t.yaml:7:78: date '%d': the year is missing: %Y\n"},
		{HEAD "stocks: [{each: a, place: {from: b, decimal_sign: ','}}]\n",
	         "t.yaml:7:43: 'decimal_sign' belongs to numbers\n"},
		{HEAD "referense: a\n", "t.yaml:7:7: unknown SKU field 'referense'; did you mean 'reference'?\n"},
		{PRODUCT "childern: a\n", "t.yaml:7:7: unknown product field 'childern'; did you mean 'children'?\n"},
		{"language: [de]\n" HEAD "name: n\n", "t.yaml:1:11: 'language' must be a single text\n"},
		{"language: 'feed:lang'\n" HEAD "name: n\n", "t.yaml:1:11: unknown feed value 'lang'\n"},
		{"feed: {language: /f/@l}\nlanguage: 'feed:langage'\n" HEAD "name: n\n",
	         "t.yaml:2:11: unknown feed value 'langage'; did you mean 'language'?\n"},
		{"language: deutsch_und_noch_mehr_davon_als_gut_ist\n" HEAD "name: n\n",
	         "t.yaml:1:11: 'deutsch_und_noch_mehr_davon_als_gut_ist' is no language tag, such as 'de' or 'pt-BR'\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect_problems(cases[i].yaml, cases[i].problems);
}

static void expect_in_manual(const char *manual, const char *word)
{
	char bold[64];

	(void)snprintf(bold, sizeof bold, "\\fB%s\\fR", word);
	if (strstr(manual, bold) == NULL)
		fail_msg("the manual does not name '%s'", word);
}

static void manual_names_every_key_and_field(void **state)
{
	size_t size;
	char *manual = read_whole(FEEDMILL_SOURCE_DIR "/man/feedmill-dialect.5", &size);

	(void)state;
	for (size_t i = 0; compile_rule_key(i) != NULL; i++)
		expect_in_manual(manual, compile_rule_key(i));
	for (size_t i = 0; compile_member_key(i) != NULL; i++)
		if (strstr(manual, compile_member_key(i)) == NULL)
			fail_msg("the manual does not name '%s'", compile_member_key(i));
	for (int target = 0; target < TARGET_COUNT; target++)
		if (target != FIELD_PRODUCT_ID)
			expect_in_manual(manual, target_name((enum target)target));
	free(manual);
}

/* The manual's example with roff's escapes undone. */
static void append_plain(struct buffer *plain, struct slice roff)
{
	static const struct {
		const char *escape;
		char byte;
	} escapes[] = {{"\\-", '-'}, {"\\e", '\\'}, {"\\(aq", '\''}, {"\\(ga", '`'}, {"\\(ha", '^'}, {"\\(ti", '~'}};

	while (roff.size > 0) {
		char byte = roff.data[0];
		size_t read = 1;

		for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
			if (!slice_starts_with(roff, escapes[i].escape))
				continue;
			byte = escapes[i].byte;
			read = strlen(escapes[i].escape);
		}
		assert_int_equal(buffer_append_byte(plain, byte), 0);
		roff = slice_make(roff.data + read, roff.size - read);
	}
}

static void tutorial_shows_its_fixture(void **state)
{
	static const char *const files[] = {"feed.xml", "dialect.yaml"};
	size_t size;
	char *manual = read_whole(FEEDMILL_SOURCE_DIR "/man/feedmill-dialect.5", &size);
	char *at = strstr(manual, ".SH TUTORIAL");

	(void)state;
	assert_non_null(at);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		char path[512];
		struct buffer plain;
		char *file;
		char *end;

		(void)snprintf(path, sizeof path, "%s/fixtures/own/tutorial/%s", FEEDMILL_SOURCE_DIR, files[i]);
		file = read_whole(path, &size);
		at = strstr(at, ".EX\n");
		assert_non_null(at);
		at += strlen(".EX\n");
		end = strstr(at, ".EE");
		assert_non_null(end);
		buffer_init(&plain, 65536);
		append_plain(&plain, slice_make(at, (size_t)(end - at)));
		expect_text(files[i], buffer_slice(&plain), file);
		buffer_release(&plain);
		free(file);
		at = end;
	}
	free(manual);
}

int run_compile_value_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compiler_names_place_and_remedy_of_values),
		cmocka_unit_test(manual_names_every_key_and_field),
		cmocka_unit_test(tutorial_shows_its_fixture),
	};

	return cmocka_run_group_tests_name("compile values", tests, NULL, NULL);
}
