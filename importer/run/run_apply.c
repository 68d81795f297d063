/* A run's second half: read the spool, plan, and commit or roll back. */
#include "run/run_steps.h"

#include "base/limits.h"
#include "feed/feed.h"
#include "feed/position.h"
#include "fetch/spool_tidy.h"
#include "run/pipeline.h"
#include "run/policy.h"
#include "run/report.h"
#include "run/request.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REQUEST_BYTES_MAX (64 * 1024 * 1024)

static void read_progress(void *context, uint64_t bytes_read, uint64_t records)
{
	struct run *run = context;
	/* Figures of another process: not beyond what there is. */
	uint64_t bytes = bytes_read < (uint64_t)run->spool_bytes ? bytes_read : (uint64_t)run->spool_bytes;

	run_tell_progress(run, (int64_t)bytes, run->spool_bytes, records);
}

static int encode_request(const struct run *run, struct buffer *buffer, struct error *err)
{
	const struct job_config *job = run->request->job;
	struct reader_request request = {
		.dialects = run->request->dialects->texts,
		.dialect_count = run->request->dialects->count,
		.http_charset = slice_from(run->report->feed.charset),
		.is_json_lines = feed_is_named_json_lines(slice_from(run->report->feed.final_source),
	                                                  slice_from(run->report->feed.content_type)),
		.is_lenient = job->lenient,
		.is_cage_required = run->request->is_cage_required,
		.mapper = mapper_options_of_job(job),
	};
	struct dialect_option *options;

	if (dialect_options_of_job(job, &options, err) < 0)
		return -1;
	request.mapper.options = options;
	request.mapper.option_count = job->dialect_option_count;
	int result = reader_request_encode(&request, buffer, err);
	free(options);
	return result;
}

/* The proofs that the job demands. */
static int check_demanded(const struct run *run, struct error *err)
{
	const struct run_report *report = run->report;
	const unsigned given = (report->is_whole ? WHOLE_END_OF_DOCUMENT : 0U) |
	                       (report->feed.is_length_proven ? WHOLE_LENGTH : 0U);
	const unsigned lacking = run->request->job->whole & ~given;

	if (lacking == 0)
		return 0;
	return error_set(err, ERROR_FEED, "the job demands a proof that the feed is whole ('whole: %s'), and this feed has none",
	                 (lacking & WHOLE_END_OF_DOCUMENT) != 0 ? "end_of_document" : "length");
}

/*
 * A feed without an end of its own may have been cut anywhere: where no length
 * vouches for it either, it is applied only if the job says so, and takes nothing away. Nor does one
 * with records beyond the limits that have others nested in them: those are in the feed, but nobody knows which.
 */
static int check_whole(struct run *run, struct apply *apply, const struct frame_done *done, struct error *err)
{
	struct run_report *report = run->report;

	report->is_whole = done->is_whole != 0;
	report->has_unnamed = done->unnamed > 0;
	if (report->has_unnamed)
		apply_set_unproven(apply);
	if (check_demanded(run, err) < 0)
		return -1;
	if (run_report_is_proven(report))
		return 0;
	if (run->request->job->unproven == UNPROVEN_FAIL)
		return error_set(err, ERROR_FEED,
		                 "nothing proves that the feed is whole: %s has no end of its own, and the source told no length; "
		                 "have it sent with a Content-Length, import it from a file, or set 'unproven: apply' in the job, "
		                 "which removes nothing",
		                 feed_format_name((enum feed_format)done->format));
	apply_set_unproven(apply);
	return 0;
}

static int read_and_plan(struct run *run, struct apply **ret_apply, struct error *err)
{
	struct reader_process reader = READER_PROCESS_INIT;
	struct pipeline_result result;
	struct buffer request;
	const struct apply_policy policy = apply_policy_of_job(run->request->job);
	struct pipeline_options options = {
		.store = run->store,
		.ticket = &run->ticket,
		.policy = &policy,
		.spool_folder = run->spool_folder,
		.spool_bytes = run->spool_bytes,
		.spill_max_bytes = LIMIT_SPILL_BYTES,
		.clock = run->request->clock,
		.stop_signal = run->request->stop_signal,
		.progress = read_progress,
		.progress_context = run,
		.idle = run_renew_lease,
		.idle_context = run,
	};

	run_enter_stage(run, RUN_STAGE_READ);
	buffer_init(&request, REQUEST_BYTES_MAX);
	int encoded = encode_request(run, &request, err);
	if (encoded == 0)
		encoded = reader_start(&reader, buffer_slice(&request), run->report->feed.path, err);
	buffer_release(&request);
	if (encoded < 0)
		return -1;
	const int read = pipeline_run(&options, &reader, ret_apply, &result, err);
	run->report->cage = reader.cage;
	if (read < 0)
		return -1;
	memcpy(run->report->dialect, result.done.dialect, sizeof(run->report->dialect));
	memcpy(run->report->encoding, result.done.encoding, sizeof(run->report->encoding));
	if (check_whole(run, *ret_apply, &result.done, err) == 0)
		return 0;
	apply_rollback(*ret_apply);
	return -1;
}

static int compare_places(const void *left, const void *right)
{
	uint64_t a = ((const struct complaint_place *)left)->stream_offset;
	uint64_t b = ((const struct complaint_place *)right)->stream_offset;

	return (a > b) - (a < b);
}

/* The spool once more, which may be long. */
struct spool_reader {
	const struct run *run;
	int fd;
};

static int read_spool(void *context, char *data, size_t max, size_t *ret_size, struct error *err)
{
	const struct spool_reader *reader = context;

	if (run_check_stop(reader->run, err) < 0)
		return -1;
	return byte_source_read(byte_source_fd(&reader->fd), data, max, ret_size, err);
}

static int resolve_places(const struct run *run, struct complaint_place *places, size_t count, struct error *err)
{
	struct feed_position *positions = calloc(count + 1, sizeof(*positions));
	int result = -1;

	if (!positions)
		return error_set_memory(err);
	struct spool_reader reader = {.run = run, .fd = open(run->report->feed.path, O_RDONLY | O_CLOEXEC)};
	if (reader.fd < 0) {
		(void)error_set_system(err, errno, "cannot open the spool file '%s'", run->report->feed.path);
		goto free_positions;
	}
	for (size_t i = 0; i < count; i++)
		positions[i].stream_offset = places[i].stream_offset;
	if (feed_positions_resolve((struct byte_source){.context = &reader, .read = read_spool}, slice_from(run->report->encoding),
	                           positions, count, err) == 0) {
		for (size_t i = 0; i < count; i++) {
			places[i].line = positions[i].line;
			places[i].column = positions[i].column;
			places[i].byte = positions[i].byte;
		}
		result = 0;
	}
	(void)close(reader.fd); /* read only */
free_positions:
	free(positions);
	return result;
}

/* Lines and columns of the complaints that are kept, from the spooled bytes. */
static int locate_complaints(const struct run *run, struct apply *apply, struct error *err)
{
	struct complaint_place *places = NULL;
	size_t count = 0;
	int result = 0;

	if (apply_complaint_places(apply, &places, &count, err) < 0)
		return -1;
	if (count > 0) {
		qsort(places, count, sizeof(*places), compare_places);
		result = resolve_places(run, places, count, err);
		if (result == 0)
			result = apply_complaint_locate(apply, places, count, err);
	}
	free(places);
	return result;
}

/* An error of the store about a place in the feed has only the offset. What cannot be found stays unsaid. */
static void locate_error(const struct run *run, struct error *err)
{
	struct complaint_place place = {.stream_offset = err->byte >= 0 ? (uint64_t)err->byte : 0};
	struct error ignored = ERROR_INIT;

	if (err->code == ERROR_FEED && err->byte >= 0 && resolve_places(run, &place, 1, &ignored) == 0)
		error_locate(err, place.line, place.column, place.byte);
}

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

	if (read_and_plan(run, &apply, err) < 0)
		return -1;
	run_enter_stage(run, RUN_STAGE_APPLY);
	run_tell_progress(run, run->spool_bytes, run->spool_bytes, (uint64_t)apply_counts(apply)->records.read);
	if (apply_finish(apply, err) < 0) {
		locate_error(run, err);
		goto rollback;
	}
	if (locate_complaints(run, apply, err) < 0)
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
