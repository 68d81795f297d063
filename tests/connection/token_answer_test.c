/* How long tokens are used, forms as they are sent, and that either may run out of memory. Refused answers: e2e, test_oauth.py. */
#include "connection_tests.h"
#include "support/allocation.h"

#include "connection/form.h"
#include "connection/token_answer.h"

#include <stdio.h>
#include <string.h>

static void a_token_is_not_used_until_its_very_end(void **state)
{
	static const struct {
		const char *expires_in;
		int64_t lifetime_ms;
	} rows[] = {
		{"1", 500},
		{"2", 1000},
		{"119", 59500},
		{"120", 60000},
		{"121", 61000},
		{"3600", 3540000},
		{"\"3600\"", 3540000},
		{"86400", 86340000},
		{"86401", 86340000},
		{"1000000000000000000", -1},
		{"999999999999999999", 86340000},
		{"00", -1},
		{"-5", -1},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char body[256];
		struct token_answer answer;
		struct error err = ERROR_INIT;
		(void)snprintf(body, sizeof(body), "{\"access_token\":\"abc\",\"token_type\":\"Bearer\",\"expires_in\":%s}",
		               rows[i].expires_in);
		const int outcome = token_answer_read(slice_from(body), &answer, &err);
		if ((outcome < 0) != (rows[i].lifetime_ms < 0))
			fail_msg("%s: %s", body, err.message);
		if (outcome < 0) {
			token_answer_release(&answer);
			continue;
		}
		assert_int_equal(answer.lifetime_ms, rows[i].lifetime_ms);
		assert_string_equal(answer.access_token.data, "abc");
		assert_int_equal(answer.refresh_token.size, 0);
		token_answer_release(&answer);
	}
}

static void without_a_word_a_token_is_used_for_four_minutes(void **state)
{
	static const struct slice body = SLICE(
		" {\"token_type\":\"bEARER\",\"access_token\":\"a\\/b\\u0043\",\"refresh_token\":\"r.1\",\"scope\":[1,{}]}\r\n");
	struct token_answer answer;
	struct error err = ERROR_INIT;
	(void)state;
	assert_int_equal(token_answer_read(body, &answer, &err), 0);
	assert_int_equal(answer.lifetime_ms, 240000);
	assert_string_equal(answer.access_token.data, "a/bC");
	assert_string_equal(answer.refresh_token.data, "r.1");
	token_answer_release(&answer);
}

static void an_answer_that_is_refused_gives_its_refresh_token_away(void **state)
{
	static const struct {
		const char *body;
		const char *refresh_token;
	} rows[] = {
		{"{\"access_token\":\"abc\",\"token_type\":\"mac\",\"refresh_token\":\"r.2\"}", "r.2"},
		{"{\"access_token\":\"abc\",\"token_type\":\"Bearer\",\"expires_in\":1.5,\"refresh_token\":\"r.2\"}", "r.2"},
		{"{\"access_token\":\"a b\",\"token_type\":\"Bearer\",\"refresh_token\":\"r.2\"}", "r.2"},
		{"{\"token_type\":\"Bearer\",\"refresh_token\":\"r.2\"}", "r.2"},
		{"{\"access_token\":\"abc\",\"token_type\":\"Bearer\",\"refresh_token\":\"r 2\"}", ""},
		{"{\"access_token\":\"abc\",\"token_type\":\"Bearer\",\"refresh_token\":\"a\",\"refresh_token\":\"b\"}", ""},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct token_answer answer;
		struct error err = ERROR_INIT;
		assert_int_equal(token_answer_read(slice_from(rows[i].body), &answer, &err), -1);
		assert_int_equal(answer.access_token.size, 0);
		assert_true(slice_equal_text(secret_slice(&answer.refresh_token), rows[i].refresh_token));
		token_answer_release(&answer);
	}
}

static void a_refusal_is_read_as_far_as_it_goes(void **state)
{
	static const struct {
		const char *body;
		const char *error;
		const char *description;
		bool is_temporary;
	} rows[] = {
		{"", "", "", false},
		{"[\"error\"]", "", "", false},
		{"{\"error\":\"invalid_grant\"}", "invalid_grant", "", false},
		{"{\"error\":\"temporarily_unavailable\",\"error_description\":\"a\\nb\"}", "temporarily_unavailable", "a\nb",
	         true},
		{"{\"error\":\"server_error\",\"error_description\":null}", "server_error", "", true},
		{"{\"error\":{\"error\":\"x\"}}", "", "", false},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct token_refusal refusal;
		token_refusal_read(slice_from(rows[i].body), &refusal);
		assert_string_equal(refusal.error, rows[i].error);
		assert_string_equal(refusal.description, rows[i].description);
		assert_int_equal(token_refusal_is_temporary(&refusal), rows[i].is_temporary);
	}
}

static void reading_an_answer_may_run_out_of_memory(void **state)
{
	static const struct slice body = SLICE("{\"access_token\":\"abc\",\"token_type\":\"Bearer\",\"refresh_token\":\"r\"}");
	int outcome = -1;
	(void)state;
	for (size_t number = 1; outcome < 0 && number < 100; number++) {
		struct token_answer answer;
		struct error err = ERROR_INIT;
		allocation_fail_at(number);
		outcome = token_answer_read(body, &answer, &err);
		(void)allocation_stop();
		token_answer_release(&answer);
		assert_int_equal(err.code != ERROR_NONE, outcome < 0);
	}
	assert_int_equal(outcome, 0);
}

static void forms_are_encoded_as_rfc_6749_has_it(void **state)
{
	/* appendix B: the characters of its own example */
	static const struct slice example = SLICE(" %&+\xc2\xa3\xe2\x82\xac");
	struct form form;
	struct error err = ERROR_INIT;
	(void)state;
	assert_int_equal(form_init(&form, &err), 0);
	form_add(&form, "a b", example);
	form_add(&form, "c", slice_from("A-Za-z0-9*-._~"));
	form_add(&form, "d", slice_make(NULL, 0));
	assert_false(form.is_full);
	assert_string_equal(form.text.data, "a+b=+%25%26%2B%C2%A3%E2%82%AC&c=A-Za-z0-9*-._%7E&d=");
	for (size_t i = 0; i < FORM_BYTES_MAX; i++)
		form_append_byte(&form, 'x');
	assert_true(form.is_full);
	assert_int_equal(form.text.size, FORM_BYTES_MAX);
	secret_release(&form.text);
}

int token_answer_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_is_not_used_until_its_very_end),
		cmocka_unit_test(without_a_word_a_token_is_used_for_four_minutes),
		cmocka_unit_test(an_answer_that_is_refused_gives_its_refresh_token_away),
		cmocka_unit_test(a_refusal_is_read_as_far_as_it_goes),
		cmocka_unit_test(reading_an_answer_may_run_out_of_memory),
		cmocka_unit_test(forms_are_encoded_as_rfc_6749_has_it),
	};
	return cmocka_run_group_tests_name("connection/token_answer", tests, NULL, NULL);
}
