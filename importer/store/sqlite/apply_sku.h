/* A SKU's statement and its row, as the files about SKUs share them. Private to importer/store/sqlite. */
#pragma once

#include "store/sqlite/apply_private.h"

/* Price and stock of a SKU may come from jobs of their own. */
enum offer_half { OFFER_PRICE, OFFER_STOCK, OFFER_HALF_COUNT };

struct sku_item {
	struct slice id;
	struct item_place place;
	struct cell cells[SKU_COLUMN_COUNT];
	column_mask stated; /* what the statement speaks of */
	column_mask kept;   /* where it does not, and the stored value stays */
};

struct sku_row {
	struct stored_row stored;
	int64_t half_job_keys[OFFER_HALF_COUNT];
};

static inline bool sku_is_present(const struct sku_row *row)
{
	return !cell_is_text(&row->stored.cells[SKU_COLUMN_STATUS], "missing");
}

struct sku_rewrite {
	const struct cell *cells; /* as they shall be */
	column_mask mask;         /* those that differ */
	enum change_action action;
	bool adopts;
};

/* apply_sku.c */

/* The row of that id, its cells borrowed until the next find: 1, 0 = none, -1. */
must_use int sku_find(struct apply *apply, struct slice id, struct sku_row *ret_row, struct error *err);
must_use int sku_rewrite(struct apply *apply, const struct sku_item *item, const struct sku_row *row,
                         const struct sku_rewrite *rewrite, struct error *err);
/* A statement against what is there by now, whatever else its record is. */
must_use int sku_apply(struct apply *apply, struct sku_item *item, enum sku_outcome *ret_outcome, struct error *err);
must_use int sku_count_duplicate(struct apply *apply, const struct sku_item *item, column_mask difference, struct error *err);
must_use int sku_skip(struct apply *apply, const struct sku_item *item, const struct sku_row *row, enum policy_verdict verdict,
                      enum sku_outcome *ret_outcome, struct error *err);
/* A row that was kept for a rejected record is named by a good one, or left alone. */
must_use int sku_set_mark(struct apply *apply, const struct sku_row *row, enum mark mark, struct error *err);

/* apply_alone.c */

/* It names no product: whether it is one itself shows at the end of the feed. */
must_use int alone_state(struct apply *apply, const struct sku_item *item, struct error *err);
/* It waits until all have been seen; `is_superseded`: another one of its id takes its place, and it comes behind that. */
must_use int alone_hold(struct apply *apply, const struct sku_item *item, bool is_superseded, struct error *err);

/* apply_offer.c */

/* The columns of the halves that another job has, and this one may not write. */
column_mask offer_held_columns(const struct apply *apply, const struct sku_row *row);

/* The owner writes the row: halves of jobs that it takes over from become its own. */
must_use int offer_take_over(struct apply *apply, const struct sku_row *row, struct error *err);

/* Does this job have price or stock of the row? */
bool offer_has_any(const struct apply *apply, const struct sku_row *row);

/* Scope prices: a statement against the row of its SKU. */
must_use int offer_state(struct apply *apply, const struct sku_item *item, const struct sku_row *row, enum sku_outcome *ret_outcome,
                         struct error *err);

/* apply_language.c, scope texts: a statement against the values of its item in the job's language */
must_use int text_state_sku(struct apply *apply, const struct sku_item *item, enum sku_outcome *ret_outcome, struct error *err);
