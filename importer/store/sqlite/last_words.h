/*
 * What a run that could not wait for the write lock says of its end.
 *
 * A run that is told to stop while another one writes must be gone in two
 * seconds, and cannot write its ledger row. It leaves its words in the
 * queue's file (turn.h); the next run that begins puts them into the ledger.
 * Private to importer/store/sqlite.
 */
#pragma once

#include "store/sqlite/sqlite_store.h"

/* Leave words; `error_json` may be empty, and is left out where it is too long. False where they
 * could not be left, or the outcome is another than failed or cancelled. */
must_use bool last_words_leave(struct store *store, const struct run_ticket *ticket, const struct run_end *end,
                               struct slice error_json);

/* Inside a transaction: put all words into the ledger and give back the leases of those who left them. `ret_bytes`: for last_words_drop. */
must_use int last_words_write(struct store *store, int64_t *ret_bytes, struct error *err);

/* After its commit: forget the words of these bytes, unless more have come; those are written once more, which changes nothing. */
void last_words_drop(struct store *store, int64_t bytes);
