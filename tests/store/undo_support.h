/* Undoing runs, and all that must come back. */
#pragma once

#include "apply_history.h"
#include "store/undo.h"

/* What an undo left, or said. */
struct undo_result {
	int64_t run_id; /* of the undo itself */
	int64_t conflict_count;
	struct run_counts counts;
	char conflicts[4096]; /* 'sku s1 name: "old" is "new" (run 3)', a line each, as far as they fit */
};

/* True: undone. False: it had conflicts and did nothing. Anything else fails the test. */
bool undo_run(struct world *world, int64_t run_id, bool keep_later, struct undo_result *ret_result);

/* It must succeed without conflicts. */
void undo_cleanly(struct world *world, int64_t run_id, struct undo_result *ret_result);

/* It is refused with these words. */
void assert_undo_refused(struct world *world, int64_t run_id, const char *words);

/* Every row of the catalogue with its owners and what decides the next run, by natural keys. free() it. */
char *dump_all(struct world *world, const char *catalog);
void assert_dump(struct world *world, const char *catalog, const char *expected);
