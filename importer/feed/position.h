/*
 * Line, column and byte of places in a feed, found again in the spooled
 * bytes: the parser knows offsets in the decoded stream only, and only few
 * of them are ever shown.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

struct feed_position {
	uint64_t stream_offset; /* in: offset in the decoded UTF-8 stream (a byte order mark is not part of it) */
	int64_t line;           /* out, from 1 */
	int64_t column;         /* out, from 1, in characters */
	int64_t byte;           /* out, from 0, in the spooled bytes */
};

/*
 * Fill `positions`, which must be sorted by stream_offset, in one pass over
 * `source` (the spool from its first byte), decoded as `encoding` (a name
 * from struct feed_summary). Stops reading behind the last one. Positions
 * behind the end get line 0. -1 when the source fails or encoding is unknown.
 */
must_use int feed_positions_resolve(struct byte_source source, struct slice encoding, struct feed_position *positions, size_t count,
                                    struct error *err);
