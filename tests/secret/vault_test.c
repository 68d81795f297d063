/* The vault as its users see it: values, keys, rights, limits, writers at once, memory that runs out. */
#include "secret/vault.h"

#include "scratch.h"
#include "secret/vault_format.h"
#include "support/allocation.h"
#include "tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void values_come_back_as_they_were_stored(void **state)
{
	const struct scratch *scratch = *state;

	scratch_set(scratch, "acme", SCRATCH_CANARY);
	scratch_set(scratch, "beta", "two\nlines and \xC3\xA9");
	struct vault *vault = scratch_open(scratch, &scratch->key);
	assert_int_equal(vault_count(vault), 2);
	scratch_assert_value(vault, "acme", SCRATCH_CANARY);
	scratch_assert_value(vault, "beta", "two\nlines and \xC3\xA9");
	vault_close(vault);
}

static void nothing_of_a_value_stands_in_the_file(void **state)
{
	const struct scratch *scratch = *state;
	struct buffer bytes;

	scratch_set(scratch, "acme", SCRATCH_CANARY SCRATCH_CANARY SCRATCH_CANARY);
	scratch_read_vault(scratch, &bytes);
	assert_int_equal(slice_find(buffer_slice(&bytes), slice_from("canary")), SIZE_MAX);
	assert_int_not_equal(slice_find(buffer_slice(&bytes), slice_from("acme")), SIZE_MAX);
	buffer_release(&bytes);
}

static void the_same_value_is_never_encrypted_the_same(void **state)
{
	const struct scratch *scratch = *state;
	struct buffer first, second;

	scratch_set(scratch, "acme", SCRATCH_CANARY);
	scratch_read_vault(scratch, &first);
	scratch_set(scratch, "acme", SCRATCH_CANARY);
	scratch_read_vault(scratch, &second);
	assert_int_equal(first.size, second.size);
	assert_memory_not_equal(first.data, second.data, first.size);
	buffer_release(&second);
	buffer_release(&first);
}

static void entries_stand_by_name_with_their_dates(void **state)
{
	const struct scratch *scratch = *state;
	struct vault_change change = scratch_change(scratch);
	struct secret value = scratch_secret("later");
	struct error err = ERROR_INIT;
	bool is_new = true;

	scratch_set(scratch, "beta", "1");
	scratch_set(scratch, "acme", "2");
	change.now_ms += 5000;
	assert_int_equal(vault_set(&change, slice_from("beta"), &value, &is_new, &err), 0);
	assert_false(is_new);
	struct vault *vault = scratch_open(scratch, &scratch->key);
	assert_int_equal(vault_count(vault), 2);
	const struct vault_entry first = vault_entry_at(vault, 0);
	const struct vault_entry second = vault_entry_at(vault, 1);
	assert_string_equal(first.name, "acme");
	assert_string_equal(second.name, "beta");
	assert_int_equal(first.changed_at_ms, SCRATCH_NOW_MS);
	assert_int_equal(second.created_at_ms, SCRATCH_NOW_MS);
	assert_int_equal(second.changed_at_ms, SCRATCH_NOW_MS + 5000);
	scratch_assert_value(vault, "beta", "later");
	vault_close(vault);
	secret_release(&value);
}

static void a_removed_secret_is_gone_and_the_others_are_not(void **state)
{
	const struct scratch *scratch = *state;
	const struct vault_change change = scratch_change(scratch);
	struct secret value = SECRET_INIT;
	struct error err = ERROR_INIT;

	scratch_set(scratch, "a", "1");
	scratch_set(scratch, "b", "2");
	scratch_set(scratch, "c", "3");
	assert_int_equal(vault_remove(&change, slice_from("b"), &err), 0);
	struct vault *vault = scratch_open(scratch, &scratch->key);
	assert_int_equal(vault_count(vault), 2);
	scratch_assert_value(vault, "a", "1");
	scratch_assert_value(vault, "c", "3");
	assert_int_equal(vault_find(vault, slice_from("b"), &value, &err), -1);
	scratch_assert_error(&err, ERROR_NOT_FOUND, "feedmill secret set b");
	assert_int_equal(vault_remove(&change, slice_from("b"), &err), -1);
	scratch_assert_error(&err, ERROR_NOT_FOUND, "has no secret 'b'");
	vault_close(vault);
}

static void refuse_key(const struct scratch *scratch, const char *text, const char *part)
{
	struct secret key = scratch_secret(text);
	struct vault *vault = NULL;
	struct error err = ERROR_INIT;
	assert_int_equal(vault_open(scratch->vault, &vault, &err), 0);
	assert_int_equal(vault_unlock(vault, &key, &err), -1);
	scratch_assert_error(&err, ERROR_SECRET, part);
	vault_close(vault);
	secret_release(&key);
}

static void a_wrong_key_says_so(void **state)
{
	const struct scratch *scratch = *state;
	struct secret passphrase = scratch_secret(SCRATCH_PASSPHRASE);
	const struct vault_change change = scratch_change(scratch);
	struct error err = ERROR_INIT;

	scratch_set(scratch, "acme", SCRATCH_CANARY);
	refuse_key(scratch, SCRATCH_OTHER_KEY, "the key is wrong: it is none of the 1");
	refuse_key(scratch, SCRATCH_PASSPHRASE, "no passphrase opens the vault, only a key");
	assert_int_equal(vault_add_key(&change, &passphrase, &err), 0);
	refuse_key(scratch, SCRATCH_PASSPHRASE "r", "the passphrase is wrong");
	refuse_key(scratch, SCRATCH_OTHER_KEY, "the key is wrong: it is none of the 2");
	struct vault *vault = scratch_open(scratch, &passphrase);
	scratch_assert_value(vault, "acme", SCRATCH_CANARY);
	vault_close(vault);
	secret_release(&passphrase);
}

static void a_key_may_be_written_in_capitals(void **state)
{
	const struct scratch *scratch = *state;
	struct secret capitals = scratch_secret(SCRATCH_KEY);

	for (size_t i = 0; i < capitals.size; i++)
		capitals.data[i] = (char)(capitals.data[i] >= 'a' ? capitals.data[i] - 'a' + 'A' : capitals.data[i]);
	scratch_set(scratch, "acme", "1");
	struct vault *vault = scratch_open(scratch, &capitals);
	vault_close(vault);
	secret_release(&capitals);
}

static void keys_that_are_made_are_random_ones_that_differ(void **state)
{
	struct secret first = SECRET_INIT;
	struct secret second = SECRET_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(vault_key_generate(&first, &err), 0);
	assert_int_equal(vault_key_generate(&second, &err), 0);
	assert_true(vault_key_is_random(&first));
	assert_true(vault_key_is_random(&second));
	assert_false(secret_equal(&first, &second));
	assert_true(secret_equal(&first, &first));
	/* All 32 bytes came out, not some of them twice over. */
	assert_memory_not_equal(first.data, first.data + 32, 32);
	secret_release(&first);
	secret_release(&second);
}

static void rotation_keeps_values_and_leaves_one_key(void **state)
{
	const struct scratch *scratch = *state;
	struct vault_change change = scratch_change(scratch);
	struct secret passphrase = scratch_secret(SCRATCH_PASSPHRASE);
	struct secret other = scratch_secret(SCRATCH_OTHER_KEY);
	struct error err = ERROR_INIT;
	size_t dropped = 99;

	scratch_set(scratch, "acme", SCRATCH_CANARY);
	scratch_set(scratch, "beta", "2");
	assert_int_equal(vault_add_key(&change, &passphrase, &err), 0);
	assert_int_equal(vault_rotate(&change, NULL, &dropped, &err), 0);
	assert_int_equal(dropped, 1);
	refuse_key(scratch, SCRATCH_PASSPHRASE, "no passphrase opens the vault");
	struct vault *vault = scratch_open(scratch, &scratch->key);
	assert_int_equal(vault_key_count(vault), 1);
	assert_int_equal(vault_entry_at(vault, 0).created_at_ms, SCRATCH_NOW_MS);
	scratch_assert_value(vault, "acme", SCRATCH_CANARY);
	scratch_assert_value(vault, "beta", "2");
	vault_close(vault);
	assert_int_equal(vault_rotate(&change, &other, &dropped, &err), 0);
	assert_int_equal(dropped, 1);
	refuse_key(scratch, SCRATCH_KEY, "the key is wrong");
	vault = scratch_open(scratch, &other);
	scratch_assert_value(vault, "acme", SCRATCH_CANARY);
	vault_close(vault);
	secret_release(&other);
	secret_release(&passphrase);
}

static void a_key_can_be_made_before_the_first_secret(void **state)
{
	const struct scratch *scratch = *state;
	struct vault_change change = scratch_change(scratch);
	struct error err = ERROR_INIT;

	change.key = NULL;
	assert_int_equal(vault_add_key(&change, &scratch->key, &err), 0);
	struct vault *vault = scratch_open(scratch, &scratch->key);
	assert_int_equal(vault_count(vault), 0);
	assert_int_equal(vault_key_count(vault), 1);
	assert_false(vault_has_passphrase(vault));
	vault_close(vault);
	scratch_set(scratch, "acme", "1");
}

static void short_passphrases_are_refused(void **state)
{
	const struct scratch *scratch = *state;
	struct vault_change change = scratch_change(scratch);
	struct secret passphrase = scratch_secret("1234567");
	struct secret value = scratch_secret("x");
	struct error err = ERROR_INIT;
	bool is_new;

	change.key = &passphrase;
	assert_int_equal(vault_set(&change, slice_from("acme"), &value, &is_new, &err), -1);
	scratch_assert_error(&err, ERROR_SECRET, "at least 8 bytes");
	assert_int_equal(access(scratch->vault, F_OK), -1);
	secret_release(&passphrase);
	secret_release(&value);
}

static void names_are_as_of_a_job(void **state)
{
	static const char *const names[] = {
		"",    ".hidden", "-x",       "a/b",
		"a b", "a\nb",    "\xC3\xA9", "0123456789012345678901234567890123456789012345678901234567890123x"};
	const struct scratch *scratch = *state;
	const struct vault_change change = scratch_change(scratch);
	struct secret value = scratch_secret("x");

	for (size_t i = 0; i < COUNT(names); i++) {
		struct error err = ERROR_INIT;
		bool is_new;
		assert_int_equal(vault_set(&change, slice_from(names[i]), &value, &is_new, &err), -1);
		scratch_assert_error(&err, ERROR_USAGE, "a secret's name is up to 64");
	}
	scratch_set(scratch, "0123456789012345678901234567890123456789012345678901234567890123", "fits");
	secret_release(&value);
}

/* A vault with `count` values of `size` bytes, written at once. */
static void fill_vault(const struct scratch *scratch, size_t count, size_t size)
{
	struct secret value = SECRET_INIT;
	struct error err = ERROR_INIT;
	struct buffer bytes;
	(void)unlink(scratch->vault);
	scratch_set(scratch, "a", "1");
	struct vault *vault = scratch_open(scratch, &scratch->key);
	assert_int_equal(secret_reserve(&value, size, &err), 0);
	memset(value.data, 'x', size);
	value.size = size;
	for (; vault->record_count < count; vault->record_count++) {
		struct vault_record *record = &vault->records[vault->record_count];
		(void)snprintf(record->name, sizeof(record->name), "s%04zu", vault->record_count);
		assert_int_equal(vault_record_seal(vault, record, &value, &err), 0);
	}
	buffer_init(&bytes, VAULT_BYTES_MAX);
	assert_int_equal(vault_encode(vault, &bytes, &err), 0);
	(void)scratch_write(scratch, "vault", buffer_slice(&bytes), 0600);
	buffer_release(&bytes);
	vault_close(vault);
	secret_release(&value);
}

static void a_vault_that_is_full_says_so_and_stays(void **state)
{
	static const struct {
		size_t count;
		size_t size;
		const char *part;
	} rows[] = {{VAULT_SECRETS_MAX, 1, "it has 1000 secrets"},
	            {VAULT_BYTES_MAX / SECRET_BYTES_MAX, SECRET_BYTES_MAX - 54, "more than 16777216 bytes"}};
	const struct scratch *scratch = *state;
	const struct vault_change change = scratch_change(scratch);
	char text[200];

	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	struct secret large = SECRET_INIT;
	struct error err = ERROR_INIT;
	assert_int_equal(secret_reserve(&large, SECRET_BYTES_MAX, &err), 0);
	memset(large.data, 'y', SECRET_BYTES_MAX);
	large.size = SECRET_BYTES_MAX;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool is_new;
		fill_vault(scratch, rows[i].count, rows[i].size);
		assert_int_equal(vault_set(&change, slice_from("t"), &large, &is_new, &err), -1);
		scratch_assert_error(&err, ERROR_LIMIT, rows[i].part);
		struct vault *vault = scratch_open(scratch, &scratch->key);
		assert_int_equal(vault_count(vault), rows[i].count);
		scratch_assert_value(vault, "a", "1");
		vault_close(vault);
		/* What is there can be replaced all the same. */
		scratch_set(scratch, "s0001", text);
	}
	secret_release(&large);
}

static void a_vault_that_others_may_use_is_refused(void **state)
{
	static const struct {
		unsigned mode;
		const char *part;
	} rows[] = {{0640, "mode 0640"}, {0604, "mode 0604"}, {0602, "mode 0602"}, {0610, "mode 0610"}};
	const struct scratch *scratch = *state;
	struct stat status;

	scratch_set(scratch, "acme", "1");
	assert_int_equal(stat(scratch->vault, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	assert_int_equal(stat(scratch_path(scratch, "vault-lock"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vault *vault = NULL;
		struct error err = ERROR_INIT;
		assert_int_equal(chmod(scratch->vault, rows[i].mode), 0);
		assert_int_equal(vault_open(scratch->vault, &vault, &err), -1);
		scratch_assert_error(&err, ERROR_SECRET, rows[i].part);
	}
}

static void what_is_no_file_is_no_vault(void **state)
{
	const struct scratch *scratch = *state;
	struct vault *vault = NULL;
	struct error err = ERROR_INIT;

	assert_int_equal(vault_open(scratch->vault, &vault, &err), -1);
	scratch_assert_error(&err, ERROR_NOT_FOUND, "there is no vault yet");
	assert_int_equal(vault_open(scratch->folder, &vault, &err), -1);
	scratch_assert_error(&err, ERROR_SECRET, "not a regular file");
	assert_int_equal(mkfifo(scratch->vault, 0600), 0);
	assert_int_equal(vault_open(scratch->vault, &vault, &err), -1);
	scratch_assert_error(&err, ERROR_SECRET, "not a regular file");
	assert_int_equal(unlink(scratch->vault), 0);
	assert_int_equal(symlink("/dev/null", scratch->vault), 0);
	assert_int_equal(vault_open(scratch->vault, &vault, &err), -1);
	scratch_assert_error(&err, ERROR_SECRET, "symbolic link");
	assert_null(vault);
}

static void a_vault_of_another_user_stays_that_users(void **state)
{
	const struct scratch *scratch = *state;
	struct stat status;

	if (geteuid() != 0)
		skip();
	scratch_set(scratch, "acme", "1");
	assert_int_equal(chown(scratch->vault, 12345, 12345), 0);
	scratch_set(scratch, "acme", "2");
	assert_int_equal(stat(scratch->vault, &status), 0);
	assert_int_equal(status.st_uid, 12345);
	assert_int_equal(status.st_gid, 12345);
	assert_int_equal(status.st_mode & 07777, 0600);
	/* And one that root makes in the folder of a service is the service's. */
	assert_int_equal(unlink(scratch->vault), 0);
	assert_int_equal(chown(scratch->folder, 12345, 12346), 0);
	scratch_set(scratch, "acme", "3");
	assert_int_equal(stat(scratch->vault, &status), 0);
	assert_int_equal(status.st_uid, 12345);
	assert_int_equal(status.st_gid, 12346);
	assert_int_equal(stat(scratch_path(scratch, "vault-lock"), &status), 0);
	assert_int_equal(status.st_uid, 12345);
}

#define WRITERS 4
#define WRITES 25

static void writers_at_once_lose_nothing_of_one_another(void **state)
{
	const struct scratch *scratch = *state;
	pid_t writers[WRITERS];

	for (int writer = 0; writer < WRITERS; writer++) {
		writers[writer] = fork();
		assert_true(writers[writer] >= 0);
		if (writers[writer] != 0)
			continue;
		const struct vault_change change = scratch_change(scratch);
		struct secret value = scratch_secret(SCRATCH_CANARY);
		struct error err = ERROR_INIT;
		size_t dropped;
		bool is_new;
		int result = 0;
		for (int write = 0; result == 0 && write < WRITES; write++) {
			char name[32];
			(void)snprintf(name, sizeof(name), "w%d-%d", writer, write);
			result = vault_set(&change, slice_from(name), &value, &is_new, &err);
			if (result == 0 && write % 10 == 9)
				result = vault_rotate(&change, NULL, &dropped, &err);
		}
		_exit(result == 0 ? 0 : 1);
	}
	for (int writer = 0; writer < WRITERS; writer++) {
		int status;
		assert_int_equal(waitpid(writers[writer], &status, 0), writers[writer]);
		assert_int_equal(status, 0);
	}
	struct vault *vault = scratch_open(scratch, &scratch->key);
	assert_int_equal(vault_count(vault), WRITERS * WRITES);
	for (size_t i = 0; i < vault_count(vault); i++)
		scratch_assert_value(vault, vault_entry_at(vault, i).name, SCRATCH_CANARY);
	vault_close(vault);
}

/* Everything once; -1 at the first failure. */
static int do_everything(const struct scratch *scratch, const struct secret *value, const struct secret *other, struct error *err)
{
	const struct vault_change change = scratch_change(scratch);
	struct secret back = SECRET_INIT;
	struct vault *vault = NULL;
	size_t dropped;
	bool is_new;
	if (vault_set(&change, slice_from("acme"), value, &is_new, err) < 0 ||
	    vault_set(&change, slice_from("beta"), value, &is_new, err) < 0 || vault_remove(&change, slice_from("beta"), err) < 0 ||
	    vault_add_key(&change, other, err) < 0 || vault_rotate(&change, NULL, &dropped, err) < 0 ||
	    vault_open(scratch->vault, &vault, err) < 0)
		return -1;
	int result = vault_unlock(vault, &scratch->key, err);
	if (result == 0)
		result = vault_find(vault, slice_from("acme"), &back, err);
	if (result == 0)
		assert_true(secret_equal(&back, value));
	secret_release(&back);
	vault_close(vault);
	return result;
}

static void every_request_for_memory_may_fail(void **state)
{
	const struct scratch *scratch = *state;
	struct secret value = scratch_secret(SCRATCH_CANARY);
	struct secret other = scratch_secret(SCRATCH_PASSPHRASE);
	size_t failures = 0;

	for (size_t number = 1;; number++) {
		struct error err = ERROR_INIT;
		(void)unlink(scratch->vault);
		allocation_fail_at(number);
		const int result = do_everything(scratch, &value, &other, &err);
		if (!allocation_stop()) {
			assert_int_equal(result, 0);
			break;
		}
		assert_int_equal(result, -1);
		assert_true(err.code == ERROR_MEMORY || err.code == ERROR_LIMIT || err.code == ERROR_SYSTEM);
		failures++;
	}
	assert_true(failures > 30);
	secret_release(&other);
	secret_release(&value);
}

int run_vault_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values_come_back_as_they_were_stored, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(nothing_of_a_value_stands_in_the_file, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(the_same_value_is_never_encrypted_the_same, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(entries_stand_by_name_with_their_dates, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_removed_secret_is_gone_and_the_others_are_not, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_wrong_key_says_so, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_key_may_be_written_in_capitals, scratch_make, scratch_remove),
		cmocka_unit_test(keys_that_are_made_are_random_ones_that_differ),
		cmocka_unit_test_setup_teardown(rotation_keeps_values_and_leaves_one_key, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_key_can_be_made_before_the_first_secret, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(short_passphrases_are_refused, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(names_are_as_of_a_job, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_vault_that_is_full_says_so_and_stays, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_vault_that_others_may_use_is_refused, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_no_vault, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_vault_of_another_user_stays_that_users, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(writers_at_once_lose_nothing_of_one_another, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(every_request_for_memory_may_fail, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests_name("vault", tests, NULL, NULL);
}
