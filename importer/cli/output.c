/* Rows for people and programs. */
#include "cli/output.h"

#include "base/instant.h"
#include "base/json.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

#define CELL_MAX_TERMINAL 48
#define CELL_MAX_FILE 400
#define ROW_BYTES_MAX (64 * 1024 * 1024)

void output_init(struct output *output, const struct invocation *invocation, bool as_record)
{
	*output = (struct output){
		.invocation = invocation,
		.as_json = option_given(invocation, OPTION_JSON),
		.as_record = as_record,
	};
}

static void append_json_value(struct json_writer *json, const struct store_value *value)
{
	switch (value->type) {
	case STORE_NULL:
		json_null(json);
		break;
	case STORE_INTEGER:
		json_integer(json, value->integer);
		break;
	case STORE_JSON:
		json_raw(json, value->text);
		break;
	default:
		json_string(json, value->text);
	}
}

static int print_json_row(struct output *output, const struct store_value *values, size_t count, struct error *err)
{
	struct buffer buffer;
	struct json_writer json;
	int result = 0;

	buffer_init(&buffer, ROW_BYTES_MAX);
	json_writer_init(&json, &buffer);
	json_object_begin(&json);
	for (size_t i = 0; i < count; i++) {
		json_key(&json, values[i].name);
		append_json_value(&json, &values[i]);
	}
	json_object_end(&json);
	(void)buffer_append_byte(&buffer, '\n'); /* failure sticks */
	if (buffer.failed)
		result = error_set_memory(err);
	else
		(void)fwrite(buffer.data, 1, buffer.size, output->invocation->out); /* checked when the output is flushed */
	buffer_release(&buffer);
	return result;
}

/* Columns named …_ms are instants, but for durations, which no listing has. */
static bool is_instant(const char *name)
{
	size_t size = strlen(name);

	return size > 6 && strcmp(name + size - 6, "_at_ms") == 0;
}

static void append_plain(struct buffer *buffer, const struct store_value *value)
{
	char instant[INSTANT_TEXT_SIZE];

	switch (value->type) {
	case STORE_NULL:
		break;
	case STORE_INTEGER:
		if (is_instant(value->name)) {
			instant_format(value->integer, instant);
			(void)buffer_append_text(buffer, instant); /* failure sticks */
		} else {
			(void)buffer_append_format(buffer, "%lld", (long long)value->integer);
		}
		break;
	default:
		utf8_append_printable(buffer, value->text);
	}
}

void output_append_indented_json(struct buffer *buffer, struct slice json, unsigned indent)
{
	bool in_string = false;

	for (size_t i = 0; i < json.size; i++) {
		char byte = json.data[i];
		if (in_string) {
			(void)buffer_append_byte(buffer, byte); /* failure sticks */
			if (byte == '\\' && i + 1 < json.size)
				(void)buffer_append_byte(buffer, json.data[++i]);
			else if (byte == '"')
				in_string = false;
			continue;
		}
		bool is_empty = i + 1 < json.size && (json.data[i + 1] == '}' || json.data[i + 1] == ']');
		if (byte == '"')
			in_string = true;
		if ((byte == '}' || byte == ']') && i > 0 && json.data[i - 1] != '{' && json.data[i - 1] != '[') {
			indent = indent >= 2 ? indent - 2 : 0;
			(void)buffer_append_format(buffer, "\n%*s", (int)indent, "");
		}
		(void)buffer_append_byte(buffer, byte);
		if ((byte == '{' || byte == '[') && !is_empty) {
			indent += 2;
			(void)buffer_append_format(buffer, "\n%*s", (int)indent, "");
		} else if ((byte == '{' || byte == '[') && is_empty) {
			(void)buffer_append_byte(buffer, json.data[++i]);
		} else if (byte == ',') {
			(void)buffer_append_format(buffer, "\n%*s", (int)indent, "");
		} else if (byte == ':') {
			(void)buffer_append_byte(buffer, ' ');
		}
	}
}

static int print_record(struct output *output, const struct store_value *values, size_t count, struct error *err)
{
	struct buffer buffer;
	int result = 0;

	buffer_init(&buffer, ROW_BYTES_MAX);
	for (size_t i = 0; i < count; i++) {
		if (values[i].type == STORE_NULL)
			continue;
		(void)buffer_append_format(&buffer, "%-18s ", values[i].name); /* failure sticks */
		if (values[i].type == STORE_JSON && values[i].text.size > 60) {
			struct buffer indented;
			buffer_init(&indented, ROW_BYTES_MAX);
			output_append_indented_json(&indented, values[i].text, 0);
			(void)buffer_append_slice(&buffer, buffer_slice(&indented));
			buffer_release(&indented);
		} else {
			append_plain(&buffer, &values[i]);
		}
		(void)buffer_append_byte(&buffer, '\n');
	}
	if (buffer.failed)
		result = error_set_memory(err);
	else
		(void)fwrite(buffer.data, 1, buffer.size, output->invocation->out); /* checked when the output is flushed */
	buffer_release(&buffer);
	return result;
}

/* A cell as text on one line, cut to what a reader can take in. */
static char *make_cell(const struct output *output, const struct store_value *value)
{
	size_t max = output->invocation->is_out_terminal ? CELL_MAX_TERMINAL : CELL_MAX_FILE;
	struct buffer buffer;
	char *cell = NULL;

	buffer_init(&buffer, ROW_BYTES_MAX);
	append_plain(&buffer, value);
	if (buffer.size > max) {
		struct slice cut = utf8_cut(buffer_slice(&buffer), max - 3);
		buffer.size = cut.size;
		(void)buffer_append_text(&buffer, "…"); /* failure sticks */
	}
	if (buffer_text(&buffer))
		cell = strdup(buffer.data);
	buffer_release(&buffer);
	return cell;
}

static void print_cell(const struct output *output, size_t column, const char *cell, bool is_last)
{
	FILE *out = output->invocation->out;
	size_t length = utf8_length(slice_from(cell));
	size_t width = output->widths[column];
	int padding = length < width ? (int)(width - length) : 0;

	if (output->is_number[column])
		fprintf(out, "%*s%s", padding, "", cell);
	else if (is_last)
		fputs(cell, out);
	else
		fprintf(out, "%s%*s", cell, padding, "");
	fputs(is_last ? "\n" : "  ", out);
}

static void print_row(const struct output *output, char *const *cells)
{
	for (size_t i = 0; i < output->column_count; i++)
		print_cell(output, i, cells[i] ? cells[i] : "?", i + 1 == output->column_count);
}

static void flush_sample(struct output *output)
{
	if (output->is_flushed)
		return;
	output->is_flushed = true;
	for (size_t i = 0; output->sampled > 0 && i < output->column_count; i++)
		print_cell(output, i, output->names[i], i + 1 == output->column_count);
	for (size_t row = 0; row < output->sampled; row++)
		print_row(output, output->cells + row * output->column_count);
}

static int start_table(struct output *output, const struct store_value *values, size_t count, struct error *err)
{
	if (count > OUTPUT_COLUMNS_MAX) {
		(void)error_set(err, ERROR_LIMIT, "a listing with more than %d columns", OUTPUT_COLUMNS_MAX);
		return -1;
	}
	output->cells = calloc(OUTPUT_SAMPLE_ROWS * (count + 1), sizeof(*output->cells));
	if (!output->cells) {
		(void)error_set_memory(err);
		return -1;
	}
	output->column_count = count;
	for (size_t i = 0; i < count; i++) {
		output->names[i] = values[i].name;
		output->widths[i] = strlen(values[i].name);
		output->is_number[i] = values[i].type == STORE_INTEGER && !is_instant(values[i].name);
	}
	return 0;
}

static int sample_row(struct output *output, char **cells, const struct store_value *values, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		cells[i] = make_cell(output, &values[i]);
		if (!cells[i])
			return error_set_memory(err);
		size_t length = utf8_length(slice_from(cells[i]));
		if (length > output->widths[i])
			output->widths[i] = length;
	}
	return 0;
}

static int print_table_row(struct output *output, const struct store_value *values, size_t count, struct error *err)
{
	char *cells[OUTPUT_COLUMNS_MAX] = {NULL};

	if (!output->cells && start_table(output, values, count, err) < 0)
		return -1;
	if (output->sampled < OUTPUT_SAMPLE_ROWS) {
		int result = sample_row(output, output->cells + output->sampled * output->column_count, values, count, err);
		output->sampled++;
		return result;
	}
	flush_sample(output);
	int result = sample_row(output, cells, values, count, err);
	if (result == 0)
		print_row(output, cells);
	for (size_t i = 0; i < count; i++)
		free(cells[i]);
	return result;
}

static int take_row(void *context, const struct store_value *values, size_t count, struct error *err)
{
	struct output *output = context;

	output->row_count++;
	if (output->as_json)
		return print_json_row(output, values, count, err);
	if (output->as_record)
		return print_record(output, values, count, err);
	return print_table_row(output, values, count, err);
}

struct store_row_sink output_sink(struct output *output)
{
	return (struct store_row_sink){.context = output, .row = take_row};
}

void output_finish(struct output *output)
{
	if (!output->as_json && !output->as_record)
		flush_sample(output);
	for (size_t i = 0; output->cells && i < output->sampled * output->column_count; i++)
		free(output->cells[i]);
	free(output->cells);
	output->cells = NULL;
}
