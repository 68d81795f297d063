/* Frames on the pipe: the reading side. */
#include "run/frame_reader.h"

#include "base/limits.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#define POLL_MS 500 /* how soon a signal or a lost lease is noticed */

int frame_check_stop(const struct frame_reader *reader, struct error *err)
{
	if (!reader->stop_signal || *reader->stop_signal == 0)
		return 0;
	(void)error_set(err, ERROR_CANCELLED, "stopped by signal %d", (int)*reader->stop_signal);
	err->number = *reader->stop_signal;
	return -1;
}

/* Wait until the pipe can be read, with an eye on signals, silence and the caller's own affairs. */
static int wait_readable(struct frame_reader *reader, struct error *err)
{
	struct pollfd descriptor = {.fd = reader->process->frames_fd, .events = POLLIN};

	for (;;) {
		if (frame_check_stop(reader, err) < 0)
			return -1;
		/* Counted by frame: a reader that trickles bytes is as silent as one that sends none. */
		const int64_t waited_ms = clock_steady_ms(&reader->clock) - reader->frame_since_ms + reader->locked_wait_ms;
		if (waited_ms > reader->silence_max_ms)
			return error_set(err, ERROR_READER, "the reader process was silent for %lld seconds%s",
			                 (long long)(reader->silence_max_ms / 1000),
			                 reader->is_store_locked ? " in all while the store was locked" : "");
		int ready = poll(&descriptor, 1, POLL_MS);
		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return error_set_system(err, errno, "cannot wait for the reader");
		if (reader->idle && reader->idle(reader->idle_context, err) < 0)
			return -1;
	}
}

int frame_read_payload(struct frame_reader *reader, void *data, size_t size, struct error *err)
{
	char *position = data;

	while (size > 0) {
		if (wait_readable(reader, err) < 0)
			return -1;
		ssize_t count = read(reader->process->frames_fd, position, size);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0)
			return error_set_system(err, errno, "cannot read from the reader");
		if (count == 0) {
			if (reader_wait(reader->process, err) == 0)
				(void)error_set(err, ERROR_READER, "the reader process ended in the middle of its work");
			return -1;
		}
		position += count;
		size -= (size_t)count;
	}
	return 0;
}

int frame_read_end(struct frame_reader *reader, struct error *err)
{
	ssize_t count;
	char byte;

	reader->frame_since_ms = clock_steady_ms(&reader->clock);
	do {
		if (wait_readable(reader, err) < 0)
			return -1;
		count = read(reader->process->frames_fd, &byte, 1);
	} while (count < 0 && errno == EINTR);
	if (count < 0)
		return error_set_system(err, errno, "cannot read from the reader");
	if (count > 0)
		return error_set(err, ERROR_READER, "the reader process went on after its last word");
	return reader_wait(reader->process, err);
}

static int read_head(struct frame_reader *reader, struct frame_head *ret_head, struct error *err)
{
	reader->frame_since_ms = clock_steady_ms(&reader->clock);
	if (frame_read_payload(reader, ret_head, sizeof(*ret_head), err) < 0)
		return -1;
	if (ret_head->magic != FRAME_MAGIC || ret_head->size > LIMIT_BATCH_BYTES)
		return error_set(err, ERROR_READER, "the reader process sent a frame that does not check");
	return 0;
}

/* The first frame. That it is true depends on nothing but our own program: no byte of the feed has been read by then. */
static int take_cage(struct frame_reader *reader, const struct frame_head *head, struct error *err)
{
	struct cage_report *report = &reader->process->cage;

	if (head->type != FRAME_CAGED || head->size != sizeof(*report))
		return error_set(err, ERROR_READER, "the reader process sent something before it said that it is caged");
	if (frame_read_payload(reader, report, sizeof(*report), err) < 0)
		return -1;
	if (report->missing >> CAGE_PART_COUNT != 0)
		return error_set(err, ERROR_READER, "the reader process told of its cage what does not check");
	reader->process->is_caged = true;
	return 0;
}

int frame_read_head(struct frame_reader *reader, struct frame_head *ret_head, struct error *err)
{
	if (read_head(reader, ret_head, err) < 0)
		return -1;
	if (reader->process->is_caged || ret_head->type == FRAME_FAILED)
		return 0;
	return take_cage(reader, ret_head, err) < 0 ? -1 : read_head(reader, ret_head, err);
}

void frame_end(struct frame_reader *reader)
{
	if (reader->is_store_locked)
		reader->locked_wait_ms += clock_steady_ms(&reader->clock) - reader->frame_since_ms;
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
	case ERROR_KNOWN:
		return true;
	default:
		return false;
	}
}

int frame_read_failure(struct frame_reader *reader, size_t size, struct error *err)
{
	struct error sent;

	if (size != sizeof(sent))
		return error_set(err, ERROR_READER, "the reader's error has a wrong size");
	if (frame_read_payload(reader, &sent, sizeof(sent), err) < 0)
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
