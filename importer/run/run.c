/* One import from start to end: the order of the steps, the ledger, the exit status. */
#include "run/run_steps.h"

#include "base/limits.h"
#include "base/process.h"
#include "connection/connection.h"
#include "run/retry.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LEASE_RENEW_MS (LIMIT_LEASE_MS / 4)
#define GUARDS_BYTES_MAX ((size_t)1024 * 1024)
#define FETCHED_BYTES_MAX ((size_t)64 * 1024)
#define LEASE_RETRY_MS 1000

static const char *const outcome_names[] = {
	[RUN_APPLIED] = "applied", [RUN_UNCHANGED] = "unchanged", [RUN_PLANNED] = "planned",
	[RUN_HELD] = "held",       [RUN_FAILED] = "failed",       [RUN_CANCELLED] = "cancelled",
};

const char *run_outcome_name(enum run_outcome outcome)
{
	return outcome_names[outcome];
}

bool run_report_is_proven(const struct run_report *report)
{
	return report->is_whole || report->feed.is_length_proven;
}

bool run_report_is_held(const struct run_report *report)
{
	return report->was_read && report->guards.verdict == GUARD_HOLD && !report->guards.is_approved;
}

int64_t run_steady_ms(const struct run *run)
{
	return clock_steady_ms(&run->request->clock);
}

void run_enter_stage(struct run *run, enum run_stage stage)
{
	run->stage = stage;
	run->stage_started_ms = run_steady_ms(run);
}

void run_tell_progress(struct run *run, int64_t bytes, int64_t total, uint64_t records)
{
	struct run_progress progress = {
		.stage = run->stage,
		.bytes = bytes,
		.total = total,
		.records = records,
		.elapsed_ms = run_steady_ms(run) - run->stage_started_ms,
	};

	if (run->request->progress)
		run->request->progress(run->request->progress_context, &progress);
}

int run_renew_lease(void *context, struct error *err)
{
	struct run *run = context;
	int64_t now_ms = run_steady_ms(run);

	if (now_ms - run->lease_renewed_ms < LEASE_RENEW_MS)
		return 0;
	const int renewed = store_run_renew(run->store, &run->ticket, clock_now_ms(&run->request->clock), err);
	/* One that met another writer is tried again soon. */
	run->lease_renewed_ms = renewed == 1 ? now_ms - LEASE_RENEW_MS + LEASE_RETRY_MS : now_ms;
	return renewed < 0 ? -1 : 0;
}

int run_stop_error(const volatile sig_atomic_t *signal, struct error *err)
{
	if (!signal || *signal == 0)
		return 0;
	if (*signal == SIGALRM)
		(void)error_set(err, ERROR_TIMEOUT, "stopped: it took longer than the job's 'run_timeout' allows");
	else
		(void)error_set(err, ERROR_CANCELLED, "stopped by signal %d", (int)*signal);
	err->number = *signal;
	return -1;
}

int run_check_stop(const struct run *run, struct error *err)
{
	return run_stop_error(run->request->stop_signal, err);
}

/* The store's watch: what other writers keep us waiting is progress of a kind. */
static int watch_store(void *context, bool is_waiting, struct error *err)
{
	struct run *run = context;

	if (is_waiting && run->stage != RUN_STAGE_WAIT) {
		run->stage_before_wait = run->stage;
		run_enter_stage(run, RUN_STAGE_WAIT);
	} else if (!is_waiting && run->stage == RUN_STAGE_WAIT) {
		run_enter_stage(run, run->stage_before_wait);
	}
	if (is_waiting)
		run_tell_progress(run, 0, -1, 0);
	return run_check_stop(run, err);
}

void run_name_host(char *ret_host, size_t size)
{
	static const char first_space[] = "pid:[4026531836]"; /* PROC_PID_INIT_INO: the machine's own */
	char space[64] = "";

	(void)gethostname(ret_host, size - sizeof(space)); /* an unknown name is an empty one */
	ret_host[size - sizeof(space)] = '\0';
	if (ret_host[0] != '\0' && readlink("/proc/self/ns/pid", space, sizeof(space) - 2) > 0 && strcmp(space, first_space) != 0) {
		const size_t length = strlen(ret_host);
		(void)snprintf(ret_host + length, size - length, " %s", space); /* fits */
	}
}

static int begin(struct run *run, struct error *err)
{
	const struct run_request *request = run->request;
	const bool is_fetched = request->connection && request->parent_run_id == 0;
	char host[256] = ""; /* HOST_NAME_MAX is 64 */
	char digest[33];
	assert(request->job->config_text && request->job->guards_text); /* it was sealed */
	const struct hash128 guards = hash_bytes(slice_from(request->job->guards_text), 0);
	struct process_status process = {.start_time = 0}; /* stays so where it cannot be told */
	(void)!process_read_status(getpid(), &process);
	struct run_start start = {
		.job = request->job->name,
		.catalog = request->job->catalog,
		.trigger = request->trigger,
		.due_at_ms = request->due_at_ms,
		.attempts = request->job->schedule.retry_attempts,
		.parent_run_id = request->parent_run_id,
		.config_digest = digest,
		.settings = request->settings,
		.connection = is_fetched ? request->connection->name : NULL,
		.connection_revision = is_fetched ? request->connection->revision : NULL,
		.now_ms = clock_now_ms(&request->clock),
		.host = host,
		.pid = getpid(),
		.process_start = process.start_time,
	};

	hash_format(hash_bytes(slice_from(request->job->config_text), guards.low), digest);
	run_name_host(host, sizeof(host));
	if (store_open(request->store, STORE_CREATE, &run->store, err) < 0)
		return -1;
	store_watch(run->store, &(struct store_watch){.context = run, .clock = request->clock, .check = watch_store});
	if (store_run_begin(run->store, &start, &run->ticket, err) < 0)
		return -1;
	run->has_ticket = true;
	run->report->run_id = run->ticket.run_id;
	run->report->attempt = run->ticket.attempt;
	run->lease_renewed_ms = run_steady_ms(run);
	run_compute_digests(run);
	int size = snprintf(run->spool_folder, sizeof(run->spool_folder), "%s/spool", request->state_folder);
	if (size < 0 || (size_t)size >= sizeof(run->spool_folder))
		return error_set(err, ERROR_USAGE, "the path of the state folder is too long");
	return store_job_memory_read(run->store, &run->ticket, &run->memory, err);
}

struct run_end run_describe_end(const struct run *run)
{
	const struct run_report *report = run->report;

	return (struct run_end){
		.outcome = run_outcome_name(report->outcome),
		.finished_at_ms = clock_now_ms(&run->request->clock),
		.retry_at_ms = report->retry_at_ms,
		.source = report->source,
		.feed_sha256 = report->was_fetched && report->feed.sha256[0] ? report->feed.sha256 : NULL,
		.bytes = report->was_fetched ? report->feed.bytes : -1,
		.dialect = report->was_read ? report->dialect : NULL,
		.encoding = report->was_read ? report->encoding : NULL,
		.unsifted = report->was_read && report->unsifted[0] ? report->unsifted : NULL,
		.counts = report->was_read ? &report->counts : NULL,
		.plan_digest = report->was_read ? report->plan_digest : NULL,
		.guards = run->guards_json,
		.fetched = run->fetched_json,
		.error = &report->error,
	};
}

/* The alarm of run_timeout rang. */
static bool is_overdue(const struct run *run)
{
	return run->request->stop_signal && *run->request->stop_signal == SIGALRM;
}

/* The server's word counts where it is later than ours. */
static void note_retry(const struct run *run)
{
	struct run_report *report = run->report;
	const struct job_config *job = run->request->job;

	report->retry_at_ms = 0;
	if (report->outcome != RUN_FAILED || !error_is_temporary(&report->error))
		return;
	report->retry_at_ms = clock_now_ms(&run->request->clock);
	if (report->attempt > 0 && report->attempt < job->schedule.retry_attempts)
		report->retry_at_ms += retry_delay_ms(job, report->attempt);
	if (report->feed.retry_at_ms > report->retry_at_ms)
		report->retry_at_ms = report->feed.retry_at_ms;
}

/* Whatever failed after a signal failed because we were to stop: the whole group may have had it, the reader too. */
static void fail(const struct run *run, const struct error *err)
{
	struct run_report *report = run->report;

	report->error = *err;
	if (err->code != ERROR_CANCELLED || is_overdue(run))
		(void)!run_check_stop(run, &report->error); /* sets it, or leaves it */
	report->outcome = report->error.code == ERROR_CANCELLED ? RUN_CANCELLED : RUN_FAILED;
	note_retry(run);
	/* Numbers of a plan that was not applied would be read as done. */
	report->was_read = false;
}

static int write_end(struct run *run, struct error *err)
{
	const struct run_report *report = run->report;
	const struct run_end end = run_describe_end(run);

	/* What was told to stop, or has waited in vain already, does not stand in line once more. */
	if (report->error.code == ERROR_CANCELLED || report->error.code == ERROR_TIMEOUT || report->error.code == ERROR_STORE_BUSY)
		store_watch(run->store, &(struct store_watch){.clock = run->request->clock, .patience_ms = RUN_HURRY_MS});
	return store_run_end(run->store, &run->ticket, &end, err);
}

/* Put the end of a run that changed nothing into the ledger; a failure here must not hide the run's own. */
static void record_end(struct run *run)
{
	struct error err = ERROR_INIT;

	if (!run->has_ticket || run->report->outcome == RUN_APPLIED || write_end(run, &err) == 0 ||
	    run->report->error.code != ERROR_NONE)
		return;
	fail(run, &err);
	(void)!write_end(run, &err); /* the report has the reason */
}

static int execute(struct run *run, struct error *err)
{
	const bool is_spooled = run->request->parent_run_id > 0;

	if (begin(run, err) < 0 || (is_spooled ? run_take_spooled(run, err) : run_fetch(run, err)) < 0)
		return -1;
	/* Who has a run done again wants it read. */
	if (!is_spooled && run_is_unchanged(run)) {
		run->report->outcome = RUN_UNCHANGED;
		return 0;
	}
	return run_apply(run, err);
}

/* It knows the run no more. */
static void leave_store(const struct run *run)
{
	struct error ignored = ERROR_INIT;

	if (!run->store)
		return;
	run->report->has_space = store_space_read(run->store, &run->report->space, &ignored) == 0;
	run->report->lock_times = store_lock_times(run->store);
	store_watch(run->store, &(struct store_watch){.clock = run->request->clock});
}

void run_execute(const struct run_request *request, struct run_report *ret_report, struct store **ret_store)
{
	struct run run = {.request = request, .report = ret_report, .known_file = KNOWN_FILE_INIT};
	struct error err = ERROR_INIT;
	int64_t started_ms = clock_steady_ms(&request->clock);

	buffer_init(&run.guards, GUARDS_BYTES_MAX);
	buffer_init(&run.fetched, FETCHED_BYTES_MAX);
	*ret_report = (struct run_report){
		.outcome = RUN_FAILED,
		.error = ERROR_INIT,
		.job = request->job,
		.store = request->store,
		.trigger = request->trigger,
		.due_at_ms = request->due_at_ms,
		.parent_run_id = request->parent_run_id,
		.is_dry = request->is_dry,
		.feed = {.hold = -1},
		.started_at_ms = clock_now_ms(&request->clock),
	};
	source_mask(request->job->source, ret_report->source, sizeof(ret_report->source));
	if (execute(&run, &err) < 0)
		fail(&run, &err);
	run_forget_known(&run);
	record_end(&run);
	run_retain(&run);
	leave_store(&run);
	*ret_store = run.store;
	buffer_release(&run.guards);
	buffer_release(&run.fetched);
	ret_report->duration_ms = clock_steady_ms(&request->clock) - started_ms;
}

/* More records were rejected than the job's limit, which only reports: a person who approved that has seen it. */
static bool has_too_many_rejected(const struct run_report *report)
{
	for (size_t index = 0; report->outcome == RUN_APPLIED && !report->guards.is_approved && index < report->guards.count;
	     index++) {
		if (strcmp(report->guards.findings[index].guard, "rejected") == 0)
			return true;
	}
	return false;
}

/* Of those that the job's schedule allows: a retry is worth nothing any more. */
static bool was_last_attempt(const struct run_report *report)
{
	return report->attempt > 0 && report->attempt >= report->job->schedule.retry_attempts;
}

int run_exit_status(const struct run_report *report)
{
	const struct error *err = &report->error;

	if (report->outcome == RUN_CANCELLED)
		return 128 + (err->number > 0 ? (int)err->number : SIGTERM);
	if (report->outcome == RUN_HELD || (report->outcome == RUN_PLANNED && run_report_is_held(report)))
		return 3;
	if (report->outcome != RUN_FAILED)
		return has_too_many_rejected(report) ? 4 : 0;
	switch (err->code) {
	case ERROR_USAGE:
	case ERROR_CONFIG:
		return 2;
	case ERROR_LEASE:
		/* What is due waits for its turn, where the job says so. */
		return report->due_at_ms > 0 && report->job->schedule.overlap == OVERLAP_QUEUE ? 75 : 5;
	case ERROR_NOT_DUE:
		return 0;
	default:
		return error_is_temporary(err) && !was_last_attempt(report) ? 75 : 1;
	}
}

int run_worse_status(int left, int right)
{
	static const int order[] = {0, 5, 4, 3, 75, 1, 2};
	size_t left_rank = sizeof(order) / sizeof(order[0]);
	size_t right_rank = left_rank;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (order[i] == left)
			left_rank = i;
		if (order[i] == right)
			right_rank = i;
	}
	return left_rank >= right_rank ? left : right;
}
