/* feedmill.yaml with its folders: what is loaded, and every mistake on the way. */
#include "config/config.h"

#include "config_tests.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct loaded {
	struct config config;
	struct config_problems problems;
};

static void load(const char *path, struct loaded *ret_loaded)
{
	struct error err = ERROR_INIT;
	config_problems_init(&ret_loaded->problems);
	if (config_load(path, &ret_loaded->config, &ret_loaded->problems, &err) < 0)
		fail_msg("%s", err.message);
}

/* A copy of the job as a run has it. */
static struct job_config seal(struct loaded *loaded, const char *name)
{
	const struct job_config *job = config_job(&loaded->config, slice_from(name));
	struct error err = ERROR_INIT;
	assert_non_null(job);
	assert_null(job->config_text);
	struct job_config sealed = *job;
	assert_int_equal(job_config_seal(&sealed, &loaded->config.arena, &err), 0);
	return sealed;
}

static void loaded_release(struct loaded *loaded)
{
	config_release(&loaded->config);
	config_release(&loaded->config);
	config_problems_release(&loaded->problems);
}

/* Write feedmill.yaml, load it, and compare the mistakes. */
static void expect_load(const char *text, const char *problems)
{
	struct loaded loaded;
	workspace_write("feedmill.yaml", text);
	load("feedmill.yaml", &loaded);
	problems_expect(&loaded.problems, problems, text);
	loaded_release(&loaded);
}

static void config_without_a_file_is_empty(void **state)
{
	struct loaded loaded;

	(void)state;
	load(NULL, &loaded);
	problems_expect(&loaded.problems, "", "no file");
	assert_null(loaded.config.file);
	assert_null(loaded.config.store);
	assert_null(loaded.config.jobs_folder);
	assert_null(loaded.config.dialects_folder);
	assert_int_equal(loaded.config.job_count, 0);
	assert_null(config_job(&loaded.config, slice_from("acme")));
	loaded_release(&loaded);
}

static void config_that_is_named_must_exist(void **state)
{
	struct config config;
	struct config_problems problems;
	struct error err = ERROR_INIT;

	(void)state;
	config_problems_init(&problems);
	assert_int_equal(config_load("none.yaml", &config, &problems, &err), -1);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	assert_string_equal(err.message, "configuration 'none.yaml': the file does not exist");
	assert_int_equal(problems.count, 0);
	config_release(&config);
	assert_int_equal(symlink("loop.yaml", "loop.yaml"), 0);
	assert_int_equal(config_load("loop.yaml", &config, &problems, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
}

static void config_may_be_empty(void **state)
{
	(void)state;
	expect_load("", "");
	expect_load("# store: sqlite:x\n", "");
	expect_load("---\n", "");
}

static void config_loads_jobs_by_the_names_of_their_files(void **state)
{
	struct loaded loaded;

	(void)state;
	workspace_write("etc/feedmill.yaml", "store: sqlite:data/market.db\n");
	workspace_write("etc/jobs/b.yaml", "source: b.xml\ncatalog: other\n");
	workspace_write("etc/jobs/a.yaml", "source: https://x.example/\n");
	workspace_write("etc/jobs/a-b.yaml", "source: '-'\n");
	workspace_write("etc/jobs/readme.txt", "source\n");
	workspace_write("etc/dialects/mine.yaml", "anything: [\n");
	load("etc/feedmill.yaml", &loaded);
	problems_expect(&loaded.problems, "", "etc");
	const struct config *config = &loaded.config;
	assert_string_equal(config->file, "etc/feedmill.yaml");
	assert_string_equal(config->store, "sqlite:etc/data/market.db");
	assert_string_equal(config->jobs_folder, "etc/jobs");
	assert_string_equal(config->dialects_folder, "etc/dialects");
	assert_int_equal(config->job_count, 3);
	assert_string_equal(config->jobs[0].name, "a");
	assert_string_equal(config->jobs[1].name, "a-b");
	assert_string_equal(config->jobs[2].name, "b");
	const struct job_config *job = config_job(config, slice_from("b"));
	assert_non_null(job);
	assert_string_equal(job->file, "etc/jobs/b.yaml");
	assert_string_equal(job->source, "etc/jobs/b.xml");
	assert_string_equal(job->catalog, "other");
	assert_string_equal(
		seal(&loaded, "b").config_text,
		"catalog=other mode=upsert scope=all missing=mark categories=overwrite unknown_fields=extra on_empty=clear duplicates=first "
		"lenient=false unproven=fail timezone=UTC");
	assert_string_equal(config_job(config, slice_from("a-b"))->source, "-");
	assert_string_equal(config_job(config, slice_from("a"))->source, "https://x.example/");
	assert_null(config_job(config, slice_from("c")));
	assert_null(config_job(config, slice_from("")));
	loaded_release(&loaded);
}

static void config_folders_may_be_named(void **state)
{
	struct loaded loaded;

	(void)state;
	workspace_write("feedmill.yaml", "jobs: imports\ndialects: ./own\nstore: sqlite:/var/x.db\n");
	workspace_write("imports/a.yaml", "source: x\n");
	workspace_write("jobs/ignored.yaml", "source: x\n");
	assert_int_equal(mkdir("own", 0700), 0);
	load("feedmill.yaml", &loaded);
	problems_expect(&loaded.problems, "", "named folders");
	assert_string_equal(loaded.config.store, "sqlite:/var/x.db");
	assert_string_equal(loaded.config.jobs_folder, "imports");
	assert_string_equal(loaded.config.dialects_folder, "./own");
	assert_int_equal(loaded.config.job_count, 1);
	loaded_release(&loaded);
}

/* feedmill.yaml speaks for jobs that do not; no guard has to do with what a record states. */
static void config_guards_are_what_jobs_start_from(void **state)
{
	static const struct {
		const char *file; /* in feedmill.yaml; NULL = nothing */
		const char *job;
		const char *guards;
	} rows[] = {
		{NULL, NULL, "on"},
		{NULL, "off", "off"},
		{"{removed: {percent: 20}, prices: off}", NULL, "on,removed.percent=20,prices=off"},
		{"{removed: {percent: 20}, prices: off}", "{removed: {count: 5}}",
	         "on,removed.percent=20,removed.count=5,prices=off"},
		{"{removed: {percent: 20}, prices: off}", "{prices: on}", "on,removed.percent=20"},
		{"{removed: {percent: 20}, prices: off}", "on", "on"},
		{"off", NULL, "off"},
		{"off", "on", "on"},
		{"off", "{prices: {change: 80}}", "on,prices.change=80"},
	};
	char config_text[4096] = "";

	(void)state;
	for (size_t index = 0; index < COUNT(rows); index++) {
		char text[256];
		struct loaded loaded;
		(void)snprintf(text, sizeof(text), rows[index].file ? "guards: %s\n" : "# none%s\n",
		               rows[index].file ? rows[index].file : "");
		workspace_write("feedmill.yaml", text);
		(void)snprintf(text, sizeof(text), rows[index].job ? "source: x\nguards: %s\n" : "source: x\n%s",
		               rows[index].job ? rows[index].job : "");
		workspace_write("jobs/acme.yaml", text);
		load("feedmill.yaml", &loaded);
		problems_expect(&loaded.problems, "", text);
		const struct job_config sealed = seal(&loaded, "acme");
		assert_string_equal(sealed.guards_text, rows[index].guards);
		if (index == 0)
			(void)snprintf(config_text, sizeof(config_text), "%s", sealed.config_text);
		assert_string_equal(sealed.config_text, config_text);
		loaded_release(&loaded);
	}
}

static void config_says_how_the_daemon_runs_and_whom_to_tell(void **state)
{
	struct loaded loaded;

	(void)state;
	workspace_write("etc/feedmill.yaml",
	                "metrics: out/feedmill.prom\non_failure: [bin/notify, all]\ndaemon: {per_host: 1, grace: 5s}\n");
	workspace_write("etc/jobs/a.yaml", "source: x\n");
	workspace_write("etc/jobs/b.yaml", "source: x\non_failure: [mail]\n");
	workspace_write("etc/jobs/c.yaml", "source: x\non_failure: []\n");
	load("etc/feedmill.yaml", &loaded);
	problems_expect(&loaded.problems, "", "etc");
	assert_string_equal(loaded.config.metrics, "etc/out/feedmill.prom");
	assert_int_equal(loaded.config.daemon.concurrency, 4);
	assert_int_equal(loaded.config.daemon.per_host, 1);
	assert_int_equal(loaded.config.daemon.grace_ms, 5000);
	const struct job_schedule *first = &loaded.config.jobs[0].schedule;
	assert_int_equal(first->on_failure_count, 2);
	assert_string_equal(first->on_failure[0], "etc/bin/notify");
	assert_string_equal(first->on_failure[1], "all");
	assert_int_equal(loaded.config.jobs[1].schedule.on_failure_count, 1);
	assert_string_equal(loaded.config.jobs[1].schedule.on_failure[0], "mail");
	assert_int_equal(loaded.config.jobs[2].schedule.on_failure_count, 0);
	assert_null(first->expression);
	assert_string_equal(first->time_zone, "UTC");
	assert_true(first->active_from_ms == INT64_MIN && first->active_until_ms == INT64_MAX);
	loaded_release(&loaded);
	expect_load("daemon: {concurrency: 0}", "1:23: daemon: concurrency: '0' is not a whole number from 1 to 1000\n");
	expect_load("daemon: {grace: often}",
	            "1:17: daemon: grace: 'often' is not a duration; write it as '500ms', '15s', '5m' or '2h'\n");
	expect_load("daemon: 4", "1:9: daemon: expected a mapping with 'concurrency'\n");
}

/* What is found after loading is told where it stands in the file, as long as the file says it. */
static void config_tells_later_mistakes_at_their_place(void **state)
{
	struct config_problems problems;
	const struct job_config job = {.name = "a", .file = "a.yaml"};

	(void)state;
	workspace_write("a.yaml", "source: x\nschedule: 0 0 30 2 *\nquiet: \"22:00\"\nretry: {attempts: 2}\n");
	config_problems_init(&problems);
	config_job_problem(&job, "schedule", "cron", 4, "wrong", &problems);
	config_job_problem(&job, "quiet", NULL, 5, "cut", &problems);
	config_job_problem(&job, "retry", "attempts", -1, "few", &problems);
	config_job_problem(&job, "retry", "delay", -1, "none", &problems);
	config_job_problem(&job, "after", NULL, -1, "absent", &problems);
	problems_expect(&problems,
	                "2:15: schedule: wrong\n3:14: quiet: cut\n4:19: retry: few\n4:19: retry: none\na.yaml: after: absent\n",
	                "a.yaml");
	config_problems_release(&problems);
	assert_int_equal(unlink("a.yaml"), 0);
	config_problems_init(&problems);
	config_job_problem(&job, "schedule", NULL, 4, "wrong", &problems);
	problems_expect(&problems, "a.yaml: schedule: wrong\n", "a.yaml");
	config_problems_release(&problems);
}

static void config_default_folders_may_be_missing(void **state)
{
	struct loaded loaded;

	(void)state;
	workspace_write("feedmill.yaml", "");
	workspace_write("dialects", "a file, not a folder");
	load("./feedmill.yaml", &loaded);
	problems_expect(&loaded.problems, "", "no folders");
	assert_null(loaded.config.jobs_folder);
	assert_null(loaded.config.dialects_folder);
	loaded_release(&loaded);
}

static void config_names_the_place_of_each_mistake(void **state)
{
	static const struct {
		const char *text;
		const char *problems;
	} rows[] = {
		{"stroe: x", "1:1: unknown key 'stroe'; did you mean 'store'?\n"},
		{"schedule: x", "1:1: 'schedule' belongs into the file of a job, not into feedmill.yaml\n"},
		{"source: x", "1:1: 'source' belongs into the file of a job, not into feedmill.yaml\n"},
		{"store: postgresql://u:s3cret@db/x",
	         "1:8: store: PostgreSQL stores are not available in this version of feedmill; use 'sqlite:PATH'\n"},
		{"store: postgres://db/x",
	         "1:8: store: PostgreSQL stores are not available in this version of feedmill; use 'sqlite:PATH'\n"},
		{"store: market.db", "1:8: store: 'market.db' is not a store; write it as 'sqlite:PATH'\n"},
		{"store: mysql://u:s3cret@db", "1:8: store: 'a URL' is not a store; write it as 'sqlite:PATH'\n"},
		{"store: 'sqlite:'", "1:8: store: the path is empty\n"},
		{"store: sqlite://var/x.db",
	         "1:8: store: a path stands behind 'sqlite:', not a URL; write it as 'sqlite:/var/lib/feedmill/market.db'\n"},
		{"store: [a]", "1:8: store: expected one value, not a list\n"},
		{"store:", "1:1: store: the value is missing; write one, or remove the key\n"},
		{"jobs: none", "1:7: jobs: the folder 'none' does not exist\n"},
		{"dialects: none", "1:11: dialects: the folder 'none' does not exist\n"},
		{"jobs: feedmill.yaml", "1:7: jobs: 'feedmill.yaml' is not a folder\n"},
		{"jobs: ''", "1:7: jobs: the path is empty\n"},
		{"connections: none", "1:14: connections: the folder 'none' does not exist\n"},
		{"connections: empty", ""},
		{"destinations: empty", ""},
		{"connections: full", ""},
		{"destinations: full",
	         "1:15: 'destinations' is not available in this version of feedmill, but 'full' holds files\n"},
		{"destinations: feedmill.yaml",
	         "1:15: 'destinations' is not available in this version of feedmill, but 'feedmill.yaml' is not an empty folder\n"},
		{"connections: [a]", "1:14: connections: expected one value, not a list\n"},
		{"- store: x", "1:1: expected keys with values ('key: value'), not a list\n"},
		{"store: sqlite:x\nstore: y\nstroe: z\njobs: none\n", "2:1: duplicate key 'store'; the first is in line 1\n"
	                                                              "2:8: store: 'y' is not a store; write it as 'sqlite:PATH'\n"
	                                                              "3:1: unknown key 'stroe'; did you mean 'store'?\n"
	                                                              "4:7: jobs: the folder 'none' does not exist\n"},
		{"store: sqlite:x\nsore: [\n", "3:1: did not find expected node content while parsing a flow node\n"},
	};

	(void)state;
	workspace_write("empty/.keep", "");
	workspace_write("full/a.yaml", "kind: none\n");
	for (size_t index = 0; index < COUNT(rows); index++)
		expect_load(rows[index].text, rows[index].problems);
}

static void config_lists_the_mistakes_of_all_files(void **state)
{
	static const char golden[] = "feedmill.yaml:1:1: unknown key 'stroe'; did you mean 'store'?\n"
				     "    stroe: sqlite:x\n"
				     "    ^\n"
				     "jobs/c.yml: the file is not read; name it 'c.yaml'\n"
				     "jobs/a.yaml:1:1: unknown key 'sorce'; did you mean 'source'?\n"
				     "    sorce: https://feeds.acme.example/full.xml\n"
				     "    ^\n"
				     "jobs/a.yaml:2:12: mode: unknown word 'merge'; write 'upsert', 'add' or 'update'\n"
				     "    mode:      merge\n"
				     "               ^\n"
				     "jobs/adhoc.yaml: 'adhoc' is the name of runs without a job; give the file another name\n"
				     "jobs/b.yaml:2:1: a tab cannot indent YAML; use spaces\n"
				     "    \tcatalog: x\n"
				     "    ^\n"
				     "jobs/d.yaml: 'source' is missing\n"
				     "jobs/e.yaml: this is not a regular file\n"
				     "jobs/f.yaml: refused: group or others may write the file (mode 0666); use 'chmod go-w'\n";
	struct loaded loaded;

	(void)state;
	workspace_write("feedmill.yaml", "stroe: sqlite:x\n");
	workspace_write("jobs/a.yaml", "sorce: https://feeds.acme.example/full.xml\nmode:      merge\n");
	workspace_write("jobs/b.yaml", "source:\n\tcatalog: x\n");
	workspace_write("jobs/c.yml", "source: x\n");
	workspace_write("jobs/d.yaml", "");
	workspace_write("jobs/adhoc.yaml", "source: x\n");
	workspace_write("jobs/f.yaml", "source: x\n");
	assert_int_equal(chmod("jobs/f.yaml", 0666), 0);
	assert_int_equal(mkdir("jobs/e.yaml", 0700), 0);
	load("./feedmill.yaml", &loaded);
	char *printed = problems_printed(&loaded.problems);
	const char *without_folder = strncmp(printed, "./", 2) == 0 ? printed + 2 : printed;
	assert_string_equal(without_folder, golden);
	free(printed);
	loaded_release(&loaded);
}

static void config_that_others_may_write_is_refused(void **state)
{
	struct loaded loaded;

	(void)state;
	workspace_write("feedmill.yaml", "stroe: x\n");
	assert_int_equal(chmod("feedmill.yaml", 0662), 0);
	load("feedmill.yaml", &loaded);
	problems_expect(&loaded.problems,
	                "feedmill.yaml: refused: group or others may write the file (mode 0662); use 'chmod go-w'\n", "rights");
	loaded_release(&loaded);
}

static void config_refuses_a_file_that_is_too_large(void **state)
{
	struct loaded loaded;

	(void)state;
	workspace_write("feedmill.yaml", "store: sqlite:x\n");
	assert_int_equal(truncate("feedmill.yaml", LIMIT_YAML_BYTES + 1), 0);
	load("feedmill.yaml", &loaded);
	problems_expect(&loaded.problems, "feedmill.yaml: the file is larger than 1048576 bytes\n", "size");
	loaded_release(&loaded);
}

static void config_with_a_bomb_is_one_problem(void **state)
{
	(void)state;
	workspace_write("jobs/bomb.yaml", "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n");
	expect_load("", "1:4: anchors ('&') and aliases ('*') are not supported; write the value out\n");
}

#define in_workspace(test) cmocka_unit_test_setup_teardown(test, workspace_setup, workspace_teardown)

int config_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(config_without_a_file_is_empty),
		in_workspace(config_that_is_named_must_exist),
		in_workspace(config_may_be_empty),
		in_workspace(config_loads_jobs_by_the_names_of_their_files),
		in_workspace(config_folders_may_be_named),
		in_workspace(config_guards_are_what_jobs_start_from),
		in_workspace(config_says_how_the_daemon_runs_and_whom_to_tell),
		in_workspace(config_tells_later_mistakes_at_their_place),
		in_workspace(config_default_folders_may_be_missing),
		in_workspace(config_names_the_place_of_each_mistake),
		in_workspace(config_lists_the_mistakes_of_all_files),
		in_workspace(config_that_others_may_write_is_refused),
		in_workspace(config_refuses_a_file_that_is_too_large),
		in_workspace(config_with_a_bomb_is_one_problem),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
