/* Notices in words, as JSON and as fields of the journal. */
#include "notify/notice.h"

#include "base/json.h"
#include "base/json_read.h"
#include "notify/journal.h"
#include "notify_tests.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct store_notice make_notice(enum store_problem problem, const char *outcome, int64_t runs)
{
	return (struct store_notice){
		.job_key = 1,
		.job = "acme",
		.problem = problem,
		.told = problem == STORE_PROBLEM_NONE ? STORE_PROBLEM_FAILED : STORE_PROBLEM_NONE,
		.problem_at_ms = problem == STORE_PROBLEM_NONE ? 0 : 1767225600000,
		.problem_run_id = problem == STORE_PROBLEM_NONE || runs == 0 ? 0 : 10,
		.problem_runs = runs,
		.run_id = 12,
		.trigger = "manual",
		.outcome = outcome,
		.catalog = "main",
		.started_at_ms = 1767225600000,
		.finished_at_ms = 1767225601000,
		.error = "{\"code\":\"feed\",\"message\":\"tag 'a' is not closed\\u000a\\u001b[31m\"}",
	};
}

static void a_notice_says_what_is_wrong(void **state)
{
	static const struct {
		enum store_problem problem;
		const char *outcome;
		int64_t runs;
		const char *error;
		const char *words;
	} rows[] = {
		{STORE_PROBLEM_FAILED, "failed", 1, NULL, "acme: run 12 failed"},
		{STORE_PROBLEM_FAILED, "failed", 1, "{\"message\":\"gone\"}", "acme: run 12 failed: gone"},
		{STORE_PROBLEM_FAILED, "failed", 1, "{\"message\":\"a\\u000a\\u001b[31m\"}", "acme: run 12 failed: a\\n\\x1b[31m"},
		{STORE_PROBLEM_FAILED, "failed", 1, "{\"message\":", "acme: run 12 failed"},
		{STORE_PROBLEM_FAILED, "failed", 3, "{\"message\":\"gone\"}",
	         "acme: run 12 failed: gone (3 runs in a row, since run 10)"},
		{STORE_PROBLEM_FAILED, "interrupted", 1, NULL, "acme: run 12 was killed"},
		{STORE_PROBLEM_TEMPORARY, "failed", 1, "{\"message\":\"busy\"}", "acme: run 12 failed for now: busy"},
		{STORE_PROBLEM_HELD, "held", 1, NULL, "acme: run 12 is held by a guard: 'feedmill show 12' tells more"},
		{STORE_PROBLEM_MISSED, "applied", 0, NULL, "acme: no run has come that was due at 2026-01-01T00:00:00Z"},
		{STORE_PROBLEM_MISSED, "failed", 2, NULL, "acme: no run has come that was due"},
		{STORE_PROBLEM_NONE, "unchanged", 0, NULL, "acme: well again: run 12 ended 'unchanged'"},
	};

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct store_notice notice = make_notice(rows[row].problem, rows[row].outcome, rows[row].runs);
		struct buffer text;

		notice.error = rows[row].error;
		buffer_init(&text, 4096);
		notice_append_text(&(struct notice){.about = &notice}, &text);
		assert_string_equal(buffer_text(&text), rows[row].words);
		buffer_release(&text);
	}
}

static void one_notice_may_be_about_many_jobs(void **state)
{
	struct store_notice notice = make_notice(STORE_PROBLEM_MISSED, "applied", 0);
	struct buffer text;

	(void)state;
	buffer_init(&text, 4096);
	notice_append_text(&(struct notice){.about = &notice, .other_jobs = 99}, &text);
	assert_string_equal(buffer_text(&text),
	                    "acme: no run has come that was due at 2026-01-01T00:00:00Z, and so it is with 99 other jobs:"
	                    " is what starts them alive? 'feedmill jobs --missed' lists them");
	buffer_release(&text);
}

static void a_notice_is_one_json_object(void **state)
{
	struct store_notice notice = make_notice(STORE_PROBLEM_FAILED, "failed", 3);
	struct buffer json;
	struct slice value;

	(void)state;
	buffer_init(&json, 65536);
	notice_append_json(&(struct notice){.about = &notice}, "feedmill/1", &json);
	assert_string_equal(
		buffer_text(&json),
		"{\"event\":\"problem\",\"job\":\"acme\",\"catalog\":\"main\",\"problem\":\"failed\",\"before\":null,"
		"\"since_at_ms\":1767225600000,\"since_run\":10,\"runs\":3,\"other_jobs\":0,\"run\":{\"run\":12,\"trigger\":\"manual\","
		"\"outcome\":\"failed\",\"started_at_ms\":1767225600000,\"finished_at_ms\":1767225601000,"
		"\"error\":{\"code\":\"feed\",\"message\":\"tag 'a' is not closed\\u000a\\u001b[31m\"},\"guard\":null},"
		"\"message\":\"acme: run 12 failed: tag 'a' is not closed\\\\n\\\\x1b[31m (3 runs in a row, since run 10)\","
		"\"program\":\"feedmill/1\"}");
	/* What somebody has written into the ledger cannot break it. */
	json.size = 0;
	notice = make_notice(STORE_PROBLEM_NONE, "applied", 0);
	notice.error = "}, \"x\": {";
	notice.guard = "[1";
	notice_append_json(&(struct notice){.about = &notice}, "feedmill/1", &json);
	assert_true(json_is_valid(buffer_slice(&json), '{'));
	assert_true(json_find(buffer_slice(&json), "event", &value) && slice_equal_text(value, "\"recovered\""));
	assert_true(json_find(buffer_slice(&json), "before", &value) && slice_equal_text(value, "\"failed\""));
	/* Nothing has run yet. */
	json.size = 0;
	notice = (struct store_notice){.job = "acme", .problem = STORE_PROBLEM_MISSED, .problem_at_ms = 5};
	notice_append_json(&(struct notice){.about = &notice}, "feedmill/1", &json);
	assert_true(json_find(buffer_slice(&json), "run", &value) && slice_equal_text(value, "null"));
	buffer_release(&json);
}

static void the_journal_gets_fields(void **state)
{
	static const char *const expected[] = {
		"MESSAGE=two\nlines",
		"MESSAGE_ID=5c1e0f7a9b6d4d0c8a3f2e71d4b9c605",
		"PRIORITY=3",
		"SYSLOG_IDENTIFIER=feedmill",
		"FEEDMILL_JOB=acme",
		"FEEDMILL_EVENT=problem",
		"FEEDMILL_PROBLEM=failed",
		"FEEDMILL_RUN=12",
		"FEEDMILL_OUTCOME=failed",
		"FEEDMILL_SINCE_RUN=10",
		"FEEDMILL_RUNS=3",
	};
	struct store_notice notice = make_notice(STORE_PROBLEM_FAILED, "failed", 3);
	struct iovec fields[NOTICE_FIELDS_MAX];
	struct buffer bytes;

	(void)state;
	buffer_init(&bytes, NOTICE_FIELDS_BYTES_MAX);
	assert_int_equal(notice_make_fields(&(struct notice){.about = &notice}, slice_from("two\nlines"), &bytes, fields),
	                 sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_true(slice_equal_text(slice_make(fields[i].iov_base, fields[i].iov_len), expected[i]));
	buffer_release(&bytes);
	/* All that there can be. */
	notice.told = STORE_PROBLEM_HELD;
	buffer_init(&bytes, NOTICE_FIELDS_BYTES_MAX);
	assert_int_equal(notice_make_fields(&(struct notice){.about = &notice, .other_jobs = 7}, slice_from("x"), &bytes, fields),
	                 NOTICE_FIELDS_MAX);
	buffer_release(&bytes);
	buffer_init(&bytes, 8);
	assert_int_equal(notice_make_fields(&(struct notice){.about = &notice, .other_jobs = 7}, slice_from("x"), &bytes, fields),
	                 0);
	buffer_release(&bytes);
}

static void the_journal_is_where_systemd_says_it_is(void **state)
{
	struct stat status;
	char stream[64];
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fstat(ends[1], &status), 0);
	(void)snprintf(stream, sizeof(stream), "%lld:%lld", (long long)status.st_dev, (long long)status.st_ino);
	assert_true(journal_is_behind(ends[1], stream));
	(void)snprintf(stream, sizeof(stream), "%lld:%lld", (long long)status.st_dev, (long long)status.st_ino + 1);
	assert_false(journal_is_behind(ends[1], stream));
	assert_false(journal_is_behind(ends[1], NULL));
	assert_false(journal_is_behind(ends[1], ""));
	assert_false(journal_is_behind(ends[1], "1"));
	assert_false(journal_is_behind(ends[1], "1:"));
	assert_false(journal_is_behind(ends[1], "a:b"));
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int notice_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_notice_says_what_is_wrong),
		cmocka_unit_test(one_notice_may_be_about_many_jobs),
		cmocka_unit_test(a_notice_is_one_json_object),
		cmocka_unit_test(the_journal_gets_fields),
		cmocka_unit_test(the_journal_is_where_systemd_says_it_is),
	};

	return cmocka_run_group_tests_name("notice", tests, NULL, NULL);
}
