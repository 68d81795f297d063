/* What the writer does with the reader's frames: hold them back, apply them. */
#include "run/pipeline.h"

#include "base/limits.h"
#include "catalog/batch.h"
#include "feed/feed.h"
#include "run/frame_reader.h"
#include "run/intake.h"
#include "run/spill.h"

#include <stdlib.h>
#include <string.h>

#define PACE_MS 2000 /* over which the reader's present pace is taken */

/* When the write lock is taken, and how long a reader is waited for while it is held. */
struct patience {
	size_t begin_bytes;    /* held back before, at least, … */
	int64_t begin_rest_ms; /* … and what the reader may still need then, as it looks */
	int64_t rest_ms;       /* the same when the queue is full, and from then on */
	int64_t silence_ms;    /* waiting for it in all */
};

static const struct patience usual_patience = {
	.begin_bytes = LIMIT_BEGIN_BYTES,
	.begin_rest_ms = LIMIT_BEGIN_REST_MS,
	.rest_ms = LIMIT_READING_REST_MS,
	.silence_ms = LIMIT_LOCKED_SILENCE_MS,
};

static const struct patience filling_patience = {
	.begin_bytes = LIMIT_FILL_BYTES,
	.begin_rest_ms = LIMIT_FILL_REST_MS,
	.rest_ms = LIMIT_FILL_REST_MS,
	.silence_ms = LIMIT_FILL_SILENCE_MS,
};

struct pipeline {
	const struct pipeline_options *options;
	const struct patience *patience;
	struct frame_watch watch;
	struct intake *intake;
	struct apply *apply; /* NULL until the write lock is held */
	struct intake_frame *first;
	struct intake_frame *last;
	size_t held_bytes;
	struct spill spill; /* what comes after those */
	int64_t started_ms;
	int64_t bytes_read; /* by the reader, as it says */
	int64_t mark_ms;    /* of the present pace */
	int64_t mark_bytes;
	char *batch; /* of the spill; malloc is aligned enough */
	size_t batch_capacity;
	struct frame_done done;
	bool has_reader_failed;
};

static struct slice frame_payload(const struct intake_frame *frame)
{
	return slice_make((const char *)frame->payload, (size_t)frame->head.size);
}

static int apply_entries(struct pipeline *pipeline, struct batch_decoder *decoder, struct error *err)
{
	struct batch_entry entry;

	for (;;) {
		int step = batch_decoder_next(decoder, &entry, err);
		if (step < 0)
			return -1;
		if (step == BATCH_END)
			return 0;
		if (apply_entry(pipeline->apply, &entry, err) < 0)
			return -1;
	}
}

static int apply_frame(struct pipeline *pipeline, const struct intake_frame *frame, struct error *err)
{
	struct batch_decoder decoder;

	if (batch_decoder_init_checked(&decoder, frame_payload(frame), err) < 0)
		return -1;
	return apply_entries(pipeline, &decoder, err);
}

static void drop_held(struct pipeline *pipeline)
{
	while (pipeline->first) {
		struct intake_frame *next = pipeline->first->next;
		intake_put_back(pipeline->intake, pipeline->first);
		pipeline->first = next;
	}
	pipeline->last = NULL;
	pipeline->held_bytes = 0;
}

static int apply_held(struct pipeline *pipeline, struct error *err)
{
	while (pipeline->first) {
		struct intake_frame *frame = pipeline->first;
		if (frame_watch_check_stop(&pipeline->watch, err) < 0 || apply_frame(pipeline, frame, err) < 0)
			return -1;
		pipeline->first = frame->next;
		intake_put_back(pipeline->intake, frame);
	}
	drop_held(pipeline);
	return 0;
}

static int reserve_batch(struct pipeline *pipeline, size_t size, struct error *err)
{
	if (size <= pipeline->batch_capacity)
		return 0;
	char *larger = realloc(pipeline->batch, size);
	if (!larger)
		return error_set_memory(err);
	pipeline->batch = larger;
	pipeline->batch_capacity = size;
	return 0;
}

/* What was on a disk is checked again. */
static int apply_spilled(struct pipeline *pipeline, struct error *err)
{
	struct batch_decoder decoder;
	size_t size = 0;

	if (pipeline->spill.fd < 0)
		return 0;
	if (spill_rewind(&pipeline->spill, err) < 0)
		return -1;
	for (;;) {
		if (frame_watch_check_stop(&pipeline->watch, err) < 0 || spill_next(&pipeline->spill, &size, err) < 0)
			return -1;
		if (size == 0)
			return 0;
		if (reserve_batch(pipeline, size, err) < 0 || spill_read(&pipeline->spill, pipeline->batch, size, err) < 0 ||
		    batch_decoder_init(&decoder, slice_make(pipeline->batch, size), err) < 0 ||
		    apply_entries(pipeline, &decoder, err) < 0)
			return -1;
	}
}

/* Take the write lock and apply what was held back. */
static int begin_applying(struct pipeline *pipeline, struct error *err)
{
	const struct pipeline_options *options = pipeline->options;

	if (apply_begin(options->store, options->ticket, options->policy, options->known, &pipeline->apply, err) < 0)
		return -1;
	pipeline->watch.silence_max_ms = pipeline->patience->silence_ms;
	pipeline->watch.is_store_locked = true;
	pipeline->watch.idle = NULL;
	return apply_held(pipeline, err) < 0 ? -1 : apply_spilled(pipeline, err);
}

/* How long `rest` takes at the pace of `bytes` in `elapsed_ms`. */
static int64_t time_needed_ms(int64_t rest, int64_t bytes, int64_t elapsed_ms)
{
	int64_t product;

	if (rest == 0)
		return 0;
	if (bytes <= 0 || __builtin_mul_overflow(rest, elapsed_ms, &product))
		return INT64_MAX;
	return product / bytes;
}

/*
 * How long the reader will need, by its pace since the start and of late, whichever is slower. Its figures are its own
 * word: they decide over what is held back only, and the waiting under the lock has a limit of its own.
 */
static int64_t rest_needed_ms(struct pipeline *pipeline)
{
	const int64_t now_ms = clock_steady_ms(&pipeline->options->clock);
	const int64_t rest = pipeline->options->spool_bytes - pipeline->bytes_read;
	const int64_t by_all = time_needed_ms(rest, pipeline->bytes_read, now_ms - pipeline->started_ms);
	const int64_t of_late = time_needed_ms(rest, pipeline->bytes_read - pipeline->mark_bytes, now_ms - pipeline->mark_ms);

	if (now_ms - pipeline->mark_ms >= PACE_MS) {
		pipeline->mark_ms = now_ms;
		pipeline->mark_bytes = pipeline->bytes_read;
	}
	return by_all > of_late ? by_all : of_late;
}

static int spill_frame(struct pipeline *pipeline, const struct intake_frame *frame, struct error *err)
{
	if (spill_write(&pipeline->spill, frame->payload, (size_t)frame->head.size, err) < 0)
		return -1;
	return rest_needed_ms(pipeline) <= pipeline->patience->rest_ms ? begin_applying(pipeline, err) : 0;
}

/* What is held back in memory: apply it, keep it, or have all that comes put on disk. */
static int settle_held(struct pipeline *pipeline, struct error *err)
{
	const struct patience *patience = pipeline->patience;
	const bool is_full = pipeline->held_bytes >= LIMIT_QUEUE_BYTES;

	if (pipeline->held_bytes < patience->begin_bytes)
		return 0;
	if (rest_needed_ms(pipeline) <= (is_full ? patience->rest_ms : patience->begin_rest_ms))
		return begin_applying(pipeline, err);
	if (!is_full)
		return 0;
	return spill_open(&pipeline->spill, pipeline->options->spool_folder, pipeline->options->spill_max_bytes, err);
}

static int hold_frame(struct pipeline *pipeline, struct intake_frame *frame, struct error *err)
{
	if (pipeline->last)
		pipeline->last->next = frame;
	else
		pipeline->first = frame;
	pipeline->last = frame;
	pipeline->held_bytes += intake_frame_size(frame);
	return settle_held(pipeline, err);
}

/* Takes over the frame. */
static int take_batch(struct pipeline *pipeline, struct intake_frame *frame, struct error *err)
{
	int result;

	if (!pipeline->apply && pipeline->spill.fd < 0)
		return hold_frame(pipeline, frame, err);
	result = pipeline->apply ? apply_frame(pipeline, frame, err) : spill_frame(pipeline, frame, err);
	intake_put_back(pipeline->intake, frame);
	return result;
}

/* A text field from another process: make sure that it ends. */
static int take_done(struct pipeline *pipeline, const struct intake_frame *frame, struct error *err)
{
	struct frame_done *done = &pipeline->done;

	if (frame->head.size != sizeof(*done))
		return error_set(err, ERROR_READER, "the reader's last frame has a wrong size");
	memcpy(done, frame->payload, sizeof(*done));
	done->dialect[sizeof(done->dialect) - 1] = '\0';
	done->encoding[sizeof(done->encoding) - 1] = '\0';
	done->unsifted[sizeof(done->unsifted) - 1] = '\0';
	if (done->format > FEED_CSV || done->is_whole > 1)
		return error_set(err, ERROR_READER, "the reader's last frame does not check");
	return pipeline->apply ? 0 : begin_applying(pipeline, err);
}

/* 1 = it was. */
static int take_last(struct pipeline *pipeline, const struct intake_frame *frame, struct error *err)
{
	switch (frame->head.type) {
	case FRAME_DONE:
		return take_done(pipeline, frame, err) < 0 ? -1 : 1;
	case FRAME_FAILED:
		pipeline->has_reader_failed = true;
		return frame_tell_failure(frame_payload(frame), err);
	default:
		return error_set(err, ERROR_READER, "the reader process sent a frame of an unknown kind");
	}
}

/* Never back, and never beyond what there is. */
static void note_progress(struct pipeline *pipeline, uint64_t bytes_read)
{
	const int64_t total = pipeline->options->spool_bytes;
	const int64_t bytes = bytes_read < (uint64_t)total ? (int64_t)bytes_read : total;

	if (bytes > pipeline->bytes_read)
		pipeline->bytes_read = bytes;
}

/* 1 = the last frame was taken. */
static int take_frame(struct pipeline *pipeline, struct error *err)
{
	const struct pipeline_options *options = pipeline->options;
	struct intake_frame *frame;
	int result = -1;

	frame_watch_begin(&pipeline->watch);
	if (intake_next(pipeline->intake, &pipeline->watch, &frame, err) < 0)
		return -1;
	note_progress(pipeline, frame->head.bytes_read);
	if (options->progress)
		options->progress(options->progress_context, frame->head.bytes_read, frame->head.records);
	if (frame_watch_end(&pipeline->watch, err) == 0) {
		if (frame->head.type == FRAME_BATCH)
			return take_batch(pipeline, frame, err);
		result = take_last(pipeline, frame, err);
	}
	intake_put_back(pipeline->intake, frame);
	return result;
}

/* All frames, then the reader's end. */
static int take_frames(struct pipeline *pipeline, struct reader_process *reader, struct error *err)
{
	const struct pipeline_options *options = pipeline->options;
	struct frame_reader rest = {.process = reader, .wait = frame_watch_wait, .wait_context = &pipeline->watch};
	int step = 0;

	if (intake_start(reader, &pipeline->intake, err) < 0)
		return -1;
	while (step == 0) {
		step = take_frame(pipeline, err);
		if (step == 0 && !pipeline->apply && options->idle && options->idle(options->idle_context, err) < 0)
			step = -1;
	}
	drop_held(pipeline);
	intake_free(pipeline->intake);
	if (step < 0)
		return -1;
	frame_watch_begin(&pipeline->watch);
	return frame_read_end(&rest, err);
}

int pipeline_run(const struct pipeline_options *options, struct reader_process *reader, struct apply **ret_apply,
                 struct pipeline_result *ret_result, struct error *err)
{
	struct pipeline pipeline = {
		.options = options,
		.patience = options->is_filling ? &filling_patience : &usual_patience,
		.spill = SPILL_INIT,
		.started_ms = clock_steady_ms(&options->clock),
		.watch =
			{
				.clock = options->clock,
				.stop_signal = options->stop_signal,
				.silence_max_ms = LIMIT_READER_SILENCE_MS,
				.idle = options->idle,
				.idle_context = options->idle_context,
			},
	};

	pipeline.mark_ms = pipeline.started_ms;
	const int taken = take_frames(&pipeline, reader, err);
	*ret_result = (struct pipeline_result){
		.done = pipeline.done,
		.has_reader_failed = pipeline.has_reader_failed,
		.spilled_bytes = pipeline.spill.bytes,
		.locked_wait_ms = pipeline.watch.locked_wait_ms,
	};
	spill_close(&pipeline.spill);
	free(pipeline.batch);
	if (taken < 0) {
		reader_stop(reader);
		apply_rollback(pipeline.apply);
		return -1;
	}
	*ret_apply = pipeline.apply;
	return 0;
}
