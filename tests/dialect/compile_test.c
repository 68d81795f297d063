/* Mistakes in dialects: all of them are listed, each at its place; and what extends what. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All problems as 'file:line:column: message' lines. */
static void compile_problems(const struct dialect_text *texts, size_t count, struct buffer *lines)
{
	struct dialect_set *set = NULL;
	struct config_problems problems;
	struct error err = ERROR_INIT;

	config_problems_init(&problems);
	assert_int_equal(dialect_set_compile(&(struct dialect_texts){.texts = texts, .count = count}, &set, &problems, &err), 0);
	for (const struct config_problem *problem = problems.first; problem != NULL; problem = problem->next)
		assert_int_equal(buffer_append_format(lines, "%s:%u:%u: %s\n", problem->file, problem->line, problem->column,
		                                      problem->message),
		                 0);
	config_problems_release(&problems);
	dialect_set_free(set);
}

static void expect_problems(const char *yaml, const char *expected)
{
	const struct dialect_text text = {.file = "t.yaml", .name = SLICE("t"), .yaml = slice_from(yaml)};
	struct buffer lines;

	buffer_init(&lines, 65536);
	compile_problems(&text, 1, &lines);
	expect_text(yaml, buffer_slice(&lines), expected);
	buffer_release(&lines);
}

#define RECORDS "records:\n  r:\n    path: /f/i\n    kind: sku\n    fields:\n      id: '@id'\n"

#define JSON_RECORDS "records: {r: {path: '$[*]', kind: sku, fields: {id: a}}}\n"
#define CONDITION_FORMS \
	"t.yaml:7:11: a condition is {has: PATH}, {lacks: PATH}, {path: PATH, is: WORD} or {path: PATH, is_not: WORD}\n"

static void compiler_names_place_and_remedy(void **state)
{
	static const struct {
		const char *yaml;
		const char *problems;
	} cases[] = {
		{"", "t.yaml:0:0: the dialect is empty\n"},
		{"[]\n", "t.yaml:1:1: a dialect must be a mapping\n"},
		{"description: x\n", "t.yaml:1:1: the dialect has no records\n"},
		{"descripton: x\n" RECORDS, "t.yaml:1:1: unknown key 'descripton'; did you mean 'description'?\n"},
		{"description: [x]\n" RECORDS, "t.yaml:1:14: 'description' must be a single text\n"},
		{"description: \"a\\nb\"\n" RECORDS, "t.yaml:1:14: 'description' must be one line\n"},
		{"format: cvs\n" RECORDS, "t.yaml:1:9: unknown format 'cvs'; did you mean 'csv'?\n"},
		{"format: toml\n" RECORDS, "t.yaml:1:9: unknown format 'toml'; known: xml, json, csv\n"},
		{"extends: other\n" RECORDS, "t.yaml:1:10: unknown dialect 'other'\n"},
		{"extends: t\n" RECORDS, "t.yaml:1:10: unknown dialect 't'\n"},
		{"namespaces: x\n" RECORDS, "t.yaml:1:13: 'namespaces' must be a mapping\n"},
		{"namespaces: {g: ''}\n" RECORDS, "t.yaml:1:17: the URI of 'g' is missing\n"},
		{"namespaces: {feed: 'urn:f'}\n" RECORDS, "t.yaml:1:14: 'feed' cannot be a prefix of yours\n"},
		{"namespaces: {goo: 'urn:g'}\nprefer: go\n" RECORDS, "t.yaml:2:9: unknown namespace 'go'; did you mean 'goo'?\n"},
		{"recognise: rss\n" RECORDS, "t.yaml:1:12: 'recognise' must be a list\n"},
		{"recognise: [rss]\n" RECORDS, "t.yaml:1:13: an item of 'recognise' must be a mapping\n"},
		{"recognise: [{declares: g}]\n" RECORDS, "t.yaml:1:13: 'root' is missing: the name of the feed's root element\n"},
		{"recognise: [{root: a/b}]\n" RECORDS, "t.yaml:1:20: root 'a/b' must be one name\n"},
		{"recognise: [{root: 'x:a'}]\n" RECORDS, "t.yaml:1:20: root 'x:a': no namespace 'x' is declared at character 1\n"},
		{"recognise: [{root: a, declares: g}]\n" RECORDS, "t.yaml:1:33: unknown namespace 'g'\n"},
		{"options: {o: {values: [a, b]}}\n" RECORDS, "t.yaml:1:14: an option needs 'values' and a 'default'\n"},
		{"options: {o: {values: [abc, b], default: abd}}\n" RECORDS,
	         "t.yaml:1:42: unknown value 'abd'; did you mean 'abc'?\n"},
		{"options: {o: {values: [option], default: option}}\n" RECORDS,
	         "t.yaml:1:24: 'option' cannot be a value\nt.yaml:1:42: unknown value 'option'\n"},
		{"feed: {c: a/b}\n" RECORDS, "t.yaml:1:11: path 'a/b' must begin with '/': it starts at the root of the feed\n"},
		{"feed: {c: '/a[@k]/b'}\n" RECORDS, "t.yaml:1:11: path '/a[@k]/b': a condition cannot stand here\n"},
		{"feed: {c: '/a/b[2]/@k'}\n" RECORDS, "t.yaml:1:11: path '/a/b[2]/@k': a position cannot stand here\n"},
		{"feed: {c: '/f/i/x'}\n" RECORDS, "t.yaml:1:7: feed value '/f/i/x' stands inside the records '/f/i'\n"},
		{"feed: {c: '/f'}\n" RECORDS,
	         "t.yaml:1:7: feed value '/f' contains the records '/f/i': only its attributes can be read\n"},
		{"records: {r: {path: /f/i, kind: sku}}\n", "t.yaml:1:11: record 'r' has no field 'id'\n"},
		{"records: {r: {kind: sku, fields: {id: a}}}\n", "t.yaml:1:11: record 'r' has no 'path'\n"},
		{"records: {r: {path: /f/i, fields: {id: a}}}\n",
	         "t.yaml:1:11: record 'r' has no 'kind': category, product, sku, part or field\n"},
		{"records: {r: {path: /f/i, kind: skus, fields: {id: a}}}\n",
	         "t.yaml:1:33: unknown kind 'skus'; did you mean 'sku'?\n"},
		{"records: {r: {path: f/i, kind: sku, fields: {id: a}}}\n",
	         "t.yaml:1:21: path 'f/i' must begin with '/': it starts at the root of the feed\n"},
		{"records: {r: {path: '/f/i[1]', kind: sku, fields: {id: a}}}\n",
	         "t.yaml:1:21: path '/f/i[1]': a condition cannot stand here\n"},
		{"records: {r: {path: /f/@i, kind: sku, fields: {id: a}}}\n", "t.yaml:1:21: path '/f/@i' must name elements\n"},
		{"records: {r: {path: /f/i, paths: [/f/j], kind: sku, fields: {id: a}}}\n",
	         "t.yaml:1:27: 'path' and 'paths' exclude each other\n"},
		{RECORDS "  s:\n    path: /f/i/k\n    kind: sku\n    fields: {id: a}\n",
	         "t.yaml:1:1: records 'r' and 's' overlap at '/f/i/k'\n"},
		{RECORDS "      prise: p\n", "t.yaml:7:7: unknown SKU field 'prise'; did you mean 'price'?\n"},
		{RECORDS "      product_id: p\n",
	         "t.yaml:7:7: 'product_id' is no field of its own: write 'product: {rule: group, id: …}'\n"},
		{RECORDS "      name: /a\n", "t.yaml:7:13: path '/a' must not begin with '/': it starts at the record\n"},
		{RECORDS "      name: a//b\n", "t.yaml:7:13: path 'a//b': '//' is not understood: name each step at character 3\n"},
		{RECORDS "      name: 'feed:currency'\n", "t.yaml:7:13: unknown feed value 'currency'\n"},
		{"feed: {currency: /f/@c}\n" RECORDS "      name: 'feed:curency'\n",
	         "t.yaml:8:13: unknown feed value 'curency'; did you mean 'currency'?\n"},
		{RECORDS "      name: []\n", "t.yaml:7:13: the list is empty\n"},
		{RECORDS "      name: {form: a}\n",
	         "t.yaml:7:14: unknown key 'form'; did you mean 'from'?\nt.yaml:7:13: exactly one of 'from', 'join' and 'constant' is needed\n"},
		{RECORDS "      name: {from: a, constant: b}\n",
	         "t.yaml:7:13: exactly one of 'from', 'join' and 'constant' is needed\n"},
		{RECORDS "      name: {from: a, with: b}\n", "t.yaml:7:23: 'with' belongs to 'join'\n"},
		{RECORDS "      name: {join: a}\n", "t.yaml:7:20: 'join' must be a list\n"},
		{RECORDS "      name: {from: a, split: ','}\n", "t.yaml:7:23: 'split' belongs to lists\n"},
		{RECORDS "      name: {from: a, upper: yes}\n", "t.yaml:7:30: 'upper' must be true or false\n"},
		{RECORDS "      name: {from: a, words: [a]}\n", "t.yaml:7:30: 'words' must be a mapping\n"},
		{RECORDS "      name: {from: a, replace: {pattern: '(', with: ''}}\n",
	         "t.yaml:7:42: the pattern is wrong at character 2: missing closing parenthesis\n"},
		{RECORDS "      name: {from: a, replace: {pattern: 'a', with: '$1'}}\n",
	         "t.yaml:7:42: '$1' is no group of the pattern; write $$ for a dollar sign\n"},
		{RECORDS "      name: {from: a, replace: {pattern: 'a', with: '5 $'}}\n",
	         "t.yaml:7:42: '$' is no group of the pattern; write $$ for a dollar sign\n"},
		{RECORDS "      name: {from: a, replace: {pattern: 'a'}}\n",
	         "t.yaml:7:32: 'replace' needs the texts 'pattern' and 'with'\n"},
		{RECORDS "      weight: {from: a, unit: kgs}\n", "t.yaml:7:31: unknown unit 'kgs'; did you mean 'kg'?\n"},
		{RECORDS "      attributes: [{name: '@n'}]\n",
	         "t.yaml:7:20: 'each' is missing: the path that is met once per item of the list\n"},
		{RECORDS "      attributes: [{each: p, nane: '@n'}]\n", "t.yaml:7:30: unknown key 'nane'; did you mean 'name'?\n"},
		{RECORDS "      stocks: [{each: p, quantity: '@n'}]\n", "t.yaml:7:16: 'place' is missing\n"},
		{RECORDS "      stocks: [p]\n", "t.yaml:7:16: an item must be a mapping\n"},
		{RECORDS "      prices: [{each: p}]\n", "t.yaml:7:16: 'kind' is missing\n"},
		{RECORDS "      prices: [{each: p, kind: {constant: csot}}]\n",
	         "t.yaml:7:43: unknown kind of price 'csot'; did you mean 'cost'?\n"},
		{RECORDS "    product: {rule: grup, id: g}\n", "t.yaml:7:21: unknown product rule 'grup'; did you mean 'group'?\n"},
		{RECORDS "    product: {rule: group}\n", "t.yaml:7:14: 'group' needs the 'id' of the product\n"},
		{RECORDS "    product: {rule: self, id: a}\n", "t.yaml:7:27: 'self' has no 'id': each SKU is its own product\n"},
		{RECORDS "    product: {id: a}\n", "t.yaml:7:14: 'rule' is missing: self, group, named, parent, listed or outer\n"},
		{RECORDS "    product: {option: o}\n", "t.yaml:7:23: unknown option 'o'\n"},
		{"options: {o: {values: [a, b], default: a}}\n" RECORDS "    product: {option: o, a: {rule: self}}\n",
	         "t.yaml:8:14: no rule for 'o: b'\n"},
		{"options: {o: {values: [aa, bb], default: aa}}\n" RECORDS
	         "    product: {option: o, aa: {rule: self}, bb: {rule: self}, cc: {rule: self}}\n",
	         "t.yaml:8:62: unknown key 'cc'\n"},
		{"records:\n  c:\n    path: /f/c\n    kind: category\n    product: {rule: self}\n    fields: {id: a, price: b}\n",
	         "t.yaml:5:5: 'product' is for records of kind sku\n"
	         "t.yaml:6:21: unknown category field 'price'; known: id, parent_id, name, url, position, texts\n"},
		/* formats */
		{"format: json\n" RECORDS, "t.yaml:4:11: path '/f/i' must begin with '$': it starts at the root of the feed\n"
	                                   "t.yaml:7:11: path '@id': 'i' is not understood here at character 2\n"},
		{"format: json\nrecords: {r: {path: a.b, kind: sku, fields: {id: a}}}\n",
	         "t.yaml:2:21: path 'a.b' must begin with '$': it starts at the root of the feed\n"},
		{"format: json\nrecords: {r: {path: '$.a[0]', kind: sku, fields: {id: a}}}\n",
	         "t.yaml:2:21: path '$.a[0]': a condition cannot stand here\n"},
		{"format: json\nrecognise: [{root: rss}]\n" JSON_RECORDS,
	         "t.yaml:2:14: unknown key 'root'\nt.yaml:2:13: 'has' is missing: paths that occur in the feed\n"},
		{"format: json\nrecognise: [{has: a}]\n" JSON_RECORDS,
	         "t.yaml:2:19: path 'a' must begin with '$': it starts at the root of the feed\n"},
		{"format: csv\nrecords: {r: {path: /a, kind: sku, fields: {id: a}}}\n",
	         "t.yaml:2:15: records of a table are its rows: they have no path\n"},
		{"format: csv\nfeed: {c: a}\nrecords: {r: {kind: sku, fields: {id: a}}}\n",
	         "t.yaml:2:8: a table has no values of the whole feed\n"},
		{"csv: {delimiter: ';'}\n" RECORDS, "t.yaml:1:1: 'csv' is for dialects with 'format: csv'\n"},
		{"format: csv\ncsv: {delimiter: x, comment: xx, header_line: 0, first_row_line: 1, goup_by: a, json: ''}\nrecords: {r: {kind: sku, "
	         "fields: {id: a}}}\n",
	         "t.yaml:2:69: unknown key 'goup_by'; did you mean 'group_by'?\n"
	         "t.yaml:2:18: 'delimiter' must be one of ',' ';' tab '|' '~'\n"
	         "t.yaml:2:30: 'comment' must be one character\n"
	         "t.yaml:2:47: 'header_line' must be a number from 1 to 1000\n"
	         "t.yaml:2:87: the name of a column is missing\n"
	         "t.yaml:2:6: 'first_row_line' must stand behind the header\n"},
		{"format: csv\nrecords: {r: {kind: sku, fields: {id: a, attributes: [{each: 'b*', name: c}]}}}\n",
	         "t.yaml:2:74: path 'c' is another column: '.' is the cell itself, '../NAME' the row's cell of that name\n"},
		/* conditions and kinds */
		{RECORDS "    when: {has: a, lacks: b}\n", CONDITION_FORMS},
		{RECORDS "    when: {path: a}\n", CONDITION_FORMS},
		{RECORDS "    when: {is: a}\n", CONDITION_FORMS},
		{RECORDS "    when: [{path: a, is: []}]\n", "t.yaml:7:26: the list is empty\n"},
		{RECORDS "    when: {has: ../a}\n",
	         "t.yaml:7:17: path '../a' begins with '..': a record sees only itself, and what is nested in it sees the record\n"},
		{RECORDS "  s: {path: /f/i, kind: sku, fields: {id: a}}\n",
	         "t.yaml:1:1: record 's' is never met: 'r' takes all of '/f/i'; give it a 'when'\n"},
		{RECORDS "    of: sku\n", "t.yaml:7:5: 'of' is for records of kind part\n"},
		{"records: {r: {path: /f/i, kind: part, of: skus, fields: {id: a, price: b}}}\n",
	         "t.yaml:1:43: unknown item 'skus'; did you mean 'sku'?\n"
	         "t.yaml:1:65: unknown field of parts 'price'; did you mean 'prices'?\n"},
		{"records: {r: {path: /f/i, kind: field, fields: {id: a, type: b}}}\n",
	         "t.yaml:1:56: unknown field of definitions 'type'; known: id, name, entity, value_type, required, default_value, enum_values\n"},
		{"records: {r: {path: /f/i, kind: part, fields: {images: b}}}\n", "t.yaml:1:11: record 'r' has no field 'id'\n"},
		/* nested records */
		{RECORDS "    nested: {n: {kind: sku, fields: {id: a}}}\n",
	         "t.yaml:7:14: nested record 'n' has no 'each': the path to it\n"},
		{RECORDS "    nested: {n: {each: a, path: /a, kind: sku, fields: {id: '../../a'}}}\n",
	         "t.yaml:7:27: unknown key 'path'\n"},
		{RECORDS "    nested: {n: {each: a, kind: part, fields: {images: '.'}}}\n", ""},
		{RECORDS "    nested: {n: {each: a, kind: category, product: {rule: outer}, fields: {id: '.'}}}\n",
	         "t.yaml:7:43: 'product' is for records of kind sku\n"},
		{RECORDS "    product: {rule: outer}\n", "t.yaml:7:21: 'outer' is for records nested in a product or a SKU\n"},
		{RECORDS "    product: {rule: listed, id: a}\n", "t.yaml:7:29: 'listed' has no 'id': the product names its SKUs\n"},
		/* feed values */
		{"feed: {c: {latest: true}}\n" RECORDS, "t.yaml:1:11: 'from' is missing\n"},
		{"feed: {c: {from: /g/h/@k, latest: yes}}\n" RECORDS, "t.yaml:1:35: 'latest' must be true or false\n"},
		{"feed: {c: {from: /g/h/j/@k, latest: true}}\n" RECORDS,
	         "t.yaml:1:7: feed value '/g/h/j/@k' has no element around it that is around a record too\n"},
		/* all mistakes of a file, in their order */
		{"descripton: x\nformat: toml\n" RECORDS "      prise: p\n      name: 'h:a'\n",
	         "t.yaml:1:1: unknown key 'descripton'; did you mean 'description'?\n"
	         "t.yaml:2:9: unknown format 'toml'; known: xml, json, csv\n"
	         "t.yaml:9:7: unknown SKU field 'prise'; did you mean 'price'?\n"
	         "t.yaml:10:13: path 'h:a': no namespace 'h' is declared at character 1\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect_problems(cases[i].yaml, cases[i].problems);
}

static void circle_of_bases_is_refused(void **state)
{
	const struct dialect_text texts[] = {
		{.file = "a.yaml", .name = SLICE("a"), .yaml = slice_from("extends: b\n" RECORDS)},
		{.file = "b.yaml", .name = SLICE("b"), .yaml = slice_from("extends: a\n" RECORDS)},
	};
	struct buffer lines;

	(void)state;
	buffer_init(&lines, 65536);
	compile_problems(texts, 2, &lines);
	expect_text("circle", buffer_slice(&lines), "b.yaml:1:10: 'a' extends this dialect already: that is a circle\n");
	buffer_release(&lines);
}

static void misspelt_base_is_suggested(void **state)
{
	const struct dialect_text texts[] = {
		{.file = "a.yaml", .name = SLICE("google"), .yaml = slice_from(RECORDS)},
		{.file = "b.yaml", .name = SLICE("acme"), .yaml = slice_from("extends: gogle\n" RECORDS)},
	};
	struct buffer lines;

	(void)state;
	buffer_init(&lines, 65536);
	compile_problems(texts, 2, &lines);
	expect_text("misspelt", buffer_slice(&lines), "b.yaml:1:10: unknown dialect 'gogle'; did you mean 'google'?\n");
	buffer_release(&lines);
}

/* A dialect of a person's own takes a shipped one and changes what differs. */
static void extending_overrides_by_name(void **state)
{
	const struct dialect_text own = {.file = "acme.yaml",
	                                 .name = SLICE("acme"),
	                                 .yaml = slice_from("description: Acme's feed\n"
	                                                    "extends: google\n"
	                                                    "namespaces: {acme: 'urn:acme'}\n"
	                                                    "records:\n"
	                                                    "  item:\n"
	                                                    "    fields:\n"
	                                                    "      name: 'acme:label'\n"
	                                                    "      mpn: ~\n"
	                                                    "      merchant_sku: mpn\n")};
	static const char feed[] =
		"<rss xmlns:g='http://base.google.com/ns/1.0' xmlns:a='urn:acme'><channel><item><g:id>1</g:id><g:title>T</g:title>"
		"<a:label>L</a:label><g:mpn>M</g:mpn><g:brand>B</g:brand></item></channel></rss>";
	struct dialect_set *set = shipped_dialects(&own, 1);
	const struct mapper_options options = {.dialect = SLICE("acme")};
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_feed(set, &options, slice_from(feed), 0, &recording);
	assert_int_equal(recording.result, 0);
	expect_text(
		"acme", buffer_slice(&recording.statements),
		"{\"record\":1,\"kind\":\"sku\",\"action\":\"stated\",\"link\":\"self\",\"id\":\"1\",\"product_id\":\"1\",\"name\":\"L\",\"brand\":\"B\","
		"\"merchant_sku\":\"M\",\"extra\":{\"g:title\":\"T\"}}\n{\"end\":1,\"mapped\":true}\n");
	assert_string_equal(dialect_description(set, slice_from("acme")), "Acme's feed");
	recording_release(&recording);
	dialect_set_free(set);
}

/* Everything that has a name can be overridden or dropped by it, down to what is nested; bases stay as they are. */
static void names_of_the_base_can_be_changed_or_dropped(void **state)
{
	static const char base[] = "options: {o: {values: [x, y], default: x}}\n"
				   "feed: {v: /f/v, w: /f/w}\n"
				   "records:\n"
				   "  a:\n"
				   "    path: /f/a\n"
				   "    kind: product\n"
				   "    fields: {id: '@id', tags: ['feed:v']}\n"
				   "    nested:\n"
				   "      s: {each: s, kind: sku, fields: {id: '@id', name: n}}\n"
				   "      t: {each: t, kind: sku, fields: {id: '@id', name: n}}\n"
				   "  b: {path: /f/b, kind: sku, fields: {id: '@id'}}\n";
	static const char own[] = "extends: base\n"
				  "options: {o: ~}\n"
				  "feed: {v: ~}\n"
				  "records:\n"
				  "  a: {nested: {s: ~, t: {fields: {name: m}}}}\n"
				  "  b: ~\n";
	static const char feed[] = "<f><v>V</v><a id='1'><s id='2'><n>N</n></s><t id='3'><n>N</n><m>M</m></t></a><b id='4'/></f>";
	const struct dialect_text texts[] = {{.file = "base", .name = SLICE("base"), .yaml = slice_from(base)},
	                                     {.file = "own", .name = SLICE("own"), .yaml = slice_from(own)}};
	struct dialect_set *set = shipped_dialects(texts, 2);
	const struct dialect_option option = {.name = SLICE("o"), .value = SLICE("x")};
	struct recording recording;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(dialect_check_options(set, slice_from("base"), &option, 1, &err), 0);
	assert_int_equal(dialect_check_options(set, slice_from("own"), &option, 1, &err), -1);
	recording_init(&recording);
	read_feed(set, &(struct mapper_options){.dialect = SLICE("own")}, slice_from(feed), 0, &recording);
	expect_text(
		"own", buffer_slice(&recording.statements),
		"{\"record\":1,\"kind\":\"sku\",\"action\":\"stated\",\"link\":\"named\",\"id\":\"3\",\"product_id\":\"1\",\"name\":\"M\","
		"\"extra\":{\"n\":\"N\"}}\n"
		"{\"record\":1,\"kind\":\"product\",\"action\":\"stated\",\"id\":\"1\",\"extra\":{\"s/@id\":\"2\",\"s/n\":\"N\"}}\n"
		"{\"end\":1,\"mapped\":true}\n");
	recording_release(&recording);
	recording_init(&recording);
	read_feed(set, &(struct mapper_options){.dialect = SLICE("base")}, slice_from(feed), 0, &recording);
	assert_int_equal(recording.statement_count, 4);
	assert_true(recording_has(&recording.statements, "\"id\":\"3\"", "\"name\":\"N\""));
	assert_true(recording_has(&recording.statements, "\"id\":\"1\"", "\"tags\":[\"V\"]"));
	recording_release(&recording);
	dialect_set_free(set);
}

static void base_of_another_format_is_refused(void **state)
{
	const struct dialect_text texts[] = {
		{.file = "a.yaml", .name = SLICE("a"), .yaml = slice_from(RECORDS)},
		{.file = "b.yaml", .name = SLICE("b"), .yaml = slice_from("extends: a\nformat: json\n")},
	};
	struct buffer lines;

	(void)state;
	buffer_init(&lines, 65536);
	compile_problems(texts, 2, &lines);
	expect_text("format", buffer_slice(&lines), "b.yaml:2:9: 'a' is for xml and cannot be extended for json\n");
	buffer_release(&lines);
}

/* One's own 'google' may extend the shipped 'google', which it then replaces. */
static void replacing_dialect_can_extend_what_it_replaces(void **state)
{
	const struct dialect_text own = {
		.file = "google.yaml",
		.name = SLICE("google"),
		.yaml = slice_from("description: Mine\nextends: google\nrecords: {item: {fields: {name: link}}}\n")};
	struct dialect_set *set = shipped_dialects(&own, 1);
	struct recording recording;

	(void)state;
	assert_int_equal(dialect_set_count(set), 3);
	assert_string_equal(dialect_set_name(set, 0), "facebook");
	assert_string_equal(dialect_set_name(set, 1), "google");
	assert_string_equal(dialect_set_name(set, 2), "yml");
	assert_null(dialect_set_name(set, 3));
	assert_null(dialect_description(set, slice_from("nobody")));
	assert_string_equal(dialect_description(set, slice_from("google")), "Mine");
	recording_init(&recording);
	read_feed(set, &(struct mapper_options){.dialect = {NULL, 0}},
	          slice_from("<rss><channel><item><id>1</id><title>T</title><link>http://l.example/</link></item></channel></rss>"),
	          0, &recording);
	assert_string_equal(recording.dialect, "google");
	assert_true(recording_has(&recording.statements, "\"name\":\"http://l.example/\"", NULL));
	recording_release(&recording);
	dialect_set_free(set);
}

static void options_are_checked_with_suggestions(void **state)
{
	static const struct {
		const char *dialect;
		const char *name;
		const char *value;
		const char *message; /* NULL = right */
	} cases[] = {
		{"yml", NULL, NULL, NULL},
		{"yml", "group_id", "parent", NULL},
		{"yml", "group_id", "parents", "unknown value of option 'group_id' 'parents'; did you mean 'parent'?"},
		{"yml", "groupid", "parent", "unknown option of dialect 'yml' 'groupid'; did you mean 'group_id'?"},
		{"yml", "currency", "EUR", "unknown option of dialect 'yml' 'currency'; known: group_id"},
		{"google", "group_id", "parent", "unknown option of dialect 'google' 'group_id'; known: none"},
		{"ymll", NULL, NULL, "unknown dialect 'ymll'; did you mean 'yml'?"},
		{"heureka", NULL, NULL, "unknown dialect 'heureka'; known: facebook, google, yml"},
	};
	struct dialect_set *set = shipped_dialects(NULL, 0);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct dialect_option option = {.name = slice_from(cases[i].name), .value = slice_from(cases[i].value)};
		struct error err = ERROR_INIT;
		const int result = dialect_check_options(set, slice_from(cases[i].dialect), &option, cases[i].name != NULL ? 1 : 0,
		                                         &err);

		assert_int_equal(result, cases[i].message != NULL ? -1 : 0);
		if (cases[i].message == NULL)
			continue;
		assert_int_equal(err.code, ERROR_CONFIG);
		assert_string_equal(err.message, cases[i].message);
	}
	dialect_set_free(set);
}

/* What stands between two marks of a text, which ends there. */
static char *between(char *text, const char *begin, const char *end)
{
	char *start = strstr(text, begin);
	char *stop;

	assert_non_null(start);
	start += strlen(begin);
	stop = strstr(start, end);
	assert_non_null(stop);
	*stop = '\0';
	return start;
}

static void example_of_the_readme_works(void **state)
{
	size_t size;
	char *text = read_whole(FEEDMILL_SOURCE_DIR "/schema/dialects/README.md", &size);
	char *copy = read_whole(FEEDMILL_SOURCE_DIR "/schema/dialects/README.md", &size);
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_with(between(text, "```yaml\n", "```"), between(copy, "for a feed like `", "`"), &recording);
	expect_text(
		"README", buffer_slice(&recording.statements),
		"{\"record\":1,\"kind\":\"sku\",\"action\":\"stated\",\"link\":\"group\",\"id\":\"7\",\"product_id\":\"lamps\",\"name\":\"Lamp\","
		"\"price\":12500000,\"currency\":\"EUR\"}\n{\"end\":1,\"mapped\":true}\n");
	recording_release(&recording);
	free(text);
	free(copy);
}

/* The further ones, which have no feed beside them, compile and read one. */
static void further_examples_of_the_readme_compile(void **state)
{
	static const struct {
		const char *begin;
		const char *feed;
		const char *statement;
	} cases[] = {
		{"format: json\n",
	         "{\"products\":[{\"id\":1,\"title\":\"A\",\"variants\":[{\"id\":2,\"title\":\"S\",\"price\":5}]}]}",
	         "\"id\":\"2\",\"product_id\":\"1\",\"name\":\"A, S\",\"price\":5000000,\"currency\":\"EUR\""},
		{"format: csv\n", "Handle,Title,Variant SKU,Variant Price\na,A,1,5 EUR\na,,2,6 EUR\n",
	         "\"id\":\"2\",\"product_id\":\"a\",\"name\":\"A\",\"price\":6000000,\"currency\":\"EUR\"}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t size;
		char *text = read_whole(FEEDMILL_SOURCE_DIR "/schema/dialects/README.md", &size);
		char yaml[4096];
		struct recording recording;

		(void)snprintf(yaml, sizeof yaml, "%s%s", cases[i].begin, between(text, cases[i].begin, "```"));
		recording_init(&recording);
		read_with(yaml, cases[i].feed, &recording);
		if (!recording_has(&recording.statements, cases[i].statement, NULL))
			fail_msg("%.*s", (int)recording.statements.size, recording.statements.data);
		recording_release(&recording);
		free(text);
	}
}

int run_compile_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compiler_names_place_and_remedy),
		cmocka_unit_test(circle_of_bases_is_refused),
		cmocka_unit_test(misspelt_base_is_suggested),
		cmocka_unit_test(extending_overrides_by_name),
		cmocka_unit_test(names_of_the_base_can_be_changed_or_dropped),
		cmocka_unit_test(base_of_another_format_is_refused),
		cmocka_unit_test(replacing_dialect_can_extend_what_it_replaces),
		cmocka_unit_test(options_are_checked_with_suggestions),
		cmocka_unit_test(example_of_the_readme_works),
		cmocka_unit_test(further_examples_of_the_readme_compile),
	};

	return cmocka_run_group_tests_name("compile", tests, NULL, NULL);
}
