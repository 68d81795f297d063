/* A run's report: one JSON object for programs, a few lines for people. */
#pragma once

#include "base/json.h"
#include "run/run.h"

/* One object, without a line end. */
void run_report_append_json(const struct run_report *report, struct buffer *buffer);

struct run_report_style {
	bool use_colour;
};

/* For people: what happened, the numbers, complaints worth a look, and what to do next; lines with line ends. */
void run_report_append_text(const struct run_report *report, struct run_report_style style, struct buffer *buffer);

/* A few samples of a plan for each action; lines with line ends. Errors of plan_reader. */
must_use int run_report_append_samples(const char *plan_path, struct buffer *buffer, struct error *err);

/* The worst of what these guards mind in a plan; nothing where they mind no items. Errors of plan_reader. */
must_use int run_report_append_worst(const char *plan_path, const char *const *guards, size_t guard_count, struct buffer *buffer,
                                     struct error *err);

/* How the plan differs from the one that was approved. */
void run_report_append_difference(const struct plan_difference *difference, struct buffer *buffer);

/* Told with a feed that was applied although nothing proves it whole. */
#define RUN_WARNING_UNPROVEN "nothing proves that the feed was whole: nothing was removed"

/* Told where records beyond the limits have others nested in them. */
#define RUN_WARNING_UNNAMED "records beyond the limits hold items that could not be read: nothing was removed"

/* Told where a redirect led out of where the connection may be used; false where none did. */
#define RUN_WARNING_SIZE 512
must_use bool run_report_withheld_warning(const struct run_report *report, char ret_text[RUN_WARNING_SIZE]);

/* For reports of other kinds of runs: the member 'error', null where there is none; and the table of what happened to items. */
void run_report_append_error(const struct error *err, struct json_writer *json);
void run_report_append_table(const struct run_counts *counts, struct buffer *buffer);
