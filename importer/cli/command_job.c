/* feedmill job: what can be done with jobs beside running them; and feedmill jobs. */
#include "cli/command_job.h"

#include "cli/verb.h"

static const enum option_id pause_options[] = {OPTION_REASON, OPTION_UNTIL};
static const enum option_id list_options[] = {OPTION_MISSED};
static const enum option_id rename_options[] = {OPTION_FORCE};
static const enum option_id next_verb_options[] = {OPTION_TIMES, OPTION_AFTER};

/* A further subcommand is a line here, and its function. */
static const struct verb verbs[] = {
	{.name = "list", .arguments = "", .run = job_list, VERB_OPTIONS(list_options)},
	{.name = "next", .arguments = "[JOB...]", .arguments_max = SIZE_MAX, .run = job_next, VERB_OPTIONS(next_verb_options)},
	{.name = "pause",
         .arguments = "JOB...",
         .arguments_min = 1,
         .arguments_max = SIZE_MAX,
         .run = job_pause,
         VERB_OPTIONS(pause_options)},
	{.name = "resume", .arguments = "JOB...", .arguments_min = 1, .arguments_max = SIZE_MAX, .run = job_resume},
	{.name = "clone", .arguments = "JOB NEW", .arguments_min = 2, .arguments_max = 2, .run = job_clone},
	{.name = "rename",
         .arguments = "JOB NEW",
         .arguments_min = 2,
         .arguments_max = 2,
         .run = job_rename,
         VERB_OPTIONS(rename_options)},
};

/* That every verb takes. */
static const enum option_id common_options[] = {OPTION_CONFIG, OPTION_STORE, OPTION_JSON};

static const enum option_id options[] = {OPTION_CONFIG, OPTION_STORE, OPTION_MISSED, OPTION_REASON, OPTION_UNTIL,
                                         OPTION_FORCE,  OPTION_TIMES, OPTION_AFTER,  OPTION_JSON};

static int job(const struct invocation *invocation)
{
	const struct verb_table table = {
		.verbs = verbs,
		.count = sizeof(verbs) / sizeof(verbs[0]),
		VERB_OPTIONS(common_options),
	};

	return verb_run(invocation, &table);
}

const struct command command_job = {
	.name = "job",
	.arguments = "list | next [JOB...] | pause JOB... | resume JOB... | clone JOB NEW | rename JOB NEW",
	.summary = "list jobs, how they are and when they run; pause, resume, clone and rename them",
	.details =
		"'list' is 'feedmill jobs', 'next' is 'feedmill next'. 'pause' keeps schedules from running a job, until --until or until it is resumed; the store keeps that,\n"
		"so it outlasts restarts. 'feedmill run JOB' runs it all the same.\n"
		"\n"
		"'clone' copies a job's file as it is under another name, and runs nothing. 'rename' moves the file, and in one transaction all that\n"
		"the store has of the job: its items, runs, changes and undos are those of the new name then. It refuses while a run of the job is\n"
		"going on, and where other jobs name it ('take_over', 'after'), until they are edited or --force is said; their places are listed.\n"
		"A job whose file was moved by hand is renamed in the store alone. A daemon knows the old name until SIGHUP has it read the\n"
		"configuration again, and timers until they are removed and installed anew: nothing runs the new one before.\n"
		"\n"
		"Exit status: 0 done; 1 failed, or with --missed a run has not come; 2 usage or configuration; 75 the store is busy.",
	.arguments_min = 1,
	.arguments_max = SIZE_MAX,
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.run = job,
};

static const enum option_id jobs_options[] = {OPTION_CONFIG, OPTION_STORE, OPTION_MISSED, OPTION_JSON};

const struct command command_jobs = {
	.name = "jobs",
	.arguments = "",
	.summary = "how the jobs are: last run, next one, records of the last feeds, what is held, paused or failing",
	.details =
		"Jobs that are configured or known to the store, by name. 'ago' is the age of the last run, 'next' in how long the next one\n"
		"starts by the job's schedule, 'records' how many records its last feeds had, the oldest first, and 'state' what wants somebody:\n"
		"what failed and since which run, what a guard holds, what is paused. A warning tells of each hook that fails, and since when.\n"
		"--json has the same and more in figures.\n"
		"\n"
		"--missed lists only jobs whose run was to start more than 15 minutes ago and has not come, and ends with exit status 1 where there\n"
		"is one: a check for a monitor, which needs no scheduler to be alive. Each run looks for that too, and tells people.",
	.options = jobs_options,
	.option_count = sizeof(jobs_options) / sizeof(jobs_options[0]),
	.run = job_list,
};

static const enum option_id next_options[] = {OPTION_CONFIG, OPTION_STORE, OPTION_TIMES, OPTION_AFTER, OPTION_JSON};

const struct command command_next = {
	.name = "next",
	.arguments = "[JOB...]",
	.summary = "when jobs run next, by the clock of their time zone and in UTC, and what is unusual about it",
	.details =
		"All jobs with a schedule, the one that starts first at the top, or those that are named. 'due' is what the clocks of the job's time\n"
		"zone show then; 'starts' stands where the job's jitter or quiet hours make it later. A note tells of a time that clocks skip or show\n"
		"twice at a change of daylight saving, of a pause, and of jobs that run after others.\n"
		"\n"
		"Exit status: 0 done; 1 failed; 2 usage or configuration, or a job that is named has no schedule.",
	.arguments_max = SIZE_MAX,
	.options = next_options,
	.option_count = sizeof(next_options) / sizeof(next_options[0]),
	.run = job_next,
};
