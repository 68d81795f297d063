/* A job's words become the policies of the stages, and its fields are the catalogue's. */
#include "run/policy.h"

#include "config/fields.h"
#include "run/run.h"
#include "run_tests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_fields_of_the_configuration_are_those_of_the_catalogue(void **state)
{
	(void)state;
	for (unsigned field = 0; field < FIELD_COUNT; field++) {
		const char *name = config_field_name(field);

		if (field == FIELD_ID || field == FIELD_PARENT_ID || field == FIELD_PRODUCT_ID || field == FIELD_STATUS) {
			assert_null(name);
			continue;
		}
		assert_non_null(name);
		assert_string_equal(name, field_definition((enum field_id)field)->name);
	}
	assert_null(config_field_name(FIELD_COUNT));
	assert_true(FIELD_COUNT <= 64);
}

static void a_policy_says_what_the_job_says(void **state)
{
	static const char *const others[] = {"old"};
	struct job_config job;

	(void)state;
	job_config_init(&job, "acme");
	struct apply_policy policy = apply_policy_of_job(&job);
	assert_int_equal(policy.mode, APPLY_MODE_UPSERT);
	assert_int_equal(policy.scope, APPLY_SCOPE_ALL);
	assert_int_equal(policy.missing, APPLY_MISSING_MARK);
	assert_int_equal(policy.missing_after, 1);
	assert_int_equal(policy.categories, APPLY_CATEGORIES_OVERWRITE);
	assert_int_equal(policy.duplicates, APPLY_DUPLICATES_FIRST);
	assert_int_equal(policy.take_over_count, 0);
	assert_null(policy.language);
	assert_false(policy.creates_fields);
	assert_true(slice_is_empty(mapper_options_of_job(&job).language));

	job.mode = MODE_UPDATE;
	job.scope = SCOPE_TEXTS;
	job.language = "de";
	job.missing = MISSING_DELETE;
	job.missing_after = 3;
	job.categories = CATEGORIES_IGNORE;
	job.duplicates = DUPLICATES_LAST;
	job.unknown_fields = UNKNOWN_FIELDS_CREATE;
	job.keep_absent = 5;
	job.keep_empty = 6;
	job.take_over = others;
	job.take_over_count = 1;
	policy = apply_policy_of_job(&job);
	assert_int_equal(policy.mode, APPLY_MODE_UPDATE);
	assert_int_equal(policy.scope, APPLY_SCOPE_TEXTS);
	assert_string_equal(policy.language, "de");
	assert_int_equal(policy.missing, APPLY_MISSING_DELETE);
	assert_int_equal(policy.missing_after, 3);
	assert_int_equal(policy.categories, APPLY_CATEGORIES_IGNORE);
	assert_int_equal(policy.duplicates, APPLY_DUPLICATES_LAST);
	assert_int_equal(policy.keep_absent, 5);
	assert_int_equal(policy.keep_empty, 6);
	assert_ptr_equal(policy.take_over, others);
	assert_int_equal(policy.take_over_count, 1);
	assert_true(policy.creates_fields);
	assert_int_equal(mapper_options_of_job(&job).unknown_fields, MAPPER_UNKNOWN_CREATE);
	assert_true(slice_equal_text(mapper_options_of_job(&job).language, "de"));
}

static void a_feed_is_proven_by_its_end_or_by_its_length(void **state)
{
	struct run_report report = {.is_whole = false};

	(void)state;
	assert_false(run_report_is_proven(&report));
	report.is_whole = true;
	assert_true(run_report_is_proven(&report));
	report.is_whole = false;
	report.feed.is_length_proven = true;
	assert_true(run_report_is_proven(&report));
}

int run_policy_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fields_of_the_configuration_are_those_of_the_catalogue),
		cmocka_unit_test(a_policy_says_what_the_job_says),
		cmocka_unit_test(a_feed_is_proven_by_its_end_or_by_its_length),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
