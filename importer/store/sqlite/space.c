/* How much room the store takes, and giving back what it does not need. */
#include "store/retention.h"

#include "base/limits.h"
#include "store/sqlite/sqlite_store.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#define PIECE_PAGES 512 /* given back in one transaction: 8 MiB */
#define AUTO_VACUUM_INCREMENTAL 2

static int file_size(const struct store *store, const char *suffix, int64_t *ret_bytes, struct error *err)
{
	struct stat status;
	char path[PATH_MAX + 8];

	(void)snprintf(path, sizeof(path), "%s%s", store->path, suffix);
	if (stat(path, &status) == 0) {
		*ret_bytes = (int64_t)status.st_size;
		return 0;
	}
	*ret_bytes = 0;
	if (errno == ENOENT)
		return 0;
	(void)error_set_system(err, errno, "cannot look at '%s'", path);
	err->code = ERROR_STORE;
	return -1;
}

int store_space_read(struct store *store, struct store_space *ret_space, struct error *err)
{
	struct store_space space;
	int64_t page_bytes, free_pages;

	if (file_size(store, "", &space.bytes, err) < 0 || file_size(store, "-wal", &space.wal_bytes, err) < 0 ||
	    sqlite_integer(store, "PRAGMA page_size", &page_bytes, err) < 0 ||
	    sqlite_integer(store, "PRAGMA freelist_count", &free_pages, err) < 0)
		return -1;
	space.free_bytes = page_bytes * free_pages;
	*ret_space = space;
	return 0;
}

int store_log_truncate(struct store *store, struct error *err)
{
	int result;

	/* Without waiting: a reader may take any time, and the next checkpoint does it as well. */
	if (sqlite3_busy_handler(store->database, NULL, NULL) != SQLITE_OK)
		return sqlite_error(store, err, "cannot write back the log");
	result = sqlite3_wal_checkpoint_v2(store->database, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	(void)sqlite3_busy_handler(store->database, sqlite_wait, store); /* cannot fail where it just did not */
	if (result == SQLITE_OK || (result & 0xff) == SQLITE_BUSY)
		return 0;
	return sqlite_error(store, err, "cannot write back the log");
}

void store_log_settle(struct store *store)
{
	struct error ignored = ERROR_INIT;
	int64_t bytes;

	/* What is applied is applied: a log that cannot be cut now is cut by the next run. */
	if (file_size(store, "-wal", &bytes, &ignored) == 0 && bytes > LIMIT_STORE_LOG_BYTES)
		(void)!store_log_truncate(store, &ignored);
}

/* Written anew, with free pages that can be given back from then on. */
static int rewrite(struct store *store, struct error *err)
{
	int result;

	if (sqlite_execute(store, "PRAGMA auto_vacuum = INCREMENTAL", err) < 0)
		return -1;
	const int attached_max = sqlite3_limit(store->database, SQLITE_LIMIT_ATTACHED, 1); /* the copy that is made */
	result = sqlite_execute(store, "VACUUM", err);
	(void)sqlite3_limit(store->database, SQLITE_LIMIT_ATTACHED, attached_max);
	return result;
}

int store_space_release(struct store *store, struct error *err)
{
	int64_t mode, free_pages, free_before = INT64_MAX;
	char sql[64];

	if (sqlite_integer(store, "PRAGMA auto_vacuum", &mode, err) < 0)
		return -1;
	if (mode != AUTO_VACUUM_INCREMENTAL)
		return rewrite(store, err);
	(void)snprintf(sql, sizeof(sql), "PRAGMA incremental_vacuum(%d)", PIECE_PAGES);
	if (sqlite_integer(store, "PRAGMA freelist_count", &free_pages, err) < 0)
		return -1;
	/* Another writer may take pages meanwhile: as long as there are fewer, it goes on. */
	while (free_pages > 0 && free_pages < free_before) {
		free_before = free_pages;
		if (sqlite_execute(store, sql, err) < 0 || sqlite_integer(store, "PRAGMA freelist_count", &free_pages, err) < 0)
			return -1;
	}
	return 0;
}
