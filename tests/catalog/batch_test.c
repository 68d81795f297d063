/* Batches written and read again; what the encoder leaves out, cuts or refuses. */
#include "base/arena.h"
#include "base/limits.h"
#include "catalog/batch_format.h"
#include "catalog_tests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_value_equal(const struct field_value *left, const struct field_value *right, enum field_id field)
{
	assert_int_equal(left->presence, right->presence);
	if (left->presence != PRESENCE_VALUE)
		return;
	if (field_definition(field)->type == FIELD_TYPE_INTEGER)
		assert_true(left->integer == right->integer);
	else
		assert_true(slice_equal(left->text, right->text));
}

static void assert_statement_equal(const struct statement *left, const struct statement *right)
{
	assert_int_equal(left->kind, right->kind);
	assert_int_equal(left->action, right->action);
	assert_int_equal(left->product_link, right->product_link);
	assert_true(left->record == right->record);
	assert_true(left->stream_offset == right->stream_offset);
	for (enum field_id field = 0; field < FIELD_COUNT; field++)
		assert_value_equal(&left->fields[field], &right->fields[field], field);
}

#define ROUND_TRIP_COUNT 2000

static void add_random(struct batch_encoder *encoder, struct arena *arena, struct statement *ret_statements, uint64_t seed,
                       unsigned count)
{
	struct error err = ERROR_INIT;

	for (unsigned i = 0; i < count; i++) {
		ret_statements[i] = random_statement(&seed, arena, i + 1);
		assert_int_equal(batch_add_statement(encoder, &ret_statements[i], &err), 0);
		assert_int_equal(batch_add_record_end(encoder, i + 1, i % 3 != 0, NULL, &err), 0);
	}
}

static void check_statements(bool is_checked)
{
	struct statement *const statements = calloc(ROUND_TRIP_COUNT, sizeof(*statements));
	int (*const init)(struct batch_decoder *, struct slice, struct error *) = is_checked ? batch_decoder_init_checked
	                                                                                     : batch_decoder_init;
	struct batch_encoder encoder;
	struct batch_decoder decoder;
	struct batch_entry entry;
	struct error err = ERROR_INIT;
	struct arena arena;

	assert_non_null(statements);
	arena_init(&arena, 64 * 1024 * 1024);
	batch_encoder_init(&encoder);
	add_random(&encoder, &arena, statements, 7, ROUND_TRIP_COUNT);
	assert_int_equal(batch_check(batch_encoder_bytes(&encoder), &err), 0);
	assert_int_equal(init(&decoder, batch_encoder_bytes(&encoder), &err), 0);
	for (unsigned i = 0; i < ROUND_TRIP_COUNT; i++) {
		memset(&entry, 0xA5, sizeof(entry));
		if (batch_decoder_next(&decoder, &entry, &err) != BATCH_ENTRY)
			fail_msg("%s", err.message);
		assert_int_equal(entry.type, BATCH_STATEMENT);
		assert_true(entry.record == i + 1);
		assert_statement_equal(&entry.statement, &statements[i]);
		assert_entry_is_valid(&entry);
		assert_int_equal(batch_decoder_next(&decoder, &entry, &err), BATCH_ENTRY);
		assert_int_equal(entry.type, BATCH_RECORD_END);
		assert_true(entry.record == i + 1);
		assert_int_equal(entry.is_mapped, i % 3 != 0);
	}
	assert_int_equal(batch_decoder_next(&decoder, &entry, &err), BATCH_END);
	assert_int_equal(batch_decoder_next(&decoder, &entry, &err), BATCH_END);
	batch_encoder_release(&encoder);
	arena_release(&arena);
	free(statements);
}

static void statements_come_back_as_they_went(void **state)
{
	(void)state;
	check_statements(false);
	check_statements(true);
}

static void definitions_come_back_as_they_went(void **state)
{
	struct batch_encoder encoder;
	struct batch_decoder decoder;
	struct batch_entry entry;
	struct error err = ERROR_INIT;
	struct field_statement fields[200];
	struct arena arena;
	uint64_t seed = 5;

	(void)state;
	arena_init(&arena, 16 * 1024 * 1024);
	batch_encoder_init(&encoder);
	for (unsigned i = 0; i < 200; i++) {
		fields[i] = random_definition(&seed, &arena, i + 1);
		assert_int_equal(batch_add_field(&encoder, &fields[i], &err), 0);
	}
	assert_int_equal(batch_decoder_init(&decoder, batch_encoder_bytes(&encoder), &err), 0);
	for (unsigned i = 0; i < 200; i++) {
		memset(&entry, 0xA5, sizeof(entry));
		if (batch_decoder_next(&decoder, &entry, &err) != BATCH_ENTRY)
			fail_msg("%s", err.message);
		assert_int_equal(entry.type, BATCH_FIELD);
		assert_entry_is_valid(&entry);
		assert_int_equal(entry.field.entity, fields[i].entity);
		assert_true(slice_equal(entry.field.field_id, fields[i].field_id));
		assert_true(slice_equal(entry.field.name, fields[i].name));
		assert_true(slice_equal(entry.field.value_type, fields[i].value_type));
		assert_int_equal(entry.field.is_required, fields[i].is_required);
		assert_true(slice_equal(entry.field.default_value, fields[i].default_value));
		assert_true(slice_equal(entry.field.enum_values, fields[i].enum_values));
		assert_true(entry.record == i + 1 && entry.field.record == i + 1 && entry.field.stream_offset == (i + 1) * 1000);
	}
	assert_int_equal(batch_decoder_next(&decoder, &entry, &err), BATCH_END);
	batch_encoder_release(&encoder);
	arena_release(&arena);
}

static void complaint_comes_back_as_it_went(void **state)
{
	const struct complaint complaint = {
		.code = COMPLAINT_NUMBER_INVALID,
		.kind = ITEM_SKU,
		.item_id = SLICE("A-1"),
		.field = SLICE("price"),
		.text = SLICE("ask us \u20AC"),
		.record = 17,
		.stream_offset = 4711,
	};
	struct batch_encoder encoder;
	struct batch_decoder decoder;
	struct batch_entry entry;
	struct error err = ERROR_INIT;

	(void)state;
	batch_encoder_init(&encoder);
	for (enum complaint_code code = 0; code < COMPLAINT_CODE_COUNT; code++) {
		struct complaint other = complaint;

		other.code = code;
		assert_int_equal(batch_add_complaint(&encoder, &other, &err), 0);
	}
	assert_int_equal(batch_decoder_init(&decoder, batch_encoder_bytes(&encoder), &err), 0);
	for (enum complaint_code code = 0; code < COMPLAINT_CODE_COUNT; code++) {
		assert_int_equal(batch_decoder_next(&decoder, &entry, &err), BATCH_ENTRY);
		assert_int_equal(entry.type, BATCH_COMPLAINT);
		assert_int_equal(entry.complaint.code, code);
		assert_int_equal(entry.complaint.kind, ITEM_SKU);
		assert_true(slice_equal(entry.complaint.item_id, complaint.item_id));
		assert_true(slice_equal(entry.complaint.field, complaint.field));
		assert_true(slice_equal(entry.complaint.text, complaint.text));
		assert_true(entry.complaint.record == 17 && entry.record == 17 && entry.complaint.stream_offset == 4711);
	}
	assert_int_equal(batch_decoder_next(&decoder, &entry, &err), BATCH_END);
	batch_encoder_release(&encoder);
}

static void complaint_is_cut_between_characters_and_loses_an_id_that_is_too_long(void **state)
{
	char text[600];
	struct complaint complaint = {.code = COMPLAINT_ID_TOO_LONG, .kind = ITEM_SKU, .record = 1};
	struct batch_encoder encoder;
	struct batch_decoder decoder;
	struct batch_entry entry;
	struct error err = ERROR_INIT;

	(void)state;
	text[0] = 'x';
	for (size_t i = 1; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "\u0436", 2);
	complaint.item_id = (struct slice){text, 513};
	complaint.field = (struct slice){text, 513};
	complaint.text = (struct slice){text, 513};
	batch_encoder_init(&encoder);
	assert_int_equal(batch_add_complaint(&encoder, &complaint, &err), 0);
	complaint.item_id.size = 511;
	assert_int_equal(batch_add_complaint(&encoder, &complaint, &err), 0);
	assert_int_equal(batch_decoder_init(&decoder, batch_encoder_bytes(&encoder), &err), 0);
	assert_int_equal(batch_decoder_next(&decoder, &entry, &err), BATCH_ENTRY);
	assert_int_equal(entry.complaint.item_id.size, 0);
	assert_int_equal(entry.complaint.field.size, COMPLAINT_FIELD_MAX - 1);
	assert_int_equal(entry.complaint.text.size, COMPLAINT_TEXT_MAX - 1);
	assert_int_equal(batch_decoder_next(&decoder, &entry, &err), BATCH_ENTRY);
	assert_int_equal(entry.complaint.item_id.size, 511);
	batch_encoder_release(&encoder);
}

static struct batch_entry encode_and_decode(const struct statement *statement, struct batch_encoder *encoder)
{
	struct batch_decoder decoder;
	struct batch_entry entry;
	struct error err = ERROR_INIT;

	batch_encoder_clear(encoder);
	assert_int_equal(batch_add_statement(encoder, statement, &err), 0);
	assert_int_equal(batch_decoder_init(&decoder, batch_encoder_bytes(encoder), &err), 0);
	if (batch_decoder_next(&decoder, &entry, &err) != BATCH_ENTRY)
		fail_msg("%s", err.message);
	return entry;
}

static void rejected_statement_carries_a_usable_id_and_nothing_else(void **state)
{
	char long_id[LIMIT_ID_BYTES + 1];
	struct batch_encoder encoder;
	struct statement statement;
	struct batch_entry entry;

	(void)state;
	memset(long_id, 'x', sizeof(long_id));
	batch_encoder_init(&encoder);
	statement_init(&statement, ITEM_SKU, STATEMENT_REJECTED);
	statement.fields[FIELD_ID] = (struct field_value){.presence = PRESENCE_VALUE, .text = SLICE("7")};
	statement.fields[FIELD_NAME] = (struct field_value){.presence = PRESENCE_VALUE, .text = SLICE("Anchor")};
	statement.fields[FIELD_PRICE] = (struct field_value){.presence = PRESENCE_VALUE, .integer = -5};
	entry = encode_and_decode(&statement, &encoder);
	assert_true(slice_equal_text(statement_text(&entry.statement, FIELD_ID), "7"));
	assert_int_equal(entry.statement.fields[FIELD_NAME].presence, PRESENCE_ABSENT);
	assert_int_equal(entry.statement.fields[FIELD_PRICE].presence, PRESENCE_ABSENT);
	statement.fields[FIELD_ID].text = (struct slice){long_id, sizeof(long_id)};
	entry = encode_and_decode(&statement, &encoder);
	assert_int_equal(entry.statement.fields[FIELD_ID].presence, PRESENCE_ABSENT);
	statement.fields[FIELD_ID].text.size = LIMIT_ID_BYTES;
	entry = encode_and_decode(&statement, &encoder);
	assert_int_equal(statement_text(&entry.statement, FIELD_ID).size, LIMIT_ID_BYTES);
	statement.fields[FIELD_ID].presence = PRESENCE_EMPTY;
	entry = encode_and_decode(&statement, &encoder);
	assert_int_equal(entry.statement.fields[FIELD_ID].presence, PRESENCE_ABSENT);
	batch_encoder_release(&encoder);
}

static void value_without_bytes_is_empty(void **state)
{
	struct batch_encoder encoder;
	struct statement statement;
	struct batch_entry entry;

	(void)state;
	batch_encoder_init(&encoder);
	statement_init(&statement, ITEM_CATEGORY, STATEMENT_STATED);
	statement.product_link = PRODUCT_LINK_NAMED;
	statement.fields[FIELD_ID] = (struct field_value){.presence = PRESENCE_VALUE, .text = SLICE("7")};
	statement.fields[FIELD_NAME] = (struct field_value){.presence = PRESENCE_VALUE, .text = {NULL, 0}};
	statement.fields[FIELD_POSITION] = (struct field_value){.presence = PRESENCE_VALUE, .integer = 0};
	entry = encode_and_decode(&statement, &encoder);
	assert_int_equal(entry.statement.fields[FIELD_NAME].presence, PRESENCE_EMPTY);
	assert_int_equal(entry.statement.fields[FIELD_POSITION].presence, PRESENCE_VALUE);
	assert_int_equal(entry.statement.product_link, PRODUCT_LINK_SELF);
	batch_encoder_release(&encoder);
}

static void encoder_says_limit_and_adds_nothing_when_a_batch_is_full(void **state)
{
	char *const description = malloc(1024 * 1024);
	struct statement statement;
	struct batch_encoder encoder;
	struct error err = ERROR_INIT;
	struct slice before;
	int added = 0;

	(void)state;
	assert_non_null(description);
	memset(description, 'd', 1024 * 1024);
	statement_init(&statement, ITEM_PRODUCT, STATEMENT_STATED);
	statement.record = 3;
	statement.fields[FIELD_ID] = (struct field_value){.presence = PRESENCE_VALUE, .text = SLICE("7")};
	statement.fields[FIELD_DESCRIPTION] = (struct field_value){.presence = PRESENCE_VALUE, .text = {description, 1024 * 1024}};
	batch_encoder_init(&encoder);
	while (batch_add_statement(&encoder, &statement, &err) == 0)
		added++;
	assert_int_equal(added, 15);
	assert_int_equal(err.code, ERROR_LIMIT);
	assert_non_null(strstr(err.message, "record 3"));
	before = batch_encoder_bytes(&encoder);
	assert_int_equal(batch_add_statement(&encoder, &statement, &err), -1);
	assert_int_equal(batch_encoder_bytes(&encoder).size, before.size);
	/* What still fits goes in, and all of it can be read. */
	statement.fields[FIELD_DESCRIPTION].presence = PRESENCE_ABSENT;
	assert_int_equal(batch_add_statement(&encoder, &statement, &err), 0);
	assert_int_equal(decode_copy(batch_encoder_bytes(&encoder), &err), 16);
	batch_encoder_release(&encoder);
	free(description);
}

static void encoder_takes_a_batch_of_exactly_the_limit(void **state)
{
	const size_t overhead = sizeof(struct batch_head) + sizeof(struct batch_entry_head) + 2 * sizeof(struct batch_field_head) +
	                        8;
	const size_t size = LIMIT_BATCH_BYTES - overhead;
	char *const text = malloc(size + 1);
	struct statement statement;
	struct batch_encoder encoder;
	struct error err = ERROR_INIT;

	(void)state;
	assert_non_null(text);
	memset(text, 'd', size + 1);
	statement_init(&statement, ITEM_PRODUCT, STATEMENT_STATED);
	statement.fields[FIELD_ID] = (struct field_value){.presence = PRESENCE_VALUE, .text = SLICE("12345678")};
	statement.fields[FIELD_DESCRIPTION] = (struct field_value){.presence = PRESENCE_VALUE, .text = {text, size + 1}};
	batch_encoder_init(&encoder);
	assert_int_equal(batch_add_statement(&encoder, &statement, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	assert_int_equal(batch_encoder_bytes(&encoder).size, 0);
	statement.fields[FIELD_DESCRIPTION].text.size = SIZE_MAX;
	assert_int_equal(batch_add_statement(&encoder, &statement, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	statement.fields[FIELD_DESCRIPTION].text.size = size;
	assert_int_equal(batch_add_statement(&encoder, &statement, &err), 0);
	assert_int_equal(batch_encoder_bytes(&encoder).size, LIMIT_BATCH_BYTES);
	assert_int_equal(batch_add_record_end(&encoder, 1, true, NULL, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	/* It is a batch, but the description in it is longer than a description may be. */
	assert_int_equal(decode_copy(batch_encoder_bytes(&encoder), &err), -1);
	assert_non_null(strstr(err.message, "'description' is too long"));
	batch_encoder_release(&encoder);
	free(text);
}

static void encoder_says_memory_until_it_is_cleared(void **state)
{
	struct batch_encoder encoder;
	struct error err = ERROR_INIT;

	(void)state;
	batch_encoder_init(&encoder);
	encoder.bytes.failed = true; /* as after an allocation that failed */
	assert_int_equal(batch_add_record_end(&encoder, 1, true, NULL, &err), -1);
	assert_int_equal(err.code, ERROR_MEMORY);
	assert_int_equal(batch_add_record_end(&encoder, 1, true, NULL, &err), -1);
	batch_encoder_clear(&encoder);
	assert_int_equal(batch_add_record_end(&encoder, 1, true, NULL, &err), 0);
	assert_int_equal(decode_copy(batch_encoder_bytes(&encoder), &err), 1);
	batch_encoder_release(&encoder);
}

static void encoder_begins_anew_after_clear(void **state)
{
	struct batch_encoder encoder;
	struct error err = ERROR_INIT;

	(void)state;
	batch_encoder_init(&encoder);
	assert_int_equal(batch_encoder_bytes(&encoder).size, 0);
	for (unsigned round = 1; round <= 3; round++) {
		for (unsigned i = 1; i <= round; i++)
			assert_int_equal(batch_add_record_end(&encoder, i, true, NULL, &err), 0);
		assert_int_equal(decode_copy(batch_encoder_bytes(&encoder), &err), round);
		/* Asking does not end the batch. */
		assert_int_equal(batch_add_record_end(&encoder, round + 1, true, NULL, &err), 0);
		assert_int_equal(decode_copy(batch_encoder_bytes(&encoder), &err), round + 1);
		batch_encoder_clear(&encoder);
		assert_int_equal(batch_encoder_bytes(&encoder).size, 0);
	}
	batch_encoder_release(&encoder);
}

int batch_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_come_back_as_they_went),
		cmocka_unit_test(definitions_come_back_as_they_went),
		cmocka_unit_test(complaint_comes_back_as_it_went),
		cmocka_unit_test(complaint_is_cut_between_characters_and_loses_an_id_that_is_too_long),
		cmocka_unit_test(rejected_statement_carries_a_usable_id_and_nothing_else),
		cmocka_unit_test(value_without_bytes_is_empty),
		cmocka_unit_test(encoder_says_limit_and_adds_nothing_when_a_batch_is_full),
		cmocka_unit_test(encoder_takes_a_batch_of_exactly_the_limit),
		cmocka_unit_test(encoder_says_memory_until_it_is_cleared),
		cmocka_unit_test(encoder_begins_anew_after_clear),
	};

	return cmocka_run_group_tests_name("catalog batches", tests, NULL, NULL);
}
