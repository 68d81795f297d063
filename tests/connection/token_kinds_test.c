/*
 * The kinds jwt and role_token: what a sender does so that a receiver by the rules J1 to J32 takes it, each named where it is
 * tested (J20 to J23 also in jws_test.c and jws_key_test.c). J2, J3, J6, J8 to J11, J26 and J30 judge what has arrived.
 */
#include "connection_tests.h"
#include "support/allocation.h"
#include "support/connection_scene.h"

#include "base/json_read.h"
#include "connection/header_list.h"
#include "connection/jws.h"

#include <stdlib.h>
#include <string.h>

#define NOW_MS INT64_C(1700000000999)
#define MATCHING "{\"db_id\":2,\"email\":\"registered_db@localhost\",\"matching\":\"email_profile\"}"
#define JWT "kind: jwt\nkey: env:SECRET\nissuer: Feed Mill\n"
#define FULL JWT "key_id: k-7\nrole_token: env:ROLE\nmatching: '" MATCHING "'\n"
#define ROLE "kind: role_token\ntoken: env:SECRET\nprovider: android-firebase\nsubscription_id: \"device 1&2\"\n"

struct cargo {
	struct scene scene;
	struct curl_slist *headers;
	struct url url;
};

static int carry(struct cargo *cargo, const char *yaml, const char *secret, const char *url, struct error *err)
{
	*cargo = (struct cargo){.headers = NULL};
	assert_int_equal(setenv("ROLE", "rt_0123456789", 1), 0);
	scene_load(&cargo->scene, yaml);
	assert_int_equal(url_parse(url, &cargo->url, err), 0);
	if (scene_open(&cargo->scene, secret, err) < 0)
		return -1;
	struct connection_use use = {.session = cargo->scene.session};
	const struct connection_request request = {
		.url = &cargo->url, .headers = &cargo->headers, .method = "GET", .now_ms = NOW_MS};
	int outcome = connection_use_begin(&use, &cargo->url, err);
	if (outcome == 0)
		outcome = connection_use_prepare(&use, &request, err);
	connection_use_release(&use);
	return outcome;
}

static void release(struct cargo *cargo)
{
	header_list_free(cargo->headers);
	url_release(&cargo->url);
	scene_release(&cargo->scene);
}

/* A private key as people have it, and its public half for the other side. */
struct pair {
	struct secret private;
	struct jws_key *public;
};

static void make_pair(enum jws_algorithm algorithm, struct pair *ret_pair)
{
	struct jws_key *key = NULL;
	struct error err = ERROR_INIT;
	struct buffer pem;
	*ret_pair = (struct pair){.private = SECRET_INIT};
	buffer_init(&pem, 8192);
	assert_int_equal(jws_key_generate(algorithm, &key, &err), 0);
	assert_int_equal(jws_key_write_private(key, &ret_pair->private, &err), 0);
	assert_int_equal(jws_key_write_public(key, &pem, &err), 0);
	assert_int_equal(jws_key_read_public(buffer_slice(&pem), algorithm, &ret_pair->public, &err), 0);
	buffer_release(&pem);
	jws_key_free(key);
}

static void release_pair(struct pair *pair)
{
	secret_release(&pair->private);
	jws_key_free(pair->public);
}

/* The payload of the token in the only header of `cargo`, which begins with `prefix`, if `pair` signed it. */
static void read_token(const struct cargo *cargo, const char *prefix, const struct pair *pair, const char *key_id,
                       struct secret *ret_payload)
{
	struct error err = ERROR_INIT;
	assert_non_null(cargo->headers);
	assert_null(cargo->headers->next);
	assert_true(slice_starts_with(slice_from(cargo->headers->data), prefix));
	if (jws_verify(pair->public, key_id, slice_from(cargo->headers->data + strlen(prefix)), ret_payload, &err) < 0)
		fail_msg("%s: %s", cargo->headers->data, err.message);
}

static void j22_j24_j25_the_payload_is_what_the_service_expects(void **state)
{
	const struct jwt_rules rules = {.issuer = "Feed Mill", .leeway_s = 0, .lifetime_s_max = 86400};
	struct pair pair;
	struct cargo cargo;
	struct secret payload = SECRET_INIT;
	struct error err = ERROR_INIT;
	(void)state;
	make_pair(JWS_ALGORITHM_ES384, &pair); /* J20: the algorithm where none is named */
	if (carry(&cargo, FULL, pair.private.data, "https://a.example/feed", &err) < 0)
		fail_msg("%s", err.message);
	read_token(&cargo, "Authorization: Bearer ", &pair, "k-7", &payload);
	assert_string_equal(cargo.url.text, "https://a.example/feed"); /* J4: never in the query */
	payload.data[payload.size] = '\0';
	assert_string_equal(
		payload.data,
		"{\"iss\":\"Feed Mill\",\"exp\":1700000300,\"rtoken\":\"rt_0123456789\","
		"\"matching\":\"{\\\"db_id\\\":2,\\\"email\\\":\\\"registered_db@localhost\\\",\\\"matching\\\":\\\"email_profile\\\"}\"}");
	assert_int_equal(jwt_claims_check(secret_slice(&payload), &rules, NOW_MS, &err), 0);
	assert_int_equal(jwt_claims_check(secret_slice(&payload), &rules, NOW_MS + 300000, &err), -1);
	secret_release(&payload);
	release(&cargo);
	release_pair(&pair);
}

static void j20_j21_each_algorithm_signs_by_its_own_key(void **state)
{
	static const char *const yamls[] = {JWT, JWT "algorithm: ES256\n", JWT "algorithm: ES512\n", JWT "algorithm: RS256\n"};
	(void)state;
	for (unsigned made = 0; made < COUNT(yamls); made++) {
		struct pair pair;
		make_pair((enum jws_algorithm)made, &pair);
		for (unsigned chosen = 0; chosen < COUNT(yamls); chosen++) {
			struct cargo cargo;
			struct secret payload = SECRET_INIT;
			struct error err = ERROR_INIT;
			const int outcome = carry(&cargo, yamls[chosen], pair.private.data, "https://a.example/", &err);
			assert_int_equal(outcome, made == chosen ? 0 : -1);
			if (outcome == 0) {
				read_token(&cargo, "Authorization: Bearer ", &pair, NULL, &payload);
				assert_true(slice_equal_text(secret_slice(&payload), "{\"iss\":\"Feed Mill\",\"exp\":1700000300}"));
			} else {
				assert_int_equal(err.code, ERROR_CONFIG);
				assert_non_null(strstr(err.message, "connection 'acme': key: the algorithm "));
			}
			secret_release(&payload);
			release(&cargo);
		}
		release_pair(&pair);
	}
}

static void a_token_goes_where_and_says_what_the_connection_says(void **state)
{
	static const struct {
		const char *yaml;
		const char *prefix;
		const char *payload;
	} cases[] = {
		{JWT "lifetime: 90s\nissued_at: true\nclaims: {aud: shop, \"sub\": 17}\n", "Authorization: Bearer ",
	         "{\"iss\":\"Feed Mill\",\"exp\":1700000090,\"iat\":1700000000,\"aud\":\"shop\",\"sub\":\"17\"}"},
		{JWT "lifetime: 24h\nheader: X-Token\n", "X-Token: Bearer ", "{\"iss\":\"Feed Mill\",\"exp\":1700086400}"},
		{JWT "lifetime: 1s\nheader: X-Token\nscheme: \"\"\n", "X-Token: ", "{\"iss\":\"Feed Mill\",\"exp\":1700000001}"},
		{JWT "scheme: JWT\nclaims: {\"a\\\"b\": \"c\\\\d\"}\n", "Authorization: JWT ",
	         "{\"iss\":\"Feed Mill\",\"exp\":1700000300,\"a\\\"b\":\"c\\\\d\"}"},
	};
	struct pair pair;
	(void)state;
	make_pair(JWS_ALGORITHM_ES384, &pair);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cargo cargo;
		struct secret payload = SECRET_INIT;
		struct error err = ERROR_INIT;
		if (carry(&cargo, cases[i].yaml, pair.private.data, "https://a.example/", &err) < 0)
			fail_msg("%s: %s", cases[i].yaml, err.message);
		read_token(&cargo, cases[i].prefix, &pair, NULL, &payload);
		payload.data[payload.size] = '\0';
		assert_string_equal(payload.data, cases[i].payload);
		secret_release(&payload);
		release(&cargo);
	}
	release_pair(&pair);
}

struct refusal {
	const char *rule;
	const char *yaml;
	const char *secret; /* NULL: a key that fits */
	const char *url;
	const char *message;
};

static const struct refusal refusals[] = {
	{"J20 no key", JWT, "CANARY", "https://a.example/", "key: it is no private key in PEM"},
	{"J20 a public key", JWT, "-----BEGIN PUBLIC KEY-----\nCANARY\n-----END PUBLIC KEY-----\n", "https://a.example/",
         "key: it is no private key in PEM"},
	{"J28 another identifier", FULL, NULL, "https://a.example/?email=CANARY", "the URL says another 'email' than 'matching'"},
	{"J28 no identifier", FULL, NULL, "https://a.example/?email", "the URL says another 'email' than 'matching'"},
	{"J32 http", FULL, NULL, "http://a.example/", "insecure_http"},
	{"J32 http", ROLE, "rt_CANARY", "http://a.example/", "insecure_http"},
	{"J7 a second provider", ROLE, "rt_CANARY", "https://a.example/?provider=ios", "'provider' already"},
	{"J7 a second subscription", ROLE, "rt_CANARY", "https://a.example/?subscription%5Fid=1", "'subscription_id' already"},
	{"J5 an expired role token", ROLE "expires: 2023-11-14T22:13:20.999Z\n", "rt_CANARY", "https://a.example/",
         "expires: the role token of the connection 'acme' expired at 2023-11-14T22:13:20Z"},
	{"J25 an expired role token", FULL "role_token_expires: 2023-11-14\n", NULL, "https://a.example/",
         "role_token_expires: the role token of the connection 'acme' expired at 2023-11-14T00:00:00Z"},
	{"J4 a scheme in the token", ROLE, "Bearer rt_CANARY", "https://a.example/", "token: the token has a blank in it"},
	{"J4 a line end in the token", ROLE, "rt_CANARY\r\nX: 1", "https://a.example/", "token: the token"},
};

static void what_a_receiver_would_refuse_is_not_sent(void **state)
{
	struct pair pair;
	(void)state;
	make_pair(JWS_ALGORITHM_ES384, &pair);
	for (size_t i = 0; i < COUNT(refusals); i++) {
		const struct refusal *refusal = &refusals[i];
		struct cargo cargo;
		struct error err = ERROR_INIT;
		const char *secret = refusal->secret != NULL ? refusal->secret : pair.private.data;
		if (carry(&cargo, refusal->yaml, secret, refusal->url, &err) == 0)
			fail_msg("%s: was sent", refusal->rule);
		if (strstr(err.message, refusal->message) == NULL || strstr(err.message, "CANARY") != NULL)
			fail_msg("%s: %s", refusal->rule, err.message);
		assert_null(cargo.headers);
		release(&cargo);
	}
	release_pair(&pair);
}

static void j25_a_role_token_that_cannot_be_sent_is_not_signed(void **state)
{
	struct pair pair;
	struct cargo cargo;
	struct error err = ERROR_INIT;
	(void)state;
	make_pair(JWS_ALGORITHM_ES384, &pair);
	scene_load(&cargo.scene, FULL);
	assert_int_equal(setenv("ROLE", "rt_CANARY rt_CANARY", 1), 0);
	assert_int_equal(scene_open(&cargo.scene, pair.private.data, &err), -1);
	assert_non_null(strstr(err.message, "role_token: the token has a blank"));
	assert_null(strstr(err.message, "CANARY"));
	scene_release(&cargo.scene);
	release_pair(&pair);
}

static void j28_an_identifier_in_the_url_that_agrees_is_no_matter(void **state)
{
	struct pair pair;
	struct cargo cargo;
	struct error err = ERROR_INIT;
	(void)state;
	make_pair(JWS_ALGORITHM_ES384, &pair);
	if (carry(&cargo, FULL, pair.private.data, "https://a.example/?email=registered%5Fdb%40localhost&db_id=3&phone=1", &err) <
	    0)
		fail_msg("%s", err.message);
	release(&cargo);
	release_pair(&pair);
}

static void j4_j7_a_role_token_has_its_header_and_its_two_parameters(void **state)
{
	static const struct {
		const char *more;
		const char *header;
	} cases[] = {
		{"", "Authorization: Bearer rt_x.Y-1"},
		{"header: X-Role\nscheme: \"\"\n", "X-Role: rt_x.Y-1"},
		{"expires: 2023-11-14T22:13:21Z\n", "Authorization: Bearer rt_x.Y-1"}, /* J5: good until then */
		{"scheme: rToken\n", "Authorization: rToken rt_x.Y-1"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct cargo cargo;
		struct error err = ERROR_INIT;
		struct buffer yaml;
		buffer_init(&yaml, 1024);
		(void)buffer_append_format(&yaml, "%s%s", ROLE, cases[i].more);
		if (carry(&cargo, buffer_text(&yaml), "rt_x.Y-1", "https://a.example/feed?page=1", &err) < 0)
			fail_msg("%s", err.message);
		assert_string_equal(cargo.headers->data, cases[i].header);
		assert_null(cargo.headers->next); /* J31: one credential */
		assert_string_equal(cargo.url.text,
		                    "https://a.example/feed?page=1&provider=android-firebase&subscription_id=device%201%262");
		buffer_release(&yaml);
		release(&cargo);
	}
}

static void j7_parameters_that_a_redirect_carries_over_are_not_doubled(void **state)
{
	static const char both[] = "https://a.example/b?provider=android-firebase&subscription_id=device%201%262";
	struct scene scene;
	struct curl_slist *headers = NULL;
	struct url url;
	struct error err = ERROR_INIT;
	(void)state;
	scene_load(&scene, ROLE);
	assert_int_equal(scene_open(&scene, "rt_1", &err), 0);
	const struct connection_use use = {.session = scene.session};
	struct connection_request request = {.url = &url, .headers = &headers, .method = "GET", .is_redirected = true};
	assert_int_equal(url_parse(both, &url, &err), 0);
	assert_int_equal(connection_use_prepare(&use, &request, &err), 0);
	assert_string_equal(url.text, both);
	url_release(&url);
	assert_int_equal(url_parse("https://a.example/b?provider=ios", &url, &err), 0);
	assert_int_equal(connection_use_prepare(&use, &request, &err), -1);
	url_release(&url);
	header_list_free(headers);
	scene_release(&scene);
}

static void each_allocation_that_fails_sends_no_token(void **state)
{
	static const char *const yamls[] = {FULL, ROLE};
	struct pair pair;
	(void)state;
	make_pair(JWS_ALGORITHM_ES384, &pair);
	for (size_t i = 0; i < COUNT(yamls); i++) {
		for (size_t number = 1;; number++) {
			struct scene scene;
			struct curl_slist *headers = NULL;
			struct url url;
			struct error err = ERROR_INIT;
			assert_int_equal(setenv("ROLE", "rt_1", 1), 0);
			scene_load(&scene, yamls[i]);
			assert_int_equal(url_parse("https://a.example/x", &url, &err), 0);
			allocation_fail_at(number);
			int outcome = scene_open(&scene, i == 0 ? pair.private.data : "rt_1", &err);
			const struct connection_use use = {.session = scene.session};
			const struct connection_request request = {
				.url = &url, .headers = &headers, .method = "GET", .now_ms = NOW_MS};
			if (outcome == 0)
				outcome = connection_use_prepare(&use, &request, &err);
			const bool has_failed = allocation_stop();
			header_list_free(headers);
			url_release(&url);
			scene_release(&scene);
			assert_int_equal(outcome, has_failed ? -1 : 0);
			if (!has_failed)
				break;
		}
	}
	release_pair(&pair);
}

int token_kinds_tests(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(j22_j24_j25_the_payload_is_what_the_service_expects),
		cmocka_unit_test(j20_j21_each_algorithm_signs_by_its_own_key),
		cmocka_unit_test(a_token_goes_where_and_says_what_the_connection_says),
		cmocka_unit_test(what_a_receiver_would_refuse_is_not_sent),
		cmocka_unit_test(j25_a_role_token_that_cannot_be_sent_is_not_signed),
		cmocka_unit_test(j28_an_identifier_in_the_url_that_agrees_is_no_matter),
		cmocka_unit_test(j4_j7_a_role_token_has_its_header_and_its_two_parameters),
		cmocka_unit_test(j7_parameters_that_a_redirect_carries_over_are_not_doubled),
		cmocka_unit_test(each_allocation_that_fails_sends_no_token),
	};
	return cmocka_run_group_tests_name("token_kinds", tests, NULL, NULL);
}
