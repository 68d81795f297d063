/* Walking through JSON: what comes out is what stands there, and nothing comes out of what is no JSON. */
#include "base/json_read.h"

#include "base_tests.h"

#include <stdio.h>
#include <string.h>

/* 'name=value' of all members or values, each behind a blank. */
static const char *walk_of(const char *text, char ret_all[512])
{
	/* In a block of just its size, so that a step beyond it is seen by the sanitizer. */
	const size_t size = strlen(text);
	char *copy = size > 0 ? test_malloc(size) : NULL;
	struct json_walk walk;
	struct slice name;
	struct slice value;
	size_t used = 0;

	if (copy != NULL)
		memcpy(copy, text, size);
	ret_all[0] = '\0';
	if (!json_walk_begin(&walk, slice_make(copy, size)))
		(void)snprintf(ret_all, 512, "refused");
	else
		while (json_walk_next(&walk, &name, &value))
			used += (size_t)snprintf(ret_all + used, 512 - used, " %.*s=%.*s", (int)name.size,
			                         name.data ? name.data : "", (int)value.size, value.data);
	test_free(copy);
	return ret_all;
}

static void members_and_values_are_told_as_they_are_written(void **state)
{
	static const struct {
		const char *text;
		const char *all;
	} rows[] = {
		{"{}", ""},
		{"[]", ""},
		{"[ ]", ""},
		{"{\"a\":1}", " a=1"},
		{"{\"a\":\"x\",\"b\":null,\"c\":true}", " a=\"x\" b=null c=true"},
		{" {\"a\":1}", "refused"},
		{"{ \"a\" : -1.5e3 , \"b\" : [ 1 , 2 ] }", " a=-1.5e3 b=[ 1 , 2 ]"},
		{"{\"a\":{\"}\":\"]\\\"{\"},\"b\":[{},[\"[\"]]}", " a={\"}\":\"]\\\"{\"} b=[{},[\"[\"]]"},
		{"{\"a\\\"b\":\"\\\\\"}", " a\\\"b=\"\\\\\""},
		{"[1,\"two\",{\"three\":3},[4]]", " =1 =\"two\" ={\"three\":3} =[4]"},
		{"{\"a\":1,\"a\":2}", " a=1 a=2"},
		{"", "refused"},
		{"1", "refused"},
		{"\"a\"", "refused"},
		{"{\"a\":1", "refused"},
		{"{\"a\":1}}", "refused"},
		{"{\"a\":}", "refused"},
		{"{\"a\":\"\xff\"}", "refused"},
		{"[\"\\u12\"]", "refused"},
	};
	char all[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(walk_of(rows[i].text, all), rows[i].all);
}

static void a_member_is_found_by_its_name(void **state)
{
	const struct slice object = SLICE("{\"a\":{\"b\":1},\"b\":2}");
	const struct slice array = SLICE("[{\"b\":1}]");
	struct slice value;

	(void)state;
	assert_true(json_find(object, "b", &value));
	assert_true(slice_equal_text(value, "2"));
	assert_false(json_find(object, "c", &value));
	assert_false(json_find(array, "b", &value));
}

static void a_string_says_what_its_escapes_mean(void **state)
{
	static const struct {
		const char *value;
		const char *text; /* NULL = refused */
	} rows[] = {
		{"\"\"", ""},
		{"\"a\"", "a"},
		{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
		{"\"\\u00e9\\u20AC\"", "\u00e9\u20ac"},
		{"\"\\ud83d\\ude00!\"", "\U0001F600!"},
		{"\"0123456789abcde\"", "0123456789abcde"},
		{"\"0123456789abcdef\"", NULL}, /* does not fit */
		{"\"\\u0000\"", NULL},
		{"12", NULL},
		{"null", NULL},
		{"", NULL},
		{"\"", NULL},
		{"\"a\"b\"", NULL},
		{"\"a\\\"", NULL},
	};
	char text[16];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(json_string_copy(slice_from(rows[i].value), text, sizeof(text)), rows[i].text != NULL);
		assert_string_equal(text, rows[i].text != NULL ? rows[i].text : "");
	}
}

static void names_differ_by_what_they_say(void **state)
{
	static const struct {
		const char *object;
		bool differ;
	} cases[] = {
		{"{}", true},
		{"{\"a\":1}", true},
		{"{\"a\":1,\"b\":1,\"A\":1}", true},
		{"{\"a\":{\"a\":1,\"a\":2}}", true}, /* only its own */
		{"{\"a\":1,\"b\":2,\"a\":1}", false},
		{"{\"a\":1,\"\\u0061\":1}", false},
		{"{\"\\u0061\":1,\"a\":1}", false},
		{"{\"\\u00e9\":1,\"\xc3\xa9\":1}", false},
		{"{\"\\n\":1,\"\\u000a\":1}", false},
		{"{\"\":1,\"\":1}", false},
		{"{\"\":1,\"\\u0000\":1}", true},
		{"[]", false},
		{"1", false},
		{"", false},
		{"{\"a\":1", false},
	};
	struct buffer many;
	(void)state;
	for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
		if (json_names_differ(slice_from(cases[index].object)) != cases[index].differ)
			fail_msg("%s", cases[index].object);
	}
	for (unsigned count = JSON_MEMBERS_MAX; count <= JSON_MEMBERS_MAX + 1; count++) {
		buffer_init(&many, 4096);
		for (unsigned index = 0; index < count; index++)
			(void)buffer_append_format(&many, "%c\"%u\":1", index == 0 ? '{' : ',', index);
		(void)buffer_append_byte(&many, '}');
		assert_int_equal(json_names_differ(buffer_slice(&many)), count == JSON_MEMBERS_MAX);
		buffer_release(&many);
	}
}

int json_read_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_and_values_are_told_as_they_are_written),
		cmocka_unit_test(a_member_is_found_by_its_name),
		cmocka_unit_test(a_string_says_what_its_escapes_mean),
		cmocka_unit_test(names_differ_by_what_they_say),
	};

	return cmocka_run_group_tests_name("json_read", tests, NULL, NULL);
}
