/* Writing and checking JSON. */
#include "base/json.h"

#include "base_tests.h"

#include <string.h>

static void json_puts_commas_and_colons(void **state)
{
	struct json_writer json;
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 1000);
	json_writer_init(&json, &buffer);
	json_object_begin(&json);
	json_member_text(&json, "name", "a");
	json_member_text(&json, "none", NULL);
	json_key(&json, "list");
	json_array_begin(&json);
	json_integer(&json, 1);
	json_object_begin(&json);
	json_object_end(&json);
	json_array_begin(&json);
	json_array_end(&json);
	json_null(&json);
	json_array_end(&json);
	json_member_integer(&json, "count", INT64_MIN);
	json_member_bool(&json, "yes", true);
	json_member_bool(&json, "no", false);
	json_member_string(&json, "text", slice_make("xyz", 2));
	json_key_slice(&json, slice_make("rawer", 3));
	json_raw(&json, slice_from("[1,2]"));
	json_object_end(&json);
	assert_string_equal(buffer_text(&buffer), "{\"name\":\"a\",\"none\":null,\"list\":[1,{},[],null],"
	                                          "\"count\":-9223372036854775808,\"yes\":true,\"no\":false,\"text\":\"xy\","
	                                          "\"raw\":[1,2]}");
	assert_true(json_is_valid(buffer_slice(&buffer), '{'));
	buffer_release(&buffer);
}

static void json_strings_escape_what_they_must(void **state)
{
	static const struct {
		struct slice text;
		const char *json;
	} rows[] = {
		{SLICE(""), "\"\""},
		{SLICE("plain text that is longer than eight bytes"), "\"plain text that is longer than eight bytes\""},
		{SLICE("a\"b\\c/d"), "\"a\\\"b\\\\c/d\""},
		{SLICE("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
		{SLICE("\0\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\x7f\""},
		{SLICE("Цена € 𝄞"), "\"Цена € 𝄞\""},
		{SLICE("bad\xFF\"\xC3 \xED\xA0\x80"), "\"bad\xEF\xBF\xBD\\\"\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++) {
		struct json_writer json;
		struct buffer buffer;

		buffer_init(&buffer, 1000);
		json_writer_init(&json, &buffer);
		json_string(&json, rows[index].text);
		assert_string_equal(buffer_text(&buffer), rows[index].json);
		buffer_release(&buffer);
	}
}

static void json_escapes_at_every_place_of_a_word(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 0x80; byte++) {
		for (size_t place = 0; place < 17; place++) {
			const bool is_plain = byte >= 0x20 && byte != '"' && byte != '\\';
			struct json_writer json;
			struct buffer buffer;
			char text[17];

			memset(text, '~', sizeof(text));
			text[place] = (char)byte;
			buffer_init(&buffer, 1000);
			json_writer_init(&json, &buffer);
			json_array_begin(&json);
			json_string(&json, slice_make(text, sizeof(text)));
			json_array_end(&json);
			assert_true(json_is_valid(buffer_slice(&buffer), '['));
			assert_int_equal(buffer.size == sizeof(text) + 4, is_plain);
			buffer_release(&buffer);
		}
	}
}

static void json_writer_fails_beyond_its_depth(void **state)
{
	struct json_writer json;
	struct buffer buffer;

	(void)state;
	buffer_init(&buffer, 1000);
	json_writer_init(&json, &buffer);
	for (unsigned depth = 0; depth < JSON_DEPTH_MAX; depth++) {
		json_array_begin(&json);
		json_integer(&json, 1);
	}
	assert_false(buffer.failed);
	for (unsigned depth = 0; depth < JSON_DEPTH_MAX; depth++)
		json_array_end(&json);
	assert_false(buffer.failed);
	assert_true(json_is_valid(buffer_slice(&buffer), '['));
	json_array_end(&json);
	assert_true(buffer.failed);
	buffer_clear(&buffer);
	json_writer_init(&json, &buffer);
	for (unsigned depth = 0; depth <= JSON_DEPTH_MAX; depth++)
		json_object_begin(&json);
	assert_true(buffer.failed);
	buffer_release(&buffer);
}

static const char *const valid[] = {
	"{}",
	"[]",
	"[ ]",
	"{ }",
	"[0]",
	"[-0]",
	"[1,-2,3.5,1e5,1E+5,1.25e-10,0.5,-0.0e0]",
	"[true,false,null]",
	"[\"\"]",
	"{\"a\":1}",
	"{ \"a\" : [ 1 , { \"b\" : null } ] ,\n\t\"c\":\r\"d\" }",
	"[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uFFFF\\u0000\"]",
	"[\"\\ud834\\udd1e\"]",
	"[\"Цена €\x7f\"]",
	"{\"\":{}}",
	"{\"a\":1,\"a\":2}",
	"[[[[[]]]],[]]",
	"[99999999999999999999999999999999999999999999]",
};

static const char *const invalid[] = {
	"[",
	"]",
	"[]]",
	"[] ",
	"[][]",
	"[1",
	"[1,",
	"[1,]",
	"[,1]",
	"[1 2]",
	"[1}",
	"[01]",
	"[-]",
	"[-01]",
	"[+1]",
	"[1.]",
	"[.5]",
	"[1e]",
	"[1e+]",
	"[0x1]",
	"[Infinity]",
	"[NaN]",
	"[tru]",
	"[truefalse]",
	"[True]",
	"[nul",
	"['a']",
	"[\"a]",
	"[\"a\n\"]",
	"[\"\t\"]",
	"[\"\\x\"]",
	"[\"\\",
	"[\"\\u12\"]",
	"[\"\\u12G4\"]",
	"[\"\\ud834\"]",
	"[\"\\ud834x\"]",
	"[\"\\ud834\\n\"]",
	"[\"\\ud834\\u0041\"]",
	"[\"\\ud834\\ud834\"]",
	"[\"\\udd1e\"]",
	"[\"\\udd1e\\udd1e\"]",
	"[\"\xFF\"]",
	"[\"\xED\xA0\x80\"]",
	"[\"\xC3\"]",
	"[\xC2\xA0]",
	"[1]\xEF\xBB\xBF",
	"[/**/]",
	"[1]//",
	"{\"a\"}",
	"{\"a\":}",
	"{\"a\" 1}",
	"{a:1}",
	"{1:1}",
	"{\"a\":1,}",
	"{,}",
	"{\"a\":1]",
	"{\"a\":1 \"b\":2}",
	"{:1}",
};

static void json_check_accepts_what_the_rfc_does(void **state)
{
	(void)state;
	for (size_t index = 0; index < sizeof(valid) / sizeof(valid[0]); index++)
		if (!json_is_valid(slice_from(valid[index]), valid[index][0]))
			fail_msg("refused: %s", valid[index]);
}

static void json_check_refuses_the_rest(void **state)
{
	(void)state;
	for (size_t index = 0; index < sizeof(invalid) / sizeof(invalid[0]); index++)
		if (json_is_valid(slice_from(invalid[index]), invalid[index][0]))
			fail_msg("accepted: %s", invalid[index]);
	assert_false(json_is_valid(slice_make(NULL, 0), '['));
	assert_false(json_is_valid(slice_make("[\0]", 3), '['));
	assert_false(json_is_valid(slice_make("[\"\\\0\"]", 6), '['));
}

static void json_check_wants_the_first_byte(void **state)
{
	(void)state;
	assert_false(json_is_valid(slice_from("{}"), '['));
	assert_false(json_is_valid(slice_from(" []"), '['));
	assert_false(json_is_valid(slice_from("1"), '['));
}

static void json_check_refuses_every_prefix(void **state)
{
	(void)state;
	for (size_t index = 0; index < sizeof(valid) / sizeof(valid[0]); index++) {
		for (size_t size = 0; size < strlen(valid[index]); size++) {
			char *exact = test_malloc(size + 1); /* at its size, so that reading beyond it is seen */

			memcpy(exact, valid[index], size);
			assert_false(json_is_valid(slice_make(exact, size), valid[index][0]));
			test_free(exact);
		}
	}
}

static void json_check_limits_the_depth(void **state)
{
	char text[2 * JSON_DEPTH_MAX + 2];

	(void)state;
	memset(text, '[', JSON_DEPTH_MAX);
	memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	assert_true(json_is_valid(slice_make(text, 2 * JSON_DEPTH_MAX), '['));
	memset(text, '[', JSON_DEPTH_MAX + 1);
	memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	assert_false(json_is_valid(slice_make(text, sizeof(text)), '['));
}

static void json_number_is_one_by_the_grammar(void **state)
{
	static const struct {
		const char *text;
		bool is_valid;
	} rows[] = {
		{"0", true},   {"-0", true},   {"12.50", true}, {"1e5", true},  {"1.5E-10", true}, {"-1e+5", true}, {"", false},
		{"01", false}, {"+1", false},  {".5", false},   {"5.", false},  {"1e", false},     {"-", false},    {"1 ", false},
		{" 1", false}, {"0x1", false}, {"NaN", false},  {"1,5", false}, {"1e5.5", false},  {"--1", false},
	};

	(void)state;
	for (size_t index = 0; index < sizeof(rows) / sizeof(rows[0]); index++)
		if (json_number_is_valid(slice_from(rows[index].text)) != rows[index].is_valid)
			fail_msg("'%s'", rows[index].text);
	assert_false(json_number_is_valid((struct slice){NULL, 0}));
}

int json_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_puts_commas_and_colons),           cmocka_unit_test(json_strings_escape_what_they_must),
		cmocka_unit_test(json_escapes_at_every_place_of_a_word), cmocka_unit_test(json_writer_fails_beyond_its_depth),
		cmocka_unit_test(json_check_accepts_what_the_rfc_does),  cmocka_unit_test(json_check_refuses_the_rest),
		cmocka_unit_test(json_check_wants_the_first_byte),       cmocka_unit_test(json_check_refuses_every_prefix),
		cmocka_unit_test(json_check_limits_the_depth),           cmocka_unit_test(json_number_is_one_by_the_grammar),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
