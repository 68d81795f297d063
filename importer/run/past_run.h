/*
 * An earlier run, as the ledger has it, and what is to be known of its fetch
 * so that its spooled bytes can be imported again. The ledger is a file that
 * others may have changed: everything is checked.
 */
#pragma once

#include "base/arena.h"
#include "base/json.h"
#include "fetch/fetch.h"
#include "store/store.h"

#define PAST_RUN_BYTES_MAX ((size_t)8 * 1024 * 1024) /* of the arena for one */

struct past_run {
	int64_t run_id;
	const char *job; /* texts live in the arena; '' where the ledger has nothing */
	const char *catalog;
	const char *trigger;
	const char *outcome;
	const char *source; /* masked */
	const char *plan_digest;
	const char *guard;            /* JSON */
	const char *settings;         /* JSON */
	const char *fetched;          /* JSON */
	int64_t approved_by_run_id;   /* of a held run; 0 = none */
	int64_t superseded_by_run_id; /* of a held run; 0 = none */
};

/* Read the row of a run. -1: ERROR_NOT_FOUND, ERROR_MEMORY, those of the store. */
must_use int past_run_read(struct store *store, int64_t run_id, struct arena *arena, struct past_run *ret_run, struct error *err);

/* Does it wait for an approval? ERROR_REFUSED says why not. */
must_use int past_run_check_held(const struct past_run *run, struct error *err);

/* What the column `fetched` says of `feed`; `source_digest` tells whose validators they are. */
void past_run_append_fetched(const struct fetch_result *feed, const char *source_digest, struct json_writer *json);

#define SOURCE_DIGEST_SIZE 65

/*
 * Back again: facts of the fetch, without a path. -1: ERROR_NOT_FOUND (the run has fetched no feed), ERROR_STORE (the
 * column says something else than past_run_append_fetched() writes).
 */
must_use int past_run_fetched(const struct past_run *run, struct fetch_result *ret_feed, char ret_source_digest[SOURCE_DIGEST_SIZE],
                              struct error *err);
