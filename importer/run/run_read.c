/*
 * A run's middle: the spool through the reader into an open plan, without the
 * records that the job knows, or, where those are in doubt, once more with
 * all of them.
 */
#include "run/run_steps.h"

#include "base/limits.h"
#include "feed/feed.h"
#include "run/pipeline.h"
#include "run/policy.h"
#include "run/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUEST_BYTES_MAX (64 * 1024 * 1024)
#define ZONE_ARENA_BYTES ((size_t)256 * 1024)

static void read_progress(void *context, uint64_t bytes_read, uint64_t records)
{
	struct run *run = context;
	/* Figures of another process: not beyond what there is. */
	uint64_t bytes = bytes_read < (uint64_t)run->spool_bytes ? bytes_read : (uint64_t)run->spool_bytes;

	run_tell_progress(run, (int64_t)bytes, run->spool_bytes, records);
}

/* --- what is known --- */

/* Jobs that leave out or change what records state do not remember them. */
static bool remembers_records(const struct job_config *job)
{
	return job->scope == SCOPE_ALL && job->mode != MODE_ADD;
}

/* Who has a feed read in full, or done again, wants all of it read. */
static int open_known(struct run *run, struct error *err)
{
	const struct run_request *request = run->request;
	const bool is_replayed = request->parent_run_id > 0 && !request->approved_digest;

	if (request->is_full || is_replayed || !remembers_records(request->job))
		return 0;
	if (store_known_read(run->store, &run->ticket, run->seed, &run->known, err) < 0)
		return -1;
	if (!run->known)
		return 0;
	if (known_file_make(known_records_fingerprints(run->known), known_records_count(run->known), &run->known_file, err) < 0)
		return -1;
	known_records_drop_fingerprints(run->known, known_file_fingerprints(&run->known_file));
	return 0;
}

void run_forget_known(struct run *run)
{
	known_records_free(run->known);
	run->known = NULL;
	known_file_release(&run->known_file);
}

/* --- the reader --- */

static int encode(const struct run *run, struct reader_request *request, struct buffer *buffer, struct error *err)
{
	request->takes_fingerprints = remembers_records(run->request->job);
	request->has_known = run->known != NULL;
	if (reader_request_seed(request, hash_bytes(slice_from(run->seed), 0), &request->seed, err) < 0)
		return -1;
	return reader_request_encode(request, buffer, err);
}

static int encode_request(const struct run *run, struct buffer *buffer, struct error *err)
{
	const struct job_config *job = run->request->job;
	struct reader_request request = {
		.dialects = run->request->dialects->texts,
		.dialect_count = run->request->dialects->count,
		.zones = run->request->dialects->zones,
		.zone_count = run->request->dialects->zone_count,
		.http_charset = slice_from(run->report->feed.charset),
		.is_json_lines = feed_is_named_json_lines(slice_from(run->report->feed.final_source),
	                                                  slice_from(run->report->feed.content_type)),
		.is_lenient = job->lenient,
		.is_cage_required = run->request->is_cage_required,
		.mapper = mapper_options_of_job(job),
	};
	struct dialect_option *options;
	struct arena arena;

	if (dialect_options_of_job(job, &options, err) < 0)
		return -1;
	request.mapper.options = options;
	request.mapper.option_count = job->dialect_option_count;
	arena_init(&arena, ZONE_ARENA_BYTES);
	int result = request_zone_of_job(job, &arena, &request, err);
	if (result == 0)
		result = encode(run, &request, buffer, err);
	arena_release(&arena);
	free(options);
	return result;
}

static int start_reader(const struct run *run, struct reader_process *reader, struct error *err)
{
	struct buffer request;

	buffer_init(&request, REQUEST_BYTES_MAX);
	int result = encode_request(run, &request, err);
	if (result == 0)
		result = reader_start(reader, buffer_slice(&request), run->report->feed.path, run->known_file.fd, err);
	buffer_release(&request);
	return result;
}

/* --- is it whole? --- */

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

/* --- reading --- */

static int plan(struct run *run, struct pipeline_result *ret_result, struct apply **ret_apply, struct error *err)
{
	struct reader_process reader = READER_PROCESS_INIT;
	const struct apply_policy policy = apply_policy_of_job(run->request->job);
	bool has_items = false;

	if (store_has_items(run->store, &has_items, err) < 0)
		return -1;
	const struct pipeline_options options = {
		.store = run->store,
		.ticket = &run->ticket,
		.policy = &policy,
		.known = run->known,
		.spool_folder = run->spool_folder,
		.spool_bytes = run->spool_bytes,
		.spill_max_bytes = LIMIT_SPILL_BYTES,
		.is_filling = !has_items,
		.clock = run->request->clock,
		.stop_signal = run->request->stop_signal,
		.progress = read_progress,
		.progress_context = run,
		.idle = run_renew_lease,
		.idle_context = run,
	};

	run_enter_stage(run, RUN_STAGE_READ);
	if (start_reader(run, &reader, err) < 0)
		return -1;
	const int read = pipeline_run(&options, &reader, ret_apply, ret_result, err);
	run->report->cage = reader.cage;
	return read;
}

static int finish(struct run *run, const struct frame_done *done, struct apply *apply, struct error *err)
{
	struct run_report *report = run->report;

	memcpy(report->dialect, done->dialect, sizeof(report->dialect));
	memcpy(report->encoding, done->encoding, sizeof(report->encoding));
	if (report->unsifted[0] == '\0')
		(void)snprintf(report->unsifted, sizeof(report->unsifted), "%s", done->unsifted); /* fits */
	if (check_whole(run, apply, done, err) < 0)
		return -1;
	run_enter_stage(run, RUN_STAGE_APPLY);
	run_tell_progress(run, run->spool_bytes, run->spool_bytes, (uint64_t)apply_counts(apply)->records.read);
	if (apply_finish(apply, err) == 0)
		return 0;
	run_locate_error(run, err);
	return -1;
}

/* A faulty feed is told with its line, and in the words of a full reading. */
static bool is_in_doubt(const struct run *run, const struct pipeline_result *result, const struct error *err)
{
	if (!run->known)
		return false;
	return err->code == ERROR_KNOWN ||
	       (result->has_reader_failed && (err->code == ERROR_FEED || err->code == ERROR_LIMIT || err->code == ERROR_DIALECT));
}

/* `ret_is_in_doubt` where a full reading has to decide. */
static int read_once(struct run *run, struct apply **ret_apply, bool *ret_is_in_doubt, struct error *err)
{
	struct pipeline_result result = {.has_reader_failed = false};
	struct apply *apply = NULL;

	if (plan(run, &result, &apply, err) == 0 && finish(run, &result.done, apply, err) == 0) {
		*ret_apply = apply;
		return 0;
	}
	apply_rollback(apply);
	*ret_is_in_doubt = is_in_doubt(run, &result, err);
	return -1;
}

int run_read(struct run *run, struct apply **ret_apply, struct error *err)
{
	bool is_in_doubt = false;

	if (open_known(run, err) < 0)
		return -1;
	if (read_once(run, ret_apply, &is_in_doubt, err) == 0)
		return 0;
	if (!is_in_doubt)
		return -1;
	(void)snprintf(run->report->unsifted, sizeof(run->report->unsifted), "it was read again: %.*s", 200, err->message);
	run_forget_known(run);
	error_clear(err);
	if (run_renew_lease(run, err) < 0)
		return -1;
	return read_once(run, ret_apply, &is_in_doubt, err);
}
