/*
 * What the first bytes of a feed tell: that it is none, its encoding and its
 * format.
 *
 * A byte order mark wins over the XML declaration, that over the HTTP header,
 * that over UTF-8. A declaration that the bytes disprove does not count:
 * 'UTF-16' in bytes that read as ASCII is UTF-8, as browsers have it.
 */
#pragma once

#include "base/error.h"
#include "base/limits.h"
#include "feed/encoding.h"
#include "feed/feed.h"

/* Bytes that sniffing wants to see, where the feed has as many. */
#define SNIFF_BYTES ((size_t)LIMIT_READ_PIECE)

struct sniffed {
	const struct encoding *encoding;
	enum feed_encoding_origin origin;
	size_t mark_size; /* of the byte order mark */
};

/* ERROR_FEED for nothing at all and for compressed bytes. */
must_use int sniff_container(struct slice head, struct error *err);

/* `http_charset` may be empty. -1 with ERROR_FEED for an encoding that we do not read. */
must_use int sniff_encoding(struct slice head, struct slice http_charset, struct sniffed *ret_sniffed, struct error *err);

/*
 * `text` is the decoded head. FEED_XML, FEED_JSON (which may turn out to be
 * JSON Lines) or, for what begins like neither, FEED_CSV. ERROR_FEED for blank
 * and HTML.
 */
must_use int sniff_text(struct slice text, enum feed_format *ret_format, struct error *err);
