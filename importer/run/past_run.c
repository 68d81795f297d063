/* Earlier runs, read from the ledger. */
#include "run/past_run.h"

#include "base/json_read.h"
#include "base/number.h"

#include <inttypes.h>
#include <string.h>

struct reading {
	struct arena *arena;
	struct past_run *run;
	bool is_found;
};

struct text_column {
	const char *name;
	size_t field;
};

static const struct text_column text_columns[] = {
	{"job", offsetof(struct past_run, job)},         {"catalog", offsetof(struct past_run, catalog)},
	{"trigger", offsetof(struct past_run, trigger)}, {"outcome", offsetof(struct past_run, outcome)},
	{"source", offsetof(struct past_run, source)},   {"plan_digest", offsetof(struct past_run, plan_digest)},
	{"guard", offsetof(struct past_run, guard)},     {"settings", offsetof(struct past_run, settings)},
	{"fetched", offsetof(struct past_run, fetched)},
};

#define TEXT_COLUMN_COUNT (sizeof(text_columns) / sizeof(text_columns[0]))

static const char **text_field(struct past_run *run, const struct text_column *column)
{
	return (const char **)(void *)((char *)run + column->field);
}

static void take_integer(struct past_run *run, const struct store_value *value)
{
	if (strcmp(value->name, "run_id") == 0)
		run->run_id = value->integer;
	else if (strcmp(value->name, "approved_by_run_id") == 0)
		run->approved_by_run_id = value->integer;
	else if (strcmp(value->name, "superseded_by_run_id") == 0)
		run->superseded_by_run_id = value->integer;
}

static int take_row(void *context, const struct store_value *values, size_t count, struct error *err)
{
	struct reading *reading = context;

	reading->is_found = true;
	for (size_t i = 0; i < count; i++) {
		if (values[i].type == STORE_INTEGER)
			take_integer(reading->run, &values[i]);
		if (values[i].type == STORE_INTEGER || values[i].type == STORE_NULL)
			continue;
		for (size_t k = 0; k < TEXT_COLUMN_COUNT; k++) {
			if (strcmp(values[i].name, text_columns[k].name) != 0)
				continue;
			const char *copy = arena_text(reading->arena, values[i].text);
			if (!copy)
				return error_set_memory(err);
			*text_field(reading->run, &text_columns[k]) = copy;
		}
	}
	return 0;
}

int past_run_read(struct store *store, int64_t run_id, struct arena *arena, struct past_run *ret_run, struct error *err)
{
	const struct store_selection selection = {.list = STORE_LIST_RUNS, .run_id = run_id};
	struct reading reading = {.arena = arena, .run = ret_run};
	const struct store_row_sink sink = {.context = &reading, .row = take_row};

	*ret_run = (struct past_run){.run_id = 0};
	for (size_t i = 0; i < TEXT_COLUMN_COUNT; i++)
		*text_field(ret_run, &text_columns[i]) = "";
	if (store_select(store, &selection, sink, err) < 0)
		return -1;
	return reading.is_found ? 0 : error_set(err, ERROR_NOT_FOUND, "there is no run %" PRId64, run_id);
}

int past_run_check_held(const struct past_run *run, struct error *err)
{
	if (strcmp(run->outcome, "held") != 0)
		return error_set(err, ERROR_REFUSED,
		                 "run %" PRId64 " of the job '%s' is not held but %s: there is nothing to approve", run->run_id,
		                 run->job, run->outcome);
	if (run->approved_by_run_id > 0)
		return error_set(err, ERROR_REFUSED,
		                 "run %" PRId64 " of the job '%s' was approved already: run %" PRId64 " applied it", run->run_id,
		                 run->job, run->approved_by_run_id);
	if (run->superseded_by_run_id > 0)
		return error_set(err, ERROR_REFUSED, "run %" PRId64 " of the job '%s' is superseded by run %" PRId64, run->run_id,
		                 run->job, run->superseded_by_run_id);
	return 0;
}

/* ---- What is to be known of the fetch ---- */

void past_run_append_fetched(const struct fetch_result *feed, const char *source_digest, struct json_writer *json)
{
	json_object_begin(json);
	json_member_text(json, "sha256", feed->sha256);
	json_member_integer(json, "bytes", feed->bytes);
	json_member_bool(json, "length_proven", feed->is_length_proven);
	json_member_integer(json, "http_status", feed->http_status);
	json_member_text(json, "content_type", feed->content_type);
	json_member_text(json, "charset", feed->charset);
	json_member_text(json, "etag", feed->etag);
	json_member_text(json, "last_modified", feed->last_modified);
	json_member_text(json, "final_source", feed->final_source);
	json_member_text(json, "source_digest", source_digest);
	json_object_end(json);
}

static bool is_hexadecimal(const char *text, size_t size)
{
	return strlen(text) == size && strspn(text, "0123456789abcdef") == size;
}

/* Validators become part of a request: nothing that could end a header. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static bool read_integer(struct slice object, const char *name, int64_t maximum, int64_t *ret_value)
{
	struct slice value;

	return json_find(object, name, &value) && number_parse_integer(value, 0, maximum, ret_value);
}

static bool read_text(struct slice object, const char *name, char *ret_text, size_t size)
{
	struct slice value;

	return json_find(object, name, &value) && json_string_copy(value, ret_text, size);
}

static bool read_fetched(struct slice object, struct fetch_result *feed, char source_digest[SOURCE_DIGEST_SIZE])
{
	struct slice proven;
	int64_t http_status;

	if (!read_text(object, "sha256", feed->sha256, sizeof(feed->sha256)) ||
	    !read_integer(object, "bytes", INT64_MAX, &feed->bytes) || !json_find(object, "length_proven", &proven) ||
	    !read_integer(object, "http_status", 999, &http_status) ||
	    !read_text(object, "content_type", feed->content_type, sizeof(feed->content_type)) ||
	    !read_text(object, "charset", feed->charset, sizeof(feed->charset)) ||
	    !read_text(object, "etag", feed->etag, sizeof(feed->etag)) ||
	    !read_text(object, "last_modified", feed->last_modified, sizeof(feed->last_modified)) ||
	    !read_text(object, "final_source", feed->final_source, sizeof(feed->final_source)) ||
	    !read_text(object, "source_digest", source_digest, SOURCE_DIGEST_SIZE))
		return false;
	feed->is_length_proven = slice_equal_text(proven, "true");
	feed->http_status = (long)http_status;
	return is_hexadecimal(feed->sha256, 64) && is_hexadecimal(source_digest, 32) && is_plain(feed->etag) &&
	       is_plain(feed->last_modified) && is_plain(feed->charset) && is_plain(feed->content_type);
}

int past_run_fetched(const struct past_run *run, struct fetch_result *ret_feed, char ret_source_digest[SOURCE_DIGEST_SIZE],
                     struct error *err)
{
	*ret_feed = (struct fetch_result){.hold = -1};
	if (run->fetched[0] == '\0')
		return error_set(err, ERROR_NOT_FOUND,
		                 "run %" PRId64 " of the job '%s' (%s) has fetched no feed of its own that could be imported again",
		                 run->run_id, run->job, run->outcome);
	if (read_fetched(slice_from(run->fetched), ret_feed, ret_source_digest))
		return 0;
	return error_set(err, ERROR_STORE, "what the ledger says of the feed of run %" PRId64 " cannot be read", run->run_id);
}
