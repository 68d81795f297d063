/* Signatures against published vectors, and the templates they are made from. */
#include "connection_tests.h"

#include "connection/base64.h"
#include "connection/hmac.h"

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
		assert_non_null(scheme->separator);
		assert_int_equal(hmac_template_check(scheme->content, HMAC_TEMPLATE_CONTENT, &err), 0);
		assert_int_equal(hmac_template_check(scheme->value, HMAC_TEMPLATE_VALUE, &err), 0);
		for (size_t k = 0; scheme->extra_headers[k].name != NULL; k++)
			assert_int_equal(hmac_template_check(scheme->extra_headers[k].value, HMAC_TEMPLATE_HEADER, &err), 0);
	}
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
	};
	return cmocka_run_group_tests_name("hmac", tests, NULL, NULL);
}
