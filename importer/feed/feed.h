/*
 * From the bytes of a spool to records, in one pass and fixed memory.
 *
 * The caller learns the root first and answers with what it wants to see (a
 * selection); each selected element is handed over as a record when its end
 * tag has been read. The end of the document proves the feed whole: only
 * then does feed_read return 0.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "feed/record.h"

enum feed_encoding_origin { ENCODING_FROM_BOM, ENCODING_FROM_DECLARATION, ENCODING_FROM_HTTP, ENCODING_BY_DEFAULT };

struct feed_root {
	uint32_t local;
	uint32_t space;
	const uint32_t *declared_spaces; /* URIs of xmlns declarations on the root */
	size_t declared_space_count;
};

/* A path of element names from the root: /yml_catalog/shop/offers/offer. */
struct feed_step {
	uint32_t local; /* NAME_NONE = any name */
	uint32_t space; /* NAME_NONE = any namespace, or none */
};

struct feed_selector {
	const struct feed_step *steps;
	size_t step_count;
	bool attributes_only; /* hand over at the start tag, without content: for ancestors of other selections */
};

struct feed_selection {
	const struct feed_selector *selectors;
	size_t selector_count;
};

/* Each returns 0, or -1 with `err` set, which ends the reading with that error. */
struct feed_sink {
	void *context;
	/* Once, at the root's start tag. The selection is borrowed until feed_read returns. */
	int (*root)(void *context, const struct feed_root *root, struct feed_selection *ret_selection, struct error *err);
	/*
	 * An element that selector number `selector` matches. An element inside a selected one is part of it and not selected by
	 * itself. Where several selectors match one element each gets it, those for attributes only at its start tag.
	 */
	int (*record)(void *context, size_t selector, const struct record *record, struct error *err);
	/*
	 * A record at `stream_offset` was left out because of a limit named by `text`; the stream goes on behind it. `head` is its
	 * element with its attributes and those children without children and with a small text that had been read by then.
	 */
	int (*oversize)(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
	                struct error *err);
	/* `count` bytes had no meaning in the feed's encoding and were read as U+FFFD, the first at `stream_offset`. Once, at the end. */
	int (*undefined_bytes)(void *context, uint64_t count, uint64_t stream_offset, struct error *err);
};

struct feed_options {
	struct slice http_charset; /* of the Content-Type header; empty = none; a name nobody knows counts as none */
	size_t piece_max;          /* bytes handed to the parser at a time, at most LIMIT_READ_PIECE; 0 = that */
};

struct feed_summary {
	char encoding[24]; /* canonical name: 'UTF-8', 'windows-1251' */
	enum feed_encoding_origin encoding_origin;
	uint64_t bytes; /* raw bytes read */
};

/*
 * Read a feed to its end. `names` is shared with the sink's owner.
 *
 * Returns 0 when the document was well-formed to its end. -1: ERROR_FEED
 * (malformed, cut short, an HTML page, an encoding we do not read, an entity
 * declaration, compressed bytes) with line, column (in the decoded text) and
 * byte (of the decoded stream) where known; ERROR_LIMIT; what the sink or the
 * source returned. Memory: one record, the parser, and the name table.
 * `ret_summary` tells what was known by then, after a failure too (encoding
 * '' = not found out). libxml2's loader of external entities is replaced for
 * the whole process by one that loads nothing.
 */
must_use int feed_read(struct byte_source source, const struct feed_options *options, struct name_table *names,
                       struct feed_sink sink, struct feed_summary *ret_summary, struct error *err);
