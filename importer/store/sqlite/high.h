/* The highest stock of a job by UTC day. Private to importer/store/sqlite. */
#pragma once

#include "store/sqlite/sqlite_store.h"

/*
 * The highest of the seven days that end with the run's. What was noted before the job's last undo does not
 * count: it may be what was undone. ITEM_CATEGORY is not noted; 0 where nothing is.
 */
must_use int high_read(struct store *store, const struct run_ticket *ticket, int64_t ret_high[ITEM_KIND_COUNT], struct error *err);

/* Note what is present after the run; with `is_reset` forget all other days. */
must_use int high_write(struct store *store, const struct run_ticket *ticket, const int64_t present[ITEM_KIND_COUNT], bool is_reset,
                        struct error *err);
