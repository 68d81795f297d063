/*
 * What a job remembers of the records of its last applied feed: of each that
 * need not be read again its fingerprint, and what it did. A run that meets
 * the same bytes again tells the store so (BATCH_KNOWN), and the store does
 * what reading them would have done.
 *
 * A record is remembered where applying it again to the store as the run left
 * it would change nothing and complain of nothing; the store decides that by
 * what became of its statements. The set holds only as long as nobody but the
 * job changes what it rests on, see struct job_memory.
 */
#pragma once

#include "base/error.h"
#include "base/hash.h"

struct store;
struct run_ticket;
struct known_records;

/*
 * What the job knows in the catalogue; `seed` as it was given to apply_commit in struct job_memory. NULL = nothing: the job has
 * never been applied, what it did was with another seed, somebody changed the catalogue since, or what is stored is damaged.
 * -1 as the functions of store.h.
 */
must_use int store_known_read(struct store *store, const struct run_ticket *ticket, const char *seed,
                              struct known_records **ret_known, struct error *err);

uint32_t known_records_count(const struct known_records *known);

/* So many, in the order of the last feed as far as that is known; entries of a batch refer to their places. */
const struct hash128 *known_records_fingerprints(const struct known_records *known);

/* The same ones stand at `shared` too, which outlives `known`: let go of its own, so that they are in memory once. */
void known_records_drop_fingerprints(struct known_records *known, const struct hash128 *shared);

void known_records_free(struct known_records *known); /* NULL is a no-op */
