/* What is due, by schedule and by other jobs' success, and its run. */
#include "cli/scheduled.h"

#include "base/instant.h"
#include "schedule/due.h"
#include "store/job_state.h"

int scheduled_check(const struct invocation *invocation, struct error *err)
{
	static const enum option_id others[] = {OPTION_AS,      OPTION_CATALOG, OPTION_DIALECT, OPTION_CONNECTION, OPTION_MISSING,
	                                        OPTION_NETWORK, OPTION_CACERT,  OPTION_DRY_RUN, OPTION_FULL};

	if (!option_given(invocation, OPTION_SCHEDULED))
		return 0;
	if (invocation->argument_count != 1)
		return error_set(err, ERROR_USAGE, "'--scheduled' is of one job");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (option_given(invocation, others[i]))
			return error_set(err, ERROR_USAGE, "'--scheduled' runs the job as it is configured, without '--%s'",
			                 option_definitions[others[i]].name);
	}
	return 0;
}

static int check_job(const struct job_config *job, struct error *err)
{
	if (!job->file)
		return error_set(err, ERROR_USAGE, "'--scheduled' is of a configured job");
	if (!job->schedule.expression && job->schedule.after_count == 0)
		return error_set(err, ERROR_USAGE, "the job '%s' has neither a 'schedule' nor an 'after': it is never due",
		                 job->name);
	return 0;
}

/* What the store says, which need not be there yet; -1, 1 = it is paused, 0. */
static int ask_store(struct store *store, struct due_question *question, struct store_pause *ret_pause, struct error *err)
{
	const int paused = store_job_is_paused(store, question->job->name, question->now_ms, ret_pause, err);

	return paused != 0 ? paused : due_read_after(store, question, err);
}

static int find_due(const struct setting *setting, struct due_question *question, struct store_pause *ret_pause,
                    struct due_answer *ret_answer, struct error *err)
{
	struct store *store = NULL;
	int paused = 0;

	if (store_open(setting->store, STORE_READ, &store, err) == 0)
		paused = ask_store(store, question, ret_pause, err);
	else if (err->code != ERROR_NOT_FOUND)
		return -1;
	store_close(store);
	if (paused != 0)
		return paused;
	error_clear(err);
	return due_find(question, ret_answer, err);
}

static int tell_pause(const struct invocation *invocation, const struct job_config *job, const struct store_pause *pause)
{
	char since[INSTANT_TEXT_SIZE];

	instant_format(pause->paused_at_ms, since);
	fprintf(invocation->errors, "feedmill: %s: nothing is run: the job is paused since %s\n", job->name, since);
	return EXIT_DONE;
}

static int tell_nothing(const struct invocation *invocation, const struct job_config *job, const struct due_answer *answer)
{
	char text[INSTANT_TEXT_SIZE];

	if (answer->kind == DUE_LATER) {
		instant_format(answer->starts_at_ms, text);
		fprintf(invocation->errors, "feedmill: %s: nothing is due before %s, the end of its quiet time\n", job->name, text);
	} else {
		fprintf(invocation->errors, "feedmill: %s: nothing is due: it has not been due yet\n", job->name);
	}
	return EXIT_DONE;
}

int scheduled_run(const struct invocation *invocation, const struct setting *setting, const struct import *import)
{
	const struct job_config *job = &import->choice->job;
	struct due_question question = {.job = job, .now_ms = clock_now_ms(&invocation->clock)};
	struct due_answer answer = {.kind = DUE_NOTHING};
	struct store_pause pause = {.paused_at_ms = 0};
	struct import due = *import;
	struct error err = ERROR_INIT;

	const int paused = check_job(job, &err) < 0 ? -1 : find_due(setting, &question, &pause, &answer, &err);
	if (paused < 0)
		return command_fail(invocation, &err);
	if (paused == 1)
		return tell_pause(invocation, job, &pause);
	if (answer.kind != DUE_NOW)
		return tell_nothing(invocation, job, &answer);
	due.trigger = "schedule";
	due.due_at_ms = answer.due_at_ms;
	due.timeout_ms = job->schedule.run_timeout_ms;
	return import_run(invocation, setting, &due);
}
