/*
 * A year of jobs with a clock made up: a machine that sleeps, is started
 * anew and has its clock set, runs that fail, and a ledger that keeps what
 * the store keeps. What the planner decides is judged by the world alone.
 */
#pragma once

#include "base/arena.h"
#include "base/zone.h"
#include "schedule/planner.h"

struct year_figures {
	int64_t due;  /* runs that took an instant for the first time */
	int64_t runs; /* … and further ones for it */
	int64_t applied;
	int64_t idle; /* started for what had been seen to */
	int64_t too_early;
	int64_t restarts;
	int64_t sleeps;
	int64_t jumps;
	int64_t longest_wait_ms; /* for a place */
	int64_t most_running;
	int64_t checks; /* looks at a job whether it lost a run */
	int64_t skipped;
	int64_t missed;
};

/* Live through `days` with `jobs` jobs, by dice of this seed, on a machine whose clock is set now and then, or never. Breaks the test where a rule is broken. */
void year_live(uint32_t seed, bool is_clock_set, size_t jobs, int64_t days, struct year_figures *ret_figures);
