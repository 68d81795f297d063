/* A first dialect for an unknown feed: what was guessed, with a comment wherever the guess wants a look. */
#pragma once

#include "base/buffer.h"
#include "probe/guess.h"

struct dialect_draft {
	const char *source; /* masked, for the heading */
	const struct probe_report *report;
	const struct guess *guess;
};

/*
 * Append the dialect's YAML. -1: ERROR_FEED where no field can be the id
 * (nothing can be imported without one), ERROR_MEMORY.
 */
must_use int dialect_draft_write(const struct dialect_draft *draft, struct buffer *buffer, struct error *err);

/* Does the feed say nowhere in which currency its prices are? */
bool dialect_draft_lacks_currency(const struct dialect_draft *draft);
