/* A run's report as JSON. */
#include "run/report.h"

#include "base/instant.h"
#include "base/json.h"
#include "connection/connection.h"
#include "run/reader.h"

#include <stdio.h>

static void append_instant(struct json_writer *json, const char *name, int64_t ms)
{
	char text[INSTANT_TEXT_SIZE];

	instant_format(ms, text);
	json_member_text(json, name, text);
}

static void append_member_or_null(struct json_writer *json, const char *name, const char *text)
{
	json_member_text(json, name, text[0] ? text : NULL);
}

static void append_feed(const struct run_report *report, struct json_writer *json)
{
	const struct fetch_result *feed = &report->feed;

	json_key(json, "feed");
	if (!report->was_fetched) {
		json_null(json);
		return;
	}
	json_object_begin(json);
	append_member_or_null(json, "sha256", feed->sha256);
	json_member_integer(json, "bytes", feed->bytes);
	json_key(json, "http_status");
	if (feed->http_status > 0)
		json_integer(json, feed->http_status);
	else
		json_null(json);
	append_member_or_null(json, "content_type", feed->content_type);
	append_member_or_null(json, "final_source", feed->final_source);
	append_member_or_null(json, "dialect", report->dialect);
	append_member_or_null(json, "encoding", report->encoding);
	append_member_or_null(json, "unsifted", report->unsifted);
	/* What proves that the feed is whole. */
	json_key(json, "whole");
	json_array_begin(json);
	if (report->is_whole)
		json_text(json, "end_of_document");
	if (feed->is_length_proven)
		json_text(json, "length");
	json_array_end(json);
	json_object_end(json);
}

void run_report_append_error(const struct error *err, struct json_writer *json)
{
	json_key(json, "error");
	if (err->code == ERROR_NONE) {
		json_null(json);
		return;
	}
	json_object_begin(json);
	json_member_text(json, "code", error_code_name(err->code));
	json_member_text(json, "message", err->message);
	if (err->line > 0)
		json_member_integer(json, "line", err->line);
	if (err->column > 0)
		json_member_integer(json, "column", err->column);
	if (err->byte >= 0)
		json_member_integer(json, "byte", err->byte);
	json_member_bool(json, "temporary", error_is_temporary(err));
	json_object_end(json);
}

static void append_null_counts(struct json_writer *json)
{
	static const char *const names[] = {"records", "categories", "products", "skus", "complaints", "fields", "currencies"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_key(json, names[i]);
		json_null(json);
	}
}

/* What decided over the items, as far as it is not the default of most jobs. */
static void append_policies(const struct job_config *job, struct json_writer *json)
{
	json_member_text(json, "mode", mode_policy_name(job->mode));
	json_member_text(json, "scope", scope_policy_name(job->scope));
	json_member_text(json, "missing", missing_policy_name(job->missing));
	json_member_integer(json, "missing_after", job->missing_after);
}

bool run_report_withheld_warning(const struct run_report *report, char ret_text[RUN_WARNING_SIZE])
{
	if (!report->connection || !report->was_fetched || report->feed.withheld_from[0] == '\0')
		return false;
	(void)snprintf(ret_text, RUN_WARNING_SIZE, "redirected to '%s', which got nothing of the connection '%s'",
	               report->feed.withheld_from, report->connection->name); /* a name has at most 64 bytes: it fits */
	return true;
}

static void append_connection(const struct run_report *report, struct json_writer *json)
{
	json_key(json, "connection");
	if (!report->connection) {
		json_null(json);
		return;
	}
	json_object_begin(json);
	json_member_text(json, "name", report->connection->name);
	json_member_text(json, "revision", report->connection->revision);
	append_member_or_null(json, "withheld_from", report->was_fetched ? report->feed.withheld_from : "");
	json_object_end(json);
}

/* What a person should know although the run did what it was told. */
static void append_warnings(const struct run_report *report, struct json_writer *json)
{
	char cage_warning[READER_WARNING_SIZE];
	char withheld_warning[RUN_WARNING_SIZE];

	json_key(json, "warnings");
	json_array_begin(json);
	if (report->was_read && !run_report_is_proven(report))
		json_text(json, RUN_WARNING_UNPROVEN);
	if (report->was_read && report->has_unnamed)
		json_text(json, RUN_WARNING_UNNAMED);
	if (run_report_withheld_warning(report, withheld_warning))
		json_text(json, withheld_warning);
	if (reader_cage_warning(&report->cage, cage_warning))
		json_text(json, cage_warning);
	json_array_end(json);
}

static void append_space(const struct run_report *report, struct json_writer *json)
{
	json_key(json, "store_size");
	if (!report->has_space) {
		json_null(json);
		return;
	}
	json_object_begin(json);
	json_member_integer(json, "bytes", report->space.bytes);
	json_member_integer(json, "free_bytes", report->space.free_bytes);
	json_member_integer(json, "wal_bytes", report->space.wal_bytes);
	json_object_end(json);
}

static void append_guards(const struct run_report *report, struct json_writer *json)
{
	json_key(json, "guards");
	if (report->was_read || report->guards.count > 0)
		guard_report_append_json(&report->guards, json);
	else
		json_null(json);
}

void run_report_append_json(const struct run_report *report, struct buffer *buffer)
{
	struct json_writer json;

	json_writer_init(&json, buffer);
	json_object_begin(&json);
	json_key(&json, "run");
	if (report->run_id > 0)
		json_integer(&json, report->run_id);
	else
		json_null(&json);
	json_member_text(&json, "job", report->job->name);
	json_member_text(&json, "catalog", report->job->catalog);
	json_member_text(&json, "store", report->store);
	json_member_text(&json, "source", report->source);
	json_member_text(&json, "trigger", report->trigger);
	json_key(&json, "parent_run");
	if (report->parent_run_id > 0)
		json_integer(&json, report->parent_run_id);
	else
		json_null(&json);
	json_member_text(&json, "outcome", run_outcome_name(report->outcome));
	json_member_integer(&json, "exit_status", run_exit_status(report));
	json_member_bool(&json, "dry_run", report->is_dry);
	append_policies(report->job, &json);
	append_instant(&json, "started_at", report->started_at_ms);
	json_member_integer(&json, "duration_ms", report->duration_ms);
	json_member_integer(&json, "fetch_ms", report->fetch_ms);
	json_member_integer(&json, "lock_wait_ms", report->lock_times.wait_ms);
	json_member_integer(&json, "lock_held_ms", report->lock_times.held_ms);
	append_connection(report, &json);
	append_feed(report, &json);
	append_member_or_null(&json, "plan_digest", report->plan_digest);
	append_member_or_null(&json, "plan", report->plan_path);
	if (report->was_read)
		counts_append_json(&report->counts, &json);
	else
		append_null_counts(&json);
	append_warnings(report, &json);
	append_guards(report, &json);
	json_key(&json, "plan_difference");
	if (report->difference.is_known)
		plan_difference_append_json(&report->difference, &json);
	else
		json_null(&json);
	append_space(report, &json);
	run_report_append_error(&report->error, &json);
	json_object_end(&json);
}
