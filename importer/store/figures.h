/*
 * Figures of a finished plan, for the rules that look at it before it is
 * applied. Everything is computed inside the run's transaction, and only as
 * far as a rule could bite: an ordinary run asks for next to nothing.
 *
 * Shares are hundredths of a percent.
 */
#pragma once

#include "store/store.h"

#define FIGURES_GROUPS_MAX 10
#define FIGURES_TEXT_SIZE 128

/* Groups of SKUs that lose this share of them, and at least so many. */
struct group_limits {
	bool is_wished;
	int64_t percent;
	int64_t count; /* from 1 */
};

struct figures_wish {
	bool high;
	struct group_limits categories;
	struct group_limits brands;
	/* What happened to the values of SKUs that stay is looked at where at least so many were updated; 0 = not at all. */
	int64_t price_count;
	int64_t price_change; /* the share by which a price is another one */
	int64_t currency_count;
	int64_t stock_count;
	const char *feed_sha256; /* the feed of the run, to find it among those of undone runs; NULL = do not */
};

struct group_figure {
	char id[FIGURES_TEXT_SIZE]; /* of the category, or the brand; cut where it is longer */
	char name[FIGURES_TEXT_SIZE];
	int64_t absent;
	int64_t before;
};

struct group_figures {
	struct group_figure groups[FIGURES_GROUPS_MAX]; /* those that lose most first */
	size_t count;
	int64_t total; /* also those that found no place */
};

#define FIGURE_UNKNOWN INT64_C(-1) /* not wished, or it cannot matter */

struct store_figures {
	/* Per kind, of what was there before the run and had not been absent: what this feed is the first to lack, and the rest. */
	int64_t absent[ITEM_KIND_COUNT];
	int64_t stayed[ITEM_KIND_COUNT];
	int64_t present[ITEM_KIND_COUNT]; /* after the run, without what is absent and waits to be removed */
	int64_t high[ITEM_KIND_COUNT];    /* highest present of the last seven days (UTC), this run's beginning included */
	struct group_figures categories;
	struct group_figures brands;
	/* SKUs that stay. */
	int64_t prices_changed; /* lost their price, or have in the same currency one that differs by more than the share */
	int64_t prices_lost;    /* had one above zero */
	bool has_prices;        /* one of them has a price above zero; told where enough were lost */
	int64_t currencies_changed;
	int64_t out_of_stock;  /* were in stock and are not: by availability, or by quantity where that says nothing */
	bool has_stock;        /* one of them is in stock; told where enough are not any more */
	int64_t undone_run_id; /* 0 = the feed is of none, or that one was approved or superseded since */
};

/* After apply_finish(). ERROR_STORE, ERROR_MEMORY. */
must_use int apply_figures(struct apply *apply, const struct figures_wish *wish, struct store_figures *ret_figures,
                           struct error *err);

/* Before apply_commit(): what is present from now on is the measure, however much there was in the last days. */
void apply_reset_high(struct apply *apply);
