/*
 * Tables by their rows. Up to the header the scanner of the reader itself is
 * used; behind it only line breaks and quotes are looked for: a quote opens a
 * cell where nothing but blanks stands between it and the cell's start.
 */
#include "feed/csv_layout.h"
#include "feed/sift_core.h"
#include "feed/sift_scan.h"

#include <stdlib.h>
#include <string.h>

enum place {
	PLACE_HEADER,
	PLACE_ROW_START,
	PLACE_ROW,
	PLACE_QUOTED, /* inside of quotes */
	PLACE_DONE,
};

enum step { STEP_MORE, STEP_ON };

struct csv_sifter {
	enum place place;
	const struct csv_options *options;
	struct csv_scanner header; /* and what stands before it */
	struct csv_roles roles;
	char delimiter;
	bool cr_is_line;
	bool after_cr; /* a line feed here belongs to the row before it */
	bool is_behind_dropped;
	size_t start; /* of the row */
	struct sift_match match;
};

static bool is_blank(const struct csv_sifter *csv, char byte)
{
	return (byte == ' ' || byte == '\t') && byte != csv->delimiter;
}

/* --- the header --- */

static struct hash128 hash_header(const struct csv_sifter *csv)
{
	const struct csv_row *row = &csv->header.row;
	struct hash128 hash = {.low = (unsigned char)csv->delimiter, .high = csv->cr_is_line};

	for (size_t i = 0; i < row->cell_count; i++)
		hash = hash_add(hash, hash_bytes(csv_row_cell(row, i), i));
	return hash;
}

static int begin_rows(struct sift *sift, struct csv_sifter *csv, struct error *err)
{
	const struct feed_step none = {.local = NAME_NONE};

	sift_set_scope(sift, hash_header(csv));
	csv_scanner_release(&csv->header);
	sift_keep(sift, sift->at);
	csv->place = PLACE_DONE;
	if (sift_ask_selection(sift, err) < 0)
		return -1;
	if (sift_is_blind(sift))
		return STEP_ON;
	csv->match = sift_path_enter(&sift->path, none);
	if (csv->match.match == SELECTION_PASSED) {
		sift->path.depth = 1;
		csv->match = sift_path_enter(&sift->path, none);
	}
	csv->after_cr = csv->cr_is_line;
	if (csv->match.match == SELECTION_PASSED || sift->path.depth == 0)
		return sift_go_blind(sift, SIFT_BLIND_ROWS);
	if (csv->match.match == SELECTION_ENDED)
		csv->place = PLACE_ROW_START;
	return STEP_ON;
}

static int read_header(struct sift *sift, struct csv_sifter *csv, struct error *err)
{
	struct slice rest = slice_make(sift->data + sift->at, sift->size - sift->at);
	struct error fault = ERROR_INIT;
	const int result = csv_scanner_next(&csv->header, &rest, &fault);

	sift->at = sift->size - rest.size;
	if (result < 0 && fault.code == ERROR_MEMORY)
		return error_set_memory(err);
	if (result < 0)
		return sift_go_blind(sift, SIFT_BLIND_GRAMMAR);
	if (result == CSV_STEP_MORE)
		return STEP_MORE;
	return csv_roles_next(&csv->roles, csv->options, &csv->header) == CSV_ROLE_HEADER ? begin_rows(sift, csv, err) : STEP_ON;
}

/* --- rows --- */

/* Is there more in it than blanks and delimiters? Carriage returns at its end belong to the line break. */
static bool has_text(const struct csv_sifter *csv, struct slice row)
{
	while (row.size > 0 && row.data[row.size - 1] == '\r')
		row.size--;
	for (size_t i = 0; i < row.size; i++) {
		if (row.data[i] != csv->delimiter && !is_blank(csv, row.data[i]))
			return true;
	}
	return false;
}

/* The row's text ends before `end`, what ends it before `next`. */
static int end_row(struct sift *sift, struct csv_sifter *csv, size_t end, size_t next, struct error *err)
{
	const struct slice row = slice_make(sift->data + csv->start, end - csv->start);
	bool is_dropped = false;

	csv->place = PLACE_ROW_START;
	csv->after_cr = csv->cr_is_line;
	sift->at = next;
	sift_keep(sift, csv->start);
	csv->roles.line++;
	csv->is_behind_dropped = false;
	if (row.size > LIMIT_RECORD_BYTES)
		return sift_go_blind(sift, SIFT_BLIND_SIZE);
	if (!csv->match.is_record || csv->roles.line < csv->options->first_row_line || !has_text(csv, row))
		return STEP_ON;
	if (!csv->match.may_drop)
		return sift_tell_other_record(sift, csv->start, err) < 0 ? -1 : STEP_ON;
	if (sift_tell_record(sift, &csv->match, csv->start, end, &is_dropped, err) < 0)
		return -1;
	csv->is_behind_dropped = is_dropped;
	return is_dropped && sift_drop(sift, csv->start, next, err) < 0 ? -1 : STEP_ON;
}

static int start_row(struct sift *sift, struct csv_sifter *csv, struct error *err)
{
	const bool is_rest = csv->after_cr && sift->at < sift->size && sift->data[sift->at] == '\n';

	if (sift->at == sift->size)
		return STEP_MORE;
	csv->after_cr = false;
	if (is_rest) {
		sift->at++;
		return csv->is_behind_dropped && sift_drop(sift, sift->at - 1, sift->at, err) < 0 ? -1 : STEP_ON;
	}
	csv->start = sift->at;
	csv->place = PLACE_ROW;
	return STEP_ON;
}

/* Does the quote at `at` open its cell? */
static bool opens_cell(const struct sift *sift, const struct csv_sifter *csv, size_t at)
{
	while (at > csv->start && is_blank(csv, sift->data[at - 1]))
		at--;
	return at == csv->start || (csv->delimiter != '\0' && sift->data[at - 1] == csv->delimiter);
}

static int read_row(struct sift *sift, struct csv_sifter *csv, struct error *err)
{
	const char *end = sift->data + sift->size;
	const char *found = sift_find_any(sift->data + sift->at, end, '\n', '"', csv->cr_is_line ? '\r' : '\n');
	const size_t at = (size_t)(found - sift->data);

	sift->at = at;
	if (found == end)
		return STEP_MORE;
	if (*found != '"')
		return end_row(sift, csv, at, at + 1, err);
	if (opens_cell(sift, csv, at))
		csv->place = PLACE_QUOTED;
	sift->at++;
	return STEP_ON;
}

static bool is_quote(const struct sift *sift, size_t at)
{
	return at < sift->size && sift->data[at] == '"';
}

static int read_quoted(struct sift *sift, struct csv_sifter *csv)
{
	const char *found = sift->at < sift->size ? memchr(sift->data + sift->at, '"', sift->size - sift->at) : NULL;

	sift->at = found != NULL ? (size_t)(found - sift->data) : sift->size;
	/* Which of two it is shows the next byte. */
	if (sift->size - sift->at < 2)
		return STEP_MORE;
	csv->place = is_quote(sift, sift->at + 1) ? PLACE_QUOTED : PLACE_ROW;
	sift->at += csv->place == PLACE_QUOTED ? 2 : 1;
	return STEP_ON;
}

/* --- life --- */

static int step(struct sift *sift, struct csv_sifter *csv, struct error *err)
{
	switch (csv->place) {
	case PLACE_HEADER:
		return read_header(sift, csv, err);
	case PLACE_ROW_START:
		return start_row(sift, csv, err);
	case PLACE_ROW:
		return read_row(sift, csv, err);
	case PLACE_QUOTED:
		return read_quoted(sift, csv);
	case PLACE_DONE:
		sift->at = sift->size;
		break;
	}
	return STEP_MORE;
}

static int scan(struct sift *sift, void *scanner, struct error *err)
{
	struct csv_sifter *csv = scanner;
	int result;

	do {
		result = step(sift, csv, err);
		if (result < 0)
			return -1;
	} while (result == STEP_ON && !sift_is_blind(sift));
	if (sift_is_blind(sift))
		return 0;
	if (csv->place != PLACE_ROW && csv->place != PLACE_QUOTED)
		sift_keep(sift, sift->at);
	else if (sift->size - csv->start > LIMIT_RECORD_BYTES)
		return sift_go_blind(sift, SIFT_BLIND_SIZE);
	else
		sift_keep(sift, csv->start);
	return 0;
}

/* The last row needs no line break; but what is wanted shows only behind a header that has one. */
static int finish(struct sift *sift, void *scanner, struct error *err)
{
	struct csv_sifter *csv = scanner;

	if (csv->place == PLACE_HEADER)
		return sift_go_blind(sift, SIFT_BLIND_SELECTION);
	if (csv->place != PLACE_ROW && !(csv->place == PLACE_QUOTED && is_quote(sift, sift->at)))
		return 0;
	return end_row(sift, csv, sift->size, sift->size, err) < 0 ? -1 : 0;
}

static void shift(void *scanner, size_t size)
{
	struct csv_sifter *csv = scanner;

	csv->start -= csv->start >= size ? size : 0;
}

static void free_scanner(void *scanner)
{
	struct csv_sifter *csv = scanner;

	csv_scanner_release(&csv->header);
	free(csv);
}

int sift_csv_new(const struct sift_options *options, void **ret_scanner, const struct sift_scanner_type **ret_type,
                 struct error *err)
{
	static const struct sift_scanner_type type = {.scan = scan, .finish = finish, .shift = shift, .free = free_scanner};
	struct csv_sifter *csv;
	struct csv_layout layout;

	if (csv_layout_find(options->head, options->csv, &layout, err) < 0)
		return -1;
	csv = calloc(1, sizeof(*csv));
	if (csv == NULL)
		return error_set_memory(err);
	*csv = (struct csv_sifter){
		.options = options->csv,
		.header = csv_layout_scanner(&layout, options->csv),
		.roles = {.has_hint = layout.has_hint},
		.delimiter = layout.delimiter,
		.cr_is_line = layout.cr_is_line,
	};
	*ret_scanner = csv;
	*ret_type = &type;
	return 0;
}
