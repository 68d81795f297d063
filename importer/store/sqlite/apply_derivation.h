/*
 * The product that nobody states: a pure function of its present SKUs, told
 * one at a time in the order of their ids (bytewise), in fixed memory.
 * Private to importer/store/sqlite.
 *
 * The representative is the SKU with the smallest id.
 */
#pragma once

#include "store/sqlite/apply_row.h"

#include "base/buffer.h"
#include "base/limits.h"

/* A SKU as far as its product depends on it. Text is borrowed for the call. */
struct derivation_sku {
	struct slice sku_id;
	int64_t product_link;
	struct slice name;
	struct slice description;
	struct slice url;
	struct slice brand;
	struct slice images;
	struct slice attributes;
	struct slice tags;
	struct slice categories;
	bool is_active;
};

/* Those cells of a row of SKU `id`, borrowed from it. */
void derivation_sku_from_cells(struct slice id, const struct cell *cells, struct derivation_sku *ret_sku);

/* The columns of a SKU in struct derivation_sku: a change elsewhere leaves its product as it is. */
column_mask derivation_columns(void);

/* A value that all who state it must agree on. */
struct derivation_shared {
	struct buffer text;
	bool differs;
};

/* Category ids beside the representative's, in order; at most as many as a list may have, the smallest. */
struct derivation_ids {
	char (*slots)[LIMIT_ID_BYTES];
	uint16_t sizes[LIMIT_LIST_ITEMS];
	uint16_t order[LIMIT_LIST_ITEMS]; /* slots by content */
	size_t count;
};

struct derivation {
	size_t skus;
	bool has_active;
	bool is_self;
	struct buffer name;   /* the first one stated */
	struct buffer prefix; /* of all names, as bytes */
	bool prefix_is_whole; /* every name goes on behind it with a separator, or ends there */
	struct buffer url;
	struct buffer images;
	struct buffer attributes;
	struct buffer tags;
	struct buffer categories; /* what finish makes of all */
	struct derivation_shared description;
	struct derivation_shared brand;
	struct derivation_ids others;
	struct buffer representative; /* the representative's categories */
	struct buffer scratch;
};

void derivation_init(struct derivation *derivation);
void derivation_release(struct derivation *derivation);

/* Forget the last product, keep the memory. */
void derivation_clear(struct derivation *derivation);

/* -1 with ERROR_MEMORY. */
must_use int derivation_add(struct derivation *derivation, struct slice product_id, const struct derivation_sku *sku,
                            struct error *err);

/* The product's cells, borrowed until the next clear; at least one SKU was added. */
must_use int derivation_finish(struct derivation *derivation, struct cell *ret_cells, struct error *err);
