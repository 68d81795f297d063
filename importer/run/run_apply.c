/* A run's end: the guards, and commit or roll back. */
#include "run/run_steps.h"

#include <string.h>

static int commit(struct run *run, struct apply *apply, struct error *err)
{
	struct run_report *report = run->report;
	struct job_memory memory = {.is_clean = true};

	memcpy(memory.source_digest, run->source_digest, sizeof(memory.source_digest));
	memcpy(memory.seed, run->seed, sizeof(memory.seed));
	memcpy(memory.feed_sha256, report->feed.sha256, sizeof(memory.feed_sha256));
	memcpy(memory.etag, report->feed.etag, sizeof(memory.etag));
	memcpy(memory.last_modified, report->feed.last_modified, sizeof(memory.last_modified));
	memcpy(memory.charset, report->feed.charset, sizeof(memory.charset));
	run_enter_stage(run, RUN_STAGE_COMMIT);
	run_tell_progress(run, run->spool_bytes, run->spool_bytes, (uint64_t)report->counts.records.read);
	report->outcome = RUN_APPLIED;
	struct run_end end = run_describe_end(run);
	/* Whoever let less through than there was sets a new measure. */
	if (report->guards.is_approved || !guards_are_on(&run->request->job->guards, GUARD_REMOVED))
		apply_reset_high(apply);
	return apply_commit(apply, &end, &memory, err);
}

/* May the plan be applied? Sets the report's guards; -1 where it must fail. */
static int check_guards(struct run *run, struct apply *apply, struct error *err)
{
	struct guard_report *guards = &run->report->guards;
	const char *approved = run->request->approved_digest;
	struct json_writer json;

	if (guard_check(run->request->job, apply, run->report->feed.sha256, guards, err) < 0)
		return -1;
	if (approved && strcmp(approved, run->report->plan_digest) != 0)
		return run_plan_refuse(run, apply, err);
	guards->is_approved = approved != NULL;
	if (guards->count == 0)
		return 0;
	json_writer_init(&json, &run->guards);
	guard_report_append_json(guards, &json);
	run->guards_json = buffer_text(&run->guards);
	if (!run->guards_json)
		return error_set_memory(err);
	if (guards->verdict == GUARD_FAIL) {
		const struct guard_finding *worst = guard_report_worst(guards);

		return error_set(err, ERROR_GUARD, "guard '%s': %s%s%s", worst->guard, worst->subject,
		                 worst->subject[0] ? ": " : "", worst->message);
	}
	return 0;
}

int run_apply(struct run *run, struct error *err)
{
	struct run_report *report = run->report;
	struct apply *apply = NULL;

	if (run_read(run, &apply, err) < 0)
		return -1;
	if (run_locate_complaints(run, apply, err) < 0)
		goto rollback;
	report->counts = *apply_counts(apply);
	apply_plan_digest(apply, report->plan_digest);
	report->was_read = true;
	if (check_guards(run, apply, err) < 0 || run_check_stop(run, err) < 0)
		goto rollback;
	if (!run->request->is_dry && !run_report_is_held(report))
		return commit(run, apply, err);
	if (run_plan_write(run, apply, err) < 0)
		goto rollback;
	apply_rollback(apply);
	report->outcome = run->request->is_dry ? RUN_PLANNED : RUN_HELD;
	return 0;

rollback:
	apply_rollback(apply);
	return -1;
}
