/* Which dialect a feed is: by its root element, the namespaces declared there, and what its beginning holds. */
#include "support.h"

#include <stdio.h>
#include <string.h>

#define G "xmlns:g='http://base.google.com/ns/1.0'"

static void expect_dialect(const struct dialect_set *set, const char *wanted, const char *feed, const char *dialect,
                           const char *message)
{
	const struct mapper_options options = {.dialect = slice_from(wanted)};
	struct recording recording;

	recording_init(&recording);
	read_feed(set, &options, slice_from(feed), 0, &recording);
	expect_text(feed, slice_from(recording.dialect), dialect);
	assert_int_equal(recording.result, message == NULL ? 0 : -1);
	if (message != NULL) {
		assert_int_equal(recording.err.code, ERROR_DIALECT);
		expect_text(feed, slice_from(recording.err.message), message);
	}
	recording_release(&recording);
}

static void root_and_namespaces_decide(void **state)
{
	static const struct {
		const char *wanted;
		const char *feed;
		const char *dialect;
		const char *message; /* NULL = read */
	} cases[] = {
		{NULL, "<yml_catalog/>", "yml", NULL},
		{NULL, "<rss version='2.0'/>", "google", NULL},
		{NULL, "<rss " G "/>", "google", NULL},
		{NULL, "<channel/>", "google", NULL},
		{NULL, "<feed xmlns='http://www.w3.org/2005/Atom' " G "/>", "google", NULL},
		{NULL, "<rss xmlns='http://base.google.com/ns/1.0'/>", "google", NULL},
		{NULL, "<listings/>", "facebook", NULL},
		{NULL, "<feed xmlns='http://www.w3.org/2005/Atom'/>", "",
	         "no dialect recognises the feed (XML, root 'feed' of namespace 'http://www.w3.org/2005/Atom'); known dialects: facebook, google, yml; 'feedmill probe' shows what is in it"},
		{NULL, "<SHOP/>", "",
	         "no dialect recognises the feed (XML, root 'SHOP'); known dialects: facebook, google, yml; 'feedmill probe' shows what is in it"},
		{"facebook", "<rss/>", "facebook", NULL},
		{"google", "<feed/>", "google", NULL},
		{"yml", "<rss/>", "",
	         "the feed (XML, root 'rss') does not fit dialect 'yml'; 'feedmill probe' shows what is in it"},
		{"google", "<listings/>", "",
	         "the feed (XML, root 'listings') does not fit dialect 'google'; 'feedmill probe' shows what is in it"},
	};
	struct dialect_set *set = shipped_dialects(NULL, 0);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect_dialect(set, cases[i].wanted, cases[i].feed, cases[i].dialect, cases[i].message);
	dialect_set_free(set);
}

static void stronger_match_wins_and_ties_are_settled(void **state)
{
	static const struct {
		const char *name;
		const char *yaml;
		const char *feed;
		const char *dialect;
	} cases[] = {
		{"acme", "extends: google\n", "<rss " G "/>", "google"}, /* a tie: not the one that extends */
		{"acme", "recognise: [{root: rss}]\nextends: google\n", "<rss/>", "google"},
		{"zoo", "recognise: [{root: rss}]\nrecords: {r: {path: /rss/i, kind: sku, fields: {id: a}}}\n", "<rss/>",
	         "google"}, /* by name */
		{"acme", "recognise: [{root: rss}]\nrecords: {r: {path: /rss/i, kind: sku, fields: {id: a}}}\n", "<rss/>", "acme"},
		{"acme", "recognise: [{root: rss}]\nrecords: {r: {path: /rss/i, kind: sku, fields: {id: a}}}\n", "<rss " G "/>",
	         "google"},
		{"acme",
	         "namespaces: {s: 'urn:s'}\nrecognise: [{root: 's:feed'}]\nrecords: {r: {path: '/s:feed/i', kind: sku, fields: {id: a}}}\n",
	         "<feed xmlns='urn:s'/>", "acme"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct dialect_text own = {
			.file = "own.yaml", .name = slice_from(cases[i].name), .yaml = slice_from(cases[i].yaml)};
		struct dialect_set *set = shipped_dialects(&own, 1);

		expect_dialect(set, NULL, cases[i].feed, cases[i].dialect, NULL);
		dialect_set_free(set);
	}
}

#define RULES "records: {r: {paths: ['$[*]', '$.products[*]'], kind: sku, fields: {id: a}}}\n"

/* Strongest is what meets most conditions; all of them must be met. */
static void content_of_the_feed_decides(void **state)
{
	static const struct dialect_text own[] = {
		{"a", SLICE("alpha"),
	         SLICE("format: json\nrecognise: [{has: ['$.products[*].variants', '$.products[*].handle']}]\n" RULES)},
		{"b", SLICE("beta"), SLICE("format: json\nrecognise: [{has: '$.products'}, {has: ['$[*].sku']}]\n" RULES)},
		{"c", SLICE("gamma"),
	         SLICE("format: csv\nrecognise: [{has: [Handle, 'Variant SKU']}, {has: id}]\nrecords: {r: {kind: sku, fields: {id: [id, handle]}}}\n")},
		{"d", SLICE("delta"),
	         SLICE("namespaces: {g: 'urn:g'}\nrecognise: [{root: rss, declares: g, has: [/rss/channel/item/g:id, "
	               "/rss/channel/item/@k]}]\nrecords: {r: {path: /rss/channel/item, kind: sku, fields: {id: 'g:id'}}}\n")},
	};
	static const struct {
		const char *feed;
		const char *dialect;
		const char *message; /* NULL = read */
	} cases[] = {
		{"{\"products\":[{\"handle\":\"h\"},{\"variants\":[]}]}", "alpha", NULL},
		{"{\"products\":[{\"handle\":\"h\"}]}", "beta", NULL},
		{"[{\"sku\":1}]", "beta", NULL},
		{"{\"sku\":1}\n{\"sku\":2}\n", "beta", NULL}, /* JSON Lines are an array of lines */
		{"variant-sku,handle,price\n1,2,3\n4,5,6\n", "gamma", NULL},
		{"id,name\n1,Lamp\n2,Chair\n", "gamma", NULL},
		{"<rss xmlns:g='urn:g'><channel><item k='1'><g:id>1</g:id></item></channel></rss>", "delta", NULL},
		{"<rss xmlns:g='urn:g'><channel><item><g:id>1</g:id></item></channel></rss>", "google", NULL},
		{"{\"goods\":[],\"shop\":{}}", "",
	         "no dialect recognises the feed (JSON, an object with 'goods', 'shop'); known dialects: alpha, beta, delta, facebook, gamma, google, "
	         "yml; 'feedmill probe' shows what is in it"},
		{"[{\"good\":1}]", "",
	         "no dialect recognises the feed (JSON, an array of objects with 'good'); known dialects: alpha, beta, delta, facebook, gamma, google, "
	         "yml; 'feedmill probe' shows what is in it"},
		{"name,price\nLamp,1\nChair,2\n", "",
	         "no dialect recognises the feed (CSV, columns 'name', 'price'); known dialects: alpha, beta, delta, facebook, gamma, google, yml; "
	         "'feedmill probe' shows what is in it"},
	};
	struct dialect_set *set = shipped_dialects(own, 4);

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect_dialect(set, NULL, cases[i].feed, cases[i].dialect, cases[i].message);
	dialect_set_free(set);
}

static void dialect_of_another_format_is_refused(void **state)
{
	static const struct dialect_text own = {
		"j", SLICE("json"), SLICE("format: json\nrecords: {r: {path: '$.products[*]', kind: sku, fields: {id: a}}}\n")};
	struct dialect_set *set = shipped_dialects(&own, 1);

	(void)state;
	expect_dialect(set, "yml", "{\"a\":1}", "", "the feed is JSON, the dialect 'yml' is for XML");
	expect_dialect(set, "yml", "{\"a\":1}\n{\"a\":2}\n", "", "the feed is JSON Lines, the dialect 'yml' is for XML");
	expect_dialect(set, "json", "<rss/>", "", "the feed is XML, the dialect 'json' is for JSON");
	expect_dialect(set, "json", "a,b\n1,2\n", "", "the feed is CSV, the dialect 'json' is for JSON");
	expect_dialect(
		set, "json", "[{\"a\":1}]", "",
		"the feed (JSON, an array of objects with 'a') does not fit dialect 'json'; 'feedmill probe' shows what is in it");
	expect_dialect(set, "json", "{\"a\":1}", "json", NULL);
	dialect_set_free(set);
}

static void first_line_of_json_lines_does_not_fit_a_dialect_of_lines(void **state)
{
	static const struct dialect_text own = {"j", SLICE("lines"),
	                                        SLICE("format: json\nrecords: {r: {path: '$[*]', kind: sku, fields: {id: a}}}\n")};
	struct dialect_set *set = shipped_dialects(&own, 1);

	(void)state;
	expect_dialect(set, "lines", "{\"a\":1}\n{\"a\":2}\n", "lines", NULL);
	expect_dialect(set, "lines", "[{\"a\":1}]", "lines", NULL);
	expect_dialect(set, "lines", "[]", "lines", NULL);
	expect_dialect(set, "lines", "{\"a\":1}\n", "",
	               "the feed (JSON, an object with 'a') does not fit dialect 'lines'; 'feedmill probe' shows what is in it");
	dialect_set_free(set);
}

static void unknown_dialect_or_option_is_a_mistake_of_configuration(void **state)
{
	struct dialect_set *set = shipped_dialects(NULL, 0);
	const struct dialect_option option = {.name = SLICE("group_id"), .value = SLICE("sideways")};
	struct recording recording;

	(void)state;
	recording_init(&recording);
	read_feed(set, &(struct mapper_options){.dialect = SLICE("yaml")}, slice_from("<rss/>"), 0, &recording);
	assert_int_equal(recording.result, -1);
	assert_int_equal(recording.err.code, ERROR_CONFIG);
	/* of a recognised dialect the options are known only then */
	read_feed(set, &(struct mapper_options){.options = &option, .option_count = 1}, slice_from("<yml_catalog/>"), 0,
	          &recording);
	assert_int_equal(recording.result, -1);
	assert_int_equal(recording.err.code, ERROR_CONFIG);
	recording_release(&recording);
	dialect_set_free(set);
}

int run_recognise_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_and_namespaces_decide),
		cmocka_unit_test(stronger_match_wins_and_ties_are_settled),
		cmocka_unit_test(content_of_the_feed_decides),
		cmocka_unit_test(dialect_of_another_format_is_refused),
		cmocka_unit_test(first_line_of_json_lines_does_not_fit_a_dialect_of_lines),
		cmocka_unit_test(unknown_dialect_or_option_is_a_mistake_of_configuration),
	};

	return cmocka_run_group_tests_name("recognise", tests, NULL, NULL);
}
