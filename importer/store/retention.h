/*
 * What runs left behind goes again: feeds, changes with their undo log, and
 * complaints of runs beyond their job's limits. Rows of the ledger itself stay.
 *
 * Everything here runs outside of a run's transaction, in short ones of its
 * own, so that nobody waits long.
 */
#pragma once

#include "store/store.h"

#define STORE_KEEP_ALL INT64_MAX

/* Beyond the last `runs` that left something, or begun more than `days` days ago, it goes. STORE_KEEP_ALL = no limit. */
struct store_limit {
	int64_t runs;
	int64_t days;
};

struct store_retention {
	const char *job;
	struct store_limit spool;
	int64_t spool_max_bytes;
	struct store_limit changes; /* and the undo log */
	struct store_limit complaints;
	int64_t now_ms;
};

/* Rows that went. */
struct store_pruned {
	int64_t changes;
	int64_t undo_rows;
	int64_t complaints;
};

/*
 * Delete rows of the job's runs beyond the limits, the oldest first, at most
 * `rows_max` (STORE_KEEP_ALL = all of them); what is left goes the next time.
 * A run that loses rows of its undo log cannot be undone any more. Known
 * records go, too, where the job cannot use them any more.
 */
must_use int store_log_prune(struct store *store, const struct store_retention *retention, int64_t rows_max,
                             struct store_pruned *ret_pruned, struct error *err);

/*
 * Delete category ids that no product is in any more, of at most `ids_max`
 * that are looked at (STORE_KEEP_ALL = all of them). Where that begins is
 * decided by `turn`: over many turns, whatever they are, all have theirs.
 */
must_use int store_category_ids_prune(struct store *store, int64_t turn, int64_t ids_max, struct error *err);

/*
 * Let go of the feeds and plans of the job's runs beyond the limits. Never of
 * that of the last applied run, of the last failed one, and of held runs
 * after which the job was not applied. The runs that are left keep the files:
 * store_keeps_feed(), store_keeps_plan().
 */
must_use int store_spool_release(struct store *store, const struct store_retention *retention, struct error *err);

/* Does any run of any job, or what a job remembers, keep this feed (SHA-256)? Does this run keep its plan? 1, 0, -1. */
must_use int store_keeps_feed(struct store *store, struct slice sha256, struct error *err);
must_use int store_keeps_plan(struct store *store, int64_t run_id, struct error *err);

/* Did the run leave more of this list (STORE_LIST_CHANGES, STORE_LIST_COMPLAINTS) than is kept of it? 1, 0, -1. */
must_use int store_log_is_gone(struct store *store, int64_t run_id, enum store_list list, struct error *err);

/* The names of all jobs that ever ran, one value a row. */
must_use int store_job_names(struct store *store, struct store_row_sink sink, struct error *err);

/* ---- Space ---- */

struct store_space {
	int64_t bytes;      /* of the database file */
	int64_t free_bytes; /* of its pages that hold nothing */
	int64_t wal_bytes;  /* of its write-ahead log */
};

must_use int store_space_read(struct store *store, struct store_space *ret_space, struct error *err);

/*
 * Bring the write-ahead log into the database and cut it to nothing, as far
 * as that goes without waiting: a reader of an older state keeps it.
 */
must_use int store_log_truncate(struct store *store, struct error *err);

/* After a run: cut a log that has grown beyond its limit. A failure is no failure of the run. */
void store_log_settle(struct store *store);

/*
 * Give free pages back to the file system, some at a time, each in a short
 * transaction. A store that was made without that ability (by a copy, or by
 * recovery) is written anew, which takes it twice in free space and the write
 * lock for the time; from then on it has it.
 */
must_use int store_space_release(struct store *store, struct error *err);

/* ERROR_LEASE, naming run and holder, where a run of any job is going on; `host` and `now_ms` as of a run's start. */
must_use int store_check_idle(struct store *store, const char *host, int64_t now_ms, struct error *err);
