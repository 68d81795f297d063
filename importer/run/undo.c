/* An undo from start to end: the run that is meant, its lease, the plan, and commit or rollback. */
#include "run/undo.h"

#include "base/process.h"
#include "run/run_steps.h"
#include "store/undo.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA_MAX ((size_t)64 * 1024 * 1024)

struct undo_execution {
	const struct undo_run_request *request;
	struct undo_run_report *report;
	struct store *store;
	struct undo_target target;
	struct run_ticket ticket;
};

static bool copy_conflict(struct arena *arena, const struct undo_conflict *conflict, struct undo_run_conflict *ret_copy)
{
	*ret_copy = (struct undo_run_conflict){
		.kind = conflict->kind, .field = conflict->field, .run_id = conflict->run_id, .reason = conflict->reason};
	return arena_copy(arena, conflict->item_id, &ret_copy->item_id) && arena_copy(arena, conflict->to_be, &ret_copy->to_be) &&
	       arena_copy(arena, conflict->is_now, &ret_copy->is_now);
}

static int take_conflict(void *context, const struct undo_conflict *conflict, struct error *err)
{
	struct undo_run_report *report = context;

	report->conflict_count++;
	if (report->conflicts_listed == UNDO_CONFLICTS_LISTED)
		return 0;
	if (report->conflicts == NULL)
		report->conflicts = calloc(UNDO_CONFLICTS_LISTED, sizeof(*report->conflicts));
	if (report->conflicts == NULL)
		return error_set_memory(err);
	/* What has no room is counted all the same. */
	if (copy_conflict(&report->arena, conflict, &report->conflicts[report->conflicts_listed]))
		report->conflicts_listed++;
	return 0;
}

/* The store's watch. */
static int check_stop(void *context, bool is_waiting, struct error *err)
{
	const struct undo_execution *undo = context;

	(void)is_waiting;
	return run_stop_error(undo->request->stop_signal, err);
}

static int open_store(struct undo_execution *undo, struct error *err)
{
	if (store_open(undo->request->store, STORE_WRITE, &undo->store, err) < 0)
		return -1;
	store_watch(undo->store, &(struct store_watch){.context = undo, .clock = undo->request->clock, .check = check_stop});
	return 0;
}

static int begin(struct undo_execution *undo, struct error *err)
{
	struct process_status process = {.start_time = 0}; /* stays so where it cannot be told */
	char host[256] = "";
	struct run_start start = {
		.job = undo->target.job,
		.catalog = undo->target.catalog,
		.trigger = "undo",
		.parent_run_id = undo->target.run_id,
		.now_ms = clock_now_ms(&undo->request->clock),
		.host = host,
		.pid = getpid(),
	};

	(void)!process_read_status(getpid(), &process);
	start.process_start = process.start_time;
	run_name_host(host, sizeof(host));
	if (store_run_begin(undo->store, &start, &undo->ticket, err) < 0)
		return -1;
	undo->report->run_id = undo->ticket.run_id;
	return 0;
}

static int find(struct undo_execution *undo, struct error *err)
{
	struct undo_run_report *report = undo->report;
	int64_t run_id;

	if (undo_run_find(undo->store, undo->request->run, &run_id, err) < 0)
		return -1;
	report->undone_run_id = run_id;
	if (undo_target_find(undo->store, run_id, &undo->target, err) < 0)
		return -1;
	report->job = arena_text(&report->arena, slice_from(undo->target.job));
	report->catalog = arena_text(&report->arena, slice_from(undo->target.catalog));
	return report->job == NULL || report->catalog == NULL ? error_set_memory(err) : 0;
}

static struct run_end describe_end(const struct undo_execution *undo)
{
	const struct undo_run_report *report = undo->report;

	return (struct run_end){
		.outcome = run_outcome_name(report->outcome),
		.finished_at_ms = clock_now_ms(&undo->request->clock),
		.bytes = -1,
		.counts = report->has_counts ? &report->counts : NULL,
		.plan_digest = report->has_counts ? report->plan_digest : NULL,
		.error = &report->error,
	};
}

static int plan_and_commit(struct undo_execution *undo, struct error *err)
{
	struct undo_run_report *report = undo->report;
	const struct undo_options options = {.run_id = undo->target.run_id,
	                                     .keep_later = undo->request->keep_later,
	                                     .context = report,
	                                     .conflict = take_conflict};
	struct apply *apply;
	struct run_end end;
	int64_t conflicts;

	if (undo_plan(undo->store, &undo->ticket, &options, &apply, &conflicts, err) < 0)
		return -1;
	if (conflicts > 0 && !undo->request->keep_later) {
		apply_rollback(apply);
		return error_set(
			err, ERROR_REFUSED,
			"run %lld cannot be undone as a whole: of what it did %lld %s been touched since; nothing was undone",
			(long long)report->undone_run_id, (long long)conflicts, conflicts == 1 ? "thing has" : "things have");
	}
	report->counts = *apply_counts(apply);
	apply_plan_digest(apply, report->plan_digest);
	report->has_counts = true;
	report->outcome = RUN_APPLIED;
	end = describe_end(undo);
	return undo_commit(apply, &end, err);
}

/* The ledger says how it ended; a failure here must not hide the undo's own. */
static void record_end(struct undo_execution *undo)
{
	const struct run_end end = describe_end(undo);
	struct error ignored = ERROR_INIT;

	/* What was told to stop, or has waited in vain already, does not stand in line once more. */
	if (end.error->code == ERROR_CANCELLED || end.error->code == ERROR_STORE_BUSY)
		store_watch(undo->store, &(struct store_watch){.clock = undo->request->clock, .patience_ms = RUN_HURRY_MS});
	if (store_run_end(undo->store, &undo->ticket, &end, &ignored) < 0)
		error_clear(&ignored);
}

static void fail(struct undo_execution *undo, const struct error *err)
{
	struct undo_run_report *report = undo->report;

	report->outcome = err->code == ERROR_CANCELLED ? RUN_CANCELLED : RUN_FAILED;
	report->error = *err;
	report->has_counts = false; /* numbers of what was not applied would be read as done */
	if (report->run_id != 0)
		record_end(undo);
}

void undo_run_execute(const struct undo_run_request *request, struct undo_run_report *ret_report)
{
	struct undo_execution undo = {.request = request, .report = ret_report};
	const int64_t started_ms = clock_steady_ms(&request->clock);
	struct error err = ERROR_INIT;

	*ret_report = (struct undo_run_report){
		.outcome = RUN_FAILED,
		.error = ERROR_INIT,
		.store = request->store,
		.keeps_later = request->keep_later,
		.started_at_ms = clock_now_ms(&request->clock),
	};
	arena_init(&ret_report->arena, ARENA_MAX);
	if (open_store(&undo, &err) < 0 || find(&undo, &err) < 0 || begin(&undo, &err) < 0 || plan_and_commit(&undo, &err) < 0)
		fail(&undo, &err);
	undo_target_release(&undo.target);
	if (undo.store)
		ret_report->lock_times = store_lock_times(undo.store);
	store_close(undo.store);
	ret_report->duration_ms = clock_steady_ms(&request->clock) - started_ms;
}

void undo_run_report_release(struct undo_run_report *report)
{
	free(report->conflicts);
	arena_release(&report->arena);
	report->conflicts = NULL;
}

int undo_run_exit_status(const struct undo_run_report *report)
{
	if (report->outcome == RUN_APPLIED)
		return 0;
	if (report->outcome == RUN_CANCELLED)
		return 128 + (int)report->error.number;
	if (report->error.code == ERROR_LEASE)
		return 5;
	return error_is_temporary(&report->error) ? 75 : 1;
}
