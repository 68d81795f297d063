/*
 * When a job was last due: by its schedule, or because a job it runs after
 * has succeeded. One answer for timers, daemon and people.
 */
#pragma once

#include "schedule/schedule.h"
#include "store/due.h"

struct due_question {
	const struct job_config *job;
	int64_t now_ms;
	int64_t after_at_ms;   /* when one of the jobs it runs after succeeded last; 0 = never */
	int64_t not_before_ms; /* its last run failed for a time, and another would be refused before; 0 = not */
};

/* Fill in `after_at_ms` and `not_before_ms` by the ledger. Errors as of store.h. */
must_use int due_read_ledger(struct store *store, struct due_question *question, struct error *err);

enum due_kind {
	DUE_NOTHING, /* it has not been due yet */
	DUE_LATER,   /* it was, in quiet hours: not before `starts_at_ms` */
	DUE_NOW,
};

struct due_answer {
	enum due_kind kind;
	int64_t due_at_ms; /* the newest instant at or before now */
	int64_t starts_at_ms;
};

/* Whether a run has taken the instant is the store's affair. -1: as schedule_compile(). */
must_use int due_find(const struct due_question *question, struct due_answer *ret_answer, struct error *err);
