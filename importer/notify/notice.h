/* A notice about a job in words, as JSON for hooks, and as fields for the journal. */
#pragma once

#include "base/buffer.h"
#include "store/job_state.h"

#include <sys/uio.h>

struct notice {
	const struct store_notice *about;
	int64_t other_jobs; /* have the same problem, and are told with it */
};

/* 'acme: run 12 failed: the host cannot be reached', printable, on one line, without a line end. */
void notice_append_text(const struct notice *notice, struct buffer *text);

/*
 * One JSON object: event (problem, recovered), job, catalog, problem, before (the problem that people knew of), since_at_ms,
 * since_run, runs, other_jobs, run {…} or null, message (the text above) and program. It says no more of a run than the ledger does.
 */
void notice_append_json(const struct notice *notice, const char *program, struct buffer *json);

#define NOTICE_FIELDS_MAX 13
#define NOTICE_FIELDS_BYTES_MAX ((size_t)16 * 1024)

/*
 * Fields as sd_journal_sendv(3) takes them: MESSAGE (`text`), MESSAGE_ID, PRIORITY, and those that begin with FEEDMILL_. They
 * live in `bytes`, which is empty before. Returns how many there are, 0 without memory.
 */
size_t notice_make_fields(const struct notice *notice, struct slice text, struct buffer *bytes,
                          struct iovec ret_fields[NOTICE_FIELDS_MAX]);
