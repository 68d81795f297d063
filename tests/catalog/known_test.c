/* The table of known fingerprints, and known records in batches. */
#include "catalog/known_table.h"

#include "catalog/batch_format.h"
#include "catalog_tests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct hash128 fingerprint_of(uint64_t number)
{
	return hash_bytes(slice_make((const char *)&number, sizeof(number)), 3);
}

struct made_table {
	struct hash128 *fingerprints;
	char *memory;
	size_t size;
	struct known_table table;
};

static void table_open(struct made_table *made)
{
	struct error err = ERROR_INIT;

	assert_int_equal(known_table_open(slice_make(made->memory, made->size), &made->table, &err), 0);
}

/* Fingerprints of 0, 1, 2 …, modulo `distinct`. */
static void table_make(struct made_table *made, uint32_t count, uint32_t distinct)
{
	made->size = known_table_size(count);
	made->memory = malloc(made->size);
	made->fingerprints = calloc((size_t)count + 1, sizeof(*made->fingerprints));
	assert_non_null(made->memory);
	assert_non_null(made->fingerprints);
	for (uint32_t index = 0; index < count; index++)
		made->fingerprints[index] = fingerprint_of(index % distinct);
	memset(made->memory, 0xA5, made->size);
	known_table_build(made->memory, made->fingerprints, count);
	table_open(made);
}

static void table_release(struct made_table *made)
{
	free(made->memory);
	free(made->fingerprints);
}

static void every_fingerprint_is_found_and_no_other(void **state)
{
	static const uint32_t counts[] = {0, 1, 2, 13, 14, 15, 16, 28, 29, 127, 128, 1000, 65535, 65536, 100000};

	(void)state;
	for (size_t row = 0; row < sizeof(counts) / sizeof(counts[0]); row++) {
		struct made_table made;
		uint32_t found;

		table_make(&made, counts[row], UINT32_MAX);
		for (uint32_t index = 0; index < counts[row]; index++) {
			/* Backwards, in order, and by leaps. */
			const uint32_t wanted = index % 3 == 0 ? counts[row] - 1 - index : index;

			assert_true(known_table_find(&made.table, fingerprint_of(wanted), &found));
			assert_int_equal(found, wanted);
			assert_false(known_table_find(&made.table, fingerprint_of(counts[row] + index), &found));
		}
		assert_false(known_table_find(&made.table, (struct hash128){0, 0}, &found));
		assert_true(made.size <= 256 + (size_t)counts[row] * 26);
		table_release(&made);
	}
}

static void of_equal_ones_the_next_is_found(void **state)
{
	struct made_table made;
	unsigned char shared[2] = {0};
	uint32_t *slots;
	uint32_t found;

	(void)state;
	table_make(&made, 12, 4);
	for (uint32_t index = 0; index < 12; index++) {
		assert_true(known_table_find(&made.table, fingerprint_of(index % 4), &found));
		assert_int_equal(found, index);
	}
	slots = calloc(known_index_slots(12), sizeof(*slots));
	assert_non_null(slots);
	made.fingerprints[5] = fingerprint_of(99);
	made.fingerprints[9] = fingerprint_of(100);
	made.fingerprints[1] = fingerprint_of(101);
	known_index_build(slots, made.fingerprints, 12, shared);
	assert_int_equal(shared[0] | shared[1] << 8, 0xFFF & ~(1 << 5 | 1 << 9 | 1 << 1));
	free(slots);
	table_release(&made);
}

static void bytes_that_are_no_table_are_refused(void **state)
{
	struct error err = ERROR_INIT;
	struct made_table made;
	struct known_table table;

	(void)state;
	table_make(&made, 20, UINT32_MAX);
	for (size_t size = 0; size < made.size; size++)
		assert_int_equal(known_table_open(slice_make(made.memory, size), &table, &err), -1);
	assert_int_equal(err.code, ERROR_READER);
	assert_int_equal(known_table_open(slice_make(made.memory + 4, made.size - 4), &table, &err), -1);
	for (size_t at = 0; at < 16; at++) {
		made.memory[at] ^= 1;
		assert_int_equal(known_table_open(slice_make(made.memory, made.size), &table, &err), -1);
		made.memory[at] ^= 1;
	}
	table_open(&made);
	table_release(&made);
}

/* Whatever its bytes are: a search ends, inside of the table, and what it finds is there. */
static void a_table_of_any_bytes_is_safe_to_search(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct made_table made;

		table_make(&made, 20, UINT32_MAX);
		for (size_t at = 16 + 20 * sizeof(struct hash128); at < made.size; at++)
			if (round % 3 == 0 || random_next(&seed) % 4 == 0)
				made.memory[at] = (char)random_next(&seed);
		table_open(&made);
		for (uint64_t number = 0; number < 40; number++) {
			uint32_t found = UINT32_MAX;

			if (known_table_find(&made.table, fingerprint_of(number), &found))
				assert_true(found < 20 && hash_equal(made.table.fingerprints[found], fingerprint_of(number)));
		}
		table_release(&made);
	}
}

/* Batches */

struct known_row {
	uint64_t record;
	uint32_t index;
	uint32_t count; /* entries end here: as they are read; 0 = joined with the one before it */
};

static void known_records_that_go_on_are_one_entry(void **state)
{
	static const struct known_row rows[] = {
		{1, 0, 3}, {2, 1, 0}, {3, 2, 0}, {4, 9, 1}, {6, 10, 1}, {7, 5, 2}, {8, 6, 0}, {9, 6, 1}, {11, 7, 1},
	};
	const size_t row_count = sizeof(rows) / sizeof(rows[0]);
	struct error err = ERROR_INIT;
	struct batch_encoder encoder;
	struct batch_decoder decoder;
	struct batch_entry entry;

	(void)state;
	batch_encoder_init(&encoder);
	for (size_t row = 0; row < row_count; row++) {
		assert_int_equal(batch_add_known(&encoder, rows[row].record, 100 + row, rows[row].index, &err), 0);
		/* Something else stands between. */
		if (rows[row].record == 9)
			assert_int_equal(batch_add_record_end(&encoder, 10, true, &(struct hash128){1, 2}, &err), 0);
	}
	assert_int_equal(batch_decoder_init(&decoder, batch_encoder_bytes(&encoder), &err), 0);
	for (size_t row = 0; row < row_count; row++) {
		if (rows[row].count == 0)
			continue;
		assert_int_equal(batch_decoder_next(&decoder, &entry, &err), BATCH_ENTRY);
		assert_int_equal(entry.type, BATCH_KNOWN);
		assert_int_equal(entry.record, rows[row].record);
		assert_int_equal(entry.known.index, rows[row].index);
		assert_int_equal(entry.known.count, rows[row].count);
		assert_int_equal(entry.known.stream_offset, 100 + row);
		if (rows[row].record == 9) {
			assert_int_equal(batch_decoder_next(&decoder, &entry, &err), BATCH_ENTRY);
			assert_int_equal(entry.type, BATCH_RECORD_END);
			assert_true(entry.has_fingerprint && hash_equal(entry.fingerprint, (struct hash128){1, 2}));
		}
	}
	assert_int_equal(batch_decoder_next(&decoder, &entry, &err), BATCH_END);
	batch_encoder_clear(&encoder);
	assert_int_equal(batch_add_known(&encoder, 12, 0, 8, &err), 0);
	assert_int_equal(batch_add_record_end(&encoder, 13, false, NULL, &err), 0);
	assert_int_equal(decode_copy(batch_encoder_bytes(&encoder), &err), 2);
	batch_encoder_release(&encoder);
}

/* An entry of known records, as 64-bit words behind the head of its entry. */
struct hostile_known {
	uint64_t record;
	uint64_t index;
	uint64_t count;
	const char *words; /* NULL = it is right */
};

static void known_records_beyond_all_numbers_are_refused(void **state)
{
	static const struct hostile_known rows[] = {
		{1, 0, 1, NULL},
		{1, UINT32_MAX - 1, 1, NULL},
		{INT64_MAX - 5, 0, 5, NULL},
		{1, UINT32_MAX, 1, "too many"},
		{1, 1, UINT32_MAX, "too many"},
		{1, 0, 0, "or none"},
		{1, UINT64_C(1) << 32, 1, "too many"},
		{1, 0, UINT64_C(1) << 32, "too many"},
		{1, UINT64_MAX, 1, "too many"},
		{1, UINT64_MAX, UINT64_MAX, "too many"},
		{0, 0, 1, "order of records"},
		{INT64_MAX - 4, 0, 5, "order of records"},
		{UINT64_MAX, 0, 1, "out of range"},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct error err = ERROR_INIT;
		struct batch_encoder encoder;
		char *head;

		batch_encoder_init(&encoder);
		assert_int_equal(batch_add_known(&encoder, 1, 0, 0, &err), 0);
		head = encoder.bytes.data + sizeof(struct batch_head);
		memcpy(head + offsetof(struct batch_entry_head, record), &rows[row].record, sizeof(uint64_t));
		memcpy(head + sizeof(struct batch_entry_head), &rows[row].index, sizeof(uint64_t));
		memcpy(head + sizeof(struct batch_entry_head) + sizeof(uint64_t), &rows[row].count, sizeof(uint64_t));
		assert_int_equal(decode_copy(batch_encoder_bytes(&encoder), &err), rows[row].words == NULL ? 1 : -1);
		if (rows[row].words != NULL && strstr(err.message, rows[row].words) == NULL)
			fail_msg("row %zu: %s", row, err.message);
		batch_encoder_release(&encoder);
	}
}

static void known_records_stand_in_the_order_of_records(void **state)
{
	struct error err = ERROR_INIT;
	struct batch_encoder encoder;

	(void)state;
	batch_encoder_init(&encoder);
	assert_int_equal(batch_add_known(&encoder, 5, 0, 0, &err), 0);
	assert_int_equal(batch_add_known(&encoder, 6, 0, 1, &err), 0);
	assert_int_equal(batch_add_record_end(&encoder, 5, true, NULL, &err), 0);
	assert_int_equal(decode_copy(batch_encoder_bytes(&encoder), &err), -1);
	batch_encoder_clear(&encoder);
	assert_int_equal(batch_add_record_end(&encoder, 5, true, NULL, &err), 0);
	assert_int_equal(batch_add_known(&encoder, 4, 0, 1, &err), 0);
	assert_int_equal(decode_copy(batch_encoder_bytes(&encoder), &err), -1);
	batch_encoder_release(&encoder);
}

int known_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fingerprint_is_found_and_no_other),
		cmocka_unit_test(of_equal_ones_the_next_is_found),
		cmocka_unit_test(bytes_that_are_no_table_are_refused),
		cmocka_unit_test(a_table_of_any_bytes_is_safe_to_search),
		cmocka_unit_test(known_records_that_go_on_are_one_entry),
		cmocka_unit_test(known_records_beyond_all_numbers_are_refused),
		cmocka_unit_test(known_records_stand_in_the_order_of_records),
	};

	return cmocka_run_group_tests_name("known records", tests, NULL, NULL);
}
