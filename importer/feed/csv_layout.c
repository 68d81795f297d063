/* Delimiter, line breaks and header of a text table. */
#include "feed/csv_layout.h"

#include "base/utf8.h"
#include "feed/csv.h"

#include <string.h>

static const char delimiters[] = {',', ';', '\t', '|', '~'};

#define HINT_SIZE 5 /* sep=; */

#define ROWS_LOOKED_AT 100
#define NAME_BYTES_MAX 120
#define NAME_WORDS_MAX 6
#define NAMES_PER_ODD_ONE 10

/* Of a table whose rows say nothing yet. */
#define HEADER_COLUMNS_MIN 3

/* In percent: rows that have to have as many cells. */
#define AGREEING_MIN 80

/* How the rows of the head look with one delimiter. */
struct trial {
	size_t columns;
	size_t first_row_cells;
	size_t rows;
	size_t like_header; /* rows with as many cells */
	size_t like_first;  /* as the first row has */
	bool has_names;
	bool has_prose; /* a blank behind a delimiter of the header */
	bool has_header;
};

struct csv_scanner csv_layout_scanner(const struct csv_layout *layout, const struct csv_options *options)
{
	return (struct csv_scanner){
		.delimiter = layout->delimiter,
		.comment = options->comment ? options->comment : '#',
		.cr_is_line = layout->cr_is_line,
		.line = 1,
	};
}

/* A comment in quotes, as spreadsheets write one that holds the delimiter. */
static bool is_quoted_comment(const struct csv_scanner *scanner)
{
	const struct csv_row *row = &scanner->row;

	return row->cells[0].is_quoted && row->cells[0].size > 0 && row->text[row->cells[0].start] == scanner->comment;
}

enum csv_role csv_roles_next(struct csv_roles *roles, const struct csv_options *options, struct csv_scanner *scanner)
{
	if (roles->has_header) {
		roles->line++;
		return roles->line < options->first_row_line || !scanner->row.has_text ? CSV_ROLE_NONE : CSV_ROLE_ROW;
	}
	if (roles->has_hint) {
		roles->has_hint = false;
		return CSV_ROLE_NONE;
	}
	if (is_quoted_comment(scanner))
		return CSV_ROLE_NONE;
	roles->line++;
	if (roles->line < options->header_line || !scanner->row.has_text)
		return CSV_ROLE_NONE;
	roles->has_header = true;
	scanner->comment = '\0';
	return CSV_ROLE_HEADER;
}

/* --- what a header looks like --- */

static size_t count_words(struct slice text)
{
	size_t count = 1;

	for (size_t i = 0; i < text.size; i++)
		count += text.data[i] == ' ';
	return count;
}

/* As a column is called: in few words, on one line, and not as a sentence; some are questions ('In stock?'). */
static bool is_name(struct slice text)
{
	if (text.size == 0 || text.size > NAME_BYTES_MAX || count_words(text) > NAME_WORDS_MAX)
		return false;
	if (strchr(".!:;,", text.data[text.size - 1]) != NULL || strchr("<{}", text.data[0]) != NULL)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		if ((unsigned char)text.data[i] < ' ')
			return false;
	}
	return true;
}

/* Columns without a name do no harm, as long as most have one; nor does an odd name among many. */
static bool has_names(const struct csv_row *row)
{
	size_t named = 0;
	size_t odd = 0;

	for (size_t i = 0; i < row->cell_count; i++) {
		const struct slice name = slice_trim(csv_row_cell(row, i));

		odd += !slice_is_empty(name) && !is_name(name);
		named += !slice_is_empty(name);
	}
	return 2 * named > row->cell_count && NAMES_PER_ODD_ONE * odd <= named;
}

static bool has_prose(const struct csv_row *row)
{
	for (size_t i = 0; i < row->cell_count; i++) {
		if (slice_starts_with(csv_row_cell(row, i), " "))
			return true;
	}
	return false;
}

/* --- trying the delimiters --- */

static void try_row(struct trial *trial, enum csv_role role, const struct csv_row *row)
{
	if (role == CSV_ROLE_NONE)
		return;
	if (role == CSV_ROLE_HEADER) {
		trial->has_header = true;
		trial->columns = row->cell_count;
		trial->has_names = has_names(row);
		trial->has_prose = has_prose(row);
		return;
	}
	if (trial->rows++ == 0)
		trial->first_row_cells = row->cell_count;
	trial->like_header += row->cell_count == trial->columns;
	trial->like_first += row->cell_count == trial->first_row_cells;
}

/* A last line that the head cuts counts only where there is hardly another. */
static int try_delimiter(struct slice head, const struct csv_options *options, const struct csv_layout *layout,
                         struct trial *ret_trial, struct error *err)
{
	struct csv_scanner scanner = csv_layout_scanner(layout, options);
	struct csv_roles roles = {.has_hint = layout->has_hint};
	struct error fault = ERROR_INIT;
	int step;

	*ret_trial = (struct trial){.columns = 0};
	do {
		step = csv_scanner_next(&scanner, &head, &fault);
		if (step == CSV_STEP_ROW)
			try_row(ret_trial, csv_roles_next(&roles, options, &scanner), &scanner.row);
	} while (step == CSV_STEP_ROW && ret_trial->rows < ROWS_LOOKED_AT);
	if (step == CSV_STEP_MORE && ret_trial->rows < 2) {
		step = csv_scanner_finish(&scanner, &fault);
		if (step == CSV_STEP_ROW)
			try_row(ret_trial, csv_roles_next(&roles, options, &scanner), &scanner.row);
	}
	csv_scanner_release(&scanner);
	/* That a quote is not closed is seen again when the table is read. */
	if (step < 0 && fault.code == ERROR_MEMORY)
		return error_set_memory(err);
	return 0;
}

static size_t agreeing(const struct trial *trial)
{
	const size_t rows = trial->like_header > trial->like_first ? trial->like_header : trial->like_first;

	return trial->rows > 0 ? rows * 100 / trial->rows : 0;
}

static bool is_better(const struct trial *trial, const struct trial *best)
{
	if (trial->columns < 2 || best->columns < 2)
		return trial->columns > best->columns && trial->columns >= 2;
	if (agreeing(trial) != agreeing(best))
		return agreeing(trial) > agreeing(best);
	if ((trial->like_header > 0) != (best->like_header > 0))
		return trial->like_header > 0;
	return trial->columns > best->columns;
}

static bool is_plausible(const struct trial *trial)
{
	if (!trial->has_header || !trial->has_names || trial->columns < 2)
		return false;
	return trial->rows > 0 ? agreeing(trial) >= AGREEING_MIN && trial->first_row_cells > 1
	                       : trial->columns >= HEADER_COLUMNS_MIN && !trial->has_prose;
}

/* The first line break outside quotes tells. */
static bool ends_lines_in_cr(struct slice head)
{
	bool is_quoted = false;

	for (size_t i = 0; i < head.size; i++) {
		if (head.data[i] == '"')
			is_quoted = !is_quoted;
		else if (!is_quoted && head.data[i] == '\n')
			return false;
		else if (!is_quoted && head.data[i] == '\r')
			return i + 1 < head.size && head.data[i + 1] != '\n';
	}
	return false;
}

/* Excel is told the delimiter by a first line 'sep=;'. */
static bool has_hint(struct slice head)
{
	return head.size > HINT_SIZE && slice_equal_folded(slice_make(head.data, HINT_SIZE - 1), slice_from("sep=")) &&
	       memchr(delimiters, head.data[HINT_SIZE - 1], sizeof(delimiters)) != NULL &&
	       (head.data[HINT_SIZE] == '\r' || head.data[HINT_SIZE] == '\n');
}

int csv_layout_find(struct slice head, const struct csv_options *options, struct csv_layout *ret_layout, struct error *err)
{
	struct csv_layout layout = {.cr_is_line = ends_lines_in_cr(head), .has_hint = has_hint(head)};
	struct trial best = {.columns = 0};

	*ret_layout = layout;
	for (size_t i = 0; i < sizeof(delimiters); i++) {
		const char told = options->delimiter ? options->delimiter : layout.has_hint ? head.data[HINT_SIZE - 1] : '\0';
		struct trial trial;

		if (told != '\0' && told != delimiters[i])
			continue;
		layout.delimiter = delimiters[i];
		if (try_delimiter(head, options, &layout, &trial, err) < 0)
			return -1;
		if (told != '\0')
			ret_layout->delimiter = told;
		if (!is_better(&trial, &best))
			continue;
		best = trial;
		ret_layout->delimiter = delimiters[i];
		ret_layout->is_plausible = is_plausible(&trial);
	}
	return 0;
}

/* Control characters stand in no table. */
static bool is_text(struct slice head)
{
	for (size_t i = 0; i < head.size; i++) {
		const unsigned char byte = (unsigned char)head.data[i];

		if (byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r')
			return false;
	}
	return true;
}

int csv_is_plausible(struct slice head, const struct csv_options *options, struct error *err)
{
	struct csv_layout layout;

	if (!is_text(head))
		return 0;
	if (csv_layout_find(head, options, &layout, err) < 0)
		return -1;
	return layout.is_plausible;
}
