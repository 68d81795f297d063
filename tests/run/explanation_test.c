/* Explanations: gathered from a trace, and carried between processes that do not trust each other. */
#include "run_tests.h"

#include "run/explanation.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct explained_value values[] = {
	{.field = SLICE("price"),
         .file = SLICE("a.yaml"),
         .line = 7,
         .path = SLICE("cost"),
         .raw = SLICE("1"),
         .text = SLICE("1"),
         .presence = PRESENCE_VALUE,
         .steps = MAPPER_STEP_WORD},
	{.field = SLICE("name"), .is_part = true, .presence = PRESENCE_EMPTY},
};

static void encode(struct buffer *buffer)
{
	struct explanation explanation = {
		.is_found = true, .record = 3, .stream_offset = 99, .encoding = SLICE("UTF-8"), .value_count = 2, .values = values};
	struct error err = ERROR_INIT;

	explanation.fields[FIELD_PRICE] = (struct explained_field){.presence = PRESENCE_VALUE, .integer = 1000000};
	assert_int_equal(explanation_encode(&explanation, buffer, &err), 0);
}

static void an_explanation_survives_the_way(void **state)
{
	struct buffer first;
	struct buffer second;
	struct arena arena;
	struct explanation copy;
	struct error err = ERROR_INIT;

	(void)state;
	buffer_init(&first, 1 << 20);
	buffer_init(&second, 1 << 20);
	arena_init(&arena, 1 << 20);
	encode(&first);
	assert_int_equal(explanation_decode(buffer_slice(&first), &arena, &copy, &err), 0);
	assert_int_equal(copy.fields[FIELD_PRICE].integer, 1000000);
	assert_true(copy.value_count == 2 && slice_equal_text(copy.values[0].path, "cost") && copy.values[1].is_part);
	assert_int_equal(explanation_encode(&copy, &second, &err), 0);
	assert_true(slice_equal(buffer_slice(&first), buffer_slice(&second)));
	arena_release(&arena);
	buffer_release(&second);
	buffer_release(&first);
}

static void a_hostile_explanation_breaks_nothing(void **state)
{
	static const unsigned char bytes[] = {0x00, 0x01, 0x7F, 0xFF};
	struct buffer buffer;
	struct arena arena;
	struct explanation copy;
	struct error err = ERROR_INIT;

	(void)state;
	buffer_init(&buffer, 1 << 20);
	arena_init(&arena, 1 << 22);
	encode(&buffer);
	for (size_t at = 0; at < buffer.size; at++) {
		const char before = buffer.data[at];

		arena_reset(&arena);
		assert_int_equal(explanation_decode(slice_make(buffer.data, at), &arena, &copy, &err), -1);
		assert_int_equal(err.code, ERROR_READER);
		for (size_t i = 0; i < sizeof(bytes); i++) {
			arena_reset(&arena);
			buffer.data[at] = (char)bytes[i];
			if (explanation_decode(buffer_slice(&buffer), &arena, &copy, &err) < 0)
				continue;
			assert_true(copy.value_count <= EXPLANATION_VALUES_MAX && copy.action <= STATEMENT_PART);
			for (uint32_t k = 0; k < copy.value_count; k++)
				assert_true(copy.values[k].steps < MAPPER_STEPS_END && copy.values[k].presence <= PRESENCE_VALUE);
		}
		buffer.data[at] = before;
	}
	arena_release(&arena);
	buffer_release(&buffer);
}

static struct explainer *new_explainer(const char *id, bool wants_last)
{
	const struct explanation_wish wish = {.kind = ITEM_SKU, .id = slice_from(id), .wants_last = wants_last};
	struct error err = ERROR_INIT;
	struct explainer *explainer = explainer_new(&wish, &err);

	assert_non_null(explainer);
	return explainer;
}

static void tell(struct explainer *explainer, uint64_t record, size_t item, const char *text)
{
	const struct mapper_trace *trace = explainer_trace(explainer);
	const struct mapper_trace_value value = {.record = record,
	                                         .item = item,
	                                         .field = "name",
	                                         .file = "x.yaml",
	                                         .line = 1,
	                                         .text = slice_from(text),
	                                         .presence = PRESENCE_VALUE};

	assert_true(trace->value(trace->context, &value));
}

static int state_item(struct explainer *explainer, uint64_t record, size_t item, const char *id)
{
	const struct mapper_trace *trace = explainer_trace(explainer);
	const struct statement_sink sink = explainer_sink(explainer);
	struct statement statement;
	struct error err = ERROR_INIT;

	statement_init(&statement, ITEM_SKU, STATEMENT_STATED);
	statement.record = record;
	statement.fields[FIELD_ID] = (struct field_value){.presence = PRESENCE_VALUE, .text = slice_from(id)};
	assert_true(trace->item(trace->context, item, &statement));
	return sink.statement(sink.context, &statement, &err);
}

static void only_the_wanted_item_of_its_record_is_kept(void **state)
{
	struct explainer *explainer = new_explainer("B", false);

	(void)state;
	tell(explainer, 1, 0, "of another record");
	assert_int_equal(state_item(explainer, 1, 0, "A"), 0);
	tell(explainer, 2, 0, "of the item around");
	tell(explainer, 2, 1, "its own");
	assert_int_equal(state_item(explainer, 2, 0, "P"), 0);
	assert_int_equal(state_item(explainer, 2, 1, "B"), -1);
	assert_true(explainer_is_done(explainer));
	const struct explanation *result = explainer_result(explainer);
	assert_true(result->is_found && result->record == 2 && result->value_count == 1);
	assert_true(slice_equal_text(result->values[0].text, "its own"));
	explainer_free(explainer);
}

static void of_several_records_the_last_is_kept_where_that_counts(void **state)
{
	struct explainer *explainer = new_explainer("B", true);

	(void)state;
	for (uint64_t record = 1; record <= 3; record++) {
		tell(explainer, record, 0, "name");
		assert_int_equal(state_item(explainer, record, 0, "B"), 0);
	}
	assert_false(explainer_is_done(explainer));
	assert_true(explainer_result(explainer)->is_found && explainer_result(explainer)->record == 3);
	explainer_free(explainer);
}

static void values_beyond_the_bound_are_left_out_and_that_is_said(void **state)
{
	struct explainer *explainer = new_explainer("B", true);

	(void)state;
	for (int i = 0; i < EXPLANATION_VALUES_MAX + 5; i++)
		tell(explainer, 1, 0, "name");
	assert_int_equal(state_item(explainer, 1, 0, "B"), 0);
	assert_true(explainer_result(explainer)->is_cut);
	assert_int_equal(explainer_result(explainer)->value_count, EXPLANATION_VALUES_MAX);
	explainer_free(explainer);
}

int run_explanation_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_explanation_survives_the_way),
		cmocka_unit_test(a_hostile_explanation_breaks_nothing),
		cmocka_unit_test(only_the_wanted_item_of_its_record_is_kept),
		cmocka_unit_test(of_several_records_the_last_is_kept_where_that_counts),
		cmocka_unit_test(values_beyond_the_bound_are_left_out_and_that_is_said),
	};

	return cmocka_run_group_tests_name("explanation", tests, NULL, NULL);
}
