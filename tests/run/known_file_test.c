/* The table of known records between two processes: what one made the other sees, and neither can change it. */
#include "run/known_file.h"

#include "run_tests.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT 1000

static struct hash128 fingerprint(uint32_t number)
{
	return hash_bytes(slice_make((const char *)&number, sizeof(number)), 3);
}

static struct known_file make_file(void)
{
	struct hash128 fingerprints[COUNT];
	struct known_file file = KNOWN_FILE_INIT;
	struct error err = ERROR_INIT;

	for (uint32_t i = 0; i < COUNT; i++)
		fingerprints[i] = fingerprint(i);
	if (known_file_make(fingerprints, COUNT, &file, &err) < 0)
		fail_msg("%s", err.message);
	for (uint32_t i = 0; i < COUNT; i++)
		assert_true(hash_equal(known_file_fingerprints(&file)[i], fingerprints[i]));
	return file;
}

static bool finds_all(int fd)
{
	struct known_file file;
	struct known_table table;
	struct error err = ERROR_INIT;
	uint32_t index;

	if (known_file_open(fd, &file, &err) < 0 || known_table_open(file.bytes, &table, &err) < 0)
		return false;
	for (uint32_t i = 0; i < COUNT; i++)
		if (!known_table_find(&table, fingerprint(i), &index) || index != i)
			return false;
	if (known_table_find(&table, fingerprint(COUNT), &index))
		return false;
	known_file_release(&file);
	return true;
}

static void another_process_finds_what_was_put_in(void **state)
{
	struct known_file file = make_file();
	const pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(finds_all(file.fd) ? EXIT_SUCCESS : EXIT_FAILURE);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
	known_file_release(&file);
}

static void nobody_can_change_or_cut_it(void **state)
{
	struct known_file file = make_file();
	char byte = 'x';

	(void)state;
	assert_int_equal(pwrite(file.fd, &byte, 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(file.fd, 0), -1);
	assert_int_equal(ftruncate(file.fd, (off_t)file.bytes.size * 2), -1);
	assert_true(mmap(NULL, file.bytes.size, PROT_READ | PROT_WRITE, MAP_SHARED, file.fd, 0) == MAP_FAILED);
	assert_int_equal(fcntl(file.fd, F_ADD_SEALS, F_SEAL_SEAL), -1);
	known_file_release(&file);
	known_file_release(&file);
	assert_int_equal(file.fd, -1);
}

static void file_that_could_change_or_is_empty_is_refused(void **state)
{
	static const struct {
		unsigned seals;
		off_t size;
		bool is_good;
	} cases[] = {
		{F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL, 4096, true},
		{F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL, 0, false},
		{F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL, 4096, false},
		{F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SEAL, 4096, false},
		{F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW, 4096, false},
		{0, 4096, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const int fd = memfd_create("feedmill-test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		struct known_file file;
		struct error err = ERROR_INIT;

		assert_true(fd >= 0);
		assert_int_equal(ftruncate(fd, cases[i].size), 0);
		if (cases[i].seals != 0)
			assert_int_equal(fcntl(fd, F_ADD_SEALS, cases[i].seals), 0);
		assert_int_equal(known_file_open(fd, &file, &err), cases[i].is_good ? 0 : -1);
		assert_int_equal(err.code, cases[i].is_good ? ERROR_NONE : ERROR_READER);
		assert_int_equal(fcntl(fd, F_GETFD), -1);
		known_file_release(&file);
	}
}

int run_known_file_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_process_finds_what_was_put_in),
		cmocka_unit_test(nobody_can_change_or_cut_it),
		cmocka_unit_test(file_that_could_change_or_is_empty_is_refused),
	};

	return cmocka_run_group_tests_name("known_file", tests, NULL, NULL);
}
