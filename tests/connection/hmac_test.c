/* Signatures against published vectors, and the templates they are made from. */
#include "connection_tests.h"

#include "support/connection_scene.h"

#include "connection/base64.h"
#include "connection/header_list.h"
#include "connection/hmac.h"
#include "connection/http_signature.h"

#include <stdlib.h>
#include <string.h>

struct vector {
	const char *source;
	const char *preset;
	const char *secret;
	struct slice id;
	int64_t now_s;
	const char *body;
	const char *value;
};

/* The addresses stand in the manuals of the senders; the figures were recomputed. */
static const struct vector vectors[] = {
	{"GitHub, validating webhook deliveries", "github", "It's a Secret to Everybody", SLICE(""), 0, "Hello, World!",
         "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"},
	{"Standard Webhooks, reference libraries", "standard", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
         SLICE("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330, "{\"test\": 2432232314}",
         "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
	{"Svix, the same by other names", "svix", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", SLICE("msg_p5jXN8AQM9LWM0D4loKWxJek"),
         1614265330, "{\"test\": 2432232314}", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
	{"Slack, verifying requests", "slack", "8f742231b10e8888abcd99yyyzzz85a5", SLICE(""), 1531420618,
         "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id="
         "U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%"
         "2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c",
         "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"},
};

static void sign(const struct hmac_scheme *scheme, const struct vector *vector, struct buffer *ret_value)
{
	struct secret key = SECRET_INIT;
	struct error err = ERROR_INIT;
	const struct hmac_message message = {
		.id = vector->id, .body = slice_from(vector->body), .now_ms = vector->now_s * 1000 + 999};
	if (hmac_key_decode(scheme, slice_from(vector->secret), &key, &err) != 0)
		fail_msg("%s: %s", vector->source, err.message);
	buffer_init(ret_value, 4096);
	if (hmac_sign(scheme, (struct hmac_keys){&key, 1}, &message, ret_value, &err) != 0)
		fail_msg("%s: %s", vector->source, err.message);
	secret_release(&key);
}

static void published_signatures_are_reproduced(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		struct buffer value;
		sign(hmac_preset_find(slice_from(vectors[i].preset)), &vectors[i], &value);
		if (strcmp(buffer_text(&value), vectors[i].value) != 0)
			fail_msg("%s: %s", vectors[i].source, buffer_text(&value));
		buffer_release(&value);
	}
}

/* RFC 4231, 4.2 to 4.8; key and data in hexadecimal where they are no text. */
static void rfc_4231_cases_are_reproduced(void **state)
{
	static const struct {
		char key_byte;
		size_t key_size;
		const char *key;
		char data_byte;
		size_t data_size;
		const char *data;
		const char *digest;
	} cases[] = {
		{0x0b, 20, NULL, 0, 0, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{0, 4, "Jefe", 0, 0, "what do ya want for nothing?",
	         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{(char)0xaa, 20, NULL, (char)0xdd, 50, NULL, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
		{0, 25, "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19",
	         (char)0xcd, 50, NULL, "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
		{0x0c, 20, NULL, 0, 0, "Test With Truncation", "a3b6167473100ee06e0c796c2955552b"},
		{(char)0xaa, 131, NULL, 0, 0, "Test Using Larger Than Block-Size Key - Hash Key First",
	         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
		{(char)0xaa, 131, NULL, 0, 0,
	         "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed "
	         "before being used by the HMAC algorithm.",
	         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
	};
	const struct hmac_scheme *scheme = hmac_preset_find(slice_from("body-hex"));
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char key_bytes[131];
		char data_bytes[50];
		struct secret key = SECRET_INIT;
		struct error err = ERROR_INIT;
		struct buffer value;
		memset(key_bytes, cases[i].key_byte, sizeof(key_bytes));
		memset(data_bytes, cases[i].data_byte, sizeof(data_bytes));
		const char *key_data = cases[i].key != NULL ? cases[i].key : key_bytes;
		const struct slice data = cases[i].data != NULL ? slice_from(cases[i].data)
		                                                : slice_make(data_bytes, cases[i].data_size);
		assert_int_equal(secret_copy(&key, slice_make(key_data, cases[i].key_size), &err), 0);
		buffer_init(&value, 4096);
		assert_int_equal(hmac_sign(scheme, (struct hmac_keys){&key, 1}, &(struct hmac_message){.body = data}, &value, &err),
		                 0);
		if (strncmp(buffer_text(&value), cases[i].digest, strlen(cases[i].digest)) != 0)
			fail_msg("case %zu: %s", i + 1, buffer_text(&value));
		buffer_release(&value);
		secret_release(&key);
	}
}

static void two_keys_give_two_signatures_the_current_one_first(void **state)
{
	const struct hmac_scheme *scheme = hmac_preset_find(slice_from("stripe"));
	struct secret keys[2] = {SECRET_INIT, SECRET_INIT};
	struct error err = ERROR_INIT;
	struct buffer value;
	const struct hmac_message message = {.body = slice_from("b"), .now_ms = 5000};
	(void)state;
	assert_int_equal(secret_copy(&keys[0], slice_from("one"), &err), 0);
	assert_int_equal(secret_copy(&keys[1], slice_from("two"), &err), 0);
	buffer_init(&value, 4096);
	assert_int_equal(hmac_sign(scheme, (struct hmac_keys){keys, 2}, &message, &value, &err), 0);
	assert_string_equal(buffer_text(&value), "t=5,v1=297f69eefb51adf2eb53b9bbb41d65a0f785d7075f912b616e16de804a70f2e8"
	                                         ",v1=eb2b60beb587fbda0097edd783486891f7296088e8384d2e6d80e53a15afe0d0");
	buffer_release(&value);
	secret_release(&keys[0]);
	secret_release(&keys[1]);
}

static void templates_are_filled_in(void **state)
{
	static const struct {
		const char *template;
		const char *text;
	} rows[] = {
		{"", ""},
		{"plain", "plain"},
		{"{id}.{timestamp}", "i.1700000000"},
		{"{method} {target}|{host}|{path}|{query}|{event}", "GET /p?q=1|h:8|/p|q=1|e"},
		{"{body_sha256}", "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"},
		{"a{body}b", "abb"},
	};
	const struct hmac_scheme *scheme = hmac_preset_find(slice_from("body-hex"));
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct hmac_message message = {
			.id = slice_from("i"),
			.body = slice_from("b"),
			.method = slice_from("GET"),
			.host = slice_from("h:8"),
			.path = slice_from("/p"),
			.query = slice_from("q=1"),
			.target = slice_from("/p?q=1"),
			.event = slice_from("e"),
			.now_ms = INT64_C(1700000000000),
		};
		struct error err = ERROR_INIT;
		struct buffer text;
		buffer_init(&text, 4096);
		assert_int_equal(hmac_expand(scheme, rows[i].template, &message, slice_from(""), &text, &err), 0);
		assert_string_equal(buffer_text(&text), rows[i].text);
		buffer_release(&text);
	}
}

static void timestamps_may_be_those_of_rfc_3339(void **state)
{
	struct hmac_scheme scheme = *hmac_preset_find(slice_from("body-hex"));
	struct error err = ERROR_INIT;
	struct buffer text;
	(void)state;
	scheme.timestamp_format = HMAC_TIME_RFC3339;
	buffer_init(&text, 100);
	assert_int_equal(hmac_expand(&scheme, "{timestamp}", &(struct hmac_message){.now_ms = INT64_C(1614265330123)},
	                             slice_from(""), &text, &err),
	                 0);
	assert_string_equal(buffer_text(&text), "2021-02-25T15:02:10Z");
	buffer_release(&text);
}

static void keys_that_do_not_decode_are_refused_without_quoting_them(void **state)
{
	static const struct {
		enum hmac_secret_encoding encoding;
		const char *prefix;
		const char *secret;
		const char *key; /* NULL: refused */
	} rows[] = {
		{HMAC_SECRET_RAW, NULL, "abc", "abc"},        {HMAC_SECRET_RAW, "x_", "x_abc", "abc"},
		{HMAC_SECRET_RAW, "x_", "abc", "abc"},        {HMAC_SECRET_RAW, "x_", "x_", NULL},
		{HMAC_SECRET_HEX, NULL, "616263", "abc"},     {HMAC_SECRET_HEX, NULL, "4A", "J"},
		{HMAC_SECRET_HEX, NULL, "CANARY", NULL},      {HMAC_SECRET_HEX, NULL, "616", NULL},
		{HMAC_SECRET_HEX, NULL, "61 62", NULL},       {HMAC_SECRET_BASE64, NULL, "YWJj", "abc"},
		{HMAC_SECRET_BASE64, NULL, "YWI=", "ab"},     {HMAC_SECRET_BASE64, NULL, "YQ==", "a"},
		{HMAC_SECRET_BASE64, NULL, "YQ=", NULL},      {HMAC_SECRET_BASE64, NULL, "YQ", NULL},
		{HMAC_SECRET_BASE64, NULL, "Y===", NULL},     {HMAC_SECRET_BASE64, NULL, "YR==", NULL},
		{HMAC_SECRET_BASE64, NULL, "YWJj\n", NULL},   {HMAC_SECRET_BASE64, NULL, "YW Jj", NULL},
		{HMAC_SECRET_BASE64, NULL, "CANARY_-", NULL}, {HMAC_SECRET_BASE64, NULL, "=YWJ", NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct hmac_scheme scheme = {.secret_encoding = rows[i].encoding, .secret_prefix = rows[i].prefix};
		struct secret key = SECRET_INIT;
		struct error err = ERROR_INIT;
		const int outcome = hmac_key_decode(&scheme, slice_from(rows[i].secret), &key, &err);
		if ((outcome == 0) != (rows[i].key != NULL))
			fail_msg("'%s': %s", rows[i].secret, outcome < 0 ? err.message : "was taken");
		if (outcome == 0)
			assert_true(slice_equal_text(secret_slice(&key), rows[i].key));
		else
			assert_null(strstr(err.message, "CANARY"));
		secret_release(&key);
	}
}

/* RFC 4648, section 10 */
static void base64_goes_there_and_back(void **state)
{
	static const struct {
		const char *bytes;
		const char *text;
	} rows[] = {{"", ""},
	            {"f", "Zg=="},
	            {"fo", "Zm8="},
	            {"foo", "Zm9v"},
	            {"foob", "Zm9vYg=="},
	            {"fooba", "Zm9vYmE="},
	            {"foobar", "Zm9vYmFy"}};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct secret text = SECRET_INIT;
		struct secret bytes = SECRET_INIT;
		struct error err = ERROR_INIT;
		assert_int_equal(base64_encode(slice_from(rows[i].bytes), &text, &err), 0);
		assert_true(slice_equal_text(secret_slice(&text), rows[i].text));
		assert_int_equal(base64_decode(secret_slice(&text), &bytes, &err), 0);
		assert_true(slice_equal_text(secret_slice(&bytes), rows[i].bytes));
		secret_release(&bytes);
		secret_release(&text);
	}
}

static void every_preset_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; hmac_preset_at(i) != NULL; i++) {
		const struct hmac_scheme *scheme = hmac_preset_at(i);
		struct error err = ERROR_INIT;
		assert_ptr_equal(hmac_preset_find(slice_from(scheme->name)), scheme);
		assert_int_equal(hmac_template_check(scheme->content, HMAC_TEMPLATE_CONTENT, &err), 0);
		assert_int_equal(hmac_template_check(scheme->value, HMAC_TEMPLATE_VALUE, &err), 0);
		for (size_t k = 0; scheme->extra_headers[k].name != NULL; k++)
			assert_int_equal(hmac_template_check(scheme->extra_headers[k].value, HMAC_TEMPLATE_HEADER, &err), 0);
	}
}

/* RFC 9421, B.2.5 */
static void the_http_signature_of_rfc_9421_is_reproduced(void **state)
{
	static const struct http_signature_component components[] = {{"date", SLICE("Tue, 20 Apr 2021 02:07:55 GMT")},
	                                                             {"@authority", SLICE("example.com")},
	                                                             {"content-type", SLICE("application/json")}};
	static const char secret[] = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
	struct http_signature signature = {.label = "sig-b25",
	                                   .components = components,
	                                   .component_count = COUNT(components),
	                                   .created_s = 1618884473,
	                                   .key_id = "test-shared-secret"};
	const struct http_signature_component broken = {"x-line", SLICE("a\n\"@method\": GET")};
	struct secret key = SECRET_INIT;
	struct error err = ERROR_INIT;
	struct buffer input;
	struct buffer signatures;
	(void)state;
	assert_int_equal(base64_decode(slice_from(secret), &key, &err), 0);
	buffer_init(&input, 4096);
	buffer_init(&signatures, 4096);
	assert_int_equal(http_signature_append(&signature, &key, &input, &signatures, &err), 0);
	assert_string_equal(buffer_text(&input),
	                    "sig-b25=(\"date\" \"@authority\" \"content-type\");created=1618884473;keyid=\"test-shared-secret\"");
	assert_string_equal(buffer_text(&signatures), "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:");
	signature.label = "sig2";
	signature.key_id = NULL;
	assert_int_equal(http_signature_append(&signature, &key, &input, &signatures, &err), 0);
	assert_non_null(strstr(buffer_text(&input),
	                       "\"test-shared-secret\", sig2=(\"date\" \"@authority\" \"content-type\");created=1618884473"));
	assert_non_null(strstr(buffer_text(&signatures), "GtE8=:, sig2=:"));
	signature.components = &broken;
	signature.component_count = 1;
	assert_int_equal(http_signature_append(&signature, &key, &input, &signatures, &err), -1);
	buffer_release(&signatures);
	buffer_release(&input);
	secret_release(&key);
}

/* ---- The kind, while a key is exchanged ---- */

#define ROTATING "secret: env:SECRET\nprevious_secret: env:PREVIOUS\n"

static const struct {
	const char *yaml;
	int64_t now_ms;
	const char *header;
	unsigned signatures;
} rotations[] = {
	{"kind: hmac\npreset: standard\nsecret_encoding: raw\n" ROTATING, 0, "webhook-signature: v1,", 2},
	{"kind: hmac\npreset: standard\nsecret_encoding: raw\n" ROTATING "previous_until: 2027-01-31T12:00:00Z\n",
         INT64_C(1801396799999), "webhook-signature: v1,", 2},
	{"kind: hmac\npreset: standard\nsecret_encoding: raw\n" ROTATING "previous_until: 2027-01-31T12:00:00Z\n",
         INT64_C(1801396800000), "webhook-signature: v1,", 1},
	{"kind: hmac\nheader: X-S\nseparator: \", \"\n" ROTATING, 0, "X-S: ", 2},
	{"kind: hmac\npreset: rfc9421\nkey_id: one\nprevious_key_id: two\n" ROTATING, 1000, "Signature: sig1=:", 2},
	{"kind: hmac\npreset: rfc9421\n" ROTATING "previous_until: 2027-01-31T13:00:00+01:00\n", INT64_C(1801396800000),
         "Signature: sig1=:", 1},
};

/* Signatures in the header: each has 43 characters of Base64 and a sign, or 64 hexadecimal digits. */
static unsigned count_signatures(const char *header)
{
	unsigned count = 1;
	for (const char *at = header; *at != '\0'; at++)
		count += (at[0] == ',' && at[1] == ' ') || (at[0] == '=' && at[1] == ' ');
	return count;
}

static void two_keys_sign_until_the_one_before_has_had_its_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rotations); i++) {
		struct scene scene;
		struct curl_slist *headers = NULL;
		struct url url;
		struct error err = ERROR_INIT;
		const char *found = NULL;
		assert_int_equal(setenv("PREVIOUS", "the key before", 1), 0);
		scene_load(&scene, rotations[i].yaml);
		assert_int_equal(scene_open(&scene, "the key", &err), 0);
		assert_int_equal(url_parse("https://a.example/feed?x=1", &url, &err), 0);
		const struct connection_use use = {.session = scene.session};
		const struct connection_request request = {
			.url = &url, .headers = &headers, .method = "GET", .now_ms = rotations[i].now_ms};
		assert_int_equal(connection_use_prepare(&use, &request, &err), 0);
		for (const struct curl_slist *line = headers; line != NULL; line = line->next) {
			if (slice_starts_with(slice_from(line->data), rotations[i].header))
				found = line->data;
		}
		if (found == NULL || count_signatures(found) != rotations[i].signatures)
			fail_msg("%zu: %s", i, found != NULL ? found : "no such header");
		header_list_free(headers);
		url_release(&url);
		scene_release(&scene);
	}
}

static void a_request_without_a_query_is_covered_too(void **state)
{
	struct scene scene;
	struct curl_slist *headers = NULL;
	struct url url;
	struct error err = ERROR_INIT;
	(void)state;
	scene_load(&scene, "kind: hmac\npreset: rfc9421\nkey_id: \"key #1\"\nsecret: env:SECRET\n");
	assert_int_equal(scene_open(&scene, "the key", &err), 0);
	assert_int_equal(url_parse("https://A.example:443", &url, &err), 0);
	const struct connection_use use = {.session = scene.session};
	const struct connection_request request = {.url = &url, .headers = &headers, .method = "GET", .now_ms = 1618884473999};
	assert_int_equal(connection_use_prepare(&use, &request, &err), 0);
	assert_string_equal(headers->data,
	                    "Signature-Input: sig1=(\"@method\" \"@authority\" \"@path\" \"@query\");created=1618884473;"
	                    "keyid=\"key #1\"");
	/* Computed with Python's hmac over the five lines. */
	assert_string_equal(headers->next->data, "Signature: sig1=:5DsswkYrjEX2AjdYgnjwwpkdQxf0kjFu8XYoWs1ED2A=:");
	assert_null(headers->next->next);
	header_list_free(headers);
	url_release(&url);
	scene_release(&scene);
}

int hmac_tests(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_signatures_are_reproduced),
		cmocka_unit_test(rfc_4231_cases_are_reproduced),
		cmocka_unit_test(two_keys_give_two_signatures_the_current_one_first),
		cmocka_unit_test(templates_are_filled_in),
		cmocka_unit_test(timestamps_may_be_those_of_rfc_3339),
		cmocka_unit_test(keys_that_do_not_decode_are_refused_without_quoting_them),
		cmocka_unit_test(base64_goes_there_and_back),
		cmocka_unit_test(every_preset_is_whole),
		cmocka_unit_test(the_http_signature_of_rfc_9421_is_reproduced),
		cmocka_unit_test(two_keys_sign_until_the_one_before_has_had_its_time),
		cmocka_unit_test(a_request_without_a_query_is_covered_too),
	};
	return cmocka_run_group_tests_name("hmac", tests, NULL, NULL);
}
