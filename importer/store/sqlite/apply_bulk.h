/*
 * New rows of the catalogue, written several at a time: an INSERT of one row
 * spends a third of its time on opening the table and its indexes. What waits
 * is written before any statement that names one of these tables is used.
 * Private to importer/store/sqlite.
 */
#pragma once

#include "base/arena.h"
#include "store/sqlite/apply_row.h"
#include "store/sqlite/statements.h"

#define BULK_ROWS 16 /* more gain little, and take longer to prepare */

enum bulk_table { BULK_PRODUCT, BULK_PRODUCT_CATEGORY, BULK_SKU, BULK_OFFER, BULK_TABLE_COUNT };

/* Columns of a row, in the order of its INSERT. What an item has goes on behind them; behind that a SKU has two owners. */
enum { BULK_ITEM_KEY, BULK_ITEM_CATALOG, BULK_ITEM_JOB, BULK_ITEM_RUN, BULK_ITEM_ID, BULK_ITEM_CELLS };
enum { BULK_LINK_PRODUCT, BULK_LINK_CATEGORY_NUMBER, BULK_LINK_POSITION, BULK_LINK_CELLS };
enum { BULK_OFFER_KEY, BULK_OFFER_CELLS }; /* price and stock go on behind it */
#define BULK_CELLS_MAX (BULK_ITEM_CELLS + ROW_COLUMNS_MAX + 2)

struct bulk_rows {
	struct cell *cells; /* of all that wait, row by row */
	struct arena text;  /* of those */
	size_t count;
	sqlite3_stmt *many; /* inserts BULK_ROWS */
	struct cell *bound; /* to its parameters; integers and nulls only are remembered */
};

enum bulk_use { BULK_USE_UNKNOWN, BULK_USE_NONE, BULK_USE_TABLES };

struct bulk {
	struct bulk_rows tables[BULK_TABLE_COUNT];
	size_t rows_max;                    /* of a table, that wait before they are written: BULK_ROWS or 1 */
	size_t count;                       /* rows that wait, of all tables */
	int64_t last_keys[ITEM_KIND_COUNT]; /* given to rows of products and SKUs; 0: not asked for yet */
	unsigned char uses[SQL_COUNT];      /* enum bulk_use: does a statement name one of the tables? */
};

void bulk_init(struct bulk *bulk, size_t rows_max);
void bulk_release(struct bulk *bulk);
