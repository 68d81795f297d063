/* The reader's request: what goes in comes out, and nothing else is accepted. */
#include "run/request.h"

#include "run_tests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void encode_example(struct buffer *buffer)
{
	static const struct dialect_text dialects[] = {
		{.file = "a.yaml", .name = SLICE("a"), .yaml = SLICE("format: xml\n")},
		{.file = "b.yaml", .name = SLICE("b"), .yaml = SLICE("")},
	};
	static const struct dialect_option options[] = {{.name = SLICE("group_id"), .value = SLICE("parent")}};
	struct reader_request request = {
		.dialects = dialects,
		.dialect_count = 2,
		.http_charset = SLICE("utf-8"),
		.is_json_lines = true,
		.is_lenient = true,
		.is_cage_required = true,
		.mapper =
			{
				.dialect = SLICE("a"),
				.options = options,
				.option_count = 1,
				.default_currency = "EUR",
				.decimal_sign = ',',
				.offset_minutes = -90,
				.id_prefix = SLICE("x-"),
				.unknown_fields = MAPPER_UNKNOWN_DROP,
				.language = SLICE("pt-BR"),
			},
	};
	struct error err = ERROR_INIT;

	assert_int_equal(reader_request_encode(&request, buffer, &err), 0);
}

static void a_request_comes_out_as_it_went_in(void **state)
{
	struct reader_request request;
	struct error err = ERROR_INIT;
	struct buffer buffer;
	struct arena arena;

	(void)state;
	buffer_init(&buffer, 1 << 20);
	arena_init(&arena, 1 << 20);
	encode_example(&buffer);
	assert_int_equal(reader_request_decode(buffer_slice(&buffer), &arena, &request, &err), 0);
	assert_int_equal(request.dialect_count, 2);
	assert_string_equal(request.dialects[1].file, "b.yaml");
	assert_true(request.is_cage_required);
	assert_true(slice_equal_text(request.dialects[0].yaml, "format: xml\n"));
	assert_true(slice_is_empty(request.dialects[1].yaml));
	assert_true(slice_equal_text(request.mapper.options[0].value, "parent"));
	assert_string_equal(request.mapper.default_currency, "EUR");
	assert_int_equal(request.mapper.decimal_sign, ',');
	assert_int_equal(request.mapper.offset_minutes, -90);
	assert_true(slice_equal_text(request.mapper.id_prefix, "x-"));
	assert_true(slice_is_empty(request.mapper.category_prefix));
	assert_int_equal(request.mapper.unknown_fields, MAPPER_UNKNOWN_DROP);
	assert_true(slice_equal_text(request.mapper.language, "pt-BR"));
	assert_true(slice_equal_text(request.http_charset, "utf-8"));
	assert_true(request.is_json_lines);
	assert_true(request.is_lenient);
	arena_release(&arena);
	buffer_release(&buffer);
}

static void a_request_that_is_cut_or_too_long_is_refused(void **state)
{
	struct reader_request request;
	struct error err = ERROR_INIT;
	struct buffer buffer;
	struct arena arena;

	(void)state;
	buffer_init(&buffer, 1 << 20);
	arena_init(&arena, 1 << 20);
	encode_example(&buffer);
	for (size_t size = 0; size < buffer.size; size++)
		assert_int_equal(reader_request_decode(slice_make(buffer.data, size), &arena, &request, &err), -1);
	assert_int_equal(err.code, ERROR_READER);
	assert_int_equal(buffer_append_byte(&buffer, '\0'), 0);
	assert_int_equal(reader_request_decode(buffer_slice(&buffer), &arena, &request, &err), -1);
	arena_release(&arena);
	buffer_release(&buffer);
}

int run_request_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_comes_out_as_it_went_in),
		cmocka_unit_test(a_request_that_is_cut_or_too_long_is_refused),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
