/*
 * The market store: catalogues, the ledger of runs, and the one transaction
 * that changes them.
 *
 * One struct store is one connection, used by one thread. Everything that a
 * run does to the catalogue happens between apply_begin and apply_commit, in
 * one write transaction; a run's ledger row is written apart, before it.
 *
 * Runs write in the order in which they ask. Each that asked before is waited
 * for LIMIT_TURN_WAIT_MS, and not at all once its process is gone.
 *
 * Errors of every function: ERROR_STORE (full disk, read-only, corrupt, an
 * SQL error), ERROR_STORE_BUSY (another run did not end in that time, or
 * another program held the lock longer than LIMIT_STORE_WAIT_MS),
 * ERROR_MEMORY, what the store's watch says, and what is said beside it.
 */
#pragma once

#include "base/clock.h"
#include "catalog/batch.h"
#include "store/counts.h"

#include <stdio.h>

struct store;
struct known_records; /* known.h */

enum store_access {
	STORE_CREATE, /* make it where it does not exist, migrate an older one */
	STORE_WRITE,  /* it must exist; migrate an older one */
	STORE_READ,   /* it must exist and be of this version or an older one; nothing is written */
};

/*
 * `location` is 'sqlite:PATH'. ERROR_STORE_FOREIGN: another program's database, no database
 * at all, or one of a newer version; ERROR_NOT_FOUND: does not exist (STORE_WRITE, STORE_READ).
 * A process opens and uses stores from one thread only.
 */
must_use int store_open(const char *location, enum store_access access, struct store **ret_store, struct error *err);
void store_close(struct store *store);

/* The store's random number, part of every seed. */
uint64_t store_seed(const struct store *store);

/* ---- Waiting and stopping ---- */

/* What a store asks while it waits for other writers or works on something long. */
struct store_watch {
	void *context;
	struct clock clock;
	/*
	 * Called every few milliseconds: -1 with `err` set ends what goes on, which then fails with that error. It must not
	 * use the store. NULL: nothing ends it.
	 */
	int (*check)(void *context, bool is_waiting, struct error *err);
	int64_t patience_ms; /* for each writer ahead; 0 = the limits above */
};

/* From now on; until then a store waits in full and by the system's clock. The context is borrowed. */
void store_watch(struct store *store, const struct store_watch *watch);

/* For how long this store has waited for the write lock, and held it, in all. */
struct lock_times {
	int64_t wait_ms;
	int64_t held_ms;
};
struct lock_times store_lock_times(const struct store *store);

/* ---- The ledger and leases ---- */

struct run_start {
	const char *job;
	const char *catalog;
	const char *trigger;   /* 'manual', 'schedule', 'approve', 'replay', 'undo' */
	int64_t due_at_ms;     /* the instant of a job's schedule that the run is for, and takes; 0 = none */
	int64_t attempts;      /* runs for that instant before it is given up, at least 1 */
	int64_t parent_run_id; /* the run that is approved, replayed or undone; 0 = none */
	const char *config_digest;
	const char *settings;   /* JSON of what the command line said over the job's configuration; NULL = nothing */
	const char *connection; /* by which the run fetches; NULL = none, or nothing is fetched */
	const char *connection_revision;
	int64_t now_ms;
	const char *host; /* this machine; with pid and process_start it tells a dead holder from a living one */
	int64_t pid;
	int64_t process_start; /* start time of the process as the system counts it; pids are used again */
};

struct run_ticket {
	int64_t run_id;
	int64_t job_key;
	int64_t catalog_key;
	int64_t lease_token; /* fencing token: checked inside the applying transaction */
	int64_t attempt;     /* which run for its instant this is, from 1; 0 = it is for none */
	int64_t now_ms;      /* of the start; what the run writes as its instant */
};

/*
 * Take the job's lease and write the run's ledger row with outcome 'running',
 * in one short transaction. A lease is free when it was released, when its
 * holder was a process of this host that is gone, or when it was another
 * host's and has expired; then that holder's 'running' row becomes
 * 'interrupted', as do those of all jobs whose processes of this host are
 * gone. A living process of this host keeps its lease, whatever the clock
 * says; one of another host keeps it for LIMIT_LEASE_MS after its last sign of
 * life, even where its clock is ahead of ours. ERROR_LEASE names the holder.
 *
 * A run for an instant takes it in the same transaction: no two runs take one.
 * ERROR_NOT_DUE: it, or a later one, has been taken by a run that has done its
 * work, holds a plan, is going on or failed for good, or its attempts are used
 * up. A run that failed with a `retry_at_ms` may be followed by another from
 * then on (before, ERROR_TOO_EARLY, for any instant), one that was stopped or
 * died at once.
 */
must_use int store_run_begin(struct store *store, const struct run_start *start, struct run_ticket *ret_ticket, struct error *err);

/*
 * A sign of life: the lease runs LIMIT_LEASE_MS from `now_ms`. Never waits: while another writes, nobody can take the
 * lease either, and 0 is returned for one that was given and 1 for one that has to be tried again. ERROR_LEASE when it
 * was lost. Not inside a transaction of apply.
 */
must_use int store_run_renew(struct store *store, const struct run_ticket *ticket, int64_t now_ms, struct error *err);

/* How a run ended; text may be NULL. */
struct run_end {
	const char *outcome; /* applied, unchanged, planned (dry run), held, failed, cancelled */
	int64_t finished_at_ms;
	int64_t retry_at_ms; /* failed: worth another attempt from then on; 0 = not */
	const char *source;  /* masked */
	const char *feed_sha256;
	int64_t bytes; /* -1 = nothing was fetched */
	const char *dialect;
	const char *encoding;
	const char *unsifted;            /* why records that were known had to be read, as a clause; NULL = they had not */
	const struct run_counts *counts; /* NULL = null counts */
	const char *plan_digest;
	const char *guards;        /* JSON of what guards found; NULL = nothing */
	const char *fetched;       /* JSON of what a replay has to know of the fetch; NULL = there is nothing to replay */
	const struct error *error; /* NULL or without code = none */
};

/*
 * Finish a run that changes no catalogue (unchanged, planned, held, failed, cancelled) and release its lease. Where others write
 * and do not end in the watch's patience, or its check ends the waiting, the end of a failed or cancelled run is left in
 * the queue beside the store, and the next run that begins puts it into the ledger.
 */
must_use int store_run_end(struct store *store, const struct run_ticket *ticket, const struct run_end *end, struct error *err);

/* What a job remembers of its last applied feed, to send validators and to end early. */
struct job_memory {
	bool is_clean;          /* nothing changed by hand, undone or waiting since; the present counts are as they were left */
	char source_digest[65]; /* of URL and connection: a validator belongs to them */
	char seed[65];          /* of dialect, policies, program and store */
	char feed_sha256[65];
	char etag[256];
	char last_modified[256];
	char charset[64];
	/* Set by apply_commit, whatever is given: its feed names items that are not known, which another job may bring; and
	 * products are other than their SKUs make them, because the job's scope or categories policy left them so. */
	bool awaits_items;
	bool owes_products;
};

/* All empty where the job has never been applied. */
must_use int store_job_memory_read(struct store *store, const struct run_ticket *ticket, struct job_memory *ret_memory,
                                   struct error *err);

/* ---- Apply: plan and change in one transaction ---- */

enum apply_mode { APPLY_MODE_UPSERT, APPLY_MODE_ADD, APPLY_MODE_UPDATE };
enum apply_scope { APPLY_SCOPE_ALL, APPLY_SCOPE_SKUS, APPLY_SCOPE_PRICES, APPLY_SCOPE_TEXTS };
enum apply_missing { APPLY_MISSING_KEEP, APPLY_MISSING_MARK, APPLY_MISSING_DELETE };
enum apply_categories { APPLY_CATEGORIES_OVERWRITE, APPLY_CATEGORIES_ADD, APPLY_CATEGORIES_IGNORE };
enum apply_duplicates { APPLY_DUPLICATES_FIRST, APPLY_DUPLICATES_LAST, APPLY_DUPLICATES_FAIL };

/*
 * The job's policies, defaults resolved. Borrowed until the end of apply.
 *
 * An item is known when its row is there and not missing. What mode or scope
 * leave out is counted as skipped; of an item of this job only the first time,
 * further statements of it are duplicates. A statement whose item is not known
 * gets the complaint new_skipped. Foreign comes before mode,
 * mode before scope. Products that nobody states follow from their SKUs and
 * are no matter of the mode.
 *
 * mode      add creates (and restores), update writes what is known.
 * scope     skus: SKUs of known products, whosever; product and category rows are left alone.
 *           prices: two halves of known SKUs, whosever: price (price, old_price, currency, prices; offer_job) and
 *           stock (availability, quantity, stocks; stock_job). A job takes a half that it states anything of, unless
 *           another such job has it, and has it until a whole feed of its own does not name the SKU. The SKU's owner
 *           leaves that half alone meanwhile, and afterwards writes it again.
 *           texts: name and description of known items, as values of `language`; other texts stay.
 *           With prices and texts nothing is removed.
 * missing   with missing_after > 1 an item that is absent waits, as it is, until it was absent from so many whole feeds
 *           in a row; each item counts for itself.
 * categories  add: known categories keep parent, name and position, and products keep the links they have; ignore:
 *           neither categories nor links are written. Outside of scope all: ignore.
 * duplicates  of several statements of one SKU the first or the last counts, with what else its record states; fail:
 *           ERROR_FEED naming the id and both records, its byte being the second's offset in the decoded stream.
 * keep_absent, keep_empty  of a row that is this job's; the status always follows the feed.
 * take_over what such a job has becomes this job's where its feed names it; counted as adopted. A category's words do;
 *           the other job holds it on until its own feed names it no more.
 */
struct apply_policy {
	enum apply_mode mode;
	enum apply_scope scope;
	enum apply_missing missing;
	int64_t missing_after; /* complete runs in a row without the item; 0 counts as 1 */
	enum apply_categories categories;
	enum apply_duplicates duplicates;
	uint64_t keep_absent;         /* bit 1 << field_id: the stored value stays where the statement has the field absent */
	uint64_t keep_empty;          /* … where it has it empty */
	const char *const *take_over; /* jobs whose items become this job's */
	size_t take_over_count;
	const char *language; /* scope texts: the language that FIELD_NAME and FIELD_DESCRIPTION are in; else NULL */
	bool creates_fields;  /* unknown_fields: create */
};

struct apply;

/* Has any catalogue of the store an item? */
must_use int store_has_items(struct store *store, bool *ret_has_items, struct error *err);

/*
 * BEGIN IMMEDIATE, check the fencing token (ERROR_LEASE), count what is present. `known`: what entries of known records refer
 * to, borrowed until the end of apply; NULL = nothing. ERROR_KNOWN here and from any call up to apply_finish: what was taken
 * for known is not, or may not be; roll back and read the whole feed.
 */
must_use int apply_begin(struct store *store, const struct run_ticket *ticket, const struct apply_policy *policy,
                         const struct known_records *known, struct apply **ret_apply, struct error *err);

/* One checked batch entry, in feed order. */
must_use int apply_entry(struct apply *apply, const struct batch_entry *entry, struct error *err);

/* Before apply_finish: nothing proves the feed whole, so what it does not name is neither removed, let go nor counted as absent. */
void apply_set_unproven(struct apply *apply);

/* After the last entry of a whole feed: standing-alone SKUs, what is missing, categories' paths, products; then count and check the sums (ERROR_COUNTS). */
must_use int apply_finish(struct apply *apply, struct error *err);

/* Valid until commit or rollback; complete after apply_finish. */
const struct run_counts *apply_counts(const struct apply *apply);
void apply_plan_digest(const struct apply *apply, char ret_text[33]);

/* Places of the kept complaints, by stream offset; `locate` puts what the caller found. */
struct complaint_place {
	int64_t complaint_row;
	uint64_t stream_offset;
	int64_t line;
	int64_t column;
	int64_t byte;
};
must_use int apply_complaint_places(struct apply *apply, struct complaint_place **ret_places, size_t *ret_count,
                                    struct error *err); /* free() it */
must_use int apply_complaint_locate(struct apply *apply, const struct complaint_place *places, size_t count, struct error *err);

/* The plan as JSON Lines: every change (a created item with its row as 'after') and every kept complaint. */
must_use int apply_write_plan(struct apply *apply, FILE *stream, struct error *err);

/* Ledger row, job memory and catalogue in one commit; releases the lease. Frees `apply` in any case; -1 = rolled back. */
must_use int apply_commit(struct apply *apply, const struct run_end *end, const struct job_memory *memory, struct error *err);

/* Undo everything since apply_begin; frees `apply`. NULL is a no-op. */
void apply_rollback(struct apply *apply);

/* ---- Looking ---- */

enum store_value_type { STORE_NULL, STORE_INTEGER, STORE_TEXT, STORE_JSON };

struct store_value {
	const char *name; /* of the column */
	enum store_value_type type;
	int64_t integer;
	struct slice text; /* borrowed for the length of the call */
};

struct store_row_sink {
	void *context;
	/* 0 = go on; -1 with `err` set ends the listing */
	int (*row)(void *context, const struct store_value *values, size_t count, struct error *err);
};

enum store_list {
	STORE_LIST_RUNS,    /* newest first; one run in full, also with what became of it if it was held */
	STORE_LIST_JOBS,    /* jobs known to the store with their last run, the held one that waits, and present counts */
	STORE_LIST_FIGURES, /* jobs known to the store with the figures of their last run that ended and was neither dry nor an undo */
	STORE_LIST_COMPLAINTS, /* of a run */
	STORE_LIST_CHANGES,    /* of a run; created items too */
	STORE_LIST_CATEGORIES,
	STORE_LIST_PRODUCTS,
	STORE_LIST_SKUS,
};

struct store_selection {
	enum store_list list;
	const char *catalog;     /* NULL = all */
	const char *job;         /* NULL = all */
	const char *id;          /* one item, all its columns and children; NULL = list */
	const char *status;      /* NULL = all */
	const char *product_id;  /* SKUs of this product; NULL = all */
	const char *category_id; /* products and SKUs of this category; NULL = all */
	const char *code;        /* complaints of this code; NULL = all */
	int64_t run_id;          /* runs: this one; complaints, changes: required */
	int64_t limit;           /* 0 = all */
};

must_use int store_select(struct store *store, const struct store_selection *selection, struct store_row_sink sink,
                          struct error *err);

/*
 * Before who is about to read how all jobs are waits for something else: false where another one, in whatever process, waits to
 * do so too and will read all that is committed by now, so that it can be left to that one. After true comes
 * store_survey_begin() at the end of the wait, or store_close(). Where it cannot be known, everybody reads.
 */
must_use bool store_survey_announce(struct store *store);

/* Reading begins: who comes now is told nothing by it. A no-op where nothing was announced. */
void store_survey_begin(struct store *store);

/* The run called `name`: a number, or a job for its latest. ERROR_NOT_FOUND. */
must_use int store_run_find(struct store *store, const char *name, int64_t *ret_run_id, struct error *err);
