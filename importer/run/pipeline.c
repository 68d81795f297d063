/* The writer's side of the pipe: read frames, hold them back, apply them. */
#include "run/pipeline.h"

#include "base/limits.h"
#include "catalog/batch.h"
#include "feed/feed.h"
#include "run/frame_reader.h"

#include <stdlib.h>
#include <string.h>

struct held_frame {
	struct held_frame *next;
	size_t size;
	max_align_t payload[];
};

struct pipeline {
	const struct pipeline_options *options;
	struct frame_reader frames;
	struct apply *apply; /* NULL until the write lock is held */
	struct held_frame *first;
	struct held_frame *last;
	size_t held_bytes;
	char *batch; /* for frames that are applied at once; malloc is aligned enough */
	size_t batch_capacity;
	struct frame_done done;
};

static int apply_batch(struct pipeline *pipeline, struct slice bytes, struct error *err)
{
	struct batch_decoder decoder;
	struct batch_entry entry;

	if (batch_decoder_init(&decoder, bytes, err) < 0)
		return -1;
	for (;;) {
		int step = batch_decoder_next(&decoder, &entry, err);
		if (step < 0)
			return -1;
		if (step == BATCH_END)
			return 0;
		if (apply_entry(pipeline->apply, &entry, err) < 0)
			return -1;
	}
}

static void drop_held(struct pipeline *pipeline)
{
	while (pipeline->first) {
		struct held_frame *next = pipeline->first->next;
		free(pipeline->first);
		pipeline->first = next;
	}
	pipeline->last = NULL;
	pipeline->held_bytes = 0;
}

/* Take the write lock and apply what was held back. */
static int begin_applying(struct pipeline *pipeline, struct error *err)
{
	const struct pipeline_options *options = pipeline->options;

	if (apply_begin(options->store, options->ticket, options->policy, &pipeline->apply, err) < 0)
		return -1;
	pipeline->frames.silence_max_ms = LIMIT_LOCKED_SILENCE_MS;
	pipeline->frames.is_store_locked = true;
	pipeline->frames.idle = NULL;
	while (pipeline->first) {
		struct held_frame *frame = pipeline->first;
		if (frame_check_stop(&pipeline->frames, err) < 0 ||
		    apply_batch(pipeline, slice_make((const char *)frame->payload, frame->size), err) < 0)
			return -1;
		pipeline->first = frame->next;
		free(frame);
	}
	pipeline->last = NULL;
	pipeline->held_bytes = 0;
	return 0;
}

/* What is held back counts with what holds it, and is a batch at least: a flood of empty ones must not fill the memory. */
static int hold_batch(struct pipeline *pipeline, size_t size, struct error *err)
{
	struct held_frame *frame = malloc(sizeof(*frame) + size);
	struct batch_decoder decoder;

	if (!frame)
		return error_set_memory(err);
	frame->next = NULL;
	frame->size = size;
	if (frame_read_payload(&pipeline->frames, frame->payload, size, err) < 0 ||
	    batch_decoder_init(&decoder, slice_make((const char *)frame->payload, size), err) < 0) {
		free(frame);
		return -1;
	}
	if (pipeline->last)
		pipeline->last->next = frame;
	else
		pipeline->first = frame;
	pipeline->last = frame;
	pipeline->held_bytes += sizeof(*frame) + size;
	return pipeline->held_bytes >= LIMIT_QUEUE_BYTES ? begin_applying(pipeline, err) : 0;
}

static int take_batch(struct pipeline *pipeline, size_t size, struct error *err)
{
	if (!pipeline->apply)
		return hold_batch(pipeline, size, err);
	if (size > pipeline->batch_capacity) {
		char *larger = realloc(pipeline->batch, size);
		if (!larger)
			return error_set_memory(err);
		pipeline->batch = larger;
		pipeline->batch_capacity = size;
	}
	if (frame_read_payload(&pipeline->frames, pipeline->batch, size, err) < 0)
		return -1;
	return apply_batch(pipeline, slice_make(pipeline->batch, size), err);
}

/* A text field from another process: make sure that it ends. */
static int take_done(struct pipeline *pipeline, size_t size, struct error *err)
{
	struct frame_done *done = &pipeline->done;

	if (size != sizeof(*done))
		return error_set(err, ERROR_READER, "the reader's last frame has a wrong size");
	if (frame_read_payload(&pipeline->frames, done, sizeof(*done), err) < 0)
		return -1;
	done->dialect[sizeof(done->dialect) - 1] = '\0';
	done->encoding[sizeof(done->encoding) - 1] = '\0';
	if (done->format > FEED_CSV || done->is_whole > 1)
		return error_set(err, ERROR_READER, "the reader's last frame does not check");
	if (pipeline->apply)
		return 0;
	return begin_applying(pipeline, err);
}

/* 1 = the last frame was taken. */
static int take_frame(struct pipeline *pipeline, struct error *err)
{
	struct frame_head head;

	if (frame_read_head(&pipeline->frames, &head, err) < 0)
		return -1;
	if (pipeline->options->progress)
		pipeline->options->progress(pipeline->options->progress_context, head.bytes_read, head.records);
	switch (head.type) {
	case FRAME_BATCH:
		return take_batch(pipeline, (size_t)head.size, err);
	case FRAME_DONE:
		return take_done(pipeline, (size_t)head.size, err) < 0 ? -1 : 1;
	case FRAME_FAILED:
		return frame_read_failure(&pipeline->frames, (size_t)head.size, err);
	default:
		return error_set(err, ERROR_READER, "the reader process sent a frame of an unknown kind");
	}
}

int pipeline_run(const struct pipeline_options *options, struct reader_process *reader, struct apply **ret_apply,
                 struct frame_done *ret_done, struct error *err)
{
	struct pipeline pipeline = {
		.options = options,
		.frames =
			{
				.process = reader,
				.clock = options->clock,
				.stop_signal = options->stop_signal,
				.silence_max_ms = LIMIT_READER_SILENCE_MS,
				.idle = options->idle,
				.idle_context = options->idle_context,
			},
	};
	int step = 0;

	while (step == 0) {
		step = take_frame(&pipeline, err);
		if (step == 0 && !pipeline.apply && options->idle && options->idle(options->idle_context, err) < 0)
			step = -1;
	}
	if (step > 0 && frame_read_end(&pipeline.frames, err) < 0)
		step = -1;
	drop_held(&pipeline);
	free(pipeline.batch);
	if (step < 0) {
		reader_stop(reader);
		apply_rollback(pipeline.apply);
		return -1;
	}
	*ret_apply = pipeline.apply;
	*ret_done = pipeline.done;
	return 0;
}
