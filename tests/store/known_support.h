/* Runs of jobs that leave out what they know, and stores to compare them in. */
#pragma once

#include "apply_support.h"
#include "store/known.h"

struct known_run {
	struct run_result result;
	uint32_t offered;     /* records that the job knew */
	int64_t known;        /* … and that were left out */
	bool was_in_doubt;    /* ERROR_KNOWN: it was read in full */
	bool awaits_or_waits; /* the job has to read the same feed again */
};

/* The feed's entries, without those of records that are known: entries of known records in their place. free() what `ret_entries` gets. */
size_t known_filter(const struct feed *feed, const struct known_records *known, struct batch_entry ***ret_entries);

/* One run; `uses_known`: records that the job knows with this seed are not read. */
void known_run(struct world *world, const struct feed *feed, const struct run_options *options, const char *seed, bool uses_known,
               struct known_run *ret_run);

/* A store of its own that is just as `world` is. */
void world_copy(struct world *world, struct world *ret_copy);
