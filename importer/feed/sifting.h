/*
 * The sift before the decoder and the parser: pairs what both say of records,
 * tells known ones in their order, and leads the parser's places back to those
 * of the whole feed.
 */
#pragma once

#include "feed/encoding.h"
#include "feed/reader.h"
#include "feed/sift.h"

struct sifting;

struct sifting_setup {
	const struct feed_known *known;
	const struct encoding *encoding;
	size_t mark_size;
	struct slice head; /* as reader_setup has it; borrowed for the call */
	enum feed_format format;
	const struct csv_options *csv;
	struct recorder *recorder;     /* of the parser; has the caller's sink, and gets another one */
	const struct decoder *decoder; /* of what is passed */
	/* Takes bytes to decode and parse. */
	int (*push)(void *context, struct slice raw, struct error *err);
	void *context;
};

/* All that `setup` points to outlives it. NULL with `err` set when memory is exhausted. */
must_use struct sifting *sifting_new(const struct sifting_setup *setup, struct error *err);
void sifting_free(struct sifting *sifting);

must_use int sifting_push(struct sifting *sifting, struct slice raw, struct error *err);

/* The feed has ended; the parser is to be told so behind this. */
must_use int sifting_finish(struct sifting *sifting, struct error *err);

/* The parser has read everything, too: -1 with ERROR_COUNTS where it has not read the records that were passed. */
must_use int sifting_check(struct sifting *sifting, struct error *err);

/* A failure's place in what was passed becomes its place in the feed: of its line only where nothing was left out before. */
void sifting_locate(const struct sifting *sifting, struct error *err);

/* Where the first byte without a meaning stands in the decoded stream of the whole feed; there is one. */
uint64_t sifting_undefined_offset(const struct sifting *sifting);

enum sift_blindness sifting_blindness(const struct sifting *sifting);
