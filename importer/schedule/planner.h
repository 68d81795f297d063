/*
 * Which runs to start, and when to look again: the daemon's mind, without a
 * clock, a process or a file. Instants are Unix milliseconds as the wall
 * clock shows them, which may jump both ways.
 *
 * A job waits for its next time in a heap, then for a free place in the queue
 * of its host; the one that has waited longest is started first. Of several
 * times that have passed by the newest is run. What lies more than
 * PLANNER_LATE_MS back when it is noticed was missed: 'catch_up' decides.
 * When the clock goes back, times that it shows again are due again; that no
 * run is doubled is the ledger's part, which a started run asks.
 *
 * About 90 bytes a job; a step costs what is due then, times log(jobs).
 */
#pragma once

#include "schedule/schedule.h"

#define PLANNER_LATE_MS INT64_C(60000) /* a daemon that is restarted in that time has missed nothing */
#define PLANNER_NO_HOST UINT32_C(0)    /* of sources that are no URL: any number of runs */

struct planner;

struct planner_limits {
	size_t jobs;  /* that may be added */
	size_t hosts; /* their numbers are below, PLANNER_NO_HOST is one of them */
	int64_t concurrency;
	int64_t per_host;
};

struct planner_job {
	const struct schedule *schedule; /* borrowed; NULL = due by planner_trigger() alone */
	uint32_t host;
	enum catch_up_policy catch_up;
	enum overlap_policy overlap;
	int64_t handled_at_ms;     /* nothing that was due up to then is started */
	int64_t again_due_at_ms;   /* an instant that is to be run all the same; 0 = none */
	int64_t not_before_ms;     /* nothing is started before; 0 = whenever it is due */
	int64_t running_due_at_ms; /* its run for this instant is going on; 0 = none is */
};

/* ERROR_MEMORY. */
must_use int planner_new(const struct planner_limits *limits, struct planner **ret_planner, struct error *err);
void planner_free(struct planner *planner);

/* Jobs are known by number, in the order in which they are added. */
void planner_add(struct planner *planner, const struct planner_job *job, int64_t now_ms);

/* Look at the clock: what has become due waits to be started. */
void planner_step(struct planner *planner, int64_t now_ms);

/* A job that runs after others is due now, for `due_at_ms`. */
void planner_trigger(struct planner *planner, uint32_t job, int64_t due_at_ms, int64_t now_ms);

/* The next run to start, which counts as going on from then on: false where none may be. */
bool planner_start(struct planner *planner, int64_t now_ms, uint32_t *ret_job, int64_t *ret_due_at_ms);

/* How a run ended. */
struct planner_end {
	bool is_again;         /* its instant is to be run again */
	int64_t not_before_ms; /* nothing of the job is to be started before; 0 = at once */
	int64_t taken_at_ms;   /* the newest instant that the ledger has as taken; 0 = unknown */
};
void planner_finish(struct planner *planner, uint32_t job, const struct planner_end *end, int64_t now_ms);

/* When to step again, unless a run ends before; INT64_MAX = never. */
int64_t planner_wake_ms(const struct planner *planner);

/* For a planner that takes over: up to which instant the job has been seen to; for which one it waits, and for which it runs, 0 = for none. */
int64_t planner_handled_ms(const struct planner *planner, uint32_t job);
int64_t planner_pending_ms(const struct planner *planner, uint32_t job);
int64_t planner_running_ms(const struct planner *planner, uint32_t job);

struct planner_figures {
	size_t jobs;
	size_t running;
	size_t ready; /* due, and waiting for a place */
	uint64_t started;
	uint64_t skipped; /* due while the run before was going on, and left out */
	uint64_t missed;  /* times found too late, of a job that does not catch up */
	size_t bytes;     /* allocated, but for compiled schedules */
};
struct planner_figures planner_figures(const struct planner *planner);
