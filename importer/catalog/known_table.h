/*
 * Fingerprints in the order of the last feed, with an index over them: what a
 * reader looks up. One piece of memory without pointers, to be shared between
 * processes. Sixteen bytes a fingerprint, and five to nine for the index.
 */
#pragma once

#include "base/error.h"
#include "base/hash.h"

/* So many at most; LIMIT_RECORDS is below it. */
#define KNOWN_RECORDS_MAX (UINT32_C(1) << 27)

/* The index alone: its slots, and which place a fingerprint has. */
size_t known_index_slots(uint32_t count);

/* `ret_shared`: a bit for each fingerprint, set where it is there more than once; zero at first, NULL = not asked for. */
void known_index_build(uint32_t *slots, const struct hash128 *fingerprints, uint32_t count, unsigned char *ret_shared);
bool known_index_find(const uint32_t *slots, const struct hash128 *fingerprints, uint32_t count, struct hash128 fingerprint,
                      uint32_t *ret_index);

/* Bytes that a table of so many fingerprints takes. */
size_t known_table_size(uint32_t count);

/* Makes a table in `memory`: that many bytes, 8-aligned. */
void known_table_build(void *memory, const struct hash128 *fingerprints, uint32_t count);

struct known_table {
	const struct hash128 *fingerprints;
	const uint32_t *slots;
	uint32_t count;
	uint32_t next; /* the one that is tried first */
};

/* `bytes` (8-aligned) must outlive the table. -1 with ERROR_READER where they are none; what is in it is never believed. */
must_use int known_table_open(struct slice bytes, struct known_table *ret_table, struct error *err);

/* Its place, from 0. Of several equal ones any, but the one behind the one found last where that is one of them. */
bool known_table_find(struct known_table *table, struct hash128 fingerprint, uint32_t *ret_index);
