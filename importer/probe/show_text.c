/* A probe for people: what the feed is, and a line for each field. */
#include "base/json.h"
#include "base/utf8.h"
#include "probe/show.h"

#include <stdio.h>
#include <string.h>

#define CELL_BYTES_MAX 65536
#define PATH_WIDTH_MAX 44
#define SAMPLES_WIDTH_MIN 24
#define SAMPLES_WIDTH_FILE 120 /* where there is no terminal */
#define COLUMN_COUNT 6

enum column { COLUMN_PATH, COLUMN_SHARE, COLUMN_DISTINCT, COLUMN_TYPE, COLUMN_GUESS, COLUMN_SAMPLES };

static const char *const column_names[COLUMN_COUNT] = {
	[COLUMN_PATH] = "field",      [COLUMN_SHARE] = "share",   [COLUMN_DISTINCT] = "different",
	[COLUMN_TYPE] = "looks like", [COLUMN_GUESS] = "perhaps", [COLUMN_SAMPLES] = "samples",
};

static void begin_colour(const struct probe_show *show, const char *code, struct buffer *buffer)
{
	if (show->use_colour)
		(void)buffer_append_format(buffer, "\x1b[%sm", code); /* failure sticks and is seen by the caller */
}

static void end_colour(const struct probe_show *show, struct buffer *buffer)
{
	if (show->use_colour)
		(void)buffer_append_text(buffer, "\x1b[0m"); /* as above */
}

/* --- the head --- */

static void append_size(struct buffer *buffer, uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB"};
	uint64_t unit = 1024;
	size_t i = 0;

	if (bytes < 1024) {
		(void)buffer_append_format(buffer, "%llu bytes", (unsigned long long)bytes); /* failure sticks */
		return;
	}
	while (i < 2 && bytes / unit >= 1024) {
		unit *= 1024;
		i++;
	}
	const uint64_t tenths = bytes * 10 / unit;
	(void)buffer_append_format(buffer, "%llu.%llu %s", (unsigned long long)(tenths / 10), (unsigned long long)(tenths % 10),
	                           units[i]);
}

static void append_label(const struct probe_show *show, const char *label, struct buffer *buffer)
{
	(void)buffer_append_text(buffer, "  "); /* failure sticks */
	begin_colour(show, "2", buffer);
	(void)buffer_append_format(buffer, "%-9s", label);
	end_colour(show, buffer);
}

static void append_dialect(const struct probe_show *show, struct buffer *buffer)
{
	const struct probe_report *report = show->report;

	append_label(show, "dialect", buffer);
	if (report->dialect.size > 0) {
		begin_colour(show, "32", buffer);
		utf8_append_printable(buffer, report->dialect);
		end_colour(show, buffer);
		if (show->dialect_description && show->dialect_description[0])
			(void)buffer_append_format(buffer, ": %s", show->dialect_description); /* failure sticks */
	} else {
		begin_colour(show, "33", buffer);
		(void)buffer_append_text(buffer, "none: ");
		end_colour(show, buffer);
		utf8_append_printable(buffer, report->dialect_reason);
	}
	(void)buffer_append_byte(buffer, '\n');
}

static void append_ids(const struct probe_show *show, struct buffer *buffer)
{
	const struct guess_item *item = show->guess->has_skus ? &show->guess->sku : &show->guess->record;
	const struct guess_mapping *mapping = guess_find(item, PROBE_TARGET_ID);

	append_label(show, "ids", buffer);
	if (mapping == NULL) {
		(void)buffer_append_text(buffer, "no field looks like one\n"); /* failure sticks */
		return;
	}
	const struct probe_field *field = &show->report->fields[mapping->field];
	const unsigned long long values = field->repeats + field->distinct;
	utf8_append_printable(buffer, field->full);
	if (field->repeats == 0)
		(void)buffer_append_text(buffer, field->is_estimate ? ", all different in a sample" : ", all different");
	else
		(void)buffer_append_format(buffer, ", %s%llu of %llu repeat one that came before",
		                           field->is_estimate ? "about " : "", (unsigned long long)field->repeats, values);
	if (mapping->confidence < GUESS_SURE)
		(void)buffer_append_format(buffer, " (%d %% sure)", mapping->confidence);
	(void)buffer_append_byte(buffer, '\n');
}

static void append_records(const struct probe_show *show, struct buffer *buffer)
{
	const struct probe_report *report = show->report;

	append_label(show, "records", buffer);
	if (!report->has_records) {
		(void)buffer_append_text(buffer, "none found\n"); /* failure sticks */
		return;
	}
	(void)buffer_append_format(buffer, "%llu", (unsigned long long)report->lists[0].count);
	if (report->lists[0].path.size > 0) {
		(void)buffer_append_text(buffer, " of ");
		utf8_append_printable(buffer, report->lists[0].path);
	} else {
		(void)buffer_append_text(buffer, " rows");
	}
	if (show->guess->has_skus) {
		const struct probe_list *list = &report->lists[show->guess->sku.list];
		(void)buffer_append_format(buffer, ", with %llu SKUs in ", (unsigned long long)list->count);
		utf8_append_printable(buffer, list->full);
	}
	(void)buffer_append_byte(buffer, '\n');
	append_ids(show, buffer);
}

static void append_warnings(const struct probe_show *show, struct buffer *buffer)
{
	const struct {
		uint64_t count;
		const char *text;
	} warnings[] = {
		{show->report->oversize, "records are beyond a limit and were left out"},
		{show->report->undefined, "bytes have no meaning in the feed's encoding"},
		{show->report->faults, "faults in the document; an import lists them as complaints"},
		{show->report->left_out, "occurrences of further fields are not shown"},
	};

	for (size_t i = 0; i < sizeof(warnings) / sizeof(warnings[0]); i++) {
		if (warnings[i].count == 0)
			continue;
		append_label(show, "note", buffer);
		(void)buffer_append_format(buffer, "%llu %s\n", (unsigned long long)warnings[i].count, warnings[i].text);
	}
}

static void append_head(const struct probe_show *show, struct buffer *buffer)
{
	const struct probe_report *report = show->report;

	begin_colour(show, "1", buffer);
	utf8_append_printable(buffer, slice_from(show->source));
	end_colour(show, buffer);
	(void)buffer_append_format(buffer, ": %s, ", feed_format_name(report->format)); /* failure sticks */
	utf8_append_printable(buffer, report->encoding);
	(void)buffer_append_format(buffer, " (%s), ", probe_encoding_origin(report->encoding_origin));
	append_size(buffer, report->bytes);
	(void)buffer_append_byte(buffer, '\n');
	if (report->root.size > 0) {
		append_label(show, "root", buffer);
		utf8_append_printable(buffer, report->root);
		if (report->root_space.size > 0) {
			(void)buffer_append_text(buffer, " of ");
			utf8_append_printable(buffer, report->root_space);
		}
		(void)buffer_append_byte(buffer, '\n');
	}
	append_dialect(show, buffer);
	append_records(show, buffer);
	append_warnings(show, buffer);
}

/* --- the fields --- */

static void append_percent(struct buffer *cell, uint64_t part, uint64_t of)
{
	const int percent = guess_percent(part, of);

	/* The border figures only where they are exact. */
	if (percent == 1 && part < of / 100)
		(void)buffer_append_text(cell, "<1 %"); /* failure sticks */
	else
		(void)buffer_append_format(cell, "%d %%", percent);
}

static void append_share(const struct probe_show *show, const struct probe_field *field, struct buffer *cell)
{
	const uint64_t of = show->report->lists[field->list].count;

	append_percent(cell, field->owners, of);
	if (field->owners_filled == field->owners)
		return;
	(void)buffer_append_text(cell, ", "); /* failure sticks */
	append_percent(cell, field->owners_filled, of);
	(void)buffer_append_text(cell, " filled");
}

static void append_type(const struct probe_field *field, struct buffer *cell)
{
	const enum value_type type = value_tally_type(&field->tally);
	const size_t separator = value_tally_separator(&field->tally);

	if (field->filled == 0) {
		(void)buffer_append_text(cell, "empty"); /* failure sticks */
		return;
	}
	(void)buffer_append_text(cell, value_type_name(type));
	if (type == VALUE_PATH && separator < VALUE_SEPARATOR_COUNT)
		(void)buffer_append_format(cell, " '%s'", value_separator(separator));
	if (type == VALUE_MONEY && field->currency[0])
		(void)buffer_append_format(cell, " %s", field->currency);
	if (field->is_repeated || field->member_count > 0)
		(void)buffer_append_text(cell, ", several");
}

static void append_samples(const struct probe_field *field, struct buffer *cell)
{
	for (uint32_t i = 0; i < field->sample_count; i++) {
		(void)buffer_append_text(cell, i == 0 ? "" : " | "); /* failure sticks */
		utf8_append_printable(cell, field->samples[i].text);
		if (field->samples[i].is_cut)
			(void)buffer_append_text(cell, "…");
	}
}

static void append_guess(const struct probe_show *show, uint32_t index, struct buffer *cell)
{
	const struct guess_mapping *mapping = guess_of_field(show->guess, index);

	if (mapping == NULL)
		return;
	(void)buffer_append_text(cell, probe_target_name(mapping->target)); /* failure sticks */
	if (mapping->confidence < GUESS_SURE)
		(void)buffer_append_format(cell, "? %d %%", mapping->confidence);
}

static void append_cell(const struct probe_show *show, uint32_t index, enum column column, struct buffer *cell)
{
	const struct probe_field *field = &show->report->fields[index];

	switch (column) {
	case COLUMN_PATH:
		utf8_append_printable(cell, field->list == 0 ? field->full : field->path);
		break;
	case COLUMN_SHARE:
		append_share(show, field, cell);
		break;
	case COLUMN_DISTINCT:
		(void)buffer_append_format(cell, "%s%llu", field->is_estimate ? "~" : "", (unsigned long long)field->distinct);
		break;
	case COLUMN_TYPE:
		append_type(field, cell);
		break;
	case COLUMN_GUESS:
		append_guess(show, index, cell);
		break;
	case COLUMN_SAMPLES:
		append_samples(field, cell);
		break;
	}
}

struct table {
	const struct probe_show *show;
	size_t widths[COLUMN_COUNT];
	struct buffer cell;
};

static size_t limit_of(const struct table *table, enum column column)
{
	size_t before = 2;

	if (column == COLUMN_PATH)
		return PATH_WIDTH_MAX;
	if (column != COLUMN_SAMPLES)
		return SIZE_MAX;
	if (table->show->width == 0)
		return SAMPLES_WIDTH_FILE;
	for (unsigned i = 0; i < COLUMN_SAMPLES; i++)
		before += table->widths[i] + 2;
	return table->show->width > before + SAMPLES_WIDTH_MIN ? table->show->width - before : SAMPLES_WIDTH_MIN;
}

/* The cell's characters, at most as many as its column may have. */
static struct slice cut_cell(const struct table *table, enum column column, size_t *ret_length)
{
	const struct slice cell = buffer_slice(&table->cell);
	const size_t limit = limit_of(table, column);
	size_t size = 0;

	*ret_length = 0;
	while (size < cell.size && *ret_length < limit) {
		size_t taken;
		(void)utf8_decode(slice_make(cell.data + size, cell.size - size), &taken);
		size += taken;
		(*ret_length)++;
	}
	return slice_make(cell.data, size);
}

static void measure(struct table *table)
{
	size_t length;

	for (unsigned column = 0; column < COLUMN_SAMPLES; column++) {
		table->widths[column] = strlen(column_names[column]);
		for (uint32_t i = 0; i < table->show->report->field_count; i++) {
			buffer_clear(&table->cell);
			append_cell(table->show, i, (enum column)column, &table->cell);
			(void)cut_cell(table, (enum column)column, &length);
			if (length > table->widths[column])
				table->widths[column] = length;
		}
	}
}

static void append_column(struct table *table, enum column column, struct buffer *buffer)
{
	size_t length;
	const struct slice cell = cut_cell(table, column, &length);

	(void)buffer_append_slice(buffer, cell); /* failure sticks */
	if (cell.size < table->cell.size) {
		buffer->size -= cell.size > 0 && !buffer->failed ? 1 : 0;
		while (!buffer->failed && buffer->size > 0 && utf8_is_continuation(buffer->data[buffer->size]))
			buffer->size--;
		(void)buffer_append_text(buffer, "…");
	}
	for (; column != COLUMN_SAMPLES && length < table->widths[column] + 2; length++)
		(void)buffer_append_byte(buffer, ' ');
}

static void append_row(struct table *table, uint32_t index, struct buffer *buffer)
{
	const struct guess_mapping *mapping = guess_of_field(table->show->guess, index);

	(void)buffer_append_text(buffer, "  "); /* failure sticks */
	for (unsigned column = 0; column < COLUMN_COUNT; column++) {
		const bool is_coloured = column == COLUMN_GUESS && mapping != NULL;

		buffer_clear(&table->cell);
		append_cell(table->show, index, (enum column)column, &table->cell);
		if (is_coloured)
			begin_colour(table->show, mapping->confidence < GUESS_SURE ? "33" : "32", buffer);
		append_column(table, (enum column)column, buffer);
		if (is_coloured)
			end_colour(table->show, buffer);
	}
	while (!buffer->failed && buffer->size > 0 && buffer->data[buffer->size - 1] == ' ')
		buffer->size--;
	(void)buffer_append_byte(buffer, '\n');
}

static void append_header(struct table *table, struct buffer *buffer)
{
	(void)buffer_append_text(buffer, "\n  "); /* failure sticks */
	begin_colour(table->show, "2", buffer);
	for (unsigned column = 0; column < COLUMN_COUNT; column++) {
		buffer_clear(&table->cell);
		(void)buffer_append_text(&table->cell, column_names[column]);
		append_column(table, (enum column)column, buffer);
	}
	end_colour(table->show, buffer);
	(void)buffer_append_byte(buffer, '\n');
}

static bool is_list_of(const struct guess_item *item, uint32_t index)
{
	for (size_t i = 0; i < item->pairs_count; i++) {
		if (item->pairs[i].list == index)
			return true;
	}
	return false;
}

static const char *list_meaning(const struct guess *guess, uint32_t index)
{
	if (guess->has_skus && guess->sku.list == index)
		return "; perhaps the SKUs";
	if (is_list_of(&guess->record, index) || (guess->has_skus && is_list_of(&guess->sku, index)))
		return "; perhaps attributes";
	if ((guess->record.has_categories && guess->record.categories.list == index) ||
	    (guess->has_skus && guess->sku.has_categories && guess->sku.categories.list == index))
		return "; perhaps categories";
	return "";
}

static void append_list_title(const struct probe_show *show, uint32_t index, struct buffer *buffer)
{
	const struct probe_list *list = &show->report->lists[index];

	(void)buffer_append_text(buffer, "\n  "); /* failure sticks */
	begin_colour(show, "1", buffer);
	utf8_append_printable(buffer, list->full);
	end_colour(show, buffer);
	(void)buffer_append_format(buffer, ": %llu in ", (unsigned long long)list->count);
	append_percent(buffer, list->owners, show->report->lists[list->outer].count);
	(void)buffer_append_format(buffer, " of %s, at most %llu in one%s\n", list->outer == 0 ? "records" : "their lists",
	                           (unsigned long long)list->most, list_meaning(show->guess, index));
}

static void append_fields(struct table *table, struct buffer *buffer)
{
	const struct probe_report *report = table->show->report;

	append_header(table, buffer);
	for (uint32_t list = 0; list < report->list_count; list++) {
		bool has_title = list == 0;

		for (uint32_t i = 0; i < report->field_count; i++) {
			if (report->fields[i].list != list)
				continue;
			if (!has_title)
				append_list_title(table->show, list, buffer);
			has_title = true;
			append_row(table, i, buffer);
		}
	}
}

void probe_show_text(const struct probe_show *show, struct buffer *buffer)
{
	struct table table = {.show = show};

	append_head(show, buffer);
	if (!show->report->has_records)
		return;
	buffer_init(&table.cell, CELL_BYTES_MAX);
	measure(&table);
	append_fields(&table, buffer);
	buffer_release(&table.cell);
}
