/*
 * What the files of the SQLite engine share: the connection, and statements
 * prepared once. Private to importer/store/sqlite.
 */
#pragma once

#include "store/store.h"

#include <sqlite3.h>

/* What was counted as present, and of which state of the database. */
struct present_cache {
	bool is_set;
	int64_t job_key;
	int64_t catalog_key;
	int64_t data_version;  /* changes with what other connections commit */
	int64_t total_changes; /* … and with what this one writes */
	int64_t present[ITEM_KIND_COUNT];
};

struct store {
	sqlite3 *database;
	char *path;
	uint64_t seed;
	bool is_read_only;
	bool is_filling;      /* journal.h */
	int fill_fd;          /* SQLite's own, of the file; -1 = not filling, or not found */
	unsigned fill_calls;  /* of journal_fill_advance() */
	int64_t filled_bytes; /* of the file, which are on their way to the disk */
	struct store_watch watch;
	struct error stop;     /* what the watch said, until the statement that it ended has told it */
	int64_t busy_since_ms; /* when the present wait for SQLite's lock began */
	int queue_fd;          /* turn.h; -1 = not open */
	int64_t turn_number;   /* -1 = it is not our turn, nor do we wait for it */
	int64_t lock_since_ms; /* when the write lock was taken; -1 = it is not held */
	struct lock_times lock_times;
	struct present_cache present;
};

/* Errors: the database's last error as `err`, with `what` failed; returns -1. Knows busy, full, read-only, corrupt, not a database. */
int sqlite_error(struct store *store, struct error *err, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Run SQL without results. */
must_use int sqlite_execute(struct store *store, const char *sql, struct error *err);

/* Prepare; the caller finalizes. */
must_use int sqlite_prepare(struct store *store, const char *sql, sqlite3_stmt **ret_statement, struct error *err);

/* Step a statement that gives no rows, and reset it. */
must_use int sqlite_step_done(struct store *store, sqlite3_stmt *statement, struct error *err);

/* Step a statement that may give a row: 1 = a row, 0 = none (reset), -1. */
must_use int sqlite_step_row(struct store *store, sqlite3_stmt *statement, struct error *err);

/* One integer, bound to nothing: the first column of the first row. */
must_use int sqlite_integer(struct store *store, const char *sql, int64_t *ret_value, struct error *err);

/* Column text as a slice (empty for NULL), borrowed until the next step. */
struct slice sqlite_column_slice(sqlite3_stmt *statement, int column);

/* Bind text by reference (must outlive the step), NULL for a NULL data pointer. Sticky failures are seen at the step. */
void sqlite_bind_slice(sqlite3_stmt *statement, int parameter, struct slice text);
void sqlite_bind_text(sqlite3_stmt *statement, int parameter, const char *text);

/*
 * A write transaction: wait for our turn (turn.h), then BEGIN IMMEDIATE. On failure nothing is open. Everything that
 * may take long or stands in line with others begins this way.
 */
must_use int sqlite_write_begin(struct store *store, struct error *err);

/* COMMIT, and the next one's turn; on failure the transaction is still open, and the caller's to roll back. */
must_use int sqlite_write_commit(struct store *store, struct error *err);

/* What one transaction does; its value is the caller's to give back, negative where it failed. */
struct sqlite_work {
	void *context;
	int (*act)(struct store *store, void *context, struct error *err);
};

/* All of it, or nothing and -1. */
must_use int sqlite_write_work(struct store *store, struct sqlite_work work, struct error *err);

/* Run a statement that is bound, and finalize it: how many rows it changed, or -1. */
must_use int sqlite_finish_change(struct store *store, sqlite3_stmt *statement, struct error *err);

/* Undo the open transaction, if there is one, after a failure that has been told; the next one's turn. */
void sqlite_rollback(struct store *store);

/* Ask the watch of `store` while it waits and works; NULL for it in either is none. For sqlite3_busy_handler and sqlite3_progress_handler. */
int sqlite_wait(void *store, int count);
int sqlite_work(void *store);

/* Inside an open transaction of the caller: the ledger row's last words, and the lease given back. */
must_use int ledger_write_end(struct store *store, const struct run_ticket *ticket, const struct run_end *end, struct error *err);
must_use int lease_release(struct store *store, const struct run_ticket *ticket, struct error *err);

/* ERROR_LEASE unless the ticket still holds its job's lease. */
must_use int lease_check(struct store *store, const struct run_ticket *ticket, struct error *err);

/* How the run that the job remembers left the catalogue. */
struct memory_left {
	int64_t present[ITEM_KIND_COUNT];
	int64_t known_records;
	int64_t known_segment; /* number of the last row that they are in */
};

/* Replace what the job remembers. */
must_use int memory_write(struct store *store, const struct run_ticket *ticket, const struct job_memory *memory,
                          const struct memory_left *left, struct error *err);

/* What known records rest on. */
struct memory_known {
	bool is_clean;  /* nobody else changed anything, though the job may have to read its feed again */
	int64_t run_id; /* that wrote it */
	int64_t records;
	int64_t segment; /* number of the last row that they are in */
	int64_t present[ITEM_KIND_COUNT];
	char seed[65];
};

/* All zero where the job has never been applied. */
must_use int memory_known_read(struct store *store, const struct run_ticket *ticket, struct memory_known *ret_known,
                               struct error *err);

/* Present counts of the job in the catalogue, by kind; inside a transaction. SELECTed once for a state of the database. */
must_use int present_count_kind(struct store *store, const struct run_ticket *ticket, enum item_kind kind, int64_t *ret_present,
                                struct error *err);
must_use int present_count(struct store *store, const struct run_ticket *ticket, int64_t ret_present[ITEM_KIND_COUNT],
                           struct error *err);
