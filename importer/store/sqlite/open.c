/*
 * Opening a store: the connection and its settings, then what database this
 * is. Nothing is written to a file that is not known to be ours or empty.
 */
#include "base/limits.h"
#include "store/sqlite/journal.h"
#include "store/sqlite/migrate.h"
#include "store/sqlite/store_file.h"
#include "store/sqlite/turn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VALUE_BYTES_MAX (256 * 1024 * 1024) /* a change of an item, before and after, with every byte escaped */
#define SQL_BYTES_MAX (1024 * 1024)

/* A page is read and written as a whole: these make a first import faster and small changes slower than pages half their size. */
/* Free pages can be given back a few at a time; what that costs was not to be measured. */
static const char settings_new[] = "PRAGMA page_size = 16384; PRAGMA auto_vacuum = INCREMENTAL";

static const char settings[] = "PRAGMA foreign_keys = OFF;"
			       "PRAGMA temp_store = FILE;"
			       "PRAGMA mmap_size = 0;" /* a file that is cut short must be an error, not a signal */
			       "PRAGMA cache_size = -16384;"
			       "PRAGMA secure_delete = OFF;"
			       "PRAGMA synchronous = NORMAL;";

/*
 * No locks around its memory, and none of it counted: that is a tenth of a large import. A process uses a store from one
 * thread only, and nobody asks for the figures. Only the first time has an effect: SQLite is set up from then on.
 */
static void set_up_library(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* What guards us from the content of a hostile file; before the first look at it. */
static int harden(struct store *store, struct error *err)
{
	static const struct {
		int option;
		int value;
	} options[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},
		{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
		{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1}, /* until the file is known to be ours */
	};
	static const struct {
		int limit;
		int value;
	} limits[] = {
		{SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX}, {SQLITE_LIMIT_SQL_LENGTH, SQL_BYTES_MAX}, {SQLITE_LIMIT_ATTACHED, 0},
		{SQLITE_LIMIT_TRIGGER_DEPTH, 8},        {SQLITE_LIMIT_WORKER_THREADS, 0},
	};

	for (size_t index = 0; index < sizeof(options) / sizeof(options[0]); index++)
		if (sqlite3_db_config(store->database, options[index].option, options[index].value, NULL) != SQLITE_OK)
			return sqlite_error(store, err, "cannot open");
	for (size_t index = 0; index < sizeof(limits) / sizeof(limits[0]); index++)
		(void)sqlite3_limit(store->database, limits[index].limit, limits[index].value); /* gives the old one */
	if (sqlite3_busy_handler(store->database, sqlite_wait, store) != SQLITE_OK)
		return sqlite_error(store, err, "cannot open");
	return sqlite_execute(store, "PRAGMA cell_size_check = ON", err);
}

static int connect(struct store *store, const char *name, int flags, struct error *err)
{
	if (sqlite3_open_v2(name, &store->database, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL) != SQLITE_OK)
		return store->database == NULL ? error_set_memory(err) : sqlite_error(store, err, "cannot open");
	return harden(store, err);
}

/* ---- For reading ---- */

/* The only way to read a store with a write-ahead log where nothing can be written; right only where nobody else can either. */
static int connect_frozen(struct store *store, struct error *err)
{
	char *name = malloc(3 * strlen(store->path) + sizeof("file://?immutable=1"));
	char *end = name;
	int result;

	if (name == NULL)
		return error_set_memory(err);
	(void)sqlite3_close(store->database); /* has no statements */
	store->database = NULL;
	end = stpcpy(end, *store->path == '/' ? "file://" : "file:");
	for (const char *byte = store->path; *byte != '\0'; byte++) {
		static const char digits[] = "0123456789ABCDEF";

		if (strchr("%?#", *byte) == NULL) {
			*end++ = *byte;
			continue;
		}
		*end++ = '%';
		*end++ = digits[(unsigned char)*byte >> 4];
		*end++ = digits[(unsigned char)*byte & 15];
	}
	(void)stpcpy(end, "?immutable=1");
	result = connect(store, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
	free(name);
	return result;
}

static int identify_for_reading(struct store *store, enum store_identity *ret_identity, struct error *err)
{
	if (migrate_identify(store, ret_identity, err) == 0)
		return 0;
	const int failure = (int)err->number & 0xff;
	if (err->source != ERROR_FROM_SQLITE || (failure != SQLITE_CANTOPEN && failure != SQLITE_READONLY))
		return -1;
	if (store_file_is_frozen(store->path)) {
		error_clear(err);
		return connect_frozen(store, err) < 0 ? -1 : migrate_identify(store, ret_identity, err);
	}
	return error_wrap(err, "reading takes the right to write to the store's folder, where its log is shared");
}

static int open_for_reading(struct store *store, struct error *err)
{
	enum store_identity identity;

	store->is_read_only = true;
	if (connect(store, store->path, SQLITE_OPEN_READONLY, err) < 0 || identify_for_reading(store, &identity, err) < 0)
		return -1;
	if (identity == STORE_IDENTITY_EMPTY)
		return error_set(err, ERROR_NOT_FOUND, "store '%s' is empty: no run has filled it yet", store->path);
	return sqlite_execute(store, settings, err);
}

/* ---- For writing ---- */

static int limit_log(struct store *store, struct error *err)
{
	char sql[128];

	(void)snprintf(sql, sizeof(sql), "PRAGMA journal_size_limit = %d; PRAGMA wal_autocheckpoint = %d", LIMIT_STORE_LOG_BYTES,
	               LIMIT_STORE_LOG_PAGES);
	return sqlite_execute(store, sql, err);
}

/* What has to be made of a file that is none of ours yet, or an older one; several programs may find it so at once. */
static int make_current(struct store *store, enum store_identity identity, struct error *err)
{
	if (turn_take(store, err) < 0)
		return -1;
	const int result = identity != STORE_IDENTITY_CURRENT && migrate_store(store, err) < 0 ? -1 : journal_keep_log(store, err);
	turn_leave(store);
	return result;
}

static int open_for_writing(struct store *store, struct error *err)
{
	enum store_identity identity;
	bool is_logged = false;

	if (connect(store, store->path, SQLITE_OPEN_READWRITE, err) < 0)
		return -1;
	if (sqlite3_db_readonly(store->database, "main") != 0)
		return error_set(err, ERROR_STORE,
		                 "store '%s' may not be written to; look at the rights of the file and of its folder", store->path);
	if (migrate_identify(store, &identity, err) < 0)
		return -1;
	if (identity == STORE_IDENTITY_EMPTY && sqlite_execute(store, settings_new, err) < 0)
		return -1;
	if (sqlite_execute(store, settings, err) < 0)
		return -1;
	(void)sqlite3_db_config(store->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL); /* it could be set before */
	/* Readers are not to wait for a writer, nor it for them. */
	if (journal_is_log(store, &is_logged, err) < 0 ||
	    ((identity != STORE_IDENTITY_CURRENT || !is_logged) && make_current(store, identity, err) < 0))
		return -1;
	return limit_log(store, err);
}

static int open_file(struct store *store, enum store_access access, struct error *err)
{
	const int found = store_file_look(store->path, err);

	if (found < 0)
		return -1;
	if (found == 0 && access != STORE_CREATE)
		return error_set(err, ERROR_NOT_FOUND, "store '%s' does not exist; the first run makes it", store->path);
	if (found == 0 && store_file_create(store->path, err) < 0)
		return -1;
	return access == STORE_READ ? open_for_reading(store, err) : open_for_writing(store, err);
}

int store_open(const char *location, enum store_access access, struct store **ret_store, struct error *err)
{
	struct store *store = calloc(1, sizeof(*store));
	int64_t seed;

	if (store == NULL)
		return error_set_memory(err);
	set_up_library();
	store->watch.clock = clock_system();
	error_clear(&store->stop);
	store->queue_fd = -1;
	store->fill_fd = -1;
	store->turn_number = -1;
	store->lock_since_ms = -1;
	store->path = store_file_path(location, err);
	if (store->path == NULL || open_file(store, access, err) < 0 ||
	    sqlite_integer(store, "SELECT seed FROM store_info", &seed, err) < 0) {
		store_close(store);
		return -1;
	}
	store->seed = (uint64_t)seed;
	*ret_store = store;
	return 0;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	(void)sqlite3_close(store->database); /* every statement is finalized by its holder */
	if (store->queue_fd >= 0)
		(void)close(store->queue_fd); /* what stands in it is of use to the living only */
	free(store->path);
	free(store);
}

uint64_t store_seed(const struct store *store)
{
	return store->seed;
}
