/* The writer's side of the pipe: read frames, hold them back, apply them. */
#include "run/pipeline.h"

#include "base/limits.h"
#include "catalog/batch.h"
#include "feed/feed.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POLL_MS 500 /* how soon a signal or a lost lease is noticed */

struct held_frame {
	struct held_frame *next;
	size_t size;
	max_align_t payload[];
};

struct pipeline {
	const struct pipeline_options *options;
	struct reader_process *reader;
	struct apply *apply; /* NULL until the write lock is held */
	struct held_frame *first;
	struct held_frame *last;
	size_t held_bytes;
	int64_t frame_since_ms; /* when waiting for the present frame began */
	char *batch;            /* for frames that are applied at once; malloc is aligned enough */
	size_t batch_capacity;
	struct frame_done done;
};

static bool is_stopped(const struct pipeline *pipeline)
{
	return pipeline->options->stop_signal && *pipeline->options->stop_signal != 0;
}

static int cancelled(const struct pipeline *pipeline, struct error *err)
{
	(void)error_set(err, ERROR_CANCELLED, "stopped by signal %d", (int)*pipeline->options->stop_signal);
	err->number = *pipeline->options->stop_signal;
	return -1;
}

/* Wait until the pipe can be read, with an eye on signals, silence and the lease. */
static int wait_readable(struct pipeline *pipeline, struct error *err)
{
	const struct pipeline_options *options = pipeline->options;
	int64_t silence_max_ms = pipeline->apply ? LIMIT_LOCKED_SILENCE_MS : LIMIT_READER_SILENCE_MS;
	struct pollfd descriptor = {.fd = pipeline->reader->frames_fd, .events = POLLIN};

	for (;;) {
		if (is_stopped(pipeline))
			return cancelled(pipeline, err);
		/* Counted by frame: a reader that trickles bytes is as silent as one that sends none. */
		if (clock_steady_ms(&options->clock) - pipeline->frame_since_ms > silence_max_ms)
			return error_set(err, ERROR_READER, "the reader process was silent for %lld seconds%s",
			                 (long long)(silence_max_ms / 1000), pipeline->apply ? " while the store was locked" : "");
		int ready = poll(&descriptor, 1, POLL_MS);
		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return error_set_system(err, errno, "cannot wait for the reader");
		if (!pipeline->apply && options->idle && options->idle(options->idle_context, err) < 0)
			return -1;
	}
}

static int read_exactly(struct pipeline *pipeline, void *data, size_t size, struct error *err)
{
	char *position = data;

	while (size > 0) {
		if (wait_readable(pipeline, err) < 0)
			return -1;
		ssize_t count = read(pipeline->reader->frames_fd, position, size);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return error_set_system(err, errno, "cannot read from the reader");
		if (count == 0) {
			if (reader_wait(pipeline->reader, err) == 0)
				(void)error_set(err, ERROR_READER, "the reader process ended in the middle of its work");
			return -1;
		}
		position += count;
		size -= (size_t)count;
	}
	return 0;
}

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
	while (pipeline->first) {
		struct held_frame *frame = pipeline->first;
		if (is_stopped(pipeline))
			return cancelled(pipeline, err);
		if (apply_batch(pipeline, slice_make((const char *)frame->payload, frame->size), err) < 0)
			return -1;
		pipeline->first = frame->next;
		free(frame);
	}
	pipeline->last = NULL;
	pipeline->held_bytes = 0;
	return 0;
}

static int hold_batch(struct pipeline *pipeline, size_t size, struct error *err)
{
	struct held_frame *frame = malloc(sizeof(*frame) + size);

	if (!frame)
		return error_set_memory(err);
	frame->next = NULL;
	frame->size = size;
	if (read_exactly(pipeline, frame->payload, size, err) < 0) {
		free(frame);
		return -1;
	}
	if (pipeline->last)
		pipeline->last->next = frame;
	else
		pipeline->first = frame;
	pipeline->last = frame;
	pipeline->held_bytes += size;
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
	if (read_exactly(pipeline, pipeline->batch, size, err) < 0)
		return -1;
	return apply_batch(pipeline, slice_make(pipeline->batch, size), err);
}

/* A text field from another process: make sure that it ends. */
static int take_done(struct pipeline *pipeline, size_t size, struct error *err)
{
	struct frame_done *done = &pipeline->done;

	if (size != sizeof(*done))
		return error_set(err, ERROR_READER, "the reader's last frame has a wrong size");
	if (read_exactly(pipeline, done, sizeof(*done), err) < 0)
		return -1;
	done->dialect[sizeof(done->dialect) - 1] = '\0';
	done->encoding[sizeof(done->encoding) - 1] = '\0';
	if (done->format > FEED_CSV || done->is_whole > 1)
		return error_set(err, ERROR_READER, "the reader's last frame does not check");
	if (pipeline->apply)
		return 0;
	return begin_applying(pipeline, err);
}

/* What a reader may say of itself: anything else is ours to say, and would choose our exit status. */
static bool is_readers_code(enum error_code code)
{
	switch (code) {
	case ERROR_MEMORY:
	case ERROR_SYSTEM:
	case ERROR_CONFIG:
	case ERROR_LIMIT:
	case ERROR_FEED:
	case ERROR_DIALECT:
		return true;
	default:
		return false;
	}
}

static int take_failure(struct pipeline *pipeline, size_t size, struct error *err)
{
	struct error sent;

	if (size != sizeof(sent))
		return error_set(err, ERROR_READER, "the reader's error has a wrong size");
	if (read_exactly(pipeline, &sent, sizeof(sent), err) < 0)
		return -1;
	sent.message[sizeof(sent.message) - 1] = '\0';
	if (!is_readers_code(sent.code))
		sent.code = ERROR_READER;
	/* Through error_set, which makes a stranger's text printable. */
	(void)error_set(err, sent.code, "%s", sent.message);
	err->source = sent.source;
	err->number = sent.number;
	error_locate(err, sent.line, sent.column, sent.byte);
	return -1;
}

static int check_head(const struct frame_head *head, struct error *err)
{
	if (head->magic != FRAME_MAGIC || head->size > LIMIT_BATCH_BYTES)
		return error_set(err, ERROR_READER, "the reader process sent a frame that does not check");
	return 0;
}

/* 1 = the last frame was taken. */
static int take_frame(struct pipeline *pipeline, struct error *err)
{
	struct frame_head head;

	pipeline->frame_since_ms = clock_steady_ms(&pipeline->options->clock);
	if (read_exactly(pipeline, &head, sizeof(head), err) < 0 || check_head(&head, err) < 0)
		return -1;
	if (pipeline->options->progress)
		pipeline->options->progress(pipeline->options->progress_context, head.bytes_read, head.records);
	switch (head.type) {
	case FRAME_BATCH:
		return take_batch(pipeline, (size_t)head.size, err);
	case FRAME_DONE:
		return take_done(pipeline, (size_t)head.size, err) < 0 ? -1 : 1;
	case FRAME_FAILED:
		return take_failure(pipeline, (size_t)head.size, err);
	default:
		return error_set(err, ERROR_READER, "the reader process sent a frame of an unknown kind");
	}
}

int pipeline_run(const struct pipeline_options *options, struct reader_process *reader, struct apply **ret_apply,
                 struct frame_done *ret_done, struct error *err)
{
	struct pipeline pipeline = {.options = options, .reader = reader};
	int step = 0;

	while (step == 0) {
		step = take_frame(&pipeline, err);
		if (step == 0 && !pipeline.apply && options->idle && options->idle(options->idle_context, err) < 0)
			step = -1;
	}
	if (step > 0 && reader_wait(reader, err) < 0)
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
