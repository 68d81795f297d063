/* One question, one answer. */
#include "run/reader_ask.h"

#include "base/limits.h"

#include <errno.h>
#include <sys/stat.h>

#define REQUEST_BYTES_MAX (64 * 1024 * 1024)

static int start(const struct reader_question *question, struct reader_process *reader, struct error *err)
{
	struct buffer bytes;

	buffer_init(&bytes, REQUEST_BYTES_MAX);
	int result = reader_request_encode(question->request, &bytes, err);
	if (result == 0)
		result = reader_start(reader, buffer_slice(&bytes), question->spool_path, -1, err);
	buffer_release(&bytes);
	return result;
}

static int take_answer(struct frame_reader *frames, size_t size, struct arena *arena, struct slice *ret_answer, struct error *err)
{
	char *bytes = arena_alloc(arena, size + 1);

	if (!bytes)
		return error_set_memory(err);
	if (frame_read_payload(frames, bytes, size, err) < 0)
		return -1;
	*ret_answer = slice_make(bytes, size);
	return 0;
}

static int take_failure(struct frame_reader *frames, size_t size, struct error *err)
{
	struct error sent;

	if (size != sizeof(sent))
		return error_set(err, ERROR_READER, "the reader's error has a wrong size");
	if (frame_read_payload(frames, &sent, sizeof(sent), err) < 0)
		return -1;
	return frame_tell_failure(slice_make((const char *)&sent, sizeof(sent)), err);
}

/* How many signs of life the reading of the spool accounts for. */
static int count_progress(const char *spool_path, uint64_t *ret_count, struct error *err)
{
	struct stat status;

	if (stat(spool_path, &status) != 0)
		return error_set_system(err, errno, "cannot see the size of the spool file '%s'", spool_path);
	*ret_count = READER_PASSES_MAX * ((uint64_t)status.st_size / READER_PROGRESS_BYTES + 1);
	return 0;
}

static int receive(const struct reader_question *question, struct reader_process *reader, struct arena *arena,
                   struct slice *ret_answer, struct error *err)
{
	struct frame_watch watch = {
		.clock = question->clock,
		.stop_signal = question->stop_signal,
		.silence_max_ms = LIMIT_READER_SILENCE_MS,
	};
	struct frame_reader frames = {.process = reader, .wait = frame_watch_wait, .wait_context = &watch};
	struct frame_head head;
	uint64_t progress_left = 0;

	if (count_progress(question->spool_path, &progress_left, err) < 0)
		return -1;
	for (;;) {
		frame_watch_begin(&watch);
		if (frame_read_head(&frames, &head, err) < 0)
			return -1;
		if (head.type == FRAME_FAILED)
			return take_failure(&frames, (size_t)head.size, err);
		if (head.type == question->answer) {
			if (take_answer(&frames, (size_t)head.size, arena, ret_answer, err) < 0)
				return -1;
			frame_watch_begin(&watch);
			return frame_read_end(&frames, err);
		}
		if (head.type != FRAME_PROGRESS || head.size > 0)
			return error_set(err, ERROR_READER, "the reader process sent a frame of an unknown kind");
		if (progress_left-- == 0)
			return error_set(err, ERROR_READER, "the reader process read more than there is, and did not answer");
	}
}

int reader_ask(const struct reader_question *question, struct arena *arena, struct slice *ret_answer, struct error *err)
{
	struct reader_process reader = READER_PROCESS_INIT;

	if (start(question, &reader, err) < 0)
		return -1;
	const int result = receive(question, &reader, arena, ret_answer, err);
	*question->ret_cage = reader.cage;
	reader_stop(&reader);
	return result;
}
