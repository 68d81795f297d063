/*
 * One import: fetch, read, plan, apply, report. The only module that knows
 * all stages.
 *
 * A run always ends in a report and, once the store could be opened, in a
 * ledger row. A run that does not end 'applied' leaves every catalogue table
 * as it was.
 */
#pragma once

#include "base/clock.h"
#include "cage/cage.h"
#include "config/config.h"
#include "fetch/fetch.h"
#include "run/dialects.h"
#include "run/guard.h"
#include "run/plan_compare.h"
#include "store/retention.h"
#include "store/store.h"

#include <signal.h>

struct connection;
struct secret_resolver;

/* RUN_STAGE_WAIT: other runs are writing to the store. */
enum run_stage { RUN_STAGE_FETCH, RUN_STAGE_READ, RUN_STAGE_APPLY, RUN_STAGE_COMMIT, RUN_STAGE_WAIT };

struct run_progress {
	enum run_stage stage;
	int64_t bytes; /* fetched, or read of the spool */
	int64_t total; /* -1 = unknown */
	uint64_t records;
	int64_t elapsed_ms; /* of the stage */
};

struct run_request {
	const struct job_config *job;
	/* Who the fetch is for, whose secrets are had when it begins; NULL = nobody. Nothing of it leaves the fetch. */
	const struct connection *connection;
	struct secret_resolver *secrets;
	const struct dialect_files *dialects;
	const char *store; /* location */
	const char *state_folder;
	const char *version; /* of the program: part of the seed */
	bool is_dry;
	bool is_cage_required; /* the reader's, or the run fails */
	bool is_full;          /* no validators, no early end, no known records */
	const char *trigger;   /* 'manual', 'schedule', 'replay', 'approve' */
	int64_t due_at_ms;     /* trigger schedule: the instant of the job's schedule that it is for; 0 = none */
	const char *settings;  /* JSON of what the command line says over the job's configuration, for the ledger; or NULL */
	int64_t parent_run_id; /* the run that is replayed or approved: its spooled bytes are read, nothing is fetched; 0 = none */
	/* Of the plan of the held run `parent_run_id` that a person let pass: guards do not hold it, another plan is refused; or NULL. */
	const char *approved_digest;
	struct clock clock;
	const volatile sig_atomic_t *stop_signal;
	void *progress_context;
	void (*progress)(void *context, const struct run_progress *progress); /* may be NULL */
};

enum run_outcome { RUN_APPLIED, RUN_UNCHANGED, RUN_PLANNED, RUN_HELD, RUN_FAILED, RUN_CANCELLED };
const char *run_outcome_name(enum run_outcome outcome);

/* What people and programs are told; complete for every outcome. */
struct run_report {
	enum run_outcome outcome;
	struct error error; /* RUN_FAILED, RUN_CANCELLED */
	int64_t run_id;     /* 0 = the store could not be opened, or another run is going on */
	const struct job_config *job;
	const struct connection *connection; /* by which it was fetched; NULL = none, or nothing was fetched */
	const char *store;
	const char *trigger;
	int64_t due_at_ms;     /* 0 = not for an instant of a schedule */
	int64_t attempt;       /* which run for that instant it was, from 1; 0 = it did not come to one */
	int64_t retry_at_ms;   /* it failed, and is worth another attempt from then on; 0 = not */
	int64_t parent_run_id; /* 0 = none */
	char source[1024];     /* masked */
	int64_t started_at_ms;
	int64_t duration_ms;
	int64_t fetch_ms;
	struct lock_times lock_times; /* of the store: how long we waited for others, and they for us */
	bool is_dry;
	bool was_fetched;      /* `feed` is filled */
	bool was_not_modified; /* the server answered 304 */
	bool was_read;         /* `counts`, dialect and encoding are filled */
	bool is_whole;         /* the end of the document proves the feed whole; see run_report_is_proven() */
	bool has_unnamed;      /* records beyond the limits hold items that nobody could name: nothing was removed */
	bool has_space;        /* `space` is filled: the store was open */
	struct fetch_result feed;
	struct cage_report cage; /* what this system lacks of the reader's; whole where no feed was read */
	char dialect[64];
	char encoding[32];
	char unsifted[256]; /* why all records, or all behind some place, were read, as a clause; '' = nothing to say */
	struct run_counts counts;
	char plan_digest[33];
	struct guard_report guards;        /* filled where `was_read` */
	char plan_path[4096];              /* of a dry run, one that is held, or one whose plan is not the approved one */
	struct plan_difference difference; /* known where the plan is not the approved one */
	struct store_space space;          /* when the run was done */
};

/* Does anything prove that the feed was whole: the end of its document, or its length? */
bool run_report_is_proven(const struct run_report *report);

/* Does a guard hold the plan, so that it would not be, or was not, applied? */
bool run_report_is_held(const struct run_report *report);

/*
 * Where a dry run or a held one leaves its plan: beside the spool, named by the store's
 * number and the run's, since several stores may share a state folder. False
 * where the path is too long.
 */
must_use bool run_plan_path(const char *state_folder, uint64_t store_number, int64_t run_id, char *ret_path, size_t size);

/*
 * Execute; never fails itself: look at the report's outcome. `ret_store` is its store, still open for what is to be done
 * behind the run, and the caller's to close; NULL where it could not be opened.
 */
void run_execute(const struct run_request *request, struct run_report *ret_report, struct store **ret_store);

/*
 * The name by which a process of this host is told from those of others. Those of another container of the same name
 * cannot be looked at, so they count as another host's. At least 256 bytes: HOST_NAME_MAX is 64.
 */
void run_name_host(char *ret_host, size_t size);

/* Exit status of one run by design: 0, 1, 2, 3, 4, 5, 75, 128 + signal. */
int run_exit_status(const struct run_report *report);

/* The worse of two exit statuses: 2, 1, 75, 3, 4, 5, 0; a signal's is worse than all. */
int run_worse_status(int left, int right);
