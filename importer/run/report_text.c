/* A run's report for people: one line that says it all, a table of numbers, and what needs a look. */
#include "run/report.h"

#include "base/number.h"
#include "base/utf8.h"
#include "run/reader.h"

#include <string.h>

#define COMPLAINTS_SHOWN 6

enum colour { COLOUR_GOOD, COLOUR_QUIET, COLOUR_WARNING, COLOUR_BAD };

static const char *const colour_codes[] = {
	[COLOUR_GOOD] = "\033[32m",
	[COLOUR_QUIET] = "\033[2m",
	[COLOUR_WARNING] = "\033[33m",
	[COLOUR_BAD] = "\033[31m",
};

struct text_report {
	const struct run_report *report;
	struct run_report_style style;
	struct buffer *buffer;
};

static void append_coloured(const struct text_report *text, enum colour colour, const char *word)
{
	if (text->style.use_colour)
		(void)buffer_append_text(text->buffer, colour_codes[colour]); /* failure sticks and is seen by the caller */
	(void)buffer_append_text(text->buffer, word);
	if (text->style.use_colour)
		(void)buffer_append_text(text->buffer, "\033[0m");
}

/* 1234567 as '1,234,567'. */
static void append_grouped(struct buffer *buffer, int64_t number, int width)
{
	char digits[32];
	char grouped[48];
	size_t out = 0;
	int size = 0;
	uint64_t rest = number < 0 ? (uint64_t) - (number + 1) + 1 : (uint64_t)number;

	do {
		digits[size++] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0)
		grouped[out++] = '-';
	while (size > 0) {
		grouped[out++] = digits[--size];
		if (size > 0 && size % 3 == 0)
			grouped[out++] = ',';
	}
	grouped[out] = '\0';
	(void)buffer_append_format(buffer, "%*s", width, grouped);
}

static void append_bytes(struct buffer *buffer, int64_t bytes)
{
	static const char *const units[] = {"bytes", "KiB", "MiB", "GiB"};
	int64_t tenths = bytes * 10;
	size_t unit = 0;

	while (tenths >= 10240 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		tenths /= 1024;
		unit++;
	}
	if (unit == 0)
		(void)buffer_append_format(buffer, "%lld bytes", (long long)bytes);
	else
		(void)buffer_append_format(buffer, "%lld.%lld %s", (long long)(tenths / 10), (long long)(tenths % 10), units[unit]);
}

static void append_seconds(struct buffer *buffer, int64_t ms)
{
	(void)buffer_append_format(buffer, "%lld.%02lld s", (long long)(ms / 1000), (long long)(ms % 1000 / 10));
}

static enum colour outcome_colour(const struct run_report *report)
{
	switch (report->outcome) {
	case RUN_APPLIED:
		return COLOUR_GOOD;
	case RUN_UNCHANGED:
	case RUN_PLANNED:
		return COLOUR_QUIET;
	case RUN_HELD:
		return COLOUR_WARNING;
	default:
		return COLOUR_BAD;
	}
}

static void append_heading(const struct text_report *text)
{
	const struct run_report *report = text->report;
	struct buffer *buffer = text->buffer;

	utf8_append_printable(buffer, slice_from(report->job->name));
	(void)buffer_append_text(buffer, ": ");
	append_coloured(text, outcome_colour(report),
	                report->is_dry && report->outcome == RUN_PLANNED ? "planned (dry run, nothing was changed)"
	                                                                 : run_outcome_name(report->outcome));
	if (report->run_id > 0)
		(void)buffer_append_format(buffer, ", run %lld", (long long)report->run_id);
	(void)buffer_append_text(buffer, ", ");
	append_seconds(buffer, report->duration_ms);
	(void)buffer_append_byte(buffer, '\n');
}

static void append_feed(const struct text_report *text)
{
	const struct run_report *report = text->report;
	struct buffer *buffer = text->buffer;

	(void)buffer_append_text(buffer, "  feed    ");
	utf8_append_printable(buffer, slice_from(report->source));
	if (report->was_not_modified)
		(void)buffer_append_text(buffer, ", not modified since the last run");
	else if (report->was_fetched) {
		(void)buffer_append_text(buffer, ", ");
		append_bytes(buffer, report->feed.bytes);
		if (report->outcome == RUN_UNCHANGED)
			(void)buffer_append_text(buffer, ", the same bytes as in the last run");
	}
	if (report->was_read) {
		/* Words of another process. */
		(void)buffer_append_text(buffer, ", ");
		utf8_append_printable(buffer, slice_from(report->dialect));
		(void)buffer_append_text(buffer, ", ");
		utf8_append_printable(buffer, slice_from(report->encoding));
		(void)buffer_append_text(buffer, run_report_is_proven(report) ? ", whole" : ", not proven whole");
	}
	(void)buffer_append_text(buffer, "\n  store   ");
	utf8_append_printable(buffer, slice_from(report->store));
	(void)buffer_append_format(buffer, ", catalog %s\n", report->job->catalog);
}

static void append_records(const struct text_report *text)
{
	const struct record_counts *records = &text->report->counts.records;
	struct buffer *buffer = text->buffer;

	(void)buffer_append_text(buffer, "  records ");
	append_grouped(buffer, records->read, 0);
	(void)buffer_append_text(buffer, " read = ");
	append_grouped(buffer, records->mapped, 0);
	(void)buffer_append_text(buffer, " mapped + ");
	append_grouped(buffer, records->rejected, 0);
	(void)buffer_append_text(buffer, " rejected");
	if (records->known > 0) {
		(void)buffer_append_text(buffer, " + ");
		append_grouped(buffer, records->known, 0);
		(void)buffer_append_text(buffer, " known");
	}
	(void)buffer_append_text(buffer, "\n\n");
}

struct table_column {
	const char *title;
	int width;
};

static const struct table_column columns[] = {
	{"before", 10},  {"created", 10},   {"updated", 10}, {"restored", 10},
	{"removed", 10}, {"unchanged", 11}, {"other", 9},    {"after", 10},
};

void run_report_append_table(const struct run_counts *counts, struct buffer *buffer)
{
	(void)buffer_append_format(buffer, "  %-10s", "");
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		(void)buffer_append_format(buffer, "%*s", columns[i].width, columns[i].title);
	(void)buffer_append_byte(buffer, '\n');
	for (int kind = 0; kind < ITEM_KIND_COUNT; kind++) {
		const struct kind_counts *row = &counts->kinds[kind];
		const struct stock_counts *stock = &counts->stock[kind];
		int64_t other = row->skipped_mode + row->skipped_scope + row->skipped_foreign + row->merged + row->duplicate +
		                row->rejected;
		int64_t cells[] = {stock->before,  row->created,   row->updated, row->restored,
		                   stock->removed, row->unchanged, other,        stock->after};
		(void)buffer_append_format(buffer, "  %-10s", item_kind_plural((enum item_kind)kind));
		for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
			append_grouped(buffer, cells[i], columns[i].width);
		(void)buffer_append_byte(buffer, '\n');
	}
}

static void append_part(const struct text_report *text, bool *is_first, const char *word, int64_t number, const char *kind)
{
	if (number == 0)
		return;
	(void)buffer_append_text(text->buffer, *is_first ? "  other   " : ", ");
	*is_first = false;
	append_grouped(text->buffer, number, 0);
	(void)buffer_append_format(text->buffer, " %s %s", kind, word);
}

/* What the column 'other' is made of, and what left or came without being removed or created. */
static void append_other(const struct text_report *text)
{
	const struct run_counts *counts = &text->report->counts;
	bool is_first = true;

	for (int kind = 0; kind < ITEM_KIND_COUNT; kind++) {
		const struct kind_counts *row = &counts->kinds[kind];
		const char *name = item_kind_plural((enum item_kind)kind);
		append_part(text, &is_first, "rejected", row->rejected, name);
		append_part(text, &is_first, "duplicate", row->duplicate, name);
		append_part(text, &is_first, "merged", row->merged, name);
		append_part(text, &is_first, "of another job", row->skipped_foreign, name);
		append_part(text, &is_first, "left out by mode", row->skipped_mode, name);
		append_part(text, &is_first, "out of scope", row->skipped_scope, name);
		append_part(text, &is_first, "adopted", counts->stock[kind].adopted, name);
		append_part(text, &is_first, "released", counts->stock[kind].released, name);
	}
	if (!is_first)
		(void)buffer_append_byte(text->buffer, '\n');
}

static int64_t complaint_count(const struct run_counts *counts, size_t code)
{
	return counts->complaints_new[code] + counts->complaints_standing[code];
}

/* The codes with most complaints first. */
static void append_complaints(const struct text_report *text)
{
	const struct run_counts *counts = &text->report->counts;
	bool shown[COMPLAINT_CODE_COUNT] = {false};
	int64_t total = counts_complaints_total(counts);

	if (total == 0)
		return;
	(void)buffer_append_text(text->buffer, "\n  ");
	append_grouped(text->buffer, total, 0);
	(void)buffer_append_text(text->buffer, total == 1 ? " complaint about the feed:\n" : " complaints about the feed:\n");
	for (int line = 0; line < COMPLAINTS_SHOWN; line++) {
		size_t most = COMPLAINT_CODE_COUNT;
		for (size_t code = 0; code < COMPLAINT_CODE_COUNT; code++) {
			if (!shown[code] && complaint_count(counts, code) > 0 &&
			    (most == COMPLAINT_CODE_COUNT || complaint_count(counts, code) > complaint_count(counts, most)))
				most = code;
		}
		if (most == COMPLAINT_CODE_COUNT)
			break;
		shown[most] = true;
		const struct complaint_definition *definition = complaint_definition((enum complaint_code)most);
		append_grouped(text->buffer, complaint_count(counts, most), 10);
		(void)buffer_append_text(text->buffer, "  ");
		append_coloured(text, definition->severity == SEVERITY_NOTE ? COLOUR_QUIET : COLOUR_WARNING, definition->name);
		(void)buffer_append_format(text->buffer, ": %s\n", definition->advice);
	}
	if (text->report->outcome == RUN_APPLIED || text->report->plan_path[0])
		(void)buffer_append_format(text->buffer, "  samples and what to do: feedmill complaints %lld\n",
		                           (long long)text->report->run_id);
}

static void append_error(const struct text_report *text)
{
	const struct error *err = &text->report->error;
	struct buffer *buffer = text->buffer;
	char place[ERROR_PLACE_SIZE];

	(void)buffer_append_text(buffer, "  ");
	append_coloured(text, COLOUR_BAD, "error");
	error_format_place(err, place);
	(void)buffer_append_format(buffer, "   %s%s\n  the catalogue is as it was\n", err->message, place);
}

static void append_warning(const struct text_report *text, const char *warning)
{
	(void)buffer_append_text(text->buffer, "  ");
	append_coloured(text, COLOUR_WARNING, "warning");
	(void)buffer_append_format(text->buffer, " %s\n", warning);
}

/* What guards found, and what a person can do about it. */
static void append_guards(const struct text_report *text)
{
	const struct run_report *report = text->report;

	for (size_t index = 0; index < report->guards.count; index++) {
		const struct guard_finding *finding = &report->guards.findings[index];

		(void)buffer_append_text(text->buffer, "  ");
		append_coloured(text, COLOUR_WARNING, "guard");
		(void)buffer_append_format(text->buffer, "   %s%s: ", finding->guard,
		                           report->guards.is_approved ? ", approved" : "");
		if (finding->subject[0]) {
			utf8_append_printable(text->buffer, slice_from(finding->subject));
			(void)buffer_append_text(text->buffer, ": ");
		}
		utf8_append_printable(text->buffer, slice_from(finding->message));
		(void)buffer_append_byte(text->buffer, '\n');
	}
	if (report->outcome == RUN_PLANNED && run_report_is_held(report))
		(void)buffer_append_text(text->buffer,
		                         "  the run would be held: nothing is applied before somebody says 'feedmill approve'\n");
	if (report->outcome == RUN_HELD)
		(void)buffer_append_format(text->buffer,
		                           "  the catalogue is as it was; look: feedmill show %lld, feedmill changes %lld; "
		                           "apply it all the same: feedmill approve %lld\n",
		                           (long long)report->run_id, (long long)report->run_id, (long long)report->run_id);
}

static void append_plan(const struct text_report *text)
{
	const struct run_report *report = text->report;
	struct error ignored = ERROR_INIT; /* the plan was written just now, and its path is told */

	if (!report->plan_path[0])
		return;
	(void)buffer_append_format(text->buffer, "  plan    %s\n", report->plan_path);
	if (report->was_read)
		(void)!run_report_append_samples(report->plan_path, text->buffer, &ignored);
	if (report->difference.is_known)
		run_report_append_difference(&report->difference, text->buffer);
}

void run_report_append_text(const struct run_report *report, struct run_report_style style, struct buffer *buffer)
{
	struct text_report text = {.report = report, .style = style, .buffer = buffer};
	char cage_warning[READER_WARNING_SIZE];
	char withheld_warning[RUN_WARNING_SIZE];

	append_heading(&text);
	append_feed(&text);
	if (report->was_read && !run_report_is_proven(report))
		append_warning(&text, RUN_WARNING_UNPROVEN);
	if (report->was_read && report->has_unnamed)
		append_warning(&text, RUN_WARNING_UNNAMED);
	if (run_report_withheld_warning(report, withheld_warning))
		append_warning(&text, withheld_warning);
	if (reader_cage_warning(&report->cage, cage_warning))
		append_warning(&text, cage_warning);
	if (report->was_read) {
		append_records(&text);
		run_report_append_table(&report->counts, buffer);
		append_other(&text);
		append_complaints(&text);
	}
	append_plan(&text);
	append_guards(&text);
	if (report->error.code != ERROR_NONE)
		append_error(&text);
}
