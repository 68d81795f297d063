/*
 * Rows and cells of delimited text.
 *
 * Cells are searched and copied eight bytes at a time: a piece is reserved
 * with so much room that words may be stored before it is known how much of
 * them belongs to the cell.
 */
#include "feed/csv_scan.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define EVERY_BYTE(value) (UINT64_C(0x0101010101010101) * (unsigned char)(value))
#define WORD_SIZE sizeof(uint64_t)

#define CELLS_MAX ((size_t)LIMIT_RECORD_NODES + 1)
#define FIRST_CELLS 64

_Static_assert(LIMIT_FIELD_BYTES == 1 << 20, "a text of this file names the limit");

/* Where a cell may end: at up to three bytes, of which some may be the same. */
struct stops {
	char first;
	char second;
	char third;
};

void csv_scanner_release(struct csv_scanner *scanner)
{
	free(scanner->row.text);
	free(scanner->row.cells);
	*scanner = (struct csv_scanner){.line = 1};
}

struct slice csv_row_cell(const struct csv_row *row, size_t index)
{
	return slice_make(row->text + row->cells[index].start, row->cells[index].size);
}

static bool reserve_text(struct csv_row *row, size_t size)
{
	const size_t needed = row->size + size + WORD_SIZE;
	size_t capacity = row->capacity ? row->capacity : (size_t)LIMIT_READ_PIECE;
	char *text;

	if (needed <= row->capacity)
		return true;
	while (capacity < needed)
		capacity *= 2;
	text = realloc(row->text, capacity);
	if (text == NULL)
		return false;
	row->text = text;
	row->capacity = capacity;
	return true;
}

static bool reserve_cell(struct csv_row *row)
{
	const size_t capacity = row->cell_capacity ? row->cell_capacity * 2 : FIRST_CELLS;
	struct csv_cell *cells;

	if (row->cell_count < row->cell_capacity)
		return true;
	cells = realloc(row->cells, capacity * sizeof(*cells));
	if (cells == NULL)
		return false;
	row->cells = cells;
	row->cell_capacity = capacity;
	return true;
}

/* The high bits of those bytes that are zero; a byte above a zero one may be marked wrongly. */
static inline uint64_t zero_bytes(uint64_t word)
{
	return (word - EVERY_BYTE(1)) & ~word & EVERY_BYTE(0x80);
}

/* Copy from `at` on up to a stop or `end`; returns how many bytes. `out` has WORD_SIZE bytes of room beyond them. */
static inline size_t copy_plain(const char *at, const char *end, char *out, struct stops stops)
{
	const char *start = at;

	while ((size_t)(end - at) >= WORD_SIZE) {
		uint64_t word;
		uint64_t hits;

		memcpy(&word, at, WORD_SIZE);
		memcpy(out, &word, WORD_SIZE);
		word = le64toh(word);
		hits = zero_bytes(word ^ EVERY_BYTE(stops.first)) | zero_bytes(word ^ EVERY_BYTE(stops.second)) |
		       zero_bytes(word ^ EVERY_BYTE(stops.third));
		if (hits != 0)
			return (size_t)(at - start) + (size_t)__builtin_ctzll(hits) / 8;
		at += WORD_SIZE;
		out += WORD_SIZE;
	}
	while (at < end && *at != stops.first && *at != stops.second && *at != stops.third)
		*out++ = *at++;
	return (size_t)(at - start);
}

static struct csv_cell *current_cell(struct csv_scanner *scanner)
{
	return &scanner->row.cells[scanner->row.cell_count - 1];
}

/* `size` bytes were written behind the row's text: keep them, up to a byte beyond the limits on a field and a record. */
static inline void grow_cell(struct csv_scanner *scanner, size_t size)
{
	struct csv_row *row = &scanner->row;
	struct csv_cell *cell = current_cell(scanner);
	size_t room = (size_t)LIMIT_RECORD_BYTES + 1 - row->size;

	if ((size_t)LIMIT_FIELD_BYTES + 1 - cell->size < room)
		room = (size_t)LIMIT_FIELD_BYTES + 1 - cell->size;
	if (size > room)
		size = room;
	row->size += size;
	cell->size += size;
}

static void cut_cell(struct csv_scanner *scanner, size_t size)
{
	struct csv_cell *cell = current_cell(scanner);

	if (size > cell->size)
		size = cell->size;
	cell->size -= size;
	scanner->row.size -= size;
}

static void add_byte(struct csv_scanner *scanner, char byte)
{
	scanner->row.text[scanner->row.size] = byte;
	grow_cell(scanner, 1);
}

static bool is_blank(const struct csv_scanner *scanner, char byte)
{
	return (byte == ' ' || byte == '\t') && byte != scanner->delimiter;
}

static char line_end(const struct csv_scanner *scanner)
{
	return scanner->cr_is_line ? '\r' : '\n';
}

static bool ends_line(const struct csv_scanner *scanner, char byte)
{
	return byte == '\n' || (byte == '\r' && scanner->cr_is_line);
}

static bool ends_cell(const struct csv_scanner *scanner, char byte)
{
	return ends_line(scanner, byte) || (byte == scanner->delimiter && byte != '\0');
}

static int start_cell(struct csv_scanner *scanner, uint64_t offset, struct error *err)
{
	struct csv_row *row = &scanner->row;

	scanner->state = CSV_CELL_START;
	/* Beyond what a record may have, one cell stands for all. */
	if (row->cell_count == CELLS_MAX)
		row->size = row->cells[--row->cell_count].start;
	if (!reserve_cell(row))
		return error_set_memory(err);
	row->cells[row->cell_count++] = (struct csv_cell){.start = row->size, .offset = offset};
	return 0;
}

static int start_row(struct csv_scanner *scanner, uint64_t offset, struct error *err)
{
	struct csv_row *row = &scanner->row;

	row->size = 0;
	row->cell_count = 0;
	row->has_text = false;
	row->offset = offset;
	row->line = scanner->line;
	return start_cell(scanner, offset, err);
}

static void end_cell(struct csv_scanner *scanner)
{
	struct csv_row *row = &scanner->row;
	const struct csv_cell *cell = current_cell(scanner);

	if (scanner->state == CSV_BEHIND)
		cut_cell(scanner, scanner->blanks);
	for (size_t i = 0; i < cell->size && !row->has_text; i++)
		row->has_text = !is_blank(scanner, row->text[cell->start + i]);
	row->has_text |= cell->is_quoted;
}

/* Carriage returns before the line feed belong to the line break. */
static void end_row(struct csv_scanner *scanner, uint64_t offset)
{
	const struct csv_cell *cell = current_cell(scanner);

	scanner->row.end = offset;
	while (scanner->state == CSV_PLAIN && cell->size > 0 && scanner->row.text[cell->start + cell->size - 1] == '\r')
		cut_cell(scanner, 1);
	end_cell(scanner);
	scanner->state = CSV_ROW_START;
	scanner->after_cr = scanner->cr_is_line;
}

/* --- one state each: from `at` on, returns where it stopped --- */

static const char *read_plain(struct csv_scanner *scanner, const char *at, const char *end)
{
	const struct stops stops = {
		.first = line_end(scanner), .second = '\n', .third = scanner->delimiter ? scanner->delimiter : '\n'};
	const size_t size = copy_plain(at, end, scanner->row.text + scanner->row.size, stops);

	grow_cell(scanner, size);
	return at + size;
}

static int refuse_quote(const struct csv_scanner *scanner, const char *what, struct error *err)
{
	error_set(err, ERROR_FEED, "%s; a quote opened at line %lld is not closed?", what, (long long)scanner->quote_line);
	error_locate(err, scanner->quote_line, 0, (int64_t)scanner->quote_offset);
	return -1;
}

static const char *read_quoted(struct csv_scanner *scanner, const char *at, const char *end)
{
	const struct stops stops = {.first = '"', .second = line_end(scanner), .third = '"'};

	while (at < end) {
		const size_t size = copy_plain(at, end, scanner->row.text + scanner->row.size, stops);

		grow_cell(scanner, size);
		at += size;
		if (at == end)
			break;
		if (*at == '"') {
			scanner->state = CSV_QUOTE;
			return at + 1;
		}
		add_byte(scanner, *at++);
		scanner->line++;
	}
	return at;
}

static const char *read_quote(struct csv_scanner *scanner, const char *at)
{
	if (*at == '"') {
		add_byte(scanner, '"');
		scanner->state = CSV_QUOTED;
		return at + 1;
	}
	scanner->state = CSV_BEHIND;
	scanner->blanks = 0;
	return at;
}

static const char *read_behind(struct csv_scanner *scanner, const char *at)
{
	if (is_blank(scanner, *at) || *at == '\r') {
		add_byte(scanner, *at);
		scanner->blanks++;
		return at + 1;
	}
	current_cell(scanner)->is_faulty = true;
	scanner->state = CSV_PLAIN;
	return at;
}

static const char *read_cell_start(struct csv_scanner *scanner, const char *at, uint64_t offset)
{
	struct csv_cell *cell = current_cell(scanner);

	if (is_blank(scanner, *at)) {
		add_byte(scanner, *at);
		return at + 1;
	}
	if (*at != '"') {
		scanner->state = CSV_PLAIN;
		return at;
	}
	cut_cell(scanner, cell->size);
	cell->is_quoted = true;
	scanner->quote_line = scanner->line;
	scanner->quote_offset = offset;
	scanner->state = CSV_QUOTED;
	return at + 1;
}

static const char *read_comment(struct csv_scanner *scanner, const char *at, const char *end)
{
	while (at < end && !ends_line(scanner, *at))
		at++;
	if (at == end)
		return at;
	scanner->line++;
	scanner->state = CSV_ROW_START;
	scanner->after_cr = scanner->cr_is_line;
	return at + 1;
}

/* The line feed of CR LF where lines end in CR is none of the next row. */
static int read_row_start(struct csv_scanner *scanner, const char **at, uint64_t offset, struct error *err)
{
	const bool is_rest = scanner->after_cr && **at == '\n';

	scanner->after_cr = false;
	if (is_rest) {
		(*at)++;
		return 0;
	}
	if (scanner->comment != '\0' && **at == scanner->comment) {
		scanner->state = CSV_COMMENT;
		return 0;
	}
	return start_row(scanner, offset, err);
}

/* The state's own bytes. */
static int read_state(struct csv_scanner *scanner, const char **at, const char *end, uint64_t offset, struct error *err)
{
	switch (scanner->state) {
	case CSV_ROW_START:
		return read_row_start(scanner, at, offset, err);
	case CSV_CELL_START:
		*at = read_cell_start(scanner, *at, offset);
		break;
	case CSV_PLAIN:
		*at = read_plain(scanner, *at, end);
		break;
	case CSV_QUOTED:
		*at = read_quoted(scanner, *at, end);
		if (current_cell(scanner)->size > LIMIT_FIELD_BYTES)
			return refuse_quote(scanner, "a quoted cell is longer than 1 MiB", err);
		break;
	case CSV_QUOTE:
		*at = read_quote(scanner, *at);
		break;
	case CSV_BEHIND:
		*at = read_behind(scanner, *at);
		break;
	case CSV_COMMENT:
		*at = read_comment(scanner, *at, end);
		break;
	}
	return 0;
}

static bool may_end_cell(const struct csv_scanner *scanner)
{
	return scanner->state == CSV_CELL_START || scanner->state == CSV_PLAIN || scanner->state == CSV_BEHIND;
}

static int scan(struct csv_scanner *scanner, const char **at, const char *end, struct error *err)
{
	const char *start = *at;

	while (*at < end) {
		const uint64_t offset = scanner->offset + (uint64_t)(*at - start);

		if (!may_end_cell(scanner) || !ends_cell(scanner, **at)) {
			if (read_state(scanner, at, end, offset, err) < 0)
				return -1;
			continue;
		}
		if (ends_line(scanner, **at)) {
			scanner->line++;
			(*at)++;
			end_row(scanner, offset);
			return CSV_STEP_ROW;
		}
		(*at)++;
		end_cell(scanner);
		if (start_cell(scanner, offset + 1, err) < 0)
			return -1;
	}
	return CSV_STEP_MORE;
}

int csv_scanner_next(struct csv_scanner *scanner, struct slice *text, struct error *err)
{
	const char *at = text->data;
	const char *end = text->data + text->size;
	int step;

	if (text->size == 0)
		return CSV_STEP_MORE;
	if (scanner->state == CSV_ROW_START)
		scanner->row.size = 0;
	if (!reserve_text(&scanner->row, text->size))
		return error_set_memory(err);
	step = scan(scanner, &at, end, err);
	scanner->offset += (uint64_t)(at - text->data);
	*text = slice_make(at, (size_t)(end - at));
	return step;
}

int csv_scanner_finish(struct csv_scanner *scanner, struct error *err)
{
	switch (scanner->state) {
	case CSV_ROW_START:
	case CSV_COMMENT:
		return CSV_STEP_MORE;
	case CSV_QUOTED:
		return refuse_quote(scanner, "the feed ends inside a quoted cell", err);
	case CSV_QUOTE:
		(void)read_quote(scanner, "\n");
		break;
	case CSV_CELL_START:
	case CSV_PLAIN:
	case CSV_BEHIND:
		break;
	}
	end_row(scanner, scanner->offset);
	return CSV_STEP_ROW;
}
