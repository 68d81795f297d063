/*
 * The tables that an undo brings back, as the undo log knows them: of every
 * one the columns, the key by which a row is found again, and the SQL to
 * watch, compare and rewrite it. Nothing else in a log is taken for a table
 * or a column. Private to importer/store/sqlite.
 *
 * What is derived from columns of an item is not logged but made anew: further
 * prices, stock by place, links to categories, listed SKUs, the item's own texts.
 */
#pragma once

#include "store/sqlite/apply_row.h"

#include "base/buffer.h"

/* The first three are the kinds of items. */
enum undo_source {
	UNDO_CATEGORY = ITEM_CATEGORY,
	UNDO_PRODUCT = ITEM_PRODUCT,
	UNDO_SKU = ITEM_SKU,
	UNDO_HOLDER, /* category_holder */
	UNDO_ABSENT, /* absent_item, but for the run that counted last */
	UNDO_PART,   /* part_data */
	UNDO_FIELD,  /* field */
	UNDO_LEFT,   /* product_without_sku */
	UNDO_TEXT,   /* text, as far as a job of scope texts has it */
	UNDO_SOURCE_COUNT
};

static inline bool undo_source_is_item(enum undo_source source)
{
	return source < UNDO_HOLDER;
}

#define UNDO_COLUMNS_MAX 48 /* fit into a uint64_t, as bits */
#define UNDO_KEYS_MAX 4

#define UNDO_BIT(column) (UINT64_C(1) << (column))

/* What else a row's key has beside the id of the item. */
enum undo_key { UNDO_KEY_END, UNDO_KEY_JOB, UNDO_KEY_KIND, UNDO_KEY_INTEGER, UNDO_KEY_TEXT, UNDO_KEY_HASH };

struct undo_table {
	const char *name;           /* in undo_row.source */
	const char *const *columns; /* beyond those of the item's shape */
	size_t count;               /* of all columns */
	enum undo_key keys[UNDO_KEYS_MAX + 1];
	uint64_t jobs;       /* columns that are keys of jobs */
	uint64_t keyed;      /* columns that follow from the key: of a new row they are not logged */
	const char *watch;   /* temporary table and triggers; NULL: made from the shape, as the others are */
	const char *compare; /* ?1 is the catalogue's key: id, detail, was there, is there, the columns before, the columns now */
	const char *get;     /* ?1 catalogue, ?2 id, ?3… the other keys: the columns */
	const char *put;     /* the same, then the columns */
	const char *remove;  /* as get */
};

const struct undo_table *undo_table(enum undo_source source);

/* UNDO_SOURCE_COUNT for another name. */
enum undo_source undo_source_find(struct slice name);

const char *undo_column_name(enum undo_source source, size_t column);

/* The column of that name; the table's count where there is none. */
size_t undo_column_find(enum undo_source source, struct slice name);

/* Items: the columns of an undo that are not content, behind those of the shape. */
static inline size_t undo_content_count(enum undo_source source)
{
	return row_shape((enum item_kind)source)->count;
}

/* Into an empty `sql`; a failure of its memory sticks. */
void undo_sql_watch(enum undo_source source, int64_t run_id, bool notes_inserts, struct buffer *sql);
void undo_sql_unwatch(enum undo_source source, struct buffer *sql);
void undo_sql_compare(enum undo_source source, struct buffer *sql);
/* Items: ?1 catalogue, ?2 id: the columns, then the integer key. */
void undo_sql_get(enum undo_source source, struct buffer *sql);
/* Items: ?1 catalogue, ?2 id, ?3… the columns; those of the table apart are passed over. */
void undo_sql_insert(enum undo_source source, struct buffer *sql);
/* Items: ?1 the integer key, ?2… the columns that are not content. */
void undo_sql_update_rest(enum undo_source source, struct buffer *sql);
