/* What tests of histories look at. */
#pragma once

#include "apply_support.h"

int64_t world_number(struct world *world, const char *sql);
int64_t catalog_key(struct world *world, const char *catalog);

/* `sql` with every '@' replaced by the key. free() it. */
char *with_key(const char *sql, int64_t key);

/* Content of what is present in one catalogue, without keys, runs and jobs. free() it. */
char *dump(struct world *world, const char *catalog);

void assert_changes_nothing(const struct run_result *result);

/* A dry run: it leaves all as it was. */
void run_dry(struct world *world, const struct feed *feed, struct run_options options, struct run_result *ret_result);

/* What must be so after any run, of any number of jobs and under any policies. */
void assert_rows_sound(struct world *world, const char *catalog);

/* No SKU of the job, which ran last and wrote everything, is without a product. */
void assert_products_of(struct world *world, const char *catalog, const char *job);
