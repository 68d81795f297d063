/*
 * A filter before the XML parser that mends what faulty feeds do most:
 *   - a '&' that begins no reference to a character or known entity is escaped;
 *   - characters that XML forbids, and references to them, are dropped;
 *   - what stands before the prolog is dropped.
 * In CDATA sections, comments, processing instructions and the DOCTYPE a '&'
 * is left alone. Text in UTF-8, cut anywhere; what is not UTF-8 is passed on.
 */
#pragma once

#include "base/limits.h"
#include "feed/lenient_places.h"

/* What the filter is in the midst of. */
enum lenient_section {
	LENIENT_CONTENT, /* text and tags, which are treated alike */
	LENIENT_CDATA,
	LENIENT_COMMENT,
	LENIENT_INSTRUCTION,
	LENIENT_DOCTYPE,
};

#define LENIENT_REFERENCE_MAX 64 /* bytes; what is longer is passed on */

struct lenient {
	enum lenient_section section;
	enum lenient_section outer; /* of a comment or instruction */
	char markup[9];             /* the start of '<!--', '<![CDATA[' …, passed on already */
	size_t markup_size;
	char reference[LENIENT_REFERENCE_MAX]; /* the start of what may be one, held back */
	size_t reference_size;
	char wide[2]; /* the start of what may be U+FFFE or U+FFFF, held back */
	size_t wide_size;
	unsigned ends;         /* how much of the end of a section has been seen: ']]' or '--' or '?' */
	unsigned subsets;      /* LENIENT_DOCTYPE: '[' that are open */
	char quote;            /* LENIENT_DOCTYPE: inside a literal */
	uint64_t skip;         /* bytes before the prolog still to be dropped */
	uint64_t offset;       /* of the next byte of the text as it came */
	int64_t line;          /* it stands in */
	int64_t column_shift;  /* in that line, so far */
	int64_t skipped_lines; /* of what stood before the prolog */
	uint64_t mended;       /* bytes of mended text so far */
	uint64_t counts[LENIENT_MEND_COUNT];
	struct lenient_place first; /* place at all; offset UINT64_MAX = none yet */
	struct lenient_place run;   /* characters being dropped; count 0 = none */
	struct lenient_places places;
	/* Takes mended text; NULL = places are only counted. */
	int (*write)(void *context, struct slice text, struct error *err);
	void *context;
	size_t out_size;
	char out[LIMIT_READ_PIECE];
};

/* A filter for a text that begins in `section`; the first `skip` bytes stand before the prolog. Large: not on the stack. */
void lenient_init(struct lenient *lenient, enum lenient_section section, uint64_t skip);
void lenient_release(struct lenient *lenient);

/* -1: ERROR_MEMORY, ERROR_LIMIT, or what write() returned. */
must_use int lenient_push(struct lenient *lenient, struct slice text, struct error *err);
must_use int lenient_finish(struct lenient *lenient, struct error *err);

/* All places so far. */
uint64_t lenient_count(const struct lenient *lenient);
