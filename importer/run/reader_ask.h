/* A reader process that is asked one question, and answers with one frame. */
#pragma once

#include "run/frame_reader.h"
#include "run/frame_watch.h"
#include "run/request.h"

struct reader_question {
	const struct reader_request *request;
	const char *spool_path;
	enum frame_type answer; /* what it must be */
	struct clock clock;
	const volatile sig_atomic_t *stop_signal; /* non-zero ends it; NULL = never */
	struct cage_report *ret_cage;             /* what this system lacks of the reader's cage */
};

/*
 * Ask; the answer's payload lives in `arena` and is not checked. Signs of life
 * are taken as many as the spool's size accounts for. Errors of the reader, ERROR_READER,
 * ERROR_CANCELLED, ERROR_SYSTEM, ERROR_MEMORY.
 */
must_use int reader_ask(const struct reader_question *question, struct arena *arena, struct slice *ret_answer, struct error *err);
