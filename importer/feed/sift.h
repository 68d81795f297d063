/*
 * Leaves out of a feed the records that are known already, on its raw bytes,
 * so that the one parser behind it reads only what is new.
 *
 * The sift finds where records begin and end, takes a fingerprint of each, and
 * asks whether it is known. All bytes but those of known records are passed on
 * in order, and with them a well-formed document of the same format; the white
 * space and the commas of what is left out go with it. To pass everything is
 * always right, and is what the sift does where it is in doubt: it goes blind.
 *
 * Why no fault is hidden. Let a record be called known only where a parser has
 * read exactly its bytes, in the same context, as one faultless record.
 *   - Outside of records, and in those that are passed, the parser sees every
 *     byte, and fails where it would have failed.
 *   - As long as it has not failed, the sift is at the same place of the same
 *     structure as the parser: it follows tags, comments, CDATA sections,
 *     instructions, strings and quotes by the grammar, and goes blind at
 *     anything that the grammar does not allow where it has to decide. So the
 *     bytes of a known record stand where a record may stand, and reading them
 *     would have brought the parser to the place behind them.
 *   - Nothing is made whole by what is left out. In XML a record is left out
 *     only where nothing but white space stands between it and the markup
 *     before it: '&am', a record, 'p;' stays as it is. In JSON a comma goes
 *     with each item left out, and an item only where ',' or ']' follows it;
 *     in JSON Lines a line only where nothing else stands in it; in a table
 *     rows, with their line breaks. Where a comma leads to nothing, it is
 *     passed, and the parser takes offence.
 * What counts over a whole feed (names, LIMIT_NAMES) is counted by the parser
 * without the records left out.
 *
 * What a record is taken for depends on more than its bytes, and that goes into
 * its fingerprint: the seed, the encoding, its depth, which selectors it fits,
 * the namespaces declared around it, the header and the delimiter of a table,
 * and what the caller says, see sift_set_context().
 *
 * Not sifted: encodings in which ASCII is not written as such; XML with an
 * internal subset of a document type definition; records of JSON that are not
 * items of an array; grouped rows. Keys of JSON that lead to records are passed
 * always, so that one that comes twice is told; one that is written with
 * escapes blinds the sift.
 *
 * Memory: a record at its limit at most, where pieces cut one.
 */
#pragma once

#include "base/error.h"
#include "base/hash.h"
#include "feed/encoding.h"
#include "feed/feed.h"

enum sift_blindness {
	SIFT_SEES,
	SIFT_BLIND_ENCODING,
	SIFT_BLIND_SELECTION, /* nobody said what is wanted when the root had been passed */
	SIFT_BLIND_ROWS,
	SIFT_BLIND_SUBSET,
	SIFT_BLIND_GRAMMAR, /* something stands where nothing of the kind may: the parser will say so */
	SIFT_BLIND_NAMESPACE,
	SIFT_BLIND_KEY,
	SIFT_BLIND_SIZE,
};

/* Why, as a clause: 'the feed is not written in …'. NULL for SIFT_SEES. */
const char *sift_blindness_text(enum sift_blindness blindness);

struct sift_options {
	enum feed_format format;
	const struct encoding *encoding; /* outlives the sift */
	const struct name_table *names;  /* that selectors refer to; only looked at */
	uint64_t seed;
	uint64_t raw_offset;           /* of the first byte to be pushed: behind a byte order mark */
	const struct csv_options *csv; /* FEED_CSV; outlives the sift */
	struct slice head; /* FEED_CSV: the decoded first bytes of the feed, as its reader has them; borrowed for sift_new() */
};

struct sift_record {
	bool has_fingerprint; /* without one it cannot be known: too large, the root, no item of an array, bytes without a meaning */
	struct hash128 fingerprint;
	uint64_t raw_offset;
	uint64_t raw_size; /* 0 where it has no fingerprint */
};

/* Each returns 0, or -1 with `err` set, which ends the sifting. */
struct sift_sink {
	void *context;
	/* Bytes of the feed that stand at `raw_offset`, never fewer than one; in order, with gaps where records were left out. */
	int (*pass)(void *context, struct slice bytes, uint64_t raw_offset, struct error *err);
	/*
	 * Bytes that are not passed; all before them have been. A known record comes at once behind its record(), with the comma
	 * and white space around it; more white space may follow. NULL = not told.
	 */
	int (*drop)(void *context, struct slice bytes, uint64_t raw_offset, struct error *err);
	/*
	 * What is wanted, once the root has been passed: its start tag; the first bracket of JSON; the header. NULL = not known
	 * yet. Borrowed until the sift is freed. Records of selectors with may_be_known are told and may be left out.
	 */
	int (*selection)(void *context, const struct feed_selection **ret_selection, struct error *err);
	/*
	 * One record, in feed order. Told when all that stands before it outside of records has been passed, and before its own
	 * last byte is. `ret_is_known`, false beforehand: leave it out? Where it is true and the record can be left out, none of
	 * its bytes are passed, and *ret_is_known is looked at no more; it is not asked where it cannot be.
	 */
	int (*record)(void *context, const struct sift_record *record, bool *ret_is_known, struct error *err);
};

struct sift;

/* NULL with `err` set when memory is exhausted. */
must_use struct sift *sift_new(const struct sift_options *options, struct sift_sink sink, struct error *err);
void sift_free(struct sift *sift);

/*
 * What else the meaning of the records that follow depends on: a hash of the feed's and ancestors' values that are read into
 * them. Zero at first. May be called at any time, and from within pass(), where such a value has just been read. A value that
 * may stand behind records is none to be told so: then no record may be called known.
 */
void sift_set_context(struct sift *sift, struct hash128 context);

/* The next bytes, cut anywhere. -1: what the sink returned, or ERROR_MEMORY; then the sift may only be freed. */
must_use int sift_push(struct sift *sift, struct slice bytes, struct error *err);

/* The feed has ended: what was held back is decided. */
must_use int sift_finish(struct sift *sift, struct error *err);

enum sift_blindness sift_blindness(const struct sift *sift);

struct sift_counts {
	uint64_t records;
	uint64_t known;         /* left out */
	uint64_t dropped_bytes; /* theirs, and those between them */
	uint64_t passed_bytes;
};
struct sift_counts sift_counts(const struct sift *sift);
