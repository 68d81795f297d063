/* Folders of so many jobs that several threads read them: nothing of that is to be seen. */
#include "config/jobs.h"

#include "config_tests.h"

#include "base/limits.h"
#include "support/allocation.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MANY 4321 /* more than four readers begin with */

struct loaded {
	struct config config;
	struct config_problems problems;
};

static void load(struct loaded *ret_loaded)
{
	struct error err = ERROR_INIT;
	config_problems_init(&ret_loaded->problems);
	if (config_load("feedmill.yaml", &ret_loaded->config, &ret_loaded->problems, &err) < 0)
		fail_msg("%s", err.message);
}

static void loaded_release(struct loaded *loaded)
{
	config_release(&loaded->config);
	config_problems_release(&loaded->problems);
}

static const char *name_job(size_t number, const char *extension)
{
	static char text[64];
	(void)snprintf(text, sizeof(text), "%sjob-%05zu%s", extension[0] != '\0' ? "jobs/" : "", number, extension);
	return text;
}

/* From the last to the first: the folder's own order is none. */
static void write_jobs(size_t count)
{
	workspace_write("feedmill.yaml", "guards: {prices: off}\nkeep: {runs: 7}\n");
	for (size_t number = count; number-- > 0;) {
		char text[128];
		(void)snprintf(text, sizeof(text), "source: feed-%zu.xml\ntimezone: Europe/Berlin\nrun_timeout: %zus\n", number,
		               number + 1);
		workspace_write(name_job(number, ".yaml"), text);
	}
}

static void jobs_of_a_large_folder_are_all_read(void **state)
{
	struct loaded loaded;

	(void)state;
	write_jobs(MANY);
	load(&loaded);
	problems_expect(&loaded.problems, "", "many jobs");
	assert_int_equal(loaded.config.job_count, MANY);
	for (size_t number = 0; number < MANY; number++) {
		const struct job_config *job = &loaded.config.jobs[number];
		char source[64];
		(void)snprintf(source, sizeof(source), "jobs/feed-%zu.xml", number);
		assert_string_equal(job->name, name_job(number, ""));
		assert_string_equal(job->file, name_job(number, ".yaml"));
		assert_string_equal(job->source, source);
		assert_string_equal(job->schedule.time_zone, "Europe/Berlin");
		assert_int_equal(job->schedule.run_timeout_ms, (number + 1) * 1000);
		assert_int_equal(job->keep.rest.runs, 7);
		assert_true(job->guards.guards[GUARD_PRICES].is_off);
		assert_ptr_equal(config_job(&loaded.config, slice_from(job->name)), job);
	}
	loaded_release(&loaded);
}

/* Where nothing is wrong but with these files, in the order of their names. */
static void jobs_that_are_broken_are_told_in_their_order(void **state)
{
	static const size_t broken[] = {0, 1, MANY / 4, MANY / 4 + 1, MANY / 2, MANY / 2 + 1, MANY * 3 / 4, MANY - 2, MANY - 1};
	struct loaded loaded;
	struct buffer expected;

	(void)state;
	write_jobs(MANY);
	buffer_init(&expected, 65536);
	for (size_t index = 0; index < COUNT(broken); index++) {
		const char *path = name_job(broken[index], ".yaml");
		if (index % 3 == 0) {
			workspace_write(path, "source: x\nmode: perhaps\n");
			(void)buffer_append_format(
				&expected,
				"%s:2:7: mode: unknown word 'perhaps'; write 'upsert', 'add' or 'update'\n    mode: perhaps\n          ^\n",
				path);
		} else if (index % 3 == 1) {
			assert_int_equal(chmod(path, 0622), 0);
			(void)buffer_append_format(
				&expected, "%s: refused: group or others may write the file (mode 0622); use 'chmod go-w'\n", path);
		} else {
			assert_int_equal(unlink(path), 0);
			assert_int_equal(symlink(strrchr(path, '/') + 1, path), 0);
			(void)buffer_append_format(&expected, "%s: the file cannot be opened: %s\n", path, strerror(ELOOP));
		}
	}
	load(&loaded);
	char *printed = problems_printed(&loaded.problems);
	assert_string_equal(printed, buffer_text(&expected));
	assert_int_equal(loaded.problems.count, COUNT(broken));
	free(printed);
	buffer_release(&expected);
	loaded_release(&loaded);
}

/* The first ones are listed, as many as one reader would list. */
static void jobs_may_all_be_broken(void **state)
{
	struct loaded loaded;
	size_t number = 0;

	(void)state;
	write_jobs(MANY);
	for (number = 0; number < MANY; number++) {
		if (number != 5)
			workspace_write(name_job(number, ".yaml"), "source: x\nlenient: perhaps\nmode: perhaps\n");
	}
	load(&loaded);
	assert_int_equal(loaded.problems.count, 2 * (MANY - 1));
	number = 0;
	for (const struct config_problem *problem = loaded.problems.first; problem != NULL; problem = problem->next) {
		const size_t job = number / 2 + (number >= 10 ? 1 : 0);
		assert_string_equal(problem->file, name_job(job, ".yaml"));
		assert_int_equal(problem->line, 2 + number % 2);
		number++;
	}
	assert_int_equal(number, LIMIT_CONFIG_ERRORS);
	loaded_release(&loaded);
}

/* Whichever reader it is that gets no memory. */
static void jobs_that_find_no_memory_are_none(void **state)
{
	struct loaded loaded;
	struct config config;
	struct config_problems problems;

	(void)state;
	write_jobs(MANY);
	allocation_fail_at(0);
	load(&loaded);
	loaded_release(&loaded);
	const size_t count = allocation_count();
	assert_true(count > MANY);
	for (size_t number = 20; number < count; number += count / 6) {
		struct error err = ERROR_INIT;
		config_problems_init(&problems);
		allocation_fail_at(number);
		const int result = config_load("feedmill.yaml", &config, &problems, &err);
		assert_true(allocation_stop());
		assert_int_equal(result, -1);
		assert_int_equal(err.code, ERROR_MEMORY);
		assert_int_equal(problems.count, 0);
		config_release(&config);
		config_problems_release(&problems);
	}
}

#define in_workspace(test) cmocka_unit_test_setup_teardown(test, workspace_setup, workspace_teardown)

int jobs_tests(void)
{
	const struct CMUnitTest tests[] = {
		in_workspace(jobs_of_a_large_folder_are_all_read),
		in_workspace(jobs_that_are_broken_are_told_in_their_order),
		in_workspace(jobs_may_all_be_broken),
		in_workspace(jobs_that_find_no_memory_are_none),
	};

	return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
