/* The thread between the pipe and the writer: order, bounds and ends, with children of this test as readers. */
#include "run/intake.h"

#include "base/bytes.h"
#include "base/limits.h"
#include "catalog/batch.h"
#include "run_tests.h"
#include "support/allocation.h"
#include "world.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MANY 64
#define LARGE_TEXT_BYTES 1000000

/* How many frames a reader has got rid of, told by itself. */
static atomic_int *share_counter(void)
{
	atomic_int *counter = mmap(NULL, sizeof(*counter), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(counter, MAP_FAILED);
	atomic_store(counter, 0);
	return counter;
}

static void write_frame(int fd, enum frame_type type, struct slice payload, uint64_t records)
{
	const struct frame_head head = {.magic = FRAME_MAGIC, .type = type, .size = payload.size, .records = records};
	struct error err;

	if (frame_write(fd, &head, payload.data, &err) < 0)
		_exit(9);
}

static void write_done(int fd)
{
	static const struct frame_done done = {.bytes = 1, .records = 1};

	write_frame(fd, FRAME_DONE, slice_make((const char *)&done, sizeof(done)), 0);
}

/* A small SKU, or `count` large ones. */
static void write_batch(int fd, uint64_t number, size_t count)
{
	static char text[LARGE_TEXT_BYTES];
	struct batch_encoder encoder;
	struct statement statement;
	struct error err;

	memset(text, 'x', sizeof(text));
	batch_encoder_init(&encoder);
	for (size_t part = 0; part == 0 || part < count; part++) {
		statement_init(&statement, ITEM_SKU, STATEMENT_STATED);
		statement.record = number + part;
		statement.fields[FIELD_ID] = (struct field_value){.presence = PRESENCE_VALUE, .text = slice_from("A")};
		statement.fields[FIELD_PRODUCT_ID] = statement.fields[FIELD_ID];
		if (count > 0)
			statement.fields[FIELD_DESCRIPTION] = (struct field_value){.presence = PRESENCE_VALUE,
			                                                           .text = slice_make(text, sizeof(text))};
		if (batch_add_statement(&encoder, &statement, &err) < 0 ||
		    batch_add_record_end(&encoder, number + part, true, NULL, &err) < 0)
			_exit(9);
	}
	write_frame(fd, FRAME_BATCH, batch_encoder_bytes(&encoder), number);
	batch_encoder_release(&encoder);
}

/* The intake of a reader, and the patience with it. */
struct taking {
	struct reader_process reader;
	struct intake *intake;
	struct frame_watch watch;
};

static void taking_init(struct taking *taking, void (*body)(int fd, const void *context), const void *context)
{
	struct error err = ERROR_INIT;

	taking->reader = world_start_reader(body, context);
	taking->watch = (struct frame_watch){.clock = clock_system(), .silence_max_ms = LIMIT_READER_SILENCE_MS};
	assert_int_equal(intake_start(&taking->reader, &taking->intake, &err), 0);
}

static struct intake_frame *take(struct taking *taking)
{
	struct intake_frame *frame = NULL;
	struct error err = ERROR_INIT;

	frame_watch_begin(&taking->watch);
	if (intake_next(taking->intake, &taking->watch, &frame, &err) < 0)
		fail_msg("%s", err.message);
	return frame;
}

static void refuse(struct taking *taking, const char *words)
{
	struct intake_frame *frame;
	struct error err = ERROR_INIT;

	frame_watch_begin(&taking->watch);
	assert_int_equal(intake_next(taking->intake, &taking->watch, &frame, &err), -1);
	assert_int_equal(err.code, ERROR_READER);
	if (strstr(err.message, words) == NULL)
		fail_msg("'%s' is not in '%s'", words, err.message);
}

static void taking_release(struct taking *taking)
{
	intake_free(taking->intake);
	reader_stop(&taking->reader);
}

static void writes_many(int fd, const void *context)
{
	(void)context;
	world_write_caged(fd, 0);
	for (uint64_t number = 1; number <= MANY; number++)
		write_batch(fd, number, number % 7 == 0);
	write_done(fd);
}

static void frames_come_in_the_readers_order(void **state)
{
	struct taking taking;

	(void)state;
	taking_init(&taking, writes_many, NULL);
	for (uint64_t number = 1; number <= MANY; number++) {
		struct intake_frame *frame = take(&taking);

		assert_int_equal(frame->head.type, FRAME_BATCH);
		assert_int_equal(frame->head.records, number);
		assert_true(frame->capacity >= frame->head.size);
		assert_true(intake_frame_size(frame) > frame->capacity);
		intake_put_back(taking.intake, frame);
	}
	struct intake_frame *last = take(&taking);
	assert_int_equal(last->head.type, FRAME_DONE);
	assert_int_equal(last->head.size, sizeof(struct frame_done));
	intake_put_back(taking.intake, last);
	assert_true(taking.reader.is_caged);
	taking_release(&taking);
}

static void writes_large_ones(int fd, const void *context)
{
	atomic_int *const *written = context;

	world_write_caged(fd, 0);
	for (uint64_t number = 1; number <= MANY; number++) {
		write_batch(fd, number, 1);
		atomic_fetch_add(*written, 1);
	}
	write_done(fd);
}

/* As many as wait, one that is filled, one that is written, and what the pipe holds. */
static void a_reader_is_not_far_ahead_of_the_writer(void **state)
{
	const int ahead_max = LIMIT_INTAKE_BYTES / LARGE_TEXT_BYTES + 4;
	atomic_int *written = share_counter();
	struct taking taking;

	(void)state;
	taking_init(&taking, writes_large_ones, &written);
	for (int number = 1; number <= MANY; number++) {
		struct intake_frame *frame = take(&taking);

		assert_in_range(atomic_load(written), 0, number + ahead_max);
		intake_put_back(taking.intake, frame);
	}
	taking_release(&taking);
	(void)munmap(written, sizeof(*written));
}

/* Frames of growing size, none of which fits into what was put back. */
static void writes_growing_ones(int fd, const void *context)
{
	(void)context;
	world_write_caged(fd, 0);
	for (uint64_t number = 1; number <= 6; number++)
		write_batch(fd, 100 * number, number);
	write_done(fd);
}

static void any_request_for_memory_may_fail(void **state)
{
	size_t failures = 0;

	(void)state;
	for (bool has_failed = true; has_failed; failures += has_failed) {
		struct taking taking = {.watch = {.clock = clock_system(), .silence_max_ms = LIMIT_READER_SILENCE_MS}};
		struct error err = ERROR_INIT;
		int result;

		taking.reader = world_start_reader(writes_growing_ones, NULL);
		allocation_fail_at(failures + 1);
		result = intake_start(&taking.reader, &taking.intake, &err);
		for (bool is_last = false; result == 0 && !is_last;) {
			struct intake_frame *frame;

			frame_watch_begin(&taking.watch);
			result = intake_next(taking.intake, &taking.watch, &frame, &err);
			if (result < 0)
				break;
			is_last = frame->head.type == FRAME_DONE;
			intake_put_back(taking.intake, frame);
		}
		has_failed = allocation_stop();
		assert_int_equal(result, has_failed ? -1 : 0);
		assert_int_equal(err.code, has_failed ? ERROR_MEMORY : ERROR_NONE);
		taking_release(&taking);
	}
	assert_true(failures > 0);
}

static void writes_more_than_may_wait(int fd, const void *context)
{
	(void)context;
	world_write_caged(fd, 0);
	write_batch(fd, 1, LIMIT_INTAKE_BYTES / LARGE_TEXT_BYTES + 4);
	write_batch(fd, 100, 1);
	write_done(fd);
}

static void a_frame_may_be_larger_than_what_may_wait(void **state)
{
	struct taking taking;

	(void)state;
	taking_init(&taking, writes_more_than_may_wait, NULL);
	struct intake_frame *frame = take(&taking);
	assert_true(frame->head.size > LIMIT_INTAKE_BYTES);
	intake_put_back(taking.intake, frame);
	frame = take(&taking);
	assert_int_equal(frame->head.records, 100);
	assert_true(frame->capacity < LIMIT_INTAKE_BYTES); /* the large one's memory was not kept for it */
	intake_put_back(taking.intake, frame);
	intake_put_back(taking.intake, take(&taking));
	taking_release(&taking);
}

static void writes_a_bad_one_behind_a_good_one(int fd, const void *context)
{
	(void)context;
	world_write_caged(fd, 0);
	write_batch(fd, 1, 0);
	write_frame(fd, FRAME_BATCH, slice_from("this is no batch"), 2);
	write_batch(fd, 3, 0);
}

static void a_batch_that_does_not_check_is_told_behind_those_before_it(void **state)
{
	struct taking taking;

	(void)state;
	taking_init(&taking, writes_a_bad_one_behind_a_good_one, NULL);
	intake_put_back(taking.intake, take(&taking));
	refuse(&taking, "too short for its head");
	refuse(&taking, "too short for its head"); /* there is nothing else any more */
	taking_release(&taking);
}

static void is_silent(int fd, const void *context)
{
	(void)fd;
	(void)context;
	(void)pause();
}

static void writes_without_end(int fd, const void *context)
{
	(void)context;
	world_write_caged(fd, 0);
	for (uint64_t number = 1;; number++)
		write_batch(fd, number, 0);
}

/* Wherever the thread is: waiting for the pipe, for room, or in the middle of a frame. */
static void an_intake_ends_when_nobody_wants_more(void **state)
{
	struct taking taking;

	(void)state;
	intake_free(NULL);
	taking_init(&taking, is_silent, NULL);
	taking_release(&taking);
	for (int taken = 0; taken < 200; taken += 20) {
		taking_init(&taking, writes_without_end, NULL);
		for (int number = 0; number < taken; number++)
			intake_put_back(taking.intake, take(&taking));
		taking_release(&taking);
		assert_int_equal(taking.reader.pid, -1);
	}
}

int run_intake_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_come_in_the_readers_order),
		cmocka_unit_test(a_reader_is_not_far_ahead_of_the_writer),
		cmocka_unit_test(any_request_for_memory_may_fail),
		cmocka_unit_test(a_frame_may_be_larger_than_what_may_wait),
		cmocka_unit_test(a_batch_that_does_not_check_is_told_behind_those_before_it),
		cmocka_unit_test(an_intake_ends_when_nobody_wants_more),
	};

	return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
