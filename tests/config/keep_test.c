/* keep: figures of feedmill.yaml and of a job, and what is wrong with them. */
#include "config_tests.h"

#include <string.h>

/* The figures of the job acme, beside this feedmill.yaml: of all kinds, then of spool, changes and complaints. */
static void expect_keep(const char *file, const char *job, const char *expected)
{
	struct config_problems problems;
	struct config config;
	struct error err = ERROR_INIT;
	struct buffer text;

	workspace_write("feedmill.yaml", file);
	workspace_write("jobs/acme.yaml", job);
	config_problems_init(&problems);
	if (config_load("feedmill.yaml", &config, &problems, &err) < 0)
		fail_msg("%s", err.message);
	problems_expect(&problems, "", job);
	buffer_init(&text, 4096);
	for (enum keep_kind kind = KEEP_SPOOL; kind <= KEEP_COMPLAINTS; kind++) {
		const struct keep_limit limit = keep_policy_limit(&config_job(&config, slice_from("acme"))->keep, kind);
		(void)buffer_append_format(&text, "%lld/%lld ", limit.runs == KEEP_ALL ? -1LL : (long long)limit.runs,
		                           limit.days == KEEP_ALL ? -1LL : (long long)limit.days);
	}
	(void)buffer_append_format(&text, "%lld", (long long)config_job(&config, slice_from("acme"))->keep.spool_max_bytes >> 20);
	assert_string_equal(buffer_text(&text), expected);
	buffer_release(&text);
	config_release(&config);
	config_problems_release(&problems);
}

static void each_figure_of_a_job_replaces_that_of_the_file(void **state)
{
	static const struct {
		const char *file;
		const char *job;
		const char *expected;
	} rows[] = {
		{"", "", "10/90 10/90 10/90 20480"},
		{"keep: {runs: 3}", "", "3/90 3/90 3/90 20480"},
		{"keep: {runs: 3, days: 7}", "keep: {days: 30}", "3/30 3/30 3/30 20480"},
		{"keep: {spool_max_bytes: 1GiB}", "", "10/90 10/90 10/90 1024"},
		{"keep: {spool_max_bytes: 1GiB}", "keep: {spool_max_bytes: 2097152}", "10/90 10/90 10/90 2"},
		{"keep: {spool: {runs: 2}, changes: {days: 400}}", "", "2/90 10/400 10/90 20480"},
		{"keep: {spool: {runs: 2}}", "keep: {runs: 5, spool: {days: 1}, complaints: {runs: 1}}", "2/1 5/90 1/90 20480"},
		{"keep: {runs: all}", "keep: {days: all, changes: {days: 3}}", "-1/-1 -1/3 -1/-1 20480"},
		{"keep: {runs: 3}", "keep: {runs: all}", "-1/90 -1/90 -1/90 20480"},
		{"keep: {}", "keep: {}", "10/90 10/90 10/90 20480"},
	};

	(void)state;
	for (size_t row = 0; row < COUNT(rows); row++) {
		struct buffer job;
		buffer_init(&job, 4096);
		(void)buffer_append_format(&job, "source: x\n%s\n", rows[row].job);
		expect_keep(rows[row].file, buffer_text(&job), rows[row].expected);
		buffer_release(&job);
	}
}

static void wrong_figures_are_told_with_their_place(void **state)
{
	static const struct {
		const char *text;
		const char *problems;
	} rows[] = {
		{"keep: 10", "1:7: keep: expected a mapping as '{runs: 10, days: 90}'\n"},
		{"keep: [10]", "1:7: keep: expected one value, not a list\n"},
		{"keep:", "1:1: keep: the value is missing; write one, or remove the key\n"},
		{"keep: {runs: 0}", "1:14: keep: runs: '0': expected a whole number from 1 to 1000000, or 'all'\n"},
		{"keep: {runs: 1000001}", "1:14: keep: runs: '1000001': expected a whole number from 1 to 1000000, or 'all'\n"},
		{"keep: {runs: -1}", "1:14: keep: runs: '-1': expected a whole number from 1 to 1000000, or 'all'\n"},
		{"keep: {runs: [1]}", "1:14: keep: runs: expected a whole number from 1 to 1000000, or 'all'\n"},
		{"keep: {runs: }", "1:14: keep: runs: '': expected a whole number from 1 to 1000000, or 'all'\n"},
		{"keep: {days: 90d}", "1:14: keep: days: '90d': expected a whole number from 1 to 36500, or 'all'\n"},
		{"keep: {day: 90}", "1:8: unknown key 'day'; did you mean 'days'?\n"},
		{"keep: {spool_max_bytes: much}",
	         "1:25: keep: spool_max_bytes: 'much' is not a size; write it as '500MiB' or '4GiB'\n"},
		{"keep: {spool_max_bytes: 0}", "1:25: keep: spool_max_bytes: must be from 1B to 1024TiB\n"},
		{"keep: {spool_max_bytes: {a: 1}}", "1:25: keep: spool_max_bytes: expected a size as '20GiB'\n"},
		{"keep: {spool: 5}", "1:15: keep: spool: '5': expected a mapping as '{runs: 10, days: 90}'\n"},
		{"keep: {changes: {runs: x}}",
	         "1:24: keep: changes: runs: 'x': expected a whole number from 1 to 1000000, or 'all'\n"},
		{"keep: {complaints: {count: 1}}", "1:21: unknown key 'count'\n"},
	};

	(void)state;
	for (size_t row = 0; row < COUNT(rows); row++) {
		struct config_problems problems;
		struct config config;
		struct error err = ERROR_INIT;

		workspace_write("feedmill.yaml", rows[row].text);
		config_problems_init(&problems);
		if (config_load("feedmill.yaml", &config, &problems, &err) < 0)
			fail_msg("%s", err.message);
		problems_expect(&problems, rows[row].problems, rows[row].text);
		config_release(&config);
		config_problems_release(&problems);
	}
}

static void what_is_kept_does_not_shape_items(void **state)
{
	struct arena arena;
	struct job_config job, other;
	struct error err = ERROR_INIT;

	(void)state;
	arena_init(&arena, (size_t)4 * 1024 * 1024);
	job_config_init(&job, "acme");
	job_config_init(&other, "acme");
	other.keep.rest.runs = 3;
	assert_int_equal(job_config_seal(&job, &arena, &err), 0);
	assert_int_equal(job_config_seal(&other, &arena, &err), 0);
	assert_string_equal(job.config_text, other.config_text);
	arena_release(&arena);
}

int keep_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_figure_of_a_job_replaces_that_of_the_file, workspace_setup,
	                                        workspace_teardown),
		cmocka_unit_test_setup_teardown(wrong_figures_are_told_with_their_place, workspace_setup, workspace_teardown),
		cmocka_unit_test(what_is_kept_does_not_shape_items),
	};

	return cmocka_run_group_tests_name("keep", tests, NULL, NULL);
}
