/* The write-ahead log, and doing without it for as long as there is nothing to lose. */
#include "store/sqlite/journal.h"

#include "base/limits.h"

#include <fcntl.h>
#include <sys/stat.h>

#define FILLED_WAIT_MS 1000 /* for those who begin to read as soon as a store has been filled */

#define DESCRIPTORS_LOOKED_AT 256 /* the lowest that is free is given, and a process opens its store early */
#define CALLS_PER_LOOK 64

static int read_mode(struct store *store, const char *sql, const char *wanted, bool *ret_is_wanted, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (sqlite_prepare(store, sql, &statement, err) < 0)
		return -1;
	step = sqlite_step_row(store, statement, err);
	*ret_is_wanted = step == 1 && slice_equal_text(sqlite_column_slice(statement, 0), wanted);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step < 0 ? -1 : 0;
}

int journal_is_log(struct store *store, bool *ret_is_log, struct error *err)
{
	return read_mode(store, "PRAGMA journal_mode", "wal", ret_is_log, err);
}

static bool is_busy(const struct error *err)
{
	return err->source == ERROR_FROM_SQLITE && ((int)err->number & 0xff) == SQLITE_BUSY;
}

int journal_keep_log(struct store *store, struct error *err)
{
	bool is_kept = false;

	/* Where waiting could be for each other, SQLite gives up at once: others that look at a new store are gone soon. */
	for (int count = 0; read_mode(store, "PRAGMA journal_mode = WAL", "wal", &is_kept, err) < 0; count++) {
		if (!is_busy(err) || sqlite_wait(store, count) == 0)
			return -1;
		error_clear(err);
	}
	if (is_kept)
		return 0;
	return error_set(err, ERROR_STORE,
	                 "store '%s' cannot have a write-ahead log: its file system does not share memory; use a local disk",
	                 store->path);
}

int store_has_items(struct store *store, bool *ret_has_items, struct error *err)
{
	int64_t has_items = 0;

	if (sqlite_integer(store,
	                   "SELECT EXISTS (SELECT 1 FROM sku_data) OR EXISTS (SELECT 1 FROM product_data)"
	                   " OR EXISTS (SELECT 1 FROM category_data)",
	                   &has_items, err) < 0)
		return -1;
	*ret_has_items = has_items != 0;
	return 0;
}

/* None of our own: when that were closed, SQLite's locks on the file would go with it (fcntl(2)). */
static int find_descriptor(const struct store *store)
{
	struct stat file, status;

	if (stat(store->path, &file) < 0)
		return -1;
	for (int fd = 0; fd < DESCRIPTORS_LOOKED_AT; fd++)
		if (fstat(fd, &status) == 0 && status.st_dev == file.st_dev && status.st_ino == file.st_ino)
			return fd;
	return -1;
}

void journal_fill_begin(struct store *store)
{
	struct error ignored = ERROR_INIT;
	bool has_items = true;

	if (store_has_items(store, &has_items, &ignored) < 0 || has_items)
		return;
	if (read_mode(store, "PRAGMA journal_mode = DELETE", "delete", &store->is_filling, &ignored) < 0)
		store->is_filling = false; /* somebody has it open */
	if (!store->is_filling)
		return;
	store->fill_fd = find_descriptor(store);
	store->filled_bytes = 0;
}

void journal_fill_advance(struct store *store)
{
	struct stat status;

	if (store->fill_fd < 0 || ++store->fill_calls % CALLS_PER_LOOK != 0)
		return;
	if (fstat(store->fill_fd, &status) < 0 || status.st_size - store->filled_bytes < LIMIT_FILL_AHEAD_BYTES)
		return;
	store->filled_bytes = status.st_size;
	(void)sync_file_range(store->fill_fd, 0, 0, SYNC_FILE_RANGE_WRITE); /* whatever it says: the commit writes what is left */
}

void journal_fill_end(struct store *store)
{
	struct error ignored = ERROR_INIT;
	bool is_log;

	store->is_filling = false;
	store->fill_fd = -1;
	(void)sqlite3_busy_timeout(store->database, FILLED_WAIT_MS); /* fails for a closed connection only */
	(void)!read_mode(store, "PRAGMA journal_mode = WAL", "wal", &is_log, &ignored);
	(void)sqlite3_busy_handler(store->database, sqlite_wait, store);
}
