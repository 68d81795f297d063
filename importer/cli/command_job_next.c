/* feedmill next: when jobs run, and what is unusual about it. */
#include "cli/command_job.h"

#include "base/date.h"
#include "base/instant.h"
#include "base/number.h"
#include "base/suggest.h"
#include "base/zone.h"
#include "cli/listing.h"
#include "schedule/check.h"
#include "store/job_state.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TIMES_MAX 1000
#define TIMES_OF_NAMED 5
#define ROWS_MAX 10000000
#define NOTE_BYTES_MAX 8192
#define LOCAL_SIZE 64
#define SECOND_MS INT64_C(1000)
#define DAY_S INT64_C(86400)

/* One time of one job; without a schedule, or where it is over, there is none. */
struct next_row {
	const struct job_config *job;
	const struct schedule *schedule; /* NULL = it only runs after others */
	struct schedule_time time;
	bool has_time;
	bool is_paused;
	int64_t paused_until_ms;
};

struct next_listing {
	const struct invocation *invocation;
	struct setting setting;
	struct zones zones;
	const struct store_paused_job *paused; /* sorted by name */
	size_t paused_count;
	int64_t now_ms;
	int64_t after_ms;
	int64_t times;
	struct next_row *rows;
	size_t row_count;
	size_t row_capacity;
};

/* ---- Gathering ---- */

static int add_row(struct next_listing *listing, const struct next_row *row, struct error *err)
{
	if (listing->row_count == listing->row_capacity) {
		const size_t capacity = listing->row_capacity > 0 ? listing->row_capacity * 2 : 64;
		struct next_row *rows = capacity <= ROWS_MAX ? realloc(listing->rows, capacity * sizeof(*rows)) : NULL;
		if (!rows)
			return error_set_memory(err);
		listing->rows = rows;
		listing->row_capacity = capacity;
	}
	listing->rows[listing->row_count++] = *row;
	return 0;
}

static int compare_paused(const void *name, const void *job)
{
	return strcmp(name, ((const struct store_paused_job *)job)->job);
}

static void find_pause(const struct next_listing *listing, struct next_row *row)
{
	const struct store_paused_job *found = listing->paused_count > 0
	                                               ? bsearch(row->job->name, listing->paused, listing->paused_count,
	                                                         sizeof(*listing->paused), compare_paused)
	                                               : NULL;

	row->is_paused = found != NULL;
	row->paused_until_ms = found ? found->until_ms : INT64_MAX;
}

static int add_job(struct next_listing *listing, const struct job_config *job, struct config_problems *problems, struct error *err)
{
	const struct schedule_rule rule = schedule_rule_of(job);
	struct next_row row = {.job = job};
	int64_t after_ms = listing->after_ms;

	find_pause(listing, &row);
	if (!rule.expression)
		return add_row(listing, &row, err);
	if (schedule_compile(&listing->setting.arena, &listing->zones, &rule, &row.schedule, err) < 0) {
		if (err->code == ERROR_MEMORY)
			return -1;
		error_clear(err);
		schedule_check(job, &listing->zones, problems);
		return 0;
	}
	for (int64_t i = 0; i < listing->times; i++) {
		row.has_time = schedule_next(row.schedule, after_ms, &row.time) > 0;
		if ((row.has_time || i == 0) && add_row(listing, &row, err) < 0)
			return -1;
		if (!row.has_time)
			break;
		after_ms = row.time.due_at_ms;
	}
	return 0;
}

/* NULL with `err` where there is none, or it has no schedule. */
static const struct job_config *find_named(const struct next_listing *listing, const char *name, struct error *err)
{
	const struct config *config = &listing->setting.config;
	const struct job_config *job = config_job(config, slice_from(name));

	if (!job) {
		const char **names = calloc(config->job_count + 1, sizeof(*names));
		for (size_t i = 0; names && i < config->job_count; i++)
			names[i] = config->jobs[i].name;
		const char *nearest = names ? suggest_nearest(slice_from(name), names, config->job_count) : NULL;
		free(names);
		(void)error_set(err, ERROR_USAGE,
		                nearest ? "there is no job '%s'; did you mean '%s'?" : "there is no job '%s' in the configuration",
		                name, nearest);
		return NULL;
	}
	if (job->schedule.expression || job->schedule.after_count > 0)
		return job;
	(void)error_set(err, ERROR_USAGE, "job '%s' has no schedule: it runs when 'feedmill run %s' says so", name, name);
	return NULL;
}

static int gather(struct next_listing *listing, struct config_problems *problems, struct error *err)
{
	const struct invocation *invocation = listing->invocation;
	const struct config *config = &listing->setting.config;

	for (size_t i = 0; i < invocation->argument_count; i++) {
		const struct job_config *job = find_named(listing, invocation->arguments[i], err);
		if (!job || add_job(listing, job, problems, err) < 0)
			return -1;
	}
	for (size_t i = 0; invocation->argument_count == 0 && i < config->job_count; i++) {
		const struct job_schedule *schedule = &config->jobs[i].schedule;
		if ((schedule->expression || schedule->after_count > 0) && add_job(listing, &config->jobs[i], problems, err) < 0)
			return -1;
	}
	return 0;
}

/* What starts first stands first, what has no time last; of equals by name. */
static int compare_rows(const void *left, const void *right)
{
	const struct next_row *first = left;
	const struct next_row *second = right;

	if (first->has_time != second->has_time)
		return first->has_time ? -1 : 1;
	if (first->has_time && first->time.starts_at_ms != second->time.starts_at_ms)
		return first->time.starts_at_ms < second->time.starts_at_ms ? -1 : 1;
	if (first->has_time && first->time.due_at_ms != second->time.due_at_ms)
		return first->time.due_at_ms < second->time.due_at_ms ? -1 : 1;
	return strcmp(first->job->name, second->job->name);
}

/* ---- Printing ---- */

struct local_time {
	struct date date;
	int weekday;
	int hour;
	int minute;
	int second;
	struct zone_span span;
};

static struct local_time show(const struct zone *zone, int64_t at_ms)
{
	const int64_t at_s = at_ms / SECOND_MS;
	const struct zone_span span = zone_span_at(zone, at_s);
	const int64_t local_s = at_s + span.offset_s;
	const int64_t days = local_s / DAY_S - (local_s % DAY_S < 0 ? 1 : 0);
	const int64_t second = local_s - days * DAY_S;

	return (struct local_time){
		.date = date_from_days(days),
		.weekday = date_weekday(days),
		.hour = (int)(second / 3600),
		.minute = (int)(second / 60 % 60),
		.second = (int)(second % 60),
		.span = span,
	};
}

/* 'Sun 2026-03-29 03:00:00 CEST' */
static void format_local(const struct zone *zone, int64_t at_ms, char ret_text[LOCAL_SIZE])
{
	static const char *const weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	const struct local_time local = show(zone, at_ms);

	(void)snprintf(ret_text, LOCAL_SIZE, "%s %04lld-%02d-%02d %02d:%02d:%02d %s", weekdays[local.weekday],
	               (long long)local.date.year, local.date.month, local.date.day, local.hour, local.minute, local.second,
	               local.span.abbreviation); /* fits: abbreviations are short, and are cut where they are not */
}

/* '2026-03-29T03:00:00+02:00' */
static void format_offset(const struct zone *zone, int64_t at_ms, char ret_text[LOCAL_SIZE])
{
	const struct local_time local = show(zone, at_ms);
	const int minutes = local.span.offset_s / 60;
	const int amount = minutes < 0 ? -minutes : minutes;

	(void)snprintf(ret_text, LOCAL_SIZE, "%04lld-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", (long long)local.date.year,
	               local.date.month, local.date.day, local.hour, local.minute, local.second, minutes < 0 ? '-' : '+',
	               amount / 60, amount % 60); /* fits */
}

/* Of a time that clocks show twice: is this the first? */
static bool is_first(const struct next_row *row)
{
	const struct zone *zone = schedule_zone(row->schedule);
	const int64_t due_s = row->time.due_at_ms / SECOND_MS;
	int64_t first_s = due_s;
	int64_t last_s = due_s;

	(void)zone_find_local(zone, due_s + zone_span_at(zone, due_s).offset_s, &first_s, &last_s);
	return first_s == due_s;
}

static void append_note(struct buffer *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append_note(struct buffer *text, const char *format, ...)
{
	char note[NOTE_BYTES_MAX / 4];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(note, sizeof(note), format, arguments); /* cut where it is long */
	va_end(arguments);
	(void)buffer_append_format(text, "%s%s", text->size > 0 ? "; " : "", note); /* failure sticks */
}

static void append_notes(const struct next_row *row, struct buffer *text)
{
	const unsigned notes = row->has_time ? row->time.notes : 0;
	char until[INSTANT_TEXT_SIZE];

	if (row->is_paused && row->paused_until_ms == INT64_MAX) {
		append_note(text, "paused");
	} else if (row->is_paused) {
		instant_format(row->paused_until_ms, until);
		append_note(text, "paused until %s", until);
	}
	if (notes & SCHEDULE_NOTE_AFTER_GAP)
		append_note(text, "clocks skip the time that is meant: runs where they go on");
	if (notes & SCHEDULE_NOTE_REPEATED_HOUR)
		append_note(text, "clocks show this time twice: %s of them", is_first(row) ? "the first" : "the second");
	if (notes & SCHEDULE_NOTE_QUIET)
		append_note(text, "due in quiet hours: starts at their end");
	if (row->schedule && !row->has_time)
		append_note(text, "never again");
	for (size_t i = 0; i < row->job->schedule.after_count; i++)
		append_note(text, "%s %s", row->schedule ? "also after" : "after", row->job->schedule.after[i]);
}

/* The same as words: ["after_gap","quiet"]. */
static void append_words(const struct next_row *row, struct buffer *text)
{
	const unsigned notes = row->has_time ? row->time.notes : 0;
	struct json_writer json;

	json_writer_init(&json, text);
	json_array_begin(&json);
	if (row->is_paused)
		json_text(&json, "paused");
	if (notes & SCHEDULE_NOTE_AFTER_GAP)
		json_text(&json, "after_gap");
	if (notes & SCHEDULE_NOTE_REPEATED_HOUR)
		json_text(&json, is_first(row) ? "first_of_two" : "second_of_two");
	if (notes & SCHEDULE_NOTE_QUIET)
		json_text(&json, "quiet");
	if (notes & SCHEDULE_NOTE_JITTER)
		json_text(&json, "jitter");
	if (row->schedule && !row->has_time)
		json_text(&json, "never_again");
	json_array_end(&json);
}

static void append_after(const struct job_schedule *schedule, struct buffer *text)
{
	struct json_writer json;

	json_writer_init(&json, text);
	json_array_begin(&json);
	for (size_t i = 0; i < schedule->after_count; i++)
		json_text(&json, schedule->after[i]);
	json_array_end(&json);
}

static struct store_value text_value(const char *name, const char *text)
{
	const bool is_there = text != NULL && text[0] != '\0';
	return (struct store_value){.name = name, .type = is_there ? STORE_TEXT : STORE_NULL, .text = slice_from(text)};
}

static struct store_value instant_value(const char *name, const struct next_row *row, int64_t at_ms)
{
	return (struct store_value){.name = name, .type = row->has_time ? STORE_INTEGER : STORE_NULL, .integer = at_ms};
}

static int print_row(struct output *output, const struct next_row *row, struct error *err)
{
	const struct store_row_sink sink = output_sink(output);
	const struct zone *zone = row->schedule ? schedule_zone(row->schedule) : NULL;
	const bool is_later = row->has_time && row->time.starts_at_ms != row->time.due_at_ms;
	char due[LOCAL_SIZE] = "";
	char starts[LOCAL_SIZE] = "";
	char utc[INSTANT_TEXT_SIZE] = "";
	struct buffer notes, after;
	int result;

	buffer_init(&notes, NOTE_BYTES_MAX);
	buffer_init(&after, (size_t)1024 * 1024);
	if (output->as_json) {
		append_words(row, &notes);
		append_after(&row->job->schedule, &after);
	} else {
		append_notes(row, &notes);
	}
	if (row->has_time) {
		instant_format(row->time.due_at_ms, utc);
		(output->as_json ? format_offset : format_local)(zone, row->time.due_at_ms, due);
		if (output->as_json || is_later)
			(output->as_json ? format_offset : format_local)(zone, row->time.starts_at_ms, starts);
	}
	const struct store_value for_people[] = {
		text_value("job", row->job->name),
		text_value("due", due),
		text_value("time_zone", zone ? zone_name(zone) : NULL),
		text_value("utc", utc),
		text_value("starts", starts),
		{.name = "note", .type = STORE_TEXT, .text = buffer_slice(&notes)},
	};
	const struct store_value for_programs[] = {
		text_value("job", row->job->name),
		instant_value("due_at_ms", row, row->time.due_at_ms),
		instant_value("starts_at_ms", row, row->time.starts_at_ms),
		text_value("due", due),
		text_value("starts", starts),
		text_value("time_zone", zone ? zone_name(zone) : NULL),
		{.name = "notes", .type = STORE_JSON, .text = buffer_slice(&notes)},
		{.name = "after", .type = STORE_JSON, .text = buffer_slice(&after)},
	};
	if (notes.failed || after.failed)
		result = error_set_memory(err);
	else if (output->as_json)
		result = sink.row(sink.context, for_programs, sizeof(for_programs) / sizeof(for_programs[0]), err);
	else
		result = sink.row(sink.context, for_people, sizeof(for_people) / sizeof(for_people[0]), err);
	buffer_release(&after);
	buffer_release(&notes);
	return result;
}

static int print_rows(struct next_listing *listing, struct error *err)
{
	const struct invocation *invocation = listing->invocation;
	struct output output;
	int result = 0;

	if (listing->row_count > 0)
		qsort(listing->rows, listing->row_count, sizeof(*listing->rows), compare_rows);
	output_init(&output, invocation, false);
	for (size_t i = 0; result == 0 && i < listing->row_count; i++)
		result = print_row(&output, &listing->rows[i], err);
	output_finish(&output);
	if (result == 0 && output.row_count == 0 && !output.as_json)
		fputs("no job has a schedule; see 'schedule' in feedmill.yaml(5)\n", invocation->errors);
	return result;
}

/* ---- The command ---- */

static int read_options(struct next_listing *listing)
{
	const struct invocation *invocation = listing->invocation;
	const char *times = invocation->options[OPTION_TIMES];
	const char *after = invocation->options[OPTION_AFTER];

	listing->now_ms = clock_now_ms(&invocation->clock);
	listing->after_ms = listing->now_ms;
	listing->times = invocation->argument_count > 0 ? TIMES_OF_NAMED : 1;
	if (times && !number_parse_integer(slice_from(times), 1, TIMES_MAX, &listing->times))
		return command_usage(invocation, "'%s' is no value of '--times': a number from 1 to %d", times, TIMES_MAX);
	if (after && !instant_parse(slice_from(after), 0, &listing->after_ms))
		return command_usage(
			invocation, "'%s' is no value of '--after': an instant as '2026-12-24' or '2026-12-24T18:00+01:00'", after);
	return EXIT_DONE;
}

/* Without a store no job has been paused yet. */
static int read_paused(struct next_listing *listing, struct error *err)
{
	struct store *store = NULL;

	if (store_open(listing->setting.store, STORE_READ, &store, err) < 0) {
		if (err->code != ERROR_NOT_FOUND)
			return -1;
		error_clear(err);
		return 0;
	}
	const int result = store_job_list_paused(store, listing->now_ms, &listing->setting.arena, &listing->paused,
	                                         &listing->paused_count, err);
	store_close(store);
	return result;
}

static int list(struct next_listing *listing)
{
	struct config_problems problems;
	struct error err = ERROR_INIT;
	int status = EXIT_DONE;

	config_problems_init(&problems);
	if (read_paused(listing, &err) < 0 || gather(listing, &problems, &err) < 0 || print_rows(listing, &err) < 0)
		status = command_fail(listing->invocation, &err);
	if (problems.count > 0) {
		config_problems_print(&problems, listing->invocation->errors);
		status = EXIT_USAGE;
	}
	config_problems_release(&problems);
	return status;
}

int job_next(const struct invocation *invocation)
{
	struct next_listing listing = {.invocation = invocation};
	int status = read_options(&listing);

	if (status == EXIT_DONE)
		status = setting_load(invocation, &listing.setting);
	if (status != EXIT_DONE)
		return status;
	zones_init(&listing.zones, NULL);
	status = list(&listing);
	free(listing.rows);
	zones_release(&listing.zones);
	setting_release(&listing.setting);
	return status;
}
