/*
 * Migrations: an ordered list; the file's user_version says how many of them
 * it has seen. Views are made anew after them.
 */
#include "store/sqlite/migrate.h"

#include "store/sqlite/schema_sql.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const migrations[] = {
	schema_001_store,
};

/* Ours, of any version; what people have added themselves stays. Triggers go with their view. */
static const char *const views[] = {
	"category", "category_tree", "price", "product", "product_category", "sku", "sku_now", "stock", "text_quoted",
};

int64_t migrate_version(void)
{
	return (int64_t)(sizeof(migrations) / sizeof(migrations[0]));
}

static int identify(struct store *store, enum store_identity *ret_identity, struct error *err)
{
	int64_t application, version, objects = 0;

	if (sqlite_integer(store, "PRAGMA application_id", &application, err) < 0 ||
	    sqlite_integer(store, "PRAGMA user_version", &version, err) < 0)
		return -1;
	if (application == 0 && version == 0 && sqlite_integer(store, "SELECT count(*) FROM sqlite_schema", &objects, err) < 0)
		return -1;
	if (application == 0 && version == 0 && objects == 0) {
		*ret_identity = STORE_IDENTITY_EMPTY;
		return 0;
	}
	if (application != STORE_APPLICATION_ID)
		return error_set(err, ERROR_STORE_FOREIGN,
		                 "'%s' is the database of another program, not a feedmill store; name another file as the store",
		                 store->path);
	if (version > migrate_version())
		return error_set(err, ERROR_STORE_FOREIGN,
		                 "store '%s' is of the newer version %" PRId64 ", this program knows versions up to %" PRId64
		                 "; use a newer feedmill",
		                 store->path, version, migrate_version());
	if (version < 1)
		return error_set(err, ERROR_STORE_FOREIGN,
		                 "store '%s' has the impossible version %" PRId64 ": it is damaged; restore a copy of it",
		                 store->path, version);
	*ret_identity = version < migrate_version() ? STORE_IDENTITY_OLDER : STORE_IDENTITY_CURRENT;
	return 0;
}

int migrate_identify(struct store *store, enum store_identity *ret_identity, struct error *err)
{
	struct error ignored = ERROR_INIT;

	/* One transaction: another program may be making the store right now. */
	if (sqlite_execute(store, "BEGIN", err) < 0)
		return -1;
	const int result = identify(store, ret_identity, err);
	if (sqlite_execute(store, "ROLLBACK", result < 0 ? &ignored : err) < 0)
		return -1;
	return result;
}

static int drop_views(struct store *store, struct error *err)
{
	char sql[64];

	for (size_t index = 0; index < sizeof(views) / sizeof(views[0]); index++) {
		(void)snprintf(sql, sizeof(sql), "DROP VIEW IF EXISTS %s", views[index]);
		if (sqlite_execute(store, sql, err) < 0)
			return -1;
	}
	return 0;
}

/* Inside the transaction. */
static int migrate(struct store *store, struct error *err)
{
	enum store_identity identity = STORE_IDENTITY_EMPTY;
	int64_t version = 0;
	char sql[96];

	if (identify(store, &identity, err) < 0)
		return -1;
	if (identity == STORE_IDENTITY_CURRENT)
		return 0;
	if (sqlite_integer(store, "PRAGMA user_version", &version, err) < 0 || drop_views(store, err) < 0)
		return -1;
	for (int64_t next = version; next < migrate_version(); next++)
		if (sqlite_execute(store, migrations[next], err) < 0)
			return error_wrap(err, "migration %" PRId64, next + 1);
	if (sqlite_execute(store, schema_views, err) < 0)
		return error_wrap(err, "the views");
	(void)snprintf(sql, sizeof(sql), "PRAGMA application_id = %" PRId64 "; PRAGMA user_version = %" PRId64,
	               STORE_APPLICATION_ID, migrate_version());
	return sqlite_execute(store, sql, err);
}

int migrate_store(struct store *store, struct error *err)
{
	if (sqlite_execute(store, "BEGIN IMMEDIATE", err) < 0)
		return -1;
	if (migrate(store, err) < 0 || sqlite_execute(store, "COMMIT", err) < 0) {
		sqlite_rollback(store);
		return -1;
	}
	return 0;
}
