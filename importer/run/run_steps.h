/*
 * What the steps of one run share. Private to importer/run.
 *
 * run.c has the order of the steps; run_fetch.c brings the feed; run_read.c
 * reads it into a plan; run_apply.c judges that, and changes the catalogue.
 */
#pragma once

#include "run/known_file.h"
#include "run/run.h"
#include "store/known.h"

struct run {
	const struct run_request *request;
	struct run_report *report;
	struct store *store;
	struct run_ticket ticket;
	bool has_ticket;
	struct job_memory memory; /* of the last applied run */
	char seed[65];
	char source_digest[65];
	char spool_folder[3072];
	int64_t stage_started_ms;
	int64_t lease_renewed_ms;
	enum run_stage stage;
	enum run_stage stage_before_wait;
	int64_t spool_bytes;
	struct known_records *known; /* that the reader need not read; NULL = none */
	struct known_file known_file;
	struct buffer guards;     /* JSON of what they found, for the ledger */
	const char *guards_json;  /* in `guards`; NULL = nothing */
	struct buffer fetched;    /* JSON of what an approval or replay has to know of the fetch, for the ledger */
	const char *fetched_json; /* in `fetched`; NULL = nothing */
};

/* The machine's steady time, for durations. */
int64_t run_steady_ms(const struct run *run);

void run_enter_stage(struct run *run, enum run_stage stage);
void run_tell_progress(struct run *run, int64_t bytes, int64_t total, uint64_t records);

/* Give the lease a sign of life when one is due; `context` is the run. */
int run_renew_lease(void *context, struct error *err);

#define RUN_HURRY_MS 500 /* what a run that is to stop still waits for its ledger row */

/* ERROR_CANCELLED where a signal asked us to stop, ERROR_TIMEOUT where it was the alarm of the job's run_timeout. */
must_use int run_check_stop(const struct run *run, struct error *err);
/* … where all that is known is the place for its number, which may be NULL. */
must_use int run_stop_error(const volatile sig_atomic_t *signal, struct error *err);

/* Seed and source digest, once store and job are known. */
void run_compute_digests(struct run *run);

/* Bring the feed into the spool; fills the report's feed. */
must_use int run_fetch(struct run *run, struct error *err);

/* Instead of fetching: the feed that the parent run left in the spool, checked; fills the report's feed. */
must_use int run_take_spooled(struct run *run, struct error *err);

/* Is what was fetched what the last applied run left, so that nothing need be read? */
bool run_is_unchanged(const struct run *run);

/* Read the spooled feed into a plan that is complete and open; fills what the report says of the reading. Where it fails, nothing is open. */
must_use int run_read(struct run *run, struct apply **ret_apply, struct error *err);

/* Lines and columns of the complaints that are kept, from the spooled bytes. */
must_use int run_locate_complaints(const struct run *run, struct apply *apply, struct error *err);

/* An error of the store about a place in the feed has only the offset. What cannot be found stays unsaid. */
void run_locate_error(const struct run *run, struct error *err);

/* Once no plan is open any more. A no-op where nothing is known. */
void run_forget_known(struct run *run);

/* Read the spooled feed, plan, and commit or, for a dry run, write the plan; sets the report's outcome. */
must_use int run_apply(struct run *run, struct error *err);

/* Leave the plan beside the spool; sets the report's plan_path. */
must_use int run_plan_write(struct run *run, struct apply *apply, struct error *err);

/* The plan is not the one that a person approved: leave it, and say how it differs. Returns -1. */
int run_plan_refuse(struct run *run, struct apply *apply, struct error *err);
/* Once the ledger has the run: let go of its feed, and of what runs beyond the job's limits left. */
void run_retain(struct run *run);
void run_release_feed(struct run *run);

/* How the run ended, for the ledger; borrows from `run`. */
struct run_end run_describe_end(const struct run *run);
