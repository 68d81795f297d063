/*
 * The jobs that the daemon sees to: their compiled schedules, whom they run
 * after, and a planner that knows what the ledger knows. It borrows nothing
 * of the configuration, and is made anew when that is read again.
 */
#pragma once

#include "base/clock.h"
#include "config/config.h"
#include "schedule/planner.h"
#include "store/store.h"

struct roster;

struct roster_job {
	const char *name;
	int64_t attempts;       /* as in struct run_start */
	int64_t run_timeout_ms; /* 0 = none */
	bool is_gone;           /* no longer configured; its run is going on */
};

/* A job that others run after; it may have no schedule itself. */
struct roster_leader {
	const char *name;
	const uint32_t *followers; /* numbers of jobs */
	size_t follower_count;
};

/*
 * The jobs of `config` that have a schedule or run after others. Those that the store sees for the first time are due from
 * `now_ms` on. Of `previous`, or NULL, is taken what it knows beyond the ledger, and which runs are going on. -1:
 * ERROR_CONFIG (a schedule is at fault), and as store.h.
 */
must_use int roster_new(const struct config *config, struct store *store, const struct roster *previous, int64_t now_ms,
                        struct roster **ret_roster, struct error *err);
void roster_free(struct roster *roster);

struct planner *roster_planner(const struct roster *roster);
int64_t roster_grace_ms(const struct roster *roster);
size_t roster_count(const struct roster *roster);
const struct roster_job *roster_job(const struct roster *roster, uint32_t number);

/* The number of a job by name: its place among the sorted names; false where it is not there. */
bool roster_find(const struct roster *roster, const char *name, uint32_t *ret_number);

/* All of them, sorted by name. */
const struct roster_leader *roster_leaders(const struct roster *roster, size_t *ret_count);

/* NULL where nobody runs after the job. */
const struct roster_leader *roster_leader(const struct roster *roster, const char *name);
