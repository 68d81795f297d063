/*
 * Rows of the three catalogue tables as arrays of cells, so that comparing,
 * writing and reporting an item is the same code for every kind. Private to
 * importer/store/sqlite.
 *
 * A cell borrows its text: from a batch, from a result row, or from a buffer.
 */
#pragma once

#include "catalog/statement.h"

#include <sqlite3.h>

enum cell_type { CELL_NULL, CELL_INTEGER, CELL_TEXT };

struct cell {
	enum cell_type type;
	int64_t integer;
	struct slice text;
};

enum column_form { COLUMN_TEXT, COLUMN_INTEGER, COLUMN_JSON };

struct column {
	const char *name;
	enum column_form form;
	enum field_id field; /* where a statement has its value; FIELD_COUNT: no field */
};

/*
 * What a run compares and writes, in table order: of lists what the item's
 * own record has and, behind it, what `parts` has; keys, ownership
 * and `suppressed` are not content.
 */
enum category_column {
	CATEGORY_COLUMN_PARENT_ID,
	CATEGORY_COLUMN_NAME,
	CATEGORY_COLUMN_PATH,
	CATEGORY_COLUMN_POSITION,
	CATEGORY_COLUMN_URL,
	CATEGORY_COLUMN_STATUS,
	CATEGORY_COLUMN_EXTRA,
	CATEGORY_COLUMN_TEXTS,
	CATEGORY_COLUMN_COUNT
};

enum product_column {
	PRODUCT_COLUMN_ORIGIN,
	PRODUCT_COLUMN_NAME,
	PRODUCT_COLUMN_DESCRIPTION,
	PRODUCT_COLUMN_BRAND,
	PRODUCT_COLUMN_URL,
	PRODUCT_COLUMN_IMAGES,
	PRODUCT_COLUMN_ATTRIBUTES,
	PRODUCT_COLUMN_TAGS,
	PRODUCT_COLUMN_STATUS,
	PRODUCT_COLUMN_EXTRA,
	PRODUCT_COLUMN_CATEGORIES,
	PRODUCT_COLUMN_PRICE,
	PRODUCT_COLUMN_OLD_PRICE,
	PRODUCT_COLUMN_CURRENCY,
	PRODUCT_COLUMN_AVAILABILITY,
	PRODUCT_COLUMN_QUANTITY,
	PRODUCT_COLUMN_TEXTS,
	PRODUCT_COLUMN_CUSTOM_FIELDS,
	PRODUCT_COLUMN_CHILDREN,
	PRODUCT_COLUMN_PARTS,
	PRODUCT_COLUMN_COUNT
};

enum sku_column {
	SKU_COLUMN_PRODUCT_ID,
	SKU_COLUMN_PRODUCT_LINK,
	SKU_COLUMN_NAME,
	SKU_COLUMN_DESCRIPTION,
	SKU_COLUMN_URL,
	SKU_COLUMN_BRAND,
	SKU_COLUMN_PRICE,
	SKU_COLUMN_OLD_PRICE,
	SKU_COLUMN_CURRENCY,
	SKU_COLUMN_AVAILABILITY,
	SKU_COLUMN_QUANTITY,
	SKU_COLUMN_CONDITION,
	SKU_COLUMN_GTIN,
	SKU_COLUMN_MPN,
	SKU_COLUMN_MERCHANT_SKU,
	SKU_COLUMN_IMAGES,
	SKU_COLUMN_ATTRIBUTES,
	SKU_COLUMN_TAGS,
	SKU_COLUMN_WEIGHT,
	SKU_COLUMN_STATUS,
	SKU_COLUMN_CATEGORIES,
	SKU_COLUMN_PRICES,
	SKU_COLUMN_STOCKS,
	SKU_COLUMN_EXTRA,
	SKU_COLUMN_TEXTS,
	SKU_COLUMN_CUSTOM_FIELDS,
	SKU_COLUMN_REFERENCE,
	SKU_COLUMN_PARTS,
	SKU_COLUMN_COUNT
};

#define ROW_COLUMNS_MAX SKU_COLUMN_COUNT

/* From price to quantity: an offer, in a table apart. */
#define SKU_OFFER_COUNT (SKU_COLUMN_QUANTITY - SKU_COLUMN_PRICE + 1)

/* A set of columns, by index. */
typedef uint32_t column_mask;
#define COLUMN_BIT(column) (UINT32_C(1) << (column))

struct row_shape {
	const char *table;
	const char *key;   /* its integer key */
	const char *adopt; /* sets the owner, in an UPDATE: '?1' is the job's key */
	const struct column *columns;
	size_t count;
	size_t status; /* the columns of that name */
	size_t texts;
	size_t parts;      /* `count` where there is none */
	const char *apart; /* the table of the columns that change most often, with the same key; NULL: none */
	column_mask apart_columns;
};

const struct row_shape *row_shape(enum item_kind kind);

/* A row as it stands in the store. The SELECT gives the columns of the shape, then suppressed, job_key and the key. */
struct stored_row {
	int64_t key;
	int64_t job_key;
	int64_t suppressed;
	struct cell cells[ROW_COLUMNS_MAX];
};

struct cell cell_text(struct slice text); /* empty text is NULL */
struct cell cell_integer(int64_t integer);
bool cell_is_text(const struct cell *cell, const char *text);
struct slice cell_slice(const struct cell *cell); /* the empty slice but for text */

/* The columns that a statement gives, NULL for absent and for empty; the status, and columns without a field are the caller's. */
void row_from_statement(const struct statement *statement, struct cell *ret_cells);

/* `count` cells of the current result row from `first` on, borrowed until the next step. */
void row_read_cells(sqlite3_stmt *statement, int first, size_t count, struct cell *ret_cells);
void row_read(sqlite3_stmt *statement, enum item_kind kind, struct stored_row *ret_row);

/* Bind by reference from parameter `first` on; failures are seen at the step. */
void row_bind(sqlite3_stmt *statement, int first, const struct cell *cells, size_t count);

/* The columns to tell of a change. How a record named its product is bookkeeping: alone, it is no update, and not told. */
column_mask row_told(enum item_kind kind, column_mask mask);

/* The cells of an item's own table, or of the one apart, in their order; gives how many. */
size_t row_pick(enum item_kind kind, const struct cell *cells, bool of_apart, struct cell *ret_cells);

/* The columns that differ. */
column_mask row_difference(enum item_kind kind, const struct cell *left, const struct cell *right);
