/*
 * AWS Signature Version 4 against published signatures: AWS' signing test suite (awslabs/aws-c-auth,
 * tests/aws-signing-test-suite/v4, header-signed-request.txt, Apache License 2.0), and the example of S3's manual. Requests of
 * the suite that are raw text in their files are here as a client sends them where a URL could not have them.
 */
#include "connection_tests.h"
#include "support/allocation.h"
#include "support/connection_scene.h"

#include "connection/header_list.h"
#include "connection/sigv4.h"

#include <stdlib.h>
#include <string.h>

#define SECRET_KEY "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define VANILLA "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
#define UNRESERVED "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

struct vector {
	const char *name; /* of the suite's folder */
	const char *path;
	const char *query;
	enum sigv4_path rule; /* the suite's "normalize" */
	struct sigv4_header more[2];
	const char *signature;
};

static const struct vector vectors[] = {
	{"get-vanilla-query", "/", "", SIGV4_PATH_RESOLVED, {{NULL}}, VANILLA},
	{"get-vanilla-empty-query-key",
         "/",
         "Param1=value1",
         SIGV4_PATH_RESOLVED,
         {{NULL}},
         "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
	{"get-vanilla-query-order-encoded",
         "/",
         "Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
         SIGV4_PATH_RESOLVED,
         {{NULL}},
         "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"},
	{"get-vanilla-query-order-key-case",
         "/",
         "Param2=value2&Param1=value1",
         SIGV4_PATH_RESOLVED,
         {{NULL}},
         "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
	{"get-vanilla-query-unreserved",
         "/",
         UNRESERVED "=" UNRESERVED,
         SIGV4_PATH_RESOLVED,
         {{NULL}},
         "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
	{"get-vanilla-utf8-query",
         "/",
         "\xe1\x88\xb4=bar",
         SIGV4_PATH_RESOLVED,
         {{NULL}},
         "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
	{"get-vanilla-utf8-query, as sent",
         "/",
         "%e1%88%b4=bar",
         SIGV4_PATH_RESOLVED,
         {{NULL}},
         "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
	{"get-vanilla-with-session-token",
         "/",
         "",
         SIGV4_PATH_RESOLVED,
         {{"x-amz-security-token", SLICE("6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267")}},
         "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"},
	{"get-header-value-trim",
         "/",
         "",
         SIGV4_PATH_RESOLVED,
         {{"my-header1", SLICE(" value1")}, {"my-header2", SLICE(" \"a   b   c\"")}},
         "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
	{"get-unreserved",
         "/" UNRESERVED,
         "",
         SIGV4_PATH_RESOLVED,
         {{NULL}},
         "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
	{"get-utf8",
         "/\xe1\x88\xb4",
         "",
         SIGV4_PATH_RESOLVED,
         {{NULL}},
         "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
	{"get-space-normalized",
         "/example space/",
         "",
         SIGV4_PATH_RESOLVED,
         {{NULL}},
         "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
	{"get-space-unnormalized, as sent",
         "/example%20space/",
         "",
         SIGV4_PATH_AS_IT_IS,
         {{NULL}},
         "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
	{"get-slashes-normalized",
         "//example//",
         "",
         SIGV4_PATH_RESOLVED,
         {{NULL}},
         "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
	{"get-slashes-unnormalized",
         "//example//",
         "",
         SIGV4_PATH_AS_IT_IS,
         {{NULL}},
         "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5"},
	{"get-relative-relative-normalized", "/example1/example2/../..", "", SIGV4_PATH_RESOLVED, {{NULL}}, VANILLA},
	{"get-relative-relative-unnormalized",
         "/example1/example2/../..",
         "",
         SIGV4_PATH_AS_IT_IS,
         {{NULL}},
         "dc33e0856fd4baca4d7aa2146c38958283844764f38c74252a333df5e613003b"},
	{"get-slash-pointless-dot-normalized",
         "/./example",
         "",
         SIGV4_PATH_RESOLVED,
         {{NULL}},
         "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
	{"get-slash-pointless-dot-unnormalized",
         "/./example",
         "",
         SIGV4_PATH_AS_IT_IS,
         {{NULL}},
         "beb03f223f7deae4146464f06e29eebbee9c8afbe15c290cf07aa8b119e14cff"},
	{"get-slash-dot-slash-unnormalized",
         "/./",
         "",
         SIGV4_PATH_AS_IT_IS,
         {{NULL}},
         "68714168e6557f8f2de0ef956fc24dc2593a4bd2961f8df51898d8a134695145"},
};

static void copy_secret(struct secret *ret_secret, const char *text)
{
	struct error err = ERROR_INIT;
	assert_int_equal(secret_copy(ret_secret, slice_from(text), &err), 0);
}

static void signatures_of_the_suite_are_reproduced(void **state)
{
	struct secret key = SECRET_INIT;
	const struct sigv4_credentials credentials = {
		.access_key_id = "AKIDEXAMPLE", .secret_access_key = &key, .region = "us-east-1", .service = "service"};
	(void)state;
	copy_secret(&key, SECRET_KEY);
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct sigv4_header headers[4] = {{"x-amz-date", SLICE("20150830T123600Z")},
		                                  {"host", SLICE("example.amazonaws.com")}};
		char payload[SIGV4_DIGEST_SIZE];
		char date[SIGV4_DATE_SIZE];
		struct buffer authorization;
		struct error err = ERROR_INIT;
		size_t count = 2;
		for (size_t k = 0; k < COUNT(vectors[i].more) && vectors[i].more[k].name != NULL; k++)
			headers[count++] = vectors[i].more[k];
		assert_int_equal(sigv4_digest(slice_from(""), payload, &err), 0);
		assert_int_equal(sigv4_date_format(INT64_C(1440938160999), date, &err), 0);
		const struct sigv4_request request = {
			.method = "GET",
			.path = slice_from(vectors[i].path),
			.query = slice_from(vectors[i].query),
			.path_rule = vectors[i].rule,
			.headers = headers,
			.header_count = count,
			.payload_sha256 = payload,
			.date = date,
		};
		buffer_init(&authorization, 8192);
		assert_int_equal(sigv4_sign(&credentials, &request, &authorization, &err), 0);
		const char *text = buffer_text(&authorization);
		assert_true(slice_starts_with(slice_from(text),
		                              "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
		                              "SignedHeaders=host;"));
		if (strcmp(strrchr(text, '=') + 1, vectors[i].signature) != 0)
			fail_msg("%s: %s", vectors[i].name, text);
		buffer_release(&authorization);
	}
	secret_release(&key);
}

/* "Signature Calculations for the Authorization Header", GET Object. */
static void the_example_of_s3_is_reproduced(void **state)
{
	static const char empty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	const struct sigv4_header headers[] = {
		{"host", SLICE("examplebucket.s3.amazonaws.com")},
		{"range", SLICE("bytes=0-9")},
		{"x-amz-content-sha256", SLICE("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")},
		{"x-amz-date", SLICE("20130524T000000Z")}};
	struct secret key = SECRET_INIT;
	const struct sigv4_credentials credentials = {
		.access_key_id = "AKIAIOSFODNN7EXAMPLE", .secret_access_key = &key, .region = "us-east-1", .service = "s3"};
	const struct sigv4_request request = {
		.method = "GET",
		.path = SLICE("/test.txt"),
		.path_rule = SIGV4_PATH_AS_IT_IS,
		.headers = headers,
		.header_count = COUNT(headers),
		.payload_sha256 = empty,
		.date = "20130524T000000Z",
	};
	struct buffer text;
	struct error err = ERROR_INIT;
	(void)state;
	copy_secret(&key, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
	buffer_init(&text, 8192);
	assert_int_equal(sigv4_sign(&credentials, &request, &text, &err), 0);
	assert_string_equal(buffer_text(&text),
	                    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
	                    "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
	                    "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
	buffer_release(&text);
	secret_release(&key);
}

static void paths_and_queries_have_one_form(void **state)
{
	static const struct {
		const char *path;
		const char *query;
		enum sigv4_path rule;
		const char *lines; /* path and query of the canonical request */
	} cases[] = {
		{"/", "", SIGV4_PATH_RESOLVED, "/\n\n"},
		{"/a/b", "", SIGV4_PATH_RESOLVED, "/a/b\n\n"},
		{"/a/b/", "", SIGV4_PATH_RESOLVED, "/a/b/\n\n"},
		{"/a/..", "", SIGV4_PATH_RESOLVED, "/\n\n"},
		{"/a/b/..", "", SIGV4_PATH_RESOLVED, "/a/\n\n"},
		{"/../..//a/./", "", SIGV4_PATH_RESOLVED, "/a/\n\n"},
		{"/a%20b", "", SIGV4_PATH_RESOLVED, "/a%2520b\n\n"}, /* encoded once more */
		{"/a%20b", "", SIGV4_PATH_AS_IT_IS, "/a%20b\n\n"},
		{"/a%7eb%2fc*(d)", "", SIGV4_PATH_AS_IT_IS, "/a~b%2Fc%2A%28d%29\n\n"},
		{"/a%b", "", SIGV4_PATH_AS_IT_IS, "/a%25b\n\n"},
		{"/a/../b//c", "", SIGV4_PATH_AS_IT_IS, "/a/../b//c\n\n"},
		{"/", "b=2&a=1&e=%41&s=a*b", SIGV4_PATH_AS_IT_IS, "/\na=1&b=2&e=A&s=a%2Ab\n"},
		{"/", "a=b&a=a&a", SIGV4_PATH_AS_IT_IS, "/\na=&a=a&a=b\n"},
		{"/", "a-b=1&a=2", SIGV4_PATH_AS_IT_IS, "/\na=2&a-b=1\n"}, /* by name first: '-' sorts before '=' */
		{"/", "acl", SIGV4_PATH_AS_IT_IS, "/\nacl=\n"},
		{"/", "&a=1&&b=2&", SIGV4_PATH_AS_IT_IS, "/\na=1&b=2\n"},
		{"/", "=", SIGV4_PATH_AS_IT_IS, "/\n=\n"},
		{"/", "a=b=c", SIGV4_PATH_AS_IT_IS, "/\na=b%3Dc\n"},
		{"/", "a=1+2%2B3%203", SIGV4_PATH_AS_IT_IS, "/\na=1%2B2%2B3%203\n"},
		{"/", "a=%zz%4", SIGV4_PATH_AS_IT_IS, "/\na=%25zz%254\n"},
		{"/", "A=1&a=2&B=3", SIGV4_PATH_AS_IT_IS, "/\nA=1&B=3&a=2\n"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct sigv4_request request = {.method = "GET",
		                                      .path = slice_from(cases[i].path),
		                                      .query = slice_from(cases[i].query),
		                                      .path_rule = cases[i].rule,
		                                      .payload_sha256 = "x",
		                                      .date = "20130524T000000Z"};
		struct buffer text;
		struct buffer expected;
		struct error err = ERROR_INIT;
		buffer_init(&text, 8192);
		buffer_init(&expected, 8192);
		(void)buffer_append_format(&expected, "GET\n%s\n\nx", cases[i].lines);
		assert_int_equal(sigv4_canonical_request(&request, &text, &err), 0);
		assert_string_equal(buffer_text(&text), buffer_text(&expected));
		buffer_release(&expected);
		buffer_release(&text);
	}
}

/* ---- The kind ---- */

#define KIND "kind: aws_sigv4\naccess_key_id: AKIDEXAMPLE\nsecret_access_key: env:SECRET\nregion: us-east-1\n"

static int carry(const char *yaml, const char *secret, const char *url, struct buffer *ret_text, struct error *err)
{
	struct scene scene;
	struct curl_slist *headers = NULL;
	struct url sent;
	scene_load(&scene, yaml);
	assert_int_equal(setenv("SESSION", "SESSIONTOKEN==", 1), 0);
	assert_int_equal(url_parse(url, &sent, err), 0);
	int outcome = scene_open(&scene, secret, err);
	const struct connection_use use = {.session = scene.session};
	const struct connection_request request = {
		.url = &sent, .headers = &headers, .method = "GET", .now_ms = INT64_C(1440938160000)};
	if (outcome == 0)
		outcome = connection_use_prepare(&use, &request, err);
	for (const struct curl_slist *line = headers; line != NULL; line = line->next)
		(void)buffer_append_format(ret_text, "%s\n", line->data);
	header_list_free(headers);
	url_release(&sent);
	scene_release(&scene);
	return outcome;
}

static void requests_carry_date_and_signature(void **state)
{
	static const struct {
		const char *yaml;
		const char *url;
		const char *headers;
	} cases[] = {
		{KIND "service: service\n", "https://example.amazonaws.com/",
	         "x-amz-date: 20150830T123600Z\n"
	         "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
	         "SignedHeaders=host;x-amz-date, Signature=" VANILLA "\n"},
		{KIND "service: service\n", "https://EXAMPLE.amazonaws.com:443/?",
	         "x-amz-date: 20150830T123600Z\n"
	         "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
	         "SignedHeaders=host;x-amz-date, Signature=" VANILLA "\n"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer text;
		struct error err = ERROR_INIT;
		buffer_init(&text, 8192);
		if (carry(cases[i].yaml, SECRET_KEY, cases[i].url, &text, &err) < 0)
			fail_msg("%s", err.message);
		assert_string_equal(buffer_text(&text), cases[i].headers);
		buffer_release(&text);
	}
}

static void s3_and_temporary_keys_have_headers_of_their_own(void **state)
{
	static const struct {
		const char *yaml;
		const char *part;
		bool is_there;
	} cases[] = {
		{KIND "service: s3\n", "x-amz-content-sha256: e3b0c442", true},
		{KIND "service: s3\n", "SignedHeaders=host;x-amz-content-sha256;x-amz-date,", true},
		{KIND "service: s3-outposts\n", "x-amz-content-sha256", true},
		{KIND "service: s3x\n", "x-amz-content-sha256", false},
		{KIND "service: store\ns3_rules: true\n", "x-amz-content-sha256", true},
		{KIND "service: s3\ns3_rules: false\n", "x-amz-content-sha256", false},
		{KIND "service: s3\nsession_token: env:SESSION\n", "x-amz-security-token: SESSIONTOKEN==\n", true},
		{KIND "service: s3\nsession_token: env:SESSION\n", "host;x-amz-content-sha256;x-amz-date;x-amz-security-token,",
	         true},
		{KIND "service: s3\n", "x-amz-security-token", false},
		{KIND "service: s3\n", "wJalr", false},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer text;
		struct error err = ERROR_INIT;
		buffer_init(&text, 8192);
		if (carry(cases[i].yaml, SECRET_KEY, "https://bucket.example/feed.xml", &text, &err) < 0)
			fail_msg("%s: %s", cases[i].yaml, err.message);
		if ((strstr(buffer_text(&text), cases[i].part) != NULL) != cases[i].is_there)
			fail_msg("%s: %s", cases[i].yaml, buffer_text(&text));
		buffer_release(&text);
	}
}

static void secrets_that_are_no_keys_are_refused(void **state)
{
	static const struct {
		const char *secret;
		const char *part;
	} cases[] = {
		{"CANARY CANARY", "secret_access_key: it has a blank"},
		{"CANARY\r\nCANARY", "secret_access_key: it has a blank"},
		{"CANARY\xc3\xa9", "secret_access_key: it has a blank"},
		{"CANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARYCANARY",
	         "secret_access_key: it is longer than 128 bytes"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buffer text;
		struct error err = ERROR_INIT;
		buffer_init(&text, 8192);
		assert_int_equal(carry(KIND "service: s3\n", cases[i].secret, "https://bucket.example/", &text, &err), -1);
		if (strstr(err.message, cases[i].part) == NULL || strstr(err.message, "CANARY") != NULL)
			fail_msg("%s", err.message);
		assert_int_equal(text.size, 0);
		buffer_release(&text);
	}
}

static void each_allocation_that_fails_signs_nothing(void **state)
{
	(void)state;
	for (size_t number = 1;; number++) {
		struct scene scene;
		struct curl_slist *headers = NULL;
		struct url url;
		struct error err = ERROR_INIT;
		scene_load(&scene, KIND "service: s3\n");
		assert_int_equal(url_parse("https://a.example/x?b=1&a=2", &url, &err), 0);
		allocation_fail_at(number);
		int outcome = scene_open(&scene, SECRET_KEY, &err);
		const struct connection_use use = {.session = scene.session};
		const struct connection_request request = {.url = &url, .headers = &headers, .method = "GET"};
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

static void too_much_is_refused(void **state)
{
	struct buffer query;
	struct buffer text;
	struct error err = ERROR_INIT;
	struct sigv4_request request = {.method = "GET",
	                                .path = SLICE("/"),
	                                .payload_sha256 = "x",
	                                .date = "20130524T000000Z",
	                                .header_count = SIGV4_HEADERS_MAX + 1};
	char date[SIGV4_DATE_SIZE];
	(void)state;
	buffer_init(&query, 65536);
	buffer_init(&text, 65536);
	assert_int_equal(sigv4_canonical_request(&request, &text, &err), -1);
	for (unsigned i = 0; i < 513; i++)
		(void)buffer_append_format(&query, "&%u", i);
	request.header_count = 0;
	request.query = buffer_slice(&query);
	assert_int_equal(sigv4_canonical_request(&request, &text, &err), -1);
	assert_non_null(strstr(err.message, "more than 512 parameters"));
	assert_int_equal(sigv4_date_format(INT64_MAX / 4, date, &err), -1);
	buffer_release(&text);
	buffer_release(&query);
}

int sigv4_tests(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures_of_the_suite_are_reproduced),
		cmocka_unit_test(the_example_of_s3_is_reproduced),
		cmocka_unit_test(paths_and_queries_have_one_form),
		cmocka_unit_test(requests_carry_date_and_signature),
		cmocka_unit_test(s3_and_temporary_keys_have_headers_of_their_own),
		cmocka_unit_test(secrets_that_are_no_keys_are_refused),
		cmocka_unit_test(each_allocation_that_fails_signs_nothing),
		cmocka_unit_test(too_much_is_refused),
	};
	return cmocka_run_group_tests_name("sigv4", tests, NULL, NULL);
}
