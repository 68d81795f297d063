/* Notices in words, JSON and journal fields. */
#include "notify/notice.h"

#include "base/instant.h"
#include "base/json_read.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <string.h>

#define ERROR_MESSAGE_SIZE 1024

/* Ids of the journal's catalogue: one for what begins, one for what ends. */
#define MESSAGE_ID_PROBLEM "5c1e0f7a9b6d4d0c8a3f2e71d4b9c605"
#define MESSAGE_ID_RECOVERED "e2b7d3946f0a4c51b8d96c3fa17e5d20"

/* ---- Words ---- */

static void append_error(const struct store_notice *notice, struct buffer *text)
{
	char message[ERROR_MESSAGE_SIZE];
	struct slice value;

	if (notice->error == NULL || !json_find(slice_from(notice->error), "message", &value) ||
	    !json_string_copy(value, message, sizeof(message)))
		return;
	(void)buffer_append_text(text, ": "); /* failure sticks, here and below */
	utf8_append_printable(text, slice_from(message));
}

static bool has_outcome(const struct store_notice *notice, const char *outcome)
{
	return notice->outcome != NULL && strcmp(notice->outcome, outcome) == 0;
}

static void append_failure(const struct store_notice *notice, struct buffer *text)
{
	if (has_outcome(notice, "interrupted"))
		(void)buffer_append_format(text, "run %" PRId64 " was killed", notice->run_id);
	else
		(void)buffer_append_format(text, "run %" PRId64 " failed%s", notice->run_id,
		                           notice->problem == STORE_PROBLEM_TEMPORARY ? " for now" : "");
	append_error(notice, text);
	if (notice->problem_runs > 1)
		(void)buffer_append_format(text, " (%" PRId64 " runs in a row, since run %" PRId64 ")", notice->problem_runs,
		                           notice->problem_run_id);
}

static void append_missed(const struct store_notice *notice, struct buffer *text)
{
	char instant[INSTANT_TEXT_SIZE];

	(void)buffer_append_text(text, "no run has come that was due");
	if (notice->problem_run_id != 0)
		return; /* it began with something else */
	instant_format(notice->problem_at_ms, instant);
	(void)buffer_append_format(text, " at %s", instant);
}

void notice_append_text(const struct notice *told, struct buffer *text)
{
	const struct store_notice *notice = told->about;

	utf8_append_printable(text, slice_from(notice->job));
	(void)buffer_append_text(text, ": ");
	switch (notice->problem) {
	case STORE_PROBLEM_NONE:
		(void)buffer_append_format(text, "well again: run %" PRId64 " ended '%s'", notice->run_id,
		                           notice->outcome != NULL ? notice->outcome : "");
		break;
	case STORE_PROBLEM_FAILED:
	case STORE_PROBLEM_TEMPORARY:
		append_failure(notice, text);
		break;
	case STORE_PROBLEM_HELD:
		(void)buffer_append_format(text, "run %" PRId64 " is held by a guard: 'feedmill show %" PRId64 "' tells more",
		                           notice->run_id, notice->run_id);
		break;
	case STORE_PROBLEM_MISSED:
		append_missed(notice, text);
		break;
	}
	if (told->other_jobs > 0)
		(void)buffer_append_format(text,
		                           ", and so it is with %" PRId64 " other jobs: is what starts them alive? "
		                           "'feedmill jobs --missed' lists them",
		                           told->other_jobs);
}

/* ---- JSON ---- */

/* What is no JSON any more is left out. */
static void append_object(struct json_writer *json, const char *name, const char *text)
{
	json_key(json, name);
	if (text != NULL && json_is_valid(slice_from(text), '{'))
		json_raw(json, slice_from(text));
	else
		json_null(json);
}

static void append_known(struct json_writer *json, const char *name, int64_t value)
{
	json_key(json, name);
	if (value == 0)
		json_null(json);
	else
		json_integer(json, value);
}

static void append_run(struct json_writer *json, const struct store_notice *notice)
{
	json_key(json, "run");
	if (notice->run_id == 0) {
		json_null(json);
		return;
	}
	json_object_begin(json);
	json_member_integer(json, "run", notice->run_id);
	json_member_text(json, "trigger", notice->trigger);
	json_member_text(json, "outcome", notice->outcome);
	json_member_integer(json, "started_at_ms", notice->started_at_ms);
	append_known(json, "finished_at_ms", notice->finished_at_ms);
	append_object(json, "error", notice->error);
	append_object(json, "guard", notice->guard);
	json_object_end(json);
}

void notice_append_json(const struct notice *told, const char *program, struct buffer *buffer)
{
	const struct store_notice *notice = told->about;
	struct json_writer json;
	struct buffer text;

	buffer_init(&text, NOTICE_FIELDS_BYTES_MAX);
	notice_append_text(told, &text);
	json_writer_init(&json, buffer);
	json_object_begin(&json);
	json_member_text(&json, "event", notice->problem == STORE_PROBLEM_NONE ? "recovered" : "problem");
	json_member_text(&json, "job", notice->job);
	json_member_text(&json, "catalog", notice->catalog);
	json_member_text(&json, "problem", store_problem_name(notice->problem));
	json_member_text(&json, "before", store_problem_name(notice->told));
	append_known(&json, "since_at_ms", notice->problem_at_ms);
	append_known(&json, "since_run", notice->problem_run_id);
	json_member_integer(&json, "runs", notice->problem_runs);
	json_member_integer(&json, "other_jobs", told->other_jobs);
	append_run(&json, notice);
	json_member_string(&json, "message", buffer_slice(&text));
	json_member_text(&json, "program", program);
	json_object_end(&json);
	buffer_release(&text);
}

/* ---- Journal ---- */

/* syslog(3): what takes a person is an error, what may pass a warning. */
static int priority_of(enum store_problem problem)
{
	switch (problem) {
	case STORE_PROBLEM_NONE:
		return 5;
	case STORE_PROBLEM_FAILED:
		return 3;
	case STORE_PROBLEM_TEMPORARY:
	case STORE_PROBLEM_HELD:
	case STORE_PROBLEM_MISSED:
		break;
	}
	return 4;
}

/* Where each field ends, until the buffer moves no more. */
struct fields {
	struct buffer *bytes;
	size_t ends[NOTICE_FIELDS_MAX];
	size_t count;
};

static void end_field(struct fields *fields)
{
	fields->ends[fields->count++] = fields->bytes->size;
}

static void add_text(struct fields *fields, const char *name, const char *text)
{
	if (text == NULL)
		return;
	(void)buffer_append_format(fields->bytes, "%s=%s", name, text); /* failure sticks */
	end_field(fields);
}

static void add_number(struct fields *fields, const char *name, int64_t number)
{
	if (number == 0)
		return;
	(void)buffer_append_format(fields->bytes, "%s=%" PRId64, name, number); /* as above */
	end_field(fields);
}

size_t notice_make_fields(const struct notice *told, struct slice text, struct buffer *bytes,
                          struct iovec ret_fields[NOTICE_FIELDS_MAX])
{
	const struct store_notice *notice = told->about;
	const bool is_over = notice->problem == STORE_PROBLEM_NONE;
	struct fields fields = {.bytes = bytes};
	size_t from = 0;

	(void)buffer_append_text(bytes, "MESSAGE="); /* failure sticks and is seen below */
	(void)buffer_append_slice(bytes, text);
	end_field(&fields);
	add_text(&fields, "MESSAGE_ID", is_over ? MESSAGE_ID_RECOVERED : MESSAGE_ID_PROBLEM);
	add_number(&fields, "PRIORITY", priority_of(notice->problem));
	add_text(&fields, "SYSLOG_IDENTIFIER", "feedmill");
	add_text(&fields, "FEEDMILL_JOB", notice->job);
	add_text(&fields, "FEEDMILL_EVENT", is_over ? "recovered" : "problem");
	add_text(&fields, "FEEDMILL_PROBLEM", store_problem_name(notice->problem));
	add_text(&fields, "FEEDMILL_BEFORE", store_problem_name(notice->told));
	add_number(&fields, "FEEDMILL_RUN", notice->run_id);
	add_text(&fields, "FEEDMILL_OUTCOME", notice->outcome);
	add_number(&fields, "FEEDMILL_SINCE_RUN", notice->problem_run_id);
	add_number(&fields, "FEEDMILL_RUNS", notice->problem_runs);
	add_number(&fields, "FEEDMILL_OTHER_JOBS", told->other_jobs);
	if (bytes->failed)
		return 0;
	for (size_t i = 0; i < fields.count; i++) {
		ret_fields[i] = (struct iovec){.iov_base = bytes->data + from, .iov_len = fields.ends[i] - from};
		from = fields.ends[i];
	}
	return fields.count;
}
