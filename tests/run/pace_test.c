/* How long the write lock is held for readers of every pace: their batches wait in memory, then on disk, and under the lock for a while only. */
#include "base/limits.h"
#include "catalog/batch.h"
#include "run/pipeline.h"
#include "run_tests.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BATCH_TEXT_BYTES 900000
#define FRAMES 60
#define SPOOL_BYTES (FRAMES * INT64_C(1000000))
#define FRAMES_IN_QUEUE 38 /* about as many fill LIMIT_QUEUE_BYTES */

/* A reader's frame: what it says of its progress, and how late it comes. */
struct pace {
	const char *label;
	int64_t (*bytes_read)(int number);
	int64_t (*ms)(int number);
	int64_t spill_max_bytes;
	enum error_code code;
	const char *words;
	int64_t spilled_min, spilled_max;
	int64_t locked_wait_max_ms;
	bool is_filling;
	int64_t locked_wait_min_ms;
};

static int64_t honest(int number)
{
	return (number + 1) * INT64_C(1000000);
}

static int64_t always_at_the_end(int number)
{
	(void)number;
	return INT64_MAX;
}

static int64_t never_anywhere(int number)
{
	(void)number;
	return 0;
}

static int64_t back_and_forth(int number)
{
	return number % 2 == 0 ? honest(number) : 1;
}

static int64_t at_once(int number)
{
	(void)number;
	return 0;
}

static int64_t ten_ms_each(int number)
{
	return (number + 1) * INT64_C(10);
}

static int64_t a_second_each(int number)
{
	return (number + 1) * INT64_C(1000);
}

static int64_t two_seconds_each(int number)
{
	return (number + 1) * INT64_C(2000);
}

static int64_t three_seconds_each(int number)
{
	return (number + 1) * INT64_C(3000);
}

static int64_t slow_from_the_middle(int number)
{
	return number < 30 ? number * INT64_C(100) : 3000 + (number - 29) * INT64_C(2000);
}

static int64_t slow_at_the_end(int number)
{
	return number < FRAMES_IN_QUEUE ? 0 : (number - FRAMES_IN_QUEUE + 1) * INT64_C(1000);
}

static void write_paced(int fd, const void *context)
{
	const struct pace *pace = context;
	static char text[BATCH_TEXT_BYTES];
	struct frame_done done = {.bytes = 1, .records = FRAMES, .mapped = FRAMES, .dialect = "yml", .encoding = "UTF-8"};
	struct batch_encoder encoder;
	struct error err;
	char id[16];

	world_write_caged(fd, 0);
	memset(text, 'x', sizeof(text));
	batch_encoder_init(&encoder);
	for (int number = 0; number < FRAMES; number++) {
		struct frame_head head = {
			.magic = FRAME_MAGIC,
			.type = FRAME_BATCH,
			.bytes_read = (uint64_t)pace->bytes_read(number),
			.records = (uint64_t)pace->ms(number),
		};
		struct statement statement;

		(void)snprintf(id, sizeof(id), "%d", number);
		batch_encoder_clear(&encoder);
		statement_init(&statement, ITEM_SKU, STATEMENT_STATED);
		statement.record = (uint64_t)number + 1;
		statement.fields[FIELD_ID] = (struct field_value){.presence = PRESENCE_VALUE, .text = slice_from(id)};
		statement.fields[FIELD_PRODUCT_ID] = statement.fields[FIELD_ID];
		statement.fields[FIELD_DESCRIPTION] = (struct field_value){.presence = PRESENCE_VALUE,
		                                                           .text = slice_make(text, sizeof(text))};
		if (batch_add_statement(&encoder, &statement, &err) < 0 ||
		    batch_add_record_end(&encoder, statement.record, true, NULL, &err) < 0)
			_exit(9);
		const struct slice bytes = batch_encoder_bytes(&encoder);
		head.size = bytes.size;
		if (frame_write(fd, &head, bytes.data, &err) < 0)
			_exit(9);
	}
	const struct frame_head last = {
		.magic = FRAME_MAGIC, .type = FRAME_DONE, .size = sizeof(done), .records = (uint64_t)pace->ms(FRAMES - 1)};
	if (frame_write(fd, &last, &done, &err) < 0)
		_exit(9);
	batch_encoder_release(&encoder);
}

/* The clock of the world is what the frames say. */
static void take_time(void *context, uint64_t bytes_read, uint64_t records)
{
	struct world *world = context;

	(void)bytes_read;
	world->steady_ms = (int64_t)records;
}

static void check_pace(const struct pace *pace, const char *spool_folder)
{
	struct pipeline_result result = {.spilled_bytes = -1};
	struct apply *apply = NULL;
	struct error err = ERROR_INIT;
	struct reader_process reader;
	struct world world;

	world_init(&world);
	reader = world_start_reader(write_paced, pace);
	const struct pipeline_options options = {
		.store = world.store,
		.ticket = &world.ticket,
		.policy = &(struct apply_policy){.missing = APPLY_MISSING_KEEP, .missing_after = 1},
		.clock = world_clock(&world),
		.spool_folder = spool_folder != NULL ? spool_folder : world.folder,
		.spool_bytes = SPOOL_BYTES,
		.spill_max_bytes = pace->spill_max_bytes,
		.is_filling = pace->is_filling,
		.progress = take_time,
		.progress_context = &world,
	};
	const int ended = pipeline_run(&options, &reader, &apply, &result, &err);

	if (ended == 0 && pace->code == ERROR_NONE) {
		assert_int_equal(apply_finish(apply, &err), 0);
		assert_int_equal(apply_counts(apply)->kinds[ITEM_SKU].created, FRAMES);
		apply_rollback(apply);
	} else if (ended == 0 || err.code != pace->code || strstr(err.message, pace->words) == NULL) {
		fail_msg("%s: %s '%s'", pace->label, error_code_name(err.code), err.message);
	}
	if (result.spilled_bytes < pace->spilled_min || result.spilled_bytes > pace->spilled_max)
		fail_msg("%s: %lld bytes held back on disk", pace->label, (long long)result.spilled_bytes);
	if (result.locked_wait_ms > pace->locked_wait_max_ms || result.locked_wait_ms < pace->locked_wait_min_ms)
		fail_msg("%s: waited %lld ms under the lock", pace->label, (long long)result.locked_wait_ms);
	world_release(&world);
}

static void the_write_lock_is_not_held_for_a_slow_reader(void **state)
{
	static const struct pace paces[] = {
		{"a fast one", honest, at_once, LIMIT_SPILL_BYTES, ERROR_NONE, "", 0, 0, 0, false, 0},
		{"one that has all but finished from the start", honest, ten_ms_each, LIMIT_SPILL_BYTES, ERROR_NONE, "", 0, 0, 560,
	         false, 540},
		{"a fast one that says nothing of itself", never_anywhere, at_once, LIMIT_SPILL_BYTES, ERROR_NONE, "", 15000000,
	         25000000, 0, false, 0},
		{"a slow one", honest, a_second_each, LIMIT_SPILL_BYTES, ERROR_NONE, "", 10000000, 25000000, 8000, false, 0},
		{"one that becomes slow", honest, slow_from_the_middle, LIMIT_SPILL_BYTES, ERROR_NONE, "", 10000000, 25000000, 6000,
	         false, 0},
		{"one that looks fast when the lock is taken, and is slow then", honest, slow_at_the_end, LIMIT_SPILL_BYTES,
	         ERROR_READER, "silent for 10 seconds in all while the store was locked", 0, 0, LIMIT_LOCKED_SILENCE_MS, false, 0},
		{"one that says it has all but finished", always_at_the_end, a_second_each, LIMIT_SPILL_BYTES, ERROR_READER,
	         "silent for 10 seconds in all while the store was locked", 0, 0, LIMIT_LOCKED_SILENCE_MS, false, 0},
		{"one that contradicts itself", back_and_forth, a_second_each, LIMIT_SPILL_BYTES, ERROR_NONE, "", 10000000,
	         25000000, 7000, false, 0},
		{"a slow one, and too little room", honest, a_second_each, 2000000, ERROR_LIMIT,
	         "more than 2000000 bytes would have to be held back", 1, 2000000, 0, false, 0},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(paces) / sizeof(paces[0]); row++)
		check_pace(&paces[row], NULL);
}

static void a_store_without_items_is_filled_beside_the_reading(void **state)
{
	static const struct pace paces[] = {
		{"a fast one", honest, at_once, LIMIT_SPILL_BYTES, ERROR_NONE, "", 0, 0, 0, true, 0},
		{"one that needs less than a minute", honest, a_second_each, LIMIT_SPILL_BYTES, ERROR_NONE, "", 0, 0, 60000, true,
	         0},
		{"a slow one", honest, three_seconds_each, LIMIT_SPILL_BYTES, ERROR_NONE, "", 1000000, 50000000, 66000, true, 0},
		{"one that says it has all but finished", always_at_the_end, two_seconds_each, LIMIT_SPILL_BYTES, ERROR_READER,
	         "silent for 90 seconds in all while the store was locked", 0, 0, LIMIT_FILL_SILENCE_MS, true, 0},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(paces) / sizeof(paces[0]); row++)
		check_pace(&paces[row], NULL);
}

static void a_spool_folder_that_takes_no_file_fails_the_run(void **state)
{
	static const struct pace pace = {"a slow one",
	                                 honest,
	                                 a_second_each,
	                                 LIMIT_SPILL_BYTES,
	                                 ERROR_SYSTEM,
	                                 "cannot hold back batches in the spool folder '/proc'",
	                                 0,
	                                 0,
	                                 0,
	                                 false,
	                                 0};

	(void)state;
	check_pace(&pace, "/proc");
}

int run_pace_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_write_lock_is_not_held_for_a_slow_reader),
		cmocka_unit_test(a_store_without_items_is_filled_beside_the_reading),
		cmocka_unit_test(a_spool_folder_that_takes_no_file_fails_the_run),
	};

	return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
