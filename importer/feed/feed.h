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

enum feed_format { FEED_XML, FEED_JSON, FEED_JSON_LINES, FEED_CSV };
const char *feed_format_name(enum feed_format format); /* 'XML', 'JSON', 'JSON Lines', 'CSV' */

struct feed_root {
	enum feed_format format;
	uint32_t local; /* XML: the root element; else NAME_NONE */
	uint32_t space;
	/*
	 * What the feed's first bytes (SNIFF_BYTES) hold, as a tree from the root: enough to recognise a dialect by. JSON: the
	 * document as far as it goes; JSON Lines: an array of the first lines; CSV: an array of the first rows, of which the first
	 * has every column (a cell without text where the row lacks it). NULL where there is none. Borrowed for the call.
	 */
	const struct record *sample;
	const uint32_t *declared_spaces; /* URIs of xmlns declarations on the root */
	size_t declared_space_count;
};

/*
 * A path of names from the root: /yml_catalog/shop/offers/offer. In JSON the
 * root value is the first step and has no name, nor have items of arrays:
 * $.products[*] is {any} {products} {any}. JSON Lines are read as an array of
 * their lines, CSV as an array of its rows (or groups of rows).
 */
#define FEED_STEP_ITEM UINT32_MAX /* as `local`: only what has no name */

struct feed_step {
	uint32_t local; /* NAME_NONE = any name or none */
	uint32_t space; /* NAME_NONE = any namespace, or none */
};

/* Does the element `step` fit the step that is `wanted`? */
static inline bool feed_step_fits(struct feed_step wanted, struct feed_step step)
{
	if (wanted.space != NAME_NONE && wanted.space != step.space)
		return false;
	return wanted.local == NAME_NONE || wanted.local == (step.local == NAME_NONE ? FEED_STEP_ITEM : step.local);
}

struct feed_selector {
	const struct feed_step *steps;
	size_t step_count;
	bool attributes_only; /* hand over at the start tag, without content: for ancestors of other selections */
	bool may_be_known;    /* its records say nothing of others: one whose bytes are known need not be read, see sift.h */
};

struct feed_selection {
	const struct feed_selector *selectors;
	size_t selector_count;
	/* CSV only */
	const uint32_t *group_columns; /* adjacent rows with the same cells here make one record; borrowed */
	size_t group_column_count;     /* 0 = each row is one */
	const uint32_t *json_columns;  /* cells read as JSON; borrowed */
	size_t json_column_count;
};

/* A fault in the document that reading went on behind. */
enum feed_fault {
	FEED_FAULT_MENDED,       /* lenient: escaped or dropped; `text` says which */
	FEED_FAULT_KEY_REPEATED, /* `text` is the key */
	FEED_FAULT_ROW_LENGTH,   /* `text` says how many cells of how many */
	FEED_FAULT_CELL_INVALID,
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
	/* A record at `stream_offset` was left out because it is known, see feed_options.known. In order with records. NULL = not told. */
	int (*known)(void *context, struct hash128 fingerprint, uint64_t stream_offset, struct error *err);
	/*
	 * A record at `stream_offset` was left out because of a limit named by `text`; the stream goes on behind it. `head` is its
	 * element with its attributes and those children without children and with a small text that had been read by then; of an
	 * array of objects, as a group of rows is, its first object with such children.
	 */
	int (*oversize)(void *context, size_t selector, uint64_t stream_offset, const struct record *head, const char *text,
	                struct error *err);
	/*
	 * Told before the record that it stands in, or at once where it stands in none. Counting and capping is the sink's.
	 * NULL = not told.
	 */
	int (*fault)(void *context, enum feed_fault fault, uint64_t stream_offset, struct slice text, struct error *err);
	/*
	 * `count` bytes had no meaning in the feed's encoding and were read as U+FFFD, the first at `stream_offset`. Once, at the
	 * end. NULL = not told.
	 */
	int (*undefined_bytes)(void *context, uint64_t count, uint64_t stream_offset, struct error *err);
};

/* How a text table is written; what is left zero is found out from its first lines. */
struct csv_options {
	char delimiter;          /* ',' ';' '\t' '|' '~', or '\0' */
	char comment;            /* lines before the header that begin with it are skipped; '\0' = '#' */
	unsigned header_line;    /* which line behind comments has the column names, from 1; 0 = 1 */
	unsigned first_row_line; /* where rows begin, from 1; 0 = behind the header */
};

/*
 * Records that need not be read again, by their fingerprints. Asked for each record of a selector with may_be_known, in feed
 * order, where the feed can be sifted, see feed/sift.h. A fingerprint that was told with a record may be called known once
 * that record has been read without a fault or complaint that is to be told again, in a feed that was read to its end.
 */
struct feed_known {
	void *context;
	uint64_t seed; /* of fingerprints: for all that the meaning of records depends on beside the feed */
	bool (*is_known)(void *context, struct hash128 fingerprint);
	/*
	 * A hash of what the sink has been told so far that the meaning of further records depends on: values of the feed, of
	 * ancestors. Where such a value may come behind records, is_known() must answer false. NULL = nothing.
	 */
	struct hash128 (*scope)(void *context);
};

struct feed_options {
	struct csv_options csv;
	const struct feed_known *known; /* NULL = every record is read; outlives the reading */
	bool is_csv;                    /* the dialect says so: text that is neither XML nor JSON is a table anyway */
	bool is_json_lines;             /* its name or type says so: one line with one value is JSON Lines too, not a document */
	bool is_lenient;                /* XML: mend stray '&', control characters, what stands before the prolog */
	struct slice http_charset;      /* of the Content-Type header; empty = none; a name nobody knows counts as none */
	size_t piece_max;               /* bytes handed to the parser at a time, at most LIMIT_READ_PIECE; 0 = that */
};

/* Do the name of a source (a path or URL) or its media type say that it is JSON Lines? */
bool feed_is_named_json_lines(struct slice source, struct slice media_type);

struct feed_summary {
	enum feed_format format;
	bool may_be_lines; /* one line with one value: a document, or what is left of JSON Lines */
	bool is_whole;     /* the end of the document proves it: XML and JSON; JSON Lines and CSV need a length or checksum */
	uint64_t mended;   /* places that is_lenient mended */
	char encoding[24]; /* canonical name: 'UTF-8', 'windows-1251' */
	enum feed_encoding_origin encoding_origin;
	uint64_t bytes; /* raw bytes read */
	const char *
		unsifted; /* with feed_options.known: why all records, or all behind some place, were read, as a clause; else NULL */
};

/* Make what the parsers make once for a process: afterwards feed_read() asks nothing of the system but memory. */
void feed_prepare(void);

/*
 * Read a feed to its end. `names` is shared with the sink's owner.
 *
 * Returns 0 when the document was well-formed to its end. -1: ERROR_FEED
 * (malformed, cut short, an HTML page, an encoding we do not read, an entity
 * declaration, compressed bytes) with line, column (in the decoded text) and
 * byte (of the decoded stream) where known; ERROR_LIMIT; what the sink or the
 * source returned. Memory: one record, the parser, and the name table.
 * `ret_summary` tells what was known by then, after a failure too (encoding
 * '' = not found out). Where known records were left out, a failure behind them
 * has its byte, but no line, and a caller who wants all that can be said of it
 * reads again without knowing any; ERROR_COUNTS is for a sift and a parser that
 * disagree about what is a record. libxml2's loader of external entities is replaced for
 * the whole process by one that loads nothing.
 */
must_use int feed_read(struct byte_source source, const struct feed_options *options, struct name_table *names,
                       struct feed_sink sink, struct feed_summary *ret_summary, struct error *err);

/* Only sink.root is called, and what it selects does not matter. Reads the head (or up to there) and returns 0, or -1 as above. */
must_use int feed_sample(struct byte_source source, const struct feed_options *options, struct name_table *names,
                         struct feed_sink sink, struct feed_summary *ret_summary, struct error *err);
