/*
 * What the store knows of a job beside its runs and items: whether it is
 * paused, which problem it has and which one people were told of, and since
 * when it is watched for runs that do not come.
 *
 * A problem begins and ends with the ledger row of a run, in one transaction,
 * whoever writes that; runs that were told to stop, dry runs and undos leave
 * it as it is. A job is known by its name; one without runs may have a state.
 *
 * Errors of every function: as in store.h. Those that write wait for the
 * store's lock as a run does; no transaction of the store is open.
 */
#pragma once

#include "base/arena.h"
#include "store/store.h"

/* ---- Pauses ---- */

#define STORE_PAUSE_REASON_BYTES 1024

struct store_pause {
	int64_t paused_at_ms;
	int64_t until_ms;                          /* INT64_MAX = until somebody resumes it */
	char reason[STORE_PAUSE_REASON_BYTES + 1]; /* '' = none was given */
};

/* Pause `job`; one that is paused already is paused anew. */
must_use int store_job_pause(struct store *store, const char *job, const struct store_pause *pause, struct error *err);

/* End its pause: 1, or 0 where it had none at `now_ms`. It is watched for missed runs from then on. */
must_use int store_job_resume(struct store *store, const char *job, int64_t now_ms, struct error *err);

/* 1 where `job` is paused at `now_ms`, 0 where it is not, or no longer. `ret_pause` is set with 1; NULL = nobody asks. Reads only. */
must_use int store_job_is_paused(struct store *store, const char *job, int64_t now_ms, struct store_pause *ret_pause,
                                 struct error *err);

struct store_paused_job {
	const char *job;
	int64_t until_ms; /* as in struct store_pause */
};

/* All jobs that are paused at `now_ms`, sorted by name; the list lives in `arena`. Reads only. */
must_use int store_job_list_paused(struct store *store, int64_t now_ms, struct arena *arena,
                                   const struct store_paused_job **ret_jobs, size_t *ret_count, struct error *err);

/* ---- Problems, and who was told of them ---- */

/*
 * Failed: it takes a person (also: killed). Temporary: worth another try. Held: a guard wants a person. Missed: a run that
 * was due has not come.
 */
enum store_problem { STORE_PROBLEM_NONE, STORE_PROBLEM_FAILED, STORE_PROBLEM_TEMPORARY, STORE_PROBLEM_HELD, STORE_PROBLEM_MISSED };

/* 'failed', 'temporary', 'held', 'missed'; NULL for none. */
const char *store_problem_name(enum store_problem problem);

/* What is to be told of a job: its problem is another one than people were told of, or is over. Texts live in the arena. */
struct store_notice {
	int64_t job_key;
	const char *job;
	enum store_problem problem; /* STORE_PROBLEM_NONE: it has recovered */
	enum store_problem told;
	bool was_told_with_others; /* `told`, in a notice about many jobs */
	int64_t problem_at_ms;     /* when it began; 0 with STORE_PROBLEM_NONE */
	int64_t problem_run_id;    /* the first run that had it; 0 = none */
	int64_t problem_runs;      /* how many runs in a row */
	/* The job's last run that has ended; 0 and NULL where there is none. */
	int64_t run_id;
	const char *trigger;
	const char *outcome;
	const char *catalog;
	int64_t started_at_ms;
	int64_t finished_at_ms;
	const char *error; /* JSON, as the ledger has it; NULL = none */
	const char *guard; /* JSON of what guards found; NULL = nothing */
};

/* Where to look for notices. */
struct store_notice_place {
	const char *job; /* of this one; NULL = of all */
	int64_t job_key; /* behind this one; INT64_MIN = from the first */
	int64_t now_ms;
};

/* The next notice that nobody is giving right now: 1, 0 = there is none. Reads only. */
must_use int store_notice_next(struct store *store, const struct store_notice_place *place, struct arena *arena,
                               struct store_notice *ret_notice, struct error *err);

/*
 * Take it upon oneself until `now_ms` + `telling_ms` to give the notice: 1, or 0 where another process has, or where the
 * job's problem is another one by now.
 */
must_use int store_notice_claim(struct store *store, const struct store_notice *notice, int64_t now_ms, int64_t telling_ms,
                                struct error *err);

/* What became of a notice: not given, and to be given again by whoever looks next; given; said in one about many jobs. */
enum store_telling { STORE_NOT_TOLD, STORE_TOLD, STORE_TOLD_WITH_OTHERS };

/* End a claim. */
must_use int store_notice_finish(struct store *store, const struct store_notice *notice, enum store_telling telling,
                                 struct error *err);

/* ---- Runs that do not come ---- */

/* May the caller look for missed runs now? 1 and it is noted; 0 where somebody has within `pause_ms`. */
must_use int store_missed_begin(struct store *store, int64_t now_ms, int64_t pause_ms, struct error *err);

/* A job with a schedule, by which its last run was due at `due_at_ms`. */
struct store_due {
	const char *job;
	const char *schedule; /* its words: the job is watched anew where they have changed */
	int64_t due_at_ms;
	int64_t now_ms;
};

/*
 * Is the job's run missing: watched by this schedule since before it was due, not paused, and none has run, or is running,
 * since? Runs that were told to stop or were killed do not count. 1 where it is; its problem is 'missed' then.
 */
must_use int store_job_watch(struct store *store, const struct store_due *due, struct error *err);
