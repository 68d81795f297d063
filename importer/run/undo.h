/*
 * Taking a run back, as a run of its own: lease, ledger row, report. See
 * store/undo.h for what comes back and what is in the way.
 *
 * A conflict leaves the catalogue as it was, and the run ends 'failed', unless
 * what was changed since is to be kept.
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "run/run.h"

#define UNDO_CONFLICTS_LISTED 10000 /* further ones are only counted */

struct undo_run_request {
	const char *store; /* location */
	const char *run;   /* a number, or a job for its last applied run */
	bool keep_later;
	struct clock clock;
	const volatile sig_atomic_t *stop_signal;
};

/* As struct undo_conflict, to be kept. */
struct undo_run_conflict {
	const char *kind;
	struct slice item_id;
	const char *field; /* NULL: the row as a whole */
	struct slice to_be;
	struct slice is_now;
	int64_t run_id; /* 0 = by hand */
	const char *reason;
};

struct undo_run_report {
	enum run_outcome outcome; /* RUN_APPLIED, RUN_FAILED or RUN_CANCELLED */
	struct error error;
	const char *store;
	int64_t run_id;        /* of the undo; 0 = it did not come so far */
	int64_t undone_run_id; /* 0 = it was not found */
	const char *job;       /* NULL with it */
	const char *catalog;
	bool keeps_later;
	int64_t started_at_ms;
	int64_t duration_ms;
	struct lock_times lock_times;
	bool has_counts;
	struct run_counts counts;
	char plan_digest[33];
	int64_t conflict_count;
	size_t conflicts_listed;
	struct undo_run_conflict *conflicts;
	struct arena arena; /* texts of the report */
};

/* Execute; never fails itself: look at the report's outcome. Release the report. */
void undo_run_execute(const struct undo_run_request *request, struct undo_run_report *ret_report);
void undo_run_report_release(struct undo_run_report *report);

/* 0, 1, 5, 75 or 128 + signal by design. */
int undo_run_exit_status(const struct undo_run_report *report);

/* One object, without a line end; lines for people, with line ends. */
void undo_run_report_append_json(const struct undo_run_report *report, struct buffer *buffer);
void undo_run_report_append_text(const struct undo_run_report *report, struct buffer *buffer);
