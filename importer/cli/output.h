/* Rows of the store for people (aligned columns) and programs (JSON Lines). */
#pragma once

#include "cli/command.h"
#include "store/store.h"

#define OUTPUT_COLUMNS_MAX 64
#define OUTPUT_SAMPLE_ROWS 200

/*
 * Prints rows as they come; the widths are measured on the first
 * OUTPUT_SAMPLE_ROWS. Text of feeds is made printable; on a terminal long
 * values are cut. Init, use as a sink's context, finish.
 */
struct output {
	const struct invocation *invocation;
	bool as_json;
	bool as_record; /* one row as 'name: value' lines */
	size_t column_count;
	const char *names[OUTPUT_COLUMNS_MAX];
	size_t widths[OUTPUT_COLUMNS_MAX];
	bool is_number[OUTPUT_COLUMNS_MAX];
	char **cells;     /* of sampled rows, row by row */
	size_t row_count; /* all rows */
	size_t sampled;
	bool is_flushed;
};

void output_init(struct output *output, const struct invocation *invocation, bool as_record);
struct store_row_sink output_sink(struct output *output);

/* Print what is still held back; free everything. */
void output_finish(struct output *output);

/* A JSON value with line ends and indentation, for people; anything else as it is. */
void output_append_indented_json(struct buffer *buffer, struct slice json, unsigned indent);
