/*
 * How a store survives a crash: by a write-ahead log, beside which others
 * read while one writes. Only what a store without any items is filled with
 * goes by a rollback journal: the log would write every page twice. Others
 * wait for that one run. Private to importer/store/sqlite.
 */
#pragma once

#include "store/sqlite/sqlite_store.h"

/* Does it have a write-ahead log? */
must_use int journal_is_log(struct store *store, bool *ret_is_log, struct error *err);

/* Give it one. Waits for whoever reads or writes. */
must_use int journal_keep_log(struct store *store, struct error *err);

/*
 * Before the write transaction that may fill the store, in our turn: without the log from here on where there are no items
 * and nobody else has it open (store->is_filling). What cannot be done is left as it is.
 */
void journal_fill_begin(struct store *store);

/*
 * While it is filled, every few rows: has what is in the file already put on the disk, a large piece at a time. The commit,
 * which has to wait for the disk, finds little left to do.
 */
void journal_fill_advance(struct store *store);

/* When that transaction is over. Where others read at that moment, the next run gives it its log. */
void journal_fill_end(struct store *store);
