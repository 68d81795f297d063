/* Shared by the files that compute figures. Private to importer/store/sqlite. */
#pragma once

#include "store/figures.h"
#include "store/sqlite/apply_private.h"

/* A statement with the keys of catalogue, job and run as ?1, ?2 and ?3; the caller finalizes. NULL with `err` set. */
must_use sqlite3_stmt *figures_prepare(struct apply *apply, const char *sql, struct error *err);

/* apply_groups.c: first the products of SKUs that begin to be absent, then what they are to categories and brands. */
must_use int figures_gather_absent(struct apply *apply, struct error *err);
must_use int figures_read_categories(struct apply *apply, const struct group_limits *limits, struct group_figures *ret_groups,
                                     struct error *err);
must_use int figures_read_brands(struct apply *apply, const struct group_limits *limits, struct group_figures *ret_groups,
                                 struct error *err);

/* apply_values.c: what became of the values of SKUs that stay; `share` is that by which a price is another one. */
must_use int figures_read_values(struct apply *apply, int64_t share, struct store_figures *figures, struct error *err);
