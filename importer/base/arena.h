/*
 * Memory that is freed all at once: a record's, a run's, a file's.
 *
 * Bounded by a maximum told at birth, against which each request counts
 * rounded up to the alignment. Results are aligned for any type and live until
 * reset or release. Reset keeps the first block (16 KiB) for reuse.
 */
#pragma once

#include "base/slice.h"

struct arena_block;

struct arena {
	struct arena_block *blocks;
	size_t used; /* bytes handed out since the last reset, rounded up */
	size_t max;
};

void arena_init(struct arena *arena, size_t max_bytes);
void arena_release(struct arena *arena);
void arena_reset(struct arena *arena);

/*
 * Take over what `other` has handed out, and leave it empty: it lives as long as what is of this arena. False where that makes
 * more than the maximum; it is taken over all the same, and nothing more can be had until release.
 */
must_use bool arena_adopt(struct arena *arena, struct arena *other);

/* `size` bytes of zeroes, or NULL when the maximum or memory is exhausted. */
must_use void *arena_alloc(struct arena *arena, size_t size);

/* As arena_alloc, but whatever was there stays. */
must_use void *arena_take(struct arena *arena, size_t size);

/* A copy with a NUL behind it; false on failure, `ret_copy` untouched. */
must_use bool arena_copy(struct arena *arena, struct slice text, struct slice *ret_copy);

/* A NUL-terminated copy, or NULL. */
must_use char *arena_text(struct arena *arena, struct slice text);
