/* Batches of random statements, changed in every byte and cut at every length: refused, or still valid. */
#include "base/arena.h"
#include "catalog/batch_format.h"
#include "catalog_tests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A batch with entries of all types, of random statements; small enough to try every byte. */
static void random_batch(struct batch_encoder *encoder, uint64_t seed, unsigned count)
{
	struct error err = ERROR_INIT;
	struct arena arena;

	arena_init(&arena, 16 * 1024 * 1024);
	batch_encoder_clear(encoder);
	for (unsigned i = 1; i <= count; i++) {
		const struct statement statement = random_statement(&seed, &arena, i);
		const struct complaint complaint = {.code = COMPLAINT_WORD_UNKNOWN,
		                                    .kind = statement.kind,
		                                    .field = SLICE("availability"),
		                                    .text = SLICE("1\u20133"),
		                                    .record = i};
		const struct field_statement field = random_definition(&seed, &arena, i);

		assert_int_equal(batch_add_statement(encoder, &statement, &err), 0);
		assert_int_equal(batch_add_complaint(encoder, &complaint, &err), 0);
		assert_int_equal(batch_add_field(encoder, &field, &err), 0);
		assert_int_equal(batch_add_record_end(encoder, i, true, &(struct hash128){.low = seed, .high = i}, &err), 0);
		assert_int_equal(batch_add_known(encoder, i, 7, 5 * i, &err), 0);
	}
	arena_release(&arena);
}

static void batch_with_any_byte_changed_is_refused_or_valid(void **state)
{
	static const unsigned char changes[] = {0x01, 0x10, 0x80, 0xFF};
	struct batch_encoder encoder;
	struct error err = ERROR_INIT;
	size_t refused = 0;
	size_t tried = 0;

	(void)state;
	batch_encoder_init(&encoder);
	for (uint64_t seed = 1; seed <= 2; seed++) {
		random_batch(&encoder, seed, 3);
		assert_int_equal(decode_copy(batch_encoder_bytes(&encoder), &err), 15);
		for (size_t at = 0; at < encoder.bytes.size; at++) {
			for (size_t i = 0; i < sizeof(changes); i++, tried++) {
				char *const byte = encoder.bytes.data + at;
				const char before = *byte;

				*byte = (char)((unsigned char)before ^ changes[i]);
				refused += decode_copy(buffer_slice(&encoder.bytes), &err) < 0;
				*byte = before;
			}
		}
	}
	/* Most changes of a batch must show; those of a name or a price cannot. */
	assert_true(tried > 8000);
	assert_true(refused > tried / 3);
	batch_encoder_release(&encoder);
}

static void batch_cut_anywhere_is_refused(void **state)
{
	struct batch_encoder encoder;
	struct error err = ERROR_INIT;
	struct slice whole;

	(void)state;
	batch_encoder_init(&encoder);
	random_batch(&encoder, 11, 8);
	whole = batch_encoder_bytes(&encoder);
	for (size_t size = 0; size < whole.size; size++) {
		const uint64_t claimed = size;

		(void)batch_encoder_bytes(&encoder);
		assert_int_equal(decode_copy((struct slice){whole.data, size}, &err), -1);
		/* Also where the head agrees with what is left. */
		memcpy(encoder.bytes.data + offsetof(struct batch_head, size), &claimed, sizeof(claimed));
		assert_int_equal(decode_copy((struct slice){whole.data, size}, &err), -1);
	}
	batch_encoder_release(&encoder);
}

static void batch_with_bytes_behind_it_is_refused(void **state)
{
	struct batch_encoder encoder;
	struct error err = ERROR_INIT;

	(void)state;
	batch_encoder_init(&encoder);
	random_batch(&encoder, 12, 2);
	for (unsigned i = 0; i < 40; i++) {
		uint64_t claimed;

		(void)batch_encoder_bytes(&encoder);
		assert_int_equal(buffer_append_byte(&encoder.bytes, '\0'), 0);
		assert_int_equal(decode_copy(buffer_slice(&encoder.bytes), &err), -1);
		claimed = encoder.bytes.size;
		memcpy(encoder.bytes.data + offsetof(struct batch_head, size), &claimed, sizeof(claimed));
		assert_int_equal(decode_copy(buffer_slice(&encoder.bytes), &err), -1);
	}
	batch_encoder_release(&encoder);
}

static void batch_with_many_random_changes_is_refused_or_valid(void **state)
{
	struct batch_encoder encoder;
	struct error err = ERROR_INIT;
	uint64_t seed = 5;

	(void)state;
	batch_encoder_init(&encoder);
	for (unsigned round = 0; round < 3000; round++) {
		if (round % 100 == 0)
			random_batch(&encoder, round, 4);
		(void)batch_encoder_bytes(&encoder);
		for (unsigned i = 0; i < 1 + round % 4; i++) {
			/* Multiples of four hit sizes and counts often. */
			const size_t at = random_next(&seed) % (encoder.bytes.size / 4) * 4;
			const uint32_t value = random_next(&seed) % 3 == 0 ? random_next(&seed) : random_next(&seed) % 64;

			memcpy(encoder.bytes.data + at, &value, sizeof(value));
		}
		(void)decode_copy(buffer_slice(&encoder.bytes), &err);
		if (round % 10 == 9)
			random_batch(&encoder, round, 4);
	}
	batch_encoder_release(&encoder);
}

int mutation_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(batch_with_any_byte_changed_is_refused_or_valid),
		cmocka_unit_test(batch_cut_anywhere_is_refused),
		cmocka_unit_test(batch_with_bytes_behind_it_is_refused),
		cmocka_unit_test(batch_with_many_random_changes_is_refused_or_valid),
	};

	return cmocka_run_group_tests_name("catalog changed batches", tests, NULL, NULL);
}
