/*
 * Removing from the spool what nobody keeps.
 *
 * A store keeps a feed by its ledger and says so to others by a claim. A feed
 * that a run is using is locked, and stays whatever anybody says.
 */
#pragma once

#include "base/error.h"

#include <stdint.h>

/* A plan's file: the store's number (unsigned long long), the run's (long long). */
#define SPOOL_PLAN_FORMAT "plan-%016llx-%lld.jsonl"

/* What no run of this store left is removed when it was not touched for so long: alone, or claimed by another store. */
#define SPOOL_STRAY_MS (INT64_C(24) * 3600 * 1000)
#define SPOOL_FOREIGN_MS (INT64_C(180) * 24 * 3600 * 1000)

/* What a store keeps. 1 = yes, 0 = no, -1 with `err`. */
struct spool_keeper {
	uint64_t store_number;
	void *context;
	int (*keeps_feed)(void *context, struct slice sha256, struct error *err);
	int (*keeps_plan)(void *context, int64_t run_id, struct error *err);
};

struct spool_tally {
	int64_t feeds_left; /* whosever */
	int64_t feed_bytes_left;
	int64_t feeds_removed;
	int64_t feed_bytes_removed;
	int64_t plans_removed;
};

/*
 * Claim a feed for a store: after the fetch, as long as its file is held. A
 * file system that has no links takes no claim; then a store that shares the
 * folder must not get the same feeds. -1: ERROR_SYSTEM.
 */
must_use int spool_claim(const char *folder, const char *sha256, uint64_t store_number, struct error *err);

/*
 * Remove feeds, plans and claims that the store no longer keeps, leftovers of
 * fetches that were killed, and what belongs to nobody and is old. Files that
 * cannot be removed, and those of other names, stay. A folder that is not
 * there is empty. -1 where the keeper fails, or the folder cannot be read.
 */
must_use int spool_tidy(const char *folder, const struct spool_keeper *keeper, int64_t now_ms, struct spool_tally *ret_tally,
                        struct error *err);
