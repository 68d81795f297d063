/*
 * Tokens of others are judged as their authors say, ours are read again, and what a token may not be is refused by name.
 * Rules of the receiver that a sender must meet: J20 to J23.
 */
#include "connection_tests.h"
#include "jws_vectors.h"
#include "support/allocation.h"

#include "connection/base64.h"
#include "connection/jws.h"

#include <string.h>

static enum jws_algorithm algorithm_of(const char *name)
{
	const char *const *names = jws_algorithm_names();
	for (unsigned i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], name) == 0)
			return (enum jws_algorithm)i;
	}
	fail_msg("no algorithm %s", name);
	return JWS_ALGORITHM_ES384;
}

static struct jws_key *public_key(const char *pem, const char *algorithm)
{
	struct jws_key *key = NULL;
	struct error err = ERROR_INIT;
	if (jws_key_read_public(slice_from(pem), algorithm_of(algorithm), &key, &err) < 0)
		fail_msg("%s: %s", algorithm, err.message);
	return key;
}

static void tokens_of_the_rfcs_are_verified(void **state)
{
	static const struct {
		const char *source;
		const char *key;
		const char *algorithm;
		const char *token;
		const char *payload;
	} cases[] = {
		{"RFC 7515, A.2", rfc7515_a2_key, "RS256", rfc7515_a2_token, "{\"iss\":\"joe\""},
		{"RFC 7515, A.3", rfc7515_a3_key, "ES256", rfc7515_a3_token, "{\"iss\":\"joe\""},
		{"RFC 7515, A.4", rfc7515_a4_key, "ES512", rfc7515_a4_token, "Payload"},
		{"RFC 7520, 4.1", rfc7520_4_1_key, "RS256", rfc7520_4_1_token, "It\xe2\x80\x99s a dangerous business"},
		{"RFC 7520, 4.3", rfc7520_4_3_key, "ES512", rfc7520_4_3_token, "It\xe2\x80\x99s a dangerous business"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct jws_key *key = public_key(cases[i].key, cases[i].algorithm);
		struct secret payload = SECRET_INIT;
		struct error err = ERROR_INIT;
		if (jws_verify(key, NULL, slice_from(cases[i].token), &payload, &err) < 0)
			fail_msg("%s: %s", cases[i].source, err.message);
		assert_true(slice_starts_with(secret_slice(&payload), cases[i].payload));
		secret_release(&payload);
		jws_key_free(key);
	}
}

static void each_changed_byte_of_a_token_is_refused(void **state)
{
	struct jws_key *key = public_key(rfc7515_a3_key, "ES256");
	char token[sizeof(rfc7515_a3_token)];
	(void)state;
	for (size_t i = 0; i + 1 < sizeof(token); i++) {
		struct secret payload = SECRET_INIT;
		struct error err = ERROR_INIT;
		memcpy(token, rfc7515_a3_token, sizeof(token));
		token[i] = token[i] == 'A' ? 'B' : 'A';
		assert_int_equal(jws_verify(key, NULL, slice_from(token), &payload, &err), -1);
		assert_int_equal(err.code, ERROR_REFUSED);
		assert_null(payload.data);
		assert_int_equal(jws_verify(key, NULL, slice_make(rfc7515_a3_token, i), &payload, &err), -1);
	}
	jws_key_free(key);
}

static void tokens_of_wycheproof_are_judged_as_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(wycheproof_tokens); i++) {
		const struct wycheproof_token *test = &wycheproof_tokens[i];
		struct jws_key *key = public_key(test->key, test->algorithm);
		struct secret payload = SECRET_INIT;
		struct error err = ERROR_INIT;
		const bool is_valid = jws_verify(key, NULL, slice_from(test->token), &payload, &err) == 0;
		if (is_valid != test->is_valid)
			fail_msg("%d %s: %s", test->number, test->comment, is_valid ? "accepted" : err.message);
		if (is_valid)
			assert_true(slice_equal_text(secret_slice(&payload), "foo"));
		else
			assert_int_equal(err.code, ERROR_REFUSED);
		secret_release(&payload);
		jws_key_free(key);
	}
}

static void base64url_has_one_form_of_everything(void **state)
{
	static const struct {
		const char *text;
		const char *bytes; /* NULL: refused */
	} rows[] = {
		{"", ""},       {"Zg", "f"},    {"Zm8", "fo"},   {"Zm9v", "foo"},  {"_-8", "\xff\xef"}, {"-_-_", "\xfb\xff\xbf"},
		{"Zg==", NULL}, {"Zm8=", NULL}, {"Z", NULL},     {"Zm9vY", NULL},  {"Zh", NULL},        {"Zm9", NULL},
		{"_/8", NULL},  {"+-8", NULL},  {"Zm 9v", NULL}, {"Zm9v\n", NULL}, {"=", NULL},         {"\xc3\xa9", NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct secret bytes = SECRET_INIT;
		struct secret text = SECRET_INIT;
		struct error err = ERROR_INIT;
		const int outcome = base64url_decode(slice_from(rows[i].text), &bytes, &err);
		if ((outcome == 0) != (rows[i].bytes != NULL))
			fail_msg("'%s'", rows[i].text);
		if (outcome == 0) {
			assert_true(slice_equal_text(secret_slice(&bytes), rows[i].bytes));
			assert_int_equal(base64url_encode(secret_slice(&bytes), &text, &err), 0);
			assert_true(slice_equal_text(secret_slice(&text), rows[i].text));
		}
		secret_release(&text);
		secret_release(&bytes);
	}
}

/* ---- What is signed here ---- */

static void sign_text(const struct jws_key *key, struct slice header, struct slice payload, struct secret *ret_token)
{
	struct secret parts[3] = {SECRET_INIT, SECRET_INIT, SECRET_INIT};
	struct secret signature = SECRET_INIT;
	struct error err = ERROR_INIT;
	struct buffer text;
	buffer_init(&text, (size_t)1 << 20);
	assert_int_equal(base64url_encode(header, &parts[0], &err), 0);
	assert_int_equal(base64url_encode(payload, &parts[1], &err), 0);
	(void)buffer_append_slice(&text, secret_slice(&parts[0]));
	(void)buffer_append_byte(&text, '.');
	(void)buffer_append_slice(&text, secret_slice(&parts[1]));
	assert_int_equal(jws_key_sign(key, buffer_slice(&text), &signature, &err), 0);
	assert_int_equal(base64url_encode(secret_slice(&signature), &parts[2], &err), 0);
	(void)buffer_append_byte(&text, '.');
	(void)buffer_append_slice(&text, secret_slice(&parts[2]));
	assert_false(text.failed);
	assert_int_equal(secret_copy(ret_token, buffer_slice(&text), &err), 0);
	buffer_release(&text);
	secret_release(&signature);
	for (size_t i = 0; i < COUNT(parts); i++)
		secret_release(&parts[i]);
}

static void tokens_of_every_algorithm_are_signed_and_read_again(void **state)
{
	const char *const *names = jws_algorithm_names();
	static const size_t sizes[] = {128, 86, 176, 512}; /* of r and s in base64url; of RSA with 3072 bits */
	(void)state;
	for (unsigned i = 0; names[i] != NULL; i++) {
		const struct jws_header header = {.type = "JWT", .key_id = "k1"};
		struct jws_key *key = NULL;
		struct secret token = SECRET_INIT;
		struct secret payload = SECRET_INIT;
		struct error err = ERROR_INIT;
		assert_int_equal(jws_key_generate((enum jws_algorithm)i, &key, &err), 0);
		for (unsigned round = 0; round < 20; round++) { /* r and s come out short now and then */
			assert_int_equal(jws_sign(key, &header, slice_from("{\"exp\":1}"), &token, &err), 0);
			const char *last = strrchr(token.data, '.');
			assert_int_equal(strlen(last + 1), sizes[i]);
			assert_int_equal(jws_verify(key, "k1", secret_slice(&token), &payload, &err), 0);
			assert_true(slice_equal_text(secret_slice(&payload), "{\"exp\":1}"));
		}
		assert_int_equal(jws_verify(key, "k2", secret_slice(&token), &payload, &err), -1);
		assert_non_null(strstr(err.message, "'kid'"));
		secret_release(&payload);
		secret_release(&token);
		jws_key_free(key);
	}
}

struct refused_header {
	const char *header;
	const char *message;
};

/* All of them rightly signed. */
static const struct refused_header refused_headers[] = {
	{"{}", "names no 'alg'"},
	{"[]", "no object"},
	{"\"ES384\"", "no object"},
	{"{\"alg\":\"ES384\"", "no object"},
	{"{\"alg\":\"ES384\"}x", "no object"},
	{"{\"alg\":\"ES384\",\"alg\":\"ES384\"}", "different names"},
	{"{\"alg\":\"ES384\",\"\\u0061lg\":\"none\"}", "different names"},
	{"{\"alg\":\"ES384\",\"k\xff\":1}", "no object"},
	{"{\"alg\":[\"ES384\"]}", "another 'alg'"},
	{"{\"alg\":384}", "another 'alg'"},
	{"{\"alg\":\"none\"}", "another 'alg'"},
	{"{\"alg\":\"None\"}", "another 'alg'"},
	{"{\"alg\":\"es384\"}", "another 'alg'"},
	{"{\"alg\":\"HS256\"}", "another 'alg'"},
	{"{\"alg\":\"RS256\"}", "another 'alg'"},
	{"{\"alg\":\"ES256\"}", "another 'alg'"},
	{"{\"alg\":\"ES512\"}", "another 'alg'"},
	{"{\"alg\":\"PS256\"}", "another 'alg'"},
	{"{\"alg\":\"ES256K\"}", "another 'alg'"},
	{"{\"alg\":\"EdDSA\"}", "another 'alg'"},
	{"{\"alg\":\"ES384\\u0000\"}", "another 'alg'"},
	{"{\"alg\":\"ES384\",\"crit\":[\"exp\"],\"exp\":1}", "'crit'"},
	{"{\"alg\":\"ES384\",\"jwk\":{}}", "'jwk'"},
	{"{\"alg\":\"ES384\",\"jku\":\"https://a.example/\"}", "'jku'"},
	{"{\"alg\":\"ES384\",\"x5c\":[]}", "'x5c'"},
	{"{\"alg\":\"ES384\",\"x5u\":\"\"}", "'x5u'"},
	{"{\"alg\":\"ES384\",\"b64\":false}", "'b64'"},
	{"{\"alg\":\"ES384\",\"zip\":\"DEF\"}", "'zip'"},
};

static void j21_a_header_confirms_the_algorithm_of_the_key_and_chooses_nothing(void **state)
{
	struct jws_key *key = NULL;
	struct error err = ERROR_INIT;
	(void)state;
	assert_int_equal(jws_key_generate(JWS_ALGORITHM_ES384, &key, &err), 0);
	for (size_t i = 0; i < COUNT(refused_headers); i++) {
		struct secret token = SECRET_INIT;
		struct secret payload = SECRET_INIT;
		sign_text(key, slice_from(refused_headers[i].header), slice_from("{}"), &token);
		if (jws_verify(key, NULL, secret_slice(&token), &payload, &err) == 0)
			fail_msg("%s is accepted", refused_headers[i].header);
		if (strstr(err.message, refused_headers[i].message) == NULL)
			fail_msg("%s: %s", refused_headers[i].header, err.message);
		assert_int_equal(err.code, ERROR_REFUSED);
		secret_release(&token);
	}
	jws_key_free(key);
}

static void a_token_is_strict_base64url_in_three_parts(void **state)
{
	static const char *const tokens[] = {
		"",
		".",
		"..",
		"...",
		"....",
		"a",
		"eyJhbGciOiJFUzI1NiJ9.e30.AA==",
		"eyJhbGciOiJFUzI1NiJ9.e30.A+/A",
		" eyJhbGciOiJFUzI1NiJ9.e30.AAAA",
		"eyJhbGciOiJFUzI1NiJ9.e30.AAAA\n",
		"eyJhbGciOiJFUzI1NiJ9 .e30.AAAA",
		"eyJhbGciOiJFUzI1NiJ9.e30.A",
		"eyJhbGciOiJFUzI1NiJ9.e30.AB",  /* bits are left over */
		"eyJhbGciOiJFUzI1NiJ9.e30.AAB", /* here too */
		"eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.", /* RFC 7515, A.5 */
	};
	struct jws_key *key = public_key(rfc7515_a3_key, "ES256");
	char longest[JWS_TOKEN_BYTES_MAX + 2];
	struct secret payload = SECRET_INIT;
	struct error err = ERROR_INIT;
	(void)state;
	for (size_t i = 0; i < COUNT(tokens); i++) {
		if (jws_verify(key, NULL, slice_from(tokens[i]), &payload, &err) == 0)
			fail_msg("'%s' is accepted", tokens[i]);
		assert_int_equal(err.code, ERROR_REFUSED);
	}
	memset(longest, 'A', sizeof(longest));
	assert_int_equal(jws_verify(key, NULL, slice_make(longest, sizeof(longest)), &payload, &err), -1);
	assert_non_null(strstr(err.message, "longer than 8192 bytes"));
	assert_int_equal(jws_verify(key, NULL, slice_make(NULL, 0), &payload, &err), -1);
	jws_key_free(key);
}

static void a_token_that_grows_too_long_is_not_signed(void **state)
{
	char payload[JWS_TOKEN_BYTES_MAX];
	struct jws_key *key = NULL;
	struct secret token = SECRET_INIT;
	struct error err = ERROR_INIT;
	(void)state;
	memset(payload, 'a', sizeof(payload));
	assert_int_equal(jws_key_generate(JWS_ALGORITHM_ES256, &key, &err), 0);
	for (size_t size = 6000; size <= sizeof(payload); size += 731) {
		const int outcome = jws_sign(key, &(struct jws_header){.type = NULL}, slice_make(payload, size), &token, &err);
		assert_true(outcome == 0 ? token.size <= JWS_TOKEN_BYTES_MAX : err.code == ERROR_LIMIT);
		assert_true(outcome == 0 || size > 6000);
	}
	secret_release(&token);
	jws_key_free(key);
}

/* ---- Claims ---- */

#define NOW_MS INT64_C(1700000000500)

struct claim_case {
	const char *payload;
	const char *message; /* NULL = they are good */
};

static const struct claim_case claim_cases[] = {
	{"{\"iss\":\"a\",\"exp\":1700000001}", NULL},
	{"{\"iss\":\"a\",\"exp\":1699999941}", NULL}, /* within the leeway of 60 seconds */
	{"{\"iss\":\"a\",\"exp\":1699999940}", "expired"},
	{"{\"iss\":\"a\",\"exp\":-1}", "expired"},
	{"{\"iss\":\"a\",\"exp\":1700086400}", NULL},
	{"{\"iss\":\"a\",\"exp\":1700086461}", "more than 86400 seconds ahead"},
	{"{\"iss\":\"a\",\"exp\":1700000001.5}", "'exp' of the token is no whole number"},
	{"{\"iss\":\"a\",\"exp\":1.7e9}", "'exp' of the token is no whole number"},
	{"{\"iss\":\"a\",\"exp\":\"1700000001\"}", "'exp' of the token is no whole number"},
	{"{\"iss\":\"a\",\"exp\":9223372036854775807}", "'exp' of the token is no whole number"},
	{"{\"iss\":\"a\",\"exp\":99999999999999999999}", "'exp' of the token is no whole number"},
	{"{\"iss\":\"a\",\"exp\":null}", "'exp' of the token is no whole number"},
	{"{\"iss\":\"a\"}", "no claim 'exp'"},
	{"{\"iss\":\"a\",\"exp\":1700000001,\"exp\":1}", "different names"},
	{"{\"iss\":\"a\",\"exp\":1700000001,\"e\\u0078p\":1}", "different names"},
	{"{\"iss\":\"a\",\"exp\":1700000001,\"nbf\":1700000060}", NULL},
	{"{\"iss\":\"a\",\"exp\":1700000001,\"nbf\":1700000061}", "not valid yet ('nbf')"},
	{"{\"iss\":\"a\",\"exp\":1700000001,\"iat\":1700000061}", "not valid yet ('iat')"},
	{"{\"iss\":\"a\",\"exp\":1700000001,\"iat\":\"x\"}", "'iat' of the token is no whole number"},
	{"{\"exp\":1700000001}", "'iss'"},
	{"{\"iss\":\"A\",\"exp\":1700000001}", "'iss'"},
	{"{\"iss\":[\"a\"],\"exp\":1700000001}", "'iss'"},
	{"{\"iss\":\"a\\u0000\",\"exp\":1700000001}", "'iss'"},
	{"{\"iss\":\"\\u0061\",\"exp\":1700000001,\"unknown\":{\"deep\":[1]}}", NULL},
	{"[]", "no object"},
	{"", "no object"},
	{"{\"iss\":\"a\",\"exp\":1700000001", "no object"},
};

static void j23_claims_are_whole_seconds_and_exact_names(void **state)
{
	const struct jwt_rules rules = {.issuer = "a", .leeway_s = 60, .lifetime_s_max = 86400};
	(void)state;
	for (size_t i = 0; i < COUNT(claim_cases); i++) {
		struct error err = ERROR_INIT;
		const int outcome = jwt_claims_check(slice_from(claim_cases[i].payload), &rules, NOW_MS, &err);
		const char *message = claim_cases[i].message;
		if (message == NULL ? outcome != 0 : outcome == 0 || strstr(err.message, message) == NULL)
			fail_msg("%s: %s", claim_cases[i].payload, err.message);
	}
}

static void an_audience_is_a_text_or_among_texts(void **state)
{
	static const struct {
		const char *audience;
		bool is_ours;
	} cases[] = {
		{"\"us\"", true}, {"[\"us\"]", true},    {"[\"them\",\"us\"]", true}, {"\"them\"", false},
		{"[]", false},    {"[\"us\",1]", false}, {"{\"us\":1}", false},       {"1", false},
		{"null", false},  {"\"us \"", false},    {"[[\"us\"]]", false},
	};
	const struct jwt_rules rules = {.audience = "us", .leeway_s = 1000}; /* more than there is */
	struct error err = ERROR_INIT;
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer payload;
		buffer_init(&payload, 1024);
		(void)buffer_append_format(&payload, "{\"exp\":1700000001,\"aud\":%s}", cases[i].audience);
		if ((jwt_claims_check(buffer_slice(&payload), &rules, NOW_MS, &err) == 0) != cases[i].is_ours)
			fail_msg("%s", cases[i].audience);
		buffer_release(&payload);
	}
	assert_int_equal(jwt_claims_check(slice_from("{\"exp\":1700000001}"), &rules, NOW_MS, &err), -1);
	assert_int_equal(jwt_claims_check(slice_from("{\"exp\":1699999940,\"aud\":\"us\"}"), &rules, NOW_MS, &err), -1);
}

static void clocks_that_step_change_what_is_valid(void **state)
{
	const struct jwt_rules rules = {.lifetime_s_max = 600};
	const struct slice payload = slice_from("{\"exp\":1000}");
	struct error err = ERROR_INIT;
	(void)state;
	assert_int_equal(jwt_claims_check(payload, &rules, 999999, &err), 0);
	assert_int_equal(jwt_claims_check(payload, &rules, 1000000, &err), -1);
	assert_int_equal(jwt_claims_check(payload, &rules, 400000, &err), 0);
	assert_int_equal(jwt_claims_check(payload, &rules, 399000, &err), -1);
}

static void every_failing_allocation_is_an_error(void **state)
{
	struct jws_key *key = NULL;
	struct error err = ERROR_INIT;
	(void)state;
	assert_int_equal(jws_key_generate(JWS_ALGORITHM_ES384, &key, &err), 0);
	bool has_failed = true;
	for (size_t number = 1; has_failed; number++) {
		struct secret token = SECRET_INIT;
		struct secret payload = SECRET_INIT;
		allocation_fail_at(number);
		const int outcome = jws_sign(key, &(struct jws_header){.type = "JWT", .key_id = "a\"b"},
		                             slice_from("{\"exp\":1,\"\\u0061\":2}"), &token, &err) == 0
		                            ? jws_verify(key, "a\"b", secret_slice(&token), &payload, &err)
		                            : -1;
		has_failed = allocation_stop();
		assert_true(has_failed || outcome == 0);
		secret_release(&payload);
		secret_release(&token);
	}
	jws_key_free(key);
}

int jws_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_of_the_rfcs_are_verified),
		cmocka_unit_test(each_changed_byte_of_a_token_is_refused),
		cmocka_unit_test(tokens_of_wycheproof_are_judged_as_it_says),
		cmocka_unit_test(base64url_has_one_form_of_everything),
		cmocka_unit_test(tokens_of_every_algorithm_are_signed_and_read_again),
		cmocka_unit_test(j21_a_header_confirms_the_algorithm_of_the_key_and_chooses_nothing),
		cmocka_unit_test(a_token_is_strict_base64url_in_three_parts),
		cmocka_unit_test(a_token_that_grows_too_long_is_not_signed),
		cmocka_unit_test(j23_claims_are_whole_seconds_and_exact_names),
		cmocka_unit_test(an_audience_is_a_text_or_among_texts),
		cmocka_unit_test(clocks_that_step_change_what_is_valid),
		cmocka_unit_test(every_failing_allocation_is_an_error),
	};
	return cmocka_run_group_tests_name("jws", tests, NULL, NULL);
}
