/* What no field takes: kept as it was, made custom fields of, dropped, or refused. */
#include "support.h"

#include <stdio.h>

#define YAML "format: json\nrecords: {r: {path: '$[*]', kind: sku, fields: {id: id, images: 'img[*].src', custom_fields: [c]}}}\n"

static void read_as(const char *yaml, enum mapper_unknown policy, const char *feed, struct recording *recording)
{
	struct dialect_set *set = test_dialect(yaml);

	recording_init(recording);
	read_feed(set, &(struct mapper_options){.dialect = SLICE("test"), .unknown_fields = policy}, slice_from(feed), 0,
	          recording);
	dialect_set_free(set);
}

static void object_is_kept_without_what_was_read(void **state)
{
	static const struct {
		const char *members;
		const char *extra; /* NULL = none */
	} cases[] = {
		{"", NULL},
		{",\"a\":\"x\",\"b\":1.50,\"c2\":true,\"d\":null,\"e\":{},\"f\":[]",
	         "\"extra\":{\"a\":\"x\",\"b\":1.50,\"c2\":true,\"d\":null,\"e\":{},\"f\":[]}"},
		{",\"img\":[{\"src\":\"http://x/1\"},{\"src\":\"http://x/2\"}]", NULL},
		{",\"img\":[{\"src\":\"http://x/1\",\"w\":1},{\"src\":\"http://x/2\"}]", "\"extra\":{\"img\":[{\"w\":1}]}"},
		{",\"a\":{\"b\":[[1],[{\"c\":\" d \\\"\\n\"}]]}", "\"extra\":{\"a\":{\"b\":[[1],[{\"c\":\" d \\\"\\n\"}]]}}"},
		{",\"k\":1,\"k\":2", "\"extra\":{\"k\":2}"},
		{",\"\":0", "\"extra\":{\"\":0}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct recording recording;
		char feed[512];

		(void)snprintf(feed, sizeof feed, "[{\"id\":\"1\"%s}]", cases[i].members);
		read_as(YAML, MAPPER_UNKNOWN_EXTRA, feed, &recording);
		if (cases[i].extra == NULL ? recording_has(&recording.statements, "\"extra\"", NULL)
		                           : !recording_has(&recording.statements, cases[i].extra, NULL))
			fail_msg("%s: %.*s", feed, (int)recording.statements.size, recording.statements.data);
		recording_release(&recording);
	}
}

/* Deeper than what reads it would take: a text that holds the JSON. */
static void deep_object_becomes_a_text(void **state)
{
	struct recording recording;
	struct buffer feed;

	(void)state;
	buffer_init(&feed, 65536);
	assert_int_equal(buffer_append_text(&feed, "[{\"id\":1,\"d\":"), 0);
	for (int i = 0; i < 50; i++)
		assert_int_equal(buffer_append_text(&feed, "{\"a\":"), 0);
	assert_int_equal(buffer_append_text(&feed, "\"end\""), 0);
	for (int i = 0; i < 50; i++)
		assert_int_equal(buffer_append_text(&feed, "}"), 0);
	assert_int_equal(buffer_append_text(&feed, "}]"), 0);
	read_as(YAML, MAPPER_UNKNOWN_EXTRA, buffer_text(&feed), &recording);
	assert_true(recording_has(&recording.statements, "{\"a\":\"{\\\"a\\\":{\\\"a\\\":", "\\\"end\\\"}"));
	recording_release(&recording);
	buffer_release(&feed);
}

static void extra_of_json_beyond_its_limit_is_cut_member_by_member(void **state)
{
	struct recording recording;
	struct buffer feed;

	(void)state;
	buffer_init(&feed, (size_t)4 * 1024 * 1024);
	assert_int_equal(buffer_append_text(&feed, "[{\"id\":1,\"small\":1,\"big\":\""), 0);
	for (int i = 0; i < 600000; i++)
		assert_int_equal(buffer_append_text(&feed, "\\\""), 0);
	assert_int_equal(buffer_append_text(&feed, "\",\"last\":[2]}]"), 0);
	read_as(YAML, MAPPER_UNKNOWN_EXTRA, buffer_text(&feed), &recording);
	assert_true(recording_has(&recording.statements, "\"extra\":{\"small\":1,\"last\":[2]}", NULL));
	assert_true(recording_has(&recording.complaints, "\"code\":\"text_too_long\"", "\"field\":\"extra\""));
	recording_release(&recording);
	buffer_release(&feed);
}

static void leaves_become_custom_fields(void **state)
{
	static const struct {
		const char *yaml;
		const char *feed;
		const char *expected;
	} cases[] = {
		{YAML, "[{\"id\":1,\"c\":2,\"a\":{\"b\":1.5,\"d\":\"x\"},\"l\":[1,\"two\",true],\"n\":null,\"e\":\"\",\"o\":{}}]",
	         "\"custom_fields\":{\"c\":2,\"a.b\":1.5,\"a.d\":\"x\",\"l\":\"[1,\\\"two\\\",true]\"}}"},
		{YAML, "[{\"id\":1,\"a\":false}]", "\"custom_fields\":{\"a\":false}}"},
		{YAML, "[{\"id\":1,\"c\":2}]", "\"custom_fields\":{\"c\":2}}"},
		{"format: json\nrecords: {r: {path: '$[*]', kind: sku, fields: {id: id, custom_fields: [{each: x, name: {constant: a}}]}}}\n",
	         "[{\"id\":1,\"x\":1,\"a\":2}]", "\"custom_fields\":{\"a\":1,\"extra.a\":2}}"},
		{"records: {r: {path: /f/i, kind: sku, fields: {id: '@id'}}}\n",
	         "<f><i id='1' x='y' z=''><a b='1'>2</a><a>3</a><e/></i></f>",
	         "\"custom_fields\":{\"@x\":\"y\",\"a/@b\":\"1\",\"a\":\"[\\\"2\\\",\\\"3\\\"]\"}}"},
		{"records: {r: {path: /f/i, kind: category, fields: {id: '@id'}}}\n", "<f><i id='1' x='y'/></f>",
	         "\"extra\":{\"@x\":\"y\"}}"}, /* which have no custom fields */
		{"format: csv\nrecords: {r: {kind: sku, fields: {id: id}}}\n", "id,a b,c\n1,x,\n",
	         "\"custom_fields\":{\"a b\":\"x\"}}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct recording recording;

		read_as(cases[i].yaml, MAPPER_UNKNOWN_CREATE, cases[i].feed, &recording);
		if (!recording_has(&recording.statements, cases[i].expected, NULL))
			fail_msg("%s: expected %s in\n%.*s", cases[i].feed, cases[i].expected, (int)recording.statements.size,
			         recording.statements.data);
		recording_release(&recording);
	}
}

static void more_custom_fields_than_an_item_may_have_are_left_out(void **state)
{
	struct recording recording;
	struct buffer feed;

	(void)state;
	buffer_init(&feed, (size_t)1024 * 1024);
	assert_int_equal(buffer_append_text(&feed, "[{\"id\":1,\"c\":2"), 0);
	for (int i = 0; i < 1200; i++)
		assert_int_equal(buffer_append_format(&feed, ",\"k%d\":%d", i, i), 0);
	assert_int_equal(buffer_append_text(&feed, "}]"), 0);
	read_as(YAML, MAPPER_UNKNOWN_CREATE, buffer_text(&feed), &recording);
	assert_true(recording_has(&recording.statements, "\"custom_fields\":{\"c\":2,\"k0\":0,", "\"k998\":998}"));
	assert_true(recording_has(&recording.complaints, "\"code\":\"text_too_long\"", "\"field\":\"custom_fields\""));
	recording_release(&recording);
	buffer_release(&feed);
}

static void rest_is_dropped_where_the_job_wants_it(void **state)
{
	struct recording recording;

	(void)state;
	read_as(YAML, MAPPER_UNKNOWN_DROP, "[{\"id\":1,\"a\":1}]", &recording);
	assert_true(recording_has(&recording.statements, "\"product_id\":\"1\"}", NULL));
	recording_release(&recording);
}

static void job_can_refuse_what_no_field_takes(void **state)
{
	static const struct {
		const char *yaml;
		const char *feed;
		const char *message; /* NULL = read */
	} cases[] = {
		{YAML, "[{\"id\":1},{\"id\":2,\"c\":1,\"img\":[{\"src\":\"http://x/1\"}]}]", NULL},
		{YAML, "[{\"id\":1},{\"id\":2,\"img\":[{\"w\":1}]}]",
	         "record 2 (sku '2') has 'img.w', which no field of dialect 'test' takes; map it, or let 'unknown_fields' be extra"},
		{"records: {r: {path: /f/i, kind: sku, fields: {id: '@id'}}}\n", "<f><i id='1'><a b='2'/></i></f>",
	         "record 1 (sku '1') has 'a/@b', which no field of dialect 'test' takes; map it, or let 'unknown_fields' be extra"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct recording recording;

		read_as(cases[i].yaml, MAPPER_UNKNOWN_FAIL, cases[i].feed, &recording);
		assert_int_equal(recording.result, cases[i].message == NULL ? 0 : -1);
		if (cases[i].message != NULL) {
			assert_int_equal(recording.err.code, ERROR_DIALECT);
			expect_text(cases[i].feed, slice_from(recording.err.message), cases[i].message);
		}
		recording_release(&recording);
	}
}

static void faults_of_the_feed_belong_to_the_record_around_them(void **state)
{
	struct recording recording;

	(void)state;
	read_as("format: json\nrecords: {r: {path: '$.items[*]', kind: sku, fields: {id: id}}}\n", MAPPER_UNKNOWN_EXTRA,
	        "{\"items\":[{\"id\":1},{\"id\":2,\"k\":1,\"k\":2},{\"k\":1,\"k\":2}]}", &recording);
	assert_int_equal(recording.result, 0);
	assert_true(recording_has(&recording.complaints, "\"record\":2,\"code\":\"key_repeated\",\"kind\":\"sku\",\"id\":\"2\"",
	                          "\"text\":\"k\""));
	assert_true(recording_has(&recording.complaints, "\"record\":3,\"code\":\"key_repeated\",\"kind\":\"sku\",\"id\":\"\"",
	                          "\"text\":\"k\""));
	assert_int_equal(recording.complaint_count, 3); /* and the missing id */
	recording_release(&recording);
}

/* Told of as they come, however many; those behind the last record at the end. */
static void faults_outside_of_records_are_told_too(void **state)
{
	struct dialect_set *set = test_dialect(YAML);
	const struct mapper_options options = {.dialect = SLICE("test")};
	struct recording recording;
	struct name_table names;
	struct mapper *mapper;
	struct feed_sink sink;

	(void)state;
	recording_init(&recording);
	name_table_init(&names);
	mapper = mapper_new(set, &options, &names, recording_sink(&recording), &recording.err);
	assert_non_null(mapper);
	sink = mapper_feed_sink(mapper);
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(sink.fault(sink.context, FEED_FAULT_MENDED, i, slice_from("'&' escaped"), &recording.err), 0);
	assert_int_equal(mapper_finish(mapper, &recording.err), 0);
	assert_int_equal(recording.complaint_count, 1000);
	assert_true(recording_has(&recording.complaints, "\"code\":\"markup_mended\"", "\"text\":\"'&' escaped\",\"offset\":999}"));
	assert_int_equal(mapper_finish(mapper, &recording.err), 0);
	assert_int_equal(recording.complaint_count, 1000);
	mapper_free(mapper);
	name_table_release(&names);
	recording_release(&recording);
	dialect_set_free(set);
}

int run_unknown_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(object_is_kept_without_what_was_read),
		cmocka_unit_test(deep_object_becomes_a_text),
		cmocka_unit_test(extra_of_json_beyond_its_limit_is_cut_member_by_member),
		cmocka_unit_test(leaves_become_custom_fields),
		cmocka_unit_test(more_custom_fields_than_an_item_may_have_are_left_out),
		cmocka_unit_test(rest_is_dropped_where_the_job_wants_it),
		cmocka_unit_test(job_can_refuse_what_no_field_takes),
		cmocka_unit_test(faults_of_the_feed_belong_to_the_record_around_them),
		cmocka_unit_test(faults_outside_of_records_are_told_too),
	};

	return cmocka_run_group_tests_name("unknown", tests, NULL, NULL);
}
