/* The reader's request: what goes in comes out, and nothing else is accepted. */
#include "run/request.h"

#include "base/zone.h"

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
		.takes_fingerprints = true,
		.has_known = true,
		.seed = UINT64_MAX - 1,
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
	assert_true(request.takes_fingerprints);
	assert_true(request.has_known);
	assert_int_equal(request.seed, UINT64_MAX - 1);
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

static uint64_t seed_of(const struct reader_request *request, uint64_t digest)
{
	struct error err = ERROR_INIT;
	uint64_t seed = 0;

	assert_int_equal(reader_request_seed(request, (struct hash128){.low = digest}, &seed, &err), 0);
	return seed;
}

static void all_that_decides_what_records_state_changes_the_seed(void **state)
{
	const struct dialect_text dialect = {.file = "a.yaml", .name = SLICE("a"), .yaml = SLICE("format: xml\n")};
	const struct dialect_text changed = {.file = "a.yaml", .name = SLICE("a"), .yaml = SLICE("format: json\n")};
	const struct reader_request plain = {.dialects = &dialect, .dialect_count = 1};
	struct dialect_zone zone = {.name = SLICE("Europe/Warsaw")};
	struct reader_request others[11];
	const uint64_t seed = seed_of(&plain, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		others[i] = plain;
	others[0].dialects = &changed;
	others[1].http_charset = slice_from("windows-1251");
	others[2].is_json_lines = true;
	others[3].is_lenient = true;
	others[4].mapper.unknown_fields = MAPPER_UNKNOWN_DROP;
	others[5].mapper.offset_minutes = 60;
	others[6].mapper.id_prefix = slice_from("x-");
	others[7].mapper.dialect = slice_from("a");
	others[8].zone_name = slice_from("Europe/Warsaw");
	others[9].zone_data = slice_from("TZif2");
	others[10].zones = &zone;
	others[10].zone_count = 1;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_not_equal(seed_of(&others[i], 1), seed);
	assert_int_not_equal(seed_of(&plain, 2), seed);
	others[0] = plain;
	others[0].is_cage_required = true;
	others[0].has_known = true;
	others[0].takes_fingerprints = true;
	others[0].seed = 7;
	assert_int_equal(seed_of(&others[0], 1), seed);
}

/* The reader opens no files: what it needs of a zone comes with the request. */
static void a_request_brings_its_time_zone(void **state)
{
	struct reader_request request = {.zone_name = SLICE("Europe/Warsaw")};
	struct reader_request read;
	struct error err = ERROR_INIT;
	struct buffer buffer;
	struct arena arena;

	(void)state;
	buffer_init(&buffer, 1 << 20);
	arena_init(&arena, 1 << 20);
	assert_int_equal(zone_read_file(NULL, "Europe/Warsaw", &arena, &request.zone_data, &err), 0);
	assert_int_equal(reader_request_encode(&request, &buffer, &err), 0);
	assert_int_equal(reader_request_decode(buffer_slice(&buffer), &arena, &read, &err), 0);
	assert_non_null(read.mapper.zone);
	assert_string_equal(zone_name(read.mapper.zone), "Europe/Warsaw");
	assert_int_equal(zone_span_at(read.mapper.zone, 1785542400).offset_s, 7200);
	buffer_clear(&buffer);
	request.zone_data.size /= 2;
	assert_int_equal(reader_request_encode(&request, &buffer, &err), 0);
	assert_int_equal(reader_request_decode(buffer_slice(&buffer), &arena, &read, &err), -1);
	arena_release(&arena);
	buffer_release(&buffer);
}

static void a_request_brings_the_zones_of_its_dialects(void **state)
{
	struct dialect_zone zones[] = {{.name = SLICE("Europe/Warsaw"), .next = &zones[1]}, {.name = SLICE("America/New_York")}};
	struct reader_request request = {.zones = zones, .zone_count = 2};
	struct reader_request read;
	struct error err = ERROR_INIT;
	struct buffer buffer;
	struct arena arena;

	(void)state;
	buffer_init(&buffer, 1 << 20);
	arena_init(&arena, 64 << 20);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(zone_read_file(NULL, zones[i].name.data, &arena, &zones[i].data, &err), 0);
	assert_int_equal(reader_request_encode(&request, &buffer, &err), 0);
	assert_int_equal(reader_request_decode(buffer_slice(&buffer), &arena, &read, &err), 0);
	assert_int_equal(read.zone_count, 2);
	for (const struct dialect_zone *zone = read.zones; zone != NULL; zone = zone->next)
		assert_int_equal(zone_span_at(zone->zone, 1785542400).offset_s,
		                 slice_equal_text(zone->name, "Europe/Warsaw") ? 7200 : -14400);
	for (size_t size = 0; size < buffer.size; size += 61)
		assert_int_equal(reader_request_decode(slice_make(buffer.data, size), &arena, &read, &err), -1);
	zones[1].data = slice_from("TZif2");
	buffer_clear(&buffer);
	error_clear(&err);
	assert_int_equal(reader_request_encode(&request, &buffer, &err), 0);
	assert_int_equal(reader_request_decode(buffer_slice(&buffer), &arena, &read, &err), -1);
	assert_int_equal(err.code, ERROR_CONFIG);
	arena_release(&arena);
	buffer_release(&buffer);
}

int run_request_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_comes_out_as_it_went_in),
		cmocka_unit_test(a_request_that_is_cut_or_too_long_is_refused),
		cmocka_unit_test(a_request_brings_its_time_zone),
		cmocka_unit_test(a_request_brings_the_zones_of_its_dialects),
		cmocka_unit_test(all_that_decides_what_records_state_changes_the_seed),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
