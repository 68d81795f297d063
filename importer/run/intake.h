/*
 * The intake: a thread that takes a reader's frames from the pipe and checks
 * their batches, while the writer applies those before them.
 *
 * It has the reader's process and pipe, and touches neither store, clock nor
 * signals. What it hands over is the writer's alone: no byte of it changes any
 * more. At most LIMIT_INTAKE_BYTES wait, or one frame that is larger; what they
 * leave of that is kept of frames that were put back.
 */
#pragma once

#include "run/frame.h"
#include "run/frame_watch.h"
#include "run/reader.h"

#include <stddef.h>

struct intake;

/* A frame with its whole payload; that of FRAME_BATCH is a batch in order (batch_check). */
struct intake_frame {
	struct intake_frame *next; /* whoever has it may link it */
	struct frame_head head;
	size_t capacity; /* of the payload: it ends with a page */
	max_align_t payload[];
};

/* Begin. `process` is the intake's until intake_free. ERROR_MEMORY, ERROR_SYSTEM. */
must_use int intake_start(struct reader_process *process, struct intake **ret_intake, struct error *err);

/*
 * The next frame, in the reader's order; the caller's until intake_put_back. A frame of any other type than FRAME_BATCH is
 * the last; nothing may be asked for behind it. Errors: ERROR_READER of a reader that misbehaves or is gone, behind the frames before; ERROR_MEMORY,
 * ERROR_SYSTEM, and those of waiting.
 */
must_use int intake_next(struct intake *intake, struct frame_watch *watch, struct intake_frame **ret_frame, struct error *err);

/* Done with a frame: its memory serves for those to come. NULL is no frame. */
void intake_put_back(struct intake *intake, struct intake_frame *frame);

/* What a frame takes of the memory, its payload or not. */
size_t intake_frame_size(const struct intake_frame *frame);

/* End the thread, wherever it is; what waits is dropped. */
void intake_free(struct intake *intake);
