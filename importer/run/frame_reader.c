/* Frames on the pipe: the reading side. */
#include "run/frame_reader.h"

#include "base/limits.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int frame_read_payload(struct frame_reader *reader, void *data, size_t size, struct error *err)
{
	char *position = data;

	while (size > 0) {
		if (reader->wait(reader->wait_context, reader->process->frames_fd, err) < 0)
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

	do {
		if (reader->wait(reader->wait_context, reader->process->frames_fd, err) < 0)
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

int frame_tell_failure(struct slice payload, struct error *err)
{
	struct error sent;

	if (payload.size != sizeof(sent))
		return error_set(err, ERROR_READER, "the reader's error has a wrong size");
	memcpy(&sent, payload.data, sizeof(sent));
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
