/* What an undo did, or what was in its way: one JSON object for programs, a few lines for people. */
#include "base/instant.h"
#include "base/utf8.h"
#include "run/report.h"
#include "run/undo.h"

#include <inttypes.h>

#define CONFLICTS_SHOWN 50
#define VALUE_BYTES_SHOWN 60

/* JSON */

static void member_json(struct json_writer *json, const char *name, struct slice value)
{
	json_key(json, name);
	if (slice_is_empty(value))
		json_null(json);
	else
		json_raw(json, value);
}

static void member_run(struct json_writer *json, const char *name, int64_t run_id)
{
	json_key(json, name);
	if (run_id > 0)
		json_integer(json, run_id);
	else
		json_null(json);
}

static void append_conflicts(const struct undo_run_report *report, struct json_writer *json)
{
	json_member_integer(json, "conflict_count", report->conflict_count);
	json_key(json, "conflicts");
	json_array_begin(json);
	for (size_t index = 0; index < report->conflicts_listed; index++) {
		const struct undo_run_conflict *conflict = &report->conflicts[index];

		json_object_begin(json);
		json_member_text(json, "kind", conflict->kind);
		json_member_string(json, "item_id", conflict->item_id);
		json_member_text(json, "field", conflict->field);
		member_json(json, "to_be", conflict->to_be);
		member_json(json, "is_now", conflict->is_now);
		member_run(json, "run", conflict->run_id);
		json_member_text(json, "reason", conflict->reason);
		json_object_end(json);
	}
	json_array_end(json);
}

static void append_counts(const struct undo_run_report *report, struct json_writer *json)
{
	static const char *const names[] = {"records", "categories", "products", "skus", "complaints", "fields", "currencies"};

	if (report->has_counts) {
		counts_append_json(&report->counts, json);
		return;
	}
	for (size_t index = 0; index < sizeof(names) / sizeof(names[0]); index++) {
		json_key(json, names[index]);
		json_null(json);
	}
}

void undo_run_report_append_json(const struct undo_run_report *report, struct buffer *buffer)
{
	char started[INSTANT_TEXT_SIZE];
	struct json_writer json;

	instant_format(report->started_at_ms, started);
	json_writer_init(&json, buffer);
	json_object_begin(&json);
	member_run(&json, "run", report->run_id);
	json_member_text(&json, "trigger", "undo");
	member_run(&json, "undone_run", report->undone_run_id);
	json_member_text(&json, "job", report->job);
	json_member_text(&json, "catalog", report->catalog);
	json_member_text(&json, "store", report->store);
	json_member_text(&json, "outcome", run_outcome_name(report->outcome));
	json_member_integer(&json, "exit_status", undo_run_exit_status(report));
	json_member_bool(&json, "keep_later", report->keeps_later);
	json_member_text(&json, "started_at", started);
	json_member_integer(&json, "duration_ms", report->duration_ms);
	json_member_integer(&json, "lock_wait_ms", report->lock_times.wait_ms);
	json_member_integer(&json, "lock_held_ms", report->lock_times.held_ms);
	json_member_text(&json, "plan_digest", report->has_counts ? report->plan_digest : NULL);
	append_conflicts(report, &json);
	append_counts(report, &json);
	run_report_append_error(&report->error, &json);
	json_object_end(&json);
}

/* Text */

static void append_value(struct buffer *buffer, struct slice json)
{
	const struct slice head = utf8_cut(json, VALUE_BYTES_SHOWN);

	if (slice_is_empty(json)) {
		(void)buffer_append_text(buffer, "nothing"); /* failure sticks and is seen by the caller */
		return;
	}
	utf8_append_printable(buffer, head);
	if (head.size < json.size)
		(void)buffer_append_text(buffer, "…");
}

static void append_conflict(struct buffer *buffer, const struct undo_run_conflict *conflict)
{
	(void)buffer_append_format(buffer, "  %s ", conflict->kind);
	utf8_append_printable(buffer, conflict->item_id);
	if (conflict->field != NULL)
		(void)buffer_append_format(buffer, ", %s", conflict->field);
	(void)buffer_append_format(buffer, ": %s", conflict->reason);
	if (!slice_is_empty(conflict->to_be) || !slice_is_empty(conflict->is_now)) {
		(void)buffer_append_text(buffer, "; was to be ");
		append_value(buffer, conflict->to_be);
		(void)buffer_append_text(buffer, ", is ");
		append_value(buffer, conflict->is_now);
	}
	if (conflict->run_id > 0)
		(void)buffer_append_format(buffer, " (run %" PRId64 ")\n", conflict->run_id);
	else
		(void)buffer_append_text(buffer, " (by hand)\n");
}

static void append_conflict_lines(const struct undo_run_report *report, struct buffer *buffer)
{
	const size_t shown = report->conflicts_listed < CONFLICTS_SHOWN ? report->conflicts_listed : CONFLICTS_SHOWN;

	if (report->conflict_count == 0)
		return;
	(void)buffer_append_format(buffer, "\n%" PRId64 " %s touched since:\n", report->conflict_count,
	                           report->outcome == RUN_APPLIED ? "left as they are,"
	                                                          : "in the way (--keep-later leaves them and undoes the rest),");
	for (size_t index = 0; index < shown; index++)
		append_conflict(buffer, &report->conflicts[index]);
	if ((int64_t)shown < report->conflict_count)
		(void)buffer_append_format(buffer, "  … and %" PRId64 " more, which --json lists\n",
		                           report->conflict_count - (int64_t)shown);
}

void undo_run_report_append_text(const struct undo_run_report *report, struct buffer *buffer)
{
	if (report->outcome == RUN_APPLIED) {
		utf8_append_printable(buffer, slice_from(report->job));
		(void)buffer_append_format(buffer, ": run %" PRId64 " undone by run %" PRId64 ", catalog ", report->undone_run_id,
		                           report->run_id);
		utf8_append_printable(buffer, slice_from(report->catalog));
		(void)buffer_append_text(buffer, "\n\n");
		run_report_append_table(&report->counts, buffer);
	}
	append_conflict_lines(report, buffer);
	if (report->outcome == RUN_APPLIED)
		(void)buffer_append_format(
			buffer, "\n  what it changed: feedmill changes %" PRId64 "; to take it back: feedmill undo %" PRId64 "\n",
			report->run_id, report->run_id);
}
