/* Kinds of sources, and their form without secrets. */
#include "tests.h"

#include "fetch/digest.h"
#include "fetch/fetch.h"

#include <string.h>

static void sources_are_told_apart_by_their_form(void **state)
{
	static const struct {
		const char *source;
		enum source_kind kind;
	} rows[] = {
		{"http://shop.example/feed.xml", SOURCE_HTTP},
		{"HTTPS://shop.example", SOURCE_HTTP},
		{"file:///var/feed.xml", SOURCE_FILE},
		{"FILE:/var/feed.xml", SOURCE_FILE},
		{"/var/feed.xml", SOURCE_FILE},
		{"feed.xml", SOURCE_FILE},
		{"./-", SOURCE_FILE},
		{"C:feed", SOURCE_FILE},
		{"-", SOURCE_STDIN},
		{"", SOURCE_UNSUPPORTED},
		{NULL, SOURCE_UNSUPPORTED},
		{"ftp://shop.example/feed.xml", SOURCE_UNSUPPORTED},
		{"://shop.example", SOURCE_UNSUPPORTED},
		{" http://shop.example", SOURCE_UNSUPPORTED},
		{"httpx://shop.example", SOURCE_UNSUPPORTED},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(source_classify(rows[i].source), rows[i].kind);
}

static void masks_hide_values_and_keep_names(void **state)
{
	static const struct {
		const char *source;
		const char *masked;
	} rows[] = {
		{"http://shop.example/feed.xml", "http://shop.example/feed.xml"},
		{"https://shop.example:8443/a?key=S&lang=S", "https://shop.example:8443/a?key=***&lang=***"},
		{"https://shop.example/a?S", "https://shop.example/a?***"},
		{"https://shop.example?k=S", "https://shop.example?k=***"},
		{"https://shop.example/a?k=S=S&&x", "https://shop.example/a?k=***&&***"},
		{"https://shop.example/a?=S", "https://shop.example/a?=***"},
		{"https://shop.example/a?k=S?S", "https://shop.example/a?k=***"},
		{"https://shop.example/a?", "https://shop.example/a?"},
		{"https://shop.example/a#S", "https://shop.example/a#***"},
		{"https://shop.example/a?k=S#S?S", "https://shop.example/a?k=***#***"},
		{"https://shop.example#S", "https://shop.example#***"},
		{"https://S:S@shop.example/a", "https://***@shop.example/a"},
		{"https://S@shop.example", "https://***@shop.example"},
		{"https://S@S@shop.example/a", "https://***@shop.example/a"},
		{"https://S:S/S@shop.example/a", "https://***@shop.example/a"},
		{"https://S:S?S@shop.example/a", "https://***@shop.example/a"},
		{"https://S:S#S@shop.example/a?k=S", "https://***@shop.example/a?k=***"},
		{"https:///S:S@shop.example/a", "https:///***@shop.example/a"},
		{"https://shop.example:S", "https://***"},
		{"https://shop.example:/a", "https://shop.example:/a"},
		{"https://[::1]:80/a", "https://[::1]:80/a"},
		{"https://S@[::1]:80/a", "https://***@[::1]:80/a"},
		{"https://shop.example/@user/feed", "https://shop.example/@user/feed"},
		{"ftp://S:S@shop.example/a?S", "ftp://***@shop.example/a?***"},
		{"file:///var/C:x/feed@1.xml", "file:///var/C:x/feed@1.xml"},
		{"/var/feed?x=1#y", "/var/feed?x=1#y"},
		{"-", "-"},
		{"", ""},
		{NULL, ""},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[128];
		source_mask(rows[i].source, text, sizeof(text));
		assert_string_equal(text, rows[i].masked);
	}
}

static void masks_are_cut_to_size_between_characters(void **state)
{
	static const char source[] = "http://h/\xc3\xa9\xc3\xa9?key=S";
	char text[64];
	(void)state;
	for (size_t size = 1; size <= sizeof(text); size++) {
		memset(text, 'x', sizeof(text));
		source_mask(source, text, size);
		assert_true(strlen(text) < size);
		assert_null(strchr(text, 'S'));
		if (size == 11)
			assert_string_equal(text, "http://h/"); /* half of a letter does not fit */
		if (size == 12)
			assert_string_equal(text, "http://h/\xc3\xa9");
	}
	text[0] = 'x';
	source_mask(source, text, 0);
	assert_int_equal(text[0], 'x');
}

static void digests_are_those_of_fips_180(void **state)
{
	char text[65];
	struct error err = ERROR_INIT;
	struct digest *digest = digest_new(&err);
	(void)state;
	assert_non_null(digest);
	assert_int_equal(digest_finish(digest, text, &err), 0);
	assert_string_equal(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	digest_free(digest);
	digest = digest_new(&err);
	assert_non_null(digest);
	assert_int_equal(digest_update(digest, "a", 1, &err), 0);
	assert_int_equal(digest_update(digest, NULL, 0, &err), 0);
	assert_int_equal(digest_update(digest, "bc", 2, &err), 0);
	assert_int_equal(digest_finish(digest, text, &err), 0);
	assert_string_equal(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_free(digest);
	digest_free(NULL);
}

int run_source_tests(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_are_told_apart_by_their_form),
		cmocka_unit_test(masks_hide_values_and_keep_names),
		cmocka_unit_test(masks_are_cut_to_size_between_characters),
		cmocka_unit_test(digests_are_those_of_fips_180),
	};
	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
