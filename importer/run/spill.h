/*
 * Batches of a slow reader, held back on disk: a file without a name in the
 * spool folder, so that nothing is left of it whatever becomes of the run.
 * Written to its end first, then read once from its start.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct spill {
	int fd; /* -1 = not begun */
	const char *folder;
	int64_t bytes;
	int64_t max_bytes;
};

/* clang-format off */
#define SPILL_INIT {.fd = -1}
/* clang-format on */

/* Begin in `folder`, which is borrowed. ERROR_SYSTEM. */
must_use int spill_open(struct spill *spill, const char *folder, int64_t max_bytes, struct error *err);

/* One more batch. ERROR_SYSTEM (a full disk), ERROR_LIMIT. */
must_use int spill_write(struct spill *spill, const void *batch, size_t size, struct error *err);

/* After the last: back to the first. */
must_use int spill_rewind(struct spill *spill, struct error *err);

/* The size of the next batch, or 0 behind the last; then its bytes. */
must_use int spill_next(struct spill *spill, size_t *ret_size, struct error *err);
must_use int spill_read(struct spill *spill, void *batch, size_t size, struct error *err);

/* A no-op where it was not begun. */
void spill_close(struct spill *spill);
