/*
 * How the configured jobs are, as a text file for the textfile collector of
 * Prometheus' node_exporter (text exposition format 0.0.4).
 */
#pragma once

#include "base/buffer.h"
#include "base/clock.h"
#include "config/config.h"
#include "store/store.h"

/* Append the text as of `now_ms`. -1: as store.h has it, ERROR_MEMORY, ERROR_LIMIT (more than the buffer takes). */
must_use int metrics_append(struct buffer *text, const struct config *config, struct store *store, int64_t now_ms,
                            struct error *err);

/*
 * Replace the file that `config->metrics` names, whole, with rights 0644. Of several that write at once the last one tells
 * the latest: they look at the store one after the other. Where somebody waits to do so already, it is left to them, so that of a
 * burst of runs two write. Without `metrics` nothing is done.
 * 0; -1: ERROR_SYSTEM (its folder must be there, and be ours to write), ERROR_STORE_BUSY (others write it all the time), as above.
 */
must_use int metrics_write(const struct config *config, const char *store, struct clock clock, struct error *err);
