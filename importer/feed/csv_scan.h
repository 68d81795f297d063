/*
 * Text into rows of cells, whatever piece it comes in. Knows quotes, nothing
 * of headers. A row is collected up to a byte, and a cell, beyond the limits on
 * a record; what is behind that is passed over.
 */
#pragma once

#include "base/error.h"
#include "base/limits.h"

struct csv_cell {
	size_t start; /* in the row's text */
	size_t size;
	uint64_t offset; /* in the stream */
	bool is_quoted;
	bool is_faulty; /* text follows the closing quote, and was kept */
};

struct csv_row {
	char *text; /* of all cells, one behind the other */
	size_t size;
	size_t capacity;
	struct csv_cell *cells;
	size_t cell_count;
	size_t cell_capacity;
	uint64_t offset; /* in the stream */
	uint64_t end;    /* of its line feed, or of the text */
	int64_t line;    /* that it begins in */
	bool has_text;   /* something that is not blank, or quotes */
};

enum csv_state {
	CSV_ROW_START,
	CSV_CELL_START, /* nothing but blanks yet */
	CSV_PLAIN,
	CSV_QUOTED,
	CSV_QUOTE,  /* one inside a quoted cell: its end, or the first of two */
	CSV_BEHIND, /* the closing quote */
	CSV_COMMENT,
};

struct csv_scanner {
	char delimiter;  /* '\0' = there is none */
	char comment;    /* rows that begin with it are passed over; '\0' = none are */
	bool cr_is_line; /* lines end in CR alone */
	enum csv_state state;
	bool after_cr;      /* cr_is_line: a row has just ended, a line feed may belong to it */
	size_t blanks;      /* CSV_BEHIND: at the end of the cell's text, dropped if nothing else follows */
	uint64_t offset;    /* of the next byte */
	int64_t line;       /* that the next byte stands in, from 1 */
	int64_t quote_line; /* where the last quoted cell was opened */
	uint64_t quote_offset;
	struct csv_row row;
};

/* All zeroes but the first three members and `line` 1 is a scanner at the start of a text. */
void csv_scanner_release(struct csv_scanner *scanner);

enum csv_step { CSV_STEP_MORE, CSV_STEP_ROW };

/*
 * Read from the start of `text`, which moves on. CSV_STEP_ROW: scanner->row is
 * a row, until the next call. CSV_STEP_MORE: all of `text` was read. -1: memory,
 * or ERROR_FEED for a quoted cell beyond LIMIT_FIELD_BYTES.
 */
must_use int csv_scanner_next(struct csv_scanner *scanner, struct slice *text, struct error *err);

/* The text has ended. CSV_STEP_ROW where its last line has no line break. ERROR_FEED inside quotes. */
must_use int csv_scanner_finish(struct csv_scanner *scanner, struct error *err);

struct slice csv_row_cell(const struct csv_row *row, size_t index);
