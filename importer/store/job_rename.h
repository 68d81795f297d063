/* Another name for a job: all that the store has of it goes on under that. */
#pragma once

#include "store/store.h"

struct store_rename {
	const char *from;
	const char *to;
	const char *host; /* this machine, as struct run_start has it */
	int64_t now_ms;
	/* Called when all else is done, before the commit: -1 with `err` set ends the renaming. NULL: nothing. */
	void *context;
	int (*move)(void *context, struct error *err);
};

/*
 * In one transaction: runs, items, memory, state and lease of `from` are those of `to`. Returns 1, or 0 where the store does
 * not know `from`; nothing is called and changed then. After -1 the store is as it was, whatever `move` did: ERROR_USAGE
 * where `to` has runs of its own, ERROR_LEASE where a run of `from` is going on, what `move` said.
 */
must_use int store_job_rename(struct store *store, const struct store_rename *rename, struct error *err);
