/*
 * What the reader process is told: dialects and options, as one flat text in
 * a memory file. Written by the run, read by the reader; nothing in it is
 * secret.
 */
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "base/hash.h"
#include "dialect/dialect.h"
#include "run/dialects.h"
#include "run/explanation.h"

/* What the reader is to do with the feed. */
enum reader_task {
	READER_IMPORT,  /* batches of statements */
	READER_PROBE,   /* one report of what the feed is */
	READER_EXPLAIN, /* where the fields of one item come from */
	READER_TASK_COUNT
};

struct reader_request {
	enum reader_task task;
	const struct dialect_text *dialects;
	size_t dialect_count;
	const struct dialect_zone *zones; /* that dialects name. Decoded, they are parsed */
	size_t zone_count;
	struct mapper_options mapper;
	struct slice zone_name; /* of dates without an offset; empty = mapper.offset_minutes */
	struct slice zone_data; /* its TZif file: the reader opens none. Decoded, it is mapper.zone */
	struct slice http_charset;
	bool is_json_lines;           /* its name or type says so */
	bool is_lenient;              /* mend small faults of the document */
	bool is_cage_required;        /* the whole of it, else nothing is read */
	bool takes_fingerprints;      /* READER_IMPORT: of records, so that they may be known the next time */
	bool has_known;               /* … and those in READER_KNOWN_FD are left out */
	uint64_t seed;                /* of fingerprints, see reader_request_seed() */
	struct explanation_wish wish; /* READER_EXPLAIN */
};

/* Append the request to `buffer`; ERROR_MEMORY. */
must_use int reader_request_encode(const struct reader_request *request, struct buffer *buffer, struct error *err);

/*
 * The seed of fingerprints: all that the request says of how records are read, and `digest`, which stands for what else
 * decides what becomes of them. ERROR_MEMORY.
 */
must_use int reader_request_seed(const struct reader_request *request, struct hash128 digest, uint64_t *ret_seed,
                                 struct error *err);

/* The request in `bytes`, which it borrows; lists live in `arena`. ERROR_READER where it does not check. */
must_use int reader_request_decode(struct slice bytes, struct arena *arena, struct reader_request *ret_request, struct error *err);
