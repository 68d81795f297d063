/* What the command line says of a job. */
#include "config/job.h"

#include "config_tests.h"

static void job_set_follows_the_rules_of_the_file(void **state)
{
	static const struct {
		const char *key;
		const char *value;
		const char *message;
	} bad[] = {
		{"catalog", "a b",
	         "catalog: 'a b' is not a name: up to 64 of A-Z a-z 0-9 . _ -, beginning with neither '.' nor '-'"},
		{"missing", "hide", "missing: unknown word 'hide'; write 'keep', 'mark' or 'delete'"},
		{"guards", "x", "guards: unknown word 'x'; write 'on' or 'off'"},
		{"keep", "x", "keep: expected a mapping as '{runs: 10, days: 90}'"},
		{"mode", "merge", "mode: unknown word 'merge'; write 'upsert', 'add' or 'update'"},
		{"take_over", "adhoc:x", "take_over: 'adhoc:x' is this job itself"},
		{"dialect", "",
	         "dialect: ''"
	         " is not a name: up to 64 of A-Z a-z 0-9 . _ -, beginning with neither '.' nor '-'"},
		{"dialect", "yml,", "dialect: '' is not an option of a dialect; write it as 'name=value'"},
		{"dialect", "yml,group_id", "dialect: 'group_id' is not an option of a dialect; write it as 'name=value'"},
		{"dialect", "yml,a=1,a=2", "dialect: option 'a' is given twice"},
		{"dialect", "yml,=1",
	         "dialect: '' is not a name: up to 64 of A-Z a-z 0-9 . _ -, beginning with neither '.' nor '-'"},
		{"dialect", "a/b,c=d",
	         "dialect: 'a/b' is not a name: up to 64 of A-Z a-z 0-9 . _ -, beginning with neither '.' nor '-'"},
		{"colour", "red", "a job has no option 'colour'"},
		{"store", "sqlite:x", "a job has no option 'store'"},
	};
	struct arena arena;
	struct job_config job;
	struct error err = ERROR_INIT;

	(void)state;
	arena_init(&arena, (size_t)1024 * 1024);
	job_config_init(&job, "adhoc:x");
	for (size_t index = 0; index < COUNT(bad); index++) {
		struct job_config before = job;
		assert_int_equal(job_config_set(&job, bad[index].key, slice_from(bad[index].value), &arena, &err), -1);
		assert_int_equal(err.code, ERROR_CONFIG);
		assert_string_equal(err.message, bad[index].message);
		assert_memory_equal(&job, &before, sizeof(job));
	}
	assert_int_equal(job_config_set(&job, "catalog", slice_from("staging"), &arena, &err), 0);
	assert_int_equal(job_config_set(&job, "missing", slice_from("keep"), &arena, &err), 0);
	assert_int_equal(job_config_set(&job, "cacert", slice_from("ca.pem"), &arena, &err), 0);
	assert_int_equal(job_config_set(&job, "dialect", slice_from("yml,group_id=parent,b=c=d"), &arena, &err), 0);
	assert_string_equal(job.catalog, "staging");
	assert_int_equal(job.missing, MISSING_KEEP);
	assert_string_equal(job.cacert, "ca.pem");
	assert_string_equal(job.dialect, "yml");
	assert_int_equal(job.dialect_option_count, 2);
	assert_string_equal(job.dialect_options[1].name, "b");
	assert_string_equal(job.dialect_options[1].value, "c=d");
	assert_int_equal(job_config_seal(&job, &arena, &err), 0);
	assert_string_equal(
		job.config_text,
		"dialect=yml dialect.b=c%3Dd dialect.group_id=parent catalog=staging mode=upsert scope=all missing=keep "
		"categories=overwrite unknown_fields=extra on_empty=clear duplicates=first lenient=false unproven=fail "
		"timezone=UTC");
	assert_int_equal(job_config_set(&job, "dialect", slice_from("google"), &arena, &err), 0);
	assert_int_equal(job.dialect_option_count, 0);
	arena_release(&arena);
}

static void job_set_limits_the_options_of_a_dialect(void **state)
{
	struct arena arena;
	struct buffer text;
	struct job_config job;
	struct error err = ERROR_INIT;

	(void)state;
	arena_init(&arena, (size_t)1024 * 1024);
	buffer_init(&text, 65536);
	job_config_init(&job, "x");
	assert_int_equal(buffer_append_text(&text, "yml"), 0);
	for (int index = 0; index <= JOB_DIALECT_OPTIONS; index++)
		assert_int_equal(buffer_append_format(&text, ",o%d=x", index), 0);
	assert_int_equal(job_config_set(&job, "dialect", buffer_slice(&text), &arena, &err), -1);
	assert_string_equal(err.message, "dialect: more than 100 options");
	buffer_release(&text);
	arena_release(&arena);
}

int job_set_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(job_set_follows_the_rules_of_the_file),
		cmocka_unit_test(job_set_limits_the_options_of_a_dialect),
	};

	return cmocka_run_group_tests_name("job_set", tests, NULL, NULL);
}
