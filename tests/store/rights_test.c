/*
 * Stores that may not be written to, and disks that are full. Each test acts
 * in a child process: one without the superuser's rights, with a limit, or
 * with a file system of its own.
 */
#include "store_support.h"
#include "store_tests.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534
#define SKIPPED 77

/* In a child: 0 where opening fails so, or succeeds with code ERROR_NONE. */
static int expect_open(const char *location, enum store_access access, enum error_code code, const char *words)
{
	struct error err = ERROR_INIT;
	struct store *store = NULL;
	const int result = store_open(location, access, &store, &err);

	store_close(store);
	if (err.code == code && (code == ERROR_NONE ? result == 0 : result < 0) && strstr(err.message, words) != NULL)
		return 0;
	(void)fprintf(stderr, "%s with access %d: %s: '%s' instead of %s: '%s'\n", location, (int)access, error_code_name(err.code),
	              err.message, error_code_name(code), words);
	return 1;
}

/* The superuser may write anywhere: become somebody else. */
static bool drop_rights(void)
{
	return getuid() != 0 || (setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
}

static void give_away(const struct folder *folder, const char *name)
{
	if (getuid() == 0)
		assert_int_equal(chown(name[0] ? folder_file(folder, name) : folder->path, NOBODY, NOBODY), 0);
}

static int open_without_rights(const struct folder *folder)
{
	if (!drop_rights())
		return 1;
	return expect_open(folder_location(folder, "read.db"), STORE_WRITE, ERROR_STORE, "read.db' may not be written to") +
	       expect_open(folder_location(folder, "read.db"), STORE_CREATE, ERROR_STORE, "read.db' may not be written to") +
	       expect_open(folder_location(folder, "read.db"), STORE_READ, ERROR_NONE, "") +
	       expect_open(folder_location(folder, "closed.db"), STORE_READ, ERROR_STORE, "closed.db") +
	       expect_open(folder_location(folder, "closed.db"), STORE_WRITE, ERROR_STORE, "closed.db");
}

static int open_in_closed_folder(const struct folder *folder)
{
	if (!drop_rights())
		return 1;
	return expect_open(folder_location(folder, "read.db"), STORE_READ, ERROR_STORE, "the store's folder") +
	       expect_open(folder_location(folder, "write.db"), STORE_WRITE, ERROR_STORE, "write.db") +
	       expect_open(folder_location(folder, "new.db"), STORE_CREATE, ERROR_STORE, "cannot make store") +
	       expect_open(folder_location(folder, "new/new.db"), STORE_CREATE, ERROR_STORE, "cannot make the folder");
}

static void missing_rights_are_told_in_words(void **state)
{
	struct folder folder;
	int pid;

	(void)state;
	folder_make(&folder);
	for (size_t index = 0; index < 3; index++) {
		static const char *const names[] = {"read.db", "closed.db", "write.db"};

		store_close(open_well(folder_location(&folder, names[index]), STORE_CREATE));
		give_away(&folder, names[index]);
	}
	give_away(&folder, "");
	assert_int_equal(chmod(folder_file(&folder, "read.db"), 0400), 0);
	assert_int_equal(chmod(folder_file(&folder, "closed.db"), 0000), 0);
	pid = fork();
	if (pid == 0)
		_exit(open_without_rights(&folder));
	assert_child_succeeds(pid);

	(void)unlink(folder_file(&folder, "read.db-wal"));
	(void)unlink(folder_file(&folder, "read.db-shm"));
	assert_int_equal(chmod(folder.path, 0500), 0);
	pid = fork();
	if (pid == 0)
		_exit(open_in_closed_folder(&folder));
	assert_child_succeeds(pid);
	assert_int_equal(chmod(folder.path, 0700), 0);
	folder_remove(&folder);
}

static int open_frozen(const struct folder *folder)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount(folder->path, folder->path, NULL, MS_BIND, NULL) < 0 ||
	    mount(NULL, folder->path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
		return SKIPPED;
	return expect_open(folder_location(folder, "a?b%c#.db"), STORE_READ, ERROR_NONE, "") +
	       expect_open(folder_location(folder, "a?b%c#.db"), STORE_WRITE, ERROR_STORE, "may not be written to") +
	       expect_open(folder_location(folder, "new.db"), STORE_CREATE, ERROR_STORE, "cannot make store") +
	       expect_open(folder_location(folder, "log.db"), STORE_READ, ERROR_STORE, "the store's folder");
}

static void a_store_on_a_read_only_file_system_can_be_read(void **state)
{
	struct folder folder;
	int pid, status;

	(void)state;
	folder_make(&folder);
	store_close(open_well(folder_location(&folder, "a?b%c#.db"), STORE_CREATE));
	/* Of one with something in its log, the file alone is not the truth. */
	store_close(open_well(folder_location(&folder, "log.db"), STORE_CREATE));
	file_write(folder_file(&folder, "log.db-wal"), "something", 9);
	pid = fork();
	if (pid == 0)
		_exit(open_frozen(&folder));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	folder_remove(&folder);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIPPED) {
		print_message("skipped: mounting is not allowed here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* As on a full disk: writes beyond `bytes` of a file fail. */
static bool limit_files(rlim_t bytes)
{
	const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = bytes};

	return signal(SIGXFSZ, SIG_IGN) != SIG_ERR && setrlimit(RLIMIT_FSIZE, &limit) == 0;
}

static int fill(const struct folder *folder)
{
	struct run_start start = make_start(1);
	struct run_end end = {.outcome = "failed", .finished_at_ms = 2, .bytes = -1};
	struct error err = ERROR_INIT;
	struct run_ticket ticket;
	struct store *store;
	char *source = malloc(100001);

	if (source == NULL || !limit_files(600000) ||
	    store_open(folder_location(folder, "market.db"), STORE_WRITE, &store, &err) < 0)
		return 1;
	memset(source, 'x', 100000);
	source[100000] = '\0';
	end.source = source;
	for (int round = 0; round < 100; round++)
		if (store_run_begin(store, &start, &ticket, &err) < 0 || store_run_end(store, &ticket, &end, &err) < 0)
			break;
	free(source);
	if (err.code != ERROR_STORE || strstr(err.message, "market.db") == NULL || sqlite3_get_autocommit(store->database) == 0) {
		(void)fprintf(stderr, "%s: '%s'\n", error_code_name(err.code), err.message);
		return 1;
	}
	store_close(store);
	return 0;
}

static int create_on_full_disk(const struct folder *folder)
{
	if (!limit_files(5000))
		return 1;
	return expect_open(folder_location(folder, "new.db"), STORE_CREATE, ERROR_STORE, "new.db");
}

static void a_full_disk_leaves_a_whole_store(void **state)
{
	struct folder folder;
	struct world world;
	int pid;

	(void)state;
	folder_make(&folder);
	store_close(open_well(folder_location(&folder, "market.db"), STORE_CREATE));
	pid = fork();
	if (pid == 0)
		_exit(fill(&folder));
	assert_child_succeeds(pid);
	world.store = open_well(folder_location(&folder, "market.db"), STORE_WRITE);
	assert_query(&world, "PRAGMA integrity_check", "ok");
	assert_query(&world, "SELECT count(*) > 0 FROM run WHERE length(source) = 100000", "1");
	store_close(world.store);

	pid = fork();
	if (pid == 0)
		_exit(create_on_full_disk(&folder));
	assert_child_succeeds(pid);
	store_close(open_well(folder_location(&folder, "new.db"), STORE_CREATE));
	folder_remove(&folder);
}

int rights_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_rights_are_told_in_words),
		cmocka_unit_test(a_store_on_a_read_only_file_system_can_be_read),
		cmocka_unit_test(a_full_disk_leaves_a_whole_store),
	};

	return cmocka_run_group_tests_name("rights", tests, NULL, NULL);
}
