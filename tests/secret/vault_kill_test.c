/*
 * A change of the vault that is killed, or fails, at each of its calls of the
 * system: the file is the old vault or the new one, whole, and the next change goes on.
 */
#include "secret/vault.h"

#include "scratch.h"
#include "tests.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum fault { FAULT_NONE, FAULT_FAILS, FAULT_KILLS_BEFORE, FAULT_KILLS_AFTER, FAULT_KILLS_HALFWAY };

static struct {
	enum fault fault;
	size_t at; /* which call, from 1 */
	size_t count;
	char calls[64]; /* a letter per call */
} world;

/* Which fault meets this call? Ends the process where it is to die before it. */
static enum fault meet(char letter)
{
	if (world.at == 0)
		return FAULT_NONE;
	if (world.count < sizeof(world.calls) - 1)
		world.calls[world.count] = letter;
	if (++world.count != world.at)
		return FAULT_NONE;
	if (world.fault == FAULT_KILLS_BEFORE)
		(void)raise(SIGKILL);
	if (world.fault == FAULT_FAILS)
		errno = letter == 'w' ? ENOSPC : EIO;
	return world.fault;
}

static int leave(enum fault fault, int result)
{
	if (fault == FAULT_KILLS_AFTER || fault == FAULT_KILLS_HALFWAY)
		(void)raise(SIGKILL);
	return result;
}

int __real_open(const char *path, int flags, mode_t mode);
int __wrap_open(const char *path, int flags, mode_t mode);
int __wrap_open64(const char *path, int flags, mode_t mode);
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
int __wrap_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __real_fchmod(int fd, mode_t mode);
int __wrap_fchmod(int fd, mode_t mode);
int __real_close(int fd);
int __wrap_close(int fd);

/* The mode is there where it is asked for; else it is what the register happens to hold, and nobody looks at it. */
int __wrap_open(const char *path, int flags, mode_t mode)
{
	const enum fault fault = meet('o');
	return fault == FAULT_FAILS ? -1 : leave(fault, __real_open(path, flags, mode));
}

int __wrap_open64(const char *path, int flags, mode_t mode)
{
	return __wrap_open(path, flags, mode);
}

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
	const enum fault fault = meet('w');
	if (fault == FAULT_FAILS)
		return -1;
	const ssize_t result = __real_write(fd, data, fault == FAULT_KILLS_HALFWAY ? size / 2 : size);
	(void)leave(fault, 0);
	return result;
}

/* The death of a process loses nothing that was written, so the disk is not waited for; the order of calls is looked at. */
int __wrap_fsync(int fd)
{
	const enum fault fault = meet('s');
	(void)fd;
	return fault == FAULT_FAILS ? -1 : leave(fault, 0);
}

int __wrap_rename(const char *from, const char *to)
{
	const enum fault fault = meet('r');
	return fault == FAULT_FAILS ? -1 : leave(fault, __real_rename(from, to));
}

int __wrap_unlink(const char *path)
{
	const enum fault fault = meet('u');
	return fault == FAULT_FAILS ? -1 : leave(fault, __real_unlink(path));
}

int __wrap_fchmod(int fd, mode_t mode)
{
	const enum fault fault = meet('m');
	return fault == FAULT_FAILS ? -1 : leave(fault, __real_fchmod(fd, mode));
}

int __wrap_close(int fd)
{
	const enum fault fault = meet('c');
	const int result = __real_close(fd); /* a close that fails has closed all the same */
	return fault == FAULT_FAILS ? -1 : leave(fault, result);
}

enum deed { DEED_SET, DEED_REMOVE, DEED_ROTATE, DEED_ROTATE_TO_ANOTHER_KEY, DEED_ADD_KEY, DEED_COUNT };

static int do_deed(const struct scratch *scratch, enum deed deed, const struct secret *other, struct error *err)
{
	const struct vault_change change = scratch_change(scratch);
	struct secret value = scratch_secret("new");
	size_t dropped;
	bool is_new;
	int result = -1;
	if (deed == DEED_SET)
		result = vault_set(&change, slice_from("acme"), &value, &is_new, err);
	else if (deed == DEED_REMOVE)
		result = vault_remove(&change, slice_from("acme"), err);
	else if (deed == DEED_ROTATE)
		result = vault_rotate(&change, NULL, &dropped, err);
	else if (deed == DEED_ROTATE_TO_ANOTHER_KEY)
		result = vault_rotate(&change, other, &dropped, err);
	else
		result = vault_add_key(&change, other, err);
	secret_release(&value);
	return result;
}

static void make_vault(const struct scratch *scratch)
{
	(void)unlink(scratch->vault);
	scratch_set(scratch, "acme", "old");
	scratch_set(scratch, "beta", SCRATCH_CANARY);
}

/* What `acme` is: old, new, or "" where it is not. */
static void read_acme(const struct vault *vault, char ret_text[8])
{
	struct secret value = SECRET_INIT;
	struct error err = ERROR_INIT;
	ret_text[0] = '\0';
	if (vault_find(vault, slice_from("acme"), &value, &err) == 0)
		(void)snprintf(ret_text, 8, "%s", value.data);
	secret_release(&value);
}

/* Is the vault the old one or the new one, and nothing else? Says which. */
static bool check_vault(const struct scratch *scratch, enum deed deed, const struct secret *other)
{
	static const char *const after[DEED_COUNT] = {"new", "", "old", "old", "old"};
	struct vault *vault = NULL;
	struct error err = ERROR_INIT;
	char acme[8];
	if (vault_open(scratch->vault, &vault, &err) < 0)
		fail_msg("%s", err.message);
	const bool opens_with_old = vault_unlock(vault, &scratch->key, &err) == 0;
	if (!opens_with_old && vault_unlock(vault, other, &err) < 0)
		fail_msg("%s", err.message);
	read_acme(vault, acme);
	scratch_assert_value(vault, "beta", SCRATCH_CANARY);
	const bool is_new_key = deed == DEED_ROTATE_TO_ANOTHER_KEY ? !opens_with_old
	                                                           : deed == DEED_ADD_KEY && vault_key_count(vault) == 2;
	assert_true(opens_with_old || deed == DEED_ROTATE_TO_ANOTHER_KEY);
	vault_close(vault);
	if (strcmp(acme, "old") == 0 && !is_new_key)
		return false;
	assert_string_equal(acme, after[deed]);
	return true;
}

/* The deed in a process of its own, with the fault at call number `at`; false where it got to its end without meeting it. */
static bool die_at(const struct scratch *scratch, enum deed deed, const struct secret *other, enum fault fault, size_t at)
{
	int status;
	const pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct error err = ERROR_INIT;
		world.fault = fault;
		world.count = 0;
		world.at = at;
		_exit(do_deed(scratch, deed, other, &err) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}

static void a_kill_at_any_call_leaves_the_old_vault_or_the_new_one(void **state)
{
	const struct scratch *scratch = *state;
	struct secret other = scratch_secret(SCRATCH_OTHER_KEY);

	for (enum deed deed = 0; deed < DEED_COUNT; deed++) {
		for (enum fault fault = FAULT_KILLS_BEFORE; fault <= FAULT_KILLS_HALFWAY; fault++) {
			size_t old = 0, new = 0;
			for (size_t at = 1;; at++) {
				make_vault(scratch);
				if (!die_at(scratch, deed, &other, fault, at))
					break;
				if (check_vault(scratch, deed, &other))
					new ++;
				else
					old++;
				/* What it left behind is in nobody's way. */
				if (deed != DEED_ROTATE_TO_ANOTHER_KEY)
					scratch_set(scratch, "beta", SCRATCH_CANARY);
			}
			assert_true(old >= 8); /* lock, read, look, remove, make, rights, write, sync, close, rename */
			if (deed != DEED_ROTATE)
				assert_true(new >= 2); /* the folder is opened and written out */
		}
	}
	secret_release(&other);
}

static void a_call_that_fails_says_so_and_loses_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct secret other = scratch_secret(SCRATCH_OTHER_KEY);

	for (enum deed deed = 0; deed < DEED_COUNT; deed++) {
		size_t failures = 0;
		for (size_t at = 1;; at++) {
			struct error err = ERROR_INIT;
			make_vault(scratch);
			world.fault = FAULT_FAILS;
			world.count = 0;
			world.at = at;
			const int result = do_deed(scratch, deed, &other, &err);
			const bool is_reached = world.count >= at;
			world.at = 0;
			const bool is_new = check_vault(scratch, deed, &other);
			if (result < 0)
				scratch_assert_error(&err, ERROR_SYSTEM, "vault");
			else if (deed != DEED_ROTATE)
				assert_true(is_new);
			assert_int_equal(access(scratch_path(scratch, "vault-new"), F_OK), -1);
			if (!is_reached)
				break;
			failures += result < 0;
		}
		assert_true(failures >= 8);
	}
	secret_release(&other);
}

/* A rename before the bytes are on the disk could leave an empty vault after a power failure. */
static void the_bytes_are_on_the_disk_before_the_name_is_theirs(void **state)
{
	const struct scratch *scratch = *state;
	struct error err = ERROR_INIT;
	size_t dropped;

	make_vault(scratch);
	const struct vault_change change = scratch_change(scratch);
	memset(world.calls, 0, sizeof(world.calls));
	world.fault = FAULT_NONE;
	world.count = 0;
	world.at = SIZE_MAX;
	assert_int_equal(vault_rotate(&change, NULL, &dropped, &err), 0);
	world.at = 0;
	/* Lock; read and close; remove what a kill left; make, rights, write, sync, close; rename; folder: open, sync, close; unlock. */
	assert_string_equal(world.calls, "oocuomwscroscc");
}

int run_vault_kill_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_kill_at_any_call_leaves_the_old_vault_or_the_new_one, scratch_make,
	                                        scratch_remove),
		cmocka_unit_test_setup_teardown(a_call_that_fails_says_so_and_loses_nothing, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(the_bytes_are_on_the_disk_before_the_name_is_theirs, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests_name("a change of a vault that is killed", tests, NULL, NULL);
}
