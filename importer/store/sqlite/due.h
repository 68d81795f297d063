/* Instants of schedules, inside the transaction that begins a run. Private to importer/store/sqlite. */
#pragma once

#include "store/due.h"
#include "store/sqlite/sqlite_store.h"

/*
 * May a run be begun for the instant of `start`? `ret_attempt`: which one it is. A run that takes the instant now, or does
 * not live any more without anybody knowing, sets `ret_is_running`: its lease tells. -1: ERROR_NOT_DUE, ERROR_TOO_EARLY.
 */
must_use int due_check(struct store *store, const struct run_start *start, int64_t *ret_attempt, bool *ret_is_running,
                       struct error *err);
