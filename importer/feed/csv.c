/* The reader of text tables: layout, header, rows. */
#include "feed/csv.h"

#include "feed/csv_layout.h"
#include "feed/csv_rows.h"
#include "feed/csv_sample.h"
#include "feed/utf8_check.h"

#include <stdlib.h>
#include <string.h>

struct csv_reader {
	const struct csv_options *options;
	const char *encoding_claim;
	struct csv_scanner scanner;
	struct csv_roles roles;
	struct csv_rows rows;
	struct builder sample;
	bool has_sample;
	struct utf8_check check;
};

/* --- rows --- */

/* Where the header is longer than the head, only its columns are known by now. */
static int read_header(struct csv_reader *reader, struct error *err)
{
	struct record sample;

	if (csv_columns_read(&reader->rows.columns, &reader->scanner.row, err) < 0)
		return -1;
	sample = builder_record(&reader->sample, reader->rows.columns.names);
	if (csv_rows_start(&reader->rows, reader->has_sample ? &sample : NULL, err) < 0)
		return -1;
	builder_release(&reader->sample);
	return 0;
}

static int take_row(struct csv_reader *reader, struct error *err)
{
	switch (csv_roles_next(&reader->roles, reader->options, &reader->scanner)) {
	case CSV_ROLE_HEADER:
		return read_header(reader, err);
	case CSV_ROLE_ROW:
		return csv_rows_add(&reader->rows, &reader->scanner.row, err);
	case CSV_ROLE_NONE:
		break;
	}
	return 0;
}

/* An error that has no place is one of the row. */
static int locate(const struct csv_row *row, struct error *err)
{
	if (err->byte < 0)
		error_locate(err, row->line, 0, (int64_t)row->offset);
	return -1;
}

static int scan(struct csv_reader *reader, struct slice text, struct error *err)
{
	int step;

	while ((step = csv_scanner_next(&reader->scanner, &text, err)) == CSV_STEP_ROW) {
		if (take_row(reader, err) < 0)
			return locate(&reader->scanner.row, err);
	}
	return step;
}

/* --- bytes --- */

/* What stands in no text table, at the place that was scanned to. */
static int refuse_byte(const struct csv_reader *reader, unsigned char byte, size_t before, struct error *err)
{
	if (byte == '\0')
		error_set(err, ERROR_FEED, "a NUL byte, which stands in no text table");
	else
		error_set(err, ERROR_FEED, "byte 0x%02X is not valid UTF-8, although %s; is it windows-1252 or the like?",
		          (unsigned)byte, reader->encoding_claim);
	error_locate(err, reader->scanner.line, 0, (int64_t)(reader->scanner.offset - before));
	return -1;
}

static int push(void *context, struct slice text, struct error *err)
{
	struct csv_reader *reader = context;
	const size_t held = reader->check.held_size;
	const char *zero = text.size > 0 ? memchr(text.data, '\0', text.size) : NULL;
	const size_t valid = utf8_check_next(&reader->check, text);
	const size_t good = zero != NULL && (size_t)(zero - text.data) < valid ? (size_t)(zero - text.data) : valid;

	if (scan(reader, slice_make(text.data, good), err) < 0)
		return -1;
	if (good == text.size)
		return 0;
	if (good == 0 && held > 0)
		return refuse_byte(reader, (unsigned char)reader->check.held[0], held, err);
	return refuse_byte(reader, (unsigned char)text.data[good], 0, err);
}

static int finish(void *context, struct error *err)
{
	struct csv_reader *reader = context;
	int step;

	if (!utf8_check_finish(&reader->check))
		return refuse_byte(reader, (unsigned char)reader->check.held[0], reader->check.held_size, err);
	step = csv_scanner_finish(&reader->scanner, err);
	if (step < 0)
		return -1;
	if (step == CSV_STEP_ROW && take_row(reader, err) < 0)
		return locate(&reader->scanner.row, err);
	if (!reader->roles.has_header)
		return error_set(err, ERROR_FEED, "the table has no header");
	return csv_rows_finish(&reader->rows, err);
}

/* --- life --- */

static void release(void *context)
{
	struct csv_reader *reader = context;

	csv_scanner_release(&reader->scanner);
	csv_rows_release(&reader->rows);
	builder_release(&reader->sample);
	free(reader);
}

static int start(struct csv_reader *reader, const struct reader_setup *setup, struct error *err)
{
	struct csv_layout layout;

	if (csv_layout_find(setup->head, reader->options, &layout, err) < 0 ||
	    csv_sample_build(&reader->sample, setup->recorder->names, setup->head, &layout, reader->options, &reader->has_sample,
	                     err) < 0)
		return -1;
	reader->scanner = csv_layout_scanner(&layout, reader->options);
	reader->roles.has_hint = layout.has_hint;
	return 0;
}

int csv_reader_new(const struct reader_setup *setup, struct feed_reader *ret_reader, struct error *err)
{
	struct csv_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return error_set_memory(err);
	reader->options = &setup->options->csv;
	reader->encoding_claim = setup->encoding_claim;
	reader->rows = (struct csv_rows){.recorder = setup->recorder, .columns = {.names = setup->recorder->names}};
	if (start(reader, setup, err) < 0) {
		release(reader);
		return -1;
	}
	*ret_reader = (struct feed_reader){.context = reader, .push = push, .finish = finish, .free = release};
	return 0;
}
