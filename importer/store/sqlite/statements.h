/*
 * Every SQL statement of the applying half, in one table; each is prepared
 * at its first use and kept until the run is over. Private to
 * importer/store/sqlite.
 */
#pragma once

#include "store/sqlite/sqlite_store.h"

enum sql_id {
	/* The state before, and the counts after */
	SQL_CATALOG_HAS_SKUS,
	SQL_CATALOG_HAS_PRODUCTS,
	SQL_MEMORY_IS_CLEAN,
	SQL_MEMORY_UNCLEAN_OTHERS,
	SQL_CATALOG_HAS_OTHER_JOBS,
	SQL_DERIVED_COUNT,
	SQL_JOB_NAME,

	/* SKUs */
	SQL_SKU_FIND,
	SQL_SKU_GET,
	SQL_SKU_INSERT,
	SQL_SKU_SET_MISSING,
	SQL_SKU_DELETE,
	SQL_SKU_PRESENT_KEYS,
	SQL_SKU_NAMERS,
	SQL_PRICES_INSERT,
	SQL_PRICES_DELETE,
	SQL_STOCKS_INSERT,
	SQL_STOCKS_DELETE,
	SQL_ALONE_INSERT,
	SQL_ALONE_ALL,
	SQL_ALONE_GET,
	SQL_KEPT_INSERT,
	SQL_KEPT_ALL,

	/* Products */
	SQL_PRODUCT_FIND,
	SQL_PRODUCT_GET,
	SQL_PRODUCT_INSERT,
	SQL_PRODUCT_SET_MISSING,
	SQL_PRODUCT_DELETE,
	SQL_PRODUCT_STATED_KEYS,
	SQL_PRODUCT_CATEGORY_INSERT,
	SQL_PRODUCT_CATEGORIES_DELETE,
	SQL_PRODUCT_NOT_STATED,
	SQL_PRODUCT_LEAVE,
	SQL_PRODUCT_LEFT_FORGET,
	SQL_TOUCH,
	SQL_TOUCH_LEFT,
	SQL_TOUCH_SKUS,
	SQL_TOUCH_DERIVED,
	SQL_TOUCH_UNOWNED,
	SQL_TOUCHED_ALL,
	SQL_DERIVE_ONE,
	SQL_DERIVE_ALL,

	/* Categories */
	SQL_CATEGORY_STATE,
	SQL_CATEGORY_STATED_ALL,
	SQL_CATEGORY_DERIVED_COUNT,
	SQL_CATEGORY_FIND,
	SQL_CATEGORY_GET,
	SQL_CATEGORY_INSERT,
	SQL_CATEGORY_SET_MISSING,
	SQL_CATEGORY_DELETE,
	SQL_CATEGORY_PASS_ON,
	SQL_CATEGORY_HELD_KEYS,
	SQL_CATEGORY_PRESENT,
	SQL_CATEGORY_PARENTS_MISSING,
	SQL_CATEGORY_NEXT_NAMED,
	SQL_CATEGORY_NAMED_BY_US,
	SQL_HOLDER_INSERT,
	SQL_HOLDER_DELETE,
	SQL_HOLDER_NEXT,
	SQL_KEPT_CATEGORY_INSERT,
	SQL_KEPT_CATEGORY_OF_PRODUCT,
	SQL_KEPT_CATEGORY_ANCESTORS,
	SQL_KEPT_CATEGORY_HAS,
	SQL_BEFORE_INSERT,
	SQL_BEFORE_ALL,

	/* Paths and loops of categories */
	SQL_PATH_NODES,
	SQL_PATH_BUILD,
	SQL_PATH_CHANGES,
	SQL_PATH_CHANGES_ALL,
	SQL_PATH_SET,
	SQL_LOOP_NODES,
	SQL_LOOP_NODE_NEXT,
	SQL_LOOP_NODE_GET,
	SQL_LOOP_NODE_WALK,
	SQL_LOOP_NODE_MARK,
	SQL_LOOPS_STATED,

	/* What is told about the run */
	SQL_CHANGE_INSERT,
	SQL_CHANGES_OF_RUN,
	SQL_CREATED_CATEGORIES,
	SQL_CREATED_PRODUCTS,
	SQL_CREATED_SKUS,
	SQL_COMPLAINT_INSERT,
	SQL_COMPLAINTS_OF_RUN,
	SQL_COMPLAINT_PLACES,
	SQL_COMPLAINT_LOCATE,
	SQL_COUNT
};

struct sql_set {
	sqlite3_stmt *prepared[SQL_COUNT];
};

/* The statement, reset and ready to be bound; NULL with `err` set. Whatever was read from its last use is gone. */
must_use sqlite3_stmt *sql_use(struct store *store, struct sql_set *set, enum sql_id id, struct error *err);

void sql_set_release(struct sql_set *set);

/* The text itself, for tests that look at its plan. */
const char *sql_text(enum sql_id id);

/* Makes the temporary tables of a run, empty; inside its transaction, and gone with it when that is rolled back. */
must_use int sql_scratch_create(struct store *store, struct error *err);

/* Lets all temporary tables go at once, which costs nothing however big they are. No transaction is open, no statement kept. */
must_use int sql_scratch_discard(struct store *store, struct error *err);
