/* The report on its way out of the reader process, which is not trusted. */
#include "probe_tests.h"

#include "probe/report.h"

#include <stdlib.h>
#include <string.h>

static struct probe_list lists[2] = {
	{.path = SLICE("/shop/item"), .full = SLICE("/shop/item"), .name = SLICE("item"), .count = 12, .most = 12},
	{.path = SLICE("param"), .full = SLICE("param"), .name = SLICE("param"), .count = 30, .most = 4, .owners = 9},
};

static struct probe_field fields[2] = {
	{.path = SLICE("@id"),
         .full = SLICE("@id"),
         .name = SLICE("id"),
         .is_attribute = true,
         .records = 12,
         .filled = 11,
         .distinct = 10,
         .repeats = 1,
         .currency = "EUR",
         .sample_count = 2,
         .samples = {{SLICE("a"), false}, {SLICE("b"), true}}},
	{.path = SLICE("."), .full = SLICE("param"), .list = 1, .is_own_text = true, .member_count = 1, .members = {SLICE("x")}},
};

static struct probe_report sample_report(void)
{
	return (struct probe_report){
		.format = FEED_JSON,
		.encoding_origin = ENCODING_FROM_HTTP,
		.is_whole = true,
		.bytes = 99,
		.encoding = SLICE("UTF-8"),
		.dialect_reason = SLICE("none fits"),
		.has_records = true,
		.namespace_count = 1,
		.namespaces = {{SLICE("g"), SLICE("urn:g")}},
		.list_count = 2,
		.lists = lists,
		.field_count = 2,
		.fields = fields,
	};
}

static void a_report_survives_the_way(void **state)
{
	const struct probe_report report = sample_report();
	struct probe_report copy;
	struct buffer first;
	struct buffer second;
	struct arena arena;
	struct error err = ERROR_INIT;

	(void)state;
	arena_init(&arena, 1 << 20);
	buffer_init(&first, 1 << 20);
	buffer_init(&second, 1 << 20);
	assert_int_equal(probe_report_encode(&report, &first, &err), 0);
	assert_int_equal(probe_report_decode(buffer_slice(&first), &arena, &copy, &err), 0);
	assert_int_equal(copy.format, FEED_JSON);
	assert_int_equal(copy.lists[1].owners, 9);
	assert_true(slice_equal_text(copy.fields[0].samples[1].text, "b"));
	assert_string_equal(copy.fields[0].currency, "EUR");
	assert_int_equal(probe_report_encode(&copy, &second, &err), 0);
	assert_true(slice_equal(buffer_slice(&first), buffer_slice(&second)));
	buffer_release(&second);
	buffer_release(&first);
	arena_release(&arena);
}

static void a_report_that_is_cut_or_too_long_is_refused(void **state)
{
	const struct probe_report report = sample_report();
	struct probe_report copy;
	struct buffer bytes;
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 24);
	buffer_init(&bytes, 1 << 20);
	struct error err = ERROR_INIT;
	assert_int_equal(probe_report_encode(&report, &bytes, &err), 0);
	for (size_t size = 0; size < bytes.size; size++) {
		arena_reset(&arena);
		assert_int_equal(probe_report_decode(slice_make(bytes.data, size), &arena, &copy, &err), -1);
		assert_int_equal(err.code, ERROR_READER);
	}
	assert_int_equal(buffer_append_byte(&bytes, '\0'), 0);
	assert_int_equal(probe_report_decode(buffer_slice(&bytes), &arena, &copy, &err), -1);
	buffer_release(&bytes);
	arena_release(&arena);
}

/* Whatever the bytes are: it is refused, or every number in it is within its bounds. */
static void a_hostile_report_breaks_nothing(void **state)
{
	const struct probe_report report = sample_report();
	struct probe_report copy;
	struct buffer bytes;
	struct arena arena;
	struct error err = ERROR_INIT;

	(void)state;
	arena_init(&arena, 1 << 24);
	buffer_init(&bytes, 1 << 20);
	assert_int_equal(probe_report_encode(&report, &bytes, &err), 0);
	for (size_t at = 0; at < bytes.size; at++) {
		static const unsigned char values[] = {0x00, 0x01, 0x7F, 0xFF};
		const char before = bytes.data[at];

		for (size_t i = 0; i < sizeof(values); i++) {
			arena_reset(&arena);
			bytes.data[at] = (char)values[i];
			if (probe_report_decode(buffer_slice(&bytes), &arena, &copy, &err) < 0)
				continue;
			assert_true(copy.format <= FEED_CSV && copy.list_count <= PROBE_LISTS_MAX);
			for (uint32_t k = 0; k < copy.list_count; k++)
				assert_true(k == 0 ? copy.lists[k].outer == 0 : copy.lists[k].outer < k);
			for (uint32_t k = 0; k < copy.field_count; k++)
				assert_true(copy.fields[k].list < copy.list_count &&
				            copy.fields[k].sample_count <= PROBE_REPORT_SAMPLES &&
				            copy.fields[k].member_count <= PROBE_MEMBERS_MAX);
		}
		bytes.data[at] = before;
	}
	buffer_release(&bytes);
	arena_release(&arena);
}

int run_report_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_survives_the_way),
		cmocka_unit_test(a_report_that_is_cut_or_too_long_is_refused),
		cmocka_unit_test(a_hostile_report_breaks_nothing),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
