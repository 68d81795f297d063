/*
 * A job's known records in memory and in the store. Private to
 * importer/store/sqlite.
 *
 * In the store: rows of known_segment, each a blob that stands for itself.
 * What the first ones say (the base) the later ones change: a row names
 * records before it, counted over all rows, that are known no more, and has
 * further ones. A head, then 16-byte fingerprints, items, and 32-bit numbers:
 * how many items each profile has; each record's profile; its keys; the
 * records that go. In the machine's own byte order.
 */
#pragma once

#include "store/known.h"
#include "store/sqlite/known_profiles.h"
#include "store/sqlite/sqlite_store.h"

#define KNOWN_SEGMENT_MAGIC UINT32_C(0x534B4D46) /* 'FMKS' on a little-endian machine */
#define KNOWN_SEGMENT_VERSION UINT32_C(1)

struct known_segment_head {
	uint32_t magic;
	uint32_t version;
	struct hash128 checksum; /* of all that follows, with the store's seed */
	uint32_t is_base;
	uint32_t records;
	uint32_t profiles;
	uint32_t items;
	uint32_t keys;
	uint32_t dropped;
};

_Static_assert(sizeof(struct known_segment_head) == 48, "a head without gaps");

/* Where the keys of each so many records begin is kept. */
#define KNOWN_BLOCK 64u

struct known_records {
	struct run_ticket ticket; /* job and catalogue; run_id: the run that the job remembers */
	uint32_t count;
	struct hash128 *own_fingerprints;
	const struct hash128 *fingerprints;
	uint32_t *profiles; /* of each record */
	uint32_t *keys;     /* of the rows that records are about, in order */
	uint32_t key_count;
	uint32_t *block_keys; /* where the keys of every KNOWN_BLOCK-th record begin */
	struct known_profiles table;

	unsigned char *gone; /* a bit for each record of all rows: those that later rows name */
	uint32_t stored;     /* records in all rows */
	uint32_t base;       /* … of the base */
	uint32_t segments;   /* rows */
	uint32_t changes;    /* … behind the base */
	int64_t last_number; /* of the last row */
};

static inline bool known_bit(const unsigned char *bits, uint32_t index)
{
	return (bits[index / 8] >> index % 8 & 1) != 0;
}

static inline void known_bit_set(unsigned char *bits, uint32_t index)
{
	bits[index / 8] = (unsigned char)(bits[index / 8] | 1u << index % 8);
}

static inline void known_bit_clear(unsigned char *bits, uint32_t index)
{
	bits[index / 8] = (unsigned char)(bits[index / 8] & ~(1u << index % 8));
}

/* Walks records by place; cheap where one follows the other. */
struct known_cursor {
	uint32_t index;
	uint32_t key;
};
const uint32_t *known_keys(const struct known_records *known, struct known_cursor *cursor, uint32_t index);

/* known_write.c: what a run leaves */
struct known_source {
	const struct hash128 *fingerprints;
	const uint32_t *profiles;
	const uint32_t *keys; /* of all records, in order */
	uint32_t count;
	const unsigned char *stays; /* a bit for each record: it is remembered */
	const struct known_profiles *table;
	/* Items of categories with their keys, of every profile in use; NULL = they have them. */
	const uint64_t *category_keys;
};

struct known_change {
	const struct known_records *known; /* what is stored; NULL = nothing that is of use */
	struct known_source old;           /* the same ones */
	struct known_source new;
};

/* Inside the transaction: from now on the job knows just those that stay. */
struct known_stored {
	uint32_t records;
	int64_t segment; /* number of the last row */
};
must_use int known_write(struct store *store, const struct run_ticket *ticket, const struct known_change *change,
                         struct known_stored *ret_stored, struct error *err);
must_use int known_forget(struct store *store, const struct run_ticket *ticket, struct error *err);

/* In a transaction of its own: what the job knew and cannot use any more goes. */
must_use int known_prune(struct store *store, const char *job, struct error *err);
