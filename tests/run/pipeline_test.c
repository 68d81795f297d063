/* The writer's side of the pipe against readers that misbehave: each is a child of this test that writes what a case says. */
#include "run/pipeline.h"

#include "base/bytes.h"
#include "base/limits.h"
#include "catalog/batch.h"
#include "run_tests.h"
#include "world.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_frame(int fd, enum frame_type type, const void *payload, size_t size)
{
	struct frame_head head = {.magic = FRAME_MAGIC, .type = type, .size = size};
	struct error err;

	if (frame_write(fd, &head, payload, &err) < 0)
		_exit(9);
}

struct reader_body {
	void (*body)(int fd);
	bool is_caged;
};

static void run_body(int fd, const void *context)
{
	const struct reader_body *reader = context;

	if (reader->is_caged)
		world_write_caged(fd, 0);
	reader->body(fd);
}

/* `is_caged`: after a reader's first word. */
static struct reader_process start_reader(void (*body)(int fd), bool is_caged)
{
	const struct reader_body reader = {.body = body, .is_caged = is_caged};

	return world_start_reader(run_body, &reader);
}

/* One SKU with its record. */
static void write_sku(int fd, const char *id, uint64_t record)
{
	struct batch_encoder encoder;
	struct statement statement;
	struct error err;

	batch_encoder_init(&encoder);
	statement_init(&statement, ITEM_SKU, STATEMENT_STATED);
	statement.record = record;
	statement.fields[FIELD_ID] = (struct field_value){.presence = PRESENCE_VALUE, .text = slice_from(id)};
	statement.fields[FIELD_PRODUCT_ID] = statement.fields[FIELD_ID];
	if (batch_add_statement(&encoder, &statement, &err) < 0 || batch_add_record_end(&encoder, record, true, NULL, &err) < 0)
		_exit(9);
	struct slice bytes = batch_encoder_bytes(&encoder);
	write_frame(fd, FRAME_BATCH, bytes.data, bytes.size);
	batch_encoder_release(&encoder);
}

static void write_done(int fd)
{
	struct frame_done done = {.bytes = 1, .records = 2, .mapped = 2, .dialect = "yml", .encoding = "UTF-8"};

	write_frame(fd, FRAME_DONE, &done, sizeof(done));
}

static void good(int fd)
{
	write_sku(fd, "A", 1);
	write_sku(fd, "B", 2);
	write_done(fd);
}

static void ends_without_a_word(int fd)
{
	write_sku(fd, "A", 1);
}

static void is_killed(int fd)
{
	write_sku(fd, "A", 1);
	(void)raise(SIGKILL);
}

static void ends_badly_after_its_last_word(int fd)
{
	good(fd);
	_exit(3);
}

/* Its pipe is still open: the run must not wait for it for ever. */
static void lingers_after_its_last_word(int fd)
{
	good(fd);
	(void)pause();
}

static void lingers_without_its_pipe(int fd)
{
	good(fd);
	(void)close(fd);
	(void)pause();
}

static void goes_on_after_its_last_word(int fd)
{
	good(fd);
	write_sku(fd, "C", 3);
}

static void writes_rubbish(int fd)
{
	char rubbish[4096];

	memset(rubbish, 'x', sizeof(rubbish));
	if (bytes_write_all(fd, rubbish, sizeof(rubbish)) < 0)
		_exit(9);
}

static void writes_a_rubbish_batch(int fd)
{
	char rubbish[256];

	memset(rubbish, 0x7f, sizeof(rubbish));
	write_frame(fd, FRAME_BATCH, rubbish, sizeof(rubbish));
	write_done(fd);
}

/* None of them has anything to count, and there is no end of them. */
static void floods_with_empty_batches(int fd)
{
	for (;;)
		write_frame(fd, FRAME_BATCH, "", 0);
}

static void writes_an_unknown_frame(int fd)
{
	write_frame(fd, (enum frame_type)77, "", 0);
}

static void writes_a_short_last_word(int fd)
{
	write_frame(fd, FRAME_DONE, "x", 1);
}

static void promises_too_much(int fd)
{
	struct frame_head head = {.magic = FRAME_MAGIC, .type = FRAME_BATCH, .size = UINT64_C(1) << 40};

	if (bytes_write_all(fd, &head, sizeof(head)) < 0)
		_exit(9);
	(void)pause();
}

/* A byte whenever the pipe takes one, never a whole frame. */
static void trickles(int fd)
{
	struct frame_head head = {.magic = FRAME_MAGIC, .type = FRAME_BATCH, .size = LIMIT_BATCH_BYTES};

	if (bytes_write_all(fd, &head, sizeof(head)) < 0)
		_exit(9);
	while (bytes_write_all(fd, "x", 1) == 0)
		(void)sched_yield();
}

static void pretends_to_be_cancelled(int fd)
{
	struct error failure = ERROR_INIT;

	(void)error_set(&failure, ERROR_CANCELLED, "stopped");
	failure.number = 9;
	write_frame(fd, FRAME_FAILED, &failure, sizeof(failure));
}

static void is_silent(int fd)
{
	(void)fd;
	(void)pause();
}

static void reports_a_failure(int fd)
{
	struct error failure = ERROR_INIT;

	write_sku(fd, "A", 1);
	(void)error_set(&failure, ERROR_FEED, "the feed ends inside 'offer'");
	error_locate(&failure, 7, 3, 99);
	write_frame(fd, FRAME_FAILED, &failure, sizeof(failure));
}

static void reports_a_failure_that_does_not_end(int fd)
{
	struct error failure;

	memset(&failure, 'A', sizeof(failure));
	write_frame(fd, FRAME_FAILED, &failure, sizeof(failure));
}

static void tells_of_a_cage_that_cannot_be(int fd)
{
	world_write_caged(fd, UINT32_C(1) << CAGE_PART_COUNT);
	good(fd);
}

static void tells_less_of_its_cage(int fd)
{
	write_frame(fd, FRAME_CAGED, "x", 1);
	good(fd);
}

static void lacks_two_parts(int fd)
{
	world_write_caged(fd, UINT32_C(1) << CAGE_FILES | UINT32_C(1) << CAGE_CALLS);
	good(fd);
}

static void tells_of_its_cage(int fd)
{
	world_write_caged(fd, 0);
	good(fd);
}

static int count_row(void *context, const struct store_value *values, size_t count, struct error *err)
{
	(void)values;
	(void)count;
	(void)err;
	(*(int *)context)++;
	return 0;
}

static int count_skus(struct world *world)
{
	struct store_selection selection = {.list = STORE_LIST_SKUS};
	struct error err = ERROR_INIT;
	int count = 0;

	assert_int_equal(store_select(world->store, &selection, (struct store_row_sink){.context = &count, .row = count_row}, &err),
	                 0);
	return count;
}

static int run_reader(struct world *world, struct reader_process *reader, const volatile sig_atomic_t *stop,
                      struct apply **ret_apply, struct error *err)
{
	struct pipeline_result result;
	struct pipeline_options options = {
		.store = world->store,
		.ticket = &world->ticket,
		.policy = &(struct apply_policy){.missing = APPLY_MISSING_KEEP, .missing_after = 1},
		.clock = world_clock(world),
		.spool_folder = world->folder,
		.stop_signal = stop,
	};
	int ended = pipeline_run(&options, reader, ret_apply, &result, err);

	assert_int_equal(reader->pid, -1); /* reaped in any case */
	if (ended == 0)
		assert_string_equal(result.done.dialect, "yml");
	return ended;
}

static int run_pipeline(struct world *world, void (*body)(int fd), const volatile sig_atomic_t *stop, struct apply **ret_apply,
                        struct error *err)
{
	struct reader_process reader = start_reader(body, true);

	return run_reader(world, &reader, stop, ret_apply, err);
}

static void a_good_reader_is_applied(void **state)
{
	struct apply *apply = NULL;
	struct error err = ERROR_INIT;
	struct run_end end = {.outcome = "applied", .bytes = 1};
	struct job_memory memory = {.is_clean = true};
	struct world world;

	(void)state;
	world_init(&world);
	assert_int_equal(run_pipeline(&world, good, NULL, &apply, &err), 0);
	assert_int_equal(apply_finish(apply, &err), 0);
	end.counts = apply_counts(apply);
	assert_int_equal(end.counts->records.mapped, 2);
	assert_int_equal(apply_commit(apply, &end, &memory, &err), 0);
	assert_int_equal(count_skus(&world), 2);
	world_release(&world);
}

static void a_reader_that_misbehaves_fails_the_run_and_nothing_else(void **state)
{
	static const struct {
		void (*body)(int fd);
		enum error_code code;
		const char *words;
		int64_t step_ms;
	} rows[] = {
		{ends_without_a_word, ERROR_READER, "in the middle", 0},
		{is_killed, ERROR_READER, "signal 9", 0},
		{ends_badly_after_its_last_word, ERROR_READER, "status 3", 0},
		{lingers_after_its_last_word, ERROR_READER, "silent for 10 seconds in all while the store was locked", 3000},
		{lingers_without_its_pipe, ERROR_READER, "signal 9", 0},
		{goes_on_after_its_last_word, ERROR_READER, "after its last word", 0},
		{writes_rubbish, ERROR_READER, "does not check", 0},
		{writes_a_rubbish_batch, ERROR_READER, "", 0},
		{floods_with_empty_batches, ERROR_READER, "too short", 0},
		{writes_an_unknown_frame, ERROR_READER, "unknown kind", 0},
		{writes_a_short_last_word, ERROR_READER, "wrong size", 0},
		{promises_too_much, ERROR_READER, "does not check", 0},
		{is_silent, ERROR_READER, "silent for 120 seconds", 200000},
		{trickles, ERROR_READER, "silent for 120 seconds", 100000},
		{tells_of_its_cage, ERROR_READER, "unknown kind", 0},
		{pretends_to_be_cancelled, ERROR_READER, "stopped", 0},
		{reports_a_failure, ERROR_FEED, "the feed ends inside 'offer'", 0},
		{reports_a_failure_that_does_not_end, ERROR_READER, "AAAA", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct apply *apply = NULL;
		struct error err = ERROR_INIT;
		struct world world;
		world_init(&world);
		world.step_ms = rows[i].step_ms;
		assert_int_equal(run_pipeline(&world, rows[i].body, NULL, &apply, &err), -1);
		assert_int_equal(err.code, rows[i].code);
		if (!strstr(err.message, rows[i].words))
			fail_msg("row %zu: '%s' is not in '%s'", i, rows[i].words, err.message);
		assert_int_equal(count_skus(&world), 0);
		world_release(&world);
	}
}

static void nothing_is_taken_of_a_reader_before_it_is_caged(void **state)
{
	static const struct {
		void (*body)(int fd);
		enum error_code code;
		const char *words;
	} rows[] = {
		{good, ERROR_READER, "before it said that it is caged"},
		{tells_less_of_its_cage, ERROR_READER, "before it said that it is caged"},
		{tells_of_a_cage_that_cannot_be, ERROR_READER, "does not check"},
		{writes_rubbish, ERROR_READER, "does not check"},
		{reports_a_failure_that_does_not_end, ERROR_READER, "AAAA"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reader_process reader = start_reader(rows[i].body, false);
		struct apply *apply = NULL;
		struct error err = ERROR_INIT;
		struct world world;
		world_init(&world);
		assert_int_equal(run_reader(&world, &reader, NULL, &apply, &err), -1);
		assert_int_equal(err.code, rows[i].code);
		if (!strstr(err.message, rows[i].words))
			fail_msg("row %zu: '%s' is not in '%s'", i, rows[i].words, err.message);
		assert_int_equal(count_skus(&world), 0);
		world_release(&world);
	}
}

static void what_a_cage_lacks_is_known_afterwards(void **state)
{
	struct reader_process reader = start_reader(lacks_two_parts, false);
	struct apply *apply = NULL;
	struct error err = ERROR_INIT;
	struct world world;
	char warning[READER_WARNING_SIZE];

	(void)state;
	world_init(&world);
	assert_int_equal(run_reader(&world, &reader, NULL, &apply, &err), 0);
	apply_rollback(apply);
	assert_true(reader_cage_warning(&reader.cage, warning));
	assert_string_equal(warning,
	                    "the feed was read without a part of the sandbox, which this system refuses: Landlock, seccomp");
	reader.cage.missing = 0;
	assert_false(reader_cage_warning(&reader.cage, warning));
	world_release(&world);
}

static void a_failure_keeps_its_place(void **state)
{
	struct apply *apply = NULL;
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	world_init(&world);
	assert_int_equal(run_pipeline(&world, reports_a_failure, NULL, &apply, &err), -1);
	assert_int_equal(err.line, 7);
	assert_int_equal(err.column, 3);
	assert_int_equal(err.byte, 99);
	world_release(&world);
}

static void a_signal_ends_the_run(void **state)
{
	volatile sig_atomic_t stop = SIGTERM;
	struct apply *apply = NULL;
	struct error err = ERROR_INIT;
	struct world world;

	(void)state;
	world_init(&world);
	assert_int_equal(run_pipeline(&world, is_silent, &stop, &apply, &err), -1);
	assert_int_equal(err.code, ERROR_CANCELLED);
	assert_int_equal(err.number, SIGTERM);
	world_release(&world);
}

int run_pipeline_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_reader_is_applied),
		cmocka_unit_test(a_reader_that_misbehaves_fails_the_run_and_nothing_else),
		cmocka_unit_test(nothing_is_taken_of_a_reader_before_it_is_caged),
		cmocka_unit_test(what_a_cage_lacks_is_known_afterwards),
		cmocka_unit_test(a_failure_keeps_its_place),
		cmocka_unit_test(a_signal_ends_the_run),
	};

	return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
