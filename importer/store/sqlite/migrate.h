/*
 * Which database this is, and bringing it to the version of this program.
 * Private to importer/store/sqlite.
 */
#pragma once

#include "store/sqlite/sqlite_store.h"

#define STORE_APPLICATION_ID INT64_C(0x66646d6c) /* 'fdml' in the file's header */

enum store_identity {
	STORE_IDENTITY_EMPTY, /* nothing in it: may become a store */
	STORE_IDENTITY_OLDER, /* a store that has to be migrated */
	STORE_IDENTITY_CURRENT,
};

/* ERROR_STORE_FOREIGN: no database, another program's, or of a newer version. Nothing is written. */
must_use int migrate_identify(struct store *store, enum store_identity *ret_identity, struct error *err);

/* Make the store of this program's version, whatever it was, in one transaction; several programs may do so at once. */
must_use int migrate_store(struct store *store, struct error *err);

/* The version this program writes: how many migrations there are. */
int64_t migrate_version(void);
