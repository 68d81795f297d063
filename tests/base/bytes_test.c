/* Sources of bytes, writing all of a block, and the machine's clock. */
#include "base/bytes.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base_tests.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void bytes_of_a_block_come_in_pieces(void **state)
{
	struct byte_block block = {.rest = SLICE("abcdefg"), .piece_max = 3};
	const struct byte_source source = byte_source_block(&block);
	struct error err = ERROR_INIT;
	char data[16];
	struct buffer all;
	size_t size;
	size_t reads = 0;

	(void)state;
	buffer_init(&all, 16);
	do {
		assert_int_equal(byte_source_read(source, data, sizeof(data), &size, &err), 0);
		assert_true(size <= 3);
		assert_int_equal(buffer_append(&all, data, size), 0);
		reads++;
	} while (size > 0);
	assert_string_equal(buffer_text(&all), "abcdefg");
	buffer_release(&all);
	assert_int_equal(reads, 4);
	assert_int_equal(byte_source_read(source, data, sizeof(data), &size, &err), 0);
	assert_int_equal(size, 0);
}

static void bytes_of_a_block_come_as_asked(void **state)
{
	struct byte_block block = {.rest = SLICE("abcdefg")};
	struct byte_block nothing = {.rest = {NULL, 0}};
	struct error err = ERROR_INIT;
	char data[16];
	size_t size;

	(void)state;
	assert_int_equal(byte_source_read(byte_source_block(&block), data, 5, &size, &err), 0);
	assert_int_equal(size, 5);
	assert_int_equal(byte_source_read(byte_source_block(&block), data, 5, &size, &err), 0);
	assert_int_equal(size, 2);
	assert_memory_equal(data, "fg", 2);
	assert_int_equal(byte_source_read(byte_source_block(&nothing), data, 5, &size, &err), 0);
	assert_int_equal(size, 0);
}

static void bytes_written_to_a_pipe_are_read_back(void **state)
{
	struct error err = ERROR_INIT;
	char data[16];
	int ends[2];
	size_t size;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(bytes_write_all(ends[1], "hello", 5), 0);
	assert_int_equal(bytes_write_all(ends[1], NULL, 0), 0);
	(void)close(ends[1]);
	assert_int_equal(byte_source_read(byte_source_fd(&ends[0]), data, sizeof(data), &size, &err), 0);
	assert_int_equal(size, 5);
	assert_memory_equal(data, "hello", 5);
	assert_int_equal(byte_source_read(byte_source_fd(&ends[0]), data, sizeof(data), &size, &err), 0);
	assert_int_equal(size, 0);
	(void)close(ends[0]);
}

static void bytes_of_a_closed_descriptor_are_an_error(void **state)
{
	const int fd = -1;
	struct error err = ERROR_INIT;
	char data[16];
	size_t size = 77;

	(void)state;
	assert_int_equal(byte_source_read(byte_source_fd(&fd), data, sizeof(data), &size, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_int_equal(err.number, EBADF);
	assert_int_equal(size, 77);
	errno = 0;
	assert_int_equal(bytes_write_all(fd, "x", 1), -1);
	assert_int_equal(errno, EBADF);
}

static void bytes_that_find_no_room_are_an_error(void **state)
{
	const int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	if (fd < 0) {
		print_message("skipped: there is no /dev/full here\n");
		skip();
	}
	errno = 0;
	assert_int_equal(bytes_write_all(fd, "x", 1), -1);
	assert_int_equal(errno, ENOSPC);
	(void)close(fd);
}

static int64_t fixed_ms(void *context)
{
	return *(const int64_t *)context;
}

static void clock_can_be_anything(void **state)
{
	int64_t now_ms = 5;
	const struct clock clock = {.context = &now_ms, .now_ms = fixed_ms, .steady_ms = fixed_ms};

	(void)state;
	assert_int_equal(clock_now_ms(&clock), 5);
	now_ms = 7;
	assert_int_equal(clock_steady_ms(&clock), 7);
}

static void clock_of_the_machine_goes_forward(void **state)
{
	const struct clock clock = clock_system();
	const int64_t before_ms = clock_steady_ms(&clock);

	(void)state;
	assert_true(clock_steady_ms(&clock) >= before_ms);
	assert_true(clock_now_ms(&clock) > INT64_C(1500000000000));
}

int bytes_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_of_a_block_come_in_pieces),
		cmocka_unit_test(bytes_of_a_block_come_as_asked),
		cmocka_unit_test(bytes_written_to_a_pipe_are_read_back),
		cmocka_unit_test(bytes_of_a_closed_descriptor_are_an_error),
		cmocka_unit_test(bytes_that_find_no_room_are_an_error),
		cmocka_unit_test(clock_can_be_anything),
		cmocka_unit_test(clock_of_the_machine_goes_forward),
	};

	return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
