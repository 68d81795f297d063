/*
 * Leases: one run of a job at a time, and none that outlives its holder.
 * Private to importer/store/sqlite.
 */
#pragma once

#include "store/sqlite/sqlite_store.h"

/* Which processes live on this host; a test is another world. */
struct lease_world {
	void *context;
	/* May the process `pid` that started at `process_start` (0 = unknown) still be there? */
	bool (*is_alive)(void *context, int64_t pid, int64_t process_start);
};

/* This machine, by kill(2) and /proc. */
struct lease_world lease_world_system(void);

/* As store_run_begin, in that world. */
must_use int ledger_run_begin(struct store *store, const struct run_start *start, struct lease_world world,
                              struct run_ticket *ret_ticket, struct error *err);

/*
 * Inside a transaction: `ret_token` is the token for the next holder of the job's lease, and the row of a holder
 * that is gone is 'interrupted'. ERROR_LEASE names a holder that is not.
 */
must_use int lease_claim(struct store *store, const struct run_start *start, int64_t job_key, struct lease_world world,
                         int64_t *ret_token, struct error *err);

/* Inside a transaction: every run whose process of this host is gone is 'interrupted', and its lease free. */
must_use int lease_heal(struct store *store, const struct run_start *start, struct lease_world world, struct error *err);

/*
 * After a refusal: a lease never runs for longer than LIMIT_LEASE_MS from now. One that does was given by a clock that is
 * ahead of ours, or that ours has jumped back from; its holder gives it again if it lives. A failure leaves it as it was.
 */
void lease_bound(struct store *store, const struct run_start *start);

/* Inside that transaction: the lease is the ticket's. */
must_use int lease_take(struct store *store, const struct run_start *start, const struct run_ticket *ticket, struct error *err);

/* ERROR_LEASE where a run of any job is going on; of `observer` only host and instant are looked at. */
must_use int lease_check_idle(struct store *store, const struct run_start *observer, struct lease_world world, struct error *err);
