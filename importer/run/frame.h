/*
 * Frames on the pipe from the reader process to the writer: a fixed head and
 * a payload. The receiver trusts neither.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

enum frame_type {
	FRAME_BATCH = 1, /* payload: a batch (catalog/batch.h) */
	FRAME_DONE,      /* payload: struct frame_done; the feed was read to its end */
	FRAME_FAILED,    /* payload: struct error; reading ended */
	FRAME_PROGRESS,  /* no payload: a sign of life of a reader that has nothing to send yet */
	FRAME_PROBE,     /* payload: a probe's report (probe/report.h); nothing follows */
	FRAME_EXPLAINED, /* payload: an explanation (run/explanation.h); nothing follows */
	FRAME_CAGED,     /* payload: struct cage_report (cage/cage.h); the first frame, sent before a byte of the feed is read */
};

#define FRAME_MAGIC 0x46454544u

struct frame_head {
	uint32_t magic;
	uint32_t type;
	uint64_t size;       /* of the payload */
	uint64_t bytes_read; /* of the spool so far: for progress only */
	uint64_t records;    /* so far: for progress only */
};

struct frame_done {
	uint64_t bytes; /* of the spool, all of it */
	uint64_t records;
	uint64_t mapped;
	uint64_t unnamed;  /* struct mapper_counts */
	uint32_t format;   /* enum feed_format */
	uint32_t is_whole; /* 0 or 1: the end of the document proves it */
	char dialect[64];
	char encoding[32];
	char unsifted[128]; /* feed_summary.unsifted; '' = nothing to say */
};

/* Reader's side: write one frame. -1 with ERROR_SYSTEM, EPIPE when the writer is gone. */
must_use int frame_write(int fd, const struct frame_head *head, const void *payload, struct error *err);
