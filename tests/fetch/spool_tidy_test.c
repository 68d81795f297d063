/* Tidying the spool: what a store keeps, what others keep, what is used, and what is old. */
#include "tests.h"

#include "fetch/spool.h"
#include "fetch/spool_tidy.h"
#include "scratch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NOW_MS (INT64_C(1800000000) * 1000)
#define HOUR_MS (INT64_C(3600) * 1000)
#define OURS 0xABCU
#define THEIRS 0xDEFU

/* A keeper by letters: the first one of a digest, the last one of a run's number. */
struct kept {
	const char *feeds;
	const char *runs;
	bool fails;
};

static int keeps_feed(void *context, struct slice sha256, struct error *err)
{
	const struct kept *kept = context;
	assert_int_equal(sha256.size, 64);
	if (kept->fails)
		return error_set(err, ERROR_STORE, "no store");
	return strchr(kept->feeds, sha256.data[0]) != NULL;
}

static int keeps_plan(void *context, int64_t run_id, struct error *err)
{
	const struct kept *kept = context;
	(void)err;
	return strchr(kept->runs, (int)('0' + run_id % 10)) != NULL;
}

static const char *digest_of(char letter)
{
	static char digest[65];
	memset(digest, letter, 64);
	return digest;
}

static const char *spool_path(const struct scratch *scratch, const char *name)
{
	static char path[PATH_MAX];
	(void)snprintf(path, sizeof(path), "%s/%s", scratch->spool, name);
	return path;
}

static void set_age(const char *path, int64_t age_ms)
{
	const struct timespec times[2] = {{.tv_sec = (NOW_MS - age_ms) / 1000}, {.tv_sec = (NOW_MS - age_ms) / 1000}};
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void file_make(const struct scratch *scratch, const char *name, int64_t age_ms)
{
	FILE *file = fopen(spool_path(scratch, name), "wb");
	assert_non_null(file);
	assert_int_equal(fwrite("12345", 1, 5, file), 5);
	assert_int_equal(fclose(file), 0);
	set_age(spool_path(scratch, name), age_ms);
}

/* A feed of five bytes; `claims` of ours ('o') and theirs ('t'). */
static void feed_make(const struct scratch *scratch, char letter, const char *claims, int64_t age_ms)
{
	char name[80];
	struct error err = ERROR_INIT;
	(void)snprintf(name, sizeof(name), "%s.feed", digest_of(letter));
	file_make(scratch, name, age_ms);
	for (const char *claim = claims; *claim != '\0'; claim++)
		assert_int_equal(spool_claim(scratch->spool, digest_of(letter), *claim == 'o' ? OURS : THEIRS, &err), 0);
}

static bool has_feed(const struct scratch *scratch, char letter)
{
	char name[80];
	(void)snprintf(name, sizeof(name), "%s.feed", digest_of(letter));
	return access(spool_path(scratch, name), F_OK) == 0;
}

static struct spool_tally tidy(const struct scratch *scratch, struct kept kept, uint64_t store_number)
{
	const struct spool_keeper keeper = {
		.store_number = store_number, .context = &kept, .keeps_feed = keeps_feed, .keeps_plan = keeps_plan};
	struct spool_tally tally;
	struct error err = ERROR_INIT;
	if (spool_tidy(scratch->spool, &keeper, NOW_MS, &tally, &err) != 0)
		fail_msg("%s", err.message);
	return tally;
}

static void make_spool(const struct scratch *scratch)
{
	assert_int_equal(mkdir(scratch_path(scratch, "state"), 0700), 0);
	assert_int_equal(mkdir(scratch->spool, 0700), 0);
}

static void a_feed_goes_when_nobody_keeps_it(void **state)
{
	static const struct {
		const char *label;
		const char *claims;
		int64_t age_hours;
		bool is_kept;
		bool stays;
	} rows[] = {
		{"ours, kept", "o", 0, true, true},
		{"ours, kept for long", "o", 24 * 1000, true, true},
		{"ours, let go", "o", 0, false, false},
		{"ours and theirs, let go by us", "ot", 0, false, true},
		{"ours and theirs, not touched for half a year", "ot", 24 * 181, false, false},
		{"theirs", "t", 24, false, true},
		{"theirs, not touched for nearly half a year", "t", 24 * 179, false, true},
		{"theirs, not touched for half a year", "t", 24 * 181, false, false},
		{"nobody's, of today", "", 23, false, true},
		{"nobody's, of yesterday", "", 25, false, false},
		{"nobody's, but the ledger knows it", "", 25, true, true},
	};
	const struct scratch *scratch = *state;
	make_spool(scratch);
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		feed_make(scratch, 'a', rows[row].claims, rows[row].age_hours * HOUR_MS);
		const struct spool_tally tally = tidy(scratch, (struct kept){.feeds = rows[row].is_kept ? "a" : "", .runs = ""},
		                                      OURS);
		if (has_feed(scratch, 'a') != rows[row].stays)
			fail_msg("%s", rows[row].label);
		assert_int_equal(tally.feeds_left, rows[row].stays);
		assert_int_equal(tally.feed_bytes_left, rows[row].stays ? 5 : 0);
		assert_int_equal(tally.feeds_removed, !rows[row].stays);
		assert_int_equal(tally.feed_bytes_removed, rows[row].stays ? 0 : 5);
		/* A claim on what is gone only takes room. */
		char name[80];
		(void)snprintf(name, sizeof(name), "%s.feed", digest_of('a'));
		(void)unlink(spool_path(scratch, name));
		(void)tidy(scratch, (struct kept){.feeds = "", .runs = ""}, OURS);
		assert_int_equal(scratch_spool_count(scratch, ""), 0);
	}
}

static void the_last_store_to_let_go_removes_the_feed(void **state)
{
	const struct scratch *scratch = *state;
	make_spool(scratch);
	feed_make(scratch, 'a', "ot", 0);
	assert_int_equal(tidy(scratch, (struct kept){.feeds = "", .runs = ""}, OURS).feeds_removed, 0);
	assert_int_equal(tidy(scratch, (struct kept){.feeds = "a", .runs = ""}, THEIRS).feeds_left, 1);
	assert_true(has_feed(scratch, 'a'));
	assert_int_equal(tidy(scratch, (struct kept){.feeds = "", .runs = ""}, THEIRS).feeds_removed, 1);
	assert_int_equal(scratch_spool_count(scratch, ""), 0);
}

static void a_kept_feed_does_not_grow_old(void **state)
{
	const struct scratch *scratch = *state;
	struct stat status;
	char name[80];
	make_spool(scratch);
	feed_make(scratch, 'a', "ot", 24 * 200 * HOUR_MS);
	(void)tidy(scratch, (struct kept){.feeds = "a", .runs = ""}, THEIRS);
	(void)snprintf(name, sizeof(name), "%s.feed", digest_of('a'));
	assert_int_equal(stat(spool_path(scratch, name), &status), 0);
	assert_true((int64_t)status.st_mtime == NOW_MS / 1000);
	(void)tidy(scratch, (struct kept){.feeds = "", .runs = ""}, OURS);
	assert_true(has_feed(scratch, 'a'));
}

static void a_feed_in_use_stays(void **state)
{
	const struct scratch *scratch = *state;
	struct spool_file file = SPOOL_FILE_INIT;
	struct error err = ERROR_INIT;
	char path[PATH_MAX];
	char sha256[65];
	int first = -1;
	int second = -1;
	for (int fetch = 0; fetch < 2; fetch++) {
		assert_int_equal(spool_open(&file, scratch->spool, NOW_MS, &err), 0);
		assert_int_equal(spool_write(&file, "abc", 3, &err), 0);
		assert_int_equal(spool_commit(&file, path, sha256, fetch == 0 ? &first : &second, &err), 0);
		assert_int_equal(spool_claim(scratch->spool, sha256, OURS, &err), 0);
	}
	set_age(path, 24 * 1000 * HOUR_MS);
	/* As long as any of its users is there. */
	const int third = spool_hold(path);
	assert_true(third >= 0);
	assert_int_equal(tidy(scratch, (struct kept){.feeds = "", .runs = ""}, OURS).feeds_left, 1);
	(void)close(first);
	assert_int_equal(tidy(scratch, (struct kept){.feeds = "", .runs = ""}, OURS).feeds_left, 1);
	(void)close(second);
	assert_int_equal(tidy(scratch, (struct kept){.feeds = "", .runs = ""}, OURS).feeds_left, 1);
	(void)close(third);
	assert_int_equal(tidy(scratch, (struct kept){.feeds = "", .runs = ""}, OURS).feeds_removed, 1);
	assert_int_equal(scratch_spool_count(scratch, ""), 0);
	assert_int_equal(spool_hold(path), -1);
}

static void a_claim_follows_a_feed_that_was_replaced(void **state)
{
	const struct scratch *scratch = *state;
	make_spool(scratch);
	feed_make(scratch, 'a', "o", 0);
	char name[80];
	(void)snprintf(name, sizeof(name), "%s.feed", digest_of('a'));
	assert_int_equal(unlink(spool_path(scratch, name)), 0);
	feed_make(scratch, 'a', "oo", 0);
	struct stat status;
	assert_int_equal(stat(spool_path(scratch, name), &status), 0);
	assert_int_equal(status.st_nlink, 2);
}

static void plans_go_with_their_runs(void **state)
{
	const struct scratch *scratch = *state;
	static const struct {
		const char *name;
		int64_t age_hours;
		bool stays;
	} rows[] = {
		{"plan-0000000000000abc-12.jsonl", 24 * 1000, true},
		{"plan-0000000000000abc-13.jsonl", 0, false},
		{"plan-0000000000000def-13.jsonl", 24 * 179, true}, /* another store's */
		{"plan-0000000000000def-12.jsonl", 24 * 181, false},
		/* None of ours. */
		{"plan-0000000000000abc-013.jsonl", 24 * 1000, true},
		{"plan-0000000000000abc-+3.jsonl", 24 * 1000, true},
		{"plan-0000000000000abc-3.jsonl.old", 24 * 1000, true},
		{"plan-0000000000000ABC-3.jsonl", 24 * 1000, true},
		{"plan-abc-3.jsonl", 24 * 1000, true},
		{"plan-0000000000000abc--3.jsonl", 24 * 1000, true},
		{"plan-0000000000000abc-99999999999999999993.jsonl", 24 * 1000, true},
		{"notes.txt", 24 * 1000, true},
		{".incoming-AbCdEf", 23, true},
		{".incoming-AbCdEf", 25, false},
		{"0123.feed", 24 * 1000, true},
		{"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.feed.old", 24 * 1000, true},
	};
	make_spool(scratch);
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		file_make(scratch, rows[row].name, rows[row].age_hours * HOUR_MS);
		const struct spool_tally tally = tidy(scratch, (struct kept){.feeds = "", .runs = "2"}, OURS);
		if ((access(spool_path(scratch, rows[row].name), F_OK) == 0) != rows[row].stays)
			fail_msg("%s", rows[row].name);
		assert_int_equal(tally.plans_removed, !rows[row].stays && rows[row].name[0] == 'p');
		(void)unlink(spool_path(scratch, rows[row].name));
	}
}

static void what_is_no_file_stays(void **state)
{
	const struct scratch *scratch = *state;
	char name[80];
	make_spool(scratch);
	(void)snprintf(name, sizeof(name), "%s.feed", digest_of('a'));
	assert_int_equal(symlink("/etc/hostname", spool_path(scratch, name)), 0);
	(void)snprintf(name, sizeof(name), "%s.feed", digest_of('b'));
	assert_int_equal(mkdir(spool_path(scratch, name), 0700), 0);
	(void)snprintf(name, sizeof(name), "%s.feed", digest_of('c'));
	assert_int_equal(mkfifo(spool_path(scratch, name), 0600), 0);
	const struct spool_tally tally = tidy(scratch, (struct kept){.feeds = "", .runs = ""}, OURS);
	assert_int_equal(tally.feeds_left + tally.feeds_removed, 0);
	assert_int_equal(scratch_spool_count(scratch, ""), 3);
}

static void a_keeper_that_fails_removes_nothing(void **state)
{
	const struct scratch *scratch = *state;
	struct kept kept = {.feeds = "", .runs = "", .fails = true};
	const struct spool_keeper keeper = {
		.store_number = OURS, .context = &kept, .keeps_feed = keeps_feed, .keeps_plan = keeps_plan};
	struct spool_tally tally;
	struct error err = ERROR_INIT;
	make_spool(scratch);
	feed_make(scratch, 'a', "o", 0);
	assert_int_equal(spool_tidy(scratch->spool, &keeper, NOW_MS, &tally, &err), -1);
	assert_int_equal(err.code, ERROR_STORE);
	assert_true(has_feed(scratch, 'a'));
	assert_int_equal(tidy(scratch, (struct kept){.feeds = "a", .runs = ""}, OURS).feeds_left, 1);
}

static void a_spool_that_is_not_there_is_empty(void **state)
{
	const struct scratch *scratch = *state;
	struct error err = ERROR_INIT;
	assert_int_equal(tidy(scratch, (struct kept){.feeds = "", .runs = ""}, OURS).feeds_left, 0);
	assert_int_equal(spool_claim(scratch->spool, digest_of('a'), OURS, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
}

int run_spool_tidy_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_feed_goes_when_nobody_keeps_it, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(the_last_store_to_let_go_removes_the_feed, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_kept_feed_does_not_grow_old, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_feed_in_use_stays, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_claim_follows_a_feed_that_was_replaced, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(plans_go_with_their_runs, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(what_is_no_file_stays, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_keeper_that_fails_removes_nothing, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(a_spool_that_is_not_there_is_empty, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests_name("spool_tidy", tests, NULL, NULL);
}
