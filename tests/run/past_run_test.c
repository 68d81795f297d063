/* Earlier runs: which of them wait for an approval, and what is believed of what the ledger says of their fetch. */
#include "run/past_run.h"

#include "run_tests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define DIGEST "0123456789abcdef0123456789abcdef"

static void only_a_held_run_that_nothing_overtook_can_be_approved(void **state)
{
	static const struct {
		struct past_run run;
		const char *words; /* NULL = it can */
	} rows[] = {
		{{.run_id = 5, .job = "acme", .outcome = "held"}, NULL},
		{{.run_id = 5, .job = "acme", .outcome = "applied"}, "run 5 of the job 'acme' is not held but applied"},
		{{.run_id = 5, .job = "acme", .outcome = "planned"}, "not held but planned"},
		{{.run_id = 5, .job = "acme", .outcome = "held", .superseded_by_run_id = 9}, "superseded by run 9"},
		{{.run_id = 5, .job = "acme", .outcome = "held", .approved_by_run_id = 8, .superseded_by_run_id = 7},
	         "run 8 applied it"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = ERROR_INIT;

		assert_int_equal(past_run_check_held(&rows[i].run, &err), rows[i].words != NULL ? -1 : 0);
		if (rows[i].words != NULL) {
			assert_int_equal(err.code, ERROR_REFUSED);
			assert_non_null(strstr(err.message, rows[i].words));
		}
	}
}

static struct fetch_result make_feed(void)
{
	return (struct fetch_result){
		.path = "not kept",
		.sha256 = SHA256,
		.bytes = 123456789012,
		.is_length_proven = true,
		.http_status = 200,
		.etag = "\"a\\b\"",
		.last_modified = "Sat, 21 Nov 2026 10:00:00 GMT",
		.charset = "windows-1251",
		.content_type = "application/xml",
		.final_source = "https://shop.example/f\xc3\xa9\"ed.xml?key=***",
	};
}

static void what_is_known_of_a_fetch_comes_back_as_it_was(void **state)
{
	struct fetch_result feed = make_feed();
	struct fetch_result *back = test_malloc(sizeof(*back));
	struct past_run run = {.run_id = 5, .job = "acme", .outcome = "held"};
	char digest[SOURCE_DIGEST_SIZE];
	struct error err = ERROR_INIT;
	struct json_writer json;
	struct buffer text;

	(void)state;
	buffer_init(&text, 65536);
	json_writer_init(&json, &text);
	past_run_append_fetched(&feed, DIGEST, &json);
	run.fetched = buffer_text(&text);
	assert_non_null(run.fetched);
	assert_int_equal(past_run_fetched(&run, back, digest, &err), 0);
	feed.path[0] = '\0';
	assert_string_equal(digest, DIGEST);
	assert_string_equal(back->path, "");
	assert_string_equal(back->sha256, feed.sha256);
	assert_int_equal(back->bytes, feed.bytes);
	assert_true(back->is_length_proven);
	assert_int_equal(back->http_status, 200);
	assert_string_equal(back->etag, feed.etag);
	assert_string_equal(back->last_modified, feed.last_modified);
	assert_string_equal(back->charset, feed.charset);
	assert_string_equal(back->content_type, feed.content_type);
	assert_string_equal(back->final_source, feed.final_source);
	buffer_release(&text);
	test_free(back);
}

#define FETCHED(sha256, bytes, etag, digest)                                                                             \
	"{\"sha256\":\"" sha256 "\",\"bytes\":" bytes ",\"length_proven\":true,\"http_status\":0,\"content_type\":\"\"," \
	"\"charset\":\"\",\"etag\":\"" etag "\",\"last_modified\":\"\",\"final_source\":\"f\",\"source_digest\":\"" digest "\"}"

static void what_the_ledger_says_is_checked(void **state)
{
	static const struct {
		const char *fetched;
		enum error_code code;
	} rows[] = {
		{FETCHED(SHA256, "1", "", DIGEST), ERROR_NONE},
		{"", ERROR_NOT_FOUND},
		{"{}", ERROR_STORE},
		{"[]", ERROR_STORE},
		{"{\"sha256\":", ERROR_STORE},
		{FETCHED("../../etc/passwd", "1", "", DIGEST), ERROR_STORE},
		{FETCHED("ba7816bf", "1", "", DIGEST), ERROR_STORE},
		{FETCHED(SHA256 "00", "1", "", DIGEST), ERROR_STORE},
		{FETCHED(SHA256, "-1", "", DIGEST), ERROR_STORE},
		{FETCHED(SHA256, "1.5", "", DIGEST), ERROR_STORE},
		{FETCHED(SHA256, "99999999999999999999", "", DIGEST), ERROR_STORE},
		{FETCHED(SHA256, "1", "x\\r\\nHost: evil", DIGEST), ERROR_STORE},
		{FETCHED(SHA256, "1", "\\u0000", DIGEST), ERROR_STORE},
		{FETCHED(SHA256, "1", "\\u00e9", DIGEST), ERROR_STORE},
		{FETCHED(SHA256, "1", "", "0123"), ERROR_STORE},
	};
	struct fetch_result *feed = test_malloc(sizeof(*feed));
	char digest[SOURCE_DIGEST_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct past_run run = {.run_id = 5, .job = "acme", .outcome = "held", .fetched = rows[i].fetched};
		struct error err = ERROR_INIT;

		assert_int_equal(past_run_fetched(&run, feed, digest, &err), rows[i].code != ERROR_NONE ? -1 : 0);
		assert_int_equal(err.code, rows[i].code);
	}
	test_free(feed);
}

int run_past_run_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_held_run_that_nothing_overtook_can_be_approved),
		cmocka_unit_test(what_is_known_of_a_fetch_comes_back_as_it_was),
		cmocka_unit_test(what_the_ledger_says_is_checked),
	};

	return cmocka_run_group_tests_name("past_run", tests, NULL, NULL);
}
