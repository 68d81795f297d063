/*
 * Writers in order: who asks first writes first.
 *
 * SQLite's own lock goes to whoever happens to ask at the right moment. So
 * beside a store stands a file, PATH-queue: its first eight bytes are the
 * next number, and each who wants to write holds a lock on the byte of its
 * number until it is done. The system drops the locks of a process that
 * dies. Only the order hangs on this file: that one writes at a time is
 * SQLite's to see to, and without the file writers only wait for that.
 * Another byte is held by who waits to read how all jobs are (store.h).
 * Private to importer/store/sqlite.
 */
#pragma once

#include "store/sqlite/sqlite_store.h"

#define TURN_FILE_SUFFIX "-queue" /* behind the store's path */
#define TURN_CONTENT_BYTES 8      /* of the file; what stands behind them is last_words.h's */

/*
 * Wait until all who asked before have written. ERROR_STORE_BUSY where one of them does not end for as long as the
 * store's watch has patience; what the watch's check says. A no-op where this store has its turn already.
 */
must_use int turn_take(struct store *store, struct error *err);

/* The next one's turn, and word to those who watch (changes.h); a no-op without one. Nothing is waited for. */
void turn_leave(struct store *store);

/* The queue's file, opened for writing; -1 where it cannot be. The store closes it. */
int turn_file(struct store *store);

/* While the file's content is read or written: false where another holds on to it, or there is none. */
must_use bool turn_file_lock(struct store *store);
void turn_file_unlock(struct store *store);
