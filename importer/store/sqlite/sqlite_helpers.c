/* What the files of the SQLite engine share: errors in words, statements, transactions. */
#include "store/sqlite/sqlite_store.h"

#include "base/limits.h"

#include "store/sqlite/journal.h"
#include "store/sqlite/turn.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#define WORK_STEPS 20000 /* of SQLite's machine between two looks at the watch: a few milliseconds */

struct failure {
	int number; /* of SQLite, without its extension */
	enum error_code code;
	const char *words;
};

/* Others are told in SQLite's own words. */
static const struct failure failures[] = {
	{SQLITE_BUSY, ERROR_STORE_BUSY, "another program is writing to it and did not end in time"},
	{SQLITE_FULL, ERROR_STORE, "the disk is full"},
	{SQLITE_READONLY, ERROR_STORE, "it may not be written to; look at the rights of the file and of its folder"},
	{SQLITE_CORRUPT, ERROR_STORE,
         "the file is damaged; restore a copy of it, or save what is left with 'sqlite3 FILE .recover'"},
	{SQLITE_NOTADB, ERROR_STORE_FOREIGN, "the file is no database; name another file as the store"},
	{SQLITE_CANTOPEN, ERROR_STORE, "it, or a file that belongs beside it, cannot be opened; look at the rights of its folder"},
	{SQLITE_IOERR, ERROR_STORE, "reading or writing the file failed"},
	{SQLITE_PERM, ERROR_STORE, "the rights of the file do not allow it"},
	{SQLITE_TOOBIG, ERROR_STORE, "a value is too large"},
};

static struct failure find_failure(sqlite3 *database, int extended)
{
	for (size_t index = 0; index < sizeof(failures) / sizeof(failures[0]); index++)
		if (failures[index].number == (extended & 0xff))
			return failures[index];
	return (struct failure){.number = extended, .code = ERROR_STORE, .words = sqlite3_errmsg(database)};
}

/* Free bytes where the store is; -1 where nobody can tell. */
static long long free_bytes(const struct store *store)
{
	struct statvfs volume;
	long long bytes;

	if (statvfs(store->path, &volume) < 0 || __builtin_mul_overflow(volume.f_bavail, volume.f_frsize, &bytes))
		return -1;
	return bytes;
}

/* What ended a statement was our own doing: its reason is told, not SQLite's. */
static bool take_stop(struct store *store, struct error *err)
{
	if (store->stop.code == ERROR_NONE)
		return false;
	*err = store->stop;
	error_clear(&store->stop);
	return true;
}

int sqlite_error(struct store *store, struct error *err, const char *format, ...)
{
	const int extended = sqlite3_extended_errcode(store->database);
	const int system = sqlite3_system_errno(store->database);
	const struct failure failure = find_failure(store->database, extended);
	const bool is_full = failure.number == SQLITE_FULL ||
	                     (failure.number == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT));
	const bool has_cause = (failure.number == SQLITE_IOERR || failure.number == SQLITE_CANTOPEN) && system != 0;
	char what[256];
	va_list arguments;

	if (take_stop(store, err))
		return -1;
	if ((extended & 0xff) == SQLITE_NOMEM || extended == SQLITE_IOERR_NOMEM)
		return error_set_memory(err);
	va_start(arguments, format);
	if (vsnprintf(what, sizeof(what), format, arguments) < 0)
		what[0] = '\0';
	va_end(arguments);
	if (is_full)
		(void)error_set(
			err, ERROR_STORE,
			"%s: store '%s': the disk is full: %lld bytes are free where it is (temporary files are in $SQLITE_TMPDIR or "
			"/var/tmp); free some, or let jobs keep less ('keep' in feedmill.yaml) and call 'feedmill vacuum'",
			what, store->path, free_bytes(store));
	else if (has_cause)
		(void)error_set_system(err, system, "%s: store '%s': %s", what, store->path, failure.words);
	else
		(void)error_set(err, failure.code, "%s: store '%s': %s", what, store->path, failure.words);
	err->code = failure.code;
	err->source = ERROR_FROM_SQLITE;
	err->number = extended;
	return -1;
}

/* What stands in an error for a statement: its first line, or the start of it. */
static int sql_head(const char *sql)
{
	return (int)strnlen(sql, strcspn(sql, "\n;(") < 60 ? strcspn(sql, "\n;(") : 60);
}

int sqlite_execute(struct store *store, const char *sql, struct error *err)
{
	if (sqlite3_exec(store->database, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return sqlite_error(store, err, "cannot run '%.*s'", sql_head(sql), sql);
}

int sqlite_prepare(struct store *store, const char *sql, sqlite3_stmt **ret_statement, struct error *err)
{
	if (sqlite3_prepare_v3(store->database, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_statement, NULL) == SQLITE_OK)
		return 0;
	return sqlite_error(store, err, "cannot prepare '%.*s'", sql_head(sql), sql);
}

static int step_failed(struct store *store, sqlite3_stmt *statement, struct error *err)
{
	const char *sql = sqlite3_sql(statement);

	(void)sqlite_error(store, err, "cannot run '%.*s'", sql_head(sql), sql);
	(void)sqlite3_reset(statement); /* repeats the failure, which is told */
	return -1;
}

int sqlite_step_done(struct store *store, sqlite3_stmt *statement, struct error *err)
{
	int step;

	do {
		step = sqlite3_step(statement);
	} while (step == SQLITE_ROW);
	if (step != SQLITE_DONE)
		return step_failed(store, statement, err);
	(void)sqlite3_reset(statement); /* cannot fail after SQLITE_DONE */
	return 0;
}

int sqlite_step_row(struct store *store, sqlite3_stmt *statement, struct error *err)
{
	const int step = sqlite3_step(statement);

	if (step == SQLITE_ROW)
		return 1;
	if (step != SQLITE_DONE)
		return step_failed(store, statement, err);
	(void)sqlite3_reset(statement); /* cannot fail after SQLITE_DONE */
	return 0;
}

int sqlite_integer(struct store *store, const char *sql, int64_t *ret_value, struct error *err)
{
	sqlite3_stmt *statement;
	int step;

	if (sqlite_prepare(store, sql, &statement, err) < 0)
		return -1;
	step = sqlite_step_row(store, statement, err);
	if (step == 1)
		*ret_value = sqlite3_column_int64(statement, 0);
	else if (step == 0)
		(void)error_set(err, ERROR_STORE, "store '%s' is damaged: '%.*s' gives nothing", store->path, sql_head(sql), sql);
	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return step == 1 ? 0 : -1;
}

/* ---- Waiting and stopping ---- */

static bool is_stopped(struct store *store, bool is_waiting)
{
	struct error stop = ERROR_INIT;

	if (store->watch.check == NULL || store->watch.check(store->watch.context, is_waiting, &stop) == 0)
		return false;
	store->stop = stop;
	return true;
}

int sqlite_wait(void *context, int count)
{
	struct store *store = context;
	const int64_t now_ms = clock_steady_ms(&store->watch.clock);
	const int64_t patience_ms = store->watch.patience_ms > 0 ? store->watch.patience_ms : LIMIT_STORE_WAIT_MS;

	if (count == 0)
		store->busy_since_ms = now_ms;
	if (now_ms - store->busy_since_ms > patience_ms || is_stopped(store, true))
		return 0;
	(void)poll(NULL, 0, count < 5 ? 1 : 10); /* SQLite has nothing to wait on; a signal ends it, and is looked at */
	return 1;
}

int sqlite_work(void *context)
{
	return is_stopped(context, false) ? 1 : 0;
}

void store_watch(struct store *store, const struct store_watch *watch)
{
	store->watch = *watch;
	sqlite3_progress_handler(store->database, watch->check != NULL ? WORK_STEPS : 0, watch->check != NULL ? sqlite_work : NULL,
	                         store);
}

struct lock_times store_lock_times(const struct store *store)
{
	struct lock_times times = store->lock_times;

	if (store->lock_since_ms >= 0)
		times.held_ms += clock_steady_ms(&store->watch.clock) - store->lock_since_ms;
	return times;
}

/* ---- Write transactions ---- */

static void release_lock(struct store *store)
{
	store->lock_times = store_lock_times(store);
	store->lock_since_ms = -1;
	if (store->is_filling)
		journal_fill_end(store);
	turn_leave(store);
}

int sqlite_write_begin(struct store *store, struct error *err)
{
	if (turn_take(store, err) < 0)
		return -1;
	const int64_t since_ms = clock_steady_ms(&store->watch.clock);
	/* Whoever read beside a rollback journal would keep it from writing before the end. */
	const int result = sqlite_execute(store, store->is_filling ? "BEGIN EXCLUSIVE" : "BEGIN IMMEDIATE", err);
	const int64_t now_ms = clock_steady_ms(&store->watch.clock);

	store->lock_times.wait_ms += now_ms - since_ms;
	if (result < 0) {
		if (store->is_filling)
			journal_fill_end(store);
		turn_leave(store);
		return -1;
	}
	store->lock_since_ms = now_ms;
	return 0;
}

int sqlite_write_commit(struct store *store, struct error *err)
{
	if (sqlite_execute(store, "COMMIT", err) < 0)
		return -1;
	release_lock(store);
	return 0;
}

void sqlite_rollback(struct store *store)
{
	struct error ignored = ERROR_INIT;

	/* Some failures have rolled back already; what is left goes with the connection at the latest. */
	if (sqlite3_get_autocommit(store->database) == 0)
		(void)!sqlite_execute(store, "ROLLBACK", &ignored);
	release_lock(store);
}

int sqlite_write_work(struct store *store, struct sqlite_work work, struct error *err)
{
	if (sqlite_write_begin(store, err) < 0)
		return -1;
	const int result = work.act(store, work.context, err);
	if (result < 0 || sqlite_write_commit(store, err) < 0) {
		sqlite_rollback(store);
		return -1;
	}
	return result;
}

int sqlite_finish_change(struct store *store, sqlite3_stmt *statement, struct error *err)
{
	const int result = sqlite_step_done(store, statement, err);

	(void)sqlite3_finalize(statement); /* its failure is that of the step */
	return result < 0 ? -1 : sqlite3_changes(store->database);
}

/* ---- Columns and parameters ---- */

struct slice sqlite_column_slice(sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column); /* before the size, which depends on the encoding */

	return slice_make((const char *)text, text != NULL ? (size_t)sqlite3_column_bytes(statement, column) : 0);
}

void sqlite_bind_slice(sqlite3_stmt *statement, int parameter, struct slice text)
{
	if (text.data == NULL)
		(void)sqlite3_bind_null(statement, parameter);
	else
		(void)sqlite3_bind_text64(statement, parameter, text.data, text.size, SQLITE_STATIC, SQLITE_UTF8);
}

void sqlite_bind_text(sqlite3_stmt *statement, int parameter, const char *text)
{
	sqlite_bind_slice(statement, parameter, slice_from(text));
}
