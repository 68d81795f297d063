/*
 * Taking a run back: items that it created go, fields that it changed get
 * their values back, items that it deleted return, and so does all else that
 * decides the next run. An undo is a run of its own, with its own lease and
 * ledger row (trigger 'undo', the run undone as its parent), and can be
 * undone like any other.
 *
 * A conflict is what a later run or a person has touched since: a field that
 * is no longer what the run left, a row that is gone or there again, a created
 * item that was changed, or that a later run's items need. A created item
 * that is gone is none.
 *
 * Errors beside those of store/store.h: ERROR_NOT_FOUND (no such run),
 * ERROR_USAGE (it cannot be undone; the message says why).
 */
#pragma once

#include "store/store.h"

/* What a run is about, as far as one needs it to undo it. */
struct undo_target {
	int64_t run_id;
	char *job;
	char *catalog;
};

/* The run called `name`: a number, or a job for the last of its runs that was applied and is no undo itself. */
must_use int undo_run_find(struct store *store, const char *name, int64_t *ret_run_id, struct error *err);

/* Can the run be undone? Asked again inside of the undo's transaction. Release the target; it is empty on failure. */
must_use int undo_target_find(struct store *store, int64_t run_id, struct undo_target *ret_target, struct error *err);
void undo_target_release(struct undo_target *target);

struct undo_conflict {
	const char *kind;     /* category, product, sku, field (a definition) */
	struct slice item_id; /* borrowed for the length of the call, as all text */
	const char *field;    /* NULL: the row as a whole */
	struct slice to_be;   /* JSON of the value that the undo would have written; empty: none, or the row would have gone */
	struct slice is_now;  /* JSON; empty: the row is not there */
	int64_t run_id;       /* the later run; 0 = nobody but a person */
	const char *reason;   /* in words */
};

struct undo_options {
	int64_t run_id;
	bool keep_later; /* what is in conflict stays as it is; else a conflict undoes nothing */
	void *context;
	/* Told of every conflict; 0 = go on, -1 with `err` set ends the undo. */
	int (*conflict)(void *context, const struct undo_conflict *conflict, struct error *err);
};

/*
 * Plan and change, in the transaction of the ticket's run, which is one of the
 * undone run's job and catalogue. `ret_apply` is to be committed with
 * undo_commit() or let go with apply_rollback(); apply_counts() and
 * apply_plan_digest() tell what changes. With conflicts and without keep_later
 * it can only be let go.
 */
must_use int undo_plan(struct store *store, const struct run_ticket *ticket, const struct undo_options *options,
                       struct apply **ret_apply, int64_t *ret_conflicts, struct error *err);

/*
 * Catalogue, ledger row and the undo's own log in one commit; releases the
 * lease. The job sends no validator next time, and all jobs of the catalogue
 * read their feeds again. Frees `apply` in any case; -1 = rolled back.
 */
must_use int undo_commit(struct apply *apply, const struct run_end *end, struct error *err);
