/*
 * What the ledger knows of the runs of a schedule: which instants have been
 * taken, and which may be taken again. For those who start runs; that no two
 * runs take one instant is store_run_begin()'s part.
 */
#pragma once

#include "store/store.h"

struct due_reader;

/* How the newest instant stands that a run of a job has taken. */
enum due_standing {
	DUE_NEVER,   /* none has been taken */
	DUE_DONE,    /* nothing is to be done for it any more */
	DUE_RUNNING, /* its run is going on, or has died and nobody has noticed yet */
	DUE_AGAIN,   /* its run failed for a time, was stopped or died: it may be taken again */
};

struct due_state {
	enum due_standing standing;
	int64_t due_at_ms;      /* 0 = never */
	int64_t attempt;        /* of its last run, from 1 */
	int64_t not_before_ms;  /* its last run failed, and no other is to begin before this, for whatever instant; 0 = at once */
	int64_t known_since_ms; /* see store_due_enlist(); 0 = it was not */
	int64_t succeeded_at_ms; /* when the job's last run that was applied or found nothing new ended, whatever it was started by; 0 = never */
};

/* Of a store that is open for as long; borrowed. */
must_use int due_reader_open(struct store *store, struct due_reader **ret_reader, struct error *err);
void due_reader_close(struct due_reader *reader);

/*
 * Of `job` at `now_ms`: an instant that was taken by a clock that was ahead is none yet. `attempts` as in struct
 * run_start. A job that the store does not know has never run.
 */
must_use int due_reader_read(struct due_reader *reader, const char *job, int64_t attempts, int64_t now_ms,
                             struct due_state *ret_state, struct error *err);

/*
 * Until due_reader_end() all that is read is of one moment, and many jobs cost less: the store is locked for reading once, not for each.
 * Nothing may be written by way of `store` meanwhile. -1: nothing has begun.
 */
must_use int due_reader_begin(struct due_reader *reader, struct error *err);
void due_reader_end(struct due_reader *reader);

/* Note for jobs that are scheduled for the first time that they are from now on: what was due before was never theirs to run. */
must_use int store_due_enlist(struct store *store, const char *const *jobs, size_t count, int64_t now_ms, struct error *err);
