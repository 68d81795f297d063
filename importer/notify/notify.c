/* Finding what is to be told, and telling it once. */
#include "notify/notify.h"

#include "base/instant.h"
#include "base/limits.h"
#include "notify/hook.h"
#include "notify/journal.h"
#include "notify/missed.h"
#include "notify/notice.h"
#include "store/hook_state.h"

#include <string.h>

#define ARENA_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define JSON_BYTES_MAX ((size_t)2 * 1024 * 1024)
#define HOOK_BYTES_MAX ((size_t)64 * 1024)
#define PATIENCE_MS 5000 /* for writers to the store: nothing is lost by leaving it to the next one … */
#define TELLING_MS (LIMIT_HOOK_MS + LIMIT_TURN_WAIT_MS + 60000) /* … but to have told, and not to say so */

static bool is_stopped(const struct notifier *notifier)
{
	return notifier->stop_signal != NULL && *notifier->stop_signal != 0;
}

static int check_stop(void *context, bool is_waiting, struct error *err)
{
	(void)is_waiting;
	return is_stopped(context) ? error_set(err, ERROR_CANCELLED, "stopped by a signal") : 0;
}

/* How long to wait for writers from now on; 0 = as long as a run does. */
static void watch_store(const struct notifier *notifier, struct store *store, int64_t patience_ms)
{
	const struct store_watch watch = {
		.context = (void *)(uintptr_t)notifier, .clock = notifier->clock, .check = check_stop, .patience_ms = patience_ms};

	store_watch(store, &watch);
}

/* ---- One notice ---- */

/* A line, or an entry of the journal, which nobody reads as a line. */
static void print(const struct notifier *notifier, const struct notice *notice, struct slice text)
{
	struct iovec fields[NOTICE_FIELDS_MAX];
	struct error ignored = ERROR_INIT;
	struct buffer bytes;
	bool is_sent = false;

	buffer_init(&bytes, NOTICE_FIELDS_BYTES_MAX + text.size);
	if (notifier->has_journal) {
		const size_t count = notice_make_fields(notice, text, &bytes, fields);
		is_sent = count > 0 && journal_send(fields, count, &ignored) == 0;
	}
	buffer_release(&bytes);
	if (!is_sent)
		fprintf(notifier->errors, "feedmill: notice: %.*s\n", (int)text.size, text.data);
}

static int call_hook(const struct notifier *notifier, const struct job_config *job, const struct notice *notice, struct error *err)
{
	struct buffer json;

	buffer_init(&json, JSON_BYTES_MAX);
	notice_append_json(notice, notifier->program, &json);
	(void)buffer_append_byte(&json, '\n'); /* failure sticks */
	const struct hook hook = {
		.arguments = job->schedule.on_failure,
		.argument_count = job->schedule.on_failure_count,
		.input = buffer_slice(&json),
		.clock = notifier->clock,
		.stop_signal = notifier->stop_signal,
	};
	const int result = json.failed ? error_set_memory(err) : hook_run(&hook, err);
	buffer_release(&json);
	return result;
}

/* Will the job try again by itself? Nobody need know of a failure that passes. */
static bool has_attempts_left(const struct job_config *job, const struct store_notice *notice)
{
	return notice->problem == STORE_PROBLEM_TEMPORARY && notice->told == STORE_PROBLEM_NONE && notice->trigger != NULL &&
	       strcmp(notice->trigger, "schedule") == 0 && notice->problem_runs < job->schedule.retry_attempts;
}

/* ---- All of them ---- */

/* One look at what is to be told. */
struct giving {
	const struct notifier *notifier;
	struct store *store;
	int64_t end_ms;                    /* by the steady clock: no notice is begun any more */
	int64_t missed;                    /* how many jobs are missing and would be told alike */
	bool is_missed_told;               /* with the first of them */
	bool is_missed_untold;             /* that could not be */
	const char *done_job;              /* was looked at already; NULL = none */
	const char *hung_hook;             /* did not end, and would hold us up again with each further job; NULL = none */
	int64_t left_alone[NOTIFY_SINGLY]; /* hooks that are, which was said */
	size_t left_alone_count;
};

/* ---- Hooks that fail ---- */

static int64_t number_of_hook(const struct job_config *job)
{
	return hook_number(job->schedule.on_failure, job->schedule.on_failure_count);
}

/* Until when nobody calls it, and why; 0 = it may be called. -1. */
static int64_t find_wait(const struct giving *giving, const struct job_config *job, struct error *ret_why, struct error *err)
{
	struct store_hook_state state = {.hook = 0};
	char since[INSTANT_TEXT_SIZE], until[INSTANT_TEXT_SIZE];
	struct arena arena;

	arena_init(&arena, HOOK_BYTES_MAX);
	const int found = store_hook_find(giving->store, number_of_hook(job), clock_now_ms(&giving->notifier->clock), &arena,
	                                  &state, err);
	if (found == 1 && state.waits_until_ms > 0) {
		instant_format(state.failing_at_ms, since);
		instant_format(state.waits_until_ms, until);
		(void)error_set(ret_why, ERROR_NONE, "a hook has failed since %s, and is left alone until %s: %s", since, until,
		                state.error);
	}
	arena_release(&arena);
	return found < 0 ? -1 : state.waits_until_ms;
}

/* Is the job's hook one that hung a short while ago? 1, said once for each, 0, -1. */
static int is_left_alone(struct giving *giving, const struct job_config *job, struct error *err)
{
	struct error why = ERROR_INIT;

	if (job->schedule.on_failure_count == 0)
		return 0;
	const int64_t hook = number_of_hook(job);
	for (size_t i = 0; i < giving->left_alone_count; i++)
		if (giving->left_alone[i] == hook)
			return 1;
	const int64_t until_ms = find_wait(giving, job, &why, err);
	if (until_ms <= 0)
		return (int)until_ms;
	if (giving->left_alone_count < NOTIFY_SINGLY) {
		giving->left_alone[giving->left_alone_count++] = hook;
		fprintf(giving->notifier->errors, "feedmill: warning: nobody is told what is to be told: %s\n", why.message);
	}
	return 1;
}

/* What the hook itself did is noted; not that we were to stop, or had no memory. */
static void note_call(struct giving *giving, const struct job_config *job, const struct error *failure)
{
	const bool is_told = failure->code == ERROR_NONE;
	const struct store_hook_call call = {
		.hook = number_of_hook(job),
		.outcome = is_told                        ? STORE_HOOK_WORKED
	                   : failure->code == ERROR_LIMIT ? STORE_HOOK_HUNG
	                                                  : STORE_HOOK_FAILED,
		.error = is_told ? NULL : failure->message,
		.now_ms = clock_now_ms(&giving->notifier->clock),
	};
	struct error ignored = ERROR_INIT; /* the next call notes it */

	if (failure->code != ERROR_CANCELLED && failure->code != ERROR_MEMORY)
		(void)!store_hook_finish(giving->store, &call, &ignored);
}

/* Call the job's hook, if it has one, unless another process is trying whether that still hangs: 1, 0, -1. */
static int try_hook(struct giving *giving, const struct job_config *job, const struct notice *notice, struct error *err)
{
	if (job->schedule.on_failure_count == 0)
		return 1;
	const int may_call = store_hook_claim(giving->store, number_of_hook(job), clock_now_ms(&giving->notifier->clock),
	                                      TELLING_MS, err);
	if (may_call != 1)
		return may_call;
	const int result = call_hook(giving->notifier, job, notice, err);
	note_call(giving, job, err);
	if (err->code == ERROR_LIMIT)
		giving->hung_hook = job->schedule.on_failure[0];
	return result < 0 ? -1 : 1;
}

static void append_failure(const struct giving *giving, const struct job_config *job, const struct error *failure,
                           struct buffer *text)
{
	struct error why = ERROR_INIT;
	struct error ignored = ERROR_INIT; /* there is less to say then */

	if (failure->code == ERROR_LIMIT && find_wait(giving, job, &why, &ignored) > 0)
		(void)buffer_append_format(text, "nobody could be told: %s: ", why.message); /* failure sticks, here and below */
	else
		(void)buffer_append_format(text, "nobody could be told, the next run tries again: %s: ", failure->message);
}

/* Tell it; false where it is to be told again. */
static bool tell(struct giving *giving, const struct job_config *job, const struct notice *notice)
{
	const struct notifier *notifier = giving->notifier;
	struct error failure = ERROR_INIT;
	struct buffer text;

	const int result = try_hook(giving, job, notice, &failure);
	if (result == 0)
		return false;
	const bool is_told = result == 1;
	buffer_init(&text, NOTICE_FIELDS_BYTES_MAX);
	if (!is_told)
		append_failure(giving, job, &failure, &text);
	notice_append_text(notice, &text);
	if (!text.failed)
		print(notifier, notice, buffer_slice(&text));
	buffer_release(&text);
	return is_told;
}

static bool is_missed_alike(const struct giving *giving, const struct job_config *job, const struct store_notice *notice)
{
	return notice->problem == STORE_PROBLEM_MISSED && notice->told == STORE_PROBLEM_NONE &&
	       job->schedule.on_failure == giving->notifier->config->on_failure;
}

/* Give a claimed notice, alone or for many. */
static enum store_telling give_claimed(struct giving *giving, const struct job_config *job, const struct store_notice *about)
{
	struct notice notice = {.about = about};

	if (about->problem == STORE_PROBLEM_NONE && about->was_told_with_others)
		return STORE_TOLD;
	if (giving->missed <= NOTIFY_SINGLY || !is_missed_alike(giving, job, about))
		return tell(giving, job, &notice) ? STORE_TOLD : STORE_NOT_TOLD;
	if (giving->is_missed_told)
		return STORE_TOLD_WITH_OTHERS;
	if (giving->is_missed_untold)
		return STORE_NOT_TOLD;
	notice.other_jobs = giving->missed - 1;
	giving->is_missed_told = tell(giving, job, &notice);
	giving->is_missed_untold = !giving->is_missed_told;
	return giving->is_missed_told ? STORE_TOLD : STORE_NOT_TOLD;
}

static bool has_hung(const struct giving *giving, const struct job_config *job)
{
	return giving->hung_hook != NULL && job->schedule.on_failure_count > 0 &&
	       strcmp(giving->hung_hook, job->schedule.on_failure[0]) == 0;
}

static int give(struct giving *giving, const struct store_notice *notice, struct error *err)
{
	const struct clock *clock = &giving->notifier->clock;
	const struct job_config *job = config_job(giving->notifier->config, slice_from(notice->job));

	if (job == NULL || has_attempts_left(job, notice) || has_hung(giving, job) ||
	    (giving->done_job != NULL && strcmp(giving->done_job, notice->job) == 0))
		return 0;
	const int is_alone = is_left_alone(giving, job, err);
	if (is_alone != 0)
		return is_alone < 0 ? -1 : 0;
	const int is_ours = store_notice_claim(giving->store, notice, clock_now_ms(clock), TELLING_MS, err);
	if (is_ours != 1)
		return is_ours;
	const enum store_telling telling = give_claimed(giving, job, notice);
	watch_store(giving->notifier, giving->store, 0);
	const int result = store_notice_finish(giving->store, notice, telling, err);
	watch_store(giving->notifier, giving->store, PATIENCE_MS);
	return result;
}

static int count_missed(struct giving *giving, const struct store_notice *notice, struct error *err)
{
	const struct job_config *job = config_job(giving->notifier->config, slice_from(notice->job));

	(void)err;
	giving->missed += job != NULL && is_missed_alike(giving, job, notice);
	return 0;
}

/* Do something with every notice of `name`, or of all jobs. */
static int for_each(struct giving *giving, const char *name,
                    int (*act)(struct giving *giving, const struct store_notice *notice, struct error *err), struct error *err)
{
	const struct clock *clock = &giving->notifier->clock;
	struct store_notice_place place = {.job = name, .job_key = INT64_MIN};
	int result = 1;

	while (result == 1 && !is_stopped(giving->notifier) && clock_steady_ms(clock) < giving->end_ms) {
		struct store_notice notice;
		struct arena arena;

		place.now_ms = clock_now_ms(clock);
		arena_init(&arena, ARENA_BYTES_MAX);
		result = store_notice_next(giving->store, &place, &arena, &notice, err);
		if (result == 1) {
			place.job_key = notice.job_key;
			if (act(giving, &notice, err) < 0)
				result = -1;
		}
		arena_release(&arena);
	}
	return result < 0 ? -1 : 0;
}

/* The one that has just run first: hooks of others that hang must not keep it from being told. */
static int give_all(const struct notifier *notifier, struct store *store, struct error *err)
{
	struct giving giving = {
		.notifier = notifier, .store = store, .end_ms = clock_steady_ms(&notifier->clock) + LIMIT_NOTICES_MS};

	if (notifier->job != NULL && for_each(&giving, notifier->job, give, err) < 0)
		return -1;
	giving.done_job = notifier->job;
	return for_each(&giving, NULL, count_missed, err) < 0 ? -1 : for_each(&giving, NULL, give, err);
}

int notify_people(const struct notifier *notifier, struct error *err)
{
	watch_store(notifier, notifier->store, PATIENCE_MS);
	int result = missed_find_now_and_then(notifier->config, notifier->store, clock_now_ms(&notifier->clock), err);
	if (result == 0)
		result = give_all(notifier, notifier->store, err);
	store_watch(notifier->store, &(struct store_watch){.clock = notifier->clock});
	return result < 0 && err->code != ERROR_STORE_BUSY && err->code != ERROR_CANCELLED ? -1 : 0;
}
