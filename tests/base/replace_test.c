/* A file is exchanged whole, or it is as it was. What a kill leaves is tested with the vault (tests/secret). */
#include "base/replace.h"

#include "base_tests.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
	char folder[64];
	char path[128];
};

static int make_scratch(void **state)
{
	static struct scratch scratch;
	(void)snprintf(scratch.folder, sizeof(scratch.folder), "/tmp/feedmill-replace-XXXXXX");
	assert_non_null(mkdtemp(scratch.folder));
	(void)snprintf(scratch.path, sizeof(scratch.path), "%s/file", scratch.folder);
	*state = &scratch;
	return 0;
}

static int remove_scratch(void **state)
{
	struct scratch *scratch = *state;
	(void)unlink(scratch->path);
	return rmdir(scratch->folder);
}

static int replace(const char *path, const char *text, mode_t rights, struct error *err)
{
	const struct file_replacement replacement = {
		.path = path,
		.bytes = {text, strlen(text)},
		.rights = rights,
		.user = (uid_t)-1,
		.group = (gid_t)-1,
	};
	return file_replace(&replacement, err);
}

static void expect_file(const char *path, const char *text, mode_t rights)
{
	struct stat status;
	char found[64] = "";
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	assert_int_equal(fread(found, 1, sizeof(found) - 1, file), strlen(text));
	assert_int_equal(fclose(file), 0);
	assert_string_equal(found, text);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, rights);
}

static void a_file_has_its_rights_whatever_the_umask_is(void **state)
{
	const struct scratch *scratch = *state;
	struct error err = ERROR_INIT;
	const mode_t mask = umask(077);
	assert_int_equal(replace(scratch->path, "one", 0644, &err), 0);
	expect_file(scratch->path, "one", 0644);
	assert_int_equal(replace(scratch->path, "two", 0600, &err), 0);
	expect_file(scratch->path, "two", 0600);
	(void)umask(mask);
}

static void what_a_kill_left_is_no_obstacle(void **state)
{
	const struct scratch *scratch = *state;
	char left[160];
	struct error err = ERROR_INIT;
	(void)snprintf(left, sizeof(left), "%s-new", scratch->path);
	assert_int_equal(symlink("/dev/full", left), 0);
	assert_int_equal(replace(scratch->path, "one", 0600, &err), 0);
	expect_file(scratch->path, "one", 0600);
	assert_int_not_equal(access(left, F_OK), 0);
}

static void a_link_is_replaced_and_what_it_leads_to_is_not(void **state)
{
	const struct scratch *scratch = *state;
	char other[160];
	struct error err = ERROR_INIT;
	(void)snprintf(other, sizeof(other), "%s.other", scratch->path);
	assert_int_equal(replace(other, "other", 0600, &err), 0);
	assert_int_equal(symlink(other, scratch->path), 0);
	assert_int_equal(replace(scratch->path, "one", 0600, &err), 0);
	expect_file(scratch->path, "one", 0600);
	expect_file(other, "other", 0600);
	assert_int_equal(unlink(other), 0);
}

static void what_cannot_be_written_leaves_the_old_file(void **state)
{
	const struct scratch *scratch = *state;
	static char long_path[PATH_MAX + 1];
	char missing[160];
	char taken[160];
	struct error err = ERROR_INIT;
	(void)snprintf(missing, sizeof(missing), "%s/no/file", scratch->folder);
	assert_int_equal(replace(missing, "one", 0600, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	memset(long_path, 'a', PATH_MAX);
	assert_int_equal(replace(long_path, "one", 0600, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	assert_int_equal(replace(scratch->path, "one", 0600, &err), 0);
	(void)snprintf(taken, sizeof(taken), "%s-new", scratch->path);
	assert_int_equal(mkdir(taken, 0700), 0);
	assert_int_equal(replace(scratch->path, "two", 0600, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	expect_file(scratch->path, "one", 0600);
	assert_int_equal(rmdir(taken), 0);
}

static void a_folder_is_named_as_the_path_has_it(void **state)
{
	static const char *const rows[][2] = {{"/a/b/c", "/a/b"}, {"/c", "/"}, {"c", "."}, {"a/c", "a"}};
	char folder[PATH_MAX];
	struct error err = ERROR_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(file_path_make(rows[i][0], NULL, folder, &err), 0);
		assert_string_equal(folder, rows[i][1]);
	}
}

static void a_new_file_takes_no_name_that_there_is(void **state)
{
	const struct scratch *scratch = *state;
	struct file_replacement replacement = {.path = scratch->path,
	                                       .bytes = SLICE("first"),
	                                       .rights = 0600,
	                                       .user = (uid_t)-1,
	                                       .group = (gid_t)-1,
	                                       .is_new = true};
	struct error err = ERROR_INIT;

	assert_int_equal(file_replace(&replacement, &err), 0);
	expect_file(scratch->path, "first", 0600);
	replacement.bytes = slice_from("second");
	assert_int_equal(file_replace(&replacement, &err), 1);
	expect_file(scratch->path, "first", 0600);
	assert_int_equal(unlink(scratch->path), 0);
	/* Nor one that leads nowhere. */
	assert_int_equal(symlink("nowhere", scratch->path), 0);
	assert_int_equal(file_replace(&replacement, &err), 1);
	replacement.is_new = false;
	replacement.is_shared = true;
	assert_int_equal(file_replace(&replacement, &err), 0);
	expect_file(scratch->path, "second", 0600);
	/* remove_scratch() sees that nothing else is left. */
}

int replace_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_has_its_rights_whatever_the_umask_is, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(what_a_kill_left_is_no_obstacle, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(a_link_is_replaced_and_what_it_leads_to_is_not, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(what_cannot_be_written_leaves_the_old_file, make_scratch, remove_scratch),
		cmocka_unit_test_setup_teardown(a_new_file_takes_no_name_that_there_is, make_scratch, remove_scratch),
		cmocka_unit_test(a_folder_is_named_as_the_path_has_it),
	};
	return cmocka_run_group_tests_name("replace", tests, NULL, NULL);
}
