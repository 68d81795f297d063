/*
 * What a run has seen of the rows in the store: two bits a row, by integer
 * key, in blocks that are made when a key of theirs is first marked. Exact,
 * and far below the 32 bytes a record that a run may use. Private to
 * importer/store/sqlite.
 */
#pragma once

#include "base/hash.h"

enum mark {
	MARK_NONE,
	MARK_STATED,  /* named by a statement that counts */
	MARK_KEPT,    /* named by a rejected record only: stays as it is */
	MARK_SKIPPED, /* stated, but left alone: another job's, or out of mode or scope */
};

struct marks {
	struct hash_table blocks; /* block number to its index + 1 */
	unsigned char **bytes;
	size_t count;
	size_t capacity;
	uint64_t last_number;      /* of the block used last */
	unsigned char *last_bytes; /* NULL = none yet */
};

void marks_init(struct marks *marks);
void marks_release(struct marks *marks);

enum mark marks_get(struct marks *marks, int64_t key);

/* False when memory is exhausted. */
must_use bool marks_set(struct marks *marks, int64_t key, enum mark mark);
