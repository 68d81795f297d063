/* The spool folder: names, rights, leftovers, full disks. */
#include "tests.h"

#include "fetch/spool.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define ABC_SHA256 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static int spool_abc(const struct scratch *scratch, char path[PATH_MAX], struct error *err)
{
	struct spool_file file = SPOOL_FILE_INIT;
	char sha256[65];
	if (spool_open(&file, scratch->spool, 0, err) != 0 || spool_write(&file, "abc", 3, err) != 0)
		return -1;
	int hold = -1;
	const int result = spool_commit(&file, path, sha256, &hold, err);
	assert_int_equal(result == 0, hold >= 0);
	(void)close(hold);
	return result;
}

static void files_are_named_by_their_digest_and_for_the_owner_only(void **state)
{
	const struct scratch *scratch = *state;
	char path[PATH_MAX];
	char expected[PATH_MAX];
	struct error err = ERROR_INIT;
	struct stat status;
	const mode_t mask = umask(0);
	const int outcome = spool_abc(scratch, path, &err);
	(void)umask(mask);
	assert_int_equal(outcome, 0);
	(void)snprintf(expected, sizeof(expected), "%s/" ABC_SHA256 ".feed", scratch->spool);
	assert_string_equal(path, expected);
	scratch_assert_content(path, "abc", 3);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(stat(scratch->spool, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(stat(scratch_path(scratch, "state"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(scratch_spool_count(scratch, ""), 1);
}

static void the_same_content_is_kept_as_it_is(void **state)
{
	const struct scratch *scratch = *state;
	char path[PATH_MAX];
	struct error err = ERROR_INIT;
	struct stat first;
	struct stat second;
	assert_int_equal(spool_abc(scratch, path, &err), 0);
	assert_int_equal(stat(path, &first), 0);
	assert_int_equal(spool_abc(scratch, path, &err), 0);
	assert_int_equal(stat(path, &second), 0);
	assert_true(first.st_ino == second.st_ino);
	assert_int_equal(scratch_spool_count(scratch, ""), 1);
}

static void a_file_of_that_name_with_other_content_is_replaced(void **state)
{
	const struct scratch *scratch = *state;
	char path[PATH_MAX];
	struct error err = ERROR_INIT;
	assert_int_equal(spool_abc(scratch, path, &err), 0);
	assert_int_equal(truncate(path, 1), 0);
	assert_int_equal(spool_abc(scratch, path, &err), 0);
	scratch_assert_content(path, "abc", 3);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("abc", path), 0); /* as long as the feed */
	assert_int_equal(spool_abc(scratch, path, &err), 0);
	scratch_assert_content(path, "abc", 3);
}

static void an_abandoned_file_leaves_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct spool_file file = SPOOL_FILE_INIT;
	struct error err = ERROR_INIT;
	spool_abandon(&file);
	assert_int_equal(spool_open(&file, scratch->spool, 0, &err), 0);
	assert_int_equal(fcntl(file.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(scratch_spool_count(scratch, ""), 1);
	spool_abandon(&file);
	spool_abandon(&file);
	assert_int_equal(scratch_spool_count(scratch, ""), 0);
}

static void leftovers_of_more_than_a_day_are_removed(void **state)
{
	static const int64_t now_s = 1700000000;
	static const struct {
		const char *name;
		int64_t age_s;
		bool stays;
	} rows[] = {
		{".incoming-old001", 24 * 3600 + 1, false},
		{".incoming-day001", 24 * 3600, true},
		{".incoming-new001", 5, true},
		{".incoming-future", -5, true},
		{".incoming-longer1", 90000, true},
		{"incoming-old001", 90000, true},
		{ABC_SHA256 ".feed", 90000000, true},
	};
	const struct scratch *scratch = *state;
	struct spool_file file = SPOOL_FILE_INIT;
	struct error err = ERROR_INIT;
	assert_int_equal(spool_open(&file, scratch->spool, now_s * 1000, &err), 0);
	spool_abandon(&file);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char name[128];
		const struct timespec times[2] = {{.tv_sec = now_s - rows[i].age_s}, {.tv_sec = now_s - rows[i].age_s}};
		(void)snprintf(name, sizeof(name), "state/spool/%s", rows[i].name);
		scratch_write(scratch, name, "x", 1);
		assert_int_equal(utimensat(AT_FDCWD, scratch_path(scratch, name), times, 0), 0);
	}
	assert_int_equal(mkdir(scratch_path(scratch, "state/spool/.incoming-folder"), 0700), 0);
	assert_int_equal(spool_open(&file, scratch->spool, now_s * 1000, &err), 0);
	spool_abandon(&file);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char name[128];
		(void)snprintf(name, sizeof(name), "state/spool/%s", rows[i].name);
		if ((access(scratch_path(scratch, name), F_OK) == 0) != rows[i].stays)
			fail_msg("%s", rows[i].name);
	}
}

static void folders_that_cannot_be_used_are_told(void **state)
{
	const struct scratch *scratch = *state;
	struct spool_file file = SPOOL_FILE_INIT;
	struct error err = ERROR_INIT;
	scratch_write(scratch, "file", "x", 1);
	assert_int_equal(spool_open(&file, scratch_path(scratch, "file"), 0, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_int_equal(spool_open(&file, scratch_path(scratch, "file/below"), 0, &err), -1);
	assert_int_equal(err.number, ENOTDIR);
	assert_non_null(strstr(err.message, "cannot make the spool folder"));
	assert_int_equal(spool_open(&file, "", 0, &err), -1);
	assert_int_equal(mkdir(scratch_path(scratch, "open"), 0700), 0);
	assert_int_equal(chmod(scratch_path(scratch, "open"), 0777), 0);
	assert_int_equal(spool_open(&file, scratch_path(scratch, "open"), 0, &err), -1);
	assert_int_equal(err.code, ERROR_REFUSED);
	assert_non_null(strstr(err.message, "can be written by everyone"));
}

static void endless_folder_names_are_refused(void **state)
{
	static char name[PATH_MAX + 8];
	const struct scratch *scratch = *state;
	struct spool_file file = SPOOL_FILE_INIT;
	struct error err = ERROR_INIT;
	memset(name, '/', sizeof(name) - 1);
	memcpy(name, scratch->folder, strlen(scratch->folder));
	assert_int_equal(spool_open(&file, name, 0, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	name[PATH_MAX - 20] = '\0'; /* the temporary file's path fits, the feed's own does not */
	assert_int_equal(spool_open(&file, name, 0, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	name[PATH_MAX - 1 - 70] = '\0'; /* just fits */
	assert_int_equal(spool_open(&file, name, 0, &err), 0);
	spool_abandon(&file);
}

static void a_feed_larger_than_the_disk_is_refused_before_it_is_fetched(void **state)
{
	const struct scratch *scratch = *state;
	struct spool_file file = SPOOL_FILE_INIT;
	struct error err = ERROR_INIT;
	assert_int_equal(spool_open(&file, scratch->spool, 0, &err), 0);
	assert_int_equal(spool_reserve(&file, -1, &err), 0);
	assert_int_equal(spool_reserve(&file, 1, &err), 0);
	assert_int_equal(spool_reserve(&file, INT64_C(1) << 60, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_int_equal(err.number, ENOSPC);
	assert_non_null(strstr(err.message, "has only"));
	spool_abandon(&file);
}

/* In a child: the limit would hold for the rest of the program. 0 = as expected. */
static int fetch_with_file_limit(const struct scratch *scratch, const char *source)
{
	const struct rlimit limit = {.rlim_cur = 10000, .rlim_max = 10000};
	const struct fetch_request request = scratch_request(scratch, source);
	struct fetch_result result;
	struct error err = ERROR_INIT;
	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return 2;
	if (fetch_source(&request, &result, &err) != -1)
		return 3;
	if (err.code != ERROR_SYSTEM || err.number != EFBIG)
		return 4;
	return strstr(err.message, "cannot write the feed to the spool folder") != NULL ? 0 : 5;
}

static void a_disk_that_fills_up_fails_the_fetch_and_leaves_nothing(void **state)
{
	static const char feed[100000];
	const struct scratch *scratch = *state;
	int status = 0;
	scratch_write(scratch, "feed", feed, sizeof(feed));
	const pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(fetch_with_file_limit(scratch, scratch_path(scratch, "feed")));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(scratch_spool_count(scratch, ""), 0);
}

int run_spool_tests(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_are_named_by_their_digest_and_for_the_owner_only, scratch_make,
	                                        scratch_remove),
		cmocka_unit_test_setup_teardown(the_same_content_is_kept_as_it_is, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_file_of_that_name_with_other_content_is_replaced, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(an_abandoned_file_leaves_nothing, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(leftovers_of_more_than_a_day_are_removed, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(folders_that_cannot_be_used_are_told, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(endless_folder_names_are_refused, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_feed_larger_than_the_disk_is_refused_before_it_is_fetched, scratch_make,
	                                        scratch_remove),
		cmocka_unit_test_setup_teardown(a_disk_that_fills_up_fails_the_fetch_and_leaves_nothing, scratch_make,
	                                        scratch_remove),
	};
	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
