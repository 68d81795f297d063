/* What is due, by schedule and by other jobs' success, and its run. */
#include "cli/scheduled.h"

#include "base/instant.h"
#include "base/limits.h"
#include "cli/wait.h"
#include "config/value.h"
#include "schedule/due.h"
#include "store/job_state.h"

#include <malloc.h>

#define WAIT_MIN_MS 1000

/* What --wait says; 0 = nothing. */
static int read_patience(const struct invocation *invocation, int64_t *ret_ms, struct error *err)
{
	static const struct value_range range = {WAIT_MIN_MS, LIMIT_RETRY_AFTER_MS};
	const char *text = invocation->options[OPTION_WAIT];

	*ret_ms = 0;
	if (!text || value_parse_duration(slice_from(text), range, ret_ms, err) == 0)
		return 0;
	err->code = ERROR_USAGE;
	return error_wrap(err, "--wait");
}

int scheduled_check(const struct invocation *invocation, struct error *err)
{
	static const enum option_id others[] = {OPTION_AS,      OPTION_CATALOG, OPTION_DIALECT, OPTION_CONNECTION, OPTION_MISSING,
	                                        OPTION_NETWORK, OPTION_CACERT,  OPTION_DRY_RUN, OPTION_FULL};

	int64_t patience_ms;

	if (!option_given(invocation, OPTION_SCHEDULED))
		return option_given(invocation, OPTION_WAIT) ? error_set(err, ERROR_USAGE, "'--wait' goes with '--scheduled'") : 0;
	if (invocation->argument_count != 1)
		return error_set(err, ERROR_USAGE, "'--scheduled' is of one job");
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (option_given(invocation, others[i]))
			return error_set(err, ERROR_USAGE, "'--scheduled' runs the job as it is configured, without '--%s'",
			                 option_definitions[others[i]].name);
	}
	return read_patience(invocation, &patience_ms, err);
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

	return paused != 0 ? paused : due_read_ledger(store, question, err);
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

/*
 * Who starts a run anew that ends in 75 does so after the job's 'delay', and would find again that it is too early, however
 * long a server asked us to wait. Most of that can pass here instead.
 */
static int64_t find_wait_ms(const struct invocation *invocation, const struct due_question *question)
{
	const int64_t left_ms = question->not_before_ms - clock_now_ms(&invocation->clock) - question->job->schedule.retry_delay_ms;
	struct error ignored = ERROR_INIT; /* scheduled_check() has read it */
	int64_t patience_ms;

	if (question->not_before_ms <= question->now_ms || left_ms <= 0 || read_patience(invocation, &patience_ms, &ignored) < 0)
		return 0;
	return left_ms < patience_ms ? left_ms : patience_ms;
}

int scheduled_run(const struct invocation *invocation, const struct setting *setting, const struct import *import,
                  int64_t *ret_wait_ms)
{
	const struct job_config *job = &import->choice->job;
	struct due_question question = {.job = job, .now_ms = clock_now_ms(&invocation->clock)};
	struct due_answer answer = {.kind = DUE_NOTHING};
	struct store_pause pause = {.paused_at_ms = 0};
	struct import due = *import;
	struct error err = ERROR_INIT;

	*ret_wait_ms = 0;
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
	const int status = import_run(invocation, setting, &due);
	if (status == EXIT_TEMPORARY)
		*ret_wait_ms = find_wait_ms(invocation, &question);
	return status;
}

int scheduled_wait(const struct invocation *invocation, int64_t wait_ms, int status)
{
	struct error err = ERROR_INIT;

	(void)fflush(invocation->out); /* checked at the end */
	(void)malloc_trim(0);
	if (wait_until_stopped(invocation, -1, wait_ms, &err) == 0)
		return status;
	return err.code == ERROR_CANCELLED ? 128 + (int)err.number : command_fail(invocation, &err);
}
