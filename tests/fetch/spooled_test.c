/* Feeds of earlier fetches: as they were, changed, gone, or no files at all. */
#include "tests.h"

#include "scratch.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ABC_SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static int check(const char *path, const char *sha256, int64_t bytes, struct error *err)
{
	const struct fetch_check request = {.path = path, .sha256 = sha256, .bytes = bytes};

	return fetch_check_spooled(&request, err);
}

static void a_feed_must_be_what_was_fetched(void **state)
{
	static const struct {
		const char *content; /* NULL = no file */
		const char *sha256;
		int64_t bytes;
		enum error_code code;
	} rows[] = {
		{"abc", ABC_SHA256, 3, ERROR_NONE},     {"abd", ABC_SHA256, 3, ERROR_REFUSED},
		{"abcd", ABC_SHA256, 3, ERROR_REFUSED}, {"", ABC_SHA256, 3, ERROR_REFUSED},
		{"abc", ABC_SHA256, 4, ERROR_REFUSED},  {"abc", "", 3, ERROR_REFUSED},
		{NULL, ABC_SHA256, 3, ERROR_NOT_FOUND},
	};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = ERROR_INIT;

		(void)unlink(scratch_path(scratch, "x.feed"));
		if (rows[i].content != NULL)
			scratch_write(scratch, "x.feed", rows[i].content, strlen(rows[i].content));
		assert_int_equal(check(scratch_path(scratch, "x.feed"), rows[i].sha256, rows[i].bytes, &err),
		                 rows[i].code != ERROR_NONE ? -1 : 0);
		assert_int_equal(err.code, rows[i].code);
	}
}

static void links_folders_and_pipes_are_no_feeds(void **state)
{
	const struct scratch *scratch = *state;
	struct error err = ERROR_INIT;

	scratch_write(scratch, "x.feed", "abc", 3);
	assert_int_equal(symlink("x.feed", scratch_path(scratch, "link.feed")), 0);
	assert_int_equal(check(scratch_path(scratch, "link.feed"), ABC_SHA256, 3, &err), -1);
	assert_int_equal(mkdir(scratch_path(scratch, "folder.feed"), 0700), 0);
	assert_int_equal(check(scratch_path(scratch, "folder.feed"), ABC_SHA256, 3, &err), -1);
	assert_int_equal(mkfifo(scratch_path(scratch, "pipe.feed"), 0600), 0);
	assert_int_equal(check(scratch_path(scratch, "pipe.feed"), ABC_SHA256, 3, &err), -1);
	assert_int_equal(err.code, ERROR_REFUSED);
}

static int stop(void *context, int64_t bytes, int64_t total)
{
	(void)context;
	return bytes > 0 && total == 3 ? 15 : 0;
}

static void the_check_can_be_stopped(void **state)
{
	const struct scratch *scratch = *state;
	struct fetch_check request = {.sha256 = ABC_SHA256, .bytes = 3, .progress = stop};
	struct error err = ERROR_INIT;

	scratch_write(scratch, "x.feed", "abc", 3);
	request.path = scratch_path(scratch, "x.feed");
	assert_int_equal(fetch_check_spooled(&request, &err), -1);
	assert_int_equal(err.code, ERROR_CANCELLED);
	assert_int_equal(err.number, 15);
}

int run_spooled_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_feed_must_be_what_was_fetched, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(links_folders_and_pipes_are_no_feeds, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(the_check_can_be_stopped, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests_name("spooled", tests, NULL, NULL);
}
